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
	slow_close
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

@test "a configured name that is no ASCII, or cannot be had: the array comes up" {
	local uuid how

	mirror
	uuid=$(uuid_of "${DISKS[0]}")
	for how in -I -As; do
		conf "ARRAY /dev/md/größe UUID=$uuid"
		if [ $how = -I ]; then
			"$MDADM" -I "${DISKS[0]}"
			"$MDADM" -I "${DISKS[1]}"
		else
			"$MDADM" --assemble --scan
		fi
		[ "$(md_attr md127 degraded)" = 0 ]
		equal "$(cut -d' ' -f4 /run/mdadm/map)" /dev/md/größe
		ended
		conf "ARRAY /dev/md/a/b UUID=$uuid"
		if [ $how = -I ]; then
			"$MDADM" -I "${DISKS[0]}" 2>said
			"$MDADM" -I "${DISKS[1]}"
		else
			"$MDADM" --assemble --scan 2>said
		fi
		cat said
		[[ $(<said) == *'Value "a/b" cannot be set as devname'*'the name in its superblock'* ]]
		[ "$(md_attr md127 degraded)" = 0 ]
		equal "$(cut -d' ' -f4 /run/mdadm/map)" /dev/md/one
		ended
	done
}

@test "rubbish in map.lock keeps nobody waiting" {
	mirror
	seq -f md%.0f 1 36000 >/run/mdadm/map.lock
	run -0 timeout 10 "$MDADM" -I "${DISKS[0]}"
	[ ! -e /run/mdadm/map.lock ]
}

@test "without a usable /run/mdadm workers take turns: one array" {
	local disk bad=0

	fresh 4
	clean_make /dev/md/one -l5 -n4 "${DISKS[@]}"
	ended
	rm -rf /run/mdadm
	mkdir -p elsewhere
	ln -s "$PWD/elsewhere" /run/mdadm
	for _ in 1 2 3 4 5 6; do
		for disk in "${DISKS[@]}"; do
			"$MDADM" -I "$disk" >>said 2>&1 &
		done
		wait
		[ "$(grep -c ^md /proc/mdstat)" = 1 ] && [ "$(md_attr md127 degraded)" = 0 ] || bad=$((bad + 1))
		ended
	done
	rm /run/mdadm
	mkdir /run/mdadm
	cat said
	[ $bad = 0 ]
}
