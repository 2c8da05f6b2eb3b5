#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command line as a user meets it: streams, exit statuses, texts, who may do what.  With
# $ORACLE (a packaged mdadm 4.2) every wrong line gets the answer that it gives.

# shellcheck disable=SC2154 # stderr comes from bats
# shellcheck disable=SC2016 # for the inner shell

bats_require_minimum_version 1.5.0

setup() {
	root=$BATS_TEST_DIRNAME/../..
	MDADM=${MDADM:-$root/mdadm}
	[ -x "$MDADM" ] || skip "no mdadm built"
	cd "$BATS_TEST_TMPDIR" || return
}

nobody() {
	[ "$(id -u)" = 0 ] || { "$@"; return; }
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

help_pages() {
	local words

	for words in --help "--create --help" "--assemble --help" "--manage --help" \
		"--misc --help" --help-options; do
		# shellcheck disable=SC2086 # words
		"$MDADM" $words || return
	done
}

@test "--version goes to stderr in the shape that clients read" {
	run -0 --separate-stderr "$MDADM" --version
	[ -z "$output" ]
	[[ $stderr =~ ^mdadm\ -\ v[0-9]+(\.[0-9]+)*\ -\ [0-9]{4}-[0-9]{2}-[0-9]{2}$ ]]
}

@test "--help goes to stdout, for each mode" {
	local mode

	for mode in "" --create --assemble --manage --misc --detail --examine --stop --grow; do
		# shellcheck disable=SC2086 # nothing or a word
		run -0 --separate-stderr "$MDADM" $mode --help
		[[ $output == "Usage: mdadm --"* ]]
		[ -z "$stderr" ]
	done
	run -0 --separate-stderr "$MDADM" -c --help
	[[ $output == *mdadm.conf* ]]
}

@test "--build --help offers only what can be built" {
	run -0 "$MDADM" --build --help
	[[ $output == *"--level=KIND "*"linear, 0, 1, 10, multipath or faulty"* ]]
	[[ $output == *"--bitmap=WHERE "*"none, or a file"* ]]
	[[ $output != *"4, 5"* && $output != *internal* ]]
}

@test "help fits a terminal of 80 columns" {
	run -0 help_pages
	run ! grep -E '^.{81}' <<<"$output"
}

@test "every long option of the help is in the manual" {
	local option

	run -0 help_pages
	sed 's/\\f.//g; s/\\//g' "$root/mdadm.8" >manual
	while read -r option; do
		grep -qE -- "$option([^a-z0-9-]|$)" manual || { echo "$option"; false; }
	done < <(grep -oE -- '--[a-z][a-z0-9.-]+' <<<"$output" | sort -u)
}

@test "the manual is without warnings" {
	command -v groff >/dev/null || skip "no groff"
	run -0 groff -man -Tutf8 -wall -z "$root/mdadm.8"
	[ -z "$output" ]
}

@test "every exit status of the manual is one of mode.h" {
	local status

	sed -n '/^.SH EXIT/,/^.SH FILES/p' "$root/mdadm.8" >said
	while read -r status; do
		grep -qx ".B $status" said
	done < <(sed -n 's/^\tSTATUS_[A-Z_]* = \([0-9]*\),.*/\1/p' "$root/mode.h" | sort -u)
}

@test "no option and nothing to do: usage on stderr, status 2" {
	run -2 --separate-stderr "$MDADM"
	[ -z "$output" ]
	[ "$stderr" = $'Usage: mdadm --help\n  for help' ]
}

@test "complaints about words name the program as it was called" {
	ln -s "$(realpath "$MDADM")" called
	run -2 --separate-stderr ./called --nonsense
	[ "${stderr%%$'\n'*}" = "./called: unrecognized option '--nonsense'" ]
	[ "${stderr#*$'\n'}" = $'Usage: mdadm --help\n  for help' ]
}

@test "what comes later is said in one line, status 2" {
	local words

	for words in "--grow /dev/md0 --add x" "--create x --nodes=3" "--monitor --scan" \
		"/dev/md0 --cluster-confirm 1:x" "--grow x --bitmap=clustered"; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr "$MDADM" $words
		[ -z "$output" ]
		[[ $stderr == "mdadm: --"*" is not available in this version" ]]
	done
}

@test "who is not root may look, and nothing else" {
	local words

	[ "$(id -u)" = 0 ] || skip "needs root to become nobody"
	nobody test -x "$MDADM" || skip "nobody cannot reach $MDADM"
	for words in "--create x -l1 -n2 a b" "--assemble x y" "--detail --scan" "--stop x" \
		"--zero-superblock x" "-Q x -D x"; do
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr nobody "$MDADM" $words
		[ "$stderr" = "mdadm: must be super-user to perform this action" ]
	done
	for words in "--examine $PWD/no-such" "--query $PWD/no-such"; do
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr nobody "$MDADM" $words
		[[ $stderr != *super-user* ]]
	done
}

@test "a report that cannot be written is an error" {
	run -1 --separate-stderr bash -c '"$1" --help >/dev/full' - "$MDADM"
	[ "$stderr" = "mdadm: cannot write to standard output: No space left on device" ]
}

@test "who has read enough ends a report silently, unless the signal is ignored" {
	mkfifo gone
	# shellcheck disable=SC2094 # a pipe that nobody reads
	exec 7<>gone 8>gone 7<&-
	run -141 --separate-stderr bash -c 'exec env --default-signal=PIPE "$1" --help >&8' - "$MDADM"
	[ -z "$stderr" ]
	run -1 --separate-stderr bash -c 'exec env --ignore-signal=PIPE "$1" --help >&8' - "$MDADM"
	[ "$stderr" = "mdadm: cannot write to standard output: Broken pipe" ]
	exec 8>&-
}

@test "closed descriptors do no harm" {
	run -0 bash -c '"$1" --help >&- 2>&- <&-' - "$MDADM"
	run -0 bash -c '"$1" --version >&- 2>&- <&-' - "$MDADM"
	run -2 bash -c '"$1" --bogus >&- 2>&-' - "$MDADM"
}

# --- beside the packaged tool ---------------------------------------------------------------

# The first line that $1 prints for the other words, and its exit status.
first_line() {
	local program=$1 text rc=0

	shift
	text=$("$program" "$@" 2>&1 </dev/null) || rc=$?
	text=${text%%$'\n'*}
	printf '%s [%d]' "${text//"$program"/MDADM}" "$rc"
}

@test "a wrong line gets the answer of the packaged tool" {
	local bad=0 theirs ours

	[ -x "${ORACLE:-}" ] || skip "nothing to compare with"
	while read -r line; do
		read -ra words <<<"$line"
		theirs=$(first_line "$ORACLE" "${words[@]}")
		ours=$(first_line "$MDADM" "${words[@]}")
		[ "$theirs" = "$ours" ] || {
			bad=1
			printf '%s\n  theirs %s\n  ours   %s\n' "$line" "$theirs" "$ours"
		}
	done <"$BATS_TEST_DIRNAME/wrong-lines"
	[ "$bad" = 0 ]
}

@test "an abbreviation is good here when it is in the packaged tool" {
	local name i word bad=0

	[ -x "${ORACLE:-}" ] || skip "nothing to compare with"
	# every name, from its list of what --=x could be; in create mode most end at once
	for name in $("$ORACLE" --=x 2>&1 | grep -oE "'--[a-z][^']*'" | tr -d "'"); do
		for ((i = 3; i < ${#name}; i++)); do
			word=${name:0:i}
			case $("$ORACLE" --create "$word" 2>&1 </dev/null) in
			*ambiguous*|*unrecognized*) continue ;;
			esac
			case $("$MDADM" --create "$word" 2>&1 </dev/null) in
			*ambiguous*|*unrecognized*) bad=1; echo "$word" ;;
			esac
		done
	done
	[ "$bad" = 0 ]
}
