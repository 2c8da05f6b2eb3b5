#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --destroy where udev hands every member that is let go to --incremental: the array does not come back.
# guest: -u

load lib
load proof

bats_require_minimum_version 1.5.0

RULES=$BATS_TEST_DIRNAME/../../udev

setup_file() {
	mkdir -p /run/udev/rules.d
	cp "$RULES"/*.rules /run/udev/rules.d
	udevadm control --reload
}

@test "udev does not start it again between the stop and the last byte" {
	local disk

	disks 4 20M
	for _ in 1 2 3 4 5; do
		"$MDADM" -C /dev/md/home -q -R -l5 -n4 --assume-clean "${DISKS[@]}"
		udevadm settle -t 60
		run -0 "$MDADM" --destroy --run /dev/md/home
		udevadm settle -t 60
		[ -z "$(arrays)" ]
		for disk in "${DISKS[@]}"; do
			run -1 "$MDADM" --examine "$disk"
		done
	done
}
