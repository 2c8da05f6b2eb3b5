/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * policy.h - what the POLICY, PART-POLICY and AUTO lines allow for a device.
 *
 * policy.c is pure: the names of a device go in, what the lines say of it comes out.  Which names
 * a device has is found by policy-disk.c.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config.h"

/* A device as policy sees it. */
struct policy_disk {
	struct config_list path; /* its names in /dev/disk/by-path, without the directory */
	bool part;               /* it is a partition */
};

/* Finds the names.  Never fails: a device that has none matches no line with path=.  The caller
 * frees. */
void policy_disk_load(dev_t rdev, struct policy_disk *out);
void policy_disk_free(struct policy_disk *d);    /* also for cleanup() */

/* All names of the directory, read once for many devices. */
struct policy_names {
	struct policy_name {
		dev_t rdev;
		char *name;
	} *entry;                /* by name */
	size_t n, cap;
};

/* Reads the directory.  The caller frees. */
void policy_names_load(struct policy_names *out);
void policy_names_free(struct policy_names *n);  /* also for cleanup() */
/* As policy_disk_load, with those names. */
void policy_disk_from(const struct policy_names *names, dev_t rdev, struct policy_disk *out);

/* Each allows what is above it; a word that is not known allows nothing. */
enum policy_action {
	POLICY_INCLUDE,          /* and when nothing is said: normal assembly */
	POLICY_RE_ADD,
	POLICY_SPARE,
	POLICY_SPARE_SAME_SLOT,
	POLICY_FORCE_SPARE,
	POLICY_UNKNOWN,
};

/* What the word of action= means. */
enum policy_action policy_action_parse(const char *word);
/* The highest action that the lines give the device.  format: "1.2", "1.x", "0.90"; NULL: lines
 * for any format count. */
enum policy_action policy_action(const struct config *c, const struct policy_disk *d,
				 const char *format);
/* Does having the one allow the other? */
bool policy_allows(enum policy_action have, enum policy_action wanted);

/* The domains of the device, by bytes and each once.  Lines for other formats do not count.  The
 * caller frees with policy_domains_free. */
void policy_domains(const struct config *c, const struct policy_disk *d, const char *format,
		    struct config_list *out);
/* Adds the domains of from that into does not have: an array has those of all its members, and its
 * spare-group. */
void policy_domains_merge(struct config_list *into, const struct config_list *from);
void policy_domain_add(struct config_list *into, const char *domain);
void policy_domains_free(struct config_list *l); /* also for cleanup() */

/* May the device move to the array?  POLICY_FITS alone is a yes. */
enum policy_fit { POLICY_NO_DOMAIN = -1, POLICY_OTHER_DOMAIN = 0, POLICY_FITS = 1 };
enum policy_fit policy_domains_fit(const struct config_list *device,
				   const struct config_list *array);

/*
 * May an array that no ARRAY line names be started by itself?  By the auto= of the POLICY lines of
 * the device and the AUTO line: any yes allows, then homehost if the array is local, then any no
 * refuses.  So "AUTO homehost -all" alone, which says no no, refuses nobody: as 4.2 has it, and an
 * initramfs that does not know the host's name finds its root array.  A format that the AUTO line
 * does not speak of has its yes.
 * d NULL: only the AUTO line.  local: its name says this home host.
 */
bool policy_auto_allows(const struct config *c, const struct policy_disk *d, const char *format,
			bool local);

#endif
