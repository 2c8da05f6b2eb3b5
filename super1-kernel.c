// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super1-kernel.c - which kernels can start an array with 1.x metadata, by what its superblock
 * says.  Pure.  A kernel refuses a superblock with a feature bit that it does not know, and one
 * whose padding is not zero (drivers/md/md.c, super_1_load); levels and layouts that it does not
 * know it refuses when it starts the array.
 *
 * The releases are those of mainline; distributions have taken some things into older kernels.
 * Where a row says md(4) or mdadm(8), the manuals of mdadm 4.2 name the release.  Rows that say
 * "memory" have no source: neither those manuals nor the sources of Linux 6.1 (Documentation/admin-guide,
 * driver-api/md and ABI, the comments in drivers/md) name one; "no later than 6.1" of them is known,
 * as that drivers/md has it.
 */
#include "report.h"
#include "super1.h"
#include "util.h"

#define RAID10_OFFSET (1u << 16)
#define RAID10_FAR_SETS (1u << 17)
#define RAID6_LAYOUTS_PLAIN 5      /* left- and right-, a-, symmetric, parity-first, -last */

struct row {
	uint32_t version;
	uint32_t features;       /* any of these; 0: see needed */
	bool (*needed)(const struct super1_super *s);
	const char *why, *instead;
};

static bool always(const struct super1_super *s)
{
	(void)s;
	return true;
}

static bool odd_chunk(const struct super1_super *s)
{
	return s->sb.level == LEVEL_RAID0 && s->sb.chunk_sec && !is_power_of_2(s->sb.chunk_sec);
}

static bool raid10_offset(const struct super1_super *s)
{
	return s->sb.level == LEVEL_RAID10 && s->sb.layout & RAID10_OFFSET;
}

static bool raid10_far_sets(const struct super1_super *s)
{
	return s->sb.level == LEVEL_RAID10 && s->sb.layout & RAID10_FAR_SETS;
}

static bool raid6_layout(const struct super1_super *s)
{
	return s->sb.level == LEVEL_RAID6 && s->sb.layout > RAID6_LAYOUTS_PLAIN;
}

static bool clustered_bitmap(const struct super1_super *s)
{
	return s->bitmap_version == BITMAP_VERSION_CLUSTERED;
}

static bool lockless_bitmap(const struct super1_super *s)
{
	return s->bitmap_version == BITMAP_VERSION_LOCKLESS;
}

static bool logical_block(const struct super1_super *s)
{
	return s->sb.logical_block_bytes;
}

static bool unknown(const struct super1_super *s)
{
	return s->sb.feature_map & ~(uint32_t)SUPER1_F_ALL || super1_pads(&s->sb);
}

/* Oldest first: the last one that is needed counts. */
static const struct row rows[] = {
	/* md(4) */
	{ KERNEL(2, 6, 10), 0, always, "1.x metadata", "use --metadata=0.90" },
	/* md(4): for all levels with redundancy */
	{ KERNEL(2, 6, 15), SUPER1_F_BITMAP, NULL, "write-intent bitmap", "use --bitmap=none" },
	/* mdadm(8) */
	{ KERNEL(2, 6, 17), SUPER1_F_RESHAPE, NULL, "reshape", NULL },
	/* md(4) */
	{ KERNEL(2, 6, 18), 0, raid10_offset, "offset layout of RAID10", "use another --layout" },
	/* memory, no later than 6.1 */
	{ KERNEL(2, 6, 18), SUPER1_F_RECOVERY_OFFSET, NULL, "recovery that goes on where it was",
	  NULL },
	/* memory, no later than 6.1 */
	{ KERNEL(2, 6, 30), 0, raid6_layout, "layout of RAID6", "use another --layout" },
	/* md(4) */
	{ KERNEL(2, 6, 31), 0, odd_chunk, "chunk that is not a power of 2", "use another --chunk" },
	/* memory, no later than 6.1 */
	{ KERNEL(3, 3, 0), SUPER1_F_REPLACEMENT, NULL, "replacement of a member", NULL },
	/* md(4) */
	{ KERNEL(3, 5, 0), SUPER1_F_BAD_BLOCKS, NULL, "list of bad blocks", NULL },
	/* memory, no later than 6.1 */
	{ KERNEL(3, 5, 0), SUPER1_F_RESHAPE_BACKWARDS | SUPER1_F_NEW_OFFSET, NULL,
	  "reshape to a new data offset", NULL },
	/* memory, no later than 6.1 */
	{ KERNEL(3, 9, 0), 0, raid10_far_sets, "far sets of RAID10", "use another --layout" },
	/* memory, no later than 6.1 */
	{ KERNEL(3, 14, 0), SUPER1_F_RECOVERY_BITMAP, NULL, "recovery by the bitmap", NULL },
	/* memory, both no later than 6.1 */
	{ KERNEL(4, 1, 0), SUPER1_F_CLUSTERED, NULL, "clustered array", NULL },
	{ KERNEL(4, 1, 0), 0, clustered_bitmap, "clustered bitmap", NULL },
	/* md(4), Documentation/driver-api/md/raid5-cache.rst */
	{ KERNEL(4, 4, 0), SUPER1_F_JOURNAL, NULL, "write journal", NULL },
	/* md(4) */
	{ KERNEL(4, 12, 0), SUPER1_F_PPL, NULL, "partial parity log", NULL },
	/* memory, no later than 6.1 */
	{ KERNEL(4, 14, 0), SUPER1_F_MULTI_PPL, NULL, "several partial parity logs", NULL },
	/* mdadm(8) */
	{ KERNEL(5, 4, 0), SUPER1_F_RAID0_LAYOUT, NULL, "layout of RAID0",
	  "use members of one size" },
	/* memory, both later than 6.1 */
	{ KERNEL(6, 18, 0), 0, lockless_bitmap, "lockless bitmap", "use --bitmap=internal" },
	{ KERNEL(6, 19, 0), 0, logical_block, "logical block size", NULL },
	{ KERNEL_UNKNOWN, 0, unknown, "something that this version does not know", NULL },
};

void super1_oldest_kernel(const struct super *s, struct kernel_need *need)
{
	const struct super1_super *own = super1_of(s);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].features & own->sb.feature_map ||
		    (rows[i].needed && rows[i].needed(own)))
			*need = (struct kernel_need){ rows[i].version, rows[i].why,
						      rows[i].instead };
}

void super1_report_features(const struct super1 *sb, struct report *r)
{
	static const struct { uint32_t bit; const char *word; } words[] = {
		{ SUPER1_F_BITMAP, "bitmap" },
		{ SUPER1_F_RECOVERY_OFFSET, "recovery_offset" },
		{ SUPER1_F_RESHAPE, "reshape" },
		{ SUPER1_F_BAD_BLOCKS, "bad_blocks" },
		{ SUPER1_F_REPLACEMENT, "replacement" },
		{ SUPER1_F_RESHAPE_BACKWARDS, "reshape_backwards" },
		{ SUPER1_F_NEW_OFFSET, "new_offset" },
		{ SUPER1_F_RECOVERY_BITMAP, "recovery_bitmap" },
		{ SUPER1_F_CLUSTERED, "clustered" },
		{ SUPER1_F_JOURNAL, "journal" },
		{ SUPER1_F_PPL, "ppl" },
		{ SUPER1_F_MULTI_PPL, "multiple_ppls" },
		{ SUPER1_F_RAID0_LAYOUT, "raid0_layout" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (sb->feature_map & words[i].bit)
			report_text(r, REPORT_JSON, "features", NULL, "%s", words[i].word);
	for (uint32_t bit = SUPER1_F_ALL + 1u; bit; bit <<= 1)
		if (sb->feature_map & bit)
			report_text(r, REPORT_JSON, "features", NULL, "0x%x", bit);
}
