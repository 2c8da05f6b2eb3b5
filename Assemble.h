/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assemble.h - what the files of the mode --assemble share.  Nobody else looks inside.
 */
#ifndef ASSEMBLE_H
#define ASSEMBLE_H

#include "config.h"
#include "devnode.h"
#include "member.h"
#include "mode.h"
#include "plan.h"
#include "select.h"

struct assemble {
	const struct request *req;
	struct config conf;
	char homehost[256];
	struct md_name name;             /* devnm "": a number is to be chosen */
	bool listed;                     /* the members were named on the command line */
	const struct superswitch *fmt;   /* --metadata; NULL: any */
	int minor;
	bool have_super_minor;
	uint32_t super_minor;

	struct update_values update;     /* with request.have_update */

	char host[33];                   /* was not started and has some of the members; "" none */
	struct member *member;           /* every device that was looked at */
	size_t n_member;
	struct member **kept;            /* those that make up the array */
	size_t n;
	struct contender *who;           /* [n] the same, for select */
	struct selection sel;
	enum select_start verdict;
};

/*
 * Assemble-members.c: probes the devices and keeps those of one array that are free.
 * Says what is wrong with the others.  0, or the exit status.
 */
int assemble_find_members(struct assemble *a);

/* What of the identity asked for m has not ("uuid"); NULL when it is right. */
const char *assemble_wrong_identity(const struct assemble *a, const struct member *m);
/* In what the superblocks differ that members of one array have alike; NULL. */
const char *assemble_difference(const struct super *a, const struct super *b);

/*
 * Assemble-join.c, all 0 or the exit status: once the devices are probed, finds a->host and adds
 * what it holds to the members; once they are compared, takes its name, unless another array is
 * meant; once they are selected, may they join?
 */
int assemble_find_host(struct assemble *a);
int assemble_name_host(struct assemble *a);
int assemble_check_join(const struct assemble *a);
/* The sentence when not, and its status. */
int assemble_refuse_join(const struct assemble *a, const char *member);

/*
 * Assemble-update.c.  Takes from the request what --update=uuid and name give the array, by which it is
 * not to be looked for.
 */
void assemble_take_update(struct assemble *a, struct request *r);
/* The members that are kept become what --update says, in memory.  0, or the exit status. */
int assemble_update(struct assemble *a);
/* Once more, when the number is known that the array gets, for updates that depend on it. */
int assemble_update_number(struct assemble *a, struct err *err);

/* Assemble-start.c: is this member's superblock rewritten, by --force or --update? */
bool assemble_writes(const struct assemble *a, size_t i);

/*
 * Assemble-start.c: plans and runs: number, forced superblocks, map, members, start.
 * Everything has been checked; a failure leaves nothing behind.  Fills a->name.devnm.
 */
int assemble_start(struct assemble *a, struct plan *p, struct err *err);

#endif
