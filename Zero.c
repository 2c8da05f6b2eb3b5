// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Zero.c - --zero-superblock: every superblock of every format, or of the one that
 * was named, on one device or image file.  It is taken for writing first, alone unless forced.
 */
#include <errno.h>

#include <unistd.h>

#include "Zero.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "signature.h"
#include "super.h"
#include "util.h"

/* --- what is found, named --- */

/* Scripts expect silence of what went well. */
static void name(const char *sentence)
{
	(isatty(STDERR_FILENO) ? say_note : say_verbose)("%s", sentence);
}

/* A line for each, said when they are gone. */
struct erased {
	char *line[8];
	size_t n;
};

static void erased_free(struct erased *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->line[i]);
}

static void note_erased(struct erased *e, struct blkdev *b, const struct superswitch *fmt, int minor)
{
	struct super *s cleanup(super_cleanup) = NULL;
	char version[32], uuid[UUID_TEXT] = "of an array that cannot be told";
	struct array_info array;
	struct disk_info disk;
	struct err err;

	if (e->n == ARRAY_SIZE(e->line))
		return;
	snprintf(version, sizeof(version), "%s", fmt->name);
	if (!super_load(b, fmt, minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, &err)) {
		fmt->getinfo_super(s, &array, &disk);
		snprintf(version, sizeof(version), "%d.%d", array.major, array.minor);
		uuid_format(&array.uuid, ':', uuid);
	} else if (minor != SUPER_ANY_MINOR) {
		snprintf(version, sizeof(version), "%d.%d", fmt->major, minor);
	}
	e->line[e->n++] = xasprintf("erased the %s superblock on %s (array %s)", version, b->path, uuid);
}

/* --- what is not ours to erase --- */

struct other {
	const char *name, *what;
	bool (*is)(struct span sector);
	int sector;              /* negative: from the end */
	bool metadata;           /* of an array: it was asked for */
};

static const struct other others[] = {
	{ "ddf", "metadata of a controller", signature_ddf, -1, true },
	{ "imsm", "metadata of a controller", signature_imsm, -2, true },
	{ "gpt", "a partition table", signature_gpt, 1, false },
};

static bool is_there(struct blkdev *b, const struct other *o)
{
	const uint64_t size = b->size_sec * SECTOR_BYTES, unit = b->sector_bytes;
	uint8_t bytes[SECTOR_BYTES];
	uint64_t at = (o->sector < 0 ? size : 0) + (uint64_t)((int64_t)o->sector * (int64_t)unit);

	return at < size && !blk_read(b, at, bytes, sizeof(bytes), NULL) &&
	       o->is((struct span){ bytes, sizeof(bytes) });
}

static bool has_mbr(struct blkdev *b)
{
	uint8_t bytes[SECTOR_BYTES];
	uint64_t end_sec;

	return !blk_read(b, 0, bytes, sizeof(bytes), NULL) &&
	       signature_mbr((struct span){ bytes, sizeof(bytes) }, &end_sec) && end_sec;
}

/* Named, not touched.  The exit status. */
static int name_others(struct blkdev *b)
{
	int status = STATUS_OK;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct other *o = &others[i];
		char *line autofree = xasprintf("%s has %s (%s), which stays", b->path, o->what, o->name);

		if (!is_there(b, o))
			continue;
		if (!o->metadata) {
			name(line);
			return status;
		}
		say_error("%s: this version cannot erase it", line);
		status = STATUS_FAILED;
	}
	if (has_mbr(b)) {
		char *line autofree = xasprintf("%s has a partition table (mbr), which stays", b->path);

		name(line);
	}
	return status;
}

/* --- the plan --- */

static int wipe(struct plan *p, struct blkdev *b, const struct superswitch *fmt, int minor,
		const struct zero_options *o, struct erased *e, struct err *err)
{
	int rc = fmt->wipe_super(b, minor, o->req->force, p, err);

	if (rc > 0)
		note_erased(e, b, fmt, minor);
	return rc;
}

/* One place after another, so that each is named. */
static int wipe_format(struct plan *p, struct blkdev *b, const struct superswitch *fmt,
		       const struct zero_options *o, struct erased *e, struct err *err)
{
	int found = 0;

	if (fmt->first_minor == fmt->last_minor || o->minor != SUPER_ANY_MINOR)
		return wipe(p, b, fmt, o->minor, o, e, err);
	for (int m = fmt->first_minor; m <= fmt->last_minor; m++) {
		int rc = wipe(p, b, fmt, m, o, e, err);

		if (rc < 0)
			return rc;
		found += rc;
	}
	return found;
}

/* The number of superblocks that the plan will erase, or -errno. */
static int plan_wipes(struct plan *p, struct blkdev *b, const struct zero_options *o,
		      struct erased *e, struct err *err)
{
	int found = 0;

	for (size_t i = 0; superlist[i]; i++) {
		int rc;

		if (o->fmt && o->fmt != superlist[i])
			continue;
		rc = wipe_format(p, b, superlist[i], o, e, err);
		if (rc < 0)
			return rc;
		found += rc;
	}
	return found;
}

static int claim(struct plan *p, const struct blkdev *b, bool force)
{
	const struct blk_id id = blk_identify(b);
	struct err err;
	int rc = force ? 0 : mode_check_file(b, &err);

	plan_claim(p, b->path, &id, force);
	if (!rc)
		rc = plan_run(p, &err);
	if (rc)
		say_error("Couldn't open %s for write - not zeroing\n%s", b->path, err.text);
	return rc;
}

/* The file is called by the device: whose superblock it was may be past reading. */
static void keep_undo(struct plan *p, const struct blkdev *b, const struct zero_options *o)
{
	char *command autofree = xasprintf("--zero-superblock %s", b->path);
	char kname[64];

	if (blk_kname(b->rdev, kname, sizeof(kname)))
		copy_text(kname, sizeof(kname), "device");
	plan_keep_undo(p, o->req->undo_dir, command, kname);
}

static void tell(const struct plan *p, const char *path, const struct zero_options *o,
		 const struct erased *e)
{
	char *title autofree = xasprintf("erase the md metadata of %s", path);

	for (size_t i = 0; i < e->n && !o->req->dry_run; i++)
		name(e->line[i]);
	mode_tell_plan(o->req, p, title);
	mode_tell_undo(p);
}

int Zero(const char *path, const struct zero_options *o)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(o->req);
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct erased erased cleanup(erased_free) = { .n = 0 };
	struct err err;
	int found, status;

	if (blk_open(path, BLK_READ, &b, &err)) {
		say_error("Couldn't open %s for write - not zeroing\n%s", path, err.text);
		return STATUS_UNSUITABLE;
	}
	if (claim(p, b, o->req->force))
		return STATUS_UNSUITABLE;
	keep_undo(p, b, o);
	found = plan_wipes(p, b, o, &erased, &err);
	if (found < 0) {
		say_error("%s\n--zero-superblock --force erases it all the same", err.text);
		return STATUS_FAILED;
	}
	status = o->fmt ? STATUS_OK : name_others(b);
	if (found == 0) {
		if (!status)
			say_note("Unrecognised md component device - %s", path);
		return status;
	}
	plan_release_all(p);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	tell(p, path, o, &erased);
	return status;
}
