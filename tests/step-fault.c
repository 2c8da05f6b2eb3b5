// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linked into build/faults/mdadm, where it stands in front of step_run (ld --wrap): the program for
 * use has no hook.  Owns one fault, at the step that FAULT_STEP numbers (from 1), or at the first
 * one from there on that is of the kind FAULT_KIND names.  FAULT says what happens:
 *   SIGKILL   the program dies before it
 *   EIO       it fails and is not carried out
 *   FOREIGN   another program writes over the last bytes that it is about to write; then it is
 *             carried out
 * Its number goes to the file FAULT_LOG when it is reached.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan-step.h"

int __real_step_run(struct plan *p, struct step *s, struct err *err);
int __wrap_step_run(struct plan *p, struct step *s, struct err *err);

/* So that who chose the number learns whether there is such a step. */
static void note(const char *path, int number)
{
	FILE *f = path ? fopen(path, "we") : NULL;

	if (!f)
		return;
	fprintf(f, "step %d\n", number);
	fclose(f);
}

/* As dd would, past whoever has the device alone. */
static void write_foreign(const struct step *s)
{
	static const char foreign[] = "foreign";
	const size_t n = sizeof(foreign) - 1;
	int fd = s->path && s->len >= n ? open(s->path, O_WRONLY | O_CLOEXEC) : -1;

	if (fd < 0 || pwrite(fd, foreign, n, (off_t)(s->at + s->len - n)) != (ssize_t)n || fsync(fd) < 0)
		abort();
	close(fd);
}

static int is_chosen(int number, const struct step *s)
{
	static int done;
	const char *which = getenv("FAULT_STEP"), *kind = getenv("FAULT_KIND");
	long from = which ? strtol(which, NULL, 10) : 0;

	if (!which || done || number < from)
		return 0;
	return done = kind ? strcmp(kind, s->kind->name) == 0 : number == from;
}

int __wrap_step_run(struct plan *p, struct step *s, struct err *err)
{
	static int steps;
	const char *fault = getenv("FAULT");
	/* threads run plans side by side */
	int number = __atomic_add_fetch(&steps, 1, __ATOMIC_RELAXED);

	if (!is_chosen(number, s) || !fault)
		return __real_step_run(p, s, err);
	note(getenv("FAULT_LOG"), number);
	if (strcmp(fault, "SIGKILL") == 0)
		raise(SIGKILL);
	if (strcmp(fault, "FOREIGN") == 0) {
		write_foreign(s);
		return __real_step_run(p, s, err);
	}
	return err_set(err, -EIO, "step %d: %s", number, strerror(EIO));
}
