/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procfs.h - port: /proc/PID: which process has a device open.
 */
#ifndef PROCFS_H
#define PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * "process 812 (fio)", the first that has the block device open, ourselves left out; and how many
 * more there are.  False when none is known: they can be seen only by root, and not those of
 * another process namespace.  The text is printable.
 */
bool proc_opener(dev_t rdev, char *out, size_t cap);

#endif
