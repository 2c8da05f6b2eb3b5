// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Query.c - --query: is it an array, is it a member of one?  Prints; changes nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "array.h"
#include "mapfile.h"
#include "mode.h"
#include "report-geometry.h"
#include "report-modes.h"
#include "say.h"
#include "util.h"

static void add_inactive(struct report *r, const char *path)
{
	report_line(r, "%s: is an md device which is not active", path);
	report_bool(r, "is_array", true);
	report_bool(r, "active", false);
}

static void add_array(struct report *r, const char *path, const struct array *a)
{
	char size[64];

	if (!a->active) {
		add_inactive(r, path);
		return;
	}
	report_line(r, "%s: %s %s %u devices, %d spare%s. Use mdadm --detail for more detail.",
		    path, report_size_text(a->size_sec, SIZE_BINARY, size, sizeof(size)),
		    level_word(a->geo.level), a->geo.raid_disks, a->info.spare,
		    a->info.spare == 1 ? "" : "s");
	report_bool(r, "is_array", true);
	report_bool(r, "active", true);
	report_size(r, REPORT_JSON, "array_size_bytes", NULL, a->size_sec, SIZE_BINARY);
	report_text(r, REPORT_JSON, "level", NULL, "%s", level_word(a->geo.level));
	report_number(r, REPORT_JSON, "raid_devices", NULL, a->geo.raid_disks);
	report_signed(r, REPORT_JSON, "spare_devices", NULL, a->info.spare);
}

/* What the array that the superblock names makes of this device. */
static const char *membership(const struct map_entry *e, const struct disk_info *d, dev_t rdev)
{
	struct array *a cleanup(array_cleanup) = NULL;
	int rc = e ? array_load(e->path, ARRAY_MEMBERS, NULL, &a, NULL) : -ENOENT;

	if (rc == -ENODEV || (!rc && !a->active))
		return "undetected";
	if (rc)
		return NULL;
	for (size_t i = 0; i < a->n_member; i++) {
		const struct md_disk *m = &a->member[i].disk;

		if (m->number == d->number)
			return makedev((unsigned)m->major, (unsigned)m->minor) == rdev ?
			       "active" : "mismatch";
	}
	return "mismatch";
}

static void add_member(struct report *r, const char *path, const struct super *s, dev_t rdev)
{
	struct map map cleanup(map_free) = { 0 };
	const struct map_entry *e;
	struct array_info a;
	struct disk_info d;
	struct uuid uuid = s->fmt->map_uuid(s);
	const char *state;

	s->fmt->getinfo_super(s, &a, &d);
	map_load(&map);
	e = map_by_uuid(&map, &uuid);
	state = membership(e, &d, rdev);
	report_line(r, "%s: device %d in %u device %s %s %s.  "
		    "Use mdadm --examine for more detail.", path, d.number, a.geo.raid_disks,
		    state ? state : "inactive", level_word(a.geo.level), state ? e->path : "array");
	report_signed(r, REPORT_JSON, "member_number", NULL, d.number);
	report_text(r, REPORT_JSON, "member_state", NULL, "%s", state ? state : "inactive");
	report_number(r, REPORT_JSON, "member_of_raid_devices", NULL, a.geo.raid_disks);
	if (level_name(a.geo.level))
		report_text(r, REPORT_JSON, "member_of_level", NULL, "%s",
			    level_name(a.geo.level));
	if (state)
		report_disk_text(r, REPORT_JSON, "member_of_path", NULL, e->path,
				 strlen(e->path));
}

static int query_member(struct report *r, const char *path, bool array)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct super *s cleanup(super_cleanup) = NULL;
	struct err err;
	int rc = blk_open(path, BLK_READ, &b, &err);

	if (rc && rc != -ENOTBLK) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!array) {
		report_line(r, "%s: is not an md array", path);
		report_bool(r, "is_array", false);
	}
	rc = rc ? SUPER_ABSENT : super_load(b, NULL, SUPER_ANY_MINOR,
					    LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, NULL);
	report_bool(r, "is_member", rc == 0);
	if (!rc)
		add_member(r, path, s, b->rdev);
	return STATUS_OK;
}

static int query(struct report *r, const char *path)
{
	struct array *a cleanup(array_cleanup) = NULL;
	struct err err;
	int rc = array_load(path, 0, NULL, &a, &err);

	switch (rc) {
	case 0:
		add_array(r, path, a);
		return query_member(r, path, true);
	case -ENODEV:
		add_inactive(r, path);
		return STATUS_OK;
	case -ENOTBLK:
		return query_member(r, path, false);
	}
	say_err(&err);
	return STATUS_FAILED;
}

int Query(const char *path, struct json *json)
{
	struct report r cleanup(report_free) = { 0 };
	int status = query(&r, path);

	if (!r.n)
		return status;
	report_disk_text(&r, REPORT_JSON, "path", NULL, path, strlen(path));
	if (json)
		report_print_json(&r, OBJECT_QUERY, json);
	else
		report_print_text(&r, 0, stdout);
	return status;
}
