/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - versions of Linux: read, written, compared as numbers; and that of the one that runs.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* 6.19 is KERNEL(6, 19, 0).  Numbers compare as versions do. */
#define KERNEL(major, minor, patch) \
	((uint32_t)(major) << 16 | (uint32_t)(minor) << 8 | (uint32_t)(patch))
#define KERNEL_UNKNOWN UINT32_MAX    /* later than any that is known here */

/* What a kernel must be to start an array. */
struct kernel_need {
	uint32_t version;        /* the first release that can; KERNEL_UNKNOWN */
	const char *why;         /* what the ones before lack, in words */
	const char *instead;     /* how --create does without that; NULL: not */
};

/*
 * "6.1", "5.10.0-8-amd64", "4": what follows the numbers behind '-', '+' or '~' does not count.
 * 0 or -EINVAL.  Pure.
 */
int kernel_parse(const char *text, uint32_t *out);

#define KERNEL_TEXT 16
/* "6.19", "2.6.18"; no ".0" at the end of three numbers.  Returns out. */
char *kernel_text(uint32_t version, char out[KERNEL_TEXT]);

/* The kernel that runs; KERNEL_UNKNOWN when its name says nothing. */
uint32_t kernel_running(void);

#endif
