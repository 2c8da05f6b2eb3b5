#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What others have put in the way of --assemble, --assemble --scan, --incremental and --examine --scan:
# each call ends within its deadline, says what is wrong in a few lines of plain text, runs nothing,
# and writes nothing outside of /dev, /run/mdadm and the members.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031 # each test is a process

bats_require_minimum_version 1.5.0

load incremental

setup() {
	beside_open
	mkdir trap
	echo precious >trap/file
	TRAP=$PWD/trap
	BEFORE=$(outside)
}

teardown() {
	rm -rf /run/mdadm
	mkdir -p /run/mdadm
	beside_close
}

# What nobody is to touch: every file of the directory that the plants lead to.
outside() {
	local at

	for at in "$TRAP"/* "$TRAP"/.[!.]*; do
		[ ! -e "$at" ] || stat -c '%n %s %a %Z' "$at"
	done
}

# call ARGS...: one of ours, with a deadline; what it says is plain text.
call() {
	local LC_ALL=C odd=$'*[^\n -~]*'

	run timeout -k 1 15 "$MDADM" "$@"
	echo "--- $* -> $status"
	echo "$output"
	((status < 124)) || return
	# shellcheck disable=SC2053 # a pattern
	[[ $output != $odd ]]
}

# --- members -------------------------------------------------------------------------------

@test "a copy of a member, which has its uuids" {
	only 3
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	ended
	cp --sparse=always "${FILES[1]}" "${FILES[2]}"
	blockdev --flushbufs "${DISKS[2]}"
	seal
	call --examine --scan
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 1 ]
	for words in --scan "/dev/md/home ${DISKS[*]}"; do
		# shellcheck disable=SC2086 # a list of words
		call --assemble $words
		[ "$status" = 1 ]
		[[ ${lines[0]} == *"appear to have very similar superblocks"* ]]
		[ -z "$(arrays)" ]
		unchanged
	done
	# the first that comes is in, the other is named
	call -I "${DISKS[2]}"
	call -I "${DISKS[1]}"
	[ "$status" = 2 ]
	[[ $output == *"is one a copy of the other?" ]]
	call -I "${DISKS[0]}"
	md_is md127 degraded 0
	call -I "${DISKS[1]}"
	[ "$status" = 2 ]
	md_is md127 raid_disks 2
}

@test "another home host, and one that is hostile" {
	only 2
	# shellcheck disable=SC2016 # is not to be run
	for host in other '$(id>trap/x)' '../../trap' $'\e[2J\n'; do
		clean_make /dev/md/home -l1 -n2 --homehost="$host" "${DISKS[@]}"
		ended
		call --examine --scan
		[ "${#lines[@]}" = 1 ]
		call --assemble --scan
		[ "$status" = 0 ]
		one_name
		ended
		call -I "${DISKS[0]}"
		call -I "${DISKS[1]}"
		md_is md127 array_state read-auto
		one_name
		ended
	done
	conf 'HOMEHOST ../../trap' && call --assemble --scan
	ended
	[ "$(outside)" = "$BEFORE" ]
}

# The array is there under one name, a link in /dev/md to its node, and one line of four words.
one_name() {
	local link word

	link=$(find /dev/md -mindepth 1)
	[ "$(readlink "$link")" = /dev/md127 ]
	read -ra word </run/mdadm/map
	[ "${#word[@]}" = 4 ] && [ "$(wc -l </run/mdadm/map)" = 1 ]
}

# Superblocks as blob-N-DISK, with names that have among them every byte, each set led by one that a
# path, an option, a shell or a terminal would care for.
hostile_names() {
	python3 - "${FILES[@]}" <<'PY'
import struct, sys
sets = [bytes((lead,)) + bytes(range(first, min(first + 31, 256)))
        for lead, first in zip(b"/.-\n\x1b$`;~", range(1, 256, 31))]
sets += [b"../../../trap/x", b"a:../trap", b"guest:" + bytes(range(1, 27)), b"\xff" * 32]
for d, name in enumerate(sys.argv[1:]):
    with open(name, "rb") as f:
        f.seek(4096)
        sb = bytearray(f.read(4096))
    words = 256 + 2 * struct.unpack_from("<I", sb, 220)[0]
    for n, text in enumerate(sets):
        sb[32:64] = text.ljust(32, b"\0")[:32]
        sb[216:220] = bytes(4)
        s = sum(struct.unpack_from("<%dI" % (words // 4), sb))
        if words & 3:
            s += struct.unpack_from("<H", sb, words & ~3)[0]
        struct.pack_into("<I", sb, 216, ((s & 0xffffffff) + (s >> 32)) & 0xffffffff)
        with open("blob-%d-%d" % (n, d), "wb") as out:
            out.write(sb)
PY
}

@test "every byte in a name" {
	local n

	only 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	hostile_names
	for ((n = 0; n < 13; n++)); do
		dd if="blob-$n-0" of="${FILES[0]}" bs=4k seek=1 conv=notrunc status=none
		dd if="blob-$n-1" of="${FILES[1]}" bs=4k seek=1 conv=notrunc status=none
		blockdev --flushbufs "${DISKS[@]}"
		call --examine --scan
		[ "$status" = 0 ] && [ "${#lines[@]}" = 1 ]
		if ((n % 2)); then
			call --assemble --scan
		else
			call -I --export "${DISKS[0]}"
			run ! grep -vE '^--- |^MD_[A-Z]*=[]A-Za-z0-9_.:+@%,/\[{}^=?-]*$' <<<"$output"
			call -I "${DISKS[1]}"
		fi
		[ "$status" = 0 ]
		one_name
		ended
	done
	[ "$(outside)" = "$BEFORE" ]
}

# --- places --------------------------------------------------------------------------------

# plant WHAT PATH: puts that in the way.
plant() {
	rm -rf "$2"
	case $1 in
	fifo) mkfifo "$2" ;;
	link) ln -s "$TRAP/file" "$2" ;;
	dangling) ln -s "$TRAP/new" "$2" ;;
	directory) mkdir "$2" ;;
	to-directory) ln -s "$TRAP" "$2" ;;
	rubbish) head -c 5000 /dev/urandom >"$2" ;;
	cut) echo -n "md127 1.2 0000" >"$2" ;;
	esac
}

# Assembled or refused, by scan and one by one: in time, in plain words, and nothing outside.
around() { # WHAT PATH
	plant "$@"
	call --assemble --scan
	[ "$status" = 0 ] || one_line "$output"
	[ "$status" = 1 ] || [ "$(arrays)" ]
	ended
	plant "$@"
	call -I "${DISKS[0]}"
	call -I "${DISKS[1]}"
	[ "$(outside)" = "$BEFORE" ] || { echo "# $*: touched" && outside && return 1; }
	ended
	rm -rf "$2"
}

@test "planted in /run/mdadm" {
	local what name

	only 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	# map.bats has what is planted for the map and its lock, for -I
	for name in map map.lock map.new creating-md127; do
		for what in fifo link; do
			around $what /run/mdadm/$name
		done
	done
	around rubbish /run/mdadm/map
	around cut /run/mdadm/map
}

@test "planted for /run/mdadm and in /dev" {
	local what

	only 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	for what in fifo dangling to-directory; do
		around $what /run/mdadm
		mkdir -p /run/mdadm
		around $what /dev/md
	done
	around fifo /dev/md127
	around directory /dev/md127
	around fifo /dev/.tmp.md.9:127
}
