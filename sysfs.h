/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysfs.h - port: typed attributes below /sys/block/DEVNM/md.
 *
 * devnm and member names are checked before they reach a path: no slash, no
 * leading dot, at most 32 bytes.
 */
#ifndef SYSFS_H
#define SYSFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Is this a name that may stand in a sysfs path? */
bool sysfs_name_ok(const char *name);

/* Open directory of an array's attributes, or -ENODEV. The caller closes. */
int sysfs_open_md(const char *devnm);

/*
 * Attribute text without the final newline.  dir_fd from sysfs_open_md, attr may be
 * "dev-sda/state", but not lead upwards.  0, -errno, -E2BIG when it does not fit.
 */
int sysfs_get(int dir_fd, const char *attr, char *out, size_t cap);
/* Number at the start of the attribute; "none" or other words: -ENODATA. */
int sysfs_get_u64(int dir_fd, const char *attr, uint64_t *out);
int sysfs_set(int dir_fd, const char *attr, const char *value);
/* Is the bitmap of the array with that directory a lockless one? */
bool sysfs_lockless(int dir_fd);

/* Kernel name ("md127") of an md device number; -ENODEV when it is not an md device. */
int sysfs_md_devnm(dev_t rdev, char *out, size_t cap);
/* "clear", "inactive" and so on, as the kernel says it; -ENODEV: no md device. */
int sysfs_array_state(const char *devnm, char *out, size_t cap);
/* The same of the array that the device is a partition of. */
int sysfs_md_of_partition(dev_t rdev, char *out, size_t cap);
/* Is an array on that md device, started or not?  An open of an unused number makes a bare one. */
bool sysfs_has_array(const char *devnm);
/* Is there a block device of that name, bare or not? */
bool sysfs_has_device(const char *devnm);
/*
 * Ends what is on an md device that does not run: nothing (it then goes away) and, with_members,
 * an array that was not started.  -EBUSY when there is more on it.
 */
int sysfs_clear(const char *devnm, bool with_members);
/* The kernel's count of disks when that one came (5.15): no other has it; 0 it does not tell. */
uint64_t sysfs_diskseq(const char *devnm);
/* The device number that mdN has, if there is one; false: not such a name (out is as it was). */
bool sysfs_numbered_rdev(const char *devnm, dev_t *out);
/* Device number of the device DEVNM that is there; -ENODEV. */
int sysfs_devnm_rdev(const char *devnm, dev_t *out);

/* new_array parameter: makes the device DEVNM. -ENOENT when the kernel has no such parameter. */
int sysfs_new_array(const char *devnm);
/* "change" uevent for the array, or another block device. */
int sysfs_change_event(const char *devnm);

/*
 * Loads the md driver when /sys/module/md_mod is absent: /sbin/modprobe, then /usr/sbin/modprobe,
 * without a shell and with an empty environment.  0 when the driver is there afterwards, else
 * -ENODEV.
 */
int sysfs_load_md(void);

#endif
