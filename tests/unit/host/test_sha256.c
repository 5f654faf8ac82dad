// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cancel.h"
#include "host/sha256.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

/* FIPS 180-4's examples, and lengths around a block of 64 bytes; as sha256sum prints them. */
static const struct {
	const char *name;
	struct ri_span in;
	const char *want;
} cases[] = {
	{ "empty", BYTES(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", BYTES("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "two blocks", BYTES("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "with a NUL", BYTES("a\0b"),
	    "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138" },
};

static void test_spans(void **state)
{
	char hex[RI_SHA256_HEX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ri_sha256_span(cases[i].in, hex);
		assert_string_equal(hex, cases[i].want);
	}
}

/* Against sha256sum, on a length that the reading loop takes in several turns. */
static void test_file(void **state)
{
	const char *path = tmp_path("data"), *sum = tmp_path("sum");
	RI_BUF data = { 0 }, want = { 0 };
	char hex[RI_SHA256_HEX + 1];
	struct ri_err e = { 0 };
	uint64_t bytes = 0;

	(void)state;
	for (uint32_t i = 0, x = 1; i < 200001; i++) {
		x = x * 1664525 + 1013904223;
		ri_buf_add(&data, &x, sizeof x);
	}
	spit(path, ri_buf_span(&data));
	RUN(NULL, path, sum, "sha256sum");
	slurp(sum, &want);
	check_ok("file", ri_sha256_file(path, hex, &bytes, &e), &e);
	assert_int_equal(bytes, data.n);
	check_span("file", ri_str(hex), ri_span(want.p, RI_SHA256_HEX));
}

static void test_failures(void **state)
{
	char hex[RI_SHA256_HEX + 1], msg[300];
	struct ri_err e = { 0 };

	(void)state;
	snprintf(msg, sizeof msg, "opening %s: No such file or directory", tmp_path("absent"));
	check_err("absent", ri_sha256_file(tmp_path("absent"), hex, NULL, &e), &e, RI_E_IO, msg);
	assert_int_equal(e.sys, ENOENT);
	snprintf(msg, sizeof msg, "reading %s: Is a directory", tmpdir);
	check_err("directory", ri_sha256_file(tmpdir, hex, NULL, &e), &e, RI_E_IO, msg);
}

static void test_interrupted(void **state)
{
	char hex[RI_SHA256_HEX + 1];
	struct ri_err e = { 0 };
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) { /* as it cannot be undone */
		ri_cancel_request();
		_exit(ri_sha256_file("/proc/self/exe", hex, NULL, &e) == -1 &&
			      e.code == RI_E_CANCELLED
			  ? 42
			  : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
