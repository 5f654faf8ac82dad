// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A module decompressed by a process of its own: each compression, what is wrong with one, and processes that lie. */
#include "unit/check.h"
#include "unit/filtered.h"
#include "unit/initrds.h"
#include "unit/peer_fake.h"

#include "parse/module.h"

#define NAME "the module's reader"
#define MAX RI_MODULE_BYTES_MAX

/* As Debian, Fedora and SUSE compress theirs, by the programs that do it. */
static const struct {
	const char *name, *argv[5];
} packers[] = {
	{ "gzip", { "gzip", "-nc" } },
	{ "xz", { "xz", "--check=crc32", "--lzma2=dict=1MiB", "-c" } },
	{ "zstd", { "zstd", "-q", "-19", "-c" } },
};
#define PACKERS (sizeof packers / sizeof *packers)

static char large[1000003];

static void pack(size_t i, struct ri_span bytes, struct ri_buf *out)
{
	spit(tmp_path("module"), bytes);
	run_ok(NULL, tmp_path("module"), tmp_path("packed"), packers[i].argv);
	slurp(tmp_path("packed"), out);
}

static int set_up(void **state)
{
	for (size_t i = 0; i < sizeof large; i++)
		large[i] = (char)(i * i >> 9);
	return tmp_set_up(state);
}

/* More than a frame holds, and exactly what is allowed. */
static void test_each(void **state)
{
	const struct ri_span whole = { large, sizeof large };

	(void)state;
	for (size_t i = 0; i < PACKERS; i++) {
		RI_BUF packed = { 0 };
		RI_BUF got = { 0 };
		struct ri_err e = { 0 };

		pack(i, whole, &packed);
		assert_true(packed.n < sizeof large);
		ri_buf_add_str(&got, "before");
		check_ok(packers[i].name,
		    ri_parse_module(ri_buf_span(&packed), sizeof large, &got, &e), &e);
		assert_int_equal(got.n, 6 + sizeof large);
		assert_memory_equal(got.p, "before", 6);
		assert_memory_equal(got.p + 6, large, sizeof large);
		check_err(packers[i].name,
		    ri_parse_module(ri_buf_span(&packed), sizeof large - 1, &got, &e), &e,
		    RI_E_BUDGET, "it unpacks to more than 1000002 bytes");
		assert_int_equal(got.n, 6 + sizeof large);
	}
}

static void check_guest(const char *what, struct ri_span packed, const char *says)
{
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	if (ri_parse_module(packed, MAX, &got, &e) == 0 || e.code != RI_E_GUEST ||
	    !strstr(e.msg, says) || got.n > 0)
		fail_msg("%s: code %d, said [%s]", what, (int)e.code, e.msg);
}

static void test_bad(void **state)
{
	static const char *const cut[] = { "the gzip data is cut short",
		"damaged xz data: ", "the zstd data is cut short" };
	static const char *const damaged[] = { "damaged gzip data: ", "damaged xz data: ",
		"damaged zstd data: " };

	(void)state;
	for (size_t i = 0; i < PACKERS; i++) {
		RI_BUF packed = { 0 };

		pack(i, ri_span(large, sizeof large), &packed);
		if (i == 2) /* whose frame has a checksum only if it is asked for */
			packed.p[6] ^= 0x7f;
		else
			packed.p[packed.n / 2] ^= 0x10;
		check_guest("damaged", ri_buf_span(&packed), damaged[i]);
		packed.n = 0;
		pack(i, ri_span(large, sizeof large), &packed);
		check_guest("cut short", ri_span(packed.p, packed.n / 2), cut[i]);
		ri_buf_add_str(&packed, "more");
		check_guest("more", ri_buf_span(&packed),
		    i == 1 ? "damaged xz data: " : "bytes follow the compressed data");
	}
	check_guest("plain", LIT("\177ELF, which is not compressed"),
	    "it is neither an ELF file nor compressed by gzip, xz or zstd");
	check_guest("another", LIT("BZh91AY&SY"), "it is neither an ELF file");
	check_guest("empty", LIT(""), "it is neither an ELF file");
}

/* 32 MiB are taken of a bomb, and no more. */
static void test_bomb(void **state)
{
	(void)state;
	for (size_t i = 0; i < PACKERS; i++) {
		RI_FREE char *zeros = calloc(1, MAX + 1);
		RI_BUF packed = { 0 };
		RI_BUF got = { 0 };
		struct ri_err e = { 0 };

		assert_non_null(zeros);
		pack(i, ri_span(zeros, MAX + 1), &packed);
		check_err(packers[i].name, ri_parse_module(ri_buf_span(&packed), MAX, &got, &e), &e,
		    RI_E_BUDGET, "it unpacks to more than 33554432 bytes");
		assert_int_equal(got.n, 0);
	}
}

/* Reading the input is made a call that is not on the list. */
static void unpack_and_be_killed(void)
{
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	check_err("killed", ri_parse_module(LIT("\x1f\x8b"), MAX, &got, &e), &e, RI_E_IO,
	    NAME " ended by signal 31 (Bad system call)");
}

static void test_killed(void **state)
{
	const struct filtered f = { SCMP_SYS(pread64), RI_WIRE_INPUT, SCMP_ACT_KILL_PROCESS };

	(void)state;
	apart(&f, unpack_and_be_killed);
}

static void give_a_gap(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\1\0\0\0\0\0\0\0ab"));
	pause();
}

static void give_too_much(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0abcde"));
	pause();
}

static void give_and_add(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0ab"));
	send_frame(fd, RI_WIRE_DONE, LIT("x"));
	pause();
}

static void test_nothing_is_believed(void **state)
{
	void (*const readers[])(int fd) = { give_a_gap, give_too_much, give_and_add };

	(void)state;
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
		RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
		struct ri_err e = { 0 };
		RI_BUF got = { 0 };

		ri_buf_add_str(&got, "before");
		new_peer(readers[i], NAME, &p);
		check_err("module", ri_parse_module_ask(&p, 4, &got, &e), &e, RI_E_IO,
		    NAME " breaks the protocol");
		check_span("module", ri_buf_span(&got), LIT("before"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_nothing_is_believed),
	};

	return cmocka_run_group_tests(tests, set_up, tmp_tear_down);
}
