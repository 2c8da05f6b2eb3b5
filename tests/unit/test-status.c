// SPDX-License-Identifier: GPL-2.0-or-later
/* Arrays in every state, and what --status says of them. */
#include <stdlib.h>

#include "Status.h"
#include "unit.h"
#include "util.h"

/* members: a letter a slot, A in step, R being rebuilt, F failed, . none; after a blank those
 * without a slot, S spare, F failed. */
static const struct {
	const char *what;
	int level;
	uint32_t layout;
	const char *members;
	enum mdstat_activity activity;
	enum mdstat_wait wait;
	const char *action;
	bool dirty;
	/* what is wanted */
	int state;
	const char *word;
	int redundancy;
	bool person;
	const char *says;    /* in the meaning or in what is next */
	const char *command; /* how the first begins */
} rows[] = {
	{ "mirror", 1, 0, "AA", 0, 0, "idle", false, 0, "healthy", 1, false, "in step", NULL },
	{ "three copies", 1, 0, "AAA S", 0, 0, "idle", false, 0, "healthy", 2, false, "", NULL },
	{ "stripes", 0, 0, "AA", 0, 0, "", false, 0, "healthy", 0, false, "Nothing is kept", NULL },
	{ "linear", -1, 0, "AA", 0, 0, "", false, 0, "healthy", 0, false, "Nothing", NULL },
	{ "raid0 without one", 0, 0, "A.", 0, 0, "", false, 8, "failed", -1, true, "slot 1",
	  "mdadm --examine /dev/x0" },
	{ "parity", 5, 2, "AAA", 0, 0, "idle", false, 0, "healthy", 1, false, "", NULL },
	{ "new parity", 5, 2, "AAA", MDSTAT_RESYNC, 0, "resync", true, 3, "resyncing", 0, false,
	  "Wait", NULL },
	{ "new mirror", 1, 0, "AA", MDSTAT_RESYNC, 0, "resync", true, 3, "resyncing", 1, false,
	  "Wait", NULL },
	{ "resync that waits for a write", 5, 2, "AAA", MDSTAT_RESYNC, MDSTAT_PENDING, "idle", true,
	  3, "resyncing", 0, false, "is written", NULL },
	{ "check", 6, 2, "AAAA", MDSTAT_CHECK, 0, "check", false, 0, "healthy", 2, false, "", NULL },
	{ "repair", 6, 2, "AAAA", MDSTAT_RESYNC, 0, "repair", true, 0, "healthy", 2, false, "", NULL },
	{ "one of four", 6, 2, "A.AA", 0, 0, "idle", false, 5, "degraded", 1, true,
	  "without slot 1. 1 more member may fail", NULL },
	{ "two of four", 6, 2, ".AA.", 0, 0, "idle", false, 6, "exposed", 0, true,
	  "slots 0 and 3. The next failure", NULL },
	{ "three of four", 6, 2, "..A.", 0, 0, "idle", false, 8, "failed", -1, true,
	  "slots 0, 1 and 3", "mdadm --examine /dev/x2" },
	{ "failed member", 5, 2, "AFA", 0, 0, "idle", false, 6, "exposed", 0, true,
	  "Replace /dev/x1", NULL },
	{ "rebuilding", 5, 2, "AAR F", MDSTAT_RECOVERY, 0, "recover", false, 3, "rebuilding", 0,
	  false, "slot 2", NULL },
	{ "rebuilding from now", 5, 2, "AAR", 0, 0, "recover", false, 3, "rebuilding", 0,
	  false, "being rebuilt", NULL },
	{ "rebuilding later", 5, 2, "AAR", MDSTAT_RECOVERY, MDSTAT_DELAYED, "recover", false, 3,
	  "rebuilding", 0, false, "another array", NULL },
	{ "rebuilt onto a spare", 5, 2, "AAA F", 0, 0, "idle", false, 4, "warned", 1, true,
	  "has failed", NULL },
	{ "a spare that may not", 5, 2, "AA. S", 0, 0, "frozen", false, 6, "exposed", 0, true,
	  "frozen", "mdadm --action=idle /dev/md7" },
	{ "pairs", 10, 0x102, "AAAA", 0, 0, "idle", false, 0, "healthy", 1, false, "", NULL },
	{ "one of each pair", 10, 0x102, "A..A", 0, 0, "idle", false, 6, "exposed", 0, true,
	  "slots 1 and 2", NULL },
	{ "a pair", 10, 0x102, "..AA", 0, 0, "idle", false, 8, "failed", -1, true, "",
	  "mdadm --examine /dev/x2" },
	{ "three copies, one lost", 10, 0x103, "AAAAA.", 0, 0, "idle", false, 5, "degraded", 1,
	  true, "", NULL },
	{ "one slot", 1, 0, "A", 0, 0, "idle", false, 0, "healthy", 0, false, "Nothing", NULL },
};

static struct array *array_of(size_t row)
{
	const char *m = rows[row].members;
	struct array *a = xcalloc(1, sizeof(*a));
	size_t slots = strcspn(m, " ");

	a->active = true;
	snprintf(a->devnm, sizeof(a->devnm), "md7");
	a->geo = (struct geometry){ rows[row].level, rows[row].layout, 128, (uint32_t)slots, 8192 };
	a->status = (struct mdstat_entry){ .activity = rows[row].activity, .wait = rows[row].wait };
	snprintf(a->sync.action, sizeof(a->sync.action), "%s", rows[row].action);
	a->sync.dirty = rows[row].dirty;
	a->member = xcalloc(strlen(m), sizeof(*a->member));
	for (size_t i = 0; m[i]; i++) {
		struct array_member *x = &a->member[a->n_member];

		if (m[i] == '.' || m[i] == ' ')
			continue;
		x->disk = (struct md_disk){ .number = -1, .faulty = m[i] == 'F',
					    .sync = m[i] == 'A',
					    .raid_disk = i < slots ? (int)i : -1 };
		x->path = xasprintf("/dev/x%zu", i);
		a->n_member++;
	}
	return a;
}

static void test_running(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct array *a cleanup(array_cleanup) = array_of(i);
		struct status s cleanup(status_free) = { 0 };

		status_judge(a, "/dev/md7", &s);
		CHECK((int)s.state == rows[i].state && !strcmp(s.word, rows[i].word), rows[i].what);
		CHECK(s.redundancy == rows[i].redundancy, "redundancy");
		CHECK(s.needs_person == rows[i].person, "does it need a person");
		CHECK(strstr(s.meaning, rows[i].says) || (s.next && strstr(s.next, rows[i].says)),
		      rows[i].says);
		CHECK(rows[i].command ? s.command[0] && !strncmp(s.command[0], rows[i].command,
								strlen(rows[i].command)) :
		      !s.command[0], "command");
	}
}

static void test_broken(void)
{
	struct array *a cleanup(array_cleanup) = array_of(2);
	struct status s cleanup(status_free) = { 0 };

	a->sync.broken = true;
	status_judge(a, "/dev/md7", &s);
	CHECK(s.state == STATUS_ARRAY_FAILED, "raid0 that the kernel calls broken");
}

static const struct {
	const char *what;
	const char *here;        /* a letter a slot: A in step, S stale, . none */
	enum select_start start;
	const char *says, *command[2];
} inactive[] = {
	{ "all are here", "AAA", MAY_START, "All its members", { "mdadm --stop /dev/md7",
	  "mdadm --assemble /dev/md7 /dev/x0 '/dev/x 1' /dev/x2" } },
	{ "one is not", "AA.", NEED_ALL, "in slot 2.", { "mdadm --stop /dev/md7",
	  "mdadm --assemble --run /dev/md7 /dev/x0 '/dev/x 1'" } },
	{ "one is old", "A.S", NEED_ALL, "in slots 1 and 2.", { "mdadm --stop /dev/md7",
	  "mdadm --assemble --run /dev/md7 /dev/x0 /dev/x2" } },
	{ "two are not", "A..", NOT_ENOUGH, "1 is there", { "mdadm --stop /dev/md7",
	  "mdadm --assemble /dev/md7 --uuid=01000000:00000000:00000000:00000000" } },
	{ "one is not, dirty", ".AA", NOT_ENOUGH_DIRTY, "cleanly", { "mdadm --stop /dev/md7",
	  "mdadm --assemble /dev/md7 --uuid=01000000:00000000:00000000:00000000" } },
};

static void test_inactive(size_t row)
{
	struct array a = { .geo = { 5, 2, 128, 3, 8192 } };
	struct status s cleanup(status_free) = { 0 };
	struct member m[3] = { 0 }, *kept[3];
	struct contender who[3] = { 0 };
	struct gathered g = { .kept = kept, .who = who, .start = inactive[row].start };

	for (int i = 0; i < 3; i++) {
		struct member *x = &m[g.n];

		if (inactive[row].here[i] == '.')
			continue;
		x->path = (char *)(uintptr_t)(i == 0 ? "/dev/x0" : i == 1 ? "/dev/x 1" : "/dev/x2");
		x->disk.slot = i;
		x->array.uuid.b[0] = 1;
		who[g.n] = (struct contender){ .array = &x->array, .disk = &x->disk, .standing =
			inactive[row].here[i] == 'S' ? STAND_STALE : STAND_CURRENT };
		kept[g.n++] = x;
	}
	status_judge_inactive(&a, "/dev/md7", &g, &s);
	CHECK(s.state == STATUS_ARRAY_INACTIVE && s.needs_person && s.redundancy == -1,
	      inactive[row].what);
	CHECK(strstr(s.meaning, inactive[row].says) || strstr(s.next, inactive[row].says),
	      inactive[row].says);
	for (int i = 0; i < 2; i++)
		CHECK_TEXT(s.command[i], inactive[row].command[i]);
}

static void test_time(void)
{
	static const struct { int64_t s; const char *text; } t[] = {
		{ 0, "less than a minute" }, { 59, "less than a minute" }, { 60, "about 1 minute" },
		{ 89, "about 1 minute" }, { 90, "about 2 minutes" }, { 5399, "about 90 minutes" },
		{ 5400, "about 2 hours" }, { 36 * 3600 - 1, "about 36 hours" },
		{ 36 * 3600, "about 2 days" }, { 100 * 86400, "about 100 days" },
	};
	struct array_sync s = { .done_sec = 2000, .all_sec = 22000, .speed_kib = 100 };
	char text[40];

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		CHECK_TEXT(status_duration(t[i].s, text, sizeof(text)), t[i].text);
	CHECK(status_remaining_s(&s) == 100, "sectors and KiB");
	s.speed_kib = 0;
	CHECK(status_remaining_s(&s) == -1, "it stands still");
	s = (struct array_sync){ .speed_kib = 100 };
	CHECK(status_remaining_s(&s) == -1, "nobody says how far it is");
}

int main(void)
{
	test_running();
	test_broken();
	for (size_t i = 0; i < ARRAY_SIZE(inactive); i++)
		test_inactive(i);
	test_time();
	return unit_done();
}
