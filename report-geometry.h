/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report-geometry.h - the fields for level, layout, chunk and others that reports share.
 */
#ifndef REPORT_GEOMETRY_H
#define REPORT_GEOMETRY_H

#include "geometry.h"
#include "report.h"

/* level_name, and "-unknown-" for a level that does not exist. */
const char *level_word(int level);

/* A level that does not exist is "-unknown-" for people, and unknown in JSON. */
void report_level(struct report *r, const char *key, const char *label, int level);

/* Layout of RAID0, 5, 6 and 10; other levels have none and get no field. */
void report_layout(struct report *r, const char *key, const char *label, int level,
		   uint32_t layout);

/* "Chunk Size", or "Rounding" of linear; other levels get no field. */
void report_chunk(struct report *r, int level, uint32_t chunk_sec);

/* By how many a reshape has changed raid_disks: "1 (3->4)"; no field for 0. */
void report_delta(struct report *r, uint32_t raid_disks, int32_t delta);

/* The checksum of a superblock, and the one that its bytes have. */
void report_checksum(struct report *r, uint32_t stored, uint32_t expected);

#endif
