// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super1-codec.c - the 1.x superblock.  Bytes in, values out, and back; judges only
 * what would make the values unsafe to use.  All numbers are little endian.
 *
 *   byte size
 *      0    4  magic 0xa92b4efc
 *      4    4  major version, 1
 *      8    4  feature map
 *     12    4  pad, 0
 *     16   16  array uuid
 *     32   32  name, NUL padded
 *     64    8  ctime: low 40 bits seconds, high 24 microseconds
 *     72    4  level, signed
 *     76    4  layout
 *     80    8  used size of each member, sectors
 *     88    4  chunk, sectors
 *     92    4  raid disks
 *     96    4  bitmap offset from the superblock, signed sectors;
 *              or PPL offset (signed 16 bits) and PPL size (16 bits)
 *    100    4  new level                     100 to 127: while a reshape is recorded
 *    104    8  reshape position, array sectors
 *    112    4  delta disks, signed
 *    116    4  new layout
 *    120    4  new chunk, sectors
 *    124    4  new offset: signed change of the data offset
 *    128    8  data offset                   128 to 191: this device
 *    136    8  data size available
 *    144    8  super offset: sector of this superblock
 *    152    8  recovery offset, or journal tail
 *    160    4  device number: index into the roles
 *    164    4  corrected read errors
 *    168   16  device uuid
 *    184    1  device flags: 1 write-mostly, 2 failfast
 *    185    1  bad block log: shift from sectors to its unit
 *    186    2  bad block log: sectors
 *    188    4  bad block log: offset from the superblock, signed
 *    192    8  utime, like ctime             192 to 255: state
 *    200    8  events
 *    208    8  resync offset, all ones: clean
 *    216    4  checksum of the first 256 + 2 * max_dev bytes, this field as 0
 *    220    4  max_dev: how many roles count
 *    224    4  logical block size of the array, bytes; kernels before 6.19: pad, 0
 *    228   28  pad, 0
 *    256  2 each, to the end of the 4 KiB: role of device i: a slot up to 0xff00,
 *              0xfffd journal, 0xfffe faulty, 0xffff spare
 */
#include <assert.h>
#include <errno.h>

#include "crc32c.h"
#include "super1-codec.h"
#include "util.h"

#define MAGIC 0xa92b4efc
#define MAJOR 1
#define DEVICE_MIN_SEC 24

struct super1_wire {
	le32 magic, major, feature_map, pad0;
	uint8_t set_uuid[16], name[SUPER1_NAME_BYTES];
	le64 ctime;
	le32 level, layout;
	le64 size;
	le32 chunk, raid_disks, bitmap_offset, new_level;
	le64 reshape_position;
	le32 delta_disks, new_layout, new_chunk, new_offset;

	le64 data_offset, data_size, super_offset, recovery_offset;
	le32 dev_number, corrected_reads;
	uint8_t device_uuid[16], devflags, bblog_shift;
	le16 bblog_size;
	le32 bblog_offset;

	le64 utime, events, resync_offset;
	le32 checksum, max_dev, logical_block;
	uint8_t pad3[28];

	le16 role[SUPER1_MAX_DEVS];
};

#define AT(field, offset) \
	static_assert(offsetof(struct super1_wire, field) == (offset), #field)
AT(magic, 0);
AT(major, 4);
AT(feature_map, 8);
AT(pad0, 12);
AT(set_uuid, 16);
AT(name, 32);
AT(ctime, 64);
AT(level, 72);
AT(layout, 76);
AT(size, 80);
AT(chunk, 88);
AT(raid_disks, 92);
AT(bitmap_offset, 96);
AT(new_level, 100);
AT(reshape_position, 104);
AT(delta_disks, 112);
AT(new_layout, 116);
AT(new_chunk, 120);
AT(new_offset, 124);
AT(data_offset, 128);
AT(data_size, 136);
AT(super_offset, 144);
AT(recovery_offset, 152);
AT(dev_number, 160);
AT(corrected_reads, 164);
AT(device_uuid, 168);
AT(devflags, 184);
AT(bblog_shift, 185);
AT(bblog_size, 186);
AT(bblog_offset, 188);
AT(utime, 192);
AT(events, 200);
AT(resync_offset, 208);
AT(checksum, 216);
AT(max_dev, 220);
AT(logical_block, 224);
AT(pad3, 228);
AT(role, SUPER1_HEAD_BYTES);
static_assert(sizeof(struct super1_wire) == SUPER1_BYTES, "size");

size_t super1_bytes(uint32_t max_dev)
{
	return SUPER1_HEAD_BYTES + 2 * (size_t)max_dev;
}

uint32_t super1_checksum(struct span s, uint32_t max_dev)
{
	const size_t field = offsetof(struct super1_wire, checksum);
	uint64_t sum = 0;
	size_t n, i;

	if (s.n < SUPER1_HEAD_BYTES || (s.n - SUPER1_HEAD_BYTES) / 2 < max_dev)
		return 0;
	n = super1_bytes(max_dev);
	for (i = 0; i + 4 <= n; i += 4) {
		le32 word;

		memcpy(word.b, s.p + i, 4);
		if (i != field)
			sum += get_le32(word);
	}
	if (i < n)
		sum += s.p[i] | (uint32_t)s.p[i + 1] << 8;
	return (uint32_t)(sum >> 32) + (uint32_t)sum;
}

static void decode_array(const struct super1_wire *w, struct super1 *sb)
{
	sb->feature_map = get_le32(w->feature_map);
	sb->pad0 = get_le32(w->pad0);
	memcpy(sb->set_uuid.b, w->set_uuid, sizeof(w->set_uuid));
	memcpy(sb->name, w->name, sizeof(w->name));
	sb->ctime = get_le64(w->ctime);
	sb->level = (int32_t)get_le32(w->level);
	sb->layout = get_le32(w->layout);
	sb->size_sec = get_le64(w->size);
	sb->chunk_sec = get_le32(w->chunk);
	sb->raid_disks = get_le32(w->raid_disks);
	sb->bitmap_offset_sec = (int32_t)get_le32(w->bitmap_offset);
	sb->new_level = get_le32(w->new_level);
	sb->reshape_position_sec = get_le64(w->reshape_position);
	sb->delta_disks = (int32_t)get_le32(w->delta_disks);
	sb->new_layout = get_le32(w->new_layout);
	sb->new_chunk_sec = get_le32(w->new_chunk);
	sb->new_offset_sec = (int32_t)get_le32(w->new_offset);
}

static void encode_array(const struct super1 *sb, struct super1_wire *w)
{
	w->feature_map = put_le32(sb->feature_map);
	w->pad0 = put_le32(sb->pad0);
	memcpy(w->set_uuid, sb->set_uuid.b, sizeof(w->set_uuid));
	memcpy(w->name, sb->name, sizeof(w->name));
	w->ctime = put_le64(sb->ctime);
	w->level = put_le32((uint32_t)sb->level);
	w->layout = put_le32(sb->layout);
	w->size = put_le64(sb->size_sec);
	w->chunk = put_le32(sb->chunk_sec);
	w->raid_disks = put_le32(sb->raid_disks);
	w->bitmap_offset = put_le32((uint32_t)sb->bitmap_offset_sec);
	w->new_level = put_le32(sb->new_level);
	w->reshape_position = put_le64(sb->reshape_position_sec);
	w->delta_disks = put_le32((uint32_t)sb->delta_disks);
	w->new_layout = put_le32(sb->new_layout);
	w->new_chunk = put_le32(sb->new_chunk_sec);
	w->new_offset = put_le32((uint32_t)sb->new_offset_sec);
}

static void decode_device(const struct super1_wire *w, struct super1 *sb)
{
	sb->data_offset_sec = get_le64(w->data_offset);
	sb->data_size_sec = get_le64(w->data_size);
	sb->super_offset_sec = get_le64(w->super_offset);
	sb->recovery_offset_sec = get_le64(w->recovery_offset);
	sb->dev_number = get_le32(w->dev_number);
	sb->corrected_reads = get_le32(w->corrected_reads);
	memcpy(sb->device_uuid.b, w->device_uuid, sizeof(w->device_uuid));
	sb->devflags = w->devflags;
	sb->bblog_shift = w->bblog_shift;
	sb->bblog_size_sec = get_le16(w->bblog_size);
	sb->bblog_offset_sec = (int32_t)get_le32(w->bblog_offset);
}

static void encode_device(const struct super1 *sb, struct super1_wire *w)
{
	w->data_offset = put_le64(sb->data_offset_sec);
	w->data_size = put_le64(sb->data_size_sec);
	w->super_offset = put_le64(sb->super_offset_sec);
	w->recovery_offset = put_le64(sb->recovery_offset_sec);
	w->dev_number = put_le32(sb->dev_number);
	w->corrected_reads = put_le32(sb->corrected_reads);
	memcpy(w->device_uuid, sb->device_uuid.b, sizeof(w->device_uuid));
	w->devflags = sb->devflags;
	w->bblog_shift = sb->bblog_shift;
	w->bblog_size = put_le16(sb->bblog_size_sec);
	w->bblog_offset = put_le32((uint32_t)sb->bblog_offset_sec);
}

static void decode_state(const struct super1_wire *restrict w, struct super1 *restrict sb)
{
	sb->utime = get_le64(w->utime);
	sb->events = get_le64(w->events);
	sb->resync_offset_sec = get_le64(w->resync_offset);
	sb->stored_checksum = get_le32(w->checksum);
	sb->max_dev = get_le32(w->max_dev);
	sb->logical_block_bytes = get_le32(w->logical_block);
	memcpy(sb->pad3, w->pad3, sizeof(w->pad3));
	for (size_t i = 0; i < SUPER1_MAX_DEVS; i++)
		sb->role[i] = get_le16(w->role[i]);
}

/* Without the checksum. n_roles: how many roles are on the disk, counting or not. */
static void encode_state(const struct super1 *sb, size_t n_roles, struct super1_wire *w)
{
	w->utime = put_le64(sb->utime);
	w->events = put_le64(sb->events);
	w->resync_offset = put_le64(sb->resync_offset_sec);
	w->max_dev = put_le32(MIN(sb->max_dev, SUPER1_MAX_DEVS));
	w->logical_block = put_le32(sb->logical_block_bytes);
	memcpy(w->pad3, sb->pad3, sizeof(w->pad3));
	for (size_t i = 0; i < n_roles; i++)
		w->role[i] = put_le16(sb->role[i]);
}

/* Numbers that size something in every caller. */
static int check_counts(const struct super1_wire *w, struct err *why)
{
	uint32_t max_dev = get_le32(w->max_dev), disks = get_le32(w->raid_disks);

	if (max_dev > SUPER1_MAX_DEVS)
		return err_set(why, -EINVAL, "1.x superblock claims %u device roles; %u fit in",
			       max_dev, SUPER1_MAX_DEVS);
	if (disks > SUPER1_MAX_DEVS)
		return err_set(why, -EINVAL, "1.x superblock claims %u raid devices; %u can be",
			       disks, SUPER1_MAX_DEVS);
	return 0;
}

int super1_decode(struct span s, uint64_t at_sec, struct super1 *out, struct err *why)
{
	const struct super1_wire *w = (const struct super1_wire *)s.p;
	int rc;

	if (s.n < sizeof(*w))
		return err_set(why, -EINVAL, "1.x superblock is cut short: %zu of %zu bytes",
			       s.n, sizeof(*w));
	if (get_le32(w->magic) != MAGIC || get_le32(w->major) != MAJOR)
		return SUPER1_ABSENT;
	if (at_sec != UINT64_MAX && get_le64(w->super_offset) != at_sec)
		return SUPER1_ABSENT;
	rc = check_counts(w, why);
	if (rc)
		return rc;
	decode_array(w, out);
	decode_device(w, out);
	decode_state(w, out);
	return 0;
}

void super1_encode(const struct super1 *sb, uint8_t out[SUPER1_BYTES], size_t *out_bytes)
{
	uint32_t max_dev = MIN(sb->max_dev, SUPER1_MAX_DEVS);
	size_t n = round_up_u64(super1_bytes(max_dev), SECTOR_BYTES);
	struct super1_wire *w = (struct super1_wire *)out;

	memset(w, 0, sizeof(*w));
	w->magic = put_le32(MAGIC);
	w->major = put_le32(MAJOR);
	encode_array(sb, w);
	encode_device(sb, w);
	encode_state(sb, (n - SUPER1_HEAD_BYTES) / 2, w);
	w->checksum = put_le32(super1_checksum((struct span){ out, SUPER1_BYTES }, max_dev));
	*out_bytes = n;
}

/*
 * struct ppl_header of the kernel (include/uapi/linux/raid/md_p.h): 512 bytes of ones, at 512 the
 * signature, at 520 the generation, at 528 the number of entries, at 532 the checksum.
 */
void super1_empty_ppl(const struct uuid *set_uuid, uint8_t out[SUPER1_PPL_HEAD_BYTES])
{
	le32 word;

	memset(out, 0, SUPER1_PPL_HEAD_BYTES);
	memset(out, 0xff, 512);
	word = put_le32(~crc32c(~0u, set_uuid->b, sizeof(set_uuid->b)));
	memcpy(out + 512, word.b, sizeof(word.b));
	word = put_le32(~crc32c(~0u, out, SUPER1_PPL_HEAD_BYTES));
	memcpy(out + 532, word.b, sizeof(word.b));
}

/*
 * struct r5l_meta_block of the kernel (the same header): 0 magic, 4 checksum, 8 version, 12 bytes
 * used, 16 number, 24 place in the journal.
 */
void super1_empty_journal(const struct uuid *set_uuid, uint32_t sequence,
			  uint8_t out[SUPER1_JOURNAL_BYTES])
{
	const le32 magic = put_le32(0x6433c509), used = put_le32(32), number = put_le32(sequence);
	le32 sum;

	memset(out, 0, SUPER1_JOURNAL_BYTES);
	memcpy(out, magic.b, sizeof(magic.b));
	out[8] = 1;
	memcpy(out + 12, used.b, sizeof(used.b));
	memcpy(out + 16, number.b, sizeof(number.b));
	sum = put_le32(crc32c(crc32c(~0u, set_uuid->b, sizeof(set_uuid->b)), out,
			      SUPER1_JOURNAL_BYTES));
	memcpy(out + 4, sum.b, sizeof(sum.b));
}

uint64_t super1_place_sec(int minor, uint64_t dev_sec)
{
	if (dev_sec < DEVICE_MIN_SEC)
		return UINT64_MAX;
	switch (minor) {
	case 0:
		return round_down_u64(dev_sec - 16, 8);
	case 1:
		return 0;
	case 2:
		return 8;
	}
	return UINT64_MAX;
}

int super1_minor(const struct super1 *sb)
{
	if (sb->super_offset_sec <= 4)
		return 1;
	return sb->super_offset_sec <= 8 ? 2 : 0;
}

bool super1_pads(const struct super1 *sb)
{
	bool any = sb->pad0;

	for (size_t i = 0; i < sizeof(sb->pad3); i++)
		any |= sb->pad3[i];
	return any;
}

uint16_t super1_role_of(const struct super1 *sb, uint32_t number)
{
	if (number >= MIN(sb->max_dev, SUPER1_MAX_DEVS))
		return SUPER1_ROLE_SPARE;
	return sb->role[number];
}

/* A place that a superblock gives relative to another, kept within what a sector can be. */
static uint64_t place_from(uint64_t base_sec, int64_t by_sec)
{
	uint64_t at;

	if (by_sec < 0)
		return base_sec < (uint64_t)-by_sec ? 0 : base_sec - (uint64_t)-by_sec;
	return __builtin_add_overflow(base_sec, (uint64_t)by_sec, &at) ? UINT64_MAX : at;
}

/* First sector of what lies nearest to the data that comes before the superblock. */
static uint64_t data_ceiling_sec(const struct super1 *sb)
{
	uint64_t super = sb->super_offset_sec, end = super;

	if (sb->bblog_size_sec)
		end = MIN(end, place_from(super, sb->bblog_offset_sec));
	if (sb->feature_map & SUPER1_F_BITMAP)
		end = MIN(end, place_from(super, sb->bitmap_offset_sec));
	if (sb->feature_map & SUPER1_F_PPLS)
		end = MIN(end, place_from(super, super1_ppl_offset_sec(sb)));
	return end;
}

/* First sector at which data after the superblock can begin: 36 KiB on, and after the rest. */
static uint64_t data_floor_sec(const struct super1 *sb, uint64_t bitmap_sec)
{
	uint64_t super = sb->super_offset_sec, floor = place_from(super, 72);
	int64_t bitmap = (int64_t)MIN(bitmap_sec, (uint64_t)INT64_MAX / 2);

	if (sb->feature_map & SUPER1_F_BITMAP)
		floor = MAX(floor, place_from(super, sb->bitmap_offset_sec + bitmap));
	if (sb->feature_map & SUPER1_F_PPLS)
		floor = MAX(floor, place_from(super, super1_ppl_offset_sec(sb) +
					      super1_ppl_size_sec(sb)));
	if (sb->bblog_size_sec)
		floor = MAX(floor, place_from(super, (int64_t)sb->bblog_offset_sec +
					      sb->bblog_size_sec));
	return floor;
}

/* a - b, or the least or greatest number there is. */
static int64_t difference(uint64_t a, uint64_t b)
{
	if (a >= b)
		return (int64_t)MIN(a - b, (uint64_t)INT64_MAX);
	return b - a > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)(b - a);
}

void super1_unused_sec(const struct super1 *sb, uint64_t dev_sec, uint64_t bitmap_sec,
		       uint64_t *before, int64_t *after)
{
	uint64_t data = sb->data_offset_sec;
	uint64_t size = sb->level > 0 ? sb->size_sec : sb->data_size_sec;

	if (data < sb->super_offset_sec) {
		uint64_t room = data_ceiling_sec(sb);

		room = room > data ? room - data : 0;
		room = room > size ? room - size : 0;
		*before = data;
		*after = (int64_t)MIN(room, (uint64_t)INT64_MAX);
	} else {
		uint64_t floor = data_floor_sec(sb, bitmap_sec), end;

		if (__builtin_add_overflow(data, size, &end))
			end = UINT64_MAX;
		*before = data > floor ? data - floor : 0;
		*after = difference(dev_sec, end);
	}
	if (super1_role_of(sb, sb->dev_number) == SUPER1_ROLE_JOURNAL)
		*after = (int64_t)((dev_sec - data) % 8);
}
