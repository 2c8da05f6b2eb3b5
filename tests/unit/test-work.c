// SPDX-License-Identifier: GPL-2.0-or-later
/* Jobs in turn and at once.  A job that waits for others in vain ends the program: a failure. */
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "unit.h"
#include "work.h"

#define JOBS 40

struct counts {
	int calls[JOBS];
	pthread_barrier_t all;   /* whoever waits here waits until all others do */
};

static void count(void *arg, size_t i)
{
	struct counts *c = arg;

	c->calls[i]++;
}

static void meet(void *arg, size_t i)
{
	struct counts *c = arg;

	count(arg, i);
	pthread_barrier_wait(&c->all);
}

/* The first one is slow, and only then the others are done at once. */
static void meet_later(void *arg, size_t i)
{
	if (i == 0)
		poll(NULL, 0, 20);
	else
		meet(arg, i);
}

static int each_once(const struct counts *c, size_t from, size_t to)
{
	for (size_t i = 0; i < JOBS; i++)
		if (c->calls[i] != (i >= from && i < to))
			return 0;
	return 1;
}

int main(void)
{
	struct counts none = { 0 }, one = { 0 }, quick = { 0 }, sleep = { 0 }, slow = { 0 };

	alarm(60);
	work_all(0, WORK_QUICK, count, &none);
	work_all(0, WORK_SLEEPS, count, &none);
	CHECK(each_once(&none, 0, 0), "no job");
	work_all(1, WORK_SLEEPS, count, &one);
	CHECK(each_once(&one, 0, 1), "one job");
	work_all(JOBS, WORK_QUICK, count, &quick);
	CHECK(each_once(&quick, 0, JOBS), "quick ones, each once");
	pthread_barrier_init(&sleep.all, NULL, JOBS);
	work_all(JOBS, WORK_SLEEPS, meet, &sleep);
	CHECK(each_once(&sleep, 0, JOBS), "what sleeps is done at once");
	pthread_barrier_init(&slow.all, NULL, JOBS - 1);
	work_all(JOBS, WORK_QUICK, meet_later, &slow);
	CHECK(each_once(&slow, 1, JOBS), "behind a slow one the others are done at once");
	return unit_done();
}
