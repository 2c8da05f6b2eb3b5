/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scrub.h - --scrub.  Misc calls it. */
#ifndef SCRUB_H
#define SCRUB_H

#include <stddef.h>

#include "options.h"

struct json;

/* The arrays given, or all (n 0); json: in place of text, or NULL.  The exit status. */
int Scrub(char *const *dev, size_t n, const struct request *r, struct json *json);

#endif
