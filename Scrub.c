// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scrub.c - --scrub: has the kernel check arrays, waits for the end of that, pauses it when its time is up or a
 * signal comes, and remembers where it stopped and how it ended.
 *
 * Who waits for the check of an array holds a lock (flock) on one of its attributes that only root can open: who
 * else pauses it then leaves it to the other to write down where it stopped.
 *
 * That a check came to its end the kernel tells only by sync_min, which is 0 then, while it is the place where an
 * interrupted one stopped; but that is 0, too, for some seconds after its begin.  So the first of it ends at
 * sync_max, and it goes on from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "Scrub.h"
#include "array.h"
#include "json.h"
#include "mapfile.h"
#include "mdstat.h"
#include "mode.h"
#include "plan.h"
#include "report.h"
#include "say.h"
#include "scrubfile.h"
#include "sysfs.h"
#include "textfile.h"
#include "util.h"

#define LOOK_AGAIN_MS 1000
#define BEGIN_LOOK_MS 20         /* while the kernel waits for us */
#define NOTE_MS 120000           /* what is lost at most when the machine dies */
#define OTHER_DEADLINE_MS 15000
#define STOP_DEADLINE_MS 1000
#define FIRST_SEC 128
#define FILE_MAX_BYTES (1u << 20)
#define LABEL_WIDTH 12

enum phase { PHASE_NONE, PHASE_BEGINS, PHASE_RUNS, PHASE_ENDED };

/* One array. */
struct scrub {
	char *path;
	char devnm[33];
	int dir;                     /* of its attributes */
	int lock_fd;                 /* -1: not open */
	struct array *a;
	struct uuid uuid;            /* as in the map */
	struct scrub_state state;
	bool known;                  /* something is remembered of it */
	enum phase phase;
	struct plan *limit;          /* PHASE_BEGINS: has the kernel wait for us, while we live */
	bool tricked;                /* sync_min tells the end for sure */
	uint64_t first_sec;          /* PHASE_BEGINS: where it waits for us */
	uint64_t spent_before_s, mismatches_before;
	int64_t begin_ms, noted_ms;
	bool failed;
};

static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

static void scrub_free(struct scrub *x)
{
	plan_free(x->limit);
	free(x->path);
	array_free(x->a);
	close_fd(&x->lock_fd);
	close_fd(&x->dir);
}

/* What anybody can open anybody can lock: a user could keep arrays from being checked. */
static bool take_lock(struct scrub *x)
{
	if (x->lock_fd < 0)
		x->lock_fd = openat(x->dir, "new_dev", O_WRONLY | O_CLOEXEC);
	return x->lock_fd >= 0 && flock(x->lock_fd, LOCK_EX | LOCK_NB) == 0;
}

/* --- which arrays --- */

static bool find_uuid(const struct map *map, struct scrub *x)
{
	const struct map_entry *e = map_by_devnm(map, x->devnm);
	struct array *a cleanup(array_cleanup) = NULL;
	struct super *s = NULL;
	struct err err;

	if (e) {
		x->uuid = e->uuid;
		return true;
	}
	if (array_load(x->path, ARRAY_MEMBERS, NULL, &a, &err) || array_load_super(a, &s))
		return false;
	x->uuid = s->fmt->map_uuid(s);
	super_free(s);
	return true;
}

/* What makes it no array to be checked; NULL: nothing. */
static const char *unfit(const struct scrub *x)
{
	const struct array *a = x->a;
	uint64_t degraded;

	if (!a->active || array_is_container(a))
		return "it is not started";
	if (!level_has_redundancy(a->geo.level) || a->geo.level == LEVEL_MULTIPATH)
		return "its level has no redundancy";
	if (sysfs_get_u64(x->dir, "degraded", &degraded) || degraded)
		return "it is degraded";
	if (a->sync.readonly)
		return "it is read-only";
	return NULL;
}

/* The same for just now. */
static const char *busy(const struct scrub *x, char *text, size_t cap)
{
	const struct array *a = x->a;

	if (strcmp(a->sync.action, "idle") != 0) {
		snprintf(text, cap, "it is busy: %s", a->sync.action);
		return text;
	}
	return a->sync.dirty ? "its resync is still to come" : NULL;
}

static int look(const struct map *map, struct scrub *x, struct err *err)
{
	struct err why;
	int rc = array_devnm(x->path, x->devnm, err) ?: array_look(x->devnm, NULL, &x->a, err);

	if (rc)
		return rc;
	x->dir = sysfs_open_md(x->devnm);
	if (x->dir < 0)
		return err_set(err, x->dir, "%s has gone", x->path);
	if (!find_uuid(map, x))
		return 0;
	rc = scrub_load(&x->uuid, &x->state, &why);
	if (rc < 0)
		say_err(&why);
	x->known = true;
	if (x->state.size_sec != geometry_sync_sec(&x->a->geo))
		x->state.position_sec = 0;
	return 0;
}

/* --- what is remembered --- */

static int remember(const struct scrub *x, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct textfile f cleanup(textfile_close) = { .dir_fd = -1 };
	autofree char *text = scrub_format(&x->state);
	char path[SCRUB_PATH];
	int rc;

	if (!x->known)
		return 0;
	plan_make_directory(p, SCRUB_DIR);
	rc = plan_run(p, err);
	if (rc)
		return rc;
	scrub_path(&x->uuid, path);
	rc = textfile_open(path, FILE_MAX_BYTES, &f, err);
	if (rc)
		return rc;
	f.new_mode = 0600;
	plan_replace_file(p, &f, text, strlen(text));
	return plan_run(p, err);
}

/* That it cannot be written down stops no check. */
static void try_remember(struct scrub *x)
{
	struct err err;

	x->noted_ms = clock_ms();
	if (!remember(x, &err))
		return;
	say_err(&err);
	x->failed = true;
}

static void count_up(struct scrub *x)
{
	uint64_t n = 0;

	sysfs_get_u64(x->dir, "mismatch_cnt", &n);
	x->state.mismatches = x->mismatches_before + n;
	x->state.spent_s = x->spent_before_s + (uint64_t)(clock_ms() - x->begin_ms) / 1000;
}

/* --- beginning --- */

static void number_text(uint64_t value, char out[24])
{
	snprintf(out, 24, "%llu", (unsigned long long)value);
}

/* Places are multiples of a chunk: the kernel takes no others. */
static void choose_first(struct scrub *x)
{
	uint64_t unit = round_up_u64(FIRST_SEC, MAX(x->a->geo.chunk_sec, 1));

	x->state.position_sec = round_down_u64(x->state.position_sec, unit);
	x->first_sec = unit;
	x->tricked = x->state.position_sec || 2 * unit <= x->state.size_sec;
	x->phase = !x->state.position_sec && x->tricked ? PHASE_BEGINS : PHASE_RUNS;
}

static void plan_begin(const struct scrub *x, struct plan *p)
{
	char min[24], max[24];

	number_text(x->state.position_sec, min);
	number_text(x->first_sec, max);
	/* in this order the one is never behind the other */
	plan_set_sync(p, x->devnm, "sync_max", "max", x->path);
	plan_set_sync(p, x->devnm, "sync_min", min, x->path);
	if (x->phase == PHASE_BEGINS)
		plan_limit_sync(p, x->devnm, max, x->path);
	plan_set_sync(p, x->devnm, "sync_action", "check", x->path);
}

static bool action_is(const struct scrub *x, const char *word)
{
	char action[32] = "";

	return !sysfs_get(x->dir, "sync_action", action, sizeof(action)) && !strcmp(action, word);
}

static bool is_checking(const struct scrub *x)
{
	return action_is(x, "check");
}

/* What is tried again while the answer is -EBUSY (retry_busy), and how the kernel answered last. */
struct attempt {
	const struct scrub *x;
	struct plan *p;
	int rc;
	struct err err;
};

/* Refused while the kernel looks whether there is something to be done. */
static int try_set_back(void *arg)
{
	struct attempt *t = arg;

	plan_set_sync(t->p, t->x->devnm, "sync_max", "max", t->x->path);
	plan_set_sync(t->p, t->x->devnm, "sync_min", "0", t->x->path);
	t->rc = plan_run(t->p, &t->err);
	/* a check that somebody else has begun since has its own */
	return t->rc == -EBUSY && !action_is(t->x, "idle") ? 0 : t->rc;
}

static void set_back(const struct scrub *x)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct attempt t = { .x = x, .p = p };

	retry_busy(try_set_back, &t, STOP_DEADLINE_MS);
}

static void renew(struct scrub *x)
{
	x->state.position_sec = 0;
	x->state.size_sec = geometry_sync_sec(&x->a->geo);
	x->state.started_s = (uint64_t)time(NULL);
	x->state.spent_s = x->state.mismatches = 0;
}

static int begin(struct scrub *x, const struct request *r, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(r);
	char *title autofree = xasprintf("check %s", x->path);
	int rc;

	if (r->scrub == SCRUB_START || !x->state.started_s)
		renew(x);
	x->state.size_sec = geometry_sync_sec(&x->a->geo);
	choose_first(x);
	plan_begin(x, p);
	rc = plan_run(p, err);
	if (rc) {
		x->phase = PHASE_NONE;
		set_back(x);
		return rc;
	}
	mode_tell_plan(r, p, title);
	if (r->dry_run) {
		x->phase = PHASE_NONE;
		return 0;
	}
	if (x->phase == PHASE_BEGINS) {
		x->limit = steal(p);
		plan_let_signals(x->limit);
	}
	x->begin_ms = clock_ms();
	x->spent_before_s = x->state.spent_s;
	x->mismatches_before = x->state.mismatches;
	say_note(x->state.position_sec ? "%s: the check goes on" : "%s: the check begins", x->path);
	try_remember(x);
	return 0;
}

/* Who asked for it by name is told, also with --quiet. */
static void say_skipped(const struct scrub *x, const char *why, bool all)
{
	if (all)
		say_note("%s: skipped: %s", x->path, why);
	else
		say_error("%s: skipped: %s", x->path, why);
}

/* all: nobody asked for this one by name. */
static void try_begin(struct scrub *x, const struct request *r, bool all)
{
	char text[60];
	const char *why = unfit(x) ?: busy(x, text, sizeof(text));
	struct err err;

	if (!why && r->scrub == SCRUB_RESUME && !x->state.started_s) {
		if (all)
			return;
		why = "no check of it was paused";
	}
	if (!why && !r->dry_run && !take_lock(x))
		why = errno == EWOULDBLOCK ? "another program is at work on it" : "it cannot be locked";
	if (why && all && !level_has_redundancy(x->a->geo.level)) {
		say_verbose("%s: skipped: %s", x->path, why);
	} else if (why) {
		say_skipped(x, why, all);
		x->failed = !all;
	} else if (begin(x, r, &err)) {
		say_err(&err);
		x->failed = true;
	}
}

/* --- ending --- */

static void end_limit(struct scrub *x)
{
	plan_free(steal(x->limit));
}

static void finished(struct scrub *x)
{
	struct scrub_state *s = &x->state;

	*s = (struct scrub_state){
		.size_sec = s->size_sec, .last_finished_s = (uint64_t)time(NULL),
		.last_spent_s = s->spent_s, .last_mismatches = s->mismatches,
	};
	if (s->last_mismatches)
		say_note("%s: checked: %llu sectors do not fit\nmdadm --verify %s tells where%s", x->path,
			 (unsigned long long)s->last_mismatches, x->path, sysfs_lockless(x->dir) ?
			 "; with its lockless bitmap what was never written need not fit" : "");
	else
		say_note("%s: checked: everything fits", x->path);
}

/* It runs no more: it came to its end, or was interrupted. */
static void ended(struct scrub *x)
{
	uint64_t stopped = 0;
	char last[32] = "";

	end_limit(x);
	sysfs_get_u64(x->dir, "sync_min", &stopped);
	sysfs_get(x->dir, "last_sync_action", last, sizeof(last));
	count_up(x);
	if (x->phase == PHASE_RUNS && !stopped && (x->tricked || !strcmp(last, "check"))) {
		finished(x);
	} else {
		x->state.position_sec = MAX(stopped, x->state.position_sec);
		say_note("%s: the check is paused at %u%%", x->path, (unsigned)
			 (x->state.position_sec * 100 / MAX(x->state.size_sec, 1)));
		set_back(x);
	}
	x->phase = PHASE_ENDED;
	try_remember(x);
}

/* One that was asked for a moment ago and has not quite begun is not ended by the first "idle". */
static int try_stop_check(void *arg)
{
	struct attempt *t = arg;

	plan_set_sync(t->p, t->x->devnm, "sync_action", "idle", t->x->path);
	t->rc = plan_run(t->p, &t->err);
	return !t->rc && is_checking(t->x) ? -EBUSY : t->rc;
}

/* One that goes on all the same is no error here: who asks next sees that it runs. */
static int stop_check(const struct scrub *x, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct attempt t = { .x = x, .p = p };

	retry_busy(try_stop_check, &t, STOP_DEADLINE_MS);
	if (t.rc)
		*err = t.err;
	return t.rc;
}

/* --- waiting --- */

/* It waits at sync_max: from here on sync_min is never 0 before the end. */
static void let_run(struct scrub *x)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	uint64_t done = 0;
	struct err err;

	if (sysfs_get_u64(x->dir, "sync_completed", &done) || done < x->first_sec)
		return;
	plan_set_sync(p, x->devnm, "sync_max", "max", x->path);
	if (plan_run(p, &err))
		return;
	end_limit(x);
	x->phase = PHASE_RUNS;
}

static void note_place(struct scrub *x)
{
	uint64_t done = 0;

	if (clock_ms() - x->noted_ms < NOTE_MS || sysfs_get_u64(x->dir, "sync_completed", &done))
		return;
	count_up(x);
	x->state.position_sec = MAX(done, x->state.position_sec);
	try_remember(x);
}

/* Returns how many still run; *begins: of one the kernel waits for us. */
static size_t look_at_all(struct scrub *x, size_t n, bool *begins)
{
	size_t running = 0;

	*begins = false;
	for (size_t i = 0; i < n; i++) {
		if (x[i].phase == PHASE_NONE || x[i].phase == PHASE_ENDED)
			continue;
		if (!is_checking(&x[i])) {
			ended(&x[i]);
			continue;
		}
		if (x[i].phase == PHASE_BEGINS)
			let_run(&x[i]);
		else
			note_place(&x[i]);
		*begins |= x[i].phase == PHASE_BEGINS;
		running++;
	}
	return running;
}

static void pause_all(struct scrub *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct err err;

		if (x[i].phase != PHASE_BEGINS && x[i].phase != PHASE_RUNS)
			continue;
		if (is_checking(&x[i]) && stop_check(&x[i], &err)) {
			say_err(&err);
			x[i].failed = true;
		}
		ended(&x[i]);
	}
}

/* The kernel tells of the begin and the end of a check there. */
static void wait_for_news(int mdstat, int ms)
{
	struct pollfd news = { .fd = mdstat, .events = POLLPRI };
	char text[64];

	poll(&news, 1, ms);
	if (news.revents && (lseek(mdstat, 0, SEEK_SET) < 0 || read(mdstat, text, sizeof(text)) < 0))
		poll(NULL, 0, ms);
}

static void wait_for_all(struct scrub *x, size_t n, uint32_t limit_s)
{
	autoclose int mdstat = open("/proc/mdstat", O_RDONLY | O_CLOEXEC);
	const int64_t end_ms = clock_ms() + (int64_t)limit_s * 1000;
	bool begins;

	while (look_at_all(x, n, &begins)) {
		int64_t left_ms = limit_s ? end_ms - clock_ms() : LOOK_AGAIN_MS;

		if (told_to_end || left_ms <= 0) {
			pause_all(x, n);
			return;
		}
		wait_for_news(mdstat, (int)MIN(left_ms, begins ? BEGIN_LOOK_MS : LOOK_AGAIN_MS));
	}
}

/* --- start, resume --- */

static int run_all(struct scrub *x, size_t n, const struct request *r, bool all)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	const struct sigaction action = { .sa_handler = on_signal };
	int status = STATUS_OK;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
	for (size_t i = 0; i < n && !told_to_end; i++)
		if (x[i].a)
			try_begin(&x[i], r, all);
	wait_for_all(x, n, r->time_limit_s);
	for (size_t i = 0; i < n; i++) {
		if (x[i].phase == PHASE_ENDED && x[i].state.last_mismatches && !x[i].state.started_s)
			status = MAX(status, STATUS_SCRUB_MISMATCH);
		if (x[i].failed)
			status = MAX(status, STATUS_FAILED);
	}
	return status;
}

/* --- pause --- */

/* Who waits for it writes down where it stopped. */
static int pause_one(struct scrub *x, bool all)
{
	const int64_t deadline = clock_ms() + OTHER_DEADLINE_MS;
	bool ours = take_lock(x);
	struct err err;

	if (!is_checking(x)) {
		if (!all)
			say_skipped(x, "no check of it runs", all);
		return all ? STATUS_OK : STATUS_FAILED;
	}
	x->begin_ms = clock_ms();
	x->mismatches_before = x->state.mismatches;
	x->spent_before_s = x->state.spent_s;
	if (stop_check(x, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (ours) {
		/* that of somebody else, too: it is one check */
		if (!x->state.started_s)
			renew(x);
		x->phase = PHASE_BEGINS;
		ended(x);
		return x->failed ? STATUS_FAILED : STATUS_OK;
	}
	while (!take_lock(x) && clock_ms() < deadline)
		poll(NULL, 0, BEGIN_LOOK_MS);
	say_note("%s: the check is paused", x->path);
	return STATUS_OK;
}

static int pause_each(struct scrub *x, size_t n, bool all)
{
	int status = STATUS_OK;

	for (size_t i = 0; i < n; i++) {
		int one = x[i].a ? pause_one(&x[i], all) : STATUS_OK;

		status = MAX(status, one);
	}
	return status;
}

/* --- status --- */

static unsigned percent(const struct scrub *x, uint64_t done_sec, uint64_t all_sec)
{
	(void)x;
	return all_sec ? (unsigned)(done_sec * 100 / all_sec) : 0;
}

static void tell_state(const struct scrub *x, struct report *r)
{
	const struct scrub_state *s = &x->state;
	const bool runs = is_checking(x);
	const char *word = runs ? "running" : s->started_s ? "paused" : s->last_finished_s ? "finished" :
			   unfit(x) ? "not-possible" : "never";

	report_text(r, REPORT_DATA, "state", "State", "%s", word);
	if (!runs && unfit(x)) {
		report_note(r, ": %s", unfit(x));
		report_text(r, REPORT_JSON, "reason", NULL, "%s", unfit(x));
	}
	if (runs || s->started_s) {
		unsigned done = runs ? percent(x, x->a->sync.done_sec, x->a->sync.all_sec) :
				percent(x, s->position_sec, s->size_sec);

		report_number(r, REPORT_DATA, "percent", "Percent", done);
	}
	if (s->started_s) {
		report_number(r, REPORT_DATA, "mismatches", "Mismatches", s->mismatches);
		report_time(r, REPORT_DATA, "started", "Started", (int64_t)s->started_s);
	}
	if (!s->last_finished_s)
		return;
	report_time(r, REPORT_DATA, "last_finished", "Last end", (int64_t)s->last_finished_s);
	report_number(r, REPORT_DATA, "last_mismatches", "Last found", s->last_mismatches);
	report_number(r, REPORT_JSON, "last_duration_seconds", NULL, s->last_spent_s);
}

static void tell_one(const struct scrub *x, struct json *json)
{
	struct report r cleanup(report_free) = { 0 };

	report_line(&r, "%s:", x->path);
	report_disk_text(&r, REPORT_JSON, "path", NULL, x->path, strlen(x->path));
	report_text(&r, REPORT_JSON, "kernel_name", NULL, "%s", x->devnm);
	if (x->known)
		report_uuid(&r, REPORT_JSON, "uuid", NULL, &x->uuid);
	tell_state(x, &r);
	if (json)
		report_print_json(&r, OBJECT_SCRUB, json);
	else
		report_print_text(&r, LABEL_WIDTH, stdout);
}

/* --- all of it --- */

static struct scrub *named(char *const *dev, size_t n)
{
	struct scrub *x = xcalloc(n + 1, sizeof(*x));

	for (size_t i = 0; i < n; i++)
		x[i] = (struct scrub){ .path = mode_array_node(dev[i]), .dir = -1, .lock_fd = -1 };
	return x;
}

static struct scrub *all_of_them(const struct map *map, size_t *n, struct err *err)
{
	struct mdstat now cleanup(mdstat_free) = { 0 };
	struct scrub *x;

	if (mdstat_read(&now, err))
		return NULL;
	x = xcalloc(now.n + 1, sizeof(*x));
	for (*n = 0; *n < now.n; (*n)++)
		x[*n] = (struct scrub){ .path = array_path(map, now.entry[*n].devnm), .dir = -1, .lock_fd = -1 };
	return x;
}

static int scrub_all(struct scrub *x, size_t n, const struct request *r, bool all, struct json *json)
{
	if (r->scrub == SCRUB_PAUSE)
		return pause_each(x, n, all);
	if (r->scrub != SCRUB_STATUS)
		return run_all(x, n, r, all);
	for (size_t i = 0; i < n && !json; i++)
		if (x[i].a)
			tell_one(&x[i], NULL);
	return STATUS_OK;
}

int Scrub(char *const *dev, size_t n, const struct request *r, struct json *json)
{
	struct map map cleanup(map_free) = { 0 };
	struct err err;
	struct scrub *x;
	const bool all = !n;
	int status = STATUS_OK, done;

	map_load(&map);
	x = all ? all_of_them(&map, &n, &err) : named(dev, n);
	if (!x) {
		say_err(&err);
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < n; i++)
		if (look(&map, &x[i], &err)) {
			say_err(&err);
			array_free(x[i].a);
			x[i].a = NULL;
			status = STATUS_FAILED;
		}
	done = scrub_all(x, n, r, all, json);
	if (json && !r->dry_run) {
		report_json_begin(json, OBJECT_SCRUB);
		for (size_t i = 0; i < n; i++)
			if (x[i].a)
				tell_one(&x[i], json);
		report_json_end(json);
	}
	for (size_t i = 0; i < n; i++)
		scrub_free(&x[i]);
	free(x);
	return MAX(status, done);
}
