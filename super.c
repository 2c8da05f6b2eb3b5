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

/* What the places of a device hold that were looked at. */
struct found {
	struct super *newest;    /* of two of one age the first */
	int failed;              /* of the first place where anything might be, else 0: */
	const struct superswitch *fmt;
	int minor;
	struct err why;
};

static void found_cleanup(struct found *f)
{
	super_free(f->newest);
}

static void look_at(struct blkdev *b, const struct superswitch *fmt, int minor, unsigned flags,
		    struct found *f)
{
	struct super *s cleanup(super_cleanup) = NULL;
	struct err why;
	int rc = fmt->load_super(b, minor, flags, &s, &why);

	if (rc < 0 && !f->failed) {
		f->failed = rc;
		f->fmt = fmt;
		f->minor = minor;
		f->why = why;
	}
	if (rc == 0 && (!f->newest || super_ctime(s) > super_ctime(f->newest))) {
		struct super *older cleanup(super_cleanup) = f->newest;

		f->newest = steal(s);
	}
}

static void look_everywhere(struct blkdev *b, const struct superswitch *only, unsigned flags,
			    struct found *f)
{
	for (size_t i = 0; superlist[i]; i++)
		for (int m = superlist[i]->first_minor; m <= superlist[i]->last_minor; m++)
			if (!only || only == superlist[i])
				look_at(b, superlist[i], m, flags, f);
}

/* What cannot be read or trusted is as likely to be meant as the one that is whole. */
static int refuse_to_choose(const struct blkdev *b, const struct found *f, struct err *why)
{
	char bad[24], good[24];

	snprintf(bad, sizeof(bad), "%d.%d", f->fmt->major, f->minor);
	snprintf(good, sizeof(good), "%d.%d", f->newest->fmt->major, f->newest->minor);
	if (f->failed != -EINVAL)
		return err_set(why, f->failed, "%s\na superblock of version %s may be there, and "
			       "one of version %s is elsewhere: should that one be meant, "
			       "name it: --metadata=%s", f->why.text, bad, good, good);
	return err_set(why, f->failed, "%s\nit is of version %s, and there is one of version %s too: "
		       "name that one (--metadata=%s), or erase the damaged one "
		       "(mdadm --zero-superblock --metadata=%s %s)",
		       f->why.text, bad, good, good, bad, b->path);
}

static int guess(struct blkdev *b, const struct superswitch *only, unsigned flags,
		 struct super **out, struct err *why)
{
	struct found f cleanup(found_cleanup) = { 0 };
	const bool report = flags & LOAD_FOR_REPORT;

	look_everywhere(b, only, LOAD_IGNORE_SIZE | (report ? LOAD_FOR_REPORT : LOAD_ANY_SHAPE),
			&f);
	if (why)
		*why = f.why;
	if (!f.newest)
		return f.failed ? f.failed : SUPER_ABSENT;
	if (!report && f.failed)
		return refuse_to_choose(b, &f, why);
	if (!report)
		return f.newest->fmt->load_super(b, f.newest->minor, flags, out, why);
	*out = steal(f.newest);
	return 0;
}

int super_load(struct blkdev *b, const struct superswitch *fmt, int minor, unsigned flags,
	       struct super **out, struct err *why)
{
	if (why)
		why->text[0] = '\0';
	if (fmt && minor != SUPER_ANY_MINOR)
		return fmt->load_super(b, minor, flags, out, why);
	return guess(b, fmt, flags, out, why);
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
