// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of packing, into either form by either compression: it says so, and leaks nothing. */
#include "unit/oom.h"

#include "unit/packing.h"

#include <sys/xattr.h>

/* user::rwx, user:33:r-x, group::r-x, mask::r-x, other::r-x */
static const char acl[] = "\2\0\0\0"
			  "\1\0\7\0\xff\xff\xff\xff"
			  "\2\0\5\0\41\0\0\0"
			  "\4\0\5\0\xff\xff\xff\xff"
			  "\20\0\5\0\xff\xff\xff\xff"
			  "\40\0\5\0\xff\xff\xff\xff";
static char tar[200], out[200];
static const char fstab[] = "tmpfs / tmpfs defaults 0 0\n";

struct kind {
	const char *name;
	enum ri_pack_form form;
	enum ri_compression compression;
};

static int pack(const void *arg, struct ri_err *e)
{
	char *patterns[] = { (char[]){ "/tmp/" }, (char[]){ "/srv/*" }, NULL };
	const struct ri_rules rules = { { patterns, 2 } };
	static const struct ri_pack_replace replace[] = {
		{ .path = "/etc/fstab", .bytes = { fstab, sizeof fstab - 1 } },
		{ .path = "/etc/made", .bytes = { fstab, 5 }, .make = true },
	};
	const struct kind *kind = arg;
	struct ri_pack_opts o = pack_opts(kind->compression);
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };

	o.form = kind->form;
	o.threads = 1;
	o.rules = &rules;
	o.replace = replace;
	o.replace_n = 2;
	return pack_file(tar, out, &o, &r, e);
}

/* Files, links of both kinds, a hole, attributes, names that no ustar header holds, and what is left out. */
static void test_each(void **state)
{
	static const struct kind kinds[] = {
		{ "gzip", RI_PACK_TAR, RI_GZIP },
		{ "zstd", RI_PACK_TAR, RI_ZSTD },
		{ "image", RI_PACK_SQUASH, RI_ZSTD },
	};
	char dir[200], name[200];

	(void)state;
	snprintf(tar, sizeof tar, "%s", tmp_path("tree.tar"));
	snprintf(out, sizeof out, "%s", tmp_path("out"));
	snprintf(dir, sizeof dir, "%s", tmp_path("tree"));
	memset(name, 'n', 180);
	name[180] = '\0';
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "tree/etc", "tree/tmp", "tree/srv");
	spit(tmp_path("tree/etc/fstab"), LIT("/dev/sda1 / ext4 defaults 0 1\n"));
	spit(tmp_path("tree/tmp/gone"), LIT("gone"));
	spit(tmp_path("tree/srv/gone"), LIT("gone"));
	RUN(dir, NULL, NULL, "touch", name);
	RUN(dir, NULL, NULL, "ln", "etc/fstab", "hard");
	RUN(dir, NULL, NULL, "ln", "-s", name, "soft");
	RUN(dir, NULL, NULL, "truncate", "-s", "1M", "hole");
	assert_int_equal(lsetxattr(tmp_path("tree/etc/fstab"), "user.note", "x", 1, 0), 0);
	assert_int_equal(
	    lsetxattr(tmp_path("tree/etc"), "system.posix_acl_access", acl, sizeof acl - 1, 0), 0);
	tar_tree(dir, tar, true);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		assert_true(oom_each(kinds[i].name, pack, &kinds[i]) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
