// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * md.c - the md driver's ioctls, one function each.  Owns the kernel's md headers:
 * no other file includes them.  Uses only the base.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/fs.h>
#include <linux/major.h>
#include <linux/raid/md_p.h>
#include <linux/raid/md_u.h>

#include "md.h"

/* Not in the header that user space gets. */
#define DISK_REPLACEMENT 17

/* All md ioctls pass here: the place to look at the conversation with the kernel. */
static int submit(int fd, unsigned long request, void *arg)
{
	int rc;

	do
		rc = ioctl(fd, request, arg);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : 0;
}

int md_raid_version(int fd, int *version)
{
	mdu_version_t v;
	int rc;

	memset(&v, 0, sizeof(v));
	rc = submit(fd, RAID_VERSION, &v);
	if (!rc)
		*version = v.major * 10000 + v.minor * 100 + v.patchlevel;
	return rc;
}

int md_get_array(int fd, struct md_array *out)
{
	mdu_array_info_t a;
	int rc;

	memset(&a, 0, sizeof(a));
	rc = submit(fd, GET_ARRAY_INFO, &a);
	if (rc)
		return rc;
	*out = (struct md_array){
		.major_version = a.major_version,
		.minor_version = a.minor_version,
		.patch_version = a.patch_version,
		.ctime = a.ctime,
		.utime = a.utime,
		.level = a.level,
		.size_kib = a.size,
		.nr_disks = a.nr_disks,
		.raid_disks = a.raid_disks,
		.md_minor = a.md_minor,
		.not_persistent = a.not_persistent != 0,
		.clean = a.state & 1 << MD_SB_CLEAN,
		.bitmap_present = a.state & 1 << MD_SB_BITMAP_PRESENT,
		.clustered = a.state & 1 << MD_SB_CLUSTERED,
		.active = a.active_disks,
		.working = a.working_disks,
		.failed = a.failed_disks,
		.spare = a.spare_disks,
		.layout = a.layout,
		.chunk_bytes = (uint32_t)a.chunk_size,
	};
	return 0;
}

/* The state bits of a disk and where they live in struct md_disk. */
static const struct {
	int bit;
	size_t at;
} disk_bit[] = {
	{ MD_DISK_FAULTY, offsetof(struct md_disk, faulty) },
	{ MD_DISK_ACTIVE, offsetof(struct md_disk, active) },
	{ MD_DISK_SYNC, offsetof(struct md_disk, sync) },
	{ MD_DISK_REMOVED, offsetof(struct md_disk, removed) },
	{ MD_DISK_WRITEMOSTLY, offsetof(struct md_disk, write_mostly) },
	{ MD_DISK_FAILFAST, offsetof(struct md_disk, failfast) },
	{ DISK_REPLACEMENT, offsetof(struct md_disk, replacement) },
	{ MD_DISK_JOURNAL, offsetof(struct md_disk, journal) },
};

int md_get_disk(int fd, struct md_disk *d)
{
	mdu_disk_info_t k;
	int rc;

	memset(&k, 0, sizeof(k));
	k.number = d->number;
	rc = submit(fd, GET_DISK_INFO, &k);
	if (rc)
		return rc;
	*d = (struct md_disk){ .number = k.number, .major = k.major, .minor = k.minor,
			       .raid_disk = k.raid_disk };
	for (size_t i = 0; i < sizeof(disk_bit) / sizeof(disk_bit[0]); i++)
		*(bool *)((char *)d + disk_bit[i].at) = k.state >> disk_bit[i].bit & 1;
	return 0;
}

int md_set_version(int fd, int major_version, int minor_version)
{
	mdu_array_info_t a;

	memset(&a, 0, sizeof(a));
	a.major_version = major_version;
	a.minor_version = minor_version;
	return submit(fd, SET_ARRAY_INFO, &a);
}

int md_set_shape(int fd, const struct md_array *a)
{
	mdu_array_info_t k;

	memset(&k, 0, sizeof(k));
	k.major_version = a->major_version;
	k.minor_version = a->minor_version;
	k.level = a->level;
	k.size = a->size_kib;
	k.nr_disks = a->nr_disks;
	k.raid_disks = a->raid_disks;
	k.not_persistent = a->not_persistent;
	k.state = a->clean ? 1 << MD_SB_CLEAN : 0;
	k.active_disks = a->active;
	k.working_disks = a->working;
	k.layout = a->layout;
	k.chunk_size = (int)a->chunk_bytes;
	return submit(fd, SET_ARRAY_INFO, &k);
}

int md_remove_bitmap(int fd)
{
	mdu_array_info_t a;
	int rc;

	memset(&a, 0, sizeof(a));
	rc = submit(fd, GET_ARRAY_INFO, &a);
	if (rc)
		return rc;
	a.state &= ~(1 << MD_SB_BITMAP_PRESENT);
	return submit(fd, SET_ARRAY_INFO, &a);
}

int md_bitmap_file(int fd, char out[MD_FILE_BYTES])
{
	mdu_bitmap_file_t f;
	int rc;

	memset(&f, 0, sizeof(f));
	rc = submit(fd, GET_BITMAP_FILE, &f);
	f.pathname[sizeof(f.pathname) - 1] = '\0';
	memcpy(out, rc ? "" : f.pathname, rc ? 1 : MD_FILE_BYTES);
	return rc;
}

int md_drop_bitmap_file(int fd)
{
	return submit(fd, SET_BITMAP_FILE, (void *)-1L);
}

int md_set_bitmap_file(int fd, int file_fd)
{
	return submit(fd, SET_BITMAP_FILE, (void *)(long)file_fd);
}

int md_add_disk(int fd, const struct md_disk *d)
{
	mdu_disk_info_t k;

	memset(&k, 0, sizeof(k));
	k.number = d->number;
	k.major = d->major;
	k.minor = d->minor;
	k.raid_disk = d->raid_disk;
	for (size_t i = 0; i < sizeof(disk_bit) / sizeof(disk_bit[0]); i++)
		if (*(const bool *)((const char *)d + disk_bit[i].at))
			k.state |= 1 << disk_bit[i].bit;
	return submit(fd, ADD_NEW_DISK, &k);
}

uint64_t md_diskseq(int fd)
{
	uint64_t n = 0;

	return submit(fd, BLKGETDISKSEQ, &n) ? 0 : n;
}

int md_run(int fd)
{
	return submit(fd, RUN_ARRAY, NULL);
}

int md_autorun(int fd)
{
	return submit(fd, RAID_AUTORUN, NULL);
}

int md_stop(int fd)
{
	return submit(fd, STOP_ARRAY, NULL);
}

int md_readwrite(int fd)
{
	return submit(fd, RESTART_ARRAY_RW, NULL);
}

int md_readonly(int fd)
{
	return submit(fd, STOP_ARRAY_RO, NULL);
}
