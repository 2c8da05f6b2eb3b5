// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * policy-disk.c - the names of a device that policy knows it by: the links to it in
 * /dev/disk/by-path; and whether it is a partition.  Uses the base.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "policy.h"
#include "util.h"

#define BY_PATH "/dev/disk/by-path"

static bool is_device(int dir_fd, const char *name, dev_t rdev)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, 0) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == rdev;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void policy_disk_load(dev_t rdev, struct policy_disk *out)
{
	autoclose int dir_fd = open(BY_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list = NULL;
	char path[64];
	int n = dir_fd < 0 ? 0 : scandir(BY_PATH, &list, NULL, by_bytes);

	*out = (struct policy_disk){ 0 };
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		if (name[0] != '.' && is_device(dir_fd, name, rdev))
			config_list_add(&out->path, name, strlen(name));
		free(list[i]);
	}
	free(list);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(rdev), minor(rdev));
	out->part = access(path, F_OK) == 0;
}
