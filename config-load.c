// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config-load.c - the files of mdadm.conf, and the devices that its DEVICE lines stand for.
 * Uses the base, and of the ports only blkdev, for the names of devices.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <search.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "blkdev.h"
#include "config.h"
#include "util.h"
#include "wildcard.h"

#define PIPE_BYTES 4096
#define PIPE_MS 2000
#define CONFIG_PRIMARY "/etc/mdadm/mdadm.conf"
#define CONFIG_SECONDARY "/etc/mdadm.conf"

/* One load: of a file with several names only the first is read. */
struct load {
	struct config *conf;
	config_complain *complain;
	void *arg;
	struct file_id {
		dev_t dev;
		ino_t ino;
	} *seen;
	size_t n_seen, cap_seen;
};

__attribute__((format(printf, 3, 4)))
static void say_of_file(struct load *l, const char *path, const char *fmt, ...)
{
	char shown[200];
	autofree char *why = NULL, *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&why, fmt, ap) < 0)
		why = xstrdup("?");
	va_end(ap);
	printable(shown, sizeof(shown), path, strlen(path));
	line = xasprintf("cannot read %s: %s", shown, why);
	l->complain(l->arg, line);
}

static bool seen_before(struct load *l, const struct stat *st)
{
	for (size_t i = 0; i < l->n_seen; i++)
		if (l->seen[i].dev == st->st_dev && l->seen[i].ino == st->st_ino)
			return true;
	l->seen = xgrow(l->seen, &l->cap_seen, l->n_seen, sizeof(*l->seen));
	l->seen[l->n_seen++] = (struct file_id){ st->st_dev, st->st_ino };
	return false;
}

/*
 * A pipe that somebody writes to, as <(...) of a shell: until its end, or the deadline.  One that
 * nobody writes to ends at once, for it was opened without waiting.
 */
static int read_pipe(int fd, char **text, size_t *len)
{
	int64_t end = clock_ms() + PIPE_MS;
	size_t cap = 0, used = 0;
	autofree char *got = NULL;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = end - clock_ms();
		ssize_t n;

		got = xgrow(got, &cap, used + PIPE_BYTES, 1);
		n = read(fd, got + used, PIPE_BYTES);
		if (!n)
			break;
		if (n > 0)
			used += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (used > CONFIG_MAX_BYTES)
			return -EFBIG;
		if (n < 0 && (left <= 0 || poll(&p, 1, (int)left) == 0))
			return -ETIMEDOUT;
	}
	*len = used;
	*text = steal(got);
	return 0;
}

static bool is_dev_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static void read_opened(struct load *l, const char *path, int fd)
{
	autofree char *text = NULL;
	struct stat st;
	size_t len = 0;
	int rc = stat_fd(fd, &st) ? -errno : 0;

	if (!rc && (is_dev_null(&st) || seen_before(l, &st)))
		return;
	if (!rc && S_ISDIR(st.st_mode))
		rc = -EISDIR;
	else if (!rc && S_ISFIFO(st.st_mode))
		rc = read_pipe(fd, &text, &len);
	else if (!rc && S_ISREG(st.st_mode))
		rc = read_all(fd, CONFIG_MAX_BYTES, &text, &len);
	else if (!rc)
		say_of_file(l, path, "it is a device, not a file");
	if (rc == -EFBIG)
		say_of_file(l, path, "it is larger than %u MiB", CONFIG_MAX_BYTES >> 20);
	else if (rc)
		say_of_file(l, path, "%s", error_text(-rc));
	else if (text)
		config_parse(l->conf, text, len, path, l->complain, l->arg);
}

/* Returns false when there is no such file. */
static bool load_file(struct load *l, const char *path)
{
	/* a FIFO that nobody writes to is no reason to wait, and a tape no reason to wind it */
	autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	if (fd < 0)
		say_of_file(l, path, "%s", error_text(errno));
	else
		read_opened(l, path, fd);
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

static void load_dir(struct load *l, const char *dir)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_conf, by_bytes);

	if (n < 0 && errno != ENOENT && errno != ENOTDIR)
		say_of_file(l, dir, "%s", error_text(errno));
	for (int i = 0; i < n; i++) {
		autofree char *path = xasprintf("%s/%s", dir, list[i]->d_name);

		load_file(l, path);
		free(list[i]);
	}
	free(list);
}

const char *config_default_file(void)
{
	return access(CONFIG_PRIMARY, F_OK) < 0 && access(CONFIG_SECONDARY, F_OK) == 0 ?
	       CONFIG_SECONDARY : CONFIG_PRIMARY;
}

static void load_default(struct load *l)
{
	bool secondary = !load_file(l, CONFIG_PRIMARY) && load_file(l, CONFIG_SECONDARY);

	load_dir(l, secondary ? CONFIG_SECONDARY ".d" : CONFIG_PRIMARY ".d");
}

void config_load(struct config *c, const char *file, config_complain *say, void *arg)
{
	struct load l = { .conf = c, .complain = say, .arg = arg };
	const char *words = getenv("MDADM_CONF_AUTO");
	struct stat st;

	if (words)
		config_parse_auto(c, words, say, arg);
	if (!file)
		load_default(&l);
	else if (strcmp(file, "partitions") == 0)
		config_parse(c, "DEVICE partitions", 17, file, say, arg);
	else if (strcmp(file, "none") == 0)
		return;
	else if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		load_dir(&l, file);
	else
		load_file(&l, file);
	free(l.seen);
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
	struct wildcard_paths found cleanup(wildcard_free) = { 0 };

	if (strcasecmp(word, "partitions") == 0)
		add_partitions(all);
	if (word[0] == '/' && !wildcard_is(word)) {
		add_candidate(all, word);
		return;
	}
	wildcard_expand(word, &found);
	/* from the last to the first, as the packaged tool does: reports show it */
	for (size_t i = found.n; i > 0; i--)
		add_candidate(all, found.path[i - 1]);
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

/* Those of the devices that have the path, by their number. */
static void allow_node(const char *path, struct config_device *d, size_t n)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISBLK(st.st_mode))
		return;
	for (size_t i = 0; i < n; i++)
		d[i].allowed |= d[i].rdev == st.st_rdev;
}

static void allow_nodes(const char *word, struct config_device *d, size_t n)
{
	struct wildcard_paths found cleanup(wildcard_free) = { 0 };

	if (!wildcard_is(word)) {
		allow_node(word, d, n);
		return;
	}
	wildcard_expand(word, &found);
	for (size_t i = 0; i < found.n; i++)
		allow_node(found.path[i], d, n);
}

/* Those that the word names. */
static void allow_names(const char *word, struct config_device *d, size_t n)
{
	bool plain = !wildcard_is(word), any = strcasecmp(word, "partitions") == 0;

	for (size_t i = 0; i < n; i++) {
		d[i].allowed |= any;
		for (size_t k = 0; k < d[i].n_name && !d[i].allowed; k++)
			d[i].allowed = plain ? strcmp(word, d[i].name[k]) == 0 :
					       fnmatch(word, d[i].name[k], FNM_PATHNAME) == 0;
	}
}

static bool all_allowed(const struct config_device *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!d[i].allowed)
			return false;
	return true;
}

/* What costs nothing first. */
void config_devices_allowed(const struct config *c, struct config_device *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].allowed = !c->n_device;
	for (size_t k = 0; k < c->n_device && !all_allowed(d, n); k++)
		allow_names(c->device[k], d, n);
	for (size_t k = 0; k < c->n_device && !all_allowed(d, n); k++)
		if (c->device[k][0] == '/')
			allow_nodes(c->device[k], d, n);
}

bool config_device_allowed(const struct config *c, const char *const *name, size_t n, dev_t rdev)
{
	struct config_device d = { name, n, rdev, false };

	config_devices_allowed(c, &d, 1);
	return d.allowed;
}
