// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Config-survey.c - the arrays that there are, beside the configuration: those that the kernel
 * has, and those of which members are on the devices of the DEVICE lines.  Part of --config-check and
 * --config-sync.  Reads each device once; changes and prints nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "Config.h"
#include "array.h"
#include "blkdev.h"
#include "mapfile.h"
#include "mdstat.h"
#include "util.h"

/* Where the kernel has a device as a member. */
struct held {
	dev_t rdev;
	size_t array;            /* of running.array */
};

struct running {
	struct array **array;
	size_t n;
	struct held *held;
	size_t n_held, cap_held;
	char **path;             /* every device to look at */
	size_t n_path, cap_path;
};

static void running_free(struct running *k)
{
	for (size_t i = 0; i < k->n; i++)
		array_free(k->array[i]);
	for (size_t i = 0; i < k->n_path; i++)
		free(k->path[i]);
	free(k->array);
	free(k->held);
	free(k->path);
}

static void look_at(struct running *k, char *path)
{
	k->path = xgrow(k->path, &k->cap_path, k->n_path, sizeof(*k->path));
	k->path[k->n_path++] = path;
}

/* An array that is gone by now, or that has no members of its own, counts for nothing. */
static void look_at_array(struct running *k, const struct mdstat_entry *e)
{
	struct array *a;

	if (array_look(e->devnm, e, &a, NULL))
		return;
	for (size_t i = 0; !a->metadata[0] && i < a->n_member; i++) {
		const struct md_disk *d = &a->member[i].disk;
		dev_t rdev = makedev((unsigned)d->major, (unsigned)d->minor);

		k->held = xgrow(k->held, &k->cap_held, k->n_held, sizeof(*k->held));
		k->held[k->n_held++] = (struct held){ rdev, k->n };
		look_at(k, blk_name(rdev, NULL));
	}
	k->array[k->n++] = a;
}

static const struct array *holder(const struct running *k, dev_t rdev)
{
	for (size_t i = 0; i < k->n_held; i++)
		if (k->held[i].rdev == rdev)
			return k->array[k->held[i].array];
	return NULL;
}

static bool seen_before(const struct config_survey *s, const struct member *m)
{
	for (const struct member *o = s->all; o < m; o++)
		if (o->rc == 0 && o->id.rdev == m->id.rdev && m->id.rdev)
			return true;
	return false;
}

static struct known_array *array_of(struct config_survey *s, const struct member *m)
{
	struct known_array *a;

	for (size_t i = 0; i < s->n_array; i++) {
		a = &s->array[i];
		if (a->freshest->super->fmt == m->super->fmt &&
		    uuid_equal(&a->freshest->array.uuid, &m->array.uuid))
			return a;
	}
	s->array = xgrow(s->array, &s->cap_array, s->n_array, sizeof(*s->array));
	a = &s->array[s->n_array++];
	*a = (struct known_array){ .freshest = m };
	return a;
}

static void add_member(struct config_survey *s, const struct running *k, const struct map *map,
		       struct member *m)
{
	struct known_array *a = array_of(s, m);
	const struct array *holds = holder(k, m->id.rdev);

	a->member = xgrow(a->member, &a->cap, a->n, sizeof(*a->member));
	a->member[a->n++] = m;
	/* what an array does not hold may be old; of others the newest counts */
	if (holds ? !a->devnm[0] || m->disk.events > a->freshest->disk.events
		  : !a->devnm[0] && m->disk.events > a->freshest->disk.events)
		a->freshest = m;
	if (holds && !a->devnm[0]) {
		copy_text(a->devnm, sizeof(a->devnm), holds->devnm);
		a->active = holds->active;
		a->path = array_path(map, holds->devnm);
	}
}

/* Is that no answer at all?  A device that has no medium, or a damaged superblock, has given one. */
static bool is_unread(const struct member *m)
{
	return m->rc == -EIO || m->rc == -EBUSY || m->rc == -EAGAIN || m->rc == -ETIMEDOUT;
}

static void gather(struct config_survey *s, const struct running *k)
{
	struct map map cleanup(map_free) = { 0 };

	map_load(&map);
	s->n_all = k->n_path;
	s->all = members_probe(k->path, k->n_path, NULL, SUPER_ANY_MINOR,
			       LOAD_IGNORE_SIZE | LOAD_ANY_SHAPE);
	for (size_t i = 0; i < s->n_all && !s->unread; i++)
		if (is_unread(&s->all[i]))
			s->unread = &s->all[i];
	for (size_t i = 0; i < s->n_all; i++)
		if (s->all[i].rc == 0 && !seen_before(s, &s->all[i]))
			add_member(s, k, &map, &s->all[i]);
	for (size_t i = 0; i < s->n_array; i++) {
		const struct array_info *info = &s->array[i].freshest->array;

		snprintf(s->array[i].format, sizeof(s->array[i].format), "%d.%d", info->major,
			 info->minor);
	}
}

int config_survey(struct config_survey *s, struct err *err)
{
	struct mdstat mdstat cleanup(mdstat_free) = { 0 };
	struct running k cleanup(running_free) = { 0 };
	size_t n;
	char **found;
	int rc = mdstat_read(&mdstat, err);

	if (rc)
		return rc;
	k.array = xcalloc(mdstat.n + 1, sizeof(struct array *));
	for (size_t i = mdstat.n; i-- > 0;)
		look_at_array(&k, &mdstat.entry[i]);
	found = config_devices(&s->conf, &n);
	for (size_t i = 0; i < n; i++)
		look_at(&k, found[i]);
	free(found);
	gather(s, &k);
	return 0;
}

void config_survey_free(struct config_survey *s)
{
	for (size_t i = 0; i < s->n_array; i++) {
		free(s->array[i].member);
		free(s->array[i].path);
	}
	free(s->array);
	free(s->line);
	members_free(s->all, s->n_all);
	config_free(&s->conf);
}
