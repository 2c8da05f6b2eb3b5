// SPDX-License-Identifier: GPL-2.0-or-later
/* Which member holds which block. What the kernel makes of it: tests/md/verify.bats. */
#include "parity.h"
#include "stripe.h"
#include "unit.h"
#include "util.h"

static struct geometry shape(int level, uint32_t layout, uint32_t disks)
{
	return (struct geometry){ .level = level, .layout = layout, .chunk_sec = 128, .raid_disks = disks,
				  .size_sec = 128 * 100 };
}

/* "PQD..": what each slot has; data as its number in the stripe. */
static char *row_text(const struct geometry *g, uint64_t stripe, char out[32])
{
	static struct stripe_row r;

	stripe_row(g, stripe, &r);
	memset(out, '?', g->raid_disks);
	out[g->raid_disks] = '\0';
	out[r.p] = 'P';
	if (r.q >= 0)
		out[r.q] = 'Q';
	for (unsigned i = 0; i < r.n_data; i++)
		out[r.data[i]] = (char)('0' + i);
	return out;
}

/* linux/drivers/md/raid5.c: raid5_compute_sector */
static void test_rows(void)
{
	static const struct {
		int level;
		uint32_t layout, disks;
		const char *row[3];
	} rows[] = {
		{ 4, 0, 4, { "012P", "012P", "012P" } },
		{ 5, LAYOUT_LEFT_ASYMMETRIC, 4, { "012P", "01P2", "0P12" } },
		{ 5, LAYOUT_RIGHT_ASYMMETRIC, 4, { "P012", "0P12", "01P2" } },
		{ 5, LAYOUT_LEFT_SYMMETRIC, 4, { "012P", "12P0", "2P01" } },
		{ 5, LAYOUT_RIGHT_SYMMETRIC, 4, { "P012", "2P01", "12P0" } },
		{ 5, LAYOUT_PARITY_FIRST, 4, { "P012", "P012", "P012" } },
		{ 5, LAYOUT_PARITY_LAST, 4, { "012P", "012P", "012P" } },
		{ 6, LAYOUT_LEFT_ASYMMETRIC, 5, { "Q012P", "012PQ", "01PQ2" } },
		{ 6, LAYOUT_RIGHT_ASYMMETRIC, 5, { "PQ012", "0PQ12", "01PQ2" } },
		{ 6, LAYOUT_LEFT_SYMMETRIC, 5, { "Q012P", "012PQ", "12PQ0" } },
		{ 6, LAYOUT_RIGHT_SYMMETRIC, 5, { "PQ012", "2PQ01", "12PQ0" } },
		{ 6, LAYOUT_PARITY_FIRST, 5, { "PQ012", "PQ012", "PQ012" } },
		{ 6, LAYOUT_PARITY_LAST, 5, { "012PQ", "012PQ", "012PQ" } },
		{ 6, 8, 5, { "PQ012", "0PQ12", "01PQ2" } },
		{ 6, 9, 5, { "012PQ", "01PQ2", "0PQ12" } },
		{ 6, 10, 5, { "012QP", "12QP0", "2QP01" } },
		{ 6, 16, 5, { "012PQ", "01P2Q", "0P12Q" } },
		{ 6, 17, 5, { "P012Q", "0P12Q", "01P2Q" } },
		{ 6, 18, 5, { "012PQ", "12P0Q", "2P01Q" } },
		{ 6, 19, 5, { "P012Q", "2P01Q", "12P0Q" } },
		{ 6, 20, 5, { "P012Q", "P012Q", "P012Q" } },
	};
	char text[32], name[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct geometry g = shape(rows[i].level, rows[i].layout, rows[i].disks);

		CHECK(!stripe_known(&g, NULL), "it is known");
		for (unsigned s = 0; s < 3; s++) {
			snprintf(name, sizeof(name), "level %d, layout %u, stripe %u", rows[i].level,
				 rows[i].layout, s);
			CHECK(!strcmp(row_text(&g, s, text), rows[i].row[s]), name);
		}
	}
}

static void test_exponents(void)
{
	static struct stripe_row r;
	struct geometry g = shape(6, LAYOUT_LEFT_ASYMMETRIC, 5);

	stripe_row(&g, 2, &r); /* 01PQ2: from behind Q */
	CHECK(r.exponent[0] == 1 && r.exponent[1] == 2 && r.exponent[2] == 0 && r.n_exponent == 3,
	      "exponents count from behind Q");
	g.layout = 8;
	stripe_row(&g, 2, &r);
	CHECK(r.exponent[0] == 0 && r.exponent[1] == 1 && r.exponent[2] == 4 && r.n_exponent == 5,
	      "those of DDF from the first slot, P and Q included");
	g = shape(5, LAYOUT_LEFT_SYMMETRIC, 4);
	stripe_row(&g, 1, &r);
	CHECK(r.n_exponent == 3 && r.exponent[0] != r.exponent[1] && r.exponent[1] != r.exponent[2],
	      "without Q each has its own");
}

static bool copies_are(const struct geometry *g, uint64_t stripe, unsigned n,
		       const struct stripe_copy *want)
{
	static struct stripe_copy copy[STRIPE_SLOTS];

	if (stripe_copies(g, stripe, copy) != n)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (copy[i].slot != want[i].slot || copy[i].at_sec != 128 * want[i].at_sec)
			return false;
	return true;
}

#define COPIES(...) (const struct stripe_copy[]){ __VA_ARGS__ }

/* linux/drivers/md/raid10.c: __raid10_find_phys; places in chunks */
static void test_copies(void)
{
	struct geometry g = shape(10, 0x102, 3);

	CHECK(copies_are(&g, 0, 2, COPIES({ 0, 0 }, { 1, 0 })), "n2 of 3, chunk 0");
	CHECK(copies_are(&g, 1, 2, COPIES({ 2, 0 }, { 0, 1 })), "n2 of 3, chunk 1 goes round the end");
	CHECK(stripe_count(&g) == 150, "n2 of 3: chunks");
	g = shape(10, 0x201, 4);
	CHECK(copies_are(&g, 3, 2, COPIES({ 3, 0 }, { 0, 50 })), "f2 of 4: half a member further");
	CHECK(copies_are(&g, 4, 2, COPIES({ 0, 1 }, { 1, 51 })), "f2 of 4, second row");
	g.layout |= LAYOUT_RAID10_OFFSET;
	CHECK(copies_are(&g, 3, 2, COPIES({ 3, 0 }, { 0, 1 })), "o2 of 4: the next row");
	CHECK(copies_are(&g, 4, 2, COPIES({ 0, 2 }, { 1, 3 })), "o2 of 4, second row");
	g.layout = 0x201 | 1 << 17;
	CHECK(copies_are(&g, 1, 2, COPIES({ 1, 0 }, { 0, 50 })), "f2 in sets of 2");
	g = shape(10, 0x201 | 1 << 17, 5);
	CHECK(copies_are(&g, 4, 2, COPIES({ 4, 0 }, { 2, 50 })), "f2 in sets of 2 and 3");
	g = shape(1, 0, 3);
	CHECK(copies_are(&g, 2, 3, COPIES({ 0, 2 }, { 1, 2 }, { 2, 2 })), "RAID1: 64 KiB of each");
}

/* Each copy lies in its band, and bands do not overlap. */
static bool bands_hold(const struct geometry *g)
{
	static struct stripe_copy copy[STRIPE_SLOTS];
	struct stripe_bands b;

	stripe_bands(g, &b);
	for (uint64_t s = 0; s < stripe_count(g); s++) {
		uint64_t start = s / b.stripes * b.band_sec;
		unsigned n = stripe_copies(g, s, copy);

		for (unsigned i = 0; i < n; i++) {
			bool in = false;

			for (unsigned k = 0; k < b.places; k++) {
				uint64_t at = start + k * b.stride_sec;

				in |= copy[i].at_sec >= at && copy[i].at_sec + g->chunk_sec <= at + b.band_sec;
			}
			if (!in || copy[i].at_sec + g->chunk_sec > g->size_sec || copy[i].slot >= g->raid_disks)
				return false;
		}
	}
	return b.n * b.stripes >= stripe_count(g) && (b.n - 1) * b.stripes < stripe_count(g);
}

static void test_bands(void)
{
	char name[64];

	for (uint32_t disks = 2; disks <= 7; disks++)
		for (uint32_t copies = 1; copies <= disks; copies++) {
			const uint32_t layouts[] = { 0x100 | copies, copies << 8 | 1,
						     copies << 8 | 1 | LAYOUT_RAID10_OFFSET,
						     copies << 8 | 1 | 1 << 17 };

			for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
				struct geometry g = shape(10, layouts[i], disks);

				snprintf(name, sizeof(name), "layout %#x of %u", layouts[i], disks);
				CHECK(!stripe_known(&g, NULL) && bands_hold(&g), name);
			}
		}
}

static void test_sizes(void)
{
	struct geometry g = shape(6, 0, 5);
	uint64_t len;

	CHECK(stripe_count(&g) == 100 && stripe_array_sec(&g, 7, &len) == 7 * 3 * 128 && len == 3 * 128,
	      "RAID6 of 5: three chunks a stripe");
	g = shape(1, 0, 2);
	g.size_sec = 200;
	CHECK(stripe_count(&g) == 2 && stripe_array_sec(&g, 1, &len) == 128 && len == 72,
	      "the last block of a RAID1 is what is left");
}

static void test_unknown(void)
{
	struct geometry g;
	struct err why;
	bool refused = true;

	for (int level = -5; level <= 12; level++) {
		g = shape(level, 0x102, 4);
		refused &= level == 1 || level == 4 || level == 10 || stripe_known(&g, &why);
	}
	CHECK(refused, "levels without redundancy, and layouts that are none");
	g = shape(6, 7, 5);
	CHECK(stripe_known(&g, &why), "no layout 7");
	g = shape(6, 0, 256);
	CHECK(stripe_known(&g, &why), "more members than Q can tell apart");
	g = shape(10, 0, 4);
	CHECK(stripe_known(&g, &why), "RAID10 without copies");
	g = shape(5, 0, 4);
	g.chunk_sec = 0;
	CHECK(stripe_known(&g, &why), "no chunk");
	g = shape(1, 0, 2);
	g.size_sec = 0;
	CHECK(stripe_known(&g, &why), "empty");
	g = shape(10, 0x801, 4);
	CHECK(stripe_known(&g, &why), "more copies than members");
}

int main(void)
{
	test_rows();
	test_exponents();
	test_copies();
	test_bands();
	test_sizes();
	test_unknown();
	return unit_done();
}
