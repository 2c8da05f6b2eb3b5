/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stop.h - stopping arrays; used by the modes manage and misc.
 */
#ifndef STOP_H
#define STOP_H

#include "options.h"

/* Stops one array and says so.  path: a node or link, or "md127".  Returns the exit status. */
int Stop(const char *path, const struct request *r);

struct plan;
struct err;
/* The same, under the map's lock that owner has, and without a word: 0, or -errno with the sentence. */
int Stop_under(const char *path, const struct request *r, struct plan *owner, struct err *err);

/* Stops every array that can be, those on top of others first.  Returns the exit status. */
int Stop_all(const struct request *r);

#endif
