// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which entry GRUB is told to boot once, and where it need not be told. */
#include "unit/check.h"
#include "unit/plan_fixture.h"

#include "format/grubenv.h"
#include "plan/next_boot.h"

#define OURS "ramimg-" FX_UUID
#define HEADER(text)                                                                               \
	"### BEGIN /etc/grub.d/00_header ###\nif [ -s $prefix/grubenv ]; then\n  load_env\nfi\n"   \
	"if [ \"${next_entry}\" ] ; then\n"                                                        \
	"   set default=\"${next_entry}\"\n   set next_entry=\nelse\n   set default=\"" text       \
	"\"\nfi\n### END /etc/grub.d/00_header ###\n"
#define LINUX                                                                                            \
	"### BEGIN /etc/grub.d/10_linux ###\n"                                                           \
	"menuentry 'Debian' --class os $menuentry_id_option 'stock' {\n\tlinux /vmlinuz\n}\n"            \
	"submenu 'More' $menuentry_id_option 'more' {\n\tmenuentry 'Old' $menuentry_id_option 'old' {\n" \
	"\tlinux /vmlinuz.old\n}\n}\n### END /etc/grub.d/10_linux ###\n"
#define CUSTOM "### BEGIN /etc/grub.d/40_custom ###\n### END /etc/grub.d/40_custom ###\n"

/* A guest with that default, built. */
static void built(struct fixture *fx, const char *cfg)
{
	struct ri_err e = { 0 };

	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, cfg);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	fx_build(&fx->facts, &fx->plan);
	ri_plan_free(&fx->plan);
}

/* GRUB's environment block with these lines, where GRUB has its files. */
static void have(struct ri_facts *f, const char *lines)
{
	fx_grubenv(f, lines);
	if (f->grub2)
		return;
	free(f->grubenv.path);
	f->grubenv.path = strdup(RI_PATH_GRUBENV);
}

/* To boot @what, GRUB is told @value; NULL: nothing. */
static void expect(const char *name, struct fixture *fx, enum ri_boot what, const char *value)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	const struct ri_actions *l = &p.undo_actions;
	const struct ri_action *a;
	struct ri_err e = { 0 };
	struct ri_span got;

	check_ok(name, ri_next_boot_plan(&fx->facts, what, &p, &e), &e);
	assert_int_equal(p.actions.n, 0);
	if (l->n != (value ? 1 : 0))
		fail_msg("%s: %zu actions", name, l->n);
	if (!value)
		return;
	a = find(l, fx->facts.grub2 ? RI_PATH_GRUBENV2 : RI_PATH_GRUBENV);
	assert_non_null(a);
	assert_true(a->keep_attrs);
	assert_int_equal(a->bytes.n, RI_GRUBENV_BYTES);
	assert_true(ri_grubenv_get(a->bytes, "next_entry", &got));
	check_span(name, got, ri_str(value));
}

static void refused(const char *name, struct fixture *fx, enum ri_boot what, enum ri_code code,
    const char *why)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	struct ri_err e = { 0 };

	check_err(name, ri_next_boot_plan(&fx->facts, what, &p, &e), &e, code, why);
	assert_int_equal(p.undo_actions.n, 0);
}

/* The RAM entry is the default, as a build makes it. */
static void test_default(void **state)
{
	struct fixture *fx = *state;

	built(fx, HEADER("0") LINUX CUSTOM);
	expect("any", fx, RI_BOOT_ANY, NULL);
	expect("ram", fx, RI_BOOT_RAM, NULL);
	expect("disk, without a block", fx, RI_BOOT_DISK, "0");
	have(&fx->facts, "ramimg_failed=1\nx=y\n");
	expect("ram after a failure", fx, RI_BOOT_RAM, NULL);
	have(&fx->facts, "ramimg_failed=2\nx=y\n");
	expect("ram after two", fx, RI_BOOT_RAM, OURS);
	expect("disk after two", fx, RI_BOOT_DISK, "0");
}

/* What else is in the block stays. */
static void test_block(void **state)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	built(fx, HEADER("0") LINUX CUSTOM);
	have(&fx->facts, "recordfail=1\nnext_entry=old\n");
	check_ok("plan", ri_next_boot_plan(&fx->facts, RI_BOOT_RAM, &p, &e), &e);
	assert_int_equal(p.undo_actions.n, 1);
	assert_true(ri_span_starts(p.undo_actions.v[0].bytes,
	    "# GRUB Environment Block\nrecordfail=1\nnext_entry=" OURS "\n#"));
}

/* grub.default = false, or the guest's own choice since. */
static void test_not_default(void **state)
{
	struct fixture *fx = *state;

	fx->job.grub_default = false;
	built(fx, HEADER("more>old") LINUX CUSTOM);
	expect("disk", fx, RI_BOOT_DISK, NULL);
	expect("ram", fx, RI_BOOT_RAM, OURS);
}

/* Somebody has used grub-reboot. */
static void test_already_told(void **state)
{
	struct fixture *fx = *state;

	built(fx, HEADER("more>old") LINUX CUSTOM);
	have(&fx->facts, "next_entry=stock\n");
	expect("disk", fx, RI_BOOT_DISK, "more>old");
	expect("ram", fx, RI_BOOT_RAM, OURS);
	have(&fx->facts, "next_entry=" OURS "\nramimg_failed=2\n");
	expect("ram", fx, RI_BOOT_RAM, NULL);
	expect("disk", fx, RI_BOOT_DISK, "more>old");
}

/* The default before the build was what is saved. */
static void test_saved(void **state)
{
	struct fixture *fx = *state;

	built(fx, HEADER("${saved_entry}") LINUX CUSTOM);
	expect("nothing saved", fx, RI_BOOT_DISK, "0");
	have(&fx->facts, "saved_entry=more>old\n");
	expect("saved", fx, RI_BOOT_DISK, "more>old");
	have(&fx->facts, "saved_entry=" OURS "\n");
	expect("ours saved", fx, RI_BOOT_DISK, "0");
	fx->facts.orig[RI_TEXT_CFG].present = false;
	expect("no original", fx, RI_BOOT_DISK, "0");
}

static void test_entry_files(void **state)
{
	struct fixture *fx = *state;

	fx_fedora(&fx->facts);
	fx->facts.built = true;
	refused("ram", fx, RI_BOOT_RAM, RI_E_GUEST,
	    "there is no RAM entry in its menu: build it first, or again");
	fx_entry(&fx->facts, FX_BLS_OURS, FX_BLS_ENTRY("1"));
	expect("disk", fx, RI_BOOT_DISK, NULL);
	expect("ram", fx, RI_BOOT_RAM, "~" OURS);
	have(&fx->facts, "saved_entry=~" OURS "\n");
	expect("ram", fx, RI_BOOT_RAM, NULL);
	expect("disk, nothing known from before", fx, RI_BOOT_DISK, "0");
	fx_text(&fx->facts.saved_entry, RI_PATH_STATE_SAVED, FX_MACHINE "-" FX_FEDORA);
	expect("disk", fx, RI_BOOT_DISK, FX_MACHINE "-" FX_FEDORA);
}

static void test_refused(void **state)
{
	static const char no_test[] =
	    RI_PATH_CFG ": it does not ask for next_entry; run update-grub in the guest";
	struct fixture *fx = *state;

	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, HEADER("0") LINUX CUSTOM);
	refused("not built", fx, RI_BOOT_RAM, RI_E_GUEST,
	    "there is no RAM entry in its menu: build it first, or again");
	expect("not built", fx, RI_BOOT_DISK, NULL);
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, HEADER("${x}") LINUX CUSTOM);
	have(&fx->facts, "next_entry=stock\n");
	refused("computed", fx, RI_BOOT_DISK, RI_E_GUEST,
	    RI_PATH_CFG ": which entry its default is, is known to GRUB alone: \"${x}\"");
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, "set default=0\n");
	refused("no test", fx, RI_BOOT_DISK, RI_E_GUEST, no_test);
	fx->facts.now[RI_TEXT_CFG].present = false;
	refused("no grub.cfg", fx, RI_BOOT_DISK, RI_E_UNSUPPORTED,
	    "it has no grub.cfg, so no entry can be chosen");
}

static void test_refused_of_a_built_one(void **state)
{
	struct fixture *fx = *state;

	built(fx, HEADER("0") LINUX CUSTOM);
	fx_text(&fx->facts.grubenv, RI_PATH_GRUBENV, "short");
	refused("damaged", fx, RI_BOOT_DISK, RI_E_GUEST,
	    RI_PATH_GRUBENV ": GRUB's environment block has 5 bytes, not 1024");
	fx->facts.slim = true;
	refused("slim", fx, RI_BOOT_DISK, RI_E_UNSUPPORTED,
	    "it is a slim image (build --slim): there is no root on the disk, and no entry but the RAM entry");
	expect("slim", fx, RI_BOOT_RAM, NULL);
}

static void test_no_other_entry(void **state)
{
	struct fixture *fx = *state;

	built(fx, HEADER("0") CUSTOM);
	refused("alone", fx, RI_BOOT_DISK, RI_E_GUEST,
	    RI_PATH_CFG ": its first entry is the RAM entry, and no other is its default");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_default, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_block, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_default, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_already_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_saved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_entry_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_of_a_built_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_other_entry, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
