#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --wait with --for, --timeout and --json: each end has an exit status of its own.

load lib
load beside
load proof

bats_require_minimum_version 1.5.0

setup() {
	room_open
	resync_speed 1
}

teardown() {
	resync_speed 200000
	wait
	room_close
}

# later COMMAND...: a moment after the test goes on.
later() {
	(read -r -t 0.5 -u "$NEVER" || "$@") &
}

fail() {
	echo faulty >"/sys/block/md0/md/dev-${1#/dev/}/state"
}

# ends STATUS PATTERN ARGS...
ends() {
	local want=$1 pattern=$2

	shift 2
	run "$MDADM" --wait "$@"
	echo "$status: $*: $output"
	[ "$status" = "$want" ] && [[ $output =~ $pattern ]]
}

@test "nothing to do, timeout, done" {
	disks 2 40M
	"$MDADM" -C /dev/md0 -q -R -l1 -n2 "${DISKS[@]}"
	ends 3 '^mdadm: /dev/md0: the time is over$' --timeout=0 /dev/md0
	ends 3 'the time is over' --for=idle --timeout=1s /dev/md0
	ends 3 'the time is over' --for=redundant --timeout=1 /dev/md0
	ends 1 '^$' --for=reshape --timeout=1 /dev/md0
	later resync_speed 200000
	ends 0 '^$' --for=redundant --timeout=1m /dev/md0
	md_is md0 sync_action idle
	ends 1 '^$' --for=redundant /dev/md0
	ends 1 '^$' --for=idle --timeout=2h md0
	ends 2 'error opening /dev/md9' --for=idle /dev/md9
	ends 2 'not appear to be an md device' --for=idle "${DISKS[0]}"
	# plain as it always was
	ends 1 '^$' /dev/md0
	# the largest of several
	ends 2 'error opening' --for=idle /dev/md0 /dev/md9
}

@test "not redundant: no spare; a spare that fails; RAID0; not started" {
	disks 3 40M
	"$MDADM" -C /dev/md0 -q -R -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	fail "${DISKS[1]}"
	ends 5 'members are missing, and no spare' --for=redundant /dev/md0
	"$ORACLE" -q /dev/md0 --add "${DISKS[2]}"
	wait_for 5 md_is md0 sync_action recover
	later fail "${DISKS[2]}"
	ends 5 'the recovery has ended, and no more members' --for=idle --timeout=1m /dev/md0
	stop_arrays
	"$MDADM" -q --zero-superblock "${DISKS[@]}"
	"$MDADM" -C /dev/md0 -q -R -l0 -n2 "${DISKS[@]:0:2}"
	ends 5 'no redundancy' --for=redundant /dev/md0
	ends 1 '^$' --for=idle /dev/md0
	stop_arrays
	"$MDADM" -q -I "${DISKS[0]}"
	ends 5 'not started' --for=redundant /dev/md0
}

@test "a recovery; an array that is stopped; one that waits for a write" {
	disks 3 40M
	"$MDADM" -C /dev/md0 -q -R -l5 -n3 "${DISKS[@]}"
	wait_for 5 md_is md0 sync_action recover
	later resync_speed 200000
	ends 0 '^$' --for=redundant --timeout=1m /dev/md0
	resync_speed 1
	echo check >/sys/block/md0/md/sync_action
	ends 1 '^$' --for=redundant --timeout=1m /dev/md0
	stop_arrays
	"$MDADM" -q --zero-superblock "${DISKS[@]}"
	"$MDADM" -C /dev/md0 -q -R -l1 -n2 "${DISKS[@]:0:2}"
	later "$MDADM" -q --stop /dev/md0
	ends 4 'the array is gone' --for=redundant --timeout=1m /dev/md0
	wait
	"$MDADM" -q --assemble --readonly /dev/md0 "${DISKS[@]:0:2}"
	ends 5 'synchronised|nothing is under way' --for=redundant /dev/md0
}

@test "lines of JSON as in the schema, progress on a terminal" {
	disks 2 40M
	"$MDADM" -C /dev/md0 -q -R -l1 -n2 "${DISKS[@]}"
	later resync_speed 2000
	run -0 --separate-stderr "$MDADM" --wait --json --timeout=5m /dev/md0
	[ -z "$stderr" ]
	echo "$output"
	echo "$output" >lines
	python3 - "$BATS_TEST_DIRNAME/../../mdadm-report.schema.json" lines <<-'END'
		import json, sys, jsonschema
		schema = json.load(open(sys.argv[1]))
		lines = [json.loads(line) for line in open(sys.argv[2])]
		for line in lines:
		    jsonschema.validate(line, schema)
		assert len(lines) > 1 and lines[0]["activity"] == "resync" and lines[0]["result"] is None
		assert [line["result"] for line in lines[1:]] == [None] * (len(lines) - 2) + ["done"]
		assert lines[-1]["exit_status"] == 0 and lines[-1]["in_sync_devices"] == 2
	END
	run -2 "$MDADM" --wait --json /dev/md9
	[[ $output == *'"result": "error", "exit_status": 2'* ]]
	echo check >/sys/block/md0/md/sync_action
	resync_speed 1
	run_pty '' "$MDADM" --wait --timeout=1 /dev/md0
	[ "$status" = 3 ]
	[[ $output =~ "mdadm: /dev/md0: check, "[0-9]+"% done" ]]
}
