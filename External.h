/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * External.h - --detail-platform, --kill-subarray, --update-subarray.  Misc calls them; each
 * returns the exit status.
 */
#ifndef EXTERNAL_H
#define EXTERNAL_H

#include "super.h"

/* fmt: --metadata; NULL any. */
int Detail_platform(const struct superswitch *fmt);
/* Of --kill-subarray and --update-subarray. */
int Subarray(const char *path);

#endif
