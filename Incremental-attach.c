// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Incremental-attach.c - the plan that puts a device into its array, and makes that for the first.
 * Part of the mode --incremental.  Changes the world only through the plan.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "Incremental.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

#define ATTEMPTS 5               /* the first is hasty */

/* --- the array, with the map locked --- */

/* The names of arrays that there were, and of those that came since: whose line is older has gone. */
static void load_names(const struct incremental *i, struct names_used *used, const struct map *map)
{
	names_load(used, map, &i->now);
	for (size_t k = 0; k < map->n; k++)
		if (!mdstat_find(&i->now, map->entry[k].devnm) &&
		    sysfs_has_array(map->entry[k].devnm))
			names_add(used, map->entry[k].devnm, map->entry[k].path);
}

/* One that has no name cannot have it in the place of a number. */
static int choose_number(struct incremental *i, struct err *err)
{
	struct config conf = i->conf;

	conf.names &= *i->name.path != '\0';
	if (*i->name.path)
		return devnode_choose(&conf, &i->name, err);
	copy_text(i->name.path, sizeof(i->name.path), "/dev/md");
	i->name.devnm[0] = '\0';
	return devnode_choose(&conf, &i->name, err) ?: (i->name.path[0] = '\0');
}

static int choose_name(struct incremental *i, const struct map *map, struct err *err)
{
	struct names_used used cleanup(names_free) = { .n = 0 };
	struct naming n = { .taken = false };
	int rc;

	load_names(i, &used, map);
	rc = naming_choose(&i->listed.name, &used, &n, err);
	if (rc)
		return rc;
	if (n.unusable)
		say_error("%s\nthis array gets the name in its superblock", err->text);
	/* the other's number is no name to put something behind */
	if (n.taken && strncmp(n.md.path, "/dev/md/", 8) != 0)
		n.md = (struct md_name){ .devnm = "" };
	else if (n.taken)
		naming_add_suffix(&n, &used);
	i->name = n.md;
	if (!*i->name.devnm)
		rc = choose_number(i, err);
	if (!rc && !*i->name.path)
		snprintf(i->name.path, sizeof(i->name.path), "/dev/%s", i->name.devnm);
	return rc;
}

/*
 * Somebody may have made the array, started it or stopped it since it was looked for.  -ESTALE: another
 * than the one whose members were read, or none, has become its array.
 */
static int settle_array(struct incremental *i, struct err *err)
{
	struct map map cleanup(map_free) = { 0 };
	const struct map_entry *e;

	map_load(&map);
	e = map_by_uuid(&map, &i->map_uuid);
	if (e && !strcmp(e->devnm, i->liar))
		e = NULL;
	if (e && strcmp(e->devnm, i->name.devnm) != 0 && sysfs_has_array(e->devnm))
		return err_set(err, -ESTALE, "%s: its array has become %s meanwhile: run the command "
			       "again", i->path, e->devnm);
	if (*i->name.devnm)
		i->condition = i->thorough ? waiting_condition(i->name.devnm, NULL) :
					     waiting_glance(i->name.devnm);
	if (e && !strcmp(e->devnm, i->name.devnm) && i->condition != ARRAY_NONE)
		copy_text(i->name.path, sizeof(i->name.path), e->path);
	if (i->condition != ARRAY_NONE)
		return 0;
	/* it has gone, with the members that were read */
	waiting_free(&i->w);
	return choose_name(i, &map, err);
}

/*
 * Nobody has looked at its members: somebody made it, or wrote that line, meanwhile.  Of one that runs,
 * or is at its start, more counts than that one of its members agrees.
 */
static bool is_unseen(const struct incremental *i)
{
	if (i->condition == ARRAY_NONE)
		return false;
	return strcmp(i->w.devnm, i->name.devnm) != 0 ||
	       (i->w.sampled && i->condition != ARRAY_WAITS);
}

/* --- what is in the way --- */

/* The kernel takes no two of one number. */
static const struct member *same_number(const struct incremental *i)
{
	for (size_t k = 0; k < i->w.n; k++) {
		const struct member *m = &i->w.member[k];

		if (m->rc == 0 && m->disk.number == i->dev.disk.number &&
		    !super_difference(m->super, i->dev.super))
			return m;
	}
	return NULL;
}

static int refuse_twin(const struct incremental *i, const struct member *twin)
{
	say_error("failed to add %s to existing array %s: Device or resource busy.\n"
		  "%s has the same number in it and is %s", i->path, i->name.path, twin->path,
		  twin->disk.events == i->dev.disk.events ? "as new: is one a copy of the other?" :
		  "newer");
	return STATUS_USAGE;
}

/* See Manage-readd.c.  What it says itself does not count: it may have left before the array had that bitmap. */
static bool missed_by_lockless(const struct incremental *i)
{
	if (i->condition != ARRAY_RUNS || i->dev.disk.slot < 0)
		return false;
	for (size_t k = 0; k < i->w.n; k++) {
		const struct member *m = &i->w.member[k];

		if (m->rc == 0 && m->array.lockless && m->disk.events > i->dev.disk.events)
			return true;
	}
	return false;
}

static int refuse_missed(const struct incremental *i)
{
	say_error("not adding %s to active array %s: it has missed writes, and a lockless bitmap does not tell "
		  "whether it knows them all\nto rebuild it: mdadm %s --add %s", i->path, i->name.path,
		  i->name.path, i->path);
	return STATUS_USAGE;
}

/* The kernel would take it as in sync but for what the bitmap says, and that knows of one history. */
static const struct member *split_from(const struct incremental *i)
{
	if (i->condition != ARRAY_RUNS || i->dev.disk.slot < 0)
		return NULL;
	return waiting_contradicts(&i->w, &i->dev);
}

static int refuse_split(const struct incremental *i, const struct member *other)
{
	say_error("not adding %s to active array %s: it was written apart from %s, and holds other "
		  "data\n"
		  "save what is wanted of it; then --zero-superblock and --add make it a new member",
		  i->path, i->name.path, other->path);
	return STATUS_USAGE;
}

static bool is_older(const struct member *twin, const struct incremental *i)
{
	return twin->disk.events < i->dev.disk.events && i->condition == ARRAY_WAITS;
}

static int check_array(struct incremental *i)
{
	const struct member *twin = same_number(i), *other = split_from(i);

	if (i->condition == ARRAY_TRIED) {
		say_error("failed to add %s to existing array %s: the kernel has refused to start "
			  "that, and now takes no more members\n"
			  "stop it (mdadm --stop /dev/%s), then assemble it again", i->path,
			  i->name.path, i->name.devnm);
		return STATUS_USAGE;
	}
	if (i->condition == ARRAY_RUNS && i->dev.disk.slot >= 0 && !incremental_may_re_add(i, i->rdev)) {
		say_error("not adding %s to active array (without --run) %s", i->path,
			  i->name.path);
		return STATUS_USAGE;
	}
	/* other machines may have it already, and it is for the cluster's manager to say when */
	if (i->condition == ARRAY_NONE && i->dev.array.clustered) {
		say_error("%s belongs to a clustered array, which is not assembled this way",
			  i->path);
		return STATUS_FAILED;
	}
	if (twin && !is_older(twin, i))
		return refuse_twin(i, twin);
	if (other)
		return refuse_split(i, other);
	return missed_by_lockless(i) ? refuse_missed(i) : 0;
}

/* --- the plan --- */

static void plan_new_array(const struct incremental *i, struct plan *p)
{
	const struct array_info *a = &i->dev.array;
	struct map_entry e = { .uuid = i->map_uuid };

	copy_text(e.devnm, sizeof(e.devnm), i->name.devnm);
	copy_text(e.path, sizeof(e.path), i->name.path);
	snprintf(e.metadata, sizeof(e.metadata), "%d.%d", a->major, a->minor);
	plan_open_array(p, i->name.devnm);
	plan_map_set(p, &e);
	plan_set_version(p, a->major, a->minor, i->name.path);
}

/* Of two members with one number the older goes.  old: its name; "" there is none. */
static void plan_remove_old(const struct incremental *i, struct plan *p, char old[64])
{
	const struct member *twin = i->condition == ARRAY_WAITS ? same_number(i) : NULL;

	if (!twin || blk_kname(twin->id.rdev, old, 64)) {
		old[0] = '\0';
		return;
	}
	plan_remove_member(p, i->name.devnm, old, old);
}

static void plan_array(const struct incremental *i, struct plan *p)
{
	switch (i->condition) {
	case ARRAY_NONE:
		plan_new_array(i, p);
		break;
	case ARRAY_WAITS:
	case ARRAY_TRIED:
		plan_join_array(p, i->name.devnm);
		break;
	case ARRAY_RUNS:
		plan_open_running(p, i->name.devnm);
		break;
	}
}

/* Is it still the same device, and free? */
static void plan_look_again(struct plan *p, const struct member *m)
{
	plan_claim_unwritten(p, m->path, &m->id, NULL);
	plan_drop_partitions(p, m->path);
	plan_release_all(p);
}

static void plan_add(struct plan *p, const struct member *m)
{
	const struct disk_info *d = &m->disk;
	const bool seated = d->slot >= 0;
	char hint[400];
	const struct md_disk disk = {
		.number = d->number,
		.major = (int)major(m->id.rdev),
		.minor = (int)minor(m->id.rdev),
		.raid_disk = d->slot,
		.active = seated,
		.sync = seated,
		.journal = d->role == ROLE_JOURNAL,
		.replacement = d->role == ROLE_REPLACEMENT,
	};

	plan_add_disk(p, &disk, m->path, member_kernel_hint(m, hint, sizeof(hint)));
}

void incremental_plan_device(struct plan *p, const struct member *m)
{
	plan_look_again(p, m);
	plan_add(p, m);
}

static int refuse_by_kernel(const struct incremental *i, int rc, const struct err *err)
{
	if (i->condition == ARRAY_RUNS && rc == -EINVAL)
		say_error("can only add %s to %s as a spare, and force-spare is not set.\n"
			  "failed to add %s to existing array %s: %s.", i->path, i->name.path,
			  i->path, i->name.path, error_text(-rc));
	else if (i->condition != ARRAY_NONE)
		say_error("failed to add %s to existing array %s: %s", i->path, i->name.path,
			  err->text);
	else
		say_err(err);
	return STATUS_USAGE;
}

/* The array has become another, or is busy, as while somebody starts it; it is not the device. */
static bool is_passing(const struct incremental *i, int rc)
{
	char holder[200];

	if (rc == -ESTALE)
		return waiting_condition(i->name.devnm, NULL) != i->condition;
	/* it was at rest when it was looked for */
	if (rc == -EBUSY && waiting_condition(i->name.devnm, NULL) != i->condition)
		return true;
	return rc == -EBUSY && i->condition != ARRAY_NONE && !same_number(i) &&
	       !blk_holder(i->rdev, holder, sizeof(holder));
}

/* 0; -ESTALE: it is to be tried again; else the exit status. */
static int attach_to(struct incremental *i, struct plan *p, bool last)
{
	const bool hasty = !i->thorough && i->condition == ARRAY_WAITS;
	char *title autofree = NULL, old[64];
	struct err err;
	int rc = check_array(i);

	if (rc)
		return rc;
	if (hasty)
		plan_hasty(p);
	plan_array(i, p);
	plan_look_again(p, &i->dev);
	/* not before it is known that the newer one can be had */
	plan_remove_old(i, p, old);
	plan_add(p, &i->dev);
	plan_unlock_map(p);
	rc = plan_run(p, &err);
	if (rc && (hasty || (!last && is_passing(i, rc))))
		return -ESTALE;
	if (rc)
		return refuse_by_kernel(i, rc, &err);
	if (*old && !i->req->dry_run)
		say_note("removing old device %s from %s", old, i->name.path);
	title = xasprintf("add %s to %s", i->path, i->name.path);
	mode_tell_plan(i->req, p, title);
	return 0;
}

/*
 * An array that is there can be joined without the lock, should its owner be stuck: to make one
 * could make a second.
 */
static int without_lock(struct incremental *i, const struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);

	i->thorough = true;
	incremental_find(i);
	if (*i->not_its)
		return STATUS_USAGE;
	if (i->condition == ARRAY_NONE) {
		say_err(err);
		return STATUS_USAGE;
	}
	say_error("%s\ngoing on without the lock", err->text);
	return attach_to(i, p, true);
}

static int attempt(struct incremental *i, bool last)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
	enum array_condition found;
	struct err err;
	int rc;

	incremental_find(i);
	found = i->condition;
	/* that was said; the kernel does not compare all that must agree, and would take it */
	if (*i->not_its)
		return STATUS_USAGE;
	plan_lock_map_until(p, i->end_ms);
	rc = plan_run(p, &err);
	if (rc)
		return without_lock(i, &err);
	/* without a map only the members tell whether somebody has made the array meanwhile */
	if (plan_map_failure(p)->text[0] && i->condition == ARRAY_NONE)
		incremental_find(i);
	rc = settle_array(i, &err);
	if (rc == -ESTALE && !last)
		return rc;
	/* somebody starts it just now; that is not waited for under the lock */
	if (!rc && i->condition == ARRAY_TRIED && found != ARRAY_TRIED && !last)
		return -ESTALE;
	if (rc) {
		say_err(&err);
		return STATUS_USAGE;
	}
	if (is_unseen(i))
		return -ESTALE;
	rc = attach_to(i, p, last);
	if (!rc && plan_map_failure(p)->text[0])
		say_error("%s\ngoing on without the map of arrays", plan_map_failure(p)->text);
	return rc;
}

int incremental_attach(struct incremental *i)
{
	int rc = -ESTALE;

	for (int n = 1; rc == -ESTALE && n <= ATTEMPTS; n++) {
		/* a dry run does not see what the kernel would refuse */
		i->thorough = n > 1 || i->req->dry_run;
		rc = attempt(i, n == ATTEMPTS);
	}
	if (rc != -ESTALE && rc && i->condition == ARRAY_WAITS && !*i->not_its)
		incremental_start_rest(i);
	if (rc != -ESTALE)
		return rc;
	say_error("%s: its array, %s by now, is another each time that it is looked at: run the command "
		  "again", i->path, i->name.devnm);
	return STATUS_USAGE;
}
