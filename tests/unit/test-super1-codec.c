// SPDX-License-Identifier: GPL-2.0-or-later
/* The 1.x superblock: a real one, refusals, hostile bytes. */
#include <errno.h>

#include "super1-codec.h"
#include "unit.h"
#include "util.h"

/*
 * First member of a RAID1 of two with a spare and an internal bitmap, made and run by the
 * tools of Debian 12 on a device of 40960 sectors. The roles that follow are all 0xffff up to
 * byte 512; zeros after that.
 */
static const uint8_t real12[] = {
	0xfc, 0x4e, 0x2b, 0xa9, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
	0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x68, 0x6f, 0x73, 0x74,
	0x3a, 0x66, 0x69, 0x72, 0x73, 0x74, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x4c, 0x6c, 0x01, 0x6b, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x98, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
	0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x98, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0xce, 0xe1, 0xfd, 0xc0, 0x29, 0x85, 0x3c, 0x32, 0xf7, 0x4d, 0x66, 0x6d,
	0xb7, 0x39, 0xbd, 0x88, 0x00, 0x00, 0x08, 0x00, 0x10, 0x00, 0x00, 0x00,
	0x4c, 0x6c, 0x01, 0x6b, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xa2, 0x76, 0x95, 0xb5, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0xff, 0xff, 0xff, 0xff,
};

/* The same for a RAID10 of four, layout f2, metadata 1.0. */
static const uint8_t real10[] = {
	0xfc, 0x4e, 0x2b, 0xa9, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
	0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x68, 0x6f, 0x73, 0x74,
	0x3a, 0x74, 0x65, 0x6e, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x4e, 0x6c, 0x01, 0x6b, 0x00, 0x00, 0x00, 0x00,
	0x0a, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x9f, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00,
	0xf0, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0xe0, 0x9f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0xf0, 0x9f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x3c, 0xe3, 0xcb, 0x4a, 0x08, 0x44, 0x81, 0x4d, 0x9b, 0x7c, 0x12, 0xce,
	0x77, 0x9f, 0x8e, 0xf4, 0x00, 0x00, 0x08, 0x00, 0xf8, 0xff, 0xff, 0xff,
	0x4e, 0x6c, 0x01, 0x6b, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0x0d, 0x0e, 0x25, 0x23, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x02, 0x00, 0x03, 0x00,
};

static void whole(uint8_t out[SUPER1_BYTES], const uint8_t *head, size_t n)
{
	memset(out, 0, SUPER1_BYTES);
	memset(out, 0xff, 512);
	memcpy(out, head, n);
}

static struct span span_of(const uint8_t *bytes)
{
	return (struct span){ bytes, SUPER1_BYTES };
}

/* Does encoding give back what was decoded? */
static bool comes_back(const struct super1 *sb, const uint8_t in[SUPER1_BYTES])
{
	static const uint8_t zeros[SUPER1_BYTES];
	uint8_t out[SUPER1_BYTES];
	size_t n;

	super1_encode(sb, out, &n);
	return n == round_up_u64(super1_bytes(sb->max_dev), 512) && !memcmp(in, out, n) &&
		!memcmp(out + n, zeros, SUPER1_BYTES - n);
}

static void test_real12(void)
{
	uint8_t bytes[SUPER1_BYTES];
	char uuid[UUID_TEXT], device[UUID_TEXT];
	struct super1 sb;

	whole(bytes, real12, sizeof(real12));
	CHECK(!super1_decode(span_of(bytes), 8, &sb, NULL), "1.2 of another writer");
	uuid_format(&sb.set_uuid, ':', uuid);
	CHECK_TEXT(uuid, "00112233:44556677:8899aabb:ccddeeff");
	uuid_format(&sb.device_uuid, ':', device);
	CHECK_TEXT(device, "cee1fdc0:29853c32:f74d666d:b739bd88");
	CHECK_TEXT(sb.name, "host:first");
	CHECK(sb.feature_map == SUPER1_F_BITMAP && sb.level == 1 && sb.layout == 0 &&
	      sb.size_sec == 38912 && sb.chunk_sec == 0 && sb.raid_disks == 2 &&
	      sb.bitmap_offset_sec == 8, "what the array is");
	CHECK(sb.data_offset_sec == 2048 && sb.data_size_sec == 38912 && sb.super_offset_sec == 8 &&
	      sb.dev_number == 0 && sb.bblog_size_sec == 8 && sb.bblog_offset_sec == 16 &&
	      sb.bblog_shift == 0, "what the device is");
	CHECK(sb.ctime == 1795255372 && sb.utime == sb.ctime && sb.events == 17 &&
	      sb.resync_offset_sec == UINT64_MAX && sb.max_dev == 128, "what its state is");
	CHECK(sb.stored_checksum == 0xb59576a2 &&
	      super1_checksum(span_of(bytes), sb.max_dev) == 0xb59576a2, "its checksum");
	CHECK(super1_role_of(&sb, 0) == 0 && super1_role_of(&sb, 1) == 1 &&
	      super1_role_of(&sb, 2) == SUPER1_ROLE_SPARE &&
	      super1_role_of(&sb, 128) == SUPER1_ROLE_SPARE &&
	      super1_role_of(&sb, UINT32_MAX) == SUPER1_ROLE_SPARE, "its roles");
	CHECK(super1_minor(&sb) == 2, "its minor version");
	CHECK(comes_back(&sb, bytes), "encode gives the bytes back");
}

static void test_real10(void)
{
	uint8_t bytes[SUPER1_BYTES];
	struct super1 sb;
	uint64_t before;
	int64_t after;

	whole(bytes, real10, sizeof(real10));
	CHECK(!super1_decode(span_of(bytes), super1_place_sec(0, 40960), &sb, NULL),
	      "1.0 of another writer");
	CHECK_TEXT(sb.name, "host:ten");
	CHECK(sb.level == 10 && sb.layout == 0x201 && sb.chunk_sec == 128 && sb.raid_disks == 4 &&
	      sb.size_sec == 40704 && sb.data_size_sec == 40928 && sb.data_offset_sec == 0 &&
	      sb.bitmap_offset_sec == -16 && sb.bblog_offset_sec == -8, "its fields");
	CHECK(super1_minor(&sb) == 0 && super1_role_of(&sb, 3) == 3, "its place and roles");
	CHECK(comes_back(&sb, bytes), "encode gives the bytes back");
	super1_unused_sec(&sb, 40960, 8, &before, &after);
	CHECK(before == 0 && after == 224, "its unused space");
}

/* Decodes the real one after a change of one byte. */
static int decode_with(size_t at, uint8_t value, struct err *why)
{
	uint8_t bytes[SUPER1_BYTES];
	struct super1 sb;

	whole(bytes, real12, sizeof(real12));
	bytes[at] = value;
	return super1_decode(span_of(bytes), 8, &sb, why);
}

static void test_refusals(void)
{
	uint8_t bytes[SUPER1_BYTES];
	struct super1 sb;
	struct err why = { "" };

	CHECK(decode_with(0, 0, &why) == SUPER1_ABSENT, "another magic");
	CHECK(decode_with(4, 2, &why) == SUPER1_ABSENT, "another major version");
	CHECK(decode_with(144, 0, &why) == SUPER1_ABSENT && !*why.text, "another place");
	CHECK(decode_with(216, 0, &why) == 0, "a wrong checksum is kept");
	CHECK(decode_with(72, 77, &why) == 0, "a level that does not exist is kept");
	CHECK(decode_with(221, 0x10, &why) == -EINVAL && *why.text, "too many roles");
	CHECK(decode_with(95, 0x80, &why) == -EINVAL && *why.text, "too many raid devices");
	whole(bytes, real12, sizeof(real12));
	CHECK(!super1_decode(span_of(bytes), UINT64_MAX, &sb, NULL), "any place when not asked");
	CHECK(super1_decode((struct span){ bytes, SUPER1_BYTES - 1 }, 8, &sb, &why) == -EINVAL,
	      "one byte short");
	CHECK(super1_decode((struct span){ NULL, 0 }, 8, &sb, &why) == -EINVAL, "nothing at all");
}

static void test_checksum(void)
{
	static const uint8_t odd[258] = { [0] = 1, [216] = 0xff, [256] = 2, [257] = 1 };
	static uint8_t ones[SUPER1_BYTES];

	CHECK(super1_checksum((struct span){ odd, 258 }, 1) == 0x103, "an odd number of roles");
	CHECK(super1_checksum((struct span){ odd, 258 }, 0) == 1, "no roles");
	CHECK(super1_checksum((struct span){ odd, 257 }, 1) == 0 &&
	      super1_checksum((struct span){ odd, 255 }, 0) == 0 &&
	      super1_checksum((struct span){ odd, 258 }, UINT32_MAX) == 0, "too few bytes");
	memset(ones, 0xff, sizeof(ones));
	/* 1023 words: 0x3fe'fffffc01 */
	CHECK(super1_checksum(span_of(ones), SUPER1_MAX_DEVS) == (uint32_t)0xffffffff, "carries");
}

static void test_ppl_word(void)
{
	const struct super1 sb = { .bitmap_offset_sec = (int32_t)0x0800fff8 };

	CHECK(super1_ppl_offset_sec(&sb) == -8 && super1_ppl_size_sec(&sb) == 2048, "PPL word");
}

static void test_places(void)
{
	CHECK(super1_place_sec(0, 40960) == 40944 && super1_place_sec(0, 40967) == 40944 &&
	      super1_place_sec(0, 24) == 8, "place of 1.0");
	CHECK(super1_place_sec(1, 24) == 0 && super1_place_sec(2, 24) == 8, "place of 1.1, 1.2");
	CHECK(super1_place_sec(0, 23) == UINT64_MAX && super1_place_sec(1, 23) == UINT64_MAX &&
	      super1_place_sec(2, 0) == UINT64_MAX, "device too small");
	CHECK(super1_place_sec(3, 40960) == UINT64_MAX && super1_place_sec(-1, 40960) == UINT64_MAX,
	      "no such minor");
}

/*
 * before and after as the tools of Debian 12 give them for a device of 40960 sectors, but for
 * the long bitmap and the PPL of 1.2: those end 8 sectors later than they say there.
 */
static void test_unused(void)
{
	static const struct {
		const char *name;
		struct super1 sb;
		uint64_t bitmap_sec, before;
		int64_t after;
	} rows[] = {
#define FRONT .super_offset_sec = 8, .level = 1, .size_sec = 38912, .data_offset_sec = 2048
		{ "1.2", { FRONT }, 0, 1968, 0 },
		{ "1.2 bad block log", { FRONT, .bblog_size_sec = 8, .bblog_offset_sec = 100 }, 0,
		  1932, 0 },
		{ "1.2 bitmap", { FRONT, .feature_map = 1, .bitmap_offset_sec = 8 }, 8, 1968, 0 },
		{ "1.2 bitmap, long", { FRONT, .feature_map = 1, .bitmap_offset_sec = 8 }, 256,
		  2048 - 8 - 8 - 256, 0 },
		{ "1.2 PPL", { FRONT, .feature_map = 1024, .bitmap_offset_sec = 1000 << 16 | 8 }, 0,
		  2048 - 8 - 8 - 1000, 0 },
		{ "1.2 several PPLs", { FRONT, .feature_map = 2048, .bitmap_offset_sec = 1000 << 16 | 8 }, 0,
		  2048 - 8 - 8 - 1000, 0 },
		{ "1.2 bitmap over the data", { FRONT, .feature_map = 1, .bitmap_offset_sec = 8 },
		  4096, 0, 0 },
		{ "1.2 device too small", { .super_offset_sec = 8, .level = 1, .size_sec = 50000,
		  .data_offset_sec = 2048 }, 0, 1968, -11088 },
		{ "1.2 raid0", { .super_offset_sec = 8, .level = 0, .data_size_sec = 30000,
		  .data_offset_sec = 2048 }, 0, 1968, 8912 },
		{ "1.2 journal", { FRONT, .max_dev = 1, .role = { SUPER1_ROLE_JOURNAL } }, 0,
		  1968, 0 },
#define BACK .super_offset_sec = 40944, .level = 1, .size_sec = 38000
		{ "1.0", { BACK }, 0, 0, 2944 },
		{ "1.0 bad block log", { BACK, .bblog_size_sec = 8, .bblog_offset_sec = -24 }, 0, 0,
		  2920 },
		{ "1.0 log without size", { BACK, .bblog_offset_sec = -24 }, 0, 0, 2944 },
		{ "1.0 bitmap", { BACK, .feature_map = 1, .bitmap_offset_sec = -100 }, 8, 0, 2844 },
		{ "1.0 bitmap inside", { BACK, .feature_map = 1, .bitmap_offset_sec = 2 }, 6, 0,
		  2944 },
		{ "1.0 PPL", { BACK, .feature_map = 1024, .bitmap_offset_sec = 0x0800f7f8 }, 0, 0,
		  888 },
		{ "1.0 several PPLs", { BACK, .feature_map = 2048, .bitmap_offset_sec = 0x0800f7f8 }, 0, 0,
		  888 },
		{ "1.0 too little", { .super_offset_sec = 40944, .level = 1, .size_sec = 50000,
		  .data_offset_sec = 8 }, 0, 8, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t before = 1;
		int64_t after = 1;

		super1_unused_sec(&rows[i].sb, 40960, rows[i].bitmap_sec, &before, &after);
		CHECK(before == rows[i].before && after == rows[i].after, rows[i].name);
	}
}

/* Bytes at random about a valid frame: nothing may be read past the end, nothing lost. */
static void test_any_bytes(void)
{
	uint64_t state = 1, before;
	uint8_t bytes[SUPER1_BYTES];
	unsigned lost = 0, good = 0;
	struct super1 sb;
	int64_t after;

	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < SUPER1_BYTES; i += 8) {
			uint64_t v = unit_random(&state);

			memcpy(bytes + i, &v, 8);
		}
		memcpy(bytes, real12, 8);
		bytes[94] = bytes[95] = bytes[222] = bytes[223] = 0;
		bytes[93] &= 7;
		bytes[221] &= 7;
		if (super1_decode(span_of(bytes), UINT64_MAX, &sb, NULL))
			continue;
		good++;
		memcpy(bytes + 216, put_le32(super1_checksum(span_of(bytes), sb.max_dev)).b, 4);
		memset(bytes + round_up_u64(super1_bytes(sb.max_dev), 512), 0,
		       SUPER1_BYTES - round_up_u64(super1_bytes(sb.max_dev), 512));
		lost += !comes_back(&sb, bytes);
		super1_unused_sec(&sb, unit_random(&state), unit_random(&state), &before, &after);
	}
	CHECK(good > 1000 && !lost, "decode and encode lose nothing");
}

/* Linux 6.19 and later put the logical block size where there was padding. */
static void test_logical_block(void)
{
	uint8_t bytes[SUPER1_BYTES];
	struct super1 sb;

	whole(bytes, real12, sizeof(real12));
	bytes[225] = 0x10;
	memcpy(bytes + 216, put_le32(super1_checksum(span_of(bytes), 128)).b, 4);
	CHECK(!super1_decode(span_of(bytes), 8, &sb, NULL) && sb.logical_block_bytes == 4096 &&
	      !super1_pads(&sb), "logical block size");
	CHECK(comes_back(&sb, bytes), "encode gives the bytes back");
	bytes[228] = 1;
	CHECK(!super1_decode(span_of(bytes), 8, &sb, NULL) && sb.logical_block_bytes == 4096 &&
	      super1_pads(&sb), "the padding behind it");
	whole(bytes, real12, sizeof(real12));
	bytes[15] = 1;
	CHECK(!super1_decode(span_of(bytes), 8, &sb, NULL) && super1_pads(&sb), "other padding");
}

static void test_encode_bounds(void)
{
	struct super1 sb = { .max_dev = UINT32_MAX };
	uint8_t bytes[SUPER1_BYTES];
	size_t n;

	super1_encode(&sb, bytes, &n);
	CHECK(n == SUPER1_BYTES && !super1_decode(span_of(bytes), 0, &sb, NULL) &&
	      sb.max_dev == SUPER1_MAX_DEVS, "no more roles than fit are encoded");
	sb.max_dev = 0;
	super1_encode(&sb, bytes, &n);
	CHECK(n == 512, "at least one sector");
}

int main(void)
{
	test_real12();
	test_real10();
	test_refusals();
	test_checksum();
	test_ppl_word();
	test_places();
	test_unused();
	test_any_bytes();
	test_logical_block();
	test_encode_bounds();
	return unit_done();
}
