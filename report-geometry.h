/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report-geometry.h - the words for level, layout and chunk that all reports share.
 */
#ifndef REPORT_GEOMETRY_H
#define REPORT_GEOMETRY_H

#include "geometry.h"
#include "report.h"

/* level_name, and "-unknown-" for a level that does not exist. */
const char *level_word(int level);

/* Layout of RAID0, 5, 6 and 10; other levels have none and get no field. */
void report_layout(struct report *r, const char *label, int level, uint32_t layout);

/* "Chunk Size", or "Rounding" of linear; other levels get no field. */
void report_chunk(struct report *r, int level, uint32_t chunk_sec);

#endif
