// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The RAM entry is the guest's own default entry, changed in what must change. */
#include "unit/check.h"
#include "unit/plan_fixture.h"
#include "format/grubenv.h"

static bool holds(struct ri_span s, const char *needle)
{
	return memmem(s.p, s.n, needle, strlen(needle)) != NULL;
}

/* grub.cfg with an entry of the guest's for its kernel. */
static void have_entry(struct ri_facts *f, const char *dflt, const char *options, const char *lines)
{
	RI_BUF cfg = { 0 };

	ri_buf_addf(&cfg,
	    "### BEGIN /etc/grub.d/00_header ###\nif [ \"${next_entry}\" ] ; then\n"
	    "   set default=\"${next_entry}\"\nelse\n   set default=\"%s\"\nfi\n"
	    "### END /etc/grub.d/00_header ###\n"
	    "menuentry 'Debian' --class debian %s--id one {\n"
	    "\trecordfail\n\tsavedefault\n%s\tlinux\t/boot/vmlinuz-6.1.0-9-amd64 ro\n}\n"
	    "menuentry 'Other' --id two --users x {\n\tlinux\t/boot/vmlinuz-6.1.0-9-amd64\n}\n"
	    "### BEGIN /etc/grub.d/40_custom ###\n"
	    "# This file provides an easy way to add custom menu entries.\n"
	    "### END /etc/grub.d/40_custom ###\n",
	    dflt, options, lines);
	fx_text(&f->now[RI_TEXT_CFG], RI_PATH_CFG, cfg.p);
}

/* The guest's own default entry, as far as it makes sense for a root in RAM. */
static void test_the_guests_entry(void **state)
{
	static const struct {
		const char *dflt, *options, *lines, *saved;
		bool counting, is_default;
		const char *header, *before, *why;
	} rows[] = {
		{ "0", "--unrestricted ", "\tset gfxpayload=keep\n", "", true, true,
		    "' --class debian --unrestricted $menuentry_id_option 'ramimg-",
		    "\trecordfail\n\tset gfxpayload=keep\n\techo\t", "" },
		{ "0", "", "", "", true, false, "' --class debian $",
		    "\trecordfail\n\tsavedefault\n\techo\t", "" },
		{ "0", "", "", "", false, false, "' --class debian $",
		    " {\n\tsavedefault\n\techo\t", "" },
		{ "0", "", "", "", false, true, "' --class debian $", " {\n\techo\t", "" },
		{ "two", "", "", "", false, true, "' --users x $", " {\n\techo\t", "" },
		{ "${saved_entry}", "", "", "saved_entry=two\n", false, true, "' --users x $",
		    " {\n\techo\t", "" },
		{ "${saved_entry}", "", "", "", false, true, "' --class debian $", " {\n\techo\t",
		    "" },
		{ "0", "--unrestricted ", "\tchainloader +1\n", "", false, true,
		    "' --class debian --unrestricted $", " {\n\tload_video\n\tinsmod gzio\n",
		    "the guest's default entry: a command that ramimg does not know: chainloader" },
	};
	struct fixture *fx = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		RI_BUF block = { 0 };

		have_entry(&fx->facts, rows[i].dflt, rows[i].options, rows[i].lines);
		ri_grubenv_empty(&block);
		memcpy(block.p + strlen("# GRUB Environment Block\n"), rows[i].saved,
		    strlen(rows[i].saved));
		fx_text(&fx->facts.grubenv, RI_PATH_GRUBENV, block.p);
		fx->job.boot_counting = rows[i].counting;
		fx->job.grub_default = rows[i].is_default;
		check_ok(rows[i].before, ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
		check_span(rows[i].before, ri_buf_span(&fx->plan.not_inherited),
		    ri_str(rows[i].why));
		assert_true(holds(find(&fx->plan.actions, RI_PATH_CFG)->bytes, rows[i].header));
		assert_true(holds(ri_buf_span(&fx->plan.entry), rows[i].before));
		ri_plan_free(&fx->plan);
	}
}

/* What was built once is not what the next build takes after. */
static void test_the_guests_entry_again(void **state)
{
	static const char *const paths[RI_TEXTS] = { RI_PATH_FSTAB, RI_PATH_CUSTOM, RI_PATH_CFG };
	struct fixture *fx = *state;
	struct ri_err e = { 0 };
	RI_BUF first = { 0 };

	have_entry(&fx->facts, "0", "--unrestricted ", "");
	check_ok("once", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	ri_buf_add_span(&first, ri_buf_span(&fx->plan.entry));
	for (size_t i = RI_TEXT_CUSTOM; i <= RI_TEXT_CFG; i++) {
		fx_text(&fx->facts.orig[i], "orig", fx->facts.now[i].bytes.p);
		fx_text(&fx->facts.ours[i], "ours", fx->plan.text[i].p);
		fx_text(&fx->facts.now[i], paths[i], fx->plan.text[i].p);
	}
	fx->facts.built = true;
	ri_plan_free(&fx->plan);
	check_ok("twice", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	check_span("twice", ri_buf_span(&fx->plan.entry), ri_buf_span(&first));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_guests_entry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_guests_entry_again, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
