# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Rounds: create, stop, assemble, hot-remove, plug in again; several workers at once, each with two
# disks of its own, udev and its rules running beside.  A worker prints a line for each thing that
# did not go as it must.  Owns what a round is; tests/rounds and rounds.bats say how many.
#
# udev calls --incremental for every event of a disk.  So before a worker stops an array or leaves a
# disk alone it waits until the events of its disks are done: an array that udev starts again
# because of an event from before the stop is no fault.

exec {ROUNDS_PAUSE}<> <(:) # a pipe on which nothing comes: a pause without a process

# The rules of this tree; the program is /sbin/mdadm.  A disk that was pulled may come back.
rounds_rules() {
	mkdir -p /run/udev/rules.d /etc/mdadm
	echo POLICY action=re-add >/etc/mdadm/mdadm.conf
	cp "${BASH_SOURCE[0]%/*}"/../../udev/*.rules /run/udev/rules.d/
	udevadm control --reload
}

fault() {
	printf 'fault: worker %s round %s (%s): %s\n' "$WORKER" "$ROUND" "$NAME" "$(tr '\n' ' ' <<<"$*")"
	FAULTS=$((FAULTS + 1))
	return 1
}

# must COMMAND...: it must succeed.
must() {
	local text rc=0

	text=$("$@" 2>&1 </dev/null) || rc=$?
	[ "$rc" = 0 ] || fault "exit $rc of $*: $text"
}

# comes SECONDS WHAT COMMAND...: the command must succeed in time.
comes() {
	local end=$((SECONDS + $1 + 1)) what=$2

	shift 2
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || { fault "$what does not come: $*" || return 1; }
		read -r -t 0.02 -u "$ROUNDS_PAUSE" || :
	done
}

# Every event of the worker's disks that there is now has been worked on.
events_done() {
	must udevadm trigger --settle --action=change "$@"
}

# The array that has the disk, by the kernel.
holder() {
	local at

	for at in "/sys/block/${1#/dev/}/holders"/md*; do
		[ ! -e "$at" ] || echo "${at##*/}"
	done
}

# runs SLOTS: the first disk's array has that many members in step and its name.
runs() {
	local md

	md=$(holder "$A")
	[ -n "$md" ] || { fault "nothing has $A" || return; }
	grep -qE '^(clean|active|active-idle|read-auto|write-pending)$' "/sys/block/$md/md/array_state" ||
		fault "$md is $(cat "/sys/block/$md/md/array_state" 2>&1)" || return
	[ "$(cat "/sys/block/$md/md/degraded" 2>&1)" = $((2 - $1)) ] ||
		fault "$md lacks $(cat "/sys/block/$md/md/degraded" 2>&1)" || return
	[ "/dev/$md" -ef "$NODE" ] || fault "$NODE is $(readlink -f "$NODE"), not $md"
}

is_free() {
	[ -z "$(holder "$A")$(holder "$B")" ]
}

# stops: and there is nothing left of it when the command ends.
stops() {
	local md

	md=$(holder "$A")
	must mdadm --stop "$NODE" || return
	is_free || fault "still in $(holder "$A") $(holder "$B") after --stop" || return
	[ ! -e "$NODE" ] && [ ! -L "$NODE" ] || fault "$NODE is there after --stop" || return
	[ "$md" = "$(basename "$NODE")" ] || return 0
	[ ! -b "/dev/$md" ] || fault "/dev/$md is there after --stop"
}

# A name of its own, a new one, or a number; the first worker's names are short.
choose_name() {
	case $((RANDOM % 3)) in
	0) NAME=fixed$WORKER NODE=/dev/md/$NAME ;;
	1) NAME=r$RANDOM-$WORKER NODE=/dev/md/$NAME ;;
	2) NAME=/dev/md$((20 + WORKER)) NODE=$NAME ;;
	esac
}

unplug() {
	losetup -d "$1"
	comes 20 "the end of $1" not_attached "$1"
}

not_attached() {
	[ ! -e "/sys/block/${1#/dev/}/loop/backing_file" ]
}

# One member fails and goes as udev's rule has it for a disk that was pulled, then comes back.
pull_one() {
	must mdadm --incremental --fail "${B#/dev/}" || return
	comes 20 "the end of $B in the array" not_held "$B" || return
	runs 1 || return
	must mdadm --incremental "$B" || return
	# what nobody uses is read-only by now (auto-read-only), and recovers with the first write
	must dd if=/dev/zero of="$NODE" bs=4096 count=1 oflag=direct conv=notrunc || return
	comes 60 "the end of the recovery" whole || return
	runs 2
}

not_held() {
	[ -z "$(holder "$1")" ]
}

whole() {
	local md

	md=$(holder "$A")
	[ "$(cat "/sys/block/$md/md/degraded")" = 0 ] && [ "$(cat "/sys/block/$md/md/sync_action")" = idle ]
}

# Both disks go and come; udev starts the array, under the name that it had.
pull_both() {
	unplug "$A" || return
	unplug "$B" || return
	losetup "$A" "$FILE.a"
	losetup "$B" "$FILE.b"
	comes 60 "the array of both disks" whole || return
	comes 20 "its name" test -e "$NODE" || return
	runs 2
}

one_round() {
	choose_name
	must mdadm --create "$NAME" --quiet --run --level=1 --raid-devices=2 --assume-clean \
		--bitmap=internal "$A" "$B" || return
	runs 2 || return
	events_done "$A" "$B" && stops || return
	must mdadm --assemble "$NAME" --quiet "$A" "$B" || return
	runs 2 || return
	pull_one || return
	events_done "$A" "$B" && stops || return
	pull_both || return
	events_done "$A" "$B" && stops || return
	must mdadm --zero-superblock --quiet "$A" "$B" || return
	events_done "$A" "$B" || return
	is_free || fault "in $(holder "$A") $(holder "$B") at the end of the round"
}

# After a fault the next round needs an empty room.
clear_round() {
	local disk md

	for disk in "$A" "$B"; do
		for md in $(holder "$disk"); do
			echo clear >"/sys/block/$md/md/array_state"
		done
		wipefs -qaf "$disk"
	done
	udevadm trigger --settle --action=change "$A" "$B"
} 2>/dev/null

# worker NUMBER ROUNDS SEED: its end is a line "done: worker N: ROUNDS rounds, FAULTS faults".
worker() {
	local WORKER=$1 ROUND FAULTS=0 NAME=- NODE=- FILE=/run/disks/rounds$1 A B

	RANDOM=$(($3 * 64 + $1))
	truncate -s 8M "$FILE.a" "$FILE.b"
	A=$(losetup --show -f "$FILE.a")
	B=$(losetup --show -f "$FILE.b")
	for ((ROUND = 1; ROUND <= $2; ROUND++)); do
		one_round || clear_round
	done
	losetup -d "$A"
	losetup -d "$B"
	rm -f "$FILE.a" "$FILE.b"
	echo "done: worker $1: $2 rounds, $FAULTS faults"
}

# What is left of arrays when no worker is at work: one line each.
rounds_left() {
	udevadm settle -t 120 || echo "left: udev is not done: $(udevadm settle -t 1 2>&1)"
	compgen -G '/sys/block/md*' | sed 's/^/left: /'
	compgen -G '/dev/md?*' | grep -vx /dev/md | sed 's/^/left: /'
	compgen -G '/dev/md/*' | sed 's/^/left: /'
	find -L /dev -type l 2>/dev/null | grep md | sed 's/^/left: dangling /'
	[ ! -s /run/mdadm/map ] || sed 's/^/left: in the map: /' /run/mdadm/map
	find /run/mdadm -mindepth 1 ! -name map -printf 'left: %p\n' 2>/dev/null
	find /dev -name '.tmp.md*' -printf 'left: %p\n'
	pgrep -a mdadm | sed 's/^/left: process /' || :
}

# rounds WORKERS ROUNDS-EACH SEED
rounds() {
	local i pids=()

	for ((i = 0; i < $1; i++)); do
		worker "$i" "$2" "$3" &
		pids+=($!)
	done
	wait "${pids[@]}"
	rounds_left
}
