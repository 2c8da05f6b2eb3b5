#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest: -u
#
# With udev at work, as on a host: the packaged rules call our program, and the names that
# they make are there when --create returns, and gone when --stop has.

load lib
load proof

setup_file() {
	local rules=${ORACLE%/sbin/mdadm}/lib/udev/rules.d

	[ -n "${ORACLE:-}" ] || return 0
	mkdir -p /run/udev/rules.d
	# those of arrays; the rule that assembles would use an option that is to come
	cp "$rules"/01-md-raid-creating.rules "$rules"/63-md-raid-arrays.rules /run/udev/rules.d
	udevadm control --reload
}

setup() {
	[ -n "${ORACLE:-}" ] || skip "no reference program, so no rules"
	room_open
}

# Has the driver started it?
runs() {
	local state

	read -r state <"/sys/block/$1/md/array_state" && [[ $state != clear && $state != inactive ]]
}

make() {
	"$MDADM" --create --quiet "$1" --run -e 1.2 -l1 -n2 --assume-clean "${DISKS[@]:$2:2}"
}

@test "the rules use our program" {
	[ "$(realpath /sbin/mdadm)" = "$(realpath "$MDADM")" ] || cmp /sbin/mdadm "$MDADM"
}

@test "create and stop by name" {
	disks 2 5M
	for _ in 1 2 3; do
		make home 0
		is_there md127 /dev/md/home 1.2
		[ "$(readlink /dev/md/home)" = ../md127 ]
		run "$MDADM" --stop /dev/md/home
		echo "$output"
		[ "$status" = 0 ]
		is_gone md127 /dev/md/home
	done
}

# udev makes no name for what does not run.
@test "assembled without being started, an array has no name, and none is waited for" {
	disks 2 5M
	make home 0
	"$MDADM" --stop /dev/md/home
	echo "DEVICE ${DISKS[0]}" >/etc/mdadm/mdadm.conf
	run "$MDADM" --assemble --scan --no-degraded
	echo "$output"
	[[ $output == "mdadm: /dev/md/home assembled from 1 drive (out of 2), but not started." ]]
	[ "$(md_attr md127 array_state)" = inactive ]
	[ ! -e /dev/md/home ]
	"$MDADM" --stop /dev/md127
}

@test "links by identity and name" {
	local uuid

	disks 2 5M
	make home 0
	udevadm settle
	uuid=$("$MDADM" --detail --export /dev/md127 | sed -n 's/^MD_UUID=//p')
	[ /dev/disk/by-id/md-uuid-"$uuid" -ef /dev/md127 ]
	compgen -G '/dev/disk/by-id/md-name-*home'
	"$MDADM" --stop /dev/md127
	udevadm settle
	[ ! -e /dev/disk/by-id/md-uuid-"$uuid" ]
}

@test "a number, and what is held back while it is made" {
	disks 2 5M
	make /dev/md5 0
	is_there md5 /dev/md5 1.2
	udevadm settle
	# the flag of the creation must not stick to the device
	run udevadm info /dev/md5
	[[ $output != *SYSTEMD_READY=0* ]]
	[[ $output == *MD_LEVEL=raid1* ]]
	"$MDADM" --stop /dev/md5
	is_gone md5
}

@test "two at the same moment, by name" {
	local one

	disks 4 5M
	make one 0 &
	one=$!
	make two 2
	wait "$one"
	[ -b /dev/md/one ]
	[ -b /dev/md/two ]
	[ ! /dev/md/one -ef /dev/md/two ]
	"$MDADM" --stop /dev/md/one /dev/md/two
	[ ! -e /dev/md/one ]
	[ ! -e /dev/md/two ]
}

@test "a failure leaves no name" {
	disks 2 5M
	run "$MDADM" -C home -R -q -e 1.2 -l1 --force -n1 -x1 missing "${DISKS[0]}"
	echo "$output"
	[ "$status" = 1 ]
	one_line "$output"
	udevadm settle
	[ -z "$(arrays)" ]
	[ ! -e /dev/md/home ]
	make home 0
	is_there md127 /dev/md/home 1.2
}

@test "udev does not come: a note, and the array runs" {
	disks 2 5M
	udevadm control --stop-exec-queue
	run "$MDADM" --create --quiet home --run -e 1.2 -l1 -n2 "${DISKS[@]}"
	udevadm control --start-exec-queue
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = "mdadm: timeout waiting for /dev/md/home" ]
	[ -b /dev/md127 ]
}

@test "MDADM_NO_UDEV=1: by our own hands" {
	disks 2 5M
	udevadm control --stop-exec-queue
	MDADM_NO_UDEV=1 make home 0
	is_there md127 /dev/md/home 1.2
	udevadm control --start-exec-queue
}

@test "SIGTERM while a name is waited for: the array is whole, the lock free, and the name still comes" {
	local words pid rc

	disks 2 5M
	make home 0
	"$MDADM" --stop /dev/md/home
	for words in "--create home --run -e 1.2 -l1 -n2 --assume-clean" "--assemble home"; do
		udevadm settle
		udevadm control --stop-exec-queue
		# shellcheck disable=SC2086 # words
		"$MDADM" --quiet $words "${DISKS[@]}" &
		pid=$! rc=0
		wait_for 10 runs md127
		wait_for 2 [ ! -e /run/mdadm/map.lock ]
		kill -TERM "$pid"
		wait "$pid" || rc=$?
		[ "$rc" = 143 ]
		no_leftovers
		grep -q "^md127 1.2 .* /dev/md/home$" /run/mdadm/map
		md_is md127 raid_disks 2
		[ ! -e /dev/md/home ]
		udevadm control --start-exec-queue
		wait_for 10 [ -b /dev/md/home ]
		udevadm settle
		"$MDADM" --stop /dev/md/home
		# what udev has in its queue may bring the link back for a moment
		wait_for 10 is_gone md127 /dev/md/home
	done
}

# Half a minute, most of which the guest sleeps.
@test "a udev that stays busy: the wait ends at its limit, with one line" {
	local rules=/run/udev/rules.d/10-busy.rules busy begin spent

	disks 3 5M
	# the event of the array hangs, and those of another device come and go
	printf '%s\n' '#!/bin/bash' "until [ -e $PWD/go ]; do read -r -t 0.1 <> <(:); done" >hang
	chmod +x hang
	udevadm settle -t 60
	wait_for 10 is_gone md127 /dev/md/home
	printf '%s\n' "KERNEL==\"md127\", PROGRAM=\"$PWD/hang\"" "KERNEL==\"${DISKS[2]#/dev/}\", SYMLINK+=\"rules-are-read\"" >$rules
	udevadm control --reload
	udevadm trigger --action=change "${DISKS[2]}"
	wait_for 10 [ -L /dev/rules-are-read ]
	while ! read -r -t 0.5 -u "$NEVER"; do
		[ ! -e go ] || break
		udevadm trigger --action=change "${DISKS[2]}"
	done &
	busy=$!
	begin=$EPOCHSECONDS
	run "$MDADM" --create --quiet home --run -e 1.2 -l1 -n2 "${DISKS[@]:0:2}"
	spent=$((EPOCHSECONDS - begin))
	touch go
	rm $rules
	wait "$busy"
	udevadm control --reload
	udevadm settle -t 60
	echo "$status, after $spent s: $output"
	[ "$status" = 0 ]
	[ "$output" = "mdadm: timeout waiting for /dev/md/home" ]
	# who gave up at once would not have seen that it works
	((spent >= 25 && spent <= 40))
}
