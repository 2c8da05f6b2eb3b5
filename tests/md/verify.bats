#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --verify: who is wrong is found, and nothing else is told; what is told where less can be said; what
# --repair-block writes; and that nobody's write waits for ever.
# guest: -m 1G

# shellcheck disable=SC2030,SC2031 # each test is a process

load lib

bats_require_minimum_version 1.5.0

A=/dev/md0

create() {
	"$MDADM" --quiet --create "$A" --run --assume-clean "$@"
}

# fill [MIB]: random bytes at the begin of the array.
fill() {
	dd if=/dev/urandom of="$A" bs=1M count="${1:-4}" oflag=direct conv=notrunc status=none
}

# The disk in slot $1.
slot() {
	local at

	at=$(readlink "/sys/block/md0/md/rd$1")
	echo "/dev/${at#dev-}"
}

# spoil SLOT BYTE [COUNT]: other bytes at that byte of the data of a member, which are random ones.
spoil() {
	local disk offset

	disk=$(slot "$1")
	offset=$(md_attr md0 "dev-${disk#/dev/}/offset")
	dd if=/dev/urandom of="$disk" bs=1 seek=$((offset * 512 + $2)) count="${3:-100}" conv=notrunc,fsync status=none
}

# verify EXIT [ARGS...]
verify() {
	local want=$1

	shift
	run -"$want" --separate-stderr "$MDADM" --verify "$A" "$@"
	echo "$output"
	echo "$stderr"
}

sum() {
	dd if="$A" bs=1M iflag=direct status=none | sha1sum
}

@test "each corruption is found, with the member and the place" {
	run "$BATS_TEST_DIRNAME/corrupt" 12 "${SEED:-$RANDOM}" 6:5:ls:16 6:5:ddf-N-continue:16 \
		6:5:left-symmetric-6:16 1:3:: 10:5:o3:16
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"60 corruptions on 5 arrays"* ]]
}

@test "clean arrays of every level and layout fit" {
	local words n=0

	for words in "1 -n 2" "4 -n 3 -c 16" "5 -n 4 -c 16 -p la" "6 -n 5 -c 16 -p parity-first" "6 -n 4 -c 16 -p parity-last" \
		"6 -n 5 -c 16 -p ddf-zero-restart" "6 -n 5 -c 16 -p right-symmetric-6" \
		"10 -n 3 -c 16 -p n2" "10 -n 4 -c 16 -p f2" "10 -n 5 -c 16 -p o2" "10 -n 4 -c 64 -p f4"; do
		read -r -a words <<<"$words"
		disks "${words[2]}" 16M
		create -l "${words[@]}" "${DISKS[@]}"
		fill 5
		verify 0
		[[ $output == *"Verdict : everything fits"* ]]
		[ -z "$stderr" ]
		stop_arrays
		drop_disks
		n=$((n + 1))
	done
	[ $n = 11 ]
}

@test "RAID5 and two copies: a mismatch is told, and that nobody knows whose" {
	disks 3 16M
	create -l 5 -n 3 -c 64 "${DISKS[@]}"
	fill
	spoil 1 $((3 * 65536 + 1000)) 8
	verify 4
	[[ $output == *"Verdict : 1 stripe does not fit; of 0 it is known who is wrong"* ]]
	[[ $output == *"stripe 3 (array sectors 768 to 1023): one of ${DISKS[0]}, ${DISKS[1]}, ${DISKS[2]} is wrong, it cannot be said which"* ]]
	verify 4 --repair-block 3
	[[ $stderr == *"it cannot be said which member is wrong; nothing is written"* ]]
	stop_arrays
	drop_disks
	disks 3 16M
	create -l 10 -n 3 -c 64 "${DISKS[@]}"
	fill
	spoil 0 70000 600
	verify 4
	[[ $output == *"one of ${DISKS[2]}, ${DISKS[0]} is wrong"* ]]
	stop_arrays
	drop_disks
	disks 2 16M
	create -l 1 -n 2 "${DISKS[@]}"
	fill
	spoil 0 700 8
	verify 4
	[[ $output == *"stripe 0 (array sectors 0 to 127): one of ${DISKS[0]}, ${DISKS[1]} is wrong"* ]]
}

@test "degraded: less can be said, and that is said" {
	disks 5 16M
	create -l 6 -n 5 -c 16 "${DISKS[@]}"
	fill
	sum >before
	# each slot is P, Q and data in some stripe
	echo faulty >"/sys/block/md0/md/dev-${DISKS[2]#/dev/}/state"
	verify 0
	[[ $output == *"a member is missing: there is less to compare"* ]]
	[[ $output == *"Slot 2 : missing"* ]]
	for n in 0 1 2 3 4 5; do
		spoil 4 $((n * 16384 + n * 512)) 10
	done
	verify 4
	[[ $output == *"6 stripes do not fit; of 0 it is known"* ]]
	echo faulty >"/sys/block/md0/md/dev-${DISKS[3]#/dev/}/state"
	verify 5
	[[ $output == *"what could be compared fits"* && $output == *"nothing left to compare it with"* ]]
	stop_arrays
	create -l 5 -n 3 -c 16 "${DISKS[@]:0:2}" missing
	verify 5
	stop_arrays
	drop_disks
	disks 3 16M
	create -l 1 -n 3 "${DISKS[@]}"
	spoil 0 0 10
	verify 3
	echo faulty >"/sys/block/md0/md/dev-${DISKS[2]#/dev/}/state"
	verify 4
}

@test "known bad blocks are not compared, and what cannot be read is told" {
	local offset

	disks 4 16M
	create -l 6 -n 4 -c 16 "${DISKS[@]}"
	fill
	spoil 0 $((16384 * 2)) 512
	verify 3
	offset=$(md_attr md0 "dev-${DISKS[0]#/dev/}/offset")
	echo "$((offset + 64)) 8" >"/sys/block/md0/md/dev-${DISKS[0]#/dev/}/bad_blocks"
	verify 0
	[[ $output == *"Slot 0 : ${DISKS[0]}: read, but for known bad blocks"* ]]
	echo "$((offset + 64)) 1" >"/sys/block/md0/md/dev-${DISKS[1]#/dev/}/bad_blocks"
	echo "$((offset + 64)) 8" >"/sys/block/md0/md/dev-${DISKS[2]#/dev/}/bad_blocks"
	verify 5
	[[ $output == *"Not compared : 4 KiB of each member"* || $output == *"Not compared : 512 bytes of each member"* ]]
}

@test "an array that is busy, or never was in step, is refused" {
	disks 3 40M
	create -l 1 -n 2 "${DISKS[@]:0:2}"
	echo 1 >/proc/sys/dev/raid/speed_limit_max
	echo 1 >/proc/sys/dev/raid/speed_limit_min
	echo check >/sys/block/md0/md/sync_action
	verify 1
	[[ $stderr == *"$A is busy with a check: wait for the end of that"* ]]
	stop_arrays
	drop_disks
	disks 4 40M
	"$MDADM" --quiet --create "$A" --run -l 6 -n 4 "${DISKS[@]}"
	wait_for 10 md_is md0 sync_action resync
	verify 1
	[[ $stderr == *"$A is busy with a resync"* ]]
	echo 200000 >/proc/sys/dev/raid/speed_limit_max
	stop_arrays
	create -l 0 -n 2 "${DISKS[@]:0:2}"
	verify 1
	[[ $stderr == *"its level keeps nothing twice"* ]]
}

@test "--repair-block writes the wrong block, and nothing else" {
	local words places wrong n

	# of RAID6 once data, once P, once Q
	for words in "6 -n 5 -c 16" "1 -n 3" "10 -n 4 -c 16 -p n3"; do
		[ "${words::1}" = 6 ] && places=(1 2 3) || places=(2)
		read -r -a words <<<"$words"
		disks "${words[2]}" 16M
		create -l "${words[@]}" "${DISKS[@]}"
		fill
		sum >before
		for n in "${places[@]}"; do
			spoil 1 $((n * 131072 + 5000)) 700
		done
		verify 3 --json
		[[ $output == *"\"wrong_stripes\": ${#places[@]},"* ]]
		mapfile -t wrong < <(grep -o '"stripe": [0-9]*' <<<"$output" | cut -d' ' -f2)
		for n in "${wrong[@]}"; do
			run -0 "$MDADM" --verify "$A" --repair-block "$n" --dry-run
			[[ $output == *"hold-writes-back"*"write device=$(slot 1)"*"let-writes-go"* ]]
			verify 0 --repair-block "$n" --undo-dir undo
			[[ $stderr == *"stripe $n of $A is put right"*"on $(slot 1)"* ]]
			compgen -G "undo/*-md0.undo"
			verify 0 --repair-block "$n"
			[[ $stderr == *"stripe $n of $A fits: nothing is to be repaired"* ]]
		done
		verify 0
		sum | cmp - before
		[ "$(md_attr md0 suspend_hi)" = 0 ]
		verify 2 --repair-block 1000000
		stop_arrays
		drop_disks
		rm -rf undo
	done
}

@test "--repair-block: the kernel does not remember the wrong block" {
	disks 4 16M
	create -l 6 -n 4 -c 16 "${DISKS[@]}"
	fill
	# stripe 0 is Q, two blocks of data, P
	spoil 1 0 512
	echo 32 >/sys/block/md0/md/sync_max
	echo check >/sys/block/md0/md/sync_action
	wait_for 10 grep -q '^32 ' /sys/block/md0/md/sync_completed
	echo idle >/sys/block/md0/md/sync_action
	verify 0 --repair-block 0
	[[ $stderr != *"stripe cache"* ]]
	# of the other block, so that new sums are made with the one that was wrong
	dd if=/dev/urandom of="$A" bs=4096 seek=4 count=1 oflag=direct conv=notrunc status=none
	verify 0
	[ "$(md_attr md0 stripe_cache_size)" = 256 ]
	[ "$(md_attr md0 sync_max)" = max ]
}

@test "two wrong members in a stripe: told, and not touched" {
	disks 5 16M
	create -l 6 -n 5 -c 16 "${DISKS[@]}"
	fill
	spoil 0 $((5 * 16384)) 512
	spoil 1 $((5 * 16384 + 4096)) 512
	verify 3
	[[ $output == *"1 stripe does not fit"*"${DISKS[0]}, slot 0"*"${DISKS[1]}, slot 1"* ]]
	verify 1 --repair-block 5
	[[ $stderr == *"more than one member is wrong; nothing is written"* ]]
	spoil 1 $((5 * 16384)) 512
	verify 4
	# nothing is written to a read-only array, and it can be compared
	"$MDADM" --readonly "$A"
	verify 4
}

@test "a write under way is no mistake" {
	local writer n

	disks 5 24M
	create -l 6 -n 5 -c 16 "${DISKS[@]}"
	timeout 300 python3 - <<-'END' 3>&- &
		import os, random
		fd = os.open("/dev/md0", os.O_WRONLY)
		while not os.path.exists("stop"):
		    os.pwrite(fd, random.randbytes(random.choice((512, 4096, 40000))), 512 * random.randrange(60000))
		    if random.random() < 0.02: os.fsync(fd)
	END
	writer=$!
	for n in 1 2 3 4; do
		verify 0
	done
	# and a real one is found beside, where nobody writes
	spoil 3 $((1400 * 16384)) 2000
	verify 3
	touch stop
	wait "$writer"
	[ "$(md_attr md0 suspend_hi)" = 0 ]
}

# Starts --verify and kills it once it holds writes back.
kill_it() {
	local hi

	"$MDADM" --verify "$A" >/dev/null 3>&- &
	while [ -e /proc/$! ]; do
		read -r hi </sys/block/md0/md/suspend_hi
		[ "$hi" = 0 ] || break
	done
	kill -9 $! && caught=1
	wait $! || :
}

@test "who is killed while writes wait lets them go" {
	local caught=0 tries=0

	disks 3 40M
	create -l 1 -n 3 "${DISKS[@]}"
	for n in 0 8 16 24; do
		spoil 1 $((n << 20)) 10
	done
	until [ $caught = 1 ] || [ $tries = 40 ]; do
		kill_it
		tries=$((tries + 1))
	done
	[ $caught = 1 ]
	wait_for 10 md_is md0 suspend_hi 0
	timeout 20 dd if=/dev/zero of="$A" bs=1M count=30 oflag=direct status=none
	verify 0
}

@test "the JSON is as the schema says" {
	mkdir -p verify{,-json} dry-run{,-json}
	disks 4 16M
	create -l 6 -n 4 -c 16 "${DISKS[@]}"
	fill
	run_pty '' "$MDADM" --verify "$A"
	[[ $output == *"mdadm: $A: "*"% compared, "*" MiB/s"* ]]
	"$MDADM" --verify "$A" >verify/0.out
	"$MDADM" --verify --json "$A" >verify-json/0.out
	spoil 1 5000 10
	spoil 2 50000 1000
	run -3 "$MDADM" --verify "$A"
	echo "$output" >verify/1.out
	run -3 --separate-stderr "$MDADM" --verify --json "$A"
	echo "$output" >verify-json/1.out
	"$MDADM" --verify "$A" --repair-block 0 --dry-run >dry-run/0.out
	"$MDADM" --verify "$A" --repair-block 0 --dry-run --json >dry-run-json/0.out
	"$BATS_TEST_DIRNAME/../agree" verify .
	"$BATS_TEST_DIRNAME/../agree" dry-run .
}
