// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * map-rebuild.c - see map-rebuild.h.  Uses the ports, naming and the members of arrays; never writes
 * and never prints.
 */
#include <stdio.h>
#include <string.h>

#include "blkdev.h"
#include "listed.h"
#include "map-rebuild.h"
#include "sysfs.h"
#include "util.h"
#include "waiting.h"

/* Metadata of which nobody else keeps the line. */
static bool is_native(const struct mdstat_entry *e)
{
	return strncmp(e->metadata, "external", 8) != 0 && strcmp(e->metadata, "none") != 0;
}

/* The name that people use: udev, or one of us, has made it. */
static bool path_in_dev(const char *devnm, char *path, size_t cap)
{
	autofree char *name = NULL;
	dev_t rdev;

	if (sysfs_devnm_rdev(devnm, &rdev))
		return false;
	name = blk_name(rdev, NULL);
	return !strncmp(name, "/dev/md/", 8) && copy_text(path, cap, name);
}

/* That an array has its own number keeps it from no name. */
static void forget_own(struct names_used *used, const char *devnm)
{
	for (size_t i = 0; i < used->n; i++)
		if (!strcmp(used->name[i].devnm, devnm))
			used->name[i--] = used->name[--used->n];
}

/* The name that it would be given now, if nobody has that. */
static void choose_path(const struct map_rebuild *r, const struct member *m, const char *devnm,
			const struct names_used *used, char *path, size_t cap)
{
	struct listed listed;
	struct naming n;

	snprintf(path, cap, "/dev/%s", devnm);
	listed_find(r->conf, r->homehost, r->not_required, m, &listed);
	if (naming_choose(&listed.name, used, &n, NULL))
		return;
	if (n.taken)
		naming_add_suffix(&n, used);
	if (!strncmp(n.md.path, "/dev/md/", 8))
		copy_text(path, cap, n.md.path);
}

static const struct member *readable(const struct waiting *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->member[i].rc == 0)
			return &w->member[i];
	return NULL;
}

static bool describe(const struct map_rebuild *r, const char *devnm, const struct names_used *used,
		     struct map_entry *e)
{
	struct waiting w cleanup(waiting_free) = { .n = 0 };
	const struct member *m = NULL;

	if (!waiting_load(devnm, &w, NULL))
		m = readable(&w);
	if (!m)
		return false;
	*e = (struct map_entry){ .uuid = m->super->fmt->map_uuid(m->super) };
	copy_text(e->devnm, sizeof(e->devnm), devnm);
	snprintf(e->metadata, sizeof(e->metadata), "%d.%d", m->array.major, m->array.minor);
	if (m->array.major == 0)
		copy_text(e->metadata, sizeof(e->metadata), "0.90");
	if (!path_in_dev(devnm, e->path, sizeof(e->path)))
		choose_path(r, m, devnm, used, e->path, sizeof(e->path));
	return true;
}

void map_rebuild(struct map_rebuild *r, const struct map *map, const struct mdstat *now)
{
	struct names_used used cleanup(names_free) = { .n = 0 };
	size_t cap = r->found.n;
	bool loaded = false;

	for (size_t i = 0; i < now->n; i++) {
		struct map_entry e;

		if (!is_native(&now->entry[i]) || map_by_devnm(map, now->entry[i].devnm))
			continue;
		/* mostly there is nothing that the map does not know */
		if (!loaded)
			names_load(&used, map, now);
		loaded = true;
		forget_own(&used, now->entry[i].devnm);
		if (!describe(r, now->entry[i].devnm, &used, &e)) {
			names_add(&used, now->entry[i].devnm, "");
			continue;
		}
		r->found.entry = xgrow(r->found.entry, &cap, r->found.n, sizeof(e));
		r->found.entry[r->found.n++] = e;
		names_add(&used, e.devnm, e.path);
	}
}
