// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * badblocks-codec.c - the list of bad blocks of a 1.x member.  Pure.
 *
 * Words of 8 bytes, little endian: bits 0-9 a length, bits 10-63 a start, both in units of sectors
 * shifted left by the superblock's bblog_shift; all ones end the list.
 */
#include "badblocks-codec.h"
#include "util.h"

#define LENGTH_BITS 10
#define END UINT64_MAX

bool badblocks_next(struct span s, unsigned shift, size_t *at, struct bad_blocks *out)
{
	le64 word;
	uint64_t v;

	if (*at > s.n || s.n - *at < sizeof(word))
		return false;
	memcpy(word.b, s.p + *at, sizeof(word));
	v = get_le64(word);
	if (v == END)
		return false;
	*at += sizeof(word);
	out->start_sec = v >> LENGTH_BITS << shift;
	out->count_sec = (v & ((1u << LENGTH_BITS) - 1)) << shift;
	return true;
}
