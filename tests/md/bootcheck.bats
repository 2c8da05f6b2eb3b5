#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# --boot-check: images made here, in which one thing after the other is missing; every way to
# compress them; root on an array.  The views agree (tests/agree).
# guest: -m 1G

load lib
load beside
load views

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2034 # views.bash makes them
VIEWS=(boot-check{,-json})
K=$(uname -r)
PACKAGE=${ORACLE%/sbin/mdadm}

setup() {
	[ -n "${ORACLE:-}" ] || skip "no reference program, so no rules and scripts"
	room_open
	mkdir "${VIEWS[@]}"
	N=0
}

# What dracut and initramfs-tools copy alike, into the directory tree.
tree() {
	local lib=tree/lib/modules/$K loader

	rm -rf tree
	mkdir -p tree/{bin,sbin,etc/mdadm,lib64,lib/systemd/system,lib/udev/rules.d} "$lib"
	# only what arrays need: all of it takes seconds to copy
	(cd "/lib/modules/$K" && cpio --quiet -pdL "$OLDPWD/$lib") < <(cd "/lib/modules/$K" &&
		find kernel/drivers/md/{md-mod,raid,linear}* kernel/crypto/async_tx)
	cp "/lib/modules/$K"/modules.{dep,builtin} "$lib/"
	cp "$ORACLE" tree/sbin/mdadm
	loader=$(readelf -l "$ORACLE" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	cp -L "$loader" "tree$loader"
	cp "$PACKAGE"/lib/udev/rules.d/6[34]-*.rules tree/lib/udev/rules.d/
	echo '#!/bin/sh' | tee tree/bin/udevadm >tree/sbin/modprobe
	chmod +x tree/bin/udevadm tree/sbin/modprobe
	ln -s /bin/udevadm tree/lib/systemd/systemd-udevd
	"$MDADM" --detail --scan >tree/etc/mdadm/mdadm.conf
}

tree_debian() {
	tree
	mkdir -p tree/scripts/local-block tree/conf
	touch tree/scripts/functions tree/conf/initramfs.conf
	cp "$PACKAGE/usr/share/initramfs-tools/scripts/local-block/mdadm" tree/scripts/local-block/
	# shellcheck disable=SC2016 # as it is written there
	echo '/scripts/local-block/mdadm "$@"' >tree/scripts/local-block/ORDER
}

tree_dracut() {
	tree
	mkdir -p tree/lib/dracut/hooks tree/etc/cmdline.d
	cp "$PACKAGE"/lib/systemd/system/mdadm-last-resort@.* tree/lib/systemd/system/
	echo '#!/bin/sh' >tree/lib/systemd/systemd
	"$MDADM" --detail --scan | sed 's/.*UUID=/rd.md.uuid=/' >tree/etc/cmdline.d/90mdraid.conf
}

# pack [IMAGE]: a microcode archive, zeros, then the tree, compressed.
pack() {
	mkdir -p early/kernel
	echo microcode >early/kernel/x86
	(cd early && find . -print0 | cpio --quiet -0 -o -H newc) >"${1:-image}"
	(cd tree && find . -print0 | cpio --quiet -0 -o -H newc) | ${PACK:-gzip -1} >>"${1:-image}"
}

# looks EXIT [WORDS]: at the image; both forms are kept for agree.  WORDS: in one of the lines.
looks() {
	N=$((N + 1))
	run -"$1" --separate-stderr "$MDADM" --boot-check --json image
	echo "$output" >boot-check-json/$N.out
	run -"$1" --separate-stderr "$MDADM" --boot-check image
	echo "$output" | tee boot-check/$N.out
	[ -z "$stderr" ]
	[[ -z ${2:-} || $output == *"$2"* ]]
}

# lacks FILE EXIT WORDS: without that file of the tree, which comes back.
lacks() {
	mv "tree/$1" kept
	PACK='' pack_plain
	looks "$2" "$3"
	mv kept "tree/$1"
}

# In one archive, which is quick.
pack_plain() {
	(cd tree && find . -print0 | cpio --quiet -0 -o -H newc) >image
}

@test "initramfs-tools: whole, and one thing after the other missing" {
	disks 4 20M
	create -l 5 -n 3 "${DISKS[@]:0:3}"
	tree_debian
	pack
	looks 0 "also when a member is lost"
	lacks sbin/mdadm 5 "FAULT: there is no mdadm in the image; see that"
	lacks lib64/ld-linux-x86-64.so.2 5 "does not run without /lib64/ld-linux-x86-64.so.2"
	lacks bin/udevadm 3 "ADVICE: the script scripts/local-block/mdadm starts arrays"
	lacks scripts/local-block/mdadm 4 "WARNING: nothing in the image starts an array that lacks"
	lacks lib/udev/rules.d/64-md-raid-assembly.rules 0 "the script scripts/local-block/mdadm starts"
	lacks sbin/modprobe 5 "FAULT: there is no modprobe in the image"
	lacks "lib/modules/$K/modules.dep" 5 "FAULT: there is no modules.dep in the image"
	lacks etc/mdadm/mdadm.conf 3 "ADVICE: /dev/md0 has no ARRAY line in the image"
	lacks "lib/modules/$K/kernel/drivers/md/md-mod.ko" 5 "the module md-mod is neither"
	lacks "lib/modules/$K/kernel/drivers/md/raid456.ko" 5 "add raid456 to /etc/initramfs-tools/modules"
	lacks "lib/modules/$K/kernel/crypto/async_tx/async_pq.ko" 5 \
		"the module async_pq is neither in the image nor built into the kernel $K; raid456"
	agree boot-check
}

@test "initramfs-tools: things that are there, and wrong" {
	disks 2 20M
	create -l 1 -n 2 "${DISKS[@]}"
	tree_debian
	: >tree/scripts/local-block/ORDER
	rm tree/lib/udev/rules.d/64*
	pack_plain
	looks 5 "FAULT: scripts/local-block/mdadm would start arrays, but it is not listed"
	tree_debian
	rm -r tree/scripts/local-block
	sed -i 's,/sbin/mdadm,/usr/local/sbin/mdadm,' tree/lib/udev/rules.d/64*
	pack_plain
	looks 5 "calls /usr/local/sbin/mdadm, which is not in the image"
	tree_debian
	rm -r tree/scripts/local-block
	mkdir -p tree/etc/udev/rules.d
	ln -s /dev/null tree/etc/udev/rules.d/64-md-raid-assembly.rules
	pack_plain
	looks 5 "FAULT: nothing in the image starts arrays"
	tree_debian
	: >tree/sbin/mdadm
	pack_plain
	looks 5 "FAULT: sbin/mdadm in the image is no program that could be run"
	tree_debian
	sed -i 's,^ARRAY [^ ]*,ARRAY <ignore>,' tree/etc/mdadm/mdadm.conf
	pack_plain
	looks 5 "says that /dev/md0 is to be ignored"
	tree_debian
	mkdir tree/etc/mdadm/mdadm.conf.d
	mv tree/etc/mdadm/mdadm.conf tree/etc/mdadm/mdadm.conf.d/arrays.conf
	pack_plain
	looks 0 "/dev/md0 has its ARRAY line in etc/mdadm/mdadm.conf.d/arrays.conf of the image"
	# a file full of nonsense: the first fifty lines of it, and how many more
	yes nonsense | head -n 60 >>tree/etc/mdadm/mdadm.conf.d/arrays.conf
	pack_plain
	looks 3 "in the image: and 10 more wrong lines"
	[ "$(grep -c "in the image: .*nonsense" <<<"$output")" = 50 ]
	[ "$(grep -c "mend the file on this system" <<<"$output")" = 51 ]
	agree boot-check
}

@test "the configuration and the name" {
	disks 2 20M
	"$MDADM" --quiet --create home -l 1 -n 2 --run "${DISKS[@]}"
	tree_debian
	echo "root=/dev/md/home ro" >cmdline
	mount --bind cmdline /proc/cmdline
	pack_plain
	looks 0 "and comes up as /dev/md/home"
	sed -i 's,/dev/md/home,/dev/md/other,' tree/etc/mdadm/mdadm.conf
	pack_plain
	looks 5 "FAULT: /dev/md/home comes up as /dev/md/other, and the kernel's command line has"
	echo "HOMEHOST $(hostname)" >tree/etc/mdadm/mdadm.conf
	pack_plain
	looks 0 "has no ARRAY line in the image, and comes up under this name"
	echo "HOMEHOST other" >tree/etc/mdadm/mdadm.conf
	pack_plain
	looks 5 "FAULT: /dev/md/home comes up as"
	echo "root=UUID=x" >cmdline
	looks 3 "ADVICE: /dev/md/home has no ARRAY line in the image"
	echo "AUTO -all" >>tree/etc/mdadm/mdadm.conf
	pack_plain
	looks 5 "its AUTO line keeps others from starting"
	umount /proc/cmdline
	agree boot-check
}

@test "/sbin is a link, as most have it, and modules are compressed" {
	local module

	disks 2 20M
	create -l 10 -n 2 "${DISKS[@]}"
	tree_debian
	mkdir tree/usr
	mv tree/sbin tree/bin tree/lib tree/usr/
	ln -s usr/sbin usr/bin usr/lib tree/
	sed -i 's/\.ko/.ko.zst/g' "tree/usr/lib/modules/$K/modules.dep"
	find tree/usr/lib/modules -name '*.ko' >list
	while read -r module; do
		mv "$module" "$module.zst"
	done <list
	pack
	looks 0 "raid10 is in the image"
	find tree -name 'raid10.ko.zst' -delete
	pack
	looks 5 "the module raid10 is neither"
	echo kernel/drivers/md/raid10.ko >>"tree/usr/lib/modules/$K/modules.builtin"
	pack
	looks 0 "raid10 is built into the kernel $K"
	agree boot-check
}

@test "dracut: units, and the kernel's command line" {
	disks 2 20M
	create -l 1 -n 2 "${DISKS[@]}"
	tree_dracut
	pack
	looks 0 "started by mdadm-last-resort@.timer"
	lacks lib/systemd/system/mdadm-last-resort@.timer 4 "see that mdadm-last-resort@.timer"
	lacks etc/cmdline.d/90mdraid.conf 5 "FAULT: dracut is not told of /dev/md0"
	echo rd.auto >tree/etc/cmdline.d/90mdraid.conf
	pack_plain
	looks 0
	echo rd.auto=0 >tree/etc/cmdline.d/90mdraid.conf
	pack_plain
	looks 5 "FAULT: dracut is not told of /dev/md0"
	echo rd.auto rd.md=0 >tree/etc/cmdline.d/90mdraid.conf
	pack_plain
	looks 5 "rd.md=0 on the kernel's command line"
	agree boot-check
}

@test "one that somebody wrote himself: only /init, and modules anywhere" {
	disks 3 20M
	create -l 5 -n 3 "${DISKS[@]}"
	tree
	find tree -name '*.ko' -exec mv -t tree/sbin {} +
	rm -r tree/lib
	printf '%s\n' '#!/bin/sh' 'insmod /sbin/md-mod.ko' 'mdadm --assemble --scan --run' >tree/init
	pack_plain
	looks 0 "the script init starts arrays"
	lacks init 5 "FAULT: nothing in the image starts arrays"
	lacks sbin/raid456.ko 5 "the module raid456 is neither"
	# there is no modules.dep that says what it needs
	lacks sbin/async_pq.ko 5 "the module async_pq is neither"
	agree boot-check
}

@test "every way to compress; what cannot be unpacked" {
	local pack

	disks 2 20M
	create -l 1 -n 2 "${DISKS[@]}"
	tree_debian
	for pack in cat "gzip -1" "xz -0 --check=crc32" "zstd -q -1" "lz4 -q -l -1" "bzip2 -1" \
		"xz -0 --format=lzma"; do
		PACK=$pack pack
		looks 0
	done
	agree boot-check
	PACK="zstd -q -1" pack
	head -c -500 image >short
	run -1 --separate-stderr "$MDADM" --boot-check short
	[[ $stderr == "mdadm: zstd cannot unpack short (exit status 1)"* || $stderr == *"is damaged"* ]]
	[ -z "$output" ]
	mount -t tmpfs tmpfs /mnt
	touch /mnt/nothing
	mount --bind /mnt/nothing /usr/bin/zstd
	run -1 --separate-stderr "$MDADM" --boot-check image
	umount /usr/bin/zstd /mnt
	[[ $stderr == "mdadm: image is compressed with zstd, and /usr/bin/zstd does not run ("*"): install zstd" ]]
	printf 'no such thing' >image
	run -1 --separate-stderr "$MDADM" --boot-check image
	[[ $stderr == *"begins neither an archive nor anything compressed" ]]
	mkfifo fifo
	run -1 --separate-stderr timeout 10 "$MDADM" --boot-check fifo
	[ "$stderr" = "mdadm: fifo is not a file" ]
}

@test "a name with hostile bytes adds nothing to a terminal" {
	disks 2 20M
	create -l 1 -n 2 "${DISKS[@]}"
	tree_debian
	mv tree/lib/udev/rules.d/64-md-raid-assembly.rules \
		tree/lib/udev/rules.d/$'64-\e[31m\nx.rules'
	ln -s loop tree/loop
	mkdir -p $'tree/lib/modules/6.1\e[0m'
	pack_plain
	run -0 "$MDADM" --boot-check image
	[[ $output == *'rules.d/64-\x1b[31m\x0ax.rules)'* ]]
	[[ $output != *$'\e'* ]]
}

@test "the image of the running kernel, and none" {
	disks 2 20M
	create -l 1 -n 2 "${DISKS[@]}"
	rm -f /boot/initrd.img-"$K"
	run -1 "$MDADM" --boot-check
	[[ $output == "mdadm: no initramfs of the kernel $K is found"* ]]
	tree_debian
	pack "/boot/initrd.img-$K"
	run -0 "$MDADM" --boot-check
	[[ $output == "/boot/initrd.img-$K:"* ]]
	rm "/boot/initrd.img-$K"
}

@test "no array: nothing is needed" {
	tree
	pack
	looks 0 "no array runs here"
	agree boot-check
}

@test "root on an array: only those count that it lies on" {
	disks 6 40M
	create -l 0 -n 2 "${DISKS[@]:4}"
	"$MDADM" -q -C /dev/md1 -R -l 1 -n 2 "${DISKS[@]:0:2}"
	"$MDADM" -q -C /dev/md2 -R -l 1 -n 2 "${DISKS[@]:2:2}"
	tree_debian
	pack_plain # nothing is there to unpack it with
	mkfs.ext4 -q /dev/md1
	mkfs.ext4 -q /dev/md2
	mount /dev/md1 /mnt
	mkdir /mnt/{proc,sys,dev,run,boot,tmp}
	mount /dev/md2 /mnt/boot
	mount --rbind /proc /mnt/proc
	mount --rbind /sys /mnt/sys
	mount --rbind /dev /mnt/dev
	mount --rbind /run /mnt/run
	cp image /mnt/image
	cp -L "$MDADM" /mnt/mdadm
	ldd "$MDADM" | grep -o '/[^ ]*' | cpio --quiet -pdL /mnt
	echo faulty >"/sys/block/md1/md/dev-${DISKS[0]#/dev/}/state"
	run -3 chroot /mnt /mdadm --boot-check /image
	umount -R /mnt
	echo "$output"
	[[ $output == *"The system boots, also when a member is lost"* ]]
	[[ $output == *" Array : /dev/md1, raid1, for /"$'\n'*" Array : /dev/md2, raid1, for /boot"$'\n'* ]]
	[[ $output == *"ADVICE: /dev/md1 lacks 1 of its 2 members now"* ]]
	[[ $output != */dev/md0* ]]
}

@test "anybody may ask" {
	disks 2 20M
	create -l 1 -n 2 "${DISKS[@]}"
	tree_debian
	pack_plain
	chmod a+rx . "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	run -3 setpriv --reuid=65534 --regid=65534 --clear-groups "$MDADM" --boot-check image
	[[ $output == *"its UUID is not known; ask again as root"* ]]
}
