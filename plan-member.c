// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-member.c - the steps on devices that are or become members: claimed, looked at again, written,
 * released.  The only file that calls the writing functions of blkdev.
 * Allocates nothing that a step writes: that was done when it was appended.
 */
#include <errno.h>
#include <string.h>

#include "plan-step.h"
#include "util.h"

/* A look at a member is worth something that long, when nothing was waited for. */
#define FRESH_MS 200

struct blkdev *step_claimed(struct plan *p, const struct step *s)
{
	for (size_t i = 0; i < p->n_claimed; i++)
		if (p->claimed[i]->rdev == s->id.rdev && !strcmp(p->claimed[i]->path, s->path))
			return p->claimed[i];
	return NULL;
}

struct claim {
	const char *path;
	enum blk_mode mode;
	struct blkdev *dev;
	struct err *err;
};

static int try_claim(void *arg)
{
	struct claim *c = arg;

	return blk_open(c->path, c->mode, &c->dev, c->err);
}

/*
 * Somebody may have put another device behind the name, or another disk behind the number.  Takes
 * the device over.
 */
static int add_claimed(struct plan *p, struct step *s, struct blkdev *dev, struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = dev;
	struct blk_id now = blk_identify(b);

	if (!blk_same(&now, &s->id))
		return err_set(err, -ESTALE, "%s is not the device any more that was looked at",
			       s->path);
	p->claimed = xgrow(p->claimed, &p->cap_claimed, p->n_claimed, sizeof(*p->claimed));
	p->claimed[p->n_claimed++] = steal(b);
	return 0;
}

static int claim(struct plan *p, struct step *s, int patience_ms, struct err *err)
{
	struct claim c = { s->path, s->claim, NULL, err };
	int rc = retry_busy(try_claim, &c, patience_ms);

	return rc ? rc : add_claimed(p, s, c.dev, err);
}

static int take_over(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b cleanup(blk_cleanup) = steal(*s->held);
	int rc = s->claim == BLK_READ_EXCL_NODE ? 0 : blk_make_writable(b, err);

	return rc ? rc : add_claimed(p, s, steal(b), err);
}

/* A holder that has a name stays; anybody else is udev, and soon gone. */
static int run_claim(struct plan *p, struct step *s, struct err *err)
{
	char holder[600];
	int rc;

	if (s->held && *s->held)
		return take_over(p, s, err);
	rc = claim(p, s, 0, err);
	if (rc != -EBUSY || blk_holder(s->id.rdev, holder, sizeof(holder)))
		return rc;
	return claim(p, s, RECLAIM_DEADLINE_MS, err);
}

/*
 * Is the look at the member as good as one now?  While it was held, nothing could have it that asks
 * for a device alone (mount, mkfs, md, dm, swap).  There remains what writes past all that, and it
 * had only the few ms of our own work: nobody was asked, no lock was waited for.  A second look
 * would leave a gap of the same kind before the write; what counts there is that each write
 * compares what it overwrites with what the undo file has of it.
 */
static bool just_looked_at(const struct plan *p, const struct blkdev *b, const struct step *s)
{
	return blk_was_held(b) && !p->lock->waited && clock_ms() - s->seen.at_ms < FRESH_MS;
}

static int run_check_unchanged(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b = step_claimed(p, s);
	struct blk_fingerprint now;

	if (just_looked_at(p, b, s))
		return 0;
	blk_forget(b);
	blk_fingerprint(b, &now);
	blk_forget(b);
	if (now.sum == s->seen.sum)
		return 0;
	return err_set(err, -ESTALE, "%s has changed since it was looked at: something was written "
		       "to it; run the command again", s->path);
}

/* The members may have been closed since. */
static int reclaim(struct plan *p, struct step *s, struct err *err)
{
	return step_claimed(p, s) ? 0 : claim(p, s, RECLAIM_DEADLINE_MS, err);
}

int step_release(struct plan *p, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < p->n_claimed; i++) {
		struct err e;
		int r = blk_sync(p->claimed[i], &e);

		if (r && !rc) {
			rc = r;
			*err = e;
		}
		blk_close(p->claimed[i]);
	}
	p->n_claimed = 0;
	return rc;
}

static int run_release(struct plan *p, struct step *s, struct err *err)
{
	(void)s;
	return step_release(p, err);
}

static int run_drop_partitions(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b = step_claimed(p, s);

	(void)err;
	/* what is claimed to be written was asked already */
	if (s->claim != BLK_READ_EXCL_NODE || !blk_read_only(b))
		blk_drop_partitions(b);
	return 0;
}

static int undo_drop_partitions(struct plan *p, struct step *s, struct err *err)
{
	int rc = reclaim(p, s, err);

	if (!rc)
		blk_scan_partitions(step_claimed(p, s));
	return rc;
}

void step_overlay(const struct step *s, uint64_t at, uint8_t *there, size_t len)
{
	uint64_t start = MAX(s->at, at), end = MIN(s->at + s->len, at + len);

	if (!s->mask && start < end)
		memcpy(there + (start - at), s->bytes + (start - s->at), end - start);
	for (uint64_t i = start; s->mask && i < end; i++)
		if (s->mask[i - s->at] & BYTE_OURS)
			there[i - at] = s->bytes[i - s->at];
}

/* From now on not all bytes of the step are alike. */
void step_tell_apart(struct step *s)
{
	if (s->mask)
		return;
	s->mask = xcalloc(1, s->len);
	memset(s->mask, s->expected ? BYTE_OURS | BYTE_EXPECTED : BYTE_OURS, s->len);
	if (!s->expected)
		s->expected = xcalloc(1, s->len);
}

void step_expect(struct step *s, uint64_t at, const uint8_t *expected, size_t len)
{
	const size_t start = (size_t)(at - s->at);

	if (!s->mask && !s->expected && len == s->len) {
		s->expected = xcalloc(1, len);
		memcpy(s->expected, expected, len);
		return;
	}
	step_tell_apart(s);
	for (size_t i = 0; i < len; i++)
		if (!(s->mask[start + i] & BYTE_EXPECTED)) {
			s->expected[start + i] = expected[i];
			s->mask[start + i] |= BYTE_EXPECTED;
		}
}

/* Is there what was read when the plan was made, and what the undo file has? */
static bool is_expected(const struct step *s)
{
	if (!s->mask)
		return !s->expected || memcmp(s->old, s->expected, s->len) == 0;
	for (size_t i = 0; i < s->len; i++)
		if (s->mask[i] & BYTE_EXPECTED && s->old[i] != s->expected[i])
			return false;
	return true;
}

static int run_write(struct plan *p, struct step *s, struct err *err)
{
	struct blkdev *b = step_claimed(p, s);
	int rc = blk_read_now(b, s->at, s->old, s->len, err);

	if (rc)
		return rc;
	if (!is_expected(s))
		return err_set(err, -ESTALE, "%s has changed since it was looked at: "
			       "run the command again", s->path);
	s->saved = true;
	for (size_t i = 0; s->mask && i < s->len; i++)
		if (!(s->mask[i] & BYTE_OURS))
			s->bytes[i] = s->old[i];
	return blk_write(b, s->at, s->bytes, s->len, err);
}

/* What is still as it was needs no write, least of all one that fails as the first did. */
static int put_back(struct blkdev *b, const struct step *s, struct err *err)
{
	uint8_t *now autofree = xcalloc(1, s->len);

	blk_forget(b);
	if (blk_read(b, s->at, now, s->len, err) == 0 && memcmp(now, s->old, s->len) == 0)
		return 0;
	return blk_write(b, s->at, s->old, s->len, err);
}

static int undo_write(struct plan *p, struct step *s, struct err *err)
{
	int rc = reclaim(p, s, err);

	return rc ? rc : put_back(step_claimed(p, s), s, err);
}

static int run_scan_partitions(struct plan *p, struct step *s, struct err *err)
{
	(void)err;
	blk_scan_partitions(step_claimed(p, s));
	return 0;
}

const struct step_kind kind_claim = {
	.name = "claim-device", .run = run_claim, .tell = tell_claim,
};
const struct step_kind kind_check_unchanged = {
	.name = "check-unchanged", .run = run_check_unchanged, .tell = tell_device,
};
const struct step_kind kind_drop_partitions = {
	.name = "drop-partitions", .run = run_drop_partitions, .undo = undo_drop_partitions,
	.tell = tell_device,
};
const struct step_kind kind_scan_partitions = {
	.name = "scan-partitions", .run = run_scan_partitions, .tell = tell_device,
};
const struct step_kind kind_write = {
	.name = "write", .run = run_write, .undo = undo_write, .tell = tell_write,
};
const struct step_kind kind_release = {
	.name = "sync-and-close-devices", .run = run_release,
};
