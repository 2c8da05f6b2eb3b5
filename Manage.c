// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage.c - the mode --manage: what is done to one running array.  So far: --stop.
 */
#include "Stop.h"
#include "mode.h"

static int Manage(const struct request *r)
{
	int status = STATUS_OK;

	for (size_t i = 0; i < r->n_dev; i++)
		status |= Stop(r->dev[i].name, r);
	return status;
}

const struct mode mode_manage = {
	.name = "manage",
	.id = MODE_MANAGE,
	.needs_root = true,
	.run = Manage,
};
