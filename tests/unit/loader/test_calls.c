// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A boot in which a call of the kernel fails, each in turn: it ends with the whole tree in RAM, or with the disk's
 * root as it was and a reason.
 */
#include "unit/calls.h"
#include "unit/load_fixture.h"

#include "format/grubenv.h"
#include "loader/bootcount.h"
#include "loader/undo.h"

#include <pthread.h>

/* What the loader alone calls (calls_loader in CMakeLists.txt). */
CALLS_WRAP(int, -1, mount,
    (const char *from, const char *to, const char *type, unsigned long flags, const void *data),
    (from, to, type, flags, data))
CALLS_WRAP(int, -1, umount2, (const char *path, int flags), (path, flags))
CALLS_WRAP(int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
CALLS_WRAP(int, -1, chroot, (const char *path), (path))
CALLS_WRAP(int, -1, symlinkat, (const char *to, int dir, const char *path), (to, dir, path))
CALLS_WRAP(int, -1, linkat, (int from, const char *a, int to, const char *b, int flags),
    (from, a, to, b, flags))
CALLS_WRAP(int, -1, mknodat, (int dir, const char *path, mode_t mode, dev_t dev),
    (dir, path, mode, dev))
CALLS_WRAP(int, -1, fchownat, (int dir, const char *path, uid_t uid, gid_t gid, int flags),
    (dir, path, uid, gid, flags))
CALLS_WRAP(int, -1, fchmodat, (int dir, const char *path, mode_t mode, int flags),
    (dir, path, mode, flags))
CALLS_WRAP(int, -1, futimens, (int fd, const struct timespec *times), (fd, times))
CALLS_WRAP(int, -1, utimensat, (int dir, const char *path, const struct timespec *times, int flags),
    (dir, path, times, flags))
CALLS_WRAP(int, -1, fsetxattr, (int fd, const char *name, const void *value, size_t n, int flags),
    (fd, name, value, n, flags))
CALLS_WRAP(int, -1, lsetxattr,
    (const char *path, const char *name, const void *value, size_t n, int flags),
    (path, name, value, n, flags))
CALLS_WRAP(int, -1, access, (const char *path, int mode), (path, mode))
CALLS_WRAP(char *, NULL, realpath, (const char *path, char *out), (path, out))

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	long a[4];
	va_list ap;

	va_start(ap, number);
	for (size_t i = 0; i < 4; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return calls_now("syscall") ? -1 : __real_syscall(number, a[0], a[1], a[2], a[3]);
}

static struct load_fixture f;
static bool alone;

/** What a test does by itself does not fail. */
static size_t pause_calls(void)
{
	size_t left = calls_left;

	calls_left = 0;
	return left;
}

/* The process that unpacks has a test of its own. */
static void no_calls_in_children(void)
{
	calls_left = 0;
}

static int set_up(void **state)
{
	return load_begin(&f, alone, state);
}

static int tear_down(void **state)
{
	return load_end(&f, alone, state);
}

/* Where the disk will have it from. */
static void put_archive(void)
{
	load_put_archive(&f, tmp_path("ram.tar.gz"));
}

static struct ri_loss lost;

static int unpack(const void *arg, struct ri_err *e)
{
	size_t left = pause_calls();

	(void)arg;
	load_mount(&f, "ram");
	calls_left = left;
	return load_unpack(&f, &lost, e);
}

/* A call that failed and was told to nobody leaves no other tree. */
static void after_unpack(const void *arg, int now, const struct ri_err *e)
{
	const int *code = arg;

	if (now == 0)
		load_check(f.root, lost);
	else if (e->code != (enum ri_code) * code && e->code != RI_E_IO)
		fail_msg("%s: code %d", e->msg, (int)e->code);
	assert_int_equal(umount2(f.root, 0), 0);
}

static void unpacking_fails_or_is_whole(void **state)
{
	static const int io = RI_E_IO, budget = RI_E_BUDGET;

	(void)state;
	if (!alone)
		skip();
	put_archive();
	f.o.archive = tmp_path("ram.tar.gz");
	assert_true(calls_each("unpacking", NULL, EIO, unpack, after_unpack, &io) > 100);
	assert_true(calls_each("unpacking", NULL, ENOSPC, unpack, after_unpack, &budget) > 100);
	/* Tried again. */
	assert_true(calls_each("reading", "read", EINTR, unpack, after_unpack, NULL) >= 1);
	assert_true(calls_each("writing", "pwrite64", EINTR, unpack, after_unpack, NULL) >= 5);
}

/* What a file system has no attributes for is counted. */
static void lost_attributes_are_counted(void **state)
{
	static const char *const calls[] = { "fsetxattr", "lsetxattr" };

	(void)state;
	if (!alone)
		skip();
	put_archive();
	f.o.archive = tmp_path("ram.tar.gz");
	for (size_t i = 0; i < 2; i++)
		assert_true(
		    calls_each("unpacking", calls[i], EOPNOTSUPP, unpack, after_unpack, NULL) > 0);
}

/* The disk, as the initrd leaves it: with the archive, and with what GRUB has counted. */
static void mount_disk(void)
{
	RI_BUF empty = { 0 }, counted = { 0 }, marked = { 0 }, packed = { 0 };
	struct ri_err e = { 0 };

	load_mount(&f, "disk");
	assert_int_equal(mkdir(tmp_path("root/boot"), 0700), 0);
	slurp(tmp_path("ram.tar.gz"), &packed);
	spit(tmp_path("root/boot/ram.tar.gz"), ri_buf_span(&packed));
	spit(tmp_path("root/on-disk"), ri_str("it is\n"));
	ri_grubenv_empty(&empty);
	check_ok("grubenv",
	    ri_grubenv_set(ri_buf_span(&empty), RI_GRUBENV_FAILED, "1", &counted, &e), &e);
	check_ok("recordfail",
	    ri_grubenv_set(ri_buf_span(&counted), RI_GRUBENV_RECORDFAIL, "1", &marked, &e), &e);
	spit(tmp_path("root/boot/grubenv"), ri_buf_span(&marked));
	assert_int_equal(mount(NULL, f.root, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
}

static void unmount_all(void)
{
	while (umount2(f.aside, MNT_DETACH) == 0)
		;
	while (umount2(f.root, MNT_DETACH) == 0)
		;
	rmdir(f.aside);
}

static int load(const void *arg, struct ri_err *e)
{
	size_t left = pause_calls();
	struct ri_cons silent = { .quiet = true };
	struct ri_status s = { 0 };
	int rc;

	(void)arg;
	mount_disk();
	calls_left = left;
	rc = ri_load(&f.o, &f.m, &silent, &s, e);
	lost = s.loss;
	return rc;
}

/** What is mounted on top at the root: "tmpfs" by both names, so by what is in it. */
static bool disk_is_root(void)
{
	return access(tmp_path("root/on-disk"), F_OK) == 0;
}

static void after_load(const void *arg, int now, const struct ri_err *e)
{
	(void)arg;
	if (now == 0)
		load_check(f.root, lost);
	else
		assert_true(disk_is_root() && e->code != RI_E_COMMIT);
	unmount_all();
}

static void a_boot_is_in_ram_or_on_the_disk(void **state)
{
	(void)state;
	if (!alone)
		skip();
	put_archive();
	assert_true(calls_each("loading", NULL, EIO, load, after_load, NULL) > 15);
	assert_int_equal(calls_each("loading", "umount2", EBUSY, load, after_load, NULL), 1);
}

/* Before Linux 5.6 a link cannot be resolved as it has to be; a file is found. */
static void an_old_kernel_opens_files(void **state)
{
	(void)state;
	if (!alone)
		skip();
	put_archive();
	assert_true(calls_each("loading", "syscall", ENOSYS, load, after_load, NULL) > 1);
}

/** A boot whose archive is damaged at its end. @return 0: the disk's root is back. */
static int load_damaged(const void *arg, struct ri_err *e)
{
	size_t left = pause_calls();
	int rc;

	calls_left = left;
	rc = load(arg, e);
	if (rc == -1 && e->code == RI_E_VERIFY) {
		*e = (struct ri_err){ 0 };
		return 0;
	}
	return rc;
}

static void after_damaged(const void *arg, int now, const struct ri_err *e)
{
	size_t left = pause_calls();

	(void)arg;
	if (now == 0)
		assert_true(disk_is_root());
	else if (e->code == RI_E_COMMIT)
		assert_non_null(strstr(e->msg, "putting the disk's root back"));
	else
		assert_true(disk_is_root());
	calls_left = left;
	unmount_all();
}

static void a_damaged_archive_leaves_the_disk(void **state)
{
	RI_BUF packed = { 0 };

	(void)state;
	if (!alone)
		skip();
	put_archive();
	slurp(tmp_path("ram.tar.gz"), &packed);
	packed.p[packed.n - 9] ^= 1;
	spit(tmp_path("ram.tar.gz"), ri_buf_span(&packed));
	assert_true(calls_each("giving up", NULL, EIO, load_damaged, after_damaged, NULL) > 10);
}

/** Take the count back on a disk that is mounted read-only. */
static int reset_count(const void *arg, struct ri_err *e)
{
	size_t left = pause_calls();
	RI_FD int said = open(tmp_path("said"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct ri_cons cons = { .fd = { said }, .n = 1 };

	(void)arg, (void)e;
	mount_disk();
	calls_left = left;
	ri_bootcount_reset(f.root, &f.m, &cons);
	return 0;
}

/* Either the count and Ubuntu's mark are gone or a line says that it is not. */
static void after_reset(const void *arg, int now, const struct ri_err *e)
{
	RI_BUF said = { 0 }, block = { 0 };
	struct statvfs st;

	(void)arg, (void)now, (void)e;
	slurp(tmp_path("said"), &said);
	slurp(tmp_path("root/boot/grubenv"), &block);
	assert_int_equal(block.n, RI_GRUBENV_BYTES);
	if (said.n == 0)
		assert_false(ri_grubenv_has_any(ri_buf_span(&block)));
	else
		assert_true(
		    ri_span_starts(ri_buf_span(&said), "ramimg: GRUB goes on counting this boot"));
	assert_int_equal(statvfs(f.root, &st), 0);
	if (said.n == 0 || !memmem(said.p, said.n, "read-only", 9))
		assert_true(st.f_flag & ST_RDONLY);
	unmount_all();
}

static void the_count_is_gone_or_that_is_said(void **state)
{
	(void)state;
	if (!alone)
		skip();
	put_archive();
	assert_true(calls_each("the count", NULL, EIO, reset_count, after_reset, NULL) > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unpacking_fails_or_is_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lost_attributes_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_boot_is_in_ram_or_on_the_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_old_kernel_opens_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_archive_leaves_the_disk, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(the_count_is_gone_or_that_is_said, set_up,
		    tear_down),
	};

	fill_content();
	alone = load_alone();
	pthread_atfork(NULL, NULL, no_calls_in_children);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
