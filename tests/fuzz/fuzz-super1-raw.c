// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The 1.x codec on any bytes.  An input of less than a superblock is one that ends in zeros;
 * its last 8 bytes are also the size of a device.
 *
 * fuzz: -max_len=4160
 */
#include <string.h>

#include "shared.h"
#include "super1-codec.h"
#include "util.h"

/* What counts comes back; the rest up to the sector's end too, zeros behind it. */
static void check_round(const struct super1 *sb, const uint8_t bytes[SUPER1_BYTES])
{
	static const uint8_t zeros[SUPER1_BYTES];
	uint8_t out[SUPER1_BYTES], want[SUPER1_BYTES];
	struct super1 again;
	size_t n;

	super1_encode(sb, out, &n);
	REQUIRE(n % 512 == 0 && n >= super1_bytes(sb->max_dev) && n <= SUPER1_BYTES);
	memcpy(want, bytes, sizeof(want));
	mend_super1(want);
	REQUIRE(!memcmp(out, want, n) && !memcmp(out + n, zeros, sizeof(out) - n));
	memset(&again, 0, sizeof(again));
	REQUIRE(!super1_decode((struct span){ out, sizeof(out) }, sb->super_offset_sec, &again,
			       NULL));
	REQUIRE(again.stored_checksum ==
		super1_checksum((struct span){ out, sizeof(out) }, sb->max_dev));
	again.stored_checksum = sb->stored_checksum;
	REQUIRE(!memcmp(&again, sb, offsetof(struct super1, role)));
	REQUIRE(!memcmp(again.role, sb->role, n - SUPER1_HEAD_BYTES));
}

static void check_places(uint64_t dev)
{
	for (int minor = 0; minor <= 2; minor++) {
		uint64_t at = super1_place_sec(minor, dev);

		REQUIRE(at == UINT64_MAX ? dev < 24 : at % 8 == 0 && at <= dev && dev - at >= 16);
	}
	REQUIRE(super1_place_sec(3, dev) == UINT64_MAX);
}

static void check_says(const struct super1 *sb, uint64_t dev)
{
	uint64_t before;
	int64_t after;
	int minor = super1_minor(sb);

	REQUIRE(minor >= 0 && minor <= 2);
	REQUIRE(super1_role_of(sb, sb->max_dev) == SUPER1_ROLE_SPARE);
	REQUIRE(super1_role_of(sb, UINT32_MAX) == SUPER1_ROLE_SPARE);
	(void)super1_role_of(sb, sb->dev_number);
	super1_unused_sec(sb, dev, sb->events, &before, &after);
	REQUIRE(before <= sb->data_offset_sec);
}

/* What lies beside it on a new member: nothing yet, of this array and no other. */
static void check_empty_logs(const struct super1 *sb)
{
	struct uuid other = sb->set_uuid;
	uint8_t one[SUPER1_PPL_HEAD_BYTES], two[SUPER1_PPL_HEAD_BYTES];

	other.b[0] ^= 1;
	super1_empty_ppl(&sb->set_uuid, one);
	super1_empty_ppl(&other, two);
	REQUIRE(one[0] == 0xff && one[511] == 0xff && memcmp(one + 512, two + 512, 4) != 0);
	_Static_assert(SUPER1_JOURNAL_BYTES == SUPER1_PPL_HEAD_BYTES, "one place for both");
	super1_empty_journal(&sb->set_uuid, sb->dev_number, one);
	super1_empty_journal(&other, sb->dev_number, two);
	REQUIRE(memcmp(one + 4, two + 4, 4) != 0 && !memcmp(one + 8, two + 8, sizeof(one) - 8));
}

static void check_short(const uint8_t *data, size_t n)
{
	struct err why = { "" };
	struct super1 sb;

	REQUIRE(super1_decode((struct span){ data, n }, 0, &sb, &why) < 0 && why.text[0]);
	REQUIRE(n >= SUPER1_HEAD_BYTES || !super1_checksum((struct span){ data, n }, 0));
	REQUIRE(!super1_checksum((struct span){ data, n }, SUPER1_MAX_DEVS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct feed f = { data, n }, tail = { data + n - MIN(n, 8u), MIN(n, 8u) };
	uint8_t bytes[SUPER1_BYTES];
	struct err why = { "" };
	struct super1 sb;
	uint64_t dev = feed_number(&tail, 8);
	int rc;

	if (n < SUPER1_BYTES)
		check_short(data, n);
	check_places(dev);
	feed_bytes(&f, bytes, sizeof(bytes));
	memset(&sb, 0, sizeof(sb));
	rc = super1_decode((struct span){ bytes, sizeof(bytes) }, UINT64_MAX, &sb, &why);
	REQUIRE(rc == 0 || rc == SUPER1_ABSENT || why.text[0]);
	if (rc)
		return 0;
	REQUIRE(sb.max_dev <= SUPER1_MAX_DEVS && sb.raid_disks <= SUPER1_MAX_DEVS);
	/* read elsewhere it is none; the greatest number asks for no place */
	if (sb.super_offset_sec != UINT64_MAX - 1)
		REQUIRE(super1_decode((struct span){ bytes, sizeof(bytes) },
				      sb.super_offset_sec + 1, &sb, NULL) == SUPER1_ABSENT);
	check_round(&sb, bytes);
	check_says(&sb, dev);
	check_empty_logs(&sb);
	return 0;
}
