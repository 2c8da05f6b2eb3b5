// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report-json.c - reports as JSON documents.  Owns which keys an object has and in which order;
 * mdadm-report.schema.json says the same to readers, and the tests compare the two.  Uses the
 * fields of a report and json; must not open anything.
 *
 * A key that a report has no field for is null, so every object of a kind has the same keys,
 * whatever was found on a disk.
 */
#include <string.h>

#include "json.h"
#include "report-field.h"
#include "util.h"

#define VERSION 1
#define TIME_TEXT 32

enum key_kind {
	VALUE,
	BYTES,                   /* and KEY_hex: text that may be no UTF-8 */
	TIME,                    /* KEY_seconds, KEY_text */
	LIST,                    /* every field with the key, as an object with a path */
	TEXTS,                   /* every field with it, as a text */
	ROWS,                    /* every row with the key */
	ROW,                     /* the one row with it */
	FINDINGS,                /* every finding with it */
	MISMATCHES,              /* every mismatch with it */
	RANGES,                  /* every range with it */
};

struct report_key {
	enum key_kind kind;
	const char *key;
	const char *field;       /* the key of the field, where that is another */
};

static const struct report_key detail_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "kernel_name", NULL },
	{ VALUE, "active", NULL },
	{ VALUE, "metadata", NULL },
	{ TIME, "creation_time", NULL },
	{ VALUE, "level", NULL },
	{ VALUE, "array_size_bytes", NULL },
	{ VALUE, "used_device_size_bytes", NULL },
	{ VALUE, "raid_devices", NULL },
	{ VALUE, "total_devices", NULL },
	{ VALUE, "preferred_minor", NULL },
	{ VALUE, "persistent", NULL },
	{ VALUE, "intent_bitmap", NULL },
	{ TIME, "update_time", NULL },
	{ VALUE, "state", NULL },
	{ VALUE, "active_devices", NULL },
	{ VALUE, "working_devices", NULL },
	{ VALUE, "failed_devices", NULL },
	{ VALUE, "spare_devices", NULL },
	{ VALUE, "layout", NULL },
	{ VALUE, "chunk_size_bytes", NULL },
	{ VALUE, "consistency_policy", NULL },
	{ VALUE, "activity", NULL },
	{ VALUE, "activity_wait", NULL },
	{ VALUE, "activity_percent", NULL },
	{ VALUE, "reshape_active", NULL },
	{ VALUE, "delta_devices", NULL },
	{ VALUE, "new_layout", NULL },
	{ VALUE, "new_chunk_size_bytes", NULL },
	{ BYTES, "device_name", NULL },
	{ BYTES, "name", NULL },
	{ VALUE, "local", NULL },
	{ VALUE, "uuid", NULL },
	{ VALUE, "events", NULL },
	{ VALUE, "oldest_kernel", NULL },
	{ VALUE, "oldest_kernel_reason", NULL },
	{ ROWS, "members", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key examine_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "metadata", NULL },
	{ VALUE, "feature_map", NULL },
	{ TEXTS, "features", NULL },
	{ VALUE, "logical_block_size_bytes", NULL },
	{ VALUE, "oldest_kernel", NULL },
	{ VALUE, "oldest_kernel_reason", NULL },
	{ VALUE, "uuid", NULL },
	{ BYTES, "name", NULL },
	{ VALUE, "local", NULL },
	{ TIME, "creation_time", NULL },
	{ VALUE, "level", NULL },
	{ VALUE, "raid_devices", NULL },
	{ VALUE, "total_devices", NULL },
	{ VALUE, "preferred_minor", NULL },
	{ VALUE, "available_size_bytes", NULL },
	{ VALUE, "array_size_bytes", NULL },
	{ VALUE, "used_device_size_bytes", NULL },
	{ VALUE, "data_offset_bytes", NULL },
	{ VALUE, "new_offset_bytes", NULL },
	{ VALUE, "super_offset_bytes", NULL },
	{ VALUE, "recovery_offset_bytes", NULL },
	{ VALUE, "unused_before_bytes", NULL },
	{ VALUE, "unused_after_bytes", NULL },
	{ VALUE, "state", NULL },
	{ VALUE, "device_uuid", NULL },
	{ VALUE, "internal_bitmap", NULL },
	{ VALUE, "bitmap_offset_bytes", NULL },
	{ VALUE, "ppl_size_bytes", NULL },
	{ VALUE, "ppl_offset_bytes", NULL },
	{ VALUE, "reshape_active", NULL },
	{ VALUE, "reshape_position_bytes", NULL },
	{ VALUE, "delta_devices", NULL },
	{ VALUE, "new_level", NULL },
	{ VALUE, "new_layout", NULL },
	{ VALUE, "new_chunk_size_bytes", NULL },
	{ VALUE, "flags", NULL },
	{ TIME, "update_time", NULL },
	{ VALUE, "active_devices", NULL },
	{ VALUE, "working_devices", NULL },
	{ VALUE, "failed_devices", NULL },
	{ VALUE, "spare_devices", NULL },
	{ VALUE, "bad_block_log_entries", NULL },
	{ VALUE, "bad_block_log_offset_bytes", NULL },
	{ VALUE, "bad_blocks_present", NULL },
	{ VALUE, "checksum", NULL },
	{ VALUE, "expected_checksum", NULL },
	{ VALUE, "events", NULL },
	{ VALUE, "layout", NULL },
	{ VALUE, "chunk_size_bytes", NULL },
	{ VALUE, "role", NULL },
	{ VALUE, "slot", NULL },
	{ VALUE, "array_state", NULL },
	{ ROW, "this_member", NULL },
	{ ROWS, "members", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key query_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "is_array", NULL },
	{ VALUE, "active", NULL },
	{ VALUE, "array_size_bytes", NULL },
	{ VALUE, "level", NULL },
	{ VALUE, "raid_devices", NULL },
	{ VALUE, "spare_devices", NULL },
	{ VALUE, "is_member", NULL },
	{ VALUE, "member_number", NULL },
	{ VALUE, "member_state", NULL },
	{ VALUE, "member_of_level", NULL },
	{ VALUE, "member_of_raid_devices", NULL },
	{ BYTES, "member_of_path", NULL },
	{ VALUE, NULL, NULL },
};

/* An ARRAY line, of fields that have the words of that line for keys. */
static const struct report_key scan_keys[] = {
	{ VALUE, "path", NULL },
	{ BYTES, "name", NULL },
	{ VALUE, "level", NULL },
	{ VALUE, "metadata", NULL },
	{ VALUE, "raid_devices", "num-devices" },
	{ VALUE, "spare_devices", "spares" },
	{ VALUE, "uuid", "UUID" },
	{ LIST, "members", "device" },
	{ VALUE, NULL, NULL },
};

static const struct report_key status_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "kernel_name", NULL },
	{ VALUE, "state", NULL },
	{ VALUE, "exit_status", NULL },
	{ VALUE, "needs_person", NULL },
	{ VALUE, "level", NULL },
	{ VALUE, "raid_devices", NULL },
	{ VALUE, "redundancy_devices", NULL },
	{ VALUE, "activity", NULL },
	{ VALUE, "activity_wait", NULL },
	{ VALUE, "activity_percent", NULL },
	{ VALUE, "activity_remaining_seconds", NULL },
	{ VALUE, "activity_speed_bytes_per_second", NULL },
	{ VALUE, "scrub_paused_percent", NULL },
	{ TIME, "scrub_finished", NULL },
	{ VALUE, "scrub_mismatches", NULL },
	{ VALUE, "meaning", NULL },
	{ VALUE, "next", NULL },
	{ TEXTS, "commands", NULL },
	{ ROWS, "members", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key verify_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "kernel_name", NULL },
	{ VALUE, "level", NULL },
	{ VALUE, "raid_devices", NULL },
	{ VALUE, "missing_devices", NULL },
	{ VALUE, "verdict", NULL },
	{ VALUE, "exit_status", NULL },
	{ VALUE, "failure", NULL },
	{ VALUE, "block_size_bytes", NULL },
	{ VALUE, "stripes", NULL },
	{ VALUE, "wrong_stripes", NULL },
	{ VALUE, "unknown_stripes", NULL },
	{ VALUE, "not_compared_bytes", NULL },
	{ VALUE, "unlisted", NULL },
	{ MISMATCHES, "mismatches", NULL },
	{ ROWS, "members", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key scrub_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "kernel_name", NULL },
	{ VALUE, "uuid", NULL },
	{ VALUE, "state", NULL },
	{ VALUE, "reason", NULL },
	{ VALUE, "percent", NULL },
	{ VALUE, "mismatches", NULL },
	{ TIME, "started", NULL },
	{ TIME, "last_finished", NULL },
	{ VALUE, "last_mismatches", NULL },
	{ VALUE, "last_duration_seconds", NULL },
	{ VALUE, NULL, NULL },
};

/* A line of mdadm.conf, a complaint about one, or an array that no line means. */
static const struct report_key config_check_keys[] = {
	{ VALUE, "entry", NULL },
	{ BYTES, "file", NULL },
	{ VALUE, "line", NULL },
	{ BYTES, "name", NULL },
	{ VALUE, "uuid", NULL },
	{ VALUE, "match", NULL },
	{ BYTES, "path", NULL },
	{ VALUE, "kernel_name", NULL },
	{ LIST, "members", "device" },
	{ TEXTS, "problems", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key boot_check_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "made_by", NULL },
	{ VALUE, "kernel", NULL },
	{ VALUE, "meaning", NULL },
	{ VALUE, "exit_status", NULL },
	{ VALUE, "starts", NULL },
	{ VALUE, "starts_degraded", NULL },
	{ VALUE, "for_root", NULL },
	{ LIST, "arrays", "array" },
	{ FINDINGS, "findings", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key examine_bitmap_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "place", NULL },
	{ VALUE, "offset_bytes", NULL },
	{ VALUE, "version", NULL },
	{ VALUE, "uuid", NULL },
	{ VALUE, "events", NULL },
	{ VALUE, "events_cleared", NULL },
	{ VALUE, "state", NULL },
	{ VALUE, "state_bits", NULL },
	{ VALUE, "chunk_size_bytes", NULL },
	{ VALUE, "daemon_sleep_seconds", NULL },
	{ VALUE, "write_behind", NULL },
	{ VALUE, "sync_size_bytes", NULL },
	{ VALUE, "cluster_nodes", NULL },
	{ BYTES, "cluster_name", NULL },
	{ VALUE, "node", NULL },
	{ VALUE, "bits", NULL },
	{ VALUE, "dirty_bits", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key bad_blocks_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "configured", NULL },
	{ RANGES, "bad_blocks", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key wait_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "kernel_name", NULL },
	{ VALUE, "for", NULL },
	{ VALUE, "result", NULL },
	{ VALUE, "exit_status", NULL },
	{ VALUE, "meaning", NULL },
	{ VALUE, "activity", NULL },
	{ VALUE, "activity_wait", NULL },
	{ VALUE, "activity_percent", NULL },
	{ VALUE, "activity_remaining_seconds", NULL },
	{ VALUE, "activity_speed_bytes_per_second", NULL },
	{ VALUE, "raid_devices", NULL },
	{ VALUE, "in_sync_devices", NULL },
	{ VALUE, NULL, NULL },
};

static const struct report_key explain_name_keys[] = {
	{ BYTES, "path", NULL },
	{ VALUE, "kernel_name", NULL },
	{ VALUE, "rule", NULL },
	{ VALUE, "trust", NULL },
	{ BYTES, "name", NULL },
	{ VALUE, "uuid", NULL },
	{ BYTES, "file", NULL },
	{ VALUE, "line", NULL },
	{ VALUE, "number_from", NULL },
	{ VALUE, "meaning", NULL },
	{ VALUE, "next", NULL },
	{ VALUE, NULL, NULL },
};

static const struct {
	const char *command, *list;
	const struct report_key *key;
} objects[] = {
	[OBJECT_DETAIL] = { "detail", "arrays", detail_keys },
	[OBJECT_EXAMINE] = { "examine", "devices", examine_keys },
	[OBJECT_QUERY] = { "query", "devices", query_keys },
	[OBJECT_SCAN] = { "scan", "arrays", scan_keys },
	[OBJECT_STATUS] = { "status", "arrays", status_keys },
	[OBJECT_EXPLAIN_NAME] = { "explain-name", "arrays", explain_name_keys },
	[OBJECT_EXAMINE_BITMAP] = { "examine-bitmap", "bitmaps", examine_bitmap_keys },
	[OBJECT_BAD_BLOCKS] = { "examine-badblocks", "devices", bad_blocks_keys },
	[OBJECT_WAIT] = { "wait", NULL, wait_keys },
	[OBJECT_BOOT_CHECK] = { "boot-check", "images", boot_check_keys },
	[OBJECT_CONFIG_CHECK] = { "config-check", "entries", config_check_keys },
	[OBJECT_VERIFY] = { "verify", "arrays", verify_keys },
	[OBJECT_SCRUB] = { "scrub", "arrays", scrub_keys },
	[OBJECT_DRY_RUN] = { "dry-run", "plans", NULL },
};

/* --- one field --- */

static void put_uuid(struct json *j, const char *key, const struct report_field *f)
{
	char text[UUID_TEXT];

	uuid_format(&f->uuid, ':', text);
	json_text(j, key, text);
}

static void put_node(struct json *j, const char *key, const struct report_field *f)
{
	autofree char *path = report_node_path(f->text);

	json_text(j, key, path);
}

/* Fields of the other kinds have a kind of key of their own, or are no data. */
static void put_value(struct json *j, const char *key, const struct report_field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
		json_text(j, key, f->text);
		return;
	case FIELD_NODE:
		put_node(j, key, f);
		return;
	case FIELD_NUMBER:
	case FIELD_HEX:
		json_unsigned(j, key, f->number);
		return;
	case FIELD_SIGNED:
		json_signed(j, key, f->integer);
		return;
	case FIELD_BOOL:
		json_bool(j, key, f->yes);
		return;
	case FIELD_UUID:
		put_uuid(j, key, f);
		return;
	case FIELD_SIZE:
		json_sectors(j, key, f->number);
		return;
	case FIELD_OFFSET:
		json_sectors(j, key, f->integer);
		return;
	case FIELD_TIME:
	case FIELD_DISK:
	case FIELD_BLANK:
	case FIELD_LINE:
	case FIELD_ROW:
	case FIELD_FINDING:
	case FIELD_MISMATCH:
	case FIELD_RANGE:
		break;
	}
	json_null(j, key);
}

static void put_time(struct json *j, const char *key, const struct report_field *f)
{
	autofree char *seconds_key = xasprintf("%s_seconds", key);
	autofree char *text_key = xasprintf("%s_text", key);
	char text[TIME_TEXT];

	if (!f) {
		json_null(j, seconds_key);
		json_null(j, text_key);
		return;
	}
	json_signed(j, seconds_key, f->integer);
	report_time_text(f->integer, text, sizeof(text));
	json_text(j, text_key, text);
}

/* A number that is not there is negative. */
static void put_place(struct json *j, const char *key, bool known, int64_t number)
{
	if (known && number >= 0)
		json_signed(j, key, number);
	else
		json_null(j, key);
}

static void put_row(struct json *j, const char *key, const struct report_field *f)
{
	bool device = f->path || f->row.major || f->row.minor;

	json_object(j, key);
	put_place(j, "number", f->row.known, f->row.number);
	put_place(j, "major", device, f->row.major);
	put_place(j, "minor", device, f->row.minor);
	put_place(j, "slot", f->row.known, f->row.slot);
	json_text(j, "state", f->text[0] ? f->text : NULL);
	json_bytes(j, "path", f->path);
	json_close(j);
}

static void put_finding(struct json *j, const struct report_field *f)
{
	json_object(j, NULL);
	json_text(j, "check", f->check);
	json_text(j, "grade", f->grade);
	json_text(j, "text", f->text);
	json_text(j, "next", f->note);
	json_close(j);
}

static void put_mismatch(struct json *j, const struct report_field *f)
{
	const struct report_mismatch *m = &f->mismatch;

	json_object(j, NULL);
	json_unsigned(j, "stripe", m->stripe);
	json_unsigned(j, "stripes", m->stripes);
	json_sectors(j, "array_offset_bytes", m->array_at_sec);
	json_sectors(j, "array_length_bytes", m->array_len_sec);
	json_sectors(j, "wrong_bytes", m->wrong_sec);
	put_place(j, "slot", true, m->slot);
	json_bytes(j, "path", f->path);
	json_text(j, "block", f->check);
	if (m->slot < 0) {
		json_null(j, "offset_bytes");
		json_null(j, "length_bytes");
	} else {
		json_sectors(j, "offset_bytes", m->at_sec);
		json_sectors(j, "length_bytes", m->len_sec);
	}
	json_close(j);
}

static void put_range(struct json *j, const struct report_field *f)
{
	json_object(j, NULL);
	json_sectors(j, "start_bytes", f->range.start_sec);
	json_sectors(j, "length_bytes", f->range.count_sec);
	json_close(j);
}

/* --- one key --- */

/* The next field behind f (NULL: the first) that has the key. */
static const struct report_field *next_field(const struct report *r, const char *key,
					     const struct report_field *f)
{
	for (f = f ? f + 1 : r->field; f < r->field + r->n; f++)
		if (f->views & REPORT_JSON && strcmp(f->key, key) == 0)
			return f;
	return NULL;
}

static void put_path(struct json *j, const struct report_field *f)
{
	json_object(j, NULL);
	json_bytes(j, "path", f->text);
	json_close(j);
}

static void put_list(struct json *j, const struct report *r, const struct report_key *k)
{
	const struct report_field *f = NULL;
	const char *name = k->field ? k->field : k->key;

	json_array(j, k->key);
	while ((f = next_field(r, name, f))) {
		if (k->kind == ROWS)
			put_row(j, NULL, f);
		else if (k->kind == FINDINGS)
			put_finding(j, f);
		else if (k->kind == MISMATCHES)
			put_mismatch(j, f);
		else if (k->kind == RANGES)
			put_range(j, f);
		else if (k->kind == TEXTS)
			json_text(j, NULL, f->text);
		else
			put_path(j, f);
	}
	json_close(j);
}

static void put_key(struct json *j, const struct report *r, const struct report_key *k)
{
	const struct report_field *f = next_field(r, k->field ? k->field : k->key, NULL);

	switch (k->kind) {
	case LIST:
	case TEXTS:
	case ROWS:
	case FINDINGS:
	case MISMATCHES:
	case RANGES:
		put_list(j, r, k);
		return;
	case BYTES:
		json_bytes(j, k->key, f ? f->text : NULL);
		return;
	case TIME:
		put_time(j, k->key, f);
		return;
	case ROW:
		if (f)
			put_row(j, k->key, f);
		else
			json_null(j, k->key);
		return;
	case VALUE:
		if (f)
			put_value(j, k->key, f);
		else
			json_null(j, k->key);
		return;
	}
}

/* --- the document --- */

void report_json_begin(struct json *j, enum report_object object)
{
	json_object(j, NULL);
	json_unsigned(j, "mdadm_json", VERSION);
	json_text(j, "command", objects[object].command);
	json_array(j, objects[object].list);
}

void report_print_json(const struct report *r, enum report_object object, struct json *j)
{
	json_object(j, NULL);
	for (const struct report_key *k = objects[object].key; k->key; k++)
		put_key(j, r, k);
	json_close(j);
}

void report_print_json_line(const struct report *r, enum report_object object, FILE *out)
{
	struct json j = { .out = out, .line = true };

	json_object(&j, NULL);
	json_unsigned(&j, "mdadm_json", VERSION);
	json_text(&j, "command", objects[object].command);
	for (const struct report_key *k = objects[object].key; k->key; k++)
		put_key(&j, r, k);
	json_close(&j);
}

void report_json_end(struct json *j)
{
	json_close(j);
	json_close(j);
}
