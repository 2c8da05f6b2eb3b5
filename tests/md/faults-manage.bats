#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Changes to a running array, and to the metadata of members, that die or fail on their way: a part
# of what `make faults` tries.
#
# guest: -m 1G

load lib
load proof
load faults
load faults-manage
load faults-array

teardown() {
	stop_arrays
	! mountpoint -q "$BITMAPS" || over_bitmapfile
	over_scrub
	rm -rf /run/mdadm /dev/md "$UNDO"
	room_close
}

# some COMMAND STRIDE [LEVEL METADATA OPTION...]: a part of the calls and steps, by death and by errors.
some() {
	local command=$1 stride=$2

	shift 2
	(($#)) || set -- raid1 1.2 --assume-clean -b internal
	scenario "$command" "$@"
	count_calls
	((${#CALLS[@]} >= 2))
	every SIGKILL "$stride" 1
	((OTHER == 0 && POINTS))
	every EIO "$stride" 3
	((OTHER == 0 && POINTS))
}

# killed_at TEXT: at the first call that has it, and the one behind.
killed_at() {
	local i

	for i in "${!CALLS[@]}"; do
		[[ ${CALLS[i]} == *$1* ]] && break
	done
	[[ ${CALLS[i]} == *$1* ]]
	every SIGKILL ${#CALLS[@]} $((i + 1))
	((OTHER == 0 && POINTS))
	every SIGKILL ${#CALLS[@]} $((i + 2))
	((OTHER == 0 && POINTS))
}

@test "a member fails, leaves" {
	some fail 2
	scenario_over
	some remove 2
	scenario_over
}

@test "a new one comes, an old one comes back" {
	some add 9
	scenario_over
	some readd 4
	scenario_over
}

@test "replace with a named spare, killed while the array is frozen: it thaws by itself" {
	some replace 3
	every_step SIGKILL
	((OTHER == 0 && POINTS))
	scenario_over
}

@test "two come in at once, killed while the array is frozen" {
	some adds 45
	killed_at "write */sync_action"
	scenario_over
}

@test "a journal comes" {
	some journal 22 raid5 1.2 -c 64 -b none
	scenario_over
}

@test "writable again; a bitmap on members and one in a file" {
	some readwrite 3
	scenario_over
	some bitmap 8
	scenario_over
	some bitmapfile 12
	scenario_over
}

@test "a block is put right: nothing waits for who is killed, neither writes nor a check" {
	scenario repair raid6 1.0 -c 64 --assume-clean
	count_calls
	killed_at "write */sync_action"
	scenario_over
}

@test "a check that has begun goes on when who began it is killed" {
	scenario scrub raid1 1.2 --assume-clean
	count_calls
	killed_at "write */sync_action"
	scenario_over
}

@test "an array is destroyed; metadata is saved" {
	some destroy 20
	killed_at STOP_ARRAY
	scenario_over
	some dump 8
	scenario_over
}
