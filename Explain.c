// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Explain.c - --explain-name: which rule gave a running array its name and number, and how to
 * change that.  Nothing keeps the rule: it is the one by which --assemble --scan would give the
 * name that the array has.  Prints; changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "array.h"
#include "mapfile.h"
#include "mode.h"
#include "naming.h"
#include "report.h"
#include "report-modes.h"
#include "say.h"
#include "util.h"

struct explained {
	const struct config *conf;
	const char *homehost;
	struct array *array;
	struct super *super;
	struct array_info info;
	char path[201];                  /* the name that it has */
	const struct config_array *line; /* that means it */
	enum name_trust trust;
	enum name_rule rule;
};

/* The line that means the array, by its first member. */
static const struct config_array *find_line(const struct explained *x)
{
	const struct array *a = x->array;
	const struct config_identity id = {
		.format = x->super->fmt->name, .uuid = &x->info.uuid, .name = x->info.name,
		.md_minor = x->info.md_minor, .level = x->info.geo.level,
		.raid_disks = x->info.geo.raid_disks,
		.path = a->n_member ? a->member[0].path : NULL,
	};
	size_t line, other;

	if (config_find_array(x->conf, &id, x->homehost, &line, &other) == CONFIG_NO_LINE)
		return NULL;
	return x->conf->array[line].ignore ? NULL : &x->conf->array[line];
}

/* Without the "_0" that may be behind it. */
static size_t bare_length(const char *path)
{
	const char *suffix = strrchr(path, '_');

	if (!suffix || !suffix[1] || suffix[1 + strspn(suffix + 1, "0123456789")])
		return strlen(path);
	return (size_t)(suffix - path);
}

/* Is the name that it has that one, but for a suffix? */
static bool is_suffixed(const char *path, const char *wanted)
{
	size_t n = bare_length(path);

	return path[n] && (strlen(wanted) == n || bare_length(wanted) == n) &&
	       !strncmp(path, wanted, n);
}

static enum name_rule find_rule(const struct explained *x)
{
	const struct names_used nobody = { 0 };
	struct name_request q = {
		.given = x->line ? x->line->name : NULL, .given_by = NAME_ARRAY_LINE,
		.stored = x->info.name, .md_minor = x->info.md_minor, .trust = x->trust,
	};
	struct naming n;

	if (naming_choose(&q, &nobody, &n, NULL))
		return NAME_COMMAND_LINE;
	if (!strcmp(n.md.path, x->path) || (n.rule == NAME_NUMBER && !strncmp(x->path, "/dev/md", 7) &&
					    x->path[7] != '/'))
		return n.rule;
	if (is_suffixed(x->path, n.md.path))
		return n.rule == NAME_FOREIGN_SUFFIX ? n.rule : NAME_CLASH;
	return NAME_COMMAND_LINE;
}

static void get_info(struct explained *x)
{
	struct disk_info d;

	x->super->fmt->getinfo_super(x->super, &x->info, &d);
}

static int look(struct explained *x, const char *path, struct err *err)
{
	const struct config_array *l;
	int rc = array_load(path, ARRAY_MEMBERS, NULL, &x->array, err);

	if (rc)
		return rc;
	if (array_load_super(x->array, &x->super))
		return err_set(err, -ENODATA, "%s has no metadata that could give it a name", path);
	get_info(x);
	if (!map_known_path(x->array->devnm, x->path, sizeof(x->path)))
		snprintf(x->path, sizeof(x->path), "/dev/%s", x->array->devnm);
	x->line = l = find_line(x);
	x->trust = naming_trust(x->super, x->homehost,
				l && (l->have_uuid || l->super_name || l->have_super_minor),
				!x->conf->require_homehost);
	x->rule = find_rule(x);
	return 0;
}

/* Why it may have the name without the host, or why not. */
static const char *why_trusted(const struct explained *x)
{
	switch (x->trust) {
	case TRUST_HOME:
		return "is of this host";
	case TRUST_ANY:
		return "is of any host";
	case TRUST_LISTED:
		return "is of another host, but an ARRAY line means the array";
	case TRUST_NOT_REQUIRED:
		return "may be of any host: HOMEHOST <ignore>";
	case TRUST_FOREIGN:
		break;
	}
	return "is of another host, or of none";
}

static char *meaning(const struct explained *x)
{
	char name[4 * SUPER_NAME_TEXT];

	printable(name, sizeof(name), x->info.name, strlen(x->info.name));
	switch (x->rule) {
	case NAME_ARRAY_LINE:
		return xasprintf("an ARRAY line gives it this name (%s, line %u)", x->line->where,
				 x->line->line);
	case NAME_LOCAL:
		return xasprintf("the name in its metadata, \"%s\", %s", name, why_trusted(x));
	case NAME_PREFERRED_MINOR:
		return xasprintf("the number in its metadata, %d, %s", x->info.md_minor,
				 why_trusted(x));
	case NAME_FOREIGN:
		return xasprintf("the name in its metadata, \"%s\", %s: the host is kept in it", name,
				 why_trusted(x));
	case NAME_FOREIGN_SUFFIX:
		return xasprintf("what its metadata has for a name %s: a number is put behind it",
				 why_trusted(x));
	case NAME_CLASH:
		return xstrdup("another array had the name that it should have: a number is put "
			       "behind it");
	case NAME_NUMBER:
		return xstrdup("neither its metadata nor an ARRAY line has a name for it");
	case NAME_COMMAND_LINE:
		break;
	}
	return xstrdup("by no rule: it was given when the array was made or assembled, or when "
		       "metadata or configuration were others");
}

static char *next(const struct explained *x)
{
	char uuid[UUID_TEXT];

	uuid_format(&x->info.uuid, ':', uuid);
	if (x->rule == NAME_ARRAY_LINE)
		return xstrdup("change that line; an initramfs has a copy of it");
	if (x->rule == NAME_CLASH)
		return xasprintf("give one of the two another name by an ARRAY line: ARRAY "
				 "/dev/md/NAME UUID=%s", uuid);
	return xasprintf("name it by an ARRAY line, also in the initramfs: ARRAY /dev/md/NAME "
			 "UUID=%s", uuid);
}

/* The number comes from the name, or it was free. */
static const char *number_from(const struct explained *x)
{
	unsigned number;
	char devnm[33];

	if (!naming_number(x->path, &number))
		return strncmp(x->array->devnm, "md_", 3) ? "one that was free" : "CREATE names=yes";
	snprintf(devnm, sizeof(devnm), "md%u", number);
	return strcmp(devnm, x->array->devnm) ? "one that was free" : "from its name";
}

static void fill_report(const struct explained *x, struct report *r)
{
	autofree char *why = meaning(x), *how = next(x);

	report_line(r, "%s: %s", x->path, why);
	report_line(r, "  %s: the number is %s", x->array->devnm, number_from(x));
	report_line(r, "  to change the name: %s", how);
	report_disk_text(r, REPORT_JSON, "path", NULL, x->path, strlen(x->path));
	report_text(r, REPORT_JSON, "kernel_name", NULL, "%s", x->array->devnm);
	report_text(r, REPORT_JSON, "rule", NULL, "%s", name_rule_word(x->rule));
	report_text(r, REPORT_JSON, "trust", NULL, "%s", name_trust_word(x->trust));
	if (*x->info.name)
		report_disk_text(r, REPORT_JSON, "name", NULL, x->info.name, strlen(x->info.name));
	report_uuid(r, REPORT_JSON, "uuid", NULL, &x->info.uuid);
	if (x->line) {
		report_disk_text(r, REPORT_JSON, "file", NULL, x->line->where,
				 strlen(x->line->where));
		report_number(r, REPORT_JSON, "line", NULL, x->line->line);
	}
	report_text(r, REPORT_JSON, "number_from", NULL, "%s", number_from(x));
	report_text(r, REPORT_JSON, "meaning", NULL, "%s", why);
	report_text(r, REPORT_JSON, "next", NULL, "%s", how);
}

int Explain_name(const char *path, const struct config *conf, const char *homehost,
		 struct json *json)
{
	struct explained x = { .conf = conf, .homehost = homehost };
	struct report r cleanup(report_free) = { 0 };
	struct err err;
	int rc = look(&x, path, &err);

	if (rc) {
		say_err(&err);
	} else {
		fill_report(&x, &r);
		if (json)
			report_print_json(&r, OBJECT_EXPLAIN_NAME, json);
		else
			report_print_text(&r, 0, stdout);
	}
	super_free(x.super);
	array_free(x.array);
	return rc ? STATUS_FAILED : STATUS_OK;
}
