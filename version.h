/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * version.h - what --version says.  Clients read "mdadm - v<number> - <date>".
 */
#ifndef VERSION_H
#define VERSION_H

#define MDADM_VERSION "4.6"
#define MDADM_DATE "2026-11-21"

#endif
