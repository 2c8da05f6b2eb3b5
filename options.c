// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options.c - argv in, a struct request out: finds the row of each option, keeps the rules of
 * the modes, collects the devices, and checks the whole at the end.
 *
 * Pure: never opens a device, prints or exits.  What one option does with its value is in
 * options-values.c.  Words are read as getopt_long reads them, devices and options mixed.
 */
#include <errno.h>
#include <string.h>

#include "geometry.h"
#include "options-row.h"
#include "util.h"

#define FIELD(f) offsetof(struct request, f)

const struct option_row option_rows[] = {
#define OPT(name, letter, takes, modes, first, when, run, value, argument, help)                   \
	{ "--" name, letter, takes, modes, first, when, run, value, argument, help },
#include "options.def"
#undef OPT
};
const size_t n_option_rows = ARRAY_SIZE(option_rows);

#define USAGE "Usage: mdadm --help\n  for help"

void note_unsupported(struct parse *p, const char *what)
{
	if (!p->r->unsupported)
		p->r->unsupported = what;
}

/* ---- Modes ---- */

/* Has the row a meaning in the mode; with no mode yet: may it come first. */
static bool row_fits(const struct option_row *row, enum mode_id mode)
{
	return row->modes & MODE_BIT(mode) || (mode == MODE_NONE && row->first != LATE);
}

/*
 * The better of two rows that are called the same: one for this mode, one that 4.2 has, one that
 * could have set the mode, one that takes no value, the first.
 */
static const struct option_row *row_better(const struct option_row *best,
					   const struct option_row *row, enum mode_id mode)
{
	if (!best)
		return row;
	if (row_fits(best, mode))
		return best;
	if (row_fits(row, mode))
		return row;
	if ((best->when == NEW) != (row->when == NEW))
		return best->when == NEW ? row : best;
	if (best->first == SETS || row->first == SETS)
		return best->first == SETS ? best : row;
	return best->takes != NOTHING && row->takes == NOTHING ? row : best;
}

/* The mode that a row belongs to: of several the first of enum mode_id. */
static enum mode_id row_mode(const struct option_row *row)
{
	return (enum mode_id)__builtin_ctz(row->modes);
}

static int set_mode(struct parse *p, const struct option_row *row, struct err *err)
{
	enum mode_id mode = row_mode(row);

	if (mode == MODE_MISC && p->r->n_dev)
		return wrong("No action given for %s in --misc mode\n"
			     "Action options must come before device names", p->r->dev[0].name);
	p->r->mode = mode;
	return 0;
}

/* May the option in hand be given now?  Sets the mode when it is the one to do so. */
static int enter_mode(struct parse *p, const struct option_row *row, struct err *err)
{
	enum mode_id mode = p->r->mode;

	if (row->modes & MODE_BIT(mode))
		return 0;
	if (mode == MODE_NONE && row->first != LATE)
		return set_mode(p, row, err);
	if (mode == MODE_NONE)
		return wrong("%s does not set the mode, and so cannot be the first option.",
			     p->given);
	if (row->first == SETS)
		return wrong("%s would set mdadm mode to \"%s\", but it is already set to \"%s\".",
			     p->given, mode_word(row_mode(row)), mode_word(mode));
	return wrong("%soption %s not valid in %s mode", p->given[1] == '-' ? ":" : "", p->given,
		     mode_word(mode));
}

static int take_option(struct parse *p, const struct option_row *row, const char *arg,
		       struct err *err)
{
	int rc;

	/* "mdadm --config --help": about the file, not the program. */
	if (p->r->mode == MODE_NONE && row->run == opt_config &&
	    (word_is(arg, "--help") || word_is(arg, "-h"))) {
		p->help = p->help_config = true;
		return 0;
	}
	rc = enter_mode(p, row, err);
	if (rc)
		return rc;
	if (row->run)
		return row->run(p, row, arg, err);
	if (row->when == LATER)
		note_unsupported(p, row->dashed);
	return 0;
}

/* No device is called so; a terminal, a log or a script that reads our words would be misled. */
static bool has_control_bytes(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return true;
	return false;
}

static int take_device(struct parse *p, const char *name, struct err *err)
{
	struct request *r = p->r;
	char shown[200];

	if (has_control_bytes(name))
		return wrong("device name with a control character: %s",
			     printable(shown, sizeof(shown), name, strlen(name)));
	if (r->n_dev && r->mode == MODE_NONE)
		return wrong("An option must be given to set the mode before "
			     "a second device\n(%s) is listed", name);
	if (r->n_dev && (r->mode == MODE_MANAGE || r->mode == MODE_GROW) && !p->member)
		return wrong("Must give one of -a/-r/-f for subsequent devices at %s", name);
	if (p->action && p->action->when == LATER)
		note_unsupported(p, p->action->dashed);
	r->dev = xgrow(r->dev, &p->cap_dev, r->n_dev, sizeof(*r->dev));
	r->dev[r->n_dev++] = (struct request_device){
		.name = name,
		.action = p->action ? (enum action)p->action->value : ACT_NONE,
		.member = r->mode == MODE_MANAGE && p->member ? (enum member_action)p->member->value :
			  MEMBER_NONE,
		.write_mostly = p->write_mostly,
		.failfast = p->failfast,
	};
	return 0;
}

/* ---- Words: as getopt_long takes them, with the sentences that it prints ---- */

/* It is printed as it is: words of the command line must be made harmless here. */
static int usage_error(struct parse *p, struct err *err, const char *text)
{
	char called[200], shown[ERR_TEXT - 300];

	*p->raw = true;
	return wrong("%s: %s\n" USAGE,
		     printable(called, sizeof(called), p->argv0, strlen(p->argv0)),
		     printable(shown, sizeof(shown), text, strlen(text)));
}

/* Is it the same option, so that a word short of both is not ambiguous? */
static bool row_same(const struct option_row *a, const struct option_row *b)
{
	return word_is(a->dashed, b->dashed) ||
	       (a->letter && a->letter == b->letter && a->modes == b->modes);
}

static bool row_starts(const struct option_row *row, const char *word, size_t len)
{
	return !strncmp(row_name(row), word, len);
}

/* Has an earlier row this name? */
static bool row_repeats(const struct option_row *row)
{
	for (const struct option_row *before = option_rows; before < ROWS_END; before++) {
		if (before == row)
			return false;
		if (word_is(before->dashed, row->dashed))
			return true;
	}
	return false;
}

/* Of the names that 4.2 knows, or of those that are ours. */
static bool row_listed(const struct option_row *row, bool ours)
{
	return (row->when == NEW) == ours && !row_repeats(row);
}

static int ambiguous_error(struct parse *p, const char *word, size_t len, bool ours,
			   struct err *err)
{
	autofree char *text = xasprintf("option '--%s' is ambiguous; possibilities:", word);

	for (const struct option_row *row = option_rows; row < ROWS_END; row++) {
		char *more;

		if (!row_starts(row, word, len) || !row_listed(row, ours))
			continue;
		more = xasprintf("%s '%s'", text, row->dashed);
		free(text);
		text = more;
	}
	return usage_error(p, err, text);
}

/* What a long word could mean: a whole name, or the start of one or of several. */
struct match {
	const struct option_row *exact, *start;
	bool ambiguous;
};

static struct match match_long(const struct parse *p, const char *word, size_t len, bool ours)
{
	struct match m = { NULL, NULL, false };

	for (const struct option_row *row = option_rows; row < ROWS_END; row++) {
		if (!len || !row_starts(row, word, len) || (row->when == NEW) != ours)
			continue;
		if (!row_name(row)[len])
			m.exact = row_better(m.exact, row, p->r->mode);
		else if (m.start && !row_same(m.start, row))
			m.ambiguous = true;
		else
			m.start = row_better(m.start, row, p->r->mode);
	}
	return m;
}

/*
 * Finds the row that a long word (without dashes, len bytes of it) means in this mode, or NULL
 * with the sentence.  Names of ours give way: what is short for a name of 4.2 stays so; but --for=,
 * with a value that --force does not take.
 */
static const struct option_row *find_long(struct parse *p, const char *word, size_t len,
					  struct err *err)
{
	bool value = word[len] == '=';
	struct match m = match_long(p, word, len, false);
	struct match new = match_long(p, word, len, true);
	bool ours = !m.exact && (!m.start || (new.exact && (value || m.start->takes != NOTHING)));

	if (ours)
		m = new;
	if (!m.exact && m.ambiguous) {
		ambiguous_error(p, word, len, ours, err);
		return NULL;
	}
	if (!m.exact && !m.start) {
		autofree char *text = xasprintf("unrecognized option '--%s'", word);

		usage_error(p, err, text);
		return NULL;
	}
	return m.exact ? m.exact : m.start;
}

static const struct option_row *find_letter(const struct parse *p, char letter)
{
	const struct option_row *best = NULL;

	for (const struct option_row *row = option_rows; row < ROWS_END; row++)
		if (row->letter == letter)
			best = row_better(best, row, p->r->mode);
	return best;
}

static int long_error(struct parse *p, const struct option_row *row, const char *what,
		      struct err *err)
{
	autofree char *text = xasprintf("option '%s' %s", row->dashed, what);

	return usage_error(p, err, text);
}

/* argv[*i] is "--word" or "--word=value".  Moves *i over a value that is a word of its own. */
static int take_long(struct parse *p, int argc, char *const argv[], int *i, struct err *err)
{
	const char *word = argv[*i] + 2;
	size_t len = strcspn(word, "=");
	const char *arg = word[len] ? word + len + 1 : NULL;
	const struct option_row *row = find_long(p, word, len, err);

	if (!row)
		return -EINVAL;
	if (arg && row->takes == NOTHING)
		return long_error(p, row, "doesn't allow an argument", err);
	if (!arg && row->takes == VALUE) {
		if (*i + 1 == argc)
			return long_error(p, row, "requires an argument", err);
		arg = argv[++*i];
	}
	p->given = row->dashed;
	return take_option(p, row, arg, err);
}

static int letter_error(struct parse *p, const char *what, char letter, struct err *err)
{
	autofree char *text = xasprintf("%s -- '%c'", what, letter);

	return usage_error(p, err, text);
}

/* argv[*i] is "-xyz": letters, and the rest of the word or the next one as a value. */
static int take_letters(struct parse *p, int argc, char *const argv[], int *i, struct err *err)
{
	for (const char *s = argv[*i] + 1; *s; s++) {
		const struct option_row *row = find_letter(p, *s);
		const char *arg = NULL;
		int rc;

		if (!row)
			return letter_error(p, "invalid option", *s, err);
		if (row->takes == VALUE) {
			if (!s[1] && *i + 1 == argc)
				return letter_error(p, "option requires an argument", *s, err);
			arg = s[1] ? s + 1 : argv[++*i];
		}
		p->letter[0] = '-';
		p->letter[1] = *s;
		p->given = p->letter;
		rc = take_option(p, row, arg, err);
		if (rc || arg || p->r->want_version || p->help_config)
			return rc;
	}
	return 0;
}

static int take_words(struct parse *p, int argc, char *const argv[], struct err *err)
{
	bool only_devices = false;

	for (int i = 1; i < argc && !p->r->want_version && !p->help_config; i++) {
		const char *word = argv[i];
		int rc = 0;

		if (only_devices || word[0] != '-' || !word[1])
			rc = take_device(p, word, err);
		else if (word_is(word, "--"))
			only_devices = true;
		else if (word[1] == '-')
			rc = take_long(p, argc, argv, &i, err);
		else
			rc = take_letters(p, argc, argv, &i, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- The whole ---- */

static int check_journal(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;
	bool parity = r->have_level && (r->level == LEVEL_RAID4 || r->level == LEVEL_RAID5 ||
					r->level == LEVEL_RAID6);

	if (!p->have_journal)
		return 0;
	if (!parity)
		return wrong("--write-journal is only supported for RAID level 4/5/6.");
	if (p->policy && !word_is(p->policy, "journal"))
		return wrong("--write-journal is not supported with consistency policy: %s",
			     p->policy);
	return 0;
}

/* --consistency-policy against --level, --bitmap and --write-journal. */
static int check_policy(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;
	bool bitmap = p->bitmap && !word_is(p->bitmap, "none");

	if (!p->policy)
		return 0;
	if (r->have_level && r->level <= 0)
		return wrong("--consistency-policy not meaningful with level %s.",
			     level_name(r->level));
	if (word_is(p->policy, "journal") && !p->have_journal)
		return wrong("--write-journal is required for consistency policy: journal");
	if (word_is(p->policy, "ppl") && (!r->have_level || r->level != LEVEL_RAID5))
		return wrong("PPL consistency policy is only supported for RAID level 5.");
	if (word_is(p->policy, "bitmap") && !bitmap)
		return wrong("--bitmap is required for consistency policy: bitmap");
	if (!word_is(p->policy, "bitmap") && bitmap)
		return wrong("--bitmap is not compatible with consistency policy: %s", p->policy);
	return 0;
}

static int check_count(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	if (r->raid_disks != 1 || r->force || (r->have_level && r->level == LEVEL_FAULTY))
		return 0;
	return wrong("'1' is an unusual number of drives for an array, so it is probably\n"
		     "a mistake.  If it is not, give --force, too.");
}

/* As below. */
static int check_update(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	if (!r->have_update)
		return 0;
	*p->exit_status = 1;
	if (r->scan && !r->n_dev)
		return wrong("--update not meaningful with a --scan assembly.");
	if (r->scan && r->n_dev > 1)
		return wrong("--update changes one array at a time.");
	if (r->update == UPDATE_NODES)
		return wrong("Please specify nodes number with --nodes");
	*p->exit_status = 2;
	return 0;
}

/* What the old tool calls a failure and not a mistake has its exit status. */
static int check_incremental(struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	if (r->unsupported)
		return 0;
	*p->exit_status = 1;
	if (r->scan && r->fail)
		return wrong("--incremental --scan --fail not supported.");
	if (r->scan && r->n_dev)
		return wrong("In --incremental mode, a device cannot be given with --scan.");
	if (r->scan && !r->run && !r->rebuild_map)
		return wrong("--incremental --scan meaningless without --run.");
	if (!r->n_dev && !r->scan && (!r->rebuild_map || r->fail))
		return wrong("--incremental requires a device.");
	if (r->fail && r->n_dev > 1)
		return wrong("'--incremental --fail' can only handle one device.");
	*p->exit_status = 2;
	return 0;
}

/* --with says for which member: the one before it. */
static int check_members(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	size_t swapped = 0;

	if (r->action == ACT_NONE && !p->member)
		return wrong("No action given for %s in --manage mode\nsee mdadm --manage --help",
			     r->dev[0].name);
	if (p->member && r->n_dev < 2 && !word_is(p->member->dashed, "--swap"))
		return wrong("No devices given for %s", p->member->dashed);
	for (size_t i = 1; i < r->n_dev; i++) {
		if (r->dev[i].member == MEMBER_WITH && r->dev[i - 1].member != MEMBER_REPLACE)
			return wrong("--with must follow --replace");
		swapped += r->dev[i].member == MEMBER_SWAP;
	}
	if (swapped ? swapped != 2 || r->n_dev != 3 : word_is(p->member ? p->member->dashed : NULL, "--swap"))
		return wrong("--swap takes an array, the old device and the new one, and nothing else");
	if (r->wait && !swapped)
		return wrong("--wait goes with --swap in manage mode");
	return 0;
}

static int check_array(struct parse *p, struct err *err)
{
	const struct request *r = p->r;
	int rc = check_count(p, err);

	if (!rc && r->mode == MODE_CREATE)
		rc = check_journal(p, err) ?: check_policy(p, err);
	if (!rc)
		rc = check_update(p, err);
	if (!rc && r->mode == MODE_INCREMENTAL)
		return check_incremental(p, err);
	if (r->no_degraded && !r->scan) {
		*p->exit_status = 1;
		rc = wrong("--no-degraded not meaningful without a --scan assembly.");
	}
	if (rc || r->unsupported)
		return rc;
	if (!r->n_dev && !(r->mode == MODE_ASSEMBLE && r->scan) && r->mode != MODE_AUTODETECT)
		return wrong("an md device must be given in this mode");
	return r->mode == MODE_MANAGE ? check_members(p, err) : 0;
}

/* May the action go and look for its devices? */
static bool action_scans(enum action action)
{
	return action == ACT_DETAIL || action == ACT_EXAMINE || action == ACT_STOP ||
	       action == ACT_WAIT_CLEAN;
}

static bool action_needs_root(enum action action)
{
	return action != ACT_EXAMINE && action != ACT_EXAMINE_BITMAP &&
	       action != ACT_EXAMINE_BADBLOCKS && action != ACT_QUERY && action != ACT_STATUS &&
	       action != ACT_BOOT_CHECK &&
	       action != ACT_WAIT && action != ACT_WAIT_CLEAN;
}

static bool action_reports(enum action action)
{
	return action == ACT_DETAIL || action == ACT_EXAMINE || action == ACT_QUERY ||
	       action == ACT_STATUS || action == ACT_CONFIG_CHECK || action == ACT_BOOT_CHECK ||
	       action == ACT_EXPLAIN_NAME || action == ACT_WAIT || action == ACT_EXAMINE_BITMAP ||
	       action == ACT_EXAMINE_BADBLOCKS || action == ACT_VERIFY || action == ACT_SCRUB;
}

/* It is about a file, which --config names. */
static bool action_of_config(enum action action)
{
	return action == ACT_CONFIG_CHECK || action == ACT_CONFIG_SYNC;
}

/* The actions that know what to do without a device. */
static bool action_alone(enum action action)
{
	return action == ACT_STATUS || action == ACT_BOOT_CHECK || action_of_config(action) ||
	       action == ACT_UDEV_RULES || action == ACT_DETAIL_PLATFORM;
}

/* One document is about one thing. */
static int check_json(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	if (!r->json)
		return 0;
	if (r->export)
		return wrong("--export and --json cannot be given together");
	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i].action != r->action)
			return wrong("--json takes one action for all devices");
	if (action_reports(r->action) || r->dry_run)
		return 0;
	return wrong("--json goes with --detail, --examine, --examine-bitmap, --examine-badblocks, --query, "
		     "--status, --wait, --config-check, --boot-check, --explain-name, --verify, --scrub and --dry-run "
		     "only");
}

/* As the packaged tool has it: what names a volume of a container. */
static int check_subarray(struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	if (r->action != ACT_UPDATE_SUBARRAY && r->have_update)
		return wrong("Only subarrays can be updated in misc mode");
	if (r->action != ACT_UPDATE_SUBARRAY && r->name)
		return wrong("-N/--name only valid with --update-subarray in misc mode");
	if (r->action != ACT_UPDATE_SUBARRAY || r->have_update || !r->n_dev)
		return 0;
	*p->exit_status = 1;
	return wrong("-U/--update must be specified with --update-subarray");
}

static int check_rules(struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	if (r->action != ACT_UDEV_RULES || !r->n_dev)
		return 0;
	*p->exit_status = 1;
	return wrong("--udev-rules takes no devices: %s\n--udev-rules=FILE names the file to be written",
		     r->dev[0].name);
}

static int check_wait(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	if ((r->have_wait_for || r->have_timeout) && r->action != ACT_WAIT)
		return wrong("%s goes with --wait only", r->have_wait_for ? "--for" : "--timeout");
	return 0;
}

/* -x belongs to another mode in the old tool, and to one action here. */
static int check_problems(const struct parse *p, struct err *err)
{
	if (!p->r->problems || p->r->action == ACT_STATUS)
		return 0;
	return wrong("option -x not valid in misc mode without --status");
}

/* Who asks for the state of things may leave out which. */
static bool scrub_alone(const struct request *r)
{
	return r->action == ACT_SCRUB && (r->all || r->scrub == SCRUB_STATUS);
}

static int check_scrub(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;
	const bool scrub = r->action == ACT_SCRUB;

	if (r->all && (!scrub || r->n_dev))
		return wrong("--all goes with --scrub, in place of arrays");
	if (r->time_limit_s && (!scrub || (r->scrub != SCRUB_START && r->scrub != SCRUB_RESUME)))
		return wrong("--time-limit goes with --scrub start and --scrub resume");
	return 0;
}

static int check_verify(const struct parse *p, struct err *err)
{
	const struct request *r = p->r;

	if (r->have_repair_block && (r->action != ACT_VERIFY || r->n_dev > 1))
		return wrong("--repair-block goes with --verify of one array");
	if (r->action == ACT_VERIFY && r->dry_run && !r->have_repair_block)
		return wrong("--verify changes nothing: --dry-run goes with --repair-block");
	return 0;
}

static int check_misc(struct parse *p, struct err *err)
{
	struct request *r = p->r;
	int rc = check_json(p, err) ?: check_problems(p, err) ?: check_wait(p, err) ?:
		 check_subarray(p, err) ?: check_rules(p, err) ?:
		 check_scrub(p, err) ?: check_verify(p, err);

	if (rc)
		return rc;

	if (p->action && p->action->when == LATER && !r->n_dev)
		note_unsupported(p, p->action->dashed);
	if (r->unsupported)
		return 0;
	if (p->action && r->n_dev && action_of_config(r->action))
		return wrong("%s takes no devices; --config=FILE chooses the file",
			     p->action->dashed);
	if (!r->n_dev && !action_alone(r->action) && !scrub_alone(r) && !(r->scan && action_scans(r->action)))
		return wrong(r->action == ACT_EXAMINE ? "No devices to examine" :
							"No devices given.");
	if (!r->n_dev)
		r->needs_root = action_needs_root(r->action);
	for (size_t i = 0; i < r->n_dev; i++) {
		enum action action = r->dev[i].action;

		if (action == ACT_NONE)
			return wrong("No action given for %s in --misc mode\n"
				     "Action options must come before device names",
				     r->dev[i].name);
		if (action_needs_root(action))
			r->needs_root = true;
	}
	return 0;
}

/* Only a device: what is it? */
static int check_no_mode(struct parse *p, struct err *err)
{
	struct request *r = p->r;

	if (!r->n_dev) {
		*p->raw = true;
		return wrong(USAGE);
	}
	r->mode = MODE_MISC;
	r->action = r->dev[0].action = ACT_QUERY;
	return 0;
}

static int finish(struct parse *p, struct err *err)
{
	struct request *r = p->r;

	if (r->want_version)
		return 0;
	if (p->help) {
		r->help = options_help(p);
		return 0;
	}
	if (p->help_update) {
		r->help = xasprintf("mdadm: %s\n", super_update_list);
		return 0;
	}
	if (r->mode == MODE_NONE)
		return check_no_mode(p, err);
	if (p->member && p->member->when == LATER)
		note_unsupported(p, p->member->dashed);
	if (r->mode == MODE_MISC)
		return check_misc(p, err);
	r->needs_root = r->mode != MODE_MANAGE;
	if (r->json && !r->dry_run)
		return wrong("--json goes with --dry-run in %s mode", mode_word(r->mode));
	return check_array(p, err);
}

int options_parse(int argc, char *const argv[], struct request *out, bool *raw, int *exit_status,
		  struct err *err)
{
	struct parse p = {
		.r = out,
		.argv0 = argc > 0 ? argv[0] : "mdadm",
		.raw = raw,
		.exit_status = exit_status,
	};
	int rc;

	*out = (struct request){ 0 };
	*raw = false;
	*exit_status = 2;
	rc = take_words(&p, argc, argv, err);
	return rc ? rc : finish(&p, err);
}

void request_free(struct request *r)
{
	free(r->help);
	free(r->dev);
	*r = (struct request){ 0 };
}
