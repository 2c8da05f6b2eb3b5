/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Action.h - --action.  Misc calls it. */
#ifndef ACTION_H
#define ACTION_H

#include "options.h"

/* Has an array do r->sync_action.  The exit status. */
int Action(const char *path, const struct request *r);

#endif
