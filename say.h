/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * say.h - the lines that a mode prints for people.  Only modes and main may
 * call this; everything below them returns its sentence in a struct err.
 *
 * Every line goes to stderr as "mdadm: ..."; data (reports) goes to stdout and
 * not through here.  A newline inside a sentence starts a continuation line,
 * which is indented by seven blanks.
 */
#ifndef SAY_H
#define SAY_H

#include "err.h"

/* How much is said: -1 for --quiet, 0, 1 for -v, 2 for -vv ... */
void say_set_verbosity(int verbosity);

/* An error or a warning: always said. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void say_err(const struct err *e);
/* What was done: not said with --quiet. */
void say_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Detail: said with -v. */
void say_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
