// SPDX-License-Identifier: GPL-2.0-or-later
/* The bitmap's header and the sums about its size. */
#include <errno.h>

#include "bitmap-codec.h"
#include "unit.h"
#include "util.h"

/* Header of a RAID1's bitmap, made and run by the tools of Debian 12; zeros follow. */
static const uint8_t real[BITMAP_HEAD_BYTES] = {
	0x62, 0x69, 0x74, 0x6d, 0x04, 0x00, 0x00, 0x00, 0x00, 0x11, 0x22, 0x33,
	0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
	0x11, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x98, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x05, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static struct span span_of(const uint8_t *bytes)
{
	return (struct span){ bytes, BITMAP_HEAD_BYTES };
}

static void test_header(void)
{
	uint8_t out[BITMAP_HEAD_BYTES], any[BITMAP_HEAD_BYTES];
	char uuid[UUID_TEXT];
	struct bitmap_head h;
	struct err why;

	CHECK(!bitmap_decode(span_of(real), &h, NULL), "header of another writer");
	uuid_format(&h.uuid, ':', uuid);
	CHECK_TEXT(uuid, "00112233:44556677:8899aabb:ccddeeff");
	CHECK(h.version == 4 && h.events == 17 && h.events_cleared == 0 &&
	      h.sync_size_sec == 38912 && h.state == 0 && h.chunk_bytes == 64 << 20 &&
	      h.daemon_sleep_s == 5 && h.write_behind == 0 && h.reserved_sec == 0 &&
	      h.nodes == 0 && !*h.cluster_name, "its fields");
	bitmap_encode(&h, out);
	CHECK(!memcmp(out, real, sizeof(out)), "encode gives the bytes back");
	for (size_t i = 0; i < sizeof(any); i++)
		any[i] = (uint8_t)(i < 4 ? real[i] : i);
	CHECK(!bitmap_decode(span_of(any), &h, NULL), "any values");
	bitmap_encode(&h, out);
	CHECK(!memcmp(out, any, sizeof(out)), "encode gives any bytes back");
	any[0] = 0;
	CHECK(bitmap_decode(span_of(any), &h, &why) == BITMAP_ABSENT, "another magic");
	CHECK(bitmap_decode((struct span){ real, 255 }, &h, &why) == -EINVAL, "one byte short");
	CHECK(bitmap_decode((struct span){ NULL, 0 }, &h, &why) == -EINVAL, "nothing at all");
}

static void test_sizes(void)
{
	CHECK(bitmap_bits(38912, 64 << 20) == 1, "less than a chunk");
	CHECK(bitmap_bits(1 << 17, 64 << 20) == 1 && bitmap_bits((1 << 17) + 1, 64 << 20) == 2,
	      "whole chunks");
	CHECK(bitmap_bits(0, 4096) == 0 && bitmap_bits(5, 0) == 0, "nothing");
	CHECK(bitmap_bits(3, 100) == 16, "odd chunks");
	CHECK(bitmap_bits(UINT64_MAX, 1024) == 1ULL << 63 &&
	      bitmap_bits(UINT64_MAX, 1) == UINT64_MAX &&
	      bitmap_bits(UINT64_MAX, 511) == UINT64_MAX, "enormous sizes");
	CHECK(bitmap_bytes(1, 512) == 512 && bitmap_bytes(1, 4096) == 4096 &&
	      bitmap_bytes(2048, 512) == 512 && bitmap_bytes(2049, 512) == 1024 &&
	      bitmap_bytes(0, 512) == 512, "bytes on disk");
	CHECK(bitmap_bytes(UINT64_MAX, 4096) == (1ULL << 61) + 4096, "bytes of very many bits");
}

static void test_chunk(void)
{
	static const struct {
		uint64_t size_sec, room_sec;
		uint32_t asked, chunk;
		int rc;
	} rows[] = {
		{ 38912, 8, 0, 64 << 20, 0 },
		{ 1ULL << 34, 256, 0, 64 << 20, 0 },          /* 8 TiB */
		{ 1ULL << 31, 6, 0, 64 << 20, 0 },            /* 1 TiB, 3 KiB */
		{ 1ULL << 34, 8, 0, 512 << 20, 0 },           /* 8 TiB, 4 KiB */
		{ 1ULL << 21, 8, 65536, 65536, 0 },           /* 1 GiB */
		{ 1ULL << 21, 8, 32768, 0, -EINVAL },
		{ 1ULL << 21, 9, 32768, 32768, 0 },
		{ 38912, 8, 1U << 31, 1U << 31, 0 },
		{ 38912, 8, 12288, 0, -EINVAL }, { 38912, 8, 2048, 0, -EINVAL },
		{ 38912, 0, 0, 0, -ENOSPC }, { UINT64_MAX, 1, 0, 0, -ENOSPC },
		{ UINT64_MAX, 1, 4096, 0, -EINVAL },
		{ UINT64_MAX, UINT64_MAX, 0, 64 << 20, 0 }, { 0, 1, 0, 64 << 20, 0 },
		/* bits + 1 that just fit, and do not: (512 - 256) * 8 = 2048 */
		{ 2047 * 8, 1, 4096, 4096, 0 }, { 2048 * 8, 1, 4096, 0, -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t chunk = 0;
		char name[80];
		int rc = bitmap_choose_chunk(rows[i].size_sec, rows[i].room_sec, rows[i].asked,
					     &chunk);

		snprintf(name, sizeof(name), "chunk for %llu sectors, room %llu, asked %u",
			 (unsigned long long)rows[i].size_sec,
			 (unsigned long long)rows[i].room_sec, rows[i].asked);
		CHECK(rc == rows[i].rc && chunk == rows[i].chunk, name);
	}
}

static void test_count(void)
{
	const uint8_t bits[] = { 0xff, 0x01, 0x80 }, states[] = { 0, 1, 2, 3, 4, 5, 6, 7, 0xff, 1 };
	const struct span s = { bits, sizeof(bits) }, t = { states, sizeof(states) };
	const struct bitmap_head plain = { .version = 4 }, lockless = { .version = 6 };

	CHECK(bitmap_count(&plain, s, 0) == 0 && bitmap_count(&plain, s, 3) == 3 &&
	      bitmap_count(&plain, s, 8) == 8 && bitmap_count(&plain, s, 9) == 9 &&
	      bitmap_count(&plain, s, 23) == 9 && bitmap_count(&plain, s, 24) == 10,
	      "bits are counted from the low end of each byte");
	CHECK(bitmap_count(&plain, s, UINT64_MAX) == 10, "bits that are not there are not counted");
	CHECK(bitmap_count(&lockless, t, 2) == 0 && bitmap_count(&lockless, t, 6) == 4 &&
	      bitmap_count(&lockless, t, UINT64_MAX) == 6,
	      "lockless: neither unwritten nor clean; what is no state counts");
}

/* As Linux 7.2 writes one: chunks in sectors; and as it is made, with chunks in bytes. */
static void test_lockless(void)
{
	struct bitmap_head used = { .version = 6, .sync_size_sec = 126976, .chunk_bytes = 65536,
				    .daemon_sleep_s = 30, .reserved_sec = 256 };
	struct bitmap_head made = used, h;
	uint8_t bytes[BITMAP_HEAD_BYTES];

	bitmap_encode(&used, bytes);
	CHECK(bytes[52] == 128 && !bytes[53] && !bytes[54] && !bytes[55], "chunk of 128 sectors");
	CHECK(!bitmap_decode((struct span){ bytes, sizeof(bytes) }, &h, NULL) && h.chunk_bytes == 65536 &&
	      bitmap_head_bits(&h) == 992, "read back in bytes");
	CHECK(bitmap_bits_at(&h) == 1024 && bitmap_bits_in_byte(&h) == 1 &&
	      bitmap_head_bytes(&h, 512) == 2048 && bitmap_head_bytes(&h, 4096) == 4096,
	      "a byte each, from 1024");
	CHECK(!bitmap_check(&h, NULL), "the kernel takes it");
	h.chunk_bytes = 1ULL << 41;
	bitmap_encode(&h, bytes);
	CHECK(!bitmap_decode((struct span){ bytes, sizeof(bytes) }, &h, NULL) && bytes[55] == 0 &&
	      h.chunk_bytes == 0 && bitmap_check(&h, NULL), "more sectors than the field holds");
	h.chunk_bytes = 1ULL << 40;
	bitmap_encode(&h, bytes);
	CHECK(!bitmap_decode((struct span){ bytes, sizeof(bytes) }, &h, NULL) && h.chunk_bytes == 1ULL << 40,
	      "the largest chunk");
	made.state = BITMAP_STATE_FIRST_USE;
	bitmap_encode(&made, bytes);
	CHECK(!bytes[52] && !bytes[53] && bytes[54] == 1, "of a new one in bytes");
	made.chunk_bytes = 3;
	CHECK(!bitmap_check(&made, NULL), "of a new one the kernel does not look at it");
}

static void test_lockless_room(void)
{
	CHECK(bitmap_lockless_room_sec(256) == 264 && bitmap_lockless_room_sec(6) == 8 &&
	      bitmap_lockless_room_sec(UINT32_MAX) == (1ULL << 32 | 8), "1024 bytes more, in pages");
	CHECK(!bitmap_lockless_reserved_sec(7) && bitmap_lockless_reserved_sec(8) == 6 &&
	      bitmap_lockless_reserved_sec(128) == 126 && bitmap_lockless_reserved_sec(263) == 254 &&
	      bitmap_lockless_reserved_sec(264) == 256 && bitmap_lockless_reserved_sec(UINT64_MAX) == 256,
	      "what fits");
}

int main(void)
{
	test_count();
	test_lockless();
	test_lockless_room();
	test_header();
	test_sizes();
	test_chunk();
	return unit_done();
}
