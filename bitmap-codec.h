/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bitmap-codec.h - the write-intent bitmap's header, and the sums about its size.
 * Pure.  The byte map opens bitmap-codec.c.
 */
#ifndef BITMAP_CODEC_H
#define BITMAP_CODEC_H

#include "bytes.h"
#include "err.h"
#include "uuid.h"

#define BITMAP_HEAD_BYTES 256
/* Versions with a meaning of their own. */
#define BITMAP_VERSION_OLDEST 3
#define BITMAP_VERSION_CLUSTERED 5
#define BITMAP_VERSION_LOCKLESS 6
/* What is known of bitmap_head.state. */
#define BITMAP_STATE_STALE 2u
/* Of a lockless one: the kernel is to choose the chunk and make the bits; as if all had been synced. */
#define BITMAP_STATE_FIRST_USE 8u
#define BITMAP_STATE_CLEAN 16u
/*
 * What is reserved for one at most.  It takes more (bitmap_lockless_room_sec): the kernel makes up to as many
 * bits as the reserved bytes, and writes the 1024 in front of them besides, in pages (drivers/md/md-llbitmap.c,
 * llbitmap_init and llbitmap_cache_pages).
 */
#define BITMAP_LOCKLESS_SEC 256

struct bitmap_head {
	uint32_t version;            /* 3 host endian, 4 normal, 5 clustered, 6 lockless */
	struct uuid uuid;            /* the array's 16 raw superblock bytes */
	uint64_t events, events_cleared;
	uint64_t sync_size_sec;
	uint32_t state;
	uint64_t chunk_bytes;
	uint32_t daemon_sleep_s;
	uint32_t write_behind;
	uint32_t reserved_sec;
	uint32_t nodes;
	char cluster_name[64];       /* not terminated when all 64 are used */
	uint8_t pad[120];            /* zero, or later kernels' fields: written as read */
};

/*
 * s: at least BITMAP_HEAD_BYTES (fewer: -EINVAL).  Returns 0, or BITMAP_ABSENT when the magic
 * is not there.  The version is a value: any is accepted.
 */
#define BITMAP_ABSENT 1
int bitmap_decode(struct span s, struct bitmap_head *out, struct err *why);
void bitmap_encode(const struct bitmap_head *h, uint8_t out[BITMAP_HEAD_BYTES]);

/* Would the kernel start from it? 0, or -EINVAL with what is wrong. */
int bitmap_check(const struct bitmap_head *h, struct err *why);

bool bitmap_lockless(const struct bitmap_head *h);
/* A lockless one whose chunk is the kernel's to choose, or that has chosen without writing it down yet. */
bool bitmap_unchosen(const struct bitmap_head *h);
uint64_t bitmap_lockless_room_sec(uint32_t reserved_sec);
/* The other way: what can be reserved where there is that much room; 0: none fits. */
uint32_t bitmap_lockless_reserved_sec(uint64_t room_sec);

/* ceil(sync size / chunk); 0 when chunk_bytes is 0. */
uint64_t bitmap_bits(uint64_t sync_size_sec, uint64_t chunk_bytes);
uint64_t bitmap_head_bits(const struct bitmap_head *h);

/* Where its bits begin, in bytes from the header's first; and how many of them a byte has. */
unsigned bitmap_bits_at(const struct bitmap_head *h);
unsigned bitmap_bits_in_byte(const struct bitmap_head *h);

/*
 * How many of the first n of the bits in s say that their chunk is not in sync everywhere.  s has
 * fewer: of those that it has.
 */
uint64_t bitmap_count(const struct bitmap_head *h, struct span s, uint64_t n);

/* Bytes on disk, header included, rounded to unit_bytes (512 or 4096). */
uint64_t bitmap_bytes(uint64_t bits, uint32_t unit_bytes);
/* The same of the bitmap with this header, of whatever version. */
uint64_t bitmap_head_bytes(const struct bitmap_head *h, uint32_t unit_bytes);

/*
 * Chooses the chunk for a bitmap that must fit into room_sec sectors (header included).
 * asked_bytes: 0 for the default (the smallest that fits, at least 64 MiB), else a power of two.
 * sync_size_sec: what one bit string covers (size of a member; RAID10: size*disks/copies).
 * Returns 0 and *chunk_bytes; -EINVAL when the asked one is too small for the room or no power
 * of two; -ENOSPC no room at all.
 */
int bitmap_choose_chunk(uint64_t sync_size_sec, uint64_t room_sec, uint32_t asked_bytes,
			uint32_t *chunk_bytes);

#endif
