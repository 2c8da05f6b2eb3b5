// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Manage-add.c - devices that become members of a running array: spares, journals; members that come back
 * are Manage-readd.c's.  Part of the mode --manage.  Everything is checked before the first byte is written; when the
 * kernel refuses the device, the bytes are put back.
 */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "Manage-add.h"
#include "say.h"
#include "signature.h"
#include "sysfs.h"
#include "util.h"

/* The log needs some blocks to go round in (r5l_load_log). */
#define LEAST_JOURNAL_SEC 2048

static void adding_free(struct adding *a)
{
	blk_close(a->dev);
	super_free(a->ours);
	super_free(a->old);
}

bool adding_is_former(const struct adding *a)
{
	return a->old && !super_difference(a->ours, a->old);
}

bool adding_flag(enum flag_change change, bool now)
{
	return change == FLAG_KEEP ? now : change == FLAG_SET;
}

struct md_disk adding_disk(const struct adding *a, int number, int slot)
{
	return (struct md_disk){
		.number = number,
		.major = (int)major(a->t->rdev),
		.minor = (int)minor(a->t->rdev),
		.raid_disk = slot,
	};
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
		.ppl = a->array.ppl,
	};
	uint64_t needed = a->array.geo.size_sec, room = fmt->avail_size(&q, &m->data_offset_sec);
	char size[MANAGE_SIZE];

	if (a->d->member == MEMBER_ADD_JOURNAL)
		needed = LEAST_JOURNAL_SEC;
	/* a bitmap or log at the end of 1.0 may leave more to the data than a new member would get */
	if (room >= needed ||
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
	if (manage_works(a->m->array))
		return STATUS_OK;
	say_error("%s has failed so using --add cannot work and might destroy\n"
		  "data on %s.  You should stop the array and re-assemble it.", a->m->path, a->t->shown);
	return STATUS_FAILED;
}

/* One that has none may get one: the kernel begins to use it at once (raid5_add_disk, drivers/md/raid5.c). */
static bool can_have_journal(const struct adding *a)
{
	int level = a->array.geo.level;

	return a->array.journal ||
	       ((level == LEVEL_RAID4 || level == LEVEL_RAID5 || level == LEVEL_RAID6) && !a->array.bitmap &&
		!a->m->array->bitmap_file && !a->array.ppl && !a->array.reshape && a->ours->fmt->records_data_offset);
}

static int check_journal(const struct adding *a)
{
	char state[20] = "";
	int dir autoclose = sysfs_open_md(a->m->devnm);

	if (!can_have_journal(a)) {
		say_error("%s does not support journal device.", a->m->path);
		return STATUS_FAILED;
	}
	if (dir < 0 || sysfs_get(dir, "array_state", state, sizeof(state)) || strcmp(state, "readonly") != 0) {
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

	if (adding_is_former(a) && a->old_disk.role == ROLE_ACTIVE) {
		say_verbose("%s was a member of %s: what it says of that is lost", a->t->shown, a->m->path);
		odd = true;
	} else if (a->old && !adding_is_former(a)) {
		uuid_format(&a->old_array.uuid, ':', uuid);
		say_note(uuid_equal(&a->array.uuid, &a->old_array.uuid) ?
			 "%s was a member of this array, %s, when that had another size or shape: that is lost" :
			 "%s was a member of another array, %s: that is lost", a->t->shown, uuid);
		odd = true;
	}
	if (blk_read(a->dev, 0, head, sizeof(head), NULL))
		return odd;
	if (signature_ext(span, &ext)) {
		say_note("%s appears to contain an ext2fs file system: that is lost", a->t->shown);
		odd = true;
	}
	for (const struct signature *k = signatures; k->what; k++) {
		if (!mode_carries(a->dev, k))
			continue;
		say_note("%s appears to contain %s: that is lost", a->t->shown, k->what);
		odd = true;
	}
	if (signature_mbr(span, &end_sec) || mode_has_gpt(a->dev)) {
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
	static const uint8_t zeros[4096];
	int rc;

	plan_claim_held(p, m->path, &a->id, &a->dev);
	plan_drop_partitions(p, m->path);
	if (keep)
		plan_keep_undo(p, a->m->req->undo_dir, command, a->m->devnm);
	/* what an old journal has would be written to the members (r5l_load_log, drivers/md/raid5-cache.c) */
	if (m->journal)
		plan_write(p, m->path, m->data_offset_sec * SECTOR_BYTES, zeros, sizeof(zeros));
	rc = fmt->add_to_super(a->ours, m, err);
	if (!rc)
		rc = fmt->write_init_super(a->ours, m, p, err);
	return rc ? rc : plan_wipe(a, p, err);
}

static struct md_disk new_disk(const struct adding *a, const struct new_member *m)
{
	struct md_disk d = adding_disk(a, m->number, m->journal ? 0 : m->number);

	d.journal = d.sync = m->journal;
	d.write_mostly = m->write_mostly;
	d.failfast = m->failfast;
	return d;
}

/* One that the kernel keeps no metadata of: what it is told is all that there is. */
static int add_without_super(struct adding *a, struct plan *p, struct err *err)
{
	const struct array *array = a->m->array;
	struct md_disk d = adding_disk(a, lowest_number(array), 0);

	d.raid_disk = d.number;
	plan_claim_held(p, a->t->shown, &a->id, &a->dev);
	plan_release_all(p);
	plan_open_running(p, a->m->devnm);
	plan_add_disk(p, &d, a->t->shown, NULL);
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
	plan_add_disk(p, &d, m->path, NULL);
	return plan_run(p, err);
}

/*
 * The kernel uses a journal from the moment it has it and does not let it go while the array is read-only: should
 * this fail, the device stays in.
 */
static int make_writable(const struct adding *a, struct plan *p)
{
	struct err err;
	int rc;

	plan_settle(p);
	plan_set_access(p, false, a->m->path);
	rc = plan_run(p, &err);
	if (!rc)
		return STATUS_OK;
	say_error("failed to make %s writable again: %s\n%s is its journal now, but it is still read-only; once the "
		  "cause is gone: mdadm --readwrite %s", a->m->path, error_text(-rc), a->t->shown, a->m->path);
	mode_tell_undo(p);
	return STATUS_FAILED;
}

/* --- which of these --- */

int adding_refused(const struct adding *a, int number, int rc)
{
	say_error("add new device failed for %s as %d: %s%s", a->t->shown, number, error_text(-rc),
		  rc == -EROFS ? "\nthe array is read-only: mdadm --readwrite it first" : "");
	return STATUS_FAILED;
}

int adding_done(struct adding *a, struct plan *p, const char *what)
{
	char *title autofree = xasprintf("add %s", a->t->shown);

	mode_tell_plan(a->m->req, p, title);
	a->m->changed++;
	if (!a->m->req->dry_run)
		say_note("%s %s", what, a->t->shown);
	mode_tell_undo(p);
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

/* A dry run has removed nothing: what would be free by then is in the array still. */
static enum blk_mode open_mode(const struct adding *a)
{
	char holder[33];

	return a->m->req->dry_run && blk_md_holder(a->t->rdev, holder) && !strcmp(holder, a->m->devnm) &&
	       !a->t->member ? BLK_READ : BLK_READ_EXCL;
}

static int open_device(struct adding *a)
{
	struct err err;
	int rc = a->dev ? 0 : blk_open(a->t->shown, open_mode(a), &a->dev, &err);

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

/* Of a member in sync: a spare may be behind. */
static int load_ours(struct adding *a)
{
	struct array *array = a->m->array;

	super_free(a->ours);
	a->ours = NULL;
	for (size_t i = 0; i < array->n_member && !a->ours; i++) {
		struct blkdev *b cleanup(blk_cleanup) = NULL;
		const struct array_member *am = &array->member[i];

		if (am->disk.sync && !am->disk.faulty && !am->disk.journal && am->path &&
		    !blk_open(am->path, BLK_READ, &b, NULL))
			super_load(b, NULL, SUPER_ANY_MINOR, 0, &a->ours, NULL);
	}
	if (!a->ours && !manage_works(array)) {
		say_error("cannot load array metadata from %s\nit has failed: stop it and --assemble it, with --force "
			  "if need be", a->m->path);
		return STATUS_FAILED;
	}
	if (!a->ours) {
		say_error("cannot load array metadata from %s", a->m->path);
		return STATUS_FAILED;
	}
	a->ours->fmt->getinfo_super(a->ours, &a->array, &a->disk);
	return STATUS_OK;
}

static int load_supers(struct adding *a)
{
	struct err err;
	int rc = load_ours(a);

	if (rc)
		return rc;
	rc = super_load(a->dev, NULL, SUPER_ANY_MINOR, LOAD_IGNORE_SIZE | LOAD_ANY_SHAPE, &a->old, &err);
	/* what cannot be read is not absent, and could not be written over either */
	if (rc == -EIO) {
		say_err(&err);
		return STATUS_FAILED;
	}
	if (rc == 0)
		a->old->fmt->getinfo_super(a->old, &a->old_array, &a->old_disk);
	return STATUS_OK;
}

/* What a new member would have to be given and is not known here. */
static int check_kind(const struct adding *a)
{
	if (!a->m->array->info.clustered && !a->array.clustered && !a->disk.bitmap_damaged)
		return STATUS_OK;
	say_error("nothing is added to %s: its bitmap is %s", a->m->path,
		  a->disk.bitmap_damaged ? "damaged, or of a kind that is not known" :
					   "shared with other machines, which is not available in this version");
	return STATUS_FAILED;
}

/* The kernel would refuse it when it is written. */
static int check_access(const struct adding *a, int number)
{
	int dir autoclose = sysfs_open_md(a->m->devnm);
	char state[20] = "";

	if (dir < 0 || sysfs_get(dir, "array_state", state, sizeof(state)) || strcmp(state, "readonly") != 0)
		return STATUS_OK;
	return adding_refused(a, number, -EROFS);
}

static int check_new(struct adding *a, struct new_member *m)
{
	int rc = check_kind(a);

	a->ours->fmt->adopt_super(a->ours);
	if (!rc)
		rc = check_size(a, m);
	if (!rc)
		rc = m->journal ? check_journal(a) : check_failed(a);
	if (!rc)
		rc = check_sectors(a);
	if (!rc && !m->journal)
		rc = check_access(a, m->number);
	return rc;
}

/* The array as it is once it is our turn. */
static int take_turn(struct adding *a, struct plan *p)
{
	struct err err;

	plan_lock_map_if_usable(p);
	if (plan_run(p, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	return manage_look(a->m);
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
	int rc = take_turn(a, p) ?: load_ours(a);

	if (rc)
		return rc;
	m.number = lowest_number(a->m->array);
	rc = check_new(a, &m);
	if (rc)
		return rc;
	if (!m.journal)
		manage_tell_add(a->m, a->t->shown);
	rc = add_with_super(a, &m, p, &err);
	if (rc)
		return plan_add_refused(p) ? adding_refused(a, m.number, rc) : (say_err(&err), STATUS_FAILED);
	rc = m.journal ? make_writable(a, p) : STATUS_OK;
	if (rc)
		return rc;
	if (a->m->req->dry_run)
		manage_enter(a->m, a->t, m.number);
	return adding_done(a, p, m.journal ? "Journal added successfully, making read-write:" : "added");
}

static int check_bare(const struct adding *a)
{
	const uint64_t needed = a->m->array->geo.size_sec;
	char size[MANAGE_SIZE];

	if (a->d->member == MEMBER_ADD_JOURNAL) {
		say_error("%s does not support journal device.", a->m->path);
		return STATUS_FAILED;
	}
	if (a->dev->size_sec < needed) {
		say_error("%s not large enough to join array\nit lacks %s", a->t->shown,
			  manage_size(needed - a->dev->size_sec, size));
		return STATUS_FAILED;
	}
	return check_failed(a) ?: check_sectors(a);
}

static int add_bare(struct adding *a)
{
	struct plan *p cleanup(plan_cleanup) = mode_plan(a->m->req);
	struct err err;
	int number, rc = take_turn(a, p) ?: check_bare(a);

	if (rc)
		return rc;
	tell_content(a);
	manage_tell_add(a->m, a->t->shown);
	number = lowest_number(a->m->array);
	rc = add_without_super(a, p, &err);
	if (rc)
		return adding_refused(a, number, rc);
	/* without metadata nothing is known of what it missed: it is copied as a new one is */
	return adding_done(a, p, a->d->member == MEMBER_READD ? "re-added" : "added");
}

static int back_or_new(struct adding *a)
{
	bool tried = false;
	int status = STATUS_OK;

	if (a->d->member == MEMBER_ADD || a->d->member == MEMBER_READD)
		status = readd_try(a, &tried);
	if (status || tried)
		return status;
	status = open_device(a);
	return status ? status : add_new(a);
}

/* Looked at without holding it: the array does. */
static int failed_member(struct adding *a)
{
	struct err err;

	if (blk_open(a->t->shown, BLK_READ, &a->dev, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	return load_supers(a) ?: readd_failed(a);
}

int manage_add(struct manage *m, const struct request_device *d, const struct target *t)
{
	struct adding a = { .m = m, .d = d, .t = t };
	int status;

	if (d->member == MEMBER_READD && t->member && t->member->disk.faulty && m->array->persistent)
		status = failed_member(&a);
	else
		status = open_device(&a);
	if (!a.ours && !status && !m->array->persistent)
		status = add_bare(&a);
	else if (!a.ours && !status)
		status = load_supers(&a) ?: back_or_new(&a);
	adding_free(&a);
	return status;
}
