// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report-geometry.c - the fields for level, layout and chunk.  Uses report and geometry
 * only.
 */
#include "report-geometry.h"

#define UNKNOWN "-unknown-"

const char *level_word(int level)
{
	const char *name = level_name(level);

	return name ? name : UNKNOWN;
}

void report_layout(struct report *r, const char *label, int level, uint32_t layout)
{
	const char *name = layout_name(level, layout);
	char text[LAYOUT_TEXT];

	if (level == LEVEL_RAID10) {
		layout_raid10_text(layout, text);
		name = text;
	}
	if (level == LEVEL_RAID0 || level == LEVEL_RAID5 || level == LEVEL_RAID6 ||
	    level == LEVEL_RAID10)
		report_text(r, REPORT_TEXT, NULL, label, "%s", name ? name : UNKNOWN);
}

void report_chunk(struct report *r, int level, uint32_t chunk_sec)
{
	if (level == LEVEL_LINEAR)
		report_text(r, REPORT_TEXT, NULL, "Rounding", "%uK", chunk_sec / 2);
	else if (level_has_chunk(level))
		report_text(r, REPORT_TEXT, NULL, "Chunk Size", "%uK", chunk_sec / 2);
}
