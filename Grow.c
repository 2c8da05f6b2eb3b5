// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Grow.c - the mode --grow: what is to change of a running array.  In this version how it keeps
 * itself consistent: Grow-bitmap.c, Grow-policy.c.
 */
#include <errno.h>
#include <string.h>

#include "Grow.h"
#include "blkdev.h"
#include "say.h"
#include "super.h"
#include "sysfs.h"
#include "util.h"

/* --- members --- */

static int look_at(const struct grow *g, struct grown *m, struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	const struct superswitch *fmt;
	char word[32];
	int minor, rc;

	snprintf(word, sizeof(word), "%d.%d", g->array->major, g->array->minor);
	fmt = super_match(word, &minor);
	if (!fmt || !m->in->path)
		return err_set(err, -ENODEV, "cannot look at %s of %s: it has no device node",
			       m->in->kname, g->path);
	rc = blk_open(m->in->path, BLK_READ_NODE, &b, err);
	if (rc)
		return rc;
	m->id = blk_identify(b);
	rc = super_load(b, fmt, minor, 0, &m->super, err);
	return rc == SUPER_ABSENT ? err_set(err, -EINVAL, "failed to load super-block of %s",
					    m->in->path) : rc;
}

int grow_members(struct grow *g, struct err *err)
{
	const struct array *a = g->array;

	if (!a->persistent || a->metadata[0])
		return err_set(err, -EINVAL, "failed to load super-block.\n%s has no metadata on its "
			       "members that could keep this", g->path);
	g->member = xcalloc(a->n_member + 1, sizeof(*g->member));
	for (size_t i = 0; i < a->n_member; i++) {
		struct grown *m = &g->member[g->n_member];
		int rc;

		if (a->member[i].disk.faulty || a->member[i].disk.journal)
			continue;
		m->in = &a->member[i];
		g->n_member++;
		rc = look_at(g, m, err);
		if (rc)
			return rc;
	}
	return 0;
}

void grow_claim(const struct grow *g, struct plan *p)
{
	for (size_t i = 0; i < g->n_member; i++)
		plan_claim(p, g->member[i].in->path, &g->member[i].id, true);
}

int grow_end(const struct grow *g, const struct plan *p, int rc, const struct err *err, const char *title)
{
	if (rc) {
		say_err(err);
		return STATUS_FAILED;
	}
	mode_tell_plan(g->req, p, title);
	return STATUS_OK;
}

static void let_go(struct grow *g)
{
	for (size_t i = 0; i < g->n_member; i++)
		super_free(g->member[i].super);
	free(g->member);
	array_free(g->array);
	close_fd(&g->attributes);
}

/* --- which change --- */

/* The shape of an array is not changed in this version. */
static const char *shape_option(const struct request *r)
{
	return r->have_raid_disks ? "--raid-devices" :
	       r->have_level ? "--level" :
	       r->have_size ? "--size" :
	       r->have_chunk ? "--chunk" :
	       r->have_layout ? "--layout" :
	       r->have_data_offset ? "--data-offset" : NULL;
}

static int look(struct grow *g)
{
	struct err err;
	dev_t rdev;
	int rc = mode_find_array(g->path, &rdev, g->devnm, &err);

	if (!rc)
		rc = array_load(g->path, ARRAY_STATUS | ARRAY_MEMBERS | ARRAY_LISTED, g->req->prefer,
				&g->array, &err);
	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	g->attributes = sysfs_open_md(g->devnm);
	if (g->array->active && g->attributes >= 0)
		return STATUS_OK;
	say_error("%s is not active - cannot reshape.", g->path);
	return STATUS_FAILED;
}

static int change(struct grow *g)
{
	const struct request *r = g->req;
	const char *shape = shape_option(r);
	int status = look(g);

	if (status)
		return status;
	if (r->bitmap != BITMAP_UNSET && shape) {
		say_error("--bitmap changes cannot be used with other geometry changes in --grow mode");
		return STATUS_FAILED;
	}
	if (shape) {
		say_error("--grow %s is not available in this version", shape);
		return STATUS_USAGE;
	}
	if (r->bitmap != BITMAP_UNSET)
		return grow_bitmap(g);
	if (r->consistency_policy != POLICY_UNSET)
		return grow_policy(g);
	say_error("no changes to --grow");
	return STATUS_OK;
}

static int Grow(const struct request *r)
{
	char *node autofree = mode_array_node(r->dev[0].name);
	struct grow g = { .req = r, .path = node, .attributes = -1 };
	int status;

	mode_clear_left(r);
	status = change(&g);
	let_go(&g);
	return status;
}

const struct mode mode_grow = {
	.name = "grow",
	.id = MODE_GROW,
	.needs_root = true,
	.run = Grow,
};
