// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config-load.c - the files of mdadm.conf, and the devices that its DEVICE lines stand for.
 * Uses the base, and of the ports only blkdev, for the names of devices.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <search.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "blkdev.h"
#include "config.h"
#include "util.h"

#define CONFIG_MAX_BYTES (16u << 20)
#define CONFIG_PRIMARY "/etc/mdadm/mdadm.conf"
#define CONFIG_SECONDARY "/etc/mdadm.conf"

static void complain_file(const char *path, int rc, config_complain *say, void *arg)
{
	char shown[200];
	autofree char *line = NULL;

	printable(shown, sizeof(shown), path, strlen(path));
	line = xasprintf("cannot read %s: %s", shown, strerror(-rc));
	say(arg, line);
}

/* Returns false when there is no such file. */
static bool load_file(struct config *c, const char *path, config_complain *say, void *arg)
{
	/* a FIFO that nobody writes to is an empty file, not a reason to wait */
	autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	autofree char *text = NULL;
	size_t len = 0;
	int rc;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	rc = fd < 0 ? -errno : read_all(fd, CONFIG_MAX_BYTES, &text, &len);
	if (rc)
		complain_file(path, rc, say, arg);
	else
		config_parse(c, text, len, path, say, arg);
	return true;
}

static int is_conf(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n >= 6 && strcmp(d->d_name + n - 5, ".conf") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_dir(struct config *c, const char *dir, config_complain *say, void *arg)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_conf, by_bytes);

	for (int i = 0; i < n; i++) {
		autofree char *path = xasprintf("%s/%s", dir, list[i]->d_name);

		load_file(c, path, say, arg);
		free(list[i]);
	}
	free(list);
}

static void load_default(struct config *c, config_complain *say, void *arg)
{
	bool secondary = !load_file(c, CONFIG_PRIMARY, say, arg) &&
			 load_file(c, CONFIG_SECONDARY, say, arg);

	load_dir(c, secondary ? CONFIG_SECONDARY ".d" : CONFIG_PRIMARY ".d", say, arg);
}

void config_load(struct config *c, const char *file, config_complain *say, void *arg)
{
	const char *words = getenv("MDADM_CONF_AUTO");
	struct stat st;

	if (words)
		config_parse_auto(c, words, say, arg);
	if (!file)
		load_default(c, say, arg);
	else if (strcmp(file, "partitions") == 0)
		config_parse(c, "DEVICE partitions", 17, file, say, arg);
	else if (strcmp(file, "none") == 0)
		return;
	else if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		load_dir(c, file, say, arg);
	else
		load_file(c, file, say, arg);
}

/* The devices found so far, and which they are. */
struct candidates {
	char **path;
	size_t n, cap;
	void *seen;              /* a tree of struct identity */
};

struct identity {
	mode_t type;
	dev_t dev;
	ino_t ino;               /* of an image file; 0 for devices */
};

static int compare_identity(const void *x, const void *y)
{
	const struct identity *a = x, *b = y;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return (a->ino > b->ino) - (a->ino < b->ino);
}

/* False when it is known already. */
static bool remember(struct candidates *all, const struct stat *st)
{
	struct identity *id = xcalloc(1, sizeof(*id)), **node;

	id->type = st->st_mode & S_IFMT;
	id->dev = S_ISBLK(st->st_mode) ? st->st_rdev : st->st_dev;
	id->ino = S_ISBLK(st->st_mode) ? 0 : st->st_ino;
	node = tsearch(id, &all->seen, compare_identity);
	if (!node || *node != id) {
		free(id);
		return false;
	}
	return true;
}

static void add_candidate(struct candidates *all, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)))
		return;
	if (!remember(all, &st))
		return;
	all->path = xgrow(all->path, &all->cap, all->n, sizeof(*all->path));
	all->path[all->n++] = xstrdup(path);
}

/* A line of /proc/partitions is "major minor blocks name". */
static void add_partitions(struct candidates *all)
{
	FILE *f = fopen("/proc/partitions", "re");
	unsigned int ma, mi;
	char line[200];

	while (f && fgets(line, sizeof(line), f)) {
		autofree char *path = NULL;

		if (sscanf(line, "%u %u", &ma, &mi) != 2)
			continue;
		path = blk_name(makedev(ma, mi), NULL);
		add_candidate(all, path);
	}
	if (f)
		fclose(f);
}

static void add_word(struct candidates *all, const char *word)
{
	glob_t g = { 0 };

	if (strcasecmp(word, "partitions") == 0)
		add_partitions(all);
	if (word[0] == '/' && !strpbrk(word, "*?[\\")) {
		add_candidate(all, word);
		return;
	}
	/* from the last to the first, as the packaged tool does: reports show it */
	if (word[0] == '/' && glob(word, 0, NULL, &g) == 0)
		for (size_t i = g.gl_pathc; i > 0; i--)
			add_candidate(all, g.gl_pathv[i - 1]);
	globfree(&g);
}

char **config_devices(const struct config *c, size_t *n)
{
	struct candidates all = { 0 };

	for (size_t i = 0; i < c->n_device; i++)
		add_word(&all, c->device[i]);
	if (!c->n_device)
		add_partitions(&all);
	tdestroy(all.seen, free);
	*n = all.n;
	return all.path;
}

void config_free_devices(char **dev, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(dev[i]);
	free(dev);
}

static bool word_allows(const char *word, const char *const *name, size_t n, dev_t rdev)
{
	struct stat st;

	if (strcasecmp(word, "partitions") == 0)
		return true;
	if (word[0] != '/')
		return false;
	for (size_t i = 0; i < n; i++)
		if (fnmatch(word, name[i], FNM_PATHNAME) == 0)
			return true;
	return !strpbrk(word, "*?[\\") && stat(word, &st) == 0 && S_ISBLK(st.st_mode) &&
	       st.st_rdev == rdev;
}

bool config_device_allowed(const struct config *c, const char *const *name, size_t n, dev_t rdev)
{
	if (!c->n_device)
		return true;
	for (size_t i = 0; i < c->n_device; i++)
		if (word_allows(c->device[i], name, n, rdev))
			return true;
	return false;
}
