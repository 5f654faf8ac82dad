// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "iso/iso.h"
#include "base/log.h"
#include "base/show.h"
#include "host/hostfile.h"
#include "host/process.h"

#include <errno.h>
#include <sys/stat.h>

#define GRUB "/usr/lib/grub/"
#define BIOS_CORE "bios.img"
#define EFI_CORE "bootx64.efi"
#define EFI_DISK "efi.img"
#define SEARCH "search.cfg"
#define TREE "tree"

/* No program of these takes long; xorriso copies some hundred MiB. */
enum { TIMEOUT_S = 1800 };

static const struct {
	const char *program; /* or, with a slash, a file */
	const char *package;
} needs[] = {
	{ "grub-mkimage", "grub-common" },
	{ GRUB "i386-pc/cdboot.img", "grub-pc-bin" },
	{ GRUB "x86_64-efi/moddep.lst", "grub-efi-amd64-bin" },
	{ "mformat", "mtools" },
	{ "xorriso", "xorriso" },
};

static int is_there(const char *what, bool *yes, struct ri_err *e)
{
	RI_ON_EXIT(ri_tool_free) struct ri_tool_ready ready = RI_TOOL_READY_INIT;
	const struct ri_tool nothing = { 0 };
	struct ri_err why = { 0 };

	if (what[0] == '/')
		*yes = access(what, R_OK) == 0;
	else
		*yes = ri_tool_prepare(&nothing, what, &ready, &why) == 0;
	return why.code == RI_E_NOMEM ? ri_nomem(e) : 0;
}

int ri_iso_check(struct ri_err *e)
{
	RI_BUF missing = { 0 };
	bool there;

	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		if (is_there(needs[i].program, &there, e) < 0)
			return -1;
		if (!there)
			ri_buf_addf(&missing, " %s", needs[i].package);
	}
	if (ri_buf_check(&missing, e) < 0)
		return -1;
	return missing.n == 0
		   ? 0
		   : ri_fail(e, RI_E_UNSUPPORTED, 0,
			 "--iso takes packages that are not installed: apt install%s", missing.p);
}

int ri_iso_fits(uint64_t bytes, struct ri_err *e)
{
	char is[RI_SHOW_FIGURE], most[RI_SHOW_FIGURE];

	return bytes <= RI_ISO_INITRD_MAX
		   ? 0
		   : ri_fail(e, RI_E_BUDGET, 0,
			 "--iso: the initrd with the archive has %s, and on a PC GRUB loads at most %s; leave more "
			 "out (archive.exclude), compress it more (archive.zstd_level, --compressed), or boot it by "
			 "--diskless",
			 ri_show_bytes(bytes, is), ri_show_bytes(RI_ISO_INITRD_MAX, most));
}

/* What is being made, and what the programs may open for it. */
struct work {
	struct ri_dir dir;        /* temporary */
	struct ri_dir tree;       /* in it: what the disc has */
	char epoch[48], date[24]; /* the time, for whoever writes one */
	struct ri_tool_file files[4];
	struct ri_tool tool;
	struct ri_child_fd out;
};

static void work_end(struct work *w)
{
	ri_dir_close(&w->tree);
	if (w->dir.path)
		ri_dir_remove_temporary(&w->dir);
}

/* @argv: the program and its arguments, in the temporary directory's words; NULL ends it. */
static int run(const struct work *w, const char *const *argv, struct ri_err *e)
{
	const struct ri_process_opts opts = { .timeout_s = TIMEOUT_S,
		.tool = &w->tool,
		.fd = w->out };
	const char *all[40] = { "env", w->epoch, "TZ=UTC0", "LC_ALL=C" };
	size_t n = 4;

	for (; *argv && n < sizeof all / sizeof *all - 1; argv++)
		all[n++] = *argv;
	return ri_process_check(all, &opts, NULL, e) < 0 ? ri_ctx(e, "%s", all[4]) : 0;
}

static int make_core(const struct work *w, const char *format, const char *name,
    const char *const *modules, struct ri_err *e)
{
	RI_FREE char *search = ri_file_join(w->dir.path, SEARCH);
	RI_FREE char *core = ri_file_join(w->dir.path, name);
	const char *argv[30] = { "grub-mkimage", "-O", format, "-p", "/boot/grub", "-c", search,
		"-o", core };
	size_t n = 9;

	if (!search || !core)
		return ri_nomem(e);
	while (*modules)
		argv[n++] = *modules++;
	return run(w, argv, e);
}

/* BIOS starts a core of its own kind from the disc; UEFI a program on a FAT that the disc has. */
static int make_cores(const struct work *w, struct ri_err *e)
{
	static const char *const bios[] = { "biosdisk", "iso9660", "search", "normal", "linux",
		"boot", "echo", "test", "reboot", "halt", NULL };
	static const char *const efi[] = { "iso9660", "search", "normal", "linux", "boot", "echo",
		"test", "reboot", "halt", "efi_gop", "efi_uga", "all_video", NULL };

	return make_core(w, "i386-pc-eltorito", "tree/boot/grub/" BIOS_CORE, bios, e) < 0
		   ? -1
		   : make_core(w, "x86_64-efi", EFI_CORE, efi, e);
}

static int make_efi_disk(const struct work *w, struct ri_err *e)
{
	RI_FREE char *disk = ri_file_join(w->dir.path, "tree/boot/grub/" EFI_DISK);
	RI_FREE char *core = ri_file_join(w->dir.path, EFI_CORE);
	const char *const format[] = { "mformat", "-C", "-f", "2880", "-N", "52414d49", "-i", disk,
		"::", NULL };
	const char *const dirs[] = { "mmd", "-i", disk, "::/EFI", "::/EFI/BOOT", NULL };
	const char *const put[] = { "mcopy", "-i", disk, core, "::/EFI/BOOT/BOOTX64.EFI", NULL };

	if (!disk || !core)
		return ri_nomem(e);
	return run(w, format, e) < 0 || run(w, dirs, e) < 0 ? -1 : run(w, put, e);
}

static int length(const char *path, off_t *out, struct ri_err *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	*out = st.st_size;
	return 0;
}

/* xorriso takes a link that leads nowhere as one, and says nothing. */
static int check_length(const struct ri_iso_spec *s, int fd, struct ri_err *e)
{
	off_t kernel = 0, initrd = 0;
	struct stat st;

	if (length(s->kernel, &kernel, e) < 0 || length(s->initrd, &initrd, e) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	return st.st_size > kernel && st.st_size - kernel > initrd
		   ? 0
		   : ri_fail(e, RI_E_IO, 0, "xorriso left out a part of it");
}

static int make_disc(const struct work *w, struct ri_err *e)
{
	const char *const argv[] = { "xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-r", "-f",
		"-iso-level", "3", "-volid", "RAMIMG", "--set_all_file_dates", w->date, "-b",
		"boot/grub/" BIOS_CORE, "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
		"--grub2-boot-info", "-eltorito-alt-boot", "-e", "boot/grub/" EFI_DISK,
		"-no-emul-boot", "-o", "stdio:/dev/fd/3", w->tree.path, NULL };

	return run(w, argv, e);
}

static int put_text(const struct ri_dir *d, const char *name, const struct ri_buf *text,
    struct ri_err *e)
{
	return ri_dir_put(d, name, ri_buf_span(text), 0600, e);
}

/* The files that are large are linked to. */
static int make_tree(const struct ri_iso_spec *s, struct work *w, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir boot = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir grub = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir mark = { 0 };
	RI_BUF search = { 0 }, menu = { 0 };

	if (ri_iso_search(s, &search, e) < 0 || ri_iso_menu(s, &menu, e) < 0 ||
	    ri_dir_make(&w->dir, TREE, &w->tree, e) < 0 ||
	    ri_dir_make(&w->tree, "boot", &boot, e) < 0 ||
	    ri_dir_make(&boot, "grub", &grub, e) < 0 ||
	    ri_dir_make(&w->tree, "ramimg", &mark, e) < 0)
		return -1;
	if (put_text(&w->dir, SEARCH, &search, e) < 0 ||
	    put_text(&grub, "grub.cfg", &menu, e) < 0 ||
	    ri_dir_put(&mark, s->id, ri_str("\n"), 0600, e) < 0)
		return -1;
	return ri_dir_symlink(&boot, "vmlinuz", s->kernel, e) < 0 ||
		       ri_dir_symlink(&boot, "initrd", s->initrd, e) < 0
		   ? -1
		   : 0;
}

/** Said here, because not every version of xorriso says which file is missing. */
static int check_input(const char *path, struct ri_err *e)
{
	struct stat st;

	return stat(path, &st) == 0 ? 0 : ri_fail(e, RI_E_IO, errno, "%s", path);
}

int ri_iso_write(const struct ri_iso_spec *s, const struct ri_pending *to, struct ri_err *e)
{
	RI_ON_EXIT(work_end) struct work w = { .out = { to->fd, 3 } };

	if (ri_dir_make_temporary(&w.dir, e) < 0)
		return -1;
	snprintf(w.epoch, sizeof w.epoch, "SOURCE_DATE_EPOCH=%lld", (long long)s->date);
	snprintf(w.date, sizeof w.date, "=%lld", (long long)s->date);
	w.files[0] = (struct ri_tool_file){ w.dir.path, RI_LANDLOCK_FILL };
	w.files[1] = (struct ri_tool_file){ s->kernel, RI_LANDLOCK_READ };
	w.files[2] = (struct ri_tool_file){ s->initrd, RI_LANDLOCK_READ };
	w.files[3] = (struct ri_tool_file){ to->self, RI_LANDLOCK_WRITE };
	w.tool = (struct ri_tool){ .files = w.files, .n = 4 };
	if (check_input(s->kernel, e) < 0 || check_input(s->initrd, e) < 0 ||
	    make_tree(s, &w, e) < 0 || make_cores(&w, e) < 0 || make_efi_disk(&w, e) < 0 ||
	    make_disc(&w, e) < 0 || check_length(s, to->fd, e) < 0)
		return ri_ctx(e, "making the ISO");
	return 0;
}
