// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config-match.c - what the lines of mdadm.conf mean: which line speaks of an array, which two
 * have one name, which attributes are to be written.  Pure.  Uses the base.
 */
#include <fnmatch.h>
#include <search.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config-parse.h"
#include "util.h"

/* "1", "1.2", and "01.02" as the old tool spells it. */
static bool is_1_x(const char *word)
{
	word += strspn(word, "0");
	if (word[0] != '1')
		return false;
	if (!word[1])
		return true;
	if (word[1] != '.')
		return false;
	word += 2;
	while (word[0] == '0' && word[1])
		word++;
	return word[0] && strchr("012x", word[0]) && !word[1];
}

int config_format(const char *word)
{
	static const struct {
		const char *word;
		int format;
	} known[] = {
		{ "0", CONFIG_0_90 }, { "0.90", CONFIG_0_90 }, { "0.9", CONFIG_0_90 },
		{ "0.91", CONFIG_0_90 }, { "0.swap", CONFIG_0_90 }, { "00.90", CONFIG_0_90 },
		{ "default", CONFIG_1_X }, { "ddf", CONFIG_DDF }, { "imsm", CONFIG_IMSM },
		{ "mbr", CONFIG_MBR }, { "gpt", CONFIG_GPT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(word, known[i].word) == 0)
			return known[i].format;
	return is_1_x(word) ? CONFIG_1_X : CONFIG_NO_FORMAT;
}

bool config_metadata_ok(const char *word)
{
	return config_format(word) != CONFIG_NO_FORMAT && strcmp(word, "1.x") != 0;
}

/* --- ARRAY lines --- */

bool config_name_matches(const char *wanted, const char *stored, const char *homehost)
{
	const char *bare = strchr(stored, ':');
	size_t host = bare ? (size_t)(bare - stored) : 0;

	if (strcmp(stored, wanted) == 0)
		return true;
	if (!bare || strcmp(bare + 1, wanted) != 0)
		return false;
	if (!homehost || strcmp(homehost, "any") == 0 || (host == 3 && strncmp(stored, "any", 3) == 0))
		return true;
	return *homehost && strlen(homehost) == host && strncmp(stored, homehost, host) == 0;
}

static bool devices_match(const struct config_list *glob, const char *path)
{
	for (size_t i = 0; i < glob->n; i++)
		if (fnmatch(glob->text[i], path, FNM_PATHNAME) == 0)
			return true;
	return false;
}

/* Of 1.x: "1.0" and "1.2" are two formats, "1", "1.x" and "default" are any of them. */
static bool format_agrees(const char *line, const char *is)
{
	char a = line[strlen(line) - 1], b = is[strlen(is) - 1];

	if (config_format(line) != config_format(is))
		return false;
	return config_format(is) != CONFIG_1_X || !strchr(line, '.') || !strchr(is, '.') ||
	       a == 'x' || b == 'x' || a == b;
}

static bool shape_agrees(const struct config_array *a, const struct config_identity *id)
{
	if (a->metadata && id->format && !format_agrees(a->metadata, id->format))
		return false;
	if (!id->raid_disks)
		return true;
	return (!a->have_level || a->level == id->level) &&
	       (!a->have_raid_disks || a->raid_disks == id->raid_disks);
}

bool config_array_matches(const struct config_array *a, const struct config_identity *id,
			  const char *homehost)
{
	if (a->container || a->member)
		return false;
	if (a->have_uuid && (!id->uuid || !uuid_equal(&a->uuid, id->uuid)))
		return false;
	if (a->super_name && (!id->name || !config_name_matches(a->super_name, id->name, homehost)))
		return false;
	if (a->have_super_minor && a->super_minor != id->md_minor)
		return false;
	if (a->devices.n && (!id->path || !devices_match(&a->devices, id->path)))
		return false;
	if (!a->have_uuid && !a->super_name && !a->have_super_minor && !a->devices.n)
		return false;
	return shape_agrees(a, id);
}

enum config_match config_find_array(const struct config *c, const struct config_identity *id,
				    const char *homehost, size_t *line, size_t *other)
{
	enum config_match found = CONFIG_NO_LINE;
	const char *host = config_match_host(homehost, !c->require_homehost);

	for (size_t i = 0; i < c->n_array; i++) {
		if (!config_array_matches(&c->array[i], id, host))
			continue;
		if (found == CONFIG_ONE_LINE) {
			*other = i;
			return CONFIG_AMBIGUOUS;
		}
		found = CONFIG_ONE_LINE;
		*line = i;
	}
	return found;
}

const char *config_bare_name(const char *name)
{
	if (strncmp(name, "/dev/md/", 8) == 0)
		name += 8;
	else if (strncmp(name, "/dev/", 5) == 0)
		name += 5;
	if (strncmp(name, "md", 2) == 0 && name[2] >= '0' && name[2] <= '9')
		name += 2;
	return name;
}

static bool has_name(const struct config_array *a)
{
	return a->name && !a->ignore;
}

const struct config_array *config_array_by_name(const struct config *c, const char *name)
{
	const char *bare = config_bare_name(name);

	for (size_t i = 0; i < c->n_array; i++)
		if (has_name(&c->array[i]) &&
		    strcmp(config_bare_name(c->array[i].name), bare) == 0)
			return &c->array[i];
	return NULL;
}

static int compare_names(const void *x, const void *y)
{
	const struct config_array *const *a = x, *const *b = y;
	int order = strcmp((*a)->name, (*b)->name);

	return order ?: (*a > *b) - (*a < *b);
}

bool config_duplicate_names(const struct config *c, size_t *a, size_t *b)
{
	autofree const struct config_array **named = xcalloc(c->n_array + 1, sizeof(*named));
	const struct config_array *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < c->n_array; i++)
		if (has_name(&c->array[i]))
			named[n++] = &c->array[i];
	qsort(named, n, sizeof(*named), compare_names);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(named[i - 1]->name, named[i]->name) != 0)
			continue;
		if (first && named[i - 1] > first)
			continue;
		first = named[i - 1];
		*a = (size_t)(named[i - 1] - c->array);
		*b = (size_t)(named[i] - c->array);
	}
	return first != NULL;
}

/* --- SYSFS lines --- */

bool config_attr_ok(const char *attr)
{
	if (!*attr)
		return false;
	for (size_t n; ; attr += n + 1) {
		n = strcspn(attr, "/");
		if (!n || *attr == '.')
			return false;
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)attr[i] <= 0x20 || (unsigned char)attr[i] > 0x7e)
				return false;
		if (!attr[n])
			return true;
	}
}

static bool sysfs_means(const struct config_sysfs *s, const struct uuid *uuid, const char *path)
{
	if (s->have_uuid)
		return uuid && uuid_equal(&s->uuid, uuid);
	return path && strcmp(config_bare_name(s->name), config_bare_name(path)) == 0;
}

const struct config_sysfs *config_sysfs_next(const struct config *c, const struct uuid *uuid,
					     const char *path, size_t *i)
{
	while (*i < c->n_sysfs) {
		const struct config_sysfs *s = &c->sysfs[(*i)++];

		if (sysfs_means(s, uuid, path))
			return s;
	}
	return NULL;
}

/* --- HOMEHOST --- */

void config_homehost(const struct config *c, const char *cmdline, char *out, size_t cap)
{
	const char *name = cmdline && strcasecmp(cmdline, "<ignore>") != 0 ? cmdline : c->homehost;
	char host[256] = "";

	if (!name || strcasecmp(name, "<system>") == 0) {
		gethostname(host, sizeof(host) - 1);
		name = host;
	} else if (strcasecmp(name, "<none>") == 0) {
		name = "";
	}
	copy_text(out, cap, name);
}
