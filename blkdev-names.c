// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blkdev-names.c - what a device number is called, and who holds a device.  Only
 * looks: /sys/dev/block, /proc, /dev.  Uses only the base and procfs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/major.h>

#include "blkdev.h"
#include "procfs.h"
#include "sha1.h"
#include "util.h"

#define WALK_DEPTH 8
#define NAME_BYTES 256
#define PART_START 40            /* room for " at 2048" */

enum held_by { HELD_MD, HELD_DM, HELD_OTHER, HELD_MOUNT, HELD_SWAP };

struct holder {
	enum held_by by;
	char what[NAME_BYTES];   /* md5, dm-0, bcache0, /mnt, /dev/sda2 */
	char more[NAME_BYTES];   /* of md: the state; of dm: its name */
	char part[NAME_BYTES];   /* "its partition /dev/sda1", "its disk /dev/sda", or "" */
};

/* What is in a small file of sysfs; cut when there is no room for it. */
static bool read_text_at(int dir_fd, char *out, size_t cap, const char *path)
{
	autoclose int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, cap - 1);

	if (n <= 0)
		return false;
	out[n] = '\0';
	return true;
}

/* Its first line. */
static bool read_line_at(int dir_fd, char *out, size_t cap, const char *path)
{
	if (!read_text_at(dir_fd, out, cap, path))
		return false;
	out[strcspn(out, "\n")] = '\0';
	return true;
}

static bool read_line(char *out, size_t cap, const char *path)
{
	return read_line_at(AT_FDCWD, out, cap, path);
}

static void sysfs_path(dev_t rdev, const char *rest, char *out, size_t cap)
{
	snprintf(out, cap, "/sys/dev/block/%u:%u%s", major(rdev), minor(rdev), rest);
}

static bool read_rdev(const char *path, dev_t *out)
{
	unsigned int ma, mi;
	char text[40];

	if (!read_line(text, sizeof(text), path) || sscanf(text, "%u:%u", &ma, &mi) != 2)
		return false;
	*out = makedev(ma, mi);
	return true;
}

static bool is_block(const char *path, dev_t rdev)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == rdev;
}

int blk_kname(dev_t rdev, char *out, size_t cap)
{
	char path[64], target[PATH_MAX];
	const char *base;
	ssize_t n;

	sysfs_path(rdev, "", path, sizeof(path));
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0)
		return -ENODEV;
	target[n] = '\0';
	base = strrchr(target, '/');
	return copy_text(out, cap, base ? base + 1 : target) ? 0 : -ENODEV;
}

/* All that is in the file but its last newline; "" when not all of it fits.  Returns how long. */
static size_t read_whole_at(int dir_fd, char *out, size_t cap, const char *path)
{
	size_t n = read_text_at(dir_fd, out, cap, path) ? strlen(out) : 0;

	/* what fills the room could be the beginning of more */
	if (n == cap - 1)
		n = 0;
	else if (n && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return n;
}

/* What a disk, or the disk of a partition, says it is; or "". */
static void hardware_text(int dir_fd, bool part, char *out, size_t cap)
{
	static const char *const files[] = {
		"../wwid", "../device/wwid", "../device/serial", "../dm/uuid",
		"../loop/backing_file",
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files) && !n; i++)
		n = read_whole_at(dir_fd, out, cap, files[i] + (part ? 0 : strlen("../")));
}

/* A part of a name is no proof: the names of two disks may differ in their last letter only. */
static void whole_or_hash(const char *text, char *out, size_t cap)
{
	char hash[SHA1_TEXT];
	size_t n = strlen(text);

	printable(out, cap, text, n);
	/* so near to the end printable() may have left something out */
	if (strlen(out) + 4 < cap)
		return;
	sha1_text(text, n, hash);
	snprintf(out, cap, "sha1:%s", hash);
}

void blk_hardware(dev_t rdev, char out[BLK_HARDWARE])
{
	char dir[64], start[32], text[PATH_MAX + 1];
	autoclose int fd = -1;
	bool part;

	*out = '\0';
	/* what a ram disk holds is gone with the boot, and there is nothing to know it by */
	if (major(rdev) == RAMDISK_MAJOR)
		return;
	sysfs_path(rdev, "", dir, sizeof(dir));
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	part = faccessat(fd, "partition", F_OK, 0) == 0;
	hardware_text(fd, part, text, sizeof(text));
	whole_or_hash(text, out, BLK_HARDWARE - PART_START);
	if (part && *text && read_line_at(fd, start, sizeof(start), "start"))
		snprintf(out + strlen(out), PART_START, " at %s", start);
}

static bool loop_over(const char *file, char out[33])
{
	autofree char *whole = realpath(file, NULL);
	char path[64 + NAME_BYTES], backing[PATH_MAX];
	DIR *dir = whole ? opendir("/sys/block") : NULL;
	struct dirent *e;
	bool found = false;

	while (dir && !found && (e = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", e->d_name);
		found = read_line(backing, sizeof(backing), path) && !strcmp(backing, whole) &&
			copy_text(out, 33, e->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

bool blk_file_busy(const char *file, char *out, size_t cap)
{
	char loop[33];

	if (!loop_over(file, loop))
		return false;
	snprintf(out, cap, "%s is in use by /dev/%s: work on that device, or detach it first "
		 "(losetup -d /dev/%s)", file, loop, loop);
	return true;
}

/* A search for the best path of a device: preferred ones first, then the shortest. */
struct search {
	dev_t rdev;
	dev_t filesystem;
	bool md;
	char prefer[64];         /* "/NAME/" or "" */
	char *best;
	bool best_preferred;
};

static void consider(struct search *s, const char *path)
{
	bool preferred = (s->prefer[0] && strstr(path, s->prefer)) ||
			 (s->md && strncmp(path, "/dev/md/", 8) == 0);

	if (s->best) {
		int longer = (int)strlen(path) - (int)strlen(s->best);

		if (preferred < s->best_preferred)
			return;
		if (preferred == s->best_preferred &&
		    (longer > 0 || (!longer && strcmp(path, s->best) >= 0)))
			return;
	}
	if (!is_block(path, s->rdev))
		return;
	free(s->best);
	s->best = xstrdup(path);
	s->best_preferred = preferred;
}

/* Never follows a link to a directory and never leaves the file system. */
static void walk(struct search *s, const char *dir, int depth)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (!d) {
		close_fd(&fd);
		return;
	}
	if (!s->filesystem && fstat(fd, &st) == 0)
		s->filesystem = st.st_dev;
	while (fstat(fd, &st) == 0 && st.st_dev == s->filesystem && (e = readdir(d))) {
		autofree char *path = NULL;
		mode_t type;

		if (e->d_name[0] == '.' || fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		type = st.st_mode & S_IFMT;
		path = xasprintf("%s/%s", dir, e->d_name);
		if (type == S_IFDIR && depth < WALK_DEPTH)
			walk(s, path, depth + 1);
		else if (type == S_IFBLK || type == S_IFLNK)
			consider(s, path);
	}
	closedir(d);
}

/* "/dev/sda1" when that is the device: the kernel's and udev's own name. */
static char *kernel_path(dev_t rdev, const char *kname)
{
	autofree char *path = xasprintf("/dev/%s", kname);

	for (char *p = path; *p; p++)
		if (*p == '!')
			*p = '/';
	return is_block(path, rdev) ? steal(path) : NULL;
}

char *blk_path(dev_t rdev, const char *kname, const char *prefer)
{
	struct search s = { .rdev = rdev, .md = strncmp(kname, "md", 2) == 0 };

	if (prefer && *prefer && strlen(prefer) < sizeof(s.prefer) - 2)
		snprintf(s.prefer, sizeof(s.prefer), "/%s/", prefer);
	if (*kname)
		s.best = kernel_path(rdev, kname);
	if (s.prefer[0] || !s.best)
		walk(&s, "/dev", 0);
	else if (s.md)
		walk(&s, "/dev/md", WALK_DEPTH);
	return s.best ? s.best : xasprintf("%u:%u", major(rdev), minor(rdev));
}

char *blk_name(dev_t rdev, const char *prefer)
{
	char kname[NAME_BYTES];

	return blk_path(rdev, blk_kname(rdev, kname, sizeof(kname)) ? "" : kname, prefer);
}

/* Undoes the \040 of /proc/self/mountinfo and /proc/swaps, in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		unsigned int c;

		if (s[0] == '\\' && strspn(s + 1, "01234567") >= 3 &&
		    sscanf(s + 1, "%3o", &c) == 1) {
			*to++ = (char)c;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static bool in_holders(dev_t rdev, struct holder *h)
{
	char path[NAME_BYTES + 64];
	struct dirent *e;
	bool found = false;
	DIR *d;

	sysfs_path(rdev, "/holders", path, sizeof(path));
	d = opendir(path);
	while (d && !found && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		found = true;
		copy_text(h->what, sizeof(h->what), e->d_name);
	}
	if (d)
		closedir(d);
	if (!found)
		return false;
	h->by = HELD_OTHER;
	snprintf(path, sizeof(path), "/sys/block/%s/md/array_state", h->what);
	if (read_line(h->more, sizeof(h->more), path))
		h->by = HELD_MD;
	snprintf(path, sizeof(path), "/sys/block/%s/dm/name", h->what);
	if (h->by == HELD_OTHER && read_line(h->more, sizeof(h->more), path))
		h->by = HELD_DM;
	return true;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool mount_line(dev_t rdev, char *line, char *point)
{
	const char *rest = strstr(line, " - ");
	char source[NAME_BYTES] = "";
	unsigned int ma, mi;

	if (sscanf(line, "%*u %*u %u:%u %*s %255s", &ma, &mi, point) != 3)
		return false;
	if (makedev(ma, mi) == rdev)
		return true;
	/* btrfs and its like have a number of their own */
	if (!rest || ma != 0 || sscanf(rest, " - %*s %255s", source) != 1)
		return false;
	unescape(source);
	return strncmp(source, "/dev/", 5) == 0 && is_block(source, rdev);
}

static bool in_mounts(dev_t rdev, struct holder *h)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	autofree char *line = NULL;
	size_t cap = 0;
	bool found = false;

	while (f && !found && getline(&line, &cap, f) >= 0)
		found = mount_line(rdev, line, h->what);
	if (f)
		fclose(f);
	if (!found)
		return false;
	h->by = HELD_MOUNT;
	unescape(h->what);
	return true;
}

static bool in_swaps(dev_t rdev, struct holder *h)
{
	FILE *f = fopen("/proc/swaps", "re");
	autofree char *line = NULL;
	size_t cap = 0;
	bool found = false;

	while (f && !found && getline(&line, &cap, f) >= 0) {
		if (sscanf(line, "%255s", h->what) != 1 || h->what[0] != '/')
			continue;
		unescape(h->what);
		found = is_block(h->what, rdev);
	}
	if (f)
		fclose(f);
	if (found)
		h->by = HELD_SWAP;
	return found;
}

static bool held(dev_t rdev, struct holder *h)
{
	return in_holders(rdev, h) || in_mounts(rdev, h) || in_swaps(rdev, h);
}

static void name_part(struct holder *h, const char *what, dev_t rdev)
{
	autofree char *name = blk_name(rdev, NULL);

	snprintf(h->part, sizeof(h->part), "its %s %s", what, name);
}

static DIR *open_disk_dir(dev_t rdev)
{
	char dir[64];

	sysfs_path(rdev, "", dir, sizeof(dir));
	return opendir(dir);
}

/* The next partition that the kernel sees on the disk whose directory that is. */
static bool next_partition(DIR *d, dev_t disk, dev_t *part)
{
	char dir[64], path[NAME_BYTES + 80];
	struct dirent *e;

	sysfs_path(disk, "", dir, sizeof(dir));
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s/partition", dir, e->d_name);
		if (e->d_name[0] == '.' || access(path, F_OK) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s/dev", dir, e->d_name);
		if (read_rdev(path, part))
			return true;
	}
	return false;
}

static bool partition_held(dev_t rdev, struct holder *h)
{
	DIR *d = open_disk_dir(rdev);
	bool found = false;
	dev_t part;

	while (!found && next_partition(d, rdev, &part))
		found = held(part, h);
	if (d)
		closedir(d);
	if (found)
		name_part(h, "partition", part);
	return found;
}

static bool disk_of(dev_t rdev, dev_t *disk)
{
	char path[80];

	sysfs_path(rdev, "/partition", path, sizeof(path));
	if (access(path, F_OK) != 0)
		return false;
	sysfs_path(rdev, "/../dev", path, sizeof(path));
	return read_rdev(path, disk);
}

bool blk_partition_of(dev_t rdev, dev_t *disk, uint64_t *start_sec)
{
	char path[80], text[40];

	sysfs_path(rdev, "/start", path, sizeof(path));
	return disk_of(rdev, disk) && read_line(text, sizeof(text), path) &&
	       parse_u64(text, UINT64_MAX / SECTOR_BYTES, start_sec) == 0;
}

/* Whoever holds a whole disk holds its partitions. */
static bool disk_held(dev_t rdev, struct holder *h)
{
	dev_t disk;

	if (!disk_of(rdev, &disk) || !held(disk, h))
		return false;
	name_part(h, "disk", disk);
	return true;
}

static bool find_holder(dev_t rdev, struct holder *h)
{
	*h = (struct holder){ 0 };
	return held(rdev, h) || partition_held(rdev, h) || disk_held(rdev, h);
}

static void describe(const struct holder *h, char *out, size_t cap)
{
	bool inactive = strcmp(h->more, "inactive") == 0 || strcmp(h->more, "clear") == 0;
	const char *part = h->part, *is = *part ? " is " : "";
	char text[4 * NAME_BYTES];

	switch (h->by) {
	case HELD_MD:
		snprintf(text, sizeof(text), "%s%sa member of %s%s", part, is, h->what,
			 inactive ? " (inactive)" : "");
		break;
	case HELD_DM:
		snprintf(text, sizeof(text), "%s%sheld by %s (%s)", part, is, h->what, h->more);
		break;
	case HELD_OTHER:
		snprintf(text, sizeof(text), "%s%sheld by %s", part, is, h->what);
		break;
	case HELD_MOUNT:
		snprintf(text, sizeof(text), "%s%smounted on %s", part, is, h->what);
		break;
	case HELD_SWAP:
		snprintf(text, sizeof(text), "%s%sin use as swap", part, is);
		break;
	}
	printable(out, cap, text, strlen(text));
}

/* What to do about it. */
static void remedy(const struct holder *h, char *out, size_t cap)
{
	char text[2 * NAME_BYTES] = "";

	switch (h->by) {
	case HELD_MD:
		snprintf(text, sizeof(text), "; stop that array first (mdadm --stop /dev/%s)",
			 h->what);
		break;
	case HELD_DM:
		snprintf(text, sizeof(text), "; remove that mapping first (dmsetup remove %s)",
			 h->more);
		break;
	case HELD_OTHER:
		break;
	case HELD_MOUNT:
		snprintf(text, sizeof(text), "; unmount it first (umount %s)", h->what);
		break;
	case HELD_SWAP:
		snprintf(text, sizeof(text), "; stop using it first (swapoff %s)", h->what);
		break;
	}
	printable(out, cap, text, strlen(text));
}

bool blk_md_holder(dev_t rdev, char out[33])
{
	struct holder h;

	*out = '\0';
	return in_holders(rdev, &h) && h.by == HELD_MD && copy_text(out, 33, h.what);
}

bool blk_holder(dev_t rdev, char *out, size_t cap)
{
	struct holder h;

	if (!find_holder(rdev, &h))
		return false;
	describe(&h, out, cap);
	return true;
}

struct ask_alone {
	const char *path;
	dev_t rdev;
	struct blkdev *dev;
	int rc;
	struct err *err;
};

/* -EBUSY: it may be worth while to ask again. */
static int ask_alone(void *arg)
{
	struct ask_alone *a = arg;
	struct holder h;

	a->rc = blk_open(a->path, BLK_READ_EXCL_NODE, &a->dev, a->err);
	return a->rc == -EBUSY && find_holder(a->rdev, &h) ? 0 : a->rc;
}

int blk_open_alone(const char *path, dev_t rdev, int patience_ms, struct blkdev **out,
		   struct err *err)
{
	struct ask_alone a = { path, rdev, NULL, 0, err };

	retry_busy(ask_alone, &a, patience_ms);
	*out = a.dev;
	return a.rc;
}

bool blk_busy_reason(dev_t rdev, char *out, size_t cap)
{
	char who[2 * NAME_BYTES], todo[2 * NAME_BYTES];
	struct holder h;

	if (!find_holder(rdev, &h)) {
		if (!proc_opener(rdev, who, sizeof(who)))
			return false;
		snprintf(out, cap, "it is open in %s; end that first", who);
		return true;
	}
	describe(&h, who, sizeof(who));
	remedy(&h, todo, sizeof(todo));
	snprintf(out, cap, "%s%s%s", h.part[0] ? "" : "it is ", who, todo);
	return true;
}
