// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config.c - mdadm.conf: words, lines, and the entries that are a line of code or two; the larger
 * ones are in config-array.c and config-policy.c.  Pure, but for the names of users and groups:
 * those it looks up.  Uses the base.
 *
 * Grammar: a line that starts in column 0 starts an entry, a line that starts with a blank
 * continues it, whatever comments and empty lines are between.  '#' starts a comment where a
 * word could start.  Quotes may open and close inside a word; the end of the line ends both.
 */
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "config-parse.h"
#include "util.h"

void config_init(struct config *c)
{
	*c = (struct config){ .require_homehost = true, .mode = 0600, .bbl = true };
}

void config_list_add(struct config_list *l, const char *text, size_t len)
{
	char *copy = xcalloc(len + 1, 1);

	memcpy(copy, text, len);
	l->text = xgrow(l->text, &l->cap, l->n, sizeof(*l->text));
	l->text[l->n++] = copy;
}

void config_list_free(struct config_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->text[i]);
	free(l->text);
	*l = (struct config_list){ 0 };
}

void config_pairs_add(struct config_pairs *l, const char *key, size_t key_len, const char *value)
{
	l->pair = xgrow(l->pair, &l->cap, l->n, sizeof(*l->pair));
	l->pair[l->n++] = (struct config_pair){
		.key = xasprintf("%.*s", (int)key_len, key),
		.value = xstrdup(value),
	};
}

void config_pairs_free(struct config_pairs *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->pair[i].key);
		free(l->pair[i].value);
	}
	free(l->pair);
	*l = (struct config_pairs){ 0 };
}

static void free_texts(char **text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(text[i]);
	free(text);
}

void config_free(struct config *c)
{
	for (size_t i = 0; i < c->n_array; i++)
		config_array_free(&c->array[i]);
	for (size_t i = 0; i < c->n_rule; i++)
		config_pairs_free(&c->rule[i].pairs);
	for (size_t i = 0; i < c->n_sysfs; i++) {
		config_pairs_free(&c->sysfs[i].attr);
		free(c->sysfs[i].name);
	}
	free_texts(c->device, c->n_device);
	free_texts(c->file, c->n_file);
	free(c->array);
	free(c->rule);
	free(c->sysfs);
	free(c->homehost);
	free(c->homecluster);
	free(c->metadata);
	free(c->mailaddr);
	free(c->mailfrom);
	free(c->program);
	config_init(c);
}

__attribute__((format(printf, 3, 0)))
static void say_of_word(struct parser *ps, const struct word *w, const char *fmt, va_list ap)
{
	char raw[300], shown[4 * sizeof(raw)], where[200];
	autofree char *line = NULL;

	vsnprintf(raw, sizeof(raw), fmt, ap);
	printable(shown, sizeof(shown), raw, strlen(raw));
	printable(where, sizeof(where), ps->where, strlen(ps->where));
	line = xasprintf("%s (%s, line %u)", shown, where, w->line);
	ps->conf->complaint_where = ps->where;
	ps->conf->complaint_line = w->line;
	ps->complain(ps->arg, line);
	ps->conf->complaint_where = NULL;
}

void config_wrong(struct parser *ps, const struct word *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_of_word(ps, w, fmt, ap);
	va_end(ap);
}

void config_remark(struct parser *ps, const struct word *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (ps->conf->remarks)
		say_of_word(ps, w, fmt, ap);
	va_end(ap);
}

const char *config_value(const char *word, const char *key)
{
	size_t n;

	/* all keys begin with a letter; asked for each key that there is */
	if ((word[0] | 0x20) != (key[0] | 0x20))
		return NULL;
	n = strlen(key);
	return strncasecmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

void config_first(char **field, const char *text)
{
	if (!*field)
		*field = xstrdup(text);
}

/* --- entries --- */

static void add_device(struct config *c, const char *word)
{
	c->device = xgrow(c->device, &c->cap_device, c->n_device, sizeof(*c->device));
	c->device[c->n_device++] = xstrdup(word);
}

static void do_device(struct parser *ps)
{
	for (size_t i = 1; i < ps->n; i++) {
		const char *w = ps->word[i].text;

		if (w[0] == '/' || !strcasecmp(w, "partitions") || !strcasecmp(w, "containers"))
			add_device(ps->conf, w);
		else
			config_wrong(ps, &ps->word[i], "unreconised word on DEVICE line: %s", w);
	}
}

/* Only local users and groups: early in the boot there are no others to ask for. */
static bool find_user(const char *name, uid_t *out)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw = NULL;

	while (f && (pw = fgetpwent(f)) && strcmp(pw->pw_name, name) != 0)
		;
	if (pw)
		*out = pw->pw_uid;
	if (f)
		fclose(f);
	return pw != NULL;
}

static bool find_group(const char *name, gid_t *out)
{
	FILE *f = fopen("/etc/group", "re");
	const struct group *gr = NULL;

	while (f && (gr = fgetgrent(f)) && strcmp(gr->gr_name, name) != 0)
		;
	if (gr)
		*out = gr->gr_gid;
	if (f)
		fclose(f);
	return gr != NULL;
}

static void create_owner(struct parser *ps, const struct word *w, const char *v)
{
	uint64_t id;

	if (!*v)
		config_wrong(ps, w, "missing owner name");
	else if (parse_u64(v, UINT32_MAX - 1, &id) == 0)
		ps->conf->owner = (uid_t)id;
	else if (!find_user(v, &ps->conf->owner))
		config_wrong(ps, w, "CREATE user %s not found", v);
}

static void create_group(struct parser *ps, const struct word *w, const char *v)
{
	uint64_t id;

	if (!*v)
		config_wrong(ps, w, "missing group name");
	else if (parse_u64(v, UINT32_MAX - 1, &id) == 0)
		ps->conf->group = (gid_t)id;
	else if (!find_group(v, &ps->conf->group))
		config_wrong(ps, w, "CREATE group %s not found", v);
}

static void create_mode(struct parser *ps, const struct word *w, const char *v)
{
	char *end;
	unsigned long mode = strtoul(v, &end, 8);

	if (!*v) {
		config_wrong(ps, w, "missing CREATE mode");
		return;
	}
	ps->conf->mode = 0600;
	if (*v < '0' || *v > '7' || *end || mode > 07777)
		config_wrong(ps, w, "unrecognised CREATE mode %s", v);
	else
		ps->conf->mode = (mode_t)mode;
}

static void create_metadata(struct parser *ps, const struct word *w, const char *v)
{
	if (ps->conf->metadata)
		config_remark(ps, w, "CREATE metadata is given already, %s ignored", w->text);
	else if (!config_metadata_ok(v))
		config_wrong(ps, w, "metadata format %s unknown, ignoring", v);
	else
		ps->conf->metadata = xstrdup(v);
}

static bool yes_or_no(const char *v, bool *out)
{
	if (strcasecmp(v, "yes") != 0 && strcasecmp(v, "no") != 0)
		return false;
	*out = strcasecmp(v, "yes") == 0;
	return true;
}

static void create_word(struct parser *ps, const struct word *w)
{
	struct config *c = ps->conf;
	const char *v;

	if ((v = config_value(w->text, "owner")))
		create_owner(ps, w, v);
	else if ((v = config_value(w->text, "group")))
		create_group(ps, w, v);
	else if ((v = config_value(w->text, "mode")))
		create_mode(ps, w, v);
	else if ((v = config_value(w->text, "metadata")))
		create_metadata(ps, w, v);
	else if (config_value(w->text, "auto") || config_value(w->text, "symlinks"))
		return;          /* of old times: device nodes have one style today */
	else if (!((v = config_value(w->text, "names")) && yes_or_no(v, &c->names)) &&
		 !((v = config_value(w->text, "bbl")) && yes_or_no(v, &c->bbl)))
		config_wrong(ps, w, "unrecognised word on CREATE line: %s", w->text);
}

static void do_create(struct parser *ps)
{
	for (size_t i = 1; i < ps->n; i++)
		create_word(ps, &ps->word[i]);
}

/* Entries of one word: more of them, and more words on the line, are told and not used. */
static void take_one(struct parser *ps, char **field, const char *keyword)
{
	for (size_t i = 1; i < ps->n; i++) {
		if (*field)
			config_remark(ps, &ps->word[i], "excess word on %s line: %s - ignored",
				      keyword, ps->word[i].text);
		config_first(field, ps->word[i].text);
	}
}

static void do_mailaddr(struct parser *ps)
{
	take_one(ps, &ps->conf->mailaddr, "MAILADDR");
}

static void do_homecluster(struct parser *ps)
{
	take_one(ps, &ps->conf->homecluster, "HOMECLUSTER");
}

/* <ignore> only relaxes; of the others the first counts. */
static void do_homehost(struct parser *ps)
{
	struct config *c = ps->conf;

	for (size_t i = 1; i < ps->n; i++) {
		const struct word *w = &ps->word[i];

		if (strcasecmp(w->text, "<ignore>") == 0)
			c->require_homehost = false;
		else if (c->homehost)
			config_remark(ps, w, "excess word on HOMEHOST line: %s - ignored", w->text);
		else
			c->homehost = xstrdup(w->text);
	}
}

static void do_program(struct parser *ps)
{
	take_one(ps, &ps->conf->program, "PROGRAM");
}

/* All words, as in: Name of Host <root@host> */
static void do_mailfrom(struct parser *ps)
{
	char *before = ps->conf->mailfrom, *all, *to;
	size_t bytes = before ? strlen(before) + 1 : 0;

	if (ps->n < 2)
		return;
	for (size_t i = 1; i < ps->n; i++)
		bytes += strlen(ps->word[i].text) + 1;
	all = to = xcalloc(1, bytes + 1);
	if (before)
		to = stpcpy(stpcpy(to, before), " ");
	for (size_t i = 1; i < ps->n; i++)
		to = stpcpy(stpcpy(to, ps->word[i].text), i + 1 < ps->n ? " " : "");
	free(before);
	ps->conf->mailfrom = all;
}

static void do_monitordelay(struct parser *ps)
{
	struct config *c = ps->conf;
	uint64_t seconds;

	for (size_t i = 1; i < ps->n; i++) {
		if (parse_u64(ps->word[i].text, INT32_MAX, &seconds) || !seconds) {
			config_wrong(ps, &ps->word[i], "MONITORDELAY is no number of seconds: %s",
				     ps->word[i].text);
		} else if (!c->have_monitor_delay) {
			c->have_monitor_delay = true;
			c->monitor_delay_s = (unsigned int)seconds;
		}
	}
}

/* Entries of switches that one word each turns on. */
static void take_switch(struct parser *ps, const char *keyword, const char *word, bool *on)
{
	for (size_t i = 1; i < ps->n; i++) {
		if (strcasecmp(ps->word[i].text, word) == 0)
			*on = true;
		else
			config_wrong(ps, &ps->word[i], "unrecognised word on %s line: %s", keyword,
				     ps->word[i].text);
	}
}

static void do_encryption_no_verify(struct parser *ps)
{
	take_switch(ps, "ENCRYPTION_NO_VERIFY", "sata_opal", &ps->conf->opal_no_verify);
}

static void do_probing(struct parser *ps)
{
	take_switch(ps, "PROBING", "ddf_extended", &ps->conf->ddf_extended);
}

static void do_imsm_disable_orom(struct parser *ps)
{
	for (size_t i = 1; i < ps->n; i++) {
		const char *w = ps->word[i].text;

		if (strcmp(w, "0") != 0 && strcmp(w, "1") != 0)
			config_wrong(ps, &ps->word[i],
				     "unrecognised word on IMSM_DISABLE_OROM line: %s", w);
		else
			ps->conf->imsm_disable_orom = *w == '1';
	}
}

/* In the order in which a short form is resolved: "mai" is mailaddr. */
static const struct {
	const char *word;
	void (*run)(struct parser *ps);
} keyword[] = {
	{ "devices", do_device }, { "array", config_do_array }, { "mailaddr", do_mailaddr },
	{ "mailfrom", do_mailfrom }, { "program", do_program }, { "create", do_create },
	{ "homehost", do_homehost }, { "homecluster", do_homecluster },
	{ "auto", config_do_auto }, { "policy", config_do_policy },
	{ "part-policy", config_do_part_policy }, { "sysfs", config_do_sysfs },
	{ "monitordelay", do_monitordelay }, { "encryption_no_verify", do_encryption_no_verify },
	{ "probing", do_probing }, { "imsm_disable_orom", do_imsm_disable_orom },
};

/* --- lines and words --- */

static void run_entry(struct parser *ps)
{
	size_t i, n = strlen(ps->word[0].text);

	for (i = 0; i < ARRAY_SIZE(keyword); i++)
		if (n >= 3 && strncasecmp(ps->word[0].text, keyword[i].word, n) == 0)
			break;
	if (i == ARRAY_SIZE(keyword))
		config_wrong(ps, ps->word, "Unknown keyword %s", ps->word[0].text);
	else
		keyword[i].run(ps);
}

/* The entry is complete. */
static void end_entry(struct parser *ps)
{
	if (ps->n)
		run_entry(ps);
	ps->n = 0;
	ps->free = ps->room;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

/* Reads the word at ps->p, without its quotes. */
static void read_word(struct parser *ps)
{
	const char *p = ps->p;
	char quote = 0, *to = ps->free;

	for (;; p++) {
		/* mostly it is no quote, nor any other byte that means something here */
		while (p < ps->end && *p > '\'')
			*to++ = *p++;
		if (p == ps->end || *p == '\n' || (!quote && is_blank(*p)))
			break;
		if (*p == quote)
			quote = 0;
		else if (!quote && (*p == '"' || *p == '\''))
			quote = *p;
		else
			*to++ = *p;
	}
	*to++ = '\0';
	ps->word = xgrow(ps->word, &ps->cap, ps->n, sizeof(*ps->word));
	ps->word[ps->n++] = (struct word){ ps->free, ps->line };
	ps->free = to;
	ps->p = p;
}

/* One line: its words go to the entry before, or start one. */
static void read_line(struct parser *ps)
{
	bool column0 = ps->p < ps->end && !is_blank(*ps->p);

	while (ps->p < ps->end && *ps->p != '\n') {
		if (is_blank(*ps->p)) {
			ps->p++;
		} else if (*ps->p == '#') {
			while (ps->p < ps->end && *ps->p != '\n')
				ps->p++;
		} else {
			if (column0)
				end_entry(ps);
			column0 = false;
			read_word(ps);
		}
	}
	ps->line++;
	ps->p++;
}

/* The name of the file, which the entries point to. */
static const char *add_file(struct config *c, const char *where)
{
	c->file = xgrow(c->file, &c->cap_file, c->n_file, sizeof(*c->file));
	c->file[c->n_file] = xstrdup(where);
	return c->file[c->n_file++];
}

void config_parse(struct config *c, const char *text, size_t len, const char *where,
		  config_complain *say, void *arg)
{
	struct parser ps = { .conf = c, .p = text, .end = text + len, .line = 1,
			     .where = add_file(c, where), .complain = say, .arg = arg };

	/* between two words there is a byte more than the NUL of the first */
	ps.room = ps.free = xcalloc(1, len + 1);
	while (ps.p < ps.end)
		read_line(&ps);
	end_entry(&ps);
	free(ps.word);
	free(ps.room);
}
