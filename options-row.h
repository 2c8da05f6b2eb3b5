/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options-row.h - what the three files that read the command line share: the rows of
 * options.def, and the state of one parse.  Besides them only completion/table.c includes this.
 */
#ifndef OPTIONS_ROW_H
#define OPTIONS_ROW_H

#include <string.h>

#include "options.h"

struct parse;
struct option_row;

/* What an option does.  arg: its value or NULL.  Returns 0, or negative with the sentence. */
typedef int option_fn(struct parse *p, const struct option_row *row, const char *arg,
		      struct err *err);

enum takes { NOTHING, VALUE, MAYBE };
enum first { LATE, IMPLIES, SETS };
enum when { NOW, LATER, NEW };

struct option_row {
	const char *dashed;     /* "--create" */
	char letter;
	enum takes takes;
	unsigned int modes;     /* bits 1 << enum mode_id */
	enum first first;
	enum when when;
	option_fn *run;
	long value;
	const char *argument, *help;
};

/* For the functions of options-values.c and the checks of options.c. */
#define wrong(...) err_set(err, -EINVAL, __VA_ARGS__)

#define MODE_BIT(id) (1U << (id))
#define MODE_BITS_ALL ((MODE_BIT(MODE_AUTODETECT) << 1) - 1)

/* The modes by the words of options.def. */
#define CREATE MODE_BIT(MODE_CREATE)
#define ASSEMBLE MODE_BIT(MODE_ASSEMBLE)
#define MANAGE MODE_BIT(MODE_MANAGE)
#define MISC MODE_BIT(MODE_MISC)
#define BUILD MODE_BIT(MODE_BUILD)
#define GROW MODE_BIT(MODE_GROW)
#define INCREMENTAL MODE_BIT(MODE_INCREMENTAL)
#define MONITOR MODE_BIT(MODE_MONITOR)
#define AUTODETECT MODE_BIT(MODE_AUTODETECT)
#define ANY MODE_BITS_ALL
/* Where -b is --bitmap. */
#define BITMAP_MODES (CREATE | BUILD | GROW | ASSEMBLE | INCREMENTAL)

extern const struct option_row option_rows[];
extern const size_t n_option_rows;
#define ROWS_END (option_rows + n_option_rows)

/* word may be NULL. */
static inline bool word_is(const char *word, const char *what)
{
	return word && !strcmp(word, what);
}

static inline const char *row_name(const struct option_row *row)
{
	return row->dashed + 2;
}

struct parse {
	struct request *r;
	const char *argv0;
	const char *given;                  /* the option in hand, for complaints: -l, --level */
	char letter[3];                     /* room for -l */
	bool *raw;
	int *exit_status;
	bool help, help_options, help_config, help_update;
	size_t cap_dev;
	enum flag_change write_mostly, failfast; /* of the devices that follow */
	const struct option_row *action;    /* misc: for the devices that follow */
	const struct option_row *member;    /* manage: the same */
	bool have_journal;
	const char *policy;                 /* --consistency-policy as given */
	const char *bitmap;                 /* --bitmap as given */
};

/* options.c: notes an option of the old tool that does not work yet; the first counts. */
void note_unsupported(struct parse *p, const char *what);

/* options-help.c: the page that p asks for.  The caller frees. */
char *options_help(const struct parse *p);
const char *mode_word(enum mode_id id);

/* options-values.c: the functions that options.def names. */
option_fn opt_bitmap, opt_bitmap_assemble, opt_bitmap_chunk, opt_chunk, opt_compat, opt_config,
	opt_data_offset, opt_delay, opt_failfast, opt_flag, opt_help, opt_help_options, opt_ignore,
	opt_journal, opt_layout, opt_level, opt_manage_action, opt_manage_readwrite,
	opt_member_action, opt_metadata, opt_misc_action, opt_misc_run, opt_name, opt_place,
	opt_policy, opt_raid_disks, opt_size, opt_spare_disks, opt_subarray, opt_super_minor,
	opt_text, opt_timeout, opt_udev_rules, opt_update, opt_update_readd, opt_uuid, opt_verbose, opt_version,
	opt_wait_for, opt_write_behind, opt_write_mostly, opt_sync_action, opt_scrub, opt_time_limit, opt_repair_block;

#endif
