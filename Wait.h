/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wait.h - --wait and --wait-clean.  Misc calls them. */
#ifndef WAIT_H
#define WAIT_H

/* STATUS_OK: it was waited for; STATUS_FAILED: there was nothing to wait for. */
int Wait(const char *path);
/* An array is written to no more: let it become clean.  Of all that there are. */
int Wait_clean(const char *path);
int Wait_clean_all(void);

#endif
