# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The cells of the truth table: LEVEL x STATE of the array x ACTION, done by the packaged program and by ours,
# each on an array made afresh by the packaged one. Compared: the exit status, and the effect, which is what the
# driver says of the array and its members then, and whether the device that was to come in has a superblock.
# The levels raid1b and raid5b have a bitmap. Used by tests/truth and truth.bats, after lib.bash.

# shellcheck disable=SC2034 # for those who load this
LEVELS='linear raid0 raid1 raid1b raid4 raid5 raid5b raid6 raid10'
STATES='clean degraded recovering readonly inactive failed absent'
ACTIONS='fail-first fail-second fail-last fail-spare fail-none fail-absent fail-kernel-name fail-two fail-force
	fail-detached fail-failed fail-missing fail-set fail-nothing set-faulty test-fail
	remove-first remove-second remove-spare remove-none remove-absent remove-kernel-name remove-force
	remove-failed remove-faulty remove-detached remove-missing remove-set
	fail-remove fail-remove-add fail-remove-readd
	add-new add-two add-small add-small-force add-busy add-others add-foreign add-absent add-character add-former
	add-spare add-spare-former add-write-mostly add-failfast add-failed add-missing add-nothing
	readd-removed readd-missing readd-failed readd-detached readd-new readd-foreign readd-spare readd-busy
	readd-failfast readd-write-mostly readd-readwrite readd-bbl readd-devicesize readd-name
	replace replace-second replace-spare replace-none replace-absent replace-two
	replace-with replace-with-new with-alone
	add-journal add-journal-absent readonly readwrite run stop nothing
	test-detached test-failed test-missing'

TRUTH_SYS=/sys/block/md0/md

# --- disks ---------------------------------------------------------------------------------

# Members are the first ones, SPARE a spare where there is one, NEW and NEXT come in, SMALL is too small, OTHERS
# is a member of md1.
truth_open() {
	local at

	disks 8 12M
	SPARE=${DISKS[4]} NEW=${DISKS[5]} NEXT=${DISKS[6]} OTHERS=${DISKS[7]}
	disks 1 4M
	SMALL=${DISKS[8]}
	quietly "$ORACLE" -C /dev/md1 -R -f -e 1.2 -l 1 -n 1 "$NEW"
	quietly "$ORACLE" --stop /dev/md1
	image "$NEW"
	FOREIGN=$IMAGE
	quietly "$ORACLE" -C /dev/md1 -R -f -e 1.2 -l 1 -n 1 "$OTHERS"
	printf -v BLANK '\\0%.0s' {1..8192}
	for at in min max; do
		echo 200000 >/proc/sys/dev/raid/speed_limit_$at
	done
	MEMBERS=() IMAGES=() HOLDER=''
}

quietly() {
	"$@" >/dev/null 2>&1 </dev/null
}

# What costs most in a guest are new processes. So the shell itself writes superblocks and bitmaps: an IMAGE is the
# start of a disk as a format of printf.
image() {
	IMAGE=$(od -An -v -w1 -tx1 -N12288 "$1" | sed 's/ 00/\\0/; s/ /\\x/' | tr -d '\n')
}

# imaged IMAGE DISK
imaged() {
	# shellcheck disable=SC2059 # it is meant as a format
	printf "$1" >"$2"
}

# The packaged program makes the array once of each level; the driver takes what it has written from then on.
images() {
	local disk with=()

	case $LEVEL in
	raid6 | raid10) MEMBERS=("${DISKS[@]:0:4}") ;;
	raid4 | raid5*) MEMBERS=("${DISKS[@]:0:3}") ;;
	*) MEMBERS=("${DISKS[@]:0:2}") ;;
	esac
	has_redundancy && with=(--assume-clean)
	[[ $LEVEL != *b ]] || with+=(-b internal)
	IMAGES=() SPARES=()
	if has_redundancy && [[ $STATE != degraded && $STATE != failed ]]; then
		with+=(-x 1) SPARES=("$SPARE")
	fi
	quietly "$ORACLE" -C /dev/md0 -R -q -e 1.2 -l "${LEVEL%b}" -n ${#MEMBERS[@]} "${with[@]}" "${MEMBERS[@]}" \
		"${SPARES[@]}"
	quietly "$ORACLE" --stop /dev/md0
	for disk in "${MEMBERS[@]}" "${SPARES[@]}"; do
		image "$disk"
		IMAGES+=("$IMAGE")
	done
}

has_redundancy() {
	[[ $LEVEL != linear && $LEVEL != raid0 ]]
}

# Nothing of the last cell is left.
clear_all() {
	[ -z "$HOLDER" ] || { kill "$HOLDER" && wait "$HOLDER"; } 2>/dev/null
	HOLDER=
	stop_array md0
	stop_array md127
	[ ! -e /sys/block/md0 ] || wait_for 10 test ! -e /sys/block/md0
	: >/run/mdadm/map
}

# The disks as they were.
shape() {
	local disk n=0

	for disk in "${MEMBERS[@]}" "${SPARES[@]}"; do
		imaged "${IMAGES[n++]}" "$disk"
	done
	for disk in "$NEW" "$NEXT" "$SMALL"; do
		imaged "$BLANK" "$disk"
	done
	[ ${#SPARES[@]} != 0 ] || imaged "$BLANK" "$SPARE"
}

# --- states --------------------------------------------------------------------------------

start() {
	local disk rdev

	new_array md0
	echo 1.2 >$TRUTH_SYS/metadata_version
	for disk in "${MEMBERS[@]}" "${SPARES[@]}"; do
		read -r rdev <"/sys/block/${disk#/dev/}/dev"
		echo "$rdev" >$TRUTH_SYS/new_dev
	done
	echo active >$TRUTH_SYS/array_state
}

# The copy stays where it begins, and looks now and then whether it is to end.
hold_copy() {
	echo 0 >$TRUTH_SYS/sync_max
	while { echo 0 >$TRUTH_SYS/sync_max; } 2>/dev/null; do
		read -rt 0.05 -u "$NEVER" || :
	done &
	HOLDER=$!
}

# A copy that begins waits (0) until the program is done (max), which else might see its end, or not.
let_copy() {
	[ "$STATE" = recovering ] || ! has_redundancy || [ ! -e $TRUTH_SYS/sync_max ] || echo "$1" >$TRUTH_SYS/sync_max
} 2>/dev/null

# member_state WORD DISK...
member_state() {
	local disk

	for disk in "${@:2}"; do
		echo "$1" >"$TRUTH_SYS/dev-${disk#/dev/}/state"
	done
} 2>/dev/null

# Does this level have this state at all?  RAID4 is the driver of RAID5, and linear like RAID0.
has_state() {
	case $LEVEL:$STATE in
	raid4:clean | raid4:degraded) ;;
	raid4:* | linear:readonly) return 1 ;;
	*:degraded | *:recovering) has_redundancy ;;
	*:failed) [[ $LEVEL == raid[56]* ]] ;;
	*:absent) [ "$LEVEL" = raid1 ] ;;
	esac
}

enter() {
	shape
	case $STATE in
	clean | degraded | recovering | readonly | failed) start ;;
	inactive) quietly "$ORACLE" -I "${MEMBERS[0]}" ;;
	esac
	case $STATE in
	degraded) member_state faulty "${MEMBERS[1]}" ;;
	recovering) hold_copy && member_state faulty "${MEMBERS[1]}" ;;
	readonly) echo readonly >$TRUTH_SYS/array_state ;;
	failed) member_state faulty "${MEMBERS[@]:0:3}" ;;
	esac
}

# until_state: and says so when it does not come.
until_state() {
	local n

	for ((n = 0; n < 100; n++)); do
		effect
		BEFORE=$EFFECT
		[[ $LEAVES || $EFFECT == *blocked* ]] || ! is_state || return 0
		read -rt 0.02 -u "$NEVER" || :
	done
	printf 'broken\t%s\tnot in the state: %s\n' "$LEVEL $STATE $1" "$BEFORE"
	return 1
}

# Is BEFORE what the state means?
is_state() {
	local in_sync=" ${MEMBERS[0]#/dev/}:0:in_sync"

	case $STATE in
	clean) [[ $BEFORE == "runs"*"$in_sync"* && $BEFORE != *faulty* ]] ;;
	degraded) [[ $BEFORE == "runs idle"*"$in_sync ${MEMBERS[1]#/dev/}:none:faulty"* ]] ;;
	recovering)
		[[ $BEFORE == "runs recover"*"$in_sync ${MEMBERS[1]#/dev/}:none:faulty"*" ${SPARE#/dev/}:1:spare"* ]]
		;;
	readonly) [[ $BEFORE == "readonly"*"$in_sync"* && $BEFORE != *faulty* ]] ;;
	inactive) [[ $BEFORE == "inactive - ${MEMBERS[0]#/dev/}:"* && $BEFORE != *"${MEMBERS[1]#/dev/}"* ]] ;;
	failed) [[ $BEFORE == "broken idle"*:none:faulty*:none:faulty*:none:faulty* ]] ;;
	absent) [ "$BEFORE" = gone ] ;;
	esac
}

# --- what the array is like ----------------------------------------------------------------

# State, action, and of each member its slot and flags, into EFFECT; whether one that has failed is in its slot still
# into LEAVES. In an array that has failed it may stay there.
effect() {
	local state action=- dev slot flags

	LEAVES=
	read -r state <$TRUTH_SYS/array_state || state=clear
	[ "$state" != clear ] || { EFFECT=gone && return; }
	case $state in active-idle | active | write-pending | clean) state=runs ;; esac
	read -r action <$TRUTH_SYS/sync_action || action=-
	EFFECT="$state $action"
	for dev in "$TRUTH_SYS"/dev-*; do
		{ read -r slot <"$dev/slot" && read -r flags <"$dev/state"; } || continue
		if [[ $flags == *faulty* && $slot != none ]]; then
			[ "$state" = broken ] || LEAVES=1
			slot=none
		fi
		EFFECT+=" ${dev##*-}:$slot:$flags"
	done
} 2>/dev/null

# A copy, too, but for one that is held and stays where it is.
is_moving() {
	[[ $LEAVES || $EFFECT == *blocked* ]] ||
		{ [[ $EFFECT == *" recover "* ]] && [ "$STATE" != recovering ]; }
}

# Until nothing moves.
settle() {
	local last='' same=0 n

	for ((n = 0; n < 1000; n++)); do
		effect
		if [ "$EFFECT" = "$last" ] && ! is_moving; then
			((++same < 3)) || return 0
		else
			same=0 last=$EFFECT
		fi
		read -rt 0.01 -u "$NEVER" || :
	done
	EFFECT+=' (goes on)'
}

has_super() {
	[ "$(od -An -tx4 -j4096 -N4 "$1")" = " a92b4efc" ]
}

# --- actions -------------------------------------------------------------------------------

# Taken out of the array, if it is in.
removed() {
	local n

	PREPARED=1
	member_state faulty "$1"
	for ((n = 0; n < 100; n++)); do
		[ -e "$TRUTH_SYS/dev-${1#/dev/}" ] || return 0
		member_state remove "$1" && return
		read -rt 0.02 -u "$NEVER" || :
	done
}

# The words of an action into WORDS.
words_of() {
	local first=${MEMBERS[0]} second=${MEMBERS[1]} last=${MEMBERS[-1]}

	case $1 in
	fail-first) WORDS=(--fail "$first") ;;
	fail-second) WORDS=(--fail "$second") ;;
	fail-last) WORDS=(--fail "$last") ;;
	fail-spare) WORDS=(--fail "$SPARE") ;;
	fail-none) WORDS=(--fail "$NEW") ;;
	fail-absent) WORDS=(--fail /dev/absent) ;;
	fail-kernel-name) WORDS=(--fail "${last#/dev/}") ;;
	fail-two) WORDS=(--fail "$first" "$last") ;;
	fail-force) WORDS=(--force --fail "$first") ;;
	fail-set) WORDS=(--fail set-A) ;;
	fail-nothing) WORDS=(--fail) ;;
	fail-*) WORDS=(--fail "${1#*-}") ;;
	set-faulty) WORDS=(--set-faulty "$last") ;;
	test-fail) WORDS=(--test --fail "$last") ;;
	remove-first) WORDS=(--remove "$first") ;;
	remove-second) WORDS=(--remove "$second") ;;
	remove-spare) WORDS=(--remove "$SPARE") ;;
	remove-none) WORDS=(--remove "$NEW") ;;
	remove-absent) WORDS=(--remove /dev/absent) ;;
	remove-kernel-name) WORDS=(--remove "${second#/dev/}") ;;
	remove-force) WORDS=(--force --remove "$first") ;;
	remove-set) WORDS=(--remove set-A) ;;
	remove-*) WORDS=(--remove "${1#*-}") ;;
	test-*) WORDS=(--test --remove "${1#*-}") ;;
	*) words_in "$1" ;;
	esac
	case $1 in
	fail-remove) WORDS=(--fail "$last" --remove "$last") ;;
	fail-remove-add) WORDS=(--fail "$last" --remove "$last" --add "$last") ;;
	fail-remove-readd) WORDS=(--fail "$last" --remove "$last" --re-add "$last") ;;
	test-missing) WORDS=(--test --re-add missing) ;;
	esac
}

# The same of what brings something in.
words_in() {
	local first=${MEMBERS[0]} second=${MEMBERS[1]} last=${MEMBERS[-1]}

	case $1 in
	*-foreign) imaged "$FOREIGN" "$NEW" ;;
	readd-removed | readd-missing | readd-failfast | readd-write-mostly | readd-readwrite) removed "$last" ;;
	readd-bbl | readd-devicesize | readd-name | *-former) removed "$last" ;;
	esac
	case $1 in
	add-new | add-foreign) WORDS=(--add "$NEW") ;;
	add-two) WORDS=(--add "$NEW" "$NEXT") ;;
	add-small) WORDS=(--add "$SMALL") ;;
	add-small-force) WORDS=(--force --add "$SMALL") ;;
	add-busy) WORDS=(--add "$first") ;;
	add-others) WORDS=(--add "$OTHERS") ;;
	add-absent) WORDS=(--add /dev/absent) ;;
	add-character) WORDS=(--add /dev/null) ;;
	add-former) WORDS=(--add "$last") ;;
	add-spare) WORDS=(--add-spare "$NEW") ;;
	add-spare-former) WORDS=(--add-spare "$last") ;;
	add-write-mostly) WORDS=(--add --write-mostly "$NEW") ;;
	add-failfast) WORDS=(--add --failfast "$NEW") ;;
	add-nothing) WORDS=(--add) ;;
	add-journal) WORDS=(--add-journal "$NEW") ;;
	add-journal-absent) WORDS=(--add-journal /dev/absent) ;;
	add-*) WORDS=(--add "${1#*-}") ;;
	readd-removed) WORDS=(--re-add "$last") ;;
	readd-new | readd-foreign) WORDS=(--re-add "$NEW") ;;
	readd-spare) WORDS=(--re-add "$SPARE") ;;
	readd-busy) WORDS=(--re-add "$first") ;;
	readd-failfast) WORDS=(--re-add --failfast "$last") ;;
	readd-write-mostly) WORDS=(--re-add --write-mostly "$last") ;;
	readd-readwrite) WORDS=(--re-add --readwrite "$last") ;;
	readd-bbl | readd-devicesize | readd-name) WORDS=(--re-add "$last" "--update=${1#*-}") ;;
	readd-*) WORDS=(--re-add "${1#*-}") ;;
	replace) WORDS=(--replace "$first") ;;
	replace-second) WORDS=(--replace "$second") ;;
	replace-spare) WORDS=(--replace "$SPARE") ;;
	replace-none) WORDS=(--replace "$NEW") ;;
	replace-absent) WORDS=(--replace /dev/absent) ;;
	replace-two) WORDS=(--replace "$first" "$last") ;;
	replace-with) WORDS=(--replace "$first" --with "$SPARE") ;;
	replace-with-new) WORDS=(--replace "$first" --with "$NEW") ;;
	with-alone) WORDS=(--with "$SPARE") ;;
	nothing) WORDS=() ;;
	*) WORDS=("--$1") ;;
	esac
}

# --- cells ---------------------------------------------------------------------------------

# by PROGRAM ACTION: into BEFORE, STATUS, EFFECT, SAID.
by() {
	local words

	clear_all
	enter
	until_state "$2" || return
	PREPARED=
	words_of "$2"
	[ -z "$PREPARED" ] || settle
	BEFORE=$EFFECT STATUS=0
	let_copy 0
	"$1" --manage /dev/md0 "${WORDS[@]}" >/run/said 2>&1 </dev/null || STATUS=$?
	let_copy max
	settle
	[[ $2 != add* && $2 != readd-new && $2 != readd-foreign ]] || ! has_super "$NEW" || EFFECT+=', superblock'
	mapfile -t words </run/said
	printf -v SAID '%s | ' "${words[@]}"
}

# One line: same or differs (tab) LEVEL STATE ACTION THEIRS->OURS WORD, of differing ones both effects and words.
# WORD: effect, when that differs, or status.
cell() {
	local before status effect said word=status

	by "$ORACLE" "$1" || return 0
	before=$BEFORE status=$STATUS effect=$EFFECT said=$SAID
	by "$MDADM" "$1" || return 0
	[ "$before" = "$BEFORE" ] || {
		printf 'broken\t%s\tnot the same: %s\t%s\n' "$LEVEL $STATE $1" "$before" "$BEFORE"
		return
	}
	[ "$effect" = "$EFFECT" ] || word=effect
	if [ "$status" = "$STATUS" ] && [ "$effect" = "$EFFECT" ]; then
		printf 'same\t%s\n' "$LEVEL $STATE $1 $status"
	else
		printf 'differs\t%s\tbefore: %s\t4.2: %s: %s\tours: %s: %s\n' \
			"$LEVEL $STATE $1 $status->$STATUS $word" "$BEFORE" "$effect" "$said" "$EFFECT" "$SAID"
	fi
}

# cells 'LEVEL...' 'STATE...' 'ACTION...'
cells() {
	local action

	for LEVEL in $1; do
		for STATE in $2; do
			has_state || continue
			clear_all
			images
			for action in $3; do
				cell "$action"
			done
		done
		echo "progress: $LEVEL, $SECONDS s" >&2
	done
	clear_all
}

# sum REASONS [all]: from the lines of cells to what has no reason, how many each reason explains, and the sum. Fails
# when something is left; with "all" also when a reason explains nothing.
sum() {
	awk -F'\t' -v file="$1" -v all="${2:-}" '
	BEGIN {
		while ((getline line < file) > 0)
			if (line ~ /^[^#]/) { split(line, part, /\t+/); pattern[++n] = part[1]; why[n] = part[2] }
	}
	{ total++ }
	$1 == "same" { same++ }
	$1 == "differs" {
		for (i = 1; i <= n; i++) if ($2 ~ "^" pattern[i] "$") { used[i]++; explained++; next }
	}
	$1 != "same" { other++; gsub(/\t/, "\n\t"); print }
	END {
		for (i = 1; i <= n; i++) {
			if (used[i] || all) printf "%4d  %s: %s\n", used[i], pattern[i], why[i]
			idle += !used[i]
		}
		printf "%d cells, %d the same, %d differ for a reason, %d without one\n", total, same, explained, other
		exit other > 0 || !total || (all && idle)
	}'
}
