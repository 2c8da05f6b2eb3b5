// SPDX-License-Identifier: GPL-2.0-or-later
/* super-update.c - see super-update.h.  What the words do to a superblock: superN-update.c. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "super-update.h"

static const char *const words[SUPER_UPDATES] = {
	[UPDATE_SPARC22] = "sparc2.2",
	[UPDATE_SUPER_MINOR] = "super-minor",
	[UPDATE_UUID] = "uuid",
	[UPDATE_NAME] = "name",
	[UPDATE_NODES] = "nodes",
	[UPDATE_RESYNC] = "resync",
	[UPDATE_SUMMARIES] = "summaries",
	[UPDATE_HOMEHOST] = "homehost",
	[UPDATE_HOME_CLUSTER] = "home-cluster",
	[UPDATE_BYTEORDER] = "byteorder",
	[UPDATE_DEVICESIZE] = "devicesize",
	[UPDATE_BITMAP] = "bitmap",
	[UPDATE_NO_BITMAP] = "no-bitmap",
	[UPDATE_METADATA] = "metadata",
	[UPDATE_REVERT_RESHAPE] = "revert-reshape",
	[UPDATE_BBL] = "bbl",
	[UPDATE_NO_BBL] = "no-bbl",
	[UPDATE_FORCE_NO_BBL] = "force-no-bbl",
	[UPDATE_PPL] = "ppl",
	[UPDATE_NO_PPL] = "no-ppl",
	[UPDATE_LAYOUT_ORIGINAL] = "layout-original",
	[UPDATE_LAYOUT_ALTERNATE] = "layout-alternate",
	[UPDATE_LAYOUT_UNSPECIFIED] = "layout-unspecified",
};

const char super_update_list[] =
	"Valid --update options are:\n"
	"     'sparc2.2', 'super-minor', 'uuid', 'name', 'nodes', 'resync',\n"
	"     'summaries', 'homehost', 'home-cluster', 'byteorder', 'devicesize',\n"
	"     'bitmap', 'no-bitmap', 'metadata', 'revert-reshape'\n"
	"     'bbl', 'no-bbl', 'force-no-bbl', 'ppl', 'no-ppl'\n"
	"     'layout-original', 'layout-alternate', 'layout-unspecified'";

bool super_update_parse(const char *word, enum super_update *out)
{
	for (size_t i = 0; i < SUPER_UPDATES; i++)
		if (strcmp(words[i], word) == 0) {
			*out = (enum super_update)i;
			return true;
		}
	return false;
}

const char *super_update_word(enum super_update what)
{
	return words[what];
}

int super_update_refuse(const struct update_values *v, struct err *err, const char *why)
{
	return err_set(err, -EINVAL, "--update=%s cannot be done to %s: %s",
		       super_update_word(v->what), v->path, why);
}

int super_update_no_host(const struct update_values *v, struct err *err)
{
	return super_update_refuse(v, err, "no home host is known, --homehost=NAME names one");
}

int super_update_damaged(const struct update_values *v, struct err *err)
{
	return super_update_refuse(v, err, "its write-intent bitmap is damaged, remove that first "
				   "(--update=no-bitmap)");
}

int super_update_checked(const struct update_values *v, struct err *err, int rc)
{
	if (!rc)
		return 0;
	return err_prefix(err, rc, "--update=%s would spoil the superblock on %s: ",
			  super_update_word(v->what), v->path);
}
