#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Changes to the members of a running array that die or fail on their way: a part of what
# `make faults` tries.
#
# guest: -m 1G

load lib
load proof
load faults
load faults-manage

teardown() {
	rm -rf /run/mdadm /dev/md "$UNDO"
	room_close
}

# some COMMAND STRIDE: a part of the calls and steps, by death and by errors.
some() {
	scenario "$1" raid1 1.2 --assume-clean -b internal
	count_calls
	((${#CALLS[@]} >= 2))
	every SIGKILL "$2" 1
	((OTHER == 0 && POINTS))
	every EIO "$2" 3
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
