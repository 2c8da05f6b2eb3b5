// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpio.c - the archives that an initramfs is made of, read as a stream.  Owns the layout of a
 * header.  Uses only the base; must not open anything.
 *
 * A header is 110 bytes of ASCII: the magic number 070701, or 070702 with a sum, then 13 fields of
 * 8 hexadecimal digits:
 *
 *     0 ino  1 mode  2 uid  3 gid  4 nlink  5 mtime  6 filesize  7 devmajor  8 devminor
 *     9 rdevmajor  10 rdevminor  11 namesize  12 check
 *
 * The name follows, with its NUL, then the contents; both are filled up with zeros to a multiple of
 * 4 bytes of the stream.  The name TRAILER!!! ends the archive.
 */
#include <errno.h>
#include <string.h>

#include "cpio.h"
#include "util.h"

#define MAGIC_BYTES 6
#define FIELD_DIGITS 8
#define ALIGN_BYTES 4
#define TRAILER "TRAILER!!!"

enum field { INO, MODE, NLINK = 4, FILESIZE = 6, DEVMAJOR, DEVMINOR, NAMESIZE = 11, FIELDS = 13 };

_Static_assert(MAGIC_BYTES + FIELDS * FIELD_DIGITS == CPIO_HEAD_BYTES, "a header has no gaps");

static int broken(const struct cpio *c, const char *what, struct err *err)
{
	return err_set(err, -EBADMSG, "%s at byte %llu", what, (unsigned long long)c->at);
}

static int digit(char d)
{
	if (d >= '0' && d <= '9')
		return d - '0';
	if (d >= 'a' && d <= 'f')
		return d - 'a' + 10;
	return d >= 'A' && d <= 'F' ? d - 'A' + 10 : -1;
}

static bool read_fields(const char *head, uint32_t out[FIELDS])
{
	const char *p = head + MAGIC_BYTES;

	for (size_t i = 0; i < FIELDS; i++) {
		out[i] = 0;
		for (size_t k = 0; k < FIELD_DIGITS; k++, p++) {
			int d = digit(*p);

			if (d < 0)
				return false;
			out[i] = out[i] << 4 | (uint32_t)d;
		}
	}
	return true;
}

static uint32_t padding(const struct cpio *c)
{
	return (uint32_t)(-c->at % ALIGN_BYTES);
}

static void begin(struct cpio *c, enum cpio_state state, uint32_t left)
{
	c->state = state;
	c->left = left;
	c->have = 0;
}

/* --- complete pieces --- */

static int end_head(struct cpio *c, struct err *err)
{
	uint32_t f[FIELDS];

	if (memcmp(c->text, "07070", MAGIC_BYTES - 1) != 0 ||
	    (c->text[MAGIC_BYTES - 1] != '1' && c->text[MAGIC_BYTES - 1] != '2'))
		return broken(c, "no header of a cpio archive before what is", err);
	if (!read_fields(c->text, f))
		return broken(c, "a cpio header with something else than digits before what is", err);
	if (!f[NAMESIZE] || f[NAMESIZE] > CPIO_NAME_MAX)
		return broken(c, "a cpio header with an impossible length of its name before what is",
			      err);
	c->entry = (struct cpio_entry){
		.ino = f[INO], .mode = f[MODE], .nlink = f[NLINK], .size_bytes = f[FILESIZE],
		.dev_major = f[DEVMAJOR], .dev_minor = f[DEVMINOR],
	};
	begin(c, CPIO_NAME, f[NAMESIZE]);
	return 0;
}

static int end_name(struct cpio *c, struct err *err)
{
	if (c->text[c->have - 1])
		return broken(c, "a name without an end before what is", err);
	begin(c, CPIO_NAME_PAD, padding(c));
	return 0;
}

/* The name is still in text. */
static void begin_data(struct cpio *c)
{
	bool last = strcmp(c->text, TRAILER) == 0;

	c->entry.name = c->text;
	c->wanted = !last && c->call.entry(c->call.arg, &c->entry);
	c->entry.name = NULL;
	c->archives += last;
	if (last)
		begin(c, CPIO_GAP, 0);
	else
		begin(c, CPIO_DATA, c->entry.size_bytes);
}

/* The piece in hand is complete. */
static int end_piece(struct cpio *c, struct err *err)
{
	switch (c->state) {
	case CPIO_HEAD:
		return end_head(c, err);
	case CPIO_NAME:
		return end_name(c, err);
	case CPIO_NAME_PAD:
		begin_data(c);
		return 0;
	case CPIO_DATA:
		begin(c, CPIO_DATA_PAD, padding(c));
		return 0;
	case CPIO_DATA_PAD:
		begin(c, CPIO_HEAD, CPIO_HEAD_BYTES);
		return 0;
	case CPIO_GAP:
		return 0;
	}
	return 0;
}

/* --- bytes --- */

/* Zeros, and the byte that ends them. */
static int skip_gap(struct cpio *c, const uint8_t **p, const uint8_t *end, struct err *err)
{
	while (*p < end && !**p) {
		++*p;
		c->at++;
	}
	if (*p == end)
		return 0;
	if (**p != '0')
		return CPIO_OTHER;
	if (padding(c))
		return broken(c, "an archive that does not begin at a multiple of 4", err);
	begin(c, CPIO_HEAD, CPIO_HEAD_BYTES);
	return 0;
}

static void take(struct cpio *c, const uint8_t **p, const uint8_t *end)
{
	size_t n = MIN((size_t)(end - *p), (size_t)c->left);

	if (c->state == CPIO_HEAD || c->state == CPIO_NAME) {
		memcpy(c->text + c->have, *p, n);
		c->have += (uint32_t)n;
	} else if (c->state == CPIO_DATA && c->wanted && n) {
		c->call.bytes(c->call.arg, *p, n);
	}
	*p += n;
	c->at += n;
	c->left -= (uint32_t)n;
}

int cpio_feed(struct cpio *c, const uint8_t *p, size_t n, struct err *err)
{
	const uint8_t *end = p + n;
	int rc = 0;

	/* a piece of no length is complete without a byte more */
	while (!rc && (p < end || (c->state != CPIO_GAP && !c->left))) {
		if (c->state == CPIO_GAP) {
			rc = skip_gap(c, &p, end, err);
			continue;
		}
		take(c, &p, end);
		if (!c->left)
			rc = end_piece(c, err);
	}
	return rc;
}

int cpio_end(const struct cpio *c, struct err *err)
{
	return c->state == CPIO_GAP ? 0 : broken(c, "the end of the file in the middle of an archive",
						 err);
}
