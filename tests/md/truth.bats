#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is done to members has the packaged program's exit status and effect, or differs for a reason that is listed:
# a part of what `make truth` tries.

load lib
load truth

# table LEVEL STATE ACTION...
table() {
	truth_open
	cells "$1" "$2" "${*:3}" >"$BATS_TEST_TMPDIR/cells"
	sum "$BATS_TEST_DIRNAME/truth-reasons" <"$BATS_TEST_TMPDIR/cells"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/cells")" = $(($# - 2)) ]
}

@test "a clean mirror" {
	table raid1 clean fail-first fail-remove-add remove-first remove-spare add-small add-busy readd-removed replace-with
}

@test "a degraded RAID5 with a bitmap" {
	table raid5b degraded fail-first fail-second remove-failed add-former readd-failed test-missing
}
