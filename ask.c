// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ask.c - questions and answers.  For modes only.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "ask.h"
#include "say.h"
#include "util.h"

#define TRIES 5
/* Nobody types into a pipe: what is to come is there, or comes at once. */
#define PATIENCE_MS 1000
#define NEVER INT64_MAX
#define LATE (-2)

/* The next byte, EOF, or LATE. */
static int next_byte(int64_t deadline)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned char byte;
	ssize_t n;
	int rc;

	do {
		int64_t left = deadline == NEVER ? -1 : deadline - clock_ms();

		if (deadline != NEVER && left <= 0)
			return LATE;
		rc = poll(&p, 1, (int)left);
		n = rc > 0 ? read(STDIN_FILENO, &byte, 1) : -1;
	} while (rc == 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	return n == 1 ? byte : EOF;
}

/* First byte of the next line. */
static int first_of_line(int64_t deadline)
{
	int first = next_byte(deadline);

	for (int c = first; c >= 0 && c != '\n'; )
		c = next_byte(deadline);
	return first;
}

static bool no_answer(int what)
{
	fputc('\n', stderr);
	if (what == LATE)
		say_error("no answer came: taken as no; --run answers yes");
	return false;
}

bool ask_yes(const char *question)
{
	int64_t deadline = isatty(STDIN_FILENO) ? NEVER : clock_ms() + PATIENCE_MS;

	fprintf(stderr, "%s? ", question);
	for (int i = 0; i < TRIES; i++) {
		int first = first_of_line(deadline);

		switch (first) {
		case 'y':
		case 'Y':
			return true;
		case 'n':
		case 'N':
			return false;
		case EOF:
		case LATE:
			return no_answer(first);
		}
		fprintf(stderr, "%s? (y/n) ", question);
	}
	fputc('\n', stderr);
	return false;
}
