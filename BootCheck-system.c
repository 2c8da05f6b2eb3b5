// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BootCheck-system.c - which arrays the running system boots from, and what its kernel is.  Part of
 * --boot-check.  Only looks.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "BootCheck.h"
#include "array.h"
#include "blkdev.h"
#include "mapfile.h"
#include "mdstat.h"
#include "super.h"
#include "sysfs.h"
#include "util.h"

#define PROC_BYTES_MAX (4u << 20)
#define BUILTIN_BYTES_MAX (4u << 20)

void boot_system_free(struct boot_system *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->array[i].path);
		free(s->array[i].uses);
		super_free(s->array[i].super);
	}
	free(s->array);
	free(s->cmdline);
	free(s->builtin);
	*s = (struct boot_system){ 0 };
}

/* The text of a file; NULL when it cannot be read.  The caller frees. */
static char *text_of(const char *path, size_t max)
{
	autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	return fd < 0 || read_all(fd, max, &text, &len) ? NULL : text;
}

/* --- /proc/self/mountinfo --- */

/* Is the word of n bytes the path?  Blanks in there are written \040, and so never are ours. */
static bool word_equals(const char *word, size_t n, const char *path)
{
	return strlen(path) == n && memcmp(word, path, n) == 0;
}

static const char *nth_word(const char *line, unsigned n, size_t *len)
{
	for (;; n--) {
		line += strspn(line, " ");
		*len = strcspn(line, " \n");
		if (!n || !*len)
			return line;
		line += *len;
	}
}

/* "ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [TAG]... - TYPE SOURCE OPTIONS" */
static bool read_mount(const char *line, const char *path, unsigned *ma, unsigned *mi,
		       char source[CPIO_NAME_MAX])
{
	size_t n, end = strcspn(line, "\n");
	const char *word = nth_word(line, 4, &n), *dash = memmem(line, end, " - ", 3);

	if (!word_equals(word, n, path) || !dash)
		return false;
	if (sscanf(nth_word(line, 2, &n), "%u:%u", ma, mi) != 2)
		return false;
	word = nth_word(dash + 3, 1, &n);
	n = MIN(n, (size_t)CPIO_NAME_MAX - 1);
	memcpy(source, word, n);
	source[n] = '\0';
	return true;
}

bool boot_mount(const char *mountinfo, const char *path, unsigned *ma, unsigned *mi,
		char source[CPIO_NAME_MAX])
{
	bool found = false;

	while (*mountinfo) {
		found |= read_mount(mountinfo, path, ma, mi, source);
		mountinfo += strcspn(mountinfo, "\n");
		mountinfo += *mountinfo == '\n';
	}
	return found;
}

/* The block device; of file systems with a number of their own (btrfs) by its name. */
static bool mount_device(const char *mountinfo, const char *path, dev_t *out)
{
	char source[CPIO_NAME_MAX];
	unsigned ma, mi;
	struct stat st;

	if (!boot_mount(mountinfo, path, &ma, &mi, source))
		return false;
	*out = makedev(ma, mi);
	if (ma)
		return true;
	if (strncmp(source, "/dev/", 5) != 0 || stat(source, &st) < 0 || !S_ISBLK(st.st_mode))
		return false;
	*out = st.st_rdev;
	return true;
}

/* --- arrays --- */

struct search {
	struct boot_system *s;
	const char *mount;       /* whose device is looked at; NULL: all arrays count */
	struct mdstat mdstat;
	struct map map;
};

/* From the metadata of a member: only root can read it. */
static void look_at_super(struct boot_array *a)
{
	struct array *loaded cleanup(array_cleanup) = NULL;
	struct disk_info disk;

	if (array_load(a->path, ARRAY_MEMBERS, NULL, &loaded, NULL) ||
	    array_load_super(loaded, &a->super))
		return;
	a->super->fmt->getinfo_super(a->super, &a->info, &disk);
}

static struct boot_array *add_array(struct search *y, const char *devnm)
{
	struct array *a cleanup(array_cleanup) = NULL;
	struct boot_system *s = y->s;
	autofree bool *have = NULL;
	struct boot_array *out;

	if (array_look(devnm, mdstat_find(&y->mdstat, devnm), &a, NULL) || !a->active ||
	    array_is_container(a))
		return NULL;
	s->array = xgrow(s->array, &s->cap, s->n, sizeof(*s->array));
	out = &s->array[s->n++];
	*out = (struct boot_array){ .level = a->geo.level, .slots = a->geo.raid_disks,
				    .path = array_path(&y->map, devnm) };
	copy_text(out->devnm, sizeof(out->devnm), devnm);
	have = xcalloc(out->slots + 1, sizeof(*have));
	out->there = array_slots(a, have);
	look_at_super(out);
	return out;
}

static void note_use(struct boot_array *a, const char *mount)
{
	autofree char *before = a->uses;

	a->uses = before ? xasprintf("%s and %s", before, mount) : xstrdup(mount);
	a->early |= strcmp(mount, "/boot") != 0;
}

/* A device below the mounted one: is it an array? */
static void consider(void *arg, dev_t rdev)
{
	struct search *y = arg;
	struct boot_array *a = NULL;
	char devnm[33];

	if (sysfs_md_devnm(rdev, devnm, sizeof(devnm)))
		return;
	for (size_t i = 0; i < y->s->n && !a; i++)
		if (strcmp(y->s->array[i].devnm, devnm) == 0)
			a = &y->s->array[i];
	if (!a)
		a = add_array(y, devnm);
	if (a)
		note_use(a, y->mount);
}

static void look_at_mounts(struct search *y)
{
	static const char *const mount[] = { "/", "/usr", "/boot" };
	autofree char *text = text_of("/proc/self/mountinfo", PROC_BYTES_MAX);
	dev_t rdev;

	for (size_t i = 0; text && i < ARRAY_SIZE(mount); i++) {
		y->mount = mount[i];
		if (mount_device(text, mount[i], &rdev))
			blk_below(rdev, consider, y);
	}
	y->s->of_root = y->s->n;
}

static void look_at_all(struct search *y)
{
	for (size_t i = y->mdstat.n; i-- > 0;) {
		struct boot_array *a = add_array(y, y->mdstat.entry[i].devnm);

		if (a)
			a->early = true;
	}
}

void boot_look(struct boot_system *s)
{
	struct search y = { .s = s };
	struct utsname name;

	if (!uname(&name))
		copy_text(s->running, sizeof(s->running), name.release);
	s->cmdline = text_of("/proc/cmdline", PROC_BYTES_MAX);
	mdstat_read(&y.mdstat, NULL);
	map_load(&y.map);
	look_at_mounts(&y);
	if (!s->n)
		look_at_all(&y);
	map_free(&y.map);
	mdstat_free(&y.mdstat);
}

void boot_look_builtin(struct boot_system *s, const char *kernel)
{
	autofree char *path = xasprintf("/lib/modules/%s/modules.builtin", kernel);

	free(s->builtin);
	s->builtin = strchr(kernel, '/') ? NULL : text_of(path, BUILTIN_BYTES_MAX);
}
