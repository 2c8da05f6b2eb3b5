#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --status: the state of arrays that are whole, busy, degraded, failed and not started; what it
# suggests is done, and works.
# guest: -m 1G

# shellcheck disable=SC2030,SC2031 # each test is a process

load lib
load beside
load views

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2034 # views.bash makes them
VIEWS=(status status-json)

# status_is EXIT WORD REDUNDANCY: the array's; both forms are kept for agree status.
status_is() {
	N=$((N + 1))
	run -"$1" --separate-stderr "$MDADM" --status --json "$A"
	echo "$output" >status-json/$N.out
	run -"$1" --separate-stderr "$MDADM" --status "$A"
	echo "$output" | tee status/$N.out
	[ -z "$stderr" ]
	[[ $output == *" State : $2"$'\n'* ]]
	[[ $3 == - || $output == *" Redundancy : $3"* ]]
}

# The commands that the last status_is printed.
commands() {
	sed -n 's/^ *Command : //p' "status/$N.out"
}

# Runs them as they are, with the program under test as mdadm.
do_commands() {
	local text

	text=$(commands)
	[ -n "$text" ]
	echo "$text"
	bash -euc "mdadm() { \"$MDADM\" \"\$@\"; }; $text"
}

nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

fail() {
	echo faulty >"/sys/block/md0/md/dev-${1#/dev/}/state" || :
	wait_for 10 grep -q "${1#/dev/}.*(F)" /proc/mdstat
}

@test "whole arrays of every level, for anybody" {
	local words level redundancy options

	disks 4 40M
	for words in "linear 0" "0 0" "1 3" "4 1" "5 1" "6 2" "10 1" "10 2 -p f3"; do
		read -r level redundancy options <<<"$words"
		# shellcheck disable=SC2086 # words
		create -l "$level" $options -n 4 --assume-clean "${DISKS[@]}"
		status_is 0 healthy "$redundancy"
		run -0 --separate-stderr nobody "$MDADM" --status "$A"
		[ -z "$stderr" ]
		diff <(echo "$output") status/$N.out
		run -0 "$MDADM" --status -x
		[ "$output" = "All arrays are healthy." ]
		stop_arrays
	done
	agree status
	run -0 "$MDADM" --status
	[ "$output" = "There are no arrays." ]
	run -1 --separate-stderr "$MDADM" --status /dev/null
	[ "$stderr" = "mdadm: /dev/null does not appear to be an md device" ]
}

@test "from whole to failed, member by member; a spare steps in" {
	disks 5 40M
	create -l 6 -n 4 -x 1 --assume-clean "${DISKS[@]}"
	status_is 0 healthy 2
	echo frozen >/sys/block/md0/md/sync_action
	fail "${DISKS[0]}"
	status_is 5 degraded 1
	resync_speed 100
	do_commands
	wait_for 10 grep -q recovery /proc/mdstat
	status_is 3 rebuilding 1
	run -3 "$MDADM" --status -x
	[ "$output" = "No array needs a person." ]
	resync_speed 200000
	wait_idle md0
	status_is 4 warned 2
	fail "${DISKS[1]}"
	status_is 5 degraded 1
	[ -z "$(commands)" ]
	fail "${DISKS[2]}"
	status_is 6 exposed 0
	fail "${DISKS[3]}"
	status_is 8 failed -
	do_commands >out
	grep -q 'Device Role' out
	agree status
}

@test "the worst of several is the exit status, -x leaves out those that are well" {
	disks 7 40M
	A=/dev/md1 create -l 1 -n 2 --assume-clean "${DISKS[@]:0:2}"
	A=/dev/md2 create -l 5 -n 3 --assume-clean "${DISKS[@]:2:2}" missing
	A=/dev/md/three create -l 1 -n 3 --assume-clean "${DISKS[@]:4:2}" missing
	run -6 "$MDADM" --status
	[ "$(grep -c ' State : ' <<<"$output")" = 3 ]
	run -6 "$MDADM" --status -x
	[ "$(grep ' State : ' <<<"$output" | sort | tr -d ' \n')" = State:degradedState:exposed ]
	[[ $output == *"/dev/md/three:"* ]]
	run -5 "$MDADM" --status /dev/md1 /dev/md/three
	run -0 "$MDADM" --status /dev/md1
	run -6 "$MDADM" --status --json
	[ "$(grep -c '"state": "\(healthy\|degraded\|exposed\)"' <<<"$output")" = 3 ]
}

@test "beside another action the larger of both exit statuses counts" {
	disks 2 40M
	create -l 1 -n 2 --assume-clean "${DISKS[0]}" missing
	run -6 "$MDADM" --detail --test "$A" --status "$A"
	run -6 "$MDADM" --detail /dev/null --status "$A"
	stop_arrays
	create -l 1 -n 2 --assume-clean "${DISKS[@]}"
	run -1 "$MDADM" --detail /dev/null --status "$A"
	run -0 "$MDADM" --detail "$A" --status "$A"
}

# json_number KEY: of the last document.
json_number() {
	sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p" "status-json/$N.out"
}

@test "how far it is, and how long it takes" {
	local percent seconds speed size

	disks 3 200M
	resync_speed 200
	create -l 5 -n 3 --force "${DISKS[@]}"
	wait_for 20 grep -q '^[1-9]' /sys/block/md0/md/sync_speed
	status_is 3 resyncing 0
	[[ $output =~ Activity\ :\ resync,\ [0-9]+%\ done,\ (about\ [0-9]+|less\ than\ a)\ minutes?\ to\ go ]]
	percent=$(json_number activity_percent)
	seconds=$(json_number activity_remaining_seconds)
	speed=$(json_number activity_speed_bytes_per_second)
	size=$(($(md_attr md0 component_size) * 1024))
	# what is left of a member, to the second and the percent
	((seconds * speed <= size * (101 - percent) / 100))
	((seconds * speed + speed >= size * (99 - percent) / 100))
	((seconds > 10))
	agree status
}

@test "check is no matter, a resync that waits is" {
	disks 3 40M
	create -l 5 -n 3 --assume-clean "${DISKS[@]}"
	resync_speed 1
	echo check >/sys/block/md0/md/sync_action
	status_is 0 healthy 1
	[[ $output == *"Activity : check"* ]]
	echo idle >/sys/block/md0/md/sync_action
	stop_arrays
	create -l 1 -n 2 --readonly "${DISKS[@]:0:2}"
	status_is 3 resyncing 1
	[[ $output == *"as soon as something is written"* ]]
	agree status
}

# inactive DISK...: md0 with these members, not started, as the kernel or udev leaves it.
inactive() {
	local disk

	new_array md0
	echo "${META:-1.2}" >/sys/block/md0/md/metadata_version
	for disk in "$@"; do
		cat "/sys/block/${disk#/dev/}/dev" >/sys/block/md0/md/new_dev
	done
	md_is md0 array_state inactive
}

@test "not started: all members are there, taken or not" {
	disks 4 40M
	for META in 1.2 1.0 0.90; do
		create -l 5 -n 3 -x 1 -e $META --assume-clean "${DISKS[@]}"
		"$MDADM" --quiet --stop "$A"
		inactive "${DISKS[0]}" "${DISKS[2]}"
		status_is 7 inactive -
		[[ $output == *"Level : raid5"*"Slots : 3"*"All its members are there."* ]]
		[[ $output == *"Slot 1 : ${DISKS[1]}: in step, not taken yet"* ]]
		do_commands
		status_is 0 healthy 1
		[ "$(md_attr md0 raid_disks)" = 3 ]
		"$MDADM" --quiet --stop "$A"
	done
	agree status
}

@test "not started: one member is gone, and it can do without" {
	disks 3 40M
	create -l 5 -n 3 --assume-clean "${DISKS[@]}"
	"$MDADM" --quiet --stop "$A"
	losetup -d "${DISKS[1]}"
	wait_for 10 loop_free "${DISKS[1]}"
	unset 'DISKS[1]'
	inactive "${DISKS[0]}"
	status_is 7 inactive -
	[[ $output == *"Of its 3 members 2 are there; nothing that is up to date is in slot 1."* ]]
	[[ $output == *"Slot 1 : missing"* ]]
	do_commands
	status_is 6 exposed 0
	agree status
}

@test "not started: too few, until the missing ones come back" {
	local file

	disks 3 40M
	create -l 5 -n 3 --assume-clean "${DISKS[@]}"
	"$MDADM" --quiet --stop "$A"
	file=$(losetup -nO BACK-FILE "${DISKS[1]}")
	losetup -d "${DISKS[1]}"
	wait_for 10 loop_free "${DISKS[1]}"
	"$MDADM" --quiet --zero-superblock "${DISKS[2]}"
	inactive "${DISKS[0]}"
	status_is 7 inactive -
	[[ $output == *"1 is there"*"in slots 1 and 2."* ]]
	run -7 "$MDADM" --status -x
	[[ $output == *inactive* ]]
	DISKS[1]=$(losetup --show -f "${file%% *}")
	do_commands
	status_is 6 exposed 0
	agree status
}

@test "not started, and looked at by nobody" {
	disks 2 40M
	create -l 1 -n 2 --assume-clean "${DISKS[@]}"
	"$MDADM" --quiet --stop "$A"
	inactive "${DISKS[@]}"
	run -7 --separate-stderr nobody "$MDADM" --status "$A"
	[ -z "$stderr" ]
	[[ $output == *"State : inactive"*"as root"* ]]
}

@test "raid0 and linear that lost a member" {
	local level

	disks 2 40M
	for level in 0 linear; do
		create -l $level -n 2 "${DISKS[@]}"
		# the driver keeps it, and calls the array broken
		echo faulty >"/sys/block/md0/md/dev-${DISKS[1]#/dev/}/state" || :
		status_is 8 failed -
		[[ $output != *Redundancy* ]]
		do_commands >out
		stop_arrays
	done
	agree status
}
