/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run.h - an array that waits for members is started, one that runs becomes read-only or writable.
 * Two modes do that: manage and misc; and incremental starts all that wait.
 */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

#include "config.h"
#include "options.h"

/* Each says what it did and returns an exit status. */
int Run(const char *path, const struct config *conf, const struct request *r);
int Run_waiting(const struct config *conf, const struct request *r);
int Readonly(const char *path, bool readonly, const struct request *r);

#endif
