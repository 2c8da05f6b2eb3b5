// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header of a bitmap, and the sums about bitmaps with its numbers.
 *
 * fuzz: -max_len=300
 */
#include <errno.h>
#include <string.h>

#include "bitmap-codec.h"
#include "shared.h"
#include "util.h"

static void check_sums(uint64_t size_sec, uint64_t chunk)
{
	uint64_t bits = bitmap_bits(size_sec, chunk);

	REQUIRE(chunk ? !bits == !size_sec : !bits);
	for (uint32_t unit = 512; unit <= 4096; unit *= 8) {
		uint64_t bytes = bitmap_bytes(bits, unit);

		REQUIRE(bytes % unit == 0 && bytes >= bits / 8 && bytes > BITMAP_HEAD_BYTES - 1);
	}
	REQUIRE(bitmap_bytes(bits, 0) <= bitmap_bytes(bits, 512));
}

/* What is chosen has room. */
static void check_choice(uint64_t size_sec, uint64_t room_sec, uint32_t asked)
{
	uint32_t chunk = 0;
	int rc = bitmap_choose_chunk(size_sec, room_sec, asked, &chunk);

	REQUIRE(rc == 0 || rc == -EINVAL || rc == -ENOSPC);
	if (rc)
		return;
	REQUIRE(is_power_of_2(chunk) && (!asked || chunk == asked));
	if (room_sec < UINT64_MAX / SECTOR_BYTES)
		REQUIRE(bitmap_bytes(bitmap_bits(size_sec, chunk), 0) <= room_sec * SECTOR_BYTES);
}

static void check_lockless(const struct bitmap_head *h)
{
	uint32_t reserved = bitmap_lockless_reserved_sec(h->events);

	REQUIRE(bitmap_head_bytes(h, 4096) % 4096 == 0 && bitmap_head_bytes(h, 512) >= BITMAP_HEAD_BYTES);
	REQUIRE(!reserved || bitmap_lockless_room_sec(reserved) <= h->events);
	REQUIRE(bitmap_lockless_room_sec(h->reserved_sec) > h->reserved_sec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct bitmap_head h;
	uint8_t out[BITMAP_HEAD_BYTES];
	struct err why = { "" };
	int rc = bitmap_decode((struct span){ data, n }, &h, &why);

	REQUIRE(n >= sizeof(out) ? rc == 0 || rc == BITMAP_ABSENT : rc < 0 && why.text[0]);
	if (rc)
		return 0;
	bitmap_encode(&h, out);
	REQUIRE(!memcmp(out, data, sizeof(out)));
	rc = bitmap_check(&h, &why);
	REQUIRE(rc == 0 || why.text[0]);
	if (!rc)
		REQUIRE(bitmap_unchosen(&h) || (h.chunk_bytes && h.daemon_sleep_s));
	REQUIRE(bitmap_count(&h, (struct span){ data, n }, h.sync_size_sec) <= bitmap_bits_in_byte(&h) * n);
	REQUIRE(bitmap_count(&h, (struct span){ data, n }, 5) <= 5);
	check_lockless(&h);
	check_sums(h.sync_size_sec, h.chunk_bytes);
	check_choice(h.sync_size_sec, h.events, (uint32_t)h.chunk_bytes);
	check_choice(h.sync_size_sec, h.events, 0);
	return 0;
}
