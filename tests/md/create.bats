#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --create: what it makes, and that it is all there when the command returns. What it asks
# and what it refuses is in create-ask.bats and create-refuse.bats.

load lib
load proof

# create ARGS...: silent but for the notes, and successful.
create() {
	run "$MDADM" --create "$@"
	echo "$output"
	[ "$status" = 0 ]
}

examine() {
	"$MDADM" --examine "$1"
}

# Over what an array left the next one would not be synchronised before somebody writes.
blank() {
	"$MDADM" --quiet --zero-superblock "${DISKS[@]}"
}

@test "every level with every format, and all that belongs to it" {
	local level metadata super chunk stat

	disks 4 5M
	for metadata in 0.90 1.0 1.1 1.2; do
		super="super $metadata "
		[ "$metadata" != 0.90 ] || super=
		for level in linear 0 1 4 5 6 10; do
			chunk=--chunk=64
			[ "$level" != 1 ] || chunk=
			# shellcheck disable=SC2086 # one word or none
			create /dev/md0 --run --quiet --metadata=$metadata --level=$level \
				--raid-devices=4 $chunk "${DISKS[@]}"
			[ -z "$output" ]
			is_there md0 /dev/md0 "$metadata"
			stat=$(</proc/mdstat)
			[[ $stat =~ md0\ :\ active\ (raid)?$level\ .*\ blocks\ $super ]]
			[ "$(</sys/block/md0/md/metadata_version)" = "$metadata" ]
			[ "$(</sys/block/md0/md/raid_disks)" = 4 ]
			"$MDADM" --quiet --stop /dev/md0
			is_gone md0
			blank
		done
	done
}

@test "the forms of a name" {
	local form kernel path name long=12345678901234567890123456789012

	disks 2 5M
	while read -r form kernel path name; do
		create "$form" --run --homehost=here --level=1 --raid-devices=2 "${DISKS[@]}"
		is_there "$kernel" "$path" 1.2
		[[ $output == *"array $path started."* ]]
		run examine "${DISKS[0]}"
		echo "$output" | sed -n '/Name/p'
		[[ $output =~ Name\ :\ ${name}[[:space:]] ]]
		"$MDADM" --quiet --stop "$path"
		is_gone "$kernel" "$path"
	done <<-EOF
		/dev/md0	md0	/dev/md0	here:0
		/dev/md1000	md1000	/dev/md1000	here:1000
		/dev/md/home	md127	/dev/md/home	here:home
		/dev/md/7	md7	/dev/md/7	here:7
		/dev/md/d7	md7	/dev/md/d7	here:d7
		home	md127	/dev/md/home	here:home
		5	md5	/dev/md/5	here:5
		d5	md5	/dev/md/d5	here:d5
		md0	md127	/dev/md/md0	here:md0
		$long	md127	/dev/md/$long	${long:0:31}
	EOF
}

@test "a name with a blank does not spoil the map" {
	disks 2 5M
	create "a b" --run --homehost=here --level=1 --raid-devices=2 "${DISKS[@]}"
	is_there md127 /dev/md/a_b 1.2
	[ "$(wc -w </run/mdadm/map)" = 4 ]
	"$MDADM" --examine "${DISKS[0]}" | grep -q 'Name : here:a b'
	"$MDADM" --stop /dev/md/a_b
	[ ! -L /dev/md/a_b ]
}

@test "--name, --homehost, --uuid" {
	disks 2 5M
	create /dev/md0 --run --name=boots --homehost=alpha --level=1 --raid-devices=2 \
		--uuid=00112233:44556677:8899aabb:ccddeeff "${DISKS[@]}"
	examine "${DISKS[1]}" | grep -Eq 'Name : alpha:boots( |$)'
	examine "${DISKS[1]}" | grep -q 'Array UUID : 00112233:44556677:8899aabb:ccddeeff'
	# the four words as they lie on the disk
	grep -q '^md0 1.2 33221100:77665544:bbaa9988:ffeeddcc /dev/md0$' /run/mdadm/map
	"$MDADM" -S /dev/md0
	create /dev/md0 --run --quiet --metadata=0.90 --level=1 --raid-devices=2 \
		--uuid=00112233:44556677:8899aabb:ccddeeff "${DISKS[@]}"
	grep -q '^md0 0.90 00112233:44556677:8899aabb:ccddeeff /dev/md0$' /run/mdadm/map
}

@test "--assume-clean and --force decide who is in sync" {
	disks 4 20M
	echo 1 | tee /proc/sys/dev/raid/speed_limit_{min,max}
	create /dev/md0 -R -l5 -n3 --assume-clean "${DISKS[@]:0:3}"
	grep -q 'UUU' /proc/mdstat
	md_is md0 sync_action idle
	stop_arrays
	blank
	# the last member is rebuilt, as that reads in order
	create /dev/md0 -R -q -l5 -n3 "${DISKS[@]:0:3}"
	grep -q 'UU_' /proc/mdstat
	stop_arrays
	blank
	create /dev/md0 -R -q -l5 -n3 --force "${DISKS[@]:0:3}"
	grep -q 'UUU' /proc/mdstat
	md_is md0 sync_action resync
	stop_arrays
	blank
	create /dev/md0 -R -q -l6 -n4 --assume-clean "${DISKS[@]}"
	md_is md0 sync_action idle
}

teardown() {
	echo 1000 >/proc/sys/dev/raid/speed_limit_min
	echo 200000 >/proc/sys/dev/raid/speed_limit_max
	room_close
}

@test "spares, and members that are missing" {
	disks 4 5M
	create /dev/md0 -R -l1 -n2 -x2 "${DISKS[@]}"
	[ "$(grep -o '(S)' /proc/mdstat | wc -l)" = 2 ]
	"$MDADM" -S /dev/md0
	create /dev/md0 -R -q -l1 -n3 "${DISKS[0]}" missing "${DISKS[1]}"
	grep -q 'U_U' /proc/mdstat
	"$MDADM" -S /dev/md0
	create /dev/md0 -R -q -l10 -n4 missing "${DISKS[0]}" missing "${DISKS[1]}"
	grep -q '_U_U' /proc/mdstat
	"$MDADM" -S /dev/md0
	create /dev/md0 -R -q -l6 -n4 "${DISKS[0]}" missing "${DISKS[1]}" missing
	grep -q 'U_U_' /proc/mdstat
}

@test "raid5 of 2 and 2 spares, one missing, wherever it is in the list" {
	local at list

	disks 3 5M
	for at in 0 1 2 3; do
		list=("${DISKS[@]:0:at}" missing "${DISKS[@]:at}")
		create --run five --level raid5 --raid-devices 2 --spare-devices 2 "${list[@]}"
		is_there md127 /dev/md/five 1.2
		md_is md127 raid_disks 2
		wait_idle md127
		# a real spare takes the place of a missing member
		grep -Fq '[2/2] [UU]' /proc/mdstat
		"$MDADM" --stop /dev/md/five
		blank
	done
}

@test "--readonly, --write-mostly, --failfast" {
	disks 3 5M
	create /dev/md0 --run --readonly -l1 -n3 "${DISKS[0]}" --write-mostly "${DISKS[1]}" \
		--failfast "${DISKS[2]}"
	md_is md0 array_state readonly
	[ "$(md_attr md0 "dev-${DISKS[0]#/dev/}/state")" = in_sync ]
	md_attr md0 "dev-${DISKS[1]#/dev/}/state" | grep -q write_mostly
	md_attr md0 "dev-${DISKS[2]#/dev/}/state" | grep -q 'write_mostly.*failfast'
}

@test "--bitmap, --bitmap-chunk, --consistency-policy" {
	disks 2 20M
	create /dev/md0 -R -l1 -n2 --bitmap=internal --bitmap-chunk=8K "${DISKS[@]}"
	md_is md0 bitmap/chunksize 8192
	md_is md0 bitmap/location +8
	md_is md0 consistency_policy bitmap
	"$MDADM" -S /dev/md0
	create /dev/md0 -R -q -l1 -n2 --bitmap=none "${DISKS[@]}"
	md_is md0 consistency_policy resync
	"$MDADM" -S /dev/md0
	create /dev/md0 -R -q -l1 -n2 --consistency-policy=bitmap --bitmap=internal "${DISKS[@]}"
	md_is md0 consistency_policy bitmap
	"$MDADM" -S /dev/md0
	create /dev/md0 -R -q -l1 -n2 --consistency-policy=resync "${DISKS[@]}"
	md_is md0 consistency_policy resync
}

@test "--size, --chunk, --layout, --data-offset" {
	disks 4 20M
	create /dev/md0 -R -l10 -n4 --layout=f2 --chunk=128 --size=8M "${DISKS[@]}"
	md_is md0 layout 513
	md_is md0 chunk_size 131072
	md_is md0 component_size 8192
	"$MDADM" -S /dev/md0
	create /dev/md0 -R -q -l5 -n3 --parity=ra -c 64 --data-offset=3M -z max "${DISKS[@]:0:3}"
	md_is md0 layout 1
	[ "$(data_offset md0 "${DISKS[2]}")" = 6144 ]
}

@test "--data-offset=variable: each its own" {
	disks 3 20M
	local d=("${DISKS[@]}")

	create /dev/md0 -R -l5 -n3 -c 64 --data-offset=variable "${d[0]}:2M" "${d[1]}:6000s" "${d[2]}"
	[ "$(data_offset md0 "${d[0]}")" = 4096 ]
	[ "$(data_offset md0 "${d[1]}")" = 6000 ]
	[ "$(data_offset md0 "${d[2]}")" = 2048 ]
	"$MDADM" -S /dev/md0
	# a name may have a colon itself
	ln -s "${d[0]}" a:b
	run "$MDADM" -C /dev/md0 -R -q -l1 -n2 --data-offset=variable a:b:3M a:b:c
	[[ $output == *"cannot open a:b:c: No such file"* ]]
	ln -s "${d[1]}" a:b:c
	create /dev/md0 -R -q -l1 -n2 --data-offset=variable a:b:3M a:b:c
	[ "$(data_offset md0 "${d[0]}")" = 6144 ]
	"$MDADM" -S /dev/md0
	for word in "${d[0]}:x" "${d[0]}:1s" "${d[0]}:"; do
		run "$MDADM" -C /dev/md0 -R -l1 -n2 --data-offset=variable "$word" missing
		[ "$status" = 2 ]
		[[ $output == *"cannot open $word: No such file"* ]]
	done
	# without the word it is a name like any other
	run "$MDADM" -C /dev/md0 -R -l1 -n2 "${d[0]}:2M" missing
	[ "$status" = 2 ]
}

@test "no output at all with --quiet" {
	disks 1 20M
	create --quiet /dev/md/0 --level=1 --bitmap=internal --bitmap-chunk=1024K --assume-clean \
		--run --raid-devices=2 "${DISKS[0]}" missing
	[ -z "$output" ]
	run "$MDADM" --quiet --stop /dev/md/0
	[ "$status" = 0 ]
	[ -z "$output" ]
	# also over what lies there now
	create --quiet /dev/md/0 -l1 --run -n2 "${DISKS[0]}" missing
	[ -z "$output" ]
}

@test "options in any order, and old ones that mean nothing" {
	disks 3 5M
	create /dev/md0 --run --homehost=ubuntu --raid-devices=2 --metadata=default --level=1 \
		"${DISKS[0]}" "${DISKS[1]}" --spare-devices=1 "${DISKS[2]}"
	is_there md0 /dev/md0 1.2
	[ "$(grep -o '(S)' /proc/mdstat | wc -l)" = 1 ]
	"$MDADM" -S /dev/md0
	run "$MDADM" "${DISKS[0]}" --create 2>&1
	[ "$status" != 0 ]
	run "$MDADM" --auto=yes -e 1 --create --run there -l mirror -n 2 "${DISKS[@]:0:2}"
	echo "$output"
	[ "$status" = 2 ] # --auto before the mode is known
	create --auto=yes -e 1 --run there -l mirror -n 2 "${DISKS[@]:0:2}"
	is_there md127 /dev/md/there 1.2
}

@test "a stale link in /dev/md is replaced, whatever is left of the array" {
	local target

	disks 4 5M
	create /dev/md9 -R -l1 -n2 "${DISKS[@]:2}"
	# nothing; a node that no array belongs to; a device without an array
	mknod /dev/md88 b 9 88
	new_array md89
	mkdir -p /dev/md
	for target in /dev/md55 /dev/md88 /dev/md89 ../md88; do
		ln -s "$target" /dev/md/home
		create home -R -q -l1 -n2 "${DISKS[@]:0:2}"
		[ -z "$output" ]
		is_there md127 /dev/md/home 1.2
		[ "$(readlink /dev/md/home)" = /dev/md127 ]
		[ "$(ls -A /dev/md)" = home ]
		stop_array md127
		rm -f /dev/md/home
	done
	rm -f /dev/md88
}

@test "a link to a running array, or anything else of that name, stays" {
	local what

	disks 4 5M
	create /dev/md9 -R -l1 -n2 "${DISKS[@]:2}"
	mkdir -p /dev/md
	for what in "ln -s /dev/md9" "ln -s /dev/null" "ln -s /dev/loop0" "touch" "mkdir"; do
		$what /dev/md/home
		create home -R -l1 -n2 "${DISKS[@]:0:2}"
		[[ $output == *"/dev/md/home exists - ignoring"* ]]
		[[ $output == *"array /dev/md127 started."* ]]
		is_there md127 /dev/md127 1.2
		[ ! /dev/md/home -ef /dev/md127 ]
		stop_array md127
		rm -rf /dev/md/home
	done
}

@test "two at the same moment, by name" {
	local one

	disks 4 5M
	for _ in 1 2 3 4; do
		"$MDADM" -C -q -R one -l1 -n2 "${DISKS[@]:0:2}" &
		one=$!
		"$MDADM" -C -q -R two -l1 -n2 "${DISKS[@]:2}"
		wait "$one"
		[ "$(readlink /dev/md/one /dev/md/two | sort)" = $'/dev/md126\n/dev/md127' ]
		[ "$(wc -l </run/mdadm/map)" = 2 ]
		is_there "$(basename "$(realpath /dev/md/one)")" /dev/md/one 1.2
		is_there "$(basename "$(realpath /dev/md/two)")" /dev/md/two 1.2
		"$MDADM" -q -S /dev/md/one /dev/md/two
	done
}

@test "two at the same moment, of one name or over one disk: one of them" {
	local one rc

	disks 4 5M
	for _ in 1 2; do
		"$MDADM" -C -q -R same -l1 -n2 "${DISKS[@]:0:2}" 2>first &
		one=$!
		rc=0
		"$MDADM" -C -q -R same -l1 -n2 "${DISKS[@]:2}" 2>second || rc=1
		wait "$one" || rc=$((rc + 2))
		cat first second
		[ "$rc" = 1 ] || [ "$rc" = 2 ]
		one_line "$(cat first second)"
		[ "$(arrays | wc -l)" = 1 ]
		[ "$(wc -l </run/mdadm/map)" = 1 ]
		"$MDADM" -q -S /dev/md/same
		"$MDADM" -C -q -R a -l1 -n2 "${DISKS[@]:0:2}" 2>first &
		one=$!
		rc=0
		"$MDADM" -C -q -R b -l1 -n2 "${DISKS[@]:1:2}" 2>second || rc=1
		wait "$one" || rc=$((rc + 2))
		cat first second
		[ "$rc" = 1 ] || [ "$rc" = 2 ]
		[ "$(arrays | wc -l)" = 1 ]
		"$MDADM" -q -S --scan
	done
}

@test "nobody reads what it says: the array is made and named all the same" {
	disks 2 5M
	mkfifo gone
	# shellcheck disable=SC2094 # a pipe that nobody reads
	exec 7<>gone 8>gone 7<&-
	"$MDADM" -C sp -R -v -l1 -n2 "${DISKS[@]}" 2>&8 >&8
	exec 8>&-
	is_there md127 /dev/md/sp 1.2
}

@test "names=yes makes kernel names" {
	disks 2 5M
	echo 'CREATE names=yes' >/etc/mdadm/mdadm.conf
	create home -R -l1 -n2 "${DISKS[@]}"
	is_there md_home /dev/md/home 1.2
	"$MDADM" --stop /dev/md/home
	is_gone md_home /dev/md/home
	create 'a b' -R -q -l1 -n2 "${DISKS[@]}"
	is_there md_a_b /dev/md/a_b 1.2
	"$MDADM" --examine "${DISKS[0]}" | grep -q ':a b'
	"$MDADM" --stop /dev/md/a_b
	is_gone md_a_b /dev/md/a_b
}

@test "numbers of ARRAY lines are not taken" {
	disks 2 5M
	echo 'ARRAY /dev/md127 UUID=00112233:44556677:8899aabb:ccddeeff' >/etc/mdadm/mdadm.conf
	create home -R -l1 -n2 "${DISKS[@]}"
	is_there md126 /dev/md/home 1.2
}
