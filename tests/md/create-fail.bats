#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest: -d 1:5M
#
# What --create takes back when it fails on the way, and what an attacker may try: one line,
# the exit status, not one byte changed on any member, nothing left.

load lib
load proof

teardown() {
	proof_close
}

# The failures on the way. Members have something to lose: an older array, and data.
make_old() {
	local disk

	for disk in "${DISKS[@]}"; do
		tr '\0' 'x' </dev/zero | dd of="$disk" bs=1M count=5 iflag=fullblock oflag=direct status=none
	done
	"$MDADM" -C -q /dev/md9 -R -l1 -n3 --assume-clean -e 1.2 "${DISKS[@]:0:3}"
	"$MDADM" -q -S /dev/md9
	rm -f /run/mdadm/map
}

@test "a write fails half-way through the members" {
	disks 3 5M
	make_old
	modprobe dm-flakey
	mapper bad 10240 flakey "${DISKS[1]}" 0 0 1800 1 error_writes
	local members=("${DISKS[0]}" /dev/mapper/bad "${DISKS[2]}")

	create_refused 1 'cannot (write|sync) /dev/mapper/bad' /dev/md0 -R -q -e 1.2 -l1 -n3 "${members[@]}"
	create_refused 1 'cannot (write|sync) /dev/mapper/bad' home -R -q -e 0.90 -l1 -n3 "${members[@]}"
	create_refused 1 'cannot (write|sync) /dev/mapper/bad' home -R -q -e 1.0 -b internal -l1 -n3 "${members[@]}"
}

@test "a member cannot be read" {
	disks 2 5M
	make_old || :
	mapper bad 10240 error
	create_refused 1 'cannot read /dev/mapper/bad' /dev/md0 -R -q -e 1.2 -l1 -n2 "${DISKS[0]}" /dev/mapper/bad
}

@test "the driver refuses a member" {
	disks 3 5M
	make_old
	modprobe dm-flakey
	# the superblock does not get there: the driver finds none
	mapper deaf 10240 flakey "${DISKS[2]}" 0 0 1800 1 drop_writes
	local members=("${DISKS[0]}" "${DISKS[1]}" /dev/mapper/deaf) metadata

	dd if=/dev/zero of="${DISKS[2]}" bs=1M count=5 oflag=direct status=none
	for metadata in 0.90 1.0 1.1 1.2; do
		create_refused 1 'ADD_NEW_DISK for /dev/mapper/deaf failed' home -R -q -e $metadata -l1 -n3 "${members[@]}"
	done
}

@test "the driver refuses to start the array" {
	disks 3 5M
	make_old
	local level metadata

	echo /bin/false >/proc/sys/kernel/modprobe
	for level in linear raid0 raid1 raid10; do
		rmmod $level
		for metadata in 0.90 1.2; do
			create_refused 1 'RUN_ARRAY failed: ' home -R -q -e $metadata -l$level -n3 "${DISKS[@]}"
		done
		insmod "$(modinfo -n $level)" || modprobe $level
	done
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
}

@test "the driver refuses a named device; the device can be used afterwards" {
	disks 2 5M
	echo /bin/false >/proc/sys/kernel/modprobe
	rmmod raid10
	create_refused 1 'RUN_ARRAY failed: .*/dev/md3 was not started' /dev/md3 -R -q -e 1.2 -l10 -n2 "${DISKS[@]}"
	insmod "$(modinfo -n raid10)" || modprobe raid10
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	"$MDADM" -C /dev/md3 -R -e 1.2 -l1 -n2 "${DISKS[@]}"
	is_there md3 /dev/md3 1.2
}

@test "partitions come back" {
	local disk=/dev/ubda

	[ -b $disk ] || skip "no partitionable disk"
	disks 1 5M
	printf '\x00\x00\x00\x00\x83\x00\x00\x00\x40\x00\x00\x00\x00\x10\x00\x00' |
		dd of=$disk bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of=$disk bs=1 seek=510 conv=notrunc status=none
	blockdev --rereadpt $disk
	[ -e /sys/block/ubda/ubda1 ]
	echo /bin/false >/proc/sys/kernel/modprobe
	rmmod linear
	create_refused 1 'RUN_ARRAY failed' /dev/md0 -R -q -e 1.2 -llinear -n2 $disk "${DISKS[0]}"
	insmod "$(modinfo -n linear)" || modprobe linear
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	[ -e /sys/block/ubda/ubda1 ]
	"$MDADM" -C /dev/md0 -R -q -e 1.2 -l1 -n2 missing $disk
	[ ! -e /sys/block/ubda/ubda1 ]
}

@test "what would lie on other metadata or on the data is refused before" {
	disks 4 5M
	create_refused 1 'data offset of 8 sectors is too small: .*--data-offset=8K' /dev/md0 -R -q \
		-e 1.2 -l1 -n2 --data-offset=4K "${DISKS[@]:0:2}"
	create_refused 1 'data offset of 2 sectors is too small: .*--data-offset=4K' /dev/md0 -R -q \
		-e 1.1 -l1 -n2 --data-offset=1K "${DISKS[@]:0:2}"
	create_refused 1 'with its bitmap ends at sector 24; use --data-offset=12K' /dev/md0 -R -q \
		-e 1.2 -l1 -n2 --data-offset=8K -b internal "${DISKS[@]:0:2}"
	# the least that is possible has a bitmap, and no room for a log of bad blocks on top of it
	"$MDADM" -C /dev/md0 -R -q -e 1.2 -l1 -n2 --data-offset=12K -b internal "${DISKS[@]:0:2}"
	run "$MDADM" --examine "${DISKS[0]}"
	echo "$output"
	[[ $output == *"Internal Bitmap : 8 sectors from superblock"* ]]
	[[ $output != *"Bad Block Log"* ]]
	stop_arrays
	drop_disks
	disks 4 7900M
	"$MDADM" -C /dev/md0 -R -q -e 1.0 -l10 -n4 -c4 -b internal --bitmap-chunk=64K \
		--assume-clean "${DISKS[@]}" 2>"$BATS_TEST_TMPDIR/said" && return 1
	grep -q 'Given bitmap chunk size not supported' "$BATS_TEST_TMPDIR/said"
	run "$MDADM" --examine "${DISKS[0]}"
	[ "$status" = 1 ]
}

@test "somebody holds the array that cannot be taken back: the members stay in it" {
	disks 3 5M
	make_old
	local before holder

	before=$(sha256sum "${DISKS[@]}")
	echo /bin/false >/proc/sys/kernel/modprobe
	rmmod linear
	# opens the new array as soon as it is there, for longer than the patience lasts
	( until exec 9</dev/md0 || [ -e "$BATS_TEST_TMPDIR/go" ]; do :; done 2>/dev/null; wait_for 10 test -e "$BATS_TEST_TMPDIR/go" ) &
	holder=$!
	run "$MDADM" -C /dev/md0 -R -q -e 1.2 -llinear -n3 "${DISKS[@]}"
	echo "$output"
	: >"$BATS_TEST_TMPDIR/go"
	wait $holder || :
	insmod "$(modinfo -n linear)" || modprobe linear
	echo /sbin/modprobe >/proc/sys/kernel/modprobe
	[ "$status" = 1 ]
	if [ -n "$(arrays)" ]; then
		[[ $output == *"could not be taken back; its members stay in it"*"failed to stop array md0"* ]]
		[ ! -e /run/mdadm/creating-md0 ]
		[ ! -e /run/mdadm/map.lock ]
		"$MDADM" --stop /dev/md0
	else
		[ "$before" = "$(sha256sum "${DISKS[@]}")" ]
	fi
	rm -f /run/mdadm/map
}

@test "no signal leaves half an array" {
	local signal rc

	disks 2 5M
	modprobe dm-delay
	mapper slow 10240 delay "${DISKS[1]}" 0 0 "${DISKS[1]}" 0 100
	for signal in ALRM USR1 XFSZ PIPE; do
		rm -f /run/mdadm/map
		"$MDADM" -C /dev/md0 -R -q -e 1.2 -l1 -n2 "${DISKS[0]}" /dev/mapper/slow &
		wait_for 10 test -e /run/mdadm/creating-md0
		kill -$signal $!
		rc=0
		wait $! || rc=$?
		echo "$signal: $rc"
		is_there md0 /dev/md0 1.2
		[ ! -e /run/mdadm/creating-md0 ]
		stop_arrays
	done
}

@test "Ctrl-C while it works: all or nothing" {
	local rc

	disks 2 5M
	modprobe dm-delay
	mapper slow 10240 delay "${DISKS[1]}" 0 0 "${DISKS[1]}" 0 200
	for signal in INT TERM HUP; do
		rm -f /run/mdadm/map
		setsid "$MDADM" -C /dev/md0 -R -q -e 1.2 -l1 -n2 "${DISKS[0]}" /dev/mapper/slow &
		wait_for 10 test -e /run/mdadm/creating-md0
		kill -$signal $!
		rc=0
		wait $! || rc=$?
		echo "$signal: $rc"
		is_there md0 /dev/md0 1.2 || { [ -z "$(arrays)" ] && no_leftovers; }
		stop_arrays
	done
}

@test "attacks: links where our files should be" {
	disks 2 5M
	echo precious >precious
	local args=(/dev/md0 -R -q -e 1.2 -l1 -n2 "${DISKS[@]}") name

	for name in map.lock map.new creating-md0; do
		rm -rf /run/mdadm
		mkdir /run/mdadm
		ln -s "$PWD/precious" /run/mdadm/$name
		run "$MDADM" --create "${args[@]}"
		echo "$name: $status: $output"
		[ "$status" = 0 ] || one_line "$output"
		[ "$(cat precious)" = precious ]
		rm -f /run/mdadm/$name
		stop_arrays
	done
	rm -rf /run/mdadm
	mkdir elsewhere
	ln -s "$PWD/elsewhere" /run/mdadm
	create_refused 1 '/run/mdadm' "${args[@]}"
	[ -z "$(ls elsewhere)" ]
	rm /run/mdadm
	mkdir -m 777 /run/mdadm
	create_refused 1 '/run/mdadm.*nobody else may write' "${args[@]}"
	rmdir /run/mdadm
	: >/run/mdadm
	create_refused 1 '/run/mdadm' "${args[@]}"
	rm /run/mdadm
}

@test "attacks: /dev/md leads elsewhere" {
	disks 2 5M
	mkdir elsewhere
	ln -s "$PWD/elsewhere" /dev/md
	run "$MDADM" --create home -R -q -e 1.2 -l1 -n2 "${DISKS[@]}"
	echo "$output"
	[ -z "$(ls elsewhere)" ]
	one_line "$output"
	[[ $output == *"/dev/md"* ]]
	"$MDADM" -q -S /dev/md127
	rm /dev/md
}

@test "attacks: closed and full descriptors" {
	local rc

	disks 2 5M
	local args=(--create /dev/md0 -R -e 1.2 -l1 -n2 "${DISKS[@]}")

	"$MDADM" "${args[@]}" <&- >&- 2>&-
	is_there md0 /dev/md0 1.2
	"$MDADM" -S /dev/md0 <&- >&- 2>&-
	"$MDADM" "${args[@]}" >/dev/full 2>/dev/full
	is_there md0 /dev/md0 1.2
	"$MDADM" -S /dev/md0 >/dev/full 2>/dev/full
	is_gone md0
	cmp -n 4096 "${DISKS[0]}" /dev/zero
	cmp -n 4096 "${DISKS[1]}" /dev/zero
}

@test "attacks: the environment" {
	disks 2 5M
	mkdir bin
	printf '#!/bin/sh\ntouch %s/ran\n' "$PWD" >bin/modprobe
	chmod +x bin/modprobe
	env PATH="$PWD/bin" LC_ALL=tr_TR.UTF-8 MDADM_NO_UDEV=2 IFS=x HOME=/nosuch TMPDIR=/nosuch \
		"$MDADM" --create /dev/md0 -R -q -e 1.2 -l1 -n2 "${DISKS[@]}"
	is_there md0 /dev/md0 1.2
	[ ! -e ran ]
	env -i "$MDADM" --stop /dev/md0
	is_gone md0
}
