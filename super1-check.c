// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super1-check.c - can an array be made of what a 1.x superblock says?  Beyond what its
 * codec refuses, and before anything is handed to the kernel or written.  Pure.
 */
#include <errno.h>

#include "super1.h"
#include "util.h"

#define DATA_MIN_SEC 10            /* fewer the kernel does not take */
#define BBLOG_MAX_SEC 8            /* a page: no more does the kernel read */

static bool is_journal(const struct super1 *sb)
{
	return super1_role_of(sb, sb->dev_number) == SUPER1_ROLE_JOURNAL;
}

/* Where the data must have ended: at the superblock behind it, or at the end of the device. */
static uint64_t data_end_sec(const struct super1 *sb, uint64_t dev_sec)
{
	return super1_minor(sb) == 0 ? sb->super_offset_sec : dev_sec;
}

static uint64_t super_end_sec(const struct super1 *sb)
{
	return sb->super_offset_sec +
	       round_up_u64(super1_bytes(sb->max_dev), SECTOR_BYTES) / SECTOR_BYTES;
}

static int check_features(const struct super1 *sb, struct err *why)
{
	uint32_t unknown = sb->feature_map & ~(uint32_t)SUPER1_F_ALL;

	if (unknown)
		return err_set(why, -EINVAL, "it has features (0x%x) that this version does not know",
			       unknown);
	if (super1_pads(sb))
		return err_set(why, -EINVAL, "it has fields (in bytes 12 or 228 to 255) that this "
			       "version does not know");
	if (sb->feature_map & SUPER1_F_RAID0_LAYOUT && sb->level != LEVEL_RAID0)
		return err_set(why, -EINVAL, "it has the layout of a raid0 and is %s",
			       level_name(sb->level));
	return 0;
}

static int check_geometry(const struct super1 *sb, struct err *why)
{
	struct geometry now = { sb->level, sb->layout, sb->chunk_sec, sb->raid_disks,
				sb->size_sec };
	struct geometry target = { (int)sb->new_level, sb->new_layout, sb->new_chunk_sec,
				   sb->raid_disks, sb->size_sec };
	int64_t before = (int64_t)sb->raid_disks - sb->delta_disks;
	int rc = geometry_check(&now, why);

	if (rc || !(sb->feature_map & SUPER1_F_RESHAPE))
		return rc;
	if (before < 1 || before > SUPER1_MAX_DEVS)
		return err_set(why, -EINVAL, "it is being reshaped from %lld devices, which cannot be",
			       (long long)before);
	rc = geometry_check(&target, why);
	return rc ? err_prefix(why, rc, "the shape that it is given: ") : 0;
}

static int check_data_start(const struct super1 *sb, int64_t by_sec, uint64_t dev_sec,
			    struct err *why)
{
	uint64_t end = data_end_sec(sb, dev_sec), at = sb->data_offset_sec + (uint64_t)by_sec;
	bool inside = super1_minor(sb) != 0 && at < super_end_sec(sb);

	if (sb->data_offset_sec < end && at < end && !inside)
		return 0;
	return err_set(why, -EINVAL, "its data begins at sector %llu, %s", (unsigned long long)at,
		       inside ? "inside the superblock" : "where the device has no room for it");
}

static int check_data(const struct super1 *sb, uint64_t dev_sec, struct err *why)
{
	const uint32_t moving = SUPER1_F_RESHAPE | SUPER1_F_NEW_OFFSET;
	int rc = check_data_start(sb, 0, dev_sec, why);

	if (!rc && (sb->feature_map & moving) == moving)
		rc = check_data_start(sb, sb->new_offset_sec, dev_sec, why);
	if (rc)
		return rc;
	if (sb->data_size_sec < DATA_MIN_SEC)
		return err_set(why, -EINVAL, "it offers %llu sectors for data",
			       (unsigned long long)sb->data_size_sec);
	if (sb->level > 0 && !is_journal(sb) && sb->size_sec > sb->data_size_sec)
		return err_set(why, -EINVAL, "it offers %llu sectors for data and %llu are used",
			       (unsigned long long)sb->data_size_sec,
			       (unsigned long long)sb->size_sec);
	return 0;
}

/* What lies by_sec from the superblock: within the device, and not in the superblock? */
static bool has_room(const struct super1 *sb, int64_t by_sec, uint64_t len_sec, uint64_t dev_sec)
{
	int64_t at = (int64_t)sb->super_offset_sec + by_sec;

	if (at < 0 || (uint64_t)at >= dev_sec || len_sec > dev_sec - (uint64_t)at)
		return false;
	return (uint64_t)at >= super_end_sec(sb) ||
	       (uint64_t)at + len_sec <= sb->super_offset_sec;
}

static bool in_data(const struct super1 *sb, int64_t by_sec)
{
	uint64_t at = (uint64_t)((int64_t)sb->super_offset_sec + by_sec);
	uint64_t used = sb->level > 0 ? sb->size_sec : sb->data_size_sec;

	return at >= sb->data_offset_sec && at - sb->data_offset_sec < used;
}

uint64_t super1_room_sec(const struct super1 *sb, int64_t by_sec, uint64_t dev_sec)
{
	uint64_t at = sb->super_offset_sec + (uint64_t)by_sec, end = dev_sec;

	if (!has_room(sb, by_sec, 1, dev_sec) || in_data(sb, by_sec))
		return 0;
	if (at < sb->super_offset_sec)
		end = MIN(end, sb->super_offset_sec);
	if (at < sb->data_offset_sec)
		end = MIN(end, sb->data_offset_sec);
	return end - at;
}

static int check_logs(const struct super1 *sb, uint64_t dev_sec, struct err *why)
{
	int32_t bitmap = sb->bitmap_offset_sec, bad = sb->bblog_offset_sec;

	if (sb->feature_map & SUPER1_F_BITMAP &&
	    (!has_room(sb, bitmap, 1, dev_sec) || in_data(sb, bitmap)))
		return err_set(why, -EINVAL, "its bitmap is said to be %d sectors from the superblock, "
			       "where it cannot be", bitmap);
	if (!(sb->feature_map & SUPER1_F_BAD_BLOCKS))
		return 0;
	if (!sb->bblog_size_sec || sb->bblog_size_sec > BBLOG_MAX_SEC || sb->bblog_shift >= 64)
		return err_set(why, -EINVAL, "its list of bad blocks has %u sectors and shift %u",
			       sb->bblog_size_sec, sb->bblog_shift);
	if (!has_room(sb, bad, sb->bblog_size_sec, dev_sec) || in_data(sb, bad))
		return err_set(why, -EINVAL, "its list of bad blocks is said to be %d sectors from the "
			       "superblock, where it cannot be", bad);
	return 0;
}

int super1_check(const struct super1 *sb, uint64_t dev_sec, struct err *why)
{
	int rc = check_features(sb, why);

	if (!rc)
		rc = check_geometry(sb, why);
	if (!rc)
		rc = check_data(sb, dev_sec, why);
	return rc ? rc : check_logs(sb, dev_sec, why);
}

bool super1_fits(const struct super1 *sb, uint64_t dev_sec)
{
	uint64_t need = is_journal(sb) ? sb->data_size_sec :
		MAX(sb->size_sec, sb->data_size_sec);
	uint64_t end = data_end_sec(sb, dev_sec);

	return need <= end && sb->data_offset_sec <= end - need;
}
