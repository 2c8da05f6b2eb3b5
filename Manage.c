// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage.c - the mode --manage: what is done to one running array.  So far: --stop, --run, --readonly
 * and --readwrite.
 */
#include "Run.h"
#include "Stop.h"
#include "mode.h"

static int one_array(const char *path, const struct config *conf, const struct request *r)
{
	switch (r->action) {
	case ACT_RUN:
		return Run(path, conf, r);
	case ACT_READONLY:
		return Readonly(path, true, r);
	case ACT_READWRITE:
		return Readonly(path, false, r);
	default: /* options.c lets nothing else come here */
		return Stop(path, r);
	}
}

static int Manage(const struct request *r)
{
	int status = STATUS_OK;
	char homehost[256];
	struct config conf;

	config_init(&conf);
	if (r->action == ACT_RUN)
		mode_load_config(r, &conf, homehost, sizeof(homehost));
	for (size_t i = 0; i < r->n_dev; i++)
		status |= one_array(r->dev[i].name, &conf, r);
	config_free(&conf);
	return status;
}

const struct mode mode_manage = {
	.name = "manage",
	.id = MODE_MANAGE,
	.needs_root = true,
	.run = Manage,
};
