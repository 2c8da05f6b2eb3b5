/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Manage.h - what the files of --manage share: Manage.c walks the command line, Manage-member.c
 * finds the members that a word means, Manage-add.c puts devices in, Manage-out.c takes them out,
 * Manage-cost.c says what that costs.
 */
#ifndef MANAGE_H
#define MANAGE_H

#include "array.h"
#include "config.h"
#include "mode.h"
#include "plan.h"

struct manage {
	const struct request *req;
	const struct config *conf;
	const char *path;        /* of the array, as given */
	char devnm[33];
	struct array *array;     /* as it was when the action in hand began; a dry run changes it */
	unsigned changed;        /* actions that did something */
	bool holds;              /* we keep the array from copying until all are in */
};

/* A member, or a device that is to be one. */
struct target {
	char *shown;             /* what messages call it: as given, or its name */
	dev_t rdev;              /* 0: it has gone */
	char kname[33];          /* in the array's attributes; "" it is not there */
	struct array_member *member; /* in manage.array; NULL it is not there */
};

/* All of these return 0 or the exit status; what is wrong has been said then. */

/* Manage-member.c: what the word means to the action.  The caller frees with manage_free_targets. */
int manage_targets(struct manage *m, const struct request_device *d, struct target **out, size_t *n);
void manage_free_targets(struct target *t, size_t n);
/* Looks at the array again; a dry run keeps what it has of it. */
int manage_look(struct manage *m);
/* The member that a device's node, kernel name or MAJOR:MINOR means; NULL there is none.  Says nothing. */
struct array_member *manage_member(struct manage *m, const char *word);
/* The other one in its slot: of a member its replacement, of that the member; NULL: none. */
const struct array_member *manage_twin(const struct array *a, const struct array_member *am);
/* Has the member's state that word in sysfs, now? */
bool manage_is(const struct manage *m, const char *kname, const char *word);
/* In a dry run: the device is a spare from now on. */
void manage_enter(struct manage *m, const struct target *t, int number);

/* Manage-out.c */
int manage_fail(struct manage *m, const struct target *t);
int manage_remove(struct manage *m, const struct target *t);
/* with: a spare, or NULL. */
int manage_replace(struct manage *m, const struct target *t, const struct target *with);

/* Manage-add.c */
int manage_add(struct manage *m, const struct request_device *d, const struct target *t);

/* Swap.c: brings the array as near as it can be to having `new` in the place of `old`. */
int manage_swap(struct manage *m, const struct request_device *old, const struct request_device *new);

/*
 * Manage-cost.c.  Pure but for a look at the bitmap on a member.
 */
#define MANAGE_SIZE 24
/* "38 MiB", "7.3 TiB". */
char *manage_size(uint64_t sectors, char out[MANAGE_SIZE]);
/* Has it members enough, as far as is known? */
bool manage_works(const struct array *a);
/* Slots without a member in sync. */
uint32_t manage_lacks(const struct array *a);
bool manage_degraded(const struct array *a);
/* Is the array kept from copying anything? */
bool manage_frozen(const struct manage *m);
/* Does the array keep all its data without this member? */
bool manage_survives(const struct array *a, const struct array_member *without);
/* And runs the array without it, as far as the kernel knows? */
bool manage_runs_without(const struct array *a, const struct array_member *without);
/* Is some of its data only on members whose devices have left the machine? */
bool manage_lost(const struct array *a);
/* One line on what is about to happen, before it does. */
void manage_tell_fail(const struct manage *m, const struct target *t);
void manage_tell_add(const struct manage *m, const char *shown);
void manage_tell_readd(const struct manage *m, const char *shown);
void manage_tell_replace(const struct manage *m, const struct target *t);

#endif
