// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Misc.c - the mode --misc: hands each device on the command line to what is to be
 * done with it, and adds up the exit statuses.
 */
#include <errno.h>
#include <string.h>

#include "Action.h"
#include "BootCheck.h"
#include "Config.h"
#include "Destroy.h"
#include "Dump.h"
#include "External.h"
#include "Run.h"
#include "Scrub.h"
#include "Status.h"
#include "Stop.h"
#include "Udev-rules.h"
#include "Undo.h"
#include "Verify.h"
#include "Wait-for.h"
#include "Wait.h"
#include "Zero.h"
#include "json.h"
#include "mode.h"
#include "report.h"
#include "report-modes.h"
#include "say.h"
#include "util.h"

struct misc {
	const struct request *req;
	struct config conf;
	char homehost[256];
	const struct superswitch *fmt;   /* --metadata; NULL any */
	int minor;
	struct json json;                /* with --json */
};

static struct detail_options detail_options(struct misc *m)
{
	const struct request *r = m->req;

	return (struct detail_options){
		.brief = r->brief || (r->scan && r->verbosity < 2),
		.export = r->export,
		.no_devices = r->no_devices,
		.test = r->test,
		.verbosity = r->verbosity,
		.prefer = r->prefer,
		.homehost = m->homehost,
		.json = r->json ? &m->json : NULL,
	};
}

static struct examine_options examine_options(struct misc *m)
{
	const struct request *r = m->req;

	return (struct examine_options){
		.brief = r->brief,
		.export = r->export,
		.scan = r->scan,
		.verbosity = r->verbosity,
		.fmt = m->fmt,
		.minor = m->minor,
		.homehost = m->homehost,
		.json = r->json ? &m->json : NULL,
	};
}

/* The devices of one action.  The caller frees. */
static char **listed(struct misc *m, enum action action, size_t *n)
{
	char **dev = xcalloc(m->req->n_dev, sizeof(*dev));

	*n = 0;
	for (size_t i = 0; i < m->req->n_dev; i++)
		if (m->req->dev[i].action == action)
			dev[(*n)++] = (char *)m->req->dev[i].name;
	return dev;
}

/* Members that are listed together are reported together: brief lines are per array. */
static int examine_listed(struct misc *m)
{
	const struct examine_options o = examine_options(m);
	size_t n;
	char **dev autofree = listed(m, ACT_EXAMINE, &n);

	return n ? Examine(dev, n, &o) : STATUS_OK;
}

/* The worst array of all is told by the exit status. */
static int status_listed(struct misc *m)
{
	const struct status_options o = {
		.problems = m->req->problems,
		.json = m->req->json ? &m->json : NULL,
	};
	size_t n;
	char **dev autofree = listed(m, ACT_STATUS, &n);

	return n || !m->req->n_dev ? Status(dev, n, &m->conf, &o) : STATUS_OK;
}

/* The initramfs images; without any that of the running kernel. */
static int images_listed(struct misc *m)
{
	size_t n;
	char **image autofree = listed(m, ACT_BOOT_CHECK, &n);

	return n || !m->req->n_dev ? BootCheck(image, n, m->req->json ? &m->json : NULL) : STATUS_OK;
}

static int verify_listed(struct misc *m)
{
	size_t n;
	char **dev autofree = listed(m, ACT_VERIFY, &n);

	return n ? Verify(dev, n, m->req, m->req->json ? &m->json : NULL) : STATUS_OK;
}

static int scrub_listed(struct misc *m)
{
	size_t n;
	char **dev autofree = listed(m, ACT_SCRUB, &n);

	return n || !m->req->n_dev ? Scrub(dev, n, m->req, m->req->json ? &m->json : NULL) : STATUS_OK;
}

/* Plain --wait is as it always was. */
static bool waits_for(const struct request *r)
{
	return r->have_wait_for || r->have_timeout || r->json;
}

/* One deadline for all; the largest status. */
static int wait_listed(const struct misc *m)
{
	const struct request *r = m->req;
	const struct wait_options o = {
		.what = r->wait_for,
		.have_deadline = r->have_timeout,
		.deadline_ms = clock_ms() + (int64_t)r->timeout_s * 1000,
		.json = r->json,
	};
	int status = STATUS_OK;

	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i].action == ACT_WAIT) {
			int one = Wait_for(r->dev[i].name, &o);

			status = MAX(status, one);
		}
	return status;
}

static int one_device(struct misc *m, const struct request_device *d)
{
	const struct detail_options detail = detail_options(m);
	const struct examine_options examine = examine_options(m);
	const struct dump_options dump = { m->req, m->req->place, m->fmt, m->minor };
	const struct zero_options zero = { m->req, m->fmt, m->minor };

	switch (d->action) {
	case ACT_DETAIL:
		return Detail(d->name, &detail);
	case ACT_QUERY:
		return Query(d->name, m->req->json ? &m->json : NULL);
	case ACT_EXPLAIN_NAME:
		return Explain_name(d->name, &m->conf, m->homehost,
				    m->req->json ? &m->json : NULL);
	case ACT_EXAMINE_BITMAP:
		return Examine_bitmap(d->name, &examine);
	case ACT_EXAMINE_BADBLOCKS:
		return Examine_badblocks(d->name, &examine);
	case ACT_KILL_SUBARRAY:
	case ACT_UPDATE_SUBARRAY:
		return Subarray(d->name);
	case ACT_DETAIL_PLATFORM:
		return Detail_platform(m->fmt);
	case ACT_DESTROY:
		return Destroy(d->name, m->req);
	case ACT_DUMP:
		return Dump(d->name, &dump);
	case ACT_RESTORE:
		return Restore(d->name, &dump);
	case ACT_STOP:
		return Stop(d->name, m->req);
	case ACT_ZERO:
		return Zero(d->name, &zero);
	case ACT_UNDO:
		return Undo(d->name, m->req);
	case ACT_RUN:
		return Run(d->name, &m->conf, m->req);
	case ACT_READONLY:
		return Readonly(d->name, true, m->req);
	case ACT_READWRITE:
		return Readonly(d->name, false, m->req);
	case ACT_WAIT:
		return waits_for(m->req) ? STATUS_OK : Wait(d->name);
	case ACT_WAIT_CLEAN:
		return Wait_clean(d->name);
	case ACT_SYNC_ACTION:
		return Action(d->name, m->req);
	default: /* examine, status, images and others go together; the others were refused by main */
		return STATUS_OK;
	}
}

static int scan(struct misc *m)
{
	const struct detail_options detail = detail_options(m);
	const struct examine_options examine = examine_options(m);

	switch (m->req->action) {
	case ACT_DETAIL:
		return Detail_scan(&detail);
	case ACT_EXAMINE:
		return Examine_scan(&m->conf, &examine);
	case ACT_STATUS:
		return status_listed(m);
	case ACT_WAIT_CLEAN:
		return Wait_clean_all();
	case ACT_CONFIG_CHECK:
		return Config_check(m->req, m->req->json ? &m->json : NULL);
	case ACT_CONFIG_SYNC:
		return Config_sync(m->req);
	case ACT_BOOT_CHECK:
		return images_listed(m);
	case ACT_SCRUB:
		return scrub_listed(m);
	case ACT_UDEV_RULES:
		return Udev_rules(&m->conf, m->req);
	case ACT_DETAIL_PLATFORM:
		return Detail_platform(m->fmt);
	default: /* options.c lets nothing else go without devices */
		return Stop_all(m->req);
	}
}

/*
 * The statuses of most actions are bits, those of --status, --boot-check, --verify and --scrub a scale of
 * which the worst counts.
 */
static int each(struct misc *m)
{
	const struct request *r = m->req;
	int status = 0, worst, images, waited, verified, scrubbed;

	if (r->n_dev == 0)
		return scan(m);
	for (size_t i = 0; i < r->n_dev && !(status & STATUS_END); i++)
		status |= one_device(m, &r->dev[i]);
	status |= examine_listed(m);
	worst = status_listed(m);
	waited = waits_for(r) ? wait_listed(m) : STATUS_OK;
	worst = MAX(worst, waited);
	images = images_listed(m);
	worst = MAX(worst, images);
	verified = verify_listed(m);
	worst = MAX(worst, verified);
	scrubbed = scrub_listed(m);
	worst = MAX(worst, scrubbed);
	return MAX(status, worst);
}

static enum report_object object_of(enum action action)
{
	switch (action) {
	case ACT_QUERY:
		return OBJECT_QUERY;
	case ACT_EXPLAIN_NAME:
		return OBJECT_EXPLAIN_NAME;
	case ACT_EXAMINE_BITMAP:
		return OBJECT_EXAMINE_BITMAP;
	case ACT_EXAMINE_BADBLOCKS:
		return OBJECT_BAD_BLOCKS;
	default:
		return OBJECT_DETAIL;
	}
}

/* Each action that --json goes with has documents of its own. */
static int each_as_json(struct misc *m)
{
	int status;

	if (m->req->dry_run || m->req->action == ACT_EXAMINE || m->req->action == ACT_STATUS ||
	    m->req->action == ACT_VERIFY || m->req->action == ACT_SCRUB ||
	    m->req->action == ACT_WAIT ||
	    m->req->action == ACT_CONFIG_CHECK || m->req->action == ACT_BOOT_CHECK)
		return each(m);
	report_json_begin(&m->json, object_of(m->req->action));
	status = each(m);
	report_json_end(&m->json);
	return status;
}

/* udev asks for an export with each event of an array: nothing that is in the file is in it. */
static bool needs_config(const struct request *r)
{
	for (size_t i = 0; i < r->n_dev; i++)
		if (r->dev[i].action == ACT_STATUS)
			return true;
	/* these two load it themselves; an initramfs has one of its own */
	if (r->action == ACT_CONFIG_CHECK || r->action == ACT_CONFIG_SYNC ||
	    r->action == ACT_BOOT_CHECK || r->action == ACT_DESTROY)
		return false;
	return !r->export || !r->n_dev;
}

static int Misc(const struct request *r)
{
	struct misc m = { .req = r, .json.out = stdout };
	int status = mode_metadata(r->metadata, &m.fmt, &m.minor);

	if (status)
		return status;
	config_init(&m.conf);
	if (needs_config(r))
		mode_load_config(r, &m.conf, m.homehost, sizeof(m.homehost));
	status = r->json ? each_as_json(&m) : each(&m);
	config_free(&m.conf);
	return status;
}

const struct mode mode_misc = {
	.name = "misc",
	.id = MODE_MISC,
	.run = Misc,
};
