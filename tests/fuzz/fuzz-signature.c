// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * File systems and partition tables.  What is longer than 2 KiB continues at byte 65536, so
 * that inputs stay short.
 *
 * fuzz: -max_len=2200
 */
#include <stdlib.h>
#include <string.h>

#include "shared.h"
#include "signature.h"

#define NEAR_BYTES 2048
#define FAR_AT 65536

/* An allocation of its own: the sanitizer sees each byte that is read behind the end. */
static struct span spread(const uint8_t *data, size_t n)
{
	struct span s = { malloc(n > NEAR_BYTES ? FAR_AT + n - NEAR_BYTES : n + !n), n };
	uint8_t *p = (uint8_t *)s.p;

	if (n <= NEAR_BYTES) {
		memcpy(p, data, n);
		return s;
	}
	s.n = FAR_AT + n - NEAR_BYTES;
	memset(p, 0, s.n);
	memcpy(p, data, NEAR_BYTES);
	memcpy(p + FAR_AT, data + NEAR_BYTES, n - NEAR_BYTES);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span s = spread(data, n);
	struct ext_info ext;
	uint64_t end_sec;

	if (signature_ext(s, &ext))
		REQUIRE(s.n >= 2048 && ext.size_kib <= (uint64_t)UINT32_MAX << 6 &&
			ext.mtime >= 0 && ext.mtime <= UINT32_MAX);
	if (signature_reiserfs(s))
		REQUIRE(s.n > FAR_AT);
	if (signature_mbr(s, &end_sec))
		REQUIRE(s.n >= 512 && end_sec <= 2 * (uint64_t)UINT32_MAX);
	free((void *)s.p);
	return 0;
}
