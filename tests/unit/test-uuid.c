// SPDX-License-Identifier: GPL-2.0-or-later
/* Identities and their texts. */
#include <errno.h>

#include "unit.h"
#include "util.h"
#include "uuid.h"

static const struct uuid sample = { {
	0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee,
	0xff
} };

static void test_format(void)
{
	char text[UUID_TEXT];

	uuid_format(&sample, ':', text);
	CHECK_TEXT(text, "00112233:44556677:8899aabb:ccddeeff");
	uuid_format(&sample, '.', text);
	CHECK_TEXT(text, "00112233.44556677.8899aabb.ccddeeff");
}

static void test_parse(void)
{
	static const char *const good[] = {
		"00112233:44556677:8899aabb:ccddeeff", "00112233445566778899AABBCCDDEEFF",
		"00112233-4455-6677-8899-aabbccddeeff", "00112233 44556677.8899aabb-ccddeeff",
		"0-0112233:44556677::8899aabb:ccddeef.f", "00112233:44556677:8899aabb:ccddeeff:",
		"00112233:44556677:8899aabb:ccddeeff ", ":00112233:44556677:8899aabb:ccddeeff",
	};
	static const char *const bad[] = {
		"", ":", "00112233:44556677:8899aabb:ccddeef",
		"00112233:44556677:8899aabb:ccddeefff",
		"00112233:44556677:8899aabb:ccddeefg", "00112233:44556677:8899aabb:ccddeeff:0",
		"00112233:44556677:8899aabb:ccddeeff /", "00112233/44556677:8899aabb:ccddeeff",
		"0x112233:44556677:8899aabb:ccddeeff",
	};
	struct uuid u;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		memset(&u, 0, sizeof(u));
		CHECK(!uuid_parse(good[i], &u) && uuid_equal(&u, &sample), good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&u, 0, sizeof(u));
		CHECK(uuid_parse(bad[i], &u) == -EINVAL , bad[i]);
	}
}

static void test_values(void)
{
	struct uuid a = uuid_swap_words(&sample), b = uuid_swap_words(&a);
	uint32_t word;
	char text[UUID_TEXT], first[9];

	CHECK(uuid_equal(&b, &sample), "uuid_swap_words is its own inverse");
	memcpy(&word, sample.b, 4);
	snprintf(first, sizeof(first), "%08x", word);
	uuid_format(&a, ':', text);
	CHECK(!strncmp(text, first, 8), "uuid_swap_words prints the words of the host");
	memset(&a, 0, sizeof(a));
	CHECK(!uuid_equal(&a, &sample), "another");
	memset(&b, 0, sizeof(b));
	CHECK(!uuid_random(&a) && !uuid_random(&b) && !uuid_equal(&a, &b),
	      "uuid_random");
}

int main(void)
{
	test_format();
	test_parse();
	test_values();
	return unit_done();
}
