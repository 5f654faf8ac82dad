// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which of a guest's kernels the RAM entry boots. */
#include "unit/check.h"
#include "unit/plan_fixture.h"
#include "plan/kernel_choice.h"

/* @names: in /boot, blanks between them. */
static void have_files(struct ri_facts *f, const char *names)
{
	for (size_t i = 0; i < f->boot_files_n; i++)
		free((void *)f->boot_files[i].name);
	f->boot_files_n = 0;
	f->boot_files = reallocarray(f->boot_files, 8, sizeof *f->boot_files);
	assert_non_null(f->boot_files);
	while (*names) {
		size_t n = strcspn(names, " ");

		f->boot_files[f->boot_files_n++] = (struct ri_boot_file){ strndup(names, n), 9 };
		names += n + strspn(names + n, " ");
	}
}

/* Kernels 7 and 6, each with an entry of that name, and the default's value. */
static void have_menu(struct ri_facts *f, const char *dflt)
{
	RI_BUF cfg = { 0 };

	ri_buf_addf(&cfg,
	    "### BEGIN /etc/grub.d/00_header ###\nif [ \"${next_entry}\" ] ; then\n"
	    "   set default=\"${next_entry}\"\nelse\n   set default=\"%s\"\nfi\n"
	    "### END /etc/grub.d/00_header ###\n"
	    "menuentry 'Seven' --id seven {\n\tlinux\t/boot/vmlinuz-7 ro\n}\n"
	    "menuentry 'Six' --id six {\n\tlinux\t/boot/vmlinuz-6 ro\n}\n"
	    "menuentry 'Odd' --id odd {\n\tlinux\t/boot/vmlinuz ro\n}\n"
	    "### BEGIN /etc/grub.d/40_custom ###\n"
	    "# This file provides an easy way to add custom menu entries.\n"
	    "### END /etc/grub.d/40_custom ###\n",
	    dflt);
	fx_text(&f->now[RI_TEXT_CFG], RI_PATH_CFG, cfg.p);
}

#define BOTH "vmlinuz-7 initrd.img-7 vmlinuz-6 initrd.img-6"

static const struct {
	const char *files, *dflt, *wanted, *first, *stock;
	enum ri_code code;
	const char *refusal;
} rows[] = {
	{ BOTH, "seven", "", "7", "7", 0, NULL },
	{ BOTH, "six", "", "6", "6", 0, NULL },
	{ BOTH, "six", "7", "7", "6", 0, NULL },
	{ BOTH, "odd", "", "7", NULL, 0, NULL },
	{ BOTH, "nowhere", "", "7", NULL, 0, NULL },
	{ BOTH, "nowhere", "6", "6", NULL, 0, NULL },
	/* The guest's own default is half removed. */
	{ "vmlinuz-7 vmlinuz-6 initrd.img-6", "seven", "", "6", "7", 0, NULL },
	{ "vmlinuz-6 vmlinuz-7 initrd.img-7", "six", "", "7", "6", 0, NULL },
	{ BOTH, "seven", "5", NULL, NULL, RI_E_UNSUPPORTED,
	    "kernel 5: there is no such kernel in the guest; it can be one of 7, 6" },
	{ "vmlinuz-7 vmlinuz-6 initrd.img-6", "seven", "7", NULL, NULL, RI_E_UNSUPPORTED,
	    "kernel 7: /boot/vmlinuz-7 has no initrd; it can be one of 6" },
	{ "vmlinuz-7", "seven", "7", NULL, NULL, RI_E_UNSUPPORTED,
	    "/boot/vmlinuz-7 has no initrd" },
};

static void check_row(struct fixture *fx, size_t i)
{
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
	RI_FREE char *stock = NULL;
	struct ri_err e = { 0 };
	int rc;

	have_files(&fx->facts, rows[i].files);
	have_menu(&fx->facts, rows[i].dflt);
	check_ok("kernel",
	    ri_setting_set_text(ri_setting_find("grub.kernel"), &fx->job, rows[i].wanted, &e), &e);
	rc = ri_kernel_choice(&fx->job, &fx->facts, &k, &stock, &e);
	if (!rows[i].first) {
		check_err(rows[i].refusal, rc, &e, rows[i].code, rows[i].refusal);
		return;
	}
	check_ok(rows[i].first, rc, &e);
	assert_string_equal(k.v[0].version, rows[i].first);
	assert_int_equal(stock != NULL, rows[i].stock != NULL);
	if (stock)
		assert_string_equal(stock, rows[i].stock);
}

static void test_choice(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	check_ok("7", ri_strv_add(&fx->facts.modules, "7", &e), &e);
	check_ok("6", ri_strv_add(&fx->facts.modules, "6", &e), &e);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_row(fx, i);
}

/* What is chosen is what the entry boots. */
static void test_the_entry(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };
	struct ri_span cfg;

	check_ok("7", ri_strv_add(&fx->facts.modules, "7", &e), &e);
	check_ok("6", ri_strv_add(&fx->facts.modules, "6", &e), &e);
	have_files(&fx->facts, BOTH);
	have_menu(&fx->facts, "seven");
	free(fx->job.kernel);
	fx->job.kernel = strdup("6");
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	cfg = find(&fx->plan.actions, RI_PATH_CUSTOM)->bytes;
	assert_non_null(memmem(cfg.p, cfg.n, "/boot/vmlinuz-6 ", 16));
	assert_null(memmem(cfg.p, cfg.n, "/boot/vmlinuz-7", 15));
	assert_string_equal(fx->plan.stock_kernel, "7");
}

/* A guest whose texts cannot be taken back: refused elsewhere, and not for its kernel. */
static void test_no_way_back(void **state)
{
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
	RI_FREE char *stock = NULL;
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	fx->facts.built = true;
	fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, "none / tmpfs defaults 0 0\n");
	assert_int_equal(ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), -1);
	assert_int_equal(e.code, RI_E_GUEST);
	e = (struct ri_err){ 0 };
	check_ok("choice", ri_kernel_choice(&fx->job, &fx->facts, &k, &stock, &e), &e);
	assert_null(stock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_choice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_entry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_way_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
