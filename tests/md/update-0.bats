#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --update of 0.90 metadata: every word, beside the reference program.

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2317 # called by what is loaded
load update

NEW=11111111:22222222:33333333:44444444
AT0=$((8 * 1024 * 1024 - 65536))   # the superblock on a disk of 8 MiB
AT1=$((8 * 1024 * 1024 - 8192))    # where one of 1.0 goes

# All but what is random in a new 1.0 superblock: the uuid of the device, and the checksum.
as_bytes() {
	head -c $((AT1 + 168)) "$1"
	tail -c +$((AT1 + 185)) "$1" | head -c 32
	tail -c +$((AT1 + 221)) "$1"
}

# rewrite EXPRESSION FILE...: the 1024 words w of the 0.90 superblock, by a line of Python.
rewrite() {
	python3 - "$AT0" "$@" <<'END'
import struct, sys
at, what = int(sys.argv[1]), sys.argv[2]
for name in sys.argv[3:]:
    with open(name, "r+b") as f:
        f.seek(at)
        w = list(struct.unpack("<1024I", f.read(4096)))
        exec(what)
        w[38] = 0
        total = sum(w)
        w[38] = ((total & 0xffffffff) + (total >> 32)) & 0xffffffff
        f.seek(at)
        f.write(struct.pack(order + "1024I", *w))
END
	save
}

@test "raid1" {
	made 2 -l1 -n2 -e0.90 --assume-clean
	updated uuid --uuid=$NEW
	changed
	crossed uuid --uuid=$NEW
	updated homehost
	changed
	updated resync
	changed
	updated no-bitmap
	updated summaries
	updated super-minor
	not_for 0.90 name devicesize bitmap bbl no-bbl force-no-bbl ppl no-ppl layout-original \
		layout-alternate layout-unspecified home-cluster
	refused "No active reshape to revert on ${DISKS[0]}" revert-reshape
	refused "is not one of a SPARC" sparc2.2
	restore
	update_with "$MDADM" --update=byteorder
	[ "$status" = 1 ]
	[[ $output == *"no recogniseable superblock on ${DISKS[0]}"* ]]
	unchanged
}

@test "raid5 with a bitmap" {
	made 3 -l5 -n3 -e0.90 -c64 -b internal --assume-clean
	updated uuid --uuid=$NEW
	changed
	updated homehost
	changed
	updated resync
	changed
	updated no-bitmap
	changed
	refused "it has a write-intent bitmap" metadata
}

@test "metadata: to 1.0" {
	made 4 -l5 -n3 -x1 -e0.90 -c64 --assume-clean
	updated metadata
	changed
	crossed metadata
	made 2 -l1 -n2 -e0.90 --assume-clean --size=4096
	updated metadata
	changed
	# the old one is there, and older
	[ "$("$MDADM" --examine "${DISKS[0]}" | grep -c 'Version : 1.0')" = 1 ]
	[ "$("$MDADM" --examine -e0.90 "${DISKS[0]}" | grep -c 'Version : 0.90')" = 1 ]
	restore
	# dirty
	rewrite 'w[33] &= ~1; order = "<"' "${FILES[@]}"
	refused "not clean" metadata
}

@test "summaries and super-minor that are wrong" {
	made 4 -l5 -n3 -x1 -e0.90 -c64 --assume-clean
	rewrite 'w[34] = w[35] = w[36] = w[37] = 9; w[9] = 20; w[11] = 3; order = "<"' "${FILES[@]}"
	updated summaries
	changed
	updated super-minor
	changed
}

@test "sparc2.2: a word too much" {
	made 2 -l1 -n2 -e0.90 --assume-clean
	rewrite 'w[39:] = [0] + w[39:-1]; order = "<"' "${FILES[@]}"
	run ! "$MDADM" --assemble "$A" "${DISKS[@]}"
	# theirs starts it only the next time
	mended sparc2.2
	changed
}

@test "byteorder" {
	made 2 -l1 -n2 -e0.90 --assume-clean
	rewrite 'w[39:43] = [w[40], w[39], w[42], w[41]]; order = ">"' "${FILES[@]}"
	run ! "$MDADM" --assemble "$A" "${DISKS[@]}"
	updated byteorder
	changed
	"$MDADM" --examine "${DISKS[0]}" | grep -q 'Version : 0.90'
}
