// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "guest/inspect_mounts.h"

#include <string.h>

/* A guest whose root has this fstab; what is mounted is written down. */
struct fake {
	struct ri_guest g;
	const char *fstab;
	char log[512];
};

static int mount(struct ri_guest *g, const char *device, const char *mountpoint, bool readonly,
    struct ri_err *e)
{
	char *log = ((struct fake *)g)->log;
	size_t n = strlen(log);

	(void)readonly, (void)e;
	snprintf(log + n, sizeof((struct fake *)g)->log - n, "%s %s\n", device, mountpoint);
	return 0;
}

static int space(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
    struct ri_err *e)
{
	(void)g, (void)path, (void)e;
	*size = *avail = 1;
	return 0;
}

static int kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	(void)g, (void)e;
	*out = strcmp(path, "/etc/fstab") == 0 ? RI_KIND_FILE : RI_KIND_NONE;
	return 0;
}

static int resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	(void)g;
	*out = strdup(path);
	return *out ? 0 : ri_nomem(e);
}

static int read_file(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e)
{
	(void)path, (void)max;
	ri_buf_add_str(out, ((struct fake *)g)->fstab);
	return ri_buf_check(out, e);
}

static int glob(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e)
{
	(void)g, (void)pattern, (void)out, (void)e;
	return 0;
}

static const struct ri_guest_ops ops = { .glob = glob,
	.mount = mount,
	.space = space,
	.kind = kind,
	.resolve = resolve,
	.read = read_file };

/* What inspection mounts, in order, "device point" a line, of a disk with a root (UUID=1) and UUID=2 to 5. */
static void check_mounts(const char *lines, const char *want)
{
	static const char *const names[] = { "UUID=1", "UUID=2", "UUID=3", "UUID=4", "UUID=5" };
	RI_ON_EXIT(ri_facts_free) struct ri_facts facts = { 0 };
	struct fake f = { .g.ops = &ops };
	struct ri_err e = { 0 };
	RI_BUF fstab = { 0 };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char device[] = "/dev/sda1";
		struct ri_ondisk_fs *fs;

		device[8] = (char)('1' + i);
		fs = ri_ondisk_add(&facts.disk, device, "ext4", &e);
		assert_non_null(fs);
		check_ok(names[i], ri_strv_add(&fs->names, names[i], &e), &e);
	}
	ri_buf_addf(&fstab, "UUID=1 / ext4 defaults 0 1\n%s", lines);
	f.fstab = fstab.p;
	check_ok(lines, ri_inspect_mount_all(&f.g, "/dev/sda1", 0, true, &facts, &e), &e);
	assert_true(strncmp(f.log, "/dev/sda1 /\n", 12) == 0);
	assert_string_equal(f.log + 12, want);
	assert_string_equal(facts.boot->mountpoint, strstr(lines, " /boot ") ? "/boot" : "/");
}

/* What each line is, unit/os/fstab_lines has; here, that only what is HERE is mounted, once. */
static void test_kinds(void **state)
{
	(void)state;
	check_mounts("", "");
	check_mounts("UUID=2 /data ext4 defaults 0 2\n", "/dev/sda2 /data\n");
	check_mounts("UUID=2 /data/ ext4 noauto 0 2\n", "");
	check_mounts("UUID=2 /data ext4 noauto,x-systemd.automount 0 2\n", "/dev/sda2 /data\n");
	check_mounts("UUID=2 /a\\040b ext4 rw 0 2\n", "/dev/sda2 /a b\n");
	check_mounts("UUID=2 none swap sw\nUUID=9 /x ext4\ntmpfs /t tmpfs\n", "");
	check_mounts("UUID=2 /boot ext4 noauto\n", "/dev/sda2 /boot\n");
	check_mounts("UUID=2 /a ext4\nUUID=2 /a/ ext4\n", "/dev/sda2 /a\n");
}

static void test_order(void **state)
{
	(void)state;
	check_mounts(
	    "UUID=2 /var/lib/x ext4\nUUID=3 /var ext4\nUUID=4 /home ext4\nUUID=5 /opt ext4\n",
	    "/dev/sda3 /var\n/dev/sda5 /opt\n/dev/sda4 /home\n/dev/sda2 /var/lib/x\n");
}

static void test_refused(void **state)
{
	struct fake f = { .g.ops = &ops, .fstab = "UUID=1 / ext4\n/dev/sdb1 /data ext4\n" };
	struct ri_facts facts = { 0 };
	struct ri_err e = { 0 };
	int rc;

	(void)state;
	assert_non_null(ri_ondisk_add(&facts.disk, "/dev/sda1", "ext4", &e));
	rc = ri_inspect_mount_all(&f.g, "/dev/sda1", 0, true, &facts, &e);
	check_err("refused", rc, &e, RI_E_GUEST,
	    "/etc/fstab: line 2, column 1: /dev/sdb1: that name does not tell which disk it is on; write UUID=… for "
	    "it, as blkid tells it in the guest");
	ri_facts_free(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
