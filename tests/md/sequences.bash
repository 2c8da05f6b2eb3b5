# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Sequences: the members of an array with a file system under load fail, leave, come back, are replaced and
# swapped, at random; what must come of each step is known from a model, and what must be in the file from
# who writes it (tests/tools/load.c, or fio).  tests/sequences and sequences.bats say how many.  Load it
# after lib; what happens depends on the seed alone.
#
# The model has each disk's state (ST) and slot (SLOT).  A rebuild begins and ends by itself, so it is
# either held by the kernel's sync_max, and goes on through the next steps, or it is waited for.  Of several
# spares it is not foreseen which one the kernel takes, only how many.
#
# A process is dear in a guest: nothing here is in $() or a pipe, and functions answer in variables.

LOADER=${LOADER:-${BATS_TEST_DIRNAME:-$PWD/tests/md}/../../build/tools/load}
MD=/sys/block/md0/md
SEQ_RUN=/run/sequences
SEQ_BYTES=$((8 << 20))
HELD_AT=2048                   # sectors
CHECK_EVERY=3                  # steps
FIO_EVERY=${SEQ_FIO_EVERY:-25} # sequences
exec {SEQ_PAUSE}<> <(:)        # a pipe on which nothing comes: a pause without a process

# --- small things --------------------------------------------------------------------------

fault() {
	printf 'fault: %s seed %s step %s: %s\n' "$LEVEL" "$SEED" "$STEP" "${*//$'\n'/ }"
	printf '  steps:%s\n' "$HISTORY"
	((++FAULTS))
	return 1
}

# ask WORD...: of who keeps the content.
ask() {
	echo "$*" >&"${LOAD[1]}"
	read -r ANSWER <&"${LOAD[0]}"
	[[ $ANSWER == ok* ]]
}

# call WORD...: the program; RC, and SAID.
call() {
	RC=0
	HISTORY+=$'\n'"    $STEP: mdadm $*"
	[ -z "${SEQ_TRACE:-}" ] || echo "$STEP: mdadm $*"
	"$MDADM" "$@" >$SEQ_RUN/said 2>&1 </dev/null || RC=$?
	into SAID $SEQ_RUN/said
	HISTORY+=" = $RC"
}

# until_ SECONDS COMMAND...
until_() {
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		read -r -t 0.01 -u "$SEQ_PAUSE" || :
	done
}

# --- the model -----------------------------------------------------------------------------
#
# ST: out, faulty, spare, sync, rebuild, repl (a replacement that is filled; its slot has a sync, too).
# Of those that left or failed: FORMER (slot when it was active and in sync, or -1), FRESH (nothing was put
# in since), WAS_SPARE (its superblock says so), LABEL (it has a superblock).

count_of() { # STATE: in N_OF
	local s

	N_OF=0
	for s in "${ST[@]}"; do
		[ "$s" != "$1" ] || ((++N_OF))
	done
}

# HAVE: slots with a member in sync, without disk $1.
slots_without() {
	local i

	HAVE=()
	for ((i = 0; i < SLOTS; i++)); do HAVE[i]=0; done
	for i in "${!ST[@]}"; do
		[[ ${ST[i]} != sync || $i == "${1:--}" ]] || HAVE[SLOT[i]]=1
	done
}

# From HAVE: how many may still be lost for sure in LEFT (-1: the data is), and N_HAVE.
left() {
	local i pair

	N_HAVE=0
	for i in "${HAVE[@]}"; do ((N_HAVE += i)) || :; done
	case $LEVEL in
	raid1) LEFT=$((N_HAVE - 1)) ;;
	raid4 | raid5) LEFT=$((N_HAVE - SLOTS + 1)) ;;
	raid6) LEFT=$((N_HAVE - SLOTS + 2)) ;;
	raid10)
		LEFT=1
		for ((i = 0; i < SLOTS; i += 2)); do
			pair=$((HAVE[i] + HAVE[i + 1] - 1))
			((pair >= LEFT)) || LEFT=$pair
		done
		;;
	esac
}

in_slot() { # SLOT STATE: the disk in AT
	for AT in "${!ST[@]}"; do
		[[ ${SLOT[AT]} != "$1" || ${ST[AT]} != "$2" ]] || return 0
	done
	return 1
}

slot_is_free() {
	! in_slot "$1" sync && ! in_slot "$1" rebuild
}

wants_one() {
	in_slot "$1" sync && [ "${WANT[AT]}" = 1 ] && ! in_slot "$1" repl
}

others_want() { # DISK
	local s

	for ((s = 0; s < SLOTS; s++)); do
		[[ $s == "${SLOT[$1]}" ]] || ! wants_one $s || return 0
	done
	return 1
}

# A spare's place: RAID1 and RAID10 look at each slot for both, the others for free ones first.
place() {
	local s

	for ((s = 0; s < SLOTS; s++)); do
		slot_is_free $s && PLACE=$s BECOMES=rebuild && return
		[[ $LEVEL == raid1 || $LEVEL == raid10 ]] && wants_one $s && PLACE=$s BECOMES=repl && return
	done
	for ((s = 0; s < SLOTS; s++)); do
		wants_one $s && PLACE=$s BECOMES=repl && return
	done
	return 1
}

# Nothing is put in while a rebuild runs; in the end what has a place is rebuilt.
attach() {
	local i k

	for i in "${!ST[@]}"; do
		[ "${ST[i]}" = spare ] || continue
		place || break
		ST[i]=$BECOMES SLOT[i]=$PLACE
		for k in "${!ST[@]}"; do
			[ "${FORMER[k]}" != "$PLACE" ] || FRESH[k]=0
		done
	done
	for i in "${ST[@]}"; do
		[[ $i != rebuild && $i != repl ]] || SYNCING=1
	done
}

complete() {
	local i

	for i in "${!ST[@]}"; do
		case ${ST[i]} in
		rebuild) ST[i]=sync ;;
		repl)
			in_slot "${SLOT[i]}" sync && gone "$AT" && FRESH[AT]=0
			ST[i]=sync
			;;
		esac
	done
	SYNCING=0
}

# gone DISK: it is faulty, and its slot another's.
gone() {
	FORMER[$1]=-1 FRESH[$1]=1 WAS_SPARE[$1]=0
	[ "${ST[$1]}" != sync ] || FORMER[$1]=${SLOT[$1]}
	[ "${ST[$1]}" != spare ] || WAS_SPARE[$1]=1
	ST[$1]=faulty SLOT[$1]=-1 WANT[$1]=0
	return 0
}

settle_model() {
	local i

	for i in "${!ST[@]}"; do
		SPARE[i]=0
		[ "${ST[i]}" != spare ] || SPARE[i]=1
	done
	((RO)) && return
	while :; do
		((SYNCING)) || attach
		((SYNCING && !HOLD)) || return 0
		complete
	done
}

# effects of what the program has done

effect_none() { :; }

effect_fail() {
	local slot=${SLOT[$1]} was=${ST[$1]}

	[ "$was" != faulty ] || return 0
	gone "$1"
	[ "$was" != repl ] || EITHER=1
	[ "$was" = sync ] && in_slot "$slot" repl && ST[AT]=rebuild && FRESH[$1]=0
	# that it is to end is seen by a rebuild that stands still when it is woken
	((!SYNCING || !HOLD)) || echo $HELD_AT >$MD/sync_max
	SYNCING=0
}

effect_remove() {
	[ "${ST[$1]}" = faulty ] || { FORMER[$1]=-1 WAS_SPARE[$1]=1 FRESH[$1]=1; }
	ST[$1]=out SLOT[$1]=-1 LABEL[$1]=1
}

effect_remove_failed() {
	local i

	for i in "${!ST[@]}"; do
		[ "${ST[i]}" != faulty ] || effect_remove "$i"
	done
}

effect_add() {
	local i

	for i in "${!ST[@]}"; do FRESH[i]=0; done
	ST[$1]=spare LABEL[$1]=1
}

effect_readd() {
	effect_add "$1"
	# it gets its own slot, unless a rebuild of others must end first
	((SYNCING)) || { ST[$1]=rebuild SLOT[$1]=${FORMER[$1]}; }
}

effect_replace() {
	WANT[$1]=1
}

effect_replace_with() {
	SYNCING=0 WANT[$1]=1
	ST[$2]=repl SLOT[$2]=${SLOT[$1]}
}

effect_swap() { # OLD NEW
	effect_add "$2"
	[ "${ST[$1]}" = faulty ] || effect_replace_with "$1" "$2"
	# without --wait it may be done as well, and says so
	((SWAP_WAITS)) || [[ $SAID == *" is in /dev/md0, and ${DISKS[$1]} is not"* ]] || return 0
	settle_model
	if [ "${ST[$1]}" = faulty ]; then effect_remove "$1"; else fault "swap says it is done: $SAID"; fi
}

effect_readonly() {
	RO=1 SYNCING=0
}

effect_readwrite() {
	RO=0
}

# --- the kernel ----------------------------------------------------------------------------

look() {
	local i at state slot

	for i in "${!DISKS[@]}"; do
		at=$MD/dev-${DISKS[i]#/dev/}
		KST[i]=out KSLOT[i]=-1
		[ -e "$at" ] || continue
		{ read -r state <"$at/state" && read -r slot <"$at/slot"; } || continue
		case $state,$slot in
		*faulty*) KST[i]=faulty ;;
		*,none) KST[i]=spare ;;
		*replacement,* | *replacement) KST[i]=repl KSLOT[i]=$slot ;;
		*in_sync*) KST[i]=sync KSLOT[i]=$slot ;;
		*) KST[i]=rebuild KSLOT[i]=$slot ;;
		esac
		[[ $state != *want_replacement* || ${KST[i]} != repl ]] || KST[i]=sync
		# a faulty one that still has its slot is about to lose it
		[[ ${KST[i]}:$slot != faulty:[0-9]* ]] || KST[i]=leaving
	done 2>/dev/null
	[[ ! -e $MD/sync_action ]] || read -r ACTION <$MD/sync_action
}

# As often each state, and each disk as foreseen unless it was a spare.
at_model() {
	local i is must
	local -A sum=()

	look
	for i in "${!ST[@]}"; do
		is=${KST[i]} must=${ST[i]}
		# a replacement that has failed keeps its place until nobody uses it: if that takes long, a spare goes elsewhere
		((!EITHER)) || { is=${is/repl/rebuild} must=${must/repl/rebuild}; }
		sum[$is]=$((sum[$is] + 1))
		sum[$must]=$((sum[$must] - 1))
		[[ ${KST[i]} == "${ST[i]}" && ${KSLOT[i]} == "${SLOT[i]}" ]] || ((SPARE[i])) || return
	done
	for i in "${sum[@]}"; do ((i == 0)) || return; done
	((RO)) && return
	# --detail goes by /proc/mdstat, which tells of it a moment later
	if ((SYNCING)); then [[ $ACTION == recover && $(</proc/mdstat) == *recovery* ]]; else [ "$ACTION" = idle ]; fi
}

# Until the array is as it must be; then who is what is known.
arrive() {
	settle_model
	if ! until_ 20 at_model; then
		fault "the array is ${KST[*]} in ${KSLOT[*]}, $ACTION; it must be ${ST[*]} in ${SLOT[*]}," \
			"held $HOLD, syncing $SYNCING"
		return
	fi
	ST=("${KST[@]}") SLOT=("${KSLOT[@]}") EITHER=0
}

release() {
	((HOLD)) || return 0
	HOLD=0
	HISTORY+=$'\n'"    release"
	echo max >$MD/sync_max
	arrive
}

# --- what the program says of it -----------------------------------------------------------

status_word() {
	slots_without
	left
	count_of faulty
	if ((N_HAVE < SLOTS && SYNCING)); then
		WORD=rebuilding
	elif ((N_HAVE < SLOTS)); then
		WORD=degraded
		((LEFT)) || WORD=exposed
	else
		WORD=healthy
		((N_OF == 0)) || WORD=warned
	fi
}

# The words of --status for each of ST.
declare -gA STATUS_WORDS=([faulty]=failed [spare]=spare [sync]="in step" [rebuild]="being rebuilt"
	[repl]="replacement, being filled")

status_is_right() {
	local line state='' slot='' seen=0 i state_of_array='' redundancy='' codes
	local -A said=()

	status_word
	call --status --json /dev/md0
	while IFS= read -r line; do
		case $line in
		*'"redundancy_devices": '*) redundancy=${line##*: } && redundancy=${redundancy%,} ;;
		*'"slot": '*) slot=${line##*: } && slot=${slot%,} ;;
		*'"state": '*) state=${line#*: \"} && state=${state%\",*}
			[ -n "$state_of_array" ] || state_of_array=$state ;;
		*'"path": "/dev/loop'*) line=${line#*: \"} && said[${line%\",*}]="$state:$slot" ;;
		esac
	done <$SEQ_RUN/said
	[ "$state_of_array" = "$WORD" ] || fault "--status calls it $state_of_array, it is $WORD" || return
	[ "$redundancy" = "$LEFT" ] || fault "--status: redundancy $redundancy, it is $LEFT" || return
	case $WORD in healthy) codes=0 ;; *) codes=$RC ;; esac
	[[ $RC == "$codes" && ($WORD == healthy || $RC != 0) ]] || fault "--status of $WORD ends with $RC" || return
	for i in "${!DISKS[@]}"; do
		[ "${ST[i]}" != out ] || continue
		((++seen))
		slot=${SLOT[i]}
		[[ ${said[${DISKS[i]}]:-} == "${STATUS_WORDS[${ST[i]}]}:"@("$slot"|null) ]] ||
			fault "--status: ${DISKS[i]} is \"${said[${DISKS[i]}]:-}\", not ${ST[i]} in $slot" || return
	done
	((seen == ${#said[@]})) || fault "--status has ${#said[@]} members, not $seen"
}

declare -gA DETAIL_WORDS=([faulty]="faulty" [spare]="spare" [sync]="active sync" [rebuild]="spare rebuilding"
	[repl]="spare rebuilding")

detail_is_right() {
	local line i words n_sync n_faulty n_all=0
	local -A said=() sum=()

	call --detail /dev/md0
	[ "$RC" = 0 ] || fault "--detail ends with $RC: $SAID" || return
	while IFS= read -r line; do
		case $line in
		*" Devices : "*) sum[${line%% : *}]=${line##* : } ;;
		*" State : "*) words=${line##* : } ;;
		*/dev/loop*) said[${line##* }]=$line ;;
		esac
	done <$SEQ_RUN/said
	for i in "${!DISKS[@]}"; do
		[ "${ST[i]}" != out ] || continue
		((++n_all))
		[[ ${said[${DISKS[i]}]:-} == *"${DETAIL_WORDS[${ST[i]}]}"* ]] ||
			fault "--detail: \"${said[${DISKS[i]}]:-}\", ${DISKS[i]} is ${ST[i]}" || return
	done
	count_of sync && n_sync=$N_OF
	count_of faulty && n_faulty=$N_OF
	[[ ${sum["    Active Devices"]} == "$n_sync" && ${sum["    Failed Devices"]} == "$n_faulty" &&
		${sum["   Working Devices"]} == $((n_all - n_faulty)) &&
		${sum["     Spare Devices"]} == $((n_all - n_faulty - n_sync)) ]] ||
		fault "--detail counts ${sum[*]} of ${!sum[*]}; in sync $n_sync, failed $n_faulty of $n_all" || return
	[[ $words == *degraded* ]] && i=1 || i=0
	((i == (N_HAVE < SLOTS))) || fault "--detail: $words, $N_HAVE of $SLOTS are in step" || return
	[[ $words == *recovering* ]] && i=1 || i=0
	((i == SYNCING)) || fault "--detail: $words, and syncing is $SYNCING"
}

# --- the content ---------------------------------------------------------------------------

LOAD_FILE=/mnt/load

content() {
	((MOUNTED)) || return 0
	if ((USES_FIO)); then
		kill -0 "$FIO" || fault "fio has ended"
	else
		ask check || fault "content: $ANSWER"
	fi
}

# One short run after the other, each of which reads back all that it wrote: so that none is interrupted.
fio_runs() {
	local go

	while read -r go <$SEQ_RUN/go && [ "$go" = 1 ]; do
		fio --name=load --filename=/mnt/fio --size=256K --rw=randwrite --bs=4k --direct=1 --ioengine=psync \
			--thread --verify=crc32c --rate_iops=100,100 --randseed="$SEED" >$SEQ_RUN/fio 2>&1 </dev/null ||
			return
	done
}

fio_begins() {
	echo 1 >$SEQ_RUN/go
	fio_runs &
	FIO=$!
}

fio_ends() {
	local rc=0 text=

	echo 0 >$SEQ_RUN/go
	wait "$FIO" || rc=$?
	[ ! -e $SEQ_RUN/fio ] || into text $SEQ_RUN/fio
	[ $rc = 0 ] || fault "fio ends with $rc: ${text:0:600}"
}

# The file is there and somebody writes it.
load_begins() {
	ask mount /dev/md0 /mnt || fault "mount: $ANSWER" || return
	MOUNTED=1
	if ((FILE_MADE)); then
		ask open $LOAD_FILE || fault "open: $ANSWER" || return
		ask check || fault "content after the start: $ANSWER" || return
	else
		ask create $LOAD_FILE 384 "$SEED" || fault "create: $ANSWER" || return
	fi
	FILE_MADE=1
	if ((USES_FIO)); then fio_begins; else ask start || fault "start: $ANSWER"; fi
}

load_ends() {
	((MOUNTED)) || return 0
	if ((USES_FIO)); then fio_ends || return; else ask stop || fault "load: $ANSWER" || return; fi
	ask check || fault "content: $ANSWER" || return
	ask drop
	ask umount /mnt || fault "umount: $ANSWER" || return
	MOUNTED=0
}

# The whole file system, by its own checksums.
fsck() {
	e2fsck -fn /dev/md0 >$SEQ_RUN/fsck 2>&1 </dev/null && return
	into SAID $SEQ_RUN/fsck
	fault "e2fsck: $SAID"
}

# --- steps ---------------------------------------------------------------------------------
#
# A step draws what it does, and sets WORDS of the command line, EXPECT (taken, refused, either) and
# EFFECT.  One that has nothing to draw from fails, and another is drawn.

# pick STATE...: a disk in one of the states, or any: in I.
pick() {
	local i from=()

	for i in "${!ST[@]}"; do
		[[ $# != 0 && " $* " != *" ${ST[i]} "* ]] || from+=("$i")
	done
	((${#from[@]})) || return
	I=${from[RANDOM % ${#from[@]}]}
}

# pick_mostly STATE...: of four one is any disk.
pick_mostly() {
	if ((RANDOM % 4)); then pick "$@"; else pick; fi
}

plan() { # EXPECT EFFECT WORD...
	EXPECT=$1 EFFECT=$2 WORDS=("${@:3}")
}

step_fail() {
	((!RO)) && pick_mostly sync sync rebuild repl spare || return
	plan refused effect_none /dev/md0 --fail "${DISKS[I]}"
	case ${ST[I]} in
	out) ;;
	faulty) EXPECT=taken ;;
	sync)
		slots_without "$I"
		left
		((LEFT < 0)) || { EXPECT=taken EFFECT="effect_fail $I"; }
		;;
	*) EXPECT=taken EFFECT="effect_fail $I" ;;
	esac
}

step_remove() {
	((!RO)) && pick_mostly faulty faulty spare || return
	plan refused effect_none /dev/md0 --remove "${DISKS[I]}"
	[[ ${ST[I]} != @(faulty|spare) ]] || { EXPECT=taken EFFECT="effect_remove $I"; }
}

step_remove_failed() {
	count_of faulty
	((!RO && N_OF)) || return
	plan taken effect_remove_failed /dev/md0 --remove failed
}

# wipe DISK: now and then what is added is new.
wipe() {
	call --zero-superblock --quiet "${DISKS[$1]}"
	[ "$RC" = 0 ] || fault "--zero-superblock: $SAID" || return
	LABEL[$1]=0 FORMER[$1]=-1
}

step_add() {
	local word=--add

	((RANDOM % 3)) || word=--add-spare
	pick_mostly out || return
	[[ ${ST[I]} != out || ${LABEL[I]} != 1 ]] || ((RANDOM % 2)) || wipe "$I"
	plan refused effect_none /dev/md0 $word "${DISKS[I]}"
	# the kernel takes a former member even so, a new one it does not
	((!RO)) || { [[ ${ST[I]}:${FORMER[I]} != out:[0-9]* ]]; return; }
	[ "${ST[I]}" != out ] || { EXPECT=taken EFFECT="effect_add $I"; }
	# it comes back as what it was, or is new
	[[ $word != --add || ${FORMER[I]} -lt 0 ]] || COMES_BACK=1
}

# Of those that could come back, mostly.
pick_former() {
	local i from=()

	for i in "${!ST[@]}"; do
		[[ ${ST[i]} == @(out|faulty) && ${FORMER[i]} -ge 0 ]] && slot_is_free "${FORMER[i]}" && from+=("$i")
	done
	if ((!${#from[@]} || RANDOM % 4 == 0)); then
		pick_mostly out faulty
		return
	fi
	I=${from[RANDOM % ${#from[@]}]}
}

step_readd() {
	((!RO)) && pick_former || return
	plan refused effect_none /dev/md0 --re-add "${DISKS[I]}"
	if [[ ${ST[I]} == @(out|faulty) && ${FORMER[I]} -ge 0 && $BITMAP != none ]] && slot_is_free "${FORMER[I]}"; then
		EXPECT=either EFFECT="effect_readd $I"
		[[ ${ST[I]} == faulty || ${FRESH[I]} == 0 ]] || EXPECT=taken
	fi
}

step_replace() {
	((!RO)) && pick_mostly sync || return
	plan refused effect_none /dev/md0 --replace "${DISKS[I]}"
	[ "${ST[I]}" != sync ] || { EXPECT=taken EFFECT="effect_replace $I"; }
}

step_replace_with() {
	local old

	((!RO)) && pick_mostly sync && old=$I && pick_mostly spare || return
	plan refused effect_none /dev/md0 --replace "${DISKS[old]}" --with "${DISKS[I]}"
	[[ ${ST[old]} == sync && ${ST[I]} == spare ]] || return 0
	in_slot "${SLOT[old]}" repl && return 1 # the slot has one: another time
	EXPECT=taken EFFECT="effect_replace_with $old $I"
}

step_swap() {
	local old

	((!RO)) && pick_mostly sync faulty && old=$I && pick_mostly out && ((I != old)) || return
	SWAP_WAITS=0
	((HOLD || RANDOM % 4 == 0)) || SWAP_WAITS=1
	slots_without
	left
	count_of spare
	plan refused effect_none --swap /dev/md0 "${DISKS[old]}" "${DISKS[I]}"
	case ${ST[old]}:${ST[I]} in
	sync:out)
		in_slot "${SLOT[old]}" repl && return 1
		# it would be taken for what is missing, or wants one, too
		((N_HAVE == SLOTS)) && ! others_want "$old" || return 0
		EXPECT=taken EFFECT="effect_swap $old $I"
		;;
	faulty:out)
		((N_HAVE == SLOTS - 1 && N_OF == 0 && !SYNCING)) || return
		EXPECT=taken EFFECT="effect_swap $old $I"
		;;
	out:out | spare:out | *:faulty) ;;
	*) return 1 ;;
	esac
	((!SWAP_WAITS)) || [ "$EXPECT" = refused ] || WORDS+=(--wait)
}

# Not while it is used.
step_readonly() {
	((!RO)) || return
	plan refused effect_none --readonly /dev/md0
	((RANDOM % 3)) || return 0
	load_ends || return 0
	EXPECT=taken EFFECT=effect_readonly
}

step_readwrite() {
	((RO)) || return
	plan taken effect_readwrite --readwrite /dev/md0
}

step_stop() {
	if ((RANDOM % 3 == 0 && MOUNTED)); then
		plan refused effect_none --stop /dev/md0
	else
		plan taken "effect_restart" --stop /dev/md0
		load_ends || return 0
	fi
}

# Of those that are named what has failed or left does not come back; but a spare has nothing that could
# be out of date: one that left is one again, of one that failed the others know.
effect_restart() {
	local i names=()

	RESTARTS=1
	for i in "${!ST[@]}"; do
		case ${ST[i]}:${WAS_SPARE[i]} in
		out:*)
			((LABEL[i] && RANDOM % 2)) || continue
			# by now another may have the number
			((!WAS_SPARE[i] || FRESH[i])) || continue
			((!WAS_SPARE[i])) || ST[i]=spare
			;;
		faulty:0) ST[i]=out LABEL[i]=1 FRESH[i]=0 ;;
		esac
		names+=("${DISKS[i]}")
		WANT[i]=0
	done
	HOLD=0 SYNCING=0 RO=0
	call --assemble /dev/md0 "${names[@]}"
	[ "$RC" = 0 ] || fault "--assemble: $SAID"
}

step_verify() {
	((!SYNCING)) && whole || return
	release || return
	plan taken effect_none --verify /dev/md0
}

step_check() {
	((!SYNCING && !RO)) && whole || return
	release || return
	plan taken effect_check --action=check /dev/md0
}

step_scrub() {
	((!SYNCING && !RO)) && whole || return
	release || return
	plan taken effect_check --scrub start /dev/md0
}

effect_check() {
	local n

	until_ 30 is_idle md0 || fault "the check does not end"
	read -r n <$MD/mismatch_cnt
	((n == 0)) || fault "the check finds $n sectors that do not fit"
}

step_wait() {
	release || return
	plan either effect_none --wait /dev/md0
}

# The next rebuild stands still.
step_hold() {
	((!RO && !HOLD && !SYNCING)) || return
	echo $HELD_AT >$MD/sync_max || return
	HOLD=1
	HISTORY+=$'\n'"    hold"
	plan taken effect_none --query /dev/md0
}

whole() {
	slots_without
	left
	((N_HAVE == SLOTS))
}

STEPS=(fail fail fail fail fail remove remove remove remove_failed add add add readd readd readd readd replace replace
	replace_with replace_with replace_with replace_with swap swap swap readonly readwrite readwrite stop verify check scrub wait hold hold)

# What the program has said and what it has done must be as expected.
judge_step() {
	case $EXPECT:$RC in
	taken:0 | either:*) ;;
	refused:[!0]*)
		[[ $SAID == "mdadm: "* ]] || fault "refused without a word: mdadm ${WORDS[*]}"
		return
		;;
	*) fault "must be $EXPECT, ends with $RC: mdadm ${WORDS[*]}: $SAID" ;;
	esac
}

one_step() {
	local kind

	while :; do
		COMES_BACK=0 kind=${STEPS[RANDOM % ${#STEPS[@]}]}
		! "step_$kind" || break
	done
	((FAULTS == FAULTS_BEFORE)) || return
	call "${WORDS[@]}"
	judge_step || return
	if [ "$RC" != 0 ]; then
		REFUSED[$kind]=$((REFUSED[$kind] + 1))
	else
		DID[$kind]=$((DID[$kind] + 1))
		((COMES_BACK)) && [[ $SAID == *"re-added "* ]] && EFFECT=${EFFECT/effect_add/effect_readd}
		$EFFECT || return
	fi
	COMES_BACK=0
	((FAULTS == FAULTS_BEFORE)) || return
	# what was mounted is again: a write wakes an array that nobody uses
	if ((RESTARTS || (!MOUNTED && !RO))); then
		RESTARTS=0
		load_begins || return
	fi
	arrive && status_is_right && detail_is_right || return
	((STEP % CHECK_EVERY)) || content
}

# --- a sequence ----------------------------------------------------------------------------

shape_of() {
	case $LEVEL in
	raid1 | raid4) SLOTS=3 ;;
	raid5 | raid10) SLOTS=4 ;;
	raid6) SLOTS=5 ;;
	*) return 1 ;;
	esac
}

# The file system is made once for a level.
make_image() {
	local kib

	kib=$(<"/sys/block/md0/size")
	truncate -s "$((kib / 2))K" $SEQ_RUN/image
	mkfs.ext4 -q -F -b 1024 -J size=1 -O metadata_csum -E nodiscard,lazy_itable_init=0 $SEQ_RUN/image
	IMAGE_KIB=$kib
}

make_array() {
	local metadata=(1.2 1.2 1.1 1.0) options=(--assume-clean)

	ask fresh $SEQ_BYTES "${FILES[@]}" || fault "fresh: $ANSWER" || return
	BITMAP=internal
	((RANDOM % 3)) || BITMAP=none
	((RANDOM % 4)) || options=()
	call --create /dev/md0 -q -R -e "${metadata[RANDOM % 4]}" -l "$LEVEL" -n "$SLOTS" -b "$BITMAP" --data-offset=512K \
		"${options[@]}" "${DISKS[@]:0:SLOTS}"
	[ "$RC" = 0 ] || fault "--create: $SAID" || return
	until_ 30 is_idle md0 || fault "the first sync does not end" || return
	[ "${IMAGE_KIB:-}" = "$(<"/sys/block/md0/size")" ] || make_image
	ask image $SEQ_RUN/image /dev/md0 || fault "image: $ANSWER"
}

# Whole again, by what was out.
repair() {
	local i

	((!RO)) || { call --readwrite /dev/md0 && effect_readwrite && arrive; } || return
	release || return
	until whole; do
		count_of faulty
		((N_OF == 0)) || { call --remove /dev/md0 failed; [ "$RC" = 0 ] && effect_remove_failed; } ||
			fault "--remove failed: $SAID" || return
		pick out || fault "no disk is left" || return
		i=$I
		((LABEL[i] == 0)) || wipe "$i" || return
		call /dev/md0 --add "${DISKS[i]}"
		[ "$RC" = 0 ] || fault "--add: $SAID" || return
		effect_add "$i"
		arrive || return
	done
}

last_look() {
	load_ends && repair && fsck || return
	status_is_right && detail_is_right || return
	call --verify /dev/md0
	[ "$RC" = 0 ] || fault "--verify: $SAID" || return
	call --stop /dev/md0
	[ "$RC" = 0 ] || fault "--stop: $SAID" || return
	effect_restart && load_begins && arrive && status_is_right && load_ends
}

begin_model() {
	local i

	ST=() SLOT=() WANT=() FORMER=() FRESH=() LABEL=() WAS_SPARE=()
	for i in "${!DISKS[@]}"; do
		ST[i]=out SLOT[i]=-1 WANT[i]=0 FORMER[i]=-1 FRESH[i]=0 LABEL[i]=0 WAS_SPARE[i]=0
		((i >= SLOTS)) || { ST[i]=sync SLOT[i]=$i LABEL[i]=1; }
	done
	HOLD=0 RO=0 SYNCING=0 MOUNTED=0 FILE_MADE=0 RESTARTS=0 COMES_BACK=0
}

one_sequence() {
	local steps

	STEP=0 HISTORY='' RANDOM=$SEED
	FAULTS_BEFORE=$FAULTS
	begin_model
	make_array && load_begins && arrive || return
	steps=$((6 + RANDOM % 5))
	for ((STEP = 1; STEP <= steps; STEP++)); do
		one_step || return
	done
	last_look
}

# How often each kind of step was taken and refused.
tally() {
	local kind

	for kind in fail remove remove_failed add readd replace replace_with swap readonly readwrite stop verify check scrub \
		wait hold; do
		printf ' %s %d/%d' "$kind" "$((DID[$kind]))" "$((REFUSED[$kind]))"
	done
}

# After a fault the next one needs an empty room.
clear_sequence() {
	((!USES_FIO)) || { echo 0 >$SEQ_RUN/go && wait "$FIO"; }
	echo max >$MD/sync_max
	ask stop
	ask drop
	ask umount /mnt
	stop_arrays
} 2>/dev/null

# sequences LEVEL COUNT SEED: lines "fault:", and one "done: LEVEL: COUNT sequences, N faults, ...".
sequences() {
	local LEVEL=$1 SEED STEP=0 HISTORY='' FAULTS=0 FAULTS_BEFORE=0 IMAGE_KIB='' FILES=()
	local disk file n started=$SECONDS all=0
	local -A DID=() REFUSED=()
	local SLOTS ST SLOT WANT FORMER FRESH LABEL WAS_SPARE EITHER=0 KST=() KSLOT=() SPARE=() HOLD RO SYNCING MOUNTED FILE_MADE \
		RESTARTS COMES_BACK USES_FIO FIO BITMAP SWAP_WAITS EXPECT EFFECT WORDS=() LEFT N_HAVE HAVE=() N_OF AT I \
		PLACE BECOMES WORD RC SAID ANSWER ACTION=idle

	shape_of || return
	mkdir -p $SEQ_RUN
	# else a rebuild makes way for who writes, at 1 MiB a second
	echo 1000000 >/proc/sys/dev/raid/speed_limit_max
	echo 1000000 >/proc/sys/dev/raid/speed_limit_min
	disks $((SLOTS + 2)) $SEQ_BYTES
	for disk in "${DISKS[@]}"; do
		read -r file <"/sys/block/${disk#/dev/}/loop/backing_file"
		FILES+=("$file")
	done
	coproc LOAD { exec "$LOADER"; }
	for ((n = 0; n < $2; n++)); do
		SEED=$(($3 + n)) USES_FIO=0
		((FIO_EVERY == 0 || (n + 1) % FIO_EVERY)) || USES_FIO=1
		one_sequence || clear_sequence
		((all += STEP, 1))
		stop_arrays
		rm -rf /var/lib/mdadm/undo /run/mdadm /dev/md
		[ -z "${SEQ_PROGRESS:-}" ] || echo "at: $LEVEL $((n + 1)), seed $SEED, $((SECONDS - started)) s"
	done
	ask drop
	eval "exec ${LOAD[1]}>&-"
	echo "done: $LEVEL: $2 sequences, $FAULTS faults, $all steps, $((SECONDS - started)) s;" \
		"writes and reads of the content: ${ANSWER#* }"
	echo "done: $LEVEL: taken and refused:$(tally)"
	drop_disks
	((FAULTS == 0))
}
