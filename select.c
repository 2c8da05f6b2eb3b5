// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * select.c - see select.h.  Pure; uses geometry only.
 */
#include <string.h>

#include "select.h"
#include "util.h"

static size_t seats(const struct selection *s)
{
	return 2 * (size_t)s->raid_disks;
}

/* A reshape that shrinks the array needs the slots that it leaves until it is done. */
static uint32_t slots_of(const struct array_info *a)
{
	return a->geo.raid_disks + a->leaving_disks;
}

static bool claims_slot(const struct disk_info *d)
{
	return (d->role == ROLE_ACTIVE || d->role == ROLE_REPLACEMENT) && d->slot >= 0;
}

static bool fresher(const struct disk_info *a, const struct disk_info *b)
{
	if (a->events != b->events)
		return a->events > b->events;
	return b->recovering && !a->recovering;
}

size_t select_freshest(const struct contender *c, size_t n)
{
	size_t best = SEAT_EMPTY;

	for (size_t i = 0; i < n; i++) {
		const struct disk_info *d = c[i].disk;

		if (!claims_slot(d) || (uint32_t)d->slot >= slots_of(c[i].array))
			continue;
		if (best == SEAT_EMPTY || fresher(d, c[best].disk))
			best = i;
	}
	return best;
}

/*
 * Members may differ by one event, a crash between two superblock writes does that, and the
 * kernel takes them.  But when the last one written says that the other had failed
 * just then, the other has missed something.
 */
static enum standing standing_in_slot(const struct contender *c, const struct selection *s)
{
	const struct disk_info *d = c->disk;

	if ((uint32_t)d->slot >= s->raid_disks)
		return STAND_NO_SLOT;
	if (c->denies)
		return STAND_DENIES;
	if (d->events < s->events && s->events - d->events > 1)
		return STAND_STALE;
	if (c->denied && d->events < s->events)
		return STAND_DENIED;
	return d->recovering ? STAND_REBUILDING : STAND_CURRENT;
}

static enum standing standing_of(const struct contender *c, const struct selection *s)
{
	uint64_t events = c->disk->events;

	switch (c->disk->role) {
	case ROLE_ACTIVE:
	case ROLE_REPLACEMENT:
		return c->disk->slot < 0 ? STAND_NO_SLOT : standing_in_slot(c, s);
	case ROLE_JOURNAL:
		return events < s->events && s->events - events > 1 ? STAND_STALE_JOURNAL :
			STAND_JOURNAL;
	case ROLE_SPARE:
	case ROLE_FAULTY:
		break;
	}
	return events > s->events ? STAND_STRAY : STAND_SPARE;
}

/* Puts contender i into its seat, or keeps the newer one there. */
static enum select_verdict take_seat(struct contender *c, size_t i, struct selection *s)
{
	const struct disk_info *d = c[i].disk;
	size_t *seat = &s->seat[2 * (size_t)d->slot + (d->role == ROLE_REPLACEMENT)];
	size_t other = *seat;

	if (other == SEAT_EMPTY) {
		*seat = i;
	} else if (c[other].disk->events == d->events) {
		s->twin[0] = other;
		s->twin[1] = i;
		return SELECT_TWINS;
	} else if (c[other].disk->events < d->events) {
		c[other].standing = STAND_OUSTED;
		*seat = i;
	} else {
		c[i].standing = STAND_OUSTED;
	}
	return SELECT_OK;
}

static bool takes_part(enum standing standing)
{
	return standing == STAND_CURRENT || standing == STAND_REBUILDING ||
	       standing == STAND_STALE;
}

static bool goes_to_kernel(enum standing standing)
{
	return takes_part(standing) || standing == STAND_JOURNAL || standing == STAND_SPARE;
}

static void oust(struct contender *c, size_t i, struct selection *s)
{
	c[i].standing = STAND_OUSTED;
	for (size_t k = 0; k < seats(s); k++)
		if (s->seat[k] == i)
			s->seat[k] = SEAT_EMPTY;
}

/* One of two members with one number must go: the kernel takes no two. */
static enum select_verdict part(struct contender *c, size_t i, size_t k, struct selection *s)
{
	size_t older = c[i].disk->events < c[k].disk->events ? i : k;

	if (c[i].disk->events == c[k].disk->events || older == s->freshest ||
	    c[older].standing == STAND_CURRENT) {
		s->twin[0] = i;
		s->twin[1] = k;
		return SELECT_TWINS;
	}
	oust(c, older, s);
	return SELECT_OK;
}

static enum select_verdict part_same_numbers(struct contender *c, size_t n, struct selection *s)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && goes_to_kernel(c[i].standing); k++)
			if (c[i].disk->number == c[k].disk->number &&
			    goes_to_kernel(c[k].standing) && part(c, i, k, s) != SELECT_OK)
				return SELECT_TWINS;
	return SELECT_OK;
}

static bool seat_is(const struct contender *c, const struct selection *s, size_t k,
		    enum standing standing)
{
	return s->seat[k] != SEAT_EMPTY && c[s->seat[k]].standing == standing;
}

static bool slot_current(const struct contender *c, const struct selection *s, uint32_t slot)
{
	return seat_is(c, s, 2 * (size_t)slot, STAND_CURRENT) ||
	       seat_is(c, s, 2 * (size_t)slot + 1, STAND_CURRENT);
}

static bool runs(const struct contender *c, const struct selection *s, bool clean)
{
	bool *have autofree = xcalloc(s->raid_disks, sizeof(*have));
	struct geometry shape;

	for (uint32_t i = 0; i < s->raid_disks; i++)
		have[i] = slot_current(c, s, i);
	shape = c[s->freshest].array->geo;
	if (shape.raid_disks != s->raid_disks && !geometry_enough(&shape, clean, have))
		return false;
	shape.raid_disks = s->raid_disks;
	return geometry_enough(&shape, clean, have);
}

static void take_stock(const struct contender *c, size_t n, struct selection *s)
{
	const struct array_info *a = c[s->freshest].array;

	s->current = s->present = s->rebuilding = s->spares = s->journals = 0;
	for (uint32_t i = 0; i < s->raid_disks; i++) {
		bool current = slot_current(c, s, i);

		s->current += current;
		s->present += current || seat_is(c, s, 2 * (size_t)i, STAND_REBUILDING);
	}
	for (size_t i = 0; i < n; i++) {
		s->rebuilding += c[i].standing == STAND_REBUILDING;
		s->spares += c[i].standing == STAND_SPARE;
		s->journals += c[i].standing == STAND_JOURNAL;
	}
	s->need_journal = a->journal && !s->journals;
	s->clean = a->clean || a->ppl || s->journals || s->mark_clean;
	s->enough = runs(c, s, s->clean);
	s->enough_if_clean = runs(c, s, true);
}

static void selection_init(struct selection *s, const struct contender *c, size_t freshest)
{
	s->freshest = freshest;
	s->events = c[freshest].disk->events;
	s->working = c[freshest].array->working_disks;
	s->raid_disks = slots_of(c[freshest].array);
	s->seat = xcalloc(seats(s), sizeof(*s->seat));
	for (size_t k = 0; k < seats(s); k++)
		s->seat[k] = SEAT_EMPTY;
}

enum select_verdict select_members(struct contender *c, size_t n, size_t freshest,
				   struct selection *s)
{
	memset(s, 0, sizeof(*s));
	if (freshest == SEAT_EMPTY)
		return SELECT_EMPTY;
	if (slots_of(c[freshest].array) > SELECT_MAX_DISKS)
		return SELECT_NONSENSE;
	selection_init(s, c, freshest);
	for (size_t i = 0; i < n; i++) {
		enum select_verdict v = SELECT_OK;

		c[i].forced = false;
		c[i].standing = standing_of(&c[i], s);
		if (claims_slot(c[i].disk) && c[i].standing != STAND_NO_SLOT)
			v = take_seat(c, i, s);
		if (v != SELECT_OK)
			return v;
	}
	if (part_same_numbers(c, n, s) != SELECT_OK)
		return SELECT_TWINS;
	take_stock(c, n, s);
	return SELECT_OK;
}

/* Parts of one reshape that stopped at different places do not make an array. */
static bool same_reshape(const struct array_info *a, const struct array_info *b)
{
	return a->reshape == b->reshape &&
	       (!a->reshape || a->reshape_position_sec == b->reshape_position_sec);
}

/* What is forced is written under its number into all the others. */
static bool has_number(const struct contender *c, size_t n, size_t i)
{
	for (size_t k = 0; k < n; k++)
		if (k != i && c[k].disk->number == c[i].disk->number &&
		    c[k].standing != STAND_OUSTED)
			return false;
	return !c[i].misnumbered;
}

static bool promotable(const struct contender *c, size_t n, size_t i,
		       const struct contender *freshest)
{
	enum standing now = c[i].standing;

	return (now == STAND_STALE || now == STAND_DENIES || now == STAND_DENIED) &&
	       !c[i].disk->recovering && same_reshape(c[i].array, freshest->array) &&
	       has_number(c, n, i);
}

/* Makes the newest of those that are not current so. False when there is none. */
static bool promote_newest(struct contender *c, size_t n, const struct contender *freshest)
{
	uint64_t newest = 0;
	bool found = false;

	for (size_t i = 0; i < n; i++)
		if (promotable(c, n, i, freshest)) {
			newest = MAX(newest, c[i].disk->events);
			found = true;
		}
	for (size_t i = 0; i < n; i++)
		if (promotable(c, n, i, freshest) && c[i].disk->events == newest) {
			c[i].standing = STAND_CURRENT;
			c[i].forced = true;
		}
	return found;
}

static void demote(struct contender *c, size_t n, const struct selection *s)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].forced) {
			c[i].forced = false;
			c[i].standing = standing_of(&c[i], s);
		}
}

static bool has_parity(int level)
{
	return level == LEVEL_RAID4 || level == LEVEL_RAID5 || level == LEVEL_RAID6;
}

void select_force(struct contender *c, size_t n, struct selection *s)
{
	bool enough = runs(c, s, true);

	while (!enough && promote_newest(c, n, &c[s->freshest]))
		enough = runs(c, s, true);
	if (!enough)
		demote(c, n, s);
	take_stock(c, n, s);
	if (enough && !s->enough && has_parity(c[s->freshest].array->geo.level)) {
		s->mark_clean = true;
		take_stock(c, n, s);
	}
}

enum select_start select_start(const struct selection *s, bool run, bool force, bool degraded_ok)
{
	if (s->need_journal && !force)
		return NEED_JOURNAL;
	if (s->need_journal && (run || s->enough_if_clean))
		return MAY_START_READONLY;
	if (run)
		return MAY_START;
	if (!s->enough)
		return s->enough_if_clean ? NOT_ENOUGH_DIRTY : NOT_ENOUGH;
	if (s->present >= s->working || force || degraded_ok)
		return MAY_START;
	return s->working == s->raid_disks ? NEED_ALL : NEED_MORE;
}

/* Not one that was promoted: what it says of the others is old. */
static size_t last_of_order(const struct contender *c, const struct selection *s)
{
	for (size_t k = 0; k < seats(s); k += 2)
		if (seat_is(c, s, k, STAND_CURRENT) && !c[s->seat[k]].forced &&
		    c[s->seat[k]].disk->events == s->events)
			return s->seat[k];
	return s->freshest;
}

size_t select_order(const struct contender *c, size_t n, const struct selection *s, size_t *order)
{
	size_t last = last_of_order(c, s), used = 0;

	for (size_t k = 0; k < seats(s); k++)
		if (s->seat[k] != SEAT_EMPTY && s->seat[k] != last &&
		    takes_part(c[s->seat[k]].standing))
			order[used++] = s->seat[k];
	for (size_t i = 0; i < n; i++)
		if (!takes_part(c[i].standing) && goes_to_kernel(c[i].standing))
			order[used++] = i;
	order[used++] = last;
	return used;
}

void selection_free(struct selection *s)
{
	free(s->seat);
	s->seat = NULL;
}
