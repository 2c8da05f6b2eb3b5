#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --examine side by side with the reference program on members that it made. Good and broken
# image files are in tests/cli/examine.bats.

load lib
load beside

bats_require_minimum_version 1.5.0

setup() {
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	room_open
	A=/dev/md0
}

teardown() {
	[ -n "${ORACLE:-}" ] || return 0
	room_close
}

# As in 4.6 the ARRAY lines have no name=.
on_purpose() {
	local line

	want=
	while IFS= read -r line; do
		[[ $line != ARRAY* ]] || line=${line%% name=*}
		want+=$line$'\n'
	done <want
	untold
}

views() {
	alike --examine "${DISKS[@]}" &&
		alike --examine --export "${DISKS[@]}" &&
		alike --examine --brief -v "${DISKS[@]}" &&
		alike --examine --scan &&
		alike --examine --scan -v
}

@test "members of every level, 0.90" {
	disks 4 40M
	levels 0.90 1 4 6 10
}

@test "members of some levels, 1.0 and 1.1" {
	disks 4 40M
	levels 1.0 1 6
	levels 1.1 5 10
}

@test "members of every level, 1.2" {
	disks 4 40M
	levels 1.2 linear 0 1 5 6 10
}

@test "bitmaps, spares, missing ones, in every version" {
	local meta

	disks 5 300M
	for meta in 0.90 1.0 1.1 1.2; do
		make "$A" -l 6 -n 5 -x 1 -e $meta --bitmap=internal --assume-clean \
			"${DISKS[@]:0:4}" missing "${DISKS[4]}"
		"$ORACLE" --quiet "$A" --fail "${DISKS[1]}"
		stop_arrays
		views
	done
}

@test "journal, PPL, write-mostly, failfast, replacement" {
	disks 4 40M
	make "$A" -l 5 -n 3 --consistency-policy=ppl "${DISKS[@]:0:3}"
	wait_idle md0
	stop_arrays
	views
	make "$A" -l 5 -n 3 --write-journal "${DISKS[3]}" "${DISKS[@]:0:3}"
	wait_idle md0
	stop_arrays
	views
	make "$A" -l 1 -n 2 --assume-clean --failfast "${DISKS[0]}" --write-mostly "${DISKS[1]}"
	"$ORACLE" --quiet "$A" --add "${DISKS[2]}"
	echo 1 >/proc/sys/dev/raid/speed_limit_min
	echo 1 >/proc/sys/dev/raid/speed_limit_max
	"$ORACLE" --quiet "$A" --replace "${DISKS[0]}"
	views
	echo 200000 >/proc/sys/dev/raid/speed_limit_max
	echo 1000 >/proc/sys/dev/raid/speed_limit_min
}

@test "layouts of raid10 and of raid0 with members of two sizes" {
	local layout

	disks 4 40M
	for layout in f2 o2 n3 n4; do
		make "$A" -l 10 -n 4 -p $layout --assume-clean "${DISKS[@]}"
		stop_arrays
		views
	done
	disks 1 60M
	make "$A" -l 0 -n 2 "${DISKS[@]:3:2}"
	stop_arrays
	alike --examine "${DISKS[@]:3:2}"
}

@test "from 1 MiB to 4 TiB" {
	local size meta bitmap

	for size in 1M 10M 1G 10G 300G 4T; do
		disks 2 $size
		# 1 MiB has no room for 1.2
		meta=1.2 bitmap=internal
		[ $size != 1M ] || meta=1.0 bitmap=none
		make "$A" -l 1 -n 2 -e $meta --assume-clean --bitmap=$bitmap "${DISKS[@]}"
		stop_arrays
		alike --examine "${DISKS[@]}"
		alike --examine --export "${DISKS[0]}"
		drop_disks
	done
}

@test "the array that was found last comes first, also from DEVICE lines" {
	disks 5 40M
	make /dev/md0 -l 1 -n 2 --assume-clean "${DISKS[@]:0:2}"
	make /dev/md/x -l 1 -n 2 -e 0.90 --assume-clean "${DISKS[@]:2:2}"
	make /dev/md3 -l 1 -n 1 --force --assume-clean "${DISKS[4]}"
	alike --examine --scan
	alike --examine --scan -v
	alike --examine --scan --config=partitions -v
	alike --examine --brief -v "${DISKS[@]}"
	alike --examine --scan "${DISKS[3]}" "${DISKS[0]}"
	echo "DEVICE ${DISKS[*]:1:3}" >/etc/mdadm/mdadm.conf
	alike --examine --scan -v
	echo "DEVICE ${DISKS[0]%?}*" >/etc/mdadm/mdadm.conf
	alike --examine --scan -v
	stop_arrays
}

@test "nothing there" {
	disks 1 40M
	alike --examine --scan
	alike --examine --scan -v --config=partitions
	alike --examine "${DISKS[0]}"
	alike --examine --brief "${DISKS[0]}"
	alike --examine --export "${DISKS[0]}"
	alike --examine /dev/nonexistent
}
