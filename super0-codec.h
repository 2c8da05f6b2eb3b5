/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * super0-codec.h - the 0.90 superblock: bytes to a validated native struct and back.
 * Pure.  The byte map opens super0-codec.c.  Words are in the order of the
 * host that wrote them.
 */
#ifndef SUPER0_CODEC_H
#define SUPER0_CODEC_H

#include "bytes.h"
#include "err.h"
#include "uuid.h"

#define SUPER0_BYTES 4096
#define SUPER0_MAX_DEVS 27

enum super0_state {
	SUPER0_CLEAN = 1 << 0,
	SUPER0_ERRORS = 1 << 1,
	SUPER0_BITMAP = 1 << 8,
};

enum super0_disk_state {
	SUPER0_DISK_FAULTY = 1 << 0,
	SUPER0_DISK_ACTIVE = 1 << 1,
	SUPER0_DISK_SYNC = 1 << 2,
	SUPER0_DISK_REMOVED = 1 << 3,
	SUPER0_DISK_WRITE_MOSTLY = 1 << 9,
	SUPER0_DISK_FAILFAST = 1 << 10,
	SUPER0_DISK_JOURNAL = 1 << 18,
};

struct super0_disk {
	uint32_t number, major, minor, raid_disk, state;
};

struct super0 {
	uint32_t minor_version;      /* 90, or 91 while a reshape is recorded */
	uint32_t patch_version, gvalid_words, not_persistent;
	struct uuid uuid;            /* the four host words as big endian: printed order */
	uint32_t ctime, utime;       /* seconds */
	int32_t level;
	uint32_t size_kib;           /* used on each member */
	uint32_t nr_disks, raid_disks;
	uint32_t md_minor;
	uint32_t state;
	uint32_t active, working, failed, spare;
	uint32_t stored_checksum;
	uint64_t events, checkpoint_events;
	uint32_t recovery_cp_sec;
	uint64_t reshape_position_sec;
	uint32_t new_level;
	int32_t delta_disks;
	uint32_t new_layout, new_chunk_bytes;
	uint32_t layout, chunk_bytes;
	uint32_t root_pv, root_block;
	struct super0_disk disk[SUPER0_MAX_DEVS];
	struct super0_disk this_disk;
	uint8_t raw[SUPER0_BYTES];   /* what was read: encode keeps the words that have no field */
};

/*
 * s: SUPER0_BYTES bytes.  Returns 0; SUPER0_ABSENT when there is none (magic,
 * major version); -EINVAL with the reason when it cannot be used (more disks than
 * there are descriptors, number of this device out of range).
 */
#define SUPER0_ABSENT 1
int super0_decode(struct span s, struct super0 *out, struct err *why);

/*
 * The same superblock in the other byte order: every word, and the two counts of events that are two
 * words each.  s: SUPER0_BYTES.
 */
void super0_swap(struct span s, uint8_t out[SUPER0_BYTES]);

/* The bytes, with a fresh checksum. A new superblock starts from a zeroed struct (raw all zero). */
void super0_encode(const struct super0 *sb, uint8_t out[SUPER0_BYTES]);

/* Checksum of the bytes with the checksum word taken as 0; 0 when there are not SUPER0_BYTES. */
uint32_t super0_checksum(struct span s);

/*
 * Sector of the superblock: device cut to 64 KiB, less 64 KiB.  UINT64_MAX when it is too small
 * (< 128 sectors).
 */
uint64_t super0_place_sec(uint64_t dev_sec);

#endif
