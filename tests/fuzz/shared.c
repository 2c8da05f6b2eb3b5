// SPDX-License-Identifier: GPL-2.0-or-later
/* shared.c - see shared.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "json.h"
#include "shared.h"
#include "super0-codec.h"
#include "super1-codec.h"
#include "util.h"

#define SUPER0_CHECKSUM_AT (4 * 38)
#define SUPER1_PLACE_AT 144
#define SUPER1_CHECKSUM_AT 216
#define SUPER1_MAX_DEV_AT 220
#define SUPER1_BITMAP_AT 96
#define DEVICE_MAX_SEC ((1ULL << 54) - 1) /* no off_t is greater */

void fuzz_broken(const char *cond, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, cond);
	abort();
}

/* --- input --- */

uint64_t feed_number(struct feed *f, unsigned bytes)
{
	uint8_t raw[8] = { 0 };
	le64 v;

	feed_bytes(f, raw, MIN(bytes, sizeof(raw)));
	memcpy(v.b, raw, sizeof(raw));
	return get_le64(v);
}

bool feed_bool(struct feed *f)
{
	return feed_number(f, 1) & 1;
}

size_t feed_bytes(struct feed *f, void *out, size_t len)
{
	size_t n = MIN(len, f->n);

	memset(out, 0, len);
	if (n)
		memcpy(out, f->p, n);
	f->p += n;
	f->n -= n;
	return n;
}

void feed_text(struct feed *f, char *out, size_t cap)
{
	size_t n = strnlen((const char *)f->p, MIN(cap - 1, f->n));

	feed_bytes(f, out, n);
	out[n] = '\0';
	if (f->n && !*f->p)
		feed_number(f, 1);
}

/* --- a member --- */

void mend_super0(uint8_t *super)
{
	host32 sum = put_host32(super0_checksum((struct span){ super, SUPER0_BYTES }));

	memcpy(super + SUPER0_CHECKSUM_AT, sum.b, sizeof(sum.b));
}

void mend_super1(uint8_t *super)
{
	le32 max_dev, sum;

	memcpy(max_dev.b, super + SUPER1_MAX_DEV_AT, sizeof(max_dev.b));
	sum = put_le32(super1_checksum((struct span){ super, SUPER1_BYTES },
				       MIN(get_le32(max_dev), SUPER1_MAX_DEVS)));
	memcpy(super + SUPER1_CHECKSUM_AT, sum.b, sizeof(sum.b));
}

static int zeros_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	REQUIRE(fd >= 0);
	return fd;
}

static uint64_t place_sec(enum image_format format, uint64_t dev_sec)
{
	return format == IMAGE_0_90 ? super0_place_sec(dev_sec) :
		super1_place_sec((int)format - IMAGE_1_0, dev_sec);
}

/* Where the superblock says that its bitmap is. */
static uint64_t bitmap_byte(const struct image *m)
{
	le32 by;

	if (m->format == IMAGE_0_90)
		return m->super_sec * SECTOR_BYTES + SUPER0_BYTES;
	memcpy(by.b, m->super + SUPER1_BITMAP_AT, sizeof(by.b));
	return (m->super_sec + (uint64_t)(int64_t)(int32_t)get_le32(by)) * SECTOR_BYTES;
}

bool image_make(struct image *m, const uint8_t *data, size_t n, bool mend)
{
	static char path[] = "/dev/fuzz";
	struct feed f = { data, n };
	uint8_t head[IMAGE_HEAD_BYTES];
	le64 dev_sec, place;
	size_t len;

	feed_bytes(&f, head, sizeof(head));
	memcpy(dev_sec.b, head + 8, sizeof(dev_sec.b));
	*m = (struct image){ .format = head[0] % IMAGE_FORMATS };
	m->dev = (struct blkdev){ .path = path, .fd = zeros_fd(), .sector_bytes = 512,
				  .size_sec = get_le64(dev_sec) & DEVICE_MAX_SEC };
	m->super_sec = place_sec(m->format, m->dev.size_sec);
	len = MIN((size_t)head[2] | (size_t)head[3] << 8, sizeof(m->super));
	feed_bytes(&f, m->super, len);
	feed_bytes(&f, m->bitmap, sizeof(m->bitmap));
	if (m->super_sec == UINT64_MAX)
		return false;
	place = put_le64(m->super_sec);
	if (head[1] & 1 && m->format != IMAGE_0_90)
		memcpy(m->super + SUPER1_PLACE_AT, place.b, sizeof(place.b));
	if (mend)
		(m->format == IMAGE_0_90 ? mend_super0 : mend_super1)(m->super);
	m->dev.window[0] = (struct blk_window){ m->super_sec * SECTOR_BYTES, sizeof(m->super),
						m->super };
	m->dev.window[1] = (struct blk_window){ bitmap_byte(m), sizeof(m->bitmap), m->bitmap };
	return true;
}

/* --- output --- */

void check_printable(const char *text, size_t n)
{
	REQUIRE(n <= OUTPUT_MAX);
	for (size_t i = 0; i < n; i++)
		REQUIRE((text[i] >= 0x20 && text[i] < 0x7f) || text[i] == '\n' || text[i] == '\t');
}

void check_output(const char *text, size_t n)
{
	check_printable(text, n);
	REQUIRE(!n || text[n - 1] == '\n');
}

bool next_line(char **text, char **line)
{
	char *end = strchr(*text, '\n');

	if (!end)
		return false;
	*end = '\0';
	*line = *text;
	*text = end + 1;
	return true;
}

static void no_complaint(void *arg, const char *text)
{
	(void)arg;
	fuzz_broken(text, __FILE__, __LINE__);
}

void check_array_lines(const char *text, size_t n, const struct uuid *uuid)
{
	const char *second = memchr(text, '\n', n);
	struct config c;

	REQUIRE(second && strncmp(text, "ARRAY ", 6) == 0);
	second++;
	REQUIRE(!*second || (strncmp(second, "   ", 3) == 0 && strchr(second, '\n')[1] == '\0'));
	config_init(&c);
	config_parse(&c, text, n, "a report", no_complaint, NULL);
	REQUIRE(c.n_array == 1 && !c.n_device && !c.homehost);
	REQUIRE(c.array[0].have_uuid && uuid_equal(&c.array[0].uuid, uuid));
	REQUIRE(!c.array[0].name || strncmp(c.array[0].name, "/dev/md", 7) == 0);
	config_free(&c);
}

/* --- JSON --- */

static const char *skip(const char *p)
{
	return p + strspn(p, " \n");
}

static const char *read_text(const char *p)
{
	REQUIRE(*p == '"');
	for (p++; *p != '"'; p++) {
		REQUIRE(*p >= 0x20 && *p < 0x7f);
		if (*p != '\\')
			continue;
		p++;
		REQUIRE(*p == '"' || *p == '\\' || *p == 'u');
		if (*p == 'u') {
			REQUIRE(strspn(p + 1, "0123456789abcdef") >= 4);
			p += 4;
		}
	}
	return p + 1;
}

static const char *read_word(const char *p)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(p, words[i], strlen(words[i])))
			return p + strlen(words[i]);
	p += *p == '-';
	n = strspn(p, "0123456789");
	REQUIRE(n && (n == 1 || *p != '0'));
	return p + n;
}

static const char *read_value(const char *p);

/* Behind its opening bracket. */
static const char *read_members(const char *p, char close)
{
	p = skip(p);
	if (*p == close)
		return p + 1;
	for (;;) {
		if (close == '}') {
			p = skip(read_text(skip(p)));
			REQUIRE(*p == ':');
			p++;
		}
		p = skip(read_value(skip(p)));
		if (*p == close)
			return p + 1;
		REQUIRE(*p == ',');
		p++;
	}
}

static const char *read_value(const char *p)
{
	if (*p == '{')
		return read_members(p + 1, '}');
	if (*p == '[')
		return read_members(p + 1, ']');
	return *p == '"' ? read_text(p) : read_word(p);
}

void check_json(const char *text, size_t n)
{
	check_output(text, n);
	REQUIRE(!*skip(read_value(text)));
}

/* --- geometry --- */

static void check_names(const struct geometry *g)
{
	const char *level = level_name(g->level), *layout = layout_name(g->level, g->layout);
	uint32_t layout_back;
	int back;

	if (level)
		REQUIRE(!level_parse(level, &back) && back == g->level);
	if (layout)
		REQUIRE(!layout_parse(g->level, layout, &layout_back) && layout_back == g->layout);
}

/* More members never make an array worse, nor does it to be clean. */
static void check_enough(const struct geometry *g)
{
	bool *have autofree = xcalloc(g->raid_disks, sizeof(*have));
	bool clean = false, dirty = false;

	for (uint32_t i = 0; i <= g->raid_disks; i++) {
		bool now_clean = geometry_enough(g, true, have);
		bool now_dirty = geometry_enough(g, false, have);

		REQUIRE(now_clean >= now_dirty && now_clean >= clean && now_dirty >= dirty);
		clean = now_clean;
		dirty = now_dirty;
		if (i < g->raid_disks)
			have[i] = true;
	}
	REQUIRE(dirty || geometry_check(g, NULL));
}

void check_geometry(const struct geometry *g)
{
	char text[LAYOUT_TEXT];
	bool can_be = !geometry_check(g, NULL);

	check_names(g);
	layout_raid10_text(g->layout, text);
	REQUIRE(strlen(text) < sizeof(text));
	REQUIRE(geometry_data_disks(g) <= MAX(g->raid_disks, 1u));
	if (can_be && g->level > LEVEL_RAID0)
		REQUIRE(geometry_data_disks(g) && geometry_array_sec(g) >= g->size_sec);
	if (g->raid_disks <= 64)
		check_enough(g);
}

/* --- reports of findings --- */

#define LABEL_WIDTH 12

static void print_people(const struct report *r, enum report_object object, FILE *out)
{
	(void)object;
	report_print_text(r, LABEL_WIDTH, out);
}

static void print_json(const struct report *r, enum report_object object, FILE *out)
{
	struct json j = { .out = out };

	report_json_begin(&j, object);
	report_print_json(r, object, &j);
	report_json_end(&j);
}

void check_report(const struct report *r, enum report_object object, bool any_length)
{
	static const struct {
		void (*print)(const struct report *r, enum report_object object, FILE *out);
		void (*check)(const char *text, size_t n);
	} as[] = { { print_people, check_output }, { print_json, check_json } };

	for (size_t i = 0; i < ARRAY_SIZE(as); i++) {
		char *text autofree = NULL;
		size_t n = 0;
		FILE *out = open_memstream(&text, &n);

		REQUIRE(out);
		as[i].print(r, object, out);
		REQUIRE(!fclose(out));
		if (any_length && n > OUTPUT_MAX)
			continue;
		check_output(text, n);
		as[i].check(text, n);
	}
}
