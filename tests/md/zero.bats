#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --zero-superblock: every format in every place, and only the bytes that are md's.

load lib
load proof

bats_require_minimum_version 1.5.0

teardown() {
	! mountpoint -q /mnt || umount /mnt
	room_close
}

# The byte at which a format's superblock lies on a device of 5 MiB, and its length.
declare -gA AT=([0.90]=$((5 * 1048576 - 65536)) [1.0]=$((5 * 1048576 - 8192)) [1.1]=0 [1.2]=4096)
declare -gA LEN=([0.90]=4096 [1.0]=512 [1.1]=512 [1.2]=512)

# fill DISK: with a pattern, past the page cache.
fill() {
	tr '\0' 'x' </dev/zero | dd of="$1" bs=1M count=5 iflag=fullblock oflag=direct status=none
}

# make FORMAT: an ended array of that format over both disks.
make() {
	"$MDADM" --create /dev/md0 --quiet --run -e "$1" -l1 -n2 --assume-clean "${DISKS[@]}"
	"$MDADM" --quiet --stop /dev/md0
}

# make_before FORMAT: the same, and in the file before what the first disk carries then.
make_before() {
	fill "${DISKS[0]}"
	make "$1"
	dd if="${DISKS[0]}" of=before bs=1M iflag=direct status=none
}

has() {
	"$MDADM" --examine ${2:+-e} ${2:+"$2"} "$1" 2>&1 | grep -q Magic
}

has_not() {
	! has "$@"
}

# differs_only DISK COPY FIRST LENGTH: no byte differs outside, and inside all are zero.
differs_only() {
	cmp -n "$3" "$1" "$2" && cmp -i "$(($3 + $4))" "$1" "$2" &&
		cmp -i "$3:0" -n "$4" "$1" /dev/zero
}

@test "each format, and only its bytes" {
	local format

	disks 2 5M
	for format in 0.90 1.0 1.1 1.2; do
		make_before "$format"
		run "$MDADM" --zero-superblock "${DISKS[0]}"
		echo "$format: $output"
		[ "$status" = 0 ]
		[ -f "$(undo_file "$output")" ]
		[ -z "$(told "$output")" ]
		dd if="${DISKS[0]}" of=after bs=1M iflag=direct status=none
		differs_only after before "${AT[$format]}" "${LEN[$format]}"
		has_not "${DISKS[0]}"
		has "${DISKS[1]}"
		"$MDADM" --zero-superblock "${DISKS[1]}"
	done
}

@test "the same bytes as the reference program" {
	local format

	[ -n "${ORACLE:-}" ] || skip "no reference program"
	disks 2 5M
	for format in 0.90 1.0 1.1 1.2; do
		make_before "$format"
		cp before theirs
		"$MDADM" --zero-superblock "${DISKS[0]}"
		dd if="${DISKS[0]}" of=after bs=1M iflag=direct status=none
		"$ORACLE" --zero-superblock theirs
		cmp after theirs
	done
}

@test "an image file, and what was in it again" {
	local format loop

	disks 2 5M
	for format in 0.90 1.0 1.1 1.2; do
		make_before "$format"
		cp before image
		cp before theirs
		rm -rf undo
		"$MDADM" --zero-superblock --undo-dir=undo image
		[ -z "${ORACLE:-}" ] || { "$ORACLE" --zero-superblock theirs && cmp image theirs; }
		differs_only image before "${AT[$format]}" "${LEN[$format]}"
		has_not image
		compgen -G 'undo/*.undo'
		# the same bytes in another file are not that file
		mv image other
		cp other image
		run "$MDADM" --undo --undo-dir=again undo/*.undo
		[ "$status" = 1 ]
		[[ $output == *"image is not the device any more"* ]]
		mv other image
		"$MDADM" --undo --undo-dir=again undo/*.undo
		cmp image before
		"$MDADM" --zero-superblock "${DISKS[1]}"
	done
	loop=$(losetup -f --show image)
	refused 2 "Couldn't open image for write - not zeroing.*image is in use by $loop.*losetup -d $loop" \
		"$MDADM" --zero-superblock image
	cmp image before
	"$MDADM" --zero-superblock --force image
	losetup -d "$loop"
	has_not image
}

# Two formats on each disk, as only another program would leave them.
make_two() {
	local disk

	make "$1"
	for disk in "${DISKS[@]}"; do
		dd if="$disk" of="kept-${disk##*/}" bs=4096 skip=$((${AT[$1]} / 4096)) count=1 iflag=direct status=none
	done
	make "$2"
	for disk in "${DISKS[@]}"; do
		dd if="kept-${disk##*/}" of="$disk" bs=4096 seek=$((${AT[$1]} / 4096)) conv=notrunc oflag=direct status=none
	done
}

@test "two formats on one device" {
	disks 2 5M
	make_two 0.90 1.2
	has "${DISKS[0]}" 0.90
	has "${DISKS[0]}" 1.2
	"$MDADM" --zero-superblock "${DISKS[@]}"
	has_not "${DISKS[0]}"
	has_not "${DISKS[1]}"
	make_two 1.0 1.1
	"$MDADM" --zero-superblock "${DISKS[@]}"
	has_not "${DISKS[0]}" 1.0
	has_not "${DISKS[0]}" 1.1
}

@test "two formats close together: what lies between is not changed, nor said to be" {
	disks 2 5M
	make_two 0.90 1.0
	run -0 "$MDADM" --zero-superblock --dry-run "${DISKS[0]}"
	[[ $output =~ length_bytes=([0-9]+)\ changed_bytes=([0-9]+)\ zeros ]]
	((BASH_REMATCH[1] > 8192 && BASH_REMATCH[2] == 4096 + 512))
	# with somebody else at work on the device, not even with the bytes that were there
	strace -o calls -e trace=pwrite64 "$MDADM" --zero-superblock --force "${DISKS[0]}"
	[ "$(grep -cE '^pwrite64\(.*, (4096|512), [0-9]+\) = ' calls)" = "$(grep -c ^pwrite64 calls)" ] || {
		cat calls
		return 1
	}
	has_not "${DISKS[0]}"
}

@test "-e limits it to one" {
	disks 2 5M
	make_two 0.90 1.2
	"$MDADM" --zero-superblock -e 0.90 "${DISKS[0]}"
	has_not "${DISKS[0]}" 0.90
	has "${DISKS[0]}" 1.2
	"$MDADM" --zero-superblock --metadata=1.2 "${DISKS[1]}"
	has "${DISKS[1]}" 0.90
	has_not "${DISKS[1]}" 1.2
	run "$MDADM" --zero-superblock -e 1.0 "${DISKS[0]}"
	[ "$status" = 0 ]
	[ "$output" = "mdadm: Unrecognised md component device - ${DISKS[0]}" ]
	has "${DISKS[0]}" 1.2
}

@test "nothing there, several devices, and the sum of the exit statuses" {
	disks 2 5M
	refused 0 "Unrecognised md component device - ${DISKS[0]}" "$MDADM" --zero-superblock "${DISKS[0]}"
	refused 0 "Unrecognised md component device - ${DISKS[0]}" "$MDADM" --zero-superblock --force "${DISKS[0]}"
	run -0 "$MDADM" -q --zero-superblock "${DISKS[0]}"
	[ -z "$output" ]
	make 1.2
	run "$MDADM" --zero-superblock "${DISKS[0]}" /dev/nosuch "${DISKS[1]}"
	echo "$output"
	[ "$status" = 2 ]
	output=$(told "$output")
	one_line "$output"
	[[ $output == "mdadm: Couldn't open /dev/nosuch for write - not zeroing"* ]]
	has_not "${DISKS[0]}"
	has_not "${DISKS[1]}"
	disks 1 512
	disks 1 4K
	refused 0 Unrecognised "$MDADM" --zero-superblock "${DISKS[2]}"
	refused 0 Unrecognised "$MDADM" --zero-superblock "${DISKS[3]}"
}

@test "a device that cannot be had: status 2, and no waiting" {
	disks 2 5M
	make 1.2
	mkdir dir
	mkfifo fifo
	: >file
	refused 2 "Couldn't open /dev/nosuch for write - not zeroing" "$MDADM" --zero-superblock /dev/nosuch
	refused 2 "Couldn't open dir for write - not zeroing.*not a block device" "$MDADM" --zero-superblock dir
	refused 2 "Couldn't open fifo for write - not zeroing" "$MDADM" --zero-superblock fifo
	refused 0 "Unrecognised md component device - file" "$MDADM" --zero-superblock file
	refused 2 "Couldn't open /dev/null for write - not zeroing" "$MDADM" --zero-superblock /dev/null
	refused 2 'No devices given' "$MDADM" --zero-superblock
	refused 2 'unrecognised metadata identifier: 1.9' "$MDADM" --zero-superblock -e 1.9 "${DISKS[0]}"
	"$MDADM" -C /dev/md0 -q -R -e 1.2 -l1 -n2 --assume-clean "${DISKS[@]}"
	refused 2 "Couldn't open ${DISKS[0]} for write - not zeroing.*member of md0; .*--stop /dev/md0" \
		"$MDADM" --zero-superblock "${DISKS[0]}"
	"$MDADM" -q --stop /dev/md0
	mkfs.ext4 -q "${DISKS[1]}"
	mount -o ro "${DISKS[1]}" /mnt
	refused 2 "Couldn't open ${DISKS[1]} for write - not zeroing.*mounted on /mnt" \
		"$MDADM" --zero-superblock "${DISKS[1]}"
	at_once "$MDADM" --zero-superblock "${DISKS[1]}"
}

@test "a read-only device" {
	disks 2 5M
	make 1.2
	blockdev --setro "${DISKS[0]}"
	refused 2 "Couldn't open ${DISKS[0]} for write - not zeroing.*read-only" "$MDADM" --zero-superblock "${DISKS[0]}"
	blockdev --setrw "${DISKS[0]}"
}

# damage DISK BYTE: one byte of it inverted.
damage() {
	local byte

	sync "$1"
	blockdev --flushbufs "$1"
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059 # it is meant as a format
	printf "\\x$(printf %x $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc,fsync status=none
}

@test "a damaged one: only with --force" {
	local format at

	disks 2 5M
	for format in 0.90 1.0 1.1 1.2; do
		fill "${DISKS[0]}"
		make "$format"
		# raid_disks of 0.90, max_dev of 1.x; a checksum alone hinders nobody, as in 4.2
		[ "$format" = 0.90 ] && at=40 || at=222
		damage "${DISKS[0]}" $((${AT[$format]} + at))
		dd if="${DISKS[0]}" of=before bs=1M iflag=direct status=none
		refused 1 "${DISKS[0]}.*--force" "$MDADM" --zero-superblock "${DISKS[0]}"
		run "$MDADM" --zero-superblock --force "${DISKS[0]}"
		echo "$format: $status: $output"
		[ "$status" = 0 ]
		dd if="${DISKS[0]}" of=after bs=1M iflag=direct status=none
		differs_only after before "${AT[$format]}" "${LEN[$format]}"
		"$MDADM" --zero-superblock "${DISKS[1]}"
	done
}

@test "--force goes past a holder" {
	disks 2 5M
	make 1.0
	mount -t tmpfs none /mnt
	umount /mnt
	dmsetup create --noudevsync held --table "0 1024 linear ${DISKS[0]} 0"
	refused 2 "held by dm-" "$MDADM" --zero-superblock "${DISKS[0]}"
	"$MDADM" --zero-superblock --force "${DISKS[0]}"
	has_not "${DISKS[0]}"
	dmsetup remove --noudevsync held
}

@test "each one is named on a terminal and with -v, and nothing in a script" {
	local uuid

	disks 2 5M
	make_two 0.90 1.2
	uuid=$("$MDADM" -E -e 1.2 "${DISKS[0]}" | sed -n 's/.*Array UUID : //p')
	run_pty '' "$MDADM" --zero-superblock "${DISKS[0]}"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"erased the 0.90 superblock on ${DISKS[0]} (array "* ]]
	[[ $output == *"erased the 1.2 superblock on ${DISKS[0]} (array $uuid)"* ]]
	run -0 "$MDADM" --zero-superblock -v -e 1.2 "${DISKS[1]}"
	[[ $output == "mdadm: erased the 1.2 superblock on ${DISKS[1]} (array $uuid)"* ]]
	run -0 "$MDADM" --zero-superblock "${DISKS[1]}"
	[ -z "$(told "$output")" ]
}

# sign DISK SECTOR TEXT: printf escapes count.
sign() {
	{ printf '%b' "$3" && head -c 512 /dev/zero; } | head -c 512 |
		dd of="$1" bs=512 seek="$2" iflag=fullblock conv=notrunc oflag=direct status=none
}

@test "DDF, IMSM and partition tables are named and stay" {
	disks 2 5M
	make 1.2
	sign "${DISKS[0]}" 10239 '\xde\x11\xde\x11'
	dd if="${DISKS[0]}" of=before bs=1M iflag=direct status=none
	run -1 "$MDADM" --zero-superblock "${DISKS[0]}"
	echo "$output"
	[ "$(told "$output")" = "mdadm: ${DISKS[0]} has metadata of a controller (ddf), which stays: this version cannot erase it" ]
	dd if="${DISKS[0]}" of=after bs=1M iflag=direct status=none
	differs_only after before 4096 512
	sign "${DISKS[1]}" 10238 'Intel Raid ISM Cfg Sig. 1.3.00'
	run -1 "$MDADM" --zero-superblock "${DISKS[1]}"
	refused 1 'metadata of a controller .imsm., which stays' "$MDADM" --zero-superblock "${DISKS[1]}"
	run -0 "$MDADM" --zero-superblock -e 1.2 "${DISKS[1]}"
	disks 1 5M
	sign "${DISKS[2]}" 1 'EFI PART'
	refused 0 "^mdadm: Unrecognised md component device - ${DISKS[2]}$" "$MDADM" --zero-superblock "${DISKS[2]}"
	run -0 "$MDADM" -v --zero-superblock "${DISKS[2]}"
	[[ $output == *"${DISKS[2]} has a partition table (gpt), which stays"* ]]
}
