#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Members with one defect each (tests/tools/mkimage.c) on the real driver. What cannot be used
# is refused in one sentence, before a byte is written, and nothing is left behind.
#
# tests/image/assemblies has what --assemble says of those that do not start; of the others
# the driver made an array.
#
# guest: -b 4:4M

load lib

RAMS=(/dev/ram0 /dev/ram1 /dev/ram2 /dev/ram3)

setup_file() {
	export MKIMAGE=$BATS_FILE_TMPDIR/mkimage
	gcc -std=gnu11 -O1 -o "$MKIMAGE" "$BATS_TEST_DIRNAME/../tools/mkimage.c"
}

# put IMAGE: its members, in MEMBERS.
put() {
	MEMBERS=("${RAMS[@]:0:2}")
	case $1 in
	*-raid[45]*) MEMBERS=("${RAMS[@]:0:3}") ;;
	*-raid6* | *-raid10*) MEMBERS=("${RAMS[@]}") ;;
	esac
	"$MKIMAGE" put "$1" "${MEMBERS[@]}"
}

same() {
	"$MKIMAGE" same "$1" "${MEMBERS[@]}"
}

# No md device, map entry, lock or node.
nothing_left() {
	local left

	left=$(compgen -G '/sys/block/md*'; compgen -G '/dev/md?*'; compgen -G '/dev/.tmp.md*'
		compgen -G '/run/mdadm/*lock*'; compgen -G '/run/mdadm/creating-*'
		[ ! -s /run/mdadm/map ] || cat /run/mdadm/map)
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

# The text $1 has exactly one sentence.
one_sentence() {
	local line n=0

	while IFS= read -r line; do
		case $line in
		"mdadm: "*) n=$((n + 1)) ;;
		"       "*) ;;
		*) n=99 ;;
		esac
	done <<<"$1"
	[ "$n" = 1 ]
}

# try_assembly IMAGE: prints what was said, as one line, unless it starts.
try_assembly() {
	local text rc=0

	put "$1" || return
	text=$(timeout 20 "$MDADM" --assemble /dev/md0 "${MEMBERS[@]}" 2>&1) || rc=$?
	if [ "$rc" = 0 ]; then
		[ -e /sys/block/md0/md/array_state ] || { echo "$1: no array and status 0"; return; }
		wait_for 5 stop_round
		rm -f /dev/md0 /run/mdadm/map
		return
	fi
	text=${text//"/dev/ram"/D}
	echo "$1: ${text//$'\n'      /}"
	[ "$rc" = 1 ] || echo "$1: status $rc"
	one_sentence "$text" || echo "$1: not one sentence"
	[[ $text == *D[0-3]* ]] || echo "$1: no device is named"
	same "$1" || echo "$1: changed"
	nothing_left || echo "$1: not tidy"
}

try_assemblies() {
	local name

	"$MKIMAGE" list | grep -v -- '-cut-' | while read -r name; do
		try_assembly "$name"
	done
}

@test "good members of every kind start" {
	local name

	for name in $("$MKIMAGE" list | grep -E '^[^-]*-[a-z0-9]*(-bitmap)?$'); do
		run try_assembly "$name"
		[ -z "$output" ]
	done
}

@test "a damaged member is refused in one sentence, and nothing changes" {
	try_assemblies | diff <(grep -v '^#' "$BATS_TEST_DIRNAME/../image/assemblies") -
}
