/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verify.h - --verify: Verify() for misc, and what its files share.
 */
#ifndef VERIFY_H
#define VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "blkdev.h"
#include "geometry.h"
#include "options.h"
#include "report.h"
#include "stripe.h"

struct json;

/* Each array; json: in place of text, or NULL.  The largest exit status. */
int Verify(char *const *dev, size_t n, const struct request *r, struct json *json);

/* --- what is looked at (Verify-look.c) --- */

/* Sectors of a member that cannot be read, or that the kernel knows to be bad; places as in stripe.h. */
struct verify_hole {
	uint64_t at_sec, n_sec;
};
struct verify_holes {
	struct verify_hole *hole;    /* in no order */
	size_t n, cap;
};

struct verify_member {
	bool here;                   /* in step with the array */
	char kname[33];
	char *path;
	uint64_t offset_sec;         /* where its data begins */
	struct blkdev *dev;
	struct verify_holes holes;
	uint64_t unread_sec;         /* that could not be read; */
	struct err unread;           /* and the first reason */
};

struct verified {
	const char *path;
	char devnm[33];
	struct geometry geo;
	struct stripe_bands bands;
	struct verify_member *member; /* by slot */
	unsigned missing;
	bool lockless;               /* its bitmap is: what was never written need not fit */
};

/*
 * Opens the members.  0 or -errno with the sentence: also of an array that is busy, or not in step.
 * The caller frees with verified_free.
 */
int verify_look(const char *path, struct verified *out, struct err *err);
void verified_free(struct verified *v);
/* Is it still as it was: the same members in step, and busy with nothing?  0, or -ESTALE. */
int verify_unchanged(const struct verified *v, struct err *err);
void verify_add_hole(struct verify_holes *h, uint64_t at_sec, uint64_t n_sec);

/* --- some bands of it, read (Verify-read.c) --- */

struct verify_window {
	uint64_t first, n;           /* stripes */
	uint64_t at_sec, len_sec;    /* on each member, at each place */
	size_t room;                 /* bytes of each member, for all places */
	uint8_t **bytes;             /* by slot; NULL: missing */
	struct verify_holes *unread; /* by slot: what could not be read just now */
	struct err *error;           /* by slot: the first of it */
};

/* Room for a window of bands.  0, -ENOMEM; the caller frees with verify_window_free. */
int verify_window_make(const struct verified *v, uint64_t bands, struct verify_window *w,
		       struct err *err);
void verify_window_free(const struct verified *v, struct verify_window *w);
/* Aims it at so many bands (no more than there is room for), or fewer where they end. */
void verify_window_aim(const struct verified *v, struct verify_window *w, uint64_t band,
		       uint64_t bands);
/* What one member has of it; different slots may be read by different threads. */
void verify_window_read(const struct verified *v, struct verify_window *w, unsigned slot);
/* Bands that are read at once. */
uint64_t verify_window_bands(const struct verified *v);

/* --- judged (Verify-judge.c, pure) --- */

enum verify_block { VERIFY_DATA = 1, VERIFY_P = 2, VERIFY_Q = 4, VERIFY_COPY = 8 };

/* Stripes one behind the other with the same member wrong. */
struct verify_finding {
	uint64_t stripe, n;
	int slot;                    /* who is wrong; -1: it cannot be said */
	unsigned blocks;             /* enum verify_block, of who is wrong */
	uint64_t at_sec, end_sec;    /* from the first wrong sector to behind the last, on that member;
				      * of nobody's, on the first one */
	uint64_t wrong_sec;          /* sectors that do not fit */
};

#define VERIFY_LISTED 10000

struct verify_findings {
	struct verify_finding *f;
	size_t n, cap;
	uint64_t unlisted;           /* findings beyond VERIFY_LISTED */
	uint64_t wrong_stripes, unknown_stripes; /* that do not fit; of them without a culprit */
	uint64_t untold_sec;         /* of blocks with nothing to compare */
};

/* Adds what n stripes from `first` on, which the window has, tell. */
void verify_judge(const struct verified *v, const struct verify_window *w, uint64_t first,
		  uint64_t n, struct verify_findings *out);
/* Adds those of the second, which follow. */
void verify_merge(struct verify_findings *to, const struct verify_findings *from);
/* Joins with what is there, where it continues that. */
void verify_add(struct verify_findings *to, const struct verify_finding *f);
/* Where the window has that sector of a member. */
uint8_t *verify_bytes(const struct verified *v, const struct verify_window *w, unsigned slot,
		      uint64_t at_sec);

/* --- one block put right (Verify-repair.c) --- */

/* The exit status; says what it did.  json as above. */
int verify_repair(const struct verified *v, uint64_t stripe, const struct request *r,
		  struct verify_findings *found);

/* --- told (Verify-report.c, pure) --- */

struct verify_outcome {
	const struct verified *v;
	const struct verify_findings *found;
	const char *failure;         /* why it did not end; NULL it did */
	int exit_status;
};
void verify_report(const struct verify_outcome *o, struct report *r);

/* Were there sectors that could not be read? */
bool verify_unread(const struct verified *v);
/* Was all of every member read and compared? */
bool verify_is_all(const struct verified *v, const struct verify_findings *f);

#endif
