// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * member.c - devices probed into members, slow ones at once.  Uses blkdev, the superlist and
 * select; never writes and never prints.
 */
#include <errno.h>
#include <string.h>

#include "kernel.h"
#include "member.h"
#include "util.h"
#include "work.h"

/* So many devices are open at a time. */
#define BATCH 64
/* To read the start of a device takes less, unless the device sleeps. */
#define SLOW_MS 2

/* The devices that are probed now: those of the list from path on. */
struct probing {
	struct member *member;   /* BATCH of them, all zero */
	char *const *path;
	struct blkdev *dev[BATCH];
	const struct superswitch *fmt;
	int minor;
	unsigned load_flags;
	bool seen;               /* MEMBERS_SEEN */
};

static void open_one(void *arg, size_t i)
{
	struct probing *p = arg;
	struct member *m = &p->member[i];

	if (m->path)
		return;
	m->path = xstrdup(p->path[i]);
	if (p->seen) {
		m->rc = blk_open(m->path, BLK_READ_NODE, &p->dev[i], &m->why);
		/* a file, or another node by now: looked at before it is opened */
		if (m->rc != -ENOTBLK)
			return;
	}
	m->rc = blk_open(m->path, BLK_READ, &p->dev[i], &m->why);
}

static void read_one(void *arg, size_t i)
{
	struct probing *p = arg;
	struct blkdev *b = p->dev[i / BLK_WINDOWS];

	if (b)
		blk_read_ahead(b, i % BLK_WINDOWS);
}

static void load_and_close(struct probing *p, size_t i)
{
	struct blkdev *b cleanup(blk_cleanup) = steal(p->dev[i]);
	struct member *m = &p->member[i];

	if (!b)
		return;
	if (!(p->load_flags & LOAD_FOR_REPORT))
		m->id = blk_identify(b);
	m->dev_sec = b->size_sec;
	m->rc = super_load(b, p->fmt, p->minor, p->load_flags, &m->super, &m->why);
	if (m->rc == 0)
		m->super->fmt->getinfo_super(m->super, &m->array, &m->disk);
}

void member_probe(struct member *m, char *path, const struct superswitch *fmt, int minor,
		  unsigned load_flags)
{
	struct probing p = { .member = m, .path = &path, .fmt = fmt, .minor = minor,
			     .load_flags = load_flags };

	memset(m, 0, sizeof(*m));
	open_one(&p, 0);
	load_and_close(&p, 0);
}

void member_probe_alone(struct member *m, char *path, const struct superswitch *fmt, int minor,
			unsigned load_flags)
{
	struct probing p = { .member = m, .path = &path, .fmt = fmt, .minor = minor,
			     .load_flags = load_flags };
	struct blkdev *alone cleanup(blk_cleanup) = NULL;

	/* read by who is not alone: on a slow disk it takes long, and others ask whether it is free */
	memset(m, 0, sizeof(*m));
	m->path = xstrdup(path);
	m->rc = blk_open(path, BLK_READ_NODE, &p.dev[0], &m->why);
	load_and_close(&p, 0);
	m->held = m->rc == 0 && blk_open_alone(path, m->id.rdev, RECLAIM_DEADLINE_MS, &alone,
					       &m->why) == -EBUSY;
}

/* One of a list.  Returns false when it turns out to be slow; it is open then. */
static bool probe_quick(struct probing *p)
{
	int64_t begin_ms = clock_ms();

	open_one(p, 0);
	read_one(p, 0);
	if (clock_ms() - begin_ms >= SLOW_MS)
		return false;
	load_and_close(p, 0);
	return true;
}

/* Up to BATCH devices, all their reads at once. */
static void probe_slow(struct probing *p, size_t n)
{
	work_all(n, WORK_QUICK, open_one, p);
	work_all(n * BLK_WINDOWS, WORK_SLEEPS, read_one, p);
	for (size_t i = 0; i < n; i++)
		load_and_close(p, i);
}

/* Tells of the first n, and makes room for others. */
static void tell(struct probing *p, size_t n, member_fn *found, void *arg)
{
	for (size_t i = 0; i < n; i++) {
		found(arg, &p->member[i]);
		member_free(&p->member[i]);
	}
	p->path += n;
}

bool members_each(char *const *path, size_t n, const struct superswitch *fmt, int minor,
		  unsigned load_flags, member_fn *found, void *arg)
{
	struct member *batch autofree = xcalloc(MIN(n, (size_t)BATCH), sizeof(*batch));
	struct probing p = { .member = batch, .path = path, .fmt = fmt, .minor = minor,
			     .load_flags = load_flags & ~MEMBERS_SEEN,
			     .seen = load_flags & MEMBERS_SEEN };

	for (; n && probe_quick(&p); n--)
		tell(&p, 1, found, arg);
	if (!n)
		return false;
	while (n) {
		size_t some = MIN(n, (size_t)BATCH);

		probe_slow(&p, some);
		tell(&p, some, found, arg);
		n -= some;
	}
	return true;
}

static void keep(void *arg, struct member *m)
{
	struct member **next = arg;

	*(*next)++ = *m;
	*m = (struct member){ 0 };
}

struct member *members_probe(char *const *path, size_t n, const struct superswitch *fmt, int minor,
			     unsigned load_flags)
{
	struct member *all = xcalloc(n, sizeof(*all)), *next = all;

	members_each(path, n, fmt, minor, load_flags, keep, &next);
	return all;
}

/* Sectors of the disk. */
static uint64_t place_on_disk(const struct member *m, uint64_t start_sec)
{
	return start_sec + m->super->fmt->place_sec(m->super->minor, m->dev_sec);
}

bool member_is_through(const struct member *part, const struct member *disk)
{
	uint64_t start_sec;
	dev_t whole;

	return blk_partition_of(part->id.rdev, &whole, &start_sec) && whole == disk->id.rdev &&
	       place_on_disk(part, start_sec) == place_on_disk(disk, 0);
}

void member_free(struct member *m)
{
	free(m->path);
	super_free(m->super);
	memset(m, 0, sizeof(*m));
}

const char *member_kernel_hint(const struct member *m, char *text, size_t cap)
{
	char needed[KERNEL_TEXT], have[KERNEL_TEXT];
	struct kernel_need need;

	m->super->fmt->oldest_kernel(m->super, &need);
	if (need.version <= kernel_running())
		return NULL;
	snprintf(text, cap, "\nthe metadata of %s needs Linux %s or later (%s), and this is %s",
		 m->path, kernel_text(need.version, needed), need.why,
		 kernel_text(kernel_running(), have));
	return text;
}

void members_free(struct member *m, size_t n)
{
	for (size_t i = 0; m && i < n; i++)
		member_free(&m[i]);
	free(m);
}

size_t members_line_up(struct member *const *m, size_t n, struct contender *who)
{
	size_t freshest;

	for (size_t i = 0; i < n; i++)
		who[i] = (struct contender){ .array = &m[i]->array, .disk = &m[i]->disk };
	freshest = select_freshest(who, n);
	for (size_t i = 0; freshest != SEAT_EMPTY && i < n; i++) {
		const struct member *f = m[freshest];

		if (i == freshest || m[i]->disk.slot < 0)
			continue;
		who[i].denies = !m[i]->super->fmt->slot_active(m[i]->super, f->disk.slot);
		who[i].denied = !f->super->fmt->slot_active(f->super, m[i]->disk.slot);
		who[i].misnumbered = f->super->fmt->number_taken(f->super, m[i]->disk.number,
								 m[i]->disk.slot);
	}
	return freshest;
}
