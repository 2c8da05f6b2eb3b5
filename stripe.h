/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stripe.h - which member holds which block of a stripe.  Pure.
 *
 * A stripe is what is kept together: of RAID4, 5 and 6 a chunk of each member at one place, of RAID10
 * a chunk of the array and its copies, of RAID1 64 KiB.  They count from 0.  Places on a member
 * are sectors from where its data begins.
 */
#ifndef STRIPE_H
#define STRIPE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "geometry.h"

#define STRIPE_SLOTS 2048

/* Can stripe_* be asked about it?  0, or -EINVAL with what is not known of it. */
int stripe_known(const struct geometry *g, struct err *why);

/* Sectors of one block; stripes that there are. */
uint32_t stripe_block_sec(const struct geometry *g);
uint64_t stripe_count(const struct geometry *g);
/* The sectors of the array that the stripe holds. */
uint64_t stripe_array_sec(const struct geometry *g, uint64_t stripe, uint64_t *len_sec);

/* RAID4, 5, 6: the slots. */
struct stripe_row {
	int p, q;                    /* q -1: there is none */
	unsigned n_data;
	uint16_t data[STRIPE_SLOTS]; /* in the order of the array */
	uint8_t exponent[STRIPE_SLOTS]; /* of these, for Q */
	unsigned n_exponent;         /* exponents are below it */
};
void stripe_row(const struct geometry *g, uint64_t stripe, struct stripe_row *out);

/* RAID1, RAID10: the copies, at most raid_disks.  Returns how many. */
struct stripe_copy {
	unsigned slot;
	uint64_t at_sec;
};
unsigned stripe_copies(const struct geometry *g, uint64_t stripe, struct stripe_copy *out);

/*
 * Stripes lie on the members in rows: so many of them are a band, which takes as many sectors at the
 * same places of each member.  Bands follow each other; with far copies a band has several places.
 */
struct stripe_bands {
	uint64_t stripes;            /* in a band */
	uint64_t band_sec;           /* on each member, at each place */
	unsigned places;
	uint64_t stride_sec;         /* from one place to the next */
	uint64_t n;                  /* bands; the last may not be full */
};
void stripe_bands(const struct geometry *g, struct stripe_bands *out);

#endif
