// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-start.c - the plan that makes an array of the members that were selected.
 * Part of the mode --assemble.  Changes the world only through the plan.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "Assemble.h"
#include "config.h"
#include "mapfile.h"
#include "plan.h"
#include "util.h"

/*
 * What --force changes, in every member that is used, so that they agree afterwards:
 * event count and role of those promoted, and the resync that is called done.
 */
static void force_member(const struct assemble *a, size_t i)
{
	struct super *s = a->kept[i]->super;

	if (a->who[i].forced)
		s->fmt->force_super(s, FORCE_EVENTS, 0, a->sel.events);
	if (a->sel.mark_clean)
		s->fmt->force_super(s, FORCE_CLEAN, 0, 0);
	for (size_t k = 0; k < a->n; k++)
		if (a->who[k].forced)
			s->fmt->force_super(s, FORCE_ROLE, a->kept[k]->disk.number,
					    (uint64_t)a->kept[k]->disk.slot);
}

static bool forces(const struct assemble *a)
{
	bool any = a->sel.mark_clean;

	for (size_t i = 0; i < a->n; i++)
		any |= a->who[i].forced;
	return any;
}

static bool forced(const struct assemble *a, size_t i)
{
	return forces(a) && a->who[i].standing == STAND_CURRENT;
}

/*
 * With --force that has something to force all current members are rewritten; with --update all, also
 * what is not used now: it belongs to the array.
 */
bool assemble_writes(const struct assemble *a, size_t i)
{
	return a->run->req->have_update || forced(a, i);
}

static char *writing_command(const struct assemble *a)
{
	if (a->run->req->have_update)
		return xasprintf("--assemble --update=%s %s",
				 super_update_word(a->run->req->update), a->name.path);
	return xasprintf("--assemble --force %s", a->name.path);
}

static int plan_writes(struct assemble *a, struct plan *p, struct err *err)
{
	char *command autofree = writing_command(a);
	int rc = 0;

	plan_keep_undo(p, a->run->req->undo_dir, command, a->name.devnm);
	for (size_t i = 0; i < a->n && !rc; i++) {
		const struct member *m = a->kept[i];

		if (!assemble_writes(a, i))
			continue;
		if (forced(a, i))
			force_member(a, i);
		rc = m->super->fmt->store_super(m->super, m->path, p, err);
	}
	return rc;
}

/* Those that the kernel does not get: who is written nevertheless is claimed, the others are let go. */
static void plan_claim_rest(const struct assemble *a, const size_t *order, size_t n,
			    struct plan *p)
{
	for (size_t i = 0; i < a->n; i++) {
		size_t k = 0;

		while (k < n && order[k] != i)
			k++;
		if (k < n)
			continue;
		blk_close(steal(candidate_of(a->kept[i])->alone));
		if (assemble_writes(a, i))
			plan_claim(p, a->kept[i]->path, &a->kept[i]->id, false);
	}
}

/* Each member is claimed for a moment: is it still the same, free of partitions, rewritten? */
static int plan_members(struct assemble *a, const size_t *order, size_t n, struct plan *p,
			struct err *err)
{
	int rc = 0;

	for (size_t k = 0; k < n; k++) {
		const struct member *m = a->kept[order[k]];
		struct candidate *c = candidate_of(a->kept[order[k]]);

		if (m->held)
			continue;
		if (assemble_writes(a, order[k]))
			plan_claim(p, m->path, &m->id, false);
		else
			plan_claim_unwritten(p, m->path, &m->id, &c->alone);
		if (!c->undivided)
			plan_drop_partitions(p, m->path);
	}
	plan_claim_rest(a, order, n, p);
	if (forces(a) || a->run->req->have_update)
		rc = plan_writes(a, p, err);
	plan_release_all(p);
	return rc;
}

static void plan_map_entry(const struct assemble *a, struct plan *p)
{
	const struct member *m = a->kept[a->lead];
	struct map_entry e = { .uuid = m->super->fmt->map_uuid(m->super) };

	copy_text(e.devnm, sizeof(e.devnm), a->name.devnm);
	snprintf(e.metadata, sizeof(e.metadata), "%d.%d", m->array.major, m->array.minor);
	copy_text(e.path, sizeof(e.path), a->name.path);
	/* the line that is there is right, and stays should this fail */
	if (*a->host && map_by_devnm(&a->run->map, a->host))
		return;
	plan_map_set(p, &e);
}

static void plan_add(const struct assemble *a, size_t i, struct plan *p)
{
	const struct member *m = a->kept[i];
	bool seated = m->disk.slot >= 0;
	const struct md_disk d = {
		.number = m->disk.number,
		.major = (int)major(m->id.rdev),
		.minor = (int)minor(m->id.rdev),
		.raid_disk = m->disk.slot,
		.active = seated,
		.sync = seated,
		.journal = m->disk.role == ROLE_JOURNAL,
		.replacement = m->disk.role == ROLE_REPLACEMENT,
	};
	char hint[300];

	plan_add_disk(p, &d, m->path, member_kernel_hint(m, hint, sizeof(hint)) ?:
		      "\nits superblock is damaged, or it does not fit the others: "
		      "leave it out to start without it");
}

static const char *start_hint(const struct assemble *a, char *text, size_t cap)
{
	if (member_kernel_hint(a->kept[a->lead], text, cap))
		return text;
	for (size_t i = 0; i < a->n; i++)
		if (a->kept[i]->disk.bitmap_damaged) {
			snprintf(text, cap, "\nthe write-intent bitmap on %s is damaged: leave it out "
				 "to start without it", a->kept[i]->path);
			return text;
		}
	if (!a->sel.enough)
		return a->sel.enough_if_clean ?
			"\nNot enough devices to start the array while not clean "
			"- consider --force." :
			"\nNot enough devices to start the array.";
	if (a->kept[a->lead]->array.reshape)
		return "\nit is in the middle of a reshape, and one that needs its backup file "
		       "cannot be continued by this version";
	return NULL;
}

/*
 * A RAID6 that was forced to run with one member missing has a parity to spare, and may hold
 * writes that only some members saw.
 */
static bool wants_repair(const struct assemble *a)
{
	const struct geometry *g = &a->kept[a->lead]->array.geo;

	return g->level == LEVEL_RAID6 && forces(a) && a->sel.current + 1 == g->raid_disks;
}

static void plan_start(const struct assemble *a, struct plan *p)
{
	bool readonly = a->run->req->readonly || a->verdict == MAY_START_READONLY;
	char hint[300];

	plan_start_array(p, readonly ? START_READONLY : START_RUN, a->name.path, a->name.devnm,
			 start_hint(a, hint, sizeof(hint)));
	mode_plan_attributes(&a->run->conf, &a->kept[a->lead]->array.uuid, &a->name, p);
	if (wants_repair(a) && !readonly)
		plan_repair(p, a->name.path, a->name.devnm);
}

/* What was asked for is done or refused; what an ARRAY line says must not keep an array from starting. */
static int plan_bitmap_file(const struct assemble *a, struct plan *p, struct err *err)
{
	const struct member *lead = a->kept[a->lead];
	const char *file = a->run->req->bitmap_file;
	char *real autofree = NULL;
	int rc;

	if (!file) {
		mode_plan_bitmap(a->line, lead, &a->name, p);
		return 0;
	}
	rc = mode_check_bitmap_file(file, lead, &real, err);
	if (rc)
		return err_prefix(err, rc, "cannot assemble %s: ", a->name.path);
	plan_set_bitmap_file(p, a->name.path, real, false);
	return 0;
}

int assemble_plan(struct assemble *a, struct plan *p, struct err *err)
{
	const struct array_info *info = &a->kept[a->lead]->array;
	size_t *order autofree = xcalloc(a->n, sizeof(*order));
	size_t n = select_order(a->who, a->n, &a->sel, order);
	int rc = assemble_update_number(a, err);

	if (rc)
		return rc;
	plan_map_entry(a, p);
	rc = plan_members(a, order, n, p, err);
	if (rc)
		return rc;
	if (!*a->host)
		plan_set_version(p, info->major, info->minor, a->name.path);
	for (size_t k = 0; k < n; k++)
		if (!a->kept[order[k]]->held)
			plan_add(a, order[k], p);
	rc = plan_bitmap_file(a, p, err);
	if (rc)
		return rc;
	if (!a->waits)
		plan_start(a, p);
	return 0;
}
