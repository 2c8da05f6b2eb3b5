/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sha1.h - SHA-1 (FIPS 180-4): 0.90 metadata keeps the home host as the first 8
 * bytes of the SHA-1 of its name; undo files are checked by it, and keep long
 * names of hardware as one.  Not for security.
 */
#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>
#include <stdint.h>

/* Digest of n bytes at p. */
void sha1(const void *p, size_t n, uint8_t out[20]);
/* The same in hexadecimal digits. */
#define SHA1_TEXT 41       /* bytes, the end included */
void sha1_text(const void *p, size_t n, char out[SHA1_TEXT]);

#endif
