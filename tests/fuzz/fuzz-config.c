// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mdadm.conf.  Devices are not looked for: what a glob finds is this host's.
 *
 * fuzz: -max_len=2048
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "shared.h"
#include "util.h"

static void complaint(void *arg, const char *text)
{
	size_t n = strlen(text);

	REQUIRE(n && n <= 4096 && !memchr(text, '\n', n));
	check_printable(text, n);
	REQUIRE(strstr(text, ", line ") || strstr(text, "cannot read"));
	++*(size_t *)arg;
}

static void check_config(const struct config *c)
{
	char host[64];

	for (size_t i = 0; i < c->n_array; i++) {
		const char *name = c->array[i].name;

		REQUIRE(!name || (*name && strlen(name) <= 8 + 32));
	}
	for (size_t i = 0; i < c->n_device; i++)
		REQUIRE(c->device[i][0]);
	REQUIRE(c->mode <= 07777);
	config_homehost(c, NULL, host, sizeof(host));
	config_homehost(c, "<ignore>", host, sizeof(host));
	REQUIRE(strlen(host) < sizeof(host));
}

/* The same text from a file; a NUL is a blank there. */
static void load(const uint8_t *data, size_t n, const struct config *want)
{
	autoclose int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[32];
	size_t complaints = 0;
	struct config c;

	REQUIRE(fd >= 0 && write(fd, data, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config_init(&c);
	config_load(&c, path, complaint, &complaints);
	if (!memchr(data, 0, n))
		REQUIRE(c.n_array == want->n_array && c.n_device == want->n_device &&
			c.mode == want->mode && c.require_homehost == want->require_homehost);
	config_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct config c;
	size_t once = 0, twice = 0, n_array, n_device;

	config_init(&c);
	config_parse(&c, (const char *)data, n, "fuzz\n", complaint, &once);
	check_config(&c);
	if (n)
		load(data, n, &c);
	/* a second file adds its own */
	n_array = c.n_array;
	n_device = c.n_device;
	config_parse(&c, (const char *)data, n, "fuzz", complaint, &twice);
	REQUIRE(once == twice && c.n_array == 2 * n_array && c.n_device == 2 * n_device);
	config_free(&c);
	return 0;
}
