// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the appliance's QEMU is started with: as nobody where ramimg is root, however that QEMU has it said. */
#include "unit/appliance/whole.h"

#include "appliance/hypervisor.h"
#include "host/tool_link.h"

#define SANDBOX "-sandbox\non,obsolete=deny,spawn=deny,resourcecontrol=deny,elevateprivileges="

/* A QEMU that can tell what it understands. */
static void make_qemu(const char *says)
{
	char text[200];

	snprintf(text, sizeof text, "#!/bin/sh\n[ \"$1\" = -help ] && %s\n", says);
	spit(fake_guestfs.hv, ri_str(text));
	assert_int_equal(chmod(fake_guestfs.hv, 0755), 0);
}

static int confine(struct ri_err *e)
{
	guestfs_h *h = guestfs_create();
	int rc = ri_hypervisor_confine(h, &whole_stage, e);

	guestfs_close(h);
	return rc;
}

/* Of what the link is to become: the lines that begin with one of @kinds, without it. */
static void becomes(const char *kinds, struct ri_buf *out)
{
	RI_BUF all = { 0 };

	slurp(tmp_path("stage/" RI_TOOL_LINK ".files"), &all);
	for (size_t i = 0; i < all.n; i += strlen(all.p + i) + 1)
		if (strchr(kinds, all.p[i]))
			ri_buf_addf(out, "%s\n", all.p + i + 1);
	assert_false(out->oom);
}

static void test_arguments(void **state)
{
	static const struct {
		bool root;
		const char *help, *arguments;
	} rows[] = {
		{ false, "exit 1", SANDBOX "deny\n" },
		{ true, "printf 'usage\\n-runas user\\n'", SANDBOX "allow\n-runas\n65534:65534\n" },
		{ true, "printf 'usage\\n-run-with user=\\n-device -runas \\n'",
		    SANDBOX "allow\n-run-with\nuser=65534:65534\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		RI_BUF arguments = { 0 };
		RI_BUF program = { 0 };
		int rc;

		if (rows[i].root && !whole_was_root) {
			print_message("needs root, of whom to make another user\n");
			skip();
		}
		fake_guestfs_reset();
		make_qemu(rows[i].help);
		whole_be_root(rows[i].root);
		rc = confine(&e);
		whole_be_root(false);
		check_ok(rows[i].help, rc, &e);
		whole_be_root(true);
		becomes("a", &arguments);
		becomes("p", &program);
		assert_int_equal(unlink(tmp_path("stage/" RI_TOOL_LINK)), 0);
		assert_int_equal(unlink(tmp_path("stage/" RI_TOOL_LINK ".files")), 0);
		whole_be_root(false);
		check_span(rows[i].help, ri_buf_span(&arguments), ri_str(rows[i].arguments));
		assert_memory_equal(program.p, fake_guestfs.hv, strlen(fake_guestfs.hv));
	}
}

/* What libguestfs's path leads to can be read, as far as it is absolute and there is room. */
static void test_files(void **state)
{
	static const struct fake_answer answers[] = {
		{ "get_path", NULL, "/a:b:/c::/1:/2:/3:/4:/5:/6:/7" }, { NULL, NULL, NULL }
	};
	struct ri_err e = { 0 };
	RI_BUF files = { 0 };
	char want[600];
	int rc;

	(void)state;
	fake_guestfs_reset();
	fake_guestfs.answers = answers;
	rc = confine(&e);
	fake_guestfs.answers = NULL;
	check_ok("confine", rc, &e);
	becomes("0123", &files);
	snprintf(want, sizeof want,
	    "%s\n/dev/kvm\n%s\n/var/tmp/.guestfs-%d\n/a\n/c\n/1\n/2\n/3\n/4\n/5\n", whole_stage.dir,
	    whole_volume.path, (int)geteuid());
	check_span("files", ri_buf_span(&files), ri_str(want));
}

/* Without knowing how a QEMU becomes nobody none is started as root. */
static void test_a_qemu_that_does_not_run(void **state)
{
	struct ri_err e = { 0 };
	int rc;

	(void)state;
	if (!whole_was_root) {
		print_message("needs root, of whom to make another user\n");
		skip();
	}
	fake_guestfs_reset();
	make_qemu("exit 3");
	whole_be_root(true);
	rc = confine(&e);
	whole_be_root(false);
	assert_int_equal(rc, -1);
	if (e.code != RI_E_IO || strncmp(e.msg, "confining the appliance: ", 25) != 0)
		fail_msg("code %d, said [%s]", (int)e.code, e.msg);
	assert_null(strstr(fake_guestfs.log, "set_hv"));
}

/* A line that grows as libguestfs's does; a piece of it that would be written behind the buffer fails. */
struct line {
	size_t n, room;
};

static void append(struct line *l, size_t n)
{
	if (l->n >= l->room)
		l->room = l->room == 0 ? 256 : l->room + (l->room > n ? l->room : n);
	if (l->n + n > l->room)
		fail_msg("%zu bytes at %zu are written behind a buffer of %zu", n, l->n, l->room);
	l->n += n;
}

static void append_quoted(struct line *l, const char *s)
{
	append(l, 1);
	for (; *s; s++) {
		if (strchr("$`\\\"", *s))
			append(l, 1);
		append(l, 1);
	}
	append(l, 1);
}

/* echo COMMANDS | QEMU_AUDIO_DRV=none "PATH" -display none -machine "accel=kvm:tcg" -qmp stdio */
static void ask_about_kvm(size_t before, const char *path)
{
	struct line l = { 0, 0 };

	append(&l, before);
	append_quoted(&l, path);
	append(&l, strlen(" -display none"));
	append(&l, strlen(" -machine "));
	append_quoted(&l, "accel=kvm:tcg");
	append(&l, strlen(" -qmp stdio"));
	append(&l, 1);
}

/* Of every length of a stage's path, of odd characters too, and for commands that are a bit shorter or longer. */
static void test_path(void **state)
{
	char dir[2048] = "/";

	(void)state;
	for (size_t n = 1; n < sizeof dir - 1; n++) {
		RI_BUF path = { 0 };

		dir[n] = n % 7 ? 'a' : '$';
		ri_hypervisor_path(dir, &path);
		assert_false(path.oom);
		assert_true(strncmp(path.p, dir, n + 1) == 0);
		assert_int_equal(strspn(path.p + n + 1, "/"),
		    path.n - n - 1 - strlen(RI_TOOL_LINK));
		assert_true(ri_tool_is_link(path.p));
		for (size_t before = 60; before < 150; before++)
			ask_about_kvm(before, path.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_a_qemu_that_does_not_run),
	};

	return cmocka_run_group_tests(tests, whole_set_up, whole_tear_down);
}
