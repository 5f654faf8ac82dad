// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An error at every call of the kernel of what stands around the appliance. */
#include "unit/appliance/fake_guestfs.h"
#include "unit/calls.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "appliance/hypervisor.h"
#include "host/kvm_hangs.h"
#include "appliance/sweep.h"
#include "appliance/tar_source.h"
#include "appliance/transfer_disk.h"
#include "appliance/tree_disk.h"
#include "appliance/watchdog.h"

#include <sys/un.h>

enum { BYTES = 3 * 1048576 + 5 };

static char bytes[BYTES], back[BYTES];

/* A file goes onto a transfer disk, and is there as it was. */
static int transfer(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_transfer_close) struct ri_transfer h = RI_TRANSFER_INIT;
	struct ri_transfer_file f;

	(void)arg;
	unlink(tmp_path("handover"));
	if (ri_transfer_make(tmp_path("handover"), 1 << 20, &h, e) < 0)
		return -1;
	if (ri_transfer_put(&h, tmp_path("bytes"), &f, e) < 0) {
		/* What was not told is not there: the next one has its own place. */
		assert_true(h.next >= RI_TRANSFER_UNIT);
		return -1;
	}
	assert_int_equal(f.bytes, BYTES);
	assert_int_equal(__real_pread64(h.fd, back, BYTES, (off_t)f.at), BYTES);
	assert_memory_equal(back, bytes, BYTES);
	ri_transfer_drop(&h, &f);
	return 0;
}

static void test_transfer(void **state)
{
	(void)state;
	spit(tmp_path("bytes"), ri_span(bytes, BYTES));
	assert_true(calls_each("transfer", NULL, EIO, transfer, NULL, NULL) >= 5);
	/* Where the kernel cannot copy by itself we do, and each step of that may fail. */
	calls_lacking = "copy_file_range";
	assert_true(calls_each("by hand", NULL, EIO, transfer, NULL, NULL) >= 10);
	calls_lacking = NULL;
}

/* Where there is no room it is not tried another way. */
static int copy_full(const void *arg, struct ri_err *e)
{
	int rc = transfer(arg, e);

	if (calls_failed)
		check_err("full", rc, e, RI_E_IO, "copying: No space left on device");
	return rc;
}

static void test_no_room(void **state)
{
	(void)state;
	assert_int_equal(calls_each("full", "copy_file_range", ENOSPC, copy_full, NULL, NULL), 1);
}

/* A tree disk is made, written to, cut and emptied. */
static int tree(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_tree_disk_close) struct ri_tree_disk t = RI_TREE_DISK_INIT;

	unlink(tmp_path("tree.raw"));
	return ri_tree_disk_make(arg, "tree.raw", 1 << 20, &t, e) < 0 ||
		       ri_tree_disk_cut(&t, 512, e) < 0 || ri_tree_disk_clear(&t, e) < 0
		   ? -1
		   : 0;
}

static void test_tree(void **state)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("directory", ri_dir_open(tmpdir, 0, &d, &e), &e);
	assert_true(calls_each("tree", NULL, EIO, tree, NULL, &d) >= 5);
}

static int write_tar(struct ri_guest *g, int fd, const struct ri_strv *excludes, struct ri_err *e)
{
	RI_BUF tar = { 0 };

	(void)g, (void)excludes;
	slurp(tmp_path("t.tar"), &tar);
	/* Its own calls do not count, which come on a thread whenever they like. */
	for (size_t at = 0; at < tar.n;) {
		ssize_t n = __real_write(fd, tar.p + at, tar.n - at);

		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "writing");
		at += (size_t)n;
	}
	return 0;
}

static int make_source(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	const struct ri_strv excludes = { 0 };

	(void)arg;
	return ri_tar_source(write_tar, NULL, &excludes, &src, e);
}

/* Before there is a thread that also makes calls. */
static void test_source(void **state)
{
	static const char *const calls[] = { "pipe2", "fork", "socketpair", "pthread_create" };

	(void)state;
	RUN(tmpdir, NULL, NULL, "tar", "-cf", "t.tar", "bytes");
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		assert_true(calls_each(calls[i], calls[i], EMFILE, make_source, NULL, NULL) >= 1);
}

static int watch(const void *arg, struct ri_err *e)
{
	struct ri_watchdog w = { 0 };

	(void)arg;
	if (ri_watchdog_start(&w, 0, e) < 0) {
		assert_false(w.running);
		return -1;
	}
	ri_watchdog_stop(&w);
	return 0;
}

static void test_watchdog(void **state)
{
	static const char *const calls[] = { "eventfd", "pthread_create" };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(calls_each(calls[i], calls[i], EAGAIN, watch, NULL, NULL), 1);
}

static int confine(const void *arg, struct ri_err *e)
{
	const struct ri_stage *s = arg;
	guestfs_h *h = guestfs_create();
	int rc = ri_hypervisor_confine(h, s, e);

	guestfs_close(h);
	/* What fails is not set up by halves. */
	assert_int_equal(rc == 0, strstr(fake_guestfs.log, "set_tmpdir") != NULL);
	fake_guestfs_reset();
	return rc;
}

static void test_confine(void **state)
{
	struct ri_volume v = RI_VOLUME_INIT;
	struct ri_stage s = { .volume = &v };
	struct ri_err e = { 0 };
	char qemu[100];

	(void)state;
	v.path = strdup("/dev/null");
	s.dir = strdup(tmpdir);
	snprintf(qemu, sizeof qemu, "%s/qemu", tmpdir);
	fake_guestfs.hv = qemu;
	spit(fake_guestfs.hv, LIT("#!/bin/sh\nprintf '\\n-runas user\\n'\n"));
	assert_int_equal(chmod(fake_guestfs.hv, 0755), 0);
	check_ok("stage", ri_dir_open(s.dir, 0, &s.at, &e), &e);
	/* Only root asks QEMU how it becomes another user. */
	assert_true(
	    calls_each("confine", NULL, EIO, confine, NULL, &s) > (geteuid() == 0 ? 15 : 5));
	fake_guestfs.hv = NULL;
	ri_dir_close(&s.at);
	free(v.path);
	free(s.dir);
}

/* One that is dead and one of which it is not known. */
static int sweep(const void *arg, struct ri_err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t left = calls_left;
	int fd;

	(void)arg, (void)e;
	calls_left = 0;
	mkdir(tmp_path("libguestfsDead01"), 0755);
	if (access(tmp_path("libguestfsDead01/guestfsd.sock"), F_OK) < 0) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		snprintf(a.sun_path, sizeof a.sun_path, "%s",
		    tmp_path("libguestfsDead01/guestfsd.sock"));
		assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
		close(fd);
	}
	calls_left = left;
	ri_appliance_sweep(tmpdir, "/proc/net/unix");
	return 0;
}

/* What cannot be looked at or removed stays; without a failure it goes. */
static void check_swept(const void *arg, int rc, const struct ri_err *e)
{
	bool stayed = access(tmp_path("libguestfsDead01"), F_OK) == 0;

	(void)arg, (void)rc, (void)e;
	assert_true(calls_failed || !stayed);
	if (calls_failed && strcmp(calls_failed, "unlinkat") == 0)
		assert_true(stayed);
}

static void test_sweep(void **state)
{
	(void)state;
	assert_true(calls_each("sweep", NULL, EACCES, sweep, check_swept, NULL) > 8);
}

static int remember(const void *arg, struct ri_err *e)
{
	(void)e;
	unlink(arg);
	ri_kvm_hangs_set(arg);
	/* It is remembered or not; nothing else counts as a mark. */
	assert_true(ri_kvm_hangs_is_set(arg) || calls_failed);
	return 0;
}

static void test_remember(void **state)
{
	char mark[100];

	(void)state;
	snprintf(mark, sizeof mark, "%s/marks/kvm-hangs", tmpdir);
	assert_true(calls_each("remember", NULL, EIO, remember, NULL, mark) > 5);
}

static int set_up(void **state)
{
	signal(SIGPIPE, SIG_IGN); /* as ri_cancel_install has it */
	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (char)(i * 2654435761u >> 24);
	fake_guestfs_reset();
	return tmp_set_up(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_confine),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_remember),
	};

	return cmocka_run_group_tests(tests, set_up, tmp_tear_down);
}
