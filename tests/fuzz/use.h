/* SPDX-License-Identifier: GPL-2.0-or-later */
/* use.h - what the targets of mended superblocks share: use.c. */
#ifndef FUZZ_USE_H
#define FUZZ_USE_H

#include "shared.h"
#include "super.h"

/*
 * Loads the member's superblock as a mode does that will act on it, and holds what it says
 * against what the modes rely on.  NULL when it is refused.  The caller frees.
 */
struct super *use_member(struct image *m);
/* Forces it, as --assemble --force does, and plans its writes.  number: whose role. */
void use_force(struct image *m, struct super *s, int number);

#endif
