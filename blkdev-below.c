// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blkdev-below.c - which devices one lies on, by /sys/dev/block.  Only looks.  Uses only the base.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "blkdev.h"
#include "util.h"

#define DEPTH_MAX 8

struct below {
	void (*each)(void *arg, dev_t rdev);
	void *arg;
};

static void go_below(const struct below *b, dev_t rdev, unsigned depth);

/* dir/dev of a directory of sysfs. */
static bool dev_of(int dir, const char *path, dev_t *out)
{
	autoclose int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	unsigned int ma, mi;
	char text[40];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	if (sscanf(text, "%u:%u", &ma, &mi) != 2)
		return false;
	*out = makedev(ma, mi);
	return true;
}

static void each_slave(const struct below *b, int dir, unsigned depth)
{
	DIR *slaves = open_below(dir, "slaves");
	struct dirent *e;
	char path[300];
	dev_t rdev;

	if (!slaves)
		return;
	while ((e = readdir(slaves))) {
		snprintf(path, sizeof(path), "%s/dev", e->d_name);
		if (e->d_name[0] != '.' && dev_of(dirfd(slaves), path, &rdev))
			go_below(b, rdev, depth);
	}
	closedir(slaves);
}

/* The device that the file of a loop device is on. */
static bool dev_of_file(int dir, dev_t *out)
{
	autoclose int fd = openat(dir, "loop/backing_file", O_RDONLY | O_CLOEXEC);
	char path[PATH_MAX];
	struct stat st;
	ssize_t n = fd < 0 ? -1 : read(fd, path, sizeof(path) - 1);

	if (n <= 0)
		return false;
	path[n - (path[n - 1] == '\n')] = '\0';
	if (stat(path, &st) < 0)
		return false;
	*out = st.st_dev;
	return true;
}

static void go_below(const struct below *b, dev_t rdev, unsigned depth)
{
	autoclose int dir = -1;
	char path[64];
	dev_t disk;

	b->each(b->arg, rdev);
	if (depth == DEPTH_MAX)
		return;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(rdev), minor(rdev));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	/* the directory of a partition is inside that of its disk */
	if (faccessat(dir, "partition", F_OK, 0) == 0 && dev_of(dir, "../dev", &disk))
		go_below(b, disk, depth + 1);
	each_slave(b, dir, depth + 1);
	if (dev_of_file(dir, &disk))
		go_below(b, disk, depth + 1);
}

void blk_below(dev_t rdev, void (*each)(void *arg, dev_t rdev), void *arg)
{
	const struct below b = { each, arg };

	go_below(&b, rdev, 0);
}
