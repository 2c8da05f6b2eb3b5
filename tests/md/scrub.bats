#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --scrub: arrays are checked to the end, paused when told or when time is up, and go on where they stopped;
# what is remembered, and shown.  --action: what 4.2 does.
# guest: -m 1G

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process; stderr is what run sets

load lib
load beside
load views

bats_require_minimum_version 1.5.0

A=/dev/md0
STATES=/var/lib/mdadm/scrub
# shellcheck disable=SC2034 # views.bash makes them
VIEWS=({scrub,status,dry-run}{,-json})

setup() {
	room_open
	resync_speed 200000
	mkdir "${VIEWS[@]}"
	rm -rf "$STATES"
}

create() {
	"$MDADM" --quiet --create "$A" --run --assume-clean "$@"
}

scrub() {
	local want=$1

	shift
	run -"$want" --separate-stderr "$MDADM" --scrub "$@"
	echo "$output"
	echo "$stderr"
}

# look NAME: both forms, of --scrub status and of --status.
look() {
	"$MDADM" --scrub status "$A" | tee "scrub/$1.out"
	"$MDADM" --scrub status --json "$A" >"scrub-json/$1.out"
	"$MDADM" --status "$A" >"status/$1.out" || :
	"$MDADM" --status --json "$A" >"status-json/$1.out" || :
}

# spoil DISK: some bytes of its data.
spoil() {
	dd if=/dev/urandom of="$1" bs=4096 seek=3000 count=1 conv=notrunc,fsync status=none
}

# The value of a line of the file that remembers the array.
remembered() {
	sed -n "s/^$1 //p" "$STATES"/*
}

slow_check() {
	resync_speed "$1"
	"$MDADM" --scrub start "$A" >log 2>&1 3>&- &
	SCRUB=$!
	wait_for 20 md_is md0 sync_action check
}

@test "a check to its end: what it found is told, remembered and shown" {
	disks 3 40M
	create -l 5 -n 3 "${DISKS[@]}"
	look 0
	[[ $(cat scrub/0.out) == *"State : never"* ]]
	run ! grep -q Scrub status/0.out
	scrub 0 start "$A"
	[ "$stderr" = "mdadm: $A: the check begins"$'\n'"mdadm: $A: checked: everything fits" ]
	[ "$(md_attr md0 last_sync_action)" = check ]
	[ "$(remembered last-mismatches)" = 0 ]
	[ "$(stat -c '%a %U' "$STATES"/* "$STATES")" = $'600 root\n700 root' ]
	look 1
	grep -q " Scrub : finished .* 20.., 0 mismatches$" status/1.out
	spoil "${DISKS[1]}"
	scrub 3 start --all
	[[ $stderr == *"$A: checked: "[1-9]*" sectors do not fit"$'\n'"       mdadm --verify $A tells where"* ]]
	[ "$(remembered last-mismatches)" -gt 0 ]
	[ "$(remembered started)" = 0 ]
	look 2
	agree scrub status
	# nothing is left to go on with
	scrub 1 resume "$A"
	scrub 0 resume --all
	[ "$(md_attr md0 sync_min)" = 0 ]
	[ "$(md_attr md0 sync_max)" = max ]
}

@test "the time is up: it goes on where it stopped" {
	local stopped

	disks 2 60M
	create -l 1 -n 2 "${DISKS[@]}"
	resync_speed 4000
	scrub 0 start "$A" --time-limit=3s
	[[ $stderr == *"$A: the check is paused at "[0-9]*"%" ]]
	is_idle md0
	stopped=$(remembered position)
	[ "$stopped" -gt 0 ]
	[ "$stopped" -lt "$(remembered size)" ]
	[ "$(remembered started)" -gt 0 ]
	[ "$(md_attr md0 sync_min)" = 0 ]
	look paused
	grep -q " Scrub : paused at [0-9]*%$" status/paused.out
	resync_speed 200000
	# another start of the array, as after a boot
	"$MDADM" --quiet --stop "$A"
	"$MDADM" --quiet --assemble "$A" "${DISKS[@]}"
	scrub 0 resume --all --time-limit "6 hours"
	[[ $stderr == *"$A: the check goes on"*"checked: everything fits"* ]]
	[ "$(remembered position)" = 0 ]
	[ "$(remembered last-finished)" -gt 0 ]
	look whole
	agree scrub status
}

@test "paused by another program, by a signal, and by --action=idle: never taken for the end" {
	local how

	disks 2 60M
	create -l 1 -n 2 "${DISKS[@]}"
	for how in pause TERM INT action; do
		slow_check 2000
		scrub 0 status "$A"
		[[ $output == *"State : running"* ]]
		scrub 1 start "$A"
		[[ $stderr == *"$A: skipped: it is busy: check"* ]]
		case $how in
		pause) scrub 0 pause "$A" ;;
		action) "$MDADM" --action=idle "$A" ;;
		*) kill -"$how" "$SCRUB" ;;
		esac
		wait "$SCRUB"
		cat log
		grep -q "the check is paused at" log
		is_idle md0
		[ "$(remembered started)" -gt 0 ]
		[ "$(remembered last-finished)" = 0 ]
		look "$how"
	done
	agree scrub status
	scrub 1 pause "$A"
	[[ $stderr == *"no check of it runs"* ]]
}

@test "who waited is gone: pause writes down where it stopped" {
	disks 2 60M
	create -l 1 -n 2 "${DISKS[@]}"
	slow_check 3000
	wait_for 20 grep -qE 'check = +[1-9]' /proc/mdstat
	kill -9 "$SCRUB"
	wait "$SCRUB" || :
	scrub 0 pause --all
	[[ $stderr == *"the check is paused at"* ]]
	is_idle md0
	[ "$(remembered started)" -gt 0 ]
	resync_speed 200000
	scrub 0 resume "$A"
	[[ $stderr == *"everything fits"* ]]
}

# killed_at_begin: --scrub start, killed while the kernel waits for it at the first place.
killed_at_begin() {
	local max=max i

	"$MDADM" --scrub start "$A" 2>/dev/null 3>&- &
	SCRUB=$!
	for ((i = 0; i < 5000; i++)); do
		read -r max </sys/block/md0/md/sync_max
		[ "$max" = max ] || break
	done
	kill -9 $SCRUB
	wait $SCRUB || :
	[ "$max" != max ]
}

no_limit() {
	md_is md0 sync_max max
}

@test "killed at the begin: the check goes on, and so does a recovery" {
	disks 3 60M
	create -l 1 -n 2 -x 1 "${DISKS[@]}"
	resync_speed 1000
	wait_for 20 killed_at_begin
	wait_for 5 no_limit
	resync_speed 200000
	"$MDADM" -q "$A" --fail "${DISKS[1]}"
	wait_idle md0 20
	md_is md0 degraded 0
}

@test "another user cannot keep an array from being checked" {
	local holder

	disks 2 20M
	create -l 1 -n 2 "${DISKS[@]}"
	setpriv --reuid=65534 --clear-groups flock --no-fork -n /sys/block/md0/md tail -f /dev/null 3>&- &
	holder=$!
	wait_for 10 eval '! flock -n /sys/block/md0/md true'
	scrub 0 start "$A"
	kill $holder
	[[ $stderr == *"everything fits"* ]]
}

@test "skipped: without redundancy, degraded, read-only, busy" {
	disks 4 40M
	create -l 0 -n 2 "${DISKS[@]:0:2}"
	scrub 1 start "$A"
	[[ $stderr == *"$A: skipped: its level has no redundancy"* ]]
	scrub 0 start --all
	look raid0
	stop_arrays
	create -l 1 -n 2 "${DISKS[@]:0:2}"
	"$MDADM" --readonly "$A"
	scrub 0 start --all
	[[ $stderr == *"skipped: it is read-only"* ]]
	"$MDADM" --readwrite "$A"
	"$MDADM" --action=frozen "$A"
	scrub 1 start "$A"
	[[ $stderr == *"skipped: it is busy: frozen"* ]]
	"$MDADM" --action=idle "$A"
	echo faulty >"/sys/block/md0/md/dev-${DISKS[0]#/dev/}/state"
	scrub 0 start --all
	[[ $stderr == *"skipped: it is degraded"* ]]
	look degraded
	agree scrub
	[ ! -e "$STATES" ]
}

@test "what is remembered may be hostile" {
	local text

	disks 2 40M
	create -l 1 -n 2 "${DISKS[@]}"
	scrub 0 start "$A"
	for text in "" "nonsense" $'mdadm-scrub 1\nposition 99999999999999999999\n' $'mdadm-scrub 1\nposition -1\n' \
		$'mdadm-scrub 1\nposition 8\nsize 9\nstarted 7\nextra 3\n'; do
		printf '%s' "$text" >"$(ls "$STATES"/*)"
		scrub 0 status "$A"
		[[ $stderr == *"makes no sense: it is not believed"* ]]
		[[ $output == *"State : never"* ]]
	done
	printf 'mdadm-scrub 1\nposition 5000\nsize 9999\nstarted 7\n' >"$(ls "$STATES"/*)"
	# of an array of another size: from the begin
	scrub 0 resume "$A"
	[[ $stderr == *"the check begins"*"everything fits"* ]]
	chmod 666 "$STATES"/*
	scrub 0 status "$A"
	[[ $stderr == *"could have been written by others"* ]]
	text=$(ls "$STATES"/*)
	ln -sf /etc/passwd "$text"
	scrub 0 status "$A"
	[[ $stderr == *"cannot read"* ]]
}

# A check that was asked for a moment ago and has not quite begun is not ended by the first "idle".
ended() {
	echo idle >/sys/block/md0/md/sync_action
	is_idle md0
}

@test "--action: exit status and effect as the reference program" {
	local word prog

	disks 3 40M
	create -l 1 -n 2 "${DISKS[@]:0:2}"
	resync_speed 1
	for word in idle frozen check repair; do
		for prog in "$ORACLE" "$MDADM"; do
			run -0 "$prog" --action="$word" "$A"
			[ -z "$output" ]
			md_is md0 sync_action "$word"
			wait_for 5 ended
		done
	done
	"$MDADM" --action=check --dry-run "$A" --json >dry-run-json/action.out
	"$MDADM" --scrub start --dry-run "$A" --json >dry-run-json/scrub.out
	"$MDADM" --scrub start --dry-run "$A" >dry-run/scrub.out
	run -0 "$MDADM" --action=check --dry-run "$A"
	echo "$output" >dry-run/action.out
	agree dry-run
	[[ $output == *"set-attribute sysfs=/sys/block/md0/md/sync_action value=check"* ]]
	md_is md0 sync_action idle
	echo check >/sys/block/md0/md/sync_action
	run -1 "$ORACLE" --action=repair "$A"
	run -1 "$MDADM" --action=repair "$A"
	[[ $output == "mdadm: Could not set action for $A to repair: Device or resource busy"* ]]
	md_is md0 sync_action check
	resync_speed 200000
	stop_arrays
	create -l 0 -n 2 "${DISKS[@]:0:2}"
	for word in "$A" /dev/null /dev/none "${DISKS[2]}"; do
		run -1 "$ORACLE" --action=check "$word"
		run -1 "$MDADM" --action=check "$word"
	done
	for word in "--action=foo $A" "--action=check --action=idle $A" "--action=check"; do
		# shellcheck disable=SC2086 # words
		run -2 "$ORACLE" $word
		prog=$output
		# shellcheck disable=SC2086
		run -2 "$MDADM" $word
		[ "$output" = "$prog" ]
	done
}
