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

static const struct ri_guest_ops ops = { .mount = mount,
	.space = space,
	.kind = kind,
	.resolve = resolve,
	.read = read_file };

/* What inspection mounts of /data (sda2), whose line in the fstab is @line. */
static void check_data(const char *line, const char *point, bool mounted)
{
	RI_BUF fstab = { 0 };
	struct fake f = { .g.ops = &ops };
	struct ri_guest_fslist l = { 0 };
	RI_ON_EXIT(ri_guest_os_free) struct ri_guest_os os = { 0 };
	struct ri_facts facts = { 0 };
	struct ri_err e = { 0 };

	ri_buf_addf(&fstab, "UUID=1 / ext4 defaults 0 1\n%s\n", line);
	f.fstab = fstab.p;
	check_ok("root", ri_guest_os_add_mount(&os, "/", "/dev/sda1", &e), &e);
	check_ok("data", ri_guest_os_add_mount(&os, point, "/dev/sda2", &e), &e);
	check_ok(line, ri_inspect_mount_all(&f.g, &l, &os, true, &facts, &e), &e);
	assert_int_equal(strstr(f.log, "/dev/sda2") != NULL, mounted);
	ri_facts_free(&facts);
}

/* A final slash in the fstab or in what the reader makes of it hides no option. */
static void test_noauto(void **state)
{
	(void)state;
	check_data("UUID=2 /data ext4 defaults 0 2", "/data", true);
	check_data("UUID=2 /data ext4 noauto 0 2", "/data", false);
	check_data("UUID=2 /data/ ext4 noauto 0 2", "/data", false);
	check_data("UUID=2 /data/ ext4 noauto 0 2", "/data/", false);
	check_data("UUID=2 //data ext4 rw,noauto 0 2", "/data", false);
	check_data("UUID=2 /a\\040b ext4 noauto 0 2", "/a b", false);
	check_data("UUID=2 /data/ ext4 x-noauto 0 2", "/data", true);
}

static void test_order(void **state)
{
	static const struct {
		const char *point, *device;
	} in[] = { { "/", "1" }, { "/var/lib/x", "2" }, { "/var", "3" }, { "/home", "4" },
		{ "/var", "5" }, { "/opt", "6" } };
	static const char *const want[] = { "/ 1", "/var 3", "/opt 6", "/home 4", "/var/lib/x 2" };
	RI_ON_EXIT(ri_guest_os_free) struct ri_guest_os os = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof in / sizeof *in; i++)
		check_ok(in[i].point, ri_guest_os_add_mount(&os, in[i].point, in[i].device, &e),
		    &e);
	assert_int_equal(os.mountpoints.n, sizeof want / sizeof *want);
	for (size_t i = 0; i < os.mountpoints.n; i++) {
		char got[64];

		snprintf(got, sizeof got, "%s %s", os.mountpoints.v[i], os.devices.v[i]);
		assert_string_equal(got, want[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noauto),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
