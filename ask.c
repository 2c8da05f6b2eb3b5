// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ask.c - questions and answers.  For modes only.
 */
#include <stdio.h>

#include "ask.h"

#define TRIES 5

/* First byte of the next line, EOF at the end of the input. */
static int first_of_line(void)
{
	int first = getchar();

	for (int c = first; c != EOF && c != '\n'; )
		c = getchar();
	return first;
}

bool ask_yes(const char *question)
{
	fprintf(stderr, "%s? ", question);
	for (int i = 0; i < TRIES; i++) {
		fflush(stderr);
		switch (first_of_line()) {
		case 'y':
		case 'Y':
			return true;
		case 'n':
		case 'N':
			return false;
		case EOF:
			fputc('\n', stderr);
			return false;
		}
		fprintf(stderr, "%s? (y/n) ", question);
	}
	fputc('\n', stderr);
	return false;
}
