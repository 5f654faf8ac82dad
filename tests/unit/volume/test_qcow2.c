// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The head of a qcow2, and where the name of its backing file leads. */
#include "unit/check.h"

#include "volume/qcow2.h"

#define HEAD(version, offset, length)                                                              \
	"QFI\xfb\0\0\0" version "\0\0\0\0\0\0" offset "\0\0" length "\0\0\0\x10"

static void test_heads(void **state)
{
	static const struct {
		struct ri_span head;
		bool backing;
		uint64_t offset;
		size_t length;
	} cases[] = {
		{ BYTES(HEAD("\3", "\1\x38", "\0\5")), true, 0x138, 5 },
		{ BYTES(HEAD("\2", "\1\x38", "\3\xff")), true, 0x138, 1023 },
		{ BYTES(HEAD("\3", "\1\x38", "\4\0")), .backing = false },
		{ BYTES(HEAD("\3", "\0\0", "\0\0")), .backing = false },
		{ BYTES(HEAD("\3", "\0\x17", "\0\5")), .backing = false },
		{ BYTES(HEAD("\1", "\1\x38", "\0\5")), .backing = false },
		{ BYTES("QFI\xfb\0\0\0\3"), .backing = false },
		{ BYTES("KDMVKDMVKDMVKDMVKDMVKDMVKDMV"), .backing = false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t offset;
		size_t length;
		bool found = ri_qcow2_backing(cases[i].head, &offset, &length);

		if (found != cases[i].backing ||
		    (found && (offset != cases[i].offset || length != cases[i].length)))
			fail_msg("head %zu", i);
	}
}

static void test_paths(void **state)
{
	static const struct {
		const char *image;
		struct ri_span name;
		const char *want; /* NULL: no path */
	} cases[] = {
		{ "/i/105/vm.qcow2", BYTES("../100/base.qcow2"), "/i/105/../100/base.qcow2" },
		{ "/i/105/vm.qcow2", BYTES("/srv/base.raw"), "/srv/base.raw" },
		{ "vm.qcow2", BYTES("base.raw"), "base.raw" },
		{ "/i/vm.qcow2", BYTES("file:base.raw"), "/i/base.raw" },
		{ "/i/vm.qcow2", BYTES("./a:b.raw"), "/i/./a:b.raw" },
		{ "/i/vm.qcow2", BYTES("nbd://host/x"), NULL },
		{ "/i/vm.qcow2", BYTES("json:{\"driver\":\"raw\"}"), NULL },
		{ "/i/vm.qcow2", BYTES("a\0b"), NULL },
		{ "/i/vm.qcow2", BYTES("file:"), NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_BUF path = { 0 };
		bool is = ri_qcow2_backing_path(cases[i].image, cases[i].name, &path);

		if (is != (cases[i].want != NULL))
			fail_msg("%.*s", (int)cases[i].name.n, cases[i].name.p);
		if (is)
			check_span(cases[i].image, ri_buf_span(&path), ri_str(cases[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
