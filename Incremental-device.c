// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Incremental-device.c - the device that appeared: whether it may be taken, and what is on it.
 * Part of the mode --incremental: it says why not.  Changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "Incremental.h"
#include "policy.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* Every name that udev gives it counts, not only the first. */
static bool is_allowed(const struct incremental *i)
{
	const struct request *r = i->req;
	const char **name autofree = xcalloc(r->n_dev, sizeof(*name));

	for (size_t k = 0; k < r->n_dev; k++)
		name[k] = r->dev[k].name;
	return config_device_allowed(&i->conf, name, r->n_dev, i->rdev);
}

static int check_device(struct incremental *i)
{
	struct stat st;

	if (stat(i->path, &st) < 0) {
		say_error("stat failed for %s: %s", i->path, error_text(errno));
		return STATUS_FAILED;
	}
	if (!S_ISBLK(st.st_mode)) {
		say_error("%s is not a block device.", i->path);
		return STATUS_FAILED;
	}
	i->rdev = st.st_rdev;
	if (is_allowed(i))
		return 0;
	say_note("%s not permitted by mdadm.conf.", i->path);
	return STATUS_FAILED;
}

/* What policy would do with it if this version could add spares. */
static bool would_be_spare(const struct incremental *i)
{
	struct policy_disk disk cleanup(policy_disk_free) = { .part = false };
	struct config_list domains cleanup(policy_domains_free) = { .n = 0 };
	static const char *const format[] = { "1.x", "0.90" };
	bool any = false;

	if (!i->conf.n_rule)
		return false;
	policy_disk_load(i->rdev, &disk);
	for (size_t k = 0; k < ARRAY_SIZE(format) && !any; k++) {
		policy_domains(&i->conf, &disk, format[k], &domains);
		any = domains.n && policy_allows(policy_action(&i->conf, &disk, format[k]),
						 POLICY_SPARE);
		policy_domains_free(&domains);
	}
	return any;
}

static int refuse_unusable(const struct incremental *i)
{
	if (i->dev.rc < 0)
		say_error("%s", i->dev.why.text);
	else if (would_be_spare(i))
		say_note("no recognisable superblock on %s.\npolicy allows it to become a spare, but "
			 "adding spares is not available in this version", i->path);
	else
		say_note("no recognisable superblock on %s.", i->path);
	return STATUS_FAILED;
}

static bool auto_allowed(const struct incremental *i)
{
	struct policy_disk disk cleanup(policy_disk_free) = { .part = false };
	const bool local = i->listed.trust == TRUST_HOME;

	if (!i->conf.n_rule)
		return policy_auto_allows(&i->conf, NULL, i->dev.super->fmt->name, local);
	policy_disk_load(i->rdev, &disk);
	return policy_auto_allows(&i->conf, &disk, i->dev.super->fmt->name, local);
}

static const char *line_name(const struct config_array *line)
{
	return line->name ? line->name : "an ARRAY line without a name";
}

static int refuse_ambiguous(const struct listed *l)
{
	say_note("we match both %s and %s - cannot decide which to use.", line_name(l->line),
		 line_name(l->other));
	return STATUS_USAGE;
}

/* Arrays that the configuration names are not subject to AUTO. */
static int check_configuration(struct incremental *i)
{
	const struct listed *l = &i->listed;

	listed_find(&i->conf, i->homehost, i->not_required, &i->dev, &i->listed);
	if (l->match == CONFIG_AMBIGUOUS)
		return refuse_ambiguous(l);
	if (l->line && l->line->ignore) {
		say_note("array containing %s is explicitly ignored by mdadm.conf", i->path);
		return STATUS_FAILED;
	}
	if (l->match == CONFIG_NO_LINE && !auto_allowed(i)) {
		say_verbose("%s has metadata type %s for which auto-assembly is disabled", i->path,
			    i->dev.super->fmt->name);
		return STATUS_FAILED;
	}
	return 0;
}

static bool read_sec(int dir, const char *part, const char *attr, uint64_t *sec)
{
	autofree char *path = xasprintf("%s/%s", part, attr);

	return sysfs_get_u64(dir, path, sec) == 0;
}

/* Does the superblock lie in that partition, and what it speaks of too? */
static bool is_of_partition(const struct incremental *i, int dir, const char *part)
{
	const struct member *m = &i->dev;
	uint64_t place = m->super->fmt->place_sec(m->super->minor, m->dev_sec), start, size, n;

	return sysfs_name_ok(part) && read_sec(dir, part, "partition", &n) &&
	       read_sec(dir, part, "start", &start) && read_sec(dir, part, "size", &size) &&
	       place >= start && place - start < size && m->array.geo.size_sec &&
	       m->array.geo.size_sec <= place - start &&
	       m->super->fmt->place_sec(m->super->minor, size) == place - start;
}

/*
 * A superblock of 0.90 lies at the end and does not say of what: that of a partition that ends with its
 * disk seems to be the disk's.  Taken for that, all its data would be found in the wrong place.
 */
static int check_partitions(const struct incremental *i)
{
	autofree char *path = xasprintf("/sys/dev/block/%u:%u", major(i->rdev), minor(i->rdev));
	DIR *d = i->dev.super->fmt->records_data_offset ? NULL : opendir(path);
	struct dirent *e;
	int status = 0;

	while (d && !status && (e = readdir(d)))
		if (is_of_partition(i, dirfd(d), e->d_name)) {
			say_note("%s: the superblock is that of its partition %s, which is to be "
				 "added instead", i->path, e->d_name);
			status = STATUS_FAILED;
		}
	if (d)
		closedir(d);
	return status;
}

int incremental_look(struct incremental *i)
{
	int status = check_device(i);

	if (status)
		return status;
	member_probe_alone(&i->dev, (char *)i->path, i->fmt, i->minor, 0);
	if (i->dev.rc)
		return refuse_unusable(i);
	i->format = i->dev.super->fmt->name;
	i->map_uuid = i->dev.super->fmt->map_uuid(i->dev.super);
	status = check_partitions(i);
	return status ? status : check_configuration(i);
}

bool incremental_may_re_add(const struct incremental *i, dev_t rdev)
{
	struct policy_disk disk cleanup(policy_disk_free) = { .part = false };

	if (i->req->run)
		return true;
	if (!i->conf.n_rule)
		return false;
	policy_disk_load(rdev, &disk);
	return policy_allows(policy_action(&i->conf, &disk, i->format), POLICY_RE_ADD);
}
