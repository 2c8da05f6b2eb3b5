// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-undo.c - the step that keeps what the plan's writes are about to overwrite: reads it from
 * the claimed members and stores it as an undo file.  Writes no device.
 *
 * That no undo file can be kept is told, and stops nothing: in an initramfs there is no place
 * for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plan-step.h"
#include "undofile.h"
#include "util.h"

/* The bytes [at, end) that one or several writes, overlapping or adjacent, are to change. */
struct extent {
	struct step *on;         /* one of the writes: it knows the device */
	uint64_t at, end;
	bool shared;             /* several */
};

static bool pending_write(const struct plan *p, size_t i)
{
	return i > p->done && p->step[i]->kind == &kind_write;
}

static bool same_device(const struct step *a, const struct step *b)
{
	return a->id.rdev == b->id.rdev && strcmp(a->path, b->path) == 0;
}

static int by_place(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;
	int order = strcmp(x->on->path, y->on->path);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* The writes, in their order. Returns how many. */
static size_t pending_writes(const struct plan *p, struct step **out)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (pending_write(p, i))
			out[n++] = p->step[i];
	return n;
}

/* The end of the run of bytes from i on that the write changes, or that it does not. */
static size_t run_end(const struct step *s, size_t i)
{
	const bool ours = !s->mask || s->mask[i] & BYTE_OURS;

	while (i < s->len && (!s->mask || !(s->mask[i] & BYTE_OURS) == !ours))
		i = s->mask ? i + 1 : s->len;
	return i;
}

struct extents {
	struct extent *e;
	size_t n, cap;
};

/* What lies between the bytes that a write changes is somebody's data, and stays so. */
static void add_runs(struct step *s, struct extents *x)
{
	for (size_t i = 0, end; i < s->len; i = end) {
		end = run_end(s, i);
		if (s->mask && !(s->mask[i] & BYTE_OURS))
			continue;
		x->e = xgrow(x->e, &x->cap, x->n, sizeof(*x->e));
		x->e[x->n++] = (struct extent){ s, s->at + i, s->at + end, false };
	}
}

/* Sorts by device and place, and joins those that touch. */
static void join_extents(struct extents *x)
{
	size_t kept = 0;

	if (!x->n)
		return;
	qsort(x->e, x->n, sizeof(*x->e), by_place);
	for (size_t i = 0; i < x->n; i++) {
		struct extent *last = kept ? &x->e[kept - 1] : NULL;

		if (last && same_device(last->on, x->e[i].on) && x->e[i].at <= last->end) {
			last->end = MAX(last->end, x->e[i].end);
			last->shared = true;
		} else {
			x->e[kept++] = x->e[i];
		}
	}
	x->n = kept;
}

/* What the writes, in their order, make of the range. */
static void apply_writes(struct step *const *write, size_t n, const struct extent *e,
			 struct undo_range *r)
{
	memcpy(r->is, r->was, r->len);
	for (size_t i = 0; i < n; i++)
		if (same_device(write[i], e->on))
			step_overlay(write[i], e->at, r->is, r->len);
}

/* Absolute, so that the file is of use from anywhere. */
static void add_device(struct undo *u, const struct step *s)
{
	autofree char *whole = *s->path == '/' ? NULL : realpath(s->path, NULL);
	struct undo_device *d = undo_add_device(u, whole ?: s->path);

	d->id = s->id;
	blk_hardware(s->id.rdev, d->hardware);
}

struct collected {
	struct undo undo;
	struct step **write;
	size_t n_write;
	struct extents extents;  /* as many as the undo file has ranges */
};

static void collected_free(struct collected *c)
{
	undo_free(&c->undo);
	free(c->write);
	free(c->extents.e);
}

static int collect(struct plan *p, struct collected *c, struct err *err)
{
	struct undo *u = &c->undo;

	c->write = xcalloc(p->n, sizeof(*c->write));
	c->n_write = pending_writes(p, c->write);
	for (size_t i = 0; i < c->n_write; i++)
		add_runs(c->write[i], &c->extents);
	join_extents(&c->extents);
	for (size_t i = 0; i < c->extents.n; i++) {
		const struct extent *e = &c->extents.e[i];
		struct undo_range *r;
		int rc;

		if (!i || !same_device(e[-1].on, e->on))
			add_device(u, e->on);
		r = undo_add_range(u, u->n_device - 1, e->at, e->end - e->at);
		rc = blk_read_now(step_claimed(p, e->on), r->at, r->was, r->len, err);
		if (rc)
			return rc;
		apply_writes(c->write, c->n_write, e, r);
	}
	return 0;
}

/* So that a write overwrites nothing else than what can be put back. */
static void hand_over(struct collected *c)
{
	for (size_t i = 0; i < c->undo.n_range; i++) {
		const struct undo_range *r = &c->undo.range[i];

		if (!c->extents.e[i].shared)
			step_expect(c->extents.e[i].on, r->at, r->was, r->len);
	}
}

/* A member that cannot be read now could not be put back later: that does end the plan. */
static int run_keep_undo(struct plan *p, struct step *s, struct err *err)
{
	cleanup(collected_free) struct collected c = {
		.undo = { .command = xstrdup(s->hint), .time_s = time(NULL) },
	};
	int rc = collect(p, &c, err);

	if (rc || !c.undo.n_range)
		return rc;
	undo_boot(c.undo.boot, sizeof(c.undo.boot));
	free(p->undo_path);
	p->undo_path = NULL;
	undo_store(&c.undo, s->path, s->devnm, &p->undo_path, &p->undo_failure);
	hand_over(&c);
	return 0;
}

/* Everything is as it was; unless something is not. */
static int undo_keep_undo(struct plan *p, struct step *s, struct err *err)
{
	(void)s;
	(void)err;
	if (!p->undo_path || p->spoilt)
		return 0;
	remove_file(AT_FDCWD, p->undo_path);
	free(p->undo_path);
	p->undo_path = NULL;
	return 0;
}

const struct step_kind kind_keep_undo = {
	.name = "keep-undo-file",
	.run = run_keep_undo, .undo = undo_keep_undo, .tell = tell_keep_undo,
};
