// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verify-report.c - what --verify found, as a report.  Part of --verify.  Pure.
 */
#include <string.h>
#include <sys/sysmacros.h>

#include "Verify.h"
#include "mode.h"
#include "util.h"

static const char *block_word(unsigned blocks)
{
	switch (blocks) {
	case VERIFY_DATA:
		return "data";
	case VERIFY_P:
		return "P";
	case VERIFY_Q:
		return "Q";
	case VERIFY_COPY:
		return "copy";
	default:
		return "several";
	}
}

/* --- what does not fit --- */

/* Who has a block of the stripe, for a mismatch of nobody's. */
static char *taking_part(const struct verified *v, uint64_t stripe)
{
	autofree struct stripe_copy *copy = xcalloc(STRIPE_SLOTS, sizeof(*copy));
	bool copies = v->geo.level == LEVEL_RAID1 || v->geo.level == LEVEL_RAID10;
	unsigned n = copies ? stripe_copies(&v->geo, stripe, copy) : v->geo.raid_disks;
	char *text = xstrdup("");

	for (unsigned i = 0; i < n; i++) {
		const struct verify_member *m = &v->member[copies ? copy[i].slot : i];
		char *more;

		if (!m->here)
			continue;
		more = xasprintf("%s%s%s", text, *text ? ", " : "", m->path);
		free(text);
		text = more;
	}
	return text;
}

static char *stripe_words(const struct verify_finding *f, const struct report_mismatch *m)
{
	char last[32] = "";

	if (f->n > 1)
		snprintf(last, sizeof(last), " to %llu", (unsigned long long)(f->stripe + f->n - 1));
	return xasprintf("stripe%s %llu%s (array sectors %llu to %llu)", f->n > 1 ? "s" : "",
			 (unsigned long long)f->stripe, last, (unsigned long long)m->array_at_sec,
			 (unsigned long long)(m->array_at_sec + m->array_len_sec - 1));
}

static char *wrong_words(const struct verify_finding *f, const struct report_mismatch *m,
			 const char *stripe)
{
	return xasprintf("%s: %s on %s, slot %d, is wrong: %llu bytes, from byte %llu to %llu of it",
			 stripe, f->blocks & (f->blocks - 1) ? "what is" : block_word(f->blocks), m->path,
			 m->slot, (unsigned long long)(m->wrong_sec * SECTOR_BYTES),
			 (unsigned long long)(m->at_sec * SECTOR_BYTES),
			 (unsigned long long)((m->at_sec + m->len_sec) * SECTOR_BYTES - 1));
}

static void add_mismatch(const struct verified *v, const struct verify_finding *f, struct report *r)
{
	uint64_t at = stripe_array_sec(&v->geo, f->stripe, &(uint64_t){ 0 }), len;
	uint64_t last = stripe_array_sec(&v->geo, f->stripe + f->n - 1, &len);
	struct report_mismatch m = {
		.stripe = f->stripe, .stripes = f->n, .array_at_sec = at,
		.array_len_sec = last + len - at, .slot = f->slot, .wrong_sec = f->wrong_sec,
	};
	autofree char *stripe = stripe_words(f, &m), *text = NULL, *who = NULL;

	if (f->slot >= 0) {
		m.path = v->member[f->slot].path;
		m.block = block_word(f->blocks);
		m.at_sec = v->member[f->slot].offset_sec + f->at_sec;
		m.len_sec = f->end_sec - f->at_sec;
		text = wrong_words(f, &m, stripe);
	} else {
		who = taking_part(v, f->stripe);
		text = xasprintf("%s: one of %s is wrong, it cannot be said which", stripe, who);
	}
	report_mismatch(r, "mismatches", "Mismatch", &m, text);
}

/* --- the members --- */

static void add_member(const struct verified *v, unsigned slot, struct report *r)
{
	const struct verify_member *m = &v->member[slot];
	char label[32], bad[80] = "", words[200] = "missing";
	struct report_row row = { .known = true, .number = -1, .slot = slot, .words = words };

	snprintf(label, sizeof(label), "Slot %u", slot);
	if (m->here) {
		row.path = m->path;
		row.major = major(m->dev->rdev);
		row.minor = minor(m->dev->rdev);
		if (m->holes.n)
			snprintf(bad, sizeof(bad), ", but for known bad blocks");
		snprintf(words, sizeof(words), "read%s", bad);
	}
	if (m->unread_sec)
		snprintf(words, sizeof(words), "read, but for %llu bytes%s", (unsigned long long)
			 (m->unread_sec * SECTOR_BYTES), bad);
	report_row(r, REPORT_JSON, "members", &row);
	report_text(r, REPORT_TEXT, NULL, label, "%s%s%s", m->here ? m->path : "", m->here ? ": " : "",
		    words);
	if (m->unread.text[0])
		report_line(r, "              %s", m->unread.text);
}

/* --- the array --- */

bool verify_unread(const struct verified *v)
{
	for (unsigned i = 0; i < v->geo.raid_disks; i++)
		if (v->member[i].unread_sec)
			return true;
	return false;
}

/* RAID6 has another sum for what cannot be read; but that is no good news all the same. */
bool verify_is_all(const struct verified *v, const struct verify_findings *f)
{
	return !f->untold_sec && !verify_unread(v);
}

static const char *verdict_word(const struct verify_outcome *o)
{
	if (o->failure)
		return "failed";
	if (o->found->wrong_stripes)
		return "mismatch";
	return verify_is_all(o->v, o->found) ? "fits" : "cannot-tell";
}

static void add_verdict(const struct verify_outcome *o, struct report *r)
{
	const struct verify_findings *f = o->found;
	char size[64];

	report_text(r, REPORT_JSON, "verdict", NULL, "%s", verdict_word(o));
	if (o->failure)
		report_text(r, REPORT_DATA, "failure", "Failure", "%s", o->failure);
	if (f->wrong_stripes)
		report_text(r, REPORT_TEXT, NULL, "Verdict", "%llu %s; of %llu it is "
			    "known who is wrong", (unsigned long long)f->wrong_stripes,
			    f->wrong_stripes > 1 ? "stripes do not fit" : "stripe does not fit",
			    (unsigned long long)(f->wrong_stripes - f->unknown_stripes));
	else if (!o->failure)
		report_text(r, REPORT_TEXT, NULL, "Verdict", verify_is_all(o->v, f) ?
			    "everything fits" : "what could be compared fits");
	if (f->untold_sec)
		report_text(r, REPORT_TEXT, NULL, "Not compared", "%s of each member: there is "
			    "nothing left to compare it with",
			    f->untold_sec == 1 ? "512 bytes" :
			    report_size_text(f->untold_sec, SIZE_KIB_NAMED, size, sizeof(size)));
	else if (o->v->missing)
		report_text(r, REPORT_TEXT, NULL, "Note", "a member is missing: there is less to compare, "
			    "and a mismatch may not tell who is wrong");
	if (f->wrong_stripes && o->v->lockless)
		report_text(r, REPORT_TEXT, NULL, "Note", "with its lockless bitmap what was never written was "
			    "never synchronised, and need not fit");
	if (verify_unread(o->v) && !o->v->missing)
		report_text(r, REPORT_TEXT, NULL, "Next", "mdadm --scrub start %s: what cannot be read is "
			    "written again from the others", o->v->path);
	report_size(r, REPORT_JSON, "not_compared_bytes", NULL, f->untold_sec, SIZE_KIB);
}

static void add_head(const struct verify_outcome *o, struct report *r)
{
	const struct verified *v = o->v;

	report_line(r, "%s:", v->path);
	report_disk_text(r, REPORT_JSON, "path", NULL, v->path, strlen(v->path));
	report_text(r, REPORT_JSON, "kernel_name", NULL, "%s", v->devnm);
	report_text(r, REPORT_DATA, "level", "Level", "%s", level_name(v->geo.level));
	report_number(r, REPORT_JSON, "raid_devices", NULL, v->geo.raid_disks);
	report_number(r, REPORT_JSON, "missing_devices", NULL, v->missing);
	report_signed(r, REPORT_JSON, "exit_status", NULL, o->exit_status);
	report_size(r, REPORT_JSON, "block_size_bytes", NULL, stripe_block_sec(&v->geo), SIZE_KIB);
	report_number(r, REPORT_JSON, "stripes", NULL, stripe_count(&v->geo));
	report_text(r, REPORT_TEXT, NULL, "Stripes", "%llu, blocks of %u KiB",
		    (unsigned long long)stripe_count(&v->geo), stripe_block_sec(&v->geo) / 2);
}

void verify_report(const struct verify_outcome *o, struct report *r)
{
	add_head(o, r);
	add_verdict(o, r);
	report_number(r, REPORT_JSON, "wrong_stripes", NULL, o->found->wrong_stripes);
	report_number(r, REPORT_JSON, "unknown_stripes", NULL, o->found->unknown_stripes);
	report_number(r, REPORT_JSON, "unlisted", NULL, o->found->unlisted);
	for (size_t i = 0; i < o->found->n; i++)
		add_mismatch(o->v, &o->found->f[i], r);
	if (o->found->unlisted)
		report_line(r, "  and %llu more, not listed", (unsigned long long)o->found->unlisted);
	for (unsigned i = 0; i < o->v->geo.raid_disks; i++)
		add_member(o->v, i, r);
}
