// SPDX-License-Identifier: GPL-2.0-or-later
/* crc32c.c - see crc32c.h.  Bit by bit: what is summed here has 4 KiB. */
#include "crc32c.h"

#define POLYNOMIAL 0x82f63b78u     /* reflected */

uint32_t crc32c(uint32_t crc, const void *bytes, size_t n)
{
	for (const uint8_t *p = bytes; n--; p++) {
		crc ^= *p;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	}
	return crc;
}
