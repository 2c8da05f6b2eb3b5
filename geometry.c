// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * geometry.c - what is known of levels and layouts: names, sizes, enough-to-run.
 * Pure: no I/O, no printing, no clock.  Numbers come from disks: every one is possible.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "geometry.h"
#include "util.h"

#define RAID10_COPIES_MAX 200
#define RAID10_FAR_SETS_MAX 2     /* how far copies are arranged: bits 17 and up of the layout */
#define CHUNK_MIN_SEC 8u          /* a page */
#define CHUNK_MAX_SEC ((1u << 22) - 1)  /* the driver counts its bytes in an int */

/* The first name of a level or layout is the one that is shown. */
static const struct {
	const char *name;
	int level;
} levels[] = {
	{ "linear", LEVEL_LINEAR },
	{ "raid0", LEVEL_RAID0 },
	{ "0", LEVEL_RAID0 },
	{ "stripe", LEVEL_RAID0 },
	{ "raid1", LEVEL_RAID1 },
	{ "1", LEVEL_RAID1 },
	{ "mirror", LEVEL_RAID1 },
	{ "raid4", LEVEL_RAID4 },
	{ "4", LEVEL_RAID4 },
	{ "raid5", LEVEL_RAID5 },
	{ "5", LEVEL_RAID5 },
	{ "raid6", LEVEL_RAID6 },
	{ "6", LEVEL_RAID6 },
	{ "raid10", LEVEL_RAID10 },
	{ "10", LEVEL_RAID10 },
	{ "multipath", LEVEL_MULTIPATH },
	{ "mp", LEVEL_MULTIPATH },
	{ "faulty", LEVEL_FAULTY },
	{ "container", LEVEL_CONTAINER },
};

enum { IN_0 = 1, IN_5 = 2, IN_6 = 4 };

static const struct {
	const char *name;
	uint32_t layout;
	unsigned in;
} layouts[] = {
	{ "original", LAYOUT_RAID0_ORIGINAL, IN_0 },
	{ "1", LAYOUT_RAID0_ORIGINAL, IN_0 },
	{ "alternate", LAYOUT_RAID0_ALTERNATE, IN_0 },
	{ "2", LAYOUT_RAID0_ALTERNATE, IN_0 },
	{ "dangerous", LAYOUT_RAID0_DANGEROUS, IN_0 },
	{ "left-asymmetric", LAYOUT_LEFT_ASYMMETRIC, IN_5 | IN_6 },
	{ "la", LAYOUT_LEFT_ASYMMETRIC, IN_5 | IN_6 },
	{ "right-asymmetric", LAYOUT_RIGHT_ASYMMETRIC, IN_5 | IN_6 },
	{ "ra", LAYOUT_RIGHT_ASYMMETRIC, IN_5 | IN_6 },
	{ "left-symmetric", LAYOUT_LEFT_SYMMETRIC, IN_5 | IN_6 },
	{ "ls", LAYOUT_LEFT_SYMMETRIC, IN_5 | IN_6 },
	{ "default", LAYOUT_LEFT_SYMMETRIC, IN_5 | IN_6 },
	{ "right-symmetric", LAYOUT_RIGHT_SYMMETRIC, IN_5 | IN_6 },
	{ "rs", LAYOUT_RIGHT_SYMMETRIC, IN_5 | IN_6 },
	{ "parity-first", LAYOUT_PARITY_FIRST, IN_5 | IN_6 },
	{ "parity-last", LAYOUT_PARITY_LAST, IN_5 | IN_6 },
	{ "ddf-N-restart", LAYOUT_LEFT_ASYMMETRIC, IN_5 },
	{ "ddf-zero-restart", LAYOUT_RIGHT_ASYMMETRIC, IN_5 },
	{ "ddf-N-continue", LAYOUT_LEFT_SYMMETRIC, IN_5 },
	{ "ddf-zero-restart", 8, IN_6 },
	{ "ddf-N-restart", 9, IN_6 },
	{ "ddf-N-continue", 10, IN_6 },
	/* 16 + n: the RAID5 layout n on all but the last member, Q always there */
	{ "left-asymmetric-6", 16, IN_6 },
	{ "la-6", 16, IN_6 },
	{ "right-asymmetric-6", 17, IN_6 },
	{ "ra-6", 17, IN_6 },
	{ "left-symmetric-6", 18, IN_6 },
	{ "ls-6", 18, IN_6 },
	{ "right-symmetric-6", 19, IN_6 },
	{ "rs-6", 19, IN_6 },
	{ "parity-first-6", 20, IN_6 },
};

int level_parse(const char *word, int *level)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcmp(word, levels[i].name)) {
			*level = levels[i].level;
			return 0;
		}
	return -EINVAL;
}

const char *level_name(int level)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (levels[i].level == level)
			return levels[i].name;
	return NULL;
}

/* Which rows of the layout table are for this level. */
static unsigned layouts_in(int level)
{
	switch (level) {
	case LEVEL_RAID0:
		return IN_0;
	case LEVEL_RAID5:
		return IN_5;
	case LEVEL_RAID6:
		return IN_6;
	}
	return 0;
}

static int layout_parse_raid10(const char *word, uint32_t *layout)
{
	uint64_t copies;

	if (!*word || parse_u64(word + 1, RAID10_COPIES_MAX, &copies) || !copies)
		return -EINVAL;
	switch (*word) {
	case 'n':
		*layout = 0x100 + (uint32_t)copies;
		return 0;
	case 'f':
		*layout = (uint32_t)copies << 8 | 1;
		return 0;
	case 'o':
		*layout = LAYOUT_RAID10_OFFSET | (uint32_t)copies << 8 | 1;
		return 0;
	}
	return -EINVAL;
}

int layout_parse(int level, const char *word, uint32_t *layout)
{
	unsigned in = layouts_in(level);

	if (level == LEVEL_RAID10)
		return layout_parse_raid10(word, layout);
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layouts[i].in & in && !strcmp(word, layouts[i].name)) {
			*layout = layouts[i].layout;
			return 0;
		}
	return -EINVAL;
}

const char *layout_name(int level, uint32_t layout)
{
	unsigned in = layouts_in(level);

	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layouts[i].in & in && layouts[i].layout == layout)
			return layouts[i].name;
	return NULL;
}

char *layout_names(int level, char out[LAYOUT_NAMES_TEXT])
{
	unsigned in = layouts_in(level);
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(layouts) && n < LAYOUT_NAMES_TEXT; i++)
		if (layouts[i].in & in && layout_name(level, layouts[i].layout) == layouts[i].name)
			n += (size_t)snprintf(out + n, LAYOUT_NAMES_TEXT - n, "%s%s", n ? ", " : "",
					      layouts[i].name);
	return out;
}

uint32_t layout_default(int level)
{
	switch (level) {
	case LEVEL_RAID0:
		return LAYOUT_RAID0_ORIGINAL;
	case LEVEL_RAID5:
	case LEVEL_RAID6:
		return LAYOUT_LEFT_SYMMETRIC;
	case LEVEL_RAID10:
		return 0x102; /* n2 */
	}
	return 0;
}

static unsigned raid10_near(uint32_t layout)
{
	return layout & 255;
}

static unsigned raid10_far(uint32_t layout)
{
	return layout >> 8 & 255;
}

unsigned raid10_copies(uint32_t layout)
{
	return raid10_near(layout) * raid10_far(layout);
}

void layout_raid10_text(uint32_t layout, char out[LAYOUT_TEXT])
{
	unsigned near = raid10_near(layout), far = raid10_far(layout);
	int n = 0;

	out[0] = '\0';
	if (near != 1)
		n = snprintf(out, LAYOUT_TEXT, "near=%u", near);
	if (far != 1)
		snprintf(out + n, LAYOUT_TEXT - (size_t)n, "%s%s=%u", n ? ", " : "",
			      layout & LAYOUT_RAID10_OFFSET ? "offset" : "far", far);
	if (near * far == 1)
		snprintf(out, LAYOUT_TEXT, "NO REDUNDANCY");
}

bool level_has_chunk(int level)
{
	switch (level) {
	case LEVEL_LINEAR:
	case LEVEL_RAID0:
	case LEVEL_RAID4:
	case LEVEL_RAID5:
	case LEVEL_RAID6:
	case LEVEL_RAID10:
		return true;
	}
	return false;
}

bool level_has_redundancy(int level)
{
	switch (level) {
	case LEVEL_RAID1:
	case LEVEL_RAID4:
	case LEVEL_RAID5:
	case LEVEL_RAID6:
	case LEVEL_RAID10:
	case LEVEL_MULTIPATH:
		return true;
	}
	return false;
}

unsigned level_fewest_disks(int level)
{
	switch (level) {
	case LEVEL_RAID4:
	case LEVEL_RAID5:
	case LEVEL_RAID10:
		return 2;
	case LEVEL_RAID6:
		return 4;
	}
	return 1;
}

/* Linear rounds to its chunk, or not; those with parity or copies compute with it in bits. */
static bool chunk_ok(const struct geometry *g)
{
	if (!level_has_chunk(g->level) || (g->level == LEVEL_LINEAR && !g->chunk_sec))
		return true;
	if (!g->chunk_sec || g->chunk_sec > CHUNK_MAX_SEC)
		return false;
	return g->level <= LEVEL_RAID0 ||
	       (is_power_of_2(g->chunk_sec) && g->chunk_sec >= CHUNK_MIN_SEC);
}

/* RAID0 has one only when its members differ, which is for the driver to say. */
static bool layout_ok(const struct geometry *g)
{
	unsigned copies = raid10_copies(g->layout);

	switch (g->level) {
	case LEVEL_RAID5:
	case LEVEL_RAID6:
		return layout_name(g->level, g->layout);
	case LEVEL_RAID10:
		return g->layout >> 17 <= RAID10_FAR_SETS_MAX && copies >= 2 &&
		       copies <= g->raid_disks;
	}
	return true;
}

/* How much of each member is used: 0 says all of it, of levels that add up their members. */
static bool size_ok(const struct geometry *g)
{
	if (g->level <= LEVEL_RAID0)
		return true;
	return g->size_sec > 0 && (!level_has_chunk(g->level) || g->size_sec >= g->chunk_sec);
}

int geometry_check(const struct geometry *g, struct err *why)
{
	const char *level = level_name(g->level);

	if (!level)
		return err_set(why, -EINVAL, "level %d does not exist", g->level);
	if (g->level == LEVEL_CONTAINER)
		return err_set(why, -EINVAL, "this format has no containers");
	if (g->raid_disks < level_fewest_disks(g->level))
		return err_set(why, -EINVAL, "%s of %u devices cannot be", level, g->raid_disks);
	if (!chunk_ok(g))
		return err_set(why, -EINVAL, "%s cannot have chunks of %u sectors", level,
			       g->chunk_sec);
	if (!layout_ok(g))
		return err_set(why, -EINVAL, "%s of %u devices has no layout 0x%x", level,
			       g->raid_disks, g->layout);
	if (!size_ok(g))
		return err_set(why, -EINVAL, "%s cannot use only %llu sectors of each member",
			       level, (unsigned long long)g->size_sec);
	return 0;
}

static unsigned less(unsigned n, unsigned by)
{
	return n > by ? n - by : 0;
}

unsigned geometry_data_disks(const struct geometry *g)
{
	switch (g->level) {
	case LEVEL_RAID0:
		return g->raid_disks;
	case LEVEL_RAID1:
	case LEVEL_MULTIPATH:
	case LEVEL_FAULTY:
		return 1;
	case LEVEL_RAID4:
	case LEVEL_RAID5:
		return less(g->raid_disks, 1);
	case LEVEL_RAID6:
		return less(g->raid_disks, 2);
	case LEVEL_RAID10:
		if (!raid10_copies(g->layout))
			return 0;
		return g->raid_disks / raid10_near(g->layout) / raid10_far(g->layout);
	}
	return 0;
}

/* a * b, or the greatest number there is. */
static uint64_t saturating_mul(uint64_t a, uint64_t b)
{
	uint64_t v;

	return __builtin_mul_overflow(a, b, &v) ? UINT64_MAX : v;
}

/* size * disks / copies, without losing the part that does not divide. */
static uint64_t raid10_array_sec(const struct geometry *g)
{
	unsigned copies = raid10_copies(g->layout);
	uint64_t whole, rest;

	if (!copies)
		return 0;
	whole = saturating_mul(g->size_sec / copies, g->raid_disks);
	rest = g->size_sec % copies * g->raid_disks / copies;
	return __builtin_add_overflow(whole, rest, &whole) ? UINT64_MAX : whole;
}

uint64_t geometry_array_sec(const struct geometry *g)
{
	if (g->level == LEVEL_RAID10)
		return raid10_array_sec(g);
	if (g->level == LEVEL_RAID0)
		return 0;
	return saturating_mul(g->size_sec, geometry_data_disks(g));
}

uint64_t geometry_sync_sec(const struct geometry *g)
{
	return g->level == LEVEL_RAID10 ? raid10_array_sec(g) : g->size_sec;
}

/*
 * The copies of a chunk lie on that many neighbours, and the next chunk's begin near
 * slots further: of each such window one must be there.
 */
static unsigned raid10_fewest(const struct geometry *g, const bool *have)
{
	uint32_t n = g->raid_disks, near = raid10_near(g->layout), first = 0;
	uint32_t window = MIN(raid10_copies(g->layout), n), fewest = window;

	if (!window)
		return 0;
	do {
		uint32_t there = 0;

		for (uint32_t i = 0; i < window; i++)
			there += have[(first + i) % n];
		fewest = MIN(fewest, there);
		first = (first + near) % n;
	} while (first);
	return fewest;
}

static uint32_t slots_there(const struct geometry *g, const bool *have)
{
	uint32_t there = 0;

	for (uint32_t i = 0; i < g->raid_disks; i++)
		there += have[i];
	return there;
}

bool geometry_enough(const struct geometry *g, bool clean, const bool *have)
{
	uint32_t there = slots_there(g, have), n = g->raid_disks;

	switch (g->level) {
	case LEVEL_CONTAINER:
		return true;
	case LEVEL_LINEAR:
	case LEVEL_RAID0:
		return n && there == n;
	case LEVEL_RAID1:
	case LEVEL_MULTIPATH:
	case LEVEL_FAULTY:
		return there >= 1;
	case LEVEL_RAID4:
		/* what is on the parity disk matters to no data */
		if (n && there == n - 1 && !have[n - 1])
			return there;
		__attribute__((fallthrough));
	case LEVEL_RAID5:
		return there && there >= (clean ? less(n, 1) : n);
	case LEVEL_RAID6:
		return there && there >= (clean ? less(n, 2) : n);
	case LEVEL_RAID10:
		return raid10_fewest(g, have) > 0;
	}
	return false;
}

uint32_t geometry_least(const struct geometry *g)
{
	uint32_t n = g->raid_disks, copies;

	switch (g->level) {
	case LEVEL_LINEAR:
	case LEVEL_RAID0:
		return n;
	case LEVEL_RAID1:
	case LEVEL_MULTIPATH:
	case LEVEL_FAULTY:
		return 1;
	case LEVEL_RAID4:
	case LEVEL_RAID5:
		return MAX(less(n, 1), 1u);
	case LEVEL_RAID6:
		return MAX(less(n, 2), 1u);
	case LEVEL_RAID10:
		/* so many windows of copies lie side by side, and each needs one */
		copies = raid10_copies(g->layout);
		return copies ? MAX(n / copies, 1u) : 0;
	}
	return 0;
}

int geometry_redundancy(const struct geometry *g, const bool *have)
{
	int there = (int)slots_there(g, have), n = (int)g->raid_disks;

	if (!geometry_enough(g, true, have))
		return -1;
	switch (g->level) {
	case LEVEL_RAID1:
	case LEVEL_MULTIPATH:
		return there - 1;
	case LEVEL_RAID4:
	case LEVEL_RAID5:
		return there - (n - 1);
	case LEVEL_RAID6:
		return there - (n - 2);
	case LEVEL_RAID10:
		return (int)raid10_fewest(g, have) - 1;
	}
	return 0;
}
