// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * member.c - devices probed into members.  Uses blkdev, the superlist and select; never
 * writes and never prints.
 */
#include <errno.h>
#include <string.h>

#include "member.h"
#include "util.h"

void member_probe(struct member *m, const char *path, const struct superswitch *fmt, int minor,
		  unsigned load_flags)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;

	memset(m, 0, sizeof(*m));
	m->path = xstrdup(path);
	m->rc = blk_open(path, BLK_READ, &b, &m->why);
	if (m->rc)
		return;
	m->id = blk_identify(b);
	m->dev_sec = b->size_sec;
	m->rc = super_load(b, fmt, minor, load_flags, &m->super, &m->why);
	if (m->rc == 0)
		m->super->fmt->getinfo_super(m->super, &m->array, &m->disk);
}

void member_free(struct member *m)
{
	free(m->path);
	super_free(m->super);
	memset(m, 0, sizeof(*m));
}

struct member *members_probe(char *const *path, size_t n, const struct superswitch *fmt, int minor,
			     unsigned load_flags)
{
	struct member *m = xcalloc(n, sizeof(*m));

	for (size_t i = 0; i < n; i++)
		member_probe(&m[i], path[i], fmt, minor, load_flags);
	return m;
}

void members_free(struct member *m, size_t n)
{
	for (size_t i = 0; m && i < n; i++)
		member_free(&m[i]);
	free(m);
}

size_t members_line_up(struct member *const *m, size_t n, struct contender *who)
{
	size_t freshest;

	for (size_t i = 0; i < n; i++)
		who[i] = (struct contender){ .array = &m[i]->array, .disk = &m[i]->disk };
	freshest = select_freshest(who, n);
	for (size_t i = 0; freshest != SEAT_EMPTY && i < n; i++) {
		const struct member *f = m[freshest];

		if (i == freshest || m[i]->disk.slot < 0)
			continue;
		who[i].denies = !m[i]->super->fmt->slot_active(m[i]->super, f->disk.slot);
		who[i].denied = !f->super->fmt->slot_active(f->super, m[i]->disk.slot);
	}
	return freshest;
}
