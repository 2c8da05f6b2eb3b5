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

# forced ARGS...: stale members make the array whole again; what was written before the
# last of them was lost is intact.
forced() {
	run assemble "$@"
	echo "$output"
	[ "$status" = 1 ]
	[ -z "$(arrays)" ]
	assemble --force "$@"
	intact
	stop
	assemble --run "$@"
	intact
	stop
}

@test "force: raid5 of which a second member is stale" {
	disks 4 12M
	make -l5 -n4 -c16 "${DISKS[@]}"
	files
	stop
	# loses its member 3, goes on, ...
	assemble --run "${DISKS[@]:0:3}"
	more
	stop
	# ... and is touched once more without member 2: nothing but superblocks is written
	"$MDADM" --assemble --run /dev/md0 "${DISKS[@]:0:3}"
	echo 2 >/dev/null
	stop
	stale_events 2
	forced "${DISKS[@]:0:3}"
}

# stale_events N: the superblock of that member falls behind, as when it was pulled out
# shortly before the array stopped: the event count less, the checksum right.
stale_events() {
	python3 - "${DISKS[$1]}" <<'END'
import os, struct, sys
fd = os.open(sys.argv[1], os.O_RDWR)
b = bytearray(os.pread(fd, 4096, 4096))
events, = struct.unpack_from("<Q", b, 200)
struct.pack_into("<Q", b, 200, events - 4)
struct.pack_into("<I", b, 216, 0)
n, = struct.unpack_from("<I", b, 220)
s = sum(struct.unpack_from("<%dI" % ((256 + 2 * n) // 4), b, 0))
struct.pack_into("<I", b, 216, ((s & 0xffffffff) + (s >> 32)) & 0xffffffff)
os.pwrite(fd, bytes(b), 4096)
os.fsync(fd)
END
}
