/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parity.h - the sums that RAID5 and RAID6 keep: P is the exclusive or of the data, Q the sum of
 * g^z times the block with exponent z in the field of 256 elements with the polynomial 0x11d and
 * g = 2 (linux/lib/raid6).  Pure.
 */
#ifndef PARITY_H
#define PARITY_H

#include <stddef.h>
#include <stdint.h>

/* More blocks of data than that would have the same factor. */
#define PARITY_EXPONENTS 255

uint8_t gf_mul(uint8_t a, uint8_t b);
/* g to the power of z; z is taken modulo 255. */
uint8_t gf_exp(unsigned z);
/* The z below 255 with g^z = a; a is not 0. */
unsigned gf_log(uint8_t a);

/* p ^= d */
void parity_add(uint8_t *p, const uint8_t *d, size_t len);
/* q ^= g^z * d */
void parity_add_scaled(uint8_t *q, const uint8_t *d, unsigned z, size_t len);
/*
 * P and Q (NULL: not wanted) of n blocks, data[z] with the exponent z; NULL: a block of zeros.
 * len: a multiple of PARITY_UNIT; all aligned to it.
 */
#define PARITY_UNIT 64
void parity_make(const uint8_t *const *data, unsigned n, uint8_t *p, uint8_t *q, size_t len);

/*
 * Which block of a stripe is wrong, if it is one?  dp, dq: what P and Q are and what they should be,
 * added up; n: data blocks have exponents below it.  The exponent of the block of data that explains
 * every byte, or one of:
 */
enum { PARITY_FITS = -1, PARITY_P_WRONG = -2, PARITY_Q_WRONG = -3, PARITY_UNEXPLAINED = -4 };
int parity_locate(const uint8_t *dp, const uint8_t *dq, size_t len, unsigned n);

#endif
