#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What comes up at boot when something is in the way: a member that somebody reads, a name that cannot be
# had, rubbish in /run/mdadm.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process

bats_require_minimum_version 1.5.0

load lib
load beside
load proof
load assemble

teardown() {
	[ -n "${ORACLE:-}" ] || return 0
	[ ! -e /dev/mapper/slow ] || dmsetup resume --noudevsync slow
	no_mappers
	rm -rf /run/disks/saved
	resync_speed 200000
	DISKS=()
	room_close
}

# mirror: two disks, and an array of them that is stopped.
mirror() {
	fresh 2
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]}"
	ended
}

# alone DISK SECONDS: a process has it open alone; it writes a line once it has.
alone() {
	exec python3 - "$@" <<-'PY'
		import os, sys, time
		os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL)
		print("has", flush=True)
		time.sleep(float(sys.argv[2]))
	PY
}

# Does the process wait for a disk?
reads() {
	[[ $(<"/proc/$1/stat") == *") D "* ]]
}

@test "a member that is only just read by another is waited for, not left out" {
	local pid

	mirror
	alone "${DISKS[0]}" 0.7 >has &
	pid=$!
	wait_for 20 grep -q has has
	run -0 "$MDADM" --assemble --scan
	wait $pid
	echo "$output"
	[ "$(md_attr md127 degraded)" = 0 ]
}

@test "a member that somebody without a name keeps: no degraded start but with --run" {
	local pid

	mirror
	alone "${DISKS[0]}" 60 >has &
	pid=$!
	wait_for 20 grep -q has has
	run -1 "$MDADM" --assemble --scan
	echo "$output"
	[[ $output == *"${DISKS[0]} is busy - skipping: a process has it open"* ]]
	[[ $output == *"/dev/md/one assembled from 1 drive - need all 2 to start it"* ]]
	[ -z "$(arrays)" ]
	run -0 "$MDADM" --assemble --scan --run
	echo "$output"
	kill $pid
	wait $pid || :
	[ "$(md_attr md127 degraded)" = 1 ]
}

@test "--incremental reads a slow member without keeping others from it" {
	local slow=/dev/mapper/slow pid

	mirror
	mapper slow 16384 linear "${DISKS[0]}" 0
	dmsetup suspend --noudevsync slow
	"$MDADM" -I $slow >said 2>&1 &
	pid=$!
	wait_for 20 reads $pid
	run -0 alone $slow 0
	dmsetup resume --noudevsync slow
	wait $pid
	cat said
	[ "$(md_attr md127 array_state)" = inactive ]
}
