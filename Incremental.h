/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Incremental.h - what the files of the mode --incremental share.  Nobody else looks inside.
 */
#ifndef INCREMENTAL_H
#define INCREMENTAL_H

#include "config.h"
#include "devnode.h"
#include "listed.h"
#include "mapfile.h"
#include "mdstat.h"
#include "member.h"
#include "mode.h"
#include "plan.h"
#include "waiting.h"

struct incremental {
	const struct request *req;
	struct config conf;
	char homehost[256];
	bool not_required;               /* HOMEHOST <ignore> */
	bool in_udev;                    /* one of its workers runs us: nobody else makes names now */
	const struct superswitch *fmt;   /* --metadata; NULL: any */
	int minor;

	const char *path;                /* the device, */
	dev_t rdev;
	struct member dev;               /* and what it carries; moves to w once the array has it */
	struct listed listed;
	struct uuid map_uuid;
	const char *format;              /* "1.x" */

	struct md_name name;             /* the array; devnm "": there is none yet */
	enum array_condition condition;
	char not_its[33];                /* that which the map names, whose members do not fit it */
	struct waiting w;                /* its members, if it has any */
	bool thorough;                   /* all its members are looked at, not only one of them */
	struct mdstat now;               /* what there was, when it was not in the map */
	int64_t end_ms;                  /* (clock_ms) until then everything is waited for */
	char liar[33];                   /* the array that the map gives for ours, and is another */
};

/* All that are 0 or the exit status have said why. */

/* Incremental-device.c: may the device be taken, and what is on it?  Changes nothing. */
int incremental_look(struct incremental *i);
/* Does policy let the device into an array that runs? */
bool incremental_may_re_add(const struct incremental *i, dev_t rdev);

/* Incremental-find.c: the array that it belongs to; writes lines that the map lacks. */
int incremental_find(struct incremental *i);
int incremental_rebuild_map(struct incremental *i);

/* Incremental-attach.c: puts the device into its array, which is made if need be. */
int incremental_attach(struct incremental *i);
/* The steps that add a device to the array that the plan has open. */
void incremental_plan_device(struct plan *p, const struct member *m);

/*
 * Incremental-start.c: what has become of the array, which is started when it may be; says it, or
 * exports it.  attached: the device was put into it just now.
 */
int incremental_start(struct incremental *i, bool attached);
/*
 * The array has refused the device, which had it open meanwhile: whoever has put the last member in may
 * have found it busy.  Started, and told, if it is whole.
 */
void incremental_start_rest(struct incremental *i);

/* Incremental-remove.c: a device has gone. */
int incremental_remove(struct incremental *i);

#endif
