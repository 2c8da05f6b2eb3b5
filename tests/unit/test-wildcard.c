// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths that match a pattern, beside what glob(3) finds in the same tree. */
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>

#include "unit.h"
#include "util.h"
#include "wildcard.h"

/* Made in the directory that it begins with; a name with a slash at its end is a directory. */
static const char *const tree[] = {
	"a/", "a-b/", ".dir/", "sda", "sdb", "sdb1", "sd*", ".hidden", "a/x", "a/.y", "a-b/x", "a/sdz",
	".dir/x",
};

static void make_tree(void)
{
	bool ok = true;

	for (size_t i = 0; i < ARRAY_SIZE(tree); i++)
		if (tree[i][strlen(tree[i]) - 1] == '/')
			ok &= mkdir(tree[i], 0755) == 0;
		else
			ok &= close(open(tree[i], O_WRONLY | O_CREAT, 0644)) == 0;
	ok &= symlink("nothing", "dangling") == 0 && symlink("a", "link") == 0;
	CHECK(ok, "a tree to look at");
}

static void remove_tree(const char *root)
{
	unlink("dangling");
	unlink("link");
	for (size_t i = ARRAY_SIZE(tree); i > 0; i--)
		remove(tree[i - 1]);
	CHECK(rmdir(root) == 0, "the tree is gone");
}

static bool same_as_glob(const char *pattern)
{
	cleanup(wildcard_free) struct wildcard_paths p;
	glob_t g = { 0 };
	bool same;

	if (glob(pattern, 0, NULL, &g) != 0)
		g.gl_pathc = 0;
	same = wildcard_expand(pattern, &p) && p.n == g.gl_pathc;
	for (size_t i = 0; same && i < p.n; i++)
		same = strcmp(p.path[i], g.gl_pathv[i]) == 0;
	globfree(&g);
	return same;
}

static size_t count(const char *root, const char *pattern)
{
	cleanup(wildcard_free) struct wildcard_paths p;
	autofree char *full = xasprintf("%s%s", root, pattern);

	return wildcard_expand(full, &p) ? p.n : SIZE_MAX;
}

static void test_paths(const char *root)
{
	static const char *const pattern[] = {
		"/sd*", "/sd?", "/sd[a-b]*", "/sd[!a]", "/*", "/.*", "/.h*", "/*/*", "/*/sd?", "/a/*",
		"/a*/x*", "/none/*", "/sda", "/none", "/sd\\*", "/a/../sd*", "/dangling", "/dang*", "/*/",
		"/sda/*", "/sd[", "/link/*", "/.d*/*", "/\\a/*",
	};

	for (size_t i = 0; i < ARRAY_SIZE(pattern); i++) {
		autofree char *full = xasprintf("%s%s", root, pattern[i]);

		CHECK(same_as_glob(full), pattern[i]);
	}
	CHECK(count(root, "/sd?") == 3, "a question mark is one character");
	CHECK(count(root, "/*/x") == 3, "through directories and links, not through hidden ones");
	CHECK(count(root, "/sd\\*") == 1, "a backslash takes away what a star means");
	CHECK(count(root, "//a//x") == 1, "slashes in a row are one");
	CHECK(count(root, "/dangling") == 1, "a link to nothing is a name");
}

static void test_bounds(const char *root)
{
	struct wildcard_paths p;
	char *long_one = xcalloc(1, 9000);

	CHECK(wildcard_expand("sd*", &p) && p.n == 0, "only what begins at the root");
	CHECK(wildcard_expand("", &p) && p.n == 0, "no pattern");
	for (size_t i = 0; i < 4000; i++)
		memcpy(long_one + i * 2, "/*", 2);
	CHECK(count(root, long_one) == 0, "a path is never longer than the kernel takes");
	free(long_one);
	CHECK(wildcard_is("sd[ab]") && wildcard_is("a\\b") && wildcard_is("*"), "a wildcard");
	CHECK(!wildcard_is("/dev/sda"), "none");
}

int main(void)
{
	char root[] = "/tmp/wildcard.XXXXXX";

	if (!mkdtemp(root) || chdir(root) < 0)
		return 1;
	make_tree();
	test_paths(root);
	test_bounds(root);
	remove_tree(root);
	return unit_done();
}
