// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Status-inactive.c - what the superblocks say of an array that was not started: those of the
 * members that it has, and of other devices that belong to it.  Part of --status.  Reads only;
 * prints nothing.
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "Status.h"
#include "blkdev.h"
#include "config.h"
#include "util.h"

static bool holds(const struct array *a, const struct member *m)
{
	for (size_t i = 0; i < a->n_member; i++) {
		const struct md_disk *d = &a->member[i].disk;

		if (makedev((unsigned)d->major, (unsigned)d->minor) == m->id.rdev)
			return true;
	}
	return false;
}

/* Does anybody else use it? */
static bool is_free(const struct member *m)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;

	return blk_open(m->path, BLK_READ_EXCL, &b, NULL) == 0;
}

static bool seen_before(const struct gathered *g, const struct member *m)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->kept[i]->id.rdev == m->id.rdev)
			return true;
	return false;
}

static void keep(struct gathered *g, struct member *m, bool inside)
{
	g->kept[g->n] = m;
	g->inside[g->n++] = inside;
}

/* The members first; then, by the word of the first of them, what else is of that array. */
static void keep_members(const struct array *a, struct gathered *g)
{
	for (size_t i = 0; i < g->n_all; i++)
		if (g->all[i].rc == 0 && holds(a, &g->all[i]) && !seen_before(g, &g->all[i]))
			keep(g, &g->all[i], true);
	for (size_t i = 0; g->n && i < g->n_all; i++) {
		struct member *m = &g->all[i];
		const struct super *ref = g->kept[0]->super;

		if (m->rc || !m->id.rdev || seen_before(g, m) || m->super->fmt != ref->fmt ||
		    m->super->minor != ref->minor || ref->fmt->compare_super(ref, m->super) ||
		    !is_free(m))
			continue;
		keep(g, m, false);
	}
}

static void probe(const struct array *a, const struct config *conf, struct gathered *g)
{
	size_t n_found, n = 0;
	char **found = config_devices(conf, &n_found);
	char **path autofree = xcalloc(a->n_member + n_found, sizeof(*path));

	for (size_t i = 0; i < a->n_member; i++)
		if (a->member[i].path)
			path[n++] = a->member[i].path;
	for (size_t i = 0; i < n_found; i++)
		path[n++] = found[i];
	g->n_all = n;
	g->all = members_probe(path, n, NULL, SUPER_ANY_MINOR, 0);
	config_free_devices(found, n_found);
}

void status_gather(struct array *a, const struct config *conf, struct gathered *g)
{
	size_t freshest;

	*g = (struct gathered){ .sorted = SELECT_EMPTY };
	probe(a, conf, g);
	g->kept = xcalloc(g->n_all, sizeof(struct member *));
	g->inside = xcalloc(g->n_all, sizeof(*g->inside));
	keep_members(a, g);
	if (!g->n)
		return;
	g->who = xcalloc(g->n, sizeof(*g->who));
	freshest = members_line_up(g->kept, g->n, g->who);
	a->geo = g->kept[freshest == SEAT_EMPTY ? 0 : freshest]->array.geo;
	a->geo.raid_disks = MIN(a->geo.raid_disks, (uint32_t)SELECT_MAX_DISKS);
	g->sorted = select_members(g->who, g->n, freshest, &g->sel);
	if (g->sorted == SELECT_OK)
		g->start = select_start(&g->sel, false, false, false);
}

void gathered_free(struct gathered *g)
{
	selection_free(&g->sel);
	free(g->who);
	free(g->kept);
	free(g->inside);
	members_free(g->all, g->n_all);
	*g = (struct gathered){ 0 };
}
