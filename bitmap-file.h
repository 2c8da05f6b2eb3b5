/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bitmap-file.h - a write-intent bitmap in a file of its own, which the kernel writes block by block
 * below the file system: found fit, looked at, made by a plan.
 */
#ifndef BITMAP_FILE_H
#define BITMAP_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "super.h"
#include "textfile.h"

struct plan;

/* What one tells of; the caller frees with bitmap_file_free. */
struct bitmap_file {
	struct textfile file;    /* where it is, its directory locked; text: what is there */
	char *path;              /* links followed; NULL: none was opened */
};

/*
 * A new one is to be made there: 0, -EEXIST when the file is there and force is not given, -EBUSY when an
 * array (or anybody else) writes to it, or another -errno, with the sentence.  Writes nothing.
 */
int bitmap_file_new(const char *path, bool force, struct bitmap_file *out, struct err *err);
/*
 * Appends the steps that make it: every bit set.  uuid: of the array as its metadata has it (NULL: it has
 * none); of: its metadata, says how uuids are written (NULL: none).  sync_sec: what its bits stand for
 * (geometry_sync_sec), in sectors.  -EINVAL: chunks too small for that.  f: until the plan is freed.
 */
int bitmap_file_make(struct plan *p, struct bitmap_file *f, const struct superswitch *of,
		     const struct uuid *uuid, uint64_t sync_sec, const struct bitmap_wish *wish,
		     struct err *err);
/* Is there a file that can be read?  0 or -errno with the sentence. */
int bitmap_file_exists(const char *path, struct err *err);
/*
 * Could the kernel start an array with that uuid (as above) with this one?  *real: its path without links,
 * which the caller frees; NULL after a failure.  0 or -errno with the sentence.
 */
int bitmap_file_check(const char *path, const struct superswitch *of, const struct uuid *uuid,
		      uint64_t sync_sec, char **real, struct err *err);

void bitmap_file_free(struct bitmap_file *f);   /* also for cleanup(); of BITMAP_FILE_NONE, too */
#define BITMAP_FILE_NONE ((struct bitmap_file){ .file = { .dir_fd = -1 } })

#endif
