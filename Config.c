// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Config.c - --config-check: every complaint about the configuration, and what each ARRAY line
 * means now.  Prints; changes nothing.
 */
#include <string.h>

#include "Config.h"
#include "devnode.h"
#include "json.h"
#include "report.h"
#include "say.h"
#include "util.h"

#define LABEL_WIDTH 9

struct check {
	struct config_survey *s;
	struct json *json;       /* in place of text; or NULL */
	struct config_list problem;  /* of the entry in hand; printable already */
	size_t problems, shown;
};

/* Problems come last, and as they are: the renderer would escape them once more. */
static void show(struct check *k, struct report *r)
{
	if (k->json)
		report_print_json(r, OBJECT_CONFIG_CHECK, k->json);
	else
		report_print_text(r, LABEL_WIDTH, stdout);
	for (size_t i = 0; !k->json && i < k->problem.n; i++)
		printf("%*s : %s\n", LABEL_WIDTH, "Problem", k->problem.text[i]);
	config_list_free(&k->problem);
	report_free(r);
	k->shown++;
}

static void problem(struct check *k, struct report *r, const char *text)
{
	report_text(r, REPORT_JSON, "problems", NULL, "%s", text);
	config_list_add(&k->problem, text, strlen(text));
	k->problems++;
}

/* --- complaints of the parser --- */

static void complain(void *arg, const char *text)
{
	struct check *k = arg;
	const struct config *c = &k->s->conf;
	struct report r = { 0 };

	if (!k->json)
		puts(text);
	report_text(&r, REPORT_JSON, "entry", NULL, "complaint");
	if (c->complaint_where) {
		report_disk_text(&r, REPORT_JSON, "file", NULL, c->complaint_where,
				 strlen(c->complaint_where));
		report_number(&r, REPORT_JSON, "line", NULL, c->complaint_line);
	}
	report_text(&r, REPORT_JSON, "problems", NULL, "%s", text);
	k->problems++;
	show(k, &r);
}

/* --- one line --- */

static const char *const match_word[] = {
	[LINE_RUNNING] = "running", [LINE_INACTIVE] = "inactive", [LINE_MEMBERS] = "members",
	[LINE_NOTHING] = "nothing", [LINE_SEVERAL] = "several", [LINE_UNKNOWN] = "unknown",
};

/* "FILE, line N", printable. */
static char *place(const struct config_array *line)
{
	char where[400];

	return xasprintf("%s, line %u", printable(where, sizeof(where), line->where,
						  strlen(line->where)), line->line);
}

static void add_head(const struct config_array *line, struct report *r)
{
	char uuid[UUID_TEXT];

	uuid_format(&line->uuid, ':', uuid);
	report_line(r, "%s, line %u: ARRAY%s%s%s%s", line->where, line->line,
		    line->name ? " " : "", line->name ? line->name : "",
		    line->have_uuid ? " UUID=" : "", line->have_uuid ? uuid : "");
	report_text(r, REPORT_JSON, "entry", NULL, "array");
	report_disk_text(r, REPORT_JSON, "file", NULL, line->where, strlen(line->where));
	report_number(r, REPORT_JSON, "line", NULL, line->line);
	if (line->name)
		report_disk_text(r, REPORT_JSON, "name", NULL, line->name, strlen(line->name));
	if (line->have_uuid)
		report_uuid(r, REPORT_JSON, "uuid", NULL, &line->uuid);
}

static void add_array(const struct known_array *a, struct report *r)
{
	if (a->path) {
		report_disk_text(r, REPORT_DATA, "path", "Array", a->path, strlen(a->path));
		report_text(r, REPORT_JSON, "kernel_name", NULL, "%s", a->devnm);
	}
	for (size_t i = 0; i < a->n; i++)
		report_disk_text(r, REPORT_DATA, "device", "Member", a->member[i]->path,
				 strlen(a->member[i]->path));
}

/* An array, for a sentence.  The caller frees. */
static char *called(const struct known_array *a)
{
	const char *path = a->path ? a->path : a->member[0]->path;
	char shown[400];

	printable(shown, sizeof(shown), path, strlen(path));
	return xasprintf(a->path ? "%s" : "that of %s", shown);
}

/* Nothing is found: perhaps because the line says too much. */
static void add_nothing(struct check *k, const struct config_array *line, struct report *r)
{
	for (size_t i = 0; i < k->s->n_array; i++) {
		const struct known_array *a = &k->s->array[i];
		const char *key = config_disagreement(k->s, line, a);
		autofree char *name = key ? called(a) : NULL, *text = NULL;

		if (!key)
			continue;
		text = xasprintf("the UUID is that of %s, but %s does not agree", name, key);
		problem(k, r, text);
		return;
	}
	if (k->s->unread) {
		const char *path = k->s->unread->path;
		autofree char *text = NULL;
		char shown[400];

		text = xasprintf("no array that runs, and no device that could be read, is meant by "
				 "this line; %s could not be read",
				 printable(shown, sizeof(shown), path, strlen(path)));
		problem(k, r, text);
		return;
	}
	problem(k, r, "no array that runs, and no device, is meant by this line");
}

static void add_several(struct check *k, const struct line_verdict *v, struct report *r)
{
	autofree char *one = called(&k->s->array[v->array[0]]);
	autofree char *two = called(&k->s->array[v->array[1]]);
	autofree char *text = xasprintf("it means more than one array: %s and %s", one, two);

	problem(k, r, text);
}

static void add_other_line(struct check *k, const char *what, size_t other, const char *then,
			   struct report *r)
{
	autofree char *at = place(&k->s->conf.array[other]);
	autofree char *text = xasprintf("%s %s%s", what, at, then);

	problem(k, r, text);
}

static void add_names(struct check *k, const struct config_array *line,
		      const struct line_verdict *v, struct report *r)
{
	struct md_name name;
	struct err err;

	if (v->same_name != SIZE_MAX) {
		bool alike = strcmp(line->name, k->s->conf.array[v->same_name].name) == 0;

		add_other_line(k, "the name is also that of", v->same_name,
			       alike ? ": --assemble --scan starts nothing by such a file" : "", r);
	}
	if (!line->name || line->ignore || devnode_parse_name(line->name, &name, &err) == 0)
		return;
	for (char *p = err.text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	problem(k, r, err.text);
}

static void check_line(struct check *k, size_t i)
{
	const struct config_array *line = &k->s->conf.array[i];
	const struct line_verdict *v = &k->s->line[i];
	struct report r = { 0 };

	add_head(line, &r);
	report_text(&r, REPORT_DATA, "match", "Matches", "%s", match_word[v->match]);
	if (v->array[0] != SIZE_MAX && v->match != LINE_SEVERAL)
		add_array(&k->s->array[v->array[0]], &r);
	if (v->match == LINE_NOTHING)
		add_nothing(k, line, &r);
	if (v->match == LINE_SEVERAL)
		add_several(k, v, &r);
	if (v->same_array != SIZE_MAX)
		add_other_line(k, "the same array is meant by", v->same_array,
			       ": --incremental cannot decide which to use", &r);
	add_names(k, line, v, &r);
	show(k, &r);
}

/* An array that runs without a line is no fault; --config-sync writes one. */
static void show_unlisted(struct check *k, const struct known_array *a)
{
	struct report r = { 0 };
	char uuid[UUID_TEXT];

	uuid_format(&a->freshest->array.uuid, ':', uuid);
	report_line(&r, "No line means the array UUID=%s", uuid);
	report_text(&r, REPORT_JSON, "entry", NULL, "unlisted");
	report_uuid(&r, REPORT_JSON, "uuid", NULL, &a->freshest->array.uuid);
	report_text(&r, REPORT_DATA, "match", "Matches", "%s",
		    match_word[a->active ? LINE_RUNNING : LINE_INACTIVE]);
	add_array(a, &r);
	show(k, &r);
}

static int check(struct check *k)
{
	struct err err;

	if (config_survey(k->s, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	config_judge(k->s);
	for (size_t i = 0; i < k->s->conf.n_array; i++)
		check_line(k, i);
	for (size_t i = 0; i < k->s->n_array; i++)
		if (k->s->array[i].devnm[0] && !k->s->array[i].n_line)
			show_unlisted(k, &k->s->array[i]);
	if (!k->shown && !k->json)
		puts("There are no ARRAY lines, no arrays, and nothing to complain of.");
	return k->problems ? STATUS_FAILED : STATUS_OK;
}

int Config_check(const struct request *r, struct json *json)
{
	struct config_survey s cleanup(config_survey_free) = { .all = NULL };
	struct check k = { .s = &s, .json = json };
	int status;

	config_init(&s.conf);
	s.conf.remarks = true;
	if (json)
		report_json_begin(json, OBJECT_CONFIG_CHECK);
	config_load(&s.conf, r->config_file, complain, &k);
	config_homehost(&s.conf, r->homehost, s.homehost, sizeof(s.homehost));
	status = check(&k);
	if (json)
		report_json_end(json);
	return status;
}
