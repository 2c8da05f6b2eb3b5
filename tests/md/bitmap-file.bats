#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Arrays whose bitmap is a file, as the packaged program makes them and the kernel still runs them: told, given
# members back, and taken off like any other; and as this program makes them.

load lib
load beside
load proof

bats_require_minimum_version 1.5.0

SYS=/sys/block/md0/md

# The kernel writes such a file below the file system: one that has blocks of its own.
setup() {
	room_open
	disks 4 6M
	truncate -s 16M /run/disks/fs
	mkfs.ext4 -q -F -b 4096 /run/disks/fs
	mkdir -p /mnt/bitmaps
	mount -o loop /run/disks/fs /mnt/bitmaps
	FILE=/mnt/bitmaps/bm
}

teardown() {
	stop_arrays
	rm -f /etc/mdadm/mdadm.conf
	umount /mnt/bitmaps
	! mountpoint -q /mnt/huge || umount /mnt/huge
	rm -f /run/disks/fs /run/disks/huge
	room_close
}

on_purpose() {
	got=${got//$'\n'MD_RESHAPE_ACTIVE=False$'\n'/$'\n'}
	untold
}

whole() {
	is_idle md0 && [ "$(<$SYS/degraded)" = 0 ]
}

@test "it is told as by the reference program" {
	local meta

	for meta in 0.90 1.2; do
		make /dev/md0 -e $meta -l1 -n2 -x1 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:3}"
		alike --detail /dev/md0
		grep -q "Intent Bitmap : $FILE\$" got
		alike --detail --brief /dev/md0
		grep -q " bitmap=$FILE " got
		alike --detail --scan -v
		alike --detail --export /dev/md0
		alike --examine-bitmap "$FILE"
		[ $meta = 0.90 ] || alike --examine-bitmap "${DISKS[0]}"
		"$MDADM" --detail --json /dev/md0 | python3 -c "import json, sys; assert json.load(sys.stdin)['arrays'][0]['intent_bitmap'] == '$FILE'"
		stop_arrays
		"$ORACLE" --zero-superblock "${DISKS[@]:0:3}"
		rm "$FILE"
	done
	make /dev/md0 -l1 -n2 --bitmap=internal --assume-clean "${DISKS[@]:0:2}"
	alike --detail /dev/md0
	alike --detail --brief /dev/md0
}

@test "a member comes back by what the file says" {
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	"$MDADM" -q /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	dd if=/dev/urandom of=/dev/md0 bs=64K count=2 oflag=direct status=none
	run -0 "$MDADM" /dev/md0 --re-add "${DISKS[1]}"
	echo "$output"
	[[ $output == "mdadm: re-adding ${DISKS[1]}: the bitmap covers the gap, "*" to copy at most
mdadm: re-added ${DISKS[1]}" ]]
	wait_for 20 whole
	cmp -n 131072 -i $((4096 * 512)) "${DISKS[0]}" "${DISKS[1]}"
	"$MDADM" -q /dev/md0 --fail "${DISKS[1]}" --remove "${DISKS[1]}"
	# what the kernel has cleared meanwhile is not known to an older member
	printf '\1\0\0\0\0\0\0\1' | dd of="$FILE" bs=1 seek=32 conv=notrunc status=none
	run -1 "$MDADM" /dev/md0 --re-add "${DISKS[1]}"
	[[ $output == *"it has missed more than the bitmap knows"* ]]
}

@test "it is taken off; the file stays" {
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	run -1 "$MDADM" --grow /dev/md0 --bitmap=internal
	[ "$output" = "mdadm: bitmap already present on /dev/md0
       it is the file $FILE; first: mdadm --grow /dev/md0 --bitmap=none" ]
	run -0 "$MDADM" --grow /dev/md0 --bitmap=none --dry-run
	[[ $output == *remove-bitmap*SET_BITMAP_FILE* ]]
	[ "$(<$SYS/bitmap/location)" = file ]
	"$MDADM" --readonly /dev/md0
	run -1 "$MDADM" --grow /dev/md0 --bitmap=none
	"$MDADM" --readwrite /dev/md0
	[ "$(<$SYS/bitmap/location)" = file ]
	"$MDADM" --grow /dev/md0 --bitmap=none
	[ "$(<$SYS/bitmap/location)" = none ]
	[ -s "$FILE" ]
	"$MDADM" --grow /dev/md0 --bitmap=internal
	[ "$(<$SYS/bitmap/location)" = +8 ]
}

# bytes WORDS...: the file that each program makes, with the same words and members: bytes and names alike.
bytes() {
	local program one=()

	for program in "$ORACLE" "$MDADM"; do
		rm -f "$FILE"
		"$program" -q "$@" --run --uuid=01020304:05060708:090a0b0c:0d0e0f10 --bitmap="$FILE" 2>/run/err || { cat /run/err; return 1; }
		one+=("$(head -c 16 "$FILE" | od -An -tx1) $(tail -c +41 "$FILE" | md5sum) $(stat -c '%a %s' "$FILE")
$(grep bitmap: /proc/mdstat)")
		stop_arrays
		"$ORACLE" --zero-superblock "${DISKS[@]}" 2>/dev/null || :
	done
	[ "${one[0]}" = "${one[1]}" ] || { printf '%s\n' "$*" "${one[@]}"; return 1; }
}

@test "made as the reference program makes it" {
	local d=("${DISKS[@]}")

	bytes --create /dev/md0 -l1 -n2 --assume-clean "${d[@]:0:2}"
	bytes --create /dev/md0 -l1 -n2 --assume-clean --bitmap-chunk=512K "${d[@]:0:2}"
	bytes --create /dev/md0 -l1 -n2 --assume-clean --bitmap-chunk=1K --delay=7 "${d[@]:0:2}"
	bytes --create /dev/md0 -l1 -n2 --assume-clean --size=64 -e0.90 "${d[@]:0:2}"
	bytes --create /dev/md0 -l1 -n3 --assume-clean -e1.0 "${d[@]:0:2}" --write-mostly "${d[2]}" --write-behind=100
	bytes --create /dev/md0 -l5 -n3 --assume-clean -c64 --consistency-policy=bitmap "${d[@]:0:3}"
	bytes --create /dev/md0 -l10 -n4 --assume-clean -c64 "${d[@]}"
	bytes --create /dev/md0 -l10 -n3 -pf2 --assume-clean -c64 "${d[@]:0:3}"
	bytes --create /dev/md0 -l1 -n2 --assume-clean --force "${d[@]:0:2}"
}

@test "each program starts the array with the file of the other" {
	local program other

	for program in "$MDADM" "$ORACLE"; do
		other=$ORACLE
		[ "$program" = "$MDADM" ] || other=$MDADM
		rm -f "$FILE"
		"$program" -q --create /dev/md0 --run -l1 -n2 --assume-clean --bitmap="$FILE" "${DISKS[@]:0:2}"
		dd if=/dev/urandom of=/dev/md0 bs=64K count=2 oflag=direct status=none
		stop_arrays
		run -0 "$other" --assemble /dev/md0 --bitmap="$FILE" "${DISKS[@]:0:2}"
		echo "$output"
		[ "$output" = "mdadm: /dev/md0 has been started with 2 drives." ]
		grep -q "file: $FILE\$" /proc/mdstat
		alike --detail /dev/md0
		stop_arrays
		"$ORACLE" --zero-superblock "${DISKS[@]:0:2}"
	done
}

@test "put onto a running array, with metadata and without" {
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	run -0 "$MDADM" --grow /dev/md0 --bitmap="$FILE" --dry-run
	echo "$output"
	[[ $output == *replace-file*"$FILE"*set-bitmap-file*SET_BITMAP_FILE* ]]
	[ ! -e "$FILE" ]
	"$MDADM" --grow /dev/md0 --bitmap="$FILE" --dry-run --json |
		python3 -c 'import json, sys; assert [s for p in json.load(sys.stdin)["plans"] for s in p["steps"] if s["step"] == "set-bitmap-file"][0]["file"] == "'"$FILE"'"'
	"$MDADM" --grow /dev/md0 --bitmap="$FILE"
	grep -q "file: $FILE\$" /proc/mdstat
	run -1 "$MDADM" --grow /dev/md0 --bitmap="$FILE"
	[[ $output == "mdadm: bitmap already present on /dev/md0"* ]]
	"$MDADM" --grow /dev/md0 --bitmap=none
	run -1 "$MDADM" --grow /dev/md0 --bitmap="$FILE"
	[ "$output" = "mdadm: bitmap file $FILE already exists, use --force to overwrite" ]
	"$MDADM" --grow /dev/md0 --bitmap="$FILE" --force
	"$MDADM" --readonly /dev/md0
	stop_arrays
	"$ORACLE" --zero-superblock "${DISKS[@]:0:2}"
	"$ORACLE" -q --build /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	"$MDADM" --grow /dev/md0 --bitmap="$FILE.2"
	grep -q "file: $FILE.2\$" /proc/mdstat
}

@test "built with one, which is found again" {
	local one=() program

	for program in "$ORACLE" "$MDADM"; do
		rm -f "$FILE"
		"$program" -q --build /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
		one+=("$(md5sum <"$FILE") $(grep bitmap: /proc/mdstat)")
		stop_arrays
	done
	[ "${one[0]}" = "${one[1]}" ]
	"$MDADM" -q --build /dev/md0 -l1 -n2 --bitmap="$FILE" "${DISKS[@]:0:2}"
	wait_idle md0
	stop_arrays
	"$ORACLE" --examine-bitmap "$FILE" | grep -q ' 0 dirty'
	# nothing is left to be copied
	"$MDADM" -q --build /dev/md0 -l1 -n2 --bitmap="$FILE" "${DISKS[@]:0:2}"
	grep -q "bitmap: 0/" /proc/mdstat
	stop_arrays
	run -1 "$MDADM" --build /dev/md0 -l0 -n2 --bitmap="$FILE.0" "${DISKS[@]:0:2}"
	[ "$output" = "mdadm: bitmaps not meaningful with level raid0" ]
	[ ! -e "$FILE.0" ]
	run -1 "$MDADM" --build /dev/md0 -l1 -n2 --bitmap="${DISKS[2]}" "${DISKS[@]:0:2}"
	[[ $output == *"${DISKS[2]}"* ]]
}

@test "what cannot be is refused in a line, and nothing is written" {
	local status words before
	local create=(--create /dev/md0 --run --quiet -l1 -n2 "${DISKS[@]:0:2}")

	before=$(cat "${DISKS[@]}" | md5sum)
	echo mine >"$FILE"
	ln -s /etc/passwd /mnt/bitmaps/link
	while read -r words; do
		echo "$words"
		# shellcheck disable=SC2086 # words
		run -1 "$MDADM" "${create[@]}" $words
		echo "$output"
		[[ $output == "mdadm: "* && $output != *$'\n'* ]]
	done <<-EOF
		--bitmap=$FILE
		--bitmap=/mnt/bitmaps/none/such
		--bitmap=/mnt/bitmaps
		--bitmap=${DISKS[2]} --force
		--bitmap=/run/no-blocks
		--bitmap=/mnt/bitmaps/link
	EOF
	run -1 "$MDADM" --create /dev/md0 --run -l0 -n2 --bitmap="$FILE.2" "${DISKS[@]:0:2}"
	[[ $output == "mdadm: bitmaps not meaningful with level raid0"* ]]
	[ "$(<"$FILE")" = mine ]
	[ ! -e "$FILE.2" ]
	[ ! -e /run/no-blocks ]
	[ "$(cat "${DISKS[@]}" | md5sum)" = "$before" ]
	# what was there before is there again when the array cannot be started
	run -1 "$MDADM" "${create[@]}" --force --bitmap=/etc/hostname
	[[ $output == *"no bitmap can be in /etc/hostname"* ]]
	[ "$(cat "${DISKS[@]}" | md5sum)" = "$before" ]
}

@test "assembling looks whether it is the array's" {
	local other=/mnt/bitmaps/other

	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	make /dev/md1 -l1 -n2 --bitmap=$other --assume-clean "${DISKS[@]:2:2}"
	"$MDADM" --stop /dev/md0
	run -1 "$MDADM" --create /dev/md2 --run --force -l1 -n2 --bitmap=$other "${DISKS[@]:0:2}"
	[[ $output == *"bitmap file $other is in use"* ]]
	"$MDADM" --stop /dev/md1
	run -1 "$MDADM" --assemble /dev/md0 --bitmap=$other "${DISKS[@]:0:2}"
	[[ $output == "mdadm: cannot assemble /dev/md0: the bitmap in the file $other is that of another array"* ]]
	head -c 300 "$FILE" >$other
	run -1 "$MDADM" --assemble /dev/md0 --bitmap=$other "${DISKS[@]:0:2}"
	[[ $output == *"too short"* ]]
	head -c 3000 /dev/zero >$other
	run -1 "$MDADM" --assemble /dev/md0 --bitmap=$other "${DISKS[@]:0:2}"
	[[ $output == *"there is no bitmap in the file $other" ]]
	mkfifo /mnt/bitmaps/fifo
	for path in /mnt/bitmaps/nothing /mnt/bitmaps /mnt/bitmaps/fifo; do
		run -2 "$MDADM" --assemble /dev/md0 --bitmap=$path "${DISKS[@]:0:2}"
		[[ $output == "mdadm: cannot open bitmap file $path: "* ]]
	done
	run -1 "$MDADM" --assemble --scan --bitmap="$FILE"
	[[ $output == *"name that array" ]]
	[ -z "$(arrays)" ]
	ln -s bm /mnt/bitmaps/link
	"$MDADM" --assemble /dev/md0 --bitmap=/mnt/bitmaps/link "${DISKS[@]:0:2}"
	grep -q "file: $FILE\$" /proc/mdstat
}

@test "an ARRAY line names it: --assemble, --incremental and --run give it to the array" {
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	"$MDADM" --config-sync
	stop_arrays
	run -0 "$MDADM" --assemble --scan
	[ "$output" = "mdadm: /dev/md0 has been started with 2 drives." ]
	grep -q "file: $FILE\$" /proc/mdstat
	stop_arrays
	"$MDADM" -q --incremental "${DISKS[0]}"
	"$MDADM" -q --incremental "${DISKS[1]}"
	grep -q "file: $FILE\$" /proc/mdstat
	stop_arrays
	"$MDADM" -q --incremental "${DISKS[0]}"
	"$MDADM" -q --run /dev/md0
	grep -q "file: $FILE\$" /proc/mdstat
	stop_arrays
	# root must come up all the same
	mv "$FILE" "$FILE.away"
	run -0 "$MDADM" --assemble --scan --run
	echo "$output"
	[[ $output == "mdadm: /dev/md0 is started without its bitmap: cannot open bitmap file $FILE: No such file or directory
mdadm: /dev/md0 has been started with "* ]]
	[ "$(<$SYS/bitmap/location)" = none ]
}

@test "not on the array itself, nor on what lies on it" {
	local file

	mkdir -p /mnt/self /mnt/deep
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	mkfs.ext4 -q /dev/md0
	mount /dev/md0 /mnt/self
	truncate -s 2M /mnt/self/image
	mkfs.ext4 -q -F -O ^has_journal /mnt/self/image
	mount -o loop /mnt/self/image /mnt/deep
	for file in /mnt/self/bm /mnt/deep/bm; do
		# the kernel would hang for good
		run -1 "$MDADM" --grow /dev/md0 --bitmap=$file --dry-run
		[ "$output" = "mdadm: bitmap file $file would lie on /dev/md0 itself: it must be on other devices" ]
		[ ! -e $file ]
	done
	umount /mnt/deep /mnt/self
}

@test "not on an array whose own bitmap lies on the first, by however many" {
	local n

	disks 2 6M
	for n in 0 1 2; do
		make /dev/md$n -l1 -n2 --assume-clean "${DISKS[@]:2*n:2}"
		mkfs.ext4 -q -O ^has_journal /dev/md$n
		mkdir -p /mnt/on-md$n
		mount /dev/md$n /mnt/on-md$n
	done
	"$MDADM" --grow /dev/md1 --bitmap=/mnt/on-md0/bm
	run -1 "$MDADM" --grow /dev/md0 --bitmap=/mnt/on-md1/bm --dry-run
	[ "$output" = "mdadm: bitmap file /mnt/on-md1/bm would lie on /dev/md1, and the bitmap of that lies on /dev/md0: each would wait for the other" ]
	"$MDADM" --grow /dev/md2 --bitmap=/mnt/on-md1/bm
	run -1 "$MDADM" --grow /dev/md0 --bitmap=/mnt/on-md2/bm --dry-run
	[ "$output" = "mdadm: bitmap file /mnt/on-md2/bm would lie on /dev/md2, and the bitmap of that lies on /dev/md0: each would wait for the other" ]
	[ ! -e /mnt/on-md2/bm ]
	# the way it lies is no circle
	"$MDADM" --grow /dev/md2 --bitmap=none
	"$MDADM" --grow /dev/md2 --bitmap=/mnt/on-md0/other
	"$MDADM" --grow /dev/md0 --bitmap="$FILE"
	for n in 2 1 0; do
		"$MDADM" --grow /dev/md$n --bitmap=none
		umount /mnt/on-md$n
	done
}

@test "what an ARRAY line names cannot be written to: the array starts all the same" {
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	"$ORACLE" --detail --brief /dev/md0 >/etc/mdadm/mdadm.conf
	stop_arrays
	mount -o remount,ro /mnt/bitmaps
	run -0 "$MDADM" --assemble --scan
	mount -o remount,rw /mnt/bitmaps
	[ "$output" = "mdadm: /dev/md0 is started without its bitmap: failed to open bitmap file $FILE: Read-only file system
mdadm: /dev/md0 has been started with 2 drives." ]
	stop_arrays
	# somebody writes to it: the kernel does not take it
	exec 7<>"$FILE"
	"$MDADM" -q --incremental "${DISKS[0]}"
	run -0 "$MDADM" --incremental "${DISKS[1]}"
	exec 7<&-
	[[ $output == "mdadm: /dev/md0 is started without its bitmap: Cannot set bitmap file for /dev/md0: Device or resource busy"* ]]
	[ "$(<$SYS/bitmap/location)" = none ]
}

@test "an array that waits gets it when it starts, once" {
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:2}"
	"$ORACLE" --detail --brief /dev/md0 >/etc/mdadm/mdadm.conf
	stop_arrays
	"$MDADM" -q --incremental "${DISKS[0]}"
	run -0 "$MDADM" --assemble --scan --run
	grep -q "file: $FILE\$" /proc/mdstat
	stop_arrays
	echo "DEVICE ${DISKS[0]}" >>/etc/mdadm/mdadm.conf
	run -0 "$MDADM" --assemble --scan --no-degraded
	[ "$(<$SYS/array_state) $(<$SYS/bitmap/location)" = "inactive file" ]
	run -0 "$MDADM" --run /dev/md0
	[ "$output" = "mdadm: started array /dev/md0" ]
	grep -q "file: $FILE\$" /proc/mdstat
}

@test "a file with holes, or inside its inode, is none that the kernel could write to" {
	local bytes

	disks 2 16M # of more bits than a block has
	umount /mnt/bitmaps
	mkfs.ext4 -q -F -b 1024 -I 1024 -O inline_data /run/disks/fs
	mount -o loop /run/disks/fs /mnt/bitmaps
	run -1 "$MDADM" -q --create /dev/md0 --run -l1 -n2 --bitmap="$FILE" --bitmap-chunk=1M "${DISKS[@]:4:2}"
	[ "$output" = "mdadm: no bitmap can be in $FILE: it has no blocks, where the kernel could write below the file system" ]
	[ ! -e "$FILE" ]
	[ "$(head -c 8192 "${DISKS[4]}" | tr -d '\0' | wc -c)" = 0 ]
	make /dev/md0 -l1 -n2 --bitmap="$FILE" --bitmap-chunk=1K --assume-clean "${DISKS[@]:4:2}"
	"$ORACLE" --detail --brief /dev/md0 >/etc/mdadm/mdadm.conf
	stop_arrays
	bytes=$(stat -c %s "$FILE")
	cp "$FILE" "$FILE.whole"
	truncate -s 256 "$FILE"
	truncate -s "$bytes" "$FILE"
	run -0 "$MDADM" --assemble --scan
	[ "$output" = "mdadm: /dev/md0 is started without its bitmap: no bitmap can be in $FILE: it has holes, where the kernel cannot write below the file system
mdadm: /dev/md0 has been started with 2 drives." ]
	stop_arrays
	# what lies behind the page the kernel does not look at
	head -c 4096 /dev/zero >>"$FILE.whole"
	truncate -s 64K "$FILE.whole"
	run -0 "$MDADM" --assemble /dev/md0 --bitmap="$FILE.whole" "${DISKS[@]:4:2}"
	grep -q "file: $FILE.whole\$" /proc/mdstat
}

# first_block FILE
first_block() {
	filefrag -v "$1" | awk '$1 == "0:" { sub(/\.\..*/, "", $4); print $4 }'
}

@test "blocks whose numbers FIBMAP cannot say are blocks all the same" {
	local dir block=0 n

	# the file system has each directory where its name says; a new mount has no room set aside elsewhere
	truncate -s 16000G /run/disks/huge
	mkfs.ext4 -q -F -b 4096 -O ^has_journal,^resize_inode,^64bit -N 1000000 -E lazy_itable_init=1,nodiscard /run/disks/huge
	mkdir -p /mnt/huge
	for ((n = 1; n <= 30 && block < 1 << 31; n++)); do
		mount -o loop /run/disks/huge /mnt/huge
		dir=/mnt/huge/$n
		mkdir "$dir"
		head -c 4096 /dev/zero >"$dir/probe"
		sync "$dir/probe"
		block=$(first_block "$dir/probe")
		((block >= 1 << 31)) || umount /mnt/huge
	done
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	"$MDADM" --grow /dev/md0 --bitmap="$dir/bm"
	(($(first_block "$dir/bm") >= 1 << 31))
	grep -q "file: $dir/bm\$" /proc/mdstat
	dd if=/dev/urandom of=/dev/md0 bs=64K count=2 oflag=direct status=none
	stop_arrays
	run -0 "$MDADM" --assemble /dev/md0 --bitmap="$dir/bm" "${DISKS[@]:0:2}"
	grep -q "file: $dir/bm\$" /proc/mdstat
	stop_arrays
}

@test "who writes to a file is seen, be it the driver or a process; who reads it is no reason" {
	local said

	echo mine >"$FILE"
	make /dev/md0 -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	said="mdadm: bitmap file $FILE is in use: perhaps by a running array, as /proc/mdstat tells"
	exec 7>>"$FILE"
	run -1 "$MDADM" --grow /dev/md0 --bitmap="$FILE" --force
	exec 7>&-
	[ "$output" = "$said" ]
	[ "$(<"$FILE")" = mine ]
	exec 7<"$FILE"
	"$MDADM" --grow /dev/md0 --bitmap="$FILE" --force
	exec 7<&-
	make /dev/md1 -l1 -n2 --assume-clean "${DISKS[@]:2:2}"
	run -1 "$MDADM" --grow /dev/md1 --bitmap="$FILE" --force
	[ "$output" = "$said" ]
	# the file of the one is as it was
	grep -q "file: $FILE\$" /proc/mdstat
	[ "$(<$SYS/bitmap/location)" = file ]
	[ "$(</sys/block/md1/md/bitmap/location)" = none ]
	"$MDADM" --grow /dev/md0 --bitmap=none
	"$MDADM" --grow /dev/md1 --bitmap="$FILE" --force
}

@test "no room for a new one: the old one is as it was, and nothing else is said" {
	umount /mnt/bitmaps
	truncate -s 256K /run/disks/fs
	mkfs.ext2 -q -F -b 1024 /run/disks/fs
	mount -o loop /run/disks/fs /mnt/bitmaps
	echo mine >"$FILE"
	dd if=/dev/zero of=/mnt/bitmaps/all bs=1K status=none 2>/dev/null || :
	run -1 "$MDADM" -q --create /dev/md0 --run --force -l1 -n2 --bitmap="$FILE" --bitmap-chunk=1K "${DISKS[@]:0:2}"
	echo "$output"
	[ "$output" = "mdadm: cannot write $FILE: No space left on device" ]
	[ "$(<"$FILE")" = mine ]
	[ "$(cd /mnt/bitmaps && echo .[!.]* *)" = ".[!.]* all bm lost+found" ]
}

@test "a bitmap and a journal: one of them" {
	local where

	disks 2 8M
	make /dev/md0 -l5 -n3 -c64 --bitmap="$FILE" --assume-clean "${DISKS[@]:0:3}"
	"$MDADM" --readonly /dev/md0
	run -1 "$MDADM" /dev/md0 --add-journal "${DISKS[4]}"
	[ "$output" = "mdadm: /dev/md0 does not support journal device." ]
	stop_arrays
	"$ORACLE" --zero-superblock "${DISKS[@]:0:3}"
	make /dev/md0 -l5 -n3 -c64 --assume-clean "${DISKS[@]:0:3}" --write-journal "${DISKS[4]}"
	for where in internal "$FILE.2"; do
		run -1 "$MDADM" --grow /dev/md0 --bitmap="$where"
		[ "$output" = "mdadm: Cannot add bitmap to array with a journal" ]
	done
	[ ! -e "$FILE.2" ]
}
