#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which kernels can start an array: what --examine and --detail say, why an older kernel refuses, and
# --create --compat. Whether one has a feature is the superblock's to say; here it is poked in.

# shellcheck disable=SC2030,SC2031 # each test is a process
bats_require_minimum_version 1.5.0

load assemble

# examine KEY: of the first disk, by JSON.
examine() {
	"$MDADM" --examine --json "${DISKS[0]}" | grep -o "\"$1\": [^,]*" | head -n 1
}

@test "what the driver before 6.19 refuses is named, with the kernel that it needs" {
	fresh 2
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]}"
	ended
	[ "$(examine oldest_kernel)" = '"oldest_kernel": "2.6.10"' ]
	[ "$(examine logical_block_size_bytes)" = '"logical_block_size_bytes": null' ]
	run ! grep -E 'Oldest Kernel|Logical Block' <("$MDADM" --examine "${DISKS[0]}")
	poke "${DISKS[0]}" 224 4096
	poke "${DISKS[1]}" 224 4096
	[ "$(examine oldest_kernel)" = '"oldest_kernel": "6.19"' ]
	[ "$(examine oldest_kernel_reason)" = '"oldest_kernel_reason": "logical block size"' ]
	[ "$(examine logical_block_size_bytes)" = '"logical_block_size_bytes": 4096' ]
	"$MDADM" --examine "${DISKS[0]}" >text
	grep -x ' *Oldest Kernel : 6.19 (logical block size)' text
	grep -x ' *Logical Block : 4096' text
	run "$MDADM" --assemble /dev/md0 "${DISKS[@]}"
	echo "$output"
	if [ "$(printf '%s\n' 6.19 "$(uname -r)" | sort -V | head -n 1)" = 6.19 ]; then
		[ "$status" = 0 ]
	else
		[ "$status" = 1 ]
		[[ $output == *"needs Linux 6.19 or later (logical block size), and this is "[0-9]* ]]
		[ -z "$(arrays)" ]
	fi
}

@test "padding that nobody knows is refused before anything is done" {
	fresh 2
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]}"
	ended
	poke "${DISKS[0]}" 252 1
	run -1 "$MDADM" --assemble /dev/md0 "${DISKS[@]}"
	[[ $output == "mdadm: superblock on ${DISKS[0]} cannot be used: it has fields"* ]]
	[ "$(examine oldest_kernel)" = '"oldest_kernel": null' ]
	"$MDADM" --examine "${DISKS[0]}" | grep -x ' *Oldest Kernel : unknown (.*)'
}

@test "--detail has the oldest kernel too" {
	fresh 1
	disks 1 12M
	make /dev/md0 -l0 -n2 "${DISKS[@]}"
	"$MDADM" --detail /dev/md0 | grep -x ' *Oldest Kernel : 5.4 (layout of RAID0)'
	"$MDADM" --detail --json /dev/md0 | grep '"oldest_kernel": "5.4"'
	"$MDADM" --examine --json "${DISKS[0]}" | grep -A2 '"features": \[' | grep '"raid0_layout"'
	ended
	losetup -d "${DISKS[1]}"
}

# create KERNEL ARGS...: with --compat, on two disks.
create() {
	local kernel=$1

	shift
	fresh 2
	run "$MDADM" --create /dev/md0 -n2 --compat="$kernel" --run "$@" "${DISKS[@]}"
	echo "$output"
}

@test "--compat leaves out what an old kernel lacks" {
	create 4.19 -l1 --assume-clean
	[ "$status" = 0 ]
	[ "$(examine bad_block_log_entries)" = '"bad_block_log_entries": 512' ]
	ended
	create 3.4 -l1 --assume-clean
	[ "$status" = 0 ]
	[ "$(examine bad_block_log_entries)" = '"bad_block_log_entries": null' ]
	ended
	create 2.6.9 -l1 -e0.90 --assume-clean
	[ "$status" = 0 ]
	ended
}

@test "--compat refuses what cannot be left out, before anything is written" {
	create 2.6.9 -l1 --assume-clean
	[ "$status" = 1 ]
	[ "$output" = "mdadm: Linux 2.6.9 could not start this array: it needs 2.6.10 or later (1.x metadata); use --metadata=0.90" ]
	create 2.6.14 -l1 --bitmap=internal
	[[ $status = 1 && $output == *"2.6.15 or later (write-intent bitmap); use --bitmap=none" ]]
	create 2.6.16 -l10 -p o2
	[[ $status = 1 && $output == *"2.6.18 or later (offset layout of RAID10); use another --layout" ]]
	run -2 "$MDADM" --create /dev/md0 -n2 -l1 --compat=six "${DISKS[@]}"
	[[ $output == "mdadm: invalid version of a kernel: six"* ]]
	[ -z "$(arrays)" ]
	cmp -n 1048576 "${DISKS[0]}" /dev/zero
	fresh 1
	disks 1 12M
	run -1 "$MDADM" --create /dev/md0 -l0 -n2 --compat=5.3 --run "${DISKS[@]}"
	[[ $output == *"5.4 or later (layout of RAID0); use members of one size" ]]
	losetup -d "${DISKS[1]}"
}

@test "a lockless bitmap on a kernel without: refused with what it needs, and nothing is written" {
	local sum

	fresh 2
	sum=$(cat "${DISKS[@]}" | md5sum)
	run -1 "$MDADM" --create /dev/md0 --run -l1 -n2 --bitmap=lockless "${DISKS[@]}"
	[ "$output" = "mdadm: this kernel has no lockless bitmaps: they need Linux 6.18 with CONFIG_MD_LLBITMAP; use --bitmap=internal" ]
	[ "$(cat "${DISKS[@]}" | md5sum)" = "$sum" ]
	make /dev/md0 -l1 -n2 --assume-clean --bitmap=none "${DISKS[@]}"
	run -1 "$MDADM" --grow /dev/md0 --bitmap=lockless
	[ "$output" = "mdadm: this kernel has no lockless bitmaps: they need Linux 6.18 with CONFIG_MD_LLBITMAP" ]
	"$MDADM" --grow /dev/md0 --bitmap=internal
	ended
	# the header as Linux 7.2 has it: version 6, chunks of 128 sectors, 256 sectors reserved
	for disk in "${DISKS[@]}"; do
		printf '\6' | dd of="$disk" bs=1 seek=$((8192 + 4)) conv=notrunc status=none
		printf '\200\0\0\0\36\0\0\0' | dd of="$disk" bs=1 seek=$((8192 + 52)) conv=notrunc status=none
		printf '\0\1' | dd of="$disk" bs=1 seek=$((8192 + 64)) conv=notrunc status=none
	done
	"$MDADM" --examine "${DISKS[0]}" | grep -x ' *Oldest Kernel : 6.18 (lockless bitmap)'
	"$MDADM" --examine-bitmap "${DISKS[0]}" >told
	grep -x ' *Chunksize : 64 KB' told
	run -1 "$MDADM" --assemble /dev/md0 "${DISKS[@]}"
	[[ $output == "mdadm: cannot start /dev/md0 with its lockless bitmap, for which the kernel must be Linux 6.18 with CONFIG_MD_LLBITMAP (--assemble --update=no-bitmap leaves it out): "* ]]
	[ -z "$(arrays)" ]
	# without it, and then synced: only it knew what was never written
	"$MDADM" --assemble /dev/md0 --update=no-bitmap "${DISKS[@]}"
	wait_for 10 md_is md0 sync_action resync
}
