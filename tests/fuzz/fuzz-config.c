// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mdadm.conf: what is read of it, what that means for an array, and its text edited.  Devices are
 * not looked for: what a glob finds is this host's.
 *
 * fuzz: -max_len=2048
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config-edit.h"
#include "config.h"
#include "policy.h"
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

static void check_array(const struct config_array *a)
{
	REQUIRE(!a->name || (*a->name && strlen(a->name) <= 8 + 32));
	REQUIRE(!a->super_name || (*a->super_name && strlen(a->super_name) <= 32));
	REQUIRE(!a->metadata || config_format(a->metadata) != CONFIG_NO_FORMAT);
	REQUIRE(!a->ignore || a->name);
	REQUIRE(a->line && a->line <= a->last_line && a->where);
	REQUIRE(!a->have_super_minor || a->super_minor >= 0);
	for (size_t i = 0; i < a->devices.n; i++)
		REQUIRE(*a->devices.text[i] && !strchr(a->devices.text[i], ','));
}

/* Every line that means an array means it by all that it says. */
static void check_matches(const struct config *c)
{
	for (size_t i = 0; i < c->n_array && i < 16; i++) {
		const struct config_array *a = &c->array[i];
		struct config_identity id = {
			.format = a->metadata, .uuid = a->have_uuid ? &a->uuid : NULL,
			.name = a->super_name, .md_minor = a->have_super_minor ? a->super_minor : -1,
			.level = a->level, .raid_disks = a->raid_disks, .path = "/dev/sda",
		};
		size_t line = 0, other = 0;
		enum config_match found = config_find_array(c, &id, "host", &line, &other);

		if (!a->container && !a->member && !a->devices.n)
			REQUIRE(config_array_matches(a, &id, "host") && found != CONFIG_NO_LINE);
		REQUIRE(found == CONFIG_NO_LINE || line <= i || !config_array_matches(a, &id, "host"));
		REQUIRE(found != CONFIG_AMBIGUOUS || line < other);
		if (a->name && !a->ignore)
			REQUIRE(config_array_by_name(c, a->name) <= a);
	}
}

static void check_policy(const struct config *c)
{
	char name[] = "pci-0-part1", *names[] = { name };
	const struct policy_disk disk = { { names, 1, 1 }, true };
	struct config_list domains cleanup(policy_domains_free) = { 0 };

	policy_domains(c, &disk, "1.2", &domains);
	for (size_t i = 1; i < domains.n; i++)
		REQUIRE(strcmp(domains.text[i - 1], domains.text[i]) < 0);
	REQUIRE(policy_domains_fit(&domains, &domains) ==
		(domains.n ? POLICY_FITS : POLICY_NO_DOMAIN));
	REQUIRE(policy_action(c, &disk, NULL) >= policy_action(c, &disk, "0.90"));
	/* who is local may no less than who is not */
	REQUIRE(policy_auto_allows(c, &disk, "1.2", true) ||
		!policy_auto_allows(c, &disk, "1.2", false));
}

static void check_config(const struct config *c)
{
	char host[64];
	size_t a = 0, b = 0;

	for (size_t i = 0; i < c->n_array; i++)
		check_array(&c->array[i]);
	for (size_t i = 0; i < c->n_device; i++)
		REQUIRE(c->device[i][0]);
	for (size_t i = 0; i < c->n_sysfs; i++)
		for (size_t k = 0; k < c->sysfs[i].attr.n; k++) {
			const char *attr = c->sysfs[i].attr.pair[k].key;

			REQUIRE(*attr && *attr != '/' && *attr != '.' && !strstr(attr, "/."));
		}
	REQUIRE(c->mode <= 07777);
	if (config_duplicate_names(c, &a, &b))
		REQUIRE(a < b && !strcmp(c->array[a].name, c->array[b].name));
	check_matches(c);
	check_policy(c);
	config_homehost(c, NULL, host, sizeof(host));
	config_homehost(c, "<ignore>", host, sizeof(host));
	REQUIRE(strlen(host) < sizeof(host));
}

/* Every array out, and one in at the end: that one is left, and whatever else there was. */
static void check_edit(const uint8_t *data, size_t n, const struct config *want)
{
	static const char added[] = "ARRAY /dev/md/new UUID=00000000:00000000:00000000:00000001";
	struct config_edits l cleanup(config_edits_free) = { 0 };
	struct config c cleanup(config_free) = { 0 };
	char *text autofree = NULL;
	size_t len, complaints = 0;

	for (size_t i = 0; i < want->n_array; i++)
		config_edit_comment(&l, want->array[i].line, want->array[i].last_line, "# why");
	config_edit_add(&l, config_count_lines((const char *)data, n), added);
	text = config_edit_apply((const char *)data, n, &l, &len);
	REQUIRE(text && len >= n + sizeof(added));
	config_init(&c);
	config_parse(&c, text, len, "edited", complaint, &complaints);
	REQUIRE(c.n_array == 1 && c.array[0].have_uuid && c.array[0].uuid.b[15] == 1);
	REQUIRE(c.n_device == want->n_device && c.n_rule == want->n_rule &&
		c.n_sysfs == want->n_sysfs && c.mode == want->mode);
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
	if (n) {
		load(data, n, &c);
		check_edit(data, n, &c);
	}
	/* a second file adds its own */
	n_array = c.n_array;
	n_device = c.n_device;
	config_parse(&c, (const char *)data, n, "fuzz", complaint, &twice);
	/* of an entry that counts once the second is not looked at */
	REQUIRE(twice <= once && c.n_array == 2 * n_array && c.n_device == 2 * n_device);
	config_free(&c);
	return 0;
}
