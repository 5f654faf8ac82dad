// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The verdict on a built disk: each thing that may disagree, one at a time. */
#include "unit/check.h"
#include "unit/facts_fixture.h"

#include "format/grubenv.h"
#include "plan/plan.h"
#include "plan/verdict.h"

#define SUM "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct built {
	struct ri_facts f;
	struct ri_verify_seen o;
};

static void built_free(struct built *b)
{
	ri_facts_free(&b->f);
	ri_observed_free(&b->o);
}

/* A disk as a build leaves it, and what reading it back shows. */
static void make_built(struct built *b)
{
	static const char *const paths[RI_TEXTS] = { RI_PATH_FSTAB, RI_PATH_CUSTOM, RI_PATH_CFG };
	RI_ON_EXIT(ri_job_free) struct ri_job job;
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	struct ri_manifest *m = &b->o.manifest;
	struct ri_err e = { 0 };

	memset(b, 0, sizeof *b);
	fx_facts(&b->f);
	check_ok("job", ri_job_defaults(&job, &e), &e);
	check_ok("plan", ri_plan_make(&job, &b->f, &p, &e), &e);
	fx_text(&b->f.fstab_copy, RI_PATH_FSTAB_COPY, FX_FSTAB);
	for (size_t i = 0; i < RI_TEXTS; i++)
		fx_text(&b->f.now[i], paths[i], p.text[i].p);
	fx_text(&b->f.grubenv, RI_PATH_GRUBENV, p.grubenv.p);
	fx_text(&b->f.record, RI_PATH_STATE_RECORD, p.record.p);
	b->f.built = true;
	b->o.initrd_present = b->o.archive_present = true;
	b->o.base_known = b->o.base_same = true;
	b->o.archive_bytes = m->archive_bytes = 1000;
	strcpy(b->o.archive_sha256, SUM);
	strcpy(m->archive_sha256, SUM);
	strcpy(m->build_id, "0123456789abcdef0123456789abcdef");
	m->archive = strdup("/boot/ram.tar.gz");
	m->archive_fs = strdup(FX_UUID);
	m->kernel = strdup("6.1.0-9-amd64");
	m->grubenv = strdup(RI_PATH_GRUBENV);
}

/* What GRUB has counted. */
static void count(struct built *b, const char *failed)
{
	RI_BUF now = { 0 };
	struct ri_err e = { 0 };

	check_ok("set",
	    ri_grubenv_set(ri_buf_span(&b->f.grubenv.bytes), RI_GRUBENV_FAILED, failed, &now, &e),
	    &e);
	fx_text(&b->f.grubenv, RI_PATH_GRUBENV, now.p);
}

static void no_initrd(struct built *b)
{
	b->o.initrd_present = false;
}
static void bad_manifest(struct built *b)
{
	b->o.manifest_error = strdup("no such member");
}
static void other_base(struct built *b)
{
	b->o.base_same = false;
}
static void no_archive(struct built *b)
{
	b->o.archive_present = false;
}
static void short_archive(struct built *b)
{
	b->o.archive_bytes = 999;
}
static void damaged_archive(struct built *b)
{
	b->o.archive_sha256[0] = 'b';
}
static void no_kernel(struct built *b)
{
	free((void *)(uintptr_t)b->f.boot_files[0].name);
	b->f.boot_files[0].name = strdup("other");
}
static void no_modules(struct built *b)
{
	ri_strv_free(&b->f.modules);
}
static void no_copy(struct built *b)
{
	b->f.fstab_copy.present = false;
}
static void no_custom_entry(struct built *b)
{
	fx_text(&b->f.now[RI_TEXT_CUSTOM], RI_PATH_CUSTOM, FX_CUSTOM);
}
static void no_cfg_entry(struct built *b)
{
	fx_text(&b->f.now[RI_TEXT_CFG], RI_PATH_CFG, FX_CFG);
}
static void disk_fstab(struct built *b)
{
	fx_text(&b->f.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, FX_FSTAB);
}
static void no_root_in_fstab(struct built *b)
{
	fx_text(&b->f.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, "\n");
}
static void no_fstab(struct built *b)
{
	b->f.now[RI_TEXT_FSTAB].present = false;
}
static void other_fs(struct built *b)
{
	free(b->o.manifest.archive_fs);
	b->o.manifest.archive_fs = strdup("other");
}
static void other_kernel(struct built *b)
{
	struct ri_err e = { 0 };

	free(b->o.manifest.kernel);
	b->o.manifest.kernel = strdup("6.1.0-10-amd64");
	free((void *)(uintptr_t)b->f.boot_files[0].name);
	b->f.boot_files[0].name = strdup("vmlinuz-6.1.0-10-amd64");
	check_ok("modules", ri_strv_add(&b->f.modules, "6.1.0-10-amd64", &e), &e);
}
static void no_grubenv(struct built *b)
{
	b->f.grubenv.present = false;
}
static void bad_grubenv(struct built *b)
{
	fx_text(&b->f.grubenv, RI_PATH_GRUBENV, "####");
}
static void loader_without_count(struct built *b)
{
	free(b->o.manifest.grubenv);
	b->o.manifest.grubenv = NULL;
}
static void entry_without_count(struct built *b)
{
	static const enum ri_text_id both[] = { RI_TEXT_CUSTOM, RI_TEXT_CFG };

	for (size_t i = 0; i < 2; i++) {
		struct ri_buf *t = &b->f.now[both[i]].bytes;
		char *at;

		while (
		    (at = memmem(t->p, t->n, RI_GRUBENV_FAILED, strlen(RI_GRUBENV_FAILED))) != NULL)
			memset(at, 'x', strlen(RI_GRUBENV_FAILED));
	}
}
static void edited_entry(struct built *b)
{
	RI_BUF t = { 0 };
	char *at;

	ri_buf_add_span(&t, ri_buf_span(&b->f.now[RI_TEXT_CFG].bytes));
	at = memmem(t.p, t.n, "noresume", 8);
	assert_non_null(at);
	memcpy(at, "oresumen", 8);
	fx_text(&b->f.now[RI_TEXT_CFG], RI_PATH_CFG, t.p);
}

/* An administrator protects the menu, and lets everybody boot the guest's own entry. */
static void put_stock_entry(struct ri_text *cfg, const char *access)
{
	RI_BUF t = { 0 };

	ri_buf_addf(&t,
	    "menuentry 'D' %s --class os --id d {\nlinux /boot/vmlinuz-6.1.0-9-amd64 ro\n}\n",
	    access);
	ri_buf_add_span(&t, ri_buf_span(&cfg->bytes));
	fx_text(cfg, RI_PATH_CFG, t.p);
}
static void other_access(struct built *b)
{
	put_stock_entry(&b->f.now[RI_TEXT_CFG], "--unrestricted");
}
static void other_users(struct built *b)
{
	put_stock_entry(&b->f.now[RI_TEXT_CFG], "--users 'a,b'");
}

static void test_each_disagreement(void **state)
{
	static const struct {
		void (*spoil)(struct built *b);
		const char *what, *detail; /* of the one check that fails; a part of its sentence */
	} cases[] = {
		{ no_initrd, "initrd", "/boot/initrd.img-ramboot is missing" },
		{ bad_manifest, "initrd", "no such member" },
		{ other_base, "initrd", "the kernel's own initrd has changed since build 0123" },
		{ no_archive, "archive", "/boot/ram.tar.gz is missing on file system " FX_UUID },
		{ short_archive, "archive", "has 999 bytes, the initrd expects 1000" },
		{ damaged_archive, "archive", "is damaged or of another build" },
		{ no_kernel, "kernel", "/boot/vmlinuz-6.1.0-9-amd64 is missing" },
		{ no_modules, "kernel", "/lib/modules/6.1.0-9-amd64 is missing" },
		{ other_kernel, "kernel", "the entry does not boot 6.1.0-10-amd64" },
		{ other_fs, "file system",
		    "looks for the archive on file system other, /boot is on " FX_UUID },
		{ no_custom_entry, "menu entry", "/etc/grub.d/40_custom holds no entry" },
		{ no_cfg_entry, "menu entry", "/boot/grub/grub.cfg holds no entry" },
		{ edited_entry, "menu entry", "differ: run update-grub" },
		{ disk_fstab, "fstab", "has not the one tmpfs root" },
		{ no_root_in_fstab, "fstab", "has not the one tmpfs root" },
		{ no_fstab, "fstab", "has not the one tmpfs root" },
		{ no_grubenv, "boot counting", "/boot/grub/grubenv is missing: build again" },
		{ bad_grubenv, "boot counting", "/boot/grub/grubenv is damaged or full" },
		{ loader_without_count, "boot counting",
		    "the entry counts boots and the loader does not take the count back" },
		{ entry_without_count, "boot counting",
		    "the entry does not count boots and the loader takes the count back" },
		{ other_access, "password",
		    "GRUB lets other users boot the RAM entry than the guest's own: build again" },
		{ other_users, "password", "than the guest's own: build again" },
		{ no_copy, "original fstab", "/etc/fstab.ramimg-orig is missing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(built_free) struct built b;
		RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
		struct ri_err e = { 0 };

		make_built(&b);
		cases[i].spoil(&b);
		check_ok(cases[i].detail, ri_verdict_make(&b.f, &b.o, &v, &e), &e);
		if (v.bad != 1)
			fail_msg("%s: %zu checks failed, want 1", cases[i].detail, v.bad);
		for (size_t k = 0; k < v.n; k++) {
			if (v.v[k].good)
				continue;
			assert_string_equal(v.v[k].what, cases[i].what);
			if (!strstr(v.v[k].detail, cases[i].detail))
				fail_msg("said [%s], want [%s]", v.v[k].detail, cases[i].detail);
		}
	}
}

static void test_a_good_disk(void **state)
{
	RI_ON_EXIT(built_free) struct built b;
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_built(&b);
	check_ok("check", ri_verdict_make(&b.f, &b.o, &v, &e), &e);
	assert_int_equal(v.bad, 0);
	assert_int_equal(v.n, 8);
	assert_false(v.old);
}

/* What it was built as, which the initrd alone says. */
static void test_form(void **state)
{
	for (int i = 0; i < 3; i++) {
		RI_ON_EXIT(built_free) struct built b;
		RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
		struct ri_err e = { 0 };
		const char *detail = NULL;

		(void)state;
		make_built(&b);
		if (i == 1)
			b.o.manifest.form = strdup(RI_FORM_COMPRESSED);
		if (i == 2)
			b.o.manifest_error = strdup("no such member");
		check_ok("verdict", ri_verdict_make(&b.f, &b.o, &v, &e), &e);
		for (size_t k = 0; k < v.n; k++)
			if (strcmp(v.v[k].what, "archive") == 0)
				detail = v.v[k].detail;
		assert_int_equal(v.bad, i == 2 ? 1 : 0);
		if (i == 2) {
			assert_null(v.form);
		} else {
			assert_string_equal(v.form, i == 0 ? "tmpfs" : "compressed");
			assert_string_equal(detail,
			    i == 0
				? "/boot/ram.tar.gz, 1000 bytes, SHA-256 " SUM
				: "/boot/ram.tar.gz, the image of the compressed form, 1000 bytes, "
				  "SHA-256 " SUM);
		}
	}
}

/* An upgrade on the disk leaves the RAM set intact; a build of before there were records says nothing. */
static void test_age(void **state)
{
	RI_ON_EXIT(built_free) struct built b;
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict none = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_built(&b);
	b.f.packages = strdup(SUM);
	check_ok("check", ri_verdict_make(&b.f, &b.o, &v, &e), &e);
	assert_int_equal(v.bad, 0);
	assert_true(v.old);
	assert_string_equal(v.v[5].what, "age");
	assert_true(v.v[5].good && v.v[5].old);
	assert_string_equal(v.v[5].detail,
	    "the RAM set is older than the disk: packages were installed, upgraded or removed; build again");
	b.f.record.present = false;
	check_ok("check", ri_verdict_make(&b.f, &b.o, &none, &e), &e);
	assert_false(none.old);
	assert_int_equal(none.n, 7);
}

/* The kernel's initrd is not compared where it is not there. */
static void test_an_unknown_base(void **state)
{
	RI_ON_EXIT(built_free) struct built b;
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_built(&b);
	b.o.base_known = b.o.base_same = false;
	check_ok("check", ri_verdict_make(&b.f, &b.o, &v, &e), &e);
	assert_int_equal(v.bad, 0);
	assert_string_equal(v.v[0].detail,
	    "/boot/initrd.img-ramboot holds the loader of build 0123456789abcdef0123456789abcdef");
}

/* Failed boots are told, and are nothing wrong with the disk. */
static void test_failed_boots(void **state)
{
	static const struct {
		const char *value, *detail;
	} rows[] = {
		{ NULL, "no failed boot by the RAM entry" },
		{ "1", "the RAM entry failed once" },
		{ "2", "the RAM entry failed twice in a row and is not the default" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(built_free) struct built b;
		RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
		struct ri_err e = { 0 };

		make_built(&b);
		count(&b, rows[i].value);
		check_ok("check", ri_verdict_make(&b.f, &b.o, &v, &e), &e);
		assert_int_equal(v.bad, 0);
		assert_string_equal(v.v[3].what, "boot counting");
		assert_string_equal(v.v[3].detail, rows[i].detail);
	}
}

/* A disk that was built without counting, or by a ramimg that knew none. */
static void test_no_counting(void **state)
{
	RI_ON_EXIT(built_free) struct built b;
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_built(&b);
	loader_without_count(&b);
	entry_without_count(&b);
	no_grubenv(&b);
	check_ok("check", ri_verdict_make(&b.f, &b.o, &v, &e), &e);
	assert_int_equal(v.bad, 0);
	assert_int_equal(v.n, 7);
}

static void absent(struct ri_text *t)
{
	t->present = false;
	t->bytes.n = 0;
}

/* What a slim image has not is not missed; that there is no root the disk and the loader say alike. */
static void test_slim(void **state)
{
	static const struct {
		bool disk;
		const char *loader, *detail;
	} rows[] = {
		{ true, "poweroff",
		    "there is no root on the disk; where the one in RAM fails, the VM does a poweroff" },
		{ true, NULL, "there is no root on the disk, but the loader goes on with one" },
		{ false, "reboot", "the loader knows of no root on the disk: build again" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(built_free) struct built b;
		RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
		struct ri_err e = { 0 };
		bool good = rows[i].disk && rows[i].loader;

		make_built(&b);
		loader_without_count(&b);
		entry_without_count(&b);
		no_grubenv(&b);
		b.f.slim = rows[i].disk;
		b.o.manifest.on_failure = rows[i].loader ? strdup(rows[i].loader) : NULL;
		if (rows[i].disk) {
			ri_strv_free(&b.f.modules);
			absent(&b.f.now[RI_TEXT_CUSTOM]);
			absent(&b.f.fstab_copy);
			free(b.f.packages);
			b.f.packages = NULL;
			b.o.base_known = false;
		}
		check_ok("check", ri_verdict_make(&b.f, &b.o, &v, &e), &e);
		assert_int_equal(v.bad, good ? 0 : 1);
		assert_int_equal(v.slim, rows[i].disk);
		assert_false(v.old);
		for (size_t k = 0; k < v.n; k++)
			if (strcmp(v.v[k].what, "slim") == 0)
				assert_string_equal(v.v[k].detail, rows[i].detail);
			else if (!v.v[k].good)
				fail_msg("%s: %s", v.v[k].what, v.v[k].detail);
	}
}

/* What is in @e before is not looked at: it is set by a failure only. */
static void test_an_earlier_error(void **state)
{
	RI_ON_EXIT(built_free) struct built b;
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	struct ri_err e = { .code = RI_E_NOMEM };

	(void)state;
	make_built(&b);
	assert_int_equal(ri_verdict_make(&b.f, &b.o, &v, &e), 0);
	assert_int_equal(v.bad, 0);
	assert_int_equal(e.code, RI_E_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_good_disk),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_an_unknown_base),
		cmocka_unit_test(test_failed_boots),
		cmocka_unit_test(test_no_counting),
		cmocka_unit_test(test_slim),
		cmocka_unit_test(test_an_earlier_error),
		cmocka_unit_test(test_each_disagreement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
