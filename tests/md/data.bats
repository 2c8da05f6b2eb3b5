#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is written stays: a file system with files, made, stopped and found again on every
# level: healthy, with members left out, and after stale members were forced back.

load lib

SUMS=/run/disks/sums
MOUNT=/run/disks/mount

setup() {
	room_open
	mkdir -p "$MOUNT"
}

teardown() {
	rm -f "$SUMS"
	room_close
}

make() {
	"$MDADM" --quiet --create /dev/md0 --run "$@"
	wait_idle md0
}

files() {
	local n

	mkfs.ext4 -q -F /dev/md0
	mount /dev/md0 "$MOUNT"
	for n in {1..12}; do
		head -c $((n * 39973)) /dev/urandom >"$MOUNT/file$n"
	done
	(cd "$MOUNT" && sha256sum file*) >"$SUMS"
	umount "$MOUNT"
}

# more: another file, and its sum.
more() {
	mount /dev/md0 "$MOUNT"
	head -c 300000 /dev/urandom >"$MOUNT/file-$RANDOM$RANDOM"
	(cd "$MOUNT" && sha256sum file*) >"$SUMS"
	umount "$MOUNT"
}

stop() {
	wait_idle md0
	"$MDADM" --quiet --stop /dev/md0
	[ -z "$(arrays)" ]
}

assemble() {
	"$MDADM" --assemble /dev/md0 "$@"
}

intact() {
	e2fsck -fn /dev/md0 >/dev/null 2>&1
	mount -o ro,noload /dev/md0 "$MOUNT"
	(cd "$MOUNT" && sha256sum -c --quiet "$SUMS")
	umount "$MOUNT"
}

# The whole of the array, not only what the files touch.
image_sum() {
	sha256sum </dev/md0
}

# healthy ARGS...: on DISKS.
healthy() {
	local sum

	make "$@" "${DISKS[@]}"
	files
	sum=$(image_sum)
	stop
	assemble "${DISKS[@]}"
	intact
	[ "$(image_sum)" = "$sum" ]
	stop
	# the order in which members are named is of no matter
	assemble "${DISKS[@]:1}" "${DISKS[0]}"
	intact
	[ "$(image_sum)" = "$sum" ]
	stop
}

# degraded OUT...: assembled without the members of these numbers.
degraded() {
	local out left=("${DISKS[@]}")

	for out in "$@"; do
		unset "left[$out]"
	done
	run assemble "${left[@]}"
	[ "$status" = 1 ]
	[ -z "$(arrays)" ]
	assemble --run "${left[@]}"
	md_is md0 degraded $#
	intact
	stop
}

@test "healthy: linear" {
	disks 3 12M
	healthy -l linear -n3
}

@test "healthy: linear, raid0 and raid1 of uneven members" {
	local args

	for args in "-l linear" "-l0 -c64" "-l0 -c64 --layout=alternate" "-l1"; do
		drop_disks
		disks 1 9M
		disks 1 14M
		disks 1 23M
		# shellcheck disable=SC2086 # a list of words
		healthy $args -n3
	done
}

@test "healthy: raid0" {
	disks 3 12M
	healthy -l0 -n3
	healthy -l0 -n3 -c4
}

@test "healthy: raid1" {
	disks 2 12M
	healthy -l1 -n2
	healthy -l1 -n2 --bitmap=internal --bitmap-chunk=64K
}

@test "healthy: raid4, raid5 and raid6, each with its layouts" {
	local layout

	disks 4 12M
	healthy -l4 -n4 -c16
	for layout in la ra ls rs parity-first parity-last; do
		healthy -l5 -n4 -c16 --layout=$layout
	done
	for layout in la ra ls rs ddf-zero-restart ddf-N-continue left-symmetric-6; do
		healthy -l6 -n4 -c16 --layout=$layout
	done
}

@test "healthy: raid10, each with its layouts" {
	local layout

	disks 4 12M
	for layout in n2 f2 o2 n3 f3 o3 n4; do
		healthy -l10 -n4 -c16 --layout=$layout
	done
}

@test "healthy: every metadata version" {
	local version

	disks 4 12M
	for version in 0.90 1.0 1.1 1.2; do
		"$MDADM" -q --zero-superblock "${DISKS[@]}" || :
		healthy -l5 -n4 -c16 -e $version
		healthy -l1 -n4 -e $version --bitmap=internal
	done
}

@test "degraded: raid1 with each of its members, and with one of three" {
	disks 3 12M
	make -l1 -n3 "${DISKS[@]}"
	files
	stop
	degraded 0
	"$MDADM" -q --zero-superblock "${DISKS[@]}"
	make -l1 -n3 "${DISKS[@]}"
	files
	stop
	degraded 0 1
}

@test "degraded: raid4 and raid5 without each of their members" {
	local level out

	disks 4 12M
	for level in 4 5; do
		for out in 0 1 2 3; do
			"$MDADM" -q --zero-superblock "${DISKS[@]}" || :
			make -l$level -n4 -c16 "${DISKS[@]}"
			files
			stop
			degraded $out
		done
	done
}

@test "degraded: raid6 without one and without two, whichever" {
	local out

	disks 5 12M
	for out in 0 4 "0 1" "1 3" "3 4" "0 4"; do
		"$MDADM" -q --zero-superblock "${DISKS[@]}" || :
		make -l6 -n5 -c16 "${DISKS[@]}"
		files
		stop
		# shellcheck disable=SC2086 # a list of words
		degraded $out
	done
}

@test "degraded: raid10 without one, and without one of each pair" {
	local args

	disks 4 12M
	for args in "n2:0" "n2:3" "n2:0 2" "n2:1 3" "f2:1" "f2:0 2" "o2:2" "n3:0 1"; do
		"$MDADM" -q --zero-superblock "${DISKS[@]}" || :
		make -l10 -n4 -c16 --layout="${args%%:*}" "${DISKS[@]}"
		files
		stop
		# shellcheck disable=SC2086 # a list of words
		degraded ${args#*:}
	done
}

@test "degraded: made with a missing member" {
	disks 3 12M
	make -l5 -n4 -c16 "${DISKS[@]:0:2}" missing "${DISKS[2]}"
	md_is md0 degraded 1
	files
	stop
	# nothing is newly missing: no --run needed
	assemble "${DISKS[@]}"
	md_is md0 degraded 1
	intact
}

@test "what is written degraded is there when the stale member comes back" {
	disks 4 12M
	make -l5 -n4 -c16 "${DISKS[@]}"
	files
	stop
	assemble --run "${DISKS[@]:0:3}"
	more
	stop
	# the stale one is seen and not used
	assemble "${DISKS[@]}"
	md_is md0 degraded 1
	intact
}

# lose N...: these members fail while the array runs, beyond what it can bear. The rest
# knows, they do not.
lose() {
	local n name

	for n in "$@"; do
		name=${DISKS[n]#/dev/}
		echo faulty >"/sys/block/md0/md/dev-$name/state"
	done
	# what failed in the end is noted in the superblocks of the others
	sync /dev/md0 || :
	wait_for 10 md_is md0 array_state clean || :
	"$MDADM" --quiet --stop /dev/md0
	[ -z "$(arrays)" ]
}

# forced MEMBER...: not without --force; with it all is as it was, also the next time.
forced() {
	run assemble --run "$@"
	echo "$output"
	[ "$status" = 1 ]
	[ -z "$(arrays)" ]
	assemble --force "$@"
	intact
	stop
	assemble "$@"
	intact
	stop
}

@test "force: raid4 and raid5 that lost a second member" {
	local level

	disks 4 12M
	for level in 4 5; do
		"$MDADM" -q --zero-superblock "${DISKS[@]}" || :
		make -l$level -n4 -c16 "${DISKS[@]}"
		files
		stop
		assemble --run "${DISKS[@]:0:3}"
		more
		lose 2
		forced "${DISKS[@]:0:3}"
	done
}

@test "force: raid6 that lost a third member" {
	disks 5 12M
	make -l6 -n5 -c16 "${DISKS[@]}"
	files
	stop
	assemble --run "${DISKS[@]:0:3}"
	more
	lose 1
	forced "${DISKS[@]:0:3}"
}

@test "force: of stale members only as many as it takes, the freshest" {
	disks 4 12M
	make -l5 -n4 -c16 "${DISKS[@]}"
	files
	stop
	assemble --run "${DISKS[@]:1:3}"
	more
	lose 3
	# member 0 has missed a file; member 3 nothing
	assemble --force "${DISKS[@]}"
	md_is md0 degraded 1
	intact
	stop
}

@test "force: raid5 that was not in sync and misses a member" {
	echo 1 >/proc/sys/dev/raid/speed_limit_min
	echo 1 >/proc/sys/dev/raid/speed_limit_max
	disks 4 60M
	"$MDADM" --quiet --create /dev/md0 --run -l5 -n4 -c16 --force "${DISKS[@]}"
	files
	"$MDADM" --quiet --stop /dev/md0
	forced "${DISKS[@]:0:3}" 3>&-
	echo 1000 >/proc/sys/dev/raid/speed_limit_min
	echo 200000 >/proc/sys/dev/raid/speed_limit_max
}

@test "force: mirrors need none, the fresh member is enough" {
	disks 4 12M
	make -l10 -n4 -c16 "${DISKS[@]}"
	files
	stop
	assemble --run "${DISKS[0]}" "${DISKS[2]}" "${DISKS[3]}"
	more
	stop
	assemble --force "${DISKS[@]}"
	md_is md0 degraded 1
	intact
	stop
	"$MDADM" -q --zero-superblock "${DISKS[@]}"
	make -l1 -n2 "${DISKS[@]:0:2}"
	files
	stop
	assemble --run "${DISKS[1]}"
	more
	stop
	assemble --force "${DISKS[@]:0:2}"
	md_is md0 degraded 1
	intact
}

@test "the other tool finds it all" {
	local args

	[ -n "${ORACLE:-}" ] || skip "no reference program"
	disks 4 12M
	for args in "-l0 -n4" "-l1 -n4" "-l5 -n4 -c16" "-l6 -n4 -c16" "-l10 -n4 -c16 --layout=f2"; do
		"$MDADM" -q --zero-superblock "${DISKS[@]}" || :
		# shellcheck disable=SC2086 # a list of words
		make $args "${DISKS[@]}"
		files
		stop
		"$ORACLE" -q --assemble /dev/md0 "${DISKS[@]}"
		intact
		more
		wait_idle md0
		"$ORACLE" -q --stop /dev/md0
		assemble "${DISKS[@]}"
		intact
		stop
	done
}
