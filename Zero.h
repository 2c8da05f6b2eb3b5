/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zero.h - --zero-superblock.
 */
#ifndef ZERO_H
#define ZERO_H

#include "options.h"
#include "super.h"

struct zero_options {
	const struct request *req;
	const struct superswitch *fmt; /* only this format; NULL any */
	int minor;                     /* with fmt */
};

/* Erases what md superblocks there are on the device.  Returns the exit status. */
int Zero(const char *path, const struct zero_options *o);

#endif
