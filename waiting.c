// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * waiting.c - see waiting.h.  Uses the ports, member and select; never writes and never prints.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "blkdev.h"
#include "devnode.h"
#include "sysfs.h"
#include "util.h"
#include "waiting.h"

#define MEMBERS_MAX 4096         /* more than any format has room for */

enum array_condition waiting_condition(const char *devnm, bool *external)
{
	autoclose int dir = sysfs_open_md(devnm);
	char state[32], version[64];
	uint64_t disks;

	if (external)
		*external = false;
	if (dir < 0 || sysfs_get(dir, "array_state", state, sizeof(state)) ||
	    !strcmp(state, "clear"))
		return ARRAY_NONE;
	if (external && !sysfs_get(dir, "metadata_version", version, sizeof(version)))
		*external = !strncmp(version, "external:", 9);
	if (strcmp(state, "inactive") != 0)
		return ARRAY_RUNS;
	/* the kernel has read the superblocks, and knows how many there should be */
	return !sysfs_get_u64(dir, "raid_disks", &disks) && disks ? ARRAY_TRIED : ARRAY_WAITS;
}

static bool is_held_alone(const char *devnm)
{
	dev_t rdev;
	int fd;

	if (sysfs_devnm_rdev(devnm, &rdev))
		return false;
	fd = devnode_open(rdev, O_RDONLY | O_EXCL, false, NULL);
	if (fd == -EBUSY)
		return true;
	close_fd(&fd);
	return false;
}

enum array_condition waiting_settled(const char *devnm, int64_t end_ms)
{
	enum array_condition c;
	int pause_ms = 1;

	while ((c = waiting_condition(devnm, NULL)) == ARRAY_WAITS || c == ARRAY_TRIED) {
		if (!is_held_alone(devnm))
			return waiting_condition(devnm, NULL);
		if (clock_ms() >= end_ms)
			break;
		poll(NULL, 0, pause_ms);
		pause_ms = MIN(pause_ms * 2, 100);
	}
	return c;
}

static bool is_known(const struct waiting *w, dev_t rdev)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->member[i].id.rdev == rdev)
			return true;
	return false;
}

struct listing {
	struct waiting *w;
	int dir;
	bool *here;              /* [w->n] of those known before */
	char **path;             /* those that are new */
	size_t n, cap;
};

static void list_one(struct listing *l, const char *kname)
{
	char attr[64], text[32];
	unsigned ma, mi;
	dev_t rdev;

	snprintf(attr, sizeof(attr), "dev-%.32s/block/dev", kname);
	if (!sysfs_name_ok(kname) || l->n >= MEMBERS_MAX ||
	    sysfs_get(l->dir, attr, text, sizeof(text)) || sscanf(text, "%u:%u", &ma, &mi) != 2)
		return;
	rdev = makedev(ma, mi);
	for (size_t i = 0; i < l->w->n; i++)
		if (l->w->member[i].id.rdev == rdev)
			l->here[i] = true;
	if (is_known(l->w, rdev))
		return;
	l->path = xgrow(l->path, &l->cap, l->n, sizeof(*l->path));
	l->path[l->n++] = blk_path(rdev, kname, NULL);
}

/* Calls for each member, and returns how many there are. */
static size_t each_member(int dir, void (*each)(struct listing *l, const char *kname),
			  struct listing *l)
{
	DIR *d = open_below(dir, ".");
	struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "dev-", 4) != 0)
			continue;
		n++;
		if (each)
			each(l, e->d_name + 4);
	}
	if (d)
		closedir(d);
	return n;
}

size_t waiting_count(const char *devnm)
{
	autoclose int dir = sysfs_open_md(devnm);

	return dir < 0 ? 0 : each_member(dir, NULL, NULL);
}

static void drop_gone(struct waiting *w, const bool *here)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (!here[i])
			member_free(&w->member[i]);
		else
			w->member[n++] = w->member[i];
	}
	w->n = n;
}

static void add_new(struct waiting *w, char *const *path, size_t n)
{
	struct member *new autofree = members_probe(path, n, w->fmt, w->minor, 0);
	size_t cap = w->n;

	for (size_t i = 0; i < n; i++) {
		w->member = xgrow(w->member, &cap, w->n, sizeof(*w->member));
		w->member[w->n++] = new[i];
	}
}

/* Of one format, which the array says; then only its place is read. */
static void find_format(struct waiting *w, int dir)
{
	char version[64];

	w->minor = SUPER_ANY_MINOR;
	if (!sysfs_get(dir, "metadata_version", version, sizeof(version)))
		w->fmt = super_match(version, &w->minor);
}

int waiting_load(const char *devnm, struct waiting *w, struct err *err)
{
	autoclose int dir = sysfs_open_md(devnm);
	struct listing l = { .w = w, .dir = dir };

	if (dir < 0)
		return err_set(err, dir, "%s has gone: %s", devnm, strerror(-dir));
	copy_text(w->devnm, sizeof(w->devnm), devnm);
	l.here = xcalloc(w->n + 1, sizeof(*l.here));
	each_member(dir, list_one, &l);
	drop_gone(w, l.here);
	find_format(w, dir);
	if (l.n)
		add_new(w, l.path, l.n);
	for (size_t i = 0; i < l.n; i++)
		free(l.path[i]);
	free(l.path);
	free(l.here);
	return 0;
}

const struct member *waiting_same(const struct waiting *w, const struct super *super)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->member[i].rc == 0 && !super_difference(w->member[i].super, super))
			return &w->member[i];
	return NULL;
}

/* The member whose word counts; one that has failed has stopped counting. */
static const struct member *freshest_as(const struct waiting *w, const struct super *super)
{
	const struct member *f = NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct member *o = &w->member[i];

		if (o->rc == 0 && o->disk.slot >= 0 && !super_difference(o->super, super) &&
		    (!f || o->disk.events > f->disk.events))
			f = o;
	}
	return f;
}

const struct member *waiting_contradicts(const struct waiting *w, const struct member *m)
{
	const struct member *f = freshest_as(w, m->super);

	if (!f || m->disk.events > f->disk.events)
		return f;
	for (size_t i = 0; i < w->n; i++) {
		const struct member *o = &w->member[i];

		if (o->rc || o->disk.slot < 0 || o->disk.slot == m->disk.slot ||
		    super_difference(o->super, m->super) ||
		    !f->super->fmt->slot_active(f->super, o->disk.slot))
			continue;
		if (!m->super->fmt->slot_active(m->super, o->disk.slot))
			return o;
	}
	return NULL;
}

static void forget_judgement(struct waiting *w)
{
	selection_free(&w->sel);
	free(steal(w->kept));
	free(steal(w->who));
	w->n_kept = 0;
	w->sel = (struct selection){ 0 };
}

enum start_verdict waiting_judge(struct waiting *w, const struct super *super)
{
	forget_judgement(w);
	w->kept = xcalloc(w->n + 1, sizeof(*w->kept));
	w->who = xcalloc(w->n + 1, sizeof(*w->who));
	for (size_t i = 0; i < w->n; i++) {
		struct member *m = &w->member[i];

		if (m->rc)
			continue;
		if (!super)
			super = m->super;
		if (!super_difference(super, m->super))
			w->kept[w->n_kept++] = m;
	}
	w->verdict = select_members(w->who, w->n_kept,
				    members_line_up(w->kept, w->n_kept, w->who), &w->sel);
	if (w->verdict != SELECT_OK || !w->sel.enough || w->sel.need_journal)
		return START_NOT;
	if (w->sel.present < w->sel.working)
		return START_UNSAFE;
	return START_ALL;
}

/* The kernel itself leaves out what is merely old, or brings it up to date by the bitmap. */
bool waiting_rejects(const struct waiting *w, size_t k)
{
	switch (w->who[k].standing) {
	case STAND_DENIES:
	case STAND_DENIED:
	case STAND_OUSTED:
	case STAND_STRAY:
	case STAND_NO_SLOT:
	case STAND_STALE_JOURNAL:
		return true;
	case STAND_CURRENT:
	case STAND_REBUILDING:
	case STAND_STALE:
	case STAND_SPARE:
	case STAND_JOURNAL:
		break;
	}
	return false;
}

void waiting_free(struct waiting *w)
{
	forget_judgement(w);
	members_free(w->member, w->n);
	*w = (struct waiting){ 0 };
}
