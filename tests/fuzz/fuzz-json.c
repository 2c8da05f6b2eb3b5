// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The writer of JSON: whatever the values, the document is one by RFC 8259, in plain ASCII.
 *
 * Input: values one after the other; the low bits of the first byte choose the kind.
 *
 * fuzz: -max_len=512
 */
#include <string.h>

#include "json.h"
#include "shared.h"
#include "util.h"

#define TEXT_MAX 120
#define DEPTH_MAX (JSON_DEPTH - 1)

static const char *key_of(const struct json *j)
{
	return j->in_array[j->depth - 1] ? NULL : "key";
}

static void add_text(struct json *j, struct feed *f, bool bytes)
{
	char text[TEXT_MAX];

	feed_text(f, text, sizeof(text));
	if (bytes && key_of(j))
		json_bytes(j, "key", *text ? text : NULL);
	else
		json_text(j, key_of(j), *text == '-' ? NULL : text);
}

static void add_value(struct json *j, struct feed *f)
{
	unsigned kind = (unsigned)feed_number(f, 1) & 7;

	if (kind == 0 && j->depth < DEPTH_MAX)
		json_object(j, key_of(j));
	else if (kind == 1 && j->depth < DEPTH_MAX)
		json_array(j, key_of(j));
	else if (kind == 2 && j->depth > 1)
		json_close(j);
	else if (kind == 3)
		json_unsigned(j, key_of(j), feed_number(f, 8));
	else if (kind == 4)
		json_signed(j, key_of(j), (int64_t)feed_number(f, 8));
	else if (kind == 5)
		json_bool(j, key_of(j), feed_bool(f));
	else
		add_text(j, f, kind == 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct feed f = { data, n };
	char *text autofree = NULL;
	size_t len = 0;
	struct json j = { .out = open_memstream(&text, &len) };

	REQUIRE(j.out);
	json_object(&j, NULL);
	while (f.n)
		add_value(&j, &f);
	while (j.depth)
		json_close(&j);
	REQUIRE(!fclose(j.out));
	check_json(text, len);
	return 0;
}
