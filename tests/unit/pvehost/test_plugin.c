// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What plugins are asked of storages that only they know. */
#include "unit/fake_host.h"

#include "pvehost/plugin.h"

#define CFG "acme: aa\n\narray: bb\n\nacme: cc\n\tshared 1\n\ndir: dd\n\tpath /p\n"

static void test_shared(void **state)
{
	static const struct {
		const char *script;
		bool a_known, a_shared, b_known, b_shared;
	} rows[] = {
		{ "printf 'aa 1\\nbb 0\\ncc 0\\ndd 1\\n'", true, true, true, false },
		{ "echo 'aa 0'", true, false, false, false },
		{ "printf 'aa\\naa 2\\naaa 1\\nbb  1\\n\\n'", false, false, false, false },
		{ "echo 'no PVE::Storage' >&2; exit 2", false, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct ri_storage *a, *b;
		struct ri_err e = { 0 };

		host_open(CFG);
		host_program("perl", rows[i].script);
		check_ok(rows[i].script, ri_plugin_shared(&host.storages, &e), &e);
		a = ri_storages_find(&host.storages, "aa");
		b = ri_storages_find(&host.storages, "bb");
		if (a->shared_known != rows[i].a_known || a->shared != rows[i].a_shared ||
		    b->shared_known != rows[i].b_known || b->shared != rows[i].b_shared)
			fail_msg("%s: not as wanted", rows[i].script);
		/* What is known already is not for the plugin to say. */
		assert_true(ri_storages_find(&host.storages, "cc")->shared);
		assert_false(ri_storages_find(&host.storages, "dd")->shared);
	}
}

/* Nobody is asked for nothing. */
static void test_all_known(void **state)
{
	struct ri_err e = { 0 };
	struct ri_buf calls;

	(void)state;
	host_open("nfs: aa\n\ndir: dd\n\tpath /p\n");
	host_program("perl", ":");
	host_calls_begin(0);
	check_ok("known", ri_plugin_shared(&host.storages, &e), &e);
	calls = host_calls();
	assert_int_equal(calls.n, 0);
	ri_buf_free(&calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_shared),
		HOST_TEST(test_all_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
