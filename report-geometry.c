// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report-geometry.c - the fields for level, layout, chunk and others that reports share.  Uses
 * report and geometry only.
 */
#include "report-geometry.h"

#define UNKNOWN "-unknown-"

const char *level_word(int level)
{
	const char *name = level_name(level);

	return name ? name : UNKNOWN;
}

static void add_word(struct report *r, const char *key, const char *label, const char *word)
{
	report_text(r, word ? REPORT_DATA : REPORT_TEXT, key, label, "%s", word ? word : UNKNOWN);
}

void report_level(struct report *r, const char *key, const char *label, int level)
{
	add_word(r, key, label, level_name(level));
}

void report_layout(struct report *r, const char *key, const char *label, int level,
		   uint32_t layout)
{
	const char *name = layout_name(level, layout);
	char text[LAYOUT_TEXT];

	if (level == LEVEL_RAID10) {
		layout_raid10_text(layout, text);
		name = text;
	}
	if (level == LEVEL_RAID0 || level == LEVEL_RAID5 || level == LEVEL_RAID6 ||
	    level == LEVEL_RAID10)
		add_word(r, key, label, name);
}

void report_chunk(struct report *r, int level, uint32_t chunk_sec)
{
	if (level_has_chunk(level))
		report_size(r, REPORT_DATA, "chunk_size_bytes",
			    level == LEVEL_LINEAR ? "Rounding" : "Chunk Size", chunk_sec,
			    SIZE_CHUNK);
}

void report_delta(struct report *r, uint32_t raid_disks, int32_t delta)
{
	if (!delta)
		return;
	report_signed(r, REPORT_DATA, "delta_devices", "Delta Devices", delta);
	report_note(r, " (%lld->%u)", (long long)raid_disks - delta, raid_disks);
}

void report_checksum(struct report *r, uint32_t stored, uint32_t expected)
{
	report_number(r, REPORT_JSON, "checksum", NULL, stored);
	report_number(r, REPORT_JSON, "expected_checksum", NULL, expected);
	if (stored == expected)
		report_text(r, REPORT_TEXT, NULL, "Checksum", "%x - correct", stored);
	else
		report_text(r, REPORT_TEXT, NULL, "Checksum", "%x - expected %x", stored, expected);
}
