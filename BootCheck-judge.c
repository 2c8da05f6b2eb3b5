// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BootCheck-judge.c - from what a system needs and what an image has to a verdict: findings, and
 * the kernel's modules and the configuration among them.  Part of --boot-check.  Pure: nothing is
 * opened, nothing printed.
 *
 * All text of an image is hostile: only what consists of harmless bytes comes into a finding.
 */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "BootCheck.h"
#include "geometry.h"
#include "util.h"

#define MODULE_TEXT 64
#define NEEDS_MAX 64             /* modules that one needs: raid456 has 8 */

/* --- findings --- */

void boot_found(struct boot_check *c, const char *label, const char *check, enum boot_grade grade,
		const char *next, const char *fmt, ...)
{
	struct boot_finding *f;
	va_list ap;

	c->finding = xgrow(c->finding, &c->cap, c->n, sizeof(*c->finding));
	f = &c->finding[c->n++];
	*f = (struct boot_finding){ .label = label, .check = check, .grade = grade };
	va_start(ap, fmt);
	if (vasprintf(&f->text, fmt, ap) < 0)
		f->text = xstrdup("");
	va_end(ap);
	f->next = next ? xstrdup(next) : NULL;
	c->worst = MAX(c->worst, grade);
}

void boot_check_free(struct boot_check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->finding[i].text);
		free(c->finding[i].next);
	}
	free(c->finding);
	c->finding = NULL;
	c->n = c->cap = 0;
}

enum exit_status boot_status(const struct boot_check *c)
{
	static const enum exit_status status[] = {
		[GRADE_FINE] = STATUS_OK,
		[GRADE_ADVICE] = STATUS_BOOT_ADVICE,
		[GRADE_WARNING] = STATUS_BOOT_WHOLE,
		[GRADE_FAULT] = STATUS_BOOT_FAILS,
	};

	return status[c->worst];
}

char *boot_rebuild(const struct boot_check *c, const char *before)
{
	const char *then = before ? ", then " : "";

	before = before ? before : "";
	switch (c->maker) {
	case MAKER_INITRAMFS_TOOLS:
		return xasprintf("%s%supdate-initramfs -u -k %s", before, then, c->kernel);
	case MAKER_DRACUT:
		return xasprintf("%s%sdracut --force --add mdraid --kver %s", before, then,
				 c->kernel);
	case MAKER_MKINITCPIO:
		return xasprintf("%s%smkinitcpio -P", before, then);
	case MAKER_UNKNOWN:
		break;
	}
	return xasprintf("%s%smake the image anew", before, then);
}

/* --- the image --- */

static enum boot_maker maker_of(const struct bootimage *b)
{
	if (bootimage_find(b, "scripts/functions") && bootimage_find(b, "conf/initramfs.conf"))
		return MAKER_INITRAMFS_TOOLS;
	if (bootimage_find(b, "lib/dracut") || bootimage_find(b, "usr/lib/dracut"))
		return MAKER_DRACUT;
	if (bootimage_find(b, "init_functions") && bootimage_find(b, "hooks"))
		return MAKER_MKINITCPIO;
	return MAKER_UNKNOWN;
}

/* Such a text may be printed, be part of a path and of a command. */
static bool is_version(const char *text, size_t n)
{
	if (!n || n >= BOOT_KERNEL_TEXT || text[0] == '.' || text[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isascii(text[i]) || !(isalnum((unsigned char)text[i]) || strchr("._+~-", text[i])))
			return false;
	return true;
}

static bool take_version(const char *text, size_t n, char out[BOOT_KERNEL_TEXT])
{
	if (!is_version(text, n))
		return false;
	memcpy(out, text, n);
	out[n] = '\0';
	return true;
}

/* initrd.img-VERSION, initrd-VERSION, initramfs-VERSION.img */
static bool version_of_path(const char *path, char out[BOOT_KERNEL_TEXT])
{
	static const char *const head[] = { "initrd.img-", "initramfs-", "initrd-" };
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

	for (size_t i = 0; i < ARRAY_SIZE(head); i++) {
		size_t skip = strlen(head[i]), n = strlen(base);

		if (strncmp(base, head[i], skip) != 0)
			continue;
		if (n > skip + 4 && strcmp(base + n - 4, ".img") == 0)
			n -= 4;
		return isdigit((unsigned char)base[skip]) && take_version(base + skip, n - skip, out);
	}
	return false;
}

/* The one whose modules are in the image.  prefer: it, if there are several. */
static bool version_inside(const struct bootimage *b, const char *prefer, char out[BOOT_KERNEL_TEXT])
{
	bool found = false;

	for (size_t i = 0; i < b->n; i++) {
		const char *path = b->file[i].path, *version;
		char name[BOOT_KERNEL_TEXT];

		if (!bootimage_below(&b->file[i], "lib/modules", NULL))
			continue;
		version = strstr(path, "lib/modules/") + strlen("lib/modules/");
		if (!take_version(version, strcspn(version, "/"), name))
			continue;
		if (!found || strcmp(name, prefer) == 0)
			memcpy(out, name, sizeof(name));
		found = true;
	}
	return found;
}

void boot_kernel(const struct bootimage *image, const char *path, const char *running,
		 char out[BOOT_KERNEL_TEXT])
{
	char named[BOOT_KERNEL_TEXT];

	if (!version_of_path(path, named))
		copy_text(named, sizeof(named), running);
	if (!version_inside(image, named, out))
		copy_text(out, BOOT_KERNEL_TEXT, named);
}

/* --- modules --- */

/* The kernel takes both for the same. */
static bool same_module(const char *a, size_t n, const char *b)
{
	size_t i;

	for (i = 0; i < n && b[i]; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return i == n && !b[i];
}

/* Is it DIR/NAME.ko, or that compressed? */
static bool is_module(const char *path, size_t n, const char *name)
{
	const char *base = memrchr(path, '/', n);
	const char *dot;

	base = base ? base + 1 : path;
	n -= (size_t)(base - path);
	dot = memmem(base, n, ".ko", 3);
	if (!dot || !same_module(base, (size_t)(dot - base), name))
		return false;
	dot += 3;
	return dot == base + n || *dot == '.';
}

/* A line of modules.builtin or modules.dep that begins with the module; NULL none. */
static const char *module_line(const char *text, const char *name)
{
	for (; text && *text; text = *text == '\n' ? text + 1 : text) {
		if (is_module(text, strcspn(text, ":\n"), name))
			return text;
		text += strcspn(text, "\n");
	}
	return NULL;
}

/* The file lib/modules/KERNEL/NAME of the image. */
static const struct boot_file *modules_file(const struct boot_check *c, const char *name)
{
	char path[sizeof("usr/lib/modules//") + BOOT_KERNEL_TEXT + MODULE_TEXT];
	const struct boot_file *f;

	snprintf(path, sizeof(path), "lib/modules/%s/%s", c->kernel, name);
	f = bootimage_find(c->image, path);
	if (f)
		return f;
	snprintf(path, sizeof(path), "usr/lib/modules/%s/%s", c->kernel, name);
	return bootimage_find(c->image, path);
}

static const char *modules_text(const struct boot_check *c, const char *name)
{
	const struct boot_file *f = modules_file(c, name);

	return f ? f->text : NULL;
}

static bool is_builtin(const struct boot_check *c, const char *name)
{
	return module_line(modules_text(c, "modules.builtin"), name) ||
	       module_line(c->system->builtin, name);
}

static bool is_inside(const struct boot_check *c, const char *name)
{
	char dir[sizeof("lib/modules/") + BOOT_KERNEL_TEXT];

	snprintf(dir, sizeof(dir), "lib/modules/%s", c->kernel);
	/* an image that somebody wrote himself may have them anywhere */
	for (size_t i = 0; i < c->image->n; i++)
		if ((c->maker == MAKER_UNKNOWN || bootimage_below(&c->image->file[i], dir, NULL)) &&
		    is_module(c->image->file[i].path, strlen(c->image->file[i].path), name))
			return bootimage_size(c->image, &c->image->file[i]) > 0;
	return false;
}

static const char *module_of_level(int level)
{
	switch (level) {
	case LEVEL_LINEAR:
		return "linear";
	case LEVEL_RAID0:
		return "raid0";
	case LEVEL_RAID1:
		return "raid1";
	case LEVEL_RAID4:
	case LEVEL_RAID5:
	case LEVEL_RAID6:
		return "raid456";
	case LEVEL_RAID10:
		return "raid10";
	default:
		return NULL;
	}
}

static void module_missing(struct boot_check *c, const char *name, const struct boot_array *a,
			   const char *of)
{
	autofree char *list = xasprintf("add %s to /etc/initramfs-tools/modules", name);
	autofree char *next = boot_rebuild(c, c->maker == MAKER_INITRAMFS_TOOLS ? list : NULL);

	boot_found(c, "Module", "module", GRADE_FAULT, next,
		   "the module %s is neither in the image nor built into the kernel %s; %s%s%s "
		   "cannot start without it", name, c->kernel, of ? of : "", of ? ", and so " : "",
		   a->path);
}

/* The names that a line of modules.dep has behind its colon.  False when one is not there. */
static bool needs_are_there(struct boot_check *c, const char *line, const struct boot_array *a,
			    const char *of)
{
	const char *p = line + strcspn(line, ":\n");
	bool all = true;

	p += *p == ':';
	for (size_t i = 0; i < NEEDS_MAX && *p && *p != '\n'; i++) {
		size_t n;
		const char *slash, *dot;
		char name[BOOT_KERNEL_TEXT];

		p += strspn(p, " \t");
		n = strcspn(p, " \t\n");
		slash = memrchr(p, '/', n);
		slash = slash ? slash + 1 : p;
		dot = memmem(slash, (size_t)(p + n - slash), ".ko", 3);
		if (dot && take_version(slash, (size_t)(dot - slash), name) &&
		    !is_inside(c, name) && !is_builtin(c, name)) {
			module_missing(c, name, a, of);
			all = false;
		}
		p += n;
	}
	return all;
}

static bool needs_any(const char *line)
{
	const char *colon = line ? line + strcspn(line, ":\n") : "";

	return *colon == ':' && colon[1 + strspn(colon + 1, " \t")] > '\n';
}

/* Without modules.dep: what raid456 has needed in all kernels since 2.6.30. */
static bool helpers_are_there(struct boot_check *c, const struct boot_array *a, const char *of)
{
	static const char *const helper[] = { "async_raid6_recov", "async_memcpy", "async_pq",
					      "async_xor", "async_tx", "xor", "raid6_pq" };
	bool all = true;

	for (size_t i = 0; i < ARRAY_SIZE(helper) && strcmp(of, "raid456") == 0; i++)
		if (!is_inside(c, helper[i]) && !is_builtin(c, helper[i])) {
			module_missing(c, helper[i], a, of);
			all = false;
		}
	return all;
}

/* True when it is in the image as a file, with all that it needs. */
static bool check_module(struct boot_check *c, const char *name, const struct boot_array *a)
{
	const char *dep = modules_text(c, "modules.dep"), *line = module_line(dep, name);

	if (is_builtin(c, name)) {
		boot_found(c, "Module", "module", GRADE_FINE, NULL,
			   "%s is built into the kernel %s", name, c->kernel);
		return false;
	}
	if (!is_inside(c, name)) {
		module_missing(c, name, a, NULL);
		return false;
	}
	if (dep && !line) {
		autofree char *next = boot_rebuild(c, NULL);

		boot_found(c, "Module", "module", GRADE_FAULT, next, "the module %s is in the image, "
			   "but not listed in its modules.dep: modprobe does not find it", name);
		return false;
	}
	if (!(line ? needs_are_there(c, line, a, name) : helpers_are_there(c, a, name)))
		return false;
	boot_found(c, "Module", "module", GRADE_FINE, NULL, "%s is in the image%s", name,
		   needs_any(line) ? ", with what it needs" : "");
	return true;
}

/* Those in the image have to be loaded by something. */
static void check_modprobe(struct boot_check *c)
{
	static const char *const where[] = { "sbin/modprobe", "usr/sbin/modprobe", "bin/modprobe",
					     "usr/bin/modprobe" };
	const struct boot_file *init = bootimage_find(c->image, "init");
	autofree char *next = boot_rebuild(c, NULL);
	bool found = false;

	if (c->maker == MAKER_UNKNOWN && init && init->text && strstr(init->text, "insmod"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(where) && !found; i++)
		found = bootimage_find(c->image, where[i]);
	if (!found)
		boot_found(c, "Modprobe", "modprobe",
			   c->maker == MAKER_UNKNOWN ? GRADE_ADVICE : GRADE_FAULT, next,
			   "there is no modprobe in the image, so nobody loads its modules");
	else if (!modules_file(c, "modules.dep") && !modules_file(c, "modules.dep.bin"))
		boot_found(c, "Modprobe", "modprobe", GRADE_FAULT, next,
			   "there is no modules.dep in the image, so modprobe finds no module");
}

void boot_check_modules(struct boot_check *c)
{
	const struct boot_system *s = c->system;
	bool any = false;

	if (s->n)
		any |= check_module(c, "md-mod", &s->array[0]);
	for (size_t i = 0; i < s->n; i++) {
		const char *name = module_of_level(s->array[i].level);
		bool again = !name;

		for (size_t k = 0; k < i && !again; k++)
			again = module_of_level(s->array[k].level) == name;
		if (!again)
			any |= check_module(c, name, &s->array[i]);
	}
	if (any)
		check_modprobe(c);
}

/* --- the whole --- */

static void check_arrays(struct boot_check *c)
{
	const struct boot_system *s = c->system;

	for (size_t i = 0; i < s->n; i++) {
		const struct boot_array *a = &s->array[i];

		if (a->there < a->slots)
			boot_found(c, "State", "state", GRADE_ADVICE, "mdadm --status says more",
				   "%s lacks %u of its %u members now; it comes up without those that "
				   "it knows to be lost", a->path, a->slots - a->there, a->slots);
	}
}

void boot_judge(struct boot_check *c)
{
	c->maker = maker_of(c->image);
	c->worst = GRADE_FINE;
	if (!c->system->n) {
		boot_found(c, "Arrays", "arrays", GRADE_FINE, NULL,
			   "no array runs here, so none is needed to boot");
		return;
	}
	boot_check_program(c);
	boot_check_assembly(c);
	boot_check_modules(c);
	boot_check_config(c);
	check_arrays(c);
}
