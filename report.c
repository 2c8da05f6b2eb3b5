// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report.c - typed fields and their renderers.  Owns every rule about labels, ARRAY
 * lines, MD_KEY=value and the escaping of hostile text.  Uses only the base; must not
 * open anything.
 *
 * Text that came from a disk may hold any byte.  It must never add a line, a word, a key,
 * a terminal sequence or a path:
 *  - for people every string passes printable(): \xNN for what is not printable ASCII;
 *  - exported values are read by shells word by word, sourced, and imported by udev, which
 *    makes links of them: what is not harmless everywhere is \xNN, as udev writes it.  In
 *    text from a disk that includes '/' and '=';
 *  - the NAME of /dev/md/NAME is escaped in the same way, and the dots of "." and ".." are
 *    too, so that it is always one component below /dev/md; one that is then too long for
 *    the name of an array is left out;
 *  - the word name= of an ARRAY line will be read back by a parser that knows quotes but no
 *    escapes, so it is quoted; a name that cannot be written like that is left out: the
 *    uuid identifies the array.
 */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "report-field.h"
#include "util.h"

static void field_free(struct report_field *f)
{
	free(f->key);
	free(f->label);
	free(f->text);
	free(f->path);
	free(f->note);
	free(f->check);
	free(f->grade);
}

void report_free(struct report *r)
{
	for (size_t i = 0; i < r->n; i++)
		field_free(&r->field[i]);
	free(r->field);
	*r = (struct report){ 0 };
}

static char *dup_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* --- collecting --- */

static struct report_field *add(struct report *r, unsigned views, enum field_type type,
				const char *key, const char *label)
{
	struct report_field *f;

	r->field = xgrow(r->field, &r->cap, r->n, sizeof(*r->field));
	f = &r->field[r->n++];
	*f = (struct report_field){ .views = views, .type = type };
	f->key = dup_or_null(key);
	f->label = dup_or_null(label);
	return f;
}

static char *__attribute__((format(printf, 1, 0))) format_text(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		return xstrdup("");
	return text;
}

void report_blank(struct report *r)
{
	add(r, REPORT_TEXT, FIELD_BLANK, NULL, NULL);
}

void report_line(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, REPORT_TEXT, FIELD_LINE, NULL, NULL)->text = format_text(fmt, ap);
	va_end(ap);
}

void report_text(struct report *r, unsigned views, const char *key, const char *label,
		 const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, views, FIELD_TEXT, key, label)->text = format_text(fmt, ap);
	va_end(ap);
}

void report_disk_text(struct report *r, unsigned views, const char *key, const char *label,
		      const char *text, size_t len)
{
	add(r, views, FIELD_DISK, key, label)->text =
		xasprintf("%.*s", (int)strnlen(text, len), text);
}

void report_node(struct report *r, unsigned views, const char *disk_name)
{
	add(r, views, FIELD_NODE, "path", NULL)->text = xstrdup(disk_name);
}

void report_number(struct report *r, unsigned views, const char *key, const char *label,
		   uint64_t value)
{
	add(r, views, FIELD_NUMBER, key, label)->number = value;
}

void report_signed(struct report *r, unsigned views, const char *key, const char *label,
		   int64_t value)
{
	add(r, views, FIELD_SIGNED, key, label)->integer = value;
}

void report_hex(struct report *r, unsigned views, const char *key, const char *label,
		uint64_t value)
{
	add(r, views, FIELD_HEX, key, label)->number = value;
}

void report_bool(struct report *r, const char *key, bool value)
{
	add(r, REPORT_JSON, FIELD_BOOL, key, NULL)->yes = value;
}

void report_time(struct report *r, unsigned views, const char *key, const char *label,
		 int64_t value)
{
	add(r, views, FIELD_TIME, key, label)->integer = value;
}

void report_uuid(struct report *r, unsigned views, const char *key, const char *label,
		 const struct uuid *value)
{
	add(r, views, FIELD_UUID, key, label)->uuid = *value;
}

void report_size(struct report *r, unsigned views, const char *key, const char *label,
		 uint64_t sectors, enum report_size style)
{
	struct report_field *f = add(r, views, FIELD_SIZE, key, label);

	f->number = sectors;
	f->style = style;
}

void report_offset(struct report *r, unsigned views, const char *key, const char *label,
		   int64_t sectors)
{
	add(r, views, FIELD_OFFSET, key, label)->integer = sectors;
}

void report_row(struct report *r, unsigned views, const char *key, const struct report_row *row)
{
	struct report_field *f = add(r, views, FIELD_ROW, key, row->label);

	f->row = (struct row){ row->known, row->number, row->slot, row->major, row->minor };
	f->text = xstrdup(row->words);
	f->path = dup_or_null(row->path);
}

void report_finding(struct report *r, const char *key, const char *label,
		    const struct report_finding *finding)
{
	struct report_field *f = add(r, REPORT_DATA, FIELD_FINDING, key, label);

	f->text = xstrdup(finding->text);
	f->note = dup_or_null(finding->next);
	f->check = xstrdup(finding->check);
	f->grade = xstrdup(finding->grade);
}

void report_mismatch(struct report *r, const char *key, const char *label,
		     const struct report_mismatch *m, const char *text)
{
	struct report_field *f = add(r, REPORT_DATA, FIELD_MISMATCH, key, label);

	f->text = xstrdup(text);
	f->path = dup_or_null(m->path);
	f->check = dup_or_null(m->block);
	f->mismatch = *m;
	f->mismatch.path = f->mismatch.block = NULL;
}

void report_range(struct report *r, const char *key, uint64_t start_sec, uint64_t count_sec)
{
	add(r, REPORT_DATA, FIELD_RANGE, key, NULL)->range = (struct range){ start_sec, count_sec };
}

void report_note(struct report *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (r->n) {
		free(r->field[r->n - 1].note);
		r->field[r->n - 1].note = format_text(fmt, ap);
	}
	va_end(ap);
}

void report_outdent(struct report *r)
{
	if (r->n)
		r->field[r->n - 1].outdent = 1;
}

/* --- sizes --- */

/* The unit that fits, and the size in hundredths of it, rounded to the nearest. */
struct human {
	const char *binary_unit, *decimal_unit;
	uint64_t binary, decimal;
};

#define HUMAN_FROM_BYTES 5120000

/* False below 5000 KiB: such sizes speak for themselves. */
static bool human_size(uint64_t sectors, struct human *out)
{
	static const struct {
		const char *binary, *decimal;
		unsigned shift;
		uint64_t power;
	} unit[] = {
		{ "MiB", "MB", 20, 1000000ULL },
		{ "GiB", "GB", 30, 1000000000ULL },
		{ "TiB", "TB", 40, 1000000000000ULL },
	};
	unsigned __int128 bytes = (unsigned __int128)sectors * SECTOR_BYTES;
	size_t i = 0;

	if (bytes < HUMAN_FROM_BYTES)
		return false;
	if (bytes >= 2ULL << 30)
		i = bytes < 2ULL << 40 ? 1 : 2;
	out->binary_unit = unit[i].binary;
	out->decimal_unit = unit[i].decimal;
	out->binary = (uint64_t)((((bytes * 200) >> unit[i].shift) + 1) / 2);
	out->decimal = (uint64_t)((bytes / (unit[i].power / 200) + 1) / 2);
	return true;
}

#define HUNDREDTHS(v) (unsigned long long)((v) / 100), (unsigned)((v) % 100)

static void size_in_units(const struct human *h, enum report_size style, char *out, size_t cap)
{
	if (style == SIZE_BINARY)
		snprintf(out, cap, "%llu.%02u%s", HUNDREDTHS(h->binary), h->binary_unit);
	else if (style == SIZE_DECIMAL)
		snprintf(out, cap, "%llu.%02u%s", HUNDREDTHS(h->decimal), h->decimal_unit);
	else
		snprintf(out, cap, " (%llu.%02u %s %llu.%02u %s)", HUNDREDTHS(h->binary),
			 h->binary_unit, HUNDREDTHS(h->decimal), h->decimal_unit);
}

char *report_size_text(uint64_t sectors, enum report_size style, char *out, size_t cap)
{
	char human[64] = "";
	struct human h;

	if (human_size(sectors, &h))
		size_in_units(&h, style, human, sizeof(human));
	switch (style) {
	case SIZE_KIB:
	case SIZE_KIB_NAMED:
		snprintf(out, cap, "%llu%s%s", (unsigned long long)(sectors / 2),
			 style == SIZE_KIB ? "" : " KiB", human);
		break;
	case SIZE_SECTORS:
	case SIZE_SECTORS_ONLY:
		snprintf(out, cap, "%llu sectors%s", (unsigned long long)sectors,
			 style == SIZE_SECTORS ? human : "");
		break;
	case SIZE_CHUNK:
		snprintf(out, cap, "%lluK", (unsigned long long)(sectors / 2));
		break;
	case SIZE_DECIMAL:
	case SIZE_BINARY:
		snprintf(out, cap, "%s", human);
		break;
	}
	return out;
}

/* --- values as text, before any escaping --- */

void report_time_text(int64_t seconds, char *out, size_t cap)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
					  "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
		snprintf(out, cap, "%lld", (long long)seconds);
		return;
	}
	snprintf(out, cap, "%s %s %2d %02d:%02d:%02d %04d", days[tm.tm_wday],
		 months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 tm.tm_year + 1900);
}

#define VALUE_BYTES 64
#define NODE_BYTES 32

/* Numbers and their like, which need no escaping. */
static void value_text(const struct report_field *f, enum report_view view,
		       char out[VALUE_BYTES])
{
	out[0] = '\0';
	switch (f->type) {
	case FIELD_NUMBER:
		snprintf(out, VALUE_BYTES, "%llu", (unsigned long long)f->number);
		break;
	case FIELD_SIGNED:
		snprintf(out, VALUE_BYTES, "%lld", (long long)f->integer);
		break;
	case FIELD_HEX:
		snprintf(out, VALUE_BYTES, "0x%llx", (unsigned long long)f->number);
		break;
	case FIELD_TIME:
		if (view == REPORT_TEXT)
			report_time_text(f->integer, out, VALUE_BYTES);
		else
			snprintf(out, VALUE_BYTES, "%lld", (long long)f->integer);
		break;
	case FIELD_UUID:
		uuid_format(&f->uuid, ':', out);
		break;
	case FIELD_SIZE:
		report_size_text(f->number, f->style, out, VALUE_BYTES);
		break;
	case FIELD_OFFSET:
		snprintf(out, VALUE_BYTES, "%lld sectors", (long long)f->integer);
		break;
	case FIELD_RANGE:
		snprintf(out, VALUE_BYTES, "%20llu for %llu sectors",
			 (unsigned long long)f->range.start_sec, (unsigned long long)f->range.count_sec);
		break;
	case FIELD_BOOL:
	case FIELD_BLANK:
	case FIELD_LINE:
	case FIELD_TEXT:
	case FIELD_DISK:
	case FIELD_NODE:
	case FIELD_ROW:
	case FIELD_FINDING:
	case FIELD_MISMATCH:
		break;
	}
}

/* --- escaping --- */

static bool plain_byte(unsigned char c, const char *also)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr(also, c));
}

static void put_escaped(const char *text, const char *also, FILE *out)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (plain_byte(c, also))
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
}

#define PLAIN_NAME "_-.:+@%,"
#define PLAIN_PATH PLAIN_NAME "/"

/* An array's name has no more than 32 bytes, escapes included, wherever it is read. */
static bool nameable(const char *name)
{
	size_t n = 0;

	for (; *name; name++)
		n += plain_byte((unsigned char)*name, PLAIN_NAME) ? 1 : 4;
	return n <= NODE_BYTES;
}

/* One component below /dev/md, whatever the name is. A blank becomes '_'. */
static void put_node(const char *name, FILE *out)
{
	bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
	autofree char *plain = xstrdup(name);

	if (!*name)
		return;
	for (char *p = plain; *p; p++)
		if (*p == ' ')
			*p = '_';
	fputs("/dev/md/", out);
	put_escaped(plain, dots ? "" : PLAIN_NAME, out);
}

char *report_node_path(const char *name)
{
	char *path = NULL;
	size_t n = 0;
	FILE *out = *name && nameable(name) ? open_memstream(&path, &n) : NULL;

	if (!out)
		return NULL;
	put_node(name, out);
	fclose(out);
	return path;
}

static void put_printable(const char *text, FILE *out)
{
	size_t len = strlen(text), cap = 4 * len + 1;
	autofree char *safe = xcalloc(cap, 1);

	fputs(printable(safe, cap, text, len), out);
}

/* Can it be a word of a configuration file? */
static bool quotable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
			return false;
	return true;
}

/* In quotes if it must be; a quote inside is enclosed by the other kind. */
static void put_quoted(const char *text, FILE *out)
{
	const char *first = strpbrk(text, "'\"");
	char open = first && *first == '"' ? '\'' : '"';

	if (!first && !strchr(text, ' ')) {
		fputs(text, out);
		return;
	}
	fputc(open, out);
	for (; *text; text++) {
		if (*text == open) {
			fputc(open, out);
			open = open == '"' ? '\'' : '"';
			fputc(open, out);
		}
		fputc(*text, out);
	}
	fputc(open, out);
}

/* --- for people --- */

/* Numbers end in the columns of the table's header; those of any length keep their distance. */
static void put_column(const char *gap, bool known, int64_t value, FILE *out)
{
	if (known && value >= 0)
		fprintf(out, "%s%5lld", gap, (long long)value);
	else
		fprintf(out, "%s%5s", gap, "-");
}

static void print_row(const struct report_field *f, FILE *out)
{
	if (f->label)
		fprintf(out, "%4s %5lld", f->label, (long long)f->row.number);
	else
		put_column("   ", f->row.known, f->row.number, out);
	fprintf(out, "   %5u    %5u", f->row.major, f->row.minor);
	put_column("    ", f->row.known, f->row.slot, out);
	fprintf(out, "     %s%s", f->text[0] ? " " : "", f->text);
	if (f->path) {
		fputs("   ", out);
		put_printable(f->path, out);
	}
	fputc('\n', out);
}

/* What is not fine stands out. */
static void print_finding(const struct report_field *f, FILE *out)
{
	if (strcmp(f->grade, "fine") != 0) {
		for (const char *p = f->grade; *p; p++)
			fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, out);
		fputs(": ", out);
	}
	put_printable(f->text, out);
	if (f->note) {
		fputs("; ", out);
		put_printable(f->note, out);
	}
	fputc('\n', out);
}

static void print_text(const struct report_field *f, int label_width, FILE *out)
{
	char value[VALUE_BYTES];

	if (f->type == FIELD_ROW) {
		print_row(f, out);
		return;
	}
	if (f->label)
		fprintf(out, "%*s : ", label_width - f->outdent, f->label);
	if (f->type == FIELD_FINDING) {
		print_finding(f, out);
		return;
	}
	value_text(f, REPORT_TEXT, value);
	put_printable(f->text ? f->text : value, out);
	if (f->note)
		put_printable(f->note, out);
	fputc('\n', out);
}

void report_print_text(const struct report *r, int label_width, FILE *out)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->field[i].views & REPORT_TEXT)
			print_text(&r->field[i], label_width, out);
}

/* --- for programs --- */

void report_print_export(const struct report *r, FILE *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct report_field *f = &r->field[i];
		char value[VALUE_BYTES];

		if (!(f->views & REPORT_EXPORT))
			continue;
		value_text(f, REPORT_EXPORT, value);
		fprintf(out, "MD_%s=", f->key);
		put_escaped(f->text ? f->text : value,
			    f->type == FIELD_DISK ? PLAIN_NAME : PLAIN_PATH, out);
		fputc('\n', out);
	}
}

/* --- lines of mdadm.conf --- */

static void put_word(const struct report_field *f, enum report_view view, FILE *out)
{
	char value[VALUE_BYTES];

	if (f->key && f->type != FIELD_NODE)
		fprintf(out, "%s=", f->key);
	value_text(f, view, value);
	switch (f->type) {
	case FIELD_NODE:
		put_node(f->text, out);
		break;
	case FIELD_DISK:
		put_quoted(f->text, out);
		break;
	case FIELD_TEXT:
		put_escaped(f->text, PLAIN_PATH, out);
		break;
	case FIELD_NUMBER:
	case FIELD_SIGNED:
	case FIELD_HEX:
	case FIELD_BOOL:
	case FIELD_TIME:
	case FIELD_UUID:
	case FIELD_SIZE:
	case FIELD_OFFSET:
	case FIELD_BLANK:
	case FIELD_LINE:
	case FIELD_ROW:
	case FIELD_FINDING:
	case FIELD_MISMATCH:
	case FIELD_RANGE:
		fputs(value, out);
		break;
	}
	if (f->note)
		fputs(f->note, out);
}

static bool print_words(const struct report *r, enum report_view view, const char *first,
			const char *between, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < r->n; i++) {
		const struct report_field *f = &r->field[i];

		if (!(f->views & view) || (f->type == FIELD_DISK && !quotable(f->text)) ||
		    (f->type == FIELD_NODE && !nameable(f->text)))
			continue;
		fputs(any ? between : first, out);
		put_word(f, view, out);
		any = true;
	}
	if (any)
		fputc('\n', out);
	return any;
}

void report_print_array(const struct report *r, FILE *out)
{
	print_words(r, REPORT_BRIEF, "", " ", out);
	print_words(r, REPORT_TAIL, "   ", "   ", out);
}
