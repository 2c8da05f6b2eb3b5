/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wildcard.h - paths that match a pattern.  What glob(3) is to a shell, without its users and
 * their home directories: those bring name services and a resolver into a static program.
 */
#ifndef WILDCARD_H
#define WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

struct wildcard_paths {
	char **path;
	size_t n, cap;
	size_t looked_at; /* names */
};

/* Does the word have one of the characters * ? [ and \, so that it stands for other names? */
bool wildcard_is(const char *word);

/*
 * The paths below / that the pattern matches, sorted by their bytes.  A wildcard matches no slash and
 * no dot at the start of a name; a backslash takes the next character as it is.  A directory that
 * cannot be read has no names.  False: more names than WILDCARD_MAX had to be looked at, and no path is kept.
 */
#define WILDCARD_MAX 1000000
bool wildcard_expand(const char *pattern, struct wildcard_paths *out);

/* For cleanup(): frees the paths, not *p. */
void wildcard_free(struct wildcard_paths *p);

#endif
