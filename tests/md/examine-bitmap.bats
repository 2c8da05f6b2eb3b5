#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --examine-bitmap and --examine-badblocks: side by side with the reference program, of every format, of a
# cluster; and that what is said as JSON is the same.  Bitmaps in files: tests/cli/misc.bats.

# shellcheck disable=SC2154 # stderr comes from bats

load lib
load beside
load proof

bats_require_minimum_version 1.5.0

setup() {
	room_open
	mkdir examine-{bitmap,badblocks}{,-json}
	N=0
}

on_purpose() {
	:
}

# both_ways OPTION DISK: as the reference program, and in JSON the same.
both_ways() {
	local kind=${1#--}

	N=$((N + 1))
	alike "$1" "$2"
	"$MDADM" "$1" "$2" >"$kind/$N.out"
	"$MDADM" "$1" --json "$2" >"$kind-json/$N.out"
}

# Its first resync has ended, and not only not begun yet: meanwhile the kernel counts events.
in_step() {
	wait_for 20 md_is md0 resync_start none
	wait_idle md0
}

agrees() {
	local kind

	for kind in examine-bitmap examine-badblocks; do
		! compgen -G "$kind-json/*" >/dev/null || "$BATS_TEST_DIRNAME/../agree" "$kind" "$PWD"
	done
}

# put DISK BYTE VALUES: printf escapes count; past the cache of the device.
put() {
	local sector=$(($2 / 512))

	dd if="$1" of=sector bs=512 skip=$sector count=1 iflag=direct status=none
	printf '%b' "$3" | dd of=sector bs=1 seek=$(($2 % 512)) conv=notrunc status=none
	dd if=sector of="$1" bs=512 seek=$sector oflag=direct status=none
}

@test "each format: new, while it runs, and stopped with bits set" {
	local format

	disks 3 20M
	for format in 0.90 1.0 1.1 1.2; do
		make /dev/md0 -e $format -l1 -n2 --bitmap=internal --bitmap-chunk=1M "${DISKS[@]:0:2}"
		in_step
		both_ways --examine-bitmap "${DISKS[0]}"
		echo faulty >"/sys/block/md0/md/dev-${DISKS[1]#/dev/}/state"
		dd if=/dev/urandom of=/dev/md0 bs=1M count=3 seek=2 oflag=direct status=none
		stop_arrays
		both_ways --examine-bitmap "${DISKS[0]}"
		[[ $(<examine-bitmap/$N.out) == *", 3 dirty ("* ]]
		both_ways --examine-bitmap "${DISKS[1]}"
	done
	agrees
	make /dev/md0 -l1 -n2 --write-behind=300 --bitmap=internal "${DISKS[0]}" --write-mostly "${DISKS[1]}"
	in_step
	both_ways --examine-bitmap "${DISKS[1]}"
	grep -q 'max 300' "examine-bitmap/$N.out"
	stop_arrays
	make /dev/md0 -l1 -n2 --bitmap=none "${DISKS[@]:0:2}"
	alike --examine-bitmap "${DISKS[0]}"
	alike -X /dev/nosuch
	run -1 "$MDADM" -X "${DISKS[2]}"
	[ "$output" = "mdadm: No md superblock detected on ${DISKS[2]}." ]
	run -1 "$MDADM" -X /dev/md0
	one_line "$output"
	[[ $output == *"/dev/md0: it is an array, whose members have the bitmap." ]]
	agrees
}

# cluster DISK: what a create for two nodes would have put on a 1.2 member: bitmaps of a block each, the
# second one with other events and 8 bits set.
cluster() {
	put "$1" 8196 '\5'
	put "$1" $((8192 + 68)) '\2'
	put "$1" $((8192 + 72)) 'hal'
	dd if="$1" of="$1" bs=4096 skip=2 seek=3 count=1 iflag=direct oflag=direct status=none
	put "$1" $((12288 + 24)) '\7'
	put "$1" $((12288 + 256)) "$(printf '\\xff%.0s' 1 2)"'\0\0\0\0'
}

@test "of a cluster: one for each node" {
	disks 2 20M
	make /dev/md0 -l1 -n2 --bitmap=internal --bitmap-chunk=4K --assume-clean "${DISKS[@]}"
	stop_arrays
	cluster "${DISKS[0]}"
	both_ways --examine-bitmap "${DISKS[0]}"
	[ "$(grep -c 'Node Slot' examine-bitmap/$N.out)" = 2 ]
	agrees
	# more nodes than there is room for
	put "${DISKS[0]}" $((8192 + 68)) '\xff\xff\xff\xff'
	run -1 "$MDADM" -X "${DISKS[0]}"
	[[ $output == *"the bitmap of node "*" cannot be read"* ]]
	at_once "$MDADM" -X "${DISKS[0]}"
}

@test "an image of a member, a header of another array, a header that is damaged" {
	disks 2 20M
	make /dev/md0 -l1 -n2 --bitmap=internal --assume-clean "${DISKS[@]}"
	stop_arrays
	dd if="${DISKS[0]}" of=image bs=1M iflag=direct status=none
	diff <("$MDADM" -X "${DISKS[0]}" | tail -n +2) <("$MDADM" -X image | tail -n +2)
	put "${DISKS[0]}" 8200 '\1\2\3'
	run -1 --separate-stderr "$MDADM" -X "${DISKS[0]}"
	[ "$stderr" = "mdadm: the bitmap on ${DISKS[0]} is that of another array" ]
	run -1 "$ORACLE" -X "${DISKS[0]}"
	put "${DISKS[1]}" 8192 x
	run -1 --separate-stderr "$MDADM" -X "${DISKS[1]}"
	[[ $stderr == "mdadm: invalid bitmap magic 0x"*"to be corrupted or missing." ]]
	put "${DISKS[1]}" 8192 'bitm\x42'
	run -1 --separate-stderr "$MDADM" -X "${DISKS[1]}"
	[[ $stderr == "mdadm: unknown bitmap version 66, "* ]]
	one_line "$stderr"
	diff <("$ORACLE" -X "${DISKS[1]}" 2>/dev/null) <(echo "$output")
}

@test "bad blocks" {
	local disk

	disks 3 20M
	make /dev/md0 -e 1.2 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	disk=/sys/block/md0/md/dev-${DISKS[0]#/dev/}/bad_blocks
	both_ways --examine-badblocks "${DISKS[0]}"
	echo 4096 8 >"$disk"
	echo 5000 1000 >"$disk"
	"$MDADM" --readonly /dev/md0
	"$MDADM" --readwrite /dev/md0
	dd if=/dev/zero of=/dev/md0 bs=4k count=1 oflag=direct status=none
	stop_arrays
	both_ways --examine-badblocks "${DISKS[0]}"
	[[ $(<examine-badblocks/$N.out) == "Bad-blocks on ${DISKS[0]}:"*" 4096 for 8 sectors"* ]]
	both_ways --examine-badblocks "${DISKS[1]}"
	"$ORACLE" -q --assemble --update=force-no-bbl /dev/md0 "${DISKS[@]:0:2}"
	stop_arrays
	both_ways --examine-badblocks "${DISKS[0]}"
	grep -q '^No bad-blocks list configured' "examine-badblocks/$N.out"
	agrees
	"$MDADM" --zero-superblock "${DISKS[@]:0:2}"
	make /dev/md0 -e 0.90 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	alike --examine-badblocks "${DISKS[0]}"
	alike --examine-badblocks "${DISKS[2]}"
	alike --examine-badblocks /dev/nosuch "${DISKS[0]}"
}
