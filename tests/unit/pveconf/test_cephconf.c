// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which cluster a ceph.conf is of. */
#include "unit/check.h"

#include "pveconf/cephconf.h"

#define ID "1a2b3c4d-0000-1111-2222-333344445555"

static void test_fsid(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "[global]\n\tauth = cephx\n\tfsid = " ID "\n", ID },
		{ "[GLOBAL]\nFSID=1A2B3C4D-0000-1111-2222-333344445555 # ours\r\n", ID },
		{ "[ global ]\nfsid = " ID " ; x", ID },
		{ "[global]\nfsid = 00000000-0000-1111-2222-333344445555\nfsid = " ID "\n", ID },
		{ "[global]\n[\nfsid = " ID "\n", ID }, /* no header */
		{ "[global]\nfsid = 1a2b3c4d.0000-1111-2222-333344445555\n", NULL },
		{ "[global]\nfsid = 1a2b3c4d-0000-1111-2222-33334444555/\n", NULL },
		{ "[global]\nfsid = 1a2b3c4d-0000-1111-2222-33334444555:\n", NULL },
		{ "[global]\nfsid = 1a2b3c4d-0000-1111-2222-33334444555`\n", NULL },
		{ "fsid = " ID "\n", NULL },
		{ "[osd]\nfsid = " ID "\n", NULL },
		{ "[global]\n[osd]\nfsid = " ID "\n", NULL },
		{ "[global]\n# fsid = " ID "\n", NULL },
		{ "[global]\nfsid = ../../etc/passwd\n", NULL },
		{ "[global]\nfsid = 1a2b3c4d-0000-1111-2222-33334444555g\n", NULL },
		{ "[global\nfsid = " ID "\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char fsid[RI_CEPH_FSID_LEN + 1] = "";
		bool found = ri_ceph_fsid(ri_str(cases[i].text), fsid);

		if (found != (cases[i].want != NULL))
			fail_msg("%s: found %d", cases[i].text, found);
		assert_string_equal(fsid, found ? cases[i].want : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_fsid) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
