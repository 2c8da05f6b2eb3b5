// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stopwatch.c - runs one command and prints a row for `make bench`: wall clock in ns, peak
 * memory in KiB, exit status.  The command's output goes to a file.
 *
 *	stopwatch FILE COMMAND ARGUMENT... [: WORD...]
 *
 * With WORDs the command runs once for each of them, as its last argument.  The row is of all
 * runs together, the worst memory and status; the first and the last run's ns follow.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct row {
	long long ns;
	long kib;
	int status;
};

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct row run(char **argv, int output)
{
	long long begin_ns = now_ns();
	struct rusage used;
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		dup2(output, STDOUT_FILENO);
		dup2(output, STDERR_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	while (wait4(pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			_exit(2);
	return (struct row){ now_ns() - begin_ns, used.ru_maxrss,
			     WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status) };
}

static void add(struct row *all, struct row one)
{
	all->ns += one.ns;
	if (one.kib > all->kib)
		all->kib = one.kib;
	if (one.status > all->status)
		all->status = one.status;
}

/* The place of ":" holds each word in turn, and that of the first word ends the command. */
static void run_each(char **argv, char **colon, int output)
{
	struct row one, all = { 0 };
	long long first_ns = 0;
	char **word = colon + 1, *next = *word;

	while (next) {
		*colon = next;
		next = *++word;
		colon[1] = NULL;
		one = run(argv, output);
		if (!all.ns)
			first_ns = one.ns;
		add(&all, one);
	}
	printf("%lld\t%ld\t%d\t%lld\t%lld\n", all.ns, all.kib, all.status, first_ns, one.ns);
}

int main(int argc, char **argv)
{
	int fd = argc > 2 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644) : -1;
	char **arg = argv + 2;
	struct row row;

	if (fd < 0)
		return 2;
	while (*arg && strcmp(*arg, ":"))
		arg++;
	if (*arg && arg[1]) {
		run_each(argv + 2, arg, fd);
		return 0;
	}
	row = run(argv + 2, fd);
	printf("%lld\t%ld\t%d\n", row.ns, row.kib, row.status);
	return 0;
}
