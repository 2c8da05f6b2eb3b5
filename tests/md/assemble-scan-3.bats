#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --scan among others: disks that do not answer, udev that is quicker, starts that have failed.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process

bats_require_minimum_version 1.5.0

load lib
load beside
load proof
load assemble

FAULTY=${FAULTY:-$BATS_TEST_DIRNAME/../../build/faults/mdadm}

teardown() {
	slow_close
}

runs() {
	[ -e "/proc/$1/stat" ] && [[ $(<"/proc/$1/stat") != *") Z "* ]]
}

@test "a member that does not answer, of an array that waits: the map is free meanwhile" {
	local slow=/dev/mapper/slow pid rc=0

	fresh 4
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]:0:2}"
	clean_make /dev/md/two -l1 -n2 "${DISKS[@]:2:2}"
	ended
	mapper slow 16384 linear "${DISKS[0]}" 0
	"$MDADM" -I $slow
	conf "DEVICE ${DISKS[*]:1}"
	dmsetup suspend --noudevsync slow
	"$MDADM" --assemble --scan >said 2>&1 &
	pid=$!
	wait_for 20 reads $pid
	run -0 timeout 20 "$MDADM" -I "${DISKS[2]}"
	echo "$output"
	runs $pid
	dmsetup resume --noudevsync slow
	wait $pid || rc=$?
	cat said
	[ "$rc" = 0 ]
	# what came meanwhile is seen, and gets what it lacks
	[ "$(md_attr "$(readlink /dev/md/one | sed 's|.*/||')" degraded)" = 0 ]
	[ "$(md_attr "$(readlink /dev/md/two | sed 's|.*/||')" degraded)" = 0 ]
	equal "$(cut -d' ' -f4 /run/mdadm/map | sort)" $'/dev/md/one\n/dev/md/two'
}

@test "the map lost, and a member that does not answer, of an array that runs: the map is free meanwhile" {
	local slow=/dev/mapper/slow pid rc=0

	fresh 4
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]:0:2}"
	clean_make /dev/md/two -l1 -n2 "${DISKS[@]:2:2}"
	ended
	conf
	mapper slow 16384 linear "${DISKS[0]}" 0
	run -0 "$MDADM" --assemble /dev/md/one $slow "${DISKS[1]}"
	rm /run/mdadm/map
	dmsetup suspend --noudevsync slow
	"$MDADM" --assemble /dev/md/two "${DISKS[@]:2:2}" >said 2>&1 &
	pid=$!
	wait_for 20 reads $pid
	[ ! -e /run/mdadm/map.lock ]
	dmsetup resume --noudevsync slow
	wait $pid || rc=$?
	cat said
	[ "$rc" = 0 ]
	[[ $(<said) == *"/dev/md/two has been started with 2 drives."* ]]
}

@test "a member that has left the array meanwhile, and that no DEVICE line means, is not taken" {
	local slow=/dev/mapper/slow pid rc=0 name

	fresh 5
	DISKS=("${DISKS[@]:0:2}")
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]}"
	ended
	mapper slow 16384 linear "${DISKS[0]}" 0
	"$MDADM" -I $slow
	name=$(compgen -G "/sys/block/md127/md/dev-dm-*")
	name=${name##*/dev-}
	conf "DEVICE ${DISKS[1]}"
	dmsetup suspend --noudevsync slow
	"$MDADM" --assemble --scan --run >said 2>&1 &
	pid=$!
	wait_for 20 reads $pid
	run -0 timeout 20 "$MDADM" -If "$name"
	echo "$output"
	runs $pid
	dmsetup resume --noudevsync slow
	wait $pid || rc=$?
	cat said
	[ "$rc" = 0 ]
	[[ $(<said) == *"/dev/md/one has been started with 1 drive (out of 2)."* ]]
	[ -z "$(ls "/sys/block/$name/holders")" ]
}

# slow_data I: slowI is the disk, but its data takes its time.
slow_data() {
	printf '%s\n' "0 2048 linear ${DISKS[$1]} 0" "2048 14336 delay ${DISKS[$1]} 2048 1500 ${DISKS[$1]} 2048 0" |
		dmsetup create --noudevsync "slow$1"
	dmsetup mknodes
}

# Two mirrors with a stripe on them, and two disks beside.
stacked() {
	fresh 5
	make /dev/md/low -l1 -n1 --force --assume-clean "${DISKS[0]}"
	make /dev/md/lower -l1 -n1 --force --assume-clean "${DISKS[1]}"
	make /dev/md/up -l0 -n2 /dev/md/low /dev/md/lower
	"$ORACLE" -q --stop /dev/md/up
	LOW=$(uuid_of "${DISKS[0]}") LOWER=$(uuid_of "${DISKS[1]}") UP=$(uuid_of /dev/md/low)
	ended
}

lines() {
	conf "DEVICE $1" "ARRAY /dev/md/low UUID=$LOW" "ARRAY /dev/md/lower UUID=$LOWER" "ARRAY /dev/md/up UUID=$UP"
}

# while_read PROGRAM...: --assemble --scan is at the data of the mirrors when that runs.
while_read() {
	local pid rc=0

	"$MDADM" --assemble --scan >said 2>&1 &
	pid=$!
	# both run, and the lock is had no more
	wait_for 20 free_map
	run -0 timeout 20 "$@"
	echo "$output"
	runs $pid
	wait $pid || rc=$?
	cat said
	[ "$rc" = 0 ]
}

free_map() {
	[ "$(grep -c active /proc/mdstat)" = 2 ] && [ ! -e /run/mdadm/map.lock ]
}

@test "arrays on arrays that are slow: the map is free while they are looked at" {
	local how

	stacked
	slow_data 0
	slow_data 1
	for how in "DEVICE /dev/mapper/slow0 /dev/mapper/slow1 /dev/md*" ""; do
		lines "/dev/mapper/slow0 /dev/mapper/slow1 /dev/md*"
		[ -z "$how" ] || conf "$how"
		while_read "$MDADM" --create /dev/md/two --run -l1 -n2 --assume-clean "${DISKS[@]:2:2}"
		[ -e /dev/md/up ]
		# what came meanwhile keeps its number
		equal "$(cut -d' ' -f4 /run/mdadm/map | sort)" $'/dev/md/low\n/dev/md/lower\n/dev/md/two\n/dev/md/up'
		equal "$(cut -d' ' -f1 /run/mdadm/map | sort -u | wc -l)" 4
		ended
	done
}

@test "arrays on arrays: udev is quicker with them, and that is as good" {
	local pid md rc=0

	stacked
	slow_data 0
	slow_data 1
	lines "/dev/mapper/slow0 /dev/mapper/slow1 /dev/md*"
	"$MDADM" --assemble --scan >said 2>&1 &
	pid=$!
	wait_for 20 free_map
	kill -STOP $pid
	for md in /dev/md126 /dev/md127; do
		run "$MDADM" -I $md
		echo "$output"
	done
	kill -CONT $pid
	wait $pid || rc=$?
	cat said
	[ "$rc" = 0 ]
	equal "$(cut -d' ' -f4 /run/mdadm/map | sort)" $'/dev/md/low\n/dev/md/lower\n/dev/md/up'
	[ "$(md_attr "$(readlink /dev/md/up | sed 's|.*/||')" array_state)" != inactive ]
}

@test "an ARRAY line that lacked a member at first keeps its name when it comes with another array" {
	fresh 3
	make /dev/md/low -l1 -n1 --force --assume-clean "${DISKS[0]}"
	clean_make /dev/md/top -l1 -n2 /dev/md/low "${DISKS[1]}"
	LOW=$(uuid_of "${DISKS[0]}") TOP=$(uuid_of "${DISKS[1]}")
	"$ORACLE" -q --stop /dev/md/top
	ended
	conf "DEVICE /dev/loop* /dev/md*" "ARRAY /dev/md/top UUID=$TOP" "ARRAY /dev/md/low UUID=$LOW"
	same --assemble --scan --no-degraded
	conf "DEVICE /dev/loop* /dev/md*" "ARRAY /dev/md/top num-devices=2 UUID=$TOP" "ARRAY /dev/md/low UUID=$LOW"
	run "$MDADM" --assemble --scan
	echo "$output"
	equal "$(cut -d' ' -f4 /run/mdadm/map | sort)" $'/dev/md/low\n/dev/md/top'
}

@test "what the kernel could not start for want of a module is started by --run when that is there" {
	local real

	real=$(</proc/sys/kernel/modprobe)
	fresh 2
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]}"
	ended
	modprobe_is /bin/false
	"$MDADM" -I "${DISKS[0]}"
	run -1 "$MDADM" -I "${DISKS[1]}"
	run -1 "$MDADM" --assemble --scan --run
	echo "$output"
	[[ $output == *"failed to RUN_ARRAY /dev/md/one"* ]]
	[ "$(md_attr md127 array_state)" = inactive ]
	echo "$real" >/proc/sys/kernel/modprobe
	run -0 "$MDADM" --assemble --scan --run
	echo "$output"
	[[ $output == *"/dev/md/one has been started with 2 drives."* ]]
	[ "$(md_attr md127 degraded)" = 0 ]
}

# A mirror of three, the third of which was written apart; and an array that waits, with one of each.
apart() {
	fresh 3
	clean_make /dev/md/one -l1 -n3 "${DISKS[@]}"
	ended
	without "${DISKS[2]}"
	ended
	without "${DISKS[@]:0:2}"
	ended
	without "${DISKS[@]:0:2}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	run "$MDADM" -I "${DISKS[2]}"
	echo "$output"
	[ -e "/sys/block/md127/md/dev-${DISKS[2]#/dev/}" ]
	[ "$(md_attr md127 array_state)" = inactive ]
}

@test "a start that fails: what was taken out before is back, or it is said that it is out" {
	local real

	real=$(</proc/sys/kernel/modprobe)
	apart
	# the kernel was not asked yet
	FAULT=EIO FAULT_STEP=1 FAULT_KIND=start-array run -1 "$FAULTY" --run /dev/md127
	echo "$output"
	[[ $output != *"put back"* ]]
	[ -e "/sys/block/md127/md/dev-${DISKS[2]#/dev/}" ]
	modprobe_is /bin/false
	run -1 "$MDADM" --run /dev/md127
	echo "$output"
	echo "$real" >/proc/sys/kernel/modprobe
	[[ $output == *"not put back as they were: ${DISKS[2]#/dev/}: out of md127"* ]]
	[ ! -e "/sys/block/md127/md/dev-${DISKS[2]#/dev/}" ]
	run -0 "$MDADM" --run /dev/md127
	[ "$(md_attr md127 degraded)" = 2 ]
}

# disagree OTHER NEWER: the size on record of the one is another; more has happened to the other.
disagree() {
	fresh 5
	DISKS=("${DISKS[@]:0:2}")
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]}"
	ended
	poke "${DISKS[$1]}" 80 0x800
	poke "${DISKS[$2]}" 200 0x30
}

@test "members of one array that do not agree: the newer ones run, the others are left alone" {
	local other newer

	for other in 0 1; do
		for newer in 0 1; do
			disagree $other $newer
			run -0 "$MDADM" --assemble --scan
			echo "$output"
			[[ $output == *"${DISKS[1 - newer]} is left alone: it does not agree with the members of /dev/md/one"* ]]
			equal "$(cut -d' ' -f4 /run/mdadm/map)" /dev/md/one
			[ -e "/sys/block/md127/md/dev-${DISKS[newer]#/dev/}" ]
			equal "$(arrays)" md127
			# nor is it taken later
			run "$MDADM" --assemble --scan
			equal "$(arrays)" md127
			ended
		done
	done
}
