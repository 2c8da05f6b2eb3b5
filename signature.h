/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signature.h - what else lies on a device: file systems and partition tables
 * that a new array would destroy, metadata of others.  Pure.
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <stdbool.h>

#include "bytes.h"

/* What must be read from the start of a device to recognise these; of reiserfs, what and where. */
#define SIGNATURE_BYTES 2048
#define SIGNATURE_REISERFS_AT 65536
#define SIGNATURE_REISERFS_BYTES 128

struct ext_info {
	uint64_t size_kib;
	int64_t mtime;           /* seconds */
};

/* An ext2, ext3 or ext4 superblock at byte 1024. */
bool signature_ext(struct span head, struct ext_info *out);
/* reiserfs; super: what was read at SIGNATURE_REISERFS_AT. */
bool signature_reiserfs(struct span super);

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
