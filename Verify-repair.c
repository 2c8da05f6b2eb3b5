// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verify-repair.c - --repair-block: one stripe is looked at while nobody writes to it; when one block of
 * it is wrong, and only one, what that should be is computed of the others and written in its place.  What
 * was there goes into an undo file first.  Part of --verify.
 */
#include <errno.h>
#include <string.h>

#include "Verify.h"
#include "mode.h"
#include "parity.h"
#include "plan.h"
#include "say.h"
#include "util.h"

/* Stripes that the kernel's cache holds by default, in sectors of a member. */
#define CACHE_SEC 2048

struct repair {
	const struct verified *v;
	const struct request *req;
	uint64_t stripe;
	struct verify_window w;      /* the band of the stripe */
	struct verify_findings found;
	struct verify_finding wrong; /* the one */
	uint8_t *is, *should;        /* wrong.end_sec - wrong.at_sec sectors */
};

static size_t wrong_bytes(const struct repair *x)
{
	return (x->wrong.end_sec - x->wrong.at_sec) * SECTOR_BYTES;
}

/* --- looking --- */

static void read_band(struct repair *x)
{
	uint64_t band = x->stripe / x->v->bands.stripes;

	verify_window_aim(x->v, &x->w, band, 1);
	for (unsigned i = 0; i < x->v->geo.raid_disks; i++)
		verify_window_read(x->v, &x->w, i);
}

static void look(struct repair *x, struct verify_findings *out)
{
	*out = (struct verify_findings){ 0 };
	read_band(x);
	verify_judge(x->v, &x->w, x->stripe, 1, out);
}

static void plan_hold(struct repair *x, struct plan *p)
{
	uint64_t len_sec, at_sec = stripe_array_sec(&x->v->geo, x->stripe, &len_sec);

	plan_suspend(p, x->v->devnm, at_sec, len_sec);
}

/* --- what it should be --- */

/* P, Q, or one block of data, of n sectors at that place of a member. */
static void compute_sums(struct repair *x, uint64_t at_sec, size_t len)
{
	const struct stripe_row *row;
	autofree struct stripe_row *room = xcalloc(1, sizeof(*room));
	const uint8_t *data[PARITY_EXPONENTS + 1] = { NULL };
	autofree uint8_t *other = aligned_alloc(4096, round_up_u64(len, 4096));

	stripe_row(&x->v->geo, x->stripe, room);
	row = room;
	for (unsigned i = 0; i < row->n_data; i++)
		if (row->data[i] != x->wrong.slot)
			data[row->exponent[i]] = verify_bytes(x->v, &x->w, row->data[i], at_sec);
	if (x->wrong.slot == row->q) {
		parity_make(data, row->n_exponent, other, x->should, len);
		return;
	}
	/* without the wrong block P is the sum of the others; that block is what lacks to P */
	parity_make(data, row->n_exponent, x->should, other, len);
	if (x->wrong.slot != row->p)
		parity_add(x->should, verify_bytes(x->v, &x->w, (unsigned)row->p, at_sec), len);
}

/* The copy that most agree with: any of those that are not wrong. */
static int compute_copy(struct repair *x, uint64_t at_sec, size_t len)
{
	autofree struct stripe_copy *copy = xcalloc(STRIPE_SLOTS, sizeof(*copy));
	unsigned n = stripe_copies(&x->v->geo, x->stripe, copy), wrong = 0;

	while (wrong < n && (int)copy[wrong].slot != x->wrong.slot)
		wrong++;
	for (unsigned i = 0; i < n && wrong < n; i++) {
		const uint8_t *from;

		if (i == wrong || !x->v->member[copy[i].slot].here)
			continue;
		from = verify_bytes(x->v, &x->w, copy[i].slot,
				    at_sec - copy[wrong].at_sec + copy[i].at_sec);
		memcpy(x->should, from, len);
		return 0;
	}
	return -EINVAL;
}

static int compute(struct repair *x, struct err *err)
{
	const int level = x->v->geo.level;
	const size_t len = wrong_bytes(x);

	x->is = aligned_alloc(4096, round_up_u64(len, 4096));
	x->should = aligned_alloc(4096, round_up_u64(len, 4096));
	if (!x->is || !x->should)
		return err_set(err, -ENOMEM, "no memory for a block of %zu bytes", len);
	memcpy(x->is, verify_bytes(x->v, &x->w, (unsigned)x->wrong.slot, x->wrong.at_sec), len);
	if (level != LEVEL_RAID1 && level != LEVEL_RAID10)
		compute_sums(x, x->wrong.at_sec, len);
	else if (compute_copy(x, x->wrong.at_sec, len))
		return err_set(err, -EINVAL, "there is no other copy of that block");
	return 0;
}

/* With the new bytes in its place, everything fits? */
static int try_out(struct repair *x, struct err *err)
{
	uint8_t *place = verify_bytes(x->v, &x->w, (unsigned)x->wrong.slot, x->wrong.at_sec);
	struct verify_findings left = { .n = 0 };

	memcpy(place, x->should, wrong_bytes(x));
	verify_judge(x->v, &x->w, x->stripe, 1, &left);
	memcpy(place, x->is, wrong_bytes(x));
	free(left.f);
	if (left.wrong_stripes || left.untold_sec)
		return err_set(err, -EINVAL, "stripe %llu of %s would not fit afterwards either: "
			       "nothing is written", (unsigned long long)x->stripe, x->v->path);
	return 0;
}

/* --- may it be done? --- */

static int decide(struct repair *x, struct err *err)
{
	const unsigned long long n = x->stripe;

	if (!x->found.wrong_stripes)
		return err_set(err, -ENOENT, "stripe %llu of %s fits: nothing is to be repaired", n,
			       x->v->path);
	if (x->found.unknown_stripes)
		return err_set(err, -EINVAL, "stripe %llu of %s: it cannot be said which member is "
			       "wrong; nothing is written", n, x->v->path);
	if (x->found.n != 1)
		return err_set(err, -EINVAL, "stripe %llu of %s: more than one member is wrong; "
			       "nothing is written", n, x->v->path);
	if (x->found.untold_sec)
		return err_set(err, -EINVAL, "stripe %llu of %s: not all of it can be compared; "
			       "nothing is written", n, x->v->path);
	x->wrong = x->found.f[0];
	return compute(x, err) ?: try_out(x, err);
}

/* A first look, with writes held back: is the block wrong, and which? */
static int first_look(struct repair *x, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct err why;
	int rc;

	plan_hold(x, p);
	rc = plan_run(p, err);
	if (rc)
		return rc;
	rc = verify_unchanged(x->v, err);
	if (!rc)
		look(x, &x->found);
	plan_resume(p, x->v->devnm);
	if (plan_run(p, &why) && !rc)
		rc = err_set(err, -EIO, "%s", why.text);
	return rc;
}

/* --- doing it --- */

/* Again, with writes held back until it is done: the same bytes, and the same is wrong. */
static int still_wrong(void *arg, struct err *err)
{
	struct repair *x = arg;
	struct verify_findings now;
	bool same;
	int rc = verify_unchanged(x->v, err);

	if (rc)
		return rc;
	look(x, &now);
	same = now.n == 1 && !now.untold_sec && !now.unknown_stripes &&
	       !memcmp(&now.f[0], &x->wrong, sizeof(x->wrong)) &&
	       !memcmp(x->is, verify_bytes(x->v, &x->w, (unsigned)x->wrong.slot, x->wrong.at_sec),
		       wrong_bytes(x)) && !try_out(x, err);
	free(now.f);
	return same ? 0 : err_set(err, -ESTALE, "stripe %llu of %s has changed since it was looked "
				  "at: run the command again", (unsigned long long)x->stripe,
				  x->v->path);
}

/* Some other place, to be read in place of what the kernel's cache has. */
static void plan_forget(struct repair *x, struct plan *p)
{
	const struct geometry *g = &x->v->geo;
	uint64_t len, at = 0;

	if (g->level == LEVEL_RAID1 || g->level == LEVEL_RAID10)
		return;
	len = round_up_u64(CACHE_SEC, g->chunk_sec);
	if (x->stripe * g->chunk_sec < len)
		at = (x->stripe + 1) * g->chunk_sec;
	if (at + len > g->size_sec)
		len = 0;
	plan_drop_cache(p, x->v->devnm, at, len);
}

static void make_plan(struct repair *x, struct plan *p)
{
	const struct verify_member *m = &x->v->member[x->wrong.slot];
	char *command autofree = xasprintf("--verify %s --repair-block %llu", x->v->path,
					   (unsigned long long)x->stripe);
	struct blk_id id = blk_identify(m->dev);

	plan_claim(p, m->path, &id, true);
	/* before writes are held back: it may lie on this array */
	plan_keep_undo(p, x->req->undo_dir, command, x->v->devnm);
	plan_hold(x, p);
	plan_check_again(p, still_wrong, x);
	plan_replace(p, m->path, (m->offset_sec + x->wrong.at_sec) * SECTOR_BYTES, x->is, x->should,
		     wrong_bytes(x));
	plan_release_all(p);
	plan_forget(x, p);
	plan_resume(p, x->v->devnm);
}

static int repair(struct repair *x, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(x->req);
	char *title autofree = xasprintf("repair stripe %llu of %s", (unsigned long long)x->stripe,
					 x->v->path);
	int rc;

	make_plan(x, p);
	rc = plan_run(p, err);
	if (rc)
		return rc;
	mode_tell_plan(x->req, p, title);
	if (x->req->dry_run)
		return 0;
	if (plan_attribute_failure(p)->text[0])
		say_err(plan_attribute_failure(p));
	mode_tell_undo(p);
	return 0;
}

static void repair_done(struct repair *x)
{
	verify_window_free(x->v, &x->w);
	free(x->is);
	free(x->should);
}

int verify_repair(const struct verified *v, uint64_t stripe, const struct request *r,
		  struct verify_findings *found)
{
	struct repair x cleanup(repair_done) = { .v = v, .req = r, .stripe = stripe };
	struct err err;
	int rc;

	if (stripe >= stripe_count(&v->geo)) {
		say_error("%s has no stripe %llu: the last one is %llu", v->path,
			  (unsigned long long)stripe,
			  (unsigned long long)stripe_count(&v->geo) - 1);
		return STATUS_USAGE;
	}
	rc = verify_window_make(v, 1, &x.w, &err) ?: first_look(&x, &err) ?: decide(&x, &err);
	*found = x.found;
	if (rc == -ENOENT) {
		say_note("%s", err.text);
		return STATUS_OK;
	}
	rc = rc ?: repair(&x, &err);
	if (!rc && !r->dry_run)
		say_note("stripe %llu of %s is put right: %zu bytes on %s",
			 (unsigned long long)stripe, v->path, wrong_bytes(&x),
			 v->member[x.wrong.slot].path);
	if (!rc)
		return STATUS_OK;
	say_err(&err);
	return x.found.unknown_stripes ? STATUS_VERIFY_UNKNOWN : STATUS_FAILED;
}
