// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait-for.c - --wait until an array is idle, redundant or through with a reshape; a deadline,
 * progress, and an end that can be told apart.  Prints; changes nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "Wait-for.h"
#include "mode.h"
#include "report.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* The kernel tells of a change, and some changes it does not tell. */
#define LOOK_AGAIN_MS 1000
/* As long as that something may be about to begin. */
#define PATIENCE_MS 1500
/* Who stops an array ends first what goes on in it: it is gone a moment later. */
#define STEADY_MS 500

static const char *const result_word[] = {
	[STATUS_OK] = "done",
	[STATUS_FAILED] = "nothing-to-do",
	[STATUS_USAGE] = "error",
	[STATUS_WAIT_TIMEOUT] = "timeout",
	[STATUS_WAIT_GONE] = "gone",
	[STATUS_WAIT_FAILED] = "failed",
};

static const char *const for_word[] = {
	[WAIT_FOR_IDLE] = "idle",
	[WAIT_FOR_REDUNDANT] = "redundant",
	[WAIT_FOR_RESHAPE] = "reshape",
};

struct waiter {
	const struct wait_options *o;
	const char *path;        /* as given */
	char devnm[33];
	uint64_t diskseq;        /* 0 unknown */
	int mdstat_fd;
	struct wait_look begin, last, now;
	bool looked;             /* last is there */
	int64_t vain_since_ms;   /* -1: it is not */
	int64_t reached_since_ms; /* the same */
	bool line_open;          /* progress is on the terminal's last line */
};

/* --- looking --- */

static int64_t seconds_left(const struct array_sync *s)
{
	return s->all_sec && s->speed_kib ? (int64_t)((s->all_sec - s->done_sec) / 2 / s->speed_kib) : -1;
}

static void count_members(const struct array *a, struct wait_look *out)
{
	bool *have autofree = xcalloc(a->geo.raid_disks + 1, sizeof(*have));

	out->slots = a->geo.raid_disks;
	out->in_sync = array_slots(a, have);
	out->has_redundancy = level_has_redundancy(a->geo.level);
	out->enough = !a->sync.broken && geometry_enough(&a->geo, true, have);
	for (size_t i = 0; i < a->n_member; i++) {
		const struct md_disk *d = &a->member[i].disk;

		out->coming |= !d->faulty && !d->sync && !d->journal;
	}
}

static bool reshape_begun(const char *devnm)
{
	autoclose int dir = sysfs_open_md(devnm);
	uint64_t position;

	return dir >= 0 && sysfs_get_u64(dir, "reshape_position", &position) == 0;
}

static void take(const struct array *a, struct wait_look *out)
{
	out->here = true;
	out->active = a->active;
	out->activity = a->status.activity;
	out->wait = a->status.wait;
	out->percent = a->sync.all_sec ? (int)(a->sync.done_sec * 100 / a->sync.all_sec) :
					 a->status.percent;
	out->left_s = seconds_left(&a->sync);
	out->speed_kib = a->sync.speed_kib;
	out->dirty = a->sync.dirty;
	if (a->active)
		count_members(a, out);
	out->reshape = reshape_begun(a->devnm);
}

/* What goes on is read before what has come of it. */
static int look(struct waiter *w, struct err *err)
{
	struct mdstat stat cleanup(mdstat_free) = { 0 };
	struct array *a cleanup(array_cleanup) = NULL;
	int rc = mdstat_read(&stat, err);

	if (rc)
		return rc;
	w->last = w->now;
	w->now = (struct wait_look){ .percent = -1, .left_s = -1 };
	if (sysfs_diskseq(w->devnm) == w->diskseq &&
	    !array_look(w->devnm, mdstat_find(&stat, w->devnm), &a, err))
		take(a, &w->now);
	return 0;
}

/* --- telling --- */

static void print_line(const struct waiter *w, int status, const char *why)
{
	struct report r cleanup(report_free) = { 0 };
	const struct wait_look *l = &w->now;

	report_disk_text(&r, REPORT_JSON, "path", NULL, w->path, strlen(w->path));
	report_text(&r, REPORT_JSON, "kernel_name", NULL, "%s", w->devnm);
	report_text(&r, REPORT_JSON, "for", NULL, "%s", for_word[w->o->what]);
	if (status >= 0) {
		report_text(&r, REPORT_JSON, "result", NULL, "%s", result_word[status]);
		report_number(&r, REPORT_JSON, "exit_status", NULL, (uint64_t)status);
	}
	if (why)
		report_text(&r, REPORT_JSON, "meaning", NULL, "%s", why);
	if (l->here && l->activity != MDSTAT_NONE)
		report_text(&r, REPORT_JSON, "activity", NULL, "%s", mdstat_activity_word(l->activity));
	if (l->here && l->wait != MDSTAT_RUNNING)
		report_text(&r, REPORT_JSON, "activity_wait", NULL, "%s", mdstat_wait_word(l->wait));
	if (l->percent >= 0)
		report_number(&r, REPORT_JSON, "activity_percent", NULL, (uint64_t)l->percent);
	if (l->left_s >= 0)
		report_number(&r, REPORT_JSON, "activity_remaining_seconds", NULL, (uint64_t)l->left_s);
	if (l->speed_kib && l->activity != MDSTAT_NONE)
		report_size(&r, REPORT_JSON, "activity_speed_bytes_per_second", NULL, l->speed_kib * 2,
			    SIZE_KIB);
	if (l->active) {
		report_number(&r, REPORT_JSON, "raid_devices", NULL, l->slots);
		report_number(&r, REPORT_JSON, "in_sync_devices", NULL, l->in_sync);
	}
	report_print_json_line(&r, OBJECT_WAIT, stdout);
	fflush(stdout);
}

/* One line, written over. */
static void show_progress(struct waiter *w)
{
	const struct wait_look *l = &w->now;
	const char *wait = mdstat_wait_word(l->wait);
	char percent[32] = "", left[64] = "", text[400];
	int n;

	if (!isatty(STDERR_FILENO) || l->activity == MDSTAT_NONE)
		return;
	if (l->percent >= 0)
		snprintf(percent, sizeof(percent), ", %d%% done", l->percent);
	if (l->left_s >= 0)
		snprintf(left, sizeof(left), ", %lld:%02d:%02d left", (long long)(l->left_s / 3600),
			 (int)(l->left_s / 60 % 60), (int)(l->left_s % 60));
	n = snprintf(text, sizeof(text), "\rmdadm: %.200s: %s%s%s%s%s\033[K", w->path,
		     mdstat_activity_word(l->activity), wait ? ", " : "", wait ?: "", percent, left);
	write_stderr(text, MIN((size_t)n, sizeof(text) - 1));
	w->line_open = true;
}

static void end_progress(struct waiter *w)
{
	if (w->line_open)
		write_stderr("\n", 1);
	w->line_open = false;
}

static bool has_changed(const struct waiter *w)
{
	const struct wait_look *a = &w->last, *b = &w->now;

	return !w->looked || a->activity != b->activity || a->wait != b->wait ||
	       a->percent != b->percent || a->in_sync != b->in_sync;
}

static void tell_change(struct waiter *w)
{
	if (!has_changed(w))
		return;
	if (w->o->json)
		print_line(w, -1, NULL);
	else
		show_progress(w);
}

static int end(struct waiter *w, int status, const char *why)
{
	end_progress(w);
	if (w->o->json)
		print_line(w, status, why);
	else if (why && status == STATUS_USAGE)
		say_error("%s", why);
	else if (why)
		say_error("%s: %s", w->path, why);
	return status;
}

/* --- waiting --- */

static int64_t ms_left(const struct wait_options *o)
{
	return o->have_deadline ? MAX(o->deadline_ms - clock_ms(), (int64_t)0) : INT64_MAX;
}

static void pause_until_news(struct waiter *w)
{
	struct pollfd news = { .fd = w->mdstat_fd, .events = POLLPRI };
	char text[64];

	poll(&news, 1, (int)MIN(ms_left(w->o), (int64_t)LOOK_AGAIN_MS));
	/* the event is taken by reading */
	if (w->mdstat_fd >= 0 && lseek(w->mdstat_fd, 0, SEEK_SET) == 0 &&
	    read(w->mdstat_fd, text, sizeof(text)) < 0)
		poll(NULL, 0, (int)MIN(ms_left(w->o), (int64_t)LOOK_AGAIN_MS));
}

/* Has it been so for long enough, or is there no time to see? */
static bool lasts(const struct waiter *w, int64_t *since_ms, int64_t long_enough_ms)
{
	if (*since_ms < 0)
		*since_ms = clock_ms();
	return clock_ms() - *since_ms >= long_enough_ms || !ms_left(w->o);
}

/* The next look is judged by what went on before this one. */
static void look_back(struct waiter *w)
{
	if (w->looked)
		w->now = w->last;
}

static int wait_on(struct waiter *w)
{
	const char *why = NULL;
	struct err err;

	for (;; w->looked = true) {
		if (look(w, &err))
			return end(w, STATUS_USAGE, err.text);
		if (!w->now.here)
			return end(w, STATUS_WAIT_GONE, "the array is gone: it was stopped");
		if (!w->looked)
			w->begin = w->now;
		switch (wait_judge(w->o->what, &w->begin, w->looked ? &w->last : NULL, &w->now, &why)) {
		case WAIT_REACHED:
			if (!w->looked || lasts(w, &w->reached_since_ms, STEADY_MS))
				return end(w, w->looked ? STATUS_OK : STATUS_FAILED, NULL);
			look_back(w);
			poll(NULL, 0, STEADY_MS / 4);
			continue;
		case WAIT_IN_VAIN:
			if (lasts(w, &w->vain_since_ms, PATIENCE_MS))
				return end(w, STATUS_WAIT_FAILED, why);
			look_back(w);
			break;
		case WAIT_GOES_ON:
			w->vain_since_ms = w->reached_since_ms = -1;
			tell_change(w);
			break;
		}
		if (!ms_left(w->o))
			return end(w, STATUS_WAIT_TIMEOUT, "the time is over");
		pause_until_news(w);
	}
}

int Wait_for(const char *path, const struct wait_options *o)
{
	autoclose int fd = open("/proc/mdstat", O_RDONLY | O_CLOEXEC);
	struct waiter w = { .o = o, .path = path, .mdstat_fd = fd, .vain_since_ms = -1,
			    .reached_since_ms = -1 };
	char *node autofree = mode_array_node(path);
	struct err err;
	dev_t rdev;

	if (mode_find_array(node, &rdev, w.devnm, &err))
		return end(&w, STATUS_USAGE, err.text);
	w.diskseq = sysfs_diskseq(w.devnm);
	return wait_on(&w);
}
