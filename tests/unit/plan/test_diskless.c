// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a boot without a disk says to the kernel, and what cannot be booted so. */
#include "unit/check.h"
#include "unit/plan_fixture.h"

#include "plan/diskless.h"

static void test_cmdline(void **state)
{
	static const struct {
		const char *cmdline, *script, *line;
	} rows[] = {
		{ "root=UUID=1-2 ro quiet boot=ramimg toram noresume",
		    "root=ramimg ro quiet boot=ramimg toram noresume",
		    "root=ramimg ro quiet boot=ramimg toram noresume" },
		{ "root=/dev/vg/root ro rootflags=subvol=@ rootfstype=ext4 rootdelay=5 rootwait a=b",
		    "root=ramimg ro a=b", "root=ramimg ro a=b" },
		/* GRUB takes the quotes away; the kernel's own are around what has a blank. */
		{ "root=X ro 'x y' dyndbg=\"file a.c +p\" z=\\;1 '' \"root=Y\"",
		    "root=ramimg ro 'x y' dyndbg=\"file a.c +p\" z=\\;1 ''",
		    "root=ramimg ro \"x y\" \"dyndbg=file a.c +p\" z=;1 " },
		{ "root=X mount.usr=/dev/b mount.usrfstype=ext4 mount.usrflags=ro a",
		    "root=ramimg a", "root=ramimg a" },
		{ "root=X 'a\"b'", "root=ramimg 'a\"b'", "root=ramimg a\"b" },
		/* What dracut would wait for; not what only begins alike, nor what it shall not do. */
		{ "root=X rd.lvm.lv=vg/root a rd.lvm.vg=vg rd.md.uuid=1:2 rd.luks.uuid=3 rd.luks.name=3=c rd.luks=1 b",
		    "root=ramimg a b", "root=ramimg a b" },
		{ "root=X rd_LVM_LV=vg/root rd_MD_UUID=1 rd_LUKS_UUID=3 rd.lvm=0 rd.md=0 rd.break",
		    "root=ramimg rd.lvm=0 rd.md=0 rd.break",
		    "root=ramimg rd.lvm=0 rd.md=0 rd.break" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF script = { 0 };
		RI_BUF line = { 0 };
		struct ri_err e = { 0 };

		check_ok(rows[i].cmdline,
		    ri_diskless_cmdline(rows[i].cmdline, "initramfs-tools", &script, &line, &e),
		    &e);
		check_span(rows[i].cmdline, ri_buf_span(&script), ri_str(rows[i].script));
		check_span(rows[i].cmdline, ri_buf_span(&line), ri_str(rows[i].line));
	}
}

static void test_cmdline_refused(void **state)
{
	static const struct {
		const char *cmdline, *msg;
	} rows[] = {
		{ "root=X a=$b",
		    "--diskless: an argument of the kernel's has a variable of GRUB's: a=$b" },
		{ "root=X 'a \"b'",
		    "--diskless: an argument of the kernel's has both blanks and double quotes: a \"b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF script = { 0 };
		RI_BUF line = { 0 };
		struct ri_err e = { 0 };

		check_err(rows[i].cmdline,
		    ri_diskless_cmdline(rows[i].cmdline, "initramfs-tools", &script, &line, &e), &e,
		    RI_E_GUEST, rows[i].msg);
	}
}

/* Of the RAM entry's arguments, only where it is asked for. */
static void test_plan(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	ri_job_settle(&fx->job);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_int_equal(fx->plan.diskless_line.n, 0);
	ri_plan_free(&fx->plan);
	fx->plan = (struct ri_plan){ 0 };
	fx->job.diskless = true;
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_non_null(strstr(fx->plan.cmdline, "root=UUID="));
	assert_memory_equal(fx->plan.diskless_line.p, "root=ramimg ro ", 15);
	assert_non_null(strstr(fx->plan.diskless_line.p, " boot=ramimg toram noresume"));
	assert_string_equal(fx->plan.diskless_script.p, fx->plan.diskless_line.p);
	/* The disk gets what it gets without. */
	assert_non_null(find(&fx->plan.actions, RI_PATH_INITRD));
}

/* dracut's waits for no device, and its systemd has a root to mount. */
static void test_dracut(void **state)
{
	static const char want[] = "root=ramimg rootfstype=tmpfs rd.hostonly=0 rd.luks=0 ro ";
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	free(fx->facts.initramfs);
	fx->facts.initramfs = strdup("dracut");
	fx->job.diskless = true;
	ri_job_settle(&fx->job);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_memory_equal(fx->plan.diskless_line.p, want, strlen(want));
	assert_null(strstr(fx->plan.diskless_line.p, "boot=ramimg"));
	assert_string_equal(fx->plan.diskless_script.p, fx->plan.diskless_line.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_cmdline_refused),
		cmocka_unit_test_setup_teardown(test_plan, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dracut, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
