// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan-save.c - the steps that save the metadata of a device in a file, and give that more names.
 * Part of plan.c.  Writes no device.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "plan-step.h"
#include "util.h"

#define COPY_BYTES 65536

void plan_save_areas(struct plan *p, struct blkdev *b, const struct super_area *area, size_t n,
		     const char *file)
{
	struct step *s = step_append(p, &kind_save_areas, file, NULL);

	s->from = b;
	s->n_area = MIN(n, (size_t)SUPER_AREAS);
	memcpy(s->area, area, s->n_area * sizeof(*area));
}

void plan_link_file(struct plan *p, const char *file, const char *name)
{
	step_append(p, &kind_link_file, file, NULL)->hint = xstrdup(name);
}

static int copy_area(struct step *s, const struct super_area *a, int fd, struct err *err)
{
	uint8_t *bytes autofree = xcalloc(1, COPY_BYTES);

	for (uint64_t done = 0; done < a->len;) {
		size_t n = (size_t)MIN(a->len - done, (uint64_t)COPY_BYTES);
		int rc = blk_read(s->from, a->at + done, bytes, n, err);

		if (rc)
			return rc;
		if (lseek(fd, (off_t)(a->at + done), SEEK_SET) < 0)
			return err_set(err, -errno, "cannot write %s: %s", s->path, error_text(errno));
		rc = write_all(fd, bytes, n);
		if (rc)
			return err_set(err, rc, "cannot write %s: %s", s->path, error_text(-rc));
		done += n;
	}
	return 0;
}

/* The superblock last: without it, what a crash has left of a file is not taken for one. */
static int fill(struct step *s, int fd, struct err *err)
{
	const uint64_t size = s->from->size_sec * SECTOR_BYTES + s->from->tail_bytes;

	if (ftruncate(fd, (off_t)size) < 0)
		return err_set(err, -errno, "cannot make %s as large as %s: %s", s->path, s->from->path,
			       error_text(errno));
	for (size_t i = s->n_area; i-- > 0;) {
		int rc = copy_area(s, &s->area[i], fd, err);

		if (rc)
			return rc;
	}
	return fsync(fd) < 0 ? err_set(err, -errno, "cannot write %s: %s", s->path, error_text(errno)) : 0;
}

static int run_save(struct plan *p, struct step *s, struct err *err)
{
	autoclose int fd = open(s->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	int rc;

	(void)p;
	if (fd < 0)
		return err_set(err, -errno, "Cannot create dump file %s: %s", s->path, error_text(errno));
	rc = fill(s, fd, err);
	if (rc)
		remove_file(AT_FDCWD, s->path);
	return rc;
}

static int undo_save(struct plan *p, struct step *s, struct err *err)
{
	int rc = remove_file(AT_FDCWD, s->path);

	(void)p;
	return rc ? err_set(err, rc, "cannot remove %s: %s", s->path, error_text(-rc)) : 0;
}

static int run_link(struct plan *p, struct step *s, struct err *err)
{
	(void)p;
	if (link(s->path, s->hint) < 0)
		return err_set(err, -errno, "cannot link %s to %s: %s", s->hint, s->path, error_text(errno));
	return 0;
}

static int undo_link(struct plan *p, struct step *s, struct err *err)
{
	int rc = remove_file(AT_FDCWD, s->hint);

	(void)p;
	return rc ? err_set(err, rc, "cannot remove %s: %s", s->hint, error_text(-rc)) : 0;
}

const struct step_kind kind_save_areas = {
	.name = "save-metadata", .run = run_save, .undo = undo_save, .tell = tell_save,
};
const struct step_kind kind_link_file = {
	.name = "link-file", .run = run_link, .undo = undo_link, .tell = tell_link,
};
