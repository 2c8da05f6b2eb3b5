// SPDX-License-Identifier: GPL-2.0-or-later
/* What --scrub remembers, as text. */
#include <errno.h>

#include "scrubfile.h"
#include "unit.h"
#include "util.h"

#define HEAD "mdadm-scrub 1\n"

static int parse(const char *text, struct scrub_state *s)
{
	return scrub_parse(text, strlen(text), s);
}

static void test_round(void)
{
	const struct scrub_state s = { 5000, 9999, 1700000000, 12, 3, 1600000000, 4000, 8 };
	struct scrub_state back;
	autofree char *text = scrub_format(&s);

	CHECK(!parse(text, &back) && !memcmp(&s, &back, sizeof(s)), "what was written is read");
	CHECK(!parse(HEAD, &back) && !back.position_sec && !back.last_finished_s, "all lines may be missing");
	CHECK(!parse(HEAD "position 10\nsize 9\n", &back) && !back.position_sec,
	      "a position beyond the size is none");
}

static void test_hostile(void)
{
	static const char *const texts[] = {
		"", "mdadm-scrub", "mdadm-scrub 2\n", HEAD "position\n", HEAD "position \n",
		HEAD "position 1", HEAD "position -1\n", HEAD "position 0x10\n",
		HEAD "position 9223372036854775808\n", HEAD "position 1 2\n", HEAD "other 1\n", HEAD "\n",
		HEAD " position 1\n",
		HEAD "position 00000000000000000000000000000000000000000000000000000000000000001\n",
	};
	struct scrub_state s = { .size_sec = 7 };
	char name[32];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(name, sizeof(name), "text %zu is refused", i);
		CHECK(parse(texts[i], &s) == -EINVAL && s.size_sec == 7, name);
	}
	CHECK(scrub_parse(HEAD "size 1\0\n", strlen(HEAD) + 8, &s) == -EINVAL, "a NUL byte");
}

static void test_path(void)
{
	struct uuid u = { { 1, 2, 3, 4 } };
	char path[SCRUB_PATH];

	scrub_path(&u, path);
	CHECK_TEXT(path, SCRUB_DIR "/01020304-00000000-00000000-00000000");
}

int main(void)
{
	test_round();
	test_hostile();
	test_path();
	return unit_done();
}
