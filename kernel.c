// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel.c - see kernel.h.  Asks the kernel for its name; nothing else is not pure. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "kernel.h"
#include "util.h"

#define PART_MAX 255               /* as the kernel's own macro caps the last one */

/* The digits at *p as a number; *p moves behind them.  False when there are none. */
static bool take_number(const char **p, uint32_t *out)
{
	uint32_t n = 0;

	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		n = MIN(n * 10 + (uint32_t)(**p - '0'), (uint32_t)PART_MAX);
	*out = n;
	return true;
}

int kernel_parse(const char *text, uint32_t *out)
{
	uint32_t part[3] = { 0 };
	const char *p = text;

	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		if (i > 0 && *p != '.')
			break;
		if (i > 0)
			p++;
		if (!take_number(&p, &part[i]))
			return -EINVAL;
	}
	/* a fourth number is that of a stable release of 2.6 */
	if (!part[0] || (*p && !strchr(".-+~_", *p)))
		return -EINVAL;
	*out = KERNEL(part[0], part[1], part[2]);
	return 0;
}

char *kernel_text(uint32_t version, char out[KERNEL_TEXT])
{
	unsigned major = version >> 16, minor = version >> 8 & 0xff, patch = version & 0xff;

	if (patch)
		snprintf(out, KERNEL_TEXT, "%u.%u.%u", major, minor, patch);
	else
		snprintf(out, KERNEL_TEXT, "%u.%u", major, minor);
	return out;
}

uint32_t kernel_running(void)
{
	static uint32_t known;   /* asked for each member */
	struct utsname u;
	uint32_t version;

	if (!known)
		known = uname(&u) || kernel_parse(u.release, &version) ? KERNEL_UNKNOWN : version;
	return known;
}
