#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --assemble, side by side with the reference program: which devices, which array, which name and
# number. Where we differ on purpose the test says how.

# guest: -d 1:8M

# shellcheck disable=SC2030,SC2031 # each test is a process

load assemble

healthy_level() { # LEVEL DISKS METADATA
	fresh "$2"
	clean_make /dev/md0 --level="$1" --raid-devices="$2" --metadata="$3" --chunk=64 \
		"${DISKS[@]}" 2>/dev/null ||
		clean_make /dev/md0 --level="$1" --raid-devices="$2" --metadata="$3" "${DISKS[@]}"
	dd if=/dev/urandom of=/dev/md0 bs=1M oflag=direct status=none || :
	ended
	same --assemble -v /dev/md0 "${DISKS[@]}"
}

@test "every level on 1.2 metadata, with its data" {
	healthy_level linear 2 1.2
	healthy_level 0 3 1.2
	healthy_level 1 2 1.2
	healthy_level 4 3 1.2
	healthy_level 5 4 1.2
	healthy_level 6 4 1.2
	healthy_level 10 4 1.2
}

@test "the other metadata versions" {
	healthy_level 1 2 0.90
	healthy_level 5 3 0.90
	healthy_level 10 4 0.90
	healthy_level 0 2 1.0
	healthy_level 5 3 1.0
	healthy_level 6 4 1.1
	healthy_level 1 2 1.1
}

@test "names, numbers and the map" {
	local name

	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	for name in /dev/md/home home other /dev/md5 /dev/md/5 5 md5 /dev/md/a-b 007 /dev/md/05; do
		same --assemble "$name" "${DISKS[@]}"
	done
	# not a name of an md device
	ours 1 "is an invalid name for an md device" --assemble /dev/foo "${DISKS[@]}"
	ours 1 "" --assemble ./x "${DISKS[@]}"
	ours 1 "" --assemble "" "${DISKS[@]}"
	[ -z "$(arrays)" ]
	# theirs makes a second node; ours has the kernel's
	ours 0 "/dev/md1 has been started" --assemble /dev/md01 "${DISKS[@]}"
	[ -e /sys/block/md1/md ]
}

@test "names in place of numbers" {
	local name

	fresh 2
	echo "CREATE names=yes" >/etc/mdadm/mdadm.conf
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	for name in home /dev/md/other a-b /dev/md5 7; do
		same --assemble "$name" "${DISKS[@]}"
	done
	# more than the kernel has room for ends theirs
	ours 0 started --assemble a1234567890123456789012345678901 "${DISKS[@]}"
	[ -e /sys/block/md127/md ]
	ended
	rm -rf /run/disks/saved
	clean_make /dev/md/x --name=9 -l1 -n2 "${DISKS[@]}"
	ended
	same --assemble /dev/md/home "${DISKS[@]}"
}

@test "the number that the superblock prefers" {
	local name

	fresh 3
	for name in 7 md9 /dev/md11 600; do
		rm -rf /run/disks/saved
		clean_make /dev/md/x --name="$name" -l1 -n2 "${DISKS[@]:0:2}"
		ended
		same --assemble /dev/md/home "${DISKS[@]:0:2}"
	done
	rm -rf /run/disks/saved
	clean_make /dev/md7 -e 0.90 -l1 -n2 "${DISKS[@]:0:2}"
	ended
	same --assemble /dev/md/home "${DISKS[@]:0:2}"
	same --assemble /dev/md5 "${DISKS[@]:0:2}"
}

@test "a preferred number that is taken is not used" {
	fresh 3
	clean_make /dev/md7 -l1 -n2 "${DISKS[@]:0:2}"
	ended
	clean_make /dev/md7 -l0 -n1 --force "${DISKS[2]}"
	"$MDADM" --assemble /dev/md/home "${DISKS[@]:0:2}"
	[ -e /sys/block/md127/md ]
	[ "$(readlink -f /dev/md/home)" = /dev/md127 ]
}

@test "two devices for one slot" {
	fresh 3
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]:0:2}"
	ended
	dd if="${DISKS[0]}" of="${DISKS[2]}" bs=1M iflag=direct oflag=direct status=none
	ours 1 "${DISKS[0]} and ${DISKS[2]} appear to have very similar superblocks" \
		--assemble /dev/md0 "${DISKS[@]}"
	restore
	"$ORACLE" -q --assemble --run /dev/md0 "${DISKS[@]:0:2}"
	scribble /dev/md0
	ended
	rm -rf /run/disks/saved
	same --assemble /dev/md0 "${DISKS[@]}"
	same --assemble /dev/md0 "${DISKS[2]}" "${DISKS[0]}" "${DISKS[1]}"
}

@test "identity: uuid, name, super-minor, home host, metadata" {
	local uuid

	fresh 4
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	ended
	uuid=$("$ORACLE" --examine --export "${DISKS[0]}" | sed -n 's/^MD_UUID=//p')
	same --assemble /dev/md0 --uuid="$uuid" "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --uuid=00000001:00000002:00000003:00000004 "${DISKS[@]}"
	same --assemble /dev/md0 --name=home "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --name="$(hostname):home" "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --name=foo:home "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --name=other "${DISKS[@]:0:3}"
	same --assemble /dev/md0 --homehost=foo --name=home "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --homehost=any --name=home "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --homehost=foo "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --super-minor=0 "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --metadata=1.2 "${DISKS[@]:0:2}"
	same --assemble /dev/md0 --metadata=default "${DISKS[@]:0:2}"
	ours 2 "unrecognised metadata identifier: junk" \
		--assemble /dev/md0 --metadata=junk "${DISKS[@]:0:2}"
	ours 1 "${DISKS[0]} has no superblock - assembly aborted" \
		--assemble /dev/md0 --metadata=1.0 "${DISKS[@]:0:2}"
	rm -rf /run/disks/saved
	clean_make /dev/md9 -e 0.90 -l1 -n2 "${DISKS[@]:2:2}"
	ended
	same --assemble /dev/md5 --super-minor=9 "${DISKS[@]:2:2}"
	same --assemble /dev/md5 --super-minor=8 "${DISKS[@]:2:2}"
	same --assemble /dev/md5 --super-minor=dev "${DISKS[@]:2:2}"
	same --assemble /dev/md5 --name=9 "${DISKS[@]:2:2}"
	same --assemble /dev/md5 --name=8 "${DISKS[@]:2:2}"
	same --assemble /dev/md5 --name=home "${DISKS[@]:2:2}"
}

@test "found by uuid or name without naming the devices" {
	local uuid

	fresh 3
	clean_make /dev/md/home -l5 -n3 "${DISKS[@]}"
	ended
	uuid=$("$ORACLE" --examine --export "${DISKS[0]}" | sed -n 's/^MD_UUID=//p')
	same --assemble /dev/md/x --uuid="$uuid"
	same --assemble /dev/md/x --name=home
	same --assemble /dev/md/x
	ours 2 "no free device" --assemble /dev/md/x --uuid=00000001:00000002:00000003:00000004
	rm -rf /run/disks/saved
	"$ORACLE" -q --zero-superblock "${DISKS[2]}"
	# nothing was left out by the user: it starts degraded
	same --assemble /dev/md/x --uuid="$uuid"
	ours 0 "started" --assemble --scan
}

@test "members that do not belong together" {
	fresh 4
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]:0:2}"
	clean_make /dev/md1 -l1 -n2 "${DISKS[@]:2:2}"
	ended
	same --assemble /dev/md0 "${DISKS[0]}" "${DISKS[2]}"
	same --assemble /dev/md0 --name=0 "${DISKS[@]}"
	rm -rf /run/disks/saved
	clean_make /dev/md1 --homehost=foo -l1 -n2 "${DISKS[@]:2:2}"
	ended
	same --assemble /dev/md0 "${DISKS[@]}"
	# in the other order too: the array that is at home is meant
	ours 0 "${DISKS[2]} misses out due to wrong homehost" --assemble /dev/md0 \
		"${DISKS[@]:2:2}" "${DISKS[@]:0:2}"
	[[ $output == *"has been started with 2 drives."* ]]
}

@test "devices that cannot be members" {
	fresh 3
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]:0:2}"
	ended
	ours 1 "cannot open" --assemble /dev/md0 "${DISKS[0]}" /dev/nonesuch
	ours 1 "is not a block device" --assemble /dev/md0 "${DISKS[0]}" /dev "${DISKS[1]}"
	truncate -s 8M file
	ours 1 "no superblock" --assemble /dev/md0 "${DISKS[0]}" "${DISKS[2]}"
	ours 1 "file" --assemble /dev/md0 ./file
	dd if="${DISKS[0]}" of=file bs=1M iflag=direct status=none
	ours 1 "./file is not a block device." --assemble /dev/md0 ./file
	ours 0 "is given twice" --assemble /dev/md0 "${DISKS[0]}" "${DISKS[0]}" "${DISKS[1]}"
	[[ $output == *"has been started with 2 drives."* ]]
	ended
	ours 1 "not identified in config file" --assemble /dev/md0
	ours 2 "" --assemble
}

@test "busy devices and names in use" {
	fresh 5
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	clean_make /dev/md5 -l1 -n2 "${DISKS[@]:2:2}"
	save
	run "$MDADM" --assemble /dev/md7 "${DISKS[@]:0:2}"
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"${DISKS[0]} is busy - skipping"*md127* ]]
	[[ $output == *"${DISKS[1]} is busy - skipping"*md127* ]]
	[ "$(arrays | wc -l)" = 2 ]
	"$ORACLE" -q --stop /dev/md5
	for name in /dev/md127 /dev/md/home; do
		run "$MDADM" --assemble "$name" "${DISKS[@]:2:2}"
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == *"$name is already in use"* ]]
	done
	# one of three members is held by somebody
	ended
	clean_make /dev/md5 -l1 -n3 "${DISKS[@]:2:3}"
	ended
	"$ORACLE" -q --build /dev/md9 -l0 -n1 --force "${DISKS[4]}"
	run "$MDADM" --assemble /dev/md7 "${DISKS[@]:2:3}"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"${DISKS[4]} is busy - skipping"* ]]
	[[ $output == *"assembled from 2 drives - need all 3 to start it (use --run to insist)."* ]]
}

@test "partitions come back when it is not assembled" {
	local disk=/dev/ubda

	fresh 1
	clean_make /dev/md0 -l0 -n2 -e 1.0 $disk "${DISKS[@]}"
	ended
	# a table in the data of the first chunk
	printf '\x00\x00\x00\x00\x83\x00\x00\x00\x40\x00\x00\x00\x00\x10\x00\x00' |
		dd of=$disk bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of=$disk bs=1 seek=510 conv=notrunc status=none
	blockdev --rereadpt $disk
	[ -e /sys/block/ubda/ubda1 ]
	run "$MDADM" --assemble --run /dev/md0 $disk
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"Not enough devices to start the array"* ]]
	[ -e /sys/block/ubda/ubda1 ]
}

@test "a name that is something else" {
	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	save
	mkdir -p /dev/md
	ln -s /dev/null /dev/md/home
	ours 1 "device /dev/md/home exists but is not an md array." --assemble /dev/md/home \
		"${DISKS[@]}"
	ln -sfn /dev/md99 /dev/md/home
	ours 0 "started" --assemble /dev/md/home "${DISKS[@]}"
	[ "$(readlink /dev/md/home)" = /dev/md127 ]
}

# joined PROGRAM ARGS...: what it makes of an array that has the disk WAITS and was not started.
joined() {
	restore
	"$ORACLE" -q --incremental "$WAITS" || :
	md_is md127 array_state inactive || return
	run "$@"
	seen=$(picture)
	said="$status
${lines[-1]-}"
	echo "$output"
	ended
}

# both_join ARGS...: the members come together, and the last line is the same.
both_join() {
	local want

	joined "$ORACLE" --assemble "$@"
	want="$said
$seen"
	joined "$MDADM" --assemble "$@"
	equal "$want" "$said
$seen"
}

@test "members join an array that has some already and was not started" {
	fresh 3
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]:0:2}"
	ended
	save
	WAITS=${DISKS[0]}
	both_join /dev/md127 "${DISKS[@]:0:2}"
	both_join /dev/md/home "${DISKS[@]:0:2}"
	both_join /dev/md5 "${DISKS[@]:0:2}"
	both_join --run /dev/md5 "${DISKS[@]:0:2}"
	both_join /dev/md127 "${DISKS[1]}"
	[[ $output == *"Merging with already-assembled /dev/md/home"* ]]
	[[ $output == *"/dev/md/home has been started with 2 drives." ]]
	both_join --readonly /dev/md127 "${DISKS[1]}"
	WAITS=${DISKS[1]}
	both_join /dev/md127 "${DISKS[@]:0:2}"
}

@test "an array that waits for members is not harmed" {
	local args

	fresh 4
	clean_make /dev/md/home -l5 -n4 "${DISKS[@]}"
	ended
	without "${DISKS[@]:0:3}"
	save
	"$ORACLE" -q --incremental "${DISKS[0]}" || :
	"$ORACLE" -q --incremental "${DISKS[3]}" || :
	unfit "${DISKS[2]}"
	save
	# too few; one of them would have to be rewritten; the driver takes only the first
	for args in "${DISKS[1]}" "${DISKS[1]} --force" "${DISKS[1]} ${DISKS[2]}"; do
		# shellcheck disable=SC2086 # words
		run "$MDADM" --assemble /dev/md127 $args
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == "mdadm: "* && $output != *"taken back"* ]]
		md_is md127 array_state inactive
		[ "$(compgen -G '/sys/block/md127/md/dev-*' | wc -l)" = 2 ]
		grep -q '^md127 ' /run/mdadm/map
		unchanged
	done
	[[ $output == *"ADD_NEW_DISK for ${DISKS[2]} failed"* ]]
}

# in_vain: the members that were to join are out again, and it is said what is not as before.
in_vain() {
	run "$MDADM" --assemble /dev/md127 "${DISKS[@]:1}"
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"RUN_ARRAY"* ]]
	md_is md127 array_state inactive
	[ "$(compgen -G '/sys/block/md127/md/dev-*')" = "/sys/block/md127/md/dev-${DISKS[0]#/dev/}" ]
	grep -q '^md127 ' /run/mdadm/map
}

# bitmaps_begin_with BYTE: b is right.
bitmaps_begin_with() {
	local disk

	for disk in "${DISKS[@]}"; do
		printf %s "$1" | dd of="$disk" bs=1 seek=8192 conv=notrunc status=none
		blockdev --flushbufs "$disk"
	done
}

@test "an array that cannot be started loses the members that joined it for that" {
	fresh 3
	clean_make /dev/md/home -l1 -n3 -b internal "${DISKS[@]}"
	ended
	bitmaps_begin_with x
	"$ORACLE" -q --incremental "${DISKS[0]}" || :
	md_is md127 array_state inactive
	in_vain
	[[ $output == *"md127 takes no more members: stop it (mdadm --stop /dev/md127), then assemble it again" ]]
	# so that nothing else is blamed by the next one
	run "$MDADM" --assemble /dev/md127 "${DISKS[@]:1}"
	echo "$output"
	[ "$status" = 1 ]
	[[ ${lines[-1]} == *"md127 could not be started and takes no more members: stop it first (mdadm --stop /dev/md127)" ]]
	ended
	# the way that it names
	bitmaps_begin_with b
	"$ORACLE" -q --incremental "${DISKS[0]}" || :
	run "$MDADM" --assemble /dev/md127 "${DISKS[@]:1}"
	echo "$output"
	[ "$status" = 0 ]
}

# without_map REASON: it is started, the reason is said once, and it is stopped in one line.
without_map() {
	run "$MDADM" --assemble /dev/md/home "${DISKS[@]}"
	echo "$output"
	[ "$status" = 0 ]
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == *"$1"* ]]
	[ "${lines[1]}" = "       going on without the map of arrays" ]
	[ "${lines[2]}" = "mdadm: /dev/md/home has been started with 2 drives." ]
	[ -b /dev/md/home ]
	run "$MDADM" --stop /dev/md/home
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = "mdadm: stopped /dev/md/home" ]
	[ -z "$(arrays)" ]
}

@test "without a usable /run/mdadm" {
	fresh 2
	clean_make /dev/md/home -l1 -n2 "${DISKS[@]}"
	ended
	mkdir elsewhere
	chmod 775 /run/mdadm
	without_map "nobody else may write to it (chown root /run/mdadm; chmod go-w /run/mdadm)"
	chmod 755 /run/mdadm
	mount -t tmpfs -o ro,mode=755 none /run/mdadm
	without_map "cannot lock /run/mdadm/map.lock: Read-only file system"
	umount /run/mdadm
	rmdir /run/mdadm
	ln -s "$PWD/elsewhere" /run/mdadm
	without_map "links are not followed (rm /run/mdadm)"
	rm /run/mdadm
	[ -z "$(compgen -G 'elsewhere/*')" ]
	: >/run/mdadm
	without_map "cannot use the directory /run/mdadm"
	rm /run/mdadm
	mkdir /run/mdadm
}

@test "quiet is quiet" {
	fresh 2
	clean_make /dev/md0 -l1 -n2 "${DISKS[@]}"
	ended
	same --assemble --quiet /dev/md0 "${DISKS[@]}"
	ours 0 "" --assemble --quiet /dev/md0 "${DISKS[@]}"
	[ -z "$output" ]
}
