// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mdstat.c - /proc/mdstat: which arrays there are and what they are busy with.
 * The parser is pure; mdstat_read is its thin loader.  Uses only the base.
 *
 *	md5 : active raid1 loop1[1] loop0[0]
 *	      10176 blocks super 1.2 [2/2] [UU]
 *	      [=>..........]  resync =  9.8% (1000/10176) finish=0.1min speed=1000K/sec
 *		resync=DELAYED
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "mdstat.h"
#include "util.h"

#define MDSTAT_MAX (16u << 20)

const char *mdstat_activity_word(enum mdstat_activity activity)
{
	static const char *const word[] = {
		[MDSTAT_NONE] = NULL, [MDSTAT_RECOVERY] = "recovery", [MDSTAT_RESYNC] = "resync",
		[MDSTAT_RESHAPE] = "reshape", [MDSTAT_CHECK] = "check",
	};

	return word[activity];
}

const char *mdstat_wait_word(enum mdstat_wait wait)
{
	static const char *const word[] = {
		[MDSTAT_RUNNING] = NULL, [MDSTAT_DELAYED] = "delayed",
		[MDSTAT_PENDING] = "pending", [MDSTAT_REMOTE] = "remote",
	};

	return word[wait];
}

/* The next word of a line, at most cap-1 bytes of it; false at the line's end. */
static bool next_word(const char **p, char *out, size_t cap)
{
	size_t n;

	*p += strspn(*p, " \t");
	n = strcspn(*p, " \t\n");
	if (!n)
		return false;
	/* snprintf would take most of the time of it all */
	memcpy(out, *p, MIN(n, cap - 1));
	out[MIN(n, cap - 1)] = '\0';
	*p += n;
	return true;
}

/* "md5 : active raid1 ...": devices have a name of one word before the colon. */
static bool parse_head(const char *line, struct mdstat_entry *e)
{
	char word[64];
	size_t n = strcspn(line, " \t\n");

	if (strncmp(line, "md", 2) != 0 || n >= sizeof(e->devnm))
		return false;
	*e = (struct mdstat_entry){ .percent = -1 };
	if (!next_word(&line, e->devnm, sizeof(e->devnm)) || strchr(e->devnm, '/'))
		return false;
	if (!next_word(&line, word, sizeof(word)) || strcmp(word, ":") != 0)
		return false;
	e->active = next_word(&line, word, sizeof(word)) && strcmp(word, "active") == 0;
	return true;
}

static enum mdstat_activity activity_of(const char *word)
{
	static const struct {
		const char *start;
		enum mdstat_activity activity;
	} known[] = {
		{ "recover", MDSTAT_RECOVERY },
		{ "resync", MDSTAT_RESYNC },
		{ "reshape", MDSTAT_RESHAPE },
		{ "check", MDSTAT_CHECK },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strncmp(word, known[i].start, strlen(known[i].start)) == 0)
			return known[i].activity;
	return MDSTAT_NONE;
}

/* What follows the '=': a reason for waiting, or how far it is. */
static void parse_progress(const char *text, struct mdstat_entry *e)
{
	text += strspn(text, " \t");
	if (strncmp(text, "DELAYED", 7) == 0)
		e->wait = MDSTAT_DELAYED;
	else if (strncmp(text, "PENDING", 7) == 0)
		e->wait = MDSTAT_PENDING;
	else if (strncmp(text, "REMOTE", 6) == 0)
		e->wait = MDSTAT_REMOTE;
	else if (*text >= '0' && *text <= '9')
		e->percent = (int)MIN(strtoul(text, NULL, 10), 100ul);
}

/* Looks for "super 1.2" and for "resync = 9.8%" in a line below the head. */
static void parse_detail(const char *line, struct mdstat_entry *e)
{
	char word[sizeof(e->metadata)];

	for (;;) {
		const char *rest = line + strspn(line, " \t");

		if (!next_word(&line, word, sizeof(word)))
			return;
		if (strcmp(word, "super") == 0 && next_word(&line, word, sizeof(word))) {
			bool none = strcmp(word, "non-persistent") == 0;

			copy_text(e->metadata, sizeof(e->metadata), none ? "none" : word);
			continue;
		}
		/* seen: "resync=DELAYED", "resync = 9.8%", "resync =100.0%" */
		rest += strcspn(rest, "= \t\n");
		rest += strspn(rest, " \t");
		if (*rest != '=' || activity_of(word) == MDSTAT_NONE)
			continue;
		e->activity = activity_of(word);
		parse_progress(rest + 1, e);
	}
}

void mdstat_parse(const char *text, struct mdstat *out)
{
	struct mdstat_entry *cur = NULL;
	size_t cap = 0;

	*out = (struct mdstat){ 0 };
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		struct mdstat_entry e;

		if (*text == ' ' || *text == '\t') {
			if (cur)
				parse_detail(text, cur);
			continue;
		}
		if (*text == '\n')
			continue;
		cur = NULL;
		if (!parse_head(text, &e))
			continue;
		out->entry = xgrow(out->entry, &cap, out->n, sizeof(*out->entry));
		cur = &out->entry[out->n++];
		*cur = e;
	}
}

int mdstat_read(struct mdstat *out, struct err *err)
{
	autoclose int fd = open("/proc/mdstat", O_RDONLY | O_CLOEXEC);
	autofree char *text = NULL;
	size_t len;
	int rc = fd < 0 ? -errno : read_all(fd, MDSTAT_MAX, &text, &len);

	*out = (struct mdstat){ 0 };
	if (rc && rc != -ENOENT)
		return err_set(err, rc, "cannot read /proc/mdstat: %s", error_text(-rc));
	if (text)
		mdstat_parse(text, out);
	return 0;
}

void mdstat_free(struct mdstat *m)
{
	free(m->entry);
	*m = (struct mdstat){ 0 };
}

const struct mdstat_entry *mdstat_find(const struct mdstat *m, const char *devnm)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->entry[i].devnm, devnm) == 0)
			return &m->entry[i];
	return NULL;
}
