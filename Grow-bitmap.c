// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Grow-bitmap.c - a running array gets a write-intent bitmap, or loses it.  Part of the mode --grow.
 *
 * The bitmap is written to every member first; then the kernel is told where it is, reads it, and
 * records it in the superblocks.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "Grow.h"
#include "bitmap-file.h"
#include "blkdev.h"
#include "say.h"
#include "super.h"
#include "sysfs.h"
#include "util.h"

/* Of md/bitmap_type. */
#define LOCKLESS_WORD "llbitmap"
#define TYPE_TEXT 100

static bool has_bitmap(const struct grow *g)
{
	char at[40];

	if (sysfs_get(g->attributes, "bitmap/location", at, sizeof(at)))
		return g->array->info.bitmap_present;
	return strcmp(at, "none") != 0;
}

static int busy(const struct grow *g, const struct err *err)
{
	say_error("Cannot add bitmap while array is resyncing or reshaping etc.\n%s\n"
		  "wait for the end: mdadm --wait %s", err->text, g->path);
	return STATUS_FAILED;
}

/* --- there shall be one --- */

static int may_have_one(const struct grow *g)
{
	const struct array *a = g->array;

	if (!level_has_redundancy(a->geo.level))
		say_error("Bitmaps not meaningful with level %s", level_name(a->geo.level));
	else if (strcmp(a->policy, "ppl") == 0)
		say_error("Cannot add bitmap to array with PPL\nfirst: mdadm --grow %s "
			  "--consistency-policy=resync", g->path);
	/* the kernel would call it busy, for ever */
	else if (strcmp(a->policy, "journal") == 0)
		say_error("Cannot add bitmap to array with a journal");
	else
		return STATUS_OK;
	return STATUS_FAILED;
}

/*
 * A new bitmap of bits says that all is to be synced; a lockless one that nothing is, or that nothing was
 * written yet.
 */
static int may_have_lockless(const struct grow *g)
{
	char text[TYPE_TEXT];

	if (g->req->bitmap_chunk_bytes)
		say_error("a lockless bitmap chooses its chunk itself: leave --bitmap-chunk out");
	else if (sysfs_get(g->attributes, "bitmap_type", text, sizeof(text)) || !strstr(text, LOCKLESS_WORD))
		say_error("this kernel has no lockless bitmaps: they need Linux 6.18 with CONFIG_MD_LLBITMAP");
	else if (sysfs_get(g->attributes, "resync_start", text, sizeof(text)) || strcmp(text, "none") != 0)
		say_error("%s is not in sync: a lockless bitmap would hide that\nwait for the end: mdadm --wait %s",
			  g->path, g->path);
	else
		return STATUS_OK;
	return STATUS_FAILED;
}

/* One chunk and one size that fit everywhere; and one place, as the kernel knows only one. */
static int choose(const struct grow *g, struct bitmap_wish *w, int32_t *offset_sec, struct err *err)
{
	struct bitmap_wish all = *w;
	int rc = 0;

	for (size_t i = 0; i < g->n_member && !rc; i++) {
		struct bitmap_wish one = *w;
		struct super *s = g->member[i].super;

		rc = s->fmt->add_bitmap(s, &one, g->member[i].in->path, NULL, offset_sec, err);
		all.chunk_bytes = MAX(all.chunk_bytes, one.chunk_bytes);
		if (!all.reserved_sec || one.reserved_sec < all.reserved_sec)
			all.reserved_sec = one.reserved_sec;
	}
	*w = all;
	return rc;
}

static int plan_write_bitmaps(const struct grow *g, const struct bitmap_wish *w, int32_t offset_sec,
			      struct plan *p, struct err *err)
{
	for (size_t i = 0; i < g->n_member; i++) {
		const struct grown *m = &g->member[i];
		struct bitmap_wish one = *w;
		int32_t here_sec;
		int rc = m->super->fmt->add_bitmap(m->super, &one, m->in->path, p, &here_sec, err);

		if (!rc && here_sec != offset_sec)
			rc = err_set(err, -EINVAL, "on %s it would not be in the same place",
				     m->in->path);
		if (rc)
			return rc;
	}
	return 0;
}

/* With superblocks: what is written is told, run, and taken back when the kernel refuses it. */
static int add(struct grow *g, struct plan *p)
{
	struct bitmap_wish w = mode_bitmap_wish(g->req);
	char *title autofree = xasprintf("add a bitmap to %s", g->path);
	int32_t offset_sec = 0;
	char place[16];
	struct err err;
	int rc = w.lockless ? may_have_lockless(g) : STATUS_OK;

	if (rc)
		return rc;
	rc = grow_members(g, &err);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	/* what the array has by now it has in sync */
	w.in_sync = true;
	rc = choose(g, &w, &offset_sec, &err);
	grow_claim(g, p);
	if (!rc)
		rc = plan_write_bitmaps(g, &w, offset_sec, p, &err);
	if (rc) {
		say_error("failed to create internal bitmap%s.\n%s", w.lockless ? "" : " - chunksize problem",
			  err.text);
		return STATUS_FAILED;
	}
	snprintf(place, sizeof(place), "%d", offset_sec);
	plan_release_all(p);
	plan_array_attribute(p, g->devnm, "bitmap/location", place, "none",
			     "failed to set internal bitmap.");
	rc = plan_run(p, &err);
	return rc == -EBUSY ? busy(g, &err) : grow_end(g, p, rc, &err, title);
}

/* --- in a file --- */

#define FILES_MAX 8               /* one behind the other */

struct lookout {
	dev_t array;
	bool seen;
	unsigned files;          /* of other arrays, that led here */
	char *by;                /* the array below the new file whose own led to this one */
};

/* Of an array that runs; what has none, or cannot be asked, leads nowhere. */
static char *bitmap_file_of(dev_t rdev)
{
	struct array *a cleanup(array_cleanup) = NULL;
	char *path autofree = NULL;
	char devnm[33];

	if (sysfs_md_devnm(rdev, devnm, sizeof(devnm)))
		return NULL;
	path = blk_path(rdev, devnm, NULL);
	return array_load(path, 0, NULL, &a, NULL) ? NULL : steal(a->bitmap_file);
}

static void look_out(void *arg, dev_t rdev)
{
	struct lookout *l = arg;
	char *file autofree = NULL;
	struct stat st;

	l->seen |= rdev == l->array;
	if (l->seen || l->files == FILES_MAX)
		return;
	file = bitmap_file_of(rdev);
	if (!file || stat(file, &st) < 0)
		return;
	l->files++;
	blk_below(st.st_dev, look_out, l);
	l->files--;
	if (l->seen && !l->files)
		l->by = blk_name(rdev, NULL);
}

/*
 * Each write to the array would wait for one to the file, which is a write to the array, or to one whose own bitmap
 * lies on it: for good.
 */
static int check_elsewhere(const struct grow *g, const struct bitmap_file *f, struct err *err)
{
	struct lookout l = { .seen = false };
	char *by autofree = NULL;
	struct stat st;
	int rc = sysfs_devnm_rdev(g->devnm, &l.array);

	if (!rc && fstat(f->file.dir_fd, &st) < 0)
		rc = -errno;
	if (rc)
		return err_set(err, rc, "cannot tell what bitmap file %s lies on: %s", f->path, error_text(-rc));
	blk_below(st.st_dev, look_out, &l);
	by = l.by;
	if (by)
		return err_set(err, -EDEADLK, "bitmap file %s would lie on %s, and the bitmap of that lies on %s: each "
			       "would wait for the other", f->path, by, g->path);
	return l.seen ? err_set(err, -EDEADLK, "bitmap file %s would lie on %s itself: it must be on other "
				"devices", f->path, g->path) : 0;
}

static int plan_file(const struct grow *g, struct bitmap_file *f, struct plan *p, struct err *err)
{
	const struct request *r = g->req;
	const struct bitmap_wish w = mode_bitmap_wish(r);
	const struct super *s = g->n_member ? g->member[0].super : NULL;
	struct array_info info = { .uuid = { { 0 } } };
	struct disk_info disk;
	int rc = bitmap_file_new(r->bitmap_file, r->force, f, err) ?: check_elsewhere(g, f, err);

	if (rc)
		return rc;
	if (s)
		s->fmt->getinfo_super(s, &info, &disk);
	rc = bitmap_file_make(p, f, s ? s->fmt : NULL, &info.uuid, geometry_sync_sec(&g->array->geo), &w, err);
	plan_open_running(p, g->devnm);
	plan_set_bitmap_file(p, g->path, f->path, false);
	return rc;
}

static int add_file(struct grow *g, struct plan *p)
{
	struct bitmap_file f cleanup(bitmap_file_free) = BITMAP_FILE_NONE;
	char *title autofree = xasprintf("put the bitmap of %s into %s", g->path, g->req->bitmap_file);
	struct err err;
	/* also of an array that has no metadata */
	int rc = g->array->persistent ? grow_members(g, &err) : 0;

	if (!rc)
		rc = plan_file(g, &f, p, &err);
	if (!rc)
		rc = plan_run(p, &err);
	return grow_end(g, p, rc, &err, title);
}

/* Under the lock: who comes second must not write over a bitmap that the kernel uses by then. */
static int add_alone(struct grow *g)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(g->req);
	struct err err;
	int status;

	plan_lock_map_if_usable(p);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (has_bitmap(g)) {
		if (g->array->bitmap_file)
			say_error("bitmap already present on %s\nit is the file %s; first: mdadm --grow %s "
				  "--bitmap=none", g->path, g->array->bitmap_file, g->path);
		else
			say_error("bitmap already present on %s", g->path);
		return STATUS_FAILED;
	}
	status = may_have_one(g);
	if (status)
		return status;
	return g->req->bitmap == BITMAP_FILE ? add_file(g, p) : add(g, p);
}

/* --- there shall be none --- */

static bool is_degraded(const struct grow *g)
{
	uint64_t n;

	return !sysfs_get_u64(g->attributes, "degraded", &n) && n;
}

static int take_away(struct grow *g)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(g->req);
	char *title autofree = xasprintf("remove the bitmap of %s", g->path);
	const bool lockless = sysfs_lockless(g->attributes);
	struct err err;
	char state[32];
	int rc;

	if (!has_bitmap(g)) {
		say_error("no bitmap found on %s", g->path);
		return STATUS_FAILED;
	}
	if (sysfs_get(g->attributes, "array_state", state, sizeof(state)) == 0 &&
	    strcmp(state, "readonly") == 0) {
		say_error("failed to remove internal bitmap.\n%s is read-only: mdadm --readwrite it first",
			  g->path);
		return STATUS_FAILED;
	}
	if (lockless && is_degraded(g)) {
		say_error("failed to remove the lockless bitmap: %s is degraded\nonly that bitmap knows what is "
			  "in sync: add what is missing and wait for the rebuild first", g->path);
		return STATUS_FAILED;
	}
	plan_open_running(p, g->devnm);
	if (lockless)
		plan_remove_lockless(p, g->path, g->devnm);
	else
		plan_remove_bitmap(p, g->path, g->array->bitmap_file);
	rc = plan_run(p, &err);
	if (!rc && lockless && !g->req->dry_run)
		say_note("%s is synchronised as a whole now: only its lockless bitmap knew what was never written",
			 g->path);
	return grow_end(g, p, rc, &err, title);
}

int grow_bitmap(struct grow *g)
{
	return g->req->bitmap == BITMAP_NONE ? take_away(g) : add_alone(g);
}
