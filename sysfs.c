// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sysfs.c - the attributes that the kernel shows below /sys/block/DEVNM/md, and
 * the few switches of the driver beside them.  Owns every write to /sys.  Uses
 * only the base.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/major.h>

#include "sysfs.h"
#include "util.h"

#define MD_NUMBER_MAX ((1u << 20) - 1)  /* the kernel has 20 bits of minor numbers */
#define MD_MODULE "/sys/module/md_mod"
#define ATTR_MAX 128
#define MODPROBE_DEADLINE_MS 30000
/* One that sleeps in the kernel dies when it comes out of that: it is not waited for any longer. */
#define MODPROBE_KILLED_MS 1000

bool sysfs_name_ok(const char *name)
{
	size_t n = strnlen(name, 33);

	return n > 0 && n <= 32 && name[0] != '.' && !strchr(name, '/');
}

/* Relative, and never upwards. */
static bool attr_ok(const char *attr)
{
	size_t n = strnlen(attr, ATTR_MAX);

	return n > 0 && n < ATTR_MAX && attr[0] != '/' && attr[0] != '.' && !strstr(attr, "/.");
}

int sysfs_open_md(const char *devnm)
{
	char path[80];
	int fd;

	if (!sysfs_name_ok(devnm))
		return -ENODEV;
	snprintf(path, sizeof(path), "/sys/block/%s/md", devnm);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ENODEV : -errno;
	return fd;
}

/* Attributes are at most a page and come in one read. */
static int read_attr(int fd, char *out, size_t cap)
{
	ssize_t n;

	do
		n = read(fd, out, cap);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n == cap)
		return -E2BIG;
	if (n && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	return 0;
}

static int get_at(int dir_fd, const char *path, char *out, size_t cap)
{
	autoclose int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_attr(fd, out, cap);
}

/* One write: the kernel takes each write as one value. */
static int set_at(int dir_fd, const char *path, const char *value)
{
	autoclose int fd = openat(dir_fd, path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = write(fd, value, strlen(value));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int sysfs_get(int dir_fd, const char *attr, char *out, size_t cap)
{
	return attr_ok(attr) ? get_at(dir_fd, attr, out, cap) : -EINVAL;
}

int sysfs_get_u64(int dir_fd, const char *attr, uint64_t *out)
{
	char text[64] = "", *end;
	unsigned long long v;
	int rc = sysfs_get(dir_fd, attr, text, sizeof(text));

	if (rc)
		return rc;
	if (text[0] < '0' || text[0] > '9')
		return -ENODATA;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	*out = v;
	return 0;
}

/* The kind that is chosen stands in brackets. */
bool sysfs_lockless(int dir_fd)
{
	char type[100];

	return !sysfs_get(dir_fd, "bitmap_type", type, sizeof(type)) && strstr(type, "[llbitmap]");
}

int sysfs_set(int dir_fd, const char *attr, const char *value)
{
	return attr_ok(attr) ? set_at(dir_fd, attr, value) : -EINVAL;
}

/* The link of a device below /sys/dev/block if the file has is beside it: .../block/md0[/md0p1]. */
static int block_link(dev_t rdev, const char *has, char target[PATH_MAX])
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(rdev), minor(rdev), has);
	if (access(path, F_OK) != 0)
		return -ENODEV;
	path[strlen(path) - strlen(has) - 1] = '\0';
	n = readlink(path, target, PATH_MAX - 1);
	if (n <= 0)
		return -ENODEV;
	target[n] = '\0';
	return 0;
}

static int last_name(const char *target, char *out, size_t cap)
{
	const char *base = strrchr(target, '/');

	base = base ? base + 1 : target;
	return sysfs_name_ok(base) && copy_text(out, cap, base) ? 0 : -ENODEV;
}

int sysfs_md_devnm(dev_t rdev, char *out, size_t cap)
{
	char target[PATH_MAX];
	int rc = block_link(rdev, "md", target);

	return rc ? rc : last_name(target, out, cap);
}

int sysfs_md_of_partition(dev_t rdev, char *out, size_t cap)
{
	char target[PATH_MAX];
	int rc = block_link(rdev, "../md", target);

	if (rc || !strchr(target, '/'))
		return -ENODEV;
	*strrchr(target, '/') = '\0';
	return last_name(target, out, cap);
}

uint64_t sysfs_diskseq(const char *devnm)
{
	char path[80], text[32];
	uint64_t n;

	snprintf(path, sizeof(path), "/sys/block/%.32s/diskseq", devnm);
	if (!sysfs_name_ok(devnm) || get_at(AT_FDCWD, path, text, sizeof(text)) ||
	    parse_u64(text, UINT64_MAX, &n))
		return 0;
	return n;
}

/* The driver gives mdN the number 9:N, and no other (add_named_array and md_alloc, drivers/md/md.c). */
bool sysfs_numbered_rdev(const char *devnm, dev_t *out)
{
	uint64_t number;

	if (strncmp(devnm, "md", 2) != 0 || parse_u64(devnm + 2, MD_NUMBER_MAX, &number))
		return false;
	*out = makedev(MD_MAJOR, (unsigned int)number);
	return true;
}

/* To read an attribute takes three times as long as to see that the device is there. */
int sysfs_devnm_rdev(const char *devnm, dev_t *out)
{
	char path[80], text[32];
	unsigned int ma, mi;
	dev_t rdev;
	int rc;

	if (!sysfs_name_ok(devnm))
		return -ENODEV;
	if (sysfs_numbered_rdev(devnm, &rdev)) {
		snprintf(path, sizeof(path), "/sys/block/%s", devnm);
		if (access(path, F_OK) < 0)
			return errno == ENOENT ? -ENODEV : -errno;
		*out = rdev;
		return 0;
	}
	snprintf(path, sizeof(path), "/sys/block/%s/dev", devnm);
	rc = get_at(AT_FDCWD, path, text, sizeof(text));
	if (rc)
		return rc == -ENOENT ? -ENODEV : rc;
	if (sscanf(text, "%u:%u", &ma, &mi) != 2)
		return -ENODEV;
	*out = makedev(ma, mi);
	return 0;
}

/* The whole path at once: asked for each array that is made. */
int sysfs_array_state(const char *devnm, char *out, size_t cap)
{
	char path[96];
	int rc;

	if (!sysfs_name_ok(devnm))
		return -ENODEV;
	snprintf(path, sizeof(path), "/sys/block/%s/md/array_state", devnm);
	rc = get_at(AT_FDCWD, path, out, cap);
	return rc == -ENOENT || rc == -ENOTDIR ? -ENODEV : rc;
}

/* Of an array that is on its way out the kernel says EBUSY (md_attr_show, drivers/md/md.c). */
bool sysfs_has_device(const char *devnm)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/block/%.32s", devnm);
	return access(path, F_OK) == 0;
}

bool sysfs_has_array(const char *devnm)
{
	char state[32];
	int rc = sysfs_array_state(devnm, state, sizeof(state));

	if (rc == -EBUSY || rc == -ENODEV)
		return false;
	return rc != 0 || strcmp(state, "clear") != 0;
}

int sysfs_clear(const char *devnm, bool with_members)
{
	autoclose int dir = sysfs_open_md(devnm);
	char state[32];
	int rc = dir < 0 ? dir : sysfs_get(dir, "array_state", state, sizeof(state));

	if (rc)
		return rc;
	if (strcmp(state, "clear") != 0 && !(with_members && strcmp(state, "inactive") == 0))
		return -EBUSY;
	return sysfs_set(dir, "array_state", "clear");
}

int sysfs_new_array(const char *devnm)
{
	if (!sysfs_name_ok(devnm))
		return -EINVAL;
	return set_at(AT_FDCWD, MD_MODULE "/parameters/new_array", devnm);
}

int sysfs_change_event(const char *devnm)
{
	char path[80];

	if (!sysfs_name_ok(devnm))
		return -ENODEV;
	snprintf(path, sizeof(path), "/sys/class/block/%s/uevent", devnm);
	return set_at(AT_FDCWD, path, "change");
}

/* With no signal blocked, and with nothing to say where we speak. */
static int spawn_modprobe(const char *path, pid_t *pid)
{
	char *const argv[] = { (char[]){ "modprobe" }, (char[]){ "md_mod" }, NULL };
	char *const envp[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, pipe_only;
	int rc;

	sigemptyset(&none);
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &pipe_only);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&files);
	for (int fd = 0; fd <= 2; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
	rc = posix_spawn(pid, path, &files, &attr, argv, envp);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -rc;
}

static int run_modprobe(const char *path)
{
	int64_t deadline = clock_ms() + MODPROBE_DEADLINE_MS;
	int rc, status, wait_ms = 1;
	pid_t pid;

	rc = spawn_modprobe(path, &pid);
	if (rc)
		return rc;
	/* a boot must not hang on it; a child of ours has no deadline of its own */
	while ((rc = waitpid(pid, &status, WNOHANG)) == 0 || (rc < 0 && errno == EINTR)) {
		if (clock_ms() >= deadline)
			kill(pid, SIGKILL);
		if (clock_ms() >= deadline + MODPROBE_KILLED_MS)
			return -ETIMEDOUT;
		poll(NULL, 0, wait_ms);
		wait_ms = MIN(2 * wait_ms, 50);
	}
	return rc < 0 ? -errno : 0;
}

int sysfs_load_md(void)
{
	static const char *const modprobe[] = { "/sbin/modprobe", "/usr/sbin/modprobe" };
	static bool seen;        /* asked for each array that is made */

	seen = seen || access(MD_MODULE, F_OK) == 0;
	if (seen)
		return 0;
	/* mostly both are one file: what hung or failed once is not run again */
	for (size_t i = 0; i < ARRAY_SIZE(modprobe); i++) {
		int rc = run_modprobe(modprobe[i]);

		if (!rc || rc == -ETIMEDOUT)
			break;
	}
	return access(MD_MODULE, F_OK) == 0 ? 0 : -ENODEV;
}
