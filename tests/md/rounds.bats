#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest: -u
#
# A handful of the rounds of tests/rounds: arrays come and go in several processes at once while udev
# runs; nothing fails, nothing is left.

load lib
load rounds

@test "rounds of create, stop, assemble, remove and plug in, in five processes" {
	local seed=${ROUNDS_SEED:-$RANDOM}

	rounds_rules
	run rounds 5 1 "$seed"
	echo "seed $seed"
	echo "$output"
	[ "$(grep -c '^done: .* 0 faults$' <<<"$output")" = 5 ]
	[[ $output != *left:* ]]
}
