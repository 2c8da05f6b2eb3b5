/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report-field.h - what a report is made of inside: for report.c, which collects and renders
 * for people and shells, and report-json.c.  Nobody else includes this.
 */
#ifndef REPORT_FIELD_H
#define REPORT_FIELD_H

#include "report.h"

enum field_type {
	FIELD_BLANK, FIELD_LINE, FIELD_TEXT, FIELD_DISK, FIELD_NODE, FIELD_NUMBER, FIELD_SIGNED,
	FIELD_HEX, FIELD_BOOL, FIELD_TIME, FIELD_UUID, FIELD_SIZE, FIELD_OFFSET, FIELD_ROW,
	FIELD_FINDING, FIELD_MISMATCH, FIELD_RANGE,
};

struct row {
	bool known;
	int64_t number, slot;
	uint32_t major, minor;
};

struct range {
	uint64_t start_sec, count_sec;
};

struct report_field {
	unsigned views;
	char *key, *label;       /* either may be NULL */
	enum field_type type;
	char *text;              /* LINE, TEXT, DISK, NODE; ROW, MISMATCH: the words */
	char *path;              /* ROW, or NULL */
	char *note;              /* or NULL; FINDING: what to do */
	char *check, *grade;     /* FINDING */
	int outdent;             /* columns that the label ends early */
	union {
		uint64_t number;     /* NUMBER, HEX, SIZE in sectors */
		int64_t integer;     /* SIGNED, TIME in seconds, OFFSET in sectors */
		bool yes;
		struct uuid uuid;
		struct row row;
		struct report_mismatch mismatch; /* its path and block are path and check */
		struct range range;
	};
	enum report_size style;
};

/* /dev/md/NAME, or NULL when the name is none or cannot be one.  The caller frees. */
char *report_node_path(const char *disk_name);

#endif
