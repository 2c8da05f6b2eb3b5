// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Examine-badblocks.c - --examine-badblocks: the sectors that a member is known not to be able to
 * read. Prints; changes nothing and needs no more than to read.
 */
#include <errno.h>
#include <string.h>

#include "badblocks-codec.h"
#include "mode.h"
#include "report.h"
#include "report-modes.h"
#include "say.h"
#include "util.h"

/* What the two formats know of their lists. */
struct log {
	bool present;            /* there is one; */
	bool used;               /* and something may be in it */
	unsigned shift;
	struct super_area area;
};

static bool find_area(const struct super *s, struct super_area *out)
{
	struct super_area area[SUPER_AREAS];
	size_t n = s->fmt->areas(s, area);

	for (size_t i = 0; i < n; i++)
		if (area[i].kind == AREA_BAD_BLOCKS) {
			*out = area[i];
			return true;
		}
	return false;
}

static void add_entries(struct span list, unsigned shift, struct report *r)
{
	struct bad_blocks bad;
	size_t at = 0;

	while (badblocks_next(list, shift, &at, &bad))
		report_range(r, "bad_blocks", bad.start_sec, bad.count_sec);
}

static void print(const struct report *r, struct json *json)
{
	if (json)
		report_print_json(r, OBJECT_BAD_BLOCKS, json);
	else
		report_print_text(r, 0, stdout);
}

static int tell(struct blkdev *b, const struct super *s, struct json *json, struct err *err)
{
	struct report r cleanup(report_free) = { 0 };
	uint8_t *bytes autofree = NULL;
	struct log log = { 0 };

	log.present = s->fmt->bad_blocks(s, &log.used, &log.shift);
	report_disk_text(&r, REPORT_JSON, "path", NULL, b->path, strlen(b->path));
	report_bool(&r, "configured", log.present);
	if (!log.present) {
		report_line(&r, "No bad-blocks list configured on %s", b->path);
	} else if (!log.used) {
		report_line(&r, "Bad-blocks list is empty in %s", b->path);
	} else {
		int rc;

		if (!find_area(s, &log.area) || log.shift >= 64)
			return err_set(err, -EINVAL, "%s: the superblock gives its list of bad blocks a place "
				       "where it cannot be, or a shift of %u", b->path, log.shift);
		bytes = xcalloc(1, log.area.len);
		rc = blk_read(b, log.area.at, bytes, log.area.len, err);
		if (rc)
			return rc;
		report_line(&r, "Bad-blocks on %s:", b->path);
		add_entries((struct span){ bytes, log.area.len }, log.shift, &r);
	}
	print(&r, json);
	return 0;
}

static void complain(int rc, const char *path, const struct err *err)
{
	char name[800];

	if (rc == SUPER_ABSENT)
		say_error("No md superblock detected on %s",
			  printable(name, sizeof(name), path, strlen(path)));
	else
		say_err(err);
}

int Examine_badblocks(const char *path, const struct examine_options *o)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct super *s cleanup(super_cleanup) = NULL;
	struct err err;
	int rc = blk_open(path, BLK_READ, &b, &err);

	if (!rc)
		rc = super_load(b, o->fmt, o->minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, &err);
	if (!rc && !s->fmt->bad_blocks) {
		say_error("%s metadata does not support badblocks", s->fmt->name);
		return STATUS_FAILED;
	}
	if (!rc)
		rc = tell(b, s, o->json, &err);
	if (!rc)
		return STATUS_OK;
	complain(rc, path, &err);
	return STATUS_FAILED;
}
