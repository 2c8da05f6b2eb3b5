// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The map file that other tools write, too.
 *
 * fuzz: -max_len=2048
 */
#include <string.h>

#include "mapfile.h"
#include "shared.h"

static void check_word(const char *word, size_t cap)
{
	REQUIRE(word[0] && strlen(word) < cap);
	for (; *word; word++)
		REQUIRE((unsigned char)*word > ' ' && *word != 0x7f);
}

static void check_entry(const struct map *m, const struct map_entry *e)
{
	check_word(e->devnm, sizeof(e->devnm));
	check_word(e->metadata, sizeof(e->metadata));
	check_word(e->path, sizeof(e->path));
	REQUIRE(!strncmp(e->devnm, "md", 2) && !strchr(e->devnm, '/'));
	REQUIRE(!strncmp(e->path, "/dev/", 5) && !strstr(e->path, "/.."));
	REQUIRE(map_by_devnm(m, e->devnm) <= e && map_by_uuid(m, &e->uuid) <= e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct map m;

	map_parse((const char *)data, n, &m);
	REQUIRE(m.n <= n);
	for (size_t i = 0; i < m.n; i++)
		check_entry(&m, &m.entry[i]);
	REQUIRE(!map_by_devnm(&m, "sda"));
	map_free(&m);
	return 0;
}
