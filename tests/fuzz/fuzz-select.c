// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which members are believed, and what force may change: contenders of any numbers.
 *
 * Input: level, layout, raid disks, flags; then 6 bytes a contender: role, slot, events,
 * flags, reshape.
 *
 * fuzz: -max_len=256
 */
#include <string.h>

#include "select.h"
#include "shared.h"
#include "util.h"

#define MEMBERS_MAX 24
#define SLOT_MAX 1920
#define MANY 255

struct crowd {
	struct array_info array[MEMBERS_MAX];
	struct disk_info disk[MEMBERS_MAX];
	struct contender who[MEMBERS_MAX];
	size_t n;
};

enum { ARRAY_CLEAN = 1, ARRAY_PPL = 2, ARRAY_JOURNAL = 4, ARRAY_RUN = 8, ARRAY_FORCE = 16,
       ARRAY_DEGRADED_OK = 32 };
enum { SAYS_RECOVERING = 1, SAYS_DENIES = 2, SAYS_DENIED = 4, SAYS_RESHAPE = 8,
       SAYS_MISNUMBERED = 16, SAYS_NUMBER_0 = 32 };

static unsigned make_array(struct feed *f, struct array_info *a)
{
	static const int level[] = { -1, 0, 1, 4, 5, 6, 10, -4, -5, -100, 7 };
	unsigned flags;

	memset(a, 0, sizeof(*a));
	a->geo.level = level[feed_number(f, 1) % ARRAY_SIZE(level)];
	a->geo.layout = (uint32_t)feed_number(f, 3);
	a->geo.raid_disks = (uint32_t)feed_number(f, 1);
	if (a->geo.raid_disks == MANY)
		a->geo.raid_disks = (uint32_t)feed_number(f, 2);
	a->geo.chunk_sec = 1024;
	a->geo.size_sec = 1 << 20;
	a->working_disks = (unsigned)feed_number(f, 1);
	flags = (unsigned)feed_number(f, 1);
	a->clean = flags & ARRAY_CLEAN;
	a->ppl = flags & ARRAY_PPL;
	a->journal = flags & ARRAY_JOURNAL;
	return flags;
}

static void add_member(struct feed *f, const struct array_info *a, struct crowd *c)
{
	struct disk_info *d = &c->disk[c->n];
	struct contender *who = &c->who[c->n];
	unsigned role = (unsigned)feed_number(f, 1), flags;

	*d = (struct disk_info){ .slot = -1, .role = (enum disk_role)(role % 5) };
	d->slot = (int)(feed_number(f, 2) % SLOT_MAX);
	if (d->role != ROLE_ACTIVE && d->role != ROLE_REPLACEMENT)
		d->slot = -1;
	d->events = feed_number(f, 1);
	flags = (unsigned)feed_number(f, 1);
	d->number = flags & SAYS_NUMBER_0 ? 0 : (int)c->n;
	d->recovering = flags & SAYS_RECOVERING && d->slot >= 0;
	c->array[c->n] = *a;
	c->array[c->n].reshape = flags & SAYS_RESHAPE;
	c->array[c->n].reshape_position_sec = feed_number(f, 1);
	*who = (struct contender){ .array = &c->array[c->n], .disk = d,
				   .denies = flags & SAYS_DENIES, .denied = flags & SAYS_DENIED,
				   .misnumbered = flags & SAYS_MISNUMBERED };
	c->n++;
}

static bool takes_part(enum standing standing)
{
	return standing == STAND_CURRENT || standing == STAND_REBUILDING ||
	       standing == STAND_STALE;
}

/* Each seat has its own member, one that belongs there; nobody takes part without one. */
static void check_seats(const struct crowd *c, const struct selection *s)
{
	bool seen[MEMBERS_MAX] = { false };

	for (size_t k = 0; k < 2 * (size_t)s->raid_disks; k++) {
		size_t i = s->seat[k];

		if (i == SEAT_EMPTY)
			continue;
		REQUIRE(i < c->n && !seen[i]);
		seen[i] = true;
		REQUIRE((size_t)c->disk[i].slot == k / 2);
		REQUIRE((c->disk[i].role == ROLE_REPLACEMENT) == (k & 1));
		REQUIRE(c->who[i].standing != STAND_OUSTED && c->who[i].standing != STAND_NO_SLOT);
	}
	for (size_t i = 0; i < c->n; i++)
		REQUIRE(seen[i] || !takes_part(c->who[i].standing));
}

/* No two with one number go to the kernel. */
static void check_numbers(const struct crowd *c, const struct selection *s)
{
	size_t order[MEMBERS_MAX], n = select_order(c->who, c->n, s, order);
	bool seen[MEMBERS_MAX] = { false };

	for (size_t i = 0; i < n; i++) {
		REQUIRE(!seen[c->disk[order[i]].number]);
		seen[c->disk[order[i]].number] = true;
	}
}

static void check_selection(const struct crowd *c, const struct selection *s)
{
	check_seats(c, s);
	check_numbers(c, s);
	REQUIRE(s->current <= s->present && s->present <= s->raid_disks);
	REQUIRE(s->rebuilding + s->spares + s->journals <= c->n);
	REQUIRE(!s->enough || s->enough_if_clean);
	REQUIRE(!s->mark_clean || s->enough);
	for (size_t i = 0; i < c->n; i++)
		REQUIRE(!c->who[i].forced || (c->who[i].standing == STAND_CURRENT &&
					      !c->disk[i].recovering && !c->who[i].misnumbered));
}

/* Force changes nothing when even that would not be enough; doing it again changes nothing. */
static void check_force(struct crowd *c, struct selection *s)
{
	struct contender before[MEMBERS_MAX];
	bool was_enough = s->enough, could = s->enough_if_clean, any = false;
	unsigned current;

	memcpy(before, c->who, sizeof(before));
	select_force(c->who, c->n, s);
	check_selection(c, s);
	for (size_t i = 0; i < c->n; i++)
		any |= c->who[i].forced;
	REQUIRE(!any || (!could && s->enough_if_clean));
	if (!any)
		REQUIRE(!memcmp(before, c->who, c->n * sizeof(*before)));
	REQUIRE(!was_enough || (s->enough && !s->mark_clean));
	current = s->current;
	select_force(c->who, c->n, s);
	REQUIRE(s->current == current);
}

static void check_order(const struct crowd *c, const struct selection *s)
{
	size_t order[MEMBERS_MAX], n = select_order(c->who, c->n, s, order);
	bool seen[MEMBERS_MAX] = { false };

	REQUIRE(n >= 1 && n <= c->n);
	for (size_t i = 0; i < n; i++) {
		REQUIRE(order[i] < c->n && !seen[order[i]]);
		seen[order[i]] = true;
	}
}

static void check_start(const struct selection *s, unsigned flags)
{
	bool run = flags & ARRAY_RUN, force = flags & ARRAY_FORCE;
	bool degraded_ok = flags & ARRAY_DEGRADED_OK;
	enum select_start start = select_start(s, run, force, degraded_ok);

	REQUIRE(start != MAY_START || run || s->enough);
	REQUIRE(start != MAY_START || run || force || degraded_ok || s->present >= s->working);
	REQUIRE(start != MAY_START || !s->need_journal);
	REQUIRE(start != MAY_START_READONLY || force);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct selection s cleanup(selection_free) = { 0 };
	struct feed f = { data, n };
	struct array_info array;
	struct crowd c = { .n = 0 };
	unsigned flags = make_array(&f, &array);
	size_t best;

	while (f.n && c.n < MEMBERS_MAX)
		add_member(&f, &array, &c);
	check_geometry(&array.geo);
	best = select_freshest(c.who, c.n);
	if (best != SEAT_EMPTY) {
		REQUIRE(best < c.n && c.disk[best].slot >= 0);
		c.who[best].denies = c.who[best].denied = false;
	}
	if (select_members(c.who, c.n, best, &s) != SELECT_OK)
		return 0;
	check_selection(&c, &s);
	check_start(&s, flags);
	if (flags & ARRAY_FORCE)
		check_force(&c, &s);
	check_order(&c, &s);
	return 0;
}
