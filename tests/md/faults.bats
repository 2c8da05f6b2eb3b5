#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Commands that die or fail on their way: a part of what `make faults` tries.
#
# guest: -m 1G

# shellcheck disable=SC2030,SC2031 # each test is a process

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

@test "a device appears, the first and the last" {
	some attach raid1 1.2 --assume-clean
	some complete raid1 1.2 --assume-clean
}

@test "run, and the map" {
	some run raid1 1.2 --assume-clean
	some map raid1 1.2 --assume-clean
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
	tidy
}

@test "an array that was not started and is not ours stays when a killed one is cleared" {
	scenario create raid1 1.2 --assume-clean
	count_calls
	start_over
	waiting md5
	hit -k -n "$(point_of RUN_ARRAY)"
	"$MDADM" --create home "${SHAPE[@]}"
	[ "$(md_attr md5 array_state)" = inactive ]
	# and when it has the number that is asked for it is in use, not taken to be a leftover
	"$MDADM" --stop "$LINK"
	"$INJECT" -k -n "$(point_of RUN_ARRAY)" -- "$MDADM" --create /dev/md5 "${SHAPE[@]}" || :
	[ "$(md_attr md5 array_state)" = inactive ]
}

tidy() {
	COMPLAINT=
	no_litter
	[ -z "$COMPLAINT" ]
}

# killed WHERE: a create of /dev/md/home dies there, where 0 is the start of the array and 1 the
# call behind it; udev has made the name.
killed() {
	start_over
	hit -k -n "$(($(point_of RUN_ARRAY) + $1))"
	mkdir -p /dev/md
	ln -sfn "/dev/$NODE" "$LINK"
	# noted before it was made, and after
	[[ $(</run/mdadm/map.lock) == "$NODE"$'\n'"$NODE "* ]]
	line_of "$NODE" /run/mdadm/map
	[ -e /run/mdadm/creating-"$NODE" ]
}

@test "what a killed create left half made goes with all that belongs to it" {
	scenario create raid1 1.2 --assume-clean
	count_calls
	disks 2 3M
	# whoever locks the map clears, whatever it is about
	killed 0
	[ "$(md_attr "$NODE" array_state)" = inactive ]
	"$MDADM" --create /dev/md5 -q -R -l1 -n2 --assume-clean "${DISKS[@]:2}"
	is_gone "$NODE" "$LINK"
	is_there md5 /dev/md5 1.2
	tidy
	stop_arrays
	# who looks at members clears first, since they would be held
	killed 0
	"$MDADM" --assemble /dev/md6 -q "${DISKS[@]:0:2}"
	is_gone "$NODE" "$LINK"
	is_there md6 /dev/md6 1.2
	tidy
}

@test "what a killed create has started stays with all that belongs to it" {
	local program

	scenario create raid1 1.2 --assume-clean
	count_calls
	disks 2 3M
	for program in "$MDADM" "$FAULTY"; do
		killed 1
		runs_still
		run "$program" --create /dev/md5 -q -R -l1 -n2 --assume-clean "${DISKS[@]:2}"
		echo "$output"
		[ "$status:$output" = 0: ]
		runs_still
		is_there "$NODE" "$LINK" 1.2
		is_there md5 /dev/md5 1.2
		tidy
		wait_for 20 no_arrays
		"$MDADM" -q --zero-superblock "${DISKS[@]:2}"
	done
}

runs_still() {
	# shellcheck disable=SC2034 # runs looks at it
	ARRAY=$(md_attr "$NODE" array_state)
	runs
}

# waiting mdX: an array of another program that has its first properties and no members yet.
waiting() {
	new_array "$1"
	echo 1.2 >/sys/block/"$1"/md/metadata_version
	echo 2 >/sys/block/"$1"/md/raid_disks
	echo raid1 >/sys/block/"$1"/md/level
}

@test "what a killed one is said to have left is not believed when it cannot be its own" {
	local note
	local -a notes=('../../x' '/dev/md5' 'md/../../../x' md5 'md5 1' 'md5 x' 'md5  ' '' ' ' md999
		'md999 18446744073709551616' "md$(printf 'x%.0s' {1..100})" $'md5\tx' '..' "md5 -1")

	disks 2 3M
	waiting md5
	mkdir -p /run/mdadm/creating-.. /dev/md
	touch /run/x /dev/x
	ln -sfn /dev/md5 /dev/md/five
	for note in "${notes[@]}"; do
		echo 'md5 1.2 00000000:00000000:00000000:00000005 /dev/md/five' >/run/mdadm/map
		echo "$note" >/run/mdadm/map.lock
		run "$MDADM" --create /dev/md6 -q -R -l1 -n2 --assume-clean "${DISKS[@]}"
		echo "$note -> $status $output"
		[ "$status:$output" = 0: ]
		[ -e /sys/block/md6/md/array_state ]
		line_of md6 /run/mdadm/map
		[ "$(md_attr md5 array_state)" = inactive ]
		line_of md5 /run/mdadm/map
		[[ -e /run/x && -e /dev/x && -L /dev/md/five && ! -e /run/mdadm/map.lock ]]
		"$MDADM" -q --stop /dev/md6
		"$MDADM" -q --zero-superblock "${DISKS[@]}"
	done
	rm -r /run/x /dev/x /run/mdadm/creating-..
}

@test "the number of what a killed one left half made may be another's by then" {
	scenario create raid1 1.2 --assume-clean
	count_calls
	disks 2 3M
	killed 0
	stop_arrays
	wait_for 5 [ ! -e /sys/block/"$NODE" ]
	waiting "$NODE"
	"$MDADM" --create /dev/md5 -q -R -l1 -n2 --assume-clean "${DISKS[@]:2}"
	[ "$(md_attr "$NODE" array_state)" = inactive ]
	tidy
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

# was_noticed: the write was refused. FILE: the member that was written to.
was_noticed() {
	local disk

	# shellcheck disable=SC2153 # hit_step sets it
	echo "$HIT: $STATUS: $SAID"
	[ "$STATUS" = 1 ]
	one_line "$SAID"
	[[ $SAID =~ (/dev/[a-z0-9]+)\ has\ changed\ since\ it\ was\ looked\ at ]]
	disk=${BASH_REMATCH[1]}
	FILE=$(<"/sys/block/${disk#/dev/}/loop/backing_file")
}

# all_but_foreign: every byte is as it was, but those that the other program wrote, which are there.
all_but_foreign() {
	local file differ

	# shellcheck disable=SC2153 # those of the scenario
	for file in "${FILES[@]}"; do
		differ=$(cmp -l "$file" "$SAVED/${file##*/}" | wc -l)
		if [ "$file" = "$FILE" ]; then
			((differ > 0 && differ <= 7))
			[ "$(grep -ac foreign "$file")" = 1 ]
		else
			((differ == 0))
		fi
	done
	is_gone "$NODE" "$LINK"
	tidy
	[ -z "$(compgen -G "$UNDO/*")" ]
}

# at_each_write LEAST: another program writes to the place of each write step just before it.
at_each_write() {
	local n writes=0

	for ((n = 1; ; n = ${HIT#step } + 1)); do
		start_over
		# shellcheck disable=SC2034 # start_over looks at it
		TOUCHED=1
		rm -f /run/step
		FAULT_KIND='write' hit_step FOREIGN $n
		[ -n "$HIT" ] || break
		was_noticed
		all_but_foreign
		((++writes))
	done
	((writes >= $1))
}

@test "a member that is written to between the keeping of its bytes and the write: refused" {
	scenario create raid1 1.2 --assume-clean -b internal
	at_each_write 2
	scenario_over
	OLD_METADATA=0.90 scenario create raid1 1.2 --assume-clean
	at_each_write 4
	scenario_over
	# each device is a matter of its own there
	scenario zero raid1 1.2 --assume-clean
	COMMAND_LINE=("${COMMAND_LINE[@]:0:4}")
	at_each_write 2
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
