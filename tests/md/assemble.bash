# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# shellcheck disable=SC2154 # "status" comes from bats
#
# For the tests of --assemble: both programs on the same members, which are put back in between; the
# same words, the same array, the same data. Brings lib, beside and proof along.

load lib
load beside
load proof

# A process is dear in a guest: the disks stay for the whole file, and what follows does what it
# can with the shell.
setup_file() {
	disks 5 8M
	export ALL_DISKS="${DISKS[*]}"
}

teardown_file() {
	read -ra DISKS <<<"$ALL_DISKS"
	drop_disks
}

setup() {
	beside_open
}

teardown() {
	beside_close
}

# The room for both programs; arrays do not resync meanwhile.
beside_open() {
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	room_open
	resync_speed 1
}

# The disks stay, for the next test.
beside_close() {
	[ -n "${ORACLE:-}" ] || return 0
	rm -rf /run/disks/saved
	resync_speed 200000
	DISKS=()
	room_close
}

# Also of a test in which the device "slow" did not answer.
slow_close() {
	[ -n "${ORACLE:-}" ] || return 0
	[ ! -e /dev/mapper/slow ] || dmsetup resume --noudevsync slow
	no_mappers
	beside_close
}

# Does the process wait for a disk?
reads() {
	[[ $(<"/proc/$1/stat") == *") D "* ]]
}

# conf LINE...: the configuration.
conf() {
	printf '%s\n' "$@" >/etc/mdadm/mdadm.conf
}

# The array of a member, as the packaged tool writes it.
uuid_of() {
	"$ORACLE" --examine --export "$1" | sed -n 's/^MD_UUID=//p'
}

# only N: that many disks, and nothing on the others.
only() {
	fresh 5
	DISKS=("${DISKS[@]:0:$1}")
	files
}

# fresh N: that many disks in DISKS, of 8 MiB, with nothing on them.
fresh() {
	local file

	read -ra DISKS <<<"$ALL_DISKS"
	DISKS=("${DISKS[@]:0:$1}")
	files
	for file in "${FILES[@]}"; do
		: >"$file"
	done
	truncate -s 8M "${FILES[@]}"
	blockdev --setrw --flushbufs "${DISKS[@]}"
	rm -rf /run/disks/saved
}

clean_make() {
	make "$@" --assume-clean
}

# Ends every array and forgets its names; the members stay.
ended() {
	local at tries=0

	while compgen -G '/sys/block/md*' >/dev/null; do
		((tries++ < 500)) || return
		for at in /sys/block/md*; do
			echo clear 2>/dev/null >"$at/md/array_state" || :
		done
		read -r -t 0.01 -u "$NEVER" || :
	done
	rm -rf /dev/md /dev/md[0-9]* /run/mdadm/map
}

# modprobe_is PROGRAM: the kernel has forgotten RAID1, and asks that program for it.
modprobe_is() {
	rmmod raid1 2>/dev/null || :
	[ ! -e /sys/module/raid1 ]
	echo "$1" >/proc/sys/kernel/modprobe
}

# scribble /dev/mdX: data, past every cache.
scribble() {
	dd if=/dev/urandom of="$1" bs=64k count=16 oflag=direct conv=notrunc status=none
}

# without ARGS...: the array runs degraded for a while, by --run, and is written to.
without() {
	"$ORACLE" --quiet --assemble --run /dev/md99 "$@"
	scribble /dev/md99
	"$ORACLE" --quiet --stop /dev/md99
	rm -rf /dev/md /run/mdadm/map
}

# word_at DISK OFFSET: 32 bits of the superblock.
word_at() {
	od -An -tu4 -j $((4096 + $2)) -N 4 "$1"
}

put_word() {
	local bytes

	printf -v bytes '\\x%02x\\x%02x\\x%02x\\x%02x' $(($3 & 255)) $(($3 >> 8 & 255)) \
		$(($3 >> 16 & 255)) $(($3 >> 24 & 255))
	# shellcheck disable=SC2059 # escapes are meant
	printf "$bytes" | dd of="$1" bs=1 seek=$((4096 + $2)) conv=notrunc status=none
}

# poke DISK OFFSET VALUE: another word in the superblock, and the checksum that fits.
poke() {
	local sum

	# what does not fit the word goes round
	sum=$((($(word_at "$1" 216) + $3 - $(word_at "$1" "$2") + 0xffffffff) % 0xffffffff))
	put_word "$1" "$2" $(($3))
	put_word "$1" 216 $sum
	blockdev --flushbufs "$1"
}

# unfit DISK: with a logical block size on record; the driver before 6.19 insists on zeros, we do
# not.
unfit() {
	poke "$1" 224 0x1000
}

# The bytes of every disk kept, and put back.
save() {
	files
	rm -rf /run/disks/saved
	mkdir -p /run/disks/saved
	cp --sparse=always "${FILES[@]}" /run/disks/saved/
	seal
}

# From here on nothing is to change.
seal() {
	SUMS=$(md5sum "${FILES[@]}")
}

restore() {
	cp --sparse=always /run/disks/saved/* /run/disks/
}

unchanged() {
	equal "$SUMS" "$(md5sum "${FILES[@]}")"
}

# What there is now: the arrays and their data, the map, the names.
picture() {
	local line at name

	while read -r line; do
		case $line in
		Personalities* | unused* | '') ;;
		*'] '*' = '*%*) line=${line#*] } && echo "${line%% =*}" ;; # how far it is
		*) echo "$line" ;;
		esac
	done </proc/mdstat
	for at in /sys/block/md*/md; do
		[ -e "$at" ] || continue
		name=${at%/md} name=${name##*/}
		echo "$name $(<"$at/array_state")"
		md5sum <"/dev/$name" || :
	done
	# the packaged tool turns the order of its lines round whenever it writes them
	[ ! -e /run/mdadm/map ] || sort /run/mdadm/map
	for name in /dev/md/*; do
		[ ! -L "$name" ] || echo "$name $(readlink "$name")"
	done
}

# one PROGRAM ARGS...: from the saved disks: words, exit status and picture in `said`, `seen`.
one() {
	restore
	run "$@"
	[[ $output != *"$UNDO_LINE"* ]] || output=$(told "$output")
	said="$status
$output"
	seen=$(picture)
}

equal() {
	[ "$1" = "$2" ] || diff <(echo "$1") <(echo "$2")
}

# same ARGS...: both programs say and do the same.
same() {
	local want_said want_seen

	[ -d /run/disks/saved ] || save
	one "$ORACLE" "$@"
	want_said=$said want_seen=$seen
	ended
	one "$MDADM" "$@"
	echo "--- $*"
	equal "$want_said" "$said" || return
	# a failure of ours leaves nothing behind, which is better than theirs
	[ "$status" != 0 ] || equal "$want_seen" "$seen" || return
	[ "$status" = 0 ] || [ -z "$seen" ] || { echo "left: $seen" && return 1; }
	[ "$status" = 0 ] || unchanged || return
	ended
}

# ours STATUS TEXT ARGS...: exit status and a piece of what we say.
ours() {
	local want=$1 text=$2

	shift 2
	[ -d /run/disks/saved ] || save
	one "$MDADM" "$@"
	echo "--- $* -> $said"
	[ "$status" = "$want" ] || return
	[[ $output == *"$text"* ]] || return
	[ "$status" = 0 ] || unchanged || return
}
