// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scrubfile.c - port: what --scrub remembers, read.  It is written by a step of a plan.  Uses the base.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "scrubfile.h"
#include "util.h"

#define HEAD "mdadm-scrub 1\n"
#define FILE_MAX_BYTES 4096
#define KEY_BYTES 24

/* One row a line. */
static const struct {
	const char *key;
	size_t at;
} lines[] = {
	{ "position", offsetof(struct scrub_state, position_sec) },
	{ "size", offsetof(struct scrub_state, size_sec) },
	{ "started", offsetof(struct scrub_state, started_s) },
	{ "spent", offsetof(struct scrub_state, spent_s) },
	{ "mismatches", offsetof(struct scrub_state, mismatches) },
	{ "last-finished", offsetof(struct scrub_state, last_finished_s) },
	{ "last-spent", offsetof(struct scrub_state, last_spent_s) },
	{ "last-mismatches", offsetof(struct scrub_state, last_mismatches) },
};

static uint64_t *field(struct scrub_state *s, size_t i)
{
	return (uint64_t *)((char *)s + lines[i].at);
}

/* "KEY NUMBER", and nothing else. */
static int parse_line(const char *line, size_t len, struct scrub_state *out)
{
	char text[KEY_BYTES + 24], *number;

	if (len >= sizeof(text) || memchr(line, '\0', len))
		return -EINVAL;
	memcpy(text, line, len);
	text[len] = '\0';
	number = strchr(text, ' ');
	if (!number)
		return -EINVAL;
	*number++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!strcmp(text, lines[i].key))
			return parse_u64(number, INT64_MAX, field(out, i)) ? -EINVAL : 0;
	return -EINVAL;
}

int scrub_parse(const char *text, size_t len, struct scrub_state *out)
{
	struct scrub_state s = { 0 };
	const size_t head = strlen(HEAD);

	if (len < head || memcmp(text, HEAD, head) != 0)
		return -EINVAL;
	for (size_t at = head, n; at < len; at += n + 1) {
		const char *end = memchr(text + at, '\n', len - at);

		if (!end || parse_line(text + at, (size_t)(end - text) - at, &s))
			return -EINVAL;
		n = (size_t)(end - text) - at;
	}
	if (s.position_sec > s.size_sec)
		s.position_sec = 0;
	*out = s;
	return 0;
}

char *scrub_format(const struct scrub_state *s)
{
	struct scrub_state copy = *s;
	char *text = xstrdup(HEAD);

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char *more = xasprintf("%s%s %llu\n", text, lines[i].key,
				       (unsigned long long)*field(&copy, i));

		free(text);
		text = more;
	}
	return text;
}

void scrub_path(const struct uuid *uuid, char out[SCRUB_PATH])
{
	char text[UUID_TEXT];

	uuid_format(uuid, '-', text);
	snprintf(out, SCRUB_PATH, SCRUB_DIR "/%s", text);
}

static int load(const char *path, char **text, size_t *len)
{
	autoclose int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || stat_fd(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return is_own(&st) ? read_all(fd, FILE_MAX_BYTES, text, len) : -EPERM;
}

int scrub_load(const struct uuid *uuid, struct scrub_state *out, struct err *err)
{
	autofree char *text = NULL;
	char path[SCRUB_PATH];
	size_t len = 0;
	int rc;

	*out = (struct scrub_state){ 0 };
	scrub_path(uuid, path);
	rc = load(path, &text, &len);
	if (rc == -ENOENT)
		return SCRUB_ABSENT;
	if (rc == -EPERM)
		return err_set(err, rc, "%s could have been written by others than root: it is not "
			       "believed", path);
	if (rc)
		return err_set(err, rc, "cannot read %s: %s", path, error_text(-rc));
	rc = scrub_parse(text, len, out);
	return rc ? err_set(err, rc, "%s makes no sense: it is not believed", path) : 0;
}
