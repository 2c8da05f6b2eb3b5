/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan-step.h - what plan.c (making and running plans), plan-step.c, plan-map.c, plan-member.c,
 * plan-undo.c, plan-sync.c, plan-file.c and plan-save.c (the steps), and plan-tell.c (telling them)
 * share.
 * Nobody else looks inside.
 */
#ifndef PLAN_STEP_H
#define PLAN_STEP_H

#include <signal.h>

#include "blkdev.h"
#include "plan.h"
#include "super.h"

enum { BYTE_OURS = 1, BYTE_EXPECTED = 2 };

struct step {
	const struct step_kind *kind;
	char *path;              /* member or array, also for messages; keep_undo: directory */
	char *devnm;             /* keep_undo: the word for the file's name */
	char *hint;              /* keep_undo: the command; of a member: what messages call it */
	char *value, *undo_value; /* member_attribute */
	struct blk_id id;        /* claim, and write for its undo: which device it must be */
	enum blk_mode claim;     /* how it is opened */
	struct blkdev **held;    /* claim: where the mode has it open, or NULL */
	bool optional;           /* lock: the plan does without the map */
	bool at_boot;            /* lock: what is made under it may wait for members */
	bool written;            /* set-map-line: by plan_map_set_all; replace-file */
	int patience_ms;         /* lock: how long it is waited for */
	bool readonly;           /* set-access */
	bool to_start;           /* join-array: nothing is added to it */
	struct blk_fingerprint seen; /* check_unchanged */
	int version[2];
	enum plan_start start;
	struct md_disk disk;
	struct md_array shape;   /* set-shape */
	struct map_entry *map;
	uint64_t at;             /* bytes; suspend, drop_cache: sectors, */
	uint64_t end_sec;        /* up to there */
	size_t len;
	uint8_t *bytes;          /* to be written */
	uint8_t *expected;       /* what must be there before; NULL: anything */
	uint8_t *mask;           /* for which bytes those two speak: BYTE_OURS, BYTE_EXPECTED; NULL:
				  * for all */
	uint8_t *old;            /* room for what was there; */
	bool saved;              /* and it is in there */
	bool lost;               /* and could not be put back */
	struct blkdev *from;     /* save_areas: the mode's; */
	struct super_area area[SUPER_AREAS]; /* and what of it */
	size_t n_area;
	struct textfile *file;   /* replace_file: the mode's */
	char *array;             /* set_sync: what it is called */
	plan_check_fn *check;    /* check_again */
	void *check_arg;
	unsigned int line;       /* comment_out_line, add_line: which, and behind which; in hint its text */
};

struct teller;

/* What each kind of step tells of itself (plan-tell.c). */
typedef void tell_fn(const struct step *s, struct teller *t);
tell_fn tell_lock, tell_flag, tell_open_array, tell_map_set, tell_set_version, tell_add_disk,
	tell_member_attribute, tell_sync_action, tell_start, tell_repair, tell_change_event, tell_stop, tell_claim, tell_device, tell_write,
	tell_keep_undo, tell_attribute, tell_autorun, tell_member, tell_state, tell_access, tell_slot,
	tell_line, tell_replace_file, tell_save, tell_link, tell_suspend, tell_directory, tell_remove_bitmap, tell_set_bitmap_file,
	tell_set_shape;

/* One row a kind of step. */
struct step_kind {
	const char *name;
	int (*run)(struct plan *p, struct step *s, struct err *err);
	/* Takes a step back that ran; NULL: nothing to take back. */
	int (*undo)(struct plan *p, struct step *s, struct err *err);
	/* What it would do; NULL: its name says all. */
	tell_fn *tell;
	bool barrier;            /* once it ran, nothing before it is taken back */
	bool harmless;           /* its undo is right also when an array could not be stopped */
};

extern const struct step_kind kind_lock, kind_unlock, kind_flag, kind_unflag, kind_open_array,
	kind_join_array, kind_map_set, kind_map_remove, kind_set_version, kind_set_shape, kind_add_disk, kind_start,
	kind_repair, kind_change_event, kind_stop, kind_open_running, kind_set_state, kind_set_access,
	kind_fail_member, kind_remove_member, kind_member_attribute, kind_array_attribute,
	kind_remove_bitmap, kind_set_bitmap_file, kind_freeze, kind_thaw, kind_note_slot, kind_attribute, kind_autorun,
	kind_claim,
	kind_check_unchanged, kind_drop_partitions, kind_scan_partitions,
	kind_keep_undo, kind_write, kind_release, kind_comment_out_line, kind_add_line,
	kind_replace_file, kind_save_areas, kind_link_file, kind_set_sync, kind_suspend, kind_resume,
	kind_remove_lockless, kind_check_again, kind_drop_cache, kind_limit_sync, kind_make_directory;

/* The map's lock, which several plans may work under at once. */
struct plan_lock {
	int fd;
	int stand_in;            /* what is locked where there is no map, or -1 */
	bool waited;             /* for it, or for what its last owner left */
	bool optional;
	bool at_boot;
	struct err failure;      /* why the map is not used, "" it is */
};

/* What must not stay held should we die: writes to a part of an array, its recovery, or a check. */
struct plan_hold {
	int (*let_go)(const struct plan_hold *h); /* 0 or a negative errno */
	int dir_fd;              /* the array's attributes; -1: nothing is held */
	uint64_t stripes;        /* a check: the size of the stripe cache before, */
	uint64_t min_sec;        /* and where checks began */
	int pipe_fd;             /* its end is ours to close */
	pid_t guard;             /* the child that lets go when it sees that end */
};

struct plan {
	struct step **step;
	size_t n, cap;
	size_t done;             /* steps that ran */
	bool dry;
	bool past_barrier;
	bool add_refused;        /* the last run ended with that */
	bool spoilt;             /* bytes that were overwritten could not be put back */
	char *undo_path;         /* the undo file that was kept */
	struct err undo_failure; /* why it could not be */
	struct blkdev **claimed;
	size_t n_claimed, cap_claimed;
	int array_fd;
	const char *array;       /* the array that we made: its kernel name; NULL none */
	const char *joined;      /* or one that was there and is only added to */
	struct plan_lock own_lock, *lock; /* own_lock, or that of the plan that holds it for us */
	struct err attribute_failure; /* what could not be set once the array ran */
	struct plan_hold suspension, freeze, check;
	bool hasty;
	bool uninterrupted;
	sigset_t signals;        /* the mask to be put back */
};

/* The array_state in which the start step starts its array; NULL: by RUN_ARRAY. */
const char *step_start_state(const struct step *s);

/* The device of the step, which a claim has opened. */
struct blkdev *step_claimed(struct plan *p, const struct step *s);

/* Puts what the write step writes over the bytes that are there: the len bytes at byte offset at. */
void step_overlay(const struct step *s, uint64_t at, uint8_t *there, size_t len);
/* From now on not all bytes of the write step are alike: it has a mask. */
void step_tell_apart(struct step *s);
/* The write step (-ESTALE) may find only that in its len bytes at `at`; what was said first counts. */
void step_expect(struct step *s, uint64_t at, const uint8_t *expected, size_t len);

/* A new step at the end of the plan, with copies of the texts (NULL is fine). */
struct step *step_append(struct plan *p, const struct step_kind *kind, const char *path,
			 const char *devnm);

/* Runs a step.  A function on its own, so that a test can make the step fail. */
int step_run(struct plan *p, struct step *s, struct err *err);

/* Lets go what plan_suspend, plan_freeze and plan_limit_sync hold, if they do. */
void step_let_go(struct plan *p);

/* STOP_ARRAY and close, with patience. */
int step_stop_array(struct plan *p, const char *array, struct err *err);

/*
 * Says in the lock what would have to be cleared; another's array is not ours to clear.  With /run full
 * there is no room for that: who can do without the map does without this, too.
 */
int step_note_array(struct plan *p, const char *devnm, struct err *err);

/* Writes the lines of several arrays. */
int step_set_map_lines(struct plan *p, const struct map_entry *e, size_t n, struct err *err);

/* Syncs and closes what is claimed; the first failure is told. */
int step_release(struct plan *p, struct err *err);

#endif
