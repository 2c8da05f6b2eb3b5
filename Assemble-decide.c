// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-decide.c - whether the members of an array are to be believed and suffice: select (pure)
 * decides, this file says it. Part of the mode --assemble.  Changes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "Assemble.h"
#include "blkdev.h"
#include "say.h"
#include "util.h"

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

void assemble_count_text(const struct assemble *a, unsigned drives, unsigned out_of, char *out,
			 size_t cap)
{
	const struct selection *s = &a->sel;
	FILE *f = fmemopen(out, cap, "w");

	if (!f)
		return;
	fprintf(f, "%u drive%s", drives, plural(drives));
	if (drives < out_of)
		fprintf(f, " (out of %u)", out_of);
	if (s->rebuilding)
		fprintf(f, " and %u rebuilding", s->rebuilding);
	if (s->spares)
		fprintf(f, " and %u spare%s", s->spares, plural(s->spares));
	if (s->journals)
		fprintf(f, " and %u journal", s->journals);
	fclose(f);
}

static void say_twins(const struct assemble *a)
{
	const char *one = a->kept[a->sel.twin[0]]->path, *two = a->kept[a->sel.twin[1]]->path;

	say_error("%s and %s appear to have very similar superblocks.\n"
		  "If they are really different, please --zero the superblock on one;\n"
		  "if they are the same or overlap, please name only one of them.", one, two);
}

/* Says which members are not what they seem. */
static int say_standings(const struct assemble *a)
{
	const char *freshest = a->kept[a->sel.freshest]->path;

	for (size_t i = 0; i < a->n; i++) {
		const struct member *m = a->kept[i];

		switch (a->who[i].standing) {
		case STAND_DENIES:
			say_error("ignoring %s as it reports %s as failed", m->path, freshest);
			break;
		case STAND_DENIED:
			say_error("ignoring %s as %s reports it as failed", m->path, freshest);
			break;
		case STAND_OUSTED:
			say_verbose("%s is not used: a newer device has its slot or number",
				    m->path);
			break;
		case STAND_STRAY:
			say_verbose("%s is not used: a spare newer than the array", m->path);
			break;
		case STAND_NO_SLOT:
			say_error("%s claims slot %d of an array of %u devices - assembly aborted",
				  m->path, m->disk.slot, a->sel.raid_disks);
			return STATUS_FAILED;
		case STAND_CURRENT:
		case STAND_REBUILDING:
		case STAND_STALE:
		case STAND_SPARE:
		case STAND_JOURNAL:
		case STAND_STALE_JOURNAL:
			break;
		}
	}
	return 0;
}

void assemble_say_forced(const struct assemble *a)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct disk_info *d = &a->kept[i]->disk;

		if (!a->who[i].forced)
			continue;
		if (d->events != a->sel.events)
			say_note("forcing event count in %s(%d) from %llu up to %llu",
				 a->kept[i]->path, d->slot, (unsigned long long)d->events,
				 (unsigned long long)a->sel.events);
		if (a->who[i].denied)
			say_note("clearing FAULTY flag for device %d in %s for %s", d->number,
				 a->name.path, a->kept[i]->path);
	}
	if (a->sel.mark_clean)
		say_note("Marking array %s as 'clean'", a->name.path);
}

/* Slots from..to-1 for which nothing was there to be handed to the kernel. */
static void say_empty_slots(const struct assemble *a, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		size_t k = a->sel.seat[2 * (size_t)i];

		if (k == SEAT_EMPTY || a->who[k].standing == STAND_DENIES ||
		    a->who[k].standing == STAND_DENIED)
			say_verbose("no uptodate device for slot %u of %s", i, a->name.path);
	}
}

static void say_not_started(const struct assemble *a)
{
	const struct selection *s = &a->sel;
	char count[200];

	assemble_count_text(a, s->current, 0, count, sizeof(count));
	switch (a->verdict) {
	case NEED_JOURNAL:
		say_error("Not safe to assemble with missing or stale journal device, "
			  "consider --force.");
		break;
	case NEED_ALL:
		say_error("%s assembled from %s - need all %u to start it (use --run to insist).",
			  a->name.path, count, s->working);
		break;
	case NEED_MORE:
		say_error("%s assembled from %s - need %u to start (use --run to insist).",
			  a->name.path, count, s->working);
		break;
	case NOT_ENOUGH_DIRTY:
		say_error("%s assembled from %s - not enough to start the array while not clean "
			  "- consider --force.", a->name.path, count);
		break;
	case NOT_ENOUGH:
		say_error("%s assembled from %s - not enough to start the array.", a->name.path,
			  count);
		break;
	case MAY_START:
	case MAY_START_READONLY:
		break;
	}
}

/* There are only spares: select has not counted. */
static void say_no_slots(struct assemble *a)
{
	a->verdict = NOT_ENOUGH;
	for (size_t i = 0; i < a->n; i++)
		a->sel.spares += a->who[i].disk->role == ROLE_SPARE;
	say_not_started(a);
}

static void introduce(const struct assemble *a)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct disk_info *d = &a->kept[i]->disk;

		say_verbose("%s is identified as a member of %s, slot %d%s.", a->kept[i]->path,
			    a->name.path, d->slot,
			    d->role == ROLE_REPLACEMENT ? " replacement" : "");
	}
}

static void drop_kept(struct assemble *a, size_t i)
{
	memmove(&a->kept[i], &a->kept[i + 1], (--a->n - i) * sizeof(*a->kept));
}

/*
 * Of a disk and its partition that show the same superblock the partition is taken: the data of an
 * array on the whole disk would hardly end where a partition does.
 */
static bool drop_disk_of_partition(struct assemble *a)
{
	const size_t *twin = a->sel.twin;
	const struct member *one = a->kept[twin[0]], *two = a->kept[twin[1]];
	bool first = member_is_through(one, two);

	if (a->listed || one->held || two->held || (!first && !member_is_through(two, one)))
		return false;
	say_note("%s and its partition %s show the same superblock: the partition is taken",
		 first ? two->path : one->path, first ? one->path : two->path);
	drop_kept(a, first ? twin[1] : twin[0]);
	return true;
}

enum select_verdict assemble_choose(struct assemble *a)
{
	enum select_verdict verdict;

	for (;;) {
		free(a->who);
		selection_free(&a->sel);
		a->sel = (struct selection){ .freshest = 0 };
		a->who = xcalloc(a->n, sizeof(*a->who));
		a->lead = members_line_up(a->kept, a->n, a->who);
		verdict = select_members(a->who, a->n, a->lead, &a->sel);
		if (a->lead == SEAT_EMPTY)
			a->lead = 0;
		if (verdict != SELECT_TWINS || !drop_disk_of_partition(a))
			return verdict;
	}
}

static int say_verdict(struct assemble *a, enum select_verdict verdict)
{
	const struct member *lead = a->kept[a->lead];

	switch (verdict) {
	case SELECT_EMPTY:
		say_no_slots(a);
		return STATUS_FAILED;
	case SELECT_TWINS:
		say_twins(a);
		a->trouble = true;
		return STATUS_FAILED;
	case SELECT_NONSENSE:
		say_error("superblock on %s speaks of %u devices, which cannot be", lead->path,
			  lead->array.geo.raid_disks);
		a->trouble = true;
		return STATUS_FAILED;
	case SELECT_OK:
		break;
	}
	return 0;
}

int assemble_decide(struct assemble *a)
{
	const struct request *r = a->run->req;
	enum select_verdict verdict = assemble_choose(a);
	int rc = assemble_name(a);

	if (rc)
		return rc;
	introduce(a);
	rc = say_verdict(a, verdict);
	if (rc)
		return rc;
	if (r->force)
		select_force(a->who, a->n, &a->sel);
	rc = say_standings(a);
	if (rc)
		return rc;
	a->verdict = select_start(&a->sel, r->run, r->force,
				  !a->listed && !r->no_degraded && !a->passing);
	if (a->verdict == MAY_START || a->verdict == MAY_START_READONLY)
		return 0;
	a->waits = r->no_degraded;
	if (a->waits)
		return 0;
	say_empty_slots(a, 0, a->sel.raid_disks);
	say_not_started(a);
	return STATUS_FAILED;
}

/* --- afterwards --- */

static void say_one_added(const struct assemble *a, size_t i)
{
	const struct member *m = a->kept[i];

	say_verbose("added %s to %s as %d%s%s", m->path, a->name.path, m->disk.slot,
		    m->disk.role == ROLE_REPLACEMENT ? " replacement" : "",
		    a->who[i].standing == STAND_STALE ? " (possibly out of date)" : "");
}

void assemble_say_added(const struct assemble *a)
{
	size_t *order autofree = xcalloc(a->n, sizeof(*order));
	size_t n = select_order(a->who, a->n, &a->sel, order);
	uint32_t slot = 0;

	for (size_t k = 0; k + 1 < n; k++) {
		int at = a->kept[order[k]]->disk.slot;
		uint32_t next = at < 0 ? a->sel.raid_disks : (uint32_t)at + 1;

		say_empty_slots(a, slot, next);
		slot = MAX(slot, next);
		say_one_added(a, order[k]);
	}
	say_empty_slots(a, slot, a->sel.raid_disks);
	say_one_added(a, order[n - 1]);
}
