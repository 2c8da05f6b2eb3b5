#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble --scan, side by side with the reference program: which arrays, by which rule, under which
# names. Where we differ on purpose the test says how.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031 # each test is a process

bats_require_minimum_version 1.5.0

load assemble

CONF=/etc/mdadm/mdadm.conf

# two ARGS... -- ARGS...: two mirrors, of disks 0 1 and 2 3, made by these words.
two() {
	local first=()

	only 4
	while [ "$1" != -- ]; do
		first+=("$1")
		shift
	done
	shift
	clean_make /dev/md/zz -l1 -n2 "${first[@]}" "${DISKS[@]:0:2}"
	ended
	clean_make /dev/md/zz -l1 -n2 "$@" "${DISKS[@]:2:2}"
	ended
	rm -rf /run/disks/saved
}

# one_of ARGS...: one mirror of two disks.
one_of() {
	only 2
	clean_make /dev/md/zz -l1 -n2 "$@" "${DISKS[@]}"
	ended
	rm -rf /run/disks/saved
}

@test "the lines of the configuration: what they mean, and the names they give" {
	local uuid line

	one_of --homehost=other --name=home
	uuid=$(uuid_of "${DISKS[0]}")
	for line in "UUID=$uuid" "home UUID=$uuid" "/dev/md/x UUID=$uuid" "/dev/md5 UUID=$uuid" \
		"5 UUID=$uuid" "md5 UUID=$uuid" "007 UUID=$uuid" "name=other:home" \
		"/dev/md/x name=other:home" "devices=${DISKS[0]},${DISKS[1]}" \
		"/dev/md/y devices=/dev/loop*"; do
		conf "ARRAY $line"
		same --assemble --scan
	done
	# theirs is silent about a line that means nothing that is there
	for line in name=home super-minor=0 "UUID=00000001:00000002:00000003:00000004"; do
		conf "ARRAY /dev/md/x $line"
		ours 2 "no device of /dev/md/x was found ($CONF, line 1)" --assemble --scan
		[ -z "$(arrays)" ]
	done
}

@test "without lines: the names that superblocks give" {
	local words

	for words in --name=home "--homehost=other --name=home" "--homehost= --name=home" \
		"--homehost=any --name=home" --name=5 --name=md7 --name=007 --name=d9 --name=a/b \
		"--homehost=other --name=7" "-e 0.90" "-e 0.90 --homehost=other"; do
		# shellcheck disable=SC2086 # words
		one_of $words
		same --assemble --scan
	done
	# theirs makes a link that no tool finds; a name must not act on a terminal
	one_of --name=.x
	ours 0 "/dev/md/_x has been started" --assemble --scan
	ended
	one_of --name=$'x\033[2J'
	ours 0 "/dev/md/x_[2J has been started" --assemble --scan
}

@test "home hosts" {
	local words line

	for words in --name=home "--homehost=other --name=home" "--homehost= --name=home"; do
		# shellcheck disable=SC2086 # words
		one_of $words
		for line in "HOMEHOST <ignore>" "HOMEHOST <none>" "HOMEHOST other" "HOMEHOST any" \
			"CREATE names=yes"; do
			conf "$line"
			same --assemble --scan
		done
		conf
		same --assemble --scan --homehost=other
		same --assemble --scan "--homehost=<ignore>"
	done
}

@test "two arrays of one name" {
	local -a words

	for words in "--name=home|--homehost=any --name=home" \
		"--homehost=other --name=home|--homehost=other --name=home" \
		"--homehost=other --name=home|--name=home" \
		"--homehost= --name=home|--homehost= --name=home" \
		"--name=5|--homehost=any --name=5" "--name=5|--homehost=any --name=md5"; do
		# shellcheck disable=SC2086 # words
		two ${words%|*} -- ${words#*|}
		conf
		same --assemble --scan
	done
	conf "HOMEHOST <ignore>"
	same --assemble --scan
}

@test "some of several, and what is left out" {
	local u v

	two --name=home -- --name=srv
	u=$(uuid_of "${DISKS[0]}") v=$(uuid_of "${DISKS[2]}")
	conf "ARRAY /dev/md/s UUID=$v"
	same --assemble --scan
	conf "ARRAY <ignore> UUID=$u"
	same --assemble --scan
	conf "ARRAY <ignore> UUID=$u" "ARRAY /dev/md/s UUID=$v"
	same --assemble --scan
	conf "ARRAY UUID=$u" "ARRAY UUID=$v"
	same --assemble --scan
	conf "AUTO -all"
	same --assemble --scan
	conf "AUTO -1.x"
	same --assemble --scan
	conf "AUTO homehost -all"
	same --assemble --scan
	conf "DEVICE ${DISKS[0]} ${DISKS[1]}"
	same --assemble --scan
	conf "DEVICE /dev/null"
	same --assemble --scan
	conf
	same --assemble --scan --uuid="$u"
	same --assemble --scan --name=srv
	same --assemble --scan --super-minor=3
	same --assemble --scan --uuid=00000001:00000002:00000003:00000004
	# with lines theirs starts them all, whatever was asked for
	conf "ARRAY /dev/md/h UUID=$u" "ARRAY /dev/md/s UUID=$v"
	ours 0 "/dev/md/s has been started" --assemble --scan --uuid="$v"
	equal "$(arrays)" md127
	ended
	conf "ARRAY /dev/md/h UUID=$u" "ARRAY /dev/md/h UUID=$v"
	same --assemble --scan
	# the same array twice: theirs is silent
	conf "ARRAY /dev/md/a UUID=$u" "ARRAY /dev/md/b name=home"
	ours 2 "two ARRAY lines mean /dev/md/a: the second is of no use ($CONF, lines 1 and 2)" \
		--assemble --scan
	[[ $output == *"/dev/md/a has been started with 2 drives."* ]]
}

@test "by the names of the configuration" {
	local u v

	two --name=home -- --name=srv
	u=$(uuid_of "${DISKS[0]}") v=$(uuid_of "${DISKS[2]}")
	conf "ARRAY /dev/md/a UUID=$u" "ARRAY /dev/md/b UUID=$v"
	same --assemble /dev/md/a
	same --assemble b
	same --assemble --scan a /dev/md/b
	same --assemble /dev/md/c
	same --assemble --scan /dev/md/c
	one "$MDADM" --assemble --scan /dev/md/c b
	[ "$status" = 1 ]
	[[ $output == *"/dev/md/c not identified in config file."*"/dev/md/b has been started"* ]]
	ended
	same --assemble /dev/md/zz --name=srv
	same --assemble
}

@test "what runs already is left alone" {
	local u v

	two --name=home -- --name=srv
	u=$(uuid_of "${DISKS[0]}") v=$(uuid_of "${DISKS[2]}")
	save
	"$MDADM" --assemble --scan
	run -1 "$MDADM" --assemble --scan
	[[ $output == "mdadm: No arrays found in config file or automatically" ]]
	conf "ARRAY /dev/md/home UUID=$u"
	run -2 "$MDADM" --assemble --scan
	[ -z "$output" ]
	"$MDADM" --stop /dev/md/srv
	conf "ARRAY /dev/md/home UUID=$u" "ARRAY /dev/md/s UUID=$v"
	run -2 "$MDADM" --assemble --scan
	[[ $output == "mdadm: /dev/md/s has been started with 2 drives." ]]
	ended
	# an old member of an array that runs is no array of its own
	conf
	"$ORACLE" --quiet --assemble --run /dev/md/home "${DISKS[0]}"
	for words in "--scan" "--run /dev/md9 ${DISKS[1]}"; do
		# shellcheck disable=SC2086 # words
		run "$MDADM" --assemble $words
		echo "$status $output"
		[[ $output == *"Found some drive for an array that is already active: /dev/md/home"* ]]
		[ ! -e /sys/block/md9/md ]
	done
	[ "$status" = 1 ]
	[ -z "$(ls "/sys/block/${DISKS[1]#/dev/}/holders")" ]
	# nor when the map is lost, though only that member is looked at
	rm /run/mdadm/map
	run -1 "$MDADM" --assemble --run /dev/md9 "${DISKS[1]}"
	[[ $output == *"Found some drive for an array that is already active: /dev/md/home"* ]]
	[ ! -e /sys/block/md9/md ]
}

@test "the name of a line that another array has" {
	local u

	two --name=home -- --name=srv
	u=$(uuid_of "${DISKS[0]}")
	save
	"$ORACLE" --quiet --assemble /dev/md/home "${DISKS[@]:2:2}"
	conf "ARRAY /dev/md/home UUID=$u"
	# theirs moves the link
	run -0 "$MDADM" --assemble --scan
	[[ $output == *"/dev/md/home is already in use: it is md127"* ]]
	[[ $output == *"/dev/md/home_0 has been started with 2 drives."* ]]
	equal "$(readlink /dev/md/home)" /dev/md127
	ended
	"$ORACLE" --quiet --assemble /dev/md5 "${DISKS[@]:2:2}"
	conf "ARRAY /dev/md5 UUID=$u"
	run -1 "$MDADM" --assemble --scan
	[[ $output == "mdadm: /dev/md5 is already in use." ]]
}
