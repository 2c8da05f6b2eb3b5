// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Undo.c - --undo: finds the devices of an undo file, makes sure that they are the same ones and
 * still carry what was written, says what will be put back, stops the array that was made of them,
 * and runs a plan that writes the old bytes.  That plan keeps an undo file too.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "Stop.h"
#include "Undo.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "super.h"
#include "undofile.h"
#include "util.h"

/* What a device carries now, where the plan wrote. */
enum content {
	CONTENT_BACK,            /* what was there before */
	CONTENT_WRITTEN,         /* what the plan wrote */
	CONTENT_CHANGED,         /* the superblock it wrote, and the array has run since */
	CONTENT_FOREIGN,         /* something else */
};

/* One device of the file, looked at. */
struct target {
	const struct undo_device *device;
	size_t index;
	struct blk_id id;        /* of what is behind the path now */
	enum content content;
	char holder[33];         /* the md array it is a member of; "" none */
};

struct undoing {
	const char *path;        /* of the file */
	const struct request *req;
	struct undo undo;
	struct target *target;   /* one a device of the file */
};

/* --- what is on a device --- */

/* A sparse file that has the device's ranges, as they were or as they were made, and its size. */
static int image_open(const struct undo *u, size_t device, bool was, struct blkdev **out,
		      struct err *err)
{
	autoclose int fd = memfd_create("mdadm-undo", MFD_CLOEXEC);
	char path[40];

	if (fd < 0 || ftruncate(fd, (off_t)(u->device[device].id.size_sec * SECTOR_BYTES)) < 0)
		return err_set(err, -errno, "no room for an image: %s", strerror(errno));
	for (size_t i = 0; i < u->n_range; i++) {
		const struct undo_range *r = &u->range[i];

		if (r->device == device &&
		    pwrite(fd, was ? r->was : r->is, r->len, (off_t)r->at) != (ssize_t)r->len)
			return err_set(err, -EIO, "no room for an image");
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return blk_open(path, BLK_READ, out, err);
}

static struct super *any_super(struct blkdev *b)
{
	struct super *s = NULL;
	struct err err;

	return super_load(b, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, &err) ?
		       NULL : s;
}

static struct super *super_of_image(const struct undo *u, size_t device, bool was)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct err err;

	return image_open(u, device, was, &b, &err) ? NULL : any_super(b);
}

/* The same member of the same array, whatever its event count has become. */
static bool same_member(const struct super *a, const struct super *b)
{
	struct array_info array[2];
	struct disk_info disk[2];

	if (!a || !b || a->fmt != b->fmt || a->minor != b->minor)
		return false;
	a->fmt->getinfo_super(a, &array[0], &disk[0]);
	b->fmt->getinfo_super(b, &array[1], &disk[1]);
	return uuid_equal(&array[0].uuid, &array[1].uuid) && array[0].ctime == array[1].ctime &&
	       disk[0].number == disk[1].number && uuid_equal(&disk[0].uuid, &disk[1].uuid);
}

static void describe(const struct super *s, char *out, size_t cap)
{
	char uuid[UUID_TEXT];
	const char *level;
	struct array_info a;
	struct disk_info d;

	if (!s) {
		snprintf(out, cap, "no member of an array");
		return;
	}
	s->fmt->getinfo_super(s, &a, &d);
	uuid_format(&a.uuid, ':', uuid);
	level = level_name(a.geo.level) ?: "unknown";
	if (d.slot >= 0)
		snprintf(out, cap, "device %d of the %s array %s", d.slot, level, uuid);
	else
		snprintf(out, cap, "a spare of the %s array %s", level, uuid);
}

/* Range by range: has none been written, does any hold something that is neither? */
static int compare(const struct undo *u, size_t device, struct blkdev *b, bool *unwritten,
		   bool *other, struct err *err)
{
	*unwritten = true;
	*other = false;
	for (size_t i = 0; i < u->n_range; i++) {
		const struct undo_range *r = &u->range[i];
		uint8_t *now autofree = NULL;
		int rc;

		if (r->device != device)
			continue;
		now = xcalloc(1, r->len);
		rc = blk_read(b, r->at, now, r->len, err);
		if (rc)
			return rc;
		if (memcmp(now, r->was, r->len) == 0)
			continue;
		*unwritten = false;
		*other |= memcmp(now, r->is, r->len) != 0;
	}
	return 0;
}

static int find_content(const struct undo *u, struct target *t, struct blkdev *b, struct err *err)
{
	struct super *now cleanup(super_cleanup) = NULL, *made cleanup(super_cleanup) = NULL;
	bool unwritten, other;
	int rc = compare(u, t->index, b, &unwritten, &other, err);

	if (rc)
		return rc;
	t->content = unwritten ? CONTENT_BACK : CONTENT_WRITTEN;
	if (!other)
		return 0;
	now = any_super(b);
	made = super_of_image(u, t->index, false);
	t->content = same_member(now, made) ? CONTENT_CHANGED : CONTENT_FOREIGN;
	return 0;
}

/* --- is it the device --- */

/*
 * Device numbers mean something until the next boot; after it the hardware tells; and where that
 * has no name, a superblock that only this device can carry.
 */
static int check_same(const struct undo *u, const struct target *t, struct err *err)
{
	const struct undo_device *d = t->device;
	char boot[sizeof(u->boot)], hardware[BLK_HARDWARE];
	bool proven = t->content == CONTENT_CHANGED;

	undo_boot(boot, sizeof(boot));
	blk_hardware(t->id.rdev, hardware);
	if (*boot && !strcmp(boot, u->boot))
		proven = blk_same(&t->id, &d->id);
	else if (*hardware && *d->hardware)
		proven = !strcmp(hardware, d->hardware);
	else if (!proven) {
		struct super *made cleanup(super_cleanup) = super_of_image(u, t->index, false);

		proven = made && t->content == CONTENT_WRITTEN;
	}
	if (proven && t->id.size_sec == d->id.size_sec)
		return 0;
	return err_set(err, -ESTALE, "%s is not the device any more that was overwritten by "
		       "mdadm %s: put that one in its place", d->path, u->command);
}

static int look(struct undoing *g, size_t i, struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct target *t = &g->target[i];
	int rc;

	*t = (struct target){ .device = &g->undo.device[i], .index = i };
	rc = blk_open(t->device->path, BLK_READ, &b, err);
	if (rc)
		return rc;
	if (!b->rdev && t->device->id.rdev)
		return err_set(err, -ENOTBLK, "%s is not a block device.", b->path);
	t->id = blk_identify(b);
	blk_md_holder(t->id.rdev, t->holder);
	rc = find_content(&g->undo, t, b, err);
	if (!rc)
		rc = check_same(&g->undo, t, err);
	if (!rc && t->content == CONTENT_FOREIGN && !g->req->force)
		rc = err_set(err, -ESTALE, "%s does not carry what mdadm %s wrote to it: "
			     "something else has written there since\n"
			     "--undo --force puts the old bytes over it all the same",
			     t->device->path, g->undo.command);
	return rc;
}

static int look_at_all(struct undoing *g, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < g->undo.n_device && !rc; i++)
		rc = look(g, i, err);
	return rc;
}

/* --- what will be done --- */

static uint64_t bytes_of(const struct undo *u, size_t device)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < u->n_range; i++)
		if (u->range[i].device == device)
			sum += u->range[i].len;
	return sum;
}

static void say_target(const struct undoing *g, const struct target *t)
{
	struct super *was cleanup(super_cleanup) = super_of_image(&g->undo, t->index, true);
	struct super *is cleanup(super_cleanup) = super_of_image(&g->undo, t->index, false);
	char before[200], now[200];

	describe(was, before, sizeof(before));
	describe(is, now, sizeof(now));
	if (t->content == CONTENT_BACK)
		say_note("%s: it is as it was, %s", t->device->path, before);
	else
		say_note("%s: %llu bytes are put back: it is %s now, and was %s", t->device->path,
			 (unsigned long long)bytes_of(&g->undo, t->index), now, before);
}

static void say_all(const struct undoing *g)
{
	bool ran = false;

	for (size_t i = 0; i < g->undo.n_device; i++) {
		say_target(g, &g->target[i]);
		ran |= g->target[i].content == CONTENT_CHANGED;
	}
	if (ran)
		say_note("the array has run since: what it wrote to its data, by resync too, stays "
			 "as it is");
}

/* The array that holds members is stopped first: it is the one that is taken back. */
static int stop_holders(const struct undoing *g)
{
	for (size_t i = 0; i < g->undo.n_device; i++) {
		const struct target *t = &g->target[i];
		char path[40], again[33];
		int status;

		/* stopped with a member before it */
		if (!*t->holder || !blk_md_holder(t->id.rdev, again))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", t->holder);
		status = Stop(path, g->req);
		if (status || g->req->dry_run)
			return status;
	}
	return 0;
}

static bool was_erased(const struct undo_range *r)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->is[i])
			return false;
	return true;
}

static void plan_ranges(const struct undo *u, const struct target *t, bool erased, struct plan *p)
{
	for (size_t i = 0; i < u->n_range; i++) {
		const struct undo_range *r = &u->range[i];

		if (r->device == t->index && was_erased(r) == erased)
			plan_write(p, t->device->path, r->at, r->was, r->len);
	}
}

/* The old superblock comes back before the new one goes, so that there is always one. */
static void plan_target(const struct undo *u, const struct target *t, struct plan *p)
{
	plan_ranges(u, t, true, p);
	plan_ranges(u, t, false, p);
	plan_scan_partitions(p, t->device->path);
}

static int put_back(const struct undoing *g, struct plan *p, struct err *err)
{
	const struct undo *u = &g->undo;
	char *command autofree = xasprintf("--undo %s", g->path);

	for (size_t i = 0; i < u->n_device; i++)
		if (g->target[i].content != CONTENT_BACK)
			plan_claim(p, g->target[i].device->path, &g->target[i].id, false);
	plan_keep_undo(p, g->req->undo_dir, command, "undo");
	for (size_t i = 0; i < u->n_device; i++)
		if (g->target[i].content != CONTENT_BACK)
			plan_target(u, &g->target[i], p);
	plan_release_all(p);
	return plan_run(p, err);
}

static bool all_back(const struct undoing *g)
{
	for (size_t i = 0; i < g->undo.n_device; i++)
		if (g->target[i].content != CONTENT_BACK)
			return false;
	return true;
}

static int walk(struct undoing *g, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(g->req);
	char *title autofree = xasprintf("undo mdadm %s", g->undo.command);

	if (look_at_all(g, err))
		return STATUS_FAILED;
	say_all(g);
	if (all_back(g)) {
		say_note("nothing is to be put back: mdadm %s has been undone", g->undo.command);
		return STATUS_OK;
	}
	if (stop_holders(g)) {
		err->text[0] = '\0';
		return STATUS_FAILED;
	}
	/* stopping it has changed its superblocks once more */
	if (look_at_all(g, err) || put_back(g, p, err))
		return STATUS_FAILED;
	mode_tell_plan(g->req, p, title);
	mode_tell_undo(p);
	if (!g->req->dry_run)
		say_note("mdadm %s has been undone", g->undo.command);
	return STATUS_OK;
}

int Undo(const char *path, const struct request *r)
{
	struct undoing g = { .path = path, .req = r };
	struct err err;
	int status = STATUS_FAILED;

	if (undo_load(path, &g.undo, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	g.target = xcalloc(g.undo.n_device + 1, sizeof(*g.target));
	status = walk(&g, &err);
	if (status && err.text[0])
		say_err(&err);
	free(g.target);
	undo_free(&g.undo);
	return status;
}
