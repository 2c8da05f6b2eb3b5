// SPDX-License-Identifier: GPL-2.0-or-later
/* P, Q and the wrong block that they find. */
#include "parity.h"
#include "unit.h"
#include "util.h"

#define BYTES 512
#define DISKS 9

static uint8_t block[DISKS][BYTES] __attribute__((aligned(PARITY_UNIT)));
static uint8_t p[BYTES] __attribute__((aligned(PARITY_UNIT)));
static uint8_t q[BYTES] __attribute__((aligned(PARITY_UNIT)));
static uint8_t dp[BYTES] __attribute__((aligned(PARITY_UNIT)));
static uint8_t dq[BYTES] __attribute__((aligned(PARITY_UNIT)));
static const uint8_t *data[DISKS];

static void test_field(void)
{
	bool all = true;

	/* linux/lib/raid6/tables.c: gfexp, gflog */
	CHECK(gf_exp(8) == 0x1d && gf_exp(9) == 0x3a && gf_exp(255) == 1, "powers of 2");
	CHECK(gf_log(1) == 0 && gf_log(0x1d) == 8 && gf_log(0x8e) == 254, "logarithms");
	CHECK(gf_mul(0, 7) == 0 && gf_mul(0x80, 2) == 0x1d && gf_mul(3, 7) == 9, "products");
	for (unsigned a = 1; a < 256; a++)
		all &= gf_exp(gf_log((uint8_t)a)) == a;
	CHECK(all, "exp(log(a)) is a");
}

static void fill(uint64_t *seed)
{
	for (unsigned z = 0; z < DISKS; z++) {
		data[z] = block[z];
		for (unsigned i = 0; i < BYTES; i++)
			block[z][i] = (uint8_t)unit_random(seed);
	}
	parity_make(data, DISKS, p, q, BYTES);
}

static void test_sums(void)
{
	uint8_t p1[BYTES] = { 0 }, q1[BYTES] = { 0 };
	uint64_t seed = 1;

	fill(&seed);
	for (unsigned z = 0; z < DISKS; z++) {
		parity_add(p1, block[z], BYTES);
		parity_add_scaled(q1, block[z], z, BYTES);
	}
	CHECK(!memcmp(p, p1, BYTES), "P is the sum");
	CHECK(!memcmp(q, q1, BYTES), "Q is the scaled sum");
	parity_make(data, DISKS, dp, NULL, BYTES);
	CHECK(!memcmp(p, dp, BYTES), "P alone");
	memset(block[4], 0, BYTES);
	parity_make(data, DISKS, p, q, BYTES);
	data[4] = NULL;
	parity_make(data, DISKS, dp, dq, BYTES);
	CHECK(!memcmp(p, dp, BYTES) && !memcmp(q, dq, BYTES), "NULL is a block of zeros");
}

/* What is on the disk, and what should be there. */
static int locate(void)
{
	parity_make(data, DISKS, dp, dq, BYTES);
	parity_add(dp, p, BYTES);
	parity_add(dq, q, BYTES);
	return parity_locate(dp, dq, BYTES, DISKS);
}

static void test_locate(void)
{
	uint64_t seed = 2;
	bool right = true;

	fill(&seed);
	CHECK(locate() == PARITY_FITS, "nothing is wrong");
	for (unsigned z = 0; z < DISKS; z++) {
		for (unsigned n = 1; n <= BYTES; n = n * 2 + 1) {
			for (unsigned i = 0; i < n; i++)
				block[z][i] ^= 1 | (uint8_t)unit_random(&seed);
			right &= locate() == (int)z;
			parity_make(data, DISKS, p, q, BYTES);
		}
	}
	CHECK(right, "each block of data is found");
	p[511] ^= 1;
	CHECK(locate() == PARITY_P_WRONG, "P is found");
	p[511] ^= 1;
	q[0] ^= 0x80;
	CHECK(locate() == PARITY_Q_WRONG, "Q is found");
	block[3][9] ^= 4;
	CHECK(locate() == PARITY_UNEXPLAINED, "Q and data, in other bytes");
	q[0] ^= 0x80;
	block[5][10] ^= 4;
	CHECK(locate() == PARITY_UNEXPLAINED, "two blocks of data");
}

static void test_outside(void)
{
	uint64_t seed = 3;

	fill(&seed);
	block[8][0] ^= 9;
	parity_make(data, DISKS, dp, dq, BYTES);
	parity_add(dp, p, BYTES);
	parity_add(dq, q, BYTES);
	CHECK(parity_locate(dp, dq, BYTES, 9) == 8, "the last block");
	CHECK(parity_locate(dp, dq, BYTES, 8) == PARITY_UNEXPLAINED, "no block has that exponent");
}

int main(void)
{
	test_field();
	test_sums();
	test_locate();
	test_outside();
	return unit_done();
}
