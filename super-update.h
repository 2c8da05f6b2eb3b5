/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * super-update.h - the words of --update, and what goes with them.  Pure.
 */
#ifndef SUPER_UPDATE_H
#define SUPER_UPDATE_H

#include <stdbool.h>

#include "err.h"
#include "uuid.h"

enum super_update {
	UPDATE_SPARC22, UPDATE_SUPER_MINOR, UPDATE_UUID, UPDATE_NAME, UPDATE_NODES, UPDATE_RESYNC,
	UPDATE_SUMMARIES, UPDATE_HOMEHOST, UPDATE_HOME_CLUSTER, UPDATE_BYTEORDER,
	UPDATE_DEVICESIZE, UPDATE_BITMAP, UPDATE_NO_BITMAP, UPDATE_METADATA, UPDATE_REVERT_RESHAPE,
	UPDATE_BBL, UPDATE_NO_BBL, UPDATE_FORCE_NO_BBL, UPDATE_PPL, UPDATE_NO_PPL,
	UPDATE_LAYOUT_ORIGINAL, UPDATE_LAYOUT_ALTERNATE, UPDATE_LAYOUT_UNSPECIFIED,
};
#define SUPER_UPDATES (UPDATE_LAYOUT_UNSPECIFIED + 1)

/* An update, and the values that it may want. */
struct update_values {
	enum super_update what;
	const char *path;        /* the member, for sentences */
	struct uuid uuid;        /* UUID: the new one */
	bool uuid_given;         /* and it was not made up */
	const char *name;        /* NAME: bare, or with a host; "" none: then the number */
	const char *homehost;    /* "" none */
	int md_minor;            /* the number that the array gets */
	struct uuid device_uuid; /* METADATA: a new one for the member */
	bool keep_events;        /* METADATA: members differ in their events, and must go on to */
};

/* False when there is no such word. */
bool super_update_parse(const char *word, enum super_update *out);
const char *super_update_word(enum super_update what);
/* The sentences of what cannot be done to this member (-EINVAL): for any reason, as no host has a name,
 * as its bitmap is damaged. */
int super_update_refuse(const struct update_values *v, struct err *err, const char *why);
int super_update_no_host(const struct update_values *v, struct err *err);
int super_update_damaged(const struct update_values *v, struct err *err);
/* rc, what a check of the changed superblock found: 0, or negative with its sentence, which is then
 * that the update would spoil it. */
int super_update_checked(const struct update_values *v, struct err *err, int rc);

/* "Valid --update options are:" and all words, on lines without the last newline. */
extern const char super_update_list[];

#endif
