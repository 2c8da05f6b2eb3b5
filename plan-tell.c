// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-tell.c - a plan told before it runs, as text and as JSON: both from what each kind of step
 * tells of itself.  Changes nothing.
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "json.h"
#include "plan-step.h"
#include "undofile.h"
#include "util.h"

/* Where a step tells of itself: text, or the JSON object that is open. */
struct teller {
	FILE *out;
	struct json *json;
};

/* --- one value --- */

/* It may be hostile. */
static void tell_text(struct teller *t, const char *key, const char *value)
{
	char text[600];

	if (t->json)
		json_bytes(t->json, key, value);
	else
		fprintf(t->out, " %s=%s", key, printable(text, sizeof(text), value, strlen(value)));
}

/* One of ours. */
static void tell_word(struct teller *t, const char *key, const char *word)
{
	if (t->json)
		json_text(t->json, key, word);
	else
		fprintf(t->out, " %s=%s", key, word);
}

static void tell_number(struct teller *t, const char *key, int64_t value)
{
	if (t->json)
		json_signed(t->json, key, value);
	else
		fprintf(t->out, " %s=%lld", key, (long long)value);
}

static void tell_bool(struct teller *t, const char *key, bool value)
{
	if (t->json)
		json_bool(t->json, key, value);
	else if (value)
		fprintf(t->out, " %s", key);
}

/* attr: below /sys/block/DEVNM. */
static void tell_sysfs(struct teller *t, const char *devnm, const char *attr, const char *value)
{
	char path[180];

	snprintf(path, sizeof(path), "/sys/block/%s/%s", devnm, attr);
	tell_word(t, "sysfs", path);
	tell_word(t, "value", value);
}

/* --- what each kind of step tells of itself --- */

void tell_lock(const struct step *s, struct teller *t)
{
	(void)s;
	tell_word(t, "file", MAP_LOCK_FILE);
}

void tell_flag(const struct step *s, struct teller *t)
{
	char path[80];

	snprintf(path, sizeof(path), MAP_DIR "/creating-%s", s->devnm);
	tell_word(t, "file", path);
}

void tell_open_array(const struct step *s, struct teller *t)
{
	tell_word(t, "array", s->devnm);
}

void tell_map_set(const struct step *s, struct teller *t)
{
	char uuid[UUID_TEXT];

	uuid_format(&s->map->uuid, ':', uuid);
	tell_word(t, "array", s->map->devnm);
	tell_word(t, "metadata", s->map->metadata);
	tell_word(t, "uuid", uuid);
	tell_text(t, "path", s->map->path);
}

void tell_set_version(const struct step *s, struct teller *t)
{
	tell_word(t, "ioctl", "SET_ARRAY_INFO");
	tell_number(t, "major_version", s->version[0]);
	tell_number(t, "minor_version", s->version[1]);
}

void tell_set_shape(const struct step *s, struct teller *t)
{
	tell_word(t, "ioctl", "SET_ARRAY_INFO");
	tell_text(t, "array", s->path);
	tell_number(t, "level", s->shape.level);
	tell_number(t, "raid_disks", s->shape.raid_disks);
	tell_number(t, "size_kib", s->shape.size_kib);
	tell_number(t, "layout", s->shape.layout);
	tell_number(t, "chunk_bytes", s->shape.chunk_bytes);
	tell_bool(t, "clean", s->shape.clean);
}

void tell_add_disk(const struct step *s, struct teller *t)
{
	const struct md_disk *d = &s->disk;

	tell_word(t, "ioctl", "ADD_NEW_DISK");
	tell_text(t, "device", s->path);
	tell_number(t, "number", d->number);
	tell_number(t, "major", d->major);
	tell_number(t, "minor", d->minor);
	tell_number(t, "raid_disk", d->raid_disk);
	tell_bool(t, "active", d->active);
	tell_bool(t, "sync", d->sync);
	tell_bool(t, "write_mostly", d->write_mostly);
	tell_bool(t, "failfast", d->failfast);
	tell_bool(t, "journal", d->journal);
	tell_bool(t, "replacement", d->replacement);
}

void tell_start(const struct step *s, struct teller *t)
{
	const char *state = step_start_state(s);

	if (state)
		tell_sysfs(t, s->devnm, "md/array_state", state);
	else
		tell_word(t, "ioctl", "RUN_ARRAY");
	tell_text(t, "array", s->path);
}

void tell_state(const struct step *s, struct teller *t)
{
	tell_sysfs(t, s->devnm, "md/array_state", s->hint);
	tell_text(t, "array", s->path);
}

void tell_access(const struct step *s, struct teller *t)
{
	tell_word(t, "ioctl", s->readonly ? "STOP_ARRAY_RO" : "RESTART_ARRAY_RW");
	tell_text(t, "array", s->path);
}

void tell_member(const struct step *s, struct teller *t)
{
	char attr[120];

	snprintf(attr, sizeof(attr), "md/dev-%.60s/state", s->path);
	tell_sysfs(t, s->devnm, attr, s->kind == &kind_fail_member ? "faulty" : "remove");
}

void tell_member_attribute(const struct step *s, struct teller *t)
{
	char attr[120];

	snprintf(attr, sizeof(attr), "md/%.100s", s->path);
	tell_sysfs(t, s->devnm, attr, s->value);
}

void tell_remove_bitmap(const struct step *s, struct teller *t)
{
	tell_word(t, "ioctl", s->value ? "SET_BITMAP_FILE" : "SET_ARRAY_INFO");
	tell_text(t, "array", s->path);
}

void tell_set_bitmap_file(const struct step *s, struct teller *t)
{
	tell_word(t, "ioctl", "SET_BITMAP_FILE");
	tell_text(t, "array", s->path);
	tell_text(t, "file", s->value);
}

void tell_sync_action(const struct step *s, struct teller *t)
{
	tell_sysfs(t, s->devnm, "md/sync_action", s->kind == &kind_freeze ? "frozen" : "idle");
}

void tell_slot(const struct step *s, struct teller *t)
{
	tell_text(t, "place", s->path);
	tell_word(t, "metadata", s->map->metadata);
}

void tell_attribute(const struct step *s, struct teller *t)
{
	char path[300];

	snprintf(path, sizeof(path), "/sys/block/%s/md/%s", s->devnm, s->path);
	tell_text(t, "sysfs", path);
	tell_text(t, "value", s->hint);
}

void tell_suspend(const struct step *s, struct teller *t)
{
	tell_word(t, "array", s->devnm);
	tell_number(t, "offset_bytes", (int64_t)(s->at * SECTOR_BYTES));
	tell_number(t, "length_bytes", (int64_t)((s->end_sec - s->at) * SECTOR_BYTES));
}

void tell_autorun(const struct step *s, struct teller *t)
{
	tell_word(t, "ioctl", "RAID_AUTORUN");
	tell_word(t, "array", s->devnm);
}

void tell_repair(const struct step *s, struct teller *t)
{
	tell_sysfs(t, s->devnm, "md/sync_action", "repair");
}

void tell_change_event(const struct step *s, struct teller *t)
{
	tell_sysfs(t, s->devnm, "uevent", "change");
}

void tell_stop(const struct step *s, struct teller *t)
{
	tell_word(t, "ioctl", "STOP_ARRAY");
	tell_text(t, "array", s->path);
}

void tell_claim(const struct step *s, struct teller *t)
{
	tell_text(t, "device", s->path);
	tell_number(t, "major", major(s->id.rdev));
	tell_number(t, "minor", minor(s->id.rdev));
	tell_number(t, "size_bytes", (int64_t)(s->id.size_sec * SECTOR_BYTES));
	tell_bool(t, "alone", s->claim != BLK_WRITE);
}

void tell_device(const struct step *s, struct teller *t)
{
	tell_text(t, "device", s->path);
}

void tell_write(const struct step *s, struct teller *t)
{
	bool zeros = true;
	size_t ours = 0;

	for (size_t i = 0; i < s->len; i++) {
		if (s->mask && !(s->mask[i] & BYTE_OURS))
			continue;
		ours++;
		zeros &= !s->bytes[i];
	}
	tell_text(t, "device", s->path);
	tell_number(t, "offset_bytes", (int64_t)s->at);
	tell_number(t, "length_bytes", (int64_t)s->len);
	/* what lies between is written as it was */
	if (ours < s->len)
		tell_number(t, "changed_bytes", (int64_t)ours);
	tell_bool(t, "zeros", zeros);
}

void tell_keep_undo(const struct step *s, struct teller *t)
{
	tell_text(t, "directory", s->path ?: UNDO_DIR);
}

void tell_line(const struct step *s, struct teller *t)
{
	tell_text(t, "file", s->path);
	tell_number(t, "line", s->line);
	tell_text(t, "text", s->hint);
}

void tell_directory(const struct step *s, struct teller *t)
{
	tell_text(t, "directory", s->path);
}

void tell_replace_file(const struct step *s, struct teller *t)
{
	tell_text(t, "file", s->path);
	tell_number(t, "length_bytes", (int64_t)s->len);
}

void tell_save(const struct step *s, struct teller *t)
{
	uint64_t saved = 0;

	for (size_t i = 0; i < s->n_area; i++)
		saved += s->area[i].len;
	tell_text(t, "device", s->from->path);
	tell_text(t, "file", s->path);
	tell_number(t, "size_bytes", (int64_t)(s->from->size_sec * SECTOR_BYTES + s->from->tail_bytes));
	tell_number(t, "saved_bytes", (int64_t)saved);
}

void tell_link(const struct step *s, struct teller *t)
{
	tell_text(t, "file", s->path);
	tell_text(t, "link", s->hint);
}

/* --- a plan --- */

static void tell_step(const struct step *s, struct teller *t)
{
	if (s->kind->tell)
		s->kind->tell(s, t);
}

void plan_tell_text(const struct plan *p, FILE *out)
{
	struct teller t = { .out = out };

	for (size_t i = 0; i < p->n; i++) {
		fprintf(out, "%3zu. %s", i + 1, p->step[i]->kind->name);
		tell_step(p->step[i], &t);
		fputc('\n', out);
	}
}

void plan_tell_json(const struct plan *p, struct json *j)
{
	struct teller t = { .json = j };

	json_array(j, "steps");
	for (size_t i = 0; i < p->n; i++) {
		json_object(j, NULL);
		json_text(j, "step", p->step[i]->kind->name);
		tell_step(p->step[i], &t);
		json_close(j);
	}
	json_close(j);
}
