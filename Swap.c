// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Swap.c - mdadm --swap ARRAY OLD NEW: the new device is added, the old one is copied to it and leaves.
 * Part of the mode --manage.
 *
 * Nothing is kept of how far it came: each call looks at what the array is like and does what is left, so
 * that it may be interrupted anywhere, and said again.
 */
#include <poll.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "Manage.h"
#include "Wait.h"
#include "say.h"
#include "util.h"

/* Of an array that copies nothing: how long it is looked at again. */
#define LOOKS 50
#define LOOK_AGAIN_MS 100

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

static void add_target(struct target **t, size_t *n, const char *word, struct array_member *am)
{
	*t = xcalloc(1, sizeof(**t));
	*n = 1;
	(*t)->shown = xstrdup(word);
	(*t)->member = am;
	if (!am)
		return;
	(*t)->rdev = makedev((unsigned)am->disk.major, (unsigned)am->disk.minor);
	copy_text((*t)->kname, sizeof((*t)->kname), am->kname);
}

/* The array and both devices, as they are now.  The old one may be gone: then it is no member. */
static int look(struct swap *s)
{
	const struct request_device new = { .name = s->new_word->name, .member = MEMBER_ADD_SPARE };
	int rc;

	forget(s);
	rc = manage_look(s->m);
	if (rc)
		return rc;
	add_target(&s->old, &s->n_old, s->old_word->name, manage_member(s->m, s->old_word->name));
	rc = manage_targets(s->m, &new, &s->new, &s->n_new);
	if (!rc && s->old->rdev && s->old->rdev == s->new->rdev) {
		say_error("%s and %s are one device", s->old->shown, s->new->shown);
		return STATUS_USAGE;
	}
	return rc;
}

/* Both in one slot: the new one is the replacement. */
static bool is_copied(const struct swap *s)
{
	const struct array_member *old = s->old->member, *new = s->new->member;

	return old && new && !old->disk.faulty && !new->disk.faulty && old->disk.raid_disk >= 0 &&
	       new->disk.raid_disk == old->disk.raid_disk;
}

/* It works in a slot of its own. */
static bool in_place(const struct swap *s)
{
	const struct array_member *new = s->new->member;

	return new && !new->disk.faulty && new->disk.raid_disk >= 0 && new->disk.sync && !is_copied(s);
}

static int add_new(struct swap *s)
{
	const struct request_device add = { .name = s->new_word->name, .member = MEMBER_ADD_SPARE };

	return manage_add(s->m, &add, s->new);
}

/* Another member that waits for a spare, which would be given the new one; NULL: none. */
static const struct array_member *waits_too(const struct swap *s)
{
	const struct array *a = s->m->array;

	for (size_t i = 0; i < a->n_member; i++) {
		const struct array_member *am = &a->member[i];

		if (am != s->old->member && am->disk.raid_disk >= 0 &&
		    manage_is(s->m, am->kname, "want_replacement") && !manage_twin(a, am))
			return am;
	}
	return NULL;
}

/* What cannot become the old one in the slot of the new one. */
static int refuse(const struct swap *s)
{
	const struct array_member *old = s->old->member, *new = s->new->member, *other;

	if (new && new->disk.faulty)
		say_error("%s has failed in %s: it cannot replace %s\nremove it, and take another one",
			  s->new->shown, s->m->path, s->old->shown);
	else if (!old && !in_place(s))
		say_error("%s does not appear to be a component of %s", s->old->shown, s->m->path);
	else if (old && !old->disk.faulty && old->disk.raid_disk < 0)
		say_error("%s is a spare of %s: remove it, and add %s", s->old->shown, s->m->path, s->new->shown);
	else if (old && !old->disk.faulty && new && new->disk.raid_disk >= 0 && !is_copied(s))
		say_error("%s has a slot of its own in %s: it cannot replace %s", s->new->shown, s->m->path,
			  s->old->shown);
	else if (old && !old->disk.faulty && !is_copied(s) && manage_degraded(s->m->array))
		say_error("%s lacks a member, and would take %s for that\nadd it: mdadm %s --add %s",
			  s->m->path, s->new->shown, s->m->path, s->new->shown);
	else if (old && !old->disk.faulty && !new && (other = waits_too(s)))
		say_error("%s in %s waits to be replaced, and would take %s for that\nadd it: mdadm %s --add-spare %s",
			  other->path ? other->path : other->kname, s->m->path, s->new->shown, s->m->path,
			  s->new->shown);
	else
		return STATUS_OK;
	return STATUS_FAILED;
}

/* One step nearer; *more: look again. */
static int step(struct swap *s, bool *more)
{
	const struct array_member *old = s->old->member, *new = s->new->member;
	int rc = refuse(s);

	*more = false;
	if (rc || !old)
		return rc;
	if (!new) {
		*more = !old->disk.faulty;
		return add_new(s);
	}
	/* it failed once it was copied; or by itself, and the new one is where another is missing */
	if (old->disk.faulty && in_place(s) && !manage_degraded(s->m->array))
		return manage_remove(s->m, s->old);
	if (is_copied(s) || old->disk.faulty)
		return STATUS_OK; /* it takes its time */
	*more = true;
	return manage_replace(s->m, s->old, s->new);
}

static bool is_done(const struct swap *s)
{
	return !s->old->member && in_place(s);
}

static int tell(const struct swap *s)
{
	const char *from = s->old->shown;

	if (is_done(s)) {
		say_note("%s is in %s, and %s is not", s->new->shown, s->m->path, from);
		return STATUS_OK;
	}
	if (manage_frozen(s->m)) {
		say_error("%s is frozen: nothing is copied until mdadm --action=idle %s", s->m->path, s->m->path);
		return STATUS_FAILED;
	}
	if (is_copied(s))
		say_note("%s is being copied; when that is done, the same command removes it (--wait waits for it)",
			 from);
	else
		say_note("%s is being rebuilt, for %s has failed; when that is done, the same command removes it "
			 "(--wait waits for it)", s->new->shown, from);
	return STATUS_OK;
}

/* The old one fails a moment after the copy has come to its end. */
static int wait_for_it(struct swap *s)
{
	int rc = STATUS_OK;
	bool more;

	for (int i = 0; i < LOOKS && !rc && !is_done(s); i++) {
		/* nothing to wait for is no failure */
		if (Wait(s->m->path) != STATUS_OK)
			poll(NULL, 0, LOOK_AGAIN_MS);
		rc = look(s);
		if (!rc)
			rc = step(s, &more) ?: look(s);
	}
	if (rc || is_done(s))
		return rc;
	say_error("%s is not in the place of %s: see mdadm --status %s", s->new->shown, s->old->shown,
		  s->m->path);
	return STATUS_FAILED;
}

/* Not more often than there are steps: add, replace, wait, remove. */
static int swap(struct swap *s)
{
	bool more = true;
	int rc = look(s);

	for (int i = 0; i < 3 && more && !rc; i++) {
		rc = step(s, &more) ?: look(s);
	}
	if (s->m->req->dry_run)
		return rc;
	if (!rc && s->m->req->wait && !is_done(s))
		rc = wait_for_it(s);
	return rc ? rc : tell(s);
}

int manage_swap(struct manage *m, const struct request_device *old, const struct request_device *new)
{
	struct swap s = { .m = m, .old_word = old, .new_word = new };
	int rc = swap(&s);

	forget(&s);
	return rc;
}
