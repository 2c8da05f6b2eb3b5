# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# shellcheck disable=SC2154 # "status" and "output" come from bats
#
# For the tests of --incremental: both programs go through the same calls on the same members, and
# all that they say and do is compared. Brings assemble along.

load assemble

# i ARGS...: a call of the program P: its words, its exit status, and what there is then.
i() {
	local rc=0

	echo "--- $*"
	"$P" "$@" 2>&1 </dev/null || rc=$?
	echo "status $rc"
	picture
}

# through PROGRAM FUNCTION: what the function, made of calls of i, says with that program.
through() {
	P=$1
	restore
	"$2"
	ended
}

# both FUNCTION: the same with both programs; where we say more it is cut off.
both() {
	local want got

	[ -d /run/disks/saved ] || save
	want=$(through "$ORACLE" "$1")
	got=$(through "$MDADM" "$1" |
		sed -E 's/(resource busy): it is a member of md[0-9_a-z]+$/\1./; s/: it is (read-only|writable)$//')
	equal "$want" "$got"
}

# mine ARGS...: a call of ours; `status` and `output` as after run, the picture in `seen`.
mine() {
	run "$MDADM" "$@"
	# shellcheck disable=SC2034 # for the test
	seen=$(picture)
	echo "--- $* -> $status"
	echo "$output"
}
