#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest: -u -m 2G
#
# udev runs --incremental, many at once: every array comes up once, whole, under one name.

load lib
load proof

RULES=$BATS_TEST_DIRNAME/../../udev

setup_file() {
	mkdir -p /run/udev/rules.d
	cp "$RULES"/*.rules /run/udev/rules.d
	udevadm control --reload
}

setup() {
	room_open
}

teardown() {
	udevadm control --stop-exec-queue
	stop_arrays
	drop_disks
	udevadm control --start-exec-queue
	room_close
}

# build N: that many arrays of two, /dev/md/aN, then stopped and forgotten, with udev looking away.
build() {
	local n

	disks $((2 * $1)) 4M
	udevadm settle
	udevadm control --stop-exec-queue
	for ((n = 0; n < $1; n++)); do
		MDADM_NO_UDEV=1 "$MDADM" -C "/dev/md/a$n" -q -R -l1 -n2 --assume-clean "${DISKS[@]:2*n:2}"
	done
	stop_arrays
	rm -rf /run/mdadm /dev/md
	udevadm control --start-exec-queue
	# the changes of the members are there for --incremental
	udevadm settle -t 60
}

plug() {
	udevadm trigger --action="${1:-add}" --subsystem-match=block --sysname-match='loop*'
	udevadm settle -t 60
}

all_there() { # N
	local n

	for ((n = 0; n < $1; n++)); do
		[ -b "/dev/md/a$n" ] || return
	done
	[ "$(wc -l </run/mdadm/map)" = "$1" ] || return
	[ "$(arrays | wc -l)" = "$1" ] || return
	[ "$(cat /sys/block/md*/md/degraded | sort -u)" = 0 ] || return
	[ "$(find /dev/md -type l | wc -l)" = "$1" ] || return
	no_leftovers
}

@test "all members at the same moment" {
	build 8
	plug
	all_there 8
	# an event for a member of an array that runs is harmless
	plug change
	all_there 8
	[ "$(cat /sys/block/md*/md/array_state | sort -u)" = clean ]
}

@test "by hand beside udev, the name is there on return" {
	build 1
	"$MDADM" --stop --scan
	udevadm settle
	"$MDADM" -I "${DISKS[0]}"
	"$MDADM" -I "${DISKS[1]}"
	[ /dev/md/a0 -ef /dev/md127 ]
}

@test "many of ours at once, without udev's order" {
	local disk pids=()

	build 4
	"$MDADM" --stop --scan
	udevadm settle
	for disk in "${DISKS[@]}"; do
		"$MDADM" -I --export "$disk" >/dev/null &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	udevadm settle -t 60
	all_there 4
}

@test "a device that goes leaves its array, and the array starts without when told to" {
	build 1
	plug
	all_there 1
	"$MDADM" -If "${DISKS[1]#/dev/}"
	[ "$(md_attr md127 degraded)" = 1 ]
	"$MDADM" --stop md127
	udevadm settle
	"$MDADM" -I --export "${DISKS[1]}" >told
	grep -qx MD_STARTED=unsafe told
	grep -qx MD_DEVICE=md127 told
	# as mdadm-last-resort@md127.service
	"$MDADM" --run /dev/md127
	[ /dev/md/a0 -ef /dev/md127 ]
}
