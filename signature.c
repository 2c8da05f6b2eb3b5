// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * signature.c - recognises file systems and partition tables by their bytes.
 * Pure; reads nothing itself and never looks past the span.
 *
 *   ext2/3/4  byte 1024: superblock; +4 blocks (le32), +24 log2(block) - 10 (le32),
 *             +44 mount time (le32), +56 magic 53 EF       (kernel: fs/ext4/ext4.h)
 *   reiserfs  byte 65536: superblock; +52 "ReIsErFs", "ReIsEr2Fs" or "ReIsEr3Fs"
 *   btrfs     byte 65536: superblock; +64 "_BHRfS_M"
 *   XFS       byte 0: "XFSB"
 *   LUKS      byte 0: "LUKS" BA BE; +6 version 1 or 2 (be16)
 *   LVM       one of sectors 0 to 3: label; +0 "LABELONE", +24 "LVM2 001"
 *   swap      the last 10 bytes of the first 4096: "SWAPSPACE2"
 *   GPT       sector 1: "EFI PART"
 *   DDF       last sector: anchor header; +0 magic DE 11 DE 11
 *   IMSM      last sector but one: +0 "Intel Raid ISM Cfg Sig. "
 *   MBR       byte 446: four entries of 16; +8 start, +12 sectors (le32); byte 510: 55 AA
 */
#include "signature.h"
#include "util.h"

#define EXT_AT 1024
#define MBR_ENTRIES_AT 446
#define MBR_MAGIC_AT 510

static uint32_t le32_at(struct span s, size_t at)
{
	le32 v;

	memcpy(v.b, s.p + at, sizeof(v.b));
	return get_le32(v);
}

bool signature_ext(struct span head, struct ext_info *out)
{
	uint32_t log_kib;

	if (head.n < EXT_AT + 1024 || head.p[EXT_AT + 56] != 0x53 || head.p[EXT_AT + 57] != 0xef)
		return false;
	log_kib = le32_at(head, EXT_AT + 24);
	/* blocks of 1 KiB to 64 KiB; anything else is damage, and shown as it is */
	out->size_kib = (uint64_t)le32_at(head, EXT_AT + 4) << (log_kib <= 6 ? log_kib : 0);
	out->mtime = le32_at(head, EXT_AT + 44);
	return true;
}

static bool has_at(struct span s, size_t at, const void *bytes, size_t n)
{
	return s.n >= at + n && memcmp(s.p + at, bytes, n) == 0;
}

static bool is_reiserfs(struct span super)
{
	static const char *const magics[] = { "ReIsErFs", "ReIsEr2Fs", "ReIsEr3Fs" };

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (has_at(super, 52, magics[i], strlen(magics[i])))
			return true;
	return false;
}

static bool is_btrfs(struct span super)
{
	return has_at(super, 64, "_BHRfS_M", 8);
}

static bool is_xfs(struct span head)
{
	return has_at(head, 0, "XFSB", 4);
}

static bool is_luks(struct span head)
{
	return has_at(head, 0, "LUKS\xba\xbe\0\1", 8) || has_at(head, 0, "LUKS\xba\xbe\0\2", 8);
}

static bool is_lvm(struct span head)
{
	for (size_t at = 0; at < 4 * 512; at += 512)
		if (has_at(head, at, "LABELONE", 8) && has_at(head, at + 24, "LVM2 001", 8))
			return true;
	return false;
}

static bool is_swap(struct span head)
{
	return has_at(head, 4096 - 10, "SWAPSPACE2", 10);
}

const struct signature signatures[] = {
	{ "a reiserfs file system", 65536, 128, is_reiserfs },
	{ "a btrfs file system", 65536, 128, is_btrfs },
	{ "an XFS file system", 0, 512, is_xfs },
	{ "a LUKS encrypted volume", 0, 512, is_luks },
	{ "an LVM physical volume", 0, 2048, is_lvm },
	{ "a swap area", 0, 4096, is_swap },
	{ NULL, 0, 0, NULL },
};

bool signature_mbr(struct span head, uint64_t *end_sec)
{
	if (head.n < 512 || head.p[MBR_MAGIC_AT] != 0x55 || head.p[MBR_MAGIC_AT + 1] != 0xaa)
		return false;
	*end_sec = 0;
	for (size_t at = MBR_ENTRIES_AT; at < MBR_MAGIC_AT; at += 16) {
		uint64_t end = (uint64_t)le32_at(head, at + 8) + le32_at(head, at + 12);

		*end_sec = MAX(*end_sec, end);
	}
	return true;
}

bool signature_gpt(struct span sector)
{
	return has_at(sector, 0, "EFI PART", 8);
}

bool signature_ddf(struct span sector)
{
	return has_at(sector, 0, "\xde\x11\xde\x11", 4);
}

bool signature_imsm(struct span sector)
{
	return has_at(sector, 0, "Intel Raid ISM Cfg Sig. ", 24);
}
