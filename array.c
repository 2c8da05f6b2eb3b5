// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * array.c - one snapshot of an array: what the ioctls, sysfs and /proc/mdstat say,
 * asked once and merged.  Uses the ports and the superlist; must not print, and must not
 * change anything.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "array.h"
#include "blkdev.h"
#include "sysfs.h"
#include "util.h"

#define MD_MAJOR 9
#define NUMBERS_MAX 4096         /* descriptor numbers of members stay below it */
#define SLOTS_MAX 4096
#define EXTERNAL "external:"

void array_free(struct array *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n_member; i++)
		free(a->member[i].path);
	free(a->member);
	free(a->bitmap_file);
	free(a);
}

void array_cleanup(struct array **a)
{
	array_free(*a);
}

/* --- which array --- */

/* By stat, not by open: to open the node of an array that does not exist makes one. */
int array_devnm(const char *path, char devnm[33], struct err *err)
{
	struct stat st;
	bool md;

	if (stat(path, &st) < 0)
		return err_set(err, -errno, "cannot open %s: %s", path, error_text(errno));
	md = S_ISBLK(st.st_mode) && major(st.st_rdev) == MD_MAJOR;
	if (md && blk_kname(st.st_rdev, devnm, 33) == 0)
		return 0;
	if (S_ISBLK(st.st_mode) && (sysfs_md_devnm(st.st_rdev, devnm, 33) == 0 ||
				    sysfs_md_of_partition(st.st_rdev, devnm, 33) == 0))
		return 0;
	if (md)
		return err_set(err, -ENODEV, "Array associated with md device %s does not exist.",
			       path);
	return err_set(err, -ENOTBLK, "%s does not appear to be an md device", path);
}

/* --- members --- */

static struct array_member *add_member(struct array *a, size_t *cap)
{
	struct array_member *m;

	a->member = xgrow(a->member, cap, a->n_member, sizeof(*a->member));
	m = &a->member[a->n_member++];
	memset(m, 0, sizeof(*m));
	return m;
}

static dev_t member_rdev(const struct array_member *m)
{
	return makedev((unsigned)m->disk.major, (unsigned)m->disk.minor);
}

static const char *find_kname(struct array_member *m)
{
	if (!m->kname[0] && blk_kname(member_rdev(m), m->kname, sizeof(m->kname)))
		m->kname[0] = '\0';
	return m->kname;
}

static void find_path(struct array_member *m, const char *prefer)
{
	m->path = blk_path(member_rdev(m), find_kname(m), prefer);
	if (m->path[0] != '/') {
		free(m->path);
		m->path = NULL;
	}
}

/* Numbers may have gaps, so ask upwards until all members have answered. */
static void load_members(struct array *a, int fd)
{
	size_t cap = 0;
	int found = 0;

	for (int number = 0; found < a->info.nr_disks && number < NUMBERS_MAX; number++) {
		struct md_disk d = { .number = number };

		if (md_get_disk(fd, &d) || (!d.major && !d.minor))
			continue;
		found++;
		if (d.journal)
			d.raid_disk = -1; /* the driver says 0 */
		add_member(a, &cap)->disk = d;
	}
}

static struct array_member *member_by_kname(struct array *a, const char *kname)
{
	for (size_t i = 0; i < a->n_member; i++) {
		struct array_member *m = &a->member[i];

		if (strcmp(find_kname(m), kname) == 0)
			return m;
	}
	return NULL;
}

/* A member of an inactive array has no number yet, only a device. */
static void add_inactive(struct array *a, int dir_fd, const char *kname, size_t *cap)
{
	char attr[64], text[32];
	struct array_member *m;
	int ma, mi;

	if (!sysfs_name_ok(kname))
		return;
	snprintf(attr, sizeof(attr), "dev-%s/block/dev", kname);
	if (sysfs_get(dir_fd, attr, text, sizeof(text)) || sscanf(text, "%d:%d", &ma, &mi) != 2)
		return;
	m = add_member(a, cap);
	copy_text(m->kname, sizeof(m->kname), kname);
	m->disk = (struct md_disk){ .number = -1, .major = ma, .minor = mi, .raid_disk = -1 };
}

/*
 * The dev-NAME entries.  Of an inactive array they are the only list of members; of an
 * active one only their order is of interest.
 */
static void list_members(struct array *a, int dir_fd)
{
	_Alignas(struct dirent64) char entries[4096];
	unsigned place = 0;
	size_t cap = 0;
	ssize_t n;

	while ((n = getdents64(dir_fd, (struct dirent64 *)entries, sizeof(entries))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *e = (const struct dirent64 *)(entries + at);
			struct array_member *m;

			at += e->d_reclen;
			if (strncmp(e->d_name, "dev-", 4) != 0)
				continue;
			if (!a->active)
				add_inactive(a, dir_fd, e->d_name + 4, &cap);
			m = member_by_kname(a, e->d_name + 4);
			if (m)
				m->listed = place++;
		}
}

/*
 * The member whose attributes are in dev-KNAME.  Its device has left the machine, so only its place in the array
 * tells which it is; of two that have failed, or are spares, either will do.
 */
static struct array_member *member_gone(struct array *a, int dir_fd, const char *kname)
{
	char attr[64], slot[20] = "", state[100] = "", number[20];
	bool sync, faulty, journal;

	snprintf(attr, sizeof(attr), "dev-%s/slot", kname);
	sysfs_get(dir_fd, attr, slot, sizeof(slot));
	snprintf(attr, sizeof(attr), "dev-%s/state", kname);
	sysfs_get(dir_fd, attr, state, sizeof(state));
	sync = strstr(state, "in_sync");
	faulty = strstr(state, "faulty");
	journal = strstr(state, "journal");
	for (size_t i = 0; i < a->n_member; i++) {
		struct array_member *m = &a->member[i];

		if (m->kname[0] || m->disk.faulty != faulty || m->disk.journal != journal)
			continue;
		snprintf(number, sizeof(number), m->disk.raid_disk < 0 ? "none" : "%d", m->disk.raid_disk);
		if (faulty || journal || (m->disk.sync == sync && !strcmp(slot, number)))
			return m;
	}
	return NULL;
}

static bool has_device(int dir_fd, const char *kname)
{
	char attr[64], text[32];

	snprintf(attr, sizeof(attr), "dev-%s/block/dev", kname);
	return !sysfs_get(dir_fd, attr, text, sizeof(text));
}

/* The other members have their names by now. */
static void find_gone(struct array *a, int dir_fd)
{
	DIR *d = open_below(dir_fd, ".");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		const char *kname = e->d_name + 4;
		struct array_member *m;

		if (strncmp(e->d_name, "dev-", 4) != 0 || !sysfs_name_ok(kname) || has_device(dir_fd, kname))
			continue;
		m = member_gone(a, dir_fd, kname);
		if (!m)
			continue;
		m->gone = true;
		copy_text(m->kname, sizeof(m->kname), kname);
	}
	if (d)
		closedir(d);
}

/* --- state --- */

/* "1.2", "none", "external:imsm". */
static void load_version(struct array *a, int dir_fd)
{
	char text[sizeof(a->metadata)];

	if (sysfs_get(dir_fd, "metadata_version", text, sizeof(text)))
		return;
	a->persistent = strcmp(text, "none") != 0;
	if (strncmp(text, EXTERNAL, strlen(EXTERNAL)) == 0)
		copy_text(a->metadata, sizeof(a->metadata), text + strlen(EXTERNAL));
	else if (sscanf(text, "%d.%d", &a->major, &a->minor) != 2)
		a->major = a->minor = 0;
}

/* While an array is reshaped these attributes read "new (old)". */
static uint32_t old_value(int dir_fd, const char *attr, uint32_t now)
{
	char text[64];
	uint32_t before;

	if (sysfs_get(dir_fd, attr, text, sizeof(text)) ||
	    sscanf(text, "%*u (%u)", &before) != 1)
		return now;
	return before;
}

static void load_reshape(struct array *a, int dir_fd)
{
	a->old_raid_disks = old_value(dir_fd, "raid_disks", a->geo.raid_disks);
	a->old_layout = old_value(dir_fd, "layout", a->geo.layout);
	a->old_chunk_sec = old_value(dir_fd, "chunk_size", a->geo.chunk_sec * 512) / 512;
}

static void load_status(struct array *a, int dir_fd)
{
	struct mdstat m cleanup(mdstat_free) = { 0 };
	const struct mdstat_entry *e;

	a->status.percent = -1;
	if (mdstat_read(&m, NULL) == 0) {
		e = mdstat_find(&m, a->devnm);
		if (e)
			a->status = *e;
	}
	if (sysfs_get(dir_fd, "consistency_policy", a->policy, sizeof(a->policy)))
		a->policy[0] = '\0';
	if (!level_has_redundancy(a->geo.level) &&
	    sysfs_get(dir_fd, "array_state", a->state, sizeof(a->state)))
		a->state[0] = '\0';
	if (a->status.activity == MDSTAT_RESHAPE)
		load_reshape(a, dir_fd);
}

/* The ioctl counts KiB in an int; what does not fit is in sysfs. */
static uint64_t component_sec(const struct array *a, int dir_fd)
{
	uint64_t kib;

	if (a->info.size_kib > 0)
		return (uint64_t)a->info.size_kib * 2;
	if (a->info.level < 1 || sysfs_get_u64(dir_fd, "component_size", &kib))
		return 0;
	return kib * 2;
}

static void load_active(struct array *a, int dir_fd)
{
	a->active = true;
	a->persistent = !a->info.not_persistent;
	a->major = a->info.major_version;
	a->minor = a->info.minor_version;
	a->n_total = a->info.nr_disks;
	a->geo = (struct geometry){
		.level = a->info.level,
		.layout = (uint32_t)a->info.layout,
		.chunk_sec = a->info.chunk_bytes / 512,
		.raid_disks = (uint32_t)MIN(MAX(a->info.raid_disks, 0), SLOTS_MAX),
		.size_sec = component_sec(a, dir_fd),
	};
	/* the ioctl cannot say "external" */
	if (a->major < 0 || a->info.not_persistent)
		load_version(a, dir_fd);
}

static void load_bitmap_file(struct array *a, int fd)
{
	char path[MD_FILE_BYTES];

	if (!a->info.bitmap_present && level_has_redundancy(a->geo.level) && !md_bitmap_file(fd, path) && path[0])
		a->bitmap_file = xstrdup(path);
}

/* "clear" is a device of the driver without an array on it. */
static bool is_clear(int dir_fd)
{
	char state[20];

	return sysfs_get(dir_fd, "array_state", state, sizeof(state)) ||
	       strcmp(state, "clear") == 0;
}

static int load_inactive(struct array *a, const char *path, int dir_fd, struct err *err)
{
	if (is_clear(dir_fd))
		return err_set(err, -ENODEV, "Array associated with md device %s does not exist.",
			       path);
	load_version(a, dir_fd);
	list_members(a, dir_fd);
	a->n_total = (int)a->n_member;
	return 0;
}

/* No array at all, or one that does not run yet? */
static bool is_inactive(const struct array *a, int rc)
{
	return rc == -ENODEV || (!rc && a->info.nr_disks == 0 && a->info.raid_disks == 0);
}

/* The ioctls say enough for a line about most arrays. */
static bool needs_attributes(const struct array *a, bool inactive, unsigned want)
{
	return inactive || want & (ARRAY_STATUS | ARRAY_LISTED) || a->info.size_kib <= 0 ||
	       a->info.major_version < 0 || a->info.not_persistent;
}

static int load(struct array *a, struct blkdev *b, unsigned want, struct err *err)
{
	int rc = md_get_array(b->fd, &a->info);
	bool inactive = is_inactive(a, rc);
	autoclose int dir_fd = -1;

	if (rc && !inactive)
		return err_set(err, rc, "cannot get array detail for %s: %s", b->path,
			       error_text(-rc));
	if (needs_attributes(a, inactive, want)) {
		dir_fd = sysfs_open_md(a->devnm);
		if (dir_fd < 0)
			return err_set(err, dir_fd, "cannot read the state of %s in /sys: %s",
				       b->path, error_text(-dir_fd));
	}
	if (inactive)
		return load_inactive(a, b->path, dir_fd, err);
	a->size_sec = b->size_sec;
	load_active(a, dir_fd);
	load_bitmap_file(a, b->fd);
	if (want & ARRAY_STATUS)
		load_status(a, dir_fd);
	if (want & ARRAY_MEMBERS)
		load_members(a, b->fd);
	if (want & ARRAY_LISTED)
		list_members(a, dir_fd);
	if (want & ARRAY_GONE)
		find_gone(a, dir_fd);
	return 0;
}

int array_load(const char *path, unsigned want, const char *prefer, struct array **out,
	       struct err *err)
{
	struct array *a cleanup(array_cleanup) = xcalloc(1, sizeof(*a));
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	int rc = array_devnm(path, a->devnm, err);

	if (!rc)
		rc = blk_open(path, BLK_READ_NODE, &b, err);
	if (!rc)
		rc = load(a, b, want, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < a->n_member && !(want & ARRAY_PATHLESS); i++)
		if (!a->member[i].gone)
			find_path(&a->member[i], prefer);
	*out = steal(a);
	return 0;
}

/* --- questions --- */

unsigned array_slots(const struct array *a, bool *have)
{
	unsigned n = 0;

	memset(have, 0, a->geo.raid_disks * sizeof(*have));
	for (size_t i = 0; i < a->n_member; i++) {
		const struct md_disk *d = &a->member[i].disk;

		if (d->raid_disk < 0 || (uint32_t)d->raid_disk >= a->geo.raid_disks ||
		    !d->sync || d->faulty || have[d->raid_disk])
			continue;
		have[d->raid_disk] = true;
		n++;
	}
	return n;
}

static int load_from(const struct array *a, const struct array_member *m, struct super **out)
{
	autofree char *path = m->path ? xstrdup(m->path) : blk_name(member_rdev(m), NULL);
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct super *s cleanup(super_cleanup) = NULL;
	const struct superswitch *fmt;
	char word[32];
	int minor;

	snprintf(word, sizeof(word), "%d.%d", a->major, a->minor);
	fmt = super_match(word, &minor);
	if (!fmt || *path != '/' || blk_open(path, BLK_READ_NODE, &b, NULL) ||
	    super_load(b, fmt, minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, NULL))
		return SUPER_ABSENT;
	*out = steal(s);
	return 0;
}

int array_load_super(const struct array *a, struct super **out)
{
	if (!a->persistent || a->metadata[0])
		return SUPER_ABSENT;
	for (size_t i = 0; i < a->n_member; i++) {
		const struct array_member *m = &a->member[i];

		if (!m->disk.faulty && load_from(a, m, out) == 0)
			return 0;
	}
	return SUPER_ABSENT;
}
