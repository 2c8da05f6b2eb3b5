#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Proves the room: the driver, the disks, the helpers; and the reference program in it.

load lib

@test "the driver knows every level" {
	local level

	for level in linear multipath faulty raid0 raid1 raid4 raid5 raid6 raid10; do
		grep -q "\[$level\]" /proc/mdstat
	done
}

@test "an array can be made and cleared through sysfs" {
	new_array md_room
	md_is md_room array_state clear
	[ "$(arrays)" = md_room ]
}

@test "fresh disks are blank and of the size asked for" {
	disks 2 20M
	[ ${#DISKS[@]} = 2 ]
	[ "$(blockdev --getsize64 "${DISKS[1]}")" = $((20 << 20)) ]
	cmp -n $((20 << 20)) "${DISKS[0]}" /dev/zero
}

@test "the reference program creates and stops a mirror" {
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	disks 2 40M
	run "$ORACLE" --create /dev/md0 --run --level=1 --raid-devices=2 "${DISKS[@]}"
	echo "$output"
	[ "$status" = 0 ]
	md_is md0 level raid1
	wait_idle md0
	"$ORACLE" --stop /dev/md0
	[ -z "$(arrays)" ]
}

@test "arrays on arrays are stopped at the end of a test" {
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	disks 4 40M
	"$ORACLE" --create /dev/md1 --run --assume-clean -l1 -n2 "${DISKS[@]:0:2}"
	"$ORACLE" --create /dev/md2 --run --assume-clean -l1 -n2 "${DISKS[@]:2:2}"
	"$ORACLE" --create /dev/md3 --run -l0 -n2 /dev/md1 /dev/md2
	stop_arrays
	[ -z "$(arrays)" ]
}

@test "leftovers are noticed" {
	mkdir -p /run/mdadm
	: >/run/mdadm/creating-md0
	run no_leftovers
	[ "$status" = 1 ]
	no_leftovers
}

@test "a command can be answered on a terminal" {
	# shellcheck disable=SC2016 # for that shell
	run_pty 'y\n' sh -c 'test -t 0 && test -t 1 && read -r a && echo "got $a"; exit 3'
	echo "$output"
	[ "$status" = 3 ]
	[[ $output == *"got y"* ]]
}
