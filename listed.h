/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listed.h - what the configuration says of the array that a member belongs to.  Pure.
 */
#ifndef LISTED_H
#define LISTED_H

#include "config.h"
#include "member.h"
#include "naming.h"

struct listed {
	enum config_match match;
	const struct config_array *line;     /* NULL: none, or several: */
	const struct config_array *other;    /* the second of these, line is the first */
	enum name_trust trust;
	struct name_request name;            /* for naming_choose; points into the line and m */
};

/* The line is found by what identifies the array, whatever it says of format, level and devices.
 * m: one whose superblock could be read.  not_required: HOMEHOST <ignore>. */
void listed_find(const struct config *c, const char *homehost, bool not_required,
		 const struct member *m, struct listed *out);

#endif
