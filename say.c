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

/* A path in a sentence may hold any byte: what a terminal would obey is \xNN. */
static char *put_byte(char *p, unsigned char c)
{
	if (c == '\n')
		return stpcpy(p, "\n" NEXT);
	if (c >= 0x20 && c < 0x7f)
		*p++ = (char)c;
	else
		p += sprintf(p, "\\x%02x", c);
	return p;
}

/* The prefix, the sentence with its continuation lines indented, and a newline. */
static void say_text(const char *text)
{
	autofree char *line = xcalloc(sizeof(FIRST) + strlen(text) * sizeof(NEXT) + 1, 1);
	char *p = stpcpy(line, FIRST);

	for (; *text; text++)
		p = put_byte(p, (unsigned char)*text);
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
