// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Entries for the journal: what arrives at a socket that stands for its own. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/journal.h"

#include <errno.h>
#include <sys/socket.h>

/** The journal's socket below tmpdir. */
static int listen_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static int set_up(void **state)
{
	return tmp_set_up(state) < 0 || mkdir(tmp_path("run"), 0700) < 0 ||
		       mkdir(tmp_path("run/systemd"), 0700) < 0 ||
		       mkdir(tmp_path("run/systemd/journal"), 0700) < 0
		   ? -1
		   : 0;
}

static void check_entry(int fd, const char *want, size_t n)
{
	char got[4096];
	ssize_t len = recv(fd, got, sizeof got, 0);

	assert_true(len >= 0);
	check_span("entry", ri_span(got, (size_t)len), ri_span(want, n));
}

#define CHECK_ENTRY(fd, want) check_entry(fd, want, sizeof(want) - 1)

static void test_entries(void **state)
{
	RI_FD int fd = listen_at(tmp_path("run/systemd/journal/socket"));
	RI_ON_EXIT(ri_journal_close) struct ri_journal j = { 0 };

	(void)state;
	assert_true(ri_journal_open(tmpdir, &j));
	assert_true(ri_journal_send(&j, RI_LOG_INFO, ri_str("hello")));
	CHECK_ENTRY(fd, "MESSAGE\n\5\0\0\0\0\0\0\0hello\nPRIORITY=6\nSYSLOG_IDENTIFIER=ramimg\n");
	j.command = "detach";
	j.vmid = 105;
	/* A line that looks like a field stays text. */
	assert_true(ri_journal_send(&j, RI_LOG_ERROR, ri_str("a\nVMID=1")));
	CHECK_ENTRY(fd,
	    "MESSAGE\n\10\0\0\0\0\0\0\0a\nVMID=1\nPRIORITY=3\nSYSLOG_IDENTIFIER=ramimg\n"
	    "RAMIMG_COMMAND=detach\nVMID=105\n");
	assert_true(ri_journal_send(&j, RI_LOG_WARN, ri_str("")));
	CHECK_ENTRY(fd, "MESSAGE\n\0\0\0\0\0\0\0\0\nPRIORITY=4\nSYSLOG_IDENTIFIER=ramimg\n"
			"RAMIMG_COMMAND=detach\nVMID=105\n");
	assert_true(ri_journal_send(&j, RI_LOG_DEBUG, ri_str("x")));
	CHECK_ENTRY(fd, "MESSAGE\n\1\0\0\0\0\0\0\0x\nPRIORITY=7\nSYSLOG_IDENTIFIER=ramimg\n"
			"RAMIMG_COMMAND=detach\nVMID=105\n");
}

/** The journal may be started anew, and may be gone; neither ends ramimg. */
static void test_restart(void **state)
{
	RI_ON_EXIT(ri_journal_close) struct ri_journal j = { 0 };
	int fd = listen_at(tmp_path("run/systemd/journal/socket"));

	(void)state;
	assert_true(ri_journal_open(tmpdir, &j));
	close(fd);
	assert_false(ri_journal_send(&j, RI_LOG_INFO, ri_str("lost")));
	assert_int_equal(unlink(tmp_path("run/systemd/journal/socket")), 0);
	assert_false(ri_journal_send(&j, RI_LOG_INFO, ri_str("lost")));
	fd = listen_at(tmp_path("run/systemd/journal/socket"));
	assert_true(ri_journal_send(&j, RI_LOG_INFO, ri_str("x")));
	CHECK_ENTRY(fd, "MESSAGE\n\1\0\0\0\0\0\0\0x\nPRIORITY=6\nSYSLOG_IDENTIFIER=ramimg\n");
	close(fd);
}

static void test_none(void **state)
{
	struct ri_journal j = { 0 };
	char far[200];

	(void)state;
	assert_false(ri_journal_open(tmpdir, &j));
	memset(far, 'x', sizeof far - 1);
	far[sizeof far - 1] = '\0';
	assert_false(ri_journal_open(far, &j));
	assert_false(ri_journal_send(&j, RI_LOG_INFO, ri_str("x")));
	ri_journal_close(&j);
}

/** JOURNAL_STREAM is of the descriptor that a service was started with, which may be another one by now. */
static void test_stream(void **state)
{
	char right[80], wrong[80], longer[90];
	RI_FD int fd = -1;
	struct stat st;

	(void)state;
	spit(tmp_path("f"), ri_str(""));
	fd = open(tmp_path("f"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	snprintf(right, sizeof right, "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	snprintf(wrong, sizeof wrong, "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino + 1);
	snprintf(longer, sizeof longer, "%s ", right);
	assert_true(ri_journal_is(fd, right));
	assert_false(ri_journal_is(fd, wrong));
	assert_false(ri_journal_is(fd, longer));
	assert_false(ri_journal_is(fd, ""));
	assert_false(ri_journal_is(fd, "8"));
	assert_false(ri_journal_is(fd, NULL));
	assert_false(ri_journal_is(-1, right));
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tmp_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_entries),
		T(test_restart),
		T(test_none),
		T(test_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
