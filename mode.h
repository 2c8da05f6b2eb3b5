/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mode.h - what main knows of a mode: one const record, defined in the mode's file.
 *
 * A mode does one request from beginning to end: it prints its own sentences and returns an
 * exit status.  Modes never call one another.
 */
#ifndef MODE_H
#define MODE_H

#include <stdbool.h>

#include "options.h"

/* Every exit status there is.  mdadm.8 has the same list. */
enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,       /* the command line is wrong, or asks for what is not there yet */

	/* create, zero-superblock, manage: a device cannot be opened or is not fit. */
	STATUS_UNSUITABLE = 2,

	/* --detail --test */
	STATUS_DEGRADED = 1,
	STATUS_NOT_ENOUGH = 2,
	STATUS_NO_DATA = 4,
};

struct mode {
	const char *name;
	enum mode_id id;
	bool needs_root;        /* for whatever it does; request.needs_root speaks for one action */
	int (*run)(const struct request *r);
};

extern const struct mode mode_create, mode_assemble, mode_manage, mode_misc;

#endif
