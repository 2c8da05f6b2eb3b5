// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait-judge.c - has an array reached what is waited for, can it still?  Pure.
 */
#include <stddef.h>

#include "Wait-for.h"

/* What waits for somebody to write would be waited for for ever. */
static bool is_busy(const struct wait_look *l)
{
	return l->activity != MDSTAT_NONE && l->wait != MDSTAT_PENDING;
}

static enum wait_verdict in_vain(const char **why, const char *text)
{
	*why = text;
	return WAIT_IN_VAIN;
}

/* How did that end which went on before? */
static enum wait_verdict judge_end(const struct wait_look *begin, const struct wait_look *last,
				   const struct wait_look *now, const char **why)
{
	switch (last->activity) {
	case MDSTAT_RECOVERY:
		if (now->in_sync < now->slots && now->in_sync <= begin->in_sync)
			return in_vain(why, "the recovery has ended, and no more members are in sync than before");
		break;
	case MDSTAT_RESYNC:
		if (now->dirty)
			return in_vain(why, "the resync has ended before it was through");
		break;
	case MDSTAT_RESHAPE:
		if (now->reshape)
			return in_vain(why, "the reshape has ended before it was through");
		break;
	case MDSTAT_CHECK:
	case MDSTAT_NONE:
		break;
	}
	return WAIT_REACHED;
}

static enum wait_verdict judge_idle(const struct wait_look *begin, const struct wait_look *last,
				    const struct wait_look *now, const char **why)
{
	if (is_busy(now))
		return WAIT_GOES_ON;
	if (last && is_busy(last))
		return judge_end(begin, last, now, why);
	return WAIT_REACHED;
}

static enum wait_verdict judge_redundant(const struct wait_look *now, const char **why)
{
	if (!now->has_redundancy)
		return in_vain(why, "its level has no redundancy");
	if (now->in_sync == now->slots && !now->dirty)
		return WAIT_REACHED;
	if (is_busy(now))
		return WAIT_GOES_ON;
	if (now->wait == MDSTAT_PENDING)
		return in_vain(why, "it is to be synchronised when somebody writes to it first; "
				    "--readwrite starts that");
	if (now->in_sync < now->slots && !now->coming)
		return in_vain(why, "members are missing, and no spare is there to take their place");
	return in_vain(why, "it is not redundant, and nothing is under way that would change that");
}

static enum wait_verdict judge_reshape(const struct wait_look *now, const char **why)
{
	if (!now->reshape && now->activity != MDSTAT_RESHAPE)
		return WAIT_REACHED;
	if (is_busy(now))
		return WAIT_GOES_ON;
	return in_vain(why, "its reshape stands still");
}

enum wait_verdict wait_judge(enum wait_for what, const struct wait_look *begin,
			     const struct wait_look *last, const struct wait_look *now,
			     const char **why)
{
	if (!now->active)
		return what == WAIT_FOR_IDLE ? WAIT_REACHED :
					       in_vain(why, "the array is not started");
	if (!now->enough)
		return in_vain(why, "the array has failed: too many members are gone");
	switch (what) {
	case WAIT_FOR_IDLE:
		return judge_idle(begin, last, now, why);
	case WAIT_FOR_REDUNDANT:
		return judge_redundant(now, why);
	case WAIT_FOR_RESHAPE:
		return judge_reshape(now, why);
	}
	return WAIT_REACHED;
}
