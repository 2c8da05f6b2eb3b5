#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --dry-run: the plan is shown, and nothing is opened for writing, made, removed or told to the
# driver: the system calls are watched.

load lib
load proof

teardown() {
	no_mappers
	rm -rf /var/lib/mdadm
	room_close
}

# The calls by which a program changes something. What is opened for reading and the ioctls that
# only ask are left out; so is the memory in which --undo looks at what was there.
changing() {
	grep -vE '^[0-9]+ +(openat|open)\(.*O_RDONLY|"/dev/null", O_RDWR|exited with|^[0-9]+ \+\+\+|</memfd:' |
		grep -vE 'ioctl\([0-9]+<[^,]*, (BLKGETSIZE64|BLKSSZGET|BLKGETDISKSEQ|BLKROGET|RAID_VERSION|GET_ARRAY_INFO|GET_DISK_INFO|TCGETS|0x80081280|_IOC\(_IOC_READ, 0x12, 0x80)' |
		grep -vE 'ENOTTY' || :
}

CALLS=open,openat,creat,ioctl,mknod,mknodat,unlink,unlinkat,rename,renameat,renameat2,link,linkat
CALLS+=,symlink,symlinkat,mkdir,mkdirat,rmdir,chmod,fchmod,fchmodat,chown,fchown,truncate,ftruncate
CALLS+=,pwrite64,pwritev,pwritev2,flock,fsync,fdatasync,sync,mount,execve,sendto,sendmsg

# dry PATTERN ARGS...: a dry run that succeeds and matches; not a byte, file or array differs
# afterwards, and no call was made that could have changed one.
dry() {
	local pattern=$1 calls

	shift
	remember
	run strace -f -qq -y -e trace="$CALLS" -o calls "$MDADM" "$@" --dry-run
	echo "$output"
	[ "$status" = 0 ]
	[[ $output =~ $pattern ]]
	calls=$(tail -n +2 calls | changing)
	[ -z "$calls" ] || { echo "# $calls" && return 1; } >&2
	unchanged
}

@test "create, on blank disks and over an array" {
	disks 3 8M
	dry 'write device='"${DISKS[0]}"' offset_bytes=4096 length_bytes=512' \
		-C /dev/md0 -l5 -n3 "${DISKS[@]}"
	dry 'ioctl=ADD_NEW_DISK device='"${DISKS[2]}"' number=3' -C home -l5 -n3 "${DISKS[@]}"
	"$MDADM" -C /dev/md0 -q -R -l1 -n3 --assume-clean "${DISKS[@]}"
	"$MDADM" -q -S /dev/md0
	dry 'would be lost.*1\. lock-map' -C /dev/md0 -l5 -n3 "${DISKS[@]}" </dev/null
	dry 'value=read-auto array=/dev/md0' -C /dev/md0 --run -l5 -n3 -e 0.90 "${DISKS[@]}"
}

@test "what create lists is what it then does" {
	disks 2 8M
	local line device at len
	local -a writes

	"$MDADM" -C /dev/md0 --dry-run -R -l1 -n2 -b internal "${DISKS[@]}" >list 2>/dev/null
	mapfile -t writes < <(sed -n 's/^ *[0-9]*\. write device=\([^ ]*\) offset_bytes=\([0-9]*\) length_bytes=\([0-9]*\).*/\1 \2 \3/p' list)
	# superblock and bitmap are one write, so that no death comes between
	[ "${#writes[@]}" = 2 ]
	strace -f -qq -y -e trace=pwrite64 -o calls "$MDADM" -C /dev/md0 -q -R -l1 -n2 -b internal "${DISKS[@]}"
	for line in "${writes[@]}"; do
		read -r device at len <<<"$line"
		grep -qE "<$device(<.*>)?>, .*, $len, $at\) *= $len" calls
	done
	[ "$(grep -cE '</dev/loop' calls)" = "${#writes[@]}" ]
}

@test "stop, zero-superblock, assemble, undo" {
	disks 2 8M
	local file

	"$MDADM" -C /dev/md0 -R -l1 -n2 --assume-clean "${DISKS[@]}" 2>said
	file=$(undo_file "$(<said)")
	dry 'STOP_ARRAY array=/dev/md0' --stop /dev/md0
	dry 'STOP_ARRAY array=/dev/md0' --stop --scan
	dry 'STOP_ARRAY.*write device='"${DISKS[1]}" --undo "$file"
	is_there md0 /dev/md0 1.2
	"$MDADM" -q -S /dev/md0
	dry 'write device='"${DISKS[0]}"' offset_bytes=4096 length_bytes=512 zeros' \
		--zero-superblock "${DISKS[0]}"
	dry 'write device='"${DISKS[0]}" --undo "$file"
	dry 'RUN_ARRAY array=/dev/md0' -A /dev/md0 "${DISKS[@]}"
	dry 'array_state value=readonly' -A /dev/md0 -o "${DISKS[@]}"
}

# valid FILE STEP...: a document that the schema describes, and has these steps in it.
valid() {
	python3 - "$SCHEMA" "$@" <<-'EOF'
		import json, sys
		import jsonschema
		schema, document = (json.load(open(name)) for name in sys.argv[1:3])
		jsonschema.Draft202012Validator(schema).validate(document)
		steps = [step["step"] for plan in document["plans"] for step in plan["steps"]]
		missing = [step for step in sys.argv[3:] if step not in steps]
		assert not missing, (missing, steps)
	EOF
}

# told NAME COMMAND...: the plan in both forms, for tests/agree.
told() {
	"$MDADM" "${@:2}" --dry-run >"dry-run/$1.out"
	"$MDADM" "${@:2}" --dry-run --json >"dry-run-json/$1.out"
}

@test "as JSON, step by step the same as text" {
	disks 2 8M

	mkdir dry-run dry-run-json
	told create -C /dev/md0 -R -l1 -n2 --uuid=00000000:00000000:00000000:0000000a "${DISKS[@]}"
	"$MDADM" -q -C /dev/md0 -R -l1 -n2 "${DISKS[@]}"
	told stop -S /dev/md0
	"$MDADM" -q -S /dev/md0
	told assemble -A /dev/md0 "${DISKS[@]}"
	told readonly -A /dev/md0 --readonly "${DISKS[@]}"
	told zero --zero-superblock "${DISKS[0]}"
	"$BATS_TEST_DIRNAME/../agree" dry-run "$PWD"
}

@test "as JSON, by the schema" {
	disks 3 8M

	SCHEMA=$BATS_TEST_DIRNAME/../../mdadm-report.schema.json
	"$MDADM" -C /dev/md0 --dry-run --json -R -l1 -n2 "${DISKS[@]:0:2}" >list
	valid list lock-map flag-creating open-array set-map-line set-array-info claim-device \
		drop-partitions keep-undo-file write sync-and-close-devices add-disk unlock-map \
		start-array unflag-creating change-event
	refused_dry -C /dev/md0 -R -l1 -n2 "${DISKS[0]}" "${DISKS[0]}"
	"$MDADM" -C /dev/md0 -R -l1 -n2 "${DISKS[@]:0:2}" 2>said
	"$MDADM" -C /dev/md1 -q -R -l1 -n1 --force "${DISKS[2]}"
	"$MDADM" --stop --scan --dry-run --json >list
	valid list stop-array remove-map-line
	[ "$(grep -c '"title"' list)" = 2 ]
	"$MDADM" --stop /dev/md1 /dev/md0 --dry-run --json >list
	valid list stop-array
	"$MDADM" --undo --dry-run --json "$(undo_file "$(<said)")" >list 2>/dev/null
	valid list stop-array write scan-partitions
	"$MDADM" -q --stop /dev/md0 /dev/md1
	"$MDADM" --zero-superblock --dry-run --json "${DISKS[@]}" >list
	valid list write
	[ "$(grep -c '"title"' list)" = 3 ]
	"$MDADM" -A -o --dry-run --json /dev/md0 "${DISKS[@]:0:2}" >list
	valid list start-array add-disk
}

@test "what is done to members, as text and as JSON by the schema" {
	disks 5 8M

	SCHEMA=$BATS_TEST_DIRNAME/../../mdadm-report.schema.json
	mkdir dry-run dry-run-json
	"$MDADM" -C /dev/md0 -q -R --assume-clean -l5 -n3 -x1 "${DISKS[@]:0:4}"
	told fail --manage /dev/md0 --fail "${DISKS[0]}" 2>/dev/null
	told add --manage /dev/md0 --add "${DISKS[4]}" 2>/dev/null
	told replace --manage /dev/md0 --replace "${DISKS[1]}" 2>/dev/null
	"$BATS_TEST_DIRNAME/../agree" dry-run "$PWD"
	"$MDADM" --manage /dev/md0 --fail "${DISKS[0]}" --remove "${DISKS[0]}" --add "${DISKS[4]}" --dry-run --json \
		>list 2>/dev/null
	valid list fail-member remove-member claim-device write add-disk
	"$MDADM" --manage /dev/md0 --replace "${DISKS[1]}" --with "${DISKS[3]}" --dry-run --json >list 2>/dev/null
	valid list freeze set-member-attribute thaw
	[ "$(</sys/block/md0/md/degraded)" = 0 ]
}

@test "nothing to do is a document, too" {
	disks 1 8M

	SCHEMA=$BATS_TEST_DIRNAME/../../mdadm-report.schema.json
	"$MDADM" --zero-superblock --dry-run --json "${DISKS[0]}" >list 2>/dev/null
	valid list
	"$MDADM" --stop --scan --dry-run --json >list
	valid list
}

@test "what a killed run left is cleared by a run only" {
	local name note

	disks 3 8M
	"$MDADM" -C /dev/md5 -q -R -l1 -n2 --assume-clean "${DISKS[@]:0:2}"
	"$MDADM" -q -S /dev/md5
	[ -n "${ORACLE:-}" ] || skip "no reference program"
	"$ORACLE" -q -I "${DISKS[0]}" || :
	name=$(arrays)
	md_is "$name" array_state inactive
	note="$name $(</sys/block/"$name"/diskseq) clear"
	echo "$note" >/run/mdadm/map.lock
	cp /run/mdadm/map map
	"$MDADM" -C /dev/md1 --dry-run -R -l1 -n1 --force "${DISKS[2]}"
	md_is "$name" array_state inactive
	cmp map /run/mdadm/map
	[ "$(</run/mdadm/map.lock)" = "$note" ]
	"$MDADM" -C /dev/md1 -q -R -l1 -n1 --force "${DISKS[2]}"
	[ "$(arrays)" = md1 ]
}

# A dry run refuses what a run would refuse.
refused_dry() {
	refused "$(refusal_status "$@")" . "$MDADM" "$@" --dry-run
}

refusal_status() {
	local rc=0

	"$MDADM" "$@" >/dev/null 2>&1 || rc=$?
	echo "$rc"
	((rc))
}

@test "the watch of these tests sees what a run does" {
	disks 2 8M
	local call

	strace -f -qq -y -e trace="$CALLS" -o calls "$MDADM" -C /dev/md0 -q -R -l1 -n2 "${DISKS[@]}"
	for call in "pwrite64(" "unlink" ADD_NEW_DISK RUN_ARRAY O_RDWR O_CREAT; do
		changing <calls | grep -qF -- "$call" || { echo "$call" && return 1; }
	done
}
