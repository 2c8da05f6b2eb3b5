// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of mdadm.conf with entries commented out and lines added. */
#include <stdlib.h>

#include "config-edit.h"
#include "unit.h"
#include "util.h"

static void check(const char *text, struct config_edits *l, const char *want)
{
	size_t n;
	autofree char *got = config_edit_apply(text, strlen(text), l, &n);

	CHECK(n == strlen(got), "the length");
	CHECK(!strcmp(got, want), want);
	if (strcmp(got, want) != 0)
		printf("# got: %s\n", got);
	config_edits_free(l);
}

static void test_nothing(void)
{
	struct config_edits l = { 0 };

	check("", &l, "");
	check("a\r\n\n b # c", &l, "a\r\n\n b # c");
}

static void test_comment(void)
{
	struct config_edits l = { 0 };

	config_edit_comment(&l, 2, 5, "# why");
	check("one\ntwo\n # kept\n\n\tthree\nfour\n", &l, "one\n# why\n#two\n # kept\n\n#\tthree\nfour\n");
	config_edit_comment(&l, 1, 1, "# why");
	check("one", &l, "# why\n#one");
}

static void test_add(void)
{
	struct config_edits l = { 0 };

	config_edit_add(&l, 0, "first");
	config_edit_add(&l, 2, "new");
	config_edit_add(&l, 2, "newer");
	check("one\ntwo", &l, "first\none\ntwo\nnew\nnewer\n");
	config_edit_add(&l, 0, "only");
	check("", &l, "only\n");
	config_edit_add(&l, 1, "b");
	check("a\nc\n", &l, "a\nb\nc\n");
}

/* In any order; what is added behind an entry is added behind what became of it. */
static void test_both(void)
{
	struct config_edits l = { 0 };

	config_edit_add(&l, 3, "end");
	config_edit_add(&l, 2, "instead");
	config_edit_comment(&l, 3, 3, "# c");
	config_edit_comment(&l, 1, 2, "# ab");
	check("a\n b\nc\n", &l, "# ab\n#a\n# b\ninstead\n# c\n#c\nend\n");
}

static void test_lines(void)
{
	CHECK(config_count_lines("", 0) == 0 && config_count_lines("a", 1) == 1 &&
	      config_count_lines("a\n", 2) == 1 && config_count_lines("\n\nb", 3) == 3, "lines");
	CHECK(config_line_has_words(" a", 2) && !config_line_has_words(" \t#a", 4) &&
	      !config_line_has_words("\r\n", 2) && !config_line_has_words("", 0), "words");
}

int main(void)
{
	test_nothing();
	test_comment();
	test_add();
	test_both();
	test_lines();
	return unit_done();
}
