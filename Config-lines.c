// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Config-lines.c - which ARRAY line means which array.  Part of --config-check and --config-sync.
 * Pure: looks at nothing but what the survey has found.
 */
#include <string.h>

#include "Config.h"
#include "util.h"

struct config_identity known_identity(const struct known_array *a, const struct member *m)
{
	const struct array_info *info = &a->freshest->array;

	return (struct config_identity){
		.format = a->format,
		.uuid = &info->uuid,
		.name = info->name,
		.md_minor = info->md_minor,
		.level = info->geo.level,
		.raid_disks = info->geo.raid_disks,
		.path = m->path,
	};
}

bool known_matches(const struct config_survey *s, const struct config_array *line,
		   const struct known_array *a)
{
	const char *host = config_match_host(s->homehost, !s->conf.require_homehost);

	for (size_t i = 0; i < a->n; i++) {
		const struct config_identity id = known_identity(a, a->member[i]);

		if (config_array_matches(line, &id, host))
			return true;
		/* only devices= depends on the member */
		if (!line->devices.n)
			return false;
	}
	return false;
}

static bool same_uuid(const struct config_array *line, const struct known_array *a)
{
	return line->have_uuid && uuid_equal(&line->uuid, &a->freshest->array.uuid);
}

const char *config_disagreement(const struct config_survey *s, const struct config_array *line,
				const struct known_array *a)
{
	static const char *const key[] = { "level=", "num-devices=", "metadata=", "name=",
					   "super-minor=", "devices=" };
	struct config_array less = *line;

	if (!same_uuid(line, a))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(key); i++) {
		less.have_level &= i != 0;
		less.have_raid_disks &= i != 1;
		less.metadata = i == 2 ? NULL : less.metadata;
		less.super_name = i == 3 ? NULL : less.super_name;
		less.have_super_minor &= i != 4;
		less.devices.n = i == 5 ? 0 : less.devices.n;
		if (known_matches(s, &less, a))
			return key[i];
	}
	return NULL;
}

static bool is_foreign(const struct config_array *line)
{
	int format = line->metadata ? config_format(line->metadata) : CONFIG_1_X;

	return line->container || line->member ||
	       (format != CONFIG_0_90 && format != CONFIG_1_X);
}

static void judge_line(struct config_survey *s, size_t i)
{
	static const enum line_match of_one[] = { LINE_MEMBERS, LINE_INACTIVE, LINE_RUNNING };
	const struct config_array *line = &s->conf.array[i];
	struct line_verdict *v = &s->line[i];
	size_t n = 0;

	*v = (struct line_verdict){ LINE_NOTHING, { SIZE_MAX, SIZE_MAX }, SIZE_MAX, SIZE_MAX };
	if (is_foreign(line)) {
		v->match = LINE_UNKNOWN;
		return;
	}
	for (size_t k = 0; k < s->n_array; k++) {
		struct known_array *a = &s->array[k];

		if (!known_matches(s, line, a))
			continue;
		if (n < 2)
			v->array[n] = k;
		n++;
		if (a->n_line < 2)
			a->line[a->n_line] = i;
		a->n_line++;
		v->match = n > 1 ? LINE_SEVERAL : of_one[a->devnm[0] ? 1 + a->active : 0];
	}
}

/* Lines by name; of one name by their place. */
static int by_name(const void *x, const void *y)
{
	const struct config_array *const *a = x, *const *b = y;
	int order = strcmp(config_bare_name((*a)->name), config_bare_name((*b)->name));

	return order ?: (*a > *b) - (*a < *b);
}

static void judge_names(struct config_survey *s)
{
	autofree const struct config_array **named = xcalloc(s->conf.n_array + 1, sizeof(*named));
	size_t n = 0;

	for (size_t i = 0; i < s->conf.n_array; i++)
		if (s->conf.array[i].name && !s->conf.array[i].ignore)
			named[n++] = &s->conf.array[i];
	qsort(named, n, sizeof(*named), by_name);
	for (size_t i = 1; i < n; i++)
		if (strcmp(config_bare_name(named[i]->name),
			   config_bare_name(named[i - 1]->name)) == 0)
			s->line[named[i] - s->conf.array].same_name =
				(size_t)(named[i - 1] - s->conf.array);
}

void config_judge(struct config_survey *s)
{
	s->line = xcalloc(s->conf.n_array + 1, sizeof(*s->line));
	for (size_t i = 0; i < s->conf.n_array; i++)
		judge_line(s, i);
	judge_names(s);
	for (size_t i = 0; i < s->conf.n_array; i++) {
		const struct line_verdict *v = &s->line[i];
		const struct known_array *a = v->array[0] == SIZE_MAX ? NULL
								      : &s->array[v->array[0]];

		if (a && a->n_line > 1)
			s->line[i].same_array = a->line[a->line[0] == i];
	}
}
