// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * naming.c - see naming.h.  Pure.
 */
#include <errno.h>
#include <string.h>

#include "naming.h"
#include "util.h"

#define NUMBER_MAX ((1u << 20) - 1)

const char *name_rule_word(enum name_rule rule)
{
	static const char *const word[NAME_RULES] = {
		[NAME_COMMAND_LINE] = "command-line", [NAME_ARRAY_LINE] = "array-line",
		[NAME_LOCAL] = "local", [NAME_PREFERRED_MINOR] = "preferred-minor",
		[NAME_FOREIGN] = "foreign", [NAME_FOREIGN_SUFFIX] = "foreign-suffix",
		[NAME_CLASH] = "clash", [NAME_NUMBER] = "number",
	};

	return word[rule];
}

const char *name_trust_word(enum name_trust trust)
{
	static const char *const word[] = {
		[TRUST_FOREIGN] = "foreign", [TRUST_HOME] = "home", [TRUST_ANY] = "any",
		[TRUST_LISTED] = "listed", [TRUST_NOT_REQUIRED] = "not-required",
	};

	return word[trust];
}

enum name_trust naming_trust(const struct super *s, const char *homehost, bool listed,
			     bool not_required)
{
	if (s->fmt->is_local(s, homehost))
		return TRUST_HOME;
	if (s->fmt->is_local(s, "any"))
		return TRUST_ANY;
	if (listed)
		return TRUST_LISTED;
	return not_required ? TRUST_NOT_REQUIRED : TRUST_FOREIGN;
}

/* --- what is in use --- */

void names_add(struct names_used *u, const char *devnm, const char *path)
{
	struct name_used *name;

	u->name = xgrow(u->name, &u->cap, u->n, sizeof(*u->name));
	name = &u->name[u->n++];
	copy_text(name->devnm, sizeof(name->devnm), devnm);
	copy_text(name->path, sizeof(name->path), path);
}

/* What the map says of an array that is gone does not count. */
void names_load(struct names_used *u, const struct map *map, const struct mdstat *running)
{
	for (size_t i = 0; i < running->n; i++) {
		const struct map_entry *e = map_by_devnm(map, running->entry[i].devnm);

		names_add(u, running->entry[i].devnm, e ? e->path : "");
	}
}

void names_free(struct names_used *u)
{
	free(u->name);
	*u = (struct names_used){ 0 };
}

const struct name_used *names_by_devnm(const struct names_used *u, const char *devnm)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->name[i].devnm, devnm) == 0)
			return &u->name[i];
	return NULL;
}

const struct name_used *names_by_path(const struct names_used *u, const char *path)
{
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->name[i].path, path) == 0 ||
		    (strncmp(path, "/dev/", 5) == 0 && strcmp(u->name[i].devnm, path + 5) == 0))
			return &u->name[i];
	return NULL;
}

/* --- choosing --- */

bool naming_number(const char *name, unsigned *number)
{
	static const char *const prefix[] = { "/dev/md/", "/dev/", "md" };
	uint64_t v;

	for (size_t i = 0; i < ARRAY_SIZE(prefix); i++) {
		size_t n = strlen(prefix[i]);

		if (!strncmp(name, prefix[i], n))
			name += n;
	}
	if (parse_u64(name, NUMBER_MAX, &v))
		return false;
	*number = (unsigned)v;
	return true;
}

/* The number that the superblock prefers. */
static bool preferred_number(const struct name_request *q, unsigned *number)
{
	if (q->md_minor < 0)
		return naming_number(super_bare_name(q->stored), number);
	*number = (unsigned)q->md_minor;
	return *number <= NUMBER_MAX;
}

/* Unless somebody has it. */
static void take_number(struct naming *n, unsigned number, const struct names_used *used)
{
	snprintf(n->md.devnm, sizeof(n->md.devnm), "md%u", number);
	if (names_by_devnm(used, n->md.devnm))
		n->md.devnm[0] = '\0';
}

static int choose_given(const struct name_request *q, const struct names_used *used,
			struct naming *out, struct err *err)
{
	unsigned number;
	int rc = devnode_parse_name(q->given, &out->md, err);

	if (rc)
		return rc;
	out->rule = q->given_by;
	out->taken = names_by_path(used, out->md.path) ||
		(out->md.devnm[0] && names_by_devnm(used, out->md.devnm));
	if (!out->md.devnm[0] && preferred_number(q, &number))
		take_number(out, number, used);
	return 0;
}

/* Of "_0", "_1" ... the first with which nobody has the path. */
void naming_add_suffix(struct naming *n, const struct names_used *used)
{
	char bare[sizeof(n->md.path)];

	copy_text(bare, sizeof(bare) - 12, n->md.path);
	for (unsigned i = 0; i <= used->n; i++) {
		snprintf(n->md.path, sizeof(n->md.path), "%.188s_%u", bare, i);
		if (!names_by_path(used, n->md.path))
			break;
	}
	n->md.devnm[0] = '\0';
	n->taken = false;
}

/* A path is made of what the superblock says: each byte that must not be in it is replaced. */
static void set_path(struct naming *n, const char *name)
{
	copy_text(n->md.name, sizeof(n->md.name), name);
	snprintf(n->md.path, sizeof(n->md.path), "/dev/md/");
	devnode_safe_name(name, n->md.path + 8, sizeof(n->md.path) - 8);
}

/* The name in the superblock, or the number there. */
static void stored_name(const struct name_request *q, struct naming *out)
{
	const bool foreign = q->trust == TRUST_FOREIGN;
	const char *bare = super_bare_name(q->stored);
	char number[12];

	if (q->md_minor >= 0 && !*q->stored) {
		snprintf(number, sizeof(number), "%d", q->md_minor);
		set_path(out, number);
		out->rule = foreign ? NAME_FOREIGN_SUFFIX : NAME_PREFERRED_MINOR;
	} else if (!foreign) {
		set_path(out, bare);
		out->rule = NAME_LOCAL;
	} else {
		set_path(out, q->stored);
		out->rule = bare == q->stored ? NAME_FOREIGN_SUFFIX : NAME_FOREIGN;
	}
}

static bool has_name(const struct name_request *q)
{
	return q->md_minor >= 0 ||
	       (q->trust == TRUST_FOREIGN ? *q->stored : *super_bare_name(q->stored));
}

int naming_choose(const struct name_request *q, const struct names_used *used,
		  struct naming *out, struct err *err)
{
	unsigned number;

	*out = (struct naming){ .rule = NAME_NUMBER, .trust = q->trust };
	if (q->given) {
		int rc = choose_given(q, used, out, err);

		if (!rc || q->given_by != NAME_ARRAY_LINE)
			return rc;
		*out = (struct naming){ .rule = NAME_NUMBER, .trust = q->trust, .unusable = true };
	}
	if (!has_name(q))
		return 0;
	stored_name(q, out);
	if (out->rule == NAME_FOREIGN_SUFFIX) {
		naming_add_suffix(out, used);
	} else if (names_by_path(used, out->md.path)) {
		naming_add_suffix(out, used);
		out->rule = NAME_CLASH;
	} else if (q->trust != TRUST_FOREIGN && preferred_number(q, &number)) {
		take_number(out, number, used);
	}
	return 0;
}
