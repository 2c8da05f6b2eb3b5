// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/mdstat, of any kernel or none.
 *
 * fuzz: -max_len=2048
 */
#include <string.h>

#include "mdstat.h"
#include "shared.h"
#include "util.h"

static void check_entry(const struct mdstat *m, const struct mdstat_entry *e)
{
	REQUIRE(!strncmp(e->devnm, "md", 2) && strlen(e->devnm) < sizeof(e->devnm));
	REQUIRE(!strpbrk(e->devnm, "/ \t\n"));
	REQUIRE(e->percent >= -1 && e->percent <= 100);
	REQUIRE(e->activity != MDSTAT_NONE || (e->percent < 0 && e->wait == MDSTAT_RUNNING));
	REQUIRE(strlen(e->metadata) < sizeof(e->metadata) && !strpbrk(e->metadata, " \t\n"));
	REQUIRE(mdstat_find(m, e->devnm) <= e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text autofree = xcalloc(n + 1, 1);
	struct mdstat m;
	size_t lines = 1;

	if (n)
		memcpy(text, data, n);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	mdstat_parse(text, &m);
	REQUIRE(m.n <= lines);
	for (size_t i = 0; i < m.n; i++)
		check_entry(&m, &m.entry[i]);
	REQUIRE(!mdstat_find(&m, "sda"));
	mdstat_free(&m);
	return 0;
}
