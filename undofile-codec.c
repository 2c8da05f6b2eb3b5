// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * undofile-codec.c - undo files between bytes and struct undo.  Pure.  Trusts no byte: what is
 * decoded has every range on a device that is named, within its size, and complete.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "sha1.h"
#include "undofile.h"
#include "util.h"

#define MAGIC "mdadm-undo 1\nsha1 "
#define SHA1_DIGITS (SHA1_TEXT - 1)
#define DEVICES_MAX 4096
#define RANGES_MAX 65536
#define LINE_MAX_BYTES (4 * 4096 + 200) /* PATH_MAX bytes, all escaped, and numbers before them */

struct undo_device *undo_add_device(struct undo *u, const char *path)
{
	struct undo_device *d;

	u->device = xgrow(u->device, &u->cap_device, u->n_device, sizeof(*d));
	d = &u->device[u->n_device++];
	*d = (struct undo_device){ .path = xstrdup(path) };
	return d;
}

struct undo_range *undo_add_range(struct undo *u, size_t device, uint64_t at, uint64_t len)
{
	struct undo_range *r;

	u->range = xgrow(u->range, &u->cap_range, u->n_range, sizeof(*r));
	r = &u->range[u->n_range++];
	*r = (struct undo_range){ device, at, len, xcalloc(1, len), xcalloc(1, len) };
	return r;
}

void undo_free(struct undo *u)
{
	for (size_t i = 0; i < u->n_device; i++)
		free(u->device[i].path);
	for (size_t i = 0; i < u->n_range; i++) {
		free(u->range[i].was);
		free(u->range[i].is);
	}
	free(u->command);
	free(u->device);
	free(u->range);
	*u = (struct undo){ 0 };
}

/* --- to bytes --- */

/* A command that is longer than a line can be is cut: it is there to be read by people. */
static void write_text(FILE *f, const char *key, const char *text)
{
	char line[LINE_MAX_BYTES - 200];

	fputs(key, f);
	fputs(*text ? printable(line, sizeof(line), text, strlen(text)) : "-", f);
	putc('\n', f);
}

static void write_device(FILE *f, const struct undo_device *d)
{
	fprintf(f, "device %u %u %llu %llu ", major(d->id.rdev), minor(d->id.rdev),
		(unsigned long long)d->id.size_sec, (unsigned long long)d->id.diskseq);
	write_text(f, "", d->path);
	write_text(f, "hardware ", d->hardware);
}

static void write_head(FILE *f, const struct undo *u)
{
	fprintf(f, MAGIC "%*s\n", SHA1_DIGITS, "");
	write_text(f, "command ", u->command);
	fprintf(f, "time %lld\n", (long long)u->time_s);
	write_text(f, "boot ", u->boot);
	for (size_t i = 0; i < u->n_device; i++)
		write_device(f, &u->device[i]);
	for (size_t i = 0; i < u->n_range; i++)
		fprintf(f, "range %zu %llu %llu\n", u->range[i].device,
			(unsigned long long)u->range[i].at, (unsigned long long)u->range[i].len);
	fputs("bytes\n", f);
}

static char *encode_head(const struct undo *u, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f)
		return NULL;
	write_head(f, u);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* The hash covers what follows it, so it is put in its place at the end. */
uint8_t *undo_encode(const struct undo *u, size_t *len)
{
	const size_t hashed = strlen(MAGIC) + SHA1_DIGITS + 1;
	autofree char *head = encode_head(u, len);
	char hash[SHA1_TEXT];
	uint8_t *bytes, *to;
	size_t ranges = 0;

	for (size_t i = 0; i < u->n_range; i++)
		ranges += 2 * u->range[i].len;
	bytes = head ? malloc(*len += ranges) : NULL;
	if (!bytes)
		return NULL;
	to = mempcpy(bytes, head, *len - ranges);
	for (size_t i = 0; i < u->n_range; i++) {
		to = mempcpy(to, u->range[i].was, u->range[i].len);
		to = mempcpy(to, u->range[i].is, u->range[i].len);
	}
	sha1_text(bytes + hashed, *len - hashed, hash);
	memcpy(bytes + strlen(MAGIC), hash, SHA1_DIGITS);
	return bytes;
}

/* --- from bytes --- */

struct reader {
	const uint8_t *at, *end;
	char line[LINE_MAX_BYTES];
};

static bool next_line(struct reader *r)
{
	size_t left = (size_t)(r->end - r->at);
	const uint8_t *end = memchr(r->at, '\n', left);
	size_t n = end ? (size_t)(end - r->at) : left;

	if (!end || n >= sizeof(r->line) || memchr(r->at, '\0', n))
		return false;
	memcpy(r->line, r->at, n);
	r->line[n] = '\0';
	r->at = end + 1;
	return true;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Takes \xNN back, in place.  False: not what printable() writes. */
static bool unescape(char *s)
{
	char *to = s;

	while (*s) {
		int high, low;

		if (*s != '\\') {
			*to++ = *s++;
			continue;
		}
		high = s[1] == 'x' ? hex_digit(s[2]) : -1;
		low = high < 0 ? -1 : hex_digit(s[3]);
		if (low < 0 || high + low == 0)
			return false;
		*to++ = (char)(high * 16 + low);
		s += 4;
	}
	*to = '\0';
	return true;
}

/* The rest of the line behind "KEY "; NULL when it is another line. */
static char *value_of(struct reader *r, const char *key)
{
	size_t n = strlen(key);

	return strncmp(r->line, key, n) != 0 || r->line[n] != ' ' ? NULL : r->line + n + 1;
}

/* Splits n numbers off; what is left is in *rest, NULL when there is nothing. */
static bool numbers(char *text, uint64_t *out, size_t n, char **rest)
{
	for (size_t i = 0; i < n; i++) {
		char *word = text;

		if (!word)
			return false;
		text = strchr(word, ' ');
		if (text)
			*text++ = '\0';
		if (parse_u64(word, INT64_MAX, &out[i]))
			return false;
	}
	*rest = text;
	return true;
}

static bool text_line(struct reader *r, const char *key, const char **out)
{
	*out = next_line(r) ? value_of(r, key) : NULL;
	return *out && unescape(r->line);
}

static bool read_device(struct reader *r, struct undo *u)
{
	uint64_t n[4];
	char *path;
	const char *hardware;
	struct undo_device *d;

	if (!numbers(value_of(r, "device"), n, ARRAY_SIZE(n), &path) || !path || *path != '/' ||
	    !unescape(path) || u->n_device == DEVICES_MAX)
		return false;
	if (n[0] > UINT32_MAX || n[1] > UINT32_MAX || n[2] > INT64_MAX / SECTOR_BYTES)
		return false;
	d = undo_add_device(u, path);
	d->id = (struct blk_id){ makedev((unsigned)n[0], (unsigned)n[1]), n[2], n[3] };
	if (!text_line(r, "hardware", &hardware))
		return false;
	/* a part of a name is none */
	return copy_text(d->hardware, sizeof(d->hardware), strcmp(hardware, "-") ? hardware : "");
}

/* Where it lies is checked before there is room made for its bytes. */
static bool read_range(struct reader *r, struct undo *u, uint64_t *total)
{
	const struct undo_range *before = u->n_range ? &u->range[u->n_range - 1] : NULL;
	uint64_t n[3], size, left = (uint64_t)(r->end - r->at);
	char *rest;

	if (!numbers(value_of(r, "range"), n, ARRAY_SIZE(n), &rest) || rest ||
	    u->n_range == RANGES_MAX || n[0] >= u->n_device || !n[2])
		return false;
	size = u->device[n[0]].id.size_sec * SECTOR_BYTES;
	if (n[1] > size || n[2] > size - n[1] || n[2] > left / 2 || *total > left - 2 * n[2])
		return false;
	if (before && (before->device > n[0] ||
		       (before->device == n[0] && before->at + before->len > n[1])))
		return false;
	*total += 2 * n[2];
	undo_add_range(u, n[0], n[1], n[2]);
	return true;
}

static bool read_head(struct reader *r, struct undo *u)
{
	const char *text;
	uint64_t time_s;

	if (!text_line(r, "command", &text))
		return false;
	u->command = xstrdup(text);
	if (!text_line(r, "time", &text) || parse_u64(text, INT64_MAX, &time_s))
		return false;
	u->time_s = (int64_t)time_s;
	if (!text_line(r, "boot", &text))
		return false;
	return copy_text(u->boot, sizeof(u->boot), strcmp(text, "-") ? text : "");
}

static bool read_body(struct reader *r, struct undo *u)
{
	uint64_t total = 0;

	if (!read_head(r, u))
		return false;
	while (next_line(r) && strcmp(r->line, "bytes") != 0)
		if (value_of(r, "device") ? u->n_range || !read_device(r, u) :
					    !value_of(r, "range") || !read_range(r, u, &total))
			return false;
	if (strcmp(r->line, "bytes") != 0 || total != (uint64_t)(r->end - r->at))
		return false;
	for (size_t i = 0; i < u->n_range; i++) {
		memcpy(u->range[i].was, r->at, u->range[i].len);
		memcpy(u->range[i].is, r->at + u->range[i].len, u->range[i].len);
		r->at += 2 * u->range[i].len;
	}
	return true;
}

int undo_decode(struct span bytes, struct undo *out, struct err *err)
{
	const size_t magic = strlen(MAGIC), head = magic + SHA1_DIGITS + 1;
	struct reader r = { bytes.p + MIN(head, bytes.n), bytes.p + bytes.n, "" };
	char hash[SHA1_TEXT];

	*out = (struct undo){ 0 };
	if (bytes.n < head || memcmp(bytes.p, MAGIC, magic) != 0)
		return err_set(err, -EINVAL, "it is not an undo file");
	sha1_text(r.at, (size_t)(r.end - r.at), hash);
	if (memcmp(bytes.p + magic, hash, SHA1_DIGITS) != 0 || bytes.p[head - 1] != '\n')
		return err_set(err, -EINVAL, "it is damaged or incomplete: its checksum is wrong");
	if (read_body(&r, out))
		return 0;
	undo_free(out);
	return err_set(err, -EINVAL, "it makes no sense near the line \"%.60s\"", r.line);
}
