// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * limit-read.c - the part of limit.c that opens devices and reads their superblocks, one read
 * after the other or all of them in flight together.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/io_uring.h>

#include "limit.h"

#define HEAD_BYTES 8192          /* 1.1, 1.2, partition tables */
#define PLACE_90_BYTES 4096
#define TAIL_BYTES 12288         /* 1.0 and other formats */
#define DEVICE_BYTES (HEAD_BYTES + PLACE_90_BYTES + TAIL_BYTES)

struct read {
	int fd;
	char *buf;
	uint32_t len;
	uint64_t at;
};

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

struct device *devices_open(char **path, int n, int flags)
{
	struct device *d = checked(calloc((size_t)n, sizeof(*d)));

	for (int i = 0; i < n; i++)
		d[i] = device_open(path[i], flags);
	return d;
}

void devices_close(struct device *d, int n)
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
	for (int i = 0; i < places; buf += len[i++])
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

uint32_t checksum(const struct mdp_superblock_1 *sb)
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

void probe(struct device *d, int n)
{
	struct read *r = checked(calloc((size_t)n * (size_t)places, sizeof(*r)));
	char *buf = checked(aligned_alloc(4096, (size_t)n * DEVICE_BYTES));

	for (int i = 0; i < n; i++)
		plan_reads(&d[i], buf + (size_t)i * DEVICE_BYTES, r + i * places);
	(at_once ? read_at_once : read_in_turn)(r, (unsigned)(n * places));
	for (int i = 0; i < n; i++)
		decode(&d[i]);
}

/* --- whole devices --- */

#define PIECE_BYTES (8u << 20)

static void read_whole(const struct device *d)
{
	char *buf = checked(aligned_alloc(4096, PIECE_BYTES));

	for (uint64_t at = 0; at < d->bytes;) {
		ssize_t n = pread(d->fd, buf, PIECE_BYTES, (off_t)at);

		if (n <= 0)
			die(d->path);
		at += (uint64_t)n;
	}
}

void read_all(char **path, int n)
{
	struct device *d = devices_open(path, n, O_RDONLY);
	int status;

	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			read_whole(&d[i]);
			_exit(0);
		}
	for (int i = 0; i < n; i++)
		if (wait(&status) < 0 || status)
			die("read");
}
