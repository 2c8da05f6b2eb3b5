// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Detail.c - --detail: what the kernel knows of an array, with the name, uuid and events
 * from the superblock of one member.  Prints; changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "mapfile.h"
#include "mode.h"
#include "report-geometry.h"
#include "report-modes.h"
#include "say.h"
#include "util.h"

#define LABEL_WIDTH 18
#define MD_DIR "/dev/md/"

struct detail {
	const struct detail_options *o;
	const char *path;
	const struct map *map;   /* for export */
	struct array *a;
	struct super *super;     /* or NULL */
	struct array_info info;  /* with super */
	bool *have;              /* slots that have a member in sync */
	unsigned n_have;
	struct report r;
};

static bool enough(const struct detail *d)
{
	return geometry_enough(&d->a->geo, true, d->have);
}

static int detail_level(const struct detail *d)
{
	if (array_is_container(d->a))
		return LEVEL_CONTAINER;
	return d->a->active || !d->super ? d->a->geo.level : d->info.geo.level;
}

static char *metadata_text(const struct array *a, char *out, size_t cap)
{
	if (a->metadata[0] || !a->persistent)
		snprintf(out, cap, "%s", a->persistent ? a->metadata : "none");
	else
		snprintf(out, cap, "%d.%d", a->major, a->minor);
	return out;
}

/* --- for people: what it is --- */

static void add_sizes(struct detail *d)
{
	const struct array *a = d->a;

	if (a->size_sec)
		report_size(&d->r, REPORT_DATA, "array_size_bytes", "Array Size", a->size_sec,
			    SIZE_KIB);
	if (!a->active || a->geo.level < 1)
		return;
	if (a->geo.size_sec)
		report_size(&d->r, REPORT_DATA, "used_device_size_bytes", "Used Dev Size",
			    a->geo.size_sec, SIZE_KIB);
	else
		report_text(&d->r, REPORT_TEXT, NULL, "Used Dev Size", "unknown");
}

/* What is no line of its own for people. */
static void add_identity(struct detail *d)
{
	report_disk_text(&d->r, REPORT_JSON, "path", NULL, d->path, strlen(d->path));
	report_text(&d->r, REPORT_JSON, "kernel_name", NULL, "%s", d->a->devnm);
	report_bool(&d->r, "active", d->a->active);
	report_bool(&d->r, "persistent", d->a->persistent);
}

static void add_head(struct detail *d)
{
	const struct array *a = d->a;
	char version[80];

	report_line(&d->r, "%s:", d->path);
	add_identity(d);
	report_text(&d->r, REPORT_DATA, "metadata", "Version", "%s",
		    metadata_text(a, version, sizeof(version)));
	if (a->info.ctime)
		report_time(&d->r, REPORT_DATA, "creation_time", "Creation Time", a->info.ctime);
	if (a->active || d->super || array_is_container(a))
		report_level(&d->r, "level", "Raid Level", detail_level(d));
	add_sizes(d);
	if (a->geo.raid_disks)
		report_number(&d->r, REPORT_DATA, "raid_devices", "Raid Devices",
			      a->geo.raid_disks);
	report_signed(&d->r, REPORT_DATA, "total_devices", "Total Devices", a->n_total);
	if (a->persistent && a->major == 0 && !a->metadata[0] && (a->active || d->super))
		report_signed(&d->r, REPORT_DATA, "preferred_minor", "Preferred Minor",
			      a->active ? a->info.md_minor : d->info.md_minor);
	report_text(&d->r, REPORT_TEXT, NULL, "Persistence", "Superblock is %spersistent",
		    a->persistent ? "" : "not ");
	report_blank(&d->r);
}

/* --- for people: how it is --- */

static const char *state_word(const struct array *a)
{
	bool whole = a->geo.level == LEVEL_RAID0 || a->geo.level == LEVEL_LINEAR;

	if (!a->info.clean)
		return "active";
	return whole && a->state[0] ? a->state : "clean";
}

static void add_state_line(struct detail *d)
{
	static const char *const doing[] = {
		[MDSTAT_NONE] = "", [MDSTAT_RECOVERY] = ", recovering",
		[MDSTAT_RESYNC] = ", resyncing", [MDSTAT_RESHAPE] = ", reshaping",
		[MDSTAT_CHECK] = ", checking",
	};
	static const char *const waiting[] = {
		[MDSTAT_RUNNING] = "", [MDSTAT_DELAYED] = " (DELAYED)",
		[MDSTAT_PENDING] = " (PENDING)", [MDSTAT_REMOTE] = " (REMOTE)",
	};
	const struct array *a = d->a;
	const char *health = ", FAILED";

	if (!a->active) {
		report_text(&d->r, REPORT_DATA, "state", "State", "inactive");
		return;
	}
	if (enough(d))
		health = d->n_have == a->geo.raid_disks ? "" : ", degraded";
	report_text(&d->r, REPORT_DATA, "state", "State", "%s%s%s%s%s", state_word(a), health,
		    doing[a->status.activity], waiting[a->status.wait],
		    a->size_sec ? "" : ", Not Started");
	report_note(&d->r, " "); /* clients know it */
}

static void add_state(struct detail *d)
{
	const struct array *a = d->a;
	int working = a->active ? a->info.working : a->n_total;

	if (a->bitmap_file)
		report_text(&d->r, REPORT_DATA, "intent_bitmap", "Intent Bitmap", "%s", a->bitmap_file);
	else if (a->info.bitmap_present)
		report_text(&d->r, REPORT_DATA, "intent_bitmap", "Intent Bitmap", "Internal%s",
			    a->info.clustered ? "(Clustered)" : "");
	if (a->bitmap_file || a->info.bitmap_present)
		report_blank(&d->r);
	if (a->info.utime)
		report_time(&d->r, REPORT_DATA, "update_time", "Update Time", a->info.utime);
	add_state_line(d);
	report_signed(&d->r, REPORT_DATA, "active_devices", "Active Devices", a->info.active);
	report_signed(&d->r, REPORT_DATA, "working_devices", "Working Devices", working);
	report_signed(&d->r, REPORT_DATA, "failed_devices", "Failed Devices", a->info.failed);
	report_signed(&d->r, REPORT_DATA, "spare_devices", "Spare Devices", a->info.spare);
	report_blank(&d->r);
}

static void add_shape(struct detail *d)
{
	const struct geometry *g = &d->a->geo;

	if (!d->a->active)
		return;
	if (g->level != LEVEL_RAID0 || g->layout)
		report_layout(&d->r, "layout", "Layout", g->level, g->layout);
	report_chunk(&d->r, g->level, g->chunk_sec);
	if (level_has_chunk(g->level))
		report_blank(&d->r);
	if (d->a->policy[0]) {
		report_text(&d->r, REPORT_DATA, "consistency_policy", "Consistency Policy", "%s",
			    d->a->policy);
		report_blank(&d->r);
	}
}

static void add_reshape(struct detail *d)
{
	const struct array *a = d->a;
	int delta = (int)a->geo.raid_disks - (int)a->old_raid_disks;

	if (delta) {
		report_signed(&d->r, REPORT_DATA, "delta_devices", "Delta Devices", delta);
		report_note(&d->r, ", (%u->%u)", a->old_raid_disks, a->geo.raid_disks);
	}
	if (a->old_layout != a->geo.layout)
		report_layout(&d->r, "new_layout", "New Layout", a->geo.level, a->geo.layout);
	if (a->old_chunk_sec != a->geo.chunk_sec)
		report_size(&d->r, REPORT_DATA, "new_chunk_size_bytes", "New Chunksize",
			    a->geo.chunk_sec, SIZE_CHUNK);
}

/* The words of the state line. */
static void add_activity(struct detail *d)
{
	const char *activity = mdstat_activity_word(d->a->status.activity);
	const char *wait = mdstat_wait_word(d->a->status.wait);

	if (activity)
		report_text(&d->r, REPORT_JSON, "activity", NULL, "%s", activity);
	if (wait)
		report_text(&d->r, REPORT_JSON, "activity_wait", NULL, "%s", wait);
}

static void add_progress(struct detail *d)
{
	static const char *const label[] = {
		[MDSTAT_RECOVERY] = "Rebuild Status", [MDSTAT_RESYNC] = "Resync Status",
		[MDSTAT_RESHAPE] = "Reshape Status", [MDSTAT_CHECK] = "Check Status",
	};
	const struct mdstat_entry *e = &d->a->status;
	bool reshape = e->activity == MDSTAT_RESHAPE;
	bool moving = e->activity != MDSTAT_NONE && e->percent >= 0;

	if (!d->a->active)
		return;
	add_activity(d);
	if (moving) {
		report_signed(&d->r, REPORT_DATA, "activity_percent", label[e->activity],
			      e->percent);
		report_note(&d->r, "%% complete");
	}
	if (reshape)
		add_reshape(d);
	if (moving || reshape)
		report_blank(&d->r);
}

/* --- for people: the members --- */

/* RAID10 with near copies only: which of the interleaved sets of copies the slot is in. */
static void add_set(const struct geometry *g, int slot, char *out, size_t cap)
{
	unsigned near = g->layout & 0xff, far = g->layout >> 8 & 0xff;

	out[0] = '\0';
	if (g->level == LEVEL_RAID10 && far == 1 && near > 0 && near <= 26 &&
	    g->raid_disks % near == 0 && slot >= 0)
		snprintf(out, cap, " set-%c", 'A' + slot % (int)near);
}

static void member_words(const struct array *a, const struct md_disk *m, char *out, size_t cap)
{
	bool kind = m->active || m->sync || m->removed || m->faulty || m->journal;
	bool in_slot = m->raid_disk >= 0 && (uint32_t)m->raid_disk < a->geo.raid_disks;
	char set[8];

	add_set(&a->geo, m->raid_disk, set, sizeof(set));
	snprintf(out, cap, "%s%s%s%s%s%s%s%s%s%s", m->faulty ? " faulty" : "",
		 m->active ? " active" : "", m->sync ? " sync" : "", m->sync ? set : "",
		 m->removed ? " removed" : "", m->write_mostly ? " writemostly" : "",
		 m->failfast ? " failfast" : "", m->journal ? " journal" : "",
		 kind ? "" : " spare", !kind && in_slot ? " rebuilding" : "");
}

static void add_member(struct detail *d, const struct array_member *m)
{
	char words[120] = "";

	if (d->a->active)
		member_words(d->a, &m->disk, words, sizeof(words));
	report_row(&d->r, REPORT_DATA, "members", &(struct report_row){
		.known = d->a->active, .number = m->disk.number,
		.major = (uint32_t)m->disk.major, .minor = (uint32_t)m->disk.minor,
		.slot = m->disk.raid_disk, .words = words[0] ? words + 1 : words,
		.path = m->path ? m->path : "missing",
	});
}

/* Who is in the slot; behind it the one that is to replace it. */
static void add_slot(struct detail *d, uint32_t slot)
{
	bool any = false;

	for (int replacement = 0; replacement <= 1; replacement++)
		for (size_t i = 0; i < d->a->n_member; i++) {
			const struct array_member *m = &d->a->member[i];

			if (m->disk.raid_disk != (int)slot || m->disk.replacement != replacement)
				continue;
			add_member(d, m);
			any = true;
		}
	if (!any)
		report_row(&d->r, REPORT_DATA, "members", &(struct report_row){
			.known = true, .number = -1, .slot = slot, .words = "removed",
		});
}

static void add_table(struct detail *d)
{
	const struct array *a = d->a;
	bool first = true;

	if (d->super)
		report_blank(&d->r);
	report_line(&d->r, "    Number   Major   Minor   RaidDevice%s", a->active ? " State" : "");
	for (uint32_t slot = 0; slot < a->geo.raid_disks; slot++)
		add_slot(d, slot);
	for (size_t i = 0; i < a->n_member; i++) {
		int slot = a->member[i].disk.raid_disk;

		if (slot >= 0 && (uint32_t)slot < a->geo.raid_disks)
			continue;
		if (first)
			report_blank(&d->r);
		first = false;
		add_member(d, &a->member[i]);
	}
}

static void add_text(struct detail *d)
{
	add_head(d);
	add_state(d);
	add_shape(d);
	add_progress(d);
	if (d->super)
		d->super->fmt->detail_super(d->super, d->o->homehost, &d->r);
	add_table(d);
}

static void print_text(struct detail *d)
{
	add_text(d);
	report_print_text(&d->r, LABEL_WIDTH, stdout);
}

/* --- for programs --- */

/* "/dev/sda1" is dev_sda1 in a key. */
static void device_key(const char *path, const char *what, char *out, size_t cap)
{
	snprintf(out, cap, "DEVICE_%s", path + 1);
	for (char *p = out; *p; p++)
		if (!((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		      (*p >= 'A' && *p <= 'Z')))
			*p = '_';
	snprintf(out + strlen(out), cap - strlen(out), "_%s", what);
}

static void export_member(struct detail *d, const struct array_member *m)
{
	char key[300];

	if (!m->path || strlen(m->path) > 250)
		return;
	device_key(m->path, "ROLE", key, sizeof(key));
	if (m->disk.raid_disk >= 0)
		report_number(&d->r, REPORT_EXPORT, key, NULL, (uint64_t)m->disk.raid_disk);
	else
		report_text(&d->r, REPORT_EXPORT, key, NULL, "spare");
	device_key(m->path, "DEV", key, sizeof(key));
	report_text(&d->r, REPORT_EXPORT, key, NULL, "%s", m->path);
}

static int by_listing(const void *x, const void *y)
{
	const struct array_member *a = x, *b = y;

	return (a->listed > b->listed) - (a->listed < b->listed);
}

/* The name below /dev/md; udev makes a link of it, so it must be one component. */
static const char *link_name(const struct detail *d)
{
	const struct map_entry *e = map_by_devnm(d->map, d->a->devnm);
	const char *name;

	if (!e || strncmp(e->path, MD_DIR, strlen(MD_DIR)) != 0)
		return NULL;
	name = e->path + strlen(MD_DIR);
	return *name && *name != '.' && !strchr(name, '/') ? name : NULL;
}

static void export_super(struct detail *d)
{
	const char *name = link_name(d);

	if (d->super)
		report_uuid(&d->r, REPORT_EXPORT, "UUID", NULL, &d->info.uuid);
	if (name)
		report_text(&d->r, REPORT_EXPORT, "DEVNAME", NULL, "%s", name);
	if (!d->super)
		return;
	report_text(&d->r, REPORT_EXPORT, "RESHAPE_ACTIVE", NULL,
		    d->info.reshape ? "True" : "False");
	d->super->fmt->export_detail_super(d->super, &d->r);
}

static void print_export(struct detail *d)
{
	struct array *a = d->a;
	char version[80];

	if (a->active || array_is_container(a))
		report_text(&d->r, REPORT_EXPORT, "LEVEL", NULL, "%s", level_word(detail_level(d)));
	report_number(&d->r, REPORT_EXPORT, "DEVICES", NULL,
		      a->active ? a->geo.raid_disks : (uint64_t)a->n_total);
	if (a->persistent)
		report_text(&d->r, REPORT_EXPORT, "METADATA", NULL, "%s",
			    metadata_text(a, version, sizeof(version)));
	export_super(d);
	qsort(a->member, a->n_member, sizeof(*a->member), by_listing);
	for (size_t i = 0; i < a->n_member && !d->o->no_devices; i++)
		export_member(d, &a->member[i]);
	report_print_export(&d->r, stdout);
}

/* --- JSON: what the text has, and what only --export has --- */

static void print_json(struct detail *d)
{
	const char *name = link_name(d);

	add_text(d);
	if (name)
		report_disk_text(&d->r, REPORT_JSON, "device_name", NULL, name, strlen(name));
	if (d->super)
		report_bool(&d->r, "reshape_active", d->info.reshape);
	report_print_json(&d->r, OBJECT_DETAIL, d->o->json);
}

/* --- brief --- */

static int by_path(const void *x, const void *y)
{
	const struct array_member *a = x, *b = y;

	return strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

static char *device_list(struct array *a)
{
	char *list = xstrdup("");

	qsort(a->member, a->n_member, sizeof(*a->member), by_path);
	for (size_t i = 0; i < a->n_member; i++) {
		autofree char *shorter = list;

		list = xasprintf("%s%s%s", shorter, *shorter ? "," : "",
				 a->member[i].path ? a->member[i].path : "");
	}
	return list;
}

static void add_brief_shape(struct detail *d)
{
	const struct array *a = d->a;

	if (a->active || array_is_container(a))
		report_text(&d->r, REPORT_BRIEF, "level", NULL, "%s", level_word(detail_level(d)));
	report_number(&d->r, REPORT_BRIEF, "num-devices", NULL,
		      a->active ? a->geo.raid_disks : (uint64_t)a->n_total);
}

static void print_brief(struct detail *d)
{
	struct array *a = d->a;
	bool verbose = d->o->verbosity > 0;
	autofree char *devices = NULL;
	char version[80];

	report_text(&d->r, REPORT_BRIEF, NULL, NULL,
		    a->active || array_is_container(a) ? "ARRAY" : "INACTIVE-ARRAY");
	report_text(&d->r, REPORT_BRIEF, NULL, NULL, "%s", d->path);
	if (verbose)
		add_brief_shape(d);
	if (a->persistent)
		report_text(&d->r, REPORT_BRIEF, "metadata", NULL, "%s",
			    metadata_text(a, version, sizeof(version)));
	if (a->bitmap_file)
		report_disk_text(&d->r, REPORT_BRIEF, "bitmap", NULL, a->bitmap_file, strlen(a->bitmap_file));
	if (a->info.spare > 0 && !d->o->no_devices)
		report_number(&d->r, REPORT_BRIEF, "spares", NULL, (uint64_t)a->info.spare);
	/* 4.6 has no name=, but ReaR makes an array anew from this line */
	if (d->super && d->info.name[0])
		report_disk_text(&d->r, REPORT_BRIEF, "name", NULL, d->info.name,
				 sizeof(d->info.name));
	if (d->super)
		report_uuid(&d->r, REPORT_BRIEF, "UUID", NULL, &d->info.uuid);
	if (verbose && !d->o->no_devices && a->n_member) {
		devices = device_list(a);
		report_text(&d->r, REPORT_TAIL, "devices", NULL, "%s", devices);
	}
	report_print_array(&d->r, stdout);
}

/* --- the mode --- */

static int test_status(const struct detail *d)
{
	if (!d->a->active || d->n_have == d->a->geo.raid_disks)
		return STATUS_OK;
	return enough(d) ? STATUS_DEGRADED : STATUS_NOT_ENOUGH;
}

static void detail_done(struct detail *d)
{
	report_free(&d->r);
	super_free(d->super);
	free(d->have);
	array_free(d->a);
}

static int load(struct detail *d, struct err *err)
{
	unsigned want = ARRAY_MEMBERS;
	struct disk_info disk;
	int rc;

	if (d->o->json)
		want |= ARRAY_STATUS;
	else if (d->o->export)
		want |= ARRAY_LISTED | (d->o->no_devices ? ARRAY_PATHLESS : 0);
	else if (!d->o->brief)
		want |= ARRAY_STATUS;
	else if (d->o->verbosity <= 0)
		want |= ARRAY_PATHLESS;
	rc = array_load(d->path, want, d->o->prefer, &d->a, err);
	if (rc)
		return rc;
	d->have = xcalloc(d->a->geo.raid_disks, sizeof(*d->have));
	d->n_have = array_slots(d->a, d->have);
	if (array_load_super(d->a, &d->super) == 0)
		d->super->fmt->getinfo_super(d->super, &d->info, &disk);
	return 0;
}

static int detail(const char *path, const struct map *map, const struct detail_options *o)
{
	struct detail d cleanup(detail_done) = { .o = o, .path = path, .map = map };
	struct err err;

	if (load(&d, &err)) {
		say_err(&err);
		return o->test ? STATUS_NO_DATA : STATUS_FAILED;
	}
	if (o->json)
		print_json(&d);
	else if (o->export)
		print_export(&d);
	else if (o->brief)
		print_brief(&d);
	else
		print_text(&d);
	return o->test ? test_status(&d) : STATUS_OK;
}

int Detail(const char *path, const struct detail_options *o)
{
	struct map map cleanup(map_free) = { 0 };

	if (o->export || o->json)
		map_load(&map);
	return detail(path, &map, o);
}

/* Containers and arrays that stand alone come before members of containers. */
static bool is_subarray(const struct mdstat_entry *e)
{
	return strncmp(e->metadata, "external:/", 10) == 0 ||
	       strncmp(e->metadata, "external:-", 10) == 0;
}

int Detail_scan(const struct detail_options *o)
{
	struct mdstat m cleanup(mdstat_free) = { 0 };
	struct map map cleanup(map_free) = { 0 };
	struct err err;
	int status = STATUS_OK;

	if (mdstat_read(&m, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	map_load(&map);
	for (int subarrays = 0; subarrays <= 1; subarrays++)
		for (size_t i = m.n; i-- > 0;) {
			autofree char *path = NULL;

			if (is_subarray(&m.entry[i]) != subarrays)
				continue;
			path = array_path(&map, m.entry[i].devnm);
			status |= detail(path, &map, o);
		}
	return status;
}
