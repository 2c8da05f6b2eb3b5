#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Lockless bitmaps on a kernel that has them: made as the packaged program of the unstable suite makes them,
# found again at a start, taken off, and what the kernel does with them that must not cost data.

# shellcheck disable=SC2030,SC2031 # each test is a process
bats_require_minimum_version 1.5.0

load ../md/lib

SYS=/sys/block/md0/md
AREA=16 # sector of the bitmap on a member: the superblock's 8, and 8 more

# make LEVEL N WORDS...: an array with such a bitmap of the first N disks.
make() {
	"$MDADM" -q --create /dev/md0 --run --level="$1" --raid-devices="$2" --bitmap=lockless "${@:3}" "${DISKS[@]:0:$2}" 2>err ||
		{ cat err; return 1; }
}

# How many chunks are in that state.
chunks() {
	sed -n "s/^$1 \([0-9]*\)$/\1/p" $SYS/llbitmap/bits
}

type_is() {
	[[ " $(<"$SYS"/bitmap_type) " == *" [$1] "* ]]
}

# Writes N blocks of 64 KiB from block AT.
fill() {
	dd if=/dev/urandom of=/dev/md0 bs=64K count="$1" seek="$2" oflag=direct conv=fsync status=none
}

sum() {
	dd if="${1:-/dev/md0}" bs=64K count=40 iflag=direct status=none | md5sum
}

area() {
	dd if="$1" bs=512 skip=$AREA count="$2" iflag=direct status=none
}

complete() {
	is_idle md0 && md_is md0 degraded 0
}

# A comparison of everything finds nothing.
consistent() {
	wait_idle md0
	echo check >$SYS/sync_action
	wait_idle md0
	md_is md0 mismatch_cnt 0
}

noise() {
	local disk

	for disk in "${DISKS[@]}"; do
		dd if=/dev/urandom of="$disk" bs=1M count="$1" oflag=direct status=none
	done
}

@test "its bytes are those of the packaged program" {
	local program one=()

	disks 2 20M
	for program in "$SID" "$MDADM"; do
		noise 1
		"$program" -q --create /dev/md0 --run --level=1 -n2 --assume-clean --bitmap=lockless \
			--uuid=01020304:05060708:090a0b0c:0d0e0f10 "${DISKS[@]}" >out 2>&1 || { cat out; return 1; }
		type_is llbitmap
		one+=("$(area "${DISKS[0]}" 8 | md5sum) $(area "${DISKS[1]}" 8 | md5sum) $(<$SYS/llbitmap/bits) $(<$SYS/llbitmap/metadata)")
		stop_arrays
		"$ORACLE" --zero-superblock "${DISKS[@]}"
	done
	[ "${one[0]}" = "${one[1]}" ] || { printf '%s\n' "${one[@]}"; return 1; }
}

@test "what was never written is not synced, and each start finds the bitmap again" {
	local level n was

	disks 4 100M
	noise 19
	while read -r level n; do
		make "$level" "$n"
		wait_idle md0
		type_is llbitmap
		fill 40 0
		wait_idle md0
		[ "$(chunks unwritten)" -gt 0 ]
		was=$(sum)
		"$MDADM" --stop /dev/md0
		"$MDADM" --examine-bitmap "${DISKS[0]}" >told
		grep -x ' *Version : 6' told
		grep -x ' *Chunksize : 64 KB' told
		"$MDADM" --assemble /dev/md0 "${DISKS[@]:0:n}"
		type_is llbitmap
		[ "$(chunks unwritten)" -gt 0 ]
		[ "$(sum)" = "$was" ]
		"$MDADM" --stop /dev/md0
		for disk in "${DISKS[@]:0:n}"; do
			"$MDADM" --incremental "$disk"
		done
		SYS=/sys/block/$(arrays)/md type_is llbitmap
		[ "$(sum "/dev/$(arrays)")" = "$was" ]
		stop_arrays
		"$MDADM" --zero-superblock "${DISKS[@]:0:n}"
	done <<-END
		1 2
		10 4
		5 3
		6 4
	END
}

@test "each program assembles what the other made" {
	disks 2 20M
	make 1 2
	fill 4 0
	"$MDADM" --stop /dev/md0
	"$SID" --assemble /dev/md0 "${DISKS[@]}"
	type_is llbitmap
	"$SID" --stop /dev/md0
	"$MDADM" --zero-superblock "${DISKS[@]}"
	"$SID" -q --create /dev/md0 --run --level=1 -n2 --bitmap=lockless "${DISKS[@]}" 2>err
	fill 4 0
	"$SID" --stop /dev/md0
	"$MDADM" --assemble /dev/md0 "${DISKS[@]}"
	type_is llbitmap
	[ "$(chunks clean)" -gt 0 ]
}

@test "--run starts one that waits" {
	disks 2 20M
	make 1 2
	fill 4 0
	"$MDADM" --stop /dev/md0
	"$MDADM" --incremental "${DISKS[0]}"
	md_is "$(arrays)" array_state inactive
	"$MDADM" --run "/dev/$(arrays)"
	type_is llbitmap
}

@test "as many chunks as are reserved reach behind that: the log of bad blocks is not there" {
	disks 2 8200M
	noise 1
	make 1 2 --size=8380416K --assume-clean
	# 130944 bytes, one for 64 KiB, and 1024 in front of them: 33 pages, and 256 sectors have 32
	[ "$(sed -n 's/^chunks //p' $SYS/llbitmap/metadata)" = 130944 ]
	"$MDADM" --examine "${DISKS[0]}" >told
	grep -x ' *Bad Block Log : 512 entries available at offset 272 sectors' told
	"$MDADM" --examine --json "${DISKS[0]}" | grep -q '"unused_before_bytes"'
	"$MDADM" --stop /dev/md0
	cmp -s <(area "${DISKS[0]}" 264 | head -c $((1024 + 130944)) | tail -c 130944) <(head -c 130944 /dev/zero | tr '\0' '\1')
}

@test "--grow gives one to an array in sync, takes it off and syncs everything" {
	disks 3 20M
	noise 19
	"$MDADM" -q --create /dev/md0 --run --level=5 -n3 --bitmap=none "${DISKS[@]}"
	run -1 "$MDADM" --grow /dev/md0 --bitmap=lockless
	[[ $output == *"is not in sync"* || $output == *"resyncing or reshaping"* ]]
	wait_for 30 complete
	run -0 "$MDADM" --grow /dev/md0 --bitmap=lockless --dry-run
	[[ $output == *bitmap/location* ]]
	md_is md0 bitmap/location none
	"$MDADM" --grow /dev/md0 --bitmap=lockless
	type_is llbitmap
	run -1 "$MDADM" --grow /dev/md0 --bitmap=lockless
	[ "$output" = "mdadm: bitmap already present on /dev/md0" ]
	fill 20 10
	consistent
	# in sync it was as a whole
	"$MDADM" --stop /dev/md0
	"$MDADM" --assemble /dev/md0 "${DISKS[@]}"
	type_is llbitmap
	[ "$(chunks unwritten)" = 0 ]
	run -0 "$MDADM" --grow /dev/md0 --bitmap=none
	[[ $output == *"is synchronised as a whole now"* ]]
	consistent
	"$MDADM" --grow /dev/md0 --bitmap=internal
	type_is bitmap
	"$MDADM" --grow /dev/md0 --bitmap=none
	"$MDADM" --grow /dev/md0 --bitmap=lockless
	"$MDADM" --grow /dev/md0 --bitmap=none
	wait_idle md0
	"$MDADM" --grow /dev/md0 --bitmap=internal
	type_is bitmap
}

@test "--verify says that what was never written need not fit" {
	disks 3 60M
	noise 59
	make 5 3
	wait_idle md0
	[ "$(chunks unwritten)" -gt 0 ]
	run -4 "$MDADM" --verify /dev/md0
	[[ $output == *"Note : with its lockless bitmap what was never written"* ]]
	"$MDADM" --grow /dev/md0 --bitmap=none
	wait_idle md0
	run -0 "$MDADM" --verify /dev/md0
	[[ $output != *"Note :"* ]]
}

@test "without it parity that was never made is made" {
	local how

	disks 3 60M
	for how in grow assemble; do
		noise 59
		make 5 3
		wait_idle md0
		fill 4 0
		wait_idle md0
		if [ $how = grow ]; then
			"$MDADM" --grow /dev/md0 --bitmap=none
		else
			"$MDADM" --stop /dev/md0
			"$MDADM" --assemble /dev/md0 --update=no-bitmap "${DISKS[@]}"
		fi
		[ "$(<$SYS/bitmap_type)" != "none bitmap [llbitmap] " ]
		consistent
		stop_arrays
		"$MDADM" --zero-superblock "${DISKS[@]}"
	done
}

begin() {
	local disk

	for disk in "${DISKS[@]}"; do
		dd if="$disk" bs=1M count=4 iflag=direct status=none | md5sum
	done
}

# Who lets go for one that died works on after that.
nobody_at_work() {
	! grep -qsx mdadm /proc/[0-9]*/comm
}

@test "killed anywhere while it goes, it is there or all is synced" {
	local n gone=0

	disks 3 60M
	noise 59
	for ((n = 1, status = 137; status == 137; n++)); do
		make 5 3
		wait_idle md0
		fill 4 0
		wait_idle md0
		run "$BATS_TEST_DIRNAME/../../build/tools/inject" -n "$n" -k -- "$MDADM" --grow /dev/md0 --bitmap=none
		wait_for 10 nobody_at_work
		if ! type_is llbitmap; then
			((++gone))
			consistent
		fi
		stop_arrays
		"$MDADM" --zero-superblock "${DISKS[@]}"
	done
	[ "$status" = 0 ]
	# before, on the way, and whole
	((n > gone + 2 && gone > 2))
}

@test "--undo brings back what the kernel wrote over, too" {
	local before

	disks 2 300M
	noise 3
	before=$(begin)
	make 1 2 --assume-clean
	[ "$(chunks clean)" -gt 4096 ]
	# nothing has happened since, so the header is as it was made
	"$MDADM" --examine-bitmap "${DISKS[0]}" >told
	grep -x ' *State : first use, clean' told
	grep -x ' *Chunksize : chosen by the kernel' told
	"$MDADM" --examine-bitmap --json "${DISKS[0]}" | grep '"bits": null'
	"$MDADM" --stop /dev/md0
	[ "$(begin)" != "$before" ]
	"$MDADM" --undo "$(compgen -G '/var/lib/mdadm/undo/*.undo' | tail -n 1)"
	[ "$(begin)" = "$before" ]
}

@test "degraded it is not taken off" {
	disks 2 20M
	make 1 2
	"$MDADM" -q /dev/md0 --fail "${DISKS[1]}"
	run -1 "$MDADM" --grow /dev/md0 --bitmap=none
	[[ $output == *"/dev/md0 is degraded"* ]]
	type_is llbitmap
}

# --incremental does not take the second disk; --add rebuilds it.
kept_out() {
	run -2 "$MDADM" --incremental --run "${DISKS[1]}"
	[[ $output == *"it has missed writes, and a lockless bitmap does not tell"* ]]
	md_is md0 degraded 1
	"$MDADM" /dev/md0 --add "${DISKS[1]}"
	wait_for 30 complete
	consistent
}

# The kernel forgets what a member has missed once the array was whole without it, and takes it all the same.
@test "a member that has missed writes does not come back by it" {
	local at

	disks 3 20M
	make 1 2
	fill 40 0
	echo 1 >$SYS/llbitmap/daemon_sleep
	"$MDADM" -q /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	fill 40 20
	"$MDADM" -q /dev/md0 --add "${DISKS[2]}"
	wait_for 30 complete
	"$MDADM" -q /dev/md0 --fail "${DISKS[2]}" --remove "${DISKS[2]}"
	run -1 "$MDADM" /dev/md0 --re-add "${DISKS[1]}"
	[[ $output == *"a lockless bitmap does not tell whether it knows all that it has missed; --add takes it as a new device" ]]
	kept_out
	"$MDADM" --stop /dev/md0
	at=$("$MDADM" --examine "${DISKS[0]}" | sed -n 's/^ *Data Offset : \([0-9]*\) sectors$/\1/p')
	cmp -n $((60 * 65536)) -i $((at * 512)) "${DISKS[0]}" "${DISKS[1]}"
}

@test "nor does one that left before the array had that bitmap" {
	local before

	disks 2 20M
	for before in none internal; do
		"$MDADM" -q --create /dev/md0 --run --level=1 -n2 --bitmap=$before "${DISKS[@]}"
		wait_for 30 complete
		"$MDADM" -q /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
		fill 40 20
		[ $before = none ] || "$MDADM" --grow /dev/md0 --bitmap=none
		"$MDADM" --grow /dev/md0 --bitmap=lockless
		run -1 "$MDADM" /dev/md0 --re-add "${DISKS[1]}"
		kept_out
		stop_arrays
		"$MDADM" --zero-superblock "${DISKS[@]}"
	done
}

@test "nor at a start that one of them is first at, though policy lets former members back" {
	disks 3 20M
	"$MDADM" -q --create /dev/md0 --run --level=5 -n3 --assume-clean --bitmap=internal "${DISKS[@]}"
	"$MDADM" -q /dev/md0 --fail "${DISKS[0]}" --remove "${DISKS[0]}"
	fill 20 20
	"$MDADM" --grow /dev/md0 --bitmap=none
	"$MDADM" --grow /dev/md0 --bitmap=lockless
	"$MDADM" --stop /dev/md0
	echo "POLICY action=re-add" >conf
	"$MDADM" --incremental --config=conf "${DISKS[0]}"
	"$MDADM" --incremental --config=conf "${DISKS[1]}"
	"$MDADM" --incremental --run --config=conf "${DISKS[2]}"
	SYS=/sys/block/$(arrays)/md
	type_is llbitmap
	md_is "$(arrays)" degraded 1
	[ ! -e "$SYS/rd0" ]
}

@test "a new member has the bitmap, and the array starts from it alone" {
	local was

	disks 3 20M
	make 1 2
	fill 40 0
	was=$(sum)
	"$MDADM" -q /dev/md0 --fail "${DISKS[0]}" --remove "${DISKS[0]}" --add "${DISKS[2]}"
	wait_for 30 complete
	"$MDADM" --stop /dev/md0
	"$MDADM" --assemble --run /dev/md0 "${DISKS[2]}"
	type_is llbitmap
	[ "$(sum)" = "$was" ]
}

@test "what cannot have one is refused before anything is written" {
	local words before

	disks 2 20M
	noise 1
	before=$(cat "${DISKS[@]}" | md5sum)
	while read -r words; do
		# shellcheck disable=SC2086 # words
		run -1 "$MDADM" --create /dev/md0 --run --bitmap=lockless $words "${DISKS[@]}"
		echo "$words: $output"
		[ "$(cat "${DISKS[@]}" | md5sum)" = "$before" ]
		[ -z "$(arrays)" ]
	done <<-END
		--level=1 -n2 --metadata=1.0
		--level=1 -n2 --metadata=1.1
		--level=1 -n2 --metadata=0.90
		--level=0 -n2
		--level=1 -n2 --bitmap-chunk=4M
		--level=1 -n2 --data-offset=128K
		--level=1 -n2 --compat=6.12
	END
}
