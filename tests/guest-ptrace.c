// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into the User-Mode-Linux kernel by tests/guest. Owns one repair: on a machine
 * whose processor state is larger than that kernel's buffer (AMX and later), the host
 * refuses to set the extended state from a short buffer, and no guest program can start.
 * What the buffer lacks is sent as zeros, which is "not in use" for those features.
 * Everything else passes through untouched.
 */
#include <elf.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { state_max = 65536 };

/* Size of the whole state on this host, 0 when it cannot be told. */
static size_t host_state_size(pid_t pid, char *buf)
{
	struct iovec iov = { buf, state_max };

	if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &iov) < 0)
		return 0;
	return iov.iov_len;
}

static long set_state(pid_t pid, const struct iovec *given)
{
	static char buf[state_max];
	static size_t size;
	struct iovec whole;

	if (!size)
		size = host_state_size(pid, buf);
	if (size <= given->iov_len)
		return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, given);
	memset(buf + given->iov_len, 0, size - given->iov_len);
	memcpy(buf, given->iov_base, given->iov_len);
	whole.iov_base = buf;
	whole.iov_len = size;
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

/* As the C library has it, but for what PEEK returns: that goes through *data there. */
long ptrace(enum __ptrace_request request, ...)
{
	va_list ap;
	pid_t pid;
	void *addr, *data;
	long peeked, rc;

	va_start(ap, request);
	pid = va_arg(ap, pid_t);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);
	if (request == PTRACE_SETREGSET && addr == (void *)NT_X86_XSTATE)
		return set_state(pid, data);
	if (request < PTRACE_PEEKTEXT || request > PTRACE_PEEKUSER)
		return syscall(SYS_ptrace, request, pid, addr, data);
	rc = syscall(SYS_ptrace, request, pid, addr, &peeked);
	return rc < 0 ? rc : peeked;
}
