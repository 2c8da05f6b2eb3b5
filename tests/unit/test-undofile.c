// SPDX-License-Identifier: GPL-2.0-or-later
/* Undo files: what is written is read again, and nothing else is; what is kept stays. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sha1.h"
#include "undofile.h"
#include "unit.h"
#include "util.h"

#define HEAD 58                  /* magic, hash, newline */

static struct undo sample(void)
{
	struct undo u = { .command = xstrdup("--create /dev/md/a b\n"), .time_s = 1795266104 };
	struct undo_device *d = undo_add_device(&u, "/dev/disk/by-id/odd \\name");

	copy_text(u.boot, sizeof(u.boot), "8b2c");
	d->id = (struct blk_id){ makedev(8, 16), 2048, 7 };
	copy_text(d->hardware, sizeof(d->hardware), "naa.5000 at 2048");
	d = undo_add_device(&u, "/dev/sdc");
	d->id = (struct blk_id){ makedev(259, 70000), 1ull << 40, 0 };
	memset(undo_add_range(&u, 0, 0, 3)->was, 'a', 3);
	memset(undo_add_range(&u, 0, 2048 * 512 - 4, 4)->is, '\n', 4);
	undo_add_range(&u, 1, 4096, 512);
	return u;
}

static void same_undo(const struct undo *a, const struct undo *b)
{
	CHECK_TEXT(b->command, a->command);
	CHECK_TEXT(b->boot, a->boot);
	CHECK(b->time_s == a->time_s, "the same time");
	CHECK(b->n_device == a->n_device, "as many devices");
	CHECK(b->n_range == a->n_range, "as many ranges");
	for (size_t i = 0; i < a->n_device && i < b->n_device; i++) {
		CHECK_TEXT(b->device[i].path, a->device[i].path);
		CHECK_TEXT(b->device[i].hardware, a->device[i].hardware);
		CHECK(blk_same(&a->device[i].id, &b->device[i].id), "the same device");
	}
	for (size_t i = 0; i < a->n_range && i < b->n_range; i++) {
		const struct undo_range *x = &a->range[i], *y = &b->range[i];

		CHECK(x->device == y->device && x->at == y->at && x->len == y->len,
		      "the same place");
		CHECK(memcmp(x->was, y->was, x->len) == 0, "the same old bytes");
		CHECK(memcmp(x->is, y->is, x->len) == 0, "the same new bytes");
	}
}

/* Puts the right hash over whatever follows it. */
static void mend(uint8_t *bytes, size_t len)
{
	uint8_t hash[20];
	char text[41];

	sha1(bytes + HEAD + 1, len - HEAD - 1, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	memcpy(bytes + HEAD - 40, text, 40);
}

static bool decodes(const uint8_t *bytes, size_t len)
{
	struct undo u;
	struct err err = { "" };
	int rc = undo_decode((struct span){ bytes, len }, &u, &err);

	if (rc == 0)
		undo_free(&u);
	/* a refusal without a reason is as bad as none */
	return rc == 0 || !err.text[0];
}

/* The sample with one piece of its header replaced, and the hash mended. */
static bool decodes_with(const char *piece, const char *other)
{
	struct undo u cleanup(undo_free) = sample();
	size_t len, head;
	uint8_t *bytes autofree = undo_encode(&u, &len);
	uint8_t *changed autofree = xcalloc(1, len + strlen(other));
	const uint8_t *at = memmem(bytes, len, piece, strlen(piece));

	if (!at) {
		CHECK(false, "the piece is there");
		return false;
	}
	head = (size_t)(at - bytes);
	memcpy(changed, bytes, head);
	memcpy(changed + head, other, strlen(other));
	memcpy(changed + head + strlen(other), at + strlen(piece), len - head - strlen(piece));
	len = len - strlen(piece) + strlen(other);
	mend(changed, len);
	return decodes(changed, len);
}

static void test_round_trip(void)
{
	struct undo u cleanup(undo_free) = sample();
	struct undo back cleanup(undo_free) = { 0 };
	struct err err = { "" };
	size_t len;
	uint8_t *bytes autofree = undo_encode(&u, &len);

	CHECK(undo_decode((struct span){ bytes, len }, &back, &err) == 0, "it can be read");
	same_undo(&u, &back);
}

/* The longest name of a device, every byte escaped; a command that fills no line is cut. */
static void test_long(void)
{
	struct undo u cleanup(undo_free) = { .command = xcalloc(1, 30000) };
	struct undo back cleanup(undo_free) = { 0 };
	char path[4096] = "/";
	struct err err = { "" };
	size_t len;
	uint8_t *bytes autofree = NULL;

	memset(u.command, 'c', 29999);
	memset(path + 1, 0xe9, sizeof(path) - 2);
	undo_add_device(&u, path)->id.size_sec = 8;
	bytes = undo_encode(&u, &len);
	CHECK(undo_decode((struct span){ bytes, len }, &back, &err) == 0, "long lines can be read");
	CHECK(back.n_device == 1 && !strcmp(back.device[0].path, path), "the name is whole");
}

/* Each byte spoilt, each length cut short: the hash tells. */
static void test_damage(void)
{
	struct undo u cleanup(undo_free) = sample();
	size_t len, taken = 0;
	uint8_t *bytes autofree = undo_encode(&u, &len);

	for (size_t i = 0; i < len; i++) {
		bytes[i] ^= 0x21;
		taken += decodes(bytes, len);
		bytes[i] ^= 0x21;
		taken += decodes(bytes, i);
	}
	CHECK(taken == 0, "no spoilt file is taken");
	CHECK(decodes(bytes, len), "the whole one is good");
}

/* A right hash over wrong content. */
static void test_nonsense(void)
{
	static const struct {
		const char *piece, *other;
	} cases[] = {
		{ "range 1 4096 512", "range 2 4096 512" },
		{ "range 1 4096 512", "range 1 4096 511" },
		{ "range 1 4096 512", "range 1 4096 0" },
		{ "range 1 4096 512", "range 1 4096" },
		{ "range 1 4096 512", "range 1 4096 512 1" },
		{ "range 1 4096 512", "range 1 -1 512" },
		{ "range 1 4096 512", "range 0 4096 512" },
		{ "range 1 4096 512", "range 1 4096 18446744073709551615" },
		{ "range 1 4096 512", "range 1 9223372036854775807 512" },
		{ "range 0 1048572 4", "range 0 1048573 4" },
		{ "range 0 1048572 4", "range 0 2 4" },
		{ "device 8 16 2048 7", "device 8 16 2047 7" },
		{ "device 8 16 2048 7", "device 4294967296 16 2048 7" },
		{ "device 8 16 2048 7", "device 8 16 36028797018963968 7" },
		{ "device 8 16 2048 7 /dev", "device 8 16 2048 7 dev" },
		{ "device 8 16 2048 7", "disk 8 16 2048 7" },
		{ "\\x5c", "\\x00" },
		{ "\\x5c", "\\xzz" },
		{ "hardware naa", "hard naa" },
		{ "time 1795266104", "time 17952661040000000000" },
		{ "time 1795266104", "time x" },
		{ "command ", "comment " },
		{ "boot ", "boots " },
		{ "bytes\n", "byte\n" },
		{ "bytes\n", "" },
	};

	CHECK(decodes_with("time 1795266104", "time 1795266105"), "another time is fine");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(!decodes_with(cases[i].piece, cases[i].other), cases[i].other);
}

/* --- the directory --- */

static void make_dir(char out[64])
{
	snprintf(out, 64, "/tmp/test-undofile.XXXXXX");
	CHECK(mkdtemp(out), "a directory");
}

static void remove_dir(const char *dir)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK(system(command) == 0, "gone");
}

/* The clock was ahead once: all that was kept then is of a later time than what is kept now. */
static void test_clock_gone_back(void)
{
	struct undo u cleanup(undo_free) = sample();
	struct undo back cleanup(undo_free) = { 0 };
	char dir[64], *path autofree = NULL;
	struct err err = { "" };

	make_dir(dir);
	for (int i = 0; i <= UNDO_KEEP; i++) {
		char name[120];
		int fd autoclose = -1;

		snprintf(name, sizeof(name), "%s/20990101-000000.%03d-md0.undo", dir, i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
	}
	CHECK(undo_store(&u, dir, "md0", &path, &err) == 0, "kept");
	CHECK(path && undo_load(path, &back, &err) == 0, "and still there");
	remove_dir(dir);
}

/* Who may put another file in the place of ours decides what --undo will write. */
static void test_directory_of_others(void)
{
	static const struct {
		uid_t uid;
		mode_t mode;
		bool good;
	} cases[] = {
		{ 0, 0700, true }, { 0, 0755, true }, { 0, 01777, true }, { 0, 01770, true },
		{ 0, 0777, false }, { 0, 0770, false }, { 0, 0702, false },
		{ 65534, 0700, false }, { 65534, 01777, false },
	};
	struct undo u cleanup(undo_free) = sample();
	char dir[64];

	make_dir(dir);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *path autofree = NULL;
		struct err err = { "" };
		int rc;

		/* a test that is not root's has only its own directories */
		if (cases[i].uid && geteuid() != 0)
			continue;
		CHECK(geteuid() != 0 || chown(dir, cases[i].uid, 0) == 0, "its owner");
		CHECK(chmod(dir, cases[i].mode) == 0, "its mode");
		rc = undo_store(&u, dir, "md0", &path, &err);
		printf("# %s\n", err.text);
		CHECK(cases[i].good == !rc, "kept where only we can replace it");
		CHECK(cases[i].good || strstr(err.text, "could replace it there"), "it is said why");
	}
	remove_dir(dir);
}

int main(void)
{
	test_round_trip();
	test_long();
	test_damage();
	test_nonsense();
	test_clock_gone_back();
	test_directory_of_others();
	return unit_done();
}
