# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # what faults.bash looks at
#
# What remains when a command on a whole array, or on the metadata of its members, dies or fails on its
# way: the scenarios readonly, readwrite, bitmap, nobitmap, bitmapfile, repair and scrub (of a running
# array) and destroy, dump and restore of faults.bash.  To be loaded behind that and faults-manage.bash.

RUNNING="readonly readwrite bitmap nobitmap bitmapfile repair scrub"
BITMAPS=/mnt/bitmaps                 # a file system whose files have blocks
DUMPED=/run/dumped
WHOLE=/run/whole                     # what is to be in there; a stripe that fits and one that does not
SCRUBS=/var/lib/mdadm/scrub
STRIPE_BYTES=65536                   # the first stripe, or more

# --- what there is when the command begins --------------------------------------------------

before_readonly() { before_stop; }

before_readwrite() { before_journal; }

before_bitmap() { before_stop; }

before_nobitmap() { before_stop; }

before_bitmapfile() {
	rm -f "$BITMAPS"/bm "$BITMAPS"/.bm*
	before_stop
}

before_repair() { before_stop; }

# Something was remembered of the array already.
before_scrub() {
	mkdir -p "$SCRUBS"
	rm -f "$SCRUBS"/* "$SCRUBS"/.[!.]*
	printf '%s\n' "mdadm-scrub 1" "position 0" "size 8" "last-finished 7" "last-spent 1" >"$REMEMBERED"
	before_stop
}

before_destroy() { before_stop; }

before_dump() {
	rm -rf "$DUMPED"
	mkdir "$DUMPED"
}

before_restore() { :; }

members_readonly() { members_assemble; }
members_readwrite() { members_assemble; }

members_bitmap() {
	SHAPE=("${SHAPE[@]/#internal/none}")
	members_assemble
}

members_nobitmap() { members_readd; }

members_bitmapfile() {
	truncate -s 4M /run/bitmaps
	mkfs.ext4 -q -F -b 4096 -O ^has_journal /run/bitmaps
	mkdir -p "$BITMAPS"
	mount -o loop /run/bitmaps "$BITMAPS"
	members_bitmap
}

over_bitmapfile() {
	umount "$BITMAPS"
	rm -f /run/bitmaps
}

# In the first stripe slot 1 does not fit.
members_repair() {
	"$MDADM" --create home "${SHAPE[@]}"
	wait_idle "$NODE"
	dd if=/dev/urandom of="/dev/$NODE" bs=64K count=6 oflag=direct status=none
	read -r DATA_SEC <"$MD/dev-${DISKS[1]#/dev/}/offset"
	wait_for 5 at_rest
	"$MDADM" -q --stop "/dev/$NODE"
	cut_stripe "$WHOLE"
	dd if=/dev/urandom of="${FILES[1]}" bs=1 seek=$((DATA_SEC * 512 + 5000)) count=700 conv=notrunc status=none
	cut_stripe "$WHOLE.wrong"
}

# cut_stripe FILE: what the member has of the first stripe.
cut_stripe() {
	dd if="${FILES[1]}" of="$1" bs=512 skip="$DATA_SEC" count=$((STRIPE_BYTES / 512)) status=none
}

over_repair() {
	rm -rf "$WHOLE" "$WHOLE.wrong"
}

# The name of the file is the UUID as in the map.
members_scrub() {
	members_assemble
	rm -rf "$SCRUBS"
	"$MDADM" --assemble -q home "${DISKS[@]}"
	"$MDADM" -q --scrub start "/dev/$NODE"
	REMEMBERED=$(compgen -G "$SCRUBS/*")
	"$MDADM" -q --stop "/dev/$NODE"
}

over_scrub() {
	rm -rf "$SCRUBS"
}

members_destroy() { members_assemble; }

# The first has a name by id, under which it is saved, too.
members_dump() {
	members_assemble
	mkdir -p /dev/disk/by-id
	ln -sfn "../../${DISKS[0]#/dev/}" /dev/disk/by-id/first
	rm -rf "$WHOLE"
	mkdir "$WHOLE"
	"$MDADM" --dump="$WHOLE" "${DISKS[@]}" >/dev/null
}

over_dump() {
	rm -rf "$DUMPED" "$WHOLE" /dev/disk/by-id/first
}

# Before they were wiped their bytes were those of WERE.
members_restore() {
	members_assemble
	mapfile -t WERE < <(sha256sum "${FILES[@]}")
	rm -rf "$DUMPED"
	mkdir "$DUMPED"
	"$MDADM" --dump="$DUMPED" "${DISKS[@]}" >/dev/null
	"$MDADM" -q --zero-superblock "${DISKS[@]}"
	rm -rf "$UNDO"
}

over_restore() {
	rm -rf "$DUMPED"
}

array_command() {
	local name=home

	# by that 0.90 is not known
	[ "$METADATA" != 0.90 ] || name=$OLD_UUID
	case $COMMAND in
	readonly | readwrite) COMMAND_LINE=("$MDADM" -q "--$COMMAND" "/dev/$NODE") ;;
	bitmap) COMMAND_LINE=("$MDADM" -q --grow "/dev/$NODE" --bitmap=internal) ;;
	nobitmap) COMMAND_LINE=("$MDADM" -q --grow "/dev/$NODE" --bitmap=none) ;;
	bitmapfile) COMMAND_LINE=("$MDADM" -q --grow "/dev/$NODE" --bitmap="$BITMAPS/bm") ;;
	repair) COMMAND_LINE=("$MDADM" -q --verify "/dev/$NODE" --repair-block 0) ;;
	scrub) COMMAND_LINE=("$MDADM" -q --scrub start "/dev/$NODE") ;;
	destroy) COMMAND_LINE=("$MDADM" -q --destroy --run "$name") ;;
	dump) COMMAND_LINE=("$MDADM" -q --dump="$DUMPED" "${DISKS[@]}") ;;
	restore) COMMAND_LINE=("$MDADM" -q --restore="$DUMPED" "${DISKS[@]}") ;;
	esac
}

# --- looking -------------------------------------------------------------------------------

# is NAME VALUE: of the array, as the driver says.
is() {
	local value

	read -r value <"$MD/$1"
	[ "$value" = "$2" ]
}

done_readonly() { is array_state readonly; }

done_readwrite() { ! is array_state readonly; }

done_bitmap() { ! is bitmap/location none; }

done_nobitmap() { is bitmap/location none; }

done_bitmapfile() { is bitmap/location file; }

done_repair() {
	has_stripe "$WHOLE"
}

has_stripe() {
	cmp -s -n $STRIPE_BYTES -i $((DATA_SEC * 512)):0 "${FILES[1]}" "$1"
}

done_scrub() {
	local text

	into text "$REMEMBERED"
	[[ $text =~ last-finished\ ([0-9]+) ]] && ((BASH_REMATCH[1] > 7))
}

look_repair() {
	STATE=neither,
	! has_stripe "$WHOLE" || STATE=new,
	! has_stripe "$WHOLE.wrong" || STATE=old,
}

look_destroy() {
	local disk

	STATE='' TOUCHED=1
	for disk in "${DISKS[@]}"; do
		examine "$disk"
		if [ "$UUID" = "$OLD_UUID" ]; then
			STATE+=old,
		elif [[ $EXAMINED == *"No md superblock"* ]]; then
			STATE+=new,
		else
			STATE+=neither,
		fi
	done
}

# Each file: not there, or whole; the members stay as they are.
look_dump() {
	local disk file

	STATE=
	for disk in "${DISKS[@]}"; do
		file=${disk##*/}
		if [ ! -e "$DUMPED/$file" ]; then
			STATE+=old,
		elif cmp -s "$DUMPED/$file" "$WHOLE/$file"; then
			STATE+=new,
		else
			STATE+=neither,
		fi
	done
	sha256sum "${FILES[@]}" >/run/sums
	printf '%s\n' "${WAS[@]}" | cmp -s - /run/sums || STATE+=neither,
}

# Each member: as it was, as it had been, or a part of that, which is no member of anything.
look_restore() {
	local -a now
	local i

	sha256sum "${FILES[@]}" >/run/sums
	mapfile -t now </run/sums
	STATE=
	for i in "${!DISKS[@]}"; do
		if [ "${now[i]}" = "${WAS[i]}" ]; then STATE+=old, && continue; fi
		TOUCHED=1
		if [ "${now[i]}" = "${WERE[i]}" ]; then STATE+=new, && continue; fi
		examine "${DISKS[i]}"
		if [[ $EXAMINED == *"No md superblock"* ]]; then STATE+=part,; else STATE+=neither,; fi
	done
}

# --- a running array -----------------------------------------------------------------------

# As asked for, or as it was, and said; nothing besides.
error_running() {
	runs || complain "array $ARRAY"
	settled || complain "not at rest"
	if [[ $STATE == *old* ]]; then
		all_old
	else
		[ "$STATUS" = 0 ] || [ -n "$SAID" ] || complain "status $STATUS, and not a word"
		[ "$MARKS" = "$BEFORE" ] || [[ $HIT == *flock* ]] || complain "traces: $MARKS"
	fi
}

# next_running [OPTION...]: the next run does it, with those options.
next_running() {
	runs || complain "array $ARRAY"
	wait_for 20 settled || complain "does not come to rest"
	[[ $STATE != *old* ]] || again "${COMMAND_LINE[@]}" "$@"
	"done_$COMMAND" || complain "the next run does not do it"
	wait_for 20 settled || complain "does not come to rest after the next run"
	# what has nothing to do takes no lock
	"$MDADM" -I --rebuild-map
}

pair_running() {
	[[ $STATUS == 0 || $STATUS2 == 0 ]] || complain "statuses $STATUS and $STATUS2: $SAID"
	runs || complain "array $ARRAY"
	# what was paused has not come to its end
	[[ $STATE != *old* || $PAIR_WHAT == "a pause"* ]] || complain "not done"
	wait_for 20 settled || complain "does not come to rest"
}

error_readonly() { error_running; }
next_readonly() { next_running; }
pair_readonly() { pair_running; }

error_readwrite() { error_running; }
next_readwrite() { next_running; }
pair_readwrite() { pair_running; }

# same_but_superblock: nothing of the members has changed but what the kernel keeps there.
same_but_superblock() {
	local file at=4096

	case $METADATA in
	0.90) at=$((3145728 - 65536)) ;;
	1.0) at=$((3145728 - 8192)) ;;
	1.1) at=0 ;;
	esac
	for file in "${FILES[@]}"; do
		cmp -s -n $at "$file" "$SAVED/${file##*/}" || return
		cmp -s -i $((at + 4096)) "$file" "$SAVED/${file##*/}" || return
	done
}

# A bitmap that can be read, where it ought to be.
bitmaps_are() {
	local at

	for at in "$@"; do
		"$MDADM" --examine-bitmap "$at" >/dev/null 2>&1 || complain "no bitmap on $at"
	done
}

error_bitmap() {
	error_running
	if [[ $STATE == *old* ]]; then
		same_but_superblock || complain "bytes of members have changed"
	else
		bitmaps_are "${DISKS[@]}"
	fi
}

next_bitmap() {
	next_running
	bitmaps_are "${DISKS[@]}"
}

pair_bitmap() {
	pair_running
	bitmaps_are "${DISKS[@]}"
}

error_nobitmap() { error_running; }
next_nobitmap() { next_running; }
pair_nobitmap() { pair_running; }

no_half_file() {
	! compgen -G "$BITMAPS/.bm*" >/dev/null || complain "a half file is left"
}

error_bitmapfile() {
	error_running
	no_half_file
	if [[ $STATE == *old* ]]; then
		[ ! -e "$BITMAPS/bm" ] || complain "the file is left"
	else
		bitmaps_are "$BITMAPS/bm"
	fi
}

next_bitmapfile() {
	next_running --force
	no_half_file
	bitmaps_are "$BITMAPS/bm"
}

pair_bitmapfile() {
	pair_running
	no_half_file
	bitmaps_are "$BITMAPS/bm"
}

# What a repair and a check have set is as it was.
nothing_set() {
	if ! is sync_max max || ! is sync_min 0; then
		complain "sync_min or sync_max is left as it was set"
	fi
}

cache_is() {
	[ ! -e "$MD/stripe_cache_size" ] || is stripe_cache_size 256 || complain "the stripe cache is left small"
}

error_repair() {
	error_running
	nothing_set
	cache_is
}

next_repair() {
	next_running
	nothing_set
	cache_is
	same_elsewhere || complain "other members have changed"
}

# Of the others nothing but superblocks has changed.
same_elsewhere() {
	local i

	for i in "${!FILES[@]}"; do
		((i == 1)) || cmp -s -n $STRIPE_BYTES -i $((DATA_SEC * 512)) "${FILES[i]}" \
			"$SAVED/${FILES[i]##*/}" || return
	done
}

pair_repair() {
	pair_running
	nothing_set
	cache_is
}

# What is remembered can be read, and is all that is there.
memory_is() {
	"$MDADM" --scrub status "/dev/$NODE" >/dev/null 2>/run/status.said
	[ ! -s /run/status.said ] || complain "what is remembered makes no sense"
	! compgen -G "$SCRUBS/.[!.]*" >/dev/null || complain "a half file is left"
}

error_scrub() {
	error_running
	nothing_set
	memory_is
}

next_scrub() {
	next_running
	nothing_set
	memory_is
}

pair_scrub() {
	pair_running
	nothing_set
	memory_is
}

# --- metadata of members -------------------------------------------------------------------

error_destroy() {
	[[ $STATE != *old*new* && $STATE != *new*old* ]] || complain "members $STATE"
	if runs; then
		all_old
		return
	fi
	[ "$ARRAY" = none ] || complain "array $ARRAY"
	[ -z "$MARKS" ] || [ -n "$SAID" ] || complain "traces, and not a word: $MARKS"
	[[ $STATE != *old* ]] || ! compgen -G "$UNDO/*" >/dev/null || complain "an undo file of what was taken back"
	[[ $STATE != *old* || $STATUS != 0 ]] || complain "status 0, and not destroyed"
	[ "$STATUS" = 0 ] || [ -n "$SAID" ] || complain "status $STATUS, and not a word"
}

all_new() {
	"look_$COMMAND"
	[[ $STATE != *old* && $STATE != *part* && $STATE != *neither* ]] || complain "after the next run: $STATE"
}

# Where nothing is left to be destroyed, whoever comes next clears the rest.
next_destroy() {
	if [[ $STATE == *old* ]]; then
		again "$MDADM" -q --destroy --run "$OLD_UUID"
	else
		"$MDADM" -I --rebuild-map
	fi
	all_new
	look_at_array
	[ "$ARRAY" = none ] || complain "after the next run: array $ARRAY"
	no_marks
}

# Who starts it is too early or too late: never in between.
pair_destroy() {
	if [ "$PAIR_WHAT" = "a start at once" ] && runs; then
		[[ $STATE != *new* && $STATUS != 0 ]] || complain "runs, and members are $STATE, status $STATUS"
		return
	fi
	[[ $STATUS == 0 || $STATUS2 == 0 ]] || complain "statuses $STATUS and $STATUS2: $SAID"
	[[ $ARRAY == none && -z $MARKS ]] || complain "array $ARRAY, $MARKS"
	all_new
}

error_each() {
	[ "$ARRAY" = none ] || complain "array $ARRAY"
	[ "$MARKS" = "$BEFORE" ] || complain "traces: $MARKS"
	[[ $STATE != *part* ]] || complain "half done: $STATE"
	[[ $STATE != *old* || $STATUS != 0 ]] || complain "status 0, and not all done"
	[[ $STATE != *old* || -n $SAID ]] || complain "not a word"
	[[ $STATUS == 0 || -n $SAID ]] || complain "status $STATUS, and not a word"
}

error_restore() {
	error_each
	[[ $STATE == *new* ]] || ! compgen -G "$UNDO/*" >/dev/null || complain "an undo file of what was taken back"
}

next_restore() {
	again "${COMMAND_LINE[@]}"
	all_new
	no_marks
}

pair_restore() {
	[[ $STATUS == 0 || $STATUS2 == 0 || -n $SAID ]] || complain "statuses $STATUS and $STATUS2, and not a word"
	[ -z "$MARKS" ] || complain "$MARKS"
	all_new
}

error_dump() {
	error_each
	[[ $STATE != new* || -e $DUMPED/first || -n $SAID ]] || complain "no link, and not a word"
}

# What is there is whole: the rest is saved.
next_dump() {
	local disk
	local -a rest=()

	for disk in "${DISKS[@]}"; do
		[ -e "$DUMPED/${disk##*/}" ] || rest+=("$disk")
	done
	((${#rest[@]} == 0)) || again "$MDADM" -q --dump="$DUMPED" "${rest[@]}"
	all_new
	[ -z "$(compgen -G "$DUMPED/.[!.]*")" ] || complain "left behind: $(echo "$DUMPED"/.[!.]*)"
}

pair_dump() {
	[[ $STATUS == 0 || $STATUS2 == 0 || -n $SAID ]] || complain "statuses $STATUS and $STATUS2, and not a word"
	all_new
}
