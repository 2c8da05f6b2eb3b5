#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The static program, which may be built with another library, says and does what the other does: words of
# errors, dates, tables, threads.

load lib
load proof

STATIC=$BATS_TEST_DIRNAME/../../mdadm.static

# both ARGS...: the same output, errors and status of each; what it was in `output`.
both() {
	local said

	run "$STATIC" "$@"
	said=$status:$output
	run "$MDADM" "$@"
	[ "$status:$output" = "$said" ] || { diff <(echo "$said") <(echo "$status:$output") || false; }
}

@test "errors in the same words" {
	local long

	printf -v long 'n%.0s' {1..300}
	ln -s self /run/self
	both --examine /run/self
	[[ $output == *"Too many levels of symbolic links"* ]]
	both --examine "/run/$long"
	[[ $output == *"File name too long"* ]]
	both --examine /run/none/at/all /etc
	both --detail /etc/passwd
	both --dump=/etc/passwd /dev/null
	both --assemble /dev/md0 --bitmap=/etc /dev/null
	disks 2 8M
	mapper bad 16384 error
	both --examine /dev/mapper/bad
	[[ $output == *"Input/output error"* ]]
	"$MDADM" --create /dev/md0 --run --quiet -l1 -n2 --assume-clean "${DISKS[@]}"
	both --create /dev/md1 --run -l1 -n2 "${DISKS[@]}"
	both --zero-superblock "${DISKS[0]}"
	both --assemble /dev/md1 "${DISKS[@]}"
	"$MDADM" --readonly /dev/md0
	both /dev/md0 --add "${DISKS[0]}"
	both --grow /dev/md0 --bitmap=none
	dmsetup remove --noudevsync bad
}

@test "an array from its first day to its last" {
	local file=/run/mdadm.conf

	disks 4 8M
	"$STATIC" --create /dev/md/home --run --quiet -l6 -n4 --assume-clean -c64 "${DISKS[@]}"
	both --detail /dev/md/home
	[[ $output == *"Creation Time : "[A-Z][a-z][a-z]\ * ]]
	both --detail --export /dev/md/home
	both --detail --json /dev/md/home
	both --status
	both --examine "${DISKS[@]}"
	both --examine --scan -v "${DISKS[@]}"
	both --examine-bitmap "${DISKS[0]}"
	both --query /dev/md127 "${DISKS[0]}"
	both --verify /dev/md/home
	"$STATIC" /dev/md/home --quiet --fail "${DISKS[3]}" --remove "${DISKS[3]}" --add "${DISKS[3]}"
	wait_idle md127
	both --detail /dev/md/home
	"$STATIC" --detail --scan >$file
	"$STATIC" --stop --quiet --scan
	# devices are read and arrays started side by side
	"$STATIC" --assemble --scan --quiet --config=$file
	"$MDADM" --detail --test /dev/md/home
	"$STATIC" --destroy home --run --quiet --undo-dir=/run/undo
	[ -z "$(arrays)" ]
}
