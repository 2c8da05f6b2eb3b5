/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * devnode.h - port: names of md devices, nodes, links below /dev.
 */
#ifndef DEVNODE_H
#define DEVNODE_H

#include <stdbool.h>
#include <sys/types.h>

#include "config.h"
#include "err.h"

/* Is udev at work?  /run/udev or /dev/.udev is there and MDADM_NO_UDEV is not 1. */
bool devnode_udev(void);

/* What a name given for an array means.  Pure. */
struct md_name {
	char devnm[33];      /* "md5" for a numbered form; "" when a number is to be chosen */
	char path[201];      /* /dev/mdN, /dev/md/NAME: what the user will use */
	char name[201];      /* what the superblock would be called: "5", "d5", "home" */
};
/*
 * /dev/mdN, /dev/md_dN, /dev/md/N, N, dN (zeros before a number do not count), /dev/md/NAME, NAME.
 * -EINVAL with the sentence for a
 * name that is empty, longer than 32, has a slash or a byte that is not printable ASCII, starts
 * with a dot, is "<ignore>", or lies elsewhere in /dev.
 */
int devnode_parse_name(const char *given, struct md_name *out, struct err *err);

/*
 * The name of a link that is made of one from a superblock: valid UTF-8 without blanks, slashes and
 * what acts on a terminal ('/' becomes '-', all else '_'), no dot in front, cut to 190 bytes.
 * Pure.
 */
void devnode_safe_name(const char *name, char *out, size_t cap);

/*
 * Chooses name->devnm: with CREATE names=yes "md_NAME", as in /dev/md, where the kernel has room
 * for it; else a free number: 127 down to 0, then 511 down to 128; skips the ones that exist in
 * /sys/block, are claimed by ARRAY lines (claimed), and, without udev, whose node
 * is something else.  -ENOSPC.
 */
int devnode_choose(const struct config *conf, struct md_name *name, struct err *err);
/*
 * The same for many arrays, of which the first may not be made yet: what was chosen, or taken with
 * devnode_take, is not chosen again, and nothing is looked at twice.  All zero at first.
 */
struct devnode_numbers {
	bool begun, taken[512];
};
int devnode_choose_next(struct devnode_numbers *n, const struct config *conf, struct md_name *name,
			struct err *err);
void devnode_take(struct devnode_numbers *n, const char *devnm);

/*
 * Makes the device DEVNM in the kernel (new_array, else by the first open; the driver is loaded
 * when it is not there) and opens it, with udev through a temporary node: mknod
 * /dev/.tmp.md.MAJOR:MINOR (0600), open, unlink.  EBUSY is retried with a deadline of 2 s
 * (somebody, udev, looks at it).  excl: O_EXCL.  fresh (NULL: of no interest): the device was not there
 * before, and nobody else had it in between.  Returns the descriptor or -errno.
 */
int devnode_create_open(const char *devnm, bool excl, bool *fresh, struct err *err);
/* Opens an existing array's device number the same way.  patient: retries EBUSY. */
int devnode_open(dev_t rdev, int flags, bool patient, struct err *err);

/*
 * After the start: sees to it that path exists and is the array.  With udev: waits for it (inotify
 * on the directory) up to 5 s, or 30 s while udev is seen to work.  Without: makes /dev/DEVNM
 * (CREATE's owner, group, mode; a node that devtmpfs has made is left as it is) and the link
 * /dev/md/NAME. 0; DEVNODE_TIMEOUT when it is not there after the deadline ("timeout waiting for
 * PATH" is for the caller to print); DEVNODE_OTHER when path exists and is something else (it is
 * left alone: "PATH exists - ignoring"); -errno.
 */
enum { DEVNODE_TIMEOUT = 1, DEVNODE_OTHER = 2 };
int devnode_establish(const char *devnm, const char *path, const struct config *conf,
		      struct err *err);

/* The same for n arrays, whose names are waited for at the same time; rc and err for each. */
struct devnode_link {
	const char *devnm, *path;
	int rc;
	struct err err;
};
void devnode_establish_all(struct devnode_link *link, size_t n, const struct config *conf);

/*
 * After the stop, with the array's descriptor closed: removes the link path (NULL: none) if it
 * points at DEVNM, its partitions' links (p1..p15) if they do, and waits (inotify, 2 s at most)
 * until the kernel has let go of the device.  Nodes are left to devtmpfs.
 */
void devnode_forget(const char *devnm, const char *path);

#endif
