// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Disks that are not raw: qemu-nbd itself exports what qemu-img made, and qemu-io holds one open. */
#include "unit/check.h"
#include "unit/orphan.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "disk/nbd_image.h"
#include "disk/qemu_nbd.h"

#include <sys/socket.h>

#define SIZE (40u << 20)

static char byte_at(uint64_t at)
{
	return (char)(at >> 9 ^ at >> 17);
}

/* A raw file, and an overlay over it with the bytes 'x' from 1 MiB on for 128 KiB. */
static int set_up(void **state)
{
	RI_BUF all = { 0 };

	if (tmp_set_up(state) < 0)
		return -1;
	for (uint64_t at = 0; at < SIZE; at++)
		ri_buf_add(&all, &(char){ byte_at(at) }, 1);
	spit(tmp_path("raw"), ri_buf_span(&all));
	RUN(tmpdir, NULL, NULL, "qemu-img", "create", "-q", "-f", "qcow2", "-b", "raw", "-F", "raw",
	    "a,b.qcow2");
	RUN(tmpdir, NULL, NULL, "qemu-io", "-f", "qcow2", "-c", "write -P 0x78 1M 128k",
	    "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\"a,b.qcow2\"}}");
	return 0;
}

static char want_at(uint64_t at)
{
	return at >= 1u << 20 && at < (1u << 20) + (128u << 10) ? 'x' : byte_at(at);
}

static void check_read(struct ri_image *i, uint64_t at, size_t n)
{
	RI_FREE char *got = malloc(n);
	struct ri_err e = { 0 };

	assert_non_null(got);
	check_ok("read", i->read(i, at, got, n, &e), &e);
	for (size_t k = 0; k < n; k++)
		if (got[k] != want_at(at + k))
			fail_msg("%zu bytes at %llu: byte %zu is wrong", n, (unsigned long long)at,
			    k);
}

static struct ri_qemu_nbd_opts overlay(void)
{
	static const struct ri_tool_file all = { tmpdir, RI_LANDLOCK_READ };

	return (struct ri_qemu_nbd_opts){ .path = tmp_path("a,b.qcow2"),
		.tool = { .files = &all, .n = 1 },
		.format = "qcow2",
		.dir = tmpdir };
}

static void test_reads(void **state)
{
	static const struct {
		uint64_t at;
		size_t n;
	} cases[] = { { 0, 0 }, { 0, 1 }, { 65535, 2 }, { (1u << 20) - 3, 6 }, { 4096, 4096 },
		{ 4096, 4096 }, { 65536, 65536 }, { 1, 65536 }, { SIZE - 1, 1 },
		{ SIZE - 5000, 5000 },
		/* The same slot of the cache for another piece, and back. */
		{ 64u << 16, 10 }, { 0, 10 }, { 1, SIZE - 2 } };
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = NULL;
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;
	struct ri_qemu_nbd_opts o = overlay();
	struct ri_err e = { 0 };
	char got[2];

	(void)state;
	check_ok("start", ri_qemu_nbd_start(&o, &x, &e), &e);
	check_ok("image", ri_image_nbd(ri_qemu_nbd_steal_fd(x), &i, &e), &e);
	assert_int_equal(i->size, SIZE);
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
		check_read(i, cases[k].at, cases[k].n);
	check_err("beyond", i->read(i, SIZE - 1, got, 2, &e), &e, RI_E_IO,
	    "2 bytes at 41943039 lie beyond the end of the disk");
	e = (struct ri_err){ 0 };
	check_err("overflow", i->read(i, UINT64_MAX, got, 2, &e), &e, RI_E_IO,
	    "2 bytes at 18446744073709551615 lie beyond the end of the disk");
	/* Nobody else can come: no socket has a name. */
	assert_int_equal(run_to(tmpdir, NULL, NULL, NULL,
			     (const char *const[]){ "sh", "-c", "! ls | grep -q nbd", NULL }),
	    0);
}

/* A program that ended: what was read already is still there, and no more. */
static void test_an_export_that_ends(void **state)
{
	static char got[100000];
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = NULL;
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;
	struct ri_qemu_nbd_opts o = overlay();

	(void)state;
	/* Its end is in the middle of a piece. */
	RUN(tmpdir, NULL, NULL, "qemu-img", "create", "-q", "-f", "qcow2", "s.qcow2", "100000");
	o.path = tmp_path("s.qcow2");
	for (size_t k = 0; k < 2; k++) {
		struct ri_err e = { 0 };

		check_ok("start", ri_qemu_nbd_start(&o, &x, &e), &e);
		check_ok("image", ri_image_nbd(ri_qemu_nbd_steal_fd(x), &i, &e), &e);
		assert_true(i->size >= sizeof got && i->size < sizeof got + 512);
		check_ok("the end", i->read(i, i->size - 10, got, 10, &e), &e);
		ri_qemu_nbd_closep(&x);
		check_ok("the end again", i->read(i, i->size - 20, got, 10, &e), &e);
		assert_int_equal(i->read(i, 0, got, k == 0 ? 10 : sizeof got, &e), -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_ptr_equal(strstr(e.msg, "reading the disk over NBD: "), e.msg);
		ri_image_freep(&i);
	}
}

/* The path of a socket in such a directory would be too long for an address. */
static void test_a_long_path(void **state)
{
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = NULL;
	struct ri_qemu_nbd_opts o = overlay();
	RI_BUF dir = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_addf(&dir, "%s/%0100d", tmpdir, 1);
	assert_int_equal(mkdir(dir.p, 0700), 0);
	o.dir = dir.p;
	check_ok("start", ri_qemu_nbd_start(&o, &x, &e), &e);
	ri_qemu_nbd_closep(&x);
	assert_null(x);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_failures(void **state)
{
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = NULL;
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;
	struct ri_qemu_nbd_opts o = overlay();
	RI_BUF msg = { 0 };
	struct ri_err e = { 0 };
	int ends[2];

	(void)state;
	o.format = "vmdk";
	assert_int_equal(ri_qemu_nbd_start(&o, &x, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	if (!strstr(e.msg, "qemu-nbd failed: ") || !strstr(e.msg, "invalid VMDK image descriptor"))
		fail_msg("said [%s]", e.msg);
	e = (struct ri_err){ 0 };
	o = overlay();
	o.path = tmp_path("missing");
	ri_buf_addf(&msg, "%s: No such file or directory", o.path);
	check_err("missing", ri_qemu_nbd_start(&o, &x, &e), &e, RI_E_IO, msg.p);
	e = (struct ri_err){ 0 };
	o.path = tmp_path("\xff.qcow2");
	spit(o.path, LIT("QFI\xfb"));
	assert_int_equal(ri_qemu_nbd_start(&o, &x, &e), -1);
	assert_int_equal(e.code, RI_E_UNSUPPORTED);
	assert_non_null(strstr(e.msg, "its path is not UTF-8"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	e = (struct ri_err){ 0 };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	close(ends[1]);
	assert_int_equal(ri_image_nbd(ends[0], &i, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	if (strncmp(e.msg, "reading the disk over NBD: ", 27) != 0)
		fail_msg("said [%s]", e.msg);
}

/* A QEMU that holds the overlay open for writing, and says so; ended by closing *@in. */
static pid_t hold_open(int *in)
{
	char *argv[] = { (char[]){ "qemu-io" },
		(char[]){ "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\","
			  "\"filename\":\"a,b.qcow2\"}}" },
		NULL };
	int to[2], from[2];
	char said[64] = "";
	posix_spawn_file_actions_t fa;
	pid_t pid;

	assert_int_equal(pipe2(to, O_CLOEXEC) | pipe2(from, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, to[0], 0);
	posix_spawn_file_actions_adddup2(&fa, from[1], 1);
	posix_spawn_file_actions_addchdir_np(&fa, tmpdir);
	assert_int_equal(posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&fa);
	close(to[0]);
	close(from[1]);
	assert_int_equal(write(to[1], "length\n", 7), 7);
	assert_true(read(from[0], said, sizeof said - 1) > 0); /* it answers: it has it open */
	close(from[0]);
	*in = to[1];
	return pid;
}

static void test_share(void **state)
{
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = NULL;
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;
	struct ri_qemu_nbd_opts o = overlay();
	struct ri_err e = { 0 };
	int in;
	pid_t pid = hold_open(&in);

	(void)state;
	assert_int_equal(ri_qemu_nbd_start(&o, &x, &e), -1);
	if (!strstr(e.msg, "Failed to get shared \"write\" lock"))
		fail_msg("said [%s]", e.msg);
	e = (struct ri_err){ 0 };
	o.share = true;
	check_ok("shared", ri_qemu_nbd_start(&o, &x, &e), &e);
	check_ok("image", ri_image_nbd(ri_qemu_nbd_steal_fd(x), &i, &e), &e);
	check_read(i, (1u << 20) - 10, 300000);
	close(in);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int start(const void *arg)
{
	static struct ri_qemu_nbd *x;
	struct ri_err e = { 0 };

	return ri_qemu_nbd_start(arg, &x, &e);
}

/* A program that would wait for another client. */
static void test_nothing_is_left_behind(void **state)
{
	const struct ri_qemu_nbd_opts o = overlay();

	(void)state;
	check_orphan(start, &o, SIGKILL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_an_export_that_ends, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_long_path, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_failures, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_share, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_is_left_behind, set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
