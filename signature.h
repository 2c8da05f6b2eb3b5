/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signature.h - what else lies on a device: file systems and partition tables
 * that a new array would destroy.  Pure.
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <stdbool.h>

#include "bytes.h"

/* What must be read from the start of a device to recognise all of these. */
#define SIGNATURE_BYTES (65536 + 128)

struct ext_info {
	uint64_t size_kib;
	int64_t mtime;           /* seconds */
};

/* An ext2, ext3 or ext4 superblock at byte 1024. */
bool signature_ext(struct span head, struct ext_info *out);
/* reiserfs at byte 65536. */
bool signature_reiserfs(struct span head);

/*
 * A partition table (55 AA at the end of sector 0).  *end_sec: where its last
 * partition ends; a GPT shows its protective one.
 */
bool signature_mbr(struct span head, uint64_t *end_sec);

#endif
