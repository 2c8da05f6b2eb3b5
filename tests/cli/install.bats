#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What `make install` puts where, and whether udev, systemd, dracut, initramfs-tools and the shells
# can do with it what they do with the packaged files.

# shellcheck disable=SC2154 # stderr comes from bats
# shellcheck disable=SC2030,SC2031 # tests are subshells

bats_require_minimum_version 1.5.0

setup_file() {
	root=$(realpath "$BATS_TEST_DIRNAME/../..")
	export root TREE=$BATS_FILE_TMPDIR/tree
	[ -x "$root/mdadm" ] || skip "no mdadm built"
	env -u MAKEFLAGS -u MFLAGS -u MDADM make -s -C "$root" install "DESTDIR=$TREE"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "each file lies where the packaged one does" {
	(cd "$TREE" && find . ! -type d -printf '%m %P%P\n' | sed -E 's/^([0-9]+) (.*)\2$/\1 \2/' | sort -k2) >files
	grep -v 'man5/mdadm.conf.5' files | diff - <(cat <<-'END'
		644 lib/modprobe.d/mdadm.conf
		777 lib/systemd/system-shutdown/mdadm.shutdown
		644 lib/systemd/system/mdadm-grow-continue@.service
		644 lib/systemd/system/mdadm-last-resort@.service
		644 lib/systemd/system/mdadm-last-resort@.timer
		644 lib/systemd/system/mdadm-scrub-continue.service
		644 lib/systemd/system/mdadm-scrub-continue.timer
		644 lib/systemd/system/mdadm-scrub.service
		644 lib/systemd/system/mdadm-scrub.timer
		644 lib/systemd/system/mdmonitor-oneshot.service
		644 lib/systemd/system/mdmonitor-oneshot.timer
		644 lib/systemd/system/mdmonitor.service
		644 lib/udev/rules.d/01-md-raid-creating.rules
		644 lib/udev/rules.d/63-md-raid-arrays.rules
		644 lib/udev/rules.d/64-md-raid-assembly.rules
		755 sbin/mdadm
		644 usr/lib/tmpfiles.d/mdadm.conf
		644 usr/share/bash-completion/completions/mdadm
		755 usr/share/initramfs-tools/hooks/mdadm
		755 usr/share/initramfs-tools/scripts/local-block/mdadm
		755 usr/share/initramfs-tools/scripts/local-bottom/mdadm
		644 usr/share/man/man8/mdadm.8
		644 usr/share/mdadm/mdadm-report.schema.json
		644 usr/share/zsh/vendor-completions/_mdadm
	END
	)
	[ -e "$root/mdadm.conf.5" ] || return 0
	grep -qx '644 usr/share/man/man5/mdadm.conf.5' files
}

@test "every directory can be chosen, and what is called is called there" {
	env -u MAKEFLAGS -u MFLAGS make -s -j2 -C "$root" install "DESTDIR=$PWD/other" PREFIX=/opt/md SBINDIR=/opt/md/bin \
		UDEVDIR=/u SYSTEMDDIR=/s SHUTDOWNDIR=/d TMPFILESDIR=/t MODPROBEDIR=/m INITRAMFSDIR=/i BASHDIR=/b ZSHDIR=/z
	[ "$(cd other && echo *)" = "b d i m opt s t u z" ]
	run ! grep -rn '[ "]/sbin/mdadm' other/u other/s other/i
	grep -q '"/opt/md/bin/mdadm --incremental' other/u/64-md-raid-assembly.rules
	[ "$(readlink other/d/mdadm.shutdown)" = /opt/md/bin/mdadm ]
}

# --- udev ------------------------------------------------------------------------------------

# The words after the equals sign of the programs that the rules file $1 calls.
calls() {
	grep -oE '(IMPORT\{program\}|RUN\+)="[^"]*"|RUN\+="[^"]*"' "$1" | cut -d= -f2- | sort -u
}

@test "the rules call the program with the words of the packaged rules" {
	local rules oracle

	[ -n "${ORACLE:-}" ] || skip "no packaged rules to compare with"
	oracle=${ORACLE%/sbin/mdadm}/lib/udev/rules.d
	for rules in 63-md-raid-arrays 64-md-raid-assembly; do
		calls "$oracle/$rules.rules" | grep mdadm >theirs
		diff theirs <(calls "$TREE/lib/udev/rules.d/$rules.rules")
	done
}

@test "udev reads the rules without a complaint" {
	command -v linux.uml >/dev/null || skip "no guest"
	# shellcheck disable=SC2016 # for the shell in the guest
	run -0 "$root/tests/guest" -d 1:16M -r "$TREE/lib/udev/rules.d" -- sh -c '
		udevadm test --action=add /sys/block/ubda 2>&1'
	grep -q 'Reading rules file: /run/udev/rules.d/01-md-raid-creating.rules' <<<"$output"
	grep -q 'Reading rules file: /run/udev/rules.d/63-md-raid-arrays.rules' <<<"$output"
	grep -q 'Reading rules file: /run/udev/rules.d/64-md-raid-assembly.rules' <<<"$output"
	run ! grep -E '/(01|63|64)-md-raid[^ ]*:[0-9]+' <<<"$output"
}

@test "dracut's expression removes the one line with which udev assembles" {
	cp "$TREE/lib/udev/rules.d/64-md-raid-assembly.rules" rules
	# the expression of dracut's module mdraid
	# shellcheck disable=SC2016 # it is sed's
	sed -i -r -e '/(RUN|IMPORT\{program\})\+?="[[:alpha:]/]*mdadm[[:blank:]]+(--incremental|-I)[[:blank:]]+(--export )?(\$env\{DEVNAME\}|\$tempnode|\$devnode)/d' \
		rules
	diff "$TREE/lib/udev/rules.d/64-md-raid-assembly.rules" rules >difference || :
	[ "$(grep -c '^[<>]' difference)" = 1 ]
	grep -q '^< ACTION=="add|change", IMPORT{program}="/sbin/mdadm --incremental' difference
}

# --- systemd ---------------------------------------------------------------------------------

@test "systemd finds no fault in the units" {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
	mkdir -p units
	cp "$TREE"/lib/systemd/system/* units/
	# the program is not where the units say it is
	sed -i "s|/sbin/mdadm|$TREE/sbin/mdadm|" units/*
	ln -s mdadm-last-resort@.timer units/mdadm-last-resort@md0.timer
	ln -s mdadm-last-resort@.service units/mdadm-last-resort@md0.service
	ln -s mdadm-grow-continue@.service units/mdadm-grow-continue@md0.service
	run -0 --separate-stderr env "SYSTEMD_UNIT_PATH=$PWD/units:" systemd-analyze verify --man=no \
		units/mdmonitor.service units/mdmonitor-oneshot.service units/mdmonitor-oneshot.timer \
		units/mdadm-last-resort@md0.timer units/mdadm-last-resort@md0.service \
		units/mdadm-grow-continue@md0.service units/mdadm-scrub.timer units/mdadm-scrub.service \
		units/mdadm-scrub-continue.timer units/mdadm-scrub-continue.service
	# KillMode=none is discouraged, and meant
	run ! grep -E "$PWD/units/" <<<"$(grep -v KillMode=none <<<"$stderr")"
}

@test "the directory of the map is made as the program makes it" {
	command -v systemd-tmpfiles >/dev/null || skip "no systemd-tmpfiles"
	mkdir -p image/run image/etc image/usr/lib/tmpfiles.d
	echo root:x:0:0::/: >image/etc/passwd
	echo root:x:0: >image/etc/group
	cp "$TREE/usr/lib/tmpfiles.d/mdadm.conf" image/usr/lib/tmpfiles.d/
	run -0 systemd-tmpfiles --create --root="$PWD/image" mdadm.conf
	[ "$(stat -c %a:%u image/run/mdadm)" = 755:0 ]
}

@test "called by systemd at the shutdown it waits for arrays to be clean" {
	ln -s "$TREE/sbin/mdadm" mdadm.shutdown
	run "$TREE/sbin/mdadm" --wait-clean --scan
	expected=$status:$output
	run ./mdadm.shutdown poweroff
	[ "$status:$output" = "$expected" ]
}

# --- initramfs-tools -------------------------------------------------------------------------

@test "the scripts tell initramfs-tools what they depend on, and do nothing else then" {
	local script

	for script in hooks/mdadm scripts/local-block/mdadm scripts/local-bottom/mdadm; do
		run -0 env -i /bin/sh "$TREE/usr/share/initramfs-tools/$script" prereqs
		case $script in
		hooks/*) [ "$output" = udev ] ;;
		*local-block*) [ "$output" = multipath ] ;;
		*) [ -z "$output" ] ;;
		esac
	done
}

# What the hook makes of the configuration below ROOT.
hook_config() { # ROOT
	local at

	at=$TREE/usr/share/initramfs-tools/hooks/mdadm
	{
		echo "DESTDIR=$1/image conf=$1/image/etc/mdadm/mdadm.conf"
		sed -n '/^join_files()/,/^}/p; /^copy_config()/,/^}/p' "$at" |
			sed "s|=/etc/|=$1/etc/|g; s|-f /etc/|-f $1/etc/|g"
		echo copy_config
	} >"$1/hook"
	/bin/sh -eu "$1/hook"
	grep . "$1/image/etc/mdadm/mdadm.conf"
}

@test "the hook keeps configuration files apart, and takes the directory without the file" {
	local root=$BATS_TEST_TMPDIR/root

	mkdir -p "$root/etc/mdadm/mdadm.conf.d" "$root/etc/mdadm.conf.d"
	printf 'AUTO -all' >"$root/etc/mdadm/mdadm.conf.d/a.conf"
	[ "$(hook_config "$root")" = "AUTO -all" ]
	printf 'MAILADDR root' >"$root/etc/mdadm/mdadm.conf"
	[ "$(hook_config "$root")" = $'MAILADDR root\nAUTO -all' ]
	# what is added behind them begins a line of its own
	[ -z "$(tail -c 1 "$root/image/etc/mdadm/mdadm.conf")" ]
	rm "$root/etc/mdadm/mdadm.conf"
	printf 'MAILADDR two' >"$root/etc/mdadm.conf"
	printf 'PROGRAM /x' >"$root/etc/mdadm.conf.d/b.conf"
	[ "$(hook_config "$root")" = $'MAILADDR two\nPROGRAM /x' ]
}

# What the hook makes of the lines for a place without names of hosts and users.
adapted() { # HOST LINE...
	local root=$BATS_TEST_TMPDIR/adapted

	mkdir -p "$root"
	echo "$1" >"$root/hostname"
	printf '%s\n' "${@:2}" >"$root/conf"
	{
		echo "conf=$root/conf"
		sed -n '/^adapt_config()/,/^}/p' "$TREE/usr/share/initramfs-tools/hooks/mdadm" |
			sed "s|/etc/hostname|$root/hostname|g"
		echo adapt_config
	} >"$root/hook"
	/bin/sh -eu "$root/hook"
	cat "$root/conf"
	[ "$(ls "$root")" = $'conf\nhook\nhostname' ]
}

@test "the hook adapts whole entries: the host's name is written in, names of users go, the rest stays" {
	run -0 adapted here 'ARRAY /dev/md/t UUID=1:2:3:4' 'CREATE owner=root group=disk' $'\tmode=0660 names=yes' \
		'   metadata=1.2 GROUP=staff bbl=no'
	[ "$output" = $'ARRAY /dev/md/t UUID=1:2:3:4\nCREATE\n\tmode=0660 names=yes\n   metadata=1.2 bbl=no\nHOMEHOST here' ]
	run -0 adapted here 'HOMEHOST' '# a word of its own' ' <system>' 'create owner=0 group=6 names=yes'
	[ "$output" = $'HOMEHOST\n# a word of its own\n here\ncreate owner=0 group=6 names=yes' ]
	run -0 adapted here 'homehost <ignore>' 'ARRAY <system> owner=root'
	[ "$output" = $'homehost <ignore>\nARRAY <system> owner=root' ]
	run -0 adapted 'no name' 'HOMEHOST <system>'
	[ "$output" = 'HOMEHOST <system>' ]
}

@test "the hook copies the program to where the rules call it" {
	run -0 grep '^copy_exec .*mdadm' "$TREE/usr/share/initramfs-tools/hooks/mdadm"
	[ "$output" = 'copy_exec /sbin/mdadm /sbin/mdadm' ]
	sed 's|/sbin/mdadm|/opt/sbin/mdadm|g' "$BATS_TEST_DIRNAME/../../initramfs/hook" |
		grep -qx 'copy_exec /opt/sbin/mdadm /opt/sbin/mdadm'
}

# local-block in a root of its own, with programs that note how they were called.
local_block() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -c '
		mount -t tmpfs tmpfs /run && mkdir -p /run/scripts /run/bin
		echo "wait_for_udev() { echo wait_for_udev \"\$@\" >>\"$0/calls\"; }" >/run/scripts/functions
		for name in mdadm udevadm; do
			printf "#!/bin/sh\necho $name \"\$@\" >>$0/calls\n" >/run/bin/$name
			chmod +x /run/bin/$name
		done
		sed "s|/scripts/functions|/run&|" "$1" >/run/local-block
		export PATH=/run/bin:$PATH
		i=0
		while [ "$i" -lt "$2" ]; do sh /run/local-block && i=$((i + 1)); done
	' "$PWD" "$TREE/usr/share/initramfs-tools/scripts/local-block/mdadm" "$1"
}

@test "local-block starts what is complete, and at two thirds of the time the rest" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	local_block 19
	[ "$(head -n 2 calls)" = $'udevadm trigger --action=add --subsystem-match=block\nwait_for_udev 10' ]
	[ "$(grep -c '^mdadm -q --assemble --scan --no-degraded$' calls)" = 19 ]
	run ! grep -E -- ' --run' calls
	rm calls
	local_block 20
	[ "$(tail -n 1 calls)" = "mdadm -q --assemble --scan --run" ]
	[[ $(tail -n 2 calls | head -n 1) == "mdadm -q --run /dev/md"* ]]
	rm calls
	ROOTDELAY=90 local_block 59
	run ! grep -E -- ' --run' calls
}

# --- completion ------------------------------------------------------------------------------

# What bash offers for the words $@, the last of which is being written.
bash_offers() {
	# shellcheck disable=SC2016 # for the inner shell
	bash --norc -c '
		. "$1"
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_mdadm
		printf "%s\n" "${COMPREPLY[@]}"
	' - "$TREE/usr/share/bash-completion/completions/mdadm" "$@"
}

# Long options of options.def that work in a mode, as the help pages have them.
help_options() {
	"$root/mdadm" "--$1" --help | grep -oE '^ +(-., )?--[a-z][a-z0-9-]*' | grep -oE -- '--.*' | sort -u
}

@test "bash: the options of a mode are those of its help" {
	local mode

	for mode in create assemble manage misc; do
		bash_offers mdadm --$mode -- | sed 's/=$//' | sort -u >offered
		help_options $mode >helped
		comm -23 helped offered >lacking
		[ ! -s lacking ]
	done
	run ! grep -qx -- --create offered
	grep -qx -- --detail offered
}

@test "bash: before a mode is known the modes are offered, and no option of one" {
	bash_offers mdadm -- >offered
	grep -qx -- --create offered
	grep -qx -- --detail offered
	run ! grep -q -- --raid-devices offered
	run ! grep -qx -- --monitor offered
}

@test "bash: values, attached and apart; the mode by its letter" {
	[ "$(bash_offers mdadm -C x --level = 1 | paste -sd' ')" = "1 10" ]
	[ "$(bash_offers mdadm -C x --level = | paste -sd' ')" = "linear 0 1 4 5 6 10" ]
	[ "$(bash_offers mdadm -C x -l '' | paste -sd' ')" = "linear 0 1 4 5 6 10" ]
	[ "$(bash_offers mdadm --build x --level = | paste -sd' ')" = "linear 0 1 10 multipath faulty" ]
	[ "$(bash_offers mdadm --create x --bitmap i)" = internal ]
	[ "$(bash_offers mdadm --create x -l1 -n2 --raid-d)" = $'--raid-devices=\n--raid-disks=' ]
}

# The program gets past the words $@, to the device that is not there.
takes() {
	run -2 "$root/mdadm" --create x "$@" --dry-run no-such a b c
	[ "$output" = "mdadm: cannot open no-such: No such file or directory" ]
}

@test "every word that is offered as a value is one that the program takes" {
	local word n=0

	for word in $(bash_offers mdadm --create x --level =); do
		takes --level "$word" -n4
	done
	for word in $(bash_offers mdadm --create x --metadata =); do
		takes --level 1 -n4 --metadata "$word"
	done
	for word in $(bash_offers mdadm --create x --bitmap =); do
		takes --level 1 -n4 --bitmap "$word"
	done
	for word in $(bash_offers mdadm --wait x --for =); do
		run -2 "$root/mdadm" --wait --for="$word" no-such
		[ "$output" = "mdadm: error opening no-such: No such file or directory" ]
		n=$((n + 1))
	done
	[ "$n" = 3 ]
	n=0
	for word in $(bash_offers mdadm --create x --consistency-policy =); do
		case $word in
		bitmap) takes --level 1 -n4 --bitmap internal --consistency-policy "$word" ;;
		ppl) takes --level 5 -n4 --consistency-policy "$word" ;;
		journal) takes --level 5 -n4 --consistency-policy "$word" --write-journal d ;;
		*) takes --level 1 -n4 --consistency-policy "$word" ;;
		esac
	done
	for word in $(bash_offers mdadm --create x --layout =); do
		case $word in
		?2) takes --level 10 -n4 --layout "$word" ;;
		*) takes --level 5 -n4 --layout "$word" ;;
		esac
		n=$((n + 1))
	done
	[ "$n" = 7 ]
}

@test "bash: an image is offered to be examined no more than a directory is left out" {
	mkdir directory
	: >image
	[ "$(bash_offers mdadm --examine ./)" = ./directory/ ]
	[ "$(bash_offers mdadm --undo ./ | sort)" = $'./directory/\n./image' ]
}

# What zsh offers for the words $2...; compadd is replaced by one that prints.
zsh_offers() {
	# shellcheck disable=SC2016 # for the inner shell
	zsh -f -c '
		_describe() { shift 2; for name; do case $name in --|-S|=) ;; *) print -l -- ${${(P)name}%%:*}; esac; done; }
		compset() { :; }
		compadd() { [[ $1 != -a ]] || { print -l ${(P)2}; return; }; [[ $1 != -- ]] || shift; print -l -- "$@"; }
		_files() { print files "$@"; }
		words=("${@[2,-1]}") CURRENT=$(($# - 1))
		file=$1
		set --
		. $file
	' - "$TREE/usr/share/zsh/vendor-completions/_mdadm" "$@"
}

@test "zsh: options, values and modes as in bash" {
	local mode

	command -v zsh >/dev/null || skip "no zsh"
	zsh -n "$TREE/usr/share/zsh/vendor-completions/_mdadm"
	for mode in create assemble manage misc; do
		bash_offers mdadm --$mode -- | sed 's/=$//' | sort -u >bash
		zsh_offers mdadm --$mode -- | sort -u | diff bash -
	done
	zsh_offers mdadm -- | sort -u | diff <(bash_offers mdadm -- | sed 's/=$//' | sort -u) -
	[ "$(zsh_offers mdadm -C x --level= | paste -sd' ')" = "linear 0 1 4 5 6 10" ]
	[ "$(zsh_offers mdadm -C x -l '' | paste -sd' ')" = "linear 0 1 4 5 6 10" ]
	[[ $(zsh_offers mdadm --examine '') == files* ]]
}
