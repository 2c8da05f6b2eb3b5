/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit.h - a test program in TAP: CHECK as often as wanted, `return unit_done();` last.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int unit_count, unit_failed;

static inline void unit_check(int ok, const char *name, const char *file, int line)
{
	printf("%s %d - %s\n", ok ? "ok" : "not ok", ++unit_count, name);
	if (ok)
		return;
	printf("# %s:%d\n", file, line);
	unit_failed++;
}

/* One test: does cond hold? */
#define CHECK(cond, name) unit_check(!!(cond), name, __FILE__, __LINE__)
#define CHECK_TEXT(text, want) CHECK(!strcmp(text, want), #text " is " #want)

/* Prints the plan. Returns the program's exit status. */
static inline int unit_done(void)
{
	printf("1..%d\n", unit_count);
	return unit_failed ? 1 : 0;
}

/* Numbers for tests that want many inputs, the same in every run (xorshift64). */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
