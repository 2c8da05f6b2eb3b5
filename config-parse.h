/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config-parse.h - what the files that read mdadm.conf share: one entry, as words.  Nobody else
 * includes this.
 */
#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include "config.h"

struct word {
	char *text;
	unsigned int line;
};

struct parser {
	struct config *conf;
	const char *p, *end;
	unsigned int line;
	struct word *word;       /* the entry that is being read; word[0] is its keyword */
	size_t n, cap;
	char *room, *free;       /* for the texts of its words; and what is left of that */
	const char *where;       /* owned by conf */
	config_complain *complain;
	void *arg;
};

/* Says what is wrong with a word, and where the word stands. */
void config_wrong(struct parser *ps, const struct word *w, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what 4.2 takes in silence, and nothing hangs on: only said when conf->remarks. */
void config_remark(struct parser *ps, const struct word *w, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The text after "key=" when the word has that key (in any case), else NULL. */
const char *config_value(const char *word, const char *key);
/* text becomes the value of *field, unless there is one: of several the first counts. */
void config_first(char **field, const char *text);
void config_pairs_add(struct config_pairs *l, const char *key, size_t key_len, const char *value);
void config_pairs_free(struct config_pairs *l);

/* Is it a word for --metadata, metadata= and the like? */
bool config_metadata_ok(const char *word);
/* "/dev/md/NAME", "/dev/mdN", "/dev/md_dN": where a node of an array can be. */
bool config_md_path(const char *path);

/* One entry each: ps->word[1] and so on are its words. */
void config_do_array(struct parser *ps);         /* config-array.c */
void config_array_free(struct config_array *a);
void config_do_auto(struct parser *ps);          /* config-policy.c */
void config_do_policy(struct parser *ps);
void config_do_part_policy(struct parser *ps);
void config_do_sysfs(struct parser *ps);

#endif
