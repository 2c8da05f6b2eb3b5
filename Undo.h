/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undo.h - --undo: what a plan overwrote is put back from its undo file.  A misc action; and what
 * its two files share.
 */
#ifndef UNDO_H
#define UNDO_H

#include "options.h"
#include "super.h"
#include "undofile.h"

/* path: of the undo file.  Returns the exit status. */
int Undo(const char *path, const struct request *r);

/* --- nobody else looks further --- */

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
	struct super *was, *made; /* before and by the plan; NULL: no member of an array */
	char *path;              /* where the device is now */
	struct blk_id id;
	uint8_t **now;           /* what each range of the file has on it; NULL: not its range */
	size_t n_now;
	enum content content;
	char holder[33];         /* the md array it is a member of; "" none */
};

/*
 * Undo-devices.c: finds the device of number i of the file, under its old name or another one, and
 * says into t what it carries.  force: it may be something else than was written.
 */
int undo_look(const struct undo *u, size_t i, bool force, struct target *t, struct err *err);
void undo_target_free(struct target *t);

#endif
