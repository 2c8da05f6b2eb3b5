/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stop.h - stopping arrays; used by the modes manage and misc.
 */
#ifndef STOP_H
#define STOP_H

/* Stops one array and says so.  path: a node or link below /dev.  Returns the exit status. */
int Stop(const char *path);

/* Stops every array that can be, those on top of others first.  Returns the exit status. */
int Stop_all(void);

#endif
