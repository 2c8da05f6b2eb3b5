// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super0.c - the 0.90 metadata handler: loading, judging, making and storing.
 * Bytes are super0-codec.c's, words are super0-report.c's.  Never writes a
 * device: it appends steps to a plan.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "bitmap-codec.h"
#include "plan.h"
#include "sha1.h"
#include "super0.h"
#include "util.h"

#define VERSION_PLAIN 90
#define VERSION_RESHAPE 91
#define BITMAP_VERSION_PLAIN 4
#define BITMAP_BYTES (60 * 1024)   /* what is left of the last 64 KiB */
#define DEFAULT_CHUNK_SEC 1024     /* 512 KiB */
#define DEFAULT_DELAY_S 5
/* The kernel counts sectors of a 0.90 member in 32 bits of KiB. */
#define MAX_MEMBER_SEC (4ULL << 31)

/* --- words and loading --- */

static bool super0_match(const char *word, int *minor)
{
	static const char *const words[] = { "0", "0.90", "0.9", "0.91" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*minor = VERSION_PLAIN;
			return true;
		}
	if (strcmp(word, "0.swap") != 0)
		return false;
	*minor = SUPER0_SWAPPED;
	return true;
}

/* The kernel compares no more than this of a checksum, and some hosts stored no more. */
static uint32_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static int check_geometry(const struct super0 *sb, struct err *why)
{
	struct geometry now = { sb->level, sb->layout, (uint32_t)(sb->chunk_bytes / SECTOR_BYTES),
				sb->raid_disks, (uint64_t)sb->size_kib * 2 };
	struct geometry target = { (int)sb->new_level, sb->new_layout,
				   (uint32_t)(sb->new_chunk_bytes / SECTOR_BYTES), sb->raid_disks,
				   (uint64_t)sb->size_kib * 2 };
	int64_t before = (int64_t)sb->raid_disks - sb->delta_disks;
	int rc = geometry_check(&now, why);

	if (!rc && level_has_chunk(sb->level) && sb->chunk_bytes % SECTOR_BYTES)
		rc = err_set(why, -EINVAL, "its chunks have %u bytes", sb->chunk_bytes);
	if (rc || sb->minor_version == VERSION_PLAIN || sb->reshape_position_sec == UINT64_MAX)
		return rc;
	if (before < 1 || before > SUPER0_MAX_DEVS)
		return err_set(why, -EINVAL, "it is being reshaped from %lld devices, which cannot be",
			       (long long)before);
	rc = geometry_check(&target, why);
	return rc ? err_prefix(why, rc, "the shape that it is given: ") : 0;
}

int super0_check(const struct super0 *sb, struct err *why)
{
	if (sb->minor_version != VERSION_PLAIN && sb->minor_version != VERSION_RESHAPE)
		return err_set(why, -EINVAL, "version 0.%u is not known", sb->minor_version);
	return check_geometry(sb, why);
}

/* Is it good for more than a report? */
static int check_use(const struct super0 *sb, struct span bytes, const struct blkdev *b,
		     unsigned flags, struct err *why)
{
	uint32_t sum = super0_checksum(bytes);
	int rc = 0;

	if (fold(sum) != fold(sb->stored_checksum))
		rc = err_set(why, -EINVAL, "its checksum is %x and should be %x",
			     sb->stored_checksum, sum);
	else if (!(flags & LOAD_ANY_SHAPE))
		rc = super0_check(sb, why);
	return rc ? err_prefix(why, rc, "superblock on %s cannot be used: ", b->path) : 0;
}

static int check_size(const struct super0 *sb, const struct blkdev *b, struct err *why)
{
	uint64_t have = super0_place_sec(b->size_sec), need = 2 * (uint64_t)sb->size_kib;

	if (sb->level <= LEVEL_RAID0 || need <= have)
		return 0;
	return err_set(why, -EINVAL,
		       "%s is too small for its superblock: it has room for %llu sectors, data has %llu",
		       b->path, (unsigned long long)have, (unsigned long long)need);
}

static bool bitmap_damaged(struct super0_super *s, bool swapped, struct blkdev *b)
{
	uint64_t at = super0_place_sec(b->size_sec) * SECTOR_BYTES + SUPER0_BYTES;
	/* it has the bytes as they lie in the superblock */
	struct uuid uuid = swapped ? s->sb.uuid : uuid_swap_words(&s->sb.uuid);

	if (!(s->sb.state & SUPER0_BITMAP))
		return false;
	return blk_read(b, at, s->bitmap_loaded, sizeof(s->bitmap_loaded), NULL) ||
	       bitmap_decode((struct span){ s->bitmap_loaded, sizeof(s->bitmap_loaded) },
			     &s->bitmap, NULL) ||
	       !uuid_equal(&s->bitmap.uuid, &uuid) || bitmap_check(&s->bitmap, NULL) ||
	       bitmap_lockless(&s->bitmap);
}

static uint64_t super0_place(int minor, uint64_t dev_sec)
{
	(void)minor;
	return super0_place_sec(dev_sec);
}

static int super0_load(struct blkdev *b, int minor, unsigned flags, struct super **out,
		       struct err *why)
{
	uint8_t room[SUPER0_BYTES], swapped[SUPER0_BYTES];
	struct span span = { NULL, sizeof(room) }, as_read;
	struct super0_super *s;
	struct super0 sb;
	uint64_t at_sec = super0_place_sec(b->size_sec);
	int rc;

	if (at_sec == UINT64_MAX)
		return SUPER_ABSENT;
	rc = blk_view(b, at_sec * SECTOR_BYTES, room, sizeof(room), &span.p, why);
	if (rc)
		return rc;
	as_read = span;
	if (minor == SUPER0_SWAPPED) {
		super0_swap(span, swapped);
		span.p = swapped;
	} else {
		minor = VERSION_PLAIN;
	}
	rc = super0_decode(span, &sb, why);
	if (rc < 0)
		err_prefix(why, rc, "superblock on %s cannot be used: ", b->path);
	if (rc == 0 && !(flags & LOAD_FOR_REPORT))
		rc = check_use(&sb, span, b, flags, why);
	if (rc == 0 && !(flags & LOAD_IGNORE_SIZE))
		rc = check_size(&sb, b, why);
	if (rc)
		return rc == SUPER0_ABSENT ? SUPER_ABSENT : rc;
	s = xcalloc(1, sizeof(*s));
	s->sb = sb;
	if (!(flags & LOAD_FOR_REPORT))
		memcpy(s->loaded, as_read.p, as_read.n);
	s->bitmap_damaged = bitmap_damaged(s, minor == SUPER0_SWAPPED, b);
	s->base = (struct super){ &super0, minor, b->size_sec };
	*out = &s->base;
	return 0;
}

static void super0_free(struct super *s)
{
	free(super0_own(s));
}

/* --- what it says --- */

static const char *super0_compare(const struct super *a, const struct super *b)
{
	const struct super0 *x = &super0_of(a)->sb, *y = &super0_of(b)->sb;

	if (!uuid_equal(&x->uuid, &y->uuid))
		return "array uuid";
	if (x->minor_version != y->minor_version)
		return "metadata version";
	if (x->ctime != y->ctime)
		return "creation time";
	if (x->level != y->level)
		return "level";
	if (x->size_kib != y->size_kib)
		return "size";
	if (x->raid_disks != y->raid_disks)
		return "number of devices";
	return NULL;
}

static bool in_sync(const struct super0_disk *d)
{
	const uint32_t wanted = SUPER0_DISK_ACTIVE | SUPER0_DISK_SYNC;

	return (d->state & wanted) == wanted && !(d->state & SUPER0_DISK_FAULTY);
}

static int super0_slot_active(const struct super *s, int slot)
{
	const struct super0 *sb = &super0_of(s)->sb;

	for (size_t i = 0; i < SUPER0_MAX_DEVS; i++)
		if (in_sync(&sb->disk[i]) && sb->disk[i].raid_disk == (uint32_t)slot)
			return 1;
	return 0;
}

static bool super0_number_taken(const struct super *s, int number, int slot)
{
	const struct super0_disk *d = &super0_of(s)->sb.disk[number];

	return in_sync(d) && d->raid_disk != (uint32_t)slot;
}

/* The kernel reads no more than the number from the copy, and the rest from the table. */
static void get_disk(const struct super0 *sb, struct disk_info *d)
{
	uint32_t number = MIN(sb->this_disk.number, SUPER0_MAX_DEVS - 1u);
	const struct super0_disk *this = &sb->disk[number];

	*d = (struct disk_info){
		.number = (int)number,
		.role = ROLE_SPARE,
		.slot = -1,
		.events = sb->events,
		.utime = sb->utime,
		.write_mostly = this->state & SUPER0_DISK_WRITE_MOSTLY,
		.failfast = this->state & SUPER0_DISK_FAILFAST,
		.data_size_sec = (uint64_t)sb->size_kib * 2,
	};
	if (this->state & SUPER0_DISK_FAULTY) {
		d->role = ROLE_FAULTY;
	} else if (in_sync(this) && this->raid_disk < SUPER0_MAX_DEVS) {
		d->role = ROLE_ACTIVE;
		d->slot = (int)this->raid_disk;
	}
}

static void super0_getinfo(const struct super *s, struct array_info *a, struct disk_info *d)
{
	const struct super0 *sb = &super0_of(s)->sb;

	*a = (struct array_info){
		.minor = (int)MIN(sb->minor_version, 99u),
		.uuid = sb->uuid,
		.md_minor = (int)MIN(sb->md_minor, 0xfffffu),
		.ctime = sb->ctime,
		.geo = { sb->level, sb->layout, (uint32_t)(sb->chunk_bytes / SECTOR_BYTES),
			 sb->raid_disks, (uint64_t)sb->size_kib * 2 },
		.clean = sb->state & SUPER0_CLEAN,
		.bitmap = sb->state & SUPER0_BITMAP,
		.reshape = sb->minor_version > VERSION_PLAIN,
		.reshape_position_sec = sb->reshape_position_sec,
		.leaving_disks = sb->minor_version > VERSION_PLAIN && sb->delta_disks < 0 &&
				 sb->delta_disks > -SUPER0_MAX_DEVS ?
				 (uint32_t)-sb->delta_disks : 0,
	};
	for (uint32_t slot = 0; slot < MIN(sb->raid_disks, (uint32_t)SUPER0_MAX_DEVS); slot++)
		a->working_disks += (unsigned)super0_slot_active(s, (int)slot);
	get_disk(sb, d);
	d->bitmap_damaged = super0_of(s)->bitmap_damaged;
}

void super0_home_words(const char *homehost, uint8_t out[8])
{
	uint8_t digest[20];

	sha1(homehost, strlen(homehost), digest);
	for (int i = 0; i < 8; i += 4) {
		host32 raw;
		uint32_t v;

		memcpy(raw.b, digest + i, 4);
		v = get_host32(raw);
		for (int k = 0; k < 4; k++)
			out[i + k] = (uint8_t)(v >> (24 - 8 * k));
	}
}

bool super0_is_local(const struct super *s, const char *homehost)
{
	uint8_t home[8];

	if (!*homehost)
		return false;
	super0_home_words(homehost, home);
	return memcmp(super0_of(s)->sb.uuid.b + 8, home, sizeof(home)) == 0;
}

static struct uuid super0_map_uuid(const struct super *s)
{
	return super0_of(s)->sb.uuid;
}

/*
 * 0.90 came with Linux 2.4.  The releases of bitmaps, offset layouts, reshapes and odd chunks are in
 * md(4) and mdadm(8), those of the levels and of long members in the history of drivers/md.
 */
static void super0_oldest_kernel(const struct super *s, struct kernel_need *need)
{
	const struct super0 *sb = &super0_of(s)->sb;
	const uint32_t chunk_sec = sb->chunk_bytes / SECTOR_BYTES;
	const struct { uint32_t version; bool needed; const char *why, *instead; } rows[] = {
		{ KERNEL(2, 4, 0), true, "0.90 metadata", NULL },
		{ KERNEL(2, 6, 2), sb->level == LEVEL_RAID6, "RAID6", "use another --level" },
		{ KERNEL(2, 6, 9), sb->level == LEVEL_RAID10, "RAID10", "use another --level" },
		{ KERNEL(2, 6, 15), sb->state & SUPER0_BITMAP, "write-intent bitmap",
		  "use --bitmap=none" },
		{ KERNEL(2, 6, 17), sb->minor_version > VERSION_PLAIN, "reshape", NULL },
		{ KERNEL(2, 6, 18), sb->level == LEVEL_RAID10 && sb->layout >> 16,
		  "offset layout of RAID10", "use another --layout" },
		{ KERNEL(2, 6, 30), sb->level == LEVEL_RAID6 && sb->layout > 5, "layout of RAID6",
		  "use another --layout" },
		{ KERNEL(2, 6, 31), sb->level == LEVEL_RAID0 && chunk_sec && !is_power_of_2(chunk_sec),
		  "chunk that is not a power of 2", "use another --chunk" },
		{ KERNEL(3, 1, 0), (uint64_t)sb->size_kib * 2 >= MAX_MEMBER_SEC / 2,
		  "2 TiB of a member with 0.90 metadata", "use --metadata=1.2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].needed)
			*need = (struct kernel_need){ rows[i].version, rows[i].why,
						      rows[i].instead };
}

/* --- sizes of a new array --- */

static uint64_t super0_avail(const struct space_request *q, uint64_t *data_offset_sec)
{
	uint64_t place = super0_place_sec(q->dev_sec);

	*data_offset_sec = 0;
	return place == UINT64_MAX ? 0 : place;
}

static int super0_validate(struct geometry *g, bool have_layout, unsigned spares, struct err *why)
{
	if (g->level == LEVEL_CONTAINER)
		return err_set(why, -EINVAL, "0.90 metadata has no containers");
	if (g->raid_disks > SUPER0_MAX_DEVS || spares > SUPER0_MAX_DEVS - g->raid_disks)
		return err_set(why, -EINVAL, "0.90 metadata supports a maximum of %d devices per array",
			       SUPER0_MAX_DEVS);
	if (g->size_sec >= MAX_MEMBER_SEC)
		return err_set(why, -EINVAL,
			       "0.90 metadata supports a maximum of 4 terabytes per device; use --metadata=1.0");
	if (g->level == LEVEL_RAID0 && have_layout && g->layout != LAYOUT_RAID0_DANGEROUS)
		return err_set(why, -EINVAL, "0.90 metadata does not support layouts for RAID0");
	if (!g->chunk_sec && level_has_chunk(g->level) && g->level != LEVEL_LINEAR)
		g->chunk_sec = DEFAULT_CHUNK_SEC;
	if (!have_layout && g->level != LEVEL_RAID0)
		g->layout = layout_default(g->level);
	return 0;
}

/* --- making --- */

/* What the bits of a bitmap cover. */
static uint64_t sync_size_sec(const struct super0 *sb)
{
	return geometry_sync_sec(&(struct geometry){ sb->level, sb->layout, 0, sb->raid_disks,
						     (uint64_t)sb->size_kib * 2 });
}

static int plan_bitmap(struct super0_super *s, const struct bitmap_wish *w, struct err *err)
{
	int rc = bitmap_choose_chunk(sync_size_sec(&s->sb), BITMAP_BYTES / SECTOR_BYTES, w->chunk_bytes,
				     &s->bitmap_chunk_bytes);

	if (w->lockless)
		return err_set(err, -EINVAL, "only 1.2 metadata has lockless bitmaps");
	if (rc)
		return err_set(err, rc, "Given bitmap chunk size not supported.");
	s->bitmap_delay_s = w->delay_s ? w->delay_s : DEFAULT_DELAY_S;
	s->write_behind = w->write_behind;
	s->sb.state |= SUPER0_BITMAP;
	return 0;
}

static int super0_init(const struct new_array *a, struct super **out, struct err *err)
{
	struct super0_super *s autofree = xcalloc(1, sizeof(*s));
	struct super0 *sb = &s->sb;
	int rc = 0;

	s->base = (struct super){ &super0, VERSION_PLAIN, 0 };
	sb->minor_version = VERSION_PLAIN;
	sb->uuid = a->uuid;
	if (*a->homehost && !a->uuid_given)
		super0_home_words(a->homehost, sb->uuid.b + 8);
	sb->ctime = (uint32_t)a->ctime_sec;
	sb->utime = sb->ctime;
	sb->level = a->geo.level;
	sb->layout = a->geo.layout;
	sb->chunk_bytes = (uint32_t)(a->geo.chunk_sec * SECTOR_BYTES);
	sb->size_kib = (uint32_t)(a->geo.size_sec / 2);
	sb->raid_disks = a->geo.raid_disks;
	sb->md_minor = (uint32_t)a->md_minor;
	sb->nr_disks = a->nr_disks;
	sb->active = a->active;
	sb->working = a->working;
	sb->failed = a->failed;
	sb->spare = a->spares;
	sb->events = 1;
	sb->state = a->clean ? SUPER0_CLEAN : 0;
	if (a->bitmap)
		rc = plan_bitmap(s, &a->bitmap_wish, err);
	if (rc)
		return rc;
	*out = &steal(s)->base;
	return 0;
}

static struct super0_disk descriptor(const struct new_member *m)
{
	return (struct super0_disk){
		.number = (uint32_t)m->number,
		.major = major(m->id.rdev),
		.minor = minor(m->id.rdev),
		.raid_disk = (uint32_t)(m->slot < 0 ? m->number : m->slot),
		.state = m->slot < 0 ? 0 : SUPER0_DISK_ACTIVE | SUPER0_DISK_SYNC,
	};
}

static void super0_adopt(struct super *s)
{
	struct super0_super *own = super0_own(s);

	if (!(own->sb.state & SUPER0_BITMAP))
		return;
	own->bitmap_chunk_bytes = (uint32_t)own->bitmap.chunk_bytes;
	own->bitmap_delay_s = own->bitmap.daemon_sleep_s;
	own->write_behind = own->bitmap.write_behind;
}

static int super0_add(struct super *s, const struct new_member *m, struct err *err)
{
	if (m->number < 0 || m->number >= SUPER0_MAX_DEVS)
		return err_set(err, -EINVAL, "no descriptor number %d in the superblock for %s",
			       m->number, m->path);
	super0_own(s)->sb.disk[m->number] = descriptor(m);
	return 0;
}

static void write_bitmap(const struct super0_super *s, uint64_t at, const char *path,
			 struct plan *p)
{
	uint8_t *bytes autofree = xcalloc(1, BITMAP_BYTES);
	struct bitmap_head head = {
		.version = BITMAP_VERSION_PLAIN,
		/* of the array that a new member joins */
		.events = s->bitmap.events,
		.events_cleared = s->bitmap.events_cleared,
		.sync_size_sec = sync_size_sec(&s->sb),
		.chunk_bytes = s->bitmap_chunk_bytes,
		.daemon_sleep_s = s->bitmap_delay_s,
		.write_behind = s->write_behind,
	};

	/* The 16 bytes as they lie in the superblock: words in host order. */
	head.uuid = uuid_swap_words(&s->sb.uuid);
	memset(bytes, 0xff, BITMAP_BYTES);
	bitmap_encode(&head, bytes);
	plan_write(p, path, at, bytes, BITMAP_BYTES);
}

static int super0_write_init(const struct super *s, const struct new_member *m, struct plan *p,
			     struct err *err)
{
	struct super0 sb = super0_of(s)->sb;
	uint8_t bytes[SUPER0_BYTES];
	uint64_t at = super0_place_sec(m->dev_sec);

	if (at == UINT64_MAX)
		return err_set(err, -ENOSPC, "%s is too small for a superblock", m->path);
	if (!p)
		return 0;
	at *= SECTOR_BYTES;
	sb.this_disk = descriptor(m);
	super0_encode(&sb, bytes);
	/* first what the superblock leads to */
	if (super0_of(s)->bitmap_chunk_bytes)
		write_bitmap(super0_of(s), at + SUPER0_BYTES, m->path, p);
	plan_write(p, m->path, at, bytes, sizeof(bytes));
	return 0;
}

/* --- changing and erasing --- */

static int super0_wipe(struct blkdev *b, int minor, bool damaged, struct plan *p, struct err *err)
{
	const uint64_t at = super0_place_sec(b->size_sec) * SECTOR_BYTES;
	uint8_t seen[SUPER0_BYTES];
	struct super *s cleanup(super_cleanup) = NULL;
	int rc = super0_load(b, minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, err);

	if (rc == SUPER_ABSENT)
		return 0;
	if (rc < 0 && (rc != -EINVAL || !damaged))
		return rc;
	rc = blk_read(b, at, seen, sizeof(seen), err);
	if (rc)
		return rc;
	plan_erase(p, b->path, at, seen, sizeof(seen));
	return 1;
}

static void super0_force(struct super *s, enum super_force what, int number, uint64_t value)
{
	const uint32_t in_use = SUPER0_DISK_ACTIVE | SUPER0_DISK_SYNC;
	struct super0 *sb = &super0_own(s)->sb;

	switch (what) {
	case FORCE_EVENTS:
		sb->events = value;
		break;
	case FORCE_CLEAN:
		sb->state |= SUPER0_CLEAN;
		break;
	case FORCE_ROLE:
		if (number < 0 || number >= SUPER0_MAX_DEVS)
			break;
		sb->disk[number].state = (sb->disk[number].state & ~(uint32_t)SUPER0_DISK_FAULTY) |
					 in_use;
		sb->disk[number].raid_disk = (uint32_t)value;
		break;
	}
}

static bool super0_bitmap_at(const struct super *s, uint64_t *at)
{
	uint64_t place = super0_place_sec(s->dev_sec);

	*at = place * SECTOR_BYTES + SUPER0_BYTES;
	return place != UINT64_MAX && super0_of(s)->sb.state & SUPER0_BITMAP;
}

static int super0_add_bitmap(struct super *s, struct bitmap_wish *w, const char *path, struct plan *p,
			     int32_t *offset_sec, struct err *err)
{
	struct super0_super *own = super0_own(s);
	uint64_t at = super0_place_sec(s->dev_sec);
	int rc = plan_bitmap(own, w, err);

	if (rc)
		return rc;
	w->chunk_bytes = own->bitmap_chunk_bytes;
	*offset_sec = SUPER0_BYTES / SECTOR_BYTES;
	memset(&own->bitmap, 0, sizeof(own->bitmap));
	if (p)
		write_bitmap(own, at * SECTOR_BYTES + SUPER0_BYTES, path, p);
	return 0;
}

static void store_bitmap_head(const struct super0_super *s, uint64_t at, const char *path,
			      struct plan *p)
{
	uint8_t bytes[BITMAP_HEAD_BYTES];

	bitmap_encode(&s->bitmap, bytes);
	plan_replace(p, path, at, s->bitmap_loaded, bytes, sizeof(bytes));
}

static int super0_store(const struct super *s, const char *path, struct plan *p, struct err *err)
{
	const struct super0_super *own = super0_of(s);
	uint64_t at = super0_place_sec(s->dev_sec);
	uint8_t bytes[SUPER0_BYTES];

	if (at == UINT64_MAX)
		return err_set(err, -EINVAL, "%s is too small for a superblock", path);
	super0_encode(&own->sb, bytes);
	if (own->bitmap_changed)
		store_bitmap_head(own, at * SECTOR_BYTES + SUPER0_BYTES, path, p);
	plan_replace(p, path, at * SECTOR_BYTES, own->loaded, bytes, sizeof(bytes));
	return 0;
}

static size_t super0_areas(const struct super *s, struct super_area out[SUPER_AREAS])
{
	const uint64_t at = super0_place_sec(s->dev_sec) * SECTOR_BYTES;

	out[0] = (struct super_area){ AREA_SUPER, at, SUPER0_BYTES };
	if (!(super0_of(s)->sb.state & SUPER0_BITMAP))
		return 1;
	out[1] = (struct super_area){ AREA_BITMAP, at + SUPER0_BYTES, BITMAP_BYTES };
	return 2;
}

const struct superswitch super0 = {
	.name = "0.90",
	.default_minor = VERSION_PLAIN,
	.first_minor = VERSION_PLAIN,
	.last_minor = VERSION_PLAIN,
	.match_metadata_desc = super0_match,
	.load_super = super0_load,
	.free_super = super0_free,
	.place_sec = super0_place,
	.compare_super = super0_compare,
	.getinfo_super = super0_getinfo,
	.is_local = super0_is_local,
	.map_uuid = super0_map_uuid,
	.examine_super = super0_examine,
	.export_examine_super = super0_export_examine,
	.brief_examine_super = super0_brief_examine,
	.detail_super = super0_detail,
	.export_detail_super = super0_export_detail,
	.validate_geometry = super0_validate,
	.avail_size = super0_avail,
	.adopt_super = super0_adopt,
	.init_super = super0_init,
	.add_to_super = super0_add,
	.write_init_super = super0_write_init,
	.wipe_super = super0_wipe,
	.force_super = super0_force,
	.update_super = super0_update,
	.convert_super = super0_convert,
	.store_super = super0_store,
	.slot_active = super0_slot_active,
	.number_taken = super0_number_taken,
	.areas = super0_areas,
	.bitmap_uuid_in_words = true,
	.bitmap_at = super0_bitmap_at,
	.add_bitmap = super0_add_bitmap,
	.oldest_kernel = super0_oldest_kernel,
};
