// SPDX-License-Identifier: GPL-2.0-or-later
/* --wait --for: how an array stands to what is waited for. */
#include "Wait-for.h"
#include "unit.h"
#include "util.h"

#define WHOLE .here = true, .active = true, .enough = true, .has_redundancy = true, .slots = 3, .in_sync = 3
#define LESS(n) .here = true, .active = true, .enough = true, .has_redundancy = true, .slots = 3, .in_sync = (n)

static const struct {
	const char *name;
	enum wait_for what;
	struct wait_look begin, last, now;
	bool looked;
	enum wait_verdict verdict;
} rows[] = {
	{ "idle: nothing goes on", WAIT_FOR_IDLE, { WHOLE }, { WHOLE }, { WHOLE }, false, WAIT_REACHED },
	{ "idle: a resync goes on", WAIT_FOR_IDLE, { WHOLE }, { WHOLE },
	  { WHOLE, .activity = MDSTAT_RESYNC, .dirty = true }, false, WAIT_GOES_ON },
	{ "idle: one that is delayed goes on", WAIT_FOR_IDLE, { WHOLE }, { WHOLE },
	  { WHOLE, .activity = MDSTAT_CHECK, .wait = MDSTAT_DELAYED }, false, WAIT_GOES_ON },
	{ "idle: one that waits for a write does not", WAIT_FOR_IDLE, { WHOLE }, { WHOLE },
	  { WHOLE, .activity = MDSTAT_RESYNC, .wait = MDSTAT_PENDING, .dirty = true }, false, WAIT_REACHED },
	{ "idle: a resync is through", WAIT_FOR_IDLE, { WHOLE }, { WHOLE, .activity = MDSTAT_RESYNC },
	  { WHOLE }, true, WAIT_REACHED },
	{ "idle: a resync was interrupted", WAIT_FOR_IDLE, { WHOLE }, { WHOLE, .activity = MDSTAT_RESYNC },
	  { WHOLE, .dirty = true }, true, WAIT_IN_VAIN },
	{ "idle: a recovery is through", WAIT_FOR_IDLE, { LESS(2) }, { LESS(2), .activity = MDSTAT_RECOVERY },
	  { WHOLE }, true, WAIT_REACHED },
	{ "idle: one of two recoveries is through", WAIT_FOR_IDLE, { LESS(1) },
	  { LESS(1), .activity = MDSTAT_RECOVERY }, { LESS(2) }, true, WAIT_REACHED },
	{ "idle: the spare has failed", WAIT_FOR_IDLE, { LESS(2) }, { LESS(2), .activity = MDSTAT_RECOVERY },
	  { LESS(2) }, true, WAIT_IN_VAIN },
	{ "idle: a replacement is through", WAIT_FOR_IDLE, { WHOLE }, { WHOLE, .activity = MDSTAT_RECOVERY },
	  { WHOLE }, true, WAIT_REACHED },
	{ "idle: a reshape stands still", WAIT_FOR_IDLE, { WHOLE }, { WHOLE, .activity = MDSTAT_RESHAPE },
	  { WHOLE, .reshape = true }, true, WAIT_IN_VAIN },
	{ "idle: a check was stopped", WAIT_FOR_IDLE, { WHOLE }, { WHOLE, .activity = MDSTAT_CHECK },
	  { WHOLE }, true, WAIT_REACHED },
	{ "idle: the array has failed", WAIT_FOR_IDLE, { LESS(2) }, { LESS(2), .activity = MDSTAT_RECOVERY },
	  { .here = true, .active = true, .slots = 3 }, true, WAIT_IN_VAIN },
	{ "idle: it is not started", WAIT_FOR_IDLE, { .here = true }, { .here = true }, { .here = true },
	  false, WAIT_REACHED },
	{ "redundant: it is", WAIT_FOR_REDUNDANT, { WHOLE }, { WHOLE }, { WHOLE }, false, WAIT_REACHED },
	{ "redundant: also while it is checked", WAIT_FOR_REDUNDANT, { WHOLE }, { WHOLE },
	  { WHOLE, .activity = MDSTAT_CHECK }, false, WAIT_REACHED },
	{ "redundant: not before the first resync is through", WAIT_FOR_REDUNDANT, { WHOLE }, { WHOLE },
	  { WHOLE, .activity = MDSTAT_RESYNC, .dirty = true }, false, WAIT_GOES_ON },
	{ "redundant: a recovery goes on", WAIT_FOR_REDUNDANT, { LESS(2) }, { LESS(2) },
	  { LESS(2), .activity = MDSTAT_RECOVERY, .coming = true }, false, WAIT_GOES_ON },
	{ "redundant: no spare", WAIT_FOR_REDUNDANT, { LESS(2) }, { LESS(2) }, { LESS(2) }, false, WAIT_IN_VAIN },
	{ "redundant: a spare that nothing is done with", WAIT_FOR_REDUNDANT, { LESS(2) }, { LESS(2) },
	  { LESS(2), .coming = true }, false, WAIT_IN_VAIN },
	{ "redundant: it waits for a write", WAIT_FOR_REDUNDANT, { WHOLE }, { WHOLE },
	  { WHOLE, .activity = MDSTAT_RESYNC, .wait = MDSTAT_PENDING, .dirty = true }, false, WAIT_IN_VAIN },
	{ "redundant: RAID0", WAIT_FOR_REDUNDANT, { WHOLE }, { WHOLE },
	  { .here = true, .active = true, .enough = true, .slots = 2, .in_sync = 2 }, false, WAIT_IN_VAIN },
	{ "redundant: it is not started", WAIT_FOR_REDUNDANT, { .here = true }, { .here = true },
	  { .here = true }, false, WAIT_IN_VAIN },
	{ "reshape: none", WAIT_FOR_RESHAPE, { WHOLE }, { WHOLE }, { WHOLE, .activity = MDSTAT_RESYNC },
	  false, WAIT_REACHED },
	{ "reshape: one goes on", WAIT_FOR_RESHAPE, { WHOLE }, { WHOLE },
	  { WHOLE, .activity = MDSTAT_RESHAPE, .reshape = true }, false, WAIT_GOES_ON },
	{ "reshape: one stands still", WAIT_FOR_RESHAPE, { WHOLE }, { WHOLE }, { WHOLE, .reshape = true },
	  false, WAIT_IN_VAIN },
};

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *why = NULL;
		enum wait_verdict v = wait_judge(rows[i].what, &rows[i].begin,
						 rows[i].looked ? &rows[i].last : NULL, &rows[i].now, &why);

		CHECK(v == rows[i].verdict && !why == (v != WAIT_IN_VAIN), rows[i].name);
	}
	return unit_done();
}
