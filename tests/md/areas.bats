#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What lies beside the superblock - bitmap, log of bad blocks, partial parity log, journal - made by both
# programs on the same disks: all bytes are the same but for random fields and times, and each program reads,
# reports and starts what the other has left.

# shellcheck disable=SC2034 # beside.bash and bytes.bash read some

load lib
load beside
load bytes

bats_require_minimum_version 1.5.0

A=/dev/md0
SYS=/sys/block/md0/md
UUID=01234567:89abcdef:01234567:89abcdef
PPL_BEFORE=2040

# Theirs takes the end of a log for 8 sectors less than it is.
on_purpose() {
	[[ $want != *"PPL :"* ]] || want=${want//before=2040 sectors/before=$PPL_BEFORE sectors}
	untold
}

# ended: without a process.
ended() {
	local tries=0

	while [ -e $SYS ]; do
		((tries++ < 500)) || return
		echo clear >$SYS/array_state || :
		read -r -t 0.01 -u "$NEVER" || :
	done 2>/dev/null
}

# by TOOL WORD...: a new array with one identity.
by() {
	"$1" --create $A --quiet --run --uuid=$UUID --name=areas --homehost=h "${@:2}"
}

# What the driver says of the array and its members.
attributes() {
	grep -s . "$SYS"/{level,raid_disks,metadata_version,component_size,layout,degraded,consistency_policy} \
		"$SYS"/bitmap/{location,chunksize,time_base,backlog,space} \
		"$SYS"/dev-*/{slot,state,offset,size,bad_blocks,ppl_sector,ppl_size} || :
}

# alike_bytes META COMMAND WORD...: `COMMAND TOOL WORD...` leaves the same array and the same bytes by both
# programs, on what is in the directory `before`, or on blank disks.
alike_bytes() {
	local meta=$1 dir tool

	echo "--- $*"
	for dir in ours theirs; do
		tool=$MDADM
		[ $dir = ours ] || tool=$ORACLE
		if [ -e before ]; then put_back before; else blank; fi
		"$2" "$tool" "${@:3}"
		attributes >$dir.made
		ended
		keep $dir
	done
	diff ours.made theirs.made
	same_bytes "$meta" ours theirs
}

# both META COMMAND WORD...: besides, both programs read either, and each starts what the other has left.
both() {
	alike_bytes "$@"
	serves ours "$ORACLE"
	serves theirs "$MDADM"
	diff ours.served theirs.served
}

# serves DIR TOOL: both programs read these disks alike, and that one starts them.
serves() {
	put_back "$1"
	alike --examine "${DISKS[@]}"
	alike --examine-bitmap "${DISKS[0]}"
	alike --examine-badblocks "${DISKS[0]}"
	"$2" --assemble $A --quiet --run --readonly "${DISKS[@]}"
	attributes >"$1.served"
	ended
}

@test "a bitmap from the start: every metadata, level and chunk" {
	local meta level i=0 compare chunks=(4K 64K 1M 128M)

	disks 4 6M
	for meta in 0.90 1.0 1.1 1.2; do
		for level in 4 5 6 10; do
			compare=alike_bytes
			((i++ % 5)) || compare=both
			(((i + i / 4) % 4 != 2)) || continue
			$compare $meta by -e $meta -l$level -n4 -b internal \
				--bitmap-chunk="${chunks[(level + i / 4) % 4]}" --assume-clean "${DISKS[@]}"
		done
	done
	both 0.90 by -e 0.90 -l1 -n2 -x2 -b internal --assume-clean "${DISKS[@]}"
	both 1.2 by -e 1.2 -l1 -n2 -x2 -b internal --assume-clean "${DISKS[@]}"
}

# grown TOOL META LEVEL CHUNK: a bitmap for an array without.
grown() {
	by "$1" -e "$2" -l "$3" -n4 -b none --assume-clean "${DISKS[@]}"
	"$1" --grow $A --quiet --bitmap=internal --bitmap-chunk="$4"
}

lost() {
	grown "$@"
	"$1" --grow $A --quiet --bitmap=none
}

@test "a bitmap comes and goes by --grow" {
	disks 4 6M
	alike_bytes 0.90 grown 0.90 6 64K
	alike_bytes 1.0 grown 1.0 4 4K
	alike_bytes 1.1 grown 1.1 10 1M
	both 1.2 grown 1.2 6 64M
	alike_bytes 0.90 lost 0.90 1 4K
	alike_bytes 1.0 lost 1.0 6 64K
	alike_bytes 1.1 lost 1.1 4 1M
	both 1.2 lost 1.2 10 4K
}

# policies TOOL META POLICY...: one after the other.
policies() {
	local policy

	by "$1" -e "$2" -l5 -n4 --assume-clean "${DISKS[@]}"
	for policy in "${@:3}"; do "$1" --grow $A --quiet --consistency-policy="$policy"; done
}

@test "a partial parity log from the start, and by --grow" {
	local meta

	disks 4 6M
	for meta in 1.0 1.2; do
		both $meta by -e $meta -l5 -n4 -k ppl --assume-clean "${DISKS[@]}"
	done
	echo "CREATE bbl=no" >/etc/mdadm/mdadm.conf # the log of bad blocks takes its room
	both 1.0 policies 1.0 ppl
	alike_bytes 1.1 policies 1.1 ppl
	PPL_BEFORE=2032
	both 1.2 policies 1.2 ppl
	PPL_BEFORE=2040
	both 1.2 policies 1.2 ppl resync
	alike_bytes 1.0 policies 1.0 ppl resync
}

# updated TOOL WORD...: what is there is started once with these updates, and not written to.
updated() {
	local word

	for word in "${@:2}"; do
		"$1" --assemble $A --quiet --run --readonly --update="$word" "${DISKS[@]}"
		[ "$word" = "${*: -1}" ] || ended
	done
}

@test "a log of bad blocks goes and comes by --update" {
	local meta

	disks 4 6M
	for meta in 1.0 1.1 1.2; do
		by "$ORACLE" -e $meta -l6 -n4 --assume-clean "${DISKS[@]}"
		ended
		keep before
		alike_bytes $meta updated no-bbl
		both $meta updated no-bbl bbl
		blank
	done
}

@test "a journal: behind the members, and before them" {
	local meta level

	disks 5 6M
	JOURNAL=1
	for meta in 1.0 1.2; do
		both $meta by -e $meta -l5 -n4 --readonly "${DISKS[@]:0:4}" --write-journal "${DISKS[4]}"
	done
	alike_bytes 1.2 by -l4 -n3 -x1 --readonly --assume-clean "${DISKS[@]:0:4}" --write-journal "${DISKS[4]}"
	# before them theirs has one event more than the members
	for level in "5 --assume-clean" 6; do
		# shellcheck disable=SC2086 # words
		run -1 alike_bytes 1.2 by -l$level -n4 --readonly --write-journal "${DISKS[4]}" "${DISKS[@]:0:4}"
		echo "$output"
		[ "${lines[-1]}" = "${FILES[4]##*/} $((4096 + 200)) 0 1" ]
		[ ${#lines[@]} = 2 ]
	done
}

# another_journal TOOL: the array has lost its own.
another_journal() {
	"$1" --assemble $A --quiet --run --force "${DISKS[@]:0:4}"
	[ "$(<$SYS/array_state)" = readonly ]
	"$1" --manage $A --quiet --add-journal "${DISKS[4]}"
}

@test "another journal" {
	disks 5 6M
	JOURNAL=1
	by "$ORACLE" -l5 -n4 --assume-clean "${DISKS[@]:0:4}" --write-journal "${DISKS[4]}"
	ended
	"$ORACLE" --zero-superblock "${DISKS[4]}"
	keep before
	both 1.2 another_journal
}
