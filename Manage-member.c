// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage-member.c - which members a word of the command line means: a device, a kernel name, MAJOR:MINOR,
 * or one of "failed", "detached", "missing" and "set-A".  Part of the mode --manage.  Changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "Manage.h"
#include "blkdev.h"
#include "member.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

struct targets {
	struct target *t;
	size_t n, cap;
};

void manage_free_targets(struct target *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(t[i].shown);
	free(t);
}

int manage_look(struct manage *m)
{
	struct array *now = NULL;
	struct err err;
	int rc;

	if (m->req->dry_run && m->array)
		return STATUS_OK; /* which knows what the actions before would have done */
	rc = array_load(m->path, ARRAY_STATUS | ARRAY_MEMBERS | ARRAY_LISTED | ARRAY_GONE, m->req->prefer,
			&now, &err);
	array_free(m->array);
	m->array = now;
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!now->active) {
		say_error("Cannot get array info for %s\nit was not started: see mdadm --run %s", m->path,
			  m->path);
		return STATUS_FAILED;
	}
	if (now->metadata[0]) {
		say_error("%s has external metadata (%s), which is not available in this version", m->path,
			  now->metadata);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static dev_t rdev_of(const struct array_member *am)
{
	return makedev((unsigned)am->disk.major, (unsigned)am->disk.minor);
}

static struct target *add(struct targets *list)
{
	list->t = xgrow(list->t, &list->cap, list->n, sizeof(*list->t));
	list->t[list->n] = (struct target){ .rdev = 0 };
	return &list->t[list->n++];
}

/* By the name that people use; by the kernel's where the device has no node. */
static void add_member(struct targets *list, struct array_member *am, const char *shown)
{
	struct target *t = add(list);

	if (shown)
		t->shown = xstrdup(shown);
	else if (am->path)
		t->shown = xstrdup(am->path);
	else
		t->shown = xasprintf("%d:%d", am->disk.major, am->disk.minor);
	t->rdev = rdev_of(am);
	t->member = am;
	copy_text(t->kname, sizeof(t->kname), am->kname);
}

static struct array_member *member_by_rdev(const struct array *a, dev_t rdev)
{
	for (size_t i = 0; i < a->n_member; i++)
		if (rdev_of(&a->member[i]) == rdev)
			return &a->member[i];
	return NULL;
}

static struct array_member *member_by_kname(const struct array *a, const char *kname)
{
	for (size_t i = 0; i < a->n_member; i++)
		if (a->member[i].kname[0] && !strcmp(a->member[i].kname, kname))
			return &a->member[i];
	return NULL;
}

/* --- words --- */

static void failed_members(struct manage *m, struct targets *list)
{
	for (size_t i = 0; i < m->array->n_member; i++)
		if (m->array->member[i].disk.faulty)
			add_member(list, &m->array->member[i], NULL);
}

/* A disk that was pulled out: its place in the array leads to no device any more.  What has failed fails no more. */
static void detached_members(struct manage *m, bool failed_too, struct targets *list)
{
	int dir = sysfs_open_md(m->devnm);
	DIR *d = dir < 0 ? NULL : fdopendir(dir);
	struct dirent *e;

	if (!d && dir >= 0)
		close(dir);
	if (!d)
		return;
	while ((e = readdir(d))) {
		const struct array_member *am;
		char attr[300], text[32];
		struct target *t;

		if (strncmp(e->d_name, "dev-", 4) != 0 || !sysfs_name_ok(e->d_name + 4))
			continue;
		snprintf(attr, sizeof(attr), "%s/block/dev", e->d_name);
		if (!sysfs_get(dirfd(d), attr, text, sizeof(text)))
			continue;
		am = member_by_kname(m->array, e->d_name + 4);
		if (am && am->disk.faulty && !failed_too)
			continue;
		t = add(list);
		t->shown = xstrdup(e->d_name + 4);
		copy_text(t->kname, sizeof(t->kname), e->d_name + 4);
	}
	closedir(d);
}

static bool is_of(const struct member *m, const struct super *ours)
{
	return !m->rc && !super_difference(ours, m->super) && m->disk.role == ROLE_ACTIVE;
}

/* The slot of a member, or that it had until it failed: its own superblock is as it was then. */
static int slot_of(const struct array_member *am, const struct super *ours)
{
	int slot = am->disk.raid_disk;
	struct member had;

	if (slot >= 0 || !am->disk.faulty || !am->path || !ours)
		return slot;
	member_probe(&had, xstrdup(am->path), ours->fmt, SUPER_ANY_MINOR, 0);
	if (is_of(&had, ours))
		slot = had.disk.slot;
	member_free(&had);
	return slot;
}

/* Only what has failed can be removed, and only what has not can fail. */
static bool in_set(const struct array_member *am, bool failed, uint32_t copies, uint32_t set,
		   const struct super *ours)
{
	int slot = am->disk.faulty == failed ? slot_of(am, ours) : -1;

	return slot >= 0 && (uint32_t)slot % copies == set;
}

/* The half of a RAID10 of near copies: slots that have the same place in each set of copies. */
static bool set_members(struct manage *m, const struct request_device *d, struct targets *list)
{
	const struct geometry *g = &m->array->geo;
	uint32_t copies = g->layout & 0xff, set = (uint32_t)(d->name[4] - 'A');
	struct super *ours cleanup(super_cleanup) = NULL;
	bool failed = d->member == MEMBER_REMOVE;

	if (g->level != LEVEL_RAID10 || (g->layout >> 8 & 0xff) != 1 || copies < 2 ||
	    g->raid_disks % copies || d->name[5] || set >= copies) {
		say_error("%s has no set of members called %s", m->path, d->name + 4);
		return false;
	}
	if (failed && m->array->persistent && array_load_super(m->array, &ours))
		ours = NULL;
	for (size_t i = 0; i < m->array->n_member; i++)
		if (in_set(&m->array->member[i], failed, copies, set, ours))
			add_member(list, &m->array->member[i], NULL);
	if (!list->n)
		say_error("no member of set %s of %s %s", d->name + 4, m->path,
			  failed ? "has failed: --fail it first" : "works");
	return list->n;
}

static bool takes(const struct request_device *d, const char *word, const char *actions,
		  enum member_action a, enum member_action b)
{
	if (d->member == a || d->member == b)
		return true;
	say_error("'%s' only meaningful with %s", word, actions);
	return false;
}

/* Of a disk and its partition that show the same superblock the partition is the member. */
static bool is_disk_of_another(const struct member *found, size_t n, const struct member *disk)
{
	for (size_t i = 0; i < n; i++)
		if (!found[i].rc && member_is_through(&found[i], disk))
			return true;
	return false;
}

/* Members of this array that are somewhere in the machine, and not in it. */
static int missing_members(struct manage *m, struct targets *list)
{
	struct super *ours cleanup(super_cleanup) = NULL;
	struct member *found;
	char **path;
	size_t n;

	if (array_load_super(m->array, &ours)) {
		say_error("cannot load array metadata from %s", m->path);
		return STATUS_FAILED;
	}
	path = config_devices(m->conf, &n);
	found = members_probe(path, n, ours->fmt, SUPER_ANY_MINOR, 0);
	for (size_t i = 0; i < n; i++)
		if (is_of(&found[i], ours) && !member_by_rdev(m->array, found[i].id.rdev) &&
		    !is_disk_of_another(found, n, &found[i])) {
			struct target *t = add(list);

			t->shown = xstrdup(path[i]);
			t->rdev = found[i].id.rdev;
		}
	members_free(found, n);
	config_free_devices(path, n);
	return STATUS_OK;
}

/* -1: it is none of the words. */
static int word_targets(struct manage *m, const struct request_device *d, struct targets *list)
{
	const char *word = d->name;

	if (!strcmp(word, "failed") || !strcmp(word, "faulty")) {
		if (!takes(d, word, "--remove or --re-add", MEMBER_REMOVE, MEMBER_READD))
			return STATUS_FAILED;
		failed_members(m, list);
		return STATUS_OK;
	}
	if (!strcmp(word, "detached")) {
		if (!takes(d, word, "--remove or --fail", MEMBER_REMOVE, MEMBER_FAIL))
			return STATUS_FAILED;
		detached_members(m, d->member == MEMBER_REMOVE, list);
		return STATUS_OK;
	}
	if (!strcmp(word, "missing")) {
		if (!takes(d, word, "--re-add", MEMBER_READD, MEMBER_READD))
			return STATUS_FAILED;
		return missing_members(m, list);
	}
	if (!strncmp(word, "set-", 4) && word[4]) {
		if (!takes(d, word, "--remove or --fail", MEMBER_REMOVE, MEMBER_FAIL))
			return STATUS_FAILED;
		return set_members(m, d, list) ? STATUS_OK : STATUS_FAILED;
	}
	return -1;
}

/* --- devices --- */

static bool puts_in(enum member_action action)
{
	return action == MEMBER_ADD || action == MEMBER_ADD_SPARE || action == MEMBER_ADD_JOURNAL ||
	       action == MEMBER_READD;
}

static bool is_number(const char *word, dev_t *rdev)
{
	unsigned ma, mi;
	char more;

	if (sscanf(word, "%u:%u%c", &ma, &mi, &more) != 2)
		return false;
	*rdev = makedev(ma, mi);
	return true;
}

/* What has no node any more may still be a member, under the kernel's name for it. */
static struct array_member *member_called(struct manage *m, const char *word)
{
	const char *base = strncmp(word, "/dev/", 5) ? word : word + 5;
	dev_t rdev;

	if (is_number(word, &rdev))
		return member_by_rdev(m->array, rdev);
	return strchr(base, '/') ? NULL : member_by_kname(m->array, base);
}

struct array_member *manage_member(struct manage *m, const char *word)
{
	struct stat st;

	if (!stat(word, &st) && S_ISBLK(st.st_mode))
		return member_by_rdev(m->array, st.st_rdev);
	return member_called(m, word);
}

const struct array_member *manage_twin(const struct array *a, const struct array_member *am)
{
	for (size_t i = 0; i < a->n_member; i++)
		if (&a->member[i] != am && a->member[i].disk.raid_disk == am->disk.raid_disk)
			return &a->member[i];
	return NULL;
}

bool manage_is(const struct manage *m, const char *kname, const char *word)
{
	int dir autoclose = sysfs_open_md(m->devnm);
	char attr[60], state[120];

	snprintf(attr, sizeof(attr), "dev-%s/state", kname);
	return dir >= 0 && !sysfs_get(dir, attr, state, sizeof(state)) && strstr(state, word);
}

void manage_enter(struct manage *m, const struct target *t, int number)
{
	struct array *a = m->array;
	size_t cap = a->n_member; /* full, so that it grows */
	struct array_member *am;

	a->member = xgrow(a->member, &cap, a->n_member, sizeof(*a->member));
	am = &a->member[a->n_member++];
	*am = (struct array_member){ .disk = { .number = number, .major = (int)major(t->rdev),
					       .minor = (int)minor(t->rdev), .raid_disk = -1 },
				     .path = xstrdup(t->shown) };
	if (blk_kname(t->rdev, am->kname, sizeof(am->kname)))
		am->kname[0] = '\0';
}

static int not_member(const struct manage *m, const char *word)
{
	say_error("%s does not appear to be a component of %s", word, m->path);
	return STATUS_FAILED;
}

static int device_target(struct manage *m, const struct request_device *d, struct targets *list)
{
	bool bare = !strchr(d->name, '/') && !puts_in(d->member);
	struct array_member *am = bare ? member_called(m, d->name) : NULL;
	struct stat st = { .st_mode = 0 };
	struct target *t;

	if (!am && stat(d->name, &st)) {
		int rc = errno;

		am = puts_in(d->member) ? NULL : member_called(m, d->name);
		if (!am && bare)
			return not_member(m, d->name);
		if (!am) {
			say_error("stat failed for %s: %s", d->name, error_text(rc));
			return STATUS_FAILED;
		}
	}
	if (am) {
		add_member(list, am, d->name);
		return STATUS_OK;
	}
	if (!S_ISBLK(st.st_mode)) {
		say_error("%s is not a block device.", d->name);
		return STATUS_FAILED;
	}
	am = member_by_rdev(m->array, st.st_rdev);
	if (am) {
		add_member(list, am, d->name);
		return STATUS_OK;
	}
	t = add(list);
	t->shown = xstrdup(d->name);
	t->rdev = st.st_rdev;
	return STATUS_OK;
}

int manage_targets(struct manage *m, const struct request_device *d, struct target **out, size_t *n)
{
	struct targets list = { NULL, 0, 0 };
	int status = word_targets(m, d, &list);

	if (status < 0)
		status = device_target(m, d, &list);
	*out = list.t;
	*n = list.n;
	return status;
}
