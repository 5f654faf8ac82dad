// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which words blame KVM. */
#include "unit/check.h"

#include "host/kvm_words.h"

static void test_words(void **state)
{
	static const struct {
		const char *said, *line; /* line "": nobody is to blame */
	} rows[] = {
		{ "", "" },
		{ "Hypervisor detected: KVM\r\nkvm-clock: Using msrs 4b564d01\r\n", "" },
		{ "qemu: warning: host doesn't support requested feature\n", "" },
		{ "KVM internal error. Suberror: 1\nemulation failure\n",
		    "KVM internal error. Suberror: 1" },
		{ "boot\r\nKVM: entry failed, hardware error 0x80000021\r\nmore\r\n",
		    "KVM: entry failed, hardware error 0x80000021" },
		{ "error: kvm run failed Bad address", "error: kvm run failed Bad address" },
		{ "qemu: failed to initialize kvm: Input/output error\nKVM internal error.\n",
		    "qemu: failed to initialize kvm: Input/output error" },
		{ "force_kvm supplied but kvm not available\n",
		    "force_kvm supplied but kvm not available" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_kvm_words w = { 0 };

		assert_int_equal(ri_kvm_words_hear(&w, ri_str(rows[i].said)),
		    *rows[i].line != '\0');
		assert_string_equal(w.line, rows[i].line);
	}
}

/** The first line stays, and a long one is cut. */
static void test_first(void **state)
{
	struct ri_kvm_words w = { 0 };
	char text[400];

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "KVM internal error", 18);
	assert_true(ri_kvm_words_hear(&w, ri_span(text, sizeof text)));
	assert_int_equal(strlen(w.line), sizeof w.line - 1);
	assert_true(ri_kvm_words_hear(&w, ri_str("kvm run failed\n")));
	assert_true(ri_kvm_words_hear(&w, ri_str("all is well\n")));
	assert_int_equal(strncmp(w.line, "KVM internal errorx", 19), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
