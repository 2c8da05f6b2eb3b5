#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --manage: members are added, come back, fail, leave and are replaced; what is refused; what each call says
# that it costs; --swap. tests/truth compares every cell with the reference program.

# shellcheck disable=SC2030,SC2031 # each test is a process

load lib
load proof

bats_require_minimum_version 1.5.0

SYS=/sys/block/md0/md

teardown() {
	no_mappers
	room_close
	modprobe -r scsi_debug
}

# make LEVEL N OPTION...: md0 of the first N disks.
make() {
	"$MDADM" --create /dev/md0 --quiet --run -e 1.2 --assume-clean -l "$1" -n "$2" "${@:3}" "${DISKS[@]:0:$2}"
}

# manage WORD...: of md0.
manage() {
	run "$MDADM" --manage /dev/md0 "$@" </dev/null
	echo "$output"
}

said() {
	[ "$status" = "$1" ]
	[ "$output" = "$2" ]
}

kname() {
	echo "${1#/dev/}"
}

state_of() {
	cat "$SYS/dev-$(kname "$1")/state"
}

slot_of() {
	cat "$SYS/dev-$(kname "$1")/slot"
}

idle() {
	[ "$(<$SYS/sync_action)" = idle ]
}

whole() {
	idle && [ "$(<$SYS/degraded)" = 0 ]
}

@test "a spare is added, takes the place of one that failed, which leaves" {
	disks 3 5M
	make 1 2
	manage --add "${DISKS[2]}"
	said 0 "mdadm: added ${DISKS[2]}"
	[ "$(slot_of "${DISKS[2]}")" = none ]
	manage --fail "${DISKS[0]}"
	said 0 "mdadm: failing ${DISKS[0]}: full rebuild of 4.0 MiB on a spare, no redundancy meanwhile; while ${DISKS[0]} still reads, --replace keeps redundancy
mdadm: set ${DISKS[0]} faulty in /dev/md0"
	wait_for 20 whole
	[ "$(slot_of "${DISKS[2]}")" = 0 ]
	manage --remove "${DISKS[0]}"
	said 0 "mdadm: hot removed ${DISKS[0]} from /dev/md0"
	[ ! -e "$SYS/dev-$(kname "${DISKS[0]}")" ]
}

@test "several actions in one call, short and long" {
	disks 3 5M
	make 5 3
	manage -q -f "${DISKS[0]}" -r "${DISKS[0]}" -a "${DISKS[0]}"
	said 0 ""
	wait_for 20 whole
	[ "$(slot_of "${DISKS[0]}")" = 0 ]
}

@test "the superblock of an added member is that of the reference program" {
	disks 3 5M
	local version bitmap tool tells

	for version in 0.90 1.0 1.1 1.2; do
		for bitmap in none internal; do
			tells=theirs
			for tool in "$ORACLE" "$MDADM"; do
				dd if=/dev/zero of="${DISKS[2]}" bs=1M count=5 status=none
				"$ORACLE" --create /dev/md0 -q -R -e $version -b $bitmap -l1 -n2 --assume-clean --homehost=h \
					-u 11111111:22222222:33333333:44444444 "${DISKS[@]:0:2}" 2>/dev/null
				"$tool" /dev/md0 -q --add "${DISKS[2]}"
				"$MDADM" --stop -q /dev/md0
				# but for what is made of the clock and of chance
				"$ORACLE" --examine "${DISKS[2]}" | sed '/Time/d;/Device UUID/d;/Checksum/d' \
					>"$BATS_TEST_TMPDIR/$tells"
				tells=ours
			done
			diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
		done
	done
}

@test "the last copy is kept, at every level; --force gives it up where the kernel does" {
	disks 4 5M
	local level n

	for level in 1 4 5 6 10; do
		n=$((level == 1 ? 2 : level < 6 ? 3 : 4))
		make $level $n
		manage -q --fail "${DISKS[0]}"
		[ "$status" = 0 ]
		[ $level != 6 ] || manage -q --fail "${DISKS[1]}"
		manage --fail "${DISKS[n - 1]}"
		if [ $level = 10 ]; then
			[ "$status" = 0 ] # the other pair has two
			manage --fail "${DISKS[1]}"
			[ "$status" = 2 ]
		else
			said 2 "mdadm: Cannot remove ${DISKS[n - 1]} from /dev/md0, array will be failed.
       its data is on no other member in sync; --force fails it all the same"
			[ "$(state_of "${DISKS[n - 1]}")" = in_sync ]
		fi
		"$MDADM" --stop -q /dev/md0
		"$MDADM" --zero-superblock "${DISKS[@]}"
	done
	make 5 3
	manage -q --fail "${DISKS[0]}"
	manage --force --fail "${DISKS[1]}"
	[ "$status" = 0 ]
	[[ $output == *"set ${DISKS[1]} faulty in /dev/md0"*"/dev/md0 has failed: it lacks members" ]]
	[ "$(state_of "${DISKS[1]}")" = faulty ]
}

@test "the kernel keeps the last mirror; it is not asked, for it would take no writes then" {
	disks 2 5M
	make 1 2
	manage -q --fail "${DISKS[0]}"
	manage --force --fail "${DISKS[1]}"
	[ "$status" = 2 ]
	[[ $output == *"the kernel keeps the last copy of /dev/md0; stop the array instead" ]]
	dd if=/dev/zero of=/dev/md0 bs=4k count=1 oflag=direct status=none
}

@test "while parity is not in sync nothing is failed without --force" {
	disks 3 5M
	echo 1 >/proc/sys/dev/raid/speed_limit_max
	"$MDADM" --create /dev/md0 -q --run -l5 -n3 --force "${DISKS[@]}"
	wait_for 10 grep -q resync "$SYS/sync_action"
	manage --fail "${DISKS[0]}"
	echo 200000 >/proc/sys/dev/raid/speed_limit_max
	said 2 "mdadm: Cannot remove ${DISKS[0]} from /dev/md0, array will be failed.
       its redundancy is not in sync yet: wait for that (mdadm --wait), or --force"
}

# fill DISK-OR-ARRAY WORD
fill() {
	yes "$2" | tr -d '\n' | head -c 65536 | dd of="$1" bs=64k conv=fsync oflag=direct iflag=fullblock status=none
}

# The same bytes on both members of a mirror.
same_copies() {
	"$MDADM" --stop -q /dev/md0
	cmp <(dd if="${DISKS[0]}" bs=1M skip=1 status=none) <(dd if="${DISKS[1]}" bs=1M skip=1 status=none)
}

@test "a member that failed in a mirror without a bitmap is not taken back as it is" {
	disks 2 5M
	make 1 2 -b none
	fill /dev/md0 old
	manage -q --fail "${DISKS[1]}"
	fill /dev/md0 new
	manage -q --re-add failed
	[ "$status" = 1 ]
	[ "$(state_of "${DISKS[1]}")" = faulty ]
	manage -q --remove "${DISKS[1]}" --add "${DISKS[1]}"
	[ "$status" = 0 ]
	wait_for 20 whole
	same_copies
}

@test "a member that was used apart from the array is copied anew" {
	disks 2 5M
	local bitmap n

	for bitmap in none internal; do
		make 1 2 -b $bitmap
		fill /dev/md0 both
		"$MDADM" --stop -q /dev/md0
		for n in 1 2 3; do
			"$MDADM" --assemble -q --run /dev/md0 "${DISKS[1]}"
			fill /dev/md0 "apart$n"
			"$MDADM" --stop -q /dev/md0
		done
		"$MDADM" --assemble -q --run /dev/md0 "${DISKS[0]}"
		manage --re-add "${DISKS[1]}"
		[ "$status" = 1 ]
		[[ $output == *"written to apart from the array"* ]]
		manage -q --add "${DISKS[1]}"
		[ "$status" = 0 ]
		wait_for 20 whole
		same_copies
		"$MDADM" --zero-superblock "${DISKS[@]}"
	done
}

@test "of two that fail the last two copies at once one is refused" {
	disks 2 5M
	local first second

	for _ in 1 2 3 4 5 6 7 8; do
		make 5 2
		"$MDADM" --manage /dev/md0 -q --fail "${DISKS[0]}" 2>/dev/null &
		first=$!
		second=0
		"$MDADM" --manage /dev/md0 -q --fail "${DISKS[1]}" 2>/dev/null || second=$?
		wait $first && first=0 || first=$?
		echo "$first $second: $(<$SYS/degraded)"
		[ $((first + second)) = 2 ]
		[ "$(<$SYS/degraded)" = 1 ]
		"$MDADM" --stop -q /dev/md0
		"$MDADM" --zero-superblock "${DISKS[@]}"
	done
}

@test "with a bitmap a member comes back; without it is not taken for what it was" {
	disks 2 5M
	make 1 2 -b internal
	manage -q --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	manage --re-add "${DISKS[1]}"
	said 0 "mdadm: re-adding ${DISKS[1]}: the bitmap covers the gap, 4.0 MiB to copy at most
mdadm: re-added ${DISKS[1]}"
	wait_for 20 whole
	manage -q --fail "${DISKS[1]}"
	manage -q --re-add "${DISKS[1]}"
	[ "$status" = 0 ]
	wait_for 20 whole
	manage -q --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	printf 'DEVICE %s\n' "${DISKS[*]}" >/etc/mdadm/mdadm.conf
	manage -q --re-add missing
	[ "$status" = 0 ]
	wait_for 20 whole
	"$MDADM" --stop -q /dev/md0
	"$MDADM" --zero-superblock "${DISKS[@]}"
	make 1 2
	manage -q --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	manage --re-add "${DISKS[1]}"
	said 1 "mdadm: --re-add for ${DISKS[1]} to /dev/md0 is not possible
       without a bitmap what it has missed is not known; --add takes it as a new device"
	manage --add "${DISKS[1]}"
	[ "$status" = 0 ]
	wait_for 20 whole
}

@test "what cannot be a member is refused, and nothing is written to it" {
	disks 2 5M
	make 1 2
	disks 2 2M
	local small=${DISKS[2]} before

	before=$(sha256sum <"$small")
	manage --add "$small"
	said 1 "mdadm: $small not large enough to join array
       it lacks 3.0 MiB: 2048 sectors for data, and 8192 are needed"
	[ "$(sha256sum <"$small")" = "$before" ]
	manage --add /dev/absent
	said 1 "mdadm: stat failed for /dev/absent: No such file or directory"
	manage --add /dev/null
	said 1 "mdadm: /dev/null is not a block device."
	manage --add "${DISKS[0]}"
	[ "$status" = 1 ]
	[[ $output == "mdadm: Cannot open ${DISKS[0]}: Device or resource busy: "* ]]
	manage --add /dev/md0
	said 1 "mdadm: /dev/md0 lies on /dev/md0 and cannot be a member of it"
	manage --re-add "$small"
	[ "$status" = 1 ]
	manage --readonly
	disks 1 5M
	before=$(sha256sum <"${DISKS[4]}")
	manage --add "${DISKS[4]}"
	[ "$status" = 1 ]
	[[ $output == *"add new device failed for ${DISKS[4]} as 2: Read-only file system"* ]]
	[ "$(sha256sum <"${DISKS[4]}")" = "$before" ]
}

@test "long sectors in an array of short ones need --force" {
	disks 2 5M
	make 1 2
	truncate -s 5M "$BATS_TEST_TMPDIR/long"
	local long

	long=$(losetup --show -f -b 4096 "$BATS_TEST_TMPDIR/long")
	manage --add "$long"
	said 1 "mdadm: $long has sectors of 4096 bytes, and /dev/md0 is used with sectors of 512
       what lies on the array may not work any more; --force adds it all the same"
	manage -q --force --add "$long"
	[ "$status" = 0 ]
	"$MDADM" --stop -q /dev/md0
	losetup -d "$long"
}

@test "what lies on a device that is added is named, and an undo file keeps it" {
	disks 3 5M
	make 1 2
	"$MDADM" --create /dev/md1 -q --run --force -l1 -n1 "${DISKS[2]}"
	"$MDADM" --stop -q /dev/md1
	manage --add "${DISKS[2]}"
	[ "$status" = 0 ]
	[[ $output == "mdadm: ${DISKS[2]} was a member of another array, "*": that is lost"* ]]
	[[ $output == *"--undo "* ]]
}

@test "kernel names, numbers, words; a node that is gone" {
	disks 4 5M
	make 6 4
	manage -q --fail "$(kname "${DISKS[3]}")"
	[ "$(state_of "${DISKS[3]}")" = faulty ]
	manage -q --remove failed
	[ "$status" = 0 ]
	[ ! -e "$SYS/dev-$(kname "${DISKS[3]}")" ]
	manage --remove failed
	said 0 ""
	manage --remove detached
	said 0 ""
	manage --test --remove detached
	said 2 ""
	manage --fail nosuch
	said 1 "mdadm: nosuch does not appear to be a component of /dev/md0"
	manage --fail failed
	said 1 "mdadm: 'failed' only meaningful with --remove or --re-add"
	manage --add missing
	said 1 "mdadm: 'missing' only meaningful with --re-add"
	manage -q --fail "$(($(stat -c 0x%t "${DISKS[2]}"))):$(($(stat -c 0x%T "${DISKS[2]}")))"
	[ "$(state_of "${DISKS[2]}")" = faulty ]
}

# scsi_disks N: /dev/sd... that can be pulled out, in the array SD, without /dev/.
scsi_disks() {
	local host

	modprobe sd_mod
	modprobe scsi_debug dev_size_mb=8 "add_host=$1" per_host_store=1
	SD=()
	for host in /sys/bus/pseudo/devices/adapter*/host*; do
		wait_for 10 compgen -G "$host/target*/*/block/sd*/dev"
		SD+=("$(basename "$host"/target*/*/block/sd*)")
	done
	wait_for 10 test -b "/dev/${SD[-1]}"
	DISKS=()
	((${#SD[@]} == $1))
}

pull_out() {
	echo 1 >"/sys/block/$1/device/delete"
}

plug_in() {
	local host

	for host in /sys/class/scsi_host/host*; do
		echo "- - -" >"$host/scan"
	done
	for host in "${SD[@]}"; do
		wait_for 10 test -e "/sys/block/$host/dev"
	done
}

# made LEVEL N: md0 of the first N of SD, in sync, and nothing is left for the driver to write on them.
made() {
	"$MDADM" --create /dev/md0 -q --run --assume-clean -l "$1" -n "$2" -b none "${SD[@]:0:$2}"
	"$MDADM" --readonly /dev/md0
	"$MDADM" --readwrite /dev/md0
	wait_for 10 md_is md0 array_state clean
}

# It has failed, and that is written on the others.
known() {
	md_is md0 "dev-$1/state" faulty && md_is md0 array_state clean
}

kept="array will be failed.
       its device has gone, and what no other member has comes back with it: connect it, then stop and assemble the array; --force fails it all the same"

@test "of what was pulled out the last copy is kept, at every level; it comes back with it" {
	local level n last word number

	scsi_disks 4
	cd /dev || return
	while read -r level n last; do
		made "$level" "$n"
		pull_out "${SD[0]}"
		manage -q --fail detached
		said 0 ""
		wait_for 10 known "${SD[0]}"
		# once is enough
		manage --test --fail detached
		said 2 ""
		number=$(<"/sys/block/${SD[last]}/dev")
		pull_out "${SD[last]}"
		if [ "$level" = 6 ]; then
			manage -q --fail detached
			wait_for 10 known "${SD[last]}"
			number=$(<"/sys/block/${SD[++last]}/dev")
			pull_out "${SD[last]}"
		fi
		for word in detached "${SD[last]}" "$number"; do
			manage --fail "$word"
			[ "$status" = 2 ]
			[[ $output == "mdadm: Cannot remove "*" from /dev/md0, $kept" ]]
			[ "$(state_of "${SD[last]}")" = in_sync ]
		done
		manage --remove "${SD[last]}"
		[ "$status" = 1 ]
		[[ $output == *"it is in use in slot $last: fail it first"* ]]
		"$MDADM" --stop -q /dev/md0
		plug_in
		# without --force
		"$MDADM" --assemble -q --run /dev/md0 "${SD[@]:0:n}"
		[[ $(state_of "${SD[last]}") == *in_sync* ]]
		"$MDADM" --stop -q /dev/md0
		"$MDADM" -q --zero-superblock "${SD[@]:0:n}"
	done <<-EOF
		1 2 1
		4 3 1
		5 3 1
		6 4 1
		10 4 1
	EOF
}

@test "what was pulled out is no copy for another; with --force it fails" {
	scsi_disks 3
	cd /dev || return
	made 1 3
	pull_out "${SD[0]}"
	pull_out "${SD[1]}"
	manage --fail "${SD[2]}"
	[ "$status" = 2 ]
	[ "$(state_of "${SD[2]}")" = in_sync ]
	# the one that is left has all
	manage -q --fail detached
	said 0 ""
	[ "$(<$SYS/degraded)" = 2 ]
	manage -q --remove detached
	said 0 ""
	[ "$(compgen -G "$SYS/dev-*")" = "$SYS/dev-${SD[2]}" ]
	"$MDADM" --stop -q /dev/md0
	plug_in
	"$MDADM" -q --zero-superblock "${SD[@]}"
	made 5 3
	pull_out "${SD[0]}"
	pull_out "${SD[1]}"
	manage --fail detached
	[ "$status" = 2 ]
	[[ $output == "mdadm: Cannot remove "*", $kept" ]]
	[ "$(<$SYS/degraded)" = 0 ]
	manage --force --fail detached
	[ "$status" = 0 ]
	[[ $output == *"/dev/md0 has failed: it lacks members"* ]]
	[ "$(<$SYS/degraded)" = 2 ]
}

@test "an active member is not removed, and the line says what to do" {
	disks 2 5M
	make 1 2
	manage --remove "${DISKS[0]}"
	said 1 "mdadm: hot remove failed for ${DISKS[0]}: Device or resource busy
       it is in use in slot 0: fail it first (mdadm /dev/md0 --fail ${DISKS[0]})"
}

@test "a failed array is not given an empty member" {
	disks 4 5M
	make 5 3
	manage -q --force --fail "${DISKS[0]}" "${DISKS[1]}"
	manage --add "${DISKS[3]}"
	[ "$status" = 1 ]
	[[ $output == *"/dev/md0 has failed so using --add cannot work and might destroy"* ]]
}

@test "replace, by any spare and by one that is named" {
	disks 5 5M
	make 5 3
	manage -q --add-spare "${DISKS[3]}" "${DISKS[4]}"
	manage --replace "${DISKS[0]}" --with "${DISKS[4]}"
	said 0 "mdadm: replacing ${DISKS[0]}: 3.0 MiB are copied, its redundancy stays meanwhile
mdadm: Marked ${DISKS[0]} (device 0 in /dev/md0) for replacement
mdadm: Marked ${DISKS[4]} in /dev/md0 as replacement for device 0"
	copied() { idle && [ "$(state_of "${DISKS[0]}")" = faulty ]; }
	wait_for 20 copied
	[ "$(slot_of "${DISKS[4]}")" = 0 ]
	manage --replace "${DISKS[3]}"
	said 1 "mdadm: ${DISKS[3]} is not active and so cannot be replaced."
	manage --with "${DISKS[3]}"
	said 2 "mdadm: --with must follow --replace"
}

@test "with --test a refusal is 1, and 2 means that nothing was to be done" {
	disks 2 5M
	make 1 2
	manage -q --fail "${DISKS[0]}"
	manage -q --test --fail "${DISKS[1]}"
	[ "$status" = 1 ]
	manage -q --test --force --fail "${DISKS[1]}"
	[ "$status" = 1 ]
	manage -q --test --remove detached
	[ "$status" = 2 ]
}

@test "--readwrite of an array that is writable is done already" {
	disks 2 5M
	make 1 2
	manage --readwrite
	said 0 ""
	manage --readonly
	manage --readwrite
	said 0 ""
	[ "$(<$SYS/array_state)" != readonly ]
}

@test "a second device that is added while the first is rebuilt is a spare" {
	disks 4 5M
	make 1 2
	manage -q --fail "${DISKS[0]}"
	echo 0 >$SYS/sync_max
	manage --add "${DISKS[2]}" "${DISKS[3]}"
	echo max >$SYS/sync_max
	said 0 "mdadm: adding ${DISKS[2]}: full rebuild of 4.0 MiB, no redundancy meanwhile
mdadm: added ${DISKS[2]}
mdadm: added ${DISKS[3]}"
	wait_for 20 whole
}

@test "two that come in one call are copied to at once" {
	disks 4 5M
	make 6 4
	manage -q --fail "${DISKS[0]}" "${DISKS[1]}" --remove "${DISKS[0]}" "${DISKS[1]}"
	echo 0 >$SYS/sync_max
	manage --add-spare "${DISKS[0]}" "${DISKS[1]}"
	[ "$status" = 0 ]
	[[ $output != *frozen* ]]
	[ "$(grep -c "full rebuild" <<<"$output")" = 2 ]
	in_slots() { [ "$(cat $SYS/dev-*/slot | sort | tr -d '\n')" = 0123 ]; }
	wait_for 10 in_slots
	[ "$(<$SYS/sync_action)" = recover ]
	echo max >$SYS/sync_max
	wait_for 20 whole
	manage --dry-run --add "${DISKS[0]}" "${DISKS[1]}"
	[ "$status" = 1 ]
	idle
}

@test "--update of a member that comes back" {
	disks 2 5M
	make 1 2 -b internal
	manage -q --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	manage -q --re-add "${DISKS[1]}" --update=no-bbl
	[ "$status" = 0 ]
	wait_for 20 whole
	run ! grep "Bad Block Log" <("$ORACLE" --examine "${DISKS[1]}")
	manage -q --fail "${DISKS[1]}"
	manage --re-add failed --update=bbl
	[ "$status" = 1 ]
	[[ $output == *"superblock cannot be changed"* ]]
	manage -q --remove failed
	manage -q --re-add "${DISKS[1]}" --update=bbl
	[ "$status" = 0 ]
	wait_for 20 whole
	grep "Bad Block Log" <("$ORACLE" --examine "${DISKS[1]}")
	manage -q --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	truncate -s 9M "$(losetup -n -O BACK-FILE "${DISKS[1]}")"
	losetup -c "${DISKS[1]}"
	manage -q --re-add "${DISKS[1]}" --update=devicesize
	[ "$status" = 0 ]
	wait_for 20 whole
	grep "Avail Dev Size : 16384" <("$ORACLE" --examine "${DISKS[1]}")
	manage --add "${DISKS[1]}" --update=bbl
	said 1 "mdadm: --update in Manage mode only allowed with --re-add."
	manage --re-add "${DISKS[1]}" --update=name
	said 2 "mdadm: only 'devicesize', 'bbl', 'no-bbl', and 'force-no-bbl' can be updated with --re-add"
}

# A RAID1 that was stopped with a replacement of such a member would not start again.
@test "what is not in sync itself is not replaced" {
	disks 4 5M
	make 1 2
	echo 2048 >$SYS/sync_max
	manage -q --fail "${DISKS[0]}" --add "${DISKS[2]}"
	wait_for 10 md_is md0 sync_action recover
	manage --replace "${DISKS[2]}"
	said 1 "mdadm: ${DISKS[2]} is being rebuilt in /dev/md0 and so cannot be replaced.
       wait until that is done (mdadm --wait /dev/md0)"
	[[ $(state_of "${DISKS[2]}") != *want_replacement* ]]
	echo max >$SYS/sync_max
	wait_for 20 whole
	echo 2048 >$SYS/sync_max
	manage -q --replace "${DISKS[1]}" --add "${DISKS[3]}"
	wait_for 10 md_is md0 sync_action recover
	manage --replace "${DISKS[3]}"
	[ "$status" = 1 ]
	[[ $output == "mdadm: ${DISKS[3]} is being filled as a replacement in /dev/md0 and so cannot be replaced."* ]]
	echo max >$SYS/sync_max
	wait_for 20 whole
}

@test "an array without a journal gets one, where it can have one" {
	disks 4 8M
	make 5 3 -b none
	manage --add-journal "${DISKS[3]}"
	said 1 "mdadm: /dev/md0 is not readonly, cannot add journal.
       make it so: mdadm --readonly /dev/md0"
	manage --readonly
	manage -q --add-journal "${DISKS[3]}"
	[ "$status" = 0 ]
	[ "$(state_of "${DISKS[3]}")" = journal ]
	fill /dev/md0 logged
	"$MDADM" --stop -q /dev/md0
	"$ORACLE" --assemble /dev/md0 "${DISKS[@]}"
	[ "$(<$SYS/consistency_policy)" = journal ]
	[ "$(head -c 6 /dev/md0)" = logged ]
	"$MDADM" --stop -q /dev/md0
	"$MDADM" --zero-superblock "${DISKS[@]}"
	make 5 3 -b internal
	manage --readonly
	manage --add-journal "${DISKS[3]}"
	said 1 "mdadm: /dev/md0 does not support journal device."
}

@test "the journal is in, and the array cannot be made writable again" {
	disks 4 8M
	make 5 3 -b none
	manage --readonly
	# the kernel lets no array be written to whose member cannot be
	blockdev --setro "${DISKS[0]}"
	manage --add-journal "${DISKS[3]}"
	said 1 "mdadm: failed to make /dev/md0 writable again: Read-only file system
       ${DISKS[3]} is its journal now, but it is still read-only; once the cause is gone: mdadm --readwrite /dev/md0"
	[ "$(state_of "${DISKS[3]}")" = journal ]
	[ "$(<$SYS/array_state)" = readonly ]
	blockdev --setrw "${DISKS[0]}"
	manage --readwrite
	said 0 ""
	fill /dev/md0 logged
	"$MDADM" --stop -q /dev/md0
	"$MDADM" --assemble -q /dev/md0 "${DISKS[@]}"
	[ "$(<$SYS/consistency_policy)" = journal ]
	[ "$(head -c 6 /dev/md0)" = logged ]
}

@test "flags of members: write-mostly and failfast are set and cleared" {
	disks 3 5M
	make 1 2 -b internal
	manage -q --add --write-mostly --failfast "${DISKS[2]}"
	[[ $(state_of "${DISKS[2]}") == *write_mostly*failfast* ]]
	manage -q --fail "${DISKS[1]}"
	wait_for 20 whole
	manage -q --fail "${DISKS[2]}" --remove "${DISKS[2]}"
	manage -q --re-add --readwrite --nofailfast "${DISKS[2]}"
	wait_for 20 whole
	[ "$(state_of "${DISKS[2]}")" = in_sync ]
}

@test "dry runs tell each step and change nothing" {
	disks 3 5M
	make 1 2
	local before

	before=$(sha256sum <"${DISKS[2]}")
	manage --dry-run --add "${DISKS[2]}"
	[ "$status" = 0 ]
	[[ $output == *"add-disk ioctl=ADD_NEW_DISK device=${DISKS[2]}"* ]]
	manage --dry-run --fail "${DISKS[0]}" --remove "${DISKS[0]}"
	[ "$status" = 0 ]
	[[ $output == *"/state value=faulty"*"/state value=remove"* ]]
	manage --dry-run --fail "${DISKS[0]}" --remove "${DISKS[0]}" --add "${DISKS[0]}"
	[ "$status" = 0 ]
	manage --dry-run --add-spare "${DISKS[2]}" --replace "${DISKS[0]}" --with "${DISKS[2]}"
	[ "$status" = 0 ]
	run "$MDADM" --swap --dry-run /dev/md0 "${DISKS[0]}" "${DISKS[2]}"
	[[ $output == *"add-disk"*"want_replacement"* ]]
	manage --dry-run --fail "${DISKS[0]}" "${DISKS[1]}"
	[ "$status" = 2 ]
	[ "$(sha256sum <"${DISKS[2]}")" = "$before" ]
	[ "$(state_of "${DISKS[0]}")" = in_sync ]
}

@test "swap: in one call that waits, and in several" {
	disks 5 5M
	make 5 3
	run "$MDADM" --swap --wait /dev/md0 "${DISKS[0]}" "${DISKS[3]}"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(slot_of "${DISKS[3]}")" = 0 ]
	[ ! -e "$SYS/dev-$(kname "${DISKS[0]}")" ]
	run "$MDADM" --swap /dev/md0 "${DISKS[1]}" "${DISKS[4]}"
	[ "$status" = 0 ]
	"$MDADM" --wait /dev/md0 || true
	run "$MDADM" --swap /dev/md0 "${DISKS[1]}" "${DISKS[4]}"
	echo "$output"
	[ "$status" = 0 ]
	[ ! -e "$SYS/dev-$(kname "${DISKS[1]}")" ]
	run "$MDADM" --swap /dev/md0 "${DISKS[1]}" "${DISKS[4]}"
	[ "$output" = "mdadm: ${DISKS[4]} is in /dev/md0, and ${DISKS[1]} is not" ]
	run "$MDADM" --swap /dev/md0 "${DISKS[2]}" "${DISKS[2]}"
	[ "$status" = 2 ]
	[ "$output" = "mdadm: ${DISKS[2]} and ${DISKS[2]} are one device" ]
	run "$MDADM" --swap /dev/md0 "${DISKS[2]}" "${DISKS[4]}"
	[ "$status" = 1 ]
	[ "$output" = "mdadm: ${DISKS[4]} has a slot of its own in /dev/md0: it cannot replace ${DISKS[2]}" ]
	# the new one would be another's
	manage -q --replace "${DISKS[3]}"
	run "$MDADM" --swap /dev/md0 "${DISKS[2]}" "${DISKS[0]}"
	[ "$status" = 1 ]
	[ "$output" = "mdadm: ${DISKS[3]} in /dev/md0 waits to be replaced, and would take ${DISKS[0]} for that
       add it: mdadm /dev/md0 --add-spare ${DISKS[0]}" ]
	[ ! -e "$SYS/dev-$(kname "${DISKS[0]}")" ]
	echo -want_replacement >"$SYS/dev-$(kname "${DISKS[3]}")/state"
	run "$MDADM" --swap --wait /dev/md0 "$(kname "${DISKS[2]}")" "${DISKS[0]}"
	echo "$output"
	[ "$status" = 0 ]
	[ ! -e "$SYS/dev-$(kname "${DISKS[2]}")" ]
	run "$MDADM" --swap /dev/md0 "${DISKS[1]}"
	[ "$status" = 2 ]
}

@test "-r without a mode of its own takes no argument" {
	disks 2 5M
	make 1 2
	run "$MDADM" /dev/md0 -f "${DISKS[1]}" -r "${DISKS[1]}"
	[ "$status" = 0 ]
	[ ! -e "$SYS/dev-$(kname "${DISKS[1]}")" ]
}

@test "what left before the array had another size is told from another array's" {
	disks 2 8M
	make 1 2 --size=4M
	"$MDADM" -q /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	"$ORACLE" --grow /dev/md0 --size=6M
	wait_for 10 idle
	manage --re-add "${DISKS[1]}"
	said 1 "mdadm: --re-add for ${DISKS[1]} to /dev/md0 is not possible
       the array has another size or shape than when it left; --add takes it as a new device"
	manage --add "${DISKS[1]}"
	[ "$status" = 0 ]
	[[ $output == *"${DISKS[1]} was a member of this array, "*", when that had another size or shape: that is lost"* ]]
	wait_for 20 whole
}

@test "--re-add missing: of a disk and its last partition the partition" {
	local meta d

	disks 2 5M
	for meta in 0.90 1.0; do
		for d in "${DISKS[@]}"; do addpart "$d" 1 128 $((5 * 2048 - 128)); done
		"$MDADM" --create /dev/md0 --quiet --run -e $meta --assume-clean -b internal -l1 -n2 \
			"${DISKS[0]}p1" "${DISKS[1]}p1"
		printf 'DEVICE %s %s\n' "${DISKS[*]}" "${DISKS[*]/%/p1}" >/etc/mdadm/mdadm.conf
		manage -q --fail "${DISKS[1]}p1" --remove "${DISKS[1]}p1"
		manage --re-add missing
		[ "$status" = 0 ]
		[[ $output == *"mdadm: re-added ${DISKS[1]}p1" ]]
		[[ $output != *"${DISKS[0]}"* && $output != *"${DISKS[1]}:"* ]]
		wait_for 20 whole
		manage -q --re-add missing
		said 0 ""
		"$MDADM" --stop -q /dev/md0
		"$MDADM" --zero-superblock "${DISKS[@]/%/p1}"
		for d in "${DISKS[@]}"; do delpart "$d" 1; done
	done
}

@test "a set of a RAID10 fails and leaves" {
	local meta

	disks 4 5M
	for meta in 1.2 0.90; do
		"$MDADM" --create /dev/md0 --quiet --run -e $meta --assume-clean -b internal -l10 -n4 "${DISKS[@]}"
		manage --remove set-A
		said 1 "mdadm: no member of set A of /dev/md0 has failed: --fail it first"
		manage -q --fail set-B
		wait_for 10 degraded 2
		manage -q --fail set-B
		said 1 "mdadm: no member of set B of /dev/md0 works"
		manage --remove set-B
		[ "$status" = 0 ]
		[ ! -e "$SYS/dev-$(kname "${DISKS[1]}")" ]
		[ ! -e "$SYS/dev-$(kname "${DISKS[3]}")" ]
		[ "$(slot_of "${DISKS[0]}")$(slot_of "${DISKS[2]}")" = 02 ]
		"$MDADM" --stop -q /dev/md0
		"$MDADM" --zero-superblock "${DISKS[@]}"
	done
}

degraded() {
	[ "$(<$SYS/degraded)" = "$1" ] && [ "$(slot_of "${DISKS[1]}")$(slot_of "${DISKS[3]}")" = nonenone ]
}

# put_magic DISK BYTE TEXT: printf escapes count.
put_magic() {
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
	blockdev --flushbufs "$1"
}

# told_and_kept WORDS: --add names what the spare carries, and keeps it.
told_and_kept() {
	local file

	manage --add "${DISKS[2]}"
	[ "$status" = 0 ]
	[[ $output == *"mdadm: ${DISKS[2]} $1: that is lost"* ]]
	file=$(grep -o '/var/lib/mdadm/undo/[^ ]*' <<<"$output")
	[ -s "$file" ]
	manage -q --remove "${DISKS[2]}"
	dd if=/dev/zero of="${DISKS[2]}" bs=1M count=5 status=none
}

@test "what an added device carries is named" {
	disks 3 5M
	make 1 2
	put_magic "${DISKS[2]}" 0 XFSB
	told_and_kept "appears to contain an XFS file system"
	put_magic "${DISKS[2]}" 0 'LUKS\xba\xbe\0\2'
	told_and_kept "appears to contain a LUKS encrypted volume"
	put_magic "${DISKS[2]}" 512 'LABELONE\1\0\0\0\0\0\0\0\0\0\0\0 \0\0\0LVM2 001'
	told_and_kept "appears to contain an LVM physical volume"
	put_magic "${DISKS[2]}" 4086 SWAPSPACE2
	told_and_kept "appears to contain a swap area"
	put_magic "${DISKS[2]}" 65600 _BHRfS_M
	told_and_kept "appears to contain a btrfs file system"
	put_magic "${DISKS[2]}" 512 'EFI PART'
	told_and_kept "has a partition table"
}
