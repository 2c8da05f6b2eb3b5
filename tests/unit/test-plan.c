// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans on image files: what is said, and what is left alone, when bytes cannot be put back. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "plan.h"
#include "unit.h"
#include "util.h"

#define MEMBERS 40               /* whose names no sentence can hold */
#define FAR (4u << 20)           /* from here on nothing can be put back */
#define IMAGE_BYTES (8u << 20)

static void member_path(const char *dir, int i, char out[300])
{
	snprintf(out, 300, "%s/%0200d", dir, i);
}

/* A member, and two writes too far from each other to be one. */
static void add_member(struct plan *p, const char *path)
{
	struct blk_id id;
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct err err = { "" };
	FILE *f = fopen(path, "we");

	CHECK(f && ftruncate(fileno(f), IMAGE_BYTES) == 0 && fclose(f) == 0, "an image");
	CHECK(blk_open(path, BLK_READ, &b, &err) == 0, "opened");
	id = blk_identify(b);
	plan_claim(p, path, &id, false);
	plan_write(p, path, 0, "start", 5);
	plan_write(p, path, FAR, "far", 3);
}

/* As when devices fail: beyond the limit nothing is written any more. */
static void limit(rlim_t bytes)
{
	struct rlimit r = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	CHECK(setrlimit(RLIMIT_FSIZE, &r) == 0, "a limit");
}

static bool still_new(const char *path)
{
	FILE *f = fopen(path, "re");
	char start[6] = "";

	if (!f)
		return false;
	CHECK(fread(start, 1, 5, f) == 5, "read");
	fclose(f);
	return !strcmp(start, "start");
}

/* How many members the sentence names or counts, before it gives the reason. */
static int told(const char *text)
{
	const char *at = strstr(text, "not put back"), *end = at ? strstr(at, ": cannot ") : NULL;
	const char *more = at ? strstr(at, " and ") : NULL;
	int n = more ? atoi(more + strlen(" and ")) : 0;

	while (end && (at = strstr(at, " /tmp/")) && at < end) {
		at++;
		n++;
	}
	return n;
}

/* Half of a member put back is a member of nothing, however many there are, by whatever names. */
static void test_not_put_back(void)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	char dir[] = "/tmp/test-plan.XXXXXX", path[300], command[100];
	struct err err = { "" };
	int halves = 0;

	CHECK(mkdtemp(dir), "a directory");
	for (int i = 0; i < MEMBERS; i++) {
		member_path(dir, i, path);
		add_member(p, path);
	}
	CHECK(plan_run(p, &err) == 0, "written");
	limit(FAR);
	err_set(&err, 0, "It failed.");
	plan_undo(p, &err);
	limit(RLIM_INFINITY);
	printf("# %s\n", err.text);
	for (int i = 0; i < MEMBERS; i++) {
		member_path(dir, i, path);
		halves += !still_new(path);
	}
	CHECK(halves == 0, "no member is half of each");
	CHECK(!strncmp(err.text, "It failed.\nnot put back as they were: ", 38), "it is said");
	CHECK(told(err.text) == MEMBERS, "and of each");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK(system(command) == 0, "gone");
}

int main(void)
{
	test_not_put_back();
	return unit_done();
}
