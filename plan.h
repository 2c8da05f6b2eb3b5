/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan.h - every change to the world is a step of a plan, and only plan.c runs
 * steps.
 *
 * A mode appends steps, then runs what it has appended; it may append more
 * and run again.  When a step fails, every step done so far is undone in
 * reverse, unless the barrier (RUN_ARRAY: from there on the kernel owns the
 * members) has been passed.  Bytes on a device are saved before they are
 * overwritten and put back by the undo.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "blkdev.h"
#include "err.h"
#include "mapfile.h"
#include "md.h"

struct plan;
struct json;

struct plan *plan_new(void);
/* From now on plan_run only pretends: nothing is run, the steps stay, to be told. */
void plan_dry(struct plan *p);
void plan_free(struct plan *p);        /* closes what is open; undoes nothing */
void plan_cleanup(struct plan **p);    /* for cleanup() */

/* --- steps that make and start an array --- */

/*
 * Takes the map's lock, and clears what an owner who was killed has left; released by
 * plan_unlock_map or plan_free. Undo: releases.
 */
void plan_lock_map(struct plan *p);
/*
 * The same where there is a map: without a usable /run/mdadm an array is started and stopped all
 * the same, and the steps on the map do nothing.
 */
void plan_lock_map_if_usable(struct plan *p);
/*
 * And waits for it until end_ms (clock_ms), longer than a person would, but for MAP_LOCK_BOOT_MS at most:
 * while the machine starts, who gives up is lost.
 */
void plan_lock_map_until(struct plan *p, int64_t end_ms);
void plan_unlock_map(struct plan *p);
/* Has it the map's lock now?  Not where the map is of no use. */
bool plan_holds_map(const struct plan *p);
/*
 * The plan works under the lock that owner takes and, unlike p, still has when p has been freed: of
 * plans for several arrays, which may be run by different threads.
 */
void plan_share_lock(struct plan *p, struct plan *owner);
/* The creating flag. Undo: removes it. */
void plan_flag_creating(struct plan *p, const char *devnm);
void plan_unflag_creating(struct plan *p, const char *devnm);
/*
 * Makes the md device, checks that no array is on it, and opens it alone.  Undo, before everything
 * else: STOP_ARRAY, close.
 */
void plan_open_array(struct plan *p, const char *devnm);
/*
 * The other way: opens an array that has members and was not started.  Undo: only what
 * plan_add_disk has added leaves it again; when it is not as it was nevertheless, that is told.
 */
void plan_join_array(struct plan *p, const char *devnm);
/*
 * The same of one that is to be started only: also when the kernel has refused to start it before, as
 * without the module of its level.  It takes no more members then.
 */
void plan_join_to_start(struct plan *p, const char *devnm);
/* An array that runs, and may be in use.  Undo as above. */
void plan_open_running(struct plan *p, const char *devnm);
void plan_map_set(struct plan *p, const struct map_entry *e);
/*
 * Writes, in one go, the line that each of the n plans is about to set, under the lock of owner.
 * Each still takes its own one back.  0 or -errno.
 */
int plan_map_set_all(struct plan *owner, struct plan *const *p, size_t n, struct err *err);
void plan_set_version(struct plan *p, int major, int minor, const char *array);
/* The same of an array without metadata: all that it is. */
void plan_set_shape(struct plan *p, const struct md_array *a, const char *array);
/*
 * ADD_NEW_DISK.  path: of the member, for messages; hint: added to the message of a failure, may
 * be NULL.
 */
void plan_add_disk(struct plan *p, const struct md_disk *d, const char *path, const char *hint);
enum plan_start {
	START_RUN,
	START_NEW,               /* the same for --create, which says a failure in its own words */
	START_NEW_WAITING,       /* and nothing is synchronised before somebody writes */
	START_READONLY,
	START_AUTO,              /* nothing is written before somebody writes: read-auto */
};
/*
 * RUN_ARRAY (of a new array also RESTART_ARRAY_RW, which undoes start_ro), or array_state readonly or
 * read-auto.  The barrier.
 * hint: text added to the message when the kernel refuses; may be NULL.
 */
void plan_start_array(struct plan *p, enum plan_start how, const char *array, const char *devnm,
		      const char *hint);
/* Writes array_state of an array that runs or waits.  No undo. */
void plan_set_state(struct plan *p, const char *devnm, const char *state, const char *array);
/* The array that was opened becomes read-only, or writable.  No undo. */
void plan_set_access(struct plan *p, bool readonly, const char *array);
/*
 * Writes sync_action, sync_min or sync_max of an array that runs; -errno when the kernel refuses.  No undo.
 */
void plan_set_sync(struct plan *p, const char *devnm, const char *attr, const char *value,
		   const char *array);
/*
 * Sets sync_max, which has a check wait there; until plan_undo, plan_free, or our death: then there is none any
 * more.  array: for messages.
 */
void plan_limit_sync(struct plan *p, const char *devnm, const char *max, const char *array);
/*
 * Holds writes to these sectors of the array back, once those under way have ended; until plan_resume,
 * plan_undo, plan_free, or our death.  No other write of ours to the array may come meanwhile: it would wait.
 */
void plan_suspend(struct plan *p, const char *devnm, uint64_t at_sec, uint64_t len_sec);
void plan_resume(struct plan *p, const char *devnm);
/* The mode looks once more: 0, or -errno with the sentence, and the plan ends. */
typedef int plan_check_fn(void *arg, struct err *err);
void plan_check_again(struct plan *p, plan_check_fn *check, void *arg);
/*
 * Has the kernel forget what its stripe cache holds (of RAID4, 5, 6), by a check of these sectors of each
 * member; none: what is in there last stays.  plan_attribute_failure.
 */
void plan_drop_cache(struct plan *p, const char *devnm, uint64_t at_sec, uint64_t len_sec);
/* Has the kernel read everything and rewrite parity that does not fit. */
void plan_repair(struct plan *p, const char *array, const char *devnm);
/*
 * Writes an attribute (config_attr_ok) of an array that was started.  That it cannot be written
 * stops nothing: plan_attribute_failure.
 */
void plan_attribute(struct plan *p, const char *devnm, const char *attr, const char *value);
/*
 * Has the kernel start what it found at boot by itself (0.90 on partitions of type fd); the device
 * that this is asked of goes again, unless an array is on it then.
 */
void plan_autorun(struct plan *p);
/* A "change" uevent, so that udev looks at what is there now. */
void plan_change_event(struct plan *p, const char *devnm);

/*
 * A member, by its kernel name, fails (no undo); leaves its array: it has failed, is a spare, or the
 * array was not started.  shown: what messages call it.  Undo: it is back in an array that the kernel has not tried to start; else it
 * is told that it is out.
 */
void plan_fail_member(struct plan *p, const char *devnm, const char *kname, const char *shown);
void plan_remove_member(struct plan *p, const char *devnm, const char *kname, const char *shown);
/*
 * Writes an attribute ("state", "slot") of a member; undo: writes the other value, NULL: nothing.
 * failure: what cannot be done then, before ": S".
 */
void plan_member_attribute(struct plan *p, const char *devnm, const char *kname, const char *attr,
			   const char *value, const char *undo, const char *failure);
/* The same of the array itself ("bitmap/location"). */
void plan_array_attribute(struct plan *p, const char *devnm, const char *attr, const char *value,
			  const char *undo, const char *failure);
/*
 * Takes the bitmap off the array that was opened, the internal one or that in a file (NULL: internal), which stays.
 * No undo: what it knew is lost.
 */
void plan_remove_bitmap(struct plan *p, const char *array, const char *file);
/*
 * The same of a lockless one: only that knows what was never written, and so never in sync, so that the whole
 * array is synchronised from then on, also should we die in between.  Not of one that is degraded, which
 * would not start again.
 */
void plan_remove_lockless(struct plan *p, const char *array, const char *devnm);
/*
 * The array that was opened has its bitmap in that file (bitmap-file.h) from then on.  No undo: it comes
 * before the start, or last.  optional: unless it has one, and where the kernel does not take the file that
 * stops nothing: plan_attribute_failure.
 */
void plan_set_bitmap_file(struct plan *p, const char *array, const char *file, bool optional);
/* Keeps the array from beginning a resync or recovery until plan_thaw; undo: thaws. */
void plan_freeze(struct plan *p, const char *devnm);
void plan_thaw(struct plan *p, const char *devnm);
/* Keeps which array the disk belonged to that was in that place (a name of /dev/disk/by-path). */
void plan_note_slot(struct plan *p, const char *place, const struct map_entry *e);

/* --- steps that write members --- */

/*
 * Opens the device for writing and alone (force: not alone), and checks that it is still the one
 * that was looked at (blk_identify).  An image file is nobody's alone.
 */
void plan_claim(struct plan *p, const char *path, const struct blk_id *id, bool force);
/*
 * The same for a device that the mode holds alone since it looked at it (BLK_READ_EXCL): the plan
 * takes it over when it comes to that, and leaves NULL.  NULL is there already: plan_claim.
 */
void plan_claim_held(struct plan *p, const char *path, const struct blk_id *id,
		     struct blkdev **held);
/*
 * The same, alone, for a device that the plan does not write: it may be read-only.  held: as above,
 * or NULL.
 */
void plan_claim_unwritten(struct plan *p, const char *path, const struct blk_id *id,
			  struct blkdev **held);
/*
 * Refuses (-ESTALE) a claimed device on which something was written since the fingerprint was
 * taken: what a person was told of it, and perhaps asked, is not true any more.  Looks only where
 * there was time for that.
 */
void plan_check_unchanged(struct plan *p, const char *path, const struct blk_fingerprint *seen);
/*
 * Keeps what the plan_write steps behind this one overwrite in an undo file (undofile.h), in dir
 * (NULL: the default one); all of their devices are claimed by then.  command: in words; array: for
 * the file's name.  Undo: drops the file.
 */
void plan_keep_undo(struct plan *p, const char *dir, const char *command, const char *array);
/* Has the kernel look for partitions on a claimed device. */
void plan_scan_partitions(struct plan *p, const char *path);
/*
 * Drops the partitions that the kernel sees on a claimed device, unless that is read-only.  Undo:
 * it looks again.
 */
void plan_drop_partitions(struct plan *p, const char *path);
/*
 * Writes a copy of len bytes at byte offset `at` of a claimed device, in one go with what else the
 * plan writes close by.  Undo: the old bytes.
 */
void plan_write(struct plan *p, const char *path, uint64_t at, const void *bytes, size_t len);
/* The same over what was read before: -ESTALE when the device holds anything else by now. */
void plan_replace(struct plan *p, const char *path, uint64_t at, const void *expected,
		  const void *bytes, size_t len);
/* Zeros over what was read before, but where the plan writes something else already. */
void plan_erase(struct plan *p, const char *path, uint64_t at, const void *expected, size_t len);
/* Syncs and closes every claimed device. */
void plan_release_all(struct plan *p);

/* --- steps that end an array --- */

/*
 * STOP_ARRAY on an array that was there, opened alone by the mode; the plan takes the descriptor
 * over.  A barrier.
 */
void plan_stop_array(struct plan *p, int array_fd, const char *array);
void plan_map_remove(struct plan *p, const char *devnm);

/* --- steps that change a file of the administrator (plan-file.c) --- */

struct textfile;
/*
 * What becomes of a line: it is commented out, or a line is added behind it.  Told only; the
 * plan_replace_file behind them does it.
 */
void plan_comment_out_line(struct plan *p, const char *file, unsigned int line, const char *text);
void plan_add_line(struct plan *p, const char *file, unsigned int behind, const char *text);
/*
 * Puts a copy of these bytes in the place of the file (textfile_replace).  The mode keeps f until
 * the plan is freed.  Undo: the old bytes, or no file.
 */
void plan_replace_file(struct plan *p, struct textfile *f, const char *text, size_t len);

/* A directory of ours (0700) and the one that it is in (0755), where they are missing.  No undo. */
void plan_make_directory(struct plan *p, const char *path);

/* --- steps that save metadata (plan-save.c) --- */

struct super_area;
/*
 * Makes a sparse file of the device's size, which must not be there, with those areas of it.  b: open
 * until the plan has run.  Undo: the file is removed.
 */
void plan_save_areas(struct plan *p, struct blkdev *b, const struct super_area *area, size_t n,
		     const char *file);
/* Another name for a file that the plan has made.  Undo: the name is removed. */
void plan_link_file(struct plan *p, const char *file, const char *name);

/*
 * Runs the steps that were appended since the last run.  0 or -errno with the sentence of the step
 * that failed (and, when the undo failed too, what was not put back); the plan is empty then.
 */
int plan_run(struct plan *p, struct err *err);
/*
 * Its steps do not wait for who has the array that they join, or a member, just now: they fail, and the
 * mode tries again without the lock.
 */
void plan_hasty(struct plan *p);
/* Signals wait until the plan is freed, as they do from its first step on; in this thread. */
void plan_hold_signals(struct plan *p);
/* Lets them come again, for a mode that goes on with something that may take time. */
void plan_let_signals(struct plan *p);
/*
 * Closes the array that was opened, so that others may have it alone; nothing is undone after
 * that.
 */
void plan_close_array(struct plan *p);
/* What was run stays: what is appended from here on may fail, and nothing before it is undone. */
void plan_settle(struct plan *p);
/* Undoes what was run, for a mode that gives up between two runs. Nothing after the barrier. */
void plan_undo(struct plan *p, struct err *err);

/* Was it a member that the kernel did not take (plan_add_disk) that ended the last run? */
bool plan_add_refused(const struct plan *p);
/* The undo file that was kept, or NULL; and why there is none, "" when there was no reason. */
const char *plan_undo_path(const struct plan *p);
const struct err *plan_undo_failure(const struct plan *p);

/* What plan_attribute could not write; "" nothing. */
const struct err *plan_attribute_failure(const struct plan *p);
/* Why the plan did without the map; "" when it did not. */
const struct err *plan_map_failure(const struct plan *p);

/* --- telling it (plan-tell.c) --- */

/* One line a step; or the array "steps" of the JSON object that is open. */
void plan_tell_text(const struct plan *p, FILE *out);
void plan_tell_json(const struct plan *p, struct json *j);

#endif
