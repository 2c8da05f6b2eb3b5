/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpio.h - the archives that an initramfs is made of, read as a stream.  Pure: bytes in,
 * entries out.
 *
 * The format is "newc" as the kernel takes it (Documentation/driver-api/early-userspace/
 * buffer-format.rst): archives one after the other, zeros between them; what follows an archive
 * and is none is compressed, and begins with a magic number of its own.
 */
#ifndef CPIO_H
#define CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define CPIO_HEAD_BYTES 110
#define CPIO_NAME_MAX 4096       /* the end included: the kernel takes no more */

/* What a header says.  The name is hostile: any bytes, never to be used as a path. */
struct cpio_entry {
	const char *name;
	uint32_t ino, mode, nlink, size_bytes, dev_major, dev_minor;
};

struct cpio_calls {
	void *arg;
	/* An entry.  True: its contents are wanted. */
	bool (*entry)(void *arg, const struct cpio_entry *e);
	/* The next piece of what was wanted. */
	void (*bytes)(void *arg, const uint8_t *p, size_t n);
};

/* Begins as { .call = ... }. */
struct cpio {
	struct cpio_calls call;
	enum cpio_state {
		CPIO_GAP, CPIO_HEAD, CPIO_NAME, CPIO_NAME_PAD, CPIO_DATA, CPIO_DATA_PAD,
	} state;
	uint64_t at;             /* bytes taken so far */
	uint32_t left;           /* of the piece in hand */
	uint32_t have;           /* bytes in text */
	uint32_t archives;       /* that have ended */
	struct cpio_entry entry;
	bool wanted;
	char text[CPIO_NAME_MAX];    /* a header or a name that is not complete yet */
};

#define CPIO_OTHER 1

/*
 * Takes the next bytes, in pieces of any size.
 * 0: all of them; CPIO_OTHER: between two archives something else begins, at byte c->at of the
 * stream; -EBADMSG with the sentence, which names the place.  After the last two nothing more may
 * be fed.
 */
int cpio_feed(struct cpio *c, const uint8_t *p, size_t n, struct err *err);
/* The stream has ended: 0, or -EBADMSG in the middle of an archive. */
int cpio_end(const struct cpio *c, struct err *err);

#endif
