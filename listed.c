// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * listed.c - see listed.h.  Pure; uses config, naming and the superlist.
 */
#include "listed.h"

/*
 * Neither the format nor the shape is compared, as in 4.2's --incremental: they may have changed since
 * the line was written, and root must come up all the same.
 */
static struct config_identity identity_of(const struct member *m)
{
	return (struct config_identity){
		.uuid = &m->array.uuid,
		.name = m->array.name,
		.md_minor = m->array.md_minor,
		.path = m->path,
	};
}

static bool is_identified(const struct config_array *line)
{
	return line && (line->have_uuid || line->super_name || line->have_super_minor);
}

void listed_find(const struct config *c, const char *homehost, bool not_required,
		 const struct member *m, struct listed *out)
{
	const struct config_identity id = identity_of(m);
	size_t line = 0, other = 0;

	*out = (struct listed){ .match = config_find_array(c, &id, homehost, &line, &other) };
	if (out->match != CONFIG_NO_LINE)
		out->line = &c->array[line];
	if (out->match == CONFIG_AMBIGUOUS)
		out->other = &c->array[other];
	out->trust = naming_trust(m->super, homehost, is_identified(out->line), not_required);
	out->name = (struct name_request){
		.given = out->line && !out->line->ignore ? out->line->name : NULL,
		.given_by = NAME_ARRAY_LINE,
		.stored = m->array.name,
		.md_minor = m->array.md_minor,
		.trust = out->trust,
	};
}
