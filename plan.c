// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan.c - steps, the executor and the undo.  The only file that changes
 * anything: it calls the writing functions of blkdev, md, sysfs, devnode and
 * mapfile.  A kind of step is one row of a table: what runs it, what takes it back.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "blkdev.h"
#include "devnode.h"
#include "plan.h"
#include "sysfs.h"
#include "util.h"

/* How long the undo waits for a member that udev happens to look at. */
#define RECLAIM_DEADLINE_MS 2000
/* STOP_ARRAY answers EBUSY while udev has the new array open. */
#define STOP_DEADLINE_MS 5000

struct step {
	const struct step_kind *kind;
	char *path;              /* member or array, also for messages */
	char *devnm;
	char *hint;
	dev_t rdev;
	bool force;
	int value[2];
	enum plan_start start;
	struct md_disk disk;
	struct map_entry map;
	uint64_t at;             /* bytes */
	size_t len;
	uint8_t *bytes;          /* to be written; NULL: a fill */
	uint8_t fill;
	uint8_t *old;            /* saved by run, for undo */
};

struct step_kind {
	int (*run)(struct plan *p, struct step *s, struct err *err);
	/* Takes a step back that ran; NULL: nothing to take back. */
	int (*undo)(struct plan *p, struct step *s, struct err *err);
	bool barrier;
};

struct plan {
	struct step **step;
	size_t n, cap;
	size_t done;             /* steps that ran */
	bool past_barrier;
	struct blkdev **claimed;
	size_t n_claimed, cap_claimed;
	int array_fd;
	int lock_fd;
	bool uninterrupted;
	sigset_t signals;        /* the mask to be put back */
};

/* --- waiting --- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Calls again, ever more slowly, while the answer is "busy" and time is left. */
static int retry_busy(int (*try)(void *arg), void *arg, int deadline_ms)
{
	int64_t end = now_ms() + deadline_ms;
	int pause_ms = 1;
	int rc;

	while ((rc = try(arg)) == -EBUSY && now_ms() < end) {
		poll(NULL, 0, pause_ms);
		pause_ms = MIN(pause_ms * 2, 100);
	}
	return rc;
}

/* --- the map and its lock --- */

static int run_lock(struct plan *p, struct step *s, struct err *err)
{
	(void)s;
	return p->lock_fd >= 0 ? 0 : map_lock(&p->lock_fd, err);
}

static int run_unlock(struct plan *p, struct step *s, struct err *err)
{
	(void)s;
	(void)err;
	map_unlock(&p->lock_fd);
	return 0;
}

static int undo_lock(struct plan *p, struct step *s, struct err *err)
{
	return run_unlock(p, s, err);
}

static int run_map_set(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	return map_set(&s->map, err);
}

/* Also takes a map line back, perhaps after the lock has been given up. */
static int run_map_remove(struct plan *p, struct step *s, struct err *err)
{
	int lock cleanup(map_unlock) = -1;
	int rc = p->lock_fd >= 0 ? 0 : map_lock(&lock, err);

	return rc ? rc : map_remove(s->devnm, err);
}

static int run_flag(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	return map_flag_creating(s->devnm, err);
}

static int run_unflag(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	(void)err;
	map_unflag_creating(s->devnm);
	return 0;
}

/* --- the array --- */

/*
 * Only a device on which there is no array at all is ours to fill, and to
 * stop should we fail.  GET_ARRAY_INFO does not tell: it answers ENODEV also for an
 * array that has members and was not started (drivers/md/md.c).
 */
static int check_unused(const char *devnm, struct err *err)
{
	int dir autoclose = sysfs_open_md(devnm);
	char state[32];
	int rc = dir < 0 ? dir : sysfs_get(dir, "array_state", state, sizeof(state));

	if (rc)
		return err_set(err, rc, "cannot tell the state of %s: %s", devnm, strerror(-rc));
	if (strcmp(state, "clear") != 0)
		return err_set(err, -EBUSY, "%s is already in use: another array is there (%s); "
			       "see mdadm --detail /dev/%s", devnm, state, devnm);
	return 0;
}

static int run_open_array(struct plan *p, struct step *s, struct err *err)
{
	int fd autoclose = devnode_create_open(s->devnm, true, err);
	int version, rc;

	if (fd < 0)
		return fd;
	rc = md_raid_version(fd, &version);
	if (rc)
		return err_set(err, rc, "%s does not answer as an md device: %s", s->devnm,
			       strerror(-rc));
	rc = check_unused(s->devnm, err);
	if (rc)
		return rc;
	p->array_fd = steal_fd(&fd);
	return 0;
}

static int try_stop(void *fd)
{
	return md_stop(*(int *)fd);
}

static int stop_array(struct plan *p, const char *array, struct err *err)
{
	int rc = retry_busy(try_stop, &p->array_fd, STOP_DEADLINE_MS);

	if (rc == -EBUSY)
		return err_set(err, rc, "failed to stop array %s: %s\n"
			       "a process has it open: fuser -v %s tells which; end that first",
			       array, strerror(-rc), array);
	if (rc && rc != -ENODEV && rc != -ENXIO)
		return err_set(err, rc, "failed to stop array %s: %s", array, strerror(-rc));
	close_fd(&p->array_fd);
	p->array_fd = -1;
	return 0;
}

/*
 * The same for each step that put something into the array: the first to be
 * undone stops it, so that the members are free again before their bytes are
 * put back.
 */
static int undo_array(struct plan *p, struct step *s, struct err *err)
{
	if (p->array_fd < 0)
		return 0;
	return stop_array(p, s->path ? s->path : s->devnm, err);
}

static int run_set_version(struct plan *p, struct step *s, struct err *err)
{
	int rc = md_set_version(p->array_fd, s->value[0], s->value[1]);

	if (rc)
		return err_set(err, rc, "failed to set array info for %s: %s", s->path,
			       strerror(-rc));
	return 0;
}

struct adding {
	int array_fd;
	const struct md_disk *disk;
};

static int try_add(void *arg)
{
	const struct adding *a = arg;

	return md_add_disk(a->array_fd, a->disk);
}

/* Busy for a moment: udev looks at a member because we have just written and closed it. */
static int run_add_disk(struct plan *p, struct step *s, struct err *err)
{
	struct adding a = { p->array_fd, &s->disk };
	int rc = retry_busy(try_add, &a, RECLAIM_DEADLINE_MS);

	if (rc)
		return err_set(err, rc, "ADD_NEW_DISK for %s failed: %s%s", s->path, strerror(-rc),
			       s->hint ? s->hint : "");
	return 0;
}

static int start_readonly(const char *devnm)
{
	int dir autoclose = sysfs_open_md(devnm);

	return dir < 0 ? dir : sysfs_set(dir, "array_state", "readonly");
}

static int run_start(struct plan *p, struct step *s, struct err *err)
{
	int rc = s->start == START_READONLY ? start_readonly(s->devnm) : md_run(p->array_fd);

	if (rc && s->start == START_NEW)
		return err_set(err, rc, "RUN_ARRAY failed: %s%s", strerror(-rc),
			       s->hint ? s->hint : "");
	if (rc)
		return err_set(err, rc, "failed to RUN_ARRAY %s: %s%s", s->path, strerror(-rc),
			       s->hint ? s->hint : "");
	/* A driver with start_ro set starts arrays read-only until somebody writes. */
	if (s->start != START_READONLY)
		md_readwrite(p->array_fd);
	return 0;
}

static int run_repair(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = sysfs_open_md(s->devnm);
	int rc = dir < 0 ? dir : sysfs_set(dir, "sync_action", "repair");

	(void)p;
	if (rc)
		return err_set(err, rc, "%s runs, but its repair could not be started: %s\n"
			       "start it: echo repair > /sys/block/%s/md/sync_action", s->path,
			       strerror(-rc), s->devnm);
	return 0;
}

static int run_change_event(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	(void)err;
	sysfs_change_event(s->devnm);
	return 0;
}

static int run_stop(struct plan *p, struct step *s, struct err *err)
{
	return stop_array(p, s->path, err);
}

/* --- members --- */

static struct blkdev *claimed(struct plan *p, const char *path)
{
	for (size_t i = 0; i < p->n_claimed; i++)
		if (strcmp(p->claimed[i]->path, path) == 0)
			return p->claimed[i];
	return NULL;
}

struct claim {
	const char *path;
	dev_t rdev;
	bool force;
	struct err *err;
	int patience_ms;
	struct blkdev *dev;
};

static int try_claim(void *arg)
{
	struct claim *c = arg;

	return blk_open(c->path, c->force ? BLK_WRITE : BLK_WRITE_EXCL, &c->dev, c->err);
}

/* Somebody may have put another device behind the name since it was looked at. */
static int claim(struct plan *p, struct claim *c)
{
	int rc = retry_busy(try_claim, c, c->patience_ms);

	if (rc)
		return rc;
	if (c->dev->rdev != c->rdev) {
		blk_close(c->dev);
		return err_set(c->err, -ESTALE, "%s is not the device any more that it was a moment ago",
			       c->path);
	}
	p->claimed = xgrow(p->claimed, &p->cap_claimed, p->n_claimed, sizeof(*p->claimed));
	p->claimed[p->n_claimed++] = c->dev;
	return 0;
}

/* A holder that has a name stays; anybody else is udev, and soon gone. */
static int run_claim(struct plan *p, struct step *s, struct err *err)
{
	char holder[600];
	bool held = blk_holder(s->rdev, holder, sizeof(holder));
	struct claim c = { s->path, s->rdev, s->force, err, held ? 0 : RECLAIM_DEADLINE_MS, NULL };

	return claim(p, &c);
}

static int sync_and_close(struct plan *p, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->n_claimed; i++) {
		struct err e;
		int r = blk_sync(p->claimed[i], &e);

		if (r && !rc) {
			rc = r;
			*err = e;
		}
		blk_close(p->claimed[i]);
	}
	p->n_claimed = 0;
	return rc;
}

static int run_release(struct plan *p, struct step *s, struct err *err)
{
	(void)s;
	return sync_and_close(p, err);
}

static int run_drop_partitions(struct plan *p, struct step *s, struct err *err)
{
	(void)err;
	blk_drop_partitions(claimed(p, s->path));
	return 0;
}

static int undo_drop_partitions(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b = claimed(p, s->path);

	(void)err;
	if (b)
		blk_scan_partitions(b);
	return 0;
}

static int run_write(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b = claimed(p, s->path);
	uint8_t *fill autofree = NULL;
	uint8_t *old autofree = xcalloc(1, s->len);
	const uint8_t *bytes = s->bytes;
	int rc = blk_read(b, s->at, old, s->len, err);

	if (rc)
		return rc;
	s->old = steal(old);
	if (!bytes) {
		fill = xcalloc(1, s->len);
		memset(fill, s->fill, s->len);
		bytes = fill;
	}
	return blk_write(b, s->at, bytes, s->len, err);
}

/* What is still as it was needs no write, least of all one that fails as the first did. */
static int put_back(struct blkdev *b, const struct step *s, struct err *err)
{
	uint8_t *now autofree = xcalloc(1, s->len);

	blk_forget(b);
	if (blk_read(b, s->at, now, s->len, err) == 0 && memcmp(now, s->old, s->len) == 0)
		return 0;
	return blk_write(b, s->at, s->old, s->len, err);
}

/* The members may have been closed since: they are claimed again. */
static int undo_write(struct plan *p, struct step *s, struct err *err)
{
	struct claim c = { s->path, s->rdev, s->force, err, RECLAIM_DEADLINE_MS, NULL };
	int rc = claimed(p, s->path) ? 0 : claim(p, &c);

	return rc ? rc : put_back(claimed(p, s->path), s, err);
}

/* --- the kinds --- */

static const struct step_kind
	kind_lock = { run_lock, undo_lock, false },
	kind_unlock = { run_unlock, NULL, false },
	kind_flag = { run_flag, run_unflag, false },
	kind_unflag = { run_unflag, NULL, false },
	kind_open_array = { run_open_array, undo_array, false },
	kind_map_set = { run_map_set, run_map_remove, false },
	kind_map_remove = { run_map_remove, NULL, false },
	kind_set_version = { run_set_version, undo_array, false },
	kind_add_disk = { run_add_disk, undo_array, false },
	kind_start = { run_start, NULL, true },
	kind_repair = { run_repair, NULL, false },
	kind_change_event = { run_change_event, NULL, false },
	kind_stop = { run_stop, NULL, true },
	kind_claim = { run_claim, NULL, false },
	kind_drop_partitions = { run_drop_partitions, undo_drop_partitions, false },
	kind_write = { run_write, undo_write, false },
	kind_release = { run_release, NULL, false };

/* --- making a plan --- */

struct plan *plan_new(void)
{
	struct plan *p = xcalloc(1, sizeof(*p));

	p->array_fd = -1;
	p->lock_fd = -1;
	return p;
}

static void step_free(struct step *s)
{
	free(s->path);
	free(s->devnm);
	free(s->hint);
	free(s->bytes);
	free(s->old);
	free(s);
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		step_free(p->step[i]);
	for (size_t i = 0; i < p->n_claimed; i++)
		blk_close(p->claimed[i]);
	close_fd(&p->array_fd);
	map_unlock(&p->lock_fd);
	if (p->uninterrupted)
		sigprocmask(SIG_SETMASK, &p->signals, NULL);
	free(p->claimed);
	free(p->step);
	free(p);
}

void plan_cleanup(struct plan **p)
{
	plan_free(*p);
}

static struct step *append(struct plan *p, const struct step_kind *kind, const char *path,
			   const char *devnm)
{
	struct step *s = xcalloc(1, sizeof(*s));

	s->kind = kind;
	s->path = path ? xstrdup(path) : NULL;
	s->devnm = devnm ? xstrdup(devnm) : NULL;
	p->step = xgrow(p->step, &p->cap, p->n, sizeof(*p->step));
	p->step[p->n++] = s;
	return s;
}

void plan_lock_map(struct plan *p)
{
	append(p, &kind_lock, NULL, NULL);
}

void plan_unlock_map(struct plan *p)
{
	append(p, &kind_unlock, NULL, NULL);
}

void plan_flag_creating(struct plan *p, const char *devnm)
{
	append(p, &kind_flag, NULL, devnm);
}

void plan_unflag_creating(struct plan *p, const char *devnm)
{
	append(p, &kind_unflag, NULL, devnm);
}

void plan_open_array(struct plan *p, const char *devnm)
{
	append(p, &kind_open_array, NULL, devnm);
}

void plan_map_set(struct plan *p, const struct map_entry *e)
{
	append(p, &kind_map_set, NULL, e->devnm)->map = *e;
}

void plan_map_remove(struct plan *p, const char *devnm)
{
	append(p, &kind_map_remove, NULL, devnm);
}

void plan_set_version(struct plan *p, int major, int minor, const char *array)
{
	struct step *s = append(p, &kind_set_version, array, NULL);

	s->value[0] = major;
	s->value[1] = minor;
}

void plan_add_disk(struct plan *p, const struct md_disk *d, const char *path, const char *hint)
{
	struct step *s = append(p, &kind_add_disk, path, NULL);

	s->disk = *d;
	s->hint = hint ? xstrdup(hint) : NULL;
}

void plan_start_array(struct plan *p, enum plan_start how, const char *array, const char *devnm,
		      const char *hint)
{
	struct step *s = append(p, &kind_start, array, devnm);

	s->start = how;
	s->hint = hint ? xstrdup(hint) : NULL;
}

void plan_repair(struct plan *p, const char *array, const char *devnm)
{
	append(p, &kind_repair, array, devnm);
}

void plan_change_event(struct plan *p, const char *devnm)
{
	append(p, &kind_change_event, NULL, devnm);
}

void plan_stop_array(struct plan *p, int array_fd, const char *array)
{
	append(p, &kind_stop, array, NULL);
	p->array_fd = array_fd;
}

void plan_claim(struct plan *p, const char *path, dev_t rdev, bool force)
{
	struct step *s = append(p, &kind_claim, path, NULL);

	s->rdev = rdev;
	s->force = force;
}

void plan_drop_partitions(struct plan *p, const char *path)
{
	append(p, &kind_drop_partitions, path, NULL);
}

/* The claim that a write belongs to knows the device for the undo. */
static const struct step *find_claim(const struct plan *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->step[i]->kind == &kind_claim && strcmp(p->step[i]->path, path) == 0)
			return p->step[i];
	abort(); /* a mode that writes without a claim: a bug of ours, stopped before the write */
}

static struct step *append_write(struct plan *p, const char *path, uint64_t at, size_t len)
{
	const struct step *claim_step = find_claim(p, path);
	struct step *s = append(p, &kind_write, path, NULL);

	s->rdev = claim_step->rdev;
	s->force = claim_step->force;
	s->at = at;
	s->len = len;
	return s;
}

void plan_write(struct plan *p, const char *path, uint64_t at, const void *bytes, size_t len)
{
	struct step *s = append_write(p, path, at, len);

	s->bytes = xcalloc(1, len);
	memcpy(s->bytes, bytes, len);
}

void plan_fill(struct plan *p, const char *path, uint64_t at, uint8_t value, size_t len)
{
	append_write(p, path, at, len)->fill = value;
}

void plan_release_all(struct plan *p)
{
	append(p, &kind_release, NULL, NULL);
}

/* --- running it --- */

/* Everything that ran is taken back, the last first; the first failure is told. */
void plan_undo(struct plan *p, struct err *err)
{
	struct err first = { "" };

	while (p->done > 0 && !p->past_barrier) {
		struct step *s = p->step[--p->done];
		struct err e;

		if (s->kind->undo && s->kind->undo(p, s, &e) && !first.text[0])
			first = e;
	}
	if (!p->past_barrier) {
		struct err e;

		if (sync_and_close(p, &e) && !first.text[0])
			first = e;
	}
	if (first.text[0])
		err_set(err, 0, "%s\nwhat had been done could not be taken back: %s", err->text,
			first.text);
}

/*
 * From the first step on, Ctrl-C waits until the plan is through or taken back: both are a
 * matter of seconds, while half an array would stay.
 */
static void hold_signals(struct plan *p)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	sigset_t held;

	if (p->uninterrupted)
		return;
	sigemptyset(&held);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&held, signals[i]);
	p->uninterrupted = sigprocmask(SIG_BLOCK, &held, &p->signals) == 0;
}

int plan_run(struct plan *p, struct err *err)
{
	while (p->done < p->n) {
		struct step *s = p->step[p->done];
		int rc;

		/* to wait for the lock is not to have begun */
		if (s->kind != &kind_lock)
			hold_signals(p);
		rc = s->kind->run(p, s, err);
		/* A write that failed half-way is taken back like one that succeeded. */
		if (rc && s->old)
			p->done++;
		if (rc) {
			plan_undo(p, err);
			return rc;
		}
		p->done++;
		if (s->kind->barrier)
			p->past_barrier = true;
	}
	return 0;
}

int plan_array_fd(const struct plan *p)
{
	return p->array_fd;
}
