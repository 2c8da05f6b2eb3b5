// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What --status says of an array, running or not, with members of any kind: judged, told to people
 * and as JSON.
 *
 * Input: the array, then 4 bytes and a path a member.
 *
 * fuzz: -max_len=512
 */
#include <stdlib.h>
#include <string.h>

#include "Status.h"
#include "shared.h"
#include "util.h"

#define MEMBERS_MAX 12
#define SLOTS_MAX 40
#define TEXT_MAX 48

enum { ARRAY_ACTIVE = 1, ARRAY_DIRTY = 2, ARRAY_BROKEN = 4, ARRAY_READONLY = 8, ARRAY_CLEAN = 16,
       ARRAY_CONTAINER = 32, ARRAY_HAS_JOURNAL = 64 };
enum { IS_FAULTY = 1, IS_SYNC = 2, IS_JOURNAL = 4, IS_REPLACEMENT = 8, IS_PATHLESS = 16,
       IS_DENIED = 32, IS_INSIDE = 64 };

static void make_sync(struct feed *f, unsigned flags, struct array_sync *s)
{
	feed_text(f, s->action, sizeof(s->action));
	s->readonly = flags & ARRAY_READONLY;
	s->dirty = flags & ARRAY_DIRTY;
	s->broken = flags & ARRAY_BROKEN;
	s->all_sec = feed_number(f, 8);
	s->done_sec = feed_number(f, 8);
	if (s->done_sec > s->all_sec)
		s->done_sec = s->all_sec;
	s->speed_kib = feed_number(f, 4);
}

/* What sysfs and /proc/mdstat could say. */
static void make_array(struct feed *f, struct array *a, unsigned *flags)
{
	static const int level[] = { -1, 0, 1, 4, 5, 6, 10, -4, -5, -100, 7 };

	*flags = (unsigned)feed_number(f, 1);
	a->active = *flags & ARRAY_ACTIVE;
	a->geo.level = level[feed_number(f, 1) % ARRAY_SIZE(level)];
	a->geo.layout = (uint32_t)feed_number(f, 3);
	a->geo.raid_disks = (uint32_t)(feed_number(f, 1) % SLOTS_MAX);
	a->geo.chunk_sec = 1024;
	a->geo.size_sec = 1 << 20;
	a->status.active = a->active;
	a->status.activity = (enum mdstat_activity)(feed_number(f, 1) % (MDSTAT_CHECK + 1));
	a->status.wait = (enum mdstat_wait)(feed_number(f, 1) % (MDSTAT_REMOTE + 1));
	make_sync(f, *flags, &a->sync);
	feed_text(f, a->devnm, sizeof(a->devnm));
	if (*flags & ARRAY_CONTAINER)
		copy_text(a->metadata, sizeof(a->metadata), "imsm");
}

static char *new_path(struct feed *f)
{
	char path[TEXT_MAX];

	feed_text(f, path, sizeof(path));
	return xasprintf("/dev/%s", path);
}

static void add_running(struct feed *f, struct array *a)
{
	struct array_member *m = &a->member[a->n_member++];
	int slot = (int)(feed_number(f, 1) % (SLOTS_MAX + 1)) - 1;
	unsigned flags = (unsigned)feed_number(f, 1);

	m->disk = (struct md_disk){
		.number = -1, .raid_disk = slot < (int)a->geo.raid_disks ? slot : -1,
		.major = (int)feed_number(f, 1), .minor = (int)feed_number(f, 1),
		.faulty = flags & IS_FAULTY, .sync = flags & IS_SYNC,
		.active = flags & IS_SYNC, .journal = flags & IS_JOURNAL,
		.replacement = flags & IS_REPLACEMENT,
	};
	m->path = flags & IS_PATHLESS ? NULL : new_path(f);
}

/* As array_look leaves them: by slot, and last those without one. */
static int by_slot(const void *x, const void *y)
{
	unsigned a = (unsigned)((const struct array_member *)x)->disk.raid_disk;
	unsigned b = (unsigned)((const struct array_member *)y)->disk.raid_disk;

	return (a > b) - (a < b);
}

static void add_gathered(struct feed *f, const struct array *a, unsigned array_flags,
			 struct gathered *g)
{
	struct member *m = &g->all[g->n];
	unsigned role = (unsigned)feed_number(f, 1) % 5, slot = (unsigned)feed_number(f, 1);
	unsigned flags = (unsigned)feed_number(f, 1);

	m->path = new_path(f);
	m->id.rdev = g->n + 1;
	m->array = (struct array_info){ .geo = a->geo, .clean = array_flags & ARRAY_CLEAN,
					.journal = array_flags & ARRAY_HAS_JOURNAL };
	m->disk = (struct disk_info){ .role = (enum disk_role)role, .number = (int)g->n,
				      .slot = -1, .events = feed_number(f, 1) };
	if (m->disk.role == ROLE_ACTIVE || m->disk.role == ROLE_REPLACEMENT)
		m->disk.slot = (int)slot;
	g->who[g->n] = (struct contender){ .array = &m->array, .disk = &m->disk,
					   .denied = flags & IS_DENIED };
	g->inside[g->n] = flags & IS_INSIDE;
	g->kept[g->n++] = m;
}

static void sort_gathered(struct gathered *g)
{
	g->sorted = SELECT_EMPTY;
	if (g->n)
		g->sorted = select_members(g->who, g->n, select_freshest(g->who, g->n), &g->sel);
	if (g->sorted == SELECT_OK)
		g->start = select_start(&g->sel, false, false, false);
}

static void add_members(struct feed *f, unsigned flags, struct status_view *v)
{
	struct array *a = v->a;
	struct gathered *g = &v->g;

	a->member = xcalloc(MEMBERS_MAX, sizeof(*a->member));
	g->all = xcalloc(MEMBERS_MAX, sizeof(*g->all));
	g->kept = xcalloc(MEMBERS_MAX, sizeof(struct member *));
	g->inside = xcalloc(MEMBERS_MAX, sizeof(*g->inside));
	g->who = xcalloc(MEMBERS_MAX, sizeof(*g->who));
	g->n_all = MEMBERS_MAX;
	for (size_t i = 0; f->n && i < MEMBERS_MAX; i++) {
		if (a->active)
			add_running(f, a);
		else
			add_gathered(f, a, flags, g);
	}
	qsort(a->member, a->n_member, sizeof(*a->member), by_slot);
	sort_gathered(g);
}

/* A word for every state, what it means, and commands only of the few kinds there are. */
static void check_verdict(const struct status_view *v)
{
	const struct status *s = &v->s;

	REQUIRE(s->word && s->meaning && *s->meaning);
	REQUIRE(s->state == STATUS_OK ||
		(s->state >= STATUS_ARRAY_HEALING && s->state <= STATUS_ARRAY_FAILED));
	REQUIRE(s->redundancy >= REDUNDANCY_UNKNOWN);
	REQUIRE(s->redundancy <= (int)v->a->geo.raid_disks);
	REQUIRE(!s->command[0] || s->next);
	REQUIRE(!s->command[1] || s->command[0]);
	for (size_t i = 0; i < STATUS_COMMANDS && s->command[i]; i++)
		REQUIRE(!strncmp(s->command[i], "mdadm --", 8) ||
			!strncmp(s->command[i], "echo ", 5));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct status_view v = { .a = xcalloc(1, sizeof(struct array)) };
	struct feed f = { data, n };
	char *path autofree = NULL;
	unsigned flags;

	make_array(&f, v.a, &flags);
	path = new_path(&f);
	v.path = path;
	add_members(&f, flags, &v);
	if (v.a->active || array_is_container(v.a))
		status_judge(v.a, v.path, &v.s);
	else
		status_judge_inactive(v.a, v.path, &v.g, &v.s);
	check_verdict(&v);
	status_report(&v);
	check_report(&v.r, OBJECT_STATUS, false);
	report_free(&v.r);
	status_free(&v.s);
	gathered_free(&v.g);
	array_free(v.a);
	return 0;
}
