// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super0-report.c - what a 0.90 superblock says, as report fields.  Reads the bytes again
 * only for their checksum.  Uses report, the codec, geometry and the names of devices; must
 * not print.
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "report-geometry.h"
#include "super0.h"
#include "util.h"

static struct geometry geometry_of(const struct super0 *sb)
{
	return (struct geometry){ sb->level, sb->layout, sb->chunk_bytes / 512, sb->raid_disks,
				  2 * (uint64_t)sb->size_kib };
}

static void add_uuid(const struct super *s, const char *homehost, struct report *r)
{
	report_uuid(r, REPORT_DATA, "uuid", "UUID", &super0_of(s)->sb.uuid);
	if (super0_is_local(s, homehost))
		report_note(r, " (local to host %s)", homehost);
	report_bool(r, "local", super0_is_local(s, homehost));
}

/* --- examine --- */

static void add_identity(const struct super *s, const char *homehost, struct report *r)
{
	const struct super0 *sb = &super0_of(s)->sb;

	report_text(r, REPORT_TEXT, NULL, "Magic", "a92b4efc");
	report_text(r, REPORT_DATA, "metadata", "Version", "0.%d.%02d", (int)sb->minor_version,
		    (int)sb->patch_version);
	add_uuid(s, homehost, r);
	report_time(r, REPORT_DATA, "creation_time", "Creation Time", sb->ctime);
}

static void add_sizes(const struct super *s, struct report *r)
{
	const struct super0 *sb = &super0_of(s)->sb;
	struct geometry g = geometry_of(sb);

	report_level(r, "level", "Raid Level", sb->level);
	if (sb->level > 0) {
		report_size(r, REPORT_DATA, "used_device_size_bytes", "Used Dev Size", g.size_sec,
			    SIZE_KIB);
		if (geometry_data_disks(&g))
			report_size(r, REPORT_DATA, "array_size_bytes", "Array Size",
				    geometry_array_sec(&g), SIZE_KIB);
	}
	report_number(r, REPORT_DATA, "raid_devices", "Raid Devices", sb->raid_disks);
	report_number(r, REPORT_DATA, "total_devices", "Total Devices", sb->nr_disks);
	report_number(r, REPORT_DATA, "preferred_minor", "Preferred Minor", sb->md_minor);
	super_report_kernel(s, r);
	report_blank(r);
}

/* What it is being turned into: recorded by minor version 91. */
static void add_reshape(const struct super0 *sb, struct report *r)
{
	bool active = sb->minor_version > 90 && sb->reshape_position_sec != UINT64_MAX;

	report_bool(r, "reshape_active", active);
	if (!active)
		return;
	report_size(r, REPORT_DATA, "reshape_position_bytes", "Reshape pos'n",
		    sb->reshape_position_sec, SIZE_KIB);
	report_delta(r, sb->raid_disks, sb->delta_disks);
	if ((int)sb->new_level != sb->level)
		report_level(r, "new_level", "New Level", (int)sb->new_level);
	if (sb->new_layout != sb->layout)
		report_layout(r, "new_layout", "New Layout", sb->level, sb->new_layout);
	if (sb->new_chunk_bytes != sb->chunk_bytes)
		report_number(r, REPORT_DATA, "new_chunk_size_bytes", "New Chunksize",
			      sb->new_chunk_bytes);
	report_blank(r);
}

static void add_checksum(const struct super0 *sb, struct blkdev *b, struct report *r)
{
	uint8_t bytes[SUPER0_BYTES];
	uint32_t sum;

	if (blk_read(b, super0_place_sec(b->size_sec) * SECTOR_BYTES, bytes, sizeof(bytes), NULL))
		return;
	sum = super0_checksum((struct span){ bytes, sizeof(bytes) });
	report_checksum(r, sb->stored_checksum, sum);
}

static void add_state(const struct super0 *sb, struct blkdev *b, struct report *r)
{
	report_time(r, REPORT_DATA, "update_time", "Update Time", sb->utime);
	report_text(r, REPORT_DATA, "state", "State", "%s",
		    sb->state & SUPER0_CLEAN ? "clean" : "active");
	report_bool(r, "internal_bitmap", sb->state & SUPER0_BITMAP);
	if (sb->state & SUPER0_BITMAP)
		report_text(r, REPORT_TEXT, NULL, "Internal Bitmap", "present");
	report_number(r, REPORT_DATA, "active_devices", "Active Devices", sb->active);
	report_number(r, REPORT_DATA, "working_devices", "Working Devices", sb->working);
	report_number(r, REPORT_DATA, "failed_devices", "Failed Devices", sb->failed);
	report_number(r, REPORT_DATA, "spare_devices", "Spare Devices", sb->spare);
	add_checksum(sb, b, r);
	report_number(r, REPORT_DATA, "events", "Events", sb->events);
	report_blank(r);
}

static void add_shape(const struct super0 *sb, struct report *r)
{
	if (sb->level != LEVEL_RAID0)
		report_layout(r, "layout", "Layout", sb->level, sb->layout);
	report_chunk(r, sb->level, sb->chunk_bytes / 512);
	report_blank(r);
}

/* --- the table of descriptors --- */

static void state_words(uint32_t state, char *out, size_t cap)
{
	static const struct { uint32_t bit; const char *word; } words[] = {
		{ SUPER0_DISK_FAULTY, "faulty" },
		{ SUPER0_DISK_ACTIVE, "active" },
		{ SUPER0_DISK_SYNC, "sync" },
		{ SUPER0_DISK_REMOVED, "removed" },
		{ SUPER0_DISK_WRITE_MOSTLY, "write-mostly" },
		{ SUPER0_DISK_FAILFAST, "failfast" },
	};
	const uint32_t kinds = SUPER0_DISK_FAULTY | SUPER0_DISK_ACTIVE | SUPER0_DISK_SYNC |
			       SUPER0_DISK_REMOVED;
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (state & words[i].bit)
			n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? " " : "",
					      words[i].word);
	if (!(state & kinds))
		snprintf(out + n, cap - n, "%sspare", n ? " " : "");
}

/* The numbers may be those of another machine: only what exists here has a name. */
static char *disk_path(const struct super0_disk *d)
{
	bool number_ok = d->major < 1u << 12 && d->minor < 1u << 20;
	dev_t rdev = makedev(d->major, d->minor);
	char kname[64];

	if (!number_ok || blk_kname(rdev, kname, sizeof(kname)))
		return NULL;
	return blk_name(rdev, NULL);
}

static void add_disk(const struct super0_disk *d, const char *key, const char *label,
		     struct report *r)
{
	autofree char *path = disk_path(d);
	char words[80];

	state_words(d->state, words, sizeof(words));
	report_row(r, REPORT_DATA, key, &(struct report_row){
		.label = label, .known = true, .number = d->number, .major = d->major,
		.minor = d->minor, .slot = d->raid_disk, .words = words,
		.path = path && path[0] == '/' ? path : NULL,
	});
}

static void add_table(const struct super0 *sb, struct report *r)
{
	uint64_t n = MIN((uint64_t)sb->raid_disks + sb->spare, (uint64_t)SUPER0_MAX_DEVS);
	char label[12];

	report_line(r, "      Number   Major   Minor   RaidDevice State");
	add_disk(&sb->this_disk, "this_member", "this", r);
	report_blank(r);
	for (uint64_t i = 0; i < n; i++) {
		snprintf(label, sizeof(label), "%u", (unsigned)i);
		add_disk(&sb->disk[i], "members", label, r);
	}
}

void super0_examine(const struct super *s, struct blkdev *b, const char *homehost,
		    struct report *r)
{
	const struct super0 *sb = &super0_of(s)->sb;

	add_identity(s, homehost, r);
	add_sizes(s, r);
	add_reshape(sb, r);
	add_state(sb, b, r);
	add_shape(sb, r);
	add_table(sb, r);
}

/* Stock tools show the time of creation as the update time; udev databases have it so. */
void super0_export_examine(const struct super *s, struct report *r)
{
	const struct super0 *sb = &super0_of(s)->sb;

	if (level_name(sb->level))
		report_text(r, REPORT_EXPORT, "LEVEL", NULL, "%s", level_name(sb->level));
	report_number(r, REPORT_EXPORT, "DEVICES", NULL, sb->raid_disks);
	report_uuid(r, REPORT_EXPORT, "UUID", NULL, &sb->uuid);
	report_time(r, REPORT_EXPORT, "UPDATE_TIME", NULL, sb->ctime);
	report_number(r, REPORT_EXPORT, "EVENTS", NULL, sb->events);
}

void super0_brief_examine(const struct super *s, bool verbose, struct report *r)
{
	const struct super0 *sb = &super0_of(s)->sb;

	report_text(r, REPORT_BRIEF, NULL, NULL, "/dev/md%u", sb->md_minor);
	report_text(r, REPORT_JSON, "path", NULL, "/dev/md%u", sb->md_minor);
	report_text(r, REPORT_JSON, "metadata", NULL, "0.90");
	if (verbose && level_name(sb->level))
		report_text(r, REPORT_LINE, "level", NULL, "%s", level_name(sb->level));
	if (verbose)
		report_number(r, REPORT_LINE, "num-devices", NULL, sb->raid_disks);
	report_uuid(r, REPORT_LINE, "UUID", NULL, &sb->uuid);
}

/* --- detail --- */

void super0_detail(const struct super *s, const char *homehost, struct report *r)
{
	uint64_t events = super0_of(s)->sb.events;

	add_uuid(s, homehost, r);
	report_text(r, REPORT_TEXT, NULL, "Events", "%u.%u", (uint32_t)(events >> 32),
		    (uint32_t)events);
	report_number(r, REPORT_JSON, "events", NULL, events);
	super_report_kernel(s, r);
}

/* There is no name to tell. */
void super0_export_detail(const struct super *s, struct report *r)
{
	(void)s;
	(void)r;
}
