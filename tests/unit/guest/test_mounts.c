// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "guest/mounts.h"

#include <string.h>

/* An appliance of two file systems, whose calls are written down. */
struct two {
	struct ri_guest g;
	const char *type, *uuid; /* of the second */
	bool bad;                /* e2fsck finds it beyond repair */
	char log[512];
};

static void note(struct ri_guest *g, const char *what, const char *device)
{
	struct two *t = (struct two *)g;
	size_t n = strlen(t->log);

	snprintf(t->log + n, sizeof t->log - n, "%s%s%s\n", what, device[0] ? " " : "", device);
}

static int filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e)
{
	(void)e;
	out->v = calloc(2, sizeof *out->v);
	out->v[out->n++] = (struct ri_guest_fs){ strdup("/dev/sda1"), strdup("ext4") };
	out->v[out->n++] =
	    (struct ri_guest_fs){ strdup("/dev/sda2"), strdup(((struct two *)g)->type) };
	return 0;
}

static int preen(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e)
{
	(void)e;
	note(g, "preen", device);
	*bad = ((struct two *)g)->bad && strcmp(device, "/dev/sda2") == 0;
	return 0;
}

static int tags(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e)
{
	return ri_strv_add(out,
	    strcmp(device, "/dev/sda1") == 0 ? "UUID=one" : ((struct two *)g)->uuid, e);
}

static int umount_all(struct ri_guest *g, struct ri_err *e)
{
	(void)e;
	note(g, "umount", "");
	return 0;
}

static int mount(struct ri_guest *g, const char *device, const char *mountpoint, bool readonly,
    struct ri_err *e)
{
	(void)e;
	note(g, readonly ? "mount-ro" : "mount", device);
	note(g, "  on", mountpoint);
	return 0;
}

static const struct ri_guest_ops ops = {
	.filesystems = filesystems,
	.preen = preen,
	.tags = tags,
	.umount_all = umount_all,
	.mount = mount,
};

static void test_mount_found(void **state)
{
	static const struct {
		const char *type, *uuid;
		bool bad;
		enum ri_code code;
		const char *words; /* of the error, or of the calls */
	} cases[] = {
		{ "ext2", "UUID=two", false, RI_OK,
		    "preen /dev/sda1\npreen /dev/sda2\numount\nmount /dev/sda1\n  on /\n"
		    "mount /dev/sda2\n  on /boot\n" },
		{ "xfs", "UUID=two", false, RI_E_VERIFY,
		    "/dev/sda2: read directly it is ext2 with UUID=two, in the appliance xfs with "
		    "UUID=two" },
		{ "ext2", "UUID=other", false, RI_E_VERIFY,
		    "in the appliance ext2 with UUID=other" },
		{ "ext2", "UUID=two", true, RI_E_UNSUPPORTED,
		    "the file system on /dev/sda2 (ext2) is damaged" },
	};
	char root[] = "/", boot[] = "/boot", sda1[] = "/dev/sda1", sda2[] = "/dev/sda2";
	char ext4[] = "ext4", ext2[] = "ext2", one[] = "one", two[] = "two";
	struct ri_mount mounts[] = { { root, sda1, ext4, one, 0, 0, { 0, NULL } },
		{ boot, sda2, ext2, two, 0, 0, { 0, NULL } } };
	const struct ri_facts facts = { .mounts = mounts, .mounts_n = 2 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct two t = { { .ops = &ops }, cases[i].type, cases[i].uuid, cases[i].bad, "" };
		struct ri_err e = { 0 };
		int rc = ri_guest_mount_checked(&t.g, &facts, false, &e);

		if (cases[i].code == RI_OK) {
			check_ok("mounting", rc, &e);
			assert_string_equal(t.log, cases[i].words);
			continue;
		}
		if (rc != -1 || e.code != cases[i].code || !strstr(e.msg, cases[i].words))
			fail_msg("%s: said [%s]", cases[i].words, e.msg);
		/* Nothing is mounted that is not what was looked at. */
		assert_null(strstr(t.log, "mount"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mount_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
