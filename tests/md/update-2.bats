#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --update: all members or none, what is put back, what is shown, what is refused; and
# updates of arrays that are not whole.

bats_require_minimum_version 1.5.0

load update

@test "a dry run shows each write and does none" {
	made 2 -l1 -n2 -e1.2 -b internal --assume-clean
	run -0 "$MDADM" --assemble "$A" --update=uuid --dry-run "${DISKS[@]}"
	[[ $output == "Nothing has been changed."* ]]
	[ "$(grep -c "write device=${DISKS[0]} offset_bytes=4096 " <<<"$output")" = 1 ]
	[ "$(grep -c "write device=${DISKS[1]} offset_bytes=4096 " <<<"$output")" = 1 ]
	unchanged
	[ -z "$(arrays)" ]
}

@test "what an update overwrote comes back by --undo" {
	local file

	made 3 -l5 -n3 -e1.2 -c64 --assume-clean
	run -0 "$MDADM" --assemble "$A" -o --update=uuid "${DISKS[@]}"
	file=$(undo_file "$output")
	[ -e "$file" ]
	[ "$("$MDADM" --detail --export "$A" | grep MD_UUID)" != "MD_UUID=$UUID" ]
	run -0 "$MDADM" --undo "$file"
	[ -z "$(arrays)" ]
	unchanged
}

@test "one member that cannot be updated: none is" {
	echo "CREATE bbl=no" >nobbl.conf
	fresh 3
	make "$A" -l5 -n3 -e1.2 -c64 --assume-clean --config=nobbl.conf "${DISKS[@]}"
	ended
	# a log of bad blocks where the other would go, on the last one only
	poke "${DISKS[2]}" 184 $((8 << 16))
	poke "${DISKS[2]}" 188 16
	save
	refused "there is not enough space" ppl
}

@test "the driver refuses the array: what was written is put back" {
	made 2 -l1 -n2 -e1.2 --assume-clean
	unfit "${DISKS[1]}"
	save
	run "$MDADM" --assemble "$A" --update=uuid "${DISKS[@]}"
	if [ "$status" != 0 ]; then # before 6.19
		[[ $output == *"ADD_NEW_DISK for ${DISKS[1]} failed"* ]]
		[ -z "$(arrays)" ]
		unchanged
	fi
}

@test "not enough members: nothing is written" {
	made 3 -l5 -n3 -e1.2 -c64 --assume-clean
	run -1 "$MDADM" --assemble "$A" --update=uuid "${DISKS[0]}"
	unchanged
	# what is missing is not asked for, but dirty and degraded is not started
	run -1 "$MDADM" --assemble "$A" --update=resync --run "${DISKS[@]:0:2}"
	unchanged
}

@test "a member that missed writes is updated, and stays out of date" {
	made 3 -l1 -n3 -e1.2 --assume-clean
	without "${DISKS[@]:0:2}"
	save
	run -0 "$MDADM" --assemble "$A" -o --update=uuid --uuid=11111111:22222222:33333333:44444444 \
		"${DISKS[@]}"
	[[ $output == *"started with 2 drives (out of 3)."* ]]
	ended
	[ "$("$MDADM" --examine "${DISKS[@]}" | grep -c 11111111:22222222:33333333:44444444)" = 3 ]
}

@test "0.90 with a member that missed writes becomes 1.0, and it stays out of date" {
	made 3 -l5 -n3 -e0.90 -c64 --assume-clean
	without "${DISKS[@]:0:2}"
	save
	update_with "$MDADM" --update=metadata
	[ "$status" = 0 ]
	[[ $output == *"started with 2 drives (out of 3)."* ]]
	[ "$("$MDADM" --detail "$A" | grep -c 'active sync')" = 2 ]
}

@test "the number is only known when the array has one" {
	made 2 -l1 -n2 -e1.2 --assume-clean
	run -0 "$MDADM" --assemble /dev/md/foo -o --homehost=beta --update=name "${DISKS[@]}"
	"$MDADM" --examine "${DISKS[1]}" | grep -x ' *Name : beta:[0-9]*'
	[ "beta:$(arrays | tr -d md)" = "$("$MDADM" --examine --export "${DISKS[1]}" |
		sed -n 's/^MD_NAME=//p')" ]
}

@test "by what an array is found, and what it gets" {
	made 2 -l1 -n2 -e1.2 --assume-clean
	# not looked for
	updated uuid --uuid=11111111:22222222:33333333:44444444
	updated name --name=other
	# looked for
	restore
	for args in "homehost --name=nope" "name --uuid=11111111:22222222:33333333:44444444" \
		"uuid --name=nope"; do
		# shellcheck disable=SC2086 # words
		run "$MDADM" --assemble "$A" --homehost=beta --update=$args "${DISKS[@]}"
		[ "$status" = 2 ]
		[[ $output == *"has wrong "* ]]
	done
	unchanged
}

@test "no-bitmap is the way out when the bitmap is damaged" {
	made 2 -l1 -n2 -e1.2 -b internal --assume-clean
	printf xxxx | dd of="${DISKS[0]}" bs=1 seek=8192 conv=notrunc status=none
	printf xxxx | dd of="${DISKS[1]}" bs=1 seek=8192 conv=notrunc status=none
	blockdev --flushbufs "${DISKS[@]}"
	save
	refused "its write-intent bitmap is damaged, remove that first" uuid
	updated no-bitmap
}

@test "a log of bad blocks with something in it is not dropped unasked" {
	made 2 -l1 -n2 -e1.2 --assume-clean
	poke "${DISKS[0]}" 8 8
	save
	refused "its log of bad blocks is not empty" no-bbl
	restore
	update_with "$MDADM" --update=bbl
	[ "$status" = 0 ]
	ended
	[ "$(word_at "${DISKS[0]}" 188 | tr -d ' ')" = 16 ]
	updated force-no-bbl
}

@test "devicesize: a member that has grown" {
	local disk

	made 2 -l1 -n2 -e1.2 --assume-clean
	truncate -s 9M "${FILES[@]}"
	for disk in "${DISKS[@]}"; do losetup -c "$disk"; done
	save
	updated devicesize
	changed
	truncate -s 8M "${FILES[@]}"
	for disk in "${DISKS[@]}"; do losetup -c "$disk"; done
}

@test "a waiting array is not updated" {
	made 2 -l1 -n2 -e1.2 --assume-clean
	"$ORACLE" -q --incremental "${DISKS[0]}"
	run -1 "$MDADM" --assemble "$A" --update=uuid "${DISKS[@]}"
	[[ $output == *"has some of the members already, stop it first"* ]]
	ended
	unchanged
}

@test "the words of the command line" {
	"$ORACLE" --assemble --update=help >want
	"$MDADM" --assemble --update=help >got
	cmp want got
	"$MDADM" --assemble --update='?' >got
	cmp want got
	run -2 "$MDADM" --assemble "$A" --update=nothing x
	[[ $output == "mdadm: '--update=nothing' is invalid.  Valid --update options are:"* ]]
	run -2 "$MDADM" --assemble "$A" -U uuid -U name x
	[ "$output" = "mdadm: Can only update one aspect of superblock, both uuid and name given." ]
	run -2 "$MDADM" --assemble "$A" -U byteorder -e 1.2 x
	run -2 "$MDADM" --assemble "$A" -e 1.2 -U byteorder x
	run -1 "$MDADM" --assemble "$A" -U nodes x
	[ "$output" = "mdadm: Please specify nodes number with --nodes" ]
}

@test "homehost, where no host has a name" {
	local format

	for format in 0.90 1.2; do
		made 2 -l1 -n2 -e$format --assume-clean
		echo "HOMEHOST <none>" >none.conf
		run -1 "$MDADM" --assemble "$A" --update=homehost --config=none.conf "${DISKS[@]}"
		[[ $output == "mdadm: "*"no home host is known, --homehost=NAME names one"* ]]
		one_line "$output"
		unchanged
		[ -z "$(arrays)" ]
		# as early in a boot
		echo >/proc/sys/kernel/hostname
		run "$MDADM" --assemble "$A" --update=homehost "${DISKS[@]}"
		hostname guest
		[ "$status" = 1 ]
		[[ $output == *"no home host is known"* ]]
		unchanged
	done
}
