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

# shellcheck disable=SC2030,SC2031 # each test is a process
bats_require_minimum_version 1.5.0

load lib
load proof

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
	text=$("$MDADM" --assemble /dev/md0 "${MEMBERS[@]}" 2>&1) || rc=$?
	if [ "$rc" = 0 ]; then
		[ -e /sys/block/md0/md/array_state ] || { echo "$1: no array and status 0"; return; }
		wait_for 5 stop_round
		rm -rf /dev/md0 /dev/md /run/mdadm/map
		return
	fi
	text=${text//"/dev/ram"/D}
	[[ ! $text =~ (.*"this is ")[0-9.]+(.*) ]] || text=${BASH_REMATCH[1]}K${BASH_REMATCH[2]}
	echo "$1: ${text//$'\n'      /}"
	[ "$rc" = 1 ] || echo "$1: status $rc"
	one_sentence "$text" || echo "$1: not one sentence"
	[[ $text == *D[0-3]* || $text == */dev/md0* || $text == *journal* ]] || echo "$1: not named"
	same "$1" || echo "$1: changed"
	nothing_left || echo "$1: not tidy"
}

# What there is time for: of the extremes of the fields only a few.
chosen() {
	"$MKIMAGE" list | grep -v -- '-cut-' | awk '
		!/-(zero|one|max|sign|ones)$/ { if (n++ % 2) print; next }
		/-(zero|ones)$/ { if (m++ % 7 == 0) print }'
}

@test "good members of every kind start" {
	local name

	for name in $("$MKIMAGE" list | grep -E '^[^-]*-[a-z0-9]*(-bitmap)?$'); do
		case $name in *-raid[46]* | 1.1-* | 0.90-raid[05]* | 1.0-linear*) continue ;; esac
		case $name in 1.2-raid1-bitmap | 0.90-raid1-bitmap) ;; *-bitmap) continue ;; esac
		run try_assembly "$name"
		[ -z "$output" ]
	done
}

@test "a damaged member is refused in one sentence, and nothing changes" {
	local kept="$BATS_TEST_DIRNAME/../image/assemblies" name

	awk -F: 'NR == FNR { known[$1] = 1; next } $1 in known' <(chosen) \
		<(grep -v '^#' "$kept") >want
	[ "$(wc -l <want)" -gt 50 ]
	cut -d: -f1 want | while read -r name; do
		try_assembly "$name"
	done >got
	diff want got
}

@test "when no member is found for an array, what is damaged is named" {
	put 1.2-raid1-events-unmended
	printf 'DEVICE %s\n' "${MEMBERS[@]}" >conf
	run -2 "$MDADM" --assemble /dev/md0 -c conf --uuid=00000001:00000002:00000003:00000004
	one_sentence "$output"
	[[ $output == *"no free device of /dev/md0 was found"*"${MEMBERS[0]} cannot be used: its checksum"* ]]
	nothing_left
}

@test "a name from the disk makes no node outside of /dev/md, and one line" {
	local name

	for name in dotdot climbs absolute newline escape substitution full ones nul-inside; do
		put "1.2-raid1-name-$name"
		run "$MDADM" --assemble /dev/md0 "${MEMBERS[@]}"
		[ "$output" = "mdadm: /dev/md0 has been started with 2 drives." ]
		"$MDADM" --detail --export /dev/md0 >exported
		run ! grep -vE '^MD_[A-Za-z0-9_]*=[]A-Za-z0-9_.:+@%,/\-]*$' exported
		run ! grep -P '[^ -~]' <("$MDADM" --detail /dev/md0; "$MDADM" --detail --brief /dev/md0)
		"$MDADM" --quiet --stop /dev/md0
		[ -z "$(find /dev/md -mindepth 1 2>/dev/null)" ]
		[ ! -e pwned ] && [ ! -e /etc/passwd.md ]
		rm -f /dev/md0
		nothing_left
	done
}

# refused_choice VERSION OTHER TEXT DEV...: nothing starts, and the sentence says how to choose.
refused_choice() {
	local bad=$1 good=$2 text=$3

	shift 3
	run -1 "$MDADM" --assemble /dev/md0 "$@"
	echo "$output"
	one_sentence "$output"
	[[ $output == *"$1"*"$text"*"$bad"*"$good"*"--metadata=$good"* ]]
	nothing_left
}

# chosen_starts VERSION DEV...: with --metadata, when it is given, and as that version.
chosen_starts() {
	local version=$1 word=$2

	shift 2
	# shellcheck disable=SC2086 # none or one
	run -0 "$MDADM" --assemble $word /dev/md0 "$@"
	md_is md0 metadata_version "$version"
	"$MDADM" --quiet --stop /dev/md0
	rm -f /dev/md0
}

@test "of two superblocks one is damaged: neither is taken unless it is named" {
	local dev

	put 1.2-raid1-two-older-1.1
	for dev in "${MEMBERS[@]}"; do
		printf 'x' | dd of="$dev" bs=1 seek=40 conv=notrunc status=none
	done
	refused_choice 1.1 1.2 "cannot be used: its checksum is" "${MEMBERS[@]}"
	chosen_starts 1.2 --metadata=1.2 "${MEMBERS[@]}"
	for dev in "${MEMBERS[@]}"; do
		run -0 "$MDADM" --zero-superblock --metadata=1.1 "$dev"
	done
	chosen_starts 1.2 "" "${MEMBERS[@]}"
}

@test "a damaged superblock in the data of a whole one is data" {
	local name

	for name in newer-damaged-0.90 newer-damaged-1.0 older-damaged-0.90; do
		put "1.2-raid1-two-$name"
		chosen_starts 1.2 "" "${MEMBERS[@]}"
	done
}

# Whoever may write a file on the array can do this.
@test "what users wrote into the array is not taken for a superblock of its members" {
	local -a words
	local place=$(((65536 - 64) * 1024)) kind

	disks 2 64M
	"$MDADM" --quiet --create /dev/md0 --run -l1 -n2 --assume-clean "${DISKS[@]}"
	"$MDADM" --quiet --stop /dev/md0
	dd if="${DISKS[0]}" of=kept bs=4096 skip=1 count=1 status=none
	"$MDADM" --quiet --create /dev/md0 --run -l1 -n2 --assume-clean -e0.90 "${DISKS[@]}"
	"$MDADM" --quiet --stop /dev/md0
	dd if="${DISKS[0]}" of=newer bs=4096 skip=$((place / 4096)) count=1 status=none
	printf '\374\116\053\251\0\0\0\0\132\0\0\0' | dd of=nonsense bs=4096 conv=sync status=none
	for kind in nonsense newer; do
		dd if=kept of="${DISKS[0]}" bs=4096 seek=1 conv=notrunc status=none
		dd if=$kind of="${DISKS[0]}" bs=4096 seek=$((place / 4096)) conv=notrunc status=none
		if [ $kind = newer ]; then
			run -1 "$MDADM" --assemble --run /dev/md0 "${DISKS[0]}"
			[[ $output == *"version 1.2 and, where the data of its array would be, a newer one of version 0.90"* ]]
			nothing_left
		fi
		words=(--assemble --run)
		[ $kind = nonsense ] || words+=(--metadata=1.2)
		run -0 "$MDADM" "${words[@]}" /dev/md0 "${DISKS[0]}"
		md_is md0 metadata_version 1.2
		"$MDADM" --quiet --stop /dev/md0
	done
}

@test "of two superblocks one cannot be decoded: neither is taken unless it is named" {
	local dev

	put 1.2-raid1-two-older-0.90
	for dev in "${MEMBERS[@]}"; do
		printf '\377\377\0\0' | dd of="$dev" bs=1 seek=$((4096 + 220)) conv=notrunc status=none
	done
	refused_choice 1.2 0.90 "cannot be used: " "${MEMBERS[@]}"
	chosen_starts 0.90 --metadata=0.90 "${MEMBERS[@]}"
	for dev in "${MEMBERS[@]}"; do
		run -1 "$MDADM" --zero-superblock --metadata=1.2 "$dev"
		[[ $output == *"--zero-superblock --force erases it"* ]]
		run -0 "$MDADM" --zero-superblock --metadata=1.2 --force "$dev"
	done
	chosen_starts 0.90 "" "${MEMBERS[@]}"
}

@test "--examine of a block device says what it says of a file" {
	local name

	for name in $(chosen | grep -E -- '-(zero|ones|unmended|65535)$' | awk 'NR % 6 == 0'); do
		put "$name"
		"$MDADM" --examine /dev/ram0 >dev 2>&1 || :
		dd if=/dev/ram0 of=copy bs=1M status=none
		"$MDADM" --examine copy >file 2>&1 || :
		diff <(sed 's,/dev/ram0,ram0,; s,copy,ram0,' file) <(sed 's,/dev/ram0,ram0,' dev)
		same "$name"
	done
}

@test "--create over a damaged member asks, and a no changes nothing" {
	local name

	for name in 1.2-raid1-level-7 1.2-raid1-max_dev-65535 1.2-raid1-name-newline \
		1.2-raid1-ctime-ones 1.2-raid1-checksum-ones 0.90-raid1-nr_disks-ones \
		0.90-raid1-level-7 1.0-raid1-data_offset-ones 1.2-raid1-bitmap-header-chunk-zero; do
		put "$name"
		run -1 "$MDADM" --create /dev/md0 -l1 -n2 -e1.2 "${MEMBERS[@]}" </dev/null
		[[ $output == *"/dev/ram0 appears to be part of a raid array:"* ]]
		[[ $output == *"create aborted."* ]]
		run ! grep -P '[^ -~]' <<<"$output"
		same "$name"
		nothing_left
	done
}

@test "--create --run over a damaged member leaves nothing of it" {
	local name version

	for name in 1.2-raid1-max_dev-65535 0.90-raid1-nr_disks-ones 1.0-raid1-checksum-ones; do
		"$MKIMAGE" list | grep -qx -- "$name" || name=1.0-raid1-events-unmended
		put "$name"
		"$MDADM" --create /dev/md0 --run --assume-clean -l1 -n2 -e1.1 "${MEMBERS[@]}"
		"$MDADM" --quiet --stop /dev/md0
		rm -f /dev/md0
		for version in 0.90 1.0 1.2; do
			run "$MDADM" --examine -e$version /dev/ram0
			[[ $output == "mdadm: No super block found on /dev/ram0 "* ]]
		done
		run -0 "$MDADM" --assemble /dev/md0 "${MEMBERS[@]}"
		md_is md0 metadata_version 1.1
		"$MDADM" --quiet --stop /dev/md0
		rm -f /dev/md0
	done
}

@test "--zero-superblock takes what is there, of what cannot be decoded only by force" {
	local name

	for name in 1.2-raid1-max_dev-65535 1.2-raid1-raid_disks-1921 0.90-raid1-nr_disks-28; do
		put "$name"
		run -1 "$MDADM" --zero-superblock /dev/ram0
		one_sentence "$output"
		[[ $output == *"superblock on /dev/ram0 cannot be used: "*"--force"* ]]
		same "$name"
		run -0 "$MDADM" --zero-superblock --force /dev/ram0
		[ -z "$(told "$output")" ]
		run -1 "$MDADM" --examine /dev/ram0
	done
	for name in 1.2-raid1-level-7 1.2-raid1-checksum-ones 0.90-raid1-level-7 \
		1.2-raid1-two-newer-0.90 1.2-raid1-data_offset-ones; do
		put "$name"
		run -0 "$MDADM" --zero-superblock /dev/ram0
		[ -z "$(told "$output")" ]
		run -1 "$MDADM" --examine /dev/ram0
		nothing_left
	done
	put 1.2-raid1-magic-zero
	run "$MDADM" --zero-superblock /dev/ram0
	[ "$output" = "mdadm: Unrecognised md component device - /dev/ram0" ]
	same 1.2-raid1-magic-zero
}

# The node is made and removed here: there is no udev.
dm() {
	dmsetup --noudevsync "$@" && dmsetup mknodes
}

# unreadable SECTOR: /dev/mapper/bad is /dev/ram0 with eight sectors there that cannot be read.
unreadable() {
	dm create bad <<-EOF
		0 $1 linear /dev/ram0 0
		$1 8 error
		$(($1 + 8)) $((8192 - $1 - 8)) linear /dev/ram0 $(($1 + 8))
	EOF
}

@test "a superblock that cannot be read" {
	local image at word

	for word in 1.2-raid1:8 0.90-raid1:8064 1.0-raid1:8176; do
		image=${word%:*} at=${word#*:}
		put "$image"
		unreadable "$at"
		run "$MDADM" --examine /dev/mapper/bad
		dev=/dev/mapper/bad
		echo "$image: $status $output"
		[ "$status" = 1 ]
		one_sentence "$output"
		[[ $output == *"$dev"*"Input/output error"* ]]
		run "$MDADM" --assemble /dev/md0 "$dev" /dev/ram1
		echo "$image: $status $output"
		[ "$status" = 1 ]
		one_sentence "$output"
		[[ $output == *"$dev"* ]]
		run "$MDADM" --zero-superblock "$dev"
		echo "$image: $status $output"
		[ "$status" != 0 ]
		one_sentence "$output"
		[[ $output == *"$dev"* ]]
		dm remove bad
		same "$image"
		nothing_left
	done
}

@test "where a newer superblock may be cannot be read: an older one is not taken" {
	put 1.2-raid1-two-older-0.90
	unreadable 8
	run -0 "$MDADM" --examine /dev/mapper/bad
	[[ $output == "mdadm: "*"Input/output error"*"Version : 0.90"* ]]
	refused_choice 1.2 0.90 "at byte 4096: Input/output error" /dev/mapper/bad /dev/ram1
	run -0 "$MDADM" --assemble --run --metadata=0.90 /dev/md0 /dev/mapper/bad
	md_is md0 metadata_version 0.90
	"$MDADM" --quiet --stop /dev/md0
	rm -f /dev/md0
	dm remove bad
}

@test "a device that was cut short is not assembled" {
	local name

	for name in 1.2-raid1 1.1-raid1 1.0-raid1; do
		put "$name"
		dm create bad --table "0 4096 linear /dev/ram0 0"
		run -1 "$MDADM" --assemble /dev/md0 /dev/mapper/bad /dev/ram1
		one_sentence "$output"
		[[ $output == *"/dev/mapper/bad"* ]]
		dm remove bad
		same "$name"
		nothing_left
	done
}
