// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An initrd read by a process of its own, which is confined: each compression, what is wrong with one,
 * and processes that die, hang and lie.
 */
#include "unit/filtered.h"
#include "unit/initrds.h"
#include "unit/peer_fake.h"

#include "base/cancel.h"
#include "base/log.h"
#include "initrd/walk.h"
#include "parse/initrd.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>

static void test_every_compression(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (int early = 0; early < 2; early++) {
			RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents p = { 0 };
			struct ri_initrd_info info, here;
			struct ri_err e = { 0 };

			make_base(&rows[i], early);
			check_ok(rows[i].name,
			    ri_parse_initrd_check(tmp_path("base"), tmp_path("base"), &info, &e),
			    &e);
			check_ok("here", initrd_check(tmp_path("base"), &here, &e), &e);
			assert_int_equal(info.comp, rows[i].comp);
			assert_int_equal(info.early, early);
			assert_int_equal(info.bytes, here.bytes);
			assert_int_equal(info.ours, here.ours);
			assert_ptr_equal(info.made_by, here.made_by);
			assert_ptr_equal(info.hook, here.hook);
			assert_int_equal(info.entries, here.entries);
			assert_int_equal(info.unpacked_bytes, here.unpacked_bytes);
			assert_int_equal(info.shed_bytes, here.shed_bytes);
			check_ok("parents",
			    ri_parse_initrd_parents(tmp_path("base"), tmp_path("base"), members,
				MEMBERS, &p, &e),
			    &e);
			assert_int_equal(p.n, 2);
			assert_string_equal(p.v[0].path, "scripts");
			assert_true(p.v[0].present);
			assert_string_equal(p.v[1].path, "ramimg");
			assert_false(p.v[1].present);
		}
}

/* More than a frame holds, and nothing. */
static void test_member(void **state)
{
	static char large[1000003];
	const struct ri_initrd_member m[] = { { "ramimg/large", 0644, { large, sizeof large } },
		{ "ramimg/empty", 0644, BYTES("") } };
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };
	char msg[300];

	(void)state;
	for (size_t i = 0; i < sizeof large; i++)
		large[i] = (char)(i * 2654435761u >> 24);
	make_base(&rows[RI_INITRD_GZIP], false);
	check_ok("append", initrd_append(tmp_path("base"), tmp_path("out"), m, 2, &e), &e);
	ri_buf_add_str(&got, "before");
	check_ok("large", ri_parse_initrd_member(tmp_path("out"), m[0].path, &got, &e), &e);
	assert_int_equal(got.n, 6 + sizeof large);
	assert_memory_equal(got.p, "before", 6);
	assert_memory_equal(got.p + 6, large, sizeof large);
	check_ok("empty", ri_parse_initrd_member(tmp_path("out"), m[1].path, &got, &e), &e);
	assert_int_equal(got.n, 6 + sizeof large);
	snprintf(msg, sizeof msg,
	    "the initrd %s: it does not end with an archive that ramimg added", tmp_path("base"));
	check_err("none", ri_parse_initrd_member(tmp_path("base"), m[0].path, &got, &e), &e,
	    RI_E_VERIFY, msg);
	assert_int_equal(got.n, 6 + sizeof large);
	snprintf(msg, sizeof msg, "opening the initrd %s: No such file or directory",
	    tmp_path("absent"));
	check_err("absent", ri_parse_initrd_member(tmp_path("absent"), m[0].path, &got, &e), &e,
	    RI_E_VERIFY, msg);
}

static struct ri_initrd_info info;

static void check_says(struct ri_span bytes, enum ri_code code, const char *what)
{
	struct ri_err e = { 0 };
	char msg[400];

	spit(tmp_path("bad"), bytes);
	snprintf(msg, sizeof msg, "the initrd %s: %s", tmp_path("bad"), what);
	check_err(what, ri_parse_initrd_check(tmp_path("bad"), tmp_path("bad"), &info, &e), &e,
	    code, msg);
}

/* Cut, damaged and junk: what unit/initrd tries in many ways; here that it comes out of the process. */
static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		RI_BUF whole = { 0 };
		struct ri_err e = { 0 };
		struct ri_err here = { 0 };
		int rc;

		make_base(&rows[i], false);
		slurp(tmp_path("base"), &whole);
		if (rows[i].checked)
			whole.p[whole.n / 2] ^= 0x10;
		spit(tmp_path("bad"), ri_span(whole.p, rows[i].checked ? whole.n : whole.n / 2));
		rc = initrd_check(tmp_path("bad"), &info, &here);
		assert_int_equal(rc, -1);
		check_err(rows[i].name,
		    ri_parse_initrd_check(tmp_path("bad"), tmp_path("bad"), &info, &e), &e,
		    here.code, here.msg);
	}
	check_says(LIT("not an initrd"), RI_E_GUEST,
	    "at byte 0: neither a cpio archive nor compressed in a known way");
	make_other((const char *const[]){ "init", "init_functions", "hooks/udev", NULL });
	{
		RI_BUF other = { 0 };

		slurp(tmp_path("base"), &other);
		check_says(ri_buf_span(&other), RI_E_UNSUPPORTED,
		    "made by mkinitcpio; ramimg can extend those of initramfs-tools and dracut only");
	}
}

/* A decompressor that makes a call that is not on the list: reading the input is made one. */
static void read_and_be_killed(void)
{
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };
	char msg[400];

	snprintf(msg, sizeof msg,
	    "the initrd %s could not be read: the initrd's reader ended by signal 31 "
	    "(Bad system call)",
	    tmp_path("base"));
	check_err("check", ri_parse_initrd_check(tmp_path("base"), tmp_path("base"), &info, &e), &e,
	    RI_E_IO, msg);
	check_err("member", ri_parse_initrd_member(tmp_path("base"), "init", &got, &e), &e, RI_E_IO,
	    msg);
}

static void test_killed(void **state)
{
	const struct filtered f = { SCMP_SYS(pread64), RI_WIRE_INPUT, SCMP_ACT_KILL_PROCESS };

	(void)state;
	make_base(&rows[RI_INITRD_GZIP], false);
	apart(&f, read_and_be_killed);
}

static char logged[200];

static void log_line(void *arg, enum ri_level level, const char *text)
{
	(void)arg;
	if (level == RI_LOG_DEBUG)
		snprintf(logged, sizeof logged, "%s", text);
}

static void read_without_landlock(void)
{
	const struct ri_log_sink sink = { .line = log_line, .level = RI_LOG_DEBUG };
	struct ri_err e = { 0 };

	ri_log_set_sink(&sink);
	check_ok("check", ri_parse_initrd_check(tmp_path("base"), tmp_path("base"), &info, &e), &e);
	ri_log_set_sink(NULL);
	assert_string_equal(logged, "the initrd's reader is confined without Landlock, which this "
				    "kernel does not have");
}

static void test_without_landlock(void **state)
{
	const struct filtered f = { SCMP_SYS(landlock_create_ruleset), -1, SCMP_ACT_ERRNO(ENOSYS) };

	(void)state;
	make_base(&rows[RI_INITRD_GZIP], false);
	apart(&f, read_without_landlock);
}

/* An older kernel's Landlock that is there and fails is no reason to go on without. */
static void be_refused(void)
{
	struct ri_err e = { 0 };
	char msg[400];

	snprintf(msg, sizeof msg,
	    "the initrd %s could not be read: the initrd's reader ended with status 1: "
	    "confining the process: Landlock: Permission denied",
	    tmp_path("base"));
	check_err("check", ri_parse_initrd_check(tmp_path("base"), tmp_path("base"), &info, &e), &e,
	    RI_E_IO, msg);
}

static void test_landlock_that_fails(void **state)
{
	const struct filtered f = { SCMP_SYS(landlock_restrict_self), -1, SCMP_ACT_ERRNO(EACCES) };

	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	make_base(&rows[RI_INITRD_GZIP], false);
	apart(&f, be_refused);
}

static uint64_t shed_said = 2; /* by the process that lies */

static void say_u32s(int fd, const uint32_t v[5], uint64_t entries, uint64_t bytes, size_t cut)
{
	RI_BUF b = { 0 };

	for (int i = 0; i < 5; i++)
		ri_wire_put_u32(&b, v[i]);
	ri_wire_put_u64(&b, entries);
	ri_wire_put_u64(&b, bytes);
	ri_wire_put_u64(&b, shed_said);
	send_frame(fd, RI_WIRE_DONE, ri_span(b.p, b.n - cut));
	pause();
}

#define GOOD                                                                                       \
	{                                                                                          \
		RI_INITRD_ZSTD, 1, 0, 1, 2                                                         \
	}
static void say_good(int fd)
{
	say_u32s(fd, (uint32_t[5])GOOD, 7, 8, 0);
}

static void lie_kind(int fd)
{
	say_u32s(fd, (uint32_t[5]){ RI_INITRD_COMP_LAST + 1, 0, 0 }, 7, 8, 0);
}

static void lie_negative_kind(int fd)
{
	say_u32s(fd, (uint32_t[5]){ UINT32_MAX, 0, 0 }, 7, 8, 0);
}

static void lie_bool(int fd)
{
	say_u32s(fd, (uint32_t[5]){ 0, 2, 0 }, 7, 8, 0);
}

static void lie_ours(int fd)
{
	say_u32s(fd, (uint32_t[5]){ 0, 0, 256 }, 7, 8, 0);
}

static void lie_generator(int fd)
{
	say_u32s(fd, (uint32_t[5]){ 0, 0, 0, 999, 0 }, 7, 8, 0);
}

static void lie_generator_without_hooks(int fd)
{
	say_u32s(fd, (uint32_t[5]){ 0, 0, 0, 2, 0 }, 7, 8, 0);
}

static void lie_hook(int fd)
{
	say_u32s(fd, (uint32_t[5]){ 0, 0, 0, 0, 1 }, 7, 8, 0);
}

static void lie_hook_behind_the_list(int fd)
{
	say_u32s(fd, (uint32_t[5]){ 0, 0, 0, 1, 4 }, 7, 8, 0);
}

static void lie_entries(int fd)
{
	say_u32s(fd, (uint32_t[5])GOOD, RI_INITRD_ENTRIES_MAX + 1, 8, 0);
}

static void lie_bytes(int fd)
{
	say_u32s(fd, (uint32_t[5])GOOD, 7, UINT64_MAX, 0);
}

/* More than all is. */
static void lie_shed(int fd)
{
	shed_said = 9;
	say_u32s(fd, (uint32_t[5])GOOD, 7, 8, 0);
}

static void lie_short(int fd)
{
	say_u32s(fd, (uint32_t[5])GOOD, 7, 8, 1);
}

static void lie_long(int fd)
{
	send_frame(fd, RI_WIRE_DONE,
	    LIT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0x"));
	pause();
}

static void lend_what_it_has_not(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0x"));
	pause();
}

static void lie_error(int fd)
{
	const struct ri_err e = { .code = RI_E_COMMIT, .msg = "half written" };
	RI_BUF b = { 0 };

	ri_wire_put_error(&b, &e);
	send_frame(fd, RI_WIRE_ERROR, ri_buf_span(&b));
	pause();
}

static void crash(int fd)
{
	(void)fd;
	signal(SIGSEGV, SIG_DFL); /* cmocka has a handler */
	raise(SIGSEGV);
}

#define NAME "the initrd's reader"
static void test_check_believes_nothing(void **state)
{
	static const struct {
		void (*fn)(int fd);
		const char *msg; /* NULL: it is good */
	} lies[] = { { say_good, NULL }, { lie_kind, NAME " breaks the protocol" },
		{ lie_negative_kind, NAME " breaks the protocol" },
		{ lie_bool, NAME " breaks the protocol" },
		{ lie_ours, NAME " breaks the protocol" },
		{ lie_generator, NAME " breaks the protocol" },
		{ lie_generator_without_hooks, NAME " breaks the protocol" },
		{ lie_hook, NAME " breaks the protocol" },
		{ lie_hook_behind_the_list, NAME " breaks the protocol" },
		{ lie_entries, NAME " breaks the protocol" },
		{ lie_bytes, NAME " breaks the protocol" },
		{ lie_shed, NAME " breaks the protocol" },
		{ lie_short, NAME " breaks the protocol" },
		{ lie_long, NAME " breaks the protocol" },
		{ lend_what_it_has_not, NAME " breaks the protocol" },
		{ lie_error, NAME " sends a damaged error" },
		{ crash, NAME " ended by signal 11 (Segmentation fault)" } };

	(void)state;
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
		struct ri_initrd_info got = { .bytes = 5 };
		struct ri_err e = { 0 };
		int rc;

		new_peer(lies[i].fn, NAME, &p);
		rc = ri_parse_initrd_ask_check(&p, 1234, &got, &e);
		if (lies[i].msg) {
			check_err(lies[i].msg, rc, &e, RI_E_IO, lies[i].msg);
			assert_int_equal(got.bytes, 5);
			continue;
		}
		check_ok("good", rc, &e);
		assert_int_equal(got.comp, RI_INITRD_ZSTD);
		assert_true(got.early && !got.ours && got.entries == 7 && got.unpacked_bytes == 8 &&
			    got.shed_bytes == 2);
		assert_string_equal(got.hook->script, "lib/dracut/hooks/pre-pivot/00-ramimg.sh");
		assert_ptr_equal(got.made_by, ri_initramfs_find("dracut"));
		assert_int_equal(got.bytes, 1234);
	}
}

static void lie_too_few(int fd)
{
	send_frame(fd, RI_WIRE_DONE, LIT("\1\0\0\0"));
	pause();
}

static void lie_too_many(int fd)
{
	send_frame(fd, RI_WIRE_DONE, LIT("\1\0\0\0\0\0\0\0\1\0\0\0"));
	pause();
}

static void lie_no_bool(int fd)
{
	send_frame(fd, RI_WIRE_DONE, LIT("\1\0\0\0\2\0\0\0"));
	pause();
}

static void test_parents_believe_nothing(void **state)
{
	void (*const readers[])(int fd) = { lie_too_few, lie_too_many, lie_no_bool };

	(void)state;
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
		RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents got = { 0 };
		RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
		struct ri_err e = { 0 };

		new_peer(readers[i], NAME, &p);
		check_err("parents", ri_parse_initrd_ask_parents(&p, members, MEMBERS, &got, &e),
		    &e, RI_E_IO, NAME " breaks the protocol");
		assert_int_equal(got.n, 0);
	}
}

static void give_a_gap(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0ab"));
	send_frame(fd, RI_WIRE_DATA, LIT("\3\0\0\0\0\0\0\0c"));
	pause();
}

static void give_twice(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0ab"));
	send_frame(fd, RI_WIRE_DATA, LIT("\1\0\0\0\0\0\0\0c"));
	pause();
}

static void give_and_add(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0ab"));
	send_frame(fd, RI_WIRE_DONE, LIT("x"));
	pause();
}

/* Without end: more than the largest member. */
static void give_and_give(int fd)
{
	static char frame[8 + RI_WIRE_DATA_MAX];

	for (uint64_t at = 0;; at += RI_WIRE_DATA_MAX) {
		memcpy(frame, &at, sizeof at);
		send_frame(fd, RI_WIRE_DATA, ri_span(frame, sizeof frame));
	}
}

static void test_member_believes_nothing(void **state)
{
	void (*const readers[])(int fd) = { give_a_gap, give_twice, give_and_add, give_and_give };

	(void)state;
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
		RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
		struct ri_err e = { 0 };
		RI_BUF got = { 0 };

		ri_buf_add_str(&got, "before");
		new_peer(readers[i], NAME, &p);
		check_err("member", ri_parse_initrd_ask_member(&p, "x", &got, &e), &e, RI_E_IO,
		    NAME " breaks the protocol");
		check_span("member", ri_buf_span(&got), LIT("before"));
	}
}

static void interrupt_and_hang(int fd)
{
	(void)fd;
	kill(getppid(), SIGINT);
	for (;;)
		pause();
}

static void be_interrupted(void)
{
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	struct ri_err e = { 0 };

	check_ok("handlers", ri_cancel_install(&e), &e);
	new_peer(interrupt_and_hang, NAME, &p);
	p.wait_ms = 600000;
	check_err("check", ri_parse_initrd_ask_check(&p, 1, &info, &e), &e, RI_E_CANCELLED,
	    "interrupted");
}

/* A signal cannot be taken back, so it comes in a process of its own. */
static void test_interrupted(void **state)
{
	(void)state;
	apart(NULL, be_interrupted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_compression),
		cmocka_unit_test(test_member),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_without_landlock),
		cmocka_unit_test(test_landlock_that_fails),
		cmocka_unit_test(test_check_believes_nothing),
		cmocka_unit_test(test_parents_believe_nothing),
		cmocka_unit_test(test_member_believes_nothing),
		cmocka_unit_test(test_interrupted),
	};

	return cmocka_run_group_tests(tests, make_trees, tmp_tear_down);
}
