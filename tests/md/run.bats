#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --run, --readonly, --readwrite, --wait and --wait-clean, side by side with the reference program.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031 # each test is a process

bats_require_minimum_version 1.5.0

load incremental

home() {
	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
}

@test "an array that waits is started, one that runs stays as it is" {
	waits() {
		i -I "${DISKS[0]}"
		i -R /dev/md127
		i --run /dev/md/home
		i -R /dev/md/none
		i -R "${DISKS[1]}"
	}
	managed() {
		i -I "${DISKS[0]}"
		i --manage /dev/md/home --run
		i --manage /dev/md127 -R
	}
	silent() {
		i -I -q "${DISKS[1]}"
		i -q --run /dev/md127 /dev/md/home
	}

	home
	both waits
	both managed
	both silent
}

@test "what cannot run is not tried, and starts when the rest comes" {
	fresh 3
	clean_make /dev/md/r5 -l5 -n3 "${DISKS[@]}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	for words in "-R /dev/md127" "-IRs" "--run /dev/md/r5"; do
		# shellcheck disable=SC2086 # words
		mine $words
		[ "$status" = 1 ]
		one_line "$output"
		[[ $output == *"failed to start array /dev/md/r5: not enough devices, 1 of 3"* ]]
	done
	"$MDADM" -I "${DISKS[2]}"
	mine -I "${DISKS[1]}"
	[ "$(md_attr md127 array_state)" = clean ]
	[ "$(md_attr md127 degraded)" = 0 ]
}

@test "several at once, one of which cannot" {
	fresh 5
	clean_make /dev/md/a -l1 -n2 "${DISKS[@]:0:2}"
	clean_make /dev/md/b -l1 -n2 "${DISKS[2]}" missing
	clean_make /dev/md/c -l0 -n2 "${DISKS[@]:3:2}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	"$MDADM" -I "${DISKS[3]}"
	mine -IRs
	[ "$status" = 1 ]
	[[ $output == *"started array /dev/md/a"* ]]
	[[ $output == *"failed to start array /dev/md/c: not enough devices"* ]]
	"$MDADM" -I "${DISKS[4]}"
	mine -IRs
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "what the kernel could not start for want of a module is started when that is there" {
	local real words

	real=$(</proc/sys/kernel/modprobe)
	home
	for words in "--run /dev/md127" "--run /dev/md/home" "-IRs"; do
		ended
		modprobe_is /bin/false
		"$MDADM" -I "${DISKS[0]}"
		mine -I "${DISKS[1]}"
		[ "$status" = 1 ]
		# shellcheck disable=SC2086 # words
		mine $words
		[ "$status" = 1 ]
		one_line "$output"
		[ "$(md_attr md127 array_state)" = inactive ]
		echo "$real" >/proc/sys/kernel/modprobe
		# shellcheck disable=SC2086 # words
		mine $words
		[ "$status" = 0 ]
		[[ $output == *"started array /dev/md"* ]]
		[ "$(md_attr md127 degraded)" = 0 ]
	done
}

@test "nor is it lost to the next event" {
	local real

	real=$(</proc/sys/kernel/modprobe)
	home
	ended
	modprobe_is /bin/false
	"$MDADM" -I "${DISKS[0]}"
	run -1 "$MDADM" -I "${DISKS[1]}"
	run -1 "$MDADM" -I "${DISKS[0]}"
	[ "$(md_attr md127 array_state)" = inactive ]
	echo "$real" >/proc/sys/kernel/modprobe
	mine -I --export "${DISKS[0]}"
	[ "$status" = 0 ]
	[[ $output == *MD_STARTED=yes* ]]
	[ "$(md_attr md127 degraded)" = 0 ]
}

@test "while the kernel is at the start of an array, others wait for that" {
	local real last run spare

	real=$(</proc/sys/kernel/modprobe)
	fresh 3
	clean_make /dev/md/home -l1 -n2 -x1 "${DISKS[@]}"
	ended
	printf '%s\n' '#!/bin/bash' "until [ -e $PWD/go ]; do read -r -t 0.05 <> <(:); done" \
		"exec $real \"\$@\"" >slow
	chmod +x slow
	modprobe_is "$PWD/slow"
	"$MDADM" -I "${DISKS[0]}"
	"$MDADM" -I "${DISKS[1]}" &
	last=$!
	wait_for 10 md_is md127 raid_disks 2
	[ "$(md_attr md127 array_state)" = inactive ]
	"$MDADM" -I "${DISKS[2]}" &
	spare=$!
	"$MDADM" --run /dev/md127 &
	run=$!
	run ! wait_for 7 [ ! -e "/proc/$spare" -o ! -e "/proc/$run" ]
	touch go
	wait $last
	wait $spare
	wait $run
	echo "$real" >/proc/sys/kernel/modprobe
	[ "$(md_attr md127 degraded)" = 0 ]
	[ -e "/sys/block/md127/md/dev-${DISKS[2]#/dev/}" ]
}

@test "a name that is in no map" {
	home
	"$MDADM" -I "${DISKS[0]}"
	rm /run/mdadm/map
	mine -R /dev/md127
	[ "$output" = "mdadm: started array /dev/md/home" ]
}

@test "dry runs change nothing" {
	home
	"$MDADM" -I "${DISKS[0]}"
	before=$(hashes && traces)
	mine -R --dry-run /dev/md127
	[[ $output == *start-array*read-auto* ]]
	mine -I --dry-run "${DISKS[1]}"
	[[ $output == *add-disk* ]]
	mine --manage --run --dry-run --json /dev/md127
	[[ $output == *'"start-array"'* ]]
	[ "$before" = "$(hashes && traces)" ]
	"$MDADM" -R /dev/md127
	before=$(hashes && traces)
	mine -o --dry-run /dev/md127
	[[ $output == *STOP_ARRAY_RO* ]]
	mine -If --dry-run "${DISKS[0]#/dev/}"
	[[ $output == *remove-member* ]]
	[ "$before" = "$(hashes && traces)" ]
}

@test "read-only and writable" {
	rights() {
		i -I "${DISKS[0]}"
		i -o /dev/md127
		i -w /dev/md127
		i -I "${DISKS[1]}"
		i -o /dev/md127
		i --readonly /dev/md/home
		i -w /dev/md/home
		i --readwrite /dev/md127
		i --misc -o /dev/md127
		i -o /dev/nix
		i -w "${DISKS[1]}"
	}

	home
	both rights
	# in use, and by whom
	"$MDADM" -I -q "${DISKS[0]}"
	"$MDADM" -I -q "${DISKS[1]}"
	exec 7>/dev/md127
	mine -o /dev/md127
	exec 7>&-
	[ "$status" = 1 ]
	one_line "$output"
	[[ $output == *"failed to set readonly for /dev/md127: Device or resource busy: "* ]]
}

@test "waiting" {
	clean() {
		i --wait-clean --scan
		i -I -R "${DISKS[0]}"
		i --wait-clean --scan
		i --wait-clean /dev/md127
		i --wait-clean /dev/md9
		i --wait-clean "${DISKS[1]}"
		i --wait /dev/md127
		i --wait /dev/md9
		i -W "${DISKS[1]}"
	}

	home
	both clean
	resync_speed 200000
	fresh 2
	make /dev/md/home -l1 -n2 "${DISKS[@]}"
	"$MDADM" --wait /dev/md/home || [ $? = 1 ]
	[ "$(md_attr md127 sync_action)" = idle ]
	# what stands still until somebody writes is not waited for
	ended
	resync_speed 1
	fresh 2
	make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	"$ORACLE" -q --assemble --readonly /dev/md/home "${DISKS[@]}"
	mine --wait /dev/md/home
	[ "$status" = 1 ]
}

@test "--auto-detect: asks the driver, which as a module can find none" {
	local call

	fresh 2
	clean_make /dev/md/home -l1 -n2 -e 0.90 "${DISKS[@]}"
	ended
	strace -o calls -e trace=ioctl "$MDADM" --auto-detect >said 2>&1
	one_line "$(<said)"
	[[ $(<said) == *"is a module"*"use mdadm --assemble --scan"* ]]
	call=$(grep -c 'RAID_AUTORUN, 0)' calls)
	[ "$call" = 1 ]
	[ -z "$(traces)" ]
	mine --auto-detect --dry-run
	[ "$status" = 0 ]
	[[ $output == "Nothing has been changed."* ]]
	[ -z "$(traces)" ]
}

# The last: it takes the driver away.  Half a minute, which the guest sleeps.
@test "a modprobe that never ends is ended, and said in one line" {
	local begin spent pid kept=/run/modprobe.kept

	home
	ended
	rmmod raid456 raid10 raid1 raid0 linear faulty multipath md_mod
	# what hangs must not be what the kernel calls
	echo /bin/false >/proc/sys/kernel/modprobe
	mv "$(readlink -f /sbin)/modprobe" $kept
	printf '%s\n' '#!/bin/bash' "echo \$\$ >>$PWD/pids" "exec sleep 1000" >/sbin/modprobe
	chmod +x /sbin/modprobe
	begin=$EPOCHSECONDS
	# without the descriptor of bats, which would wait for a child that is left
	run timeout -k 1 100 "$MDADM" --assemble /dev/md5 "${DISKS[@]:0:2}" 3>&-
	spent=$((EPOCHSECONDS - begin))
	mv $kept "$(readlink -f /sbin)/modprobe"
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	modprobe -a md-mod raid0 raid1 raid10 raid456 linear faulty multipath
	echo "$status, after $spent s: $output"
	[ "$status" = 1 ]
	one_line "$output"
	[[ $output == *"the kernel has no md driver, and modprobe md_mod did not bring it" ]]
	((spent >= 29 && spent <= 45))
	while read -r pid; do
		[ ! -e "/proc/$pid" ]
	done <pids
	no_leftovers
	"$MDADM" --assemble /dev/md5 "${DISKS[@]:0:2}"
}
