// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super1-update.c - what each word of --assemble --update does to a loaded 1.x superblock.  Pure:
 * changes are made in memory, and stored by super1.c.  A word that has no row here is none of 1.x.
 */
#include <errno.h>
#include <string.h>

#include "bitmap-codec.h"
#include "super1.h"
#include "util.h"

#define BBLOG_SEC 8                /* a page: 512 entries */
#define BBLOG_GAP_SEC 72           /* left in front of a new log: 4 KiB, and 32 KiB for a bitmap */
#define SUPER_SEC 8                /* the 4 KiB of a superblock */
#define PPL_SEC 2048
#define PPL_HEAD_SEC 8
#define PPL_STRIPE_SEC 256
#define PPL_MIN_SEC 16
#define PPL_REACH_SEC 32768        /* as far as 16 bits count downwards */

typedef int update_fn(struct super1_super *s, const struct update_values *v, struct err *err);

#define refuse super_update_refuse

/* --- identity --- */

/* The bitmap says whose it is. */
static int update_uuid(struct super1_super *s, const struct update_values *v, struct err *err)
{
	(void)err;
	s->sb.set_uuid = v->uuid;
	if (s->sb.feature_map & SUPER1_F_BITMAP) {
		s->bitmap.uuid = v->uuid;
		s->bitmap_changed = true;
	}
	return 0;
}

static int update_name(struct super1_super *s, const struct update_values *v, struct err *err)
{
	(void)err;
	super1_set_name(&s->sb, v->name, v->md_minor, v->homehost);
	return 0;
}

/* The part behind the host stays. */
static int update_homehost(struct super1_super *s, const struct update_values *v,
			   struct err *err)
{
	char name[SUPER1_NAME_BYTES + 1] = "";

	if (!*v->homehost)
		return super_update_no_host(v, err);
	memcpy(name, s->sb.name, SUPER1_NAME_BYTES);
	if (strlen(v->homehost) + 1 + strlen(super_bare_name(name)) >= SUPER1_NAME_BYTES)
		return refuse(v, err, "with that host its name would be longer than 32 bytes");
	super1_set_name(&s->sb, super_bare_name(name), v->md_minor, v->homehost);
	return 0;
}

/* --- state --- */

static int update_resync(struct super1_super *s, const struct update_values *v, struct err *err)
{
	(void)v;
	(void)err;
	s->sb.resync_offset_sec = 0;
	return 0;
}

static int update_devicesize(struct super1_super *s, const struct update_values *v,
			     struct err *err)
{
	(void)v;
	(void)err;
	if (s->sb.super_offset_sec >= s->sb.data_offset_sec)
		return SUPER_NO_SUCH_UPDATE;
	s->sb.data_size_sec = s->base.dev_sec - s->sb.data_offset_sec;
	return 0;
}

static int update_no_bitmap(struct super1_super *s, const struct update_values *v,
			    struct err *err)
{
	(void)v;
	(void)err;
	s->sb.feature_map &= ~(uint32_t)SUPER1_F_BITMAP;
	/* only it knew which chunks were never in sync, as they were never written */
	if (s->bitmap_version == BITMAP_VERSION_LOCKLESS)
		s->sb.resync_offset_sec = 0;
	s->bitmap_damaged = false;
	s->bitmap_version = 0;
	return 0;
}

static int update_home_cluster(struct super1_super *s, const struct update_values *v,
			       struct err *err)
{
	if (!(s->sb.feature_map & SUPER1_F_BITMAP) || !s->bitmap.nodes)
		return refuse(v, err, "it has no bitmap of a cluster");
	return refuse(v, err, "--home-cluster is not available in this version");
}

/* --- the log of bad blocks --- */

/* Sectors from the superblock at which what lies there before the log ends. */
static int64_t logs_end_sec(const struct super1_super *s)
{
	const struct super1 *sb = &s->sb;
	int64_t end = SUPER_SEC;

	if (sb->feature_map & SUPER1_F_BITMAP)
		end = MAX(end, sb->bitmap_offset_sec + (int64_t)super1_bitmap_sec(s));
	if (sb->feature_map & SUPER1_F_PPLS)
		end = MAX(end, super1_ppl_offset_sec(sb) + (int64_t)super1_ppl_size_sec(sb));
	return end;
}

/*
 * In front of the data, with room for a bitmap before it where there is some.  4.2 takes the
 * place for one on the device, not one from the superblock, and so puts the log of 1.2 over the first
 * data where these begin within 48 KiB.
 */
static int place_in_front(struct super1_super *s, const struct update_values *v, struct err *err)
{
	struct super1 *sb = &s->sb;
	int64_t last = (int64_t)(sb->data_offset_sec - sb->super_offset_sec) - BBLOG_SEC;
	int64_t end = logs_end_sec(s), wanted = (int64_t)sb->super_offset_sec + BBLOG_GAP_SEC;

	wanted = MIN(MAX(wanted, end), last - (last & 7));
	if (wanted < end)
		return refuse(v, err, "there is no room for a log of bad blocks in front of its data");
	sb->bblog_offset_sec = (int32_t)wanted;
	return 0;
}

static int place_behind(struct super1_super *s, const struct update_values *v, struct err *err)
{
	struct super1 *sb = &s->sb;
	uint64_t used = sb->data_offset_sec + MAX(sb->size_sec, sb->data_size_sec);
	bool taken = sb->feature_map & SUPER1_F_BITMAP && sb->bitmap_offset_sec < 0 &&
		sb->bitmap_offset_sec + (int64_t)super1_bitmap_sec(s) > -BBLOG_SEC;

	taken |= sb->feature_map & SUPER1_F_PPLS &&
		super1_ppl_offset_sec(sb) + super1_ppl_size_sec(sb) > -BBLOG_SEC;
	if (taken || used > sb->super_offset_sec - BBLOG_SEC)
		return refuse(v, err, "there is no room for a log of bad blocks between its data and "
			      "its superblock");
	sb->bblog_offset_sec = -BBLOG_SEC;
	return 0;
}

/* A log with something in it stays where it is. */
static int update_bbl(struct super1_super *s, const struct update_values *v, struct err *err)
{
	struct super1 *sb = &s->sb;
	int rc;

	if (sb->feature_map & SUPER1_F_BAD_BLOCKS)
		return 0;
	rc = super1_minor(sb) ? place_in_front(s, v, err) : place_behind(s, v, err);
	if (rc)
		return rc;
	sb->bblog_size_sec = BBLOG_SEC;
	sb->bblog_shift = 0;
	return 0;
}

static int update_force_no_bbl(struct super1_super *s, const struct update_values *v,
			       struct err *err)
{
	struct super1 *sb = &s->sb;

	(void)v;
	(void)err;
	sb->feature_map &= ~(uint32_t)SUPER1_F_BAD_BLOCKS;
	sb->bblog_shift = 0;
	sb->bblog_size_sec = 0;
	sb->bblog_offset_sec = 0;
	return 0;
}

static int update_no_bbl(struct super1_super *s, const struct update_values *v, struct err *err)
{
	if (s->sb.feature_map & SUPER1_F_BAD_BLOCKS)
		return refuse(v, err, "its log of bad blocks is not empty, and without it these would be "
			      "read as good data (--update=force-no-bbl does it all the same)");
	return update_force_no_bbl(s, v, err);
}

/* --- PPL --- */

/* Its place from the superblock, and the room there. */
static void ppl_place(const struct super1 *sb, int64_t *offset_sec, int64_t *room_sec)
{
	if (super1_minor(sb)) {
		*offset_sec = SUPER_SEC;
		*room_sec = sb->bblog_size_sec ? sb->bblog_offset_sec - SUPER_SEC :
			(int64_t)(sb->data_offset_sec - sb->super_offset_sec) - SUPER_SEC;
		return;
	}
	*room_sec = (int64_t)(sb->super_offset_sec - sb->data_offset_sec - sb->data_size_sec);
	*room_sec = MIN(*room_sec, (int64_t)PPL_REACH_SEC);
	*offset_sec = -*room_sec;
	if (sb->bblog_size_sec)
		*room_sec += sb->bblog_offset_sec;
}

static int update_ppl(struct super1_super *s, const struct update_values *v, struct err *err)
{
	struct super1 *sb = &s->sb;
	int64_t offset, room, want = PPL_HEAD_SEC + MAX(sb->chunk_sec, (uint32_t)PPL_STRIPE_SEC);

	if (sb->level != LEVEL_RAID5)
		return refuse(v, err, "a partial parity log is for RAID5 only");
	if (sb->feature_map & SUPER1_F_BITMAP)
		return refuse(v, err, "it has a write-intent bitmap, remove that first "
			      "(--update=no-bitmap)");
	if (sb->feature_map & SUPER1_F_JOURNAL)
		return refuse(v, err, "it has a write journal");
	if (sb->feature_map & SUPER1_F_PPLS)
		return 0;
	/* the new log is empty: with it the array would count as clean, and start degraded as it is */
	if (sb->resync_offset_sec != SUPER1_RESYNC_DONE)
		return refuse(v, err, "it is not clean, and an empty partial parity log would hide that: "
			      "assemble it without --update first, and let it resync");
	ppl_place(sb, &offset, &room);
	room = room >= PPL_SEC ? PPL_SEC : MIN(room, want);
	if (room < PPL_MIN_SEC)
		return refuse(v, err, "there is not enough space between superblock and data for a "
			      "partial parity log (--update=no-bbl may make some)");
	sb->bitmap_offset_sec = (int32_t)((uint32_t)(uint16_t)offset | (uint32_t)room << 16);
	sb->feature_map |= SUPER1_F_PPL;
	s->ppl_new = true;
	return 0;
}

static int update_no_ppl(struct super1_super *s, const struct update_values *v, struct err *err)
{
	(void)v;
	(void)err;
	s->sb.feature_map &= ~(uint32_t)SUPER1_F_PPLS;
	return 0;
}

/* --- the layout of RAID0 --- */

static int set_layout(struct super1_super *s, const struct update_values *v, uint32_t layout,
		      struct err *err)
{
	struct super1 *sb = &s->sb;

	if (sb->level != LEVEL_RAID0)
		return err_set(err, -EINVAL, "%s: %s only supported for RAID0", v->path,
			       super_update_word(v->what));
	sb->layout = layout;
	sb->feature_map &= ~(uint32_t)SUPER1_F_RAID0_LAYOUT;
	if (layout)
		sb->feature_map |= SUPER1_F_RAID0_LAYOUT;
	return 0;
}

static int update_layout_original(struct super1_super *s, const struct update_values *v,
				  struct err *err)
{
	return set_layout(s, v, 1, err);
}

static int update_layout_alternate(struct super1_super *s, const struct update_values *v,
				   struct err *err)
{
	return set_layout(s, v, 2, err);
}

static int update_layout_unspecified(struct super1_super *s, const struct update_values *v,
				     struct err *err)
{
	return set_layout(s, v, 0, err);
}

/* --- reshape --- */

/* Of what is in the data now, the part that has been reshaped ends at a stripe of both shapes? */
static bool at_whole_stripe(const struct super1 *sb)
{
	struct geometry old = { sb->level, sb->layout, sb->chunk_sec,
				sb->raid_disks - (uint32_t)sb->delta_disks, sb->size_sec };
	uint64_t unit = (uint64_t)sb->new_chunk_sec * geometry_data_disks(&old);

	return unit && sb->reshape_position_sec % unit == 0;
}

static void swap_offsets(struct super1 *sb)
{
	int32_t by = sb->new_offset_sec;

	if (!(sb->feature_map & SUPER1_F_NEW_OFFSET))
		return;
	sb->data_offset_sec += (uint64_t)(int64_t)by;
	sb->data_size_sec -= (uint64_t)(int64_t)by;
	sb->new_offset_sec = -by;
}

/* What was the target becomes what is, and the reshape goes back. */
static int update_revert_reshape(struct super1_super *s, const struct update_values *v,
				 struct err *err)
{
	struct super1 *sb = &s->sb;

	if (!(sb->feature_map & SUPER1_F_RESHAPE))
		return err_set(err, -EINVAL, "No active reshape to revert on %s", v->path);
	if ((sb->level == LEVEL_RAID4 || sb->level == LEVEL_RAID5 || sb->level == LEVEL_RAID6) &&
	    !at_whole_stripe(sb))
		return err_set(err, -EINVAL, "Reshape position is not suitably aligned.\n"
			       "Try normal assembly and stop again");
	sb->raid_disks -= (uint32_t)sb->delta_disks;
	sb->delta_disks = -sb->delta_disks;
	swap_u32((uint32_t *)&sb->level, &sb->new_level);
	swap_u32(&sb->layout, &sb->new_layout);
	swap_u32(&sb->chunk_sec, &sb->new_chunk_sec);
	if (!sb->delta_disks)
		sb->feature_map ^= SUPER1_F_RESHAPE_BACKWARDS;
	swap_offsets(sb);
	return 0;
}

static update_fn *const updates[SUPER_UPDATES] = {
	[UPDATE_UUID] = update_uuid,
	[UPDATE_NAME] = update_name,
	[UPDATE_RESYNC] = update_resync,
	[UPDATE_HOMEHOST] = update_homehost,
	[UPDATE_HOME_CLUSTER] = update_home_cluster,
	[UPDATE_DEVICESIZE] = update_devicesize,
	[UPDATE_NO_BITMAP] = update_no_bitmap,
	[UPDATE_REVERT_RESHAPE] = update_revert_reshape,
	[UPDATE_BBL] = update_bbl,
	[UPDATE_NO_BBL] = update_no_bbl,
	[UPDATE_FORCE_NO_BBL] = update_force_no_bbl,
	[UPDATE_PPL] = update_ppl,
	[UPDATE_NO_PPL] = update_no_ppl,
	[UPDATE_LAYOUT_ORIGINAL] = update_layout_original,
	[UPDATE_LAYOUT_ALTERNATE] = update_layout_alternate,
	[UPDATE_LAYOUT_UNSPECIFIED] = update_layout_unspecified,
};

int super1_update(struct super *s, const struct update_values *v, struct err *err)
{
	struct super1_super *own = super1_own(s);
	update_fn *update = updates[v->what];
	int rc;

	if (!update)
		return SUPER_NO_SUCH_UPDATE;
	/* stored with the rest, the bit of a bitmap that is not to be had would be lost */
	if (own->bitmap_damaged && v->what != UPDATE_NO_BITMAP)
		return super_update_damaged(v, err);
	rc = update(own, v, err);
	return rc ? rc : super_update_checked(v, err, super1_check(&own->sb, s->dev_sec, err));
}
