/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dump.h - --dump and --restore.  Misc calls them.
 */
#ifndef DUMP_H
#define DUMP_H

#include "options.h"
#include "super.h"

struct dump_options {
	const struct request *req;
	const char *place;             /* --dump: a directory; --restore: that, or a file */
	const struct superswitch *fmt; /* only this format; NULL any */
	int minor;                     /* with fmt */
};

/* Of one device.  The exit status; after STATUS_END the others are not worth trying. */
int Dump(const char *path, const struct dump_options *o);
int Restore(const char *path, const struct dump_options *o);

#endif
