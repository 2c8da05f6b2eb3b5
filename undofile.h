/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undofile.h - undo files: the bytes that a plan is about to overwrite, as they were and as the
 * plan makes them.  The codec (undofile-codec.c) is pure; the port (undofile.c) owns the directory.
 *
 * A file is a header of text lines, then bytes:
 *	mdadm-undo 1
 *	sha1 HEX              of everything after this line
 *	command TEXT
 *	time SECONDS          since 1970
 *	boot TEXT             of the kernel: a device number means the same only until it ends
 *	device MAJOR MINOR SECTORS DISKSEQ PATH
 *	hardware TEXT         of the device before, see blk_hardware; "-" when nothing is known
 *	range DEVICE OFFSET LENGTH       bytes; DEVICE counts from 0; in order, none overlaps
 *	bytes                 from here on, for each range: the old ones, then the new ones
 * so that a person with dd can put things back too.
 */
#ifndef UNDOFILE_H
#define UNDOFILE_H

#include <stddef.h>
#include <stdint.h>

#include "blkdev.h"
#include "bytes.h"
#include "err.h"

struct undo_device {
	char *path;
	struct blk_id id;
	char hardware[BLK_HARDWARE];
};

struct undo_range {
	size_t device;           /* index */
	uint64_t at, len;        /* bytes */
	uint8_t *was, *is;       /* len bytes each */
};

struct undo {
	char *command;           /* "--create /dev/md0" */
	int64_t time_s;
	char boot[64];
	struct undo_device *device;
	size_t n_device, cap_device;
	struct undo_range *range;
	size_t n_range, cap_range;
};

/* Adds and returns a device; a range, with room for its bytes. */
struct undo_device *undo_add_device(struct undo *u, const char *path);
struct undo_range *undo_add_range(struct undo *u, size_t device, uint64_t at, uint64_t len);
void undo_free(struct undo *u);   /* what is in it; also for cleanup() */

/* Pure.  The caller frees the bytes. */
uint8_t *undo_encode(const struct undo *u, size_t *len);
/* Pure.  0, or -EINVAL and why; out is to be freed only after 0. */
int undo_decode(struct span bytes, struct undo *out, struct err *err);

/*
 * Writes the file, synced, into dir (NULL: the default one, which is made when it is missing), and
 * drops the oldest files above UNDO_KEEP, but never the newest of an array nor this one.  array: a
 * word for the file's name; other bytes than letters, digits, '.', '_' and '-' are replaced.
 * The directory must be one where nobody but root (or we) can replace files.
 * 0 and its path, which the caller frees; or -errno.
 */
#define UNDO_DIR "/var/lib/mdadm/undo"
#define UNDO_KEEP 100
int undo_store(const struct undo *u, const char *dir, const char *array, char **path,
	       struct err *err);
/* Reads and checks one. It must be a file that only root (or we) could have written. */
int undo_load(const char *path, struct undo *out, struct err *err);
/* The present boot of the kernel; "" when it does not tell. */
void undo_boot(char *out, size_t cap);

#endif
