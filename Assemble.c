// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Assemble.c - the mode --assemble: what was asked for, one array (by its members, by an identity
 * or by its ARRAY line) or all that can be found (Assemble-scan.c).
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "Assemble.h"
#include "bitmap-file.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

/* The md device that a path leads to: 0, -ENOENT nothing is there, -ENOTBLK something else. */
static int md_at(const char *path, char devnm[33])
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISBLK(st.st_mode) || sysfs_md_devnm(st.st_rdev, devnm, 33))
		return -ENOTBLK;
	return 0;
}

/* The name may be that of something else. */
static int check_path(const struct assemble *a)
{
	char devnm[33];

	if (md_at(a->name.path, devnm) != -ENOTBLK)
		return 0;
	say_error("device %s exists but is not an md array.", a->name.path);
	return STATUS_FAILED;
}

static int check_super_minor(struct assemble *a)
{
	const struct request *r = a->run->req;
	char devnm[33];
	dev_t rdev;

	a->have_super_minor = r->have_super_minor;
	a->super_minor = r->super_minor;
	if (!r->have_super_minor || !r->super_minor_dev)
		return 0;
	if (md_at(a->name.path, devnm) || sysfs_devnm_rdev(devnm, &rdev)) {
		say_error("--super-minor=dev given, and listed device %s doesn't exist.",
			  r->dev[0].name);
		return STATUS_FAILED;
	}
	a->super_minor = minor(rdev);
	return 0;
}

/* Without devices and without an identity the configuration tells. */
static int check_identity(struct assemble *a)
{
	const struct request *r = a->run->req;
	const struct config_array *line;

	if (a->listed || r->have_uuid || r->name || r->have_super_minor)
		return 0;
	line = config_array_by_name(&a->run->conf, r->dev[0].name);
	if (!line || line->ignore) {
		say_error("%s not identified in config file.", r->dev[0].name);
		return STATUS_FAILED;
	}
	a->line = line;
	return 0;
}

static int check_request(struct assemble *a)
{
	int rc = assemble_parse_name(a);

	if (!rc)
		rc = check_path(a);
	if (!rc)
		rc = check_super_minor(a);
	return rc ? rc : check_identity(a);
}

/* The one that is named. */
static int assemble_one(struct assembly *r)
{
	struct assemble *a = assemble_new(r);
	struct err err;
	int rc;

	if (r->req->bitmap_file && bitmap_file_exists(r->req->bitmap_file, &err)) {
		say_err(&err);
		return STATUS_USAGE;
	}
	a->given = r->req->dev[0].name;
	a->given_by = NAME_COMMAND_LINE;
	a->listed = r->req->n_dev > 1;
	rc = check_request(a);
	if (rc)
		return rc;
	mode_clear_left(r->req);
	assemble_probe(r);
	rc = assemble_look(r);
	if (rc)
		return rc;
	assemble_arrays(r, &a, 1);
	assemble_finish(r);
	return a->status;
}

static int walk(struct assembly *r)
{
	int rc = mode_metadata(r->req->metadata, &r->fmt, &r->minor);

	if (rc)
		return rc;
	if (!r->req->scan)
		return assemble_one(r);
	if (r->req->super_minor_dev) {
		say_error("--super-minor=dev is of no use with --scan: give the number");
		return STATUS_USAGE;
	}
	if (r->req->bitmap_file) {
		say_error("the bitmap in %s is that of one array: name that array", r->req->bitmap_file);
		return STATUS_FAILED;
	}
	mode_clear_left(r->req);
	return assemble_scan(r);
}

static int Assemble(const struct request *req)
{
	struct request asked = *req;
	struct assembly r = { .req = &asked };
	int status;

	assemble_take_update(&r, &asked);
	mode_load_config(req, &r.conf, r.homehost, sizeof(r.homehost));
	r.not_required = !r.conf.require_homehost ||
		(req->homehost && !strcasecmp(req->homehost, "<ignore>"));
	status = walk(&r);
	assembly_free(&r);
	return status;
}

const struct mode mode_assemble = {
	.name = "assemble",
	.id = MODE_ASSEMBLE,
	.needs_root = true,
	.run = Assemble,
};
