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

/* What one of the places of a device holds. */
struct place {
	const struct superswitch *fmt;
	int minor;
	struct super *super;     /* or NULL, and then: */
	int failed;              /* why something may be there that is not to be had */
	struct err why;
};

#define MAX_PLACES 8

struct places {
	size_t n;
	struct place at[MAX_PLACES];
};

static void places_cleanup(struct places *p)
{
	while (p->n > 0)
		super_free(p->at[--p->n].super);
}

static void look_at(struct blkdev *b, const struct superswitch *fmt, int minor, unsigned flags,
		    struct places *found)
{
	struct place *p = &found->at[found->n];
	int rc;

	if (found->n == MAX_PLACES)
		return;
	p->super = NULL;
	rc = fmt->load_super(b, minor, flags, &p->super, &p->why);
	p->fmt = fmt;
	p->minor = minor;
	p->failed = MIN(rc, 0);
	if (rc <= 0)
		found->n++;
}

static void look_everywhere(struct blkdev *b, const struct superswitch *only, unsigned flags,
			    struct places *found)
{
	for (size_t i = 0; superlist[i]; i++)
		for (int m = superlist[i]->first_minor; m <= superlist[i]->last_minor; m++)
			if (!only || only == superlist[i])
				look_at(b, superlist[i], m, flags, found);
}

/*
 * Is that place in the data of the superblock s, which lies in front of them and is whole?  What is
 * there was written by whoever may write to the array: any user, any virtual machine.
 */
static bool is_data_of(struct blkdev *b, const struct super *s, const struct place *p)
{
	const uint64_t front = s->fmt->place_sec(s->minor, b->size_sec);
	const uint64_t at = p->fmt->place_sec(p->minor, b->size_sec);
	struct super *whole cleanup(super_cleanup) = NULL;
	struct array_info a;
	struct disk_info d;

	s->fmt->getinfo_super(s, &a, &d);
	if (front >= d.data_offset_sec || at < d.data_offset_sec ||
	    at - d.data_offset_sec >= d.data_size_sec)
		return false;
	/* it may have been loaded for a report, with a wrong checksum */
	return s->fmt->load_super(b, s->minor, LOAD_IGNORE_SIZE | LOAD_ANY_SHAPE, &whole, NULL) == 0;
}

/* The one in whose data that place is, or NULL. */
static const struct place *data_of(struct blkdev *b, const struct places *found,
				   const struct place *p)
{
	for (const struct place *o = found->at; o < found->at + found->n; o++)
		if (o != p && o->super && is_data_of(b, o->super, p))
			return o;
	return NULL;
}

/* What cannot be read or trusted in the data of another one is data. */
static void forget_data(struct blkdev *b, struct places *found)
{
	for (size_t i = found->n; found->n > 1 && i-- > 0;) {
		struct place *p = &found->at[i];

		if (p->super || !data_of(b, found, p))
			continue;
		memmove(p, p + 1, (--found->n - i) * sizeof(*p));
	}
}

/* Created last; of two of one age the first. */
static struct place *newest(struct places *found)
{
	struct place *best = NULL;

	for (struct place *p = found->at; p < found->at + found->n; p++)
		if (p->super && (!best || super_ctime(p->super) > super_ctime(best->super)))
			best = p;
	return best;
}

static const struct place *first_failed(const struct places *found)
{
	for (const struct place *p = found->at; p < found->at + found->n; p++)
		if (p->failed)
			return p;
	return NULL;
}

/* What cannot be read or trusted is as likely to be meant as the one that is whole. */
static int refuse_to_choose(const struct blkdev *b, const struct place *failed,
			    const struct place *whole, struct err *why)
{
	char bad[24], good[24];

	snprintf(bad, sizeof(bad), "%d.%d", failed->fmt->major, failed->minor);
	snprintf(good, sizeof(good), "%d.%d", whole->fmt->major, whole->minor);
	if (failed->failed != -EINVAL)
		return err_set(why, failed->failed, "%s\na superblock of version %s may be there, "
			       "and one of version %s is elsewhere: should that one be meant, "
			       "name it: --metadata=%s", failed->why.text, bad, good, good);
	return err_set(why, failed->failed, "%s\nit is of version %s, and there is one of version %s "
		       "too: name that one (--metadata=%s), or erase the damaged one "
		       "(mdadm --zero-superblock --metadata=%s %s)",
		       failed->why.text, bad, good, good, bad, b->path);
}

/*
 * A create that was killed leaves the newer one there for a moment, and so does whoever wants his array
 * to be taken for this one.
 */
static int refuse_newer(const struct blkdev *b, const struct place *front,
			const struct place *newer, struct err *why)
{
	char old[24], new[24];

	snprintf(old, sizeof(old), "%d.%d", front->fmt->major, front->minor);
	snprintf(new, sizeof(new), "%d.%d", newer->fmt->major, newer->minor);
	return err_set(why, -EINVAL, "%s has a superblock of version %s and, where the data of its array "
		       "would be, a newer one of version %s: name the one that is meant "
		       "(--metadata=%s or --metadata=%s)", b->path, old, new, old, new);
}

static int guess(struct blkdev *b, const struct superswitch *only, unsigned flags,
		 struct super **out, struct err *why)
{
	const bool report = flags & LOAD_FOR_REPORT;
	struct places found cleanup(places_cleanup);
	const struct place *failed, *front;
	struct place *best;
	int rc;

	found.n = 0;
	look_everywhere(b, only, LOAD_IGNORE_SIZE | (flags & LOAD_UNWRITTEN) |
			(report ? LOAD_FOR_REPORT : LOAD_ANY_SHAPE), &found);
	forget_data(b, &found);
	best = newest(&found);
	failed = first_failed(&found);
	if (failed && why)
		*why = failed->why;
	if (!best)
		return failed ? failed->failed : SUPER_ABSENT;
	if (!report && failed)
		return refuse_to_choose(b, failed, best, why);
	front = report ? NULL : data_of(b, &found, best);
	if (front)
		return refuse_newer(b, front, best, why);
	if (!report && !best->fmt->check_super)
		return best->fmt->load_super(b, best->minor, flags, out, why);
	rc = report ? 0 : best->fmt->check_super(best->super, b, flags, why);
	if (!rc)
		*out = steal(best->super);
	return rc;
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

const char *super_difference(const struct super *a, const struct super *b)
{
	if (a->fmt != b->fmt || a->minor != b->minor)
		return "metadata version";
	return a->fmt->compare_super(a, b);
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
