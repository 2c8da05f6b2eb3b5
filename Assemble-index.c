// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-index.c - the devices of a run: each is opened and read once, slow ones at the same
 * time; which of them are in arrays that wait for more; which of them agree. Part of the mode
 * --assemble.  Changes nothing but the map's lock.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include "Assemble.h"
#include "array.h"
#include "blkdev.h"
#include "group.h"
#include "map-rebuild.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

static struct candidate *add_candidate(struct assembly *r)
{
	struct candidate *c = xcalloc(1, sizeof(*c));

	c->group = GROUP_NONE;
	c->pass = r->pass;
	r->dev = xgrow(r->dev, &r->cap_dev, r->n_dev, sizeof(*r->dev));
	r->dev[r->n_dev++] = c;
	return c;
}

static void keep(void *arg, struct member *m)
{
	struct candidate *c = add_candidate(arg);

	c->m = *m;
	*m = (struct member){ 0 };
}

static unsigned load_flags(const struct assembly *r)
{
	bool sparc = r->req->have_update && r->req->update == UPDATE_SPARC22;

	return (r->req->force ? LOAD_IGNORE_SIZE : 0) | (sparc ? LOAD_ANY_SHAPE : 0) |
		(r->req->force || r->req->have_update ? 0 : LOAD_UNWRITTEN);
}

static void probe_listed(struct assembly *r)
{
	size_t n = r->req->n_dev - 1;
	char **path autofree = xcalloc(n, sizeof(*path));

	for (size_t i = 0; i < n; i++)
		path[i] = (char *)r->req->dev[i + 1].name;
	r->slow = members_each(path, n, r->fmt, r->minor, load_flags(r), keep, r);
	for (size_t i = 0; i < r->n_dev; i++)
		r->dev[i]->listed = true;
}

/*
 * From the last to the first, as the packaged tool does: that is the order of the names and
 * numbers.
 */
static void turn_round(char **path, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char *other = path[n - 1 - i];

		path[n - 1 - i] = path[i];
		path[i] = other;
	}
}

void assemble_probe(struct assembly *r)
{
	char **path;
	size_t n;

	if (r->req->n_dev > 1 && !r->req->scan) {
		probe_listed(r);
		return;
	}
	path = config_devices(&r->conf, &n);
	/* globs are in that order already */
	if (!r->conf.n_device)
		turn_round(path, n);
	r->slow = members_each(path, n, r->fmt, r->minor, load_flags(r) | MEMBERS_SEEN, keep, r);
	config_free_devices(path, n);
}

/* --- what the kernel has --- */

static struct candidate *find_device(const struct assembly *r, dev_t rdev)
{
	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i]->m.id.rdev == rdev)
			return r->dev[i];
	return NULL;
}

static struct array *load_waiting(const char *devnm)
{
	char *path autofree = xasprintf("/dev/%s", devnm);
	struct array *array = NULL;

	return array_load(path, ARRAY_MEMBERS, NULL, &array, NULL) ? NULL : array;
}

/* Whoever an array has that waits, and whether he was looked at: he may have come since the devices were. */
static void mark_held(struct assembly *r, const char *devnm)
{
	struct array *array cleanup(array_cleanup) = load_waiting(devnm);

	for (size_t i = 0; array && i < array->n_member; i++) {
		const struct array_member *h = &array->member[i];
		const dev_t rdev = makedev((unsigned)h->disk.major, (unsigned)h->disk.minor);
		struct candidate *c = find_device(r, rdev);

		if (!c) {
			c = add_candidate(r);
			c->late = c->unread = true;
			c->m.path = xstrdup(h->path ?: (char *)h->kname);
			c->m.id.rdev = rdev;
		}
		copy_text(c->host, sizeof(c->host), devnm);
		c->m.held = true;
	}
}

/* What was seen before the lock was had, or had again, counts no more. */
static void forget_look(struct assembly *r)
{
	names_free(&r->used);
	map_free(&r->map);
	mdstat_free(&r->running);
	r->map = (struct map){ 0 };
	r->running = (struct mdstat){ 0 };
	r->numbers = (struct devnode_numbers){ 0 };
	for (size_t i = 0; i < r->n_dev; i++) {
		r->dev[i]->host[0] = '\0';
		r->dev[i]->m.held = false;
	}
}

/* What this run has started has its name, also where the map is of no use or nothing was really done. */
static void keep_own_names(struct assembly *r)
{
	for (size_t i = 0; i < r->n_array; i++) {
		const struct md_name *name = &r->array[i]->name;

		if (!r->array[i]->started)
			continue;
		if (!names_by_path(&r->used, name->path))
			names_add(&r->used, name->devnm, name->path);
		devnode_take(&r->numbers, name->devnm);
	}
}

static int lock_and_look(struct assembly *r)
{
	struct err err = { "" };
	int rc;

	if (!r->lock)
		r->lock = mode_plan(r->req);
	plan_lock_map_if_usable(r->lock);
	rc = plan_run(r->lock, &err);
	forget_look(r);
	if (!rc)
		rc = mdstat_read(&r->running, &err);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	map_load(&r->map);
	names_load(&r->used, &r->map, &r->running);
	for (size_t i = 0; i < r->running.n; i++) {
		const struct mdstat_entry *e = &r->running.entry[i];

		devnode_take(&r->numbers, e->devnm);
		if (!e->active && strncmp(e->metadata, "external", 8) != 0)
			mark_held(r, e->devnm);
	}
	keep_own_names(r);
	return 0;
}

/* In the order of the list that was made of them. */
struct late {
	struct candidate **next;
};

static void keep_late(void *arg, struct member *m)
{
	struct late *l = arg;
	struct member *was = &(*l->next++)->m;
	const dev_t rdev = was->id.rdev;

	free(was->path);
	*was = *m;
	*m = (struct member){ 0 };
	if (was->id.rdev == rdev)
		return;
	/* it is gone, or its name is another's by now */
	if (was->rc >= 0)
		was->rc = err_set(&was->why, -ESTALE, "%s is another device by now", was->path);
	was->id.rdev = rdev;
}

/* Those that came late are read.  Returns how many. */
static size_t probe_late(struct assembly *r)
{
	struct candidate **who autofree = xcalloc(r->n_dev, sizeof(*who));
	char **path autofree = xcalloc(r->n_dev, sizeof(*path));
	struct late late = { who };
	size_t n = 0;

	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i]->unread) {
			r->dev[i]->unread = false;
			path[n] = xstrdup(r->dev[i]->m.path);
			who[n++] = r->dev[i];
		}
	if (!n)
		return 0;
	assemble_unlock(r);
	r->slow |= members_each(path, n, r->fmt, r->minor, 0, keep_late, &late);
	for (size_t i = 0; i < n; i++)
		free(path[i]);
	return n;
}

/* Has its members not been looked at?  They will be now. */
static bool is_news(struct assembly *r, const struct mdstat_entry *e)
{
	struct seen_array now = { .diskseq = sysfs_diskseq(e->devnm) };

	copy_text(now.devnm, sizeof(now.devnm), e->devnm);
	for (size_t i = 0; i < r->n_seen; i++)
		if (!strcmp(r->seen[i].devnm, now.devnm) && r->seen[i].diskseq == now.diskseq)
			return false;
	r->seen = xgrow(r->seen, &r->cap_seen, r->n_seen, sizeof(now));
	r->seen[r->n_seen++] = now;
	return true;
}

/*
 * Of named devices only those are looked at, none of the array that may run without them: when the map
 * has lost that, its members say who it is.  Returns whether any was read.
 */
static bool read_unmapped(struct assembly *r)
{
	struct map_rebuild m = { .conf = &r->conf, .homehost = r->homehost,
				 .not_required = r->not_required };
	bool news = false;

	if (r->req->n_dev < 2 || r->req->scan)
		return false;
	for (size_t i = 0; i < r->running.n; i++) {
		const struct mdstat_entry *e = &r->running.entry[i];

		if (e->active && strncmp(e->metadata, "external", 8) != 0 &&
		    strcmp(e->metadata, "none") != 0 && !map_by_devnm(&r->map, e->devnm))
			news |= is_news(r, e);
	}
	if (!news)
		return false;
	assemble_unlock(r);
	map_free(&r->unmapped);
	map_rebuild(&m, &r->map, &r->running);
	r->unmapped = m.found;
	return true;
}

/* A disk that does not answer holds nobody else up: nothing is read while the map is locked. */
int assemble_look(struct assembly *r)
{
	int rc;

	do
		rc = lock_and_look(r);
	while (!rc && (probe_late(r) || read_unmapped(r)));
	return rc;
}

/* Those of the arrays first: they go back to the mask that the first plan has set. */
static void let_signals(struct assembly *r)
{
	for (size_t i = 0; i < r->n_array; i++)
		if (r->array[i]->plan)
			plan_let_signals(r->array[i]->plan);
	plan_let_signals(r->lock);
}

void assemble_unlock(struct assembly *r)
{
	struct err err;

	plan_unlock_map(r->lock);
	plan_run(r->lock, &err);
	let_signals(r);
}

/*
 * Only as long as the map is locked: two runs that hold what the other wants would get nowhere.  Not for who
 * is going to write; and a process may have only so many open files.
 */
static bool may_hold(struct assembly *r)
{
	struct rlimit files;

	if (r->holds_none || r->req->dry_run || r->req->force || r->req->have_update ||
	    !plan_holds_map(r->lock))
		return false;
	return getrlimit(RLIMIT_NOFILE, &files) == 0 && r->n_alone < files.rlim_cur / 4;
}

static void let_go(struct assembly *r, bool taken_too)
{
	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i]->alone && (taken_too || !r->dev[i]->taken))
			blk_close(steal(r->dev[i]->alone));
}

void assemble_let_go_others(struct assembly *r)
{
	if (r->n_alone)
		let_go(r, false);
}

void assemble_let_go(struct assembly *r)
{
	if (r->n_alone)
		let_go(r, true);
	r->n_alone = 0;
}

/* Once for all devices of the run: the map is locked meanwhile. */
static int patience_ms(struct assembly *r)
{
	int64_t now = clock_ms();

	if (!r->patient_until_ms)
		r->patient_until_ms = now + RECLAIM_DEADLINE_MS;
	return (int)MAX(r->patient_until_ms - now, (int64_t)0);
}

/* Of a disk and a partition of it the kernel gives only one: who holds the other may be we. */
int assemble_free(struct assembly *r, struct candidate *c, struct err *why)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	int rc = blk_open(c->m.path, BLK_READ_EXCL_NODE, &b, why);

	if (rc == -EBUSY && r->n_alone) {
		assemble_let_go(r);
		r->holds_none = true;
		rc = blk_open(c->m.path, BLK_READ_EXCL_NODE, &b, why);
	}
	if (rc == -EBUSY)
		rc = blk_open_alone(c->m.path, c->m.id.rdev, patience_ms(r), &b, why);
	if (!rc && may_hold(r)) {
		c->alone = steal(b);
		r->n_alone++;
	}
	return rc;
}

/* --- arrays as devices --- */

/* An array that may be a member, and what the DEVICE lines say of it. */
struct array_node {
	char *path;
	const char *name[2];
	struct config_device asked;
};

static bool find_node(const struct assemble *a, struct array_node *node)
{
	dev_t rdev;

	if (!a->started || a->waits || a->looked_at || sysfs_devnm_rdev(a->name.devnm, &rdev))
		return false;
	node->path = xasprintf("/dev/%s", a->name.devnm);
	node->name[0] = node->path;
	node->name[1] = a->name.path;
	node->asked = (struct config_device){ node->name, ARRAY_SIZE(node->name), rdev, false };
	return true;
}

/* The arrays that have not been looked at yet, the last one first.  Returns how many. */
static size_t find_nodes(struct assembly *r, struct array_node *node)
{
	size_t n = 0;

	for (size_t i = r->n_array; i-- > 0;) {
		n += find_node(r->array[i], &node[n]);
		r->array[i]->looked_at = true;
	}
	return n;
}

static bool is_node_of(const struct array_node *node, size_t n, dev_t rdev)
{
	for (size_t i = 0; i < n; i++)
		if (node[i].asked.rdev == rdev)
			return true;
	return false;
}

/*
 * The DEVICE words of which it is not known which device they name: a look at each takes 7 us.  Devices were
 * found in the order of the words; one that had another device then does not name an array that came later.
 * Returns false when none is left.
 */
static bool drop_known_words(const struct assembly *r, struct config *conf,
			     const struct array_node *node, size_t n_node)
{
	size_t n = 0, k = 0;

	for (size_t i = 0; i < r->conf.n_device; i++) {
		const struct candidate *c = k < r->n_dev ? r->dev[k] : NULL;

		bool known = c && c->m.id.rdev && !c->pass &&
			     !strcmp(c->m.path, r->conf.device[i]);

		k += known;
		if (!known || is_node_of(node, n_node, c->m.id.rdev))
			conf->device[n++] = r->conf.device[i];
	}
	conf->n_device = n;
	return n || !r->conf.n_device;
}

/* Those that the DEVICE lines would have named.  Returns how many. */
static size_t keep_allowed(const struct assembly *r, const struct array_node *node, size_t n,
			   char **path)
{
	struct config_device *asked autofree = xcalloc(n, sizeof(*asked));
	char **word autofree = xcalloc(r->conf.n_device + 1, sizeof(*word));
	struct config conf = r->conf;
	size_t kept = 0;

	conf.device = word;
	if (!drop_known_words(r, &conf, node, n))
		return 0;
	for (size_t i = 0; i < n; i++)
		asked[i] = node[i].asked;
	config_devices_allowed(&conf, asked, n);
	for (size_t i = 0; i < n; i++)
		if (asked[i].allowed)
			path[kept++] = node[i].path;
	return kept;
}

static size_t count_members(const struct assembly *r, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < r->n_dev; i++)
		n += r->dev[i]->m.rc == 0;
	return n;
}

size_t assemble_probe_arrays(struct assembly *r)
{
	struct array_node *node autofree = xcalloc(r->n_array, sizeof(*node));
	char **path autofree = xcalloc(r->n_array, sizeof(*path));
	size_t n_node = find_nodes(r, node), before = r->n_dev;
	size_t n = keep_allowed(r, node, n_node, path);

	/* what has been started stays, whatever becomes of what may be on it */
	assemble_unlock(r);
	r->pass++;
	r->slow |= members_each(path, n, r->fmt, r->minor, load_flags(r), keep, r);
	for (size_t i = 0; i < n_node; i++)
		free(node[i].path);
	n = count_members(r, before);
	if (n && assemble_look(r)) {
		r->trouble = true;
		return 0;
	}
	return n;
}

size_t assemble_group(struct assembly *r)
{
	struct group_item *item autofree = xcalloc(r->n_dev, sizeof(*item));
	size_t *group autofree = xcalloc(r->n_dev, sizeof(*group));
	size_t n;

	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i]->m.rc == 0 && r->dev[i]->m.id.rdev)
			item[i] = (struct group_item){ r->dev[i]->m.super,
						       &r->dev[i]->m.array.uuid };
	n = group_arrays(item, r->n_dev, group);
	for (size_t i = 0; i < r->n_dev; i++)
		r->dev[i]->group = group[i];
	return n;
}

static void array_free_one(struct assemble *a)
{
	selection_free(&a->sel);
	plan_free(a->plan);
	free(a->who);
	free(a->kept);
	free(a);
}

void assembly_free(struct assembly *r)
{
	for (size_t i = 0; i < r->n_array; i++)
		array_free_one(r->array[i]);
	plan_free(r->lock);
	for (size_t i = 0; i < r->n_dev; i++) {
		member_free(&r->dev[i]->m);
		free(r->dev[i]);
	}
	free(r->array);
	free(r->dev);
	free(r->seen);
	names_free(&r->used);
	map_free(&r->unmapped);
	map_free(&r->map);
	mdstat_free(&r->running);
	config_free(&r->conf);
}
