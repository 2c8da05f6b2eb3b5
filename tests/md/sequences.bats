#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest: -m 1G
#
# Two of the sequences of tests/sequences each of RAID1 and RAID5: members change at random under load; the
# content stays, and what the program says of the array is right after each step.

load lib
load sequences

setup_file() {
	[ -x "$BATS_TEST_DIRNAME/../../build/tools/load" ]
}

some() {
	# shellcheck disable=SC2034 # sequences looks at it
	FIO_EVERY=0
	fewer_traps
	run sequences "$1" 2 "${SEQ_SEED:-$RANDOM}"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"done: $1: 2 sequences, 0 faults, "* ]]
}

@test "sequences of changes to a RAID1" {
	some raid1
}

@test "sequences of changes to a RAID5" {
	some raid5
}
