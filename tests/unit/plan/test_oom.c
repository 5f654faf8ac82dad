// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of the decisions: each says so, and leaks nothing. */
#include "unit/oom.h"
#include "unit/facts_fixture.h"

#include "format/grubenv.h"
#include "plan/drift.h"
#include "plan/ram_need.h"
#include "plan/excluded.h"
#include "plan/largest.h"
#include "plan/next_boot.h"
#include "plan/plan.h"
#include "plan/verdict.h"

static int defaults(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	return ri_job_defaults(&job, e) < 0 ? -1 : ri_job_for_user(&job, 1000, arg, "/home/u", e);
}

static int settings(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	(void)arg;
	if (ri_job_defaults(&job, e) < 0)
		return -1;
	for (size_t i = 0; i < ri_settings_n; i++) {
		const struct ri_setting *row = &ri_settings[i];
		struct ri_strv list = { (char *[]){ (char[]){ "/srv" } }, 1 };

		if (row->kind == RI_SET_LIST && strcmp(row->path, "archive.exclude") == 0 &&
		    ri_setting_set_list(row, &job, &list, e) < 0)
			return -1;
		if (row->kind == RI_SET_STRING && strstr(row->path, "dir") &&
		    ri_setting_set_text(row, &job, "/srv", e) < 0)
			return -1;
	}
	return 0;
}

static int largest(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_sizes_freep) struct ri_dir_sizes *d = ri_dir_sizes_new();
	RI_ON_EXIT(ri_largest_free) struct ri_largest l = { 0 };

	(void)arg;
	if (!d)
		return ri_nomem(e);
	return ri_dir_sizes_add(d, "/srv/a/f", false, 1, e) < 0 ||
		       ri_dir_sizes_add(d, "/var", true, 1, e) < 0
		   ? -1
		   : ri_dir_sizes_largest(d, &l, e);
}

static int plan(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan reset = { 0 };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	const struct ri_facts *f = arg;

	return ri_job_defaults(&job, e) < 0 || ri_plan_make(&job, f, &p, e) < 0 ||
		       ri_plan_revert(f, &back, e) < 0 || ri_plan_clear_count(f, &reset, e) < 0
		   ? -1
		   : 0;
}

/* A built guest, edited since in all its texts, without GRUB's own settings, and with a count. */
static void edit_built(struct ri_facts *f)
{
	static const char *const paths[RI_TEXTS] = { RI_PATH_FSTAB, RI_PATH_CUSTOM, RI_PATH_CFG };
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	RI_BUF block = { 0 };
	struct ri_err e = { 0 };

	check_ok("job", ri_job_defaults(&job, &e), &e);
	check_ok("plan", ri_plan_make(&job, f, &p, &e), &e);
	for (size_t i = 0; i < RI_TEXTS; i++) {
		RI_BUF edited = { 0 };

		ri_buf_addf(&edited, "%s# edited\n", p.text[i].p);
		fx_text(&f->orig[i], "orig", f->now[i].bytes.p);
		fx_text(&f->ours[i], "ours", p.text[i].p);
		fx_text(&f->now[i], paths[i], edited.p);
	}
	fx_text(&f->defaults[0], RI_PATH_DEFAULT, "");
	check_ok("count",
	    ri_grubenv_set(ri_buf_span(&p.grubenv), RI_GRUBENV_FAILED, "1", &block, &e), &e);
	fx_text(&f->grubenv, RI_PATH_GRUBENV, block.p);
	f->built = true;
}

static int revert(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };

	return ri_plan_revert(arg, &back, e);
}

static int clear(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };

	return ri_plan_clear_count(arg, &p, e);
}

/* With rules of one's own, and a swap file that the facts have. */
static int build(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	if (ri_job_defaults(&job, e) < 0 || ri_strv_add(&job.exclude, "/srv/big", e) < 0)
		return -1;
	return ri_plan_make(&job, arg, &p, e);
}

/* An image, with a store of containers that is left out, and zram; the facts have what that takes. */
static int compressed(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	if (ri_job_defaults(&job, e) < 0 || ri_strv_add(&job.exclude, "/var/lib/docker/", e) < 0 ||
	    ri_setting_set_text(ri_setting_find("root.zram"), &job, "1G", e) < 0)
		return -1;
	job.form = RI_COMPRESSED;
	return ri_plan_make(&job, arg, &p, e);
}

static int bad_word(const void *arg, struct ri_err *e)
{
	struct ri_job job = { 0 };
	struct ri_err why = { 0 };

	if (ri_setting_set_text(ri_setting_find("archive.compression"), &job, arg, &why) == 0)
		return 0;
	if (why.code == RI_E_CONFIG)
		return 0; /* as it should be where there is memory */
	*e = why;
	return -1;
}

static int excluded(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list l = { 0 };

	return ri_excluded_add(&l, arg, 1, 2, e) < 0 || ri_excluded_add(&l, "/b", 1, 2, e) < 0 ||
		       ri_excluded_add(&l, arg, 1, 2, e) < 0
		   ? -1
		   : 0;
}

static int drift(const void *arg, struct ri_err *e)
{
	const struct ri_boot_file files[] = { { "vmlinuz-7", 8 }, { "initrd.img-7", 9 } };
	const struct ri_drift_now now = { files, 2, "aa" };
	RI_BUF newer = { 0 };

	return ri_drift_find(ri_str(arg), &now, &newer, e);
}

#define ZEROS "00000000000000000000000000000000"
#define RECORD "kernel=6\nimage_bytes=1\ninitrd_bytes=1\nnewest=\npackages=\n"
#define MANIFEST                                                                                   \
	"format=1\nbuild_id=" ZEROS "\narchive=/a\narchive_fs=b\narchive_on_root=yes\n"            \
	"compression=gzip\narchive_bytes=1\narchive_sha256=" ZEROS ZEROS "\ntar_bytes=1\n"         \
	"entries=1\ninodes=1\ntmpfs_bytes=7\ntmpfs_size=100%\nreserve_bytes=1\n"                   \
	"initrd_unpacked_bytes=1\nrelease=no\nkernel=6\nos=x\n"

static int recorded(const void *arg, struct ri_err *e)
{
	struct ri_ram_parts parts;

	return ri_ram_parts_recorded(ri_str(arg), &parts, e) < 0 ? -1 : 0;
}

static int verdict(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	const struct ri_verify_seen seen = { .initrd_present = true,
		.archive_present = true,
		.manifest = { .archive = (char[]){ "/boot/ram.tar.gz" },
		    .grubenv = (char[]){ RI_PATH_GRUBENV },
		    .archive_fs = (char[]){ FX_UUID },
		    .kernel = (char[]){ "6.1.0-9-amd64" } } };

	return ri_verdict_make(arg, &seen, &v, e);
}

/* A menu of entry files, before a build and after one, and a system that nobody has seen. */
static int untested(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	if (ri_job_defaults(&job, e) < 0)
		return -1;
	job.untested = true;
	return ri_plan_make(&job, arg, &p, e) < 0 || ri_plan_revert(arg, &back, e) < 0 ? -1 : 0;
}

static int next_boot(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };

	return ri_next_boot_plan(arg, RI_BOOT_DISK, &p, e);
}

static void test_entry_files(void **state)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };

	(void)state;
	fx_facts(&f);
	fx_fedora(&f);
	fx_text(&f.selinux, RI_PATH_SELINUX, "SELINUX=permissive\n");
	assert_true(oom_each("entry files", untested, &f) > 20);
	f.built = true;
	fx_text(&f.fstab_copy, RI_PATH_FSTAB_COPY, FX_FSTAB);
	fx_entry(&f, FX_BLS_OURS, FX_BLS_ENTRY("1"));
	fx_grubenv(&f, "saved_entry=~ramimg-" FX_UUID "\n");
	assert_true(oom_each("entry files again", untested, &f) > 20);
	assert_true(oom_each("their verdict", verdict, &f) > 0);
}

static void test_next_boot(void **state)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };

	(void)state;
	fx_facts(&f);
	fx_text(&f.now[RI_TEXT_CFG], RI_PATH_CFG, "menuentry 'Debian' {\n}\n" FX_CFG);
	edit_built(&f);
	assert_true(oom_each("next boot", next_boot, &f) > 4);
}

static void test_each(void **state)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fx_facts(&f);
	assert_true(oom_each("defaults", defaults, "/state") > 2);
	assert_true(oom_each("settings", settings, NULL) > 4);
	assert_true(oom_each("plan", plan, &f) > 30);
	fx_text(&f.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, FX_FSTAB "/swap*file none swap sw 0 0\n");
	assert_true(oom_each("build", build, &f) > 30);
	assert_true(oom_each("word", bad_word, "lzo") > 0);
	edit_built(&f);
	assert_true(oom_each("build again", build, &f) > 30);
	f.stores[0].dir = strdup("/var/lib/docker");
	f.zram.systemd = true;
	check_ok("module", ri_strv_add(&f.zram.modules, "/lib/modules/6.1.0-9-amd64/zram.ko", &e),
	    &e);
	assert_true(oom_each("compressed", compressed, &f) > 50);
	assert_true(oom_each("revert", revert, &f) > 10);
	assert_true(oom_each("clear", clear, &f) > 0);
	assert_true(oom_each("excluded", excluded, "/a") > 2);
	assert_true(oom_each("drift", drift, RECORD) > 4);
	assert_true(oom_each("recorded", recorded, RECORD MANIFEST) > 4);
	assert_true(oom_each("verdict", verdict, &f) > 0);
	assert_true(oom_each("largest", largest, NULL) > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each),
		cmocka_unit_test(test_next_boot), cmocka_unit_test(test_entry_files) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
