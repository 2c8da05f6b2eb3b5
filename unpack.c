// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unpack.c - an initramfs read from its file.  Owns the programs that unpack, and the limits that
 * an image must keep.  Uses bootimage, cpio and the base.
 *
 * An image is cpio archives one after the other, the last of them compressed: the kernel wants its
 * microcode before it can unpack anything.  The program gets the file itself as its standard input,
 * at the byte where the compressed part begins, and we read what it prints.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unpack.h"
#include "util.h"

#define PIECE_BYTES 65536

struct source {
	const char *path;        /* printable, for sentences */
	struct bootimage *image;
	uint64_t bytes;          /* that were taken, of all parts */
	int64_t end_ms;
	uint8_t *piece;          /* PIECE_BYTES */
};

/* --- the programs --- */

static const struct {
	const char *name, *magic;
	size_t magic_bytes;
	const char *program[2];  /* where it is */
	const char *option[3];
} packings[] = {
	[PACK_GZIP] = { "gzip", "\x1f\x8b", 2, { "/usr/bin/gzip", "/bin/gzip" }, { "-dc" } },
	[PACK_XZ] = { "xz", "\xfd" "7zXZ\0", 6, { "/usr/bin/xz", "/bin/xz" },
		      { "-dc", "--memlimit-decompress=1GiB" } },
	[PACK_ZSTD] = { "zstd", "\x28\xb5\x2f\xfd", 4, { "/usr/bin/zstd", "/bin/zstd" },
			{ "-dcq" } },
	[PACK_LZ4] = { "lz4", "\x02\x21\x4c\x18", 4, { "/usr/bin/lz4", "/bin/lz4" },
		       { "-dcq" } },
	[PACK_BZIP2] = { "bzip2", "BZh", 3, { "/usr/bin/bzip2", "/bin/bzip2" }, { "-dc" } },
	[PACK_LZMA] = { "xz", "\x5d\0\0", 3, { "/usr/bin/xz", "/bin/xz" },
			{ "-dc", "--memlimit-decompress=1GiB", "--format=lzma" } },
	[PACK_LZO] = { "lzop", "\x89LZO\0", 5, { "/usr/bin/lzop", "/bin/lzop" }, { "-dc" } },
};

enum packing packing_of(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(packings); i++)
		if (n >= packings[i].magic_bytes &&
		    memcmp(p, packings[i].magic, packings[i].magic_bytes) == 0)
			return (enum packing)i;
	return PACK_UNKNOWN;
}

const char *packing_name(enum packing p)
{
	return p < PACK_UNKNOWN ? packings[p].name : NULL;
}

/* The program reads fd and writes to the pipe; its complaints are not ours. */
static int spawn_program(enum packing how, int fd, int pipe_fd, pid_t *pid)
{
	char *const argv[] = { (char *)packings[how].name, (char *)packings[how].option[0],
			       (char *)packings[how].option[1], (char *)packings[how].option[2],
			       NULL };
	char *const envp[] = { (char[]){ "LC_ALL=C" }, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t pipe_only;
	int rc = ENOENT;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	posix_spawnattr_init(&attr);
	/* we ignore it, and the program would go on writing for nobody */
	posix_spawnattr_setsigdefault(&attr, &pipe_only);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fd, 0);
	posix_spawn_file_actions_adddup2(&files, pipe_fd, 1);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	for (size_t i = 0; i < ARRAY_SIZE(packings[how].program) && rc == ENOENT; i++)
		rc = posix_spawn(pid, packings[how].program[i], &files, &attr, argv, envp);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -rc;
}

/* --- reading --- */

static int check_limits(struct source *s, size_t n, struct err *err)
{
	s->bytes += n;
	if (s->bytes > UNPACK_BYTES_MAX)
		return err_set(err, -EFBIG, "%s holds more than %llu bytes: that is no initramfs",
			       s->path, UNPACK_BYTES_MAX);
	if (clock_ms() > s->end_ms)
		return err_set(err, -ETIMEDOUT, "%s could not be read within %d seconds", s->path,
			       UNPACK_MS_MAX / 1000);
	return 0;
}

/* Until there is something to read, or the deadline. */
static int wait_for_bytes(struct source *s, int fd, struct err *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left_ms;
	int rc;

	do {
		left_ms = MAX(s->end_ms - clock_ms(), 0);
		rc = poll(&p, 1, (int)left_ms);
	} while (rc < 0 && errno == EINTR);
	if (rc == 0)
		s->end_ms = -1;
	return rc < 0 ? err_set(err, -errno, "cannot wait for %s: %s", s->path, error_text(errno)) :
			check_limits(s, 0, err);
}

/* Returns how many bytes came, 0 at the end. */
static ssize_t read_piece(struct source *s, int fd, struct err *err)
{
	ssize_t n;
	int rc = wait_for_bytes(s, fd, err);

	if (rc)
		return rc;
	do
		n = read(fd, s->piece, PIECE_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(err, -errno, "cannot read %s: %s", s->path, error_text(errno));
	rc = check_limits(s, (size_t)n, err);
	return rc ? rc : n;
}

/* The archives that fd begins with; CPIO_OTHER: there is something else at *at. */
static int read_archives(struct source *s, int fd, uint64_t *at, struct err *err)
{
	struct cpio c = { .call = bootimage_calls(s->image) };
	ssize_t n;
	int rc = 0;

	while (!rc && (n = read_piece(s, fd, err)) != 0)
		rc = n < 0 ? (int)n : cpio_feed(&c, s->piece, (size_t)n, err);
	if (!rc)
		rc = cpio_end(&c, err);
	*at = c.at;
	if (rc == -EBADMSG)
		return err_prefix(err, rc, "%s is damaged, or no initramfs: ", s->path);
	if (!rc && !c.archives)
		return err_set(err, -EBADMSG, "%s has no archive in it: that is no initramfs",
			       s->path);
	return rc;
}

/* How the program ended.  A complaint about what we read stands already: rc. */
static int end_program(struct source *s, enum packing how, pid_t pid, int rc, struct err *err)
{
	const char *name = packings[how].name;
	int status;

	if (rc)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(err, -errno, "lost track of %s: %s", name, error_text(errno));
	if (rc)
		return rc;
	if (WIFSIGNALED(status))
		return err_set(err, -ENOEXEC, "%s was killed by signal %d while it unpacked %s",
			       name, WTERMSIG(status), s->path);
	if (WEXITSTATUS(status))
		return err_set(err, -ENOEXEC, "%s cannot unpack %s (exit status %d): the image is "
			       "damaged; make a new one", name, s->path, WEXITSTATUS(status));
	return 0;
}

static int read_packed(struct source *s, int fd, enum packing how, struct err *err)
{
	autoclose int from = -1, to = -1;
	uint64_t at;
	int ends[2], rc;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(err, -errno, "cannot make a pipe: %s", error_text(errno));
	from = ends[0];
	to = ends[1];
	rc = spawn_program(how, fd, to, &pid);
	close_fd(&to);
	to = -1;
	if (rc)
		return err_set(err, -ENOEXEC, "%s is compressed with %s, and %s does not run (%s): "
			       "install %s", s->path, packings[how].name,
			       packings[how].program[0], error_text(-rc),
			       how == PACK_XZ || how == PACK_LZMA ? "xz-utils" :
			       packings[how].name);
	rc = read_archives(s, from, &at, err);
	if (rc == CPIO_OTHER)
		rc = err_set(err, -EBADMSG, "%s is damaged, or no initramfs: what %s makes of it is "
			     "no cpio archive at byte %llu", s->path, packings[how].name,
			     (unsigned long long)at);
	close_fd(&from);
	from = -1;
	return end_program(s, how, pid, rc, err);
}

/* What begins at byte `at` is compressed. */
static int read_rest(struct source *s, int fd, uint64_t at, struct err *err)
{
	uint8_t magic[PACK_MAGIC_BYTES];
	ssize_t n = pread(fd, magic, sizeof(magic), (off_t)at);
	enum packing how = n > 0 ? packing_of(magic, (size_t)n) : PACK_UNKNOWN;

	if (how == PACK_UNKNOWN)
		return err_set(err, -EBADMSG, "%s is damaged, or no initramfs: byte %llu begins "
			       "neither an archive nor anything compressed", s->path,
			       (unsigned long long)at);
	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return err_set(err, -errno, "cannot read %s: %s", s->path, error_text(errno));
	return read_packed(s, fd, how, err);
}

static int open_image(const char *path, const char *shown, struct err *err)
{
	/* a FIFO must not make us wait, and is refused below */
	autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || stat_fd(fd, &st) < 0)
		return err_set(err, -errno, "cannot open %s: %s", shown, error_text(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s is not a file", shown);
	return steal_fd(&fd);
}

int unpack_bootimage(const char *path, struct bootimage *out, struct err *err)
{
	char shown[300];
	autofree uint8_t *piece = xcalloc(PIECE_BYTES, 1);
	struct source s = { .path = printable(shown, sizeof(shown), path, strlen(path)),
			    .image = out, .end_ms = clock_ms() + UNPACK_MS_MAX, .piece = piece };
	autoclose int fd = open_image(path, shown, err);
	uint64_t at = 0;
	int rc;

	if (fd < 0)
		return fd;
	rc = read_archives(&s, fd, &at, err);
	if (rc == CPIO_OTHER)
		rc = read_rest(&s, fd, at, err);
	if (rc)
		return rc;
	if (out->too_big)
		return err_set(err, -EFBIG, "%s holds more files, or longer ones, than an initramfs "
			       "may", shown);
	bootimage_sort(out);
	return 0;
}
