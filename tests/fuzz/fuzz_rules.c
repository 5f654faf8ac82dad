// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A rule, and behind "--" a path. fnmatch(3) is the judge of the matching. */
#include "fuzz.h"
#include "plan/glob.h"
#include "plan/rules.h"

#include <fnmatch.h>

/**
 * Where fnmatch and we may differ: brackets that hold a slash, that are not closed, or with what
 * glibc alone knows ([.x.] and [=x=], ranges with a class at one end); and "*\/", with which
 * glibc's matches nothing.
 */
static bool is_plain(const char *pattern)
{
	return !strstr(pattern, "\\/") && (!strchr(pattern, '[') || (!strpbrk(pattern, ".=:\\-/")));
}

static void check_glob(const char *pattern, const char *path)
{
	if (strlen(pattern) < 200 && strlen(path) < 500 && is_plain(pattern))
		FUZZ_CHECK(ri_glob_match(ri_str(pattern), ri_str(path)) ==
			   (fnmatch(pattern, path, FNM_PATHNAME) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span rest = fuzz_input(data, size);
	RI_FREE char *pattern = ri_span_dup(ri_span_chomp(fuzz_part(&rest)));
	RI_FREE char *path = ri_span_dup(ri_span_chomp(rest));
	RI_ON_EXIT(ri_rules_free) struct ri_rules r = { 0 };
	struct ri_err e = { 0 };
	RI_BUF below = { 0 };
	const char *got;

	FUZZ_CHECK(pattern && path);
	check_glob(pattern, path);
	if (!fuzz_ok(ri_rule_check(pattern, &e), &e) || path[0] != '/')
		return 0;
	FUZZ_CHECK(fuzz_ok(ri_strv_add(&r.patterns, pattern, &e), &e));
	FUZZ_CHECK(!ri_rules_match(&r, "/"));
	got = ri_rules_match(&r, path);
	FUZZ_CHECK(!got || got == r.patterns.v[0]);
	/* What is left out is left out with all below. */
	ri_buf_addf(&below, "%s/x", path);
	if (got && path[1])
		FUZZ_CHECK(ri_rules_match(&r, below.p));
	return 0;
}
