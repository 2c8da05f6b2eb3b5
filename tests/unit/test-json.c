// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-json.c - the writer of JSON: structure, the ends of the numbers, and text of any bytes.
 */
#include <stdlib.h>

#include "json.h"
#include "unit.h"
#include "util.h"

static void write_each(struct json *j)
{
	json_object(j, NULL);
	json_unsigned(j, "max", UINT64_MAX);
	json_signed(j, "min", INT64_MIN);
	json_sectors(j, "most", UINT64_MAX);
	json_sectors(j, "least", INT64_MIN);
	json_sectors(j, "power", 1953125000000000);
	json_sectors(j, "before", -1);
	json_array(j, "list");
	json_bool(j, NULL, true);
	json_bool(j, NULL, false);
	json_null(j, NULL);
	json_object(j, NULL);
	json_close(j);
	json_array(j, NULL);
	json_close(j);
	json_close(j);
	json_text(j, "none", NULL);
	json_bytes(j, "b", NULL);
	json_text(j, "last", "");
	json_close(j);
}

static char *written(void (*write)(struct json *j))
{
	char *text = NULL;
	size_t n = 0;
	struct json j = { .out = open_memstream(&text, &n) };

	write(&j);
	fclose(j.out);
	return text;
}

static void test_structure(void)
{
	autofree char *text = written(write_each);

	CHECK_TEXT(text,
		   "{\n"
		   "  \"max\": 18446744073709551615,\n"
		   "  \"min\": -9223372036854775808,\n"
		   "  \"most\": 9444732965739290426880,\n"
		   "  \"least\": -4722366482869645213696,\n"
		   "  \"power\": 1000000000000000000,\n"
		   "  \"before\": -512,\n"
		   "  \"list\": [\n"
		   "    true,\n"
		   "    false,\n"
		   "    null,\n"
		   "    {},\n"
		   "    []\n"
		   "  ],\n"
		   "  \"none\": null,\n"
		   "  \"b\": null,\n"
		   "  \"b_hex\": null,\n"
		   "  \"last\": \"\"\n"
		   "}\n");
}

static void write_two(struct json *j)
{
	json_object(j, NULL);
	json_close(j);
	json_array(j, NULL);
	json_close(j);
}

/* The text as bytes of a key "k" in an object, without the braces. */
static char *member(const char *bytes)
{
	char *text = NULL;
	size_t n = 0;
	struct json j = { .out = open_memstream(&text, &n) };

	json_object(&j, NULL);
	json_bytes(&j, "k", bytes);
	json_close(&j);
	fclose(j.out);
	memmove(text, text + 4, n - 4 + 1);
	text[n - 4 - 3] = '\0';
	return text;
}

static void check(const char *bytes, const char *want, const char *hex)
{
	autofree char *text = member(bytes);
	autofree char *all = xasprintf(hex ? "\"k\": \"%s\",\n  \"k_hex\": \"%s\"" :
					     "\"k\": \"%s\",\n  \"k_hex\": null", want, hex);

	CHECK_TEXT(text, all);
}

static void test_text(void)
{
	check("host:home", "host:home", NULL);
	check("a\"b\\c/d'", "a\\\"b\\\\c/d'", NULL);
	check("\n\t\b\r\033[2J\177", "\\u000a\\u0009\\u0008\\u000d\\u001b[2J\\u007f", NULL);
	check("\303\244\342\202\254", "\\u00e4\\u20ac", NULL);
	check("\360\237\222\276", "\\ud83d\\udcbe", NULL);
	check("\364\217\277\277\360\220\200\200", "\\udbff\\udfff\\ud800\\udc00", NULL);
	/* what a terminal obeys, or is turned round by, though it is valid */
	check("\302\233J\342\200\256", "\\u009bJ\\u202e", NULL);
	/* U+FFFD itself is a character like others */
	check("\357\277\275", "\\ufffd", NULL);
}

static void test_not_utf8(void)
{
	check("\377x", "\\ufffdx", "ff78");
	check("\200", "\\ufffd", "80");
	check("\303", "\\ufffd", "c3");
	check("\303(", "\\ufffd(", "c328");
	check("\342\202", "\\ufffd\\ufffd", "e282");
	check("\360\237\222", "\\ufffd\\ufffd\\ufffd", "f09f92");
	/* longer than need be, surrogates, too large */
	check("\300\257", "\\ufffd\\ufffd", "c0af");
	check("\340\200\257", "\\ufffd\\ufffd\\ufffd", "e080af");
	check("\360\200\200\257", "\\ufffd\\ufffd\\ufffd\\ufffd", "f08080af");
	check("\355\240\200", "\\ufffd\\ufffd\\ufffd", "eda080");
	check("\364\220\200\200", "\\ufffd\\ufffd\\ufffd\\ufffd", "f4908080");
	check("\370\210\200\200\200", "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd", "f888808080");
}

/* Whatever the bytes: printable ASCII in two lines, and a quote only where it is ours. */
static void test_hostile(void)
{
	uint64_t state = 88172645463325252ULL;
	size_t lines = 0, strange = 0, quotes = 0;

	for (int i = 0; i < 5000; i++) {
		autofree char *text = NULL;
		char bytes[33] = "";

		for (size_t k = 0; k < sizeof(bytes) - 1; k++)
			bytes[k] = (char)(unit_random(&state) | 1);
		text = member(bytes);
		for (const char *p = text; *p; p++) {
			lines += *p == '\n';
			strange += (*p < 0x20 || *p > 0x7e) && *p != '\n';
			if (*p == '\\' && p[1] != 'u')
				p++;
			else
				quotes += *p == '"';
		}
	}
	CHECK(lines == 5000, "one line for each key");
	CHECK(strange == 0, "only printable ASCII");
	CHECK(quotes == 8 * 5000, "no string ends early");
}

int main(void)
{
	autofree char *two = written(write_two);

	test_structure();
	CHECK_TEXT(two, "{}\n[]\n");
	test_text();
	test_not_utf8();
	test_hostile();
	return unit_done();
}
