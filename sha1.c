// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sha1.c - SHA-1 after FIPS 180-4, the whole message at once.
 */
#include <stdio.h>
#include <string.h>

#include "sha1.h"

#define BLOCK 64

typedef uint32_t quad __attribute__((vector_size(16)));

static uint32_t rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* f and K of FIPS 180-4, 4.1.1 and 4.2.1, added. */
static inline uint32_t round_value(int quarter, uint32_t b, uint32_t c, uint32_t d)
{
	switch (quarter) {
	case 0:
		return (d ^ (b & (c ^ d))) + 0x5a827999;
	case 1:
		return (b ^ c ^ d) + 0x6ed9eba1;
	case 2:
		return ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
	}
	return (b ^ c ^ d) + 0xca62c1d6;
}

/*
 * Twenty rounds.  After five of them every variable is in its place again, so that none is moved;
 * the quarter is a constant where this is inlined.
 */
static inline __attribute__((always_inline)) void quarter_rounds(uint32_t v[5], const uint32_t *w,
								 int quarter)
{
	for (int t = 0; t < 20; t += 5)
#pragma GCC unroll 5
		for (int k = 0; k < 5; k++) {
			uint32_t *b = &v[(6 - k) % 5];

			v[(9 - k) % 5] += rotl(v[(5 - k) % 5], 5) + w[t + k] +
					  round_value(quarter, *b, v[(7 - k) % 5], v[(8 - k) % 5]);
			*b = rotl(*b, 30);
		}
}

static quad four(const uint32_t *w)
{
	quad q;

	memcpy(&q, w, sizeof(q));
	return q;
}

/* W of 16 to 79, four at once; the last of four needs the first one, which is not there yet. */
static void extend(uint32_t w[80])
{
	for (int t = 16; t < 80; t += 4) {
		quad q;

		w[t] = 0;
		q = four(w + t - 3) ^ four(w + t - 8) ^ four(w + t - 14) ^ four(w + t - 16);
		q = q << 1 | q >> 31;
		memcpy(w + t, &q, sizeof(q));
		w[t + 3] ^= rotl(w[t], 1);
	}
}

static void sha1_block(uint32_t h[5], const uint8_t block[BLOCK])
{
	uint32_t w[80], v[5];

	for (int t = 0; t < 16; t++)
		w[t] = get_be32(block + 4 * t);
	extend(w);
	memcpy(v, h, sizeof(v));
	quarter_rounds(v, w, 0);
	quarter_rounds(v, w + 20, 1);
	quarter_rounds(v, w + 40, 2);
	quarter_rounds(v, w + 60, 3);
	for (int i = 0; i < 5; i++)
		h[i] += v[i];
}

/* The last one or two blocks: what is left, a one bit, zeros, the length in bits. */
static void sha1_tail(uint32_t h[5], const uint8_t *p, size_t left, uint64_t bits)
{
	uint8_t tail[2 * BLOCK] = { 0 };
	size_t n = left + 9 > BLOCK ? 2 * BLOCK : BLOCK;

	if (left)
		memcpy(tail, p, left);
	tail[left] = 0x80;
	put_be32(tail + n - 8, (uint32_t)(bits >> 32));
	put_be32(tail + n - 4, (uint32_t)bits);
	sha1_block(h, tail);
	if (n > BLOCK)
		sha1_block(h, tail + BLOCK);
}

void sha1(const void *p, size_t n, uint8_t out[20])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	const uint8_t *at = p;
	size_t left = n;

	for (; left >= BLOCK; left -= BLOCK, at += BLOCK)
		sha1_block(h, at);
	sha1_tail(h, at, left, (uint64_t)n * 8);
	for (int i = 0; i < 5; i++)
		put_be32(out + 4 * i, h[i]);
}

void sha1_text(const void *p, size_t n, char out[SHA1_TEXT])
{
	uint8_t hash[20];

	sha1(p, n, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}
