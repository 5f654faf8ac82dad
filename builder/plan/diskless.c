// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/diskless.h"
#include "grub/grublex.h"
#include "grub/grubtoken.h"
#include "os/initramfs.h"

static const char *const dropped[] = {
	/* They say of the disk's root, or of a /usr of its own, how it is mounted. */
	"root=", "rootflags=", "rootfstype=", "rootdelay=", "rootwait",
	"mount.usr=", "mount.usrfstype=", "mount.usrflags=",
	/*
	 * What dracut puts together to find it, and waits for. (dracut.cmdline(7); its older names. rd.luks=1 behind the
	 * rd.luks=0 of a boot without a disk would count.)
	 */
	"rd.lvm.", "rd_LVM_", "rd.md.", "rd_MD_", "rd.luks", "rd_LUKS_"
};

static bool is_dropped(struct ri_span bare)
{
	for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
		if (ri_span_starts(bare, dropped[i]))
			return true;
	return false;
}

/* Between quotes where it must be: the kernel takes them off a word that begins with one (lib/cmdline.c, next_arg). */
static int add_plain(struct ri_span bare, struct ri_buf *line, struct ri_err *e)
{
	bool blank = false, quote = false;

	for (size_t i = 0; i < bare.n; i++) {
		blank = blank || memchr(" \t", bare.p[i], 2);
		quote = quote || bare.p[i] == '"';
	}
	if (blank && quote)
		return ri_fail(e, RI_E_GUEST, 0,
		    "an argument of the kernel's has both blanks and double quotes: %.*s",
		    (int)(bare.n < 200 ? bare.n : 200), bare.p);
	ri_buf_addf(line, " %s", blank ? "\"" : "");
	ri_buf_add_span(line, bare);
	ri_buf_add_str(line, blank ? "\"" : "");
	return 0;
}

static int add_word(struct ri_span word, struct ri_buf *script, struct ri_buf *line,
    struct ri_err *e)
{
	RI_BUF bare = { 0 };
	int rc = ri_grub_unquote(word, &bare, e);

	if (rc == 0)
		return ri_fail(e, RI_E_GUEST, 0,
		    "an argument of the kernel's has a variable of GRUB's: %.*s",
		    (int)(word.n < 200 ? word.n : 200), word.p);
	if (rc < 0)
		return -1;
	if (is_dropped(ri_buf_span(&bare)))
		return 0;
	ri_buf_add(script, " ", 1);
	ri_buf_add_span(script, word);
	return add_plain(ri_buf_span(&bare), line, e);
}

int ri_diskless_cmdline(const char *cmdline, const char *generator, struct ri_buf *script,
    struct ri_buf *line, struct ri_err *e)
{
	const struct ri_initramfs *k = ri_initramfs_find(generator);
	const char *more = k ? k->diskless : NULL;
	struct ri_span rest = ri_str(cmdline), word;
	int rc;

	ri_buf_addf(script, "root=" RI_DISKLESS_ROOT "%s%s", more ? " " : "", more ? more : "");
	ri_buf_add_span(line, ri_buf_span(script));
	while ((rc = ri_grub_word(&rest, &word, e)) > 0)
		if (add_word(word, script, line, e) < 0)
			return ri_ctx(e, "--diskless");
	if (rc < 0)
		return ri_ctx(e, "--diskless");
	return ri_buf_check(script, e) < 0 ? -1 : ri_buf_check(line, e);
}
