// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An appliance that answers anything: of each call a byte of the input says whether the answer is a good guest's,
 * is made of the input, or is a failure. Without input all are good. Inspection, what the rules leave out, and the
 * plan come to an end, and the plan writes nowhere but to clean absolute paths of the guest.
 */
#include "fuzz.h"
#include "guest/find_excluded.h"
#include "guest/guest.h"
#include "guest/inspect.h"
#include "guest/mounts.h"
#include "plan/plan.h"

/* The most that an input may have asked, before its answers repeat for ever. */
enum { CALLS_MAX = 20000 };

/* What an answer may be made of, so that it leads on. */
static const char *const words[] = { "/", "/boot", "/dev/sda1", "/dev/vg/root", "/dev/sda2", "ext4",
	"swap", "linux", "x86_64", "Debian GNU/Linux 12 (bookworm)", "UUID=0-1", "PARTUUID=2-3",
	"LABEL=x", "vmlinuz-6.1.0-9-amd64", "initrd.img-6.1.0-9-amd64", "6.1.0-9-amd64", "gpt",
	"lvmid/x/y", "..", "../../etc/shadow", "a/b", "/a/../b", "\n", "'$(x)", "%s", "", "/home",
	"/etc/default/grub.d/50.cfg", "crypto_LUKS", "vfat", "windows" };

#define KERNEL "6.1.0-9-amd64"
#define UUID "11111111-2222-3333-4444-555555555555"

static const struct {
	const char *path, *content;
} good[] = {
	{ "/etc/os-release",
	    "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n" },
	{ "/etc/fstab", "UUID=" UUID " / ext4 errors=remount-ro 0 1\n" },
	{ "/etc/default/grub",
	    "GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n" },
	{ "/etc/grub.d/40_custom", "#!/bin/sh\nexec tail -n +3 $0\n# Entries of one's own.\n" },
	{ "/boot/grub/grub.cfg",
	    "### BEGIN /etc/grub.d/00_header ###\nif [ \"${next_entry}\" ] ; then\n"
	    "   set default=\"${next_entry}\"\nelse\n   set default=\"0\"\nfi\n"
	    "### END /etc/grub.d/00_header ###\n\n### BEGIN /etc/grub.d/40_custom ###\n"
	    "# Entries of one's own.\n### END /etc/grub.d/40_custom ###\n" },
	{ "/usr/share/initramfs-tools/scripts/local", "" },
	{ "/bin/ls", "" },
	{ "/boot/vmlinuz-" KERNEL, "" },
	{ "/boot/initrd.img-" KERNEL, "" },
};

static const char *const dirs[] = { "/bin", "/boot", "/etc", "/tmp" };
static const char program[] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\076";

struct fake {
	struct ri_guest g; /* first */
	struct ri_span in;
	unsigned calls;
};

static unsigned byte(struct fake *k)
{
	unsigned b = k->in.n > 0 ? (unsigned char)k->in.p[0] : 0;

	k->in = k->in.n > 0 ? ri_span_skip(k->in, 1) : k->in;
	return b;
}

/* For free(). A NUL ends it, as in a C library's answer. */
static char *text(struct fake *k)
{
	unsigned b = byte(k);
	size_t n = b & 127;
	char *s;

	if (b < 128)
		return strdup(words[b % (sizeof words / sizeof words[0])]);
	n = n < k->in.n ? n : k->in.n;
	s = strndup(n > 0 ? k->in.p : "", n);
	k->in = ri_span_skip(k->in, n);
	return s;
}

/* Up to four KiB of the input. */
static void content(struct fake *k, struct ri_buf *out)
{
	size_t n = (byte(k) & 15) << 8 | byte(k);

	n = n < k->in.n ? n : k->in.n;
	ri_buf_add(out, n > 0 ? k->in.p : "", n);
	k->in = ri_span_skip(k->in, n);
}

/* A call. @return 1: any answer; 0: a good one; -1. */
static int call(struct ri_guest *g, struct ri_err *e)
{
	struct fake *k = (struct fake *)g;
	unsigned b = byte(k);

	FUZZ_CHECK(++k->calls < CALLS_MAX);
	if (b < 248)
		return b >= 192;
	return ri_fail(e, b & 1 ? RI_E_UNSUPPORTED : RI_E_IO, b & 2 ? 2 : 0, "%s",
	    b == 254 ? "/etc/fstab" : "the appliance says no");
}

#define CALL                                                                                       \
	struct fake *k = (struct fake *)g;                                                         \
	int any = call(g, e);                                                                      \
                                                                                                   \
	if (any < 0)                                                                               \
	return -1

static int texts(struct fake *k, const char *before, struct ri_strv *out, struct ri_err *e)
{
	for (unsigned n = byte(k) % 8; n > 0; n--) {
		RI_FREE char *s = text(k);
		RI_BUF whole = { 0 };

		ri_buf_addf(&whole, "%s%s", before, s);
		if (ri_strv_add(out, whole.p, e) < 0)
			return -1;
	}
	return 0;
}

static int fake_filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e)
{
	CALL;
	size_t n = any ? byte(k) % 8 : 1;

	*out = (struct ri_guest_fslist){ calloc(n + 1, sizeof *out->v), n };
	for (size_t i = 0; i < n; i++)
		out->v[i] = (struct ri_guest_fs){ any ? text(k) : strdup("/dev/sda1"),
			any ? text(k) : strdup("ext4") };
	return 0;
}

static int fake_preen(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(device);
	*bad = any && byte(k) % 4 == 1;
	return 0;
}

static int fake_describe(struct ri_guest *g, struct ri_buf *out, struct ri_err *e)
{
	CALL;
	if (any) {
		RI_FREE char *s = text(k);

		ri_buf_add_str(out, s);
	}
	return 0;
}

static int fake_mount(struct ri_guest *g, const char *device, const char *at, bool readonly,
    struct ri_err *e)
{
	FUZZ_CHECK(device && at && readonly);
	return call(g, e) < 0 ? -1 : 0;
}

static int fake_subvolumes(struct ri_guest *g, const char *device, struct ri_subvols *out,
    struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(device);
	out->by_default = any ? byte(k) % 8 : RI_SUBVOL_TOP;
	for (unsigned n = any ? byte(k) % 8 : 1; n > 0; n--) {
		RI_FREE char *s = any ? text(k) : strdup("");

		if (ri_subvols_add(out, any ? byte(k) % 8 : RI_SUBVOL_TOP, s, e) < 0)
			return -1;
	}
	return 0;
}

static int fake_mount_subvolume(struct ri_guest *g, const char *device, uint64_t id, const char *at,
    bool readonly, struct ri_err *e)
{
	FUZZ_CHECK(device && id && at && readonly);
	return call(g, e) < 0 ? -1 : 0;
}

static int fake_is_snapshot(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(path[0] == '/');
	*yes = any && byte(k) & 1;
	return 0;
}

static int fake_umount_all(struct ri_guest *g, struct ri_err *e)
{
	return call(g, e) < 0 ? -1 : 0;
}

static int fake_tags(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(device);
	return any ? texts(k, byte(k) & 1 ? "PARTUUID=" : "", out, e)
		   : ri_strv_add(out, "UUID=" UUID, e);
}

static int fake_device(struct ri_guest *g, const char *device, char **uuid, char **spec,
    struct ri_bootdev *out, struct ri_err *e)
{
	unsigned b;

	CALL;
	FUZZ_CHECK(device);
	b = any ? byte(k) : 2;
	*uuid = any ? text(k) : strdup(UUID);
	*spec = any ? text(k) : strdup("UUID=" UUID);
	*out = (struct ri_bootdev){ .disk = (int)(b >> 7),
		.part = (int)(b >> 1 & 63),
		.ptable = !any    ? strdup("msdos")
			  : b & 2 ? text(k)
				  : NULL,
		.lvm_hint = b & 4 ? text(k) : NULL };
	return 0;
}

static uint64_t number(struct fake *k)
{
	uint64_t n = byte(k);

	return n << (byte(k) % 57);
}

static int fake_space(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
    struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(path);
	*size = any ? number(k) : (uint64_t)3 << 30;
	*avail = any ? number(k) : (uint64_t)2 << 30;
	return 0;
}

static const char *good_file(const char *path)
{
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (strcmp(good[i].path, path) == 0)
			return good[i].content;
	return NULL;
}

static int fake_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(path[0] == '/');
	*out = any ? (enum ri_kind)(byte(k) % 5) : good_file(path) ? RI_KIND_FILE : RI_KIND_NONE;
	for (size_t i = 0; !any && i < sizeof dirs / sizeof *dirs; i++)
		if (strcmp(path, dirs[i]) == 0)
			*out = RI_KIND_DIR;
	return 0;
}

/* What it leads to is below the root. */
static int fake_resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	RI_FREE char *real = NULL;

	CALL;
	FUZZ_CHECK(path[0] == '/');
	real = any ? text(k) : strdup(path + 1);
	return asprintf(out, "/%s", real) < 0 ? ri_nomem(e) : 0;
}

static int good_list(const char *dir, struct ri_strv *names, struct ri_err *e)
{
	if (strcmp(dir, "/boot") == 0)
		return ri_strv_add(names, "vmlinuz-" KERNEL, e) < 0
			   ? -1
			   : ri_strv_add(names, "initrd.img-" KERNEL, e);
	return ri_strv_add(names, strcmp(dir, "/lib/modules") == 0 ? KERNEL : "junk", e);
}

static int fake_list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(dir);
	if ((any ? texts(k, byte(k) & 1 ? "vmlinuz-" : "", names, e) : good_list(dir, names, e)) <
	    0)
		return -1;
	*sizes = calloc(names->n + 1, sizeof **sizes);
	for (size_t i = 0; i < names->n; i++)
		(*sizes)[i] = !any ? 8 << 20 : byte(k) % 4 == 3 ? UINT64_MAX : number(k);
	return 0;
}

static int fake_read(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e)
{
	size_t before = out->n;

	CALL;
	FUZZ_CHECK(path);
	if (any)
		content(k, out);
	else if (strcmp(path, "/bin/ls") == 0)
		ri_buf_add(out, program, sizeof program);
	else
		ri_buf_add_str(out, good_file(path) ? good_file(path) : "");
	if (out->n - before <= max)
		return 0;
	out->n = before;
	return ri_fail(e, RI_E_GUEST, 0, "too large");
}

/* Whatever matches is below the root. */
static int fake_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(pattern[0] == '/');
	return any ? texts(k, "/", out, e) : 0;
}

static int fake_usage(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e)
{
	CALL;
	FUZZ_CHECK(path);
	*bytes = any ? number(k) : 4096;
	return 0;
}

static const struct ri_guest_ops fake_ops = {
	.filesystems = fake_filesystems,
	.preen = fake_preen,
	.describe = fake_describe,
	.mount = fake_mount,
	.subvolumes = fake_subvolumes,
	.mount_subvolume = fake_mount_subvolume,
	.is_snapshot = fake_is_snapshot,
	.umount_all = fake_umount_all,
	.tags = fake_tags,
	.device = fake_device,
	.space = fake_space,
	.kind = fake_kind,
	.resolve = fake_resolve,
	.list = fake_list,
	.read = fake_read,
	.glob = fake_glob,
	.usage = fake_usage,
};

static void check_actions(const struct ri_actions *l)
{
	FUZZ_CHECK(l->n <= sizeof l->v / sizeof l->v[0]);
	for (size_t i = 0; i < l->n; i++) {
		const char *path = l->v[i].path;

		FUZZ_CHECK(
		    path[0] == '/' && path[1] && !strstr(path, "/../") && !strstr(path, "//"));
		FUZZ_CHECK(strcmp(path + strlen(path) - 1, "/") != 0 && !strchr(path, '\n'));
	}
}

static void check_facts(const struct ri_facts *f)
{
	FUZZ_CHECK(f->mounts_n > 0 && f->boot >= f->mounts && f->boot < f->mounts + f->mounts_n);
	FUZZ_CHECK(strcmp(ri_facts_root(f)->mountpoint, "/") == 0);
	FUZZ_CHECK(f->root_spec && f->arch && f->initramfs);
}

static void leave_out(struct fake *k, const struct ri_rules *rules)
{
	RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list left = { 0 };
	RI_STRV patterns = { 0 };
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_excluded_find(&k->g, rules, &left, &patterns, &e), &e))
		return;
	for (size_t i = 0; i < patterns.n; i++)
		FUZZ_CHECK(patterns.v[i][0] == '.');
}

/* @return whether it can be built. */
static bool plan(struct fake *k, const struct ri_facts *f)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	struct ri_err e = { 0 };
	bool made;

	FUZZ_CHECK(fuzz_ok(ri_job_defaults(&job, &e), &e));
	made = fuzz_ok(ri_plan_make(&job, f, &p, &e), &e);
	if (made) {
		check_actions(&p.undo_actions);
		check_actions(&p.actions);
		leave_out(k, &p.rules);
	}
	if (fuzz_ok(ri_plan_revert(f, &back, &e), &e)) {
		check_actions(&back.undo_actions);
		check_actions(&back.actions);
	}
	return made;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };
	struct fake k = { .g.ops = &fake_ops, .in = fuzz_input(data, size) };
	struct ri_err e = { 0 };

	if (fuzz_ok(ri_inspect(&k.g, true, &f, &e), &e)) {
		check_facts(&f);
		FUZZ_CHECK(plan(&k, &f) || size > 0);
		fuzz_ok(ri_guest_mount_checked(&k.g, &f, true, &e), &e);
	} else {
		FUZZ_CHECK(size > 0);
	}
	return 0;
}
