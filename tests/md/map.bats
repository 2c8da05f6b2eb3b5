#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The map of arrays: made anew when it is missing, spoilt or asked for; what others have put in its
# place; and what no map says.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031 # each test is a process

bats_require_minimum_version 1.5.0

load incremental

setup() {
	beside_open
	fresh 4
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	clean_make /dev/md/data -l1 -n2 -e 1.0 "${DISKS[@]:2:2}"
	one_waits
	RIGHT=$(sort /run/mdadm/map)
}

# One array runs, the other waits for its second.
one_waits() {
	ended
	"$MDADM" -I -q "${DISKS[0]}"
	"$MDADM" -I -q "${DISKS[2]}"
	"$MDADM" -I -q "${DISKS[3]}"
}

teardown() {
	! mountpoint -q /run/mdadm || umount /run/mdadm
	rm -rf /run/mdadm
	beside_close
}

is_right() {
	equal "$RIGHT" "$(sort /run/mdadm/map)" && [ "$(stat -c %a:%F /run/mdadm/map)" = "600:regular file" ]
}

@test "made anew" {
	rm /run/mdadm/map
	mine -I --rebuild-map
	[ "$status" = 0 ]
	[ -z "$output" ]
	is_right
	mine -Ir
	is_right
	# one that was built without metadata is not what a superblock says that its member still has
	read -ra DISKS <<<"$ALL_DISKS"
	dd if="${DISKS[0]}" of="${DISKS[4]}" bs=64k count=1 oflag=direct conv=notrunc status=none
	"$ORACLE" --quiet --build /dev/md50 -l1 -n2 "${DISKS[4]}" missing
	[ "$(md_attr md50 metadata_version)" = none ]
	rm /run/mdadm/map # with the line that the packaged tool has made
	mine -Ir
	is_right
	stop_array md50
	dd if=/dev/zero of="${DISKS[4]}" bs=64k count=1 oflag=direct conv=notrunc status=none
	# what has gone goes
	echo "md55 1.2 00000000:00000000:00000000:00000001 /dev/md/old" >>/run/mdadm/map
	mine -Ir
	is_right
	# no names in /dev, as with udev before the start: by what the superblocks say
	rm -rf /run/mdadm/map /dev/md
	mine -Ir
	is_right
	# without udev it makes them
	[ "$(readlink /dev/md/home /dev/md/data | sort)" = $'/dev/md126\n/dev/md127' ]
	rm -rf /run/mdadm
	"$MDADM" -Ir
	is_right
	rm /run/mdadm/map
	mine -Ir --dry-run
	[[ $output == *set-map-line* ]]
	[ ! -e /run/mdadm/map ]
}

@test "made anew: an array of a number keeps the name that it has by that" {
	local words

	for words in 0.90 1.2; do
		ended
		fresh 2
		clean_make /dev/md31 -e $words -l1 -n2 "${DISKS[@]}"
		ended
		"$MDADM" -I -q "${DISKS[0]}"
		RIGHT=$(sort /run/mdadm/map)
		[[ $RIGHT == "md31 "*" /dev/md/31" ]]
		rm -rf /run/mdadm/map /dev/md
		mine -Ir
		is_right
		rm -rf /run/mdadm/map /dev/md
		"$ORACLE" --incremental --rebuild-map
		is_right
	done
}

@test "a file in the place of /dev/md is named" {
	rm -rf /dev/md
	touch /dev/md
	mine -I "${DISKS[1]}"
	rm /dev/md
	[[ $output == *"cannot make /dev/md/home: /dev/md is no directory: remove it, or move it away"* ]]
	[ "$(md_attr md127 degraded)$(md_attr md126 degraded)" = 00 ]
}

@test "missing: the device finds its array all the same" {
	rm /run/mdadm/map
	mine -I "${DISKS[1]}"
	[ "$status" = 0 ]
	[[ $output == *"attached to /dev/md/home, which has been started." ]]
	is_right
}

spoilt() { # WORDS: the device finds its array, the map is right, and that is said in one line
	mine -I "${DISKS[1]}"
	[ "$status" = 0 ]
	# shellcheck disable=SC2053 # a pattern
	[[ ${lines[0]} == "mdadm: /run/mdadm/map "$1 ]]
	[ "${#lines[@]}" = 2 ]
	[ "$(md_attr md127 array_state)" = clean ]
	is_right
	one_waits
}

@test "spoilt" {
	echo rubbish >/run/mdadm/map
	spoilt "has lines that are none*"
	head -c 3000 /dev/urandom >/run/mdadm/map
	spoilt "has lines that are none*"
}

@test "spoilt: cut, too long" {
	head -c 50 /run/mdadm/map >"cut"
	cat cut >/run/mdadm/map
	spoilt "has lines that are none*"
	truncate -s 2M /run/mdadm/map
	mine -I "${DISKS[1]}"
	[ "$status" = 0 ]
	[[ $output == *"too long"* ]]
	[ "$(md_attr md127 array_state)" = clean ]
}

@test "spoilt: a FIFO, a link" {
	rm /run/mdadm/map
	mkfifo /run/mdadm/map
	at_once "$MDADM" -I --dry-run "${DISKS[1]}"
	spoilt "is no regular file*"
	echo precious >target
	rm /run/mdadm/map
	ln -s "$PWD/target" /run/mdadm/map
	mine -I "${DISKS[1]}"
	[ "$status" = 0 ]
	[ "$(<target)" = precious ]
	[ "$(stat -c %F /run/mdadm/map)" = "regular file" ]
}

@test "no place for it: the array comes up, and that is said" {
	local what

	for what in "touch /run/mdadm" "ln -s /tmp /run/mdadm" "mkdir -m 777 /run/mdadm"; do
		ended
		rm -rf /run/mdadm
		$what
		mine -I "${DISKS[0]}"
		[ "$status" = 0 ]
		[[ $output == *"going on without the map of arrays"* ]]
		mine -I "${DISKS[1]}"
		[ "$status" = 0 ]
		[ "$(md_attr md127 degraded)" = 0 ]
		[ "$(arrays)" = md127 ]
		rm -rf /run/mdadm
	done
}

@test "no room for it: the array comes up, and that is said in one line" {
	ended
	rm -rf /run/mdadm
	mkdir /run/mdadm
	mount -t tmpfs -o size=4k,mode=755 none /run/mdadm
	dd if=/dev/zero of=/run/mdadm/all bs=4k status=none 2>/dev/null || :
	mine -I "${DISKS[0]}"
	[ "$status" = 0 ] && [[ $output == *"No space left"*"going on without the map of arrays"* ]]
	mine -I "${DISKS[1]}"
	[ "$status" = 0 ]
	[ "$(md_attr md127 degraded)" = 0 ]
	ended
	mine --assemble --scan
	[ "$status" = 0 ]
	[ "$(grep -c "going on without the map" <<<"$output")" = 1 ]
	[ "$(arrays | wc -l)" = 2 ]
	ended
	umount /run/mdadm
}

@test "what is planted in the place of the lock" {
	for what in "mkfifo" "mkdir" "ln -s $PWD/target"; do
		$what /run/mdadm/map.lock
		at_once "$MDADM" -I --dry-run "${DISKS[1]}"
		mine -I "${DISKS[1]}"
		[ "$status" = 0 ]
		[ "$(md_attr md127 degraded)" = 0 ]
		"$MDADM" -If "${DISKS[1]#/dev/}"
		ended
		rm -rf /run/mdadm/map.lock
		"$MDADM" -I -q "${DISKS[0]}"
	done
	[ ! -e target ]
}

members() { # mdX: by name
	local at

	for at in "/sys/block/$1/md"/dev-*; do
		echo "/dev/${at##*/dev-}"
	done | sort -V | xargs
}

# The line of each of the two arrays with the uuid of the other.
lies() {
	awk '{ print $3 }' /run/mdadm/map >uuid
	{ read -r one && read -r two; } <uuid
	sed -i "s/$one/x/; s/$two/$one/; s/ x / $two /" /run/mdadm/map
}

@test "a map that lies: of what waits" {
	# the line of another array, and none of this one
	sed -i "s/^\(md127 1.2\) [^ ]*/\1 00000000:00000000:00000000:00000001/" /run/mdadm/map
	mine -I "${DISKS[1]}"
	[ "$(arrays | wc -l)" -le 3 ]
	[ "$(members md126)" = "${DISKS[*]:2:2}" ]
	ended
	# the uuid of this array, and members of another
	"$MDADM" -I -q "${DISKS[0]}"
	"$MDADM" -I -q "${DISKS[2]}"
	RIGHT=$(sort /run/mdadm/map)
	lies
	mine -I "${DISKS[1]}"
	[ "$status" = 0 ]
	[[ $output == *"its members are another's"* ]]
	[ "$(members md127)" = "${DISKS[*]:0:2}" ]
	[ "$(members md126)" = "${DISKS[2]}" ]
	is_right
	mine -Ir
	[ "$status" = 0 ]
}

@test "a map that lies: of what runs" {
	ended
	fresh 5
	clean_make /dev/md/one -l1 -n3 -b internal "${DISKS[@]:0:2}" missing
	clean_make /dev/md/two -l1 -n2 -x1 -b internal "${DISKS[@]:2:3}"
	ended
	"$MDADM" -I -q "${DISKS[0]}"
	"$MDADM" -I -q -R "${DISKS[1]}"
	"$MDADM" -I -q "${DISKS[2]}"
	"$MDADM" -I -q "${DISKS[3]}"
	[ "$(md_attr md126 array_state)" = clean ]
	RIGHT=$(sort /run/mdadm/map)
	# a spare; the kernel would take it, and rebuild the other array onto it
	lies
	mine -I "${DISKS[4]}"
	[ "$status" = 0 ]
	[[ $output == *"its members are another's"* ]]
	[ "$(members md127)" = "${DISKS[*]:0:2}" ]
	[ "$(members md126)" = "${DISKS[*]:2:3}" ]
	is_right
	"$MDADM" -If "${DISKS[4]#/dev/}"
	"$MDADM" -If "${DISKS[3]#/dev/}"
	# a member with data; by its bitmap the other would take it for one that is in sync
	lies
	mine -I --run "${DISKS[3]}"
	[ "$(members md127)" = "${DISKS[*]:0:2}" ]
	[ "$(members md126)" = "${DISKS[*]:2:2}" ]
	is_right
	# its array is not there at all
	two=$(awk '$1 == "md126" { print $3 }' /run/mdadm/map)
	echo clear >/sys/block/md126/md/array_state
	for disk in "${DISKS[4]}" "${DISKS[3]}"; do
		echo "md127 1.2 $two /dev/md/two" >/run/mdadm/map
		mine -I --run "$disk"
		[[ $output == *"its members are another's"* ]]
		[ "$(members md127)" = "${DISKS[*]:0:2}" ]
		[ "$(members md126)" = "$disk" ]
		echo clear >/sys/block/md126/md/array_state
	done
}

@test "somebody holds the lock: one waits, and then goes on" {
	exec 8>/run/mdadm/map.lock
	flock 8
	"$MDADM" -I "${DISKS[1]}" 8>&- &
	one=$!
	run ! wait_for 1 md_is md127 array_state clean
	exec 8>&-
	wait $one
	[ "$(md_attr md127 array_state)" = clean ]
}
