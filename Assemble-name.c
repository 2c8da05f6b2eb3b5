// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble-name.c - the name and the number of an array that is to be started: by naming.h, and by
 * what is there under that name. Part of the mode --assemble: it says what is in the way.  Changes
 * nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "Assemble.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

const char *assemble_title(const struct assemble *a)
{
	if (*a->name.path)
		return a->name.path;
	return a->given ? a->given : "further assembly";
}

int assemble_parse_name(struct assemble *a)
{
	struct err err;

	if (!a->given || !devnode_parse_name(a->given, &a->name, &err))
		return 0;
	say_err(&err);
	return STATUS_FAILED;
}

/* The array that a path leads to; false: to none. */
static bool array_at(const struct assembly *r, const char *path, char devnm[33])
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode) &&
	       !sysfs_md_devnm(st.st_rdev, devnm, 33) && mdstat_find(&r->running, devnm);
}

/* What has the name that is wanted, and is another array; false: nobody. */
static bool name_taken(const struct assemble *a, const struct naming *n, char devnm[33])
{
	const struct assembly *r = a->run;
	const struct name_used *used = names_by_path(&r->used, n->md.path);

	if (!used && *n->md.devnm)
		used = names_by_devnm(&r->used, n->md.devnm);
	if (used)
		copy_text(devnm, 33, used->devnm);
	return used || array_at(r, n->md.path, devnm);
}

/*
 * That its name is taken ends an array that a person asks for; at boot it is better there under
 * another name than not at all.  A number that is asked for is another matter.
 */
static int settle_given(struct assemble *a, struct naming *n)
{
	char devnm[33], wanted[sizeof(n->md.path)];

	if (!name_taken(a, n, devnm))
		return 0;
	if (*n->md.devnm && !strcmp(n->md.devnm, devnm)) {
		say_error("%s is already in use.", n->md.path);
		return STATUS_FAILED;
	}
	if (n->rule != NAME_ARRAY_LINE || !a->run->req->scan) {
		say_error("%s is already in use: it is %s", n->md.path, devnm);
		return STATUS_FAILED;
	}
	copy_text(wanted, sizeof(wanted), n->md.path);
	naming_add_suffix(n, &a->run->used);
	n->rule = NAME_CLASH;
	say_error("%s is already in use: it is %s\nthis array becomes %s", wanted, devnm,
		  n->md.path);
	return 0;
}

/* One that another array has, though it is not in the map. */
static void settle_found(struct assemble *a, struct naming *n)
{
	char devnm[33];

	if (!*n->md.path || !array_at(a->run, n->md.path, devnm))
		return;
	naming_add_suffix(n, &a->run->used);
	n->rule = NAME_CLASH;
}

static enum name_trust trust_of(const struct assemble *a)
{
	const struct config_array *l = a->line;
	bool listed = l && (l->have_uuid || l->super_name || l->have_super_minor);

	return naming_trust(a->kept[a->lead]->super, a->run->homehost, listed,
			    a->run->not_required);
}

int assemble_name(struct assemble *a)
{
	const struct array_info *info = &a->kept[a->lead]->array;
	const struct name_request q = {
		.given = a->given, .given_by = a->given_by, .stored = info->name,
		.md_minor = info->md_minor, .trust = trust_of(a),
	};
	struct assembly *r = a->run;
	struct naming n;
	struct err err;
	int rc = 0;

	if (*a->host)
		return 0;
	if (naming_choose(&q, &r->used, &n, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (n.unusable)
		say_error("%s\nthis array gets the name in its superblock", err.text);
	if (a->given && !n.unusable)
		rc = settle_given(a, &n);
	else
		settle_found(a, &n);
	if (rc)
		return rc;
	a->name = n.md;
	a->rule = n.rule;
	names_add(&r->used, a->name.devnm, a->name.path);
	devnode_take(&r->numbers, a->name.devnm);
	return 0;
}

int assemble_number(struct assemble *a)
{
	struct assembly *r = a->run;
	struct err err;

	if (!*a->name.devnm && devnode_choose_next(&r->numbers, &r->conf, &a->name, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (!*a->name.path)
		snprintf(a->name.path, sizeof(a->name.path), "/dev/%s", a->name.devnm);
	return 0;
}
