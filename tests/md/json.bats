#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --json of running arrays and their members: as the schema says, and the same as the other
# views, field by field (tests/agree).
# guest: -m 1G

load lib
load beside
load views

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2034 # views.bash makes them
VIEWS=({detail,examine,query}{,-json} export words)

# Every view of the array and of the disks $@, in files of their own.
look() {
	local disk name

	N=$((N + 1))
	"$MDADM" --detail "$A" >detail/$N.out
	"$MDADM" --detail --export "$A" >export/$N.out
	"$MDADM" --detail --brief -v "$A" >words/$N.out
	"$MDADM" --detail --json "$A" >detail-json/$N.out
	"$MDADM" --query "$A" >query/$N.out
	"$MDADM" --query --json "$A" >query-json/$N.out
	for disk in "$@"; do
		name=${disk#/dev/}-$N.out
		"$MDADM" --examine "$disk" >"examine/$name"
		"$MDADM" --examine --json "$disk" >"examine-json/$name"
		"$MDADM" --query "$disk" >"query/$name"
		"$MDADM" --query --json "$disk" >"query-json/$name"
	done
}

# What look gathered agrees.
agrees() {
	agree detail query "$@"
}

@test "every level and version, whole" {
	local words

	disks 4 40M
	for words in "1 -e 0.90" "4 -e 0.90" "6 -e 1.0" "1 -e 1.1" "linear" "0" "1 -b internal" 5 \
		"6 -c 64" "10" "10 -p f2" "10 -p o3"; do
		# shellcheck disable=SC2086 # words
		create -n 4 --assume-clean -l $words "${DISKS[@]}"
		look "${DISKS[0]}"
		stop_arrays
	done
	agrees examine
	[ "$(cat detail-json/*.out | grep -c '"kernel_name": "md0"')" = 12 ]
}

@test "degraded, failed, spare, rebuilding, resyncing, checking" {
	disks 5 40M
	create -l 5 -n 3 -x 1 --assume-clean "${DISKS[@]:0:4}"
	look "${DISKS[3]}"
	resync_speed 1
	echo check >/sys/block/md0/md/sync_action
	look
	grep -q '"activity": "check"' detail-json/$N.out
	echo idle >/sys/block/md0/md/sync_action
	echo faulty >"/sys/block/md0/md/dev-${DISKS[0]#/dev/}/state"
	wait_for 10 grep -q recovery /proc/mdstat
	look "${DISKS[3]}"
	grep -q '"activity": "recovery"' detail-json/$N.out
	resync_speed 200000
	wait_idle md0
	look
	echo faulty >"/sys/block/md0/md/dev-${DISKS[1]#/dev/}/state"
	look
	echo faulty >"/sys/block/md0/md/dev-${DISKS[2]#/dev/}/state" || :
	look
	stop_arrays
	create -l 6 -n 5 --assume-clean "${DISKS[0]}" missing "${DISKS[1]}" missing "${DISKS[2]}"
	look "${DISKS[0]}"
	stop_arrays
	resync_speed 1
	create -l 1 -n 3 -e 0.90 "${DISKS[@]:0:3}"
	look "${DISKS[0]}"
	grep -q '"activity": "resync"' detail-json/$N.out
	agrees examine
}

@test "inactive" {
	local meta

	disks 3 40M
	for meta in 1.2 0.90; do
		create -l 5 -n 3 -e $meta --assume-clean "${DISKS[@]}"
		"$MDADM" --quiet --stop "$A"
		new_array md0
		echo "$meta" >/sys/block/md0/md/metadata_version
		cat "/sys/block/${DISKS[0]#/dev/}/dev" >/sys/block/md0/md/new_dev
		md_is md0 array_state inactive
		look
		grep -q '"active": false' detail-json/$N.out
		stop_arrays
	done
	agrees
}

@test "names: of the array, hostile, of no UTF-8" {
	local name

	disks 2 40M
	# shellcheck disable=SC2016 # not for this shell
	for name in home 'a b' $'\303\244\342\202\254' $'\377\376' 'x;$(id)/../y' "it's" "..."; do
		"$ORACLE" --quiet --create "$A" -l 1 -n 2 --assume-clean --name="$name" "${DISKS[@]}" \
			--run || continue
		look "${DISKS[0]}"
		stop_arrays
	done
	[ "$N" -ge 5 ]
	agrees examine
}

@test "several arrays in one document, found by a scan and on their members" {
	disks 4 40M
	create -l 1 -n 2 --assume-clean "${DISKS[@]:0:2}"
	A=/dev/md/x create -l 1 -n 2 --assume-clean "${DISKS[@]:2:2}"
	run -0 --separate-stderr "$MDADM" --detail --scan --json
	[ "$(grep -c '"kernel_name": "md' <<<"$output")" = 2 ]
	[ "$(grep -c '"mdadm_json": 1' <<<"$output")" = 1 ]
	run -0 "$MDADM" --examine --scan --json
	[ "$(grep -c '"path": "/dev/md' <<<"$output")" = 2 ]
	run -1 --separate-stderr "$MDADM" --detail --json "$A" /dev/null /dev/md/x
	# shellcheck disable=SC2154 # from bats
	[ "$stderr" = "mdadm: /dev/null does not appear to be an md device" ]
	[ "$(grep -c '"kernel_name": "md' <<<"$output")" = 2 ]
	run -4 --separate-stderr "$MDADM" --detail --test --json /dev/null
	[ "$output" = '{
  "mdadm_json": 1,
  "command": "detail",
  "arrays": []
}' ]
}
