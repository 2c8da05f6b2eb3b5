/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * geometry.h - levels, layouts, sizes, enough-to-run: numbers in, values out.
 * Pure: no I/O, no printing, no clock.
 */
#ifndef GEOMETRY_H
#define GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum level {
	LEVEL_LINEAR = -1,
	LEVEL_RAID0 = 0,
	LEVEL_RAID1 = 1,
	LEVEL_RAID4 = 4,
	LEVEL_RAID5 = 5,
	LEVEL_RAID6 = 6,
	LEVEL_RAID10 = 10,
	LEVEL_MULTIPATH = -4,
	LEVEL_FAULTY = -5,
	LEVEL_CONTAINER = -100,
};

/* Layout numbers (linux/drivers/md/raid5.h, raid0.h, raid10.c). */
enum {
	LAYOUT_LEFT_ASYMMETRIC = 0,
	LAYOUT_RIGHT_ASYMMETRIC = 1,
	LAYOUT_LEFT_SYMMETRIC = 2,
	LAYOUT_RIGHT_SYMMETRIC = 3,
	LAYOUT_PARITY_FIRST = 4,
	LAYOUT_PARITY_LAST = 5,
	LAYOUT_RAID0_DANGEROUS = 0,
	LAYOUT_RAID0_ORIGINAL = 1,
	LAYOUT_RAID0_ALTERNATE = 2,
	LAYOUT_RAID10_OFFSET = 0x10000,
};

/* What an array looks like.  level may be a number that does not exist (from a disk). */
struct geometry {
	int level;
	uint32_t layout;
	uint32_t chunk_sec;   /* 0: the level has none, or unknown */
	uint32_t raid_disks;
	uint64_t size_sec;    /* used on each member; 0: unknown or not meaningful */
};

/* Exact, case-sensitive names and synonyms.  Returns 0 or -EINVAL. */
int level_parse(const char *word, int *level);
/* "raid1", "linear" ...; NULL for a level that does not exist. */
const char *level_name(int level);

/*
 * Layout word (or RAID10's nN fN oN, RAID0's original/alternate/dangerous/1/2)
 * to its number.  Returns 0, or -EINVAL when the level has no such layout.
 */
int layout_parse(int level, const char *word, uint32_t *layout);
/* Preferred name, NULL when the number has none for this level. RAID0, 5, 6 only. */
const char *layout_name(int level, uint32_t layout);
/* The names that there are for a level, "original, alternate, dangerous"; returns out. */
#define LAYOUT_NAMES_TEXT 400
char *layout_names(int level, char out[LAYOUT_NAMES_TEXT]);
#define LAYOUT_TEXT 64
/*
 * RAID10: "near=2", "far=2", "near=2, far=2", "offset=2", "NO REDUNDANCY": a count of 1 is
 * left out.
 */
void layout_raid10_text(uint32_t layout, char out[LAYOUT_TEXT]);

/*
 * Can there be an array like this?  The numbers may come from a disk: the level exists and is one
 * that runs, it has members enough, its chunk and layout mean something, and a member holds
 * at least one chunk.  0, or -EINVAL with what is wrong ("level 7 does not exist").
 */
int geometry_check(const struct geometry *g, struct err *why);

/* Has the level a chunk size: linear (rounding), 0, 4, 5, 6, 10. */
bool level_has_chunk(int level);
/* 1, 4, 5, 6, 10, multipath. */
bool level_has_redundancy(int level);

/* The layout that an array gets when none is asked for; 0 for levels without layouts. */
uint32_t layout_default(int level);

/*
 * What one bit of state (a write-intent bitmap, a resync) runs over, in sectors: a member;
 * for RAID10 the array without its copies.
 */
uint64_t geometry_sync_sec(const struct geometry *g);

/* The fewest slots that an array of the level can have. */
unsigned level_fewest_disks(int level);

/* RAID10 copies kept of each chunk: near * far, 0 when the layout is nonsense. */
unsigned raid10_copies(uint32_t layout);

/*
 * Members' worth of data: raid0 n, raid1, multipath and faulty 1, 4/5 n-1, 6 n-2,
 * 10 n/near/far.  0 when it cannot be said (linear, container, nonsense).
 */
unsigned geometry_data_disks(const struct geometry *g);

/*
 * Array size in sectors from size_sec per member: raid10 size*disks/copies.  0
 * when unknown (raid0 and linear: the sum of the members is not known here).
 * Saturates instead of overflowing.
 */
uint64_t geometry_array_sec(const struct geometry *g);

/*
 * Can an array run with these slots?  have[raid_disks]: slot has an up-to-date
 * member.  clean: no resync pending, or PPL.  RAID4 may lack only its parity disk when
 * dirty; 5 and 6 dirty need all; RAID10: each window of copies has one.  A container is
 * always enough, a level that does not exist never.
 */
bool geometry_enough(const struct geometry *g, bool clean, const bool *have);

/*
 * With fewer members than that it cannot run, whichever they are (with so many it perhaps can).  0: not
 * known.
 */
uint32_t geometry_least(const struct geometry *g);

/*
 * How many more of these slots may lose their member, whichever they are, while the array is
 * clean?  -1: there are too few already.
 */
int geometry_redundancy(const struct geometry *g, const bool *have);

#endif
