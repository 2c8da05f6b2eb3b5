# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # what faults.bash looks at
#
# What remains when a change to the members of a running array dies or fails on its way: the
# scenarios fail, remove, add, readd, replace, swap, spare, adds and journal of faults.bash, which is
# to be loaded first.
# The bytes of members are the kernel's here; what counts is who is in the array, that it runs as
# safely as it did, and that nothing is held back or frozen for ever.

MD=/sys/block/$NODE/md
MANAGES="fail remove add readd replace swap spare adds journal"

# --- what there is when the command begins --------------------------------------------------

before_fail() { before_stop; }

before_remove() {
	before_stop
	"$MDADM" -q "/dev/$NODE" --fail "${DISKS[0]}"
}

before_readd() {
	before_remove
	wait_for 20 leave "${DISKS[0]}"
}

# The kernel lets a member go when nothing of it is under way any more.
leave() {
	"$MDADM" -q "/dev/$NODE" --remove "$1"
}

before_add() { before_readd; }

before_replace() {
	before_stop
	"$MDADM" -q "/dev/$NODE" --add-spare "$SPARE"
	wait_idle "$NODE"
}

before_swap() { before_stop; }
before_spare() { before_stop; }

# Two are lacking that are nobody's only copy.
before_adds() {
	before_stop
	"$MDADM" -q "/dev/$NODE" --fail "${DISKS[0]}" "${DISKS[2]}"
	wait_for 20 leave "${DISKS[0]}"
	wait_for 20 leave "${DISKS[2]}"
}

before_journal() {
	before_stop
	"$MDADM" -q --readonly "/dev/$NODE"
}

members_fail() { members_assemble; }
members_remove() { members_assemble; }
members_add() { members_assemble; }
# What it has missed is known by a bitmap only.
members_readd() {
	[[ " ${SHAPE[*]} " == *" -b internal "* ]] || SHAPE=(-b internal "${SHAPE[@]}")
	members_assemble
}

members_replace() { members_assemble; }
members_swap() { members_assemble; }
members_spare() { members_assemble; }
members_adds() { members_assemble; }
members_journal() { members_assemble; }

# One more disk than the array has members.
spare_disk() {
	local file

	disks 1 3M
	SPARE=${DISKS[-1]}
	unset 'DISKS[-1]'
	read -r file <"/sys/block/${SPARE#/dev/}/loop/backing_file"
	cp "$file" "$SAVED"
}

drop_spare() {
	DISKS+=("$SPARE")
	SPARE=
}

manage_command() {
	local begin=("$MDADM" -q "/dev/$NODE")

	case $COMMAND in
	fail) COMMAND_LINE=("${begin[@]}" --fail "${DISKS[0]}") ;;
	remove) COMMAND_LINE=("${begin[@]}" --remove "${DISKS[0]}") ;;
	add) COMMAND_LINE=("${begin[@]}" --add "$SPARE") ;;
	readd) COMMAND_LINE=("${begin[@]}" --re-add "${DISKS[0]}") ;;
	replace) COMMAND_LINE=("${begin[@]}" --replace "${DISKS[0]}" --with "$SPARE") ;;
	swap) COMMAND_LINE=("$MDADM" -q --swap --wait "/dev/$NODE" "${DISKS[0]}" "$SPARE") ;;
	spare) COMMAND_LINE=("${begin[@]}" --add-spare "$SPARE") ;;
	# one that was in, and one that was not
	adds) COMMAND_LINE=("${begin[@]}" --add "${DISKS[0]}" "$SPARE") ;;
	journal) COMMAND_LINE=("${begin[@]}" --add-journal "$SPARE") ;;
	esac
}

# --- looking -------------------------------------------------------------------------------

# member DISK: its state in MEMBER, "" it is not in the array.
member() {
	MEMBER=
	[ ! -e "$MD/dev-${1#/dev/}" ] || read -r MEMBER <"$MD/dev-${1#/dev/}/state" || MEMBER=leaving
}

done_fail() {
	member "${DISKS[0]}"
	[[ -z $MEMBER || $MEMBER == *faulty* ]]
}

done_remove() {
	member "${DISKS[0]}"
	[ -z "$MEMBER" ]
}

done_add() {
	member "$SPARE"
	[ -n "$MEMBER" ]
}

done_readd() {
	member "${DISKS[0]}"
	[[ -n $MEMBER && $MEMBER != *faulty* ]]
}

done_replace() {
	member "${DISKS[0]}"
	[[ -z $MEMBER || $MEMBER == *faulty* || $MEMBER == *want_replacement* ]]
}

done_swap() {
	done_remove
}

done_spare() { done_add; }

done_adds() {
	look_adds
	[[ $STATE != *old* ]]
}

done_journal() {
	member "$SPARE"
	[[ $MEMBER == *journal* ]]
}

# Each of the two, and which of them are to come in still.
look_adds() {
	local disk

	STATE='' LACKING=()
	for disk in "${DISKS[0]}" "$SPARE"; do
		member "$disk"
		if [ -n "$MEMBER" ]; then STATE+=new,; else STATE+=old, LACKING+=("$disk"); fi
	done
}

look_at_change() {
	TOUCHED=1
	if declare -F "look_$COMMAND" >/dev/null; then
		"look_$COMMAND"
	elif "done_$COMMAND"; then
		STATE=new,
	else
		STATE=old,
	fi
}

# Nothing is under way or held back, and as many members are in as ought to be.
settled() {
	local action degraded held want=0 policy=journal state

	[[ $COMMAND != fail && $COMMAND != remove ]] || want=1
	read -r action <"$MD/sync_action"
	if [ "$COMMAND" = journal ]; then
		read -r policy <"$MD/consistency_policy"
		read -r state <"$MD/array_state"
		[[ $policy == journal && $state != readonly ]] || return
	fi
	read -r degraded <"$MD/degraded"
	held=0
	[ ! -e "$MD/suspend_hi" ] || read -r held <"$MD/suspend_hi"
	[[ $action == idle && $degraded == "$want" && $held == 0 ]]
}

# As far as the redundancy goes it is no worse than before, or as asked.
safe() {
	local degraded worst=1

	runs || complain "array $ARRAY"
	read -r degraded <"$MD/degraded"
	case $COMMAND in
	spare | journal) worst=0 ;;
	adds) worst=2 ;;
	esac
	[ "$degraded" -le $worst ] || complain "degraded by $degraded"
}

thawed() {
	local action

	read -r action <"$MD/sync_action"
	[ "$action" != frozen ]
}

# --- judging -------------------------------------------------------------------------------

# Who was to come in has its old bytes, or is in and has the array's superblock.
new_one_is_whole() {
	local file

	case $COMMAND in
	add | adds | spare | journal | swap) ;;
	*) return ;;
	esac
	member "$SPARE"
	read -r file <"/sys/block/${SPARE#/dev/}/loop/backing_file"
	if [ -z "$MEMBER" ]; then
		[[ $STATE == *new* ]] || cmp -s "$file" "$SAVED/${file##*/}" ||
			complain "the bytes of what was to come in have changed"
	elif [ "$COMMAND" != swap ]; then
		examine "$SPARE"
		[ "$UUID" = "$OLD_UUID" ] || complain "what is in has no superblock of the array"
	fi
}

error_change() {
	safe
	new_one_is_whole
	thawed || complain "frozen"
	if [[ $STATE == *old* ]]; then
		[ "$STATUS" != 0 ] || complain "status 0, and not done"
		[ -n "$SAID" ] || complain "not a word"
		[[ $STATE == *new* ]] || ! compgen -G "$UNDO/*" >/dev/null ||
			complain "an undo file of what was taken back"
	else
		[ "$STATUS" = 0 ] || [[ $SAID == *"mdadm: "* ]] || complain "status $STATUS, and not a word"
	fi
}

# What was not done is done by the next run; it ends in what was asked for.
next_change() {
	safe
	wait_for 5 thawed || complain "frozen"
	case $COMMAND:$STATE in
	adds:*new*old* | adds:*old*new*) again "$MDADM" -q "/dev/$NODE" --add "${LACKING[@]}" ;;
	*:*old*) again "${COMMAND_LINE[@]}" ;;
	journal:*) again "$MDADM" -q --manage "/dev/$NODE" --readwrite ;;
	*) "${COMMAND_LINE[@]}" >/dev/null 2>&1 </dev/null || : ;;
	esac
	"done_$COMMAND" || complain "the next run does not do it"
	# what has nothing to do takes no lock
	"$MDADM" -I --rebuild-map
	[[ $COMMAND == fail || $COMMAND == remove ]] || wait_for 20 settled || complain "does not come to rest"
}

pair_change() {
	[[ $STATUS == 0 || $STATUS2 == 0 ]] || complain "statuses $STATUS and $STATUS2: $SAID"
	safe
	thawed || complain "frozen"
	[[ $STATE == *new* || $HIT == "" ]] || [[ $PAIR_WHAT == another* ]] || complain "not done"
	[[ $PAIR_WHAT != another* ]] || [[ $STATUS:$STATUS2 == 0:[!0] || $STATUS:$STATUS2 == [!0]:0 ]] ||
		complain "both: $STATUS and $STATUS2"
}
