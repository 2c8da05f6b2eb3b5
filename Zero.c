// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Zero.c - --zero-superblock: every superblock of every format, or of the one that
 * was named, on one device or image file.  It is taken for writing first, alone unless forced.
 */
#include <errno.h>

#include "Zero.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "super.h"
#include "util.h"

/* The number of superblocks that the plan will erase, or -errno. */
static int plan_wipes(struct plan *p, struct blkdev *b, const struct zero_options *o,
		      struct err *err)
{
	int found = 0;

	for (size_t i = 0; superlist[i]; i++) {
		int rc;

		if (o->fmt && o->fmt != superlist[i])
			continue;
		rc = superlist[i]->wipe_super(b, o->fmt ? o->minor : SUPER_ANY_MINOR,
					      o->req->force, p, err);
		if (rc < 0)
			return rc;
		found += rc;
	}
	return found;
}

/* The kernel lets anybody write to a file below a loop device. */
static int check_file(const struct blkdev *b, struct err *err)
{
	char why[600];

	return !b->rdev && blk_file_busy(b->path, why, sizeof(why)) ?
		       err_set(err, -EBUSY, "%s", why) : 0;
}

static int claim(struct plan *p, const struct blkdev *b, bool force)
{
	const struct blk_id id = blk_identify(b);
	struct err err;
	int rc = force ? 0 : check_file(b, &err);

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

static void tell(const struct plan *p, const char *path, const struct zero_options *o)
{
	char *title autofree = xasprintf("erase the md metadata of %s", path);

	mode_tell_plan(o->req, p, title);
	mode_tell_undo(p);
}

int Zero(const char *path, const struct zero_options *o)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(o->req);
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct err err;
	int found;

	if (blk_open(path, BLK_READ, &b, &err)) {
		say_error("Couldn't open %s for write - not zeroing\n%s", path, err.text);
		return STATUS_UNSUITABLE;
	}
	if (claim(p, b, o->req->force))
		return STATUS_UNSUITABLE;
	keep_undo(p, b, o);
	found = plan_wipes(p, b, o, &err);
	if (found < 0) {
		say_error("%s\n--zero-superblock --force erases it all the same", err.text);
		return STATUS_FAILED;
	}
	if (found == 0) {
		say_note("Unrecognised md component device - %s", path);
		return STATUS_OK;
	}
	plan_release_all(p);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	tell(p, path, o);
	return STATUS_OK;
}
