// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait.c - --wait: until an array is busy with no resync, recovery, check or reshape; --wait-clean:
 * until it is marked clean.  Changes nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "Wait.h"
#include "mdstat.h"
#include "mode.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* The kernel tells of a change, and some changes it does not tell. */
#define LOOK_AGAIN_MS 2000

/* 0 and the array's name; -ENOTBLK: it is something else; else the exit status, positive. */
static int find(const char *path, char devnm[33])
{
	char *node autofree = mode_array_node(path);
	struct stat st;

	if (stat(node, &st) < 0) {
		say_error("stat failed for %s: %s", path, error_text(errno));
		return STATUS_USAGE;
	}
	if (!S_ISBLK(st.st_mode) || sysfs_md_devnm(st.st_rdev, devnm, 33))
		return -ENOTBLK;
	return 0;
}

/* Who waits for somebody to write would wait for ever. */
static bool is_busy(const char *devnm, int *status)
{
	struct mdstat now cleanup(mdstat_free) = { 0 };
	const struct mdstat_entry *e;
	struct err err;

	if (mdstat_read(&now, &err)) {
		say_err(&err);
		*status = STATUS_FAILED;
		return false;
	}
	e = mdstat_find(&now, devnm);
	return e && e->activity != MDSTAT_NONE && e->wait != MDSTAT_PENDING;
}

int Wait(const char *path)
{
	autoclose int fd = open("/proc/mdstat", O_RDONLY | O_CLOEXEC);
	struct pollfd news = { .fd = fd, .events = POLLPRI };
	int status = STATUS_FAILED, rc;
	char devnm[33], text[64];

	rc = find(path, devnm);
	if (rc)
		return rc < 0 ? STATUS_FAILED : rc;
	while (is_busy(devnm, &status)) {
		status = STATUS_OK;
		poll(&news, 1, LOOK_AGAIN_MS);
		/* the event is taken by reading */
		if (fd >= 0 && (lseek(fd, 0, SEEK_SET) < 0 || read(fd, text, sizeof(text)) < 0))
			poll(NULL, 0, LOOK_AGAIN_MS);
	}
	return status;
}

/* Metadata that the kernel keeps it also marks clean, at the latest when the machine goes down. */
static int wait_clean(const char *devnm)
{
	autoclose int dir = sysfs_open_md(devnm);
	char version[64];

	if (dir < 0 || sysfs_get(dir, "metadata_version", version, sizeof(version)) ||
	    strncmp(version, "external:/", 10) != 0)
		return STATUS_OK;
	say_error("%s has external metadata, which is not available in this version", devnm);
	return STATUS_FAILED;
}

int Wait_clean(const char *path)
{
	char devnm[33];
	int rc = find(path, devnm);

	return rc > 0 ? rc : rc < 0 ? STATUS_OK : wait_clean(devnm);
}

int Wait_clean_all(void)
{
	struct mdstat now cleanup(mdstat_free) = { 0 };
	int status = STATUS_OK;
	struct err err;

	if (mdstat_read(&now, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < now.n; i++)
		status |= wait_clean(now.entry[i].devnm);
	return status;
}
