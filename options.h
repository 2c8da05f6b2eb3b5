/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - the command line as data: argv in, a struct request out.
 *
 * Pure: never opens a device, prints or exits.  The options themselves are rows of
 * options.def; parsing, "not valid in this mode", --help and the completion come from them.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "super-update.h"
#include "uuid.h"

enum mode_id {
	MODE_NONE,
	MODE_CREATE,
	MODE_ASSEMBLE,
	MODE_MANAGE,
	MODE_MISC,
	MODE_INCREMENTAL,
	/* Known to the command line, answered with "not yet" by main: */
	MODE_BUILD,
	MODE_GROW,
	MODE_MONITOR,
	MODE_AUTODETECT,
};

/* What is done with a device that misc lists. */
enum action {
	ACT_NONE,
	ACT_DETAIL, ACT_EXAMINE, ACT_QUERY, ACT_STOP, ACT_ZERO, ACT_UNDO, ACT_STATUS,
	ACT_CONFIG_CHECK, ACT_CONFIG_SYNC, ACT_BOOT_CHECK,
	ACT_RUN, ACT_READONLY, ACT_READWRITE, ACT_WAIT, ACT_WAIT_CLEAN,
	ACT_EXPLAIN_NAME, ACT_EXAMINE_BITMAP, ACT_EXAMINE_BADBLOCKS, ACT_DUMP, ACT_RESTORE,
	ACT_DESTROY, ACT_UDEV_RULES, ACT_DETAIL_PLATFORM, ACT_KILL_SUBARRAY, ACT_UPDATE_SUBARRAY,
	ACT_SYNC_ACTION, ACT_SCRUB, ACT_VERIFY,
	ACT_OTHER,   /* any other misc action; request.unsupported names it */
};

/* What --wait waits for. */
enum wait_for { WAIT_FOR_IDLE, WAIT_FOR_REDUNDANT, WAIT_FOR_RESHAPE };

/* What manage does with a member. */
enum member_action {
	MEMBER_NONE,
	MEMBER_ADD, MEMBER_ADD_SPARE, MEMBER_ADD_JOURNAL, MEMBER_READD, MEMBER_FAIL, MEMBER_REMOVE,
	MEMBER_REPLACE, MEMBER_WITH, MEMBER_SWAP,
};

enum flag_change { FLAG_KEEP, FLAG_SET, FLAG_CLEAR };

struct request_device {
	const char *name;      /* as given */
	enum action action;    /* misc */
	enum member_action member; /* manage */
	enum flag_change write_mostly, failfast; /* create, build: never cleared */
};

struct request {
	enum mode_id mode;
	char *help;                 /* --help: the text to print (stdout), then exit 0; owned */
	bool want_version;
	const char *unsupported;    /* "--grow": known from the old tool, not in this version */
	struct err note;            /* a remark to print before the work; mostly empty */
	bool needs_root;            /* what is asked for is refused to anybody else */
	enum action action;         /* misc, manage: the last one given */

	struct request_device *dev; /* in order, the array first where the mode wants one */
	size_t n_dev;

	int verbosity;              /* -1 quiet, 0, 1, 2 .. */
	bool brief, export, json, no_devices, problems, scan, test;
	bool force, run, readonly;
	bool dry_run;
	bool wait;                  /* manage: until it is done */
	bool fail, rebuild_map;     /* incremental */
	const char *sync_action;    /* --action */
	enum { SCRUB_UNSET, SCRUB_START, SCRUB_PAUSE, SCRUB_RESUME, SCRUB_STATUS } scrub;
	bool all;                   /* scrub */
	uint32_t time_limit_s;      /* scrub; 0: none */
	bool have_repair_block;     /* verify */
	uint64_t repair_block;
	bool have_wait_for, have_timeout; /* wait */
	enum wait_for wait_for;
	uint32_t timeout_s;
	const char *rules_file;     /* --udev-rules=; NULL: standard output */
	const char *subarray;       /* --kill-subarray, --update-subarray */
	const char *place;          /* --dump, --restore */
	const char *path;           /* --path */
	const char *undo_dir;       /* --undo-dir; NULL: the default */
	const char *config_file;    /* --config */
	const char *homehost;       /* --homehost */
	const char *prefer;

	/* create and assemble.  "was it given" is a bit of its own. */
	bool have_level, have_layout, have_chunk, have_size, have_raid_disks, have_spares;
	int level;
	const char *layout;         /* the word, understood once the level is known */
	uint32_t chunk_sec;
	uint64_t size_sec;          /* UINT64_MAX: max */
	uint32_t raid_disks, spare_disks;
	const char *metadata;       /* the word; checked by the superlist */
	uint32_t compat;            /* --compat: a kernel (kernel.h) that must know the array; 0 */
	bool have_uuid;
	struct uuid uuid;
	const char *name;
	bool assume_clean;
	enum { BITMAP_UNSET, BITMAP_NONE, BITMAP_INTERNAL, BITMAP_LOCKLESS, BITMAP_FILE } bitmap;
	const char *bitmap_file;    /* with BITMAP_FILE; assemble: NULL none */
	bool have_bitmap_chunk;
	uint32_t bitmap_chunk_bytes;
	uint32_t delay_s;           /* 0: not given */
	bool have_write_behind;
	uint32_t write_behind;
	bool have_data_offset, data_offset_variable;
	uint64_t data_offset_sec;
	const char *journal;        /* create: the device of --write-journal; NULL none */
	size_t journal_at;          /* words of devices before it */
	bool have_super_minor, super_minor_dev;
	uint32_t super_minor;
	bool no_degraded;
	bool have_update;
	enum super_update update;
	enum { POLICY_UNSET, POLICY_RESYNC, POLICY_BITMAP, POLICY_JOURNAL, POLICY_PPL } consistency_policy;
};

/*
 * Reads the command line.  Words that only a mode can judge (metadata, names of devices) are
 * not judged here.
 * Returns 0, or -EINVAL with the whole sentence.  *raw: it is to be printed as it is, without
 * the "mdadm: " prefix.  *exit_status: what main should exit with then (2, seldom 1).
 * The texts in out point into argv.  The caller frees with request_free, also after a failure.
 */
int options_parse(int argc, char *const argv[], struct request *out, bool *raw, int *exit_status,
		  struct err *err);
/* An offset as --data-offset takes it.  0 or -EINVAL. */
int option_data_offset(const char *word, uint64_t *out_sec);
void request_free(struct request *r);

#endif
