/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bootimage.h - what is in an initramfs: its files, and the text of those that matter for
 * arrays.  Pure; unpack.h reads one.
 *
 * Names are hostile: they are compared with names of ours, never printed and never opened.
 */
#ifndef BOOTIMAGE_H
#define BOOTIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpio.h"

#define BOOTIMAGE_FILES_MAX 400000u
#define BOOTIMAGE_NAMES_MAX (64u << 20)   /* bytes of all names */
#define BOOTIMAGE_TEXT_MAX (4u << 20)     /* of one file that is kept */
#define BOOTIMAGE_TEXTS_MAX (32u << 20)   /* of all of them */

struct boot_file {
	char *path;              /* "usr/sbin/mdadm": neither the first slash nor "." in it */
	uint32_t mode, size_bytes;
	uint32_t inode[3];       /* of a file with several names: number, device; else zero */
	char *text;              /* what was kept, with a NUL behind it; or NULL */
	size_t len, cap, kept;   /* of text; kept: bytes that were wanted */
	size_t order;            /* a later one of the same name replaces it */
};

struct bootimage {
	struct boot_file *file;  /* by path, once bootimage_sort was called */
	size_t n, cap;
	size_t name_bytes, text_bytes;
	bool too_big;            /* a limit was met: not all is in here */
};

/* Where the entries of an archive go: the callbacks of struct cpio. */
struct cpio_calls bootimage_calls(struct bootimage *b);
/* After the last entry, before anything is asked. */
void bootimage_sort(struct bootimage *b);
void bootimage_free(struct bootimage *b);    /* for cleanup() too */

/*
 * The file that the path means inside the image, symbolic links followed; NULL: none.
 * path: with or without its first slash.
 */
const struct boot_file *bootimage_find(const struct bootimage *b, const char *path);
/* The same for the name itself: a link is not followed.  path: without its first slash. */
const struct boot_file *bootimage_exact(const struct bootimage *b, const char *path);
/* The size of a file, also where another of its names has the contents. */
uint32_t bootimage_size(const struct bootimage *b, const struct boot_file *f);

/*
 * Is path a file DIR/.../BASE with DIR below / or /usr, as "lib/udev/rules.d"?  base, if not NULL,
 * gets the last component.
 */
bool bootimage_below(const struct boot_file *f, const char *dir, const char **base);

#endif
