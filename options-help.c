// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options-help.c - the pages of --help: a few words for each mode, and the rows of options.def
 * that work in it.  Pure: makes text, main prints it.
 */
#include <stdarg.h>
#include <string.h>

#include "options-row.h"
#include "util.h"

#define HELP_COLUMN 35
#define TEXT_BYTES ((size_t)2048) /* most pages have less */

struct page {
	enum mode_id mode;
	const char *word;       /* as complaints call the mode */
	const char *synopsis;   /* lines; NULL: the mode does nothing yet */
	const char *about;
};

static const struct page pages[] = {
	{ MODE_CREATE, "create",
	  "mdadm --create ARRAY --level=LEVEL --raid-devices=N DEVICE...\n",
	  "Writes metadata to the devices and starts an array of them.  ARRAY is /dev/mdN,\n"
	  "/dev/md/NAME or NAME.  The word missing in place of a device leaves its slot\n"
	  "empty.  Spares are listed last.  What is found on the devices is shown, and\n"
	  "asked about, before anything is written.\n" },
	{ MODE_ASSEMBLE, "assemble",
	  "mdadm --assemble ARRAY [OPTION]... DEVICE...\n"
	  "mdadm --assemble ARRAY [--uuid=UUID] [OPTION]...\n"
	  "mdadm --assemble --scan [OPTION]... [ARRAY]...\n",
	  "Starts an array that was created before.  Without devices they are searched for\n"
	  "by --uuid, --name or --super-minor, or by its line in the configuration.  With\n"
	  "--scan all arrays of the configuration are started or, when it names none, all\n"
	  "that are found.\n" },
	{ MODE_AUTODETECT, "auto-detect",
	  "mdadm --auto-detect\n",
	  "Has the kernel start the arrays that it found at boot: 0.90 metadata on\n"
	  "partitions of type fd, and only where the md driver is no module.\n" },
	{ MODE_MANAGE, "manage",
	  "mdadm --manage ARRAY ACTION DEVICE... [ACTION DEVICE...]...\n"
	  "mdadm --manage ARRAY --stop|--run|--readonly|--readwrite\n"
	  "mdadm --swap [--wait] ARRAY OLD NEW\n",
	  "Acts on one running array.\n" },
	{ MODE_MISC, "misc",
	  "mdadm --detail [OPTION]... ARRAY...\n"
	  "mdadm --examine [OPTION]... DEVICE...\n"
	  "mdadm --detail|--examine|--stop --scan [OPTION]...\n"
	  "mdadm --query DEVICE...\n"
	  "mdadm --status [-x] [ARRAY]...\n"
	  "mdadm --explain-name ARRAY...\n"
	  "mdadm --verify ARRAY... [--repair-block N]\n"
	  "mdadm --scrub start|pause|resume|status --all|ARRAY...\n"
	  "mdadm --action=idle|frozen|check|repair ARRAY...\n"
	  "mdadm --stop ARRAY...\n"
	  "mdadm --run|--readonly|--readwrite ARRAY...\n"
	  "mdadm --wait [--for=STATE] [--timeout=TIME] ARRAY...\n"
	  "mdadm --wait-clean ARRAY...\n"
	  "mdadm --dump=DIR|--restore=FILE DEVICE...\n"
	  "mdadm --zero-superblock DEVICE...\n"
	  "mdadm --destroy [--run] UUID|NAME|ARRAY...\n"
	  "mdadm --undo FILE\n",
	  "Does one thing to each device that follows it; a device alone is queried.\n" },
	{ MODE_INCREMENTAL, "incremental",
	  "mdadm --incremental [OPTION]... DEVICE [NAME]...\n"
	  "mdadm --incremental --run --scan\n"
	  "mdadm --incremental --fail DEVICE [--path=PLACE]\n"
	  "mdadm --incremental --rebuild-map\n",
	  "Adds a device to the array it belongs to, and starts that once it is whole.\n" },
	{ MODE_BUILD, "build",
	  "mdadm --build ARRAY --level=KIND --raid-devices=N DEVICE...\n",
	  "Starts an array that has no metadata: everything is said on the command line,\n"
	  "each time.\n" },
	{ MODE_GROW, "grow",
	  "mdadm --grow ARRAY --bitmap=internal|none [OPTION]...\n"
	  "mdadm --grow ARRAY --consistency-policy=ppl|resync\n",
	  "Changes how a running array keeps itself consistent.  Its shape (--level,\n"
	  "--raid-devices, --size, --chunk, --layout) cannot be changed in this version.\n" },
	/* Known, and not there yet. */
	{ MODE_MONITOR, "monitor", NULL, NULL },
};

static const char config_text[] =
	"The configuration is /etc/mdadm/mdadm.conf, or else /etc/mdadm.conf, and the\n"
	"files *.conf of the directory of the same name with .d appended.  One entry a\n"
	"line; a line that begins with a blank continues the last; # begins a comment.\n"
	"\n"
	"  DEVICE WORD...           where to look: paths, patterns, partitions\n"
	"  ARRAY NAME KEY=VALUE...  an array and how it is known: uuid= and others\n"
	"  HOMEHOST NAME            the host of arrays; <system>, <none>, <ignore>\n"
	"  CREATE KEY=VALUE...      owner=, group=, mode= and metadata= of new arrays\n"
	"  AUTO WORD...             what may be started though no ARRAY line means it\n"
	"  POLICY KEY=VALUE...      what is done with a device that arrives; PART-POLICY\n"
	"  SYSFS NAME KEY=VALUE...  attributes of an array, written once it runs\n"
	"  MAILADDR, MAILFROM, PROGRAM, MONITORDELAY: for the monitor\n"
	"\n"
	"--config=FILE reads FILE instead, --config=none nothing, --config=partitions\n"
	"looks at every disk and partition.  mdadm.conf(5) has all of it;\n"
	"mdadm --config-check says what is wrong with yours.\n";

static const char words_text[] =
	"Options and devices may be mixed.  A long option may be cut short while it stays\n"
	"unique.  --level=1 and --level 1 are the same, and so are -l 1 and -l1.  After\n"
	"-- every word is a device.  The first option decides the mode, and an action of\n"
	"--misc goes before the devices it is for.\n"
	"\n"
	"Sizes are in KiB, or have one suffix: K, M, G, T (powers of 1024), s (sectors).\n"
	"\n"
	"mdadm --help tells the modes, mdadm --MODE --help the options of one, and\n"
	"mdadm -c --help the configuration file.\n";

const char *mode_word(enum mode_id id)
{
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (pages[i].mode == id)
			return pages[i].word;
	return "no";
}

static const struct page *page_find(enum mode_id id)
{
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (pages[i].mode == id && pages[i].synopsis)
			return &pages[i];
	return NULL;
}

/* Not a stream of stdio: its first buffer is 8 KiB of zeros. */
struct text {
	char *bytes;
	size_t n, cap;
};

__attribute__((format(printf, 2, 3)))
static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	for (;;) {
		va_start(ap, fmt);
		n = vsnprintf(t->bytes ? t->bytes + t->n : NULL, t->cap - t->n, fmt, ap);
		va_end(ap);
		if (n < 0)
			return;
		if ((size_t)n < t->cap - t->n)
			break;
		t->bytes = xgrow(t->bytes, &t->cap, MAX(t->n + (size_t)n, TEXT_BYTES - 1), 1);
	}
	t->n += (size_t)n;
}

/* Prints lines, each with the prefix; the first of all with "Usage: ". */
static void put_usage(struct text *t, const char *lines, bool *first)
{
	while (*lines) {
		int len = (int)strcspn(lines, "\n");

		put(t, "%-7s%.*s\n", *first ? "Usage:" : "", len, lines);
		*first = false;
		lines += len + 1;
	}
}

static void put_row(struct text *t, const struct option_row *row)
{
	const char *argument = row->argument ?: "", *close = row->takes == MAYBE ? "]" : "";
	const char *open = !row->argument ? "" : row->takes == MAYBE ? "[=" : "=";
	char letter[] = { '-', row->letter, ',', ' ', '\0' };
	int left = HELP_COLUMN - 6 - (int)(strlen(row->dashed) + strlen(open) + strlen(argument) +
					   strlen(close));

	put(t, "  %4s%s%s%s%s%*s %s\n", row->letter ? letter : "", row->dashed, open, argument,
		close, MAX(left, 0), "", row->help);
}

static bool row_general(const struct option_row *row)
{
	return row->modes & MODE_BIT(MODE_NONE);
}

/* A mode itself: it sets one and does nothing else. */
static bool row_chooses(const struct option_row *row)
{
	return row->first == SETS && !row->run;
}

static void put_rows(struct text *t, enum mode_id mode)
{
	for (const struct option_row *row = option_rows; row < ROWS_END; row++)
		if (row->help && row->modes & MODE_BIT(mode) && !row_general(row) &&
		    !row_chooses(row))
			put_row(t, row);
}

static void put_general_rows(struct text *t)
{
	put(t, "\nAnywhere:\n");
	for (const struct option_row *row = option_rows; row < ROWS_END; row++)
		if (row->help && row_general(row))
			put_row(t, row);
}

static void put_later(struct text *t)
{
	put(t, "\nNot yet: changes of members, --assemble --scan, and the modes\n ");
	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (!pages[i].synopsis)
			put(t, " --%s", pages[i].word);
	put(t, "\n");
}

static void put_mode(struct text *t, const struct page *page)
{
	bool first = true;

	put_usage(t, page->synopsis, &first);
	put(t, "\n%s\n", page->about);
	put_rows(t, page->mode);
}

static void put_overview(struct text *t)
{
	bool first = true;

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (pages[i].synopsis)
			put_usage(t, pages[i].synopsis, &first);
	put(t, "\nMakes, starts, shows and stops Linux md arrays (software RAID).\n"
	    "mdadm --MODE --help tells the options of a mode.\n\nModes:\n");
	for (const struct option_row *row = option_rows; row < ROWS_END; row++)
		if (row->help && row_chooses(row))
			put_row(t, row);
	put_general_rows(t);
	put_later(t);
}

char *options_help(const struct parse *p)
{
	const struct page *page = page_find(p->r->mode);
	struct text t = { 0 };

	if (p->help_config)
		put(&t, "%s", config_text);
	else if (p->help_options)
		put(&t, "%s", words_text);
	else if (page)
		put_mode(&t, page);
	else
		put_overview(&t);
	return t.bytes;
}
