// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Create-check.c - everything that --create looks at before the first byte is
 * written: the request, the members, format and sizes, and what would be
 * destroyed.  Opens devices for reading only.
 */
#include <errno.h>
#include <string.h>

#include "Create.h"
#include "bitmap-file.h"
#include "say.h"
#include "util.h"

/* Members of this size get a write-intent bitmap without being asked for it. */
#define BITMAP_FROM_SEC (100ULL * 1024 * 1024 * 2)
/* Sizes of mirrors are rounded to this, so that a slightly smaller disk can replace one. */
#define MIRROR_UNIT_SEC 128
/* Members that are held, with two descriptors each in the end: 1024 are the usual limit. */
#define HELD_MAX 256
#define BITMAP_KERNEL KERNEL(2, 6, 15) /* md(4) */
#define LOCKLESS_KERNEL KERNEL(6, 18, 0) /* as in super1-kernel.c */
#define LEVELS "linear, 0, 1, 4, 5, 6 or 10"

/* --- the request --- */

static int check_level(const struct request *r)
{
	if (r->have_level && r->level < LEVEL_LINEAR) {
		say_error("--create cannot make level %s in this version, only " LEVELS,
			  level_name(r->level));
		return STATUS_USAGE;
	}
	if (!r->have_raid_disks)
		say_error("no raid-devices specified.\n--raid-devices=N (-n) says how many there are");
	else if (!r->have_level)
		say_error("a RAID level is needed to create an array.\n"
			  "--level=LEVEL (-l) names it: " LEVELS);
	else if (r->raid_disks < level_fewest_disks(r->level))
		say_error("at least %u raid-devices needed for level %d",
			  level_fewest_disks(r->level), r->level);
	else
		return 0;
	return STATUS_FAILED;
}

static int check_counts(const struct create *c)
{
	const struct request *r = c->req;
	uint64_t wanted = (uint64_t)r->raid_disks + r->spare_disks;
	size_t listed = c->n_dev - c->n_journal;

	if (r->level <= LEVEL_RAID0 && r->spare_disks)
		say_error("This level does not support spare devices");
	else if (listed < wanted)
		say_error("You haven't given enough devices (real or missing) to create this array: "
			  "%llu are needed, %zu listed", (unsigned long long)wanted, listed);
	else if (listed > wanted)
		say_error("You have listed more devices (%zu) than are in the array(%llu)!",
			  listed, (unsigned long long)wanted);
	else if (r->level <= LEVEL_RAID0 && c->n_missing)
		say_error("This level does not support missing devices");
	else if (c->n_missing == listed)
		say_error("Subdevs can't be all missing");
	else
		return 0;
	return STATUS_FAILED;
}

static int check_shape(const struct request *r)
{
	bool power_of_2 = r->level >= LEVEL_RAID4;

	if (r->have_chunk && !level_has_chunk(r->level))
		say_error("specifying chunk size is forbidden for this level: %s has no chunks",
			  level_name(r->level));
	else if (r->have_chunk && power_of_2 && !is_power_of_2(r->chunk_sec))
		say_error("chunk size %uK is not a power of 2, which %s needs", r->chunk_sec / 2,
			  level_name(r->level));
	else if (r->bitmap >= BITMAP_INTERNAL && !level_has_redundancy(r->level))
		say_error("bitmaps not meaningful with level %s: it has nothing to resync, leave "
			  "--bitmap out", level_name(r->level));
	else if (r->bitmap == BITMAP_LOCKLESS && r->bitmap_chunk_bytes)
		say_error("lockless bitmap doesn't support chunksize: it chooses its chunk itself, leave "
			  "--bitmap-chunk out");
	else if (r->bitmap == BITMAP_LOCKLESS && kernel_running() < LOCKLESS_KERNEL)
		say_error("this kernel has no lockless bitmaps: they need Linux 6.18 with CONFIG_MD_LLBITMAP; "
			  "use --bitmap=internal");
	else if (r->journal && r->bitmap >= BITMAP_INTERNAL)
		say_error("an array cannot have both a journal and a bitmap: leave one of "
			  "--write-journal and --bitmap out");
	else
		return 0;
	return STATUS_FAILED;
}

/* A log needs a format that says where it is. */
static int check_log(const struct create *c)
{
	if (c->fmt && c->fmt->major == 0 && c->req->consistency_policy == POLICY_PPL)
		say_error("0.90 metadata does not support PPL");
	else if (c->fmt && c->fmt->major == 0 && c->req->journal)
		say_error("0.90 metadata does not support a journal: use --metadata=1.2");
	else
		return 0;
	return STATUS_FAILED;
}

/* Copies of a RAID10 chunk need a member each, and one alone is no copy. */
static int check_copies(const struct create *c)
{
	const struct geometry *g = &c->geo;
	unsigned copies = raid10_copies(g->layout);

	if (g->level != LEVEL_RAID10 || (copies >= 2 && copies <= g->raid_disks))
		return 0;
	if (copies < 2)
		say_error("%s could not start: raid10 keeps at least 2 copies of each chunk, "
			  "--layout=%s but one", c->name.path, c->req->layout);
	else
		say_error("that layout requires at least %u devices", copies);
	return STATUS_FAILED;
}

/* The kernel would refuse to start it, when its superblocks have been written. */
static int check_enough(const struct create *c)
{
	const struct geometry *g = &c->geo;
	bool *have autofree = xcalloc(g->raid_disks, sizeof(*have));
	unsigned missing = 0;

	for (size_t i = 0; i < g->raid_disks; i++) {
		have[i] = c->dev[i].path;
		missing += !have[i];
	}
	if (geometry_enough(g, true, have))
		return 0;
	if (g->level == LEVEL_RAID10)
		say_error("%s could not start: of some chunks every copy would be on a missing "
			  "device", c->name.path);
	else
		say_error("%s could not start: %s of %u devices can do without %u, and %u are "
			  "missing", c->name.path, level_name(g->level), g->raid_disks,
			  g->raid_disks - geometry_data_disks(g), missing);
	return STATUS_FAILED;
}

int create_check_request(struct create *c)
{
	const struct request *r = c->req;
	int rc = mode_metadata(r->metadata ?: c->conf.metadata, &c->fmt, &c->minor);

	if (!rc)
		rc = check_level(r);
	if (!rc)
		rc = check_counts(c);
	if (!rc)
		rc = check_shape(r);
	if (!rc)
		rc = check_log(c);
	if (rc)
		return rc;
	c->ppl = r->consistency_policy == POLICY_PPL;
	c->have_layout = r->have_layout;
	if (r->have_layout)
		layout_parse(r->level, r->layout, &c->geo.layout);
	else if (r->level == LEVEL_RAID10)
		c->geo.layout = layout_default(r->level);
	c->geo.level = r->level;
	c->geo.raid_disks = r->raid_disks;
	c->geo.chunk_sec = r->have_chunk ? r->chunk_sec : 0;
	rc = check_copies(c);
	if (!rc)
		rc = check_enough(c);
	return rc;
}

/* --- the members --- */

/*
 * Held from now on, until the plan takes it over: nobody else can take it then, and it need not be
 * looked at twice.
 */
static int measure(const struct create *c, struct candidate *d, struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	int rc = blk_open(d->path, BLK_READ_EXCL, &b, err);

	if (!rc)
		rc = blk_check_writable(b, err);
	if (rc)
		return rc;
	d->id = blk_identify(b);
	d->dev_sec = b->size_sec;
	if (c->n_dev <= HELD_MAX)
		d->held = steal(b);
	return 0;
}

void create_let_go(struct create *c)
{
	for (size_t i = 0; i < c->n_dev; i++)
		blk_close(steal(c->dev[i].held));
}

/* Which of two statuses scripts have learnt from the packaged tool to expect. */
static int unfit_status(const struct create *c, size_t i, int rc)
{
	size_t first = 0;

	while (!c->dev[first].path)
		first++;
	switch (rc) {
	case -EBUSY:
		return i == first && !c->fmt ? STATUS_UNSUITABLE : STATUS_FAILED;
	case -EROFS:
		return STATUS_FAILED;
	}
	return STATUS_UNSUITABLE;
}

/* The one before it in the list that is the same device, or NULL. */
static const struct candidate *twin_of(const struct create *c, const struct candidate *d)
{
	for (const struct candidate *k = c->dev; k < d; k++)
		if (k->path && k->id.rdev == d->id.rdev)
			return k;
	return NULL;
}

/* Which device it is, though somebody holds it: perhaps we do, under another name. */
static void identify_busy(struct candidate *d)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;

	if (!blk_open(d->path, BLK_READ, &b, NULL))
		d->id = blk_identify(b);
}

static int check_member(const struct create *c, size_t i)
{
	struct candidate *d = &c->dev[i];
	const struct candidate *twin;
	struct err err;
	int rc = measure(c, d, &err);

	if (rc == -EBUSY)
		identify_busy(d);
	twin = twin_of(c, d);
	if (twin) {
		say_error("%s and %s are the same device: it can be a member only once",
			  twin->path, d->path);
		return STATUS_FAILED;
	}
	if (!rc)
		return 0;
	say_err(&err);
	return unfit_status(c, i, rc);
}

int create_check_members(struct create *c)
{
	int rc = 0;

	for (size_t i = 0; i < c->n_dev && !rc; i++)
		if (c->dev[i].path)
			rc = check_member(c, i);
	return rc;
}

/* --- format, chunk, layout --- */

static int take_format(struct create *c)
{
	struct err err;

	if (c->minor == SUPER_ANY_MINOR)
		c->minor = c->fmt->default_minor;
	if (c->req->have_data_offset && !c->fmt->records_data_offset) {
		say_error("%s metadata cannot record a data offset: leave "
			  "--data-offset out, or use --metadata=1.2",
			  c->fmt->name);
		return STATUS_FAILED;
	}
	if (c->fmt->validate_geometry(&c->geo, c->have_layout, c->req->spare_disks, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	return 0;
}

/* Nobody named a format: the first in the list that can hold the array. */
static int walk_formats(struct create *c)
{
	struct err err = { "no metadata format fits this array" };

	c->format_chosen = true;
	for (size_t i = 0; superlist[i]; i++) {
		struct geometry g = c->geo;

		c->fmt = superlist[i];
		if (!c->fmt->match_metadata_desc("default", &c->minor))
			continue;
		if (c->minor == SUPER_ANY_MINOR)
			c->minor = c->fmt->default_minor;
		if (c->fmt->validate_geometry(&g, c->have_layout, c->req->spare_disks, &err))
			continue;
		c->geo = g;
		return 0;
	}
	say_err(&err);
	return STATUS_FAILED;
}

static int choose_format(struct create *c)
{
	uint32_t chunk_sec = c->geo.chunk_sec;
	int rc = c->fmt ? take_format(c) : walk_formats(c);

	if (rc)
		return rc;
	if (!c->have_layout && c->geo.level == LEVEL_RAID10)
		say_verbose("layout defaults to n%u", raid10_copies(c->geo.layout));
	else if (!c->have_layout && c->geo.level >= LEVEL_RAID5)
		say_verbose("layout defaults to %s", layout_name(c->geo.level, c->geo.layout));
	if (c->geo.chunk_sec != chunk_sec)
		say_verbose("chunk size defaults to %uK", c->geo.chunk_sec / 2);
	return 0;
}

/* --- sizes --- */

static int too_small(const struct create *c, const struct candidate *d, bool first)
{
	say_error("%s is too small for this array: of its %lluK nothing is left beside the metadata%s",
		  d->path, (unsigned long long)d->dev_sec / 2,
		  c->geo.chunk_sec ? " and a whole chunk" : "");
	return c->format_chosen && first ? STATUS_UNSUITABLE : STATUS_FAILED;
}

/*
 * One data offset for all, that of the first member, so that any of them can
 * take another's place; or each its own.
 */
static int measure_space(struct create *c)
{
	const struct request *r = c->req;
	struct space_request q = {
		.minor = c->minor,
		.chunk_sec = c->geo.chunk_sec,
		.have_data_offset = r->have_data_offset,
		.data_offset_sec = r->data_offset_sec,
		.ppl = c->ppl,
	};
	uint64_t unit = c->geo.chunk_sec ? MAX(c->geo.chunk_sec, 2u) : 2;
	bool first = true;

	for (size_t i = 0; i < c->n_dev; i++) {
		struct candidate *d = &c->dev[i];

		if (!d->path)
			continue;
		q.dev_sec = d->dev_sec;
		if (r->data_offset_variable) {
			q.have_data_offset = d->have_data_offset;
			q.data_offset_sec = d->data_offset_sec;
		}
		d->free_sec = round_down_u64(c->fmt->avail_size(&q, &d->data_offset_sec), unit);
		if (!d->free_sec)
			return too_small(c, d, first);
		first = false;
		q.have_data_offset = true;
		q.data_offset_sec = d->data_offset_sec;
	}
	return 0;
}

static int check_given_size(struct create *c, uint64_t size_sec)
{
	struct err err = { "" };

	for (size_t i = 0; i < c->n_dev; i++) {
		const struct candidate *d = &c->dev[i];

		if (!d->path || d->journal || d->free_sec >= size_sec)
			continue;
		if (err.text[0])
			err_set(&err, 0, "%s\nso is %s: %lluK", err.text, d->path,
				(unsigned long long)d->free_sec / 2);
		else
			err_set(&err, 0, "%s is smaller than given size. %lluK < %lluK + metadata",
				d->path, (unsigned long long)d->free_sec / 2,
				(unsigned long long)size_sec / 2);
	}
	if (!err.text[0])
		return 0;
	say_err(&err);
	return STATUS_FAILED;
}

static uint64_t smallest_free(const struct create *c)
{
	uint64_t min = UINT64_MAX;

	for (size_t i = 0; i < c->n_dev; i++)
		if (c->dev[i].path && !c->dev[i].journal)
			min = MIN(min, c->dev[i].free_sec);
	return min;
}

/* Chunks that a member holds decide raid0's zones. */
static bool sizes_differ(const struct create *c)
{
	for (size_t i = 0; i < c->n_dev; i++)
		if (c->dev[i].path && c->dev[i].free_sec != smallest_free(c))
			return true;
	return false;
}

static int choose_size(struct create *c)
{
	const struct request *r = c->req;
	uint64_t size = smallest_free(c);
	struct geometry g;
	struct err err;

	if (r->have_size && r->size_sec != UINT64_MAX) {
		size = round_down_u64(r->size_sec, c->geo.chunk_sec ? c->geo.chunk_sec : 2);
		if (!size) {
			say_error("Size cannot be smaller than chunk.");
			return STATUS_FAILED;
		}
		if (check_given_size(c, size))
			return STATUS_FAILED;
		c->geo.size_sec = size;
	} else if (c->geo.level > LEVEL_RAID0) {
		if (c->geo.level == LEVEL_RAID1 && size >= MIRROR_UNIT_SEC)
			size = round_down_u64(size, MIRROR_UNIT_SEC);
		c->geo.size_sec = size;
		say_verbose("size set to %lluK", (unsigned long long)size / 2);
	}
	/* Once more, now that the size is known: some formats cannot count so far. */
	g = c->geo;
	if (!g.size_sec)
		g.size_sec = size;
	if (c->fmt->validate_geometry(&g, c->have_layout, r->spare_disks, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	return 0;
}

/*
 * Kernels up to 3.13 and later ones lay out the end of the larger members differently; without a
 * record of which it was, 5.4 and later refuse to start (drivers/md/raid0.c).
 */
static int check_uneven(const struct create *c)
{
	if (c->geo.level != LEVEL_RAID0 || !c->uneven || c->fmt->records_raid0_layout ||
	    c->have_layout)
		return 0;
	say_error("%s metadata cannot record the layout that raid0 over members of different size "
		  "needs: use --metadata=1.2", c->fmt->name);
	return STATUS_FAILED;
}

/* True when there is one that nobody asked for. */
static bool choose_bitmap(struct create *c)
{
	const struct request *r = c->req;

	if (r->journal || c->ppl)
		return false;
	if (r->bitmap == BITMAP_FILE)
		return false;
	c->bitmap = r->bitmap == BITMAP_INTERNAL || r->bitmap == BITMAP_LOCKLESS ||
		    r->consistency_policy == POLICY_BITMAP;
	if (c->bitmap || r->bitmap == BITMAP_NONE || r->consistency_policy == POLICY_RESYNC ||
	    !level_has_redundancy(c->geo.level))
		return false;
	if (r->compat && r->compat < BITMAP_KERNEL)
		return false;
	c->bitmap = r->have_write_behind || c->geo.size_sec > BITMAP_FROM_SEC;
	return c->bitmap;
}

/*
 * RAID4/5 starts with its last member as a spare, and RAID6 that lacks one with
 * another: rebuilding one member reads in order, a resync of all reads and writes everywhere.
 */
static void choose_hold_back(struct create *c)
{
	const struct request *r = c->req;
	uint32_t last = c->geo.raid_disks - 1;
	size_t missing = 0;

	for (size_t i = 0; i <= last; i++)
		missing += !c->dev[i].path;
	if (r->assume_clean || r->force)
		;
	else if (missing == 0 && (c->geo.level == LEVEL_RAID4 || c->geo.level == LEVEL_RAID5))
		c->hold_back = (int)last;
	else if (missing == 1 && c->geo.level == LEVEL_RAID6)
		c->hold_back = (int)(c->dev[last].path ? last : last - 1);
	missing += c->hold_back >= 0;
	c->clean = c->geo.level <= LEVEL_RAID0 || r->assume_clean ||
		   ((c->geo.level == LEVEL_RAID4 || c->geo.level == LEVEL_RAID5) && missing) ||
		   (c->geo.level == LEVEL_RAID6 && missing >= 2);
}

static int check_places(struct create *c)
{
	struct err err;

	if (!create_rehearse(c, &err))
		return 0;
	say_err(&err);
	return STATUS_FAILED;
}

/* Free now; the plan looks again, when nobody can come in between. */
static int check_bitmap_file(const struct create *c)
{
	struct bitmap_file f cleanup(bitmap_file_free) = BITMAP_FILE_NONE;
	struct err err;

	if (c->req->bitmap != BITMAP_FILE || !bitmap_file_new(c->req->bitmap_file, c->req->force, &f, &err))
		return 0;
	say_err(&err);
	return STATUS_FAILED;
}

int create_choose(struct create *c)
{
	bool unasked;
	int rc = check_bitmap_file(c) ?: choose_format(c);

	if (!rc)
		rc = measure_space(c);
	if (!rc)
		rc = choose_size(c);
	if (rc)
		return rc;
	c->uneven = sizes_differ(c);
	rc = check_uneven(c);
	if (rc)
		return rc;
	unasked = choose_bitmap(c);
	choose_hold_back(c);
	rc = check_places(c);
	if (!rc && unasked)
		say_note("automatically enabling write-intent bitmap%s; --bitmap=none makes none",
			 c->req->have_write_behind ? "" : " on large array");
	return rc;
}
