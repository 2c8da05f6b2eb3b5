// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A 0.90 superblock whose checksum is right, loaded for use, forced and stored.  Input: struct
 * image of shared.h.
 *
 * fuzz: -max_len=4624
 */
#include <string.h>

#include "super0.h"
#include "use.h"

/* What is stored is loaded again, and says what was forced. */
static void check_stored(struct image *m, const struct super *s)
{
	struct super *again;

	super0_encode(&super0_of(s)->sb, m->super);
	again = use_member(m);
	REQUIRE(again && super0_of(again)->sb.events == super0_of(s)->sb.events);
	super_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct image m;
	struct super *s;
	uint8_t out[SUPER0_BYTES];

	if (!image_make(&m, data, n, true) || m.format != IMAGE_0_90)
		return 0;
	s = use_member(&m);
	if (!s)
		return 0;
	super0_encode(&super0_of(s)->sb, out);
	REQUIRE(!memcmp(out, m.super, sizeof(out)));
	use_force(&m, s, data[0] / IMAGE_FORMATS);
	check_stored(&m, s);
	super_free(s);
	return 0;
}
