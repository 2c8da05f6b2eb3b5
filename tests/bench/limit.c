// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit.c - what the kernel itself must do for the common commands, and nothing besides: the
 * limit that `make bench` measures against.  Not a tool for users: no checks, no
 * configuration, metadata 1.2 only.  Shares no code with mdadm.
 *
 * Honest all the same: whatever looks for superblocks reads every place where one can be (the
 * first 8 KiB, the place of 0.90, the last 12 KiB), below the page cache, and checks the sum; create
 * looks at the members first and writes real superblocks; reports are formatted and written.
 *
 *	limit [-j] [-1] [-w] OPERATION ARGUMENT...
 *	-j: what sleeps in the kernel sleeps at once: reads of all devices, starts and stops of arrays
 *	-1: only the first place is read; ARRAY lines allow it when they name the metadata
 *	-w: assemble writes the map first and ends when udev has made the links of all arrays
 *
 *	nothing                          start and end of a process
 *	wipe DEVICE...                   no superblocks (set-up)
 *	stamp NUMBER LEVEL DEVICE...     superblocks of an array (set-up)
 *	start NUMBER DEVICE...           an array of stamped devices (set-up)
 *	create NUMBER LEVEL DEVICE...    look, stamp, start
 *	assemble DEVICE...               look, start all the arrays
 *	incremental DEVICE               look, add it to its array, start that when it is whole
 *	examine DEVICE...                a report on each
 *	examine-scan DEVICE...           a line for each array
 *	detail NAME                      ioctls and one superblock
 *	detail-scan                      the same for all of /proc/mdstat, in lines
 *	add NAME DEVICE                  look, write the superblock of a spare, give it to the array
 *	re-add NAME DEVICE               look, give it back to the array as the member it was
 *	fail, remove, replace NAME DEVICE   one word to the kernel
 *	wait NAME                        until nothing runs; exit status 1 when nothing does
 *	read DEVICE...                   all of them from beginning to end, each by a process of its own
 *	stop-scan                        STOP_ARRAY for all of /proc/mdstat
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "limit.h"

bool at_once;
int places = PLACES;
bool linked;

void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	exit(1);
}

void *checked(void *p)
{
	if (!p)
		die("memory");
	return p;
}

/* --- reports --- */

static const char *uuid(const struct mdp_superblock_1 *sb, char *out)
{
	const uint8_t *u = sb->set_uuid;

	for (int i = 0; i < 16; i++)
		sprintf(out + i * 2 + i / 4, "%02x%s", u[i], i % 4 == 3 && i < 15 ? ":" : "");
	return out;
}

static void print_time(const char *label, uint64_t when_s)
{
	time_t t = (time_t)when_s;
	char text[32];

	printf("%15s : %s", label, ctime_r(&t, text));
}

static void report(const struct device *d)
{
	const struct mdp_superblock_1 *sb = d->sb;
	char text[40];

	printf("%s:\n          Magic : %08x\n        Version : 1.2\n    Feature Map : 0x%x\n", d->path,
	       sb->magic, sb->feature_map);
	printf("     Array UUID : %s\n           Name : %.32s\n", uuid(sb, text), sb->set_name);
	print_time("Creation Time", sb->ctime);
	printf("     Raid Level : %u\n   Raid Devices : %u\n Avail Dev Size : %llu\n"
	       "     Array Size : %llu\n    Data Offset : %llu\n   Super Offset : %llu\n", sb->level,
	       sb->raid_disks, sb->data_size, sb->size, sb->data_offset, sb->super_offset);
	print_time("Update Time", sb->utime);
	printf("       Checksum : %x\n         Events : %llu\n    Device Role : %u\n", sb->sb_csum,
	       sb->events, sb->dev_roles[sb->dev_number]);
}

static void report_line(const char *name, const struct mdp_superblock_1 *sb)
{
	char text[40];

	printf("ARRAY %s metadata=1.2 UUID=%s name=%.32s\n", name, uuid(sb, text), sb->set_name);
}

static const char *array_path(const struct mdp_superblock_1 *sb, char *out)
{
	sprintf(out, "/dev/md/%u", number_of(sb));
	return out;
}

/* The first member of an array stands for it. */
static void examine(char **path, int n, bool scan)
{
	struct device *d = devices_open(path, n, O_RDONLY);
	char text[32];

	probe(d, n);
	for (int i = 0; i < n; i++) {
		if (d[i].sb && !scan)
			report(&d[i]);
		else if (d[i].sb && d[i].sb->dev_number == 0)
			report_line(array_path(d[i].sb, text), d[i].sb);
	}
}

/* --- arrays that run --- */

char *member_path(const mdu_disk_info_t *k)
{
	static char path[300];
	char link[64], target[256];
	ssize_t n;

	snprintf(link, sizeof(link), "/sys/dev/block/%d:%d", k->major, k->minor);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		die(link);
	target[n] = '\0';
	snprintf(path, sizeof(path), "/dev/%s", strrchr(target, '/') + 1);
	return path;
}

const struct mdp_superblock_1 *read_super(const char *path)
{
	static struct mdp_superblock_1 *sb;
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (!sb)
		sb = checked(aligned_alloc(4096, SB_BYTES));
	if (fd < 0 || pread(fd, sb, SB_BYTES, 4096) != SB_BYTES)
		die(path);
	close(fd);
	return sb;
}

static void report_array(const char *path, const mdu_array_info_t *a, const struct mdp_superblock_1 *sb)
{
	char text[40];

	printf("%s:\n           Version : 1.2\n        Raid Level : %d\n        Array Size : %d\n"
	       "      Raid Devices : %d\n     Total Devices : %d\n             State : %x\n", path,
	       a->level, a->size, a->raid_disks, a->nr_disks, (unsigned)a->state);
	print_time("Update Time", (uint64_t)a->utime);
	printf("              Name : %.32s\n              UUID : %s\n            Events : %llu\n",
	       sb->set_name, uuid(sb, text), sb->events);
}

static void detail(const char *name, bool scan)
{
	char path[64];
	mdu_array_info_t a;
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, GET_ARRAY_INFO, &a))
		die(path);
	for (int i = 0; i < (scan ? 1 : a.nr_disks); i++) {
		mdu_disk_info_t k = { .number = i };
		const char *member;

		if (ioctl(fd, GET_DISK_INFO, &k))
			die("GET_DISK_INFO");
		member = member_path(&k);
		if (scan)
			report_line(path, read_super(member));
		else if (!i)
			report_array(path, &a, read_super(member));
		if (!scan)
			printf("%8d %7d %7d %7d  %x %s\n", k.number, k.major, k.minor, k.raid_disk,
			       (unsigned)k.state, member);
	}
	close(fd);
}

static void all_arrays(bool report_each)
{
	static char name[ARRAYS_MAX][32];
	int n = arrays(name);

	if (!report_each)
		stop_all(name, n);
	for (int i = 0; report_each && i < n; i++)
		detail(name[i], true);
}

static bool manage(const char *what, const char *name, char *path)
{
	if (strcmp(what, "add") == 0)
		manage_add(name, path);
	else if (strcmp(what, "re-add") == 0)
		manage_readd(name, path);
	else if (strcmp(what, "replace") == 0)
		manage_replace(name, path);
	else if (strcmp(what, "fail") == 0 || strcmp(what, "remove") == 0)
		manage_out(name, path, *what == 'f');
	else
		return false;
	return true;
}

static int run(const char *what, char **arg, int n)
{
	int number = n ? atoi(arg[0]) : 0;

	if (strcmp(what, "nothing") == 0)
		return 0;
	if (strcmp(what, "wipe") == 0)
		wipe(arg, n);
	else if (strcmp(what, "read") == 0)
		read_all(arg, n);
	else if (strcmp(what, "examine") == 0)
		examine(arg, n, false);
	else if (strcmp(what, "examine-scan") == 0)
		examine(arg, n, true);
	else if (strcmp(what, "detail-scan") == 0)
		all_arrays(true);
	else if (strcmp(what, "stop-scan") == 0)
		all_arrays(false);
	else if (strcmp(what, "assemble") == 0)
		assemble(arg, n);
	else if (strcmp(what, "incremental") == 0 && n == 1)
		incremental(arg[0]);
	else if (strcmp(what, "detail") == 0 && n == 1)
		detail(arg[0], false);
	else if (strcmp(what, "start") == 0 && n > 1)
		start_stamped(arg + 1, n - 1, number);
	else if ((strcmp(what, "create") == 0 || strcmp(what, "stamp") == 0) && n > 2)
		create(arg + 2, n - 2, number, atoi(arg[1]), *what == 'c');
	else if (strcmp(what, "wait") == 0 && n == 1)
		return !manage_wait(arg[0]);
	else if (n != 2 || !manage(what, arg[0], arg[1]))
		return 2;
	return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	while (argc > 1 && argv[1][0] == '-') {
		at_once |= strcmp(argv[1], "-j") == 0;
		linked |= strcmp(argv[1], "-w") == 0;
		if (strcmp(argv[1], "-1") == 0)
			places = 1;
		argv++;
		argc--;
	}
	return argc > 1 ? run(argv[1], argv + 2, argc - 2) : 2;
}
