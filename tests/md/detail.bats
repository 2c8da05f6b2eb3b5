#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --detail and --query side by side with the reference program on arrays that it made.
# guest: -m 1G

# shellcheck disable=SC2016 # not for this shell

load lib
load beside

bats_require_minimum_version 1.5.0

A=/dev/md0

setup() {
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	room_open
	resync_speed 200000
}

teardown() {
	[ -n "${ORACLE:-}" ] || return 0
	resync_speed 200000
	room_close
}

# As 4.6 has it MD_RESHAPE_ACTIVE is always there.
on_purpose() {
	got=${got//$'\n'MD_RESHAPE_ACTIVE=False$'\n'/$'\n'}
	untold
}

# Every view of the array.
views() {
	alike --detail "$A" &&
		alike --detail --brief -v "$A" &&
		alike --detail --export "$A" &&
		alike --detail --test "$A" &&
		alike --detail --scan -v &&
		alike --query "$A"
}

@test "healthy arrays of every level, 0.90" {
	disks 4 40M
	levels 0.90 1 4 6 10
}

@test "healthy arrays of some levels, 1.0 and 1.1" {
	disks 4 40M
	levels 1.0 1 6
	levels 1.1 5 10
}

@test "healthy arrays of every level, 1.2" {
	disks 4 40M
	levels 1.2 linear 0 1 5 6 10
}

@test "every option of every view" {
	disks 3 40M
	make "$A" -l 1 -n 2 -x 1 --assume-clean --bitmap=internal "${DISKS[@]}"
	views
	alike --detail -v "$A"
	alike --detail --brief "$A"
	alike --detail --brief -vv "$A"
	alike --detail --brief --test "$A"
	alike --detail --brief --no-devices -v "$A"
	alike --detail --export --no-devices "$A"
	alike --detail --scan
	alike --detail --scan -vv
	alike --detail --scan --export
	alike --detail --scan --test
	alike --detail --scan --no-devices
	alike --detail --homehost=elsewhere "$A"
	alike --query --detail --export "$A"
}

@test "a name of its own" {
	disks 2 40M
	make /dev/md/home -l 1 -n 2 --assume-clean "${DISKS[@]}"
	alike --detail /dev/md/home
	alike --detail --export /dev/md/home
	alike --detail --export /dev/md127
	alike --detail --brief /dev/md127 /dev/md/home
	alike --detail --scan
	alike --detail --scan --export
	alike --query /dev/md127 "${DISKS[0]}"
	run -1 "$MDADM" --detail home
}

@test "raid10: far, offset, near, odd numbers, missing ones" {
	local layout

	disks 6 40M
	for layout in f2 o2 o3 n3 n6; do
		make "$A" -l 10 -n 6 -p $layout --assume-clean "${DISKS[@]}"
		views
		stop_arrays
	done
	make "$A" -l 10 -n 5 -p n2 --assume-clean "${DISKS[@]:0:5}"
	views
	stop_arrays
	make "$A" -l 10 -n 6 -p n2 --assume-clean "${DISKS[0]}" missing "${DISKS[1]}" missing \
		"${DISKS[@]:2:2}"
	views
}

@test "degraded: missing, failed, removed; --test says 1" {
	disks 4 40M
	make "$A" -l 6 -n 5 -c 64 --assume-clean "${DISKS[0]}" missing "${DISKS[@]:1}"
	views
	"$ORACLE" --quiet "$A" --fail "${DISKS[1]}"
	wait_idle md0
	views
	"$ORACLE" --quiet "$A" --remove "${DISKS[1]}"
	views
	run -1 "$MDADM" --detail --test "$A"
}

@test "failed: --test says 2" {
	disks 3 40M
	make "$A" -l 5 -n 3 --assume-clean "${DISKS[@]}"
	"$ORACLE" --quiet "$A" --fail "${DISKS[0]}"
	"$ORACLE" --quiet "$A" --fail "${DISKS[1]}" || :
	views
	run -2 "$MDADM" --detail --test "$A"
}

@test "resync, recovery, check, frozen" {
	disks 4 40M
	resync_speed 1
	make "$A" -l 5 -n 3 -x 1 --bitmap=internal "${DISKS[@]}"
	views
	resync_speed 200000
	wait_idle md0
	views
	resync_speed 1
	echo check >/sys/block/md0/md/sync_action
	views
	echo frozen >/sys/block/md0/md/sync_action
	resync_speed 200000
	stop_arrays
	resync_speed 1
	make "$A" -l 1 -n 3 -e 0.90 "${DISKS[@]:0:3}"
	views
	echo frozen >/sys/block/md0/md/sync_action
	views
}

@test "a replacement shares its slot" {
	disks 3 40M
	make "$A" -l 1 -n 2 --assume-clean "${DISKS[@]:0:2}"
	"$ORACLE" --quiet "$A" --add "${DISKS[2]}"
	resync_speed 1
	"$ORACLE" --quiet "$A" --replace "${DISKS[0]}"
	views
	resync_speed 200000
	wait_idle md0
	views
}

@test "write-mostly, failfast, journal, PPL, read-only" {
	disks 4 40M
	make "$A" -l 1 -n 2 -x 1 --assume-clean --failfast "${DISKS[0]}" --write-mostly \
		"${DISKS[@]:1:2}"
	views
	"$ORACLE" --quiet --readonly "$A"
	views
	stop_arrays
	make "$A" -l 5 -n 3 --consistency-policy=ppl "${DISKS[@]:0:3}"
	wait_idle md0
	views
	stop_arrays
	make "$A" -l 5 -n 3 --write-journal "${DISKS[3]}" "${DISKS[@]:0:3}"
	wait_idle md0
	alike --detail "$A"
	alike --detail --export "$A"
}

@test "an inactive array" {
	local meta

	disks 4 40M
	for meta in 1.2 0.90; do
		make "$A" -l 5 -n 3 -x 1 -e $meta --assume-clean "${DISKS[@]}"
		stop_arrays
		rm -rf /dev/md /run/mdadm/map
		"$ORACLE" --quiet --incremental "${DISKS[0]}"
		"$ORACLE" --quiet --incremental "${DISKS[3]}"
		md_is md0 array_state inactive
		alike --detail --export "$A"
		alike --detail --brief -v "$A"
		alike --detail --scan
		run -0 "$MDADM" --detail --test "$A"
		"$ORACLE" --detail "$A" >want
		diff want <(echo "$output" | grep -vE '(Active|Failed|Spare) Devices : 0$')
		run -0 "$MDADM" --query "$A"
		[ "$output" = "$A: is an md device which is not active" ]
		stop_arrays
	done
}

@test "an array without metadata" {
	disks 2 40M
	"$ORACLE" --quiet --build "$A" -l 1 -n 2 --assume-clean "${DISKS[@]}"
	"$ORACLE" --detail "$A" | grep -v Version >want
	run -0 "$MDADM" --detail "$A"
	diff want <(echo "$output" | grep -v -e Version -e Persistence)
	[[ $output == *"Persistence : Superblock is not persistent"* ]]
	run -0 "$MDADM" --detail --brief "$A"
	[ "$output" = "ARRAY $A" ]
	alike --query "$A"
}

@test "several arrays: the last that the kernel knows comes first" {
	disks 5 40M
	make /dev/md0 -l 1 -n 2 --assume-clean "${DISKS[@]:0:2}"
	make /dev/md/x -l 1 -n 2 -e 0.90 --assume-clean "${DISKS[@]:2:2}"
	make /dev/md3 -l 1 -n 1 --force --assume-clean "${DISKS[4]}"
	alike --detail --scan
	alike --detail --scan -v
	alike --detail --scan -vv
	alike --detail --brief /dev/md3 /dev/md0
	alike --query /dev/md3 /dev/md/x "${DISKS[@]}"
}

@test "names that are not arrays" {
	disks 1 40M
	mknod /dev/md77 b 9 77
	run -1 "$MDADM" --detail /dev/md77
	[ ! -e /sys/block/md77 ] # not looked into being
	alike --detail /dev/md77
	alike --detail --test /dev/md77
	alike --detail /dev/null
	alike --detail "${DISKS[0]}"
	alike --detail --test /dev/nonexistent
	alike --detail md0
	alike --query /dev/nonexistent
	alike --query "${DISKS[0]}"
	alike --detail --scan
	rm /dev/md77
}

@test "query of members" {
	disks 3 40M
	make "$A" -l 1 -n 2 -x 1 --assume-clean "${DISKS[@]}"
	alike --query "${DISKS[@]}"
	"$ORACLE" --quiet "$A" --fail "${DISKS[2]}" --remove "${DISKS[2]}"
	alike --query "${DISKS[@]}"
	"$ORACLE" --quiet --stop "$A"
	alike --query "${DISKS[@]}"
}

@test "a hostile name in a running array" {
	disks 2 40M
	make "$A" -l 1 -n 2 --assume-clean --name='x;$(id)/../y' "${DISKS[@]}"
	run -0 "$MDADM" --detail --export --no-devices "$A"
	[[ $output == *$'\nMD_NAME='*'x\x3b\x24\x28id\x29\x2f..\x2fy' ]]
	run -0 "$MDADM" --detail "$A"
	[[ $output == *"Name : "*'x;$(id)/../y'* ]]
}

@test "a big array: sizes that the ioctl cannot say" {
	disks 2 5T
	make "$A" -l 1 -n 2 --assume-clean --bitmap=none "${DISKS[@]}"
	views
	alike --examine --export "${DISKS[0]}"
}

@test "few system calls" {
	local calls

	command -v strace >/dev/null || skip "no strace"
	disks 2 40M
	make "$A" -l 1 -n 2 --assume-clean "${DISKS[@]}"
	strace -o trace "$MDADM" --detail "$A" >out
	calls=$(sed -n "/stat.*\"\/dev\/md0\"/,\$p" trace | grep -vc localtime)
	echo "# $calls" >&2
	[ "$calls" -le 50 ]
	[ "$(grep -c GET_DISK_INFO trace)" = 2 ]
}
