// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Undo.c - --undo: once the devices of an undo file are found and carry what was written
 * (Undo-devices.c), says what will be put back, stops the array that was made of them, and runs a
 * plan that writes the old bytes.  That plan keeps an undo file too.
 */
#include <string.h>

#include "Stop.h"
#include "Undo.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "util.h"

struct undoing {
	const char *path;        /* of the file */
	const struct request *req;
	struct undo undo;
	struct target *target;   /* one a device of the file */
};

/* --- looking --- */

static int look_at_all(struct undoing *g, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < g->undo.n_device && !rc; i++) {
		undo_target_free(&g->target[i]);
		rc = undo_look(&g->undo, i, g->req->force, &g->target[i], err);
	}
	return rc;
}

/* --- what will be done --- */

static void describe(const struct super *s, char *out, size_t cap)
{
	char uuid[UUID_TEXT];
	const char *level;
	struct array_info a;
	struct disk_info d;

	if (!s) {
		snprintf(out, cap, "no member of an array");
		return;
	}
	s->fmt->getinfo_super(s, &a, &d);
	uuid_format(&a.uuid, ':', uuid);
	level = level_name(a.geo.level) ?: "unknown";
	if (d.slot >= 0)
		snprintf(out, cap, "device %d of the %s array %s", d.slot, level, uuid);
	else
		snprintf(out, cap, "a spare of the %s array %s", level, uuid);
}

static uint64_t bytes_of(const struct undo *u, size_t device)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < u->n_range; i++)
		if (u->range[i].device == device)
			sum += u->range[i].len;
	return sum;
}

static void say_target(const struct undoing *g, const struct target *t)
{
	char before[200], now[200];

	describe(t->was, before, sizeof(before));
	describe(t->made, now, sizeof(now));
	if (strcmp(t->path, t->device->path) != 0)
		say_note("%s is the device that was overwritten as %s", t->path, t->device->path);
	if (t->content == CONTENT_BACK)
		say_note("%s: it is as it was, %s", t->path, before);
	else
		say_note("%s: %llu bytes are put back: it is %s now, and was %s", t->path,
			 (unsigned long long)bytes_of(&g->undo, t->index), now, before);
}

static void say_all(const struct undoing *g)
{
	bool ran = false;

	for (size_t i = 0; i < g->undo.n_device; i++) {
		say_target(g, &g->target[i]);
		ran |= g->target[i].content == CONTENT_CHANGED;
	}
	if (ran)
		say_note("the array has run since: what it wrote to its data, by resync too, stays "
			 "as it is");
}

/* A dry run stops nothing: the next member of the array is held by it, too. */
static bool was_told(const struct undoing *g, size_t target)
{
	for (size_t i = 0; g->req->dry_run && i < target; i++)
		if (g->target[i].content != CONTENT_BACK &&
		    !strcmp(g->target[i].holder, g->target[target].holder))
			return true;
	return false;
}

/* The array that holds members is stopped first: it is the one that is taken back. */
static int stop_holders(const struct undoing *g)
{
	for (size_t i = 0; i < g->undo.n_device; i++) {
		const struct target *t = &g->target[i];
		char path[40], again[33];
		int status;

		/* what is not written may stay in use; stopped with a member before it */
		if (t->content == CONTENT_BACK || !*t->holder || !blk_md_holder(t->id.rdev, again) ||
		    was_told(g, i))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", t->holder);
		status = Stop(path, g->req);
		if (status)
			return status;
	}
	return 0;
}

static bool was_erased(const struct undo_range *r)
{
	for (size_t i = 0; i < r->len; i++)
		if (r->is[i])
			return false;
	return true;
}

static void plan_ranges(const struct undo *u, const struct target *t, bool erased, struct plan *p)
{
	for (size_t i = 0; i < u->n_range; i++) {
		const struct undo_range *r = &u->range[i];

		if (r->device == t->index && was_erased(r) == erased)
			plan_replace(p, t->path, r->at, t->now[i], r->was, r->len);
	}
}

/* The old superblock comes back before the new one goes, so that there is always one. */
static void plan_target(const struct undo *u, const struct target *t, struct plan *p)
{
	plan_ranges(u, t, true, p);
	plan_ranges(u, t, false, p);
	plan_scan_partitions(p, t->path);
}

static int put_back(const struct undoing *g, struct plan *p, struct err *err)
{
	const struct undo *u = &g->undo;
	char *command autofree = xasprintf("--undo %s", g->path);

	for (size_t i = 0; i < u->n_device; i++)
		if (g->target[i].content != CONTENT_BACK)
			plan_claim(p, g->target[i].path, &g->target[i].id, false);
	plan_keep_undo(p, g->req->undo_dir, command, "undo");
	for (size_t i = 0; i < u->n_device; i++)
		if (g->target[i].content != CONTENT_BACK)
			plan_target(u, &g->target[i], p);
	plan_release_all(p);
	return plan_run(p, err);
}

static bool all_back(const struct undoing *g)
{
	for (size_t i = 0; i < g->undo.n_device; i++)
		if (g->target[i].content != CONTENT_BACK)
			return false;
	return true;
}

static int walk(struct undoing *g, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(g->req);
	char *title autofree = xasprintf("undo mdadm %s", g->undo.command);

	if (look_at_all(g, err))
		return STATUS_FAILED;
	say_all(g);
	if (all_back(g)) {
		say_note("nothing is to be put back: mdadm %s has been undone", g->undo.command);
		return STATUS_OK;
	}
	if (stop_holders(g)) {
		err->text[0] = '\0';
		return STATUS_FAILED;
	}
	/* stopping it has changed its superblocks once more */
	if (look_at_all(g, err) || put_back(g, p, err))
		return STATUS_FAILED;
	mode_tell_plan(g->req, p, title);
	mode_tell_undo(p);
	if (!g->req->dry_run)
		say_note("mdadm %s has been undone", g->undo.command);
	return STATUS_OK;
}

int Undo(const char *path, const struct request *r)
{
	struct undoing g = { .path = path, .req = r };
	struct err err;
	int status = STATUS_FAILED;

	if (undo_load(path, &g.undo, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	g.target = xcalloc(g.undo.n_device + 1, sizeof(*g.target));
	status = walk(&g, &err);
	if (status && err.text[0])
		say_err(&err);
	for (size_t i = 0; i < g.undo.n_device; i++)
		undo_target_free(&g.target[i]);
	free(g.target);
	undo_free(&g.undo);
	return status;
}
