// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list of bad blocks: the first byte is the shift, the rest the list.
 *
 * fuzz: -max_len=600
 */
#include "badblocks-codec.h"
#include "shared.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct span s = { data + 1, n ? n - 1 : 0 };
	const unsigned shift = n ? data[0] % 64 : 0;
	struct bad_blocks b;
	size_t at = 0, found = 0;

	if (!n)
		return 0;
	while (badblocks_next(s, shift, &at, &b)) {
		const uint8_t *word = s.p + 8 * found++;
		uint64_t v = 0;

		REQUIRE(at == 8 * found && at <= s.n);
		for (size_t i = 8; i-- > 0;)
			v = v << 8 | word[i];
		REQUIRE(v != UINT64_MAX);
		if (!shift)
			REQUIRE((b.start_sec << 10 | b.count_sec) == v && b.count_sec < 1024);
	}
	REQUIRE(s.n - at < 8 || !memcmp(s.p + at, "\377\377\377\377\377\377\377\377", 8));
	return 0;
}
