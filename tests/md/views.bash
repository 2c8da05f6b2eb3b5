# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests of all that we say of one array: it is made by the program under test, each view is kept
# in a file of its own (DIRECTORY/N.out), and tests/agree compares them.  A test file names its
# directories in VIEWS.  Load it after lib and beside.

A=/dev/md0

setup() {
	room_open
	resync_speed 200000
	mkdir "${VIEWS[@]}"
	# shellcheck disable=SC2034 # the test files number their views by it
	N=0
}

teardown() {
	resync_speed 200000
	room_close
}

# create ARGS...: the array, by the program under test.
create() {
	"$MDADM" --quiet --create "$A" "$@" --run
}

# agree KIND...: what was kept of these does.
agree() {
	local kind

	for kind; do
		"$BATS_TEST_DIRNAME/../agree" "$kind" "$PWD" || return
	done
}
