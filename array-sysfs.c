// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * array-sysfs.c - a snapshot of an array from sysfs alone: nothing is opened that only root
 * may open, and no array can come into being by it.  Uses the ports; must not print.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "array.h"
#include "blkdev.h"
#include "mapfile.h"
#include "sysfs.h"
#include "util.h"

#define SLOTS_MAX 4096
#define ATTR_TEXT 64
#define EXTERNAL "external:"

/* "" when there is none. */
static char *attr_text(int dir_fd, const char *attr, char out[ATTR_TEXT])
{
	if (sysfs_get(dir_fd, attr, out, ATTR_TEXT))
		out[0] = '\0';
	return out;
}

static uint64_t attr_number(int dir_fd, const char *attr)
{
	uint64_t v;

	return sysfs_get_u64(dir_fd, attr, &v) ? 0 : v;
}

/* --- members --- */

/* Is the word one of a list with commas? */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strncmp(list, word, n) == 0 && (!list[n] || list[n] == ','))
			return true;
	return false;
}

static void load_state(const char *state, struct md_disk *d)
{
	d->faulty = has_word(state, "faulty");
	d->sync = has_word(state, "in_sync");
	d->write_mostly = has_word(state, "write_mostly");
	d->failfast = has_word(state, "failfast");
	d->replacement = has_word(state, "replacement");
	d->journal = has_word(state, "journal");
	d->active = d->raid_disk >= 0 && !d->faulty;
}

static char *member_attr(int dir_fd, const char *kname, const char *attr, char out[ATTR_TEXT])
{
	char path[80];

	snprintf(path, sizeof(path), "dev-%s/%s", kname, attr);
	return attr_text(dir_fd, path, out);
}

static void add_member(struct array *a, int dir_fd, const char *kname, size_t *cap)
{
	struct array_member *m;
	char text[ATTR_TEXT];
	struct md_disk d = { .number = -1, .raid_disk = -1 };
	uint64_t slot;

	if (!sysfs_name_ok(kname) ||
	    sscanf(member_attr(dir_fd, kname, "block/dev", text), "%d:%d", &d.major, &d.minor) != 2)
		return;
	if (parse_u64(member_attr(dir_fd, kname, "slot", text), SLOTS_MAX, &slot) == 0)
		d.raid_disk = (int)slot;
	load_state(member_attr(dir_fd, kname, "state", text), &d);
	a->member = xgrow(a->member, cap, a->n_member, sizeof(*a->member));
	m = &a->member[a->n_member++];
	*m = (struct array_member){ .disk = d };
	copy_text(m->kname, sizeof(m->kname), kname);
	m->path = blk_name(makedev((unsigned)d.major, (unsigned)d.minor), NULL);
	if (m->path[0] != '/') {
		free(m->path);
		m->path = NULL;
	}
}

static int by_slot(const void *x, const void *y)
{
	const struct array_member *a = x, *b = y;
	unsigned one = (unsigned)a->disk.raid_disk, two = (unsigned)b->disk.raid_disk;

	return one != two ? (one > two) - (one < two) : strcmp(a->kname, b->kname);
}

static void load_members(struct array *a, int dir_fd)
{
	DIR *d = open_below(dir_fd, ".");
	struct dirent *e;
	size_t cap = 0;

	while (d && (e = readdir(d)))
		if (strncmp(e->d_name, "dev-", 4) == 0)
			add_member(a, dir_fd, e->d_name + 4, &cap);
	if (d)
		closedir(d);
	if (a->n_member)
		qsort(a->member, a->n_member, sizeof(*a->member), by_slot);
	a->n_total = (int)a->n_member;
}

/* --- the array --- */

/* An inactive array may have no level yet: "" becomes a level that does not exist. */
static void load_geometry(struct array *a, int dir_fd)
{
	char text[ATTR_TEXT];

	if (level_parse(attr_text(dir_fd, "level", text), &a->geo.level))
		a->geo.level = INT32_MIN;
	a->geo.layout = (uint32_t)attr_number(dir_fd, "layout");
	a->geo.chunk_sec = (uint32_t)(attr_number(dir_fd, "chunk_size") / SECTOR_BYTES);
	a->geo.raid_disks = (uint32_t)MIN(attr_number(dir_fd, "raid_disks"), SLOTS_MAX);
	a->geo.size_sec = 2 * attr_number(dir_fd, "component_size");
}

static void load_metadata(struct array *a, int dir_fd)
{
	char text[ATTR_TEXT];

	attr_text(dir_fd, "metadata_version", text);
	a->persistent = text[0] && strcmp(text, "none") != 0;
	if (strncmp(text, EXTERNAL, strlen(EXTERNAL)) == 0)
		copy_text(a->metadata, sizeof(a->metadata), text + strlen(EXTERNAL));
	else if (sscanf(text, "%d.%d", &a->major, &a->minor) != 2)
		a->major = a->minor = 0;
}

/* "1000 / 20352" sectors, or "none", "delayed". */
static void load_sync(struct array *a, int dir_fd)
{
	struct array_sync *s = &a->sync;
	unsigned long long done, all;
	char text[ATTR_TEXT];

	copy_text(s->action, sizeof(s->action), attr_text(dir_fd, "sync_action", text));
	attr_text(dir_fd, "resync_start", text);
	s->dirty = text[0] >= '0' && text[0] <= '9' && level_has_redundancy(a->geo.level);
	attr_text(dir_fd, "sync_completed", text);
	if (sscanf(text, "%llu / %llu", &done, &all) == 2 && all) {
		s->all_sec = all;
		s->done_sec = MIN(done, all);
	}
	s->speed_kib = attr_number(dir_fd, "sync_speed");
}

static int load_state_word(struct array *a, int dir_fd, struct err *err)
{
	char text[ATTR_TEXT];

	attr_text(dir_fd, "array_state", text);
	if (!text[0] || strcmp(text, "clear") == 0)
		return err_set(err, -ENODEV, "Array associated with md device %s does not exist.",
			       a->devnm);
	copy_text(a->state, sizeof(a->state), text);
	a->active = strcmp(text, "inactive") != 0;
	a->sync.readonly = !strcmp(text, "readonly") || !strcmp(text, "read-auto");
	a->sync.broken = strcmp(text, "broken") == 0;
	return 0;
}

int array_look(const char *devnm, const struct mdstat_entry *mdstat, struct array **out,
	       struct err *err)
{
	struct array *a cleanup(array_cleanup) = xcalloc(1, sizeof(*a));
	autoclose int dir_fd = sysfs_open_md(devnm);
	int rc;

	if (dir_fd < 0)
		return err_set(err, dir_fd, "cannot read the state of %s in /sys: %s", devnm,
			       error_text(-dir_fd));
	copy_text(a->devnm, sizeof(a->devnm), devnm);
	rc = load_state_word(a, dir_fd, err);
	if (rc)
		return rc;
	load_geometry(a, dir_fd);
	load_metadata(a, dir_fd);
	load_members(a, dir_fd);
	load_sync(a, dir_fd);
	a->status.percent = -1;
	if (mdstat)
		a->status = *mdstat;
	*out = steal(a);
	return 0;
}

/* --- questions --- */

bool array_is_container(const struct array *a)
{
	return a->metadata[0] && !strchr("/-", a->metadata[0]);
}

char *array_path(const struct map *map, const char *devnm)
{
	const struct map_entry *e = map_by_devnm(map, devnm);
	char now[33];
	struct stat st;

	if (e && stat(e->path, &st) == 0 && S_ISBLK(st.st_mode) &&
	    sysfs_md_devnm(st.st_rdev, now, sizeof(now)) == 0 && strcmp(now, devnm) == 0)
		return xstrdup(e->path);
	return xasprintf("/dev/%s", devnm);
}
