/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uuid.h - array and device identities and their texts.
 */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>
#include <stdint.h>

/* 16 bytes in the order in which they are printed. */
struct uuid {
	uint8_t b[16];
};

#define UUID_TEXT 36 /* "xxxxxxxx:xxxxxxxx:xxxxxxxx:xxxxxxxx" and NUL */

/* Writes the text with the given separator (':' everywhere but in tests). */
void uuid_format(const struct uuid *u, char sep, char out[UUID_TEXT]);

/*
 * 32 hex digits, any of ": . - blank" between them.
 * Returns 0 or -EINVAL.
 */
int uuid_parse(const char *text, struct uuid *out);

bool uuid_equal(const struct uuid *a, const struct uuid *b);

/*
 * The order in which the map file writes a uuid: each group of four bytes as
 * an integer of the host.  For 1.x metadata on a little-endian host that turns
 * each group round; 0.90 keeps it.  Its own inverse.
 */
struct uuid uuid_swap_words(const struct uuid *u);

/* Random, version and variant bits not set (as the kernel's users expect). Returns 0 or -errno. */
int uuid_random(struct uuid *out);

#endif
