// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-map.c - the steps on /run/mdadm: the map, its lock, what a killed owner of the lock has left,
 * the flag of an array that is being made.  The only file that calls mapfile's writing functions.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "devnode.h"
#include "plan-step.h"
#include "sysfs.h"
#include "util.h"

/* That somebody has it locked is no reason to do without it. */
static int map_result(struct plan *p, int rc, const struct err *err)
{
	if (!rc || rc == -EBUSY || !p->lock->optional)
		return rc;
	p->lock->failure = *err;
	return 0;
}

static bool map_given_up(const struct plan *p)
{
	return p->lock->failure.text[0];
}

/* Is what was not started and has that name what the killed one made, or did it come after that? */
static bool is_left(const struct map_note *note)
{
	return note->made && (!note->diskseq || note->diskseq == sysfs_diskseq(note->devnm));
}

struct members {
	char (*kname)[64];
	size_t n, cap;
};

static void members_list(const char *devnm, struct members *m)
{
	int dir = sysfs_open_md(devnm);
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "dev-", 4) != 0)
			continue;
		m->kname = xgrow(m->kname, &m->cap, m->n, sizeof(*m->kname));
		m->n += copy_text(m->kname[m->n], sizeof(*m->kname), e->d_name + 4);
	}
	if (d)
		closedir(d);
	else
		close_fd(&dir);
}

/* As --incremental leaves it: the map's line fits, and it takes more members. */
static bool waits(const char *devnm, const struct map_entry *e)
{
	int dir autoclose = sysfs_open_md(devnm);
	char state[32], version[64];
	uint64_t disks;

	return dir >= 0 && !sysfs_get(dir, "array_state", state, sizeof(state)) &&
	       !strcmp(state, "inactive") && (sysfs_get_u64(dir, "raid_disks", &disks) || !disks) &&
	       !sysfs_get(dir, "metadata_version", version, sizeof(version)) &&
	       !strcmp(version, e->metadata);
}

/* udev looks at them again: who put one in that has gone with its array is through, and does not. */
static void clear_array(const struct map_note *note, const struct members *m)
{
	sysfs_clear(note->devnm, is_left(note));
	for (size_t i = 0; i < m->n && !sysfs_has_array(note->devnm); i++)
		sysfs_change_event(m->kname[i]);
}

/*
 * What one of us who was killed at work on that array has left.  An array that was not started
 * goes, one that runs, is another's or may wait for members stays; the flag goes, and with the array
 * its map line and its name.
 */
static void clear_left(const struct map_note *note, const struct map *map)
{
	const struct map_entry *e = map_by_devnm(map, note->devnm);
	char path[sizeof(e->path)] = "";
	struct members m = { .n = 0 };

	map_unflag_creating(note->devnm);
	/* rubbish is soon seen to: nobody gets the lock meanwhile */
	if (!e && !sysfs_has_device(note->devnm))
		return;
	members_list(note->devnm, &m);
	if (note->clear || !m.n || !e || !waits(note->devnm, e))
		clear_array(note, &m);
	free(m.kname);
	if (sysfs_has_array(note->devnm)) {
		sysfs_change_event(note->devnm);
		return;
	}
	if (e && copy_text(path, sizeof(path), e->path))
		map_remove(note->devnm, NULL);
	devnode_forget(note->devnm, path);
}

/* What a killed owner before was at work on. */
static int clear_noted(struct plan_lock *lock, struct err *err)
{
	struct map_notes notes cleanup(map_notes_free) = { 0 };
	struct map map cleanup(map_free) = { 0 };

	if (!map_noted(lock->fd, &notes))
		return 0;
	map_load(&map);
	for (size_t i = 0; i < notes.n; i++)
		clear_left(&notes.note[i], &map);
	lock->waited |= notes.n > 0;
	return map_forget_notes(lock->fd, err);
}

static int run_lock(struct plan *p, struct step *s, struct err *err)
{
	struct plan_lock *lock = p->lock;
	int rc;

	lock->optional = s->optional;
	lock->at_boot = s->at_boot;
	if (lock->fd >= 0 || lock->stand_in >= 0)
		return 0;
	rc = map_result(p, map_lock(&lock->fd, s->patience_ms, &lock->waited, err), err);
	if (!rc && lock->fd < 0)
		lock->stand_in = map_lock_stand_in(s->patience_ms);
	return rc || lock->fd < 0 ? rc : clear_noted(lock, err);
}

int step_note_array(struct plan *p, const char *devnm, struct err *err)
{
	struct map_note note = { .made = p->array != NULL, .clear = !p->lock->at_boot };

	copy_text(note.devnm, sizeof(note.devnm), devnm);
	if (note.made)
		note.diskseq = md_diskseq(p->array_fd);
	if (p->lock->fd < 0 || map_given_up(p))
		return 0;
	return map_result(p, map_note(p->lock->fd, &note, err), err);
}

static int run_unlock(struct plan *p, struct step *s, struct err *err)
{
	(void)s;
	(void)err;
	map_unlock(&p->lock->fd);
	map_unlock_stand_in(&p->lock->stand_in);
	return 0;
}

static int undo_lock(struct plan *p, struct step *s, struct err *err)
{
	return run_unlock(p, s, err);
}

int step_set_map_lines(struct plan *p, const struct map_entry *e, size_t n, struct err *err)
{
	return map_given_up(p) ? 0 : map_result(p, map_set(e, n, err), err);
}

static int run_map_set(struct plan *p, struct step *s, struct err *err)
{
	return s->written ? 0 : step_set_map_lines(p, s->map, 1, err);
}

/* Plans that share the lock may want that at once. */
static int remove_map_line(struct plan *p, const char *devnm, struct err *err)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
	int lock cleanup(map_unlock) = -1;
	bool waited;
	int rc = p->lock->fd >= 0 ? 0 : map_lock(&lock, MAP_LOCK_MS, &waited, err);

	if (rc)
		return rc;
	pthread_mutex_lock(&one_at_a_time);
	rc = map_remove(devnm, err);
	pthread_mutex_unlock(&one_at_a_time);
	return rc;
}

static int run_map_remove(struct plan *p, struct step *s, struct err *err)
{
	return map_given_up(p) ? 0 : map_result(p, remove_map_line(p, s->devnm, err), err);
}

/* Perhaps after the lock has been given up.  A line that stays is told, whatever the map is worth. */
static int undo_map_set(struct plan *p, struct step *s, struct err *err)
{
	return map_given_up(p) ? 0 : remove_map_line(p, s->devnm, err);
}

static int run_flag(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	return map_flag_creating(s->devnm, err);
}

static int run_unflag(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	(void)err;
	map_unflag_creating(s->devnm);
	return 0;
}

static int run_note_slot(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	return map_note_slot(s->path, s->map, err);
}

const struct step_kind kind_lock = {
	.name = "lock-map", .run = run_lock, .undo = undo_lock, .harmless = true,
	.tell = tell_lock,
};
const struct step_kind kind_unlock = {
	.name = "unlock-map", .run = run_unlock, .tell = tell_lock,
};
const struct step_kind kind_flag = {
	.name = "flag-creating", .run = run_flag, .undo = run_unflag, .harmless = true,
	.tell = tell_flag,
};
const struct step_kind kind_unflag = {
	.name = "unflag-creating", .run = run_unflag, .tell = tell_flag,
};
const struct step_kind kind_map_set = {
	.name = "set-map-line", .run = run_map_set, .undo = undo_map_set, .tell = tell_map_set,
};
const struct step_kind kind_map_remove = {
	.name = "remove-map-line", .run = run_map_remove, .tell = tell_open_array,
};
const struct step_kind kind_note_slot = {
	.name = "note-slot", .run = run_note_slot, .tell = tell_slot,
};
