// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BootCheck-report.c - what was found in an image, as a report.  Part of --boot-check.  Pure.
 */
#include <string.h>

#include "BootCheck.h"
#include "geometry.h"
#include "util.h"

static const char *maker_name(enum boot_maker maker)
{
	static const char *const name[] = {
		[MAKER_UNKNOWN] = "unknown",
		[MAKER_INITRAMFS_TOOLS] = "initramfs-tools",
		[MAKER_DRACUT] = "dracut",
		[MAKER_MKINITCPIO] = "mkinitcpio",
	};

	return name[maker];
}

/* What counts, in one sentence. */
static const char *verdict(const struct boot_check *c)
{
	const struct boot_system *s = c->system;

	if (!s->n)
		return "No array is needed to boot.";
	switch (c->worst) {
	case GRADE_FAULT:
		return s->of_root ? "The system does not boot with this image." :
				    "Arrays do not start from this image.";
	case GRADE_WARNING:
		return s->of_root ? "The system boots as long as no member is lost." :
				    "Arrays start as long as no member is lost.";
	case GRADE_ADVICE:
	case GRADE_FINE:
		break;
	}
	return s->of_root ? "The system boots, also when a member is lost that can be done without." :
			    "Arrays start, also when a member is lost that can be done without.";
}

static void add_array(const struct boot_array *a, struct report *r)
{
	const char *level = level_name(a->level);

	report_disk_text(r, REPORT_JSON, "array", NULL, a->path, strlen(a->path));
	report_text(r, REPORT_TEXT, NULL, "Array", "%s, %s%s%s", a->path, level ? level : "unknown level",
		    a->uses ? ", for " : "", a->uses ? a->uses : "");
}

static void add_finding(const struct boot_finding *f, struct report *r)
{
	static const char *const grade[] = {
		[GRADE_FINE] = "fine", [GRADE_ADVICE] = "advice", [GRADE_WARNING] = "warning",
		[GRADE_FAULT] = "fault",
	};

	report_finding(r, "findings", f->label, &(struct report_finding){
		.check = f->check, .grade = grade[f->grade], .text = f->text, .next = f->next,
	});
}

void boot_report(const struct boot_check *c, const char *path, struct report *r)
{
	const struct boot_system *s = c->system;

	report_line(r, "%s:", path);
	report_disk_text(r, REPORT_JSON, "path", NULL, path, strlen(path));
	report_text(r, REPORT_DATA, "made_by", "Made by", "%s", maker_name(c->maker));
	report_text(r, REPORT_DATA, "kernel", "Kernel", "%s", c->kernel);
	report_text(r, REPORT_DATA, "meaning", "Meaning", "%s", verdict(c));
	report_signed(r, REPORT_JSON, "exit_status", NULL, boot_status(c));
	if (s->n) {
		report_bool(r, "starts", c->worst < GRADE_FAULT);
		report_bool(r, "starts_degraded", c->worst < GRADE_WARNING);
	}
	report_bool(r, "for_root", s->of_root);
	for (size_t i = 0; i < s->n; i++)
		add_array(&s->array[i], r);
	for (size_t i = 0; i < c->n; i++)
		add_finding(&c->finding[i], r);
}
