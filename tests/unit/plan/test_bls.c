// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Guests whose menu is made of entry files, and those with SELinux: the plan, a revert, a verdict. */
#include "unit/check.h"
#include "unit/plan_fixture.h"

#include "format/grubenv.h"
#include "plan/bls.h"
#include "plan/verdict.h"

#define SUM "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static int set_up_fedora(void **state)
{
	int rc = set_up(state);
	struct fixture *fx = *state;

	fx_fedora(&fx->facts);
	fx->job.untested = true;
	return rc;
}

static void plan(struct fixture *fx)
{
	struct ri_err e = { 0 };

	ri_plan_free(&fx->plan);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
}

static void refused(struct fixture *fx, enum ri_code code, const char *msg)
{
	struct ri_err e = { 0 };

	check_err(msg, ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e, code, msg);
}

/* What the block says after an action on it. */
static void check_saved(const struct ri_actions *l, const char *want)
{
	const struct ri_action *a = find(l, RI_PATH_GRUBENV2);
	struct ri_span value = { 0 };

	assert_non_null(a);
	assert_int_equal(a->bytes.n, RI_GRUBENV_BYTES);
	assert_int_equal(ri_grubenv_get(a->bytes, "saved_entry", &value), want != NULL);
	if (want)
		check_span("saved_entry", value, ri_str(want));
}

/* The disk as a build of fx->plan leaves it. */
static void apply(struct fixture *fx)
{
	struct ri_facts *f = &fx->facts;
	const struct ri_plan *p = &fx->plan;

	fx_text(&f->orig[RI_TEXT_FSTAB], "orig", f->now[RI_TEXT_FSTAB].bytes.p);
	fx_text(&f->fstab_copy, RI_PATH_FSTAB_COPY, f->now[RI_TEXT_FSTAB].bytes.p);
	fx_text(&f->ours[RI_TEXT_FSTAB], "ours", p->text[RI_TEXT_FSTAB].p);
	fx_text(&f->now[RI_TEXT_FSTAB], RI_PATH_FSTAB, p->text[RI_TEXT_FSTAB].p);
	fx_entry(f, p->entry_path, p->entry.p);
	if (p->saves_default)
		fx_text(&f->saved_entry, RI_PATH_STATE_SAVED,
		    p->saved_entry.p ? p->saved_entry.p : "");
	if (p->grubenv.n > 0)
		fx_text(&f->grubenv, RI_PATH_GRUBENV2, p->grubenv.p);
	f->built = true;
}

static void test_a_first_build(void **state)
{
	struct fixture *fx = *state;
	const struct ri_actions *l = &fx->plan.actions;

	plan(fx);
	assert_string_equal(fx->plan.entry_id, "~ramimg-" FX_UUID);
	assert_string_equal(fx->plan.cmdline, "root=UUID=" FX_UUID " ro rhgb toram noresume");
	check_span("the entry", find(l, FX_BLS_OURS)->bytes,
	    ri_str("# Written by ramimg: the root is unpacked into RAM.\ntitle RAM-Fedora Linux\n"
		   "version 0-ramimg\nlinux /boot/vmlinuz-" FX_FEDORA "\n"
		   "initrd /boot/initrd.img-ramboot\n"
		   "options root=UUID=" FX_UUID " ro rhgb toram noresume\n"
		   "grub_users $grub_users\ngrub_arg --unrestricted\ngrub_class fedora\n"));
	check_saved(l, "~ramimg-" FX_UUID);
	check_span("the saved default", find(l, RI_PATH_STATE_SAVED)->bytes,
	    ri_str(FX_MACHINE "-" FX_FEDORA));
	/* The default comes last, and what it names right before it. */
	assert_string_equal(l->v[l->n - 1].path, RI_PATH_GRUBENV2);
	assert_string_equal(l->v[l->n - 2].path, FX_BLS_OURS);
	assert_string_equal(l->v[l->n - 3].path, RI_PATH_FSTAB);
	assert_null(find(l, RI_PATH_CFG2));
	assert_null(find(l, RI_PATH_CFG));
	assert_null(find(l, RI_PATH_CUSTOM));
	assert_null(find(l, RI_PATH_DEFAULT_OURS));
	assert_null(find(l, ri_plan_orig_path[RI_TEXT_CFG]));
	assert_false(fx->plan.counting);
	assert_string_equal(fx->plan.not_counted,
	    "the menu's entry files (BLS) have no commands to count with");
	assert_string_equal(fx->plan.untested.p,
	    "Fedora Linux 40 (Server): its menu is made of entry files (BLS)");
	assert_false(ri_strv_has(&fx->plan.rules.patterns, "/.autorelabel"));
}

static void test_not_the_default(void **state)
{
	struct fixture *fx = *state;

	fx->job.grub_default = fx->job.boot_counting = false;
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG2, "set default=0\nblscfg\n");
	plan(fx);
	assert_null(find(&fx->plan.actions, RI_PATH_GRUBENV2));
	assert_null(find(&fx->plan.actions, RI_PATH_STATE_SAVED));
	assert_non_null(find(&fx->plan.actions, FX_BLS_OURS));
	assert_null(fx->plan.not_counted);
}

static void test_no_environment_block(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->facts.grubenv.present = false;
	ri_buf_free(&fx->facts.grubenv.bytes);
	plan(fx);
	assert_non_null(find(&fx->plan.actions, RI_PATH_STATE_GRUBENV_OURS));
	check_saved(&fx->plan.actions, "~ramimg-" FX_UUID);
	assert_int_equal(find(&fx->plan.actions, RI_PATH_STATE_SAVED)->bytes.n, 0);
	apply(fx);
	fx->facts.grubenv_ours = true;
	ri_plan_free(&fx->plan);
	check_ok("revert", ri_plan_revert(&fx->facts, &fx->plan, &e), &e);
	assert_int_equal(find(&fx->plan.undo_actions, RI_PATH_GRUBENV2)->kind, RI_ACT_REMOVE);
}

/* Built twice is built once: the original default is kept, and packed. */
static void test_build_again(void **state)
{
	struct fixture *fx = *state;
	const struct ri_actions *u = &fx->plan.undo_actions;

	plan(fx);
	apply(fx);
	plan(fx);
	check_saved(u, FX_MACHINE "-" FX_FEDORA);
	assert_int_equal(find(u, FX_BLS_OURS)->kind, RI_ACT_REMOVE);
	check_saved(&fx->plan.actions, "~ramimg-" FX_UUID);
	check_span("the saved default", find(&fx->plan.actions, RI_PATH_STATE_SAVED)->bytes,
	    ri_str(FX_MACHINE "-" FX_FEDORA));
	fx->job.grub_default = false;
	plan(fx);
	check_saved(&fx->plan.actions, FX_MACHINE "-" FX_FEDORA);
	assert_int_equal(find(u, RI_PATH_STATE_SAVED)->kind, RI_ACT_REMOVE);
	assert_null(find(&fx->plan.actions, RI_PATH_STATE_SAVED));
}

static void test_revert(void **state)
{
	struct fixture *fx = *state;
	const struct ri_actions *u = &fx->plan.undo_actions;
	RI_BUF before = { 0 };
	struct ri_err e = { 0 };

	ri_buf_add_span(&before, ri_buf_span(&fx->facts.grubenv.bytes));
	plan(fx);
	apply(fx);
	ri_plan_free(&fx->plan);
	check_ok("revert", ri_plan_revert(&fx->facts, &fx->plan, &e), &e);
	/* The default goes first, to the byte. */
	assert_string_equal(u->v[0].path, RI_PATH_GRUBENV2);
	check_span("grubenv", u->v[0].bytes, ri_buf_span(&before));
	assert_int_equal(find(u, FX_BLS_OURS)->kind, RI_ACT_REMOVE);
	assert_int_equal(find(u, RI_PATH_STATE_SAVED)->kind, RI_ACT_REMOVE);
	check_span("fstab", find(u, RI_PATH_FSTAB)->bytes, ri_str(FX_FSTAB));
	assert_null(find(u, RI_PATH_CFG2));
	/* A default that somebody chose since stays. */
	fx_grubenv(&fx->facts, "saved_entry=mine\n");
	ri_plan_free(&fx->plan);
	check_ok("revert", ri_plan_revert(&fx->facts, &fx->plan, &e), &e);
	assert_null(find(u, RI_PATH_GRUBENV2));
}

/* The entry that the guest boots by default is taken after, where it boots that kernel. */
static void test_the_guests_own_entry(void **state)
{
	struct fixture *fx = *state;

	fx_entry(&fx->facts, RI_PATH_BLS_DIR "/mine.conf",
	    "linux /boot/vmlinuz-" FX_FEDORA "\ninitrd /boot/initramfs-" FX_FEDORA
	    ".img\noptions $kernelopts single\n");
	plan(fx);
	assert_null(strstr(fx->plan.cmdline, "single"));
	fx_grubenv(&fx->facts, "saved_entry=mine\nkernelopts=root=/dev/sda1 ro quiet\n");
	plan(fx);
	assert_string_equal(fx->plan.cmdline,
	    "root=UUID=" FX_UUID " ro quiet single toram noresume");
	assert_string_equal(fx->plan.entry_id, "~ramimg-" FX_UUID);
}

#define OLDER "6.8.4-300.fc40.x86_64"

/* A second kernel, complete, with an entry. */
static void have_older(struct ri_facts *f)
{
	struct ri_err e = { 0 };

	f->boot_files = reallocarray(f->boot_files, f->boot_files_n + 2, sizeof *f->boot_files);
	assert_non_null(f->boot_files);
	f->boot_files[f->boot_files_n++] =
	    (struct ri_boot_file){ strdup("vmlinuz-" OLDER), 8000000 };
	f->boot_files[f->boot_files_n++] =
	    (struct ri_boot_file){ strdup("initramfs-" OLDER ".img"), 30000000 };
	check_ok(OLDER, ri_strv_add(&f->modules, OLDER, &e), &e);
	fx_entry(f, RI_PATH_BLS_DIR "/older.conf", FX_BLS_ENTRY(OLDER));
	fx_entry(f, RI_PATH_BLS_DIR "/odd.conf", "linux /boot/linux\n");
	fx_entry(f, RI_PATH_BLS_DIR "/empty.conf", "");
}

/* Which kernel is booted, and which one the guest's own default is known to boot. */
static void check_kernel(struct fixture *fx, const char *kernel, const char *stock)
{
	plan(fx);
	assert_string_equal(fx->plan.kernels.v[0].version, kernel);
	assert_string_equal(fx->plan.stock_kernel ? fx->plan.stock_kernel : "", stock);
}

/* saved_entry says which kernel the guest boots, and an earlier build has kept what it said. */
static void test_the_default_kernel(void **state)
{
	struct fixture *fx = *state;

	have_older(&fx->facts);
	check_kernel(fx, FX_FEDORA, FX_FEDORA);
	fx_grubenv(&fx->facts, "saved_entry=nowhere\n");
	check_kernel(fx, FX_FEDORA, "");
	fx_grubenv(&fx->facts, "saved_entry=odd\n");
	check_kernel(fx, FX_FEDORA, "");
	fx_grubenv(&fx->facts, "saved_entry=empty\n");
	check_kernel(fx, FX_FEDORA, "");
	fx_grubenv(&fx->facts, "saved_entry=older\n");
	check_kernel(fx, OLDER, OLDER);
	apply(fx);
	check_kernel(fx, OLDER, OLDER);
	/* GRUB does not look at it. */
	fx->job.grub_default = false;
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG2, "set default=0\nblscfg\n");
	check_kernel(fx, FX_FEDORA, "");
}

static void test_refusals(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->job.untested = false;
	refused(fx, RI_E_UNSUPPORTED,
	    "not tested on Fedora Linux 40 (Server): its menu is made of entry files (BLS); go on with "
	    "--untested, and try it on a copy of the disk first");
	fx->job.untested = true;
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG2, "set default=0\nblscfg\n");
	ri_plan_free(&fx->plan);
	refused(fx, RI_E_UNSUPPORTED,
	    "/boot/grub2/grub.cfg does not take its default from saved_entry; set GRUB_DEFAULT=saved in "
	    "/etc/default/grub and run grub2-mkconfig in the guest, or build with grub.default = false");
	fx_text(&fx->facts.entries[1], FX_BLS_STOCK, "title A\n");
	refused(fx, RI_E_GUEST,
	    "no file in /boot/loader/entries boots vmlinuz-" FX_FEDORA
	    "; run in the guest: kernel-install add " FX_FEDORA " /lib/modules/" FX_FEDORA
	    "/vmlinuz");
	fx_text(&fx->facts.entries[1], FX_BLS_STOCK, "linux /boot/vmlinuz-" FX_FEDORA "\n");
	refused(fx, RI_E_GUEST, FX_BLS_STOCK ": it does not load initramfs-" FX_FEDORA ".img");
	fx->facts.mounts[0].uuid[0] = '/';
	fx_text(&fx->facts.entries[1], FX_BLS_STOCK, FX_BLS_ENTRY(FX_FEDORA));
	refused(fx, RI_E_GUEST,
	    FX_BLS_STOCK ": the root's UUID is not one: \"/1111111-2222-3333-4444-555555555555\"");
	fx->facts.mounts[0].uuid[0] = '1';
	fx_text(&fx->facts.grubenv, RI_PATH_GRUBENV2, "####");
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG2, FX_BLS_CFG);
	fx_text(&fx->facts.entries[1], FX_BLS_STOCK, FX_BLS_ENTRY(FX_FEDORA));
	refused(fx, RI_E_GUEST,
	    "/boot/grub2/grubenv: GRUB's environment block has 4 bytes, not 1024");
	for (size_t i = 0; i < RI_BLS_OURS_MAX + 1; i++)
		fx_entry(&fx->facts, FX_BLS_OURS, "title A\n");
	refused(fx, RI_E_GUEST,
	    "/boot/loader/entries has 5 files ~ramimg-*.conf, and ramimg makes one; remove those of other "
	    "disks");
	assert_int_equal(ri_plan_revert(&fx->facts, &fx->plan, &e), -1);
	fx->facts.bls = false;
	refused(fx, RI_E_UNSUPPORTED,
	    "/boot/grub2/grub.cfg has the menu's entries in itself; ramimg adds to a menu in "
	    "/boot/grub/grub.cfg, or to one of entry files in /boot/loader/entries "
	    "(GRUB_ENABLE_BLSCFG=true)");
}

static void test_selinux(void **state)
{
	struct fixture *fx = *state;

	fx_text(&fx->facts.selinux, RI_PATH_SELINUX, "SELINUX=enforcing\n");
	refused(fx, RI_E_UNSUPPORTED,
	    "SELinux is enforcing (/etc/selinux/config), and no file of a root in RAM would keep its label: "
	    "loading the policy gives them all the label of a tmpfs; set SELINUX=permissive there, or add "
	    "enforcing=0 to the kernel's arguments in the guest");
	fx_text(&fx->facts.selinux, RI_PATH_SELINUX, "SELINUX=permissive\n");
	plan(fx);
	assert_string_equal(fx->plan.untested.p,
	    "Fedora Linux 40 (Server): its menu is made of entry files (BLS), and its SELinux is "
	    "permissive");
	assert_true(ri_strv_has(&fx->plan.rules.patterns, "/.autorelabel"));
	ri_plan_free(&fx->plan);
	fx->job.untested = false;
	refused(fx, RI_E_UNSUPPORTED,
	    "not tested on Fedora Linux 40 (Server): its menu is made of entry files (BLS), and its SELinux "
	    "is permissive; go on with --untested, and try it on a copy of the disk first");
}

/* A system of another name that is laid out as Debian is built, and it is said. */
static void test_another_name(void **state)
{
	struct fixture *fx = *state;

	fx->job.untested = false;
	plan(fx);
	assert_int_equal(fx->plan.untested.n, 0);
	free(fx->facts.os.id);
	fx->facts.os.id = strdup("ubuntu");
	fx->facts.os.pretty_name[0] = '\0';
	fx_text(&fx->facts.selinux, RI_PATH_SELINUX, "SELINUX=enforcing\n");
	plan(fx);
	assert_string_equal(fx->plan.untested.p,
	    "Debian GNU/Linux: it is built as Debian is, whose layout it has");
}

/* The one check that is bad, or none. */
static void check_verdict(const struct ri_facts *f, const char *what, const char *detail)
{
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	const struct ri_verify_seen seen = { .initrd_present = true,
		.archive_present = true,
		.archive_bytes = 1000,
		.archive_sha256 = SUM,
		.manifest = { .archive = (char[]){ "/boot/ram.tar.gz" },
		    .archive_fs = (char[]){ FX_UUID },
		    .archive_bytes = 1000,
		    .archive_sha256 = SUM,
		    .kernel = (char[]){ FX_FEDORA } } };
	struct ri_err e = { 0 };

	check_ok("verdict", ri_verdict_make(f, &seen, &v, &e), &e);
	if (v.bad != (what != NULL))
		fail_msg("%s: %zu checks failed", what ? what : "good", v.bad);
	for (size_t i = 0; i < v.n; i++) {
		if (v.v[i].good)
			continue;
		assert_string_equal(v.v[i].what, what);
		if (!strstr(v.v[i].detail, detail))
			fail_msg("said [%s], want [%s]", v.v[i].detail, detail);
	}
}

static void test_verdicts(void **state)
{
	struct fixture *fx = *state;
	struct ri_facts *f = &fx->facts;
	struct ri_text *ours;

	plan(fx);
	apply(fx);
	check_verdict(f, NULL, NULL);
	fx_grubenv(f, "saved_entry=" FX_MACHINE "-" FX_FEDORA "\n");
	check_verdict(f, "default", "GRUB boots another entry by default: build again, or choose");
	fx_text(&f->grubenv, RI_PATH_GRUBENV2, fx->plan.grubenv.p);
	ours = &f->entries[f->entries_n - 1];
	fx_text(ours, FX_BLS_OURS,
	    "linux /boot/vmlinuz-" FX_FEDORA "\ninitrd /boot/initramfs-" FX_FEDORA
	    ".img\noptions ro toram\ngrub_users $grub_users\ngrub_arg --unrestricted\n");
	check_verdict(f, "menu entry", "does not load initrd.img-ramboot with toram: build again");
	fx_text(ours, FX_BLS_OURS,
	    "linux /boot/vmlinuz-1\ninitrd /boot/initrd.img-ramboot\noptions ro toram\n"
	    "grub_users $grub_users\ngrub_arg --unrestricted\n");
	check_verdict(f, "kernel", "the entry does not boot " FX_FEDORA);
	fx_text(ours, FX_BLS_OURS,
	    "linux /boot/vmlinuz-" FX_FEDORA
	    "\ninitrd /boot/initrd.img-ramboot\noptions ro toram\ngrub_arg --unrestricted\n");
	check_verdict(f, "password", "GRUB lets other users boot the RAM entry");
	ours->present = false;
	check_verdict(f, "menu entry", "/boot/loader/entries holds no entry of ramimg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define FEDORA(test) cmocka_unit_test_setup_teardown(test, set_up_fedora, tear_down)
		FEDORA(test_a_first_build),
		FEDORA(test_not_the_default),
		FEDORA(test_no_environment_block),
		FEDORA(test_build_again),
		FEDORA(test_revert),
		FEDORA(test_the_guests_own_entry),
		FEDORA(test_the_default_kernel),
		FEDORA(test_refusals),
		FEDORA(test_selinux),
		FEDORA(test_verdicts),
		cmocka_unit_test_setup_teardown(test_another_name, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("bls", tests, NULL, NULL);
}
