/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * textfile.h - port: a file of the administrator, read and replaced as a whole.
 */
#ifndef TEXTFILE_H
#define TEXTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "err.h"

struct textfile {
	char *path;              /* where it is, links followed; for messages */
	char *name;              /* in the directory dir_fd */
	int dir_fd;              /* locked against other calls of this */
	bool exists;
	mode_t new_mode;         /* of one that does not exist yet; textfile_open says 0644 */
	struct stat st;          /* when it exists */
	char *text;              /* its bytes, as they are; "" when it does not exist */
	size_t len;
};

/*
 * Opens the directory of a file, takes its lock (flock, 5 s) and reads the file, if it is there.
 * Links are followed, but those of other users than root and us: -EPERM.  What is no regular file, or
 * larger than max bytes, is refused.  0, or -errno with the sentence.  The caller frees with
 * textfile_close, also after a failure.
 */
int textfile_open(const char *path, size_t max, struct textfile *out, struct err *err);
/*
 * Puts a new file of these bytes in its place, with the owner, mode and attributes of the old one
 * (new_mode where there was none): written beside it, synced, renamed.  -ESTALE when it is not the
 * file any more that was read.  After a failure the old one is there unchanged.
 */
int textfile_replace(struct textfile *f, const char *text, size_t len, struct err *err);
/* Removes it, when it was made by textfile_replace where there was none. */
int textfile_remove(struct textfile *f, struct err *err);
/* Also for cleanup(), of one that is all zero but dir_fd, -1. */
void textfile_close(struct textfile *f);

#endif
