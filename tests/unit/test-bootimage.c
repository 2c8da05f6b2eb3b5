// SPDX-License-Identifier: GPL-2.0-or-later
/* Archives in pieces of any size, damaged ones, paths with links in an image, and mountinfo. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "BootCheck.h"
#include "unit.h"
#include "unpack.h"
#include "util.h"

struct archive {
	char bytes[8192];
	size_t n;
};

static void put(struct archive *a, const char *name, uint32_t mode, const char *text)
{
	a->n += (size_t)snprintf(a->bytes + a->n, sizeof(a->bytes) - a->n,
				 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s", 1, mode,
				 0, 0, 1, 0, (unsigned)strlen(text), 8, 1, 0, 0,
				 (unsigned)strlen(name) + 1, 0, name);
	a->bytes[a->n++] = '\0';
	while (a->n % 4)
		a->bytes[a->n++] = '\0';
	memcpy(a->bytes + a->n, text, strlen(text));
	a->n += strlen(text);
	while (a->n % 4)
		a->bytes[a->n++] = '\0';
}

static void put_end(struct archive *a)
{
	put(a, "TRAILER!!!", 0, "");
}

/* What came of it: cpio_feed's or cpio_end's. */
static int read_pieces(struct bootimage *b, const char *p, size_t n, size_t piece, uint64_t *at)
{
	struct cpio c = { .call = bootimage_calls(b) };
	struct err err;
	int rc = 0;

	for (size_t i = 0; i < n && !rc; i += piece)
		rc = cpio_feed(&c, (const uint8_t *)p + i, MIN(piece, n - i), &err);
	if (!rc)
		rc = cpio_end(&c, &err);
	*at = c.at;
	bootimage_sort(b);
	return rc;
}

static void make(struct archive *a)
{
	put(a, "kernel/x86/microcode", S_IFREG | 0644, "bytes");
	put_end(a);
	a->n += 512 - a->n % 512;    /* zeros between two archives */
	put(a, ".", S_IFDIR | 0755, "");
	put(a, "./usr/sbin/mdadm", S_IFREG | 0755, "\177ELF");
	put(a, "sbin", S_IFLNK | 0777, "usr/sbin");
	put(a, "lib", S_IFLNK | 0777, "/usr/lib");
	put(a, "usr/lib/systemd/systemd-udevd", S_IFLNK | 0777, "../../bin/udevadm");
	put(a, "usr/bin/udevadm", S_IFREG | 0755, "#!");
	put(a, "etc/mdadm/mdadm.conf", S_IFREG | 0644, "old");
	put(a, "etc//mdadm/./mdadm.conf", S_IFREG | 0644, "new text");
	put(a, "../outside", S_IFREG | 0644, "x");
	put(a, "loop", S_IFLNK | 0777, "loop");
	put(a, "up", S_IFLNK | 0777, "../../../sbin/mdadm");
	put(a, "lib/modules/6.1\033[0m/x", S_IFREG | 0644, "x");
	put(a, "usr/lib/modules/6.2-rc1/x", S_IFREG | 0644, "x");
	put_end(a);
}

static void check_contents(const struct bootimage *b)
{
	const struct boot_file *f = bootimage_find(b, "/sbin/mdadm");
	char kernel[BOOT_KERNEL_TEXT];

	CHECK(f && !strcmp(f->path, "usr/sbin/mdadm") && f->len == 4, "through a link to a directory");
	f = bootimage_find(b, "lib/systemd/systemd-udevd");
	CHECK(f && !strcmp(f->path, "usr/bin/udevadm"), "through two links, one from the top");
	f = bootimage_find(b, "up");
	CHECK(f && !strcmp(f->path, "usr/sbin/mdadm"), "no link leads out of the image");
	f = bootimage_find(b, "etc/mdadm/mdadm.conf");
	CHECK(f && f->text && !strcmp(f->text, "new text"), "the last of one name counts");
	CHECK(!bootimage_find(b, "loop") && !bootimage_find(b, "outside"), "what is not there");
	CHECK(!bootimage_find(b, "") && !bootimage_find(b, "/"), "no path");
	boot_kernel(b, "/boot/initrd.img-6.2-rc1", "5.0", kernel);
	CHECK_TEXT(kernel, "6.2-rc1");
	boot_kernel(b, "image", "5.0", kernel);
	CHECK_TEXT(kernel, "6.2-rc1");
}

static void test_pieces(void)
{
	struct archive a = { .n = 0 };

	make(&a);
	for (size_t piece = 1; piece <= a.n; piece = piece < 8 ? piece + 1 : 2 * piece + 1) {
		struct bootimage b cleanup(bootimage_free) = { 0 };
		uint64_t at;

		CHECK(!read_pieces(&b, a.bytes, a.n, piece, &at) && at == a.n, "all of it");
		if (piece == 1 || piece > 4096)
			check_contents(&b);
		CHECK(b.n == 11, "each name once");
	}
}

static void test_compressed(void)
{
	static const struct { const char *magic; size_t n; enum packing how; } packed[] = {
		{ "\x1f\x8b\x08", 3, PACK_GZIP }, { "\xfd" "7zXZ\0", 6, PACK_XZ },
		{ "\x28\xb5\x2f\xfd", 4, PACK_ZSTD }, { "\x02\x21\x4c\x18", 4, PACK_LZ4 },
		{ "BZh9", 4, PACK_BZIP2 }, { "\x5d\0\0\x80", 4, PACK_LZMA },
		{ "\x89LZO\0", 5, PACK_LZO }, { "\x1f", 1, PACK_UNKNOWN }, { "", 0, PACK_UNKNOWN },
	};
	struct archive a = { .n = 0 };
	size_t end;

	make(&a);
	end = a.n;
	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		struct bootimage b cleanup(bootimage_free) = { 0 };
		uint64_t at;

		CHECK(packing_of((const uint8_t *)packed[i].magic, packed[i].n) == packed[i].how,
		      packed[i].how == PACK_UNKNOWN ? "nothing known" : packing_name(packed[i].how));
		memcpy(a.bytes + end, packed[i].magic, packed[i].n);
		CHECK(read_pieces(&b, a.bytes, end + packed[i].n, 100, &at) ==
		      (packed[i].n ? CPIO_OTHER : 0), "something else begins");
		CHECK(at == end, "where it begins");
	}
}

static void damaged(const char *text, size_t n, const char *name)
{
	struct bootimage b cleanup(bootimage_free) = { 0 };
	uint64_t at;

	CHECK(read_pieces(&b, text, n, 7, &at) == -EBADMSG, name);
}

static void test_damaged(void)
{
	struct archive a = { .n = 0 }, bad;

	put(&a, "sbin/mdadm", S_IFREG | 0755, "text");
	damaged(a.bytes, a.n, "no trailer");
	damaged(a.bytes, a.n - 1, "cut in the contents");
	damaged(a.bytes, 112, "cut in the name");
	damaged(a.bytes, 50, "cut in the header");
	put_end(&a);
	bad = a;
	memset(bad.bytes + 94, '0', 8);
	damaged(bad.bytes, bad.n, "a name of no length");
	memset(bad.bytes + 94, 'f', 8);
	damaged(bad.bytes, bad.n, "a name of 4 GiB");
	bad = a;
	memset(bad.bytes + 54, 'f', 8);
	damaged(bad.bytes, bad.n, "contents of 4 GiB");
	bad = a;
	bad.bytes[20] = 'x';
	damaged(bad.bytes, bad.n, "no digit");
	bad = a;
	bad.bytes[5] = '7';
	damaged(bad.bytes, bad.n, "the old format");
	bad = a;
	bad.bytes[120] = 'x';
	damaged(bad.bytes, bad.n, "a name without its end");
}

static void test_mounts(void)
{
	static const char text[] =
		"1 1 0:2 / / rw - rootfs none rw\n"
		"22 1 9:127 / / rw,relatime shared:1 - ext4 /dev/md127 rw\n"
		"23 22 0:5 / /proc rw shared:2 - proc proc rw\n"
		"24 22 8:1 / /boot\\040two rw - ext4 /dev/sda1 rw\n"
		"25 22 0:30 /@ /usr rw - btrfs /dev/md1 rw\n"
		"rubbish\n\n - \n26 22 x:y / /boot rw - ext4 /dev/md2 rw";
	char source[CPIO_NAME_MAX];
	unsigned ma, mi;

	CHECK(boot_mount(text, "/", &ma, &mi, source) && ma == 9 && mi == 127, "the last one counts");
	CHECK(boot_mount(text, "/usr", &ma, &mi, source) && ma == 0, "a number of its own");
	CHECK_TEXT(source, "/dev/md1");
	CHECK(!boot_mount(text, "/boot", &ma, &mi, source), "no number, and no mount");
	CHECK(!boot_mount("", "/", &ma, &mi, source), "nothing");
}

int main(void)
{
	test_pieces();
	test_compressed();
	test_damaged();
	test_mounts();
	return unit_done();
}
