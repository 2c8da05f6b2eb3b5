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

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_name(struct policy_names *out, int dir_fd, const char *name)
{
	struct stat st;

	if (name[0] == '.' || fstatat(dir_fd, name, &st, 0) < 0 || !S_ISBLK(st.st_mode))
		return;
	out->entry = xgrow(out->entry, &out->cap, out->n, sizeof(*out->entry));
	out->entry[out->n++] = (struct policy_name){ st.st_rdev, xstrdup(name) };
}

void policy_names_load(struct policy_names *out)
{
	autoclose int dir_fd = open(BY_PATH, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list = NULL;
	int n = dir_fd < 0 ? 0 : scandir(BY_PATH, &list, NULL, by_bytes);

	*out = (struct policy_names){ 0 };
	for (int i = 0; i < n; i++) {
		add_name(out, dir_fd, list[i]->d_name);
		free(list[i]);
	}
	free(list);
}

void policy_names_free(struct policy_names *n)
{
	for (size_t i = 0; i < n->n; i++)
		free(n->entry[i].name);
	free(n->entry);
	*n = (struct policy_names){ 0 };
}

void policy_disk_from(const struct policy_names *names, dev_t rdev, struct policy_disk *out)
{
	char path[64];

	*out = (struct policy_disk){ 0 };
	for (size_t i = 0; i < names->n; i++)
		if (names->entry[i].rdev == rdev)
			config_list_add(&out->path, names->entry[i].name,
					strlen(names->entry[i].name));
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(rdev), minor(rdev));
	out->part = access(path, F_OK) == 0;
}

void policy_disk_load(dev_t rdev, struct policy_disk *out)
{
	struct policy_names names cleanup(policy_names_free) = { 0 };

	policy_names_load(&names);
	policy_disk_from(&names, rdev, out);
}
