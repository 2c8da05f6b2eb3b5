/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * select.h - which of the devices that carry one array's metadata are to be
 * believed, whether they are enough, and what --force may change.
 *
 * Pure: what superblocks say goes in, verdicts come out; no I/O, no printing.
 * The words for the verdicts are the mode's.  Uses geometry only.
 *
 * The walk: select_freshest() finds the member whose word counts.  The caller asks
 * the superblocks what they say of each other (denies, denied, misnumbered), then select_members()
 * gives each contender its standing, select_force() promotes, select_start() decides,
 * select_order() lines up what the kernel gets.
 */
#ifndef SELECT_H
#define SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "super.h"

enum standing {
	STAND_CURRENT,       /* in its slot and up to date */
	STAND_REBUILDING,    /* in its slot, its recovery has not finished */
	STAND_STALE,         /* in its slot, missed writes: the kernel sees it and keeps it out */
	STAND_SPARE,
	STAND_JOURNAL,
	STAND_STALE_JOURNAL,
	/* Left out: */
	STAND_DENIES,        /* calls the freshest member failed, so it ran without it */
	STAND_DENIED,        /* the freshest calls it failed, and the kernel would not see it */
	STAND_OUSTED,        /* a newer device has its slot, or its number */
	STAND_STRAY,         /* a spare that saw more than the array did */
	STAND_NO_SLOT,       /* claims a slot that the array does not have */
};

struct contender {
	/* What its superblock says. */
	const struct array_info *array;
	const struct disk_info *disk;
	bool denies;         /* it says that the freshest member's slot is missing or faulty */
	bool denied;         /* the freshest member says so of its slot */
	bool misnumbered;    /* the freshest member says that its number is another's: a journal's */
	/* What was decided. */
	enum standing standing;
	bool forced;         /* not current before; its events become selection.events */
};

#define SELECT_MAX_DISKS 4096 /* more slots than any format has room for */
#define SEAT_EMPTY SIZE_MAX

struct selection {
	size_t freshest;     /* the member whose word counts */
	uint64_t events;     /* its event count */
	uint32_t raid_disks;
	size_t *seat;        /* [2 * raid_disks]: who has slot i at 2i, its replacement at 2i+1 */
	bool clean;          /* no resync is pending, or a log takes its place */
	bool mark_clean;     /* --force: the superblocks are to be called clean */
	bool enough;         /* can run with the current members */
	bool enough_if_clean;
	unsigned current;    /* slots with an up-to-date member */
	unsigned present;    /* these and the slots whose member is rebuilding */
	unsigned rebuilding, spares, journals; /* devices */
	unsigned working;    /* slots that the freshest member believes to be at work */
	bool need_journal;   /* the array has a journal and no current one is here */
	size_t twin[2];      /* SELECT_TWINS: the two */
};

enum select_verdict {
	SELECT_OK,
	SELECT_EMPTY,        /* no contender has a slot */
	SELECT_TWINS,        /* two devices claim one slot or one number and are equally new */
	SELECT_NONSENSE,     /* the number of slots cannot be true */
};

enum select_start {
	MAY_START,
	MAY_START_READONLY,  /* forced although the journal is missing or stale */
	NOT_ENOUGH,
	NOT_ENOUGH_DIRTY,    /* would be enough if it were clean */
	NEED_ALL,            /* enough, but some that worked last time are not here: needs all */
	NEED_MORE,           /* the same for an array that was degraded already */
	NEED_JOURNAL,
};

/* The contender in a slot with the most events; of equals one that is in sync, then the first.
 * SEAT_EMPTY when none has a slot. */
size_t select_freshest(const struct contender *c, size_t n);

/*
 * Gives every contender its standing.  c[].array, .disk and what they say of each other are set.
 * The caller frees s with selection_free, whatever the verdict.
 */
enum select_verdict select_members(struct contender *c, size_t n, size_t freshest,
				   struct selection *s);

/*
 * --force: while the members are not enough, promotes the newest of those that are not current
 * (and all with the same count), but none in the middle of a rebuild, and none whose number another
 * has: by its number the others know its role; then, if only a pending resync stands in the way of
 * a RAID4/5/6, sets mark_clean.  Changes nothing when even that would not be enough, and nothing
 * that is not needed.
 */
void select_force(struct contender *c, size_t n, struct selection *s);

/* run: --run; force: --force; degraded_ok: members are allowed to be newly missing. */
enum select_start select_start(const struct selection *s, bool run, bool force, bool degraded_ok);

/*
 * The order of ADD_NEW_DISK: slots ascending, replacements after their slot, journal and
 * spares, and last the one the kernel shall believe: the first current member with all events of
 * its own.
 * order has room for n.  Returns how many there are.
 */
size_t select_order(const struct contender *c, size_t n, const struct selection *s, size_t *order);

void selection_free(struct selection *s);  /* also for cleanup() */

#endif
