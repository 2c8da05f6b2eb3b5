/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * work.h - independent jobs that may sleep in the kernel, done at once.
 */
#ifndef WORK_H
#define WORK_H

#include <stddef.h>

enum work_kind {
	WORK_QUICK,              /* done in turn, until one turns out to sleep */
	WORK_SLEEPS,             /* each is known to sleep: all at once from the first */
};

/*
 * Calls job(arg, i) once for each i below n and returns when all have ended.  A job must not
 * print, and must not touch what another one changes.
 */
void work_all(size_t n, enum work_kind kind, void (*job)(void *arg, size_t i), void *arg);

#endif
