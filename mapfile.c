// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mapfile.c - /run/mdadm: the map, its lock, the creating flags.  The parser is pure.
 * Owns every file below /run/mdadm and opens none by a path: only by its name in the
 * checked directory, and never through a link.  Uses only the base.
 *
 * A line of the map is "devnm metadata uuid path".  udev's rules and other tools
 * demand exactly these four words.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mapfile.h"
#include "util.h"

#define MAP_MAX_BYTES (1u << 20)
#define NOTES_MAX_BYTES (256u << 10)
#define LOCK_POLL_MS 100

/* A word of a line: no blanks, nothing that acts on a terminal.  UTF-8 may pass. */
static bool word_ok(const char *s, size_t max)
{
	size_t n = 0;

	for (; s[n]; n++)
		if ((unsigned char)s[n] <= ' ' || s[n] == 0x7f)
			return false;
	return n > 0 && n <= max;
}

static bool devnm_ok(const char *s)
{
	return word_ok(s, 32) && strncmp(s, "md", 2) == 0 && !strchr(s, '/');
}

static bool path_ok(const char *s)
{
	return word_ok(s, 200) && strncmp(s, "/dev/", 5) == 0 && !strstr(s, "/.");
}

/* The next word, which a NUL ends then, or NULL. */
static char *next_word(char **p)
{
	char *word = *p, *end;

	while (*word == ' ' || *word == '\t')
		word++;
	for (end = word; *end && *end != ' ' && *end != '\t';)
		end++;
	*p = end + (*end != '\0');
	*end = '\0';
	return end > word ? word : NULL;
}

static bool parse_line(char *line, struct map_entry *e)
{
	char *word[5];
	size_t n = 0;

	while (n < ARRAY_SIZE(word) && (word[n] = next_word(&line)))
		n++;
	if (n != 4 || !devnm_ok(word[0]) || !word_ok(word[1], 20) || !path_ok(word[3]))
		return false;
	*e = (struct map_entry){ 0 };
	if (uuid_parse(word[2], &e->uuid))
		return false;
	copy_text(e->devnm, sizeof(e->devnm), word[0]);
	copy_text(e->metadata, sizeof(e->metadata), word[1]);
	copy_text(e->path, sizeof(e->path), word[3]);
	return true;
}

void map_parse(const char *text, size_t len, struct map *out)
{
	size_t cap = 0;

	*out = (struct map){ 0 };
	while (len) {
		char line[512];
		struct map_entry e;
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len, n_good = 0;

		/* a NUL inside ends the line early: it then lacks a word */
		if (n < sizeof(line)) {
			memcpy(line, text, n);
			line[n] = '\0';
			if (parse_line(line, &e)) {
				out->entry = xgrow(out->entry, &cap, out->n, sizeof(e));
				out->entry[out->n++] = e;
				n_good = n;
			}
		}
		out->spoilt |= (n && !n_good) || !end;
		n += end != NULL;
		text += n;
		len -= n;
	}
}

void map_free(struct map *m)
{
	free(m->entry);
	*m = (struct map){ 0 };
}

const struct map_entry *map_by_devnm(const struct map *m, const char *devnm)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->entry[i].devnm, devnm) == 0)
			return &m->entry[i];
	return NULL;
}

const struct map_entry *map_by_uuid(const struct map *m, const struct uuid *map_uuid)
{
	for (size_t i = 0; i < m->n; i++)
		if (uuid_equal(&m->entry[i].uuid, map_uuid))
			return &m->entry[i];
	return NULL;
}

/* The directory, when nobody but root (or we, in tests) could have put things into it. */
static int open_dir_anew(bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	autoclose int fd = open(MAP_DIR, flags);
	struct stat st;

	if (fd < 0 && errno == ENOENT && make) {
		if (mkdir(MAP_DIR, 0755) < 0 && errno != EEXIST)
			return -errno;
		fd = open(MAP_DIR, flags);
	}
	if (fd < 0 || stat_fd(fd, &st) < 0)
		return -errno;
	return is_own(&st) ? steal_fd(&fd) : -EPERM;
}

/*
 * As long as it is there it is opened once: a command asks for it five times and more.  Plans of several
 * threads may do so at once.
 */
static int open_dir(bool make)
{
	static int kept = -1;
	int fd = __atomic_load_n(&kept, __ATOMIC_ACQUIRE), none = -1;
	struct stat st;

	if (fd >= 0 && stat_fd(fd, &st) == 0 && st.st_nlink && is_own(&st)) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	if (fd >= 0)
		return open_dir_anew(make);
	fd = open_dir_anew(make);
	if (fd < 0)
		return fd;
	if (!__atomic_compare_exchange_n(&kept, &none, fd, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return fd;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

static int dir_failed(int rc, struct err *err)
{
	if (rc == -EPERM)
		return err_set(err, rc, "cannot use the directory " MAP_DIR ": it must be root's, and "
			       "nobody else may write to it (chown root " MAP_DIR "; "
			       "chmod go-w " MAP_DIR ")");
	if (rc == -ENOTDIR)
		return err_set(err, rc, "cannot use the directory " MAP_DIR ": it is none, "
			       "and links are not followed (rm " MAP_DIR ")");
	return err_set(err, rc, "cannot use the directory " MAP_DIR ": %s", error_text(-rc));
}

/* Opens a regular file; anything else under that name is refused and cannot hang us. */
static int open_file(int dir_fd, const char *name, int flags)
{
	autoclose int fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || stat_fd(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? steal_fd(&fd) : -EINVAL;
}

static int spoilt(const char *why, struct err *err)
{
	return err_set(err, MAP_SPOILT, MAP_DIR "/map %s: it is made anew", why);
}

static int cannot_read(int rc, struct err *err)
{
	return err_set(err, rc, "cannot read " MAP_DIR "/map: %s", error_text(-rc));
}

/* What is no file cannot have been a map; what cannot be read may be one. */
static int read_from(int dir_fd, struct map *out, struct err *err)
{
	autoclose int fd = open_file(dir_fd, "map", O_RDONLY);
	autofree char *text = NULL;
	size_t len;
	int rc;

	*out = (struct map){ 0 };
	if (fd == -ENOENT)
		return MAP_ABSENT;
	if (fd == -ELOOP || fd == -EINVAL || fd == -ENXIO)
		return spoilt("is no regular file", err);
	rc = fd < 0 ? fd : read_all(fd, MAP_MAX_BYTES, &text, &len);
	if (rc == -EFBIG)
		return spoilt("is too long to be one", err);
	if (rc)
		return cannot_read(rc, err);
	map_parse(text, len, out);
	return out->spoilt ? spoilt("has lines that are none of a map", err) : 0;
}

int map_read(struct map *out, struct err *err)
{
	autoclose int dir_fd = open_dir(false);

	*out = (struct map){ 0 };
	if (dir_fd == -ENOENT)
		return MAP_ABSENT;
	return dir_fd < 0 ? dir_failed(dir_fd, err) : read_from(dir_fd, out, err);
}

void map_load(struct map *out)
{
	map_read(out, NULL);
}

bool map_known_path(const char *devnm, char *out, size_t cap)
{
	struct map map;
	const struct map_entry *e;

	map_load(&map);
	e = map_by_devnm(&map, devnm);
	copy_text(out, cap, e ? e->path : "");
	map_free(&map);
	return *out;
}

/* One attempt. 0 and the lock; -EAGAIN when somebody has it or has just unlinked the file. */
static int try_lock(int dir_fd, int *lock_fd)
{
	autoclose int fd = open_file(dir_fd, "map.lock", O_RDWR | O_CREAT);
	struct stat st;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	/* the owner before us unlinks the file: a lock on that one protects nothing */
	if (stat_fd(fd, &st) < 0 || !st.st_nlink)
		return -EAGAIN;
	*lock_fd = steal_fd(&fd);
	return 0;
}

int map_lock(int *lock_fd, int deadline_ms, bool *waited, struct err *err)
{
	autoclose int dir_fd = open_dir(true);
	int64_t deadline = clock_ms() + deadline_ms;
	int rc, wait_ms = 1;

	*waited = false;
	if (dir_fd < 0)
		return dir_failed(dir_fd, err);
	while ((rc = try_lock(dir_fd, lock_fd)) == -EAGAIN) {
		if (clock_ms() >= deadline)
			return err_set(err, -EBUSY, "cannot lock " MAP_DIR "/map.lock: "
				       "another mdadm has held it for %d seconds",
				       deadline_ms / 1000);
		*waited = true;
		/* flock has no deadline of its own */
		poll(NULL, 0, wait_ms);
		wait_ms = MIN(2 * wait_ms, LOCK_POLL_MS);
	}
	if (rc == -EINVAL || rc == -ELOOP)
		return err_set(err, rc, "cannot lock " MAP_DIR "/map.lock: it is no regular file "
			       "(rm " MAP_DIR "/map.lock)");
	if (rc)
		return err_set(err, rc, "cannot lock " MAP_DIR "/map.lock: %s", error_text(-rc));
	return 0;
}

static int try_flock(void *arg)
{
	const int *fd = arg;

	return flock(*fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno == EWOULDBLOCK ? -EBUSY : -errno;
}

/* A plan may be run while another has the lock: that would wait for itself. */
static bool has_stand_in;

/* Nothing is ever written to it. */
int map_lock_stand_in(int deadline_ms)
{
	autoclose int fd = -1;

	if (has_stand_in)
		return -1;
	fd = open("/sys/module/md_mod/parameters/new_array", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || retry_busy(try_flock, &fd, deadline_ms))
		return -1;
	has_stand_in = true;
	return steal_fd(&fd);
}

void map_unlock_stand_in(int *fd)
{
	if (*fd < 0)
		return;
	has_stand_in = false;
	close_fd(fd);
	*fd = -1;
}

int map_note(int lock_fd, const struct map_note *note, struct err *err)
{
	char line[64];
	int len = note->made ? snprintf(line, sizeof(line), "%.32s %llu%s\n", note->devnm,
					(unsigned long long)note->diskseq,
					note->clear ? " clear" : "") :
			       snprintf(line, sizeof(line), "%.32s\n", note->devnm);

	if (write(lock_fd, line, (size_t)len) == len)
		return 0;
	len = errno > 0 ? -errno : -EIO;
	return err_set(err, len, "cannot write " MAP_DIR "/map.lock: %s", error_text(-len));
}

static bool parse_note(char *line, struct map_note *out)
{
	char *number = strchr(line, ' '), *end;

	*out = (struct map_note){ .made = false };
	if (number)
		*number++ = '\0';
	end = number ? strchr(number, ' ') : NULL;
	out->clear = end && !strcmp(end, " clear");
	if (out->clear)
		*end = '\0';
	out->made = number && !parse_u64(number, UINT64_MAX, &out->diskseq);
	return devnm_ok(line) && copy_text(out->devnm, sizeof(out->devnm), line);
}

/* The one before is mostly the last. */
static struct map_note *note_of(struct map_notes *notes, const char *devnm)
{
	for (size_t i = notes->n; i-- > 0;)
		if (strcmp(notes->note[i].devnm, devnm) == 0)
			return &notes->note[i];
	return NULL;
}

void map_parse_notes(const char *text, size_t len, struct map_notes *out)
{
	const char *end;
	size_t cap = 0;

	*out = (struct map_notes){ 0 };
	while (len && (end = memchr(text, '\n', len))) {
		size_t n = (size_t)(end - text);
		struct map_note note, *known;
		char line[64];

		if (n < sizeof(line)) {
			memcpy(line, text, n);
			line[n] = '\0';
		}
		text += n + 1;
		len -= n + 1;
		if (n >= sizeof(line) || !parse_note(line, &note))
			continue;
		known = note_of(out, note.devnm);
		if (!known && out->n == MAP_NOTES_MAX)
			continue;
		if (!known) {
			out->note = xgrow(out->note, &cap, out->n, sizeof(note));
			known = &out->note[out->n++];
		}
		*known = note;
	}
}

void map_notes_free(struct map_notes *notes)
{
	free(notes->note);
	*notes = (struct map_notes){ 0 };
}

/* What there is more of is nobody's note. */
bool map_noted(int lock_fd, struct map_notes *out)
{
	struct stat st = { 0 };
	/* mostly there are none */
	size_t size = stat_fd(lock_fd, &st) < 0 ? 0 : (size_t)MIN(st.st_size, (off_t)NOTES_MAX_BYTES);
	autofree char *text = xcalloc(1, size);
	ssize_t n = size ? pread(lock_fd, text, size, 0) : 0;

	map_parse_notes(text, n > 0 ? (size_t)n : 0, out);
	return n > 0;
}

int map_forget_notes(int lock_fd, struct err *err)
{
	if (ftruncate(lock_fd, 0) == 0)
		return 0;
	return err_set(err, -errno, "cannot write " MAP_DIR "/map.lock: %s", error_text(errno));
}

bool map_owner_died(void)
{
	autoclose int dir_fd = open_dir(false), fd = -1;
	struct map_notes notes cleanup(map_notes_free) = { 0 };

	if (dir_fd < 0)
		return false;
	fd = open_file(dir_fd, "map.lock", O_RDONLY);
	if (fd >= 0)
		map_noted(fd, &notes);
	return notes.n && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

void map_unlock(int *lock_fd)
{
	autoclose int dir_fd = *lock_fd < 0 ? -1 : open_dir(false);

	if (dir_fd >= 0)
		remove_file(dir_fd, "map.lock");
	close_fd(lock_fd);
	*lock_fd = -1;
}

/* Room for a line, whatever is in it. */
#define LINE_BYTES (sizeof(struct map_entry) + UUID_TEXT + 8)

static char *add_line(char *to, const struct map_entry *e)
{
	char uuid[UUID_TEXT];

	to = stpcpy(stpcpy(to, e->devnm), " ");
	to = stpcpy(stpcpy(to, e->metadata), " ");
	uuid_format(&e->uuid, ':', uuid);
	to = stpcpy(stpcpy(to, uuid), " ");
	/* a name with a blank would spoil the line for every reader */
	if (path_ok(e->path))
		to = stpcpy(to, e->path);
	else
		to = stpcpy(stpcpy(to, "/dev/"), e->devnm);
	return stpcpy(to, "\n");
}

static int write_map(int fd, const char *text, size_t len)
{
	int rc = write_all(fd, text, len);

	return !rc && fsync(fd) < 0 ? -errno : rc;
}

static int store(int dir_fd, const char *text, size_t len)
{
	autoclose int fd = -1;
	int rc;

	/* whatever a crash, or somebody else, has left */
	rc = remove_file(dir_fd, "map.new");
	if (rc)
		return rc;
	fd = open_file(dir_fd, "map.new", O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return fd;
	rc = write_map(fd, text, len);
	if (!rc && renameat(dir_fd, "map.new", dir_fd, "map") < 0)
		rc = -errno;
	if (rc)
		remove_file(dir_fd, "map.new");
	return rc;
}

static bool has_entry(const struct map_entry *e, size_t n, const char *devnm)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(e[i].devnm, devnm) == 0)
			return true;
	return false;
}

/*
 * Rewrites the map without the n entries and, when they are to stay, with them in front, the last
 * first: as if they had come one by one to the packaged tool.
 */
static int change(const struct map_entry *e, size_t n, bool stay, struct err *err)
{
	autoclose int dir_fd = open_dir(true);
	struct map old cleanup(map_free) = { 0 };
	autofree char *text = NULL;
	bool changed = stay;
	char *to;
	int rc;

	if (dir_fd < 0)
		return dir_failed(dir_fd, err);
	rc = read_from(dir_fd, &old, err);
	if (rc < 0)
		return rc;
	changed |= rc == MAP_SPOILT;
	to = text = xcalloc(old.n + n, LINE_BYTES);
	for (size_t i = n; stay && i > 0; i--)
		to = add_line(to, &e[i - 1]);
	for (size_t i = 0; i < old.n; i++) {
		if (has_entry(e, n, old.entry[i].devnm))
			changed = true;
		else
			to = add_line(to, &old.entry[i]);
	}
	rc = changed ? store(dir_fd, text, (size_t)(to - text)) : 0;
	if (rc)
		return err_set(err, rc, "cannot write " MAP_DIR "/map: %s", error_text(-rc));
	return 0;
}

int map_set(const struct map_entry *e, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!devnm_ok(e[i].devnm) || !word_ok(e[i].metadata, 20))
			return err_set(err, -EINVAL, "cannot write an entry without a name to "
				       MAP_DIR "/map");
	return change(e, n, true, err);
}

int map_remove(const char *devnm, struct err *err)
{
	struct map_entry e = { .devnm = "" };

	copy_text(e.devnm, sizeof(e.devnm), devnm);
	return change(&e, 1, false, err);
}

static bool flag_name(const char *devnm, char out[48])
{
	snprintf(out, 48, "creating-%.32s", devnm);
	return devnm_ok(devnm);
}

int map_flag_creating(const char *devnm, struct err *err)
{
	autoclose int dir_fd = open_dir(true), fd = -1;
	char name[48];

	if (dir_fd < 0)
		return dir_failed(dir_fd, err);
	fd = flag_name(devnm, name) ? open_file(dir_fd, name, O_WRONLY | O_CREAT) : -EINVAL;
	if (fd < 0)
		return err_set(err, fd, "cannot make " MAP_DIR "/%s: %s", name, error_text(-fd));
	return 0;
}

void map_unflag_creating(const char *devnm)
{
	autoclose int dir_fd = open_dir(false);
	char name[48];

	if (dir_fd >= 0 && flag_name(devnm, name))
		remove_file(dir_fd, name);
}

/* --- the places of disks that failed --- */

#define SLOT_DIR "failed-slots"
#define SLOT_MAX_BYTES 200

static bool place_ok(const char *place)
{
	return word_ok(place, 200) && place[0] != '.' && !strchr(place, '/');
}

/* The directory of the places, when nobody else could have put things into it. */
static int open_slots(bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	autoclose int dir_fd = open_dir(make), fd = -1;
	struct stat st;

	if (dir_fd < 0)
		return dir_fd;
	if (make && mkdirat(dir_fd, SLOT_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir_fd, SLOT_DIR, flags);
	if (fd < 0 || stat_fd(fd, &st) < 0)
		return -errno;
	return is_own(&st) ? steal_fd(&fd) : -EPERM;
}

static int write_slot(int dir_fd, const char *place, const char *line, size_t len)
{
	autofree char *fresh = xasprintf(".%s.new", place);
	autoclose int fd = -1;
	int rc = remove_file(dir_fd, fresh);

	if (rc)
		return rc;
	fd = open_file(dir_fd, fresh, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return fd;
	if (write(fd, line, len) != (ssize_t)len)
		rc = errno ? -errno : -EIO;
	if (!rc && renameat(dir_fd, fresh, dir_fd, place) < 0)
		rc = -errno;
	if (rc)
		remove_file(dir_fd, fresh);
	return rc;
}

int map_note_slot(const char *place, const struct map_entry *e, struct err *err)
{
	autoclose int dir_fd = -1;
	char uuid[UUID_TEXT], line[100], shown[200];
	int len, rc;

	printable(shown, sizeof(shown), place, strnlen(place, 200));
	if (!place_ok(place))
		return err_set(err, -EINVAL, "%s is no name of /dev/disk/by-path: which array was "
			       "there is not kept", shown);
	uuid_format(&e->uuid, ':', uuid);
	len = snprintf(line, sizeof(line), "%20s %s\n", e->metadata, uuid);
	dir_fd = open_slots(true);
	errno = 0;
	rc = dir_fd < 0 ? dir_fd : write_slot(dir_fd, place, line, (size_t)len);
	if (rc)
		return err_set(err, rc, "cannot write " MAP_DIR "/" SLOT_DIR "/%s: %s", shown,
			       error_text(-rc));
	return 0;
}

bool map_slot(const char *place, struct map_entry *out)
{
	autoclose int dir_fd = place_ok(place) ? open_slots(false) : -1, fd = -1;
	char *metadata, *uuid, *save = NULL;
	autofree char *text = NULL;
	size_t len;

	if (dir_fd < 0)
		return false;
	fd = open_file(dir_fd, place, O_RDONLY);
	if (fd < 0 || read_all(fd, SLOT_MAX_BYTES, &text, &len))
		return false;
	metadata = strtok_r(text, " \n", &save);
	uuid = strtok_r(NULL, " \n", &save);
	*out = (struct map_entry){ 0 };
	return metadata && uuid && word_ok(metadata, 20) && !uuid_parse(uuid, &out->uuid) &&
	       copy_text(out->metadata, sizeof(out->metadata), metadata);
}
