/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * member.h - devices probed into members: opened once, read once, decoded once.
 */
#ifndef MEMBER_H
#define MEMBER_H

#include "blkdev.h"
#include "select.h"
#include "super.h"

struct member {
	char *path;
	struct blk_id id;        /* not with LOAD_FOR_REPORT */
	uint64_t dev_sec;
	int rc;                  /* of the probe: 0, SUPER_ABSENT, -errno */
	struct err why;          /* when rc < 0 */
	struct super *super;     /* when rc == 0 */
	struct array_info array;
	struct disk_info disk;
	bool held;               /* for the caller: an array that was not started has it */
};

/*
 * Opens the device read-only, looks for a superblock (fmt NULL: of any format) and closes it.
 * Never fails as a whole: the result is in m->rc.  The caller frees with member_free.
 */
void member_probe(struct member *m, char *path, const struct superswitch *fmt, int minor,
		  unsigned load_flags);
/*
 * The same, and tells in m->held whether it is in use (m->why: the sentence) at that moment; it is
 * looked at all the same, and held itself only for a moment.  The path is that of a block device.
 */
void member_probe_alone(struct member *m, char *path, const struct superswitch *fmt, int minor,
			unsigned load_flags);
void member_free(struct member *m);

/*
 * A superblock at the end of a disk is seen through its last partition too: is disk the disk of part, and what
 * both carry the same bytes?  Both have a superblock.
 */
bool member_is_through(const struct member *part, const struct member *disk);

/* What the kernel that runs is too old for, "\n..." in text; NULL: nothing. */
const char *member_kernel_hint(const struct member *m, char *text, size_t cap);

/* Beside the load flags: each path was seen a moment ago to be a block device's node, or a file. */
#define MEMBERS_SEEN 0x100u

/* May take things out of m, which is freed afterwards. */
typedef void member_fn(void *arg, struct member *m);
/*
 * Probes a list: slow devices many at once, and tells of each in the order of the list.  Returns
 * whether they are slow.
 */
bool members_each(char *const *path, size_t n, const struct superswitch *fmt, int minor,
		  unsigned load_flags, member_fn *found, void *arg);
/* The same, but keeps all.  The caller frees with members_free. */
struct member *members_probe(char *const *path, size_t n, const struct superswitch *fmt, int minor,
			     unsigned load_flags);
void members_free(struct member *m, size_t n);

/*
 * Members of one array, for select: what their superblocks say of themselves and of each other
 * goes into who[n].  Returns the freshest, or SEAT_EMPTY.
 */
size_t members_line_up(struct member *const *m, size_t n, struct contender *who);

#endif
