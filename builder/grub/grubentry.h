// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The RAM root's menu entry.
 */
#include "grub/grubstock.h"

/** What the entry says. All strings come from the guest and are checked here. */
struct ri_grub_spec {
	const char *id;       /* "ramimg-<uuid>", [a-z0-9-]+ */
	const char *os_name;  /* "Debian GNU/Linux" */
	const char *os_id;    /* "debian" */
	const char *ptable;   /* "msdos", "gpt", or NULL: a disk without partitions, or below LVM */
	int disk, part;       /* numbers in GRUB's sense: disk from 0, partition from 1 */
	const char *lvm_hint; /* "lvmid/<vg uuid>/<lv uuid>" (disk, part then unused), or NULL */
	const char *fstype;   /* of the file system that holds the kernel: "ext4", "xfs" … */
	const char *fs_module; /* GRUB's module for it: "ext2", "xfs" …; NULL: none is known */
	const char *fs_uuid;   /* of that file system */
	const char *kernel, *initrd; /* paths as GRUB sees them on that file system */
	const char *cmdline;         /* all of the kernel's arguments */
	/*
	 * The text of the default entry without ramimg, as ri_grub_cfg_get_default gives it: it
	 * becomes the default when the RAM entry has failed twice. NULL: GRUB does not count.
	 */
	const char *stock_default;
	/*
	 * What the entry has of the guest's own, where that is understood; NULL: nothing. The rest is
	 * made from what stands above.
	 */
	const struct ri_grub_stock *stock;
};

/** What the block is made of. */
struct ri_grub_templates {
	struct ri_span entry;  /* templates/grub-entry */
	struct ri_span before; /* templates/grub-before: what comes before the kernel */
	struct ri_span count;  /* templates/grub-count, inside of the entry */
	struct ri_span failed; /* templates/grub-failed, before it */
};

/**
 * Append the whole block, markers included.
 * OS name quoted for GRUB's single quotes; options, and the commands around the kernel and initrd, of
 * @s->stock. Without them classes "--class ID --class gnu-linux --class gnu --class os"; and insmod
 * part_msdos|part_gpt|lvm and ext2|xfs|btrfs as grub-mkconfig_lib's prepare_grub_to_access_device
 * does, with set root and the three search hints.
 * @return 0; -1 RI_E_GUEST where a value cannot be written safely (newline, control byte,
 *         UUID with odd characters, a command line or a default entry that GRUB's script would not
 *         read as words), RI_E_UNSUPPORTED without fs_module or for another partition table.
 */
int ri_grub_entry(const struct ri_grub_spec *s, const struct ri_grub_templates *t,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Append the system's name for the inside of single quotes, as grub-mkconfig_lib's grub_quote has it. @out is a string
 * then, even an empty one.
 * @return 0; -1 RI_E_GUEST: a control byte is in it, RI_E_NOMEM.
 */
int ri_grub_os_name(const char *name, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * The kernel's arguments: root=, ro, the guest's own (GRUB_CMDLINE_LINUX, then _DEFAULT, as
 * 10_linux orders them) without resume=…, resume_offset=, root=, ro/rw, boot=, toram, noresume and
 * ramimg.*, then @words, what the initramfs needs (os/initramfs.h); boot= stays where they have none. The
 * guest's words keep their quotes and backslashes:
 * they are GRUB script, as 10_linux writes them.
 * @root is "UUID=…" or a device path as the stock entry has it.
 * @return 0; -1 RI_E_GUEST ("GRUB_CMDLINE_LINUX: ; outside quotes") for words that would end the
 *         command, open a quote or a block, or start a comment; RI_E_NOMEM.
 */
int ri_grub_cmdline(const char *root, const char *linux_all, const char *linux_default,
    const char *words, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
