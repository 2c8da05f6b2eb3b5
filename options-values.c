// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options-values.c - what one option does with its value: the functions that options.def names.
 * Pure.  Each sets its fields of the request or says what is wrong with the value.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "geometry.h"
#include "kernel.h"
#include "options-row.h"
#include "util.h"

#define NAME_MAX_BYTES 32
#define WRITE_BEHIND_MAX 16383
#define WRITE_BEHIND_DEFAULT 256
#define BITMAP_CHUNK_MAX_SEC (UINT32_C(1) << 22) /* 2 GiB: bytes fit 32 bits */
#define CHUNK_MIN_SEC 8
#define SIZE_MAX_SEC (UINT64_MAX >> 10) /* room to count in bytes */

#define OPTION(fn)                                                                                 \
	int fn(struct parse *p __attribute__((unused)),                                            \
	       const struct option_row *row __attribute__((unused)),                               \
	       const char *arg __attribute__((unused)), struct err *err __attribute__((unused)))

/* ---- Plain fields ---- */

OPTION(opt_flag)
{
	*(bool *)((char *)p->r + row->value) = true;
	if (row->when == LATER)
		note_unsupported(p, row->dashed);
	return 0;
}

OPTION(opt_text)
{
	*(const char **)((char *)p->r + row->value) = arg;
	return 0;
}

OPTION(opt_ignore)
{
	return 0;
}

OPTION(opt_help)
{
	p->help = true;
	return 0;
}

OPTION(opt_help_options)
{
	p->help = p->help_options = true;
	return 0;
}

OPTION(opt_version)
{
	p->r->want_version = true;
	return 0;
}

OPTION(opt_verbose)
{
	p->r->verbosity = MAX(p->r->verbosity + (int)row->value, -1);
	return 0;
}

OPTION(opt_config)
{
	if (p->r->config_file)
		return wrong("configfile cannot be set twice.  Second value is %s.", arg);
	p->r->config_file = arg;
	return 0;
}

OPTION(opt_write_mostly)
{
	p->write_mostly = (enum flag_change)row->value;
	return 0;
}

OPTION(opt_failfast)
{
	p->failfast = (enum flag_change)row->value;
	return 0;
}

/* ---- Actions ---- */

/* How a complaint calls an earlier option. */
static void row_short(const struct option_row *row, char *out, size_t cap)
{
	if (row->letter)
		snprintf(out, cap, "-%c", row->letter);
	else
		snprintf(out, cap, "%s", row->dashed);
}

/* Examining stands alone, only a query may come before it. */
OPTION(opt_misc_action)
{
	enum action before = p->action ? (enum action)p->action->value : ACT_NONE;
	char name[64];

	if (row->value == ACT_EXAMINE && p->action && before != ACT_QUERY &&
	    before != ACT_EXAMINE) {
		row_short(p->action, name, sizeof(name));
		return wrong("--examine/-E cannot be given with %s", name);
	}
	if (row->value != ACT_EXAMINE && before == ACT_EXAMINE)
		return wrong("--examine/-E cannot be given with %s", p->given);
	if (row->value == ACT_DESTROY && before == ACT_RUN && !p->r->n_dev)
		p->r->run = true;
	p->action = row;
	p->r->action = (enum action)row->value;
	return 0;
}

OPTION(opt_sync_action)
{
	static const char *const words[] = { "idle", "frozen", "check", "repair" };
	size_t i = 0;

	if (p->r->sync_action)
		return wrong("Only one --action can be specified");
	while (i < ARRAY_SIZE(words) && !word_is(arg, words[i]))
		i++;
	if (i == ARRAY_SIZE(words))
		return wrong("action must be one of idle, frozen, check, repair");
	p->r->sync_action = words[i];
	return opt_misc_action(p, row, arg, err);
}

OPTION(opt_scrub)
{
	static const char *const words[] = {
		[SCRUB_START] = "start", [SCRUB_PAUSE] = "pause", [SCRUB_RESUME] = "resume",
		[SCRUB_STATUS] = "status",
	};
	size_t i = SCRUB_START;

	if (p->r->scrub)
		return wrong("Only one --scrub can be specified");
	while (i < ARRAY_SIZE(words) && !word_is(arg, words[i]))
		i++;
	if (i == ARRAY_SIZE(words))
		return wrong("--scrub must be one of start, pause, resume, status");
	p->r->scrub = i;
	return opt_misc_action(p, row, arg, err);
}

/* The seconds of the unit that text begins with; 0: it is none. */
static uint32_t unit_seconds(const char *text)
{
	static const struct {
		const char *word;
		uint32_t seconds;
	} units[] = {
		{ "s", 1 }, { "sec", 1 }, { "second", 1 }, { "seconds", 1 },
		{ "m", 60 }, { "min", 60 }, { "minute", 60 }, { "minutes", 60 },
		{ "h", 3600 }, { "hour", 3600 }, { "hours", 3600 },
		{ "d", 86400 }, { "day", 86400 }, { "days", 86400 },
	};
	size_t len = strcspn(text, " 0123456789");

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].word) == len && !strncmp(text, units[i].word, len))
			return units[i].seconds;
	return 0;
}

/* "6h", "6 hours", "1h30m".  0: it is none, or none that ends. */
static uint32_t parse_duration(const char *text)
{
	uint64_t sum = 0;

	for (;;) {
		size_t digits;
		uint64_t unit, n;

		text += strspn(text, " ");
		if (!*text)
			return sum <= UINT32_MAX ? (uint32_t)sum : 0;
		digits = strspn(text, "0123456789");
		n = strtoul(text, NULL, 10);
		text += digits;
		text += strspn(text, " ");
		unit = unit_seconds(text);
		if (!digits || digits > 9 || !unit)
			return 0;
		sum += n * unit;
		text += strcspn(text, " 0123456789");
	}
}

OPTION(opt_time_limit)
{
	p->r->time_limit_s = parse_duration(arg);
	if (!p->r->time_limit_s)
		return wrong("--time-limit needs a time with its unit, such as 6h, 90m or \"6 hours\": %s",
			     arg);
	return 0;
}

OPTION(opt_repair_block)
{
	if (parse_u64(arg, UINT64_MAX, &p->r->repair_block))
		return wrong("--repair-block needs the number of a stripe, as --verify tells it: %s", arg);
	p->r->have_repair_block = true;
	return 0;
}

/* An action; beside --destroy, before or behind it, the answer to a question. */
OPTION(opt_misc_run)
{
	if (p->action && p->action->value == ACT_DESTROY) {
		p->r->run = true;
		return 0;
	}
	return opt_misc_action(p, row, arg, err);
}

OPTION(opt_place)
{
	struct request *r = p->r;

	if (r->place)
		return wrong("dump/restore directory specified twice: %s and %s", r->place, arg);
	r->place = arg;
	return opt_misc_action(p, row, arg, err);
}

OPTION(opt_udev_rules)
{
	p->r->rules_file = arg;
	return opt_misc_action(p, row, arg, err);
}

OPTION(opt_subarray)
{
	p->r->subarray = arg;
	return opt_misc_action(p, row, arg, err);
}

/* ---- Waiting ---- */

OPTION(opt_wait_for)
{
	static const char *const word[] = {
		[WAIT_FOR_IDLE] = "idle", [WAIT_FOR_REDUNDANT] = "redundant",
		[WAIT_FOR_RESHAPE] = "reshape",
	};

	for (size_t i = 0; i < ARRAY_SIZE(word); i++)
		if (word_is(arg, word[i])) {
			p->r->have_wait_for = true;
			p->r->wait_for = (enum wait_for)i;
			return 0;
		}
	return wrong("--for takes idle, redundant or reshape, not %s", arg);
}

/* Seconds, or with units. */
OPTION(opt_timeout)
{
	uint64_t seconds;

	if (parse_u64(arg, UINT32_MAX, &seconds))
		seconds = parse_duration(arg);
	if (!seconds && !word_is(arg, "0"))
		return wrong("invalid timeout: %s: seconds, or a number with s, m, h or d", arg);
	p->r->have_timeout = true;
	p->r->timeout_s = (uint32_t)seconds;
	return 0;
}

OPTION(opt_manage_action)
{
	enum action now = (enum action)row->value, before = p->r->action;

	if ((now == ACT_STOP && before == ACT_RUN) || (now == ACT_RUN && before == ACT_STOP))
		return wrong("Cannot both Stop and Run an array");
	if (row->when == LATER)
		note_unsupported(p, row->dashed);
	p->r->action = now;
	return 0;
}

/* Behind an action on members it speaks of those that follow. */
OPTION(opt_manage_readwrite)
{
	if (!p->member)
		return opt_manage_action(p, row, arg, err);
	p->write_mostly = FLAG_CLEAR;
	return 0;
}

OPTION(opt_member_action)
{
	p->member = row;
	return 0;
}

/* ---- Shape ---- */

static bool level_has_spares(int level)
{
	return level != LEVEL_RAID0 && level != LEVEL_LINEAR;
}

OPTION(opt_level)
{
	struct request *r = p->r;

	if (r->have_level)
		return wrong("raid level may only be set once.  Second value is %s.", arg);
	if (level_parse(arg, &r->level))
		return wrong("invalid raid level: %s\nuse linear, 0, 1, 4, 5, 6 or 10", arg);
	r->have_level = true;
	if (r->have_spares && !level_has_spares(r->level))
		return wrong("raid level %d is incompatible with spare-devices setting.", r->level);
	return 0;
}

OPTION(opt_raid_disks)
{
	struct request *r = p->r;
	uint64_t n;

	if (r->have_raid_disks)
		return wrong("raid-devices set twice: %u and %s", r->raid_disks, arg);
	if (parse_u64(arg, INT_MAX, &n) || !n)
		return wrong("invalid number of raid devices: %s\nuse a whole number, 1 or more",
			     arg);
	r->raid_disks = (uint32_t)n;
	r->have_raid_disks = true;
	return 0;
}

OPTION(opt_spare_disks)
{
	struct request *r = p->r;
	uint64_t n;

	if (r->have_spares)
		return wrong("spare-devices set twice: %u and %s", r->spare_disks, arg);
	if (r->have_level && !level_has_spares(r->level))
		return wrong("spare-devices setting is incompatible with raid level %d", r->level);
	if (parse_u64(arg, INT_MAX, &n))
		return wrong("invalid number of spare-devices: %s\nuse a whole number, 0 or more",
			     arg);
	r->spare_disks = (uint32_t)n;
	r->have_spares = true;
	return 0;
}

OPTION(opt_chunk)
{
	struct request *r = p->r;
	uint64_t sec;

	if (r->have_chunk)
		return wrong("chunk/rounding may only be specified once. Second value is %s.", arg);
	if (parse_size(arg, &sec) || sec < CHUNK_MIN_SEC || sec % 2 || sec > INT_MAX)
		return wrong("invalid chunk/rounding value: %s\n"
			     "use a number of KiB, 4 or more; K, M or G may follow", arg);
	r->chunk_sec = (uint32_t)sec;
	r->have_chunk = true;
	return 0;
}

OPTION(opt_layout)
{
	struct request *r = p->r;
	char names[LAYOUT_NAMES_TEXT];
	uint32_t layout;

	if (r->have_layout)
		return wrong("layout may only be sent once.  Second value was %s", arg);
	if (r->mode != MODE_GROW && !r->have_level)
		return wrong("raid level must be given before layout.");
	r->layout = arg;
	r->have_layout = true;
	if (r->mode == MODE_GROW || !layout_parse(r->level, arg, &layout))
		return 0;
	switch (r->level) {
	case LEVEL_RAID10:
		return wrong("layout for raid10 must be 'nNN', 'oNN' or 'fNN' "
			     "where NN is a number, not %s", arg);
	case LEVEL_RAID0:
	case LEVEL_RAID5:
	case LEVEL_RAID6:
		return wrong("layout %s not understood for %s.\nuse %s", arg, level_name(r->level),
			     layout_names(r->level, names));
	}
	if (r->level == LEVEL_FAULTY)
		return wrong("layout %s not understood for faulty.", arg);
	return wrong("layout not meaningful for %s arrays.", level_name(r->level));
}

OPTION(opt_size)
{
	struct request *r = p->r;
	uint64_t sec = UINT64_MAX;

	if (r->have_size)
		return wrong("size may only be specified once. Second value is %s.", arg);
	if (!word_is(arg, "max") &&
	    (parse_size(arg, &sec) || sec < CHUNK_MIN_SEC || sec > SIZE_MAX_SEC))
		return wrong("invalid size: %s\n"
			     "use max, or a number of KiB, 4 or more; K, M, G, T may follow", arg);
	r->size_sec = sec == UINT64_MAX ? sec : round_down_u64(sec, 2);
	r->have_size = true;
	return 0;
}

int option_data_offset(const char *word, uint64_t *out_sec)
{
	uint64_t sec;

	if (parse_size(word, &sec) || sec < 2 || sec > SIZE_MAX_SEC)
		return -EINVAL;
	*out_sec = sec;
	return 0;
}

OPTION(opt_data_offset)
{
	struct request *r = p->r;

	if (r->have_data_offset)
		return wrong("data-offset may only be specified one. Second value is %s.", arg);
	r->have_data_offset = true;
	if (r->mode == MODE_CREATE && word_is(arg, "variable")) {
		r->data_offset_variable = true;
		return 0;
	}
	if (option_data_offset(arg, &r->data_offset_sec))
		return wrong("invalid data-offset: %s\n"
			     "use a number of KiB, 1 or more; K, M, G, T may follow%s", arg,
			     r->mode == MODE_CREATE ? "; or variable" : "");
	return 0;
}

OPTION(opt_compat)
{
	if (kernel_parse(arg, &p->r->compat))
		return wrong("invalid version of a kernel: %s\nuse numbers as of uname -r: 4.19, "
			     "2.6.32", arg);
	return 0;
}

/* ---- Identity ---- */

OPTION(opt_metadata)
{
	if (p->r->metadata || (p->r->have_update && p->r->update == UPDATE_BYTEORDER))
		return wrong("metadata information already given");
	p->r->metadata = arg;
	return 0;
}

OPTION(opt_uuid)
{
	struct request *r = p->r;

	if (r->have_uuid)
		return wrong("uuid cannot be set twice.  Second value %s.", arg);
	if (uuid_parse(arg, &r->uuid))
		return wrong("Bad uuid: %s\nuse 32 hexadecimal digits; a colon, point or hyphen may "
			     "stand between them", arg);
	r->have_uuid = true;
	return 0;
}

/* An empty name is none. */
OPTION(opt_name)
{
	if (p->r->name)
		return wrong("name cannot be set twice.   Second value %s.", arg);
	if (strlen(arg) > NAME_MAX_BYTES)
		return wrong("name '%s' is too long, %d chars max.", arg, NAME_MAX_BYTES);
	if (*arg)
		p->r->name = arg;
	return 0;
}

OPTION(opt_super_minor)
{
	struct request *r = p->r;
	uint64_t n;

	if (r->have_super_minor)
		return wrong("super-minor cannot be set twice.  Second value: %s.", arg);
	r->have_super_minor = true;
	if (word_is(arg, "dev")) {
		r->super_minor_dev = true;
		return 0;
	}
	if (parse_u64(arg, INT_MAX, &n))
		return wrong("Bad super-minor number: %s.", arg);
	r->super_minor = (uint32_t)n;
	return 0;
}

/* ---- Changes of the metadata ---- */

OPTION(opt_update)
{
	struct request *r = p->r;
	enum super_update what;

	if (word_is(arg, "?") || word_is(arg, "help")) {
		p->help_update = true;
		return 0;
	}
	if (!super_update_parse(arg, &what))
		return wrong("'--update=%s' is invalid.  %s", arg, super_update_list);
	if (r->have_update)
		return wrong("Can only update one aspect of superblock, both %s and %s given.",
			     super_update_word(r->update), arg);
	if (what == UPDATE_BYTEORDER && r->metadata)
		return wrong("must not set metadata type with --update=byteorder.");
	r->update = what;
	r->have_update = true;
	return 0;
}

/* Of a member that comes back; the old tool calls the first mistake a failure. */
OPTION(opt_update_readd)
{
	enum super_update what;

	if (!p->member || p->member->value != MEMBER_READD) {
		*p->exit_status = 1;
		return wrong("--update in Manage mode only allowed with --re-add.");
	}
	if (!super_update_parse(arg, &what) ||
	    (what != UPDATE_DEVICESIZE && what != UPDATE_BBL && what != UPDATE_NO_BBL && what != UPDATE_FORCE_NO_BBL))
		return wrong("only 'devicesize', 'bbl', 'no-bbl', and 'force-no-bbl' can be updated with --re-add");
	return opt_update(p, row, arg, err);
}

/* ---- Consistency ---- */

static int bitmap_once(struct parse *p, const char *arg, struct err *err)
{
	if (p->bitmap)
		return wrong("bitmap cannot be set twice. Second value: %s.", arg);
	p->bitmap = arg;
	if (strchr(arg, '/')) {
		p->r->bitmap = BITMAP_FILE;
		p->r->bitmap_file = arg;
	}
	return 0;
}

/* Assembling finds the bitmap by itself, unless it is in a file. */
OPTION(opt_bitmap_assemble)
{
	int rc = bitmap_once(p, arg, err);

	if (rc || strchr(arg, '/'))
		return rc;
	if (!word_is(arg, "internal") && !word_is(arg, "clustered") && !word_is(arg, "lockless"))
		return wrong("--bitmap=%s has no meaning when assembling: leave it out; for that of a file "
			     "give its path, with a slash", arg);
	err_set(&p->r->note, 0, "no need to specify --bitmap when assembling arrays with internal "
		"or clustered bitmap");
	return 0;
}

OPTION(opt_bitmap)
{
	struct request *r = p->r;

	int rc = bitmap_once(p, arg, err);

	if (rc || strchr(arg, '/'))
		return rc;
	if (word_is(arg, "internal"))
		r->bitmap = BITMAP_INTERNAL;
	else if (word_is(arg, "none"))
		r->bitmap = BITMAP_NONE;
	else if (word_is(arg, "clustered"))
		note_unsupported(p, "--bitmap=clustered");
	else if (word_is(arg, "lockless"))
		r->bitmap = BITMAP_LOCKLESS;
	else
		return wrong("bitmap must be 'internal', 'lockless', 'none', or a path with a '/', not '%s'", arg);
	return 0;
}

OPTION(opt_bitmap_chunk)
{
	uint64_t sec;

	if (parse_size(arg, &sec) || sec < 2 || sec > BITMAP_CHUNK_MAX_SEC || !is_power_of_2(sec))
		return wrong("invalid bitmap chunksize: %s\n"
			     "use a power of two, in KiB; K, M or G may follow; up to 2G",
			     arg);
	p->r->bitmap_chunk_bytes = (uint32_t)(sec * SECTOR_BYTES);
	p->r->have_bitmap_chunk = true;
	return 0;
}

/* The last one counts. */
OPTION(opt_policy)
{
	p->policy = arg;
	if (word_is(arg, "resync"))
		p->r->consistency_policy = POLICY_RESYNC;
	else if (word_is(arg, "bitmap"))
		p->r->consistency_policy = POLICY_BITMAP;
	else if (word_is(arg, "journal"))
		p->r->consistency_policy = POLICY_JOURNAL;
	else if (word_is(arg, "ppl"))
		p->r->consistency_policy = POLICY_PPL;
	else
		return wrong("Invalid consistency policy: %s\nuse resync, bitmap, journal or ppl", arg);
	return 0;
}

OPTION(opt_write_behind)
{
	struct request *r = p->r;
	uint64_t n = WRITE_BEHIND_DEFAULT;

	if (arg && parse_u64(arg, WRITE_BEHIND_MAX, &n))
		return wrong("Invalid value for maximum outstanding write-behind writes: %s.\n"
			     "Must be between 0 and %d.", arg, WRITE_BEHIND_MAX);
	r->write_behind = (uint32_t)n;
	r->have_write_behind = true;
	return 0;
}

OPTION(opt_delay)
{
	uint64_t n;

	if (p->r->delay_s) {
		err_set(&p->r->note, 0, "only specify delay once. %s ignored.", arg);
		return 0;
	}
	if (parse_u64(arg, INT_MAX, &n) || !n)
		return wrong("invalid delay: %s", arg);
	p->r->delay_s = (uint32_t)n;
	return 0;
}

OPTION(opt_journal)
{
	if (p->have_journal) {
		err_set(&p->r->note, 0, "Please specify only one journal device for the array.\n"
			"Ignoring --write-journal %s...", arg);
		return 0;
	}
	if (word_is(arg, "missing"))
		return wrong("--write-journal=missing: an array with a journal is made with one");
	p->have_journal = true;
	p->r->journal = arg;
	p->r->journal_at = p->r->n_dev;
	return 0;
}
