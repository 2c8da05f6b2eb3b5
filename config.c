// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * config.c - mdadm.conf.  The parser is pure, but for the names of users and groups: those it
 * looks up; the loader and the expansion of DEVICE lines are below it.  Uses the base, and
 * of the ports only blkdev, for the names of devices.
 *
 * Grammar: a line that starts in column 0 starts an entry, a line that starts with a blank
 * continues it, whatever comments and empty lines are between.  '#' starts a comment where a
 * word could start.  Quotes may open and close inside a word; the end of the line ends both.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <search.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "blkdev.h"
#include "config.h"
#include "util.h"

#define CONFIG_MAX_BYTES (16u << 20)
#define CONFIG_PRIMARY "/etc/mdadm/mdadm.conf"
#define CONFIG_SECONDARY "/etc/mdadm.conf"
#define NAME_MAX_BYTES 32

struct word {
	char *text;
	unsigned int line;
};

struct parser {
	struct config *conf;
	const char *p, *end;
	unsigned int line;
	struct word *word;       /* the entry that is being read; word[0] is its keyword */
	size_t n, cap;
	const char *where;
	config_complain *complain;
	void *arg;
};

void config_init(struct config *c)
{
	*c = (struct config){ .require_homehost = true, .mode = 0600, .bbl = true };
}

void config_free(struct config *c)
{
	for (size_t i = 0; i < c->n_device; i++)
		free(c->device[i]);
	for (size_t i = 0; i < c->n_array; i++) {
		free(c->array[i].name);
		free(c->array[i].metadata);
	}
	free(c->device);
	free(c->array);
	free(c->homehost);
	free(c->metadata);
	config_init(c);
}

/* Says what is wrong with a word, and where the word stands. */
__attribute__((format(printf, 3, 4)))
static void complain(struct parser *ps, const struct word *w, const char *fmt, ...)
{
	char raw[300], shown[4 * sizeof(raw)], where[200];
	autofree char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	printable(shown, sizeof(shown), raw, strlen(raw));
	printable(where, sizeof(where), ps->where, strlen(ps->where));
	line = xasprintf("%s (%s, line %u)", shown, where, w->line);
	ps->complain(ps->arg, line);
}

/* The text after "key=" when the word has that key, else NULL. */
static const char *value_of(const char *word, const char *key)
{
	size_t n = strlen(key);

	return strncasecmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static void add_device(struct config *c, const char *word)
{
	c->device = xgrow(c->device, &c->cap_device, c->n_device, sizeof(*c->device));
	c->device[c->n_device++] = xstrdup(word);
}

static void do_device(struct parser *ps)
{
	for (size_t i = 1; i < ps->n; i++) {
		const char *w = ps->word[i].text;

		if (w[0] == '/' || !strcasecmp(w, "partitions") || !strcasecmp(w, "containers"))
			add_device(ps->conf, w);
		else
			complain(ps, &ps->word[i], "unreconised word on DEVICE line: %s", w);
	}
}

static bool array_name_ok(const char *name)
{
	size_t n;

	if (strncmp(name, "/dev/md/", 8) == 0 || strncmp(name, "/dev/md_", 8) == 0)
		name += 8;
	n = strlen(name);
	return n > 0 && n <= NAME_MAX_BYTES;
}

static void array_name(struct parser *ps, const struct word *w, struct config_array *a)
{
	if (a->name)
		complain(ps, w, "only give one device per ARRAY line: %s and %s", a->name, w->text);
	else if (!array_name_ok(w->text))
		complain(ps, w, "Value \"%s\" cannot be set as devname. "
			 "Reason: Too long or empty.", w->text);
	else
		a->name = xstrdup(w->text);
}

static void array_uuid(struct parser *ps, const struct word *w, const char *v,
		       struct config_array *a)
{
	if (a->have_uuid)
		complain(ps, w, "only specify uuid once, %s ignored.", w->text);
	else if (uuid_parse(v, &a->uuid))
		complain(ps, w, "bad uuid: %s", w->text);
	else
		a->have_uuid = true;
}

/* What an ARRAY line says beside uuid= and metadata=: nobody reads it yet, but some of it
 * is an identity. */
enum { SAYS_NOTHING, SAYS_WHO = 1, SAYS_CONTAINER = 2, SAYS_MEMBER = 4 };
static const struct {
	const char *key;
	unsigned int says;
} array_key[] = {
	{ "super-minor", SAYS_WHO }, { "devices", SAYS_WHO },
	{ "container", SAYS_CONTAINER }, { "member", SAYS_MEMBER },
	{ "spare-group", SAYS_NOTHING }, { "level", SAYS_NOTHING },
	{ "num-devices", SAYS_NOTHING }, { "disks", SAYS_NOTHING },
	{ "spares", SAYS_NOTHING }, { "bitmap", SAYS_NOTHING },
	{ "auto", SAYS_NOTHING }, { "name", SAYS_NOTHING },
};

static void array_other(struct parser *ps, const struct word *w, unsigned int *says)
{
	for (size_t i = 0; i < ARRAY_SIZE(array_key); i++)
		if (value_of(w->text, array_key[i].key)) {
			*says |= array_key[i].says;
			return;
		}
	complain(ps, w, "unrecognised word on ARRAY line: %s", w->text);
}

static void do_array(struct parser *ps)
{
	struct config *c = ps->conf;
	struct config_array a = { 0 };
	unsigned int says = 0;

	for (size_t i = 1; i < ps->n; i++) {
		const struct word *w = &ps->word[i];
		const char *v;

		if (w->text[0] == '/' || !strchr(w->text, '=')) {
			array_name(ps, w, &a);
		} else if ((v = value_of(w->text, "uuid"))) {
			array_uuid(ps, w, v, &a);
		} else if ((v = value_of(w->text, "metadata"))) {
			free(a.metadata);
			a.metadata = xstrdup(v);
		} else {
			array_other(ps, w, &says);
		}
	}
	if (!a.have_uuid && !(says & SAYS_WHO) && says != (SAYS_CONTAINER | SAYS_MEMBER)) {
		complain(ps, ps->word, "ARRAY line %s has no identity information.",
			 a.name ? a.name : "without a name");
		free(a.name);
		free(a.metadata);
		return;
	}
	c->array = xgrow(c->array, &c->cap_array, c->n_array, sizeof(a));
	c->array[c->n_array++] = a;
}

/* Only local users and groups: early in the boot there are no others to ask for. */
static bool find_user(const char *name, uid_t *out)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw = NULL;

	while (f && (pw = fgetpwent(f)) && strcmp(pw->pw_name, name) != 0)
		;
	if (pw)
		*out = pw->pw_uid;
	if (f)
		fclose(f);
	return pw != NULL;
}

static bool find_group(const char *name, gid_t *out)
{
	FILE *f = fopen("/etc/group", "re");
	const struct group *gr = NULL;

	while (f && (gr = fgetgrent(f)) && strcmp(gr->gr_name, name) != 0)
		;
	if (gr)
		*out = gr->gr_gid;
	if (f)
		fclose(f);
	return gr != NULL;
}

static void create_owner(struct parser *ps, const struct word *w, const char *v)
{
	uint64_t id;

	if (parse_u64(v, UINT32_MAX - 1, &id) == 0)
		ps->conf->owner = (uid_t)id;
	else if (!find_user(v, &ps->conf->owner))
		complain(ps, w, "CREATE user %s not found", v);
}

static void create_group(struct parser *ps, const struct word *w, const char *v)
{
	uint64_t id;

	if (parse_u64(v, UINT32_MAX - 1, &id) == 0)
		ps->conf->group = (gid_t)id;
	else if (!find_group(v, &ps->conf->group))
		complain(ps, w, "CREATE group %s not found", v);
}

static void create_mode(struct parser *ps, const struct word *w, const char *v)
{
	char *end;
	unsigned long mode = strtoul(v, &end, 8);

	ps->conf->mode = 0600;
	if (*v < '0' || *v > '7' || *end || mode > 07777)
		complain(ps, w, "unrecognised CREATE mode %s", v);
	else
		ps->conf->mode = (mode_t)mode;
}

static bool yes_or_no(const char *v, bool *out)
{
	if (strcasecmp(v, "yes") != 0 && strcasecmp(v, "no") != 0)
		return false;
	*out = strcasecmp(v, "yes") == 0;
	return true;
}

static void create_word(struct parser *ps, const struct word *w)
{
	struct config *c = ps->conf;
	const char *v;

	if ((v = value_of(w->text, "owner"))) {
		create_owner(ps, w, v);
	} else if ((v = value_of(w->text, "group"))) {
		create_group(ps, w, v);
	} else if ((v = value_of(w->text, "mode"))) {
		create_mode(ps, w, v);
	} else if ((v = value_of(w->text, "metadata"))) {
		free(c->metadata);
		c->metadata = xstrdup(v);
	} else if (value_of(w->text, "auto")) {
		return;          /* of old times: device nodes have one style today */
	} else if (!((v = value_of(w->text, "names")) && yes_or_no(v, &c->names)) &&
		   !((v = value_of(w->text, "bbl")) && yes_or_no(v, &c->bbl))) {
		complain(ps, w, "unrecognised word on CREATE line: %s", w->text);
	}
}

static void do_create(struct parser *ps)
{
	for (size_t i = 1; i < ps->n; i++)
		create_word(ps, &ps->word[i]);
}

/* <ignore> only relaxes; of the others the first counts. */
static void do_homehost(struct parser *ps)
{
	struct config *c = ps->conf;

	for (size_t i = 1; i < ps->n; i++) {
		if (strcasecmp(ps->word[i].text, "<ignore>") == 0)
			c->require_homehost = false;
		else if (!c->homehost)
			c->homehost = xstrdup(ps->word[i].text);
	}
}

/* In the order in which a short form is resolved: "mai" is mailaddr. */
static const struct {
	const char *word;
	void (*run)(struct parser *ps);  /* NULL: no mode reads it yet */
} keyword[] = {
	{ "devices", do_device }, { "array", do_array }, { "mailaddr", NULL },
	{ "mailfrom", NULL }, { "program", NULL }, { "create", do_create },
	{ "homehost", do_homehost }, { "homecluster", NULL }, { "auto", NULL },
	{ "policy", NULL }, { "part-policy", NULL }, { "sysfs", NULL },
	{ "monitordelay", NULL }, { "encryption_no_verify", NULL }, { "probing", NULL },
	{ "imsm_disable_orom", NULL },
};

static void run_entry(struct parser *ps)
{
	size_t i, n = strlen(ps->word[0].text);

	for (i = 0; i < ARRAY_SIZE(keyword); i++)
		if (n >= 3 && strncasecmp(ps->word[0].text, keyword[i].word, n) == 0)
			break;
	if (i == ARRAY_SIZE(keyword))
		complain(ps, ps->word, "Unknown keyword %s", ps->word[0].text);
	else if (keyword[i].run)
		keyword[i].run(ps);
}

/* The entry is complete. */
static void end_entry(struct parser *ps)
{
	if (ps->n)
		run_entry(ps);
	while (ps->n)
		free(ps->word[--ps->n].text);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

/* Reads the word at ps->p, without its quotes. */
static void read_word(struct parser *ps)
{
	const char *start = ps->p;
	char quote = 0, *text, *to;

	while (ps->p < ps->end && *ps->p != '\n' && (quote || !is_blank(*ps->p))) {
		if (*ps->p == quote)
			quote = 0;
		else if (!quote && (*ps->p == '"' || *ps->p == '\''))
			quote = *ps->p;
		ps->p++;
	}
	text = to = xcalloc((size_t)(ps->p - start) + 1, 1);
	for (quote = 0; start < ps->p; start++) {
		if (*start == quote)
			quote = 0;
		else if (!quote && (*start == '"' || *start == '\''))
			quote = *start;
		else
			*to++ = *start;
	}
	ps->word = xgrow(ps->word, &ps->cap, ps->n, sizeof(*ps->word));
	ps->word[ps->n++] = (struct word){ text, ps->line };
}

/* One line: its words go to the entry before, or start one. */
static void read_line(struct parser *ps)
{
	bool column0 = ps->p < ps->end && !is_blank(*ps->p);

	while (ps->p < ps->end && *ps->p != '\n') {
		if (is_blank(*ps->p)) {
			ps->p++;
		} else if (*ps->p == '#') {
			while (ps->p < ps->end && *ps->p != '\n')
				ps->p++;
		} else {
			if (column0)
				end_entry(ps);
			column0 = false;
			read_word(ps);
		}
	}
	ps->line++;
	ps->p++;
}

void config_parse(struct config *c, const char *text, size_t len, const char *where,
		  config_complain *say, void *arg)
{
	struct parser ps = { .conf = c, .p = text, .end = text + len, .where = where, .line = 1,
			     .complain = say, .arg = arg };

	while (ps.p < ps.end)
		read_line(&ps);
	end_entry(&ps);
	free(ps.word);
}

static void complain_file(const char *path, int rc, config_complain *say, void *arg)
{
	char shown[200];
	autofree char *line = NULL;

	printable(shown, sizeof(shown), path, strlen(path));
	line = xasprintf("cannot read %s: %s", shown, strerror(-rc));
	say(arg, line);
}

/* Returns false when there is no such file. */
static bool load_file(struct config *c, const char *path, config_complain *say, void *arg)
{
	/* a FIFO that nobody writes to is an empty file, not a reason to wait */
	autoclose int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	autofree char *text = NULL;
	size_t len = 0;
	int rc;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	rc = fd < 0 ? -errno : read_all(fd, CONFIG_MAX_BYTES, &text, &len);
	if (rc)
		complain_file(path, rc, say, arg);
	else
		config_parse(c, text, len, path, say, arg);
	return true;
}

static int is_conf(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n >= 6 && strcmp(d->d_name + n - 5, ".conf") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_dir(struct config *c, const char *dir, config_complain *say, void *arg)
{
	struct dirent **list = NULL;
	int n = scandir(dir, &list, is_conf, by_bytes);

	for (int i = 0; i < n; i++) {
		autofree char *path = xasprintf("%s/%s", dir, list[i]->d_name);

		load_file(c, path, say, arg);
		free(list[i]);
	}
	free(list);
}

static void load_default(struct config *c, config_complain *say, void *arg)
{
	bool secondary = !load_file(c, CONFIG_PRIMARY, say, arg) &&
			 load_file(c, CONFIG_SECONDARY, say, arg);

	load_dir(c, secondary ? CONFIG_SECONDARY ".d" : CONFIG_PRIMARY ".d", say, arg);
}

void config_load(struct config *c, const char *file, config_complain *say, void *arg)
{
	struct stat st;

	if (!file)
		load_default(c, say, arg);
	else if (strcmp(file, "partitions") == 0)
		add_device(c, file);
	else if (strcmp(file, "none") == 0)
		return;
	else if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		load_dir(c, file, say, arg);
	else
		load_file(c, file, say, arg);
}

/* The devices found so far, and which they are. */
struct candidates {
	char **path;
	size_t n, cap;
	void *seen;              /* a tree of struct identity */
};

struct identity {
	mode_t type;
	dev_t dev;
	ino_t ino;               /* of an image file; 0 for devices */
};

static int compare_identity(const void *x, const void *y)
{
	const struct identity *a = x, *b = y;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return (a->ino > b->ino) - (a->ino < b->ino);
}

/* False when it is known already. */
static bool remember(struct candidates *all, const struct stat *st)
{
	struct identity *id = xcalloc(1, sizeof(*id)), **node;

	id->type = st->st_mode & S_IFMT;
	id->dev = S_ISBLK(st->st_mode) ? st->st_rdev : st->st_dev;
	id->ino = S_ISBLK(st->st_mode) ? 0 : st->st_ino;
	node = tsearch(id, &all->seen, compare_identity);
	if (!node || *node != id) {
		free(id);
		return false;
	}
	return true;
}

static void add_candidate(struct candidates *all, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)))
		return;
	if (!remember(all, &st))
		return;
	all->path = xgrow(all->path, &all->cap, all->n, sizeof(*all->path));
	all->path[all->n++] = xstrdup(path);
}

/* A line of /proc/partitions is "major minor blocks name". */
static void add_partitions(struct candidates *all)
{
	FILE *f = fopen("/proc/partitions", "re");
	unsigned int ma, mi;
	char line[200];

	while (f && fgets(line, sizeof(line), f)) {
		autofree char *path = NULL;

		if (sscanf(line, "%u %u", &ma, &mi) != 2)
			continue;
		path = blk_name(makedev(ma, mi), NULL);
		add_candidate(all, path);
	}
	if (f)
		fclose(f);
}

static void add_word(struct candidates *all, const char *word)
{
	glob_t g = { 0 };

	if (strcasecmp(word, "partitions") == 0)
		add_partitions(all);
	if (word[0] == '/' && !strpbrk(word, "*?[\\")) {
		add_candidate(all, word);
		return;
	}
	/* from the last to the first, as the packaged tool does: reports show it */
	if (word[0] == '/' && glob(word, 0, NULL, &g) == 0)
		for (size_t i = g.gl_pathc; i > 0; i--)
			add_candidate(all, g.gl_pathv[i - 1]);
	globfree(&g);
}

char **config_devices(const struct config *c, size_t *n)
{
	struct candidates all = { 0 };

	for (size_t i = 0; i < c->n_device; i++)
		add_word(&all, c->device[i]);
	if (!c->n_device)
		add_partitions(&all);
	tdestroy(all.seen, free);
	*n = all.n;
	return all.path;
}

void config_free_devices(char **dev, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(dev[i]);
	free(dev);
}

void config_homehost(const struct config *c, const char *cmdline, char *out, size_t cap)
{
	const char *name = cmdline && strcasecmp(cmdline, "<ignore>") != 0 ? cmdline : c->homehost;
	char host[256] = "";

	if (!name || strcasecmp(name, "<system>") == 0) {
		gethostname(host, sizeof(host) - 1);
		name = host;
	} else if (strcasecmp(name, "<none>") == 0) {
		name = "";
	}
	copy_text(out, cap, name);
}
