// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test-report.c - the renderers: sizes, times, labels, and text that wants to break out.
 */
#include <stdlib.h>

#include "json.h"
#include "report.h"
#include "unit.h"
#include "util.h"

typedef void printer(const struct report *r, FILE *out);

static void print_text(const struct report *r, FILE *out)
{
	report_print_text(r, 18, out);
}

/* What the renderer makes of it; the report is freed. The caller frees. */
static char *rendered(struct report *r, printer *print)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	print(r, f);
	fclose(f);
	report_free(r);
	return text;
}

static void check(struct report *r, printer *print, const char *want)
{
	autofree char *text = rendered(r, print);

	CHECK_TEXT(text, want);
}

static void check_size(uint64_t sectors, enum report_size style, const char *want)
{
	char text[64];

	CHECK_TEXT(report_size_text(sectors, style, text, sizeof(text)), want);
}

static void test_sizes(void)
{
	check_size(0, SIZE_KIB, "0");
	check_size(9998, SIZE_KIB, "4999");
	check_size(10000, SIZE_KIB, "5000 (4.88 MiB 5.12 MB)");
	check_size(79872, SIZE_KIB_NAMED, "39936 KiB (39.00 MiB 40.89 MB)");
	check_size(79872, SIZE_SECTORS, "79872 sectors (39.00 MiB 40.89 MB)");
	check_size(79872, SIZE_BINARY, "39.00MiB");
	check_size(79872, SIZE_DECIMAL, "40.89MB");
	check_size(9998, SIZE_BINARY, "");
	check_size((2ULL << 21) - 1, SIZE_BINARY, "2048.00MiB");
	check_size(2ULL << 21, SIZE_BINARY, "2.00GiB");
	check_size((2ULL << 31) - 1, SIZE_BINARY, "2048.00GiB");
	check_size(2ULL << 31, SIZE_SECTORS, "4294967296 sectors (2.00 TiB 2.20 TB)");
	/* 2^64 - 1 sectors, as a damaged superblock may claim */
	check_size(UINT64_MAX, SIZE_BINARY, "8589934592.00TiB");
}

static void test_values(void)
{
	static const struct uuid u = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
	struct report r = { 0 };

	report_text(&r, REPORT_TEXT | REPORT_EXPORT, "LEVEL", "Raid Level", "raid%d", 1);
	report_blank(&r);
	report_number(&r, REPORT_TEXT, NULL, "Events", UINT64_MAX);
	report_hex(&r, REPORT_TEXT, NULL, "Feature Map", 0x1001);
	report_time(&r, REPORT_TEXT, NULL, "Update Time", 1700000001);
	report_time(&r, REPORT_TEXT, NULL, "Never", INT64_MAX);
	report_uuid(&r, REPORT_TEXT, NULL, "UUID", &u);
	report_note(&r, " (note)");
	report_outdent(&r);
	check(&r, print_text,
	      "        Raid Level : raid1\n"
	      "\n"
	      "            Events : 18446744073709551615\n"
	      "       Feature Map : 0x1001\n"
	      "       Update Time : Tue Nov 14 22:13:21 2023\n"
	      "             Never : 9223372036854775807\n"
	      "             UUID : 01020304:05060708:090a0b0c:0d0e0f10 (note)\n");
	report_text(&r, REPORT_TEXT | REPORT_EXPORT, "LEVEL", "Raid Level", "raid%d", 1);
	report_text(&r, REPORT_TEXT, NULL, "Only", "text");
	report_time(&r, REPORT_EXPORT, "UPDATE_TIME", NULL, 1700000001);
	report_uuid(&r, REPORT_EXPORT, "UUID", NULL, &u);
	check(&r, report_print_export, "MD_LEVEL=raid1\nMD_UPDATE_TIME=1700000001\n"
				       "MD_UUID=01020304:05060708:090a0b0c:0d0e0f10\n");
}

static void test_rows(void)
{
	static const struct report_row rows[] = {
		{ .known = true, .number = 2, .major = 98, .minor = 16, .slot = 1,
		  .words = "active sync", .path = "/dev/x" },
		{ .known = true, .number = -1, .slot = 0, .words = "removed" },
		{ .known = false, .number = 3, .slot = 3, .major = 7, .words = "",
		  .path = "/dev/x\n" },
		{ .label = "this", .known = true, .number = 1, .major = 7, .slot = 1,
		  .words = "spare" },
	};
	struct report r = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		report_row(&r, REPORT_DATA, "members", &rows[i]);
	check(&r, print_text,
	      "       2      98       16        1      active sync   /dev/x\n"
	      "       -       0        0        0      removed\n"
	      "       -       7        0        -        /dev/x\\x0a\n"
	      "this     1       7        0        1      spare\n");
}

static char *array_line(const char *node, const char *name)
{
	struct report r = { 0 };

	report_text(&r, REPORT_BRIEF, NULL, NULL, "ARRAY");
	report_node(&r, REPORT_BRIEF, node);
	report_text(&r, REPORT_BRIEF, "metadata", NULL, "1.2");
	report_disk_text(&r, REPORT_BRIEF, "name", NULL, name, strlen(name));
	return rendered(&r, report_print_array);
}

static void check_array(const char *node, const char *name, const char *want)
{
	autofree char *line = array_line(node, name);

	CHECK_TEXT(line, want);
}

static void test_array_line(void)
{
	struct report r = { 0 };

	check_array("home", "h:home", "ARRAY /dev/md/home metadata=1.2 name=h:home\n");
	check_array("a b", "h:a b", "ARRAY /dev/md/a_b metadata=1.2 name=\"h:a b\"\n");
	check_array("it's", "it's", "ARRAY /dev/md/it\\x27s metadata=1.2 name=\"it's\"\n");
	check_array("q\"", "q\"'", "ARRAY /dev/md/q\\x22 metadata=1.2 name='q\"'\"'\"\n");
	check_array("..", "h:..", "ARRAY /dev/md/\\x2e\\x2e metadata=1.2 name=h:..\n");
	check_array(".", "", "ARRAY /dev/md/\\x2e metadata=1.2 name=\n");
	check_array("../x", "h:../x", "ARRAY /dev/md/..\\x2fx metadata=1.2 name=h:../x\n");
	check_array("a\nARRAY x", "a\nARRAY x", "ARRAY /dev/md/a\\x0aARRAY_x metadata=1.2\n");
	report_number(&r, REPORT_TAIL, "spares", NULL, 1);
	report_text(&r, REPORT_TAIL, "devices", NULL, "/dev/a,/dev/b");
	check(&r, report_print_array, "   spares=1   devices=/dev/a,/dev/b\n");
	check(&r, report_print_array, "");
}

/* Any bytes in every place for text: no line, key, blank or path more than there should be. */
static void test_hostile(void)
{
	uint64_t state = 88172645463325252ULL;
	size_t lines = 0, strange = 0, slashes = 0;

	for (int i = 0; i < 2000; i++) {
		struct report r = { 0 };
		autofree char *text = NULL;
		char bytes[32];

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (char)unit_random(&state);
		report_disk_text(&r, REPORT_EXPORT, "NAME", NULL, bytes, sizeof(bytes));
		report_disk_text(&r, REPORT_EXPORT, "NAME", NULL, "a=b/$c`'\"", 99);
		text = rendered(&r, report_print_export);
		for (const char *p = text; *p; p++) {
			lines += *p == '\n';
			slashes += *p == '/';
			strange += (*p < 0x21 || *p > 0x7e || strchr("$`'\"(){}<>|&;*?!#~", *p)) &&
				   *p != '\n';
		}
	}
	CHECK(lines == 4000, "one line for each field");
	CHECK(strange == 0, "nothing that a shell would look at");
	CHECK(slashes == 0, "no path");
}

static void print_query(const struct report *r, FILE *out)
{
	struct json j = { .out = out };

	report_json_begin(&j, OBJECT_QUERY);
	report_print_json(r, OBJECT_QUERY, &j);
	report_json_end(&j);
}

/* Fields by their keys, whatever their order; null for those that are not there. */
static void test_json(void)
{
	struct report r = { 0 };

	report_text(&r, REPORT_TEXT, NULL, "Only", "for people");
	report_text(&r, REPORT_EXPORT, "level", NULL, "not this");
	report_signed(&r, REPORT_JSON, "member_number", NULL, -1);
	report_size(&r, REPORT_DATA, "array_size_bytes", "Size", 79872, SIZE_KIB);
	report_text(&r, REPORT_DATA, "level", "Level", "raid1");
	report_note(&r, " (for people)");
	report_bool(&r, "is_array", true);
	report_disk_text(&r, REPORT_JSON, "path", NULL, "/dev/\377", 99);
	report_text(&r, REPORT_JSON, "unheard_of", NULL, "in no document");
	check(&r, print_query,
	      "{\n  \"mdadm_json\": 1,\n  \"command\": \"query\",\n  \"devices\": [\n    {\n"
	      "      \"path\": \"/dev/\\ufffd\",\n"
	      "      \"path_hex\": \"2f6465762fff\",\n"
	      "      \"is_array\": true,\n"
	      "      \"active\": null,\n"
	      "      \"array_size_bytes\": 40894464,\n"
	      "      \"level\": \"raid1\",\n"
	      "      \"raid_devices\": null,\n"
	      "      \"spare_devices\": null,\n"
	      "      \"is_member\": null,\n"
	      "      \"member_number\": -1,\n"
	      "      \"member_state\": null,\n"
	      "      \"member_of_level\": null,\n"
	      "      \"member_of_raid_devices\": null,\n"
	      "      \"member_of_path\": null,\n"
	      "      \"member_of_path_hex\": null\n"
	      "    }\n  ]\n}\n");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	test_json();
	test_sizes();
	test_values();
	test_rows();
	test_array_line();
	test_hostile();
	return unit_done();
}
