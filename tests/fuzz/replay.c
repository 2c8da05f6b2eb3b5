// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay.c - runs a fuzz target on every file of directories, without a fuzzer: the main of
 * build/replay/NAME.  A limit of seconds for each file; which one it is stands on stderr.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared.h"
#include "util.h"

#define INPUT_MAX_BYTES (1 << 20)
#define INPUT_LIMIT_S 10

static int is_file(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Not a byte more than there is, so that the sanitizer sees one that is read behind the end. */
static uint8_t *read_file(const char *path, size_t *n)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *bytes;

	REQUIRE(fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= INPUT_MAX_BYTES);
	*n = (size_t)st.st_size;
	bytes = xcalloc(1, *n);
	REQUIRE(read(fd, bytes, *n) == st.st_size);
	return bytes;
}

static void replay_file(const char *dir, const char *name)
{
	autofree char *path = xasprintf("%s/%s", dir, name);
	autofree uint8_t *bytes = NULL;
	size_t n;

	fprintf(stderr, "replay: %s\n", path);
	bytes = read_file(path, &n);
	alarm(INPUT_LIMIT_S);
	LLVMFuzzerTestOneInput(bytes, n);
	alarm(0);
}

static int replay_dir(const char *dir)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_file, alphasort);

	for (int i = 0; i < n; i++) {
		replay_file(dir, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	return n;
}

int main(int argc, char *argv[])
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++) {
		int n = replay_dir(argv[i]);

		printf("%s %d - %d inputs of %s\n", n > 0 ? "ok" : "not ok", i, n, argv[i]);
		failed |= n <= 0;
	}
	printf("1..%d\n", argc - 1);
	return failed;
}
