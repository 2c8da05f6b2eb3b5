/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * super.h - metadata formats behind one interface, and the list of them.
 *
 * A handler never prints and never writes a device: it reads through a struct
 * blkdev, appends write steps to a plan and adds fields to a report.
 */
#ifndef SUPER_H
#define SUPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "blkdev.h"
#include "err.h"
#include "geometry.h"
#include "kernel.h"
#include "super-update.h"
#include "uuid.h"

struct plan;
struct report;
struct superswitch;

/* A loaded or new superblock; each format's own struct begins with this. */
struct super {
	const struct superswitch *fmt;
	int minor;               /* 0.90: 90; 1.x: 0, 1, 2 */
	uint64_t dev_sec;        /* size of the device it was loaded from; 0 for a new one */
};

#define SUPER_NAME_TEXT 33

/* What a superblock says of the array. */
struct array_info {
	int major, minor;        /* metadata version: 0.90, 1.2 */
	struct uuid uuid;
	char name[SUPER_NAME_TEXT];  /* "host:name" as stored, hostile; "" for 0.90 */
	int md_minor;            /* preferred minor of 0.90; -1 */
	int64_t ctime;           /* seconds */
	struct geometry geo;     /* size_sec: used on each member */
	bool clean;              /* no resync pending */
	bool bitmap, lockless, ppl, journal, reshape; /* lockless: its bitmap is */
	bool clustered;          /* other machines may have it running */
	uint64_t reshape_position_sec; /* with reshape */
	uint32_t leaving_disks;  /* slots behind geo.raid_disks, until a reshape has left them */
	unsigned working_disks;  /* members that it believes to be working (active slots) */
};

enum disk_role { ROLE_ACTIVE, ROLE_SPARE, ROLE_FAULTY, ROLE_JOURNAL, ROLE_REPLACEMENT };

/* What a superblock says of the device that it lies on. */
struct disk_info {
	int number;              /* descriptor number */
	enum disk_role role;
	int slot;                /* raid slot for ACTIVE and REPLACEMENT, else -1 */
	struct uuid uuid;        /* 1.x; zero for 0.90 */
	uint64_t events;
	int64_t utime;           /* seconds */
	bool recovering;         /* member of a rebuild that has not finished */
	bool write_mostly, failfast;
	bool bitmap_damaged;     /* there is a bitmap that the kernel would not take */
	uint64_t data_offset_sec, data_size_sec;
};

/* A member that is about to be part of a new array. */
struct new_member {
	const char *path;
	struct blk_id id;
	struct blk_fingerprint seen; /* what it carried when it was looked at */
	bool bare;               /* no superblock was among that */
	struct blkdev **held;    /* where the mode has it open, alone since; NULL in there: not */
	uint64_t dev_sec;
	uint64_t data_offset_sec;
	int number;              /* descriptor number */
	int slot;                /* -1: spare */
	bool journal;            /* it is that, in no slot */
	bool write_mostly, failfast;
};

/* What is asked of a bitmap; 0: the default. */
struct bitmap_wish {
	uint32_t chunk_bytes, delay_s, write_behind;
	bool lockless;           /* of that kind, which chooses its chunk itself; only 1.2 has them */
	bool in_sync;            /* the same: all that the array has is in sync already */
	uint32_t reserved_sec;   /* the same: at most so many are reserved, 0: as there is room */
};

/* What the user wants of a new array's metadata; geometry is settled already. */
struct new_array {
	struct geometry geo;
	unsigned spares;         /* also descriptors beyond raid_disks that will be used */
	int minor;
	struct uuid uuid;
	bool uuid_given;
	const char *name;        /* bare name, "" for none: then md_minor's number */
	const char *homehost;    /* "" none */
	int md_minor;
	int64_t ctime_sec;
	bool clean;
	bool bblog;
	bool bitmap;             /* internal bitmap wanted */
	bool ppl, journal;       /* 1.x: so is a partial parity log; there is a journal */
	struct bitmap_wish bitmap_wish;
	bool raid0_layout_feature;  /* 1.x: say that the layout field is meaningful */
	/* Counts that 0.90 stores. */
	unsigned nr_disks, active, working, failed;
};

/* Sizes in sectors; pure numbers for avail_size. */
struct space_request {
	int minor;
	uint64_t dev_sec;
	uint32_t chunk_sec;
	bool have_data_offset;
	uint64_t data_offset_sec;
	bool ppl;                /* room for a partial parity log */
};

/* What --assemble --force does to a member's superblock in memory. */
enum super_force {
	FORCE_EVENTS,            /* value: the event count that it gets */
	FORCE_CLEAN,             /* no resync pending */
	FORCE_ROLE,              /* this descriptor is active in slot value: clears "faulty" */
};

enum load_flags {
	LOAD_IGNORE_SIZE = 1,    /* also when the device is smaller than the superblock says */
	LOAD_ANY_SHAPE = 2,      /* also when no array could be made of what it says */
	LOAD_FOR_REPORT = 4,     /* the same, and also when its checksum is wrong */
	LOAD_UNWRITTEN = 8,      /* it will not be stored: its bytes as they were read need
				  * not be kept */
};

/* What of a member is metadata, and where; each within the device and outside the data. */
enum super_area_kind { AREA_SUPER, AREA_BITMAP, AREA_BAD_BLOCKS };
#define SUPER_AREAS 3
struct super_area {
	enum super_area_kind kind;
	uint64_t at, len;        /* bytes */
};

#define SUPER_ABSENT 1
#define SUPER_NO_SUCH_UPDATE 1
#define SUPER_ANY_MINOR (-1)

struct superswitch {
	const char *name;        /* "0.90", "1.x" */
	int major;
	int default_minor;       /* for a word that names none */
	int first_minor, last_minor; /* each has a place of its own */
	bool records_raid0_layout; /* so that members of different size can be told apart */
	bool records_data_offset;  /* data need not begin at the first sector */

	/*
	 * --metadata word, "default" too.  True when it is this format's; *minor gets the version
	 * or SUPER_ANY_MINOR.
	 */
	bool (*match_metadata_desc)(const char *word, int *minor);

	/*
	 * Looks for a superblock at the place of one minor version.
	 * 0; SUPER_ABSENT; -EINVAL: it is there and cannot be used, why says so; -EIO ....
	 * The caller frees with fmt->free_super (super_free).
	 */
	int (*load_super)(struct blkdev *b, int minor, unsigned flags, struct super **out,
			  struct err *why);
	/*
	 * Of one that was loaded with LOAD_IGNORE_SIZE | LOAD_ANY_SHAPE: what load_super with these flags
	 * would refuse besides.  NULL: it is loaded again.
	 */
	int (*check_super)(const struct super *s, const struct blkdev *b, unsigned flags, struct err *why);
	void (*free_super)(struct super *s);
	/* Where it lies on a device of that size, in sectors; UINT64_MAX: nowhere.  Pure. */
	uint64_t (*place_sec)(int minor, uint64_t dev_sec);
	/*
	 * Do both belong to one array and agree on what it is? NULL, or the thing in which
	 * they differ ("uuid", "level"...).
	 */
	const char *(*compare_super)(const struct super *a, const struct super *b);
	void (*getinfo_super)(const struct super *s, struct array_info *a, struct disk_info *d);
	/* Is the array at home on this host? Always false for homehost "". */
	bool (*is_local)(const struct super *s, const char *homehost);
	/* Uuid as the map file writes it. */
	struct uuid (*map_uuid)(const struct super *s);

	/* Reports (superN-report.c). b: the device it was loaded from. */
	void (*examine_super)(const struct super *s, struct blkdev *b, const char *homehost,
			      struct report *r);
	void (*export_examine_super)(const struct super *s, struct report *r);
	/* One ARRAY line, path included, no newline. */
	void (*brief_examine_super)(const struct super *s, bool verbose, struct report *r);
	/* The tail of --detail: Name, UUID, Events; and export keys. */
	void (*detail_super)(const struct super *s, const char *homehost, struct report *r);
	void (*export_detail_super)(const struct super *s, struct report *r);

	/*
	 * Can this format hold such an array?  Pure.  A chunk of 0, and a layout that was not
	 * given, get the default of the level.  -EINVAL with the sentence.
	 */
	int (*validate_geometry)(struct geometry *g, bool have_layout, unsigned spares,
				 struct err *why);
	/*
	 * Space that a device offers to the array's data, in sectors; 0 when it is too small.
	 * Pure.  *data_offset_sec: where data begins (given, or the format's choice).
	 */
	uint64_t (*avail_size)(const struct space_request *q, uint64_t *data_offset_sec);
	/*
	 * A superblock that was loaded from a working member becomes the array part for others that
	 * join it: add_to_super and write_init_super take it from then on.
	 */
	void (*adopt_super)(struct super *s);
	/* The array part of a new superblock. */
	int (*init_super)(const struct new_array *a, struct super **out, struct err *err);
	/*
	 * Enters one member: its descriptor and role. Once for each member, before
	 * write_init_super.
	 */
	int (*add_to_super)(struct super *s, const struct new_member *m, struct err *err);
	/* Appends the writes that make m a member: superblock, bitmap.  p NULL: could it be one? */
	int (*write_init_super)(const struct super *s, const struct new_member *m, struct plan *p,
				struct err *err);
	/*
	 * Appends the writes that erase each superblock of this format on the device (zeros over
	 * it), at the place of minor or at all of them; damaged: also those that cannot be used.
	 * The number of superblocks found, or -errno.
	 */
	int (*wipe_super)(struct blkdev *b, int minor, bool damaged, struct plan *p,
			  struct err *err);
	/* Changes the loaded superblock in memory. number: whose descriptor (FORCE_ROLE). */
	void (*force_super)(struct super *s, enum super_force what, int number, uint64_t value);
	/*
	 * Changes the loaded superblock in memory as --update asks.  0; SUPER_NO_SUCH_UPDATE: not to
	 * one of this format; -EINVAL: it cannot be done to this one.  Pure.
	 */
	int (*update_super)(struct super *s, const struct update_values *v, struct err *err);
	/*
	 * A superblock of another format for the same member, in *out (UPDATE_METADATA); results as
	 * above, NULL: none is to be had.  Pure.  The caller frees both.
	 */
	int (*convert_super)(const struct super *s, const struct update_values *v,
			     struct super **out, struct err *err);
	/*
	 * Appends the writes that store a loaded, changed superblock back in its place, with what it
	 * leads to where that has changed.
	 */
	int (*store_super)(const struct super *s, const char *path, struct plan *p,
			   struct err *err);
	/*
	 * What the superblock on s says of the member in raid slot `slot`: 1 it is active there,
	 * 0 it is missing or faulty.
	 */
	int (*slot_active)(const struct super *s, int slot);
	/* Does it say that this descriptor number belongs to another than the member in that slot? */
	bool (*number_taken)(const struct super *s, int number, int slot);
	/*
	 * The areas of a loaded superblock, itself first; how many.  A bitmap that is not the array's is
	 * listed all the same, with as much of it as its header claims and there is room for; a list of bad
	 * blocks when there is something in it.  Pure.
	 */
	size_t (*areas)(const struct super *s, struct super_area out[SUPER_AREAS]);
	/* Has it a list of bad blocks, with anything in it?  Its shift.  NULL: the format has none. */
	bool (*bad_blocks)(const struct super *s, bool *used, unsigned *shift);
	/* Bitmaps hold the array's uuid in words of the host's order: of 0.90. */
	bool bitmap_uuid_in_words;
	/* Where the bitmap begins on the device that it was loaded from, in bytes; false: it has none. */
	bool (*bitmap_at)(const struct super *s, uint64_t *at);
	/*
	 * Appends the write of an internal bitmap on the member that s was loaded from, whose array has
	 * none.  In w the chunk, or of a lockless one the size, that was chosen, in *offset_sec its place from the superblock.  p NULL: only
	 * those.  -EINVAL, -ENOSPC: no such bitmap fits.
	 */
	int (*add_bitmap)(struct super *s, struct bitmap_wish *w, const char *path, struct plan *p,
			  int32_t *offset_sec, struct err *err);
	/*
	 * Appends the write of an empty partial parity log on the member that s was loaded from, and says
	 * where that is on the device.  -EINVAL: its array cannot have one.  NULL: none of this format can.
	 */
	int (*add_ppl)(struct super *s, const char *path, struct plan *p, uint64_t *at_sec,
		       uint32_t *size_sec, struct err *err);
	/* Which kernels can start its array, and for what.  Pure. */
	void (*oldest_kernel)(const struct super *s, struct kernel_need *need);
};

/* super.c: the superlist. */
extern const struct superswitch super0, super1;
extern const struct superswitch *const superlist[]; /* NULL at the end, in the order of guessing */

/* Format of a --metadata word: NULL when there is none ("unrecognised metadata identifier: V"). */
const struct superswitch *super_match(const char *word, int *minor);

/*
 * Loads the superblock of that format and minor; or, with fmt NULL or SUPER_ANY_MINOR, the one of
 * all these that was created last (of equals the first in the list): a device may still carry what
 * an older array left elsewhere.  What lies in the data of a whole superblock in front of them counts
 * for nothing when it is damaged; when it is newer and whole, only a report takes it.
 * 0, SUPER_ABSENT, -errno with the sentence, as load_super.  A place that cannot be read, or where
 * a superblock is damaged, may have the one that is meant: then no other is taken, and the sentence
 * tells how to choose.  Only a report goes on, and why->text, else "", is a remark.
 */
int super_load(struct blkdev *b, const struct superswitch *fmt, int minor, unsigned flags,
	       struct super **out, struct err *why);
/* In what two superblocks differ that members of one array have alike ("uuid", "level"); NULL. */
const char *super_difference(const struct super *a, const struct super *b);
void super_free(struct super *s);           /* NULL is fine */
void super_cleanup(struct super **s);       /* for cleanup() */

/*
 * super-report.c: the oldest kernel, for JSON; for people where it is not that old that any has it.
 */
void super_report_kernel(const struct super *s, struct report *r);

/* The part of an array's name behind "host:". Points into name. */
const char *super_bare_name(const char *name);

#endif
