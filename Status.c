// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Status.c - --status: how arrays are, what that means, and what to do next.  Looks at sysfs
 * and /proc/mdstat, so anybody may ask; only the superblocks of an array that was not started
 * are for root.  Prints; changes nothing.
 */
#include <string.h>

#include "Status.h"
#include "mapfile.h"
#include "say.h"
#include "util.h"

#define LABEL_WIDTH 12

struct survey {
	const struct config *conf;
	const struct status_options *o;
	struct mdstat mdstat;
	struct map map;
	int worst;
	size_t shown;
};

static void view_done(struct status_view *v)
{
	report_free(&v->r);
	status_free(&v->s);
	gathered_free(&v->g);
	array_free(v->a);
}

/* --- one array --- */

static void show(struct survey *y, struct status_view *v)
{
	status_report(v);
	if (y->o->json) {
		report_print_json(&v->r, OBJECT_STATUS, y->o->json);
		return;
	}
	if (y->shown++)
		putchar('\n');
	report_print_text(&v->r, LABEL_WIDTH, stdout);
}

/* Only root may know: that it is not known is said of nobody. */
static void load_scrub(struct survey *y, struct status_view *v)
{
	const struct map_entry *e = map_by_devnm(&y->map, v->a->devnm);
	struct err err;

	if (e && v->a->active)
		scrub_load(&e->uuid, &v->scrub, &err);
}

static void survey_array(struct survey *y, const char *path, const char *devnm)
{
	struct status_view v cleanup(view_done) = { .path = path };
	struct err err;

	if (array_look(devnm, mdstat_find(&y->mdstat, devnm), &v.a, &err)) {
		say_err(&err);
		y->worst = MAX(y->worst, STATUS_FAILED);
		return;
	}
	load_scrub(y, &v);
	if (v.a->active || array_is_container(v.a)) {
		status_judge(v.a, path, &v.s);
	} else {
		status_gather(v.a, y->conf, &v.g);
		status_judge_inactive(v.a, path, &v.g, &v.s);
	}
	y->worst = MAX(y->worst, (int)v.s.state);
	if (v.s.needs_person || !y->o->problems)
		show(y, &v);
}

/* --- all of them --- */

static void survey_named(struct survey *y, const char *path)
{
	struct err err;
	char devnm[33];

	if (array_devnm(path, devnm, &err)) {
		say_err(&err);
		y->worst = MAX(y->worst, STATUS_FAILED);
		return;
	}
	survey_array(y, path, devnm);
}

static void survey_all(struct survey *y)
{
	for (size_t i = y->mdstat.n; i-- > 0;) {
		autofree char *path = array_path(&y->map, y->mdstat.entry[i].devnm);

		survey_array(y, path, y->mdstat.entry[i].devnm);
	}
	if (!y->shown && !y->o->json)
		puts(!y->mdstat.n ? "There are no arrays." :
		     y->worst ? "No array needs a person." : "All arrays are healthy.");
}

int Status(char *const *dev, size_t n, const struct config *conf, const struct status_options *o)
{
	struct survey y = { .conf = conf, .o = o };
	struct err err;

	if (mdstat_read(&y.mdstat, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	map_load(&y.map);
	if (o->json)
		report_json_begin(o->json, OBJECT_STATUS);
	for (size_t i = 0; i < n; i++)
		survey_named(&y, dev[i]);
	if (!n)
		survey_all(&y);
	if (o->json)
		report_json_end(o->json);
	map_free(&y.map);
	mdstat_free(&y.mdstat);
	return y.worst;
}
