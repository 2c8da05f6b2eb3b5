/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * super0.h - what super0.c and super0-report.c share.  Nobody else looks inside.
 */
#ifndef SUPER0_H
#define SUPER0_H

#include "bitmap-codec.h"
#include "super.h"
#include "super0-codec.h"

struct super0_super {
	struct super base;
	struct super0 sb;
	/* Only in a new superblock: */
	uint32_t bitmap_chunk_bytes, bitmap_delay_s, write_behind; /* chunk 0: no bitmap */
	/* Only in a loaded one: */
	bool bitmap_damaged;         /* there should be one */
	struct bitmap_head bitmap;   /* with one: its header */
	bool bitmap_changed;         /* which is to be written */
	uint8_t bitmap_loaded[BITMAP_HEAD_BYTES];
	uint8_t loaded[SUPER0_BYTES]; /* as it was read; only for more than a report */
};

static inline const struct super0_super *super0_of(const struct super *s)
{
	return (const struct super0_super *)s;
}

static inline struct super0_super *super0_own(struct super *s)
{
	return (struct super0_super *)s;
}

/* The minor "version" of a superblock whose words are in the other byte order than the host's. */
#define SUPER0_SWAPPED 9

/* Can an array be made of it?  0, or -EINVAL with what is wrong. */
int super0_check(const struct super0 *sb, struct err *why);
/* The two words of the uuid that name the home host: raw bytes of its SHA-1. */
void super0_home_words(const char *homehost, uint8_t out[8]);

/* super0-update.c: of the superswitch. */
int super0_update(struct super *s, const struct update_values *v, struct err *err);
int super0_convert(const struct super *s, const struct update_values *v, struct super **out,
		   struct err *err);

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
