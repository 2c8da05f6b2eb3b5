// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stripe.c - where the blocks of a stripe lie, as drivers/md/raid5.c (raid5_compute_sector,
 * raid6_idx_to_slot) and raid10.c (__raid10_find_phys, calc_sectors) place them.  Pure.
 */
#include <errno.h>
#include <string.h>

#include "parity.h"
#include "stripe.h"
#include "util.h"

#define RAID1_BLOCK_SEC 128

/* The layouts of RAID6 beside those of RAID5. */
enum {
	LAYOUT_ROTATING_ZERO_RESTART = 8,
	LAYOUT_ROTATING_N_RESTART = 9,
	LAYOUT_ROTATING_N_CONTINUE = 10,
	LAYOUT_LEFT_ASYMMETRIC_6 = 16,
	LAYOUT_RIGHT_ASYMMETRIC_6 = 17,
	LAYOUT_LEFT_SYMMETRIC_6 = 18,
	LAYOUT_RIGHT_SYMMETRIC_6 = 19,
	LAYOUT_PARITY_FIRST_6 = 20,
};

static bool is_raid10(const struct geometry *g)
{
	return g->level == LEVEL_RAID10;
}

static unsigned near_copies(const struct geometry *g)
{
	return is_raid10(g) ? g->layout & 0xff : g->raid_disks;
}

static unsigned far_copies(const struct geometry *g)
{
	return is_raid10(g) ? g->layout >> 8 & 0xff : 1;
}

/* --- what is known --- */

static bool layout_known(const struct geometry *g)
{
	if (g->level == LEVEL_RAID4)
		return true;
	if (g->level == LEVEL_RAID5)
		return g->layout <= LAYOUT_PARITY_LAST;
	return g->layout <= LAYOUT_PARITY_LAST ||
	       (g->layout >= LAYOUT_ROTATING_ZERO_RESTART && g->layout <= LAYOUT_ROTATING_N_CONTINUE) ||
	       (g->layout >= LAYOUT_LEFT_ASYMMETRIC_6 && g->layout <= LAYOUT_PARITY_FIRST_6);
}

static bool raid10_known(const struct geometry *g)
{
	unsigned copies = raid10_copies(g->layout);

	return g->layout >> 17 <= 2 && copies && copies <= g->raid_disks;
}

int stripe_known(const struct geometry *g, struct err *why)
{
	const bool parity = g->level == LEVEL_RAID4 || g->level == LEVEL_RAID5 ||
			    g->level == LEVEL_RAID6;
	const unsigned fewest = g->level == LEVEL_RAID6 ? 3 : g->level == LEVEL_RAID1 ? 1 : 2;

	if (!parity && g->level != LEVEL_RAID1 && !is_raid10(g))
		return err_set(why, -EINVAL, "its level keeps nothing twice that could be compared");
	if (g->raid_disks < fewest || g->raid_disks > STRIPE_SLOTS ||
	    (g->level == LEVEL_RAID6 && g->raid_disks > PARITY_EXPONENTS))
		return err_set(why, -EINVAL, "it has %u slots", g->raid_disks);
	if (parity ? !layout_known(g) : is_raid10(g) && !raid10_known(g))
		return err_set(why, -EINVAL, "its layout %#x is not known here", g->layout);
	if (g->level != LEVEL_RAID1 && (!g->chunk_sec || g->chunk_sec % 8))
		return err_set(why, -EINVAL, "its chunk is %u sectors", g->chunk_sec);
	if (!stripe_count(g))
		return err_set(why, -EINVAL, "it is empty");
	return 0;
}

/* --- sizes --- */

uint32_t stripe_block_sec(const struct geometry *g)
{
	return g->level == LEVEL_RAID1 ? RAID1_BLOCK_SEC : g->chunk_sec;
}

/* Chunks of the array, as calc_sectors has them. */
static uint64_t raid10_chunks(const struct geometry *g)
{
	return g->size_sec / g->chunk_sec / far_copies(g) * g->raid_disks / near_copies(g);
}

uint64_t stripe_count(const struct geometry *g)
{
	if (g->level == LEVEL_RAID1)
		return (g->size_sec + RAID1_BLOCK_SEC - 1) / RAID1_BLOCK_SEC;
	return is_raid10(g) ? raid10_chunks(g) : g->size_sec / g->chunk_sec;
}

uint64_t stripe_array_sec(const struct geometry *g, uint64_t stripe, uint64_t *len_sec)
{
	const bool copies = g->level == LEVEL_RAID1 || is_raid10(g);
	uint64_t len = (uint64_t)stripe_block_sec(g) * (copies ? 1 : geometry_data_disks(g));

	*len_sec = len;
	if (g->level == LEVEL_RAID1 && (stripe + 1) * len > g->size_sec)
		*len_sec = g->size_sec - stripe * len;
	return stripe * len;
}

/* --- RAID4, 5, 6 --- */

/* How a layout places P in a stripe, and data behind it. */
struct placing {
	unsigned turning;        /* slots that take turns */
	unsigned p;
	bool continues;          /* data goes on behind P (and Q), round the end */
	bool q_before_p, q_last;
};

static struct placing place_p(const struct geometry *g, uint64_t stripe)
{
	const unsigned n = g->raid_disks, data = geometry_data_disks(g);
	const bool six = g->level == LEVEL_RAID6;
	const uint32_t layout = g->level == LEVEL_RAID4 ? LAYOUT_PARITY_LAST : g->layout;
	struct placing r = { .turning = n };
	unsigned turn;

	r.q_last = layout >= LAYOUT_LEFT_ASYMMETRIC_6;
	r.turning = r.q_last ? n - 1 : n;
	turn = (unsigned)(stripe % r.turning);
	switch (r.q_last ? layout - LAYOUT_LEFT_ASYMMETRIC_6 : layout) {
	case LAYOUT_LEFT_SYMMETRIC:
		r.continues = true;
		/* fall through */
	case LAYOUT_LEFT_ASYMMETRIC:
		r.p = r.turning - 1 - turn;
		break;
	case LAYOUT_RIGHT_SYMMETRIC:
		r.continues = true;
		/* fall through */
	case LAYOUT_RIGHT_ASYMMETRIC:
	case LAYOUT_ROTATING_ZERO_RESTART:
		r.p = turn;
		break;
	case LAYOUT_PARITY_FIRST:
		r.p = 0;
		break;
	case LAYOUT_ROTATING_N_RESTART:
		r.p = n - 1 - (unsigned)((stripe + 1) % n);
		break;
	case LAYOUT_ROTATING_N_CONTINUE:
		r.p = n - 1 - turn;
		r.q_before_p = r.continues = true;
		break;
	default: /* parity-last */
		r.p = six ? data : n - 1;
	}
	return r;
}

static bool is_ddf(const struct geometry *g)
{
	return g->layout >= LAYOUT_ROTATING_ZERO_RESTART && g->layout <= LAYOUT_ROTATING_N_CONTINUE;
}

/*
 * Exponents count from the slot behind Q, round the end; those of DDF from slot 0, with the places of
 * P and Q counted as zeros.
 */
static void number_data(const struct geometry *g, struct stripe_row *out)
{
	const unsigned n = g->raid_disks;
	const bool ddf = is_ddf(g);
	unsigned slot = ddf ? 0 : ((unsigned)out->q + 1) % n, z = 0;
	uint8_t of_slot[PARITY_EXPONENTS + 1] = { 0 };

	for (unsigned i = 0; i < n; i++, slot = (slot + 1) % n) {
		bool data = (int)slot != out->p && (int)slot != out->q;

		if (data)
			of_slot[slot] = (uint8_t)z;
		z += data || ddf;
	}
	out->n_exponent = z;
	for (unsigned i = 0; i < out->n_data; i++)
		out->exponent[i] = of_slot[out->data[i]];
}

void stripe_row(const struct geometry *g, uint64_t stripe, struct stripe_row *out)
{
	const struct placing r = place_p(g, stripe);
	const unsigned n = g->raid_disks;
	unsigned slot;

	out->p = (int)r.p;
	out->q = -1;
	if (g->level == LEVEL_RAID6)
		out->q = (int)(r.q_last ? n - 1 : (r.p + (r.q_before_p ? n - 1 : 1)) % n);
	slot = r.continues ? (r.p + 1) % r.turning : 0;
	out->n_data = 0;
	for (unsigned i = 0; i < r.turning; i++, slot = (slot + 1) % r.turning)
		if ((int)slot != out->p && (int)slot != out->q)
			out->data[out->n_data++] = (uint16_t)slot;
	out->n_exponent = out->n_data;
	if (out->q >= 0)
		number_data(g, out);
	else
		/* any order will do */
		for (unsigned i = 0; i < out->n_data; i++)
			out->exponent[i] = (uint8_t)i;
}

/* --- RAID1, RAID10 --- */

/* Rows of chunks that a member has for one far copy. */
static uint64_t stride_chunks(const struct geometry *g)
{
	uint64_t used = raid10_chunks(g) * near_copies(g) * far_copies(g);

	return (used + g->raid_disks - 1) / g->raid_disks / far_copies(g);
}

static bool is_offset(const struct geometry *g)
{
	return is_raid10(g) && g->layout & LAYOUT_RAID10_OFFSET;
}

static uint64_t stride_sec(const struct geometry *g)
{
	return (is_offset(g) ? 1 : stride_chunks(g)) * g->chunk_sec;
}

/* Far copies stay within sets of slots: all of them, or (layouts with bit 17 or 18) fewer. */
static unsigned far_set(const struct geometry *g)
{
	switch (g->layout >> 17) {
	case 1:
		return MAX(g->raid_disks / far_copies(g), 1);
	case 2:
		return MIN(far_copies(g) * near_copies(g), g->raid_disks);
	default:
		return g->raid_disks;
	}
}

static unsigned next_far(const struct geometry *g, unsigned slot)
{
	const unsigned size = far_set(g), odd = g->raid_disks % size;
	const unsigned last = (g->raid_disks / size - 1) * size, set = slot / size;

	slot += near_copies(g);
	if (odd && slot > last)
		return (slot - last) % (size + odd) + last;
	return slot % size + size * set;
}

static unsigned raid10_copies_of(const struct geometry *g, uint64_t chunk, struct stripe_copy *out)
{
	const unsigned near = near_copies(g), far = far_copies(g);
	uint64_t row = chunk * near / g->raid_disks;
	unsigned first = (unsigned)(chunk * near % g->raid_disks), n = 0;
	uint64_t at = row * (is_offset(g) ? far : 1) * g->chunk_sec;

	for (unsigned i = 0; i < near; i++) {
		unsigned slot = first;

		for (unsigned f = 0; f < far; f++) {
			out[n++] = (struct stripe_copy){ slot, at + f * stride_sec(g) };
			slot = next_far(g, slot);
		}
		if (++first >= g->raid_disks) {
			first = 0;
			at += g->chunk_sec;
		}
	}
	return n;
}

unsigned stripe_copies(const struct geometry *g, uint64_t stripe, struct stripe_copy *out)
{
	if (is_raid10(g))
		return raid10_copies_of(g, stripe, out);
	for (unsigned i = 0; i < g->raid_disks; i++)
		out[i] = (struct stripe_copy){ i, stripe * RAID1_BLOCK_SEC };
	return g->raid_disks;
}

/* --- bands --- */

static unsigned greatest_common_divisor(unsigned a, unsigned b)
{
	while (b) {
		unsigned rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

void stripe_bands(const struct geometry *g, struct stripe_bands *out)
{
	unsigned near = near_copies(g), rows;

	*out = (struct stripe_bands){ 1, stripe_block_sec(g), 1, 0, stripe_count(g) };
	if (!is_raid10(g))
		return;
	/* so many rows that near copies do not cross the end of the last */
	rows = near / greatest_common_divisor(near, g->raid_disks);
	out->stripes = MAX((uint64_t)rows * g->raid_disks / near, (uint64_t)1);
	out->band_sec = (uint64_t)rows * g->chunk_sec * (is_offset(g) ? far_copies(g) : 1);
	out->places = is_offset(g) ? 1 : far_copies(g);
	out->stride_sec = out->places > 1 ? stride_sec(g) : 0;
	out->n = (out->n + out->stripes - 1) / out->stripes;
}
