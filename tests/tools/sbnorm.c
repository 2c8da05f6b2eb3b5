// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sbnorm - prints the md metadata bytes of a device as text, with what is random
 * or depends on the clock set to zero, so that two devices can be compared with
 * diff.  For tests only: knows the places, trusts nothing else of the project.
 *
 *   sbnorm DEVICE...
 *
 * 1.x: ctime, utime, device uuid, checksum; 0.90: ctime, utime, checksum; bitmap: nothing.
 * The array uuid stays: tests give one with --uuid.
 */
#define _FILE_OFFSET_BITS 64
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const unsigned char magic[4] = { 0xfc, 0x4e, 0x2b, 0xa9 };

static uint32_t le32(const unsigned char *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

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

static void bitmap_at(int fd, off_t at, size_t n)
{
	unsigned char *b = calloc(1, n);
	char what[64];

	snprintf(what, sizeof(what), "bitmap of %zu bytes", n);
	if (pread(fd, b, n, at) == (ssize_t)n)
		dump(what, b, n);
	free(b);
}

static void super1_at(int fd, off_t at)
{
	unsigned char b[4096];
	int32_t bitmap;

	if (pread(fd, b, sizeof(b), at) != sizeof(b) || memcmp(b, magic, 4) || le32(b + 4) != 1)
		return;
	memset(b + 64, 0, 8);
	memset(b + 168, 0, 16);
	memset(b + 192, 0, 8);
	memset(b + 216, 0, 4);
	printf("sector %lld: ", (long long)at / 512);
	dump("version 1", b, sizeof(b));
	bitmap = (int32_t)le32(b + 96);
	if (le32(b + 8) & 1)
		bitmap_at(fd, at + (off_t)bitmap * 512, bitmap > 0 ? 8192 : -bitmap * 512);
}

static void super0_at(int fd, off_t at)
{
	unsigned char b[4096];

	if (at < 0 || pread(fd, b, sizeof(b), at) != sizeof(b) || memcmp(b, magic, 4) || le32(b + 4))
		return;
	memset(b + 6 * 4, 0, 4);
	memset(b + 32 * 4, 0, 4);
	memset(b + 38 * 4, 0, 4);
	printf("sector %lld: ", (long long)at / 512);
	dump("version 0.90", b, sizeof(b));
	if (b[33 * 4 + 1] & 1)
		bitmap_at(fd, at + 4096, 60 * 1024);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY);
		off_t sectors = lseek(fd, 0, SEEK_END) / 512;

		printf("%d:\n", i);
		super1_at(fd, 0);
		super1_at(fd, 4096);
		super1_at(fd, ((sectors - 16) & ~7) * 512);
		super0_at(fd, ((sectors & ~127) - 128) * 512);
		close(fd);
	}
	return 0;
}
