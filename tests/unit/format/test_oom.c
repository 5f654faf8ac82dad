// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of the formats: each says so, and leaks nothing. */
#include "unit/oom.h"

#include <archive_entry.h>

#include "format/grubenv.h"
#include "format/manifest.h"
#include "format/posixacl.h"
#include "format/xattrs.h"

#define ID "00112233445566778899aabbccddeeff"
#define MANIFEST                                                                                   \
	"format=1\nbuild_id=" ID "\narchive=/boot/ram.tar.gz\narchive_fs=a\narchive_on_root=yes\n" \
	"compression=zstd\narchive_bytes=1\narchive_sha256=" ID ID "\ntar_bytes=2\nentries=3\n"    \
	"inodes=4\ntmpfs_bytes=5\ntmpfs_size=100%\nreserve_bytes=6\nrelease=no\nrelease_fs=a-1\n"  \
	"release_fs=b-2\nkernel=6.1\nos=Debian\ngrubenv=/boot/grub/grubenv\n"
#define ALL "\xff\xff\xff\xff"
#define ACL "\2\0\0\0\1\0\6\0" ALL "\4\0\4\0" ALL "\40\0\0\0" ALL

static int manifest(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	RI_BUF out = { 0 };

	if (ri_manifest_parse(ri_str(arg), &m, e) < 0)
		return -1;
	return ri_manifest_render(&m, &out, e);
}

static int grubenv(const void *arg, struct ri_err *e)
{
	RI_BUF out = { 0 };

	return ri_grubenv_set(ri_buf_span(arg), "ramimg_failed", "1", &out, e);
}

static int xattrs(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };
	struct archive_entry *entry = archive_entry_new();
	int rc;

	archive_entry_xattr_add_entry(entry, arg, "1", 1);
	archive_entry_xattr_add_entry(entry, "user.other", "2", 1);
	rc = ri_xattrs_get(&x, entry, e);
	archive_entry_free(entry);
	return rc;
}

static int acl(const void *arg, struct ri_err *e)
{
	const int type = ARCHIVE_ENTRY_ACL_TYPE_DEFAULT;
	struct archive_entry *entry = archive_entry_new();
	const struct ri_span *value = arg;
	RI_BUF out = { 0 };
	int rc;

	archive_entry_set_mode(entry, AE_IFDIR | 0755);
	rc = ri_posixacl_to_entry(*value, type, entry, e);
	if (rc == 0)
		rc = ri_posixacl_from_entry(entry, type, &out, e);
	archive_entry_free(entry);
	return rc;
}

static void test_each(void **state)
{
	const struct ri_span value = LIT(ACL);
	RI_BUF empty = { 0 };

	(void)state;
	ri_grubenv_empty(&empty);
	assert_true(oom_each("manifest", manifest, MANIFEST) > 12);
	assert_true(oom_each("grubenv", grubenv, &empty) > 1);
	assert_true(oom_each("xattrs", xattrs, "user.one") > 5);
	assert_true(oom_each("acl", acl, &value) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
