// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line: words in, a request or a sentence out. */
#include <stdlib.h>

#include "options.h"
#include "unit.h"
#include "util.h"

#define MAX_WORDS 40
#define UUID_1 "00112233:44556677:8899aabb:ccddeeff"

/* A parsed line, and what its words stand in. */
struct line {
	char text[512];
	char *argv[MAX_WORDS + 1];
	int argc;
	struct request r;
	struct err err;
	bool raw;
	int status, rc;
};

static void line_parse(struct line *l, const char *text)
{
	*l = (struct line){ .argv = { (char *)(uintptr_t)"mdadm" }, .argc = 1 };
	copy_text(l->text, sizeof(l->text), text);
	for (char *s = strtok(l->text, " "); s && l->argc < MAX_WORDS; s = strtok(NULL, " "))
		l->argv[l->argc++] = s;
	l->rc = options_parse(l->argc, l->argv, &l->r, &l->raw, &l->status, &l->err);
}

/* Every line of the second column is what the error begins with. */
static const struct {
	const char *line, *says;
	int status;
} wrong_lines[] = {
	{ "", "Usage: mdadm --help\n  for help", 2 },
	{ "-v", "Usage: mdadm --help\n  for help", 2 },
	{ "--bogus", "mdadm: unrecognized option '--bogus'\nUsage: mdadm --help\n  for help", 2 },
	{ "-j", "mdadm: invalid option -- 'j'\nUsage:", 2 },
	{ "--create -n", "mdadm: option requires an argument -- 'n'\nUsage:", 2 },
	{ "--create --lev", "mdadm: option '--level' requires an argument\nUsage:", 2 },
	{ "--create=x", "mdadm: option '--create' doesn't allow an argument\nUsage:", 2 },
	{ "--exam x", "mdadm: option '--exam' is ambiguous; possibilities: '--examine' "
	  "'--examine-bitmap' '--examine-badblocks'\nUsage:", 2 },
	{ "--\002x", "mdadm: unrecognized option '--\\x02x'\nUsage:", 2 },
	{ "-\001", "mdadm: invalid option -- '\\x01'\nUsage:", 2 },
	{ "--=x", "mdadm: unrecognized option '--=x'", 2 },
	{ "--chunk 4", "--chunk does not set the mode, and so cannot be the first option.", 2 },
	{ "-n 2", "-n does not set the mode, and so cannot be the first option.", 2 },
	{ "x --force", "--force does not set the mode", 2 },
	{ "-C -A", "-A would set mdadm mode to \"assemble\", but it is already set to \"create\".",
	  2 },
	{ "--create --examine", "--examine would set mdadm mode to \"misc\"", 2 },
	{ "-a --create", "--create would set mdadm mode to \"create\", but it is already set to "
	  "\"manage\".", 2 },
	{ "-C x --scan", ":option --scan not valid in create mode", 2 },
	{ "-C x -s", "option -s not valid in create mode", 2 },
	{ "-C x --stop", ":option --stop not valid in create mode", 2 },
	{ "-A x -W", "option -W not valid in assemble mode", 2 },
	{ "-D -a", "option -a not valid in misc mode", 2 },
	{ "-I -b", "option -b not valid in incremental mode", 2 },
	{ "a b", "An option must be given to set the mode before a second device\n(b) is listed",
	  2 },
	{ "a --stop", "No action given for a in --misc mode\nAction options must come before", 2 },
	{ "--misc a -D b", "No action given for a in --misc mode", 2 },
	{ "--manage a b", "Must give one of -a/-r/-f for subsequent devices at b", 2 },
	{ "--manage a --stop --run", "Cannot both Stop and Run an array", 2 },
	{ "-D a -E b", "--examine/-E cannot be given with -D", 2 },
	{ "-E --stop a", "--examine/-E cannot be given with --stop", 2 },
	{ "-E -Q a", "--examine/-E cannot be given with -Q", 2 },
	{ "-D", "No devices given.", 2 },
	{ "--misc --scan", "No devices given.", 2 },
	{ "-Q -s", "No devices given.", 2 },
	{ "-E -b", "No devices to examine", 2 },
	{ "--action=foo x", "action must be one of idle, frozen, check, repair", 2 },
	{ "--action=idle --action=idle x", "Only one --action can be specified", 2 },
	{ "--action=check", "No devices given.", 2 },
	{ "-E --action=check x", "--examine/-E cannot be given with --action", 2 },
	{ "--scrub begin x", "--scrub must be one of start, pause, resume, status", 2 },
	{ "--scrub start --scrub pause x", "Only one --scrub can be specified", 2 },
	{ "--scrub start", "No devices given.", 2 },
	{ "--scrub start --all x", "--all goes with --scrub, in place of arrays", 2 },
	{ "-D --all", "--all goes with --scrub", 2 },
	{ "--scrub status --time-limit=6h", "--time-limit goes with --scrub start", 2 },
	{ "--scrub start --all --time-limit=6", "--time-limit needs a time with its unit", 2 },
	{ "--scrub start --all --time-limit=", "--time-limit needs a time with its unit", 2 },
	{ "--scrub start --all --time-limit=h6", "--time-limit needs a time with its unit", 2 },
	{ "--scrub start --all --time-limit=0h", "--time-limit needs a time with its unit", 2 },
	{ "--scrub start --all --time-limit=999999999d", "--time-limit needs a time with its", 2 },
	{ "--verify", "No devices given.", 2 },
	{ "--verify a --repair-block x", "--repair-block needs the number of a stripe", 2 },
	{ "--verify a b --repair-block 1", "--repair-block goes with --verify of one array", 2 },
	{ "-D a --repair-block 1", "--repair-block goes with --verify", 2 },
	{ "--verify a --dry-run", "--verify changes nothing: --dry-run goes with", 2 },
	{ "-C", "an md device must be given in this mode", 2 },
	{ "-A", "an md device must be given in this mode", 2 },
	{ "--manage x", "No action given for x in --manage mode", 2 },
	{ "--manage", "an md device must be given in this mode", 2 },
	{ "-A x --no-degraded", "--no-degraded not meaningful without a --scan assembly.", 1 },
	{ "-C x -l raid99", "invalid raid level: raid99", 2 },
	{ "-C x -l1 -l5", "raid level may only be set once.  Second value is 5.", 2 },
	{ "-C x -l0 -x1", "spare-devices setting is incompatible with raid level 0", 2 },
	{ "-C x -x1 -llinear", "raid level -1 is incompatible with spare-devices setting.", 2 },
	{ "-C x -l1 -x1 -x2", "spare-devices set twice: 1 and 2", 2 },
	{ "-C x -x -1", "invalid number of spare-devices: -1", 2 },
	{ "-C x -n 2 -n 3", "raid-devices set twice: 2 and 3", 2 },
	{ "-C x -n 0", "invalid number of raid devices: 0", 2 },
	{ "-C x -n 2x", "invalid number of raid devices: 2x", 2 },
	{ "-C x -n 2147483648", "invalid number of raid devices: 2147483648", 2 },
	{ "-C x -n 1", "'1' is an unusual number of drives for an array, so it is probably", 2 },
	{ "-C x -c 3", "invalid chunk/rounding value: 3", 2 },
	{ "-C x -c 9s", "invalid chunk/rounding value: 9s", 2 },
	{ "-C x -c 2T", "invalid chunk/rounding value: 2T", 2 },
	{ "-C x -c 4 --rounding 8", "chunk/rounding may only be specified once. Second value is 8.",
	  2 },
	{ "-C x -z 3", "invalid size: 3", 2 },
	{ "-C x -z 7s", "invalid size: 7s", 2 },
	{ "-C x -z 18446744073709551615s", "invalid size: 18446744073709551615s", 2 },
	{ "-C x -z max -z 5", "size may only be specified once. Second value is 5.", 2 },
	{ "-C x -p ls", "raid level must be given before layout.", 2 },
	{ "-C x -l5 -p xx", "layout xx not understood for raid5.", 2 },
	{ "-C x -l10 -p x2", "layout for raid10 must be 'nNN', 'oNN' or 'fNN'", 2 },
	{ "-C x -l1 -p n2", "layout not meaningful for raid1 arrays.", 2 },
	{ "-C x -l5 -p ls -p ra", "layout may only be sent once.  Second value was ra", 2 },
	{ "-C x -e 1.2 -e 1.2", "metadata information already given", 2 },
	{ "-C x -u 1", "Bad uuid: 1", 2 },
	{ "-C x -u " UUID_1 " -u " UUID_1, "uuid cannot be set twice.  Second value 0011", 2 },
	{ "-C x -N a -N b", "name cannot be set twice.   Second value b.", 2 },
	{ "-C x -N 123456789012345678901234567890123", "name '123456789012345678901234567890123' "
	  "is too long, 32 chars max.", 2 },
	{ "-A x -m -1", "Bad super-minor number: -1.", 2 },
	{ "-A x -m 1 -m 2", "super-minor cannot be set twice.  Second value: 2.", 2 },
	{ "-A x -c none -c x", "configfile cannot be set twice.  Second value is x.", 2 },
	{ "-C x -b x", "bitmap must be 'internal', 'lockless', 'none', or a path with a '/', not 'x'", 2 },
	{ "-C x -b none -b internal", "bitmap cannot be set twice. Second value: internal.", 2 },
	{ "-A x -b none", "--bitmap=none has no meaning when assembling", 2 },
	{ "-C x --bitmap-chunk 3", "invalid bitmap chunksize: 3", 2 },
	{ "-C x --bitmap-chunk 4G", "invalid bitmap chunksize: 4G", 2 },
	{ "-C x --write-behind=16384", "Invalid value for maximum outstanding write-behind", 2 },
	{ "-C x -d 0", "invalid delay: 0", 2 },
	{ "-C x --data-offset=1s", "invalid data-offset: 1s", 2 },
	{ "-C x --data-offset=1M --data-offset=1M", "data-offset may only be specified one.", 2 },
	{ "-C x -k x", "Invalid consistency policy: x", 2 },
	{ "-C x -l1 -k bitmap", "--bitmap is required for consistency policy: bitmap", 2 },
	{ "-C x -l1 -k bitmap -b none", "--bitmap is required for consistency policy: bitmap", 2 },
	{ "-C x -l1 -k resync -b internal", "--bitmap is not compatible with consistency policy: "
	  "resync", 2 },
	{ "-C x -l0 -k resync", "--consistency-policy not meaningful with level raid0.", 2 },
	{ "-C x -l5 -k journal", "--write-journal is required for consistency policy: journal", 2 },
	{ "-C x -l1 -k ppl", "PPL consistency policy is only supported for RAID level 5.", 2 },
	{ "-C x -l1 --write-journal=/j", "--write-journal is only supported for RAID level 4/5/6.",
	  2 },
	{ "-D --json -Y x", "--export and --json cannot be given together", 2 },
	{ "-Q x -D y --json", "--json takes one action for all devices", 2 },
	{ "--stop x --json", "--json goes with --detail, --examine", 2 },
	{ "--detail -x y", "option -x not valid in misc mode without --status", 2 },
	{ "-x 1 --status", "-x does not set the mode, and so cannot be the first option.", 2 },
	{ "--config-sync x", "--config-sync takes no devices; --config=FILE chooses the file", 2 },
	{ "-Q x --config-check", "--config-check takes no devices", 2 },
	{ "--config-sync --json", "--json goes with --detail, --examine", 2 },
	{ "--config- x", "mdadm: option '--config-' is ambiguous; possibilities: '--config-check' "
	  "'--config-sync'", 2 },
	{ "-C x --config-check", ":option --config-check not valid in create mode", 2 },
	{ "-A -s -x", "mdadm: option requires an argument -- 'x'", 2 },
	{ "--status -C x", "-C would set mdadm mode to \"create\"", 2 },
	{ "-C x -l1 -n1 y --json", "--json goes with --dry-run in create mode", 2 },
	{ "--json x", "--json does not set the mode, and so cannot be the first option.", 2 },
	{ "--create -h --assemble", "--assemble would set mdadm mode", 2 },
	{ "-I", "--incremental requires a device.", 1 },
	{ "-If", "--incremental requires a device.", 1 },
	{ "-I -R", "--incremental requires a device.", 1 },
	{ "-If x y", "'--incremental --fail' can only handle one device.", 1 },
	{ "-I -s x", "In --incremental mode, a device cannot be given with --scan.", 1 },
	{ "-Is", "--incremental --scan meaningless without --run.", 1 },
	{ "-IRs -f", "--incremental --scan --fail not supported.", 1 },
	{ "-I x --json", "--json goes with --dry-run in incremental mode", 2 },
	{ "--wait --scan", "No devices given.", 2 },
	{ "-R", "No devices given.", 2 },
	{ "-X", "No devices given.", 2 },
	{ "-X --scan", "No devices given.", 2 },
	{ "--dump=a x --dump=b y", "dump/restore directory specified twice: a and b", 2 },
	{ "--dump=a x --restore=b y", "dump/restore directory specified twice: a and b", 2 },
	{ "--dump=a", "No devices given.", 2 },
	{ "--dump=a --json x", "--json goes with --detail, --examine", 2 },
	{ "-Q x --for=idle", "--for goes with --wait only", 2 },
	{ "-Q x --timeout=3", "--timeout goes with --wait only", 2 },
	{ "-W --for=ever x", "--for takes idle, redundant or reshape, not ever", 2 },
	{ "-W --timeout=x y", "invalid timeout: x", 2 },
	{ "-W --timeout= y", "invalid timeout: ", 2 },
	{ "-W --timeout=-1 y", "invalid timeout: -1", 2 },
	{ "-W --timeout=9999999d y", "invalid timeout: 9999999d", 2 },
	{ "--destroy", "No devices given.", 2 },
	{ "x --add y --update=bbl", "--update in Manage mode only allowed with --re-add.", 1 },
	{ "x --re-add y --update=name", "only 'devicesize', 'bbl', 'no-bbl', and 'force-no-bbl' can be updated", 2 },
	{ "-Q --update=name x", "Only subarrays can be updated in misc mode", 2 },
	{ "-Q --name=x y", "-N/--name only valid with --update-subarray in misc mode", 2 },
	{ "--update-subarray=0 x", "-U/--update must be specified with --update-subarray", 1 },
	{ "--udev-rules x", "--udev-rules takes no devices: x", 1 },
	{ "--create -h -n x", "invalid number of raid devices: x", 2 },
};

static void test_wrong(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong_lines); i++) {
		const char *says = wrong_lines[i].says;
		struct line l;

		line_parse(&l, wrong_lines[i].line);
		CHECK(l.rc && l.status == wrong_lines[i].status &&
		      !strncmp(l.err.text, says, strlen(says)) &&
		      l.raw == !!strstr(l.err.text, "Usage:"), wrong_lines[i].line);
		request_free(&l.r);
	}
}

/* Known, and not there yet. */
static const char *const later_lines[][2] = {
	{ "--grow x -n 3 --add y", "--add" },
	{ "--follow -s -1", "--follow" },
	{ "-F -f -i /run/x", "--monitor" },
	{ "-A x --backup-file=y", "--backup-file" },
	{ "-C x -b clustered", "--bitmap=clustered" },
	{ "-C x -b clustered", "--bitmap=clustered" },
	{ "-C x --nodes=3", "--nodes" },
};

static void test_later(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(later_lines); i++) {
		struct line l;

		line_parse(&l, later_lines[i][0]);
		CHECK(!l.rc && l.r.unsupported && !strcmp(l.r.unsupported, later_lines[i][1]),
		      later_lines[i][0]);
		request_free(&l.r);
	}
}

/* Lines that clients use: mode, action, and the devices with what is done to each. */
static const struct {
	const char *line;
	enum mode_id mode;
	enum action action;
	const char *devices;
	bool needs_root;
} good_lines[] = {
	{ "--create NAME --run -l1 -n2 a b", MODE_CREATE, ACT_NONE, "NAME:0 a:0 b:0", true },
	{ "--create -e 1.2 --run NAME -l1 -n2 a missing", MODE_CREATE, ACT_NONE,
	  "NAME:0 a:0 missing:0", true },
	{ "NAME -C a", MODE_CREATE, ACT_NONE, "NAME:0 a:0", true },
	{ "-C x a -W b --failfast c", MODE_CREATE, ACT_NONE, "x:0 a:0 b:0w c:0wf", true },
	{ "-C x -l1 -n1 a --force", MODE_CREATE, ACT_NONE, "x:0 a:0", true },
	{ "-C x --force -l1 -n1 a", MODE_CREATE, ACT_NONE, "x:0 a:0", true },
	{ "-C x -- -a --b", MODE_CREATE, ACT_NONE, "x:0 -a:0 --b:0", true },
	{ "--assemble x --run a b", MODE_ASSEMBLE, ACT_NONE, "x:0 a:0 b:0", true },
	{ "-A x --uuid " UUID_1, MODE_ASSEMBLE, ACT_NONE, "x:0", true },
	{ "-A x -b internal", MODE_ASSEMBLE, ACT_NONE, "x:0", true },
	{ "-As --auto=yes --no-degraded", MODE_ASSEMBLE, ACT_NONE, "", true },
	{ "-q --assemble --scan --no-degraded", MODE_ASSEMBLE, ACT_NONE, "", true },
	{ "--auto-detect", MODE_AUTODETECT, ACT_NONE, "", true },
	{ "--run x", MODE_MISC, ACT_RUN, "x:11", true },
	{ "--manage x -o", MODE_MANAGE, ACT_READONLY, "x:0", false },
	{ "--manage --stop x", MODE_MANAGE, ACT_STOP, "x:0", false },
	{ "--manage x -S", MODE_MANAGE, ACT_STOP, "x:0", false },
	{ "-W --stop x", MODE_MISC, ACT_STOP, "x:4", true },
	{ "-S -Q x", MODE_MISC, ACT_QUERY, "x:3", false },
	{ "--query --detail --export x", MODE_MISC, ACT_DETAIL, "x:1", true },
	{ "--examine -E x", MODE_MISC, ACT_EXAMINE, "x:2", false },
	{ "-Q x -E y", MODE_MISC, ACT_EXAMINE, "x:3 y:2", false },
	{ "-D x --stop y z", MODE_MISC, ACT_STOP, "x:1 y:4 z:4", true },
	{ "-Y -E x", MODE_MISC, ACT_EXAMINE, "x:2", false },
	{ "-v --misc --examine --scan", MODE_MISC, ACT_EXAMINE, "", false },
	{ "-vv --stop --scan", MODE_MISC, ACT_STOP, "", true },
	{ "-Ds", MODE_MISC, ACT_DETAIL, "", true },
	{ "--zero-superblock --force a b", MODE_MISC, ACT_ZERO, "a:5 b:5", true },
	{ "--zero a", MODE_MISC, ACT_ZERO, "a:5", true },
	{ "-Dt x", MODE_MISC, ACT_DETAIL, "x:1", true },
	{ "x", MODE_MISC, ACT_QUERY, "x:3", false },
	{ "x -v", MODE_MISC, ACT_QUERY, "x:3", false },
	{ "-- x", MODE_MISC, ACT_QUERY, "x:3", false },
	{ "-Q -", MODE_MISC, ACT_QUERY, "-:3", false },
	{ "-X x --examine-badblocks y", MODE_MISC, ACT_EXAMINE_BADBLOCKS, "x:17 y:18", false },
	{ "--dump=d x", MODE_MISC, ACT_DUMP, "x:19", true },
	{ "--restore d x y", MODE_MISC, ACT_RESTORE, "x:20 y:20", true },
	{ "--destroy --run x", MODE_MISC, ACT_DESTROY, "x:21", true },
	{ "--run --destroy x", MODE_MISC, ACT_DESTROY, "x:21", true },
	{ "--udev-rules=f", MODE_MISC, ACT_UDEV_RULES, "", true },
	{ "--detail-platform", MODE_MISC, ACT_DETAIL_PLATFORM, "", true },
	{ "--kill-subarray=0 x", MODE_MISC, ACT_KILL_SUBARRAY, "x:24", true },
	{ "-W --for=redundant --timeout=10m x", MODE_MISC, ACT_WAIT, "x:14", false },
	{ "-W --json x", MODE_MISC, ACT_WAIT, "x:14", false },
	{ "--status", MODE_MISC, ACT_STATUS, "", false },
	{ "--action=check a b", MODE_MISC, ACT_SYNC_ACTION, "a:26 b:26", true },
	{ "--act idle a", MODE_MISC, ACT_SYNC_ACTION, "a:26", true },
	{ "--scrub start --all --time-limit 6h --json", MODE_MISC, ACT_SCRUB, "", true },
	{ "--scrub status", MODE_MISC, ACT_SCRUB, "", true },
	{ "--scrub pause a", MODE_MISC, ACT_SCRUB, "a:27", true },
	{ "--verify a b --json", MODE_MISC, ACT_VERIFY, "a:28 b:28", true },
	{ "--verify a --repair-block 7 --dry-run", MODE_MISC, ACT_VERIFY, "a:28", true },
	{ "--status -x", MODE_MISC, ACT_STATUS, "", false },
	{ "--status --json a b", MODE_MISC, ACT_STATUS, "a:7 b:7", false },
	{ "--boot-check", MODE_MISC, ACT_BOOT_CHECK, "", false },
	{ "--boot-check --json a b", MODE_MISC, ACT_BOOT_CHECK, "a:10 b:10", false },
	{ "--st --sc", MODE_MISC, ACT_STOP, "", true },
	{ "--config-check", MODE_MISC, ACT_CONFIG_CHECK, "", true },
	{ "--config-check --json --conf x", MODE_MISC, ACT_CONFIG_CHECK, "", true },
	{ "--config-s -c x --dry-run --json", MODE_MISC, ACT_CONFIG_SYNC, "", true },
	{ "--misc --conf x -Q y", MODE_MISC, ACT_QUERY, "y:3", false },
};

static void devices_text(const struct request *r, char *out, size_t cap)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->n_dev && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s:%d%s%s", i ? " " : "",
				      r->dev[i].name, (int)r->dev[i].action,
				      r->dev[i].write_mostly ? "w" : "",
				      r->dev[i].failfast ? "f" : "");
}

static void test_good(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(good_lines); i++) {
		char devices[256];
		struct line l;

		line_parse(&l, good_lines[i].line);
		devices_text(&l.r, devices, sizeof(devices));
		CHECK(!l.rc && !l.r.unsupported && l.r.mode == good_lines[i].mode &&
		      l.r.action == good_lines[i].action &&
		      l.r.needs_root == good_lines[i].needs_root &&
		      !strcmp(devices, good_lines[i].devices), good_lines[i].line);
		request_free(&l.r);
	}
}

static void test_durations(void)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} rows[] = { { "6h", 21600 }, { "90m", 5400 }, { "1h30min", 5400 }, { "2d", 172800 }, { "45sec", 45 } };
	char words[64];
	struct line l;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(words, sizeof(words), "--scrub start --all --time-limit=%s", rows[i].text);
		line_parse(&l, words);
		CHECK(!l.rc && l.r.time_limit_s == rows[i].seconds, rows[i].text);
		request_free(&l.r);
	}
}

static void test_values(void)
{
	struct line l;

	line_parse(&l, "-C x --level=raid5 -n 3 --spare-devices=1 -c 64 -p ls -z 10M -e1.0 "
		   "--name=home --uuid " UUID_1 " -b internal --bitmap-chunk=64M -d7 "
		   "--write-behind --data-offset=2048s --assume-clean -fRo -vv -k bitmap "
		   "--homehost=a --homehost=b");
	CHECK(!l.rc && l.r.have_level && l.r.level == 5 && l.r.raid_disks == 3 &&
	      l.r.spare_disks == 1 && l.r.have_chunk && l.r.chunk_sec == 128, "shape");
	CHECK(l.r.have_layout && !strcmp(l.r.layout, "ls") && l.r.have_size &&
	      l.r.size_sec == 20480 && l.r.have_data_offset && l.r.data_offset_sec == 2048,
	      "layout and places");
	CHECK(!strcmp(l.r.metadata, "1.0") && !strcmp(l.r.name, "home") && l.r.have_uuid &&
	      l.r.uuid.b[15] == 0xff && !strcmp(l.r.homehost, "b"), "identity");
	CHECK(l.r.bitmap == BITMAP_INTERNAL && l.r.bitmap_chunk_bytes == 64 << 20 &&
	      l.r.delay_s == 7 && l.r.write_behind == 256 && l.r.have_write_behind &&
	      l.r.consistency_policy == POLICY_BITMAP, "consistency");
	CHECK(l.r.force && l.r.run && l.r.readonly && l.r.assume_clean && l.r.verbosity == 2 &&
	      !l.r.brief && !l.r.note.text[0], "flags");
	request_free(&l.r);

	line_parse(&l, "-C x -l1 -n2 -z max --data-offset=variable -N -- -d1 -d2 -qq");
	CHECK(!l.rc && l.r.size_sec == UINT64_MAX && l.r.data_offset_variable &&
	      !strcmp(l.r.name, "--") && l.r.delay_s == 1 && l.r.verbosity == -1, "words");
	CHECK_TEXT(l.r.note.text, "only specify delay once. 2 ignored.");
	request_free(&l.r);

	line_parse(&l, "-C x -z 9s -l faulty -n 1 --brief");
	CHECK(!l.rc && l.r.size_sec == 8 && l.r.raid_disks == 1 && l.r.brief, "odd size");
	request_free(&l.r);
	line_parse(&l, "-A x -m dev --prefer=by-id -c none");
	CHECK(!l.rc && l.r.super_minor_dev && !strcmp(l.r.prefer, "by-id") &&
	      !strcmp(l.r.config_file, "none"), "assemble");
	request_free(&l.r);
}

static void check_help(const char *line, const char *has)
{
	struct line l;

	line_parse(&l, line);
	CHECK(!l.rc && l.r.help && strstr(l.r.help, has), line);
	request_free(&l.r);
}

static void test_help(void)
{
	struct line l;

	check_help("--help", "Usage: mdadm --create");
	check_help("-h --create", "Usage: mdadm --create");
	check_help("--create x -h", "--chunk=SIZE");
	check_help("--assemble --help", "--super-minor");
	check_help("--misc --help", "--zero-superblock");
	check_help("-D -h", "--zero-superblock");
	check_help("--manage --help", "--stop");
	check_help("--grow --help", "--bitmap");
	check_help("--build --help", "--assume-clean");
	check_help("--monitor --help", "Not yet:");
	check_help("--help-options", "sectors");
	check_help("-c --help", "mdadm.conf");
	check_help("--config=--help --bogus", "mdadm.conf");
	line_parse(&l, "-E -V --bogus");
	CHECK(!l.rc && l.r.want_version && !l.r.help, "--version ends the line");
	request_free(&l.r);
}

/* The long options of 4.2; those joined by '=' are the same to it. */
static const char *const old_names[] = {
	"manage", "misc", "assemble", "build", "create", "detail", "examine", "follow", "grow",
	"incremental", "zero-superblock", "query", "examine-bitmap", "auto-detect",
	"detail-platform", "kill-subarray", "update-subarray", "udev-rules", "offroot",
	"examine-badblocks", "dump", "restore", "monitor", "help", "help-options", "version",
	"verbose", "quiet", "chunk", "rounding", "level", "parity", "layout",
	"raid-disks=raid-devices", "spare-disks=spare-devices", "size", "auto", "assume-clean",
	"metadata", "bitmap", "bitmap-chunk", "write-behind", "write-mostly", "failfast",
	"nofailfast", "re-add", "homehost", "symlinks", "data-offset", "nodes", "home-cluster",
	"write-journal", "consistency-policy", "uuid", "super-minor", "name", "config", "scan",
	"force", "update", "freeze-reshape", "add", "add-spare", "add-journal", "remove", "fail",
	"set-faulty", "replace", "with", "run", "stop", "readonly", "readwrite", "no-degraded",
	"wait", "wait-clean", "action", "cluster-confirm", "brief", "no-devices", "export",
	"sparc2.2", "test", "prefer", "mail", "program", "alert", "increment", "delay",
	"daemonise=daemonize", "oneshot", "pid-file", "syslog", "no-sharing", "backup-file",
	"invalid-backup", "array-size", "continue", "rebuild-map", "path",
};

/* How many options of 4.2 a word could be. */
static unsigned int old_matches(const char *word)
{
	unsigned int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(old_names); i++) {
		const char *second = strchr(old_names[i], '=');

		n += !strncmp(old_names[i], word, strlen(word)) ||
		     (second && !strncmp(second + 1, word, strlen(word)));
	}
	return n;
}

/* Both words alone, or with a value that few take, get one answer, and that is about an option. */
static bool same_option(const char *word, const char *name, const char *value)
{
	struct line a, b;
	char text[64];
	bool same;

	snprintf(text, sizeof(text), "--%s%s", word, value);
	line_parse(&a, text);
	snprintf(text, sizeof(text), "--%s%s", name, value);
	line_parse(&b, text);
	same = a.rc == b.rc && !strcmp(a.err.text, b.err.text) && a.r.mode == b.r.mode &&
	       a.r.action == b.r.action && a.r.unsupported == b.r.unsupported;
	same = same && !strstr(a.err.text, "ambiguous") && !strstr(a.err.text, "unrecognized");
	request_free(&a.r);
	request_free(&b.r);
	return same;
}

/* --for=VALUE is ours: --force takes no value. */
static const char *value_for(const char *word)
{
	return strcmp(word, "for") ? "=x" : "";
}

/* A word that can be only one option of 4.2, or its synonym, is that one here. */
static bool abbreviations_hold(const char *name, const char *synonym)
{
	char word[40];
	bool ok = true;

	for (size_t n = 1; n <= strlen(name) && ok; n++) {
		snprintf(word, sizeof(word), "%.*s", (int)n, name);
		if (n < strlen(name) && old_matches(word) != 1)
			continue;
		ok = (same_option(word, name, "") && same_option(word, name, value_for(word))) ||
		     (same_option(word, synonym, "") && same_option(word, synonym, value_for(word)));
	}
	return ok;
}

static void test_abbreviations(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(old_names); i++) {
		autofree char *name = xstrdup(old_names[i]);
		char *synonym = strchr(name, '=');

		if (synonym)
			*synonym++ = '\0';
		else
			synonym = name;
		CHECK(abbreviations_hold(name, synonym), name);
		CHECK(abbreviations_hold(synonym, name), synonym);
	}
}

/* Any words: an answer or a sentence, never neither. */
static void test_any_words(void)
{
	static const char *const words[] = {
		"--create", "--assemble", "-D", "-E", "-Q", "-S", "--misc", "--manage", "-G", "a",
		"b", "--", "-", "-l", "1", "-n", "2", "--scan", "-c", "none", "--help", "-k",
		"bitmap", "-b", "internal", "-x", "-vYb", "--write-behind", "-W", "--stop", "-R",
		"--config=-h", "--add", "-r", "-f", "--l=5", "-p", "n2", "-z", "max", "--e",
	};
	uint64_t seed = 1;
	bool ok = true;

	for (int i = 0; i < 20000 && ok; i++) {
		char *argv[9] = { (char *)(uintptr_t)"mdadm" };
		int argc = 1 + (int)(unit_random(&seed) % 8), status = 0;
		struct err err = { "" };
		struct request r;
		bool raw = false;

		for (int k = 1; k < argc; k++)
			argv[k] = (char *)(uintptr_t)words[unit_random(&seed) % ARRAY_SIZE(words)];
		if (options_parse(argc, argv, &r, &raw, &status, &err))
			ok = err.text[0] && (status == 1 || status == 2);
		else
			ok = r.help || r.unsupported || r.mode != MODE_NONE;
		request_free(&r);
	}
	CHECK(ok, "any words");
	CHECK(1, "no leak, no overrun");
}

int main(void)
{
	test_wrong();
	test_later();
	test_good();
	test_durations();
	test_values();
	test_help();
	test_abbreviations();
	test_any_words();
	return unit_done();
}
