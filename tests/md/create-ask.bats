#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What --create reports of the members before it writes, the question, and every way to
# answer it. No is no: not one byte is changed then.

bats_require_minimum_version 1.5.0

load lib
load proof

# An ended array over the first two disks.
make_old() {
	"$MDADM" --create --quiet /dev/md9 --run -l1 -n2 --assume-clean -e 1.2 "${DISKS[@]:0:2}"
	"$MDADM" --quiet --stop /dev/md9
	rm -f /run/mdadm/map
}

old_report() {
	local ctime='[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} [0-9]{4}'

	[[ $output =~ mdadm:\ $1\ appears\ to\ be\ part\ of\ a\ raid\ array:.[[:space:]]+level=raid1\ devices=2\ ctime=$ctime ]]
}

# asked ARGS...: creates /dev/md0 as raid1 with what comes on stdin.
asked() {
	run "$MDADM" --create /dev/md0 --level=1 --raid-devices=2 "$@"
	echo "$output"
}

was_made() {
	[ "$status" = 0 ]
	is_there md0 /dev/md0 1.2
	"$MDADM" --quiet --stop /dev/md0
}

was_refused() {
	[ "$status" = 1 ]
	[[ $output == *"mdadm: create aborted." ]]
	unchanged
}

@test "on a terminal: both reports, the boot note, y" {
	disks 2 5M
	make_old
	run_pty 'y\n' "$MDADM" --create /dev/md0 --level=1 --raid-devices=2 "${DISKS[@]}"
	echo "$output"
	old_report "${DISKS[0]}"
	old_report "${DISKS[1]}"
	[[ $output == *"mdadm: Note: this array has metadata at the start and"* ]]
	[[ $output == *"Continue creating array? "*"mdadm: Defaulting to version 1.2 metadata"*"mdadm: array /dev/md0 started."* ]]
	was_made
}

@test "on a terminal: n, and no byte is changed" {
	disks 2 5M
	make_old
	remember
	run_pty 'n\n' "$MDADM" --create /dev/md0 --level=1 --raid-devices=2 "${DISKS[@]}"
	echo "$output"
	old_report "${DISKS[0]}"
	old_report "${DISKS[1]}"
	was_refused
}

@test "on a terminal: Ctrl-D" {
	disks 2 5M
	make_old
	remember
	run_pty '\004' "$MDADM" --create /dev/md0 --level=1 --raid-devices=2 "${DISKS[@]}"
	was_refused
}

@test "answers from a pipe" {
	local answer

	disks 2 5M
	make_old
	for answer in 'y\n' 'Y\n' 'yes\n' 'y' 'what\ny\n' '\n\n\n\ny\n'; do
		# shellcheck disable=SC2059 # it is meant as a format
		asked "${DISKS[@]}" < <(printf "$answer")
		was_made
	done
	asked "${DISKS[@]}" < <(yes)
	was_made
	remember
	for answer in 'n\n' 'No\n' '' 'what\n' 'a\nb\nc\nd\ne\ny\n' '1\n2\n3\n4\n \ny\n'; do
		# shellcheck disable=SC2059 # it is meant as a format
		asked "${DISKS[@]}" < <(printf "$answer")
		was_refused
	done
	asked "${DISKS[@]}" </dev/null
	was_refused
	# closed for the program alone: a shell without stdin gives it some pipe of its own
	run sh -c 'exec "$@" <&-' sh "$MDADM" --create /dev/md0 --level=1 --raid-devices=2 \
		"${DISKS[@]}"
	echo "$output"
	was_refused
	asked "${DISKS[@]}" </
	was_refused
}

@test "a pipe on which nothing comes, or never a line: no, within a second or two" {
	local start

	disks 2 5M
	make_old
	remember
	start=$SECONDS
	asked "${DISKS[@]}" <&"$NEVER"
	[[ $output == *$'\nmdadm: no answer came: taken as no; --run answers yes\nmdadm: create aborted.' ]]
	was_refused
	asked "${DISKS[@]}" </dev/zero
	[[ $output == *"no answer came"* ]]
	was_refused
	((SECONDS - start < 30))
	# an answer before the pipe falls silent is one
	asked "${DISKS[@]}" < <(echo y; read -r -t 3 -u "$NEVER")
	was_made
}

@test "a question is repeated for an odd answer" {
	disks 2 5M
	make_old
	asked "${DISKS[@]}" < <(printf 'x\ny\n')
	[[ $output == *"Continue creating array? Continue creating array? (y/n) "* ]]
	was_made
}

@test "the question goes to stderr and stdout stays empty" {
	disks 2 5M
	make_old
	echo n | "$MDADM" -C /dev/md0 -l1 -n2 "${DISKS[@]}" >out 2>err || :
	[ ! -s out ]
	grep -q 'Continue creating array?' err
}

@test "--run answers, after the reports" {
	disks 2 5M
	make_old
	asked --run "${DISKS[@]}" </dev/null
	old_report "${DISKS[1]}"
	[[ $output != *"Continue"* ]]
	was_made
	asked --run --verbose "${DISKS[@]}" </dev/null
	[[ $output == *"creation continuing despite oddities due to --run"* ]]
	was_made
}

@test "clean disks: raid0 asks nothing; nor does raid1 with a format named" {
	disks 2 5M
	run "$MDADM" --create /dev/md0 --level=0 --raid-devices=2 "${DISKS[@]}" </dev/null
	echo "$output"
	[ "$status" = 0 ]
	[ "$(told "$output")" = $'mdadm: Defaulting to version 1.2 metadata\nmdadm: array /dev/md0 started.' ]
	"$MDADM" -q -S /dev/md0
	"$MDADM" --zero-superblock "${DISKS[@]}"
	asked -e 1.2 "${DISKS[@]}" </dev/null
	[ "$(told "$output")" = 'mdadm: array /dev/md0 started.' ]
	was_made
}

@test "a file system on a member" {
	disks 2 5M
	mkfs.ext4 -q "${DISKS[1]}"
	remember
	asked -e 1.2 "${DISKS[@]}" </dev/null
	[[ $output == *"${DISKS[1]} appears to contain an ext2fs file system"*size=5120K\ \ mtime=* ]]
	[[ $output != *"${DISKS[0]} appears"* ]]
	was_refused
}

@test "volumes, other file systems, a partition table that only its GPT tells" {
	disks 2 5M
	printf XFSB | dd of="${DISKS[0]}" conv=notrunc status=none
	printf 'LUKS\xba\xbe\0\1' | dd of="${DISKS[1]}" conv=notrunc status=none
	remember
	asked -e 1.2 "${DISKS[@]}" </dev/null
	[[ $output == *"${DISKS[0]} appears to contain an XFS file system"* ]]
	[[ $output == *"${DISKS[1]} appears to contain a LUKS encrypted volume"* ]]
	was_refused
	printf 'LABELONE\1\0\0\0\0\0\0\0\0\0\0\0 \0\0\0LVM2 001' | dd of="${DISKS[0]}" conv=notrunc bs=512 seek=1 status=none
	printf 'EFI PART' | dd of="${DISKS[1]}" conv=notrunc bs=512 seek=1 status=none
	remember
	asked -e 1.2 "${DISKS[@]}" </dev/null
	[[ $output == *"${DISKS[0]} appears to contain an LVM physical volume"* ]]
	[[ $output == *"partition table exists on ${DISKS[1]} but will be lost or"* ]]
	was_refused
}

# mbr DISK FIRST COUNT: a table with one partition, in sectors.
mbr() {
	local bytes

	printf -v bytes '\\x%02x' 0 0 0 0 0x83 0 0 0 \
		$(($2 & 255)) $(($2 >> 8 & 255)) $(($2 >> 16 & 255)) 0 \
		$(($3 & 255)) $(($3 >> 8 & 255)) $(($3 >> 16 & 255)) 0
	# shellcheck disable=SC2059 # it is meant as a format
	printf "$bytes" | dd of="$1" bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of="$1" bs=1 seek=510 conv=notrunc status=none
}

@test "a partition table on a member" {
	disks 2 5M
	mbr "${DISKS[0]}" 64 10176
	remember
	asked -e 1.2 "${DISKS[@]}" </dev/null
	[[ $output == *"partition table exists on ${DISKS[0]} but will be lost or"$'\n'*"meaningless after creating array"* ]]
	was_refused
	# metadata at the end leaves it in place, but not what reaches into the metadata
	asked -e 1.0 "${DISKS[@]}" </dev/null
	[[ $output == *"partition table exists on ${DISKS[0]}"*"beyond the end of the array"* ]]
	was_refused
	mbr "${DISKS[0]}" 64 8000
	remember
	asked -e 1.0 "${DISKS[@]}" </dev/null
	[[ $output == *"partition table exists on ${DISKS[0]}"* ]]
	[[ $output != *"lost"* && $output != *"beyond"* ]]
	was_refused
}

@test "sizes that differ by more than 1 %" {
	disks 1 20M
	disks 1 21M
	remember
	asked -e 1.0 "${DISKS[@]}" </dev/null
	[[ $output == *"largest drive (${DISKS[1]}) exceeds size ("*"K) by more than 1%"* ]]
	was_refused
}

# forget_trace WORD: what is there while the program works.
forget_trace() {
	TRACES=$(echo "$TRACES" | grep -v "$1" || :)
}

# start_asking ARGS...: creates /dev/md0 on a terminal, where only fd 8 types; what it says goes to
# the file err.
start_asking() {
	local command

	printf -v command '%q ' "$MDADM" --create /dev/md0 "$@"
	mkfifo answer
	exec 8<>answer
	script -qefc "$command" /dev/null <answer >err 8>&- &
	wait_for 10 grep -q 'Continue creating array?' err
}

# answer WORD: and the end of it, in status, and in last its last line.
answer() {
	echo "$1" >&8
	status=0
	wait $! || status=$?
	exec 8>&-
	tr -d '\r' <err >said
	cat said
	last=$(tail -n 1 said)
}

@test "a member that is taken while we ask" {
	disks 3 5M
	make_old
	mkfs.ext4 -q "${DISKS[2]}"
	start_asking -l1 -n2 -e 1.2 "${DISKS[@]:1}"
	mount -o ro "${DISKS[2]}" /mnt
	remember
	answer y
	[ "$status" = 1 ]
	[[ $last == *"cannot open ${DISKS[2]}: "*"mounted on /mnt"*"umount /mnt"* ]]
	forget_trace creating
	unchanged
	umount /mnt
}

@test "another device behind the name while we ask" {
	disks 3 5M
	make_old
	ln -s "${DISKS[1]}" member
	start_asking -l1 -n2 -e 1.2 "${DISKS[0]}" member
	ln -sf "${DISKS[2]}" member
	remember
	answer y
	[ "$status" = 1 ]
	[[ $last == *"member is not the device"* ]]
	unchanged
}

@test "a member that is written to while we ask" {
	disks 3 5M
	make_old
	start_asking -l1 -n2 -e 1.0 "${DISKS[@]:1}"
	mkfs.ext2 -q "${DISKS[2]}"
	remember
	answer y
	[ "$status" = 1 ]
	[[ $last == *"${DISKS[2]} has changed since it was looked at"*"run the command again" ]]
	forget_trace creating
	unchanged
	e2fsck -fn "${DISKS[2]}"
}

# waits_for_lock PID: the checks and the look at the members are behind it.
waits_for_lock() {
	grep -q 'size set to' err && readlink "/proc/$1/fd"/* 2>/dev/null | grep -qx /run/mdadm
}

@test "a member that is written to while we wait for the lock, at its start or at its end" {
	local args lock

	disks 2 5M
	for args in --verbose "--verbose --run"; do
		rm -f err
		: >/run/mdadm/map.lock
		exec {lock}</run/mdadm/map.lock
		flock "$lock"
		# shellcheck disable=SC2086 # words
		"$MDADM" --create /dev/md0 $args -l5 -n2 -e 1.0 "${DISKS[@]}" 2>err {lock}<&- &
		wait_for 10 waits_for_lock $!
		# nobody who asks whether it is free can have a member meanwhile
		run ! mkfs.ext2 -q "${DISKS[0]}"
		if [[ $args == *run ]]; then
			printf x | dd of="${DISKS[1]}" bs=1 seek=$((5 * 1048576 - 1000)) conv=notrunc,fsync status=none
		else
			printf x | dd of="${DISKS[0]}" bs=1 seek=1100 conv=notrunc,fsync status=none
		fi
		remember
		rm /run/mdadm/map.lock
		exec {lock}<&-
		status=0
		wait $! || status=$?
		cat err
		[ "$status" = 1 ]
		tail -n 1 err | grep -q "has changed since it was looked at" err
		forget_trace map.lock
		unchanged
		"$MDADM" --zero-superblock "${DISKS[@]}" 2>/dev/null
		dd if=/dev/zero of="${DISKS[0]}" bs=1M count=5 conv=notrunc,fsync status=none
		dd if=/dev/zero of="${DISKS[1]}" bs=1M count=5 conv=notrunc,fsync status=none
	done
}
