/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Manage-add.h - what Manage-add.c (new members) and Manage-readd.c (members that come back) share.
 */
#ifndef MANAGE_ADD_H
#define MANAGE_ADD_H

#include "Manage.h"
#include "blkdev.h"
#include "super.h"

struct adding {
	struct manage *m;
	const struct request_device *d;
	const struct target *t;
	struct blkdev *dev;      /* held alone; the plan takes it over */
	struct blk_id id;
	struct super *ours;      /* of a member in sync */
	struct array_info array; /* what that says */
	struct disk_info disk;
	struct super *old;       /* what lies on the device; NULL nothing */
	struct array_info old_array;
	struct disk_info old_disk;
};

/* ADD_NEW_DISK of the device. */
struct md_disk adding_disk(const struct adding *a, int number, int slot);
/* What a flag is after the command line. */
bool adding_flag(enum flag_change change, bool now);
/* Was the device a member of this very array? */
bool adding_is_former(const struct adding *a);
/* It is done: tells the plan, or what was done.  Returns the exit status, as these do: */
int adding_done(struct adding *a, struct plan *p, const char *what);
int adding_refused(const struct adding *a, int number, int rc);

/*
 * Manage-readd.c.  Tries what may come back.  *tried: whether that was all; else it may be added as a new
 * one.  Returns the exit status.
 */
int readd_try(struct adding *a, bool *tried);
/* A member that has failed and is still in the array. */
int readd_failed(struct adding *a);

#endif
