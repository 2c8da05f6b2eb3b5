// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mkimage - members of md arrays: good ones of each format and level, and damaged ones with
 * one defect each, which the image is named after.  For tests only: writes the bytes from
 * its own tables and uses nothing of the project, so that both can be wrong only apart.
 *
 *   mkimage list                  the names
 *   mkimage all DIRECTORY         member 0 of each, as DIRECTORY/NAME
 *   mkimage put NAME DEVICE...    member 0, 1 ... over the whole of each device
 *   mkimage same NAME DEVICE...   is every byte still what put wrote?
 *   mkimage members NAME          how many members there are
 *
 * A name is FORMAT-LEVEL[-bitmap][-DEFECT].  A defect in what describes the array is on all
 * members, as if a sick writer had written them; one in what describes the device is on
 * member 0.  The checksum is right unless the name says "unmended" or "checksum".
 */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define SECTOR 512u
#define DEV_SEC 8192u
#define DEV_BYTES (DEV_SEC * SECTOR)
#define DATA_SEC 2048u
#define SIZE_SEC 4096u
#define CHUNK_SEC 128u
#define CTIME 1600000000u
#define UTIME 1600001000u
#define EVENTS 17u
#define MAX_DEV 128u
#define MAX_MEMBERS 4
#define SIGN32 0x80000000u
#define SIGN64 0x8000000000000000u

enum { F090, F10, F11, F12, FORMATS };
static const char *const format_name[] = { "0.90", "1.0", "1.1", "1.2" };
static const unsigned super_sec[] = { DEV_SEC - 128, DEV_SEC - 16, 0, 8 };

enum { LINEAR, RAID0, RAID1, RAID4, RAID5, RAID6, RAID10, LEVELS };
static const struct level {
	const char *name;
	int number;
	unsigned disks, layout, chunk_sec;
} levels[] = {
	{ "linear", -1, 2, 0, 0 },
	{ "raid0", 0, 2, 1, CHUNK_SEC },
	{ "raid1", 1, 2, 0, 0 },
	{ "raid4", 4, 3, 0, CHUNK_SEC },
	{ "raid5", 5, 3, 2, CHUNK_SEC },
	{ "raid6", 6, 4, 2, CHUNK_SEC },
	{ "raid10", 10, 4, 0x102, CHUNK_SEC },
};

struct image {
	char name[80];
	int format, level;
	bool bitmap;
	/* the defect */
	unsigned at, width;          /* of the superblock, or of the bitmap header */
	uint64_t value;
	const void *bytes;           /* instead of value */
	bool in_bitmap, unmended, device_only;
	unsigned cut_bytes;          /* of a file: it ends here */
	bool cut;
	void (*more)(uint8_t *dev, int member);
};

static struct image *images;
static size_t n_images;

/* --- bytes --- */

static void put(uint8_t *p, unsigned width, uint64_t v)
{
	for (unsigned i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get(const uint8_t *p, unsigned width)
{
	uint64_t v = 0;

	for (unsigned i = width; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static uint32_t sum(const uint8_t *p, size_t n)
{
	uint64_t s = 0;

	for (; n >= 4; n -= 4, p += 4)
		s += get(p, 4);
	if (n)
		s += get(p, 2);
	return (uint32_t)(s + (s >> 32));
}

static void mend1(uint8_t *sb)
{
	uint64_t max_dev = get(sb + 220, 4);

	put(sb + 216, 4, 0);
	/* more than fit are not counted: the sum is wrong then, and nobody may look */
	put(sb + 216, 4, sum(sb, 256 + 2 * (max_dev > 1920 ? 1920 : max_dev)));
}

static void mend0(uint8_t *sb)
{
	put(sb + 4 * 38, 4, 0);
	put(sb + 4 * 38, 4, sum(sb, 4096));
}

/* --- good members --- */

static void fill_uuid(uint8_t *p, unsigned seed)
{
	for (unsigned i = 0; i < 16; i++)
		p[i] = (uint8_t)(seed + 17 * i);
}

static void make1(uint8_t *dev, const struct image *im, int member)
{
	const struct level *l = &levels[im->level];
	uint8_t *sb = dev + super_sec[im->format] * SECTOR;
	unsigned data = im->format == F10 ? 0 : DATA_SEC;

	put(sb, 4, 0xa92b4efc);
	put(sb + 4, 4, 1);
	put(sb + 8, 4, im->bitmap);
	fill_uuid(sb + 16, 0x11);
	memcpy(sb + 32, "host:name", 9);
	put(sb + 64, 8, CTIME);
	put(sb + 72, 4, (uint32_t)l->number);
	put(sb + 76, 4, l->layout);
	put(sb + 80, 8, l->number > 0 ? SIZE_SEC : 0);
	put(sb + 88, 4, l->chunk_sec);
	put(sb + 92, 4, l->disks);
	if (im->bitmap)
		put(sb + 96, 4, im->format == F10 ? (uint32_t)-16 : 8);
	put(sb + 128, 8, data);
	put(sb + 136, 8, im->format == F10 ? DEV_SEC - 16 - 24 : DEV_SEC - DATA_SEC);
	put(sb + 144, 8, super_sec[im->format]);
	put(sb + 160, 4, (unsigned)member);
	fill_uuid(sb + 168, 0x40 + (unsigned)member);
	put(sb + 186, 2, 8);
	put(sb + 188, 4, im->format == F10 ? (uint32_t)-8 : 16);
	put(sb + 192, 8, UTIME);
	put(sb + 200, 8, EVENTS);
	put(sb + 208, 8, UINT64_MAX);
	put(sb + 220, 4, MAX_DEV);
	memset(sb + 256, 0xff, 256);
	for (unsigned i = 0; i < l->disks; i++)
		put(sb + 256 + 2 * i, 2, i);
	mend1(sb);
}

static void make0(uint8_t *dev, const struct image *im, int member)
{
	const struct level *l = &levels[im->level];
	uint8_t *sb = dev + super_sec[F090] * SECTOR;
	uint8_t uuid[16];

	fill_uuid(uuid, 0x11);
	put(sb, 4, 0xa92b4efc);
	put(sb + 4 * 2, 4, 90);
	memcpy(sb + 4 * 5, uuid, 4);
	memcpy(sb + 4 * 13, uuid + 4, 12);
	put(sb + 4 * 6, 4, CTIME);
	put(sb + 4 * 7, 4, (uint32_t)l->number);
	put(sb + 4 * 8, 4, SIZE_SEC / 2);
	put(sb + 4 * 9, 4, l->disks);
	put(sb + 4 * 10, 4, l->disks);
	put(sb + 4 * 11, 4, 7);
	put(sb + 4 * 32, 4, UTIME);
	put(sb + 4 * 33, 4, im->bitmap ? 0x101 : 1);
	put(sb + 4 * 34, 4, l->disks);
	put(sb + 4 * 35, 4, l->disks);
	put(sb + 4 * 39, 8, EVENTS);
	put(sb + 4 * 64, 4, l->number == 0 ? 0 : l->layout);
	put(sb + 4 * 65, 4, l->chunk_sec * SECTOR);
	for (unsigned i = 0; i <= l->disks; i++) {
		uint8_t *d = sb + 4 * (i < l->disks ? 128 + 32 * i : 992);
		unsigned number = i < l->disks ? i : (unsigned)member;

		put(d, 4, number);
		put(d + 4, 4, 1);
		put(d + 8, 4, number);
		put(d + 12, 4, number);
		put(d + 16, 4, 6);
	}
	mend0(sb);
}

static uint8_t *bitmap_of(uint8_t *dev, const struct image *im)
{
	int sectors = im->format == F10 ? -16 : 8;

	return dev + ((int)super_sec[im->format] + sectors) * (int)SECTOR;
}

static void make_bitmap(uint8_t *dev, const struct image *im)
{
	const uint8_t *sb = dev + super_sec[im->format] * SECTOR;
	unsigned sync = levels[im->level].number == 10 ? 2 * SIZE_SEC : SIZE_SEC;
	uint8_t *b = bitmap_of(dev, im);

	put(b, 4, 0x6d746962);
	put(b + 4, 4, 4);
	if (im->format == F090) {
		memcpy(b + 8, sb + 4 * 5, 4);
		memcpy(b + 12, sb + 4 * 13, 12);
	} else {
		memcpy(b + 8, sb + 16, 16);
	}
	put(b + 24, 8, EVENTS);
	put(b + 32, 8, EVENTS);
	put(b + 40, 8, sync);
	put(b + 52, 4, 1u << 16);
	put(b + 56, 4, 5);
}

/* --- defects --- */

/* Where the defect of an image is. */
static uint8_t *place(uint8_t *dev, const struct image *im)
{
	return (im->in_bitmap ? bitmap_of(dev, im) : dev + super_sec[im->format] * SECTOR) + im->at;
}

static void hurt(uint8_t *dev, const struct image *im, int member)
{
	uint8_t *sb = dev + super_sec[im->format] * SECTOR;

	if (im->device_only && member)
		return;
	if (im->bytes)
		memcpy(place(dev, im), im->bytes, im->width);
	else
		put(place(dev, im), im->width, im->value);
	if (im->more)
		im->more(dev, member);
	if (im->unmended)
		return;
	if (im->format == F090)
		mend0(sb);
	else
		mend1(sb);
}

static void make_good(uint8_t *dev, const struct image *im, int member)
{
	memset(dev, 0, DEV_BYTES);
	/* what lies elsewhere is none of anybody's business */
	memset(dev + 3 * 1024 * 1024, 0x5a, 4096);
	if (im->format == F090)
		make0(dev, im, member);
	else
		make1(dev, im, member);
	if (im->bitmap)
		make_bitmap(dev, im);
}

static void make(uint8_t *dev, const struct image *im, int member)
{
	make_good(dev, im, member);
	hurt(dev, im, member);
}

/* --- the catalogue --- */

static struct image *add(int format, int level, bool bitmap, const char *defect)
{
	struct image *im;

	images = realloc(images, (n_images + 1) * sizeof(*images));
	if (!images)
		exit(2);
	im = &images[n_images++];
	*im = (struct image){ .format = format, .level = level, .bitmap = bitmap };
	snprintf(im->name, sizeof(im->name), "%s-%s%s%s%s", format_name[format],
		 levels[level].name, bitmap ? "-bitmap" : "", *defect ? "-" : "", defect);
	return im;
}

struct field {
	const char *name;
	unsigned at, width;
};

static const struct field fields1[] = {
	{ "magic", 0, 4 }, { "major", 4, 4 }, { "features", 8, 4 }, { "pad0", 12, 4 },
	{ "uuid", 16, 4 }, { "ctime", 64, 8 }, { "level", 72, 4 }, { "layout", 76, 4 },
	{ "size", 80, 8 }, { "chunk", 88, 4 }, { "raid_disks", 92, 4 },
	{ "bitmap_offset", 96, 4 }, { "new_level", 100, 4 }, { "reshape_position", 104, 8 },
	{ "delta_disks", 112, 4 }, { "new_layout", 116, 4 }, { "new_chunk", 120, 4 },
	{ "new_offset", 124, 4 }, { "data_offset", 128, 8 }, { "data_size", 136, 8 },
	{ "super_offset", 144, 8 }, { "recovery_offset", 152, 8 }, { "dev_number", 160, 4 },
	{ "corrected_reads", 164, 4 }, { "device_uuid", 168, 4 }, { "devflags", 184, 1 },
	{ "bblog_shift", 185, 1 }, { "bblog_size", 186, 2 }, { "bblog_offset", 188, 4 },
	{ "utime", 192, 8 }, { "events", 200, 8 }, { "resync_offset", 208, 8 },
	{ "checksum", 216, 4 }, { "max_dev", 220, 4 }, { "pad3", 224, 1 },
	{ "pad3_end", 255, 1 }, { "role0", 256, 2 }, { "role1", 258, 2 },
};

static const struct field fields0[] = {
	{ "magic", 0, 4 }, { "major", 4 * 1, 4 }, { "minor", 4 * 2, 4 }, { "patch", 4 * 3, 4 },
	{ "gvalid_words", 4 * 4, 4 }, { "uuid0", 4 * 5, 4 }, { "ctime", 4 * 6, 4 },
	{ "level", 4 * 7, 4 }, { "size", 4 * 8, 4 }, { "nr_disks", 4 * 9, 4 },
	{ "raid_disks", 4 * 10, 4 }, { "md_minor", 4 * 11, 4 },
	{ "not_persistent", 4 * 12, 4 }, { "uuid1", 4 * 13, 4 }, { "utime", 4 * 32, 4 },
	{ "state", 4 * 33, 4 }, { "active", 4 * 34, 4 }, { "working", 4 * 35, 4 },
	{ "failed", 4 * 36, 4 }, { "spare", 4 * 37, 4 }, { "checksum", 4 * 38, 4 },
	{ "events", 4 * 39, 8 }, { "checkpoint", 4 * 41, 8 }, { "recovery_cp", 4 * 43, 4 },
	{ "reshape_position", 4 * 44, 8 }, { "new_level", 4 * 46, 4 },
	{ "delta_disks", 4 * 47, 4 }, { "new_layout", 4 * 48, 4 }, { "new_chunk", 4 * 49, 4 },
	{ "layout", 4 * 64, 4 }, { "chunk", 4 * 65, 4 }, { "root_pv", 4 * 66, 4 },
	{ "disk0_number", 4 * 128, 4 }, { "disk0_major", 4 * 129, 4 },
	{ "disk0_minor", 4 * 130, 4 }, { "disk0_slot", 4 * 131, 4 },
	{ "disk0_state", 4 * 132, 4 }, { "disk26_state", 4 * 964, 4 },
	{ "this_number", 4 * 992, 4 }, { "this_major", 4 * 993, 4 },
	{ "this_minor", 4 * 994, 4 }, { "this_slot", 4 * 995, 4 },
	{ "this_state", 4 * 996, 4 },
};

static const struct field fields_bitmap[] = {
	{ "magic", 0, 4 }, { "version", 4, 4 }, { "uuid", 8, 4 }, { "events", 24, 8 },
	{ "cleared", 32, 8 }, { "sync_size", 40, 8 }, { "state", 48, 4 }, { "chunk", 52, 4 },
	{ "sleep", 56, 4 }, { "write_behind", 60, 4 }, { "reserved", 64, 4 },
	{ "nodes", 68, 4 }, { "cluster", 72, 4 },
};

/* What describes the device it lies on, and so may differ from member to member. */
static bool of_device(const struct image *im, unsigned at)
{
	if (im->in_bitmap)
		return false;
	return im->format == F090 ? at >= 4 * 992 : at >= 128 && at < 192;
}

static void set(struct image *im, unsigned at, unsigned width, uint64_t value)
{
	unsigned checksum = im->format == F090 ? 4 * 38 : 216;

	im->at = at;
	im->width = width;
	im->value = value;
	im->device_only = of_device(im, at);
	im->unmended = !im->in_bitmap && at == checksum;
}

/* A value that is the right one makes no image. */
static void drop_if_good(const struct image *im)
{
	static struct image kept = { .format = -1 };
	static uint8_t good[DEV_BYTES];

	if (kept.format != im->format || kept.level != im->level || kept.bitmap != im->bitmap) {
		kept = (struct image){ .format = im->format, .level = im->level,
				       .bitmap = im->bitmap };
		make_good(good, &kept, 0);
	}
	if (get(place(good, im), im->width) == im->value)
		n_images--;
}

static void add_value(int format, int level, const char *where, const struct field *f,
		      const char *what, uint64_t value)
{
	bool in_bitmap = *where;
	struct image *im;
	char defect[64];

	snprintf(defect, sizeof(defect), "%s%s-%s", where, f->name, what);
	im = add(format, level, in_bitmap, defect);
	im->in_bitmap = in_bitmap;
	set(im, f->at, f->width, value);
	drop_if_good(im);
}

/* Each field at 0, 1, the greatest positive number, the least negative one, all ones. */
static void add_extremes(int format, int level, const char *where, const struct field *f, size_t n)
{
	for (; n; n--, f++) {
		uint64_t ones = f->width == 8 ? UINT64_MAX : (1ull << (8 * f->width)) - 1;

		add_value(format, level, where, f, "zero", 0);
		add_value(format, level, where, f, "one", 1);
		add_value(format, level, where, f, "max", ones >> 1);
		add_value(format, level, where, f, "sign", (ones >> 1) + 1);
		add_value(format, level, where, f, "ones", ones);
	}
}

/* Just inside and just beyond a bound, and other values that mean something. */
static const struct single {
	int format, level;
	bool bitmap;
	const char *defect;
	unsigned at, width;
	uint64_t value;
} singles[] = {
	{ F12, RAID1, 0, "max_dev-1920", 220, 4, 1920 },
	{ F12, RAID1, 0, "max_dev-1921", 220, 4, 1921 },
	{ F12, RAID1, 0, "max_dev-65535", 220, 4, 0xffff },
	{ F10, RAID1, 0, "max_dev-65535", 220, 4, 0xffff },
	{ F11, RAID1, 0, "max_dev-65535", 220, 4, 0xffff },
	{ F12, RAID1, 0, "max_dev-2", 220, 4, 2 },
	{ F12, RAID1, 0, "raid_disks-1919", 92, 4, 1919 },
	{ F12, RAID1, 0, "raid_disks-1920", 92, 4, 1920 },
	{ F12, RAID1, 0, "raid_disks-1921", 92, 4, 1921 },
	{ F12, RAID1, 0, "raid_disks-65536", 92, 4, 65536 },
	{ F12, RAID0, 0, "raid_disks-0", 92, 4, 0 },
	{ F12, LINEAR, 0, "raid_disks-0", 92, 4, 0 },
	{ F12, RAID4, 0, "raid_disks-1", 92, 4, 1 },
	{ F12, RAID5, 0, "raid_disks-0", 92, 4, 0 },
	{ F12, RAID5, 0, "raid_disks-1", 92, 4, 1 },
	{ F12, RAID5, 0, "raid_disks-2", 92, 4, 2 },
	{ F12, RAID5, 0, "raid_disks-1920", 92, 4, 1920 },
	{ F12, RAID6, 0, "raid_disks-1", 92, 4, 1 },
	{ F12, RAID6, 0, "raid_disks-2", 92, 4, 2 },
	{ F12, RAID6, 0, "raid_disks-3", 92, 4, 3 },
	{ F12, RAID10, 0, "raid_disks-1", 92, 4, 1 },
	{ F12, RAID10, 0, "raid_disks-3", 92, 4, 3 },
	{ F12, RAID1, 0, "level-2", 72, 4, 2 },
	{ F12, RAID1, 0, "level-4", 72, 4, 4 },
	{ F12, RAID1, 0, "level-5", 72, 4, 5 },
	{ F12, RAID1, 0, "level-6", 72, 4, 6 },
	{ F12, RAID1, 0, "level-7", 72, 4, 7 },
	{ F12, RAID1, 0, "level-10", 72, 4, 10 },
	{ F12, RAID1, 0, "level-11", 72, 4, 11 },
	{ F12, RAID1, 0, "level-minus2", 72, 4, (uint32_t)-2 },
	{ F12, RAID1, 0, "level-multipath", 72, 4, (uint32_t)-4 },
	{ F12, RAID1, 0, "level-faulty", 72, 4, (uint32_t)-5 },
	{ F12, RAID1, 0, "level-container", 72, 4, (uint32_t)-100 },
	{ F12, RAID1, 0, "level-unset", 72, 4, 0xfffe },
	{ F12, RAID5, 0, "layout-5", 76, 4, 5 },
	{ F12, RAID5, 0, "layout-6", 76, 4, 6 },
	{ F12, RAID5, 0, "layout-16", 76, 4, 16 },
	{ F12, RAID5, 0, "layout-ones", 76, 4, 0xffffffff },
	{ F12, RAID6, 0, "layout-7", 76, 4, 7 },
	{ F12, RAID6, 0, "layout-11", 76, 4, 11 },
	{ F12, RAID6, 0, "layout-20", 76, 4, 20 },
	{ F12, RAID6, 0, "layout-21", 76, 4, 21 },
	{ F12, RAID0, 0, "layout-3", 76, 4, 3 },
	{ F12, RAID0, 0, "layout-ones", 76, 4, 0xffffffff },
	{ F12, RAID10, 0, "layout-0", 76, 4, 0 },
	{ F12, RAID10, 0, "layout-1", 76, 4, 1 },
	{ F12, RAID10, 0, "layout-near0", 76, 4, 0x100 },
	{ F12, RAID10, 0, "layout-no-redundancy", 76, 4, 0x101 },
	{ F12, RAID10, 0, "layout-9-copies", 76, 4, 0x303 },
	{ F12, RAID10, 0, "layout-5-near", 76, 4, 0x105 },
	{ F12, RAID10, 0, "layout-far-sets", 76, 4, 0x20201 },
	{ F12, RAID10, 0, "layout-bit18", 76, 4, 0x40102 },
	{ F12, RAID10, 0, "layout-bit31", 76, 4, SIGN32 | 0x102 },
	{ F12, RAID10, 0, "layout-offset-near", 76, 4, 0x10202 },
	{ F12, RAID10, 0, "layout-ones", 76, 4, 0xffffffff },
	{ F12, RAID0, 0, "chunk-0", 88, 4, 0 },
	{ F12, RAID0, 0, "chunk-1", 88, 4, 1 },
	{ F12, RAID0, 0, "chunk-127", 88, 4, 127 },
	{ F12, RAID0, 0, "chunk-4194304", 88, 4, 1u << 22 },
	{ F12, RAID0, 0, "chunk-sign", 88, 4, SIGN32 },
	{ F12, RAID0, 0, "chunk-ones", 88, 4, 0xffffffff },
	{ F12, RAID5, 0, "chunk-0", 88, 4, 0 },
	{ F12, RAID5, 0, "chunk-1", 88, 4, 1 },
	{ F12, RAID5, 0, "chunk-4", 88, 4, 4 },
	{ F12, RAID5, 0, "chunk-96", 88, 4, 96 },
	{ F12, RAID5, 0, "chunk-4194304", 88, 4, 1u << 22 },
	{ F12, RAID5, 0, "chunk-8388608", 88, 4, 1u << 23 },
	{ F12, RAID5, 0, "chunk-sign", 88, 4, SIGN32 },
	{ F12, RAID5, 0, "chunk-ones", 88, 4, 0xffffffff },
	{ F12, RAID6, 0, "chunk-0", 88, 4, 0 },
	{ F12, RAID4, 0, "chunk-0", 88, 4, 0 },
	{ F12, RAID10, 0, "chunk-0", 88, 4, 0 },
	{ F12, RAID10, 0, "chunk-96", 88, 4, 96 },
	{ F12, RAID10, 0, "chunk-sign", 88, 4, SIGN32 },
	{ F12, RAID1, 0, "chunk-7", 88, 4, 7 },
	{ F12, RAID1, 0, "size-all", 80, 8, DEV_SEC - DATA_SEC },
	{ F12, RAID1, 0, "size-beyond", 80, 8, DEV_SEC - DATA_SEC + 1 },
	{ F12, RAID1, 0, "size-bit55", 80, 8, 1ull << 55 },
	{ F12, RAID5, 0, "size-0", 80, 8, 0 },
	{ F12, RAID5, 0, "size-1", 80, 8, 1 },
	{ F12, RAID10, 0, "size-0", 80, 8, 0 },
	{ F12, RAID10, 0, "size-ones", 80, 8, UINT64_MAX },
	{ F10, RAID1, 0, "size-beyond", 80, 8, DEV_SEC - 16 + 1 },
	{ F10, RAID1, 0, "size-ones", 80, 8, UINT64_MAX },
	{ F10, RAID1, 0, "data_size-beyond", 136, 8, DEV_SEC - 16 + 1 },
	{ F10, RAID1, 0, "data_size-ones", 136, 8, UINT64_MAX },
	{ F10, RAID1, 0, "data_offset-beyond", 128, 8, DEV_SEC + 1 },
	{ F10, RAID1, 0, "data_offset-ones", 128, 8, UINT64_MAX },
	{ F10, RAID1, 0, "data_offset-behind-super", 128, 8, DEV_SEC - 8 },
	{ F10, RAID1, 0, "super_offset-zero", 144, 8, 0 },
	{ F10, RAID1, 0, "super_offset-next", 144, 8, DEV_SEC - 15 },
	{ F11, RAID1, 0, "super_offset-8", 144, 8, 8 },
	{ F11, RAID1, 0, "data_offset-inside-super", 128, 8, 0 },
	{ F12, RAID1, 0, "data_offset-inside-super", 128, 8, 8 },
	{ F12, RAID1, 0, "data_offset-behind-super", 128, 8, 9 },
	{ F12, RAID1, 0, "data_offset-last", 128, 8, DEV_SEC - SIZE_SEC },
	{ F12, RAID1, 0, "data_offset-too-late", 128, 8, DEV_SEC - SIZE_SEC + 1 },
	{ F12, RAID1, 0, "data_offset-end", 128, 8, DEV_SEC },
	{ F12, RAID1, 0, "data_offset-beyond", 128, 8, DEV_SEC + 1 },
	{ F12, RAID1, 0, "data_offset-wraps", 128, 8, UINT64_MAX - SIZE_SEC + 1 },
	{ F12, RAID1, 0, "data_size-9", 136, 8, 9 },
	{ F12, RAID1, 0, "data_size-10", 136, 8, 10 },
	{ F12, RAID1, 0, "data_size-beyond", 136, 8, DEV_SEC - DATA_SEC + 1 },
	{ F12, RAID1, 0, "super_offset-7", 144, 8, 7 },
	{ F12, RAID1, 0, "super_offset-9", 144, 8, 9 },
	{ F12, RAID1, 0, "dev_number-2", 160, 4, 2 },
	{ F12, RAID1, 0, "dev_number-last", 160, 4, MAX_DEV - 1 },
	{ F12, RAID1, 0, "dev_number-beyond", 160, 4, MAX_DEV },
	{ F12, RAID1, 0, "dev_number-1920", 160, 4, 1920 },
	{ F12, RAID1, 0, "role0-2", 256, 2, 2 },
	{ F12, RAID1, 0, "role0-65280", 256, 2, 0xff00 },
	{ F12, RAID1, 0, "role0-65281", 256, 2, 0xff01 },
	{ F12, RAID1, 0, "role0-65532", 256, 2, 0xfffc },
	{ F12, RAID1, 0, "role0-journal", 256, 2, 0xfffd },
	{ F12, RAID1, 0, "role0-faulty", 256, 2, 0xfffe },
	{ F12, RAID1, 0, "role127-0", 256 + 2 * 127, 2, 0 },
	{ F12, RAID1, 0, "ctime-year10000", 64, 8, 253402300800 },
	{ F12, RAID1, 0, "ctime-seconds-ones", 64, 8, (1ull << 40) - 1 },
	{ F12, RAID1, 0, "utime-year10000", 192, 8, 253402300800 },
	{ F12, RAID1, 0, "features-bit13", 8, 4, 1 << 13 },
	{ F12, RAID1, 0, "features-bit31", 8, 4, SIGN32 },
	{ F12, RAID1, 0, "features-raid0-layout", 8, 4, 4096 },
	{ F12, RAID1, 0, "features-recovery", 8, 4, 2 },
	{ F12, RAID1, 0, "features-reshape", 8, 4, 4 },
	{ F12, RAID1, 0, "features-bad-blocks", 8, 4, 8 },
	{ F12, RAID1, 0, "features-replacement", 8, 4, 16 },
	{ F12, RAID1, 0, "features-new-offset", 8, 4, 64 },
	{ F12, RAID1, 0, "features-clustered", 8, 4, 256 },
	{ F12, RAID1, 0, "features-journal", 8, 4, 512 },
	{ F12, RAID1, 0, "features-ppl", 8, 4, 1024 },
	{ F12, RAID5, 0, "features-ppl", 8, 4, 1024 },
	{ F12, RAID1, 0, "features-both-ppl", 8, 4, 1024 | 2048 },
	{ F12, RAID5, 0, "features-ppl-bitmap", 8, 4, 1024 | 1 },
	{ F12, RAID5, 0, "features-journal", 8, 4, 512 },
	{ F12, RAID5, 0, "features-reshape", 8, 4, 4 },
	{ F12, RAID1, 1, "bitmap_offset-zero", 96, 4, 0 },
	{ F12, RAID1, 1, "bitmap_offset-inside-super", 96, 4, 1 },
	{ F12, RAID1, 1, "bitmap_offset-in-data", 96, 4, DATA_SEC },
	{ F12, RAID1, 1, "bitmap_offset-negative", 96, 4, (uint32_t)-8 },
	{ F12, RAID1, 1, "bitmap_offset-before-start", 96, 4, (uint32_t)-9 },
	{ F12, RAID1, 1, "bitmap_offset-beyond", 96, 4, DEV_SEC },
	{ F12, RAID1, 1, "bitmap_offset-max", 96, 4, 0x7fffffff },
	{ F12, RAID1, 1, "bitmap_offset-sign", 96, 4, SIGN32 },
	{ F12, RAID1, 1, "bitmap_offset-ones", 96, 4, 0xffffffff },
	{ F10, RAID1, 1, "bitmap_offset-behind-end", 96, 4, 16 },
	{ F10, RAID1, 1, "bitmap_offset-max", 96, 4, 0x7fffffff },
	{ F10, RAID1, 1, "bitmap_offset-sign", 96, 4, SIGN32 },
	{ F090, RAID1, 0, "minor-89", 4 * 2, 4, 89 },
	{ F090, RAID1, 0, "minor-91", 4 * 2, 4, 91 },
	{ F090, RAID1, 0, "minor-92", 4 * 2, 4, 92 },
	{ F090, RAID1, 0, "raid_disks-27", 4 * 10, 4, 27 },
	{ F090, RAID1, 0, "raid_disks-28", 4 * 10, 4, 28 },
	{ F090, RAID1, 0, "nr_disks-27", 4 * 9, 4, 27 },
	{ F090, RAID1, 0, "nr_disks-28", 4 * 9, 4, 28 },
	{ F090, RAID1, 0, "this_number-2", 4 * 992, 4, 2 },
	{ F090, RAID1, 0, "this_number-26", 4 * 992, 4, 26 },
	{ F090, RAID1, 0, "this_number-27", 4 * 992, 4, 27 },
	{ F090, RAID1, 0, "this_slot-2", 4 * 995, 4, 2 },
	{ F090, RAID1, 0, "this_slot-27", 4 * 995, 4, 27 },
	{ F090, RAID1, 0, "this_state-faulty", 4 * 996, 4, 1 },
	{ F090, RAID1, 0, "disk0_state-faulty", 4 * 132, 4, 1 },
	{ F090, RAID1, 0, "disk0_major-4096", 4 * 129, 4, 4096 },
	{ F090, RAID1, 0, "disk0_minor-1048576", 4 * 130, 4, 1 << 20 },
	{ F090, RAID1, 0, "level-2", 4 * 7, 4, 2 },
	{ F090, RAID1, 0, "level-5", 4 * 7, 4, 5 },
	{ F090, RAID1, 0, "level-7", 4 * 7, 4, 7 },
	{ F090, RAID1, 0, "level-container", 4 * 7, 4, (uint32_t)-100 },
	{ F090, RAID1, 0, "size-all", 4 * 8, 4, (DEV_SEC - 128) / 2 },
	{ F090, RAID1, 0, "size-beyond", 4 * 8, 4, (DEV_SEC - 128) / 2 + 1 },
	{ F090, RAID1, 0, "md_minor-1048576", 4 * 11, 4, 1 << 20 },
	{ F090, RAID5, 0, "chunk-0", 4 * 65, 4, 0 },
	{ F090, RAID5, 0, "chunk-511", 4 * 65, 4, 511 },
	{ F090, RAID5, 0, "chunk-65537", 4 * 65, 4, 65537 },
	{ F090, RAID5, 0, "chunk-sign", 4 * 65, 4, SIGN32 },
	{ F090, RAID5, 0, "layout-ones", 4 * 64, 4, 0xffffffff },
	{ F090, RAID5, 0, "raid_disks-1", 4 * 10, 4, 1 },
	{ F090, RAID0, 0, "chunk-0", 4 * 65, 4, 0 },
	{ F090, RAID10, 0, "layout-0", 4 * 64, 4, 0 },
};

static void add_singles(void)
{
	for (size_t i = 0; i < sizeof(singles) / sizeof(*singles); i++) {
		const struct single *s = &singles[i];
		struct image *im = add(s->format, s->level, s->bitmap, s->defect);

		set(im, s->at, s->width, s->value);
	}
}

/* 32 bytes each, what is not written is NUL. */
static const struct { const char *what, *text; } names[] = {
	{ "empty", "" },
	{ "host-only", "host:" },
	{ "colon", ":" },
	{ "two-colons", "host:a:b" },
	{ "dot", "host:." },
	{ "dotdot", "host:.." },
	{ "bare-dotdot", ".." },
	{ "slash", "host:a/b" },
	{ "climbs", "../../../etc/passwd" },
	{ "absolute", "/dev/sda" },
	{ "newline", "host:a\nARRAY /dev/md/x" },
	{ "fake-key", "a\nMD_UUID=0:0:0:0\nMD_LEVEL=raid0" },
	{ "fake-label", "a\n    Array UUID : 0:0:0:0" },
	{ "carriage-return", "host:good\rbad" },
	{ "escape", "host:\033[2J\033[31mred\033]0;t\007" },
	{ "csi-8bit", "host:\2332J" },
	{ "tab", "a\tb" },
	{ "backspace", "abc\b\b\bxyz" },
	{ "delete", "a\177b" },
	{ "blank", "host:a b" },
	{ "blank-first", " a" },
	{ "blank-last", "a " },
	{ "hash", "a #b" },
	{ "equals", "name=x UUID=0:0:0:0" },
	{ "single-quote", "it's" },
	{ "double-quote", "say \"it\"" },
	{ "both-quotes", "'\"'\"" },
	{ "backslash", "a\\b\\" },
	{ "backslash-x", "a\\x41" },
	{ "dollar", "$HOME" },
	{ "substitution", "$(touch pwned)" },
	{ "backtick", "`touch pwned`" },
	{ "semicolon", "a;touch pwned" },
	{ "ampersand", "a&touch pwned&" },
	{ "pipe", "a|touch pwned" },
	{ "redirect", "a>pwned" },
	{ "glob", "host:*" },
	{ "brace", "{a,b}" },
	{ "tilde", "~root" },
	{ "percent", "%s%n%s%n" },
	{ "dash", "-rf" },
	{ "utf-8", "host:\303\244\342\202\254\360\237\230\200" },
	{ "not-utf-8", "host:\377\376\300\200" },
	{ "full", "host:567890123456789012345678901" },
	{ "full-no-host", "12345678901234567890123456789012" },
	{ "ones", "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377"
		  "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377" },
};

static void add_name(const char *what, const char *text, size_t n)
{
	static char bytes[128][32];
	static size_t used;
	struct image *im;
	char defect[64];

	snprintf(defect, sizeof(defect), "name-%s", what);
	im = add(F12, RAID1, false, defect);
	set(im, 32, 32, 0);
	im->bytes = memcpy(bytes[used++], text, n);
}

static void add_names(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i].text);

		add_name(names[i].what, names[i].text, n > 32 ? 32 : n);
	}
	add_name("nul-inside", "ab\0cd\nMD_LEVEL=x", 16);
	add_name("nul-first", "\0host:name", 10);
}

/* --- defects that take more than one field --- */

static void also_reshape(uint8_t *dev, int member)
{
	uint8_t *sb = dev + super_sec[F12] * SECTOR;

	(void)member;
	put(sb + 8, 4, get(sb + 8, 4) | 4);
}

static void also_recovery(uint8_t *dev, int member)
{
	uint8_t *sb = dev + super_sec[F12] * SECTOR;

	(void)member;
	put(sb + 8, 4, 2);
}

static void also_new_offset(uint8_t *dev, int member)
{
	uint8_t *sb = dev + super_sec[F12] * SECTOR;

	(void)member;
	put(sb + 8, 4, 4 | 64);
}

static void also_bad_blocks(uint8_t *dev, int member)
{
	uint8_t *sb = dev + super_sec[F12] * SECTOR;

	(void)member;
	put(sb + 8, 4, 8);
	memset(dev + (8 + 16) * SECTOR, 0xff, 8 * SECTOR);
}

static void also_minor_91(uint8_t *dev, int member)
{
	(void)member;
	put(dev + super_sec[F090] * SECTOR + 8, 4, 91);
}

/* The other member's uuid, as after a copy of the whole disk that was then given a number. */
static void clone_uuid(uint8_t *dev, int member)
{
	(void)member;
	fill_uuid(dev + super_sec[F12] * SECTOR + 168, 0x40);
}

/* A second superblock, of another array of two: ctime, and whether it is sound. */
static void second(uint8_t *dev, int format, int member, uint32_t ctime, bool sound)
{
	const struct image other = { .format = format, .level = RAID1 };
	uint8_t *sb = dev + super_sec[format] * SECTOR;

	if (format == F090) {
		make0(dev, &other, member);
		put(sb + 4 * 6, 4, ctime);
		put(sb + 4 * 5, 4, 0x22222222);
		mend0(sb);
		sb[4 * 35] ^= (uint8_t)!sound;
	} else {
		make1(dev, &other, member);
		put(sb + 64, 8, ctime);
		fill_uuid(sb + 16, 0x99);
		mend1(sb);
		sb[200] ^= (uint8_t)!sound;
	}
}

static void older_090(uint8_t *dev, int member)
{
	second(dev, F090, member, CTIME - 1, true);
}

static void newer_090(uint8_t *dev, int member)
{
	second(dev, F090, member, CTIME + 1, true);
}

static void newer_damaged_090(uint8_t *dev, int member)
{
	second(dev, F090, member, CTIME + 1, false);
}

static void older_damaged_090(uint8_t *dev, int member)
{
	second(dev, F090, member, CTIME - 1, false);
}

static void newer_10(uint8_t *dev, int member)
{
	second(dev, F10, member, CTIME + 1, true);
}

static void newer_damaged_10(uint8_t *dev, int member)
{
	second(dev, F10, member, CTIME + 1, false);
}

static void older_11(uint8_t *dev, int member)
{
	second(dev, F11, member, CTIME - 1, true);
}

static const struct twofold {
	int format, level;
	const char *defect;
	unsigned at, width;
	uint64_t value;
	void (*more)(uint8_t *dev, int member);
} twofolds[] = {
	{ F12, RAID1, "reshape-new_level-7", 100, 4, 7, also_reshape },
	{ F12, RAID1, "reshape-new_level-ones", 100, 4, 0xffffffff, also_reshape },
	{ F12, RAID5, "reshape-delta-max", 112, 4, 0x7fffffff, also_reshape },
	{ F12, RAID5, "reshape-delta-sign", 112, 4, SIGN32, also_reshape },
	{ F12, RAID5, "reshape-delta-all", 112, 4, 3, also_reshape },
	{ F12, RAID5, "reshape-position-ones", 104, 8, UINT64_MAX, also_reshape },
	{ F12, RAID5, "reshape-new_chunk-ones", 120, 4, 0xffffffff, also_reshape },
	{ F12, RAID5, "reshape-new_layout-ones", 116, 4, 0xffffffff, also_reshape },
	{ F12, RAID5, "new_offset-max", 124, 4, 0x7fffffff, also_new_offset },
	{ F12, RAID5, "new_offset-sign", 124, 4, SIGN32, also_new_offset },
	{ F12, RAID5, "new_offset-before-super", 124, 4, (uint32_t)-DATA_SEC, also_new_offset },
	{ F12, RAID1, "recovery_offset-ones-used", 152, 8, UINT64_MAX, also_recovery },
	{ F12, RAID1, "bblog-sound", 186, 2, 8, also_bad_blocks },
	{ F12, RAID1, "bblog_offset-zero-used", 188, 4, 0, also_bad_blocks },
	{ F12, RAID1, "bblog_offset-max-used", 188, 4, 0x7fffffff, also_bad_blocks },
	{ F12, RAID1, "bblog_offset-sign-used", 188, 4, SIGN32, also_bad_blocks },
	{ F12, RAID1, "bblog_offset-ones-used", 188, 4, 0xffffffff, also_bad_blocks },
	{ F12, RAID1, "bblog_size-9-used", 186, 2, 9, also_bad_blocks },
	{ F12, RAID1, "bblog_size-zero-used", 186, 2, 0, also_bad_blocks },
	{ F12, RAID1, "bblog_size-ones-used", 186, 2, 0xffff, also_bad_blocks },
	{ F12, RAID1, "bblog_shift-64-used", 185, 1, 64, also_bad_blocks },
	{ F12, RAID1, "bblog_shift-ones-used", 185, 1, 255, also_bad_blocks },
	{ F12, RAID1, "device_uuid-cloned", 168, 0, 0, clone_uuid },
	{ F12, RAID1, "two-older-0.90", 0, 0, 0, older_090 },
	{ F12, RAID1, "two-newer-0.90", 0, 0, 0, newer_090 },
	{ F12, RAID1, "two-newer-damaged-0.90", 0, 0, 0, newer_damaged_090 },
	{ F12, RAID1, "two-older-damaged-0.90", 0, 0, 0, older_damaged_090 },
	{ F12, RAID1, "two-newer-1.0", 0, 0, 0, newer_10 },
	{ F12, RAID1, "two-newer-damaged-1.0", 0, 0, 0, newer_damaged_10 },
	{ F12, RAID1, "two-older-1.1", 0, 0, 0, older_11 },
	{ F090, RAID1, "reshape-delta-max", 4 * 47, 4, 0x7fffffff, also_minor_91 },
	{ F090, RAID1, "reshape-delta-sign", 4 * 47, 4, SIGN32, also_minor_91 },
	{ F090, RAID1, "reshape-new_level-7", 4 * 46, 4, 7, also_minor_91 },
	{ F090, RAID5, "reshape-new_chunk-ones", 4 * 49, 4, 0xffffffff, also_minor_91 },
};

static void add_twofolds(void)
{
	for (size_t i = 0; i < sizeof(twofolds) / sizeof(*twofolds); i++) {
		const struct twofold *t = &twofolds[i];
		struct image *im = add(t->format, t->level, false, t->defect);

		set(im, t->at, t->width, t->value);
		im->device_only = t->width && of_device(im, t->at);
		im->more = t->more;
	}
}

static void add_unmended(void)
{
	for (int format = F090; format <= F12; format++) {
		struct image *im = add(format, RAID1, false, "events-unmended");

		set(im, format == F090 ? 4 * 39 : 200, 8, EVENTS + 1);
		im->unmended = true;
		im->device_only = true;
	}
}

/* Files that end too early. */
static void add_cuts(void)
{
	static const struct { int format; const char *defect; unsigned bytes; } cuts[] = {
		{ F12, "cut-0", 0 },
		{ F12, "cut-1-sector", 512 },
		{ F12, "cut-in-super", 8 * 512 + 200 },
		{ F12, "cut-behind-super", 8 * 512 + 512 },
		{ F12, "cut-4-KiB-behind", 8 * 512 + 4096 },
		{ F12, "cut-at-24-sectors", 24 * 512 },
		{ F12, "cut-in-data", 4096 * 512 },
		{ F12, "cut-last-sector", (DATA_SEC + SIZE_SEC - 1) * 512 },
		{ F12, "cut-odd-byte", (DATA_SEC + SIZE_SEC) * 512 + 1 },
		{ F11, "cut-1-sector", 512 },
		{ F11, "cut-at-23-sectors", 23 * 512 },
		{ F11, "cut-in-data", 4096 * 512 },
		{ F10, "cut-last-8-sectors", (DEV_SEC - 8) * 512 },
		{ F10, "cut-1-sector", (DEV_SEC - 1) * 512 },
		{ F090, "cut-last-sector", (DEV_SEC - 1) * 512 },
		{ F090, "cut-at-128-sectors", 128 * 512 },
	};

	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		struct image *im = add(cuts[i].format, RAID1, false, cuts[i].defect);

		im->cut = true;
		im->cut_bytes = cuts[i].bytes;
	}
}

static void fill_catalogue(void)
{
	for (int format = F090; format < FORMATS; format++)
		for (int level = LINEAR; level < LEVELS; level++) {
			add(format, level, false, "");
			if (level >= RAID1)
				add(format, level, true, "");
		}
	add_extremes(F12, RAID1, "", fields1, sizeof(fields1) / sizeof(*fields1));
	add_extremes(F090, RAID1, "", fields0, sizeof(fields0) / sizeof(*fields0));
	add_extremes(F12, RAID1, "header-", fields_bitmap,
		     sizeof(fields_bitmap) / sizeof(*fields_bitmap));
	add_extremes(F090, RAID1, "header-", fields_bitmap, 8);
	add_singles();
	add_names();
	add_twofolds();
	add_unmended();
	add_cuts();
}

/* --- the world --- */

static int failed(const char *path)
{
	fprintf(stderr, "mkimage: %s: %s\n", path, strerror(errno));
	return 1;
}

static int write_device(const char *path, const uint8_t *bytes)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, bytes, DEV_BYTES) != DEV_BYTES || close(fd) < 0)
		return failed(path);
	return 0;
}

/* With holes where there is nothing. */
static int write_file(const char *path, const uint8_t *bytes, size_t size)
{
	static const uint8_t zeros[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return failed(path);
	for (size_t at = 0; at < size; at += sizeof(zeros)) {
		size_t n = size - at < sizeof(zeros) ? size - at : sizeof(zeros);

		if (memcmp(bytes + at, zeros, n) &&
		    pwrite(fd, bytes + at, n, (off_t)at) != (ssize_t)n)
			return failed(path);
	}
	return close(fd) < 0 ? failed(path) : 0;
}

static const struct image *find(const char *name)
{
	for (size_t i = 0; i < n_images; i++)
		if (strcmp(images[i].name, name) == 0)
			return &images[i];
	fprintf(stderr, "mkimage: no image %s\n", name);
	exit(2);
}

static int list(void)
{
	for (size_t i = 0; i < n_images; i++)
		puts(images[i].name);
	return 0;
}

static int all(const char *directory)
{
	static uint8_t dev[DEV_BYTES];
	char path[4096];

	for (size_t i = 0; i < n_images; i++) {
		const struct image *im = &images[i];

		snprintf(path, sizeof(path), "%s/%s", directory, im->name);
		make(dev, im, 0);
		if (write_file(path, dev, im->cut ? im->cut_bytes : DEV_BYTES))
			return 1;
	}
	return 0;
}

static int put_members(const struct image *im, char *const *device, int n)
{
	static uint8_t dev[DEV_BYTES];

	for (int i = 0; i < n; i++) {
		make(dev, im, i);
		if (write_device(device[i], dev))
			return 1;
	}
	return 0;
}

static int same_members(const struct image *im, char *const *device, int n)
{
	static uint8_t want[DEV_BYTES], have[DEV_BYTES];

	for (int i = 0; i < n; i++) {
		int fd = open(device[i], O_RDONLY);

		if (fd < 0 || read(fd, have, sizeof(have)) != (ssize_t)sizeof(have) || close(fd) < 0)
			return failed(device[i]);
		make(want, im, i);
		for (size_t k = 0; k < sizeof(have); k++)
			if (have[k] != want[k]) {
				printf("%s: byte %zu is %02x, not %02x\n", device[i], k, have[k],
				       want[k]);
				return 1;
			}
	}
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: mkimage list | all DIRECTORY | put NAME DEVICE... | "
		"same NAME DEVICE... | members NAME\n");
	return 2;
}

int main(int argc, char *argv[])
{
	const char *verb = argc > 1 ? argv[1] : "";

	fill_catalogue();
	if (argc == 2 && !strcmp(verb, "list"))
		return list();
	if (argc == 3 && !strcmp(verb, "all"))
		return all(argv[2]);
	if (argc == 3 && !strcmp(verb, "members"))
		return printf("%u\n", levels[find(argv[2])->level].disks) < 0;
	if (argc > 3 && argc <= 3 + MAX_MEMBERS && !strcmp(verb, "put"))
		return put_members(find(argv[2]), argv + 3, argc - 3);
	if (argc > 3 && argc <= 3 + MAX_MEMBERS && !strcmp(verb, "same"))
		return same_members(find(argv[2]), argv + 3, argc - 3);
	return usage();
}
