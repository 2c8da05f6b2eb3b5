// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * table.c - prints the rows of options.def that work, for the completion of shells, as an
 * assignment that every shell reads.  Runs while the program is built; is no part of it.
 *
 * One line a row:  MODE,MODE...  FIRST  TAKES  --NAME  LETTER  ARGUMENT  HELP...
 * with - for what there is not.  Modes are those of enum mode_id; any stands for all.
 */
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "options-row.h"

/* What a row does is of no interest here, so its functions need not be linked. */
static const struct option_row rows[] = {
#define OPT(name, letter, takes, modes, first, when, run, value, argument, help)                   \
	{ "--" name, letter, takes, modes, first, when, NULL, 0, argument, help },
#include "options.def"
#undef OPT
};

static const char *const mode_names[] = {
	[MODE_CREATE] = "create",
	[MODE_ASSEMBLE] = "assemble",
	[MODE_MANAGE] = "manage",
	[MODE_MISC] = "misc",
	[MODE_BUILD] = "build",
	[MODE_GROW] = "grow",
	[MODE_INCREMENTAL] = "incremental",
	[MODE_MONITOR] = "monitor",
	[MODE_AUTODETECT] = "auto-detect",
};

static const char *const first_names[] = { [LATE] = "late", [IMPLIES] = "implies", [SETS] = "sets" };
static const char *const takes_names[] = { [NOTHING] = "-", [VALUE] = "value", [MAYBE] = "maybe" };

static void put_modes(unsigned int modes)
{
	const char *comma = "";

	if (modes == ANY) {
		printf("any");
		return;
	}
	for (size_t id = MODE_CREATE; id < sizeof(mode_names) / sizeof(*mode_names); id++)
		if (modes & MODE_BIT(id)) {
			printf("%s%s", comma, mode_names[id]);
			comma = ",";
		}
}

/* The table stands between single quotes. */
static void put_quoted(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			printf("'\\''");
		else
			putchar(*text);
}

static void put_row(const struct option_row *row)
{
	put_modes(row->modes);
	printf(" %s %s %s %c %s ", first_names[row->first], takes_names[row->takes], row->dashed,
	       row->letter ?: '-', row->argument ?: "-");
	put_quoted(row->help ?: "-");
	putchar('\n');
}

int main(void)
{
	printf("rows='");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].when != LATER)
			put_row(&rows[i]);
	printf("'\n");
	return fflush(stdout) || ferror(stdout);
}
