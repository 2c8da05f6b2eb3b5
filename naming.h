/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * naming.h - which name and which number an array gets, and by which rule.
 *
 * Pure: what a superblock says, what was asked for, and what is in use go in; a path below /dev
 * that nothing hostile can be in, and a kernel name, come out.  Uses devnode (names), config, the
 * map and mdstat as data only.
 */
#ifndef NAMING_H
#define NAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "devnode.h"
#include "mapfile.h"
#include "mdstat.h"
#include "super.h"

/* May the array have the name that its superblock says, without the host's? */
enum name_trust {
	TRUST_FOREIGN,           /* it is another host's */
	TRUST_HOME,              /* it is this host's */
	TRUST_ANY,               /* it is any host's: "any:name" */
	TRUST_LISTED,            /* an ARRAY line means it, by uuid, name or number */
	TRUST_NOT_REQUIRED,      /* HOMEHOST <ignore> */
};

/* What gave an array its name. */
enum name_rule {
	NAME_COMMAND_LINE,
	NAME_ARRAY_LINE,
	NAME_LOCAL,              /* the name in the superblock, without the host */
	NAME_PREFERRED_MINOR,    /* the number in a 0.90 superblock of this host */
	NAME_FOREIGN,            /* "host:name" as it is in the superblock */
	NAME_FOREIGN_SUFFIX,     /* a foreign name that says no host: always with _0, _1 ... */
	NAME_CLASH,              /* another has the name: _0, _1 ... behind it */
	NAME_NUMBER,             /* there is no name: /dev/mdN */
};
#define NAME_RULES (NAME_NUMBER + 1)

/* "array-line", for JSON. */
const char *name_rule_word(enum name_rule rule);
const char *name_trust_word(enum name_trust trust);

/*
 * listed: an ARRAY line means the array by its uuid, name or super-minor (not by devices= alone).
 * not_required: HOMEHOST <ignore>, in the configuration or on the command line.
 */
enum name_trust naming_trust(const struct super *s, const char *homehost, bool listed,
			     bool not_required);

/* The names and numbers of arrays that there are, and of those that are about to be. */
struct names_used {
	struct name_used {
		char devnm[33];
		char path[201];      /* "" when it has no other than /dev/DEVNM */
	} *name;
	size_t n, cap;
};

/* Those of what /proc/mdstat has, with the paths that the map has for them. */
void names_load(struct names_used *u, const struct map *map, const struct mdstat *running);
void names_add(struct names_used *u, const char *devnm, const char *path);
void names_free(struct names_used *u);         /* also for cleanup() */
/* Who has that kernel name, or that path; NULL. */
const struct name_used *names_by_devnm(const struct names_used *u, const char *devnm);
const struct name_used *names_by_path(const struct names_used *u, const char *path);

struct name_request {
	const char *given;       /* on the command line or in the ARRAY line; NULL */
	enum name_rule given_by; /* which of these two */
	const char *stored;      /* "host:name" as the superblock has it, hostile; "" none */
	int md_minor;            /* the number in a 0.90 superblock; -1 */
	enum name_trust trust;
};

struct naming {
	struct md_name md;       /* devnm "": a free number is to be chosen (devnode_choose), and with */
	enum name_rule rule;     /* path "" /dev/DEVNM is its only name */
	enum name_trust trust;
	bool unusable;           /* the ARRAY line's name is none: it got the superblock's */
	bool taken;              /* given, and another array has that path or that number */
};

/*
 * Chooses.  0, or -EINVAL with the sentence when what was given is no name (devnode_parse_name).  That
 * of an ARRAY line keeps no array from coming up: 0, out->unusable and the sentence.
 * What is given is what it gets; whether another array has it is in out->taken.
 */
int naming_choose(const struct name_request *q, const struct names_used *used,
		  struct naming *out, struct err *err);

/* Puts a suffix, _0 or the first that is free, behind the path; the number is to be chosen. */
void naming_add_suffix(struct naming *n, const struct names_used *used);

/* The number that a name means ("7", "md7", "/dev/md7", "/dev/md/7"): false when it means none. */
bool naming_number(const char *name, unsigned *number);

#endif
