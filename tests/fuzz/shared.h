/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared.h - what the fuzz targets share: the end of a run that broke a promise, an input
 * read piece by piece, a member that lies in memory, text that a renderer made.  Of the
 * program it uses blkdev's struct alone.
 *
 * A target is one file fuzz-NAME.c with LLVMFuzzerTestOneInput; a line "fuzz: OPTIONS" in its
 * head is for libFuzzer, NAME.dict beside it is its dictionary, corpus/NAME its inputs.
 */
#ifndef FUZZ_SHARED_H
#define FUZZ_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "blkdev.h"
#include "geometry.h"
#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What must hold for every input there is; if it does not, the run ends here. */
#define REQUIRE(cond) ((cond) ? (void)0 : fuzz_broken(#cond, __FILE__, __LINE__))
__attribute__((noreturn)) void fuzz_broken(const char *cond, const char *file, int line);

/* --- input --- */

/* The rest of an input.  Behind its end there are zeros. */
struct feed {
	const uint8_t *p;
	size_t n;
};

/* The next bytes as a number, low byte first. */
uint64_t feed_number(struct feed *f, unsigned bytes);
bool feed_bool(struct feed *f);
/* Copies up to len bytes and fills up with zeros. Returns how many there were. */
size_t feed_bytes(struct feed *f, void *out, size_t len);
/* Bytes up to a NUL or the end, as a text of at most cap-1 bytes. */
void feed_text(struct feed *f, char *out, size_t cap);

/* --- a member --- */

enum image_format { IMAGE_0_90, IMAGE_1_0, IMAGE_1_1, IMAGE_1_2, IMAGE_FORMATS };

#define IMAGE_SUPER_BYTES 4096
#define IMAGE_BITMAP_BYTES 512
#define IMAGE_HEAD_BYTES 16

/*
 * A device of any size in two pieces, the superblock and the bitmap header that it points to,
 * both in memory; all else reads as zeros.  The input:
 *
 *   byte 0  format           2  bytes of the superblock that follow (le16)
 *        1  1: the stored place of a 1.x superblock is made right
 *   8-15    sectors of the device
 *   16      superblock, zero padded; then the bitmap header, zero padded
 */
struct image {
	struct blkdev dev;       /* never to be closed */
	enum image_format format;
	uint64_t super_sec;
	uint8_t super[IMAGE_SUPER_BYTES], bitmap[IMAGE_BITMAP_BYTES];
};

/* False when a device of that size has no room.  mend: give it the checksum it should have. */
bool image_make(struct image *m, const uint8_t *data, size_t n, bool mend);
/* The checksum of a superblock as the format's codec counts it, put into its place. */
void mend_super0(uint8_t *super);
void mend_super1(uint8_t *super);

/* --- output --- */

#define OUTPUT_MAX (1u << 20)

/* Printable ASCII, newlines and tabs, no more than OUTPUT_MAX. */
void check_printable(const char *text, size_t n);
/* The same in whole lines. */
void check_output(const char *text, size_t n);
/* Text from an open_memstream, one line after the other; false at the end. Cuts the text. */
bool next_line(char **text, char **line);

/* One document by RFC 8259, in check_output's bytes. */
void check_json(const char *text, size_t n);

/* A report of findings, as people read it and as one JSON document.  any_length: it may be longer than
 * OUTPUT_MAX, and is not looked at then. */
void check_report(const struct report *r, enum report_object object, bool any_length);

/* One or two lines of --brief: the configuration file's parser must read one array from them. */
struct uuid;
void check_array_lines(const char *text, size_t n, const struct uuid *uuid);

/* Promises of geometry.h, for any numbers. */
void check_geometry(const struct geometry *g);

#endif
