/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mdstat.h - port and pure parser of /proc/mdstat.
 */
#ifndef MDSTAT_H
#define MDSTAT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

enum mdstat_activity {
	MDSTAT_NONE, MDSTAT_RECOVERY, MDSTAT_RESYNC, MDSTAT_RESHAPE, MDSTAT_CHECK,
};
enum mdstat_wait { MDSTAT_RUNNING, MDSTAT_DELAYED, MDSTAT_PENDING, MDSTAT_REMOTE };

struct mdstat_entry {
	char devnm[33];
	bool active;
	enum mdstat_activity activity;
	enum mdstat_wait wait;
	int percent;                 /* 0..100, -1 when there is none */
	char metadata[64];           /* "1.2", "external:/md127/0", "" 0.90, "none" without any */
};

struct mdstat {
	struct mdstat_entry *entry;  /* in the order of the file */
	size_t n;
};

/* "recovery", "delayed"; NULL for none. */
const char *mdstat_activity_word(enum mdstat_activity activity);
const char *mdstat_wait_word(enum mdstat_wait wait);

/* Pure.  Unknown words are skipped, lines that make no sense are ignored; it never fails. */
void mdstat_parse(const char *text, struct mdstat *out);
/* An absent file is an empty list (the driver is not loaded). */
int mdstat_read(struct mdstat *out, struct err *err);
void mdstat_free(struct mdstat *m);
const struct mdstat_entry *mdstat_find(const struct mdstat *m, const char *devnm);

#endif
