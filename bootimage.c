// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bootimage.c - what is in an initramfs.  Owns which files are kept, and how a path is looked up
 * in there.  Uses cpio and the base; must not open anything.
 */
#include <string.h>
#include <sys/stat.h>

#include "bootimage.h"
#include "util.h"

#define LINKS_MAX 16
#define HEAD_KEPT 4096u          /* of a program: enough to see that it is one, and its loader */

/* --- names --- */

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), w = strlen(with);

	return n >= w && strcmp(text + n - w, with) == 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool bootimage_below(const struct boot_file *f, const char *dir, const char **base)
{
	const char *path = starts(f->path, "usr/") ? f->path + 4 : f->path;
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) != 0 || path[n] != '/')
		return false;
	if (base)
		*base = base_of(path + n);
	return true;
}

/* Without "/", "./" and "//"; NULL for one that is empty or leads upwards.  The caller frees. */
static char *normal_path(const char *name)
{
	char *out = xcalloc(strlen(name) + 1, 1), *to = out;

	while (*name) {
		size_t n = strcspn(name, "/");

		if (n == 2 && starts(name, "..")) {
			free(out);
			return NULL;
		}
		if (n && !(n == 1 && *name == '.')) {
			if (to != out)
				*to++ = '/';
			memcpy(to, name, n);
			to += n;
		}
		name += n + (name[n] == '/');
	}
	if (to == out) {
		free(out);
		return NULL;
	}
	return out;
}

/* --- collecting --- */

/* Files whose text says something about arrays. */
static uint32_t bytes_wanted(const struct boot_file *f)
{
	const char *base = base_of(f->path);

	if (S_ISLNK(f->mode))
		return CPIO_NAME_MAX;
	if (!S_ISREG(f->mode))
		return 0;
	if (strcmp(base, "mdadm") == 0 && (f->mode & 0111) && !bootimage_below(f, "scripts", NULL))
		return HEAD_KEPT;
	if ((ends(base, ".rules") && strstr(f->path, "/udev/rules.d/")) ||
	    strcmp(f->path, "init") == 0 || starts(f->path, "etc/mdadm") || starts(f->path, "etc/cmdline") ||
	    starts(f->path, "scripts/") || starts(f->path, "hooks/") ||
	    bootimage_below(f, "lib/dracut/hooks", NULL) || starts(f->path, "var/lib/dracut/hooks/") ||
	    (bootimage_below(f, "lib/modules", NULL) && starts(base, "modules.")))
		return BOOTIMAGE_TEXT_MAX;
	return 0;
}

static bool add_entry(void *arg, const struct cpio_entry *e)
{
	char *path = normal_path(e->name);
	struct bootimage *b = arg;
	struct boot_file *f;

	if (!path)
		return false;
	if (b->n >= BOOTIMAGE_FILES_MAX || b->name_bytes >= BOOTIMAGE_NAMES_MAX) {
		b->too_big = true;
		free(path);
		return false;
	}
	b->file = xgrow(b->file, &b->cap, b->n, sizeof(*b->file));
	f = &b->file[b->n];
	*f = (struct boot_file){ .path = path, .mode = e->mode, .size_bytes = e->size_bytes,
				 .order = b->n++ };
	if (S_ISREG(e->mode) && e->nlink > 1)
		memcpy(f->inode, (uint32_t[]){ e->ino, e->dev_major, e->dev_minor },
		       sizeof(f->inode));
	b->name_bytes += strlen(path);
	f->kept = MIN(e->size_bytes, bytes_wanted(f));
	if (b->text_bytes + f->kept > BOOTIMAGE_TEXTS_MAX) {
		b->too_big = true;
		f->kept = 0;
	}
	b->text_bytes += f->kept;
	return f->kept;
}

/* The room grows with what really comes, whatever the header claimed. */
static void add_bytes(void *arg, const uint8_t *p, size_t n)
{
	struct bootimage *b = arg;
	struct boot_file *f = &b->file[b->n - 1];

	n = MIN(n, f->kept - f->len);
	if (!n)
		return;
	f->text = xgrow(f->text, &f->cap, f->len + n, 1);
	memcpy(f->text + f->len, p, n);
	f->len += n;
	f->text[f->len] = '\0';
}

struct cpio_calls bootimage_calls(struct bootimage *b)
{
	return (struct cpio_calls){ b, add_entry, add_bytes };
}

static void file_free(struct boot_file *f)
{
	free(f->path);
	free(f->text);
}

void bootimage_free(struct bootimage *b)
{
	for (size_t i = 0; i < b->n; i++)
		file_free(&b->file[i]);
	free(b->file);
	*b = (struct bootimage){ 0 };
}

static int by_path(const void *x, const void *y)
{
	const struct boot_file *a = x, *b = y;
	int c = strcmp(a->path, b->path);

	return c ? c : (a->order > b->order) - (a->order < b->order);
}

void bootimage_sort(struct bootimage *b)
{
	size_t kept = 0;

	if (b->n)
		qsort(b->file, b->n, sizeof(*b->file), by_path);
	for (size_t i = 0; i < b->n; i++) {
		if (i + 1 < b->n && strcmp(b->file[i].path, b->file[i + 1].path) == 0)
			file_free(&b->file[i]);
		else
			b->file[kept++] = b->file[i];
	}
	b->n = kept;
}

/* --- looking --- */

static int compare_path(const void *key, const void *file)
{
	return strcmp(key, ((const struct boot_file *)file)->path);
}

const struct boot_file *bootimage_exact(const struct bootimage *b, const char *path)
{
	return b->n ? bsearch(path, b->file, b->n, sizeof(*b->file), compare_path) : NULL;
}

/* One look-up: what is behind us, what is still to go. */
struct walk {
	const struct bootimage *b;
	char done[2 * CPIO_NAME_MAX];
	char rest[2 * CPIO_NAME_MAX];
	unsigned links;
};

static void go_up(struct walk *w)
{
	char *slash = strrchr(w->done, '/');

	*(slash ? slash : w->done) = '\0';
}

/* The link stands for its target, beside itself or from the top. */
static bool follow(struct walk *w, const struct boot_file *link)
{
	autofree char *rest = xstrdup(w->rest);

	if (++w->links > LINKS_MAX || !link->text)
		return false;
	go_up(w);
	if (link->text[0] == '/')
		w->done[0] = '\0';
	return (size_t)snprintf(w->rest, sizeof(w->rest), "%s/%s", link->text, rest) <
	       sizeof(w->rest);
}

static bool step_into(struct walk *w, const char *name)
{
	const struct boot_file *f;
	size_t n = strlen(w->done);

	if (strcmp(name, "..") == 0) {
		go_up(w);
		return true;
	}
	if ((size_t)snprintf(w->done + n, sizeof(w->done) - n, "%s%s", n ? "/" : "", name) >=
	    sizeof(w->done) - n)
		return false;
	f = bootimage_exact(w->b, w->done);
	return !f || !S_ISLNK(f->mode) || follow(w, f);
}

const struct boot_file *bootimage_find(const struct bootimage *b, const char *path)
{
	struct walk w = { .b = b };
	char name[CPIO_NAME_MAX];

	if (!copy_text(w.rest, sizeof(w.rest), path))
		return NULL;
	while (*w.rest) {
		size_t n = strcspn(w.rest, "/");

		if (n >= sizeof(name))
			return NULL;
		memcpy(name, w.rest, n);
		name[n] = '\0';
		memmove(w.rest, w.rest + n + (w.rest[n] == '/'),
			strlen(w.rest + n + (w.rest[n] == '/')) + 1);
		if (n && strcmp(name, ".") != 0 && !step_into(&w, name))
			return NULL;
	}
	return bootimage_exact(b, w.done);
}

uint32_t bootimage_size(const struct bootimage *b, const struct boot_file *f)
{
	static const uint32_t none[3];

	if (f->size_bytes || memcmp(f->inode, none, sizeof(none)) == 0)
		return f->size_bytes;
	for (size_t i = 0; i < b->n; i++)
		if (memcmp(b->file[i].inode, f->inode, sizeof(none)) == 0 && b->file[i].size_bytes)
			return b->file[i].size_bytes;
	return 0;
}
