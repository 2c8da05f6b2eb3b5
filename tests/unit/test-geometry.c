// SPDX-License-Identifier: GPL-2.0-or-later
/* Levels, layouts, sizes, enough-to-run. */
#include <errno.h>

#include "geometry.h"
#include "unit.h"
#include "util.h"

static void test_levels(void)
{
	static const struct {
		const char *word, *name;
		int level;
	} rows[] = {
		{ "linear", "linear", -1 }, { "raid0", "raid0", 0 }, { "0", "raid0", 0 },
		{ "stripe", "raid0", 0 }, { "raid1", "raid1", 1 }, { "1", "raid1", 1 },
		{ "mirror", "raid1", 1 }, { "raid4", "raid4", 4 }, { "4", "raid4", 4 },
		{ "raid5", "raid5", 5 }, { "5", "raid5", 5 }, { "raid6", "raid6", 6 },
		{ "6", "raid6", 6 }, { "raid10", "raid10", 10 }, { "10", "raid10", 10 },
		{ "multipath", "multipath", -4 }, { "mp", "multipath", -4 },
		{ "faulty", "faulty", -5 }, { "container", "container", -100 },
	};
	static const char *const bad[] = { "", "RAID1", "01", "-1", " 1", "raid01", "5x", "3" };
	int level;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(!level_parse(rows[i].word, &level) && level == rows[i].level &&
		      !strcmp(level_name(level), rows[i].name), rows[i].word);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(level_parse(bad[i], &level) == -EINVAL, bad[i]);
	CHECK(!level_name(3) && !level_name(7) && !level_name(0xfffe), "no such level");
}

static void test_layouts(void)
{
	static const struct {
		int level;
		const char *word;
		int64_t layout;      /* -1: refused */
		const char *name;
	} rows[] = {
		{ 0, "original", 1, "original" }, { 0, "1", 1, "original" },
		{ 0, "alternate", 2, "alternate" }, { 0, "2", 2, "alternate" },
		{ 0, "dangerous", 0, "dangerous" }, { 0, "0", -1, NULL }, { 0, "ls", -1, NULL },
		{ 5, "ls", 2, "left-symmetric" }, { 5, "default", 2, "left-symmetric" },
		{ 5, "la", 0, "left-asymmetric" }, { 5, "ra", 1, "right-asymmetric" },
		{ 5, "rs", 3, "right-symmetric" }, { 5, "parity-first", 4, "parity-first" },
		{ 5, "parity-last", 5, "parity-last" },
		{ 5, "ddf-N-restart", 0, "left-asymmetric" },
		{ 5, "ddf-zero-restart", 1, "right-asymmetric" },
		{ 5, "ddf-N-continue", 2, "left-symmetric" }, { 5, "left-symmetric-6", -1, NULL },
		{ 5, "0", -1, NULL }, { 5, "n2", -1, NULL },
		{ 6, "ddf-zero-restart", 8, "ddf-zero-restart" },
		{ 6, "ddf-N-restart", 9, "ddf-N-restart" },
		{ 6, "ddf-N-continue", 10, "ddf-N-continue" }, { 6, "ls", 2, "left-symmetric" },
		{ 6, "left-symmetric-6", 18, "left-symmetric-6" },
		{ 6, "la-6", 16, "left-asymmetric-6" },
		{ 6, "parity-first-6", 20, "parity-first-6" },
		{ 6, "parity-last-6", -1, NULL }, { 4, "ls", -1, NULL }, { 1, "ls", -1, NULL },
		{ 10, "n2", 0x102, NULL }, { 10, "n1", 0x101, NULL }, { 10, "n002", 0x102, NULL },
		{ 10, "f3", 0x301, NULL }, { 10, "o2", 0x10201, NULL }, { 10, "n200", 0x1c8, NULL },
		{ 10, "o200", 0x1c801, NULL }, { 10, "n201", -1, NULL }, { 10, "n0", -1, NULL },
		{ 10, "n", -1, NULL }, { 10, "", -1, NULL }, { 10, "n2x", -1, NULL },
		{ 10, "x2", -1, NULL }, { 10, "n99999999999999999999", -1, NULL },
	};
	char names[LAYOUT_NAMES_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t layout = 77;
		int rc = layout_parse(rows[i].level, rows[i].word, &layout);
		const char *name = layout_name(rows[i].level, layout);
		char what[64];

		snprintf(what, sizeof(what), "raid%d layout \"%s\"", rows[i].level, rows[i].word);
		CHECK(rows[i].layout < 0 ? rc == -EINVAL && layout == 77 :
		      !rc && layout == rows[i].layout &&
		      (rows[i].name ? name && !strcmp(name, rows[i].name) : !name), what);
	}
	CHECK(!layout_name(5, 6) && !layout_name(5, 8) && !layout_name(6, 21) &&
	      !layout_name(0, 3) && !layout_name(1, 0), "layouts without a name");
	CHECK_TEXT(layout_names(0, names), "original, alternate, dangerous");
	CHECK_TEXT(layout_names(5, names), "left-asymmetric, right-asymmetric, left-symmetric, "
		   "right-symmetric, parity-first, parity-last");
	CHECK(strstr(layout_names(6, names), ", parity-first-6") && !*layout_names(1, names),
	      "all of raid6, none of raid1");
}

static void test_raid10_text(void)
{
	static const struct {
		uint32_t layout;
		const char *text;
	} rows[] = {
		{ 0x102, "near=2" }, { 0x201, "far=2" }, { 0x202, "near=2, far=2" },
		{ 0x10201, "offset=2" }, { 0x10202, "near=2, offset=2" },
		{ 0x20202, "near=2, far=2" }, { 0x101, "NO REDUNDANCY" },
		{ 0x10101, "NO REDUNDANCY" }, { 0xffffffff, "near=255, offset=255" },
		{ 0, "near=0, far=0" },
	};
	char text[LAYOUT_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		layout_raid10_text(rows[i].layout, text);
		CHECK_TEXT(text, rows[i].text);
	}
	CHECK(raid10_copies(0x102) == 2 && raid10_copies(0x10203) == 6 && !raid10_copies(0x100) &&
	      !raid10_copies(0x2) && raid10_copies(0xffffffff) == 65025, "raid10_copies");
}

static void test_sizes(void)
{
	static const struct {
		int level;
		uint32_t layout, disks;
		uint64_t size_sec;
		unsigned data;
		uint64_t array_sec;
	} rows[] = {
		{ 0, 0, 3, 1000, 3, 0 }, { -1, 0, 3, 1000, 0, 0 }, { 1, 0, 3, 1000, 1, 1000 },
		{ 4, 0, 3, 1000, 2, 2000 }, { 5, 2, 4, 1000, 3, 3000 }, { 6, 2, 4, 1000, 2, 2000 },
		{ 5, 2, 0, 1000, 0, 0 }, { 6, 2, 1, 1000, 0, 0 }, { 6, 2, 0, 1000, 0, 0 },
		{ 10, 0x102, 4, 40704, 2, 81408 }, { 10, 0x102, 3, 1001, 1, 1501 },
		{ 10, 0x201, 5, 1000, 2, 2500 }, { 10, 0x202, 4, 1000, 1, 1000 },
		{ 10, 0, 4, 1000, 0, 0 }, { 10, 0x100, 4, 1000, 0, 0 }, { 10, 2, 4, 1000, 0, 0 },
		{ 10, 0x101, 4, UINT64_MAX, 4, UINT64_MAX }, { 10,
		0x102, 1, UINT64_MAX, 0, INT64_MAX },
		{ 10, 0xffffffff, 0xffffffff, UINT64_MAX, 66051, UINT64_MAX },
		{ 5, 2, 3, UINT64_MAX, 2, UINT64_MAX }, { 7, 0, 4, 1000, 0, 0 },
		{ -100, 0, 4, 1000, 0, 0 }, { -4, 0, 4, 1000, 1, 1000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct geometry g = {
			.level = rows[i].level, .layout = rows[i].layout,
			.raid_disks = rows[i].disks, .size_sec = rows[i].size_sec,
		};
		char what[64];

		snprintf(what, sizeof(what), "level %d layout 0x%x disks %u size %llu", g.level,
			 g.layout, g.raid_disks, (unsigned long long)g.size_sec);
		CHECK(geometry_data_disks(&g) == rows[i].data &&
		      geometry_array_sec(&g) == rows[i].array_sec, what);
	}
}

static void test_traits(void)
{
	static const struct {
		int level;
		bool chunk, redundancy;
	} rows[] = {
		{ -1, true, false }, { 0, true, false }, { 1, false, true }, { 4, true, true },
		{ 5, true, true }, { 6, true, true }, { 10, true, true }, { -4, false, true },
		{ -5, false, false }, { -100, false, false }, { 7, false, false },
	};
	char what[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(what, sizeof(what), "traits of level %d", rows[i].level);
		CHECK(level_has_chunk(rows[i].level) == rows[i].chunk &&
		      level_has_redundancy(rows[i].level) == rows[i].redundancy, what);
	}
}

/* slots: a character for each, '.' missing. */
static bool enough(int level, uint32_t layout, bool clean, const char *slots)
{
	const struct geometry g = {
		.level = level, .layout = layout, .raid_disks = (uint32_t)strlen(slots),
	};
	bool have[16] = { false };

	for (uint32_t i = 0; i < g.raid_disks; i++)
		have[i] = slots[i] != '.';
	return geometry_enough(&g, clean, have);
}

static void test_enough(void)
{
	static const struct {
		int level;
		uint32_t layout;
		const char *slots;
		bool clean, dirty;
	} rows[] = {
		{ 0, 0, "AA", true, true }, { 0, 0, "A.", false, false },
		{ 0, 0, "", false, false },
		{ -1, 0, "AA", true, true }, { -1, 0, ".A", false, false },
		{ 1, 0, ".A.", true, true }, { 1, 0, "..", false, false },
		{ 1, 0, "", false, false },
		{ -4, 0, ".A", true, true }, { -4, 0, "..", false, false },
		{ 4, 0, "AAA", true, true }, { 4, 0, "AA.", true, true },
		{ 4, 0, ".AA", true, false }, { 4, 0, "A..", false, false },
		{ 4, 0, "", false, false },
		{ 4, 0, ".", false, false },
		{ 5, 2, "AAA", true, true }, { 5, 2, "AA.", true, false },
		{ 5, 2, "A..", false, false },
		{ 5, 2, ".", false, false }, { 5, 2, "", false, false },
		{ 6, 2, "AAAA", true, true }, { 6, 2, "AAA.", true, false },
		{ 6, 2, ".AA.", true, false }, { 6, 2, "A...", false, false },
		{ 6, 2, "..", false, false },
		{ 10, 0x102, "A.A.", true, true }, { 10, 0x102, ".AA.", true, true },
		{ 10, 0x102, "..AA", false, false }, { 10, 0x102, "A..A", true, true },
		{ 10, 0x201, "A.A.", true, true }, { 10, 0x201, "A..A", false, false },
		{ 10, 0x102, "A.A", true, true }, { 10, 0x102, "A..", false, false },
		{ 10, 0x102, ".AA", true, true }, { 10, 0x202, "A...", true, true },
		{ 10, 0x101, "AAA.", false, false }, { 10, 0, "AAAA", false, false },
		{ 10, 0x100, "AAAA", false, false }, { 10, 0x102, "", false, false },
		{ 10, 0xffff, "A..", true, true },
		{ -100, 0, "..", true, true }, { 7, 0, "AA", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char what[64];

		snprintf(what, sizeof(what), "enough: level %d layout 0x%x \"%s\"", rows[i].level,
			 rows[i].layout, rows[i].slots);
		CHECK(enough(rows[i].level, rows[i].layout, true, rows[i].slots) == rows[i].clean &&
		      enough(rows[i].level, rows[i].layout, false, rows[i].slots) == rows[i].dirty,
		      what);
	}
}

/* By its definition: any so many slots more may be lost, and of one more some may not. */
static bool may_lose(const struct geometry *g, const bool *have, unsigned count)
{
	for (unsigned set = 0; set < 1u << g->raid_disks; set++) {
		bool left[8], bad = false;

		if ((unsigned)__builtin_popcount(set) != count)
			continue;
		for (uint32_t i = 0; i < g->raid_disks; i++) {
			bad |= set >> i & 1 && !have[i];
			left[i] = have[i] && !(set >> i & 1);
		}
		if (!bad && !geometry_enough(g, true, left))
			return false;
	}
	return true;
}

static void test_redundancy(void)
{
	static const struct geometry g[] = {
		{ 1, 0, 0, 4, 8 }, { 5, 2, 8, 5, 8 }, { 6, 2, 8, 6, 8 }, { 10, 0x102, 8, 6, 8 },
		{ 10, 0x103, 8, 7, 8 }, { 10, 0x201, 8, 5, 8 }, { 10, 0x202, 8, 6, 8 },
		{ 10, 0x10201, 8, 5, 8 }, { 0, 0, 8, 3, 8 }, { -1, 0, 8, 2, 8 }, { 1, 0, 0, 1, 8 },
	};

	for (size_t k = 0; k < ARRAY_SIZE(g); k++) {
		bool ok = true, tight = false;

		for (unsigned set = 0; set < 1u << g[k].raid_disks; set++) {
			uint32_t there = (uint32_t)__builtin_popcount(set);
			bool have[8];
			int n;

			for (uint32_t i = 0; i < g[k].raid_disks; i++)
				have[i] = set >> i & 1;
			n = geometry_redundancy(&g[k], have);
			ok &= (n < 0) == !geometry_enough(&g[k], true, have);
			ok &= n < 0 || (may_lose(&g[k], have, (unsigned)n) &&
					!may_lose(&g[k], have, (unsigned)n + 1));
			ok &= n < 0 || there >= geometry_least(&g[k]);
			tight |= n >= 0 && there == geometry_least(&g[k]);
		}
		/* where copies do not divide the slots it is less than the truth */
		tight |= g[k].level == 10 && g[k].raid_disks % raid10_copies(g[k].layout);
		CHECK(ok && tight, level_name(g[k].level));
	}
}

int main(void)
{
	test_levels();
	test_layouts();
	test_raid10_text();
	test_sizes();
	test_traits();
	test_enough();
	test_redundancy();
	return unit_done();
}
