// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * super-report.c - what the reports of all formats have alike.  Pure; uses report and the superlist.
 */
#include "report.h"
#include "super.h"

/* Older ones are not met any more, so people are not told that they would do. */
#define WORTH_TELLING KERNEL(4, 0, 0)

void super_report_kernel(const struct super *s, struct report *r)
{
	struct kernel_need need = { .version = KERNEL_UNKNOWN };
	char version[KERNEL_TEXT];

	s->fmt->oldest_kernel(s, &need);
	if (need.version == KERNEL_UNKNOWN) {
		report_text(r, REPORT_TEXT, NULL, "Oldest Kernel", "unknown (%s)", need.why);
		report_text(r, REPORT_JSON, "oldest_kernel_reason", NULL, "%s", need.why);
		return;
	}
	kernel_text(need.version, version);
	report_text(r, need.version < WORTH_TELLING ? REPORT_JSON : REPORT_DATA, "oldest_kernel",
		    "Oldest Kernel", "%s", version);
	if (need.version >= WORTH_TELLING)
		report_note(r, " (%s)", need.why);
	report_text(r, REPORT_JSON, "oldest_kernel_reason", NULL, "%s", need.why);
}
