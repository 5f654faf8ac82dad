// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "guest/elf_arch.h"

static void test_elf(void **state)
{
	static const struct {
		struct ri_span head;
		const char *arch;
	} elf[] = {
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\076\0"), "x86_64" },
		{ BYTES("\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\003\0"), "i386" },
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\267\0"), "aarch64" },
		{ BYTES("\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\3\0\076\0"), NULL }, /* x32 */
		{ BYTES("\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\3\0\076"), NULL }, /* big endian */
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\076\0"), NULL }, /* a core */
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\076"), NULL },
		{ BYTES("#!/bin/sh\necho this is a script\n"), NULL },
		{ BYTES(""), NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof elf / sizeof *elf; i++) {
		const char *got = ri_elf_arch(elf[i].head);

		if (got != elf[i].arch && (!got || !elf[i].arch || strcmp(got, elf[i].arch) != 0))
			fail_msg("row %zu: %s", i, got ? got : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_elf) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
