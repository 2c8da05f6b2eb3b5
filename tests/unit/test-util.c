// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, text, the error object, sentences on stderr, SHA-1. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "err.h"
#include "say.h"
#include "sha1.h"
#include "unit.h"
#include "util.h"

static void test_parse_u64(void)
{
	uint64_t v = 7;

	CHECK(!parse_u64("0", 10, &v) && v == 0, "parse_u64 0");
	CHECK(!parse_u64("0010", 10, &v) && v == 10, "parse_u64 leading zeros");
	CHECK(!parse_u64("18446744073709551615", UINT64_MAX, &v) && v == UINT64_MAX,
	      "parse_u64 greatest");
	v = 7;
	CHECK(parse_u64("18446744073709551616", UINT64_MAX, &v) == -ERANGE, "parse_u64 overflow");
	CHECK(parse_u64("11", 10, &v) == -ERANGE, "parse_u64 above max");
	CHECK(parse_u64("", 10, &v) == -EINVAL, "parse_u64 empty");
	CHECK(parse_u64("-1", 10, &v) == -EINVAL, "parse_u64 minus");
	CHECK(parse_u64("+1", 10, &v) == -EINVAL, "parse_u64 plus");
	CHECK(parse_u64(" 1", 10, &v) == -EINVAL, "parse_u64 blank before");
	CHECK(parse_u64("1 ", 10, &v) == -EINVAL, "parse_u64 blank after");
	CHECK(parse_u64("0x1", 10, &v) == -EINVAL, "parse_u64 hexadecimal");
	CHECK(v == 7, "parse_u64 leaves the result alone when it fails");
}

static void test_parse_size(void)
{
	static const struct {
		const char *text;
		uint64_t sec;        /* 0: refused */
	} rows[] = {
		{ "1", 2 }, { "8s", 8 }, { "4K", 8 }, { "3M", 6144 }, { "2G", 4194304 },
		{ "1T", 2147483648 }, { "9223372036854775807", 18446744073709551614ULL },
		{ "18446744073709551615s", UINT64_MAX },
		{ "0", 0 }, { "0s", 0 }, { "", 0 }, { "K", 0 }, { "4k", 0 }, { "4KB", 0 },
		{ "4K ", 0 }, { " 4K", 0 }, { "-4K", 0 }, { "+4K", 0 }, { "1.5G", 0 }, { "4B", 0 },
		{ "9223372036854775808", 0 }, { "18446744073709551616s", 0 },
		{ "9999999999999T", 0 },
		{ "max", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = 0;
		int rc = parse_size(rows[i].text, &v);
		char name[64];

		snprintf(name, sizeof(name), "parse_size \"%s\"", rows[i].text);
		CHECK(v == rows[i].sec && rc == (rows[i].sec ? 0 : -EINVAL), name);
	}
}

static void test_printable(void)
{
	char out[16];

	CHECK_TEXT(printable(out, sizeof(out), "a b~", 4), "a b~");
	CHECK_TEXT(printable(out, sizeof(out), "a\nb\\", 4), "a\\x0ab\\x5c");
	CHECK_TEXT(printable(out, sizeof(out), "\033[\177\377", 4), "\\x1b[\\x7f\\xff");
	CHECK_TEXT(printable(out, sizeof(out), "a\0b", 3), "a\\x00b");
	CHECK_TEXT(printable(out, 6, "ab\n", 3), "ab");
	CHECK_TEXT(printable(out, 7, "ab\n", 3), "ab\\x0a");
	CHECK_TEXT(printable(out, 4, "abcdef", 6), "abc");
	CHECK_TEXT(printable(out, 1, "abc", 3), "");
	out[0] = 'x';
	CHECK(printable(out, 0, "abc", 3) == out && out[0] == 'x', "printable into no room");
}

static void test_memory(void)
{
	char small[4], *text = xasprintf("%s-%d", "md", 7), *moved;
	size_t cap = 0;
	int *v = NULL, fd = 5;

	CHECK_TEXT(text, "md-7");
	moved = steal(text);
	CHECK(!text && moved, "steal");
	free_ptr(&moved);
	CHECK(steal_fd(&fd) == 5 && fd == -1, "steal_fd");
	for (int i = 0; i < 1000; i++) {
		v = xgrow(v, &cap, (size_t)i, sizeof(*v));
		v[i] = i;
	}
	CHECK(cap >= 1000 && v[0] == 0 && v[999] == 999, "xgrow keeps what is there");
	free(v);
	CHECK(copy_text(small, sizeof(small), "abc") && !strcmp(small, "abc"), "copy_text fits");
	CHECK(!copy_text(small, sizeof(small), "abcd") && !strcmp(small, "abc"), "copy_text cuts");
}

static void test_numbers(void)
{
	CHECK(round_up_u64(0, 7) == 0 && round_up_u64(1, 7) == 7 && round_up_u64(7, 7) == 7,
	      "round_up_u64");
	CHECK(round_down_u64(6, 7) == 0 && round_down_u64(15, 7) == 14, "round_down_u64");
	CHECK(is_power_of_2(1) && is_power_of_2(1ULL << 63) && !is_power_of_2(0) &&
	      !is_power_of_2(6), "is_power_of_2");
}

static void test_err(void)
{
	char name[2048];
	struct err e;

	CHECK(err_set(&e, -EIO, "cannot read %s", "D") == -EIO, "err_set hands the code on");
	CHECK_TEXT(e.text, "cannot read D");
	CHECK(err_prefix(&e, -EIO, "%s: ", "A") == -EIO, "err_prefix hands the code on");
	CHECK_TEXT(e.text, "A: cannot read D");
	err_set(&e, 0, "<%s>", e.text);
	CHECK_TEXT(e.text, "<A: cannot read D>");
	CHECK(err_set(NULL, -1, "x") == -1 && err_prefix(NULL, -2, "x") == -2, "no error object");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	err_prefix(&e, 0, "%.1020s", name);
	CHECK(strlen(e.text) == 1023 && !strcmp(e.text + 1019, "n<A:"), "err_prefix cuts the end");
	err_prefix(&e, 0, "%s", name);
	CHECK(strlen(e.text) == 1023 && e.text[1022] == 'n', "err_prefix longer than the room");
	err_set(&e, 0, "%s", name);
	CHECK(strlen(e.text) == 1023, "err_set cuts");
}

/* What the functions in say() wrote to stderr. */
static const char *said(void (*say)(void))
{
	static char text[256];
	int pipe_fd[2], saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	ssize_t n;

	fflush(stdout);
	if (saved < 0 || pipe(pipe_fd))
		return "";
	dup2(pipe_fd[1], STDERR_FILENO);
	close(pipe_fd[1]);
	say();
	dup2(saved, STDERR_FILENO);
	close(saved);
	n = read(pipe_fd[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(pipe_fd[0]);
	return text;
}

static void say_lines(void)
{
	say_error("cannot open %s: %s\nis it there?\n\nno", "D", "why");
}

static void say_all(void)
{
	struct err e;

	err_set(&e, 0, "E");
	say_err(&e);
	say_error("R");
	say_note("N");
	say_verbose("V");
}

/* Descriptor 2 was closed and has become something of ours. */
static void say_into_ours(void)
{
	fcntl(STDERR_FILENO, F_SETFD, FD_CLOEXEC);
	say_error("not to be seen");
}

static void test_say(void)
{
	CHECK_TEXT(said(say_lines), "mdadm: cannot open D: why\n       is it there?\n"
				    "       \n       no\n");
	CHECK_TEXT(said(say_all), "mdadm: E\nmdadm: R\nmdadm: N\n");
	say_set_verbosity(-1);
	CHECK_TEXT(said(say_all), "mdadm: E\nmdadm: R\n");
	say_set_verbosity(1);
	CHECK_TEXT(said(say_all), "mdadm: E\nmdadm: R\nmdadm: N\nmdadm: V\n");
	say_set_verbosity(0);
	CHECK_TEXT(said(say_into_ours), "");
}

static const char *sha1_of(const char *text, size_t n)
{
	static char hex[SHA1_TEXT];

	sha1_text(text, n, hex);
	return hex;
}

/* FIPS 180 examples, and the lengths about a block's end. */
static void test_sha1(void)
{
	char *many = xcalloc(1000000, 1);

	memset(many, 'a', 1000000);
	CHECK_TEXT(sha1_of("abc", 3), "a9993e364706816aba3e25717850c26c9cd0d89d");
	CHECK_TEXT(sha1_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
		   "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	CHECK_TEXT(sha1_of(many, 1000000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	CHECK_TEXT(sha1_of(NULL, 0), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	CHECK_TEXT(sha1_of(many, 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
	CHECK_TEXT(sha1_of(many, 63), "03f09f5b158a7a8cdad920bddc29b81c18a551f5");
	CHECK_TEXT(sha1_of(many, 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
	CHECK_TEXT(sha1_of("host", 4), "86dd1cf45142e904cb2e99c2721fac3ca198c6ca");
	free(many);
}

int main(void)
{
	test_parse_u64();
	test_parse_size();
	test_printable();
	test_memory();
	test_numbers();
	test_err();
	test_say();
	test_sha1();
	return unit_done();
}
