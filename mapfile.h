/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mapfile.h - port: /run/mdadm/map, shared with udev's rules, the stock tool in
 * an initramfs and mdmon; its lock; and the creating-DEVNM flags.
 *
 * Everything is opened relative to a checked /run/mdadm (owned by root, not writable
 * by others), without following links; new content is written to map.new,
 * synced and renamed.
 */
#ifndef MAPFILE_H
#define MAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "uuid.h"

#define MAP_DIR "/run/mdadm"
#define MAP_LOCK_FILE MAP_DIR "/map.lock"

struct map_entry {
	char devnm[33];
	char metadata[21];   /* "1.2", "0.90" */
	struct uuid uuid;    /* as the file writes it: see uuid_swap_words */
	char path[201];      /* /dev/md/NAME or /dev/mdN */
};

struct map {
	struct map_entry *entry;
	size_t n;
	bool spoilt;         /* lines were dropped, or the last one has no end */
};

/*
 * Pure: exactly four blank-separated fields per line.  Other lines, names that could not be a
 * devnm, paths that do not start with /dev/ or have a component with a leading dot are dropped.
 */
void map_parse(const char *text, size_t len, struct map *out);
void map_free(struct map *m);

/* Reads the map. Absent or unreadable: an empty one. */
void map_load(struct map *out);
/*
 * The same for who must know: 0; MAP_ABSENT there is none; MAP_SPOILT it is no file, too long, or
 * has lines that are none (the good ones are in *out), with a sentence for a remark; -errno it may
 * have lines that cannot be read: then nobody may write another in its place.
 */
enum { MAP_ABSENT = 1, MAP_SPOILT = 2 };
int map_read(struct map *out, struct err *err);
const struct map_entry *map_by_devnm(const struct map *m, const char *devnm);
/* The path under which the map knows the array, "" and false when it does not. */
bool map_known_path(const char *devnm, char *out, size_t cap);
const struct map_entry *map_by_uuid(const struct map *m, const struct uuid *map_uuid);

/*
 * Takes the lock (/run/mdadm/map.lock, flock, re-checked after waiting; the directory is made when
 * missing) with a deadline.  Returns 0 and a descriptor to give to map_unlock, or -errno.
 * *waited: somebody had it.
 */
#define MAP_LOCK_MS 30000        /* for a person */
#define MAP_LOCK_BOOT_MS 120000  /* where a member is lost by giving up; udev ends us after 180 s */
int map_lock(int *lock_fd, int deadline_ms, bool *waited, struct err *err);
/*
 * The lock file says which arrays its owner is at work on, and once one is there which of all that
 * had its name it is.  Who finds such notes after locking knows that the owner before was killed at
 * them.
 */
struct map_note {
	char devnm[33];
	bool made;
	uint64_t diskseq;    /* of what was made; 0: the kernel does not tell */
	bool clear;          /* half made it is of no use: it was not to wait for members */
};
#define MAP_NOTES_MAX 512        /* no owner is at work on as many: what there is more of is rubbish */
struct map_notes {
	struct map_note *note;
	size_t n;
};
/* Adds a note; of one array the last counts. */
int map_note(int lock_fd, const struct map_note *note, struct err *err);
/* Those of an owner before; false: the file is empty.  The caller frees with map_notes_free. */
bool map_noted(int lock_fd, struct map_notes *out);
/* They have been seen to. */
int map_forget_notes(int lock_fd, struct err *err);
/* Pure.  Lines that make no sense are dropped, so are one that has no end and those of too many arrays. */
void map_parse_notes(const char *text, size_t len, struct map_notes *out);
void map_notes_free(struct map_notes *notes);  /* also for cleanup() */
/* Has a killed one left a note?  Does not wait. */
bool map_owner_died(void);
/*
 * Where MAP_DIR cannot be used workers take turns all the same, or each would make an array of its own:
 * something that only root can open is locked.  A descriptor for map_unlock_stand_in, or -1: not
 * possible, or this process has it already.
 */
int map_lock_stand_in(int deadline_ms);
void map_unlock_stand_in(int *fd);
void map_unlock(int *lock_fd);   /* unlinks the lock file, closes, sets -1; -1 is fine */

/*
 * With the lock held: replaces or adds the n entries, in one go; removes that of devnm.  A path
 * that would spoil the line (a blank in it) is written as /dev/DEVNM.
 */
int map_set(const struct map_entry *e, size_t n, struct err *err);
int map_remove(const char *devnm, struct err *err);

/*
 * Which array the disk belonged to that was in that place, a name of /dev/disk/by-path: for who
 * puts another there (spare-same-slot).  Of e only metadata and uuid count.  map_slot: false when
 * nothing is known.
 */
int map_note_slot(const char *place, const struct map_entry *e, struct err *err);
bool map_slot(const char *place, struct map_entry *out);

/* The flag that tells udev's rules to keep away from an array that is being made. */
int map_flag_creating(const char *devnm, struct err *err);
void map_unflag_creating(const char *devnm);

#endif
