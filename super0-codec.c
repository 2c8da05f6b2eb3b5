// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super0-codec.c - the 0.90 superblock: 1024 words of 32 bits in the order of the host
 * that wrote them.  Bytes in, values out, and back; judges only what would make the
 * values unsafe to use.
 *
 *   word
 *      0  magic 0xa92b4efc
 *      1  major version, 0
 *      2  minor version, 90; 91 while a reshape is recorded
 *      3  patch version
 *      4  valid words, written as 0
 *      5  uuid word 0; words 1, 2, 3 are 13, 14, 15
 *      6  ctime, seconds
 *      7  level, signed
 *      8  used size of each member, KiB
 *      9  disks known
 *     10  raid disks
 *     11  preferred minor
 *     12  not persistent
 *     32  utime, seconds
 *     33  state bits: 0 clean, 1 errors, 8 bitmap present
 *     34  active, 35 working, 36 failed, 37 spare disks
 *     38  checksum of all words, this one as 0
 *     39  events, 64 bits
 *     41  checkpoint events, 64 bits
 *     43  recovery checkpoint, sectors
 *     44  reshape position, 64 bits, sectors
 *     46  new level
 *     47  delta disks, signed
 *     48  new layout
 *     49  new chunk, bytes
 *     64  layout
 *     65  chunk, bytes
 *     66  LV root, 67 its block; unused
 *    128  27 descriptors of 32 words: number, major, minor, raid slot, state, 27 zeros
 *    992  the descriptor of this device once more
 *
 * A number of 64 bits is two words, the low one first on a little-endian host: just the
 * host's own 64 bits.  Words without a name are kept as they were read.
 */
#include <assert.h>
#include <errno.h>

#include "super0-codec.h"
#include "util.h"

#define MAGIC 0xa92b4efc
#define MAJOR 0
#define UNIT_SEC 128

struct host64 {
	uint8_t b[8];
};

struct super0_wire_disk {
	host32 number, major, minor, raid_disk, state, reserved[27];
};

struct super0_wire {
	host32 magic, major, minor, patch, gvalid_words;
	host32 uuid0, ctime, level, size, nr_disks, raid_disks, md_minor, not_persistent;
	host32 uuid1, uuid2, uuid3;
	host32 reserved_constant[16];

	host32 utime, state, active, working, failed, spare, checksum;
	struct host64 events, checkpoint_events;
	host32 recovery_cp;
	struct host64 reshape_position;
	host32 new_level, delta_disks, new_layout, new_chunk;
	host32 reserved_state[14];

	host32 layout, chunk, root_pv, root_block;
	host32 reserved_personality[60];

	struct super0_wire_disk disk[SUPER0_MAX_DEVS], this_disk;
};

#define AT(field, word) \
	static_assert(offsetof(struct super0_wire, field) == 4 * (word), #field)
AT(magic, 0);
AT(major, 1);
AT(minor, 2);
AT(patch, 3);
AT(gvalid_words, 4);
AT(uuid0, 5);
AT(ctime, 6);
AT(level, 7);
AT(size, 8);
AT(nr_disks, 9);
AT(raid_disks, 10);
AT(md_minor, 11);
AT(not_persistent, 12);
AT(uuid1, 13);
AT(uuid2, 14);
AT(uuid3, 15);
AT(utime, 32);
AT(state, 33);
AT(active, 34);
AT(working, 35);
AT(failed, 36);
AT(spare, 37);
AT(checksum, 38);
AT(events, 39);
AT(checkpoint_events, 41);
AT(recovery_cp, 43);
AT(reshape_position, 44);
AT(new_level, 46);
AT(delta_disks, 47);
AT(new_layout, 48);
AT(new_chunk, 49);
AT(layout, 64);
AT(chunk, 65);
AT(root_pv, 66);
AT(root_block, 67);
AT(disk, 128);
AT(this_disk, 992);
static_assert(offsetof(struct super0_wire_disk, number) == 0, "number");
static_assert(offsetof(struct super0_wire_disk, major) == 4, "major");
static_assert(offsetof(struct super0_wire_disk, minor) == 8, "minor");
static_assert(offsetof(struct super0_wire_disk, raid_disk) == 12, "raid_disk");
static_assert(offsetof(struct super0_wire_disk, state) == 16, "state");
static_assert(sizeof(struct super0_wire_disk) == 128, "descriptor");
static_assert(sizeof(struct super0_wire) == SUPER0_BYTES, "size");

static uint64_t get_host64(struct host64 v)
{
	uint64_t r;

	memcpy(&r, v.b, sizeof(r));
	return r;
}

static struct host64 put_host64(uint64_t v)
{
	struct host64 r;

	memcpy(r.b, &v, sizeof(r.b));
	return r;
}

uint32_t super0_checksum(struct span s)
{
	const size_t field = offsetof(struct super0_wire, checksum);
	uint64_t sum = 0;

	if (s.n < SUPER0_BYTES)
		return 0;
	for (size_t i = 0; i < SUPER0_BYTES; i += 4) {
		host32 word;

		memcpy(word.b, s.p + i, 4);
		if (i != field)
			sum += get_host32(word);
	}
	return (uint32_t)(sum >> 32) + (uint32_t)sum;
}

/* Word i of the identity: shown as a number, so its high byte comes first. */
static void decode_uuid_word(host32 word, int i, struct uuid *u)
{
	uint32_t v = get_host32(word);

	for (int k = 0; k < 4; k++)
		u->b[4 * i + k] = (uint8_t)(v >> (24 - 8 * k));
}

static host32 encode_uuid_word(const struct uuid *u, int i)
{
	const uint8_t *b = u->b + 4 * i;

	return put_host32((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]);
}

static void decode_constant(const struct super0_wire *w, struct super0 *sb)
{
	sb->minor_version = get_host32(w->minor);
	sb->patch_version = get_host32(w->patch);
	sb->gvalid_words = get_host32(w->gvalid_words);
	sb->not_persistent = get_host32(w->not_persistent);
	decode_uuid_word(w->uuid0, 0, &sb->uuid);
	decode_uuid_word(w->uuid1, 1, &sb->uuid);
	decode_uuid_word(w->uuid2, 2, &sb->uuid);
	decode_uuid_word(w->uuid3, 3, &sb->uuid);
	sb->ctime = get_host32(w->ctime);
	sb->level = (int32_t)get_host32(w->level);
	sb->size_kib = get_host32(w->size);
	sb->nr_disks = get_host32(w->nr_disks);
	sb->raid_disks = get_host32(w->raid_disks);
	sb->md_minor = get_host32(w->md_minor);
	sb->layout = get_host32(w->layout);
	sb->chunk_bytes = get_host32(w->chunk);
	sb->root_pv = get_host32(w->root_pv);
	sb->root_block = get_host32(w->root_block);
}

static void encode_constant(const struct super0 *sb, struct super0_wire *w)
{
	w->magic = put_host32(MAGIC);
	w->major = put_host32(MAJOR);
	w->minor = put_host32(sb->minor_version);
	w->patch = put_host32(sb->patch_version);
	w->gvalid_words = put_host32(sb->gvalid_words);
	w->not_persistent = put_host32(sb->not_persistent);
	w->uuid0 = encode_uuid_word(&sb->uuid, 0);
	w->uuid1 = encode_uuid_word(&sb->uuid, 1);
	w->uuid2 = encode_uuid_word(&sb->uuid, 2);
	w->uuid3 = encode_uuid_word(&sb->uuid, 3);
	w->ctime = put_host32(sb->ctime);
	w->level = put_host32((uint32_t)sb->level);
	w->size = put_host32(sb->size_kib);
	w->nr_disks = put_host32(sb->nr_disks);
	w->raid_disks = put_host32(sb->raid_disks);
	w->md_minor = put_host32(sb->md_minor);
	w->layout = put_host32(sb->layout);
	w->chunk = put_host32(sb->chunk_bytes);
	w->root_pv = put_host32(sb->root_pv);
	w->root_block = put_host32(sb->root_block);
}

static void decode_state(const struct super0_wire *w, struct super0 *sb)
{
	sb->utime = get_host32(w->utime);
	sb->state = get_host32(w->state);
	sb->active = get_host32(w->active);
	sb->working = get_host32(w->working);
	sb->failed = get_host32(w->failed);
	sb->spare = get_host32(w->spare);
	sb->stored_checksum = get_host32(w->checksum);
	sb->events = get_host64(w->events);
	sb->checkpoint_events = get_host64(w->checkpoint_events);
	sb->recovery_cp_sec = get_host32(w->recovery_cp);
	sb->reshape_position_sec = get_host64(w->reshape_position);
	sb->new_level = get_host32(w->new_level);
	sb->delta_disks = (int32_t)get_host32(w->delta_disks);
	sb->new_layout = get_host32(w->new_layout);
	sb->new_chunk_bytes = get_host32(w->new_chunk);
}

/* Without the checksum. */
static void encode_state(const struct super0 *sb, struct super0_wire *w)
{
	w->utime = put_host32(sb->utime);
	w->state = put_host32(sb->state);
	w->active = put_host32(sb->active);
	w->working = put_host32(sb->working);
	w->failed = put_host32(sb->failed);
	w->spare = put_host32(sb->spare);
	w->events = put_host64(sb->events);
	w->checkpoint_events = put_host64(sb->checkpoint_events);
	w->recovery_cp = put_host32(sb->recovery_cp_sec);
	w->reshape_position = put_host64(sb->reshape_position_sec);
	w->new_level = put_host32(sb->new_level);
	w->delta_disks = put_host32((uint32_t)sb->delta_disks);
	w->new_layout = put_host32(sb->new_layout);
	w->new_chunk = put_host32(sb->new_chunk_bytes);
}

static struct super0_disk decode_disk(const struct super0_wire_disk *w)
{
	return (struct super0_disk){
		.number = get_host32(w->number),
		.major = get_host32(w->major),
		.minor = get_host32(w->minor),
		.raid_disk = get_host32(w->raid_disk),
		.state = get_host32(w->state),
	};
}

static void encode_disk(const struct super0_disk *d, struct super0_wire_disk *w)
{
	w->number = put_host32(d->number);
	w->major = put_host32(d->major);
	w->minor = put_host32(d->minor);
	w->raid_disk = put_host32(d->raid_disk);
	w->state = put_host32(d->state);
}

/* Numbers that size or index something in every caller. */
static int check_counts(const struct super0_wire *w, struct err *why)
{
	uint32_t known = get_host32(w->nr_disks), disks = get_host32(w->raid_disks);
	uint32_t number = get_host32(w->this_disk.number);

	if (known > SUPER0_MAX_DEVS)
		return err_set(why, -EINVAL, "0.90 superblock claims %u devices; %d can be",
			       known, SUPER0_MAX_DEVS);
	if (disks > SUPER0_MAX_DEVS)
		return err_set(why, -EINVAL, "0.90 superblock claims %u raid devices; %d can be",
			       disks, SUPER0_MAX_DEVS);
	if (number >= SUPER0_MAX_DEVS)
		return err_set(why, -EINVAL, "0.90 superblock gives its device the number %u; "
			       "the highest is %d", number, SUPER0_MAX_DEVS - 1);
	return 0;
}

int super0_decode(struct span s, struct super0 *out, struct err *why)
{
	const struct super0_wire *w = (const struct super0_wire *)s.p;
	int rc;

	if (s.n < sizeof(*w))
		return err_set(why, -EINVAL, "0.90 superblock is cut short: %zu of %zu bytes",
			       s.n, sizeof(*w));
	if (get_host32(w->magic) != MAGIC || get_host32(w->major) != MAJOR)
		return SUPER0_ABSENT;
	rc = check_counts(w, why);
	if (rc)
		return rc;
	memcpy(out->raw, w, sizeof(*w));
	decode_constant(w, out);
	decode_state(w, out);
	for (int i = 0; i < SUPER0_MAX_DEVS; i++)
		out->disk[i] = decode_disk(&w->disk[i]);
	out->this_disk = decode_disk(&w->this_disk);
	return 0;
}

void super0_swap(struct span s, uint8_t out[SUPER0_BYTES])
{
	static const size_t pairs[] = { offsetof(struct super0_wire, events),
					offsetof(struct super0_wire, checkpoint_events) };

	for (size_t i = 0; i < SUPER0_BYTES; i++)
		out[i] = s.p[i ^ 3];
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		uint8_t word[4];

		memcpy(word, out + pairs[i], sizeof(word));
		memcpy(out + pairs[i], out + pairs[i] + 4, sizeof(word));
		memcpy(out + pairs[i] + 4, word, sizeof(word));
	}
}

void super0_encode(const struct super0 *sb, uint8_t out[SUPER0_BYTES])
{
	struct super0_wire w;

	memcpy(&w, sb->raw, sizeof(w));
	encode_constant(sb, &w);
	encode_state(sb, &w);
	for (int i = 0; i < SUPER0_MAX_DEVS; i++)
		encode_disk(&sb->disk[i], &w.disk[i]);
	encode_disk(&sb->this_disk, &w.this_disk);
	memcpy(out, &w, sizeof(w));
	w.checksum = put_host32(super0_checksum((struct span){ out, SUPER0_BYTES }));
	memcpy(out + offsetof(struct super0_wire, checksum), w.checksum.b, 4);
}

uint64_t super0_place_sec(uint64_t dev_sec)
{
	if (dev_sec < UNIT_SEC)
		return UINT64_MAX;
	return dev_sec - dev_sec % UNIT_SEC - UNIT_SEC;
}
