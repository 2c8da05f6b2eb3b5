#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Commands that die or fail on their way: a part of what `make faults` tries.
#
# guest: -m 1G

load lib
load proof
load faults

teardown() {
	rm -rf /run/mdadm /dev/md "$UNDO"
	room_close
}

# some COMMAND LEVEL METADATA OPTION...: every twelfth call, among them the start of the array.
some() {
	scenario "$@"
	count_calls
	((${#CALLS[@]} >= 6))
	every SIGKILL 12 "$(first RUN_ARRAY 12)"
	((OTHER == 0 && POINTS))
	every EIO 12 2
	((OTHER == 0 && POINTS))
	scenario_over
}

# The least point from which every STRIDE-th meets the named call; 3 when it is not made.
first() {
	local i

	for i in "${!CALLS[@]}"; do
		[[ ${CALLS[i]} != *$1* ]] || { echo $((i % $2 + 1)) && return; }
	done
	echo 3
}

@test "create" {
	OLD_METADATA=0.90 some create raid1 1.2 --assume-clean -b internal
}

@test "assemble" {
	some assemble raid10 0.90 -c 64 --assume-clean
}

@test "stop and zero-superblock" {
	some stop raid1 1.2 --assume-clean
	some zero raid1 1.2 --assume-clean
}

@test "undo" {
	OLD_METADATA=1.1 some undo raid1 1.2 --assume-clean
}

@test "create killed with the array half made: the next one clears it, whatever its name" {
	scenario create raid1 1.2 --assume-clean
	count_calls
	start_over
	hit -k -n "$(point_of RUN_ARRAY)"
	[ "$(md_attr "$NODE" array_state)" = inactive ]
	[ -e /run/mdadm/creating-"$NODE" ]
	"$MDADM" --create away "${SHAPE[@]}"
	is_there "$NODE" /dev/md/away 1.2
	no_litter && [ -z "$COMPLAINT" ]
}

@test "an array that was not started and is not ours stays when a killed one is cleared" {
	scenario create raid1 1.2 --assume-clean
	count_calls
	start_over
	new_array md5
	echo 1.2 >/sys/block/md5/md/metadata_version
	echo 2 >/sys/block/md5/md/raid_disks
	echo raid1 >/sys/block/md5/md/level
	hit -k -n "$(point_of RUN_ARRAY)"
	"$MDADM" --create home "${SHAPE[@]}"
	[ "$(md_attr md5 array_state)" = inactive ]
	# and when it has the number that is asked for it is in use, not taken to be a leftover
	"$MDADM" --stop "$LINK"
	"$INJECT" -k -n "$(point_of RUN_ARRAY)" -- "$MDADM" --create /dev/md5 "${SHAPE[@]}" || :
	[ "$(md_attr md5 array_state)" = inactive ]
}

# The number of the first call with that name.
point_of() {
	local i

	for i in "${!CALLS[@]}"; do
		[[ ${CALLS[i]} != *$1* ]] || { echo $((i + 1)) && return; }
	done
	return 1
}

@test "a step fails" {
	scenario create raid1 1.2 --assume-clean
	every_step EIO
	((OTHER == 0 && POINTS > 10))
	scenario_over
}

@test "two at once" {
	scenario create raid1 1.2 --assume-clean
	count_calls
	STRIDE=10 every_pair "the same at once" "${COMMAND_LINE[@]}"
	((OTHER == 0 && POINTS > 3))
	scenario_over
	scenario stop raid1 1.2 --assume-clean
	count_calls
	STRIDE=3 every_pair "the same at once" "${COMMAND_LINE[@]}"
	((OTHER == 0 && POINTS > 3))
	scenario_over
}
