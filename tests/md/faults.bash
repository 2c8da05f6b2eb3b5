# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What remains when a command dies or fails on its way: a scenario is a command on members of one
# level and format; at each point (a system call that changes something, a step of the plan) one
# thing goes wrong, and what is there then is judged.  Load it after lib and proof.
#
# A process, and be it a subshell, is dear in a guest; so nothing here is in $() or a pipe that
# runs at each point, and functions answer in variables.

INJECT=${INJECT:-${BATS_TEST_DIRNAME:-$PWD/tests/md}/../../build/tools/inject}
FAULTY=${FAULTY:-${BATS_TEST_DIRNAME:-$PWD/tests/md}/../../build/faults/mdadm}
NODE=md127 LINK=/dev/md/home MANAGES='' RUNNING=''
SAVED=/run/saved
UNDO=/var/lib/mdadm/undo

# --- the world -----------------------------------------------------------------------------

# The one array in ARRAY: none, or what the driver says of it.
look_at_array() {
	local at

	ARRAY=none
	for at in /sys/block/md*/md/array_state; do
		[ -e "$at" ] || continue
		if [[ $ARRAY != none || $at != /sys/block/$NODE/* ]]; then
			ARRAY="other arrays: $at" && return
		fi
		read -r ARRAY <"$at"
	done
}

runs() {
	case $ARRAY in
	clean | active | active-idle | write-pending | read-auto | readonly) return 0 ;;
	esac
	return 1
}

no_arrays() {
	local at rc=0

	for at in /sys/block/md*/md/array_state; do
		[ ! -e "$at" ] || { rc=1 && echo clear >"$at"; } 2>/dev/null
	done
	return $rc
}

# Everything that a command could leave beside the bytes of members, in MARKS; an empty directory
# is no trace.
look_at_marks() {
	local at

	MARKS=
	for at in /sys/block/md* /dev/md* /dev/md/* /dev/md/.new* /dev/.tmp* /run/mdadm/*; do
		[[ ! -e $at && ! -L $at || $at == /run/mdadm/map || $at == /dev/md ]] || MARKS+="$at "
	done
	[ ! -s /run/mdadm/map ] || into at /run/mdadm/map
	[ ! -s /run/mdadm/map ] || MARKS+="[$at]"
}

# Until udev has nothing to do, where there is one.
settle() {
	[ ! -e /run/udev/control ] || udevadm settle -t 60
}

# The world as it was before the command: arrays, files, bytes.
start_over() {
	wait_for 20 no_arrays
	settle
	look_at_marks
	[[ -z $MARKS && ! -e /dev/md && ! -e /run/mdadm && ! -e $UNDO ]] ||
		rm -rf /run/mdadm /dev/md /dev/.tmp.md* "$UNDO"
	[ "$TOUCHED" = 0 ] || cp "$SAVED"/* /run/disks
	TOUCHED=0
	"before_$COMMAND"
	settle
	look_at_marks
	BEFORE=$MARKS
}

# What there is when the command begins.

before_create() { :; }

before_assemble() { :; }

before_zero() { :; }

before_undo() { :; }

before_stop() {
	"$MDADM" -q --assemble home "${DISKS[@]}"
	TOUCHED=1
}

before_attach() { :; }

# All but the last.
before_complete() {
	local disk

	for disk in "${DISKS[@]:0:${#DISKS[@]}-1}"; do
		"$MDADM" -I -q "$disk"
	done
	TOUCHED=1
}

before_run() {
	before_complete
}

before_map() {
	before_stop
	rm /run/mdadm/map
}

# --- a scenario ----------------------------------------------------------------------------

# As many as bear what the command does.
count_members() {
	case $LEVEL:$COMMAND in
	raid1:adds | raid1:repair) n=3 ;;
	raid1:*) n=2 ;;
	raid5:*) n=3 ;;
	*) n=4 ;;
	esac
}

# scenario COMMAND LEVEL METADATA [OPTION...]: members, their bytes at the start, the command.
scenario() {
	local n disk

	COMMAND=$1 LEVEL=$2 METADATA=$3 TOUCHED=1 LINK=/dev/md/home
	# by itself an array without a name has its number for one
	[[ $METADATA$COMMAND != 0.90@(attach|complete|run) ]] || LINK=/dev/md/127
	count_members
	disks "$n" 3M
	FILES=()
	for disk in "${DISKS[@]}"; do
		FILES+=("$(<"/sys/block/${disk#/dev/}/loop/backing_file")")
	done
	SHAPE=(-R -q -e "$METADATA" -l "${LEVEL#raid}" "${@:4}" -n "$n" "${DISKS[@]}")
	rm -rf "$SAVED" /run/mdadm /dev/md
	mkdir -p "$SAVED"
	"members_$COMMAND"
	stop_arrays
	cp "${FILES[@]}" "$SAVED"
	mapfile -t WAS < <(sha256sum "${FILES[@]}")
	examine "${DISKS[0]}"
	OLD_UUID=$UUID
	! changes_members || spare_disk
	case $COMMAND in
	create) COMMAND_LINE=("$MDADM" --create home "${SHAPE[@]}") ;;
	assemble) COMMAND_LINE=("$MDADM" --assemble home "${DISKS[@]}") ;;
	stop) COMMAND_LINE=("$MDADM" --stop "$LINK") ;;
	zero) COMMAND_LINE=("$MDADM" --zero-superblock --quiet "${DISKS[@]}") ;;
	undo) COMMAND_LINE=("$MDADM" --undo /run/undone --quiet) ;;
	attach) COMMAND_LINE=("$MDADM" -I -q "${DISKS[0]}") ;;
	complete) COMMAND_LINE=("$MDADM" -I -q "${DISKS[-1]}") ;;
	run) COMMAND_LINE=("$MDADM" -q --run "/dev/$NODE") ;;
	map) COMMAND_LINE=("$MDADM" -I --rebuild-map) ;;
	*) if changes_members; then manage_command; else array_command; fi ;;
	esac
}

# Who waits for the kernel looks as often as that takes.
calls_vary() {
	[[ $COMMAND == swap || $COMMAND == scrub || $COMMAND == repair ]]
}

# Is it a change to the members of a running array (faults-manage.bash)?
changes_members() {
	[[ " $MANAGES " == *" $COMMAND "* ]]
}

# Or to something else of a running array (faults-array.bash)?
changes_running() {
	changes_members || [[ " $RUNNING " == *" $COMMAND "* ]]
}

scenario_over() {
	stop_arrays
	! changes_members || drop_spare
	! declare -F "over_$COMMAND" >/dev/null || "over_$COMMAND"
	rm -rf /run/mdadm /dev/md
	drop_disks
}

# Members that have something to lose: an older array, with data.
members_create() {
	local disk second

	for disk in "${FILES[@]}"; do
		tr '\0' 'x' </dev/zero | dd of="$disk" bs=1M count=3 iflag=fullblock conv=notrunc status=none
	done
	"$MDADM" -C /dev/md9 -R -q -l1 -n ${#DISKS[@]} --assume-clean -e "${OLD_METADATA:-1.2}" "${DISKS[@]}"
	# of two superblocks the newer counts, and a second is the unit
	second=$EPOCHSECONDS
	wait_for 5 later_than "$second"
}

later_than() {
	((EPOCHSECONDS > $1))
}

members_assemble() {
	"$MDADM" --create home "${SHAPE[@]}"
	wait_idle $NODE
	"$MDADM" -q --stop /dev/$NODE
}

members_stop() {
	members_assemble
}

members_attach() {
	members_assemble
}

members_complete() {
	members_assemble
}

members_run() {
	members_assemble
}

members_map() {
	members_assemble
}

# Two superblocks on each, the older one of 0.90 in the last 64 KiB.
members_zero() {
	local disk

	OLD_METADATA=0.90 members_create
	stop_arrays
	for disk in "${FILES[@]}"; do
		dd if="$disk" of="$disk.end" bs=64K skip=47 status=none
	done
	members_assemble
	for disk in "${FILES[@]}"; do
		dd if="$disk.end" of="$disk" bs=64K seek=47 conv=notrunc status=none
		rm "$disk.end"
	done
}

# What a create has overwritten is to come back.
members_undo() {
	local file

	members_create
	stop_arrays
	examine "${DISKS[0]}"
	UNDONE_UUID=$UUID
	rm -rf "$UNDO"
	members_assemble
	for file in "$UNDO"/*; do
		mv "$file" /run/undone
	done
}

# --- looking -------------------------------------------------------------------------------

# examine DISK: the array of its superblock in UUID, when that is whole; what was said in EXAMINED.
examine() {
	UUID=
	"$MDADM" --examine "$1" >/run/examined 2>&1 || :
	into EXAMINED /run/examined
	[[ ! $EXAMINED =~ Checksum\ :\ [0-9a-f]+\ -\ correct ]] ||
		[[ ! $EXAMINED =~ UUID\ :\ ([0-9a-f:]{35}) ]] || UUID=${BASH_REMATCH[1]}
}

# What has become of each member, in STATE: old, new or neither; those that are new are of one array.
look_at_members() {
	local -a now
	local i others=

	if changes_running; then look_at_change && return; fi
	if declare -F "look_$COMMAND" >/dev/null; then "look_$COMMAND" && return; fi
	sha256sum "${FILES[@]}" >/run/sums
	mapfile -t now </run/sums
	STATE=
	for i in "${!DISKS[@]}"; do
		if [ "${now[i]}" = "${WAS[i]}" ]; then
			STATE+=old,
			continue
		fi
		TOUCHED=1
		examine "${DISKS[i]}"
		[ "$COMMAND" != create ] || others=${others:-$UUID}
		if member_is_new "$others"; then STATE+=new,; else STATE+=neither,; fi
	done
}

# A member whose bytes have changed; $1 is the array of those before it.
member_is_new() {
	case $COMMAND in
	create) [[ -n $UUID && $UUID == "$1" && $UUID != "$OLD_UUID" ]] ;;
	# the superblocks come and go one by one
	undo) [[ -n $UUID && ($UUID == "$UNDONE_UUID" || $UUID == "$OLD_UUID") ]] ;;
	# the superblocks go one by one
	zero) [[ -n $UUID || $EXAMINED == *"No md superblock"* ]] ;;
	*) [[ -n $UUID && $UUID == "$OLD_UUID" ]] ;;
	esac
}

complain() {
	COMPLAINT+="${COMPLAINT:+; }$*"
}

# Files that no command may leave when it is gone.
no_litter() {
	local at

	for at in /dev/.tmp.md* /dev/md/.new* /run/mdadm/creating-* /run/mdadm/*lock* /run/mdadm/*.new; do
		# who cannot lock may not remove the lock's file: it may be another's
		[[ $HIT != *flock* || $at != *lock || $1 != error ]] || continue
		[ ! -e "$at" ] || complain "left: $at"
	done
}

one_map_line() {
	# an array is started also where there is no place for the map, and that is said
	[[ $SAID != *"without the map of arrays"* ]] || return 0
	# shellcheck disable=SC2154 # line_of sets it
	[ -e /run/mdadm/map ] && line_of "$NODE" /run/mdadm/map && ((lines_found == 1))
}

# Array, node, line and name: all there.
whole() {
	look_at_array
	look_at_marks
	runs || complain "array $ARRAY"
	[ -b /dev/$NODE ] || complain "no /dev/$NODE"
	one_map_line || complain "not one line in the map: $MARKS"
	[[ /dev/$NODE -ef $LINK ]] || [[ -n ${1:-} ]] || complain "no $LINK, and not a word"
}

# --- judging -------------------------------------------------------------------------------

# hit OPTION...: the command with the fault; STATUS, SAID, and the call that was hit in HIT.
hit() {
	STATUS=0
	"$INJECT" -l /run/hit "$@" -- "${COMMAND_LINE[@]}" >/run/out 2>/run/said </dev/null || STATUS=$?
	into SAID /run/said
	into HIT /run/hit
	HIT=${HIT// (deleted)/}
}

# After an error: all taken back and said in one sentence, or all done.
judge_error() {
	COMPLAINT=
	look_at_array
	look_at_members
	look_at_marks
	no_litter error
	[ "$STATUS" = 0 ] || one_line "$SAID" || complain "not one line: $SAID"
	[[ $STATE != *neither* ]] || complain "members $STATE"
	if changes_members; then error_change; else "error_$COMMAND"; fi
}

# As it was, and said.
all_old() {
	[ "$STATUS" != 0 ] || complain "status 0"
	[ -n "$SAID" ] || complain "not a word"
	[ "$MARKS" = "$BEFORE" ] || [[ $HIT == *flock* ]] || complain "traces: $MARKS"
	! compgen -G "$UNDO/*" >/dev/null || complain "an undo file of what was taken back"
}

error_create() {
	if runs; then
		[[ $STATE != *old* ]] || complain "runs, but members are $STATE"
		whole "$SAID"
	else
		[ "$ARRAY" = none ] || complain "array $ARRAY"
		[[ $STATE != *new* ]] || complain "members $STATE"
		all_old
	fi
}

error_assemble() {
	if runs; then whole "$SAID"; else error_create; fi
}

error_stop() {
	if runs; then
		all_old
	else
		[ "$ARRAY" = none ] || complain "array $ARRAY"
		[ -z "$MARKS" ] || [ -n "$SAID" ] || complain "traces, and not a word: $MARKS"
	fi
}

# It has the one member, and its line; or there is nothing.
error_attach() {
	if [ "$ARRAY" = inactive ]; then
		[ "$STATUS" = 0 ] || complain "status $STATUS, but it is attached"
		one_map_line || complain "not one line in the map: $MARKS"
		[[ /dev/$NODE -ef $LINK || -n $SAID ]] || complain "no $LINK, and not a word"
	else
		[ "$ARRAY" = none ] || complain "array $ARRAY"
		all_old
	fi
}

# It runs; or waits, as it did or with the last member in it, and that is said.
error_complete() {
	if runs; then
		whole "$SAID"
	else
		[ "$ARRAY" = inactive ] || complain "array $ARRAY"
		all_old
	fi
}

error_run() {
	error_complete
}

error_map() {
	runs || complain "array $ARRAY"
	if [ "$STATUS" = 0 ]; then one_map_line || complain "no map, and not a word"; else all_old; fi
}

error_undo() {
	[ "$ARRAY" = none ] || complain "array $ARRAY"
	if [ "$STATUS" = 0 ]; then
		[[ $STATE != *old* ]] || complain "status 0, members $STATE"
	else
		[[ $STATE != *new* ]] || complain "members $STATE"
		all_old
	fi
}

error_zero() {
	[ "$ARRAY" = none ] || complain "array $ARRAY"
	[ "$MARKS" = "$BEFORE" ] || complain "traces: $MARKS"
	[[ $STATE != *old* || $STATUS != 0 ]] || complain "status 0"
	[[ $STATE != *old* || -n $SAID ]] || complain "not a word"
}

# After death: whole members, and the next run ends well and leaves nothing.
judge_death() {
	local array members

	COMPLAINT=
	look_at_array
	look_at_members
	[[ $STATE != *neither* ]] || complain "members $STATE"
	[[ $ARRAY != other* ]] || complain "$ARRAY"
	[[ $COMMAND != create || $STATE != *old* ]] || ! runs || complain "runs with $STATE"
	array=$ARRAY members=$STATE
	TOUCHED=1
	if changes_members; then next_change; else "next_$COMMAND"; fi
	no_litter
	ARRAY=$array STATE=$members
}

# again COMMAND...: must do it.
again() {
	local said

	"$@" >/run/said 2>&1 </dev/null && return
	into said /run/said
	complain "then ${*:2:1}: ${said//$'\n'/ }"
}

no_marks() {
	look_at_marks
	[ -z "$MARKS" ] || complain "after the next run: $MARKS"
}

stop_again() { # NAME
	again "$MDADM" --stop "$1"
	no_marks
}

next_create() {
	! runs || again "$MDADM" --stop /dev/$NODE
	again "${COMMAND_LINE[@]}"
	whole
}

next_assemble() {
	next_create
}

# What has stopped cannot be stopped again: there the next run is the next start.
next_stop() {
	runs || { again "$MDADM" --assemble home "${DISKS[@]}" && whole; }
	stop_again $LINK
}

# Once each device was seen again the array is there.
next_attach() {
	local disk

	for disk in "${DISKS[@]}" "${DISKS[0]}"; do
		"$MDADM" -I -q "$disk" >/dev/null 2>&1 </dev/null || :
	done
	look_at_array
	whole
	stop_again /dev/$NODE
}

next_complete() {
	next_attach
}

next_run() {
	again "${COMMAND_LINE[@]}"
	whole
	stop_again /dev/$NODE
}

next_map() {
	next_run
}

next_undo() {
	next_zero
}

next_zero() {
	again "${COMMAND_LINE[@]}"
	no_marks
	look_at_members
	[[ $STATE != *old* ]] || complain "after the next run: $STATE"
}

# The sums of one kind of fault.
count() {
	((++POINTS))
	case $COMMAND:$STATE:$ARRAY in
	stop:*:none) ((++NEW)) ;;
	stop:*) ((++OLD)) ;;
	attach:*:inactive) ((++NEW)) ;;
	attach:* | complete:*:inactive | run:*:inactive) ((++OLD)) ;;
	*old*new* | *new*old* | *part*) ((++MIXED)) ;;
	*new*) ((++NEW)) ;;
	destroy:*) ((++OLD)) ;;
	*) if runs && ! changes_running; then ((++NEW)); else ((++OLD)); fi ;;
	esac
	[ -z "$COMPLAINT" ] && return
	((++OTHER))
	echo "else: $COMMAND $LEVEL $METADATA, $1 at ${HIT:-$2}: $COMPLAINT" >&2
}

# --- all points ----------------------------------------------------------------------------

# Which calls there are to hit, in CALLS.
count_calls() {
	start_over
	TOUCHED=1
	"$INJECT" -l /run/calls -- "${COMMAND_LINE[@]}" >/dev/null 2>&1 || return
	mapfile -t CALLS </run/calls
}

# every KIND [STRIDE FIRST [WHAT]]: each point (or each STRIDE-th), with the fault KIND.
every() {
	local kind=$1 stride=${2:-1} n
	local -a fault=(-k)

	OLD=0 NEW=0 MIXED=0 OTHER=0 POINTS=0
	[ "$kind" = SIGKILL ] || fault=(-e "$kind")
	for ((n = ${3:-1}; n <= ${#CALLS[@]}; n += stride)); do
		start_over
		hit "${fault[@]}" -n "$n"
		if [ -z "$HIT" ] && calls_vary; then
			judge_error
		elif [ -z "$HIT" ]; then
			COMPLAINT="the call was not made" STATE=old ARRAY=none TOUCHED=1
		elif [ "$kind" = SIGKILL ]; then
			judge_death
		else
			judge_error
		fi
		count "$kind" "$n"
	done
	row "${4:-$kind}"
}

# every_step KIND: each step of the plan, SIGKILL or EIO.
every_step() {
	local n

	OLD=0 NEW=0 MIXED=0 OTHER=0 POINTS=0
	for ((n = 1; ; n++)); do
		start_over
		rm -f /run/step
		hit_step "$1" $n
		[ "$HIT" = "step $n" ] || break
		if [ "$1" = SIGKILL ]; then judge_death; else judge_error; fi
		count "$1" "step $n"
	done
	TOUCHED=1
	row "$1 of a step"
}

hit_step() {
	STATUS=0 HIT=
	# the braces, for what the shell says of a death
	{
		FAULT=$1 FAULT_STEP=$2 FAULT_LOG=/run/step "$FAULTY" "${COMMAND_LINE[@]:1}" >/run/out 2>/run/said </dev/null ||
			STATUS=$?
	} 2>/dev/null
	into SAID /run/said
	[ ! -e /run/step ] || into HIT /run/step
}

# every_undo: the array cannot be started, and on the way back another call fails.
every_undo() {
	local i at=0 n

	OLD=0 NEW=0 MIXED=0 OTHER=0 POINTS=0
	for i in "${!CALLS[@]}"; do
		[[ ${CALLS[i]} != *RUN_ARRAY* && ${CALLS[i]} != *\ write\ *array_state ]] || at=$((i + 1))
	done
	((at)) || { echo "nothing starts the array among the calls" >&2 && return 1; }
	for ((n = at + 1; ; n++)); do
		start_over
		hit -e EIO -n $at -n $n
		[[ $HIT == *$'\n'* ]] || break
		HIT=${HIT#*$'\n'}
		judge_undo
		count "EIO in the undo" "$n"
	done
	TOUCHED=1
	row "EIO in the undo"
}

# A sentence for each of the two faults; one may tell of both.
two_lines() {
	local n

	n=$(grep -c '^mdadm: ' <<<"$1")
	((n == 1 || n == 2)) && ((n == $(grep -cv '^       ' <<<"$1")))
}

# All taken back, or what is not is named.
judge_undo() {
	local i
	local -a state

	COMPLAINT=
	look_at_array
	look_at_members
	look_at_marks
	[[ $STATE != *neither* ]] || complain "members $STATE"
	two_lines "$SAID" || complain "not one line for each fault: $SAID"
	[ "$STATUS" != 0 ] || complain "status 0"
	no_litter
	[[ $STATE == *new* || $MARKS != "$BEFORE" ]] || return 0
	[[ $SAID == *"taken back"* || $SAID == *"put back"* ]] || complain "not a word of $STATE $MARKS"
	[[ $SAID != *"stay in it"* ]] || return 0
	IFS=, read -r -a state <<<"$STATE"
	for i in "${!state[@]}"; do
		[[ ${state[i]} == old || $SAID == *"${DISKS[i]}"* ]] || complain "${DISKS[i]} is not named: $SAID"
	done
}

# --- nothing goes wrong ---------------------------------------------------------------------

# every_time N WHAT: N times without a fault of ours, and it must succeed.
every_time() {
	local n

	OLD=0 NEW=0 MIXED=0 OTHER=0 POINTS=0
	for ((n = 1; n <= $1; n++)); do
		start_over
		hit
		judge_error
		[ "$STATUS" = 0 ] || complain "status $STATUS: $SAID"
		count "$2" "$n"
	done
	TOUCHED=1
	row "$2"
}

# --- two at once ---------------------------------------------------------------------------

# every_pair WHAT OTHER...: at each point the other command runs; both end, one of them well.
every_pair() {
	local n what=$1 stride=${STRIDE:-1}

	# shellcheck disable=SC2034 # what judges pairs looks at it
	PAIR_WHAT=$1
	shift
	OLD=0 NEW=0 MIXED=0 OTHER=0 POINTS=0
	for ((n = 1; n <= ${#CALLS[@]}; n += stride)); do
		start_over
		STATUS=0 STATUS2=
		"$INJECT" -l /run/hit -n $n -r -s /run/status -- "${COMMAND_LINE[@]}" :: "$@" >/run/out 2>/run/said \
			</dev/null || STATUS=$?
		into SAID /run/said
		into HIT /run/hit
		into STATUS2 /run/status
		COMPLAINT=
		if [ -n "$HIT" ]; then judge_pair; else STATE=old ARRAY=none; fi
		count "$what" "$n"
	done
	TOUCHED=1
	row "$what"
}

judge_pair() {
	local line

	look_at_array
	look_at_members
	look_at_marks
	no_litter
	[[ $STATUS == [0124] && $STATUS2 == [0124] ]] || complain "statuses $STATUS and $STATUS2"
	[[ $STATE != *neither* ]] || complain "members $STATE"
	while IFS= read -r line; do
		[[ -z $line || $line == "mdadm: "* || $line == "       "* ]] || complain "said: $line"
	done <<<"$SAID"
	if changes_members; then pair_change; else "pair_$COMMAND"; fi
}

pair_create() {
	[[ $STATE != *old* ]] || complain "members $STATE"
	pair_assemble
}

# Under the name of either.
pair_assemble() {
	[[ $STATUS:$STATUS2 == 0:[!0] || $STATUS:$STATUS2 == [!0]:0 ]] || complain "statuses $STATUS and $STATUS2: $SAID"
	runs || complain "array $ARRAY"
	one_map_line || complain "not one line in the map: $MARKS"
}

# The same device twice, or the others at the same moment: they make one array.
pair_attach() {
	[[ $STATUS == 0 || $STATUS2 == 0 ]] || complain "statuses $STATUS and $STATUS2: $SAID"
	one_map_line || complain "not one line in the map: $MARKS"
	[[ $ARRAY == inactive ]] || runs || complain "array $ARRAY"
	next_attach
}

pair_complete() {
	[[ $STATUS == 0 || $STATUS2 == 0 ]] || complain "statuses $STATUS and $STATUS2: $SAID"
	whole
}

pair_run() {
	[[ $STATUS == 0 && $STATUS2 == 0 ]] || complain "statuses $STATUS and $STATUS2: $SAID"
	whole
}

pair_map() {
	pair_run
}

pair_stop() {
	[[ $STATUS == 0 || $STATUS2 == 0 ]] || complain "statuses $STATUS and $STATUS2: $SAID"
	[[ $ARRAY == none && -z $MARKS ]] || complain "array $ARRAY, $MARKS"
}

pair_undo() {
	pair_zero
}

pair_zero() {
	[[ $STATUS == 0 || $STATUS2 == 0 || -n $SAID ]] || complain "statuses $STATUS and $STATUS2, and not a word"
	[[ $STATE != *old* || -n $SAID ]] || complain "members $STATE, and not a word"
	[ -z "$MARKS" ] || complain "$MARKS"
}

# --- the sums ------------------------------------------------------------------------------

row() {
	printf 'row\t%s %s %s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$COMMAND" "$LEVEL" "$METADATA" "$1" "$POINTS" "$OLD" \
		"$MIXED" "$NEW" "$OTHER"
}
