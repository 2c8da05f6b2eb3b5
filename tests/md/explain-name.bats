#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --explain-name: the rule that gave a running array its name.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031 # each test is a process

bats_require_minimum_version 1.5.0

load lib

CONF=/etc/mdadm/mdadm.conf

# started NAME-OPTIONS -- ARGS...: a mirror made with these, then assembled by these.
started() {
	local make=()

	while [ "$1" != -- ]; do
		make+=("$1")
		shift
	done
	shift
	"$MDADM" --zero-superblock --quiet "${DISKS[@]:0:2}" 2>/dev/null || :
	rm -f "$CONF"
	"$MDADM" --create /dev/md/zz -l1 -n2 --assume-clean --run "${make[@]}" "${DISKS[@]:0:2}"
	"$MDADM" --stop /dev/md/zz
	UUID=$("$MDADM" --examine --export "${DISKS[0]}" | sed -n 's/^MD_UUID=//p')
	[ "$1" != line ] || echo "ARRAY $2 UUID=$UUID" >"$CONF"
	if [ "$1" = line ]; then set -- --scan; fi
	"$MDADM" --assemble "$@"
}

# rule PATH WORD TRUST: what the document says, and the first line of the text.
rule() {
	run -0 --separate-stderr "$MDADM" --explain-name "$1" --json
	echo "$output"
	[[ $output == *"\"path\": \"$1\""*"\"rule\": \"$2\""*"\"trust\": \"$3\""* ]]
	run -0 --separate-stderr "$MDADM" --explain-name "$1"
	echo "$output"
	[[ $output == "$1: "*"to change the name: "* ]]
	"$MDADM" --stop --scan
}

@test "each rule" {
	disks 2 8M
	started --name=home -- --scan
	rule /dev/md/home local home
	started --homehost=other --name=home -- --scan
	rule /dev/md/other:home foreign foreign
	started --homehost= --name=home -- --scan
	rule /dev/md/home_0 foreign-suffix foreign
	started --homehost=any --name=7 -- --scan
	rule /dev/md/7 local any
	started -e 0.90 -- --scan
	rule /dev/md/127 preferred-minor home
	started --homehost=other --name=home -- line /dev/md/x
	rule /dev/md/x array-line listed
	[[ $output == *"an ARRAY line gives it this name ($CONF, line 1)"* ]]
	started --homehost=other --name=home -- line ""
	rule /dev/md/home local listed
	started --name=home -- /dev/md/else "${DISKS[@]}"
	rule /dev/md/else command-line home
	started --name=home -- /dev/md/home_3 "${DISKS[@]}"
	rule /dev/md/home_3 clash home
}

@test "what is no array" {
	disks 1 8M
	run -1 "$MDADM" --explain-name "${DISKS[0]}"
	[[ $output == "mdadm: ${DISKS[0]} does not appear to be an md device"* ]]
	run -1 "$MDADM" --explain-name /dev/md/none
	run -2 "$MDADM" --explain-name
}
