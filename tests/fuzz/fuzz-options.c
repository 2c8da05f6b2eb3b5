// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line: words that end in NUL.
 *
 * fuzz: -max_len=512
 */
#include <errno.h>
#include <string.h>

#include "options.h"
#include "shared.h"
#include "util.h"

#define WORDS_MAX 40

/* Is it one of the words, or the end of one? */
static bool from_words(const char *p, const char *text, size_t n)
{
	return !p || (p >= text && p <= text + n);
}

static void check_device(const struct request_device *d)
{
	for (const char *p = d->name; *p; p++)
		REQUIRE((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void check_request(const struct request *r, const char *text, size_t n)
{
	if (r->help)
		check_output(r->help, strlen(r->help));
	REQUIRE(r->help || r->want_version || r->mode != MODE_NONE);
	REQUIRE(!r->n_dev || r->help || r->want_version || r->dev);
	for (size_t i = 0; i < r->n_dev; i++) {
		REQUIRE(from_words(r->dev[i].name, text, n));
		check_device(&r->dev[i]);
	}
	REQUIRE(from_words(r->config_file, text, n) && from_words(r->homehost, text, n));
	REQUIRE(from_words(r->prefer, text, n) && from_words(r->layout, text, n));
	REQUIRE(from_words(r->metadata, text, n) && from_words(r->name, text, n));
	REQUIRE(r->verbosity >= -1 && r->raid_disks <= INT32_MAX &&
		r->spare_disks <= INT32_MAX);
	REQUIRE(!r->name || strlen(r->name) <= 32);
}

static void check_refusal(const struct err *err, bool raw, int status)
{
	size_t n = strlen(err->text);

	REQUIRE(n && n < sizeof(err->text) && (status == 1 || status == 2));
	/* other sentences are made printable where they are printed */
	if (raw)
		check_printable(err->text, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char name[] = "mdadm";
	char *text autofree = xcalloc(n + 1, 1), *argv[WORDS_MAX + 2] = { name };
	struct err err = { "" };
	struct request r;
	int argc = 1, status, rc;
	bool raw;

	if (n)
		memcpy(text, data, n);
	for (char *p = text; p < text + n && argc <= WORDS_MAX; p += strlen(p) + 1)
		argv[argc++] = p;
	rc = options_parse(argc, argv, &r, &raw, &status, &err);
	REQUIRE(rc == 0 || rc == -EINVAL);
	if (rc)
		check_refusal(&err, raw, status);
	else
		check_request(&r, text, n);
	request_free(&r);
	return 0;
}
