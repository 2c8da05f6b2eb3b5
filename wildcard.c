// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wildcard.c - paths that match a pattern.  Owns the walk through directories; looks at names
 * only.  Uses the base.
 */
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util.h"
#include "wildcard.h"

bool wildcard_is(const char *word)
{
	return strpbrk(word, "*?[\\") != NULL;
}

void wildcard_free(struct wildcard_paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->path[i]);
	free(p->path);
	*p = (struct wildcard_paths){ 0 };
}

static bool walk(const char *base, const char *rest, struct wildcard_paths *out);

/* BASE/NAME, and what REST matches below it. */
static bool descend(const char *base, const char *name, const char *rest, struct wildcard_paths *out)
{
	autofree char *path = xasprintf("%s/%s", base, name);

	if (strlen(path) >= PATH_MAX)
		return true;
	if (*rest)
		return walk(path, rest, out);
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return true;
	out->path = xgrow(out->path, &out->cap, out->n, sizeof(*out->path));
	out->path[out->n++] = steal(path);
	return true;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* All names of the directory that match PATTERN, and what REST matches below each. */
static bool each_name(const char *base, const char *pattern, const char *rest,
		      struct wildcard_paths *out)
{
	cleanup(close_dir) DIR *dir = opendir(*base ? base : "/");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (++out->looked_at > WILDCARD_MAX)
			return false;
		if (fnmatch(pattern, entry->d_name, FNM_PERIOD) == 0 &&
		    !descend(base, entry->d_name, rest, out))
			return false;
	}
	return true;
}

/* REST begins with a slash; BASE is "" or a directory without a slash at its end. */
static bool walk(const char *base, const char *rest, struct wildcard_paths *out)
{
	autofree char *name = NULL;
	size_t len;

	rest += strspn(rest, "/");
	len = strcspn(rest, "/");
	name = xasprintf("%.*s", (int)len, rest);
	rest += len;
	if (wildcard_is(name))
		return each_name(base, name, rest, out);
	return descend(base, name, rest, out);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool wildcard_expand(const char *pattern, struct wildcard_paths *out)
{
	*out = (struct wildcard_paths){ 0 };
	if (pattern[0] != '/')
		return true;
	if (!walk("", pattern, out)) {
		wildcard_free(out);
		return false;
	}
	if (out->n)
		qsort(out->path, out->n, sizeof(*out->path), compare);
	return true;
}
