// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super1.c - the 1.x metadata handler: loading, judging, changing and erasing
 * superblocks of version 1.0, 1.1 and 1.2.  New ones are super1-new.c's, bytes
 * super1-codec.c's, words super1-report.c's.  Never writes a device: it appends
 * steps to a plan.
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
		s->bitmap_version = head.version;
		s->bitmap = head;
		memcpy(s->bitmap_loaded, bytes, sizeof(bytes));
		s->bitmap_damaged = bitmap_check(&head, NULL);
		return;
	}
	s->bitmap_damaged = true;
	sb->feature_map &= ~(uint32_t)SUPER1_F_BITMAP;
}

uint64_t super1_bitmap_sec(const struct super1_super *s)
{
	if (!(s->sb.feature_map & SUPER1_F_BITMAP))
		return 0;
	return super1_bitmap_head_sec(&s->bitmap, s->sb.bitmap_offset_sec);
}

uint64_t super1_bitmap_head_sec(const struct bitmap_head *h, int32_t offset_sec)
{
	if (bitmap_lockless(h))
		return bitmap_lockless_room_sec(h->reserved_sec ?: BITMAP_LOCKLESS_SEC);
	return bitmap_head_bytes(h, offset_sec % 8 ? 512 : 4096) / SECTOR_BYTES;
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
static int check_sum(const struct super1 *sb, struct span bytes, const struct blkdev *b,
		     struct err *why)
{
	uint32_t sum = super1_checksum(bytes, sb->max_dev);

	if (sum == sb->stored_checksum)
		return 0;
	return err_set(why, -EINVAL, "superblock on %s cannot be used: its checksum is %x and should be %x",
		       b->path, sb->stored_checksum, sum);
}

static int check(const struct super1 *sb, const struct blkdev *b, unsigned flags, struct err *why)
{
	if (!(flags & (LOAD_ANY_SHAPE | LOAD_FOR_REPORT))) {
		int rc = super1_check(sb, b->size_sec, why);

		if (rc)
			return err_prefix(why, rc, "superblock on %s cannot be used: ", b->path);
	}
	return flags & LOAD_IGNORE_SIZE ? 0 : check_size(sb, b, why);
}

static int super1_check_super(const struct super *s, const struct blkdev *b, unsigned flags,
			      struct err *why)
{
	struct super1 sb;

	if (!super1_of(s)->bitmap_damaged)
		return check(&super1_of(s)->sb, b, flags, why);
	/* as it was read */
	sb = super1_of(s)->sb;
	sb.feature_map |= SUPER1_F_BITMAP;
	return check(&sb, b, flags, why);
}

static int super1_load(struct blkdev *b, int minor, unsigned flags, struct super **out,
		       struct err *why)
{
	uint8_t room[SUPER1_BYTES];
	struct span span = { NULL, sizeof(room) };
	struct super1_super *s;
	struct super1 sb;
	uint64_t at_sec = super1_place_sec(minor, b->size_sec);
	bool keep;
	int rc;

	if (at_sec == UINT64_MAX ||
	    (at_sec * SECTOR_BYTES + SUPER1_BYTES > b->size_sec * SECTOR_BYTES))
		return SUPER_ABSENT;
	rc = blk_view(b, at_sec * SECTOR_BYTES, room, sizeof(room), &span.p, why);
	if (rc)
		return rc;
	rc = super1_decode(span, at_sec, &sb, why);
	if (rc < 0)
		err_prefix(why, rc, "superblock on %s cannot be used: ", b->path);
	if (rc == 0 && !(flags & LOAD_FOR_REPORT))
		rc = check_sum(&sb, span, b, why);
	if (rc == 0)
		rc = check(&sb, b, flags, why);
	if (rc)
		return rc == SUPER1_ABSENT ? SUPER_ABSENT : rc;
	keep = !(flags & (LOAD_FOR_REPORT | LOAD_UNWRITTEN));
	s = xcalloc(1, sizeof(*s) + (keep ? SUPER1_BYTES : 0));
	s->sb = sb;
	s->kept = keep;
	if (keep)
		memcpy(s->loaded, span.p, span.n);
	check_bitmap(b, s);
	s->base = (struct super){ &super1, minor, b->size_sec };
	*out = &s->base;
	return 0;
}

static void super1_free(struct super *s)
{
	free(super1_own(s));
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
		.utime = (int64_t)(sb->utime & SUPER1_CTIME_SECONDS),
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

static uint32_t leaving_disks(const struct super1 *sb)
{
	bool leaves = sb->feature_map & SUPER1_F_RESHAPE && sb->delta_disks < 0 &&
		      sb->delta_disks > -SUPER1_MAX_DEVS;

	return leaves ? (uint32_t)-sb->delta_disks : 0;
}

static void super1_getinfo(const struct super *s, struct array_info *a, struct disk_info *d)
{
	const struct super1 *sb = &super1_of(s)->sb;

	*a = (struct array_info){
		.major = 1,
		.minor = super1_minor(sb),
		.uuid = sb->set_uuid,
		.md_minor = -1,
		.ctime = (int64_t)(sb->ctime & SUPER1_CTIME_SECONDS),
		.geo = { sb->level, sb->layout, sb->chunk_sec, sb->raid_disks, sb->size_sec },
		.clean = sb->resync_offset_sec == SUPER1_RESYNC_DONE,
		.bitmap = sb->feature_map & SUPER1_F_BITMAP,
		.lockless = super1_of(s)->bitmap_version == BITMAP_VERSION_LOCKLESS,
		.ppl = sb->feature_map & SUPER1_F_PPLS,
		.journal = sb->feature_map & SUPER1_F_JOURNAL,
		.reshape = sb->feature_map & SUPER1_F_RESHAPE,
		.clustered = sb->feature_map & SUPER1_F_CLUSTERED,
		.reshape_position_sec = sb->reshape_position_sec,
		.leaving_disks = leaving_disks(sb),
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

/* A number that nobody has is called faulty by the kernel, and spare by older ones. */
static bool super1_number_taken(const struct super *s, int number, int slot)
{
	uint16_t role = super1_role_of(&super1_of(s)->sb, (uint32_t)number);

	return role != slot && role != SUPER1_ROLE_FAULTY && role != SUPER1_ROLE_SPARE;
}

/* --- changing and erasing --- */

static int wipe_at(struct blkdev *b, int minor, bool damaged, struct plan *p, struct err *err)
{
	const uint64_t at = super1_place_sec(minor, b->size_sec) * SECTOR_BYTES;
	uint8_t seen[SECTOR_BYTES];
	struct super *s cleanup(super_cleanup) = NULL;
	int rc = super1_load(b, minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, err);

	if (rc == SUPER_ABSENT)
		return 0;
	if (rc < 0 && (rc != -EINVAL || !damaged))
		return rc;
	/* One sector: magic and all that makes it a superblock. */
	rc = blk_read(b, at, seen, sizeof(seen), err);
	if (rc)
		return rc;
	plan_erase(p, b->path, at, seen, sizeof(seen));
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
	struct super1 *sb = &super1_own(s)->sb;

	switch (what) {
	case FORCE_EVENTS:
		sb->events = value;
		break;
	case FORCE_CLEAN:
		sb->resync_offset_sec = SUPER1_RESYNC_DONE;
		break;
	case FORCE_ROLE:
		if (number >= 0 && (uint32_t)number < sb->max_dev)
			sb->role[number] = (uint16_t)value;
		break;
	}
}

/* Byte on the device of what the superblock gives a place from itself; super1_check knows it. */
static uint64_t byte_from_super(const struct super1 *sb, int64_t by_sec)
{
	return (sb->super_offset_sec + (uint64_t)by_sec) * SECTOR_BYTES;
}

static bool super1_bitmap_at(const struct super *s, uint64_t *at)
{
	const struct super1 *sb = &super1_of(s)->sb;

	if (sb->feature_map & SUPER1_F_BITMAP)
		*at = byte_from_super(sb, sb->bitmap_offset_sec);
	return sb->feature_map & SUPER1_F_BITMAP;
}

static void store_bitmap_head(const struct super1_super *s, const char *path, struct plan *p)
{
	uint8_t bytes[BITMAP_HEAD_BYTES];

	bitmap_encode(&s->bitmap, bytes);
	plan_replace(p, path, byte_from_super(&s->sb, s->sb.bitmap_offset_sec), s->bitmap_loaded,
		     bytes, sizeof(bytes));
}

void super1_write_ppl(const struct super1 *sb, const char *path, struct plan *p)
{
	size_t len = super1_ppl_size_sec(sb) * (size_t)SECTOR_BYTES;
	uint8_t *bytes autofree = xcalloc(1, len);

	super1_empty_ppl(&sb->set_uuid, bytes);
	plan_write(p, path, byte_from_super(sb, super1_ppl_offset_sec(sb)), bytes, len);
}

/* Of an array that runs: what a write has left to do is no matter of the new log. */
static int super1_add_ppl(struct super *s, const char *path, struct plan *p, uint64_t *at_sec,
			  uint32_t *size_sec, struct err *err)
{
	const struct update_values v = { .what = UPDATE_PPL, .path = path };
	struct super1 *sb = &super1_own(s)->sb;
	int rc;

	sb->resync_offset_sec = SUPER1_RESYNC_DONE;
	rc = super1_update(s, &v, err);
	if (rc)
		return rc;
	*at_sec = byte_from_super(sb, super1_ppl_offset_sec(sb)) / SECTOR_BYTES;
	*size_sec = super1_ppl_size_sec(sb);
	super1_write_ppl(sb, path, p);
	return 0;
}

static int super1_store(const struct super *s, const char *path, struct plan *p, struct err *err)
{
	const struct super1_super *own = super1_of(s);
	const struct super1 *sb = &own->sb;
	uint8_t bytes[SUPER1_BYTES];
	size_t len;

	if (sb->super_offset_sec >= s->dev_sec)
		return err_set(err, -EINVAL, "superblock of %s lies behind its end", path);
	if (!own->unread && !own->kept)
		return err_set(err, -EINVAL, "superblock of %s was read to be looked at only", path);
	if (own->bitmap_changed)
		store_bitmap_head(own, path, p);
	if (own->ppl_new)
		super1_write_ppl(sb, path, p);
	super1_encode(sb, bytes, &len);
	if (own->unread)
		plan_write(p, path, byte_from_super(sb, 0), bytes, len);
	else
		plan_replace(p, path, byte_from_super(sb, 0), own->loaded, bytes, len);
	return 0;
}

/* Adds the area that begins by_sec from the superblock, if it can be there; as far as there is room. */
static void add_area(const struct super *s, enum super_area_kind kind, int64_t by_sec,
		     uint64_t len_sec, struct super_area *out, size_t *n)
{
	const struct super1 *sb = &super1_of(s)->sb;
	uint64_t room = super1_room_sec(sb, by_sec, s->dev_sec);

	if (room)
		out[(*n)++] = (struct super_area){ kind, byte_from_super(sb, by_sec),
						   MIN(room, len_sec) * SECTOR_BYTES };
}

/*
 * The sectors that its bits take, not the room around them; of a cluster whole blocks, one bitmap
 * behind the other; of a lockless one all the room.  No header: the sector for one.
 */
static uint64_t bitmap_area_sec(const struct super1_super *s)
{
	const struct bitmap_head *h = &s->bitmap;
	uint64_t one = super1_bitmap_sec(s), all;

	if (!one)
		return 1;
	if (bitmap_lockless(h))
		return one;
	if (h->version != BITMAP_VERSION_CLUSTERED || !h->nodes)
		return bitmap_head_bytes(h, SECTOR_BYTES) / SECTOR_BYTES;
	return __builtin_mul_overflow(one, h->nodes, &all) ? UINT64_MAX / SECTOR_BYTES : all;
}

static size_t super1_areas(const struct super *s, struct super_area out[SUPER_AREAS])
{
	const struct super1_super *own = super1_of(s);
	const struct super1 *sb = &own->sb;
	size_t n = 1;

	out[0] = (struct super_area){ AREA_SUPER, byte_from_super(sb, 0), SUPER1_BYTES };
	if (sb->feature_map & SUPER1_F_BITMAP || own->bitmap_damaged)
		add_area(s, AREA_BITMAP, sb->bitmap_offset_sec, bitmap_area_sec(own), out, &n);
	if (sb->feature_map & SUPER1_F_BAD_BLOCKS && sb->bblog_size_sec && sb->bblog_offset_sec)
		add_area(s, AREA_BAD_BLOCKS, sb->bblog_offset_sec, sb->bblog_size_sec, out, &n);
	return n;
}

static bool super1_bad_blocks(const struct super *s, bool *used, unsigned *shift)
{
	const struct super1 *sb = &super1_of(s)->sb;

	*used = sb->feature_map & SUPER1_F_BAD_BLOCKS;
	*shift = sb->bblog_shift;
	return sb->bblog_size_sec && sb->bblog_offset_sec;
}

const struct superswitch super1 = {
	.name = "1.x",
	.major = 1,
	.default_minor = 2,
	.first_minor = MINOR_FIRST,
	.last_minor = MINOR_LAST,
	.records_raid0_layout = true,
	.records_data_offset = true,
	.match_metadata_desc = super1_match,
	.load_super = super1_load,
	.check_super = super1_check_super,
	.free_super = super1_free,
	.place_sec = super1_place_sec,
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
	.adopt_super = super1_adopt,
	.init_super = super1_init,
	.add_to_super = super1_add,
	.write_init_super = super1_write_init,
	.wipe_super = super1_wipe,
	.force_super = super1_force,
	.update_super = super1_update,
	.store_super = super1_store,
	.slot_active = super1_slot_active,
	.number_taken = super1_number_taken,
	.areas = super1_areas,
	.bad_blocks = super1_bad_blocks,
	.bitmap_at = super1_bitmap_at,
	.add_bitmap = super1_add_bitmap,
	.add_ppl = super1_add_ppl,
	.oldest_kernel = super1_oldest_kernel,
};
