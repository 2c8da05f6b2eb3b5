/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signature.h - what else lies on a device: file systems and partition tables
 * that a new array would destroy, metadata of others.  Pure.
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <stdbool.h>

#include "bytes.h"

/* What must be read from the start of a device to recognise ext and MBR. */
#define SIGNATURE_BYTES 2048

/* What a device is known by besides: where it is looked for, in how many bytes. */
struct signature {
	const char *what;
	uint32_t at, n;
	bool (*is)(struct span s);
};

#define SIGNATURE_BYTES_MOST 4096

/* Ends with one that has no name. */
extern const struct signature signatures[];

struct ext_info {
	uint64_t size_kib;
	int64_t mtime;           /* seconds */
};

/* An ext2, ext3 or ext4 superblock at byte 1024. */
bool signature_ext(struct span head, struct ext_info *out);
/*
 * A partition table (55 AA at the end of sector 0).  *end_sec: where its last
 * partition ends; a GPT shows its protective one.
 */
bool signature_mbr(struct span head, uint64_t *end_sec);

/* GPT; sector: the second one of the device. */
bool signature_gpt(struct span sector);
/* Metadata of controllers' firmware.  DDF: the last sector of the device; IMSM: the last but one. */
bool signature_ddf(struct span sector);
bool signature_imsm(struct span sector);

#endif
