/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assemble.h - what the files of the mode --assemble share.  Nobody else looks inside.
 *
 * A run (struct assembly) looks at its devices once, all at the same time (Assemble-index.c), and
 * from then on asks that index.  It makes arrays (struct assemble) of them: the one that was named,
 * those of ARRAY lines, or those that the superblocks themselves tell of (Assemble-scan.c).  Of
 * each it finds the members (-members), selects (-decide), names it (-name) and plans it (-start);
 * all of a pass are started side by side (-run).
 */
#ifndef ASSEMBLE_H
#define ASSEMBLE_H

#include "config.h"
#include "devnode.h"
#include "mapfile.h"
#include "mdstat.h"
#include "member.h"
#include "mode.h"
#include "naming.h"
#include "plan.h"
#include "select.h"

struct assemble;

/* A device that was looked at. */
struct candidate {
	struct member m;                 /* first: candidate_of() */
	bool listed;                     /* it was named on the command line */
	bool late;                       /* it was found in a waiting array: counts only while it is in */
	bool unread;
	unsigned pass;                   /* in which it was found, from 0 */
	size_t group;                    /* of those that agree: group.h */
	char host[33];                   /* an array that was not started has it (m.held); "" none */
	const struct assemble *taken;    /* an array of this run has it */
	struct blkdev *alone;            /* held since it was found to be free, until its plan takes it over */
	bool undivided;                  /* no partition of it is there */
};

static inline struct candidate *candidate_of(struct member *m)
{
	return (struct candidate *)m;
}

/* An array at a time: another may have its name later. */
struct seen_array {
	char devnm[33];
	uint64_t diskseq;
};

struct assembly {
	const struct request *req;
	struct config conf;
	char homehost[256];
	bool not_required;               /* HOMEHOST <ignore> */
	const struct superswitch *fmt;   /* --metadata; NULL: any */
	int minor;
	struct update_values update;     /* with request.have_update */

	/* the index */
	struct candidate **dev;
	size_t n_dev, cap_dev;
	bool slow;                       /* the devices sleep */
	unsigned pass;
	size_t n_alone;                  /* that were held in this pass; */
	bool holds_none;                 /* and none is any more: two may exclude each other */
	int64_t patient_until_ms;        /* (clock_ms) all of them together; 0: none was busy yet */

	/* what the kernel had when the map was locked */
	struct plan *lock;               /* holds it while arrays are chosen and started */
	struct mdstat running;
	struct map map;
	struct map unmapped;             /* of arrays that the map does not know, when devices are named; */
	struct seen_array *seen;         /* and of which these were looked at for it */
	size_t n_seen, cap_seen;
	struct names_used used;          /* and what this run adds to them */
	struct devnode_numbers numbers;

	struct assemble **array;         /* all that were tried, in order */
	size_t n_array, cap_array;
	bool trouble;                    /* the map could not be locked again */
};

struct assemble {
	struct assembly *run;
	const struct config_array *line; /* the ARRAY line that it is made by; NULL none */
	size_t group;                    /* or the devices of this group; GROUP_NONE */
	const char *given;               /* its name, NULL: it is found in the superblock */
	enum name_rule given_by;
	bool listed;                     /* its members were named on the command line */
	bool have_super_minor;
	uint32_t super_minor;

	struct md_name name;             /* path "": not named yet; devnm "": a number is to be chosen */
	enum name_rule rule;
	char host[33];                   /* was not started and has some of the members; "" none */
	const struct member *busy;       /* one of those that are in use already */
	bool passing;                    /* one is busy by somebody who has no name, and may soon be free */
	struct member **kept;            /* those that make up the array */
	size_t n;
	struct contender *who;           /* [n] the same, for select */
	struct selection sel;
	size_t lead;                     /* of kept: the one whose word counts */
	enum select_start verdict;
	bool waits;                      /* --no-degraded: is not to be started */

	struct plan *plan;
	struct err err;
	bool ready;                      /* to be run */
	bool started;                    /* or left waiting */
	bool looked_at;                  /* whether another array is on it */
	bool trouble;                    /* it failed for more than that devices are missing */
	int status;                      /* how it ended */
};

/* The host whose names need not say it: NULL any. */
static inline const char *assemble_host(const struct assembly *r)
{
	return config_match_host(r->homehost, r->not_required);
}

/* What it is called in a message: its name, or what is known before it has one. */
const char *assemble_title(const struct assemble *a);

/* --- Assemble-index.c --- */

/* Reads the devices that were named, or those of the DEVICE lines. */
void assemble_probe(struct assembly *r);
/*
 * Locks the map and looks at what the kernel has: which arrays wait, and for whom.  Anew, after
 * assemble_unlock.  0 or a status.
 */
int assemble_look(struct assembly *r);
/* Gives the lock up; signals come again. */
void assemble_unlock(struct assembly *r);
/*
 * Adds the arrays that were started to the devices.  The lock is free meanwhile.  Returns how many are
 * members of something; with 0 the map is not locked any more.
 */
size_t assemble_probe_arrays(struct assembly *r);
/* Gives every device the number of its group.  Returns how many groups there are. */
size_t assemble_group(struct assembly *r);
/*
 * May it be had alone?  Who has no name is waited for a little.  0 or -errno with the sentence.  Where it can be, it is held from now on, for
 * the plan that takes it.
 */
int assemble_free(struct assembly *r, struct candidate *c, struct err *why);
/* Lets go of those that are held and that no array has taken. */
void assemble_let_go_others(struct assembly *r);
/* Lets go of all. */
void assemble_let_go(struct assembly *r);
void assembly_free(struct assembly *r);

/* --- Assemble-members.c --- */

/*
 * Keeps those devices that make up the array and are free.  Says what is wrong with the others.  0,
 * or the exit status.
 */
int assemble_find_members(struct assemble *a);
/* What of the identity asked for m has not ("uuid"); NULL when it is right. */
const char *assemble_wrong_identity(const struct assemble *a, const struct member *m);
/* What is known of a device, for ARRAY lines. */
struct config_identity assemble_identity(const struct member *m);

/* --- Assemble-join.c: all 0 or the exit status --- */

/* Finds a->host, and checks what it has of the array. */
int assemble_find_host(struct assemble *a);
/* Once they are compared: it takes its name, unless another array is meant. */
int assemble_name_host(struct assemble *a);
/* Once they are selected: may they join? */
int assemble_check_join(const struct assemble *a);

/* --- Assemble-update.c --- */

/*
 * Takes from the request what --update=uuid and name give the array, by which it is not to be looked
 * for.
 */
void assemble_take_update(struct assembly *run, struct request *r);
/* The members become what --update says, in memory.  0, or the exit status. */
int assemble_update(struct assemble *a);
/* Once more, when the number is known that the array gets, for updates that depend on it. */
int assemble_update_number(struct assemble *a, struct err *err);

/* --- Assemble-name.c: all 0 or the exit status --- */

/* What was given on the command line or in the ARRAY line: is it a name? */
int assemble_parse_name(struct assemble *a);
/* Its name, of what was given or what the superblock says. */
int assemble_name(struct assemble *a);
/* Its number, once all that have one of their own are named. */
int assemble_number(struct assemble *a);

/* --- Assemble-decide.c --- */

/* Who of those that were kept is to be in it; may be asked again. */
enum select_verdict assemble_choose(struct assemble *a);

/* Selects.  0 when it is to be started, or the exit status after the complaint. */
int assemble_decide(struct assemble *a);
void assemble_say_forced(const struct assemble *a);
void assemble_say_added(const struct assemble *a);
/* "2 drives (out of 3) and 1 spare". */
void assemble_count_text(const struct assemble *a, unsigned drives, unsigned out_of, char *out,
			 size_t cap);

/* --- Assemble-start.c --- */

/* Is this member's superblock rewritten, by --force or --update? */
bool assemble_writes(const struct assemble *a, size_t i);
/* Appends what makes an array of the members; the array is open by then. */
int assemble_plan(struct assemble *a, struct plan *p, struct err *err);

/* --- Assemble-run.c --- */

/* An array that is to be tried; the run owns it. */
struct assemble *assemble_new(struct assembly *r);
/*
 * Finds the members of n arrays, and starts those that can be, side by side.  Each array has its
 * status then.  Returns how many were started or left waiting.
 */
size_t assemble_arrays(struct assembly *r, struct assemble **a, size_t n);
/* Gives up the lock, waits for the names of all that were started, and says so. */
void assemble_finish(struct assembly *r);

/* --- Assemble-scan.c --- */

/* --assemble --scan: all arrays that can be found.  Returns the exit status. */
int assemble_scan(struct assembly *r);

#endif
