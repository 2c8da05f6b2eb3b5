// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BootCheck.c - --boot-check: does an initramfs have what the arrays of this system need to start at
 * the next boot?  Reads the image in memory; changes nothing.  Prints.
 */
#include <string.h>
#include <unistd.h>

#include "BootCheck.h"
#include "say.h"
#include "unpack.h"
#include "util.h"

#define LABEL_WIDTH 12

/* Where distributions put the image of a kernel. */
static const char *const usual[] = { "/boot/initrd.img-%s", "/boot/initramfs-%s.img",
				     "/boot/initrd-%s", "/usr/lib/modules/%s/initramfs.img",
				     "/lib/modules/%s/initrd" };

/* Of the running kernel; NULL when there is none.  The caller frees. */
static char *usual_image(const char *kernel)
{
	for (size_t i = 0; i < ARRAY_SIZE(usual) && !strchr(kernel, '/'); i++) {
		/* a pattern of the table has one %s */
		const char *at = strstr(usual[i], "%s");
		char *path = xasprintf("%.*s%s%s", (int)(at - usual[i]), usual[i], kernel, at + 2);

		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static int check_image(const char *path, struct boot_system *s, struct json *json, bool first)
{
	struct bootimage image cleanup(bootimage_free) = { 0 };
	struct boot_check c cleanup(boot_check_free) = { .image = &image, .system = s };
	struct report r cleanup(report_free) = { 0 };
	struct err err;

	if (unpack_bootimage(path, &image, &err)) {
		say_err(&err);
		return STATUS_FAILED;
	}
	boot_kernel(&image, path, s->running, c.kernel);
	boot_look_builtin(s, c.kernel);
	boot_judge(&c);
	boot_report(&c, path, &r);
	if (json) {
		report_print_json(&r, OBJECT_BOOT_CHECK, json);
	} else {
		if (!first)
			putchar('\n');
		report_print_text(&r, LABEL_WIDTH, stdout);
	}
	return boot_status(&c);
}

static int check_usual(struct boot_system *s, struct json *json)
{
	autofree char *path = usual_image(s->running);

	if (path)
		return check_image(path, s, json, true);
	say_error("no initramfs of the kernel %s is found, neither /boot/initrd.img-%s nor "
		  "/boot/initramfs-%s.img\nname the image: mdadm --boot-check IMAGE", s->running,
		  s->running, s->running);
	return STATUS_FAILED;
}

int BootCheck(char *const *image, size_t n, struct json *json)
{
	struct boot_system s cleanup(boot_system_free) = { 0 };
	int worst = 0;

	boot_look(&s);
	if (json)
		report_json_begin(json, OBJECT_BOOT_CHECK);
	for (size_t i = 0; i < n; i++) {
		int status = check_image(image[i], &s, json, i == 0);

		worst = MAX(worst, status);
	}
	if (!n)
		worst = check_usual(&s, json);
	if (json)
		report_json_end(json);
	return worst;
}
