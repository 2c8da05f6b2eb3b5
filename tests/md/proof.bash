# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests of what changes a disk: proofs that nothing was changed, that nothing was left,
# and that an array is there with all that belongs to it.  Load it after lib.

# A process is dear in a guest, so the following do with what the shell can.

# One line for each disk: the hash of its bytes, past the page cache of the device.
hashes() {
	local disk
	local -a files=()

	for disk in "${DISKS[@]}"; do
		files+=("$(<"/sys/block/${disk#/dev/}/loop/backing_file")")
	done
	sync "${files[@]}"
	sha256sum "${files[@]}"
}

# Everything that a program could leave besides the bytes of the disks.
traces() {
	local at map=

	for at in /sys/block/md* /dev/md* /dev/md/* /dev/.tmp* /run/mdadm/* \
		/var/lib/mdadm/undo/*; do
		[[ ! -e $at && ! -L $at || $at == /run/mdadm/map ]] || echo "$at"
	done
	[ ! -e /run/mdadm/map ] || map=$(</run/mdadm/map)
	echo "$map"
}

# Is every array at rest: the kernel calls it clean a moment after the last write.
at_rest() {
	local state

	for state in /sys/block/md*/md/array_state; do
		[ -e "$state" ] || continue
		case $(<"$state") in
		active | write-pending) return 1 ;;
		esac
	done
}

remember() {
	wait_for 5 at_rest || :
	HASHES=$(hashes)
	TRACES=$(traces)
}

# Since remember: not one byte, node, link, line or file.
unchanged() {
	[ "$HASHES" = "$(hashes)" ] || { echo "# a disk has changed" >&2 && return 1; }
	[ "$TRACES" = "$(traces)" ] || { echo "# left:" && traces && return 1; } >&2
}

# One sentence, which may go on in indented lines.
one_line() {
	local line rest

	[[ $1 == mdadm:\ ?* ]] || return
	mapfile -t rest <<<"$1"
	for line in "${rest[@]:1}"; do
		[[ $line == "       "* ]] || return
	done
}

# refused STATUS PATTERN COMMAND...: exactly one line that matches the regular expression, this
# exit status, nothing on stdout, and no trace.
refused() {
	local want=$1 pattern=$2 rc=0 text

	shift 2
	remember
	text=$("$@" 2>&1 >"$BATS_TEST_TMPDIR/stdout" </dev/null) || rc=$?
	echo "$rc: $*"
	echo "$text"
	[ "$rc" = "$want" ] || { echo "# exit status $rc, not $want" && return 1; }
	one_line "$text" || { echo "# not one line" && return 1; }
	[[ $text =~ $pattern ]] || { echo "# does not match $pattern" && return 1; }
	[ ! -s "$BATS_TEST_TMPDIR/stdout" ]
	unchanged
}

# The undo file that a program's words name, and the words without that line.
UNDO_LINE='mdadm: what was overwritten is kept; to put it back: mdadm --undo '

undo_file() {
	local line

	while IFS= read -r line; do
		[[ $line != "$UNDO_LINE"* ]] || echo "${line#"$UNDO_LINE"}"
	done <<<"$1"
}

told() {
	grep -vF -- "$UNDO_LINE" <<<"$1" || :
}

# at_once COMMAND...: whatever it answers, it does not wait first. The best of three counts,
# as the machine may be busy.
at_once() {
	local start

	for _ in 1 2 3; do
		start=${EPOCHREALTIME/./}
		"$@" >/dev/null 2>&1 </dev/null || :
		((${EPOCHREALTIME/./} - start > 1500000)) || return 0
	done
	return 1
}

# line_of mdX FILE: the file's lines that begin with that word, and their number.
line_of() {
	local line
	lines_found=0 line_found=

	while IFS= read -r line; do
		[[ $line != "$1 "* ]] || { line_found=$line && ((++lines_found)); }
	done <"$2"
	((lines_found))
}

# is_there mdX PATH METADATA: an array with its node, its name, its line in the map, and no
# trace of its making.
is_there() {
	local uuid='[0-9a-f]{8}(:[0-9a-f]{8}){3}'

	[[ -b /dev/$1 && -b $2 && $2 -ef /dev/$1 ]] || return
	[ "$(stat -c %a:%U /run/mdadm/map)" = 600:root ] || return
	line_of "$1" /run/mdadm/map && ((lines_found == 1)) || return
	[[ $line_found =~ ^$1\ $3\ $uuid\ $2$ ]] || return
	line_of "$1" /proc/mdstat || return
	! compgen -G '/dev/.tmp.md*' && ! compgen -G '/run/mdadm/creating-*' &&
		! compgen -G '/run/mdadm/*lock'
}

# is_gone mdX [PATH]: no array, node, name, line.
is_gone() {
	[[ ! -e /sys/block/$1 && ! -e /dev/$1 && ! -L ${2:-/dev/$1} ]] &&
		! line_of "$1" /run/mdadm/map && ! line_of "$1" /proc/mdstat
}

# mapper NAME SECTORS TARGET...: a device of the device mapper, /dev/mapper/NAME.
mapper() {
	echo "0 $2 ${*:3}" | dmsetup create --noudevsync "$1" && dmsetup mknodes "$1"
}

# Every mapping of a test away, whatever became of it.
no_mappers() {
	stop_arrays
	[ ! -e /dev/mapper/control ] || dmsetup remove_all
}

# The sector from which the array's data lies on a member, as the driver says.
data_offset() {
	cat "/sys/block/$1/md/dev-${2#/dev/}/offset"
}

# create_refused STATUS PATTERN ARGS...
create_refused() {
	refused "$1" "$2" "$MDADM" --create "${@:3}"
}

# The end of a test that may have left anything in use.
proof_close() {
	swapoff -a
	! mountpoint -q /mnt || umount /mnt
	no_mappers
	rm -rf /run/mdadm
	blockdev --setrw "${DISKS[@]}"
	room_close
}
