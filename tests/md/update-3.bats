#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --update=revert-reshape, beside the reference program: a reshape that was stopped goes back.

bats_require_minimum_version 1.5.0

load lib
load beside
load proof
load assemble
load update

# reshaping ARGS...: the array is being reshaped, and is ended in the middle of it.
reshaping() {
	run "$ORACLE" --assemble "$A" "${DISKS[@]}"
	resync_speed 1
	"$ORACLE" --grow "$A" "$@" >/dev/null 2>&1 || return
	wait_for 20 grep -q reshape /proc/mdstat
	echo frozen >"/sys/block/${A#/dev/}/md/sync_action"
	ended
	save
}

@test "raid5, 1.2, that grows" {
	made 3 -l5 -n3 -e1.2 -c64 --assume-clean
	fresh_spare=("${DISKS[@]}")
	"$ORACLE" --quiet --assemble "$A" "${DISKS[@]}"
	read -ra DISKS <<<"$ALL_DISKS"
	DISKS=("${DISKS[@]:0:4}")
	"$ORACLE" --quiet "$A" --add "${DISKS[3]}"
	resync_speed 1
	"$ORACLE" --grow "$A" -n4 >grow 2>&1 || { cat grow; return 1; }
	wait_for 20 grep -q reshape /proc/mdstat
	echo frozen >/sys/block/md7/md/sync_action
	ended
	save
	"$MDADM" --examine "${DISKS[0]}"
	updated revert-reshape && changed
	[ "${#fresh_spare[@]}" = 3 ]
}
