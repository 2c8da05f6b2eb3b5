// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Examine.c - --examine: what is written on devices and image files.  Prints; changes
 * nothing and needs no more than to read.  Formats add their own fields to the report.
 */
#include <errno.h>
#include <string.h>

#include "member.h"
#include "mode.h"
#include "report.h"
#include "report-modes.h"
#include "say.h"
#include "util.h"

#define LABEL_WIDTH 15

/* An array of which members were found (brief). */
struct found {
	struct super *super;     /* of the member that was found first */
	char **device;           /* its members */
	size_t n_device, cap;
	unsigned spares;
};

struct examine {
	const struct examine_options *o;
	bool brief;
	struct found *found;
	size_t n_found, cap;
	int status;
};

/* --- brief: members are gathered into arrays --- */

static struct found *find_array(struct examine *x, const struct super *s)
{
	for (size_t i = 0; i < x->n_found; i++) {
		struct found *f = &x->found[i];

		if (f->super->fmt == s->fmt && !s->fmt->compare_super(f->super, s))
			return f;
	}
	return NULL;
}

static void gather(struct examine *x, struct member *m)
{
	struct found *f = find_array(x, m->super);

	if (!f) {
		x->found = xgrow(x->found, &x->cap, x->n_found, sizeof(*x->found));
		f = &x->found[x->n_found++];
		memset(f, 0, sizeof(*f));
		f->super = steal(m->super);
	}
	f->device = xgrow(f->device, &f->cap, f->n_device, sizeof(*f->device));
	f->device[f->n_device++] = steal(m->path);
	f->spares += m->disk.role != ROLE_ACTIVE;
}

static char *device_list(const struct found *f)
{
	char *list = xstrdup(f->device[0]);

	for (size_t i = 1; i < f->n_device; i++) {
		autofree char *shorter = list;

		list = xasprintf("%s,%s", shorter, f->device[i]);
	}
	return list;
}

static void print_array(const struct examine *x, const struct found *f)
{
	struct report r cleanup(report_free) = { 0 };
	bool verbose = x->o->verbosity > 0 || x->o->json;
	autofree char *devices = device_list(f);

	report_text(&r, REPORT_BRIEF, NULL, NULL, "ARRAY");
	f->super->fmt->brief_examine_super(f->super, verbose, &r);
	report_number(&r, f->spares ? REPORT_TAIL | REPORT_JSON : REPORT_JSON, "spares", NULL,
		      f->spares);
	if (verbose)
		report_text(&r, REPORT_TAIL, "devices", NULL, "%s", devices);
	for (size_t i = 0; i < f->n_device; i++)
		report_disk_text(&r, REPORT_JSON, "device", NULL, f->device[i],
				 strlen(f->device[i]));
	if (x->o->json)
		report_print_json(&r, OBJECT_SCAN, x->o->json);
	else
		report_print_array(&r, stdout);
}

static void found_free(struct found *f)
{
	super_free(f->super);
	for (size_t i = 0; i < f->n_device; i++)
		free(f->device[i]);
	free(f->device);
}

/* The array that was found last comes first. */
static void print_arrays(struct examine *x)
{
	for (size_t i = x->n_found; i-- > 0;) {
		print_array(x, &x->found[i]);
		found_free(&x->found[i]);
	}
	free(x->found);
	if (x->o->json)
		report_json_end(x->o->json);
}

/* --- one device --- */

static void print_device(const struct examine *x, const struct super *s, struct blkdev *b)
{
	struct report r cleanup(report_free) = { 0 };

	if (x->o->json) {
		report_disk_text(&r, REPORT_JSON, "path", NULL, b->path, strlen(b->path));
		s->fmt->examine_super(s, b, x->o->homehost, &r);
		report_print_json(&r, OBJECT_EXAMINE, x->o->json);
		return;
	}
	if (x->o->export) {
		s->fmt->export_examine_super(s, &r);
		report_print_export(&r, stdout);
		return;
	}
	report_line(&r, "%s:", b->path);
	s->fmt->examine_super(s, b, x->o->homehost, &r);
	report_print_text(&r, LABEL_WIDTH, stdout);
}

/* A scan is not about the devices: of them it tells at most what is damaged. */
static void complain(struct examine *x, int rc, const struct err *err)
{
	if (x->o->scan && x->brief) {
		if (rc == -EINVAL)
			say_verbose("%s", err->text);
		return;
	}
	say_err(err);
	x->status = STATUS_FAILED;
}

/*
 * Nothing there: of interest to whoever asked for this device in full.  That a device has none of
 * one format is no failure, as in the packaged tool.
 */
static void absent(struct examine *x, const char *path)
{
	char name[800];

	if (x->o->fmt) {
		say_error("No super block found on %s (of the version that --metadata names)",
			  printable(name, sizeof(name), path, strlen(path)));
		return;
	}
	say_error("No md superblock detected on %s.",
		  printable(name, sizeof(name), path, strlen(path)));
	x->status = STATUS_FAILED;
}

/* Of another place on the device, which may have something newer. */
static void remark(const struct examine *x, const struct err *err)
{
	if (err->text[0])
		(x->o->scan && x->brief ? say_verbose : say_error)("%s", err->text);
}

static void examine(struct examine *x, const char *path)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct super *s cleanup(super_cleanup) = NULL;
	struct err err;
	int rc = blk_open(path, BLK_READ, &b, &err);

	if (!rc)
		rc = super_load(b, x->o->fmt, x->o->minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s,
				&err);
	if (rc == SUPER_ABSENT)
		absent(x, path);
	if (rc < 0)
		complain(x, rc, &err);
	if (rc)
		return;
	remark(x, &err);
	print_device(x, s, b);
}

static void examine_member(void *arg, struct member *m)
{
	struct examine *x = arg;

	if (m->rc < 0)
		complain(x, m->rc, &m->why);
	if (m->rc)
		return;
	remark(x, &m->why);
	gather(x, m);
}

/* Slow devices are read at once; what is found is told in the order of the list. */
static void examine_together(struct examine *x, char *const *dev, size_t n)
{
	members_each(dev, n, x->o->fmt, x->o->minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT,
		     examine_member, x);
}

static void examine_each(struct examine *x, char *const *dev, size_t n)
{
	for (size_t i = 0; i < n; i++)
		examine(x, dev[i]);
}

static struct examine start(const struct examine_options *o)
{
	bool brief = o->brief || (o->scan && o->verbosity < 2);

	if (o->json)
		report_json_begin(o->json, brief ? OBJECT_SCAN : OBJECT_EXAMINE);
	return (struct examine){ .o = o, .brief = brief };
}

int Examine(char *const *dev, size_t n, const struct examine_options *o)
{
	struct examine x = start(o);

	(x.brief ? examine_together : examine_each)(&x, dev, n);
	print_arrays(&x);
	return x.status;
}

static bool from_partitions(const struct config *conf)
{
	for (size_t i = 0; i < conf->n_device; i++)
		if (strcmp(conf->device[i], "partitions") == 0)
			return true;
	return conf->n_device == 0;
}

static void reverse(char **list, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char *other = list[n - 1 - i];

		list[n - 1 - i] = list[i];
		list[i] = other;
	}
}

/* Of /proc/partitions the last is looked at first, as has always been done. */
int Examine_scan(const struct config *conf, const struct examine_options *o)
{
	struct examine x = start(o);
	size_t n;
	char **dev = config_devices(conf, &n);

	if (from_partitions(conf))
		reverse(dev, n);
	(x.brief ? examine_together : examine_each)(&x, dev, n);
	config_free_devices(dev, n);
	print_arrays(&x);
	return x.status;
}
