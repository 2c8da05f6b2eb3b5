// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Undo files: any bytes, the same behind a header whose hash is right, and texts of any bytes
 * and lengths in a file of our own.
 *
 * fuzz: -max_len=8192
 */
#include <string.h>

#include "sha1.h"
#include "shared.h"
#include "undofile.h"
#include "util.h"

#define MAGIC "mdadm-undo 1\nsha1 "
#define HASH_TEXT 40

/* The bytes with magic and the hash they should have in front. The caller frees. */
static uint8_t *mended(const uint8_t *data, size_t n, size_t *len)
{
	const size_t head = strlen(MAGIC) + HASH_TEXT + 1;
	uint8_t *bytes = xcalloc(head + n, 1), hash[20];
	char text[HASH_TEXT + 1];

	sha1(data, n, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(text + 2 * i, 3, "%02x", hash[i]);
	memcpy(bytes, MAGIC, strlen(MAGIC));
	memcpy(bytes + strlen(MAGIC), text, HASH_TEXT);
	bytes[head - 1] = '\n';
	if (n)
		memcpy(bytes + head, data, n);
	*len = head + n;
	return bytes;
}

static void check_ranges(const struct undo *u)
{
	for (size_t i = 0; i < u->n_range; i++) {
		const struct undo_range *r = &u->range[i];
		uint64_t size;

		REQUIRE(r->device < u->n_device && r->len && r->was && r->is);
		size = u->device[r->device].id.size_sec * SECTOR_BYTES;
		REQUIRE(r->at <= size && r->len <= size - r->at);
	}
	for (size_t i = 0; i < u->n_device; i++)
		REQUIRE(u->device[i].path[0] == '/');
}

/* Its own file is read again, and makes the same file. */
static void check_round(const struct undo *u)
{
	size_t n, n_again;
	uint8_t *bytes autofree = undo_encode(u, &n), *again autofree = NULL;
	struct undo back cleanup(undo_free) = { 0 };
	struct err err = { "" };

	REQUIRE(!undo_decode((struct span){ bytes, n }, &back, &err));
	REQUIRE(back.n_device == u->n_device && back.n_range == u->n_range);
	for (size_t i = 0; i < u->n_device; i++)
		REQUIRE(!strcmp(back.device[i].path, u->device[i].path));
	again = undo_encode(&back, &n_again);
	REQUIRE(n == n_again && !memcmp(bytes, again, n));
}

static void check_decode(const uint8_t *bytes, size_t n)
{
	struct undo u cleanup(undo_free) = { 0 };
	struct err err = { "" };

	if (undo_decode((struct span){ bytes, n }, &u, &err)) {
		REQUIRE(err.text[0]);
		u = (struct undo){ 0 };
		return;
	}
	check_ranges(&u);
	check_round(&u);
}

/* A command of any length and bytes, the name of a device that the kernel would take. */
static void check_texts(struct feed f)
{
	struct undo u cleanup(undo_free) = { .time_s = (int64_t)feed_number(&f, 4) };
	size_t times = 1 + (size_t)feed_number(&f, 1) % 32, n;
	char word[200], path[256] = "/";

	feed_text(&f, word, sizeof(word));
	feed_text(&f, path + 1, sizeof(path) - 1);
	n = strlen(word);
	u.command = xcalloc(times, n + 1);
	for (size_t i = 0; i < times; i++)
		memcpy(u.command + i * n, word, n);
	undo_add_device(&u, path)->id.size_sec = 8;
	feed_bytes(&f, undo_add_range(&u, 0, 512, 16)->was, 16);
	check_round(&u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *bytes autofree = NULL;
	size_t len;

	check_decode(data, n);
	bytes = mended(data, n, &len);
	check_decode(bytes, len);
	check_texts((struct feed){ data, n });
	return 0;
}
