// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bitmap-file.c - a write-intent bitmap in a file.  Uses the bitmap's codec, textfile, and the plan.
 *
 * Its shape is that of a bitmap on a member; only the default size of a chunk is another, as there is
 * room for more bits.  Nothing on the members tells of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bitmap-codec.h"
#include "bitmap-file.h"
#include "plan.h"
#include "util.h"

#define VERSION 4
#define CHUNK_MIN 4096u
#define CHUNK_MAX (1u << 31)
#define BITS_BY_DEFAULT (1u << 20)
#define DELAY_S 5
/* What is made, and what may be written over: far more than bits by default need. */
#define FILE_MAX_BYTES (256u << 20)
/* What the kernel reads of it at once; of larger pages more. */
#define PAGE_BYTES 4096

void bitmap_file_free(struct bitmap_file *f)
{
	textfile_close(&f->file);
	free(f->path);
	f->path = NULL;
}

/* --- a new one --- */

/* Of a file that somebody can write to the kernel gives no lease to who only reads it (fcntl(2)). */
static bool is_written_to(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	/* should somebody open it for writing just then: the signal that tells us would end us */
	return fd >= 0 && fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_RDLCK) < 0 &&
	       errno == EAGAIN;
}

int bitmap_file_new(const char *path, bool force, struct bitmap_file *out, struct err *err)
{
	int rc;

	*out = BITMAP_FILE_NONE;
	rc = textfile_open(path, FILE_MAX_BYTES, &out->file, err);
	if (rc)
		return err_prefix(err, rc, "failed to open bitmap file %s: ", path);
	out->path = xstrdup(out->file.path);
	if (out->file.exists && !force)
		return err_set(err, -EEXIST, "bitmap file %s already exists, use --force to overwrite", path);
	if (out->file.exists && is_written_to(out->path))
		return err_set(err, -EBUSY, "bitmap file %s is in use: perhaps by a running array, as "
			       "/proc/mdstat tells", path);
	return 0;
}

static uint32_t chunk_by_default(uint64_t sync_sec)
{
	uint32_t chunk = CHUNK_MIN;

	while (chunk < CHUNK_MAX && bitmap_bits(sync_sec, chunk) > BITS_BY_DEFAULT)
		chunk *= 2;
	return chunk;
}

static struct uuid uuid_in_file(const struct superswitch *of, const struct uuid *uuid)
{
	if (!of || !uuid)
		return (struct uuid){ { 0 } };
	return of->bitmap_uuid_in_words ? uuid_swap_words(uuid) : *uuid;
}

/* The kernel asks the file system where the blocks are; some have none to tell of, and a hole has none. */
static int check_blocks(const char *path, uint64_t len, struct err *err)
{
	autoclose int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int bytes = 0, n;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "failed to open bitmap file %s: %s", path, error_text(errno));
	len = MIN(MIN(len, (uint64_t)st.st_size), FILE_MAX_BYTES);
	if (ioctl(fd, FIGETBSZ, &bytes) < 0 || bytes < (int)SECTOR_BYTES)
		bytes = PAGE_BYTES;
	n = (int)((len + (uint64_t)bytes - 1) / (uint64_t)bytes);
	for (int i = 0; i < n; i++) {
		int block = i;
		int rc = ioctl(fd, FIBMAP, &block);

		if (rc < 0 && errno == EINVAL)
			return err_set(err, -EINVAL, "no bitmap can be in %s: the kernel writes it below the "
				       "file system, and this one does not let it; ext4 and ext2 do", path);
		/* a block whose number this ioctl cannot say is one all the same */
		if (rc < 0)
			continue;
		if (!block && i)
			return err_set(err, -EINVAL, "no bitmap can be in %s: it has holes, where the kernel "
				       "cannot write below the file system", path);
		if (!block)
			return err_set(err, -EINVAL, "no bitmap can be in %s: it has no blocks, where the kernel "
				       "could write below the file system", path);
	}
	return 0;
}

static int has_blocks(void *arg, struct err *err)
{
	return check_blocks(arg, UINT64_MAX, err);
}

int bitmap_file_make(struct plan *p, struct bitmap_file *f, const struct superswitch *of,
		     const struct uuid *uuid, uint64_t sync_sec, const struct bitmap_wish *wish,
		     struct err *err)
{
	const struct bitmap_head head = {
		.version = VERSION,
		.uuid = uuid_in_file(of, uuid),
		.sync_size_sec = sync_sec,
		.chunk_bytes = wish->chunk_bytes ? wish->chunk_bytes : chunk_by_default(sync_sec),
		.daemon_sleep_s = wish->delay_s ? wish->delay_s : DELAY_S,
		.write_behind = wish->write_behind,
	};
	const uint64_t len = bitmap_bytes(bitmap_bits(sync_sec, head.chunk_bytes), 0);
	uint8_t *bytes autofree = NULL;

	if (len > FILE_MAX_BYTES)
		return err_set(err, -EINVAL, "chunks of %llu KiB would make a bitmap of %llu MiB: leave "
			       "--bitmap-chunk out", (unsigned long long)head.chunk_bytes / 1024,
			       (unsigned long long)len >> 20);
	bytes = xcalloc(1, len);
	bitmap_encode(&head, bytes);
	memset(bytes + BITMAP_HEAD_BYTES, 0xff, len - BITMAP_HEAD_BYTES);
	plan_replace_file(p, &f->file, (const char *)bytes, len);
	plan_check_again(p, has_blocks, f->path);
	return 0;
}

/* --- one that is there --- */

static int open_file(const char *path, struct stat *st, struct err *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int rc;

	if (fd >= 0 && !stat_fd(fd, st) && S_ISREG(st->st_mode))
		return fd;
	rc = fd < 0 ? -errno : S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	close_fd(&fd);
	return err_set(err, rc, "cannot open bitmap file %s: %s", path,
		       rc == -EINVAL ? "it is no regular file" : error_text(-rc));
}

/* As the kernel judges it (drivers/md/md-bitmap.c), which would say no more than "Invalid argument". */
static int judge(int fd, const char *path, const struct uuid *wanted, struct bitmap_head *h, struct err *err)
{
	uint8_t bytes[BITMAP_HEAD_BYTES];
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
	struct err why;

	if (n < 0)
		return err_set(err, -errno, "cannot read bitmap file %s: %s", path, error_text(errno));
	if (n < (ssize_t)sizeof(bytes) || bitmap_decode((struct span){ bytes, sizeof(bytes) }, h, NULL))
		return err_set(err, -EINVAL, "there is no bitmap in the file %s", path);
	if (bitmap_check(h, &why))
		return err_set(err, -EINVAL, "the file %s has a %s, which the kernel does not take", path,
			       why.text);
	if (h->version >= BITMAP_VERSION_CLUSTERED)
		return err_set(err, -EINVAL, "the file %s has a %s, which works on members only", path,
			       bitmap_lockless(h) ? "lockless bitmap" : "bitmap for a cluster");
	if (!uuid_equal(&h->uuid, wanted))
		return err_set(err, -EINVAL, "the bitmap in the file %s is that of another array "
			       "(mdadm --examine-bitmap tells)", path);
	return 0;
}

int bitmap_file_exists(const char *path, struct err *err)
{
	struct stat st;
	autoclose int fd = open_file(path, &st, err);

	return MIN(fd, 0);
}

int bitmap_file_check(const char *path, const struct superswitch *of, const struct uuid *uuid,
		      uint64_t sync_sec, char **real, struct err *err)
{
	const struct uuid wanted = uuid_in_file(of, uuid);
	struct bitmap_head h = { 0 };
	struct stat st = { 0 };
	autoclose int fd = open_file(path, &st, err);
	uint64_t len;
	int rc;

	*real = NULL;
	if (fd < 0)
		return fd;
	rc = judge(fd, path, &wanted, &h, err);
	if (rc)
		return rc;
	len = bitmap_bytes(bitmap_bits(sync_sec, h.chunk_bytes), 0);
	if ((uint64_t)st.st_size < len)
		return err_set(err, -ENOSPC, "the bitmap in the file %s is too short for the array", path);
	*real = realpath(path, NULL);
	if (!*real)
		return err_set(err, -errno, "cannot open bitmap file %s: %s", path, error_text(errno));
	return check_blocks(*real, (len + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES, err);
}
