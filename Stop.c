// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stop.c - --stop: one array, many, or all of them.  Makes sure that nobody uses the
 * array, then runs a plan: STOP_ARRAY, the map's line, the link.  STOP_ARRAY sleeps in the
 * kernel, so those of a round are under way at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "Stop.h"
#include "blkdev.h"
#include "devnode.h"
#include "mapfile.h"
#include "mdstat.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"
#include "work.h"

/* An array on its way out. */
struct stopping {
	const struct request *req;
	struct plan *owner;      /* who has the map's lock already, or NULL */
	char devnm[33];
	char node[40];
	const char *path;        /* what it is called in messages */
	dev_t rdev;
	int fd;                  /* opened alone; the plan's once it runs */
	int rc;
	struct err err;          /* when rc */
};

/* A dry run makes no node of its own. */
static int try_open(const struct request *r, const char *path, dev_t rdev, bool patient,
		    struct err *err)
{
	const int flags = O_RDONLY | O_EXCL;
	int fd;

	if (!r->dry_run)
		return devnode_open(rdev, flags, patient, err);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? err_set(err, -errno, "cannot open %s: %s", path, error_text(errno)) : fd;
}

/* Alone, so that a file system or a volume group on it is not pulled away. */
static int open_alone(const struct request *r, const char *path, dev_t rdev, struct err *err)
{
	char why[600];
	int fd = try_open(r, path, rdev, false, err);
	bool held = fd == -EBUSY && blk_holder(rdev, why, sizeof(why));

	/* a holder that has a name stays; anybody else is udev, and soon gone */
	if (fd == -EBUSY && !held)
		fd = try_open(r, path, rdev, true, err);
	if (fd != -EBUSY)
		return fd;
	held = blk_busy_reason(rdev, why, sizeof(why));
	return err_set(err, -EBUSY, "Cannot get exclusive access to %s:Perhaps a running process, "
		       "mounted filesystem or active volume group?%s%s", path, held ? "\n" : "",
		       held ? why : "");
}

/*
 * The map is locked before the array goes, so that nobody's new line for the number is taken for
 * the old one.  But a map that cannot be had keeps no array running.
 */
static bool lock_map(struct plan *p, struct plan *owner)
{
	struct err err;

	if (owner) {
		plan_share_lock(p, owner);
		return true;
	}
	plan_lock_map_if_usable(p);
	if (plan_run(p, &err) == 0)
		return true;
	say_err(&err);
	return false;
}

static void open_one(void *arg, size_t i)
{
	struct stopping *s = (struct stopping *)arg + i;

	if (s->rc)
		return;
	s->fd = open_alone(s->req, s->path, s->rdev, &s->err);
	s->rc = s->fd < 0 ? s->fd : 0;
}

static void stop_one(void *arg, size_t i)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct stopping *s = (struct stopping *)arg + i;

	if (s->rc)
		return;
	plan_stop_array(p, s->fd, s->path);
	s->rc = plan_run(p, &s->err);
}

/* Of an array that was stopped: the map's line, the name under which it was known, the node. */
static void forget(struct stopping *s, struct plan *p, bool locked, const struct map *map)
{
	const struct map_entry *e = map_by_devnm(map, s->devnm);

	if (locked)
		plan_map_remove(p, s->devnm);
	/* the name first: whoever finds the line still there finds the name by it */
	devnode_forget(s->devnm, e ? e->path : "");
	s->rc = plan_run(p, &s->err);
	if (s->rc || !plan_map_failure(p)->text[0])
		return;
	if (e)
		say_error("%s was stopped, and its line stays in the map: %s", s->path,
			  plan_map_failure(p)->text);
	else
		say_verbose("%s", plan_map_failure(p)->text);
}

/* Signals wait from the first array that goes until the last line of the map has gone. */
static void stop_opened(struct stopping *s, size_t n, const struct map *map)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	bool locked = lock_map(p, s->owner);

	plan_hold_signals(p);
	work_all(n, WORK_SLEEPS, stop_one, s);
	for (size_t i = 0; i < n; i++)
		if (!s[i].rc)
			forget(&s[i], p, locked, map);
}

/* What would be done with an array that was opened. */
static void tell(struct stopping *s)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(s->req);
	char *title autofree = xasprintf("stop %s", s->path);
	bool locked = lock_map(p, s->owner);

	plan_stop_array(p, s->fd, s->path);
	if (locked)
		plan_map_remove(p, s->devnm);
	s->rc = plan_run(p, &s->err);
	if (!s->rc)
		mode_tell_plan(s->req, p, title);
}

/* Is it busy only because of an array on top of it, of those that would be stopped? */
static bool would_be_free(const struct stopping *s, size_t n, size_t i)
{
	char holder[33];

	if (s[i].rc != -EBUSY || !blk_md_holder(s[i].rdev, holder))
		return false;
	for (size_t j = 0; j < n; j++)
		if (s[j].rc == 0 && !strcmp(s[j].devnm, holder))
			return true;
	return false;
}

/* In the order in which they would be stopped. */
static void tell_all(struct stopping *s, size_t n)
{
	bool more = true;

	for (size_t i = 0; i < n; i++)
		if (!s[i].rc)
			tell(&s[i]);
	while (more) {
		more = false;
		for (size_t i = 0; i < n; i++)
			if (would_be_free(s, n, i)) {
				tell(&s[i]);
				more = !s[i].rc;
			}
	}
}

static void stop(const struct request *r, struct stopping *s, size_t n, const struct map *map)
{
	size_t opened = 0;

	work_all(n, WORK_QUICK, open_one, s);
	for (size_t i = 0; i < n; i++)
		opened += !s[i].rc;
	if (r->dry_run)
		tell_all(s, n);
	else if (opened)
		stop_opened(s, n, map);
}

int Stop_under(const char *path, const struct request *r, struct plan *owner, struct err *err)
{
	char *node autofree = mode_array_node(path);
	struct stopping s = { .req = r, .owner = owner, .path = node };
	struct map map cleanup(map_free) = { 0 };

	s.rc = mode_find_array(node, &s.rdev, s.devnm, &s.err);
	map_load(&map);
	stop(r, &s, 1, &map);
	*err = s.err;
	return s.rc;
}

int Stop(const char *path, const struct request *r)
{
	struct err err;

	if (Stop_under(path, r, NULL, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!r->dry_run)
		say_note("stopped %s", path);
	return STATUS_OK;
}

/* An array without a node in /dev is stopped by its number all the same. */
static void find_listed(struct stopping *s, const char *devnm, const struct map *map)
{
	const struct map_entry *e = map_by_devnm(map, devnm);

	copy_text(s->devnm, sizeof(s->devnm), devnm);
	snprintf(s->node, sizeof(s->node), "/dev/%s", devnm);
	s->path = e ? e->path : s->node;
	s->rc = sysfs_devnm_rdev(devnm, &s->rdev);
	if (s->rc)
		err_set(&s->err, s->rc, "%s has gone: %s", s->path, error_text(-s->rc));
}

/* One round over all arrays; complaints only in the last one. */
static size_t stop_round(const struct request *r, const struct mdstat *arrays, bool complain)
{
	struct stopping *s autofree = xcalloc(arrays->n, sizeof(*s));
	struct map map cleanup(map_free) = { 0 };
	size_t stopped = 0;

	map_load(&map);
	for (size_t i = 0; i < arrays->n; i++) {
		s[i].req = r;
		find_listed(&s[i], arrays->entry[i].devnm, &map);
	}
	stop(r, s, arrays->n, &map);
	for (size_t i = 0; i < arrays->n; i++) {
		if (s[i].rc && complain)
			say_err(&s[i].err);
		if (s[i].rc)
			continue;
		if (!r->dry_run)
			say_verbose("stopped %s", s[i].path);
		stopped++;
	}
	return stopped;
}

/* An array may lie on others: each round frees those below. */
int Stop_all(const struct request *r)
{
	bool last = r->dry_run;

	for (;;) {
		struct mdstat arrays;
		struct err err;
		size_t stopped, n;

		if (mdstat_read(&arrays, &err)) {
			say_err(&err);
			return STATUS_FAILED;
		}
		n = arrays.n;
		stopped = stop_round(r, &arrays, last);
		mdstat_free(&arrays);
		if (stopped == n)
			return STATUS_OK;
		if (r->dry_run || (last && !stopped))
			return STATUS_FAILED;
		last = !stopped;
	}
}
