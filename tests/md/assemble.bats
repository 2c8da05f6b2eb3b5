#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble, side by side with the reference program: the same members, the same words,
# the same array, the same data. Where we differ on purpose the test says how.

# guest: -d 1:8M -t 600

load lib
load beside

setup() {
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	room_open
	resync_speed 1
}

teardown() {
	[ -n "${ORACLE:-}" ] || return 0
	rm -rf /run/disks/saved
	resync_speed 200000
	room_close
}

clean_make() {
	make "$@" --assume-clean
}

# Ends every array and forgets its names; the members stay. Few processes: this is called
# hundreds of times.
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

# The files under the disks. Only the driver and O_DIRECT go through the loop devices, so
# what is in the files is what is on the disks.
files() {
	local disk

	FILES=()
	for disk in "${DISKS[@]}"; do
		FILES+=("$(<"/sys/block/${disk#/dev/}/loop/backing_file")")
	done
}

# The bytes of every disk kept, and put back.
save() {
	files
	rm -rf /run/disks/saved
	mkdir -p /run/disks/saved
	cp --sparse=always "${FILES[@]}" /run/disks/saved/
}

restore() {
	cp --sparse=always /run/disks/saved/* /run/disks/
}

unchanged() {
	local file

	files
	for file in "${FILES[@]}"; do
		cmp "$file" "/run/disks/saved/${file##*/}" || return
	done
}

# What there is now: the arrays and their data, the map, the names.
picture() {
	local line at name

	while read -r line; do
		case $line in
		Personalities* | unused* | '') ;;
		*) echo "${line/finish*/}" ;;
		esac
	done </proc/mdstat
	for at in /sys/block/md*/md; do
		[ -e "$at" ] || continue
		name=${at%/md} name=${name##*/}
		echo "$name $(<"$at/array_state")"
		md5sum <"/dev/$name" || :
	done
	[ ! -e /run/mdadm/map ] || echo "$(</run/mdadm/map)"
	for name in /dev/md/*; do
		[ ! -L "$name" ] || echo "$name $(readlink "$name")"
	done
}

# one PROGRAM ARGS...: from the saved disks: words, exit status and picture in `said`, `seen`.
one() {
	restore
	run "$@"
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

healthy_level() { # LEVEL DISKS METADATA
	local size=8M

	rm -rf /run/disks/saved
	drop_disks
	disks "$2" "$size"
	clean_make /dev/md0 --level="$1" --raid-devices="$2" --metadata="$3" --chunk=64 \
		"${DISKS[@]}" 2>/dev/null ||
		clean_make /dev/md0 --level="$1" --raid-devices="$2" --metadata="$3" "${DISKS[@]}"
	dd if=/dev/urandom of=/dev/md0 bs=1M oflag=direct status=none || :
	ended
	same --assemble -v /dev/md0 "${DISKS[@]}"
}

@test "every level on 1.2 metadata, with its data" {
	healthy_level linear 2 1.2
	healthy_level 0 3 1.2
	healthy_level 1 2 1.2
	healthy_level 4 3 1.2
	healthy_level 5 4 1.2
	healthy_level 6 4 1.2
	healthy_level 10 4 1.2
}

@test "the other metadata versions" {
	healthy_level 1 2 0.90
	healthy_level 5 3 0.90
	healthy_level 10 4 0.90
	healthy_level 0 2 1.0
	healthy_level 5 3 1.0
	healthy_level 6 4 1.1
	healthy_level 1 2 1.1
}

@test "names, numbers and the map" {
	local name

	disks 2 8M
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	for name in /dev/md/home home other /dev/md5 /dev/md/5 5 md5 /dev/md/a-b; do
		same --assemble "$name" "${DISKS[@]}"
	done
	# not a name of an md device
	ours 1 "is an invalid name for an md device" --assemble /dev/foo "${DISKS[@]}"
	ours 1 "" --assemble ./x "${DISKS[@]}"
	ours 1 "" --assemble "" "${DISKS[@]}"
	[ -z "$(arrays)" ]
}

@test "the number that the superblock prefers" {
	local name

	disks 3 8M
	for name in 7 md9 /dev/md11 600; do
		rm -rf /run/disks/saved
		clean_make /dev/md/x --name="$name" -l1 -n2 "${DISKS[@]:0:2}"
		ended
		same --assemble /dev/md/home "${DISKS[@]:0:2}"
	done
	rm -rf /run/disks/saved
	clean_make /dev/md7 -e 0.90 -l1 -n2 "${DISKS[@]:0:2}"
	ended
	same --assemble /dev/md/home "${DISKS[@]:0:2}"
	same --assemble /dev/md5 "${DISKS[@]:0:2}"
}

@test "a preferred number that is taken is not used" {
	disks 3 8M
	clean_make /dev/md7 -l1 -n2 "${DISKS[@]:0:2}"
	ended
	clean_make /dev/md7 -l0 -n1 --force "${DISKS[2]}"
	"$MDADM" --assemble /dev/md/home "${DISKS[@]:0:2}"
	[ -e /sys/block/md127/md ]
	[ "$(readlink -f /dev/md/home)" = /dev/md127 ]
}

@test "degraded: newly missing members need --run" {
	disks 5 8M
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
	disks 3 8M
	clean_make /dev/md0 -l0 -n3 "${DISKS[@]}"
	ended
	same --assemble /dev/md0 "${DISKS[@]:0:2}"
	same --assemble --force /dev/md0 "${DISKS[@]:0:2}"
	ours 1 "Not enough devices to start the array." --assemble --run /dev/md0 "${DISKS[@]:0:2}"
	[ -z "$(arrays)" ]
	[ ! -s /run/mdadm/map ]
}

@test "degraded: mirrors and RAID10" {
	disks 4 8M
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
	disks 4 8M
	clean_make /dev/md0 -l5 -n4 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:2}" "${DISKS[3]}"
	same --assemble -v /dev/md0 "${DISKS[@]}"
	same --assemble -v /dev/md0 "${DISKS[2]}" "${DISKS[0]}" "${DISKS[1]}" "${DISKS[3]}"
	same --assemble /dev/md0 "${DISKS[@]:0:3}"
}

@test "force: stale members of RAID5 and RAID6" {
	disks 5 8M
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
	disks 5 8M
	clean_make /dev/md0 -l6 -n5 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:3}"
	ours 0 "has been started with 4 drives (out of 5)." --assemble --force /dev/md0 \
		"${DISKS[@]:0:2}" "${DISKS[@]:3:2}"
	md_is md0 sync_action repair
}

@test "force: what would not be enough is not begun" {
	disks 4 8M
	clean_make /dev/md0 -l5 -n4 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:3}"
	ours 1 "assembled from 1 drive - not enough to start the array." \
		--assemble --force /dev/md0 "${DISKS[0]}" "${DISKS[3]}"
	[[ $output != *forcing* ]]
}

@test "force: a failure puts the superblocks back" {
	local sum

	disks 4 8M
	clean_make /dev/md0 -l5 -n4 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:3}"
	# the last 32 bytes of the head are to be zero: the driver insists, we do not
	sum=$(($(od -An -tu4 -j $((4096 + 216)) -N 4 "${DISKS[1]}") + 0x10000))
	printf -v sum '\\x%02x\\x%02x\\x%02x\\x%02x' $((sum & 255)) $((sum >> 8 & 255)) \
		$((sum >> 16 & 255)) $((sum >> 24 & 255))
	# shellcheck disable=SC2059 # escapes are meant
	printf "$sum" | dd of="${DISKS[1]}" bs=1 seek=$((4096 + 216)) conv=notrunc status=none
	printf '\1' | dd of="${DISKS[1]}" bs=1 seek=$((4096 + 250)) conv=notrunc status=none
	blockdev --flushbufs "${DISKS[1]}"
	ours 1 "ADD_NEW_DISK for ${DISKS[1]} failed" --assemble --force /dev/md0 \
		"${DISKS[@]:0:2}" "${DISKS[3]}"
	[ -z "$(arrays)" ]
	[ ! -s /run/mdadm/map ]
}

@test "force: dirty and degraded" {
	disks 4 8M
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

	disks 4 8M
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
	disks 2 8M
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

@test "two devices for one slot" {
	disks 3 8M
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]:0:2}"
	ended
	dd if="${DISKS[0]}" of="${DISKS[2]}" bs=1M iflag=direct oflag=direct status=none
	ours 1 "${DISKS[0]} and ${DISKS[2]} appear to have very similar superblocks" \
		--assemble /dev/md0 "${DISKS[@]}"
	restore
	"$ORACLE" -q --assemble --run /dev/md0 "${DISKS[@]:0:2}"
	scribble /dev/md0
	ended
	rm -rf /run/disks/saved
	same --assemble /dev/md0 "${DISKS[@]}"
	same --assemble /dev/md0 "${DISKS[2]}" "${DISKS[0]}" "${DISKS[1]}"
}

@test "identity: uuid, name, super-minor, home host, metadata" {
	local uuid

	disks 4 8M
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	ended
	uuid=$("$ORACLE" --examine --export "${DISKS[0]}" | sed -n 's/^MD_UUID=//p')
	same --assemble /dev/md0 --uuid="$uuid" "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --uuid=00000001:00000002:00000003:00000004 "${DISKS[@]}"
	same --assemble /dev/md0 --name=home "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --name="$(hostname):home" "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --name=foo:home "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --name=other "${DISKS[@]:0:3}"
	same --assemble /dev/md0 --homehost=foo --name=home "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --homehost=any --name=home "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --homehost=foo "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --super-minor=0 "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --metadata=1.2 "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --metadata=default "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --metadata=junk "${DISKS[@]:0:2}"
	ours 1 "${DISKS[0]} has no superblock - assembly aborted" \
		--assemble /dev/md0 --metadata=1.0 "${DISKS[@]:0:2}"
	rm -rf /run/disks/saved
	clean_make /dev/md9 -e 0.90 -l1 -n2 "${DISKS[@]:2:2}"
	ended
	same --assemble /dev/md5 --super-minor=9 "${DISKS[@]:2:2}"
	same --assemble /dev/md5 --super-minor=8 "${DISKS[@]:2:2}"
	same --assemble /dev/md5 --super-minor=dev "${DISKS[@]:2:2}"
	same --assemble /dev/md5 --name=9 "${DISKS[@]:2:2}"
}

@test "found by uuid or name without naming the devices" {
	local uuid

	disks 3 8M
	clean_make /dev/md/home -l5 -n3 "${DISKS[@]}"
	ended
	uuid=$("$ORACLE" --examine --export "${DISKS[0]}" | sed -n 's/^MD_UUID=//p')
	same --assemble /dev/md/x --uuid="$uuid"
	same --assemble /dev/md/x --name=home
	same --assemble /dev/md/x
	ours 2 "no free device" --assemble /dev/md/x --uuid=00000001:00000002:00000003:00000004
	rm -rf /run/disks/saved
	"$ORACLE" -q --zero-superblock "${DISKS[2]}"
	# nothing was left out by the user: it starts degraded
	same --assemble /dev/md/x --uuid="$uuid"
	ours 2 "not available in this version" --assemble --scan
}

@test "members that do not belong together" {
	disks 4 8M
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]:0:2}"
	clean_make /dev/md1 -l1 -n2 "${DISKS[@]:2:2}"
	ended
	same --assemble /dev/md0 "${DISKS[0]}" "${DISKS[2]}"
	same --assemble /dev/md0 --name=0 "${DISKS[@]}"
	rm -rf /run/disks/saved
	clean_make /dev/md1 --homehost=foo -l1 -n2 "${DISKS[@]:2:2}"
	ended
	same --assemble /dev/md0 "${DISKS[@]}"
	# in the other order too: the array that is at home is meant
	ours 0 "${DISKS[2]} misses out due to wrong homehost" --assemble /dev/md0 \
		"${DISKS[@]:2:2}" "${DISKS[@]:0:2}"
	[[ $output == *"has been started with 2 drives."* ]]
}

@test "devices that cannot be members" {
	disks 3 8M
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]:0:2}"
	ended
	ours 1 "cannot open" --assemble /dev/md0 "${DISKS[0]}" /dev/nonesuch
	ours 1 "is not a block device" --assemble /dev/md0 "${DISKS[0]}" /dev "${DISKS[1]}"
	truncate -s 8M file
	ours 1 "no superblock" --assemble /dev/md0 "${DISKS[0]}" "${DISKS[2]}"
	ours 1 "file" --assemble /dev/md0 ./file
	dd if="${DISKS[0]}" of=file bs=1M iflag=direct status=none
	ours 1 "./file is not a block device." --assemble /dev/md0 ./file
	ours 0 "is given twice" --assemble /dev/md0 "${DISKS[0]}" "${DISKS[0]}" "${DISKS[1]}"
	[[ $output == *"has been started with 2 drives."* ]]
	ended
	ours 1 "not identified in config file" --assemble /dev/md0
	ours 2 "" --assemble
}

@test "busy devices and names in use" {
	disks 5 8M
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	clean_make /dev/md5 -l1 -n2 "${DISKS[@]:2:2}"
	save
	run "$MDADM" --assemble /dev/md7 "${DISKS[@]:0:2}"
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"${DISKS[0]} is busy - skipping"*md127* ]]
	[[ $output == *"${DISKS[1]} is busy - skipping"*md127* ]]
	[ "$(arrays | wc -l)" = 2 ]
	"$ORACLE" -q --stop /dev/md5
	for name in /dev/md127 /dev/md/home; do
		run "$MDADM" --assemble "$name" "${DISKS[@]:2:2}"
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == *"$name is already in use"* ]]
	done
	# one of three members is held by somebody
	ended
	clean_make /dev/md5 -l1 -n3 "${DISKS[@]:2:3}"
	ended
	"$ORACLE" -q --build /dev/md9 -l0 -n1 --force "${DISKS[4]}"
	run "$MDADM" --assemble /dev/md7 "${DISKS[@]:2:3}"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"${DISKS[4]} is busy - skipping"* ]]
	[[ $output == *"assembled from 2 drives - need all 3 to start it (use --run to insist)."* ]]
}

@test "partitions come back when it is not assembled" {
	local disk=/dev/ubda

	disks 1 8M
	clean_make /dev/md0 -l0 -n2 -e 1.0 $disk "${DISKS[@]}"
	ended
	# a table in the data of the first chunk
	printf '\x00\x00\x00\x00\x83\x00\x00\x00\x40\x00\x00\x00\x00\x10\x00\x00' |
		dd of=$disk bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of=$disk bs=1 seek=510 conv=notrunc status=none
	blockdev --rereadpt $disk
	[ -e /sys/block/ubda/ubda1 ]
	run "$MDADM" --assemble --run /dev/md0 $disk
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"Not enough devices to start the array"* ]]
	[ -e /sys/block/ubda/ubda1 ]
}

@test "a name that is something else" {
	disks 2 8M
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	save
	mkdir -p /dev/md
	ln -s /dev/null /dev/md/home
	ours 1 "device /dev/md/home exists but is not an md array." --assemble /dev/md/home \
		"${DISKS[@]}"
	ln -sfn /dev/md99 /dev/md/home
	ours 0 "started" --assemble /dev/md/home "${DISKS[@]}"
	[ "$(readlink /dev/md/home)" = /dev/md127 ]
}

@test "an array that waits for members is not disturbed" {
	disks 2 8M
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	"$ORACLE" -q --incremental "${DISKS[0]}" || :
	run "$MDADM" --assemble /dev/md127 "${DISKS[1]}"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"assembled from 1 drive"* || $output == *"stop it first"* ]]
	md_is md127 array_state inactive
	run "$MDADM" --assemble --run /dev/md127 "${DISKS[1]}"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"stop it first"* ]]
	md_is md127 array_state inactive
}

@test "read-only" {
	disks 3 8M
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

@test "quiet is quiet" {
	disks 2 8M
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]}"
	ended
	same --assemble --quiet /dev/md0 "${DISKS[@]}"
	ours 0 "" --assemble --quiet /dev/md0 "${DISKS[@]}"
	[ -z "$output" ]
}

@test "rebuilding members, spares, journals and replacements" {
	disks 4 8M
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

@test "damaged superblocks: one sentence, nothing written, nothing left" {
	local value at disk force

	disks 3 8M
	clean_make /dev/md0 -l5 -n3 "${DISKS[@]}"
	ended
	save
	while read -r at value; do
		restore
		for disk in "${DISKS[@]}"; do
			# shellcheck disable=SC2059 # escapes are meant
			printf "$value" | dd of="$disk" bs=1 seek=$((4096 + at)) conv=notrunc \
				status=none
			blockdev --flushbufs "$disk"
		done
		rm -rf /run/disks/broken
		mv /run/disks/saved /run/disks/good
		save
		for force in "" --force; do
			run timeout 20 "$MDADM" --assemble $force /dev/md0 "${DISKS[@]}"
			echo "--- $at $value $force -> $status $output"
			[ "$status" = 1 ]
			[ "$(grep -c '^mdadm: ' <<<"$output")" = 1 ]
			[ -z "$(arrays)" ]
			[ ! -s /run/mdadm/map ]
			unchanged
		done
		rm -rf /run/disks/saved
		mv /run/disks/good /run/disks/saved
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
