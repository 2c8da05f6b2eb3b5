# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Helpers for the tests that run inside a guest: disks, waiting, a terminal, and an end
# that leaves the room as it was and fails a test that left something behind.
# A test file says `load lib`; one that has its own setup or teardown calls room_open
# and room_close in them.

if [ "${GUEST:-}" != 1 ]; then
	echo "this file is for a guest: use tests/check or tests/guest" >&2
	exit 1
fi

MDADM=${MDADM:-/sbin/mdadm}
DISKS=() DISK_FILES=0
exec {NEVER}<> <(:) # a pipe on which nothing comes: a pause without a process

setup() {
	room_open
}

teardown() {
	room_close
}

# bats notes where it is before each command, which is a tenth of the time in a guest; where a command has
# failed is known without that.
fewer_traps() {
	trap - DEBUG
	trap failed_here ERR
}

failed_here() {
	BATS_ERROR_STATUS=${BATS_ERROR_STATUS:-$?}
	bats_capture_stack_trace
	# shellcheck disable=SC2034 # bats looks at it
	BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
	bats_error_trap
}

# An empty room for one test.
room_open() {
	fewer_traps
	DISKS=()
	rm -rf /etc/mdadm /etc/mdadm.conf
	mkdir -p /etc/mdadm /run/mdadm
	cd "$BATS_TEST_TMPDIR" || return
}

# Stops what runs, detaches the disks, then fails if the program left traces.
room_close() {
	local rc=0

	cd / || rc=1
	stop_arrays || rc=1
	drop_disks || rc=1
	no_leftovers || rc=1
	rm -rf /run/mdadm/map /dev/md
	[ ! -e /run/udev/control ] || udevadm settle -t 60 || rc=1
	return "$rc"
}

# disks N SIZE: N more fresh loop devices over sparse files, added to the array DISKS.
disks() {
	local files=() n

	for ((n = 0; n < $1; n++)); do
		files+=("/run/disks/$BASHPID-$((DISK_FILES++))")
	done
	truncate -s "$2" "${files[@]}"
	for n in "${files[@]}"; do
		DISKS+=("$(losetup --show -f "$n")")
	done
}

# The files under the disks. Only the driver and O_DIRECT go through the loop devices, so
# what is in the files is what is on the disks.
files() {
	local disk

	FILES=()
	for disk in "${DISKS[@]}"; do
		FILES+=("$(<"/sys/block/${disk#/dev/}/loop/backing_file")")
	done
}

# Detaches every loop device of disks and removes its file.
drop_disks() {
	local disk file files=() rc=0

	[ ${#DISKS[@]} -gt 0 ] || return 0
	for disk in "${DISKS[@]}"; do
		read -r file <"/sys/block/${disk#/dev/}/loop/backing_file" && files+=("${file% (deleted)}")
	done
	for disk in "${DISKS[@]}"; do
		wait_for 10 losetup -d "$disk" && wait_for 10 loop_free "$disk" || rc=1
	done
	rm -f "${files[@]}"
	DISKS=()
	return "$rc"
}

loop_free() {
	[ ! -e "/sys/block/${1#/dev/}/loop/backing_file" ]
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails, saying so, at the deadline.
wait_for() {
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS >= end)); then
			echo "# waited in vain for: $*" >&2
			return 1
		fi
		read -r -t 0.02 -u "$NEVER" || :
	done
}

# into NAME FILE: what is in the file, without a process.
into() {
	IFS= read -r -d '' "$1" <"$2" || :
	printf -v "$1" %s "${!1%$'\n'}"
}

# md_attr mdX NAME: what the driver says.
md_attr() {
	cat "/sys/block/$1/md/$2"
}

md_is() {
	local value

	read -r value <"/sys/block/$1/md/$2" && [ "$value" = "$3" ]
}

# wait_idle mdX [SECONDS]: until no resync, recovery, check or reshape runs or is due.
wait_idle() {
	wait_for "${2:-60}" is_idle "${1#/dev/}"
}

is_idle() {
	[ ! -e "/sys/block/$1/md/sync_action" ] || md_is "$1" sync_action idle
}

# The arrays that exist, by kernel name, in the order in which they may be stopped.
arrays() {
	local at

	for at in /sys/block/md*/md/array_state; do
		[ ! -e "$at" ] || { at=${at#/sys/block/} && echo "${at%%/*}"; }
	done | sort -Vr
}

# new_array mdX: the driver makes an empty one.
new_array() {
	echo "$1" >/sys/module/md_mod/parameters/new_array
}

stop_array() {
	[ ! -e "/sys/block/$1/md/array_state" ] || echo clear >"/sys/block/$1/md/array_state"
}

# Every array stopped through sysfs, thus without any of the programs under test. An array
# on top of another keeps that one busy, so go round until none is left.
stop_arrays() {
	wait_for 20 stop_round
}

stop_round() {
	local name

	compgen -G '/sys/block/md*/md/array_state' || return 0
	for name in $(arrays); do
		awk -v dev="/dev/$name" '$1 == dev { print $2 }' /proc/mounts | xargs -r umount
		stop_array "$name" || :
	done
	[ -z "$(arrays)" ]
}

# Files that a program must have removed when it is gone.
no_leftovers() {
	local left

	left=$(compgen -G '/dev/.tmp.md*' || :
		compgen -G '/run/mdadm/creating-*' || :
		compgen -G '/run/mdadm/*lock*' || :
		compgen -G '/run/mdadm/*.new' || :)
	[ -z "$left" ] && return
	echo "# left behind: $left" >&2
	# shellcheck disable=SC2086 # a list of words
	rm -f $left
	return 1
}

# run_pty ANSWERS COMMAND...: like `run`, on a terminal on which ANSWERS is typed (printf
# escapes count: 'y\n'). Sets status and output, in which line ends are plain newlines.
run_pty() {
	local answers=$1 command

	shift
	printf -v command '%q ' "$@"
	# shellcheck disable=SC2034 # the caller reads both
	{
		status=0
		# shellcheck disable=SC2059 # it is meant as a format
		output=$(set -o pipefail
			printf "$answers" | script -qefc "$command" /dev/null | tr -d '\r') || status=$?
		mapfile -t lines <<<"$output"
	}
}
