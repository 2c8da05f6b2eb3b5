// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Examine-bitmap.c - --examine-bitmap: the write-intent bitmap of a member, of an image of one, or
 * in a file of its own.  Prints; changes nothing and needs no more than to read.
 */
#include <errno.h>
#include <string.h>

#include "bitmap-codec.h"
#include "mode.h"
#include "report.h"
#include "report-modes.h"
#include "say.h"
#include "sysfs.h"
#include "util.h"

#define LABEL_WIDTH 16
#define READ_BYTES 65536
#define NODE_UNIT_BYTES 4096

/* Where a bitmap lies, and what its header says. */
struct found {
	const char *path;
	struct blkdev *b;
	const struct super *super;   /* of the member; NULL: a file of its own */
	uint64_t at, end;            /* bytes: its header, and where there is no more of it */
	bool words;                  /* the uuid is in words of the host's order */
	uint32_t magic;
	struct bitmap_head head;
};

/* --- finding it --- */

static bool in_file(struct blkdev *b, struct found *f, struct err *err)
{
	uint8_t bytes[BITMAP_HEAD_BYTES];

	if (b->rdev || blk_read(b, 0, bytes, sizeof(bytes), err))
		return false;
	f->at = 0;
	f->end = b->size_sec * SECTOR_BYTES + b->tail_bytes;
	return bitmap_decode((struct span){ bytes, sizeof(bytes) }, &f->head, err) == 0;
}

static int no_bitmap(const char *path)
{
	say_error("%s doesn't have bitmap", path);
	return STATUS_FAILED;
}

static int no_super(const struct found *f)
{
	char name[800], devnm[33];
	const bool array = f->b->rdev && !sysfs_md_devnm(f->b->rdev, devnm, sizeof(devnm));

	say_error(array ? "No md superblock detected on %s: it is an array, whose members have the bitmap." :
		  f->b->rdev ? "No md superblock detected on %s." :
			       "No bitmap and no md superblock detected on %s.",
		  printable(name, sizeof(name), f->path, strlen(f->path)));
	return STATUS_FAILED;
}

/* The exit status; f->end is set when there is one. */
static int in_member(struct found *f, const struct super *s)
{
	struct super_area area[SUPER_AREAS];
	size_t n = s->fmt->areas(s, area);

	f->super = s;
	f->words = s->fmt->bitmap_uuid_in_words;
	for (size_t i = 0; i < n; i++) {
		if (area[i].kind != AREA_BITMAP)
			continue;
		f->at = area[i].at;
		f->end = f->at + area[i].len;
	}
	return f->end ? STATUS_OK : no_bitmap(f->path);
}

static int load_head(struct found *f, uint64_t at, struct err *err)
{
	uint8_t bytes[BITMAP_HEAD_BYTES];
	le32 magic;
	int rc = blk_read(f->b, at, bytes, sizeof(bytes), err);

	if (rc)
		return rc;
	memcpy(magic.b, bytes, sizeof(magic.b));
	f->magic = get_le32(magic);
	return bitmap_decode((struct span){ bytes, sizeof(bytes) }, &f->head, err);
}

/* --- its bits --- */

struct bits {
	uint64_t all, dirty;
	bool cut;                    /* there is room for fewer than it should have */
};

/* Those of the header at that byte; end: where there are no more. */
static int count_bits(struct found *f, uint64_t at, uint64_t end, struct bits *out, struct err *err)
{
	const unsigned in_byte = bitmap_bits_in_byte(&f->head);
	uint8_t *bytes autofree = xcalloc(1, READ_BYTES);
	uint64_t room, left;

	at += bitmap_bits_at(&f->head);
	room = end > at ? end - at : 0;
	out->all = bitmap_head_bits(&f->head);
	out->cut = out->all / in_byte > room || (out->all + in_byte - 1) / in_byte > room;
	if (out->cut)
		out->all = room * in_byte;
	left = out->all;
	out->dirty = 0;
	while (left) {
		const size_t len = (size_t)MIN(end - at, (uint64_t)READ_BYTES);
		const uint64_t n = MIN(left, (uint64_t)len * in_byte);
		int rc = blk_read(f->b, at, bytes, len, err);

		if (rc)
			return rc;
		out->dirty += bitmap_count(&f->head, (struct span){ bytes, len }, n);
		left -= n;
		at += len;
	}
	return 0;
}

/* --- what is told --- */

static struct uuid shown_uuid(const struct found *f)
{
	return f->words ? uuid_swap_words(&f->head.uuid) : f->head.uuid;
}

static void add_chunk(uint64_t bytes, struct report *r)
{
	static const char *const unit[] = { "B", "KB", "MB", "GB", "TB" };
	uint64_t v = bytes;
	size_t i = 0;

	for (; v >= 1024; i++)
		v /= 1024;
	report_text(r, REPORT_TEXT, NULL, "Chunksize", "%llu %s", (unsigned long long)v, unit[i]);
	report_number(r, REPORT_JSON, "chunk_size_bytes", NULL, bytes);
}

static void add_state(uint32_t state, struct report *r)
{
	report_text(r, REPORT_DATA, "state", "State", "%s", !state ? "OK" :
		    state == BITMAP_STATE_STALE ? "Out of date" : "Unknown");
	report_number(r, REPORT_JSON, "state_bits", NULL, state);
}

static void add_lockless_state(uint32_t state, struct report *r)
{
	static const char *const name[] = { NULL, "out of date", "write error", "first use", "clean",
					    "busy" };
	char text[100] = "";

	for (size_t i = 0; i < ARRAY_SIZE(name); i++)
		if (name[i] && state & 1u << i)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? ", " : "", name[i]);
	report_text(r, REPORT_DATA, "state", "State", "%s", *text ? text : "OK");
	report_number(r, REPORT_JSON, "state_bits", NULL, state);
}

static void add_events(const struct bitmap_head *h, struct report *r)
{
	report_number(r, REPORT_DATA, "events", "Events", h->events);
	report_number(r, REPORT_DATA, "events_cleared", "Events Cleared", h->events_cleared);
	(bitmap_lockless(h) ? add_lockless_state : add_state)(h->state, r);
}

static void add_ways(const struct bitmap_head *h, struct report *r)
{
	if (bitmap_unchosen(h))
		report_text(r, REPORT_TEXT, NULL, "Chunksize", "chosen by the kernel");
	else
		add_chunk(h->chunk_bytes, r);
	report_text(r, REPORT_TEXT, NULL, "Daemon", "%us flush period", h->daemon_sleep_s);
	report_number(r, REPORT_JSON, "daemon_sleep_seconds", NULL, h->daemon_sleep_s);
	if (h->write_behind)
		report_text(r, REPORT_TEXT, NULL, "Write Mode", "Allow write behind, max %u",
			    h->write_behind);
	else
		report_text(r, REPORT_TEXT, NULL, "Write Mode", "Normal");
	report_number(r, REPORT_JSON, "write_behind", NULL, h->write_behind);
	report_size(r, REPORT_DATA, "sync_size_bytes", "Sync Size", h->sync_size_sec, SIZE_KIB);
}

static void add_bits(const struct bits *b, struct report *r)
{
	report_text(r, REPORT_TEXT, NULL, "Bitmap", "%llu bits (chunks), %llu dirty (%2.1f%%)",
		    (unsigned long long)b->all, (unsigned long long)b->dirty,
		    b->all ? 100.0 * (double)b->dirty / (double)b->all : 0.0);
	report_number(r, REPORT_JSON, "bits", NULL, b->all);
	report_number(r, REPORT_JSON, "dirty_bits", NULL, b->dirty);
}

static void add_identity(const struct found *f, struct report *r)
{
	report_disk_text(r, REPORT_DATA, "path", "Filename", f->path, strlen(f->path));
	report_text(r, REPORT_TEXT, NULL, "Magic", "%08x", f->magic);
	report_text(r, REPORT_JSON, "place", NULL, "%s", f->super ? "member" : "file");
	if (f->super)
		report_number(r, REPORT_JSON, "offset_bytes", NULL, f->at);
	report_number(r, REPORT_DATA, "version", "Version", f->head.version);
}

static void print(const struct examine_options *o, const struct report *r)
{
	if (o->json)
		report_print_json(r, OBJECT_EXAMINE_BITMAP, o->json);
	else
		report_print_text(r, LABEL_WIDTH, stdout);
}

/* Of a bitmap that means something else to the tool that wrote it. */
static void complain_of_size(const struct found *f, const struct bits *b)
{
	if (b->cut && !bitmap_unchosen(&f->head))
		say_error("WARNING: bitmap %s is not large enough for array size %llu!",
			  f->super ? "area" : "file", (unsigned long long)f->head.sync_size_sec);
}

static int tell_plain(struct found *f, const struct examine_options *o, struct err *err)
{
	struct report r cleanup(report_free) = { 0 };
	const struct uuid uuid = shown_uuid(f);
	struct bits bits;
	int rc = count_bits(f, f->at, f->end, &bits, err);

	if (rc)
		return rc;
	complain_of_size(f, &bits);
	add_identity(f, &r);
	report_uuid(&r, REPORT_DATA, "uuid", "UUID", &uuid);
	add_events(&f->head, &r);
	add_ways(&f->head, &r);
	if (!bitmap_unchosen(&f->head))
		add_bits(&bits, &r);
	print(o, &r);
	return 0;
}

/* --- one bitmap for each node of a cluster --- */

static uint64_t node_bytes(const struct bitmap_head *h)
{
	return bitmap_head_bytes(h, NODE_UNIT_BYTES);
}

static void add_cluster(const struct found *f, struct report *r)
{
	const struct uuid uuid = shown_uuid(f);
	const struct bitmap_head *h = &f->head;

	add_identity(f, r);
	report_uuid(r, REPORT_DATA, "uuid", "UUID", &uuid);
	add_ways(h, r);
	report_number(r, REPORT_DATA, "cluster_nodes", "Cluster nodes", h->nodes);
	report_text(r, REPORT_TEXT, NULL, "Cluster name", "%-64.64s", h->cluster_name);
	report_disk_text(r, REPORT_JSON, "cluster_name", NULL, h->cluster_name,
			 sizeof(h->cluster_name));
}

/* False: there is none of that number, and none behind it. */
static bool tell_node(struct found *f, uint32_t node, uint64_t stride,
		      const struct examine_options *o, struct err *err)
{
	struct report r cleanup(report_free) = { 0 };
	struct found own = *f;
	struct bits bits;
	uint64_t at;

	if (__builtin_mul_overflow(stride, node, &at) || at >= f->end - f->at ||
	    load_head(&own, f->at + at, err))
		return false;
	if (count_bits(&own, f->at + at, MIN(f->end, f->at + at + stride), &bits, err))
		return false;
	if (o->json)
		add_cluster(&own, &r);
	report_number(&r, REPORT_DATA, "node", "Node Slot", node);
	add_events(&own.head, &r);
	add_bits(&bits, &r);
	print(o, &r);
	return true;
}

static int tell_cluster(struct found *f, const struct examine_options *o, struct err *err)
{
	const uint64_t stride = node_bytes(&f->head);
	struct report r cleanup(report_free) = { 0 };

	add_cluster(f, &r);
	if (!o->json)
		print(o, &r);
	for (uint32_t i = 0; i < f->head.nodes; i++)
		if (!tell_node(f, i, stride, o, err))
			return err_set(err, -EINVAL, "%s: the bitmap of node %u, and of those behind it, "
				       "cannot be read", f->path, i);
	return 0;
}

/* --- one device or file --- */

static int tell_damaged(const struct found *f, const struct examine_options *o)
{
	struct report r cleanup(report_free) = { 0 };

	add_identity(f, &r);
	if (!o->json)
		print(o, &r);
	return STATUS_FAILED;
}

static int tell(struct found *f, const struct examine_options *o)
{
	struct err err;
	int rc = load_head(f, f->at, &err);

	if (rc == BITMAP_ABSENT) {
		say_error("invalid bitmap magic 0x%x, the bitmap file appears\n"
			  "to be corrupted or missing.", f->magic);
		f->head.version = 0;
		return tell_damaged(f, o);
	}
	if (!rc && (f->head.version < BITMAP_VERSION_OLDEST || f->head.version > BITMAP_VERSION_LOCKLESS)) {
		say_error("unknown bitmap version %u, either the bitmap file\n"
			  "is corrupted or you need to upgrade your tools", f->head.version);
		return tell_damaged(f, o);
	}
	if (!rc)
		rc = (f->head.version == BITMAP_VERSION_CLUSTERED && f->head.nodes ? tell_cluster :
		      tell_plain)(f, o, &err);
	if (!rc)
		return STATUS_OK;
	say_err(&err);
	return STATUS_FAILED;
}

/* The kernel would take no other array's.  The exit status. */
static int compare(const struct found *f)
{
	struct array_info array;
	struct disk_info disk;
	const struct uuid uuid = shown_uuid(f);

	f->super->fmt->getinfo_super(f->super, &array, &disk);
	if (uuid_equal(&uuid, &array.uuid))
		return STATUS_OK;
	say_error("the bitmap on %s is that of another array", f->path);
	return STATUS_FAILED;
}

static int open_failed(const char *path, int rc, const struct err *err)
{
	if (rc == -ENOTBLK)
		say_err(err);
	else
		say_error("failed to open bitmap file %s: %s", path, error_text(-rc));
	return STATUS_FAILED;
}

int Examine_bitmap(const char *path, const struct examine_options *o)
{
	struct blkdev *b cleanup(blk_cleanup) = NULL;
	struct super *s cleanup(super_cleanup) = NULL;
	struct found f = { .path = path };
	struct err err;
	int rc = blk_open(path, BLK_READ, &b, &err), status;

	if (rc)
		return open_failed(path, rc, &err);
	f.b = b;
	if (in_file(b, &f, &err))
		return tell(&f, o);
	f.end = 0;
	rc = super_load(b, o->fmt, o->minor, LOAD_IGNORE_SIZE | LOAD_FOR_REPORT, &s, &err);
	if (rc == SUPER_ABSENT)
		return no_super(&f);
	if (rc < 0) {
		say_err(&err);
		return STATUS_FAILED;
	}
	status = in_member(&f, s);
	if (status)
		return status;
	status = tell(&f, o);
	return status ?: compare(&f);
}
