/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wait-for.h - --wait with --for, --timeout or --json: what is waited for, and how an array stands
 * to it. The judgement is pure.
 */
#ifndef WAIT_FOR_H
#define WAIT_FOR_H

#include <stdbool.h>
#include <stdint.h>

#include "array.h"
#include "options.h"

/* An array at one moment. */
struct wait_look {
	bool here;               /* it is still the same array */
	bool active;             /* it runs */
	enum mdstat_activity activity;
	enum mdstat_wait wait;
	int percent;             /* -1 unknown */
	int64_t left_s;          /* -1 unknown */
	uint64_t speed_kib;      /* a second; 0 unknown */
	bool reshape;            /* it has begun one */
	bool dirty;              /* its redundancy is still to be compared */
	bool has_redundancy;     /* by its level */
	bool enough;             /* members to go on with */
	bool coming;             /* a member is there that is not in sync and has not failed */
	unsigned slots, in_sync;
};

enum wait_verdict { WAIT_GOES_ON, WAIT_REACHED, WAIT_IN_VAIN };

/*
 * begin: the first look; last: the one before now, or NULL.  *why: in words, of WAIT_IN_VAIN.  What
 * is in vain may still get under way a moment later: it counts when it has stayed so for a while.
 */
enum wait_verdict wait_judge(enum wait_for what, const struct wait_look *begin,
			     const struct wait_look *last, const struct wait_look *now,
			     const char **why);

struct wait_options {
	enum wait_for what;
	bool have_deadline;
	int64_t deadline_ms;     /* clock_ms */
	bool json;               /* a line of JSON for each change */
};

/* Waits for one array, and says what it waits for when stderr is a terminal.  The exit status. */
int Wait_for(const char *path, const struct wait_options *o);

#endif
