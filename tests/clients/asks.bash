# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The clients, each driven as its users do: what is asked of them, and of which arrays.  Knows
# nothing of which mdadm they call.  Sourced by tests/clients/guest.

# --- those that ask of an array --------------------------------------------------------------

ask_grub() {
	local target

	mkfs.ext4 -q /dev/md/data
	for target in fs abstraction drive; do
		ask grub "$1 $target" grub-probe --device "$(readlink -f /dev/md/data)" --target="$target"
	done
}

ask_jc() {
	mkdir -p /tmp/jc
	calling jc mdadm --detail /dev/md/data >"/tmp/jc/$1 detail"
	calling jc mdadm --query --detail "$(readlink -f /dev/md/data)" >"/tmp/jc/$1 query"
	calling jc mdadm --examine "${DISKS[0]}" >"/tmp/jc/$1 examine"
}

# All in one process: it takes long to start.
jc_of() {
	python3 - <<'END'
import jc
import os

for name in sorted(os.listdir("/tmp/jc")):
    with open("/tmp/jc/" + name, encoding="ascii") as f:
        found = jc.parse("mdadm", f.read())
    # what is summed up has UUIDs and times in it
    words = (f"{k}={'TIME' if 'time' in k else v}" for k, v in sorted(found.items())
             if not k.startswith("checksum"))
    print(name, " ".join(words), sep="\t")
END
}

end_jc() {
	jc_of | answers jc
}

# What its lens for mdadm.conf makes of a file, errors too.
lens_of() {
	augtool --noload --noautoload -e <<END
set /augeas/load/Mdadm_conf/lens Mdadm_conf.lns
set /augeas/load/Mdadm_conf/incl $1
load
print /files$1
print /augeas//error
END
}

augeas_of() {
	mdadm "$@" >/tmp/augeas.conf
	lens_of /tmp/augeas.conf
}

# A configuration that says something else already: the packaged way to bring it up to date and
# ours. Only the entries are compared, the comments of --config-sync are its own.
augeas_sync() {
	printf 'DEVICE partitions\nHOMEHOST <system>\nMAILADDR root\n# a remark\n' >/etc/mdadm/mdadm.conf
	if mdadm --help | grep -q -e --config-sync; then
		mdadm --config-sync -q
	else
		mdadm --detail --scan >>/etc/mdadm/mdadm.conf
	fi
	lens_of /etc/mdadm/mdadm.conf | grep -v '#comment'
	rm -f /etc/mdadm/mdadm.conf
}

ask_augeas() {
	ask augeas "$1 detail -v" augeas_of --detail --scan -v
	ask augeas "$1 examine" augeas_of --examine --scan --config=partitions
	answer augeas "$1 sync" "$(augeas_sync)"
}

generate() {
	/usr/share/mdadm/mkconf generate /etc/mdadm/mdadm.conf && cat /etc/mdadm/mdadm.conf
}

ask_mkconf() {
	ask mkconf "$1 generate" generate
	rm -f /etc/mdadm/mdadm.conf
}

limit_sync() {
	echo "$1" >/proc/sys/dev/raid/speed_limit_max
	echo "$1" >/proc/sys/dev/raid/speed_limit_min
}

another_second() {
	[ "$(date +%s)" != "$1" ]
}

# It spares arrays of the last two weeks, but for those of this second; so the clock goes on.
ask_checkarray() {
	local name

	wait_for 5 another_second "$(date +%s)"
	name=$(basename "$(readlink -f /dev/md/data)")
	ask checkarray "$1 new" /usr/share/mdadm/checkarray "$name"
	date -s '+20 days' >/dev/null
	limit_sync 100
	ask checkarray "$1 check" /usr/share/mdadm/checkarray --all
	ask checkarray "$1 status" /usr/share/mdadm/checkarray --status --all
	ask checkarray "$1 cancel" /usr/share/mdadm/checkarray --cancel "$name"
	limit_sync 200000
	wait_for 60 no_sync
	date -s '-20 days' >/dev/null
}

mdcheck_of() {
	/usr/share/mdadm/mdcheck "$@"
	ls /var/lib/mdcheck
	grep . /var/lib/mdcheck/*
	cat /sys/block/md*/md/sync_action
}

ask_mdcheck() {
	rm -rf /var/lib/mdcheck
	limit_sync 100
	ask mdcheck "$1" mdcheck_of
	[ ! -e /sys/block/md127/md/sync_action ] || echo idle >/sys/block/md127/md/sync_action
	ask mdcheck "$1 --continue" mdcheck_of --continue
	[ ! -e /sys/block/md127/md/sync_action ] || echo idle >/sys/block/md127/md/sync_action
	limit_sync 200000
	wait_for 60 no_sync
}

# Debian's script for bug reports, the part with mdadm; it knows disks by sd and vd only.
bug_of() {
	bash "$CLIENTS_PACKAGE/usr/share/bug/mdadm/script" </dev/null 2>/dev/null |
		sed -n '/^--- volume detail/,/^--- [^v]/p'
}

ask_bug() {
	local n=0 letter

	for letter in a b c d; do
		ln -sfn "${DISKS[n++]}" "/dev/sd$letter"
	done
	ask bug "$1" bug_of
	rm -f /dev/sd[a-d]
}

# The hook of initramfs-tools, Debian's: what comes into the image. It must have mdmon, too.
hook_of() (
	export DESTDIR=/tmp/image version MODULESDIR verbose=n VERBOSE=y
	version=$(uname -r)
	MODULESDIR=/lib/modules/$version
	rm -rf "$DESTDIR"
	mkdir -p "$DESTDIR"/{conf,usr/{bin,sbin,lib}}
	ln -s usr/{bin,sbin,lib} "$DESTDIR"
	cp "$CLIENTS_PACKAGE/sbin/mdmon" /usr/sbin/
	# modules are none of mdadm's business, and take long
	echo 'force_load() { :; }' >>/usr/share/initramfs-tools/hook-functions
	"$CLIENTS_PACKAGE/usr/share/initramfs-tools/hooks/mdadm"
	echo "status $?"
	(cd "$DESTDIR" && find . -path '*md*' ! -path '*/modules/*' | sort)
	cat "$DESTDIR/etc/mdadm/mdadm.conf"
)

ask_hook() {
	ask hook "$1 none" hook_of
	printf 'CREATE group=disk\n' >/etc/mdadm/mdadm.conf
	ask hook "$1 no ARRAY" hook_of
	mdadm --detail --scan >>/etc/mdadm/mdadm.conf
	ask hook "$1 ARRAY" hook_of
	rm -f /etc/mdadm/mdadm.conf
}

logwatch_of() {
	LOGWATCH_DETAIL_LEVEL=$1 perl /usr/share/logwatch/scripts/services/mdadm
}

ask_logwatch() {
	mdadm --detail --scan >/etc/mdadm/mdadm.conf
	ask logwatch "$1 detail 1" logwatch_of 1
	ask logwatch "$1 detail 10" logwatch_of 10
	printf 'ARRAY /dev/md/absent\nARRAY /dev/md/data\n' >/etc/mdadm/mdadm.conf
	ask logwatch "$1 absent" logwatch_of 5
	rm -f /etc/mdadm/mdadm.conf
}

ask_prometheus() {
	ask prometheus "$1" /usr/share/prometheus-node-exporter-collectors/md_info_detail.sh
}

# Its speed and memory are not asked; only arrays.
ask_inxi() {
	ask inxi "$1" inxi --raid --admin -c 0 -y 1 --no-dig --no-host
}

ask_ohai() {
	ask ohai "$1" ohai mdadm
}

# ReaR saves the layout of arrays, and makes commands of that which recreate them.
# shellcheck disable=SC1091,SC2034,SC2317 # what its scripts use
rear_of() (
	export TMP_DIR=/tmp/rear DISKLAYOUT_FILE=/tmp/rear/layout LAYOUT_FILE=/tmp/rear/layout LAYOUT_CODE=/tmp/rear/code
	rm -rf "$TMP_DIR"
	mkdir -p "$TMP_DIR"
	array=$(readlink -f /dev/md/data)
	REQUIRED_PROGS=() PROGS=()
	set +u # as it runs
	Log() { :; }
	LogPrint() { :; }
	LogPrintError() { echo "told: $*"; }
	Error() { echo "error: $*"; exit 1; }
	has_binary() { command -v "$1" >/dev/null; }
	contains_visible_char() { [ -n "$1" ]; }
	get_device_name() { readlink -f "$1"; }
	get_disk_size() { cat "/sys/block/$1/size"; }
	parted() { echo 'Partition Table: loop'; }
	extract_partitions() { :; }
	create_partitions() { :; }
	for name in my_udevtrigger my_udevsettle delete_dummy_partitions_and_resize_real_ones; do
		eval "$name() { :; }"
	done
	save() { . /usr/share/rear/layout/save/GNU/Linux/210_raid_layout.sh; }
	prepare() { . /usr/share/rear/layout/prepare/GNU/Linux/120_include_raid_code.sh; }
	save
	cat "$DISKLAYOUT_FILE"
	prepare
	create_raidarray "$array"
	grep 'mdadm --create' "$LAYOUT_CODE"
	# shellcheck source=/dev/null
	. "$LAYOUT_CODE" 2>/dev/null
	# how far a resync is has a line of its own
	wait_for 60 no_sync
	mdadm --detail "$array" | grep -v -e 'State :' -e Status -e Events -e Time
)

ask_rear() {
	ask rear "$1" rear_of
	wait_for 60 no_sync
}

# FAI finds the arrays of a disk, and stops and assembles them from what it found.
fai_of() {
	mkdir -p /tmp/fai
	perl - <<'END'
package FAI;
use strict;
use Data::Dumper;
our ($DATADIR, %current_raid_config, %current_dev_children) = ("/tmp/fai");
sub execute_ro_command { my ($command, $lines) = @_; @$lines = `$command`; return ""; }
sub internal_error { die @_; }
require "/usr/share/fai/setup-storage/Volumes.pm";
get_current_raid();
$Data::Dumper::Sortkeys = 1;
$Data::Dumper::Indent = 0;
print Dumper(\%current_raid_config, \%current_dev_children), "\n";
END
	cat /tmp/fai/mdadm-from-examine.conf
	mdadm --stop --scan
	# without udev the packaged program leaves it, and the name is lost
	rm -f /dev/md/*
	mdadm --assemble --scan --config=/tmp/fai/mdadm-from-examine.conf
	echo "status $?"
	states
	mdadm -W --stop /dev/md/data
	echo "status $?"
}

ask_fai() {
	ask fai "$1" fai_of
}

kinds() {
	cat <<END
raid1 -l1 -n2 ${DISKS[0]} ${DISKS[1]}
raid1-0.90 -l1 -e0.90 -n2 ${DISKS[0]} ${DISKS[1]}
raid5 -l5 -n3 ${DISKS[0]} ${DISKS[1]} ${DISKS[2]}
raid0 -l0 -n2 ${DISKS[0]} ${DISKS[1]}
raid10 -l10 -n4 ${DISKS[0]} ${DISKS[1]} ${DISKS[2]} ${DISKS[3]}
degraded -l6 -n4 ${DISKS[0]} ${DISKS[1]} ${DISKS[2]} missing
spare -l1 -n2 -x1 ${DISKS[0]} ${DISKS[1]} ${DISKS[2]}
END
}

# Which of them a client is asked of: each costs seconds, and all see the same lines.
sees() {
	case $1 in
	grub | jc) ;;
	augeas | fai) [[ $2 =~ ^(raid1|raid1-0.90|degraded|spare)$ ]] ;;
	mkconf) [[ $2 =~ ^(raid1|raid1-0.90|spare)$ ]] ;;
	bug) [[ $2 =~ ^(raid1-0.90|raid10|spare)$ ]] ;;
	checkarray) [[ $2 =~ ^(raid1|raid0|degraded)$ ]] ;;
	rear) [[ $2 =~ ^(raid5|raid10|spare)$ ]] ;;
	mdcheck) [[ $2 =~ ^(raid1|spare)$ ]] ;;
	logwatch) [[ $2 =~ ^(raid5|degraded)$ ]] ;;
	hook) [ "$2" = raid1 ] ;;
	prometheus) [ "$2" = raid10 ] ;;
	inxi) [ "$2" = degraded ] ;;
	ohai) [ "$2" = spare ] ;;
	esac
}

# each_array CLIENT...: asked with an array of each kind in its place. rear and fai change it, so
# they come last, with an array each.
each_array() {
	local kind options client

	while read -r kind options; do
		clean
		# shellcheck disable=SC2086 # a list of words
		make /dev/md/data $options
		for client; do
			sees "$client" "$kind" || continue
			# shellcheck disable=SC2086 # a list of words
			case $client in rear | fai) clean && make /dev/md/data $options ;; esac
			"ask_$client" "$kind"
		done
	done < <(kinds | grep -E "^(${CLIENTS_KINDS:-.*}) ")
	clean
}

# --- scripts of an initramfs -----------------------------------------------------------------

states() {
	local at

	for at in /sys/block/md*/md; do
		[ ! -e "$at" ] || echo "$(cat "$at/level") $(cat "$at/array_state") $(cat "$at/degraded" 2>/dev/null)"
	done | sort
	echo "names: $(find /dev/md -type l -printf '%f\n' 2>/dev/null | sort | paste -sd' ')"
}

# Two arrays, one of which lacks a disk; none of them runs.
one_and_a_half() {
	clean
	make /dev/md/whole -l1 -n2 "${DISKS[@]:0:2}"
	make /dev/md/half -l1 -n2 "${DISKS[@]:2:2}"
	stop_all
	mdadm --zero-superblock "${DISKS[3]}" -q
	settled
}

local_block_of() {
	sh "$CLIENTS_PACKAGE/usr/share/initramfs-tools/scripts/local-block/mdadm"
	settled
	states
}

came_in() {
	[[ $(states) == *inactive*'names: whole' ]]
}

# The first call starts the whole one where udev has not done that, the 20th the other. With udev the
# disks come first, as at a boot: else its events, those of the calls too, come somewhen in between.
local_block() {
	local n

	one_and_a_half
	if [ -e /run/udev/control ]; then
		udevadm trigger --action=add "${DISKS[@]:0:3}"
		wait_for 60 came_in || answer local-block "came in" "error: $(states)"
		settled
	fi
	mkdir -p /scripts
	echo 'wait_for_udev() { :; }' >/scripts/functions
	rm -f /run/count.mdadm.initrd
	for ((n = 1; n <= 20; n++)); do
		ask local-block "call $n" local_block_of
	done
	clean
}

# What dracut puts into an image: its library, and one program under two names.
dracut_image() {
	local at=/usr/lib/dracut name

	ln -sf $at/modules.d/99base/dracut-{dev-,}lib.sh /lib
	for name in getarg getargs; do
		ln -sf $at/dracut-util "/usr/bin/dracut-$name"
	done
	mkdir -p /lib/dracut/hooks/initqueue /etc/cmdline.d
}

# A script as its hook runs it.
# shellcheck disable=SC2016 # what it expands is its own
dracut_run() {
	DRACUT_SYSTEMD=1 sh -c '. /lib/dracut-lib.sh; . "$1"; echo "status $?"' sh \
		"/usr/lib/dracut/modules.d/90mdraid/$1"
	settled
	states
}

# What it writes into the command line of the kernel, for the arrays of all disks.
# shellcheck disable=SC1091,SC2034
dracut_cmdline() (
	set +u
	declare -A host_fs_types
	for disk in "${DISKS[@]}"; do
		host_fs_types[$disk]=linux_raid_member
	done
	. /usr/lib/dracut/modules.d/90mdraid/module-setup.sh
	cmdline
)

# Its sed on the rules must leave no incremental assembly.
# shellcheck disable=SC2016 # rules have variables of their own
dracut_rules() {
	local rule

	for rule in /run/udev/rules.d/6[34]-md*.rules; do
		sed -r -e '/(RUN|IMPORT\{program\})\+?="[[:alpha:]/]*mdadm[[:blank:]]+(--incremental|-I)[[:blank:]]+(--export )?(\$env\{DEVNAME\}|\$tempnode|\$devnode)/d' \
			"$rule" | grep -c -e "mdadm --incremental" -e "mdadm -I "
		grep -c -e 'mdadm --incremental' -e 'mdadm -I ' "$rule"
	done
	basename -a /run/udev/rules.d/6[34]-md*.rules
}

dracut() {
	local disk

	dracut_image
	one_and_a_half
	answer dracut "rules" "$(dracut_rules)"
	for disk in "${DISKS[@]}"; do
		mdadm --incremental "$disk" -q 2>/dev/null
	done
	settled
	answer dracut "came in" "$(states)"
	ask dracut "cmdline" dracut_cmdline
	echo "$(dracut_cmdline) rd.md.waitclean=1" >/etc/cmdline.d/90mdraid.conf
	ask dracut "start" dracut_run mdraid_start.sh
	ask dracut "waitclean" dracut_run mdraid-waitclean.sh
	ask dracut "cleanup" dracut_run mdraid-cleanup.sh
	for disk in "${DISKS[@]}"; do
		mdadm --incremental --run "$disk" -q 2>/dev/null
	done
	settled
	answer dracut "came in again" "$(states)"
	ask dracut "shutdown" dracut_run md-shutdown.sh
	clean
}

# --- with programs of their own --------------------------------------------------------------

libblockdev() {
	clean
	calling libblockdev python3 tests/clients/libblockdev "${DISKS[@]}" >/run/libblockdev
	answers libblockdev </run/libblockdev
	clean
}

udisks() {
	clean
	mkdir -p /run/dbus
	dbus-daemon --system --fork
	/usr/libexec/udisks2/udisksd >/dev/null 2>/run/udisksd.err &
	calling udisks python3 tests/clients/udisks "${DISKS[@]}" >/run/udisks
	answers udisks </run/udisks
	kill $!
	grep -v '^udisks-Message' /run/udisksd.err >&2
	clean
}

# drive CLIENT...
drive() {
	local client asking=()

	for client; do
		: >"$CALLS.$client"
		case $client in
		libblockdev | udisks | dracut) "$client" ;;
		local-block) local_block ;;
		*) asking+=("$client") ;;
		esac
	done
	[ ${#asking[@]} = 0 ] || each_array "${asking[@]}"
	case " $* " in *" jc "*) end_jc ;; esac
}
