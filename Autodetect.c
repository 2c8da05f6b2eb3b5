// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Autodetect.c - the mode --auto-detect: the kernel is asked to start what it found at boot, as it
 * does by itself where the md driver is no module.
 */
#include "mode.h"
#include "plan.h"
#include "say.h"
#include "util.h"

/* Nobody ever heard that it failed: scripts do not ask for the status, and get none to fail by. */
static int Autodetect(const struct request *r)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(r);
	struct err err;

	plan_autorun(p);
	if (plan_run(p, &err))
		say_err(&err);
	mode_tell_plan(r, p, "have the kernel start what it found");
	return STATUS_OK;
}

const struct mode mode_autodetect = {
	.name = "auto-detect",
	.id = MODE_AUTODETECT,
	.needs_root = true,
	.run = Autodetect,
};
