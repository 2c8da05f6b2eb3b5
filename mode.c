// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mode.c - what several modes do alike at their edge: configuration, the metadata word, the
 * name of a new array.  Prints, as modes do.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "bitmap-file.h"
#include "blkdev.h"
#include "json.h"
#include "mapfile.h"
#include "member.h"
#include "mode.h"
#include "plan.h"
#include "report.h"
#include "say.h"
#include "signature.h"
#include "super.h"
#include "sysfs.h"
#include "util.h"
#include "waiting.h"

/* The one JSON document of a dry run: a command may tell several plans. */
static struct json dry_document;

static void complain(void *arg, const char *text)
{
	(void)arg;
	say_error("%s", text);
}

void mode_load_config(const struct request *r, struct config *conf, char *homehost, size_t cap)
{
	config_init(conf);
	config_load(conf, r->config_file, complain, NULL);
	config_homehost(conf, r->homehost, homehost, cap);
}

int mode_lock_map(struct plan *p, struct map *map, struct err *err)
{
	int rc;

	plan_lock_map(p);
	rc = plan_run(p, err);
	if (!rc)
		map_load(map);
	return rc;
}

int mode_name_free(const struct md_name *name, struct err *err)
{
	struct map map cleanup(map_free) = { 0 };
	dev_t rdev;

	map_load(&map);
	for (size_t i = 0; i < map.n; i++)
		if (strcmp(map.entry[i].path, name->path) == 0 &&
		    strcmp(map.entry[i].devnm, name->devnm) != 0 &&
		    sysfs_devnm_rdev(map.entry[i].devnm, &rdev) == 0)
			return err_set(err, -EBUSY, "Array name %s is in use already. (by %s)",
				       name->path, map.entry[i].devnm);
	return 0;
}

/* The map must not lead anybody who asks for this array to another one. */
static int remap(const char *devnm, const char *path, struct err *err)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct map map cleanup(map_free) = { 0 };
	const struct map_entry *known;
	struct map_entry e;
	int rc = mode_lock_map(p, &map, err);

	if (rc)
		return rc;
	known = map_by_devnm(&map, devnm);
	if (!known)
		return 0;
	e = *known;
	copy_text(e.path, sizeof(e.path), path);
	plan_map_set(p, &e);
	return plan_run(p, err);
}

bool mode_clear_left(const struct request *r)
{
	struct plan *p cleanup(plan_cleanup) = plan_new();
	struct err err;

	if (r->dry_run || !map_owner_died())
		return false;
	/* should it fail, what is left says why the members cannot be had */
	plan_lock_map(p);
	plan_run(p, &err);
	return true;
}

static void use_number(struct md_name *name)
{
	struct err err;

	say_error("%s exists - ignoring", name->path);
	snprintf(name->path, sizeof(name->path), "/dev/%s", name->devnm);
	if (remap(name->devnm, name->path, &err))
		say_err(&err);
}

void mode_establish_all(struct md_name *const *name, size_t n, const struct config *conf)
{
	struct devnode_link *link autofree = xcalloc(n, sizeof(*link));

	for (size_t i = 0; i < n; i++)
		link[i] = (struct devnode_link){ .devnm = name[i]->devnm, .path = name[i]->path };
	devnode_establish_all(link, n, conf);
	for (size_t i = 0; i < n; i++) {
		if (link[i].rc == DEVNODE_TIMEOUT)
			say_error("timeout waiting for %s", name[i]->path);
		else if (link[i].rc == DEVNODE_OTHER)
			use_number(name[i]);
		else if (link[i].rc < 0)
			say_err(&link[i].err);
	}
}

void mode_establish(struct md_name *name, const struct config *conf)
{
	mode_establish_all(&name, 1, conf);
}

/* "md127" means the array and not a file of that name. */
char *mode_array_node(const char *given)
{
	int dir autoclose = strchr(given, '/') ? -1 : sysfs_open_md(given);

	return xasprintf("%s%s", dir >= 0 ? "/dev/" : "", given);
}

int mode_find_array(const char *path, dev_t *rdev, char devnm[33], struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return err_set(err, -errno, "error opening %s: %s", path, error_text(errno));
	if (!S_ISBLK(st.st_mode) || sysfs_md_devnm(st.st_rdev, devnm, 33))
		return err_set(err, -ENOTBLK, "%s does not appear to be an md device", path);
	*rdev = st.st_rdev;
	return 0;
}

bool mode_carries(struct blkdev *b, const struct signature *k)
{
	uint8_t bytes[SIGNATURE_BYTES_MOST];

	return (uint64_t)k->at + k->n <= b->size_sec * SECTOR_BYTES && !blk_read(b, k->at, bytes, k->n, NULL) &&
	       k->is((struct span){ bytes, k->n });
}

bool mode_has_gpt(struct blkdev *b)
{
	const struct signature gpt = { "a partition table", b->sector_bytes, SECTOR_BYTES, signature_gpt };

	return mode_carries(b, &gpt);
}

int mode_check_file(const struct blkdev *b, struct err *err)
{
	char why[600];

	return !b->rdev && blk_file_busy(b->path, why, sizeof(why)) ?
		       err_set(err, -EBUSY, "%s", why) : 0;
}

struct plan *mode_plan(const struct request *r)
{
	struct plan *p = plan_new();

	if (r->dry_run)
		plan_dry(p);
	return p;
}

void mode_plan_attributes(const struct config *conf, const struct uuid *uuid,
			  const struct md_name *name, struct plan *p)
{
	const struct config_sysfs *line;
	size_t next = 0;

	while ((line = config_sysfs_next(conf, uuid, name->path, &next)))
		for (size_t i = 0; i < line->attr.n; i++)
			plan_attribute(p, name->devnm, line->attr.pair[i].key,
				       line->attr.pair[i].value);
}

int mode_check_bitmap_file(const char *path, const struct member *m, char **real, struct err *err)
{
	const struct array_info *a = &m->array;

	*real = NULL;
	if (!level_has_redundancy(a->geo.level))
		return err_set(err, -EINVAL, "bitmaps not meaningful with level %s", level_name(a->geo.level));
	if (a->bitmap || a->journal)
		return err_set(err, -EEXIST, "it has a %s on its members, and cannot have a bitmap in the file "
			       "%s besides", a->bitmap ? "bitmap" : "journal", path);
	return bitmap_file_check(path, m->super->fmt, &a->uuid, geometry_sync_sec(&a->geo), real, err);
}

struct bitmap_wish mode_bitmap_wish(const struct request *r)
{
	return (struct bitmap_wish){
		.chunk_bytes = r->bitmap_chunk_bytes,
		.delay_s = r->delay_s,
		.write_behind = r->write_behind,
		.lockless = r->bitmap == BITMAP_LOCKLESS,
		.in_sync = r->assume_clean,
	};
}

void mode_plan_lockless(const struct md_name *name, bool is_new, struct plan *p)
{
	char *failure autofree = xasprintf("cannot start %s with %s lockless bitmap, for which the kernel must be "
					   "Linux 6.18 with CONFIG_MD_LLBITMAP%s", name->path,
					   is_new ? "a" : "its",
					   is_new ? "" : " (--assemble --update=no-bitmap leaves it out)");

	plan_array_attribute(p, name->devnm, "bitmap_type", "llbitmap", NULL, failure);
}

void mode_plan_bitmap(const struct config_array *line, const struct member *m,
		      const struct md_name *name, struct plan *p)
{
	char *real autofree = NULL;
	struct err err;

	if (m->array.lockless)
		mode_plan_lockless(name, false, p);
	if (!line || !line->bitmap || !strchr(line->bitmap, '/'))
		return;
	if (mode_check_bitmap_file(line->bitmap, m, &real, &err))
		say_note("%s is started without its bitmap: %s", name->path, err.text);
	else
		plan_set_bitmap_file(p, name->path, real, true);
}

void mode_plan_rejects(const struct waiting *w, struct plan *p)
{
	char kname[64];

	for (size_t k = 0; k < w->n_kept; k++)
		if (waiting_rejects(w, k) &&
		    !blk_kname(w->kept[k]->id.rdev, kname, sizeof(kname)))
			plan_remove_member(p, w->devnm, kname, kname);
}

static void begin_document(void)
{
	if (dry_document.out)
		return;
	dry_document.out = stdout;
	report_json_begin(&dry_document, OBJECT_DRY_RUN);
}

void mode_tell_plan(const struct request *r, const struct plan *p, const char *title)
{
	struct json *j = &dry_document;

	if (!r->dry_run)
		return;
	if (!r->json) {
		printf("Nothing has been changed.  To %s would be:\n", title);
		plan_tell_text(p, stdout);
		return;
	}
	begin_document();
	json_object(j, NULL);
	json_bytes(j, "title", title);
	plan_tell_json(p, j);
	json_close(j);
}

void mode_end_document(const struct request *r)
{
	if (!r->dry_run || !r->json)
		return;
	begin_document();
	report_json_end(&dry_document);
}

void mode_tell_undo(const struct plan *p)
{
	if (plan_undo_failure(p)->text[0])
		say_error("%s\nwhat is overwritten now cannot be put back by --undo",
			  plan_undo_failure(p)->text);
	else if (plan_undo_path(p))
		say_note("what was overwritten is kept; to put it back: mdadm --undo %s",
			 plan_undo_path(p));
}

int mode_metadata(const char *word, const struct superswitch **fmt, int *minor)
{
	*fmt = NULL;
	*minor = SUPER_ANY_MINOR;
	if (!word)
		return 0;
	*fmt = super_match(word, minor);
	if (*fmt)
		return 0;
	if (!strcmp(word, "ddf") || !strcmp(word, "imsm"))
		say_error("--metadata=%s is not available in this version", word);
	else
		say_error("unrecognised metadata identifier: %s\nuse 1.2, 1.1, 1.0 or 0.90", word);
	return STATUS_USAGE;
}
