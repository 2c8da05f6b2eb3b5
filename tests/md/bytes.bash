# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests that compare all bytes of all disks with those that the reference program leaves. Owns what is on
# the disks, kept and put back, and the list of bytes that are random or hang on the clock. Needs lib.bash.

# keep DIR, put_back DIR: what is on all disks.
keep() {
	files
	mkdir -p "$1"
	cp --sparse=always "${FILES[@]}" "$1"
}

put_back() {
	cp --sparse=always "$1"/* "${FILES[0]%/*}"
	blockdev --flushbufs "${DISKS[@]}"
}

# blank: nothing is on the disks.
blank() {
	local size

	files
	size=$(stat -c %s "${FILES[0]}")
	truncate -s 0 "${FILES[@]}"
	truncate -s "$size" "${FILES[@]}"
	blockdev --flushbufs "${DISKS[@]}"
}

# same_bytes META DIR DIR: the disks kept there, but for times and sums of superblocks, a member's own uuid,
# and with JOURNAL=1 the sum and random number of a journal's first block. (A process is dear in a guest, so
# the disks, which are of one size, are compared as one.)
same_bytes() {
	local - size

	set -o pipefail
	files
	size=$(stat -c %s "${FILES[0]}")
	cat_disks "$2" >one
	cat_disks "$3" >other
	{ cmp -l one other || [ $? = 1 ]; } |
		awk -v size="$size" -v meta="$1" -v disks="${FILES[*]##*/}" -v journal="${JOURNAL:-}" '
			BEGIN {
				split(disks, disk)
				at["1.2"] = 4096; at["1.1"] = 0; at["1.0"] = size - size % 4096 - 8192
				at["0.90"] = size - size % 65536 - 65536
			}
			function within(from, n) { return o >= from && o < from + n }
			function changes() {
				if (meta == "0.90")
					return within(24, 4) || within(128, 4) || within(152, 4)
				return within(64, 8) || within(168, 16) || within(192, 8) || within(216, 4)
			}
			{
				byte = ($1 - 1) % size
				o = byte - at[meta]
				b = byte % 4096
				if (changes()) next
				if (journal && !within(0, 4096) && (b >= 4 && b < 8 || b >= 16 && b < 20)) next
				if (n++ < 20) print disk[int(($1 - 1) / size) + 1], byte, $2, $3
			}
			END { exit n > 0 }'
}

cat_disks() {
	(cd "$1" && cat "${FILES[@]##*/}")
}
