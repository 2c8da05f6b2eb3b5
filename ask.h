/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask.h - the one question that a mode may put to the user.
 */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>

/*
 * Prints the question on stderr and reads lines from stdin until one begins
 * with y, Y, n or N (five lines at most).  The end of the input is a no.
 * On a terminal it waits for ever; elsewhere for a second, and says that this was a no.
 */
bool ask_yes(const char *question);

#endif
