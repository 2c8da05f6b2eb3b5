// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage-add.c - devices that become members of a running array: members that come back (re-add), spares,
 * journals.  Part of the mode --manage.  Everything is checked before the first byte is written; when the
 * kernel refuses the device, the bytes are put back.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "Manage.h"
#include "blkdev.h"
#include "say.h"
#include "signature.h"
#include "sysfs.h"
#include "util.h"

struct adding {
	struct manage *m;
	const struct request_device *d;
	const struct target *t;
	struct blkdev *dev;      /* held alone; the plan takes it over */
	struct blk_id id;
	struct super *ours;      /* of a member that works */
	struct array_info array; /* what that says */
	struct disk_info disk;
	struct super *old;       /* what lies on the device; NULL nothing */
	struct array_info old_array;
	struct disk_info old_disk;
};

static void adding_free(struct adding *a)
{
	blk_close(a->dev);
	super_free(a->ours);
	super_free(a->old);
}

static bool is_mirror_of(const struct adding *a)
{
	return a->old && !super_difference(a->ours, a->old);
}

/* --- re-add --- */

/* Has another member its number or its place by now? */
static bool is_place_free(const struct array *a, const struct disk_info *d)
{
	for (size_t i = 0; i < a->n_member; i++) {
		const struct md_disk *other = &a->member[i].disk;

		if (other->number == d->number ||
		    (other->raid_disk == d->slot && other->raid_disk >= 0 && !other->faulty &&
		     d->role == ROLE_ACTIVE))
			return false;
	}
	return true;
}

/* The kernel judges by its events whether the bitmap covers what it has missed. */
static bool may_come_back(const struct adding *a)
{
	return is_mirror_of(a) && a->old_disk.role == ROLE_ACTIVE && !a->old_disk.recovering &&
	       is_place_free(a->m->array, &a->old_disk);
}

static bool flag_after(enum flag_change change, bool now)
{
	return change == FLAG_KEEP ? now : change == FLAG_SET;
}

static struct md_disk described(const struct adding *a, int number, int slot)
{
	return (struct md_disk){
		.number = number,
		.major = (int)major(a->t->rdev),
		.minor = (int)minor(a->t->rdev),
		.raid_disk = slot,
	};
}

/* 0; -errno: the kernel would not have it. */
static int readd(struct adding *a, struct plan *p, struct err *err)
{
	struct md_disk d = described(a, a->old_disk.number, a->old_disk.slot);

	d.active = d.sync = true;
	d.write_mostly = flag_after(a->d->write_mostly, a->old_disk.write_mostly);
	d.failfast = flag_after(a->d->failfast, a->old_disk.failfast);
	plan_claim_held(p, a->t->shown, &a->id, &a->dev);
	plan_drop_partitions(p, a->t->shown);
	plan_release_all(p);
	plan_open_running(p, a->m->devnm);
	plan_add_disk(p, &d, a->t->shown, NULL);
	return plan_run(p, err);
}

/* It failed and has not been removed: the kernel takes it back as it is. */
static int readd_failed(struct adding *a, struct plan *p, struct err *err)
{
	char *failure autofree = xasprintf("re-add of %s failed", a->t->shown);

	plan_member_attribute(p, a->m->devnm, a->t->kname, "state", "re-add", NULL, failure);
	return plan_run(p, err);
}

/* --- add --- */

static int lowest_number(const struct array *a)
{
	for (int number = a->info.raid_disks;; number++) {
		bool used = false;

		for (size_t i = 0; i < a->n_member; i++)
			used |= a->member[i].disk.number == number;
		if (!used)
			return number;
	}
}

/* Where data would begin on it, and whether it has room from there on. */
static int check_size(struct adding *a, struct new_member *m)
{
	const struct superswitch *fmt = a->ours->fmt;
	const struct space_request q = {
		.minor = a->ours->minor,
		.dev_sec = a->dev->size_sec,
		.chunk_sec = a->array.geo.chunk_sec,
		.have_data_offset = fmt->records_data_offset,
		.data_offset_sec = a->disk.data_offset_sec,
	};
	uint64_t needed = a->array.geo.size_sec, room = fmt->avail_size(&q, &m->data_offset_sec);
	char size[MANAGE_SIZE];

	/* a bitmap or log at the end of 1.0 may leave more to the data than a new member would get */
	if (room >= needed || a->d->member == MEMBER_ADD_JOURNAL ||
	    (a->ours->minor == 0 && fmt->records_data_offset &&
	     fmt->write_init_super(a->ours, m, NULL, NULL) == 0 &&
	     fmt->place_sec(0, q.dev_sec) >= m->data_offset_sec + needed + 8))
		return STATUS_OK;
	say_error("%s not large enough to join array\nit lacks %s: %llu sectors for data, and %llu are needed",
		  a->t->shown, manage_size(needed - room, size),
		  (unsigned long long)room, (unsigned long long)needed);
	return STATUS_FAILED;
}

/* File systems were made for the sectors of the array, and cannot write less than the disk can. */
static int check_sectors(const struct adding *a)
{
	struct blkdev *array cleanup(blk_cleanup) = NULL;
	struct err err;

	if (blk_open(a->m->path, BLK_READ, &array, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (a->dev->sector_bytes <= array->sector_bytes || a->m->req->force)
		return STATUS_OK;
	say_error("%s has sectors of %u bytes, and %s is used with sectors of %u\n"
		  "what lies on the array may not work any more; --force adds it all the same",
		  a->t->shown, a->dev->sector_bytes, a->m->path, array->sector_bytes);
	return STATUS_FAILED;
}

/* A failed array would be given an empty member in the place of one with data. */
static int check_failed(const struct adding *a)
{
	const struct array *array = a->m->array;
	bool *have autofree = xcalloc(array->geo.raid_disks + 1, sizeof(*have));

	array_slots(array, have);
	if (geometry_enough(&array->geo, true, have))
		return STATUS_OK;
	say_error("%s has failed so using --add cannot work and might destroy\n"
		  "data on %s.  You should stop the array and re-assemble it.", a->m->path, a->t->shown);
	return STATUS_FAILED;
}

static int check_journal(const struct adding *a)
{
	char state[20] = "";
	int dir autoclose = sysfs_open_md(a->m->devnm);

	if (!a->array.journal) {
		say_error("%s does not support journal device.", a->m->path);
		return STATUS_FAILED;
	}
	if (dir < 0 || sysfs_get(dir, "array_state", state, sizeof(state)) || strcmp(state, "readonly")) {
		say_error("%s is not readonly, cannot add journal.\nmake it so: mdadm --readonly %s",
			  a->m->path, a->m->path);
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < a->m->array->n_member; i++)
		if (a->m->array->member[i].disk.journal && !a->m->array->member[i].disk.faulty) {
			say_error("%s already has a journal.", a->m->path);
			return STATUS_FAILED;
		}
	return STATUS_OK;
}

/* Does the device carry something that somebody may miss?  That is said. */
static bool tell_content(const struct adding *a)
{
	uint8_t head[SIGNATURE_BYTES];
	struct span span = { head, sizeof(head) };
	struct ext_info ext;
	uint64_t end_sec;
	char uuid[UUID_TEXT];
	bool odd = false;

	if (a->old && !is_mirror_of(a)) {
		uuid_format(&a->old_array.uuid, ':', uuid);
		say_note("%s was a member of another array, %s: that is lost", a->t->shown, uuid);
		odd = true;
	}
	if (blk_read(a->dev, 0, head, sizeof(head), NULL))
		return odd;
	if (signature_ext(span, &ext)) {
		say_note("%s appears to contain an ext2fs file system: that is lost", a->t->shown);
		odd = true;
	}
	if (signature_mbr(span, &end_sec)) {
		say_note("%s has a partition table: that is lost", a->t->shown);
		odd = true;
	}
	return odd;
}

static int plan_wipe(struct adding *a, struct plan *p, struct err *err)
{
	for (size_t i = 0; superlist[i]; i++) {
		int rc = superlist[i]->wipe_super(a->dev, SUPER_ANY_MINOR, true, p, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int plan_member(struct adding *a, const struct new_member *m, struct plan *p, bool keep,
		       struct err *err)
{
	const struct superswitch *fmt = a->ours->fmt;
	char *command autofree = xasprintf("%s --add %s", a->m->path, a->t->shown);
	int rc;

	plan_claim_held(p, m->path, &a->id, &a->dev);
	plan_drop_partitions(p, m->path);
	if (keep)
		plan_keep_undo(p, a->m->req->undo_dir, command, a->m->devnm);
	rc = fmt->add_to_super(a->ours, m, err);
	if (!rc)
		rc = fmt->write_init_super(a->ours, m, p, err);
	return rc ? rc : plan_wipe(a, p, err);
}

static struct md_disk new_disk(const struct adding *a, const struct new_member *m)
{
	struct md_disk d = described(a, m->number, m->journal ? 0 : m->number);

	d.journal = d.sync = m->journal;
	d.write_mostly = m->write_mostly;
	d.failfast = m->failfast;
	return d;
}

/* One that the kernel keeps no metadata of: what it is told is all that there is. */
static int add_without_super(struct adding *a, struct plan *p, struct err *err)
{
	const struct array *array = a->m->array;
	struct md_disk d = described(a, lowest_number(array), 0);

	d.raid_disk = d.number;
	plan_claim_held(p, a->t->shown, &a->id, &a->dev);
	plan_release_all(p);
	plan_open_running(p, a->m->devnm);
	plan_freeze(p, a->m->devnm);
	plan_add_disk(p, &d, a->t->shown, NULL);
	plan_thaw(p, a->m->devnm);
	return plan_run(p, err);
}

static int add_with_super(struct adding *a, struct new_member *m, struct plan *p, struct err *err)
{
	const struct md_disk d = new_disk(a, m);
	bool keep = tell_content(a);
	int rc = plan_member(a, m, p, keep, err);

	if (rc)
		return rc;
	plan_release_all(p);
	plan_open_running(p, a->m->devnm);
	if (!m->journal)
		plan_freeze(p, a->m->devnm);
	plan_add_disk(p, &d, m->path, NULL);
	if (m->journal)
		plan_set_access(p, false, a->m->path);
	else
		plan_thaw(p, a->m->devnm);
	return plan_run(p, err);
}

/* --- which of these --- */

static int refused(const struct adding *a, int number, int rc)
{
	say_error("add new device failed for %s as %d: %s%s", a->t->shown, number, strerror(-rc),
		  rc == -EROFS ? "\nthe array is read-only: mdadm --readwrite it first" : "");
	return STATUS_FAILED;
}

static int done(struct adding *a, struct plan *p, const char *what)
{
	char *title autofree = xasprintf("add %s", a->t->shown);

	mode_tell_plan(a->m->req, p, title);
	a->m->changed++;
	if (!a->m->req->dry_run)
		say_note("%s %s", what, a->t->shown);
	mode_tell_undo(p);
	return STATUS_OK;
}

static int not_readded(const struct adding *a, const char *why)
{
	say_error("--re-add for %s to %s is not possible%s%s", a->t->shown, a->m->path, *why ? "\n" : "", why);
	return STATUS_FAILED;
}

static const char *why_no_readd(const struct adding *a)
{
	if (!a->old)
		return "it has no superblock; --add takes it as a new device";
	if (!is_mirror_of(a))
		return "it belongs to another array";
	if (a->old_disk.role != ROLE_ACTIVE)
		return "it was no active member; --add takes it as a new device";
	if (a->old_disk.recovering)
		return "it was not rebuilt to its end; --add takes it as a new device";
	return "another device has its place; --add takes it as a spare";
}

static int try_readd(struct adding *a, struct plan *p, bool *tried)
{
	struct err err;
	int rc;

	*tried = true;
	manage_tell_readd(a->m, a->t->shown);
	rc = readd(a, p, &err);
	if (!rc)
		return done(a, p, "re-added");
	if (rc == -ENOMEM || rc == -EROFS)
		return refused(a, a->old_disk.number, rc);
	if (a->d->member == MEMBER_READD)
		return not_readded(a, a->array.bitmap ?
				   "it has missed more than the bitmap knows; --add takes it as a new device" :
				   "without a bitmap what it has missed is not known; --add takes it as a new device");
	*tried = false;
	return STATUS_OK;
}

struct search {
	dev_t rdev;
	bool found;
};

static void is_it(void *arg, dev_t rdev)
{
	struct search *s = arg;

	s->found |= s->rdev == rdev;
}

/* An array that waits for itself never answers again. */
static int check_below(const struct adding *a)
{
	struct search s = { .rdev = 0 };

	if (sysfs_devnm_rdev(a->m->devnm, &s.rdev))
		return STATUS_OK;
	blk_below(a->t->rdev, is_it, &s);
	if (!s.found)
		return STATUS_OK;
	say_error("%s lies on %s and cannot be a member of it", a->t->shown, a->m->path);
	return STATUS_FAILED;
}

static int open_device(struct adding *a)
{
	struct err err;
	int rc = a->dev ? 0 : blk_open(a->t->shown, BLK_READ_EXCL, &a->dev, &err);

	if (!rc)
		rc = blk_check_writable(a->dev, &err);
	if (rc) {
		/* the old tool's word */
		if (!strncmp(err.text, "cannot open", 11))
			err.text[0] = 'C';
		say_err(&err);
		return STATUS_FAILED;
	}
	a->id = blk_identify(a->dev);
	return check_below(a);
}

static int load_supers(struct adding *a)
{
	struct err err;

	if (array_load_super(a->m->array, &a->ours)) {
		say_error("cannot load array metadata from %s", a->m->path);
		return STATUS_FAILED;
	}
	a->ours->fmt->getinfo_super(a->ours, &a->array, &a->disk);
	if (super_load(a->dev, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_ANY_SHAPE, &a->old, &err) == 0)
		a->old->fmt->getinfo_super(a->old, &a->old_array, &a->old_disk);
	return STATUS_OK;
}

static int add_new(struct adding *a)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(a->m->req);
	struct new_member m = {
		.path = a->t->shown,
		.id = a->id,
		.dev_sec = a->dev->size_sec,
		.slot = -1,
		.journal = a->d->member == MEMBER_ADD_JOURNAL,
		.write_mostly = a->d->write_mostly == FLAG_SET,
		.failfast = a->d->failfast == FLAG_SET,
	};
	struct err err;
	int rc;

	a->ours->fmt->adopt_super(a->ours);
	rc = check_size(a, &m);
	if (!rc && !m.journal)
		rc = check_failed(a);
	if (!rc)
		rc = check_sectors(a);
	if (!rc && m.journal)
		rc = check_journal(a);
	if (rc)
		return rc;
	plan_lock_map_if_usable(p);
	rc = plan_run(p, &err);
	if (!rc && manage_look(a->m))
		return STATUS_FAILED;
	m.number = lowest_number(a->m->array);
	if (!rc && !m.journal)
		manage_tell_add(a->m, a->t->shown);
	if (!rc)
		rc = add_with_super(a, &m, p, &err);
	if (rc)
		return strstr(err.text, "ADD_NEW_DISK") ? refused(a, m.number, rc) :
							  (say_err(&err), STATUS_FAILED);
	return done(a, p, m.journal ? "Journal added successfully, making read-write:" : "added");
}

static int add_bare(struct adding *a)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(a->m->req);
	struct err err;
	int rc;

	manage_tell_add(a->m, a->t->shown);
	rc = add_without_super(a, p, &err);
	if (rc)
		return refused(a, lowest_number(a->m->array), rc);
	return done(a, p, "added");
}

static int back_or_new(struct adding *a)
{
	bool tried = false;
	int status;

	if (a->d->member != MEMBER_ADD_SPARE && a->d->member != MEMBER_ADD_JOURNAL && may_come_back(a)) {
		struct plan *p cleanup(plan_cleanup) = mode_plan(a->m->req);

		status = try_readd(a, p, &tried);
		if (status || tried)
			return status;
	}
	if (a->d->member == MEMBER_READD)
		return not_readded(a, why_no_readd(a));
	status = open_device(a);
	return status ? status : add_new(a);
}

int manage_add(struct manage *m, const struct request_device *d, const struct target *t)
{
	struct adding a = { .m = m, .d = d, .t = t };
	int status;

	if (d->member == MEMBER_READD && t->member && t->member->disk.faulty) {
		struct plan *p cleanup(plan_cleanup) = mode_plan(m->req);
		struct err err;

		manage_tell_readd(m, t->shown);
		if (readd_failed(&a, p, &err) == 0)
			return done(&a, p, "re-added");
		return not_readded(&a, "it failed; remove it and --add it");
	}
	status = open_device(&a);
	if (!status && !m->array->persistent)
		status = add_bare(&a);
	else if (!status)
		status = load_supers(&a) ?: back_or_new(&a);
	adding_free(&a);
	return status;
}
