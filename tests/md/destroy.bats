#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --destroy: an array stopped, its metadata erased, absent members named; asked for, and taken back.

load lib
load proof

bats_require_minimum_version 1.5.0

teardown() {
	! mountpoint -q /mnt || umount /mnt
	room_close
}

has_not() {
	! "$MDADM" --examine "$1" >/dev/null 2>&1
}

uuid_of() {
	"$MDADM" --examine --export "$1" | sed -n 's/^MD_UUID=//p'
}

# make FORMAT: of the first three disks.
make() {
	"$MDADM" -C /dev/md/home -q -R -e "$1" -l5 -n3 --assume-clean "${DISKS[@]:0:3}"
}

@test "by node, by name, by UUID, running or not; each format" {
	local format disk undo

	disks 4 20M
	"$MDADM" -C /dev/md9 -q -R -l1 -n2 --assume-clean "${DISKS[3]}" missing
	for format in 0.90 1.0 1.1 1.2; do
		make $format
		run -0 "$MDADM" --destroy --run /dev/md/home
		echo "$output"
		[[ $output == *"mdadm: destroyed /dev/md/home"* ]]
		is_gone md127 /dev/md/home
		for disk in "${DISKS[@]:0:3}"; do has_not "$disk"; done
		undo=$(undo_file "$output")
		"$MDADM" -q --undo "$undo"
		"$MDADM" -q --assemble /dev/md/home "${DISKS[@]:0:3}"
		"$MDADM" -q --stop /dev/md/home
		run -0 "$MDADM" --destroy --run "$(uuid_of "${DISKS[0]}")"
		for disk in "${DISKS[@]:0:3}"; do has_not "$disk"; done
	done
	make 1.2
	"$MDADM" -q --stop /dev/md/home
	run -0 "$MDADM" --run --destroy home
	[[ $output == *"does not run"* ]]
	for disk in "${DISKS[@]:0:3}"; do has_not "$disk"; done
	is_there md9 /dev/md9 1.2
	refused 1 'no array is home' "$MDADM" --destroy --run home
	refused 1 'no array is' "$MDADM" --destroy --run 00112233:44556677:8899aabb:ccddeeff
}

@test "absent slots are named, a device that is no member any more is kept" {
	disks 3 20M
	make 1.2
	echo faulty >"/sys/block/md127/md/dev-${DISKS[1]#/dev/}/state"
	wait_for 5 sh -c "echo remove >/sys/block/md127/md/dev-${DISKS[1]#/dev/}/state"
	run -0 "$MDADM" --destroy --run /dev/md/home
	echo "$output"
	[[ $output == *"${DISKS[1]}, number 1, in slot 1: not a member now, and kept"* ]]
	has_not "${DISKS[0]}"
	has_not "${DISKS[2]}"
	"$MDADM" -E "${DISKS[1]}"
	"$MDADM" -q --zero-superblock "${DISKS[@]}"
	make 1.2
	"$MDADM" -q --stop /dev/md/home
	"$MDADM" -q --zero-superblock "${DISKS[1]}"
	run -0 "$MDADM" --destroy --run home
	[[ $output == *"mdadm: slot 1: absent; what was there keeps its metadata"* ]]
	has_not "${DISKS[0]}"
}

@test "it asks; without a terminal it refuses; --dry-run changes nothing" {
	disks 3 20M
	make 1.2
	remember
	run -1 "$MDADM" --destroy /dev/md/home </dev/null
	[[ $output == *"without a terminal to ask on, --run must be given" ]]
	unchanged
	run_pty 'n\n' "$MDADM" --destroy /dev/md/home
	[ "$status" = 1 ]
	[[ $output == *"Destroy it? "* ]]
	unchanged
	run -0 --separate-stderr "$MDADM" --destroy --dry-run --json /dev/md/home
	unchanged
	python3 - "$BATS_TEST_DIRNAME/../../mdadm-report.schema.json" <<-END
		import json, sys, jsonschema
		document = json.loads('''$output''')
		jsonschema.validate(document, json.load(open(sys.argv[1])))
		steps = [[s["step"] for s in p["steps"]] for p in document["plans"]]
		assert steps[0] == ["stop-array", "remove-map-line"] and steps[1].count("write") == 3, steps
	END
	run_pty 'y\n' "$MDADM" --destroy /dev/md/home
	[ "$status" = 0 ]
	is_gone md127 /dev/md/home
	has_not "${DISKS[0]}"
}

@test "an array that is used stays; two of one name" {
	disks 4 20M
	make 1.2
	mkfs.ext4 -q /dev/md/home
	mount /dev/md/home /mnt
	run -1 "$MDADM" --destroy --run /dev/md/home
	[[ $output == *"mounted on /mnt"* ]]
	is_there md127 /dev/md/home 1.2
	umount /mnt
	"$MDADM" -E "${DISKS[0]}"
	"$MDADM" -q --destroy --run home
	"$MDADM" -C /dev/md1 -q -R -l1 -n2 --name=two --assume-clean "${DISKS[0]}" missing
	"$MDADM" -C /dev/md2 -q -R -l1 -n2 --name=two --assume-clean "${DISKS[1]}" missing
	refused 1 'two means several arrays: give the UUID' "$MDADM" --destroy --run two
	"$MDADM" -q --destroy --run /dev/md1 /dev/md2
	is_gone md1
	is_gone md2
}

is_stopped() {
	[ ! -e "/sys/block/$1/md/array_state" ] || md_is "$1" array_state clear
}

@test "whoever would start it again between the stop and the last byte has to wait" {
	local disk

	disks 3 20M
	make 1.2
	# each time that it opens the first member it takes a while
	strace -f -qq -o calls -P "${DISKS[0]}" -e trace=openat -e inject=openat:delay_enter=1500000 \
		"$MDADM" --destroy --run /dev/md/home >said 2>&1 &
	wait_for 10 is_stopped md127
	for disk in "${DISKS[@]}"; do
		"$MDADM" -I "$disk" >/dev/null 2>&1 &
	done
	wait
	cat said
	grep -q '^mdadm: destroyed' said
	[ -z "$(arrays)" ]
	for disk in "${DISKS[@]}"; do has_not "$disk"; done
}

asked() {
	grep -q 'Destroy it?' /run/asked
}

# meanwhile COMMAND -- ARGUMENT...: --destroy on a terminal; the command comes before the answer, which is yes.
meanwhile() {
	local command words

	command=$1
	shift 2
	printf -v words '%q ' "$MDADM" --destroy "$@"
	: >/run/asked
	status=0
	{ wait_for 10 asked; $command >/dev/null; printf 'yes\n'; } | script -qefc "$words" /run/asked >/dev/null || status=$?
	output=$(tr -d '\r' </run/asked)
}

other_in_its_place() {
	"$MDADM" -q --stop /dev/md0
	"$MDADM" -C /dev/md0 -q -R -l1 -n2 --assume-clean "${DISKS[@]:2:2}"
}

made_anew() {
	[ ! -e /dev/md0 ] || "$MDADM" -q --stop /dev/md0
	yes | "$MDADM" -C /dev/md0 -q -R -l1 -n2 --assume-clean "${DISKS[@]:0:2}" 2>/dev/null
	[ "$1" != stopped ] || "$MDADM" -q --stop /dev/md0
}

@test "another array under that name, or on those disks, when the answer comes: nothing is changed" {
	local uuid change

	disks 4 6M
	for change in other_in_its_place made_anew; do
		"$MDADM" -C /dev/md0 -q -R -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
		meanwhile $change -- /dev/md0
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == *"mdadm: ${DISKS[0]} is not what it was when it was looked at: nothing is changed; run the command again for /dev/md0"* ]]
		[ "$(md_attr md0 array_state)" = clean ]
		"$MDADM" -q --stop /dev/md0
		"$MDADM" -q --zero-superblock "${DISKS[@]}" 2>/dev/null || :
	done
	"$MDADM" -C /dev/md0 -q -R -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	uuid=$(uuid_of "${DISKS[0]}")
	"$MDADM" -q --stop /dev/md0
	meanwhile "made_anew stopped" -- "$uuid"
	[ "$status" = 1 ]
	[[ $output == *"is not what it was"* ]]
	[ "$(uuid_of "${DISKS[0]}")" != "$uuid" ]
	"$MDADM" -q --assemble /dev/md0 "${DISKS[@]:0:2}"
}
