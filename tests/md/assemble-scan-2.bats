#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --scan: arrays that lack members, that wait, that are on arrays, that cannot be told apart; what
# it would do; what SYSFS lines say.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031,SC2154 # each test is a process; "said" comes from one

bats_require_minimum_version 1.5.0

load assemble

CONF=/etc/mdadm/mdadm.conf

# Three arrays: one with one of three members, a whole one, one with one of two.
lacking() {
	only 4
	clean_make /dev/md/five -l5 -n3 "${DISKS[0]}" "${DISKS[1]}" "${DISKS[3]}"
	ended
	clean_make /dev/md/deg -l1 -n2 "${DISKS[1]}" "${DISKS[2]}"
	ended
	clean_make /dev/md/one -l1 -n1 --force "${DISKS[3]}"
	ended
	"$ORACLE" --quiet --zero-superblock "${DISKS[1]}"
	FIVE=$(uuid_of "${DISKS[0]}") DEG=$(uuid_of "${DISKS[2]}") ONE=$(uuid_of "${DISKS[3]}")
	save
}

# some STATUS ARGS...: the same arrays in the end as theirs, in the words of both.
some() {
	local want=$1 program lines_of=() seen_by=()

	shift
	for program in "$ORACLE" "$MDADM"; do
		one "$program" "$@"
		echo "$said"
		lines_of+=("$(grep -v "^ \|assembled from 1 drive - not\|Not enough" <<<"$output" | sort)")
		seen_by+=("$(grep -v five <<<"$seen" || :)")
		ended
	done
	equal "${lines_of[0]}" "${lines_of[1]}"
	equal "${seen_by[0]}" "${seen_by[1]}"
	[ "$status" = "$want" ]
}

@test "members are missing" {
	lacking
	some 0 --assemble --scan
	some 0 --assemble --scan --readonly
	conf "ARRAY /dev/md/one UUID=$ONE" "ARRAY /dev/md/deg UUID=$DEG" "ARRAY /dev/md/five UUID=$FIVE"
	some 1 --assemble --scan
	conf "ARRAY /dev/md/one UUID=$ONE" "ARRAY /dev/md/deg UUID=$DEG"
	same --assemble --scan --run
	same --assemble --scan --no-degraded
	# an array that does not start is told of though it is to be quiet
	same --assemble --scan --no-degraded -q
	conf
	same --assemble --scan --no-degraded
	[ -z "$(arrays)" ]
	# of what is not there theirs leaves a name and a line in the map
	one "$MDADM" --assemble --scan --run
	[ "$status" = 1 ]
	[[ $output == *"failed to RUN_ARRAY /dev/md/five"* && $seen != *five* ]]
	[[ $output == *"/dev/md/one has been started"* && $output == *"/dev/md/deg has been started"* ]]
}

@test "only what cannot be started" {
	lacking
	conf "DEVICE ${DISKS[0]}"
	ours 1 "No arrays found in config file or automatically" --assemble --scan
	[[ $output == *"/dev/md/five assembled from 1 drive - not enough to start the array."* ]]
	conf "ARRAY /dev/md/five UUID=$FIVE"
	ours 1 "/dev/md/five assembled from 1 drive - not enough to start the array." --assemble --scan
	[ -z "$(arrays)" ]
}

@test "a device and its copy" {
	local line

	only 5
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]:0:2}"
	ended
	clean_make /dev/md/two -l1 -n2 "${DISKS[@]:2:2}"
	ended
	dd if="${DISKS[1]}" of="${DISKS[4]}" bs=1M iflag=direct oflag=direct status=none
	save
	for line in "" "ARRAY /dev/md/one UUID=$(uuid_of "${DISKS[0]}")
ARRAY /dev/md/two UUID=$(uuid_of "${DISKS[2]}")"; do
		conf "$line"
		one "$MDADM" --assemble --scan
		[ "$status" = 1 ]
		[[ $output == *"${DISKS[4]} and ${DISKS[1]} appear to have very similar superblocks"* ]]
		[[ $output == *"/dev/md/two has been started with 2 drives."* ]]
		equal "$(cut -d' ' -f4 /run/mdadm/map)" /dev/md/two
		ended
	done
}

@test "a disk and its last partition" {
	local words

	for words in 0.90 1.0; do
		only 3
		addpart "${DISKS[0]}" 1 128 $((8 * 2048 - 128))
		addpart "${DISKS[1]}" 1 128 $((8 * 2048 - 128))
		clean_make /dev/md/one -e "$words" -l1 -n2 "${DISKS[0]}p1" "${DISKS[1]}p1"
		"$MDADM" --stop /dev/md/one
		run -0 "$MDADM" --assemble --scan
		[ "$(compgen -G "/sys/block/md*/slaves/${DISKS[0]#/dev/}p1")" ]
		[ "$(compgen -G "/sys/block/md*/slaves/${DISKS[1]#/dev/}p1")" ]
		ended
		delpart "${DISKS[0]}" 1
		delpart "${DISKS[1]}" 1
	done
}

# waiting PROGRAM ARGS...: what it makes of an array that has the first disk already.
waiting() {
	restore
	"$ORACLE" -q --incremental "${DISKS[0]}" || :
	run "$@"
	seen=$(picture)
	echo "$output"
	ended
}

@test "an array that waits for members" {
	local want line

	only 2
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]}"
	ended
	save
	for line in "" "ARRAY /dev/md/x UUID=$(uuid_of "${DISKS[0]}")"; do
		conf "$line"
		waiting "$ORACLE" --assemble --scan
		want="$status $seen"
		waiting "$MDADM" --assemble --scan
		equal "$want" "$status $seen"
		[[ $output == *"Merging with already-assembled"* ]]
	done
	conf
	"$ORACLE" -q --zero-superblock "${DISKS[1]}"
	save
	waiting "$ORACLE" --assemble --scan
	want="$status $seen"
	waiting "$MDADM" --assemble --scan
	equal "$want" "$status $seen"
	[[ $output == *"/dev/md/one waits for more members"* ]]
	# theirs leaves it for ever
	waiting "$MDADM" --assemble --scan --run
	[ "$status" = 0 ]
	[[ $output == *"/dev/md/one has been started with 1 drive (out of 2)."* ]]
}

@test "arrays on arrays" {
	local a b c

	only 4
	make /dev/md/a -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	make /dev/md/b -l1 -n2 --assume-clean "${DISKS[@]:2:2}"
	make /dev/md/c -l0 -n2 /dev/md/a /dev/md/b
	a=$(uuid_of "${DISKS[0]}") b=$(uuid_of "${DISKS[2]}") c=$(uuid_of /dev/md/a)
	"$ORACLE" --quiet --stop /dev/md/c
	ended
	conf
	same --assemble --scan
	conf "ARRAY /dev/md/c UUID=$c" "ARRAY /dev/md/a UUID=$a" "ARRAY /dev/md/b UUID=$b"
	same --assemble --scan
	conf "ARRAY /dev/md/a UUID=$a" "ARRAY /dev/md/b UUID=$b" "ARRAY /dev/md/c UUID=$c"
	same --assemble --scan
	conf "DEVICE /dev/loop*"
	same --assemble --scan
	conf "DEVICE /dev/loop* /dev/md*"
	same --assemble --scan
}

@test "arrays on an array that waits and that a DEVICE line means" {
	only 2
	make /dev/md/low -l1 -n2 --assume-clean "${DISKS[@]}"
	make /dev/md/up -l1 -n1 --force --assume-clean /dev/md/low
	"$ORACLE" --quiet --stop /dev/md/up
	ended
	conf
	"$MDADM" -I "${DISKS[0]}"
	[ "$(md_attr md127 array_state)" = inactive ]
	conf "DEVICE /dev/md127 ${DISKS[*]}"
	run -0 "$MDADM" --assemble --scan
	echo "$output"
	[[ $output == *"/dev/md/up has been started with 1 drive."* ]]
}

@test "what it would do" {
	lacking
	seal
	run --separate-stderr -0 "$MDADM" --assemble --scan --dry-run
	[[ $output == *"To assemble /dev/md/one would be:"*"To assemble /dev/md/deg would be:"* ]]
	[ -z "$(arrays)" ]
	[ ! -e /run/mdadm/map ]
	unchanged
	run --separate-stderr -0 "$MDADM" --assemble --scan --dry-run --json
	[ "$(grep -c '"title": "assemble /dev/md/' <<<"$output")" = 2 ]
	# each of them has a number of its own
	[ "$(grep -o '"array": "md[0-9]*"' <<<"$output" | sort -u | wc -l)" = 2 ]
	unchanged
}

@test "SYSFS lines" {
	only 2
	clean_make /dev/md/one -l1 -n2 "${DISKS[@]}"
	ended
	conf "SYSFS name=/dev/md/one sync_speed_max=12345 nonsense=1"
	run -0 "$MDADM" --assemble --scan
	[[ $output == *"cannot write 1 to /sys/block/md127/md/nonsense: "* ]]
	[[ $(<"/sys/block/md127/md/sync_speed_max") == "12345 (local)" ]]
	ended
	conf "SYSFS uuid=$(uuid_of "${DISKS[0]}") sync_speed_min=4321"
	run -0 "$MDADM" --assemble /dev/md5 "${DISKS[@]}"
	[[ $(<"/sys/block/md5/md/sync_speed_min") == "4321 (local)" ]]
}

@test "POLICY lines" {
	local -a sides=(a-1 a-2 b-1 b-2)
	local line n u

	only 4
	clean_make /dev/md/aa -l1 -n2 --homehost=other --name=aa "${DISKS[@]:0:2}"
	ended
	clean_make /dev/md/bb -l1 -n2 --name=bb "${DISKS[@]:2:2}"
	ended
	u=$(uuid_of "${DISKS[0]}")
	save
	# as udev names them
	mkdir -p /dev/disk/by-path
	for n in 0 1 2 3; do
		ln -s "${DISKS[n]}" "/dev/disk/by-path/${sides[n]}"
	done
	for line in "POLICY auto=no" "POLICY path=a-* auto=no" "POLICY path=b-2 auto=no" \
		"POLICY type=part auto=no" "POLICY type=disk auto=no" "POLICY metadata=0.90 auto=no" \
		"POLICY metadata=1.x auto=no" "POLICY auto=homehost" "PART-POLICY path=a-* auto=no" \
		"POLICY path=a-* domain=x action=include auto=no" "POLICY path=z-* auto=no" \
		"POLICY path=a-* auto=yes|AUTO -all" "POLICY path=a-* auto=no|ARRAY /dev/md/x UUID=$u" \
		"POLICY path=b-* auto=no|POLICY path=b-* auto=yes" "POLICY auto=homehost|AUTO -1.x"; do
		tr '|' '\n' <<<"$line" >"$CONF"
		same --assemble --scan
	done
	rm -r /dev/disk/by-path
}

@test "what was made and could not be started is taken back, beside those that run" {
	lacking
	unfit "${DISKS[3]}"
	run -1 "$MDADM" --assemble --scan
	[[ $output == *"ADD_NEW_DISK for ${DISKS[3]} failed"* ]]
	[[ $output == *"/dev/md/deg has been started"* ]]
	equal "$(cut -d' ' -f4 /run/mdadm/map)" /dev/md/deg
	[ ! -e /dev/md/one ]
}

@test "HOMEHOST <ignore>: ARRAY lines by name= mean arrays of other hosts" {
	local -a words
	local how

	only 2
	clean_make /dev/md/home --homehost=other --name=home -l1 -n2 "${DISKS[@]}"
	for how in "HOMEHOST <ignore>|" "|--homehost=<ignore>"; do
		read -ra words <<<"${how#*|}"
		ended
		printf '%s\n' "${how%|*}" "ARRAY /dev/md/line name=home" >/etc/mdadm/mdadm.conf
		"$MDADM" --assemble --scan "${words[@]}"
		[ -e /dev/md/line ]
		ended
		"$MDADM" -I "${words[@]}" "${DISKS[0]}"
		"$MDADM" -I "${words[@]}" "${DISKS[1]}"
		[ -e /dev/md/line ]
		ended
		printf '%s\n' "${how%|*}" "ARRAY <ignore> name=home" >/etc/mdadm/mdadm.conf
		run ! "$MDADM" --assemble --scan "${words[@]}"
		[ -z "$(arrays)" ]
	done
}
