// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super.c - the superlist: finding the format of a word or of a device, and the
 * lifetime of a loaded superblock.  Knows no format from inside.
 */
#include <errno.h>
#include <string.h>

#include "super.h"
#include "util.h"

/* The order is the order of guessing; see super_load. */
const struct superswitch *const superlist[] = { &super0, &super1, NULL };

const struct superswitch *super_match(const char *word, int *minor)
{
	for (size_t i = 0; superlist[i]; i++)
		if (superlist[i]->match_metadata_desc(word, minor))
			return superlist[i];
	return NULL;
}

static int64_t super_ctime(const struct super *s)
{
	struct array_info a;
	struct disk_info d;

	s->fmt->getinfo_super(s, &a, &d);
	return a.ctime;
}

/*
 * More than one format may be found on a device that was used twice; the array
 * created last is the one that is meant.  Of two of one age the first in the
 * list wins.
 */
static int find_newest(struct blkdev *b, unsigned flags, struct super **out, struct err *why)
{
	struct super *best cleanup(super_cleanup) = NULL;
	int failed = 0;

	for (size_t i = 0; superlist[i]; i++) {
		struct super *s cleanup(super_cleanup) = NULL;
		struct err e;
		int rc = superlist[i]->load_super(b, SUPER_ANY_MINOR, flags, &s, &e);

		if (rc < 0 && !failed) {
			failed = rc;
			*why = e;
		}
		if (rc == 0 && (!best || super_ctime(s) > super_ctime(best))) {
			struct super *older cleanup(super_cleanup) = best;

			best = steal(s);
		}
	}
	if (!best)
		return failed ? failed : SUPER_ABSENT;
	*out = steal(best);
	return 0;
}

/*
 * The one that is meant may be damaged: an older one that happens to be whole is then
 * not to be used in its place.
 */
static int guess(struct blkdev *b, unsigned flags, struct super **out, struct err *why)
{
	struct super *newest cleanup(super_cleanup) = NULL;
	const unsigned lenient = LOAD_IGNORE_SIZE | LOAD_FOR_REPORT;
	struct err e = { "" };
	int rc = find_newest(b, flags | lenient, &newest, &e);

	if (rc < 0 && why)
		*why = e;
	if (rc)
		return rc;
	if ((flags & lenient) != lenient)
		return newest->fmt->load_super(b, newest->minor, flags, out, why);
	*out = steal(newest);
	return 0;
}

int super_load(struct blkdev *b, const struct superswitch *fmt, int minor, unsigned flags,
	       struct super **out, struct err *why)
{
	if (fmt)
		return fmt->load_super(b, minor, flags, out, why);
	return guess(b, flags, out, why);
}

void super_free(struct super *s)
{
	if (s)
		s->fmt->free_super(s);
}

void super_cleanup(struct super **s)
{
	super_free(*s);
}

const char *super_bare_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}
