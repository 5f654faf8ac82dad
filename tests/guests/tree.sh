# SPDX-FileCopyrightText: The ramimg authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# The root of a made-up Debian: few files, but all that inspection and a build look at.
# To be read with ".", under set -eu; needs $guests, $work, ROOT_UUID, SWAP_UUID, MACHINE_ID and KERNEL.
# shellcheck shell=sh disable=SC2154,SC2164,SC2016

# tree_base DIR: a tree for a disk with an msdos table and the root in its first partition.
tree_base() {
	mkdir -p "$1"
	(
		cd "$1"
		umask 022
		mkdir -p boot/grub dev etc/default etc/grub.d etc/initramfs-tools/conf.d home opt proc \
			root run sys tmp usr/bin usr/sbin "usr/lib/modules/$KERNEL/kernel/fs" \
			usr/share/initramfs-tools/scripts var/lib/dpkg var/cache/apt/archives var/log var/tmp
		chmod 1777 tmp var/tmp
		for name in bin sbin lib; do
			ln -s "usr/$name" "$name"
		done
		tree_system
		tree_kernel
		tree_grub
		cp "$guests/40_custom" etc/grub.d/40_custom
		chmod 755 etc/grub.d/40_custom
		grub_cfg /boot 'hd0,msdos1' part_msdos "$ROOT_UUID" <etc/grub.d/40_custom >boot/grub/grub.cfg
		chmod 600 boot/grub/grub.cfg
	)
}

tree_system() {
	echo 12.5 >etc/debian_version
	cat >etc/os-release <<-EOF
		PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
		NAME="Debian GNU/Linux"
		VERSION_ID="12"
		VERSION="12 (bookworm)"
		VERSION_CODENAME=bookworm
		ID=debian
	EOF
	echo made-up >etc/hostname
	echo '127.0.0.1 localhost' >etc/hosts
	cat >etc/fstab <<-EOF
		# /etc/fstab: made up for a test
		UUID=$ROOT_UUID / ext4 errors=remount-ro 0 1
		UUID=$SWAP_UUID none swap sw 0 0
	EOF
	printf 'Package: base-files\nStatus: install ok installed\nVersion: 12.4\nArchitecture: amd64\n\n' \
		>var/lib/dpkg/status
	# A real program: the guest's architecture is read from it.
	cp "$(command -v ls)" usr/bin/ls
	cp usr/bin/ls usr/bin/setuid
	chmod 4755 usr/bin/setuid
	ln -s ls usr/bin/dir
	mkfifo run/fifo opt/fifo
	head -c 200000 /dev/urandom >opt/data
	ln opt/data opt/data-too
}

tree_kernel() {
	# A bzImage as far as its magic goes: 0x55aa at 0x1fe, "HdrS" at 0x202.
	head -c 65536 /dev/zero >"boot/vmlinuz-$KERNEL"
	printf '\125\252\353\146HdrS' |
		dd of="boot/vmlinuz-$KERNEL" bs=1 seek=$((0x1fe)) conv=notrunc status=none
	echo 'CONFIG_TMPFS=y' >"boot/config-$KERNEL"
	echo '0000000000000000 T _text' >"boot/System.map-$KERNEL"
	printf 'kernel/fs/made-up.ko:\n' >"usr/lib/modules/$KERNEL/modules.dep"
	head -c 5000 /dev/urandom >"usr/lib/modules/$KERNEL/kernel/fs/made-up.ko"
	ln -s "boot/vmlinuz-$KERNEL" vmlinuz
	ln -s "boot/initrd.img-$KERNEL" initrd.img
	printf '# made up\nlocal_mount_root() { :; }\n' >usr/share/initramfs-tools/scripts/local
	echo 'MODULES=most' >etc/initramfs-tools/initramfs.conf
	initrd_cpio | gzip -n -1 >"boot/initrd.img-$KERNEL"
}

tree_grub() {
	cat >etc/default/grub <<-'EOF'
		# Made up for a test.
		GRUB_DEFAULT=0
		GRUB_TIMEOUT=5
		GRUB_DISTRIBUTOR=`lsb_release -i -s 2> /dev/null || echo Debian`
		GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"
		GRUB_CMDLINE_LINUX="console=ttyS0 resume=UUID=00000000-1111-2222-3333-444444444444"
	EOF
	printf '#!/bin/sh\necho made up\n' >etc/grub.d/00_header
	chmod 755 etc/grub.d/00_header
	{
		printf '# GRUB Environment Block\nsaved_entry=0\n'
		head -c 985 /dev/zero | tr '\0' '#'
	} >boot/grub/grubenv
}

# An uncompressed archive that looks like initramfs-tools made it.
initrd_cpio() {
	init=$work/initrd
	rm -rf "$init"
	mkdir -p "$init/conf/conf.d" "$init/scripts/local-top" "$init/usr/bin" "$init/usr/sbin" "$init/etc"
	ln -s usr/bin "$init/bin"
	ln -s usr/sbin "$init/sbin"
	printf '#!/bin/sh\n. /scripts/functions\n. /scripts/${BOOT}\nmountroot\n' >"$init/init"
	chmod 755 "$init/init"
	printf 'panic() { exit 1; }\n' >"$init/scripts/functions"
	printf 'local_mount_root() { :; }\nmountroot() { local_mount_root; }\n' >"$init/scripts/local"
	echo 'MODULES=most' >"$init/conf/initramfs.conf"
	head -c 30000 /dev/urandom >"$init/usr/bin/busybox"
	(cd "$init" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

# One that looks like dracut 106 made it.
dracut_cpio() {
	init=$work/initrd
	rm -rf "$init"
	mkdir -p "$init/usr/bin" "$init/usr/lib/dracut" "$init/usr/lib/systemd" "$init/etc" \
		"$init/var/lib/dracut/hooks/cmdline" "$init/var/lib/dracut/hooks/pre-pivot"
	ln -s usr/bin "$init/bin"
	ln -s usr/lib "$init/lib"
	ln -s ../../../var/lib/dracut/hooks "$init/usr/lib/dracut/hooks"
	ln -s usr/lib/systemd/systemd "$init/init"
	echo 'source_hook() { :; }' >"$init/usr/lib/dracut-lib.sh"
	: >"$init/usr/lib/dracut/dracut-106-6"
	echo ': # made up' >"$init/var/lib/dracut/hooks/pre-pivot/10-overlay-mount.sh"
	head -c 30000 /dev/urandom >"$init/usr/lib/systemd/systemd"
	(cd "$init" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

# fedora_tree DIR: of the Debian there a Fedora, with SELinux permissive.
fedora_tree() {
	(
		cd "$1"
		rm -rf boot/* etc/debian_version etc/default/grub.d etc/initramfs-tools usr/share/initramfs-tools \
			usr/lib/modules/* var/lib/dpkg var/cache/apt etc/grub.d vmlinuz initrd.img
		mkdir -p boot/grub2 boot/loader/entries boot/efi etc/grub.d etc/kernel etc/selinux usr/lib/dracut/modules.d \
			"usr/lib/modules/$KERNEL"
		printf 'NAME="Fedora Linux"\nVERSION="40 (Server Edition)"\nID=fedora\nVERSION_ID=40\n%s\n' \
			'PRETTY_NAME="Fedora Linux 40 (Server Edition)"' >usr/lib/os-release
		ln -sf ../usr/lib/os-release etc/os-release
		echo "$MACHINE_ID" >etc/machine-id
		printf '# made up\nSELINUX=permissive\nSELINUXTYPE=targeted\n' >etc/selinux/config
		: >.autorelabel
		head -c 65536 /dev/zero >"boot/vmlinuz-$KERNEL"
		printf '\125\252\353\146HdrS' |
			dd of="boot/vmlinuz-$KERNEL" bs=1 seek=$((0x1fe)) conv=notrunc status=none
		cp "boot/vmlinuz-$KERNEL" "boot/vmlinuz-0-rescue-$MACHINE_ID"
		cp "boot/vmlinuz-$KERNEL" "usr/lib/modules/$KERNEL/vmlinuz"
		printf 'kernel/fs/made-up.ko:\n' >"usr/lib/modules/$KERNEL/modules.dep"
		dracut_cpio | zstd -q -1 >"boot/initramfs-$KERNEL.img"
		cp "boot/initramfs-$KERNEL.img" "boot/initramfs-0-rescue-$MACHINE_ID.img"
		fedora_grub
	)
}

fedora_grub() {
	printf 'GRUB_DEFAULT=saved\nGRUB_ENABLE_BLSCFG=true\nGRUB_CMDLINE_LINUX="rhgb quiet"\n' >etc/default/grub
	echo "root=UUID=$ROOT_UUID ro rhgb quiet" >etc/kernel/cmdline
	fedora_entry "$KERNEL" "$KERNEL"
	fedora_entry "0-rescue" "0-rescue-$MACHINE_ID"
	printf '%s\n' '### BEGIN /etc/grub.d/00_header ###' 'load_env' 'if [ "${next_entry}" ] ; then' \
		'   set default="${next_entry}"' 'else' '   set default="${saved_entry}"' 'fi' \
		'### END /etc/grub.d/00_header ###' '### BEGIN /etc/grub.d/10_linux ###' 'insmod blscfg' 'blscfg' \
		'### END /etc/grub.d/10_linux ###' >boot/grub2/grub.cfg
	printf '# GRUB Environment Block\nsaved_entry=%s-%s\nboot_success=1\nboot_indeterminate=0\n' \
		"$MACHINE_ID" "$KERNEL" >boot/grub2/grubenv
	head -c 1024 /dev/zero | tr '\0' '#' >>boot/grub2/grubenv
	truncate -s 1024 boot/grub2/grubenv
}

# fedora_entry NAME VERSION
fedora_entry() {
	cat >"boot/loader/entries/$MACHINE_ID-$1.conf" <<-EOF
		title Fedora Linux ($2) 40 (Server Edition)
		version $2
		linux /vmlinuz-$2
		initrd /initramfs-$2.img
		options root=UUID=$ROOT_UUID ro rhgb quiet resume=UUID=$SWAP_UUID
		grub_users \$grub_users
		grub_arg --unrestricted
		grub_class fedora
	EOF
}

# The early segment that microcode packages put in front, uncompressed.
microcode_cpio() {
	early=$work/early
	mkdir -p "$early/kernel/x86/microcode"
	head -c 4096 /dev/urandom >"$early/kernel/x86/microcode/GenuineIntel.bin"
	(cd "$early" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

# grub_cfg PREFIX ROOT PARTITION-MODULE UUID: what update-grub would write, with the output of the
# 40_custom on standard input in its section. PREFIX is "/boot", or empty for a /boot of its own.
grub_cfg() {
	sed -e "s|@PREFIX@|$1|g" -e "s|@ROOT@|$2|g" -e "s|@PART@|$3|g" -e "s|@FS_UUID@|$4|g" \
		-e "s|@ROOT_UUID@|$ROOT_UUID|g" -e "s|@KERNEL@|$KERNEL|g" "$guests/grub.cfg.in"
	echo '### BEGIN /etc/grub.d/40_custom ###'
	tail -n +3
	printf '### END /etc/grub.d/40_custom ###\n\n'
	echo '### BEGIN /etc/grub.d/41_custom ###'
	printf 'if [ -f $prefix/custom.cfg ]; then\n  source $prefix/custom.cfg\nfi\n'
	echo '### END /etc/grub.d/41_custom ###'
}
