// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stopwatch.c - runs one command and prints a row for `make bench`: wall clock in ns, peak
 * memory in KiB, exit status.  The command's output goes to a file.
 *
 *	stopwatch FILE COMMAND ARGUMENT...
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	int fd = argc > 2 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
	struct rusage used;
	long long begin_ns;
	int status;
	pid_t pid;

	if (fd < 0)
		return 2;
	begin_ns = now_ns();
	pid = vfork();
	if (pid == 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	while (wait4(pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			return 2;
	printf("%lld\t%ld\t%d\n", now_ns() - begin_ns, used.ru_maxrss,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
