// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super1.c - the 1.x metadata handler: loading, judging, making and storing
 * superblocks of version 1.0, 1.1 and 1.2.  Bytes are super1-codec.c's, words
 * are super1-report.c's.  Never writes a device: it appends steps to a plan.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "bitmap-codec.h"
#include "plan.h"
#include "super1.h"
#include "util.h"

#define MINOR_FIRST 0
#define MINOR_LAST 2

#define DATA_ALIGN_SEC 2048        /* data begins at a whole MiB */
#define BBLOG_SEC 8                /* bad block log of 512 entries */
#define BITMAP_AT_SEC 8            /* behind the 4 KiB of the superblock */
#define RESYNC_DONE UINT64_MAX
#define DEFAULT_CHUNK_SEC 1024     /* 512 KiB */
#define DEFAULT_DELAY_S 5
#define BITMAP_VERSION 4
#define CTIME_SECONDS ((1ULL << 40) - 1)

static struct super1_super *own(struct super *s)
{
	return (struct super1_super *)s;
}

/* --- words and loading --- */

static bool super1_match(const char *word, int *minor)
{
	static const struct { const char *word; int minor; } words[] = {
		{ "1", SUPER_ANY_MINOR }, { "1.0", 0 }, { "1.1", 1 }, { "1.2", 2 },
		{ "default", SUPER_ANY_MINOR },
	};
	char plain[8];
	size_t n = 0;

	/* "01.02" is an old spelling of 1.2: zeros in front of a number do not count. */
	for (const char *p = word; *p; p++) {
		bool number_starts = p == word || p[-1] == '.';

		while (number_starts && p[0] == '0' && p[1] >= '0' && p[1] <= '9')
			p++;
		if (n == sizeof(plain) - 1)
			return false;
		plain[n++] = *p;
	}
	plain[n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(plain, words[i].word) == 0) {
			*minor = words[i].minor;
			return true;
		}
	return false;
}

/*
 * A bitmap whose header is not this array's is no bitmap: the feature bit is cleared
 * in memory, as the kernel refuses to start from it.
 */
static void check_bitmap(struct blkdev *b, struct super1_super *s)
{
	struct super1 *sb = &s->sb;
	uint8_t bytes[BITMAP_HEAD_BYTES];
	struct bitmap_head head;
	int64_t at_sec = (int64_t)sb->super_offset_sec + sb->bitmap_offset_sec;

	if (!(sb->feature_map & SUPER1_F_BITMAP))
		return;
	if (at_sec >= 0 && (uint64_t)at_sec < b->size_sec &&
	    !blk_read(b, (uint64_t)at_sec * SECTOR_BYTES, bytes, sizeof(bytes), NULL) &&
	    !bitmap_decode((struct span){ bytes, sizeof(bytes) }, &head, NULL) &&
	    uuid_equal(&head.uuid, &sb->set_uuid)) {
		s->bitmap_damaged = bitmap_check(&head, NULL);
		return;
	}
	s->bitmap_damaged = true;
	sb->feature_map &= ~(uint32_t)SUPER1_F_BITMAP;
}

/* Would the kernel find the data on a device of this size? */
static int check_size(const struct super1 *sb, const struct blkdev *b, struct err *why)
{
	if (super1_fits(sb, b->size_sec))
		return 0;
	return err_set(why, -EINVAL,
		       "%s is too small for its superblock: it has %llu sectors, data of %llu sectors "
		       "begins at sector %llu", b->path, (unsigned long long)b->size_sec,
		       (unsigned long long)MAX(sb->size_sec, sb->data_size_sec),
		       (unsigned long long)sb->data_offset_sec);
}

/* Is it good for more than a report? */
static int check_use(const struct super1 *sb, struct span bytes, const struct blkdev *b,
		     struct err *why)
{
	uint32_t sum = super1_checksum(bytes, sb->max_dev);
	int rc = 0;

	if (sum != sb->stored_checksum)
		rc = err_set(why, -EINVAL, "its checksum is %x and should be %x",
			     sb->stored_checksum, sum);
	if (!rc)
		rc = super1_check(sb, b->size_sec, why);
	return rc ? err_prefix(why, rc, "superblock on %s cannot be used: ", b->path) : 0;
}

static int load_at(struct blkdev *b, int minor, unsigned flags, struct super **out,
		   struct err *why)
{
	uint8_t bytes[SUPER1_BYTES];
	const struct span span = { bytes, sizeof(bytes) };
	struct super1_super *s autofree = NULL;
	uint64_t at_sec = super1_place_sec(minor, b->size_sec);
	int rc;

	if (at_sec == UINT64_MAX ||
	    (at_sec * SECTOR_BYTES + SUPER1_BYTES > b->size_sec * SECTOR_BYTES))
		return SUPER_ABSENT;
	rc = blk_read(b, at_sec * SECTOR_BYTES, bytes, sizeof(bytes), why);
	if (rc)
		return rc;
	s = xcalloc(1, sizeof(*s));
	rc = super1_decode(span, at_sec, &s->sb, why);
	if (rc < 0)
		err_prefix(why, rc, "superblock on %s cannot be used: ", b->path);
	if (rc == 0 && !(flags & LOAD_FOR_REPORT))
		rc = check_use(&s->sb, span, b, why);
	if (rc == 0 && !(flags & LOAD_IGNORE_SIZE))
		rc = check_size(&s->sb, b, why);
	if (rc)
		return rc == SUPER1_ABSENT ? SUPER_ABSENT : rc;
	check_bitmap(b, s);
	s->base = (struct super){ &super1, minor, b->size_sec };
	*out = &steal(s)->base;
	return 0;
}

/* The newest wins: a device may still carry what an older array left elsewhere. */
static int find_newest(struct blkdev *b, unsigned flags, struct super **out, struct err *why)
{
	struct super *best cleanup(super_cleanup) = NULL;
	int failed = 0;

	for (int m = MINOR_FIRST; m <= MINOR_LAST; m++) {
		struct super *s cleanup(super_cleanup) = NULL;
		int rc = load_at(b, m, flags, &s, why);

		if (rc < 0)
			failed = rc;
		if (rc == 0 && (!best || super1_of(s)->sb.ctime > super1_of(best)->sb.ctime)) {
			struct super *older cleanup(super_cleanup) = best;

			best = steal(s);
		}
	}
	if (!best)
		return failed ? failed : SUPER_ABSENT;
	*out = steal(best);
	return 0;
}

static int super1_load(struct blkdev *b, int minor, unsigned flags, struct super **out,
		       struct err *why)
{
	struct super *newest cleanup(super_cleanup) = NULL;
	int rc;

	if (minor != SUPER_ANY_MINOR)
		return load_at(b, minor, flags, out, why);
	rc = find_newest(b, flags | LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &newest, why);
	if (rc)
		return rc;
	return load_at(b, newest->minor, flags, out, why);
}

static void super1_free(struct super *s)
{
	free(own(s));
}

/* --- what it says --- */

static const char *super1_compare(const struct super *a, const struct super *b)
{
	const struct super1 *x = &super1_of(a)->sb, *y = &super1_of(b)->sb;

	if (!uuid_equal(&x->set_uuid, &y->set_uuid))
		return "array uuid";
	if (x->ctime != y->ctime)
		return "creation time";
	if (x->level != y->level)
		return "level";
	if (x->layout != y->layout)
		return "layout";
	if (x->size_sec != y->size_sec)
		return "size";
	if (x->chunk_sec != y->chunk_sec)
		return "chunk size";
	if (x->raid_disks != y->raid_disks)
		return "number of devices";
	return NULL;
}

/* Slots that somebody is said to be active in; a replacement shares its slot. */
static unsigned working_disks(const struct super1 *sb)
{
	bool seen[SUPER1_MAX_DEVS] = { false };
	unsigned n = 0;

	for (uint32_t i = 0; i < sb->max_dev; i++) {
		uint16_t role = sb->role[i];

		if (role < MIN(sb->raid_disks, (uint32_t)SUPER1_MAX_DEVS) && !seen[role]) {
			seen[role] = true;
			n++;
		}
	}
	return n;
}

static void get_disk(const struct super1 *sb, struct disk_info *d)
{
	uint16_t role = super1_role_of(sb, sb->dev_number);

	*d = (struct disk_info){
		.number = (int)MIN(sb->dev_number, (uint32_t)SUPER1_MAX_DEVS),
		.role = ROLE_ACTIVE,
		.slot = -1,
		.uuid = sb->device_uuid,
		.events = sb->events,
		.utime = (int64_t)(sb->utime & CTIME_SECONDS),
		.write_mostly = sb->devflags & SUPER1_DEV_WRITE_MOSTLY,
		.failfast = sb->devflags & SUPER1_DEV_FAILFAST,
		.data_offset_sec = sb->data_offset_sec,
		.data_size_sec = sb->data_size_sec,
	};
	if (sb->dev_number >= sb->max_dev || role == SUPER1_ROLE_FAULTY)
		d->role = ROLE_FAULTY;
	else if (role == SUPER1_ROLE_SPARE)
		d->role = ROLE_SPARE;
	else if (role == SUPER1_ROLE_JOURNAL)
		d->role = ROLE_JOURNAL;
	else if (role >= SUPER1_MAX_DEVS)
		d->role = ROLE_FAULTY;
	else
		d->slot = role;
	if (d->slot >= 0 && (sb->feature_map & SUPER1_F_REPLACEMENT))
		d->role = ROLE_REPLACEMENT;
	d->recovering = d->slot >= 0 && (sb->feature_map & SUPER1_F_RECOVERY_OFFSET);
}

static void super1_getinfo(const struct super *s, struct array_info *a, struct disk_info *d)
{
	const struct super1 *sb = &super1_of(s)->sb;

	*a = (struct array_info){
		.major = 1,
		.minor = super1_minor(sb),
		.uuid = sb->set_uuid,
		.md_minor = -1,
		.ctime = (int64_t)(sb->ctime & CTIME_SECONDS),
		.geo = { sb->level, sb->layout, sb->chunk_sec, sb->raid_disks, sb->size_sec },
		.clean = sb->resync_offset_sec == RESYNC_DONE,
		.bitmap = sb->feature_map & SUPER1_F_BITMAP,
		.ppl = sb->feature_map & SUPER1_F_PPL,
		.journal = sb->feature_map & SUPER1_F_JOURNAL,
		.reshape = sb->feature_map & SUPER1_F_RESHAPE,
		.reshape_position_sec = sb->reshape_position_sec,
		.working_disks = working_disks(sb),
	};
	memcpy(a->name, sb->name, SUPER1_NAME_BYTES);
	get_disk(sb, d);
	d->bitmap_damaged = super1_of(s)->bitmap_damaged;
}

bool super1_is_local(const struct super *s, const char *homehost)
{
	const char *name = super1_of(s)->sb.name;
	size_t n = strlen(homehost);

	return n > 0 && n < SUPER1_NAME_BYTES && strncmp(name, homehost, n) == 0 &&
	       name[n] == ':';
}

static struct uuid super1_map_uuid(const struct super *s)
{
	return uuid_swap_words(&super1_of(s)->sb.set_uuid);
}

static int super1_slot_active(const struct super *s, int slot)
{
	const struct super1 *sb = &super1_of(s)->sb;

	for (uint32_t i = 0; i < sb->max_dev; i++)
		if (sb->role[i] == slot)
			return 1;
	return 0;
}

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
static uint64_t default_data_offset_sec(uint64_t dev_sec, uint32_t chunk_sec)
{
	uint64_t headroom = 128 * 1024 * 2;
	uint64_t chunk_kib = chunk_sec / 2;

	while (headroom * 1024 > dev_sec &&
	       (chunk_kib == 0 || headroom / 2 >= 4 * chunk_kib) && headroom > 0)
		headroom /= 2;
	return round_up_u64(24 + bitmap_reserve_sec(dev_sec) + headroom, DATA_ALIGN_SEC);
}

static uint64_t super1_avail(const struct space_request *q, uint64_t *data_offset_sec)
{
	uint64_t end;

	if (q->dev_sec < 24)
		return 0;
	if (q->minor == 0) {
		uint64_t below = 16 + 8 + bitmap_reserve_sec(q->dev_sec);

		*data_offset_sec = q->have_data_offset ? q->data_offset_sec : 0;
		end = round_down_u64(q->dev_sec, 8);
		end = end > below ? end - below : 0;
	} else {
		*data_offset_sec = q->have_data_offset ? q->data_offset_sec :
			default_data_offset_sec(q->dev_sec, q->chunk_sec);
		end = q->dev_sec;
	}
	return end > *data_offset_sec ? end - *data_offset_sec : 0;
}

static int super1_validate(struct geometry *g, bool have_layout, unsigned spares, struct err *why)
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

/* "host:name" when it fits, else the name alone, cut. */
static void set_name(struct super1 *sb, const struct new_array *a)
{
	char name[16 + SUPER1_NAME_BYTES * 8];
	const char *bare = a->name;
	char number[12];
	size_t n;

	if (!*bare) {
		snprintf(number, sizeof(number), "%d", a->md_minor);
		bare = number;
	}
	if (*a->homehost && !strchr(bare, ':') &&
	    strlen(a->homehost) + 1 + strlen(bare) < SUPER1_NAME_BYTES)
		snprintf(name, sizeof(name), "%s:%s", a->homehost, bare);
	else
		copy_text(name, SUPER1_NAME_BYTES, bare);
	n = strlen(name);
	memcpy(sb->name, name, MIN(n, (size_t)SUPER1_NAME_BYTES));
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

static int plan_bitmap(struct super1_super *s, const struct new_array *a, struct err *err)
{
	uint64_t size = sync_size_sec(&s->sb);
	uint64_t room = bitmap_reserve_sec(size);
	int rc = bitmap_choose_chunk(size, room, a->bitmap_chunk_bytes, &s->bitmap_chunk_bytes);

	if (rc == -ENOSPC)
		return err_set(err, rc, "no room for a bitmap: members of %llu sectors are too small",
			       (unsigned long long)s->sb.size_sec);
	if (rc)
		return err_set(err, rc, "Given bitmap chunk size not supported.");
	s->bitmap_sec = bitmap_bytes(bitmap_bits(size, s->bitmap_chunk_bytes), 4096) /
			SECTOR_BYTES;
	s->bitmap_delay_s = a->bitmap_delay_s ? a->bitmap_delay_s : DEFAULT_DELAY_S;
	s->write_behind = a->write_behind;
	s->sb.feature_map |= SUPER1_F_BITMAP;
	s->sb.bitmap_offset_sec = a->minor == 0 ? -(int32_t)s->bitmap_sec - 8 : BITMAP_AT_SEC;
	return 0;
}

static int super1_init(const struct new_array *a, struct super **out, struct err *err)
{
	struct super1_super *s autofree = xcalloc(1, sizeof(*s));
	struct super1 *sb = &s->sb;
	int rc = 0;

	s->base = (struct super){ &super1, a->minor, 0 };
	s->bblog = a->bblog;
	sb->set_uuid = a->uuid;
	set_name(sb, a);
	/* No microseconds: the kernel takes all 64 bits for seconds (drivers/md/md.c, super_1_validate). */
	sb->ctime = (uint64_t)a->ctime_sec & CTIME_SECONDS;
	sb->utime = sb->ctime;
	sb->level = a->geo.level;
	sb->layout = a->geo.layout;
	sb->size_sec = a->geo.size_sec;
	sb->chunk_sec = a->geo.chunk_sec;
	sb->raid_disks = a->geo.raid_disks;
	sb->resync_offset_sec = a->clean ? RESYNC_DONE : 0;
	if (a->raid0_layout_feature)
		sb->feature_map |= SUPER1_F_RAID0_LAYOUT;
	sb->max_dev = MIN(role_table_size(a->geo.raid_disks + a->spares),
			  (uint32_t)SUPER1_MAX_DEVS);
	for (size_t i = 0; i < ARRAY_SIZE(sb->role); i++)
		sb->role[i] = SUPER1_ROLE_SPARE;
	if (a->bitmap)
		rc = plan_bitmap(s, a, err);
	if (rc)
		return rc;
	*out = &steal(s)->base;
	return 0;
}

static int super1_add(struct super *s, const struct new_member *m, struct err *err)
{
	struct super1 *sb = &own(s)->sb;

	if (m->number < 0 || (uint32_t)m->number >= sb->max_dev)
		return err_set(err, -EINVAL, "no descriptor number %d in the superblock for %s",
			       m->number, m->path);
	sb->role[m->number] = m->slot < 0 ? SUPER1_ROLE_SPARE : (uint16_t)m->slot;
	return 0;
}

/* Space below a 1.0 superblock that is kept from the data. */
static uint64_t below_super_sec(const struct super1_super *s, uint64_t super_sec)
{
	uint64_t below = s->bitmap_sec ? s->bitmap_sec : bitmap_reserve_sec(s->sb.size_sec);

	below += BBLOG_SEC;
	if (super_sec < s->sb.size_sec + below)
		below = super_sec - MIN(super_sec, s->sb.size_sec);
	return below;
}

/* Where the bad block log goes, from the superblock; 0: no room. */
static int32_t bblog_offset_sec(const struct super1_super *s, const struct super1 *sb)
{
	uint64_t area = s->bitmap_sec ? s->bitmap_sec : bitmap_reserve_sec(s->sb.size_sec);
	uint64_t room = sb->data_offset_sec - MIN(sb->data_offset_sec, sb->super_offset_sec);

	if (s->base.minor == 0)
		return below_super_sec(s, sb->super_offset_sec) >= BBLOG_SEC ? -BBLOG_SEC : 0;
	if (room >= BITMAP_AT_SEC + area + BBLOG_SEC)
		return (int32_t)(BITMAP_AT_SEC + area);
	if (room >= 16 && (!s->bitmap_sec || BITMAP_AT_SEC + s->bitmap_sec + BBLOG_SEC <= room))
		return (int32_t)(room - BBLOG_SEC);
	return 0;
}

/* What the superblock places must not lie in the superblock, in the data or in each other. */
static int check_places(const struct super1_super *s, const struct new_member *m,
			const struct super1 *sb, struct err *err)
{
	uint64_t head = BITMAP_AT_SEC + s->bitmap_sec, data_end;

	if (s->base.minor != 0) {
		uint64_t least = sb->super_offset_sec + head;

		if (sb->data_offset_sec >= least)
			return 0;
		return err_set(err, -EINVAL, "data offset of %llu sectors is too small: on %s the "
			       "superblock%s ends at sector %llu; use --data-offset=%lluK or more",
			       (unsigned long long)sb->data_offset_sec, m->path,
			       s->bitmap_sec ? " with its bitmap" : "", (unsigned long long)least,
			       (unsigned long long)(least + 1) / 2);
	}
	data_end = sb->data_offset_sec + sb->size_sec;
	if (!s->bitmap_sec || data_end + head <= sb->super_offset_sec)
		return 0;
	return err_set(err, -EINVAL, "Given bitmap chunk size not supported.\n"
		       "On %s a bitmap of %llu sectors does not fit between data and superblock",
		       m->path, (unsigned long long)s->bitmap_sec);
}

/* The member's own fields. */
static int fill_member(const struct super1_super *s, const struct new_member *m,
		       struct super1 *sb, struct err *err)
{
	int rc = uuid_random(&sb->device_uuid);

	if (rc)
		return err_set(err, rc, "no random bytes for the uuid of %s: %s", m->path,
			       strerror(-rc));
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
			 const struct new_member *m, struct plan *p)
{
	uint64_t at = (sb->super_offset_sec + (uint64_t)(int64_t)sb->bitmap_offset_sec) *
		      SECTOR_BYTES;
	size_t len = s->bitmap_sec * SECTOR_BYTES;
	uint8_t *bytes autofree = xcalloc(1, len);
	const struct bitmap_head head = {
		.version = BITMAP_VERSION,
		.uuid = sb->set_uuid,
		.sync_size_sec = sync_size_sec(sb),
		.chunk_bytes = s->bitmap_chunk_bytes,
		.daemon_sleep_s = s->bitmap_delay_s,
		.write_behind = s->write_behind,
	};

	/* All ones: the whole array is to be synced until the kernel says otherwise. */
	memset(bytes, 0xff, len);
	bitmap_encode(&head, bytes);
	plan_write(p, m->path, at, bytes, len);
}

static int super1_write_init(const struct super *s, const struct new_member *m, struct plan *p,
			     struct err *err)
{
	const struct super1_super *own1 = super1_of(s);
	struct super1 sb = own1->sb;
	uint8_t bytes[SUPER1_BYTES];
	size_t len;
	int rc = fill_member(own1, m, &sb, err);

	if (!rc)
		rc = check_places(own1, m, &sb, err);
	if (rc)
		return rc;
	super1_encode(&sb, bytes, &len);
	plan_write(p, m->path, sb.super_offset_sec * SECTOR_BYTES, bytes, len);
	if (own1->bitmap_sec)
		write_bitmap(own1, &sb, m, p);
	return 0;
}

/* --- changing and erasing --- */

static int wipe_at(struct blkdev *b, int minor, bool damaged, struct plan *p, struct err *err)
{
	static const uint8_t zeros[512];
	struct super *s cleanup(super_cleanup) = NULL;
	int rc = load_at(b, minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, err);

	if (rc == SUPER_ABSENT)
		return 0;
	if (rc < 0 && (rc != -EINVAL || !damaged))
		return rc;
	/* One sector: magic and all that makes it a superblock. */
	plan_write(p, b->path, super1_place_sec(minor, b->size_sec) * SECTOR_BYTES, zeros,
		   sizeof(zeros));
	return 1;
}

static int super1_wipe(struct blkdev *b, int minor, bool damaged, struct plan *p, struct err *err)
{
	int found = 0;

	for (int m = MINOR_FIRST; m <= MINOR_LAST; m++) {
		int rc = minor == SUPER_ANY_MINOR || minor == m ?
			wipe_at(b, m, damaged, p, err) : 0;

		if (rc < 0)
			return rc;
		found += rc;
	}
	return found;
}

static void super1_force(struct super *s, enum super_force what, int number, uint64_t value)
{
	struct super1 *sb = &own(s)->sb;

	switch (what) {
	case FORCE_EVENTS:
		sb->events = value;
		break;
	case FORCE_CLEAN:
		sb->resync_offset_sec = RESYNC_DONE;
		break;
	case FORCE_ROLE:
		if (number >= 0 && (uint32_t)number < sb->max_dev)
			sb->role[number] = (uint16_t)value;
		break;
	}
}

static int super1_store(const struct super *s, const char *path, struct plan *p, struct err *err)
{
	const struct super1 *sb = &super1_of(s)->sb;
	uint8_t bytes[SUPER1_BYTES];
	size_t len;

	if (sb->super_offset_sec >= s->dev_sec)
		return err_set(err, -EINVAL, "superblock of %s lies behind its end", path);
	super1_encode(sb, bytes, &len);
	plan_write(p, path, sb->super_offset_sec * SECTOR_BYTES, bytes, len);
	return 0;
}

const struct superswitch super1 = {
	.name = "1.x",
	.major = 1,
	.default_minor = 2,
	.records_raid0_layout = true,
	.records_data_offset = true,
	.match_metadata_desc = super1_match,
	.load_super = super1_load,
	.free_super = super1_free,
	.compare_super = super1_compare,
	.getinfo_super = super1_getinfo,
	.is_local = super1_is_local,
	.map_uuid = super1_map_uuid,
	.examine_super = super1_examine,
	.export_examine_super = super1_export_examine,
	.brief_examine_super = super1_brief_examine,
	.detail_super = super1_detail,
	.export_detail_super = super1_export_detail,
	.validate_geometry = super1_validate,
	.avail_size = super1_avail,
	.init_super = super1_init,
	.add_to_super = super1_add,
	.write_init_super = super1_write_init,
	.wipe_super = super1_wipe,
	.force_super = super1_force,
	.store_super = super1_store,
	.slot_active = super1_slot_active,
};
