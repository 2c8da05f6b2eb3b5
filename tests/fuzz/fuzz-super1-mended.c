// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A 1.x superblock whose checksum is right, loaded for use, forced and stored.  Input: struct
 * image of shared.h.
 *
 * fuzz: -max_len=4624
 */
#include <string.h>

#include "super1.h"
#include "use.h"

/* What is stored is loaded again, and says what was forced. */
static void check_stored(struct image *m, const struct super *s)
{
	struct super *again;
	size_t n;

	super1_encode(&super1_of(s)->sb, m->super, &n);
	again = use_member(m);
	REQUIRE(again && super1_of(again)->sb.events == super1_of(s)->sb.events);
	super_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct image m;
	struct super *s;
	uint8_t out[SUPER1_BYTES];
	size_t len;

	if (!image_make(&m, data, n, true) || m.format == IMAGE_0_90)
		return 0;
	s = use_member(&m);
	if (!s)
		return 0;
	REQUIRE(super1_fits(&super1_of(s)->sb, m.dev.size_sec));
	super1_encode(&super1_of(s)->sb, out, &len);
	if (!super1_of(s)->bitmap_damaged)
		REQUIRE(!memcmp(out, m.super, len));
	use_force(&m, s, data[0] / IMAGE_FORMATS);
	check_stored(&m, s);
	super_free(s);
	return 0;
}
