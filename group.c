// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * group.c - see group.h.  Pure.
 *
 * Sorted by uuid, only those that have the same are compared: with thousands of devices, each with
 * all others would take minutes.
 */
#include <stdlib.h>
#include <string.h>

#include "group.h"
#include "util.h"

struct place {
	const struct group_item *item;
	size_t at;
};

static int by_uuid(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = memcmp(x->item->uuid, y->item->uuid, sizeof(*x->item->uuid));

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Marks each with the place of the first that it agrees with. */
static void mark_first(const struct place *p, size_t n, size_t *first)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = i;

		first[p[i].at] = p[i].at;
		while (k-- > 0 && uuid_equal(p[k].item->uuid, p[i].item->uuid))
			/* only with those that are the first of their group */
			if (first[p[k].at] == p[k].at &&
			    !super_difference(p[k].item->super, p[i].item->super)) {
				first[p[i].at] = p[k].at;
				break;
			}
	}
}

size_t group_arrays(const struct group_item *item, size_t n, size_t *group)
{
	struct place *p autofree = xcalloc(n, sizeof(*p));
	size_t *first autofree = xcalloc(n, sizeof(*first));
	size_t n_place = 0, n_group = 0;

	for (size_t i = 0; i < n; i++)
		if (item[i].super)
			p[n_place++] = (struct place){ &item[i], i };
	if (n_place)
		qsort(p, n_place, sizeof(*p), by_uuid);
	mark_first(p, n_place, first);
	for (size_t i = 0; i < n; i++) {
		if (!item[i].super)
			group[i] = GROUP_NONE;
		else
			group[i] = first[i] == i ? n_group++ : group[first[i]];
	}
	return n_group;
}
