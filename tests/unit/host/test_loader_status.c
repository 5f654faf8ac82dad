// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the loader's status says to the host; a guest may write anything into it. */
#include "unit/check.h"

#include "host/loader_status.h"
#include "loader/status.h"

static void read_it(const char *name, struct ri_span text, struct ri_loader_status *m)
{
	struct ri_err e = { 0 };
	int rc = ri_loader_status_parse(text, m, &e);

	check_ok(name, rc < 0 ? -1 : 0, &e);
	assert_int_equal(rc, 1);
}

static void test_status(void **state)
{
	static const struct {
		struct ri_span text;
		bool ok, in_ram;
		const char *build;
		size_t released, kept;
	} cases[] = {
		{ BYTES("{\"result\": \"ram\", \"build\": \"0123456789abcdef0123456789abcdef\", "
			"\"released\": [\"sda\", \"vdb\"], \"kept\": [\"sdb: is mounted on /x\"]}"),
		    true, true, "0123456789abcdef0123456789abcdef", 2, 1 },
		{ BYTES("{\"result\": \"disk\", \"build\": null, \"bytes\": -1}"), true, false, "",
		    0, 0 },
		{ BYTES("{\"result\": \"RAM\"}"), true, false, "", 0, 0 },
		{ BYTES("{\"result\": \"ram\", \"released\": {}, \"kept\": [1, null, [], \"a\"]}"),
		    true, true, "", 0, 1 },
		{ BYTES("{\"result\": 1}"), .ok = false },
		{ BYTES("[\"ram\"]"), .ok = false },
		{ BYTES(""), .ok = false },
		{ BYTES("{\"result\": \"ram\""), .ok = false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_loader_status_parse(cases[i].text, &m, &e);

		check_ok(cases[i].text.p, rc < 0 ? -1 : 0, &e);
		if (rc != cases[i].ok)
			fail_msg("%s: %d", cases[i].text.p, rc);
		if (!cases[i].ok)
			continue;
		assert_int_equal(m.in_ram, cases[i].in_ram);
		assert_string_equal(m.build, cases[i].build);
		assert_int_equal(m.bytes, 0);
		assert_int_equal(m.released.n, cases[i].released);
		assert_int_equal(m.kept.n, cases[i].kept);
	}
}

/* A loader of before there were forms names none, and what is no word of them is none. */
static void test_form(void **state)
{
	static const struct {
		const char *text;
		bool compressed;
	} cases[] = {
		{ "{\"result\": \"ram\"}", false },
		{ "{\"result\": \"ram\", \"form\": \"tmpfs\"}", false },
		{ "{\"result\": \"ram\", \"form\": \"compressed\"}", true },
		{ "{\"result\": \"ram\", \"form\": \"compressed\\u001b\"}", false },
		{ "{\"result\": \"ram\", \"form\": [\"compressed\"]}", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };

		read_it(cases[i].text, ri_str(cases[i].text), &m);
		assert_int_equal(m.compressed, cases[i].compressed);
	}
}

/* However long the build's name is. */
static void test_a_long_build(void **state)
{
	RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	ri_buf_add_str(&text, "{\"result\": \"ram\", \"build\": \"");
	for (int i = 0; i < 10000; i++)
		ri_buf_add_str(&text, "x");
	ri_buf_add_str(&text, "\"}");
	read_it("long", ri_buf_span(&text), &m);
	assert_int_equal(strlen(m.build), sizeof m.build - 1);
}

/* What the loader itself writes, whole, is read. */
static void test_what_the_loader_writes(void **state)
{
	static const struct ri_status in_ram = { .in_ram = true,
		.build = "0123456789abcdef0123456789abcdef",
		.bytes = 799014912,
		.loss = { 3, 0, 1 },
		.ms = { 7, 12345, 1000, 20 } };
	RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };
	RI_STRV released = { 0 }, kept = { 0 };
	RI_BUF first = { 0 }, out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_status_render(&in_ram, &first);
	assert_int_equal(ri_strv_add(&released, "sda", &e), 0);
	assert_int_equal(ri_strv_add(&kept, "sd\"b: is mounted on /\x1b", &e), 0);
	check_ok("released", ri_status_released(ri_buf_span(&first), &released, &kept, 1, &out, &e),
	    &e);
	read_it("parsed", ri_buf_span(&out), &m);
	assert_true(m.in_ram);
	assert_string_equal(m.build, in_ram.build);
	assert_int_equal(m.bytes, in_ram.bytes);
	assert_true(m.seconds > 0);
	assert_null(m.reason);
	assert_int_equal(m.released.n, 1);
	assert_string_equal(m.released.v[0], "sda");
	assert_int_equal(m.kept.n, 1);
	assert_string_equal(m.kept.v[0], "sd\"b: is mounted on /\x1b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_a_long_build),
		cmocka_unit_test(test_what_the_loader_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
