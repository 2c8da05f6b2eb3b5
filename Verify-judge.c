// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verify-judge.c - do the blocks of a stripe fit together, and which one is wrong?  Part of --verify.
 * Pure.
 *
 * Every sector is judged for itself: in one stripe several members may be wrong, at different places.
 * RAID6 has two sums over the data, so one wrong block can be told from the others; of three copies and
 * more the one is wrong that most others contradict.  Where a member is missing, or cannot be read, one
 * sum or copy less is left: it still tells that something does not fit, and not who.
 */
#include <string.h>

#include "Verify.h"
#include "parity.h"
#include "util.h"

#define PIECE_SEC 8
#define PIECE_BYTES (PIECE_SEC * SECTOR_BYTES)
/* Findings that a new one may continue: members may be wrong in turns. */
#define JOIN_BACK 16

/* --- findings --- */

static bool continues(const struct verify_finding *last, const struct verify_finding *f)
{
	return last->slot == f->slot && f->stripe >= last->stripe &&
	       f->stripe <= last->stripe + last->n;
}

void verify_add(struct verify_findings *to, const struct verify_finding *f)
{
	for (size_t i = to->n; i > 0 && to->n - i < JOIN_BACK; i--) {
		struct verify_finding *last = &to->f[i - 1];

		if (!continues(last, f))
			continue;
		last->n = MAX(last->n, f->stripe + f->n - last->stripe);
		last->blocks |= f->blocks;
		last->at_sec = MIN(last->at_sec, f->at_sec);
		last->end_sec = MAX(last->end_sec, f->end_sec);
		last->wrong_sec += f->wrong_sec;
		return;
	}
	if (to->n >= VERIFY_LISTED) {
		to->unlisted++;
		return;
	}
	to->f = xgrow(to->f, &to->cap, to->n, sizeof(*to->f));
	to->f[to->n++] = *f;
}

void verify_merge(struct verify_findings *to, const struct verify_findings *from)
{
	for (size_t i = 0; i < from->n; i++)
		verify_add(to, &from->f[i]);
	to->unlisted += from->unlisted;
	to->wrong_stripes += from->wrong_stripes;
	to->unknown_stripes += from->unknown_stripes;
	to->untold_sec += from->untold_sec;
}

/* --- one stripe --- */

/* What is being judged. */
struct judging {
	uint8_t p[PIECE_BYTES] __attribute__((aligned(PARITY_UNIT)));
	uint8_t q[PIECE_BYTES] __attribute__((aligned(PARITY_UNIT)));
	const struct verified *v;
	const struct verify_window *w;
	struct verify_findings *out;
	uint64_t stripe;
	struct stripe_row row;
	struct stripe_copy copy[STRIPE_SLOTS];
	int slot_of[PARITY_EXPONENTS + 1]; /* by exponent; -1: no data */
	unsigned n_copy;
	bool any_hole;
	bool wrong, unknown;         /* of this stripe */
};

static bool touches(const struct verify_holes *h, uint64_t at_sec, uint64_t n_sec)
{
	for (size_t i = 0; i < h->n; i++)
		if (at_sec < h->hole[i].at_sec + h->hole[i].n_sec &&
		    h->hole[i].at_sec < at_sec + n_sec)
			return true;
	return false;
}

/* The sectors of a member, or NULL: they are not there, or not to be trusted. */
static const uint8_t *readable(const struct judging *j, unsigned slot, uint64_t at_sec, uint64_t n_sec)
{
	const struct verify_member *m = &j->v->member[slot];

	if (!m->here || (j->any_hole && (touches(&m->holes, at_sec, n_sec) ||
					 touches(&j->w->unread[slot], at_sec, n_sec))))
		return NULL;
	return verify_bytes(j->v, j->w, slot, at_sec);
}

static void found(struct judging *j, int slot, unsigned block, uint64_t at_sec)
{
	const struct verify_finding f = { j->stripe, 1, slot, block, at_sec, at_sec + 1, 1 };

	verify_add(j->out, &f);
	j->wrong = true;
	j->unknown |= slot < 0;
}

/* --- RAID4, 5, 6 --- */

struct sums {
	const uint8_t *data[PARITY_EXPONENTS + 1]; /* by exponent */
	const uint8_t *p, *q;
	int lost;                    /* the exponent of data that is not there, or -1 */
	unsigned n_lost;             /* blocks of any kind that are not there */
};

/* Of RAID4 and RAID5 with more members than Q could tell apart, exponents mean nothing. */
static void gather(const struct judging *j, uint64_t at_sec, uint64_t n_sec, struct sums *s)
{
	const struct stripe_row *r = &j->row;

	memset(s, 0, sizeof(*s));
	s->lost = -1;
	s->p = readable(j, (unsigned)r->p, at_sec, n_sec);
	s->q = r->q < 0 ? NULL : readable(j, (unsigned)r->q, at_sec, n_sec);
	s->n_lost = !s->p + (r->q >= 0 && !s->q);
	for (unsigned i = 0; i < r->n_data; i++) {
		unsigned z = r->exponent[i];

		s->data[z] = readable(j, r->data[i], at_sec, n_sec);
		if (s->data[z])
			continue;
		s->lost = (int)z;
		s->n_lost++;
	}
}

static void judge_located(struct judging *j, int where, uint64_t at_sec)
{
	if (where == PARITY_FITS)
		return;
	if (where == PARITY_P_WRONG)
		found(j, j->row.p, VERIFY_P, at_sec);
	else if (where == PARITY_Q_WRONG)
		found(j, j->row.q, VERIFY_Q, at_sec);
	else if (where == PARITY_UNEXPLAINED || j->slot_of[where] < 0)
		found(j, -1, 0, at_sec);
	else
		found(j, j->slot_of[where], VERIFY_DATA, at_sec);
}

/* dp, dq: what does not fit; NULL: that sum is of no use. */
static void judge_sectors(struct judging *j, const uint8_t *dp, const uint8_t *dq, uint64_t at_sec,
			  uint64_t n_sec)
{
	static const uint8_t zeros[SECTOR_BYTES];

	for (uint64_t i = 0; i < n_sec; i++) {
		const uint8_t *p = dp ? dp + i * SECTOR_BYTES : NULL;
		const uint8_t *q = dq ? dq + i * SECTOR_BYTES : NULL;

		if (p && q)
			judge_located(j, parity_locate(p, q, SECTOR_BYTES, j->row.n_exponent),
				      at_sec + i);
		else if (memcmp(p ? p : q, zeros, SECTOR_BYTES) != 0)
			found(j, -1, 0, at_sec + i);
	}
}

/* All blocks are there. */
static void judge_whole(struct judging *j, const struct sums *s, uint64_t at_sec, uint64_t n_sec)
{
	const size_t len = n_sec * SECTOR_BYTES;

	parity_make(s->data, j->row.n_exponent, j->p, s->q ? j->q : NULL, len);
	if (!memcmp(j->p, s->p, len) && (!s->q || !memcmp(j->q, s->q, len)))
		return;
	parity_add(j->p, s->p, len);
	if (s->q)
		parity_add(j->q, s->q, len);
	judge_sectors(j, j->p, s->q ? j->q : NULL, at_sec, n_sec);
}

/* One block of RAID6 is not there: one sum is left to compare. */
static void judge_lacking(struct judging *j, const struct sums *s, uint64_t at_sec, uint64_t n_sec)
{
	const size_t len = n_sec * SECTOR_BYTES;

	parity_make(s->data, j->row.n_exponent, j->p, j->q, len);
	if (s->p)
		parity_add(j->p, s->p, len);
	/* now p is the block of data that is not there */
	if (s->lost >= 0)
		parity_add_scaled(j->q, j->p, (unsigned)s->lost, len);
	if (s->q)
		parity_add(j->q, s->q, len);
	judge_sectors(j, s->q ? NULL : j->p, s->q ? j->q : NULL, at_sec, n_sec);
}

static bool judge_sums(struct judging *j, uint64_t at_sec, uint64_t n_sec)
{
	struct sums s;

	gather(j, at_sec, n_sec, &s);
	if (!s.n_lost)
		judge_whole(j, &s, at_sec, n_sec);
	else if (s.n_lost == 1 && j->row.q >= 0)
		judge_lacking(j, &s, at_sec, n_sec);
	else
		return false;
	return true;
}

/* More blocks than have exponents: RAID4 and RAID5 only, and nothing but P. */
static bool judge_many(struct judging *j, uint64_t at_sec, uint64_t n_sec)
{
	const uint8_t *p = readable(j, (unsigned)j->row.p, at_sec, n_sec);
	const size_t len = n_sec * SECTOR_BYTES;

	if (!p)
		return false;
	memcpy(j->p, p, len);
	for (unsigned i = 0; i < j->row.n_data; i++) {
		const uint8_t *d = readable(j, j->row.data[i], at_sec, n_sec);

		if (!d)
			return false;
		parity_add(j->p, d, len);
	}
	judge_sectors(j, j->p, NULL, at_sec, n_sec);
	return true;
}

/* --- copies --- */

/* How many copies say the same as copy i? */
static unsigned agreeing(const uint8_t *const *copy, unsigned n, unsigned i, size_t at)
{
	unsigned same = 0;

	for (unsigned k = 0; k < n; k++)
		same += !memcmp(copy[k] + at, copy[i] + at, SECTOR_BYTES);
	return same;
}

static void judge_copies_sector(struct judging *j, const uint8_t *const *copy, const unsigned *which,
				unsigned n, uint64_t off_sec, size_t at)
{
	unsigned most = 0, right = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned same = agreeing(copy, n, i, at);

		if (same > most) {
			most = same;
			right = i;
		}
	}
	if (most == n)
		return;
	if (2 * most <= n)
		found(j, -1, 0, j->copy[which[0]].at_sec + off_sec);
	for (unsigned i = 0; i < n && 2 * most > n; i++)
		if (memcmp(copy[i] + at, copy[right] + at, SECTOR_BYTES) != 0)
			found(j, (int)j->copy[which[i]].slot, VERIFY_COPY,
			      j->copy[which[i]].at_sec + off_sec);
}

/* off_sec: in the block. */
static bool judge_copies(struct judging *j, uint64_t off_sec, uint64_t n_sec)
{
	const uint8_t *copy[STRIPE_SLOTS];
	unsigned which[STRIPE_SLOTS], n = 0;
	bool same = true;

	for (unsigned i = 0; i < j->n_copy; i++) {
		copy[n] = readable(j, j->copy[i].slot, j->copy[i].at_sec + off_sec, n_sec);
		which[n] = i;
		n += copy[n] != NULL;
	}
	for (unsigned i = 1; i < n && same; i++)
		same = !memcmp(copy[0], copy[i], n_sec * SECTOR_BYTES);
	for (uint64_t i = 0; i < n_sec && !same; i++)
		judge_copies_sector(j, copy, which, n, off_sec + i, i * SECTOR_BYTES);
	return n > 1;
}

/* --- stripes --- */

static bool judge_piece(struct judging *j, uint64_t off_sec, uint64_t n_sec)
{
	const struct geometry *g = &j->v->geo;
	uint64_t at_sec = j->stripe * stripe_block_sec(g) + off_sec;

	if (j->n_copy)
		return judge_copies(j, off_sec, n_sec);
	return j->row.n_data > PARITY_EXPONENTS ? judge_many(j, at_sec, n_sec) :
						  judge_sums(j, at_sec, n_sec);
}

static void lay(struct judging *j)
{
	const struct geometry *g = &j->v->geo;

	if (g->level == LEVEL_RAID1 || g->level == LEVEL_RAID10) {
		j->n_copy = stripe_copies(g, j->stripe, j->copy);
		return;
	}
	stripe_row(g, j->stripe, &j->row);
	for (unsigned z = 0; z < ARRAY_SIZE(j->slot_of); z++)
		j->slot_of[z] = -1;
	for (unsigned i = 0; i < j->row.n_data && i < PARITY_EXPONENTS; i++)
		j->slot_of[j->row.exponent[i]] = j->row.data[i];
}

static void judge_stripe(struct judging *j)
{
	uint64_t len_sec, block_sec = stripe_block_sec(&j->v->geo);

	j->wrong = j->unknown = false;
	lay(j);
	if (j->n_copy) {
		stripe_array_sec(&j->v->geo, j->stripe, &len_sec);
		block_sec = len_sec;
	}
	for (uint64_t off = 0; off < block_sec; off += PIECE_SEC) {
		uint64_t n = MIN(PIECE_SEC, block_sec - off);

		if (judge_piece(j, off, n))
			continue;
		/* perhaps some of its sectors can */
		for (uint64_t i = 0; i < n; i++)
			j->out->untold_sec += !j->any_hole || !judge_piece(j, off + i, 1);
	}
	j->out->wrong_stripes += j->wrong;
	j->out->unknown_stripes += j->unknown;
}

static bool has_holes(const struct verified *v, const struct verify_window *w)
{
	for (unsigned i = 0; i < v->geo.raid_disks; i++)
		if (v->member[i].holes.n || w->unread[i].n)
			return true;
	return false;
}

void verify_judge(const struct verified *v, const struct verify_window *w, uint64_t first,
		  uint64_t n, struct verify_findings *out)
{
	autofree struct judging *j = aligned_alloc(PARITY_UNIT, round_up_u64(sizeof(*j), PARITY_UNIT));

	memset(j, 0, sizeof(*j));
	j->v = v;
	j->w = w;
	j->out = out;
	j->any_hole = has_holes(v, w);
	for (j->stripe = first; j->stripe < first + n; j->stripe++)
		judge_stripe(j);
}
