// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sbnorm - prints the native md metadata of devices as text, with what is random or
 * depends on the clock set to zero, so that the work of two programs can be compared
 * with diff.  For tests only; shares nothing with the program, so that they cannot err alike.
 *
 *   sbnorm DEVICE...          superblocks of every version and place, and their bitmaps
 *   sbnorm --blank DEVICE...  punches holes where such metadata can be
 *
 * Set to zero: ctime, utime, checksum, and in 1.x the device uuid.  The array uuid stays:
 * tests give one.  The checksum is said to be right or wrong instead.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <err.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

#define SB_BYTES 4096
#define BITMAP_MAX (260 * 512)
#define BITMAP0_BYTES (60 * 1024)
#define EDGE_BYTES (1 << 20)

static const unsigned char magic[4] = { 0xfc, 0x4e, 0x2b, 0xa9 };

static uint64_t le(const unsigned char *p, int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* Lines of 16 bytes; equal ones are shown once. */
static void dump(const char *what, const unsigned char *b, size_t n)
{
	size_t same = 0;

	printf("%s\n", what);
	for (size_t i = 0; i < n; i += 16) {
		if (i && memcmp(b + i, b + i - 16, 16) == 0) {
			same++;
			continue;
		}
		if (same)
			printf("  *\n");
		same = 0;
		printf("  %05zx:", i);
		for (size_t k = 0; k < 16; k++)
			printf(" %02x", b[i + k]);
		printf("\n");
	}
	if (same)
		printf("  * to %05zx\n", n);
}

static void bitmap_at(int fd, off_t at, int64_t room)
{
	size_t n = room > BITMAP_MAX ? BITMAP_MAX : room > 0 ? room : 512;
	unsigned char *b = calloc(1, n);
	char what[64];

	snprintf(what, sizeof(what), "bitmap and what follows, %zu bytes", n);
	if (b && pread(fd, b, n, at) == (ssize_t)n)
		dump(what, b, n);
	else
		printf("bitmap out of reach\n");
	free(b);
}

/* Words added, the carry once; the checksum's own word does not count. */
static uint32_t checksum(const unsigned char *b, size_t n, size_t own)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 4 <= n; i += 4)
		sum += i == own ? 0 : le(b + i, 4);
	if (n % 4)
		sum += le(b + n - 2, 2);
	return (uint32_t)((sum & 0xffffffff) + (sum >> 32));
}

static void super1_at(int fd, off_t at)
{
	unsigned char b[SB_BYTES];
	int32_t bitmap;
	size_t n;

	if (at < 0 || pread(fd, b, sizeof(b), at) != sizeof(b) || memcmp(b, magic, 4) ||
	    le(b + 4, 4) != 1)
		return;
	n = 256 + 2 * le(b + 220, 4);
	printf("sector %lld: version 1, checksum %s\n", (long long)at / 512,
	       n <= sizeof(b) && checksum(b, n, 216) == le(b + 216, 4) ? "right" : "wrong");
	memset(b + 64, 0, 5); /* seconds; the microseconds above are not to be used */
	memset(b + 168, 0, 16);
	memset(b + 192, 0, 5);
	memset(b + 216, 0, 4);
	dump("superblock", b, sizeof(b));
	bitmap = (int32_t)le(b + 96, 4);
	if (le(b + 8, 4) & 1)
		bitmap_at(fd, at + (off_t)bitmap * 512,
			  bitmap < 0 ? -(int64_t)bitmap * 512 :
			  (int64_t)le(b + 128, 8) * 512 - at - (int64_t)bitmap * 512);
}

static void super0_at(int fd, off_t at)
{
	unsigned char b[SB_BYTES];

	if (at < 0 || pread(fd, b, sizeof(b), at) != sizeof(b) || memcmp(b, magic, 4) || le(b + 4, 4))
		return;
	printf("sector %lld: version 0.90, checksum %s\n", (long long)at / 512,
	       checksum(b, sizeof(b), 38 * 4) == le(b + 38 * 4, 4) ? "right" : "wrong");
	memset(b + 6 * 4, 0, 4);
	memset(b + 32 * 4, 0, 4);
	memset(b + 38 * 4, 0, 4);
	dump("superblock", b, sizeof(b));
	if (b[33 * 4 + 1] & 1)
		bitmap_at(fd, at + SB_BYTES, BITMAP0_BYTES);
}

static void print_all(int fd, off_t bytes)
{
	off_t sectors = bytes / 512;

	super1_at(fd, 0);
	super1_at(fd, SB_BYTES);
	super1_at(fd, ((sectors - 16) & ~7) * 512);
	super0_at(fd, ((sectors & ~127) - 128) * 512);
}

/* A device that cannot forget gets zeros. */
static void blank(int fd, off_t from, off_t n)
{
	static unsigned char zeros[4096];

	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, n) == 0)
		return;
	for (off_t at = from; at < from + n; at += sizeof(zeros)) {
		off_t left = from + n - at;
		size_t len = left < (off_t)sizeof(zeros) ? (size_t)left : sizeof(zeros);

		if (pwrite(fd, zeros, len, at) != (ssize_t)len)
			err(1, "cannot be blanked");
	}
}

static void blank_all(int fd, off_t bytes)
{
	off_t edge = bytes < EDGE_BYTES ? bytes : EDGE_BYTES;
	/* holes begin and end at whole pages */
	off_t tail = (bytes - edge) & ~4095;

	blank(fd, 0, edge & ~4095);
	blank(fd, tail, bytes - tail);
	fsync(fd);
}

int main(int argc, char **argv)
{
	int blanking = argc > 1 && strcmp(argv[1], "--blank") == 0;

	for (int i = 1 + blanking; i < argc; i++) {
		int fd = open(argv[i], (blanking ? O_RDWR : O_RDONLY) | O_CLOEXEC);
		off_t bytes = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

		if (bytes < 0)
			err(1, "%s", argv[i]);
		ioctl(fd, BLKFLSBUF);
		if (blanking) {
			blank_all(fd, bytes);
		} else {
			printf("%d:\n", i);
			print_all(fd, bytes);
		}
		close(fd);
	}
	return 0;
}
