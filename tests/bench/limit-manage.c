// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-manage.c - the part of limit.c that changes the members of a running array, and waits for it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "limit.h"

static int open_array(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

/* The first number that no member has. */
static int free_number(int fd)
{
	mdu_disk_info_t k = { .number = -1 };

	do {
		k.number++;
		if (ioctl(fd, GET_DISK_INFO, &k))
			die("GET_DISK_INFO");
	} while (k.major || k.minor);
	return k.number;
}

/* That of the member with number 0, made that of a spare. */
static void write_spare(int fd, const struct device *d)
{
	mdu_disk_info_t first = { .number = 0 };
	struct mdp_superblock_1 *sb = checked(aligned_alloc(4096, SB_BYTES));
	int number = free_number(fd);

	if (ioctl(fd, GET_DISK_INFO, &first))
		die("GET_DISK_INFO");
	memcpy(sb, read_super(member_path(&first)), SB_BYTES);
	sb->dev_number = (uint32_t)number;
	sb->dev_roles[number] = 0xffff;
	if (getrandom(sb->device_uuid, sizeof(sb->device_uuid), 0) != sizeof(sb->device_uuid))
		die("getrandom");
	sb->sb_csum = checksum(sb);
	if (pwrite(d->fd, sb, SB_BYTES, 4096) != SB_BYTES || fsync(d->fd))
		die(d->path);
}

static void add_disk(int fd, mdu_disk_info_t disk, const struct device *d)
{
	disk.major = (int)major(d->rdev);
	disk.minor = (int)minor(d->rdev);
	if (ioctl(fd, ADD_NEW_DISK, &disk))
		die("ADD_NEW_DISK");
}

void manage_add(const char *name, char *path)
{
	struct device *d = devices_open(&path, 1, O_RDWR);
	int fd = open_array(name);

	probe(d, 1);
	write_spare(fd, d);
	devices_close(d, 1);
	add_disk(fd, (mdu_disk_info_t){ .raid_disk = -1 }, d);
}

void manage_readd(const char *name, char *path)
{
	struct device *d = devices_open(&path, 1, O_RDONLY);
	int fd = open_array(name);

	probe(d, 1);
	devices_close(d, 1);
	if (!d->sb)
		die(path);
	add_disk(fd, (mdu_disk_info_t){ .number = (int)d->sb->dev_number, .state = 1 << MD_DISK_SYNC,
					.raid_disk = d->sb->dev_roles[d->sb->dev_number] }, d);
}

void manage_out(const char *name, const char *path, bool fail)
{
	int fd = open_array(name);
	struct stat st;

	if (stat(path, &st) || ioctl(fd, fail ? SET_DISK_FAULTY : HOT_REMOVE_DISK, (unsigned long)st.st_rdev))
		die(path);
}

void manage_replace(const char *name, const char *path)
{
	char state[128];
	int fd;

	snprintf(state, sizeof(state), "/sys/block/%s/md/dev-%s/state", name, strrchr(path, '/') + 1);
	fd = open(state, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "want_replacement", 16) != 16)
		die(state);
}

bool manage_wait(const char *name)
{
	struct pollfd p = { .events = POLLPRI };
	bool waited = false;
	char path[64], action[16];

	snprintf(path, sizeof(path), "/sys/block/%s/md/sync_action", name);
	p.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (p.fd < 0)
		die(path);
	while (pread(p.fd, action, sizeof(action), 0) > 0 && strncmp(action, "idle", 4)) {
		waited = true;
		poll(&p, 1, -1);
	}
	return waited;
}
