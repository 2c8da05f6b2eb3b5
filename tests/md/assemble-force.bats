#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble of what is not whole, side by side with the reference program: members that are
# missing, stale, damaged or rebuilding; --run, --force, --readonly. Where we differ on purpose the
# test says how.

# guest: -d 1:8M

# shellcheck disable=SC2154 # "seen" comes from assemble.bash

load assemble

@test "degraded: newly missing members need --run" {
	fresh 5
	clean_make /dev/md0 -l5 -n4 -x1 "${DISKS[@]}"
	scribble /dev/md0
	ended
	same --assemble -v /dev/md0 "${DISKS[@]}"
	same --assemble /dev/md0 "${DISKS[@]:0:3}"
	same --assemble /dev/md0 "${DISKS[@]:0:3}" "${DISKS[4]}"
	same --assemble --force /dev/md0 "${DISKS[@]:0:3}"
	same --assemble -v --run /dev/md0 "${DISKS[@]:0:3}"
	same --assemble /dev/md0 "${DISKS[@]:0:2}"
	same --assemble --force /dev/md0 "${DISKS[@]:0:2}"
	same --assemble /dev/md0 "${DISKS[4]}"
}

@test "degraded: with --run the driver has the last word, and nothing is left" {
	fresh 3
	clean_make /dev/md0 -l0 -n3 "${DISKS[@]}"
	ended
	same --assemble /dev/md0 "${DISKS[@]:0:2}"
	same --assemble --force /dev/md0 "${DISKS[@]:0:2}"
	ours 1 "Not enough devices to start the array." --assemble --run /dev/md0 "${DISKS[@]:0:2}"
	[ -z "$(arrays)" ]
	[ ! -s /run/mdadm/map ]
}

@test "degraded: mirrors and RAID10" {
	fresh 4
	clean_make /dev/md0 -l10 -n4 "${DISKS[@]}"
	ended
	same --assemble /dev/md0 "${DISKS[0]}" "${DISKS[2]}"
	same --assemble --run /dev/md0 "${DISKS[0]}" "${DISKS[2]}"
	same --assemble --force /dev/md0 "${DISKS[1]}" "${DISKS[3]}"
	same --assemble /dev/md0 "${DISKS[0]}" "${DISKS[1]}"
	rm -rf /run/disks/saved
	"$ORACLE" -q --zero-superblock "${DISKS[@]}"
	clean_make /dev/md0 -l1 -n3 "${DISKS[@]:0:3}"
	ended
	without "${DISKS[@]:0:2}"
	same --assemble -v /dev/md0 "${DISKS[@]:0:2}"
	same --assemble -v /dev/md0 "${DISKS[@]:0:3}"
	same --assemble /dev/md0 "${DISKS[0]}"
	same --assemble -v --run /dev/md0 "${DISKS[0]}"
}

@test "stale members are handed over and not used" {
	fresh 4
	clean_make /dev/md0 -l5 -n4 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:2}" "${DISKS[3]}"
	same --assemble -v /dev/md0 "${DISKS[@]}"
	same --assemble -v /dev/md0 "${DISKS[2]}" "${DISKS[0]}" "${DISKS[1]}" "${DISKS[3]}"
	same --assemble /dev/md0 "${DISKS[@]:0:3}"
}

@test "force: stale members of RAID5 and RAID6" {
	fresh 5
	clean_make /dev/md0 -l5 -n4 "${DISKS[@]:0:4}"
	scribble /dev/md0
	ended
	without "${DISKS[@]:0:2}" "${DISKS[3]}"
	ours 0 "forcing event count in ${DISKS[2]}(2) from" --assemble --force /dev/md0 \
		"${DISKS[@]:0:3}"
	[[ $output == *"clearing FAULTY flag for device 2 in /dev/md0 for ${DISKS[2]}"* ]]
	[[ $output == *"/dev/md0 has been started with 3 drives (out of 4)."* ]]
	local mine=$seen
	ended
	# what we wrote is an array for everybody, in any order
	"$ORACLE" --assemble --run /dev/md0 "${DISKS[2]}" "${DISKS[1]}" "${DISKS[0]}"
	md_is md0 degraded 1
	ended
	"$MDADM" --assemble --run /dev/md0 "${DISKS[1]}" "${DISKS[2]}" "${DISKS[0]}"
	md_is md0 degraded 1
	ended
	one "$ORACLE" --assemble --force /dev/md0 "${DISKS[@]:0:3}"
	diff <(echo "$seen") <(echo "$mine")
	ended

	rm -rf /run/disks/saved
	"$ORACLE" -q --zero-superblock "${DISKS[@]:0:4}"
	clean_make /dev/md0 -l6 -n5 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:4}"
	without "${DISKS[@]:0:3}"
	save
	one "$ORACLE" --assemble --force /dev/md0 "${DISKS[@]:0:2}" "${DISKS[@]:3:2}"
	mine=$seen
	ended
	ours 0 "forcing event count in ${DISKS[3]}(3)" --assemble --force /dev/md0 \
		"${DISKS[@]:0:2}" "${DISKS[@]:3:2}"
	[[ $output != *"event count in ${DISKS[4]}"* ]]
	diff <(echo "$mine") <(echo "$seen")
}

@test "force: a RAID6 that lacks one member is repaired" {
	fresh 5
	clean_make /dev/md0 -l6 -n5 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:3}"
	ours 0 "has been started with 4 drives (out of 5)." --assemble --force /dev/md0 \
		"${DISKS[@]:0:2}" "${DISKS[@]:3:2}"
	md_is md0 sync_action repair
}

@test "force: what would not be enough is not begun" {
	fresh 4
	clean_make /dev/md0 -l5 -n4 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:3}"
	ours 1 "assembled from 1 drive - not enough to start the array." \
		--assemble --force /dev/md0 "${DISKS[0]}" "${DISKS[3]}"
	[[ $output != *forcing* ]]
}

@test "force: a failure puts the superblocks back" {
	fresh 4
	clean_make /dev/md0 -l5 -n4 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:3}"
	unfit "${DISKS[1]}"
	ours 1 "ADD_NEW_DISK for ${DISKS[1]} failed" --assemble --force /dev/md0 \
		"${DISKS[@]:0:2}" "${DISKS[3]}"
	[ -z "$(arrays)" ]
	[ ! -s /run/mdadm/map ]
}

# has_open PID FILE
has_open() {
	local fd

	for fd in "/proc/$1/fd/"*; do
		[ ! "$fd" -ef "$2" ] || return 0
	done
	return 1
}

@test "force: a member that changes while another is waited for is not written" {
	local slow=/dev/mapper/slow pid rc=0

	fresh 3
	clean_make /dev/md0 -l5 -n3 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:2}"
	echo "0 16384 linear ${DISKS[0]} 0" | dmsetup create --noudevsync slow
	dmsetup mknodes
	dmsetup suspend --noudevsync slow
	"$MDADM" --assemble --force /dev/md0 "${DISKS[2]}" $slow >said 2>&1 &
	pid=$!
	wait_for 20 has_open $pid $slow
	dd if=/dev/zero of="${DISKS[2]}" bs=4k count=4 oflag=direct conv=notrunc status=none
	save
	dmsetup resume --noudevsync slow
	wait $pid || rc=$?
	stop_arrays
	dmsetup remove --noudevsync slow
	echo "$rc: $(<said)"
	[ "$rc" = 1 ]
	[[ $(<said) == *"${DISKS[2]} has changed since it was looked at: run the command again" ]]
	unchanged
}

@test "force: dirty and degraded" {
	fresh 4
	make /dev/md0 -l5 -n4 --force "${DISKS[@]}"
	ended
	same --assemble /dev/md0 "${DISKS[@]}"
	same --assemble /dev/md0 "${DISKS[@]:0:3}"
	ours 1 "Not enough devices to start the array while not clean - consider --force." \
		--assemble --run /dev/md0 "${DISKS[@]:0:3}"
	same --assemble --force /dev/md0 "${DISKS[@]:0:3}"
}

@test "force: a member that missed writes is not used when it need not be" {
	local i

	fresh 4
	clean_make /dev/md0 -l5 -n4 "${DISKS[@]}"
	ended
	"$ORACLE" -q --assemble --run /dev/md0 "${DISKS[@]:0:3}"
	echo 0 >/sys/block/md0/md/safe_mode_delay
	scribble /dev/md0
	# the machine dies here: three dirty members, one event ahead of the fourth
	for i in 0 1 2; do
		cp "$(losetup -nO BACK-FILE "${DISKS[i]}" | tr -d ' ')" "/run/disks/crash$i"
	done
	ended
	for i in 0 1 2; do
		dd if="/run/disks/crash$i" of="${DISKS[i]}" bs=1M oflag=direct conv=notrunc \
			status=none
		rm "/run/disks/crash$i"
	done
	# the reference program takes the fourth for current and the driver then refuses
	ours 1 "ignoring ${DISKS[3]} as ${DISKS[0]} reports it as failed" \
		--assemble /dev/md0 "${DISKS[@]}"
	[[ $output == *"not enough to start the array while not clean - consider --force."* ]]
	# ... and with --force it syncs the stripes from its old data
	ours 0 "Marking array /dev/md0 as 'clean'" --assemble --force /dev/md0 "${DISKS[@]}"
	md_is md0 degraded 1
}

@test "two halves that ran without each other" {
	fresh 2
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]}"
	ended
	without "${DISKS[0]}"
	without "${DISKS[1]}"
	same --assemble /dev/md0 "${DISKS[0]}"
	same --assemble -v /dev/md0 "${DISKS[@]}"
	# the reference program joins the halves, different as they are; we do not
	ours 0 "ignoring ${DISKS[1]} as it reports ${DISKS[0]} as failed" \
		--assemble --force /dev/md0 "${DISKS[@]}"
	md_is md0 degraded 1
}

@test "read-only" {
	fresh 3
	clean_make /dev/md0 -l5 -n3 "${DISKS[@]}"
	ended
	save
	same --assemble --readonly /dev/md0 "${DISKS[@]}"
	same --assemble --readonly --run /dev/md0 "${DISKS[@]:0:2}"
	ours 0 started --assemble --readonly /dev/md0 "${DISKS[@]}"
	md_is md0 array_state readonly
	ended
	unchanged
}

@test "members that are read-only" {
	fresh 3
	clean_make /dev/md0 -l5 -n3 "${DISKS[@]}"
	ended
	blockdev --setro "${DISKS[@]}"
	same --assemble /dev/md0 "${DISKS[@]}"
	same --assemble --readonly /dev/md0 "${DISKS[@]}"
	ours 0 started --assemble /dev/md0 "${DISKS[@]}"
	md_is md0 array_state readonly
	ended
	# only one of them, and one that is not there
	blockdev --setrw "${DISKS[@]:1}"
	same --assemble /dev/md0 "${DISKS[@]}"
	same --assemble --run /dev/md0 "${DISKS[@]:0:2}"
	blockdev --setrw "${DISKS[0]}"
	without "${DISKS[@]:0:2}"
	blockdev --setro "${DISKS[2]}"
	rm -rf /run/disks/saved
	ours 1 "cannot open ${DISKS[2]} for writing: it is read-only" --assemble --force /dev/md0 \
		"${DISKS[@]:1}"
}

@test "rebuilding members, spares, journals and replacements" {
	fresh 4
	make /dev/md0 -l5 -n3 "${DISKS[@]:0:3}"
	ended
	same --assemble -v /dev/md0 "${DISKS[@]:0:3}"
	same --assemble /dev/md0 "${DISKS[@]:0:2}"
	same --assemble /dev/md0 "${DISKS[@]:1:2}"
	same --assemble --force /dev/md0 "${DISKS[@]:1:2}"
	rm -rf /run/disks/saved
	"$ORACLE" -q --zero-superblock "${DISKS[@]:0:3}"
	clean_make /dev/md0 -l5 -n3 "${DISKS[@]:0:3}" --write-journal "${DISKS[3]}"
	ended
	same --assemble /dev/md0 "${DISKS[@]}"
	same --assemble /dev/md0 "${DISKS[@]:0:3}"
	same --assemble --run /dev/md0 "${DISKS[@]:0:3}"
	same --assemble --force /dev/md0 "${DISKS[@]:0:3}"
	rm -rf /run/disks/saved
	"$ORACLE" -q --zero-superblock "${DISKS[@]}"
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]:0:2}"
	"$ORACLE" -q --add /dev/md0 "${DISKS[2]}"
	"$ORACLE" -q --replace /dev/md0 "${DISKS[0]}"
	ended
	same --assemble -v /dev/md0 "${DISKS[@]:0:3}"
}

@test "force: a member that says it has the number of the journal" {
	fresh 4
	clean_make /dev/md0 -l5 -n3 "${DISKS[@]:0:3}" --write-journal "${DISKS[3]}"
	ended
	without "${DISKS[@]:0:2}" "${DISKS[3]}"
	poke "${DISKS[2]}" 160 3
	poke "${DISKS[2]}" 260 $((2 << 16 | 2))
	run "$MDADM" --examine "${DISKS[2]}"
	[[ $output == *"Checksum : "*" - correct"* && $output == *"Device Role : Active device 2"* ]]
	ours 1 "assembled from 1 drive" --assemble --force /dev/md0 "${DISKS[0]}" "${DISKS[2]}"
	ours 1 "assembled from 1 drive and 1 journal - not enough to start the array." \
		--assemble --force /dev/md0 "${DISKS[0]}" "${DISKS[2]}" "${DISKS[3]}"
	[ -z "$(arrays)" ]
}

@test "damaged superblocks: one sentence, nothing written, nothing left" {
	local value at file force

	fresh 3
	clean_make /dev/md0 -l5 -n3 "${DISKS[@]}"
	ended
	save
	while read -r at value; do
		restore
		for file in "${FILES[@]}"; do
			# shellcheck disable=SC2059 # escapes are meant
			printf "$value" | dd of="$file" bs=1 seek=$((4096 + at)) conv=notrunc \
				status=none
		done
		seal
		for force in "" --force; do
			run "$MDADM" --assemble $force /dev/md0 "${DISKS[@]}"
			echo "--- $at $value $force -> $status $output"
			[ "$status" = 1 ]
			[[ $output == "mdadm: "* && $output != *$'\n'"mdadm: "* ]]
			[[ ! -e /sys/block/md0 && ! -s /run/mdadm/map ]]
		done
		unchanged
	done <<'END'
72 \x63\0\0\0
76 \xff\xff\0\0
80 \xff\xff\xff\xff\xff\xff\xff\x7f
88 \1\0\0\0
92 \xff\xff\xff\xff
92 \0\0\0\0
128 \xff\xff\xff\xff\xff\xff\xff\x7f
136 \xff\xff\xff\xff\xff\xff\xff\x7f
136 \0\0\0\0\0\0\0\0
160 \xff\xff\0\0
200 \xff\xff\xff\xff\xff\xff\xff\xff
216 \0\0\0\0
220 \xff\xff\0\0
256 \xff\xff\xff\xff\xff\xff
256 \0\0\0\0\0\0
32 ../../../dev/sda
8 \xff\xff\0\0
END
}
