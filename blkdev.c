// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blkdev.c - block devices and image files: open, measure, read, write.  Owns every
 * descriptor of a member device.  Uses only the base; who holds a device and what it is
 * called is in blkdev-names.c.
 *
 * Superblocks lie in the first 12 KiB (1.1, 1.2 and its bitmap), at the last multiple of 64 KiB
 * that leaves as much behind it (0.90), and in the last 12 KiB (1.0).  Each of these windows is
 * read once.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/blkpg.h>
#include <linux/fs.h>

#include "blkdev.h"
#include "util.h"

#define BLOCK_BYTES 4096u
#define BOUNCE_BYTES (1u << 20)
#define START_BYTES 12288u
#define END_BYTES 12288u
#define PLACE_90_SEC 128u
/* Where file systems begin that leave room for a boot loader (btrfs, reiserfs). */
#define LATE_START_BYTES 65536u

enum { WINDOW_START, WINDOW_90, WINDOW_END, WINDOW_LATE };

static int open_flags(enum blk_mode mode)
{
	static const int flags[] = {
		[BLK_READ] = O_RDONLY,
		[BLK_READ_NODE] = O_RDONLY,
		[BLK_READ_EXCL] = O_RDONLY | O_EXCL,
		[BLK_READ_EXCL_NODE] = O_RDONLY | O_EXCL,
		[BLK_WRITE_EXCL] = O_RDWR | O_EXCL,
		[BLK_WRITE] = O_RDWR,
		[BLK_WRITE_NODE] = O_RDWR,
		[BLK_WRITE_FILE] = O_RDWR,
	};

	return flags[mode];
}

static bool kind_ok(const struct stat *st, enum blk_mode mode)
{
	if (mode == BLK_WRITE_FILE)
		return S_ISREG(st->st_mode);
	return S_ISBLK(st->st_mode) || (S_ISREG(st->st_mode) && mode == BLK_READ);
}

static int cannot_open(const char *path, int rc, struct err *err)
{
	autofree char *in_dev = xasprintf("/dev/%s", path);
	bool meant = rc == -ENOENT && *path && *path != '/' && access(in_dev, F_OK) == 0;

	return err_set(err, rc, "cannot open %s: %s%s%s%s", path, error_text(-rc),
		       meant ? "; is " : "", meant ? in_dev : "", meant ? " meant?" : "");
}

static int not_block(const char *path, const struct stat *st, struct err *err)
{
	const char *what = S_ISDIR(st->st_mode) ? "  It is a directory." :
			   S_ISCHR(st->st_mode) ? "  It is a character device." :
			   S_ISREG(st->st_mode) ? "  It is a file: losetup makes a device of it." :
						  "";

	return err_set(err, -ENOTBLK, "%s is not a block device.%s", path, what);
}

/* tmpfs and some others have no O_DIRECT. */
static int open_direct(const char *path, int flags)
{
	int fd = open(path, flags | O_DIRECT);

	return fd < 0 && errno == EINVAL ? open(path, flags) : fd;
}

static int busy(const char *path, struct err *err)
{
	char why[300];
	struct stat st;

	if (stat(path, &st) < 0 || !blk_busy_reason(st.st_rdev, why, sizeof(why)))
		return cannot_open(path, -EBUSY, err);
	return err_set(err, -EBUSY, "cannot open %s: %s: %s", path, error_text(EBUSY), why);
}

/* O_NONBLOCK: should a FIFO appear between stat() and open(), it must not hang us. */
static int open_checked(const char *path, enum blk_mode mode, struct stat *st, struct err *err)
{
	bool known = mode == BLK_READ_NODE || mode == BLK_READ_EXCL_NODE || mode == BLK_WRITE_NODE;
	autoclose int fd = -1;

	/* to open a node of some other kind may do something: a tape rewinds, a watchdog starts */
	if (!known && stat(path, st) < 0)
		return cannot_open(path, -errno, err);
	if (!known && !kind_ok(st, mode))
		return not_block(path, st, err);
	fd = open_direct(path, open_flags(mode) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == EBUSY)
		return busy(path, err);
	if (fd < 0 || stat_fd(fd, st) < 0)
		return cannot_open(path, -errno, err);
	if (!kind_ok(st, mode))
		return not_block(path, st, err);
	return steal_fd(&fd);
}

bool blk_read_only(const struct blkdev *b)
{
	int read_only = 0;

	return ioctl(b->fd, BLKROGET, &read_only) == 0 && read_only;
}

/* The kernel lets root open a read-only device for writing, and then refuses the first write. */
int blk_check_writable(const struct blkdev *b, struct err *err)
{
	if (!blk_read_only(b))
		return 0;
	return err_set(err, -EROFS, "cannot open %s for writing: it is read-only; "
		       "see blockdev --setrw %s", b->path, b->path);
}

static int measure(struct blkdev *b, const struct stat *st)
{
	uint64_t bytes = 0;
	int sector = 0;

	b->sector_bytes = 512;
	if (S_ISREG(st->st_mode)) {
		b->size_sec = (uint64_t)st->st_size / SECTOR_BYTES;
		b->tail_bytes = (uint32_t)((uint64_t)st->st_size % SECTOR_BYTES);
		return 0;
	}
	b->rdev = st->st_rdev;
	if (ioctl(b->fd, BLKGETSIZE64, &bytes) < 0 || ioctl(b->fd, BLKSSZGET, &sector) < 0)
		return -errno;
	b->size_sec = bytes / SECTOR_BYTES;
	if (sector > 512 && is_power_of_2((uint64_t)sector))
		b->sector_bytes = (uint32_t)sector;
	return 0;
}

/* The places of the windows; where they would meet, the first one reads everything. */
static void place_windows(struct blkdev *b)
{
	uint64_t size = b->size_sec * SECTOR_BYTES;
	uint64_t unit = MAX(BLOCK_BYTES, b->sector_bytes);
	uint64_t at_90 = round_down_u64(b->size_sec, PLACE_90_SEC) * SECTOR_BYTES;
	uint64_t at_end = round_down_u64(size - MIN(size, END_BYTES), unit);
	struct blk_window *w = b->window;

	at_90 = round_down_u64(at_90 - MIN(at_90, PLACE_90_SEC * SECTOR_BYTES), unit);
	w[WINDOW_START].len = (uint32_t)MIN(round_up_u64(START_BYTES, unit), size);
	w[WINDOW_90] = (struct blk_window){ at_90, (uint32_t)MIN(unit, size - at_90), NULL };
	w[WINDOW_END] = (struct blk_window){ at_end, (uint32_t)(size - at_end), NULL };
	if (size >= LATE_START_BYTES + unit)
		w[WINDOW_LATE] = (struct blk_window){ LATE_START_BYTES, b->sector_bytes, NULL };
	if (at_90 <= w[WINDOW_START].len)
		w[WINDOW_START].len = (uint32_t)size;
}

int blk_open(const char *path, enum blk_mode mode, struct blkdev **out, struct err *err)
{
	cleanup(blk_cleanup) struct blkdev *b = xcalloc(1, sizeof(*b));
	struct stat st = { 0 };
	int rc;

	b->path = xstrdup(path);
	b->held_fd = -1;
	b->fd = open_checked(path, mode, &st, err);
	if (b->fd < 0)
		return b->fd;
	rc = mode >= BLK_WRITE_EXCL ? blk_check_writable(b, err) : 0;
	if (rc)
		return rc;
	rc = measure(b, &st);
	if (rc)
		return err_set(err, rc, "cannot find the size of %s: %s", path, error_text(-rc));
	place_windows(b);
	*out = steal(b);
	return 0;
}

struct blk_id blk_identify(const struct blkdev *b)
{
	struct blk_id id = { b->rdev, b->size_sec, 0 };
	struct stat st = { 0 };

	if (!b->rdev && fstat(b->fd, &st) == 0)
		id.diskseq = st.st_ino;
	else if (ioctl(b->fd, BLKGETDISKSEQ, &id.diskseq) < 0)
		id.diskseq = 0;
	return id;
}

/*
 * A second descriptor, as to close the first would let go of the device for a moment.  To open for
 * writing only now spares who is refused before the event that udev makes of the close.
 */
int blk_make_writable(struct blkdev *b, struct err *err)
{
	struct stat st = { 0 };
	int fd autoclose = open_checked(b->path, BLK_WRITE_NODE, &st, err);

	if (fd < 0)
		return fd;
	if (st.st_rdev != b->rdev)
		return err_set(err, -ESTALE, "%s is not the device any more that was looked at",
			       b->path);
	b->held_fd = b->fd;
	b->fd = steal_fd(&fd);
	return 0;
}

bool blk_was_held(const struct blkdev *b)
{
	return b->held_fd >= 0;
}

bool blk_same(const struct blk_id *a, const struct blk_id *b)
{
	return a->rdev == b->rdev && a->size_sec == b->size_sec && a->diskseq == b->diskseq;
}

void blk_close(struct blkdev *b)
{
	if (!b)
		return;
	blk_forget(b);
	close_fd(&b->fd);
	close_fd(&b->held_fd);
	free(b->path);
	free(b);
}

void blk_cleanup(struct blkdev **b)
{
	blk_close(*b);
}

void blk_forget(struct blkdev *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(b->window); i++) {
		free(b->window[i].bytes);
		b->window[i].bytes = NULL;
	}
}

/* Some file systems take O_DIRECT at open and refuse it later. Returns whether to try again. */
static bool leave_direct(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && flags & O_DIRECT && fcntl(fd, F_SETFL, flags & ~O_DIRECT) == 0;
}

/* What is read past the page cache begins and ends at whole sectors; of files at whole blocks. */
static uint32_t unit_of(const struct blkdev *b)
{
	return b->rdev ? b->sector_bytes : MAX(BLOCK_BYTES, b->sector_bytes);
}

/* Whole aligned units into an aligned buffer.  The last one may lie half beyond the end. */
static int read_blocks(struct blkdev *b, uint64_t at, uint8_t *buf, size_t len, size_t need)
{
	size_t done = 0;

	while (done < need) {
		ssize_t n = pread(b->fd, buf + done, len - done, (off_t)(at + done));

		if (n < 0 && (errno == EINTR || (errno == EINVAL && leave_direct(b->fd))))
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -ENXIO;
		done += (size_t)n;
	}
	return 0;
}

/* What is not read into it must not be looked at. */
static uint8_t *aligned(struct blkdev *b, size_t len)
{
	size_t unit = MAX(BLOCK_BYTES, b->sector_bytes);

	return aligned_alloc(unit, round_up_u64(len, unit));
}

/* Reads any range that fits a bounce buffer, rounded outwards to whole blocks. */
static int read_range(struct blkdev *b, uint64_t at, void *out, size_t len)
{
	uint64_t unit = unit_of(b);
	uint64_t from = round_down_u64(at, unit);
	size_t skip = (size_t)(at - from), whole = round_up_u64(skip + len, unit);
	autofree uint8_t *buf = aligned(b, whole);
	int rc;

	if (!buf)
		return -ENOMEM;
	rc = read_blocks(b, from, buf, whole, skip + len);
	if (!rc)
		memcpy(out, buf + skip, len);
	return rc;
}

static uint8_t *read_window(struct blkdev *b, const struct blk_window *w)
{
	size_t whole = round_up_u64(w->len, unit_of(b));
	autofree uint8_t *bytes = aligned(b, whole);

	return bytes && !read_blocks(b, w->at, bytes, whole, w->len) ? steal(bytes) : NULL;
}

/* The bytes of [at, at+len) in a window, or NULL: not in one, or the window cannot be read. */
static const uint8_t *in_window(struct blkdev *b, uint64_t at, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(b->window); i++) {
		struct blk_window *w = &b->window[i];

		if (at < w->at || at - w->at > w->len || len > w->len - (at - w->at))
			continue;
		if (!w->bytes)
			w->bytes = read_window(b, w);
		return w->bytes ? w->bytes + (at - w->at) : NULL;
	}
	return NULL;
}

void blk_read_ahead(struct blkdev *b, size_t window)
{
	struct blk_window *w = &b->window[window];
	bool in_first = window && w->at < b->window[WINDOW_START].len;

	if (!w->bytes && w->len && !in_first)
		w->bytes = read_window(b, w);
}

static bool inside(const struct blkdev *b, uint64_t at, size_t len)
{
	uint64_t size = b->size_sec * SECTOR_BYTES + b->tail_bytes;

	return at <= size && len <= size - at;
}

static int failed_at(struct blkdev *b, int rc, const char *verb, uint64_t at, struct err *err)
{
	return err_set(err, rc, "cannot %s %s at byte %llu: %s", verb, b->path,
		       (unsigned long long)at,
		       rc == -ENXIO ? "that is beyond its end" : error_text(-rc));
}

int blk_read_now(struct blkdev *b, uint64_t at, void *buf, size_t len, struct err *err)
{
	if (!inside(b, at, len))
		return failed_at(b, -ENXIO, "read", at, err);
	for (size_t done = 0; done < len;) {
		size_t n = MIN(len - done, (size_t)BOUNCE_BYTES);
		int rc = read_range(b, at + done, (uint8_t *)buf + done, n);

		if (rc)
			return failed_at(b, rc, "read", at + done, err);
		done += n;
	}
	return 0;
}

int blk_read_aligned(struct blkdev *b, uint64_t at, void *buf, size_t len, struct err *err)
{
	const uint64_t unit = unit_of(b);
	int rc;

	if (!inside(b, at, len))
		return failed_at(b, -ENXIO, "read", at, err);
	if (at % unit || len % unit || (uintptr_t)buf % unit)
		return blk_read_now(b, at, buf, len, err);
	rc = read_blocks(b, at, buf, len, len);
	return rc ? failed_at(b, rc, "read", at, err) : 0;
}

int blk_view(struct blkdev *b, uint64_t at, uint8_t *room, size_t len, const uint8_t **out,
	     struct err *err)
{
	*out = inside(b, at, len) ? in_window(b, at, len) : NULL;
	if (*out)
		return 0;
	/* A window with a bad sector hides nothing: what is asked for is read on its own. */
	*out = room;
	return blk_read_now(b, at, room, len, err);
}

int blk_read(struct blkdev *b, uint64_t at, void *buf, size_t len, struct err *err)
{
	const uint8_t *bytes;
	int rc = blk_view(b, at, buf, len, &bytes, err);

	if (!rc && bytes != buf)
		memcpy(buf, bytes, len);
	return rc;
}

/*
 * Sums of words and of these sums: whole sectors, so whole pairs.  Quick rather than strong: it
 * meets mistakes, not enemies.
 */
static uint64_t mix_words(const uint8_t *bytes, size_t len)
{
	typedef uint64_t pair __attribute__((vector_size(16), may_alias));
	const pair *at = (const pair *)bytes, *end = at + len / sizeof(*at);
	pair sum = { len, 1 }, sums = { 0, 0 };

#pragma GCC unroll 4
	for (; at < end; at++) {
		sum += *at;
		sums += sum;
	}
	sum ^= sums * 0x9e3779b97f4a7c15u;
	return sum[0] * 3 + sum[1];
}

/* The places of superblocks are in the windows, with what most else begins with. */
void blk_fingerprint(struct blkdev *b, struct blk_fingerprint *out)
{
	*out = (struct blk_fingerprint){ 0, clock_ms() };
	for (size_t i = 0; i < ARRAY_SIZE(b->window); i++) {
		blk_read_ahead(b, i);
		if (b->window[i].bytes)
			out->sum ^= mix_words(b->window[i].bytes, b->window[i].len) * (i + 1);
	}
}

static int write_blocks(struct blkdev *b, uint64_t at, const uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(b->fd, buf + done, len - done, (off_t)(at + done));

		if (n < 0 && (errno == EINTR || (errno == EINVAL && leave_direct(b->fd))))
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

/* Whole sectors around the range: read, changed, written. */
static int write_range(struct blkdev *b, uint64_t at, const void *data, size_t len)
{
	uint64_t from = round_down_u64(at, b->sector_bytes);
	size_t skip = (size_t)(at - from), whole = round_up_u64(skip + len, b->sector_bytes);
	autofree uint8_t *buf = aligned(b, whole);
	int rc = 0;

	if (!buf)
		return -ENOMEM;
	if (whole != len)
		rc = read_blocks(b, from, buf, whole, whole);
	if (rc)
		return rc;
	memcpy(buf + skip, data, len);
	return write_blocks(b, from, buf, whole);
}

int blk_write(struct blkdev *b, uint64_t at, const void *buf, size_t len, struct err *err)
{
	blk_forget(b);
	if (!inside(b, at, len))
		return failed_at(b, -ENXIO, "write", at, err);
	for (size_t done = 0; done < len;) {
		size_t n = MIN(len - done, (size_t)BOUNCE_BYTES);
		int rc = write_range(b, at + done, (const uint8_t *)buf + done, n);

		if (rc)
			return failed_at(b, rc, "write", at + done, err);
		done += n;
	}
	return 0;
}

/* To sync what was only read would have the disk empty its cache all the same. */
int blk_sync(struct blkdev *b, struct err *err)
{
	if ((fcntl(b->fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return 0;
	if (fsync(b->fd) < 0) {
		int rc = -errno;

		return err_set(err, rc, "cannot sync %s: %s", b->path, error_text(-rc));
	}
	return 0;
}

void blk_scan_partitions(struct blkdev *b)
{
	ioctl(b->fd, BLKRRPART);
}

/*
 * Asked for each number: which there are is told only by a walk of sysfs, which takes ten times as
 * long.  ENXIO: not that one; EINVAL, ENOTTY: a device that has none at all, as a partition.
 */
void blk_drop_partitions(struct blkdev *b)
{
	for (int i = 1; i < 16; i++) {
		struct blkpg_partition part = { .pno = i };
		struct blkpg_ioctl_arg arg = { .op = BLKPG_DEL_PARTITION, .datalen = sizeof(part),
					       .data = &part };

		if (ioctl(b->fd, BLKPG, &arg) < 0 && (errno == EINVAL || errno == ENOTTY))
			return;
	}
}
