// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage-cost.c - what an action on members costs: is a copy lost that is needed, how much will be
 * copied, what is left meanwhile.  Part of the mode --manage.  Reads the bitmap of a member; changes
 * nothing.
 */
#include <errno.h>
#include <string.h>

#include "Manage.h"
#include "bitmap-codec.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* --- what is left --- */

static uint32_t slots_of(const struct array *a)
{
	return MAX(a->geo.raid_disks, a->old_raid_disks);
}

/*
 * Slots with a member in sync that is not `without`.  One whose device has left the machine has a copy for the kernel,
 * until that tries to write to it.
 */
static void slots_without(const struct array *a, const struct array_member *without, bool with_gone, bool *have)
{
	memset(have, 0, slots_of(a) * sizeof(*have));
	for (size_t i = 0; i < a->n_member; i++) {
		const struct md_disk *d = &a->member[i].disk;

		if (&a->member[i] != without && d->raid_disk >= 0 && (uint32_t)d->raid_disk < slots_of(a) &&
		    d->sync && !d->faulty && (with_gone || !a->member[i].gone))
			have[d->raid_disk] = true;
	}
}

/* While it is reshaped one part of the data has the old shape, the other the new one. */
static bool enough(const struct array *a, bool clean, const bool *have)
{
	struct geometry old = a->geo;

	if (!geometry_enough(&a->geo, clean, have))
		return false;
	if (!a->old_raid_disks)
		return true;
	old.raid_disks = a->old_raid_disks;
	old.layout = a->old_layout;
	old.chunk_sec = a->old_chunk_sec;
	return geometry_enough(&old, clean, have);
}

static bool enough_without(const struct array *a, bool clean, const struct array_member *without, bool with_gone)
{
	bool *have autofree = xcalloc(slots_of(a) + 1, sizeof(*have));

	slots_without(a, without, with_gone, have);
	return enough(a, clean, have);
}

/* Parity that was not computed yet brings nothing back. */
static bool in_step(const struct array *a)
{
	return a->status.activity != MDSTAT_RESYNC;
}

bool manage_works(const struct array *a)
{
	return enough_without(a, true, NULL, true);
}

bool manage_lost(const struct array *a)
{
	return manage_works(a) && !enough_without(a, true, NULL, false);
}

static bool has_copy(const struct array_member *am)
{
	return am->disk.sync && !am->disk.faulty && am->disk.raid_disk >= 0 && !am->disk.journal;
}

/*
 * Also of one that has gone.  What only that has cannot be had now, but is back with it, as long as nobody has
 * written into the other members that it failed: so it is kept like one that is there, and is no help to others.
 */
bool manage_survives(const struct array *a, const struct array_member *without)
{
	return !has_copy(without) || enough_without(a, in_step(a), without, false);
}

bool manage_runs_without(const struct array *a, const struct array_member *without)
{
	return !has_copy(without) || enough_without(a, in_step(a), without, true);
}

/* Without this one and any other: does something go then? */
static bool exposed_without(const struct array *a, const struct array_member *without)
{
	bool *have autofree = xcalloc(slots_of(a) + 1, sizeof(*have));

	slots_without(a, without, false, have);
	for (uint32_t slot = 0; slot < slots_of(a); slot++) {
		bool still;

		if (!have[slot])
			continue;
		have[slot] = false;
		still = enough(a, true, have);
		have[slot] = true;
		if (!still)
			return true;
	}
	return false;
}

static uint32_t count_spares(const struct array *a)
{
	uint32_t n = 0;

	for (size_t i = 0; i < a->n_member; i++) {
		const struct md_disk *d = &a->member[i].disk;

		n += d->raid_disk < 0 && !d->faulty && !d->journal && !d->removed;
	}
	return n;
}

static bool has_spare(const struct array *a)
{
	return count_spares(a) > 0;
}

/* Slots that nobody is in, or being copied to. */
static uint32_t count_vacant(const struct array *a)
{
	bool *taken autofree = xcalloc(slots_of(a) + 1, sizeof(*taken));
	uint32_t n = slots_of(a);

	for (size_t i = 0; i < a->n_member; i++) {
		const struct md_disk *d = &a->member[i].disk;

		if (d->raid_disk < 0 || (uint32_t)d->raid_disk >= slots_of(a) || d->faulty || d->journal ||
		    taken[d->raid_disk])
			continue;
		taken[d->raid_disk] = true;
		n--;
	}
	return n;
}

uint32_t manage_lacks(const struct array *a)
{
	bool *have autofree = xcalloc(slots_of(a) + 1, sizeof(*have));
	uint32_t n = array_slots(a, have);

	return n < a->geo.raid_disks ? a->geo.raid_disks - n : 0;
}

bool manage_degraded(const struct array *a)
{
	return manage_lacks(a) > 0;
}

bool manage_frozen(const struct manage *m)
{
	int dir autoclose = sysfs_open_md(m->devnm);
	char now[20];

	return dir >= 0 && !sysfs_get(dir, "sync_action", now, sizeof(now)) && !strcmp(now, "frozen");
}

/* Somebody wanted that, or was killed before he took it back. */
static void tell_frozen(const struct manage *m)
{
	if (!m->holds && manage_frozen(m))
		say_error("%s is frozen: nothing is copied until mdadm --action=idle %s", m->path, m->path);
}

/* --- sentences --- */

static const char *meanwhile(bool exposed)
{
	return exposed ? "no redundancy meanwhile" : "some redundancy is left meanwhile";
}

char *manage_size(uint64_t sectors, char out[MANAGE_SIZE])
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB" };
	double n = (double)sectors / 2;
	size_t i = 0;

	while (n >= 1024 && i < ARRAY_SIZE(unit) - 1) {
		n /= 1024;
		i++;
	}
	snprintf(out, MANAGE_SIZE, n < 10 && i ? "%.1f %s" : "%.0f %s", n, unit[i]);
	return out;
}

static char *size_of(const struct array *a, char out[MANAGE_SIZE])
{
	return manage_size(a->geo.size_sec, out);
}

void manage_tell_fail(const struct manage *m, const struct target *t)
{
	const struct array *a = m->array;
	char size[MANAGE_SIZE];

	if (!t->member || !t->member->disk.sync || t->member->disk.faulty ||
	    !level_has_redundancy(a->geo.level))
		return;
	tell_frozen(m);
	if (has_spare(a))
		say_note("failing %s: full rebuild of %s on a spare, %s; while %s still reads, --replace keeps redundancy",
			 t->shown, size_of(a, size), meanwhile(exposed_without(a, t->member)), t->shown);
	else if (exposed_without(a, t->member))
		say_note("failing %s: %s has no redundancy then, and no spare", t->shown, m->path);
}

void manage_tell_add(const struct manage *m, const char *shown)
{
	const struct array *a = m->array;
	char size[MANAGE_SIZE];

	if (!level_has_redundancy(a->geo.level))
		return;
	tell_frozen(m);
	if (count_vacant(a) > count_spares(a))
		say_note("adding %s: full rebuild of %s, %s", shown, size_of(a, size),
			 meanwhile(exposed_without(a, NULL)));
	else
		say_verbose("adding %s: it is a spare, nothing is copied now", shown);
}

void manage_tell_replace(const struct manage *m, const struct target *t)
{
	char size[MANAGE_SIZE];

	tell_frozen(m);
	say_note("replacing %s: %s are copied, its redundancy stays meanwhile%s", t->shown,
		 size_of(m->array, size), has_spare(m->array) ? "" : "; begins when there is a spare");
}

/* --- the bitmap --- */

/* More than any place beside the data has room for; what says more is no bitmap. */
#define BITMAP_BYTES_MAX (64U << 20)

/* Sectors of a member that the bitmap on b says are not in sync everywhere; UINT64_MAX: unknown. */
static uint64_t dirty_sec(struct blkdev *b, uint64_t at)
{
	uint8_t head[BITMAP_HEAD_BYTES], *bytes autofree = NULL;
	struct bitmap_head h;
	uint64_t bits, len, dirty;

	if (blk_read_now(b, at, head, sizeof(head), NULL) ||
	    bitmap_decode((struct span){ head, sizeof(head) }, &h, NULL) || bitmap_check(&h, NULL) ||
	    bitmap_unchosen(&h))
		return UINT64_MAX;
	bits = bitmap_head_bits(&h);
	if (bits / bitmap_bits_in_byte(&h) >= BITMAP_BYTES_MAX)
		return UINT64_MAX;
	len = (bits + bitmap_bits_in_byte(&h) - 1) / bitmap_bits_in_byte(&h);
	bytes = xcalloc(1, len + 1);
	if (blk_read_now(b, at + bitmap_bits_at(&h), bytes, len, NULL))
		return UINT64_MAX;
	dirty = bitmap_count(&h, (struct span){ bytes, len }, bits);
	if (__builtin_mul_overflow(dirty, h.chunk_bytes / SECTOR_BYTES, &dirty))
		return h.sync_size_sec;
	return MIN(dirty, h.sync_size_sec);
}

static uint64_t gap_sec(const struct array *a)
{
	struct blkdev *file cleanup(blk_cleanup) = NULL;

	if (a->bitmap_file)
		return blk_open(a->bitmap_file, BLK_READ, &file, NULL) ? UINT64_MAX : dirty_sec(file, 0);
	for (size_t i = 0; i < a->n_member; i++) {
		struct blkdev *b cleanup(blk_cleanup) = NULL;
		struct super *s cleanup(super_cleanup) = NULL;
		const struct array_member *am = &a->member[i];
		uint64_t at;

		if (!am->disk.sync || am->disk.faulty || !am->path ||
		    blk_open(am->path, BLK_READ, &b, NULL) ||
		    super_load(b, NULL, SUPER_ANY_MINOR, 0, &s, NULL) || !s->fmt->bitmap_at(s, &at))
			continue;
		return dirty_sec(b, at);
	}
	return UINT64_MAX;
}

void manage_tell_readd(const struct manage *m, const char *shown)
{
	uint64_t gap = gap_sec(m->array);
	char size[MANAGE_SIZE];

	if (gap == UINT64_MAX)
		say_note("re-adding %s", shown);
	else
		say_note("re-adding %s: the bitmap covers the gap, %s to copy at most", shown,
			 manage_size(gap, size));
}
