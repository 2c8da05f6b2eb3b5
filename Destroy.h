/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Destroy.h - --destroy.  Misc calls it.
 */
#ifndef DESTROY_H
#define DESTROY_H

#include "options.h"

/*
 * Stops the array and erases the superblocks of its members; says which slots have no member here.
 * spec: a uuid, a node, or a name.  Returns the exit status.
 */
int Destroy(const char *spec, const struct request *r);

#endif
