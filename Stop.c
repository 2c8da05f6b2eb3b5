// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stop.c - --stop: one array, many, or all of them.  Makes sure that nobody uses the
 * array, then runs a plan: STOP_ARRAY, the map's line, the link.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "Stop.h"
#include "blkdev.h"
#include "devnode.h"
#include "mapfile.h"
#include "mdstat.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* "md127", as /proc/mdstat has it, means the array and not a file of that name. */
static bool is_kernel_name(const char *path)
{
	int dir autoclose = strchr(path, '/') ? -1 : sysfs_open_md(path);

	return dir >= 0;
}

static int find_array(const char *path, dev_t *rdev, char devnm[33], struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return err_set(err, -errno, "error opening %s: %s", path, strerror(errno));
	if (!S_ISBLK(st.st_mode) || sysfs_md_devnm(st.st_rdev, devnm, 33))
		return err_set(err, -ENOTBLK, "%s does not appear to be an md device", path);
	*rdev = st.st_rdev;
	return 0;
}

/* A dry run makes no node of its own. */
static int try_open(const struct request *r, const char *path, dev_t rdev, bool patient,
		    struct err *err)
{
	const int flags = O_RDONLY | O_EXCL;
	int fd;

	if (!r->dry_run)
		return devnode_open(rdev, flags, patient, err);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? err_set(err, -errno, "cannot open %s: %s", path, strerror(errno)) : fd;
}

/* Alone, so that a file system or a volume group on it is not pulled away. */
static int open_alone(const struct request *r, const char *path, dev_t rdev, struct err *err)
{
	char why[600];
	int fd = try_open(r, path, rdev, false, err);
	bool held = fd == -EBUSY && blk_holder(rdev, why, sizeof(why));

	/* a holder that has a name stays; anybody else is udev, and soon gone */
	if (fd == -EBUSY && !held)
		fd = try_open(r, path, rdev, true, err);
	if (fd != -EBUSY)
		return fd;
	held = blk_busy_reason(rdev, why, sizeof(why));
	return err_set(err, -EBUSY, "Cannot get exclusive access to %s:Perhaps a running process, "
		       "mounted filesystem or active volume group?%s%s", path, held ? "\n" : "",
		       held ? why : "");
}

/*
 * The map is locked before the array goes, so that nobody's new line for the number is taken for
 * the old one.  But a map that cannot be had keeps no array running.
 */
static bool lock_map(struct plan *p)
{
	struct err err;

	plan_lock_map_if_usable(p);
	if (plan_run(p, &err) == 0)
		return true;
	say_err(&err);
	return false;
}

/* path: what the array is called in messages. */
static int stop(const struct request *r, const char *path, const char *devnm, dev_t rdev,
		struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(r);
	char *title autofree = xasprintf("stop %s", path);
	char link[sizeof(((struct map_entry *)0)->path)];
	int fd = open_alone(r, path, rdev, err);
	bool locked;
	int rc;

	if (fd < 0)
		return fd;
	/* so that its link can go too */
	map_known_path(devnm, link, sizeof(link));
	locked = lock_map(p);
	plan_stop_array(p, fd, path);
	if (locked)
		plan_map_remove(p, devnm);
	rc = plan_run(p, err);
	if (rc)
		return rc;
	mode_tell_plan(r, p, title);
	if (plan_map_failure(p)->text[0])
		say_verbose("%s", plan_map_failure(p)->text);
	if (r->dry_run)
		return 0;
	devnode_forget(devnm, link);
	return 0;
}

int Stop(const char *path, const struct request *r)
{
	char *node autofree = xasprintf("%s%s", is_kernel_name(path) ? "/dev/" : "", path);
	char devnm[33];
	dev_t rdev = 0;
	struct err err;
	int rc = find_array(node, &rdev, devnm, &err);

	if (!rc)
		rc = stop(r, node, devnm, rdev, &err);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!r->dry_run)
		say_note("stopped %s", path);
	return STATUS_OK;
}

/* An array without a node in /dev is stopped by its number all the same. */
static int stop_listed(const struct request *r, const char *devnm, bool complain)
{
	char path[sizeof(((struct map_entry *)0)->path)];
	dev_t rdev = 0;
	struct err err;
	int rc = sysfs_devnm_rdev(devnm, &rdev);

	map_known_path(devnm, path, sizeof(path));
	if (!*path)
		snprintf(path, sizeof(path), "/dev/%s", devnm);
	if (rc)
		err_set(&err, rc, "%s has gone: %s", path, strerror(-rc));
	else
		rc = stop(r, path, devnm, rdev, &err);
	if (rc && complain)
		say_err(&err);
	if (!rc && !r->dry_run)
		say_verbose("stopped %s", path);
	return rc;
}

/* One round over all arrays; complaints only in the last one. */
static size_t stop_round(const struct request *r, const struct mdstat *arrays, bool complain)
{
	size_t stopped = 0;

	for (size_t i = 0; i < arrays->n; i++)
		stopped += stop_listed(r, arrays->entry[i].devnm, complain) == 0;
	return stopped;
}

/* An array may lie on others: each round frees those below. */
int Stop_all(const struct request *r)
{
	bool last = false;

	for (;;) {
		struct mdstat arrays;
		struct err err;
		size_t stopped, n;

		if (mdstat_read(&arrays, &err)) {
			say_err(&err);
			return STATUS_FAILED;
		}
		n = arrays.n;
		stopped = stop_round(r, &arrays, last);
		mdstat_free(&arrays);
		if (stopped == n || r->dry_run)
			return STATUS_OK;
		if (last && !stopped)
			return STATUS_FAILED;
		last = !stopped;
	}
}
