/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undo.h - --undo: what a plan overwrote is put back from its undo file.  A misc action.
 */
#ifndef UNDO_H
#define UNDO_H

#include "options.h"

/* path: of the undo file.  Returns the exit status. */
int Undo(const char *path, const struct request *r);

#endif
