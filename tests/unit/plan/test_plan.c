// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From facts to a plan: what is decided, in which order, and what is refused. So long because each refusal has a
 * function that makes the guest for it.
 */
#include "unit/check.h"
#include "unit/plan_fixture.h"

#include "os/initramfs.h"
#include "plan/actions.h"
#include "plan/boot_script.h"
#include "plan/verdict.h"

static bool holds(struct ri_span s, const char *needle)
{
	return memmem(s.p, s.n, needle, strlen(needle)) != NULL;
}

static size_t place(const struct ri_actions *l, const char *path)
{
	const struct ri_action *a = find(l, path);

	assert_non_null(a);
	return (size_t)(a - l->v);
}

static void test_a_first_build(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };
	const struct ri_action *cfg;

	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_string_equal(fx->plan.cmdline,
	    "root=UUID=" FX_UUID " ro console=ttyS0 quiet boot=ramimg toram noresume");
	assert_string_equal(fx->plan.entry_id, "ramimg-" FX_UUID);
	assert_int_equal(fx->plan.undo_actions.n, 0);
	cfg = find(&fx->plan.actions, RI_PATH_CFG);
	assert_true(holds(cfg->bytes, "set default=\"ramimg-" FX_UUID "\""));
	assert_true(
	    holds(cfg->bytes, "linux\t/boot/vmlinuz-6.1.0-9-amd64 root=UUID=" FX_UUID " ro "));
	assert_true(holds(cfg->bytes, "initrd\t/boot/initrd.img-ramboot"));
	assert_true(
	    holds(find(&fx->plan.actions, RI_PATH_FSTAB)->bytes, "\nnone / tmpfs defaults 0 0\n"));
	assert_true(
	    holds(find(&fx->plan.actions, RI_PATH_FSTAB)->bytes, "\nUUID=aaaa none swap sw 0 0\n"));
	assert_true(holds(ri_buf_span(&fx->plan.fstab_archive), "\n#ramimg: UUID=aaaa none swap"));
	assert_true(holds(find(&fx->plan.actions, RI_PATH_DEFAULT_OURS)->bytes,
	    "GRUB_DEFAULT='ramimg-" FX_UUID "'\n"));
	check_span("the saved original",
	    find(&fx->plan.actions, RI_PATH_STATE "/grub.cfg.orig")->bytes, ri_str(FX_CFG));
	check_span("the copy", find(&fx->plan.actions, RI_PATH_FSTAB_COPY)->bytes,
	    ri_str(FX_FSTAB));
	assert_int_equal(find(&fx->plan.actions, RI_PATH_ARCHIVE_GZIP)->mode, 0600);
}

/* Of a guest with cloud-init the archive has a file that the disk has not. */
static void test_cloud_init(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->facts.cloud_init = true;
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_true(holds(fx->plan.cloud_archive, "\ngrowpart:\n  mode: \"off\"\n"));
	assert_true(holds(fx->plan.cloud_archive, "\nresize_rootfs: false\n"));
	assert_true(holds(fx->plan.cloud_archive, "\nswap:\n  size: 0\n"));
	assert_null(find(&fx->plan.actions, RI_PATH_CLOUD_OURS));
}

/* dracut's service for the shutdown has another of its name in the archive; the disk's own system keeps it. */
static void test_dracut_shutdown(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->facts.dracut_shutdown = true;
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_int_equal(fx->plan.added_n, 1);
	assert_string_equal(fx->plan.added[0].path, RI_PATH_DRACUT_SHUTDOWN_OURS);
	assert_true(holds(ri_buf_span(&fx->plan.added[0].bytes), "\n[Service]\n"));
	assert_true(holds(ri_buf_span(&fx->plan.added[0].bytes),
	    "\nConditionPathExists=!/run/ramimg/status\n"));
	assert_null(find(&fx->plan.actions, RI_PATH_DRACUT_SHUTDOWN_OURS));
}

static void test_no_dracut_shutdown(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_int_equal(fx->plan.added_n, 0);
}

static void test_no_cloud_init(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_int_equal(fx->plan.cloud_archive.n, 0);
}

/* An initrd of dracut's finds its script without a word, and noresume means the same to it. */
static void test_dracut(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	free(fx->facts.initramfs);
	fx->facts.initramfs = strdup(RI_INITRAMFS_DRACUT);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_string_equal(fx->plan.cmdline,
	    "root=UUID=" FX_UUID " ro console=ttyS0 quiet toram noresume");
}

/* Each generator that is extended has a script of its own. */
static void test_boot_scripts(void **state)
{
	const struct ri_initramfs *k;

	(void)state;
	for (size_t i = 0; (k = ri_initramfs_get(i)); i++) {
		assert_int_equal(ri_boot_script(k->name).n > 0, ri_initramfs_find(k->name) != NULL);
		assert_int_equal(ri_boot_script_diskless(k->name).n > 0,
		    k->hook[0].diskless != NULL);
	}
	assert_true(holds(ri_boot_script(RI_INITRAMFS_TOOLS), "\nmountroot()\n"));
	assert_true(holds(ri_boot_script(RI_INITRAMFS_DRACUT), "${NEWROOT}"));
}

/* Nothing that refers to a file comes before that file; fstab and GRUB are the very last. */
static void test_inert_files_first(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };
	const struct ri_actions *l = &fx->plan.actions;

	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_int_equal(place(l, RI_PATH_CFG), l->n - 1);
	assert_int_equal(place(l, RI_PATH_CUSTOM), l->n - 2);
	assert_int_equal(place(l, RI_PATH_FSTAB), l->n - 3);
	assert_int_equal(place(l, RI_PATH_ARCHIVE_GZIP), 0);
	assert_int_equal(place(l, RI_PATH_INITRD), 1);
}

static void test_settings(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->job.grub_default = false;
	fx->job.compression = RI_ZSTD;
	fx->facts.defaults_dir = false;
	check_ok("keep", ri_strv_add(&fx->job.keep, "/tmp/", &e), &e);
	check_ok("exclude", ri_strv_add(&fx->job.exclude, "/srv/big", &e), &e);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_non_null(find(&fx->plan.actions, RI_PATH_ARCHIVE_ZSTD));
	assert_null(find(&fx->plan.actions, RI_PATH_DEFAULT_OURS));
	assert_true(holds(find(&fx->plan.actions, RI_PATH_CFG)->bytes, "set default=\"0\""));
	assert_false(ri_strv_has(&fx->plan.rules.patterns, "/tmp/"));
	assert_true(ri_strv_has(&fx->plan.rules.patterns, "/var/tmp/"));
	assert_true(ri_strv_has(&fx->plan.rules.patterns, "/srv/big"));
}

static void test_a_directory_of_our_own_is_marked(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->facts.defaults_dir = false;
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_non_null(find(&fx->plan.actions, RI_PATH_STATE_DIR_OURS));
}

static void test_a_separate_boot(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->facts.mounts[1] = (struct ri_mount){ strdup("/boot"), strdup("/dev/sda2"),
		strdup("ext2"), strdup("bbbbbbbb-0000-0000-0000-000000000000"), 500u << 20,
		400u << 20, { 0, NULL } };
	fx->facts.mounts_n = 2;
	fx->facts.boot = &fx->facts.mounts[1];
	fx->facts.bootdev.part = 2;
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_true(holds(ri_buf_span(&fx->plan.entry),
	    "linux\t/vmlinuz-6.1.0-9-amd64 root=UUID=" FX_UUID));
	assert_true(holds(ri_buf_span(&fx->plan.entry), "initrd\t/initrd.img-ramboot"));
	assert_true(holds(ri_buf_span(&fx->plan.entry), "bbbbbbbb-0000"));
	assert_true(holds(ri_buf_span(&fx->plan.entry), "hd0,msdos2"));
}

static void on_btrfs(struct ri_mount *m, uint64_t id, const char *path)
{
	free(m->fstype);
	free(m->subvol.path);
	m->fstype = strdup("btrfs");
	m->subvol = (struct ri_subvol){ id, strdup(path) };
}

/* GRUB sees the tree from its top, the kernel mounts what rootflags= says, and neither is in the archive. */
static void test_a_subvolume(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	on_btrfs(&fx->facts.mounts[0], 256, "@rootfs");
	fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB,
	    "UUID=" FX_UUID " / btrfs defaults,compress=zstd,subvol=@rootfs 0 0\n");
	check_ok("snapshot", ri_strv_add(&fx->facts.snapshots, "/.snapshots/1/a[b", &e), &e);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_true(holds(ri_buf_span(&fx->plan.entry),
	    "linux\t/@rootfs/boot/vmlinuz-6.1.0-9-amd64 root=UUID=" FX_UUID
	    " ro rootflags=subvol=@rootfs console=ttyS0 quiet "));
	assert_true(
	    holds(ri_buf_span(&fx->plan.entry), "initrd\t/@rootfs/boot/initrd.img-ramboot"));
	assert_true(holds(ri_buf_span(&fx->plan.entry), "insmod btrfs\n"));
	assert_true(ri_span_eq(ri_buf_span(&fx->plan.fstab_archive),
	    ri_str("none / tmpfs defaults 0 0\n")));
	assert_true(ri_strv_has(&fx->plan.rules.patterns, "/.snapshots/1/a\\[b"));
	assert_false(fx->plan.counting);
	assert_string_equal(fx->plan.not_counted, "/boot is on btrfs, to which GRUB cannot write");
}

/* The top-level subvolume has no name: everything is as on other file systems. */
static void test_no_subvolume(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	on_btrfs(&fx->facts.mounts[0], RI_SUBVOL_TOP, "");
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_true(holds(ri_buf_span(&fx->plan.entry),
	    "linux\t/boot/vmlinuz-6.1.0-9-amd64 root=UUID=" FX_UUID " ro console=ttyS0 "));
	assert_true(holds(ri_buf_span(&fx->plan.entry), "initrd\t/boot/initrd.img-ramboot"));
}

static void replace(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
}

static void f2fs(struct ri_facts *f)
{
	replace(&f->mounts[0].fstype, "f2fs");
}
static void unknown_root(struct ri_facts *f)
{
	replace(&f->mounts[0].fstype, "");
}
static void boot_of(struct ri_facts *f, const char *fstype)
{
	f->mounts[1] = (struct ri_mount){ strdup("/boot"), strdup("/dev/sda2"), strdup(fstype),
		strdup("b"), 500u << 20, 400u << 20, { 0, NULL } };
	f->mounts_n = 2;
	f->boot = &f->mounts[1];
}
static void odd_subvolume(struct ri_facts *f)
{
	on_btrfs(&f->mounts[0], 256, "my root");
}
/* Of a btrfs of its own, whose default subvolume is the top-level one. */
static void boot_subvolume(struct ri_facts *f, uint64_t id, const char *path)
{
	struct ri_err e = { 0 };

	boot_of(f, "btrfs");
	on_btrfs(&f->mounts[1], id, path);
	ri_ondisk_add(&f->disk, "/dev/sda2", "btrfs", &e)->subvols.by_default = RI_SUBVOL_TOP;
}
static void other_subvolume(struct ri_facts *f)
{
	boot_subvolume(f, 257, "@boot");
}
static void odd_boot_subvolume(struct ri_facts *f)
{
	boot_subvolume(f, 257, "@'");
}
/* As an update-grub before the subvolume was renamed left it. */
static void moved_subvolume(struct ri_facts *f)
{
	on_btrfs(&f->mounts[0], 256, "@rootfs");
	fx_text(&f->now[RI_TEXT_CFG], RI_PATH_CFG,
	    FX_CFG
	    "menuentry 'Debian' --class debian {\n\tlinux /@/boot/vmlinuz-6.1.0-9-amd64 root=x\n}\n");
}
static void f2fs_boot(struct ri_facts *f)
{
	boot_of(f, "f2fs");
}
static void unknown_boot(struct ri_facts *f)
{
	boot_of(f, "");
}
static void climbing_swap(struct ri_facts *f)
{
	fx_text(&f->now[RI_TEXT_FSTAB], RI_PATH_FSTAB, FX_FSTAB "/a/../swap none swap sw 0 0\n");
}
static void mkinitcpio(struct ri_facts *f)
{
	replace(&f->initramfs, "mkinitcpio"); /* the others of the kind are test_system's */
}
static void bad_initrd(struct ri_facts *f)
{
	f->initrd_code = RI_E_GUEST;
	f->initrd_fault = strdup("the initrd /boot/initrd.img-6.1.0-9-amd64: at byte 7: junk");
}
static void no_generator(struct ri_facts *f)
{
	replace(&f->initramfs, "");
}
static void no_grub(struct ri_facts *f)
{
	f->grub = false;
}
static void no_fstab(struct ri_facts *f)
{
	f->now[RI_TEXT_FSTAB].present = false;
}
static void no_custom(struct ri_facts *f)
{
	f->now[RI_TEXT_CUSTOM].present = false;
}
static void no_root_line(struct ri_facts *f)
{
	fx_text(&f->now[RI_TEXT_FSTAB], RI_PATH_FSTAB, "UUID=aaaa none swap sw 0 0\n");
}
static void two_roots(struct ri_facts *f)
{
	fx_text(&f->now[RI_TEXT_FSTAB], RI_PATH_FSTAB,
	    "UUID=a / ext4 rw 0 1\nUUID=b / ext4 rw 0 1\n");
}

static const struct {
	void (*make)(struct ri_facts *f);
	enum ri_code code;
	const char *want;
} refusals[] = {
	{ f2fs, RI_E_UNSUPPORTED,
	    "the root's file system is f2fs; ramimg builds ext2, ext3, ext4, xfs and btrfs roots" },
	{ unknown_root, RI_E_UNSUPPORTED,
	    "the root's file system is of unknown type; ramimg builds ext2, ext3, ext4, xfs "
	    "and btrfs roots" },
	{ odd_subvolume, RI_E_UNSUPPORTED,
	    "/ is the subvolume \"my root\", whose name cannot stand on the kernel's line; rename it to one "
	    "of letters, digits and /._+~@-" },
	{ odd_boot_subvolume, RI_E_UNSUPPORTED,
	    "/boot is the subvolume \"@'\", whose name cannot stand on the kernel's line; rename it to one "
	    "of letters, digits and /._+~@-" },
	{ other_subvolume, RI_E_UNSUPPORTED,
	    "/boot is the subvolume \"@boot\", which is not the default one of /dev/sda2; ramimg needs "
	    "/boot in the root's subvolume, or on a file system of its own" },
	{ moved_subvolume, RI_E_GUEST,
	    "the menu entry: the guest's own entry has the kernel at /@/boot/vmlinuz-6.1.0-9-amd64, but by "
	    "its subvolume GRUB finds it at /@rootfs/boot/vmlinuz-6.1.0-9-amd64; if that is where it is, "
	    "run update-grub in the guest" },
	{ f2fs_boot, RI_E_UNSUPPORTED,
	    "the file system of /boot is f2fs; ramimg needs ext2, ext3, ext4, xfs or btrfs there" },
	{ unknown_boot, RI_E_UNSUPPORTED,
	    "the file system of /boot is of unknown type; ramimg needs ext2, ext3, ext4, xfs or "
	    "btrfs there" },
	{ climbing_swap, RI_E_CONFIG,
	    "swap file /a/../swap: the rule \"/a/../swap\" has a \"..\" component" },
	{ mkinitcpio, RI_E_UNSUPPORTED,
	    "Debian GNU/Linux 12 (bookworm) on /dev/sda1: its initrd is made by mkinitcpio, which ramimg "
	    "does not know how to extend; it extends those of initramfs-tools and dracut" },
	{ no_generator, RI_E_UNSUPPORTED,
	    "the guest makes its initramfs with no generator that ramimg knows; ramimg needs "
	    "initramfs-tools or dracut" },
	{ bad_initrd, RI_E_GUEST, "the initrd /boot/initrd.img-6.1.0-9-amd64: at byte 7: junk" },
	{ no_grub, RI_E_UNSUPPORTED,
	    "no GRUB 2 in the guest: /boot/grub/grub.cfg is missing, and /boot/grub2/grub.cfg too" },
	{ no_fstab, RI_E_GUEST, "/etc/fstab is missing in the guest" },
	{ no_custom, RI_E_GUEST, "/etc/grub.d/40_custom is missing in the guest" },
	{ no_root_line, RI_E_GUEST, "/etc/fstab: no entry for /" },
	{ two_roots, RI_E_GUEST, "/etc/fstab: two entries for / (lines 1 and 2)" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		RI_ON_EXIT(ri_facts_free) struct ri_facts f;
		RI_ON_EXIT(ri_job_free) struct ri_job job;
		RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
		struct ri_err e = { 0 };

		fx_facts(&f);
		check_ok("job", ri_job_defaults(&job, &e), &e);
		refusals[i].make(&f);
		check_err(refusals[i].want, ri_plan_make(&job, &f, &p, &e), &e, refusals[i].code,
		    refusals[i].want);
	}
}

/* grub.cfg with a comment of that many bytes more. @return what is made of it; -1: refused. */
static int with_comment(size_t n, size_t *made, struct ri_err *e)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f;
	RI_ON_EXIT(ri_job_free) struct ri_job job;
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	RI_FREE char *cfg = malloc(sizeof FX_CFG + n + 3);
	int rc;

	assert_non_null(cfg);
	memset(cfg, 'x', sizeof FX_CFG + n + 2);
	memcpy(cfg, FX_CFG "#", sizeof FX_CFG);
	memcpy(cfg + sizeof FX_CFG + n, "\n", 2);
	fx_facts(&f);
	fx_text(&f.now[RI_TEXT_CFG], RI_PATH_CFG, cfg);
	check_ok("job", ri_job_defaults(&job, e), e);
	rc = ri_plan_make(&job, &f, &p, e);
	*made = p.text[RI_TEXT_CFG].n;
	return rc;
}

/* The next build has to be able to read what this one writes. */
static void test_too_long_a_text(void **state)
{
	struct ri_err e = { 0 };
	size_t made, most;
	int rc;

	(void)state;
	check_ok("short", with_comment(0, &made, &e), &e);
	most = RI_TEXT_MAX - made;
	check_ok("as long as it may be", with_comment(most, &made, &e), &e);
	assert_int_equal(made, RI_TEXT_MAX);
	rc = with_comment(most + 1, &made, &e);
	check_err("too long", rc, &e, RI_E_BUDGET,
	    "/boot/grub/grub.cfg would have 1048577 bytes, and may have 1048576 at most");
}

/* A swap file is left out by its own name, whatever that looks like. */
static void test_swap_files(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB,
	    FX_FSTAB "/swap[1] none swap sw 0 0\n/a*?\\b none swap sw 0 0\n");
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_true(ri_strv_has(&fx->plan.rules.patterns, "/swap\\[1\\]"));
	assert_true(ri_strv_has(&fx->plan.rules.patterns, "/a\\*\\?\\\\b"));
	assert_string_equal(ri_rules_match(&fx->plan.rules, "/swap[1]"), "/swap\\[1\\]");
	assert_null(ri_rules_match(&fx->plan.rules, "/swap1"));
}

/* What an earlier build wrote there, and what is not there, say nothing of the guest. */
static void test_other_defaults(void **state)
{
	struct fixture *fx = *state;
	struct ri_facts *f = &fx->facts;
	struct ri_err e = { 0 };
	struct ri_text *v = realloc(f->defaults, 3 * sizeof *v);

	assert_non_null(v);
	memset(v + 1, 0, 2 * sizeof *v);
	f->defaults = v;
	f->defaults_n = 3;
	fx_text(&v[1], RI_PATH_DEFAULT_OURS, "GRUB_CMDLINE_LINUX=ours\n");
	fx_text(&v[2], "/etc/default/grub.d/x.cfg", "GRUB_CMDLINE_LINUX=gone\n");
	v[2].present = false;
	check_ok("plan", ri_plan_make(&fx->job, f, &fx->plan, &e), &e);
	assert_non_null(strstr(fx->plan.cmdline, " ro console=ttyS0 quiet "));
}

/* Only where GRUB's default is to be set does it have to be found. */
static void test_a_cfg_without_a_default(void **state)
{
	static const char cfg[] = "### BEGIN /etc/grub.d/40_custom ###\n"
				  "### END /etc/grub.d/40_custom ###\n";
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, cfg);
	assert_int_equal(ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), -1);
	assert_int_equal(e.code, RI_E_GUEST);
	e = (struct ri_err){ 0 };
	fx->job.grub_default = false;
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_non_null(strstr(fx->plan.entry.p, "\n  set default=\"0\"\n"));
}

/* Where an artifact of the plan is on the host. */
static void test_files(void **state)
{
	static const char sum[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	ri_actions_set_file(&fx->plan.actions, RI_PATH_INITRD, "/stage/initrd", sum);
	ri_actions_set_file(&fx->plan.actions, RI_PATH_FSTAB, "/stage/fstab", sum); /* no file */
	assert_string_equal(find(&fx->plan.actions, RI_PATH_INITRD)->host_path, "/stage/initrd");
	assert_string_equal(find(&fx->plan.actions, RI_PATH_INITRD)->sha256, sum);
	assert_null(find(&fx->plan.actions, RI_PATH_ARCHIVE_GZIP)->host_path);
	assert_null(find(&fx->plan.actions, RI_PATH_FSTAB)->host_path);
}

static void test_fits(void **state)
{
	static const struct {
		uint64_t archive, initrd, free;
		bool fits;
	} cases[] = {
		{ 0, 0, 4u << 20, true },
		{ 1, 0, 4u << 20, false },
		{ 100, 200, (4u << 20) + 300, true },
		{ UINT64_MAX, 1, UINT64_MAX, false },
		{ UINT64_MAX - 1, 1, UINT64_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_err e = { 0 };
		int rc =
		    ri_plan_fits(cases[i].archive, cases[i].initrd, "/boot", cases[i].free, &e);

		assert_int_equal(rc == 0, cases[i].fits);
		assert_int_equal(e.code, cases[i].fits ? RI_OK : RI_E_BUDGET);
		assert_int_equal(strstr(e.msg, "the guest's file system at /boot has") != NULL,
		    !cases[i].fits);
	}
}

static void test_room(void **state)
{
	struct ri_err e = { 0 };
	uint64_t room;
	int rc;

	(void)state;
	check_ok("some", ri_plan_room(100, "/boot", (4u << 20) + 300, &room, &e), &e);
	assert_int_equal(room, 200);
	check_ok("it fits", ri_plan_fits(room, 100, "/boot", (4u << 20) + 300, &e), &e);
	check_ok("none", ri_plan_room(100, "/boot", (4u << 20) + 100, &room, &e), &e);
	assert_int_equal(room, 0);
	rc = ri_plan_room(5 << 20, "/boot", (9u << 20) - 1, &room, &e);
	check_err("the initrd alone", rc, &e, RI_E_BUDGET,
	    "the guest's file system at /boot has 9.0 MiB free, but the initrd alone takes 5.0 MiB, and the "
	    "small files 4.0 MiB; make room there");
	assert_int_equal(ri_plan_room(UINT64_MAX, "/boot", UINT64_MAX, &room, &e), -1);
}

static void test_twice_is_once(void **state)
{
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan second = { 0 };
	struct ri_err e = { 0 };

	check_ok("first", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	fx_build(&fx->facts, &fx->plan);
	check_ok("second", ri_plan_make(&fx->job, &fx->facts, &second, &e), &e);
	for (size_t i = 0; i < RI_TEXTS; i++)
		check_span("text", ri_buf_span(&second.text[i]), ri_buf_span(&fx->plan.text[i]));
	check_span("fstab inside", ri_buf_span(&second.fstab_archive),
	    ri_buf_span(&fx->plan.fstab_archive));
	assert_false(second.undo.any_edited);
	assert_null(find(&second.actions, RI_PATH_FSTAB_COPY)); /* the first one is kept */
	check_span("the original stays the original",
	    find(&second.actions, RI_PATH_STATE "/fstab.orig")->bytes, ri_str(FX_FSTAB));
	assert_non_null(find(&second.undo_actions, RI_PATH_ARCHIVE_GZIP));
	assert_non_null(find(&second.undo_actions, RI_PATH_ARCHIVE_ZSTD));
	assert_non_null(find(&second.undo_actions, RI_PATH_ARCHIVE_LZ4));
}

/* Each compression's archive has the name that its programs expect. */
static void test_names_of_archives(void **state)
{
	static const struct {
		int compression;
		const char *path;
	} rows[] = {
		{ RI_GZIP, RI_PATH_ARCHIVE_GZIP },
		{ RI_ZSTD, RI_PATH_ARCHIVE_ZSTD },
		{ RI_LZ4, RI_PATH_ARCHIVE_LZ4 },
	};
	struct fixture *fx = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
		struct ri_err e = { 0 };

		fx->job.compression = rows[i].compression;
		check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &p, &e), &e);
		assert_string_equal(p.archive_path, rows[i].path);
		assert_non_null(find(&p.actions, rows[i].path));
		assert_non_null(ri_rules_match(&p.rules, rows[i].path));
	}
}

static void test_revert(void **state)
{
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	struct ri_err e = { 0 };

	check_ok("build", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	fx_build(&fx->facts, &fx->plan);
	fx->facts.defaults_dir_ours = true;
	check_ok("revert", ri_plan_revert(&fx->facts, &back, &e), &e);
	assert_false(back.undo.any_edited);
	check_span("fstab", find(&back.undo_actions, RI_PATH_FSTAB)->bytes, ri_str(FX_FSTAB));
	check_span("custom", find(&back.undo_actions, RI_PATH_CUSTOM)->bytes, ri_str(FX_CUSTOM));
	check_span("cfg", find(&back.undo_actions, RI_PATH_CFG)->bytes, ri_str(FX_CFG));
	/* GRUB lets go first, the state goes last. */
	assert_int_equal(place(&back.undo_actions, RI_PATH_CFG), 0);
	assert_int_equal(place(&back.undo_actions, RI_PATH_STATE), back.undo_actions.n - 1);
	assert_true(place(&back.undo_actions, RI_PATH_DEFAULT_OURS) <
		    place(&back.undo_actions, RI_PATH_DEFAULT_DIR));
}

/* Somebody edited all three since: the edits stay, what is ours goes. */
static void test_revert_of_edited_texts(void **state)
{
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	RI_BUF t = { 0 };
	struct ri_err e = { 0 };

	check_ok("build", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	fx_build(&fx->facts, &fx->plan);
	ri_buf_addf(&t, "%s/dev/sdb1 /data ext4 nofail 0 2\n", fx->plan.text[RI_TEXT_FSTAB].p);
	fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, t.p);
	t.n = 0;
	ri_buf_addf(&t, "%smenuentry 'mine' { true }\n", fx->plan.text[RI_TEXT_CUSTOM].p);
	fx_text(&fx->facts.now[RI_TEXT_CUSTOM], RI_PATH_CUSTOM, t.p);
	t.n = 0;
	ri_buf_addf(&t, "%s# tail\n", fx->plan.text[RI_TEXT_CFG].p);
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, t.p);
	check_ok("revert", ri_plan_revert(&fx->facts, &back, &e), &e);
	assert_true(back.undo.any_edited);
	check_span("fstab", find(&back.undo_actions, RI_PATH_FSTAB)->bytes,
	    ri_str(FX_FSTAB "/dev/sdb1 /data ext4 nofail 0 2\n"));
	check_span("custom", find(&back.undo_actions, RI_PATH_CUSTOM)->bytes,
	    ri_str(FX_CUSTOM "menuentry 'mine' { true }\n"));
	assert_false(holds(find(&back.undo_actions, RI_PATH_CFG)->bytes, "ramimg"));
	assert_true(holds(find(&back.undo_actions, RI_PATH_CFG)->bytes, "set default=\"0\""));
	assert_true(holds(find(&back.undo_actions, RI_PATH_CFG)->bytes, "# tail\n"));
}

/* The state is gone, only the copy beside the fstab is left. */
static void test_revert_without_state(void **state)
{
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	struct ri_err e = { 0 };

	check_ok("build", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	fx_build(&fx->facts, &fx->plan);
	for (size_t i = 0; i < RI_TEXTS; i++)
		fx->facts.orig[i].present = fx->facts.ours[i].present = false;
	check_ok("revert", ri_plan_revert(&fx->facts, &back, &e), &e);
	check_span("fstab", find(&back.undo_actions, RI_PATH_FSTAB)->bytes, ri_str(FX_FSTAB));
	check_span("custom", find(&back.undo_actions, RI_PATH_CUSTOM)->bytes, ri_str(FX_CUSTOM));
	check_span("cfg", find(&back.undo_actions, RI_PATH_CFG)->bytes, ri_str(FX_CFG));
}

/* The administrator put the root's line back by hand: there is nothing to restore in it. */
static void test_revert_of_a_restored_fstab(void **state)
{
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	static const char by_hand[] = "UUID=other / ext4 rw 0 1\n";
	struct ri_err e = { 0 };

	check_ok("build", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	fx_build(&fx->facts, &fx->plan);
	fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, by_hand);
	check_ok("revert", ri_plan_revert(&fx->facts, &back, &e), &e);
	check_span("fstab", ri_buf_span(&back.undo.text[RI_TEXT_FSTAB].clean), ri_str(by_hand));
	assert_null(find(&back.undo_actions, RI_PATH_FSTAB));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dracut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cloud_init, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_cloud_init, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dracut_shutdown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_dracut_shutdown, set_up, tear_down),
		cmocka_unit_test(test_boot_scripts),
		cmocka_unit_test_setup_teardown(test_a_first_build, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_inert_files_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_settings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_directory_of_our_own_is_marked, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(test_a_separate_boot, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_subvolume, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_subvolume, set_up, tear_down),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_long_a_text),
		cmocka_unit_test_setup_teardown(test_swap_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_cfg_without_a_default, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_room),
		cmocka_unit_test_setup_teardown(test_twice_is_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_of_archives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_revert, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_revert_of_edited_texts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_revert_without_state, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_revert_of_a_restored_fstab, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
