// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage.c - the mode --manage: what is done to one running array, word by word as they stand on the
 * command line.  The first that fails ends it.  Members: Manage-member.c, -add.c, -out.c; Swap.c.
 */
#include <string.h>

#include "Manage.h"
#include "Run.h"
#include "Stop.h"
#include "say.h"
#include "util.h"

/* The spare that a --with names for the member before it. */
static int replace_with(struct manage *m, const struct target *t, const struct request_device *with)
{
	struct target *spare;
	size_t n;
	int rc = manage_targets(m, with, &spare, &n);

	if (!rc)
		rc = manage_replace(m, t, spare);
	manage_free_targets(spare, n);
	return rc;
}

static int act(struct manage *m, const struct request_device *d, const struct target *t)
{
	const struct request_device *next = d + 1, *end = m->req->dev + m->req->n_dev;

	switch (d->member) {
	case MEMBER_FAIL:
		return manage_fail(m, t);
	case MEMBER_REMOVE:
		return manage_remove(m, t);
	case MEMBER_REPLACE:
		if (next < end && next->member == MEMBER_WITH)
			return replace_with(m, t, next);
		return manage_replace(m, t, NULL);
	case MEMBER_WITH: /* done with the member before it */
	case MEMBER_SWAP: /* two at once: not here */
	case MEMBER_NONE:
		return STATUS_OK;
	case MEMBER_ADD:
	case MEMBER_ADD_SPARE:
	case MEMBER_ADD_JOURNAL:
	case MEMBER_READD:
		break;
	}
	return manage_add(m, d, t);
}

/* A word may mean several members: each is done with what the one before has left. */
static int one_word(struct manage *m, const struct request_device *d)
{
	struct target *t = NULL;
	size_t n = 0;
	int status;

	if (d->member == MEMBER_WITH)
		return STATUS_OK;
	status = manage_look(m);
	if (!status)
		status = manage_targets(m, d, &t, &n);
	for (size_t i = 0; i < n; i++) {
		int one = act(m, d, &t[i]);

		/* of all that might come back some cannot: that keeps none of the others out */
		if (strcmp(d->name, "missing") != 0)
			status |= one;
		if (status && d->member != MEMBER_READD)
			break;
	}
	manage_free_targets(t, n);
	return status;
}

/* --- several that come in --- */

static bool comes_in(const struct request_device *d)
{
	return d->member == MEMBER_ADD || d->member == MEMBER_ADD_SPARE || d->member == MEMBER_READD;
}

static bool is_several(const struct request_device *d)
{
	return !strcmp(d->name, "missing") || !strcmp(d->name, "failed") || !strcmp(d->name, "faulty");
}

/*
 * What begins to be copied when the first of them is in goes on without the others, which are copied when that is
 * done.  So where two are lacking nothing begins until all are in; what runs goes on.
 */
static int hold_copy(struct manage *m, struct plan *p)
{
	struct err err;
	int rc = manage_look(m);

	if (rc)
		return rc;
	if (manage_lacks(m->array) < 2 || m->array->status.activity != MDSTAT_NONE || manage_frozen(m))
		return STATUS_OK;
	plan_freeze(p, m->devnm);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	m->holds = true;
	return STATUS_OK;
}

static int let_copy(struct manage *m, struct plan *p)
{
	struct err err;

	if (!m->holds)
		return STATUS_OK;
	m->holds = false;
	plan_thaw(p, m->devnm);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	mode_tell_plan(m->req, p, "copy to all at once");
	return STATUS_OK;
}

static int all_words(struct manage *m)
{
	const struct request_device *d = m->req->dev + 1, *end = m->req->dev + m->req->n_dev;
	struct plan *p cleanup(plan_cleanup) = mode_plan(m->req);
	int status = STATUS_OK;

	for (; d < end && !status; d++) {
		bool more = d + 1 < end && comes_in(d + 1);

		if (!m->holds && comes_in(d) && (more || is_several(d)))
			status = hold_copy(m, p);
		if (!status)
			status = one_word(m, d);
		if (!comes_in(d) || !more || status)
			status |= let_copy(m, p);
	}
	return status;
}

static int members(const char *node, const struct config *conf, const struct request *r)
{
	struct manage m = { .req = r, .conf = conf, .path = node };
	int status = STATUS_OK;
	struct err err;
	dev_t rdev;

	if (r->n_dev < 2)
		return STATUS_OK;
	mode_clear_left(r);
	if (mode_find_array(node, &rdev, m.devnm, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (r->dev[1].member == MEMBER_SWAP)
		status = manage_swap(&m, &r->dev[1], &r->dev[2]);
	else
		status = all_words(&m);
	array_free(m.array);
	return status == STATUS_OK && r->test && !m.changed ? STATUS_USAGE : status;
}

static int one_array(const char *path, const struct config *conf, const struct request *r)
{
	switch (r->action) {
	case ACT_RUN:
		return Run(path, conf, r);
	case ACT_READWRITE:
		return Readonly(path, false, r);
	case ACT_STOP:
		return Stop(path, r);
	default:
		return STATUS_OK;
	}
}

/* As in the old tool: read-only comes first, the other changes of the array last. */
static int Manage(const struct request *r)
{
	char *node autofree = mode_array_node(r->dev[0].name);
	int status = STATUS_OK;
	char homehost[256];
	struct config conf;

	config_init(&conf);
	if (r->action == ACT_RUN || r->n_dev > 1)
		mode_load_config(r, &conf, homehost, sizeof(homehost));
	if (r->action == ACT_READONLY)
		status = Readonly(r->dev[0].name, true, r);
	if (status == STATUS_OK)
		status = members(node, &conf, r);
	if (status == STATUS_OK)
		status = one_array(r->dev[0].name, &conf, r);
	config_free(&conf);
	return status;
}

const struct mode mode_manage = {
	.name = "manage",
	.id = MODE_MANAGE,
	.needs_root = true,
	.run = Manage,
};
