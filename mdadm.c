// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mdadm.c - main: reads the command line, picks the mode, and turns what it returns into the
 * exit status.  Knows nothing of arrays.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "mode.h"
#include "options.h"
#include "say.h"
#include "util.h"
#include "version.h"

static const struct mode *const modes[] = {
	&mode_create,
	&mode_assemble,
	&mode_autodetect,
	&mode_incremental,
	&mode_manage,
	&mode_grow,
	&mode_build,
	&mode_misc,
};

/* A device must never be opened as descriptor 0, 1 or 2: a line for people would land on it. */
static int protect_standard_fds(void)
{
	struct pollfd standard[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	if (poll(standard, ARRAY_SIZE(standard), 0) < 0)
		return -errno;
	for (int fd = 0; fd < (int)ARRAY_SIZE(standard); fd++)
		if (standard[fd].revents & POLLNVAL && open("/dev/null", O_RDWR) != fd)
			return -errno;
	return 0;
}

static const struct mode *find_mode(enum mode_id id)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i]->id == id)
			return modes[i];
	return NULL;
}

static int run_mode(const struct request *r)
{
	const struct mode *mode = find_mode(r->mode);
	int status;

	if (r->unsupported || !mode) {
		say_error("%s is not available in this version", r->unsupported ?: "this mode");
		return STATUS_USAGE;
	}
	if ((mode->needs_root || r->needs_root) && geteuid() != 0) {
		say_error("must be super-user to perform this action");
		return STATUS_FAILED;
	}
	say_set_verbosity(r->verbosity);
	if (r->note.text[0])
		say_err(&r->note);
	status = mode->run(r);
	mode_end_document(r);
	return status;
}

static int answer(const struct request *r)
{
	if (r->want_version) {
		fputs("mdadm - v" MDADM_VERSION " - " MDADM_DATE "\n", stderr);
		return STATUS_OK;
	}
	if (r->help) {
		fputs(r->help, stdout);
		return STATUS_OK;
	}
	return run_mode(r);
}

static bool reader_is_gone(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) > 0 && p.revents & POLLERR;
}

/*
 * Reports are of no use when they were not written.  To a reader that has seen enough nothing is
 * said: we end as if the signal had ended us.
 */
static int flush_reports(int status, bool sigpipe_ends)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (sigpipe_ends && reader_is_gone()) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	say_error("cannot write to standard output: %s", error_text(errno ?: EIO));
	return status ?: STATUS_FAILED;
}

/*
 * systemd runs what is in its directory for the shutdown, with one word such as "poweroff", when
 * all file systems are unmounted: by the name that we have there we know what is wanted.
 */
static bool is_shutdown_hook(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	return slash && !strcmp(slash, "/mdadm.shutdown");
}

static char program[] = "mdadm", wait_clean[] = "--wait-clean", scan[] = "--scan";
static char *shutdown_argv[] = { program, wait_clean, scan, NULL };

int main(int argc, char *argv[])
{
	struct request request;
	struct err err = { "" };
	int status;
	bool raw, sigpipe_ends;

	/* a limit on the size of files is an error like others */
	signal(SIGXFSZ, SIG_IGN);
	/* who does not read our lines any more must not end a change half-way */
	sigpipe_ends = signal(SIGPIPE, SIG_IGN) != SIG_IGN;
	if (protect_standard_fds())
		return STATUS_FAILED;
	if (is_shutdown_hook(argv[0])) {
		argv = shutdown_argv;
		argc = ARRAY_SIZE(shutdown_argv) - 1;
	}
	if (options_parse(argc, argv, &request, &raw, &status, &err)) {
		if (raw)
			fprintf(stderr, "%s\n", err.text);
		else
			say_err(&err);
	} else {
		status = flush_reports(answer(&request), sigpipe_ends);
	}
	request_free(&request);
	return status;
}
