// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Create-plan.c - from a checked request to a running array: names and numbers,
 * the superblock, and the plan that writes the members and drives the driver.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "Create.h"
#include "bitmap-file.h"
#include "mapfile.h"
#include "plan.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

#define BBLOG_KERNEL KERNEL(3, 5, 0)   /* md(4) */
/* From that one on the kernel itself records the logical block size in 1.x superblocks. */
#define BLOCK_SIZE_KERNEL KERNEL(6, 19, 0)

static size_t journal_number(const struct create *c)
{
	return MIN(c->req->journal_at ? c->req->journal_at - 1 : 0, c->n_dev - 1);
}

/* The journal has the number of its place among the words. */
static int number_of(const struct create *c, size_t i)
{
	if (!c->n_journal)
		return (int)i;
	if (c->dev[i].journal)
		return (int)journal_number(c);
	return (int)(i + (i >= journal_number(c)));
}

/* Who has that number. */
static size_t index_of(const struct create *c, size_t number)
{
	if (!c->n_journal)
		return number;
	if (number == journal_number(c))
		return c->n_dev - 1;
	return number - (number > journal_number(c));
}

/* Descriptor numbers are the places in the list; the member that is held back comes last. */
static struct new_member member_of(struct create *c, size_t i)
{
	struct candidate *d = &c->dev[i];
	bool held = c->hold_back >= 0 && i == (size_t)c->hold_back;

	return (struct new_member){
		.path = d->path,
		.id = d->id,
		.seen = d->seen,
		.bare = d->bare,
		.held = &d->held,
		.dev_sec = d->dev_sec,
		.data_offset_sec = d->data_offset_sec,
		.number = held ? (int)c->n_dev : number_of(c, i),
		.slot = held || i >= c->geo.raid_disks ? -1 : (int)i,
		.journal = d->journal,
		.write_mostly = d->write_mostly,
		.failfast = d->failfast,
	};
}

/* Calls for each member in the order of the descriptor numbers. */
static int each_member(struct create *c,
		       int (*fn)(const struct new_member *m, void *arg, struct err *err),
		       void *arg, struct err *err)
{
	for (size_t i = 0; i <= c->n_dev; i++) {
		bool last = i == c->n_dev;
		size_t at = last ? (size_t)MAX(c->hold_back, 0) : index_of(c, i);
		struct new_member m;
		int rc;

		if (last ? c->hold_back < 0 : !c->dev[at].path || (int)at == c->hold_back)
			continue;
		m = member_of(c, at);
		rc = fn(&m, arg, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* --- the superblock --- */

static int describe_array(struct create *c, struct new_array *a, struct err *err)
{
	const struct request *r = c->req;
	unsigned held = c->hold_back >= 0, missing = (unsigned)c->n_missing;
	*a = (struct new_array){
		.geo = c->geo,
		.spares = r->spare_disks + held,
		.minor = c->minor,
		.uuid = r->uuid,
		.uuid_given = r->have_uuid,
		.name = r->name ? r->name : c->name.name,
		.homehost = c->homehost,
		.ctime_sec = time(NULL),
		.clean = c->clean,
		.bblog = c->conf.bbl && (!r->compat || r->compat >= BBLOG_KERNEL),
		.bitmap = c->bitmap,
		.ppl = c->ppl,
		.journal = c->n_journal,
		.bitmap_wish = mode_bitmap_wish(r),
		.raid0_layout_feature = c->geo.level == LEVEL_RAID0 && c->geo.layout && c->uneven,
		.nr_disks = c->geo.raid_disks + r->spare_disks + held,
		.active = c->geo.raid_disks - missing - held,
		.working = (unsigned)c->n_dev - missing,
		.failed = missing + held,
	};
	if (!r->have_uuid && uuid_random(&a->uuid))
		return err_set(err, -EIO, "no random bytes for the array's uuid");
	return 0;
}

static int add_member(const struct new_member *m, void *super, struct err *err)
{
	struct super *s = super;

	return s->fmt->add_to_super(s, m, err);
}

/* The minor of the device that the plan has opened; in a dry run the number of its name. */
static int minor_of(const struct create *c, int *out, struct err *err)
{
	uint64_t number = 0;
	dev_t rdev;
	int rc = sysfs_devnm_rdev(c->name.devnm, &rdev);

	if (!rc)
		*out = (int)minor(rdev);
	else if (c->req->dry_run && !parse_u64(c->name.devnm + strlen("md"), INT_MAX, &number))
		*out = (int)number;
	else if (c->req->dry_run)
		*out = 0;
	else
		return err_set(err, rc, "%s has gone: %s", c->name.devnm, error_text(-rc));
	return 0;
}

static int make_super(struct create *c, int md_minor, struct super **out, struct err *err)
{
	struct super *s cleanup(super_cleanup) = NULL;
	struct new_array a;
	int rc = describe_array(c, &a, err);

	if (rc)
		return rc;
	a.md_minor = md_minor;
	rc = c->fmt->init_super(&a, &s, err);
	if (!rc)
		rc = each_member(c, add_member, s, err);
	if (rc)
		return rc;
	*out = steal(s);
	return 0;
}

/* --- the plan --- */

struct building {
	struct plan *plan;
	struct super *super;
	const char *hint;
};

static int plan_claim_member(const struct new_member *m, void *arg, struct err *err)
{
	struct building *b = arg;

	(void)err;
	plan_claim_held(b->plan, m->path, &m->id, m->held);
	plan_check_unchanged(b->plan, m->path, &m->seen);
	plan_drop_partitions(b->plan, m->path);
	return 0;
}

/* What an older array left would be found again, in whatever format and place. */
static int plan_wipe(struct building *b, const struct new_member *m, struct err *err)
{
	struct blkdev *opened cleanup(blk_cleanup) = NULL, *dev = *m->held;
	int rc = 0;

	/* held since, so that no array has come to it */
	if (dev && m->bare)
		return 0;
	if (!dev)
		rc = blk_open(m->path, BLK_READ, &opened, err);
	dev = dev ?: opened;
	for (size_t i = 0; rc >= 0 && superlist[i]; i++)
		rc = superlist[i]->wipe_super(dev, SUPER_ANY_MINOR, true, b->plan, err);
	return rc < 0 ? rc : 0;
}

static int plan_superblock(const struct new_member *m, void *arg, struct err *err)
{
	struct building *b = arg;

	return b->super->fmt->write_init_super(b->super, m, b->plan, err);
}

static int plan_write_member(const struct new_member *m, void *arg, struct err *err)
{
	int rc = plan_superblock(m, arg, err);

	/* the old goes when the new is there: of two superblocks the newer counts */
	return rc ? rc : plan_wipe(arg, m, err);
}

/* Does the kernel of --compat know what is about to be made? */
static int check_compat(const struct create *c, const struct super *s, struct err *err)
{
	const uint32_t compat = c->req->compat, running = kernel_running();
	char wanted[KERNEL_TEXT], text[KERNEL_TEXT];
	struct kernel_need need;

	if (!compat)
		return 0;
	kernel_text(compat, wanted);
	s->fmt->oldest_kernel(s, &need);
	if (need.version > compat)
		return err_set(err, -EINVAL, "Linux %s could not start this array: it needs %s or later "
			       "(%s)%s%s", wanted, kernel_text(need.version, text), need.why,
			       need.instead ? "; " : "", need.instead ? need.instead : "");
	if (compat < BLOCK_SIZE_KERNEL && running >= BLOCK_SIZE_KERNEL &&
	    running != KERNEL_UNKNOWN && c->fmt->records_data_offset)
		return err_set(err, -EINVAL, "Linux %s could not start this array once it was started "
			       "here: this kernel, %s, records the logical block size in its "
			       "metadata; use --metadata=0.90, or make it on an older kernel",
			       wanted, kernel_text(running, text));
	return 0;
}

/* Would the superblocks fit?  For no plan. */
int create_rehearse(struct create *c, struct err *err)
{
	struct super *s cleanup(super_cleanup) = NULL;
	struct building b = { 0 };
	int rc = make_super(c, 0, &s, err);

	b.super = s;
	if (!rc)
		rc = check_compat(c, s, err);
	return rc ? rc : each_member(c, plan_superblock, &b, err);
}

static int plan_add_member(const struct new_member *m, void *arg, struct err *err)
{
	struct building *b = arg;
	const struct md_disk d = {
		.number = m->number,
		.major = (int)major(m->id.rdev),
		.minor = (int)minor(m->id.rdev),
		.raid_disk = m->journal ? 0 : m->slot < 0 ? m->number : m->slot,
		.active = m->slot >= 0,
		.sync = m->slot >= 0 || m->journal,
		.journal = m->journal,
		.write_mostly = m->write_mostly,
		.failfast = m->failfast,
	};

	(void)err;
	plan_add_disk(b->plan, &d, m->path, b->hint);
	return 0;
}

static const char *add_hint(const struct create *c)
{
	return c->geo.level == LEVEL_RAID0 && c->uneven ?
		"\nperhaps this kernel does not know RAID0 layouts: upgrade it, or use --layout=dangerous" :
		NULL;
}

static const char *start_hint(const struct create *c)
{
	if (c->geo.chunk_sec && !is_power_of_2(c->geo.chunk_sec))
		return "\nProblem may be that chunk size is not a power of 2";
	if (c->geo.level == LEVEL_RAID0 && c->uneven)
		return "\nmembers of different size need --layout=original or --layout=alternate";
	return NULL;
}

/* Under the map's lock, so that two that create at once do not choose the same number. */
static int take_device(struct create *c, struct plan *p, struct err *err)
{
	int rc;

	plan_lock_map(p);
	rc = plan_run(p, err);
	if (!rc)
		rc = mode_name_free(&c->name, err);
	if (!rc && !*c->name.devnm)
		rc = devnode_choose(&c->conf, &c->name, err);
	if (rc)
		return rc;
	plan_flag_creating(p, c->name.devnm);
	plan_open_array(p, c->name.devnm);
	return plan_run(p, err);
}

static struct map_entry map_line(const struct create *c, const struct super *s)
{
	struct map_entry e = { .uuid = s->fmt->map_uuid(s) };

	copy_text(e.devnm, sizeof(e.devnm), c->name.devnm);
	copy_text(e.path, sizeof(e.path), c->name.path);
	snprintf(e.metadata, sizeof(e.metadata), "%d.%d", c->fmt->major, c->minor);
	return e;
}

bool create_sync_waits(const struct create *c)
{
	if (c->req->readonly || c->req->assume_clean || !level_has_redundancy(c->geo.level))
		return false;
	for (size_t i = 0; i < c->n_dev; i++)
		if (c->dev[i].path && !c->dev[i].bare)
			return true;
	return false;
}

/* The file is made before anything is written to a member. */
static int plan_bitmap_file(struct create *c, const struct super *s, struct bitmap_file *f, struct plan *p,
			    struct err *err)
{
	const struct request *r = c->req;
	const struct bitmap_wish wish = mode_bitmap_wish(r);
	struct array_info info;
	struct disk_info disk;
	int rc;

	if (r->bitmap != BITMAP_FILE)
		return 0;
	s->fmt->getinfo_super(s, &info, &disk);
	rc = bitmap_file_new(r->bitmap_file, r->force, f, err);
	return rc ? rc : bitmap_file_make(p, f, s->fmt, &info.uuid, geometry_sync_sec(&c->geo), &wish, err);
}

static int fill_array(struct create *c, struct bitmap_file *f, struct plan *p, struct err *err)
{
	struct super *s cleanup(super_cleanup) = NULL;
	struct building b = { p, NULL, add_hint(c) };
	char *command autofree = xasprintf("--create %s", c->name.path);
	struct map_entry e;
	int md_minor = 0, rc = minor_of(c, &md_minor, err);

	if (!rc)
		rc = make_super(c, md_minor, &s, err);
	if (rc)
		return rc;
	b.super = s;
	e = map_line(c, s);
	plan_map_set(p, &e);
	if (c->req->bitmap == BITMAP_LOCKLESS)
		mode_plan_lockless(&c->name, true, p);
	plan_set_version(p, c->fmt->major, c->minor, c->name.path);
	each_member(c, plan_claim_member, &b, err);
	plan_keep_undo(p, c->req->undo_dir, command, c->name.devnm);
	rc = plan_bitmap_file(c, s, f, p, err);
	if (rc)
		return rc;
	rc = each_member(c, plan_write_member, &b, err);
	if (rc)
		return rc;
	plan_release_all(p);
	each_member(c, plan_add_member, &b, err);
	if (f->path)
		plan_set_bitmap_file(p, c->name.path, f->path, false);
	plan_start_array(p, c->req->readonly ? START_READONLY :
			 create_sync_waits(c) ? START_NEW_WAITING : START_NEW,
			 c->name.path, c->name.devnm, start_hint(c));
	plan_unflag_creating(p, c->name.devnm);
	plan_unlock_map(p);
	plan_change_event(p, c->name.devnm);
	return plan_run(p, err);
}

int create_build(struct create *c, struct plan *p, struct err *err)
{
	struct bitmap_file f cleanup(bitmap_file_free) = BITMAP_FILE_NONE;
	int rc = take_device(c, p, err);

	if (!rc)
		rc = fill_array(c, &f, p, err);
	if (rc)
		plan_undo(p, err);
	return rc;
}
