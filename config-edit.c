// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config-edit.c - changes to the text of mdadm.conf, line by line.  Pure.  Uses the base.
 */
#include <string.h>

#include "config-edit.h"
#include "util.h"

static void append(struct config_edits *l, const struct config_edit *e, const char *text)
{
	l->edit = xgrow(l->edit, &l->cap, l->n, sizeof(*l->edit));
	l->edit[l->n] = *e;
	l->edit[l->n++].text = xstrdup(text);
}

void config_edit_comment(struct config_edits *l, unsigned int line, unsigned int last_line,
			 const char *reason)
{
	append(l, &(struct config_edit){ false, line, last_line, NULL }, reason);
}

void config_edit_add(struct config_edits *l, unsigned int behind, const char *text)
{
	append(l, &(struct config_edit){ true, behind, behind, NULL }, text);
}

void config_edits_free(struct config_edits *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->edit[i].text);
	free(l->edit);
	*l = (struct config_edits){ 0 };
}

unsigned int config_count_lines(const char *text, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n + (len && text[len - 1] != '\n');
}

/* An addition stands behind the last line of the entry, so it comes after what changes that. */
static void sort(struct config_edits *l)
{
	for (size_t i = 1; i < l->n; i++) {
		struct config_edit e = l->edit[i];
		size_t k = i;

		for (; k && (e.last_line < l->edit[k - 1].last_line ||
			     (e.last_line == l->edit[k - 1].last_line && !e.add &&
			      l->edit[k - 1].add)); k--)
			l->edit[k] = l->edit[k - 1];
		l->edit[k] = e;
	}
}

bool config_line_has_words(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r' || line[i] == '\n' ||
			 line[i] == '\0'))
		i++;
	return i < n && line[i] != '#';
}

/* What is made of a text, line by line. */
struct editing {
	FILE *out;
	const struct config_edit *e, *end;   /* those still to come */
};

static void put_line(FILE *out, const char *text)
{
	fputs(text, out);
	fputc('\n', out);
}

/* What is to come behind the line; open: that had no end of its own. */
static void put_additions(struct editing *w, unsigned int line, bool open)
{
	for (; w->e < w->end && w->e->add && w->e->last_line <= line; w->e++) {
		if (open)
			fputc('\n', w->out);
		open = false;
		put_line(w->out, w->e->text);
	}
}

static void put_old_line(struct editing *w, unsigned int line, const char *p, size_t n)
{
	bool inside = w->e < w->end && !w->e->add && line >= w->e->line;

	if (inside && line == w->e->line)
		put_line(w->out, w->e->text);
	if (inside && config_line_has_words(p, n))
		fputc('#', w->out);
	fwrite(p, 1, n, w->out);
	if (inside && line == w->e->last_line)
		w->e++;
	put_additions(w, line, p[n - 1] != '\n');
}

char *config_edit_apply(const char *text, size_t len, struct config_edits *l, size_t *out_len)
{
	const char *p = text, *end = text + len;
	char *result = NULL;
	struct editing w = { .out = open_memstream(&result, out_len) };

	if (!w.out)
		return NULL;
	sort(l);
	w.e = l->edit;
	w.end = l->edit ? l->edit + l->n : NULL;
	put_additions(&w, 0, false);
	for (unsigned int line = 1; p < end; line++) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = eol ? (size_t)(eol - p) + 1 : (size_t)(end - p);

		put_old_line(&w, line, p, n);
		p += n;
	}
	if (fclose(w.out) == 0)
		return result;
	free(result);
	return NULL;
}
