// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Create-oddities.c - what --create tells before it asks: what lies on the members and would be
 * destroyed, and what of the new array looks like a mistake.  Part of the mode --create.
 * Opens devices for reading only.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "Create.h"
#include "say.h"
#include "signature.h"
#include "util.h"

static void time_text(int64_t seconds, char out[26])
{
	time_t t = (time_t)seconds;

	if (!ctime_r(&t, out))
		snprintf(out, 26, "(unknown)");
	out[strcspn(out, "\n")] = '\0';
}

/* What array it is a member of: 0, SUPER_ABSENT, or the reason why that cannot be told. */
static int identify(struct candidate *d, struct blkdev *b, struct err *why)
{
	struct super *s cleanup(super_cleanup) = NULL;
	int rc = super_load(b, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, why);

	d->bare = rc == SUPER_ABSENT;
	d->known = rc == 0;
	if (d->known)
		s->fmt->getinfo_super(s, &d->array, &d->disk);
	return rc;
}

static bool report_raid(struct candidate *d, struct blkdev *b)
{
	struct err why;
	char when[26];
	const char *level;
	int rc = identify(d, b, &why);

	if (d->bare)
		return false;
	if (rc < 0) {
		say_error("%s appears to be part of a raid array:\n%s", b->path, why.text);
		return true;
	}
	time_text(d->array.ctime, when);
	level = level_name(d->array.geo.level);
	say_error("%s appears to be part of a raid array:\nlevel=%s devices=%u ctime=%s", b->path,
		  level ? level : "-unknown-", d->array.geo.raid_disks, when);
	return true;
}

static bool report_filesystems(struct blkdev *b, struct span head)
{
	struct ext_info ext;
	char when[26];
	bool odd = false;

	if (signature_ext(head, &ext)) {
		time_text(ext.mtime, when);
		say_error("%s appears to contain an ext2fs file system\nsize=%lluK  mtime=%s",
			  b->path, (unsigned long long)ext.size_kib, when);
		odd = true;
	}
	for (const struct signature *k = signatures; k->what; k++) {
		if (!mode_carries(b, k))
			continue;
		say_error("%s appears to contain %s", b->path, k->what);
		odd = true;
	}
	return odd;
}

/* Only a mirror with its metadata at the end leaves a partition table where it is and in use. */
static bool report_partitions(const struct create *c, const struct candidate *d, struct blkdev *b,
			      struct span head)
{
	bool whole_disk_image = c->geo.level == LEVEL_RAID1 ||
				(c->geo.level == LEVEL_RAID0 && c->geo.raid_disks == 1);
	uint64_t end_sec = 0;

	if (!signature_mbr(head, &end_sec) && !mode_has_gpt(b))
		return false;
	say_error("partition table exists on %s", d->path);
	if (!whole_disk_image || d->data_offset_sec)
		say_error("partition table exists on %s but will be lost or\n"
			  "meaningless after creating array", d->path);
	else if (end_sec > d->free_sec)
		say_error("partition table exists on %s and its last partition (to sector %llu) would\n"
			  "reach beyond the end of the array", d->path,
			  (unsigned long long)end_sec);
	return true;
}

static bool report_content(const struct create *c, struct candidate *d, struct blkdev *b)
{
	uint8_t head[SIGNATURE_BYTES];
	struct span span = { head, MIN((uint64_t)SIGNATURE_BYTES, d->dev_sec * SECTOR_BYTES) };
	struct err err;
	bool odd;

	if (blk_read(b, 0, head, span.n, &err)) {
		say_err(&err);
		return true;
	}
	odd = report_filesystems(b, span);
	odd |= report_raid(d, b);
	odd |= report_partitions(c, d, b, span);
	return odd;
}

/* What is read of it is told, and compared later, and forgotten. */
static bool look_at(const struct create *c, struct candidate *d, bool quiet)
{
	struct blkdev *opened cleanup(blk_cleanup) = NULL, *b = d->held;
	struct err err;
	bool odd = false;

	if (!b && blk_open(d->path, BLK_READ, &opened, &err)) {
		say_err(&err);
		return true;
	}
	b = b ?: opened;
	blk_fingerprint(b, &d->seen);
	if (quiet)
		identify(d, b, &err);
	else
		odd = report_content(c, d, b);
	blk_forget(b);
	return odd;
}

static bool report_boot(const struct create *c)
{
	if (!c->format_chosen || c->geo.level != LEVEL_RAID1 || c->minor < 1)
		return false;
	say_error("Note: this array has metadata at the start and\n"
		  "a boot loader that does not know md 1.x metadata cannot start from it.\n"
		  "If '/boot' is to live here, use --metadata=1.0 or --metadata=0.90");
	return true;
}

static bool report_spread(const struct create *c)
{
	const struct candidate *largest = NULL;
	uint64_t size = c->geo.size_sec;

	for (size_t i = 0; i < c->n_dev; i++)
		if (c->dev[i].path && !c->dev[i].journal && (!largest || c->dev[i].free_sec > largest->free_sec))
			largest = &c->dev[i];
	if (c->geo.level <= LEVEL_RAID0 || !largest || largest->free_sec <= size ||
	    largest->free_sec - size <= largest->free_sec / 100)
		return false;
	say_error("largest drive (%s) exceeds size (%lluK) by more than 1%%", largest->path,
		  (unsigned long long)size / 2);
	return true;
}

bool create_look(struct create *c, bool quiet)
{
	bool odd = false;

	for (size_t i = 0; i < c->n_dev; i++)
		if (c->dev[i].path)
			odd |= look_at(c, &c->dev[i], quiet);
	if (quiet)
		return false;
	create_report_known(c);
	odd |= report_boot(c);
	odd |= report_spread(c);
	return odd;
}
