// SPDX-License-Identifier: GPL-2.0-or-later
/* What a name given for an array means. */
#include <errno.h>

#include "devnode.h"
#include "unit.h"
#include "util.h"

static void test_good(void)
{
	static const struct {
		const char *given, *devnm, *path, *name;
	} t[] = {
		{ "/dev/md0", "md0", "/dev/md0", "0" },
		{ "/dev/md1048575", "md1048575", "/dev/md1048575", "1048575" },
		{ "/dev/md_d5", "md5", "/dev/md5", "d5" },
		{ "/dev/md/5", "md5", "/dev/md/5", "5" },
		{ "5", "md5", "/dev/md/5", "5" },
		{ "d5", "md5", "/dev/md/d5", "d5" },
		{ "/dev/md/home", "", "/dev/md/home", "home" },
		{ "home", "", "/dev/md/home", "home" },
		{ "md0", "", "/dev/md/md0", "md0" },
		{ "a b", "", "/dev/md/a_b", "a b" },
		{ "05", "md5", "/dev/md/05", "05" },
		{ "d007", "md7", "/dev/md/d007", "d007" },
		{ "/dev/md/00", "md0", "/dev/md/00", "00" },
		{ "/dev/md01", "md1", "/dev/md1", "01" },
		{ "/dev/md_d01", "md1", "/dev/md1", "d01" },
		{ "1048576", "", "/dev/md/1048576", "1048576" },
		{ "d", "", "/dev/md/d", "d" },
		{ "host:0", "", "/dev/md/host:0", "host:0" },
		{ "12345678901234567890123456789012", "",
		  "/dev/md/12345678901234567890123456789012",
		  "12345678901234567890123456789012" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct md_name n;
		struct err err;

		CHECK(!devnode_parse_name(t[i].given, &n, &err) && !strcmp(n.devnm, t[i].devnm) &&
		      !strcmp(n.path, t[i].path) && !strcmp(n.name, t[i].name), t[i].given);
	}
}

static void test_bad(void)
{
	static const char *const bad[] = {
		"", "/dev/md/", ".", "..", ".x", "a/b", "/dev/md/../sda", "/dev/md//x", "/tmp/md0",
		"<ignore>", "123456789012345678901234567890123", "x\n", "\033[2J", "\xc3", "\xc2\x85", "/",
		"/dev/", "/dev/md", "/dev/md_home", "/dev/sda", "/dev/md-1",
		"/dev/md0p1", "/dev/md1048576", "/dev/md_d", "/dev/md0/x", "/dev/md_d5 ",
		"/dev/./md0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct md_name n = { .devnm = "same" };
		struct err err = { "" };

		CHECK(devnode_parse_name(bad[i], &n, &err) == -EINVAL && err.text[0] &&
		      !strcmp(n.devnm, "same"), "refused");
	}
}

static void test_sentences(void)
{
	struct md_name n;
	struct err err;

	devnode_parse_name("", &n, &err);
	CHECK_TEXT(err.text, "Value \"\" cannot be set as devname. Reason: Too long or empty.\nit is empty");
	devnode_parse_name("/dev/md_home", &n, &err);
	CHECK_TEXT(err.text,
		   "/dev/md_home is an invalid name for an md device.  Try /dev/md/home");
	devnode_parse_name("/dev/other", &n, &err);
	CHECK_TEXT(err.text, "/dev/other is an invalid name for an md device.  Try /dev/md/other");
	devnode_parse_name("\033x", &n, &err);
	CHECK_TEXT(err.text,
		   "Value \"\\x1bx\" cannot be set as devname. Reason: Not printable.");
}

int main(void)
{
	test_good();
	test_bad();
	test_sentences();
	return unit_done();
}
