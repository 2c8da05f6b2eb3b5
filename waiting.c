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

enum array_condition waiting_glance(const char *devnm)
{
	char state[32];

	if (sysfs_array_state(devnm, state, sizeof(state)) || !strcmp(state, "clear"))
		return ARRAY_NONE;
	return strcmp(state, "inactive") ? ARRAY_RUNS : ARRAY_WAITS;
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

struct listing {
	struct waiting *w;
	size_t most;             /* so many new ones, and no more */
	bool *here;              /* [w->n] of those known before */
	char **path;             /* those that are new */
	size_t n, cap;
};

/* One that was known before is here. */
static bool is_known(struct listing *l, const char *kname, dev_t rdev)
{
	for (size_t i = 0; i < l->w->n; i++) {
		const struct member *m = &l->w->member[i];

		if (kname ? strncmp(m->path, "/dev/", 5) != 0 || strcmp(m->path + 5, kname) != 0 :
			    m->id.rdev != rdev)
			continue;
		l->here[i] = true;
		return true;
	}
	return false;
}

/* The node of a kernel's name is that device's: who was looked at under it is known by it. */
static void list_one(struct listing *l, const char *kname)
{
	char attr[64], text[32];
	unsigned ma, mi;
	dev_t rdev;

	if (is_known(l, kname, 0))
		return;
	snprintf(attr, sizeof(attr), "dev-%.32s/block/dev", kname);
	if (!sysfs_name_ok(kname) || l->n >= l->most ||
	    sysfs_get(dirfd(l->w->dir), attr, text, sizeof(text)) || sscanf(text, "%u:%u", &ma, &mi) != 2)
		return;
	rdev = makedev(ma, mi);
	if (is_known(l, NULL, rdev))
		return;
	l->path = xgrow(l->path, &l->cap, l->n, sizeof(*l->path));
	l->path[l->n++] = blk_path(rdev, kname, NULL);
}

/* The next "dev-..." of the array's directory, or NULL. */
static const char *next_member(DIR *d)
{
	struct dirent *e;

	while ((e = readdir(d)))
		if (!strncmp(e->d_name, "dev-", 4))
			return e->d_name + 4;
	return NULL;
}

size_t waiting_count(const char *devnm)
{
	autoclose int dir = sysfs_open_md(devnm);
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	size_t n = 0;

	if (!d)
		return 0;
	dir = -1;
	while (next_member(d))
		n++;
	closedir(d);
	return n;
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

/* Of one format, which the array says; then only its place is read. */
static void find_format(struct waiting *w)
{
	char version[64];

	if (w->fmt)
		return;
	w->minor = SUPER_ANY_MINOR;
	if (!sysfs_get(dirfd(w->dir), "metadata_version", version, sizeof(version)))
		w->fmt = super_match(version, &w->minor);
}

static void add_new(struct waiting *w, char *const *path, size_t n)
{
	struct member *new autofree = NULL;
	size_t cap = w->n;

	find_format(w);
	new = members_probe(path, n, w->fmt, w->minor, 0);
	for (size_t i = 0; i < n; i++) {
		w->member = xgrow(w->member, &cap, w->n, sizeof(*w->member));
		w->member[w->n++] = new[i];
	}
}

/* Once for all looks at the array; afresh: another of that name may have come instead. */
static int open_listing(struct waiting *w, const char *devnm, bool afresh, struct err *err)
{
	int fd;

	if (w->dir && !afresh && !strcmp(w->devnm, devnm)) {
		rewinddir(w->dir);
		return 0;
	}
	if (w->dir)
		closedir(steal(w->dir));
	fd = sysfs_open_md(devnm);
	w->dir = fd < 0 ? NULL : fdopendir(fd);
	if (!w->dir) {
		int rc = fd < 0 ? fd : -errno;

		close_fd(&fd);
		return err_set(err, rc, "%s has gone: %s", devnm, error_text(-rc));
	}
	copy_text(w->devnm, sizeof(w->devnm), devnm);
	return 0;
}

/* Lists up to most members that are new; how many members were seen. */
static size_t list(struct listing *l)
{
	const char *kname;
	size_t n = 0;

	while (l->n < l->most && (kname = next_member(l->w->dir))) {
		list_one(l, kname);
		n++;
	}
	return n;
}

static int load(const char *devnm, size_t most, struct waiting *w, struct err *err)
{
	struct listing l = { .w = w, .most = most };
	int rc = open_listing(w, devnm, false, err);

	if (rc)
		return rc;
	l.here = xcalloc(w->n + 1, sizeof(*l.here));
	if (!list(&l) && !(rc = open_listing(w, devnm, true, err)))
		list(&l);
	/* who is not listed has not gone for that */
	if (!rc && l.n < most)
		drop_gone(w, l.here);
	if (l.n)
		add_new(w, l.path, l.n);
	for (size_t i = 0; i < l.n; i++)
		free(l.path[i]);
	free(l.path);
	free(l.here);
	return rc;
}

int waiting_load(const char *devnm, struct waiting *w, struct err *err)
{
	w->sampled = false;
	return load(devnm, MEMBERS_MAX, w, err);
}

int waiting_sample(const char *devnm, const struct super *like, struct waiting *w, struct err *err)
{
	w->sampled = true;
	w->fmt = like->fmt;
	w->minor = like->minor;
	return load(devnm, 1, w, err);
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

const struct member *waiting_lead(const struct waiting *w)
{
	return w->kept[w->sel.freshest];
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
	if (w->dir)
		closedir(w->dir);
	members_free(w->member, w->n);
	*w = (struct waiting){ 0 };
}
