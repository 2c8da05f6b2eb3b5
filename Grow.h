/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grow.h - what the files of --grow share: Grow.c says which change is meant, Grow-bitmap.c and
 * Grow-policy.c make it.
 */
#ifndef GROW_H
#define GROW_H

#include "array.h"
#include "mode.h"
#include "plan.h"

/* A member that the array keeps its metadata on. */
struct grown {
	const struct array_member *in; /* in grow.array */
	struct blk_id id;
	struct super *super;
};

struct grow {
	const struct request *req;
	const char *path;        /* of the array */
	char devnm[33];
	int attributes;          /* directory of the array's, open */
	struct array *array;
	struct grown *member;    /* when grow_members was called */
	size_t n_member;
};

/*
 * Looks at each member that works, journals apart, and loads its superblock.  0 or -errno with the
 * sentence.  What it finds goes with the struct grow.
 */
int grow_members(struct grow *g, struct err *err);
/* Appends the claims of all members, which stay in use. */
void grow_claim(const struct grow *g, struct plan *p);

/*
 * What became of the plan: rc is that of its last run, err its sentence.  Says that, or with --dry-run lists the
 * steps; title as for mode_tell_plan.  Returns the exit status.
 */
int grow_end(const struct grow *g, const struct plan *p, int rc, const struct err *err, const char *title);

/* The changes.  They return the exit status; what is wrong has been said then. */
int grow_bitmap(struct grow *g);
int grow_policy(struct grow *g);

#endif
