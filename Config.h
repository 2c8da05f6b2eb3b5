/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Config.h - what the files of --config-check and --config-sync share: the configuration beside
 * the arrays that there are.  Nobody but Misc looks inside.
 */
#ifndef CONFIG_MODE_H
#define CONFIG_MODE_H

#include "config.h"
#include "member.h"
#include "mode.h"

struct json;

/* An array that runs, or of which members were found. */
struct known_array {
	struct member **member;  /* in the order in which they were found */
	size_t n, cap;
	const struct member *freshest;
	char format[12];         /* "1.2" */
	char devnm[33];          /* "" the kernel does not have it */
	bool active;             /* and it runs */
	char *path;              /* its node; NULL without devnm */
	size_t n_line;           /* lines that mean it, */
	size_t line[2];          /* the first two of them */
};

/* Why a line is as it is. */
enum line_match {
	LINE_RUNNING,            /* it means one array, which runs */
	LINE_INACTIVE,           /* which the kernel has, not started */
	LINE_MEMBERS,            /* of which only members are there */
	LINE_NOTHING,
	LINE_SEVERAL,            /* it means more than one array */
	LINE_UNKNOWN,            /* of containers: this version cannot tell */
};

struct line_verdict {
	enum line_match match;
	size_t array[2];         /* the first two that it means */
	size_t same_name;        /* another line of the same name before it, or SIZE_MAX */
	size_t same_array;       /* another line that means the same array, or SIZE_MAX */
};

struct config_survey {
	struct config conf;
	char homehost[256];
	struct member *all;
	size_t n_all;
	const struct member *unread; /* of all: one that could not be read, whatever is on it; NULL none */
	struct known_array *array;
	size_t n_array, cap_array;
	struct line_verdict *line;   /* [conf.n_array] */
};

/*
 * Looks at the arrays that the kernel has and at the devices of the DEVICE lines (Config-survey.c);
 * conf and homehost are there already.  0 or -errno.
 */
int config_survey(struct config_survey *s, struct err *err);
void config_survey_free(struct config_survey *s);        /* and the configuration; for cleanup() too */

/* What the superblocks say of an array, as seen from one of its members.  Pure. */
struct config_identity known_identity(const struct known_array *a, const struct member *m);
/* Does the line mean the array?  Pure. */
bool known_matches(const struct config_survey *s, const struct config_array *line,
		   const struct known_array *a);
/* Judges all lines.  Pure (Config-lines.c). */
void config_judge(struct config_survey *s);
/*
 * The line has the uuid of this array, and does not mean it all the same: the key that does not
 * agree ("level="), else NULL.  Pure.
 */
const char *config_disagreement(const struct config_survey *s, const struct config_array *line,
				const struct known_array *a);

int Config_check(const struct request *r, struct json *json);
int Config_sync(const struct request *r);

#endif
