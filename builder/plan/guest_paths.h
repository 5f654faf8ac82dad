// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Every path that ramimg uses in a guest.
 */
#define RI_PATH_FSTAB "/etc/fstab"
#define RI_PATH_FSTAB_COPY "/etc/fstab.ramimg-orig"
#define RI_PATH_CUSTOM "/etc/grub.d/40_custom"
#define RI_PATH_CFG "/boot/grub/grub.cfg"
#define RI_PATH_GRUBENV "/boot/grub/grubenv"
/* Where GRUB calls itself grub2 (Fedora, RHEL and those made of it, openSUSE). */
#define RI_PATH_CFG2 "/boot/grub2/grub.cfg"
#define RI_PATH_GRUBENV2 "/boot/grub2/grubenv"
/* Its menu, where that is made of files (grub/bls.h). */
#define RI_PATH_BLS_DIR "/boot/loader/entries"
#define RI_PATH_SELINUX "/etc/selinux/config"
/* At the next boot every file is labelled anew, and the system booted again (selinux-autorelabel). */
#define RI_PATH_AUTORELABEL "/.autorelabel"
#define RI_PATH_CLOUD "/etc/cloud/cloud.cfg"
#define RI_PATH_CLOUD_DIR "/etc/cloud/cloud.cfg.d"
/* zz-: read last; what comes from outside the guest (user-data) overrules it all the same. */
#define RI_PATH_CLOUD_OURS RI_PATH_CLOUD_DIR "/zz-ramimg.cfg"
/* systemd's own directories of units: the first overrules the others (systemd.unit(5)). */
#define RI_PATH_UNITS "/etc/systemd/system"
#define RI_UNIT_DRACUT_SHUTDOWN "dracut-shutdown.service"
#define RI_PATH_DRACUT_SHUTDOWN_OURS RI_PATH_UNITS "/" RI_UNIT_DRACUT_SHUTDOWN
/* zram swap of a root in RAM (plan/zram.h). */
#define RI_PATH_ZRAM_LOAD "/etc/modules-load.d/ramimg-zram.conf"
#define RI_PATH_ZRAM_RULE "/etc/udev/rules.d/90-ramimg-zram.rules"
#define RI_PATH_DEFAULT "/etc/default/grub"
#define RI_PATH_DEFAULT_DIR "/etc/default/grub.d"
/* zz-: read last, so that nothing else in the directory overrules it. */
#define RI_PATH_DEFAULT_OURS "/etc/default/grub.d/zz-ramimg.cfg"
#define RI_PATH_ARCHIVE_GZIP "/boot/ram.tar.gz"
#define RI_PATH_ARCHIVE_ZSTD "/boot/ram.tar.zst"
#define RI_PATH_ARCHIVE_LZ4 "/boot/ram.tar.lz4"
#define RI_PATH_ARCHIVE_IMAGE "/boot/ram.squashfs"
#define RI_PATH_INITRD "/boot/initrd.img-ramboot"
/* Originals and what a build made of them, for revert and for building again. */
#define RI_PATH_STATE "/var/lib/ramimg"
/* An empty file: /etc/default/grub.d was made by ramimg and goes with it. */
#define RI_PATH_STATE_DIR_OURS RI_PATH_STATE "/grub.d-made"
/* Another: /boot/grub/grubenv was. */
#define RI_PATH_STATE_GRUBENV_OURS RI_PATH_STATE "/grubenv-made"
/* What the disk had that was packed (plan/drift.h). */
#define RI_PATH_STATE_RECORD RI_PATH_STATE "/record"
/* What saved_entry was before the first build; empty: not set. */
#define RI_PATH_STATE_SAVED RI_PATH_STATE "/saved_entry.orig"

/* An empty file: the image holds a RAM set and no root (build --slim). */
#define RI_PATH_STATE_SLIM RI_PATH_STATE "/slim"

/* Members of the segment appended to the initrd, beside the script (os/initramfs.h). */
#define RI_MEMBER_RAMLOAD "ramimg/ramload"
#define RI_MEMBER_MANIFEST "ramimg/manifest"
/* Of the compressed form: the hash of each MiB of the archive (format/loader_memory.h). */
#define RI_MEMBER_HASHES "ramimg/hashes"
/* Of an initrd that brings it (build --diskless): the archive. */
#define RI_MEMBER_ARCHIVE "ramimg/archive"
