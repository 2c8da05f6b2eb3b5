// SPDX-License-Identifier: GPL-2.0-or-later
/* Versions of Linux, and which of them a superblock wants. */
#include <errno.h>

#include "kernel.h"
#include "super0.h"
#include "super1.h"
#include "unit.h"
#include "util.h"

static bool reads(const char *text, uint32_t want)
{
	uint32_t got = 0;

	return !kernel_parse(text, &got) && got == want;
}

static bool refuses(const char *text)
{
	uint32_t got;

	return kernel_parse(text, &got) == -EINVAL;
}

static void test_text(void)
{
	char text[KERNEL_TEXT];

	CHECK(reads("6.19", KERNEL(6, 19, 0)) && reads("4", KERNEL(4, 0, 0)), "short ones");
	CHECK(reads("6.1.0-13-amd64", KERNEL(6, 1, 0)) && reads("6.7~rc1", KERNEL(6, 7, 0)) &&
	      reads("5.15.0_1", KERNEL(5, 15, 0)) && reads("2.6.32.71", KERNEL(2, 6, 32)) &&
	      reads("3.10.0-1160.el7.x86_64", KERNEL(3, 10, 0)), "those of distributions");
	CHECK(reads("4.19.325", KERNEL(4, 19, 255)) && reads("99999999999.0.0", KERNEL(255, 0, 0)),
	      "numbers that are too great");
	CHECK(refuses("") && refuses("x") && refuses("6.") && refuses("6.x") && refuses(".6") &&
	      refuses("6.1x") && refuses("0") && refuses("-6") && refuses("6 1"), "no versions");
	CHECK_TEXT(kernel_text(KERNEL(6, 19, 0), text), "6.19");
	CHECK_TEXT(kernel_text(KERNEL(2, 6, 18), text), "2.6.18");
	CHECK_TEXT(kernel_text(KERNEL_UNKNOWN, text), "65535.255.255");
	CHECK(kernel_running() > KERNEL(2, 6, 0), "one runs");
}

static uint32_t oldest1(struct super1_super *s, const char **why)
{
	struct kernel_need need = { 0 };

	super1_oldest_kernel(&s->base, &need);
	*why = need.why;
	return need.version;
}

static void test_features(void)
{
	static const struct { uint32_t features, version; } rows[] = {
		{ 0, KERNEL(2, 6, 10) }, { 1, KERNEL(2, 6, 15) }, { 2, KERNEL(2, 6, 18) },
		{ 4, KERNEL(2, 6, 17) }, { 8, KERNEL(3, 5, 0) }, { 16, KERNEL(3, 3, 0) },
		{ 32, KERNEL(3, 5, 0) }, { 64, KERNEL(3, 5, 0) }, { 128, KERNEL(3, 14, 0) },
		{ 256, KERNEL(4, 1, 0) }, { 512, KERNEL(4, 4, 0) }, { 1024, KERNEL(4, 12, 0) },
		{ 2048, KERNEL(4, 14, 0) }, { 4096, KERNEL(5, 4, 0) }, { 8192, KERNEL_UNKNOWN },
		{ 1u << 31, KERNEL_UNKNOWN }, { 0x1fff, KERNEL(5, 4, 0) },
		{ 512 | 1, KERNEL(4, 4, 0) },
	};
	unsigned wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct super1_super s = { .sb = { .level = 1, .feature_map = rows[i].features } };
		const char *why = NULL;

		wrong += oldest1(&s, &why) != rows[i].version || !why || !*why;
	}
	CHECK(!wrong, "each feature bit has its kernel");
}

static void test_fields(void)
{
	struct super1_super s = { .sb = { .level = 1, .logical_block_bytes = 4096 } };
	const char *why;

	CHECK(oldest1(&s, &why) == KERNEL(6, 19, 0), "logical block size");
	CHECK_TEXT(why, "logical block size");
	s.sb.pad3[27] = 1;
	CHECK(oldest1(&s, &why) == KERNEL_UNKNOWN, "the last byte of the padding");
	s = (struct super1_super){ .sb = { .level = 1, .pad0 = 1 } };
	CHECK(oldest1(&s, &why) == KERNEL_UNKNOWN, "the other padding");
	s = (struct super1_super){ .sb = { .level = 1 }, .bitmap_version = 6 };
	CHECK(oldest1(&s, &why) == KERNEL(6, 18, 0), "lockless bitmap");
	s = (struct super1_super){ .sb = { .level = 1 }, .bitmap_version = 5 };
	CHECK(oldest1(&s, &why) == KERNEL(4, 1, 0), "clustered bitmap");
	s = (struct super1_super){ .sb = { .level = 10, .layout = 0x10201 } };
	CHECK(oldest1(&s, &why) == KERNEL(2, 6, 18), "offset layout");
	s = (struct super1_super){ .sb = { .level = 6, .layout = 8 } };
	CHECK(oldest1(&s, &why) == KERNEL(2, 6, 30), "RAID6 of DDF");
	s = (struct super1_super){ .sb = { .level = 0, .chunk_sec = 24 } };
	CHECK(oldest1(&s, &why) == KERNEL(2, 6, 31), "odd chunk");
}

static void test_super0(void)
{
	struct super0_super s = { .sb = { .minor_version = 90, .level = 1 } };
	struct kernel_need need;

	super0.oldest_kernel(&s.base, &need);
	CHECK(need.version == KERNEL(2, 4, 0), "0.90");
	s.sb.state = SUPER0_BITMAP;
	super0.oldest_kernel(&s.base, &need);
	CHECK(need.version == KERNEL(2, 6, 15), "0.90 with a bitmap");
	s.sb.size_kib = UINT32_MAX;
	super0.oldest_kernel(&s.base, &need);
	CHECK(need.version == KERNEL(3, 1, 0), "0.90 on long members");
}

int main(void)
{
	test_text();
	test_features();
	test_fields();
	test_super0();
	return unit_done();
}
