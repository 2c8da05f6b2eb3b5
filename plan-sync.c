// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-sync.c - the steps that steer resync and check, those that hold writes to a part of an array back
 * while its members are compared or written below it, and those that keep it from rebuilding meanwhile.
 *
 * Who holds something back and dies would leave it waiting for ever.  So a child of ours waits for the end
 * of a pipe, which comes with our death however that happens, and lets go then.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan-step.h"
#include "sysfs.h"
#include "util.h"

#define NUMBER_TEXT 24
#define CACHE_STRIPES_LEAST "17" /* raid5_set_cache_size takes no fewer */
#define DROP_DEADLINE_MS 10000
#define DROP_POLL_MS 5
#define END_DEADLINE_MS 1000

static void append_sync(struct plan *p, const struct step_kind *kind, const char *devnm, const char *attr,
			const char *value, const char *array)
{
	struct step *s = step_append(p, kind, attr, devnm);

	s->hint = xstrdup(value);
	s->array = xstrdup(array);
}

void plan_set_sync(struct plan *p, const char *devnm, const char *attr, const char *value,
		   const char *array)
{
	append_sync(p, &kind_set_sync, devnm, attr, value, array);
}

void plan_limit_sync(struct plan *p, const char *devnm, const char *max, const char *array)
{
	append_sync(p, &kind_limit_sync, devnm, "sync_max", max, array);
}

void plan_remove_lockless(struct plan *p, const char *array, const char *devnm)
{
	step_append(p, &kind_remove_lockless, array, devnm);
}

void plan_suspend(struct plan *p, const char *devnm, uint64_t at_sec, uint64_t len_sec)
{
	struct step *s = step_append(p, &kind_suspend, NULL, devnm);

	s->at = at_sec;
	s->end_sec = at_sec + len_sec;
}

void plan_resume(struct plan *p, const char *devnm)
{
	step_append(p, &kind_resume, NULL, devnm);
}

void plan_check_again(struct plan *p, plan_check_fn *check, void *arg)
{
	struct step *s = step_append(p, &kind_check_again, NULL, NULL);

	s->check = check;
	s->check_arg = arg;
}

void plan_drop_cache(struct plan *p, const char *devnm, uint64_t at_sec, uint64_t len_sec)
{
	struct step *s = step_append(p, &kind_drop_cache, NULL, devnm);

	s->at = at_sec;
	s->end_sec = at_sec + len_sec;
}

/* --- resync and check --- */

static int run_set_sync(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = sysfs_open_md(s->devnm);
	int rc = dir < 0 ? dir : sysfs_set(dir, s->path, s->hint);

	(void)p;
	if (rc && !strcmp(s->path, "sync_action"))
		return err_set(err, rc, "Could not set action for %s to %s: %s", s->array, s->hint,
			       error_text(-rc));
	return rc ? err_set(err, rc, "cannot set %s of %s to %s: %s", s->path, s->array, s->hint,
			    error_text(-rc)) : 0;
}

/* --- what is held while we live --- */

/* In the child.  A byte says that all is well, the end of the pipe that our parent is dead. */
static void stand_guard(const struct plan_hold *h, int pipe_fd)
{
	char byte;
	ssize_t n;

	do
		n = read(pipe_fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		h->let_go(h);
	_exit(0);
}

static int post_guard(struct plan_hold *h)
{
	int end[2];

	if (pipe2(end, O_CLOEXEC) < 0)
		return -errno;
	h->guard = fork();
	if (h->guard == 0) {
		close(end[1]);
		stand_guard(h, end[0]);
	}
	close(end[0]);
	if (h->guard < 0) {
		int rc = -errno;

		close(end[1]);
		return rc;
	}
	h->pipe_fd = end[1];
	return 0;
}

static void dismiss_guard(struct plan_hold *h)
{
	/* should that fail it is dead already */
	bool told = write(h->pipe_fd, "", 1) == 1;

	(void)told;
	close_fd(&h->pipe_fd);
	while (waitpid(h->guard, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Before anything is held: a guard for what let_go undoes.  Takes dir, the array's attributes, over. */
static int hold_begin(struct plan_hold *h, int *dir, int (*let_go)(const struct plan_hold *h),
		      struct err *err)
{
	int rc;

	h->let_go = let_go;
	h->dir_fd = *dir;
	rc = post_guard(h);
	if (rc) {
		h->dir_fd = -1;
		return err_set(err, rc, "cannot start the process that would let the array go should "
			       "this one die: %s", error_text(-rc));
	}
	steal_fd(dir);
	return 0;
}

static int hold_end(struct plan_hold *h)
{
	int rc;

	if (h->dir_fd < 0)
		return 0;
	rc = h->let_go(h);
	/* what is not let go waits for ever: once more */
	if (rc)
		rc = h->let_go(h);
	dismiss_guard(h);
	close_fd(&h->dir_fd);
	h->dir_fd = -1;
	return rc;
}

void step_let_go(struct plan *p)
{
	hold_end(&p->suspension);
	hold_end(&p->freeze);
	hold_end(&p->check);
}

/* --- a check that waits for us --- */

/* For who is gone it would wait for ever, and a recovery behind it. */
static int limit_no_more(const struct plan_hold *h)
{
	return sysfs_set(h->dir_fd, "sync_max", "max");
}

static int run_limit_sync(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = sysfs_open_md(s->devnm);
	int rc;

	if (dir < 0)
		return err_set(err, dir, "%s has gone: %s", s->array, error_text(-dir));
	rc = hold_begin(&p->check, &dir, limit_no_more, err);
	if (rc)
		return rc;
	rc = sysfs_set(p->check.dir_fd, s->path, s->hint);
	if (!rc)
		return 0;
	hold_end(&p->check);
	return err_set(err, rc, "cannot set %s of %s to %s: %s", s->path, s->array, s->hint,
		       error_text(-rc));
}

static int undo_limit_sync(struct plan *p, struct step *s, struct err *err)
{
	int rc = hold_end(&p->check);

	return rc ? err_set(err, rc, "a check of %s stops at sector %s: %s\nlet it go on: echo max > "
			    "/sys/block/%s/md/sync_max", s->array, s->hint, error_text(-rc), s->devnm) : 0;
}

/* --- no recovery meanwhile --- */

static int thaw(const struct plan_hold *h)
{
	return sysfs_set(h->dir_fd, "sync_action", "idle");
}

/* Only what moves no data of its own: a reshape goes on; levels that never sync have no such attribute. */
static bool can_freeze(int dir)
{
	char now[20];

	return dir >= 0 && !sysfs_get(dir, "sync_action", now, sizeof(now)) &&
	       (!strcmp(now, "idle") || !strcmp(now, "recover"));
}

static int run_freeze(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = sysfs_open_md(s->devnm);
	int rc;

	if (!can_freeze(dir))
		return 0;
	rc = hold_begin(&p->freeze, &dir, thaw, err);
	/* it goes without: the kernel then takes any spare */
	if (!rc)
		sysfs_set(p->freeze.dir_fd, "sync_action", "frozen");
	return rc;
}

/* Only what a freeze has frozen: somebody else may want it so. */
static int run_thaw(struct plan *p, struct step *s, struct err *err)
{
	int rc = hold_end(&p->freeze);

	if (rc)
		return err_set(err, rc, "%s is still frozen: %s\nlet it go on: echo idle > "
			       "/sys/block/%s/md/sync_action", s->devnm, error_text(-rc), s->devnm);
	return 0;
}

/* --- an array whose lockless bitmap goes --- */

/* Not before: what has that bitmap is in sync as far as it must be. */
static int sync_all_without(const struct plan_hold *h)
{
	int rc;

	if (sysfs_lockless(h->dir_fd))
		return 0;
	rc = sysfs_set(h->dir_fd, "sync_action", "frozen") ?: sysfs_set(h->dir_fd, "resync_start", "0");
	return sysfs_set(h->dir_fd, "sync_action", "idle") ?: rc;
}

/*
 * What came by bitmap/location must go by it: else that attribute's companions stay, and the array can have
 * no bitmap until it is stopped (drivers/md/md-bitmap.c, location_store).
 */
static int remove_lockless(const struct plan *p)
{
	char at[40];

	if (sysfs_get(p->freeze.dir_fd, "bitmap/location", at, sizeof(at)))
		return md_remove_bitmap(p->array_fd);
	return sysfs_set(p->freeze.dir_fd, "bitmap/location", "none");
}

/* The kernel does not remove it from an array that is frozen or syncs, so that one comes after the other. */
static int run_remove_lockless(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = sysfs_open_md(s->devnm);
	int rc, back;

	if (dir < 0)
		return err_set(err, dir, "%s has gone: %s", s->path, error_text(-dir));
	rc = hold_begin(&p->freeze, &dir, sync_all_without, err);
	if (rc)
		return rc;
	rc = remove_lockless(p);
	back = hold_end(&p->freeze);
	if (rc)
		return err_set(err, rc, "failed to remove the lockless bitmap of %s: %s%s", s->path, error_text(-rc),
			       rc == -EBUSY ? "; it is being synchronised: mdadm --wait for the end" : "");
	return back ? err_set(err, back, "%s has no bitmap any more, and cannot be synchronised: %s\nwhat was never "
			      "written does not fit: mdadm --action=repair %s", s->path, error_text(-back), s->path) : 0;
}

/* --- writes held back --- */

/* The end first: from then on there is nothing between the two. */
static int let_writes_go(const struct plan_hold *h)
{
	int rc = sysfs_set(h->dir_fd, "suspend_hi", "0");

	return sysfs_set(h->dir_fd, "suspend_lo", "0") ?: rc;
}

/* Nobody else's suspension is ours to end. */
static int check_free(int dir, const char *devnm, struct err *err)
{
	uint64_t lo = 0, hi = 0;
	int rc = sysfs_get_u64(dir, "suspend_lo", &lo) ?: sysfs_get_u64(dir, "suspend_hi", &hi);

	if (rc)
		return err_set(err, rc, "cannot tell whether writes to %s are held back: %s", devnm,
			       error_text(-rc));
	if (hi)
		return err_set(err, -EBUSY, "another program holds writes to %s back "
			       "(/sys/block/%s/md/suspend_hi): try again later", devnm, devnm);
	return 0;
}

static int set_number(int dir, const char *attr, uint64_t value)
{
	char number[NUMBER_TEXT];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
	return sysfs_set(dir, attr, number);
}

static int hold(int dir, const struct step *s)
{
	return set_number(dir, "suspend_lo", s->at) ?: set_number(dir, "suspend_hi", s->end_sec);
}

/* With the write of suspend_hi the kernel waits for all that is under way. */
static int run_suspend(struct plan *p, struct step *s, struct err *err)
{
	struct plan_hold *h = &p->suspension;
	int dir autoclose = sysfs_open_md(s->devnm);
	int rc;

	if (dir < 0)
		return err_set(err, dir, "%s has gone: %s", s->devnm, error_text(-dir));
	rc = check_free(dir, s->devnm, err) ?: hold_begin(h, &dir, let_writes_go, err);
	if (rc)
		return rc;
	rc = hold(h->dir_fd, s);
	if (!rc)
		return 0;
	hold_end(h);
	return err_set(err, rc, "cannot hold writes to %s back: %s", s->devnm, error_text(-rc));
}

static int run_resume(struct plan *p, struct step *s, struct err *err)
{
	int rc = hold_end(&p->suspension);

	if (rc)
		return err_set(err, rc, "writes to %s are still held back: %s\n"
			       "let them go: echo 0 > /sys/block/%s/md/suspend_hi", s->devnm,
			       error_text(-rc), s->devnm);
	return 0;
}

static int run_check_again(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	return s->check(s->check_arg, err);
}

/* --- the stripe cache --- */

static bool has_come_to(int dir, uint64_t end_sec)
{
	uint64_t done;
	char action[32];

	return sysfs_get(dir, "sync_action", action, sizeof(action)) || !strcmp(action, "idle") ||
	       (!sysfs_get_u64(dir, "sync_completed", &done) && done >= end_sec);
}

/* A check reads through the cache, so what it reads takes the place of what was there. */
static int read_others(int dir, const struct step *s)
{
	const int64_t deadline = clock_ms() + DROP_DEADLINE_MS;
	const uint64_t end_sec = s->end_sec;
	int rc = set_number(dir, "sync_min", s->at) ?: set_number(dir, "sync_max", end_sec) ?:
		 sysfs_set(dir, "sync_action", "check");

	while (!rc && !has_come_to(dir, end_sec) && clock_ms() < deadline)
		poll(NULL, 0, DROP_POLL_MS);
	return rc;
}

/* One that was asked for a moment ago and has not quite begun is not ended by the first "idle". */
static int try_end_check(void *arg)
{
	const struct plan_hold *h = arg;
	char action[32] = "";
	int rc = sysfs_get(h->dir_fd, "sync_action", action, sizeof(action));

	/* what is frozen stays so */
	if (rc || strcmp(action, "check") != 0)
		return rc;
	return sysfs_set(h->dir_fd, "sync_action", "idle") ?: -EBUSY;
}

/* Refused while the kernel looks whether there is something to be done. */
static int try_set_min(void *arg)
{
	const struct plan_hold *h = arg;

	return set_number(h->dir_fd, "sync_min", h->min_sec);
}

static int cache_as_before(const struct plan_hold *h)
{
	struct plan_hold was = *h;
	int check = retry_busy(try_end_check, &was, END_DEADLINE_MS);
	int max = sysfs_set(h->dir_fd, "sync_max", "max");
	int min = retry_busy(try_set_min, &was, END_DEADLINE_MS);

	return set_number(h->dir_fd, "stripe_cache_size", h->stripes) ?: min ?: max ?: check;
}

/*
 * The driver of RAID4, 5 and 6 keeps stripes after their use, and would make new parity from what it has of
 * them.  It has no switch to forget them: of the smaller cache the oldest go, of the rest each in its turn.
 */
static int run_drop_cache(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = sysfs_open_md(s->devnm);
	struct plan_hold *h = &p->check;
	int rc, back;

	if (dir < 0 || sysfs_get_u64(dir, "stripe_cache_size", &h->stripes) ||
	    sysfs_get_u64(dir, "sync_min", &h->min_sec))
		return 0;
	rc = hold_begin(h, &dir, cache_as_before, err);
	if (!rc)
		rc = sysfs_set(h->dir_fd, "stripe_cache_size", CACHE_STRIPES_LEAST);
	if (!rc && s->end_sec > s->at)
		rc = read_others(h->dir_fd, s);
	back = hold_end(h);
	if (back)
		rc = back;
	if (rc)
		err_set(&p->attribute_failure, rc, "the kernel may still have the old block of %s in its "
			"stripe cache: %s", s->devnm, error_text(-rc));
	return 0;
}

const struct step_kind kind_set_sync = {
	.name = "set-attribute", .run = run_set_sync, .tell = tell_attribute,
};
const struct step_kind kind_limit_sync = {
	.name = "set-attribute", .run = run_limit_sync, .undo = undo_limit_sync, .tell = tell_attribute,
};
const struct step_kind kind_freeze = {
	.name = "freeze", .run = run_freeze, .undo = run_thaw, .tell = tell_sync_action,
};
const struct step_kind kind_thaw = {
	.name = "thaw", .run = run_thaw, .tell = tell_sync_action,
};
const struct step_kind kind_remove_lockless = {
	.name = "remove-lockless-bitmap", .run = run_remove_lockless, .tell = tell_remove_bitmap,
};
const struct step_kind kind_suspend = {
	.name = "hold-writes-back", .run = run_suspend, .undo = run_resume, .tell = tell_suspend,
	.harmless = true,
};
const struct step_kind kind_resume = {
	.name = "let-writes-go", .run = run_resume, .tell = tell_open_array,
};
const struct step_kind kind_check_again = {
	.name = "check-again", .run = run_check_again,
};
const struct step_kind kind_drop_cache = {
	.name = "drop-stripe-cache", .run = run_drop_cache, .tell = tell_open_array,
};
