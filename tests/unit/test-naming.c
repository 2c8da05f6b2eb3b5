// SPDX-License-Identifier: GPL-2.0-or-later
/* Which name and which number an array gets.  What is expected was seen with the packaged tool. */
#include "naming.h"
#include "unit.h"
#include "util.h"

/* Arrays that run: md5 has no name, md9 is /dev/md/taken, md10 /dev/md/host:x, md11 /dev/md/y_0. */
static void in_use(struct names_used *u)
{
	*u = (struct names_used){ 0 };
	names_add(u, "md5", "/dev/md5");
	names_add(u, "md9", "/dev/md/taken");
	names_add(u, "md10", "/dev/md/host:x");
	names_add(u, "md11", "/dev/md/y_0");
}

static void test_stored(void)
{
	static const struct {
		enum name_trust trust;
		const char *stored;
		int md_minor;
		const char *devnm, *path;
		enum name_rule rule;
	} t[] = {
		{ TRUST_HOME, "me:home", -1, "", "/dev/md/home", NAME_LOCAL },
		{ TRUST_ANY, "any:home", -1, "", "/dev/md/home", NAME_LOCAL },
		{ TRUST_LISTED, "host:home", -1, "", "/dev/md/home", NAME_LOCAL },
		{ TRUST_NOT_REQUIRED, "home", -1, "", "/dev/md/home", NAME_LOCAL },
		{ TRUST_FOREIGN, "host:home", -1, "", "/dev/md/host:home", NAME_FOREIGN },
		{ TRUST_FOREIGN, "home", -1, "", "/dev/md/home_0", NAME_FOREIGN_SUFFIX },
		{ TRUST_FOREIGN, "y", -1, "", "/dev/md/y_1", NAME_FOREIGN_SUFFIX },
		{ TRUST_FOREIGN, "host:x", -1, "", "/dev/md/host:x_0", NAME_CLASH },
		{ TRUST_HOME, "me:taken", -1, "", "/dev/md/taken_0", NAME_CLASH },
		/* numbers */
		{ TRUST_HOME, "me:7", -1, "md7", "/dev/md/7", NAME_LOCAL },
		{ TRUST_HOME, "me:md7", -1, "md7", "/dev/md/md7", NAME_LOCAL },
		{ TRUST_HOME, "me:007", -1, "md7", "/dev/md/007", NAME_LOCAL },
		{ TRUST_HOME, "me:d7", -1, "", "/dev/md/d7", NAME_LOCAL },
		{ TRUST_HOME, "me:5", -1, "", "/dev/md/5", NAME_LOCAL },
		{ TRUST_HOME, "me:1048576", -1, "", "/dev/md/1048576", NAME_LOCAL },
		{ TRUST_FOREIGN, "host:7", -1, "", "/dev/md/host:7", NAME_FOREIGN },
		{ TRUST_FOREIGN, "7", -1, "", "/dev/md/7_0", NAME_FOREIGN_SUFFIX },
		{ TRUST_HOME, "", 7, "md7", "/dev/md/7", NAME_PREFERRED_MINOR },
		{ TRUST_FOREIGN, "", 7, "", "/dev/md/7_0", NAME_FOREIGN_SUFFIX },
		/* none */
		{ TRUST_HOME, "", -1, "", "", NAME_NUMBER },
		{ TRUST_HOME, "me:", -1, "", "", NAME_NUMBER },
		{ TRUST_FOREIGN, "", -1, "", "", NAME_NUMBER },
		/* hostile */
		{ TRUST_HOME, "me:a/b", -1, "", "/dev/md/a-b", NAME_LOCAL },
		{ TRUST_HOME, "me:a b\tc", -1, "", "/dev/md/a_b_c", NAME_LOCAL },
		{ TRUST_HOME, "me:..", -1, "", "/dev/md/_.", NAME_LOCAL },
		{ TRUST_HOME, "me:.x", -1, "", "/dev/md/_x", NAME_LOCAL },
		{ TRUST_HOME, "me:../../etc/passwd", -1, "", "/dev/md/_.-..-etc-passwd", NAME_LOCAL },
		{ TRUST_HOME, "me:x\033[2J\n", -1, "", "/dev/md/x_[2J_", NAME_LOCAL },
		{ TRUST_HOME, "me:\xff\xc3", -1, "", "/dev/md/__", NAME_LOCAL },
		{ TRUST_HOME, "me:gr\xc3\xb6\xc3\x9f""e", -1, "", "/dev/md/gr\xc3\xb6\xc3\x9f""e",
		  NAME_LOCAL },
		{ TRUST_HOME, "me:a\xe2\x80\xae""b\xc2\x9b", -1, "", "/dev/md/a_b_", NAME_LOCAL },
		{ TRUST_FOREIGN, "ho/st:x", -1, "", "/dev/md/ho-st:x", NAME_FOREIGN },
	};
	struct names_used u cleanup(names_free);

	in_use(&u);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct name_request q = { .stored = t[i].stored, .md_minor = t[i].md_minor,
						.trust = t[i].trust };
		struct naming n;
		struct err err;

		CHECK(!naming_choose(&q, &u, &n, &err) && !strcmp(n.md.devnm, t[i].devnm) &&
		      !strcmp(n.md.path, t[i].path) && n.rule == t[i].rule && !n.taken &&
		      n.trust == t[i].trust, t[i].stored);
	}
}

static void test_given(void)
{
	static const struct {
		const char *given, *stored;
		int md_minor;
		const char *devnm, *path;
		bool taken;
	} t[] = {
		{ "/dev/md/x", "host:home", -1, "", "/dev/md/x", false },
		{ "x", "host:7", -1, "md7", "/dev/md/x", false },
		{ "x", "host:5", -1, "", "/dev/md/x", false },
		{ "x", "", 7, "md7", "/dev/md/x", false },
		{ "/dev/md3", "host:7", -1, "md3", "/dev/md3", false },
		{ "/dev/md/3", "host:7", -1, "md3", "/dev/md/3", false },
		{ "md3", "host:home", -1, "", "/dev/md/md3", false },
		{ "d3", "host:home", -1, "md3", "/dev/md/d3", false },
		{ "/dev/md5", "host:home", -1, "md5", "/dev/md5", true },
		{ "5", "host:home", -1, "md5", "/dev/md/5", true },
		{ "/dev/md9", "host:home", -1, "md9", "/dev/md9", true },
		{ "taken", "host:home", -1, "", "/dev/md/taken", true },
	};
	struct names_used u cleanup(names_free);

	in_use(&u);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const struct name_request q = { .given = t[i].given, .given_by = NAME_ARRAY_LINE,
						.stored = t[i].stored, .md_minor = t[i].md_minor };
		struct naming n;
		struct err err;

		CHECK(!naming_choose(&q, &u, &n, &err) && !strcmp(n.md.devnm, t[i].devnm) &&
		      !strcmp(n.md.path, t[i].path) && n.rule == NAME_ARRAY_LINE &&
		      n.taken == t[i].taken, t[i].given);
	}
}

static void test_bad_given(void)
{
	const struct name_request q = { .given = "../sda", .stored = "", .md_minor = -1 };
	struct names_used u = { 0 };
	struct naming n;
	struct err err = { "" };

	CHECK(naming_choose(&q, &u, &n, &err) < 0 && err.text[0], "what is given must be a name");
}

/* What the map says of an array that does not run is nobody's name. */
static void test_map(void)
{
	static const char text[] = "md7 1.2 0:0:0:0 /dev/md/gone\nmd8 1.2 0:0:0:0 /dev/md/here\n"
				   "md7 1.2 00000001:00000002:00000003:00000004 /dev/md/gone\n"
				   "md8 1.2 00000001:00000002:00000003:00000005 /dev/md/here\n";
	struct mdstat running cleanup(mdstat_free);
	struct map map cleanup(map_free);
	struct names_used u cleanup(names_free) = { 0 };

	map_parse(text, sizeof(text) - 1, &map);
	mdstat_parse("Personalities : [raid1]\nmd8 : active raid1 sda[0]\n      1 blocks\n\n"
		     "md6 : inactive sdb[0](S)\n      1 blocks\n\n", &running);
	names_load(&u, &map, &running);
	CHECK(u.n == 2 && !names_by_path(&u, "/dev/md/gone") && !names_by_devnm(&u, "md7"),
	      "an array that is gone has no name");
	CHECK(names_by_path(&u, "/dev/md/here") == names_by_devnm(&u, "md8"), "one that runs has");
	CHECK(names_by_path(&u, "/dev/md6") == names_by_devnm(&u, "md6"), "also without a line");
}

static void test_long(void)
{
	char name[400], out[201];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	devnode_safe_name(name, out, sizeof(out));
	CHECK(strlen(out) == 190, "a long name is cut");
	devnode_safe_name(name, out, 5);
	CHECK_TEXT(out, "aaaa");
	devnode_safe_name("\xc3\xb6\xc3\xb6", out, 4);
	CHECK_TEXT(out, "\xc3\xb6");
}

int main(void)
{
	test_stored();
	test_given();
	test_bad_given();
	test_map();
	test_long();
	return unit_done();
}
