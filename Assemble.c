// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble.c - the mode --assemble, from the request to the running array: find the
 * members, select (pure), say what stands in the way, then run a plan that takes itself
 * back when it fails.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "Assemble.h"
#include "mdstat.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

/* --- what was asked for --- */

/* The md device that a path leads to: 0, -ENOENT nothing is there, -ENOTBLK something else. */
static int md_at(const char *path, char devnm[33])
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISBLK(st.st_mode) || sysfs_md_devnm(st.st_rdev, devnm, 33))
		return -ENOTBLK;
	return 0;
}

/* The name may be that of something else. */
static int check_path(const struct assemble *a)
{
	char devnm[33];

	if (md_at(a->name.path, devnm) != -ENOTBLK)
		return 0;
	say_error("device %s exists but is not an md array.", a->name.path);
	return STATUS_FAILED;
}

/* Or of another array; the one that the members join has it already. */
static int check_name_free(const struct assemble *a)
{
	struct mdstat running cleanup(mdstat_free) = { 0 };
	char devnm[33];

	if (a->name.devnm[0] || md_at(a->name.path, devnm))
		return 0;
	mdstat_read(&running, NULL);
	if (mdstat_find(&running, devnm)) {
		say_error("%s is already in use: it is %s", a->name.path, devnm);
		return STATUS_FAILED;
	}
	return 0;
}

static int name_array(struct assemble *a)
{
	struct err err;

	if (devnode_parse_name(a->req->dev[0].name, &a->name, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	return check_path(a);
}

static int check_super_minor(struct assemble *a)
{
	const struct request *r = a->req;
	char devnm[33];
	dev_t rdev;

	a->have_super_minor = r->have_super_minor;
	a->super_minor = r->super_minor;
	if (!r->have_super_minor || !r->super_minor_dev)
		return 0;
	if (md_at(a->name.path, devnm) || sysfs_devnm_rdev(devnm, &rdev)) {
		say_error("--super-minor=dev given, and listed device %s doesn't exist.",
			  r->dev[0].name);
		return STATUS_FAILED;
	}
	a->super_minor = minor(rdev);
	return 0;
}

/* Without devices and without an identity only the configuration could tell. */
static int check_identity(const struct assemble *a)
{
	const struct request *r = a->req;

	if (a->listed || r->have_uuid || r->name || r->have_super_minor)
		return 0;
	for (size_t i = 0; i < a->conf.n_array; i++) {
		const char *name = a->conf.array[i].name;

		if (name && (!strcmp(name, r->dev[0].name) || !strcmp(name, a->name.path))) {
			say_error("assembly by an ARRAY line is not available in this version: "
				  "name the devices of %s", a->name.path);
			return STATUS_USAGE;
		}
	}
	say_error("%s not identified in config file.", r->dev[0].name);
	return STATUS_FAILED;
}

static int check_request(struct assemble *a)
{
	int rc = mode_metadata(a->req->metadata, &a->fmt, &a->minor);

	if (!rc)
		rc = name_array(a);
	if (!rc)
		rc = check_super_minor(a);
	return rc ? rc : check_identity(a);
}

/* --- who belongs to it, and is it enough --- */

static void count_text(char *out, size_t cap, unsigned drives, unsigned out_of,
		       const struct selection *s)
{
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

static void say_forced(const struct assemble *a)
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

	count_text(count, sizeof(count), s->current, 0, s);
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

static int decide(struct assemble *a)
{
	const struct request *r = a->req;
	size_t freshest;
	int rc;

	a->who = xcalloc(a->n, sizeof(*a->who));
	freshest = members_line_up(a->kept, a->n, a->who);
	switch (select_members(a->who, a->n, freshest, &a->sel)) {
	case SELECT_EMPTY:
		say_no_slots(a);
		return STATUS_FAILED;
	case SELECT_TWINS:
		say_twins(a);
		return STATUS_FAILED;
	case SELECT_NONSENSE:
		say_error("superblock on %s speaks of %u devices, which cannot be",
			  a->kept[freshest]->path, a->kept[freshest]->array.geo.raid_disks);
		return STATUS_FAILED;
	case SELECT_OK:
		break;
	}
	if (r->force)
		select_force(a->who, a->n, &a->sel);
	rc = say_standings(a);
	if (rc)
		return rc;
	a->verdict = select_start(&a->sel, r->run, r->force, !a->listed);
	if (a->verdict == MAY_START || a->verdict == MAY_START_READONLY)
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

static void say_added(const struct assemble *a)
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

static int start(struct assemble *a)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(a->req);
	char *title autofree = xasprintf("assemble %s", a->name.path);
	struct err err;
	int rc = assemble_start(a, p, &err);

	if (plan_map_failure(p)->text[0])
		say_error("%s\ngoing on without the map of arrays", plan_map_failure(p)->text);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	mode_tell_plan(a->req, p, title);
	mode_tell_undo(p);
	return 0;
}

static int walk(struct assemble *a)
{
	char count[200];
	int rc = check_request(a);

	if (rc)
		return rc;
	mode_clear_left(a->req);
	rc = assemble_find_members(a);
	if (!rc)
		rc = check_name_free(a);
	if (!rc)
		rc = assemble_update(a);
	if (!rc)
		rc = decide(a);
	if (!rc)
		rc = assemble_check_join(a);
	if (!rc)
		rc = start(a);
	if (rc || a->req->dry_run)
		return rc;
	if (a->verdict == MAY_START_READONLY)
		say_note("Journal is missing or stale, starting array read only.");
	say_forced(a);
	say_added(a);
	/* /dev/md/NAME must be there when the command returns. */
	mode_establish(&a->name, &a->conf);
	count_text(count, sizeof(count), a->sel.current, a->sel.raid_disks, &a->sel);
	say_note("%s has been started with %s.", a->name.path, count);
	return STATUS_OK;
}

static int Assemble(const struct request *r)
{
	struct request asked = *r;
	struct assemble a = { .req = &asked, .listed = r->n_dev > 1 };
	int status;

	assemble_take_update(&a, &asked);
	mode_load_config(r, &a.conf, a.homehost, sizeof(a.homehost));
	status = walk(&a);
	selection_free(&a.sel);
	free(a.who);
	free(a.kept);
	members_free(a.member, a.n_member);
	config_free(&a.conf);
	return status;
}

const struct mode mode_assemble = {
	.name = "assemble",
	.id = MODE_ASSEMBLE,
	.needs_root = true,
	.run = Assemble,
};
