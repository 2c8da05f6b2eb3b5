// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-arrays.c - the part of limit.c that makes, starts and stops arrays.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "limit.h"

void wipe(char **path, int n)
{
	const size_t end = 131072;
	char *zero = memset(checked(aligned_alloc(4096, end)), 0, end);
	struct device *d = devices_open(path, n, O_RDWR);

	for (int i = 0; i < n; i++)
		if (pwrite(d[i].fd, zero, 16384, 0) < 0 ||
		    pwrite(d[i].fd, zero, end, (off_t)(d[i].bytes - end)) < 0)
			die("wipe");
}

static void fill(struct mdp_superblock_1 *sb, uint64_t sec, uint32_t number, uint32_t level, uint32_t n)
{
	*sb = (struct mdp_superblock_1){
		.magic = MD_SB_MAGIC, .major_version = 1, .ctime = (uint64_t)time(NULL),
		.level = level, .layout = level == 10 ? 0x102 : level >= 4 ? 2 : 0,
		.size = (sec - 2048) & ~1023ULL, .chunksize = level == 1 ? 0 : 1024, .raid_disks = n,
		.data_offset = 2048, .data_size = sec - 2048, .super_offset = 8, .events = 1,
		.resync_offset = ~0ULL, .max_dev = 128,
	};
	memset(sb->set_uuid, 0x5a, 16);
	memcpy(sb->set_uuid, &number, sizeof(number));
	memcpy(sb->device_uuid, sb->set_uuid, 16);
	snprintf(sb->set_name, sizeof(sb->set_name), "bench:%u", number);
	for (uint32_t i = 0; i < sb->max_dev; i++)
		sb->dev_roles[i] = i < n ? (uint16_t)i : 0xfffe;
}

static void stamp(struct device *d, int n, int number, int level)
{
	struct mdp_superblock_1 *sb = memset(checked(aligned_alloc(4096, SB_BYTES)), 0, SB_BYTES);

	fill(sb, d->bytes / 512, (uint32_t)number, (uint32_t)level, (uint32_t)n);
	for (int i = 0; i < n; i++) {
		sb->dev_number = (uint32_t)i;
		sb->device_uuid[15] = (uint8_t)i;
		sb->sb_csum = checksum(sb);
		if (pwrite(d[i].fd, sb, SB_BYTES, 4096) != SB_BYTES)
			die("stamp");
	}
}

static int make_array(int number)
{
	int fd = open("/sys/module/md_mod/parameters/new_array", O_WRONLY | O_CLOEXEC);
	char path[32];

	snprintf(path, sizeof(path), "/dev/md%d", number);
	if (fd < 0 || write(fd, path + 5, strlen(path + 5)) < 0)
		die("new_array");
	close(fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

static void set_version(int fd)
{
	mdu_array_info_t info = { .major_version = 1, .minor_version = 2 };

	if (ioctl(fd, SET_ARRAY_INFO, &info))
		die("SET_ARRAY_INFO");
}

static void add(int fd, const struct device *d)
{
	mdu_disk_info_t disk = { .major = (int)major(d->rdev), .minor = (int)minor(d->rdev) };

	if (ioctl(fd, ADD_NEW_DISK, &disk))
		die("ADD_NEW_DISK");
}

static void run_array(int fd)
{
	if (ioctl(fd, RUN_ARRAY, NULL))
		die("RUN_ARRAY");
}

static void start(const struct device *d, int n, int number)
{
	int fd = make_array(number);

	set_version(fd);
	for (int i = 0; i < n; i++)
		add(fd, &d[i]);
	run_array(fd);
	close(fd);
	printf("md%d: started\n", number);
}

void start_stamped(char **path, int n, int number)
{
	struct device *d = devices_open(path, n, O_RDONLY);

	devices_close(d, n);
	start(d, n, number);
}

void create(char **path, int n, int number, int level, bool run)
{
	struct device *d = devices_open(path, n, O_RDWR);

	if (run)
		probe(d, n);
	stamp(d, n, number, level);
	devices_close(d, n);
	if (run)
		start(d, n, number);
}

/* --- assembling --- */

struct set {
	struct device *d;
	int n;
	pthread_t thread;
};

uint32_t number_of(const struct mdp_superblock_1 *sb)
{
	uint32_t number;

	memcpy(&number, sb->set_uuid, sizeof(number));
	return number;
}

static int by_array(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	if (!x->sb || !y->sb)
		return !x->sb - !y->sb;
	if (number_of(x->sb) != number_of(y->sb))
		return number_of(x->sb) < number_of(y->sb) ? -1 : 1;
	return x->sb->dev_number < y->sb->dev_number ? -1 : 1;
}

/* Members in the order of their arrays; the sets point into them. */
static int group(struct device *d, int n, struct set *set)
{
	int sets = 0;

	qsort(d, (size_t)n, sizeof(*d), by_array);
	for (int i = 0; i < n && d[i].sb; i++) {
		if (!i || number_of(d[i].sb) != number_of(d[i - 1].sb))
			set[sets++].d = &d[i];
		set[sets - 1].n++;
	}
	return sets;
}

static void *start_set(void *arg)
{
	struct set *set = arg;

	start(set->d, set->n, (int)number_of(set->d->sb));
	return NULL;
}

static void start_sets(struct set *set, int n)
{
	for (int i = 0; i < n; i++)
		if (!at_once)
			start_set(&set[i]);
		else if (pthread_create(&set[i].thread, NULL, start_set, &set[i]))
			die("thread");
	for (int i = 0; at_once && i < n; i++)
		pthread_join(set[i].thread, NULL);
}

/* What udev runs for each array finds its name here, without looking for it. */
static void write_map(const struct set *set, int n)
{
	FILE *f = checked(fopen("/run/mdadm/map.new", "we"));

	for (int i = 0; i < n; i++) {
		uint32_t number = number_of(set[i].d->sb), u[4];

		memcpy(u, set[i].d->sb->set_uuid, sizeof(u));
		fprintf(f, "md%u 1.2 %08x:%08x:%08x:%08x /dev/md/%u\n", number, u[0], u[1], u[2], u[3],
			number);
	}
	if (fclose(f) || rename("/run/mdadm/map.new", "/run/mdadm/map"))
		die("map");
}

/* udev removes the directory together with its last link. */
static int watch_links(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	do
		mkdir("/dev/md", 0755);
	while (inotify_add_watch(fd, "/dev/md", IN_CREATE | IN_MOVED_TO) < 0 && errno == ENOENT);
	return fd;
}

static void wait_links(const struct set *set, int n)
{
	static char events[65536] __attribute__((aligned(8)));
	struct pollfd p = { .fd = watch_links(), .events = POLLIN };
	char path[32];

	for (int i = 0; i < n;) {
		snprintf(path, sizeof(path), "/dev/md/%u", number_of(set[i].d->sb));
		if (access(path, F_OK) == 0)
			i++;
		else if (poll(&p, 1, 10000) <= 0 || read(p.fd, events, sizeof(events)) < 0)
			die("no link from udev");
	}
	close(p.fd);
}

void assemble(char **path, int n)
{
	struct set *set = checked(calloc((size_t)n, sizeof(*set)));
	struct device *d = devices_open(path, n, O_RDONLY);
	int sets;

	probe(d, n);
	devices_close(d, n);
	sets = group(d, n, set);
	if (linked)
		write_map(set, sets);
	start_sets(set, sets);
	if (linked)
		wait_links(set, sets);
}

/* GET_ARRAY_INFO fails before the array runs, so the members are counted in sysfs. */
static int count_members(uint32_t number)
{
	struct dirent *entry;
	char path[40];
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/block/md%u/md", number);
	dir = checked(opendir(path));
	while ((entry = readdir(dir)))
		n += strncmp(entry->d_name, "dev-", 4) == 0;
	closedir(dir);
	return n;
}

static int open_or_make(uint32_t number)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/sys/block/md%u", number);
	if (access(path, F_OK) == 0) {
		snprintf(path, sizeof(path), "/dev/md%u", number);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			die(path);
		return fd;
	}
	fd = make_array((int)number);
	set_version(fd);
	return fd;
}

void incremental(const char *path)
{
	struct device *d = devices_open((char **)&path, 1, O_RDONLY);
	int fd, members;

	probe(d, 1);
	devices_close(d, 1);
	if (!d->sb)
		die(path);
	fd = open_or_make(number_of(d->sb));
	add(fd, d);
	members = count_members(number_of(d->sb));
	if (members == (int)d->sb->raid_disks)
		run_array(fd);
	close(fd);
	printf("%s to md%u, %d of %u\n", path, number_of(d->sb), members, d->sb->raid_disks);
}

/* --- stopping --- */

int arrays(char name[][32])
{
	FILE *f = fopen("/proc/mdstat", "re");
	char *line = NULL;
	size_t cap = 0;
	int n = 0;

	while (f && n < ARRAYS_MAX && getline(&line, &cap, f) >= 0)
		n += sscanf(line, "md%28s", name[n] + 2) == 1 && memcpy(name[n], "md", 2);
	return n;
}

static void *stop(void *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", (char *)name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, STOP_ARRAY, NULL))
		die(path);
	close(fd);
	return NULL;
}

void stop_all(char name[][32], int n)
{
	pthread_t thread[ARRAYS_MAX];

	for (int i = 0; i < n; i++)
		if (!at_once)
			stop(name[i]);
		else if (pthread_create(&thread[i], NULL, stop, name[i]))
			die("thread");
	for (int i = 0; at_once && i < n; i++)
		pthread_join(thread[i], NULL);
}
