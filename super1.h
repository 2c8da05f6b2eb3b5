/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * super1.h - what super1.c, super1-new.c and super1-report.c share.  Nobody else looks inside.
 */
#ifndef SUPER1_H
#define SUPER1_H

#include "bitmap-codec.h"
#include "super.h"
#include "super1-codec.h"

struct super1_super {
	struct super base;
	struct super1 sb;
	/* Only in a new superblock: */
	uint32_t bitmap_delay_s, write_behind, bitmap_state, bitmap_reserved_sec;
	uint64_t bitmap_chunk_bytes;
	uint64_t bitmap_sec;         /* sectors that the bitmap takes on disk, 0 none */
	bool bitmap_lockless;
	bool bblog;
	bool bitmap_damaged;         /* only in a loaded one: there should be a bitmap */
	uint32_t bitmap_version;     /* the same, from its header; 0: there is none */
	struct bitmap_head bitmap;   /* with the feature: the header */
	/* What an update wants written besides: */
	bool bitmap_changed;         /* the header */
	bool ppl_new;                /* an empty log */
	bool unread;                 /* the superblock: it is in no place that was read */
	uint8_t bitmap_loaded[BITMAP_HEAD_BYTES];
	bool kept;                   /* loaded is there */
	uint8_t loaded[];            /* SUPER1_BYTES, as it was read; only for more than a look or a report */
};

static inline const struct super1_super *super1_of(const struct super *s)
{
	return (const struct super1_super *)s;
}

static inline struct super1_super *super1_own(struct super *s)
{
	return (struct super1_super *)s;
}

#define SUPER1_RESYNC_DONE UINT64_MAX
#define SUPER1_CTIME_SECONDS ((1ULL << 40) - 1)

/* superswitch functions that live in super1-new.c */
int super1_validate(struct geometry *g, bool have_layout, unsigned spares, struct err *why);
uint64_t super1_avail(const struct space_request *q, uint64_t *data_offset_sec);
int super1_init(const struct new_array *a, struct super **out, struct err *err);
void super1_adopt(struct super *s);
int super1_add(struct super *s, const struct new_member *m, struct err *err);
int super1_write_init(const struct super *s, const struct new_member *m, struct plan *p,
		      struct err *err);

int super1_add_bitmap(struct super *s, struct bitmap_wish *w, const char *path, struct plan *p,
		      int32_t *offset_sec, struct err *err);

/* "host:name" where there is a host and it fits, else the name alone, cut; "": the number. */
void super1_set_name(struct super1 *sb, const char *name, int md_minor, const char *homehost);

/* super1-update.c: update_super of the superswitch. */
int super1_update(struct super *s, const struct update_values *v, struct err *err);

/* An empty partial parity log, where the superblock says. */
void super1_write_ppl(const struct super1 *sb, const char *path, struct plan *p);

/* Sectors that its bitmap takes, by the header; 0: there is none. */
uint64_t super1_bitmap_sec(const struct super1_super *s);
/* The same of a bitmap with this header, so far from its superblock. */
uint64_t super1_bitmap_head_sec(const struct bitmap_head *h, int32_t offset_sec);

/* superswitch functions that live in super1-report.c */
void super1_examine(const struct super *s, struct blkdev *b, const char *homehost,
		    struct report *r);
void super1_export_examine(const struct super *s, struct report *r);
void super1_brief_examine(const struct super *s, bool verbose, struct report *r);
void super1_detail(const struct super *s, const char *homehost, struct report *r);
void super1_export_detail(const struct super *s, struct report *r);

/*
 * super1-check.c.  Can an array be made of it?  0, or -EINVAL with what is wrong ("level 7 does not
 * exist"): such a superblock is for reports only.
 */
int super1_check(const struct super1 *sb, uint64_t dev_sec, struct err *why);
/* Does a device of that size hold all the data that is spoken of? */
bool super1_fits(const struct super1 *sb, uint64_t dev_sec);

/*
 * How many sectors there are for what lies by_sec from the superblock, up to the superblock, the
 * data or the end of the device; 0: it cannot be there.
 */
uint64_t super1_room_sec(const struct super1 *sb, int64_t by_sec, uint64_t dev_sec);

/* super1-kernel.c */
void super1_oldest_kernel(const struct super *s, struct kernel_need *need);
/* The feature bits as words, a JSON list. */
void super1_report_features(const struct super1 *sb, struct report *r);

/* "host:name" with this host in front. */
bool super1_is_local(const struct super *s, const char *homehost);

#endif
