#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The configuration file beside the packaged tool; --config-check; --config-sync.

# shellcheck disable=SC2154 # stderr comes from bats
# shellcheck disable=SC2030,SC2031 # so does output

load lib
load beside
load views

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2034 # views.bash makes them
VIEWS=(config-check config-check-json dry-run dry-run-json)
NEVER_UUID=12345678:00000000:00000000:00000000

# make NAME FORMAT FIRST: a mirror of the disks FIRST and FIRST + 1.
make() {
	"$MDADM" --create "$1" --quiet --run -e "$2" -l1 -n2 --assume-clean "${DISKS[@]:$3:2}"
}

# uuid_of DEVICE: of the array that it is a member of.
uuid_of() {
	"$MDADM" --examine --export "$1" | sed -n 's/^MD_UUID=//p'
}

# checked EXIT FILE: what --config-check says of it; both forms are kept for agree.
checked() {
	N=$((N + 1))
	run -"$1" --separate-stderr "$MDADM" --config-check --json --config="$2"
	echo "$output" >config-check-json/$N.out
	run -"$1" --separate-stderr "$MDADM" --config-check --config="$2"
	echo "$output" | tee config-check/$N.out
	[ -z "$stderr" ]
	agree config-check
}

# --- the grammar ---------------------------------------------------------------------------

# What a program complains of in c.conf, without the place that we add.
complaints() {
	"$1" --examine --scan --config=c.conf 2>&1 >/dev/null |
		sed 's/ (c\.conf, line [0-9]*)$//; /No devices listed/d' || :
}

@test "complaints in the words of the packaged tool" {
	local u=uuid=$NEVER_UUID

	cat >c.conf <<-END
		DEVICE /dev/null
		DEVICE foo /dev/sd* Partitions CONTAINERS
		dev /dev/sd*
		  foo
		ARRAY /dev/md/x uuid=1:2:3 bla=5
		ARRAY /dev/md/x
		ARRAY x name=x name=y
		ARRAY x name=012345678901234567890123456789012
		ARRAY x name=.foo
		ARRAY x NAME="a b"
		ARRAY x $u metadata=7
		ARRAY x $u metadata=01.02
		ARRAY x $u metadata=1.x
		ARRAY x $u metadata=1.2 metadata=7
		ARRAY x $u super-minor=x
		ARRAY x super-minor=5 super-minor=6
		ARRAY /dev/sda $u
		ARRAY /dev/mdx $u
		ARRAY /dev/md5p1 $u
		ARRAY /dev/md_d0 $u
		ARRAY ../x $u
		ARRAY <ignore>
		ARRAY x y $u
		ARRAY x $u $u
		ARRAY x devices=/dev/a devices=/dev/b
		ARRAY x $u spare-group=a spare-group=b
		ARRAY x level=5 num-devices=3
		ARRAY x container=y
		ARRAY x container=y member=0
		ARRAY x $u bitmap=/a bitmap=/b
		ARRAY x $u symlinks=yes
		NONSENSE a b
		de /dev/x
		CREATE mode=9 mode=
		CREATE owner=no/such owner= group= group=no/such
		CREATE foo=x foo names=maybe bbl=YES auto=yes symlinks=no
		CREATE metadata=foo
		AUTO +1.2 -0 homehost -1.foo -all
		AUTO yes blurb
		AUTO +all
		AUTO -all
		POLICY foo=bar path=x type=blah action=xx
		POLICY domain
		PART-POLICY foo=a
		SYSFS name=/dev/md/x foo=bar
		SYSFS foo=bar
		SYSFS uuid=1 bar
		SYSFS name=x foo=
		SYSFS name=/dev/md/x name=/dev/md/y a=b
		SYSFS uuid=$NEVER_UUID uuid=$NEVER_UUID
		MAILADDR a b
		MAILADDR c
		MAILFROM a b
		PROGRAM /a b
		HOMEHOST a b
		HOMECLUSTER a b
		MONITORDELAY 5 6
		# comment foo
		  # foo
		"DEV"ICE 'foo bar
		DEVICE baz"
	END
	complaints "$ORACLE" >theirs
	complaints "$MDADM" >ours
	[ "$(wc -l <ours)" -gt 50 ]
	diff theirs ours
}

@test "which files are read, and in which order" {
	local tool at=/etc/mdadm/mdadm.conf

	mkdir -p $at.d /etc/mdadm.conf.d $at.d/dir.conf
	for tool in a Z .h 1; do
		echo "X-$tool x" >$at.d/$tool.conf
		echo "Y-$tool x" >/etc/mdadm.conf.d/$tool.conf
	done
	echo "X-not x" >$at.d/x.txt
	ln -s /dev/null $at.d/null.conf
	rmdir $at.d/dir.conf
	for tool in both second none; do
		rm -f $at /etc/mdadm.conf
		[ $tool != both ] || echo "X x" >$at
		[ $tool = none ] || echo "Y x" >/etc/mdadm.conf
		"$ORACLE" --detail --scan 2>theirs
		"$MDADM" --detail --scan 2>ours
		[ -s ours ]
		sed -i 's/ (.*)$//' ours
		diff theirs ours
	done
	rm -rf $at.d /etc/mdadm.conf.d
}

@test "what is no file is one line, and no wait" {
	mkdir d
	ln -s . d/self.conf
	ln -s loop.conf d/loop.conf
	ln -s a.conf d/twice.conf
	mkfifo d/fifo.conf
	ln -s /dev/zero d/zero.conf
	ln -s /dev/null d/null.conf
	truncate -s 17M d/large.conf
	echo "ARRAY x uuid=$NEVER_UUID" >d/a.conf
	run -1 --separate-stderr timeout 5 "$MDADM" --config-check --config=d
	diff - <(grep -v Problem <<<"$output") <<-END
		cannot read d/large.conf: it is larger than 16 MiB
		cannot read d/loop.conf: Too many levels of symbolic links
		cannot read d/self.conf: Is a directory
		cannot read d/zero.conf: it is a device, not a file
		d/a.conf, line 1: ARRAY x UUID=$NEVER_UUID
		  Matches : nothing
	END
	# one that is open for writing, and silent
	sleep 60 >d/fifo.conf &
	run -1 --separate-stderr timeout 10 "$MDADM" --config-check --config=d/fifo.conf
	kill $!
	[ "$output" = "cannot read d/fifo.conf: Connection timed out" ]
	# but a shell may make the file
	run -1 --separate-stderr "$MDADM" --config-check --config=<(echo "FOO x")
	[[ $output == "Unknown keyword FOO "* ]]
}

@test "ten thousand lines take no longer than they are long" {
	local began took

	awk 'BEGIN { for (i = 0; i < 10000; i++)
		printf "ARRAY /dev/md/n%d UUID=%08x:00000000:00000000:00000001\n", i, i }' >large
	began=${EPOCHREALTIME/./}
	run -1 "$MDADM" --config-check --config=large
	took=$((${EPOCHREALTIME/./} - began))
	[ "$(grep -c Matches <<<"$output")" = 10000 ]
	echo "$took us"
	((took < 10000000))
}

# --- --config-check ------------------------------------------------------------------------

@test "check: running, members, nothing, several; two lines for one; names" {
	disks 8 5M
	make /dev/md/home 1.2 0
	make /dev/md5 0.90 2
	make /dev/md/away 1.0 4
	make /dev/md/new 1.2 6
	"$MDADM" --quiet --stop /dev/md/away
	cat >c.conf <<-END
		HOMEHOST <ignore>
		ARRAY /dev/md/home UUID=$(uuid_of "${DISKS[0]}")
		ARRAY /dev/md/five super-minor=5
		ARRAY /dev/md/away name=away
	END
	checked 0 c.conf
	diff - config-check/$N.out <<-END
		c.conf, line 2: ARRAY /dev/md/home UUID=$(uuid_of "${DISKS[0]}")
		  Matches : running
		    Array : /dev/md/home
		   Member : ${DISKS[0]}
		   Member : ${DISKS[1]}
		c.conf, line 3: ARRAY /dev/md/five
		  Matches : running
		    Array : /dev/md5
		   Member : ${DISKS[2]}
		   Member : ${DISKS[3]}
		c.conf, line 4: ARRAY /dev/md/away
		  Matches : members
		   Member : ${DISKS[4]}
		   Member : ${DISKS[5]}
		No line means the array UUID=$(uuid_of "${DISKS[6]}")
		  Matches : running
		    Array : /dev/md/new
		   Member : ${DISKS[6]}
		   Member : ${DISKS[7]}
	END
	cat >c.conf <<-END
		ARRAY home UUID=$(uuid_of "${DISKS[0]}") num-devices=3
		ARRAY /dev/md/home devices=/dev/loop*
		ARRAY gone UUID=$NEVER_UUID
		ARRAY <ignore> super-minor=5
		ARRAY .x uuid=$(uuid_of "${DISKS[6]}")
		ARRAY c container=/dev/md/imsm member=0
		FOO bar
	END
	checked 1 c.conf
	grep -q "is that of /dev/md/home, but num-devices= does not agree" config-check/$N.out
	grep -q "Problem : it means more than one array: " config-check/$N.out
	grep -q "the name is also that of c.conf, line 1$" config-check/$N.out
	grep -q "the same array is meant by c.conf, line [24]: --incremental" config-check/$N.out
	grep -q "Problem : Value \".x\" cannot be set as devname" config-check/$N.out
	grep -q "Matches : nothing" config-check/$N.out
	grep -q "Matches : unknown" config-check/$N.out
	[ "$(head -n 1 config-check/$N.out)" = "Unknown keyword FOO (c.conf, line 7)" ]
}

@test "check: an array that was not started, and hostile names" {
	disks 2 5M
	make /dev/md/home 1.2 0
	printf 'ARRAY "/dev/md/a\033[1m b" uuid=%s\n' "$(uuid_of "${DISKS[0]}")" >$'c\n\tx.conf'
	checked 1 $'c\n\tx.conf'
	grep -q '^c\\x0a\\x09x.conf, line 1: ARRAY /dev/md/a\\x1b\[1m b UUID=' config-check/$N.out
	: >empty
	checked 0 empty
	"$MDADM" --quiet --stop /dev/md/home
	run -0 --separate-stderr "$MDADM" --config-check --config=empty
	[ "$output" = "There are no ARRAY lines, no arrays, and nothing to complain of." ]
	"$ORACLE" --quiet --incremental "${DISKS[0]}"
	echo "ARRAY home uuid=$(uuid_of "${DISKS[0]}")" >c.conf
	checked 0 c.conf
	[ "$(sed -n 2p <<<"$output")" = "  Matches : inactive" ]
}

# --- --config-sync -------------------------------------------------------------------------

# synced FILE: writes it, keeps both forms of the dry run for agree, and that changes nothing.
synced() {
	local before

	N=$((N + 1))
	cp -p "$1" before 2>/dev/null || :
	"$MDADM" --config-sync --config="$1" --dry-run --json >dry-run-json/$N.out 2>/dev/null
	"$MDADM" --config-sync --config="$1" --dry-run >dry-run/$N.out 2>/dev/null
	agree dry-run
	[ ! -e "$1" ] || cmp before "$1"
	run -0 --separate-stderr "$MDADM" --config-sync --config="$1"
	[ -z "$output" ]
	before=$(stat -c '%i %y' "$1")
	# again: there is nothing left to do, so not even a new file
	run -0 --separate-stderr "$MDADM" --config-sync --config="$1"
	[ "$(stat -c '%i %y' "$1")" = "$before" ]
	[ -z "$(compgen -G '.*.mdadm-new')" ]
}

@test "sync: adds, comments out, mends, and leaves every other byte" {
	local home new away

	disks 8 5M
	make /dev/md/home 1.2 0
	make /dev/md5 0.90 2
	make /dev/md/away 1.0 4
	make /dev/md/new 1.2 6
	home=$(uuid_of "${DISKS[0]}") away=$(uuid_of "${DISKS[4]}") new=$(uuid_of "${DISKS[6]}")
	"$MDADM" --quiet --stop /dev/md/away
	{
		printf '# mine\r\nDEVICE partitions\n\nARRAY /dev/md/gone # see above\n'
		printf '\t UUID=%s\n\n  # inside\n\tlevel=1\n# \xff\xfe\n' $NEVER_UUID
		printf 'ARRAY   away uuid=%s\n' "$away"
		printf 'ARRAY home UUID=%s num-devices=3 spare-group="a b"\n' "$home"
		printf 'ARRAY <ignore> UUID=%s\nFOO bar' $NEVER_UUID
	} >c.conf
	chmod 640 c.conf
	chown 7:8 c.conf
	synced c.conf
	{
		printf '# mine\r\nDEVICE partitions\n\n# mdadm --config-sync found no such array:\n'
		printf '#ARRAY /dev/md/gone # see above\n'
		printf '#\t UUID=%s\n\n  # inside\n#\tlevel=1\n# \xff\xfe\n' $NEVER_UUID
		printf 'ARRAY   away uuid=%s\n' "$away"
		printf '# mdadm --config-sync: this did not agree with the array, which has a new '
		printf 'line below:\n'
		printf '#ARRAY home UUID=%s num-devices=3 spare-group="a b"\n' "$home"
		printf 'ARRAY home metadata=1.2 UUID=%s spare-group="a b"\n' "$home"
		printf 'ARRAY <ignore> UUID=%s\n' $NEVER_UUID
		printf 'ARRAY /dev/md/new metadata=1.2 UUID=%s\n' "$new"
		printf 'ARRAY /dev/md5 metadata=0.90 UUID=%s\n' "$(uuid_of "${DISKS[2]}")"
		printf 'FOO bar'
	} >want
	sort want >want.sorted
	sort c.conf | diff want.sorted -
	[ "$(stat -c '%a %u %g' c.conf)" = "640 7 8" ]
	checked 1 c.conf
	[ "$(grep -c 'Matches : running' <<<"$output")" = 3 ]
}

@test "sync: a new file, a link to it, the default one and its directory" {
	disks 4 5M
	make /dev/md/home 1.2 0
	synced new.conf
	[ "$(<new.conf)" = "ARRAY /dev/md/home metadata=1.2 UUID=$(uuid_of "${DISKS[0]}")" ]
	[ "$(stat -c '%a %u' new.conf)" = "644 0" ]
	mkdir sub
	: >sub/real
	chmod 600 sub/real
	ln -s ../link2 sub/link1
	ln -s "$PWD/sub/real" link2
	synced sub/link1
	cmp new.conf sub/real
	[ -L sub/link1 ]
	[ -L link2 ]
	[ "$(stat -c %a sub/real)" = 600 ]
	# what another file of the configuration says need not be said again
	mkdir -p /etc/mdadm/mdadm.conf.d
	make /dev/md/other 1.2 2
	cp new.conf /etc/mdadm/mdadm.conf.d/x.conf
	echo "ARRAY gone uuid=$NEVER_UUID" >>/etc/mdadm/mdadm.conf.d/x.conf
	run -0 --separate-stderr "$MDADM" --config-sync
	[[ $stderr == *"mdadm.conf.d/x.conf, line 2 means no array that is here"* ]]
	[ "$(</etc/mdadm/mdadm.conf)" = \
		"ARRAY /dev/md/other metadata=1.2 UUID=$(uuid_of "${DISKS[2]}")" ]
	[ "$(wc -l </etc/mdadm/mdadm.conf.d/x.conf)" = 2 ]
}

# refused SENTENCE FILE: and nothing is changed.
refused() {
	run -1 --separate-stderr timeout 10 "$MDADM" --config-sync --config="$2"
	echo "$stderr"
	[[ $stderr == *"$1"* ]]
	[ -z "$output" ]
}

@test "sync: what it does not follow or write" {
	disks 2 5M
	make /dev/md/home 1.2 0
	mkdir -m 1777 public
	echo secret >target
	ln -s "$PWD/target" public/planted
	chown -h 1234 public/planted
	refused "a symbolic link that user 1234 has made: not followed" public/planted
	ln -s "$PWD" public/way
	chown -h 1234 public/way
	refused "a symbolic link that user 1234 has made: not followed" public/way/target
	[ "$(<target)" = secret ]
	# what would be the new file is planted
	ln -s "$PWD/target" public/.c.conf.mdadm-new
	: >public/c.conf
	"$MDADM" --quiet --config-sync --config=public/c.conf
	[ "$(<target)" = secret ]
	[ -s public/c.conf ]
	[ ! -L public/c.conf ]
	[ ! -e public/.c.conf.mdadm-new ]
	ln -s loop loop
	refused "too many symbolic links" loop
	mkfifo fifo
	refused "is no regular file" fifo
	refused "is no regular file" /dev/null
	refused "is a directory" public
	refused "is a directory" public/.
	refused "name it by --config=FILE" none
	refused "cannot open the directory of no/such: No such file or directory" no/such
	refused "cannot open the directory of target/x: Not a directory" target/x
}

@test "sync: no room, no right to write: the old file stays" {
	disks 2 5M
	make /dev/md/home 1.2 0
	mkdir small
	mount -t tmpfs -o size=4k none small
	echo "# mine" >small/c.conf
	refused "cannot write $PWD/small/c.conf: No space left on device" small/c.conf
	[ "$(<small/c.conf)" = "# mine" ]
	[ "$(ls -A small)" = c.conf ]
	mount -o remount,ro,size=1m small
	refused "cannot write $PWD/small/c.conf: Read-only file system" small/c.conf
	umount small
}

@test "sync: killed, or failing, at every system call: the old file or the new one" {
	local how n calls rc old new is inject=${INJECT:-$BATS_TEST_DIRNAME/../../build/tools/inject}

	disks 2 5M
	make /dev/md/home 1.2 0
	echo "# mine" >old
	cp old c.conf
	"$inject" -l list -- "$MDADM" --quiet --config-sync --config=c.conf
	slurp old old
	slurp new c.conf
	calls=$(wc -l <list)
	cat list
	((calls >= 6))
	for how in -k "-e EIO"; do
		for ((n = 1; n <= calls; n++)); do
			echo "# mine" >c.conf
			rc=0
			# shellcheck disable=SC2086 # words
			"$inject" -n $n $how -- "$MDADM" --quiet --config-sync --config=c.conf \
				2>said || rc=$?
			slurp is c.conf
			if [ "$rc" = 0 ] || [ "$is" != "$old" ]; then
				[ "$is" = "$new" ]
			fi
			"$MDADM" --quiet --config-sync --config=c.conf
			slurp is c.conf
			[ "$is" = "$new" ]
			[ -z "$(compgen -G '.*.mdadm-new')" ]
		done
	done
}

@test "sync: eight at once, each line once" {
	local i pids=()

	disks 4 5M
	make /dev/md/home 1.2 0
	make /dev/md/other 1.2 2
	echo "# mine" >c.conf
	for ((i = 0; i < 8; i++)); do
		"$MDADM" --quiet --config-sync --config=c.conf &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	[ "$(grep -c ^ARRAY c.conf)" = 2 ]
	[ "$(wc -l <c.conf)" = 3 ]
}

@test "sync: names that cannot be, and names that are taken" {
	disks 6 5M
	make /dev/md/home 1.2 0
	"$MDADM" -C /dev/md11 --quiet --run -e 1.2 -l1 -n2 --assume-clean -N 'a b"c' "${DISKS[@]:2:2}"
	"$MDADM" -C /dev/md12 --quiet --run -e 1.2 -l1 -n2 --assume-clean -N home "${DISKS[@]:4:2}"
	synced c.conf
	run -0 "$MDADM" --config-check --config=c.conf
	[ "$(grep -c 'Matches : running' <<<"$output")" = 3 ]
	# each has a line, and one of the two that are called home the name
	grep -q '^ARRAY /dev/md/home ' c.conf
	[ "$(awk '{ print $2 }' c.conf | sort | uniq -d)" = "" ]
}

@test "sync: the line of an array whose devices cannot be read stays" {
	load proof
	printf 'DEVICE /dev/mapper/sick\nARRAY /dev/md/there UUID=%s\n' $NEVER_UUID >c.conf
	cp c.conf before
	mapper sick 16384 error
	run -0 --separate-stderr "$MDADM" --config-sync --config=c.conf
	[[ $stderr == *"line 2 stays: "*"/dev/mapper/sick could not be read"* ]]
	cmp before c.conf
	run -1 "$MDADM" --config-check --config=c.conf
	[[ $output == *"/dev/mapper/sick could not be read"* ]]
	no_mappers
	# gone, it is no reason any more
	"$MDADM" --quiet --config-sync --config=c.conf
	grep -q '^#ARRAY' c.conf
}
