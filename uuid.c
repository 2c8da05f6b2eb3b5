// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uuid.c - array and device identities and their texts.  Which bytes of a superblock
 * are an identity is known to the codecs, not here.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>

#include "util.h"
#include "uuid.h"

void uuid_format(const struct uuid *u, char sep, char out[UUID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;

	for (int i = 0; i < 16; i++) {
		if (i && i % 4 == 0)
			*p++ = sep;
		*p++ = hex[u->b[i] >> 4];
		*p++ = hex[u->b[i] & 15];
	}
	*p = '\0';
}

static int hex_value(char c)
{
	unsigned v = (unsigned char)c - '0';

	if (v < 10)
		return (int)v;
	v = ((unsigned char)c | 0x20) - 'a';
	return v < 6 ? (int)v + 10 : -1;
}

int uuid_parse(const char *text, struct uuid *out)
{
	struct uuid u = { { 0 } };
	unsigned digits = 0, byte = 0;

	for (; *text && digits < 32; text++) {
		int v = hex_value(*text);

		if (v >= 0) {
			byte = byte << 4 | (unsigned)v;
			u.b[digits++ / 2] = (uint8_t)byte;
		} else if (!strchr(":.- ", *text)) {
			return -EINVAL;
		}
	}
	/* libblockdev copies that of 0.90 metadata from a report, with the blank behind it */
	text += strspn(text, ":.- ");
	if (*text || digits != 32)
		return -EINVAL;
	*out = u;
	return 0;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return !memcmp(a->b, b->b, sizeof(a->b));
}

struct uuid uuid_swap_words(const struct uuid *u)
{
	struct uuid out = *u;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	for (int i = 0; i < 16; i++)
		out.b[i] = u->b[i ^ 3];
#endif
	return out;
}

/* Several at once, as each member of an array gets one; up to 256 bytes come whole. */
int uuid_random(struct uuid *out)
{
	static struct uuid drawn[16];
	static size_t left;
	ssize_t n = sizeof(drawn);

	while (!left && (n = getrandom(drawn, sizeof(drawn), 0)) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(drawn))
		return n < 0 ? -errno : -EIO;
	if (!left)
		left = ARRAY_SIZE(drawn);
	*out = drawn[--left];
	return 0;
}
