// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Undo-devices.c - which device is meant by an undo file, whatever it is called by now, and what it
 * carries.  Part of --undo.  Only looks.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "Undo.h"
#include "config.h"
#include "util.h"

/* --- what was and what should be there --- */

/* A sparse file that has the device's ranges, as they were or as they were made, and its size. */
static int image_file(const struct undo *u, size_t device, bool was)
{
	autoclose int fd = memfd_create("mdadm-undo", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)(u->device[device].id.size_sec * SECTOR_BYTES)) < 0)
		return -errno;
	for (size_t i = 0; i < u->n_range; i++) {
		const struct undo_range *r = &u->range[i];
		ssize_t n = r->device != device ? (ssize_t)r->len :
			pwrite(fd, was ? r->was : r->is, r->len, (off_t)r->at);

		if (n != (ssize_t)r->len)
			return n < 0 ? -errno : -ENOSPC;
	}
	return steal_fd(&fd);
}

static struct super *any_super(struct blkdev *b)
{
	struct super *s = NULL;
	struct err err;

	return super_load(b, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, &err) ?
		       NULL : s;
}

static int load_image(const struct undo *u, size_t device, bool was, struct super **out,
		      struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	autoclose int fd = image_file(u, device, was);
	char path[40];
	int rc = fd < 0 ? fd : 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!rc)
		rc = blk_open(path, BLK_READ, &b, err);
	if (rc)
		return err_set(err, rc, "cannot find out what is kept of %s: %s",
			       u->device[device].path, error_text(-rc));
	*out = any_super(b);
	return 0;
}

/* --- what is on a device --- */

static bool same_array(const struct array_info *a, const struct array_info *b)
{
	return uuid_equal(&a->uuid, &b->uuid) && a->ctime == b->ctime;
}

static bool same_shape(const struct geometry *a, const struct geometry *b)
{
	return a->level == b->level && a->layout == b->layout && a->chunk_sec == b->chunk_sec &&
	       a->raid_disks == b->raid_disks && a->size_sec == b->size_sec;
}

/* The same member of the same array in the same shape, whatever its event count has become. */
static bool same_member(const struct super *a, const struct super *b)
{
	struct array_info array[2];
	struct disk_info disk[2];

	if (!a || !b || a->fmt != b->fmt || a->minor != b->minor)
		return false;
	a->fmt->getinfo_super(a, &array[0], &disk[0]);
	b->fmt->getinfo_super(b, &array[1], &disk[1]);
	return same_array(&array[0], &array[1]) && same_shape(&array[0].geo, &array[1].geo) &&
	       !array[0].reshape && !array[1].reshape &&
	       disk[0].data_offset_sec == disk[1].data_offset_sec &&
	       disk[0].number == disk[1].number && uuid_equal(&disk[0].uuid, &disk[1].uuid);
}

static void forget_now(struct target *t)
{
	for (size_t i = 0; i < t->n_now; i++)
		free(t->now[i]);
	free(t->now);
	t->now = NULL;
	t->n_now = 0;
}

/* Range by range: has none been written, does any hold something that is neither? */
static int compare(const struct undo *u, struct target *t, struct blkdev *b, bool *unwritten,
		   bool *other, struct err *err)
{
	forget_now(t);
	t->now = xcalloc(u->n_range + 1, sizeof(*t->now));
	t->n_now = u->n_range;
	*unwritten = true;
	*other = false;
	for (size_t i = 0; i < u->n_range; i++) {
		const struct undo_range *r = &u->range[i];
		int rc;

		if (r->device != t->index)
			continue;
		t->now[i] = xcalloc(1, r->len);
		rc = blk_read(b, r->at, t->now[i], r->len, err);
		if (rc)
			return rc;
		if (memcmp(t->now[i], r->was, r->len) == 0)
			continue;
		*unwritten = false;
		*other |= memcmp(t->now[i], r->is, r->len) != 0;
	}
	return 0;
}

static int find_content(const struct undo *u, struct target *t, struct blkdev *b, struct err *err)
{
	struct super *now cleanup(super_cleanup) = NULL;
	bool unwritten, other;
	int rc = compare(u, t, b, &unwritten, &other, err);

	if (rc)
		return rc;
	t->content = unwritten ? CONTENT_BACK : CONTENT_WRITTEN;
	if (!other)
		return 0;
	now = any_super(b);
	t->content = same_member(now, t->made) ? CONTENT_CHANGED : CONTENT_FOREIGN;
	return 0;
}

/* --- is it the device --- */

/*
 * Device numbers mean something until the next boot; the name of the hardware does for ever, but
 * cheap ones share it; and where it has none, after a boot, a superblock that only this device can
 * carry.
 */
static bool is_same(const struct undo *u, const struct target *t, const char *hardware)
{
	const struct undo_device *d = t->device;
	char boot[sizeof(u->boot)];
	bool same_boot;

	undo_boot(boot, sizeof(boot));
	same_boot = *boot && !strcmp(boot, u->boot);
	if (same_boot && blk_same(&t->id, &d->id))
		return true;
	if (*hardware && *d->hardware)
		return !strcmp(hardware, d->hardware) &&
		       (!same_boot || t->content != CONTENT_FOREIGN);
	if (same_boot)
		return false;
	return t->made && (t->content == CONTENT_WRITTEN || t->content == CONTENT_CHANGED);
}

static int not_same(const struct undo *u, const struct target *t, struct err *err)
{
	return err_set(err, -ESTALE, "%s is not the device any more that was overwritten by mdadm %s, "
		       "and no other is: put that one in its place", t->device->path, u->command);
}

/*
 * What is behind the path now.  strict, for one that was not named: its hardware is called as it was,
 * or has no name as it had none, and it carries nothing of others.
 */
static int look_at(const struct undo *u, const char *path, bool strict, struct target *t,
		   struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	char hardware[BLK_HARDWARE];
	int rc = blk_open(path, BLK_READ, &b, err);

	if (rc)
		return rc;
	if (!b->rdev && t->device->id.rdev)
		return err_set(err, -ENOTBLK, "%s is not a block device.", b->path);
	if (b->size_sec != t->device->id.size_sec)
		return not_same(u, t, err);
	t->id = blk_identify(b);
	blk_hardware(t->id.rdev, hardware);
	if (strict && strcmp(hardware, t->device->hardware) != 0)
		return not_same(u, t, err);
	rc = find_content(u, t, b, err);
	if (rc)
		return rc;
	if (strict && t->content == CONTENT_FOREIGN)
		return not_same(u, t, err);
	return is_same(u, t, hardware) ? 0 : not_same(u, t, err);
}

/* Exactly one block device must be it.  -ESTALE, and err as it was: none is. */
static int search(const struct undo *u, struct target *t, struct err *err)
{
	const struct config every = { 0 };
	struct target found;
	size_t n;
	char **path = config_devices(&every, &n);
	int rc = -ESTALE;

	forget_now(t);
	found = *t;
	for (size_t i = 0; i < n && rc != -ENOTUNIQ; i++) {
		struct err e;

		found.path = path[i];
		if (look_at(u, path[i], true, &found, &e))
			continue;
		if (!rc) {
			rc = err_set(err, -ENOTUNIQ, "both %s and %s could be the device that was "
				     "overwritten by mdadm %s as %s: disconnect the one that is not",
				     t->path, path[i], u->command, t->device->path);
		} else {
			*t = found;
			t->path = xstrdup(path[i]);
			found.now = NULL;
			found.n_now = 0;
			rc = 0;
		}
	}
	forget_now(&found);
	config_free_devices(path, n);
	return rc;
}

/* Under its old name it may be another by now, above all after a boot. */
static int find_device(const struct undo *u, struct target *t, struct err *err)
{
	int rc = look_at(u, t->device->path, false, t, err), found;

	if (rc && t->device->id.rdev && rc != -EIO) {
		found = search(u, t, err);
		if (found == -ESTALE && rc != -ESTALE)
			err_set(err, rc, "%s\nno other device is the one that was overwritten by "
				"mdadm %s", err->text, u->command);
		return found;
	}
	t->path = xstrdup(t->device->path);
	return rc;
}

/* Did the command change a member, as a forced assembly does, and not make a new one? */
static bool was_changed(const struct target *t)
{
	struct array_info was, made;
	struct disk_info disk;

	if (!t->was || !t->made)
		return false;
	t->was->fmt->getinfo_super(t->was, &was, &disk);
	t->made->fmt->getinfo_super(t->made, &made, &disk);
	return same_array(&was, &made);
}

/*
 * A new array that was a mistake may have run; but what an old one has gone through since its members
 * were changed, a repair perhaps, is not a mistake.
 */
static int check_content(const struct undo *u, const struct target *t, bool force,
			 struct err *err)
{
	if (force || t->content == CONTENT_BACK || t->content == CONTENT_WRITTEN)
		return 0;
	if (t->content == CONTENT_FOREIGN)
		return err_set(err, -ESTALE, "%s does not carry what mdadm %s wrote to it: "
			       "something else has written there since\n"
			       "--undo --force puts the old bytes over it all the same", t->path,
			       u->command);
	if (!was_changed(t))
		return 0;
	return err_set(err, -ESTALE, "the array of %s has run since mdadm %s, and its members know more "
		       "than they did before\n--undo --force makes them forget it", t->path,
		       u->command);
}

/* The array that was made is stopped; what else holds the device is somebody's. */
static int check_free(const struct undo *u, const struct target *t, struct err *err)
{
	bool ours = *t->holder && t->made && t->content != CONTENT_FOREIGN;
	char why[600];

	if (t->content != CONTENT_BACK && !t->id.rdev && blk_file_busy(t->path, why, sizeof(why)))
		return err_set(err, -EBUSY, "cannot undo mdadm %s: %s", u->command, why);
	if (t->content == CONTENT_BACK || ours || !blk_holder(t->id.rdev, why, sizeof(why)))
		return 0;
	blk_busy_reason(t->id.rdev, why, sizeof(why));
	return err_set(err, -EBUSY, "cannot undo mdadm %s while %s is in use: %s", u->command,
		       t->path, why);
}

int undo_look(const struct undo *u, size_t i, bool force, struct target *t, struct err *err)
{
	int rc;

	*t = (struct target){ .device = &u->device[i], .index = i };
	rc = load_image(u, i, true, &t->was, err);
	if (!rc)
		rc = load_image(u, i, false, &t->made, err);
	if (!rc)
		rc = find_device(u, t, err);
	if (!rc)
		rc = check_content(u, t, force, err);
	if (rc)
		return rc;
	blk_md_holder(t->id.rdev, t->holder);
	return check_free(u, t, err);
}

void undo_target_free(struct target *t)
{
	super_free(t->was);
	super_free(t->made);
	free(t->path);
	forget_now(t);
	*t = (struct target){ 0 };
}
