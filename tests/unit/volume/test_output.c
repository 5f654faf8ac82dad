// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The file of --output: whose place it may take, and what becomes of it. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"
#include "unit/volume/holding.h"

#include "volume/output.h"

#include <grp.h>
#include <sys/wait.h>

static void make(const char *script)
{
	RUN(tmpdir, NULL, NULL, "sh", "-ec", script);
}

static int in_tmpdir(void **state)
{
	return tmp_set_up(state) < 0 ? -1 : chdir(tmpdir);
}

static int out_again(void **state)
{
	return chdir("/") < 0 ? -1 : tmp_tear_down(state);
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool replace;
		const char *want; /* the error; NULL: the format is taken */
		enum ri_code code;
	} cases[] = {
		{ "new.raw", false, NULL, RI_OK },
		{ "new.vmdk", true, NULL, RI_OK },
		{ "old.qcow2", true, NULL, RI_OK },
		{ "old.qcow2", false,
		    "--output old.qcow2: is already there; remove it, or replace it with --force",
		    RI_E_USAGE },
		{ "new.vdi", true,
		    "--output new.vdi: its name must end in .raw, .img, .qcow2 or .vmdk, which says the format",
		    RI_E_USAGE },
		{ "dir.raw", true, "--output dir.raw: exists and is not a file", RI_E_USAGE },
		{ "fifo.raw", true, "--output fifo.raw: exists and is not a file", RI_E_USAGE },
		{ "link.raw", true, "--output link.raw: exists and is not a file", RI_E_USAGE },
		{ "ro.raw", true,
		    "--output ro.raw: is read-only (mode 0444), as Proxmox keeps base images; name another file",
		    RI_E_UNSUPPORTED },
		{ "old.qcow2/x.raw", true,
		    "--output old.qcow2/x.raw: looking at it: Not a directory", RI_E_IO },
	};

	(void)state;
	make("touch old.qcow2 ro.raw; mkdir dir.raw; mkfifo fifo.raw; chmod 0444 ro.raw;"
	     "ln -s /dev/null link.raw");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;
		struct ri_err e = { 0 };
		int rc = ri_output_open(cases[i].name, cases[i].replace, NULL, &o, &e);

		if (cases[i].want) {
			check_err(cases[i].name, rc, &e, cases[i].code, cases[i].want);
			continue;
		}
		check_ok(cases[i].name, rc, &e);
		assert_string_equal(o.format, ri_volume_format_of(cases[i].name));
		check_ok("again", ri_output_again(&o, &e), &e);
	}
}

/* What is there is somebody's. */
static void test_used_by_others(void **state)
{
	static const struct {
		const char *argv[7];
		const char *want; /* after the name */
	} cases[] = {
		{ { "qemu-io", "-f", "raw", "old.raw" },
		    ": a running QEMU has it open; stop the VM first" },
		{ { "sh", "-c", "exec 3<old.raw; echo; exec tail -f /dev/null" },
		    " has it open; stop" },
		{ { "flock", "-sF", "old.raw", "sh", "-c", "echo; exec tail -f /dev/null" },
		    ": another ramimg is working on it" },
	};

	(void)state;
	make("truncate -s 1M old.raw");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;
		const char *argv[8] = { 0 };
		struct ri_err e = { 0 };
		struct holder h;
		int rc;

		memcpy(argv, cases[i].argv, sizeof cases[i].argv);
		h = hold(argv);
		rc = ri_output_open("old.raw", true, NULL, &o, &e);
		let_go(h);
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_BUSY);
		if (!strstr(e.msg, cases[i].want) || !strstr(e.msg, "--output old.raw: "))
			fail_msg("said [%s], want [%s]", e.msg, cases[i].want);
	}
}

static void test_a_backing_file(void **state)
{
	RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;
	struct ri_err e = { 0 };

	(void)state;
	make("truncate -s 1M old.raw; qemu-img create -q -f qcow2 -b old.raw -F raw a.qcow2");
	assert_int_equal(ri_output_open("old.raw", true, NULL, &o, &e), -1);
	assert_non_null(strstr(e.msg, "--output old.raw: is the backing file of "));
	assert_non_null(strstr(e.msg, "a.qcow2, which would be destroyed by replacing it"));
}

/* By whatever name: it is no part of what is read. */
static void test_part_of_the_volume(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "a.qcow2",
		    ": is the volume that is read; name another file, or leave --output out" },
		{ "hard.qcow2", ": is the volume that is read" },
		{ "sub/base.raw", ": is a file that a.qcow2 builds on; name another one" },
		{ "other.raw", NULL },
	};
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_err e = { 0 };

	(void)state;
	make("mkdir sub; truncate -s 1M sub/base.raw other.raw;"
	     "qemu-img create -q -f qcow2 -b sub/base.raw -F raw a.qcow2; ln a.qcow2 hard.qcow2");
	check_ok("open", ri_volume_open("a.qcow2", NULL, RI_VOLUME_READ, &v, &e), &e);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;
		int rc;

		e = (struct ri_err){ 0 };
		rc = ri_output_open(cases[i].name, true, &v, &o, &e);
		assert_int_equal(rc < 0, cases[i].want != NULL);
		if (cases[i].want && (!strstr(e.msg, cases[i].want) || e.code != RI_E_USAGE))
			fail_msg("%s: said [%s]", cases[i].name, e.msg);
	}
}

static void test_what_happens_meanwhile(void **state)
{
	static const struct {
		const char *name, *script, *want;
	} cases[] = {
		{ "new.raw", "touch new.raw", "new.raw appeared while the image was made" },
		{ "old.raw", "touch x; mv x old.raw",
		    "is another file now than the one that was opened" },
		{ "old.raw", "rm old.raw", "was moved or removed while it was worked on" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;
		struct ri_err e = { 0 };

		make("touch old.raw");
		check_ok("open", ri_output_open(cases[i].name, true, NULL, &o, &e), &e);
		check_ok("again", ri_output_again(&o, &e), &e);
		make(cases[i].script);
		assert_int_equal(ri_output_again(&o, &e), -1);
		assert_int_equal(e.code, RI_E_BUSY);
		if (!strstr(e.msg, cases[i].want))
			fail_msg("said [%s], want [%s]", e.msg, cases[i].want);
	}
}

#define USER 1234
#define GROUP 4321

/* The answer for that user, whose other groups are @groups; it is an exit status: 0 for a file to be replaced. */
static int asked_by_user(size_t n, const gid_t *groups)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct ri_output o = RI_OUTPUT_INIT;
		struct ri_err e = { 0 };

		if (setgroups(n, groups) < 0 || setresgid(USER, USER, USER) < 0 ||
		    setresuid(USER, USER, USER) < 0)
			_exit(99);
		if (ri_output_open("old.raw", true, NULL, &o, &e) == 0)
			_exit(0);
		_exit(strstr(e.msg, "is owned by another user or group, and only root") ? 1 : 98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

/* Who is not root may replace a file that the new one can be like: of this user, and of a group of theirs. */
static void test_of_a_user(void **state)
{
	static const gid_t groups[] = { GROUP };

	(void)state;
	if (geteuid() != 0) {
		print_message("needs root, to be another user\n");
		skip();
	}
	make("touch old.raw");
	assert_int_equal(chown(".", USER, USER), 0);
	assert_int_equal(chown("old.raw", USER, USER), 0);
	/* As in a container, where nobody made the user's group one of a list. */
	assert_int_equal(asked_by_user(0, NULL), 0);
	assert_int_equal(asked_by_user(1, groups), 0);
	assert_int_equal(chown("old.raw", USER, GROUP), 0);
	assert_int_equal(asked_by_user(0, NULL), 1);
	assert_int_equal(asked_by_user(1, groups), 0);
	assert_int_equal(chown("old.raw", 0, USER), 0);
	assert_int_equal(asked_by_user(1, groups), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_of_a_user, in_tmpdir, out_again),
		cmocka_unit_test_setup_teardown(test_names, in_tmpdir, out_again),
		cmocka_unit_test_setup_teardown(test_used_by_others, in_tmpdir, out_again),
		cmocka_unit_test_setup_teardown(test_a_backing_file, in_tmpdir, out_again),
		cmocka_unit_test_setup_teardown(test_part_of_the_volume, in_tmpdir, out_again),
		cmocka_unit_test_setup_teardown(test_what_happens_meanwhile, in_tmpdir, out_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
