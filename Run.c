// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Run.c - --run, --readonly and --readwrite: an array that --incremental has left waiting is started
 * with what there is; one that runs gets other rights.
 *
 * The kernel is not asked to start what cannot run: once it has tried, it takes no more members, and
 * the one that is still to come would be lost.  What has enough members is tried again, however often:
 * the module of its level, or what else it lacked, may be there by now.
 */
#include <errno.h>
#include <string.h>

#include "Run.h"
#include "blkdev.h"
#include "devnode.h"
#include "listed.h"
#include "mapfile.h"
#include "mdstat.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"
#include "waiting.h"

/* How long somebody else's start of the array is waited for. */
#define START_DEADLINE_MS 60000

/* --- start --- */

static int not_enough(const struct waiting *w, const char *path)
{
	const struct selection *s = &w->sel;

	if (w->verdict != SELECT_OK)
		say_error("failed to start array %s: %s", path, w->verdict == SELECT_TWINS ?
			  "two of its devices have one number" : "it has no device with data");
	else if (s->enough_if_clean)
		say_error("failed to start array %s: not enough devices while it is not clean\n"
			  "see --assemble --force", path);
	else
		say_error("failed to start array %s: not enough devices, %u of %u are here\n"
			  "it waits for the others", path, s->current, s->raid_disks);
	return STATUS_FAILED;
}

/* Without its journal it may hold stripes that do not fit: nobody is to write to it. */
static bool lacks_journal(const struct waiting *w)
{
	return w->verdict == SELECT_OK && w->sel.enough && w->sel.need_journal;
}

/* NOT_YET: somebody else had it; nothing was done. */
enum { NOT_YET = -1 };

/* Once nobody is at work on it: has somebody else been quicker, or may he have put another member in? */
static int has_not_started(const char *devnm, bool opened, int64_t end_ms, int rc,
			   const struct err *err)
{
	enum array_condition now = waiting_settled(devnm, end_ms);

	if (now == ARRAY_RUNS)
		return STATUS_OK;
	if (rc == -EBUSY && !opened && now != ARRAY_NONE && clock_ms() < end_ms)
		return NOT_YET;
	say_err(err);
	return STATUS_FAILED;
}

static int has_started(const struct waiting *w, const struct md_name *name, const struct request *r,
		       struct plan *p)
{
	char *title autofree = xasprintf("start %s", name->path);

	mode_tell_plan(r, p, title);
	if (plan_attribute_failure(p)->text[0])
		say_err(plan_attribute_failure(p));
	if (!r->dry_run && lacks_journal(w))
		say_note("Journal is missing or stale, starting array read only.");
	if (!r->dry_run)
		say_note("started array %s", name->path);
	return STATUS_OK;
}

static int plan_start(const struct waiting *w, const struct md_name *name, const struct config *conf,
		      struct plan *p, struct err *err)
{
	struct listed listed;

	listed_find(conf, "", true, w->kept[0], &listed);
	mode_plan_rejects(w, p);
	mode_plan_bitmap(listed.line, waiting_lead(w), name, p);
	plan_start_array(p, lacks_journal(w) ? START_READONLY : START_AUTO, name->path, name->devnm,
			 NULL);
	mode_plan_attributes(conf, &w->kept[0]->array.uuid, name, p);
	return plan_run(p, err);
}

/* Reads the members that have come, and judges all. */
static int look(struct waiting *w, const struct md_name *name)
{
	struct err err;

	if (waiting_load(name->devnm, w, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (waiting_judge(w, NULL) == START_NOT && !lacks_journal(w))
		return not_enough(w, name->path);
	return 0;
}

static int start(struct waiting *w, const struct md_name *name, const struct config *conf,
		 const struct request *r, int64_t end_ms)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(r);
	struct err err;
	bool opened;
	int rc, status = look(w, name);

	if (status)
		return status;
	plan_join_to_start(p, name->devnm);
	rc = plan_run(p, &err);
	opened = !rc;
	/* who joined before we had it alone was not judged */
	if (opened && waiting_count(name->devnm) != w->n && (status = look(w, name)))
		return status;
	if (opened)
		rc = plan_start(w, name, conf, p, &err);
	if (!rc)
		return has_started(w, name, r, p);
	plan_close_array(p);
	return has_not_started(name->devnm, opened, end_ms, rc, &err);
}

/* The name under which it waits: in the map, or in /dev. */
static void find_name(const char *devnm, struct md_name *name)
{
	char *found autofree = NULL;
	dev_t rdev;

	copy_text(name->devnm, sizeof(name->devnm), devnm);
	if (map_known_path(devnm, name->path, sizeof(name->path)))
		return;
	snprintf(name->path, sizeof(name->path), "/dev/%s", devnm);
	if (sysfs_devnm_rdev(devnm, &rdev))
		return;
	found = blk_name(rdev, NULL);
	if (!strncmp(found, "/dev/md/", 8))
		copy_text(name->path, sizeof(name->path), found);
}

static int start_waiting(const char *devnm, const struct config *conf, const struct request *r)
{
	struct waiting w cleanup(waiting_free) = { .n = 0 };
	const int64_t end_ms = clock_ms() + START_DEADLINE_MS;
	struct md_name name = { .devnm = "" };
	int status;

	find_name(devnm, &name);
	while ((status = start(&w, &name, conf, r, end_ms)) == NOT_YET)
		;
	if (status == STATUS_OK && !r->dry_run)
		mode_establish(&name, conf);
	return status;
}

static int run_array(const char *path, const char *devnm, const struct config *conf,
		     const struct request *r)
{
	bool external;

	switch (waiting_condition(devnm, &external)) {
	case ARRAY_RUNS:
		return STATUS_OK;
	case ARRAY_NONE:
		say_error("Array associated with md device %s does not exist.", path);
		return STATUS_FAILED;
	case ARRAY_TRIED:
	case ARRAY_WAITS:
		break;
	}
	if (!external)
		return start_waiting(devnm, conf, r);
	say_error("%s has external metadata, which is not available in this version", path);
	return STATUS_FAILED;
}

int Run(const char *path, const struct config *conf, const struct request *r)
{
	char *node autofree = mode_array_node(path);
	struct err err;
	char devnm[33];
	dev_t rdev;

	mode_clear_left(r);
	if (mode_find_array(node, &rdev, devnm, &err) == 0)
		return run_array(node, devnm, conf, r);
	say_err(&err);
	return STATUS_FAILED;
}

/* One that the kernel refuses does not keep the others from being started. */
int Run_waiting(const struct config *conf, const struct request *r)
{
	struct mdstat now cleanup(mdstat_free) = { 0 };
	int status = STATUS_OK;
	struct err err;

	mode_clear_left(r);
	if (mdstat_read(&now, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < now.n; i++) {
		const struct mdstat_entry *e = &now.entry[i];
		char *path autofree = xasprintf("/dev/%s", e->devnm);

		if (!e->active && strncmp(e->metadata, "external", 8) != 0)
			status |= run_array(path, e->devnm, conf, r);
	}
	return status;
}

/* --- read-only, writable --- */

static int refuse_access(const struct request *r, bool readonly, dev_t rdev, int rc, const struct err *err)
{
	char who[600];

	/* no mistake in --manage, where the old tool never does it */
	if (!readonly && rc == -EBUSY && r->mode == MODE_MANAGE)
		return STATUS_OK;
	if (readonly && rc == -EBUSY && blk_busy_reason(rdev, who, sizeof(who)))
		say_error("%s: %s", err->text, who);
	else if (readonly && rc == -ENXIO)
		say_error("%s: it is read-only", err->text);
	else if (!readonly && rc == -EBUSY)
		say_error("%s: it is writable", err->text);
	else
		say_err(err);
	return STATUS_FAILED;
}

int Readonly(const char *path, bool readonly, const struct request *r)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(r);
	char *node autofree = mode_array_node(path);
	char *title autofree = xasprintf("make %s %s", node, readonly ? "read-only" : "writable");
	char devnm[33];
	struct err err;
	dev_t rdev;
	int rc = mode_find_array(node, &rdev, devnm, &err);

	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (waiting_condition(devnm, NULL) != ARRAY_RUNS) {
		say_error("%s does not appear to be active.", path);
		return STATUS_FAILED;
	}
	plan_open_running(p, devnm);
	plan_set_access(p, readonly, path);
	rc = plan_run(p, &err);
	if (rc)
		return refuse_access(r, readonly, rdev, rc, &err);
	mode_tell_plan(r, p, title);
	return STATUS_OK;
}
