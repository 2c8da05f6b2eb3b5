/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bytes.h - wire integers and bounded spans.
 *
 * A wire integer is a struct of bytes, so that a value that was not converted
 * does not compile.  le* is little endian; host32 is what 0.90 metadata
 * stores: the order of the machine that wrote it.
 */
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct { uint8_t b[2]; } le16;
typedef struct { uint8_t b[4]; } le32;
typedef struct { uint8_t b[8]; } le64;
typedef struct { uint8_t b[4]; } host32;

static inline uint16_t get_le16(le16 v)
{
	return (uint16_t)(v.b[0] | v.b[1] << 8);
}
static inline uint32_t get_le32(le32 v)
{
	return v.b[0] | (uint32_t)v.b[1] << 8 | (uint32_t)v.b[2] << 16 | (uint32_t)v.b[3] << 24;
}
static inline uint64_t get_le64(le64 v)
{
	uint64_t r = 0;

	for (int i = 7; i >= 0; i--)
		r = r << 8 | v.b[i];
	return r;
}
static inline le16 put_le16(uint16_t v)
{
	return (le16){ { (uint8_t)v, (uint8_t)(v >> 8) } };
}
static inline le32 put_le32(uint32_t v)
{
	return (le32){ { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) } };
}
static inline le64 put_le64(uint64_t v)
{
	le64 r;

	for (int i = 0; i < 8; i++)
		r.b[i] = (uint8_t)(v >> (8 * i));
	return r;
}
static inline uint32_t get_host32(host32 v)
{
	uint32_t r;

	memcpy(&r, v.b, 4);
	return r;
}
static inline host32 put_host32(uint32_t v)
{
	host32 r;

	memcpy(r.b, &v, 4);
	return r;
}

/* A run of bytes that somebody else owns. */
struct span {
	const uint8_t *p;
	size_t n;
};

#endif
