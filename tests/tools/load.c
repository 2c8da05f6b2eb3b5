// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load - writes and reads a file at random and knows what must be in it; mounts and unmounts what the
 * file is on.  For tests/md/sequences.bash, which says one line and gets one: "ok", or "bad" and why.
 *
 *   fresh BYTES FILE...       the files become empty ones of that size
 *   image FILE DEVICE         what is not zero in FILE is written to the device
 *   mount DEVICE DIRECTORY    an ext4 there
 *   umount DIRECTORY
 *   create FILE BLOCKS SEED   the file, every block once
 *   start                     goes on writing and reading back, until
 *   stop                      or an error; how much it did
 *   check                     reads every block past the page cache; also while it writes
 *   drop                      closes the file
 *   open FILE                 and opens it again, wherever it is mounted by now
 *
 * A block carries its number, how often it was written, and a CRC-32C of all of it.  So a write that was
 * lost is found as well as one that was spoilt: the last acknowledged is what must be there.
 *
 * fio does the same (--verify) and costs ten times as much to start as a call of mdadm does; this one is
 * started once for a hundred arrays.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096
#define WORDS (BLOCK / 4)
#define MOST 16384      /* blocks of a file */
#define MOST_AT_ONCE 8  /* blocks in one write */
#define PAUSE_US 2000   /* the machine is for the program under test */

static struct {
	int fd;
	uint32_t blocks, seed, times[MOST]; /* how often each was written */
	unsigned long writes, reads;
	pthread_t thread;
	bool runs, stop;
	char fault[200];        /* of the thread; empty: none */
	pthread_mutex_t lock;   /* one write or read of the file at a time */
	uint32_t *buffer;
} f = { .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER };

static bool __attribute__((format(printf, 1, 2))) bad(const char *fmt, ...)
{
	va_list ap;

	if (f.fault[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(f.fault, sizeof(f.fault), fmt, ap);
	va_end(ap);
	return false;
}

static uint32_t crc32c(const uint32_t *words, size_t n)
{
	static uint32_t table[256];
	const uint8_t *p = (const uint8_t *)words;
	uint32_t crc = ~0U;

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78 : 0);
	}
	for (size_t i = 0; i < n * 4; i++)
		crc = crc >> 8 ^ table[(crc ^ p[i]) & 0xff];
	return ~crc;
}

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void fill(uint32_t *w, uint32_t block, uint32_t times)
{
	uint32_t state = f.seed ^ block * 2654435761U ^ times * 40503;

	w[0] = f.seed;
	w[1] = block;
	w[2] = times;
	for (size_t i = 3; i < WORDS - 1; i++)
		w[i] = next(&state);
	w[WORDS - 1] = crc32c(w, WORDS - 1);
}

static bool is_right(const uint32_t *w, uint32_t block)
{
	if (w[WORDS - 1] != crc32c(w, WORDS - 1))
		return bad("block %u: its checksum is wrong", block);
	if (w[0] != f.seed || w[1] != block)
		return bad("block %u: has block %u of another time or place", block, w[1]);
	if (w[2] != f.times[block])
		return bad("block %u: has write %u, the last was %u", block, w[2], f.times[block]);
	return true;
}

static bool write_blocks(uint32_t at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		fill(f.buffer + (size_t)i * WORDS, at + i, f.times[at + i] + 1);
	if (pwrite(f.fd, f.buffer, (size_t)n * BLOCK, (off_t)at * BLOCK) != (ssize_t)n * BLOCK)
		return bad("writing block %u: %s", at, strerror(errno));
	for (uint32_t i = 0; i < n; i++)
		f.times[at + i]++;
	f.writes++;
	return true;
}

static bool read_blocks(uint32_t at, uint32_t n)
{
	if (pread(f.fd, f.buffer, (size_t)n * BLOCK, (off_t)at * BLOCK) != (ssize_t)n * BLOCK)
		return bad("reading block %u: %s", at, strerror(errno));
	for (uint32_t i = 0; i < n; i++)
		if (!is_right(f.buffer + (size_t)i * WORDS, at + i))
			return false;
	f.reads++;
	return true;
}

/* One eighth of the file is written once and never again: what nobody touches must stay, too. */
static bool once(uint32_t *state)
{
	uint32_t n = 1 + next(state) % MOST_AT_ONCE, still = f.blocks / 8;
	uint32_t at = still + next(state) % (f.blocks - still - n);

	return next(state) % 3 ? write_blocks(at, n) : read_blocks(at, n);
}

static void *run(void *arg)
{
	uint32_t state = f.seed;
	bool go = true;

	while (go) {
		pthread_mutex_lock(&f.lock);
		go = !f.stop && once(&state);
		pthread_mutex_unlock(&f.lock);
		usleep(PAUSE_US);
	}
	return arg;
}

static bool check(void)
{
	bool ok = true;

	pthread_mutex_lock(&f.lock);
	for (uint32_t at = 0; ok && at < f.blocks; at += MOST_AT_ONCE)
		ok = read_blocks(at, f.blocks - at < MOST_AT_ONCE ? f.blocks - at : MOST_AT_ONCE);
	pthread_mutex_unlock(&f.lock);
	return ok;
}

static bool create(const char *path, uint32_t blocks, uint32_t seed)
{
	if (blocks < 64 || blocks > MOST)
		return bad("%u blocks", blocks);
	f.blocks = blocks;
	f.seed = seed;
	memset(f.times, 0, sizeof(f.times));
	f.fd = open(path, O_CREAT | O_RDWR | O_DIRECT, 0600);
	if (f.fd < 0)
		return bad("%s: %s", path, strerror(errno));
	for (uint32_t at = 0; at < blocks; at += MOST_AT_ONCE)
		if (!write_blocks(at, blocks - at < MOST_AT_ONCE ? blocks - at : MOST_AT_ONCE))
			return false;
	return !fsync(f.fd) || bad("fsync: %s", strerror(errno));
}

static bool again(const char *path)
{
	f.fd = open(path, O_RDWR | O_DIRECT);
	return f.fd >= 0 || bad("%s: %s", path, strerror(errno));
}

static bool start(void)
{
	f.stop = false;
	f.runs = !pthread_create(&f.thread, NULL, run, NULL);
	return f.runs || bad("no thread");
}

static bool stop(void)
{
	pthread_mutex_lock(&f.lock);
	f.stop = true;
	pthread_mutex_unlock(&f.lock);
	if (f.runs)
		pthread_join(f.thread, NULL);
	f.runs = false;
	return !f.fault[0];
}

static bool let_go(void)
{
	if (f.fd >= 0)
		close(f.fd);
	f.fd = -1;
	return true;
}

static bool fresh(off_t bytes, char **path)
{
	for (; *path; path++)
		if (truncate(*path, 0) || truncate(*path, bytes))
			return bad("%s: %s", *path, strerror(errno));
	return true;
}

static bool image(const char *from, const char *to)
{
	static const char zeros[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY);
	static char block[65536];
	bool ok = in >= 0 && out >= 0;
	ssize_t n;

	for (off_t at = 0; ok && (n = pread(in, block, sizeof(block), at)) > 0; at += n)
		if (memcmp(block, zeros, (size_t)n))
			ok = pwrite(out, block, (size_t)n, at) == n;
	ok = ok && !fsync(out);
	if (!ok)
		bad("%s to %s: %s", from, to, strerror(errno));
	close(in);
	close(out);
	return ok;
}

static bool did(int rc, const char *what)
{
	return !rc || bad("%s: %s", what, strerror(errno));
}

static bool one_line(char **word, int n)
{
	const char *w = word[0];

	if (!strcmp(w, "fresh") && n > 2)
		return fresh(atol(word[1]), word + 2);
	if (!strcmp(w, "image") && n == 3)
		return image(word[1], word[2]);
	if (!strcmp(w, "mount") && n == 3)
		return did(mount(word[1], word[2], "ext4", 0, ""), "mount");
	if (!strcmp(w, "umount") && n == 2)
		return did(umount(word[1]), "umount");
	if (!strcmp(w, "create") && n == 4)
		return create(word[1], (uint32_t)atol(word[2]), (uint32_t)atol(word[3]));
	if (!strcmp(w, "open") && n == 2)
		return again(word[1]);
	if (!strcmp(w, "start"))
		return start();
	if (!strcmp(w, "stop"))
		return stop();
	if (!strcmp(w, "check"))
		return check();
	if (!strcmp(w, "drop"))
		return let_go();
	return bad("no such word: %s", w);
}

int main(void)
{
	char line[4096];

	f.buffer = aligned_alloc(BLOCK, (size_t)MOST_AT_ONCE * BLOCK);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (f.buffer && fgets(line, sizeof(line), stdin)) {
		char *word[64] = { NULL }, *save = NULL;
		int n = 0;

		for (char *w = strtok_r(line, " \n", &save); w && n < 63; w = strtok_r(NULL, " \n", &save))
			word[n++] = w;
		if (!n)
			continue;
		if (one_line(word, n))
			printf("ok %lu %lu\n", f.writes, f.reads);
		else
			printf("bad %s\n", f.fault);
		if (!f.runs)
			f.fault[0] = '\0';
	}
	return 0;
}
