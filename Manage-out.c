// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage-out.c - members that fail, leave, or are replaced.  Part of the mode --manage.
 *
 * What is lost with a member is judged under the lock of the map, so that two calls do not take the
 * last two copies at once; the kernel itself forbids that of RAID1 and RAID10 only.
 */
#include <errno.h>
#include <string.h>

#include "Manage.h"
#include "blkdev.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

static int not_member(const struct manage *m, const struct target *t)
{
	say_error("%s does not appear to be a component of %s", t->shown, m->path);
	return STATUS_FAILED;
}

/* The target again, in the array as it is now. */
static struct array_member *again(const struct manage *m, const struct target *t)
{
	for (size_t i = 0; i < m->array->n_member; i++)
		if (t->kname[0] && !strcmp(m->array->member[i].kname, t->kname))
			return &m->array->member[i];
	return NULL;
}

/* A plan for the array that waits for its turn, and the array as it is then. */
static int begin(struct manage *m, struct plan *p, struct target *t)
{
	struct err err;

	plan_lock_map_if_usable(p);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (manage_look(m))
		return STATUS_FAILED;
	t->member = again(m, t);
	return STATUS_OK;
}

/* --- fail --- */

/* It is needed or in use.  With --test, 2 has another meaning. */
static int status_busy(const struct manage *m)
{
	return m->req->test ? STATUS_FAILED : STATUS_UNSUITABLE;
}

static int refuse_last(const struct manage *m, const struct target *t)
{
	const char *why = "";

	if (t->member->gone && level_has_redundancy(m->array->geo.level))
		why = "\nits device has gone, and what no other member has comes back with it: connect it, then stop and "
		      "assemble the array; --force fails it all the same";
	else if (manage_lost(m->array))
		why = "\nwhat another member has, whose device has gone, comes back with that: connect it, then stop and "
		      "assemble the array; --force fails this one all the same";
	else if (m->array->status.activity == MDSTAT_RESYNC)
		why = "\nits redundancy is not in sync yet: wait for that (mdadm --wait), or --force";
	else if (level_has_redundancy(m->array->geo.level))
		why = "\nits data is on no other member in sync; --force fails it all the same";
	say_error("Cannot remove %s from %s, array will be failed.%s", t->shown, m->path, why);
	return status_busy(m);
}

/* The kernel does not fail the last copy, and takes no writes from then on (raid1_error). */
static bool kernel_keeps(const struct manage *m, const struct array_member *am)
{
	int dir autoclose = sysfs_open_md(m->devnm);
	uint64_t fails = 0;

	if ((m->array->geo.level != LEVEL_RAID1 && m->array->geo.level != LEVEL_RAID10) ||
	    manage_runs_without(m->array, am))
		return false;
	return dir < 0 || sysfs_get_u64(dir, "fail_last_dev", &fails) || !fails;
}

static int refuse_kept(const struct manage *m, const struct target *t)
{
	say_error("set device faulty failed for %s:  Device or resource busy\n"
		  "the kernel keeps the last copy of %s; stop the array instead", t->shown, m->path);
	return status_busy(m);
}

/* "Busy" is also the answer when the array has failed with it (set_disk_faulty, drivers/md/md.c). */
static int failed(struct manage *m, struct target *t, int rc, const struct err *err)
{
	if (rc != -EBUSY || !manage_is(m, t->kname, "faulty")) {
		say_err(err);
		return rc == -EBUSY ? status_busy(m) : STATUS_FAILED;
	}
	say_note("set %s faulty in %s", t->shown, m->path);
	say_error("%s has failed: it lacks members", m->path);
	m->changed++;
	return STATUS_OK;
}

int manage_fail(struct manage *m, const struct target *given)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(m->req);
	char *title autofree = xasprintf("fail %s", given->shown);
	struct target t = *given;
	struct err err;
	int rc;

	if (!t.kname[0]) {
		say_error("set device faulty failed for %s:  No such device\nit is no component of %s",
			  t.shown, m->path);
		return STATUS_FAILED;
	}
	rc = begin(m, p, &t);
	if (rc)
		return rc;
	/* what is lost with it cannot be told */
	if (!t.member && !m->req->force)
		return not_member(m, &t);
	if (t.member && !m->req->force && !manage_survives(m->array, t.member))
		return refuse_last(m, &t);
	if (t.member && kernel_keeps(m, t.member))
		return refuse_kept(m, &t);
	manage_tell_fail(m, &t);
	plan_fail_member(p, m->devnm, t.kname, t.shown);
	rc = plan_run(p, &err);
	if (rc)
		return failed(m, &t, rc, &err);
	mode_tell_plan(m->req, p, title);
	m->changed++;
	if (t.member)
		t.member->disk.faulty = true;
	if (!m->req->dry_run)
		say_note("set %s faulty in %s", t.shown, m->path);
	return STATUS_OK;
}

/* --- remove --- */

/* The kernel would say no more than that it is busy, and be asked again and again. */
static bool is_in_use(const struct manage *m, const struct target *t)
{
	const struct md_disk *d = t->member ? &t->member->disk : NULL;

	if (!d || d->raid_disk < 0 || d->faulty)
		return false;
	say_error("hot remove failed for %s: Device or resource busy\n"
		  "it is in use in slot %d: fail it first (mdadm %s --fail %s)", t->shown, d->raid_disk, m->path,
		  t->shown);
	return true;
}

int manage_remove(struct manage *m, const struct target *given)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(m->req);
	char *title autofree = xasprintf("remove %s", given->shown);
	struct target t = *given;
	struct err err;
	int rc;

	if (!t.kname[0]) {
		say_error("hot remove failed for %s: No such device or address\nit is no component of %s",
			  t.shown, m->path);
		return STATUS_FAILED;
	}
	rc = begin(m, p, &t);
	if (rc)
		return rc;
	if (is_in_use(m, &t))
		return STATUS_FAILED;
	plan_remove_member(p, m->devnm, t.kname, t.shown);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	mode_tell_plan(m->req, p, title);
	m->changed++;
	if (m->req->dry_run && t.member)
		free(t.member->path);
	if (m->req->dry_run && t.member)
		*t.member = (struct array_member){ .disk = { .number = -1, .raid_disk = -1, .removed = true } };
	if (!m->req->dry_run)
		say_note("hot removed %s from %s", t.shown, m->path);
	return STATUS_OK;
}

/* --- replace --- */

static int check_replaced(const struct manage *m, const struct target *t)
{
	const struct md_disk *d = t->member ? &t->member->disk : NULL;

	if (!d)
		return not_member(m, t);
	if (d->faulty || d->raid_disk < 0 || !level_has_redundancy(m->array->geo.level)) {
		say_error("%s is not active and so cannot be replaced.%s", t->shown,
			  d->faulty || d->raid_disk < 0 ? "" : "\nthis level copies nothing");
		return STATUS_FAILED;
	}
	/* what the kernel would not start again: a replacement of what is not in sync (setup_conf, raid1.c) */
	if (!d->sync) {
		say_error("%s is being %s in %s and so cannot be replaced.\n"
			  "wait until that is done (mdadm --wait %s)", t->shown,
			  manage_twin(m->array, t->member) ? "filled as a replacement" : "rebuilt", m->path, m->path);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

static int check_spare(const struct manage *m, const struct target *with)
{
	const struct md_disk *d = with->member ? &with->member->disk : NULL;

	if (d && !d->faulty && d->raid_disk < 0 && !d->journal)
		return STATUS_OK;
	say_error("%s is not a spare of %s: it cannot replace a member\nadd it first: mdadm %s --add-spare %s",
		  with->shown, m->path, m->path, with->shown);
	return STATUS_FAILED;
}

static void plan_replace_member(struct manage *m, const struct target *t, const struct target *with,
				struct plan *p)
{
	char *failure autofree = xasprintf("Failed to request replacement for %s", t->shown);
	char *no_slot autofree = NULL;
	char slot[12];

	plan_member_attribute(p, m->devnm, t->kname, "state", "want_replacement", "-want_replacement",
			      failure);
	if (!with)
		return;
	no_slot = xasprintf("Failed to set %s as preferred replacement.", with->shown);
	snprintf(slot, sizeof(slot), "%d", t->member->disk.raid_disk);
	plan_member_attribute(p, m->devnm, with->kname, "slot", slot, NULL, no_slot);
}

int manage_replace(struct manage *m, const struct target *given, const struct target *given_with)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(m->req);
	char *title autofree = xasprintf("replace %s", given->shown);
	struct target t = *given, spare = { .shown = NULL }, *with = given_with ? &spare : NULL;
	struct err err;
	int rc = begin(m, p, &t);

	if (!rc)
		rc = check_replaced(m, &t);
	if (!rc && with) {
		spare = *given_with;
		spare.member = again(m, &spare);
		rc = check_spare(m, with);
	}
	if (rc)
		return rc;
	manage_tell_replace(m, &t);
	/* else the kernel takes any spare at once */
	if (with)
		plan_freeze(p, m->devnm);
	plan_replace_member(m, &t, with, p);
	if (with)
		plan_thaw(p, m->devnm);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	mode_tell_plan(m->req, p, title);
	m->changed++;
	if (m->req->dry_run)
		return STATUS_OK;
	say_note("Marked %s (device %d in %s) for replacement", t.shown, t.member->disk.raid_disk,
		 m->path);
	if (with)
		say_note("Marked %s in %s as replacement for device %d", with->shown, m->path,
			 t.member->disk.raid_disk);
	return STATUS_OK;
}
