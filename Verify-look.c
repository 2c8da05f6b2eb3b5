// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Verify-look.c - the array that --verify is about: its shape, the members that are in step, where
 * their data begins, and which of their sectors the kernel knows to be bad.  Part of --verify.
 * Changes nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "Verify.h"
#include "array.h"
#include "sysfs.h"
#include "util.h"

/* An attribute is at most a page: a list that fills it may have been cut. */
#define ATTR_BYTES 4097
#define LINE_BYTES 40

void verify_add_hole(struct verify_holes *h, uint64_t at_sec, uint64_t n_sec)
{
	h->hole = xgrow(h->hole, &h->cap, h->n, sizeof(*h->hole));
	h->hole[h->n++] = (struct verify_hole){ at_sec, n_sec };
}

static void close_member(struct verify_member *m)
{
	blk_close(m->dev);
	free(m->path);
	free(m->holes.hole);
}

void verified_free(struct verified *v)
{
	for (unsigned i = 0; v->member && i < v->geo.raid_disks; i++)
		close_member(&v->member[i]);
	free(v->member);
	v->member = NULL;
}

/* --- a member --- */

/* Lines "SECTOR COUNT", of the device, not of its data. */
static void add_bad(struct verify_member *m, const char *text)
{
	unsigned long long at, n;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		if (sscanf(text, "%llu %llu", &at, &n) != 2 || at + n <= m->offset_sec)
			continue;
		if (at < m->offset_sec) {
			n -= m->offset_sec - at;
			at = m->offset_sec;
		}
		verify_add_hole(&m->holes, at - m->offset_sec, n);
	}
}

/* What comes behind the last one that is told may be bad, too. */
static void add_rest(struct verify_member *m)
{
	uint64_t end = 0;

	for (size_t i = 0; i < m->holes.n; i++)
		end = MAX(end, m->holes.hole[i].at_sec + m->holes.hole[i].n_sec);
	verify_add_hole(&m->holes, end, UINT64_MAX - end);
}

static void load_bad(int dir, struct verify_member *m)
{
	static const char *const lists[] = { "bad_blocks", "unacknowledged_bad_blocks" };
	autofree char *text = xcalloc(1, ATTR_BYTES);
	char attr[80];
	bool cut = false;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		snprintf(attr, sizeof(attr), "dev-%s/%s", m->kname, lists[i]);
		if (sysfs_get(dir, attr, text, ATTR_BYTES))
			continue;
		add_bad(m, text);
		cut |= strlen(text) > ATTR_BYTES - LINE_BYTES;
	}
	if (cut)
		add_rest(m);
}

static int open_member(int dir, const struct array_member *from, struct verify_member *m,
		       struct err *err)
{
	dev_t rdev = makedev((unsigned)from->disk.major, (unsigned)from->disk.minor);
	char attr[80];
	int rc;

	if (!from->path)
		return err_set(err, -ENOENT, "%s has no node in /dev", from->kname);
	copy_text(m->kname, sizeof(m->kname), from->kname);
	m->path = xstrdup(from->path);
	snprintf(attr, sizeof(attr), "dev-%s/offset", m->kname);
	rc = sysfs_get_u64(dir, attr, &m->offset_sec);
	if (rc)
		return err_set(err, rc, "cannot tell where the data of %s begins: %s", m->path,
			       error_text(-rc));
	rc = blk_open(m->path, BLK_READ_NODE, &m->dev, err);
	if (rc)
		return rc;
	if (m->dev->rdev != rdev)
		return err_set(err, -ESTALE, "%s is another device than the member", m->path);
	load_bad(dir, m);
	m->here = true;
	return 0;
}

/* --- the array --- */

static bool in_step(const struct array_member *m, uint32_t slots)
{
	return m->disk.raid_disk >= 0 && (uint32_t)m->disk.raid_disk < slots && m->disk.sync &&
	       !m->disk.faulty && !m->disk.replacement && !m->disk.journal;
}

static bool is_reshaped(int dir)
{
	char text[64];

	return !sysfs_get(dir, "reshape_position", text, sizeof(text)) && strcmp(text, "none") != 0;
}

/* What is changing, or was never in step, tells nothing when it does not fit. */
static int check_rest(const struct array *a, int dir, const char *path, struct err *err)
{
	const char *action = a->sync.action;

	if (!a->active)
		return err_set(err, -ENODEV, "%s is not started: there is nothing to compare", path);
	if (array_is_container(a))
		return err_set(err, -EINVAL, "%s is a container: name an array in it", path);
	if (is_reshaped(dir))
		return err_set(err, -EBUSY, "%s is being reshaped: wait for the end of that "
			       "(mdadm --wait %s)", path, path);
	if (action[0] && strcmp(action, "idle") != 0 && strcmp(action, "frozen") != 0)
		return err_set(err, -EBUSY, "%s is busy with a %s: wait for the end of that "
			       "(mdadm --wait %s)", path, action, path);
	if (a->sync.dirty)
		return err_set(err, -EBUSY, "%s is not in step yet: its resync is still to come", path);
	return 0;
}

static int open_members(const struct array *a, int dir, struct verified *v, struct err *err)
{
	v->member = xcalloc(v->geo.raid_disks, sizeof(*v->member));
	v->missing = v->geo.raid_disks;
	for (size_t i = 0; i < a->n_member; i++) {
		const struct array_member *m = &a->member[i];
		int rc;

		if (!in_step(m, v->geo.raid_disks) || v->member[m->disk.raid_disk].here)
			continue;
		rc = open_member(dir, m, &v->member[m->disk.raid_disk], err);
		if (rc)
			return rc;
		v->missing--;
	}
	return 0;
}

int verify_look(const char *path, struct verified *out, struct err *err)
{
	struct array *a cleanup(array_cleanup) = NULL;
	int dir autoclose = -1;
	struct err why;
	int rc;

	*out = (struct verified){ .path = path };
	rc = array_devnm(path, out->devnm, err) ?: array_look(out->devnm, NULL, &a, err);
	if (rc)
		return rc;
	dir = sysfs_open_md(out->devnm);
	if (dir < 0)
		return err_set(err, dir, "%s has gone", path);
	rc = check_rest(a, dir, path, err);
	if (rc)
		return rc;
	if (stripe_known(&a->geo, &why))
		return err_set(err, -EINVAL, "%s cannot be compared: %s", path, why.text);
	out->geo = a->geo;
	out->lockless = sysfs_lockless(dir);
	stripe_bands(&out->geo, &out->bands);
	rc = open_members(a, dir, out, err);
	if (rc)
		verified_free(out);
	return rc;
}

static bool same_members(const struct array *a, const struct verified *v)
{
	unsigned found = 0, here = 0;

	for (size_t i = 0; i < a->n_member; i++)
		if (in_step(&a->member[i], v->geo.raid_disks)) {
			const struct verify_member *m = &v->member[a->member[i].disk.raid_disk];

			if (!m->here || strcmp(m->kname, a->member[i].kname) != 0)
				return false;
			found++;
		}
	for (unsigned i = 0; i < v->geo.raid_disks; i++)
		here += v->member[i].here;
	return found == here;
}

int verify_unchanged(const struct verified *v, struct err *err)
{
	struct array *a cleanup(array_cleanup) = NULL;
	int dir autoclose = sysfs_open_md(v->devnm);
	int rc;

	if (dir < 0)
		return err_set(err, dir, "%s has gone", v->path);
	rc = array_look(v->devnm, NULL, &a, err);
	if (rc)
		return rc;
	rc = check_rest(a, dir, v->path, err);
	if (rc)
		return rc;
	if (!same_members(a, v) || memcmp(&a->geo, &v->geo, sizeof(a->geo)) != 0)
		return err_set(err, -ESTALE, "the members of %s have changed meanwhile: run the "
			       "command again", v->path);
	return 0;
}
