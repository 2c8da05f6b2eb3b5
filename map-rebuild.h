/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map-rebuild.h - the lines that the map of arrays should have, found out from the arrays that there
 * are and their members.
 */
#ifndef MAP_REBUILD_H
#define MAP_REBUILD_H

#include "config.h"
#include "mapfile.h"
#include "mdstat.h"

struct map_rebuild {
	const struct config *conf;
	const char *homehost;
	bool not_required;       /* HOMEHOST <ignore> */
	struct map found;        /* lines of arrays that are not in the map */
};

/*
 * Reads members of every array of native metadata in `now` that has no line in `map`, slow ones at
 * once, and adds its line to r->found: under the name that is there in /dev, else under the one that
 * it would be given.  An array none of whose members can be read has none.  The caller frees
 * r->found with map_free.
 */
void map_rebuild(struct map_rebuild *r, const struct map *map, const struct mdstat *now);

#endif
