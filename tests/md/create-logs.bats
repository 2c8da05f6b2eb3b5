#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --create with a partial parity log or a journal: bytes as by the reference program but for random fields
# and times; the kernel starts it; what cannot be is refused before anything is written.

# shellcheck disable=SC2030,SC2031 # each test is a process

load lib
load bytes

bats_require_minimum_version 1.5.0

SYS=/sys/block/md0/md
UUID=01234567:89abcdef:01234567:89abcdef

# both META WORD...: RAID5, read-only so that only the programs write.
both() {
	local meta=$1 tool dir

	shift
	for tool in "$MDADM" "$ORACLE"; do
		dir=$([ "$tool" = "$ORACLE" ] && echo theirs || echo ours)
		"$tool" --create /dev/md0 --quiet --run --readonly -e "$meta" --uuid=$UUID --name=logs --homehost=h -l5 "$@"
		cat "$SYS/consistency_policy" "$SYS"/dev-*/state "$SYS"/dev-*/slot >"$dir.state"
		stop_array md0
		keep "$dir"
		blank
	done
	diff ours.state theirs.state
	JOURNAL=1 same_bytes "$meta" ours theirs
}

@test "a partial parity log: bytes as by the reference program" {
	local meta

	disks 4 10M
	for meta in 1.0 1.1 1.2; do
		both $meta -n3 -k ppl "${DISKS[@]:0:3}"
		both $meta -n3 -x1 -k ppl --assume-clean "${DISKS[@]}"
	done
}

@test "a journal behind the members: bytes as by the reference program" {
	local meta

	disks 5 10M
	for meta in 1.0 1.1 1.2; do
		both $meta -n3 "${DISKS[@]:0:3}" --write-journal "${DISKS[4]}"
	done
	both 1.2 -n3 -x1 --assume-clean "${DISKS[@]:0:4}" --write-journal="${DISKS[4]}" -k journal
	both 1.2 -n3 "${DISKS[0]}" missing "${DISKS[1]}" --write-journal="${DISKS[4]}"
}

@test "they run, keep data, and start again" {
	local words

	disks 4 24M
	dd if=/dev/urandom of=data bs=1M count=8 status=none
	for words in "-k ppl" "--write-journal=${DISKS[3]}"; do
		# shellcheck disable=SC2086 # two words
		"$MDADM" --create /dev/md0 --quiet --run -l5 -n3 "${DISKS[@]:0:3}" $words
		dd if=data of=/dev/md0 bs=1M oflag=direct status=none
		wait_idle md0
		[ "$(<$SYS/degraded)" = 0 ]
		stop_array md0
		# shellcheck disable=SC2046 # none or one
		"$MDADM" --assemble /dev/md0 --quiet "${DISKS[@]:0:3}" $([[ $words == -k* ]] || echo "${DISKS[3]}")
		[[ $(<$SYS/consistency_policy) == @(ppl|journal) ]]
		cmp -n $((8 << 20)) data /dev/md0
		stop_array md0
	done
}

@test "a member that joins an array with a log has its logs apart" {
	disks 4 64M
	"$MDADM" --create /dev/md0 --quiet --run -l5 -n3 "${DISKS[@]:0:3}" -k ppl
	wait_idle md0
	"$MDADM" --manage /dev/md0 --add "${DISKS[3]}"
	run -0 "$ORACLE" --examine "${DISKS[3]}"
	echo "$output"
	[[ $output == *"PPL : 2048 sectors at offset 8 sectors"* ]]
	[[ $output == *"entries available at offset 2056 sectors"* ]]
}

# refuse STATUS TEXT WORD...: nothing is written.
refuse() {
	run -"$1" "$MDADM" --create /dev/md0 --run -n3 "${@:3}"
	echo "$output"
	[[ $output == *"$2"* ]]
	cmp -n 65536 "${DISKS[0]}" /dev/zero
	[ ! -e $SYS ]
}

@test "what cannot be is refused before" {
	disks 4 24M
	refuse 1 "0.90 metadata does not support PPL" -e 0.90 -l5 -k ppl "${DISKS[@]:0:3}"
	refuse 1 "0.90 metadata does not support a journal" -e 0.90 -l5 --write-journal "${DISKS[3]}" "${DISKS[@]:0:3}"
	refuse 1 "both a journal and a bitmap" -l5 -b internal --write-journal "${DISKS[3]}" "${DISKS[@]:0:3}"
	refuse 2 "only supported for RAID level 5" -l6 -k ppl "${DISKS[@]:0:3}"
	refuse 2 "--write-journal is required" -l5 -k journal "${DISKS[@]:0:3}"
	refuse 2 "not supported with consistency policy: resync" -l5 -k resync --write-journal "${DISKS[3]}" "${DISKS[@]:0:3}"
	refuse 1 "same device" -l5 --write-journal "${DISKS[2]}" "${DISKS[@]:0:3}"
	refuse 1 "data offset" -l5 -k ppl --data-offset=512K "${DISKS[@]:0:3}"
	refuse 2 "missing" -l5 --write-journal missing "${DISKS[@]:0:3}"
}
