/* SPDX-License-Identifier: GPL-2.0-or-later */
/* use.h - what the targets of mended superblocks share: use.c. */
#ifndef FUZZ_USE_H
#define FUZZ_USE_H

#include "shared.h"
#include "super.h"

/*
 * Loads the member's superblock as a mode does that will act on it, and holds what it says against
 * what the modes rely on, unless it is refused; forces it, with number's role, and plans its
 * writes; and loads what is stored then.  encode: the codec's bytes of it, and how many are to be
 * as they were read.
 */
void use_and_store(struct image *m, size_t (*encode)(const struct super *s, uint8_t *out),
		   int number);

#endif
