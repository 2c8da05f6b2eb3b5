/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h - mdadm.conf: a pure parser and a thin loader.
 *
 * Keywords that no mode reads yet are checked for their spelling and
 * otherwise skipped.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "uuid.h"

struct config_array {
	char *name;              /* as written; NULL when the line has none */
	bool have_uuid;
	struct uuid uuid;
	char *metadata;          /* or NULL */
};

struct config {
	char **device;           /* DEVICE words; n_device 0 means the default */
	size_t n_device, cap_device;
	struct config_array *array;
	size_t n_array, cap_array;
	char *homehost;          /* as written ("<system>", "<none>", name) or NULL */
	bool require_homehost;   /* false after HOMEHOST <ignore> */
	uid_t owner;
	gid_t group;             /* CREATE */
	mode_t mode;             /* default 0600 */
	char *metadata;          /* CREATE metadata=, or NULL */
	bool names;              /* CREATE names=yes */
	bool bbl;                /* CREATE bbl=, default true */
};

/* Complaint about a line, for the caller to say.  text: "... (FILE, line N)", printable. */
typedef void config_complain(void *arg, const char *text);

/* An empty configuration with the defaults. */
void config_init(struct config *c);
/* Adds the text of one file.  where: its name for complaints.  Names in owner= and group= are
 * looked up in /etc/passwd and /etc/group; otherwise pure. */
void config_parse(struct config *c, const char *text, size_t len, const char *where,
		  config_complain *complain, void *arg);
/*
 * Loads.  file NULL: /etc/mdadm/mdadm.conf, else /etc/mdadm.conf, then the *.conf of FILE.d in
 * byte order; "none": nothing; "partitions": as if DEVICE partitions; a directory: its *.conf.
 * A missing file is empty.
 */
void config_load(struct config *c, const char *file, config_complain *complain, void *arg);
void config_free(struct config *c);

/*
 * The candidates of the DEVICE lines, expanded: globs, "partitions" (all of /proc/partitions, as
 * /dev/NAME) and "containers" (ignored: there are none yet); default partitions.  Block devices
 * and image files that exist, each once (by its number), in order.
 * The caller frees with config_free_devices.
 */
char **config_devices(const struct config *c, size_t *n);
void config_free_devices(char **dev, size_t n);

/*
 * Effective home host: cmdline (--homehost, may be NULL; <ignore> does not count), else config,
 * else the host name; "" is none.
 */
void config_homehost(const struct config *c, const char *cmdline, char *out, size_t cap);

#endif
