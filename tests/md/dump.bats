#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --dump and --restore, side by side with the reference program: files, messages, names by id; and what is
# refused before anything is overwritten.

load lib
load beside
load proof

bats_require_minimum_version 1.5.0

on_purpose() {
	:
}

teardown() {
	! mountpoint -q full || umount full
	rm -rf /dev/disk/by-id
	room_close
}

# by_id NAME DISK: a link as udev makes it.
by_id() {
	mkdir -p /dev/disk/by-id
	ln -s "../../${2#/dev/}" "/dev/disk/by-id/$1"
}

@test "each format: the same file, and both restore the other's" {
	local format disk

	disks 2 20M
	disk=${DISKS[0]##*/}
	for format in 0.90 1.0 1.1 1.2; do
		make /dev/md0 -e $format -l1 -n2 --bitmap=internal --bitmap-chunk=1M --assume-clean "${DISKS[@]}"
		stop_arrays
		mkdir theirs ours
		"$ORACLE" --dump=theirs "${DISKS[0]}"
		run -0 --separate-stderr "$MDADM" --dump=ours "${DISKS[0]}"
		[ "$output" = "${DISKS[0]} saved as ours/$disk." ]
		[ -z "$stderr" ]
		cmp "theirs/$disk" "ours/$disk"
		(($(stat -c %b "ours/$disk") <= $(stat -c %b "theirs/$disk")))
		dd if="${DISKS[0]}" of=before bs=1M iflag=direct status=none
		"$MDADM" -q --zero-superblock "${DISKS[0]}"
		run -0 "$MDADM" --restore=theirs "${DISKS[0]}"
		[[ $output == *"${DISKS[0]} restored from theirs/$disk."* ]]
		dd if="${DISKS[0]}" of=after bs=1M iflag=direct status=none
		cmp before after
		"$MDADM" -q --zero-superblock "${DISKS[0]}"
		"$ORACLE" --restore="ours/$disk" "${DISKS[0]}"
		dd if="${DISKS[0]}" of=after bs=1M iflag=direct status=none
		cmp before after
		"$MDADM" -q --assemble /dev/md0 "${DISKS[@]}"
		stop_arrays
		"$MDADM" -q --zero-superblock "${DISKS[@]}"
		rm -r theirs ours
	done
}

@test "a list of bad blocks is in the file" {
	disks 2 20M
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]}"
	echo 4096 8 >"/sys/block/md0/md/dev-${DISKS[0]#/dev/}/bad_blocks"
	dd if=/dev/zero of=/dev/md0 bs=4k count=1 oflag=direct status=none
	stop_arrays
	mkdir theirs ours
	"$ORACLE" --dump=theirs "${DISKS[0]}"
	"$MDADM" --dump=ours "${DISKS[0]}"
	cmp "theirs/${DISKS[0]##*/}" "ours/${DISKS[0]##*/}"
	"$MDADM" --examine-badblocks "ours/${DISKS[0]##*/}" | grep -q ' 4096 for 8 sectors'
}

@test "names by id are links to the one file" {
	local disk

	disks 2 20M
	disk=${DISKS[0]##*/}
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]}"
	by_id ata-x "${DISKS[0]}"
	by_id wwn-y "${DISKS[0]}"
	by_id other "${DISKS[1]}"
	mkdir ours theirs
	"$ORACLE" --dump=theirs "${DISKS[0]}" | sort >want
	"$MDADM" --dump=ours "${DISKS[0]}" | sort >got
	diff <(sed s/theirs/ours/ want) got
	[ "$(stat -c %h ours/ata-x)" = 3 ]
	[ "$(ls ours)" = "$(ls theirs)" ]
	# one that is there already
	rm ours/ata-x "ours/$disk"
	run -0 --separate-stderr "$MDADM" --dump=ours "${DISKS[0]}"
	[[ $output == *"also saved as ours/ata-x."* ]]
	[[ $stderr == "mdadm: Could not save ${DISKS[0]} as ours/wwn-y!!"* ]]
	stop_arrays
	# by the name that it has
	"$MDADM" -q --zero-superblock "${DISKS[0]}"
	rm ours/wwn-y "ours/$disk"
	run -0 "$MDADM" --restore=ours "${DISKS[0]}"
	[[ $output == *"restored from ours/ata-x."* ]]
	echo different >ours/wwn-y
	refused 1 'Both ours/.* seem suitable for .* Please choose one' "$MDADM" --restore=ours "${DISKS[0]}"
	"$MDADM" -q --restore=ours/ata-x "${DISKS[0]}"
	# its own name by id is no second one
	run -0 --separate-stderr "$MDADM" --dump=ours /dev/disk/by-id/other
	[ -z "$stderr" ]
}

@test "what cannot be: the same words and statuses" {
	disks 4 20M
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	stop_arrays
	mkdir dir
	: >file
	alike --dump=nosuch "${DISKS[0]}"
	alike --dump=file "${DISKS[0]}" "${DISKS[1]}"
	alike --dump=dir "${DISKS[2]}"
	alike --dump=dir /dev/nosuch
	"$MDADM" --dump=dir "${DISKS[0]}"
	alike --dump=dir "${DISKS[0]}"
	alike --restore=nosuch "${DISKS[0]}" "${DISKS[1]}"
	alike --restore=file "${DISKS[0]}" "${DISKS[1]}"
	alike --restore=file "${DISKS[0]}"
	alike --restore=dir "${DISKS[2]}"
	alike --restore=dir /dev/nosuch
	truncate -s 20M empty
	alike --restore=empty "${DISKS[2]}"
	truncate -s 21M "dir/${DISKS[0]##*/}"
	alike --restore="dir/${DISKS[0]##*/}" "${DISKS[2]}"
}

@test "restore: a member in use, another array's metadata, and the undo file" {
	local file undo

	disks 4 20M
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	mkdir dir
	"$MDADM" --dump=dir "${DISKS[0]}"
	file=dir/${DISKS[0]##*/}
	refused 1 'Device or resource busy.*member of md0' "$MDADM" --restore="$file" "${DISKS[0]}"
	stop_arrays
	make /dev/md1 -l1 -n2 --assume-clean "${DISKS[@]:2:2}"
	stop_arrays
	refused 1 'metadata of another array now' "$MDADM" --restore="$file" "${DISKS[2]}"
	remember
	run -0 "$MDADM" --restore="$file" --force --dry-run "${DISKS[2]}"
	unchanged
	HASHES=$(hashes)
	run -0 "$MDADM" --restore="$file" --force "${DISKS[2]}"
	[ "$HASHES" != "$(hashes)" ]
	undo=$(undo_file "$output")
	"$MDADM" -q --undo "$undo"
	[ "$HASHES" = "$(hashes)" ]
}

@test "restore: an image file, and one that a loop device lies over" {
	local loop

	disks 2 20M
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]}"
	stop_arrays
	mkdir dir
	"$MDADM" --dump=dir "${DISKS[0]}"
	truncate -s 20M image
	loop=$(losetup -f --show image)
	refused 1 "image is in use by $loop" "$MDADM" --restore="dir/${DISKS[0]##*/}" image
	losetup -d "$loop"
	run -0 "$MDADM" --restore="dir/${DISKS[0]##*/}" --undo-dir=undo image
	cmp image "dir/${DISKS[0]##*/}"
}

@test "a dump that fails leaves no file" {
	disks 2 20M
	make /dev/md0 -l1 -n2 --bitmap=internal --assume-clean "${DISKS[@]}"
	mkdir full
	mount -t tmpfs -o size=4k none full
	run -1 "$MDADM" --dump=full "${DISKS[0]}"
	one_line "$output"
	[ -z "$(ls full)" ]
	umount full
}

@test "death leaves no half file, with files that have no name yet and without" {
	local inject=${BATS_TEST_DIRNAME}/../../build/tools/inject disk n calls dir

	disks 2 20M
	disk=${DISKS[0]##*/}
	make /dev/md0 -l1 -n2 --bitmap=internal --assume-clean "${DISKS[@]}"
	"$MDADM" -q --dump="$PWD" "${DISKS[0]}"
	# that of the second, an overlay, cannot have them
	for dir in /run/dumps "$PWD/dumps"; do
		mkdir "$dir"
		"$inject" -l calls -- "$MDADM" --dump="$dir" "${DISKS[0]}"
		cmp "$dir/$disk" "$disk"
		calls=$(wc -l <calls)
		((calls >= 4))
		for ((n = 1; n <= calls; n++)); do
			rm -f "$dir/$disk"
			run -137 "$inject" -n "$n" -k -- "$MDADM" --dump="$dir" "${DISKS[0]}"
			if [ -e "$dir/$disk" ]; then
				cmp "$dir/$disk" "$disk"
			else
				"$MDADM" -q --dump="$dir" "${DISKS[0]}"
				cmp "$dir/$disk" "$disk"
			fi
			[ -z "$(compgen -G "$dir/.[!.]*")" ]
		done
		[ "$(stat -c %a "$dir/$disk")" = "$(stat -c %a "$disk")" ]
		run -1 "$MDADM" --dump="$dir" "${DISKS[0]}"
		[ "$output" = "mdadm: Cannot create dump file $dir/$disk: File exists" ]
	done
	rm -r /run/dumps
}
