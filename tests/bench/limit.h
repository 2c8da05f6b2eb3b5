/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limit.h - what the parts of limit.c share.  All of them give up with a message when a call
 * fails, so nothing here returns an error.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#include <linux/types.h>
#include <linux/major.h>
#include <linux/raid/md_p.h>
#include <linux/raid/md_u.h>

#define SB_BYTES 4096
#define PLACES 3                 /* where a superblock can be */
#define ARRAYS_MAX 512

struct device {
	const char *path;
	int fd;
	dev_t rdev;
	uint64_t bytes;
	char *buf;
	struct mdp_superblock_1 *sb; /* NULL: none */
};

extern bool at_once;   /* -j: what sleeps in the kernel sleeps at once */
extern int places;     /* -1: only the first one, which the configuration names */
extern bool linked;    /* -w: ends when udev has made the links in /dev/md */

void __attribute__((noreturn)) die(const char *what);
void *checked(void *p);

struct device *devices_open(char **path, int n, int flags);
void devices_close(struct device *d, int n);

/* Reads all places of N open devices, decodes the superblocks. */
void probe(struct device *d, int n);
uint32_t checksum(const struct mdp_superblock_1 *sb);

/* The number of the array that a superblock of `stamp` belongs to. */
uint32_t number_of(const struct mdp_superblock_1 *sb);

/* The superblock of a member that the kernel knows, and that member's node. */
const struct mdp_superblock_1 *read_super(const char *path);
char *member_path(const mdu_disk_info_t *k);

void read_all(char **path, int n);

void wipe(char **path, int n);
/* Superblocks of array NUMBER; with RUN after a look at the members, and the array is started. */
void create(char **path, int n, int number, int level, bool run);
void start_stamped(char **path, int n, int number);
void assemble(char **path, int n);
void incremental(const char *path);

/* A member of the running array NAME goes in or out. */
void manage_add(const char *name, char *path);
void manage_readd(const char *name, char *path);
void manage_out(const char *name, const char *path, bool fail);
void manage_replace(const char *name, const char *path);
/* Whether there was something to wait for. */
bool manage_wait(const char *name);

/* The names in /proc/mdstat. */
int arrays(char name[][32]);
void stop_all(char name[][32], int n);

#endif
