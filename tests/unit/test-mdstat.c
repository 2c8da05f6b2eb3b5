// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/mdstat as kernels write it, and odd texts. */
#include <stdlib.h>

#include "mdstat.h"
#include "unit.h"
#include "util.h"

static const char usual[] =
	"Personalities : [raid1] [raid6] [raid5] [raid4] [linear] \n"
	"md5 : active raid1 loop1[1] loop0[0]\n"
	"      10176 blocks super 1.2 [2/2] [UU]\n"
	"      [=>...................]  resync =  9.8% (1000/10176) finish=0.1min speed=1000K/sec\n"
	"      bitmap: 0/1 pages [0KB], 65536KB chunk\n"
	"\n"
	"md_home : active (auto-read-only) raid5 sdc[2](S) resync[1] check[0](F)\n"
	"      20352 blocks level 5, 64k chunk, algorithm 2 [3/3] [UUU]\n"
	"      \tresync=PENDING\n"
	"      \n"
	"md127 : inactive dm-0[1](S)\n"
	"      10176 blocks super external:/md126/0\n"
	"       \n"
	"md3 : active raid0 sda[0]\n"
	"      10176 blocks super non-persistent 64k chunks\n"
	"      \n"
	"unused devices: <none>\n";

static void test_usual(void)
{
	const struct mdstat_entry *e;
	struct mdstat m;

	mdstat_parse(usual, &m);
	CHECK(m.n == 4, "four arrays");
	e = &m.entry[0];
	CHECK_TEXT(e->devnm, "md5");
	CHECK_TEXT(e->metadata, "1.2");
	CHECK(e->active && e->activity == MDSTAT_RESYNC && e->wait == MDSTAT_RUNNING &&
	      e->percent == 9, "md5 resyncs, 9 %");
	e = mdstat_find(&m, "md_home");
	CHECK(e && e->active && e->activity == MDSTAT_RESYNC && e->wait == MDSTAT_PENDING &&
	      e->percent == -1, "a resync that waits; members of such names do not count");
	CHECK_TEXT(e->metadata, "");
	e = mdstat_find(&m, "md127");
	CHECK(e && !e->active && e->activity == MDSTAT_NONE, "inactive");
	CHECK_TEXT(e->metadata, "external:/md126/0");
	CHECK_TEXT(m.entry[3].metadata, "none");
	CHECK(!mdstat_find(&m, "md12") && !mdstat_find(&m, "Personalities"), "not found");
	mdstat_free(&m);
	CHECK(!m.entry && !m.n, "freed");
}

static void test_progress(void)
{
	static const struct {
		const char *text;
		enum mdstat_activity activity;
		enum mdstat_wait wait;
		int percent;
	} t[] = {
		{ "[>...]  recovery =  0.0% (0/1)", MDSTAT_RECOVERY, MDSTAT_RUNNING, 0 },
		{ "[=>..]  reshape = 12.6% (0/1)", MDSTAT_RESHAPE, MDSTAT_RUNNING, 12 },
		{ "[====]  check =100.0% (1/1)", MDSTAT_CHECK, MDSTAT_RUNNING, 100 },
		{ "[====]  check = 999999999999999999999.0%", MDSTAT_CHECK, MDSTAT_RUNNING, 100 },
		{ "\trecover=DELAYED", MDSTAT_RECOVERY, MDSTAT_DELAYED, -1 },
		{ "\tresync=DELAYED", MDSTAT_RESYNC, MDSTAT_DELAYED, -1 },
		{ "\tresync=REMOTE", MDSTAT_RESYNC, MDSTAT_REMOTE, -1 },
		{ "\tresync=", MDSTAT_RESYNC, MDSTAT_RUNNING, -1 },
		{ "\tresync", MDSTAT_NONE, MDSTAT_RUNNING, -1 },
		{ "\tsuper", MDSTAT_NONE, MDSTAT_RUNNING, -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		autofree char *text = xasprintf("md0 : active raid1 a[0]\n      %s\n", t[i].text);
		struct mdstat m;

		mdstat_parse(text, &m);
		CHECK(m.n == 1 && m.entry[0].activity == t[i].activity &&
		      m.entry[0].wait == t[i].wait && m.entry[0].percent == t[i].percent,
		      t[i].text);
		mdstat_free(&m);
	}
}

static void test_odd(void)
{
	static const char *const none[] = {
		"", "\n", "   resync = 1%\n", "md5", "md5 active raid1\n", "md5: active\n",
		"md5/x : active raid1\n", "unused devices: <none>",
		"md345678901234567890123456789012x : active raid1\n",
	};
	struct mdstat m;

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		mdstat_parse(none[i], &m);
		CHECK(m.n == 0, "nothing in an odd text");
		mdstat_free(&m);
	}
	mdstat_parse("md1 : active\nbogus\n resync = 5%\nmd2 :", &m);
	CHECK(m.n == 2 && m.entry[0].activity == MDSTAT_NONE && !m.entry[1].active,
	      "details of an unknown thing do not go to the array before");
	mdstat_free(&m);
}

/* The usual text with bytes changed: the sanitizers look on. */
static void test_damaged(void)
{
	uint64_t seed = 1;

	for (int i = 0; i < 3000; i++) {
		char text[sizeof(usual)];
		struct mdstat m;

		memcpy(text, usual, sizeof(usual));
		for (int k = 0; k < 8; k++)
			text[unit_random(&seed) % (sizeof(usual) - 1)] = (char)unit_random(&seed);
		mdstat_parse(text, &m);
		mdstat_free(&m);
	}
	CHECK(1, "3000 damaged texts");
}

int main(void)
{
	test_usual();
	test_progress();
	test_odd();
	test_damaged();
	return unit_done();
}
