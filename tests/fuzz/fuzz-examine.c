// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the bytes of a member to each report about it: whatever the superblock says, a report
 * has no lines, keys or arrays but those that it is made of.  Input: struct image of shared.h.
 *
 * fuzz: -max_len=4624
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "report.h"
#include "shared.h"
#include "super.h"
#include "util.h"

#define LABEL_WIDTH 15
#define HOST "host"

/* --- for people --- */

static const char *const labels[] = {
	"Magic", "Version", "Feature Map", "Logical Block", "Oldest Kernel", "Array UUID", "UUID", "Name", "Creation Time",
	"Raid Level", "Raid Devices", "Total Devices", "Preferred Minor", "Avail Dev Size",
	"Array Size", "Used Dev Size", "Data Offset", "New Offset", "Super Offset",
	"Recovery Offset", "Unused Space", "State", "Device UUID", "Internal Bitmap", "PPL",
	"Reshape pos'n", "Delta Devices", "New Level", "New Layout", "New Chunksize", "Flags",
	"Update Time", "Bad Block Log", "Checksum", "Events", "Layout", "Rounding", "Chunk Size",
	"Device Role", "Array State", "Active Devices", "Working Devices", "Failed Devices",
	"Spare Devices",
};

static bool known_label(const char *line)
{
	const char *colon = strstr(line, " : ");

	line += strspn(line, " ");
	for (size_t i = 0; colon && i < ARRAY_SIZE(labels); i++)
		if (strlen(labels[i]) == (size_t)(colon - line) &&
		    !strncmp(line, labels[i], (size_t)(colon - line)))
			return true;
	return false;
}

/* Rows of the table of descriptors, the list behind a warning. */
static bool numbers_only(const char *line)
{
	size_t n = strspn(line, " ");

	if (!strncmp(line + n, "this ", 5))
		n += 5 + strspn(line + n + 5, " ");
	return line[n] >= '0' && line[n] <= '9';
}

static void check_people(char *text, size_t n, const struct super *s)
{
	char *line;

	(void)n;
	(void)s;
	while (next_line(&text, &line))
		REQUIRE(!*line || known_label(line) || numbers_only(line) ||
			!strcmp(line, "/dev/fuzz:") || strstr(line, "Number   Major   Minor") ||
			!strncmp(line, "WARNING Array state is inconsistent", 35));
}

static void make_examine(const struct super *s, struct blkdev *b, struct report *r)
{
	report_line(r, "%s:", b->path);
	s->fmt->examine_super(s, b, HOST, r);
}

static void make_detail(const struct super *s, struct blkdev *b, struct report *r)
{
	(void)b;
	s->fmt->detail_super(s, HOST, r);
}

static void print_people(const struct report *r, FILE *out)
{
	report_print_text(r, LABEL_WIDTH, out);
}

/* --- for programs --- */

static bool known_key(const char *line)
{
	static const char *const keys[] = { "MD_LEVEL=", "MD_DEVICES=", "MD_NAME=", "MD_UUID=",
		"MD_ARRAY_SIZE=", "MD_UPDATE_TIME=", "MD_DEV_UUID=", "MD_EVENTS=" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strncmp(line, keys[i], strlen(keys[i])))
			return true;
	return false;
}

/* Known keys, each once, and values that a shell and udev take as they are. */
static void check_programs(char *text, size_t n, const struct super *s)
{
	char *line, last[32] = "";

	(void)n;
	(void)s;
	while (next_line(&text, &line)) {
		size_t key = strcspn(line, "=");

		REQUIRE(known_key(line) && key < sizeof(last) && strncmp(last, line, key + 1));
		snprintf(last, sizeof(last), "%.*s", (int)key + 1, line);
		REQUIRE(!strpbrk(line + key + 1, " \t'\"$`;&|<>()*?[]#~=!{}^/"));
	}
}

static void make_export(const struct super *s, struct blkdev *b, struct report *r)
{
	(void)b;
	s->fmt->export_examine_super(s, r);
}

static void make_export_detail(const struct super *s, struct blkdev *b, struct report *r)
{
	(void)b;
	s->fmt->export_detail_super(s, r);
}

/* --- lines of mdadm.conf --- */

static void check_array(char *text, size_t n, const struct super *s)
{
	struct array_info a;
	struct disk_info d;

	s->fmt->getinfo_super(s, &a, &d);
	check_array_lines(text, n, &a.uuid);
}

static void make_brief(const struct super *s, struct blkdev *b, struct report *r)
{
	(void)b;
	report_text(r, REPORT_BRIEF, NULL, NULL, "ARRAY");
	s->fmt->brief_examine_super(s, false, r);
}

static void make_brief_verbose(const struct super *s, struct blkdev *b, struct report *r)
{
	report_text(r, REPORT_BRIEF, NULL, NULL, "ARRAY");
	s->fmt->brief_examine_super(s, true, r);
	report_number(r, REPORT_TAIL, "spares", NULL, 1);
	report_text(r, REPORT_TAIL, "devices", NULL, "%s", b->path);
}

/* --- JSON --- */

static void check_document(char *text, size_t n, const struct super *s)
{
	(void)s;
	check_json(text, n);
}

static void make_json(const struct super *s, struct blkdev *b, struct report *r)
{
	report_disk_text(r, REPORT_JSON, "path", NULL, b->path, strlen(b->path));
	s->fmt->examine_super(s, b, HOST, r);
}

static void print_object(const struct report *r, enum report_object object, FILE *out)
{
	struct json j = { .out = out };

	report_json_begin(&j, object);
	report_print_json(r, object, &j);
	report_json_end(&j);
}

static void print_json(const struct report *r, FILE *out)
{
	print_object(r, OBJECT_EXAMINE, out);
}

static void print_json_scan(const struct report *r, FILE *out)
{
	print_object(r, OBJECT_SCAN, out);
}

/* --- every view --- */

static const struct view {
	void (*make)(const struct super *s, struct blkdev *b, struct report *r);
	void (*print)(const struct report *r, FILE *out);
	void (*check)(char *text, size_t n, const struct super *s);
} views[] = {
	{ make_examine, print_people, check_people },
	{ make_detail, print_people, check_people },
	{ make_export, report_print_export, check_programs },
	{ make_export_detail, report_print_export, check_programs },
	{ make_brief, report_print_array, check_array },
	{ make_brief_verbose, report_print_array, check_array },
	{ make_json, print_json, check_document },
	{ make_brief_verbose, print_json_scan, check_document },
};

static void check_view(const struct view *v, const struct super *s, struct blkdev *b)
{
	struct report r cleanup(report_free) = { 0 };
	char *text autofree = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	REQUIRE(out);
	v->make(s, b, &r);
	v->print(&r, out);
	REQUIRE(!fclose(out));
	check_output(text, n);
	v->check(text, n, s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct image m;
	struct super *s cleanup(super_cleanup) = NULL;
	struct err why = { "" };
	int rc;

	if (!image_make(&m, data, n, false))
		return 0;
	rc = super_load(&m.dev, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s,
			&why);
	REQUIRE(rc >= 0 || why.text[0]);
	for (size_t i = 0; !rc && i < ARRAY_SIZE(views); i++)
		check_view(&views[i], s, &m.dev);
	return 0;
}
