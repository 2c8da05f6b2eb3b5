// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-scan.c - --assemble --scan: the arrays of the ARRAY lines or, when there are none, those
 * that the superblocks tell of; and then, again, those that are on these. Part of the mode
 * --assemble.
 */
#include <string.h>

#include "Assemble.h"
#include "blkdev.h"
#include "group.h"
#include "policy.h"
#include "say.h"
#include "util.h"
#include "waiting.h"

/* A pass: the arrays that are tried in it. */
struct pass {
	struct assembly *run;
	size_t first;            /* of run->array */
};

static size_t run_pass(const struct pass *p)
{
	struct assembly *r = p->run;

	return assemble_arrays(r, r->array + p->first, r->n_array - p->first);
}

/* --- by ARRAY lines --- */

static bool is_line(const struct config_array *l)
{
	return !l->ignore && !l->container && !l->member;
}

static bool has_lines(const struct config *c)
{
	for (size_t i = 0; i < c->n_array; i++)
		if (is_line(&c->array[i]))
			return true;
	return false;
}

static struct assemble *new_by_line(struct assembly *r, const struct config_array *l)
{
	struct assemble *a = assemble_new(r);

	a->line = l;
	a->given = l->name;
	a->given_by = NAME_ARRAY_LINE;
	/* should it be none, that is said when its members are found */
	if (l->name)
		devnode_parse_name(l->name, &a->name, NULL);
	return a;
}

/* Does the line mean a device that was found in this pass? */
static bool means_new(struct assembly *r, const struct config_array *l)
{
	for (size_t i = 0; i < r->n_dev; i++) {
		const struct candidate *c = r->dev[i];
		struct config_identity id;

		if (c->pass != r->pass || c->m.rc)
			continue;
		id = assemble_identity(&c->m);
		if (config_array_matches(l, &id, assemble_host(r)))
			return true;
	}
	return false;
}

static bool duplicate_names(const struct config *c)
{
	char uuid[2][UUID_TEXT];
	size_t at[2];

	if (!config_duplicate_names(c, &at[0], &at[1]))
		return false;
	for (size_t i = 0; i < 2; i++)
		uuid_format(&c->array[at[i]].uuid, ':', uuid[i]);
	say_error("Devices UUID-%s and UUID-%s have the same name: %s", uuid[0], uuid[1],
		  c->array[at[0]].name);
	say_error("Duplicate MD device names in conf file were found.");
	return true;
}

/* The line of an array that has what this one means already. */
static const struct assemble *taken_by(const struct assemble *a)
{
	const struct assembly *r = a->run;

	for (size_t i = 0; i < r->n_dev; i++) {
		struct candidate *c = r->dev[i];

		if (c->taken && c->taken != a && !assemble_wrong_identity(a, &c->m))
			return c->taken;
	}
	return NULL;
}

/* Is any of its devices there, whoever has it? */
static bool is_there(const struct assemble *a)
{
	const struct assembly *r = a->run;

	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i]->m.rc == 0 && !assemble_wrong_identity(a, &r->dev[i]->m))
			return true;
	return false;
}

/* Of a line for which nothing was found the status is all that is heard of 4.2. */
static void explain_missing(const struct assemble *a)
{
	const struct assemble *other = taken_by(a);

	if (other && other->line)
		say_error("two ARRAY lines mean %s: the second is of no use (%s, lines %u and %u)",
			  other->name.path, a->line->where, other->line->line, a->line->line);
	else if (!is_there(a))
		say_note("no device of %s was found (%s, line %u)",
			 a->line->name ?: "an array without a name", a->line->where, a->line->line);
}

/* Only of what was asked for, when an identity was. */
static bool is_asked_for(const struct assemble *a)
{
	const struct request *q = a->run->req;

	return !(q->have_uuid || q->name || q->have_super_minor) || is_there(a);
}

/* udev may be quicker with what is on an array that this run has started: that is as good. */
static bool started_by_udev(const struct assemble *a)
{
	const struct candidate *c = (const struct candidate *)a->busy;
	char devnm[33];

	return c && c->pass && blk_md_holder(c->m.id.rdev, devnm) &&
	       waiting_condition(devnm, NULL) == ARRAY_RUNS;
}

static int status_of_lines(struct assemble *const *last, size_t n)
{
	int status = 0;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!is_asked_for(last[i]))
			continue;
		any = true;
		if (last[i]->status == STATUS_UNSUITABLE && started_by_udev(last[i]))
			continue;
		if (last[i]->status == STATUS_UNSUITABLE)
			explain_missing(last[i]);
		status |= last[i]->status;
	}
	if (any)
		return status;
	say_error("No arrays found in config file or automatically");
	return STATUS_FAILED;
}

/*
 * Tries again those that have failed and of which a device came with an array of the pass before.
 */
static size_t retry_lines(struct assembly *r, struct assemble **last, size_t n)
{
	struct pass p = { r, r->n_array };

	for (size_t i = 0; i < n; i++)
		if (!last[i]->started && means_new(r, last[i]->line))
			last[i] = new_by_line(r, last[i]->line);
	return run_pass(&p);
}

static bool all_started(struct assemble *const *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!a[i]->started)
			return false;
	return true;
}

static int scan_lines(struct assembly *r, const struct config_array *const *line, size_t n)
{
	struct assemble **last autofree = xcalloc(n, sizeof(*last));
	struct pass p = { r, r->n_array };
	size_t started;

	for (size_t i = 0; i < n; i++)
		last[i] = new_by_line(r, line[i]);
	started = run_pass(&p);
	while (started && !all_started(last, n) && assemble_probe_arrays(r))
		started = retry_lines(r, last, n);
	assemble_finish(r);
	return status_of_lines(last, n) | (r->trouble ? STATUS_FAILED : 0);
}

static int scan_all_lines(struct assembly *r)
{
	const struct config *c = &r->conf;
	const struct config_array **line autofree = xcalloc(c->n_array, sizeof(*line));
	size_t n = 0;

	if (duplicate_names(c))
		return STATUS_FAILED;
	for (size_t i = 0; i < c->n_array; i++)
		if (is_line(&c->array[i]))
			line[n++] = &c->array[i];
	return scan_lines(r, line, n);
}

/* --- those that were named --- */

static int scan_named(struct assembly *r)
{
	const struct request *q = r->req;
	const struct config_array **line autofree = xcalloc(q->n_dev, sizeof(*line));
	size_t n = 0;
	int status = 0;

	for (size_t i = 0; i < q->n_dev; i++) {
		const struct config_array *l = config_array_by_name(&r->conf, q->dev[i].name);

		if (l && is_line(l))
			line[n++] = l;
		else
			say_error("%s not identified in config file.", q->dev[i].name);
		status |= l && is_line(l) ? 0 : STATUS_FAILED;
	}
	return n ? status | scan_lines(r, line, n) : status;
}

/* --- automatic --- */

static bool is_ignored(const struct assembly *r, const struct candidate *c)
{
	const struct config_identity id = assemble_identity(&c->m);

	for (size_t i = 0; i < r->conf.n_array; i++)
		if (r->conf.array[i].ignore &&
		    config_array_matches(&r->conf.array[i], &id, assemble_host(r)))
			return true;
	return false;
}

/* What the AUTO line and the policy of the device say. */
static bool is_allowed(const struct assembly *r, const struct policy_names *names,
		       const struct candidate *c)
{
	const struct super *s = c->m.super;
	struct policy_disk d cleanup(policy_disk_free) = { 0 };

	if (r->conf.n_rule)
		policy_disk_from(names, c->m.id.rdev, &d);
	return policy_auto_allows(&r->conf, r->conf.n_rule ? &d : NULL, s->fmt->name,
				  s->fmt->is_local(s, r->homehost));
}

/* May the device be taken without having been asked for? */
static bool may_take(const struct assembly *r, const struct policy_names *names,
		     const struct candidate *c)
{
	if (is_ignored(r, c)) {
		say_verbose("%s is a member of an explicitly ignored array", c->m.path);
		return false;
	}
	if (is_allowed(r, names, c))
		return true;
	say_verbose("%s is not taken: AUTO or POLICY lines do not allow it", c->m.path);
	return false;
}

/* Those that are left alone belong to no group from then on. */
static void drop_forbidden(struct assembly *r)
{
	struct policy_names names cleanup(policy_names_free) = { 0 };

	if (r->conf.n_rule)
		policy_names_load(&names);
	for (size_t i = 0; i < r->n_dev; i++) {
		struct candidate *c = r->dev[i];

		if (c->group != GROUP_NONE && !c->taken && !may_take(r, &names, c))
			c->group = GROUP_NONE;
	}
}

/* A group that is new in this pass. */
struct new_group {
	size_t group;
	const struct uuid *uuid;
	uint64_t events;         /* the most that one of its devices has */
};

/*
 * Members that should be of one array and do not agree are several groups, of which one gets to run:
 * the one to which most has happened.  All others keep the order of the devices, and so their numbers.
 */
static void newer_first(struct new_group *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (g[k].events > g[i].events && uuid_equal(g[k].uuid, g[i].uuid)) {
				struct new_group other = g[i];

				g[i] = g[k];
				g[k] = other;
			}
}

static uint64_t most_events(const struct assembly *r, size_t group)
{
	uint64_t most = 0;

	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i]->group == group)
			most = MAX(most, r->dev[i]->m.disk.events);
	return most;
}

/* Tries the groups that have a device of this pass. */
static size_t scan_groups(struct assembly *r)
{
	size_t n = assemble_group(r);
	struct new_group *g autofree = xcalloc(n, sizeof(*g));
	bool *new autofree = xcalloc(n, sizeof(*new));
	struct pass p = { r, r->n_array };
	size_t n_new = 0;

	say_verbose("looking for devices for further assembly");
	drop_forbidden(r);
	for (size_t i = 0; i < r->n_dev; i++) {
		const struct candidate *c = r->dev[i];

		if (c->group == GROUP_NONE || c->pass != r->pass || new[c->group])
			continue;
		new[c->group] = true;
		g[n_new++] = (struct new_group){ c->group, &c->m.array.uuid,
						 most_events(r, c->group) };
	}
	newer_first(g, n_new);
	for (size_t i = 0; i < n_new; i++)
		assemble_new(r)->group = g[i].group;
	return run_pass(&p);
}

static int status_of_groups(const struct assembly *r)
{
	bool any = false, trouble = r->trouble;

	for (size_t i = 0; i < r->n_array; i++) {
		any |= r->array[i]->started;
		trouble |= r->array[i]->trouble;
	}
	if (!any) {
		say_error("No arrays found in config file or automatically");
		return STATUS_FAILED;
	}
	return trouble ? STATUS_FAILED : STATUS_OK;
}

static int scan_automatically(struct assembly *r)
{
	if (!*r->homehost && !r->not_required) {
		say_error("No arrays found in config file");
		return STATUS_FAILED;
	}
	while (scan_groups(r) && assemble_probe_arrays(r))
		;
	assemble_finish(r);
	return status_of_groups(r);
}

int assemble_scan(struct assembly *r)
{
	int rc;

	assemble_probe(r);
	rc = assemble_look(r);
	if (rc)
		return rc;
	if (r->req->n_dev)
		return scan_named(r);
	return has_lines(&r->conf) ? scan_all_lines(r) : scan_automatically(r);
}
