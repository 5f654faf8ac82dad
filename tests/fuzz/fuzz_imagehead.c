// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The beginning of an image from a stranger, as a qcow2 and as a vmdk. */
#include "fuzz.h"
#include "volume/near.h"
#include "volume/qcow2.h"
#include "volume/vmdk.h"

static void check_inside(struct ri_span all, struct ri_span part)
{
	FUZZ_CHECK(part.n == 0 || (part.p >= all.p && part.n <= all.n &&
				      (size_t)(part.p - all.p) <= all.n - part.n));
}

/* A name is a path below the image's directory, an absolute one, or none. */
static void check_name(struct ri_span name)
{
	RI_BUF path = { 0 };

	if (ri_qcow2_has_protocol(name) || !ri_qcow2_backing_path("/i/105/a.qcow2", name, &path))
		return;
	FUZZ_CHECK(path.n > 0 && strlen(path.p) == path.n && path.p[0] == '/');
	FUZZ_CHECK(name.p[0] == '/' || ri_span_starts(ri_buf_span(&path), "/i/105/"));
	if (ri_near_file("/i/105/a.qcow2", path.p))
		FUZZ_CHECK(ri_span_starts(ri_buf_span(&path), "/i/"));
}

static void check_qcow2(struct ri_span head)
{
	struct ri_qcow2 q;
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_qcow2_parse(head, &q, &e), &e))
		return;
	check_inside(head, q.backing);
	check_inside(head, q.backing_format);
	FUZZ_CHECK(q.backing.n <= RI_QCOW2_NAME_MAX);
	check_name(q.backing);
}

static void check_vmdk(struct ri_span head)
{
	struct ri_vmdk k;
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_vmdk_parse(head, &k, &e), &e))
		return;
	if (!ri_span_starts(head, "COWD")) {
		check_inside(head, k.kind);
		check_inside(head, k.other);
	}
	FUZZ_CHECK(!k.one_file || ri_span_starts(head, "KDMV"));
	FUZZ_CHECK(!k.in_place || k.one_file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span all = fuzz_input(data, size);

	check_qcow2(all);
	check_vmdk(all);
	return 0;
}
