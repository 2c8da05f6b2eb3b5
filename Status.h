/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Status.h - what the files of --status share: how an array is, what that means, and what to
 * do next.  Nobody else looks inside.
 */
#ifndef STATUS_H
#define STATUS_H

#include "array.h"
#include "member.h"
#include "mode.h"
#include "report.h"
#include "scrubfile.h"
#include "select.h"

#define STATUS_COMMANDS 2
#define REDUNDANCY_UNKNOWN (-1)

struct status {
	enum exit_status state;  /* STATUS_OK, STATUS_ARRAY_HEALING ... STATUS_ARRAY_FAILED */
	const char *word;        /* "healthy", "resyncing" ... */
	int redundancy;          /* members that may still fail for sure, or REDUNDANCY_UNKNOWN */
	bool needs_person;
	char *meaning;
	char *next;              /* what to do, in words; or NULL */
	char *command[STATUS_COMMANDS]; /* what to type, in this order; NULL: no more */
};

/* Members of an array that was not started, from their superblocks (Status-inactive.c). */
struct gathered {
	struct member *all;      /* every device that was looked at */
	size_t n_all;
	struct member **kept;    /* those of the array, and those that could be */
	bool *inside;            /* [n] the array has it */
	size_t n;
	struct contender *who;   /* [n] */
	struct selection sel;
	enum select_verdict sorted;
	enum select_start start; /* with SELECT_OK: what --assemble would say */
};

/*
 * Pure (Status-judge.c).  path: of the array's node, for the commands.  The caller frees with
 * status_free.
 */
void status_judge(const struct array *a, const char *path, struct status *out);
void status_judge_inactive(const struct array *a, const char *path, const struct gathered *g,
			   struct status *out);
void status_free(struct status *s);          /* for cleanup() too */

/* Seconds until what runs is done, by its present speed; -1: unknown. */
int64_t status_remaining_s(const struct array_sync *s);
/* "about 5 minutes" */
char *status_duration(int64_t seconds, char *out, size_t cap);
/* The place of a member, for its row: "in sync", "2 events behind". */
const char *status_member_words(const struct gathered *g, size_t i);

/*
 * Reads the superblocks of the members, and of all other devices that could be members, and
 * has them sorted.  The level and the slots that they speak of go into a->geo.
 */
void status_gather(struct array *a, const struct config *conf, struct gathered *out);
void gathered_free(struct gathered *g);      /* for cleanup() too */

/* One array, as it is to be shown. */
struct status_view {
	const char *path;
	struct array *a;
	struct gathered g;       /* of one that was not started */
	struct scrub_state scrub; /* what --scrub remembers; all zero: nothing */
	struct status s;
	struct report r;
};

/* Pure (Status-report.c): fills r with what the others say. */
void status_report(struct status_view *v);

/* Every array (n 0), or those whose nodes are given. */
struct status_options {
	bool problems;           /* only arrays that need a person */
	struct json *json;       /* in place of text; or NULL */
};

int Status(char *const *dev, size_t n, const struct config *conf, const struct status_options *o);

#endif
