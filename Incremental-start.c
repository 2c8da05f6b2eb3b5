// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Incremental-start.c - the array has another member: is it to be started, and what became of it.
 * Part of the mode --incremental.  Starts through a plan; the map's lock is free meanwhile.
 *
 * Two who have put the last members in at the same moment both come here and see all: the second
 * finds that it runs, and that is what was wanted.
 */
#include <errno.h>
#include <string.h>

#include "Incremental.h"
#include "report.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* MD_STARTED: what udev's rules go by. */
enum started { STARTED_NO, STARTED_UNSAFE, STARTED_YES, STARTED_ALREADY, STARTED_FAILED };

static void export(const struct incremental *i, enum started started)
{
	static const char *const word[] = {
		[STARTED_NO] = "no", [STARTED_UNSAFE] = "unsafe", [STARTED_YES] = "yes",
		[STARTED_ALREADY] = "already", [STARTED_FAILED] = "no",
	};
	struct report r cleanup(report_free) = { .n = 0 };
	const char *name = i->name.path;

	if (!strncmp(name, "/dev/md/", 8))
		name += 8;
	report_text(&r, REPORT_EXPORT, "DEVICE", NULL, "%s", i->name.devnm);
	report_text(&r, REPORT_EXPORT, "DEVNAME", NULL, "%s", name);
	report_text(&r, REPORT_EXPORT, "FOREIGN", NULL, "%s",
		    i->listed.trust == TRUST_FOREIGN ? "yes" : "no");
	report_text(&r, REPORT_EXPORT, "STARTED", NULL, "%s", word[started]);
	report_print_export(&r, stdout);
}

static void say_started(const struct incremental *i, enum started started)
{
	switch (started) {
	case STARTED_NO:
		if (i->w.sel.need_journal) {
			say_note("%s attached to %s, whose journal is missing: not safe to start "
				 "yet.", i->path, i->name.path);
			break;
		}
		say_note("%s attached to %s, not enough to start (%u).", i->path, i->name.path,
			 i->w.sel.current);
		break;
	case STARTED_UNSAFE:
		say_note("%s attached to %s, not enough to start safely.", i->path, i->name.path);
		break;
	case STARTED_YES:
		say_note("%s attached to %s, which has been started.", i->path, i->name.path);
		break;
	case STARTED_ALREADY:
		say_note("%s attached to %s which is already active.", i->path, i->name.path);
		break;
	case STARTED_FAILED: /* was said */
		break;
	}
}

/* --- the start --- */

/*
 * The kernel has left out what missed writes, as it always does at a start.  Where policy lets former
 * members back that is their time; whom the bitmap does not help it refuses again.  A lockless one
 * does not tell whom it helps (Manage-readd.c).
 */
static void re_add_stale(const struct incremental *i)
{
	for (size_t k = 0; k < i->w.n_kept; k++) {
		struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
		const struct member *m = i->w.kept[k];
		struct err err;

		if (i->w.who[k].standing != STAND_STALE || waiting_lead(&i->w)->array.lockless ||
		    !incremental_may_re_add(i, m->id.rdev))
			continue;
		plan_open_running(p, i->name.devnm);
		incremental_plan_device(p, m);
		if (plan_run(p, &err))
			say_verbose("%s stays out of %s: %s", m->path, i->name.path, err.text);
		else if (!i->req->dry_run)
			say_note("%s attached to %s which is already active.", m->path,
				 i->name.path);
	}
}

/* NOT_YET: somebody else had it, and may have put another member in; nothing was done. */
enum { NOT_YET = STARTED_FAILED + 1 };

static int load(struct incremental *i)
{
	struct err err;

	if (i->req->dry_run || !waiting_load(i->name.devnm, &i->w, &err))
		return 0;
	say_err(&err);
	return -1;
}

/* Is it to be started, by what is known of its members?  *no: what it is if not. */
static bool may_start(struct incremental *i, bool *whole, int *no)
{
	enum start_verdict verdict = waiting_judge(&i->w, NULL);

	*whole = verdict == START_ALL;
	*no = verdict == START_NOT ? STARTED_NO : STARTED_UNSAFE;
	return *whole || (verdict == START_UNSAFE && i->req->run);
}

/* Whole, and trusted: it may be written to at once. */
static int plan_start(const struct incremental *i, bool whole, struct plan *p, struct err *err)
{
	bool trusted = i->listed.trust != TRUST_FOREIGN;

	mode_plan_rejects(&i->w, p);
	mode_plan_bitmap(i->listed.line, waiting_lead(&i->w), &i->name, p);
	plan_start_array(p, whole && trusted ? START_RUN : START_AUTO, i->name.path, i->name.devnm,
			 NULL);
	mode_plan_attributes(&i->conf, &i->w.kept[0]->array.uuid, &i->name, p);
	return plan_run(p, err);
}

static int has_started(const struct incremental *i, struct plan *p)
{
	char *title autofree = xasprintf("start %s", i->name.path);

	if (plan_attribute_failure(p)->text[0])
		say_err(plan_attribute_failure(p));
	mode_tell_plan(i->req, p, title);
	plan_close_array(p);
	re_add_stale(i);
	return STARTED_YES;
}

/* That they cannot be had alone is no reason to leave it: who had it need not look at all its members. */
static int has_not_started(const struct incremental *i, bool opened, int rc, const struct err *err)
{
	enum array_condition now = rc == -EBUSY ? waiting_settled(i->name.devnm, i->end_ms) :
				   waiting_condition(i->name.devnm, NULL);

	if (now == ARRAY_RUNS)
		return STARTED_ALREADY;
	if (rc == -EBUSY && !opened && now != ARRAY_NONE && clock_ms() < i->end_ms)
		return NOT_YET;
	/* somebody else is at it all the time, who looks once he is through */
	if (rc == -EBUSY && now == ARRAY_WAITS)
		return STARTED_UNSAFE;
	say_error("%s attached to %s, but failed to start: %s", i->path, i->name.path, err->text);
	return STARTED_FAILED;
}

/* Has somebody joined, or gone, between the look at its members and now that we have it alone? */
static bool has_changed(const struct incremental *i)
{
	return !i->req->dry_run && waiting_count(i->name.devnm) != i->w.n;
}

static int try_start(struct incremental *i)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(i->req);
	struct err err;
	bool whole, opened;
	int no, rc;

	if (!may_start(i, &whole, &no))
		return no;
	plan_join_to_start(p, i->name.devnm);
	rc = plan_run(p, &err);
	opened = !rc;
	if (opened && has_changed(i)) {
		if (load(i))
			return STARTED_FAILED;
		if (!may_start(i, &whole, &no))
			return no;
	}
	if (opened)
		rc = plan_start(i, whole, p, &err);
	if (!rc)
		return has_started(i, p);
	plan_close_array(p);
	return has_not_started(i, opened, rc, &err);
}

/* The member that was just put in counts as read. */
static void take_over_device(struct incremental *i)
{
	size_t cap = i->w.n;

	i->w.member = xgrow(i->w.member, &cap, i->w.n, sizeof(*i->w.member));
	i->w.member[i->w.n++] = i->dev;
	i->dev = (struct member){ .rc = 0 };
}

/*
 * As long as an array has too few members to run, whatever these say of themselves, they are counted and
 * not read: else of many each would read all before it.  The device, or the member that it was compared
 * with, may say that not all of them count; then all are read, for the number that is told.
 */
static bool too_few(struct incremental *i)
{
	const struct member *dev = &i->w.member[i->w.n - 1], *other = &i->w.member[0];
	size_t least = geometry_least(&dev->array.geo), n;

	if (i->req->dry_run || least <= i->w.n || dev->array.reshape || dev->array.journal ||
	    dev->disk.role != ROLE_ACTIVE || other->disk.role != ROLE_ACTIVE ||
	    dev->disk.events != other->disk.events)
		return false;
	n = waiting_count(i->name.devnm);
	i->w.sel.current = (unsigned)n;
	return n && n < least;
}

/* Is the device that was put in just now the only one? */
static bool is_alone(const struct incremental *i)
{
	return i->w.n == 1 && !i->w.sampled && waiting_count(i->name.devnm) == 1;
}

static enum started decide(struct incremental *i, bool attached)
{
	int started;

	if (attached && too_few(i))
		return STARTED_NO;
	if (!(attached && is_alone(i)) && load(i))
		return STARTED_FAILED;
	while ((started = try_start(i)) == NOT_YET)
		if (load(i))
			return STARTED_FAILED;
	return (enum started)started;
}

/* Where udev is at work it makes the name of an array once that runs. */
static void establish(struct incremental *i, enum started started)
{
	bool udev = devnode_udev();

	if (i->req->dry_run || (udev && (started == STARTED_NO || started == STARTED_UNSAFE)))
		return;
	/* a worker that waited for a name would keep udev from making it */
	if (udev && (i->in_udev || i->req->export))
		return;
	mode_establish(&i->name, &i->conf);
}

int incremental_start(struct incremental *i, bool attached)
{
	enum started started = STARTED_ALREADY;
	bool ran = i->condition == ARRAY_RUNS;

	if (attached)
		take_over_device(i);
	if (!ran)
		started = decide(i, attached);
	/* there was nothing to do with a member that has been in it all the time */
	if (!attached && started != STARTED_YES)
		return -1;
	if (started != STARTED_FAILED || attached)
		establish(i, started);
	if (i->req->export && !i->req->dry_run)
		export(i, started);
	else if (!i->req->dry_run)
		say_started(i, started);
	return started == STARTED_FAILED ? STATUS_FAILED : STATUS_OK;
}

void incremental_start_rest(struct incremental *i)
{
	if (i->req->dry_run || decide(i, false) != STARTED_YES)
		return;
	establish(i, STARTED_YES);
	say_note("%s has been started.", i->name.path);
}
