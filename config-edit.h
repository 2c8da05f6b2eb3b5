/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config-edit.h - the text of mdadm.conf with some entries commented out and some lines added; every
 * other byte stays.  Pure.
 */
#ifndef CONFIG_EDIT_H
#define CONFIG_EDIT_H

#include <stdbool.h>
#include <stddef.h>

struct config_edit {
	bool add;                /* a line of its own behind `line`; else comment out */
	unsigned int line, last_line; /* from 1; of the entry, its first and its last */
	char *text;              /* to add; or, in front of what is commented out, the reason */
};

struct config_edits {
	struct config_edit *edit;
	size_t n, cap;
};

/* text is copied. */
void config_edit_comment(struct config_edits *l, unsigned int line, unsigned int last_line,
			 const char *reason);
void config_edit_add(struct config_edits *l, unsigned int behind, const char *text);
void config_edits_free(struct config_edits *l);  /* also for cleanup() */

/*
 * The new text, with its length; the caller frees.  What is commented out gets a '#' in front of
 * every line that has words, and the reason as a comment above.  Sorts the edits by line; of one line,
 * additions come last, in the order in which they were made.
 */
char *config_edit_apply(const char *text, size_t len, struct config_edits *l, size_t *out_len);

/* Has the line (n bytes, its end included or not) a word, so that it gets a '#'? */
bool config_line_has_words(const char *line, size_t n);
/* How many lines has the text? */
unsigned int config_count_lines(const char *text, size_t len);

#endif
