// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Directories that libguestfs left: only those of processes that are gone. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "appliance/sweep.h"

#include <sys/socket.h>
#include <sys/un.h>

static void dir(const char *name)
{
	assert_int_equal(mkdir(tmp_path(name), 0755), 0);
}

/* @return the socket, which lives as long as it is open. */
static int listen_at(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", tmp_path(name));
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int connect_to(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", tmp_path(name));
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static bool there(const char *name)
{
	return access(tmp_path(name), F_OK) == 0;
}

static void test_sweep(void **state)
{
	RI_FD int alive = -1;
	RI_FD int far = -1;
	RI_FD int near = -1;
	struct ri_err e = { 0 };

	(void)state;
	dir("libguestfsDead01");
	close(listen_at("libguestfsDead01/guestfsd.sock"));
	dir("libguestfsAlive1");
	alive = listen_at("libguestfsAlive1/guestfsd.sock");
	/* As libguestfs's own end is: accepted, and nobody listens any more. */
	far = connect_to("libguestfsAlive1/guestfsd.sock");
	near = accept4(alive, NULL, NULL, SOCK_CLOEXEC);
	assert_true(near >= 0);
	close(ri_steal_fd(&alive));
	dir("libguestfsEmpty1");
	dir("libguestfsFile01");
	close(listen_at("libguestfsFile01/guestfsd.sock"));
	check_ok("file",
	    put_file(tmp_path("libguestfsFile01/overlay1.qcow2"), ri_str(""), 0600, &e), &e);
	dir("other");
	close(listen_at("other/guestfsd.sock"));
	ri_appliance_sweep(tmpdir, "/proc/net/unix");
	assert_false(there("libguestfsDead01"));
	assert_true(there("libguestfsAlive1/guestfsd.sock"));
	assert_true(there("libguestfsEmpty1") && there("libguestfsFile01/guestfsd.sock"));
	assert_true(there("other/guestfsd.sock"));
	/* Without the kernel's list nothing is known to be dead. */
	close(ri_steal_fd(&near));
	ri_appliance_sweep(tmpdir, tmp_path("absent"));
	assert_true(there("libguestfsAlive1"));
	ri_appliance_sweep(tmpdir, "/proc/net/unix");
	assert_false(there("libguestfsAlive1"));
}

static void test_of_another_user(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("needs root, to give a directory to another user\n");
		skip();
	}
	dir("libguestfsTheirs");
	close(listen_at("libguestfsTheirs/guestfsd.sock"));
	assert_int_equal(lchown(tmp_path("libguestfsTheirs"), 65534, 65534), 0);
	ri_appliance_sweep(tmpdir, "/proc/net/unix");
	assert_true(there("libguestfsTheirs/guestfsd.sock"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sweep, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_of_another_user, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
