// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A monitor's stream: the first byte says in how large pieces it comes. */
#include "fuzz.h"
#include "qemu/qmp_stream.h"

/* The messages of the stream as text, one a line; "!" where it broke off. */
static void read_all(const char *p, size_t n, size_t piece, struct ri_buf *out)
{
	RI_ON_EXIT(ri_qmpread_free) struct ri_qmpread r = { 0 };
	struct ri_err e = { 0 };

	for (size_t at = 0; at < n;) {
		size_t now = n - at < piece ? n - at : piece;

		if (!fuzz_ok(ri_qmpread_feed(&r, p + at, now, &e), &e))
			break;
		at += now;
		for (;;) {
			RI_JSON m = NULL;
			RI_FREE char *text = NULL;

			if (!fuzz_ok(ri_qmpread_next(&r, &m, &e), &e)) {
				ri_buf_add_str(out, "!");
				return;
			}
			if (!m)
				break;
			FUZZ_CHECK(json_is_object(m));
			text = json_dumps(m, JSON_COMPACT | JSON_SORT_KEYS);
			FUZZ_CHECK(text);
			ri_buf_addf(out, "%s\n", text);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_BUF pieces = { 0 };
	RI_BUF whole = { 0 };

	if (size == 0)
		return 0;
	/* However it is cut up, the same messages come out. */
	read_all((const char *)data + 1, size - 1, data[0] % 64 + 1u, &pieces);
	read_all((const char *)data + 1, size - 1, size, &whole);
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&pieces), ri_buf_span(&whole)));
	return 0;
}
