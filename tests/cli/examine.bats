#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --examine and --query of image files, by anybody.  The images are written here, byte by
# byte; with $ORACLE (a packaged mdadm 4.2) good ones are shown alike.

# shellcheck disable=SC2154 # stderr comes from bats
# shellcheck disable=SC2016 # not for this shell

bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/../..
	MDADM=${MDADM:-$root/mdadm}
	[ -x "$MDADM" ] || skip "no mdadm built"
	cd "$BATS_TEST_TMPDIR" || return
	export TZ=UTC
}

# put FILE OFFSET BYTES VALUE: little endian.
put() {
	local i text=''

	for ((i = 0; i < $3; i++)); do
		text+=$(printf '\\x%02x' $((($4 >> (8 * i)) & 255)))
	done
	put_text "$1" "$2" "$text"
}

# put_text FILE OFFSET TEXT: printf escapes count.
put_text() {
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# super1 FILE: member 1 of 2 of a raid1, 1.2, clean, named host:name, 64 MiB.
super1() {
	local s=4096

	rm -f "$1"
	truncate -s 64M "$1"
	put "$1" $s 4 0xa92b4efc
	put "$1" $((s + 4)) 4 1
	put_text "$1" $((s + 16)) '\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f'
	put_text "$1" $((s + 32)) host:name
	put "$1" $((s + 64)) 8 1700000000
	put "$1" $((s + 72)) 4 1
	put "$1" $((s + 80)) 8 129024
	put "$1" $((s + 92)) 4 2
	put "$1" $((s + 128)) 8 2048
	put "$1" $((s + 136)) 8 129024
	put "$1" $((s + 144)) 8 8
	put "$1" $((s + 160)) 4 1
	put_text "$1" $((s + 168)) '\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f'
	put "$1" $((s + 192)) 8 1700000001
	put "$1" $((s + 200)) 8 42
	put "$1" $((s + 208)) 8 -1
	put "$1" $((s + 220)) 4 2
	put "$1" $((s + 256)) 4 0x00010000
}

# super0 FILE: member 1 of 2 of a raid1, 0.90, 64 MiB.
super0() {
	local s=$(((64 << 20) - 65536)) w

	rm -f "$1"
	truncate -s 64M "$1"
	# word value ...
	set -- "$1" 0 0xa92b4efc 2 90 5 1 6 1700000000 7 1 8 65472 9 2 10 2 11 5 13 2 14 3 15 4 \
		32 1700000001 33 1 34 2 35 2 39 42 128 0 129 7 131 0 132 6 160 1 161 7 162 1 163 1 \
		164 6 992 1 993 7 994 1 995 1 996 6
	w=$1
	shift
	while [ $# -gt 0 ]; do
		put "$w" $((s + 4 * $1)) 4 "$2"
		shift 2
	done
}

# The name field of an image from super1.
name() {
	put_text "$1" $((4096 + 32)) '\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
	put_text "$1" $((4096 + 32)) "$2"
}

# alike ARGS...: the oracle prints the same; it names the array at the end of ARRAY lines.
alike() {
	local ours theirs

	[ -n "${ORACLE:-}" ] || return 0
	ours=$("$MDADM" "$@") || :
	theirs=$("$ORACLE" "$@" | sed '/^ARRAY/s/ name=.*//; /=(null)$/d') || :
	diff <(echo "$theirs") <(echo "$ours")
}

nobody() {
	[ "$(id -u)" = 0 ] || { "$@"; return; }
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

@test "a 1.2 member in full" {
	super1 img
	run -0 --separate-stderr "$MDADM" --examine img
	[ -z "$stderr" ]
	diff - <(echo "$output") <<-'END'
	img:
	          Magic : a92b4efc
	        Version : 1.2
	    Feature Map : 0x0
	     Array UUID : 00010203:04050607:08090a0b:0c0d0e0f
	           Name : host:name
	  Creation Time : Tue Nov 14 22:13:20 2023
	     Raid Level : raid1
	   Raid Devices : 2

	 Avail Dev Size : 129024 sectors (63.00 MiB 66.06 MB)
	     Array Size : 64512 KiB (63.00 MiB 66.06 MB)
	    Data Offset : 2048 sectors
	   Super Offset : 8 sectors
	   Unused Space : before=1968 sectors, after=0 sectors
	          State : clean
	    Device UUID : 10111213:14151617:18191a1b:1c1d1e1f

	    Update Time : Tue Nov 14 22:13:21 2023
	       Checksum : 0 - expected de2d7faf
	         Events : 42


	   Device Role : Active device 1
	   Array State : AA ('A' == active, '.' == missing, 'R' == replacing)
	END
}

@test "every view of 1.x and 0.90 is what the reference program shows" {
	local view

	super1 img1
	super0 img0
	for view in --examine "--examine -v" "--examine --brief" "--examine --brief -v" \
		"--examine --export" --query; do
		# shellcheck disable=SC2086 # words
		alike $view img1
		# shellcheck disable=SC2086 # words
		alike $view img0
	done
	alike --examine --brief -v img1 img0 img1
}

@test "the home host is named" {
	super1 img
	run -0 "$MDADM" --examine --homehost=host img
	[[ $output == *"Name : host:name  (local to host host)"$'\n'* ]]
	run -0 "$MDADM" --examine --homehost=other img
	[[ $output == *"Name : host:name"$'\n'* ]]
}

@test "a name cannot break out of any report" {
	local text normal

	super1 img
	normal=$("$MDADM" --examine img | grep -c ' : ')
	for text in 'a\x0aARRAY /dev/md/x' 'a\x1b[31m' '\x0aMD_LEVEL=raid0' 'x\x0d\x0ay' '\x80\xff'; do
		super1 img
		name img "$text"
		run -0 --separate-stderr "$MDADM" --examine img
		[ "$(grep -c ' : ' <<<"$output")" = "$normal" ]
		run ! grep -q '[^ -~]' <<<"$output"
		run -0 "$MDADM" --examine --export img
		[ ${#lines[@]} = 8 ]
		run ! grep -qv '^MD_[A-Z_]*=[][A-Za-z0-9_.:+@%,\\-]*$' <<<"$output"
		run -0 "$MDADM" --examine --brief img
		[ ${#lines[@]} = 1 ]
		run ! grep -q '[^ -~]' <<<"$output"
	done
}

@test "a name never becomes a path" {
	super1 img
	name img h:../../../etc/passwd
	run -0 "$MDADM" --examine --brief img
	[[ $output == 'ARRAY /dev/md/..\x2f..\x2f..\x2fetc\x2fpasswd  metadata=1.2 '* ]]
	run -0 "$MDADM" --examine --export img
	[ "${lines[2]}" = 'MD_NAME=h:..\x2f..\x2f..\x2fetc\x2fpasswd' ]
	name img ..
	run -0 "$MDADM" --examine --brief img
	[[ $output == 'ARRAY /dev/md/\x2e\x2e  metadata=1.2 '* ]]
	name img 'a b$(x)`y`"'
	run -0 "$MDADM" --examine --brief img
	[[ $output == 'ARRAY /dev/md/a_b\x24\x28x\x29\x60y\x60\x22  metadata=1.2 '* ]]
	name img 'h:a=b'
	run -0 "$MDADM" --examine --export img
	[ "${lines[2]}" = 'MD_NAME=h:a\x3db' ]
}

@test "exported lines can be read by a shell" {
	super1 img
	name img "h:it's \$HOME; ls"
	"$MDADM" --examine --export img >vars
	# shellcheck disable=SC1091 # made here
	. ./vars
	# shellcheck disable=SC2154 # from vars
	[ "$MD_LEVEL$MD_DEVICES$MD_EVENTS" = raid1242 ]
}

@test "damaged counts: one line that names the device, status 1" {
	super1 img
	put img $((4096 + 220)) 4 0xffff
	run -1 --separate-stderr "$MDADM" --examine img
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[[ $stderr == "mdadm: superblock on img cannot be used: "* ]]
	super0 img
	put img $(((64 << 20) - 65536 + 4 * 10)) 4 100000
	run -1 --separate-stderr "$MDADM" --examine img
	[ -z "$output" ]
	[[ $stderr == "mdadm: "*img* ]]
}

@test "any byte at its worst: an answer, no crash" {
	local at

	super1 good
	for ((at = 8; at < 260; at += 4)); do
		cp --sparse=always good img
		put img $((4096 + at)) 4 0xffffffff
		for view in "" --brief --export; do
			# shellcheck disable=SC2086 # nothing or a word
			run "$MDADM" --examine $view img
			[ "$status" -le 1 ]
			[ -n "$output" ] || [ "$view" = --brief ]
		done
		run -0 "$MDADM" --query img
	done
}

@test "a superblock of another place is none" {
	super1 img
	put img $((4096 + 144)) 8 0
	run -1 "$MDADM" --examine img
	[ "$output" = "mdadm: No md superblock detected on img." ]
}

@test "a device that was cut short is said to be so" {
	super1 img
	truncate -s 32M img
	run -0 "$MDADM" --examine img
	[[ $output == *"after=-65536 sectors DEVICE TOO SMALL"* ]]
	[[ $output == *"State : clean TRUNCATED DEVICE"* ]]
}

@test "no member: status 1 and words, but silence when brief" {
	truncate -s 1M blank
	: >empty
	run -1 --separate-stderr "$MDADM" --examine blank
	[ -z "$output" ]
	[ "$stderr" = "mdadm: No md superblock detected on blank." ]
	run -1 --separate-stderr "$MDADM" --examine --export blank
	[ "$stderr" = "mdadm: No md superblock detected on blank." ]
	run -0 "$MDADM" --examine --brief blank
	[ -z "$output" ]
	run -1 "$MDADM" --examine empty
	run -1 "$MDADM" --examine missing
	[ "$output" = "mdadm: cannot open missing: No such file or directory" ]
	run -1 "$MDADM" --examine /
	run -1 "$MDADM" --examine --brief missing
	run -2 "$MDADM" --examine
	[ "$output" = "mdadm: No devices to examine" ]
}

@test "one bad device does not hide the others" {
	super1 img
	run -1 --separate-stderr "$MDADM" --examine missing img
	[[ $output == img:* ]]
	run -0 "$MDADM" --examine --scan missing img
	[[ $output == "ARRAY /dev/md/name  metadata=1.2 UUID="* ]]
}

@test "only the format that was asked for" {
	super1 img
	run -0 "$MDADM" --examine -e 1.2 img
	run -0 "$MDADM" --examine -e 1.1 img
	[[ $output == *"No super block found on img"* ]]
	run -0 "$MDADM" --examine -e 0.90 img
	[[ $output == *"No super block found on img"* ]]
	[ -z "${ORACLE:-}" ] || "$ORACLE" --examine -e 0.90 img
	run -2 "$MDADM" --examine -e nonsense img
}

@test "reports need no root" {
	super1 img
	run -0 nobody "$MDADM" --examine /dev/stdin <img
	[[ $output == /dev/stdin:* ]]
	run -0 nobody "$MDADM" --query /dev/stdin <img
	[[ $output == *"device 1 in 2 device inactive raid1 array.  Use mdadm --examine"* ]]
}

@test "--detail of what is no array" {
	super1 img
	run -1 "$MDADM" --detail img
	[ "$output" = "mdadm: img does not appear to be an md device" ]
	run -4 "$MDADM" --detail --test missing
	[ "$output" = "mdadm: cannot open missing: No such file or directory" ]
	run -1 "$MDADM" --detail --export missing
	run -1 "$MDADM" --query missing
	run -0 "$MDADM" --query /
	[ "$output" = "/: is not an md array" ]
}

@test "no superblock of the version that --metadata names: said, and no failure" {
	local version

	truncate -s 10M blank
	for version in 0.90 1.0 1.1 1.2 1; do
		run -0 --separate-stderr "$MDADM" --examine -e $version blank
		[ -z "$output" ]
		[[ $stderr == "mdadm: No super block found on blank ("* ]]
		run -0 "$MDADM" --examine --brief -e $version blank
		[ -z "$output" ]
		[ -z "${ORACLE:-}" ] || "$ORACLE" --examine -e $version blank
	done
	super1 image
	run -0 "$MDADM" --examine -e 1.0 image
	[[ $output == "mdadm: No super block found on image ("* ]]
	run -1 "$MDADM" --examine blank
	run -1 "$MDADM" --examine -e 1.2 blank no-such
}
