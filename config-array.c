// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config-array.c - the ARRAY lines of mdadm.conf.  Pure.  Uses the base, and the names of levels.
 */
#include <string.h>
#include <strings.h>

#include "config-parse.h"
#include "geometry.h"
#include "util.h"

#define NAME_MAX_BYTES 32

void config_array_free(struct config_array *a)
{
	free(a->name);
	free(a->metadata);
	free(a->super_name);
	config_list_free(&a->devices);
	free(a->spare_group);
	free(a->container);
	free(a->member);
	free(a->bitmap);
	*a = (struct config_array){ 0 };
}

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

bool config_md_path(const char *path)
{
	if (strncmp(path, "/dev/md", 7) != 0)
		return false;
	path += 7;
	return *path == '/' || is_number(strncmp(path, "_d", 2) == 0 ? path + 2 : path);
}

static bool length_ok(const char *name)
{
	size_t n;

	if (strncmp(name, "/dev/md/", 8) == 0)
		name += 8;
	n = strlen(name);
	return n > 0 && n <= NAME_MAX_BYTES;
}

static void array_name(struct parser *ps, const struct word *w, struct config_array *a)
{
	if (a->name)
		config_wrong(ps, w, "only give one device per ARRAY line: %s and %s", a->name,
			     w->text);
	else if (w->text[0] == '/' && !config_md_path(w->text))
		config_wrong(ps, w, "%s is an invalid name for an md device - ignored.", w->text);
	else if (!length_ok(w->text))
		config_wrong(ps, w, "Value \"%s\" cannot be set as devname. "
			     "Reason: Too long or empty.", w->text);
	else
		a->name = xstrdup(w->text);
	a->ignore = a->name && strcasecmp(a->name, "<ignore>") == 0;
}

typedef void array_fn(struct parser *ps, const struct word *w, const char *v,
		      struct config_array *a);

static void array_uuid(struct parser *ps, const struct word *w, const char *v,
		       struct config_array *a)
{
	if (a->have_uuid)
		config_wrong(ps, w, "only specify uuid once, %s ignored.", w->text);
	else if (uuid_parse(v, &a->uuid))
		config_wrong(ps, w, "bad uuid: %s", w->text);
	else
		a->have_uuid = true;
}

static void array_super_minor(struct parser *ps, const struct word *w, const char *v,
			      struct config_array *a)
{
	uint64_t minor;

	if (a->have_super_minor) {
		config_wrong(ps, w, "only specify super-minor once, %s ignored.", w->text);
	} else if (parse_u64(v, INT32_MAX, &minor)) {
		config_wrong(ps, w, "invalid super-minor number: %s", w->text);
	} else {
		a->have_super_minor = true;
		a->super_minor = (int)minor;
	}
}

/* A name that says nothing is no identity: the packaged tool prints "name=" itself. */
static void array_super_name(struct parser *ps, const struct word *w, const char *v,
			     struct config_array *a)
{
	if (!*v)
		return;
	if (a->super_name)
		config_wrong(ps, w, "only specify name once, %s ignored.", w->text);
	else if (strlen(v) > NAME_MAX_BYTES)
		config_wrong(ps, w, "name too long, ignoring %s", w->text);
	else
		a->super_name = xstrdup(v);
}

static void array_devices(struct parser *ps, const struct word *w, const char *v,
			  struct config_array *a)
{
	if (a->devices.n) {
		config_wrong(ps, w, "only specify devices once (use a comma separated list). "
			     "%s ignored", w->text);
		return;
	}
	for (size_t n; *v; v += n + (v[n] == ',')) {
		n = strcspn(v, ",");
		if (n)
			config_list_add(&a->devices, v, n);
	}
}

static void array_spare_group(struct parser *ps, const struct word *w, const char *v,
			      struct config_array *a)
{
	if (a->spare_group)
		config_wrong(ps, w, "only specify one spare group per array. %s ignored.", w->text);
	else
		a->spare_group = xstrdup(v);
}

static void array_level(struct parser *ps, const struct word *w, const char *v,
			struct config_array *a)
{
	a->have_level = level_parse(v, &a->level) == 0;
	if (!a->have_level)
		config_wrong(ps, w, "unknown level: %s", w->text);
}

static bool array_number(struct parser *ps, const struct word *w, const char *v, unsigned int *out)
{
	uint64_t n;

	if (parse_u64(v, INT32_MAX, &n)) {
		config_wrong(ps, w, "no number of devices: %s", w->text);
		return false;
	}
	*out = (unsigned int)n;
	return true;
}

static void array_raid_disks(struct parser *ps, const struct word *w, const char *v,
			     struct config_array *a)
{
	a->have_raid_disks = array_number(ps, w, v, &a->raid_disks);
}

static void array_spares(struct parser *ps, const struct word *w, const char *v,
			 struct config_array *a)
{
	a->have_spares = array_number(ps, w, v, &a->spares);
}

static void array_metadata(struct parser *ps, const struct word *w, const char *v,
			   struct config_array *a)
{
	if (a->metadata)
		config_remark(ps, w, "only specify metadata once, %s ignored.", w->text);
	else if (!config_metadata_ok(v))
		config_wrong(ps, w, "metadata format %s unknown, ignored.", v);
	else
		a->metadata = xstrdup(v);
}

static void array_container(struct parser *ps, const struct word *w, const char *v,
			    struct config_array *a)
{
	if (a->container)
		config_wrong(ps, w, "only specify container once, %s ignored.", w->text);
	else
		a->container = xstrdup(v);
}

static void array_member(struct parser *ps, const struct word *w, const char *v,
			 struct config_array *a)
{
	if (a->member)
		config_wrong(ps, w, "only specify member once, %s ignored.", w->text);
	else
		a->member = xstrdup(v);
}

static void array_bitmap(struct parser *ps, const struct word *w, const char *v,
			 struct config_array *a)
{
	if (a->bitmap)
		config_wrong(ps, w, "only specify bitmap file once. %s ignored", w->text);
	else
		a->bitmap = xstrdup(v);
}

static const struct {
	const char *key;
	array_fn *run;           /* NULL: known from old times, says nothing */
} array_key[] = {
	{ "uuid", array_uuid }, { "super-minor", array_super_minor },
	{ "name", array_super_name }, { "devices", array_devices },
	{ "spare-group", array_spare_group }, { "level", array_level },
	{ "num-devices", array_raid_disks }, { "spares", array_spares },
	{ "metadata", array_metadata }, { "container", array_container },
	{ "member", array_member }, { "bitmap", array_bitmap }, { "disks", NULL }, { "auto", NULL },
};

static void array_word(struct parser *ps, const struct word *w, struct config_array *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(array_key); i++) {
		const char *v = config_value(w->text, array_key[i].key);

		if (!v)
			continue;
		if (array_key[i].run)
			array_key[i].run(ps, w, v, a);
		return;
	}
	config_wrong(ps, w, "unrecognised word on ARRAY line: %s", w->text);
}

static bool has_identity(const struct config_array *a)
{
	return a->have_uuid || a->have_super_minor || a->super_name || a->devices.n ||
	       (a->container && a->member);
}

void config_do_array(struct parser *ps)
{
	struct config *c = ps->conf;
	struct config_array a = { .where = ps->where, .line = ps->word[0].line,
				  .last_line = ps->word[ps->n - 1].line };

	for (size_t i = 1; i < ps->n; i++) {
		const struct word *w = &ps->word[i];

		if (w->text[0] == '/' || !strchr(w->text, '='))
			array_name(ps, w, &a);
		else
			array_word(ps, w, &a);
	}
	if (!has_identity(&a)) {
		config_wrong(ps, ps->word, "ARRAY line %s has no identity information.",
			     a.name ? a.name : "without a name");
		config_array_free(&a);
		return;
	}
	c->array = xgrow(c->array, &c->cap_array, c->n_array, sizeof(a));
	c->array[c->n_array++] = a;
}
