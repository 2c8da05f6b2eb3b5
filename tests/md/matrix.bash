# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The same array made by the reference program and by ours, and compared: the bytes on
# the members, the exit statuses, what both tell of it, and whether each takes what the
# other made. Needs lib.bash. Owns the shapes, and the list of what differs on purpose.
#
# A shape is the tail of a --create command in which A B C D E are members of one size,
# U is a tenth larger, V is 64 KiB larger.

SBNORM=${SBNORM:-$BATS_TEST_DIRNAME/../../build/tools/sbnorm}
MATRIX_UUID=11223344:55667788:99aabbcc:ddeeff00
declare -gA MEMBER # -g: bats loads this file in a function

# --- the shapes ----------------------------------------------------------------------------

shapes() {
	shapes_linear
	shapes_raid0
	shapes_raid1
	shapes_raid4
	shapes_raid5
	shapes_raid6
	shapes_raid10
}

shapes_linear() {
	cat <<'END'
-l linear -n2 A B
-l linear -n3 A U B
-l linear -n2 -c64 A B
-l linear -n2 -c100 A B
-l linear -n1 --force A
-l linear -n2 --size=512K A B
-l linear -n2 --data-offset=2M A B
-l linear -n2 -b internal A B
-l linear -n2 -x1 A B C
-l linear -n2 A missing
END
}

shapes_raid0() {
	cat <<'END'
-l0 -n2 A B
-l0 -n3 -c4 A B C
-l0 -n2 -c64 A B
-l0 -n2 -c1M A B
-l0 -n2 -c4M A B
-l0 -n2 -c96 A B
-l0 -n1 --force A
-l0 -n3 -c64 A B U
-l0 -n3 -c64 --layout=original A B U
-l0 -n3 -c64 --layout=alternate A U B
-l0 -n3 -c64 --layout=dangerous A B U
-l0 -n2 -c64 --layout=alternate A B
-l0 -n2 -c64 --size=512K A B
-l0 -n2 --data-offset=8M A B
-l0 -n2 -c64 --name=stripes A B
-l0 -n2 A missing
-l0 -n2 -b internal A B
-l0 -n2 -x1 A B C
END
}

shapes_raid1() {
	cat <<'END'
-l1 -n2 A B
-l1 -n1 --force A
-l1 -n3 A missing B
-l1 -n2 missing A
-l1 -n2 -x2 A B C D
-l1 -n2 -x1 A missing C
-l1 -n2 A U
-l1 -n2 U A
-l1 -n2 A V
-l1 -n2 --assume-clean A B
-l1 -n2 -b none A B
-l1 -n2 -b internal A B
-l1 -n2 -b internal --bitmap-chunk=4K A B
-l1 -n2 -b internal --bitmap-chunk=64K A B
-l1 -n2 -b internal --bitmap-chunk=1M A B
-l1 -n2 -b internal --bitmap-chunk=128M A B
-l1 -n2 -b internal --bitmap-chunk=512M A B
-l1 -n2 -b internal --delay=60 A B
-l1 -n2 -b internal --write-behind=300 -d7 A -W --failfast B
-l1 -n2 --write-behind -b internal A -W B
-l1 -n2 -W A B
-l1 -n3 A -W B C
-l1 -n2 --failfast A B
-l1 -n2 --consistency-policy=bitmap A B
-l1 -n2 --consistency-policy=resync A B
-l1 -n2 --size=512K A B
-l1 -n2 --size=700 A B
-l1 -n2 --size=max A B
-l1 -n2 --size=8M -b internal A B
-l1 -n2 --data-offset=16K A B
-l1 -n2 --data-offset=64K -b internal A B
-l1 -n2 --data-offset=1M -b internal A B
-l1 -n2 --data-offset=3000 A B
-l1 -n2 --data-offset=variable A U
-l1 -n2 --name=a A B
-l1 -n2 --name=n234567890123456789012345678 A B
-l1 -n2 --name=n2345678901234567890123456789 A B
-l1 -n2 --name=n23456789012345678901234567890 A B
-l1 -n2 --name=n234567890123456789012345678901 A B
-l1 -n2 --name=n2345678901234567890123456789012 A B
-l1 -n2 --name=with:colon A B
-l1 -n2 --homehost=h23456789012345678901234567890 A B
-l1 -n2 --homehost=h2345678901234567890123456789 A B
-l1 -n2 --homehost=h23456789012345678901234567890123456789 --name=x A B
-l1 -n2 --homehost=any A B
-l1 -n2 --homehost=<none> A B
-l1 -n28 A B many:26
-l1 -n27 A many:25 B
-l1 -n26 -x1 A many:25 B
-l1 -n128 A B many:126
-l1 -n127 -x1 A B many:125 C
-l1 -n128 -x1 A B many:126 C
-l1 -n130 A many:128 B
-l1 -n385 A many:384
-l1 -n2 -c64 A B
-l1 -n2 --layout=n2 A B
-l1 -n2 missing missing
-l1 -n2 A B C
-l1 -n3 A B
END
}

shapes_raid4() {
	cat <<'END'
-l4 -n3 A B C
-l4 -n2 A B
-l4 -n3 -c4 A B C
-l4 -n3 -c64 --force A B C
-l4 -n3 -c1M --assume-clean A B C
-l4 -n3 -c64 A missing C
-l4 -n3 -c64 A B missing
-l4 -n3 -x1 -c64 A B C D
-l4 -n3 -c64 -b internal A B U
-l4 -n3 -c64 --size=512K A B C
-l4 -n3 -c100 A B C
END
}

shapes_raid5() {
	local layout

	for layout in la ra ls rs left-asymmetric right-asymmetric left-symmetric right-symmetric \
		parity-first parity-last default ddf-zero-restart ddf-N-restart ddf-N-continue; do
		echo "-l5 -n4 -c64 --layout=$layout A B C D"
	done
	cat <<'END'
-l5 -n3 A B C
-l5 -n2 A B
-l5 -n3 -c4 A B C
-l5 -n3 -c64 A B C
-l5 -n3 -c1M A B C
-l5 -n3 -c8M A B C
-l5 -n3 -c64 --force A B C
-l5 -n3 -c64 --assume-clean A B C
-l5 -n4 -c64 A missing B C
-l5 -n4 -c64 missing A B C
-l5 -n4 -c64 A B C missing
-l5 -n3 -x1 -c64 A B C D
-l5 -n3 -x1 -c64 A missing C D
-l5 -n3 -x1 -c64 --force A B C D
-l5 -n4 -c64 -b internal A B C D
-l5 -n4 -b internal --bitmap-chunk=2M A B C D
-l5 -n3 -c64 A B U
-l5 -n3 -c64 --size=512K A B C
-l5 -n3 -c64 --size=1000 A B C
-l5 -n3 -c64 --size=10K A B C
-l5 -n3 -c64 --data-offset=1M A B C
-l5 -n3 -c96 A B C
-l5 -n1 --force A
-l5 -n3 A missing missing
-l5 -n3 --layout=n2 A B C
END
}

shapes_raid6() {
	local layout

	for layout in la ra ls rs parity-first parity-last default ddf-zero-restart ddf-N-restart \
		ddf-N-continue left-asymmetric-6 right-asymmetric-6 left-symmetric-6 \
		right-symmetric-6 parity-first-6 la-6 ra-6 ls-6 rs-6; do
		echo "-l6 -n5 -c64 --layout=$layout A B C D E"
	done
	cat <<'END'
-l6 -n4 A B C D
-l6 -n4 -c4 A B C D
-l6 -n4 -c64 A B C D
-l6 -n4 -c1M A B C D
-l6 -n4 -c64 --force A B C D
-l6 -n4 -c64 --assume-clean A B C D
-l6 -n4 -c64 A B C missing
-l6 -n4 -c64 missing A B C
-l6 -n4 -c64 A missing missing B
-l6 -n5 -c64 A missing B C missing
-l6 -n4 -c64 --force A B C missing
-l6 -n4 -x1 -c64 A B C D E
-l6 -n4 -x1 -c64 A B missing D E
-l6 -n4 -c64 -b internal A B C D
-l6 -n4 -c64 A B C U
-l6 -n4 -c64 --size=512K A B C D
-l6 -n3 A B C
-l6 -n4 A missing missing missing
END
}

shapes_raid10() {
	cat <<'END'
-l10 -n4 A B C D
-l10 -n4 -c4 A B C D
-l10 -n4 -c64 A B C D
-l10 -n4 -c1M A B C D
-l10 -n2 -c64 A B
-l10 -n3 -c64 A B C
-l10 -n5 -c64 A B C D E
-l10 -n4 -c64 --layout=n2 A B C D
-l10 -n4 -c64 --layout=n3 A B C D
-l10 -n4 -c64 --layout=n4 A B C D
-l10 -n2 -c64 --layout=f2 A B
-l10 -n3 -c64 --layout=f2 A B C
-l10 -n4 -c64 --layout=f3 A B C D
-l10 -n2 -c64 --layout=o2 A B
-l10 -n3 -c64 --layout=o2 A B C
-l10 -n4 -c64 --layout=o3 A B C D
-l10 -n4 -c64 --layout=n1 A B C D
-l10 -n4 -c64 A missing C D
-l10 -n4 -c64 A missing C missing
-l10 -n4 -c64 A B missing missing
-l10 -n3 -x1 -c64 A B C D
-l10 -n4 -c64 -b internal A B C D
-l10 -n3 -c64 -b internal --layout=f2 A B C
-l10 -n5 -c64 -b internal --bitmap-chunk=1M A B C D E
-l10 -n4 -c64 --assume-clean --layout=o2 A B C D
-l10 -n4 -c64 A B C U
-l10 -n4 -c64 --size=512K A B C D
-l10 -n2 --layout=n3 A B
-l10 -n4 -c96 A B C D
-l10 -n1 --force A
-l10 -n4 --layout=x2 A B C D
END
}

# For members of a few MiB: every way in which data can lie.
shapes_data() {
	local layout

	cat <<'END'
-l linear -n2 A B
-l linear -n3 A U B
-l0 -n3 A B C
-l0 -n3 -c64 --layout=original A B U
-l0 -n3 -c64 --layout=alternate U A B
-l0 -n2 -c96 A B
-l1 -n2 --assume-clean A B
-l1 -n3 -b internal -W A missing B
-l1 -n2 -x1 A B C
-l4 -n3 -c64 A B C
-l4 -n3 -c4 --assume-clean A B C
-l5 -n3 A B C
-l5 -n4 -c4 --force A B C D
-l5 -n4 -c64 A missing C D
-l5 -n3 -x1 -c64 -b internal A B C D
-l6 -n4 A B C D
-l6 -n4 -c4 --assume-clean A B C D
-l6 -n5 -c64 A missing B C missing
-l10 -n4 A B C D
-l10 -n5 -c64 A B C D E
-l10 -n4 -c64 -b internal A missing C D
END
	for layout in la ra rs parity-first parity-last; do
		echo "-l5 -n4 -c64 --assume-clean --layout=$layout A B C D"
	done
	for layout in la ra rs parity-first parity-last ddf-zero-restart ddf-N-restart \
		ddf-N-continue left-asymmetric-6 right-asymmetric-6 left-symmetric-6 \
		right-symmetric-6 parity-first-6; do
		echo "-l6 -n5 -c64 --assume-clean --layout=$layout A B C D E"
	done
	for layout in f2 o2 n3 f3 o3; do
		echo "-l10 -n4 -c64 --assume-clean --layout=$layout A B C D"
	done
}

# --- members -------------------------------------------------------------------------------

# members SIZE: fresh disks A to E, U and V. The room is in lib.bash's hands.
members() {
	local bytes names=(A B C D E U V) at=0 n

	bytes=$(numfmt --from=iec "$1")
	drop_disks
	disks 5 "$bytes"
	disks 1 $(((bytes + bytes / 10) & ~1023))
	disks 1 $((bytes + 65536))
	for n in "${names[@]}"; do
		MEMBER[$n]=${DISKS[at++]}
	done
}

# words SHAPE...: the words with devices in the place of letters, into the array WORDS, and
# the devices into USED.
words() {
	local word n

	WORDS=() USED=()
	for word in "$@"; do
		case $word in
		[A-EUV])
			WORDS+=("${MEMBER[$word]}")
			USED+=("${MEMBER[$word]}")
			;;
		many:*) for ((n = ${word#many:}; n > 0; n--)); do WORDS+=(missing); done ;;
		*) WORDS+=("$word") ;;
		esac
	done
	[[ " $* " == *" --homehost="* ]] || WORDS+=(--homehost=hh)
}

# --- one array by one program --------------------------------------------------------------

gone() {
	[ ! -e /sys/block/md0 ]
}

end_md0() {
	[ ! -e /sys/block/md0/md/array_state ] || echo clear >/sys/block/md0/md/array_state
	gone || wait_for 10 gone
	: >/run/mdadm/map
}

# make_by PROGRAM METADATA: the array of WORDS, read-only so that the driver writes nothing.
# Sets rc, said.
make_by() {
	rc=0
	said=$("$1" --create /dev/md0 --run --readonly --uuid="$MATRIX_UUID" --metadata="$2" \
		"${WORDS[@]}" </dev/null 2>&1) || rc=$?
}

# --- reports -------------------------------------------------------------------------------

# reports PROGRAM...: all that is told of the array that runs and its members.
reports() {
	local args array=/dev/md0

	for args in "--detail $array" "--detail --export $array" "--detail --brief $array" \
		"--detail --brief -v $array" "--detail --scan" "--detail --test --brief $array" \
		"--query $array ${USED[0]}" "--examine ${USED[*]}" "--examine --export ${USED[*]}" \
		"--examine --brief ${USED[*]}" "--examine --brief -v ${USED[*]}" \
		"--examine --scan ${USED[*]}"; do
		echo "## $args"
		# shellcheck disable=SC2086 # a list of words
		"$@" $args 2>&1 </dev/null || echo "# exit status $?"
	done
}

# ARRAY lines name the array, as those of 4.2 do; 4.6 leaves the name out.
without_name() {
	sed -E '/^(INACTIVE-)?ARRAY/s/ name=("[^"]*"|[^ ]*)//'
}

# What release 4.6 tells otherwise than the packaged 4.2, taken out of both. (ARRAY lines of
# --examine have two blanks behind the path.)
without_newer() {
	sed -E -e '/^ARRAY [^ ]*  /s/ name=("[^"]*"|[^ ]*)//' \
		-e '/^MD_RESHAPE_ACTIVE=/d'
}

# The line that only we have.
without_kernel() {
	sed '/^ *Oldest Kernel : /d'
}

# --- findings ------------------------------------------------------------------------------

# What differs on purpose: "KIND: CLASS in COMBINATION" (an extended regular expression of
# the whole), then why.
on_purpose() {
	sed 's/ => /\t/' <<'END'
exit status 1, ours 0: .*0.90 metadata does not support layouts for RAID0.* => 0.90 holds a raid0 of members of one size, which needs no layout (as 4.6)
cross create: mdadm: 0.90 metadata does not support layouts for RAID0.* => as above
exit status 2, ours [01]: mdadm: layout [lr][as]-6 not understood.* => the short names la-6 ra-6 ls-6 rs-6 are known for raid6, too
exit status 2, ours [01]: .*Must be between 0 and N.* => --write-behind without a number means 256 (as 4.6)
bytes: at 000[58]0 in [^ ]* 1.0 .*--data-offset=.* => theirs forgets a 1.0 data offset: data reaches into the metadata behind it
report( 4.6)?: < +Used Dev Size : .* in 4T 0.90 .* => theirs prints -1 for what does not fit into the 32 bits of an ioctl
exit status 1, ours 0: mdadm: Failed to start array.* in [^ ]* 1.0 .*--data-offset=.* => as above: the driver refuses theirs
exit status 0, ours 1: .*nothing is left beside the metadata.* in [^ ]* 1.0 .*--data-offset=.* => as above: theirs begins data behind the end of the device
END
}

# found KIND DETAIL: a difference in the combination at hand: kind and class (the detail
# without its numbers), combination, detail.
found() {
	local class

	class=$(sed -E 's/^[<>] +([0-9a-f]+):.*/at \1/; s/0x[0-9a-f]+/0xN/g; t
		s,/dev/(loop|md)[0-9]+,/dev/\1N,g; s/0\.90/V0/g; s/[0-9]{2,}/N/g; s/V0/0.90/g' <<<"$2" | head -n 1)
	printf '%s: %s\t%s\t%s\n' "$1" "$class" "$combination" "$2" >>"$FINDINGS"
}

# Those of the findings on stdin that nothing explains.
unexplained() {
	local class combination detail reason known reasons

	mapfile -t reasons < <(on_purpose)
	while IFS=$'\t' read -r class combination detail; do
		known=
		for reason in "${reasons[@]}"; do
			[[ ! "$class in $combination" =~ ^${reason%%$'\t'*}$ ]] || known=1
		done
		[ -n "$known" ] || printf '%s\t%s\t%s\n' "$class" "$combination" "$detail"
	done
}

# The first pair of lines that differ, in one.
first_difference() {
	diff <(echo "$1") <(echo "$2") | grep '^[<>]' | head -n 2 | paste -sd' '
}

# one METADATA SHAPE...: both programs make it; counts, and writes down what differs.
# WITH_REPORTS=1 compares reports, too, REPORTERS are more programs for that.
one() {
	local metadata=$1 want_rc want_said want_bytes bytes

	shift
	words "$@"
	combination="$SIZE $metadata $*"
	COUNT=$((COUNT + 1))
	"$SBNORM" --blank "${DISKS[@]}"
	make_by "$ORACLE" "$metadata"
	want_rc=$rc want_said=$said
	[ -z "${WITH_REPORTS:-}" ] || [ "$rc" != 0 ] || compare_reports
	end_md0
	want_bytes=$("$SBNORM" "${USED[@]}")
	"$SBNORM" --blank "${DISKS[@]}"
	make_by "$MDADM" "$metadata"
	end_md0
	bytes=$("$SBNORM" "${USED[@]}")
	if [ "$want_rc" != "$rc" ]; then
		found "exit status $want_rc, ours $rc" \
			"$(tail -n 1 <<<"$want_said") | ours: $(tail -n 1 <<<"$said")"
	elif [ "$rc" != 0 ]; then
		# theirs may leave something behind
		[[ $bytes != *sector* ]] || found "left behind" "bytes on a member"
		REFUSED=$((REFUSED + 1))
	elif [ "$want_bytes" != "$bytes" ]; then
		found bytes "$(first_difference "$want_bytes" "$bytes")"
	fi
}

compare_reports() {
	local old new ours

	REPORTED=$((REPORTED + 1))
	ours=$(reports "$MDADM" | without_kernel)
	old=$(reports "$ORACLE" | without_newer)
	new=$(without_newer <<<"$ours")
	[ "$old" = "$new" ] || found "report" "$(first_difference "$old" "$new")"
	[ -n "${NEWER:-}" ] || return 0
	# shellcheck disable=SC2086 # a list of words
	new=$(reports $NEWER | without_name)
	ours=$(without_name <<<"$ours")
	[ "$new" = "$ours" ] || found "report 4.6" "$(first_difference "$new" "$ours")"
}

# --- data ----------------------------------------------------------------------------------

sum_of() {
	sha256sum <"$1"
}

# scramble: random bytes over the whole of md0, past the caches.
scramble() {
	dd if=/dev/urandom of=/dev/md0 bs=1M oflag=direct status=none 2>/dev/null || :
	sync /dev/md0
}

# assemble_by PROGRAM
assemble_by() {
	"$1" --assemble /dev/md0 "${USED[@]}" >"$FINDINGS.said" 2>&1 </dev/null && return
	found "assemble" "$(tail -n 1 "$FINDINGS.said")"
	return 1
}

# handed MAKER TAKER METADATA SHAPE...: what the first makes and fills is read, filled and
# given back by the second.
handed() {
	local maker=$1 taker=$2 metadata=$3 sum

	shift 3
	words "$@"
	combination="$SIZE $metadata $* ($([ "$maker" = "$MDADM" ] && echo ours || echo theirs) first)"
	CROSSED=$((CROSSED + 1))
	"$SBNORM" --blank "${DISKS[@]}"
	if ! "$maker" --create /dev/md0 --run --metadata="$metadata" "${WORDS[@]}" \
		</dev/null >"$FINDINGS.said" 2>&1; then
		found "cross create" "$(tail -n 1 "$FINDINGS.said")"
		end_md0
		return
	fi
	scramble
	sum=$(sum_of /dev/md0)
	wait_idle md0
	"$maker" --stop /dev/md0 2>/dev/null || found stop "maker"
	: >/run/mdadm/map
	if assemble_by "$taker"; then
		[ "$(sum_of /dev/md0)" = "$sum" ] || found "data" "differ in the hands of the second"
		scramble
		sum=$(sum_of /dev/md0)
		wait_idle md0
		"$taker" --stop /dev/md0 2>/dev/null || found stop "taker"
		: >/run/mdadm/map
		if assemble_by "$maker"; then
			[ "$(sum_of /dev/md0)" = "$sum" ] || found "data" "differ back with the first"
		fi
	fi
	end_md0
}

# --- in a test file ------------------------------------------------------------------------

matrix_open() {
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	room_open
	FINDINGS=$BATS_TEST_TMPDIR/findings COUNT=0 REFUSED=0 REPORTED=0 CROSSED=0
	: >"$FINDINGS"
	: >/run/mdadm/map
}

matrix_close() {
	[ -n "${ORACLE:-}" ] || return 0
	room_close
}

# rotate LIST SIZE SIZE: shapes of the list in turn, on the first size with two of the versions
# and on the second with the others; the first shape with reports.
rotate() {
	local list shape metadata turn=$((${#1} + ${#2})) half="0.90 1.1"

	mapfile -t list < <("$1")
	shift
	for SIZE in "$@"; do
		members "$SIZE"
		read -r -a shape <<<"${list[0]}"
		WITH_REPORTS=1 one "$(part "$turn" 0.90 1.0 1.1 1.2)" "${shape[@]}"
		for metadata in $half; do
			read -r -a shape <<<"${list[turn % ${#list[@]}]}"
			one "$metadata" "${shape[@]}"
			turn=$((turn + 7))
		done
		half="1.0 1.2"
	done
	no_findings
}

# part N WORD...: the word at N, counted round.
part() {
	local n=$1

	shift
	echo "${*:1 + n % $#:1}"
}

no_findings() {
	local left

	left=$(unexplained <"$FINDINGS")
	echo "$COUNT made, $CROSSED handed over"
	echo "$left"
	[ -z "$left" ]
}
