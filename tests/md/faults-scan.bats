#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --scan of several arrays that dies, or fails, at every step: what is left does no harm, and the
# next run clears it.
#
# guest: -m 1G

# shellcheck disable=SC2030,SC2031 # each test is a process

bats_require_minimum_version 1.5.0

load lib
load proof

FAULTY=${FAULTY:-$BATS_TEST_DIRNAME/../../build/faults/mdadm}
NAMES=$'/dev/md/0\n/dev/md/1\n/dev/md/2'

setup() {
	room_open
	disks 6 4M
	"$MDADM" --create /dev/md/a --name=0 -l1 -n2 --assume-clean --run "${DISKS[@]:0:2}"
	"$MDADM" --create /dev/md/b --name=1 -l1 -n2 --assume-clean --run "${DISKS[@]:2:2}"
	"$MDADM" --create /dev/md/c --name=2 -l0 -n2 --run "${DISKS[@]:4:2}"
	over
}

# Every array ends, with its name.
over() {
	"$MDADM" --stop --scan
	[ -z "$(compgen -G '/sys/block/md*/md')" ]
	rm -rf /run/mdadm /dev/md /run/step
}

# fault WHAT STEP ARGS...: false when there is no such step.
fault() {
	local what=$1 step=$2

	shift 2
	rm -f /run/step
	# the braces, for what the shell says of a death
	{
		STATUS=0
		FAULT=$what FAULT_STEP=$step FAULT_LOG=/run/step "$FAULTY" "$@" >/run/said 2>&1 || STATUS=$?
	} 2>/dev/null
	[ -e /run/step ]
}

names() {
	cut -d' ' -f4 /run/mdadm/map | sort
}

# All three run, each under its name and number, and nothing else is left.
all_run() {
	local n

	for n in 0 1 2; do
		[ -e "/sys/block/md$n/md" ] || return
		# without udev, who died before he had made the link of an array that runs leaves none
		[ ! -e "/dev/md/$n" ] || [ "$(readlink -f "/dev/md/$n")" = "/dev/md$n" ] || return
		[[ $(<"/sys/block/md$n/md/array_state") == @(clean|active|active-idle|write-pending) ]] || return
	done
	[ "$(compgen -G '/sys/block/md*/md' | wc -l)" = 3 ] || return
	[ "$(names)" = "$NAMES" ] || return
	[ -z "$(compgen -G '/dev/.tmp.md*')$(compgen -G '/run/mdadm/*lock*')$(compgen -G '/run/mdadm/*.new')" ]
}

@test "killed before every step" {
	local step

	for ((step = 1; ; step++)); do
		fault SIGKILL "$step" --assemble --scan || break
		echo "step $step: $(cat /proc/mdstat /run/mdadm/map.lock)"
		# that all of them run already is no arrays to be found
		run "$MDADM" --assemble --scan
		echo "$output"
		all_run
		over
	done
	((step > 30))
}

@test "failed at every step: the others start, and the next run starts that one" {
	local step failed

	for ((step = 2; ; step++)); do
		fault EIO "$step" --assemble --scan || break
		failed=$(grep -c "^mdadm: step $step: " /run/said || :)
		echo "step $step ($STATUS): $(cat /run/said)"
		# what could not be given back at the end is told by nobody, and has no effect
		[ "$failed" = 1 ] || [ "$STATUS" = 0 ]
		((STATUS == failed))
		[ "$(compgen -G '/sys/block/md*/md' | wc -l)" = $((3 - failed)) ]
		[ "$(names | wc -l)" = $((3 - failed)) ]
		[ -z "$(compgen -G '/run/mdadm/*lock*')" ]
		run "$MDADM" --assemble --scan
		all_run
		over
	done
	((step > 30))
}

@test "notes of arrays that are there are not obeyed" {
	"$MDADM" --assemble --scan
	# of another array of that number, of one that runs, of none, and rubbish
	printf 'md0 1\nmd1 %s\nmd77 5\nsda 3\n../../x 1\nmd2' "$(<"/sys/block/md1/diskseq")" \
		>/run/mdadm/map.lock
	run -1 "$MDADM" --assemble --scan
	all_run
}
