// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Create.c - the mode --create, from the request to the running array: check
 * (nothing is written), ask, then run a plan that takes itself back when it fails.
 */
#include <errno.h>
#include <string.h>

#include "Create.h"
#include "ask.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* DEVICE:OFFSET.  A word that does not end in an offset is a name that has a colon. */
static struct candidate member_with_offset(const char *word)
{
	const char *colon = strrchr(word, ':');
	struct candidate d = { 0 };

	d.have_data_offset = colon && !option_data_offset(colon + 1, &d.data_offset_sec);
	d.path = xstrdup(word);
	if (d.have_data_offset)
		d.path[colon - word] = '\0';
	return d;
}

static struct candidate member_of_word(const struct create *c, const char *word)
{
	if (strcmp(word, "missing") == 0)
		return (struct candidate){ 0 };
	if (c->req->data_offset_variable)
		return member_with_offset(word);
	return (struct candidate){ .path = xstrdup(word) };
}

/* The words after the array's name, in order. */
static void list_members(struct create *c)
{
	const struct request *r = c->req;

	c->n_dev = r->n_dev ? r->n_dev - 1 : 0;
	c->dev = xcalloc(c->n_dev + 1, sizeof(*c->dev));
	for (size_t i = 0; i < c->n_dev; i++) {
		const struct request_device *d = &r->dev[i + 1];

		c->dev[i] = member_of_word(c, d->name);
		c->dev[i].write_mostly = d->write_mostly == FLAG_SET;
		c->dev[i].failfast = d->failfast == FLAG_SET;
		c->n_missing += !c->dev[i].path;
	}
}

static int name_array(struct create *c)
{
	struct err err;

	if (devnode_parse_name(c->req->dev[0].name, &c->name, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	return 0;
}

/* Before a person is asked anything.  plan_open_array looks again, when it cannot change. */
static int check_number(const struct create *c)
{
	if (!*c->name.devnm || !sysfs_has_array(c->name.devnm))
		return 0;
	say_error("%s is already in use by an array: choose another name, or stop it "
		  "first (mdadm --stop /dev/%s)",
		  c->name.path, c->name.devnm);
	return STATUS_FAILED;
}

/* Nobody waits for a person with devices in hand. */
static bool ask(struct create *c)
{
	create_let_go(c);
	return ask_yes("Continue creating array");
}

/* A person is asked when something looks odd; --run has answered already. */
static bool go_on(struct create *c)
{
	/* Nobody would see the reports: as the packaged tool, --run --quiet tells nothing. */
	if (!create_look(c, c->req->run && c->req->verbosity < 0))
		return true;
	if (c->req->run) {
		say_verbose("creation continuing despite oddities due to --run");
		return true;
	}
	if (c->req->dry_run || ask(c))
		return true;
	say_error("create aborted.");
	return false;
}

static int build(struct create *c)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(c->req);
	char *title autofree = xasprintf("create %s", c->name.path);
	struct err err;

	if (create_build(c, p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	mode_tell_plan(c->req, p, title);
	mode_tell_undo(p);
	return 0;
}

static int walk(struct create *c)
{
	int rc = name_array(c);

	if (!rc)
		rc = create_check_request(c);
	if (rc)
		return rc;
	mode_clear_left(c->req);
	rc = create_check_members(c);
	if (!rc)
		rc = check_number(c);
	if (!rc)
		rc = create_choose(c);
	if (rc)
		return rc;
	if (!go_on(c))
		return STATUS_FAILED;
	rc = build(c);
	if (rc || c->req->dry_run)
		return rc;
	if (c->format_chosen)
		say_note("Defaulting to version %d.%d metadata", c->fmt->major, c->minor);
	/* /dev/md/NAME must be there when the command returns. */
	mode_establish(&c->name, &c->conf);
	say_note("array %s started.", c->name.path);
	if (create_sync_waits(c))
		say_note("nothing is synchronised before the first write to it: until then --undo brings "
			 "back all that was there");
	return STATUS_OK;
}

static int Create(const struct request *r)
{
	struct create c = { .req = r, .hold_back = -1 };
	int status;

	mode_load_config(r, &c.conf, c.homehost, sizeof(c.homehost));
	list_members(&c);
	status = walk(&c);
	create_let_go(&c);
	for (size_t i = 0; i < c.n_dev; i++)
		free(c.dev[i].path);
	free(c.dev);
	config_free(&c.conf);
	return status;
}

const struct mode mode_create = {
	.name = "create",
	.id = MODE_CREATE,
	.needs_root = true,
	.run = Create,
};
