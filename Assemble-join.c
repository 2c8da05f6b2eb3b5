// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-join.c - the array that has some of the members already and was not started, as udev's
 * --incremental leaves it: found, and judged whether the rest may join.
 * Part of the mode --assemble: it says what is in the way.  Changes nothing.
 */
#include <string.h>

#include "Assemble.h"
#include "group.h"
#include "mapfile.h"
#include "say.h"
#include "util.h"

static bool is_meant(const struct assemble *a, const struct candidate *c)
{
	if (a->listed && !c->listed)
		return false;
	if (c->m.rc || !c->m.id.rdev || c->taken)
		return false;
	return (a->group == GROUP_NONE || a->group == c->group) &&
	       !assemble_wrong_identity(a, &c->m);
}

static int refuse_join(const struct assemble *a, const char *member)
{
	say_error("%s is in %s, which was not started and cannot be as it is: "
		  "stop that first (mdadm --stop /dev/%s)", member, a->host, a->host);
	return STATUS_FAILED;
}

/* By one of the devices that are meant: which waiting array has it? */
static int host_of_members(struct assemble *a)
{
	const struct assembly *r = a->run;

	for (size_t i = 0; i < r->n_dev; i++) {
		const struct candidate *c = r->dev[i];

		if (!*c->host || !is_meant(a, c))
			continue;
		if (*a->host && strcmp(a->host, c->host) != 0) {
			say_error("%s is in %s and others are in %s, none of them started: "
				  "stop one of these first (mdadm --stop /dev/%s)",
				  c->m.path, c->host, a->host, c->host);
			return STATUS_FAILED;
		}
		copy_text(a->host, sizeof(a->host), c->host);
	}
	return 0;
}

/* By the superblock of the first: which waiting array has others of its kind? */
static void host_of_others(struct assemble *a)
{
	const struct assembly *r = a->run;
	const struct candidate *first = NULL;

	for (size_t i = 0; i < r->n_dev && !first; i++)
		if (is_meant(a, r->dev[i]))
			first = r->dev[i];
	for (size_t i = 0; first && i < r->n_dev; i++) {
		const struct candidate *c = r->dev[i];

		if (!*c->host || c->m.rc || super_difference(first->m.super, c->m.super))
			continue;
		copy_text(a->host, sizeof(a->host), c->host);
		return;
	}
}

/* The members that the array has count as if they had been named. */
static int check_held(const struct assemble *a)
{
	const struct assembly *r = a->run;

	for (size_t i = 0; i < r->n_dev; i++) {
		const struct candidate *c = r->dev[i];

		if (strcmp(c->host, a->host) == 0 &&
		    (c->m.rc || assemble_wrong_identity(a, &c->m)))
			return refuse_join(a, c->m.path);
	}
	return 0;
}

int assemble_find_host(struct assemble *a)
{
	int rc = host_of_members(a);

	if (!rc && !*a->host && a->group == GROUP_NONE)
		host_of_others(a);
	return rc || !*a->host ? rc : check_held(a);
}

/* The array keeps the name that it was given when its first member came. */
static void take_name(struct assemble *a)
{
	const struct map_entry *e = map_by_devnm(&a->run->map, a->host);

	copy_text(a->name.devnm, sizeof(a->name.devnm), a->host);
	if (e)
		copy_text(a->name.path, sizeof(a->name.path), e->path);
	else
		snprintf(a->name.path, sizeof(a->name.path), "/dev/%s", a->host);
}

/* All that are to be had are in it already: it waits because they are not enough. */
static int nothing_joins(const struct assemble *a)
{
	say_note("%s waits for more members: nothing is added to it "
		 "(mdadm --run %s starts it as it is)", a->name.path, a->name.path);
	return STATUS_UNSUITABLE;
}

/* All that worked last time are in it: who put the last one in did not come to start it. */
static bool is_whole(struct assemble *a)
{
	return assemble_choose(a) == SELECT_OK && a->sel.enough && !a->sel.need_journal &&
	       a->sel.present >= a->sel.working;
}

int assemble_name_host(struct assemble *a)
{
	const struct assembly *r = a->run;
	size_t kept = 0, held = 0;

	for (size_t i = 0; i < a->n; i++)
		kept += !strcmp(candidate_of(a->kept[i])->host, a->host) && *a->host;
	for (size_t i = 0; i < r->n_dev; i++)
		held += !strcmp(r->dev[i]->host, a->host) && *a->host;
	if (kept && kept < held)
		return refuse_join(a, a->kept[0]->path);
	/* of another array than the one that is meant, after all */
	if (!kept) {
		a->host[0] = '\0';
		return 0;
	}
	take_name(a);
	if (kept < a->n || a->listed || r->req->run)
		return 0;
	return is_whole(a) ? 0 : nothing_joins(a);
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
			return refuse_join(a, a->kept[i]->path);
	}
	if (*a->host)
		say_note("Merging with already-assembled %s", a->name.path);
	return 0;
}
