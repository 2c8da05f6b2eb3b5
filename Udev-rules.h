/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Udev-rules.h - --udev-rules.  Misc calls it.
 */
#ifndef UDEV_RULES_H
#define UDEV_RULES_H

#include "config.h"
#include "options.h"

/* To standard output, or into the file that the request names.  Returns the exit status. */
int Udev_rules(const struct config *c, const struct request *r);

#endif
