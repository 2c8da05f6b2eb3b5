#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reports on every image of tests/tools/mkimage.c: good members and members with one defect
# each.  Whatever is on a disk, a report has the lines, keys and words of that of a good image,
# in printable ASCII, or there is one sentence and exit status 1.
#
#   tests/image/reports   labels, keys and words that a defect takes away (-) or adds (+)
#   tests/image/refusals  what --examine says instead of a report
#
# `IMAGE_ACCEPT=1 bats tests/cli/image.bats` writes both anew; read the difference.

# shellcheck disable=SC2154 # stderr comes from bats
# shellcheck disable=SC2016 # for the inner shell
# shellcheck disable=SC2030,SC2031 # each test is a process

bats_require_minimum_version 1.5.0

VIEWS="examine export brief words query"   # one process for each image
JSON="examine-json query-json scan-json"   # the same
SUMS="verbose scan"                        # one process for all

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	export ROOT=$PWD TZ=UTC LC_ALL=C
	export MDADM=${MDADM:-$PWD/mdadm} HERE=$BATS_FILE_TMPDIR
	env -u MAKEFLAGS -u MFLAGS make -s mdadm.asan
	export ASAN=${ASAN:-$PWD/mdadm.asan}
	"${CC:-gcc}" -std=gnu11 -O1 -o "$HERE/mkimage" tests/tools/mkimage.c
	mkdir "$HERE/images" "$HERE/out"
	"$HERE/mkimage" all "$HERE/images"
	"$HERE/mkimage" list >"$HERE/list"
	: >"$HERE/empty.conf"
	cd "$HERE/images" || return
	look_at_all
}

setup() {
	cd "$HERE/images" || return
	mapfile -t IMAGES <"$HERE/list"
}

# view_options VIEW: what is given to mdadm for it, in the array OPTIONS.
view_options() {
	case $1 in
	examine) OPTIONS=(--examine) ;;
	verbose) OPTIONS=(--examine -v) ;;
	export) OPTIONS=(--examine --export) ;;
	brief) OPTIONS=(--examine --brief) ;;
	words) OPTIONS=(--examine --brief -v) ;;
	scan) OPTIONS=(--examine --scan) ;;
	query) OPTIONS=(--query) ;;
	examine-json) OPTIONS=(--examine --json) ;;
	query-json) OPTIONS=(--query --json) ;;
	scan-json) OPTIONS=(--examine --brief --json) ;;
	esac
	OPTIONS+=(-c "$HERE/empty.conf" --homehost=other)
}

# One process for each image and view: out/VIEW/IMAGE.out, .err; out/VIEW.rc has all statuses.
look_at_all() {
	local view name rc

	mapfile -t names <"$HERE/list"
	for view in $VIEWS $JSON; do
		mkdir "$HERE/out/$view"
		view_options "$view"
		for name in "${names[@]}"; do
			rc=0
			"$MDADM" "${OPTIONS[@]}" "$name" >"$HERE/out/$view/$name.out" \
				2>"$HERE/out/$view/$name.err" || rc=$?
			echo "$name $rc"
		done >"$HERE/out/$view.rc"
	done
}

# none COMMAND...: it prints nothing; shows what it printed.
none() {
	local found

	found=$("$@" || :)
	[ -z "$found" ] || { head -n 20 <<<"$found"; return 1; }
}

# The same as what is kept in tests/image/$1?
as_kept() {
	if [ -n "${IMAGE_ACCEPT:-}" ]; then
		{ sed -n '/^#/p' "$ROOT/tests/image/$1" && cat; } >"$HERE/new"
		cat "$HERE/new" >"$ROOT/tests/image/$1"
	else
		diff <(grep -v '^#' "$ROOT/tests/image/$1") -
	fi
}

# --- what a report is made of, one item a line: NAME ITEM ----------------------------------

# Labels of the lines; rows of a table, blank and other lines count as such.
examine_items() {
	awk 'FNR == 1 { name = FILENAME; sub(/.*\//, "", name); sub(/\.out$/, "", name); next }
		/^ *[A-Z][A-Za-z'"'"' ]* : / || /^ *[A-Z][A-Za-z'"'"' ]* :$/ {
			label = $0; sub(/ :.*/, "", label); sub(/^ */, "", label)
			gsub(/ /, "_", label); print name, label; next }
		/^WARNING Array state is inconsistent/ { print name, "warning"; next }
		/^( [0-9]+:([0-9]+|-))+$/ { print name, "numbers"; next }
		/^$/ { print name, "blank"; next }
		/^      Number   Major   Minor   RaidDevice State$/ { print name, "header"; next }
		/^(this|[ 0-9][ 0-9][ 0-9][ 0-9]) *[0-9]+ +[0-9]+ +[0-9]+ +(-|-?[0-9]+) / {
			print name, "row"; next }
		{ print name, "UNEXPECTED:" $0 }' "$HERE"/out/examine/*.out
}

export_items() {
	awk 'FNR == 1 { name = FILENAME; sub(/.*\//, "", name); sub(/\.out$/, "", name) }
		{ key = $0; sub(/=.*/, "", key); print name, key }' "$HERE"/out/export/*.out
}

# Words of the ARRAY line and the line below it: a key, or the path.
brief_items() {
	awk 'FNR == 1 { name = FILENAME; sub(/.*\//, "", name); sub(/\.out$/, "", name) }
		FNR > 1 { print name, "line" }
		{ for (i = 1; i <= NF; i++) { word = $i
			if (word ~ /^\/dev\/md\/[^\/]+$/) word = "/dev/md/NAME"
			else if (word ~ /^\/dev\/md[0-9]+$/) word = "/dev/mdN"
			else sub(/=.*/, "=", word)
			print name, word } }' "$HERE"/out/words/*.out
}

# The items of stdin that differ from those of the good image: NAME: -ITEM +ITEM ...
differences() {
	awk -v list="$HERE/list" '
		function base(name,   n, part) {
			n = split(name, part, "-")
			return part[1] "-" part[2] (n > 2 && part[3] == "bitmap" ? "-bitmap" : "")
		}
		{ count[$1 " " $2]++; item[$2] = 1; seen[$1] = 1; of[$1] = of[$1] " " $2 }
		END {
			while ((getline name < list) > 0) {
				if (!(name in seen) || of[name] == of[base(name)])
					continue
				line = ""
				n = split(of[base(name)] of[name], word, " ")
				split("", done)
				for (i = 1; i <= n; i++) {
					w = word[i]
					if (w in done) continue
					done[w] = 1
					d = count[name " " w] - count[base(name) " " w]
					if (d) line = line " " (d > 0 ? "+" : "-") w \
						(d > 1 ? "*" d : d < -1 ? "*" (-d) : "")
				}
				print name ":" (line == "" ? " other order" : line)
			}
		}'
}

all_differences() {
	examine_items | differences | sed 's/^/examine /'
	export_items | differences | sed 's/^/export  /'
	brief_items | differences | sed 's/^/brief   /'
}

refusals() {
	local name

	for name in "${IMAGES[@]}"; do
		[ ! -s "$HERE/out/examine/$name.err" ] ||
			sed "s/^/$name: /; s/ $name\( \|\.$\)/ D\1/" "$HERE/out/examine/$name.err"
	done
}

# --- tests ---------------------------------------------------------------------------------

@test "no report has a byte that is not printable ASCII" {
	none grep -rlP '[^ -~]' "$HERE/out"
}

@test "a report and status 0, or one sentence that names the image and status 1" {
	local view name rc text

	for view in examine export; do
		while read -r name rc; do
			text=$(<"$HERE/out/$view/$name.err")
			case $rc in
			0) [ -s "$HERE/out/$view/$name.out" ] && [ -z "$text" ] ;;
			1) [ ! -s "$HERE/out/$view/$name.out" ] && [[ $text == "mdadm: "*"$name"* ]] &&
				[[ $text != *$'\n'* ]] ;;
			*) false ;;
			esac || { echo "$view $name: $rc"; cat "$HERE/out/$view/$name".*; return 1; }
		done <"$HERE/out/$view.rc"
	done
	cmp "$HERE/out/examine.rc" "$HERE/out/export.rc"
}

@test "each refusal of --examine is the known one" {
	refusals | as_kept refusals
}

@test "labels, keys and words are those of a good image, or the known ones" {
	none grep -rh UNEXPECTED <(examine_items)
	all_differences | as_kept reports
}

@test "good images are reported, with a right checksum" {
	local name n=0

	for name in "${IMAGES[@]}"; do
		[[ $name =~ ^[^-]*-[a-z0-9]*(-bitmap)?$ ]] || continue
		grep -q 'Checksum : [0-9a-f]* - correct$' "$HERE/out/examine/$name.out"
		n=$((n + 1))
	done
	[ "$n" = 48 ]
}

@test "what is not mended is said to have a wrong checksum, what is mended is not" {
	local damaged='checksum|unmended|two-newer-damaged'

	none awk -v damaged="$damaged" '/^ *Checksum : / { word = $5
		if ((word != "correct") != (FILENAME ~ damaged)) print FILENAME, $0
		else if (word !~ /^(correct|expected)$/) print FILENAME, $0 }' "$HERE"/out/examine/*.out
	[ "$(cat "$HERE"/out/examine/*.out | grep -c 'Checksum : .* - ')" = \
		"$(grep -c ' 0$' "$HERE/out/examine.rc")" ]
}

@test "--export prints only MD_KEY=value, of bytes that no shell knows" {
	none grep -rhvE '^MD_[A-Z_]*=[]A-Za-z0-9_.:+@%,/\-]*$' "$HERE/out/export" --include='*.out'
	none awk '{ sub(/=.*/, ""); if (seen[FILENAME $0]++) print FILENAME, $0 }' \
		"$HERE"/out/export/*.out
}

@test "a shell that sources --export gets the values and does nothing else" {
	local script='for f; do unset MD_NAME; . "$f"; printf "%s\n" "${MD_NAME-}"; done'

	mkdir "$BATS_TEST_TMPDIR/empty" && cd "$BATS_TEST_TMPDIR/empty"
	mapfile -t reports < <(find "$HERE/out/export" -name '1*.out' -size +0 | sort)
	run --separate-stderr env -i PATH=/nowhere /bin/sh -efuc "$script" sh "${reports[@]}"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	none find . -mindepth 1
	# a backslash is all that a shell takes out of them
	diff <(tr -d '\134' <<<"$output") <(awk 'FNR == 1 && any++ { print name; name = "" }
		/^MD_NAME=/ { name = substr($0, 9) } END { print name }' \
		"${reports[@]}" | tr -d '\134') || return
}

@test "--brief prints one ARRAY line, its path has one component below /dev/md" {
	local uuid='UUID=[0-9a-f]{8}(:[0-9a-f]{8}){3}' word='[]A-Za-z0-9_.:+@%,\\-]+'

	none grep -rhvE "^ARRAY (/dev/md/$word  metadata=1\.[012]| ?metadata=1\.[012]|/dev/md[0-9]+) $uuid\$|^   spares=1\$" \
		"$HERE/out/brief" --include='*.out'
	none grep -rhE '/dev/md/\.{1,2} ' "$HERE/out/brief"
	none awk 'FNR > 2 { print FILENAME } FNR == 2 && !/^   spares=1$/ { print FILENAME, $0 }' \
		"$HERE"/out/brief/*.out
}

@test "ARRAY lines of every image can be read back" {
	cat "$HERE"/out/brief/*.out "$HERE"/out/words/*.out >"$BATS_TEST_TMPDIR/conf"
	run -0 --separate-stderr "$MDADM" --examine --scan -c "$BATS_TEST_TMPDIR/conf" 1.2-raid1
	none cat <<<"$stderr"
	[ "${#lines[@]}" = 1 ]
}

@test "JSON is as the schema says, and agrees with every other view field by field" {
	local kind

	for kind in examine scan query; do
		"$ROOT/tests/agree" "$kind" "$HERE/out"
	done
	cmp "$HERE/out/examine.rc" "$HERE/out/examine-json.rc"
}

# The document that the view $2 printed of the image $1, without the values.
skeleton() {
	sed -E 's/": ("([^"\\]|\\.)*"|null|true|false|-?[0-9]+)(,?)$/": V\3/' "$HERE/out/$2/$1.out"
}

@test "no name on a disk adds a line, a key, or a byte that is not plain to JSON" {
	local name view

	none grep -rlaP '[^ -~]' "$HERE"/out/*-json --include='*.out'
	for view in $JSON; do
		for name in "${IMAGES[@]}"; do
			[[ $name == 1.2-raid1-name-* ]] || continue
			diff <(skeleton 1.2-raid1 "$view") <(skeleton "$name" "$view") ||
				{ echo "$view $name"; return 1; }
		done
	done
}

@test "a name comes back from JSON, byte by byte" {
	local name n=0

	for name in "${IMAGES[@]}"; do
		[[ $name == 1.2-raid1-name-* ]] || continue
		python3 -c 'import json, sys
thing = json.load(open(sys.argv[1]))["devices"][0]
text, digits = thing["name"], thing["name_hex"]
name = text.encode() if digits is None else bytes.fromhex(digits)
with open(sys.argv[2], "rb") as f:
    f.seek(4096 + 32)
    sys.exit(f.read(32).split(b"\0")[0] != name)' "$HERE/out/examine-json/$name.out" "$name"
		n=$((n + 1))
	done
	[ "$n" -gt 40 ]
}

@test "a scan of everything that the configuration names" {
	echo "DEVICE $PWD/*" >"$BATS_TEST_TMPDIR/conf"
	run -0 --separate-stderr "$MDADM" --examine --scan -c "$BATS_TEST_TMPDIR/conf"
	[ -z "$stderr" ]
	none grep -vE '^(ARRAY |   spares=[0-9]+$)' <<<"$output"
}

@test "--query answers in one or two lines" {
	local level='(linear|raid0|raid1|raid4|raid5|raid6|raid10|multipath|faulty|container|-unknown-)'

	none awk '$2 != 0' "$HERE/out/query.rc"
	none grep -rl . "$HERE/out/query" --include='*.err'
	none awk 'FNR > 2 { print FILENAME }' "$HERE"/out/query/*.out
	none grep -rhvE "^[^ ]*: (is not an md array|device [0-9]+ in [0-9]+ device (undetected|inactive) $level array\.  Use mdadm --examine for more detail\.)\$" \
		"$HERE/out/query" --include='*.out'
}

@test "the sanitizers find nothing, and all images at once give the same reports" {
	local view

	for view in ${VIEWS/query/} $JSON $SUMS; do
		view_options "$view"
		"$ASAN" "${OPTIONS[@]}" "${IMAGES[@]}" >"$BATS_TEST_TMPDIR/$view.out" \
			2>"$BATS_TEST_TMPDIR/$view.err" || [ $? = 1 ]
		none grep -E 'Sanitizer|runtime error' "$BATS_TEST_TMPDIR/$view.err"
	done
	for view in examine export; do
		cmp "$BATS_TEST_TMPDIR/$view.out" <(sed "s/\$/.out/" "$HERE/list" |
			(cd "$HERE/out/$view" && xargs cat))
	done
	cmp "$BATS_TEST_TMPDIR/examine.out" "$BATS_TEST_TMPDIR/verbose.out"
	cmp "$BATS_TEST_TMPDIR/brief.out" "$BATS_TEST_TMPDIR/scan.out"
	[ ! -s "$BATS_TEST_TMPDIR/scan.err" ]
	view_options query
	run -0 --separate-stderr "$ASAN" "${OPTIONS[@]}" "${IMAGES[@]}"
	[ -z "$stderr" ]
}

@test "valgrind finds nothing" {
	local view

	for view in examine export words; do
		view_options "$view"
		run --separate-stderr valgrind --quiet --error-exitcode=99 --leak-check=full \
			--errors-for-leak-kinds=definite,possible \
			"$MDADM" "${OPTIONS[@]}" "${IMAGES[@]}"
		[ "$status" = "$([ "$view" = words ] && echo 0 || echo 1)" ] || [ "$status" = 1 ]
		none grep '^==' <<<"$stderr"
	done
}

@test "the reference program sees the good images as we do" {
	local name view

	[ -n "${ORACLE:-}" ] || skip "no reference program"
	for name in "${IMAGES[@]}"; do
		[[ $name =~ ^[^-]*-[a-z0-9]*(-bitmap)?$ ]] || continue
		for view in examine export; do
			view_options "$view"
			"$ORACLE" "${OPTIONS[@]}" "$name" 2>/dev/null |
				diff -b - "$HERE/out/$view/$name.out" || { echo "$view $name"; return 1; }
		done
	done
}

# --- arguments that are no images ----------------------------------------------------------

# one_line STATUS NAME COMMAND...: nothing on stdout, one sentence that names it.
one_line() {
	local want=$1 name=$2

	shift 2
	run -"$want" --separate-stderr timeout 10 "$@"
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "mdadm: "*"$name"* ]]
	LC_ALL=C grep -qE '^[ -~]*$' <<<"$stderr"
}

@test "what is no device and no file is refused by name" {
	local program

	cd "$BATS_TEST_TMPDIR"
	mkfifo fifo
	mkdir directory
	ln -s nowhere dangling
	ln -s loop loop
	timeout 10 python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' ||
		mkfifo socket
	for program in "$MDADM" "$ASAN"; do
		for name in fifo directory dangling loop socket missing /dev/null /dev/tty \
			missing/below ""; do
			one_line 1 "$name" "$program" --examine "$name"
			one_line 1 "$name" "$program" --examine --export "$name"
			one_line 1 "$name" "$program" --examine --brief "$name"
		done
	done
}

@test "who may not read it is told so" {
	local as=(setpriv --reuid=65534 --regid=65534 --clear-groups)

	[ "$(id -u)" = 0 ] || as=()
	cd "$BATS_TEST_TMPDIR"
	cp "$HERE/images/1.2-raid1" secret
	chmod 0 secret
	chmod 755 . "$HERE" "$HERE/images"
	cp "$MDADM" mdadm
	run --separate-stderr "${as[@]}" ./mdadm --examine secret
	[ "$status" = 1 ]
	[ -z "$output" ]
	[ "$stderr" = "mdadm: cannot open secret: Permission denied" ]
	chmod 644 secret
	run -0 --separate-stderr "${as[@]}" ./mdadm --examine secret
	[[ $output == secret:* ]]
}

@test "a file's own name cannot add a line or a sequence" {
	local name

	cd "$BATS_TEST_TMPDIR"
	# a control character is refused before anything is opened
	for name in $'a\nMD_LEVEL=raid0' $'a\033[2Jb' $'a\n   devices=sda'; do
		run -2 --separate-stderr "$MDADM" --examine "$name"
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		none grep -aP '[^ -~]' <<<"$stderr"
	done
	for name in $'\303\244' 'a b'; do
		cp "$HERE/images/1.2-raid1" "$name"
		for view in examine words query; do
			view_options "$view"
			run -0 --separate-stderr "$MDADM" "${OPTIONS[@]}" "$name"
			none grep -aP '[^ -~]' <<<"$output$stderr"
			[ "${#lines[@]}" = "$(grep -c . "$HERE/out/$view/1.2-raid1.out")" ]
		done
		: >"$name"
		for view in examine export; do
			view_options "$view"
			run -1 --separate-stderr "$MDADM" "${OPTIONS[@]}" "$name"
			none grep -aP '[^ -~]' <<<"$output$stderr"
			[[ $stderr == "mdadm: "* ]]
		done
		rm "$name"
		run -1 --separate-stderr "$MDADM" "${OPTIONS[@]}" "$name"
		none grep -aP '[^ -~]' <<<"$output$stderr"
		none sed -n '/^mdadm: /!{/^       /!p}' <<<"$stderr"
	done
}

@test "of two superblocks the newer array is reported" {
	grep -q 'Version : 1.2' "$HERE/out/examine/1.2-raid1-two-older-0.90.out"
	grep -q 'Version : 0.90' "$HERE/out/examine/1.2-raid1-two-newer-0.90.out"
	grep -q 'Version : 1.0' "$HERE/out/examine/1.2-raid1-two-newer-1.0.out"
	grep -q 'Version : 1.2' "$HERE/out/examine/1.2-raid1-two-older-1.1.out"
	run -0 "$MDADM" --examine --metadata=1.1 1.2-raid1-two-older-1.1
	[[ $output == *"Version : 1.1"* ]]
	# microseconds, in the upper bits of the time, do not make the older one newer
	cp 1.2-raid1-two-newer-1.0 with-microseconds
	printf '\x0f' | dd of=with-microseconds bs=1 seek=$((4096 + 71)) conv=notrunc status=none
	run -0 "$MDADM" --examine with-microseconds
	rm with-microseconds
	[[ $output == *"Version : 1.0"* ]]
}

@test "a report on the superblock that is whole says that there is another one" {
	cp 1.2-raid1-two-older-0.90 half
	printf '\377\377\0\0' | dd of=half bs=1 seek=$((4096 + 220)) conv=notrunc status=none
	run -0 --separate-stderr "$MDADM" --examine half
	[[ $output == *"Version : 0.90"* ]]
	[[ $stderr == "mdadm: superblock on half cannot be used: "* ]]
	run -0 --separate-stderr "$MDADM" --examine --metadata=0.90 half
	[ -z "$stderr" ]
	rm half
}
