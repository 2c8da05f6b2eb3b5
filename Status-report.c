// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Status-report.c - how an array is and what was judged of that, as a report.  Part of --status.
 * Pure.
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "Status.h"
#include "util.h"

/* --- what it is doing --- */

static void add_progress(struct status_view *v, char *words, size_t cap)
{
	const struct array_sync *s = &v->a->sync;
	int64_t left_s = status_remaining_s(s);
	unsigned percent;
	char time[40];

	if (!s->all_sec)
		return;
	percent = (unsigned)((unsigned __int128)s->done_sec * 100 / s->all_sec);
	report_number(&v->r, REPORT_JSON, "activity_percent", NULL, percent);
	report_size(&v->r, REPORT_JSON, "activity_speed_bytes_per_second", NULL, 2 * s->speed_kib,
		    SIZE_KIB);
	if (left_s >= 0)
		report_signed(&v->r, REPORT_JSON, "activity_remaining_seconds", NULL, left_s);
	snprintf(words, cap, ", %u%% done, %s%s", percent,
		 left_s < 0 ? "it cannot be said how long it takes" :
		 status_duration(left_s, time, sizeof(time)), left_s < 0 ? "" : " to go");
}

/* A repair is called so; for the rest the words of /proc/mdstat will do. */
static void add_activity(struct status_view *v)
{
	const struct mdstat_entry *e = &v->a->status;
	const char *word = mdstat_activity_word(e->activity), *wait = mdstat_wait_word(e->wait);
	char words[120] = "";

	if (!word)
		return;
	if (strcmp(v->a->sync.action, "repair") == 0)
		word = "repair";
	if (wait)
		report_text(&v->r, REPORT_JSON, "activity_wait", NULL, "%s", wait);
	else
		add_progress(v, words, sizeof(words));
	report_text(&v->r, REPORT_DATA, "activity", "Activity", "%s", word);
	report_note(&v->r, "%s%s%s", wait ? ", " : "", wait ? wait : "", words);
}

/* How the last check ended, and how far the present one has come. */
static void add_scrub(struct status_view *v)
{
	const struct scrub_state *s = &v->scrub;
	char date[32] = "", found[80] = "", paused[40] = "";
	unsigned percent = s->size_sec ? (unsigned)(s->position_sec * 100 / s->size_sec) : 0;

	if (s->last_finished_s) {
		report_time(&v->r, REPORT_JSON, "scrub_finished", NULL, (int64_t)s->last_finished_s);
		report_number(&v->r, REPORT_JSON, "scrub_mismatches", NULL, s->last_mismatches);
		report_time_text((int64_t)s->last_finished_s, date, sizeof(date));
		snprintf(found, sizeof(found), "finished %s, %llu mismatches", date,
			 (unsigned long long)s->last_mismatches);
	}
	if (s->started_s && v->a->status.activity != MDSTAT_CHECK) {
		report_number(&v->r, REPORT_JSON, "scrub_paused_percent", NULL, percent);
		snprintf(paused, sizeof(paused), "%spaused at %u%%", found[0] ? "; " : "", percent);
	}
	if (found[0] || paused[0])
		report_text(&v->r, REPORT_TEXT, NULL, "Scrub", "%s%s", found, paused);
}

/* --- its members --- */

static void add_row(struct status_view *v, const struct report_row *row)
{
	char label[32] = "No slot";

	report_row(&v->r, REPORT_JSON, "members", row);
	if (row->slot >= 0)
		snprintf(label, sizeof(label), "Slot %lld", (long long)row->slot);
	report_text(&v->r, REPORT_TEXT, NULL, label, "%s%s%s", row->path ? row->path : "",
		    row->path ? ": " : "", row->words);
}

static const char *running_words(const struct md_disk *d)
{
	if (d->faulty)
		return "failed";
	if (d->journal)
		return "journal";
	if (d->raid_disk < 0)
		return "spare";
	if (d->replacement)
		return d->sync ? "replacement, in step" : "replacement, being filled";
	return d->sync ? "in step" : "being rebuilt";
}

static void add_running(struct status_view *v)
{
	const struct array *a = v->a;
	size_t i = 0;

	for (uint32_t slot = 0; slot <= a->geo.raid_disks; slot++) {
		bool any = slot == a->geo.raid_disks; /* those behind the last have none */

		for (; i < a->n_member; i++) {
			const struct md_disk *d = &a->member[i].disk;

			if (d->raid_disk != (int)slot && slot < a->geo.raid_disks)
				break;
			any = true;
			add_row(v, &(struct report_row){
				.known = true, .number = -1, .major = (uint32_t)d->major,
				.minor = (uint32_t)d->minor, .slot = d->raid_disk,
				.words = running_words(d), .path = a->member[i].path,
			});
		}
		if (!any)
			add_row(v, &(struct report_row){ .known = true, .number = -1, .slot = slot,
							 .words = "missing" });
	}
}

static void add_gathered_row(struct status_view *v, size_t i)
{
	const struct member *m = v->g.kept[i];
	autofree char *words = xasprintf("%s%s", status_member_words(&v->g, i),
					 v->g.inside[i] ? "" : ", not taken yet");

	add_row(v, &(struct report_row){
		.known = true, .number = m->disk.number, .major = major(m->id.rdev),
		.minor = minor(m->id.rdev), .slot = m->disk.slot, .words = words, .path = m->path,
	});
}

/* Slots in order, each with all that claim it; then those without. */
static void add_gathered(struct status_view *v)
{
	for (int64_t slot = 0; slot <= v->a->geo.raid_disks; slot++) {
		bool last = slot == v->a->geo.raid_disks, any = last;

		for (size_t i = 0; i < v->g.n; i++) {
			int at = v->g.kept[i]->disk.slot;

			if (last ? at < 0 || at >= slot : at == slot) {
				add_gathered_row(v, i);
				any = true;
			}
		}
		if (!any)
			add_row(v, &(struct report_row){ .known = true, .number = -1, .slot = slot,
							 .words = "missing" });
	}
}

/* --- the array --- */

static void add_redundancy(struct status_view *v)
{
	int n = v->s.redundancy;

	if (n < 0)
		return;
	report_signed(&v->r, REPORT_DATA, "redundancy_devices", "Redundancy", n);
	report_note(&v->r, n ? " more member%s may fail" : ": no member may fail%s",
		    n > 1 ? "s" : "");
}

static void add_head(struct status_view *v)
{
	const struct array *a = v->a;

	report_line(&v->r, "%s:", v->path);
	report_disk_text(&v->r, REPORT_JSON, "path", NULL, v->path, strlen(v->path));
	report_text(&v->r, REPORT_JSON, "kernel_name", NULL, "%s", a->devnm);
	report_text(&v->r, REPORT_DATA, "state", "State", "%s", v->s.word);
	report_signed(&v->r, REPORT_JSON, "exit_status", NULL, v->s.state);
	report_bool(&v->r, "needs_person", v->s.needs_person);
	if (level_name(a->geo.level))
		report_text(&v->r, REPORT_DATA, "level", "Level", "%s", level_name(a->geo.level));
	if (a->geo.raid_disks)
		report_number(&v->r, REPORT_DATA, "raid_devices", "Slots", a->geo.raid_disks);
}

static void add_verdict(struct status_view *v)
{
	report_text(&v->r, REPORT_DATA, "meaning", "Meaning", "%s", v->s.meaning);
	if (v->s.next)
		report_text(&v->r, REPORT_DATA, "next", "Next", "%s", v->s.next);
	for (size_t i = 0; i < STATUS_COMMANDS && v->s.command[i]; i++)
		report_text(&v->r, REPORT_DATA, "commands", "Command", "%s", v->s.command[i]);
}

void status_report(struct status_view *v)
{
	add_head(v);
	add_redundancy(v);
	add_activity(v);
	add_scrub(v);
	add_verdict(v);
	if (v->a->active)
		add_running(v);
	else
		add_gathered(v);
}
