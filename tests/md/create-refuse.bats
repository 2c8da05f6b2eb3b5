#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What --create refuses: one line, the exit status, not one byte changed on any member,
# nothing left.

load lib
load proof

teardown() {
	proof_close
}

@test "a command line that contradicts itself" {
	disks 4 5M
	local d=("${DISKS[@]}")

	create_refused 2 'an md device must be given'
	create_refused 1 'no raid-devices' /dev/md0
	create_refused 1 'no raid-devices' /dev/md0 -l1 "${d[@]}"
	create_refused 1 'RAID level is needed' /dev/md0 -n2 "${d[@]:2}"
	create_refused 1 "haven't given enough devices" /dev/md0 -l1 -n2
	create_refused 1 "haven't given enough devices" /dev/md0 -l1 -n2 "${d[0]}"
	create_refused 1 'listed more devices \(3\) than are in the array\(2\)' /dev/md0 -l1 -n2 "${d[@]:1}"
	create_refused 1 "all missing" /dev/md0 -l1 -n2 missing missing
	create_refused 1 'does not support missing' /dev/md0 -l0 -n2 missing "${d[0]}"
	create_refused 1 'does not support missing' /dev/md0 -llinear -n2 missing "${d[0]}"
	create_refused 2 'incompatible with raid level 0' /dev/md0 -l0 -n2 -x1 "${d[@]:1}"
	create_refused 1 'at least 4 .* level 6' /dev/md0 -l6 -n3 "${d[@]:1}"
	create_refused 2 'unusual number' /dev/md0 -l1 -n1 "${d[0]}"
	create_refused 2 'invalid raid level: 7' /dev/md0 -l7 -n2 "${d[@]:2}"
	create_refused 1 'chunk size is forbidden' /dev/md0 -l1 -n2 -c64 "${d[@]:2}"
	create_refused 1 '48K is not a power of 2' /dev/md0 -l5 -n3 -c48 "${d[@]:1}"
	create_refused 1 'at least 3 devices' /dev/md0 -l10 -n2 -pn3 "${d[@]:2}"
	create_refused 2 'layout n2 not understood for raid5' /dev/md0 -l5 -n2 -pn2 "${d[@]:2}"
	create_refused 2 'layout for raid10 must be' /dev/md0 -l10 -n2 -pls "${d[@]:2}"
	create_refused 1 'bitmaps not meaningful with level raid0' /dev/md0 -l0 -n2 -b internal "${d[@]:2}"
	create_refused 2 'invalid bitmap chunksize: 3' /dev/md0 -l1 -n2 --bitmap-chunk=3 "${d[@]:2}"
	create_refused 2 'unrecognised metadata identifier: 1.7' /dev/md0 -R -l1 -n2 -e 1.7 "${d[@]:2}"
	create_refused 2 'Bad uuid: abc' /dev/md0 -l1 -n2 -u abc "${d[@]:2}"
	create_refused 2 'only supported for RAID level 5' /dev/md0 -l1 -n2 -k ppl "${d[@]:2}"
	create_refused 2 'not meaningful with level raid0' /dev/md0 -l0 -n2 -k bitmap "${d[@]:2}"
	create_refused 2 'policy: bitmap' /dev/md0 -l1 -n2 -k bitmap --bitmap=none "${d[@]:2}"
	create_refused 1 'layout' /dev/md0 -R -e 0.90 -l0 -n2 -p original "${d[@]:2}"
}

@test "an array that could not start: told before a device is touched" {
	disks 3 5M
	local d=("${DISKS[@]}") m=missing written

	written=$(cat /sys/block/loop*/stat)
	create_refused 1 '^mdadm: /dev/md0 could not start: raid5 of 3 devices can do without 1, and 2 are missing$' \
		/dev/md0 -R -l5 -n3 "${d[0]}" $m $m
	create_refused 1 '/dev/md0 could not start: raid4' /dev/md0 -R -l4 -n3 $m "${d[0]}" $m
	create_refused 1 '/dev/md0 could not start: raid6 .* without 2, and 3 are' /dev/md0 -R -l6 -n4 "${d[0]}" $m $m $m
	create_refused 1 '/dev/md/home could not start: raid1 .* without 1, and 2 are' home -R -l1 -n2 -x1 $m $m "${d[0]}"
	create_refused 1 '/dev/md0 could not start: raid1 ' /dev/md0 -R -l1 -f -n1 -x1 $m "${d[0]}"
	create_refused 1 '/dev/md0 could not start: .* every copy' /dev/md0 -R -l10 -n4 "${d[@]:0:2}" $m $m
	create_refused 1 '/dev/md0 could not start: .* every copy' /dev/md0 -R -l10 -n4 -pf2 $m $m "${d[@]:0:2}"
	create_refused 1 '/dev/md0 could not start: .* 2 copies .*--layout=n1' /dev/md0 -R -l10 -n2 -pn1 "${d[@]:0:2}"
	create_refused 1 '/dev/md0 could not start: .* 2 copies' /dev/md0 -R -l10 -n2 -po1 "${d[@]:0:2}"
	[ "$written" = "$(cat /sys/block/loop*/stat)" ]
	# what can start, with as much missing as there may be
	"$MDADM" -C /dev/md0 -R -q -l10 -n4 "${d[0]}" $m $m "${d[1]}"
	"$MDADM" -q -S /dev/md0
	"$MDADM" -C /dev/md0 -R -q -l10 -n3 -pn3 $m $m "${d[1]}"
	"$MDADM" -q -S /dev/md0
	"$MDADM" -C /dev/md0 -R -q -l4 -n3 "${d[@]:0:2}" $m
}

@test "a name that is none" {
	local name long=123456789012345678901234567890123

	disks 2 5M
	for name in '' . .. ../x a/b /dev/md/a/b /dev/md/ /dev/md/.. /dev/md/../sda .hidden \
		"$long" "/dev/md/$long" '<ignore>'; do
		create_refused 1 'cannot be set as devname' "$name" -R -l1 -n2 "${DISKS[@]}"
	done
	for name in $'a\nb' $'a\tb' $'a\eb'; do
		create_refused 2 'device name with a control character: a\\x' "$name" -R -l1 -n2 \
			"${DISKS[@]}"
	done
	for name in /dev/md_home /dev/home /dev/md/ /dev/md /dev/md-1 /dev/md1048576 /dev/mdx \
		/dev/sda /dev/../md0 /dev/md0/; do
		[ "$name" = /dev/md/ ] || create_refused 1 'is an invalid name for an md device.  Try /dev/md/' \
			"$name" -R -l1 -n2 "${DISKS[@]}"
	done
	create_refused 2 'too long' /dev/md0 -R -l1 -n2 --name="$long" "${DISKS[@]}"
}

@test "something that is no block device, or not there" {
	disks 2 5M
	local ok=${DISKS[0]} args=(/dev/md0 -R -l1 -n2)

	mkdir dir
	mkfifo fifo
	truncate -s 5M file
	ln -s nowhere dangling
	ln -s loop loop
	create_refused 2 'cannot open /dev/nosuch: No such file' "${args[@]}" "$ok" /dev/nosuch
	create_refused 2 'cannot open /dev/nosuch: No such file' "${args[@]}" /dev/nosuch "$ok"
	create_refused 2 'cannot open dangling: No such file' "${args[@]}" "$ok" dangling
	create_refused 2 'cannot open loop: Too many' "${args[@]}" "$ok" loop
	create_refused 2 'cannot open file/x: Not a directory' "${args[@]}" "$ok" file/x
	create_refused 2 'dir is not a block device' "${args[@]}" "$ok" dir
	create_refused 2 'fifo is not a block device' "${args[@]}" "$ok" fifo
	create_refused 2 'file is not a block device' "${args[@]}" "$ok" file
	create_refused 2 '/dev/null is not a block device' "${args[@]}" "$ok" /dev/null
	create_refused 2 'cannot open ' "${args[@]}" "$ok" ''
	mknod gone b 240 7
	create_refused 2 'cannot open gone: ' "${args[@]}" "$ok" gone
}

@test "the same device twice" {
	disks 2 5M
	ln -s "${DISKS[0]}" link
	mknod node b 7 "${DISKS[0]#/dev/loop}"
	create_refused 1 "${DISKS[0]} and ${DISKS[0]} are the same device" /dev/md0 -R -l1 -n2 "${DISKS[0]}" "${DISKS[0]}"
	create_refused 1 "${DISKS[0]} and link are the same device" /dev/md0 -R -l1 -n3 "${DISKS[@]}" link
	create_refused 1 "node and ${DISKS[0]} are the same device" /dev/md0 -R -l1 -n3 node "${DISKS[1]}" "${DISKS[0]}"
}

@test "a device that is too small, or of an odd size" {
	disks 1 5M
	disks 1 32K
	disks 1 4K
	disks 1 512
	disks 1 1000448
	local d=("${DISKS[@]}") metadata i

	for metadata in 0.90 1.0 1.1 1.2; do
		for i in 1 2 3; do
			# 1.0 leaves room on 32 KiB
			[ $metadata:$i != 1.0:1 ] || continue
			create_refused 1 "${d[i]} .*too small" /dev/md0 -R -e $metadata -l1 -n2 "${d[0]}" "${d[i]}"
		done
	done
	create_refused 2 "${d[1]} is too small" /dev/md0 -R -l1 -n2 "${d[1]}" "${d[0]}"
	create_refused 1 "${d[1]} is too small" /dev/md0 -R -l1 -n2 "${d[0]}" "${d[1]}"
	create_refused 1 "${d[4]} is too small .* a whole chunk" /dev/md0 -R -e 1.0 -l0 -n2 -c 1M "${d[0]}" "${d[4]}"
	create_refused 1 "${d[0]} is smaller than given size. .*so is ${d[4]}: " /dev/md0 -R -e 1.0 -l1 -n2 -z 8M "${d[0]}" "${d[4]}"
	create_refused 1 'is smaller than given size' /dev/md0 -R -l1 -n2 -z 8M missing "${d[0]}"
	create_refused 1 'Size cannot be smaller than chunk' /dev/md0 -R -l5 -n2 -z 64 missing "${d[0]}"
	create_refused 2 'too small' /dev/md0 -R -l1 -n2 --data-offset=1T missing "${d[0]}"
	# one line also where the boot note, or that of a bitmap, would come first
	create_refused 1 'bitmap' /dev/md0 -R -l1 -n2 -b internal --bitmap-chunk=1K missing "${d[0]}"
	create_refused 1 'bitmap' /dev/md0 -R -l1 -n2 --write-behind --bitmap-chunk=1K missing "${d[0]}"
	create_refused 1 'data offset of 2 sectors is too small' /dev/md0 -R -l1 -n2 --data-offset=1 missing "${d[0]}"
	# an odd size is no reason
	"$MDADM" -C /dev/md0 -R -e 1.0 -l1 -n2 missing "${d[4]}"
	(($(md_attr md0 component_size) > 800))
}

@test "a device that is in use: who holds it, and what to do" {
	disks 4 5M
	local d=("${DISKS[@]}") args=(/dev/md0 -R -l1 -n2)

	mkfs.ext4 -q "${d[1]}"
	mount -o ro "${d[1]}" /mnt
	create_refused 1 "${d[1]}: .*mounted on /mnt; .*umount /mnt" "${args[@]}" "${d[0]}" "${d[1]}"
	# as the packaged tool: 2 for the first one, unless a format is named
	create_refused 2 "${d[1]}: .*mounted on /mnt" "${args[@]}" "${d[1]}" "${d[0]}"
	create_refused 2 "${d[1]}: .*mounted on /mnt" "${args[@]}" missing "${d[1]}"
	create_refused 1 "${d[1]}: .*mounted on /mnt" "${args[@]}" -e 1.2 "${d[1]}" "${d[0]}"
	umount /mnt
	mkswap -q "${d[1]}"
	swapon "${d[1]}"
	create_refused 1 "${d[1]}: .*swap; .*swapoff ${d[1]}" "${args[@]}" "${d[0]}" "${d[1]}"
	swapoff "${d[1]}"
	mapper held 2048 linear "${d[1]}" 0
	create_refused 1 "${d[1]}: .*held by dm-[0-9]* \(held\); .*dmsetup remove held" "${args[@]}" "${d[0]}" "${d[1]}"
	dmsetup remove --noudevsync held
	"$MDADM" -C -q /dev/md5 -R -l1 -n2 --assume-clean "${d[@]:2}"
	create_refused 1 "${d[2]}: .*member of md5; .*--stop /dev/md5" "${args[@]}" "${d[0]}" "${d[2]}"
	create_refused 1 '/dev/md5 is already in use by an array' /dev/md5 -R -l1 -n2 "${d[@]:0:2}"
	create_refused 1 '/dev/md/5 is already in use by an array' 5 -R -l1 -n2 "${d[@]:0:2}"
}

@test "an array that was not started keeps its device" {
	disks 4 5M
	"$MDADM" -C -q /dev/md5 -R -l1 -n2 -e 1.2 --assume-clean "${DISKS[@]:2}"
	"$MDADM" -q -S /dev/md5
	new_array md5
	echo 1.2 >/sys/block/md5/md/metadata_version
	echo "7:${DISKS[2]#/dev/loop}" >/sys/block/md5/md/new_dev
	md_is md5 array_state inactive
	create_refused 1 '/dev/md5 is already in use by an array' /dev/md5 -R -l1 -n2 "${DISKS[@]:0:2}"
	md_is md5 array_state inactive
}

@test "a member that cannot be written" {
	disks 3 5M
	blockdev --setro "${DISKS[1]}"
	create_refused 1 "cannot open ${DISKS[1]} for writing: it is read-only" /dev/md0 -R -e 1.2 -l1 -n3 "${DISKS[@]}"
	# nor is anything asked before
	mkfs.ext4 -q "${DISKS[0]}"
	create_refused 1 "cannot open ${DISKS[1]} for writing: it is read-only" /dev/md0 -l1 -n3 "${DISKS[@]}"
}

@test "a process that has a member for itself is named" {
	disks 2 5M
	local pid

	python3 -c '
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL)
open("held", "w").close()
sys.stdin.read()' "${DISKS[1]}" <&"$NEVER" &
	pid=$!
	wait_for 5 test -e held
	create_refused 1 "cannot open ${DISKS[1]}: Device or resource busy: it is open in process $pid \(python3\); end that first" \
		/dev/md0 -R -l1 -n2 "${DISKS[@]}"
	kill "$pid"
	wait "$pid" || :
	rm held
}
