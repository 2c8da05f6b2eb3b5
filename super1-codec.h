/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * super1-codec.h - the 1.x superblock: bytes to a validated native struct and back.
 * Pure.  The byte map opens super1-codec.c.
 */
#ifndef SUPER1_CODEC_H
#define SUPER1_CODEC_H

#include <stdbool.h>

#include "bytes.h"
#include "err.h"
#include "uuid.h"

#define SUPER1_BYTES 4096        /* room for the superblock on every member */
#define SUPER1_HEAD_BYTES 256    /* up to the role table */
#define SUPER1_MAX_DEVS 1920     /* (4096 - 256) / 2: what the kernel and the room allow */
#define SUPER1_NAME_BYTES 32

enum super1_role {
	SUPER1_ROLE_MAX = 0xff00,    /* slots are 0..0xff00 */
	SUPER1_ROLE_JOURNAL = 0xfffd,
	SUPER1_ROLE_FAULTY = 0xfffe,
	SUPER1_ROLE_SPARE = 0xffff,
};

enum super1_feature {
	SUPER1_F_BITMAP = 1,
	SUPER1_F_RECOVERY_OFFSET = 2,
	SUPER1_F_RESHAPE = 4,
	SUPER1_F_BAD_BLOCKS = 8,
	SUPER1_F_REPLACEMENT = 16,
	SUPER1_F_RESHAPE_BACKWARDS = 32,
	SUPER1_F_NEW_OFFSET = 64,
	SUPER1_F_RECOVERY_BITMAP = 128,
	SUPER1_F_CLUSTERED = 256,
	SUPER1_F_JOURNAL = 512,
	SUPER1_F_PPL = 1024,
	SUPER1_F_MULTI_PPL = 2048,
	SUPER1_F_PPLS = SUPER1_F_PPL | SUPER1_F_MULTI_PPL,
	SUPER1_F_RAID0_LAYOUT = 4096,
	SUPER1_F_ALL = 0x1fff,   /* what the kernel knew in 6.1, and still in 6.19 */
};

enum super1_devflag {
	SUPER1_DEV_WRITE_MOSTLY = 1,
	SUPER1_DEV_FAILFAST = 2,
};

/* Offsets and sizes in sectors of 512 bytes unless the name says otherwise. */
struct super1 {
	uint32_t feature_map;
	uint32_t pad0;               /* written as it was read; the kernel wants 0 */
	struct uuid set_uuid;
	char name[SUPER1_NAME_BYTES];  /* not terminated when all 32 are used */
	uint64_t ctime;              /* raw: low 40 bits seconds, high 24 microseconds */
	int32_t level;
	uint32_t layout;
	uint64_t size_sec;
	uint32_t chunk_sec;
	uint32_t raid_disks;
	int32_t bitmap_offset_sec;   /* from the superblock; raw word shared with PPL */
	uint32_t new_level;
	uint64_t reshape_position_sec;
	int32_t delta_disks;
	uint32_t new_layout;
	uint32_t new_chunk_sec;
	int32_t new_offset_sec;
	uint64_t data_offset_sec;
	uint64_t data_size_sec;
	uint64_t super_offset_sec;
	uint64_t recovery_offset_sec; /* or journal tail */
	uint32_t dev_number;
	uint32_t corrected_reads;
	struct uuid device_uuid;
	uint8_t devflags;
	uint8_t bblog_shift;
	uint16_t bblog_size_sec;
	int32_t bblog_offset_sec;    /* from the superblock */
	uint64_t utime;              /* raw, like ctime */
	uint64_t events;
	uint64_t resync_offset_sec;  /* all ones: clean */
	uint32_t stored_checksum;    /* as read; encode computes its own */
	uint32_t max_dev;            /* entries of role that count, <= SUPER1_MAX_DEVS */
	uint32_t logical_block_bytes; /* kernels from 6.19 on; 0: not recorded */
	uint8_t pad3[28];            /* byte 228: zero, or later kernels' fields */
	uint16_t role[SUPER1_MAX_DEVS]; /* all, also past max_dev; in a new one all are spare */
};

/* PPL view of the word that holds the bitmap offset. */
static inline int16_t super1_ppl_offset_sec(const struct super1 *s)
{
	return (int16_t)(uint16_t)((uint32_t)s->bitmap_offset_sec & 0xffff);
}
static inline uint16_t super1_ppl_size_sec(const struct super1 *s)
{
	return (uint16_t)((uint32_t)s->bitmap_offset_sec >> 16);
}

/* Bytes that the checksum covers: 256 + 2 * max_dev. */
size_t super1_bytes(uint32_t max_dev);

/*
 * Is this a 1.x superblock that was written for this place?
 * s: SUPER1_BYTES bytes (fewer: refused).  at_sec: sector of the device at which they were
 * read; it must equal the stored super_offset (this is how 1.1, 1.2 and 1.0 are
 * told apart); pass UINT64_MAX to skip that test.
 * Values that cannot be right but harm nobody (levels that do not exist,
 * checksum) are kept for the report: unknown is a value.
 * Returns 0; SUPER1_ABSENT when there is no 1.x superblock (magic, major version or place);
 * -EINVAL with the reason when it is one and cannot be used (max_dev or raid_disks above
 * SUPER1_MAX_DEVS).
 */
#define SUPER1_ABSENT 1
int super1_decode(struct span s, uint64_t at_sec, struct super1 *out, struct err *why);

/*
 * The bytes of a superblock, with a fresh checksum: zero padded up to
 * SUPER1_BYTES, except that unused roles up to the end of the last 512-byte
 * sector are what create wrote (0xffff, see out_bytes).
 * out_bytes: how many bytes belong on the disk: roundup(256 + 2 * max_dev, 512).
 */
void super1_encode(const struct super1 *sb, uint8_t out[SUPER1_BYTES], size_t *out_bytes);

/*
 * Checksum of the bytes with the checksum field taken as 0.
 * s.n must be at least super1_bytes(max_dev); returns 0 otherwise.
 */
uint32_t super1_checksum(struct span s, uint32_t max_dev);

/*
 * The first block of a partial parity log with nothing in it.  The log belongs to the array of that
 * uuid; the rest of it is zeros.
 */
#define SUPER1_PPL_HEAD_BYTES 4096
void super1_empty_ppl(const struct uuid *set_uuid, uint8_t out[SUPER1_PPL_HEAD_BYTES]);
/* The first block of a journal in which there is nothing; its number is random. */
#define SUPER1_JOURNAL_BYTES 4096
void super1_empty_journal(const struct uuid *set_uuid, uint32_t sequence,
			  uint8_t out[SUPER1_JOURNAL_BYTES]);

/*
 * Sector of the superblock for minor version 0, 1, 2 on a device; UINT64_MAX for any other
 * minor and when the device is too small (< 24 sectors).
 */
uint64_t super1_place_sec(int minor, uint64_t dev_sec);

/* 0, 1 or 2 from the stored super offset, as --examine names it: <=4 1, <=8 2, else 0. */
int super1_minor(const struct super1 *sb);

/* Is there anything in the padding, which no kernel that is known here puts there? */
bool super1_pads(const struct super1 *sb);

/* Role of the device number; SUPER1_ROLE_SPARE beyond max_dev. */
uint16_t super1_role_of(const struct super1 *sb, uint32_t number);

/*
 * Sectors left free before the data and after it.  dev_sec: size of the device, bitmap_sec:
 * sectors of its internal bitmap (0 none).  *after is negative when the device ends before
 * the data does (1.1 and 1.2 only).  An area counts to its real end: the tool of old forgot
 * to add the superblock's place for the bitmap and PPL of 1.2, which gives up to 8 more.
 */
void super1_unused_sec(const struct super1 *sb, uint64_t dev_sec, uint64_t bitmap_sec,
		       uint64_t *before, int64_t *after);

#endif
