// SPDX-License-Identifier: GPL-2.0-or-later
/* The 0.90 superblock: a real one, refusals, hostile bytes. */
#include <errno.h>

#include "sha1.h"
#include "super0-codec.h"
#include "unit.h"
#include "util.h"

/*
 * First member of a RAID5 of three with a spare, home host "host", made and run by the tools
 * of Debian 12 on a device of 40960 sectors: the words that are not zero.  As numbers of a
 * little-endian host, where the low half of a 64-bit number comes first.
 */
static const struct {
	unsigned word;
	uint32_t value;
} real[] = {
	{ 0, 0xa92b4efc }, { 2, 0x5a }, { 5, 0xc5389f12 }, { 6, 0x6b016c4e }, { 7, 0x5 },
	{ 8, 0x4fc0 }, { 9, 0x4 }, { 10, 0x3 }, { 11, 0x7 }, { 13, 0x3e4e4e17 },
	{ 14, 0xf41cdd86 }, { 15, 0x4e94251 }, { 32, 0x6b016c4f }, { 33, 0x1 }, { 34, 0x3 },
	{ 35, 0x4 }, { 37, 0x1 }, { 38, 0x7bbc8547 }, { 39, 0x13 }, { 41, 0x13 },
	{ 43, 0xffffffff }, { 64, 0x2 }, { 65, 0x10000 }, { 129, 0x7 }, { 132, 0x6 },
	{ 160, 0x1 }, { 161, 0x7 }, { 162, 0x1 }, { 163, 0x1 }, { 164, 0x6 },
	{ 192, 0x2 }, { 193, 0x7 }, { 194, 0x2 }, { 195, 0x2 }, { 196, 0x6 },
	{ 224, 0x3 }, { 225, 0x7 }, { 226, 0x3 }, { 227, 0x3 }, { 993, 0x7 },
	{ 996, 0x6 },
};

static void put_word(uint8_t *bytes, unsigned word, uint32_t value)
{
	memcpy(bytes + 4 * word, &value, 4);
}

static void whole(uint8_t out[SUPER0_BYTES])
{
	memset(out, 0, SUPER0_BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(real); i++)
		put_word(out, real[i].word, real[i].value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (unsigned word = 39; word <= 41; word += 2) {
		memcpy(out + 4 * word + 4, out + 4 * word, 4);
		put_word(out, word, 0);
	}
	put_word(out, 38, super0_checksum((struct span){ out, SUPER0_BYTES }));
#endif
}

static struct span span_of(const uint8_t *bytes)
{
	return (struct span){ bytes, SUPER0_BYTES };
}

static bool comes_back(const struct super0 *sb, const uint8_t in[SUPER0_BYTES])
{
	uint8_t out[SUPER0_BYTES];

	super0_encode(sb, out);
	return !memcmp(in, out, SUPER0_BYTES);
}

static void test_real(void)
{
	static const struct super0_disk first = { 0, 7, 0, 0, 6 }, spare = { 3, 7, 3, 3, 0 };
	uint8_t bytes[SUPER0_BYTES];
	char uuid[UUID_TEXT];
	struct super0 sb;

	whole(bytes);
	CHECK(!super0_decode(span_of(bytes), &sb, NULL), "0.90 of another writer");
	uuid_format(&sb.uuid, ':', uuid);
	CHECK_TEXT(uuid, "c5389f12:3e4e4e17:f41cdd86:04e94251");
	CHECK(sb.minor_version == 90 && sb.level == 5 && sb.size_kib == 20416 &&
	      sb.nr_disks == 4 && sb.raid_disks == 3 && sb.md_minor == 7 && sb.layout == 2 &&
	      sb.chunk_bytes == 65536 && !sb.not_persistent, "what the array is");
	CHECK(sb.ctime == 1795255374 && sb.utime == 1795255375 && sb.state == SUPER0_CLEAN &&
	      sb.active == 3 && sb.working == 4 && sb.failed == 0 && sb.spare == 1 &&
	      sb.events == 19 && sb.checkpoint_events == 19 && sb.recovery_cp_sec == UINT32_MAX,
	      "what its state is");
	CHECK(!memcmp(&sb.this_disk, &first, sizeof(first)) &&
	      !memcmp(&sb.disk[0], &first, sizeof(first)) &&
	      !memcmp(&sb.disk[3], &spare, sizeof(spare)), "what its devices are");
	CHECK(sb.stored_checksum == super0_checksum(span_of(bytes)), "its checksum");
	CHECK(comes_back(&sb, bytes), "encode gives the bytes back");
}

/* Words 2 and 3 of the identity are the first bytes of the hash, as they lie in memory. */
static void test_home(void)
{
	uint8_t digest[20], bytes[SUPER0_BYTES];

	whole(bytes);
	sha1("host", 4, digest);
	CHECK(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ || !memcmp(bytes + 4 * 14, digest, 8),
	      "home host in the identity");
}

static int decode_with(unsigned word, uint32_t value, struct err *why)
{
	uint8_t bytes[SUPER0_BYTES];
	struct super0 sb;

	whole(bytes);
	put_word(bytes, word, value);
	return super0_decode(span_of(bytes), &sb, why);
}

static void test_refusals(void)
{
	uint8_t bytes[SUPER0_BYTES] = { 0 };
	struct super0 sb;
	struct err why = { "" };

	CHECK(decode_with(0, 0xfc4e2ba9, &why) == SUPER0_ABSENT, "the other byte order");
	CHECK(decode_with(1, 1, &why) == SUPER0_ABSENT && !*why.text, "another major version");
	CHECK(decode_with(38, 0, &why) == 0, "a wrong checksum is kept");
	CHECK(decode_with(9, 27, &why) == 0 && decode_with(10, 27, &why) == 0 &&
	      decode_with(992, 26, &why) == 0 && !*why.text, "the greatest numbers");
	CHECK(decode_with(9, 28, &why) == -EINVAL && *why.text, "too many devices");
	CHECK(decode_with(10, 28, &why) == -EINVAL, "too many raid devices");
	CHECK(decode_with(992, 27, &why) == -EINVAL, "number of this device too high");
	CHECK(decode_with(992, UINT32_MAX, &why) == -EINVAL, "number of this device negative");
	CHECK(super0_decode((struct span){ bytes, SUPER0_BYTES - 1 }, &sb, &why) == -EINVAL,
	      "one byte short");
	CHECK(super0_decode((struct span){ NULL, 0 }, &sb, &why) == -EINVAL, "nothing at all");
	CHECK(super0_checksum((struct span){ bytes, SUPER0_BYTES - 1 }) == 0,
	      "checksum of too few bytes");
}

static void test_new(void)
{
	struct super0 sb = {
		.minor_version = 91, .level = -1, .delta_disks = -2, .events = 0x100000002ULL,
		.reshape_position_sec = 0x300000004ULL,
		.uuid = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } },
	}, back;
	uint8_t bytes[SUPER0_BYTES];
	uint64_t pair;

	super0_encode(&sb, bytes);
	CHECK(!super0_decode(span_of(bytes), &back, NULL) && back.minor_version == 91 &&
	      back.level == -1 && back.delta_disks == -2 && back.events == sb.events &&
	      back.reshape_position_sec == sb.reshape_position_sec &&
	      uuid_equal(&back.uuid, &sb.uuid), "a new superblock");
	memcpy(&pair, bytes + 4 * 39, 8);
	CHECK(pair == sb.events, "events are 64 bits of the host");
	CHECK(back.stored_checksum == super0_checksum(span_of(bytes)), "a fresh checksum");
}

static void test_places(void)
{
	CHECK(super0_place_sec(40960) == 40832 && super0_place_sec(41087) == 40832 &&
	      super0_place_sec(128) == 0 && super0_place_sec(255) == 0, "place");
	CHECK(super0_place_sec(127) == UINT64_MAX && super0_place_sec(0) == UINT64_MAX,
	      "device too small");
}

static void test_any_bytes(void)
{
	uint64_t state = 1;
	uint8_t bytes[SUPER0_BYTES];
	unsigned lost = 0, good = 0;
	struct super0 sb;

	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < SUPER0_BYTES; i += 8) {
			uint64_t v = unit_random(&state);

			memcpy(bytes + i, &v, 8);
		}
		put_word(bytes, 0, 0xa92b4efc);
		put_word(bytes, 1, 0);
		put_word(bytes, 9, (uint32_t)(unit_random(&state) % 29));
		put_word(bytes, 10, (uint32_t)(unit_random(&state) % 29));
		put_word(bytes, 992, (uint32_t)(unit_random(&state) % 29));
		put_word(bytes, 38, super0_checksum(span_of(bytes)));
		if (super0_decode(span_of(bytes), &sb, NULL))
			continue;
		good++;
		lost += !comes_back(&sb, bytes);
	}
	CHECK(good > 1000 && !lost, "decode and encode lose nothing");
}

int main(void)
{
	test_real();
	test_home();
	test_refusals();
	test_new();
	test_places();
	test_any_bytes();
	return unit_done();
}
