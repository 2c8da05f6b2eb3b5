// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The 0.90 codec on any bytes, of any length.
 *
 * fuzz: -max_len=4160
 */
#include <string.h>

#include "shared.h"
#include "super0-codec.h"

static void check_round(const struct super0 *sb, const uint8_t *data)
{
	uint8_t out[SUPER0_BYTES], want[SUPER0_BYTES];
	struct super0 again;

	super0_encode(sb, out);
	memcpy(want, data, sizeof(want));
	mend_super0(want);
	REQUIRE(!memcmp(out, want, sizeof(out)));
	memset(&again, 0, sizeof(again));
	REQUIRE(!super0_decode((struct span){ out, sizeof(out) }, &again, NULL));
	REQUIRE(again.stored_checksum == super0_checksum((struct span){ out, sizeof(out) }));
	memcpy(again.raw, sb->raw, sizeof(again.raw));
	again.stored_checksum = sb->stored_checksum;
	REQUIRE(!memcmp(&again, sb, sizeof(again)));
}

/* Place and size of a device: the first bytes serve as a number. */
static void check_place(const uint8_t *data, size_t n)
{
	struct feed f = { data, n };
	uint64_t dev = feed_number(&f, 8), at = super0_place_sec(dev);

	REQUIRE(at == UINT64_MAX ? dev < 128 : at % 128 == 0 && at < dev && dev - at >= 128 &&
		dev - at < 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct super0 sb;
	struct err why = { "" };
	int rc;

	memset(&sb, 0, sizeof(sb));
	rc = super0_decode((struct span){ data, n }, &sb, &why);
	REQUIRE(rc == 0 || rc == SUPER0_ABSENT || why.text[0]);
	check_place(data, n);
	if (n < SUPER0_BYTES)
		REQUIRE(rc < 0 && !super0_checksum((struct span){ data, n }));
	if (rc)
		return 0;
	REQUIRE(sb.nr_disks <= SUPER0_MAX_DEVS && sb.raid_disks <= SUPER0_MAX_DEVS);
	REQUIRE(sb.this_disk.number < SUPER0_MAX_DEVS);
	check_round(&sb, data);
	return 0;
}
