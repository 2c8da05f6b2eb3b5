#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# guest: -r udev
#
# The rules that are installed, in a udev that runs: names of arrays, and members that come and go.

bats_require_minimum_version 1.5.0
load lib

setup() {
	room_open
	disks 3 32M
}

# What udev knows of the device $1 under the name $2.
property() {
	udevadm info --query=property "$1" | sed -n "s/^$2=//p"
}

# The members $@ appear, for udev.
appear() {
	local disk

	for disk; do
		echo add >"/sys/block/${disk#/dev/}/uevent"
	done
	udevadm settle -t 60
}

# A partition table with one partition of 4 MiB behind the first, as an old PC has it.
partition() {
	printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\040\0\0' | dd of="$1" bs=1 seek=446 conv=notrunc status=none
	printf '\125\252' | dd of="$1" bs=1 seek=510 conv=notrunc,fsync status=none
	blockdev --rereadpt "$1"
}

# Three members of an array that is stopped, with no event to come.
make_home() {
	"$MDADM" --create /dev/md/home --run --homehost=here --assume-clean --level=5 --raid-devices=3 "${DISKS[@]}"
	udevadm settle -t 60
	"$MDADM" --stop /dev/md/home
	udevadm settle -t 60
	none
}

none() {
	! grep '^md' /proc/mdstat
}

runs() {
	grep -q '^md[0-9]* : active' /proc/mdstat
}

@test "an array and its partitions have their names, and lose them" {
	"$MDADM" --create /dev/md/data --run --homehost=here --level=1 --raid-devices=2 --uuid=00000001:00000002:00000003:00000004 "${DISKS[@]:0:2}"
	udevadm settle -t 60
	array=$(realpath /dev/md/data)
	[ "$(realpath /dev/disk/by-id/md-name-here:data)" = "$array" ]
	[ "$(realpath /dev/disk/by-id/md-uuid-00000001:00000002:00000003:00000004)" = "$array" ]
	[ "$(property "$array" SYSTEMD_READY)" != 0 ]
	[[ " $(property "$array" SYSTEMD_WANTS) " == *" mdmonitor.service "* ]]
	partition "$array"
	wait_for 20 test -b /dev/md/data1
	udevadm settle -t 60
	[ "$(realpath /dev/md/data1)" = "${array}p1" ]
	[ "$(realpath /dev/disk/by-id/md-name-here:data-part1)" = "${array}p1" ]
	mkfs.ext4 -q -U 11111111-2222-3333-4444-555555555555 "${array}p1"
	udevadm trigger --settle "${array}p1"
	[ "$(realpath /dev/disk/by-uuid/11111111-2222-3333-4444-555555555555)" = "${array}p1" ]
	"$MDADM" --stop /dev/md/data
	udevadm settle -t 60
	[ ! -e /dev/md/data ]
	[ ! -e /dev/disk/by-id/md-name-here:data ]
}

@test "an array that is being made is not ready" {
	new_array md55
	: >/run/mdadm/creating-md55
	echo change >/sys/block/md55/uevent
	udevadm settle -t 60
	[ "$(property /dev/md55 SYSTEMD_READY)" = 0 ]
	rm /run/mdadm/creating-md55
}

@test "members that appear make an array, under its name" {
	make_home
	echo HOMEHOST here >/etc/mdadm/mdadm.conf
	appear "${DISKS[@]:0:2}"
	run ! runs
	[ "$(property "${DISKS[1]}" MD_FOREIGN)" = no ]
	appear "${DISKS[2]}"
	wait_for 20 runs
	wait_for 20 test -b /dev/md/home
	[[ $(property "${DISKS[2]}" MD_STARTED) == yes* ]]
	[ "$(property "${DISKS[2]}" MD_DEVNAME)" = home ]
}

@test "what could run without the last member asks systemd for a timer; the last resort is its" {
	make_home
	echo HOMEHOST here >/etc/mdadm/mdadm.conf
	appear "${DISKS[0]}" "${DISKS[1]}"
	# both may see both
	wants=$(property "${DISKS[0]}" SYSTEMD_WANTS && property "${DISKS[1]}" SYSTEMD_WANTS)
	wants=$(sed '/^$/d' <<<"$wants" | sort -u)
	echo "# wanted: $wants"
	[ "$wants" = "mdadm-last-resort@$(property "${DISKS[1]}" MD_DEVICE).timer" ]
	"$MDADM" --run "/dev/$(property "${DISKS[1]}" MD_DEVICE)"
	runs
}

# Who opened the members to write, as 4.2 does, would have udev make an array of them that waits.
@test "a start that was refused leaves nothing, and --run starts" {
	local before

	make_home
	before=$(sha256sum <"${DISKS[0]}")
	run "$MDADM" --assemble home "${DISKS[@]:0:2}"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"need all 3 to start it (use --run to insist)." ]]
	udevadm settle -t 60
	none
	[ "$(sha256sum <"${DISKS[0]}")" = "$before" ]
	run "$MDADM" --assemble home --run "${DISKS[@]:0:2}"
	echo "$output"
	[ "$status" = 0 ]
	udevadm settle -t 60
	runs
	[ -b /dev/md/home ]
}

@test "--assemble --run of members that wait starts the array that has them" {
	make_home
	echo HOMEHOST here >/etc/mdadm/mdadm.conf
	appear "${DISKS[@]:0:2}"
	run ! runs
	run "$MDADM" --assemble home --run "${DISKS[@]:0:2}"
	echo "$output"
	[ "$status" = 0 ]
	runs
	[ "$(grep -c '^md' /proc/mdstat)" = 1 ]
	[ -b /dev/md/home ]
}

@test "a member that is gone leaves its array" {
	"$MDADM" --create /dev/md/home --run --homehost=here --assume-clean --level=1 --raid-devices=2 "${DISKS[@]:0:2}"
	udevadm settle -t 60
	appear "${DISKS[1]}"
	echo remove >"/sys/block/${DISKS[1]#/dev/}/uevent"
	udevadm settle -t 60
	name=$(basename "$(realpath /dev/md/home)")
	wait_for 20 test ! -e "/sys/block/$name/md/dev-${DISKS[1]#/dev/}"
	md_is "$name" degraded 1
}

@test "with the driver's parameter that is installed, only new arrays do not wait for the first write" {
	local name

	echo 1 >/sys/module/md_mod/parameters/start_ro
	"$MDADM" --create /dev/md/home --run --homehost=here --assume-clean --level=1 --raid-devices=2 "${DISKS[@]:0:2}"
	name=$(basename "$(realpath /dev/md/home)")
	run ! md_is "$name" array_state read-auto
	"$MDADM" --stop /dev/md/home
	"$MDADM" --assemble /dev/md0 "${DISKS[@]:0:2}"
	md_is md0 array_state read-auto
	"$MDADM" --stop /dev/md0
	echo HOMEHOST here >/etc/mdadm/mdadm.conf
	appear "${DISKS[@]:0:2}"
	wait_for 20 runs
	md_is "$(basename "$(realpath /dev/md/home)")" array_state read-auto
	echo 0 >/sys/module/md_mod/parameters/start_ro
}
