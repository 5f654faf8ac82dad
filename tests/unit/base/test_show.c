// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "base/show.h"

static void test_escape(void **state)
{
	static const struct {
		struct ri_span in;
		const char *want, *ascii; /* ascii NULL: the same */
	} cases[] = {
		{ BYTES(""), "", NULL },
		{ BYTES("plain text"), "plain text", NULL },
		{ BYTES("a\nb\tc\rd"), "a\\nb\\tc\\rd", NULL },
		{ BYTES("\033[2Jx\a\b"), "\\x1b[2Jx\\x07\\x08", NULL },
		{ BYTES("nul\0del\177"), "nul\\x00del\\x7f", NULL },
		{ BYTES("f\303\274r \342\202\254"), "f\303\274r \342\202\254",
		    "f\\u00fcr \\u20ac" },
		{ BYTES("\360\237\230\200"), "\360\237\230\200", "\\U0001f600" },
		{ BYTES("csi \302\233 31m"), "csi \\u009b 31m", NULL },
		{ BYTES("raw csi \233 31m"), "raw csi \\x9b 31m", NULL },
		{ BYTES("\342\200\256evil"), "\\u202eevil", NULL },
		{ BYTES("a\342\200\250b\342\201\246c"), "a\\u2028b\\u2066c", NULL },
		{ BYTES("cut \342\202"), "cut \\xe2\\x82", NULL },
		{ BYTES("cut \342\202x"), "cut \\xe2\\x82x", NULL },
		{ BYTES("long \300\257"), "long \\xc0\\xaf", NULL },
		{ BYTES("long \340\200\257"), "long \\xe0\\x80\\xaf", NULL },
		{ BYTES("surrogate \355\240\200"), "surrogate \\xed\\xa0\\x80", NULL },
		{ BYTES("beyond \364\220\200\200"), "beyond \\xf4\\x90\\x80\\x80", NULL },
		{ BYTES("\377\376"), "\\xff\\xfe", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_BUF out = { 0 }, ascii = { 0 };

		ri_show_escape(&out, cases[i].in, false);
		ri_show_escape(&ascii, cases[i].in, true);
		check_span(cases[i].want, ri_buf_span(&out), ri_str(cases[i].want));
		check_span(cases[i].want, ri_buf_span(&ascii),
		    ri_str(cases[i].ascii ? cases[i].ascii : cases[i].want));
	}
}

static void put_utf8(uint32_t c, struct ri_buf *out)
{
	unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };
	char byte = (char)(first[more] | c >> (6 * more));

	ri_buf_add(out, &byte, 1);
	while (more-- > 0) {
		byte = (char)(0x80 | (c >> (6 * more) & 0x3f));
		ri_buf_add(out, &byte, 1);
	}
}

/** The first and the last of each run that acts on what stands around it, and their neighbours. */
static void test_runs(void **state)
{
	static const struct {
		uint32_t first, last;
	} runs[] = { { 0x80, 0x9f }, { 0x61c, 0x61c }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xe0000, 0xe007f } };

	(void)state;
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		const uint32_t at[] = { runs[i].first - 1, runs[i].first, runs[i].last,
			runs[i].last + 1 };

		for (size_t k = 0; k < 4; k++) {
			RI_BUF in = { 0 };
			RI_BUF out = { 0 };

			if (at[k] < 0x80)
				continue;
			put_utf8(at[k], &in);
			ri_show_escape(&out, ri_buf_span(&in), false);
			if ((out.p[0] == '\\') != (k == 1 || k == 2))
				fail_msg("U+%04x: [%s]", at[k], out.p);
		}
	}
}

/** Whatever goes in, no byte comes out that could act on a terminal. */
static void test_escape_all_bytes(void **state)
{
	RI_BUF in = { 0 }, out = { 0 };

	(void)state;
	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			char pair[2] = { (char)a, (char)b };

			ri_buf_add(&in, pair, 2);
		}
	ri_show_escape(&out, ri_buf_span(&in), true);
	assert_false(out.oom);
	for (size_t i = 0; i < out.n; i++)
		if (out.p[i] < ' ' || out.p[i] > '~')
			fail_msg("byte 0x%02x at %zu", (unsigned char)out.p[i], i);
}

static void test_is_utf8(void **state)
{
	static const struct {
		struct ri_span s;
		bool is;
	} cases[] = {
		{ BYTES(""), true },
		{ BYTES("plain\n\0\x7f"), true },
		{ BYTES("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), true },
		{ BYTES("\xc3"), false },
		{ BYTES("a\xe9"
			"b"),
		    false },
		{ BYTES("\xc0\xaf"), false },         /* overlong */
		{ BYTES("\xed\xa0\x80"), false },     /* a surrogate */
		{ BYTES("\xf4\x90\x80\x80"), false }, /* above U+10FFFF */
		{ BYTES("\xc3\xa9\xe2\x82"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_show_is_utf8(cases[i].s) != cases[i].is)
			fail_msg("case %zu", i);
}

static void test_fit(void **state)
{
	static const struct {
		const char *in;
		size_t columns, want;
	} cases[] = {
		{ "", 5, 0 },
		{ "hello", 5, 5 },
		{ "hello", 9, 5 },
		{ "hello", 3, 3 },
		{ "hello", 0, 0 },
		{ "f\303\274r", 1, 1 },
		{ "f\303\274r", 2, 1 }, /* taken for two columns */
		{ "f\303\274r", 3, 3 },
		{ "f\303\274r", 4, 4 },
		{ "\343\201\202x", 1, 0 },
		{ "\343\201\202x", 2, 3 },
		{ "\377\377", 3, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (ri_show_fit(ri_str(cases[i].in), cases[i].columns) != cases[i].want)
			fail_msg("%s in %zu columns: %zu", cases[i].in, cases[i].columns,
			    ri_show_fit(ri_str(cases[i].in), cases[i].columns));
}

static void test_bytes(void **state)
{
	static const struct {
		uint64_t in;
		const char *want;
	} cases[] = {
		{ 0, "0 B" },
		{ 999, "999 B" },
		{ 1000, "1000 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 12345, "12.1 KiB" },
		{ 1048524, "1023.9 KiB" },
		{ 1048525, "1.0 MiB" },
		{ 755 << 20, "755.0 MiB" },
		{ 1043333120, "995.0 MiB" },
		{ 1ULL << 30, "1.0 GiB" },
		{ 1319413953331, "1.2 TiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};
	char out[RI_SHOW_FIGURE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(ri_show_bytes(cases[i].in, out), cases[i].want);
}

static void test_duration(void **state)
{
	static const struct {
		uint64_t in;
		const char *want;
	} cases[] = {
		{ 0, "0:00" },
		{ 7, "0:07" },
		{ 148, "2:28" },
		{ 3599, "59:59" },
		{ 3723, "1:02:03" },
		{ 360000, "100:00:00" },
		{ UINT64_MAX, "5124095576030431:00:15" },
	};
	char out[RI_SHOW_FIGURE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(ri_show_duration(cases[i].in, out), cases[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_escape_all_bytes),
		cmocka_unit_test(test_is_utf8),
		cmocka_unit_test(test_fit),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_duration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
