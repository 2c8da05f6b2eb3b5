/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Create.h - what the files of --create share: Create.c walks, Create-check.c
 * looks and judges, Create-plan.c writes it down as a plan.
 */
#ifndef CREATE_H
#define CREATE_H

#include "config.h"
#include "devnode.h"
#include "mode.h"
#include "plan.h"
#include "super.h"

/* One word of the command line that stands for a member. */
struct candidate {
	char *path;              /* NULL: "missing" */
	bool write_mostly, failfast;
	bool journal;            /* it is that, in no slot */
	struct blk_id id;
	uint64_t dev_sec;
	struct blkdev *held;     /* open for reading, and alone; NULL: to be opened again */
	struct blk_fingerprint seen;
	bool bare;               /* no superblock was found in any place */
	bool have_data_offset;   /* given for this one */
	uint64_t data_offset_sec;
	uint64_t free_sec;       /* what it offers to the array's data, rounded to the chunk */
	bool known;              /* it is a member of an array, that one: */
	struct array_info array;
	struct disk_info disk;
};

struct create {
	const struct request *req;
	struct config conf;
	char homehost[256];
	struct md_name name;
	struct candidate *dev;   /* as listed: raid_disks slots, then spares, then the journal */
	size_t n_dev;
	size_t n_journal;        /* 1 or 0 */
	size_t n_missing;
	const struct superswitch *fmt;
	int minor;
	bool format_chosen;      /* by us: nobody named one */
	struct geometry geo;
	bool have_layout;
	bool bitmap, ppl;
	bool uneven;             /* raid0: members differ in size */
	int hold_back;           /* slot whose member starts as a spare; -1 none */
	bool clean;
};

/* Create-check.c.  All return 0 or the exit status; what is wrong has been said then. */

/* Contradictions of the command line, before any device is touched. */
int create_check_request(struct create *c);
/* Opens and measures each member; it must be a block device, free, and named once. */
int create_check_members(struct create *c);
/* Closes the members that are held. */
void create_let_go(struct create *c);
/* Chooses format, chunk, layout and size. */
int create_choose(struct create *c);

/* Create-oddities.c. */

/*
 * Looks at what lies on the members, of which the plan will refuse what has changed then; and
 * unless quiet reports that, and what else looks odd.  True when there was anything.
 */
bool create_look(struct create *c, bool quiet);

/* Create-known.c: each array that members belong to, beside what it would become. */
void create_report_known(const struct create *c);

/* Create-plan.c.  Both return 0 or -errno with the sentence. */

/* Is there anything that cannot be laid out on the members?  Writes nothing. */
int create_rehearse(struct create *c, struct err *err);
/* Writes superblocks, starts the array. */
int create_build(struct create *c, struct plan *p, struct err *err);
/*
 * Resync and recovery destroy what lay on the members of an array that is there; so they wait for the
 * first write, as with the driver's own start_ro: until then --undo brings everything back.
 */
bool create_sync_waits(const struct create *c);

#endif
