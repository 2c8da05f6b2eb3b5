#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --update=revert-reshape, beside the reference program: a reshape that was stopped goes back.

bats_require_minimum_version 1.5.0

load update

# grown N ARGS...: an array of N disks gets one more, and is ended in the middle of that.
grown() {
	local n=$1

	fresh $((n + 1))
	make "$A" "${@:2}" -n "$n" --assume-clean "${DISKS[@]:0:n}"
	resync_speed 1
	"$ORACLE" --quiet "$A" --add "${DISKS[n]}"
	"$ORACLE" --grow "$A" -n $((n + 1)) >grow 2>&1 || { cat grow; return 1; }
	wait_for 20 grep -q reshape /proc/mdstat
	echo frozen >"/sys/block/${A#/dev/}/md/sync_action"
	ended
	save
}

# The same, stopped at a place from which both programs can go back: not every stripe is one.
grown_to_a_stripe() {
	local try

	for try in {1..8}; do
		grown "$@"
		restore
		update_with "$ORACLE" --update=revert-reshape
		ended
		[[ $output == *"not suitably aligned"* ]] || return 0
		echo "# try $try: $output"
	done
	return 1
}

@test "raid5, 1.2" {
	grown_to_a_stripe 3 -l5 -e1.2 -c64
	updated revert-reshape
	changed
	# twice is as before, but that nobody can tell the way
	"$MDADM" --examine "${DISKS[0]}" | grep -q 'Raid Devices : 3'
}

@test "raid10, 1.2" {
	grown 4 -l10 -e1.2 -c64
	updated revert-reshape
	changed
}

@test "raid5, 0.90" {
	grown 3 -l5 -e0.90 -c64
	restore
	# without a data offset the driver does not go back by itself, with neither program
	update_with "$ORACLE" --update=revert-reshape
	[ "$status" = 1 ]
	ended
	refused "failed to RUN_ARRAY" revert-reshape
}
