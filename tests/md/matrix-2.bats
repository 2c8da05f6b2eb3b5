#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Made by both programs and compared, each level on each metadata version: members of 10 MiB and 1 GiB.
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
	rotate shapes_linear 10M 1G
}

@test "raid0" {
	rotate shapes_raid0 10M 1G
}

@test "raid1" {
	rotate shapes_raid1 10M 1G
}

@test "raid4" {
	rotate shapes_raid4 10M 1G
}

@test "raid5" {
	rotate shapes_raid5 10M 1G
}

@test "raid6" {
	rotate shapes_raid6 10M 1G
}

@test "raid10" {
	rotate shapes_raid10 10M 1G
}
