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
#define BITMAP_OLDEST 3
#define BITMAP_CLUSTERED 5
#define BITMAP_LOCKLESS 6
/* What is known of bitmap_head.state. */
#define BITMAP_STATE_STALE 2u

struct bitmap_head {
	uint32_t version;            /* 3 host endian, 4 normal, 5 clustered, 6 lockless */
	struct uuid uuid;            /* the array's 16 raw superblock bytes */
	uint64_t events, events_cleared;
	uint64_t sync_size_sec;
	uint32_t state;
	uint32_t chunk_bytes;
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

/* ceil(sync size / chunk); 0 when chunk_bytes is 0. */
uint64_t bitmap_bits(uint64_t sync_size_sec, uint32_t chunk_bytes);

/* How many of the first n bits are set; s has fewer: of those that it has. */
uint64_t bitmap_count(struct span s, uint64_t n);
/*
 * Lockless: a byte for each bit of others, behind the first 1024.  How many of the first n chunks are
 * neither clean nor unwritten.
 */
#define BITMAP_LOCKLESS_AT 1024
uint64_t bitmap_count_lockless(struct span s, uint64_t n);

/* Bytes on disk, header included, rounded to unit_bytes (512 or 4096). */
uint64_t bitmap_bytes(uint64_t bits, uint32_t unit_bytes);

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
