// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices belong to the same array. */
#include "group.h"
#include "unit.h"
#include "util.h"

/* A format whose superblocks differ in nothing but a shape. */
struct shaped {
	struct super super;
	int shape;
};

static const char *compare(const struct super *a, const struct super *b)
{
	return ((const struct shaped *)a)->shape == ((const struct shaped *)b)->shape ? NULL :
		"level";
}

static const struct superswitch one = { .compare_super = compare };
static const struct superswitch other = { .compare_super = compare };

struct device {
	int uuid;                /* 0: it carries nothing */
	const struct superswitch *fmt;
	int minor, shape;
};

#define MOST 4000

static size_t group_of(const struct device *d, size_t n, size_t *group)
{
	static struct shaped s[MOST];
	static struct uuid uuid[MOST];
	static struct group_item item[MOST];

	for (size_t i = 0; i < n; i++) {
		s[i] = (struct shaped){ { .fmt = d[i].fmt, .minor = d[i].minor }, d[i].shape };
		uuid[i] = (struct uuid){ { (uint8_t)d[i].uuid, (uint8_t)(d[i].uuid >> 8) } };
		item[i] = (struct group_item){ d[i].uuid ? &s[i].super : NULL, &uuid[i] };
	}
	return group_arrays(item, n, group);
}

static void test_few(void)
{
	static const struct device d[] = {
		{ 7, &one, 2, 0 }, { 0, NULL, 0, 0 }, { 3, &one, 2, 0 }, { 7, &one, 2, 0 },
		/* the same uuid, and yet another array */
		{ 7, &one, 0, 0 }, { 7, &other, 2, 0 }, { 7, &one, 2, 5 }, { 7, &one, 0, 0 },
		{ 3, &one, 2, 0 }, { 7, &one, 2, 0 }, { 7, &one, 2, 5 },
	};
	static const size_t want[] = { 0, GROUP_NONE, 1, 0, 2, 3, 4, 2, 1, 0, 4 };
	size_t group[ARRAY_SIZE(d)];

	CHECK(group_of(d, ARRAY_SIZE(d), group) == 5, "as many groups as there are arrays");
	CHECK(!memcmp(group, want, sizeof(want)), "each where it belongs, in the order of the first");
	CHECK(group_of(d, 0, group) == 0, "none of none");
	CHECK(group_of(d + 1, 1, group) == 0 && group[0] == GROUP_NONE, "none of what is no member");
}

/* Against the plain way: each compared with all before it. */
static void test_many(void)
{
	static struct device d[MOST];
	static size_t group[MOST], want[MOST];
	uint64_t state = 1;
	size_t n_want = 0, n;

	for (size_t i = 0; i < MOST; i++)
		d[i] = (struct device){ (int)(unit_random(&state) % 300), &one,
					(int)(unit_random(&state) % 2),
					(int)(unit_random(&state) % 2) };
	for (size_t i = 0; i < MOST; i++) {
		size_t k = 0;

		while (k < i && (d[k].uuid != d[i].uuid || d[k].minor != d[i].minor ||
				 d[k].shape != d[i].shape))
			k++;
		want[i] = !d[i].uuid ? GROUP_NONE : k == i ? n_want++ : want[k];
	}
	n = group_of(d, MOST, group);
	CHECK(n == n_want && !memcmp(group, want, sizeof(want)), "many devices");
}

int main(void)
{
	test_few();
	test_many();
	return unit_done();
}
