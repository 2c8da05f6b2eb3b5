// SPDX-License-Identifier: GPL-2.0-or-later
/* What the words of --update do to superblocks in memory. */
#include <errno.h>

#include "crc32c.h"
#include "super0.h"
#include "super1.h"
#include "unit.h"
#include "util.h"

#define DEV_SEC 40960

/* --- words --- */

static void test_words(void)
{
	unsigned wrong = 0;

	for (int i = 0; i < SUPER_UPDATES; i++) {
		enum super_update what = SUPER_UPDATES;
		const char *word = super_update_word((enum super_update)i);

		wrong += !super_update_parse(word, &what) || what != (enum super_update)i ||
			!strstr(super_update_list, word);
	}
	CHECK(!wrong, "every word is known and listed");
	CHECK(!super_update_parse("", &(enum super_update){ 0 }) &&
	      !super_update_parse("uui", &(enum super_update){ 0 }) &&
	      !super_update_parse("?", &(enum super_update){ 0 }), "and no others");
}

static void test_crc(void)
{
	CHECK((crc32c(~0u, "123456789", 9) ^ ~0u) == 0xe3069283, "the check value of CRC-32C");
	CHECK(crc32c(5, "", 0) == 5, "of nothing");
}

/* --- 1.x --- */

/* A RAID5 of three, 1.2, data at a MiB. */
static struct super1_super raid5(void)
{
	struct super1_super s = {
		.base = { &super1, 2, DEV_SEC },
		.sb = { .level = 5, .layout = 2, .chunk_sec = 128, .raid_disks = 3,
			.size_sec = 38912, .data_size_sec = 38912, .data_offset_sec = 2048,
			.super_offset_sec = 8, .max_dev = 128, .name = "alpha:orig",
			.resync_offset_sec = SUPER1_RESYNC_DONE },
	};

	for (int i = 0; i < SUPER1_MAX_DEVS; i++)
		s.sb.role[i] = i < 3 ? (uint16_t)i : SUPER1_ROLE_SPARE;
	return s;
}

static struct super1_super with_bitmap(void)
{
	struct super1_super s = raid5();

	s.sb.feature_map = SUPER1_F_BITMAP;
	s.sb.bitmap_offset_sec = 8;
	s.bitmap = (struct bitmap_head){ .version = 4, .chunk_bytes = 64 << 20,
					 .sync_size_sec = 38912 };
	return s;
}

static int update1(struct super1_super *s, enum super_update what)
{
	struct update_values v = { .what = what, .path = "/dev/x", .name = "", .homehost = "beta",
				   .md_minor = 7 };
	struct err err = { "" };
	int rc;

	memset(v.uuid.b, 0x11, sizeof(v.uuid.b));
	rc = super1_update(&s->base, &v, &err);
	return rc < 0 && !*err.text ? -1000 : rc;
}

static void test_identity1(void)
{
	struct super1_super s = with_bitmap();

	CHECK(!update1(&s, UPDATE_UUID) && s.sb.set_uuid.b[15] == 0x11 && s.bitmap_changed &&
	      s.bitmap.uuid.b[0] == 0x11, "uuid, and that of the bitmap");
	s = raid5();
	CHECK(!update1(&s, UPDATE_UUID) && !s.bitmap_changed, "no bitmap is made by that");
	CHECK(!update1(&s, UPDATE_NAME), "name");
	CHECK_TEXT(s.sb.name, "beta:7");
	s = raid5();
	CHECK(!update1(&s, UPDATE_HOMEHOST), "homehost");
	CHECK_TEXT(s.sb.name, "beta:orig");
	memcpy(s.sb.name, "alpha:a-name-of-thirty-two-bytes", 32);
	CHECK(!update1(&s, UPDATE_HOMEHOST), "homehost of a name that is as long as can be");
	CHECK(!memcmp(s.sb.name, "beta:a-name-of-thirty-two-bytes", 32), "keeps the name");
	memcpy(s.sb.name, "me:a-name-of-twenty-seven-byte\0", 32);
	CHECK(update1(&s, UPDATE_HOMEHOST) == -EINVAL, "of one that would be a byte too long: refused");
	CHECK_TEXT(s.sb.name, "me:a-name-of-twenty-seven-byte");
}

static void test_bblog(void)
{
	struct super1_super s = raid5();

	CHECK(!update1(&s, UPDATE_BBL) && s.sb.bblog_offset_sec == 80 && s.sb.bblog_size_sec == 8,
	      "bbl far from the data");
	CHECK(!update1(&s, UPDATE_NO_BBL) && !s.sb.bblog_offset_sec && !s.sb.bblog_size_sec, "no-bbl");
	s.sb.data_offset_sec = 88;
	CHECK(!update1(&s, UPDATE_BBL) && s.sb.bblog_offset_sec == 72, "bbl that just fits");
	s = with_bitmap();
	s.sb.data_offset_sec = 32;
	CHECK(!update1(&s, UPDATE_BBL) && s.sb.bblog_offset_sec == 16, "bbl between bitmap and data");
	s.sb.data_offset_sec = 31;
	s.sb.bblog_offset_sec = s.sb.bblog_size_sec = 0;
	CHECK(update1(&s, UPDATE_BBL) == -EINVAL && !s.sb.bblog_offset_sec, "bbl without room");
	s = raid5();
	s.sb.feature_map = SUPER1_F_BAD_BLOCKS;
	s.sb.bblog_offset_sec = 16;
	s.sb.bblog_size_sec = 8;
	CHECK(!update1(&s, UPDATE_BBL) && s.sb.bblog_offset_sec == 16, "a log in use stays");
	CHECK(update1(&s, UPDATE_NO_BBL) == -EINVAL && s.sb.bblog_offset_sec == 16,
	      "and is not dropped");
	CHECK(!update1(&s, UPDATE_FORCE_NO_BBL) && !s.sb.bblog_offset_sec &&
	      !(s.sb.feature_map & SUPER1_F_BAD_BLOCKS), "unless it is forced");
}

static void test_ppl(void)
{
	struct super1_super s = raid5();

	CHECK(!update1(&s, UPDATE_PPL) && s.ppl_new && super1_ppl_offset_sec(&s.sb) == 8 &&
	      super1_ppl_size_sec(&s.sb) == 264 && s.sb.feature_map == SUPER1_F_PPL, "ppl");
	CHECK(!update1(&s, UPDATE_NO_PPL) && !s.sb.feature_map, "no-ppl");
	s.sb.resync_offset_sec = 0;
	CHECK(update1(&s, UPDATE_PPL) == -EINVAL && !s.sb.feature_map, "ppl of one that is not clean");
	s.sb.resync_offset_sec = SUPER1_RESYNC_DONE;
	s.sb.data_offset_sec = 31;
	CHECK(update1(&s, UPDATE_PPL) == -EINVAL && !s.sb.feature_map, "ppl without room");
	s = with_bitmap();
	CHECK(update1(&s, UPDATE_PPL) == -EINVAL, "ppl beside a bitmap");
	s = raid5();
	s.sb.feature_map = SUPER1_F_JOURNAL;
	CHECK(update1(&s, UPDATE_PPL) == -EINVAL, "ppl beside a journal");
	s = raid5();
	s.sb.level = 6;
	s.sb.raid_disks = 4;
	CHECK(update1(&s, UPDATE_PPL) == -EINVAL, "ppl of RAID6");
}

static void test_state1(void)
{
	struct super1_super s = with_bitmap();

	CHECK(!update1(&s, UPDATE_RESYNC) && s.sb.resync_offset_sec == 0, "resync");
	s.base.dev_sec = 2 * DEV_SEC;
	CHECK(!update1(&s, UPDATE_DEVICESIZE) && s.sb.data_size_sec == 2 * DEV_SEC - 2048,
	      "devicesize");
	s.bitmap_damaged = true;
	CHECK(update1(&s, UPDATE_RESYNC) == -EINVAL, "nothing is stored beside a damaged bitmap");
	CHECK(!update1(&s, UPDATE_NO_BITMAP) && !s.sb.feature_map && !s.bitmap_damaged,
	      "but that it is none");
	CHECK(update1(&s, UPDATE_SUMMARIES) == SUPER_NO_SUCH_UPDATE &&
	      update1(&s, UPDATE_SUPER_MINOR) == SUPER_NO_SUCH_UPDATE &&
	      update1(&s, UPDATE_SPARC22) == SUPER_NO_SUCH_UPDATE &&
	      update1(&s, UPDATE_BITMAP) == SUPER_NO_SUCH_UPDATE &&
	      update1(&s, UPDATE_METADATA) == SUPER_NO_SUCH_UPDATE &&
	      update1(&s, UPDATE_BYTEORDER) == SUPER_NO_SUCH_UPDATE, "words of 0.90 only");
	CHECK(update1(&s, UPDATE_LAYOUT_ORIGINAL) == -EINVAL, "layout of a RAID5");
	CHECK(update1(&s, UPDATE_REVERT_RESHAPE) == -EINVAL, "no reshape");
	CHECK(update1(&s, UPDATE_HOME_CLUSTER) == -EINVAL, "no cluster");
}

static void test_layout(void)
{
	struct super1_super s = raid5();

	s.sb.level = 0;
	s.sb.size_sec = 0;
	s.sb.layout = 0;
	CHECK(!update1(&s, UPDATE_LAYOUT_ALTERNATE) && s.sb.layout == 2 &&
	      s.sb.feature_map == SUPER1_F_RAID0_LAYOUT, "alternate");
	CHECK(!update1(&s, UPDATE_LAYOUT_ORIGINAL) && s.sb.layout == 1, "original");
	CHECK(!update1(&s, UPDATE_LAYOUT_UNSPECIFIED) && s.sb.layout == 0 && !s.sb.feature_map,
	      "unspecified");
}

/* A RAID5 that grew from three to four stopped half-way. */
static void test_revert1(void)
{
	struct super1_super s = raid5();

	s.sb.raid_disks = 4;
	s.sb.delta_disks = 1;
	s.sb.feature_map = SUPER1_F_RESHAPE | SUPER1_F_NEW_OFFSET;
	s.sb.new_level = 5;
	s.sb.new_layout = 2;
	s.sb.new_chunk_sec = 128;
	s.sb.new_offset_sec = -1024;
	s.sb.data_size_sec = 38912;
	s.sb.size_sec = 30720;
	s.sb.reshape_position_sec = 128 * 2 * 3 + 1;
	CHECK(update1(&s, UPDATE_REVERT_RESHAPE) == -EINVAL, "in the middle of a stripe");
	s.sb.reshape_position_sec = 128 * 2 * 3;
	CHECK(!update1(&s, UPDATE_REVERT_RESHAPE) && s.sb.raid_disks == 3 &&
	      s.sb.delta_disks == -1 && s.sb.data_offset_sec == 1024 &&
	      s.sb.new_offset_sec == 1024, "goes back to three");
	CHECK(!update1(&s, UPDATE_REVERT_RESHAPE) && s.sb.raid_disks == 4 &&
	      s.sb.delta_disks == 1 && s.sb.data_offset_sec == 2048 &&
	      s.sb.new_offset_sec == -1024, "and on again");
	CHECK(!(s.sb.feature_map & SUPER1_F_RESHAPE_BACKWARDS), "the number of devices says which way");
	s.sb.delta_disks = 0;
	s.sb.raid_disks = 3;
	s.sb.new_chunk_sec = 256;
	s.sb.reshape_position_sec = 256 * 2 * 3;
	CHECK(!update1(&s, UPDATE_REVERT_RESHAPE) && s.sb.chunk_sec == 256 &&
	      s.sb.feature_map & SUPER1_F_RESHAPE_BACKWARDS, "else a bit");
	CHECK(!update1(&s, UPDATE_REVERT_RESHAPE) && s.sb.chunk_sec == 128 &&
	      !(s.sb.feature_map & SUPER1_F_RESHAPE_BACKWARDS), "which goes again");
}

/* --- 0.90 --- */

static struct super0_super mirror(void)
{
	struct super0_super s = {
		.base = { &super0, 90, DEV_SEC },
		.sb = { .minor_version = 90, .level = 1, .raid_disks = 2, .nr_disks = 3,
			.size_kib = 16320, .md_minor = 3, .state = SUPER0_CLEAN, .active = 9,
			.working = 9, .failed = 9, .spare = 9, .ctime = 1000, .utime = 2000,
			.events = 5, .reshape_position_sec = 0,
			.disk = { { 0, 7, 0, 0, 6 }, { 1, 7, 1, 1, 6 }, { 2, 7, 2, 2, 0 } },
			.this_disk = { 1, 7, 1, 1, 6 } },
	};

	memset(s.sb.uuid.b, 0xab, sizeof(s.sb.uuid.b));
	return s;
}

static int update0(struct super0_super *s, enum super_update what)
{
	struct update_values v = { .what = what, .path = "/dev/x", .name = "", .homehost = "beta",
				   .md_minor = 7 };
	struct err err = { "" };
	int rc;

	memset(v.uuid.b, 0x11, sizeof(v.uuid.b));
	rc = super0_update(&s->base, &v, &err);
	return rc < 0 && !*err.text ? -1000 : rc;
}

static void test_super0(void)
{
	struct super0_super s = mirror();
	uint8_t home[8];

	super0_home_words("beta", home);
	CHECK(!update0(&s, UPDATE_UUID) && s.sb.uuid.b[0] == 0x11 &&
	      !memcmp(s.sb.uuid.b + 8, home, 8), "uuid with the home host in it");
	s = mirror();
	CHECK(!update0(&s, UPDATE_HOMEHOST) && s.sb.uuid.b[0] == 0xab &&
	      !memcmp(s.sb.uuid.b + 8, home, 8), "homehost");
	CHECK(!update0(&s, UPDATE_SUPER_MINOR) && s.sb.md_minor == 7, "super-minor");
	CHECK(!update0(&s, UPDATE_RESYNC) && !(s.sb.state & SUPER0_CLEAN), "resync");
	CHECK(!update0(&s, UPDATE_SUMMARIES) && s.sb.nr_disks == 3 && s.sb.active == 2 &&
	      s.sb.working == 3 && s.sb.failed == 0 && s.sb.spare == 1, "summaries");
	s.sb.disk[1].state = SUPER0_DISK_FAULTY;
	CHECK(!update0(&s, UPDATE_SUMMARIES) && s.sb.active == 1 && s.sb.working == 2 &&
	      s.sb.failed == 1, "summaries with a failed one");
	CHECK(update0(&s, UPDATE_SPARC22) == -EINVAL, "sparc2.2 of one that is right");
	CHECK(update0(&s, UPDATE_BYTEORDER) == -EINVAL, "byteorder of one that is right");
	CHECK(update0(&s, UPDATE_NAME) == SUPER_NO_SUCH_UPDATE &&
	      update0(&s, UPDATE_BBL) == SUPER_NO_SUCH_UPDATE &&
	      update0(&s, UPDATE_HOME_CLUSTER) == SUPER_NO_SUCH_UPDATE &&
	      update0(&s, UPDATE_DEVICESIZE) == SUPER_NO_SUCH_UPDATE, "words of 1.x only");
	s = mirror();
	s.sb.state |= SUPER0_BITMAP;
	CHECK(!update0(&s, UPDATE_UUID) && s.bitmap_changed, "the bitmap has the uuid too");
	CHECK(s.bitmap.uuid.b[8] == s.sb.uuid.b[11] && s.bitmap.uuid.b[11] == s.sb.uuid.b[8],
	      "its words in the other order of bytes");
	CHECK(!update0(&s, UPDATE_NO_BITMAP) && s.sb.state == SUPER0_CLEAN, "no-bitmap");
}

/* As it looks on the member with that number. */
static void sparc22(uint32_t number)
{
	struct super0_super s = mirror();
	uint8_t good[SUPER0_BYTES], bad[SUPER0_BYTES] = { 0 }, mended[SUPER0_BYTES];

	s.sb.this_disk = s.sb.disk[number];
	super0_encode(&s.sb, good);
	memcpy(bad, good, 4 * 39);
	memcpy(bad + 4 * 40, good + 4 * 39, SUPER0_BYTES - 4 * 40);
	CHECK(!super0_decode((struct span){ bad, sizeof(bad) }, &s.sb, NULL), "what SPARC wrote");
	CHECK(!update0(&s, UPDATE_SPARC22), "is mended");
	super0_encode(&s.sb, mended);
	CHECK(!memcmp(good, mended, SUPER0_BYTES), "to what it should be");
}

static void test_sparc22(void)
{
	for (uint32_t number = 0; number < 3; number++)
		sparc22(number);
}

static void test_swap(void)
{
	struct super0_super s = mirror();
	uint8_t bytes[SUPER0_BYTES], other[SUPER0_BYTES], again[SUPER0_BYTES];

	super0_encode(&s.sb, bytes);
	super0_swap((struct span){ bytes, sizeof(bytes) }, other);
	CHECK(!memcmp(other, "\xa9\x2b\x4e\xfc", 4) && other[4 * 40 + 3] == 5, "other byte order");
	super0_swap((struct span){ other, sizeof(other) }, again);
	CHECK(!memcmp(bytes, again, sizeof(bytes)), "and back");
	s.base.minor = SUPER0_SWAPPED;
	CHECK(!update0(&s, UPDATE_BYTEORDER) && s.base.minor == 90, "byteorder");
}

static int converts(struct super0_super *s, bool keep_events, struct super1 *out)
{
	struct update_values v = { .what = UPDATE_METADATA, .path = "/dev/x", .name = "",
				   .homehost = "beta", .keep_events = keep_events };
	struct super *made cleanup(super_cleanup) = NULL;
	struct err err = { "" };
	int rc = super0_convert(&s->base, &v, &made, &err);

	if (!rc)
		*out = super1_of(made)->sb;
	return rc < 0 && !*err.text ? -1000 : rc;
}

static void test_convert(void)
{
	struct super0_super s = mirror();
	struct super1 sb;

	CHECK(!converts(&s, false, &sb), "0.90 becomes 1.0");
	CHECK(uuid_equal(&sb.set_uuid, &s.sb.uuid) && sb.ctime == 1001 && sb.utime == 2000 &&
	      sb.level == 1 && sb.raid_disks == 2 && sb.size_sec == 32640 && sb.events == 0 &&
	      sb.super_offset_sec == 40944 && sb.data_offset_sec == 0 && sb.max_dev == 27 &&
	      sb.dev_number == 1 && sb.resync_offset_sec == SUPER1_RESYNC_DONE, "its fields");
	CHECK_TEXT(sb.name, "3");
	CHECK(sb.role[0] == 0 && sb.role[1] == 1 && sb.role[2] == SUPER1_ROLE_SPARE, "its roles");
	CHECK(!converts(&s, true, &sb) && sb.events == 5, "its events where they matter");
	s.sb.state = 0;
	CHECK(converts(&s, false, &sb) == -EINVAL, "not when it is dirty");
	s.sb.state = SUPER0_CLEAN | SUPER0_BITMAP;
	CHECK(converts(&s, false, &sb) == -EINVAL, "not with a bitmap");
	s = mirror();
	s.sb.minor_version = 91;
	CHECK(converts(&s, false, &sb) == -EINVAL, "not during a reshape");
}

int main(void)
{
	test_words();
	test_crc();
	test_identity1();
	test_bblog();
	test_ppl();
	test_state1();
	test_layout();
	test_revert1();
	test_super0();
	test_sparc22();
	test_swap();
	test_convert();
	return unit_done();
}
