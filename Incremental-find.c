// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Incremental-find.c - the array that a device belongs to: by the map, else among the arrays that
 * the map does not know.  What the map lacks is written into it.
 * Part of the mode --incremental: it says what is wrong with the map.
 *
 * Members are read here, without the map's lock: a dying disk must not keep all others waiting.
 */
#include <string.h>

#include "Incremental.h"
#include "map-rebuild.h"
#include "mdstat.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/*
 * Does the array hold members of the same array as the device?  The kernel does not compare that when
 * one is added to an array that runs.  One that waits and has none yet may be its own.
 *
 * For one that waits a single member that says yes is enough: each was compared before it was put in, and
 * the kernel takes no two of a number there.  Should it refuse the device, all are read to know why.
 */
static bool is_same(struct incremental *i, const char *devnm, enum array_condition condition)
{
	waiting_free(&i->w);
	if (condition == ARRAY_WAITS && !i->thorough &&
	    !waiting_sample(devnm, i->dev.super, &i->w, NULL) && waiting_same(&i->w, i->dev.super))
		return true;
	waiting_free(&i->w);
	if (waiting_load(devnm, &i->w, NULL))
		return false;
	return i->w.n ? waiting_same(&i->w, i->dev.super) != NULL : condition == ARRAY_WAITS;
}

static void use(struct incremental *i, const struct map_entry *e, enum array_condition condition)
{
	i->condition = condition;
	copy_text(i->name.devnm, sizeof(i->name.devnm), e->devnm);
	copy_text(i->name.path, sizeof(i->name.path), e->path);
	if (!strcmp(i->liar, e->devnm))
		i->liar[0] = '\0';
}

/* Once, however often it is looked for. */
static void note_liar(struct incremental *i, const char *devnm)
{
	if (!strcmp(i->liar, devnm))
		return;
	copy_text(i->liar, sizeof(i->liar), devnm);
	say_error("the map says that %s is the array of %s, but its members are another's\n"
		  "see mdadm --incremental --rebuild-map", devnm, i->path);
}

/* Does a member that is there say that it is of the same array, but not what the device says of it? */
static bool is_other_shape(const struct incremental *i)
{
	for (size_t k = 0; k < i->w.n; k++) {
		const struct member *m = &i->w.member[k];
		struct uuid uuid;

		if (m->rc)
			continue;
		uuid = m->super->fmt->map_uuid(m->super);
		if (uuid_equal(&uuid, &i->map_uuid))
			return true;
	}
	return false;
}

static void refuse_shape(struct incremental *i, const struct map_entry *e)
{
	say_error("metadata mismatch between %s and chosen array %s", i->path, e->path);
	copy_text(i->not_its, sizeof(i->not_its), e->devnm);
}

/*
 * At the first attempt it is seen when the array is joined that somebody has it just now, to start or to
 * fill it, and that the kernel has refused to start it.
 */
static enum array_condition look_at(const struct incremental *i, const char *devnm)
{
	return i->thorough ? waiting_settled(devnm, i->end_ms) : waiting_glance(devnm);
}

/* By its line in the map, if there is still an array and the line does not lie. */
static bool find_in_map(struct incremental *i, const struct map *map)
{
	const struct map_entry *e = map_by_uuid(map, &i->map_uuid);
	enum array_condition condition = e ? look_at(i, e->devnm) : ARRAY_NONE;

	/* what an attempt before has read may be of an array that has gone */
	waiting_free(&i->w);
	i->name = (struct md_name){ .devnm = "" };
	i->condition = ARRAY_NONE;
	i->not_its[0] = '\0';
	if (condition == ARRAY_NONE)
		return false;
	if (is_same(i, e->devnm, condition)) {
		use(i, e, condition);
		return true;
	}
	if (is_other_shape(i))
		refuse_shape(i, e);
	else
		note_liar(i, e->devnm);
	waiting_free(&i->w);
	return false;
}

/* Those that nobody else has entered meanwhile; of a map that lies, all. */
static int store(const struct incremental *i, struct plan *p, const struct map *found,
		 struct err *err)
{
	struct map map cleanup(map_free) = { 0 };

	map_load(&map);
	for (size_t k = 0; k < found->n; k++)
		if (i->req->rebuild_map || *i->liar || !map_by_devnm(&map, found->entry[k].devnm))
			plan_map_set(p, &found->entry[k]);
	return plan_run(p, err);
}

/* udev, too, has its names from the map. */
static void add_lines(const struct incremental *i, const struct map *found)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
	struct err err;
	int rc;

	/* not as long as for the device itself: both together must end before udev ends us */
	plan_lock_map_until(p, MIN(clock_ms() + MAP_LOCK_MS, i->end_ms));
	rc = plan_run(p, &err);
	if (!rc)
		rc = store(i, p, found, &err);
	if (rc) {
		say_err(&err);
		return;
	}
	plan_unlock_map(p);
	for (size_t k = 0; k < found->n; k++)
		plan_change_event(p, found->entry[k].devnm);
	if (plan_run(p, &err))
		say_err(&err);
}

static struct map_rebuild rebuilding(const struct incremental *i)
{
	return (struct map_rebuild){ .conf = &i->conf, .homehost = i->homehost,
				     .not_required = i->not_required };
}

/* Arrays of which the map does not know; where it lies about one it may about the others. */
static void find_unknown(struct incremental *i, const struct map *map)
{
	struct map_rebuild r = rebuilding(i);
	const struct map none = { 0 };
	struct err err;

	mdstat_free(&i->now);
	if (mdstat_read(&i->now, &err))
		say_err(&err);
	map_rebuild(&r, *i->liar ? &none : map, &i->now);
	if (r.found.n) {
		add_lines(i, &r.found);
		find_in_map(i, &r.found);
	}
	map_free(&r.found);
}

/* A map that cannot be used is told by who writes to it. */
int incremental_find(struct incremental *i)
{
	struct map map cleanup(map_free) = { 0 };
	struct err err;

	if (map_read(&map, &err) == MAP_SPOILT)
		say_error("%s", err.text);
	/* what the map names and does not fit is no unknown array either */
	if (!find_in_map(i, &map) && !*i->not_its)
		find_unknown(i, &map);
	return 0;
}

/* --- --rebuild-map --- */

/* Lines of arrays that have gone. */
static void drop_lines(struct plan *p, const struct map *map, const struct mdstat *now)
{
	for (size_t k = 0; k < map->n; k++)
		if (!mdstat_find(now, map->entry[k].devnm) && !sysfs_has_array(map->entry[k].devnm))
			plan_map_remove(p, map->entry[k].devnm);
}

static int rebuild(struct incremental *i, const struct map *found, const struct mdstat *now,
		   struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
	struct map map cleanup(map_free) = { 0 };
	int rc = mode_lock_map(p, &map, err);

	if (rc)
		return rc;
	drop_lines(p, &map, now);
	for (size_t k = 0; k < found->n; k++)
		plan_map_set(p, &found->entry[k]);
	plan_unlock_map(p);
	for (size_t k = 0; k < found->n; k++)
		plan_change_event(p, found->entry[k].devnm);
	rc = plan_run(p, err);
	if (!rc)
		mode_tell_plan(i->req, p, "make the map of arrays anew");
	return rc;
}

/* udev makes the names by the event; where there is none, who was killed may have left one to be made. */
static void make_names(const struct incremental *i, const struct map *found)
{
	struct md_name *name autofree = xcalloc(found->n, sizeof(*name));
	struct md_name **each autofree = xcalloc(found->n, sizeof(*each));

	if (i->req->dry_run || devnode_udev())
		return;
	for (size_t k = 0; k < found->n; k++) {
		copy_text(name[k].devnm, sizeof(name[k].devnm), found->entry[k].devnm);
		copy_text(name[k].path, sizeof(name[k].path), found->entry[k].path);
		each[k] = &name[k];
	}
	mode_establish_all(each, found->n, &i->conf);
}

int incremental_rebuild_map(struct incremental *i)
{
	struct mdstat now cleanup(mdstat_free) = { 0 };
	struct map_rebuild r = rebuilding(i);
	struct map none = { 0 };
	struct err err;
	int rc = mdstat_read(&now, &err);

	if (!rc) {
		map_rebuild(&r, &none, &now);
		rc = rebuild(i, &r.found, &now, &err);
	}
	if (!rc)
		make_names(i, &r.found);
	map_free(&r.found);
	if (rc)
		say_err(&err);
	return rc ? STATUS_FAILED : STATUS_OK;
}
