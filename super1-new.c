// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super1-new.c - new arrays with 1.x metadata: where data, bitmap and bad block log go, and the
 * superblock of each member.  The other half of super1.c.
 */
#include <errno.h>
#include <string.h>

#include "bitmap-codec.h"
#include "plan.h"
#include "super1.h"
#include "util.h"

#define DATA_ALIGN_SEC 2048        /* data begins at a whole MiB */
#define BBLOG_SEC 8                /* bad block log of 512 entries */
#define BITMAP_AT_SEC 8            /* behind the 4 KiB of the superblock */
#define PPL_SEC 2048                /* partial parity log of a new array */
#define DEFAULT_CHUNK_SEC 1024     /* 512 KiB */
#define DEFAULT_DELAY_S 5
#define BITMAP_VERSION_PLAIN 4
#define LOCKLESS_CHUNK_BYTES (64u << 20)

/* --- sizes of a new array --- */

/*
 * Room that is kept for a bitmap between superblock and data, by the size that
 * the bitmap covers: 128 KiB, 64 KiB or 4 KiB.
 */
static uint64_t bitmap_reserve_sec(uint64_t size_sec)
{
	if (size_sec < 128)
		return 0;
	if (size_sec - 128 >= 200ULL * 1024 * 1024 * 2)
		return 256;
	if (size_sec - 8 > 8ULL * 1024 * 1024 * 2)
		return 128;
	return 8;
}

/*
 * Where data begins by default: superblock and bitmap, and head room for later
 * reshapes of up to 128 MiB, but not more than a thousandth of the device
 * unless the chunk wants it.
 */
static uint64_t default_data_offset_sec(uint64_t dev_sec, uint32_t chunk_sec, uint64_t reserve_sec)
{
	uint64_t headroom = 128 * 1024 * 2;
	uint64_t chunk_kib = chunk_sec / 2;

	while (headroom * 1024 > dev_sec &&
	       (chunk_kib == 0 || headroom / 2 >= 4 * chunk_kib) && headroom > 0)
		headroom /= 2;
	return round_up_u64(24 + reserve_sec + headroom, DATA_ALIGN_SEC);
}

uint64_t super1_avail(const struct space_request *q, uint64_t *data_offset_sec)
{
	uint64_t end, reserve = q->ppl ? PPL_SEC : bitmap_reserve_sec(q->dev_sec);

	if (q->dev_sec < 24)
		return 0;
	if (q->minor == 0) {
		uint64_t below = 16 + 8 + reserve;

		*data_offset_sec = q->have_data_offset ? q->data_offset_sec : 0;
		end = round_down_u64(q->dev_sec, 8);
		end = end > below ? end - below : 0;
	} else {
		*data_offset_sec = q->have_data_offset ? q->data_offset_sec :
			default_data_offset_sec(q->dev_sec, q->chunk_sec, reserve);
		end = q->dev_sec;
	}
	return end > *data_offset_sec ? end - *data_offset_sec : 0;
}

int super1_validate(struct geometry *g, bool have_layout, unsigned spares, struct err *why)
{
	if (g->level == LEVEL_CONTAINER)
		return err_set(why, -EINVAL, "1.x metadata has no containers");
	if (g->raid_disks > SUPER1_MAX_DEVS || spares > SUPER1_MAX_DEVS - g->raid_disks)
		return err_set(why, -EINVAL, "1.x metadata holds at most %d devices",
			       SUPER1_MAX_DEVS);
	if (!g->chunk_sec && level_has_chunk(g->level) && g->level != LEVEL_LINEAR)
		g->chunk_sec = DEFAULT_CHUNK_SEC;
	if (!have_layout)
		g->layout = layout_default(g->level);
	return 0;
}

/* --- making --- */

void super1_set_name(struct super1 *sb, const char *bare, int md_minor, const char *homehost)
{
	char name[16 + SUPER1_NAME_BYTES * 8];
	char number[12];

	if (!*bare) {
		snprintf(number, sizeof(number), "%d", md_minor);
		bare = number;
	}
	if (*homehost && !strchr(bare, ':') &&
	    strlen(homehost) + 1 + strlen(bare) < SUPER1_NAME_BYTES)
		snprintf(name, sizeof(name), "%s:%s", homehost, bare);
	else
		copy_text(name, SUPER1_NAME_BYTES, bare);
	memset(sb->name, 0, sizeof(sb->name));
	memcpy(sb->name, name, MIN(strlen(name), (size_t)SUPER1_NAME_BYTES));
}

static uint32_t role_table_size(uint32_t devices)
{
	return (uint32_t)(round_up_u64(SUPER1_HEAD_BYTES + 2ULL * devices, 512) -
			  SUPER1_HEAD_BYTES) / 2;
}

static uint64_t sync_size_sec(const struct super1 *sb)
{
	return geometry_sync_sec(&(struct geometry){ sb->level, sb->layout, sb->chunk_sec,
						     sb->raid_disks, sb->size_sec });
}

static int choose_plain(struct super1_super *s, const struct bitmap_wish *w, uint64_t room_sec,
			struct err *err)
{
	uint64_t size = sync_size_sec(&s->sb);
	uint32_t chunk_bytes;
	int rc = bitmap_choose_chunk(size, room_sec, w->chunk_bytes, &chunk_bytes);

	if (rc == -ENOSPC)
		return err_set(err, rc, "no room for a bitmap: members of %llu sectors are too small",
			       (unsigned long long)s->sb.size_sec);
	if (rc)
		return err_set(err, rc, "Given bitmap chunk size not supported.");
	s->bitmap_chunk_bytes = chunk_bytes;
	s->bitmap_sec = bitmap_bytes(bitmap_bits(size, chunk_bytes), 4096) / SECTOR_BYTES;
	return 0;
}

/* The chunk is only what 4.6 puts there: the kernel chooses its own. */
static int choose_lockless(struct super1_super *s, const struct bitmap_wish *w, uint64_t room_sec,
			   struct err *err)
{
	if (s->base.minor != 2)
		return err_set(err, -EINVAL, "only 1.2 metadata has lockless bitmaps");
	s->bitmap_reserved_sec = bitmap_lockless_reserved_sec(room_sec);
	if (w->reserved_sec)
		s->bitmap_reserved_sec = MIN(s->bitmap_reserved_sec, w->reserved_sec);
	if (!s->bitmap_reserved_sec)
		return err_set(err, -ENOSPC, "no room for a bitmap between superblock and data");
	s->bitmap_lockless = true;
	s->bitmap_version = BITMAP_VERSION_LOCKLESS;
	s->bitmap_chunk_bytes = LOCKLESS_CHUNK_BYTES;
	s->bitmap_state = BITMAP_STATE_FIRST_USE | (w->in_sync ? BITMAP_STATE_CLEAN : 0);
	s->bitmap_sec = bitmap_lockless_room_sec(s->bitmap_reserved_sec);
	return 0;
}

static int plan_bitmap(struct super1_super *s, const struct bitmap_wish *w, uint64_t room_sec,
		       struct err *err)
{
	int rc = (w->lockless ? choose_lockless : choose_plain)(s, w, room_sec, err);

	if (rc)
		return rc;
	s->bitmap_delay_s = w->delay_s ? w->delay_s : DEFAULT_DELAY_S;
	s->write_behind = w->write_behind;
	s->sb.feature_map |= SUPER1_F_BITMAP;
	s->sb.bitmap_offset_sec = s->base.minor == 0 ? -(int32_t)s->bitmap_sec - 8 : BITMAP_AT_SEC;
	return 0;
}

/* At its start in front of the data, or right below the log of bad blocks. */
static void place_ppl(struct super1_super *s)
{
	int offset = s->base.minor == 0 ? -PPL_SEC - BBLOG_SEC : BITMAP_AT_SEC;

	s->sb.bitmap_offset_sec = (int32_t)((uint32_t)(uint16_t)offset | (uint32_t)PPL_SEC << 16);
	s->sb.feature_map |= SUPER1_F_PPL;
	s->ppl_new = true;
}

int super1_init(const struct new_array *a, struct super **out, struct err *err)
{
	struct super1_super *s autofree = xcalloc(1, sizeof(*s));
	struct super1 *sb = &s->sb;
	int rc = 0;

	s->base = (struct super){ &super1, a->minor, 0 };
	s->bblog = a->bblog;
	sb->set_uuid = a->uuid;
	super1_set_name(sb, a->name, a->md_minor, a->homehost);
	/* No microseconds: the kernel takes all 64 bits for seconds (md.c, super_1_validate). */
	sb->ctime = (uint64_t)a->ctime_sec & SUPER1_CTIME_SECONDS;
	sb->utime = sb->ctime;
	sb->level = a->geo.level;
	sb->layout = a->geo.layout;
	sb->size_sec = a->geo.size_sec;
	sb->chunk_sec = a->geo.chunk_sec;
	sb->raid_disks = a->geo.raid_disks;
	sb->resync_offset_sec = a->clean ? SUPER1_RESYNC_DONE : 0;
	if (a->raid0_layout_feature)
		sb->feature_map |= SUPER1_F_RAID0_LAYOUT;
	sb->max_dev = MIN(role_table_size(a->geo.raid_disks + a->spares),
			  (uint32_t)SUPER1_MAX_DEVS);
	for (size_t i = 0; i < ARRAY_SIZE(sb->role); i++)
		sb->role[i] = SUPER1_ROLE_SPARE;
	if (a->journal)
		sb->feature_map |= SUPER1_F_JOURNAL;
	if (a->ppl)
		place_ppl(s);
	if (a->bitmap)
		rc = plan_bitmap(s, &a->bitmap_wish, a->bitmap_wish.lockless ?
				 bitmap_lockless_room_sec(BITMAP_LOCKLESS_SEC) :
				 bitmap_reserve_sec(sync_size_sec(sb)), err);
	if (rc)
		return rc;
	*out = &steal(s)->base;
	return 0;
}

/* What is the other member's alone goes; the header that its bitmap has is that of all. */
void super1_adopt(struct super *s)
{
	struct super1_super *own = super1_own(s);
	struct super1 *sb = &own->sb;

	own->bblog = sb->bblog_offset_sec != 0;
	own->ppl_new = sb->feature_map & SUPER1_F_PPLS;
	own->bitmap_sec = super1_bitmap_sec(own);
	own->bitmap_lockless = bitmap_lockless(&own->bitmap);
	own->bitmap_state = own->bitmap_lockless ? own->bitmap.state : 0;
	own->bitmap_reserved_sec = own->bitmap_lockless ? own->bitmap.reserved_sec : 0;
	own->bitmap_chunk_bytes = own->bitmap.chunk_bytes;
	own->bitmap_delay_s = own->bitmap.daemon_sleep_s;
	own->write_behind = own->bitmap.write_behind;
	sb->feature_map &= ~(uint32_t)(SUPER1_F_RECOVERY_OFFSET | SUPER1_F_RECOVERY_BITMAP |
				       SUPER1_F_REPLACEMENT | SUPER1_F_BAD_BLOCKS);
	sb->recovery_offset_sec = 0;
	sb->bblog_offset_sec = 0;
	sb->bblog_size_sec = 0;
}

static uint16_t role_of(const struct new_member *m)
{
	if (m->journal)
		return SUPER1_ROLE_JOURNAL;
	return m->slot < 0 ? SUPER1_ROLE_SPARE : (uint16_t)m->slot;
}

/* A superblock that others have joined has room for more of them. */
int super1_add(struct super *s, const struct new_member *m, struct err *err)
{
	struct super1 *sb = &super1_own(s)->sb;

	if (m->number < 0 || m->number >= SUPER1_MAX_DEVS)
		return err_set(err, -EINVAL, "no descriptor number %d in the superblock for %s",
			       m->number, m->path);
	while (sb->max_dev <= (uint32_t)m->number)
		sb->role[sb->max_dev++] = SUPER1_ROLE_FAULTY;
	sb->role[m->number] = role_of(m);
	if (m->journal)
		sb->feature_map |= SUPER1_F_JOURNAL;
	return 0;
}

/* What lies beside the superblock, by what it says: a bitmap or a log; 0 neither. */
static uint64_t logs_sec(const struct super1_super *s)
{
	return s->ppl_new ? super1_ppl_size_sec(&s->sb) : s->bitmap_sec;
}

/* Space below a 1.0 superblock that is kept from the data. */
static uint64_t below_super_sec(const struct super1_super *s, uint64_t super_sec)
{
	uint64_t below = logs_sec(s) ?: bitmap_reserve_sec(s->sb.size_sec);

	below += BBLOG_SEC;
	if (super_sec < s->sb.size_sec + below)
		below = super_sec - MIN(super_sec, s->sb.size_sec);
	return below;
}

/* Where the bad block log goes, from the superblock; 0: no room. */
static int32_t bblog_offset_sec(const struct super1_super *s, const struct super1 *sb)
{
	uint64_t area = logs_sec(s) ?: bitmap_reserve_sec(s->sb.size_sec);
	uint64_t room = sb->data_offset_sec - MIN(sb->data_offset_sec, sb->super_offset_sec);

	if (s->base.minor == 0)
		return below_super_sec(s, sb->super_offset_sec) >= BBLOG_SEC ? -BBLOG_SEC : 0;
	if (room >= BITMAP_AT_SEC + area + BBLOG_SEC)
		return (int32_t)(BITMAP_AT_SEC + area);
	if (room >= 16 && (!logs_sec(s) || BITMAP_AT_SEC + logs_sec(s) + BBLOG_SEC <= room))
		return (int32_t)(room - BBLOG_SEC);
	return 0;
}

/* What the superblock places must not lie in the superblock, in the data or in each other. */
static int check_places(const struct super1_super *s, const struct new_member *m,
			const struct super1 *sb, struct err *err)
{
	uint64_t logs = logs_sec(s), head = BITMAP_AT_SEC + logs, data_end;
	const char *which = s->ppl_new ? "partial parity log" : "bitmap";

	if (s->base.minor != 0) {
		uint64_t least = sb->super_offset_sec + head;

		if (sb->data_offset_sec >= least)
			return 0;
		if (least >= m->dev_sec)
			return err_set(err, -ENOSPC, "no room on %s for the %s of %llu sectors", m->path, which,
				       (unsigned long long)logs);
		return err_set(err, -EINVAL, "data offset of %llu sectors is too small: on %s the "
			       "superblock%s%s ends at sector %llu; use --data-offset=%lluK or more",
			       (unsigned long long)sb->data_offset_sec, m->path,
			       logs ? " with its " : "", logs ? which : "", (unsigned long long)least,
			       (unsigned long long)(least + 1) / 2);
	}
	data_end = sb->data_offset_sec + sb->size_sec;
	if (!logs || data_end + head <= sb->super_offset_sec)
		return 0;
	return err_set(err, -EINVAL, "%sOn %s a %s of %llu sectors does not fit between data and "
		       "superblock", s->ppl_new ? "" : "Given bitmap chunk size not supported.\n",
		       m->path, which, (unsigned long long)logs);
}

/* The member's own fields. */
static int fill_member(const struct super1_super *s, const struct new_member *m,
		       struct super1 *sb, struct err *err)
{
	sb->super_offset_sec = super1_place_sec(s->base.minor, m->dev_sec);
	if (sb->super_offset_sec == UINT64_MAX)
		return err_set(err, -ENOSPC, "%s is too small for a superblock", m->path);
	sb->dev_number = (uint32_t)m->number;
	sb->devflags = (uint8_t)((m->write_mostly ? SUPER1_DEV_WRITE_MOSTLY : 0) |
				 (m->failfast ? SUPER1_DEV_FAILFAST : 0));
	sb->data_offset_sec = m->data_offset_sec;
	if (s->base.minor == 0)
		sb->data_size_sec = sb->super_offset_sec -
				    below_super_sec(s, sb->super_offset_sec) - m->data_offset_sec;
	else
		sb->data_size_sec = m->dev_sec - m->data_offset_sec;
	if (s->bblog)
		sb->bblog_offset_sec = bblog_offset_sec(s, sb);
	if (sb->bblog_offset_sec)
		sb->bblog_size_sec = BBLOG_SEC;
	return 0;
}

static void write_bitmap(const struct super1_super *s, const struct super1 *sb,
			 const char *path, struct plan *p)
{
	uint64_t at = (sb->super_offset_sec + (uint64_t)(int64_t)sb->bitmap_offset_sec) *
		      SECTOR_BYTES;
	size_t len = s->bitmap_sec * SECTOR_BYTES;
	uint8_t *bytes autofree = xcalloc(1, len);
	const struct bitmap_head head = {
		.version = s->bitmap_lockless ? BITMAP_VERSION_LOCKLESS : BITMAP_VERSION_PLAIN,
		.state = s->bitmap_state,
		.reserved_sec = s->bitmap_reserved_sec,
		/* of the array that a new member joins */
		.events = s->bitmap.events,
		.events_cleared = s->bitmap.events_cleared,
		.uuid = sb->set_uuid,
		.sync_size_sec = sync_size_sec(sb),
		.chunk_bytes = s->bitmap_chunk_bytes,
		.daemon_sleep_s = s->bitmap_delay_s,
		.write_behind = s->write_behind,
	};

	/*
	 * All ones: the whole array is to be synced until the kernel says otherwise.  Lockless: no state that
	 * there is, which the kernel takes for "to be synced"; all that it may write, for the undo file.
	 */
	memset(bytes, 0xff, len);
	bitmap_encode(&head, bytes);
	plan_write(p, path, at, bytes, len);
}

/* Between superblock and data, or the log of bad blocks that is there. */
static uint64_t bitmap_room_sec(const struct super1 *sb)
{
	uint64_t room;

	if (sb->super_offset_sec < sb->data_offset_sec) {
		room = sb->bblog_size_sec && sb->bblog_offset_sec > 0 ? (uint64_t)sb->bblog_offset_sec :
			sb->data_offset_sec - sb->super_offset_sec;
		return room - MIN(room, (uint64_t)BITMAP_AT_SEC);
	}
	/* it would lie in front of a log that is in its usual place */
	if (sb->bblog_size_sec && sb->bblog_offset_sec < -BBLOG_SEC)
		return 0;
	room = sb->super_offset_sec - sb->data_offset_sec;
	room -= MIN(room, MAX(sb->data_size_sec, sb->size_sec));
	return room - MIN(room, (uint64_t)BBLOG_SEC);
}

int super1_add_bitmap(struct super *s, struct bitmap_wish *w, const char *path, struct plan *p,
		      int32_t *offset_sec, struct err *err)
{
	struct super1_super *own = super1_own(s);
	int rc = plan_bitmap(own, w, bitmap_room_sec(&own->sb), err);

	if (rc)
		return rc;
	w->chunk_bytes = (uint32_t)own->bitmap_chunk_bytes;
	w->reserved_sec = own->bitmap_reserved_sec;
	*offset_sec = own->sb.bitmap_offset_sec;
	memset(&own->bitmap, 0, sizeof(own->bitmap));
	if (p)
		write_bitmap(own, &own->sb, path, p);
	return 0;
}

/* An empty journal begins with a block that has a random number. */
static int write_journal(const struct super1 *sb, const char *path, const uint8_t *super, size_t len,
			 struct plan *p, struct err *err)
{
	uint8_t block[SUPER1_JOURNAL_BYTES];
	struct uuid random;
	uint32_t sequence;
	int rc = uuid_random(&random);

	if (rc)
		return err_set(err, rc, "no random bytes for the journal on %s: %s", path, error_text(-rc));
	memcpy(&sequence, random.b, sizeof(sequence));
	super1_empty_journal(&sb->set_uuid, sequence, block);
	plan_write(p, path, sb->data_offset_sec * SECTOR_BYTES, block, sizeof(block));
	plan_write(p, path, sb->super_offset_sec * SECTOR_BYTES, super, len);
	return 0;
}

int super1_write_init(const struct super *s, const struct new_member *m, struct plan *p,
			     struct err *err)
{
	const struct super1_super *own1 = super1_of(s);
	struct super1 sb = own1->sb;
	uint8_t bytes[SUPER1_BYTES];
	size_t len;
	int rc = fill_member(own1, m, &sb, err);

	if (!rc)
		rc = check_places(own1, m, &sb, err);
	if (rc || !p)
		return rc;
	rc = uuid_random(&sb.device_uuid);
	if (rc)
		return err_set(err, rc, "no random bytes for the uuid of %s: %s", m->path,
			       error_text(-rc));
	super1_encode(&sb, bytes, &len);
	/* first what the superblock leads to */
	if (m->journal)
		return write_journal(&sb, m->path, bytes, len, p, err);
	if (own1->bitmap_sec)
		write_bitmap(own1, &sb, m->path, p);
	if (own1->ppl_new)
		super1_write_ppl(&sb, m->path, p);
	plan_write(p, m->path, sb.super_offset_sec * SECTOR_BYTES, bytes, len);
	return 0;
}
