// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-file.c - the steps that change a file of the administrator.  Part of plan.c; alone calls
 * the writing functions of textfile.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "plan-step.h"
#include "textfile.h"
#include "util.h"

static void add_line_step(struct plan *p, const struct step_kind *kind, const char *file,
			  unsigned int line, const char *text)
{
	struct step *s = step_append(p, kind, file, NULL);

	s->line = line;
	s->hint = xstrdup(text);
}

void plan_comment_out_line(struct plan *p, const char *file, unsigned int line, const char *text)
{
	add_line_step(p, &kind_comment_out_line, file, line, text);
}

void plan_add_line(struct plan *p, const char *file, unsigned int behind, const char *text)
{
	add_line_step(p, &kind_add_line, file, behind, text);
}

void plan_replace_file(struct plan *p, struct textfile *f, const char *text, size_t len)
{
	struct step *s = step_append(p, &kind_replace_file, f->path, NULL);

	s->file = f;
	s->len = len;
	s->bytes = xcalloc(len + 1, 1);
	memcpy(s->bytes, text, len);
}

void plan_make_directory(struct plan *p, const char *path)
{
	step_append(p, &kind_make_directory, path, NULL);
}

static int run_make_directory(struct plan *p, struct step *s, struct err *err)
{
	char *parent autofree = xstrdup(s->path);

	(void)p;
	*strrchr(parent, '/') = '\0';
	if ((mkdir(parent, 0755) < 0 && errno != EEXIST) || (mkdir(s->path, 0700) < 0 && errno != EEXIST))
		return err_set(err, -errno, "cannot make the directory %s: %s", s->path,
			       error_text(errno));
	return 0;
}

/* Done by the step that replaces the file. */
static int run_line(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	(void)s;
	(void)err;
	return 0;
}

static int run_replace_file(struct plan *p, struct step *s, struct err *err)
{
	int rc;

	(void)p;
	s->saved = s->file->exists;
	rc = textfile_replace(s->file, (const char *)s->bytes, s->len, err);
	s->written = !rc;
	return rc;
}

static int undo_replace_file(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	if (!s->written)
		return 0;
	return s->saved ? textfile_replace(s->file, s->file->text, s->file->len, err)
			: textfile_remove(s->file, err);
}

const struct step_kind kind_comment_out_line = {
	.name = "comment-out-line", .run = run_line, .tell = tell_line,
};
const struct step_kind kind_add_line = {
	.name = "add-line", .run = run_line, .tell = tell_line,
};
const struct step_kind kind_make_directory = {
	.name = "make-directory", .run = run_make_directory, .tell = tell_directory,
};
const struct step_kind kind_replace_file = {
	.name = "replace-file", .run = run_replace_file, .undo = undo_replace_file,
	.tell = tell_replace_file,
};
