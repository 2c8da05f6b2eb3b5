/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util.h - ownership helpers, numbers, text.  Nothing here knows md.
 */
#ifndef UTIL_H
#define UTIL_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define SECTOR_BYTES 512ULL

/* Owning locals: the named function gets a pointer to the variable. */
#define cleanup(fn) __attribute__((cleanup(fn), unused))
#define autofree cleanup(free_ptr)
#define autoclose cleanup(close_fd)

/* free(*(void **)p). */
void free_ptr(void *p);
/* close(*fd) when it is not negative; keeps errno. */
void close_fd(int *fd);

/*
 * fstat().  That of glibc gives the kernel an empty path besides, and kernels before 6.11 clear a
 * page to copy it to: ten times the work.
 */
int stat_fd(int fd, struct stat *st);
/* Nobody but root, or we, can have written the file, or can put things into the directory. */
bool is_own(const struct stat *st);

/* All of it, also where the system takes it in pieces.  0 or -errno. */
int write_all(int fd, const void *bytes, size_t n);
/* A directory below another one (path "." is that one, from its beginning); NULL when it has gone or is
 * not ours to read.  The caller closes. */
DIR *open_below(int at, const char *path);

/* Hands an owned pointer over: the value, and the variable becomes NULL. */
#define steal(var) ({ __typeof__(var) stolen_ = (var); (var) = NULL; stolen_; })
/* The same for a descriptor. */
static inline int steal_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

/*
 * Writes to stderr, in one go where the system allows, and only when descriptor 2 is
 * what we were started with: when it was closed, a device that we opened may have its
 * number.  Sentences go through say.h; this is for that and for the end of memory.
 */
void write_stderr(const char *text, size_t n);

/*
 * Allocation that cannot fail in a way worth handling: memory that is asked
 * for is always bounded by the caller first.  On exhaustion they write one
 * line and abort().  The caller frees.
 */
void *xcalloc(size_t n, size_t size);
/* For growing arrays: makes room for one more element. *cap counts elements. */
void *xgrow(void *array, size_t *cap, size_t used, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Rounds to a multiple of the unit (any unit > 0). */
static inline uint64_t round_down_u64(uint64_t v, uint64_t unit)
{
	return v - v % unit;
}
static inline uint64_t round_up_u64(uint64_t v, uint64_t unit)
{
	return v % unit ? v - v % unit + unit : v;
}
static inline void swap_u32(uint32_t *a, uint32_t *b)
{
	uint32_t was = *a;

	*a = *b;
	*b = was;
}
static inline bool is_power_of_2(uint64_t v)
{
	return v && !(v & (v - 1));
}

/*
 * Decimal number, nothing before or after it, no sign.
 * Returns 0, or -EINVAL (not a number), -ERANGE (above max).
 */
int parse_u64(const char *s, uint64_t max, uint64_t *out);

/*
 * Size: decimal number with at most one suffix K M G T (powers of 1024) or s
 * (sectors); none means KiB.  0 is not a size.
 * Returns 0 and *out_sec in sectors, or -EINVAL.
 */
int parse_size(const char *s, uint64_t *out_sec);

/*
 * Text from a disk, a device or the environment made fit for a terminal: every
 * byte outside printable ASCII, and the backslash, becomes \xNN.  The result
 * is cut before what does not fit into cap-1 bytes whole.  Returns out.
 */
char *printable(char *out, size_t cap, const char *text, size_t len);

/*
 * The character at s and how many bytes it takes.  What is not UTF-8 as RFC 3629 has it (cut
 * off, longer than need be, a surrogate, beyond U+10FFFF) is one byte and the replacement.
 */
#define UTF8_REPLACEMENT 0xfffdu
uint32_t utf8_char(const char *s, unsigned *len);

/* Copies at most cap-1 bytes and terminates. Returns false when it had to cut. */
bool copy_text(char *out, size_t cap, const char *text);

/*
 * All that fd still has, as NUL-terminated text; NUL bytes in it become blanks.  For what the
 * kernel and administrators write, never for devices.
 * Returns 0, -EFBIG above max bytes, or -errno.  The caller frees *out.
 */
int read_all(int fd, size_t max, char **out, size_t *len);

/*
 * Removes a file of ours that must not stay, with a second attempt when the first is refused (a
 * signal, a file system short of room).  0 when it is gone, also when it was not there.
 */
int remove_file(int dir_fd, const char *name);

/* Milliseconds of the monotonic clock, for deadlines. */
int64_t clock_ms(void);
/*
 * Calls try(arg) again, ever more slowly, while it answers -EBUSY and less than deadline_ms have
 * gone.  Its last answer.
 */
int retry_busy(int (*try)(void *arg), void *arg, int deadline_ms);

#endif
