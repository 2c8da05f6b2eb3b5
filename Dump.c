// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dump.c - --dump and --restore: what of a device is metadata, in a sparse file of the device's
 * size, and back.  Prints; what it changes are steps of a plan.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "Dump.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "super.h"
#include "util.h"

#define BY_ID "/dev/disk/by-id"
#define AREA_MAX_BYTES (256u << 20)

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Calls for each name of the device in /dev/disk/by-id, in their order. */
static void each_id(dev_t rdev, void (*each)(void *arg, const char *name), void *arg)
{
	autoclose int dir = open(BY_ID, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list = NULL;
	int n = dir < 0 || !rdev ? 0 : scandir(BY_ID, &list, NULL, alphasort);
	struct stat st;

	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.' && !fstatat(dir, list[i]->d_name, &st, 0) &&
		    S_ISBLK(st.st_mode) && st.st_rdev == rdev)
			each(arg, list[i]->d_name);
		free(list[i]);
	}
	free(list);
}

/* --- dump --- */

struct links {
	const struct request *req;
	struct plan *told;       /* of a dry run */
	const char *dir, *file, *device;
};

/* A name that cannot be had takes nothing from the file. */
static void add_link(void *arg, const char *name)
{
	struct links *l = arg;
	struct plan *p cleanup(plan_cleanup) = plan_new();
	char *link autofree = xasprintf("%s/%s", l->dir, name);
	struct err err;

	if (strcmp(link, l->file) == 0)
		return;
	plan_link_file(l->req->dry_run ? l->told : p, l->file, link);
	if (l->req->dry_run)
		return;
	if (plan_run(p, &err))
		say_error("Could not save %s as %s!!\n%s", l->device, link, err.text);
	else
		printf("%s also saved as %s.\n", l->device, link);
}

static int open_failed(const char *path, const char *why, int rc)
{
	say_error("Cannot open %s to %s metadata: %s", path, why, error_text(-rc));
	return STATUS_FAILED;
}

int Dump(const char *path, const struct dump_options *o)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(o->req);
	char *file autofree = xasprintf("%s/%s", o->place, base_name(path));
	char *title autofree = xasprintf("save the metadata of %s", path);
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct super *s cleanup(super_cleanup) = NULL;
	struct links links = { o->req, p, o->place, file, path };
	struct super_area area[SUPER_AREAS];
	struct err err;
	int rc;

	if (!is_directory(o->place)) {
		say_error("--dump requires an existing directory, not: %s", o->place);
		return STATUS_END;
	}
	rc = blk_open(path, BLK_READ, &b, &err);
	if (rc)
		return open_failed(path, "dump", rc);
	rc = super_load(b, o->fmt, o->minor, LOAD_IGNORE_SIZE | LOAD_ANY_SHAPE, &s, &err);
	if (rc == SUPER_ABSENT) {
		say_error("Cannot find RAID metadata on %s", path);
		return STATUS_FAILED;
	}
	if (rc) {
		say_error("Failed to copy metadata from %s to %s\n%s", path, file, err.text);
		return STATUS_FAILED;
	}
	plan_save_areas(p, b, area, s->fmt->areas(s, area), file);
	rc = plan_run(p, &err);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!o->req->dry_run)
		printf("%s saved as %s.\n", path, file);
	each_id(b->rdev, add_link, &links);
	mode_tell_plan(o->req, p, title);
	return STATUS_OK;
}

/* --- restore --- */

struct source {
	const char *dir;
	char *file;              /* the first that is there; */
	struct stat st;
	char *other;             /* and one that is not the same */
};

static void add_source(void *arg, const char *name)
{
	struct source *s = arg;
	char *file = xasprintf("%s/%s", s->dir, name);
	struct stat st;

	if (stat(file, &st) || !S_ISREG(st.st_mode)) {
		free(file);
		return;
	}
	if (!s->file) {
		s->file = file;
		s->st = st;
		return;
	}
	if (s->st.st_dev == st.st_dev && s->st.st_ino == st.st_ino) {
		free(file);
		return;
	}
	free(s->other);
	s->other = file;
}

/*
 * The file of the directory that has a name of the device.  NULL: none, or it is not clear which.
 */
static char *find_source(const char *dir, const struct blkdev *b)
{
	struct source s = { .dir = dir };

	add_source(&s, base_name(b->path));
	each_id(b->rdev, add_source, &s);
	if (!s.file)
		say_error("Cannot find suitable file in %s for %s", dir, b->path);
	if (s.other) {
		say_error("Both %s and %s seem suitable for %s.  Please choose one.", s.file, s.other,
			  b->path);
		free(steal(s.file));
	}
	free(s.other);
	return s.file;
}

/* What is on the device now may be somebody else's. */
static int check_present(struct blkdev *b, const struct super *new, bool force)
{
	struct super *now cleanup(super_cleanup) = NULL;
	const char *difference;
	struct err err;

	if (force || super_load(b, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &now, &err))
		return 0;
	difference = super_difference(now, new);
	if (!difference)
		return 0;
	say_error("%s has the metadata of another array now (other %s) - cannot restore.\n"
		  "--force restores all the same", b->path, difference);
	return -EEXIST;
}

static int plan_area(struct plan *p, const char *path, struct blkdev *from,
		     const struct super_area *a, struct err *err)
{
	uint8_t *bytes autofree = NULL;
	int rc;

	if (a->len > AREA_MAX_BYTES)
		return err_set(err, -EFBIG, "%s: a bitmap of %llu bytes is too large to be restored",
			       from->path, (unsigned long long)a->len);
	bytes = xcalloc(1, a->len);
	rc = blk_read(from, a->at, bytes, a->len, err);
	if (!rc)
		plan_write(p, path, a->at, bytes, a->len);
	return rc;
}

/* What the superblock leads to first. */
static int plan_areas(struct plan *p, const char *path, struct blkdev *from, const struct super *s,
		      struct err *err)
{
	struct super_area area[SUPER_AREAS];
	size_t n = s->fmt->areas(s, area);
	int rc = 0;

	while (!rc && n)
		rc = plan_area(p, path, from, &area[--n], err);
	return rc;
}

static int restore(struct blkdev *b, struct blkdev *from, const struct super *s,
		   const struct dump_options *o, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(o->req);
	char *command autofree = xasprintf("--restore=%s %s", from->path, b->path);
	char *title autofree = xasprintf("restore the metadata of %s", b->path);
	const struct blk_id id = blk_identify(b);
	char kname[64];
	int rc = o->req->force ? 0 : mode_check_file(b, err);

	if (rc)
		return rc;
	if (blk_kname(b->rdev, kname, sizeof(kname)))
		copy_text(kname, sizeof(kname), "device");
	plan_claim(p, b->path, &id, o->req->force);
	plan_keep_undo(p, o->req->undo_dir, command, kname);
	rc = plan_areas(p, b->path, from, s, err);
	plan_release_all(p);
	if (!rc)
		rc = plan_run(p, err);
	if (rc)
		return rc;
	if (!o->req->dry_run)
		printf("%s restored from %s.\n", b->path, from->path);
	mode_tell_plan(o->req, p, title);
	mode_tell_undo(p);
	return 0;
}

static int load_source(const char *file, const struct blkdev *b, struct blkdev **from,
		       struct super **s)
{
	struct err err;
	int rc = blk_open(file, BLK_READ, from, &err);

	if (rc) {
		say_error("Cannot open %s to restore from: %s", file, error_text(-rc));
		return rc;
	}
	if ((*from)->size_sec != b->size_sec || (*from)->tail_bytes != b->tail_bytes) {
		say_error("%s is not the same size as %s - cannot restore.", file, b->path);
		return -EINVAL;
	}
	rc = super_load(*from, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_ANY_SHAPE, s, &err);
	if (rc)
		say_error("Cannot find metadata on %s%s%s", file, rc < 0 ? "\n" : "",
			  rc < 0 ? err.text : "");
	return rc;
}

/* 0, or the status that ends the whole. */
static int check_place(const struct dump_options *o, bool directory)
{
	struct stat st;

	if (stat(o->place, &st)) {
		say_error("%s does not exist: cannot restore from there.", o->place);
		return STATUS_END;
	}
	if (!directory && o->req->n_dev > 1) {
		say_error("--restore requires a directory when multiple devices given");
		return STATUS_END;
	}
	return 0;
}

int Restore(const char *path, const struct dump_options *o)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL, *from cleanup(blk_cleanup) = NULL;
	struct super *s cleanup(super_cleanup) = NULL;
	const bool directory = is_directory(o->place);
	char *file autofree = NULL;
	struct err err;
	int rc = check_place(o, directory);

	if (rc)
		return rc;
	rc = blk_open(path, BLK_READ, &b, &err);
	if (rc)
		return open_failed(path, "restore", rc);
	file = directory ? find_source(o->place, b) : xstrdup(o->place);
	if (!file || load_source(file, b, &from, &s) || check_present(b, s, o->req->force))
		return STATUS_FAILED;
	if (restore(b, from, s, o, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}
