// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inject - runs a program and lets one of its system calls go wrong.  Counts the calls that change
 * something (a file, a node, a lock, a device, an array), in all threads; at those that were
 * chosen the program dies before the call, or gets an error and the call is not carried out, or
 * stands still while another program runs.  Knows nothing of mdadm.
 *
 *   inject [-l FILE] [-n N]... [-k | -e ERRNO | -r] [-s FILE] [--] PROGRAM [ARG...] [:: OTHER [ARG...]]
 *
 *   -l FILE   a line for each such call; with -n only for those that went wrong
 *   -n N      the N-th call (from 1); may be given several times
 *   -k        dies by SIGKILL before it
 *   -e ERRNO  EIO, ENOSPC, EINTR
 *   -r        OTHER runs before it: until it ends, or for as long as it does not get further
 *   -s FILE   the exit status of OTHER
 *
 * The exit status is the program's, 128 and the signal when it died.
 *
 * Writing to descriptors 0 to 2 and to memory does not count; nor does close, since what is closed
 * late and what is closed by death are the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { max_points = 64, max_tasks = 256, other_alone_ms = 60 };

static struct {
	unsigned point[max_points], n_points;
	bool kill, other;
	int error;
	FILE *list;
	const char *status_file;
	char **program, **program2;
} opt;

static struct task {
	pid_t tid;
	bool inside;             /* in a call */
	bool refused;            /* which was not carried out */
} task[max_tasks];

static pid_t main_pid, other_pid;
static unsigned seen;
static int other_status = -1;

static void die(const char *what)
{
	perror(what);
	exit(125);
}

/* --- what a call is about --- */

static void peek_text(pid_t tid, unsigned long at, char *out, size_t cap)
{
	struct iovec here = { out, cap - 1 }, there = { (void *)at, cap - 1 };
	ssize_t n;

	/* a text near the end of a page is shorter than asked for */
	while ((n = process_vm_readv(tid, &here, 1, &there, 1, 0)) < 0 && there.iov_len > 8)
		here.iov_len = there.iov_len /= 2;
	out[n < 0 ? 0 : n] = '\0';
	for (char *p = out; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static void name_fd(pid_t tid, unsigned long fd, char *out, size_t cap)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%lu", (int)tid, fd);
	n = readlink(link, out, cap - 1);
	out[n < 0 ? 0 : n] = '\0';
}

/* --- which calls change something --- */

struct call {
	long nr;
	unsigned long arg[6];
};

enum kind { never, always, if_writes, if_opens, if_opens_at, if_ioctl, if_locks };

static const struct {
	long nr;
	const char *name;
	enum kind kind;
} calls[] = {
	{ SYS_open, "open", if_opens },
	{ SYS_openat, "openat", if_opens_at },
	{ SYS_creat, "creat", always },
	{ SYS_write, "write", if_writes },
	{ SYS_writev, "writev", if_writes },
	{ SYS_pwrite64, "pwrite", if_writes },
	{ SYS_pwritev, "pwritev", if_writes },
	{ SYS_pwritev2, "pwritev2", if_writes },
	{ SYS_sendto, "sendto", always },
	{ SYS_sendmsg, "sendmsg", always },
	{ SYS_sendfile, "sendfile", always },
	{ SYS_copy_file_range, "copy_file_range", always },
	{ SYS_splice, "splice", always },
	{ SYS_ioctl, "ioctl", if_ioctl },
	{ SYS_flock, "flock", always },
	{ SYS_fcntl, "fcntl", if_locks },
	{ SYS_fsync, "fsync", always },
	{ SYS_fdatasync, "fdatasync", always },
	{ SYS_sync, "sync", always },
	{ SYS_syncfs, "syncfs", always },
	{ SYS_sync_file_range, "sync_file_range", always },
	{ SYS_truncate, "truncate", always },
	{ SYS_ftruncate, "ftruncate", if_writes },
	{ SYS_fallocate, "fallocate", always },
	{ SYS_mknod, "mknod", always },
	{ SYS_mknodat, "mknodat", always },
	{ SYS_mkdir, "mkdir", always },
	{ SYS_mkdirat, "mkdirat", always },
	{ SYS_rmdir, "rmdir", always },
	{ SYS_unlink, "unlink", always },
	{ SYS_unlinkat, "unlinkat", always },
	{ SYS_rename, "rename", always },
	{ SYS_renameat, "renameat", always },
	{ SYS_renameat2, "renameat2", always },
	{ SYS_link, "link", always },
	{ SYS_linkat, "linkat", always },
	{ SYS_symlink, "symlink", always },
	{ SYS_symlinkat, "symlinkat", always },
	{ SYS_chmod, "chmod", always },
	{ SYS_fchmod, "fchmod", always },
	{ SYS_fchmodat, "fchmodat", always },
	{ SYS_chown, "chown", always },
	{ SYS_fchown, "fchown", always },
	{ SYS_lchown, "lchown", always },
	{ SYS_fchownat, "fchownat", always },
	{ SYS_utimensat, "utimensat", always },
	{ SYS_setxattr, "setxattr", always },
	{ SYS_fsetxattr, "fsetxattr", always },
	{ SYS_mount, "mount", always },
	{ SYS_umount2, "umount", always },
	{ SYS_kill, "kill", always },
	{ SYS_init_module, "init_module", always },
	{ SYS_finit_module, "finit_module", always },
	{ SYS_delete_module, "delete_module", always },
};

/* Requests that only ask; every other one counts. */
static const unsigned long asking[] = {
	BLKGETSIZE, BLKGETSIZE64, BLKSSZGET, BLKPBSZGET, BLKROGET, BLKGETDISKSEQ, BLKIOMIN, BLKIOOPT,
	BLKALIGNOFF, BLKDISCARDZEROES, BLKROTATIONAL, BLKRAGET, 0x5401 /* TCGETS */,
	0x5413 /* TIOCGWINSZ */, 0x301 /* HDIO_GETGEO */,
	RAID_VERSION, GET_ARRAY_INFO, GET_DISK_INFO, GET_BITMAP_FILE, 0x5331 /* CDROM status */,
};

static const struct {
	unsigned long request;
	const char *name;
} requests[] = {
	{ SET_ARRAY_INFO, "SET_ARRAY_INFO" },
	{ ADD_NEW_DISK, "ADD_NEW_DISK" },
	{ RUN_ARRAY, "RUN_ARRAY" },
	{ STOP_ARRAY, "STOP_ARRAY" },
	{ STOP_ARRAY_RO, "STOP_ARRAY_RO" },
	{ RESTART_ARRAY_RW, "RESTART_ARRAY_RW" },
	{ BLKPG, "BLKPG" },
	{ BLKRRPART, "BLKRRPART" },
};

static bool opens_to_change(unsigned long flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC | O_EXCL);
}

static bool asks(unsigned long request)
{
	for (size_t i = 0; i < sizeof(asking) / sizeof(*asking); i++)
		if (asking[i] == (request & 0xffffffff))
			return true;
	return false;
}

static bool locks(unsigned long command)
{
	return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
	       command == F_OFD_SETLKW || command == F_SETLEASE;
}

/* The standard streams, and what dies with the process. */
static bool is_own(pid_t tid, unsigned long fd)
{
	char name[64];

	name_fd(tid, fd, name, sizeof(name));
	return fd <= 2 || strncmp(name, "/memfd:", 7) == 0;
}

static bool changes(pid_t tid, enum kind kind, const struct call *c)
{
	switch (kind) {
	case never:
		return false;
	case always:
		return true;
	case if_writes:
		return !is_own(tid, c->arg[0]);
	case if_opens:
		return opens_to_change(c->arg[1]);
	case if_opens_at:
		return opens_to_change(c->arg[2]);
	case if_ioctl:
		return c->arg[0] > 2 && !asks(c->arg[1]);
	case if_locks:
		return locks(c->arg[1]);
	}
	return false;
}

/* --- what is said of a call --- */

/* Does the call name its file by a text, and in which argument?  -1: by a descriptor. */
static int path_argument(const char *name)
{
	size_t n = strlen(name);

	if (!strcmp(name, "symlinkat"))
		return 2;
	if (!strcmp(name, "symlink"))
		return 1;
	if (n > 2 && !strcmp(name + n - 2, "at"))
		return 1;
	for (const char *const *p = (const char *const[]){ "open", "creat", "mknod", "mkdir", "rmdir",
							     "unlink", "rename", "link", "chmod",
							     "chown", "truncate", NULL }; *p; p++)
		if (!strcmp(name, *p))
			return 0;
	return -1;
}

static void describe(pid_t tid, const char *name, const struct call *c, char *out, size_t cap)
{
	int path = path_argument(name);
	char what[200];

	if (path >= 0)
		peek_text(tid, c->arg[path], what, sizeof(what));
	else
		name_fd(tid, c->arg[0], what, sizeof(what));
	snprintf(out, cap, "%s %s", name, what);
	for (size_t i = 0; c->nr == SYS_ioctl && i < sizeof(requests) / sizeof(*requests); i++)
		if (requests[i].request == (c->arg[1] & 0xffffffff))
			snprintf(out, cap, "%s %s", requests[i].name, what);
}

/* --- the faults --- */

static bool chosen(unsigned n)
{
	for (unsigned i = 0; i < opt.n_points; i++)
		if (opt.point[i] == n)
			return true;
	return false;
}

static void nap_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static int status_of(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

static bool other_ended(int flags)
{
	int status;

	if (other_status < 0 && waitpid(other_pid, &status, flags) == other_pid)
		other_status = status_of(status);
	return other_status >= 0;
}

/* The other one may need what ours holds, so it is not waited for without end. */
static void run_other(void)
{
	other_pid = fork();
	if (other_pid < 0)
		die("fork");
	if (other_pid == 0) {
		execv(opt.program2[0], opt.program2);
		_exit(127);
	}
	for (int i = 0; i < other_alone_ms && !other_ended(WNOHANG); i++)
		nap_ms(1);
}

static void refuse(struct task *t, struct user_regs_struct *r)
{
	r->orig_rax = (unsigned long)-1;
	if (ptrace(PTRACE_SETREGS, t->tid, NULL, r))
		die("PTRACE_SETREGS");
	t->refused = true;
}

/* Returns false when the program is dead now. */
static bool at_point(struct task *t, struct user_regs_struct *r)
{
	if (opt.kill) {
		kill(main_pid, SIGKILL);
		return false;
	}
	if (opt.error)
		refuse(t, r);
	else if (opt.other && !other_pid)
		run_other();
	return true;
}

static bool on_entry(struct task *t)
{
	struct user_regs_struct r;
	struct call c;

	if (ptrace(PTRACE_GETREGS, t->tid, NULL, &r))
		return true;
	c = (struct call){ (long)r.orig_rax, { r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9 } };
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		char text[300];

		if (calls[i].nr != c.nr || !changes(t->tid, calls[i].kind, &c))
			continue;
		seen++;
		if (opt.n_points && !chosen(seen))
			return true;
		if (opt.list) {
			describe(t->tid, calls[i].name, &c, text, sizeof(text));
			fprintf(opt.list, "%u %s\n", seen, text);
			fflush(opt.list);
		}
		return opt.n_points ? at_point(t, &r) : true;
	}
	return true;
}

static void on_exit_of_call(struct task *t)
{
	struct user_regs_struct r;

	if (!t->refused)
		return;
	t->refused = false;
	if (ptrace(PTRACE_GETREGS, t->tid, NULL, &r))
		return;
	r.rax = (unsigned long)-(long)opt.error;
	ptrace(PTRACE_SETREGS, t->tid, NULL, &r);
}

/* --- tracing --- */

static struct task *task_of(pid_t tid)
{
	struct task *empty = NULL;

	for (size_t i = 0; i < max_tasks; i++) {
		if (task[i].tid == tid)
			return &task[i];
		if (!task[i].tid && !empty)
			empty = &task[i];
	}
	if (!empty)
		die("too many threads");
	*empty = (struct task){ .tid = tid };
	return empty;
}

/* Handles a stop; returns the signal to go on with, or -1: the program is dead. */
static int on_stop(struct task *t, int status)
{
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80)) {
		t->inside = !t->inside;
		if (t->inside && !on_entry(t))
			return -1;
		if (!t->inside)
			on_exit_of_call(t);
		return 0;
	}
	/* events, and the first stop of a thread */
	return status >> 16 || sig == SIGSTOP || sig == SIGTRAP ? 0 : sig;
}

/* Until the main process ends; its status. */
static int trace(void)
{
	for (;;) {
		int status, sig;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0)
			die("waitpid");
		if (tid == other_pid) {
			other_status = status_of(status);
			continue;
		}
		if (!WIFSTOPPED(status)) {
			if (tid == main_pid)
				return status_of(status);
			task_of(tid)->tid = 0;
			continue;
		}
		sig = on_stop(task_of(tid), status);
		if (sig >= 0)
			ptrace(PTRACE_SYSCALL, tid, NULL, (long)sig);
	}
}

static void start(void)
{
	int status;

	main_pid = fork();
	if (main_pid < 0)
		die("fork");
	if (main_pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execv(opt.program[0], opt.program);
		perror(opt.program[0]);
		_exit(127);
	}
	if (waitpid(main_pid, &status, 0) != main_pid || !WIFSTOPPED(status))
		die("the program did not start");
	if (ptrace(PTRACE_SETOPTIONS, main_pid, NULL, (long)(PTRACE_O_TRACESYSGOOD |
		   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)))
		die("PTRACE_SETOPTIONS");
	task_of(main_pid);
	ptrace(PTRACE_SYSCALL, main_pid, NULL, 0L);
}

static int error_of(const char *name)
{
	if (!strcmp(name, "EIO"))
		return EIO;
	if (!strcmp(name, "ENOSPC"))
		return ENOSPC;
	if (!strcmp(name, "EINTR"))
		return EINTR;
	errno = EINVAL;
	die(name);
	return 0;
}

static void parse(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "+l:n:ke:rs:")) != -1) {
		if (o == 'l' && !(opt.list = fopen(optarg, "we")))
			die(optarg);
		if (o == 'n' && opt.n_points < max_points)
			opt.point[opt.n_points++] = (unsigned)strtoul(optarg, NULL, 10);
		if (o == 'k')
			opt.kill = true;
		if (o == 'e')
			opt.error = error_of(optarg);
		if (o == 'r')
			opt.other = true;
		if (o == 's')
			opt.status_file = optarg;
		if (o == '?')
			exit(125);
	}
	opt.program = argv + optind;
	for (char **p = opt.program; *p; p++)
		if (!strcmp(*p, "::")) {
			*p = NULL;
			opt.program2 = p + 1;
			break;
		}
	if (!*opt.program || (opt.other && !opt.program2)) {
		fputs("usage: see the top of inject.c\n", stderr);
		exit(125);
	}
}

int main(int argc, char **argv)
{
	int status;
	FILE *f;

	parse(argc, argv);
	start();
	status = trace();
	if (other_pid)
		other_ended(0);
	if (opt.status_file && (f = fopen(opt.status_file, "we"))) {
		fprintf(f, "%d\n", other_status);
		fclose(f);
	}
	return status;
}
