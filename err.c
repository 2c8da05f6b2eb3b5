// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * err.c - builds the sentence of a failure.  Must not print, allocate or judge.
 */
#include <errno.h>
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

#ifdef __GLIBC__
const char *error_text(int number)
{
	return strerror(number);
}
#else
/* Those of musl that are others, as far as files, devices and ioctls fail with them. */
static const struct {
	int number;
	const char *text;
} of_glibc[] = {
	{ EIO, "Input/output error" },
	{ ECHILD, "No child processes" },
	{ ENOMEM, "Cannot allocate memory" },
	{ EBUSY, "Device or resource busy" },
	{ EXDEV, "Invalid cross-device link" },
	{ EMFILE, "Too many open files" },
	{ ENOTTY, "Inappropriate ioctl for device" },
	{ ESPIPE, "Illegal seek" },
	{ ERANGE, "Numerical result out of range" },
	{ EDEADLK, "Resource deadlock avoided" },
	{ ENAMETOOLONG, "File name too long" },
	{ ELOOP, "Too many levels of symbolic links" },
	{ ETIME, "Timer expired" },
	{ EOVERFLOW, "Value too large for defined data type" },
	{ EILSEQ, "Invalid or incomplete multibyte or wide character" },
	{ EOPNOTSUPP, "Operation not supported" },
	{ ETIMEDOUT, "Connection timed out" },
	{ EUCLEAN, "Structure needs cleaning" },
	{ EDQUOT, "Disk quota exceeded" },
	{ EREMOTEIO, "Remote I/O error" },
	{ EBADFD, "File descriptor in bad state" },
};

const char *error_text(int number)
{
	for (size_t i = 0; i < sizeof(of_glibc) / sizeof(of_glibc[0]); i++)
		if (of_glibc[i].number == number)
			return of_glibc[i].text;
	return strerror(number);
}
#endif
