// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Status-judge.c - from a snapshot of an array to a verdict: how it is, what that means, what
 * to do next.  Part of --status.  Pure: nothing is opened, nothing printed.
 *
 * A command is suggested only when this program has it, and when it can do no harm.
 */
#include <stdarg.h>
#include <string.h>

#include "Status.h"
#include "report.h"
#include "util.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

void status_free(struct status *s)
{
	free(s->meaning);
	free(s->next);
	for (size_t i = 0; i < STATUS_COMMANDS; i++)
		free(s->command[i]);
	*s = (struct status){ 0 };
}

/* --- words --- */

int64_t status_remaining_s(const struct array_sync *s)
{
	if (!s->all_sec || !s->speed_kib)
		return -1;
	return (int64_t)((s->all_sec - s->done_sec) / 2 / s->speed_kib);
}

char *status_duration(int64_t seconds, char *out, size_t cap)
{
	int64_t unit = seconds < 90 * MINUTE ? MINUTE : seconds < 36 * HOUR ? HOUR : DAY;
	const char *word = unit == MINUTE ? "minute" : unit == HOUR ? "hour" : "day";
	long long n = (long long)((seconds + unit / 2) / unit);

	if (seconds < MINUTE)
		snprintf(out, cap, "less than a minute");
	else
		snprintf(out, cap, "about %lld %s%s", n, word, n == 1 ? "" : "s");
	return out;
}

/* More text at the end of one; NULL begins as none. */
static void __attribute__((format(printf, 2, 3))) append(char **text, const char *fmt, ...)
{
	autofree char *before = *text, *more = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&more, fmt, ap) < 0)
		more = NULL;
	va_end(ap);
	*text = xasprintf("%s%s", before ? before : "", more ? more : "");
}

/* "slot 1", "slots 1, 2 and 5": those without. */
static char *slots_without(const bool *have, uint32_t n)
{
	uint32_t left = 0, said = 0;
	char *text = NULL;

	for (uint32_t i = 0; i < n; i++)
		left += !have[i];
	append(&text, "slot%s", left == 1 ? "" : "s");
	for (uint32_t i = 0; i < n; i++) {
		if (have[i])
			continue;
		append(&text, "%s%u", !said ? " " : said + 1 == left ? " and " : ", ", i);
		said++;
	}
	return text;
}

/* A word of a shell's command line. */
static void append_word(char **text, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789/_.,:+@%-";

	if (*word && !word[strspn(word, plain)]) {
		append(text, " %s", word);
		return;
	}
	append(text, " '");
	for (; *word; word++)
		append(text, *word == '\'' ? "'\\''" : "%c", *word);
	append(text, "'");
}

/* --- arrays that run --- */

struct look {
	const struct array *a;
	const char *path;
	bool *have;              /* slots with a member in step */
	unsigned n_have, faulty, idle_spares;
	const char *faulty_path; /* of one of them; or NULL */
};

static void look_at_members(struct look *l)
{
	for (size_t i = 0; i < l->a->n_member; i++) {
		const struct array_member *m = &l->a->member[i];

		if (m->disk.faulty) {
			l->faulty++;
			l->faulty_path = m->path ? m->path : l->faulty_path;
		} else if (m->disk.raid_disk < 0 && !m->disk.journal) {
			l->idle_spares++;
		}
	}
}

/* For a moment /proc/mdstat does not tell of one that has begun: it has copied nothing yet. */
static bool recovers(const struct array *a)
{
	return a->status.activity == MDSTAT_RECOVERY || strcmp(a->sync.action, "recover") == 0;
}

/* A repair is a resync that nothing made necessary. */
static bool is_dirty(const struct array *a)
{
	return a->sync.dirty && strcmp(a->sync.action, "repair") != 0;
}

static void say_healthy(const struct look *l, struct status *s)
{
	s->state = STATUS_OK;
	s->word = "healthy";
	if (s->redundancy > 0)
		append(&s->meaning, "All members are there and in step.");
	else
		append(&s->meaning, "All members are there. Nothing is kept twice: the loss of a "
		       "member is the loss of the array.");
	if (!l->faulty)
		return;
	s->state = STATUS_ARRAY_WARNED;
	s->word = "warned";
	s->needs_person = true;
	append(&s->next, "Replace %s, which has failed; another member has taken its place.",
	       l->faulty_path ? l->faulty_path : "the member");
}

static void say_resyncing(const struct look *l, struct status *s)
{
	s->state = STATUS_ARRAY_HEALING;
	s->word = "resyncing";
	append(&s->meaning, "It can be used. That its members agree is not sure yet, as it is new "
	       "or was not stopped cleanly.");
	if (l->a->status.wait == MDSTAT_PENDING || l->a->sync.readonly)
		append(&s->next, "They are compared as soon as something is written.");
	else
		append(&s->next, "Wait until they have been compared.");
}

static void say_rebuilding(const struct look *l, struct status *s)
{
	autofree char *slots = slots_without(l->have, l->a->geo.raid_disks);
	bool delayed = l->a->status.wait == MDSTAT_DELAYED;

	s->state = STATUS_ARRAY_HEALING;
	s->word = "rebuilding";
	append(&s->meaning, "It can be used. What was in %s is being rebuilt.", slots);
	append(&s->next, "Wait until it is done%s.",
	       delayed ? "; another array on the same disks comes first" :
	       l->faulty ? ", then replace what has failed" : "");
}

/* Why a spare does not step in, where one is there; else what it takes. */
static void say_remedy(const struct look *l, struct status *s)
{
	char size[64];

	if (l->idle_spares && strcmp(l->a->sync.action, "frozen") == 0) {
		append(&s->next, "A spare is there, but rebuilding is frozen: let it begin.");
		append(&s->command[0], "mdadm --action=idle");
		append_word(&s->command[0], l->path);
		return;
	}
	if (l->idle_spares) {
		append(&s->next, "A spare is there; it is used when the array is %s.",
		       l->a->sync.readonly ? "no longer read-only" : "next written to");
		return;
	}
	append(&s->next, "Replace %s by a device with at least %s for data: mdadm",
	       l->faulty_path ? l->faulty_path : "what is missing",
	       report_size_text(l->a->geo.size_sec, SIZE_KIB_NAMED, size, sizeof(size)));
	append_word(&s->next, l->path);
	append(&s->next, " --add DEVICE");
}

static void say_degraded(const struct look *l, struct status *s)
{
	autofree char *slots = slots_without(l->have, l->a->geo.raid_disks);
	bool exposed = s->redundancy == 0;

	s->state = exposed ? STATUS_ARRAY_EXPOSED : STATUS_ARRAY_DEGRADED;
	s->word = exposed ? "exposed" : "degraded";
	s->needs_person = true;
	append(&s->meaning, "It can be used, without %s. %s", slots,
	       exposed ? "The next failure may lose the data." : "");
	if (!exposed)
		append(&s->meaning, "%d more member%s may fail.", s->redundancy,
		       s->redundancy == 1 ? "" : "s");
	say_remedy(l, s);
}

static void say_failed(const struct look *l, struct status *s)
{
	autofree char *slots = slots_without(l->have, l->a->geo.raid_disks);

	s->state = STATUS_ARRAY_FAILED;
	s->word = "failed";
	s->needs_person = true;
	if (l->n_have == l->a->geo.raid_disks)
		append(&s->meaning, "A member has failed. Not all of its data can be read.");
	else
		append(&s->meaning, "More is missing than it can do without: %s. "
		       "Not all of its data can be read.", slots);
	append(&s->next, "Change nothing, and above all create nothing on the members. See what "
	       "they say of each other.");
	for (size_t i = 0; i < l->a->n_member; i++)
		if (l->a->member[i].path) {
			if (!s->command[0])
				append(&s->command[0], "mdadm --examine");
			append_word(&s->command[0], l->a->member[i].path);
		}
}

static void judge(const struct look *l, struct status *s)
{
	const struct array *a = l->a;

	if (s->redundancy < 0)
		say_failed(l, s);
	else if (l->n_have < a->geo.raid_disks && recovers(a))
		say_rebuilding(l, s);
	else if (l->n_have < a->geo.raid_disks)
		say_degraded(l, s);
	else if (is_dirty(a))
		say_resyncing(l, s);
	else
		say_healthy(l, s);
}

/* Until parity has been compared, what it would give for a lost member may be wrong. */
static bool parity_doubtful(const struct array *a)
{
	return is_dirty(a) && (a->geo.level == LEVEL_RAID4 || a->geo.level == LEVEL_RAID5 ||
			       a->geo.level == LEVEL_RAID6);
}

void status_judge(const struct array *a, const char *path, struct status *out)
{
	struct look l = { .a = a, .path = path };

	*out = (struct status){ .redundancy = REDUNDANCY_UNKNOWN };
	if (array_is_container(a)) {
		out->word = "healthy";
		append(&out->meaning, "It holds disks for other arrays, and no data of its own.");
		return;
	}
	l.have = xcalloc(a->geo.raid_disks, sizeof(*l.have));
	l.n_have = array_slots(a, l.have);
	look_at_members(&l);
	if (!a->sync.broken)
		out->redundancy = geometry_redundancy(&a->geo, l.have);
	if (out->redundancy > 0 && parity_doubtful(a))
		out->redundancy = 0;
	judge(&l, out);
	free(l.have);
}

/* --- arrays that were not started --- */

const char *status_member_words(const struct gathered *g, size_t i)
{
	if (g->who[i].disk->role == ROLE_SPARE)
		return "spare";
	switch (g->who[i].standing) {
	case STAND_CURRENT:
		return "in step";
	case STAND_REBUILDING:
		return "not rebuilt to the end";
	case STAND_STALE:
		return "out of date";
	case STAND_SPARE:
		return "spare";
	case STAND_JOURNAL:
		return "journal";
	case STAND_STALE_JOURNAL:
		return "journal, out of date";
	case STAND_DENIES:
	case STAND_DENIED:
		return "out of date, called failed";
	case STAND_OUSTED:
		return "out of date, another has its slot or number";
	case STAND_STRAY:
	case STAND_NO_SLOT:
		break;
	}
	return "does not fit";
}

/* The slots that --assemble could fill. */
static bool *slots_filled(const struct gathered *g, uint32_t n)
{
	bool *have = xcalloc(n, sizeof(*have));

	for (size_t i = 0; i < g->n; i++) {
		int slot = g->who[i].disk->slot;

		if (slot >= 0 && (uint32_t)slot < n && g->who[i].standing == STAND_CURRENT)
			have[slot] = true;
	}
	return have;
}

static void suggest_stop(const char *path, struct status *s)
{
	append(&s->command[0], "mdadm --stop");
	append_word(&s->command[0], path);
}

/* Start it again with the members that are of use. */
static void suggest_assemble(const struct gathered *g, const char *path, bool run,
			     struct status *s)
{
	suggest_stop(path, s);
	append(&s->command[1], "mdadm --assemble%s", run ? " --run" : "");
	append_word(&s->command[1], path);
	for (size_t i = 0; i < g->n; i++)
		if (g->who[i].standing < STAND_DENIES)
			append_word(&s->command[1], g->kept[i]->path);
}

/* When more is needed than is here: as soon as it is, it can be found by the uuid. */
static void suggest_search(const struct gathered *g, const char *path, struct status *s)
{
	char uuid[UUID_TEXT];

	suggest_stop(path, s);
	uuid_format(&g->kept[0]->array.uuid, ':', uuid);
	append(&s->command[1], "mdadm --assemble");
	append_word(&s->command[1], path);
	append(&s->command[1], " --uuid=%s", uuid);
}

static void say_gaps(const struct array *a, const bool *have, uint32_t there, struct status *s)
{
	autofree char *slots = slots_without(have, a->geo.raid_disks);

	append(&s->meaning, "It was not started. ");
	if (there == a->geo.raid_disks)
		append(&s->meaning, "All its members are there.");
	else if (there)
		append(&s->meaning, "Of its %u members %u %s there; nothing that is up to date is "
		       "in %s.", a->geo.raid_disks, there, there == 1 ? "is" : "are", slots);
	else
		append(&s->meaning, "None of its %u members is there and up to date.",
		       a->geo.raid_disks);
}

static void say_start(const struct gathered *g, const char *path, struct status *s)
{
	switch (g->start) {
	case MAY_START:
	case MAY_START_READONLY:
		append(&s->next, "Stop what there is of it, and start it anew.");
		suggest_assemble(g, path, false, s);
		break;
	case NEED_ALL:
	case NEED_MORE:
		append(&s->next, "Connect what is missing; or start it without, as it can do "
		       "without it.");
		suggest_assemble(g, path, true, s);
		break;
	case NOT_ENOUGH:
		append(&s->next, "It cannot do without. Connect what is missing, then start it.");
		suggest_search(g, path, s);
		break;
	case NOT_ENOUGH_DIRTY:
		append(&s->next, "It was not stopped cleanly, and so cannot do without. Connect "
		       "what is missing, then start it.");
		suggest_search(g, path, s);
		break;
	case NEED_JOURNAL:
		append(&s->next, "Its journal is missing or out of date. Connect it, then start "
		       "it.");
		suggest_search(g, path, s);
		break;
	}
}

void status_judge_inactive(const struct array *a, const char *path, const struct gathered *g,
			   struct status *out)
{
	autofree bool *have = slots_filled(g, a->geo.raid_disks);
	uint32_t there = 0;

	*out = (struct status){ .redundancy = REDUNDANCY_UNKNOWN, .state = STATUS_ARRAY_INACTIVE,
				.word = "inactive", .needs_person = true };
	for (uint32_t i = 0; i < a->geo.raid_disks; i++)
		there += have[i];
	if (!g->n) {
		append(&out->meaning, "It was not started, and no metadata could be read of its "
		       "members.");
		append(&out->next, "Look again as root; if that is no help, stop it.");
		suggest_stop(path, out);
		return;
	}
	say_gaps(a, have, there, out);
	if (g->sorted == SELECT_OK) {
		say_start(g, path, out);
		return;
	}
	append(&out->next, g->sorted == SELECT_TWINS ?
	       "Two members claim one slot or one number and are equally new: find out which is "
	       "right, and name the others to --assemble without the wrong one." :
	       "What is there is not enough to tell. Connect what is missing, then start it.");
	suggest_search(g, path, out);
}
