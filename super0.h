/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * super0.h - what super0.c and super0-report.c share.  Nobody else looks inside.
 */
#ifndef SUPER0_H
#define SUPER0_H

#include "super.h"
#include "super0-codec.h"

struct super0_super {
	struct super base;
	struct super0 sb;
	/* Only in a new superblock: */
	uint32_t bitmap_chunk_bytes, bitmap_delay_s, write_behind; /* chunk 0: no bitmap */
	/* Only in a loaded one: */
	bool bitmap_damaged;         /* there should be one */
};

static inline const struct super0_super *super0_of(const struct super *s)
{
	return (const struct super0_super *)s;
}

/* superswitch functions that live in super0-report.c */
void super0_examine(const struct super *s, struct blkdev *b, const char *homehost,
		    struct report *r);
void super0_export_examine(const struct super *s, struct report *r);
void super0_brief_examine(const struct super *s, bool verbose, struct report *r);
void super0_detail(const struct super *s, const char *homehost, struct report *r);
void super0_export_detail(const struct super *s, struct report *r);

/* The last 8 bytes of the uuid are the hash of this host's name. */
bool super0_is_local(const struct super *s, const char *homehost);

#endif
