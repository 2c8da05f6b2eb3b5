// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-members.c - which devices of the index carry the array that is meant: their identity is
 * compared with what was asked for, and with the others'.
 * Part of the mode --assemble: it says what is wrong with a device.  Writes nothing.
 */
#include <errno.h>
#include <string.h>

#include "Assemble.h"
#include "blkdev.h"
#include "group.h"
#include "mdstat.h"
#include "say.h"
#include "util.h"

enum judgement { KEEP, SKIP, ABORT };

static bool identity_given(const struct assemble *a)
{
	const struct request *r = a->run->req;

	return r->have_uuid || r->name || a->have_super_minor || a->line;
}

/* With an identity to look for, devices that have none are passed over. */
static enum judgement judge_unusable(const struct assemble *a, const struct member *m)
{
	bool go_on = identity_given(a);

	if (m->rc == -EINVAL && !go_on)
		say_error("%s\nleave %s out to assemble without it", m->why.text, m->path);
	else if (m->rc < 0)
		say_err(&m->why);
	else if (m->rc == 0)
		say_error("%s is not a block device.", m->path);
	else if (go_on)
		say_error("no recogniseable superblock on %s", m->path);
	else
		say_error("no recogniseable superblock on %s\n"
			  "%s has no superblock - assembly aborted", m->path, m->path);
	return go_on ? SKIP : ABORT;
}

/*
 * The name as stored, or without a host that is this one.  That of 0.90 metadata is its number.
 */
static bool name_matches(const struct assembly *r, const struct member *m)
{
	const char *full = m->array.name, *want = r->req->name;
	char number[12];

	if (!*full && m->array.md_minor >= 0) {
		snprintf(number, sizeof(number), "%d", m->array.md_minor);
		return !strcmp(number, want);
	}
	return !*full || config_name_matches(want, full, assemble_host(r));
}

struct config_identity assemble_identity(const struct member *m)
{
	return (struct config_identity){
		.format = m->super->fmt->name, .uuid = &m->array.uuid, .name = m->array.name,
		.md_minor = m->array.md_minor, .level = m->array.geo.level,
		.raid_disks = m->array.geo.raid_disks, .path = m->path,
	};
}

/* What of the identity is not as asked; NULL when all is. */
const char *assemble_wrong_identity(const struct assemble *a, const struct member *m)
{
	const struct assembly *r = a->run;
	const struct config_identity id = assemble_identity(m);

	if (r->req->have_uuid && !uuid_equal(&r->req->uuid, &m->array.uuid))
		return "uuid";
	if (r->req->name && !name_matches(r, m))
		return "name";
	if (a->have_super_minor && (m->array.md_minor < 0 ||
				    (uint32_t)m->array.md_minor != a->super_minor))
		return "super-minor";
	if (a->line && !config_array_matches(a->line, &id, assemble_host(r)))
		return "identity";
	return NULL;
}

static bool seen_before(const struct assemble *a, const struct candidate *c)
{
	const struct assembly *r = a->run;

	for (size_t i = 0; i < r->n_dev && r->dev[i] != c; i++)
		if (r->dev[i]->m.rc == 0 && r->dev[i]->m.id.rdev == c->m.id.rdev)
			return true;
	return false;
}

/* Who has it and no name, as one of us who reads it, may be gone in a moment: it is not missing. */
static void skip_found(struct assemble *a, const struct member *m, int rc)
{
	char holder[200];

	if (rc != -EBUSY || blk_holder(m->id.rdev, holder, sizeof(holder))) {
		say_verbose("%s is busy - skipping", m->path);
		return;
	}
	say_error("%s is busy - skipping: a process has it open", m->path);
	a->passing = true;
}

static enum judgement judge_free(struct assemble *a, struct candidate *c)
{
	const struct member *m = &c->m;
	struct err err;
	char holder[200];
	int rc = assemble_free(a->run, c, &err);

	if (!rc)
		return KEEP;
	if (!a->listed) {
		skip_found(a, m, rc);
		return SKIP;
	}
	if (rc != -EBUSY) {
		say_err(&err);
		return ABORT;
	}
	if (blk_holder(m->id.rdev, holder, sizeof(holder)))
		say_error("%s is busy - skipping: %s", m->path, holder);
	else
		say_error("%s is busy - skipping", m->path);
	return SKIP;
}

static enum judgement judge_listed(const struct assemble *a, const struct candidate *c)
{
	const struct member *m = &c->m;
	const char *wrong;

	if (m->rc || !m->id.rdev)
		return judge_unusable(a, m);
	if (seen_before(a, c)) {
		say_error("%s is given twice - used once", m->path);
		return SKIP;
	}
	wrong = assemble_wrong_identity(a, m);
	if (wrong) {
		say_error("%s has wrong %s.", m->path, wrong);
		return SKIP;
	}
	return KEEP;
}

/* Of the devices that nobody has named. */
static enum judgement judge_found(const struct assemble *a, const struct candidate *c)
{
	const struct member *m = &c->m;

	if (a->listed && !(c->m.held && *a->host && !strcmp(c->host, a->host)))
		return SKIP;
	/* no DEVICE line may mean it */
	if (c->late && !c->m.held)
		return SKIP;
	if (m->rc || !m->id.rdev || c->taken || (a->group != GROUP_NONE && a->group != c->group))
		return SKIP;
	return assemble_wrong_identity(a, m) ? SKIP : KEEP;
}

static enum judgement judge(struct assemble *a, struct candidate *c)
{
	enum judgement j = c->listed ? judge_listed(a, c) : judge_found(a, c);

	/* one that waits in another array than the one that is joined is not to be had */
	if (j != KEEP || (c->m.held && (a->listed || !strcmp(c->host, a->host))))
		return j;
	j = judge_free(a, c);
	if (j == SKIP && !a->busy)
		a->busy = &c->m;
	return j;
}

static bool is_home(const struct assemble *a, const struct super *s)
{
	return s->fmt->is_local(s, a->run->homehost) || s->fmt->is_local(s, "any");
}

/* Whom the others are compared with: of two arrays the one that is at home here is meant. */
static const struct member *reference(const struct assemble *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (is_home(a, a->kept[i]->super))
			return a->kept[i];
	return a->kept[0];
}

static enum judgement judge_match(const struct assemble *a, const struct member *ref,
				  const struct member *m)
{
	const char *what = super_difference(ref->super, m->super);

	if (!what)
		return KEEP;
	if (is_home(a, ref->super) && !is_home(a, m->super)) {
		say_error("%s misses out due to wrong homehost", m->path);
		return SKIP;
	}
	say_verbose("%s and %s differ in their %s", ref->path, m->path, what);
	say_error("superblock on %s doesn't match others - assembly aborted", m->path);
	return ABORT;
}

static int keep_matching(struct assemble *a)
{
	const struct member *ref = reference(a);
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		enum judgement j = judge_match(a, ref, a->kept[i]);

		if (j == ABORT)
			return STATUS_FAILED;
		if (j == KEEP)
			a->kept[n++] = a->kept[i];
	}
	a->n = n;
	return 0;
}

/* What is damaged may be the one that was looked for. */
static void say_none_found(const struct assemble *a)
{
	const struct assembly *r = a->run;
	const char *why = "";

	for (size_t i = 0; i < r->n_dev && !*why; i++)
		if (r->dev[i]->m.rc == -EINVAL)
			why = r->dev[i]->m.why.text;
	say_error("no free device of %s was found%s%s", assemble_title(a), *why ? "\n" : "", why);
}

/*
 * Members that are free while others of them run are old: a second array of them would be another
 * version of the first.
 */
static int refuse_second(const char *path)
{
	say_error("Found some drive for an array that is already active: %s\ngiving up.", path);
	return STATUS_FAILED;
}

/* One that was built without metadata may be anything. */
static bool is_active(const struct assembly *r, const char *devnm)
{
	const struct mdstat_entry *e = mdstat_find(&r->running, devnm);

	return e && e->active && strcmp(e->metadata, "none") != 0;
}

/* An array of this run that has the uuid, and other members that do not agree with these. */
static const struct assemble *of_this_run(const struct assemble *a, const struct uuid *uuid)
{
	const struct assembly *r = a->run;

	for (size_t i = 0; i < r->n_array; i++) {
		const struct assemble *o = r->array[i];

		if (o != a && (o->ready || o->started) && uuid_equal(&o->kept[0]->array.uuid, uuid))
			return o;
	}
	return NULL;
}

/* Two halves of a mirror that run side by side would be taken for one another. */
static int check_only_one(const struct assemble *a)
{
	const struct assemble *o = of_this_run(a, &a->kept[0]->array.uuid);

	if (!o)
		return 0;
	for (size_t i = 0; i < a->n; i++)
		say_error("%s is left alone: it does not agree with the members of %s (%s)",
			  a->kept[i]->path, assemble_title(o),
			  super_difference(o->kept[0]->super, a->kept[i]->super) ?: "it was taken");
	return STATUS_UNSUITABLE;
}

static const struct map_entry *find_active(const struct assembly *r, const struct map *map,
					   const struct uuid *uuid)
{
	for (size_t i = 0; i < map->n; i++)
		if (uuid_equal(&map->entry[i].uuid, uuid) && is_active(r, map->entry[i].devnm))
			return &map->entry[i];
	return NULL;
}

static int check_not_running(const struct assemble *a)
{
	const struct super *s = a->kept[0]->super;
	const struct uuid uuid = s->fmt->map_uuid(s);
	const struct assembly *r = a->run;
	const struct map_entry *e = find_active(r, &r->map, &uuid) ?:
				    find_active(r, &r->unmapped, &uuid);
	char devnm[33];

	if (e)
		return refuse_second(e->path);
	/* the map may be lost */
	if (a->busy && !super_difference(a->busy->super, s) &&
	    blk_md_holder(a->busy->id.rdev, devnm) && is_active(r, devnm))
		return refuse_second(devnm);
	return 0;
}

static int none_found(struct assemble *a)
{
	if (!a->listed && a->given_by == NAME_COMMAND_LINE && a->group == GROUP_NONE)
		say_none_found(a);
	return STATUS_UNSUITABLE;
}

int assemble_find_members(struct assemble *a)
{
	const struct assembly *r = a->run;
	int rc;

	if (a->group == GROUP_NONE)
		say_verbose("looking for devices for %s", assemble_title(a));
	rc = assemble_find_host(a);
	if (rc)
		return rc;
	a->kept = xcalloc(r->n_dev + 1, sizeof(*a->kept));
	for (size_t i = 0; i < r->n_dev; i++) {
		enum judgement j = judge(a, r->dev[i]);

		if (j == ABORT)
			return STATUS_FAILED;
		if (j == KEEP)
			a->kept[a->n++] = &r->dev[i]->m;
	}
	if (a->n == 0)
		return none_found(a);
	rc = keep_matching(a);
	if (!rc)
		rc = check_not_running(a);
	if (!rc)
		rc = check_only_one(a);
	return rc ? rc : assemble_name_host(a);
}
