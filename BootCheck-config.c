// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BootCheck-config.c - does the configuration inside the image fit, and the kernel's command line,
 * where that decides?  Part of --boot-check.  Pure: nothing is opened, nothing printed (but for what
 * config_parse looks up).
 */
#include <string.h>

#include "BootCheck.h"
#include "naming.h"
#include "policy.h"
#include "util.h"

/* --- configuration --- */

#define COMPLAINTS_MAX 50u       /* of the configuration of an image; of the others only the number */
#define MEND "mend the file on this system, then make the image anew"

struct loaded {
	struct boot_check *c;
	size_t complaints;
	struct config conf;
	const char *path;        /* of the file; NULL none */
};

static void complain(void *arg, const char *text)
{
	struct loaded *l = arg;

	if (++l->complaints > COMPLAINTS_MAX)
		return;
	boot_found(l->c, "Config", "config", GRADE_ADVICE, MEND, "in the image: %s", text);
}

static void load_text(struct loaded *l, const struct boot_file *f)
{
	if (f->text)
		config_parse(&l->conf, f->text, f->len, f->path, complain, l);
}

static bool is_conf_below(const char *path, const char *dir)
{
	size_t n = strlen(path);

	return strncmp(path, dir, strlen(dir)) == 0 && n > 5 && strcmp(path + n - 5, ".conf") == 0;
}

/* The first of the two files, and the directory that belongs to it. */
static void load_config(struct loaded *l)
{
	const struct bootimage *b = l->c->image;
	const struct boot_file *first = bootimage_find(b, "etc/mdadm/mdadm.conf");
	const struct boot_file *second = first ? NULL : bootimage_find(b, "etc/mdadm.conf");
	const struct boot_file *f = first ? first : second;

	if (f) {
		l->path = f->path;
		load_text(l, f);
	}
	for (size_t i = 0; i < b->n; i++)
		if (is_conf_below(b->file[i].path,
				  second ? "etc/mdadm.conf.d/" : "etc/mdadm/mdadm.conf.d/")) {
			l->path = l->path ? l->path : b->file[i].path;
			load_text(l, &b->file[i]);
		}
}

/* --- the kernel's command line --- */

/* The value of the last word KEY=VALUE, or "" for KEY; NULL none. */
static const char *cmdline_word(const char *text, const char *key, size_t *n)
{
	const char *found = NULL;
	size_t k = strlen(key);

	while (text && *(text += strspn(text, " \t\n"))) {
		size_t len = strcspn(text, " \t\n");

		if (len >= k && strncmp(text, key, k) == 0 && (len == k || text[k] == '=')) {
			found = text + k + (len > k);
			*n = len - k - (len > k);
		}
		text += len;
	}
	return found;
}

/* --- one array --- */

/* What becomes of an array by the configuration of the image. */
struct fate {
	enum config_match match;
	const struct config_array *line; /* with CONFIG_ONE_LINE */
	bool refused;            /* AUTO: nobody starts it */
	struct naming naming;
};

/* While the initramfs runs the machine has no name: <system> means nothing there. */
static void image_homehost(const struct config *conf, char *out, size_t cap)
{
	if (!conf->homehost || strcasecmp(conf->homehost, "<system>") == 0)
		copy_text(out, cap, "(none)");
	else
		config_homehost(conf, NULL, out, cap);
}

static void tell_fate(const struct config *conf, const struct boot_array *a, struct fate *f)
{
	const struct array_info *info = &a->info;
	const struct config_identity id = {
		.format = info->major ? "1.x" : "0.90", .uuid = &info->uuid, .name = info->name,
		.md_minor = info->md_minor, .level = info->geo.level,
		.raid_disks = info->geo.raid_disks,
	};
	const struct names_used none = { NULL, 0, 0 };
	struct name_request q = { .given_by = NAME_ARRAY_LINE, .stored = info->name,
				  .md_minor = info->md_minor };
	size_t line, other;
	char host[256];

	image_homehost(conf, host, sizeof(host));
	f->match = config_find_array(conf, &id, host, &line, &other);
	f->line = f->match == CONFIG_ONE_LINE ? &conf->array[line] : NULL;
	q.given = f->line && !f->line->ignore ? f->line->name : NULL;
	q.trust = naming_trust(a->super, host, f->line, !conf->require_homehost);
	f->refused = !f->line && !policy_auto_allows(conf, NULL, id.format, q.trust == TRUST_HOME);
	if (naming_choose(&q, &none, &f->naming, NULL))
		f->naming = (struct naming){ .trust = q.trust };
}

/* The name that it will have; where the number is chosen then, an example of it. */
static const char *future_path(const struct fate *f)
{
	return f->naming.md.path[0] ? f->naming.md.path : "/dev/md127";
}

static bool is_called(const struct fate *f, const char *path, size_t n)
{
	char node[48];

	snprintf(node, sizeof(node), "/dev/%s", f->naming.md.devnm);
	return (strlen(future_path(f)) == n && strncmp(future_path(f), path, n) == 0) ||
	       (f->naming.md.devnm[0] && strlen(node) == n && strncmp(node, path, n) == 0);
}

/* root= names the array as it is called now, and it will be called otherwise.  */
static bool root_is_lost(const struct boot_check *c, const struct boot_array *a,
			 const struct fate *f)
{
	char node[48];
	size_t n;
	const char *root = cmdline_word(c->system->cmdline, "root", &n);

	snprintf(node, sizeof(node), "/dev/%s", a->devnm);
	if (!root || !((strlen(a->path) == n && !strncmp(a->path, root, n)) ||
		       (strlen(node) == n && !strncmp(node, root, n))))
		return false;
	return !is_called(f, root, n);
}

static void check_line(struct boot_check *c, const struct loaded *l, const struct boot_array *a)
{
	enum boot_grade lost = a->early ? GRADE_FAULT : GRADE_ADVICE;
	autofree char *next = boot_rebuild(c, "put its line of mdadm --detail --scan into mdadm.conf");
	struct fate f = { .refused = false };
	char uuid[UUID_TEXT];

	if (!a->super) {
		boot_found(c, "Config", "config", GRADE_ADVICE, "ask again as root", "whether %s is in "
			   "the configuration of the image was not checked: its UUID is not known",
			   a->path);
		return;
	}
	tell_fate(&l->conf, a, &f);
	uuid_format(&a->info.uuid, ':', uuid);
	if (f.match == CONFIG_AMBIGUOUS)
		boot_found(c, "Config", "config", lost, next, "two ARRAY lines in the image mean %s (%s): "
			   "it is not started", a->path, uuid);
	else if (f.line && f.line->ignore)
		boot_found(c, "Config", "config", lost, next, "%s in the image says that %s is to be "
			   "ignored", l->path, a->path);
	else if (f.refused)
		boot_found(c, "Config", "config", lost, next, "%s has no ARRAY line in the image (%s), and "
			   "its AUTO line keeps others from starting", a->path, uuid);
	else if (root_is_lost(c, a, &f))
		boot_found(c, "Config", "config", lost, next, "%s comes up as %s, and the kernel's command "
			   "line has the name that it has now as root=", a->path, future_path(&f));
	else if (f.line)
		boot_found(c, "Config", "config", GRADE_FINE, NULL, "%s has its ARRAY line in %s of the "
			   "image, and comes up as %s", a->path, l->path, future_path(&f));
	else if (is_called(&f, a->path, strlen(a->path)))
		boot_found(c, "Config", "config", GRADE_FINE, NULL, "%s has no ARRAY line in the image, and "
			   "comes up under this name", a->path);
	else
		boot_found(c, "Config", "config", GRADE_ADVICE, next, "%s has no ARRAY line in the image "
			   "(%s): it comes up as %s", a->path, uuid, future_path(&f));
}

/* --- dracut --- */

/* dracut starts only arrays that it is told of, by words rd.md.uuid=UUID. */
static bool names_uuid(const char *text, const struct uuid *uuid)
{
	static const char key[] = "rd.md.uuid=";

	for (const char *p = text ? strstr(text, key) : NULL; p; p = strstr(p, key)) {
		char word[UUID_TEXT + 8];
		struct uuid u;
		size_t n;

		p += strlen(key);
		n = strcspn(p, " \t\n");
		if (n >= sizeof(word))
			continue;
		memcpy(word, p, n);
		word[n] = '\0';
		if (!uuid_parse(word, &u) && uuid_equal(&u, uuid))
			return true;
	}
	return false;
}

struct dracut {
	bool off, automatic;     /* rd.md=0, rd.auto */
};

static bool is_no(const char *word, size_t n)
{
	return word && ((n == 1 && *word == '0') || (n == 2 && !strncmp(word, "no", 2)) ||
			(n == 3 && !strncmp(word, "off", 3)));
}

static void read_cmdline(const char *text, struct dracut *d)
{
	size_t n;
	const char *word = cmdline_word(text, "rd.md", &n);

	if (word)
		d->off = is_no(word, n);
	word = cmdline_word(text, "rd.auto", &n);
	if (word)
		d->automatic = !is_no(word, n);
}

static bool is_cmdline(const struct boot_file *f)
{
	return f->text && (strcmp(f->path, "etc/cmdline") == 0 ||
			   bootimage_below(f, "etc/cmdline.d", NULL));
}

static bool told_of(const struct boot_check *c, const struct boot_array *a)
{
	if (!a->super || names_uuid(c->system->cmdline, &a->info.uuid))
		return true;
	for (size_t i = 0; i < c->image->n; i++)
		if (is_cmdline(&c->image->file[i]) && names_uuid(c->image->file[i].text, &a->info.uuid))
			return true;
	return false;
}

static void check_dracut(struct boot_check *c)
{
	struct dracut d = { false, false };
	const struct boot_system *s = c->system;

	for (size_t i = 0; i < c->image->n; i++)
		if (is_cmdline(&c->image->file[i]))
			read_cmdline(c->image->file[i].text, &d);
	read_cmdline(s->cmdline, &d);
	if (d.off)
		boot_found(c, "Cmdline", "cmdline", GRADE_FAULT, "take rd.md=0 from the kernel's command "
			   "line", "rd.md=0 on the kernel's command line keeps dracut from arrays");
	for (size_t i = 0; i < s->n && !d.off && !d.automatic; i++) {
		const struct boot_array *a = &s->array[i];
		autofree char *next = NULL;
		char uuid[UUID_TEXT];

		if (!a->early || told_of(c, a))
			continue;
		uuid_format(&a->info.uuid, ':', uuid);
		next = xasprintf("add rd.md.uuid=%s to the kernel's command line", uuid);
		boot_found(c, "Cmdline", "cmdline", GRADE_FAULT, next, "dracut is not told of %s: there is "
			   "neither rd.md.uuid= of it nor rd.auto on the kernel's command line or in "
			   "etc/cmdline.d of the image", a->path);
	}
}

void boot_check_config(struct boot_check *c)
{
	struct loaded l = { .c = c };

	config_init(&l.conf);
	load_config(&l);
	if (l.complaints > COMPLAINTS_MAX)
		boot_found(c, "Config", "config", GRADE_ADVICE, MEND, "in the image: and %zu more wrong "
			   "lines", l.complaints - COMPLAINTS_MAX);
	if (!l.path)
		boot_found(c, "Config", "config", GRADE_FINE, NULL, "there is no mdadm.conf in the image");
	for (size_t i = 0; i < c->system->n; i++)
		check_line(c, &l, &c->system->array[i]);
	config_free(&l.conf);
	if (c->maker == MAKER_DRACUT)
		check_dracut(c);
}
