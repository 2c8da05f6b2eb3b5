/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * group.h - which of many devices belong to the same array.
 *
 * Pure: superblocks that were decoded go in, the number of a group for each comes out.
 */
#ifndef GROUP_H
#define GROUP_H

#include <stddef.h>

#include "super.h"

#define GROUP_NONE SIZE_MAX

struct group_item {
	const struct super *super;       /* NULL: it belongs to none */
	const struct uuid *uuid;         /* of the array */
};

/*
 * Members of one array agree in all that super_difference compares; they may come in any order.
 * Groups are numbered from 0 in the order of their first members.  group has room for n.  Returns
 * how many.
 */
size_t group_arrays(const struct group_item *item, size_t n, size_t *group);

#endif
