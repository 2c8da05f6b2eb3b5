#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What makes the program quick and can be told without a clock: how many system calls it takes,
# how they grow with members and arrays, and that what sleeps in the kernel sleeps at once.
# The clock is tests/bench's.

load lib
load proof

teardown() {
	no_mappers
	room_close
}

# calls COMMAND...: how many system calls it makes that ask anything of files and devices. (Under
# strace everything is slow, so that there may be more threads than otherwise.)
calls() {
	strace -f -e trace=%file,ioctl,read,pread64,write,close,fstat,fcntl,lseek,getdents64 -o trace "$@" >said 2>&1 || { cat said >&2 && return 1; }
	grep -cvE ' (\+\+\+|---) | resumed>' trace
}

# growth FEWER MORE DIFFERENCE: how many more calls for each thing more, rounded up.
growth() {
	echo $((($2 - $1 + $3 - 1) / $3))
}

# mirrors N: arrays md0 to mdN-1 of two disks each.
mirrors() {
	local i

	for ((i = 0; i < $1; i++)); do
		"$MDADM" --create "/dev/md$i" --quiet --run -e 1.2 -l1 -n2 --assume-clean "${DISKS[@]:i * 2:2}"
	done
}

@test "examine: at most 60 calls; scan: at most 12 for each member" {
	disks 12 5M
	mirrors 6
	stop_arrays
	one=$(calls "$MDADM" --examine "${DISKS[0]}")
	echo "one member: $one"
	[ "$one" -le 60 ]
	[ "$(calls "$MDADM" --examine --export "${DISKS[0]}")" -le 60 ]
	few=$(calls "$MDADM" --examine --brief "${DISKS[@]:0:2}")
	many=$(calls "$MDADM" --examine --brief "${DISKS[@]}")
	echo "two members: $few, twelve: $many"
	[ "$(wc -l <said)" = 6 ]
	[ "$(growth "$few" "$many" 10)" -le 12 ]
}

@test "detail: a few calls for each member; scan: at most 25 for each array" {
	disks 12 5M
	mirrors 1
	one=$(calls "$MDADM" --detail --scan)
	export=$(calls "$MDADM" --detail --export /dev/md0)
	text=$(calls "$MDADM" --detail /dev/md0)
	echo "scan of one: $one, export: $export, text: $text"
	[ "$export" -le 85 ]
	[ "$text" -le 90 ]
	mirrors 6 2>/dev/null || :
	many=$(calls "$MDADM" --detail --scan)
	echo "scan of six: $many"
	[ "$(wc -l <said)" = 6 ]
	[ "$(growth "$one" "$many" 5)" -le 25 ]
	stop_arrays
	"$MDADM" --create /dev/md9 -q -R -e 1.2 -l1 -n12 --assume-clean "${DISKS[@]}"
	wide=$(calls "$MDADM" --detail /dev/md9)
	echo "twelve members: $wide"
	[ "$(growth "$text" "$wide" 10)" -le 3 ]
}

@test "create: at most 48 calls for each member" {
	disks 12 5M
	few=$(calls "$MDADM" -C /dev/md0 -q -R -e 1.2 -l1 -n2 --assume-clean "${DISKS[@]:0:2}")
	many=$(calls "$MDADM" -C /dev/md1 -q -R -e 1.2 -l1 -n10 --assume-clean "${DISKS[@]:2}")
	echo "two members: $few, ten: $many"
	[ "$(growth "$few" "$many" 8)" -le 48 ]
}

@test "slow members are read at once, and told as quick ones are" {
	local i slow=()

	disks 12 5M
	mirrors 6
	stop_arrays
	for i in "${!DISKS[@]}"; do
		mapper "slow$i" 10240 delay "${DISKS[i]}" 0 300 "${DISKS[i]}" 0 0
		slow+=("/dev/mapper/slow$i")
	done
	quick=$("$MDADM" --examine --brief -v "${DISKS[@]}")
	begin_ms=${EPOCHREALTIME/./}
	run "$MDADM" --examine --brief -v "${slow[@]}"
	took_ms=$(((${EPOCHREALTIME/./} - begin_ms) / 1000))
	echo "$output"
	echo "$took_ms ms"
	[ "$status" = 0 ]
	for i in "${!DISKS[@]}"; do
		quick=$(sed -E "s|${DISKS[i]}(,\|\$)|${slow[i]}\\1|" <<<"$quick")
	done
	[ "$output" = "$quick" ]
	# one after the other they would take 36 reads of 300 ms
	[ "$took_ms" -lt 5400 ]
	printf 'DEVICE %s\n' "${slow[*]}" >/etc/mdadm/mdadm.conf
	run "$MDADM" --examine --scan -v
	[ "$output" = "$quick" ]
}

@test "arrays are stopped at once, and told in the order of the kernel's list" {
	local at want

	disks 12 5M
	mirrors 6
	want=$(sed -n 's|^\(md[0-9]*\) .*|mdadm: stopped /dev/\1|p' /proc/mdstat)
	run strace -f -e trace=clone,clone3 -o trace "$MDADM" --stop --scan -v
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = "$want" ]
	for at in 0 1 2 3 4 5; do
		is_gone "md$at"
	done
	[ "$(cat /run/mdadm/map 2>/dev/null)" = "" ]
	# in threads of their own, but for the one that the program has anyway
	[ "$(grep -c '^[0-9]* *clone' trace)" -ge 5 ]
}

# lines N: a configuration of the first N disks, with the ARRAY lines of what is on them.
lines() {
	echo "DEVICE ${DISKS[*]:0:$1}" >/etc/mdadm/mdadm.conf
	"$MDADM" --examine --brief "${DISKS[@]:0:$1}" >>/etc/mdadm/mdadm.conf
}

@test "assemble --scan: at most 120 calls for each array of two, with ARRAY lines and without" {
	local with n calls=()

	disks 12 5M
	mirrors 6
	stop_arrays
	for with in lines nothing; do
		for n in 4 12; do
			lines "$n"
			[ "$with" = lines ] || sed -i '/^ARRAY/d' /etc/mdadm/mdadm.conf
			calls[n]=$(calls "$MDADM" --assemble --scan)
			[ "$(grep -c '^md.*: active' /proc/mdstat)" = $((n / 2)) ]
			stop_arrays
		done
		echo "$with: two arrays: ${calls[4]}, six: ${calls[12]}"
		[ "$(growth "${calls[4]}" "${calls[12]}" 4)" -le 120 ]
	done
}

@test "incremental: the last member takes at most 1.5 times the calls of the first" {
	local i first=0 last

	disks 12 5M
	mirrors 6
	stop_arrays
	lines 12
	for i in "${!DISKS[@]}"; do
		last=$(calls "$MDADM" --incremental "${DISKS[i]}")
		[ "$first" != 0 ] || first=$last
	done
	echo "first: $first, last: $last"
	[ "$(grep -c '^md.*: active' /proc/mdstat)" = 6 ]
	[ $((last * 2)) -le $((first * 3)) ]
}

@test "incremental: as long as members are too few to run they are counted, not read" {
	local i last calls=()

	disks 12 5M
	"$MDADM" --create /dev/md0 --quiet --run -e 1.2 -l5 -n12 --assume-clean "${DISKS[@]}"
	stop_arrays
	lines 12
	for i in "${!DISKS[@]}"; do
		last=$(calls "$MDADM" --incremental "${DISKS[i]}")
		calls+=("$last")
		[ "$i" != 9 ] || grep -q 'not enough to start (10)' said
	done
	echo "calls: ${calls[*]}"
	[ "$(grep -c '^md.*: active' /proc/mdstat)" = 1 ]
	[ "${calls[9]}" -le $((calls[1] + 2)) ]
	# they are all read twice: at eleven, which could run, and at twelve
	[ "${calls[11]}" -le $((calls[1] + 11 * 16)) ]
}
