#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The runner of the guests itself: what it hands over, when it ends, and above all that
# nothing in a guest can change the host.

# shellcheck disable=SC2016 # for the shell in the guest
# shellcheck disable=SC2154 # stderr comes from bats

bats_require_minimum_version 1.5.0

setup() {
	[ "$(id -u)" = 0 ] || skip "only root can start a guest"
	guest=$BATS_TEST_DIRNAME/../guest
	cd "$BATS_TEST_TMPDIR" || return
}

# The processes of the guests of this test; fails when there is none.
emulators() {
	# some of the processes end while grep reads on, which is no error
	[ -n "$(grep -lsz "[G]UEST_DIR=$PWD/rooms" /proc/[0-9]*/cmdline || :)" ]
}

@test "output, errors and exit status come back apart" {
	run -7 --separate-stderr "$guest" -- sh -c 'echo out; echo err >&2; exit 7'
	[ "$output" = out ]
	[ "$stderr" = err ]
}

@test "bytes come through as they are, and all of them" {
	head -c 3000000 /dev/urandom >data
	"$guest" cat "$PWD/data" >copy
	cmp data copy
}

@test "arguments and variables come through as they are" {
	export ODD=$'a b\n*"'\'
	run "$guest" -e ODD -e EVEN=2 -- sh -c 'printf "%s|" "$@" "$ODD" "$EVEN" "$PWD"' - 'x  y' '$z' ''
	[ "$output" = "x  y|\$z||$ODD|2|$PWD|" ]
}

@test "disks of every kind are there" {
	run "$guest" -d 2:20M -l 1:30M -l 1:31M -b 2:16M -- sh -c '
		echo $GUEST_DISKS = $GUEST_LOOPS = $GUEST_RAMS
		blockdev --getsize64 $GUEST_DISKS $GUEST_LOOPS $GUEST_RAMS | paste -sd" "'
	[ "${lines[0]}" = '/dev/ubda /dev/ubdb = /dev/loop0 /dev/loop1 = /dev/ram0 /dev/ram1' ]
	[ "${lines[1]}" = "$((20 << 20)) $((20 << 20)) $((30 << 20)) $((31 << 20)) $((16 << 20)) $((16 << 20))" ]
}

@test "udev works in it, with rules of ours" {
	mkdir rules
	echo 'SUBSYSTEM=="block", KERNEL=="loop0", SYMLINK+="of-our-rule"' >rules/99-ours.rules
	run "$guest" -r rules -l 1:20M -- sh -c 'udevadm settle; readlink /dev/of-our-rule'
	[ "$output" = loop0 ]
}

@test "the guest may write where it likes, and the host sees nothing of it" {
	run "$guest" -- sh -c '
		echo x >/etc/host-was-written && echo x >"$PWD/written" && mkdir -p /etc/mdadm &&
		echo DEVICE partitions >/etc/mdadm/mdadm.conf && cat /etc/mdadm/mdadm.conf'
	[ "$output" = "DEVICE partitions" ]
	[ ! -e /etc/host-was-written ]
	[ ! -e written ]
}

@test "root in the guest cannot write the host by the way around the overlay" {
	local at

	echo old >mine
	cat >try <<-'END'
	mount -o remount,rw /
	echo x >/etc/host-was-written
	mkdir /run/host
	mount -t hostfs -o / none /run/host
	mount -o remount,rw /run/host
	for at in /etc /tmp /var/tmp /dev/shm "$1"; do
		echo x >/run/host$at/host-was-written
		mkdir /run/host$at/host-was-made
		mknod /run/host$at/host-got-node c 1 3
	done
	echo new >"/run/host$1/mine"
	rm -f "/run/host$1/mine"
	cat "/run/host$1/mine"
	END
	run "$guest" -- bash "$PWD/try" "$PWD"
	echo "$output"
	[ "${lines[-1]}" = old ]
	for at in /etc /tmp /var/tmp /dev/shm "$PWD"; do
		[ ! -e "$at/host-was-written" ] && [ ! -e "$at/host-was-made" ]
		[ ! -e "$at/host-got-node" ]
	done
	[ "$(cat mine)" = old ]
}

@test "at the time limit only this guest is killed, and nothing of it stays" {
	local other limit rc=0

	mkdir rooms
	TMPDIR=$PWD/rooms "$guest" -t 100 -- sh -c 'while [ ! -e /nothing ]; do sleep 1; done' &
	other=$!
	# a busy machine may need more than the least limit to boot
	for limit in 4 16 64; do
		TMPDIR=$PWD/rooms run -124 "$guest" -t $limit -- sh -c 'echo begun; while :; do :; done'
		[ "$output" != begun ] || break
	done
	[ "$output" = begun ]
	kill -0 "$other"
	kill "$other"
	wait "$other" || rc=$?
	[ "$rc" = 143 ]
	[ -z "$(ls -A rooms)" ]
}

@test "a guest goes when its runner is killed" {
	local runner

	mkdir rooms
	TMPDIR=$PWD/rooms "$guest" -t 100 -- sh -c 'echo up; sleep 1000' >said &
	runner=$!
	until grep -q up said; do read -r -t 0.05 <> <(:) || :; done
	emulators
	kill -KILL "$runner"
	wait "$runner" || :
	while emulators; do read -r -t 0.05 <> <(:) || :; done
}

@test "a guest that crashes is said to have died" {
	run -125 --separate-stderr "$guest" -- sh -c 'echo c >/proc/sysrq-trigger'
	[[ $stderr == *"died without a status"* ]]
}

@test "a wrong option is refused without starting anything" {
	run -125 "$guest" -x
	run -125 "$guest"
}
