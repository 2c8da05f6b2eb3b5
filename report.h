/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - what a mode has found out, as typed fields, and the renderers that make
 * text of them.  Pure: nothing here knows md or opens anything.
 *
 * A field keeps its value as it is (a number stays a number) and says in which views it
 * is shown.  The label is for people, the key for programs; a text-only field needs no
 * key, a brief one without a key is a bare word.  Keys of JSON have the unit of their
 * number as the last word; report-json.c has the list of them.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "uuid.h"

enum report_view {
	REPORT_TEXT = 1,         /* "     Raid Level : raid1" */
	REPORT_EXPORT = 2,       /* "MD_LEVEL=raid1" */
	REPORT_BRIEF = 4,        /* a word of the ARRAY line */
	REPORT_TAIL = 8,         /* a word of the line below it, after three blanks */
	REPORT_JSON = 16,        /* "level": "raid1" */
	REPORT_DATA = REPORT_TEXT | REPORT_JSON,
	REPORT_LINE = REPORT_BRIEF | REPORT_JSON,
};

/* How a size (kept in sectors) is written. */
enum report_size {
	SIZE_KIB,                /* 39936 (39.00 MiB 40.89 MB) */
	SIZE_KIB_NAMED,          /* 39936 KiB (39.00 MiB 40.89 MB) */
	SIZE_SECTORS,            /* 79872 sectors (39.00 MiB 40.89 MB) */
	SIZE_SECTORS_ONLY,       /* 79872 sectors */
	SIZE_CHUNK,              /* 64K */
	SIZE_DECIMAL,            /* 40.89MB */
	SIZE_BINARY,             /* 39.00MiB */
};

/* A member in the table that ends a report. */
struct report_row {
	const char *label;       /* in front of the row: "this", "0"; NULL none */
	bool known;              /* number and slot are; else both are "-" */
	int64_t number;          /* -1: "-" */
	uint32_t major, minor;
	int64_t slot;            /* -1: "-" */
	const char *words;       /* "active sync", "" */
	const char *path;        /* NULL: no path column */
};

/* What was found about one thing, and what to do about it. */
struct report_finding {
	const char *check;       /* a word for programs: "program" */
	const char *grade;       /* "fine": nothing is to be done */
	const char *text;
	const char *next;        /* or NULL */
};

/* Stripes of an array that do not fit. */
struct report_mismatch {
	uint64_t stripe, stripes;
	uint64_t array_at_sec, array_len_sec;
	int slot;                /* of who is wrong; -1: it is not known, and what follows means nothing */
	const char *path;
	const char *block;       /* "data", "P", "Q", "copy", "several" */
	uint64_t at_sec, len_sec; /* on that member, from its first sector */
	uint64_t wrong_sec;
};

struct report_field;

struct report {
	struct report_field *field;
	size_t n, cap;
};

void report_free(struct report *r);          /* for cleanup() too */

/* Without a label: an empty line, a line as it is. */
void report_blank(struct report *r);
void report_line(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Text of our own or of the kernel. */
void report_text(struct report *r, unsigned views, const char *key, const char *label,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Text that was found on a disk: any bytes, at most len, up to a NUL. */
void report_disk_text(struct report *r, unsigned views, const char *key, const char *label,
		      const char *text, size_t len);
/* The node /dev/md/NAME of a name that was found on a disk (brief); nothing for no name. */
void report_node(struct report *r, unsigned views, const char *disk_name);
void report_number(struct report *r, unsigned views, const char *key, const char *label,
		   uint64_t value);
void report_signed(struct report *r, unsigned views, const char *key, const char *label,
		   int64_t value);
void report_hex(struct report *r, unsigned views, const char *key, const char *label,
		uint64_t value);
/* For JSON only; people get words. */
void report_bool(struct report *r, const char *key, bool value);
/* Seconds since 1970: the 24 characters of ctime for people, the number for programs. */
void report_time(struct report *r, unsigned views, const char *key, const char *label,
		 int64_t value);
void report_uuid(struct report *r, unsigned views, const char *key, const char *label,
		 const struct uuid *value);
void report_size(struct report *r, unsigned views, const char *key, const char *label,
		 uint64_t sectors, enum report_size style);
/* Sectors before or behind something else: "-16 sectors". */
void report_offset(struct report *r, unsigned views, const char *key, const char *label,
		   int64_t sectors);
/* key: of the table, for JSON. */
void report_row(struct report *r, unsigned views, const char *key, const struct report_row *row);

/* Sectors in a list of them: "                1000 for 8 sectors".  key: of the list, for JSON. */
void report_range(struct report *r, const char *key, uint64_t start_sec, uint64_t count_sec);

/* key: of the list, for JSON.  For people one line: "Program : FAULT: text; next". */
void report_finding(struct report *r, const char *key, const char *label,
		    const struct report_finding *f);

/* text: the same for people. */
void report_mismatch(struct report *r, const char *key, const char *label,
		     const struct report_mismatch *m, const char *text);

/* Adds words behind the value of the last field; for people only. */
void report_note(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The label of the last field ends a column early: two lines of --examine always did. */
void report_outdent(struct report *r);

/* Labels end in column label_width. */
void report_print_text(const struct report *r, int label_width, FILE *out);
void report_print_export(const struct report *r, FILE *out);
/* The ARRAY line and, when there is something for it, the line below. */
void report_print_array(const struct report *r, FILE *out);

/*
 * JSON (report-json.c).  A document has a head, one object for each array or device, and an
 * end.  What stands where is in mdadm-report.schema.json.
 */
struct json;

enum report_object {
	OBJECT_DETAIL, OBJECT_EXAMINE, OBJECT_QUERY, OBJECT_SCAN, OBJECT_STATUS,
	OBJECT_CONFIG_CHECK, OBJECT_BOOT_CHECK, OBJECT_EXPLAIN_NAME, OBJECT_EXAMINE_BITMAP,
	OBJECT_BAD_BLOCKS, OBJECT_WAIT, OBJECT_VERIFY, OBJECT_SCRUB,
	OBJECT_DRY_RUN,          /* its list has plans in it, see plan-tell.c */
};

void report_json_begin(struct json *j, enum report_object object);
/* Every key of such an object, in its order; null, or an empty list, where r has no field. */
void report_print_json(const struct report *r, enum report_object object, struct json *j);
/* A document of its own, on one line, without a list. */
void report_print_json_line(const struct report *r, enum report_object object, FILE *out);
void report_json_end(struct json *j);

/* The 24 characters of ctime in English; a year that time does not reach stays a number. */
void report_time_text(int64_t seconds, char *out, size_t cap);
/* The size as words, for sentences. cap 64 is enough. */
char *report_size_text(uint64_t sectors, enum report_size style, char *out, size_t cap);

#endif
