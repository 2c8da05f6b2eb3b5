// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-step.c - the kinds of steps: what each does to the world and how it is taken back.  The
 * only file that calls the writing functions of blkdev, md, sysfs and mapfile.
 * Allocates nothing that a step writes: that was done when it was appended.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "devnode.h"
#include "plan-step.h"
#include "procfs.h"
#include "sysfs.h"
#include "util.h"

/* How long a member is waited for that udev happens to look at. */
#define RECLAIM_DEADLINE_MS 2000
/* STOP_ARRAY answers EBUSY while udev has the new array open. */
#define STOP_DEADLINE_MS 5000
/* A look at a member is worth something that long, when nothing was waited for. */
#define FRESH_MS 200

/* --- waiting --- */

/* Calls again, ever more slowly, while the answer is "busy" and time is left. */
static int retry_busy(int (*try)(void *arg), void *arg, int deadline_ms)
{
	int64_t end = clock_ms() + deadline_ms;
	int pause_ms = 1;
	int rc;

	while ((rc = try(arg)) == -EBUSY && clock_ms() < end) {
		poll(NULL, 0, pause_ms);
		pause_ms = MIN(pause_ms * 2, 100);
	}
	return rc;
}

/* --- the map and its lock --- */

/* That somebody has it locked is no reason to do without it. */
static int map_result(struct plan *p, int rc, const struct err *err)
{
	if (!rc || rc == -EBUSY || !p->lock->optional)
		return rc;
	p->lock->failure = *err;
	return 0;
}

static bool map_given_up(const struct plan *p)
{
	return p->lock->failure.text[0];
}

/* Is what was not started and has that name what the killed one made, or did it come after that? */
static bool is_left(const struct map_note *note)
{
	return note->made && (!note->diskseq || note->diskseq == sysfs_diskseq(note->devnm));
}

/*
 * What one of us who was killed at work on that array has left.  An array that was not started
 * goes, one that runs or is another's stays; the flag goes, and with the array its map line and
 * its name.
 */
static void clear_left(const struct map_note *note)
{
	char path[sizeof(((struct map_entry *)0)->path)] = "";
	struct map map cleanup(map_free) = { 0 };
	const struct map_entry *e;

	sysfs_clear(note->devnm, is_left(note));
	map_unflag_creating(note->devnm);
	if (sysfs_has_array(note->devnm)) {
		sysfs_change_event(note->devnm);
		return;
	}
	map_load(&map);
	e = map_by_devnm(&map, note->devnm);
	if (e && copy_text(path, sizeof(path), e->path))
		map_remove(note->devnm, NULL);
	devnode_forget(note->devnm, path);
}

/* What a killed owner before was at work on. */
static int clear_noted(struct plan_lock *lock, struct err *err)
{
	struct map_notes notes cleanup(map_notes_free);

	if (!map_noted(lock->fd, &notes))
		return 0;
	for (size_t i = 0; i < notes.n; i++)
		clear_left(&notes.note[i]);
	lock->waited |= notes.n > 0;
	return map_forget_notes(lock->fd, err);
}

static int run_lock(struct plan *p, struct step *s, struct err *err)
{
	struct plan_lock *lock = p->lock;
	int rc;

	lock->optional = s->optional;
	if (lock->fd >= 0)
		return 0;
	rc = map_result(p, map_lock(&lock->fd, s->patience_ms, &lock->waited, err), err);
	return rc || lock->fd < 0 ? rc : clear_noted(lock, err);
}

/*
 * Says in the lock what would have to be cleared; another's array is not ours to clear.  With /run full
 * there is no room for that: who can do without the map does without this, too.
 */
static int note_array(struct plan *p, const char *devnm, struct err *err)
{
	struct map_note note = { .made = p->array != NULL };

	copy_text(note.devnm, sizeof(note.devnm), devnm);
	if (note.made)
		note.diskseq = md_diskseq(p->array_fd);
	if (p->lock->fd < 0 || map_given_up(p))
		return 0;
	return map_result(p, map_note(p->lock->fd, &note, err), err);
}

static int run_unlock(struct plan *p, struct step *s, struct err *err)
{
	(void)s;
	(void)err;
	map_unlock(&p->lock->fd);
	return 0;
}

static int undo_lock(struct plan *p, struct step *s, struct err *err)
{
	return run_unlock(p, s, err);
}

int step_set_map_lines(struct plan *p, const struct map_entry *e, size_t n, struct err *err)
{
	return map_given_up(p) ? 0 : map_result(p, map_set(e, n, err), err);
}

static int run_map_set(struct plan *p, struct step *s, struct err *err)
{
	return s->written ? 0 : step_set_map_lines(p, s->map, 1, err);
}

/* Plans that share the lock may want that at once. */
static int remove_map_line(struct plan *p, const char *devnm, struct err *err)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
	int lock cleanup(map_unlock) = -1;
	bool waited;
	int rc = p->lock->fd >= 0 ? 0 : map_lock(&lock, MAP_LOCK_MS, &waited, err);

	if (rc)
		return rc;
	pthread_mutex_lock(&one_at_a_time);
	rc = map_remove(devnm, err);
	pthread_mutex_unlock(&one_at_a_time);
	return rc;
}

static int run_map_remove(struct plan *p, struct step *s, struct err *err)
{
	return map_given_up(p) ? 0 : map_result(p, remove_map_line(p, s->devnm, err), err);
}

/* Perhaps after the lock has been given up.  A line that stays is told, whatever the map is worth. */
static int undo_map_set(struct plan *p, struct step *s, struct err *err)
{
	return map_given_up(p) ? 0 : remove_map_line(p, s->devnm, err);
}

static int run_flag(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	return map_flag_creating(s->devnm, err);
}

static int run_unflag(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	(void)err;
	map_unflag_creating(s->devnm);
	return 0;
}

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
		return err_set(err, rc, "cannot tell the state of %s: %s", devnm, strerror(-rc));
	if (strcmp(state, "clear") != 0)
		return err_set(err, -EBUSY, "%s is already in use: another array is there (%s); "
			       "see mdadm --detail /dev/%s", devnm, state, devnm);
	return 0;
}

static int run_open_array(struct plan *p, struct step *s, struct err *err)
{
	int rc = sysfs_has_array(s->devnm) ? 0 : note_array(p, s->devnm, err);
	int fd autoclose = rc ? rc : devnode_create_open(s->devnm, true, err);
	int version;

	if (fd < 0)
		return fd;
	rc = md_raid_version(fd, &version);
	if (rc)
		return err_set(err, rc, "%s does not answer as an md device: %s", s->devnm,
			       strerror(-rc));
	rc = check_unused(s->devnm, err);
	if (rc)
		return rc;
	p->array_fd = steal_fd(&fd);
	p->array = s->devnm;
	return note_array(p, s->devnm, err);
}

/* The kernel has read the superblocks: from then on it takes no member by ADD_NEW_DISK. */
static bool was_tried(int dir)
{
	uint64_t disks;

	return sysfs_get_u64(dir, "raid_disks", &disks) == 0 && disks > 0;
}

static bool is_inactive(int dir)
{
	char state[32];

	return !sysfs_get(dir, "array_state", state, sizeof(state)) && !strcmp(state, "inactive");
}

static int check_waiting(const char *devnm, bool to_start, struct err *err)
{
	int dir autoclose = sysfs_open_md(devnm);

	if (dir >= 0 && !to_start && was_tried(dir) && is_inactive(dir))
		return err_set(err, -EBUSY, "%s could not be started and takes no more members: "
			       "stop it first (mdadm --stop /dev/%s)", devnm, devnm);
	if (dir < 0 || !is_inactive(dir))
		return err_set(err, -ESTALE, "%s does not wait for members any more: "
			       "run the command again", devnm);
	return 0;
}

static int run_join_array(struct plan *p, struct step *s, struct err *err)
{
	int fd autoclose = -1, rc;
	dev_t rdev;

	rc = sysfs_devnm_rdev(s->devnm, &rdev);
	if (rc)
		return err_set(err, rc, "%s has gone: %s", s->devnm, strerror(-rc));
	fd = devnode_open(rdev, O_RDWR | O_EXCL, true, err);
	if (fd < 0)
		return fd;
	rc = check_waiting(s->devnm, s->to_start, err);
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
		return err_set(err, rc, "%s has gone: %s", s->devnm, strerror(-rc));
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
		       "it is open in %s; end that first", array, strerror(EBUSY), who);
}

int step_stop_array(struct plan *p, const char *array, struct err *err)
{
	int rc = retry_busy(try_stop, &p->array_fd, STOP_DEADLINE_MS);

	if (rc == -EBUSY)
		return still_open(p->array_fd, array, err);
	if (rc && rc != -ENODEV && rc != -ENXIO)
		return err_set(err, rc, "failed to stop array %s: %s", array, strerror(-rc));
	close_fd(&p->array_fd);
	p->array_fd = -1;
	return 0;
}

static int run_set_version(struct plan *p, struct step *s, struct err *err)
{
	int rc = md_set_version(p->array_fd, s->version[0], s->version[1]);

	if (rc)
		return err_set(err, rc, "failed to set array info for %s: %s", s->path,
			       strerror(-rc));
	return 0;
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
	int rc = retry_busy(try_add, &a, RECLAIM_DEADLINE_MS);

	if (rc)
		return err_set(err, rc, "ADD_NEW_DISK for %s failed: %s%s", s->path, strerror(-rc),
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
		return err_set(err, rc, "%s stays in %s: %s", s->path, p->joined, strerror(-rc));
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
			       "(dmesg) may say why%s", strerror(-rc), s->path,
			       s->hint ? s->hint : "");
	if (rc)
		return err_set(err, rc, "failed to RUN_ARRAY %s: %s%s", s->path, strerror(-rc),
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
		return err_set(err, rc, "cannot make %s %s: %s", s->path, s->hint, strerror(-rc));
	return 0;
}

static int run_set_access(struct plan *p, struct step *s, struct err *err)
{
	int rc = s->readonly ? md_readonly(p->array_fd) : md_readwrite(p->array_fd);

	if (rc)
		return err_set(err, rc, "failed to set %s for %s: %s",
			       s->readonly ? "readonly" : "writable", s->path, strerror(-rc));
	return 0;
}

static int run_repair(struct plan *p, struct step *s, struct err *err)
{
	int rc = write_attr(s->devnm, "sync_action", "repair");

	(void)p;
	if (rc)
		return err_set(err, rc, "%s runs, but its repair could not be started: %s\n"
			       "start it: echo repair > /sys/block/%s/md/sync_action", s->path,
			       strerror(-rc), s->devnm);
	return 0;
}

/* Any md device will do for the question; to open it made it, if there was none. */
static int run_autorun(struct plan *p, struct step *s, struct err *err)
{
	int fd = devnode_create_open(s->devnm, false, err), rc;

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
		return err_set(err, rc, "RAID_AUTORUN failed: %s", strerror(-rc));
	return 0;
}

/* The array runs, whatever becomes of that. */
static int run_attribute(struct plan *p, struct step *s, struct err *err)
{
	int rc = write_attr(s->devnm, s->path, s->hint);

	(void)err;
	if (rc && !p->attribute_failure.text[0])
		err_set(&p->attribute_failure, rc, "cannot write %s to /sys/block/%s/md/%s: %s", s->hint,
			s->devnm, s->path, strerror(-rc));
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
		return err_set(err, rc, "set device faulty failed for %s:  %s", s->path,
			       strerror(-rc));
	return 0;
}

static int try_remove(void *arg)
{
	const struct step *s = arg;
	int dir autoclose = sysfs_open_md(s->devnm);

	return dir < 0 ? dir : take_out(dir, s->path);
}

/* One that has failed is busy until what was written to it has come back. */
static int run_remove_member(struct plan *p, struct step *s, struct err *err)
{
	int rc = retry_busy(try_remove, s, STOP_DEADLINE_MS);

	(void)p;
	if (rc)
		return err_set(err, rc, "hot remove failed for %s: %s", s->path, strerror(-rc));
	return 0;
}

static int run_note_slot(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	return map_note_slot(s->path, s->map, err);
}

/* --- devices --- */

struct blkdev *step_claimed(struct plan *p, const struct step *s)
{
	for (size_t i = 0; i < p->n_claimed; i++)
		if (p->claimed[i]->rdev == s->id.rdev && !strcmp(p->claimed[i]->path, s->path))
			return p->claimed[i];
	return NULL;
}

struct claim {
	const char *path;
	enum blk_mode mode;
	struct blkdev *dev;
	struct err *err;
};

static int try_claim(void *arg)
{
	struct claim *c = arg;

	return blk_open(c->path, c->mode, &c->dev, c->err);
}

/*
 * Somebody may have put another device behind the name, or another disk behind the number.  Takes
 * the device over.
 */
static int add_claimed(struct plan *p, struct step *s, struct blkdev *dev, struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = dev;
	struct blk_id now = blk_identify(b);

	if (!blk_same(&now, &s->id))
		return err_set(err, -ESTALE, "%s is not the device any more that was looked at",
			       s->path);
	p->claimed = xgrow(p->claimed, &p->cap_claimed, p->n_claimed, sizeof(*p->claimed));
	p->claimed[p->n_claimed++] = steal(b);
	return 0;
}

static int claim(struct plan *p, struct step *s, int patience_ms, struct err *err)
{
	struct claim c = { s->path, s->claim, NULL, err };
	int rc = retry_busy(try_claim, &c, patience_ms);

	return rc ? rc : add_claimed(p, s, c.dev, err);
}

static int take_over(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = steal(*s->held);
	int rc = blk_make_writable(b, err);

	return rc ? rc : add_claimed(p, s, steal(b), err);
}

/* A holder that has a name stays; anybody else is udev, and soon gone. */
static int run_claim(struct plan *p, struct step *s, struct err *err)
{
	char holder[600];
	int rc;

	if (s->held && *s->held)
		return take_over(p, s, err);
	rc = claim(p, s, 0, err);
	if (rc != -EBUSY || blk_holder(s->id.rdev, holder, sizeof(holder)))
		return rc;
	return claim(p, s, RECLAIM_DEADLINE_MS, err);
}

/*
 * Is the look at the member as good as one now?  While it was held, nothing could have it that asks
 * for a device alone (mount, mkfs, md, dm, swap).  There remains what writes past all that, and it
 * had only the few ms of our own work: nobody was asked, no lock was waited for.  A second look
 * would leave a gap of the same kind before the write; what counts there is that each write
 * compares what it overwrites with what the undo file has of it.
 */
static bool just_looked_at(const struct plan *p, const struct blkdev *b, const struct step *s)
{
	return blk_was_held(b) && !p->lock->waited && clock_ms() - s->seen.at_ms < FRESH_MS;
}

static int run_check_unchanged(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b = step_claimed(p, s);
	struct blk_fingerprint now;

	if (just_looked_at(p, b, s))
		return 0;
	blk_forget(b);
	blk_fingerprint(b, &now);
	blk_forget(b);
	if (now.sum == s->seen.sum)
		return 0;
	return err_set(err, -ESTALE, "%s has changed since it was looked at: something was written "
		       "to it; run the command again", s->path);
}

/* The members may have been closed since. */
static int reclaim(struct plan *p, struct step *s, struct err *err)
{
	return step_claimed(p, s) ? 0 : claim(p, s, RECLAIM_DEADLINE_MS, err);
}

int step_release(struct plan *p, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->n_claimed; i++) {
		struct err e;
		int r = blk_sync(p->claimed[i], &e);

		if (r && !rc) {
			rc = r;
			*err = e;
		}
		blk_close(p->claimed[i]);
	}
	p->n_claimed = 0;
	return rc;
}

static int run_release(struct plan *p, struct step *s, struct err *err)
{
	(void)s;
	return step_release(p, err);
}

static int run_drop_partitions(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b = step_claimed(p, s);

	(void)err;
	/* what is claimed to be written was asked already */
	if (s->claim != BLK_READ_EXCL_NODE || !blk_read_only(b))
		blk_drop_partitions(b);
	return 0;
}

static int undo_drop_partitions(struct plan *p, struct step *s, struct err *err)
{
	int rc = reclaim(p, s, err);

	if (!rc)
		blk_scan_partitions(step_claimed(p, s));
	return rc;
}

void step_overlay(const struct step *s, uint64_t at, uint8_t *there, size_t len)
{
	uint64_t start = MAX(s->at, at), end = MIN(s->at + s->len, at + len);

	if (!s->mask && start < end)
		memcpy(there + (start - at), s->bytes + (start - s->at), end - start);
	for (uint64_t i = start; s->mask && i < end; i++)
		if (s->mask[i - s->at] & BYTE_OURS)
			there[i - at] = s->bytes[i - s->at];
}

/* From now on not all bytes of the step are alike. */
void step_tell_apart(struct step *s)
{
	if (s->mask)
		return;
	s->mask = xcalloc(1, s->len);
	memset(s->mask, s->expected ? BYTE_OURS | BYTE_EXPECTED : BYTE_OURS, s->len);
	if (!s->expected)
		s->expected = xcalloc(1, s->len);
}

void step_expect(struct step *s, uint64_t at, const uint8_t *expected, size_t len)
{
	const size_t start = (size_t)(at - s->at);

	if (!s->mask && !s->expected && len == s->len) {
		s->expected = xcalloc(1, len);
		memcpy(s->expected, expected, len);
		return;
	}
	step_tell_apart(s);
	for (size_t i = 0; i < len; i++)
		if (!(s->mask[start + i] & BYTE_EXPECTED)) {
			s->expected[start + i] = expected[i];
			s->mask[start + i] |= BYTE_EXPECTED;
		}
}

/* Is there what was read when the plan was made, and what the undo file has? */
static bool is_expected(const struct step *s)
{
	if (!s->mask)
		return !s->expected || memcmp(s->old, s->expected, s->len) == 0;
	for (size_t i = 0; i < s->len; i++)
		if (s->mask[i] & BYTE_EXPECTED && s->old[i] != s->expected[i])
			return false;
	return true;
}

static int run_write(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b = step_claimed(p, s);
	int rc = blk_read_now(b, s->at, s->old, s->len, err);

	if (rc)
		return rc;
	if (!is_expected(s))
		return err_set(err, -ESTALE, "%s has changed since it was looked at: "
			       "run the command again", s->path);
	s->saved = true;
	for (size_t i = 0; s->mask && i < s->len; i++)
		if (!(s->mask[i] & BYTE_OURS))
			s->bytes[i] = s->old[i];
	return blk_write(b, s->at, s->bytes, s->len, err);
}

/* What is still as it was needs no write, least of all one that fails as the first did. */
static int put_back(struct blkdev *b, const struct step *s, struct err *err)
{
	uint8_t *now autofree = xcalloc(1, s->len);

	blk_forget(b);
	if (blk_read(b, s->at, now, s->len, err) == 0 && memcmp(now, s->old, s->len) == 0)
		return 0;
	return blk_write(b, s->at, s->old, s->len, err);
}

static int undo_write(struct plan *p, struct step *s, struct err *err)
{
	int rc = reclaim(p, s, err);

	return rc ? rc : put_back(step_claimed(p, s), s, err);
}

static int run_scan_partitions(struct plan *p, struct step *s, struct err *err)
{
	(void)err;
	blk_scan_partitions(step_claimed(p, s));
	return 0;
}

/*
 * --- the kinds ---
 *
 * What fills an array has no undo of its own: plan.c stops the array once, before any byte is put
 * back on a member.
 */

const struct step_kind kind_lock = {
	.name = "lock-map", .run = run_lock, .undo = undo_lock, .harmless = true,
	.tell = tell_lock,
};
const struct step_kind kind_unlock = {
	.name = "unlock-map", .run = run_unlock, .tell = tell_lock,
};
const struct step_kind kind_flag = {
	.name = "flag-creating", .run = run_flag, .undo = run_unflag, .harmless = true,
	.tell = tell_flag,
};
const struct step_kind kind_unflag = {
	.name = "unflag-creating", .run = run_unflag, .tell = tell_flag,
};
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
	.name = "remove-member", .run = run_remove_member, .tell = tell_member,
};
const struct step_kind kind_note_slot = {
	.name = "note-slot", .run = run_note_slot, .tell = tell_slot,
};
const struct step_kind kind_map_set = {
	.name = "set-map-line", .run = run_map_set, .undo = undo_map_set, .tell = tell_map_set,
};
const struct step_kind kind_map_remove = {
	.name = "remove-map-line", .run = run_map_remove, .tell = tell_open_array,
};
const struct step_kind kind_set_version = {
	.name = "set-array-info", .run = run_set_version, .tell = tell_set_version,
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
const struct step_kind kind_claim = {
	.name = "claim-device", .run = run_claim, .tell = tell_claim,
};
const struct step_kind kind_check_unchanged = {
	.name = "check-unchanged", .run = run_check_unchanged, .tell = tell_device,
};
const struct step_kind kind_drop_partitions = {
	.name = "drop-partitions", .run = run_drop_partitions, .undo = undo_drop_partitions,
	.tell = tell_device,
};
const struct step_kind kind_scan_partitions = {
	.name = "scan-partitions", .run = run_scan_partitions, .tell = tell_device,
};
const struct step_kind kind_write = {
	.name = "write", .run = run_write, .undo = undo_write, .tell = tell_write,
};
const struct step_kind kind_release = {
	.name = "sync-and-close-devices", .run = run_release,
};

int step_run(struct plan *p, struct step *s, struct err *err)
{
	return s->kind->run(p, s, err);
}
