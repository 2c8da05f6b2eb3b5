/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err.h - the error object: how a failure travels from where it happened to
 * the mode that prints it.
 *
 * Convention, everywhere: 0 is done; a negative errno is a failure whose
 * sentence already stands in the struct err; a positive value is a verdict
 * that the function documents and its caller handles.
 */
#ifndef ERR_H
#define ERR_H

#define ERR_TEXT 1024      /* bytes, the end included */

struct err {
	/* What failed, on which device, why, what to do.  Without the
	 * "mdadm: " prefix and without a final newline.  A newline inside
	 * starts a continuation line. */
	char text[ERR_TEXT];
};

/*
 * Sets the sentence.  rc: the negative errno to hand on.  The text is cut,
 * never overflowed.  e may be NULL.  Returns rc.
 */
int err_set(struct err *e, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Puts words in front of the sentence that is there; what separates the two (": ") is
 * part of fmt.  Returns rc.
 */
int err_prefix(struct err *e, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The words of an errno as glibc has them, with whatever library this was built: scripts know them.
 * Not to be freed.
 */
const char *error_text(int number);

#endif
