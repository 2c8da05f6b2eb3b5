// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A 1.x superblock whose checksum is right, loaded for use, forced and stored.  Input: struct
 * image of shared.h.
 *
 * fuzz: -max_len=4624
 */
#include "super1.h"
#include "use.h"

/* A bitmap that is damaged is not there for who loads the superblock. */
static size_t encode(const struct super *s, uint8_t *out)
{
	size_t len;

	REQUIRE(super1_fits(&super1_of(s)->sb, s->dev_sec));
	super1_encode(&super1_of(s)->sb, out, &len);
	return super1_of(s)->bitmap_damaged ? 0 : len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct image m;

	if (image_make(&m, data, n, true) && m.format != IMAGE_0_90)
		use_and_store(&m, encode, data[0] / IMAGE_FORMATS);
	return 0;
}
