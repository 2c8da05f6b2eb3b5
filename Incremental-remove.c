// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Incremental-remove.c - a device has gone, or is to go: it fails and leaves its array.  It is known by
 * its kernel name, as there may be no node of it any more.
 * Part of the mode --incremental.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "Incremental.h"
#include "mdstat.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* The array that has the member. */
static bool find_holder(const char *kname, const struct mdstat *now, char devnm[33])
{
	char path[120];

	for (size_t k = 0; k < now->n; k++) {
		snprintf(path, sizeof(path), "/sys/block/%.32s/md/dev-%.60s", now->entry[k].devnm,
			 kname);
		if (access(path, F_OK) == 0)
			return copy_text(devnm, 33, now->entry[k].devnm);
	}
	return false;
}

/* "sda1", or the node of that name. */
static const char *kernel_name(const char *given)
{
	if (!strncmp(given, "/dev/", 5))
		given += 5;
	return sysfs_name_ok(given) ? given : NULL;
}

static bool is_unused(const char *devnm)
{
	dev_t rdev;
	int fd autoclose = sysfs_devnm_rdev(devnm, &rdev) ? -1 :
			   devnode_open(rdev, O_RDONLY | O_EXCL, false, NULL);

	return fd >= 0;
}

static bool is_at_rest(const char *devnm)
{
	int dir autoclose = sysfs_open_md(devnm);
	char state[32];

	return dir >= 0 && !sysfs_get(dir, "array_state", state, sizeof(state)) &&
	       (!strcmp(state, "active") || !strcmp(state, "clean"));
}

/* Which array had a disk in that place, for whoever puts another there. */
static void note_place(const struct incremental *i, const char *devnm)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
	struct map map cleanup(map_free) = { 0 };
	const struct map_entry *e;
	struct err err;

	map_load(&map);
	e = map_by_devnm(&map, devnm);
	if (!i->req->path || !e)
		return;
	plan_note_slot(p, i->req->path, e);
	if (plan_run(p, &err))
		say_err(&err);
}

/* --- out of an array that runs --- */

/* It cannot do without the member, which is gone: one that nobody uses ends. */
static int end_array(const struct incremental *i, const char *devnm, const struct err *why)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
	char path[sizeof(((struct map_entry *)0)->path)] = "";
	struct err err;
	dev_t rdev;
	int fd;

	say_err(why);
	plan_lock_map_if_usable(p);
	/* why it is still there was said; whoever uses it is told by its errors */
	if (plan_run(p, &err))
		return STATUS_FAILED;
	fd = sysfs_devnm_rdev(devnm, &rdev) ? -1 :
	     devnode_open(rdev, O_RDONLY | O_EXCL, true, &err);
	if (fd < 0)
		return STATUS_FAILED;
	map_known_path(devnm, path, sizeof(path));
	plan_stop_array(p, fd, devnm);
	plan_map_remove(p, devnm);
	if (plan_run(p, &err))
		return STATUS_FAILED;
	devnode_forget(devnm, path);
	say_note("stopped %s, which cannot run without it", devnm);
	return STATUS_OK;
}

/*
 * Nothing is to be written because of this, least of all to what is about to go.  Not where somebody
 * has it open; and it is only better so.
 */
static void let_rest(const struct incremental *i, const char *devnm)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);

	plan_set_state(p, devnm, "read-auto", devnm);
	plan_run(p, NULL);
	mode_tell_plan(i->req, p, "let it rest");
}

static int remove_active(const struct incremental *i, const char *kname, const char *devnm)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
	char *title autofree = xasprintf("take %s out of %s", kname, devnm);
	struct err err;
	int rc;

	if (is_unused(devnm) && is_at_rest(devnm))
		let_rest(i, devnm);
	plan_fail_member(p, devnm, kname, kname);
	rc = plan_run(p, &err);
	if (rc == -EBUSY)
		return end_array(i, devnm, &err);
	if (!rc && !i->req->dry_run)
		say_note("set %s faulty in %s", kname, devnm);
	plan_remove_member(p, devnm, kname, kname);
	if (!rc)
		rc = plan_run(p, &err);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	mode_tell_plan(i->req, p, title);
	if (!i->req->dry_run)
		say_note("hot removed %s from %s", kname, devnm);
	return STATUS_OK;
}

/* --- out of one that was not started --- */

static bool is_empty(const char *devnm)
{
	return waiting_condition(devnm, NULL) != ARRAY_RUNS && !waiting_count(devnm);
}

/* What has lost its last member is no array any more. */
static void forget(const char *devnm)
{
	char path[sizeof(((struct map_entry *)0)->path)] = "";
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct err err;

	map_known_path(devnm, path, sizeof(path));
	plan_lock_map_if_usable(p);
	if (plan_run(p, &err) || !is_empty(devnm))
		return;
	/* who puts another in has the lock, so there is none */
	sysfs_clear(devnm, true);
	plan_map_remove(p, devnm);
	if (plan_run(p, &err))
		say_err(&err);
	devnode_forget(devnm, path);
}

static int remove_waiting(const struct incremental *i, const char *kname, const char *devnm)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
	char *title autofree = xasprintf("take %s out of %s", kname, devnm);
	struct err err;

	plan_remove_member(p, devnm, kname, kname);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	mode_tell_plan(i->req, p, title);
	if (i->req->dry_run)
		return STATUS_OK;
	say_note("hot removed %s from %s", kname, devnm);
	if (is_empty(devnm))
		forget(devnm);
	return STATUS_OK;
}

int incremental_remove(struct incremental *i)
{
	const char *kname = kernel_name(i->path);
	struct mdstat now cleanup(mdstat_free) = { 0 };
	char devnm[33];
	struct err err;

	if (!kname) {
		say_error("incremental removal requires a kernel device name, not a file: %s",
			  i->path);
		return STATUS_FAILED;
	}
	if (mdstat_read(&now, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!find_holder(kname, &now, devnm)) {
		say_note("%s does not appear to be a component of any array", kname);
		return STATUS_FAILED;
	}
	note_place(i, devnm);
	if (waiting_condition(devnm, NULL) == ARRAY_RUNS)
		return remove_active(i, kname, devnm);
	return remove_waiting(i, kname, devnm);
}
