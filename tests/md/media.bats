#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real media errors: members that cannot be read or written in places, by dm-dust (a sector that cannot be
# read can, once it was written), dm-error (nor written) and dm-flakey (all writes fail), under each level.
# What the driver does about them is its own; that the program tells it, that no data is lost by an action
# on members, and that nothing is left half-made is looked at here.
#
# guest: -m 1G

# shellcheck disable=SC2030,SC2031 # each test is a process

load lib
load proof

bats_require_minimum_version 1.5.0

A=/dev/md0
SYS=/sys/block/md0/md
MIB=8

setup_file() {
	modprobe dm-dust
	modprobe dm-flakey
}

teardown() {
	no_mappers
	room_close
}

# shape LEVEL: N disks, the first of which is called SICK, and one more.
shape() {
	LEVEL=$1 N=3
	[ "$LEVEL" != 1 ] || N=2
	[ "$LEVEL" != 6 ] && [ "$LEVEL" != 10 ] || N=4
	[ ${#DISKS[@]} != 0 ] || disks 5 ${MIB}M
	SICK=/dev/mapper/sick
	MEMBERS=("$SICK" "${DISKS[@]:1:N-1}")
	NEW=${DISKS[N]}
}

# dust: the first disk, healthy as yet.
dust() {
	mapper sick $((MIB * 2048)) dust "${DISKS[0]}" 0 512
}

# spoil SECTOR...: of its data cannot be read.
spoil() {
	local at

	for at; do
		dmsetup message sick 0 addbadblock $((OFFSET + at)) >/dev/null
	done
	dmsetup message sick 0 enable >/dev/null
}

# break_sectors SECTOR COUNT: of its data can be neither read nor written from now on.
break_sectors() {
	local from=$((OFFSET + $1)) to=$((OFFSET + $1 + $2))

	dmsetup suspend --noudevsync sick
	dmsetup load sick <<-EOF
		0 $from linear ${DISKS[0]} 0
		$from $2 error
		$to $((MIB * 2048 - to)) linear ${DISKS[0]} $to
	EOF
	dmsetup resume --noudevsync sick
}

# make OPTION...: the array, with something on it that is remembered.
make() {
	SHOWN=/dev/$(kname_of $SICK)
	"$MDADM" --create $A --quiet --run --assume-clean -e 1.2 -l "$LEVEL" -n "$N" "$@" "${MEMBERS[@]}"
	OFFSET=$(data_offset md0 "/dev/$(kname_of $SICK)")
	dd if=/dev/urandom of=$A bs=1M oflag=direct status=none 2>/dev/null || :
	[ "$LEVEL" = 1 ] || [ "$LEVEL" = 10 ] || { "$MDADM" --action=repair $A && wait_idle md0; }
	SUM=$(sum)
}

# A node of the mapper has no link to its kernel name here.
kname_of() {
	basename "$(realpath "/sys/dev/block/$(stat -L -c '%Hr:%Lr' "$1")")"
}

sum() {
	dd if=$A bs=1M iflag=direct status=none | sha1sum
}

state_of() {
	md_attr md0 "dev-$(kname_of "$1")/state"
}

# The next level.
over() {
	no_mappers
	"$MDADM" --zero-superblock --quiet "${DISKS[@]}" || :
}

check() {
	"$MDADM" --action=check $A
	wait_idle md0
}

status_is() { # EXIT WORD
	run -"$1" "$MDADM" --status $A
	echo "$output"
	[[ $output == *"State : $2"* ]]
}

gone_or_faulty() {
	[[ ! -e $SYS/dev-$(kname_of "$1") || $(state_of "$1") == *faulty* ]]
}

@test "sectors that cannot be read: a check mends them, and no member fails" {
	local level

	for level in 1 5 6 10; do
		shape $level
		dust
		make
		spoil 8 9 200 1024
		run dd if=$SICK of=/dev/null bs=4k iflag=direct status=none
		[[ $status != 0 && $output == *"Input/output error"* ]]
		check
		dd if=$SICK of=/dev/null bs=4k iflag=direct status=none
		status_is 0 healthy
		run -0 "$MDADM" --examine-badblocks $SICK
		[[ $output != *" for "* ]]
		[ "$(sum)" = "$SUM" ]
		run -0 "$MDADM" --verify $A
		over
	done
}

@test "sectors that cannot be written either are in the list of bad blocks; --replace gets the data away" {
	local level

	for level in 1 5 6 10; do
		shape $level
		mapper sick $((MIB * 2048)) linear "${DISKS[0]}" 0
		make
		break_sectors 512 8
		check
		[ "$(sum)" = "$SUM" ]
		if gone_or_faulty $SICK; then
			echo "level $level: it failed"
			run "$MDADM" --status $A
			[ "$status" != 0 ]
			over
			continue
		fi
		run -0 "$MDADM" --examine-badblocks $SICK
		echo "$output"
		[[ $output == *" $((OFFSET + 512)) for "* ]]
		# the driver may have wished for that by itself
		"$MDADM" -q $A --replace $SICK
		"$MDADM" -q $A --add-spare "$NEW"
		wait_for 30 gone_or_faulty $SICK
		wait_idle md0
		[[ $(state_of "$NEW") == in_sync* ]]
		run -0 "$MDADM" --examine-badblocks "$NEW"
		[[ $output != *" for "* ]]
		[ "$(sum)" = "$SUM" ]
		"$MDADM" -q $A --remove failed
		status_is 0 healthy
		run -0 "$MDADM" --verify $A
		over
	done
}

@test "all writes fail: the member does, and status, detail and the others say so" {
	local level word

	for level in 1 5 6 10; do
		shape $level
		mapper sick $((MIB * 2048)) linear "${DISKS[0]}" 0
		make
		dmsetup suspend --noudevsync sick
		dmsetup load sick --table "0 $((MIB * 2048)) flakey ${DISKS[0]} 0 0 1800 1 error_writes"
		dmsetup resume --noudevsync sick
		dd if=/dev/urandom of=$A bs=64k count=16 oflag=direct conv=notrunc status=none
		wait_for 10 gone_or_faulty $SICK
		SUM=$(sum)
		word=exposed
		[ $level != 6 ] || word=degraded
		run "$MDADM" --status $A
		echo "$output"
		[[ $status != 0 && $output == *"State : $word"* && $output == *"$SHOWN: failed"* ]]
		[[ $output == *"Replace $SHOWN by a device with at least "*": mdadm $A --add DEVICE"* ]]
		run -1 "$MDADM" --detail --test $A
		[[ $output == *"Failed Devices : 1"* && $output == *degraded* ]]
		run -0 "$MDADM" --examine "${DISKS[1]}"
		[[ $output == *"Array State : .A"* ]]
		# the last that reads is not given away, and a new one puts it right
		"$MDADM" -q $A --remove $SICK --add "$NEW"
		wait_idle md0
		status_is 0 healthy
		[ "$(sum)" = "$SUM" ]
		over
	done
}

@test "what cannot be rebuilt is told by the new member, and never made up" {
	shape 5
	dust
	make
	"$MDADM" -q $A --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	spoil 1024
	"$MDADM" -q $A --add "$NEW"
	wait_idle md0
	run -0 "$MDADM" --examine-badblocks "$NEW"
	echo "$output"
	[[ $output == *" for "* ]]
	# nothing but an error there, and right elsewhere
	run dd if=$A bs=4k iflag=direct of=/dev/null status=none
	[[ $status != 0 && $output == *"Input/output error"* ]]
}

@test "an add whose superblock cannot be written leaves nothing" {
	shape 1
	mapper sick $((MIB * 2048)) linear "${DISKS[0]}" 0
	make -b internal
	mapper bad $((MIB * 2048)) flakey "${DISKS[2]}" 0 0 1800 1 error_writes
	refused 1 'cannot (write|sync) /dev/mapper/bad' "$MDADM" $A --add /dev/mapper/bad
	refused 1 'cannot (write|sync) /dev/mapper/bad' "$MDADM" $A --add-spare /dev/mapper/bad
	refused 1 '/dev/mapper/bad' "$MDADM" --swap $A $SICK /dev/mapper/bad
	status_is 0 healthy
	# what cannot be read at its begin
	mapper blind $((MIB * 2048)) error
	refused 1 '/dev/mapper/blind.*Input/output error' "$MDADM" $A --add /dev/mapper/blind
	[ "$(sum)" = "$SUM" ]
}

@test "a re-add whose superblock cannot be read is refused" {
	shape 1
	mapper sick $((MIB * 2048)) linear "${DISKS[0]}" 0
	make -b internal
	"$MDADM" -q $A --fail $SICK --remove $SICK
	dmsetup suspend --noudevsync sick
	dmsetup load sick <<-EOF
		0 8 linear ${DISKS[0]} 0
		8 8 error
		16 $((MIB * 2048 - 16)) linear ${DISKS[0]} 16
	EOF
	dmsetup resume --noudevsync sick
	refused 1 "cannot read $SICK at byte 4096: Input/output error" "$MDADM" $A --re-add $SICK
	refused 1 "cannot read $SICK at byte 4096: Input/output error" "$MDADM" $A --add $SICK
	run "$MDADM" --status $A
	[[ $output == *"State : exposed"* ]]
	[ "$(sum)" = "$SUM" ]
}

@test "verify: sectors that cannot be read are told, and no other member is blamed" {
	local level

	for level in 1 5 6 10; do
		shape $level
		dust
		make
		spoil 256
		run "$MDADM" --verify $A
		echo "$level: $status $output"
		[ "$status" = 5 ]
		[[ $output == *"Verdict : what could be compared fits"* ]]
		[[ $output == *"Next : mdadm --scrub start $A"* ]]
		[[ $output == *"cannot read $SHOWN at byte $(((OFFSET + 256) * 512)): Input/output error"* ]]
		[[ $output != *" is wrong"* ]]
		# RAID6 has another sum to compare the rest with
		[[ $level == 6 || $output == *"Not compared : 512 bytes of each member"* ]]
		over
	done
}

@test "zero-superblock: what cannot be written is said, and stays whole" {
	shape 1
	mapper sick $((MIB * 2048)) linear "${DISKS[0]}" 0
	make
	"$MDADM" -q --stop $A
	dmsetup remove --noudevsync sick
	mapper sick $((MIB * 2048)) flakey "${DISKS[0]}" 0 0 1800 1 error_writes
	refused 1 "cannot (write|sync) $SICK" "$MDADM" --zero-superblock $SICK
	run -0 "$MDADM" --examine $SICK
	refused 1 "$SICK" "$MDADM" --create /dev/md1 -q -R -l1 -n2 $SICK "${DISKS[2]}"
}
