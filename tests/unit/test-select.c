// SPDX-License-Identifier: GPL-2.0-or-later
/* Which members are believed, whether they are enough, and what may be forced. */
#include "select.h"
#include "unit.h"
#include "util.h"

#define MOST 8

struct scene {
	struct array_info array[MOST];
	struct disk_info disk[MOST];
	struct contender who[MOST];
	size_t n;
	struct selection sel;
};

static struct array_info array_of(int level, uint32_t disks)
{
	return (struct array_info){
		.major = 1, .minor = 2, .clean = true, .working_disks = disks,
		.geo = { .level = level, .raid_disks = disks, .chunk_sec = 1024,
			 .layout = level == LEVEL_RAID10 ? 0x102 : LAYOUT_LEFT_SYMMETRIC },
	};
}

/* A member in slot (-1: a spare) with that many events. */
static void add(struct scene *s, const struct array_info *a, int slot, uint64_t events)
{
	s->array[s->n] = *a;
	s->disk[s->n] = (struct disk_info){
		.number = (int)s->n, .slot = slot, .events = events,
		.role = slot < 0 ? ROLE_SPARE : ROLE_ACTIVE,
	};
	s->who[s->n] = (struct contender){ .array = &s->array[s->n], .disk = &s->disk[s->n] };
	s->n++;
}

static enum select_verdict choose(struct scene *s)
{
	selection_free(&s->sel);
	return select_members(s->who, s->n, select_freshest(s->who, s->n), &s->sel);
}

static enum select_start start(const struct scene *s)
{
	return select_start(&s->sel, false, false, false);
}

/* The order as digits, "120". */
static const char *order(const struct scene *s)
{
	static char text[MOST + 1];
	size_t o[MOST], n = select_order(s->who, s->n, &s->sel, o);

	for (size_t i = 0; i < n; i++)
		text[i] = (char)('0' + o[i]);
	text[n] = 0;
	return text;
}

static void test_healthy(void)
{
	struct array_info a = array_of(LEVEL_RAID5, 3);
	struct scene s = { .n = 0 };

	add(&s, &a, -1, 7);
	add(&s, &a, 2, 7);
	add(&s, &a, 0, 7);
	add(&s, &a, 1, 7);
	CHECK(choose(&s) == SELECT_OK && s.sel.enough, "three of three are enough");
	CHECK(s.sel.current == 3 && s.sel.spares == 1 && s.sel.events == 7, "counts");
	CHECK(start(&s) == MAY_START, "a healthy array starts");
	CHECK_TEXT(order(&s), "3102");
	selection_free(&s.sel);
}

static void test_newly_missing(void)
{
	struct array_info a = array_of(LEVEL_RAID5, 3);
	struct scene s = { .n = 0 };

	add(&s, &a, 1, 7);
	add(&s, &a, 2, 7);
	CHECK(choose(&s) == SELECT_OK && s.sel.enough, "two of three can run");
	CHECK(start(&s) == NEED_ALL, "newly missing: all are needed");
	CHECK(select_start(&s.sel, true, false, false) == MAY_START, "--run insists");
	CHECK(select_start(&s.sel, false, true, false) == MAY_START, "--force insists");
	CHECK(select_start(&s.sel, false, false, true) == MAY_START, "nothing listed: starts");
	s.array[0].working_disks = s.array[1].working_disks = 2;
	CHECK(choose(&s) == SELECT_OK && start(&s) == MAY_START, "degraded before: starts");
	a.geo.raid_disks = 4;
	a.working_disks = 3;
	selection_free(&s.sel);
	s = (struct scene){ .n = 0 };
	add(&s, &a, 0, 1);
	add(&s, &a, 1, 1);
	CHECK(choose(&s) == SELECT_OK && start(&s) == NOT_ENOUGH, "two of four are not enough");
	CHECK(select_start(&s.sel, true, false, false) == MAY_START, "--run tries anyway");
	selection_free(&s.sel);
	a = array_of(LEVEL_RAID1, 3);
	a.working_disks = 2;
	s = (struct scene){ .n = 0 };
	add(&s, &a, 0, 1);
	CHECK(choose(&s) == SELECT_OK && start(&s) == NEED_MORE, "one of two that worked");
	selection_free(&s.sel);
}

static void test_event_rule(void)
{
	struct array_info a = array_of(LEVEL_RAID1, 2);
	struct scene s = { .n = 0 };

	add(&s, &a, 0, 9);
	add(&s, &a, 1, 10);
	CHECK(choose(&s) == SELECT_OK && s.sel.current == 2, "one event behind is current");
	CHECK_TEXT(order(&s), "01");
	s.who[0].denied = true;
	CHECK(choose(&s) == SELECT_OK && s.who[0].standing == STAND_DENIED,
	      "one event behind and called failed is left out");
	CHECK_TEXT(order(&s), "1");
	s.who[0].denied = false;
	s.disk[0].events = 8;
	CHECK(choose(&s) == SELECT_OK && s.who[0].standing == STAND_STALE, "two behind is stale");
	CHECK_TEXT(order(&s), "01");
	s.disk[0].events = UINT64_MAX;
	CHECK(choose(&s) == SELECT_OK && s.sel.freshest == 0 && s.who[1].standing == STAND_STALE,
	      "the greatest count does not overflow");
	s.disk[0].events = 10;
	s.who[0].denied = true;
	CHECK(choose(&s) == SELECT_OK && s.sel.current == 2,
	      "as many events: was forced once, stays");
	selection_free(&s.sel);
}

static void test_split(void)
{
	struct array_info a = array_of(LEVEL_RAID1, 2);
	struct scene s = { .n = 0 };

	a.working_disks = 1;
	add(&s, &a, 0, 12);
	add(&s, &a, 1, 12);
	s.who[1].denies = s.who[1].denied = true;
	CHECK(choose(&s) == SELECT_OK && s.who[1].standing == STAND_DENIES,
	      "a split half is left out");
	CHECK(start(&s) == MAY_START, "the other half starts");
	CHECK_TEXT(order(&s), "0");
	select_force(s.who, s.n, &s.sel);
	CHECK(s.who[1].standing == STAND_DENIES, "--force does not join halves without need");
	selection_free(&s.sel);
}

static void test_twins(void)
{
	struct array_info a = array_of(LEVEL_RAID1, 2);
	struct scene s = { .n = 0 };

	add(&s, &a, 0, 5);
	add(&s, &a, 1, 5);
	add(&s, &a, 0, 5);
	CHECK(choose(&s) == SELECT_TWINS && s.sel.twin[0] == 0 && s.sel.twin[1] == 2,
	      "two equally new devices of one slot");
	s.disk[0].events = 3;
	CHECK(choose(&s) == SELECT_OK && s.who[0].standing == STAND_OUSTED,
	      "the newer has the slot");
	CHECK_TEXT(order(&s), "12");
	s.disk[0].events = 8;
	CHECK(choose(&s) == SELECT_OK && s.who[2].standing == STAND_OUSTED, "in any order");
	selection_free(&s.sel);
}

static void test_rebuilding(void)
{
	struct array_info a = array_of(LEVEL_RAID5, 3);
	struct scene s = { .n = 0 };

	add(&s, &a, 0, 5);
	add(&s, &a, 1, 5);
	add(&s, &a, 2, 5);
	s.disk[0].recovering = true;
	CHECK(choose(&s) == SELECT_OK && s.sel.freshest == 1, "the word of one in sync counts");
	CHECK(s.sel.current == 2 && s.sel.rebuilding == 1 && s.sel.present == 3, "counts");
	CHECK(start(&s) == MAY_START, "rebuilding members count as working");
	s.disk[1].events = 2;
	CHECK(choose(&s) == SELECT_OK && start(&s) == NOT_ENOUGH, "they hold no data yet");
	s.disk[1].recovering = true;
	CHECK(choose(&s) == SELECT_OK && s.who[1].standing == STAND_STALE, "stale first");
	select_force(s.who, s.n, &s.sel);
	CHECK(!s.who[1].forced && !s.sel.enough, "one in the middle of a rebuild is never forced");
	selection_free(&s.sel);
}

static void test_replacement(void)
{
	struct array_info a = array_of(LEVEL_RAID1, 2);
	struct scene s = { .n = 0 };

	add(&s, &a, 0, 5);
	add(&s, &a, 0, 5);
	add(&s, &a, 1, 5);
	s.disk[1].role = ROLE_REPLACEMENT;
	s.disk[1].recovering = true;
	CHECK(choose(&s) == SELECT_OK && s.sel.current == 2 && s.sel.rebuilding == 1,
	      "a replacement is no twin");
	CHECK_TEXT(order(&s), "120");
	s.disk[0].events = 1;
	CHECK(choose(&s) == SELECT_OK && start(&s) == NEED_ALL, "a rebuilding one fills no slot");
	s.disk[1].recovering = false;
	CHECK(choose(&s) == SELECT_OK && start(&s) == MAY_START, "a finished one does");
	selection_free(&s.sel);
}

static void test_spares(void)
{
	struct array_info a = array_of(LEVEL_RAID1, 2);
	struct scene s = { .n = 0 };

	add(&s, &a, -1, 9);
	CHECK(choose(&s) == SELECT_EMPTY, "spares alone are no array");
	add(&s, &a, 0, 5);
	add(&s, &a, 1, 5);
	CHECK(choose(&s) == SELECT_OK && s.who[0].standing == STAND_STRAY,
	      "a spare newer than the array is left out");
	s.disk[0].events = 1;
	CHECK(choose(&s) == SELECT_OK && s.who[0].standing == STAND_SPARE, "an older one is taken");
	CHECK_TEXT(order(&s), "201");
	selection_free(&s.sel);
}

static void test_journal(void)
{
	struct array_info a = array_of(LEVEL_RAID5, 3);
	struct scene s = { .n = 0 };

	a.journal = true;
	a.clean = false;
	for (int i = 0; i < 2; i++)
		add(&s, &a, i, 5);
	add(&s, &a, -1, 5);
	s.disk[2].role = ROLE_JOURNAL;
	CHECK(choose(&s) == SELECT_OK && s.sel.clean && s.sel.enough, "a journal stands for clean");
	CHECK_TEXT(order(&s), "120");
	s.disk[2].events = 2;
	CHECK(choose(&s) == SELECT_OK && start(&s) == NEED_JOURNAL, "a stale journal is none");
	CHECK(select_start(&s.sel, true, false, false) == NEED_JOURNAL, "--run is not enough");
	CHECK(select_start(&s.sel, false, true, false) == MAY_START_READONLY,
	      "forced: read-only");
	CHECK_TEXT(order(&s), "10");
	s.disk[1].events = 1;
	CHECK(choose(&s) == SELECT_OK && select_start(&s.sel, false, true, false) == NOT_ENOUGH,
	      "but not with too few members");
	selection_free(&s.sel);
}

static void test_force_events(void)
{
	struct array_info a = array_of(LEVEL_RAID5, 4);
	struct scene s = { .n = 0 };

	add(&s, &a, 0, 20);
	add(&s, &a, 1, 4);
	add(&s, &a, 2, 10);
	add(&s, &a, 3, 20);
	s.who[1].denied = s.who[2].denied = true;
	CHECK(choose(&s) == SELECT_OK && !s.sel.enough, "two of four");
	select_force(s.who, s.n, &s.sel);
	CHECK(s.sel.enough && s.who[2].forced && !s.who[1].forced, "only the newest stale one");
	CHECK(!s.sel.mark_clean, "it is clean already");
	CHECK(s.who[1].standing == STAND_STALE, "the other stays stale");
	CHECK_TEXT(order(&s), "1230");
	s.disk[1].events = 10;
	CHECK(choose(&s) == SELECT_OK, "again");
	select_force(s.who, s.n, &s.sel);
	CHECK(s.who[1].forced && s.who[2].forced && s.sel.current == 4, "all of one count");
	s.disk[0].events = 21;
	s.disk[0].slot = 3;
	s.n = 1;
	CHECK(choose(&s) == SELECT_OK, "one alone");
	select_force(s.who, s.n, &s.sel);
	CHECK(!s.sel.enough && !s.sel.mark_clean, "cannot be forced");
	selection_free(&s.sel);
}

static void test_force_in_vain(void)
{
	struct array_info a = array_of(LEVEL_RAID5, 4);
	struct scene s = { .n = 0 };

	add(&s, &a, 0, 20);
	add(&s, &a, 1, 4);
	CHECK(choose(&s) == SELECT_OK, "two of four, one of them stale");
	select_force(s.who, s.n, &s.sel);
	CHECK(!s.who[1].forced && s.who[1].standing == STAND_STALE && s.sel.current == 1,
	      "nothing is promoted when it would not be enough");
	selection_free(&s.sel);
}

static void test_force_dirty(void)
{
	struct array_info a = array_of(LEVEL_RAID6, 4);
	struct scene s = { .n = 0 };

	a.clean = false;
	for (int i = 0; i < 3; i++)
		add(&s, &a, i, 20);
	add(&s, &a, 3, 4);
	CHECK(choose(&s) == SELECT_OK && start(&s) == NOT_ENOUGH_DIRTY, "dirty and degraded");
	select_force(s.who, s.n, &s.sel);
	CHECK(s.sel.mark_clean && s.sel.enough, "--force calls it clean");
	CHECK(!s.who[3].forced, "rather than use one that missed writes");
	a.geo.level = LEVEL_RAID1;
	for (int i = 0; i < 4; i++)
		s.array[i] = a;
	CHECK(choose(&s) == SELECT_OK && s.sel.enough, "a dirty mirror is enough");
	select_force(s.who, s.n, &s.sel);
	CHECK(!s.sel.mark_clean, "and stays dirty: it will be synced");
	selection_free(&s.sel);
}

/* What number a member has decides whose role --force rewrites in all the others. */
static void test_numbers(void)
{
	struct array_info a = array_of(LEVEL_RAID5, 4);
	struct scene s = { .n = 0 };

	for (int i = 0; i < 4; i++)
		add(&s, &a, i, i < 2 ? 20 : 10);
	add(&s, &a, -1, 20);
	s.disk[4].role = ROLE_JOURNAL;
	s.disk[3].number = 4;
	CHECK(choose(&s) == SELECT_OK && s.who[3].standing == STAND_OUSTED,
	      "an older one with the number of the journal is left out");
	CHECK_TEXT(order(&s), "1240");
	s.who[2].denied = true;
	select_force(s.who, s.n, &s.sel);
	CHECK(s.sel.enough && s.who[2].forced && !s.who[3].forced, "and is not forced");
	s.disk[3].events = 20;
	CHECK(choose(&s) == SELECT_TWINS && s.sel.twin[0] == 3 && s.sel.twin[1] == 4,
	      "one as new as the journal with its number");
	s.disk[3].number = 1;
	CHECK(choose(&s) == SELECT_TWINS && s.sel.twin[0] == 1 && s.sel.twin[1] == 3,
	      "two members in two slots with one number");
	s.disk[1].events = 5;
	CHECK(choose(&s) == SELECT_OK && s.who[1].standing == STAND_OUSTED,
	      "the newer has the number, in any order");
	CHECK(s.sel.seat[2] == SEAT_EMPTY, "and who has lost it has no seat");
	selection_free(&s.sel);
}

/* The journal is not here, or has missed writes; but the members know that it has that number. */
static void test_number_of_another(void)
{
	struct array_info a = array_of(LEVEL_RAID5, 3);
	struct scene s = { .n = 0 };

	add(&s, &a, 0, 20);
	add(&s, &a, 1, 10);
	s.who[1].misnumbered = true;
	CHECK(choose(&s) == SELECT_OK && s.who[1].standing == STAND_STALE, "it is stale as it is");
	select_force(s.who, s.n, &s.sel);
	CHECK(!s.who[1].forced && !s.sel.enough, "the number of another is never forced");
	add(&s, &a, 2, 10);
	CHECK(choose(&s) == SELECT_OK, "again");
	select_force(s.who, s.n, &s.sel);
	CHECK(s.who[2].forced && !s.who[1].forced && s.sel.enough, "but one of its own number is");
	selection_free(&s.sel);
}

static void test_hostile(void)
{
	struct array_info a = array_of(LEVEL_RAID5, UINT32_MAX);
	struct scene s = { .n = 0 };

	add(&s, &a, 0, 1);
	CHECK(choose(&s) == SELECT_NONSENSE, "four milliard slots are none");
	s.array[0].geo.raid_disks = 0;
	CHECK(choose(&s) == SELECT_EMPTY, "no slots at all");
	s.array[0].geo.raid_disks = 2;
	add(&s, &s.array[0], 7, 1);
	CHECK(choose(&s) == SELECT_OK && s.who[1].standing == STAND_NO_SLOT, "slot 7 of 2");
	s.disk[1].slot = 1;
	s.disk[0].role = ROLE_ACTIVE;
	s.array[0].geo.level = 99;
	CHECK(choose(&s) == SELECT_OK && !s.sel.enough, "a level that does not exist never runs");
	s.disk[0].slot = s.disk[1].slot = -1;
	CHECK(choose(&s) == SELECT_EMPTY, "active without a slot");
	selection_free(&s.sel);
}

int main(void)
{
	test_healthy();
	test_newly_missing();
	test_event_rule();
	test_split();
	test_twins();
	test_rebuilding();
	test_replacement();
	test_spares();
	test_journal();
	test_force_events();
	test_force_in_vain();
	test_force_dirty();
	test_numbers();
	test_number_of_another();
	test_hostile();
	return unit_done();
}
