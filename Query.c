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

#define PATH_TEXT 800

static void say_array(const char *name, const struct array *a)
{
	char size[64];

	if (!a->active) {
		printf("%s: is an md device which is not active\n", name);
		return;
	}
	printf("%s: %s %s %u devices, %d spare%s. Use mdadm --detail for more detail.\n", name,
	       report_size_text(a->size_sec, SIZE_BINARY, size, sizeof(size)),
	       level_word(a->geo.level), a->geo.raid_disks, a->info.spare,
	       a->info.spare == 1 ? "" : "s");
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

static void say_member(const char *name, const struct super *s, dev_t rdev)
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
	printf("%s: device %d in %u device %s %s %s.  Use mdadm --examine for more detail.\n",
	       name, d.number, a.geo.raid_disks, state ? state : "inactive",
	       level_word(a.geo.level), state ? e->path : "array");
}

static int query_member(const char *path, const char *name, bool array)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct super *s cleanup(super_cleanup) = NULL;
	struct err err;
	int rc = blk_open(path, BLK_READ, &b, &err);

	if (rc && rc != -ENOTBLK) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!array)
		printf("%s: is not an md array\n", name);
	if (!rc && super_load(b, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s,
			      &err) == 0)
		say_member(name, s, b->rdev);
	return STATUS_OK;
}

int Query(const char *path)
{
	struct array *a cleanup(array_cleanup) = NULL;
	char name[PATH_TEXT];
	struct err err;
	int rc = array_load(path, 0, NULL, &a, &err);

	printable(name, sizeof(name), path, strlen(path));
	switch (rc) {
	case 0:
		say_array(name, a);
		return query_member(path, name, true);
	case -ENODEV:
		printf("%s: is an md device which is not active\n", name);
		return STATUS_OK;
	case -ENOTBLK:
		return query_member(path, name, false);
	}
	say_err(&err);
	return STATUS_FAILED;
}
