// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A template. */
#include "fuzz.h"
#include "grub/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ri_template_var self[] = { { "A", "@A@" }, { "BC_1", "@BC_1@" } };
	static const struct ri_template_var empty[] = { { "A", "" }, { "BC_1", "" } };
	struct ri_span in = fuzz_input(data, size);
	RI_BUF same = { 0 };
	RI_BUF less = { 0 };
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_template_expand(in, self, 2, &same, &e), &e)) {
		FUZZ_CHECK(size >= 3 && memchr(data, '@', size));
		return 0;
	}
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&same), in));
	FUZZ_CHECK(fuzz_ok(ri_template_expand(in, empty, 2, &less, &e), &e));
	FUZZ_CHECK(less.n <= size);
	return 0;
}
