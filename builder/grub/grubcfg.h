#pragma once
/*
 * GRUB 2 without update-grub: the menu entry, and where it goes in /etc/grub.d/40_custom and in
 * /boot/grub/grub.cfg, byte for byte as grub-mkconfig would put it there (util/grub-mkconfig.in:
 * each script's output stands between "### BEGIN PATH ###" and "### END PATH ###").
 */
#include "base/buf.h"

/** The first and last line of our block in 40_custom, each followed by an LF. */
#define RI_GRUB_BEGIN "### BEGIN ramimg ###"
#define RI_GRUB_END "### END ramimg ###"
/**
 * Stands right above the first line where 40_custom had no final newline before us: the line end
 * above it is ours, and goes with the block.
 */
#define RI_GRUB_NOTE "### ramimg: the line end above is not the file's own ###"

/** What the entry says. All strings come from the guest and are checked here. */
struct ri_grub_spec {
	const char *id;       /* "ramimg-<uuid>", [a-z0-9-]+ */
	const char *os_name;  /* "Debian GNU/Linux" */
	const char *os_id;    /* "debian" */
	const char *ptable;   /* "msdos", "gpt", or NULL: a disk without partitions, or below LVM */
	int disk, part;       /* numbers in GRUB's sense: disk from 0, partition from 1 */
	const char *lvm_hint; /* "lvmid/<vg uuid>/<lv uuid>" (disk, part then unused), or NULL */
	const char *fstype;   /* of the file system that holds the kernel: "ext4", "xfs" … */
	const char *fs_uuid;  /* of that file system */
	const char *kernel, *initrd; /* paths as GRUB sees them on that file system */
	const char *cmdline;         /* all of the kernel's arguments */
	/*
	 * The text of the default entry without ramimg, as ri_grub_cfg_get_default gives it: what the
	 * default becomes when the RAM entry has failed twice. NULL: GRUB shall not count.
	 */
	const char *stock_default;
};

/** What the block is made of. */
struct ri_grub_templates {
	struct ri_span entry;  /* templates/grub-entry */
	struct ri_span count;  /* templates/grub-count, inside of the entry */
	struct ri_span failed; /* templates/grub-failed, before it */
};

/**
 * Append the whole block, markers included.
 * OS name quoted for GRUB's single quotes; classes "--class ID --class gnu-linux --class gnu
 * --class os"; insmod part_msdos|part_gpt|lvm and ext2|xfs|btrfs as grub-mkconfig_lib's
 * prepare_grub_to_access_device does, with set root and the three search hints.
 * @return 0; -1 RI_E_GUEST where a value cannot be written safely (newline, control byte,
 *         UUID with odd characters, a command line or a default entry that GRUB's script would not take as words),
 *         RI_E_UNSUPPORTED for a file system GRUB has no module for here.
 */
int ri_grub_entry(const struct ri_grub_spec *s, const struct ri_grub_templates *t,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * The kernel's arguments: root=, ro, the guest's own (GRUB_CMDLINE_LINUX, then _DEFAULT, as
 * 10_linux orders them) without resume=…, resume_offset=, root=, ro/rw, boot=, toram, noresume and
 * ramimg.*, then "boot=ramimg toram noresume". The guest's words keep their quotes and backslashes:
 * they are GRUB script, as 10_linux writes them.
 * @root is "UUID=…" or a device path as the stock entry has it.
 * @return 0; -1 RI_E_GUEST ("GRUB_CMDLINE_LINUX: ; outside quotes") for words that would end the
 *         command, open a quote or a block, or start a comment; RI_E_NOMEM.
 */
int ri_grub_cmdline(const char *root, const char *linux_all, const char *linux_default,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * 40_custom with our block at its end (replacing an earlier one where it stands). A marker is a
 * whole line; the same text indented, behind a # or in a longer line is none.
 * @return 0; -1 RI_E_GUEST where the file does not begin with "#!/bin/sh" and
 *         "exec tail -n +3 $0" (its output could not be known without running it), or where a
 *         marker stands without its partner or a second time; RI_E_CONFIG where @block is not one
 *         block.
 */
int ri_grub_custom_put(struct ri_span custom, struct ri_span block, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * 40_custom without our block: the exact inverse of ri_grub_custom_put on a file that had none
 * (also when that file had no final newline, see RI_GRUB_NOTE); a file without the block passes
 * through.
 * @return 0; -1 RI_E_GUEST where a marker stands without its partner or a second time.
 */
int ri_grub_custom_drop(struct ri_span custom, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * grub.cfg with the section of /etc/grub.d/40_custom holding what @custom (the script) prints: all
 * from its third line on. Without a final newline there, the END line follows in the same line, as
 * grub-mkconfig writes it.
 * @return 0; -1 RI_E_GUEST: no such section, two of them, or BEGIN without END ("run update-grub in
 *         the guest" is part of the message), or a @custom that is not the stock script, or holds
 *         such a BEGIN or END line itself.
 */
int ri_grub_cfg_put(struct ri_span cfg, struct ri_span custom, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The text between the quotes of the `set default="…"` that decides in 00_header's section (the one
 * in the else branch after next_entry).
 * @return 0; -1 RI_E_GUEST where there is none.
 */
int ri_grub_cfg_get_default(struct ri_span cfg, struct ri_span *value,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * grub.cfg with that text replaced by @value: an entry's id, or text taken from another grub.cfg by
 * ri_grub_cfg_get_default.
 * @return 0; -1 RI_E_GUEST where @value between double quotes is not one word of GRUB's script
 *         (a quote, a control byte, a $ that names no variable), or as ri_grub_cfg_get_default.
 */
int ri_grub_cfg_set_default(struct ri_span cfg, struct ri_span value, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Whether @value, between double quotes, is one word of GRUB's script.
 * @return 0; -1 RI_E_GUEST, RI_E_NOMEM.
 */
int ri_grub_default_check(struct ri_span value, struct ri_err *e) RI_MUST_CHECK;

/** The text between our markers in a 40_custom or grub.cfg, markers included; n = 0 if none. */
struct ri_span ri_grub_find_block(struct ri_span text);
