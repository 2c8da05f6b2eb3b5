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
		"hom h", "homec x", "aut +all", "pol path=x", "par domain=x", "sys name=/dev/md/x a=b",
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

/* Every key, and where the line is. */
static void test_array_keys(void)
{
	struct config c = parse("# one\n"
				"ARRAY /dev/md/home UUID=" U1 " super-minor=5 name=h:home\n"
				"\tdevices=/dev/a*,,/dev/b,\n"
				"  # between\n"
				"\tspare-group=g LEVEL=raid5 num-devices=3 spares=2 metadata=1.2\n"
				"\tbitmap=/x auto=md disks=7\n"
				"# behind\n"
				"ARRAY <IGNORE> container=/dev/md/imsm member=0\n");
	const struct config_array *a = c.array;

	CHECK_TEXT(said, "");
	CHECK(c.n_array == 2 && a->line == 2 && a->last_line == 6 && !strcmp(a->where, "f"),
	      "where it is");
	CHECK(a->have_super_minor && a->super_minor == 5, "super-minor");
	CHECK_TEXT(a->super_name, "h:home");
	CHECK(a->devices.n == 2 && !strcmp(a->devices.text[0], "/dev/a*") &&
	      !strcmp(a->devices.text[1], "/dev/b"), "devices");
	CHECK_TEXT(a->spare_group, "g");
	CHECK(a->have_level && a->level == 5 && a->have_raid_disks && a->raid_disks == 3 &&
	      a->have_spares && a->spares == 2, "numbers");
	CHECK_TEXT(a->bitmap, "/x");
	CHECK(!a->ignore && a[1].ignore && a[1].line == 8 && a[1].last_line == 8, "<ignore>");
	CHECK_TEXT(a[1].container, "/dev/md/imsm");
	CHECK_TEXT(a[1].member, "0");
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
		{ "ARRAY /dev/sda uuid=" U1,
		  "/dev/sda is an invalid name for an md device - ignored. (f, line 1)|" },
		{ "ARRAY /dev/mdx uuid=" U1,
		  "/dev/mdx is an invalid name for an md device - ignored. (f, line 1)|" },
		{ "ARRAY a uuid=" U1 " name=012345678901234567890123456789012",
		  "name too long, ignoring name=012345678901234567890123456789012 "
		  "(f, line 1)|" },
		{ "ARRAY a uuid=" U1 "\n name=b name=c",
		  "only specify name once, name=c ignored. (f, line 2)|" },
		{ "ARRAY a uuid=" U1 " metadata=7",
		  "metadata format 7 unknown, ignored. (f, line 1)|" },
		{ "ARRAY a super-minor=0x5 uuid=" U1,
		  "invalid super-minor number: super-minor=0x5 (f, line 1)|" },
		{ "ARRAY a uuid=" U1 " level=7", "unknown level: level=7 (f, line 1)|" },
		{ "ARRAY a uuid=" U1 " num-devices=-1",
		  "no number of devices: num-devices=-1 (f, line 1)|" },
		{ "ARRAY a devices=/a devices=/b", "only specify devices once (use a comma "
		  "separated list). devices=/b ignored (f, line 1)|" },
		{ "ARRAY a uuid=" U1 " spare-group=x spare-group=y",
		  "only specify one spare group per array. spare-group=y ignored. (f, line 1)|" },
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

static void test_other_lines(void)
{
	struct config c = parse("MAILADDR a@b c\nMAILADDR d\nMAILFROM My Host\n <root@h>\n"
				"PROGRAM /p q\nMONITORDELAY 30 40\nHOMECLUSTER k\n"
				"PROBING ddf_extended\nENCRYPTION_NO_VERIFY sata_opal\n"
				"IMSM_DISABLE_OROM 1\n");

	CHECK_TEXT(said, "");
	CHECK_TEXT(c.mailaddr, "a@b");
	CHECK_TEXT(c.mailfrom, "My Host <root@h>");
	config_free(&c);
	c = parse("MAILFROM a\nMAILFROM\nMAILFROM b c\nPROGRAM /p\nMONITORDELAY 30\nHOMECLUSTER k\n"
		  "PROBING ddf_extended\nENCRYPTION_NO_VERIFY sata_opal\nIMSM_DISABLE_OROM 1\n");
	CHECK_TEXT(c.mailfrom, "a b c");
	CHECK_TEXT(c.program, "/p");
	CHECK_TEXT(c.homecluster, "k");
	CHECK(c.have_monitor_delay && c.monitor_delay_s == 30, "the first number");
	CHECK(c.ddf_extended && c.opal_no_verify && c.imsm_disable_orom, "switches");
	config_free(&c);
	c = parse("MONITORDELAY 0\nPROBING x\nSYSFS a=b\nSYSFS name=md0 uuid=1\nPOLICY x=y\n"
		  "POLICY metadata=7 domain=a");
	CHECK_TEXT(said, "MONITORDELAY is no number of seconds: 0 (f, line 1)|"
		   "unrecognised word on PROBING line: x (f, line 2)|"
		   "Device name not found in sysfs config entry - ignoring. (f, line 3)|"
		   "md0 is an invalid name for an md device - ignored. (f, line 4)|"
		   "Invalid uuid: 1 (f, line 4)|"
		   "Device name not found in sysfs config entry - ignoring. (f, line 4)|"
		   "policy rule x=y unrecognised and ignored (f, line 5)|"
		   "metadata=7 unrecognised - ignoring rule (f, line 6)|");
	CHECK(!c.n_sysfs && c.n_rule == 2, "what is left");
	config_free(&c);
}

/* What 4.2 takes in silence is said to those who ask. */
static void test_remarks(void)
{
	static const char text[] = "MAILADDR a b\nAUTO -all\nAUTO +all\nPOLICY action=ignore\n"
				   "HOMEHOST a b\n";
	struct config c = parse(text);

	CHECK_TEXT(said, "");
	config_free(&c);
	config_init(&c);
	c.remarks = true;
	config_parse(&c, text, strlen(text), "f", note, NULL);
	CHECK_TEXT(said, "excess word on MAILADDR line: b - ignored (f, line 1)|"
		   "only the first AUTO line counts, this one is ignored (f, line 3)|"
		   "unknown word: action=ignore allows nothing (f, line 4)|"
		   "excess word on HOMEHOST line: b - ignored (f, line 5)|");
	config_free(&c);
}

static void test_sysfs(void)
{
	struct config c = parse("SYSFS name=/dev/md/x group_thread_cnt=4 stripe_cache_size=1024\n"
				"SYSFS uuid=" U1 " bitmap/location=none name=/dev/md/y\n"
				"SYSFS name=/dev/md0 /a=1 ../b=1 a/../b=1 a//b=1 a/=1 .c=1 =1 d=\n"
				"SYSFS name=/dev/md/x e=f\n");
	struct uuid u1 = { .b = { [15] = 1 } };
	const struct config_sysfs *s;
	size_t i = 0;

	CHECK(c.n_sysfs == 4 && !c.sysfs[2].attr.n && strstr(said, "no attribute of an array: /a=1 "),
	      "attributes outside are refused");
	s = config_sysfs_next(&c, NULL, "x", &i);
	CHECK(s == &c.sysfs[0] && s->attr.n == 2 && !strcmp(s->attr.pair[1].key, "stripe_cache_size") &&
	      !strcmp(s->attr.pair[1].value, "1024"), "by name");
	CHECK(config_sysfs_next(&c, NULL, "x", &i) == &c.sysfs[3] &&
	      !config_sysfs_next(&c, NULL, "x", &i), "and the next");
	i = 0;
	CHECK(config_sysfs_next(&c, &u1, "/dev/md/z", &i) == &c.sysfs[1] &&
	      !config_sysfs_next(&c, &u1, "/dev/md/z", &i), "by uuid");
	i = 0;
	CHECK(!config_sysfs_next(&c, NULL, "/dev/md/y", &i), "the uuid wins over the name");
	i = 0;
	u1.b[15] = 2;
	CHECK(!config_sysfs_next(&c, &u1, "/dev/md/y", &i), "another array's uuid");
	config_free(&c);
}

/* The table was made with the packaged tool, --assemble --scan of a 1.2 array of two. */
static void test_match(void)
{
	static const struct {
		const char *line, *homehost;
		bool matches;
	} t[] = {
		{ "UUID=" U1, "h", true }, { "UUID=" U2, "h", false },
		{ "name=home", "here", false }, { "name=home", "other", true },
		{ "name=home", "any", true }, { "name=home", NULL, true }, { "name=home", "", false },
		{ "name=other:home", "here", true }, { "name=OTHER:HOME", "here", false },
		{ "name=any:home", "here", false }, { "name=here:home", "here", false },
		{ "UUID=" U1 " name=foo", "here", false },
		{ "UUID=" U1 " level=1", "h", true }, { "UUID=" U1 " level=raid5", "h", false },
		{ "UUID=" U1 " num-devices=2", "h", true },
		{ "UUID=" U1 " num-devices=3", "h", false },
		{ "UUID=" U1 " metadata=0.90", "h", false },
		{ "UUID=" U1 " metadata=1.0", "h", false }, { "UUID=" U1 " metadata=1", "h", true },
		{ "UUID=" U1 " metadata=1.2", "h", true },
		{ "UUID=" U1 " metadata=default", "h", true },
		{ "UUID=" U1 " spares=4", "h", true }, { "UUID=" U1 " super-minor=3", "h", false },
		{ "super-minor=5", "h", false }, { "devices=/dev/loop*", "h", true },
		{ "devices=/dev/loop2,/dev/loop1", "h", true }, { "devices=/dev/loop2", "h", false },
		{ "devices=/*/loop1", "h", true }, { "devices=*loop*", "h", false },
		{ "devices=partitions", "h", false }, { "UUID=" U1 " devices=/dev/sd*", "h", false },
		{ "UUID=" U1 " container=/dev/md0", "h", false }, { "UUID=" U1 " member=0", "h", false },
	};
	const struct uuid uuid = { .b = { [15] = 1 } };
	struct config_identity id = { "1.2", &uuid, "other:home", -1, 1, 2, "/dev/loop1" };

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		autofree char *line = xasprintf("ARRAY x %s", t[i].line);
		struct config c = parse(line);

		CHECK(c.n_array == 1 && config_array_matches(c.array, &id, t[i].homehost) ==
		      t[i].matches, t[i].line);
		config_free(&c);
	}
	id.name = "home";
	id.format = "1.x";
	for (size_t i = 0; i < 2; i++) {
		struct config c = parse(i ? "ARRAY x name=here:home" :
					    "ARRAY x name=home metadata=1.0");

		CHECK(config_array_matches(c.array, &id, "here") == !i, "stored without a host");
		config_free(&c);
	}
}

static void test_find(void)
{
	struct config c = parse("ARRAY a UUID=" U2 "\nARRAY b UUID=" U1 "\nARRAY c name=o:n\n"
				"ARRAY <ignore> super-minor=7\n");
	struct uuid uuid = { .b = { [15] = 1 } };
	struct config_identity id = { "1.2", &uuid, "x:y", -1, 1, 2, NULL };
	size_t line = 9, other = 9;

	CHECK(config_find_array(&c, &id, "h", &line, &other) == CONFIG_ONE_LINE && line == 1 &&
	      other == 9, "one line");
	id.name = "o:n";
	CHECK(config_find_array(&c, &id, "h", &line, &other) == CONFIG_AMBIGUOUS && line == 1 &&
	      other == 2, "two lines");
	uuid.b[0] = 1;
	id.name = "p:q";
	CHECK(config_find_array(&c, &id, "h", &line, &other) == CONFIG_NO_LINE, "none");
	id.md_minor = 7;
	CHECK(config_find_array(&c, &id, "h", &line, &other) == CONFIG_ONE_LINE &&
	      c.array[line].ignore, "one that is to be left alone");
	config_free(&c);
}

static void test_names(void)
{
	struct config c = parse("ARRAY x UUID=" U1 "\nARRAY /dev/md/x name=a\nARRAY <ignore> name=b\n"
				"ARRAY <ignore> name=c\nARRAY /dev/md5 name=d\n");
	size_t a, b;

	CHECK(!config_duplicate_names(&c, &a, &b), "written differently, it is no duplicate");
	CHECK(config_array_by_name(&c, "/dev/md/x") == &c.array[0] &&
	      config_array_by_name(&c, "5") == &c.array[4] &&
	      config_array_by_name(&c, "md5") == &c.array[4] && !config_array_by_name(&c, "y") &&
	      !config_array_by_name(&c, "<ignore>"), "by any form of the name");
	config_free(&c);
	c = parse("ARRAY z name=a\nARRAY y name=b\nARRAY y name=c\nARRAY z name=d\nARRAY z name=e\n");
	CHECK(config_duplicate_names(&c, &a, &b) && a == 0 && b == 3, "the first pair");
	config_free(&c);
}

static void test_formats(void)
{
	static const struct {
		const char *word;
		int format, policy;
	} t[] = {
		{ "1.2", CONFIG_1_X, CONFIG_1_X }, { "1", CONFIG_1_X, CONFIG_1_X },
		{ "1.x", CONFIG_1_X, CONFIG_1_X }, { "01.02", CONFIG_1_X, -1 },
		{ "default", CONFIG_1_X, -1 }, { "1.3", -1, -1 }, { "1.", -1, -1 }, { "", -1, -1 },
		{ "1.22", -1, -1 }, { "0", CONFIG_0_90, -1 }, { "0.90", CONFIG_0_90, CONFIG_0_90 },
		{ "0.9", CONFIG_0_90, -1 }, { "ddf", CONFIG_DDF, CONFIG_DDF }, { "x", -1, -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		CHECK(config_format(t[i].word) == t[i].format &&
		      config_policy_format(t[i].word) == t[i].policy, t[i].word);
}

static void test_allowed(void)
{
	const char *const names[] = { "/dev/loop1", "/dev/disk/by-id/x" };
	static const struct {
		const char *conf;
		bool allowed;
	} t[] = {
		{ "", true }, { "DEVICE partitions", true }, { "DEVICE containers", false },
		{ "DEVICE /dev/loop*", true }, { "DEVICE /dev/lo?p[12]", true },
		{ "DEVICE /*", false }, { "DEVICE /dev/disk/*/x", true },
		{ "DEVICE /dev/sd*\nDEVICE /dev/loop1", true }, { "DEVICE /dev/null", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct config c = parse(t[i].conf);

		CHECK(config_device_allowed(&c, names, 2, 0x7fffff) == t[i].allowed, t[i].conf);
		config_free(&c);
	}
}

/* Ten thousand lines, and bytes of every kind. */
static void test_big(void)
{
	size_t n = 10000, len = 0, cap = n * 80, first, second;
	char *text = xcalloc(cap, 1);
	uint64_t seed = 1;
	struct config c;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, cap - len,
					"ARRAY /dev/md/n%zu uuid=" U1 "\n", i);
	c = parse(text);
	CHECK(c.n_array == n, "ten thousand lines");
	CHECK(!config_duplicate_names(&c, &first, &second), "with ten thousand names");
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
	test_array_keys();
	test_array_complaints();
	test_create();
	test_homehost();
	test_other_lines();
	test_remarks();
	test_sysfs();
	test_match();
	test_find();
	test_names();
	test_formats();
	test_allowed();
	test_big();
	return unit_done();
}
