// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit.c - what the kernel itself must do for the common commands, and nothing besides: the
 * limit that `make bench` measures against.  Not a tool for users: no checks, no
 * configuration, no udev, metadata 1.2 only.  Shares no code with mdadm.
 *
 * Honest all the same: whatever looks for superblocks reads every place where one can be (the
 * first 8 KiB, the place of 0.90, the last 12 KiB), below the page cache, and checks the sum; create
 * looks at the members first and writes real superblocks; reports are formatted and written.
 *
 *	limit [-j] OPERATION ARGUMENT...     -j: what sleeps in the kernel sleeps at once
 *
 *	nothing                          start and end of a process
 *	wipe DEVICE...                   no superblocks (set-up)
 *	stamp NUMBER LEVEL DEVICE...     superblocks of an array (set-up)
 *	start NUMBER DEVICE...           an array of stamped devices (set-up)
 *	create NUMBER LEVEL DEVICE...    look, stamp, start
 *	examine DEVICE...                a report on each
 *	examine-scan DEVICE...           a line for each array
 *	detail NAME                      ioctls and one superblock
 *	detail-scan                      the same for all of /proc/mdstat, in lines
 *	stop-scan                        STOP_ARRAY for all of /proc/mdstat
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <linux/io_uring.h>
#include <linux/major.h>
#include <linux/types.h>
#include <linux/raid/md_p.h>
#include <linux/raid/md_u.h>

#define HEAD_BYTES 8192          /* 1.1, 1.2, partition tables */
#define PLACE_90_BYTES 4096
#define TAIL_BYTES 12288         /* 1.0 and other formats */
#define PLACES 3
#define DEVICE_BYTES (HEAD_BYTES + PLACE_90_BYTES + TAIL_BYTES)
#define SB_BYTES 4096
#define ARRAYS_MAX 512

struct device {
	const char *path;
	int fd;
	dev_t rdev;
	uint64_t bytes;
	char *buf;
	struct mdp_superblock_1 *sb; /* NULL: none */
};

struct read {
	int fd;
	char *buf;
	uint32_t len;
	uint64_t at;
};

static bool at_once;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void *checked(void *p)
{
	if (!p)
		die("memory");
	return p;
}

/* --- devices --- */

static struct device device_open(const char *path, int flags)
{
	struct device d = { .path = path, .fd = open(path, flags | O_DIRECT | O_CLOEXEC) };
	struct stat st;

	if (d.fd < 0 || fstat(d.fd, &st) || ioctl(d.fd, BLKGETSIZE64, &d.bytes))
		die(path);
	d.rdev = st.st_rdev;
	return d;
}

static struct device *devices_open(char **path, int n, int flags)
{
	struct device *d = checked(calloc((size_t)n, sizeof(*d)));

	for (int i = 0; i < n; i++)
		d[i] = device_open(path[i], flags);
	return d;
}

static void devices_close(struct device *d, int n)
{
	for (int i = 0; i < n; i++)
		close(d[i].fd);
}

/* --- reading superblocks --- */

static void plan_reads(struct device *d, char *buf, struct read *r)
{
	const uint64_t at[PLACES] = { 0, (d->bytes & ~65535ULL) - 65536,
				      (d->bytes & ~4095ULL) - TAIL_BYTES };
	static const uint32_t len[PLACES] = { HEAD_BYTES, PLACE_90_BYTES, TAIL_BYTES };

	d->buf = buf;
	for (int i = 0; i < PLACES; buf += len[i++])
		r[i] = (struct read){ d->fd, buf, len[i], at[i] };
}

struct ring {
	int fd;
	struct io_uring_params p;
	char *sq, *cq;
	struct io_uring_sqe *sqe;
};

static void *ring_map(const struct ring *g, size_t bytes, uint64_t what)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, g->fd,
		       (off_t)what);

	if (p == MAP_FAILED)
		die("io_uring");
	return p;
}

/* Not Linux AIO: to close one of its contexts takes 13 ms. */
static void ring_open(struct ring *g, unsigned entries)
{
	memset(g, 0, sizeof(*g));
	g->fd = (int)syscall(SYS_io_uring_setup, entries, &g->p);
	if (g->fd < 0)
		die("io_uring_setup");
	g->sq = ring_map(g, g->p.sq_off.array + g->p.sq_entries * 4, IORING_OFF_SQ_RING);
	g->cq = ring_map(g, g->p.cq_off.cqes + g->p.cq_entries * sizeof(struct io_uring_cqe),
			 IORING_OFF_CQ_RING);
	g->sqe = ring_map(g, g->p.sq_entries * sizeof(*g->sqe), IORING_OFF_SQES);
}

static void ring_submit(struct ring *g, const struct read *r, unsigned n)
{
	unsigned *index = (unsigned *)(g->sq + g->p.sq_off.array);

	for (unsigned i = 0; i < n; i++) {
		g->sqe[i] = (struct io_uring_sqe){ .opcode = IORING_OP_READ, .fd = r[i].fd,
			.addr = (uintptr_t)r[i].buf, .len = r[i].len, .off = r[i].at,
			.user_data = r[i].len };
		index[i] = i;
	}
	__atomic_store_n((unsigned *)(g->sq + g->p.sq_off.tail), n, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, g->fd, n, n, IORING_ENTER_GETEVENTS, NULL, 0) != (long)n)
		die("io_uring_enter");
}

static void read_at_once(const struct read *r, unsigned n)
{
	const struct io_uring_cqe *done;
	struct ring g;

	ring_open(&g, n);
	ring_submit(&g, r, n);
	done = (const struct io_uring_cqe *)(g.cq + g.p.cq_off.cqes);
	for (unsigned i = 0; i < n; i++)
		if (done[i].res != (int)done[i].user_data)
			die("io_uring read");
	close(g.fd);
}

static void read_in_turn(const struct read *r, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (pread(r[i].fd, r[i].buf, r[i].len, (off_t)r[i].at) != (ssize_t)r[i].len)
			die("read");
}

static uint32_t checksum(const struct mdp_superblock_1 *sb)
{
	size_t n = (256 + sb->max_dev * 2) / 4;
	const uint32_t *word = (const uint32_t *)sb;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += word[i];
	if (sb->max_dev & 1)
		sum += *(const uint16_t *)&word[n];
	sum -= sb->sb_csum;
	return (uint32_t)sum + (uint32_t)(sum >> 32);
}

static void decode(struct device *d)
{
	struct mdp_superblock_1 *sb = (struct mdp_superblock_1 *)(d->buf + 4096);

	if (sb->magic == MD_SB_MAGIC && sb->max_dev <= (SB_BYTES - 256) / 2 &&
	    checksum(sb) == sb->sb_csum)
		d->sb = sb;
}

static void probe(struct device *d, int n)
{
	struct read *r = checked(calloc((size_t)n * PLACES, sizeof(*r)));
	char *buf = checked(aligned_alloc(4096, (size_t)n * DEVICE_BYTES));

	for (int i = 0; i < n; i++)
		plan_reads(&d[i], buf + (size_t)i * DEVICE_BYTES, r + i * PLACES);
	(at_once ? read_at_once : read_in_turn)(r, (unsigned)n * PLACES);
	for (int i = 0; i < n; i++)
		decode(&d[i]);
}

/* --- making arrays --- */

static void wipe(char **path, int n)
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

static void start(const struct device *d, int n, int number)
{
	mdu_array_info_t info = { .major_version = 1, .minor_version = 2 };
	int fd = make_array(number);

	if (ioctl(fd, SET_ARRAY_INFO, &info))
		die("SET_ARRAY_INFO");
	for (int i = 0; i < n; i++) {
		mdu_disk_info_t disk = { .major = (int)major(d[i].rdev),
					 .minor = (int)minor(d[i].rdev) };

		if (ioctl(fd, ADD_NEW_DISK, &disk))
			die("ADD_NEW_DISK");
	}
	if (ioctl(fd, RUN_ARRAY, NULL))
		die("RUN_ARRAY");
	close(fd);
	printf("md%d: started\n", number);
}

static void start_stamped(char **path, int n, int number)
{
	struct device *d = devices_open(path, n, O_RDONLY);

	devices_close(d, n);
	start(d, n, number);
}

static void create(char **path, int n, int number, int level, bool run)
{
	struct device *d = devices_open(path, n, O_RDWR);

	if (run)
		probe(d, n);
	stamp(d, n, number, level);
	devices_close(d, n);
	if (run)
		start(d, n, number);
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

/* The first member of an array stands for it. */
static void examine(char **path, int n, bool scan)
{
	struct device *d = devices_open(path, n, O_RDONLY);

	probe(d, n);
	for (int i = 0; i < n; i++) {
		if (d[i].sb && !scan)
			report(&d[i]);
		else if (d[i].sb && d[i].sb->dev_number == 0)
			report_line(strchr(d[i].sb->set_name, ':') + 1, d[i].sb);
	}
}

/* --- arrays that run --- */

static char *member_path(const mdu_disk_info_t *k)
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

static const struct mdp_superblock_1 *read_super(const char *path)
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

static int arrays(char name[][32])
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

static void stop_all(char name[][32], int n)
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

static void all_arrays(bool report_each)
{
	static char name[ARRAYS_MAX][32];
	int n = arrays(name);

	if (!report_each)
		stop_all(name, n);
	for (int i = 0; report_each && i < n; i++)
		detail(name[i], true);
}

static int run(const char *what, char **arg, int n)
{
	int number = n ? atoi(arg[0]) : 0;

	if (strcmp(what, "nothing") == 0)
		return 0;
	if (strcmp(what, "wipe") == 0)
		wipe(arg, n);
	else if (strcmp(what, "examine") == 0)
		examine(arg, n, false);
	else if (strcmp(what, "examine-scan") == 0)
		examine(arg, n, true);
	else if (strcmp(what, "detail-scan") == 0)
		all_arrays(true);
	else if (strcmp(what, "stop-scan") == 0)
		all_arrays(false);
	else if (strcmp(what, "detail") == 0 && n == 1)
		detail(arg[0], false);
	else if (strcmp(what, "start") == 0 && n > 1)
		start_stamped(arg + 1, n - 1, number);
	else if ((strcmp(what, "create") == 0 || strcmp(what, "stamp") == 0) && n > 2)
		create(arg + 2, n - 2, number, atoi(arg[1]), *what == 'c');
	else
		return 2;
	return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
	at_once = argc > 1 && strcmp(argv[1], "-j") == 0;
	argv += at_once;
	argc -= at_once;
	return argc > 1 ? run(argv[1], argv + 2, argc - 2) : 2;
}
