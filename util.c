// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * util.c - ownership helpers, numbers, text.  Knows nothing of md, opens nothing.
 */
#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

#define PIPE_PATIENCE_MS 5000

void free_ptr(void *p)
{
	free(*(void **)p);
}

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

int stat_fd(int fd, struct stat *st)
{
#ifdef __x86_64__
	/* where both calls fill the same struct */
	return (int)syscall(SYS_fstat, fd, st);
#else
	return fstat(fd, st);
#endif
}

bool is_own(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/*
 * A descriptor that this program opened is close-on-exec, an inherited one cannot be:
 * so a 2 that is close-on-exec is not stderr but perhaps somebody's disk.
 */
void write_stderr(const char *text, size_t n)
{
	int flags = fcntl(STDERR_FILENO, F_GETFD);

	if (flags < 0 || flags & FD_CLOEXEC)
		return;
	while (n) {
		ssize_t done = write(STDERR_FILENO, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		text += done;
		n -= (size_t)done;
	}
}

static void *or_abort(void *p)
{
	static const char line[] = "mdadm: out of memory\n";

	if (!p) {
		write_stderr(line, sizeof(line) - 1);
		abort();
	}
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return or_abort(calloc(n ? n : 1, size ? size : 1));
}

void *xgrow(void *array, size_t *cap, size_t used, size_t size)
{
	size_t want = *cap ? *cap : 8;

	if (used < *cap)
		return array;
	while (want <= used)
		if (__builtin_mul_overflow(want, 2, &want))
			or_abort(NULL);
	array = or_abort(reallocarray(array, want, size));
	*cap = want;
	return array;
}

char *xstrdup(const char *s)
{
	return or_abort(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	return or_abort(n < 0 ? NULL : text);
}

/* The digits at s. *end: the first byte that is none.  -EINVAL: none, -ERANGE: too many. */
static int parse_digits(const char *s, const char **end, uint64_t *out)
{
	uint64_t v = 0;
	int rc = *s >= '0' && *s <= '9' ? 0 : -EINVAL;

	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			rc = -ERANGE;
	*end = s;
	if (!rc)
		*out = v;
	return rc;
}

int parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	const char *end;
	int rc = parse_digits(s, &end, &v);

	if (*end)
		return -EINVAL;
	if (!rc && v > max)
		rc = -ERANGE;
	if (!rc)
		*out = v;
	return rc;
}

/* Sectors in one unit; 0: no such suffix. */
static uint64_t suffix_sec(const char *suffix)
{
	if (suffix[0] && suffix[1])
		return 0;
	switch (suffix[0]) {
	case 's':
		return 1;
	case '\0':
	case 'K':
		return 2;
	case 'M':
		return 2ULL << 10;
	case 'G':
		return 2ULL << 20;
	case 'T':
		return 2ULL << 30;
	}
	return 0;
}

int parse_size(const char *s, uint64_t *out_sec)
{
	uint64_t v = 0, unit;
	const char *suffix;

	if (parse_digits(s, &suffix, &v) || !v)
		return -EINVAL;
	unit = suffix_sec(suffix);
	if (!unit || __builtin_mul_overflow(v, unit, &v))
		return -EINVAL;
	*out_sec = v;
	return 0;
}

uint32_t utf8_char(const char *s, unsigned *len)
{
	static const uint32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)*s;
	unsigned more = lead < 0x80 ? 0 : lead >> 5 == 6 ? 1 : lead >> 4 == 14 ? 2 : 3;
	uint32_t c = more ? lead & (0x3fu >> more) : lead;

	*len = 1;
	if (more == 3 && lead >> 3 != 30)
		return UTF8_REPLACEMENT;
	for (unsigned i = 1; i <= more; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return UTF8_REPLACEMENT;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < smallest[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return UTF8_REPLACEMENT;
	*len = more + 1;
	return c;
}

char *printable(char *out, size_t cap, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	if (!cap)
		return out;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool plain = c >= 0x20 && c < 0x7f && c != '\\';

		if ((plain ? 1 : 4) > cap - 1 - n)
			break;
		if (plain) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
	return out;
}

bool copy_text(char *out, size_t cap, const char *text)
{
	size_t n;

	if (!cap)
		return false;
	n = strnlen(text, cap - 1);
	memcpy(out, text, n);
	out[n] = '\0';
	return !text[n];
}

/* A pipe whose writer is slow gets some time. */
static bool wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, PIPE_PATIENCE_MS) > 0;
}

int read_all(int fd, size_t max, char **out, size_t *len)
{
	autofree char *text = xcalloc(1, 1);
	size_t n = 0, cap = 0;

	for (;;) {
		ssize_t got;

		if (n + 1 >= cap)
			text = xgrow(text, &cap, MAX(2 * n, 4096u), 1);
		got = read(fd, text + n, cap - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN && wait_readable(fd))
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		n += (size_t)got;
		if (n > max)
			return -EFBIG;
	}
	for (char *nul = text; (nul = memchr(nul, '\0', n - (size_t)(nul - text)));)
		*nul++ = ' ';
	text[n] = '\0';
	*out = steal(text);
	*len = n;
	return 0;
}

int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int retry_busy(int (*try)(void *arg), void *arg, int deadline_ms)
{
	int64_t end = clock_ms() + deadline_ms;
	int pause_ms = 1;
	int rc;

	while ((rc = try(arg)) == -EBUSY && clock_ms() < end) {
		poll(NULL, 0, pause_ms);
		pause_ms = MIN(pause_ms * 2, 100);
	}
	return rc;
}

int remove_file(int dir_fd, const char *name)
{
	for (int attempt = 0; attempt < 2; attempt++)
		if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
			return 0;
	return -errno;
}

int write_all(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

DIR *open_below(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		close_fd(&fd);
	return d;
}
