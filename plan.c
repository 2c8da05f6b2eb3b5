// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan.c - plans: appending steps, running them, taking them back.  What a step does is in
 * plan-step.c, plan-member.c, plan-map.c, plan-undo.c,
 * plan-sync.c and plan-file.c.
 */
#include <errno.h>
#include <string.h>

#include "plan-step.h"
#include "util.h"

/* One system call of blk_write, and what may lie between two writes that become one. */
#define WRITE_MAX_BYTES (1u << 20)
#define WRITE_GAP_BYTES (64u << 10)

/* --- making a plan --- */

struct plan *plan_new(void)
{
	struct plan *p = xcalloc(1, sizeof(*p));

	p->array_fd = -1;
	p->own_lock.fd = p->own_lock.stand_in = -1;
	p->suspension.dir_fd = -1;
	p->freeze.dir_fd = -1;
	p->check.dir_fd = -1;
	p->lock = &p->own_lock;
	return p;
}

void plan_dry(struct plan *p)
{
	p->dry = true;
}

void plan_hasty(struct plan *p)
{
	p->hasty = true;
}

static void step_free(struct step *s)
{
	free(s->path);
	free(s->devnm);
	free(s->hint);
	free(s->value);
	free(s->undo_value);
	free(s->map);
	free(s->bytes);
	free(s->expected);
	free(s->mask);
	free(s->old);
	free(s->array);
	free(s);
}

static void drop_steps(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		step_free(p->step[i]);
	p->n = p->done = 0;
	p->array = p->joined = NULL;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	step_let_go(p);
	drop_steps(p);
	for (size_t i = 0; i < p->n_claimed; i++)
		blk_close(p->claimed[i]);
	close_fd(&p->array_fd);
	map_unlock(&p->own_lock.fd);
	map_unlock_stand_in(&p->own_lock.stand_in);
	plan_let_signals(p);
	free(p->claimed);
	free(p->step);
	free(p->undo_path);
	free(p);
}

void plan_cleanup(struct plan **p)
{
	plan_free(*p);
}

static struct step *append(struct plan *p, const struct step_kind *kind, const char *path,
			   const char *devnm)
{
	struct step *s = xcalloc(1, sizeof(*s));

	s->kind = kind;
	s->path = path ? xstrdup(path) : NULL;
	s->devnm = devnm ? xstrdup(devnm) : NULL;
	p->step = xgrow(p->step, &p->cap, p->n, sizeof(*p->step));
	p->step[p->n++] = s;
	return s;
}

struct step *step_append(struct plan *p, const struct step_kind *kind, const char *path,
			 const char *devnm)
{
	return append(p, kind, path, devnm);
}

void plan_lock_map(struct plan *p)
{
	append(p, &kind_lock, NULL, NULL)->patience_ms = MAP_LOCK_MS;
}

void plan_lock_map_if_usable(struct plan *p)
{
	struct step *s = append(p, &kind_lock, NULL, NULL);

	s->optional = true;
	s->patience_ms = MAP_LOCK_MS;
}

void plan_lock_map_until(struct plan *p, int64_t end_ms)
{
	struct step *s = append(p, &kind_lock, NULL, NULL);
	int64_t left_ms = end_ms - clock_ms();

	s->optional = true;
	s->at_boot = true;
	s->patience_ms = (int)MAX(0, MIN(left_ms, MAP_LOCK_BOOT_MS));
}

bool plan_holds_map(const struct plan *p)
{
	return p->lock->fd >= 0;
}

void plan_share_lock(struct plan *p, struct plan *owner)
{
	p->lock = owner->lock;
}

void plan_unlock_map(struct plan *p)
{
	append(p, &kind_unlock, NULL, NULL);
}

void plan_flag_creating(struct plan *p, const char *devnm)
{
	append(p, &kind_flag, NULL, devnm);
}

void plan_unflag_creating(struct plan *p, const char *devnm)
{
	append(p, &kind_unflag, NULL, devnm);
}

void plan_open_array(struct plan *p, const char *devnm)
{
	append(p, &kind_open_array, NULL, devnm);
}

void plan_join_to_start(struct plan *p, const char *devnm)
{
	append(p, &kind_join_array, NULL, devnm)->to_start = true;
}

void plan_join_array(struct plan *p, const char *devnm)
{
	append(p, &kind_join_array, NULL, devnm);
}

void plan_open_running(struct plan *p, const char *devnm)
{
	append(p, &kind_open_running, NULL, devnm);
}

void plan_set_state(struct plan *p, const char *devnm, const char *state, const char *array)
{
	append(p, &kind_set_state, array, devnm)->hint = xstrdup(state);
}

void plan_set_access(struct plan *p, bool readonly, const char *array)
{
	append(p, &kind_set_access, array, NULL)->readonly = readonly;
}

void plan_fail_member(struct plan *p, const char *devnm, const char *kname, const char *shown)
{
	append(p, &kind_fail_member, kname, devnm)->hint = xstrdup(shown);
}

void plan_remove_member(struct plan *p, const char *devnm, const char *kname, const char *shown)
{
	append(p, &kind_remove_member, kname, devnm)->hint = xstrdup(shown);
}

static void append_attribute(struct plan *p, const struct step_kind *kind, const char *devnm,
			     const char *attr, const char *value, const char *undo,
			     const char *failure)
{
	struct step *s = append(p, kind, attr, devnm);

	s->value = xstrdup(value);
	s->undo_value = undo ? xstrdup(undo) : NULL;
	s->hint = xstrdup(failure);
}

void plan_member_attribute(struct plan *p, const char *devnm, const char *kname, const char *attr,
			   const char *value, const char *undo, const char *failure)
{
	char *path autofree = xasprintf("dev-%s/%s", kname, attr);

	append_attribute(p, &kind_member_attribute, devnm, path, value, undo, failure);
}

void plan_array_attribute(struct plan *p, const char *devnm, const char *attr, const char *value,
			  const char *undo, const char *failure)
{
	append_attribute(p, &kind_array_attribute, devnm, attr, value, undo, failure);
}

void plan_remove_bitmap(struct plan *p, const char *array, const char *file)
{
	struct step *s = append(p, &kind_remove_bitmap, array, NULL);

	s->value = file ? xstrdup(file) : NULL;
}

void plan_set_bitmap_file(struct plan *p, const char *array, const char *file, bool optional)
{
	struct step *s = append(p, &kind_set_bitmap_file, array, NULL);

	s->value = xstrdup(file);
	s->optional = optional;
}

void plan_freeze(struct plan *p, const char *devnm)
{
	append(p, &kind_freeze, NULL, devnm);
}

void plan_thaw(struct plan *p, const char *devnm)
{
	append(p, &kind_thaw, NULL, devnm);
}

void plan_note_slot(struct plan *p, const char *place, const struct map_entry *e)
{
	struct step *s = append(p, &kind_note_slot, place, e->devnm);

	s->map = xcalloc(1, sizeof(*s->map));
	*s->map = *e;
}

void plan_map_set(struct plan *p, const struct map_entry *e)
{
	struct step *s = append(p, &kind_map_set, NULL, e->devnm);

	s->map = xcalloc(1, sizeof(*s->map));
	*s->map = *e;
}

int plan_map_set_all(struct plan *owner, struct plan *const *p, size_t n, struct err *err)
{
	struct map_entry *e autofree = xcalloc(n, sizeof(*e));
	size_t n_entry = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = p[i]->done; k < p[i]->n; k++)
			if (p[i]->step[k]->kind == &kind_map_set) {
				e[n_entry++] = *p[i]->step[k]->map;
				p[i]->step[k]->written = true;
				break;
			}
	return n_entry && !owner->dry ? step_set_map_lines(owner, e, n_entry, err) : 0;
}

void plan_map_remove(struct plan *p, const char *devnm)
{
	append(p, &kind_map_remove, NULL, devnm);
}

void plan_set_version(struct plan *p, int major, int minor, const char *array)
{
	struct step *s = append(p, &kind_set_version, array, NULL);

	s->version[0] = major;
	s->version[1] = minor;
}

void plan_set_shape(struct plan *p, const struct md_array *a, const char *array)
{
	append(p, &kind_set_shape, array, NULL)->shape = *a;
}

void plan_add_disk(struct plan *p, const struct md_disk *d, const char *path, const char *hint)
{
	struct step *s = append(p, &kind_add_disk, path, NULL);

	s->disk = *d;
	s->hint = hint ? xstrdup(hint) : NULL;
}

void plan_start_array(struct plan *p, enum plan_start how, const char *array, const char *devnm,
		      const char *hint)
{
	struct step *s = append(p, &kind_start, array, devnm);

	s->start = how;
	s->hint = hint ? xstrdup(hint) : NULL;
}

void plan_repair(struct plan *p, const char *array, const char *devnm)
{
	append(p, &kind_repair, array, devnm);
}

void plan_attribute(struct plan *p, const char *devnm, const char *attr, const char *value)
{
	append(p, &kind_attribute, attr, devnm)->hint = xstrdup(value);
}

void plan_autorun(struct plan *p)
{
	append(p, &kind_autorun, NULL, "md0");
}

void plan_change_event(struct plan *p, const char *devnm)
{
	append(p, &kind_change_event, NULL, devnm);
}

void plan_stop_array(struct plan *p, int array_fd, const char *array)
{
	append(p, &kind_stop, array, NULL);
	p->array_fd = array_fd;
}

void plan_claim(struct plan *p, const char *path, const struct blk_id *id, bool force)
{
	struct step *s = append(p, &kind_claim, path, NULL);

	s->id = *id;
	s->claim = !id->rdev ? BLK_WRITE_FILE : force ? BLK_WRITE : BLK_WRITE_EXCL;
}

void plan_claim_held(struct plan *p, const char *path, const struct blk_id *id,
		     struct blkdev **held)
{
	plan_claim(p, path, id, false);
	p->step[p->n - 1]->held = held;
}

void plan_claim_unwritten(struct plan *p, const char *path, const struct blk_id *id,
			  struct blkdev **held)
{
	struct step *s = append(p, &kind_claim, path, NULL);

	s->held = held;
	s->id = *id;
	s->claim = BLK_READ_EXCL_NODE;
}

/* A step on a claimed device, which knows the device for its undo. */
static struct step *append_claimed(struct plan *p, const struct step_kind *kind, const char *path)
{
	struct step *s = append(p, kind, path, NULL);

	/* the claim is seldom far */
	for (size_t i = p->n; i-- > 0;)
		if (p->step[i]->kind == &kind_claim && strcmp(p->step[i]->path, path) == 0) {
			s->id = p->step[i]->id;
			s->claim = p->step[i]->claim;
			break;
		}
	return s;
}

void plan_check_unchanged(struct plan *p, const char *path, const struct blk_fingerprint *seen)
{
	append_claimed(p, &kind_check_unchanged, path)->seen = *seen;
}

void plan_drop_partitions(struct plan *p, const char *path)
{
	append_claimed(p, &kind_drop_partitions, path);
}

void plan_scan_partitions(struct plan *p, const char *path)
{
	append_claimed(p, &kind_scan_partitions, path);
}

void plan_keep_undo(struct plan *p, const char *dir, const char *command, const char *array)
{
	append(p, &kind_keep_undo, dir, array)->hint = xstrdup(command);
}

/* What lies between is written too, as it was read: not where others may write meanwhile. */
static bool is_near(const struct step *s, uint64_t at, size_t len)
{
	uint64_t start = MIN(s->at, at), end = MAX(s->at + s->len, at + len);
	size_t gap = s->claim == BLK_WRITE_EXCL ? WRITE_GAP_BYTES : 0;

	return end - start <= WRITE_MAX_BYTES && end - start <= s->len + len + gap;
}

static void widen_bytes(uint8_t **bytes, size_t len, size_t before, size_t new_len)
{
	uint8_t *wide = xcalloc(1, new_len);

	if (*bytes)
		memcpy(wide + before, *bytes, len);
	free(*bytes);
	*bytes = wide;
}

/* Makes room in the step for that range too; what lies between is not ours. */
static void widen(struct step *s, uint64_t at, size_t len)
{
	uint64_t start = s->len ? MIN(s->at, at) : at;
	size_t before = s->len ? (size_t)(s->at - start) : 0;
	size_t new_len = (size_t)(MAX(s->at + s->len, at + len) - start);
	uint8_t **const bytes[] = { &s->bytes, &s->old, &s->expected, &s->mask };

	if (s->len)
		step_tell_apart(s);
	for (size_t i = 0; i < (s->mask ? ARRAY_SIZE(bytes) : 2); i++)
		widen_bytes(bytes[i], s->len, before, new_len);
	s->at = start;
	s->len = new_len;
}

static void mark_ours(struct step *s, uint64_t at, size_t len)
{
	uint8_t *mask = s->mask ? s->mask + (at - s->at) : NULL;

	for (size_t i = 0; mask && i < len; i++)
		mask[i] |= BYTE_OURS;
}

/*
 * What lies close together on a member is one write, so that no death comes between the old
 * superblock, the new one and its bitmap: a member is as it was, or it is whole.
 */
static struct step *write_step(struct plan *p, const char *path, uint64_t at, size_t len)
{
	struct step *s = NULL;

	for (size_t i = p->done; i < p->n && !s; i++)
		if (p->step[i]->kind == &kind_write && strcmp(p->step[i]->path, path) == 0 &&
		    is_near(p->step[i], at, len))
			s = p->step[i];
	if (!s)
		s = append_claimed(p, &kind_write, path);
	widen(s, at, len);
	return s;
}

static struct step *append_write(struct plan *p, const char *path, uint64_t at, const void *bytes,
				 size_t len)
{
	struct step *s = write_step(p, path, at, len);

	memcpy(s->bytes + (at - s->at), bytes, len);
	mark_ours(s, at, len);
	return s;
}

void plan_write(struct plan *p, const char *path, uint64_t at, const void *bytes, size_t len)
{
	append_write(p, path, at, bytes, len);
}

void plan_replace(struct plan *p, const char *path, uint64_t at, const void *expected,
		  const void *bytes, size_t len)
{
	step_expect(append_write(p, path, at, bytes, len), at, expected, len);
}

void plan_erase(struct plan *p, const char *path, uint64_t at, const void *expected, size_t len)
{
	struct step *s = write_step(p, path, at, len);

	/* the bytes are zero already where nothing is written */
	step_expect(s, at, expected, len);
	mark_ours(s, at, len);
}

void plan_release_all(struct plan *p)
{
	append(p, &kind_release, NULL, NULL);
}

/* --- running it --- */

/* What could not be taken back: the first reason, and the members concerned. */
struct failures {
	struct err first;
	char members[300];       /* as many names as fit, a blank before each; */
	size_t unnamed;          /* and how many more */
};

/* Has the member of that write bytes that could not be put back? */
static bool has_lost(const struct plan *p, const struct step *s)
{
	for (size_t i = 0; p->spoilt && i < p->n; i++)
		if (p->step[i]->lost && strcmp(p->step[i]->path, s->path) == 0)
			return true;
	return false;
}

static void add_member(struct failures *f, const char *path)
{
	size_t n = strlen(f->members);

	if (strlen(path) + 2 <= sizeof(f->members) - n)
		snprintf(f->members + n, sizeof(f->members) - n, " %s", path);
	else
		f->unnamed++;
}

static void note_failure(struct plan *p, struct failures *f, struct step *s, const struct err *err)
{
	if (!f->first.text[0])
		f->first = *err;
	if (!s || (s->kind != &kind_write && s->kind != &kind_remove_member))
		return;
	add_member(f, s->path);
	if (s->kind == &kind_write)
		s->lost = p->spoilt = true;
}

/* Adds it to the sentence, which is cut rather than the names. */
static void tell_failures(const struct failures *f, struct err *err)
{
	char more[40] = "";

	if (f->unnamed)
		snprintf(more, sizeof(more), " and %zu %s", f->unnamed,
			 f->members[0] ? "more" : "members");
	if (f->members[0] || f->unnamed)
		err_set(err, 0, "%.500s\nnot put back as they were:%s%s: %s", err->text, f->members,
			more, f->first.text);
	else if (f->first.text[0])
		err_set(err, 0, "%s\nnot everything could be taken back: %s", err->text,
			f->first.text);
}

static void undo_steps(struct plan *p, bool only_harmless, struct failures *f)
{
	while (p->done > 0) {
		struct step *s = p->step[--p->done];
		struct err err;

		if (!s->kind->undo || (only_harmless && !s->kind->harmless))
			continue;
		/* half of it put back would be no member of anything: then it stays a new one */
		if (s->kind == &kind_write && has_lost(p, s))
			continue;
		if (s->kind->undo(p, s, &err))
			note_failure(p, f, s, &err);
	}
}

/*
 * The array goes first: as long as the kernel has the members, their bytes are its own.  When it
 * cannot be stopped the members stay as they are, and the sentence says so.
 */
void plan_undo(struct plan *p, struct err *err)
{
	struct failures f = { .unnamed = 0 };
	struct err stop;

	if (p->dry)
		return;
	/* the array runs; but flag and lock are of no use to it */
	if (p->past_barrier) {
		undo_steps(p, true, &f);
		return;
	}
	if (p->array && p->array_fd >= 0 && step_stop_array(p, p->array, &stop)) {
		undo_steps(p, true, &f);
		err_set(err, 0, "%s\nThe array could not be taken back; its members stay in it as they are "
			"now:\n%s", err->text, stop.text);
		return;
	}
	undo_steps(p, false, &f);
	if (step_release(p, &stop))
		note_failure(p, &f, NULL, &stop);
	tell_failures(&f, err);
}

void plan_settle(struct plan *p)
{
	p->past_barrier = true;
}

void plan_close_array(struct plan *p)
{
	close_fd(&p->array_fd);
	p->array_fd = -1;
}

/*
 * From the first step on, signals wait until the plan is through or taken back: both are a
 * matter of seconds, while half an array would stay.
 */
void plan_hold_signals(struct plan *p)
{
	sigset_t all;

	if (p->uninterrupted)
		return;
	sigfillset(&all);
	p->uninterrupted = sigprocmask(SIG_BLOCK, &all, &p->signals) == 0;
}

void plan_let_signals(struct plan *p)
{
	if (p->uninterrupted)
		sigprocmask(SIG_SETMASK, &p->signals, NULL);
	p->uninterrupted = false;
}

bool plan_add_refused(const struct plan *p)
{
	return p->add_refused;
}

const char *plan_undo_path(const struct plan *p)
{
	return p->undo_path;
}

const struct err *plan_undo_failure(const struct plan *p)
{
	return &p->undo_failure;
}

const struct err *plan_attribute_failure(const struct plan *p)
{
	return &p->attribute_failure;
}

const struct err *plan_map_failure(const struct plan *p)
{
	return &p->lock->failure;
}

int plan_run(struct plan *p, struct err *err)
{
	p->add_refused = false;
	if (p->dry)
		p->done = p->n;
	while (p->done < p->n) {
		struct step *s = p->step[p->done];
		int rc;

		/* to wait for the lock is not to have begun */
		if (s->kind != &kind_lock)
			plan_hold_signals(p);
		rc = step_run(p, s, err);
		/* A write that failed half-way is taken back like one that succeeded. */
		if (rc && (s->saved || s->written))
			p->done++;
		if (rc) {
			p->add_refused = s->kind == &kind_add_disk;
			plan_undo(p, err);
			drop_steps(p);
			return rc;
		}
		p->done++;
		if (s->kind->barrier)
			p->past_barrier = true;
	}
	return 0;
}
