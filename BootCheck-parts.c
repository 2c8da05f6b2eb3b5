// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BootCheck-parts.c - is what starts arrays in the image: the program, and who calls it?  Part of
 * --boot-check.  Pure: nothing is opened, nothing printed.
 */
#include <elf.h>
#include <string.h>
#include <sys/stat.h>

#include "BootCheck.h"
#include "geometry.h"
#include "util.h"

#define PROGRAM_TEXT 256

/* --- the program --- */

/* The first of the paths that leads to something. */
static const struct boot_file *first_of(const struct bootimage *b, const char *const *path, size_t n)
{
	const struct boot_file *f = NULL;

	for (size_t i = 0; i < n && !f; i++)
		f = bootimage_find(b, path[i]);
	return f;
}

#define FIRST_OF(b, paths) first_of(b, paths, ARRAY_SIZE(paths))

/* The segment that names the loader; false for none, or where it is not told. */
static bool find_loader(const struct boot_file *f, Elf64_Phdr *out)
{
	Elf64_Ehdr head;

	if (f->len < sizeof(head))
		return false;
	memcpy(&head, f->text, sizeof(head));
	if (head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof(*out) ||
	    head.e_phoff > f->len)
		return false;
	for (size_t i = 0; i < head.e_phnum; i++) {
		uint64_t at = head.e_phoff + i * sizeof(*out);

		if (at + sizeof(*out) > f->len)
			return false;
		memcpy(out, f->text + at, sizeof(*out));
		if (out->p_type == PT_INTERP)
			return out->p_offset < f->len && out->p_filesz <= f->len - out->p_offset;
	}
	return false;
}

/* Is the loader that a dynamic program names in the image, too?  name: gets it. */
static bool loader_missing(const struct bootimage *b, const struct boot_file *f, char *name, size_t cap)
{
	Elf64_Phdr p;

	if (!find_loader(f, &p) || !p.p_filesz || p.p_filesz > cap)
		return false;
	memcpy(name, f->text + p.p_offset, p.p_filesz);
	name[p.p_filesz - 1] = '\0';
	return !bootimage_find(b, name);
}

static bool looks_runnable(const struct bootimage *b, const struct boot_file *f)
{
	if (!S_ISREG(f->mode) || !(f->mode & 0111) || !bootimage_size(b, f))
		return false;
	/* of a hard link nothing is kept */
	return !f->len || (f->len >= 4 && memcmp(f->text, ELFMAG, SELFMAG) == 0) ||
	       memcmp(f->text, "#!", 2) == 0;
}

void boot_check_program(struct boot_check *c)
{
	static const char *const where[] = { "sbin/mdadm", "usr/sbin/mdadm", "bin/mdadm",
					     "usr/bin/mdadm" };
	const struct boot_file *f = FIRST_OF(c->image, where);
	autofree char *hook = boot_rebuild(c, c->maker == MAKER_INITRAMFS_TOOLS ?
		"see that /usr/share/initramfs-tools/hooks/mdadm is there" :
		c->maker == MAKER_MKINITCPIO ?
		"put mdadm_udev before filesystems in HOOKS= of /etc/mkinitcpio.conf" : NULL);
	char loader[PROGRAM_TEXT], shown[PROGRAM_TEXT];

	if (!f)
		boot_found(c, "Program", "program", GRADE_FAULT, hook,
			   "there is no mdadm in the image");
	else if (!looks_runnable(c->image, f))
		boot_found(c, "Program", "program", GRADE_FAULT, hook,
			   "%s in the image is no program that could be run", f->path);
	else if (loader_missing(c->image, f, loader, sizeof(loader)))
		boot_found(c, "Program", "program", GRADE_FAULT, hook, "%s in the image does not run "
			   "without %s, which is not there", f->path,
			   printable(shown, sizeof(shown), loader, strlen(loader)));
	else
		boot_found(c, "Program", "program", GRADE_FINE, NULL, "%s", f->path);
}

/* --- who calls it --- */

/* One line of a script or of rules, continued lines joined; comments are skipped. */
static bool next_line(const char **text, const char **line, size_t *n)
{
	const char *p = *text;

	for (;;) {
		p += strspn(p, " \t\n");
		if (*p != '#')
			break;
		p += strcspn(p, "\n");
	}
	if (!*p)
		return false;
	*line = p;
	do
		p += strcspn(p, "\n");
	while (*p && p[-1] == '\\' && *++p);
	*n = (size_t)(p - *line);
	*text = p;
	return true;
}

static bool line_has(const char *line, size_t n, const char *what)
{
	return memmem(line, n, what, strlen(what));
}

/* Does any line say mdadm, or the other word for it, together with one of the words? */
static bool calls(const struct boot_file *f, const char *const *words, size_t n_words)
{
	const char *text = f->text, *line;
	size_t n;

	while (text && next_line(&text, &line, &n))
		for (size_t i = 0; i < n_words; i++)
			if (line_has(line, n, "mdadm") && line_has(line, n, words[i]))
				return true;
	return false;
}

#define CALLS(f, words) calls(f, words, ARRAY_SIZE(words))

static const char *const start_words[] = { " -I ", " --incremental ", " --assemble", " -A" };
static const char *const degraded_words[] = { " --run", " -R", " -IRs" };

/* What came of looking through rules, units and scripts. */
struct callers {
	const struct boot_file *rule;    /* that starts arrays of each disk that appears */
	char wrong[PROGRAM_TEXT];        /* a program that a rule calls, and that is not there */
	const struct boot_file *script;  /* that starts arrays, or could */
	const struct boot_file *unlisted; /* one that would, but is not run */
	const struct boot_file *degraded; /* what starts those that lack members */
	bool wants_timer;
};

/* A rule in /etc, also one that is /dev/null, takes the place of those with its name. */
static bool is_masked(const struct bootimage *b, const struct boot_file *f)
{
	autofree char *path = xasprintf("etc/udev/rules.d/%s", strrchr(f->path, '/') + 1);
	const struct boot_file *other = bootimage_find(b, path);

	/* a link to /dev/null leads to nothing in the image */
	other = other ? other : bootimage_exact(b, path);
	return other && other != f;
}

/* The path in front of what is called; "" where it has none. */
static void program_of(const char *line, size_t n, char out[PROGRAM_TEXT])
{
	const char *at = memmem(line, n, "mdadm", 5), *start = at;

	while (at && start > line && !strchr("\"'= \t", start[-1]))
		start--;
	n = at ? (size_t)(at + 5 - start) : 0;
	out[0] = '\0';
	if (n && n < PROGRAM_TEXT && *start == '/') {
		memcpy(out, start, n);
		out[n] = '\0';
	}
}

static void look_at_rule(const struct boot_check *c, const struct boot_file *f, struct callers *k)
{
	const char *text = f->text, *line;
	char program[PROGRAM_TEXT];
	size_t n;

	while (text && next_line(&text, &line, &n)) {
		k->wants_timer |= line_has(line, n, "mdadm-last-resort@");
		if (line_has(line, n, "mdraid_start") &&
		    (bootimage_find(c->image, "sbin/mdraid_start") ||
		     bootimage_find(c->image, "usr/sbin/mdraid_start")))
			k->degraded = f;
		if (!line_has(line, n, "mdadm") ||
		    (!line_has(line, n, " -I ") && !line_has(line, n, " --incremental ")))
			continue;
		program_of(line, n, program);
		if (*program && !bootimage_find(c->image, program))
			printable(k->wrong, sizeof(k->wrong), program, strlen(program));
		else
			k->rule = f;
	}
}

/* scripts/local-block/mdadm is run when scripts/local-block/ORDER says so, or is missing. */
static bool is_listed(const struct bootimage *b, const struct boot_file *f)
{
	const char *slash = strrchr(f->path, '/');
	int dir = slash ? (int)(slash + 1 - f->path) : 0;
	autofree char *path = xasprintf("%.*sORDER", dir, f->path);
	const struct boot_file *order = bootimage_find(b, path);

	if (!order || !order->text)
		return !order || order->size_bytes;
	return strstr(order->text, f->path);
}

static void look_at_script(const struct boot_check *c, const struct boot_file *f, struct callers *k)
{
	bool starts = CALLS(f, start_words), degraded = CALLS(f, degraded_words);

	if (!starts && !degraded)
		return;
	if (!is_listed(c->image, f)) {
		k->unlisted = f;
		return;
	}
	if (starts)
		k->script = f;
	if (degraded)
		k->degraded = f;
}

static bool is_rule(const struct bootimage *b, const struct boot_file *f)
{
	return strstr(f->path, ".rules") &&
	       (bootimage_below(f, "etc/udev/rules.d", NULL) ||
		(bootimage_below(f, "lib/udev/rules.d", NULL) && !is_masked(b, f)));
}

static struct callers find_callers(const struct boot_check *c)
{
	struct callers k = { .wants_timer = false };

	for (size_t i = 0; i < c->image->n; i++) {
		const struct boot_file *f = &c->image->file[i];

		if (!f->text || !S_ISREG(f->mode))
			continue;
		if (is_rule(c->image, f))
			look_at_rule(c, f, &k);
		else if (strcmp(f->path, "init") == 0 || bootimage_below(f, "scripts", NULL) || bootimage_below(f, "hooks", NULL) ||
			 bootimage_below(f, "lib/dracut/hooks", NULL) ||
			 bootimage_below(f, "var/lib/dracut/hooks", NULL))
			look_at_script(c, f, &k);
	}
	return k;
}

/* Of the rules of udev something must be there to read them. */
static bool has_udev(const struct bootimage *b)
{
	static const char *const where[] = { "lib/systemd/systemd-udevd", "usr/lib/systemd/systemd-udevd",
		"sbin/udevd", "usr/sbin/udevd", "lib/udev/udevd", "usr/lib/udev/udevd", "sbin/udev",
		"usr/bin/systemd-udevd" };

	return FIRST_OF(b, where);
}

static void check_start(struct boot_check *c, const struct callers *k, bool udev)
{
	autofree char *next = boot_rebuild(c, c->maker == MAKER_INITRAMFS_TOOLS ?
		"see that /usr/share/initramfs-tools/hooks/mdadm and the udev rules of mdadm are there" :
		NULL);

	if (k->rule && udev)
		boot_found(c, "Assembly", "assembly", GRADE_FINE, NULL,
			   "udev starts arrays as their disks appear (%s)", k->rule->path);
	else if (k->script)
		boot_found(c, "Assembly", "assembly", k->rule ? GRADE_ADVICE : GRADE_FINE,
			   k->rule ? next : NULL, "the script %s starts arrays%s", k->script->path,
			   k->rule ? "; there is a udev rule for it, too, but no udev" : "");
	else if (k->rule)
		boot_found(c, "Assembly", "assembly", GRADE_FAULT, next,
			   "%s would start arrays, but there is no udev in the image", k->rule->path);
	else if (*k->wrong)
		boot_found(c, "Assembly", "assembly", GRADE_FAULT, next,
			   "the udev rule that starts arrays calls %s, which is not in the image",
			   k->wrong);
	else if (k->unlisted)
		boot_found(c, "Assembly", "assembly", GRADE_FAULT, next,
			   "%s would start arrays, but it is not listed in the file ORDER beside it",
			   k->unlisted->path);
	else
		boot_found(c, "Assembly", "assembly", GRADE_FAULT, next,
			   "nothing in the image starts arrays: no udev rule, no script");
}

/* The first array that works without some of its members; NULL: none does. */
static const struct boot_array *redundant(const struct boot_system *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->array[i].level > 0)
			return &s->array[i];
	return NULL;
}

static bool has_timer(const struct boot_check *c, const struct callers *k, bool udev)
{
	static const char *const systemd[] = { "usr/lib/systemd/systemd", "lib/systemd/systemd" };
	static const char *const timer[] = { "usr/lib/systemd/system/mdadm-last-resort@.timer",
		"lib/systemd/system/mdadm-last-resort@.timer" };
	static const char *const service[] = { "usr/lib/systemd/system/mdadm-last-resort@.service",
		"lib/systemd/system/mdadm-last-resort@.service" };

	return udev && k->wants_timer && FIRST_OF(c->image, systemd) && FIRST_OF(c->image, timer) &&
	       FIRST_OF(c->image, service);
}

static void check_degraded(struct boot_check *c, const struct callers *k, bool udev)
{
	const struct boot_array *a = redundant(c->system);
	autofree char *next = boot_rebuild(c, c->maker == MAKER_INITRAMFS_TOOLS ?
		"see that /usr/share/initramfs-tools/scripts/local-block/mdadm is there" :
		c->maker == MAKER_DRACUT ?
		"see that mdadm-last-resort@.timer and .service are in /usr/lib/systemd/system" : NULL);

	if (!a)
		boot_found(c, "Degraded", "degraded", GRADE_FINE, NULL,
			   "no array here works without one of its members");
	else if (k->degraded)
		boot_found(c, "Degraded", "degraded", GRADE_FINE, NULL,
			   "an array that lacks a member is started after a while (%s)",
			   k->degraded->path);
	else if (has_timer(c, k, udev))
		boot_found(c, "Degraded", "degraded", GRADE_FINE, NULL,
			   "an array that lacks a member is started by mdadm-last-resort@.timer");
	else
		boot_found(c, "Degraded", "degraded", GRADE_WARNING, next,
			   "nothing in the image starts an array that lacks a member: when a disk of "
			   "%s is lost, the boot waits for it", a->path);
}

void boot_check_assembly(struct boot_check *c)
{
	const struct callers k = find_callers(c);
	bool udev = has_udev(c->image);

	check_start(c, &k, udev);
	check_degraded(c, &k, udev);
}
