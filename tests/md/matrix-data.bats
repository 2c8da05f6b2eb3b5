#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each program assembles what the other made, and what was written is there.
# A part of what tests/matrix does.

load lib
load matrix

setup() {
	matrix_open
}

teardown() {
	matrix_close
}

# every METADATA STEP: from the list of shapes each STEPth, from our hands and from theirs.
every() {
	local shape n=0

	SIZE=4M
	members $SIZE
	while read -r -a shape; do
		((n++ % $2 == 0)) || continue
		handed "$ORACLE" "$MDADM" "$1" "${shape[@]}"
		handed "$MDADM" "$ORACLE" "$1" "${shape[@]}"
	done < <(shapes_data)
	no_findings
}

@test "0.90" {
	every 0.90 9
}

@test "1.0" {
	every 1.0 9
}

@test "1.1" {
	every 1.1 9
}

@test "1.2" {
	every 1.2 6
}
