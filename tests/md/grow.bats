#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --grow, as far as it goes: bitmaps and partial parity logs of running arrays. Bytes are compared with what
# the reference program leaves; what it refuses is refused with the same status.

load lib
load bytes

bats_require_minimum_version 1.5.0

SYS=/sys/block/md0/md

# make META LEVEL N OPTION...: md0 of the first N disks, by the reference program.
make() {
	"$ORACLE" --create /dev/md0 --quiet --run --assume-clean --bitmap=none -e "$1" -l "$2" -n "$3" \
		"${@:4}" "${DISKS[@]:0:$3}"
	wait_idle md0
}

start() {
	"$ORACLE" --assemble /dev/md0 --quiet --run "${DISKS[@]:0:${1:-${#DISKS[@]}}}"
	wait_idle md0
}

# both LEVEL N WORD...: the array is the same, whichever program has grown it with these words.
both() {
	local n=$2 tool

	make "$META" "$1" "$n"
	stop_array md0
	keep before
	for tool in "$MDADM" "$ORACLE"; do
		put_back before
		start "$n"
		"$tool" --grow /dev/md0 "${@:3}"
		wait_idle md0
		cat "$SYS/bitmap/location" "$SYS/bitmap/chunksize" "$SYS/consistency_policy" >"attributes-${tool##*/}-$([ "$tool" = "$ORACLE" ] && echo theirs || echo ours)" 2>/dev/null || :
		stop_array md0
		keep "$([ "$tool" = "$ORACLE" ] && echo theirs || echo ours)"
	done
	diff attributes-*-ours attributes-*-theirs
	same_bytes "$META" ours theirs
	run ! cmp -s "before/${FILES[0]##*/}" "ours/${FILES[0]##*/}"
}

# alike STATUS WORD...: both programs refuse it with that status.
alike() {
	run -"$1" "$ORACLE" --grow /dev/md0 "${@:2}"
	run -"$1" "$MDADM" --grow /dev/md0 "${@:2}"
	echo "$output"
	[[ $output == "mdadm: "* ]]
}

@test "a bitmap is, byte for byte, that of the reference program: every metadata, level, chunk" {
	disks 4 6M
	for META in 0.90 1.0 1.1 1.2; do
		both 1 2 --bitmap=internal
		both 5 3 --bitmap=internal --bitmap-chunk=4K --delay=7
		both 10 4 -b internal --bitmap-chunk=1M --write-behind=100
	done
}

@test "the room for bits is that of the reference program, on small and large members" {
	local chunk META

	disks 2 300G
	for META in 1.0 1.2 0.90; do
		make "$META" 1 2
		for chunk in 4K 64K 256K 512K; do
			run "$ORACLE" --grow /dev/md0 --bitmap=internal --bitmap-chunk=$chunk
			theirs=$status:$(<$SYS/bitmap/location)
			"$ORACLE" --grow /dev/md0 --bitmap=none || :
			run "$MDADM" --grow /dev/md0 --bitmap=internal --bitmap-chunk=$chunk
			[ "$status:$(<$SYS/bitmap/location)" = "$theirs" ]
			"$MDADM" --grow /dev/md0 --bitmap=none || :
		done
		stop_array md0
	done
}

@test "to and fro, on an array that is written to" {

	disks 3 24M
	make 1.2 5 3
	dd if=/dev/urandom of=data bs=1M count=8 status=none
	dd if=data of=/dev/md0 bs=1M status=none
	for _ in 1 2 3; do
		"$MDADM" --grow /dev/md0 --bitmap=internal
		[ "$(<$SYS/bitmap/location)" = +8 ]
		[ "$(<$SYS/consistency_policy)" = bitmap ]
		dd if=data of=/dev/md0 bs=1M oflag=direct status=none
		"$MDADM" --grow /dev/md0 --bitmap=none
		[ "$(<$SYS/bitmap/location)" = none ]
	done
	cmp -n $((8 << 20)) data /dev/md0
}

@test "a member that comes back needs only what the new bitmap says" {
	disks 2 24M
	make 1.2 1 2
	"$MDADM" --grow /dev/md0 --bitmap=internal --bitmap-chunk=64K
	"$MDADM" --manage /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	dd if=/dev/urandom of=/dev/md0 bs=64K count=2 oflag=direct status=none
	run "$MDADM" --manage /dev/md0 --re-add "${DISKS[1]}"
	[[ $output == *"the bitmap covers the gap"*"re-added"* ]]
	wait_idle md0
	[ "$(<$SYS/degraded)" = 0 ]
}

@test "refused as by the reference program" {
	disks 3 24M
	make 1.2 1 2
	alike 1 --bitmap=none
	alike 0
	alike 1 --bitmap=none --size=max
	alike 1 --bitmap=internal --bitmap-chunk=2K
	"$MDADM" --grow /dev/md0 --bitmap=internal
	alike 1 --bitmap=internal
	"$MDADM" --readonly /dev/md0
	alike 1 --bitmap=none
	[[ $output == *--readwrite* ]]
	run -1 "$MDADM" --grow "${DISKS[2]}" --bitmap=none
	[ "$output" = "mdadm: ${DISKS[2]} does not appear to be an md device" ]
	run -1 "$MDADM" --grow /dev/md77 --bitmap=none
	stop_array md0
	"$ORACLE" --create /dev/md0 --quiet --run -l0 -n2 "${DISKS[@]:0:2}"
	alike 1 --bitmap=internal
	alike 1 --bitmap=none
}

@test "while it is synchronised there is no way, and the members stay as they were" {
	disks 2 24M
	make 1.2 1 2
	echo 100 >$SYS/sync_speed_max
	echo 50 >$SYS/sync_speed_min
	echo repair >$SYS/sync_action
	sync
	head -c 16384 "${DISKS[0]}" | tail -c 8192 >before
	run -1 "$MDADM" --grow /dev/md0 --bitmap=internal
	[[ $output == "mdadm: Cannot add bitmap while array is resyncing"*"--wait /dev/md0" ]]
	blockdev --flushbufs "${DISKS[0]}"
	head -c 16384 "${DISKS[0]}" | tail -c 8192 | cmp - before
	[ "$(<$SYS/bitmap/location)" = none ]
	echo idle >$SYS/sync_action
}

@test "a dry run tells the steps and takes none" {
	disks 2 24M
	make 1.2 1 2
	run -0 "$MDADM" --grow /dev/md0 --bitmap=internal --dry-run
	echo "$output"
	[[ $output == *"write"*"device=${DISKS[1]}"*"sysfs=/sys/block/md0/md/bitmap/location value=8"* ]]
	[ "$(<$SYS/bitmap/location)" = none ]
	"$MDADM" --grow /dev/md0 --bitmap=internal --dry-run --json >plan.json
	python3 -c 'import json; d = json.load(open("plan.json")); assert d["plans"][0]["steps"][-1]["value"] == "8"'
	"$MDADM" --grow /dev/md0 --bitmap=internal
	run -0 "$MDADM" --grow /dev/md0 --bitmap=none --dry-run
	[[ $output == *"remove-bitmap"*"SET_ARRAY_INFO"* ]]
	[ "$(<$SYS/bitmap/location)" = +8 ]
}

@test "of two at once one adds the bitmap, and it is whole" {
	local first second one=0 two=0

	disks 2 24M
	make 1.2 1 2
	"$MDADM" --grow /dev/md0 --bitmap=internal 2>/dev/null & first=$!
	"$MDADM" --grow /dev/md0 --bitmap=internal 2>/dev/null & second=$!
	wait $first || one=$?
	wait $second || two=$?
	[ $((one + two)) = 1 ]
	stop_array md0
	start
	[ "$(<$SYS/bitmap/location)" = +8 ]
}

@test "a partial parity log comes and goes as with the reference program" {
	local META

	disks 3 6M
	echo "CREATE bbl=no" >/etc/mdadm/mdadm.conf # the log of bad blocks takes its room
	for META in 1.0 1.1 1.2; do
		both 5 3 --consistency-policy=ppl
		start
		"$MDADM" --grow /dev/md0 --consistency-policy=resync
		[ "$(<$SYS/consistency_policy)" = resync ]
		stop_array md0
	done
}

@test "policies refused as by the reference program" {
	disks 3 24M
	make 1.2 5 3
	run -1 "$MDADM" --grow /dev/md0 -k ppl
	[[ $output == *"not enough space"* ]]
	[ "$(<$SYS/consistency_policy)" = resync ]
	stop_array md0
	echo "CREATE bbl=no" >/etc/mdadm/mdadm.conf
	make 1.2 5 3
	alike 1 -k resync
	alike 1 -k bitmap
	alike 1 -k journal
	"$MDADM" --grow /dev/md0 -k ppl
	alike 1 -k ppl
	alike 1 --bitmap=internal
	stop_array md0
	make 1.2 1 2
	alike 1 -k ppl
	alike 1 -k resync
	stop_array md0
	make 0.90 5 3
	alike 1 -k ppl
	stop_array md0
}
