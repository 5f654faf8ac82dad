// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An environment block; the padding up to its length is left to the target. */
#include "fuzz.h"
#include "format/grubenv.h"

/* Whatever was there: set is set, unset is unset, and twice is once. */
static void check_set(struct ri_span block, const char *value)
{
	RI_BUF once = { 0 };
	RI_BUF twice = { 0 };
	struct ri_span seen = { 0 };
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_grubenv_set(block, "a", value, &once, &e), &e)) {
		FUZZ_CHECK(once.n == 0);
		return;
	}
	FUZZ_CHECK(once.n == RI_GRUBENV_BYTES);
	FUZZ_CHECK(fuzz_ok(ri_grubenv_check(ri_buf_span(&once), &e), &e));
	FUZZ_CHECK(ri_grubenv_get(ri_buf_span(&once), "a", &seen) == (value != NULL));
	FUZZ_CHECK(!value || ri_span_eq(seen, ri_str(value)));
	FUZZ_CHECK(fuzz_ok(ri_grubenv_set(ri_buf_span(&once), "a", value, &twice, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&once), ri_buf_span(&twice)));
	if (!value && !ri_grubenv_get(block, "a", &seen))
		FUZZ_CHECK(ri_span_eq(ri_buf_span(&once), block));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span in = fuzz_input(data, size), seen;
	RI_BUF padded = { 0 };
	struct ri_err e = { 0 };

	ri_buf_add_span(&padded, in);
	while (padded.n < RI_GRUBENV_BYTES)
		ri_buf_add(&padded, "#", 1);
	if (!fuzz_ok(ri_grubenv_check(ri_buf_span(&padded), &e), &e))
		FUZZ_CHECK(!ri_grubenv_get(ri_buf_span(&padded), "a", &seen));
	check_set(ri_buf_span(&padded), "2");
	check_set(ri_buf_span(&padded), NULL);
	ri_grubenv_has_any(ri_buf_span(&padded));
	FUZZ_CHECK(ri_grubenv_failed(ri_buf_span(&padded)) <= 2);
	return 0;
}
