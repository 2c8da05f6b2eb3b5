/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json.h - writes one JSON document, piece by piece.  Pure: knows no md, opens nothing.
 *
 * Only printable ASCII is written, whatever the text: everything else is \uXXXX, so a
 * document adds nothing to a terminal, a log or a line.  Numbers are written with all their
 * digits; a reader that has only floating point must take care of its own.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH 16

/* Begins as { .out = FILE }. */
struct json {
	FILE *out;
	bool line;                   /* set by the caller: all on one line */
	unsigned depth;
	bool in_array[JSON_DEPTH];   /* what json_close closes */
	bool any;                    /* the innermost one has something in it */
};

/*
 * key: the name of the value in the object that is open; NULL for an element of an array, and
 * for the document itself.  Closing the last one ends the document and its line.
 */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_close(struct json *j);

/* Text of our own or of the kernel; NULL is null.  What is not UTF-8 is U+FFFD. */
void json_text(struct json *j, const char *key, const char *text);
/*
 * Text of a disk or the name of a file, any bytes: the key with the text as above, and
 * always the key with "_hex" appended: null when the text is exact, else all bytes in
 * hexadecimal digits.  text NULL: both null.
 */
void json_bytes(struct json *j, const char *key, const char *text);
void json_unsigned(struct json *j, const char *key, uint64_t value);
void json_signed(struct json *j, const char *key, int64_t value);
/* So many sectors of 512 bytes, in bytes: a damaged superblock claims more than 64 bits hold. */
void json_sectors(struct json *j, const char *key, __int128 sectors);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
