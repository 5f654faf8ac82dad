// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Operating systems on the disk: what libguestfs's inspection looks at, as far as it matters for a
 * Linux root on ext. All else that it knows is not ours to tell.
 */
#include "reader/server_os.h"
#include "os/osrelease.h"
#include "plan/facts.h"
#include "reader/server_fstab.h"
#include "reader/server_internal.h"

#include <elf.h>
#include <strings.h>
#include <sys/stat.h>

/* st_mode of what is at @path; 0: nothing. A loop of symlinks is nothing too. */
static int mode_of(struct ri_vfs *v, const char *path, bool follow, uint32_t *mode,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	int why, rc = ri_vfs_walk(v, path, follow, &p, &why, e);

	*mode = rc > 0 ? p.mode : 0;
	return rc < 0 ? -1 : 0;
}

/* What libguestfs takes for the mark of another system than a common Linux. */
static const char *const strange[] = { "/etc/freebsd-update.conf", "/netbsd", "/bsd",
	"/hurd/console", "/service/vm", "/etc/coreos/update.conf", "/usr/share/coreos",
	"/share/coreos" };
/* Or, in any case of letters, for Windows or DOS. */
static const char *const strange_dirs[] = { "windows", "winnt", "win32", "win", "reactos", "fdos",
	"dos", "program files", "system volume information" };

static int refuse_strange(struct ri_vfs *v, struct ri_fs *fs, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	uint32_t mode;

	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		if (mode_of(v, strange[i], false, &mode, e) < 0)
			return -1;
		if (mode != 0)
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "%s exists, so this may not be a common Linux", strange[i]);
	}
	if (ri_fs_names(fs, RI_FS_ROOT, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		for (size_t k = 0; k < sizeof strange_dirs / sizeof *strange_dirs; k++)
			if (strcasecmp(names.v[i].name, strange_dirs[k]) == 0)
				return ri_fail(e, RI_E_UNSUPPORTED, 0,
				    "/%s exists, so this may not be Linux", names.v[i].name);
	return 0;
}

static int is_file(struct ri_vfs *v, const char *path, bool *yes, struct ri_err *e)
{
	uint32_t mode;

	if (mode_of(v, path, false, &mode, e) < 0)
		return -1;
	*yes = *yes || S_ISREG(mode);
	return 0;
}

/* "/bin" is a directory, or the symlink "usr/bin" of a merged /usr. */
static int has_bin(struct ri_vfs *v, struct ri_fs *fs, bool *yes, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	struct ri_fs_inode inode;
	RI_BUF target = { 0 };
	int why, rc = ri_vfs_walk(v, "/bin", false, &p, &why, e);

	*yes = rc > 0 && S_ISDIR(p.mode);
	if (rc <= 0 || !S_ISLNK(p.mode))
		return rc < 0 ? -1 : 0;
	if (ri_vfs_inode(v, p.node, &fs, &inode, e) < 0 || ri_fs_link(fs, &inode, &target, e) < 0)
		return -1;
	*yes = ri_span_eq(ri_buf_span(&target), ri_str("usr/bin"));
	return 0;
}

static int is_root(struct ri_vfs *v, struct ri_fs *fs, bool *yes, struct ri_err *e)
{
	bool boot = false, bin = false, table = false;
	uint32_t etc;

	*yes = false;
	if (is_file(v, "/grub/menu.lst", &boot, e) < 0 ||
	    is_file(v, "/grub/grub.conf", &boot, e) < 0 ||
	    is_file(v, "/grub2/grub.cfg", &boot, e) < 0)
		return -1;
	if (boot)
		return 0;
	if (refuse_strange(v, fs, e) < 0 || mode_of(v, "/etc", false, &etc, e) < 0 ||
	    has_bin(v, fs, &bin, e) < 0 || is_file(v, "/etc/fstab", &table, e) < 0 ||
	    is_file(v, "/etc/hosts", &table, e) < 0)
		return -1;
	*yes = S_ISDIR(etc) && bin && table;
	return 0;
}

/* Types that libguestfs ignores too: all others might contain a system. */
static bool is_no_matter(const struct ri_blockdev *b)
{
	return b->type[0] == '\0' || strcmp(b->type, "swap") == 0 ||
	       strcmp(b->type, "LVM2_member") == 0;
}

static int find_roots(struct ri_server *s, struct ri_buf *items, size_t *n, struct ri_err *e)
{
	for (uint32_t i = 0; i < ri_server_vfs(s)->layout.n; i++) {
		const struct ri_blockdev *b = &ri_server_vfs(s)->layout.v[i];
		struct ri_fs *fs;
		bool yes;

		if (is_no_matter(b))
			continue;
		ri_vfs_umount_all(ri_server_vfs(s));
		if (ri_vfs_fs(ri_server_vfs(s), i, &fs, e) < 0 ||
		    ri_vfs_mount(ri_server_vfs(s), b->name, "/", e) < 0 ||
		    is_root(ri_server_vfs(s), fs, &yes, e) < 0)
			return -1;
		if (yes && ri_server_item(s, items, 0, b->name, e) < 0)
			return -1;
		*n += yes;
	}
	return 0;
}

int ri_server_roots(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF items = { 0 };
	size_t n = 0;
	int rc = find_roots(s, &items, &n, e);

	(void)in, (void)out;
	ri_vfs_umount_all(ri_server_vfs(s));
	if (rc < 0)
		return -1;
	if (n != 1)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s operating system was found directly",
		    n == 0 ? "no" : "more than one");
	return ri_server_items_end(s, &items, e);
}

struct text {
	struct ri_buf bytes;
	size_t max;
};

static int add_text(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	static const char zeros[4096];
	struct text *t = arg;

	while (t->bytes.n < at && t->bytes.n < t->max)
		ri_buf_add(&t->bytes, zeros,
		    at - t->bytes.n < sizeof zeros ? (size_t)(at - t->bytes.n) : sizeof zeros);
	if (t->bytes.n < t->max)
		ri_buf_add(&t->bytes, bytes.p,
		    bytes.n < t->max - t->bytes.n ? bytes.n : t->max - t->bytes.n);
	return ri_buf_check(&t->bytes, e);
}

/* The text at @path, symlinks followed. @return 1; 0 if the file does not exist; -1. */
static int text_of(struct ri_vfs *v, const char *path, struct text *t, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	struct ri_fs_inode inode;
	struct ri_fs *fs;
	int why, rc = ri_vfs_walk(v, path, true, &p, &why, e);

	if (rc <= 0 || !S_ISREG(p.mode))
		return rc < 0 ? -1 : 0;
	if (ri_vfs_inode(v, p.node, &fs, &inode, e) < 0)
		return -1;
	if (t->max == RI_TEXT_MAX && inode.size > RI_TEXT_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s in the guest has %llu bytes, and may have %llu at most", path,
		    (unsigned long long)inode.size, (unsigned long long)RI_TEXT_MAX);
	return ri_fs_data(fs, &inode, add_text, t, e) < 0 ? -1 : 1;
}

const char *ri_reader_elf_arch(struct ri_span head)
{
	uint16_t type, machine;
	bool wide;

	if (head.n < 20 || memcmp(head.p, ELFMAG, SELFMAG) != 0 || head.p[EI_DATA] != ELFDATA2LSB)
		return NULL;
	type = (uint16_t)((unsigned char)head.p[16] | (unsigned char)head.p[17] << 8);
	machine = (uint16_t)((unsigned char)head.p[18] | (unsigned char)head.p[19] << 8);
	wide = head.p[EI_CLASS] == ELFCLASS64;
	if (type < ET_REL || type > ET_DYN)
		return NULL;
	if (machine == EM_X86_64 && wide)
		return "x86_64";
	if (machine == EM_AARCH64 && wide)
		return "aarch64";
	return machine == EM_386 && !wide ? "i386" : NULL;
}

/* By the first of libguestfs's programs that is there. */
static int find_arch(struct ri_vfs *v, const char **arch, struct ri_err *e)
{
	static const char *const programs[] = { "/bin/bash", "/bin/ls", "/bin/echo", "/bin/rm",
		"/bin/sh" };

	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct text head = { .max = 64 };
		int rc = text_of(v, programs[i], &head, e);

		*arch = rc > 0 ? ri_reader_elf_arch(ri_buf_span(&head.bytes)) : NULL;
		ri_buf_free(&head.bytes);
		if (rc < 0)
			return -1;
		if (rc > 0 && *arch)
			return 0;
		if (rc > 0)
			break;
	}
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "the architecture is not known for certain");
}

static void text_end(struct text *t)
{
	ri_buf_free(&t->bytes);
}

/*
 * The name of the system. libguestfs takes Debian's from debian_version, as os-release tells only
 * the major version.
 */
static int find_product(struct ri_vfs *v, char **product, struct ri_err *e)
{
	RI_ON_EXIT(ri_osrelease_free) struct ri_osrelease os = { 0 };
	RI_ON_EXIT(text_end) struct text t = { .max = RI_TEXT_MAX };
	RI_ON_EXIT(text_end) struct text version = { .max = RI_TEXT_MAX };
	struct ri_span rest, line = { 0 };
	int rc = text_of(v, "/etc/os-release", &t, e);

	if (rc < 0)
		return -1;
	/* What is wrong with it is for the appliance to say. */
	if (rc == 0 || memchr(t.bytes.p ? t.bytes.p : "", '\0', t.bytes.n))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "/etc/os-release is not text");
	if (ri_osrelease_parse(ri_buf_span(&t.bytes), &os, e) < 0)
		return -1;
	if (!*os.pretty_name)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "/etc/os-release does not say what it is");
	if (strcmp(os.id, "debian") == 0) {
		if (text_of(v, "/etc/debian_version", &version, e) < 0)
			return -1;
		rest = ri_buf_span(&version.bytes);
		if (ri_span_line(&rest, &line))
			line = ri_span_chomp(line);
	}
	*product = line.n > 0 ? ri_span_dup(line) : strdup(os.pretty_name);
	return *product ? 0 : ri_nomem(e);
}

static bool has_entries(struct ri_span text)
{
	struct ri_span line;

	while (ri_span_line(&text, &line)) {
		line = ri_span_trim(line);
		if (line.n > 0 && line.p[0] != '#')
			return true;
	}
	return false;
}

static int find_mounts(struct ri_vfs *v, const char *root, struct ri_fsmounts *out,
    struct ri_err *e)
{
	RI_ON_EXIT(text_end) struct text fstab = { .max = RI_TEXT_MAX };
	RI_ON_EXIT(text_end) struct text crypttab = { .max = RI_TEXT_MAX };
	uint32_t mode;

	if (mode_of(v, "/etc/fstab", false, &mode, e) < 0)
		return -1;
	if (mode != 0 && !S_ISREG(mode))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "/etc/fstab is not a plain file");
	if (text_of(v, "/etc/fstab", &fstab, e) < 0 ||
	    text_of(v, "/etc/crypttab", &crypttab, e) < 0)
		return -1;
	return ri_reader_fstab(ri_buf_span(&fstab.bytes), &v->layout, root,
	    has_entries(ri_buf_span(&crypttab.bytes)), out, e);
}

static int tell_os(struct ri_server *s, const char *root, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fsmounts_free) struct ri_fsmounts mounts = { 0 };
	RI_FREE char *product = NULL;
	RI_BUF items = { 0 };
	const char *arch;

	if (ri_vfs_mount(ri_server_vfs(s), root, "/", e) < 0 ||
	    find_arch(ri_server_vfs(s), &arch, e) < 0 ||
	    find_product(ri_server_vfs(s), &product, e) < 0 ||
	    find_mounts(ri_server_vfs(s), root, &mounts, e) < 0)
		return -1;
	/* Mount point and device by turns. */
	for (size_t i = 0; i < mounts.n; i++)
		if (ri_server_item(s, &items, 0, mounts.v[i].at, e) < 0 ||
		    ri_server_item(s, &items, 0, mounts.v[i].device, e) < 0)
			return -1;
	ri_wire_put_str(out, ri_str("linux"));
	ri_wire_put_str(out, ri_str(arch));
	ri_wire_put_str(out, ri_str(product));
	return ri_server_items_end(s, &items, e);
}

int ri_server_os(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	const char *root;
	int rc;

	if (!ri_wire_str(&in, &root))
		return ri_server_bad_request(e);
	ri_vfs_umount_all(ri_server_vfs(s));
	rc = tell_os(s, root, out, e);
	ri_vfs_umount_all(ri_server_vfs(s));
	return rc;
}
