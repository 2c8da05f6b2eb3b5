#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Made by both programs and compared, each level on each metadata version: members of 100 GiB and 4 TiB.
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
	rotate shapes_linear 100G 4T
}

@test "raid0" {
	rotate shapes_raid0 100G 4T
}

@test "raid1" {
	rotate shapes_raid1 100G 4T
}

@test "raid4" {
	rotate shapes_raid4 100G 4T
}

@test "raid5" {
	rotate shapes_raid5 100G 4T
}

@test "raid6" {
	rotate shapes_raid6 100G 4T
}

@test "raid10" {
	rotate shapes_raid10 100G 4T
}
