// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config-policy.c - the AUTO, POLICY, PART-POLICY and SYSFS lines of mdadm.conf, as they are
 * kept; what the policies mean for a device is in policy.c.  Pure.  Uses the base.
 */
#include <string.h>
#include <strings.h>

#include "config-parse.h"
#include "util.h"

/* --- AUTO --- */

static void auto_say(struct config *c, int format, unsigned char what)
{
	if (!c->auto_said[format])
		c->auto_said[format] = what;
}

static unsigned char auto_no(const struct config *c)
{
	return c->auto_homehost ? CONFIG_AUTO_HOMEHOST : CONFIG_AUTO_NO;
}

static void auto_end(struct config *c, unsigned char what)
{
	for (int i = 0; i < CONFIG_FORMATS; i++)
		auto_say(c, i, what);
	c->auto_ended = true;
}

/* The names of formats, and no other word for them; "1.anything" is 1.x. */
static int auto_format(const char *word)
{
	if (strncmp(word, "1.", 2) == 0)
		return CONFIG_1_X;
	return strcmp(word, "0") == 0 ? CONFIG_0_90 : config_policy_format(word);
}

static void auto_word(struct parser *ps, const struct word *w)
{
	struct config *c = ps->conf;
	const char *text = w->text;
	int format;

	if (strcasecmp(text, "yes") == 0 || strcasecmp(text, "+all") == 0) {
		auto_end(c, CONFIG_AUTO_YES);
	} else if (strcasecmp(text, "no") == 0 || strcasecmp(text, "-all") == 0) {
		auto_end(c, auto_no(c));
	} else if (strcasecmp(text, "homehost") == 0) {
		c->auto_homehost = true;
	} else if (*text != '+' && *text != '-') {
		config_wrong(ps, w, "unrecognised word on AUTO line: %s", text);
	} else if ((format = auto_format(text + 1)) != CONFIG_NO_FORMAT) {
		auto_say(c, format, *text == '+' ? CONFIG_AUTO_YES : auto_no(c));
	} else {
		config_wrong(ps, w, "unknown metadata on AUTO line: %s", text);
	}
}

static void auto_words(struct parser *ps, size_t first)
{
	for (size_t i = first; i < ps->n && !ps->conf->auto_ended; i++)
		auto_word(ps, &ps->word[i]);
}

void config_do_auto(struct parser *ps)
{
	if (ps->conf->auto_line)
		config_remark(ps, ps->word, "only the first AUTO line counts, this one is ignored");
	else
		auto_words(ps, 1);
	ps->conf->auto_line = true;
}

void config_parse_auto(struct config *c, const char *words, config_complain *say, void *arg)
{
	struct parser ps = { .conf = c, .where = "MDADM_CONF_AUTO", .complain = say, .arg = arg };

	for (size_t n; *words; words += n) {
		words += strspn(words, " \t");
		n = strcspn(words, " \t");
		if (!n)
			break;
		ps.word = xgrow(ps.word, &ps.cap, ps.n, sizeof(*ps.word));
		ps.word[ps.n++] = (struct word){ xasprintf("%.*s", (int)n, words), 1 };
	}
	auto_words(&ps, 0);
	while (ps.n)
		free(ps.word[--ps.n].text);
	free(ps.word);
}

/* --- POLICY and PART-POLICY --- */

static bool rule_key(const char *word, size_t n)
{
	static const char *const key[] = { "path", "type", "metadata", "action", "domain", "auto" };

	for (size_t i = 0; i < ARRAY_SIZE(key); i++)
		if (strlen(key[i]) == n && strncmp(word, key[i], n) == 0)
			return true;
	return false;
}

int config_policy_format(const char *word)
{
	static const struct {
		const char *word;
		int format;
	} known[] = {
		{ "0.90", CONFIG_0_90 }, { "1.x", CONFIG_1_X }, { "1", CONFIG_1_X },
		{ "1.0", CONFIG_1_X }, { "1.1", CONFIG_1_X }, { "1.2", CONFIG_1_X },
		{ "ddf", CONFIG_DDF }, { "imsm", CONFIG_IMSM }, { "mbr", CONFIG_MBR },
		{ "gpt", CONFIG_GPT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(word, known[i].word) == 0)
			return known[i].format;
	return CONFIG_NO_FORMAT;
}

/* The words that a key can have; what is another matches nothing, or allows nothing. */
static bool rule_word_known(const char *key, const char *value)
{
	static const struct {
		const char *key, *words[6];
	} known[] = {
		{ "type", { "disk", "part" } }, { "auto", { "yes", "no", "homehost" } },
		{ "action", { "include", "re-add", "spare", "spare-same-slot", "force-spare" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(key, known[i].key) != 0)
			continue;
		for (size_t k = 0; known[i].words[k]; k++)
			if (strcmp(value, known[i].words[k]) == 0)
				return true;
		return false;
	}
	return true;
}

static void rule_word(struct parser *ps, const struct word *w, struct config_rule *r)
{
	size_t n = strcspn(w->text, "=");
	const struct config_pair *pair;

	if (!w->text[n] || !rule_key(w->text, n)) {
		config_wrong(ps, w, "policy rule %s unrecognised and ignored", w->text);
		return;
	}
	config_pairs_add(&r->pairs, w->text, n, w->text + n + 1);
	pair = &r->pairs.pair[r->pairs.n - 1];
	if (strcmp(pair->key, "metadata") == 0 &&
	    config_policy_format(pair->value) == CONFIG_NO_FORMAT)
		config_wrong(ps, w, "%s unrecognised - ignoring rule", w->text);
	else if (!rule_word_known(pair->key, pair->value))
		config_remark(ps, w, "unknown word: %s allows nothing", w->text);
}

static void add_rule(struct parser *ps, bool part)
{
	struct config *c = ps->conf;
	struct config_rule r = { .part = part, .where = ps->where, .line = ps->word[0].line };

	for (size_t i = 1; i < ps->n; i++)
		rule_word(ps, &ps->word[i], &r);
	c->rule = xgrow(c->rule, &c->cap_rule, c->n_rule, sizeof(r));
	c->rule[c->n_rule++] = r;
}

void config_do_policy(struct parser *ps)
{
	add_rule(ps, false);
}

void config_do_part_policy(struct parser *ps)
{
	add_rule(ps, true);
}

/* --- SYSFS --- */

static void sysfs_name(struct parser *ps, const struct word *w, const char *v,
		       struct config_sysfs *s)
{
	if (!config_md_path(v) || strlen(v) <= strlen("/dev/md"))
		config_wrong(ps, w, "%s is an invalid name for an md device - ignored.", v);
	else if (s->name)
		config_wrong(ps, w, "Only give one device per SYSFS line: %s", v);
	else
		s->name = xstrdup(v);
}

static void sysfs_uuid(struct parser *ps, const struct word *w, const char *v,
		       struct config_sysfs *s)
{
	if (s->have_uuid)
		config_wrong(ps, w, "Only give one uuid per SYSFS line: %s", v);
	else if (uuid_parse(v, &s->uuid))
		config_wrong(ps, w, "Invalid uuid: %s", v);
	else
		s->have_uuid = true;
}

static void sysfs_attr(struct parser *ps, const struct word *w, struct config_sysfs *s)
{
	size_t n = strcspn(w->text, "=");
	autofree char *attr = xasprintf("%.*s", (int)n, w->text);

	if (!n || !w->text[n] || !w->text[n + 1])
		config_wrong(ps, w, "Cannot parse \"%s\" - ignoring.", w->text);
	else if (!config_attr_ok(attr))
		config_wrong(ps, w, "no attribute of an array: %s - ignoring.", w->text);
	else
		config_pairs_add(&s->attr, w->text, n, w->text + n + 1);
}

static void sysfs_word(struct parser *ps, const struct word *w, struct config_sysfs *s)
{
	const char *v;

	if ((v = config_value(w->text, "name")))
		sysfs_name(ps, w, v, s);
	else if ((v = config_value(w->text, "uuid")))
		sysfs_uuid(ps, w, v, s);
	else
		sysfs_attr(ps, w, s);
}

void config_do_sysfs(struct parser *ps)
{
	struct config *c = ps->conf;
	struct config_sysfs s = { .where = ps->where, .line = ps->word[0].line };

	for (size_t i = 1; i < ps->n; i++)
		sysfs_word(ps, &ps->word[i], &s);
	if (!s.name && !s.have_uuid) {
		config_wrong(ps, ps->word,
			     "Device name not found in sysfs config entry - ignoring.");
		config_pairs_free(&s.attr);
		return;
	}
	c->sysfs = xgrow(c->sysfs, &c->cap_sysfs, c->n_sysfs, sizeof(s));
	c->sysfs[c->n_sysfs++] = s;
}
