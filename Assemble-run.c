// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-run.c - the arrays of a pass, from the index to running ones: each is found, judged and
 * named in turn; then all are made, the map is written once, and they are started side by side,
 * each by its own plan.  One that fails is taken back as a whole, and the others go on. Part of the
 * mode --assemble.  Changes the world only through plans.
 */
#include <string.h>

#include "Assemble.h"
#include "blkdev.h"
#include "devnode.h"
#include "group.h"
#include "say.h"
#include "util.h"
#include "waiting.h"
#include "work.h"

/* How long somebody else's start of an array is waited for. */
#define OTHERS_START_MS 10000
#define MANY_MEMBERS 32

struct assemble *assemble_new(struct assembly *r)
{
	struct assemble *a = xcalloc(1, sizeof(*a));

	a->run = r;
	a->group = GROUP_NONE;
	a->have_super_minor = r->req->have_super_minor;
	a->super_minor = r->req->super_minor;
	r->array = xgrow(r->array, &r->cap_array, r->n_array, sizeof(*r->array));
	r->array[r->n_array++] = a;
	return a;
}

/* --- who is to be started --- */

static void take_members(struct assemble *a)
{
	for (size_t i = 0; i < a->n; i++)
		candidate_of(a->kept[i])->taken = a;
}

static void prepare(struct assemble *a)
{
	a->status = assemble_find_members(a);
	if (!a->status)
		a->status = assemble_update(a);
	if (!a->status)
		a->status = assemble_decide(a);
	if (!a->status)
		a->status = assemble_check_join(a);
	if (!a->status) {
		take_members(a);
		a->ready = true;
	}
	assemble_let_go_others(a->run);
}

/* --- starting them --- */

static void failed(struct assemble *a, const struct err *err)
{
	say_err(err);
	a->ready = false;
	a->trouble = true;
	a->status = STATUS_FAILED;
}

/* Are all that are to be in it in it already? */
static bool only_starts(const struct assemble *a)
{
	size_t *order autofree = xcalloc(a->n, sizeof(*order));
	size_t n = select_order(a->who, a->n, &a->sel, order), k = 0;

	while (k < n && a->kept[order[k]]->held)
		k++;
	return k == n;
}

/* The device is made before any thread is: that does not sleep. */
static void make_device(struct assemble *a)
{
	struct assembly *r = a->run;

	a->plan = mode_plan(r->req);
	if (r->req->dry_run)
		plan_lock_map_if_usable(a->plan);
	else
		plan_share_lock(a->plan, r->lock);
	if (*a->host && only_starts(a))
		plan_join_to_start(a->plan, a->host);
	else if (*a->host)
		plan_join_array(a->plan, a->host);
	else
		plan_open_array(a->plan, a->name.devnm);
	if (!plan_run(a->plan, &a->err))
		return;
	/* who put its last member in is at its start, as it was whole */
	if (*a->host && only_starts(a) &&
	    waiting_settled(a->host, clock_ms() + OTHERS_START_MS) == ARRAY_RUNS) {
		a->ready = false;
		a->started = true;
		return;
	}
	failed(a, &a->err);
}

/* One look at /proc/partitions instead of 15 questions a member, where that is worth it. */
static void mark_undivided(struct assemble *const *a, size_t n)
{
	struct blk_disks disks cleanup(blk_disks_free) = { 0 };
	size_t members = 0;

	for (size_t i = 0; i < n; i++)
		members += a[i]->n;
	if (members < MANY_MEMBERS || blk_undivided(&disks))
		return;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < a[i]->n; k++)
			candidate_of(a[i]->kept[k])->undivided =
				blk_is_among(&disks, a[i]->kept[k]->id.rdev);
}

static void fill_plan(struct assemble *a)
{
	int rc = assemble_plan(a, a->plan, &a->err);

	if (rc) {
		plan_undo(a->plan, &a->err);
		failed(a, &a->err);
	} else if (a->run->req->dry_run) {
		plan_unlock_map(a->plan);
	}
}

/* Before the first of them starts: udev's helper then finds them there. */
static void write_map(struct assembly *r, struct assemble **a, size_t n)
{
	struct plan **plan autofree = xcalloc(n, sizeof(*plan));
	struct err err;

	for (size_t i = 0; i < n; i++)
		plan[i] = a[i]->plan;
	if (!n || !plan_map_set_all(r->lock, plan, n, &err))
		return;
	for (size_t i = 0; i < n; i++) {
		a[i]->err = err;
		plan_undo(a[i]->plan, &a[i]->err);
		failed(a[i], &a[i]->err);
	}
}

static size_t drop_failed(struct assemble **a, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		if (a[i]->ready)
			a[left++] = a[i];
	return left;
}

static void run_one(void *arg, size_t i)
{
	struct assemble *a = ((struct assemble **)arg)[i];

	a->status = plan_run(a->plan, &a->err) ? STATUS_FAILED : 0;
	/* another array may be on it */
	plan_close_array(a->plan);
}

static size_t start_all(struct assembly *r, struct assemble **a, size_t n)
{
	size_t started = 0;

	plan_hold_signals(r->lock);
	for (size_t i = 0; i < n; i++) {
		make_device(a[i]);
		started += a[i]->started;
	}
	n = drop_failed(a, n);
	mark_undivided(a, n);
	for (size_t i = 0; i < n; i++)
		fill_plan(a[i]);
	n = drop_failed(a, n);
	write_map(r, a, n);
	n = drop_failed(a, n);
	work_all(n, r->slow ? WORK_SLEEPS : WORK_QUICK, run_one, a);
	for (size_t i = 0; i < n; i++) {
		if (a[i]->status)
			failed(a[i], &a[i]->err);
		else
			a[i]->started = true;
		started += a[i]->started;
	}
	return started;
}

size_t assemble_arrays(struct assembly *r, struct assemble **all, size_t n)
{
	struct assemble **a autofree = xcalloc(n, sizeof(*a));
	size_t ready, started;

	memcpy(a, all, n * sizeof(*a));
	for (size_t i = 0; i < n; i++)
		prepare(a[i]);
	ready = drop_failed(a, n);
	for (size_t i = 0; i < ready; i++) {
		a[i]->status = assemble_number(a[i]);
		a[i]->ready = !a[i]->status;
	}
	ready = drop_failed(a, ready);
	started = start_all(r, a, ready);
	assemble_let_go(r);
	return started;
}

/* --- afterwards --- */

static void say_started(struct assemble *a)
{
	char count[200];

	assemble_count_text(a, a->sel.current, a->sel.raid_disks, count, sizeof(count));
	if (plan_attribute_failure(a->plan)->text[0])
		say_err(plan_attribute_failure(a->plan));
	if (a->waits)
		/* told with --quiet too: what was asked for has not been done */
		say_error("%s assembled from %s, but not started.", a->name.path, count);
	else
		say_note("%s has been started with %s.", a->name.path, count);
}

static void tell_plan(struct assemble *a)
{
	char *title autofree = xasprintf("assemble %s", a->name.path);

	mode_tell_plan(a->run->req, a->plan, title);
}

static void say_details(const struct assemble *a)
{
	mode_tell_undo(a->plan);
	if (a->verdict == MAY_START_READONLY)
		say_note("Journal is missing or stale, starting array read only.");
	assemble_say_forced(a);
	assemble_say_added(a);
}

static void say_map_failure(const struct assembly *r)
{
	const char *why = r->lock ? plan_map_failure(r->lock)->text : "";

	if (*why)
		say_error("%s\ngoing on without the map of arrays", why);
}

/* Where udev is at work it makes the name of an array once that runs. */
static bool has_name(const struct assemble *a)
{
	return a->started && !(a->waits && devnode_udev());
}

/*
 * /dev/md/NAME must be there when the command returns.  Who makes it may need the map's lock, for
 * an array that is on this one: it is given up before.
 */
void assemble_finish(struct assembly *r)
{
	struct md_name **name autofree = xcalloc(r->n_array + 1, sizeof(*name));
	bool any = false;
	size_t n = 0;

	if (r->req->dry_run) {
		for (size_t i = 0; i < r->n_array; i++)
			if (r->array[i]->started)
				tell_plan(r->array[i]);
		return;
	}
	for (size_t i = 0; i < r->n_array; i++) {
		any |= r->array[i]->started;
		if (has_name(r->array[i]))
			name[n++] = &r->array[i]->name;
	}
	if (any)
		say_map_failure(r);
	for (size_t i = 0; i < r->n_array; i++)
		if (r->array[i]->started)
			say_details(r->array[i]);
	assemble_unlock(r);
	mode_establish_all(name, n, &r->conf);
	for (size_t i = 0; i < r->n_array; i++)
		if (r->array[i]->started)
			say_started(r->array[i]);
}
