/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report-modes.h - the modes that only look: detail, examine and its kin, query.  Misc calls them.
 * They print (data to stdout, sentences to stderr) and return an exit status.
 */
#ifndef REPORT_MODES_H
#define REPORT_MODES_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "super.h"

struct json;

struct detail_options {
	bool brief;              /* --brief, or --scan without -vv */
	bool export, no_devices, test;
	int verbosity;           /* 1: more in brief */
	const char *prefer;      /* or NULL */
	const char *homehost;    /* "" none */
	struct json *json;       /* in place of text: an object for each array; or NULL */
};

/* One array, by its node. */
int Detail(const char *path, const struct detail_options *o);
/* --detail --scan: all arrays that the kernel has. */
int Detail_scan(const struct detail_options *o);

struct examine_options {
	bool brief, export;
	bool scan;               /* --scan: brief, silent about devices that are no members */
	int verbosity;           /* 1: more in brief; 2: a scan is not brief */
	const struct superswitch *fmt; /* -e: only this format; NULL any */
	int minor;               /* with fmt */
	const char *homehost;    /* "" none */
	struct json *json;       /* in place of text: the document; or NULL */
};

/* Of one device or file; of the options fmt, minor and json count. */
int Examine_bitmap(const char *path, const struct examine_options *o);
int Examine_badblocks(const char *path, const struct examine_options *o);

int Examine(char *const *dev, size_t n, const struct examine_options *o);
/* --examine --scan without devices: those of the DEVICE lines. */
int Examine_scan(const struct config *conf, const struct examine_options *o);

/*
 * One line on what a device is as an array, one on what it is as a member; or one object for
 * both to json, when that is not NULL.
 */
int Query(const char *path, struct json *json);

/* By which rule the array has its name, and how to change it; homehost: "" none. */
int Explain_name(const char *path, const struct config *conf, const char *homehost,
		 struct json *json);

#endif
