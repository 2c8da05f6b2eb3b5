#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Made by both programs and compared, each level on each metadata version: members of 1 MiB, and of 2 MiB and three sectors.
# A part of what tests/matrix does.
# guest: -m 2G

load lib
load matrix

setup() {
	matrix_open
}

teardown() {
	matrix_close
}

@test "linear" {
	rotate shapes_linear 1M 2098688
}

@test "raid0" {
	rotate shapes_raid0 1M 2098688
}

@test "raid1" {
	rotate shapes_raid1 1M 2098688
}

@test "raid4" {
	rotate shapes_raid4 1M 2098688
}

@test "raid5" {
	rotate shapes_raid5 1M 2098688
}

@test "raid6" {
	rotate shapes_raid6 1M 2098688
}

@test "raid10" {
	rotate shapes_raid10 1M 2098688
}
