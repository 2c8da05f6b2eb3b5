#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --stop: one array, several, all; what it says when it cannot; and that link, node and line
# of the map are gone with the array.

load lib
load proof

bats_require_minimum_version 1.5.0

teardown() {
	exec 8<&-
	! mountpoint -q /mnt || umount /mnt
	no_mappers
	room_close
}

# make NAME FIRST: a mirror of the disks FIRST and FIRST + 1.
make() {
	"$MDADM" --create "$1" --quiet --run -e 1.2 -l1 -n2 --assume-clean "${DISKS[@]:$2:2}"
}

@test "one, by node, by link, by another link" {
	disks 2 5M
	local path

	ln -s /dev/md/home byway
	: >md127
	for path in /dev/md127 /dev/md/home byway ./byway md127; do
		make home 0
		is_there md127 /dev/md/home 1.2
		run "$MDADM" --stop "$path"
		echo "$output"
		[ "$status" = 0 ]
		[ "$output" = "mdadm: stopped $path" ]
		is_gone md127 /dev/md/home
	done
}

@test "several; one that is not there does not hide the others" {
	disks 6 5M
	make /dev/md1 0
	make two 2
	make /dev/md3 4
	run "$MDADM" --stop /dev/md1 /dev/md77 /dev/md/two
	echo "$output"
	[ "$status" = 1 ]
	[ "$output" = "mdadm: stopped /dev/md1
mdadm: error opening /dev/md77: No such file or directory
mdadm: stopped /dev/md/two" ]
	is_gone md1
	is_gone md127 /dev/md/two
	is_there md3 /dev/md3 1.2
}

@test "every way to write it" {
	local -a words
	local line

	disks 2 5M
	while read -r line; do
		read -ra words <<<"$line"
		make /dev/md0 0
		run "$MDADM" "${words[@]}"
		echo "$line: $output"
		[ "$status" = 0 ]
		is_gone md0
	done <<-'EOF'
		-S /dev/md0
		-S md0
		--manage md0 --stop
		--misc --stop /dev/md0
		--manage --stop /dev/md0
		--manage /dev/md0 --stop
		-W --stop /dev/md0
		-vv --stop --scan
		-Ss
		-q -S /dev/md0
		-S --force /dev/md0
	EOF
}

@test "what cannot be stopped: one line and no trace" {
	disks 1 5M
	: >file
	mknod gone b 9 99
	ln -s nowhere dangling
	refused 1 'error opening /dev/md7: No such file' "$MDADM" --stop /dev/md7
	refused 1 'error opening md7: No such file' "$MDADM" --stop md7
	refused 1 'error opening dangling: No such file' "$MDADM" --stop dangling
	refused 1 "${DISKS[0]} does not appear to be an md device" "$MDADM" --stop "${DISKS[0]}"
	refused 1 'file does not appear to be an md device' "$MDADM" --stop file
	refused 1 '/dev does not appear to be an md device' "$MDADM" --stop /dev
	refused 1 '/dev/null does not appear to be an md device' "$MDADM" --stop /dev/null
	refused 1 'gone does not appear to be an md device' "$MDADM" --stop gone
	refused 2 'No devices given' "$MDADM" --stop
	refused 2 'an md device must be given' "$MDADM" --manage --stop
	refused 2 'No action given' "$MDADM" --manage /dev/md0
	refused 1 "error opening : No such file" "$MDADM" --stop ''
}

@test "one that is mounted, held, or swapped to: who, what to do, and no waiting" {
	disks 2 5M
	make home 0
	mkfs.ext4 -q /dev/md127
	mount -o ro /dev/md127 /mnt
	refused 1 'Cannot get exclusive access to /dev/md/home:Perhaps a running process, mounted filesystem or active volume group\?.*mounted on /mnt; .*umount /mnt' \
		"$MDADM" --stop /dev/md/home
	refused 1 'Cannot get exclusive access to /dev/md/home:.*mounted on /mnt' "$MDADM" --stop --scan
	at_once "$MDADM" --stop /dev/md/home
	is_there md127 /dev/md/home 1.2
	umount /mnt
	mapper onmd 2048 linear /dev/md127 0
	refused 1 'held by dm-[0-9]* \(onmd\); .*dmsetup remove onmd' "$MDADM" --stop /dev/md127
	dmsetup remove --noudevsync onmd
	mkswap -q /dev/md127
	swapon /dev/md127
	refused 1 'swapoff /dev/md127' "$MDADM" --stop /dev/md127
	swapoff /dev/md127
	"$MDADM" --stop /dev/md127
	is_gone md127 /dev/md/home
}

@test "one that a process has open" {
	disks 2 5M
	make /dev/md0 0
	exec 8</dev/md0
	refused 1 'failed to stop array /dev/md0: Device or resource busy.*it is open in process [0-9]+ \(.*\)( and [0-9]+ more)?; end that first' "$MDADM" --stop /dev/md0
	# a file system may never answer: what others have open is not asked for, but taken as known
	run ! strace -o calls -e trace=newfstatat,statx "$MDADM" --stop /dev/md0
	grep -q 'statx(.*AT_STATX_DONT_SYNC, 0,' calls
	run ! grep -E '\([0-9]+, "[0-9]+", \{|statx\(' <(grep -v DONT_SYNC calls)
	exec 8<&-
	"$MDADM" --stop /dev/md0
	is_gone md0
}

@test "one that somebody looks at for a moment" {
	disks 2 5M
	make /dev/md0 0
	(exec </dev/md0 && sleep 1) &
	"$MDADM" --stop /dev/md0
	is_gone md0
}

@test "a map that cannot be used keeps no array running" {
	disks 2 5M
	make home 0
	chmod 777 /run/mdadm
	run "$MDADM" --stop /dev/md127
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = "mdadm: stopped /dev/md127" ]
	[ -z "$(arrays)" ]
	"$MDADM" --assemble --quiet /dev/md127 "${DISKS[@]}" 2>said
	[[ $(<said) == *"cannot use the directory /run/mdadm"* ]]
	run "$MDADM" --verbose --stop /dev/md127
	chmod 755 /run/mdadm
	[ "$status" = 0 ]
	[[ $output == *"cannot use the directory /run/mdadm"*"stopped /dev/md127" ]]
	: >/run/mdadm/map
}

@test "--scan with none is silent" {
	run "$MDADM" --stop --scan
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "--scan with arrays on arrays" {
	disks 4 10M
	make one 0
	make two 2
	"$MDADM" --create /dev/md3 -q --run -e 1.2 -l0 -n2 /dev/md/one /dev/md/two
	"$MDADM" --create /dev/md200 -q --run -e 1.2 -l1 -n2 missing /dev/md3
	refused 1 'Cannot get exclusive .* a member of md3; .*--stop /dev/md3' "$MDADM" --stop /dev/md/one
	run -0 "$MDADM" --stop --scan --dry-run
	[ "$(grep -c STOP_ARRAY <<<"$output")" = 4 ]
	[ "$(grep -o 'STOP_ARRAY array=.*' <<<"$output" | head -n 2 | tr '\n' ' ')" = \
		"STOP_ARRAY array=/dev/md200 STOP_ARRAY array=/dev/md3 " ]
	run "$MDADM" --stop --scan
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ -z "$(arrays)" ]
	[ ! -s /run/mdadm/map ]
	[ -z "$(compgen -G '/dev/md*/*')" ]
}

@test "--scan stops what it can and tells the rest" {
	disks 4 5M
	make one 0
	make two 2
	mkfs.ext4 -q /dev/md/one
	mount /dev/md/one /mnt
	run -1 --separate-stderr "$MDADM" --stop --scan --dry-run
	# shellcheck disable=SC2154 # run sets it
	one_line "$stderr"
	[[ $stderr == *"/dev/md/one"*"mounted on /mnt"* ]]
	[[ $output != *"/dev/md/one"* && $output == *"STOP_ARRAY array=/dev/md/two"* ]]
	run "$MDADM" --stop --scan
	echo "$output"
	[ "$status" = 1 ]
	one_line "$output"
	[[ $output == *"/dev/md/one"*"mounted on /mnt"* ]]
	[ "$(arrays)" = md127 ]
	[ ! -e /dev/md/two ]
}

@test "an array that was not started; one without any member" {
	disks 2 5M
	make /dev/md0 0
	"$MDADM" -q --stop /dev/md0
	new_array md0
	echo 1.2 >/sys/block/md0/md/metadata_version
	echo "7:${DISKS[0]#/dev/loop}" >/sys/block/md0/md/new_dev
	md_is md0 array_state inactive
	"$MDADM" --stop /dev/md0
	[ ! -e /sys/block/md0 ]
	new_array md4
	"$MDADM" --stop /dev/md4
	[ ! -e /sys/block/md4 ]
}

@test "one that is resyncing, one that is degraded, one that is read-only" {
	disks 3 20M
	echo 1 | tee /proc/sys/dev/raid/speed_limit_{min,max}
	"$MDADM" -C /dev/md0 -q -R -e 1.2 -l5 -n3 --force "${DISKS[@]}"
	wait_for 10 md_is md0 sync_action resync
	"$MDADM" --stop /dev/md0
	is_gone md0
	"$MDADM" -C /dev/md0 -q -R -e 1.2 -l5 -n3 "${DISKS[@]:0:2}" missing
	"$MDADM" --stop /dev/md0
	is_gone md0
	"$MDADM" -C /dev/md0 -q -R --readonly -e 1.2 -l1 -n2 "${DISKS[@]:0:2}"
	"$MDADM" --stop /dev/md0
	is_gone md0
	echo 1000 >/proc/sys/dev/raid/speed_limit_min
	echo 200000 >/proc/sys/dev/raid/speed_limit_max
}

@test "only its own link goes, and its own line" {
	disks 4 5M
	make one 0
	make two 2
	# the map says that one is called two
	sed -i 's,/dev/md/one,/dev/md/two,' /run/mdadm/map
	"$MDADM" --stop /dev/md127
	[ "$(readlink /dev/md/two)" = /dev/md126 ]
	[ "$(wc -l </run/mdadm/map)" = 1 ]
	# a line that leads out of /dev/md
	ln -s /dev/md126 outside
	sed -i "s,/dev/md/two,/dev/md/../..$PWD/outside," /run/mdadm/map
	"$MDADM" --stop /dev/md126
	[ -L outside ]
	[ "$(readlink /dev/md/two)" = /dev/md126 ]
}

@test "without a map" {
	disks 2 5M
	make home 0
	rm /run/mdadm/map
	"$MDADM" --stop /dev/md/home
	is_gone md127
}

@test "a name that was left is used again" {
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	disks 2 5M
	make home 0
	# it leaves the link behind when there is no udev
	"$ORACLE" --stop /dev/md/home
	[ -L /dev/md/home ]
	make home 0
	is_there md127 /dev/md/home 1.2
}
