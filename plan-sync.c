// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-sync.c - the steps that steer resync and check, and those that hold writes to a part of an array
 * back while its members are compared or written below it.
 *
 * Who holds writes back and dies would leave them waiting for ever.  So a child of ours waits for the end of
 * a pipe, which comes with our death however that happens, and lets them go then.
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

void plan_set_sync(struct plan *p, const char *devnm, const char *attr, const char *value,
		   const char *array)
{
	struct step *s = step_append(p, &kind_set_sync, attr, devnm);

	s->hint = xstrdup(value);
	s->array = xstrdup(array);
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
			       strerror(-rc));
	return rc ? err_set(err, rc, "cannot set %s of %s to %s: %s", s->path, s->array, s->hint,
			    strerror(-rc)) : 0;
}

/* --- writes held back --- */

/* The end first: from then on there is nothing between the two. */
static int let_go(int dir)
{
	int rc = sysfs_set(dir, "suspend_hi", "0");

	return sysfs_set(dir, "suspend_lo", "0") ?: rc;
}

/* In the child.  A byte says that all is well, the end of the pipe that our parent is dead. */
static void stand_guard(int pipe_fd, int dir)
{
	char byte;
	ssize_t n;

	do
		n = read(pipe_fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		let_go(dir);
	_exit(0);
}

static int post_guard(struct plan_suspension *h, int dir)
{
	int end[2];

	if (pipe2(end, O_CLOEXEC) < 0)
		return -errno;
	h->guard = fork();
	if (h->guard == 0) {
		close(end[1]);
		stand_guard(end[0], dir);
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

static void dismiss_guard(struct plan_suspension *h)
{
	/* should that fail it is dead already */
	bool told = write(h->pipe_fd, "", 1) == 1;

	(void)told;
	close_fd(&h->pipe_fd);
	while (waitpid(h->guard, NULL, 0) < 0 && errno == EINTR)
		;
}

int step_resume(struct plan *p)
{
	struct plan_suspension *h = &p->suspension;
	int rc;

	if (h->dir_fd < 0)
		return 0;
	rc = let_go(h->dir_fd);
	dismiss_guard(h);
	close_fd(&h->dir_fd);
	h->dir_fd = -1;
	return rc;
}

/* Nobody else's suspension is ours to end. */
static int check_free(int dir, const char *devnm, struct err *err)
{
	uint64_t lo = 0, hi = 0;
	int rc = sysfs_get_u64(dir, "suspend_lo", &lo) ?: sysfs_get_u64(dir, "suspend_hi", &hi);

	if (rc)
		return err_set(err, rc, "cannot tell whether writes to %s are held back: %s", devnm,
			       strerror(-rc));
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
	struct plan_suspension *h = &p->suspension;
	int dir autoclose = sysfs_open_md(s->devnm);
	int rc;

	if (dir < 0)
		return err_set(err, dir, "%s has gone: %s", s->devnm, strerror(-dir));
	rc = check_free(dir, s->devnm, err);
	if (rc)
		return rc;
	rc = post_guard(h, dir);
	if (rc)
		return err_set(err, rc, "cannot start the process that would let writes go: %s",
			       strerror(-rc));
	h->dir_fd = steal_fd(&dir);
	rc = hold(h->dir_fd, s);
	if (!rc)
		return 0;
	step_resume(p);
	return err_set(err, rc, "cannot hold writes to %s back: %s", s->devnm, strerror(-rc));
}

static int run_resume(struct plan *p, struct step *s, struct err *err)
{
	int rc = step_resume(p);

	if (rc)
		return err_set(err, rc, "writes to %s are still held back: %s\n"
			       "let them go: echo 0 > /sys/block/%s/md/suspend_hi", s->devnm,
			       strerror(-rc), s->devnm);
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
	uint64_t min_sec = 0, end_sec = s->end_sec;
	int rc;

	sysfs_get_u64(dir, "sync_min", &min_sec);
	rc = set_number(dir, "sync_min", s->at) ?: set_number(dir, "sync_max", end_sec) ?:
	     sysfs_set(dir, "sync_action", "check");
	while (!rc && !has_come_to(dir, end_sec) && clock_ms() < deadline)
		poll(NULL, 0, DROP_POLL_MS);
	if (!rc)
		rc = sysfs_set(dir, "sync_action", "idle");
	sysfs_set(dir, "sync_max", "max");
	return set_number(dir, "sync_min", min_sec) ?: rc;
}

/*
 * The driver of RAID4, 5 and 6 keeps stripes after their use, and would make new parity from what it has of
 * them.  It has no switch to forget them: of the smaller cache the oldest go, of the rest each in its turn.
 */
static int run_drop_cache(struct plan *p, struct step *s, struct err *err)
{
	int dir autoclose = sysfs_open_md(s->devnm);
	uint64_t stripes;
	int rc, back;

	(void)err;
	if (dir < 0 || sysfs_get_u64(dir, "stripe_cache_size", &stripes))
		return 0;
	rc = sysfs_set(dir, "stripe_cache_size", CACHE_STRIPES_LEAST);
	if (!rc && s->end_sec > s->at)
		rc = read_others(dir, s);
	back = set_number(dir, "stripe_cache_size", stripes);
	rc = back ?: rc;
	if (rc)
		err_set(&p->attribute_failure, rc, "the kernel may still have the old block of %s in its "
			"stripe cache: %s", s->devnm, strerror(-rc));
	return 0;
}

static int undo_suspend(struct plan *p, struct step *s, struct err *err)
{
	return run_resume(p, s, err);
}

const struct step_kind kind_set_sync = {
	.name = "set-attribute", .run = run_set_sync, .tell = tell_attribute,
};
const struct step_kind kind_suspend = {
	.name = "hold-writes-back", .run = run_suspend, .undo = undo_suspend, .tell = tell_suspend,
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
