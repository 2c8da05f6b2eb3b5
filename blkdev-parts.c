// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blkdev-parts.c - which disks have no partitions, by /proc/partitions: one look for many disks, where
 * to ask the kernel takes a call a disk and number.  Only looks.  Uses only the base.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "blkdev.h"
#include "util.h"

#define TEXT_MAX (16u << 20)

/* "   8        0  488386584 sda" */
struct line {
	dev_t rdev;
	const char *name;        /* NULL: none yet */
	size_t len;
};

static bool parse_line(const char *at, const char *end, struct line *out)
{
	unsigned long word[3];
	char *next;

	for (size_t i = 0; i < ARRAY_SIZE(word); i++) {
		at += strspn(at, " ");
		if (*at < '0' || *at > '9')
			return false;
		word[i] = strtoul(at, &next, 10);
		at = next;
	}
	if (*at != ' ' || end - at < 2)
		return false;
	*out = (struct line){ makedev((unsigned int)word[0], (unsigned int)word[1]), at + 1,
			      (size_t)(end - at - 1) };
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "sda1" of "sda", "ram0p1" of "ram0": so the kernel names them (disk_name, block/partitions). */
static bool is_partition_of(const struct line *disk, const struct line *l)
{
	size_t n = disk->len;

	if (!disk->name || l->len <= n || memcmp(disk->name, l->name, n) != 0)
		return false;
	if (is_digit(disk->name[n - 1]) && l->name[n++] != 'p')
		return false;
	if (n == l->len)
		return false;
	while (n < l->len && is_digit(l->name[n]))
		n++;
	return n == l->len;
}

static void add(struct blk_disks *to, const struct line *disk, bool divided)
{
	if (!disk->name || divided)
		return;
	to->rdev = xgrow(to->rdev, &to->cap, to->n, sizeof(*to->rdev));
	to->rdev[to->n++] = disk->rdev;
}

static int by_number(const void *a, const void *b)
{
	const dev_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A disk is followed by its partitions. */
void blk_parse_undivided(const char *text, struct blk_disks *out)
{
	struct line disk = { 0 }, l;
	bool divided = false;
	const char *end;

	*out = (struct blk_disks){ 0 };
	for (; (end = strchr(text, '\n')); text = end + 1) {
		if (!parse_line(text, end, &l))
			continue;
		if (is_partition_of(&disk, &l)) {
			divided = true;
			continue;
		}
		add(out, &disk, divided);
		disk = l;
		divided = false;
	}
	add(out, &disk, divided);
	if (out->n)
		qsort(out->rdev, out->n, sizeof(*out->rdev), by_number);
}

int blk_undivided(struct blk_disks *out)
{
	int fd autoclose = open("/proc/partitions", O_RDONLY | O_CLOEXEC);
	char *text autofree = NULL;
	size_t len;
	int rc = fd < 0 ? -errno : read_all(fd, TEXT_MAX, &text, &len);

	*out = (struct blk_disks){ 0 };
	if (text)
		blk_parse_undivided(text, out);
	return rc;
}

bool blk_is_among(const struct blk_disks *d, dev_t rdev)
{
	return d->n && bsearch(&rdev, d->rdev, d->n, sizeof(rdev), by_number);
}

void blk_disks_free(struct blk_disks *d)
{
	free(d->rdev);
	*d = (struct blk_disks){ 0 };
}
