// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Destroy.c - --destroy: an array that nobody uses is stopped, and its superblocks are erased from
 * the members that it has; from all devices that carry them, when it does not run.  Prints and
 * asks; what it changes are steps of a plan, under one lock from the stop to the last byte.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "Config.h"
#include "Destroy.h"
#include "Stop.h"
#include "ask.h"
#include "blkdev.h"
#include "devnode.h"
#include "mapfile.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "super.h"
#include "sysfs.h"
#include "util.h"

struct doomed {
	const struct request *req;
	const struct known_array *array;
	const struct member **member;    /* which are erased */
	size_t n;
	char uuid[UUID_TEXT];
	const char *called;              /* its node, or its name, or the uuid */
};

/* --- which array --- */

static bool is_named(const struct member *m, const char *name)
{
	const char *prefix = "/dev/md/";

	if (strncmp(name, prefix, strlen(prefix)) == 0)
		name += strlen(prefix);
	return m->array.name[0] && *name &&
	       (!strcmp(m->array.name, name) || !strcmp(super_bare_name(m->array.name), name));
}

struct wanted {
	const char *spec;
	bool by_uuid;
	struct uuid uuid;
	char devnm[33];          /* by its node; "" not so */
};

static bool is_wanted(const struct known_array *a, const struct wanted *w)
{
	if (w->by_uuid)
		return uuid_equal(&a->freshest->array.uuid, &w->uuid);
	if (w->devnm[0])
		return strcmp(a->devnm, w->devnm) == 0;
	return is_named(a->freshest, w->spec);
}

static void say_several(const struct known_array *a, const struct known_array *b, const char *spec)
{
	char one[UUID_TEXT], two[UUID_TEXT];

	uuid_format(&a->freshest->array.uuid, ':', one);
	uuid_format(&b->freshest->array.uuid, ':', two);
	say_error("%s means several arrays: give the UUID, %s or %s", spec, one, two);
}

static const struct known_array *find(const struct config_survey *s, const char *spec)
{
	char *node autofree = mode_array_node(spec);
	struct wanted w = { .spec = spec };
	const struct known_array *found = NULL;
	struct err err;
	dev_t rdev;

	w.by_uuid = uuid_parse(spec, &w.uuid) == 0;
	if (!w.by_uuid && mode_find_array(node, &rdev, w.devnm, &err))
		w.devnm[0] = '\0';
	for (size_t i = 0; i < s->n_array; i++) {
		if (!is_wanted(&s->array[i], &w))
			continue;
		if (found) {
			say_several(found, &s->array[i], spec);
			return NULL;
		}
		found = &s->array[i];
	}
	if (!found)
		say_error(w.devnm[0] ? "%s has no metadata that this version knows: --stop is all that it needs" :
				       "no array is %s: give a UUID, a name or the device of an array", spec);
	return found;
}

/* --- what becomes of whom --- */

/* Who runs is known by the kernel; else whoever carries the superblock. */
static bool belongs(const struct known_array *a, const struct member *m)
{
	char holder[33];

	return !a->devnm[0] || (blk_md_holder(m->id.rdev, holder) && !strcmp(holder, a->devnm));
}

static void collect(struct doomed *d)
{
	const struct known_array *a = d->array;

	d->member = xcalloc(a->n, sizeof(struct member *));
	for (size_t i = 0; i < a->n; i++)
		if (belongs(a, a->member[i]))
			d->member[d->n++] = a->member[i];
	uuid_format(&a->freshest->array.uuid, ':', d->uuid);
	d->called = a->path ?: a->freshest->array.name[0] ? a->freshest->array.name : d->uuid;
}

static void say_member(const struct member *m, const char *what)
{
	char slot[32] = "in no slot";

	if (m->disk.slot >= 0)
		snprintf(slot, sizeof(slot), "in slot %d", m->disk.slot);
	say_note("%s, number %d, %s: %s", m->path, m->disk.number, slot, what);
}

static bool has_slot(const struct known_array *a, int slot)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->member[i]->disk.slot == slot)
			return true;
	return false;
}

static void say_all(const struct doomed *d)
{
	const struct known_array *a = d->array;
	const struct geometry *g = &a->freshest->array.geo;
	char name[200];

	say_note("%s (%s, %u slots, UUID %s) %s",
		 printable(name, sizeof(name), d->called, strlen(d->called)), level_name(g->level) ?: "unknown level", g->raid_disks, d->uuid,
		 a->devnm[0] ? "is to be stopped, and its metadata erased" : "does not run; its metadata is to be erased");
	for (size_t i = 0; i < d->n; i++)
		say_member(d->member[i], "to be erased");
	for (size_t i = 0; i < a->n; i++)
		if (!belongs(a, a->member[i]))
			say_member(a->member[i], "not a member now, and kept; --zero-superblock erases it");
	for (uint32_t slot = 0; slot < g->raid_disks; slot++)
		if (!has_slot(a, (int)slot))
			say_note("slot %u: absent; what was there keeps its metadata", slot);
}

/* --- doing it --- */

static bool may(const struct doomed *d)
{
	if (d->req->run || d->req->dry_run)
		return true;
	if (isatty(STDIN_FILENO))
		return ask_yes("Destroy it");
	say_error("%s is not destroyed: without a terminal to ask on, --run must be given", d->called);
	return false;
}

/* The bytes are read when the array has written its last. */
static int plan_member(struct plan *p, struct blkdev *b, const struct member *m, struct err *err)
{
	int rc = m->super->fmt->wipe_super(b, m->super->minor, true, p, err);

	return rc < 0 ? rc : rc > 0 ? 0 : err_set(err, -ESTALE, "%s has no superblock any more", b->path);
}

struct opened {
	struct blkdev **b;
	size_t n;
};

static void opened_free(struct opened *o)
{
	for (size_t i = 0; i < o->n; i++)
		blk_close(o->b[i]);
	free(o->b);
}

static int erase(struct plan *p, const struct doomed *d, struct err *err)
{
	struct opened o cleanup(opened_free) = { xcalloc(d->n, sizeof(struct blkdev *)), 0 };
	char *command autofree = xasprintf("--destroy %s", d->uuid);
	int rc = 0;

	for (size_t i = 0; i < d->n && !rc; i++) {
		rc = blk_open(d->member[i]->path, BLK_READ, &o.b[o.n], err);
		o.n += !rc;
	}
	for (size_t i = 0; i < d->n && !rc; i++) {
		const struct blk_id id = blk_identify(o.b[i]);

		plan_claim(p, o.b[i]->path, &id, false);
	}
	if (rc)
		return rc;
	plan_keep_undo(p, d->req->undo_dir, command, d->array->devnm[0] ? d->array->devnm : "destroyed");
	for (size_t i = 0; i < d->n && !rc; i++)
		rc = plan_member(p, o.b[i], d->member[i], err);
	plan_release_all(p);
	plan_unlock_map(p);
	return rc ? rc : plan_run(p, err);
}

static int has_changed(const struct doomed *d, const char *path, struct err *err)
{
	return err_set(err, -ESTALE, "%s is not what it was when it was looked at: nothing is changed; "
		       "run the command again for %s", path, d->called);
}

static int check_member(const struct doomed *d, const struct member *m, struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct super *now cleanup(super_cleanup) = NULL;
	struct blk_id id;
	int rc = blk_open(m->path, BLK_READ, &b, err);

	if (!rc)
		rc = super_load(b, m->super->fmt, m->super->minor, LOAD_FOR_REPORT, &now, err);
	if (rc < 0)
		return rc;
	id = blk_identify(b);
	if (rc || !blk_same(&id, &m->id) || super_difference(now, m->super) || !belongs(d->array, m))
		return has_changed(d, m->path, err);
	return 0;
}

/* While the question or the lock waited another array may have come under that name, or onto the members. */
static int check_again(const struct doomed *d, struct err *err)
{
	const struct known_array *a = d->array;
	char *node autofree = a->devnm[0] ? mode_array_node(a->path) : NULL;
	char devnm[33];
	int rc = 0;
	dev_t rdev;

	if (node)
		rc = mode_find_array(node, &rdev, devnm, err);
	if (!rc && node && strcmp(devnm, a->devnm) != 0)
		rc = has_changed(d, a->path, err);
	for (size_t i = 0; i < d->n && !rc; i++)
		rc = check_member(d, d->member[i], err);
	return rc;
}

/* What a stop has left that was killed, or could not write the map. */
static void plan_forget(const struct doomed *d, struct plan *p)
{
	const struct super *s = d->array->freshest->super;
	const struct uuid uuid = s->fmt->map_uuid(s);
	struct map map cleanup(map_free) = { 0 };
	const struct map_entry *e;

	map_load(&map);
	e = map_by_uuid(&map, &uuid);
	if (!e || sysfs_has_array(e->devnm))
		return;
	if (!d->req->dry_run)
		devnode_forget(e->devnm, e->path);
	plan_map_remove(p, e->devnm);
}

/* Whoever would assemble what is left waits for the lock. */
static int destroy(const struct doomed *d)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(d->req);
	char *title autofree = xasprintf("erase the metadata of %s", d->called);
	const bool runs = d->array->devnm[0];
	struct err err;
	int rc;

	plan_lock_map_if_usable(p);
	rc = plan_run(p, &err) ?: check_again(d, &err);
	if (!rc && runs)
		rc = Stop_under(d->array->path, d->req, p, &err);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!runs)
		plan_forget(d, p);
	if (erase(p, d, &err)) {
		say_error("%s\n%sno metadata was erased", err.text, runs && !d->req->dry_run ?
			  "the array was stopped; " : "");
		return STATUS_FAILED;
	}
	if (!d->req->dry_run)
		say_note("destroyed %s", d->called);
	mode_tell_plan(d->req, p, title);
	mode_tell_undo(p);
	return STATUS_OK;
}

int Destroy(const char *spec, const struct request *r)
{
	struct config_survey s cleanup(config_survey_free) = { 0 };
	struct doomed d = { .req = r };
	struct err err;
	int status = STATUS_FAILED;

	config_init(&s.conf);
	mode_load_config(r, &s.conf, s.homehost, sizeof(s.homehost));
	if (config_survey(&s, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	/* it may be a member */
	if (s.unread)
		say_err(&s.unread->why);
	d.array = find(&s, spec);
	if (!d.array)
		return STATUS_FAILED;
	collect(&d);
	say_all(&d);
	if (may(&d))
		status = destroy(&d);
	free(d.member);
	return status;
}
