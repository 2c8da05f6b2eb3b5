// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * err.c - builds the sentence of a failure.  Must not print, allocate or judge.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

int err_set(struct err *e, int rc, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;

	if (!e)
		return rc;
	/* not straight into place: the arguments may be the old sentence */
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(e->text, text, sizeof(text));
	return rc;
}

int err_prefix(struct err *e, int rc, const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;
	size_t n, rest;

	if (!e)
		return rc;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	rest = strnlen(e->text, ERR_TEXT - 1 - n);
	memmove(e->text + n, e->text, rest);
	memcpy(e->text, text, n);
	e->text[n + rest] = '\0';
	return rc;
}
