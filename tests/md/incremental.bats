#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --incremental, side by side with the reference program: the words, the exit status, the array, its
# name and its line in the map after each device. Where we differ on purpose the test says how.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031,SC2317 # each test is a process

load incremental

one_by_one() {
	local disk

	for disk in "${DISKS[@]}"; do
		i -I "$disk"
	done
	i -I "${DISKS[0]}"
}

healthy() { # DISKS ARGS...
	fresh "$1"
	clean_make "${@:2}" "${DISKS[@]}"
	ended
	both one_by_one
}

@test "each device in turn, levels and formats" {
	healthy 2 /dev/md/home -l1 -n2
	healthy 3 /dev/md/r5 -l5 -n3
	healthy 2 /dev/md/r0 -l0 -n2 -e 1.0
	healthy 4 /dev/md/r10 -l10 -n4 -e 1.1
	healthy 2 /dev/md7 -l1 -n2 -e 0.90
	healthy 2 /dev/md5 -l1 -n2
}

@test "what udev is told" {
	exported() {
		i -I --export "${DISKS[1]}" --offroot /dev/disk/x /dev/disk/y
		i -I --export "${DISKS[0]}"
		i -I --export "${DISKS[2]}"
		i -I --export "${DISKS[0]}"
	}
	quietly() {
		i -I -q "${DISKS[0]}"
		i -I -q "${DISKS[1]}"
		i -I -q "${DISKS[1]}"
		i -I -q "${DISKS[3]}"
	}

	fresh 4
	clean_make /dev/md/home -l1 -n2 -x1 "${DISKS[@]:0:3}"
	ended
	both exported
	both quietly
}

@test "another host's" {
	foreign() {
		i -I --export "${DISKS[0]}"
		i -I --export "${DISKS[1]}"
	}

	fresh 2
	for host in other any ''; do
		rm -rf /run/disks/saved
		clean_make /dev/md/home -l1 -n2 --homehost="$host" "${DISKS[@]}"
		ended
		both foreign
	done
	not_known() { i -I --homehost=zz --export "${DISKS[0]}"; }
	both not_known
}

@test "what the configuration says" {
	local uuid
	listed() { i -I --export "${DISKS[0]}" && i -I "${DISKS[1]}"; }
	verbosely() { i -I -v "${DISKS[0]}"; }
	allowed() { i -I --export "${DISKS[0]}" --offroot /dev/sdx; }

	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	uuid=$(uuid_of "${DISKS[0]}")
	conf "ARRAY /dev/md/data UUID=$uuid" && both listed
	conf "ARRAY /dev/md3 UUID=$uuid" && both listed
	conf "ARRAY UUID=$uuid" && both listed
	conf "ARRAY /dev/md/data name=guest:home" && both listed
	conf "ARRAY <ignore> UUID=$uuid" && both listed
	conf "ARRAY /dev/md/a UUID=$uuid" "ARRAY /dev/md/b name=guest:home" && both listed
	conf "ARRAY /dev/md/home UUID=00000000:00000000:00000000:00000001" && both listed
	conf "AUTO -all" && both listed && both verbosely
	conf "AUTO -all" "ARRAY /dev/md/data UUID=$uuid" && both listed
	conf "AUTO homehost -all" && both listed
	conf "AUTO +0.90 -1.x" && both listed
	conf "DEVICE /dev/sd*" && both listed && both allowed
	conf "DEVICE containers" && both listed
	conf "HOMEHOST zz" && both listed
	conf "CREATE names=yes" && both listed
}

@test "an ARRAY line that is out of date still means the array" {
	local uuid said
	listed() { i -I --export "${DISKS[0]}" && i -I "${DISKS[1]}"; }

	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	uuid=$(uuid_of "${DISKS[0]}")
	said="level=raid5 num-devices=4 metadata=0.90"
	conf "ARRAY /dev/md/data $said UUID=$uuid" "AUTO -all" && both listed
	restore
	mine -I --dry-run "${DISKS[0]}"
	[ "$status" = 0 ] && [[ $output = */dev/md/data* ]]
	mine -I "${DISKS[0]}"
	rm /run/mdadm/map
	mine -I --rebuild-map
	is_there md127 /dev/md/data 1.2
	ended
	conf "ARRAY <ignore> $said UUID=$uuid" && both listed
	conf "ARRAY /dev/md/a metadata=1.2 UUID=$uuid" "ARRAY /dev/md/b metadata=0.90 UUID=$uuid"
	both listed
}

# 4.2 lets "AUTO homehost -all" refuse nobody, against its manual: an initramfs does not know the name
# of its host and must find root.  Both ways to assemble agree on it.
@test "AUTO and another host's array: -I and --assemble --scan as one" {
	local words
	listed() { i -I --export "${DISKS[0]}" && i -I "${DISKS[1]}"; }
	scanned() { i --assemble --scan; }

	# a scan sees the others, too
	fresh 4
	DISKS=("${DISKS[@]:0:2}")
	clean_make /dev/md/home -l1 -n2 --homehost=other "${DISKS[@]}"
	ended
	for words in "homehost -all" "homehost" "homehost -1.x" "-all homehost"; do
		conf "AUTO $words" && both listed && both scanned
	done
	conf "POLICY auto=no" "AUTO homehost -all" && both listed && both scanned
	# any host's is not this one's
	clean_make /dev/md/home -l1 -n2 --homehost=any "${DISKS[@]}"
	ended
	save
	conf "POLICY auto=homehost" "AUTO -all" && both listed
}

@test "a name that another has" {
	fresh 4
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	ended
	save
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:2:2}"
	"$MDADM" -I "${DISKS[0]}"
	is_there md126 /dev/md/home_0 1.2
	"$MDADM" -I "${DISKS[1]}"
	[ "$(md_attr md126 array_state)" = clean ]
	ended
	# a link that is something else
	link() {
		mkdir -p /dev/md
		ln -s "${DISKS[3]}" /dev/md/home
		i -I --export "${DISKS[0]}"
		i -I "${DISKS[1]}"
	}
	both link
	# and a number that another has
	conf "ARRAY /dev/md5 UUID=$(uuid_of "${DISKS[0]}")"
	clean_make /dev/md5 -l1 -n2 "${DISKS[@]:2:2}"
	mine -I "${DISKS[0]}"
	is_there md127 /dev/md127 1.2
}

@test "before all are there" {
	early() {
		i -I --run "${DISKS[0]}"
		i -I --export "${DISKS[1]}"
		i -I --run --export "${DISKS[1]}"
	}
	scan() {
		i -I "${DISKS[0]}"
		i -IRs
		i -IRs
		i -I "${DISKS[1]}"
	}

	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	both early
	both scan
}

@test "spares" {
	first() { i -I "${DISKS[2]}" && i -I "${DISKS[0]}" && i -I "${DISKS[1]}"; }
	last() { i -I "${DISKS[0]}" && i -I "${DISKS[1]}" && i -I "${DISKS[2]}"; }

	fresh 3
	clean_make /dev/md/home -l1 -n2 -x1 "${DISKS[@]}"
	ended
	both first
	both last
}
