// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A 0.90 superblock whose checksum is right, loaded for use, forced and stored.  Input: struct
 * image of shared.h.
 *
 * fuzz: -max_len=4624
 */
#include "super0.h"
#include "use.h"

static size_t encode(const struct super *s, uint8_t *out)
{
	super0_encode(&super0_of(s)->sb, out);
	return SUPER0_BYTES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct image m;

	if (image_make(&m, data, n, true) && m.format == IMAGE_0_90)
		use_and_store(&m, encode, data[0] / IMAGE_FORMATS);
	return 0;
}
