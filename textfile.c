// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * textfile.c - port: a file of the administrator, found without following a link that somebody
 * else has planted, and replaced by rename.  Uses the base.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "textfile.h"
#include "util.h"

#define LINKS_MAX 40
#define LOCK_DEADLINE_MS 5000
#define NEW_MODE 0644

/* --- finding it --- */

/* What is left of a path to go, and where we are. */
struct walk {
	int dir_fd;
	char *rest;
	unsigned int links;
};

static int go(struct walk *w, const char *dir)
{
	int fd = openat(w->dir_fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close_fd(&w->dir_fd);
	w->dir_fd = fd;
	return 0;
}

/* Cuts the next component off the rest; "" at the end. */
static char *next_component(struct walk *w)
{
	char *p = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(p, "/");
	char *name = xasprintf("%.*s", (int)n, p), *rest = xstrdup(p + n);

	free(w->rest);
	w->rest = rest;
	return name;
}

static bool is_last(const struct walk *w)
{
	return w->rest[strspn(w->rest, "/")] == '\0';
}

/* 1: it was a link, and the walk goes on at its target.  0: it is none, or not there. */
static int follow(struct walk *w, const char *name, struct err *err)
{
	autoclose int fd = openat(w->dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char target[PATH_MAX];
	struct stat st;
	char *rest;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode))
		return 0;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(err, -EPERM, "%s is a symbolic link that user %u has made: not "
			       "followed", name, st.st_uid);
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n <= 0 || ++w->links > LINKS_MAX)
		return err_set(err, -ELOOP, "%s: too many symbolic links", name);
	target[n] = '\0';
	rest = xasprintf("%s%s%s", target, is_last(w) ? "" : "/", w->rest);
	free(w->rest);
	w->rest = rest;
	return target[0] == '/' && go(w, "/") ? err_set(err, -EACCES, "cannot open /") : 1;
}

static void walk_done(struct walk *w)
{
	close_fd(&w->dir_fd);
	free(w->rest);
}

/* The directory that the file is in, and its name there. */
static int find(const char *path, int *dir_fd, char **name, struct err *err)
{
	struct walk w cleanup(walk_done) = { .dir_fd = AT_FDCWD, .rest = xstrdup(path) };
	int rc = go(&w, *path == '/' ? "/" : ".");

	while (!rc) {
		autofree char *part = next_component(&w);

		if (!*part || (is_last(&w) && (!strcmp(part, ".") || !strcmp(part, ".."))))
			return err_set(err, -EISDIR, "%s is a directory, not a file", path);
		rc = follow(&w, part, err);
		if (rc < 0)
			return rc;
		if (rc) {
			rc = 0;
			continue;
		}
		if (is_last(&w)) {
			*name = steal(part);
			break;
		}
		rc = go(&w, part);
	}
	if (!rc)
		*dir_fd = openat(w.dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!rc && *dir_fd < 0)
		rc = -errno;
	return rc ? err_set(err, rc, "cannot open the directory of %s: %s", path, error_text(-rc))
		  : 0;
}

/* The path without links. */
static char *shown_path(int dir_fd, const char *name, const char *given)
{
	char proc[40], dir[PATH_MAX];
	ssize_t n;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", dir_fd);
	n = readlink(proc, dir, sizeof(dir) - 1);
	if (n <= 0)
		return xstrdup(given);
	dir[n] = '\0';
	return xasprintf("%s/%s", n == 1 ? "" : dir, name);
}

static int lock(const struct textfile *f, struct err *err)
{
	int64_t deadline = clock_ms() + LOCK_DEADLINE_MS;

	while (flock(f->dir_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return 0;        /* a file system without locks: alone, then */
		if (clock_ms() >= deadline)
			return err_set(err, -EBUSY, "cannot lock the directory of %s: another "
				       "process has held it for %d seconds", f->path,
				       LOCK_DEADLINE_MS / 1000);
		poll(NULL, 0, 50);
	}
	return 0;
}

/* --- reading it --- */

static int read_bytes(struct textfile *f, int fd)
{
	for (;;) {
		/* one byte of room tells that it has grown */
		ssize_t n = read(fd, f->text + f->len, (size_t)f->st.st_size + 1 - f->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		f->len += (size_t)n;
		if (f->len > (size_t)f->st.st_size)
			return -ESTALE;
	}
}

static int load(struct textfile *f, size_t max, struct err *err)
{
	autoclose int fd = openat(f->dir_fd, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
				  O_NOCTTY | O_CLOEXEC);
	int rc;

	if (fd < 0 && errno == ENOENT) {
		f->text = xstrdup("");
		return 0;
	}
	if (fd < 0 || stat_fd(fd, &f->st) < 0)
		return err_set(err, -errno, "cannot open %s: %s", f->path, error_text(errno));
	if (!S_ISREG(f->st.st_mode))
		return err_set(err, -EINVAL, "%s is no regular file", f->path);
	if ((uint64_t)f->st.st_size > max)
		return err_set(err, -EFBIG, "%s is larger than %zu MiB", f->path, max >> 20);
	f->exists = true;
	f->text = xcalloc((size_t)f->st.st_size + 2, 1);
	rc = read_bytes(f, fd);
	return rc ? err_set(err, rc, "cannot read %s: %s", f->path, error_text(-rc)) : 0;
}

int textfile_open(const char *path, size_t max, struct textfile *out, struct err *err)
{
	int rc;

	*out = (struct textfile){ .dir_fd = -1, .new_mode = NEW_MODE };
	rc = find(path, &out->dir_fd, &out->name, err);
	if (rc)
		return rc;
	out->path = shown_path(out->dir_fd, out->name, path);
	return lock(out, err) ?: load(out, max, err);
}

void textfile_close(struct textfile *f)
{
	free(f->path);
	free(f->name);
	free(f->text);
	close_fd(&f->dir_fd);
	*f = (struct textfile){ .dir_fd = -1 };
}

/* --- replacing it --- */

static bool unchanged(const struct textfile *f)
{
	struct stat now;

	if (fstatat(f->dir_fd, f->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return !f->exists && errno == ENOENT;
	return f->exists && now.st_dev == f->st.st_dev && now.st_ino == f->st.st_ino &&
	       now.st_size == f->st.st_size && now.st_mode == f->st.st_mode &&
	       now.st_uid == f->st.st_uid && now.st_gid == f->st.st_gid &&
	       now.st_mtim.tv_sec == f->st.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == f->st.st_mtim.tv_nsec;
}

/* Access lists, labels of SELinux and the like; a file system without them has none to lose. */
static void copy_attributes(const struct textfile *f, int to)
{
	autoclose int from = openat(f->dir_fd, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
				    O_CLOEXEC);
	char names[4096], value[4096];
	ssize_t n = from < 0 ? -1 : flistxattr(from, names, sizeof(names));

	for (const char *p = names; n > 0 && p < names + n; p += strlen(p) + 1) {
		ssize_t len = fgetxattr(from, p, value, sizeof(value));

		if (len >= 0)
			fsetxattr(to, p, value, (size_t)len, 0);
	}
}

static int fill(const struct textfile *f, int fd, const char *text, size_t len)
{
	if (f->exists && fchown(fd, f->st.st_uid, f->st.st_gid) < 0)
		return -errno;
	if (f->exists)
		copy_attributes(f, fd);
	if (fchmod(fd, f->exists ? f->st.st_mode & 07777 : f->new_mode) < 0)
		return -errno;
	return write_all(fd, text, len) ?: fsync(fd) < 0 ? -errno : 0;
}

static int replace(struct textfile *f, const char *fresh, const char *text, size_t len)
{
	autoclose int fd = -1;
	int rc = remove_file(f->dir_fd, fresh);

	if (rc)
		return rc;
	fd = openat(f->dir_fd, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = fill(f, fd, text, len);
	if (!rc && !unchanged(f))
		rc = -ESTALE;
	if (!rc && renameat(f->dir_fd, fresh, f->dir_fd, f->name) < 0)
		rc = -errno;
	if (rc) {
		remove_file(f->dir_fd, fresh);
		return rc;
	}
	stat_fd(fd, &f->st);
	f->exists = true;
	fsync(f->dir_fd);
	return 0;
}

int textfile_replace(struct textfile *f, const char *text, size_t len, struct err *err)
{
	autofree char *fresh = xasprintf(".%.200s.mdadm-new", f->name);
	int rc = replace(f, fresh, text, len);

	if (rc == -ESTALE)
		return err_set(err, rc, "%s was changed by somebody else meanwhile: nothing is "
			       "written; try again", f->path);
	return rc ? err_set(err, rc, "cannot write %s: %s", f->path, error_text(-rc)) : 0;
}

int textfile_remove(struct textfile *f, struct err *err)
{
	int rc = unchanged(f) ? remove_file(f->dir_fd, f->name) : -ESTALE;

	if (rc)
		return err_set(err, rc, "cannot remove %s: %s", f->path, error_text(-rc));
	f->exists = false;
	return 0;
}
