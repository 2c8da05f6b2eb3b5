// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Linked into build/faults/mdadm, where it stands in front of step_run (ld --wrap): the program for
 * use has no hook.  Owns one fault: at the step that FAULT_STEP numbers (from 1) the program dies
 * before it, or the step fails with EIO and is not carried out (FAULT=SIGKILL, FAULT=EIO).  Its
 * number goes to the file FAULT_LOG when it is reached.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int __wrap_step_run(struct plan *p, struct step *s, struct err *err)
{
	static int number;
	const char *which = getenv("FAULT_STEP"), *fault = getenv("FAULT");

	number++;
	if (!which || !fault || strtol(which, NULL, 10) != number)
		return __real_step_run(p, s, err);
	note(getenv("FAULT_LOG"), number);
	if (strcmp(fault, "SIGKILL") == 0)
		raise(SIGKILL);
	return err_set(err, -EIO, "step %d: %s", number, strerror(EIO));
}
