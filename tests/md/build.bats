#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --build: arrays without metadata, told to the kernel as the reference program does; what is refused.

# shellcheck disable=SC2030,SC2031 # each test is a process

load lib

bats_require_minimum_version 1.5.0

SYS=/sys/block/md0/md

# told: what the kernel knows of md0.
told() {
	local attr

	for attr in level layout chunk_size component_size raid_disks metadata_version; do
		echo "$attr $(cat $SYS/$attr 2>/dev/null)"
	done
	grep -H . "$SYS"/dev-*/{state,slot}
	cut -d' ' -f1,2 /run/mdadm/map
	cat /sys/block/md0/size
}

# both WORD...: the array is the same, whichever program has built it.
both() {
	run -0 "$ORACLE" --build /dev/md0 "$@"
	wait_idle md0
	told >theirs
	stop_array md0
	rm -f /run/mdadm/map
	run -0 "$MDADM" --build /dev/md0 "$@"
	[ "$output" = "mdadm: array /dev/md0 built and started." ]
	wait_idle md0
	told >ours
	stop_array md0
	rm -f /run/mdadm/map
	diff ours theirs
}

@test "every level: the kernel is told what the reference program tells it" {
	disks 4 6M
	both -l linear -n2 "${DISKS[@]:0:2}"
	both -l linear -n2 --rounding=128 "${DISKS[@]:0:2}"
	both -l 0 -n3 "${DISKS[@]:0:3}"
	both -l 0 -n2 -c 4 "${DISKS[@]:0:2}"
	both -l 1 -n2 "${DISKS[@]:0:2}"
	both -l 1 -n2 --assume-clean "${DISKS[0]}" --write-mostly "${DISKS[1]}"
	both -l 1 -n2 -z 4096 "${DISKS[0]}" missing
	both -l 1 -n1 --force "${DISKS[0]}"
	both -l 10 -n4 -p f2 -c 128 "${DISKS[@]:0:3}" missing
	both -l 10 -n4 -p n2 -c 64 "${DISKS[@]}"
	both -l faulty -n1 "${DISKS[0]}"
	both -l multipath -n2 "${DISKS[@]:0:2}"
}

@test "the data that is there is there, nothing is written to it" {
	local d

	disks 2 6M
	dd if=/dev/urandom of=data bs=1M count=12 status=none
	head -c 6M data >"${DISKS[0]}"
	tail -c 6M data >"${DISKS[1]}"
	"$MDADM" --build /dev/md0 --quiet -l linear -n2 "${DISKS[@]}"
	cmp data /dev/md0
	stop_array md0
	for d in 0 1; do cmp "${DISKS[d]}" <(tail -c +$((d * (6 << 20) + 1)) data | head -c 6M); done
}

@test "a member fails, leaves, and is added again" {
	disks 3 6M
	"$MDADM" --build /dev/md0 --quiet -l1 -n2 "${DISKS[@]:0:2}"
	wait_idle md0
	dd if=/dev/urandom of=/dev/md0 bs=1M count=6 oflag=direct status=none
	"$MDADM" /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	"$MDADM" /dev/md0 --re-add "${DISKS[1]}"
	wait_for 20 md_is md0 degraded 0
	cmp "${DISKS[0]}" "${DISKS[1]}"
	"$MDADM" /dev/md0 --fail "${DISKS[0]}" --remove "${DISKS[0]}" --add "${DISKS[2]}"
	wait_for 20 md_is md0 degraded 0
	cmp "${DISKS[2]}" "${DISKS[1]}"
}

@test "by name; a RAID10 without a layout has the usual one" {
	disks 4 6M
	run -0 "$MDADM" --build data -l10 -n4 "${DISKS[@]}"
	[ "$output" = "mdadm: array /dev/md/data built and started." ]
	[ -b /dev/md/data ]
	[ "$(<"/sys/block/$(basename "$(readlink -f /dev/md/data)")/md/layout")" = 258 ]
	grep -q "none 00000000:00000000:00000000:00000000 /dev/md/data" /run/mdadm/map
}

# refuse STATUS TEXT WORD...: and nothing is left.
refuse() {
	run -"$1" "$MDADM" --build "${@:3}"
	echo "$output"
	[[ $output == *"$2"* ]]
	[ ! -e $SYS ]
	[ ! -s /run/mdadm/map ]
}

@test "what is refused, and with which status" {
	disks 3 6M
	refuse 2 "Raid level raid5 not permitted with --build." /dev/md0 -l5 -n3 "${DISKS[@]}"
	refuse 1 "no raid-devices specified." /dev/md0 -l1 "${DISKS[@]}"
	refuse 1 "a RAID level is needed to Build an array." /dev/md0 -n2 "${DISKS[@]}"
	refuse 1 "requested 2 devices in array but listed 3" /dev/md0 -l1 -n2 "${DISKS[@]}"
	refuse 1 "bitmaps not supported with --build" /dev/md0 -l1 -n2 -b internal "${DISKS[@]:0:2}"
	refuse 1 "missing devices" /dev/md0 -l0 -n2 "${DISKS[0]}" missing
	refuse 1 "all devices are missing" /dev/md0 -l1 -n2 missing missing
	refuse 1 "same device" /dev/md0 -l1 -n2 "${DISKS[0]}" "${DISKS[0]}"
	refuse 1 "/dev/nope" /dev/md0 -l1 -n2 "${DISKS[0]}" /dev/nope
	refuse 2 "-x not valid in build mode" /dev/md0 -l1 -n2 -x1 "${DISKS[@]}"
	# the kernel says no: nothing stays
	refuse 1 "RUN_ARRAY failed" /dev/md0 -l10 -n4 -p n2 missing missing "${DISKS[@]:0:2}"
	run -0 "$MDADM" --build /dev/md0 -l1 -n2 "${DISKS[@]:0:2}" --dry-run
	[[ $output == *"set-array-shape"*"level=1"*"add-disk"* ]]
	[ ! -e $SYS ]
}
