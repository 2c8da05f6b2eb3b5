// SPDX-License-Identifier: GPL-2.0-or-later
/* use.c - see use.h. */
#include <errno.h>
#include <string.h>

#include "plan.h"
#include "use.h"
#include "util.h"

#define SLOTS_MAX 1920

static const struct superswitch *format_of(const struct image *m)
{
	return m->format == IMAGE_0_90 ? &super0 : &super1;
}

static int minor_of(const struct image *m)
{
	return m->format == IMAGE_0_90 ? 90 : (int)m->format - IMAGE_1_0;
}

static int load(struct image *m, unsigned flags, struct super **out)
{
	struct err why = { "" };
	int rc = super_load(&m->dev, format_of(m), minor_of(m), flags, out, &why);

	REQUIRE(rc >= 0 || why.text[0]);
	REQUIRE(rc == 0 || !*out);
	return rc;
}

static void check_info(const struct super *s)
{
	struct array_info a;
	struct disk_info d;

	s->fmt->getinfo_super(s, &a, &d);
	REQUIRE(!geometry_check(&a.geo, NULL));
	check_geometry(&a.geo);
	REQUIRE(a.geo.raid_disks >= 1 && a.geo.raid_disks <= SLOTS_MAX);
	REQUIRE(a.working_disks <= a.geo.raid_disks);
	REQUIRE(a.major == s->fmt->major && !a.name[SUPER_NAME_TEXT - 1]);
	REQUIRE(d.number >= 0 && d.number <= SLOTS_MAX);
	REQUIRE(d.slot >= -1 && d.slot < SLOTS_MAX);
	REQUIRE((d.slot >= 0) == (d.role == ROLE_ACTIVE || d.role == ROLE_REPLACEMENT));
	if (a.geo.level > LEVEL_RAID0 && d.role != ROLE_JOURNAL)
		REQUIRE(a.geo.size_sec <= d.data_size_sec);
	REQUIRE(d.slot < 0 || s->fmt->slot_active(s, d.slot) == 1);
	REQUIRE(!s->fmt->compare_super(s, s));
	REQUIRE(!s->fmt->is_local(s, ""));
	(void)s->fmt->is_local(s, "host");
	(void)s->fmt->map_uuid(s);
}

static struct super *use_member(struct image *m)
{
	struct super *lenient cleanup(super_cleanup) = NULL;
	struct super *s = NULL;
	int any = load(m, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &lenient);

	/* what is good for use is good for a report */
	if (load(m, 0, &s))
		return NULL;
	REQUIRE(any == 0);
	check_info(s);
	return s;
}

/* As --assemble --force does.  number: whose role. */
static void use_force(struct image *m, struct super *s, int number)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct array_info a;
	struct disk_info d;
	struct err err;

	s->fmt->getinfo_super(s, &a, &d);
	s->fmt->force_super(s, FORCE_EVENTS, d.number, d.events + 1);
	s->fmt->force_super(s, FORCE_CLEAN, d.number, 0);
	/* a member without a slot is never promoted */
	if (d.slot >= 0 || number != d.number)
		s->fmt->force_super(s, FORCE_ROLE, number, (uint64_t)MAX(d.slot, 0));
	REQUIRE(!s->fmt->store_super(s, m->dev.path, p, &err));
	REQUIRE(s->fmt->wipe_super(&m->dev, minor_of(m), false, p, &err) == 1);
	s->fmt->getinfo_super(s, &a, &d);
	REQUIRE(a.clean);
}

static uint64_t events_of(const struct super *s)
{
	struct array_info a;
	struct disk_info d;

	s->fmt->getinfo_super(s, &a, &d);
	return d.events;
}

void use_and_store(struct image *m, size_t (*encode)(const struct super *s, uint8_t *out),
		   int number)
{
	struct super *s cleanup(super_cleanup) = use_member(m);
	struct super *again cleanup(super_cleanup) = NULL;
	uint8_t out[IMAGE_SUPER_BYTES];
	size_t same;

	if (!s)
		return;
	same = encode(s, out);
	REQUIRE(!memcmp(out, m->super, same));
	use_force(m, s, number);
	encode(s, m->super);
	again = use_member(m);
	REQUIRE(again && events_of(again) == events_of(s));
}
