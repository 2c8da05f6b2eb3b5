/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waiting.h - an array that has members and was not started, as --incremental leaves it: who is in it,
 * and may it be started with these?
 */
#ifndef WAITING_H
#define WAITING_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "member.h"
#include "select.h"

enum array_condition {
	ARRAY_NONE,              /* there is no such array; perhaps a bare device of that name */
	ARRAY_WAITS,             /* it has members, or room for them, and takes more */
	ARRAY_TRIED,             /* the kernel is at its start, or has refused that: it takes none by
				  * their numbers any more */
	ARRAY_RUNS,
};
/* What is on that md device, by sysfs alone.  External metadata: *external, if not NULL. */
enum array_condition waiting_condition(const char *devnm, bool *external);

/* The same in one look, which takes an array that was tried for one that waits. */
enum array_condition waiting_glance(const char *devnm);

/*
 * The same once nobody is at work on it: who starts an array has it alone, and the kernel may have to
 * load modules and a bitmap.  Waits for that until end_ms (clock_ms) at most.
 */
enum array_condition waiting_settled(const char *devnm, int64_t end_ms);

/* How many members it has, by sysfs alone: one that has lost them all is still there. */
size_t waiting_count(const char *devnm);

struct waiting {
	char devnm[33];
	const struct superswitch *fmt;   /* NULL: not known */
	int minor;
	DIR *dir;                        /* its attributes, while it is looked at */
	struct member *member;           /* each read once; rc tells which could be */
	size_t n;
	bool sampled;                    /* there may be others than these */

	/* waiting_judge */
	struct member **kept;            /* those of one array */
	size_t n_kept;
	struct contender *who;           /* [n_kept] */
	enum select_verdict verdict;
	struct selection sel;
};

enum start_verdict {
	START_NOT,               /* there are not enough */
	START_UNSAFE,            /* it could run, but some that worked last time are not here */
	START_ALL,               /* all are here that worked last time */
};

/*
 * Lists the members by sysfs and reads their superblocks, slow devices at once; called again, only of
 * those that have come since.  0 or -errno.  The caller frees with waiting_free.
 */
int waiting_load(const char *devnm, struct waiting *w, struct err *err);
/* The same of one of them only, if it has any, which is looked at as one of the format of like. */
int waiting_sample(const char *devnm, const struct super *like, struct waiting *w, struct err *err);
/* Who of them belongs to the array is compared with super, or with the first of them (NULL). */
enum start_verdict waiting_judge(struct waiting *w, const struct super *super);
/* Of those that were judged: the one whose word counts. */
const struct member *waiting_lead(const struct waiting *w);
/* Is the k-th of kept one that the array must not be started with? */
bool waiting_rejects(const struct waiting *w, size_t k);
/* The member whose superblock could be read that belongs to the same array as super, or NULL. */
const struct member *waiting_same(const struct waiting *w, const struct super *super);
/*
 * Of an array that runs: the member that m, which has a slot, does not agree with, or NULL.  It has
 * more events than that one, or says that it has failed or is missing: both were written apart, and to
 * bring m up to date by the bitmap would leave each with what the other has not.
 */
const struct member *waiting_contradicts(const struct waiting *w, const struct member *m);
void waiting_free(struct waiting *w);          /* also for cleanup() */

#endif
