/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blkdev.h - port: block devices (or image files) opened, measured, read,
 * written, and who holds them.
 */
#ifndef BLKDEV_H
#define BLKDEV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"

enum blk_mode {
	BLK_READ,            /* look at it; image files are welcome */
	BLK_READ_NODE,       /* the same for a path that the caller knows to be a device's node */
	BLK_READ_EXCL,       /* look at it and be sure that nobody uses it (block devices only) */
	BLK_READ_EXCL_NODE,  /* the same for a path that the caller knows to be a device's node */
	BLK_WRITE_EXCL,      /* write it, alone (block devices only) */
	BLK_WRITE,           /* write it although somebody may hold it (--force) */
	BLK_WRITE_NODE,      /* the same for a path that the caller knows to be a device's node */
	BLK_WRITE_FILE,      /* write an image file, and nothing else */
};

/* Which device or file it is: a number may pass to another disk while somebody thinks. */
struct blk_id {
	dev_t rdev;
	uint64_t size_sec;
	uint64_t diskseq;    /* the kernel's count of disks it has seen (5.15); 0 unknown;
			      * of a file the number of its inode */
};

#define BLK_WINDOWS 3     /* the places of superblocks; */
#define BLK_PLACES 4      /* and one where file systems begin */

struct blkdev {
	char *path;          /* as the user gave it */
	int fd;
	int held_fd;         /* -1, or the descriptor that holds it alone while fd writes */
	dev_t rdev;          /* 0 for a file */
	uint64_t size_sec;   /* whole sectors of 512 bytes */
	uint32_t tail_bytes; /* of a file: what is behind its last whole sector */
	uint32_t sector_bytes; /* logical sector size, 512 for a file */
	struct blk_window {
		uint64_t at;
		uint32_t len;
		uint8_t *bytes;      /* NULL: not read yet */
	} window[BLK_PLACES];  /* read cache */
};

/*
 * Opens and measures.  Reads bypass the page cache where the device allows it:
 * a running array writes its superblocks below that cache.
 * Errors (sentence set): -ENOENT ... "cannot open D: S"; -ENOTBLK "D is not a
 * block device." (also for directories; for files in all modes but BLK_READ and BLK_WRITE_FILE); -EBUSY when
 * an exclusive mode finds it in use: "cannot open D: Device or resource busy: " with who holds it
 * and what to do (blk_busy_reason), where that is known.
 * The caller frees with blk_close.
 */
int blk_open(const char *path, enum blk_mode mode, struct blkdev **out, struct err *err);
bool blk_read_only(const struct blkdev *b);
struct blk_id blk_identify(const struct blkdev *b);
bool blk_same(const struct blk_id *a, const struct blk_id *b);
void blk_close(struct blkdev *b);            /* NULL is fine */
void blk_cleanup(struct blkdev **b);         /* for cleanup() */

/*
 * Reads len bytes at byte offset `at` (any alignment; whole sectors are read below, of files whole
 * blocks).
 * Beyond the end of the device: -ENXIO.  Errors name the device and the offset.
 */
int blk_read(struct blkdev *b, uint64_t at, void *buf, size_t len, struct err *err);
/* The same without a copy, where a window has it: *out is in there until blk_forget, or is room. */
int blk_view(struct blkdev *b, uint64_t at, uint8_t *room, size_t len, const uint8_t **out,
	     struct err *err);
/* The same, but what is there now: not what a window has kept. */
int blk_read_now(struct blkdev *b, uint64_t at, void *buf, size_t len, struct err *err);
/* The same, whole sectors into room that begins at a multiple of 4096: nothing is copied. */
int blk_read_aligned(struct blkdev *b, uint64_t at, void *buf, size_t len, struct err *err);

/*
 * What the device carries where superblocks, file systems and partition tables begin, to know later
 * whether something was written there; a place that cannot be read counts as empty.
 */
struct blk_fingerprint {
	uint64_t sum;
	int64_t at_ms;       /* of the monotonic clock */
};
void blk_fingerprint(struct blkdev *b, struct blk_fingerprint *out);

/*
 * Opens a device for writing that was opened with BLK_READ_EXCL (and found to be writable), and
 * holds it alone all the while.
 * -ESTALE when another device is behind its name by now.
 */
int blk_make_writable(struct blkdev *b, struct err *err);
/* Nobody else could take it since it was opened for reading. */
bool blk_was_held(const struct blkdev *b);

/* 0, or -EROFS with how to change it.  blk_open asks this for the modes that write. */
int blk_check_writable(const struct blkdev *b, struct err *err);

/*
 * Reads the window of that number now; blk_read tells, later, when it cannot be read.  Different
 * windows may be read by different threads.
 */
void blk_read_ahead(struct blkdev *b, size_t window);

/*
 * Writes len bytes at byte offset `at` and leaves the bytes around untouched (read-modify-write
 * when the device's sectors are bigger).  Retries EINTR and short writes; does not sync.  Drops
 * the read cache.
 */
int blk_write(struct blkdev *b, uint64_t at, const void *buf, size_t len, struct err *err);
int blk_sync(struct blkdev *b, struct err *err);

/* Forgets what was read so far: after somebody else (the kernel) wrote. */
void blk_forget(struct blkdev *b);

/*
 * Asks the kernel to drop the partitions of a whole disk that becomes a member
 * (BLKPG_DEL_PARTITION 1..15); failures are of no consequence.
 */
void blk_drop_partitions(struct blkdev *b);
/* The opposite: the kernel reads the partition table again, and makes what it finds there. */
void blk_scan_partitions(struct blkdev *b);

/*
 * Who holds the device, for a message: "a member of md127 (inactive)", "mounted on /mnt",
 * "in use as swap", "held by dm-0 (vg-root)", "its partition /dev/sda1 is mounted on /".  Looks
 * in sysfs for holders of the device, its partitions and its disk, in /proc/self/mountinfo and
 * /proc/swaps.  Returns false when nobody is known.  The text is printable.
 */
bool blk_holder(dev_t rdev, char *out, size_t cap);

/* How long a device is waited for that udev, or one of us, happens to look at. */
#define RECLAIM_DEADLINE_MS 2000
/*
 * blk_open with BLK_READ_EXCL_NODE, that waits up to patience_ms for a holder who has no name: who has
 * one stays.
 */
int blk_open_alone(const char *path, dev_t rdev, int patience_ms, struct blkdev **out,
		   struct err *err);

/*
 * The same as a sentence with a remedy: "it is a member of md5; stop that array first (...)"; and
 * when the kernel knows no holder, the process that has it open.
 */
bool blk_busy_reason(dev_t rdev, char *out, size_t cap);

/*
 * Does a loop device lie over an image file, by the path that the kernel has of it?  The kernel lets
 * anybody write to the file below it.  out: the sentence with a remedy.
 */
bool blk_file_busy(const char *file, char *out, size_t cap);

/*
 * The disks that /proc/partitions shows and none of whose partitions it shows.  One that is not among
 * them may have some: the kernel hides disks of some drivers.  0 or -errno.
 */
struct blk_disks {
	dev_t *rdev;             /* sorted */
	size_t n, cap;
};
int blk_undivided(struct blk_disks *out);
/* Of the text of that file.  Pure. */
void blk_parse_undivided(const char *text, struct blk_disks *out);
bool blk_is_among(const struct blk_disks *d, dev_t rdev);
void blk_disks_free(struct blk_disks *d);

/* Is it a partition?  Of which disk, and where does it start there? */
bool blk_partition_of(dev_t rdev, dev_t *disk, uint64_t *start_sec);
/*
 * The device, and every one that it lies on: the disk of a partition, members of an array, what
 * device mapper and bcache are made of.  One may come more than once.
 */
void blk_below(dev_t rdev, void (*each)(void *arg, dev_t rdev), void *arg);

/* The md array ("md5") that the device itself is a member of. */
bool blk_md_holder(dev_t rdev, char out[33]);

/*
 * "/dev/NAME" for major:minor by /sys/dev/block, checked to be that device, else by a walk of
 * /dev; falls back to "MAJOR:MINOR".  prefer: a path below a directory of this name is chosen
 * when there is one (--prefer), NULL none.  For md devices a name under /dev/md/ wins.
 * The caller frees.
 */
char *blk_name(dev_t rdev, const char *prefer);
/* The same with the kernel name of the device, which the caller has; "" it has none. */
char *blk_path(dev_t rdev, const char *kname, const char *prefer);

/*
 * What the hardware (or dm, or loop) says it is, so that it is known again after the next boot,
 * and where a partition starts on it: "naa.5000c500a1b2c3d4 at 2048".  Never a part of it: of what
 * is too long there is the hash, "sha1:HEX".  "" when nothing is known.
 */
#define BLK_HARDWARE 300
void blk_hardware(dev_t rdev, char out[BLK_HARDWARE]);

/* Kernel name ("sda1") without /dev, '!' kept as sysfs has it.  0 or -ENODEV. */
int blk_kname(dev_t rdev, char *out, size_t cap);

#endif
