/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BootCheck.h - what the files of --boot-check share: what a system needs to boot, what an image
 * has of it, and what that means.  Nobody else looks inside.
 */
#ifndef BOOTCHECK_H
#define BOOTCHECK_H

#include "bootimage.h"
#include "config.h"
#include "mode.h"
#include "report.h"
#include "super.h"

#define BOOT_KERNEL_TEXT 65

/* --- what is needed (BootCheck-system.c) --- */

struct boot_array {
	char devnm[33];
	char *path;
	int level;
	uint32_t slots, there;   /* there: with a member in step */
	struct super *super;     /* of a member; NULL: it could not be read */
	struct array_info info;  /* with super: what that says */
	bool early;              /* / or /usr lies on it, so the initramfs must start it */
	char *uses;              /* "/ and /boot"; NULL: none of those lies on an array */
};

struct boot_system {
	struct boot_array *array;
	size_t n, cap;
	bool of_root;            /* array: those that / /usr /boot lie on; else all that run */
	char *cmdline;           /* of the running kernel; or NULL */
	char running[BOOT_KERNEL_TEXT];
	char *builtin;           /* what the image's kernel has built in, as this host knows; or NULL */
};

/* Looks; what cannot be known is left out.  The caller frees. */
void boot_look(struct boot_system *s);
void boot_look_builtin(struct boot_system *s, const char *kernel);
void boot_system_free(struct boot_system *s);    /* for cleanup() too */

/*
 * Pure: the device that path is mounted from, by the text of /proc/self/mountinfo: the last mount
 * counts.  source: gets the source of it, as it is written there ("" none).
 */
bool boot_mount(const char *mountinfo, const char *path, unsigned *major, unsigned *minor,
		char source[CPIO_NAME_MAX]);

/* --- what that means (BootCheck-judge.c and BootCheck-parts.c, pure) --- */

enum boot_maker { MAKER_UNKNOWN, MAKER_INITRAMFS_TOOLS, MAKER_DRACUT, MAKER_MKINITCPIO };

/* In this order they get worse. */
enum boot_grade {
	GRADE_FINE,
	GRADE_ADVICE,            /* it comes up; perhaps by another name than expected */
	GRADE_WARNING,           /* it comes up if all members are there */
	GRADE_FAULT,             /* it does not come up */
};

struct boot_finding {
	const char *label, *check; /* "Program", "program" */
	enum boot_grade grade;
	char *text;
	char *next;              /* what to do; or NULL */
};

struct boot_check {
	const struct bootimage *image;
	const struct boot_system *system;
	enum boot_maker maker;
	char kernel[BOOT_KERNEL_TEXT];
	struct boot_finding *finding;
	size_t n, cap;
	enum boot_grade worst;
};

/* Which kernel the image at path is for. */
void boot_kernel(const struct bootimage *image, const char *path, const char *running,
		 char out[BOOT_KERNEL_TEXT]);
/* Begins as { .image, .system, .kernel }; the caller frees with boot_check_free. */
void boot_judge(struct boot_check *c);
void boot_check_free(struct boot_check *c);      /* for cleanup() too */
enum exit_status boot_status(const struct boot_check *c);

/* For the two files that judge. */
void boot_found(struct boot_check *c, const char *label, const char *check, enum boot_grade grade,
		const char *next, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* "update-initramfs -u -k 6.1.0-28-amd64", with what has to be done before.  The caller frees. */
char *boot_rebuild(const struct boot_check *c, const char *before);
void boot_check_program(struct boot_check *c);
void boot_check_assembly(struct boot_check *c);
void boot_check_modules(struct boot_check *c);
void boot_check_config(struct boot_check *c);

/* Pure (BootCheck-report.c). */
void boot_report(const struct boot_check *c, const char *path, struct report *r);

struct json;

/* Images; n 0: that of the running kernel.  json: in place of text; or NULL. */
int BootCheck(char *const *image, size_t n, struct json *json);

#endif
