// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-step.c - the steps on arrays: made, joined, filled, started, stopped, their members failed and
 * removed.  The only file that calls the writing functions of md and of sysfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "devnode.h"
#include "plan-step.h"
#include "procfs.h"
#include "sysfs.h"
#include "util.h"

/* STOP_ARRAY answers EBUSY while udev has the new array open. */
#define STOP_DEADLINE_MS 5000

/* --- the array --- */

/*
 * Only a device on which there is no array at all is ours to fill, and to
 * stop should we fail.  GET_ARRAY_INFO does not tell: it answers ENODEV also for an
 * array that has members and was not started (drivers/md/md.c).
 */
static int check_unused(const char *devnm, struct err *err)
{
	char state[32];
	int rc = sysfs_array_state(devnm, state, sizeof(state));

	if (rc)
		return err_set(err, rc, "cannot tell the state of %s: %s", devnm, error_text(-rc));
	if (strcmp(state, "clear") != 0)
		return err_set(err, -EBUSY, "%s is already in use: another array is there (%s); "
			       "see mdadm --detail /dev/%s", devnm, state, devnm);
	return 0;
}

static int run_open_array(struct plan *p, struct step *s, struct err *err)
{
	int rc = sysfs_has_array(s->devnm) ? 0 : step_note_array(p, s->devnm, err);
	bool fresh = false;
	int fd autoclose = rc ? rc : devnode_create_open(s->devnm, true, &fresh, err);
	int version;

	if (fd < 0)
		return fd;
	rc = md_raid_version(fd, &version);
	if (rc)
		return err_set(err, rc, "%s does not answer as an md device: %s", s->devnm,
			       error_text(-rc));
	/* what was made a moment ago, and is held alone since, is empty */
	rc = fresh ? 0 : check_unused(s->devnm, err);
	if (rc)
		return rc;
	p->array_fd = steal_fd(&fd);
	p->array = s->devnm;
	return step_note_array(p, s->devnm, err);
}

/* The kernel has read the superblocks: from then on it takes no member by ADD_NEW_DISK. */
static bool was_tried(int dir)
{
	uint64_t disks;

	return sysfs_get_u64(dir, "raid_disks", &disks) == 0 && disks > 0;
}

/*
 * Before it has read them it says ENODEV (md_ioctl, drivers/md/md.c), which an ioctl finds out more quickly
 * than sysfs.
 */
static int check_waiting(int fd, const char *devnm, bool to_start, struct err *err)
{
	struct md_array array;
	char state[32];

	if (sysfs_array_state(devnm, state, sizeof(state)) || strcmp(state, "inactive") != 0)
		return err_set(err, -ESTALE, "%s does not wait for members any more: "
			       "run the command again", devnm);
	if (!to_start && md_get_array(fd, &array) == 0)
		return err_set(err, -EBUSY, "%s could not be started and takes no more members: "
			       "stop it first (mdadm --stop /dev/%s)", devnm, devnm);
	return 0;
}

static int run_join_array(struct plan *p, struct step *s, struct err *err)
{
	int fd autoclose = -1, rc;
	dev_t rdev;

	/* that the array is there is seen below; to see that the device is takes as long as to open it */
	rc = sysfs_numbered_rdev(s->devnm, &rdev) ? 0 : sysfs_devnm_rdev(s->devnm, &rdev);
	if (rc)
		return err_set(err, rc, "%s has gone: %s", s->devnm, error_text(-rc));
	fd = devnode_open(rdev, O_RDWR | O_EXCL, !p->hasty, err);
	if (fd < 0)
		return fd;
	rc = check_waiting(fd, s->devnm, s->to_start, err);
	if (rc)
		return rc;
	p->array_fd = steal_fd(&fd);
	p->joined = s->devnm;
	return 0;
}

static int run_open_running(struct plan *p, struct step *s, struct err *err)
{
	dev_t rdev;
	int fd, rc = sysfs_devnm_rdev(s->devnm, &rdev);

	if (rc)
		return err_set(err, rc, "%s has gone: %s", s->devnm, error_text(-rc));
	fd = devnode_open(rdev, O_RDWR, true, err);
	if (fd < 0)
		return fd;
	p->array_fd = fd;
	p->joined = s->devnm;
	return 0;
}

/* Its members it has again; but for the kernel it is another since its start has failed. */
static int undo_join_array(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = sysfs_open_md(s->devnm);

	(void)p;
	/* one that nothing was to be added to can be started again */
	if (s->to_start || dir < 0 || !was_tried(dir))
		return 0;
	return err_set(err, -EBUSY, "%s takes no more members: stop it (mdadm --stop /dev/%s), then "
		       "assemble it again", s->devnm, s->devnm);
}

static int try_stop(void *fd)
{
	return md_stop(*(int *)fd);
}

static int still_open(int fd, const char *array, struct err *err)
{
	char who[300];
	struct stat st;

	if (fstat(fd, &st) < 0 || !proc_opener(st.st_rdev, who, sizeof(who)))
		copy_text(who, sizeof(who), "a process that cannot be seen from here");
	return err_set(err, -EBUSY, "failed to stop array %s: %s\n"
		       "it is open in %s; end that first", array, error_text(EBUSY), who);
}

int step_stop_array(struct plan *p, const char *array, struct err *err)
{
	int rc = retry_busy(try_stop, &p->array_fd, STOP_DEADLINE_MS);

	if (rc == -EBUSY)
		return still_open(p->array_fd, array, err);
	if (rc && rc != -ENODEV && rc != -ENXIO)
		return err_set(err, rc, "failed to stop array %s: %s", array, error_text(-rc));
	close_fd(&p->array_fd);
	p->array_fd = -1;
	return 0;
}

static int run_set_version(struct plan *p, struct step *s, struct err *err)
{
	int rc = md_set_version(p->array_fd, s->version[0], s->version[1]);

	if (rc)
		return err_set(err, rc, "failed to set array info for %s: %s", s->path,
			       error_text(-rc));
	return 0;
}

static int run_set_shape(struct plan *p, struct step *s, struct err *err)
{
	int rc = md_set_shape(p->array_fd, &s->shape);

	return rc ? err_set(err, rc, "SET_ARRAY_INFO failed for %s: %s", s->path, error_text(-rc)) : 0;
}

struct adding {
	int array_fd;
	const struct md_disk *disk;
};

static int try_add(void *arg)
{
	const struct adding *a = arg;

	return md_add_disk(a->array_fd, a->disk);
}

/* Busy for a moment: udev looks at a member because we have just written and closed it. */
static int run_add_disk(struct plan *p, struct step *s, struct err *err)
{
	struct adding a = { p->array_fd, &s->disk };
	int rc = retry_busy(try_add, &a, p->hasty ? 0 : RECLAIM_DEADLINE_MS);

	if (rc)
		return err_set(err, rc, "ADD_NEW_DISK for %s failed: %s%s", s->path, error_text(-rc),
			       s->hint ? s->hint : "");
	return 0;
}

/* A start that failed has given it a slot, and that has to go first. */
static int take_out(int dir, const char *kname)
{
	char state[100], slot[100];
	int rc;

	snprintf(state, sizeof(state), "dev-%s/state", kname);
	snprintf(slot, sizeof(slot), "dev-%s/slot", kname);
	rc = sysfs_set(dir, state, "remove");
	if (rc == -EBUSY && !sysfs_set(dir, slot, "none"))
		rc = sysfs_set(dir, state, "remove");
	return rc;
}

/* An array that we made is stopped as a whole before. */
static int undo_add_disk(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = p->joined ? sysfs_open_md(p->joined) : -1;
	char kname[64];
	int rc = 0;

	if (!p->joined)
		return 0;
	rc = blk_kname(makedev((unsigned)s->disk.major, (unsigned)s->disk.minor), kname,
		       sizeof(kname));
	if (!rc)
		rc = dir < 0 ? dir : take_out(dir, kname);
	if (rc)
		return err_set(err, rc, "%s stays in %s: %s", s->path, p->joined, error_text(-rc));
	return 0;
}

const char *step_start_state(const struct step *s)
{
	switch (s->start) {
	case START_READONLY:
		return "readonly";
	case START_NEW_WAITING:
	case START_AUTO:
		return "read-auto";
	default:
		return NULL;
	}
}

static int write_attr(const char *devnm, const char *attr, const char *value)
{
	int dir autoclose = sysfs_open_md(devnm);

	return dir < 0 ? dir : sysfs_set(dir, attr, value);
}

static int run_start(struct plan *p, struct step *s, struct err *err)
{
	const char *state = step_start_state(s);
	int rc = state ? write_attr(s->devnm, "array_state", state) : md_run(p->array_fd);

	if (rc && (s->start == START_NEW || s->start == START_NEW_WAITING))
		return err_set(err, rc, "RUN_ARRAY failed: %s\n%s was not started; the kernel's log "
			       "(dmesg) may say why%s", error_text(-rc), s->path,
			       s->hint ? s->hint : "");
	if (rc)
		return err_set(err, rc, "failed to RUN_ARRAY %s: %s%s", s->path, error_text(-rc),
			       s->hint ? s->hint : "");
	/* With start_ro the driver waits for the first write: of a system that is resumed, not of a new array. */
	if (s->start == START_NEW)
		md_readwrite(p->array_fd);
	return 0;
}

static int run_set_state(struct plan *p, struct step *s, struct err *err)
{
	int rc = write_attr(s->devnm, "array_state", s->hint);

	(void)p;
	if (rc)
		return err_set(err, rc, "cannot make %s %s: %s", s->path, s->hint, error_text(-rc));
	return 0;
}

static int run_set_access(struct plan *p, struct step *s, struct err *err)
{
	int rc = s->readonly ? md_readonly(p->array_fd) : md_readwrite(p->array_fd);

	if (rc)
		return err_set(err, rc, "failed to set %s for %s: %s",
			       s->readonly ? "readonly" : "writable", s->path, error_text(-rc));
	return 0;
}

static int run_repair(struct plan *p, struct step *s, struct err *err)
{
	int rc = write_attr(s->devnm, "sync_action", "repair");

	(void)p;
	if (rc)
		return err_set(err, rc, "%s runs, but its repair could not be started: %s\n"
			       "start it: echo repair > /sys/block/%s/md/sync_action", s->path,
			       error_text(-rc), s->devnm);
	return 0;
}

/* Any md device will do for the question; to open it made it, if there was none. */
static int run_autorun(struct plan *p, struct step *s, struct err *err)
{
	int fd = devnode_create_open(s->devnm, false, NULL, err), rc;

	(void)p;
	if (fd < 0)
		return fd;
	rc = md_autorun(fd);
	close_fd(&fd);
	if (!sysfs_has_array(s->devnm))
		sysfs_clear(s->devnm, false);
	if (rc == -ENOTTY)
		return err_set(err, rc, "the md driver of this kernel is a module, and that finds no "
			       "arrays by itself: use mdadm --assemble --scan");
	if (rc)
		return err_set(err, rc, "RAID_AUTORUN failed: %s", error_text(-rc));
	return 0;
}

/* The array runs, whatever becomes of that. */
static int run_attribute(struct plan *p, struct step *s, struct err *err)
{
	int rc = write_attr(s->devnm, s->path, s->hint);

	(void)err;
	if (rc && !p->attribute_failure.text[0])
		err_set(&p->attribute_failure, rc, "cannot write %s to /sys/block/%s/md/%s: %s", s->hint,
			s->devnm, s->path, error_text(-rc));
	return 0;
}

static int run_change_event(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	(void)err;
	sysfs_change_event(s->devnm);
	return 0;
}

static int run_stop(struct plan *p, struct step *s, struct err *err)
{
	return step_stop_array(p, s->path, err);
}

/* --- members of an array that is there --- */

static int run_fail_member(struct plan *p, struct step *s, struct err *err)
{
	char attr[80];
	int rc;

	(void)p;
	snprintf(attr, sizeof(attr), "dev-%.60s/state", s->path);
	rc = write_attr(s->devnm, attr, "faulty");
	if (rc)
		return err_set(err, rc, "set device faulty failed for %s:  %s", s->hint,
			       error_text(-rc));
	return 0;
}

static int try_remove(void *arg)
{
	const struct step *s = arg;
	int dir autoclose = sysfs_open_md(s->devnm);

	return dir < 0 ? dir : take_out(dir, s->path);
}

/* Which device it is, for the way back. */
static void note_member(struct step *s)
{
	int dir autoclose = sysfs_open_md(s->devnm);
	char attr[100], text[32];
	unsigned ma, mi;

	snprintf(attr, sizeof(attr), "dev-%.60s/block/dev", s->path);
	if (dir >= 0 && !sysfs_get(dir, attr, text, sizeof(text)) &&
	    sscanf(text, "%u:%u", &ma, &mi) == 2)
		s->id.rdev = makedev(ma, mi);
}

/* One that has failed is busy until what was written to it has come back. */
static int run_remove_member(struct plan *p, struct step *s, struct err *err)
{
	int rc;

	(void)p;
	note_member(s);
	rc = retry_busy(try_remove, s, STOP_DEADLINE_MS);
	if (rc)
		return err_set(err, rc, "hot remove failed for %s: %s", s->hint, error_text(-rc));
	return 0;
}

static int run_member_attribute(struct plan *p, struct step *s, struct err *err)
{
	int rc = write_attr(s->devnm, s->path, s->value);

	(void)p;
	return rc ? err_set(err, rc, "%s: %s", s->hint, error_text(-rc)) : 0;
}

static int undo_member_attribute(struct plan *p, struct step *s, struct err *err)
{
	int rc = s->undo_value ? write_attr(s->devnm, s->path, s->undo_value) : 0;

	(void)p;
	return rc ? err_set(err, rc, "cannot write %s to /sys/block/%s/md/%s: %s", s->undo_value,
			    s->devnm, s->path, error_text(-rc)) : 0;
}

static int run_remove_bitmap(struct plan *p, struct step *s, struct err *err)
{
	int rc = s->value ? md_drop_bitmap_file(p->array_fd) : md_remove_bitmap(p->array_fd);

	return rc ? err_set(err, rc, "failed to remove %s bitmap.\n%s: %s%s",
			    s->value ? "the file as" : "internal", s->path,
			    error_text(-rc), rc == -EROFS ? "; mdadm --readwrite it first" :
			    rc == -EBUSY ? "; it is being synchronised: mdadm --wait for the end" :
			    "") : 0;
}

/* The kernel keeps the file; that ours closes changes nothing. */
static int set_bitmap_file(struct plan *p, const struct step *s, struct err *err)
{
	autoclose int fd = open(s->value, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : 0;

	if (rc)
		return err_set(err, rc, "failed to open bitmap file %s: %s", s->value, error_text(-rc));
	rc = md_set_bitmap_file(p->array_fd, fd);
	return rc ? err_set(err, rc, "Cannot set bitmap file for %s: %s%s", s->path, error_text(-rc),
			    rc == -EROFS ? "; mdadm --readwrite it first" :
			    rc == -EBUSY ? "\neither it is being synchronised (mdadm --wait for the end), or "
					   "somebody else writes to the file" :
			    rc == -EINVAL ? "\nperhaps this kernel knows no bitmaps in files any more: use "
					    "--bitmap=internal" : "") : 0;
}

static int run_set_bitmap_file(struct plan *p, struct step *s, struct err *err)
{
	int rc = set_bitmap_file(p, s, err);

	if (!rc || !s->optional)
		return rc;
	if (rc != -EEXIST && !p->attribute_failure.text[0])
		err_set(&p->attribute_failure, rc, "%s is started without its bitmap: %s", s->path, err->text);
	return 0;
}

static bool is_inactive(int dir)
{
	char state[32];

	return !sysfs_get(dir, "array_state", state, sizeof(state)) && !strcmp(state, "inactive");
}

/*
 * Of an array that was not started the kernel knows no more than the numbers of its members: it takes
 * back who was in.  (By new_dev it would take one back later, too: as a spare, to be overwritten.)
 */
static int undo_remove_member(struct plan *p, struct step *s, struct err *err)
{
	const struct md_disk d = { .major = (int)major(s->id.rdev), .minor = (int)minor(s->id.rdev) };
	int dir autoclose = sysfs_open_md(s->devnm);
	int rc = -EBUSY;

	if (dir < 0 || !is_inactive(dir))
		return err_set(err, rc, "what has left %s while it runs stays out", s->devnm);
	if (was_tried(dir))
		return err_set(err, rc, "out of %s, which takes nobody back: the kernel has tried to "
			       "start it", s->devnm);
	if (s->id.rdev && p->array_fd >= 0)
		rc = md_add_disk(p->array_fd, &d);
	if (rc)
		return err_set(err, rc, "out of %s: %s", s->devnm, error_text(-rc));
	return 0;
}

/*
 * --- the kinds ---
 *
 * What fills an array has no undo of its own: plan.c stops the array once, before any byte is put
 * back on a member.
 */

const struct step_kind kind_open_array = {
	.name = "open-array", .run = run_open_array, .tell = tell_open_array,
};
const struct step_kind kind_join_array = {
	.name = "join-array", .run = run_join_array, .undo = undo_join_array,
	.tell = tell_open_array,
};
const struct step_kind kind_open_running = {
	.name = "open-array", .run = run_open_running, .tell = tell_open_array,
};
const struct step_kind kind_set_state = {
	.name = "set-array-state", .run = run_set_state, .tell = tell_state,
};
const struct step_kind kind_set_access = {
	.name = "set-access", .run = run_set_access, .tell = tell_access,
};
const struct step_kind kind_fail_member = {
	.name = "fail-member", .run = run_fail_member, .tell = tell_member,
};
const struct step_kind kind_remove_member = {
	.name = "remove-member", .run = run_remove_member, .undo = undo_remove_member,
	.tell = tell_member,
};
const struct step_kind kind_member_attribute = {
	.name = "set-member-attribute", .run = run_member_attribute, .undo = undo_member_attribute,
	.tell = tell_member_attribute,
};
const struct step_kind kind_array_attribute = {
	.name = "set-array-attribute", .run = run_member_attribute, .undo = undo_member_attribute,
	.tell = tell_member_attribute,
};
const struct step_kind kind_remove_bitmap = {
	.name = "remove-bitmap", .run = run_remove_bitmap, .tell = tell_remove_bitmap,
};
const struct step_kind kind_set_bitmap_file = {
	.name = "set-bitmap-file", .run = run_set_bitmap_file, .tell = tell_set_bitmap_file,
};
const struct step_kind kind_set_version = {
	.name = "set-array-info", .run = run_set_version, .tell = tell_set_version,
};
const struct step_kind kind_set_shape = {
	.name = "set-array-shape", .run = run_set_shape, .tell = tell_set_shape,
};
const struct step_kind kind_add_disk = {
	.name = "add-disk", .run = run_add_disk, .undo = undo_add_disk, .tell = tell_add_disk,
};
const struct step_kind kind_start = {
	.name = "start-array", .run = run_start, .barrier = true, .tell = tell_start,
};
const struct step_kind kind_repair = {
	.name = "start-repair", .run = run_repair, .tell = tell_repair,
};
const struct step_kind kind_attribute = {
	.name = "set-attribute", .run = run_attribute, .tell = tell_attribute,
};
const struct step_kind kind_autorun = {
	.name = "autorun", .run = run_autorun, .barrier = true, .tell = tell_autorun,
};
const struct step_kind kind_change_event = {
	.name = "change-event", .run = run_change_event, .tell = tell_change_event,
};
const struct step_kind kind_stop = {
	.name = "stop-array", .run = run_stop, .barrier = true, .tell = tell_stop,
};

int step_run(struct plan *p, struct step *s, struct err *err)
{
	return s->kind->run(p, s, err);
}
