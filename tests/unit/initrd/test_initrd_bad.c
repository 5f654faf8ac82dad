// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Initrds that are none, none of ours, cut short, damaged or hostile.
 */
#include "unit/check.h"

#include "unit/initrds.h"

/* Cut anywhere, it is refused; with early microcode too. */
static void test_cut_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (int early = 0; early < 2; early++) {
			RI_BUF whole = { 0 };
			size_t head = 0;

			make_base(&rows[i], early);
			slurp(tmp_path("base"), &whole);
			/*
			 * cpio pads with zeros behind the trailer: without them it is still whole.
			 */
			if (rows[i].comp == RI_INITRD_NONE)
				for (head = 0; whole.p[whole.n - head - 1] == 0; head++)
					;
			for (size_t part = 0; part < 20; part++) {
				size_t n = (whole.n - head) * part / 20 +
					   (part == 19 ? (whole.n - head) / 20 - 1 : 1);
				struct ri_initrd_info info;
				struct ri_err e = { 0 };
				int rc;

				spit(tmp_path("cut"), ri_span(whole.p, n));
				rc = initrd_check(tmp_path("cut"), &info, &e);
				/* Behind the early archive's end it lacks what makes it one. */
				if (rc == 0 || (e.code != RI_E_GUEST && e.code != RI_E_UNSUPPORTED))
					fail_msg("%s cut at %zu of %zu: %d [%s]", rows[i].name, n,
					    whole.n, rc, e.msg);
			}
		}
}

/* A bit that flipped is seen where the format has checksums. */
static void test_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		RI_BUF whole = { 0 };

		if (!rows[i].checked)
			continue;
		make_base(&rows[i], false);
		slurp(tmp_path("base"), &whole);
		for (size_t part = 1; part < 20; part++) {
			size_t at = whole.n * part / 20;
			struct ri_initrd_info info;
			struct ri_err e = { 0 };

			whole.p[at] ^= 0x10;
			spit(tmp_path("bad"), ri_buf_span(&whole));
			whole.p[at] ^= 0x10;
			if (initrd_check(tmp_path("bad"), &info, &e) == 0)
				fail_msg("%s: bit %zu flipped unseen", rows[i].name, at);
			assert_int_equal(e.code, RI_E_GUEST);
		}
	}
}

#define DRACUT                                                                                         \
	"made by dracut, but not as ramimg knows it: it has no /init, or no directory for hooks that " \
	"run when the root is mounted"

static void test_other_generators(void **state)
{
	static const struct {
		const char *names[5], *msg;
	} cases[] = {
		{ { "init", "usr/lib/dracut/hooks/mount/x" }, DRACUT },
		{ { "init", "usr/lib/dracut/build-parameter.txt", "scripts/functions" }, DRACUT },
		{ { "usr/lib/dracut/hooks/pre-pivot/x" }, DRACUT },
		{ { "init", "init_functions", "hooks/udev" },
		    "made by mkinitcpio; ramimg can extend those of initramfs-tools and dracut only" },
		{ { "init", "etc/booster.init.yaml" },
		    "made by booster; ramimg can extend those of initramfs-tools and dracut only" },
		{ { "init", "something" },
		    "has no /scripts/local: made neither by initramfs-tools nor by dracut, the only kinds that ramimg can extend" },
		{ { "init", "scripts/local" },
		    "has no /scripts/functions: made neither by initramfs-tools nor by dracut, the only kinds that ramimg can extend" },
		{ { "kernel/x86/microcode/GenuineIntel.bin" },
		    "has no /init: made neither by initramfs-tools nor by dracut, the only kinds that ramimg can extend" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_initrd_info info;
		struct ri_err e = { 0 };
		char msg[400];

		make_other(cases[i].names);
		snprintf(msg, sizeof msg, "the initrd %s: %s", tmp_path("base"), cases[i].msg);
		check_err("generator", initrd_check(tmp_path("base"), &info, &e), &e,
		    RI_E_UNSUPPORTED, msg);
	}
}

static void test_no_initrd(void **state)
{
	struct ri_initrd_info info;
	struct ri_err e = { 0 };
	char msg[300];

	(void)state;
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "base");
	snprintf(msg, sizeof msg, "opening the initrd %s: No such file or directory",
	    tmp_path("base"));
	check_err("absent", initrd_check(tmp_path("base"), &info, &e), &e, RI_E_GUEST, msg);
	snprintf(msg, sizeof msg, "the initrd %s is not a regular file", tmp_path("main"));
	check_err("directory", initrd_check(tmp_path("main"), &info, &e), &e, RI_E_GUEST, msg);
	assert_int_equal(mkfifo(tmp_path("base"), 0600), 0);
	snprintf(msg, sizeof msg, "the initrd %s is not a regular file", tmp_path("base"));
	check_err("fifo", initrd_check(tmp_path("base"), &info, &e), &e, RI_E_GUEST, msg);
	assert_int_equal(unlink(tmp_path("base")), 0);
	spit(tmp_path("base"), LIT(""));
	snprintf(msg, sizeof msg, "the initrd %s is empty", tmp_path("base"));
	check_err("empty", initrd_check(tmp_path("base"), &info, &e), &e, RI_E_GUEST, msg);
	assert_int_equal(truncate(tmp_path("base"), 2000000000), 0);
	snprintf(msg, sizeof msg, "the initrd %s has 2000000000 bytes: too large for one",
	    tmp_path("base"));
	check_err("large", initrd_check(tmp_path("base"), &info, &e), &e, RI_E_GUEST, msg);
}

/* libarchive in Debian has no LZO inside; where it has, this is an initrd like the others. */
static void test_lzop(void **state)
{
	const struct row lzop = { "lzop", RI_INITRD_LZOP, { "lzop", "-c" }, true };
	struct ri_initrd_info info;
	struct ri_err e = { 0 };
	char msg[400];
	int rc;

	(void)state;
	make_base(&lzop, false);
	rc = initrd_check(tmp_path("base"), &info, &e);
	if (rc == 0) {
		assert_int_equal(info.comp, RI_INITRD_LZOP);
		return;
	}
	snprintf(msg, sizeof msg,
	    "the initrd %s: compressed by lzop, which ramimg cannot read here: set COMPRESS=zstd in "
	    "/etc/initramfs-tools/initramfs.conf and run update-initramfs -u in the guest",
	    tmp_path("base"));
	check_err("lzop", rc, &e, RI_E_UNSUPPORTED, msg);
}

static const struct {
	const char *name;
	struct ri_span bytes;
	const char *msg;
} junk[] = {
	{ "zeros", BYTES("\0\0\0\0\0\0\0\0"), "nothing but zeros" },
	{ "text", BYTES("not an initrd"),
	    "at byte 0: neither a cpio archive nor compressed in a known way" },
	{ "misaligned",
	    BYTES("\0\0"
		  "0707010000000000000000"),
	    "at byte 2: neither a cpio archive nor compressed in a known way" },
	{ "old cpio",
	    BYTES("070707000000000000000000000000000000000000000000000000000000000"
		  "00000000000000000000000000000000000000000000000000000000000000"),
	    "at byte 0: damaged cpio archive at byte 110: no entry where one must begin" },
	{ "header cut", BYTES("07070100000001"),
	    "at byte 0: it is cut short: its cpio archive has no end" },
	{ "bad digits",
	    BYTES("070701"
		  "0000000x"
		  "0000000x"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"),
	    "at byte 0: damaged cpio archive at byte 110: an entry with a malformed header" },
	{ "no name",
	    BYTES("070701"
		  "00000001"
		  "000081a4"
		  "00000000"
		  "00000000"
		  "00000001"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"),
	    "at byte 0: damaged cpio archive at byte 110: an entry with a name of impossible length" },
	{ "long name",
	    BYTES("070701"
		  "00000001"
		  "000081a4"
		  "00000000"
		  "00000000"
		  "00000001"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00001001"
		  "00000000"),
	    "at byte 0: damaged cpio archive at byte 110: an entry with a name of impossible length" },
	{ "NUL in the name",
	    BYTES("070701"
		  "00000001"
		  "000081a4"
		  "00000000"
		  "00000000"
		  "00000001"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000004"
		  "00000000"
		  "a\0b\0\0\0"),
	    "at byte 0: damaged cpio archive at byte 116: an entry whose name is not terminated" },
	{ "a file of 4 GiB",
	    BYTES("070701"
		  "00000001"
		  "000081a4"
		  "00000000"
		  "00000000"
		  "00000001"
		  "00000000"
		  "ffffffff"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000002"
		  "00000000"
		  "a\0"),
	    "at byte 0: it unpacks to more than 2147483648 bytes" },
	{ "an early archive, then junk",
	    BYTES("070701"
		  "00000001"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000001"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "00000000"
		  "0000000b"
		  "00000000"
		  "TRAILER!!!\0\0\0\0"
		  "junk"),
	    "at byte 124: neither a cpio archive nor compressed in a known way" },
};

static void test_junk(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) {
		struct ri_initrd_info info;
		struct ri_err e = { 0 };
		char msg[400];

		spit(tmp_path("base"), junk[i].bytes);
		snprintf(msg, sizeof msg, "the initrd %s: %s", tmp_path("base"), junk[i].msg);
		check_err(junk[i].name, initrd_check(tmp_path("base"), &info, &e), &e, RI_E_GUEST,
		    msg);
	}
}

/* Compressed, but no cpio archive; and more entries than any initrd has. */
static void test_bombs(void **state)
{
	static const char entry[] =
	    "0707010000000100008180000000000000000000000001000000000000000000000000"
	    "0000000000000000000000000000000200000000a\0";
	RI_BUF many = { 0 };
	struct ri_initrd_info info;
	struct ri_err e = { 0 };
	char msg[300];

	(void)state;
	spit(tmp_path("text"), LIT("no archive\n"));
	RUN(NULL, tmp_path("text"), tmp_path("base"), "gzip", "-nc");
	snprintf(msg, sizeof msg, "the initrd %s: at byte 0: its content is not a cpio archive",
	    tmp_path("base"));
	check_err("text", initrd_check(tmp_path("base"), &info, &e), &e, RI_E_GUEST, msg);
	assert_int_equal(sizeof entry - 1, 112);
	for (size_t i = 0; i < 500001; i++)
		ri_buf_add(&many, entry, sizeof entry - 1);
	spit(tmp_path("base"), ri_buf_span(&many));
	snprintf(msg, sizeof msg, "the initrd %s: at byte 0: more than 500000 entries",
	    tmp_path("base"));
	e = (struct ri_err){ 0 };
	check_err("many", initrd_check(tmp_path("base"), &info, &e), &e, RI_E_GUEST, msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_other_generators),
		cmocka_unit_test(test_no_initrd),
		cmocka_unit_test(test_lzop),
		cmocka_unit_test(test_junk),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, make_trees, tmp_tear_down);
}
