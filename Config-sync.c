// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Config-sync.c - --config-sync: the ARRAY lines of what runs, written into the configuration
 * file.  Lines that are right stay, those of arrays that are gone are commented out, what has no line
 * gets one; every other byte stays.  Prints; changes one file, by a plan.
 */
#include <errno.h>
#include <string.h>

#include "Config.h"
#include "array.h"
#include "config-edit.h"
#include "devnode.h"
#include "plan.h"
#include "report.h"
#include "say.h"
#include "textfile.h"
#include "util.h"

#define STALE "# mdadm --config-sync found no such array:"
#define WRONG "# mdadm --config-sync: this did not agree with the array, which has a new line below:"

struct sync {
	struct config_survey s;
	struct textfile file;
	const char *where;       /* the file, as the configuration calls it */
	struct config_edits edits;
	size_t added, commented;
	char **name;             /* given by this run */
	size_t n_name, cap_name;
};

static void sync_done(struct sync *y)
{
	for (size_t i = 0; i < y->n_name; i++)
		free(y->name[i]);
	free(y->name);
	config_edits_free(&y->edits);
	textfile_close(&y->file);
	config_survey_free(&y->s);
}

/* --- the text of a line --- */

static bool name_taken(const struct sync *y, const char *name)
{
	for (size_t i = 0; i < y->n_name; i++)
		if (strcmp(config_bare_name(y->name[i]), config_bare_name(name)) == 0)
			return true;
	return config_array_by_name(&y->s.conf, name) != NULL;
}

static bool name_usable(const char *name)
{
	struct md_name parsed;

	return devnode_parse_name(name, &parsed, NULL) == 0;
}

/*
 * Under what name shall the array come up?  By the name that it has in /dev/md; else by that in its
 * metadata, for a number like 127 is chosen anew at each start.  NULL: under none that is free.
 * The caller frees.
 */
static char *choose_name(const struct sync *y, const struct known_array *a)
{
	const char *bare = super_bare_name(a->freshest->array.name);
	bool number = *bare && !bare[strspn(bare, "0123456789")];
	char *stored = *bare ? xasprintf("/dev/%s%s", number ? "md" : "md/", bare) : NULL;
	char *choice[] = { strncmp(a->path, "/dev/md/", 8) == 0 ? xstrdup(a->path) : NULL, stored,
			   xstrdup(a->path) };
	char *chosen = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(choice); i++) {
		if (!chosen && choice[i] && name_usable(choice[i]) && !name_taken(y, choice[i]))
			chosen = steal(choice[i]);
		free(choice[i]);
	}
	return chosen;
}

static void no_complaint(void *arg, const char *text)
{
	(void)text;
	*(bool *)arg = false;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What we write must be read as what we mean. */
static bool reads_well(const char *text, const struct uuid *uuid, const char *name,
		       const char *spare_group, const char *bitmap)
{
	struct config c cleanup(config_free) = { 0 };
	bool good = true;

	config_init(&c);
	config_parse(&c, text, strlen(text), "a new line", no_complaint, &good);
	return good && c.n_array == 1 && c.array[0].have_uuid &&
	       uuid_equal(&c.array[0].uuid, uuid) && same_text(c.array[0].name, name) &&
	       same_text(c.array[0].spare_group, spare_group) && same_text(c.array[0].bitmap, bitmap);
}

/* The file that is its bitmap: only its line will tell of it.  The caller frees; NULL: none is. */
static char *bitmap_file(const struct known_array *a)
{
	struct array *now;
	char *file;

	if (!a->active || array_load(a->path, 0, NULL, &now, NULL))
		return NULL;
	file = steal(now->bitmap_file);
	array_free(now);
	return file;
}

/* The caller frees; NULL when it cannot be written. */
static char *line_text(const struct known_array *a, const char *name, const char *spare_group)
{
	char *bitmap autofree = bitmap_file(a);
	struct report r cleanup(report_free) = { 0 };
	const struct uuid *uuid = &a->freshest->array.uuid;
	char *text = NULL, *end;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	report_text(&r, REPORT_BRIEF, NULL, NULL, "ARRAY");
	if (name)
		report_text(&r, REPORT_BRIEF, NULL, NULL, "%s", name);
	report_text(&r, REPORT_BRIEF, "metadata", NULL, "%s", a->format);
	report_uuid(&r, REPORT_BRIEF, "UUID", NULL, uuid);
	if (bitmap)
		report_disk_text(&r, REPORT_BRIEF, "bitmap", NULL, bitmap, strlen(bitmap));
	if (spare_group)
		report_disk_text(&r, REPORT_BRIEF, "spare-group", NULL, spare_group,
				 strlen(spare_group));
	report_print_array(&r, out);
	fclose(out);
	end = strchr(text, '\n');
	if (end)
		*end = '\0';
	if (reads_well(text, uuid, name, spare_group, bitmap))
		return text;
	free(text);
	return NULL;
}

/* --- what is to be changed --- */

static bool is_ours(const struct sync *y, const struct config_array *line)
{
	return strcmp(line->where, y->where) == 0;
}

static void comment_out(struct sync *y, const struct config_array *line, const char *reason)
{
	config_edit_comment(&y->edits, line->line, line->last_line, reason);
	y->commented++;
}

static void add(struct sync *y, unsigned int behind, const char *text, const char *name)
{
	config_edit_add(&y->edits, behind, text);
	y->added++;
	if (!name)
		return;
	y->name = xgrow(y->name, &y->cap_name, y->n_name, sizeof(*y->name));
	y->name[y->n_name++] = xstrdup(name);
}

static void add_new(struct sync *y, const struct known_array *a, unsigned int behind)
{
	autofree char *name = choose_name(y, a);
	autofree char *text = line_text(a, name, NULL);

	if (text)
		add(y, behind, text, name);
}

/* The name and the spare group are kept; when they cannot be written, the line is. */
static void mend(struct sync *y, const struct config_array *line, struct known_array *a)
{
	autofree char *text = line_text(a, line->name, line->spare_group);

	if (!text)
		return;
	comment_out(y, line, WRONG);
	add(y, line->last_line, text, line->name);
	a->n_line = 1;
}

/* The array whose uuid the line has, though it says something else that is not true. */
static struct known_array *contradicted(struct sync *y, const struct config_array *line)
{
	for (size_t i = 0; i < y->s.n_array; i++)
		if (config_disagreement(&y->s, line, &y->s.array[i]))
			return &y->s.array[i];
	return NULL;
}

/* Nothing is known of the array of that line: its devices may be those that could not be read. */
static void keep_unread(const struct sync *y, const struct config_array *line)
{
	char where[400], device[400];
	const struct member *m = y->s.unread;

	say_note("%s, line %u stays: it means no array that is here, but %s could not be read",
		 printable(where, sizeof(where), line->where, strlen(line->where)), line->line,
		 printable(device, sizeof(device), m->path, strlen(m->path)));
}

/* What an <ignore> line ignores need not be here. */
static void sync_line(struct sync *y, size_t i)
{
	const struct config_array *line = &y->s.conf.array[i];
	struct known_array *a;

	if (y->s.line[i].match != LINE_NOTHING || line->ignore)
		return;
	if (!is_ours(y, line)) {
		char where[400];

		say_note("%s, line %u means no array that is here; it is another file, so it stays",
			 printable(where, sizeof(where), line->where, strlen(line->where)),
			 line->line);
		return;
	}
	a = contradicted(y, line);
	if (!a && y->s.unread)
		keep_unread(y, line);
	else if (!a)
		comment_out(y, line, STALE);
	else if (a->active && !a->n_line)
		mend(y, line, a);
}

static void plan_edits(struct sync *y)
{
	unsigned int behind = config_count_lines(y->file.text, y->file.len), last = 0;

	for (size_t i = 0; i < y->s.conf.n_array; i++) {
		sync_line(y, i);
		if (is_ours(y, &y->s.conf.array[i]))
			last = y->s.conf.array[i].last_line;
	}
	for (size_t i = 0; i < y->s.n_array; i++) {
		struct known_array *a = &y->s.array[i];

		if (a->active && !a->n_line)
			add_new(y, a, last ? last : behind);
	}
}

/* --- the file --- */

static int status_of_file(const char *file, struct err *err)
{
	struct stat st;

	if (!strcmp(file, "none") || !strcmp(file, "partitions"))
		return err_set(err, -EINVAL, "--config-sync writes a file: name it by --config=FILE");
	if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(err, -EISDIR, "%s is a directory: name the file in it that is to be "
			       "written", file);
	return 0;
}

static void complain(void *arg, const char *text)
{
	(void)arg;
	say_error("%s", text);
}

/*
 * Locks and reads the file, then the whole configuration; what is read twice must be the same both
 * times.
 */
static int load(struct sync *y, const struct request *r, struct err *err)
{
	struct config own cleanup(config_free) = { 0 };
	bool good;
	size_t n = 0;
	int rc = status_of_file(y->where, err);

	if (!rc)
		rc = textfile_open(y->where, CONFIG_MAX_BYTES, &y->file, err);
	if (rc)
		return rc;
	config_load(&y->s.conf, r->config_file, complain, NULL);
	config_homehost(&y->s.conf, r->homehost, y->s.homehost, sizeof(y->s.homehost));
	config_init(&own);
	config_parse(&own, y->file.text, y->file.len, y->where, no_complaint, &good);
	for (size_t i = 0; i < y->s.conf.n_array; i++) {
		const struct config_array *line = &y->s.conf.array[i];

		if (!is_ours(y, line))
			continue;
		if (n >= own.n_array || own.array[n].line != line->line ||
		    own.array[n].last_line != line->last_line)
			n = own.n_array;
		n++;
	}
	if (n == own.n_array)
		return 0;
	return err_set(err, -ESTALE, "%s was changed while it was read: try again", y->file.path);
}

/* The one of the lines of a text; ends at the end of the line.  The caller frees. */
static char *nth_line(const struct textfile *f, unsigned int line)
{
	const char *p = f->text, *end = f->text + f->len, *eol;

	for (; line > 1; line--) {
		eol = memchr(p, '\n', (size_t)(end - p));
		p = eol ? eol + 1 : end;
	}
	eol = memchr(p, '\n', (size_t)(end - p));
	return xasprintf("%.*s", (int)((eol ? eol : end) - p), p);
}

static void tell_edits(const struct sync *y, struct plan *p)
{
	for (size_t i = 0; i < y->edits.n; i++) {
		const struct config_edit *e = &y->edits.edit[i];

		if (e->add)
			plan_add_line(p, y->file.path, e->line, e->text);
		for (unsigned int k = e->line; !e->add && k <= e->last_line; k++) {
			autofree char *text = nth_line(&y->file, k);

			if (config_line_has_words(text, strlen(text)))
				plan_comment_out_line(p, y->file.path, k, text);
		}
	}
}

/* Nothing but ARRAY lines may come or go. */
static bool is_sane(const struct sync *y, const char *text, size_t len)
{
	struct config before cleanup(config_free) = { 0 }, after cleanup(config_free) = { 0 };
	bool good = true;

	config_init(&before);
	config_init(&after);
	config_parse(&before, y->file.text, y->file.len, "before", no_complaint, &good);
	config_parse(&after, text, len, "after", no_complaint, &good);
	return after.n_array == before.n_array + y->added - y->commented &&
	       after.n_device == before.n_device && after.n_rule == before.n_rule &&
	       after.n_sysfs == before.n_sysfs;
}

static int write_file(struct sync *y, const struct request *r, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(r);
	autofree char *title = xasprintf("write the ARRAY lines of what runs to %s", y->file.path);
	autofree char *text = NULL;
	size_t len;
	int rc = 0;

	if (y->edits.n) {
		text = config_edit_apply(y->file.text, y->file.len, &y->edits, &len);
		if (!text || !is_sane(y, text, len))
			return err_set(err, -EINVAL, "%s cannot be edited safely: nothing is written",
				       y->file.path);
		tell_edits(y, p);
		plan_replace_file(p, &y->file, text, len);
		rc = plan_run(p, err);
	}
	if (!rc)
		mode_tell_plan(r, p, title);
	return rc;
}

static int sync_config(struct sync *y, const struct request *r, struct err *err)
{
	int rc = load(y, r, err) ?: config_survey(&y->s, err);

	if (rc)
		return rc;
	config_judge(&y->s);
	plan_edits(y);
	rc = write_file(y, r, err);
	if (rc || r->dry_run)
		return rc;
	if (y->edits.n)
		say_note("%s: %zu ARRAY line%s added, %zu commented out", y->file.path, y->added,
			 y->added == 1 ? "" : "s", y->commented);
	else
		say_note("%s has the lines of all that runs", y->file.path);
	return 0;
}

int Config_sync(const struct request *r)
{
	struct sync y cleanup(sync_done) = { .file = { .dir_fd = -1 } };
	struct err err;

	config_init(&y.s.conf);
	y.where = r->config_file ? r->config_file : config_default_file();
	if (sync_config(&y, r, &err) == 0)
		return STATUS_OK;
	say_err(&err);
	return STATUS_FAILED;
}
