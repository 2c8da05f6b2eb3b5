// SPDX-License-Identifier: GPL-2.0-or-later
/* What POLICY, PART-POLICY and AUTO lines say of a device. */
#include <stdlib.h>

#include "policy.h"
#include "unit.h"
#include "util.h"

static void no_complaint(void *arg, const char *text)
{
	(void)arg;
	CHECK(0, text);
}

static struct config parse(const char *text)
{
	struct config c;

	config_init(&c);
	config_parse(&c, text, strlen(text), "f", no_complaint, NULL);
	return c;
}

static char one[] = "pci-0000:00:1f.2-ata-1", two[] = "pci-0000:00:1f.2-ata-1.0";
static char of_part[] = "pci-0000:00:1f.2-ata-1-part3";
static char *paths[] = { one, two };
static char *part_paths[] = { of_part };
static const struct policy_disk disk = { .path = { paths, 2, 2 } };
static const struct policy_disk part = { .path = { part_paths, 1, 1 }, .part = true };
static const struct policy_disk nameless = { .part = false };

static void test_action(void)
{
	static const struct {
		const char *conf;
		const struct policy_disk *disk;
		const char *format;
		enum policy_action want;
	} t[] = {
		{ "", &disk, "1.2", POLICY_INCLUDE },
		{ "POLICY action=spare", &disk, "1.2", POLICY_SPARE },
		{ "POLICY action=re-add\nPOLICY action=force-spare\nPOLICY action=include", &disk, "1.2",
		  POLICY_FORCE_SPARE },
		{ "POLICY action=spare action=ignore", &disk, "1.2", POLICY_UNKNOWN },
		{ "POLICY path=pci-* action=spare", &disk, "1.2", POLICY_SPARE },
		{ "POLICY path=pci-* action=spare", &nameless, "1.2", POLICY_INCLUDE },
		{ "POLICY path=usb-* action=spare", &disk, "1.2", POLICY_INCLUDE },
		{ "POLICY path=usb-* path=*-1.0 action=spare", &disk, "1.2", POLICY_SPARE },
		{ "POLICY type=disk action=spare", &disk, "1.2", POLICY_SPARE },
		{ "POLICY type=disk action=spare", &part, "1.2", POLICY_INCLUDE },
		{ "POLICY type=part action=spare", &part, "1.2", POLICY_SPARE },
		{ "POLICY type=part type=disk action=spare", &disk, "1.2", POLICY_SPARE },
		{ "POLICY metadata=1.1 action=spare", &disk, "1.2", POLICY_SPARE },
		{ "POLICY metadata=0.90 action=spare", &disk, "1.2", POLICY_INCLUDE },
		{ "POLICY metadata=0.90 action=spare", &disk, NULL, POLICY_SPARE },
		{ "POLICY metadata=0.90 action=spare", &disk, "0.90", POLICY_SPARE },
		{ "POLICY metadata=1.2 metadata=0.90 action=spare", &disk, "1.0", POLICY_SPARE },
		{ "POLICY metadata=0.90 metadata=1.2 action=spare", &disk, "1.0", POLICY_INCLUDE },
		{ "PART-POLICY action=spare", &disk, "1.2", POLICY_INCLUDE },
		{ "PART-POLICY action=spare", &part, "1.2", POLICY_SPARE },
		{ "PART-POLICY path=*-ata-1 action=spare", &part, "1.2", POLICY_SPARE },
		{ "PART-POLICY path=*-part3 action=spare", &part, "1.2", POLICY_INCLUDE },
		{ "PART-POLICY type=disk action=spare", &part, "1.2", POLICY_SPARE },
		{ "PART-POLICY type=part action=spare", &part, "1.2", POLICY_INCLUDE },
		{ "POLICY path=*-ata-1 action=spare", &part, "1.2", POLICY_INCLUDE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct config c = parse(t[i].conf);

		CHECK(policy_action(&c, t[i].disk, t[i].format) == t[i].want, t[i].conf);
		config_free(&c);
	}
	CHECK(policy_allows(POLICY_SPARE, POLICY_RE_ADD) &&
	      policy_allows(POLICY_SPARE, POLICY_SPARE) &&
	      !policy_allows(POLICY_SPARE, POLICY_FORCE_SPARE) &&
	      !policy_allows(POLICY_UNKNOWN, POLICY_INCLUDE), "what an action allows");
}

static void check_domains(const char *conf, const struct policy_disk *d, const char *want)
{
	struct config c = parse(conf);
	struct config_list l cleanup(policy_domains_free) = { 0 };
	char got[200] = "";

	policy_domains(&c, d, "1.2", &l);
	for (size_t i = 0; i < l.n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s ", l.text[i]);
	CHECK_TEXT(got, want);
	config_free(&c);
}

static void test_domains(void)
{
	struct config_list array cleanup(policy_domains_free) = { 0 };
	struct config_list device cleanup(policy_domains_free) = { 0 };
	struct config c = parse("POLICY domain=a domain=b");

	check_domains("", &disk, "");
	check_domains("POLICY domain=b domain=a\nPOLICY path=pci* domain=c domain=a\n"
		      "POLICY path=usb* domain=d\nPOLICY metadata=0.90 domain=e", &disk, "a b c ");
	check_domains("PART-POLICY path=*ata-1 domain=x\nPOLICY domain=y", &part, "x-part3 y ");
	check_domains("PART-POLICY domain=x", &part, "x-part3 ");
	CHECK(policy_domains_fit(&device, &array) == POLICY_NO_DOMAIN, "a device of no domain");
	policy_domains(&c, &disk, "1.2", &device);
	CHECK(policy_domains_fit(&device, &array) == POLICY_OTHER_DOMAIN, "an array of none");
	policy_domain_add(&array, "b");
	CHECK(policy_domains_fit(&device, &array) == POLICY_OTHER_DOMAIN, "one is missing");
	policy_domain_add(&array, "z");
	policy_domains_merge(&array, &device);
	CHECK(policy_domains_fit(&device, &array) == POLICY_FITS && array.n == 3, "all are there");
	config_free(&c);
}

/* As the packaged tool decides, --assemble --scan of a 1.2 array. */
static void test_auto(void)
{
	static const struct {
		const char *conf;
		bool foreign, local;
	} t[] = {
		{ "", true, true }, { "AUTO -all", false, false }, { "AUTO +all", true, true },
		{ "AUTO no", false, false }, { "AUTO yes", true, true }, { "AUTO -ALL", false, false },
		{ "AUTO -1.x", false, false }, { "AUTO -1.2", false, false },
		{ "AUTO -1.foo", false, false }, { "AUTO -1", false, false },
		{ "AUTO -0.90", true, true }, { "AUTO homehost", true, true },
		{ "AUTO homehost -all", true, true }, { "AUTO homehost +1.x -all", true, true },
		{ "AUTO -1.x +all", false, false }, { "AUTO -all +1.x", false, false },
		{ "AUTO +1.x -all", true, true }, { "AUTO -1.x homehost", false, false },
		{ "AUTO -all homehost", false, false }, { "AUTO +all\nAUTO -all", true, true },
		{ "AUTO -all\nAUTO +all", false, false }, { "POLICY auto=no", true, true },
		{ "POLICY auto=yes\nAUTO -all", true, true },
		{ "POLICY auto=no\nAUTO homehost -all", false, true },
		{ "POLICY auto=no\nAUTO -0.90", true, true },
		{ "POLICY auto=no\nAUTO homehost", true, true },
		{ "POLICY auto=no metadata=0.90\nAUTO homehost -all", true, true },
		{ "POLICY auto=no metadata=1.2\nAUTO homehost -all", false, true },
		{ "POLICY auto=no type=part\nAUTO homehost -all", true, true },
		{ "POLICY auto=no path=x\nAUTO homehost -all", true, true },
		{ "POLICY auto=NO\nAUTO homehost -all", true, true },
		{ "POLICY auto=homehost\nAUTO -all", false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct config c = parse(t[i].conf);

		CHECK(policy_auto_allows(&c, &disk, "1.2", false) == t[i].foreign &&
		      policy_auto_allows(&c, &disk, "1.2", true) == t[i].local, t[i].conf);
		config_free(&c);
	}
}

static void test_auto_of_environment(void)
{
	struct config c;

	config_init(&c);
	config_parse_auto(&c, " -1.x\thomehost ", no_complaint, NULL);
	config_parse(&c, "AUTO +all", 9, "f", no_complaint, NULL);
	CHECK(!policy_auto_allows(&c, NULL, "1.2", true) && policy_auto_allows(&c, NULL, "0.90", false),
	      "its words come first");
	config_free(&c);
	config_init(&c);
	config_parse_auto(&c, "-all", no_complaint, NULL);
	config_parse(&c, "AUTO +all", 9, "f", no_complaint, NULL);
	CHECK(!policy_auto_allows(&c, NULL, "1.2", true), "its end is the end");
	config_free(&c);
}

int main(void)
{
	test_action();
	test_domains();
	test_auto();
	test_auto_of_environment();
	return unit_done();
}
