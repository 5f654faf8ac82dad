// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* /etc/default/grub and a file of grub.d, "--" between them. */
#include "fuzz.h"
#include "grub/defaults.h"

static bool get(const struct ri_shellfile *f, size_t n, const char *name, struct ri_buf *out)
{
	struct ri_err e = { 0 };

	return fuzz_ok(ri_shellvars_get(f, n, name, out, &e), &e);
}

/** 'value' for a shell. */
static void quote(struct ri_buf *out, struct ri_span value)
{
	ri_buf_add_str(out, "X='");
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\'')
			ri_buf_add_str(out, "'\\''");
		else
			ri_buf_add(out, value.p + i, 1);
	ri_buf_add_str(out, "'\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span rest = fuzz_input(data, size);
	struct ri_span first = fuzz_part(&rest);
	RI_BUF value = { 0 };
	RI_BUF second = { 0 };
	RI_BUF quoted = { 0 };
	RI_BUF again = { 0 };
	struct ri_shellfile f[3] = { { "a", first }, { "b", rest }, { 0 } };

	get(f, 2, "GRUB_CMDLINE_LINUX", &second);
	if (!get(f, 2, "X", &value)) {
		FUZZ_CHECK(value.n == 0);
		return 0;
	}
	/* Whatever was before, a plain assignment of a known value gives that value. */
	quote(&quoted, ri_buf_span(&value));
	f[2] = (struct ri_shellfile){ "c", ri_buf_span(&quoted) };
	if (get(f + 2, 1, "X", &again))
		FUZZ_CHECK(ri_span_eq(ri_buf_span(&again), ri_buf_span(&value)));
	else
		FUZZ_CHECK(value.n > 1 << 16);
	return 0;
}
