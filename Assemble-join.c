// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-join.c - the array that has some of the members already and was not started, as udev's
 * --incremental leaves it: found, and judged whether the rest may join.
 * Part of the mode --assemble: it says what is in the way.  Changes nothing.
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "Assemble.h"
#include "array.h"
#include "mapfile.h"
#include "mdstat.h"
#include "say.h"
#include "util.h"

static bool is_waiting(const struct mdstat *now, const char *devnm)
{
	const struct mdstat_entry *e = mdstat_find(now, devnm);

	return e && !e->active && strncmp(e->metadata, "external", 8) != 0;
}

static bool is_meant(const struct assemble *a, const struct member *m)
{
	return m->rc == 0 && m->id.rdev && !assemble_wrong_identity(a, m);
}

/* By one of the devices that were named: which waiting array has it? */
static int host_of_members(struct assemble *a, const struct mdstat *now)
{
	for (size_t i = 0; i < a->n_member; i++) {
		const struct member *m = &a->member[i];
		char devnm[33];

		if (!is_meant(a, m) || !blk_md_holder(m->id.rdev, devnm) || !is_waiting(now, devnm))
			continue;
		if (*a->host && strcmp(a->host, devnm) != 0) {
			say_error("%s is in %s and others are in %s, none of them started: "
				  "stop one of these first (mdadm --stop /dev/%s)",
				  m->path, devnm, a->host, devnm);
			return STATUS_FAILED;
		}
		copy_text(a->host, sizeof(a->host), devnm);
	}
	return 0;
}

static struct array *load_waiting(const char *devnm)
{
	char *path autofree = xasprintf("/dev/%s", devnm);
	struct array *array = NULL;

	return array_load(path, ARRAY_MEMBERS, NULL, &array, NULL) ? NULL : array;
}

/* Does the array hold a member of the same array as m? */
static bool is_host_for(const struct assemble *a, const char *devnm, const struct member *m)
{
	struct array *array cleanup(array_cleanup) = load_waiting(devnm);
	struct member other = { 0 };
	bool same = false;

	if (!array || !array->n_member || !array->member[0].path)
		return false;
	member_probe(&other, array->member[0].path, a->fmt, a->minor, 0);
	if (other.rc == 0)
		same = !assemble_difference(m->super, other.super);
	member_free(&other);
	return same;
}

/* By the superblock of the first: which waiting array has others of its kind? */
static void host_of_others(struct assemble *a, const struct mdstat *now)
{
	const struct member *m = a->member;

	while (m < a->member + a->n_member && !is_meant(a, m))
		m++;
	if (m == a->member + a->n_member)
		return;
	for (size_t i = 0; i < now->n && !*a->host; i++)
		if (is_waiting(now, now->entry[i].devnm) && is_host_for(a, now->entry[i].devnm, m))
			copy_text(a->host, sizeof(a->host), now->entry[i].devnm);
}

static struct member *find_member(struct assemble *a, dev_t rdev)
{
	for (size_t i = 0; i < a->n_member; i++)
		if (a->member[i].rc == 0 && a->member[i].id.rdev == rdev)
			return &a->member[i];
	return NULL;
}

/* The members that the array has count as if they had been named. */
static int add_held(struct assemble *a)
{
	struct array *array cleanup(array_cleanup) = load_waiting(a->host);
	size_t cap = a->n_member;

	for (size_t i = 0; array && i < array->n_member; i++) {
		const struct array_member *h = &array->member[i];
		struct member *m = find_member(a, makedev((unsigned)h->disk.major,
							  (unsigned)h->disk.minor));

		if (!m && h->path) {
			a->member = xgrow(a->member, &cap, a->n_member, sizeof(*a->member));
			m = &a->member[a->n_member++];
			member_probe(m, h->path, a->fmt, a->minor, 0);
		}
		if (!m || m->rc || assemble_wrong_identity(a, m))
			return assemble_refuse_join(a, h->path ?: h->kname);
		m->held = true;
	}
	return 0;
}

int assemble_find_host(struct assemble *a)
{
	struct mdstat now cleanup(mdstat_free) = { 0 };
	int rc;

	if (mdstat_read(&now, NULL))
		return 0;
	rc = host_of_members(a, &now);
	if (!rc && !*a->host)
		host_of_others(a, &now);
	return rc || !*a->host ? rc : add_held(a);
}

int assemble_refuse_join(const struct assemble *a, const char *member)
{
	say_error("%s is in %s, which was not started and cannot be as it is: "
		  "stop that first (mdadm --stop /dev/%s)", member, a->host, a->host);
	return STATUS_FAILED;
}

/* The array keeps the name that it was given when its first member came. */
static void take_name(struct assemble *a)
{
	copy_text(a->name.devnm, sizeof(a->name.devnm), a->host);
	map_known_path(a->host, a->name.path, sizeof(a->name.path));
	if (!*a->name.path)
		snprintf(a->name.path, sizeof(a->name.path), "/dev/%s", a->host);
}

int assemble_name_host(struct assemble *a)
{
	size_t kept = 0, held = 0;

	for (size_t i = 0; i < a->n; i++)
		kept += a->kept[i]->held;
	for (size_t i = 0; i < a->n_member; i++)
		held += a->member[i].held;
	if (kept && kept < held)
		return assemble_refuse_join(a, a->kept[0]->path);
	/* of another array than the one that is meant, after all */
	if (!kept)
		a->host[0] = '\0';
	else
		take_name(a);
	return 0;
}

/* What the array holds is neither written nor left out. */
int assemble_check_join(const struct assemble *a)
{
	for (size_t i = 0; i < a->n; i++) {
		bool used = false;

		switch (a->who[i].standing) {
		case STAND_CURRENT:
		case STAND_REBUILDING:
		case STAND_STALE:
		case STAND_SPARE:
		case STAND_JOURNAL:
			used = !assemble_writes(a, i);
			break;
		case STAND_STALE_JOURNAL:
		case STAND_DENIES:
		case STAND_DENIED:
		case STAND_OUSTED:
		case STAND_STRAY:
		case STAND_NO_SLOT:
			break;
		}
		if (a->kept[i]->held && (!used || !a->sel.enough))
			return assemble_refuse_join(a, a->kept[i]->path);
	}
	if (*a->host)
		say_note("Merging with already-assembled %s", a->name.path);
	return 0;
}
