// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * undofile.c - the directory of undo files: storing one for good before anything is overwritten,
 * dropping old ones, reading one back.  Uses only the base and the codec.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "undofile.h"
#include "util.h"

#define SUFFIX ".undo"
#define STAMP_BYTES 19           /* 20261121-131205.123 */
#define FILE_MAX_BYTES (1ull << 30)
#define TRIES 100

void undo_boot(char *out, size_t cap)
{
	autoclose int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, cap - 1);

	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

/* --- the directory --- */

static int open_dir(const char *dir)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	autoclose int fd = open(dir ?: UNDO_DIR, flags);

	if (fd < 0 && errno == ENOENT) {
		if (!dir && mkdir("/var/lib/mdadm", 0755) < 0 && errno != EEXIST)
			return -errno;
		if (mkdir(dir ?: UNDO_DIR, 0700) < 0 && errno != EEXIST)
			return -errno;
		fd = open(dir ?: UNDO_DIR, flags);
	}
	return fd < 0 ? -errno : steal_fd(&fd);
}

/* Where others can put files of theirs, the name that is told may lead to another one later. */
static bool stays_ours(int dir)
{
	struct stat st;

	if (fstat(dir, &st) < 0)
		return false;
	/* there they can add files, and not take ours away */
	if (st.st_mode & S_ISVTX)
		st.st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
	return is_own(&st);
}

static void word_for_name(const char *word, char *out, size_t cap)
{
	snprintf(out, cap, "%s", *word ? word : "array");
	for (char *c = out; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && !strchr("._-", *c)))
			*c = '_';
}

/* In the order of time, and never the name of a file that is there. */
static int create(int dir, const char *array, char *name, size_t cap)
{
	char stamp[20], word[65];
	struct timespec now;
	struct tm tm;

	word_for_name(array, word, sizeof(word));
	for (int i = 0; i < TRIES; i++) {
		int fd;

		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &tm);
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
		snprintf(name, cap, "%s.%03ld-%s" SUFFIX, stamp,
			 (now.tv_nsec / 1000000 + i) % 1000, word);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd < 0 ? -errno : fd;
	}
	return -EEXIST;
}

/* --- dropping old ones --- */

static bool is_undo_name(const char *name)
{
	size_t n = strlen(name), suffix = strlen(SUFFIX);

	return n > STAMP_BYTES + suffix && name[8] == '-' && name[15] == '.' &&
	       strspn(name, "0123456789") == 8 && name[STAMP_BYTES] == '-' &&
	       !strcmp(name + n - suffix, SUFFIX);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Those in the directory, which sort by time.  The caller frees them and the list. */
static char **list(int dir, size_t *n)
{
	DIR *d = open_below(dir, ".");
	struct dirent *e;
	char **name = NULL;
	size_t cap = 0;

	*n = 0;
	while (d && (e = readdir(d))) {
		if (!is_undo_name(e->d_name))
			continue;
		name = xgrow(name, &cap, *n, sizeof(*name));
		name[(*n)++] = xstrdup(e->d_name);
	}
	if (d)
		closedir(d);
	if (*n)
		qsort(name, *n, sizeof(*name), by_name);
	return name;
}

static bool newer_of_same_array(char *const *name, size_t at, size_t n)
{
	for (size_t i = at + 1; i < n; i++)
		if (!strcmp(name[i] + STAMP_BYTES, name[at] + STAMP_BYTES))
			return true;
	return false;
}

/* The clock may have been ahead before; that an old file stays is no failure. */
static void prune(int dir, const char *new)
{
	size_t n, kept;
	char **name = list(dir, &n);

	kept = n;
	for (size_t i = 0; i < n; i++)
		if (kept > UNDO_KEEP && strcmp(name[i], new) != 0 && newer_of_same_array(name, i, n) &&
		    unlinkat(dir, name[i], 0) == 0)
			kept--;
	for (size_t i = 0; i < n; i++)
		free(name[i]);
	free(name);
}

/* --- whole files --- */

static int store_at(int dir, const uint8_t *bytes, size_t len, const char *array, char *name,
		    size_t cap)
{
	autoclose int fd = create(dir, array, name, cap);
	int rc = fd < 0 ? fd : write_all(fd, bytes, len) ?: fsync(fd) < 0 ? -errno : 0;

	if (!rc && fsync(dir) < 0 && errno != EINVAL)
		rc = -errno;
	if (rc && fd >= 0)
		unlinkat(dir, name, 0);
	return rc;
}

int undo_store(const struct undo *u, const char *dir, const char *array, char **path,
	       struct err *err)
{
	autoclose int fd = open_dir(dir);
	autofree uint8_t *bytes = NULL;
	char name[120];
	size_t len;
	int rc = fd < 0 ? fd : 0;

	if (!rc && !stays_ours(fd))
		return err_set(err, -EPERM, "cannot keep an undo file in %s: "
			       "somebody else than root could replace it there", dir ?: UNDO_DIR);
	if (!rc) {
		bytes = undo_encode(u, &len);
		rc = bytes ? store_at(fd, bytes, len, array, name, sizeof(name)) : -ENOMEM;
	}
	if (rc)
		return err_set(err, rc, "cannot keep an undo file in %s: %s", dir ?: UNDO_DIR,
			       error_text(-rc));
	prune(fd, name);
	*path = xasprintf("%s/%s", dir ?: UNDO_DIR, name);
	return 0;
}

static int open_own_file(const char *path, struct stat *st)
{
	autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, st) < 0)
		return -errno;
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	if (!is_own(st))
		return -EPERM;
	if ((uint64_t)st->st_size > FILE_MAX_BYTES)
		return -EFBIG;
	return steal_fd(&fd);
}

static int read_bytes(int fd, uint8_t *bytes, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = read(fd, bytes + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static const char *why_not(int rc)
{
	switch (rc) {
	case -EINVAL:
		return "it is not a file";
	case -EPERM:
		return "somebody else than root could have written it";
	default:
		return error_text(-rc);
	}
}

int undo_load(const char *path, struct undo *out, struct err *err)
{
	struct stat st = { 0 };
	autoclose int fd = open_own_file(path, &st);
	size_t len = (size_t)st.st_size;
	autofree uint8_t *bytes = NULL;
	int rc = fd < 0 ? fd : 0;

	if (!rc) {
		bytes = xcalloc(1, len + 1);
		rc = read_bytes(fd, bytes, len);
	}
	if (rc)
		return err_set(err, rc, "cannot read the undo file %s: %s", path, why_not(rc));
	rc = undo_decode((struct span){ bytes, len }, out, err);
	return rc ? err_prefix(err, rc, "cannot use the undo file %s: ", path) : 0;
}
