// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Incremental.c - the mode --incremental, which udev runs for each device that appears: is it to be
 * taken, which array does it belong to, put it there, start that when it is whole.
 *
 * Many run at once, one a device.  Whoever makes an array holds the map's lock from the look for its
 * line until the line is there and the first member in it; no device is read while the lock is held,
 * but by the kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "Incremental.h"
#include "Run.h"
#include "say.h"
#include "util.h"

/* All that is waited for together: udev ends us after 180 s. */
#define DEADLINE_MS 150000

static bool not_started(enum array_condition c)
{
	return c == ARRAY_WAITS || c == ARRAY_TRIED;
}

/*
 * A member of an array that waits may be the last that was to come, should whoever put it there have
 * died before the start, or while the kernel was at it; or the kernel lacked the module of its level.
 */
static int look_again(struct incremental *i)
{
	char holder[33];

	i->thorough = true;
	if (blk_md_holder(i->rdev, holder) && not_started(waiting_condition(holder, NULL)) &&
	    incremental_find(i) == 0 && !strcmp(i->name.devnm, holder) && not_started(i->condition))
		return incremental_start(i, false);
	return -1;
}

static int refuse_busy(struct incremental *i)
{
	char holder[33];
	int status = look_again(i);

	if (status >= 0)
		return status;
	if (blk_md_holder(i->rdev, holder))
		say_note("cannot reopen %s: Device or resource busy: it is a member of %s", i->path,
			 holder);
	else
		say_note("cannot reopen %s: Device or resource busy.", i->path);
	return STATUS_FAILED;
}

static int take(struct incremental *i)
{
	int status = incremental_look(i);

	if (status)
		return status;
	/* what holds none of our devices goes with the next lock */
	if (i->dev.held && mode_clear_left(i->req)) {
		member_free(&i->dev);
		status = incremental_look(i);
	}
	if (status)
		return status;
	if (i->dev.held)
		return refuse_busy(i);
	status = incremental_attach(i);
	return status ? status : incremental_start(i, true);
}

/* udev tells its helpers of the event; no person's shell has all of that. */
static bool run_by_udev(void)
{
	return getenv("DEVPATH") && getenv("SUBSYSTEM") && getenv("ACTION");
}

static int dispatch(struct incremental *i)
{
	const struct request *r = i->req;
	int status = STATUS_OK;

	if (r->fail)
		return incremental_remove(i);
	if (r->rebuild_map)
		status = incremental_rebuild_map(i);
	if (r->scan && r->run)
		return status | Run_waiting(&i->conf, r);
	return r->n_dev ? status | take(i) : status;
}

static int Incremental(const struct request *r)
{
	struct incremental i = { .req = r, .in_udev = run_by_udev(),
				 .end_ms = clock_ms() + DEADLINE_MS };
	int status = mode_metadata(r->metadata, &i.fmt, &i.minor);

	if (status)
		return status;
	i.path = r->n_dev ? r->dev[0].name : NULL;
	mode_load_config(r, &i.conf, i.homehost, sizeof(i.homehost));
	i.not_required = r->homehost ? !strcmp(r->homehost, "<ignore>") : !i.conf.require_homehost;
	status = dispatch(&i);
	waiting_free(&i.w);
	mdstat_free(&i.now);
	member_free(&i.dev);
	config_free(&i.conf);
	return status;
}

const struct mode mode_incremental = {
	.name = "incremental",
	.id = MODE_INCREMENTAL,
	.needs_root = true,
	.run = Incremental,
};
