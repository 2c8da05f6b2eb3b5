// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage-readd.c - members that come back to a running array without being copied anew.  Part of the mode
 * --manage.
 *
 * The kernel trusts a member that is not older than what the bitmap knows (super_1_validate, drivers/md/md.c),
 * and does not ask whether it has been written to apart from the array: that is judged here.  When in doubt it
 * is a new member, which costs a copy and no data.
 */
#include <errno.h>
#include <string.h>

#include "Manage-add.h"
#include "bitmap-codec.h"
#include "say.h"
#include "util.h"

/* --- may it? --- */

/* Has another member its number or its place by now? */
static bool is_place_free(const struct adding *a)
{
	const struct array *array = a->m->array;

	for (size_t i = 0; i < array->n_member; i++) {
		const struct md_disk *other = &array->member[i].disk;

		if (&array->member[i] == a->t->member)
			continue;
		if (other->number == a->old_disk.number ||
		    (other->raid_disk == a->old_disk.slot && other->raid_disk >= 0 && !other->faulty))
			return false;
	}
	return true;
}

/* Does it call a slot missing that works here?  Then it has run without this array, or before a repair. */
static bool knows_all(const struct adding *a)
{
	for (size_t i = 0; i < a->m->array->n_member; i++) {
		const struct md_disk *d = &a->m->array->member[i].disk;

		if (d->raid_disk >= 0 && d->sync && !d->faulty && d->raid_disk != a->old_disk.slot &&
		    a->old->fmt->slot_active(a->old, d->raid_disk) == 0)
			return false;
	}
	return true;
}

static bool has_bitmap(const struct adding *a)
{
	return a->array.bitmap || a->m->array->bitmap_file;
}

static bool read_head(struct blkdev *b, uint64_t at, struct bitmap_head *h)
{
	uint8_t bytes[BITMAP_HEAD_BYTES];

	return !blk_read_now(b, at, bytes, sizeof(bytes), NULL) &&
	       !bitmap_decode((struct span){ bytes, sizeof(bytes) }, h, NULL);
}

/* The header of the bitmap in its file, or on a member in sync. */
static bool bitmap_head(const struct adding *a, struct bitmap_head *h)
{
	struct blkdev *file cleanup(blk_cleanup) = NULL;
	uint64_t at;

	if (a->m->array->bitmap_file)
		return !blk_open(a->m->array->bitmap_file, BLK_READ, &file, NULL) && read_head(file, 0, h);
	for (size_t i = 0; i < a->m->array->n_member; i++) {
		struct blkdev *b cleanup(blk_cleanup) = NULL;
		struct super *s cleanup(super_cleanup) = NULL;
		const struct array_member *am = &a->m->array->member[i];

		if (am->disk.sync && !am->disk.faulty && am->path && !blk_open(am->path, BLK_READ, &b, NULL) &&
		    !super_load(b, NULL, SUPER_ANY_MINOR, 0, &s, NULL) && s->fmt->bitmap_at(s, &at) &&
		    read_head(b, at, h))
			return true;
	}
	return false;
}

/* Why it may not; and what --add makes of it, NULL: that would not help.  why NULL: it may. */
struct refusal {
	const char *why, *added;
};

#define AS_NEW "a new device"

static struct refusal why_not(const struct adding *a)
{
	struct bitmap_head h;

	if (!a->old)
		return (struct refusal){ "it has no superblock", AS_NEW };
	if (!adding_is_former(a) && uuid_equal(&a->array.uuid, &a->old_array.uuid))
		return (struct refusal){ "the array has another size or shape than when it left", AS_NEW };
	if (!adding_is_former(a))
		return (struct refusal){ "it belongs to another array", NULL };
	if (a->old_disk.role != ROLE_ACTIVE)
		return (struct refusal){ "it was no active member", AS_NEW };
	if (a->old_disk.recovering)
		return (struct refusal){ "it was not rebuilt to its end", AS_NEW };
	if (!is_place_free(a))
		return (struct refusal){ "another device has its place", "a spare" };
	if (a->old_disk.events > a->disk.events ||
	    (a->old_disk.events == a->disk.events && a->old_disk.utime > a->disk.utime) || !knows_all(a))
		return (struct refusal){ "it may have been written to apart from the array", AS_NEW };
	if (a->old_disk.events == a->disk.events)
		return (struct refusal){ NULL, NULL };
	/*
	 * The kernel clears its bits when the array is whole, and does not keep when that was (of
	 * llbitmap_update_sb, events_cleared): who left before that would be taken as in sync.
	 */
	if (a->array.lockless)
		return (struct refusal){ "a lockless bitmap does not tell whether it knows all that it has missed",
					 AS_NEW };
	if (!has_bitmap(a) || !bitmap_head(a, &h))
		return (struct refusal){ "without a bitmap what it has missed is not known", AS_NEW };
	if (a->old_disk.events < h.events_cleared)
		return (struct refusal){ "it has missed more than the bitmap knows", AS_NEW };
	return (struct refusal){ NULL, NULL };
}

static int not_possible(const struct adding *a, struct refusal no)
{
	say_error("--re-add for %s to %s is not possible\n%s%s%s%s", a->t->shown, a->m->path, no.why,
		  no.added ? "; --add takes it as " : "", no.added ? no.added : "",
		  no.added && a->t->member ? ", once it is removed" : "");
	return STATUS_FAILED;
}

/* --- by ADD_NEW_DISK, which the kernel checks once more --- */

static bool updates(const struct adding *a)
{
	return a->m->req->have_update && a->d->member == MEMBER_READD;
}

/* --update, in memory. */
static int update_old(struct adding *a)
{
	const struct update_values v = { .what = a->m->req->update, .name = "", .path = a->t->shown };
	struct err err;
	int rc = updates(a) ? a->old->fmt->update_super(a->old, &v, &err) : 0;

	if (rc == SUPER_NO_SUCH_UPDATE)
		say_error("--update=%s not understood for %s metadata", super_update_word(v.what),
			  a->old->fmt->name);
	else if (rc)
		say_err(&err);
	return rc ? STATUS_FAILED : STATUS_OK;
}

/* Writes what it has become; put back when the kernel does not take the member. */
static int plan_update(const struct adding *a, struct plan *p, struct err *err)
{
	char *command autofree = NULL;

	if (!updates(a))
		return 0;
	command = xasprintf("%s --re-add %s --update=%s", a->m->path, a->t->shown,
			    super_update_word(a->m->req->update));
	plan_keep_undo(p, a->m->req->undo_dir, command, a->m->devnm);
	return a->old->fmt->store_super(a->old, a->t->shown, p, err);
}

static int put_in(struct adding *a, struct plan *p, struct err *err)
{
	struct md_disk d = adding_disk(a, a->old_disk.number, a->old_disk.slot);
	int rc;

	d.active = d.sync = true;
	d.write_mostly = adding_flag(a->d->write_mostly, a->old_disk.write_mostly);
	d.failfast = adding_flag(a->d->failfast, a->old_disk.failfast);
	plan_claim_held(p, a->t->shown, &a->id, &a->dev);
	plan_drop_partitions(p, a->t->shown);
	rc = plan_update(a, p, err);
	if (rc)
		return rc;
	plan_release_all(p);
	plan_open_running(p, a->m->devnm);
	plan_add_disk(p, &d, a->t->shown, NULL);
	return plan_run(p, err);
}

int readd_try(struct adding *a, bool *tried)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(a->m->req);
	const struct refusal no = why_not(a);
	struct err err;
	int rc;

	*tried = true;
	if (no.why && a->d->member == MEMBER_READD)
		return not_possible(a, no);
	*tried = !no.why;
	if (no.why)
		return STATUS_OK;
	rc = update_old(a);
	if (rc)
		return rc;
	manage_tell_readd(a->m, a->t->shown);
	rc = put_in(a, p, &err);
	if (!rc)
		return adding_done(a, p, "re-added");
	/* what it is said to have missed it has; anything else is a failure like any other */
	if (rc != -EINVAL)
		return adding_refused(a, a->old_disk.number, rc);
	if (a->d->member == MEMBER_READD)
		return not_possible(a, (struct refusal){ "the kernel does not take it", AS_NEW });
	*tried = false;
	return STATUS_OK;
}

/* --- one that failed and was not removed --- */

/* The kernel takes it back as it is, without any check: without a bitmap it would copy nothing. */
int readd_failed(struct adding *a)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(a->m->req);
	char *failure autofree = xasprintf("re-add of %s failed", a->t->shown);
	struct refusal no = why_not(a);
	struct err err;

	if (!no.why && !has_bitmap(a))
		no = (struct refusal){ "without a bitmap what it has missed is not known", AS_NEW };
	if (!no.why && updates(a))
		no.why = "the array has it still, so its superblock cannot be changed; --remove it first";
	if (no.why)
		return not_possible(a, no);
	manage_tell_readd(a->m, a->t->shown);
	plan_member_attribute(p, a->m->devnm, a->t->kname, "state", "re-add", NULL, failure);
	if (plan_run(p, &err) == 0)
		return adding_done(a, p, "re-added");
	return not_possible(a, (struct refusal){ "it failed and the kernel does not take it back", AS_NEW });
}
