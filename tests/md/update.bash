# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# shellcheck disable=SC2154 # "status" comes from bats
#
# For the tests of --assemble --update: both programs update the same members, and not a byte may
# differ. The arrays are started read-only, so that the driver writes nothing. Brings assemble along.

load assemble

A=/dev/md7
UUID=00112233:44556677:8899aabb:ccddeeff
HOME_ARGS=(--homehost=alpha --name=alpha:orig)

# made N ARGS...: an array of N disks by the reference program, ended, and its bytes kept.
made() {
	fresh "$1"
	make "$A" "${HOME_ARGS[@]}" --uuid="$UUID" "${@:2}" "${DISKS[@]}"
	ended
	save
}

update_with() {
	run "$1" --assemble "$A" -o --homehost=beta "${@:2}" "${DISKS[@]}"
	[[ $output != *"$UNDO_LINE"* ]] || output=$(told "$output")
}

# mended WORD [ARGS...]: both write the same bytes, and ours starts the array. What they say is in
# `want` and `output`.
mended() {
	local file

	echo "--- $1"
	restore
	update_with "$ORACLE" --update="$1" "${@:2}"
	want="$status $output"
	ended
	rm -rf /run/disks/theirs
	mkdir -p /run/disks/theirs
	cp --sparse=always "${FILES[@]}" /run/disks/theirs/
	restore
	update_with "$MDADM" --update="$1" "${@:2}"
	[ "$status" = 0 ] || { echo "$output" && return 1; }
	ended
	for file in "${FILES[@]}"; do
		as_bytes "/run/disks/theirs/${file##*/}" >theirs
		as_bytes "$file" >ours
		cmp theirs ours && continue
		cmp -l theirs ours | head -n 20
		return 1
	done
}

# as_bytes FILE: what of it is compared.
as_bytes() {
	cat "$1"
}

# updated WORD [ARGS...]: both do it, the same words are said, and the same bytes are there.
updated() {
	local want

	mended "$@" || return
	equal "$want" "0 $output"
}

# changed: the last update did change something.
changed() {
	! cmp -s "${FILES[0]}" "/run/disks/saved/${FILES[0]##*/}"
}

# not_for FORMAT WORD...: none of them is for that; both say so.
not_for() {
	local format=$1 word

	shift
	restore
	for word; do
		update_with "$MDADM" --update="$word"
		echo "--- $word: $output"
		[ "$status" = 1 ] || return
		[ "$output" = "mdadm: --update=$word not understood for $format metadata" ] || return
	done
	unchanged
}

# refused TEXT WORD [ARGS...]: exit status 1, and not a byte has changed.
refused() {
	local text=$1

	shift
	restore
	update_with "$MDADM" --update="$1" "${@:2}"
	echo "--- $*: $output"
	[ "$status" = 1 ] || return
	[[ $output == "mdadm: "*"$text"* ]] || return
	[ -z "$(arrays)" ] || return
	unchanged
}

# crossed: what one program has updated the other starts.
crossed() {
	cp --sparse=always /run/disks/theirs/* /run/disks/
	"$MDADM" --quiet --assemble "$A" "${DISKS[@]}" || return
	ended
	restore
	update_with "$MDADM" --update="$1" "${@:2}"
	ended
	"$ORACLE" --quiet --assemble "$A" "${DISKS[@]}" || return
	ended
}
