// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super0-update.c - what each word of --assemble --update does to a loaded 0.90 superblock, and the 1.0
 * superblock that can take its place.  Pure: changes are made in memory, and stored by super0.c.
 */
#include <errno.h>
#include <string.h>

#include "super0.h"
#include "super1.h"
#include "util.h"

#define VERSION_PLAIN 90
#define SPARC_GAP_WORD 39          /* where that kernel left a word out */

typedef int update_fn(struct super0_super *s, const struct update_values *v, struct err *err);

#define refuse super_update_refuse

/* --- identity --- */

/* The bitmap says whose it is. */
static void take_uuid(struct super0_super *s, const struct uuid *uuid)
{
	s->sb.uuid = *uuid;
	if (!(s->sb.state & SUPER0_BITMAP))
		return;
	s->bitmap.uuid = uuid_swap_words(uuid);
	s->bitmap_changed = true;
}

static int update_uuid(struct super0_super *s, const struct update_values *v, struct err *err)
{
	struct uuid uuid = v->uuid;

	(void)err;
	if (!v->uuid_given && *v->homehost)
		super0_home_words(v->homehost, uuid.b + 8);
	take_uuid(s, &uuid);
	return 0;
}

static int update_homehost(struct super0_super *s, const struct update_values *v,
			   struct err *err)
{
	struct uuid uuid = s->sb.uuid;

	if (!*v->homehost)
		return super_update_no_host(v, err);
	super0_home_words(v->homehost, uuid.b + 8);
	take_uuid(s, &uuid);
	return 0;
}

static int update_super_minor(struct super0_super *s, const struct update_values *v,
			      struct err *err)
{
	(void)err;
	s->sb.md_minor = (uint32_t)v->md_minor;
	return 0;
}

/* --- state --- */

static int update_resync(struct super0_super *s, const struct update_values *v, struct err *err)
{
	(void)v;
	(void)err;
	s->sb.state &= ~(uint32_t)SUPER0_CLEAN;
	s->sb.recovery_cp_sec = 0;
	return 0;
}

static int update_no_bitmap(struct super0_super *s, const struct update_values *v,
			    struct err *err)
{
	(void)v;
	(void)err;
	s->sb.state &= ~(uint32_t)SUPER0_BITMAP;
	s->bitmap_damaged = false;
	return 0;
}

/* Counts what the descriptors say. */
static int update_summaries(struct super0_super *s, const struct update_values *v,
			    struct err *err)
{
	struct super0 *sb = &s->sb;

	(void)v;
	(void)err;
	sb->nr_disks = sb->active = sb->working = sb->failed = sb->spare = 0;
	for (size_t i = 0; i < SUPER0_MAX_DEVS; i++) {
		const struct super0_disk *d = &sb->disk[i];

		if (!d->major && !d->minor)
			continue;
		sb->nr_disks++;
		if (d->state & SUPER0_DISK_FAULTY) {
			sb->failed++;
			continue;
		}
		sb->working++;
		if (d->state & SUPER0_DISK_ACTIVE)
			sb->active++;
		else
			sb->spare++;
	}
	return 0;
}

/* --- what other machines wrote --- */

/* Each descriptor of a device has its own place for a number, and this device has one. */
static bool describes_itself(const struct super0 *sb)
{
	const struct super0_disk *this = &sb->this_disk;
	const struct super0_disk *d = &sb->disk[MIN(this->number, SUPER0_MAX_DEVS - 1u)];

	for (uint32_t i = 0; i < SUPER0_MAX_DEVS; i++)
		if ((sb->disk[i].major || sb->disk[i].minor) &&
		    (sb->disk[i].number != i || !sb->disk[i].major))
			return false;
	return this->major && d->number == this->number && d->raid_disk == this->raid_disk &&
	       d->major == this->major && d->minor == this->minor;
}

/*
 * A patched Linux 2.2 on SPARC put an empty word in front of word 39.  To take a word out of a
 * superblock that is right would wreck it.
 */
static int update_sparc22(struct super0_super *s, const struct update_values *v,
			  struct err *err)
{
	uint8_t bytes[SUPER0_BYTES];
	struct super0 moved;
	int rc;

	super0_encode(&s->sb, bytes);
	memmove(bytes + 4 * SPARC_GAP_WORD, bytes + 4 * (SPARC_GAP_WORD + 1),
		SUPER0_BYTES - 4 * (SPARC_GAP_WORD + 1));
	rc = super0_decode((struct span){ bytes, sizeof(bytes) }, &moved, err);
	if (rc || describes_itself(&s->sb) || !describes_itself(&moved))
		return refuse(v, err, "its superblock is not one of a SPARC with Linux 2.2");
	s->sb = moved;
	return 0;
}

/* The superblock was loaded in the other order, and is stored in that of this host. */
static int update_byteorder(struct super0_super *s, const struct update_values *v,
			    struct err *err)
{
	if (s->base.minor != SUPER0_SWAPPED)
		return refuse(v, err, "its byte order is that of this host");
	if (s->sb.minor_version != VERSION_PLAIN)
		return refuse(v, err, "its array is being reshaped");
	s->base.minor = VERSION_PLAIN;
	take_uuid(s, &s->sb.uuid);
	return 0;
}

/* --- reshape --- */

static int update_revert_reshape(struct super0_super *s, const struct update_values *v,
				 struct err *err)
{
	struct super0 *sb = &s->sb;
	struct geometry old = { sb->level, sb->layout, sb->chunk_bytes / (uint32_t)SECTOR_BYTES,
				sb->raid_disks - (uint32_t)sb->delta_disks,
				2 * (uint64_t)sb->size_kib };
	uint64_t unit = sb->new_chunk_bytes / SECTOR_BYTES * geometry_data_disks(&old);

	if (sb->minor_version == VERSION_PLAIN || sb->reshape_position_sec == UINT64_MAX)
		return err_set(err, -EINVAL, "No active reshape to revert on %s", v->path);
	if (!sb->delta_disks)
		return refuse(v, err, "0.90 metadata cannot turn back a reshape that keeps the number of "
			      "devices");
	if (!unit || sb->reshape_position_sec % unit)
		return err_set(err, -EINVAL, "Reshape position is not suitably aligned.\n"
			       "Try normal assembly and stop again");
	sb->raid_disks -= (uint32_t)sb->delta_disks;
	sb->delta_disks = -sb->delta_disks;
	swap_u32((uint32_t *)&sb->level, &sb->new_level);
	swap_u32(&sb->layout, &sb->new_layout);
	swap_u32(&sb->chunk_bytes, &sb->new_chunk_bytes);
	return 0;
}

static update_fn *const updates[SUPER_UPDATES] = {
	[UPDATE_SPARC22] = update_sparc22,
	[UPDATE_SUPER_MINOR] = update_super_minor,
	[UPDATE_UUID] = update_uuid,
	[UPDATE_RESYNC] = update_resync,
	[UPDATE_SUMMARIES] = update_summaries,
	[UPDATE_HOMEHOST] = update_homehost,
	[UPDATE_BYTEORDER] = update_byteorder,
	[UPDATE_NO_BITMAP] = update_no_bitmap,
	[UPDATE_REVERT_RESHAPE] = update_revert_reshape,
};

int super0_update(struct super *s, const struct update_values *v, struct err *err)
{
	struct super0_super *own = super0_own(s);
	update_fn *update = updates[v->what];
	int rc;

	if (!update)
		return SUPER_NO_SUCH_UPDATE;
	if (own->bitmap_damaged && (v->what == UPDATE_UUID || v->what == UPDATE_HOMEHOST))
		return super_update_damaged(v, err);
	rc = update(own, v, err);
	return rc ? rc : super_update_checked(v, err, super0_check(&own->sb, err));
}

/* --- 1.0 in its place --- */

static int check_convertible(const struct super0_super *s, const struct update_values *v,
			     struct err *err)
{
	const struct super0 *sb = &s->sb;

	if (sb->state & SUPER0_BITMAP)
		return refuse(v, err, "it has a write-intent bitmap, remove that first "
			      "(--update=no-bitmap)");
	if (!(sb->state & SUPER0_CLEAN))
		return refuse(v, err, "its array is not clean, start it and let it finish first");
	if (sb->minor_version != VERSION_PLAIN)
		return refuse(v, err, "its array is being reshaped");
	if (super1_place_sec(0, s->base.dev_sec) == UINT64_MAX)
		return refuse(v, err, "it is too small");
	return 0;
}

static uint16_t role_of(const struct super0_disk *d)
{
	bool in_sync = d->state & SUPER0_DISK_SYNC && !(d->state & SUPER0_DISK_FAULTY);

	return in_sync && d->raid_disk < SUPER0_MAX_DEVS ? (uint16_t)d->raid_disk :
		SUPER1_ROLE_SPARE;
}

/* The data stays where it is, and the 1.0 superblock goes behind the old one, which stays. */
static void fill_super1(const struct super0_super *s, struct super1 *to)
{
	const struct super0 *sb = &s->sb;

	to->set_uuid = sb->uuid;
	super1_set_name(to, "", (int)MIN(sb->md_minor, (uint32_t)INT32_MAX), "");
	/* later, so that of the two this one counts */
	to->ctime = (uint64_t)sb->ctime + 1;
	to->level = sb->level;
	to->layout = sb->layout;
	to->size_sec = 2 * (uint64_t)sb->size_kib;
	to->chunk_sec = sb->chunk_bytes / (uint32_t)SECTOR_BYTES;
	to->raid_disks = sb->raid_disks;
	to->super_offset_sec = super1_place_sec(0, s->base.dev_sec);
	/* RAID0 and linear use all there is, and record no size */
	to->data_size_sec = to->size_sec ?: super0_place_sec(s->base.dev_sec);
	to->dev_number = sb->this_disk.number;
	to->utime = sb->utime;
	to->resync_offset_sec = SUPER1_RESYNC_DONE;
	to->max_dev = SUPER0_MAX_DEVS;
	for (size_t i = 0; i < SUPER0_MAX_DEVS; i++)
		to->role[i] = role_of(&sb->disk[i]);
}

int super0_convert(const struct super *s, const struct update_values *v, struct super **out,
		   struct err *err)
{
	const struct super0_super *own = super0_of(s);
	struct super1_super *to autofree = NULL;
	int rc;

	if (v->what != UPDATE_METADATA)
		return SUPER_NO_SUCH_UPDATE;
	rc = check_convertible(own, v, err);
	if (rc)
		return rc;
	to = xcalloc(1, sizeof(*to));
	to->base = (struct super){ &super1, 0, s->dev_sec };
	to->unread = true;
	fill_super1(own, &to->sb);
	to->sb.events = v->keep_events ? own->sb.events : 0;
	to->sb.device_uuid = v->device_uuid;
	rc = super1_check(&to->sb, s->dev_sec, err);
	if (rc)
		return err_prefix(err, rc, "--update=metadata cannot be done to %s: ", v->path);
	*out = &steal(to)->base;
	return 0;
}
