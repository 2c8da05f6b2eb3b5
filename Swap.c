// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Swap.c - mdadm --swap ARRAY OLD NEW: the new device is added, the old one is copied to it and leaves.
 * Part of the mode --manage.
 *
 * Nothing is kept of how far it came: each call looks at what the array is like and does what is left, so
 * that it may be interrupted anywhere, and said again.
 */
#include <string.h>

#include "Manage.h"
#include "Wait.h"
#include "say.h"
#include "util.h"

struct swap {
	struct manage *m;
	const struct request_device *old_word, *new_word;
	struct target *old, *new; /* one each */
	size_t n_old, n_new;
};

static void forget(struct swap *s)
{
	manage_free_targets(s->old, s->n_old);
	manage_free_targets(s->new, s->n_new);
	s->old = s->new = NULL;
	s->n_old = s->n_new = 0;
}

/* The array and both devices, as they are now. */
static int look(struct swap *s)
{
	/* the old one may be without a node by now */
	const struct request_device old = { .name = s->old_word->name, .member = MEMBER_REMOVE };
	const struct request_device new = { .name = s->new_word->name, .member = MEMBER_ADD_SPARE };
	int rc;

	forget(s);
	rc = manage_look(s->m);
	if (!rc)
		rc = manage_targets(s->m, &old, &s->old, &s->n_old);
	if (!rc)
		rc = manage_targets(s->m, &new, &s->new, &s->n_new);
	if (!rc && (s->n_old != 1 || s->n_new != 1)) {
		say_error("--swap takes one old device and one new one");
		return STATUS_USAGE;
	}
	return rc;
}

static bool in_place(const struct target *t)
{
	return t->member && !t->member->disk.faulty && t->member->disk.raid_disk >= 0 &&
	       t->member->disk.sync && !t->member->disk.replacement;
}

static bool is_copied(const struct swap *s)
{
	const struct target *t = s->new;

	return t->member && !t->member->disk.faulty && t->member->disk.raid_disk >= 0;
}

static int add_new(struct swap *s)
{
	const struct request_device add = { .name = s->new_word->name, .member = MEMBER_ADD_SPARE };

	return manage_add(s->m, &add, s->new);
}

/* One step nearer; *more: look again. */
static int step(struct swap *s, bool *more)
{
	const struct array_member *old = s->old->member, *new = s->new->member;

	*more = false;
	if (new && new->disk.faulty) {
		say_error("%s has failed in %s: it cannot replace %s\nremove it, and take another one",
			  s->new->shown, s->m->path, s->old->shown);
		return STATUS_FAILED;
	}
	if (!old && !new) {
		say_error("%s does not appear to be a component of %s", s->old->shown, s->m->path);
		return STATUS_FAILED;
	}
	if (!new) {
		*more = old && !s->m->req->dry_run;
		return add_new(s);
	}
	if (!old)
		return STATUS_OK;
	if (old->disk.faulty && in_place(s->new))
		return manage_remove(s->m, s->old);
	if (is_copied(s) || old->disk.faulty)
		return STATUS_OK; /* it takes its time */
	*more = true;
	return manage_replace(s->m, s->old, s->new);
}

static bool is_done(const struct swap *s)
{
	return !s->old->member && in_place(s->new);
}

static int tell(const struct swap *s)
{
	if (is_done(s)) {
		say_note("%s is in %s in the place of %s", s->new->shown, s->m->path, s->old->shown);
		return STATUS_OK;
	}
	if (!s->m->req->dry_run)
		say_note("%s is being copied; when that is done, the same command removes %s (--wait waits for it)",
			 s->old->shown, s->old->shown);
	return STATUS_OK;
}

/* Not more often than there are steps: add, replace, wait, remove. */
static int swap(struct swap *s)
{
	bool more = true;
	int rc = look(s);

	for (int i = 0; i < 3 && more && !rc; i++) {
		rc = step(s, &more) ?: look(s);
		if (s->m->req->dry_run)
			return rc;
	}
	if (!rc && s->m->req->wait && !is_done(s)) {
		/* nothing to wait for is no failure */
		Wait(s->m->path);
		rc = look(s);
		if (!rc)
			rc = step(s, &more) ?: look(s);
		if (!rc && !is_done(s)) {
			say_error("%s is not in the place of %s: see mdadm --status %s", s->new->shown,
				  s->old->shown, s->m->path);
			return STATUS_FAILED;
		}
	}
	return rc ? rc : tell(s);
}

int manage_swap(struct manage *m, const struct request_device *old, const struct request_device *new)
{
	struct swap s = { .m = m, .old_word = old, .new_word = new };
	int rc = swap(&s);

	forget(&s);
	return rc;
}
