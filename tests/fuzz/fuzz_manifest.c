// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A manifest. */
#include "fuzz.h"
#include "format/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest again = { 0 };
	struct ri_span in = fuzz_input(data, size);
	RI_BUF text = { 0 };
	RI_BUF twice = { 0 };
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_manifest_parse(in, &m, &e), &e)) {
		FUZZ_CHECK(!m.archive && !m.os && m.release_fs.n == 0);
		return 0;
	}
	FUZZ_CHECK(m.archive[0] == '/');
	FUZZ_CHECK(strlen(m.build_id) == RI_BUILD_ID_LEN);
	FUZZ_CHECK(strlen(m.archive_sha256) == RI_SHA256_HEX);
	FUZZ_CHECK(fuzz_ok(ri_manifest_render(&m, &text, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_manifest_parse(ri_buf_span(&text), &again, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_manifest_render(&again, &twice, &e), &e));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&text), ri_buf_span(&twice)));
	return 0;
}
