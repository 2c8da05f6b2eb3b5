// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-save.c - the steps that save the metadata of a device in a file, and give that more names.
 * Part of plan.c.  Writes no device.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plan-step.h"
#include "util.h"

#define COPY_BYTES 65536
#define LOCK_DEADLINE_MS 5000

void plan_save_areas(struct plan *p, struct blkdev *b, const struct super_area *area, size_t n,
		     const char *file)
{
	struct step *s = step_append(p, &kind_save_areas, file, NULL);

	s->from = b;
	s->n_area = MIN(n, (size_t)SUPER_AREAS);
	memcpy(s->area, area, s->n_area * sizeof(*area));
}

void plan_link_file(struct plan *p, const char *file, const char *name)
{
	step_append(p, &kind_link_file, file, NULL)->hint = xstrdup(name);
}

static int copy_area(struct step *s, const struct super_area *a, int fd, struct err *err)
{
	uint8_t *bytes autofree = xcalloc(1, COPY_BYTES);

	for (uint64_t done = 0; done < a->len;) {
		size_t n = (size_t)MIN(a->len - done, (uint64_t)COPY_BYTES);
		int rc = blk_read(s->from, a->at + done, bytes, n, err);

		if (rc)
			return rc;
		if (lseek(fd, (off_t)(a->at + done), SEEK_SET) < 0)
			return err_set(err, -errno, "cannot write %s: %s", s->path, error_text(errno));
		rc = write_all(fd, bytes, n);
		if (rc)
			return err_set(err, rc, "cannot write %s: %s", s->path, error_text(-rc));
		done += n;
	}
	return 0;
}

/* The superblock last: without it, what is left of a file is not taken for one. */
static int fill(struct step *s, int fd, struct err *err)
{
	const uint64_t size = s->from->size_sec * SECTOR_BYTES + s->from->tail_bytes;

	if (ftruncate(fd, (off_t)size) < 0)
		return err_set(err, -errno, "cannot make %s as large as %s: %s", s->path, s->from->path,
			       error_text(errno));
	for (size_t i = s->n_area; i-- > 0;) {
		int rc = copy_area(s, &s->area[i], fd, err);

		if (rc)
			return rc;
	}
	return fsync(fd) < 0 ? err_set(err, -errno, "cannot write %s: %s", s->path, error_text(errno)) : 0;
}

/*
 * What is written has no name until it is whole, so that death leaves nothing.  Where a file system cannot do that
 * (O_TMPFILE) it has another name, which --restore never looks for and the next --dump removes; the lock of the
 * directory tells that nobody is at work on it.
 */
struct fresh {
	int dir_fd, fd;
	char *name;              /* NULL: it has none */
};

static void fresh_close(struct fresh *f)
{
	if (f->name)
		remove_file(f->dir_fd, f->name);
	free(f->name);
	close_fd(&f->fd);
	close_fd(&f->dir_fd);
}

static int try_lock(void *dir_fd)
{
	if (flock(*(int *)dir_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

static int open_named(struct fresh *f, const char *name)
{
	char *fresh autofree = xasprintf(".%.200s.mdadm-new", name);
	int rc = retry_busy(try_lock, &f->dir_fd, LOCK_DEADLINE_MS) ?: remove_file(f->dir_fd, fresh);

	if (rc)
		return rc;
	f->fd = openat(f->dir_fd, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (f->fd < 0)
		return -errno;
	f->name = steal(fresh);
	return 0;
}

static int fresh_open(const char *dir, const char *name, struct fresh *f)
{
	struct stat st;

	f->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd < 0)
		return -errno;
	if (fstatat(f->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	f->fd = openat(f->dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	return f->fd < 0 ? open_named(f, name) : 0;
}

/* Never over a file that has come meanwhile. */
static int fresh_name(struct fresh *f, const char *name)
{
	char self[40];

	if (f->name) {
		/* not every file system knows both ways */
		if (syscall(SYS_renameat2, f->dir_fd, f->name, f->dir_fd, name, RENAME_NOREPLACE) &&
		    ((errno != EINVAL && errno != ENOSYS) || linkat(f->dir_fd, f->name, f->dir_fd, name, 0)))
			return -errno;
		return 0;
	}
	/* the first asks for a right that root in a container has not */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	if (linkat(f->fd, "", f->dir_fd, name, AT_EMPTY_PATH) &&
	    (errno != ENOENT || linkat(AT_FDCWD, self, f->dir_fd, name, AT_SYMLINK_FOLLOW)))
		return -errno;
	return 0;
}

static int run_save(struct plan *p, struct step *s, struct err *err)
{
	struct fresh f cleanup(fresh_close) = { .dir_fd = -1, .fd = -1 };
	const char *slash = strrchr(s->path, '/'), *name = slash ? slash + 1 : s->path;
	char *dir autofree = slash ? xasprintf("%.*s/", (int)(slash - s->path), s->path) : xstrdup(".");
	int rc = fresh_open(dir, name, &f);

	(void)p;
	if (rc)
		return err_set(err, rc, "Cannot create dump file %s: %s", s->path, error_text(-rc));
	rc = fill(s, f.fd, err);
	if (rc)
		return rc;
	rc = fresh_name(&f, name);
	if (rc)
		return err_set(err, rc, "Cannot create dump file %s: %s", s->path, error_text(-rc));
	fsync(f.dir_fd);
	return 0;
}

static int undo_save(struct plan *p, struct step *s, struct err *err)
{
	int rc = remove_file(AT_FDCWD, s->path);

	(void)p;
	return rc ? err_set(err, rc, "cannot remove %s: %s", s->path, error_text(-rc)) : 0;
}

static int run_link(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	if (link(s->path, s->hint) < 0)
		return err_set(err, -errno, "cannot link %s to %s: %s", s->hint, s->path, error_text(errno));
	return 0;
}

static int undo_link(struct plan *p, struct step *s, struct err *err)
{
	int rc = remove_file(AT_FDCWD, s->hint);

	(void)p;
	return rc ? err_set(err, rc, "cannot remove %s: %s", s->hint, error_text(-rc)) : 0;
}

const struct step_kind kind_save_areas = {
	.name = "save-metadata", .run = run_save, .undo = undo_save, .tell = tell_save,
};
const struct step_kind kind_link_file = {
	.name = "link-file", .run = run_link, .undo = undo_link, .tell = tell_link,
};
