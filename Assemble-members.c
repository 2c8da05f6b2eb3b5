// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-members.c - which devices carry the array that is meant: each is opened and read
 * once, its identity compared with what was asked for, and with the others'.
 * Part of the mode --assemble: it says what is wrong with a device.  Writes nothing.
 */
#include <errno.h>
#include <string.h>

#include "Assemble.h"
#include "blkdev.h"
#include "say.h"
#include "util.h"

enum judgement { KEEP, SKIP, ABORT };

static void probe(struct assemble *a)
{
	const struct request *r = a->req;
	unsigned flags = (r->force ? LOAD_IGNORE_SIZE : 0) |
			 (r->have_update && r->update == UPDATE_SPARC22 ? LOAD_ANY_SHAPE : 0);
	char **path;

	if (!a->listed) {
		path = config_devices(&a->conf, &a->n_member);
		a->member = members_probe(path, a->n_member, a->fmt, a->minor, flags);
		config_free_devices(path, a->n_member);
		return;
	}
	a->n_member = r->n_dev - 1;
	path = xcalloc(a->n_member, sizeof(*path));
	for (size_t i = 0; i < a->n_member; i++)
		path[i] = xstrdup(r->dev[i + 1].name);
	a->member = members_probe(path, a->n_member, a->fmt, a->minor, flags);
	config_free_devices(path, a->n_member);
}

static bool identity_given(const struct assemble *a)
{
	return a->req->have_uuid || a->req->name || a->have_super_minor;
}

/* With an identity to look for, devices that have none are passed over. */
static enum judgement judge_unusable(const struct assemble *a, const struct member *m)
{
	bool go_on = identity_given(a);

	if (!a->listed) {
		if (m->rc < 0)
			say_verbose("%s", m->why.text);
		return SKIP;
	}
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
 * The name as stored, or without a host that is this one.  A format without names has any.
 */
static bool name_matches(const struct assemble *a, const struct member *m)
{
	const char *full = m->array.name, *bare = super_bare_name(full);
	const char *want = a->req->name;
	size_t host = bare == full ? 0 : (size_t)(bare - full) - 1;

	if (!*full || !strcmp(full, want))
		return true;
	if (bare == full || strcmp(bare, want) != 0)
		return false;
	if (!a->conf.require_homehost || !strcmp(a->homehost, "any"))
		return true;
	return (host == 3 && !memcmp(full, "any", 3)) ||
	       (host == strlen(a->homehost) && !memcmp(full, a->homehost, host));
}

/* What of the identity is not as asked; NULL when all is. */
const char *assemble_wrong_identity(const struct assemble *a, const struct member *m)
{
	if (a->req->have_uuid && !uuid_equal(&a->req->uuid, &m->array.uuid))
		return "uuid";
	if (a->req->name && !name_matches(a, m))
		return "name";
	if (a->have_super_minor && (m->array.md_minor < 0 ||
				    (uint32_t)m->array.md_minor != a->super_minor))
		return "super-minor";
	return NULL;
}

static bool seen_before(const struct assemble *a, const struct member *m)
{
	for (const struct member *o = a->member; o < m; o++)
		if (o->rc == 0 && o->id.rdev == m->id.rdev)
			return true;
	return false;
}

static enum judgement judge_free(const struct assemble *a, const struct member *m)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct err err;
	char holder[200];
	int rc = blk_open(m->path, BLK_READ_EXCL, &b, &err);

	if (!rc)
		return KEEP;
	if (!a->listed)
		return SKIP;
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

static enum judgement judge(const struct assemble *a, const struct member *m)
{
	const char *wrong;

	if (m->rc || !m->id.rdev)
		return judge_unusable(a, m);
	if (seen_before(a, m)) {
		if (a->listed)
			say_error("%s is given twice - used once", m->path);
		return SKIP;
	}
	wrong = assemble_wrong_identity(a, m);
	if (wrong) {
		if (a->listed)
			say_error("%s has wrong %s.", m->path, wrong);
		return SKIP;
	}
	return m->held ? KEEP : judge_free(a, m);
}

const char *assemble_difference(const struct super *a, const struct super *b)
{
	if (a->fmt != b->fmt || a->minor != b->minor)
		return "metadata version";
	return a->fmt->compare_super(a, b);
}

static bool is_home(const struct assemble *a, const struct super *s)
{
	return s->fmt->is_local(s, a->homehost) || s->fmt->is_local(s, "any");
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
	const char *what = assemble_difference(ref->super, m->super);

	if (!what)
		return KEEP;
	if (!a->listed)
		return SKIP;
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

static void introduce(const struct assemble *a)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct disk_info *d = &a->kept[i]->disk;

		say_verbose("%s is identified as a member of %s, slot %d%s.", a->kept[i]->path,
			    a->name.path, d->slot,
			    d->role == ROLE_REPLACEMENT ? " replacement" : "");
	}
}

/* What is damaged may be the one that was looked for. */
static void say_none_found(const struct assemble *a)
{
	const char *why = "";

	for (size_t i = 0; i < a->n_member && !*why; i++)
		if (a->member[i].rc == -EINVAL)
			why = a->member[i].why.text;
	say_error("no free device of %s was found%s%s", a->name.path, *why ? "\n" : "", why);
}

int assemble_find_members(struct assemble *a)
{
	int rc;

	say_verbose("looking for devices for %s", a->name.path);
	probe(a);
	rc = assemble_find_host(a);
	if (rc)
		return rc;
	a->kept = xcalloc(a->n_member + 1, sizeof(*a->kept));
	for (size_t i = 0; i < a->n_member; i++) {
		enum judgement j = judge(a, &a->member[i]);

		if (j == ABORT)
			return STATUS_FAILED;
		if (j == KEEP)
			a->kept[a->n++] = &a->member[i];
	}
	if (a->n == 0) {
		if (!a->listed)
			say_none_found(a);
		return STATUS_UNSUITABLE;
	}
	rc = keep_matching(a);
	if (!rc)
		rc = assemble_name_host(a);
	if (!rc)
		introduce(a);
	return rc;
}
