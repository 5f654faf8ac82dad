// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Facts: what inspection found in the guest. Collected once, constant afterwards.
 */
#include "os/kernels.h"
#include "os/ondisk.h"
#include "os/osrelease.h"

#include <stdint.h>

/** A file system of the guest that is mounted for the build. */
struct ri_mount {
	char *mountpoint;           /* "/", "/boot" … */
	char *device;               /* libguestfs's name for it; meaningless inside the guest */
	char *fstype;               /* "ext4" */
	char *uuid;                 /* "" where it has none */
	uint64_t bytes, free_bytes; /* size, and what root may still write */
	/* Of a btrfs, which subvolume; its id is 0 and its path NULL where it is another file system. */
	struct ri_subvol subvol;
};

/** Where the file system that GRUB reads is, in GRUB's terms. */
struct ri_bootdev {
	int disk, part; /* disk from 0, partition from 1; part 0: the whole disk */
	char *ptable;   /* "msdos", "gpt"; NULL for LVM */
	char *lvm_hint; /* "lvmid/<vg uuid>/<lv uuid>"; NULL otherwise */
};

/** Bytes of a text of the guest: none that ramimg reads is anywhere near. */
#define RI_TEXT_MAX ((size_t)1 << 20)

/** A text file of the guest, of at most RI_TEXT_MAX. */
struct ri_text {
	char *path;
	struct ri_buf bytes;
	bool present;
};

/** The texts that ramimg reads and rewrites, and what an earlier build left next to them. */
enum ri_text_id {
	RI_TEXT_FSTAB,
	RI_TEXT_CUSTOM, /* /etc/grub.d/40_custom */
	RI_TEXT_CFG,    /* /boot/grub/grub.cfg, or /boot/grub2/grub.cfg */
	RI_TEXTS
};

/** A grub.cfg on an EFI partition, which GRUB reads first, and which leads to the system's own. */
struct ri_esp_stub {
	char *path;   /* "/EFI/debian/grub.cfg" */
	char *device; /* the partition that it is on */
	struct ri_buf bytes;
};

/** How large an initrd is, as struct ri_initrd_info (initrd/initrd.h) has it. */
struct ri_initrd_size {
	uint64_t bytes, entries, unpacked_bytes, shed_bytes;
};

/** A store of containers, plan/stores.h. */
struct ri_store_found {
	char *dir;   /* where it is; NULL: there is none */
	bool layers; /* it has overlays in it */
};
enum { RI_STORES = 3 };

/** What zram swap needs (plan/zram.h). */
struct ri_zram_found {
	struct ri_strv
	    modules; /* the kernels' own: "/lib/modules/6.1.0-9-amd64/kernel/…/zram.ko.xz" */
	bool
	    systemd; /* it makes a swap area of a device at boot, and udev has a directory for rules */
	const char
	    *own; /* a file of a package that sets zram up itself, static; NULL: there is none */
};

struct ri_facts {
	struct ri_osrelease os;
	char *arch;              /* "x86_64" */
	struct ri_mount *mounts; /* the root first */
	size_t mounts_n;
	const struct ri_mount *boot; /* the one that holds /boot; points into mounts */
	struct ri_bootdev bootdev;
	struct ri_ondisk disk; /* everything on it, and what an fstab may call it */
	struct ri_strv
	    automounts; /* mount points that units of systemd's mount at the first access */
	struct ri_strv snapshots; /* in what is mounted: subvolumes that are copies of others */
	char *root_spec;          /* what root= says: "UUID=…" or "/dev/mapper/vg-root" */
	/* What made the initrd of the kernel that is booted, where one was looked at (guest/inspect_initrd.h);
	 * else what the guest has installed: "initramfs-tools", "dracut", "mkinitcpio", "". */
	char *initramfs;
	enum ri_code initrd_code; /* that initrd cannot be extended, and for what reason */
	char *initrd_fault;
	struct ri_initrd_size initrd; /* of one that can be; else all 0 */
	bool grub;                    /* GRUB 2 with a grub.cfg */
	bool grub2;                   /* which is in /boot/grub2, with the environment block */
	bool bls;                     /* its menu is made of these files (grub/bls.h): */
	struct ri_text *entries;      /* /boot/loader/entries/ *.conf by name, ramimg's own too */
	size_t entries_n;
	struct ri_text
	    saved_entry; /* the state's copy of that variable, from before the earlier build */
	struct ri_text selinux; /* /etc/selinux/config */
	/* In words, where it is no GRUB 2: "systemd-boot (/EFI/systemd on /dev/sda1)"; "" if none is known. */
	char *loader;
	char *
	    windows; /* where an EFI partition has its boot loader: "/EFI/Microsoft/Boot on /dev/sda1"; else NULL */
	/* Where an ext file system has an error on record: "/dev/sda1 (ext4), …"; empty: nowhere. */
	struct ri_buf unclean;
	struct ri_esp_stub *stubs; /* what the EFI partitions' own grub.cfg hold */
	size_t stubs_n;
	bool cloud_init; /* it has cloud-init, and no configuration of ramimg's name for it */
	/* dracut's service that unpacks the initramfs at shutdown, and nobody's own in its place. */
	bool dracut_shutdown;
	struct ri_store_found stores[RI_STORES];
	struct ri_zram_found zram;
	struct ri_boot_file *boot_files; /* the regular files of /boot; names owned */
	size_t boot_files_n;
	struct ri_strv modules;        /* names below /lib/modules */
	struct ri_text now[RI_TEXTS];  /* as they are on the disk */
	struct ri_text orig[RI_TEXTS]; /* as they were before the earlier build (from its state) */
	struct ri_text ours[RI_TEXTS]; /* as the earlier build left them */
	struct ri_text fstab_copy;     /* /etc/fstab.ramimg-orig */
	struct ri_text record;         /* what the earlier build found (plan/drift.h) */
	char *packages;                /* SHA-256 of dpkg's status; "": it has none */
	struct ri_text grubenv;        /* GRUB's environment block */
	bool grubenv_ours;             /* an earlier build made it */
	struct ri_text *defaults;      /* /etc/default/grub, then grub.d/ *.cfg in order */
	size_t defaults_n;
	bool defaults_dir;      /* /etc/default/grub.d exists */
	bool defaults_dir_ours; /* an earlier build made it */
	bool slim;              /* it is an image of --slim: it has a RAM set and no root */
	bool built;             /* an earlier build's traces are there */
};

/** The root's mount. */
static inline const struct ri_mount *ri_facts_root(const struct ri_facts *f)
{
	return &f->mounts[0];
}
void ri_facts_free(struct ri_facts *f);
