// SPDX-License-Identifier: GPL-2.0-or-later
/* mdadm.conf: the grammar, the keywords, the complaints. */
#include <stdlib.h>

#include "config.h"
#include "unit.h"
#include "util.h"

#define U1 "00000000:00000000:00000000:00000001"
#define U2 "00000000:00000000:00000000:00000002"

static char said[4096];

static void note(void *arg, const char *text)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s|", text);
}

static struct config parse(const char *text)
{
	struct config c;

	said[0] = '\0';
	config_init(&c);
	config_parse(&c, text, strlen(text), "f", note, NULL);
	return c;
}

static void test_defaults(void)
{
	struct config c = parse("");

	CHECK(!c.n_device && !c.n_array && !c.homehost && c.require_homehost && !c.owner &&
	      !c.group && c.mode == 0600 && !c.metadata && !c.names && c.bbl, "defaults");
	CHECK_TEXT(said, "");
	config_free(&c);
}

static void test_grammar(void)
{
	struct config c = parse("# DEVICE /dev/none\n"
				"dev /dev/a#b \"/dev/c\" /dev/d # /dev/e\n"
				"\n# between\n"
				"  '/dev/f g'\t/dev/\"h 'i\"j\n"
				"DEVICE part\"itions\" '/dev/open\n"
				"\t/dev/k\r\n"
				"DEVices containers");
	static const char *const want[] = {
		"/dev/a#b", "/dev/c", "/dev/d", "/dev/f g", "/dev/h 'ij", "partitions",
		"/dev/open", "/dev/k", "containers",
	};

	CHECK(c.n_device == ARRAY_SIZE(want), "nine words");
	for (size_t i = 0; i < ARRAY_SIZE(want) && i < c.n_device; i++)
		CHECK(!strcmp(c.device[i], want[i]), want[i]);
	CHECK_TEXT(said, "");
	config_free(&c);
}

static void test_keywords(void)
{
	static const char *const good[] = {
		"DEV", "device", "devices", "arr UUID=" U1, "mai x", "MAILFROM x", "pro /x", "cre",
		"hom h", "homec x", "aut +all", "pol path=x", "par domain=x", "sys name=x a=b",
		"mon 60", "enc sata_opal", "prob ddf_extended", "imsm_ 1", "  array uuid=" U1,
	};
	static const char *const bad[] = { "de", "AR", "devx", "arraylong", "x", "\xff" };
	struct config c;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		c = parse(good[i]);
		CHECK(!said[0], good[i]);
		config_free(&c);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		c = parse(bad[i]);
		CHECK(!strncmp(said, "Unknown keyword ", 16), "unknown keyword");
		config_free(&c);
	}
	c = parse("\nFOO /dev/x\n /dev/y\nDEVICE bar\n\tbaz\n");
	CHECK_TEXT(said, "Unknown keyword FOO (f, line 2)|"
		   "unreconised word on DEVICE line: bar (f, line 4)|"
		   "unreconised word on DEVICE line: baz (f, line 5)|");
	CHECK(!c.n_device, "what belongs to an unknown keyword is skipped");
	config_free(&c);
}

static void test_array(void)
{
	struct config c = parse("ARRAY /dev/md/home metadata=1.2 UUID=" U1 " spares=1 name=h:home\n"
				"ARRAY <ignore> uuid=" U2 "\n"
				"ARRAY uuid=" U2 "\nARRAY bare super-minor=3\n"
				"ARRAY v container=/dev/md/c member=0\n");

	CHECK_TEXT(said, "");
	CHECK(c.n_array == 5, "five arrays");
	CHECK_TEXT(c.array[0].name, "/dev/md/home");
	CHECK_TEXT(c.array[0].metadata, "1.2");
	CHECK(c.array[0].have_uuid && c.array[0].uuid.b[15] == 1, "its uuid");
	CHECK_TEXT(c.array[1].name, "<ignore>");
	CHECK(!c.array[2].name && c.array[2].have_uuid, "no name");
	CHECK(!c.array[3].have_uuid, "another identity");
	config_free(&c);
}

static void test_array_complaints(void)
{
	static const struct {
		const char *line, *says;
	} t[] = {
		{ "ARRAY /dev/md0",
		  "ARRAY line /dev/md0 has no identity information. (f, line 1)|" },
		{ "ARRAY a name=", "ARRAY line a has no identity information. (f, line 1)|" },
		{ "ARRAY a member=0", "ARRAY line a has no identity information. (f, line 1)|" },
		{ "ARRAY a uuid=" U1 " zork=1",
		  "unrecognised word on ARRAY line: zork=1 (f, line 1)|" },
		{ "ARRAY a uuid=" U1 " uuid=" U2,
		  "only specify uuid once, uuid=" U2 " ignored. (f, line 1)|" },
		{ "ARRAY a b uuid=" U1,
		  "only give one device per ARRAY line: a and b (f, line 1)|" },
		{ "ARRAY uuid=1 super-minor=1", "bad uuid: uuid=1 (f, line 1)|" },
		{ "ARRAY /dev/md/ uuid=" U1, "Value \"/dev/md/\" cannot be set as devname. "
		  "Reason: Too long or empty. (f, line 1)|" },
		{ "ARRAY a\033b", "ARRAY line a\\x1bb has no identity information. (f, line 1)|" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct config c = parse(t[i].line);

		CHECK(!strcmp(said, t[i].says), t[i].says);
		config_free(&c);
	}
}

static void test_create(void)
{
	struct config c = parse("CREATE owner=root group=root mode=0640 metadata=0.90\n"
				" names=YES bbl=no\n"
				"CREATE auto=yes");

	CHECK(!c.owner && !c.group && c.mode == 0640 && c.names && !c.bbl, "values");
	CHECK_TEXT(c.metadata, "0.90");
	CHECK_TEXT(said, "");
	config_free(&c);
	c = parse("CREATE owner=no/such mode=999 group=no/such names=maybe symlinks=no mode=17777");
	CHECK_TEXT(said, "CREATE user no/such not found (f, line 1)|"
		   "unrecognised CREATE mode 999 (f, line 1)|"
		   "CREATE group no/such not found (f, line 1)|"
		   "unrecognised word on CREATE line: names=maybe (f, line 1)|"
		   "unrecognised CREATE mode 17777 (f, line 1)|");
	CHECK(c.mode == 0600, "the default stays");
	config_free(&c);
}

static void test_homehost(void)
{
	static const struct {
		const char *conf, *cmdline, *want;
	} t[] = {
		{ "HOMEHOST a b\nHOMEHOST c", NULL, "a" },
		{ "HOMEHOST <none>", NULL, "" },
		{ "HOMEHOST <ignore>\nHOMEHOST a", NULL, "a" },
		{ "HOMEHOST a", "c", "c" },
		{ "HOMEHOST a", "<none>", "" },
		{ "HOMEHOST a", "", "" },
		{ "HOMEHOST a", "<ignore>", "a" },
	};
	char host[300];

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct config c = parse(t[i].conf);

		config_homehost(&c, t[i].cmdline, host, sizeof(host));
		CHECK(!strcmp(host, t[i].want), "home host");
		CHECK(c.require_homehost == !strstr(t[i].conf, "<ignore>"), "is it required?");
		config_free(&c);
	}
}

/* Ten thousand lines, and bytes of every kind. */
static void test_big(void)
{
	size_t n = 10000, len = 0, cap = n * 80;
	char *text = xcalloc(cap, 1);
	uint64_t seed = 1;
	struct config c;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, cap - len,
					"ARRAY /dev/md/n%zu uuid=" U1 "\n", i);
	c = parse(text);
	CHECK(c.n_array == n, "ten thousand lines");
	config_free(&c);
	for (size_t i = 0; i < len; i += 1 + unit_random(&seed) % 10)
		text[i] = (char)unit_random(&seed);
	said[0] = '\0';
	config_init(&c);
	config_parse(&c, text, len, "f", note, NULL);
	CHECK(c.n_array < n, "damaged");
	config_free(&c);
	free(text);
}

int main(void)
{
	test_defaults();
	test_grammar();
	test_keywords();
	test_array();
	test_array_complaints();
	test_create();
	test_homehost();
	test_big();
	return unit_done();
}
