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
	speed 1000 200000
	room_close
}

# speed MIN MAX: of resync, in KiB a second.
speed() {
	echo "$1" >/proc/sys/dev/raid/speed_limit_min
	echo "$2" >/proc/sys/dev/raid/speed_limit_max
}

make() {
	"$MDADM" -q --zero-superblock "${DISKS[@]}" 2>/dev/null || :
	"$MDADM" --quiet --create /dev/md0 --run "$@"
	wait_idle md0
}

files() {
	local n

	mkfs.ext4 -q -F -O ^has_journal -N 32 /dev/md0
	mount /dev/md0 "$MOUNT"
	for n in {1..6}; do
		head -c $((n * 99973)) /dev/urandom >"$MOUNT/file$n"
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
	"$MDADM" --quiet --assemble /dev/md0 "$@"
}

# refused ARGS...: not assembled, and nothing is left.
refused() {
	if assemble "$@" 2>/dev/null; then
		echo "# assembled: $*" >&2
		return 1
	fi
	[ -z "$(arrays)" ]
}

intact() {
	e2fsck -fn /dev/md0 >/dev/null 2>&1
	mount -o ro /dev/md0 "$MOUNT"
	(cd "$MOUNT" && sha256sum -c --quiet "$SUMS")
	umount "$MOUNT"
}

# filled ARGS...: an array on DISKS full of random bytes, stopped; their sum in `sum`.
filled() {
	make "$@" "${DISKS[@]}"
	dd if=/dev/urandom of=/dev/md0 bs=1M oflag=direct status=none 2>/dev/null || :
	sum=$(sha256sum </dev/md0)
	stop
}

# healthy ARGS...: with DISKS in another order, too.
healthy() {
	local sum

	filled "$@"
	assemble "${DISKS[@]:1}" "${DISKS[0]}"
	[ "$(sha256sum </dev/md0)" = "$sum" ]
	stop
}

# without OUT...: assembled without the members of these numbers, as it is.
without() {
	local out left=("${DISKS[@]}")

	for out in "$@"; do
		unset "left[$out]"
	done
	refused "${left[@]}"
	assemble --run --readonly "${left[@]}"
	md_is md0 degraded $#
	[ "$(sha256sum </dev/md0)" = "$sum" ]
	"$MDADM" --quiet --stop /dev/md0
}

@test "a file system on every level" {
	local level

	disks 4 8M
	for level in linear 0 1 4 5 6 10; do
		make -l$level -n4 "${DISKS[@]}"
		files
		stop
		assemble "${DISKS[@]}"
		intact
		stop
	done
}

@test "linear, raid0 and raid1 of uneven members" {
	local args

	disks 1 5M
	disks 1 7M
	disks 1 11M
	for args in "-l linear" "-l0 -c64 --layout=original" "-l0 -c64 --layout=alternate" -l1; do
		# shellcheck disable=SC2086 # a list of words
		healthy $args -n3
	done
}

@test "chunks, layouts and a bitmap" {
	local layout

	disks 4 6M
	healthy -l0 -n4 -c4
	healthy -l1 -n4 --bitmap=internal --bitmap-chunk=64K
	healthy -l4 -n4 -c16
	for layout in la rs parity-first; do
		healthy -l5 -n4 -c16 --layout=$layout
	done
	for layout in ra ddf-zero-restart left-symmetric-6; do
		healthy -l6 -n4 -c16 --layout=$layout
	done
	for layout in f2 o2 n3 f3; do
		healthy -l10 -n4 -c16 --layout=$layout
	done
}

@test "every metadata version" {
	local version

	disks 4 6M
	for version in 0.90 1.0 1.1 1.2; do
		healthy -l5 -n4 -c16 -e $version
		healthy -l1 -n4 -e $version --bitmap=internal
	done
}

@test "degraded: raid1 without one of three, and without two" {
	disks 3 6M
	filled -l1 -n3
	without 0
	without 1 2
}

@test "degraded: raid4 and raid5 without each of their members" {
	local level out sum

	disks 4 6M
	for level in 4 5; do
		filled -l$level -n4 -c16
		for out in 0 1 2 3; do
			without $out
		done
	done
}

@test "degraded: raid6 without one and without two" {
	local sum

	disks 5 6M
	filled -l6 -n5 -c16
	without 0
	without 4
	without 0 1
	without 1 3
	without 3 4
	without 0 4
}

@test "degraded: raid10 without one, and without one of each pair" {
	local sum

	disks 4 6M
	filled -l10 -n4 -c16
	without 3
	without 0 2
	without 1 3
	filled -l10 -n4 -c16 --layout=f2
	without 0 2
	filled -l10 -n4 -c16 --layout=n3
	without 0 1
}

@test "degraded: made with a missing member" {
	disks 3 8M
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
	disks 4 8M
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
		# the driver says "busy" to the one that breaks the array, and does it
		echo faulty >"/sys/block/md0/md/dev-$name/state" || :
	done
	# what failed in the end is noted in the superblocks of the others
	sync /dev/md0 || :
	wait_for 10 md_is md0 array_state clean || :
	"$MDADM" --quiet --stop /dev/md0
	[ -z "$(arrays)" ]
}

# forced MEMBER...: not without --force; with it all is as it was, also the next time.
forced() {
	refused --run "$@"
	assemble --force "$@"
	intact
	stop
	assemble "$@"
	intact
	stop
}

@test "force: raid4 and raid5 that lost a second member" {
	local level

	disks 4 8M
	for level in 4 5; do
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
	disks 5 8M
	make -l6 -n5 -c16 "${DISKS[@]}"
	files
	stop
	assemble --run "${DISKS[@]:0:3}"
	more
	lose 1
	forced "${DISKS[@]:0:3}"
}

@test "force: of stale members only as many as it takes, the freshest" {
	disks 4 8M
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
	speed 1 1
	disks 4 40M
	"$MDADM" --quiet --create /dev/md0 --run -l5 -n4 -c16 --force "${DISKS[@]}"
	files
	"$MDADM" --quiet --stop /dev/md0
	refused --run "${DISKS[@]:0:3}"
	assemble --run --force "${DISKS[@]:0:3}"
	md_is md0 degraded 1
	intact
}

@test "force: mirrors need none, the fresh member is enough" {
	disks 4 8M
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
	disks 4 8M
	for args in "-l0 -n4" "-l1 -n4" "-l5 -n4 -c16" "-l6 -n4 -c16" "-l10 -n4 -c16 --layout=f2"; do
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
