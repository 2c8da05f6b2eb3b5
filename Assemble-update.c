// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-update.c - --assemble --update: what the superblocks of the members become before the
 * array is judged and started.  Part of the mode --assemble: it says what stands in the way.  Changes
 * the members in memory only; the plan of Assemble-start.c writes them, all or none.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "Assemble.h"
#include "say.h"
#include "util.h"

/*
 * The identity that the array gets is not the one by which it is found.  4.2 knows a superblock in the
 * other byte order only when it is told that there is one.
 */
void assemble_take_update(struct assembly *run, struct request *r)
{
	struct update_values *v = &run->update;

	if (!r->have_update)
		return;
	*v = (struct update_values){ .what = r->update, .name = "" };
	if (v->what == UPDATE_UUID && r->have_uuid) {
		v->uuid = r->uuid;
		v->uuid_given = true;
		r->have_uuid = false;
	}
	if (v->what == UPDATE_NAME && r->name) {
		v->name = r->name;
		r->name = NULL;
	}
	if (v->what == UPDATE_BYTEORDER)
		r->metadata = "0.swap";
}

static int not_understood(const struct assemble *a, const struct member *m)
{
	say_error("--update=%s not understood for %s metadata", super_update_word(a->run->update.what),
		  m->super->fmt->name);
	return STATUS_FAILED;
}

/* Another format for the same member. */
static int convert(struct assemble *a, struct member *m, struct err *err)
{
	struct super *new = NULL;
	int rc;

	if (!m->super->fmt->convert_super)
		return SUPER_NO_SUCH_UPDATE;
	rc = uuid_random(&a->run->update.device_uuid);
	if (rc)
		return err_set(err, rc, "no random bytes for the uuid of %s: %s", m->path,
			       error_text(-rc));
	rc = m->super->fmt->convert_super(m->super, &a->run->update, &new, err);
	if (rc)
		return rc;
	super_free(m->super);
	m->super = new;
	return 0;
}

static int update_member(struct assemble *a, struct member *m, struct err *err)
{
	int rc;

	a->run->update.path = m->path;
	rc = a->run->update.what == UPDATE_METADATA ? convert(a, m, err) :
		m->super->fmt->update_super(m->super, &a->run->update, err);
	if (!rc)
		m->super->fmt->getinfo_super(m->super, &m->array, &m->disk);
	return rc;
}

/* A member that has missed writes is known by its events. */
static bool events_differ(const struct assemble *a)
{
	for (size_t i = 1; i < a->n; i++)
		if (a->kept[i]->disk.events != a->kept[0]->disk.events)
			return true;
	return false;
}

/* The number of the array, when that is known: the plan may choose it later. */
static int number_of(const struct assemble *a)
{
	uint64_t number;

	if (!*a->name.devnm || parse_u64(a->name.devnm + strlen("md"), INT_MAX, &number))
		return 0;
	return (int)number;
}

static int prepare(struct assemble *a)
{
	struct update_values *v = &a->run->update;

	if (*a->host) {
		say_error("--update=%s: /dev/%s has some of the members already, stop it first "
			  "(mdadm --stop /dev/%s)", super_update_word(v->what), a->host, a->host);
		return STATUS_FAILED;
	}
	v->homehost = a->run->homehost;
	v->md_minor = number_of(a);
	v->keep_events = events_differ(a);
	if (v->what == UPDATE_UUID && !v->uuid_given && uuid_random(&v->uuid)) {
		say_error("no random bytes for the array's uuid");
		return STATUS_FAILED;
	}
	return 0;
}

int assemble_update(struct assemble *a)
{
	struct err err;
	int rc;

	if (!a->run->req->have_update)
		return 0;
	rc = prepare(a);
	for (size_t i = 0; i < a->n && !rc; i++) {
		int done = update_member(a, a->kept[i], &err);

		if (done == SUPER_NO_SUCH_UPDATE)
			rc = not_understood(a, a->kept[i]);
		else if (done)
			rc = STATUS_FAILED;
		if (done < 0)
			say_err(&err);
	}
	return rc;
}

int assemble_update_number(struct assemble *a, struct err *err)
{
	int rc = 0;

	if (!a->run->req->have_update ||
	    (a->run->update.what != UPDATE_NAME && a->run->update.what != UPDATE_SUPER_MINOR))
		return 0;
	a->run->update.md_minor = number_of(a);
	for (size_t i = 0; i < a->n && !rc; i++)
		rc = update_member(a, a->kept[i], err);
	return rc;
}
