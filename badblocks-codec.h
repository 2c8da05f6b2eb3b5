/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * badblocks-codec.h - the list of bad blocks that a 1.x member keeps.  Pure.
 */
#ifndef BADBLOCKS_CODEC_H
#define BADBLOCKS_CODEC_H

#include <stdbool.h>

#include "bytes.h"

/* In sectors, from the begin of the device (rdev_set_badblocks, drivers/md/md.c). */
struct bad_blocks {
	uint64_t start_sec, count_sec;
};

/*
 * The entry at *at (bytes, 0 at first), and moves *at behind it.  shift: that of the superblock,
 * below 64. False: the list ends there, or the bytes do.  What a shift makes of a large number is
 * cut to 64 bits.
 */
bool badblocks_next(struct span s, unsigned shift, size_t *at, struct bad_blocks *out);

#endif
