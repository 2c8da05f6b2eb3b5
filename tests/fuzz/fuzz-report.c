// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The renderers, on reports of any fields: a field is one line for people and one for
 * programs, whatever text it holds; the ARRAY line is read back as one array.
 *
 * Input: fields one after the other; the low bits of the first byte choose the type.
 *
 * fuzz: -max_len=512
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "shared.h"
#include "super.h"
#include "util.h"

#define FIELDS_MAX 32
#define TEXT_MAX 80
#define VIEWS (REPORT_TEXT | REPORT_EXPORT)
#define SIZE_STYLES 5

struct made {
	struct report r;
	size_t lines;                    /* for people */
	size_t n_key;
	char key[FIELDS_MAX][8];         /* "K0=" ... in the order of the fields */
};

static const char *new_key(struct made *m)
{
	char *key = m->key[m->n_key];

	snprintf(key, sizeof(m->key[0]), "K%zu", m->n_key++);
	m->lines++;
	return key;
}

static void add_text(struct feed *f, struct made *m, unsigned kind)
{
	char text[TEXT_MAX];

	feed_text(f, text, sizeof(text));
	if (kind & 1)
		report_text(&m->r, VIEWS, new_key(m), "Label", "%s", text);
	else
		report_disk_text(&m->r, VIEWS, new_key(m), "Label", text, sizeof(text));
	if (kind & 2)
		report_note(&m->r, " (%s)", text);
	if (kind & 4)
		report_outdent(&m->r);
}

static void add_row(struct feed *f, struct made *m)
{
	char path[TEXT_MAX];
	struct report_row row = {
		.label = feed_bool(f) ? "this" : NULL,
		.known = feed_bool(f),
		.number = (int32_t)feed_number(f, 4),
		.major = (uint32_t)feed_number(f, 4),
		.minor = (uint32_t)feed_number(f, 4),
		.slot = (int32_t)feed_number(f, 4),
		.words = feed_bool(f) ? "active sync" : "",
	};

	feed_text(f, path, sizeof(path));
	row.path = *path ? path : NULL;
	report_row(&m->r, REPORT_TEXT, NULL, &row);
	m->lines++;
}

static void add_bare(struct feed *f, struct made *m)
{
	char text[TEXT_MAX];

	feed_text(f, text, sizeof(text));
	if (*text)
		report_line(&m->r, "%s", text);
	else
		report_blank(&m->r);
	m->lines++;
}

static void add_uuid(struct feed *f, struct made *m)
{
	struct uuid uuid;

	feed_bytes(f, uuid.b, sizeof(uuid.b));
	report_uuid(&m->r, VIEWS, new_key(m), "Label", &uuid);
}

static void add_field(struct feed *f, struct made *m)
{
	unsigned kind = (unsigned)feed_number(f, 1);

	switch (kind & 7) {
	case 0:
	case 1:
		add_text(f, m, kind >> 3);
		break;
	case 2:
		report_number(&m->r, VIEWS, new_key(m), "Label", feed_number(f, 8));
		break;
	case 3:
		report_hex(&m->r, VIEWS, new_key(m), "Label", feed_number(f, 8));
		break;
	case 4:
		report_time(&m->r, VIEWS, new_key(m), "Label", (int64_t)feed_number(f, 8));
		break;
	case 5:
		report_size(&m->r, VIEWS, new_key(m), "Label", feed_number(f, 8),
			    (enum report_size)((kind >> 3) % SIZE_STYLES));
		break;
	case 6:
		if (kind >> 3 & 1)
			add_uuid(f, m);
		else
			add_bare(f, m);
		break;
	default:
		add_row(f, m);
	}
}

static void print_people(const struct report *r, FILE *out)
{
	report_print_text(r, 18, out);
}

/* The caller frees. */
static char *printed(const struct report *r, void (*print)(const struct report *, FILE *),
		     size_t *n)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, n);

	REQUIRE(out);
	print(r, out);
	REQUIRE(!fclose(out));
	check_output(text, *n);
	return text;
}

static void check_people(const struct made *m)
{
	size_t n, lines = 0;
	char *text autofree = printed(&m->r, print_people, &n), *p = text, *line;

	while (next_line(&p, &line))
		lines++;
	REQUIRE(lines == m->lines);
}

static void check_programs(const struct made *m)
{
	size_t n, i = 0;
	char *text autofree = printed(&m->r, report_print_export, &n), *p = text, *line;

	for (; next_line(&p, &line); i++) {
		size_t len = strlen(m->key[i]);

		REQUIRE(i < m->n_key && !strncmp(line, "MD_", 3));
		REQUIRE(!strncmp(line + 3, m->key[i], len) && line[3 + len] == '=');
		REQUIRE(!strpbrk(line + 4 + len, " \t'\"$`;&|<>()*?[]#~=!{}^"));
	}
	REQUIRE(i == m->n_key);
}

/* As --detail makes it. */
static void check_array(struct feed f)
{
	struct report r cleanup(report_free) = { 0 };
	char node[TEXT_MAX], name[SUPER_NAME_TEXT], devices[TEXT_MAX], *text autofree = NULL;
	struct uuid uuid;
	size_t n;

	feed_bytes(&f, uuid.b, sizeof(uuid.b));
	feed_text(&f, node, sizeof(node));
	feed_text(&f, name, sizeof(name));
	feed_text(&f, devices, sizeof(devices));
	report_text(&r, REPORT_BRIEF, NULL, NULL, "ARRAY");
	report_node(&r, REPORT_BRIEF, node);
	report_disk_text(&r, REPORT_BRIEF, "name", NULL, name, sizeof(name));
	report_uuid(&r, REPORT_BRIEF, "UUID", NULL, &uuid);
	report_text(&r, REPORT_TAIL, "devices", NULL, "%s", devices);
	text = printed(&r, report_print_array, &n);
	check_array_lines(text, n, &uuid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct made m = { .n_key = 0 };
	struct feed f = { data, n };

	check_array(f);
	for (size_t i = 0; f.n && i < FIELDS_MAX; i++)
		add_field(&f, &m);
	check_people(&m);
	check_programs(&m);
	report_free(&m.r);
	return 0;
}
