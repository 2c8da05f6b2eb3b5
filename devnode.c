// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * devnode.c - md devices come to be and get their names: the number, the temporary node,
 * the node and the link that stay.  Owns what is made below /dev.  Uses the base, and of
 * the ports sysfs and config.
 *
 * Nothing that a disk says reaches a path unchecked: names come through
 * devnode_parse_name, and links are made by their last component in a directory that was
 * opened without following links.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/major.h>

#include "devnode.h"
#include "sysfs.h"
#include "util.h"

#define NAME_MAX_BYTES 32
#define LINK_MAX_BYTES 190           /* below /dev/md: the map has room for 200 */
#define NUMBER_MAX ((1u << 20) - 1)  /* the kernel has 20 bits of minor numbers */
#define NAMED_MAX 25                 /* the kernel has 31 for "md_NAME", and "p15" may follow */
#define CHOSEN_FIRST 127             /* 127 down to 0, then 511 down to 128 */
#define CHOSEN_LAST 511
#define OPEN_DEADLINE_MS 2000
#define LINK_DEADLINE_MS 5000
#define LINK_BUSY_MS 30000           /* while udev gets on with what it has to do */
#define GONE_DEADLINE_MS 2000
#define POLL_MAX_MS 200
#define MD_DIR "/dev/md"
#define PARTITIONS 15
#define NODE_ATTEMPTS 20

bool devnode_udev(void)
{
	const char *off = getenv("MDADM_NO_UDEV");
	static int seen = -1;    /* the answer must not change on the way */

	if (off && strtol(off, NULL, 10) == 1)
		return false;
	if (seen < 0)
		seen = access("/run/udev", F_OK) == 0 || access("/dev/.udev", F_OK) == 0;
	return seen;
}

/* "md5" of "5" and "05". */
static bool numbered(const char *number, char devnm[33])
{
	uint64_t v;

	if (parse_u64(number, NUMBER_MAX, &v))
		return false;
	snprintf(devnm, 33, "md%u", (unsigned)v);
	return true;
}

static int bad_name(const char *name, const char *why, struct err *err)
{
	char shown[160];

	printable(shown, sizeof(shown), name, strnlen(name, 200));
	return err_set(err, -EINVAL, "Value \"%s\" cannot be set as devname. Reason: %s", shown,
		       why);
}

/*
 * May the character be in the name of a link?  Not what acts on a terminal, nor what hides there.
 */
static bool is_link_char(uint32_t c, unsigned len)
{
	return c > ' ' && c != 0x7f && !(c >= 0x80 && c <= 0xa0) && c != '/' && c != 0xfeff &&
	       !(c >= 0x200b && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202e) &&
	       !(c >= 0x2060 && c <= 0x206f) && !(c == UTF8_REPLACEMENT && len == 1);
}

static int check_name(const char *name, struct err *err)
{
	size_t n = strlen(name);

	if (n == 0)
		return bad_name(name, "Too long or empty.\nit is empty", err);
	if (n > NAME_MAX_BYTES)
		return bad_name(name, "Too long or empty.\nit is too long: 32 bytes are the most",
				err);
	for (unsigned at = 0, len; name[at]; at += len) {
		uint32_t c = utf8_char(name + at, &len);

		/* the others that are no part of a link are told by name, below, or are a blank */
		if (!is_link_char(c, len) && c != ' ' && c != '/')
			return bad_name(name, "Not printable.", err);
	}
	if (strchr(name, '/') || name[0] == '.')
		return bad_name(name, "It has a slash or begins with a dot.", err);
	if (strcmp(name, "<ignore>") == 0)
		return bad_name(name, "It is a word of the configuration file.", err);
	return 0;
}

/* As the packaged tool does with slashes and blanks; it does so with nothing else. */
void devnode_safe_name(const char *name, char *out, size_t cap)
{
	size_t n = 0;
	unsigned len;

	for (; *name; name += len) {
		uint32_t c = utf8_char(name, &len);
		bool safe = is_link_char(c, len) && !(c == '.' && n == 0);

		if (n + len >= MIN(cap, (size_t)LINK_MAX_BYTES + 1))
			break;
		if (safe)
			memcpy(out + n, name, len);
		else
			out[n] = c == '/' ? '-' : '_';
		n += safe ? len : 1;
	}
	out[n] = '\0';
}

static bool is_link_name(const char *name)
{
	size_t n = strlen(name);
	unsigned len;

	if (n == 0 || n > LINK_MAX_BYTES || *name == '.')
		return false;
	for (; *name; name += len) {
		uint32_t c = utf8_char(name, &len);

		if (!is_link_char(c, len))
			return false;
	}
	return true;
}

/* /dev/md5, /dev/md05 and /dev/md_d5: the kernel's own names. */
static int parse_kernel_name(const char *given, struct md_name *out, struct err *err)
{
	const char *devnm = given + 5, *number = NULL;
	char shown[160];

	if (strncmp(devnm, "md_d", 4) == 0)
		number = devnm + 4;
	else if (strncmp(devnm, "md", 2) == 0)
		number = devnm + 2;
	if (!number || !numbered(number, out->devnm)) {
		const char *base = strrchr(given, '/') + 1;

		if (strncmp(base, "md_", 3) == 0)
			base += 3;
		printable(shown, sizeof(shown), base, strnlen(base, 200));
		return err_set(err, -EINVAL,
			       "%s is an invalid name for an md device.  Try /dev/md/%s",
			       given, shown);
	}
	/* /dev/md_dN was a partitionable array; all are now, and N is one row of numbers */
	snprintf(out->path, sizeof(out->path), "/dev/%s", out->devnm);
	snprintf(out->name, sizeof(out->name), "%s", devnm[2] == '_' ? devnm + 3 : devnm + 2);
	return 0;
}

int devnode_parse_name(const char *given, struct md_name *out, struct err *err)
{
	struct md_name n = { 0 };
	const char *name = given;
	int rc;

	if (strncmp(given, MD_DIR "/", 8) == 0) {
		name = given + 8;
	} else if (strncmp(given, "/dev/", 5) == 0) {
		rc = parse_kernel_name(given, &n, err);
		if (!rc)
			*out = n;
		return rc;
	}
	rc = check_name(name, err);
	if (rc)
		return rc;
	numbered(name + (name[0] == 'd'), n.devnm);
	snprintf(n.path, sizeof(n.path), MD_DIR "/%s", name);
	/* the map, from which udev has the path, has blanks between its words */
	for (char *p = n.path; *p; p++)
		if (*p == ' ')
			*p = '_';
	snprintf(n.name, sizeof(n.name), "%s", name);
	*out = n;
	return 0;
}

/* The number that an ARRAY line's name asks for, or -1. */
static int claimed_number(const char *name)
{
	uint64_t v;

	if (!name)
		return -1;
	if (strncmp(name, MD_DIR "/", 8) == 0)
		name += 8;
	else if (strncmp(name, "/dev/", 5) == 0)
		name += 5;
	if (strncmp(name, "md", 2) == 0)
		name += 2;
	return parse_u64(name, CHOSEN_LAST, &v) == 0 ? (int)v : -1;
}

static bool is_device(const char *path, dev_t rdev)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == rdev;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Without udev also by a file that is no node of that number: nobody would make another. */
static bool number_used(int number, bool udev)
{
	char path[40];

	snprintf(path, sizeof(path), "/sys/block/md%d", number);
	if (access(path, F_OK) == 0)
		return true;
	snprintf(path, sizeof(path), "/dev/md%d", number);
	return !udev && exists(path) && !is_device(path, makedev(MD_MAJOR, (unsigned)number));
}

static void begin_numbers(struct devnode_numbers *n, const struct config *conf)
{
	for (size_t i = 0; i < conf->n_array; i++) {
		int claim = claimed_number(conf->array[i].name);

		if (claim >= 0)
			n->taken[claim] = true;
	}
	n->begun = true;
}

static int free_number(struct devnode_numbers *n, char devnm[33], struct err *err)
{
	bool udev = devnode_udev();

	for (int i = 0; i <= CHOSEN_LAST; i++) {
		int number = CHOSEN_FIRST - i;

		if (number < 0)
			number += CHOSEN_LAST + 1;
		if (n->taken[number])
			continue;
		n->taken[number] = true;
		if (number_used(number, udev))
			continue;
		snprintf(devnm, 33, "md%d", number);
		return 0;
	}
	return err_set(err, -ENOSPC, "No avail md devices - aborting");
}

void devnode_take(struct devnode_numbers *n, const char *devnm)
{
	uint64_t v;

	if (strncmp(devnm, "md", 2) == 0 && parse_u64(devnm + 2, CHOSEN_LAST, &v) == 0)
		n->taken[v] = true;
}

int devnode_choose_next(struct devnode_numbers *n, const struct config *conf, struct md_name *name,
			struct err *err)
{
	const char *slash = strrchr(name->path, '/'), *link = slash ? slash + 1 : "";

	if (!n->begun)
		begin_numbers(n, conf);
	if (!conf->names || !*link || strlen(link) > NAMED_MAX)
		return free_number(n, name->devnm, err);
	snprintf(name->devnm, sizeof(name->devnm), "md_%.*s", NAMED_MAX, link);
	return 0;
}

int devnode_choose(const struct config *conf, struct md_name *name, struct err *err)
{
	struct devnode_numbers numbers = { .begun = false };

	return devnode_choose_next(&numbers, conf, name, err);
}

/* Waits a little, longer each time, for something that sends no event. */
static bool pause_until(int64_t deadline, int *wait_ms)
{
	int64_t left = deadline - clock_ms();

	if (left <= 0)
		return false;
	poll(NULL, 0, (int)MIN(left, *wait_ms));
	*wait_ms = MIN(2 * *wait_ms, POLL_MAX_MS);
	return true;
}

/* A read-only device may refuse to be opened for writing; its ioctls work all the same. */
static int open_node(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0 && (errno == EACCES || errno == EROFS) && (flags & O_ACCMODE) == O_RDWR)
		fd = open(path, (flags & ~O_ACCMODE) | O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * One attempt.  The node exists only during the call: udev's names do not matter, nor do links.
 * One name for each device, so that the next who opens it clears what a killed one left; two at
 * once may take the node from each other, and try again.
 */
static int open_rdev(dev_t rdev, int flags)
{
	char path[64];
	int fd = -ENOENT;

	snprintf(path, sizeof(path), "/dev/.tmp.md.%u:%u", major(rdev), minor(rdev));
	for (int i = 0; i < NODE_ATTEMPTS && (fd == -ENOENT || fd == -EEXIST); i++) {
		fd = mknod(path, S_IFBLK | 0600, rdev) < 0 ? -errno : open_node(path, flags);
		if (fd == -EEXIST)
			remove_file(AT_FDCWD, path);
	}
	remove_file(AT_FDCWD, path);
	return fd;
}

int devnode_open(dev_t rdev, int flags, bool patient, struct err *err)
{
	int64_t deadline = clock_ms() + (patient ? OPEN_DEADLINE_MS : 0);
	int fd, wait_ms = 1;

	do
		fd = open_rdev(rdev, flags);
	while (fd == -EBUSY && pause_until(deadline, &wait_ms));
	if (fd < 0)
		return err_set(err, fd, "cannot open md device %u:%u: %s", major(rdev), minor(rdev),
			       error_text(-fd));
	return fd;
}

/*
 * The number of the device, which the kernel makes now unless the first open does.  made: it was not
 * there (else new_array fails with EEXIST: md_alloc, drivers/md/md.c).
 */
static int make_device(const char *devnm, dev_t *rdev, bool *made)
{
	int rc = sysfs_new_array(devnm);

	*made = rc == 0;
	if (sysfs_numbered_rdev(devnm, rdev) || sysfs_devnm_rdev(devnm, rdev) == 0)
		return 0;
	return rc ? rc : -ENODEV;
}

/*
 * The node that devtmpfs has made, which spares one of our own.  Not with udev, which may watch it: the
 * close would be one more event.
 */
static int open_kernel_node(const char *devnm, dev_t rdev, int flags)
{
	int fd autoclose = -1;
	struct stat st = { 0 };
	char path[40];

	if (devnode_udev())
		return -ENOENT;
	snprintf(path, sizeof(path), "/dev/%.32s", devnm);
	fd = open_node(path, flags | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return fd;
	return stat_fd(fd, &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == rdev ? steal_fd(&fd) :
										    -ENOENT;
}

static int open_made(const char *devnm, dev_t rdev, int flags)
{
	int fd = open_kernel_node(devnm, rdev, flags);

	return fd < 0 ? open_rdev(rdev, flags) : fd;
}

/* ENODEV, ENXIO: the array of that name that was stopped a moment ago is still going away. */
int devnode_create_open(const char *devnm, bool excl, bool *fresh, struct err *err)
{
	int64_t deadline = clock_ms() + OPEN_DEADLINE_MS;
	int flags = O_RDWR | (excl ? O_EXCL : 0), rc = sysfs_load_md(), wait_ms = 1;
	bool made = false, first = true;
	dev_t rdev;

	if (rc)
		return err_set(err, rc, "cannot make %s: the kernel has no md driver, "
			       "and modprobe md_mod did not bring it", devnm);
	for (;;) {
		rc = make_device(devnm, &rdev, &made);
		if (!rc)
			rc = open_made(devnm, rdev, flags);
		if ((rc != -EBUSY && rc != -ENODEV && rc != -ENXIO) ||
		    !pause_until(deadline, &wait_ms))
			break;
		first = false;
	}
	if (fresh)
		*fresh = made && first;
	if (rc >= 0)
		return rc;
	/* one that nobody has opened would stay for ever */
	sysfs_clear(devnm, false);
	return err_set(err, rc, "cannot make and open %s: %s", devnm, error_text(-rc));
}

/*
 * Asks for news of /dev and /dev/md.  Done anew before each look: /dev/md comes and goes.  Only of names
 * that come: udev changes the mode of each node that it handles, and each news wakes us on its processor.
 */
static void watch(int watch_fd)
{
	const uint32_t mask = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW;

	inotify_add_watch(watch_fd, "/dev", mask);
	inotify_add_watch(watch_fd, MD_DIR, mask);
}

/* Sleeps until there is news; false when the deadline has passed. */
static bool wait_for_news(int watch_fd, int64_t deadline)
{
	struct pollfd p = { .fd = watch_fd, .events = POLLIN };
	int64_t left = deadline - clock_ms();
	char events[4096];

	if (left <= 0)
		return false;
	/* not longer at once: a /dev without devtmpfs sends nothing when a device goes */
	poll(&p, 1, (int)MIN(left, POLL_MAX_MS));
	while (read(watch_fd, events, sizeof(events)) > 0)
		;
	return true;
}

/* Of what udev does in /dev. */
struct news {
	bool udev;
	int fd;
	int dir_fd;              /* without udev: /dev/md, once there is a link to be made */
	bool in_vain;            /* one did not come: the others are not waited for any more */
};
/* udev has events in its queue, and has finished one since it was looked at last. */
static bool udev_moves(struct timespec *seen)
{
	struct stat st;

	if (access("/run/udev/queue", F_OK) != 0 || stat("/run/udev/data", &st) < 0 ||
	    (st.st_mtim.tv_sec == seen->tv_sec && st.st_mtim.tv_nsec == seen->tv_nsec))
		return false;
	*seen = st.st_mtim;
	return true;
}

/*
 * Half-way udev is asked once more: once in some hundred creates, beside three other busy machines,
 * no name had come after LINK_DEADLINE_MS.  Why is not known.  One that is seen to work, as when a
 * machine with many disks starts, is waited for longer.
 */
static int wait_for_udev(struct news *news, const char *devnm, const char *path, dev_t rdev)
{
	int64_t begin = clock_ms();
	int64_t deadline = begin + (news->in_vain ? 0 : LINK_DEADLINE_MS / 2);
	struct timespec seen = { 0 };
	bool asked = news->in_vain;

	udev_moves(&seen);
	for (;;) {
		watch(news->fd);
		if (is_device(path, rdev))
			return 0;
		if (wait_for_news(news->fd, deadline))
			continue;
		deadline += LINK_DEADLINE_MS / 2;
		if (deadline <= begin + LINK_BUSY_MS && udev_moves(&seen))
			continue;
		if (asked) {
			news->in_vain = true;
			return exists(path) ? DEVNODE_OTHER : DEVNODE_TIMEOUT;
		}
		sysfs_change_event(devnm);
		asked = true;
	}
}

/* devtmpfs makes nodes by itself: those are left as they are. */
static int make_node(const char *path, dev_t rdev, const struct config *conf)
{
	if (exists(path))
		return DEVNODE_OTHER;
	if (mknod(path, S_IFBLK | 0600, rdev) < 0)
		return -errno;
	if (chown(path, conf->owner, conf->group) < 0 || chmod(path, conf->mode) < 0)
		return -errno;
	return 0;
}

/* Opens /dev/md, made when missing.  Who may read a node may search its directory. */
static int open_md_dir(const struct config *conf)
{
	mode_t mode = conf ? conf->mode | (conf->mode & 0444) >> 2 : 0;
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(MD_DIR, flags);
	bool made = false;

	if (fd < 0 && errno == ENOENT && conf) {
		made = mkdir(MD_DIR, 0700) == 0;
		fd = open(MD_DIR, flags);
	}
	if (fd < 0)
		return -errno;
	if (made && (fchown(fd, conf->owner, conf->group) < 0 || fchmod(fd, mode) < 0)) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

/* Is the link NAME in the directory one to that md device (or partition)? */
static bool points_at(int dir_fd, const char *name, const char *devnm)
{
	char target[64];
	ssize_t n = readlinkat(dir_fd, name, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	if (strncmp(target, "../", 3) == 0)
		return strcmp(target + 3, devnm) == 0;
	return strncmp(target, "/dev/", 5) == 0 && strcmp(target + 5, devnm) == 0;
}

/* An md device without an array, or the node of one that the kernel does not have any more. */
static bool is_unused_md(dev_t rdev)
{
	char devnm[33];

	if (sysfs_md_devnm(rdev, devnm, sizeof(devnm)) == 0)
		return !sysfs_has_array(devnm);
	return major(rdev) == MD_MAJOR;
}

/* A link that leads to no array is nobody's: one that was stopped without udev left it. */
static bool leads_nowhere(int dir_fd, const char *name)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode))
		return false;
	if (fstatat(dir_fd, name, &st, 0) < 0)
		return errno == ENOENT;
	return S_ISBLK(st.st_mode) && is_unused_md(st.st_rdev);
}

static int replace_link(int dir_fd, const char *name, const char *target)
{
	char fresh[40];

	snprintf(fresh, sizeof(fresh), ".new.%d", (int)getpid());
	/* left by a process of the same number that was killed */
	if (symlinkat(target, dir_fd, fresh) < 0 &&
	    (errno != EEXIST || remove_file(dir_fd, fresh) ||
	     symlinkat(target, dir_fd, fresh) < 0))
		return -errno;
	if (renameat(dir_fd, fresh, dir_fd, name) < 0) {
		int rc = -errno;

		remove_file(dir_fd, fresh);
		return rc;
	}
	return 0;
}

static int make_link(int dir_fd, const char *name, const char *devnm)
{
	char target[64];

	snprintf(target, sizeof(target), "/dev/%s", devnm);
	if (symlinkat(target, dir_fd, name) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (points_at(dir_fd, name, devnm))
		return 0;
	return leads_nowhere(dir_fd, name) ? replace_link(dir_fd, name, target) : DEVNODE_OTHER;
}

/* The NAME of /dev/md/NAME, or NULL. */
static const char *link_name(const char *path)
{
	if (!path || strncmp(path, MD_DIR "/", 8) != 0 || !is_link_name(path + 8))
		return NULL;
	return path + 8;
}

static int establish(struct news *news, const char *devnm, const char *path,
		     const struct config *conf, struct err *err)
{
	const char *name = link_name(path);
	bool have_node;
	char node[40];
	dev_t rdev;
	int rc = 0;

	snprintf(node, sizeof(node), "/dev/%s", devnm);
	/* where devtmpfs has made the node there is no need to ask sysfs for the device */
	have_node = sysfs_numbered_rdev(devnm, &rdev) && is_device(node, rdev);
	if (!have_node)
		rc = sysfs_devnm_rdev(devnm, &rdev);
	if (rc)
		return err_set(err, rc, "%s is not there: %s", devnm, error_text(-rc));
	if (!name && strcmp(path, node) != 0)
		return err_set(err, -EINVAL, "%s cannot be a name of %s", path, devnm);
	if (news->udev)
		return wait_for_udev(news, devnm, path, rdev);
	if (!have_node && !is_device(node, rdev))
		rc = make_node(node, rdev, conf);
	if (!rc && name && news->dir_fd < 0)
		news->dir_fd = open_md_dir(conf);
	if (!rc && name)
		rc = news->dir_fd < 0 ? news->dir_fd : make_link(news->dir_fd, name, devnm);
	if (name && (rc == -ENOTDIR || rc == -ELOOP))
		return err_set(err, rc, "cannot make %s: " MD_DIR " is no directory: remove it, or "
			       "move it away", path);
	if (rc < 0)
		return err_set(err, rc, "cannot make %s: %s", path, error_text(-rc));
	return rc;
}

/* While one is waited for, the others come. */
void devnode_establish_all(struct devnode_link *link, size_t n, const struct config *conf)
{
	struct news news = { .udev = devnode_udev(), .fd = -1, .dir_fd = -1 };

	if (news.udev)
		news.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	for (size_t i = 0; i < n; i++)
		link[i].rc = establish(&news, link[i].devnm, link[i].path, conf, &link[i].err);
	close_fd(&news.fd);
	close_fd(&news.dir_fd);
}

int devnode_establish(const char *devnm, const char *path, const struct config *conf,
		      struct err *err)
{
	struct devnode_link link = { .devnm = devnm, .path = path };

	devnode_establish_all(&link, 1, conf);
	if (link.rc < 0)
		*err = link.err;
	return link.rc;
}

static void remove_links(const char *name, const char *devnm)
{
	autoclose int dir_fd = open_md_dir(NULL);

	if (dir_fd < 0)
		return;
	if (points_at(dir_fd, name, devnm))
		remove_file(dir_fd, name);
	for (int i = 1; i <= PARTITIONS; i++) {
		autofree char *part = xasprintf("%sp%d", name, i);
		autofree char *part_devnm = xasprintf("%sp%d", devnm, i);

		if (points_at(dir_fd, part, part_devnm))
			remove_file(dir_fd, part);
	}
}

/* Not by inotify: to close it takes longer than the kernel takes to let go. */
void devnode_forget(const char *devnm, const char *path)
{
	int64_t deadline = clock_ms() + GONE_DEADLINE_MS;
	const char *name = link_name(path);
	int wait_ms = 1;
	char node[40];
	dev_t rdev;

	if (name)
		remove_links(name, devnm);
	/* the kernel lets go of the device a moment after the last close */
	snprintf(node, sizeof(node), "/dev/%s", devnm);
	do
		if (sysfs_devnm_rdev(devnm, &rdev) != 0 || !exists(node))
			return;
	while (pause_until(deadline, &wait_ms));
}
