// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Action.c - --action: what an array is to do with its redundancy: check or repair it, stop that (idle), or
 * start nothing of the kind by itself (frozen).
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "Action.h"
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

static int find(const char *node, char devnm[33], struct err *err)
{
	struct stat st;

	if (stat(node, &st) < 0)
		return err_set(err, -errno, "Couldn't open %s: %s", node, error_text(errno));
	if (!S_ISBLK(st.st_mode) || sysfs_md_devnm(st.st_rdev, devnm, 33))
		return err_set(err, -ENOTBLK, "%s is not an md array", node);
	return 0;
}

int Action(const char *path, const struct request *r)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(r);
	char *node autofree = mode_array_node(path);
	char *title autofree = xasprintf("set %s to %s", node, r->sync_action);
	struct err err;
	char devnm[33];
	int rc = find(node, devnm, &err);

	if (rc) {
		say_err(&err);
		return STATUS_FAILED;
	}
	plan_set_sync(p, devnm, "sync_action", r->sync_action, node);
	rc = plan_run(p, &err);
	if (rc) {
		say_error("%s%s", err.text, rc == -EBUSY ? "\nit is at something already; --action=idle ends that" :
			  rc == -ENOENT ? "\nit does not run, or its level has no redundancy" : "");
		return STATUS_FAILED;
	}
	mode_tell_plan(r, p, title);
	return STATUS_OK;
}
