// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Grow-policy.c - a running RAID5 keeps a partial parity log from now on, or none.  Part of the mode
 * --grow.
 *
 * The kernel is told where the log of each member is, an empty one is written there, and the policy
 * is set; then it records both in the superblocks.
 */
#include <errno.h>
#include <string.h>

#include "Grow.h"
#include "say.h"
#include "super.h"
#include "sysfs.h"
#include "util.h"

static const char *policy_word(const struct request *r)
{
	static const char *const words[] = {
		[POLICY_RESYNC] = "resync", [POLICY_BITMAP] = "bitmap", [POLICY_JOURNAL] = "journal",
		[POLICY_PPL] = "ppl",
	};

	return words[r->consistency_policy];
}

static bool reshapes(const struct grow *g)
{
	char action[20];

	return sysfs_get(g->attributes, "sync_action", action, sizeof(action)) == 0 &&
	       strcmp(action, "reshape") == 0;
}

/* Only from resync to PPL and back: the kernel knows no other way. */
static int may_change(const struct grow *g, const char *wanted)
{
	const struct array *a = g->array;
	bool ppl = g->req->consistency_policy == POLICY_PPL;

	if (!ppl && g->req->consistency_policy != POLICY_RESYNC)
		say_error("Operation not supported for consistency policy %s", wanted);
	else if (ppl && a->persistent && a->major == 0)
		say_error("0.90 metadata does not support PPL");
	else if (a->geo.level != LEVEL_RAID5)
		say_error("Operation not supported for array level %d", a->geo.level);
	else if (strcmp(a->policy, wanted) == 0)
		say_error("Consistency policy is already %s", wanted);
	else if (strcmp(a->policy, "resync") != 0 && strcmp(a->policy, "ppl") != 0)
		say_error("Current consistency policy is %s, cannot change to %s", a->policy, wanted);
	else if (ppl && reshapes(g))
		say_error("PPL cannot be enabled when reshape is in progress\n"
			  "wait for the end: mdadm --wait %s", g->path);
	else
		return STATUS_OK;
	return STATUS_FAILED;
}

static int plan_log(const struct grow *g, const struct grown *m, struct plan *p, struct err *err)
{
	char *failure autofree = xasprintf("cannot say where the log of %s is", m->in->path);
	char place[24], size[24];
	uint64_t at_sec;
	uint32_t size_sec;
	int rc = m->super->fmt->add_ppl(m->super, m->in->path, p, &at_sec, &size_sec, err);

	if (rc)
		return rc;
	snprintf(place, sizeof(place), "%llu", (unsigned long long)at_sec);
	snprintf(size, sizeof(size), "%u", size_sec);
	plan_member_attribute(p, g->devnm, m->in->kname, "ppl_sector", place, NULL, failure);
	plan_member_attribute(p, g->devnm, m->in->kname, "ppl_size", size, NULL, failure);
	return 0;
}

static int plan_logs(struct grow *g, struct plan *p, struct err *err)
{
	int rc = grow_members(g, err);

	if (rc)
		return rc;
	grow_claim(g, p);
	for (size_t i = 0; i < g->n_member && !rc; i++)
		rc = plan_log(g, &g->member[i], p, err);
	plan_release_all(p);
	return rc;
}

int grow_policy(struct grow *g)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(g->req);
	const char *wanted = policy_word(g->req);
	char *title autofree = xasprintf("keep %s consistent by %s", g->path, wanted);
	char *failure autofree = xasprintf("cannot set consistency policy of %s to %s", g->path, wanted);
	struct err err;
	int rc, status = may_change(g, wanted);

	if (status)
		return status;
	plan_lock_map_if_usable(p);
	rc = plan_run(p, &err);
	if (!rc && g->req->consistency_policy == POLICY_PPL)
		rc = plan_logs(g, p, &err);
	if (!rc) {
		plan_array_attribute(p, g->devnm, "consistency_policy", wanted, NULL, failure);
		rc = plan_run(p, &err);
	}
	return grow_end(g, p, rc, &err, title);
}
