// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/kernels.h"
#include "os/version.h"

/* In the order that `LC_ALL=C sort -V` (coreutils 9.1) gives. */
static const char *const sorted[] = {
	"",
	".",
	"..",
	".~",
	".aaa",
	".aa.a",
	".0",
	".9",
	"~",
	"0",
	"5.10.0-9-amd64",
	"5.10.0-10-amd64",
	"6.1~rc3",
	"6.1",
	"6.1-rc3",
	"6.1.0-9-amd64",
	"6.1.0-10-amd64",
	"6.1.0-10-cloud-amd64",
	"6.1.0-0056-amd64",
	"6.1.0-56-amd64",
	"6.1.10",
	"6.2",
	"10",
	"99999999999999999999999999",
	"100000000000000000000000000",
	"a",
	"a.tar",
	"a.tar.gz",
	"a1.tar.gz",
	"a.b.1",
};

enum { N = sizeof sorted / sizeof *sorted };

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void test_every_pair(void **state)
{
	(void)state;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			if (sign(ri_version_cmp(sorted[i], sorted[j])) != sign(i - j))
				fail_msg("[%s] against [%s]", sorted[i], sorted[j]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
