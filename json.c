// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json.c - the writer of JSON documents: commas, indentation, escapes (RFC 8259).  Uses only
 * the base; must not open anything.
 */
#include <assert.h>
#include <string.h>

#include "json.h"
#include "util.h"

/* --- text --- */

static void put_char(uint32_t c, FILE *out)
{
	if (c == '"' || c == '\\')
		fprintf(out, "\\%c", (int)c);
	else if (c >= 0x20 && c < 0x7f)
		fputc((int)c, out);
	else if (c < 0x10000)
		fprintf(out, "\\u%04x", c);
	else
		fprintf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

static void put_text(const char *text, FILE *out)
{
	unsigned len;

	fputc('"', out);
	for (; *text; text += len)
		put_char(utf8_char(text, &len), out);
	fputc('"', out);
}

static bool is_utf8(const char *text)
{
	unsigned len;

	for (; *text; text += len)
		if (utf8_char(text, &len) == UTF8_REPLACEMENT && len == 1)
			return false;
	return true;
}

/* --- structure --- */

static void new_line(const struct json *j)
{
	if (j->line) {
		fputc(' ', j->out);
		return;
	}
	fprintf(j->out, "\n%*s", (int)(2 * j->depth), "");
}

/* What stands before a value. */
static void begin(struct json *j, const char *key)
{
	if (j->any)
		fputc(',', j->out);
	if (j->depth)
		new_line(j);
	j->any = true;
	if (!key)
		return;
	put_text(key, j->out);
	fputs(": ", j->out);
}

static void json_open(struct json *j, const char *key, bool array)
{
	begin(j, key);
	assert(j->depth < JSON_DEPTH);
	fputc(array ? '[' : '{', j->out);
	j->in_array[j->depth++] = array;
	j->any = false;
}

void json_object(struct json *j, const char *key)
{
	json_open(j, key, false);
}

void json_array(struct json *j, const char *key)
{
	json_open(j, key, true);
}

void json_close(struct json *j)
{
	bool empty = !j->any;

	assert(j->depth);
	j->depth--;
	if (!empty)
		new_line(j);
	fputc(j->in_array[j->depth] ? ']' : '}', j->out);
	j->any = true;
	if (j->depth)
		return;
	fputc('\n', j->out);
	j->any = false;
}

/* --- values --- */

void json_text(struct json *j, const char *key, const char *text)
{
	if (!text) {
		json_null(j, key);
		return;
	}
	begin(j, key);
	put_text(text, j->out);
}

void json_bytes(struct json *j, const char *key, const char *text)
{
	autofree char *hex_key = xasprintf("%s_hex", key);

	json_text(j, key, text);
	if (!text || is_utf8(text)) {
		json_null(j, hex_key);
		return;
	}
	begin(j, hex_key);
	fputc('"', j->out);
	for (; *text; text++)
		fprintf(j->out, "%02x", (unsigned char)*text);
	fputc('"', j->out);
}

void json_unsigned(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	fprintf(j->out, "%llu", (unsigned long long)value);
}

void json_signed(struct json *j, const char *key, int64_t value)
{
	begin(j, key);
	fprintf(j->out, "%lld", (long long)value);
}

void json_sectors(struct json *j, const char *key, __int128 sectors)
{
	const uint64_t base = 1000000000000000000ULL;
	unsigned __int128 bytes = (unsigned __int128)(sectors < 0 ? -sectors : sectors) *
				  SECTOR_BYTES;
	const char *sign = sectors < 0 ? "-" : "";
	unsigned long long high = (unsigned long long)(bytes / base);

	begin(j, key);
	if (high)
		fprintf(j->out, "%s%llu%018llu", sign, high, (unsigned long long)(bytes % base));
	else
		fprintf(j->out, "%s%llu", sign, (unsigned long long)bytes);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	fputs(value ? "true" : "false", j->out);
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	fputs("null", j->out);
}
