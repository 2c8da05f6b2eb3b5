// SPDX-License-Identifier: GPL-2.0-or-later
/* The map's lines: good ones, and what must never come out of it. */
#include <stdlib.h>

#include "mapfile.h"
#include "unit.h"
#include "util.h"

#define U " 00000000:00000001:0000000a:000000ff "

static void parse(const char *text, struct map *m)
{
	map_parse(text, strlen(text), m);
}

static void test_good(void)
{
	const struct map_entry *e;
	struct uuid u;
	struct map m;

	parse("md127 1.2" U "/dev/md/home\n"
	      "md_x\t0.90  d5104f20:701ccd17:00000000:00000001 /dev/md_x\n"
	      "md126 /md127/0" U "/dev/md/vol0", &m);
	CHECK(m.n == 3 && m.spoilt, "three lines, the last without its newline");
	e = map_by_devnm(&m, "md127");
	CHECK(e && !strcmp(e->metadata, "1.2") && !strcmp(e->path, "/dev/md/home"), "md127");
	uuid_parse("d5104f20:701ccd17:00000000:00000001", &u);
	e = map_by_uuid(&m, &u);
	CHECK(e && !strcmp(e->devnm, "md_x") && !strcmp(e->path, "/dev/md_x"), "md_x by uuid");
	CHECK(!map_by_devnm(&m, "md12") && !map_by_devnm(&m, ""), "not there");
	CHECK_TEXT(m.entry[2].metadata, "/md127/0");
	map_free(&m);
	CHECK(!m.entry && !m.n && !map_by_devnm(&m, "md127"), "freed");
}

static void test_hostile(void)
{
	static const char *const bad[] = {
		"", "\n", "md0", "md0 1.2" U, "md0 1.2" U "/dev/md0 more",
		"md0 1.2 nouuid /dev/md0",
		"sda 1.2" U "/dev/sda", "md/../../etc 1.2" U "/dev/md0", "../md0 1.2" U "/dev/md0",
		"md0 1.2" U "/etc/passwd", "md0 1.2" U "/dev/../etc/passwd", "md0 1.2" U "dev/md0",
		"md0 1.2" U "/dev/md/.hidden", "md0 1.2" U "/dev/md/\033[2J",
		"m\rd0 1.2" U "/dev/md0",
		"md0 a-metadata-word-of-many-letters" U "/dev/md0",
		"md3456789012345678901234567890123 1.2" U "/dev/md0",
	};
	static const char nul[] = "md0 1.2" U "/dev/md0\0/x\nmd1 1.2\0" U "/dev/md1\n";
	struct map m;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		parse(bad[i], &m);
		CHECK(m.n == 0, "dropped");
		map_free(&m);
	}
	map_parse(nul, sizeof(nul) - 1, &m);
	CHECK(m.n <= 1 && !map_by_devnm(&m, "md1"), "a NUL ends a line");
	map_free(&m);
	parse("junk\nmd0 1.2" U "/dev/md0\n# md1\n", &m);
	CHECK(m.n == 1 && m.spoilt, "a good line among bad ones");
	map_free(&m);
	parse("\nmd0 1.2" U "/dev/md0\n", &m);
	CHECK(m.n == 1 && !m.spoilt, "nothing amiss");
	map_free(&m);
	parse("", &m);
	CHECK(!m.n && !m.spoilt, "an empty map is one");
	map_free(&m);
}

static void test_lengths(void)
{
	struct map m;

	for (size_t n = 190; n < 520; n += 1 + n / 202 * 50) {
		char text[700] = "md0 1.2" U "/dev/";
		size_t start = strlen(text) - 5;

		memset(text + start + 5, 'x', n - 5);
		parse(text, &m);
		CHECK(m.n == (n <= 200), "paths up to 200 bytes");
		map_free(&m);
	}
}

/* What a killed one was at work on. */
static void test_notes(void)
{
	static const char text[] = "md5\nmd6\nmd5 17 clear\n\nmd7 x\nsda\n../md8\nmd9 18446744073709551616\n"
				   "md6 0\nmd10 3";
	char many[2000];
	struct map_notes notes;

	map_parse_notes(text, sizeof(text) - 1, &notes);
	CHECK(notes.n == 4, "one note of each array; lines that are none, or have no end, do not count");
	CHECK(notes.n == 4 && !strcmp(notes.note[0].devnm, "md5") && notes.note[0].made &&
	      notes.note[0].diskseq == 17 && notes.note[0].clear && !notes.note[1].clear,
	      "the last of an array counts");
	CHECK(notes.n == 4 && notes.note[1].made && !notes.note[1].diskseq, "the kernel did not tell");
	CHECK(notes.n == 4 && !notes.note[2].made && !notes.note[3].made, "what is no number");
	map_notes_free(&notes);
	memset(many, 'm', sizeof(many));
	many[1999] = '\n';
	map_parse_notes(many, sizeof(many), &notes);
	CHECK(!notes.n, "a long line is none");
	map_notes_free(&notes);
	map_parse_notes("", 0, &notes);
	CHECK(!notes.n, "nothing");
	map_notes_free(&notes);
}

int main(void)
{
	test_good();
	test_hostile();
	test_lengths();
	test_notes();
	return unit_done();
}
