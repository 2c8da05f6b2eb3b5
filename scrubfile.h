/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scrubfile.h - what --scrub remembers of an array: where its check stopped, and how the last one ended.  The
 * texts are parsed and made by pure functions; a file an array, named by its uuid, is below SCRUB_DIR.
 *
 * Lines of a key and a number, which may be missing (0), in any order, behind the first one:
 *	mdadm-scrub 1
 *	position SECTOR       of what a check runs over (geometry_sync_sec): up to there it is done
 *	size SECTORS          of that
 *	started SECONDS       since 1970; 0: none is under way
 *	spent SECONDS         on it so far
 *	mismatches SECTORS    found so far
 *	last-finished, last-spent, last-mismatches: of the last one that came to its end
 */
#ifndef SCRUBFILE_H
#define SCRUBFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "uuid.h"

#define SCRUB_DIR "/var/lib/mdadm/scrub"

struct scrub_state {
	uint64_t position_sec, size_sec;
	uint64_t started_s, spent_s, mismatches;
	uint64_t last_finished_s, last_spent_s, last_mismatches;
};

/* 0, or -EINVAL; a position beyond the size is none. */
int scrub_parse(const char *text, size_t len, struct scrub_state *out);
/* The caller frees. */
char *scrub_format(const struct scrub_state *s);

/* The path of the file; uuid as in the map (struct map_entry). */
#define SCRUB_PATH 80
void scrub_path(const struct uuid *uuid, char out[SCRUB_PATH]);
/*
 * 0; SCRUB_ABSENT: nothing is remembered (*out all zero); -errno with the sentence: it cannot be read, it
 * could be from somebody else than root or us, or it makes no sense (*out all zero).
 */
#define SCRUB_ABSENT 1
int scrub_load(const struct uuid *uuid, struct scrub_state *out, struct err *err);

#endif
