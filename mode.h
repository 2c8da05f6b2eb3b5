/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mode.h - what main knows of a mode: one const record, defined in the mode's file.
 *
 * A mode does one request from beginning to end: it prints its own sentences and returns an
 * exit status.  Modes never call one another.
 */
#ifndef MODE_H
#define MODE_H

#include <stdbool.h>

#include "config.h"
#include "devnode.h"
#include "options.h"

/* Every exit status there is.  mdadm.8 has the same list. */
enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,       /* the command line is wrong, or asks for what is not there yet */

	/* create, zero-superblock, manage: a device cannot be opened or is not fit. */
	STATUS_UNSUITABLE = 2,

	/* --status: of several arrays the largest */
	STATUS_ARRAY_HEALING = 3,
	STATUS_ARRAY_WARNED = 4,
	STATUS_ARRAY_DEGRADED = 5,
	STATUS_ARRAY_EXPOSED = 6,
	STATUS_ARRAY_INACTIVE = 7,
	STATUS_ARRAY_FAILED = 8,

	/* --boot-check: of several images the largest */
	STATUS_BOOT_ADVICE = 3,
	STATUS_BOOT_WHOLE = 4,
	STATUS_BOOT_FAILS = 5,

	/* --verify: of several arrays the largest */
	STATUS_VERIFY_WRONG = 3,   /* stripes do not fit, and of each it is known who is wrong */
	STATUS_VERIFY_UNKNOWN = 4, /* of some it is not */
	STATUS_VERIFY_UNTOLD = 5,  /* what could be compared fits, but that is not all */

	/* --scrub */
	STATUS_SCRUB_MISMATCH = 3, /* an array was checked to its end, and something did not fit */

	/* --wait with --for, --timeout or --json: of several arrays the largest */
	STATUS_WAIT_TIMEOUT = 3,
	STATUS_WAIT_GONE = 4,
	STATUS_WAIT_FAILED = 5,

	/* --dump, --restore: the rest is not tried */
	STATUS_END = 16,

	/* --detail --test */
	STATUS_DEGRADED = 1,
	STATUS_NOT_ENOUGH = 2,
	STATUS_NO_DATA = 4,
};

struct map;
struct member;
struct plan;
struct superswitch;
struct waiting;

struct mode {
	const char *name;
	enum mode_id id;
	bool needs_root;        /* for whatever it does; request.needs_root speaks for one action */
	int (*run)(const struct request *r);
};

extern const struct mode mode_create, mode_assemble, mode_autodetect, mode_incremental, mode_manage,
	mode_misc, mode_grow, mode_build;

/* --- what several modes do alike (mode.c) --- */

/*
 * Loads the configuration that the request names, saying what is wrong with it, and the home
 * host ("" none) into homehost.  The caller frees with config_free.
 */
void mode_load_config(const struct request *r, struct config *conf, char *homehost, size_t cap);

/*
 * Sees to it that the name of a started array is there (devnode_establish), and says it when it
 * is not.  Where that path is something else, the array goes on as /dev/mdN: in the map and in
 * *name.
 */
void mode_establish(struct md_name *name, const struct config *conf);
/* The same for n arrays at once. */
void mode_establish_all(struct md_name *const *name, size_t n, const struct config *conf);

/* Under the map's lock: -EBUSY when an array that runs under another number has the name. */
int mode_name_free(const struct md_name *name, struct err *err);

/* What was given for an array as a path: "md127", as /proc/mdstat has it, is /dev/md127.  The caller
 * frees. */
char *mode_array_node(const char *given);
/* The md device that a path leads to.  0 or -errno: "error opening P: S". */
int mode_find_array(const char *path, dev_t *rdev, char devnm[33], struct err *err);

struct blkdev;
struct signature;
/* The kernel lets anybody write to a file below a loop device: -EBUSY, if b is such a file. */
int mode_check_file(const struct blkdev *b, struct err *err);
/* Does the device carry that?  One that cannot be read carries nothing. */
bool mode_carries(struct blkdev *b, const struct signature *k);
bool mode_has_gpt(struct blkdev *b);

/* A plan for this request: a dry one with --dry-run.  The caller frees. */
struct plan *mode_plan(const struct request *r);
/* Steps for what SYSFS lines say of an array that has started. */
void mode_plan_attributes(const struct config *conf, const struct uuid *uuid,
			  const struct md_name *name, struct plan *p);
struct bitmap_wish mode_bitmap_wish(const struct request *r);
/* The step with which the bitmap of an array that is not started yet will be a lockless one. */
void mode_plan_lockless(const struct md_name *name, bool is_new, struct plan *p);
/* Could the array of that member have its bitmap in this file (bitmap_file_check)? */
int mode_check_bitmap_file(const char *path, const struct member *m, char **real, struct err *err);
/*
 * What the kernel must be told of the bitmap of an array before it is started: that it is a lockless one,
 * or the file that the ARRAY line (NULL: none) names; where that cannot be had it is started without, and
 * that is told.  m: a member of it.
 */
void mode_plan_bitmap(const struct config_array *line, const struct member *m,
		      const struct md_name *name, struct plan *p);
/* Steps that take out of an array that waits, and was judged, what it must not be started with. */
void mode_plan_rejects(const struct waiting *w, struct plan *p);
/* With --dry-run: lists on stdout what the plan would do.  title: "create /dev/md0". */
void mode_tell_plan(const struct request *r, const struct plan *p, const char *title);
/* With --dry-run --json: ends the document, which lists no plan if none was told; for main. */
void mode_end_document(const struct request *r);
/* Says which command takes back what the plan overwrote, or why there is none. */
void mode_tell_undo(const struct plan *p);

/*
 * Before members are looked at: a half-made array that one of us left when it was killed would hold
 * them.  A dry run lets it be.  True: one of us was killed.
 */
bool mode_clear_left(const struct request *r);

/* The map of arrays locked for the plan, and as it is then, which the caller frees.  0 or -errno. */
int mode_lock_map(struct plan *p, struct map *map, struct err *err);

/*
 * Format and version that --metadata names; fmt NULL for any when there is no such option.
 * 0, or the exit status after the complaint.
 */
int mode_metadata(const char *word, const struct superswitch **fmt, int *minor);

#endif
