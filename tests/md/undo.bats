#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Undo files: what --create and --zero-superblock overwrite is kept, and --undo puts it back on
# the same devices and on no others.

# shellcheck disable=SC2030,SC2031 # each test is a process of its own, and sets these itself

load lib
load proof

bats_require_minimum_version 1.5.0

teardown() {
	no_mappers
	umount /mnt/* 2>/dev/null || :
	rm -rf /var/lib/mdadm/undo /mnt/it /mnt/full /mnt/ro /mnt/theirs
	room_close
}

create() {
	run "$MDADM" --create "$@"
	echo "$output"
	[ "$status" = 0 ] && FILE=$(undo_file "$output") && [ -f "$FILE" ]
}

stop() {
	"$MDADM" --quiet --stop "$1"
}

undo() {
	run "$MDADM" --undo "$@"
	echo "$output"
}

backing() {
	echo "$(</sys/block/"${1#/dev/}"/loop/backing_file)"
}

unplug() {
	losetup -d "$1"
	wait_for 5 loop_free "$1"
}

# as_of_another_boot FILE: an undo file that was written before the machine was started.
as_of_another_boot() {
	tail -c +60 "$1" | LC_ALL=C sed 's/^boot .*/boot another/' >body
	printf 'mdadm-undo 1\nsha1 %s\n' "$(sha1sum <body | cut -c1-40)" | cat - body >"$1"
}

# by_mistake METADATA LEVEL CHUNK-OPTION...: an array with data, then another one over it, whose
# members are in another order, with other metadata, chunk and data offset. It would be synchronised,
# which must not begin before somebody writes.
by_mistake() {
	local metadata=$1 level=$2 sum old other=1.2 offset=--data-offset=3M

	shift 2
	case $metadata in
	1.2) other=1.1 ;;
	1.1) other=1.0 offset= ;;
	1.0) other=0.90 offset= ;;
	esac
	# shellcheck disable=SC2086 # a word or none
	"$MDADM" -C /dev/md0 -q -R -e "$metadata" -l "$level" -n 4 "$@" --assume-clean "${DISKS[@]}"
	dd if=/dev/urandom of=/dev/md0 bs=1M count=6 oflag=direct status=none
	sum=$(sha256sum </dev/md0)
	stop /dev/md0
	old=$(hashes)
	[ $# = 0 ] || set -- -c 512
	# shellcheck disable=SC2086 # a word or none
	create /dev/md0 -R -e "$other" -l "$level" -n 4 "$@" $offset \
		"${DISKS[2]}" "${DISKS[0]}" "${DISKS[3]}" "${DISKS[1]}"
	stop /dev/md0
	[ "$old" != "$(hashes)" ]
	undo "$FILE"
	[ "$status" = 0 ] || return
	[ "$old" = "$(hashes)" ] || return
	"$MDADM" -q -A /dev/md0 "${DISKS[@]}"
	[ "$sum" = "$(sha256sum </dev/md0)" ] || return
	stop /dev/md0
}

@test "create over an array by mistake, undo, assemble: raid1" {
	disks 4 12M
	for metadata in 0.90 1.0 1.1 1.2; do by_mistake $metadata 1; done
}

@test "create over an array by mistake, undo, assemble: raid5" {
	disks 4 12M
	for metadata in 0.90 1.0 1.1 1.2; do by_mistake $metadata 5 -c 64; done
}

@test "create over an array by mistake, undo, assemble: raid6" {
	disks 4 12M
	for metadata in 0.90 1.0 1.1 1.2; do by_mistake $metadata 6 -c 64; done
}

@test "create over an array by mistake, undo, assemble: raid10" {
	disks 4 12M
	for metadata in 0.90 1.0 1.1 1.2; do by_mistake $metadata 10 -c 64; done
}

@test "over members of an array nothing is synchronised before the first write" {
	disks 3 40M
	"$MDADM" -C /dev/md0 -q -R -l5 -n3 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	create /dev/md0 -R -l5 -n3 "${DISKS[@]}"
	[[ $output == *"nothing is synchronised before the first write to it: until then --undo"* ]]
	md_is md0 array_state read-auto
	md_is md0 degraded 1
	run -0 "$MDADM" --detail --export /dev/md0
	md_is md0 array_state read-auto
	dd if=/dev/zero of=/dev/md0 bs=4k count=1 oflag=direct status=none
	wait_for 20 md_is md0 degraded 0
	wait_idle md0
	stop /dev/md0
	# not where the user vouches for it, nor where there was no array
	run -0 "$MDADM" -C /dev/md0 -R -l5 -n3 --assume-clean "${DISKS[@]}"
	[[ $output != *synchronised* ]]
	md_is md0 array_state clean
	stop /dev/md0
	"$MDADM" -q --zero-superblock "${DISKS[@]}"
	run -0 "$MDADM" -C /dev/md0 -R -l1 -n3 "${DISKS[@]}"
	[[ $output != *synchronised* ]]
	run ! md_is md0 array_state read-auto
}

@test "the array that was made is stopped by undo, unless somebody uses it" {
	disks 2 8M
	local before

	before=$(hashes)
	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	mkfs.ext4 -q /dev/md0
	mkdir -p /mnt/it
	mount /dev/md0 /mnt/it
	refused_in_use "$FILE"
	umount /mnt/it
	undo "$FILE"
	[ "$status" = 0 ]
	[[ $output == *"stopped /dev/md0"* ]]
	[[ $output == *"the array has run since"* ]]
	is_gone md0
	for disk in "${DISKS[@]}"; do
		run "$MDADM" --examine "$disk"
		[ "$status" = 1 ]
	done
	[ "$before" != "$(hashes)" ] # the file system in its data stays
}

refused_in_use() {
	undo "$1"
	[ "$status" = 1 ] && [[ $output == *"mounted on /mnt/it"* ]] && mountpoint -q /mnt/it
}

@test "a member of a mistaken create that still runs: the bytes are those from before" {
	disks 3 8M
	local old

	"$MDADM" -C /dev/md0 -q -R -l5 -n3 -c64 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	old=$(hashes)
	create /dev/md7 -R -l5 -n3 -c512 --assume-clean "${DISKS[2]}" "${DISKS[1]}" "${DISKS[0]}"
	undo "$FILE"
	[ "$status" = 0 ]
	[ "$old" = "$(hashes)" ]
	is_gone md7
}

@test "zero-superblock, each format, and a second undo has nothing to do" {
	disks 1 8M
	local old format

	for format in 0.90 1.0 1.1 1.2; do
		"$MDADM" -C /dev/md0 -q -R -e "$format" -l1 -n1 --force "${DISKS[@]}"
		stop /dev/md0
		old=$(hashes)
		run "$MDADM" --zero-superblock "${DISKS[@]}"
		FILE=$(undo_file "$output")
		[ "$old" != "$(hashes)" ]
		undo "$FILE"
		[ "$status" = 0 ]
		[ "$old" = "$(hashes)" ]
		undo "$FILE"
		[ "$status" = 0 ]
		[[ $output == *"nothing is to be put back"* ]]
		[ "$old" = "$(hashes)" ]
		"$MDADM" -q --zero-superblock "${DISKS[@]}"
	done
}

@test "what undo did can be undone" {
	disks 2 8M
	local new

	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	new=$(hashes)
	undo "$FILE"
	[ "$status" = 0 ]
	undo "$(undo_file "$output")"
	[ "$status" = 0 ]
	[ "$new" = "$(hashes)" ]
}

@test "another disk behind the same name: not a byte is written" {
	disks 2 8M
	local file

	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	file=$(backing "${DISKS[1]}")
	unplug "${DISKS[1]}"
	cp "$file" "$file.copy"
	losetup "${DISKS[1]}" "$file.copy"
	refused 1 "${DISKS[1]} is not the device any more" "$MDADM" --undo "$FILE"
	unplug "${DISKS[1]}"
	losetup "${DISKS[1]}" "$file"
	rm "$file.copy"
}

@test "something else was written since: only with --force" {
	disks 2 8M
	local before

	before=$(hashes)
	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	dd if=/dev/urandom of="${DISKS[0]}" bs=4k seek=1 count=1 oflag=direct status=none
	refused 1 "${DISKS[0]} does not carry what mdadm --create /dev/md0 wrote" \
		"$MDADM" --undo "$FILE"
	undo --force "$FILE"
	[ "$status" = 0 ]
	[ "$before" != "$(hashes)" ] # 4096 bytes were written, 512 are put back
	run "$MDADM" --examine "${DISKS[1]}"
	[ "$status" = 1 ]
}

@test "what lies between the old superblock and the new one is put back by nobody" {
	local between="bs=512 skip=130960 count=70"

	disks 3 64M
	"$MDADM" -C /dev/md0 -q -R -l5 -c4 -n3 --assume-clean -e 0.90 "${DISKS[@]}"
	stop /dev/md0
	create /dev/md0 -R -l5 -c4 -n3 --assume-clean -e 1.0 "${DISKS[@]}"
	yes LIVE | tr -d '\n' | dd of=/dev/md0 bs=1M oflag=direct status=none 2>/dev/null || :
	stop /dev/md0
	# shellcheck disable=SC2086 # words
	dd if="${DISKS[0]}" $between of=before status=none
	grep -q LIVE before
	undo "$FILE"
	[ "$status" = 0 ]
	# shellcheck disable=SC2086 # words
	dd if="${DISKS[0]}" $between status=none | cmp - before
	run -0 "$MDADM" --examine "${DISKS[0]}"
	[[ $output == *"Version : 0.90"* ]]
}

@test "what is written while undo waits for the device stays" {
	disks 1 8M
	"$MDADM" -C /dev/md0 -q -R --force -l1 -n1 "${DISKS[0]}"
	stop /dev/md0
	run -0 "$MDADM" --zero-superblock "${DISKS[0]}"
	python3 - "${DISKS[0]}" "$(undo_file "$output")" <<-'EOF'
		import os, subprocess, sys
		device = os.open(sys.argv[1], os.O_RDWR | os.O_EXCL)
		undo = subprocess.Popen(["strace", "-o", "calls", "-e", "trace=openat", os.environ["MDADM"],
		                        "--undo", sys.argv[2]], stderr=subprocess.PIPE, text=True)
		while not (os.path.exists("calls") and "EBUSY" in open("calls").read()):
		    assert undo.poll() is None
		os.pwrite(device, b"fresh" * 100, 4096)
		os.fsync(device)
		os.close(device)
		said = undo.stderr.read()
		assert undo.wait() == 1 and "has changed since it was looked at" in said, said
	EOF
	[ "$(dd if="${DISKS[0]}" bs=1 skip=4096 count=5 status=none)" = fresh ]
}

@test "a forced assembly is undone without --force only until the array has run" {
	disks 4 8M
	"$MDADM" -C /dev/md0 -q -R -l5 -n3 --assume-clean "${DISKS[@]:0:3}"
	stop /dev/md0
	for _ in 1 2; do
		"$MDADM" -A -q --run /dev/md0 "${DISKS[@]:0:2}"
		dd if=/dev/urandom of=/dev/md0 bs=64k count=8 oflag=direct status=none
		stop /dev/md0
	done
	run -0 "$MDADM" -A --force /dev/md0 "${DISKS[@]:1:2}"
	FILE=$(undo_file "$output")
	"$ORACLE" -q --zero-superblock "${DISKS[0]}"
	"$ORACLE" -q /dev/md0 --add "${DISKS[0]}"
	wait_idle md0
	md_is md0 degraded 0
	refused 1 "the array of ${DISKS[1]} has run since mdadm --assemble --force" \
		"$MDADM" --undo "$FILE"
	md_is md0 degraded 0
	"$ORACLE" -q /dev/md0 --add "${DISKS[3]}"
	"$ORACLE" -q --grow /dev/md0 -n4
	wait_idle md0
	refused 1 "${DISKS[1]} does not carry what mdadm --assemble --force .* wrote" \
		"$MDADM" --undo "$FILE"
	md_is md0 raid_disks 4
	stop /dev/md0
	"$MDADM" -A -q /dev/md0 "${DISKS[@]}"
	md_is md0 degraded 0
}

@test "an image file that lies under a loop device" {
	local loop

	truncate -s 8M image
	loop=$(losetup --show -f image)
	"$MDADM" -C /dev/md0 -q -R --force -l1 -n1 "$loop"
	stop /dev/md0
	wait_for 5 losetup -d "$loop"
	wait_for 5 loop_free "$loop"
	run -0 "$MDADM" --zero-superblock image
	FILE=$(undo_file "$output")
	loop=$(losetup --show -f image)
	refused 1 "image is in use by $loop.*losetup -d $loop" "$MDADM" --undo "$FILE"
	losetup -d "$loop"
	wait_for 5 loop_free "$loop"
	undo "$FILE"
	[ "$status" = 0 ]
}

@test "a device that has gone, and comes back" {
	disks 2 8M
	local file before

	before=$(hashes)
	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	file=$(backing "${DISKS[1]}")
	unplug "${DISKS[1]}"
	undo "$FILE"
	[ "$status" = 1 ]
	one_line "$output"
	[[ $output == *"${DISKS[1]}"* ]]
	losetup "${DISKS[1]}" "$file"
	undo "$FILE"
	[ "$status" = 0 ]
	[ "$before" = "$(hashes)" ]
}

# exchanged DISK DISK: the two have changed their names.
exchanged() {
	local file=("$(backing "$1")" "$(backing "$2")")

	unplug "$1"
	unplug "$2"
	losetup "$1" "${file[1]}"
	losetup "$2" "${file[0]}"
}

@test "devices that have exchanged their names, before the next boot and after it" {
	disks 2 8M
	local when before

	before=$(hashes | sort)
	for when in now later; do
		create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
		stop /dev/md0
		exchanged "${DISKS[@]}"
		[ $when = now ] || as_of_another_boot "$FILE"
		undo --dry-run "$FILE"
		[ "$status" = 0 ]
		[[ $output == *"write device=${DISKS[1]} "* ]]
		undo "$FILE"
		[ "$status" = 0 ]
		[[ $output == *"${DISKS[0]} is the device that was overwritten as ${DISKS[1]}"* ]]
		[[ $output == *"${DISKS[1]} is the device that was overwritten as ${DISKS[0]}"* ]]
		[[ $output != *"is not the device"* ]]
		[ "$before" = "$(hashes | sort)" ]
	done
}

# The names of files can be as long as those that disks give themselves; that begin alike, too.
@test "devices that differ only at the end of a long name" {
	local dir n before

	dir=/run/disks/$(printf 'x%.0s' {1..250})
	mkdir "$dir" "$dir/"$'two\nlines'
	for n in "$dir/one" "$dir/two" "$dir/"$'two\nlines/'{one,two}; do
		truncate -s 8M "$n"
		DISKS+=("$(losetup --show -f "$n")")
	done
	before=$(hashes | sort)
	for n in 0 2; do
		create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]:n:2}"
		stop /dev/md0
		exchanged "${DISKS[@]:n:2}"
		as_of_another_boot "$FILE"
		undo "$FILE"
		[ "$status" = 0 ]
		[[ $output == *"is the device that was overwritten as"* ]]
		[ "$before" = "$(hashes | sort)" ]
	done
	[ "$(grep -ac '^hardware sha1:' "$FILE")" = 2 ]
	losetup -d "${DISKS[@]}"
	DISKS=()
	rm -r "$dir"
}

@test "a device under another name that carries something else is not taken for it, --force or not" {
	disks 2 8M

	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	dd if=/dev/urandom of="${DISKS[0]}" bs=4k seek=1 count=1 oflag=direct status=none
	exchanged "${DISKS[@]}"
	refused 1 "is not the device any more .* and no other is" "$MDADM" --undo --force "$FILE"
}

# A mapping without a name of its own is known only by what is on it.
@test "two devices that could be the one: neither is written" {
	disks 2 8M
	local before

	mapper one 16384 linear "${DISKS[0]}" 0
	before=$(hashes)
	create /dev/md0 -R -l1 -n1 --force --assume-clean /dev/mapper/one
	stop /dev/md0
	dmsetup remove one
	rm -f /dev/mapper/one
	cp "$(backing "${DISKS[0]}")" "$(backing "${DISKS[1]}")"
	mapper two 16384 linear "${DISKS[0]}" 0
	mapper copy 16384 linear "${DISKS[1]}" 0
	# what has no name is another when it comes again, until the next boot
	refused 1 "cannot open /dev/mapper/one" "$MDADM" --undo "$FILE"
	as_of_another_boot "$FILE"
	refused 1 "both .* and .* could be the device" "$MDADM" --undo "$FILE"
	dmsetup remove copy
	undo "$FILE"
	[ "$status" = 0 ]
	[[ $output == *"is the device that was overwritten as /dev/mapper/one"* ]]
	dmsetup remove two
	truncate -s 0 "$(backing "${DISKS[1]}")"
	truncate -s 8M "$(backing "${DISKS[1]}")"
	[ "$before" = "$(hashes)" ]
}

@test "what holds a device is named, and nothing is stopped before that" {
	disks 2 8M

	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	"$MDADM" -q -A --run /dev/md0 "${DISKS[0]}"
	mapper held 16384 linear "${DISKS[1]}" 0
	wait_for 5 at_rest
	undo "$FILE"
	[ "$status" = 1 ]
	one_line "$output"
	[[ $output == *"while ${DISKS[1]} is in use: it is held by dm-"*" (held); remove that mapping first"* ]]
	[ -e /sys/block/md0/md/array_state ]
	dmsetup remove held
}

@test "another array than the one that was made is not stopped, --force or not" {
	disks 2 8M
	local mine

	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	mine=$FILE
	"$MDADM" -C /dev/md5 -q -R -l1 -n1 --force "${DISKS[1]}"
	wait_for 5 at_rest
	refused 1 "${DISKS[1]} does not carry what mdadm" "$MDADM" --undo "$mine"
	refused 1 "while ${DISKS[1]} is in use: it is a member of md5; stop that array first" \
		"$MDADM" --undo --force "$mine"
	stop /dev/md5
}

@test "what is in the way of looking is not taken for another content" {
	disks 2 8M

	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	mkfs.ext4 -q /dev/md0
	stop /dev/md0
	# room for the device, and none for what is compared with it
	# shellcheck disable=SC2016 # the inner shell's
	refused 1 "cannot find out what is kept of ${DISKS[0]}: Too many open files" \
		"$BASH" -c 'for ((i = 3; i < 30; i++)); do eval "exec $i>&-"; done; ulimit -n 4; exec "$@"' - \
		"$MDADM" --undo "$FILE"
	undo "$FILE"
	[ "$status" = 0 ]
}

# damaged COMMAND...: the copy of the undo file, spoilt by the command, is refused.
damaged() {
	cp "$FILE" bad.undo
	"$@"
	refused 1 'cannot (use|read) the undo file bad.undo: ' "$MDADM" --undo bad.undo
	rm -f bad.undo
}

@test "an undo file that is damaged, cut short, or could be somebody else's" {
	disks 2 8M
	local size

	create /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}"
	stop /dev/md0
	size=$(stat -c %s "$FILE")
	[ "$(stat -c %a:%U "$FILE" "${FILE%/*}" | paste -sd' ')" = "600:root 700:root" ]
	damaged truncate -s $((size - 1)) bad.undo
	damaged truncate -s 30 bad.undo
	damaged truncate -s 0 bad.undo
	damaged truncate -s +1 bad.undo
	damaged sed -i 's/^command .*/command --create x/' bad.undo
	damaged chmod 666 bad.undo
	damaged chown nobody bad.undo
	damaged ln -sf /dev/null bad.undo
	refused 1 'No such file' "$MDADM" --undo nosuch.undo
	refused 1 'it is not a file' "$MDADM" --undo /
	undo "$FILE"
	[ "$status" = 0 ]
}

@test "no room, read-only, of somebody else: a warning, and the work is done" {
	disks 2 8M

	mkdir -p /mnt/full /mnt/ro /mnt/theirs
	chown nobody /mnt/theirs
	mount -t tmpfs -o size=4k none /mnt/full
	head -c 4096 /dev/zero >/mnt/full/all
	mount -t tmpfs -o ro none /mnt/ro
	for dir in /mnt/full /mnt/ro /mnt/theirs /nosuch/dir; do
		run "$MDADM" -C /dev/md0 -R -l1 -n2 --assume-clean --undo-dir=$dir "${DISKS[@]}"
		echo "$output"
		[ "$status" = 0 ]
		[[ $output == *"mdadm: cannot keep an undo file in $dir: "* ]]
		[[ $output == *"array /dev/md0 started."* ]]
		[ -z "$(undo_file "$output")" ]
		stop /dev/md0
	done
	[ "$(ls /mnt/full)" = all ]
	[ -z "$(ls /mnt/theirs)" ]
}

@test "a directory of one's own" {
	disks 2 8M

	create /dev/md0 -R -l1 -n2 --assume-clean --undo-dir="$PWD/mine" "${DISKS[@]}"
	stop /dev/md0
	[[ $FILE == "$PWD/mine/"* ]]
	undo --undo-dir="$PWD/mine" "$FILE"
	[ "$status" = 0 ]
	[ ! -e /var/lib/mdadm/undo ]
}

@test "old files go, but not the newest of an array, nor what is not ours" {
	disks 1 8M
	local n

	mkdir -p /var/lib/mdadm/undo
	cd /var/lib/mdadm/undo
	touch 20200101-000000.000-only.undo readme 20200101-000000.000-md0.undo.txt
	for n in {100..210}; do touch "20210101-000000.$n-md0.undo"; done
	"$MDADM" -C /dev/md0 -q -R -l1 -n1 --force "${DISKS[@]}"
	stop /dev/md0
	n=(*.undo)
	echo "${#n[@]}"
	[ "${#n[@]}" = 100 ]
	[ -e 20200101-000000.000-only.undo ]
	[ -e readme ]
	[ -e 20200101-000000.000-md0.undo.txt ]
	[ ! -e 20210101-000000.100-md0.undo ]
	[ -e 20210101-000000.210-md0.undo ]
	cd /
}

@test "a create that fails on the way leaves no undo file" {
	disks 2 8M
	mapper bad 16384 linear "${DISKS[1]}" 0
	dmsetup remove bad
	# the superblock's sectors can be read and not written
	echo "0 8 linear ${DISKS[1]} 0
8 8 flakey ${DISKS[1]} 8 0 3600 1 error_writes
16 16368 linear ${DISKS[1]} 16" | dmsetup create --noudevsync bad
	dmsetup mknodes bad
	refused 1 'cannot write' "$MDADM" -C /dev/md0 -R -q -l1 -n2 "${DISKS[0]}" /dev/mapper/bad
	no_mappers
	[ -z "$(compgen -G '/var/lib/mdadm/undo/*' || :)" ]
}
