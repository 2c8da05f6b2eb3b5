// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super1-report.c - what a 1.x superblock says, as report fields.  Reads the bytes again
 * only for their checksum.  Uses report, the codec and geometry; must not print.
 */
#include <string.h>

#include "bitmap-codec.h"
#include "report-geometry.h"
#include "super1.h"
#include "util.h"

#define SECONDS(t) ((int64_t)((t) & ((1ULL << 40) - 1)))
#define NAME_LEN(sb) strnlen((sb)->name, SUPER1_NAME_BYTES)

static struct geometry geometry_of(const struct super1 *sb)
{
	return (struct geometry){ sb->level, sb->layout, sb->chunk_sec, sb->raid_disks,
				  sb->size_sec };
}

/* Of RAID0 and linear the superblock of one member does not tell. */
static bool knows_array_size(const struct super1 *sb)
{
	struct geometry g = geometry_of(sb);

	return sb->level > 0 && geometry_data_disks(&g) > 0;
}

static void add_name(const struct super *s, const char *homehost, struct report *r)
{
	const struct super1 *sb = &super1_of(s)->sb;

	report_disk_text(r, REPORT_DATA, "name", "Name", sb->name, SUPER1_NAME_BYTES);
	if (super1_is_local(s, homehost))
		report_note(r, "  (local to host %s)", homehost);
	report_bool(r, "local", super1_is_local(s, homehost));
}

/* --- examine --- */

static void add_identity(const struct super *s, const char *homehost, struct report *r)
{
	const struct super1 *sb = &super1_of(s)->sb;

	report_text(r, REPORT_TEXT, NULL, "Magic", "a92b4efc");
	report_text(r, REPORT_DATA, "metadata", "Version", "1.%d", super1_minor(sb));
	report_hex(r, REPORT_DATA, "feature_map", "Feature Map", sb->feature_map);
	super1_report_features(sb, r);
	report_uuid(r, REPORT_DATA, "uuid", "Array UUID", &sb->set_uuid);
	add_name(s, homehost, r);
	report_time(r, REPORT_DATA, "creation_time", "Creation Time", SECONDS(sb->ctime));
	report_level(r, "level", "Raid Level", sb->level);
	report_number(r, REPORT_DATA, "raid_devices", "Raid Devices", sb->raid_disks);
	if (sb->logical_block_bytes)
		report_number(r, REPORT_DATA, "logical_block_size_bytes", "Logical Block",
			      sb->logical_block_bytes);
	super_report_kernel(s, r);
	report_blank(r);
}

static void add_sizes(const struct super1 *sb, struct report *r)
{
	struct geometry g = geometry_of(sb);

	report_size(r, REPORT_DATA, "available_size_bytes", "Avail Dev Size", sb->data_size_sec,
		    SIZE_SECTORS);
	if (knows_array_size(sb))
		report_size(r, REPORT_DATA, "array_size_bytes", "Array Size",
			    geometry_array_sec(&g), SIZE_KIB_NAMED);
	if (sb->level != LEVEL_RAID0)
		report_size(r, sb->size_sec != sb->data_size_sec ? REPORT_DATA : REPORT_JSON,
			    "used_device_size_bytes", "Used Dev Size", sb->size_sec, SIZE_SECTORS);
}

static void add_sectors(struct report *r, const char *key, const char *label, uint64_t sectors)
{
	report_size(r, REPORT_DATA, key, label, sectors, SIZE_SECTORS_ONLY);
}

static void add_offsets(const struct super1 *sb, struct report *r)
{
	if (sb->data_offset_sec)
		add_sectors(r, "data_offset_bytes", "Data Offset", sb->data_offset_sec);
	if (sb->feature_map & SUPER1_F_NEW_OFFSET && sb->new_offset_sec)
		add_sectors(r, "new_offset_bytes", "New Offset",
			    sb->data_offset_sec + (uint64_t)(int64_t)sb->new_offset_sec);
	add_sectors(r, "super_offset_bytes", "Super Offset", sb->super_offset_sec);
	if (sb->feature_map & SUPER1_F_RECOVERY_OFFSET)
		add_sectors(r, "recovery_offset_bytes", "Recovery Offset",
			    sb->recovery_offset_sec);
}

/* Sectors that the bitmap takes, from its header; 0 when there is none. */
static uint64_t bitmap_sec(const struct super1 *sb, struct blkdev *b)
{
	uint64_t at = (sb->super_offset_sec + (uint64_t)(int64_t)sb->bitmap_offset_sec) *
		      SECTOR_BYTES;
	uint8_t bytes[BITMAP_HEAD_BYTES];
	struct bitmap_head h;

	if (!(sb->feature_map & SUPER1_F_BITMAP) ||
	    blk_read(b, at, bytes, sizeof(bytes), NULL) ||
	    bitmap_decode((struct span){ bytes, sizeof(bytes) }, &h, NULL))
		return 0;
	return super1_bitmap_head_sec(&h, sb->bitmap_offset_sec);
}

static void add_space(const struct super1 *sb, struct blkdev *b, struct report *r)
{
	uint64_t before;
	int64_t after;

	super1_unused_sec(sb, b->size_sec, bitmap_sec(sb, b), &before, &after);
	if (before || after || super1_role_of(sb, sb->dev_number) == SUPER1_ROLE_JOURNAL)
		report_text(r, REPORT_TEXT, NULL, "Unused Space",
			    "before=%llu sectors, after=%lld sectors%s",
			    (unsigned long long)before, (long long)after,
			    after < 0 ? " DEVICE TOO SMALL" : "");
	report_size(r, REPORT_JSON, "unused_before_bytes", NULL, before, SIZE_SECTORS_ONLY);
	report_offset(r, REPORT_JSON, "unused_after_bytes", NULL, after);
	report_text(r, REPORT_DATA, "state", "State", "%s%s",
		    sb->resync_offset_sec == UINT64_MAX ? "clean" : "active",
		    after < 0 ? " TRUNCATED DEVICE" : "");
	report_uuid(r, REPORT_DATA, "device_uuid", "Device UUID", &sb->device_uuid);
	report_blank(r);
}

static void add_logs(const struct super1 *sb, struct report *r)
{
	report_bool(r, "internal_bitmap", sb->feature_map & SUPER1_F_BITMAP);
	if (sb->feature_map & SUPER1_F_BITMAP) {
		report_offset(r, REPORT_DATA, "bitmap_offset_bytes", "Internal Bitmap",
			      sb->bitmap_offset_sec);
		report_note(r, " from superblock");
	} else if (sb->feature_map & SUPER1_F_PPLS) {
		report_size(r, REPORT_DATA, "ppl_size_bytes", "PPL", super1_ppl_size_sec(sb),
			    SIZE_SECTORS_ONLY);
		report_note(r, " at offset %d sectors from superblock", super1_ppl_offset_sec(sb));
		report_offset(r, REPORT_JSON, "ppl_offset_bytes", NULL, super1_ppl_offset_sec(sb));
	}
}

/* What it is being turned into. */
static void add_reshape(const struct super1 *sb, struct report *r)
{
	report_bool(r, "reshape_active", sb->feature_map & SUPER1_F_RESHAPE);
	if (!(sb->feature_map & SUPER1_F_RESHAPE))
		return;
	report_size(r, REPORT_DATA, "reshape_position_bytes", "Reshape pos'n",
		    sb->reshape_position_sec, SIZE_KIB);
	report_delta(r, sb->raid_disks, sb->delta_disks);
	if ((int)sb->new_level != sb->level)
		report_level(r, "new_level", "New Level", (int)sb->new_level);
	if (sb->new_layout != sb->layout)
		report_layout(r, "new_layout", "New Layout", sb->level, sb->new_layout);
	if (sb->new_chunk_sec != sb->chunk_sec)
		report_size(r, REPORT_DATA, "new_chunk_size_bytes", "New Chunksize",
			    sb->new_chunk_sec, SIZE_CHUNK);
	report_blank(r);
}

static void add_bad_blocks(const struct super1 *sb, struct report *r)
{
	if (!sb->bblog_size_sec || !sb->bblog_offset_sec)
		return;
	report_number(r, REPORT_DATA, "bad_block_log_entries", "Bad Block Log",
		      sb->bblog_size_sec * 512u / 8);
	report_note(r, " entries available at offset %d sectors%s", sb->bblog_offset_sec,
		    sb->feature_map & SUPER1_F_BAD_BLOCKS ? " - bad blocks present." : "");
	report_offset(r, REPORT_JSON, "bad_block_log_offset_bytes", NULL, sb->bblog_offset_sec);
	report_bool(r, "bad_blocks_present", sb->feature_map & SUPER1_F_BAD_BLOCKS);
}

static void add_checksum(const struct super1 *sb, struct blkdev *b, struct report *r)
{
	uint8_t bytes[SUPER1_BYTES];
	uint32_t sum;

	if (blk_read(b, sb->super_offset_sec * SECTOR_BYTES, bytes, sizeof(bytes), NULL))
		return;
	sum = super1_checksum((struct span){ bytes, sizeof(bytes) }, sb->max_dev);
	report_checksum(r, sb->stored_checksum, sum);
}

static void add_state(const struct super1 *sb, struct blkdev *b, struct report *r)
{
	bool mostly = sb->devflags & SUPER1_DEV_WRITE_MOSTLY;
	bool failfast = sb->devflags & SUPER1_DEV_FAILFAST;

	if (sb->devflags)
		report_text(r, REPORT_DATA, "flags", "Flags", "%s%s%s", mostly ? "write-mostly" : "",
			    mostly && failfast ? " " : "", failfast ? "failfast" : "");
	report_time(r, REPORT_DATA, "update_time", "Update Time", SECONDS(sb->utime));
	add_bad_blocks(sb, r);
	add_checksum(sb, b, r);
	report_number(r, REPORT_DATA, "events", "Events", sb->events);
	report_blank(r);
}

static void add_shape(const struct super1 *sb, struct report *r)
{
	/* without the feature the layout of RAID0 means nothing */
	if (sb->level != LEVEL_RAID0 || sb->feature_map & SUPER1_F_RAID0_LAYOUT)
		report_layout(r, "layout", "Layout", sb->level, sb->layout);
	report_chunk(r, sb->level, sb->chunk_sec);
	report_blank(r);
}

static void add_role(const struct super1 *sb, struct report *r)
{
	uint16_t role = super1_role_of(sb, sb->dev_number);
	bool replacement = sb->feature_map & SUPER1_F_REPLACEMENT;
	const char *word = replacement ? "replacement" : "active";

	if (role < SUPER1_ROLE_JOURNAL) {
		report_number(r, REPORT_JSON, "slot", NULL, role);
		report_text(r, REPORT_TEXT, NULL, "Device Role", "%s device %u",
			    replacement ? "Replacement" : "Active", role);
	} else {
		word = role == SUPER1_ROLE_JOURNAL ? "journal" : "spare";
		report_text(r, REPORT_TEXT, NULL, "Device Role", "%s",
			    role == SUPER1_ROLE_JOURNAL ? "Journal" : "spare");
	}
	report_outdent(r);
	report_text(r, REPORT_JSON, "role", NULL, "%s", word);
}

/* Which device is in which slot, for the reader to sort out. */
static void add_warning(const struct super1 *sb, struct report *r)
{
	size_t cap = 12 * (size_t)sb->max_dev + 1, n = 0;
	autofree char *text = xcalloc(cap, 1);

	for (uint32_t i = 0; i < sb->max_dev; i++)
		if (sb->role[i] >= SUPER1_ROLE_FAULTY)
			n += (size_t)snprintf(text + n, cap - n, " %u:-", i);
		else
			n += (size_t)snprintf(text + n, cap - n, " %u:%u", i, sb->role[i]);
	report_line(r, "WARNING Array state is inconsistent - each number should appear only once");
	report_line(r, "%s", text);
}

/* One letter a slot, by how many devices are said to be in it. */
static void add_slots(const struct super1 *sb, struct report *r)
{
	unsigned count[SUPER1_MAX_DEVS] = { 0 };
	char letters[SUPER1_MAX_DEVS + 1];
	uint32_t n = MIN(sb->raid_disks, (uint32_t)SUPER1_MAX_DEVS);

	for (uint32_t i = 0; i < sb->max_dev; i++)
		if (sb->role[i] < n)
			count[sb->role[i]]++;
	for (uint32_t i = 0; i < n; i++)
		letters[i] = ".AR?"[MIN(count[i], 3u)];
	letters[n] = '\0';
	report_text(r, REPORT_DATA, "array_state", "Array State", "%s", letters);
	report_note(r, " ('A' == active, '.' == missing, 'R' == replacing)");
	report_outdent(r);
	if (strchr(letters, '?'))
		add_warning(sb, r);
}

void super1_examine(const struct super *s, struct blkdev *b, const char *homehost,
		    struct report *r)
{
	const struct super1 *sb = &super1_of(s)->sb;

	add_identity(s, homehost, r);
	add_sizes(sb, r);
	add_offsets(sb, r);
	add_space(sb, b, r);
	add_logs(sb, r);
	add_reshape(sb, r);
	add_state(sb, b, r);
	add_shape(sb, r);
	add_role(sb, r);
	add_slots(sb, r);
}

void super1_export_examine(const struct super *s, struct report *r)
{
	const struct super1 *sb = &super1_of(s)->sb;
	struct geometry g = geometry_of(sb);

	if (level_name(sb->level))
		report_text(r, REPORT_EXPORT, "LEVEL", NULL, "%s", level_name(sb->level));
	report_number(r, REPORT_EXPORT, "DEVICES", NULL, sb->raid_disks);
	if (sb->name[0])
		report_disk_text(r, REPORT_EXPORT, "NAME", NULL, sb->name, SUPER1_NAME_BYTES);
	if (knows_array_size(sb))
		report_size(r, REPORT_EXPORT, "ARRAY_SIZE", NULL, geometry_array_sec(&g),
			    SIZE_DECIMAL);
	report_uuid(r, REPORT_EXPORT, "UUID", NULL, &sb->set_uuid);
	report_time(r, REPORT_EXPORT, "UPDATE_TIME", NULL, SECONDS(sb->utime));
	report_uuid(r, REPORT_EXPORT, "DEV_UUID", NULL, &sb->device_uuid);
	report_number(r, REPORT_EXPORT, "EVENTS", NULL, sb->events);
}

void super1_brief_examine(const struct super *s, bool verbose, struct report *r)
{
	const struct super1 *sb = &super1_of(s)->sb;
	char name[SUPER1_NAME_BYTES + 1] = "";

	memcpy(name, sb->name, NAME_LEN(sb));
	report_node(r, REPORT_LINE, super_bare_name(name));
	if (*super_bare_name(name))
		report_note(r, " ");
	report_disk_text(r, REPORT_JSON, "name", NULL, sb->name, SUPER1_NAME_BYTES);
	if (verbose && level_name(sb->level))
		report_text(r, REPORT_LINE, "level", NULL, "%s", level_name(sb->level));
	report_text(r, REPORT_LINE, "metadata", NULL, "1.%d", super1_minor(sb));
	if (verbose)
		report_number(r, REPORT_LINE, "num-devices", NULL, sb->raid_disks);
	report_uuid(r, REPORT_LINE, "UUID", NULL, &sb->set_uuid);
}

/* --- detail --- */

void super1_detail(const struct super *s, const char *homehost, struct report *r)
{
	const struct super1 *sb = &super1_of(s)->sb;

	add_name(s, homehost, r);
	report_uuid(r, REPORT_DATA, "uuid", "UUID", &sb->set_uuid);
	report_number(r, REPORT_DATA, "events", "Events", sb->events);
	super_report_kernel(s, r);
}

void super1_export_detail(const struct super *s, struct report *r)
{
	const struct super1 *sb = &super1_of(s)->sb;

	if (sb->name[0])
		report_disk_text(r, REPORT_EXPORT, "NAME", NULL, sb->name, SUPER1_NAME_BYTES);
}
