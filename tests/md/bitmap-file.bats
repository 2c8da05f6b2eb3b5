#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Arrays whose bitmap is a file, as the packaged program makes them and the kernel still runs them: told, given
# members back, and taken off like any other. To make one is refused in one line.

load lib
load beside
load proof

bats_require_minimum_version 1.5.0

SYS=/sys/block/md0/md

# The kernel writes such a file below the file system: one that has blocks of its own.
setup() {
	room_open
	disks 4 6M
	truncate -s 16M /run/disks/fs
	mkfs.ext4 -q -F -b 4096 /run/disks/fs
	mkdir -p /mnt/bitmaps
	mount -o loop /run/disks/fs /mnt/bitmaps
	FILE=/mnt/bitmaps/bm
}

teardown() {
	stop_arrays
	umount /mnt/bitmaps
	rm -f /run/disks/fs
	room_close
}

on_purpose() {
	got=${got//$'\n'MD_RESHAPE_ACTIVE=False$'\n'/$'\n'}
	untold
}

whole() {
	is_idle md0 && [ "$(<$SYS/degraded)" = 0 ]
}

@test "it is told as by the reference program" {
	local meta

	for meta in 0.90 1.2; do
		make /dev/md0 -e $meta -l1 -n2 -x1 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:3}"
		alike --detail /dev/md0
		grep -q "Intent Bitmap : $FILE\$" got
		alike --detail --brief /dev/md0
		grep -q " bitmap=$FILE " got
		alike --detail --scan -v
		alike --detail --export /dev/md0
		alike --examine-bitmap "$FILE"
		[ $meta = 0.90 ] || alike --examine-bitmap "${DISKS[0]}"
		"$MDADM" --detail --json /dev/md0 | python3 -c "import json, sys; assert json.load(sys.stdin)['arrays'][0]['intent_bitmap'] == '$FILE'"
		stop_arrays
		"$ORACLE" --zero-superblock "${DISKS[@]:0:3}"
		rm "$FILE"
	done
	make /dev/md0 -l1 -n2 --bitmap=internal --assume-clean "${DISKS[@]:0:2}"
	alike --detail /dev/md0
	alike --detail --brief /dev/md0
}

@test "a member comes back by what the file says" {
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	"$MDADM" -q /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	dd if=/dev/urandom of=/dev/md0 bs=64K count=2 oflag=direct status=none
	run -0 "$MDADM" /dev/md0 --re-add "${DISKS[1]}"
	echo "$output"
	[[ $output == "mdadm: re-adding ${DISKS[1]}: the bitmap covers the gap, "*" to copy at most
mdadm: re-added ${DISKS[1]}" ]]
	wait_for 20 whole
	cmp -n 131072 -i $((4096 * 512)) "${DISKS[0]}" "${DISKS[1]}"
	"$MDADM" -q /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	# what the kernel has cleared meanwhile is not known to an older member
	printf '\1\0\0\0\0\0\0\1' | dd of="$FILE" bs=1 seek=32 conv=notrunc status=none
	run -1 "$MDADM" /dev/md0 --re-add "${DISKS[1]}"
	[[ $output == *"it has missed more than the bitmap knows"* ]]
}

@test "it is taken off; the file stays" {
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	run -1 "$MDADM" --grow /dev/md0 --bitmap=internal
	[ "$output" = "mdadm: bitmap already present on /dev/md0
       it is the file $FILE; first: mdadm --grow /dev/md0 --bitmap=none" ]
	run -0 "$MDADM" --grow /dev/md0 --bitmap=none --dry-run
	[[ $output == *remove-bitmap*SET_BITMAP_FILE* ]]
	[ "$(<$SYS/bitmap/location)" = file ]
	"$MDADM" --readonly /dev/md0
	run -1 "$MDADM" --grow /dev/md0 --bitmap=none
	"$MDADM" --readwrite /dev/md0
	[ "$(<$SYS/bitmap/location)" = file ]
	"$MDADM" --grow /dev/md0 --bitmap=none
	[ "$(<$SYS/bitmap/location)" = none ]
	[ -s "$FILE" ]
	"$MDADM" --grow /dev/md0 --bitmap=internal
	[ "$(<$SYS/bitmap/location)" = +8 ]
}

@test "none is made, and an ARRAY line that names one is not passed over in silence" {
	local words

	for words in "--create /dev/md0 --run -l1 -n2" "--build /dev/md0 -l1 -n2" "--assemble /dev/md0"; do
		# shellcheck disable=SC2086 # words
		run -2 "$MDADM" $words --bitmap="$FILE" "${DISKS[@]:0:2}"
		[ "$output" = "mdadm: --bitmap with a file is not available in this version" ]
	done
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	"$ORACLE" --detail --brief /dev/md0 >/etc/mdadm/mdadm.conf
	stop_arrays
	run -0 "$MDADM" --assemble --scan
	echo "$output"
	[[ $output == *"mdadm: /dev/md0 is started without its bitmap $FILE: bitmaps in files are not available in this version"* ]]
	[ "$(<$SYS/bitmap/location)" = none ]
}
