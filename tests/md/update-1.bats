#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --update of 1.x metadata: every word on RAID1, 4, 5 and 10, beside the reference program.

bats_require_minimum_version 1.5.0

load update

NEW=11111111:22222222:33333333:44444444

@test "raid1, 1.2, with a bitmap" {
	made 2 -l1 -n2 -e1.2 -b internal --assume-clean
	updated uuid --uuid=$NEW
	changed
	crossed uuid --uuid=$NEW
	updated name
	changed
	updated name --name=new
	changed
	updated homehost
	changed
	updated resync
	changed
	updated devicesize
	updated no-bitmap
	changed
	updated bbl
	changed
	updated no-bbl
	changed
	updated force-no-bbl
	updated no-ppl
	not_for 1.x sparc2.2 summaries bitmap metadata super-minor
	refused "layout-original only supported for RAID0" layout-original
	refused "layout-alternate only supported for RAID0" layout-alternate
	refused "layout-unspecified only supported for RAID0" layout-unspecified
	refused "No active reshape to revert on ${DISKS[0]}" revert-reshape
	refused "for RAID5 only" ppl
	refused "no bitmap of a cluster" home-cluster
}

@test "raid5, 1.2" {
	made 3 -l5 -n3 -e1.2 -c64 --assume-clean
	updated uuid --uuid=$NEW
	changed
	updated name --name=gamma:new
	changed
	updated homehost
	changed
	updated resync
	changed
	updated bbl
	changed
	updated no-bbl
	changed
	updated no-bitmap
	refused "not enough space" ppl
}

@test "raid5, 1.2: a partial parity log comes and goes" {
	echo "CREATE bbl=no" >nobbl.conf
	fresh 3
	make "$A" -l5 -n3 -e1.2 -c64 --assume-clean --config=nobbl.conf "${DISKS[@]}"
	ended
	save
	updated ppl
	changed
	crossed ppl
	cp --sparse=always /run/disks/theirs/* /run/disks/saved/
	updated no-ppl
	changed
	# theirs puts the log of bad blocks into the other one
	restore
	update_with "$MDADM" --update=bbl
	[ "$status" = 0 ]
	ended
	"$MDADM" --examine "${DISKS[0]}" | grep 'Bad Block Log : 512 entries available at offset 272 sectors'
}

@test "raid1, 1.0, with a bitmap" {
	made 2 -l1 -n2 -e1.0 -b internal --assume-clean
	not_for 1.x devicesize
	updated uuid --uuid=$NEW
	changed
	updated name
	changed
	updated no-bitmap
	changed
	updated bbl
	updated no-bbl
	changed
	cp --sparse=always /run/disks/theirs/* /run/disks/saved/
	updated bbl
	changed
}

@test "raid4 with a spare, 1.0" {
	made 4 -l4 -n3 -x1 -e1.0 -c64 --assume-clean
	updated uuid --uuid=$NEW
	changed
	updated homehost
	changed
	updated resync
	changed
	updated no-bbl
	changed
}

@test "raid10, 1.1" {
	made 4 -l10 -n4 -e1.1 -c64 --assume-clean
	updated uuid --uuid=$NEW
	changed
	updated bbl
	changed
	updated no-bbl
	changed
	updated resync
	changed
	updated devicesize
}

@test "raid0: layouts" {
	fresh 1
	disks 1 12M
	make "$A" -l0 -n2 -c64 --uuid="$UUID" "${DISKS[@]}"
	ended
	save
	updated layout-original
	updated layout-alternate
	changed
	updated layout-unspecified
	changed
	losetup -d "${DISKS[1]}"
	made 2 -l0 -n2 -c64
	updated layout-original
	changed
	updated layout-alternate
	changed
	crossed layout-alternate
	updated layout-unspecified
	changed
}
