// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * policy.c - what the POLICY, PART-POLICY and AUTO lines say of a device.  Pure.  Uses config.
 */
#include <fnmatch.h>
#include <string.h>

#include "policy.h"
#include "util.h"

void policy_disk_free(struct policy_disk *d)
{
	config_list_free(&d->path);
}

void policy_domains_free(struct config_list *l)
{
	config_list_free(l);
}

/* --- which lines speak of the device --- */

/* Where "-partN" begins at the end of a name by path; its length when it is none. */
static size_t part_suffix(const char *name)
{
	size_t len = strlen(name), at = len;

	while (at && name[at - 1] >= '0' && name[at - 1] <= '9')
		at--;
	return at < len && at >= 5 && strncmp(name + at - 5, "-part", 5) == 0 ? at - 5 : len;
}

/* The name of the device that the glob matches, or NULL.  PART-POLICY speaks of the disk. */
static const char *path_matches(const char *glob, const struct policy_disk *d, bool part)
{
	for (size_t i = 0; i < d->path.n; i++) {
		const char *name = d->path.text[i];
		autofree char *disk = xasprintf("%.*s", (int)part_suffix(name), name);

		if (part && !name[strlen(disk)])
			continue;
		if (fnmatch(glob, part ? disk : name, 0) == 0)
			return name;
	}
	return NULL;
}

/* Is a word of this key there, and do some of them hold? */
struct asked {
	bool any, holds;
};

struct applies {
	bool yes;
	const char *suffix;      /* of PART-POLICY: "-part1", for the domains */
};

static bool type_matches(const char *type, const struct policy_disk *d, bool part)
{
	return strcmp(type, d->part && !part ? "part" : "disk") == 0;
}

static bool format_matches(const char *word, const char *format)
{
	int wanted = config_policy_format(word);

	if (wanted == CONFIG_NO_FORMAT)
		return false;
	return !format || wanted == config_format(format);
}

/* The suffix of the first name by path, for a PART-POLICY without path=. */
static const char *first_suffix(const struct policy_disk *d)
{
	return d->path.n ? d->path.text[0] + part_suffix(d->path.text[0]) : "";
}

static struct applies rule_applies(const struct config_rule *r, const struct policy_disk *d,
				   const char *format)
{
	struct asked path = { false, false }, type = path, metadata = path;
	struct applies a = { false, "" };

	if (r->part && !d->part)
		return a;
	a.suffix = r->part ? first_suffix(d) : "";
	for (size_t i = 0; i < r->pairs.n; i++) {
		const char *key = r->pairs.pair[i].key, *v = r->pairs.pair[i].value, *name;

		if (strcmp(key, "path") == 0) {
			path.any = true;
			name = path.holds ? NULL : path_matches(v, d, r->part);
			path.holds |= name != NULL;
			if (name && r->part)
				a.suffix = name + part_suffix(name);
		} else if (strcmp(key, "type") == 0) {
			type.any = true;
			type.holds |= type_matches(v, d, r->part);
		} else if (strcmp(key, "metadata") == 0) {
			/* of several the first counts */
			metadata.holds = metadata.any ? metadata.holds
						      : format_matches(v, format);
			metadata.any = true;
		}
	}
	a.yes = (!path.any || path.holds) && (!type.any || type.holds) &&
		(!metadata.any || metadata.holds);
	return a;
}

/* Calls fn for each value of the key that holds for the device. */
typedef void value_fn(void *arg, const struct config_rule *r, const char *value,
		      const char *suffix);

static void each_value(const struct config *c, const struct policy_disk *d, const char *format,
		       const char *key, value_fn *fn, void *arg)
{
	for (size_t i = 0; i < c->n_rule; i++) {
		const struct config_rule *r = &c->rule[i];
		struct applies a = rule_applies(r, d, format);

		for (size_t k = 0; a.yes && k < r->pairs.n; k++)
			if (strcmp(r->pairs.pair[k].key, key) == 0)
				fn(arg, r, r->pairs.pair[k].value, a.suffix);
	}
}

/* --- actions --- */

enum policy_action policy_action_parse(const char *word)
{
	static const char *const words[] = {
		[POLICY_INCLUDE] = "include", [POLICY_RE_ADD] = "re-add", [POLICY_SPARE] = "spare",
		[POLICY_SPARE_SAME_SLOT] = "spare-same-slot",
		[POLICY_FORCE_SPARE] = "force-spare",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0)
			return (enum policy_action)i;
	return POLICY_UNKNOWN;
}

static void highest_action(void *arg, const struct config_rule *r, const char *value,
			   const char *suffix)
{
	enum policy_action *highest = arg, action = policy_action_parse(value);

	(void)r;
	(void)suffix;
	*highest = MAX(*highest, action);
}

enum policy_action policy_action(const struct config *c, const struct policy_disk *d,
				 const char *format)
{
	enum policy_action highest = POLICY_INCLUDE;

	each_value(c, d, format, "action", highest_action, &highest);
	return highest;
}

bool policy_allows(enum policy_action have, enum policy_action wanted)
{
	return have != POLICY_UNKNOWN && have >= wanted;
}

/* --- domains --- */

static size_t domain_place(const struct config_list *l, const char *domain, bool *there)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(l->text[mid], domain) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*there = low < l->n && strcmp(l->text[low], domain) == 0;
	return low;
}

void policy_domain_add(struct config_list *into, const char *domain)
{
	bool there;
	size_t at = domain_place(into, domain, &there);
	char *text;

	if (there)
		return;
	config_list_add(into, domain, strlen(domain));
	text = into->text[into->n - 1];
	memmove(&into->text[at + 1], &into->text[at], (into->n - 1 - at) * sizeof(text));
	into->text[at] = text;
}

static void add_domain(void *arg, const struct config_rule *r, const char *value,
		       const char *suffix)
{
	autofree char *domain = r->part ? xasprintf("%s%s", value, suffix) : xstrdup(value);

	policy_domain_add(arg, domain);
}

void policy_domains(const struct config *c, const struct policy_disk *d, const char *format,
		    struct config_list *out)
{
	*out = (struct config_list){ 0 };
	each_value(c, d, format, "domain", add_domain, out);
}

void policy_domains_merge(struct config_list *into, const struct config_list *from)
{
	for (size_t i = 0; i < from->n; i++)
		policy_domain_add(into, from->text[i]);
}

enum policy_fit policy_domains_fit(const struct config_list *device,
				   const struct config_list *array)
{
	bool there;

	if (!device->n)
		return POLICY_NO_DOMAIN;
	for (size_t i = 0; i < device->n; i++) {
		domain_place(array, device->text[i], &there);
		if (!there)
			return POLICY_OTHER_DOMAIN;
	}
	return POLICY_FITS;
}

/* --- auto --- */

static void add_auto(void *arg, const struct config_rule *r, const char *value, const char *suffix)
{
	unsigned int *said = arg;

	(void)suffix;
	if (r->part)
		return;
	if (strcmp(value, "yes") == 0)
		*said |= CONFIG_AUTO_YES;
	else if (strcmp(value, "no") == 0)
		*said |= CONFIG_AUTO_NO;
	else if (strcmp(value, "homehost") == 0)
		*said |= CONFIG_AUTO_HOMEHOST;
}

bool policy_auto_allows(const struct config *c, const struct policy_disk *d, const char *format,
			bool local)
{
	int known = config_format(format);
	unsigned int said = 0;

	if (known != CONFIG_NO_FORMAT)
		said = c->auto_said[known] ? c->auto_said[known] : CONFIG_AUTO_YES;
	if (d)
		each_value(c, d, format, "auto", add_auto, &said);
	if (said & CONFIG_AUTO_YES || (said & CONFIG_AUTO_HOMEHOST && local))
		return true;
	return !(said & CONFIG_AUTO_NO);
}
