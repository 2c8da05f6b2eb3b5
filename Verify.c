// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verify.c - --verify: reads all members of an array once, side by side, and compares what fits together.
 * What does not is looked at again while writes to it wait, so that a write under way is no mistake.
 * Prints; changes nothing but for that moment, and for --repair-block.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "Verify.h"
#include "json.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "util.h"
#include "work.h"

#define JUDGES_MAX 8
#define PROGRESS_MS 500
#define LABEL_WIDTH 13

/* One array under way. */
struct run {
	struct verified *v;
	struct verify_window window[2]; /* one is judged while the other is read */
	struct verify_findings found;
	uint64_t band, bands;        /* that is judged; at once */
	bool progress;               /* somebody looks on */
	int64_t begin_ms, told_ms;
};

/* --- at once: the next window is read, this one judged --- */

struct stage {
	const struct verified *v;
	struct verify_window *now, *next; /* next NULL: there is none */
	uint64_t first, n;           /* stripes of now to judge; n 0: none */
	unsigned readers, judges;
	struct verify_findings part[JUDGES_MAX];
};

static void do_stage(void *arg, size_t i)
{
	struct stage *s = arg;
	uint64_t from, to;

	if (i < s->readers) {
		verify_window_read(s->v, s->next, (unsigned)i);
		return;
	}
	i -= s->readers;
	from = s->n * i / s->judges;
	to = s->n * (i + 1) / s->judges;
	verify_judge(s->v, s->now, s->first + from, to - from, &s->part[i]);
}

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (unsigned)MIN(n, JUDGES_MAX);
}

/* Judges n stripes of now, from first on, into out, while next is read; either may be nothing. */
static void stage(const struct verified *v, struct verify_window *now, uint64_t first, uint64_t n,
		  struct verify_window *next, struct verify_findings *out)
{
	struct stage s = {
		.v = v, .now = now, .next = next, .first = first, .n = n,
		.readers = next ? v->geo.raid_disks : 0,
		.judges = n ? (unsigned)MIN(n, processors()) : 0,
	};

	work_all(s.readers + s.judges, WORK_SLEEPS, do_stage, &s);
	for (unsigned i = 0; i < s.judges; i++) {
		verify_merge(out, &s.part[i]);
		free(s.part[i].f);
	}
}

/* --- a second look --- */

static uint64_t last_stripe(const struct verify_findings *f)
{
	uint64_t last = 0;

	for (size_t i = 0; i < f->n; i++)
		last = MAX(last, f->f[i].stripe + f->f[i].n - 1);
	return last;
}

static uint64_t first_stripe(const struct verify_findings *f)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < f->n; i++)
		first = MIN(first, f->f[i].stripe);
	return first;
}

/* Of stripes that nobody writes to just now. */
static int look_again(struct run *r, struct verify_window *w, uint64_t first, uint64_t last,
		      struct err *err)
{
	const struct stripe_bands *b = &r->v->bands;
	uint64_t band = first / b->stripes;
	struct verify_findings found = { .n = 0 };
	int rc = verify_unchanged(r->v, err);

	if (rc)
		return rc;
	verify_window_aim(r->v, w, band, last / b->stripes - band + 1);
	stage(r->v, NULL, 0, 0, w, NULL);
	stage(r->v, w, first, last - first + 1, NULL, &found);
	/* counted before */
	found.untold_sec = 0;
	verify_merge(&r->found, &found);
	free(found.f);
	return 0;
}

static int second_look(struct run *r, struct verify_window *w, const struct verify_findings *seen,
		       struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	/* of more than are listed the places are not known */
	uint64_t first = seen->unlisted ? w->first : first_stripe(seen);
	uint64_t last = seen->unlisted ? w->first + w->n - 1 : last_stripe(seen), len_sec;
	uint64_t at_sec = stripe_array_sec(&r->v->geo, first, &len_sec);
	uint64_t end_sec = stripe_array_sec(&r->v->geo, last, &len_sec);
	struct err why;
	int rc;

	plan_suspend(p, r->v->devnm, at_sec, end_sec + len_sec - at_sec);
	rc = plan_run(p, err);
	if (rc)
		return rc;
	rc = look_again(r, w, first, last, err);
	plan_resume(p, r->v->devnm);
	if (plan_run(p, &why) && !rc)
		rc = err_set(err, -EIO, "%s", why.text);
	return rc;
}

/* --- all of it --- */

/* What could not be read. */
static void note_unread(struct verified *v, const struct verify_window *w)
{
	for (unsigned i = 0; i < v->geo.raid_disks; i++) {
		for (size_t k = 0; k < w->unread[i].n; k++)
			v->member[i].unread_sec += w->unread[i].hole[k].n_sec;
		if (w->error[i].text[0] && !v->member[i].unread.text[0])
			v->member[i].unread = w->error[i];
	}
}

static void tell_progress(struct run *r, bool end)
{
	const int64_t now = clock_ms(), ms = now - r->begin_ms;
	const struct stripe_bands *b = &r->v->bands;
	const uint64_t done = MIN(r->band + r->bands, b->n);
	const uint64_t bytes = done * b->band_sec * b->places * SECTOR_BYTES *
			       (r->v->geo.raid_disks - r->v->missing);

	if (!r->progress || (!end && now - r->told_ms < PROGRESS_MS))
		return;
	r->told_ms = now;
	if (end)
		fputs("\r\033[K", stderr);
	else
		fprintf(stderr, "\rmdadm: %s: %u%% compared, %llu MiB/s\033[K", r->v->path,
			(unsigned)(done * 100 / b->n),
			(unsigned long long)(ms > 0 ? (bytes >> 20) * 1000 / (uint64_t)ms : 0));
	fflush(stderr);
}

static int judge_window(struct run *r, struct verify_window *now, struct verify_window *next,
			struct err *err)
{
	struct verify_findings seen = { .n = 0 };
	int rc = 0;

	stage(r->v, now, now->first, now->n, next, &seen);
	r->found.untold_sec += seen.untold_sec;
	if (seen.wrong_stripes)
		rc = second_look(r, now, &seen, err);
	free(seen.f);
	return rc;
}

static int compare(struct run *r, struct err *err)
{
	struct verified *v = r->v;
	struct verify_window *now = &r->window[0], *next = &r->window[1];
	int rc = verify_window_make(v, r->bands, now, err) ?:
		 verify_window_make(v, r->bands, next, err);

	if (rc)
		return rc;
	verify_window_aim(v, now, 0, r->bands);
	stage(v, NULL, 0, 0, now, NULL);
	for (r->band = 0; r->band < v->bands.n && !rc; r->band += r->bands) {
		struct verify_window *was = now;
		bool more = r->band + r->bands < v->bands.n;

		if (more)
			verify_window_aim(v, next, r->band + r->bands, r->bands);
		note_unread(v, now);
		rc = judge_window(r, now, more ? next : NULL, err);
		tell_progress(r, false);
		now = next;
		next = was;
	}
	tell_progress(r, true);
	return rc ?: verify_unchanged(v, err);
}

/* --- one array --- */

static int judge_status(const struct verified *v, const struct verify_findings *f)
{
	if (f->unknown_stripes)
		return STATUS_VERIFY_UNKNOWN;
	if (f->wrong_stripes)
		return STATUS_VERIFY_WRONG;
	return verify_is_all(v, f) ? STATUS_OK : STATUS_VERIFY_UNTOLD;
}

static void tell(const struct verify_outcome *o, struct json *json)
{
	struct report r cleanup(report_free) = { 0 };

	verify_report(o, &r);
	if (json)
		report_print_json(&r, OBJECT_VERIFY, json);
	else
		report_print_text(&r, LABEL_WIDTH, stdout);
}

static int verify_whole(struct verified *v, const struct request *req, struct json *json)
{
	struct run r = { .v = v, .bands = verify_window_bands(v), .begin_ms = clock_ms() };
	struct verify_outcome o = { .v = v, .found = &r.found };
	struct err err;

	r.progress = req->verbosity >= 0 && isatty(STDERR_FILENO);
	if (compare(&r, &err)) {
		say_err(&err);
		o.failure = err.text;
	}
	o.exit_status = o.failure ? STATUS_FAILED : judge_status(v, &r.found);
	tell(&o, json);
	verify_window_free(v, &r.window[0]);
	verify_window_free(v, &r.window[1]);
	free(r.found.f);
	return o.exit_status;
}

static int verify_block(struct verified *v, const struct request *req, struct json *json)
{
	struct verify_findings found = { .n = 0 };
	struct verify_outcome o = { .v = v, .found = &found };

	o.exit_status = verify_repair(v, req->repair_block, req, &found);
	if (!req->dry_run)
		tell(&o, json);
	free(found.f);
	return o.exit_status;
}

static int verify_one(const char *given, const struct request *req, struct json *json)
{
	struct verified v cleanup(verified_free) = { 0 };
	char *node autofree = mode_array_node(given);
	struct err err;

	if (verify_look(node, &v, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	return req->have_repair_block ? verify_block(&v, req, json) : verify_whole(&v, req, json);
}

int Verify(char *const *dev, size_t n, const struct request *r, struct json *json)
{
	int worst = STATUS_OK;

	if (json && !r->dry_run)
		report_json_begin(json, OBJECT_VERIFY);
	for (size_t i = 0; i < n; i++) {
		int status = verify_one(dev[i], r, json);

		worst = MAX(worst, status);
	}
	if (json && !r->dry_run)
		report_json_end(json);
	return worst;
}
