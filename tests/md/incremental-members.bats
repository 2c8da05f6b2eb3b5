#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --incremental, side by side with the reference program: members that missed writes, copies, devices that
# go, and what is no member. Where we differ on purpose the test says how.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031 # each test is a process

load incremental

@test "one that missed writes: whichever comes first, the array starts with the others" {
	stale() {
		clean_make /dev/md/home -l1 -n3 "$@" "${DISKS[@]}"
		ended
		without "${DISKS[@]:0:2}"
		ended
		save
	}
	last() {
		i -I "${DISKS[0]}" && i -I "${DISKS[1]}" && i -I "${DISKS[2]}"
	}

	fresh 3
	stale
	both last
	# theirs waits for the third, and then does not start
	restore
	"$MDADM" -I "${DISKS[2]}"
	"$MDADM" -I "${DISKS[0]}"
	mine -I "${DISKS[1]}"
	[ "$(md_attr md127 array_state)" = clean ]
	[ "$(md_attr md127 degraded)" = 1 ]
	mine -I --run "${DISKS[2]}"
	[ "$status" = 2 ]
	one_line "$output"
	ended
	# the bitmap brings it back, by policy or when that is asked for
	resync_speed 200000
	fresh 3
	stale -b internal
	conf "POLICY action=re-add"
	"$MDADM" -I "${DISKS[2]}"
	"$MDADM" -I "${DISKS[0]}"
	mine -I "${DISKS[1]}"
	wait_for 10 md_is md127 degraded 0
	ended
	restore
	rm /etc/mdadm/mdadm.conf
	"$MDADM" -I "${DISKS[0]}"
	"$MDADM" -I "${DISKS[1]}"
	mine -I "${DISKS[2]}"
	[ "$status" = 2 ]
	[ "$(md_attr md127 degraded)" = 1 ]
	"$MDADM" -I --run "${DISKS[2]}"
	wait_for 10 md_is md127 degraded 0
}

@test "two halves of a mirror that were written apart are not put together" {
	local half

	fresh 2
	clean_make /dev/md/home -l1 -n2 -b internal "${DISKS[@]}"
	ended
	without "${DISKS[0]}"
	ended
	without "${DISKS[1]}"
	ended
	save
	for half in 0 1; do
		"$MDADM" -I --run "${DISKS[half]}"
		mine -I --run "${DISKS[1 - half]}"
		[ "$status" = 2 ]
		one_line "$output"
		[[ $output == *"written apart"* ]]
		[ "$(md_attr md127 degraded)" = 1 ]
		ended
		restore
	done
	conf "POLICY action=re-add"
	"$MDADM" -I --run "${DISKS[0]}"
	mine -I "${DISKS[1]}"
	[ "$status" = 2 ]
	[ "$(md_attr md127 degraded)" = 1 ]
	rm /etc/mdadm/mdadm.conf
}

@test "two with one number: the older goes" {
	newer() { i -I "${DISKS[2]}" && i -I "${DISKS[0]}" && i -I "${DISKS[1]}"; }

	fresh 3
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	ended
	dd if="${DISKS[0]}" of="${DISKS[2]}" bs=1M iflag=direct oflag=direct status=none
	save
	# a copy: which one is meant cannot be known
	"$MDADM" -I "${DISKS[0]}"
	mine -I "${DISKS[2]}"
	[ "$status" = 2 ]
	one_line "$output"
	[[ $output == *"copy"* ]]
	"$MDADM" -I "${DISKS[1]}"
	[ "$(md_attr md127 degraded)" = 0 ]
	ended
	without "${DISKS[0]}"
	ended
	save
	both newer
}

# Of an array that waits one member is looked at: that the others have the number is for the kernel to say.
@test "a copy, before there are members enough to run" {
	local n

	fresh 5
	clean_make /dev/md/home -l5 -n4 "${DISKS[@]:0:4}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	"$MDADM" -I "${DISKS[1]}"
	for n in 0 1; do
		dd if="${DISKS[n]}" of="${DISKS[4]}" bs=1M iflag=direct oflag=direct status=none
		mine -I "${DISKS[4]}"
		[ "$status" = 2 ]
		one_line "$output"
		[[ $output == *"${DISKS[n]} has the same number in it"*"copy"* ]]
		[ "$(compgen -G '/sys/block/md127/md/dev-*' | wc -l)" = 2 ]
	done
	mine -I "${DISKS[2]}"
	[[ $output == *"not enough to start safely"* ]]
	mine -I "${DISKS[3]}"
	[ "$(md_attr md127 array_state)" = clean ]
	[ "$(md_attr md127 degraded)" = 0 ]
	ended
}

@test "a device goes" {
	gone() {
		i -I "${DISKS[0]}"
		i -I "${DISKS[1]}"
		i -I "${DISKS[2]}"
		i -If "${DISKS[2]#/dev/}"
		i -If "${DISKS[0]#/dev/}"
		i -If "${DISKS[0]#/dev/}"
		i --incremental --fail nix
		i -I "${DISKS[0]}"
		i -I --run "${DISKS[0]}"
	}

	fresh 3
	clean_make /dev/md/home -l1 -n2 -x1 "${DISKS[@]}"
	ended
	both gone
	# out of an array that waits, by either name; with the last the array goes
	"$MDADM" -I "${DISKS[0]}"
	"$MDADM" -I "${DISKS[2]}"
	mine -If "${DISKS[2]}"
	[ "$status" = 0 ]
	mine -If "${DISKS[0]#/dev/}"
	[ "$status" = 0 ]
	is_gone md127 /dev/md/home
	# an array that cannot do without it ends, unless somebody uses it
	"$MDADM" -I -R "${DISKS[0]}"
	exec 7</dev/md127
	mine -If "${DISKS[0]#/dev/}"
	[ "$status" = 1 ]
	one_line "$output"
	exec 7<&-
	mine -If "${DISKS[0]#/dev/}"
	[ "$status" = 0 ]
	is_gone md127 /dev/md/home
}

@test "which array had a disk in that place is kept, and nowhere else" {
	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	"$MDADM" -If "${DISKS[1]#/dev/}" --path pci-0000:00:1f.2-ata-1
	[[ $(</run/mdadm/failed-slots/pci-0000:00:1f.2-ata-1) =~ ^' '{17}1.2\ [0-9a-f:]{35}$ ]]
	[ "$(stat -c %a /run/mdadm/failed-slots)" = 700 ]
	"$MDADM" -I -R "${DISKS[1]}"
	mine -If "${DISKS[1]#/dev/}" --path ../../../etc/x
	[ "$status" = 0 ]
	[[ $output == *"is no name of /dev/disk/by-path"* ]]
	[ ! -e /etc/x ]
	"$MDADM" -I -R "${DISKS[1]}"
	mine -If "${DISKS[1]#/dev/}" --path .hidden
	[[ $output == *".hidden is no name of /dev/disk/by-path"* ]]
	[ ! -e /run/mdadm/failed-slots/.hidden ]
	"$MDADM" -I -R "${DISKS[1]}"
	# links that somebody has put there lead nowhere
	rm -rf /run/mdadm/failed-slots
	ln -s /etc /run/mdadm/failed-slots
	mine -If "${DISKS[1]#/dev/}" --path planted
	[ "$status" = 0 ]
	[ ! -e /etc/planted ]
}

@test "who died before the start is made up for by the next event" {
	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	"$MDADM" -I --dry-run "${DISKS[1]}" | grep -q add-disk
	[ "$(md_attr md127 array_state)" = inactive ]
	"${INJECT:-$BATS_TEST_DIRNAME/../../build/tools/inject}" -l calls -- "$MDADM" -I "${DISKS[1]}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	"${INJECT:-$BATS_TEST_DIRNAME/../../build/tools/inject}" -k -n "$(grep -n RUN_ARRAY calls | cut -d: -f1)" \
		-- "$MDADM" -I "${DISKS[1]}" || :
	[ "$(md_attr md127 array_state)" = inactive ]
	mine -I --export "${DISKS[0]}"
	[ "$status" = 0 ]
	[[ $output == *MD_STARTED=yes* ]]
	[ "$(md_attr md127 array_state)" = clean ]
}

injector() {
	echo "${INJECT:-$BATS_TEST_DIRNAME/../../build/tools/inject}"
}

# It has looked at a member of md127, and wants the lock.
is_at_lock() {
	local open

	open=$(readlink /proc/"$1"/fd/*)
	[[ $open == */md127/md* && $'\n'$open$'\n' == *$'\n'/run/mdadm$'\n'* ]]
}

@test "its array goes between the look for it and the lock" {
	fresh 3
	clean_make /dev/md/home -l5 -n3 "${DISKS[@]}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	exec 8>/run/mdadm/map.lock
	flock 8
	"$MDADM" -I "${DISKS[1]}" >said 2>&1 8>&- &
	wait_for 10 is_at_lock $!
	echo clear >/sys/block/md127/md/array_state
	exec 8>&-
	wait_for 20 [ ! -e "/proc/$!/exe" ] || { kill $! && cat said && false; }
	wait $!
	cat said
	[[ $(<said) == *"not enough to start (1)"* ]]
	"$MDADM" -I "${DISKS[0]}"
	"$MDADM" -I "${DISKS[2]}"
	[ "$(md_attr md127 degraded)" = 0 ]
}

@test "somebody has the array at the moment of its start, and lets go" {
	local words

	cat >hold <<-'EOF'
		import os, time
		fd = os.open("/dev/md127", os.O_RDONLY | os.O_EXCL)
		open("held", "w")
		time.sleep(5) # an open has 2 seconds of patience
	EOF
	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	"$(injector)" -l calls -- "$MDADM" -I "${DISKS[1]}"
	for words in "-I ${DISKS[0]}" "--run /dev/md127"; do
		ended
		rm -f held
		"$MDADM" -I "${DISKS[0]}"
		"$(injector)" -k -n "$(grep -n RUN_ARRAY calls | cut -d: -f1)" -- \
			"$MDADM" -I "${DISKS[1]}" || :
		[ "$(md_attr md127 array_state)" = inactive ]
		[ -e /dev/md127 ] || mknod /dev/md127 b 9 127
		python3 hold &
		wait_for 20 [ -e held ]
		# shellcheck disable=SC2086 # words
		run "$MDADM" $words
		echo "$status $output"
		wait $!
		[ "$status" = 0 ]
		[ "$(md_attr md127 degraded)" = 0 ]
	done
}

@test "what waits and is whole is started by a scan, and what is not is not" {
	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	"$(injector)" -l calls -- "$MDADM" -I "${DISKS[1]}"
	for words in --no-degraded ""; do
		ended
		"$MDADM" -I "${DISKS[0]}"
		conf "DEVICE ${DISKS[0]}"
		# shellcheck disable=SC2086 # words
		run "$MDADM" --assemble --scan $words
		echo "$status $output"
		conf "DEVICE partitions"
		[[ $output == *"waits for more members"* ]]
		"$(injector)" -k -n "$(grep -n RUN_ARRAY calls | cut -d: -f1)" -- \
			"$MDADM" -I "${DISKS[1]}" || :
		[ "$(md_attr md127 array_state)" = inactive ]
		# shellcheck disable=SC2086 # words
		run "$MDADM" --assemble --scan $words
		echo "$status $output"
		[ "$status" = 0 ]
		[ "$(md_attr md127 degraded)" = 0 ]
	done
}

@test "who was killed at an array leaves the members that others have put into it" {
	fresh 3
	clean_make /dev/md/home -l5 -n3 "${DISKS[@]}"
	ended
	"$MDADM" -I "${DISKS[0]}"
	echo "md127 $(<"/sys/block/md127/diskseq")" >/run/mdadm/map.lock
	"$MDADM" -I "${DISKS[1]}"
	"$MDADM" -I "${DISKS[2]}"
	[ "$(md_attr md127 degraded)" = 0 ]
	# of --assemble, which begins anew
	ended
	"$MDADM" -I "${DISKS[0]}"
	echo "md127 $(<"/sys/block/md127/diskseq") clear" >/run/mdadm/map.lock
	mine -I "${DISKS[1]}"
	[[ $output == *"not enough to start (1)"* ]]
}

@test "what is no member" {
	no() {
		i -I "${DISKS[0]}"
		i -I --export "${DISKS[0]}"
		i -I /dev/nix
		i -I /dev/null
		i -I /etc/passwd
		i -I --scan "${DISKS[0]}"
		i -I
		i -If
		i -If x y
		i -Is
	}

	fresh 2
	both no
	# what is damaged is told
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	put_word "${DISKS[0]}" 200 7
	blockdev --flushbufs "${DISKS[0]}"
	save
	ours 1 checksum -I "${DISKS[0]}"
	one_line "$output"
	[ -z "$(arrays)" ]
}

@test "one that disagrees about the array is refused, and the others start" {
	one_by_one() {
		local disk

		for disk in "${DISKS[@]}"; do
			i -I "$disk"
		done
		i -IRs
	}

	fresh 3
	clean_make /dev/md/home -l5 -n3 "${DISKS[@]}"
	ended
	poke "${DISKS[1]}" 92 4 # of how many: the driver would not ask
	save
	both one_by_one
}

@test "names with every hostile byte" {
	local name

	fresh 2
	# shellcheck disable=SC2016 # as it is written
	for name in 'a b' 'x/y' '.hid' 'a;rm' $'\e[31m' '-rf' '../../x' $'\xff\xfe' 'a"b$c`d' '..'; do
		clean_make /dev/md/q --name="$name" --homehost=any -l1 -n2 "${DISKS[@]}"
		ended
		mine -I --export "${DISKS[0]}"
		[ "$status" = 0 ]
		[[ $output != *[$'\e`$;\xff']* ]]
		mine -I "${DISKS[1]}"
		[ "$status" = 0 ]
		[ "$(md_attr md127 array_state)" = clean ]
		[ "$(wc -l </run/mdadm/map)" = 1 ]
		[ "$(awk '{ print NF }' /run/mdadm/map)" = 4 ]
		[ "$(find /dev/md -type l | wc -l)" = 1 ]
		ended
	done
	[ ! -e /x ]
}
