#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tests/clients/table takes for a check, and for a fault.

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	TABLE=$BATS_TEST_DIRNAME/../clients/table
	for name in old new; do
		printf '#!/bin/sh\necho mdadm %s\n' "$name" >"$name"
		chmod +x "$name"
		printf 'program (none)\tmdadm\tmdadm %s\nx (none)\tcalls: --detail\tstatus 0\n' "$name" >"of-$name"
	done
	: >reasons
}

# answers CHECK OLD NEW
answers() {
	printf 'x (none)\t%s\t%s\n' "$1" "$2" >>of-old
	printf 'x (none)\t%s\t%s\n' "$1" "$3" >>of-new
}

# says STATUS CHECKS SAME EXPLAINED DIFFERENT [TEXT]
says() {
	run "$TABLE" "$PWD/old" of-old "$PWD/new" of-new reasons
	echo "$output"
	[ "$status" = "$1" ]
	[[ $output =~ "all "\ +$2\ +$3\ +$4\ +$5 ]]
	[[ $output == *"${6:-}"* ]]
}

@test "the same" {
	answers one '0|yes|' '0|yes|'
	answers 'two (fails)' '1||no' '1||no'
	says 0 3 3 0 0
}

@test "different" {
	answers one '0|yes|' '0|no|'
	says 1 2 1 0 1 'one: differ'
}

@test "a check that comes twice" {
	answers one '0|yes|' '0|no|'
	answers one '0|yes|' '0|yes|'
	says 1 3 2 0 1 'one: differ'
}

@test "an answer of only one" {
	printf 'x (none)\tone\t0|yes|\n' >>of-old
	says 1 2 1 0 1 '(no answer)'
}

@test "equal answers that say nothing" {
	answers one '' ''
	answers two '0||' '0||'
	answers three '1||no' '1||no'
	answers four 'error: no' 'error: no'
	answers 'five (fails)' '0|yes|' '0|yes|'
	answers six '0|yes|sh: 7: dracut-getarg: not found' '0|yes|sh: 7: dracut-getarg: not found'
	says 1 7 1 0 6 'three: both fail'
	[[ $output == *'one: says nothing'*'two: says nothing'*'five (fails): does not fail'*'six: lacks a program'* ]]
}

@test "explained, in part, or by a reason for nothing" {
	answers one '0|a name=b|' '0|a|'
	answers two '0|a name=b c|' '0|a d|'
	printf '# why\nx *\t*\t name=[a-z]/\tno name\n' >reasons
	says 1 3 1 1 1 'explained, 1 (x (none)): no name'
	printf 'x *\ttwo\tany\tlater\n' >>reasons
	says 0 3 1 2 0
	printf 'x *\tseven\tany\tlater\n' >>reasons
	says 1 3 1 2 0 'a reason that explains nothing'
	sed -i 's/^x \*\tseven/~&/' reasons
	says 0 3 1 2 0
}

@test "explained by what the whole answers are" {
	answers one 'status 2' 'status 0'
	printf 'x *\tone\tstatus [12] => status 0\tbetter\n' >reasons
	says 0 2 1 1 0 'explained, 1 (x (none)): better'
	printf 'x *\tone\tstatus 0 => status 2\tworse\n' >reasons
	says 1 2 1 0 1 'one: differ'
	printf 'x *\tone\tstatus => status 0\tbetter\n' >reasons
	says 1 2 1 0 1 'one: differ'
}

@test "another program than was meant, or none" {
	sed -i 's/mdadm new/mdadm old/' of-new
	says 1 1 1 0 0 'guests had other programs than mdadm new'
	sed -i /calls/d of-new of-old
	answers one '0|yes|' '0|yes|'
	says 1 1 1 0 0 'x (none): no call of mdadm old was seen'
}
