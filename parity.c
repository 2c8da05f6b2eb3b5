// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parity.c - P and Q computed, and the one wrong block found by them.  Pure.
 *
 * With D the wrong block and z its exponent, P + P' = D + D' and Q + Q' = g^z (D + D'), so that
 * z = log(Q + Q') - log(P + P'), in each byte that differs.
 */
#include <stdbool.h>
#include <string.h>

#include "parity.h"

#define POLYNOMIAL 0x1d /* less x^8 */


/* 32 bytes: one register where there is AVX2, two of SSE2, or what else the machine has. */
typedef uint8_t lane __attribute__((vector_size(PARITY_UNIT / 2), may_alias));
typedef int8_t signed_lane __attribute__((vector_size(PARITY_UNIT / 2)));

/* Each byte times g: twice the byte, and the polynomial where the top bit falls out. */
#define TWICE(v) (((v) + (v)) ^ (lane)(((signed_lane)(v) < 0) & POLYNOMIAL))
#define ALWAYS_INLINE static inline __attribute__((always_inline))

static uint8_t times_g(uint8_t a)
{
	return (uint8_t)(a << 1 ^ (a & 0x80 ? POLYNOMIAL : 0));
}

uint8_t gf_mul(uint8_t a, uint8_t b)
{
	uint8_t sum = 0;

	for (; b; b >>= 1, a = times_g(a))
		if (b & 1)
			sum ^= a;
	return sum;
}

uint8_t gf_exp(unsigned z)
{
	uint8_t a = 1;

	for (z %= 255; z; z--)
		a = times_g(a);
	return a;
}

unsigned gf_log(uint8_t a)
{
	unsigned z = 0;

	for (uint8_t power = 1; power != a && z < 255; z++)
		power = times_g(power);
	return z;
}

void parity_add(uint8_t *p, const uint8_t *d, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] ^= d[i];
}

void parity_add_scaled(uint8_t *q, const uint8_t *d, unsigned z, size_t len)
{
	const uint8_t factor = gf_exp(z);
	uint8_t row[256];

	for (unsigned i = 0; i < 256; i++)
		row[i] = gf_mul((uint8_t)i, factor);
	for (size_t i = 0; i < len; i++)
		q[i] ^= row[d[i]];
}

/* By Horner's rule, from the highest exponent down. */
ALWAYS_INLINE void make_both(const uint8_t *const *data, unsigned n, size_t at, uint8_t *p_out,
			     uint8_t *q_out)
{
	lane p0 = { 0 }, p1 = { 0 }, q0 = { 0 }, q1 = { 0 };

	for (unsigned z = n; z-- > 0;) {
		const lane *d = (const lane *)data[z];

		q0 = TWICE(q0);
		q1 = TWICE(q1);
		if (d) {
			const lane *from = d + at / sizeof(*d);

			p0 ^= from[0];
			p1 ^= from[1];
			q0 ^= from[0];
			q1 ^= from[1];
		}
	}
	((lane *)(p_out + at))[0] = p0;
	((lane *)(p_out + at))[1] = p1;
	((lane *)(q_out + at))[0] = q0;
	((lane *)(q_out + at))[1] = q1;
}

ALWAYS_INLINE void make_p(const uint8_t *const *data, unsigned n, size_t at, uint8_t *p_out)
{
	lane p0 = { 0 }, p1 = { 0 };

	for (unsigned z = 0; z < n; z++) {
		const lane *d = (const lane *)data[z];

		if (d) {
			p0 ^= d[at / sizeof(*d)];
			p1 ^= d[at / sizeof(*d) + 1];
		}
	}
	((lane *)(p_out + at))[0] = p0;
	((lane *)(p_out + at))[1] = p1;
}

ALWAYS_INLINE void make(const uint8_t *const *data, unsigned n, uint8_t *p, uint8_t *q, size_t len)
{
	for (size_t at = 0; at < len; at += PARITY_UNIT)
		if (q)
			make_both(data, n, at, p, q);
		else
			make_p(data, n, at, p);
}

#ifdef __x86_64__
__attribute__((target("avx2")))
static void make_avx2(const uint8_t *const *data, unsigned n, uint8_t *p, uint8_t *q, size_t len)
{
	make(data, n, p, q, len);
}
#endif

void parity_make(const uint8_t *const *data, unsigned n, uint8_t *p, uint8_t *q, size_t len)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2")) {
		make_avx2(data, n, p, q, len);
		return;
	}
#endif
	make(data, n, p, q, len);
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	return !len || (!bytes[0] && !memcmp(bytes, bytes + 1, len - 1));
}

int parity_locate(const uint8_t *dp, const uint8_t *dq, size_t len, unsigned n)
{
	const bool p_fits = is_zero(dp, len), q_fits = is_zero(dq, len);
	uint8_t factor;
	unsigned z;
	size_t i = 0;

	if (p_fits || q_fits)
		return p_fits && q_fits ? PARITY_FITS : p_fits ? PARITY_Q_WRONG : PARITY_P_WRONG;
	while (!dp[i])
		i++;
	if (!dq[i])
		return PARITY_UNEXPLAINED;
	z = (gf_log(dq[i]) + 255 - gf_log(dp[i])) % 255;
	if (z >= n)
		return PARITY_UNEXPLAINED;
	factor = gf_exp(z);
	for (i = 0; i < len; i++)
		if (dq[i] != gf_mul(dp[i], factor))
			return PARITY_UNEXPLAINED;
	return (int)z;
}
