// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Create-known.c - part of the mode --create: when members belong to an array already, what that
 * array is beside what it would become, and the command that starts it instead.  Opens nothing:
 * the superblocks were loaded by Create-oddities.c.
 */
#include <string.h>

#include "Create.h"
#include "say.h"
#include "util.h"

/* One column of the comparison. */
struct column {
	char level[24], chunk[24], layout[LAYOUT_TEXT], metadata[16], offset[24], size[32];
	char *devices;
};

static void free_column(struct column *col)
{
	free(col->devices);
}

static void kib_text(uint64_t sec, char *out, size_t cap)
{
	if (sec)
		snprintf(out, cap, "%lluK", (unsigned long long)sec / 2);
	else
		copy_text(out, cap, "-");
}

static void layout_text(const struct geometry *g, char out[LAYOUT_TEXT])
{
	const char *name = layout_name(g->level, g->layout);

	if (g->level == LEVEL_RAID10)
		layout_raid10_text(g->layout, out);
	else
		copy_text(out, LAYOUT_TEXT, name ?: "-");
}

static void geometry_column(const struct geometry *g, int major, int minor, uint64_t offset_sec,
			    struct column *out)
{
	const char *level = level_name(g->level);

	copy_text(out->level, sizeof(out->level), level ?: "unknown");
	kib_text(level_has_chunk(g->level) ? g->chunk_sec : 0, out->chunk, sizeof(out->chunk));
	layout_text(g, out->layout);
	snprintf(out->metadata, sizeof(out->metadata), major ? "%d.%d" : "%d.%02d", major,
		 major ? minor : 90);
	snprintf(out->offset, sizeof(out->offset), "%lluK", (unsigned long long)offset_sec / 2);
	kib_text(geometry_array_sec(g), out->size, sizeof(out->size));
}

/* Names as they were given, but for the /dev/ that they all have. */
static void add_name(FILE *f, const char *path)
{
	char text[200];

	if (path && !strncmp(path, "/dev/", 5))
		path += 5;
	fprintf(f, " %s", path ? printable(text, sizeof(text), path, strlen(path)) : "missing");
}

static const struct candidate *holder_of_slot(const struct create *c, const struct uuid *uuid,
					      int slot)
{
	for (size_t i = 0; i < c->n_dev; i++)
		if (c->dev[i].known && uuid_equal(&c->dev[i].array.uuid, uuid) &&
		    c->dev[i].disk.slot == slot)
			return &c->dev[i];
	return NULL;
}

static char *devices_now(const struct create *c, const struct array_info *a)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return xstrdup("-");
	fprintf(f, "%u:", a->geo.raid_disks);
	for (uint32_t slot = 0; slot < MIN(a->geo.raid_disks, 4096u); slot++) {
		const struct candidate *d = holder_of_slot(c, &a->uuid, (int)slot);

		if (d)
			add_name(f, d->path);
		else
			fputs(" (another)", f);
	}
	fclose(f);
	return text;
}

static char *devices_new(const struct create *c)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return xstrdup("-");
	fprintf(f, "%u:", c->geo.raid_disks);
	for (size_t i = 0; i < c->n_dev; i++) {
		if (i == c->geo.raid_disks)
			fputs(", spares", f);
		add_name(f, c->dev[i].path);
	}
	fclose(f);
	return text;
}

static void row(FILE *f, const char *what, const char *now, const char *then)
{
	fprintf(f, "\n%-12s %-26s %s", what, now, then);
}

static void rows(FILE *f, const struct column *now, const struct column *then)
{
	row(f, "", "now", "after --create");
	row(f, "level", now->level, then->level);
	row(f, "devices", now->devices, then->devices);
	row(f, "chunk", now->chunk, then->chunk);
	row(f, "layout", now->layout, then->layout);
	row(f, "metadata", now->metadata, then->metadata);
	row(f, "data offset", now->offset, then->offset);
	row(f, "size", now->size, then->size);
}

/* Its members by name when this command has them all, else whatever the machine has of it. */
static void start_instead(FILE *f, const struct create *c, const struct array_info *a)
{
	char uuid[UUID_TEXT];
	bool all = true;

	for (uint32_t slot = 0; slot < a->geo.raid_disks && all; slot++)
		all = holder_of_slot(c, &a->uuid, (int)slot);
	fprintf(f, "\nto start what is there instead: mdadm --assemble %s", c->name.path);
	if (!all) {
		uuid_format(&a->uuid, ':', uuid);
		fprintf(f, " --uuid=%s", uuid);
		return;
	}
	for (size_t i = 0; i < c->n_dev; i++)
		if (c->dev[i].known && uuid_equal(&c->dev[i].array.uuid, &a->uuid))
			fprintf(f, " %s", c->dev[i].path);
}

static void report_array(const struct create *c, const struct candidate *d)
{
	struct column now cleanup(free_column) = { .devices = devices_now(c, &d->array) };
	struct column then cleanup(free_column) = { .devices = devices_new(c) };
	const struct candidate *first = d;
	char *text autofree = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return;
	for (size_t i = c->n_dev; i-- > 0;)
		if (c->dev[i].path)
			first = &c->dev[i];
	geometry_column(&d->array.geo, d->array.major, d->array.minor, d->disk.data_offset_sec,
			&now);
	geometry_column(&c->geo, c->fmt->major, c->minor, first->data_offset_sec, &then);
	fputs("an array lies on these devices, and would be lost:", f);
	rows(f, &now, &then);
	start_instead(f, c, &d->array);
	fclose(f);
	say_error("%s", text);
}

void create_report_known(const struct create *c)
{
	for (size_t i = 0; i < c->n_dev; i++) {
		bool told = false;

		for (size_t k = 0; k < i; k++)
			told |= c->dev[k].known &&
				uuid_equal(&c->dev[k].array.uuid, &c->dev[i].array.uuid);
		if (c->dev[i].known && !told)
			report_array(c, &c->dev[i]);
	}
}
