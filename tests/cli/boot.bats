#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fastest of the boots that `make boots` tries, with this program in the initramfs.

bats_require_minimum_version 1.5.0

@test "a root file system on a RAID1 comes up from an initramfs with busybox and this program" {
	[ "$(uname -m)" = x86_64 ] || skip "the emulated machine is an x86_64 one"
	run -0 "$BATS_TEST_DIRNAME/../boots" -c -t 500 busybox-raid1-healthy-ours
	grep -qE '^busybox-raid1-healthy-ours +yes .* md[0-9]+_:_active_.*raid1_.* links=root,$' <<<"$output"
}
