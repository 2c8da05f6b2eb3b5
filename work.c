// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * work.c - independent jobs that may sleep in the kernel, done at once.  The only file
 * that starts threads.  Uses only the base.
 *
 * A thread costs more than a job that does not sleep.  So the caller does the jobs itself, and
 * has help only from the moment when one has taken long; where there is only one processor, when one
 * has slept long: to compute two at once there takes longer than one after the other.
 */
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "util.h"
#include "work.h"

#define WORKERS_MAX 256
#define STACK_BYTES (256u << 10)
#define LONG_MS 2

struct work {
	void (*job)(void *arg, size_t i);
	void *arg;
	size_t n;
	size_t next;             /* taken by whoever counts it up */
};

static bool do_one(struct work *w)
{
	size_t i = __atomic_fetch_add(&w->next, 1, __ATOMIC_RELAXED);

	if (i >= w->n)
		return false;
	w->job(w->arg, i);
	return true;
}

static void *do_all(void *w)
{
	while (do_one(w))
		;
	return NULL;
}

/* Starts n workers, or fewer when the system has no more.  Returns how many. */
static size_t start(struct work *w, pthread_t *worker, size_t n)
{
	pthread_attr_t small;
	size_t i = 0;

#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1); /* to make a heap for each takes longer than to wait for the one */
#endif
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_BYTES);
	while (i < n && pthread_create(&worker[i], &small, do_all, w) == 0)
		i++;
	pthread_attr_destroy(&small);
	return i;
}

static bool one_processor(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1;
}

/* For how long this thread has slept, as to the difference of two moments. */
static int64_t slept_ms(int64_t now_ms)
{
	struct timespec busy = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &busy);
	return now_ms - ((int64_t)busy.tv_sec * 1000 + busy.tv_nsec / 1000000);
}

/* Does jobs in turn until one has taken so long that help is worth it, or none is left. */
static void do_quick(struct work *w)
{
	int64_t begin_ms, end_ms = clock_ms(), slept;
	bool helps = false;

	while (!helps) {
		begin_ms = end_ms;
		slept = slept_ms(begin_ms);
		if (!do_one(w))
			return;
		end_ms = clock_ms();
		helps = end_ms - begin_ms >= LONG_MS &&
			(slept_ms(end_ms) - slept >= LONG_MS || !one_processor());
	}
}

void work_all(size_t n, enum work_kind kind, void (*job)(void *arg, size_t i), void *arg)
{
	struct work w = { job, arg, n, 0 };
	pthread_t worker[WORKERS_MAX];
	size_t left, workers = 0;

	if (kind == WORK_QUICK)
		do_quick(&w);
	left = n - MIN(w.next, n);
	if (left > 1)
		workers = start(&w, worker, MIN(left - 1, WORKERS_MAX));
	do_all(&w);
	while (workers > 0)
		pthread_join(worker[--workers], NULL);
}
