// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of bad blocks: words in, sectors out. */
#include "badblocks-codec.h"
#include "unit.h"
#include "util.h"

#define ENTRY(start, length) ((uint64_t)(start) << 10 | (length))

static size_t list(const uint64_t *word, size_t bytes, unsigned shift, struct bad_blocks *out)
{
	uint8_t log[64];
	size_t at = 0, n = 0;

	for (size_t i = 0; i < sizeof(log); i++)
		log[i] = (uint8_t)(word[i / 8] >> (i % 8 * 8));
	while (n < 8 && badblocks_next((struct span){ log, bytes }, shift, &at, &out[n]))
		n++;
	return n;
}

int main(void)
{
	const uint64_t ended[8] = { ENTRY(1000, 8), ENTRY(5, 0), UINT64_MAX, ENTRY(9, 1) };
	const uint64_t full[8] = { ENTRY(1, 1), ENTRY(2, 1), ENTRY(3, 1), ENTRY(4, 1), ENTRY(5, 1),
				   ENTRY(6, 1), ENTRY(7, 1), UINT64_MAX - 1 };
	struct bad_blocks b[8];

	CHECK(list(ended, 64, 0, b) == 2, "all ones end the list");
	CHECK(b[0].start_sec == 1000 && b[0].count_sec == 8, "start and length");
	CHECK(b[1].start_sec == 5 && b[1].count_sec == 0, "a length of 0 is told");
	CHECK(list(ended, 64, 3, b) == 2 && b[0].start_sec == 8000 && b[0].count_sec == 64,
	      "both are in units of the shift");
	CHECK(list(full, 64, 0, b) == 8, "a list without an end ends with its bytes");
	CHECK(b[7].start_sec == UINT64_MAX >> 10 && b[7].count_sec == 1022, "the largest entry");
	CHECK(list(full, 15, 0, b) == 1, "half a word is none");
	CHECK(list(full, 0, 0, b) == 0, "no bytes");
	CHECK(list(full, 64, 63, b) == 8 && b[0].start_sec == 1ULL << 63, "the largest shift");
	return unit_done();
}
