// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An os-release. */
#include "fuzz.h"
#include "os/osrelease.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_osrelease_free) struct ri_osrelease o = { 0 };
	struct ri_span in = fuzz_input(data, size);
	struct ri_err e = { 0 };
	bool nul = size > 0 && memchr(data, '\0', size);
	bool ok = fuzz_ok(ri_osrelease_parse(in, &o, &e), &e);

	FUZZ_CHECK(ok == !nul);
	if (!ok)
		return 0;
	FUZZ_CHECK(o.id[0] && o.name[0]);
	FUZZ_CHECK(!strchr(o.id, '\n') && !strchr(o.name, '\n') && !strchr(o.pretty_name, '\n'));
	FUZZ_CHECK(strlen(o.pretty_name) + strlen(o.version_id) <= size);
	return 0;
}
