// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * External.c - what is asked of metadata that the firmware of controllers has (DDF, IMSM), which
 * this version does not know: --detail-platform, --kill-subarray, --update-subarray.  Prints,
 * changes nothing.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "External.h"
#include "mode.h"
#include "say.h"

static const char no_platform[] = "no platform was looked for: this version knows no RAID of "
				  "controllers' firmware (imsm)";

/* Scripts read an empty output and the exit status; a person gets a line. */
int Detail_platform(const struct superswitch *fmt)
{
	static const char *const formats[] = { "0.90", "1.x", "ddf", "imsm", "mbr", "gpt" };

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (fmt && strcmp(fmt->name, formats[i]) != 0)
			continue;
		say_verbose("checking metadata %s", formats[i]);
		if (strcmp(formats[i], "imsm") == 0)
			say_verbose("%s", no_platform);
		else
			say_verbose("%s metadata is platform independent", formats[i]);
	}
	if (fmt)
		return STATUS_FAILED;
	if (isatty(STDERR_FILENO))
		say_note("%s", no_platform);
	return STATUS_USAGE;
}

/* What is there is no container: this version assembles none. */
int Subarray(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		say_error("Couldn't open %s, aborting", path);
	else if (!S_ISBLK(st.st_mode))
		say_error("Failed to determine device number for %s", path);
	else
		say_error("%s is not a container", path);
	return STATUS_UNSUITABLE;
}
