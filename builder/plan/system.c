// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/system.h"
#include "os/initramfs.h"
#include "plan/guest_paths.h"

#include <stdarg.h>

static int refuse(const struct ri_facts *f, struct ri_err *e, const char *fmt, ...) RI_PRINTF(3, 4);

/* "Alpine Linux v3.19 on /dev/sda1: …" */
static int refuse(const struct ri_facts *f, struct ri_err *e, const char *fmt, ...)
{
	RI_FREE char *why = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&why, fmt, ap);
	va_end(ap);
	if (n < 0) {
		why = NULL;
		return ri_nomem(e);
	}
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s on %s: %s",
	    f->os.pretty_name[0] ? f->os.pretty_name : f->os.name, ri_facts_root(f)->device, why);
}

static const char *words(const char *arch)
{
	if (strcmp(arch, "i386") == 0)
		return "for i386 (32 bit)";
	if (strcmp(arch, "aarch64") == 0)
		return "for arm64 (aarch64)";
	return arch[0] ? arch : "for a processor that ramimg does not know";
}

/* As 30_os-prober names the entry that starts what is on @fs: 'osprober-chain-UUID'. */
static bool is_in_menu(const struct ri_facts *f, const struct ri_ondisk_fs *fs)
{
	const struct ri_buf *cfg = &f->now[RI_TEXT_CFG].bytes;

	for (size_t i = 0; i < fs->names.n; i++) {
		char id[80];

		if (strncmp(fs->names.v[i], "UUID=", 5) != 0)
			continue;
		snprintf(id, sizeof id, "'osprober-chain-%.40s'", fs->names.v[i] + 5);
		if (cfg->n > 0 && memmem(cfg->p, cfg->n, id, strlen(id)))
			return true;
	}
	return false;
}

/* An NTFS alone can be data, and an EFI partition can have the rest of a system that is gone. */
static int check_windows(const struct ri_facts *f, struct ri_err *e)
{
	for (size_t i = 0; i < f->disk.n; i++) {
		const struct ri_ondisk_fs *fs = &f->disk.v[i];

		if (strcmp(fs->type, "ntfs") != 0 && strcmp(fs->type, "BitLocker") != 0)
			continue;
		if (f->windows || is_in_menu(f, fs))
			return refuse(f, e,
			    "a Windows is on the disk too (%s on %s%s%s): it is not clear which the VM is "
			    "to run, and only one would be in RAM; give each a disk of its own",
			    fs->type[0] == 'n' ? "NTFS" : fs->type, fs->device,
			    f->windows ? ", " : "", f->windows ? f->windows : "");
	}
	return 0;
}

int ri_plan_check_system(const struct ri_facts *f, struct ri_err *e)
{
	if (f->unclean.n > 0)
		return refuse(f, e,
		    "its kernel met an error in a file system, which is on record in it; run e2fsck -f on %s "
		    "from a rescue system, then build again",
		    f->unclean.p);
	if (check_windows(f, e) < 0)
		return -1;
	if (strcmp(f->arch, "x86_64") != 0)
		return refuse(f, e, "its programs are %s; ramimg builds x86_64 guests only",
		    words(f->arch));
	if (f->initramfs[0] && !ri_initramfs_find(f->initramfs))
		return refuse(f, e,
		    "its initrd is made by %s, which ramimg does not know how to extend; it extends those "
		    "of initramfs-tools and dracut",
		    f->initramfs);
	if (!f->grub && f->loader[0])
		return refuse(f, e,
		    "it is started by %s; ramimg needs GRUB 2 with " RI_PATH_CFG
		    ": install that in the guest",
		    f->loader);
	if (strcmp(f->boot->fstype, "vfat") == 0)
		return refuse(f, e,
		    "%s is on FAT (%s), which holds no file of 4 GiB, no links and no permissions; have the "
		    "EFI partition at /boot/efi and /boot on ext4, xfs or btrfs",
		    f->boot->mountpoint, f->boot->device);
	return 0;
}
