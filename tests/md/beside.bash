# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests that look at one array with both programs. Owns: arrays made by the reference program, the
# speed of resync, and the comparison of all that two commands say.

# make ARGS...: a new array by the reference program.
make() {
	"$ORACLE" --quiet --create "$@" --run
}

# resync_speed KIB: the most that resync does in a second; 1 is as good as standing still.
resync_speed() {
	echo "$1" >/proc/sys/dev/raid/speed_limit_max
	echo "$(($1 > 1000 ? 1000 : $1))" >/proc/sys/dev/raid/speed_limit_min
}

# slurp NAME FILE: the text of the file, without a process, into the variable NAME.
slurp() {
	IFS= read -r -d '' "$1" <"$2" || :
}

# untold: takes the line about the oldest kernel, which only we have, out of `got`.
untold() {
	while [[ $got =~ $'\n'" "*"Oldest Kernel : "[^$'\n']* ]]; do
		got=${got/"${BASH_REMATCH[0]}"/}
	done
}

# alike ARGS...: same stdout, stderr and status. A test file's on_purpose edits `want` and `got`,
# the two outputs, where they are to differ. (A process takes long in a guest.)
alike() {
	local want got want_err got_err want_rc=0 got_rc=0

	"$ORACLE" "$@" >want 2>want.err || want_rc=$?
	"$MDADM" "$@" >got 2>got.err || got_rc=$?
	slurp want want
	slurp got got
	slurp want_err want.err
	slurp got_err got.err
	on_purpose
	[ "$want" = "$got" ] && [ "$want_err" = "$got_err" ] && [ "$want_rc" = "$got_rc" ] && return
	diff <(echo -n "$want") <(echo -n "$got") || :
	diff want.err got.err || :
	echo "# mdadm $*: status $got_rc, the reference program's is $want_rc" >&2
	return 1
}

# levels METADATA LEVEL...: a test file's views of an array of four at each level.
levels() {
	local level meta=$1

	shift
	for level in "$@"; do
		make "$A" -l "$level" -n 4 -e "$meta" --assume-clean "${DISKS[@]}"
		views
		stop_arrays
	done
}
