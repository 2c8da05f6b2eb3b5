// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Build.c - the mode --build: an array without metadata of devices that carry what they carry.  The
 * kernel is told everything, writes nothing of it down, and forgets it when the array stops.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "bitmap-file.h"
#include "blkdev.h"
#include "geometry.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "util.h"

#define DEFAULT_CHUNK_SEC 128   /* 64 KiB, as it was before there was metadata to write another down */

struct build {
	const struct request *req;
	struct config conf;
	struct md_name name;
	struct blk_id *id;       /* of each device listed; rdev 0: missing */
	size_t n;
	size_t n_missing;
	uint64_t least_sec;      /* size of the smallest */
};

static const struct request_device *word(const struct build *b, size_t i)
{
	return &b->req->dev[i + 1];
}

/* --- may it be? --- */

static int check_request(const struct build *b)
{
	const struct request *r = b->req;
	bool striped = r->level == LEVEL_LINEAR || r->level == LEVEL_RAID0;

	if (!r->have_raid_disks)
		say_error("no raid-devices specified.\n--raid-devices=N (-n) says how many there are");
	else if (!r->have_level)
		say_error("a RAID level is needed to Build an array.\n--level=LEVEL (-l) names it: "
			  "linear, 0, 1, 10, multipath or faulty");
	else if (r->bitmap == BITMAP_INTERNAL || r->bitmap == BITMAP_LOCKLESS)
		say_error("'internal' and 'clustered' bitmaps not supported with --build\n"
			  "%sthere is no metadata that could say where one is",
			  r->bitmap == BITMAP_LOCKLESS ? "nor are lockless ones: " : "");
	else if (r->bitmap == BITMAP_FILE && !level_has_redundancy(r->level))
		say_error("bitmaps not meaningful with level %s", level_name(r->level));
	else if (b->n != r->raid_disks)
		say_error("requested %u devices in array but listed %zu", r->raid_disks, b->n);
	else if (b->n_missing == b->n || (striped && b->n_missing))
		say_error("%s cannot start: %s", b->name.path, striped ?
			  "this level does not support missing devices" : "all devices are missing");
	else
		return STATUS_OK;
	return STATUS_FAILED;
}

static int look_at(struct build *b, size_t i)
{
	struct blkdev *dev cleanup(blk_cleanup) = NULL;
	struct err err;

	if (blk_open(word(b, i)->name, BLK_READ_EXCL, &dev, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	b->id[i] = blk_identify(dev);
	b->least_sec = b->least_sec ? MIN(b->least_sec, dev->size_sec) : dev->size_sec;
	for (size_t k = 0; k < i; k++)
		if (b->id[k].rdev == b->id[i].rdev) {
			say_error("%s and %s are the same device: it can be a member only once",
				  word(b, k)->name, word(b, i)->name);
			return STATUS_FAILED;
		}
	return STATUS_OK;
}

static int look_at_all(struct build *b)
{
	int status = STATUS_OK;

	for (size_t i = 0; i < b->n && !status; i++)
		if (strcmp(word(b, i)->name, "missing") != 0)
			status = look_at(b, i);
	return status;
}

/* --- the plan --- */

static struct md_array shape(const struct build *b)
{
	const struct request *r = b->req;
	uint32_t layout = 0, chunk_sec = r->have_chunk ? r->chunk_sec : 0;

	if (r->have_layout)
		layout_parse(r->level, r->layout, &layout);
	else if (r->level == LEVEL_RAID10)
		layout = layout_default(r->level);
	if (!chunk_sec && (level_has_chunk(r->level) || r->level == LEVEL_LINEAR))
		chunk_sec = DEFAULT_CHUNK_SEC;
	return (struct md_array){
		.minor_version = 90,
		.level = r->level,
		.size_kib = r->have_size && r->size_sec != UINT64_MAX ? (int32_t)(r->size_sec / 2) : 0,
		.nr_disks = (int)r->raid_disks,
		.raid_disks = (int)r->raid_disks,
		.not_persistent = true,
		.clean = r->assume_clean || !level_has_redundancy(r->level),
		.active = (int)(b->n - b->n_missing),
		.working = (int)(b->n - b->n_missing),
		.layout = (int)layout,
		.chunk_bytes = (uint32_t)(chunk_sec * SECTOR_BYTES),
	};
}

static void plan_devices(struct build *b, struct plan *p)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->id[i].rdev)
			plan_claim_unwritten(p, word(b, i)->name, &b->id[i], NULL);
	plan_release_all(p);
	for (size_t i = 0; i < b->n; i++) {
		const struct md_disk d = {
			.number = (int)i,
			.major = (int)major(b->id[i].rdev),
			.minor = (int)minor(b->id[i].rdev),
			.raid_disk = (int)i,
			.active = true,
			.sync = true,
			.write_mostly = word(b, i)->write_mostly == FLAG_SET,
		};

		if (b->id[i].rdev)
			plan_add_disk(p, &d, word(b, i)->name, NULL);
	}
}

/* A file that is there is taken as it is: it says what was not written to every device yet. */
static int plan_bitmap_file(const struct build *b, const struct md_array *array, struct bitmap_file *f,
			    char **file, struct plan *p, struct err *err)
{
	const struct request *r = b->req;
	const struct bitmap_wish wish = mode_bitmap_wish(r);
	const struct geometry geo = {
		.level = r->level,
		.layout = (uint32_t)array->layout,
		.chunk_sec = array->chunk_bytes / SECTOR_BYTES,
		.raid_disks = r->raid_disks,
		.size_sec = array->size_kib ? (uint64_t)array->size_kib * 2 : b->least_sec / 2 * 2,
	};
	int rc;

	if (bitmap_file_exists(r->bitmap_file, NULL) == 0)
		return bitmap_file_check(r->bitmap_file, NULL, NULL, geometry_sync_sec(&geo), file, err);
	rc = bitmap_file_new(r->bitmap_file, false, f, err);
	if (!rc)
		rc = bitmap_file_make(p, f, NULL, NULL, geometry_sync_sec(&geo), &wish, err);
	*file = rc ? NULL : xstrdup(f->path);
	return rc;
}

static int plan_all(struct build *b, struct bitmap_file *f, struct plan *p, struct err *err)
{
	char *file autofree = NULL;
	struct md_array array = shape(b);
	struct map_entry e = { .metadata = "none" };
	int rc;

	plan_lock_map(p);
	rc = plan_run(p, err);
	if (!rc)
		rc = mode_name_free(&b->name, err);
	if (!rc && !*b->name.devnm)
		rc = devnode_choose(&b->conf, &b->name, err);
	if (rc)
		return rc;
	copy_text(e.devnm, sizeof(e.devnm), b->name.devnm);
	copy_text(e.path, sizeof(e.path), b->name.path);
	plan_open_array(p, b->name.devnm);
	plan_map_set(p, &e);
	plan_set_shape(p, &array, b->name.path);
	if (b->req->bitmap == BITMAP_FILE)
		rc = plan_bitmap_file(b, &array, f, &file, p, err);
	if (rc)
		return rc;
	plan_devices(b, p);
	if (file)
		plan_set_bitmap_file(p, b->name.path, file, false);
	plan_start_array(p, START_NEW, b->name.path, b->name.devnm, NULL);
	plan_unlock_map(p);
	return plan_run(p, err);
}

static int walk(struct build *b)
{
	struct bitmap_file f cleanup(bitmap_file_free) = BITMAP_FILE_NONE;
	struct plan *p cleanup(plan_cleanup) = mode_plan(b->req);
	char *title autofree = NULL;
	struct err err;
	int rc, status = check_request(b);

	if (!status)
		mode_clear_left(b->req);
	if (!status)
		status = look_at_all(b);
	if (status)
		return status;
	rc = plan_all(b, &f, p, &err);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	title = xasprintf("build %s", b->name.path);
	mode_tell_plan(b->req, p, title);
	if (b->req->dry_run)
		return STATUS_OK;
	mode_establish(&b->name, &b->conf);
	say_note("array %s built and started.", b->name.path);
	return STATUS_OK;
}

static int Build(const struct request *r)
{
	struct build b = { .req = r, .n = r->n_dev - 1 };
	int status = STATUS_FAILED;
	char homehost[256];
	struct err err;

	mode_load_config(r, &b.conf, homehost, sizeof(homehost));
	b.id = xcalloc(b.n + 1, sizeof(*b.id));
	for (size_t i = 0; i < b.n; i++)
		b.n_missing += strcmp(word(&b, i)->name, "missing") == 0;
	if (devnode_parse_name(r->dev[0].name, &b.name, &err))
		say_err(&err);
	else
		status = walk(&b);
	free(b.id);
	config_free(&b.conf);
	return status;
}

const struct mode mode_build = {
	.name = "build",
	.id = MODE_BUILD,
	.needs_root = true,
	.run = Build,
};
