// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * say.c - lines for people, on stderr.  Each sentence leaves in one write, so that
 * those of several processes do not mix.
 */
#include <stdarg.h>
#include <string.h>

#include "say.h"
#include "util.h"

#define FIRST "mdadm: "
#define NEXT "       "

static int verbosity;

void say_set_verbosity(int v)
{
	verbosity = v;
}

int say_verbosity(void)
{
	return verbosity;
}

/* The prefix, the sentence with its continuation lines indented, and a newline. */
static void say_text(const char *text)
{
	size_t n = sizeof(FIRST) + 1 + strlen(text);
	autofree char *line = NULL;
	char *p;

	for (const char *s = strchr(text, '\n'); s; s = strchr(s + 1, '\n'))
		n += sizeof(NEXT);
	line = xcalloc(n, 1);
	p = stpcpy(line, FIRST);
	for (; *text; text++) {
		*p++ = *text;
		if (*text == '\n')
			p = stpcpy(p, NEXT);
	}
	*p++ = '\n';
	write_stderr(line, (size_t)(p - line));
}

static void __attribute__((format(printf, 1, 0))) say_format(const char *fmt, va_list ap)
{
	autofree char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
		return;
	}
	say_text(text);
}

void say_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_format(fmt, ap);
	va_end(ap);
}

void say_err(const struct err *e)
{
	say_text(e->text);
}

void say_note(const char *fmt, ...)
{
	va_list ap;

	if (verbosity < 0)
		return;
	va_start(ap, fmt);
	say_format(fmt, ap);
	va_end(ap);
}

void say_verbose(const char *fmt, ...)
{
	va_list ap;

	if (verbosity < 1)
		return;
	va_start(ap, fmt);
	say_format(fmt, ap);
	va_end(ap);
}
