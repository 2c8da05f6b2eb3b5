// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An initramfs after unpacking: its archives read whole and in pieces, and what --boot-check makes
 * of them for arrays of any level.
 *
 * Input: the length of a piece, the level, flags, then the stream.
 *
 * fuzz: -max_len=16384
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "BootCheck.h"
#include "geometry.h"
#include "shared.h"
#include "unpack.h"
#include "util.h"

enum { HAVE_SUPER = 1, IS_EARLY = 2, LACKS_ONE = 4, HAS_BUILTIN = 8, IS_TOLD = 16 };

static int read_image(struct bootimage *b, const uint8_t *p, size_t n, size_t piece, uint64_t *at)
{
	struct cpio c = { .call = bootimage_calls(b) };
	struct err err = { "" };
	int rc = 0;

	while (n && !rc) {
		size_t now = MIN(n, piece);
		uint8_t *exact autofree = xcalloc(now, 1);

		memcpy(exact, p, now);
		rc = cpio_feed(&c, exact, now, &err);
		p += now;
		n -= now;
	}
	if (!rc)
		rc = cpio_end(&c, &err);
	REQUIRE(rc == 0 || rc == CPIO_OTHER || rc == -EBADMSG);
	REQUIRE((rc < 0) == (err.text[0] != '\0'));
	*at = c.at;
	bootimage_sort(b);
	return rc;
}

static void check_file(const struct bootimage *b, const struct boot_file *f)
{
	REQUIRE(*f->path && *f->path != '/' && !strstr(f->path, "//"));
	REQUIRE(strncmp(f->path, "../", 3) && !strstr(f->path, "/../") && strcmp(f->path, ".."));
	REQUIRE(f->len <= f->kept && f->kept <= BOOTIMAGE_TEXT_MAX);
	REQUIRE(!f->len || f->text[f->len] == '\0');
	REQUIRE(f + 1 == b->file + b->n || strcmp(f->path, f[1].path) < 0);
	bootimage_find(b, f->path);
	bootimage_size(b, f);
	/* a program of the image that is looked up as it is must be found, unless a link leads away */
	if (!strchr(f->path, '/') && !S_ISLNK(f->mode))
		REQUIRE(bootimage_find(b, f->path) == f);
}

static void check_same(const struct bootimage *a, const struct bootimage *b)
{
	REQUIRE(a->n == b->n && a->too_big == b->too_big);
	for (size_t i = 0; i < a->n; i++) {
		REQUIRE(!strcmp(a->file[i].path, b->file[i].path));
		REQUIRE(a->file[i].len == b->file[i].len);
		REQUIRE(!a->file[i].len ||
			!memcmp(a->file[i].text, b->file[i].text, a->file[i].len));
	}
}

/* Of an array host:0, as --create makes it. */
static struct super *new_super(void)
{
	const struct new_array n = {
		.geo = { .level = LEVEL_RAID1, .raid_disks = 2, .size_sec = 2048 }, .minor = 2,
		.uuid_given = true, .name = "0", .homehost = "host", .nr_disks = 2,
	};
	struct super *s = NULL;
	int minor;

	REQUIRE(!super_match("1.2", &minor)->init_super(&n, &s, NULL));
	return s;
}

static void judge(const struct bootimage *b, int level, unsigned flags)
{
	char path[] = "/dev/md0", uses[] = "/", builtin[] = "kernel/drivers/md/md-mod.ko\n",
	     cmdline[] = "root=/dev/md0 rd.md.uuid=00000000:00000000:00000000:00000000";
	struct super *super cleanup(super_cleanup) = flags & HAVE_SUPER ? new_super() : NULL;
	struct disk_info disk;
	struct boot_array a = { .devnm = "md0", .path = path, .level = level, .slots = 2,
				.there = flags & LACKS_ONE ? 1 : 2, .super = super,
				.early = flags & IS_EARLY, .uses = uses };
	struct boot_system s = { .array = &a, .n = 1, .of_root = flags & IS_EARLY,
				 .cmdline = flags & IS_TOLD ? cmdline : NULL,
				 .builtin = flags & HAS_BUILTIN ? builtin : NULL };
	struct boot_check c = { .image = b, .system = &s };
	struct report r = { 0 };

	if (super)
		super->fmt->getinfo_super(super, &a.info, &disk);
	a.info.geo.level = level;
	boot_kernel(b, "initrd.img-6.1", "6.1.0", c.kernel);
	REQUIRE(*c.kernel && !strchr(c.kernel, '/'));
	boot_judge(&c);
	/* program, assembly, degraded, modules, configuration */
	REQUIRE(c.n >= 5);
	for (size_t i = 0; i < c.n; i++) {
		REQUIRE(c.finding[i].grade <= c.worst && *c.finding[i].text);
		REQUIRE(c.finding[i].grade == GRADE_FINE || c.finding[i].next);
	}
	boot_report(&c, path, &r);
	/* findings about lines of a configuration are as many as there are lines */
	check_report(&r, OBJECT_BOOT_CHECK, true);
	report_free(&r);
	boot_check_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int level[] = { -1, 0, 1, 4, 5, 6, 10, -4, 7 };
	struct feed f = { data, n };
	size_t piece = feed_number(&f, 1) + 1;
	int l = level[feed_number(&f, 1) % ARRAY_SIZE(level)];
	unsigned flags = (unsigned)feed_number(&f, 1);
	struct bootimage whole = { 0 }, pieces = { 0 };
	uint64_t at[2];
	int rc = read_image(&whole, f.p, f.n, f.n + 1, &at[0]);

	REQUIRE(read_image(&pieces, f.p, f.n, piece, &at[1]) == rc);
	REQUIRE(at[0] == at[1] && at[0] <= f.n);
	check_same(&whole, &pieces);
	for (size_t i = 0; i < whole.n; i++)
		check_file(&whole, &whole.file[i]);
	if (rc == CPIO_OTHER)
		packing_of(f.p + at[0], f.n - at[0]);
	judge(&whole, l, flags);
	bootimage_free(&whole);
	bootimage_free(&pieces);
	return 0;
}
