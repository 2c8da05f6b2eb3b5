/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * md.h - port: one function per md ioctl.  md.c is the only file that includes
 * the kernel's md headers.  All take a descriptor of the array's node.  Results: 0 or -errno,
 * no sentence (the caller knows the names).
 */
#ifndef MD_H
#define MD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* GET_ARRAY_INFO, in the units of the field. */
struct md_array {
	int major_version, minor_version, patch_version;
	uint32_t ctime, utime;
	int level;
	int32_t size_kib;          /* -1 when it does not fit (4 TiB and more) */
	int nr_disks, raid_disks, md_minor;
	bool not_persistent;
	bool clean, bitmap_present, clustered;
	int active, working, failed, spare;
	int layout;
	uint32_t chunk_bytes;
};

/* GET_DISK_INFO and ADD_NEW_DISK. */
struct md_disk {
	int number, major, minor, raid_disk;
	bool faulty, active, sync, removed, write_mostly, failfast, replacement, journal;
};

/* RAID_VERSION as major*10000 + minor*100 + patch. */
int md_raid_version(int fd, int *version);
/* -ENODEV: the node exists and no array is on it. */
int md_get_array(int fd, struct md_array *out);
/* d->number in, the rest out. */
int md_get_disk(int fd, struct md_disk *d);
/* Which of all block devices since the boot it is, as sysfs_diskseq says; 0: this kernel does not tell. */
uint64_t md_diskseq(int fd);
/* SET_ARRAY_INFO with nothing but the version of the (persistent) metadata. */
int md_set_version(int fd, int major_version, int minor_version);
/* SET_ARRAY_INFO of an array without metadata; counts and times are not looked at. */
int md_set_shape(int fd, const struct md_array *a);
/* Takes the internal bitmap off a running array: -ENOENT it has none, -EBUSY it is being synced, -EROFS. */
int md_remove_bitmap(int fd);
/* The file that is the bitmap of a running array; "": none is.  -ENOTTY, -EINVAL: the kernel has no such bitmaps. */
#define MD_FILE_BYTES 4096
int md_bitmap_file(int fd, char out[MD_FILE_BYTES]);
/* Takes it off: -ENOENT, -EBUSY, -EROFS as above. */
int md_drop_bitmap_file(int fd);
/* SET_BITMAP_FILE: the kernel keeps the file, which nobody else may have open for writing. */
int md_set_bitmap_file(int fd, int file_fd);
int md_add_disk(int fd, const struct md_disk *d);
int md_run(int fd);
int md_stop(int fd);
/* RAID_AUTORUN: starts what the kernel has found at boot. -ENOTTY where the driver is a module. */
int md_autorun(int fd);
int md_readwrite(int fd);             /* RESTART_ARRAY_RW */
int md_readonly(int fd);              /* STOP_ARRAY_RO: -ENXIO it is */

#endif
