/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h - mdadm.conf: a pure parser, pure questions about what it says, and a thin loader.
 *
 * config.c holds the words and lines, config-array.c and config-policy.c the entries that have
 * more to them, config-match.c what an ARRAY line means for an array, config-load.c the files
 * and the devices that DEVICE lines stand for.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "uuid.h"

/* Metadata as AUTO and POLICY lines tell it apart. */
enum config_format {
	CONFIG_0_90, CONFIG_1_X, CONFIG_DDF, CONFIG_IMSM, CONFIG_MBR, CONFIG_GPT,
	CONFIG_FORMATS,          /* how many there are */
};
#define CONFIG_NO_FORMAT (-1)

struct config_list {
	char **text;
	size_t n, cap;
};

struct config_pair {
	char *key, *value;
};

struct config_pairs {
	struct config_pair *pair;
	size_t n, cap;
};

/* One ARRAY line.  Texts are NULL when the line does not have them. */
struct config_array {
	char *name;              /* as written, of the forms that 4.2 takes; NULL: it has none */
	bool ignore;             /* the name is <ignore>: to be left alone by --scan and udev */
	bool have_uuid;
	struct uuid uuid;
	char *metadata;          /* as written, a word that config_format knows */
	bool have_super_minor;
	int super_minor;
	char *super_name;        /* name=: as in the superblock, "host:name" or "name" */
	struct config_list devices;  /* devices=: globs, in order */
	char *spare_group;
	bool have_level;
	int level;
	bool have_raid_disks;
	unsigned int raid_disks; /* num-devices= */
	bool have_spares;
	unsigned int spares;     /* spares=: that the monitor expects */
	char *container, *member, *bitmap;
	const char *where;       /* the file, as it was opened; lives as long as the config */
	unsigned int line, last_line;
};

/* One POLICY or PART-POLICY line: what it says, for policy.c. */
struct config_rule {
	bool part;               /* PART-POLICY */
	struct config_pairs pairs;   /* path, type, metadata, action, domain, auto */
	const char *where;
	unsigned int line;
};

/* One SYSFS line: attributes to write in /sys/block/MD/md once the array has started. */
struct config_sysfs {
	char *name;              /* name=/dev/md/X; NULL when the line names a uuid only */
	bool have_uuid;          /* wins over the name */
	struct uuid uuid;
	struct config_pairs attr;    /* keys stay inside the directory: config_attr_ok */
	const char *where;
	unsigned int line;
};

/* What AUTO lines say of a format. */
enum { CONFIG_AUTO_YES = 1, CONFIG_AUTO_NO = 2, CONFIG_AUTO_HOMEHOST = 4 };

struct config {
	char **device;           /* DEVICE words; n_device 0 means the default */
	size_t n_device, cap_device;
	struct config_array *array;
	size_t n_array, cap_array;
	char *homehost;          /* as written ("<system>", "<none>", name) or NULL */
	bool require_homehost;   /* false after HOMEHOST <ignore> */
	char *homecluster;       /* as written, or NULL */
	uid_t owner;
	gid_t group;             /* CREATE */
	mode_t mode;             /* default 0600 */
	char *metadata;          /* CREATE metadata=, or NULL */
	bool names;              /* CREATE names=yes */
	bool bbl;                /* CREATE bbl=, default true */
	unsigned char auto_said[CONFIG_FORMATS]; /* 0: nothing, which is yes */
	bool auto_line;          /* there was an AUTO line: of several the first counts */
	bool auto_ended;         /* by yes, no, +all or -all */
	bool auto_homehost;      /* the word homehost was among its words */
	struct config_rule *rule;
	size_t n_rule, cap_rule;
	struct config_sysfs *sysfs;
	size_t n_sysfs, cap_sysfs;
	char *mailaddr, *mailfrom, *program; /* or NULL */
	bool have_monitor_delay;
	unsigned int monitor_delay_s;
	bool opal_no_verify;     /* ENCRYPTION_NO_VERIFY sata_opal */
	bool ddf_extended;       /* PROBING ddf_extended */
	bool imsm_disable_orom;
	const char *complaint_where; /* while a complaint is said: where that is; NULL: the file as */
	unsigned int complaint_line; /* a whole */
	bool remarks;            /* set before the parse: say also what 4.2 takes in silence, and
				  * nothing hangs on */
	char **file;             /* the files that were read, in order */
	size_t n_file, cap_file;
};

/* Complaint about a line, for the caller to say.  text: "... (FILE, line N)", printable. */
typedef void config_complain(void *arg, const char *text);

/* An empty configuration with the defaults. */
void config_init(struct config *c);
/* Adds the text of one file.  where: its name for complaints.  Names in owner= and group= are
 * looked up in /etc/passwd and /etc/group; otherwise pure.  Linear in len. */
void config_parse(struct config *c, const char *text, size_t len, const char *where,
		  config_complain *complain, void *arg);
/* The words of MDADM_CONF_AUTO: as if they were in front of those of the AUTO line.  Before
 * config_parse. */
void config_parse_auto(struct config *c, const char *words, config_complain *complain, void *arg);
/*
 * Loads.  file NULL: /etc/mdadm/mdadm.conf, else /etc/mdadm.conf, then the *.conf of FILE.d in
 * byte order; "none": nothing; "partitions": as if DEVICE partitions; a directory: its *.conf.
 * A missing file is empty.  MDADM_CONF_AUTO of the environment counts with all of them.
 */
void config_load(struct config *c, const char *file, config_complain *complain, void *arg);
void config_free(struct config *c);
#define CONFIG_MAX_BYTES (16u << 20)     /* of a file */
/* The file that is read first when none is named: the one that is there, else the primary. */
const char *config_default_file(void);

/* Adds a copy of the first len bytes. */
void config_list_add(struct config_list *l, const char *text, size_t len);
void config_list_free(struct config_list *l);    /* also for cleanup() */

/* --- pure questions (config-match.c) --- */

/*
 * The format that a word of the file or a version means: "1", "1.2", "1.x", "default" are
 * CONFIG_1_X; "0", "0.90" CONFIG_0_90; "ddf", "imsm", "mbr", "gpt".  CONFIG_NO_FORMAT: unknown.
 */
int config_format(const char *word);

/* The same for POLICY metadata=, which knows "0.90", "1.x", "1", "1.0", "1.1", "1.2", "ddf", "imsm",
 * "mbr" and "gpt" only. */
int config_policy_format(const char *word);

/* What is known of an array, or of one member of it, that a line may speak of. */
struct config_identity {
	const char *format;      /* "0.90", "1.x", "1.2"; NULL: not known */
	const struct uuid *uuid; /* NULL: not known */
	const char *name;        /* "host:name" as stored, hostile; "" or NULL: none */
	int md_minor;            /* of 0.90; negative: none */
	int level;               /* as struct geometry has it */
	unsigned int raid_disks; /* 0: not known, then num-devices= and level= are not compared;
				  * --incremental of 4.2 never compares them, nor the format */
	const char *path;        /* of a member, for devices=; NULL: not known */
};

/*
 * The host for matching names: the effective one (config_homehost), or NULL, any, where it does not
 * matter (HOMEHOST <ignore>).
 */
static inline const char *config_match_host(const char *homehost, bool not_required)
{
	return not_required ? NULL : homehost;
}
/* Does the name in a superblock mean that one?  "home" is "home" of this host, and of any. */
bool config_name_matches(const char *wanted, const char *stored, const char *homehost);
/*
 * Does the line mean this array?  All identities that the line has must agree, and so must
 * level=, num-devices= and the format when both sides have one.  A line of containers (container=,
 * member=) means none of the native formats.
 * homehost: the effective one (config_homehost), "" none, NULL any: name=home means "home",
 * "HOMEHOST:home" and "any:home"; name=host:home only that.
 */
bool config_array_matches(const struct config_array *a, const struct config_identity *id,
			  const char *homehost);

/*
 * The one line that means this array.  *line: its index; with CONFIG_AMBIGUOUS the first two,
 * in the order of the file: a uuid does not win over another identity.  Linear in the lines.
 */
enum config_match { CONFIG_NO_LINE, CONFIG_ONE_LINE, CONFIG_AMBIGUOUS };
enum config_match config_find_array(const struct config *c, const struct config_identity *id,
				    const char *homehost, size_t *line, size_t *other);

/* The name without "/dev/md/", "/dev/" and the "md" before a number: what is compared. */
const char *config_bare_name(const char *name);
/* The line that has that name (of any form), or NULL. */
const struct config_array *config_array_by_name(const struct config *c, const char *name);
/*
 * Two lines with one name, written in the same way?  4.2 assembles nothing by such a file; "x" and
 * "/dev/md/x" are two names to it.  *a, *b: the first such pair.  <ignore> is no name.
 */
bool config_duplicate_names(const struct config *c, size_t *a, size_t *b);

/* May it be written below an array's md directory: no "..", no component that is empty or ".", no
 * leading slash, nothing but printable ASCII. */
bool config_attr_ok(const char *attr);
/* The SYSFS lines of an array: the next one from *i on, or NULL.  path: its name (any form), NULL
 * none; uuid NULL: not known. */
const struct config_sysfs *config_sysfs_next(const struct config *c, const struct uuid *uuid,
					     const char *path, size_t *i);

/*
 * Effective home host: cmdline (--homehost, may be NULL; <ignore> does not count), else config,
 * else the host name; "" is none.
 */
void config_homehost(const struct config *c, const char *cmdline, char *out, size_t cap);

/* --- the devices (config-load.c) --- */

/*
 * The candidates of the DEVICE lines, expanded: globs, "partitions" (all of /proc/partitions, as
 * /dev/NAME) and "containers" (ignored: there are none yet); default partitions.  Block devices
 * and image files that exist, each once (by its number), in order.
 * The caller frees with config_free_devices.
 */
char **config_devices(const struct config *c, size_t *n);
void config_free_devices(char **dev, size_t n);

/*
 * May --incremental take a device by the DEVICE lines: "partitions" is among them (or there are
 * none), or a glob matches one of its names (a wildcard matches no slash), or what a word stands
 * for is a node of the same number.
 */
bool config_device_allowed(const struct config *c, const char *const *name, size_t n, dev_t rdev);
/* The same for many, and what a word stands for is looked at once. */
struct config_device {
	const char *const *name;
	size_t n_name;
	dev_t rdev;
	bool allowed;            /* out */
};
void config_devices_allowed(const struct config *c, struct config_device *d, size_t n);

#endif
