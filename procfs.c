// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procfs.c - who has a device open, by /proc/PID/fd.  Only looks.  Uses only the base.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "procfs.h"
#include "util.h"

#ifndef AT_STATX_DONT_SYNC
#define AT_STATX_DONT_SYNC 0x4000
#endif

/*
 * Does that descriptor stand for the device?  A file system that answers slowly, or never (FUSE,
 * NFS), must not be asked: only what is below /dev is looked at, and only what is known of it
 * (with no field wanted and DONT_SYNC the kernel fills type and number from the inode it has).
 */
static bool is_device(int dir, const char *number, dev_t rdev)
{
	char target[sizeof("/dev/") - 1];
	struct statx st;

	if (readlinkat(dir, number, target, sizeof(target)) != sizeof(target) ||
	    memcmp(target, "/dev/", sizeof(target)) != 0)
		return false;
	/* musl has no statx() */
	return syscall(SYS_statx, dir, number, AT_STATX_DONT_SYNC, 0, &st) == 0 && S_ISBLK(st.stx_mode) &&
	       makedev(st.stx_rdev_major, st.stx_rdev_minor) == rdev;
}

static bool has_open(int proc, const char *pid, dev_t rdev)
{
	char path[300];
	struct dirent *e;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "%s/fd", pid);
	d = open_below(proc, path);
	while (d && !found && (e = readdir(d)))
		found = is_device(dirfd(d), e->d_name, rdev);
	if (d)
		closedir(d);
	return found;
}

static void name_of(int proc, const char *pid, char *out, size_t cap)
{
	autoclose int fd = -1;
	char path[300], name[64];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, name, sizeof(name));
	printable(out, cap, name, n > 0 && name[n - 1] == '\n' ? (size_t)n - 1 : 0);
}

bool proc_opener(dev_t rdev, char *out, size_t cap)
{
	DIR *proc = open_below(AT_FDCWD, "/proc");
	char first[32] = "", name[256], self[32];
	unsigned others = 0;
	struct dirent *e;

	snprintf(self, sizeof(self), "%ld", (long)getpid());
	while (proc && (e = readdir(proc))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || !strcmp(e->d_name, self) ||
		    !has_open(dirfd(proc), e->d_name, rdev))
			continue;
		if (*first)
			others++;
		else
			copy_text(first, sizeof(first), e->d_name);
	}
	if (*first) {
		name_of(dirfd(proc), first, name, sizeof(name));
		snprintf(out, cap, "process %s (%s)", first, name);
		if (others)
			snprintf(out + strlen(out), cap - strlen(out), " and %u more", others);
	}
	if (proc)
		closedir(proc);
	return *first;
}
