/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * array.h - one snapshot of an array that the kernel has: ioctl, sysfs and mdstat
 * merged once.
 */
#ifndef ARRAY_H
#define ARRAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "geometry.h"
#include "md.h"
#include "mdstat.h"
#include "super.h"

struct map;

struct array_member {
	struct md_disk disk;     /* inactive array: number and raid_disk are -1 */
	char kname[33];          /* "sda1"; "" when it was not looked up */
	char *path;              /* NULL with ARRAY_PATHLESS or when there is no node */
	unsigned listed;         /* its place in the directory of the array's attributes */
	bool gone;               /* with ARRAY_GONE: the kernel has it, but its device has left the machine */
};

struct array {
	char devnm[33];          /* "md127" */
	bool active;             /* it runs; else only version and members are known */
	int major, minor;        /* of the metadata */
	bool persistent;
	char metadata[64];       /* external metadata: "imsm", "/md127/0"; else "" */
	struct md_array info;    /* all zero when inactive */
	struct geometry geo;     /* of an active array; size_sec: component, 0 unknown */
	uint64_t size_sec;       /* of the whole array */
	char *bitmap_file;       /* its bitmap is that file; NULL: it is not in one */
	struct mdstat_entry status;
	int n_total;             /* members of any kind */
	char state[20];          /* array_state of a level without redundancy: "clean" ... */
	char policy[20];         /* consistency_policy, "" when the kernel does not say */
	uint32_t old_raid_disks, old_layout, old_chunk_sec; /* while it is reshaped: what it was */
	struct array_member *member;
	size_t n_member;
	struct array_sync {      /* by array_look only */
		char action[12];         /* sync_action: "idle", "frozen", "repair" ... */
		bool readonly;
		bool dirty;              /* its redundancy is still to be compared */
		bool broken;             /* RAID0, linear: a member is gone */
		uint64_t done_sec, all_sec;  /* all_sec 0: it is not known how far it is */
		uint64_t speed_kib;      /* a second */
	} sync;
};

/* What the snapshot shall have beside the rest. */
enum array_want {
	ARRAY_STATUS = 1,        /* status, policy, state, what is reshaped */
	ARRAY_MEMBERS = 2,       /* member, with paths; by number */
	ARRAY_LISTED = 4,        /* member[].kname and .listed */
	ARRAY_PATHLESS = 8,      /* but for member[].path */
	ARRAY_GONE = 16,         /* with ARRAY_LISTED: member[].gone, and its .kname */
};

/*
 * path: a node of the array, or of a partition of it.  Errors, with the sentence: -ENOTBLK "A does not appear to be
 * an md device"; -ENODEV "Array associated with md device A does not exist."; other -errno
 * "cannot open A: S".
 * Never creates a device by looking at it.  The caller frees with array_free.
 */
int array_load(const char *path, unsigned want, const char *prefer, struct array **out,
	       struct err *err);
/* The kernel's name of the array that a node belongs to; the errors are those above. */
int array_devnm(const char *path, char devnm[33], struct err *err);

/*
 * What anybody may know of an array, by its kernel name: from sysfs alone (array-sysfs.c), so
 * without counts, times and sizes; member[].disk.number is -1, and in an inactive array
 * raid_disk is, too.  mdstat: its entry, or NULL.  Errors as above.
 */
int array_look(const char *devnm, const struct mdstat_entry *mdstat, struct array **out,
	       struct err *err);
void array_free(struct array *a);            /* NULL is fine */
void array_cleanup(struct array **a);        /* for cleanup() */

/* Which slots have a member in sync?  have: at least geo.raid_disks.  Returns how many. */
unsigned array_slots(const struct array *a, bool *have);

/* External metadata that describes other arrays: it has disks, and no data of its own. */
bool array_is_container(const struct array *a);

/* The name that people use, if it is there and still means this array, else /dev/DEVNM. */
char *array_path(const struct map *map, const char *devnm);

/* Loads the superblock of the first working member that has one. 0, SUPER_ABSENT. */
int array_load_super(const struct array *a, struct super **out);

#endif
