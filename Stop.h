/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stop.h - stopping arrays; used by the modes manage and misc.
 */
#ifndef STOP_H
#define STOP_H

#include "options.h"

/* Stops one array and says so.  path: a node or link, or "md127".  Returns the exit status. */
int Stop(const char *path, const struct request *r);

/* Stops every array that can be, those on top of others first.  Returns the exit status. */
int Stop_all(const struct request *r);

#endif
