// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bitmap-codec.c - the header of a write-intent bitmap, and the sums about its size.
 * Pure.  The bits follow the header; of a lockless one they begin at byte 1024, and each is a byte.
 * All numbers are little endian.
 *
 *   byte size
 *      0    4  magic 0x6d746962, "bitm"
 *      4    4  version: 3 bits in host order, 4 normal, 5 clustered, 6 lockless
 *      8   16  uuid: that of the array, raw
 *     24    8  events
 *     32    8  events when bits were last cleared
 *     40    8  sync size, sectors: what the bits cover
 *     48    4  state: 2 stale, 4 write error; lockless: 8 first use, 16 clean, 32 busy
 *     52    4  chunk: bytes for one bit; lockless, once it has been used: sectors (drivers/md/md-llbitmap.c)
 *     56    4  daemon sleep, seconds
 *     60    4  write behind: how many writes, 0 none
 *     64    4  sectors reserved for the bitmap
 *     68    4  nodes of the cluster
 *     72   64  cluster name
 *    136  120  pad, 0
 */
#include <assert.h>
#include <errno.h>

#include "bitmap-codec.h"
#include "util.h"

#define MAGIC 0x6d746962
#define CHUNK_MIN 4096u
/* What the kernel takes (drivers/md/md-bitmap.c). */
#define SLEEP_MAX_S (INT32_MAX / 1000)
#define WRITE_BEHIND_MAX 16383
#define STATE_WRITE_ERROR (1u << 2)
#define CHUNK_DEFAULT (64u << 20)
/* Of a lockless one (drivers/md/md-llbitmap.c); a chunk in any other state is not in sync everywhere. */
#define LOCKLESS_BITS_AT 1024
#define LOCKLESS_PAGE_SEC 8u
#define LOCKLESS_UNWRITTEN 0
#define LOCKLESS_CLEAN 1
#define LOCKLESS_CLEAN_UNWRITTEN 7

struct bitmap_wire {
	le32 magic, version;
	uint8_t uuid[16];
	le64 events, events_cleared, sync_size;
	le32 state, chunk, daemon_sleep, write_behind, reserved, nodes;
	uint8_t cluster_name[64], pad[120];
};

#define AT(field, offset) \
	static_assert(offsetof(struct bitmap_wire, field) == (offset), #field)
AT(magic, 0);
AT(version, 4);
AT(uuid, 8);
AT(events, 24);
AT(events_cleared, 32);
AT(sync_size, 40);
AT(state, 48);
AT(chunk, 52);
AT(daemon_sleep, 56);
AT(write_behind, 60);
AT(reserved, 64);
AT(nodes, 68);
AT(cluster_name, 72);
AT(pad, 136);
static_assert(sizeof(struct bitmap_wire) == BITMAP_HEAD_BYTES, "size");

bool bitmap_lockless(const struct bitmap_head *h)
{
	return h->version == BITMAP_VERSION_LOCKLESS;
}

uint64_t bitmap_lockless_room_sec(uint32_t reserved_sec)
{
	return round_up_u64((uint64_t)reserved_sec + LOCKLESS_BITS_AT / SECTOR_BYTES, LOCKLESS_PAGE_SEC);
}

uint32_t bitmap_lockless_reserved_sec(uint64_t room_sec)
{
	uint64_t pages_sec = round_down_u64(room_sec, LOCKLESS_PAGE_SEC);

	if (!pages_sec)
		return 0;
	return (uint32_t)MIN(pages_sec - LOCKLESS_BITS_AT / SECTOR_BYTES, (uint64_t)BITMAP_LOCKLESS_SEC);
}

bool bitmap_unchosen(const struct bitmap_head *h)
{
	return bitmap_lockless(h) && h->state & BITMAP_STATE_FIRST_USE;
}

static uint32_t chunk_unit_bytes(const struct bitmap_head *h)
{
	return bitmap_lockless(h) && !bitmap_unchosen(h) ? SECTOR_BYTES : 1;
}

int bitmap_decode(struct span s, struct bitmap_head *out, struct err *why)
{
	struct bitmap_wire w;

	if (s.n < sizeof(w))
		return err_set(why, -EINVAL, "bitmap header is cut short: %zu of %zu bytes",
			       s.n, sizeof(w));
	memcpy(&w, s.p, sizeof(w));
	if (get_le32(w.magic) != MAGIC)
		return BITMAP_ABSENT;
	out->version = get_le32(w.version);
	memcpy(out->uuid.b, w.uuid, sizeof(w.uuid));
	out->events = get_le64(w.events);
	out->events_cleared = get_le64(w.events_cleared);
	out->sync_size_sec = get_le64(w.sync_size);
	out->state = get_le32(w.state);
	out->chunk_bytes = (uint64_t)get_le32(w.chunk) * chunk_unit_bytes(out);
	out->daemon_sleep_s = get_le32(w.daemon_sleep);
	out->write_behind = get_le32(w.write_behind);
	out->reserved_sec = get_le32(w.reserved);
	out->nodes = get_le32(w.nodes);
	memcpy(out->cluster_name, w.cluster_name, sizeof(w.cluster_name));
	memcpy(out->pad, w.pad, sizeof(w.pad));
	return 0;
}

int bitmap_check(const struct bitmap_head *h, struct err *why)
{
	if (h->version < BITMAP_VERSION_OLDEST || h->version > BITMAP_VERSION_LOCKLESS)
		return err_set(why, -EINVAL, "bitmap of version %u", h->version);
	if (bitmap_unchosen(h))
		return 0;
	if (h->chunk_bytes < SECTOR_BYTES || !is_power_of_2(h->chunk_bytes))
		return err_set(why, -EINVAL, "bitmap with chunks of %llu bytes",
			       (unsigned long long)h->chunk_bytes);
	if (!h->daemon_sleep_s || h->daemon_sleep_s > SLEEP_MAX_S)
		return err_set(why, -EINVAL, "bitmap with a delay of %u seconds", h->daemon_sleep_s);
	/* a lockless one has no use for it */
	if (!bitmap_lockless(h) && h->write_behind > WRITE_BEHIND_MAX)
		return err_set(why, -EINVAL, "bitmap with %u writes behind", h->write_behind);
	if (h->state & STATE_WRITE_ERROR)
		return err_set(why, -EINVAL, "bitmap that could not be written");
	return 0;
}

void bitmap_encode(const struct bitmap_head *h, uint8_t out[BITMAP_HEAD_BYTES])
{
	struct bitmap_wire w;

	w.magic = put_le32(MAGIC);
	w.version = put_le32(h->version);
	memcpy(w.uuid, h->uuid.b, sizeof(w.uuid));
	w.events = put_le64(h->events);
	w.events_cleared = put_le64(h->events_cleared);
	w.sync_size = put_le64(h->sync_size_sec);
	w.state = put_le32(h->state);
	w.chunk = put_le32((uint32_t)(h->chunk_bytes / chunk_unit_bytes(h)));
	w.daemon_sleep = put_le32(h->daemon_sleep_s);
	w.write_behind = put_le32(h->write_behind);
	w.reserved = put_le32(h->reserved_sec);
	w.nodes = put_le32(h->nodes);
	memcpy(w.cluster_name, h->cluster_name, sizeof(w.cluster_name));
	memcpy(w.pad, h->pad, sizeof(w.pad));
	memcpy(out, &w, sizeof(w));
}

uint64_t bitmap_bits(uint64_t sync_size_sec, uint64_t chunk_bytes)
{
	uint64_t whole, rest;

	if (!chunk_bytes)
		return 0;
	/* the sectors times 512 need not fit */
	if (__builtin_mul_overflow(sync_size_sec / chunk_bytes, SECTOR_BYTES, &whole))
		return UINT64_MAX;
	rest = sync_size_sec % chunk_bytes * SECTOR_BYTES;
	rest = rest / chunk_bytes + (rest % chunk_bytes != 0);
	return __builtin_add_overflow(whole, rest, &whole) ? UINT64_MAX : whole;
}

uint64_t bitmap_head_bits(const struct bitmap_head *h)
{
	return bitmap_bits(h->sync_size_sec, h->chunk_bytes);
}

unsigned bitmap_bits_at(const struct bitmap_head *h)
{
	return bitmap_lockless(h) ? LOCKLESS_BITS_AT : BITMAP_HEAD_BYTES;
}

unsigned bitmap_bits_in_byte(const struct bitmap_head *h)
{
	return bitmap_lockless(h) ? 1 : 8;
}

static uint64_t count_plain(struct span s, uint64_t n)
{
	const uint64_t bytes = MIN(n / 8, s.n);
	uint64_t set = 0;

	for (uint64_t i = 0; i < bytes; i++)
		set += (unsigned)__builtin_popcount(s.p[i]);
	if (bytes < s.n && n % 8)
		set += (unsigned)__builtin_popcount(s.p[bytes] & ((1u << n % 8) - 1));
	return set;
}

static uint64_t count_lockless(struct span s, uint64_t n)
{
	uint64_t set = 0;

	for (uint64_t i = 0; i < MIN(n, s.n); i++)
		set += s.p[i] != LOCKLESS_UNWRITTEN && s.p[i] != LOCKLESS_CLEAN &&
		       s.p[i] != LOCKLESS_CLEAN_UNWRITTEN;
	return set;
}

uint64_t bitmap_count(const struct bitmap_head *h, struct span s, uint64_t n)
{
	return bitmap_lockless(h) ? count_lockless(s, n) : count_plain(s, n);
}

uint64_t bitmap_head_bytes(const struct bitmap_head *h, uint32_t unit_bytes)
{
	uint64_t bits = bitmap_head_bits(h), bytes;

	if (!bitmap_lockless(h))
		return bitmap_bytes(bits, unit_bytes);
	if (__builtin_add_overflow(bits, LOCKLESS_BITS_AT + unit_bytes, &bytes))
		return UINT64_MAX - UINT64_MAX % unit_bytes;
	return round_up_u64(bits + LOCKLESS_BITS_AT, unit_bytes);
}

uint64_t bitmap_bytes(uint64_t bits, uint32_t unit_bytes)
{
	uint64_t bytes = bits / 8 + (bits % 8 != 0) + BITMAP_HEAD_BYTES;

	return unit_bytes ? round_up_u64(bytes, unit_bytes) : bytes;
}

/* Whole chunks of the size, and one more: do their bits fit into the room? */
static bool chunk_fits(uint64_t sync_size_sec, uint64_t room_bytes, uint64_t chunk_bytes)
{
	return sync_size_sec / (chunk_bytes / SECTOR_BYTES) / 8 <
		room_bytes - BITMAP_HEAD_BYTES;
}

int bitmap_choose_chunk(uint64_t sync_size_sec, uint64_t room_sec, uint32_t asked_bytes,
			uint32_t *chunk_bytes)
{
	uint64_t chunk = CHUNK_MIN;
	uint64_t room = MIN(room_sec, UINT64_MAX / SECTOR_BYTES) * SECTOR_BYTES;

	if (room <= BITMAP_HEAD_BYTES)
		return -ENOSPC;
	while (!chunk_fits(sync_size_sec, room, chunk))
		chunk *= 2;
	if (asked_bytes && (asked_bytes < chunk || !is_power_of_2(asked_bytes)))
		return -EINVAL;
	if (chunk > UINT32_MAX)
		return -ENOSPC;
	*chunk_bytes = asked_bytes ? asked_bytes : (uint32_t)MAX(chunk, CHUNK_DEFAULT);
	return 0;
}
