// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is seen of a volume in a list: whether it was built, what is newer on it, what its root needs. */
#include "unit/fake_build.h"

#include "build/built_look.h"
#include "guest/inspect.h"

#include <fcntl.h>

static const char *const *types; /* of its devices, NULL at the end */

static int filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e)
{
	if (fake_step(g, e, "filesystems") < 0)
		return -1;
	out->v = calloc(4, sizeof *out->v);
	assert_non_null(out->v);
	for (; types[out->n]; out->n++) {
		out->v[out->n].device = strdup("/dev/sda1");
		out->v[out->n].type = strdup(types[out->n]);
	}
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	fb_fresh();
	fb.ops.filesystems = filesystems;
	fb_image(tmp_path("vm.raw"));
	return 0;
}

static int look(const char *format, struct ri_listed *r, struct ri_err *e)
{
	*r = (struct ri_listed){ .path = strdup(tmp_path("vm.raw")),
		.format = strdup(format),
		.ram.vm = { 1024, 1024, 1024, 8, false },
		.ram_now.vm = { 512, 512, 512, 1, false } };
	int rc = ri_built_look_by(&fb_openers, r, e);

	free(r->path);
	free(r->format);
	return rc;
}

static enum ri_built ask(const char *format)
{
	struct ri_err e = { 0 };
	struct ri_listed r;

	check_ok("ask", look(format, &r, &e), &e);
	assert_null(r.older);
	assert_int_equal(r.ram.least, 0);
	return r.built;
}

static void test_what_is_on_it(void **state)
{
	static const struct {
		const char *types[4], *trace;
		enum ri_built want;
	} cases[] = {
		{ { "ext4" }, NULL, RI_BUILT_NO },
		{ { "ext4" }, RI_PATH_INITRD, RI_BUILT_YES },
		{ { "ext4" }, RI_PATH_STATE, RI_BUILT_YES },
		{ { "vfat", "ext2", "swap" }, "/initrd.img-ramboot", RI_BUILT_YES },
		{ { "vfat", "ext2", "swap" }, NULL, RI_BUILT_NO },
		{ { "ext2", "LVM2_member", "" }, NULL, RI_BUILT_NO },
		{ { "ext2", "xfs" }, NULL, RI_BUILT_UNKNOWN },
		{ { "xfs", "ext2" }, "/initrd.img-ramboot", RI_BUILT_YES },
		{ { "ext2", "crypto_LUKS" }, NULL, RI_BUILT_UNKNOWN },
		{ { "swap" }, NULL, RI_BUILT_UNKNOWN },
		{ { NULL }, NULL, RI_BUILT_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fresh(state);
		types = cases[i].types;
		if (cases[i].trace)
			fb_text(cases[i].trace, "");
		if (ask("raw") != cases[i].want)
			fail_msg("case %zu", i);
	}
}

/* Whatever fails, it only tells nothing. */
static void test_a_reader_that_fails(void **state)
{
	static const char *const ext4[] = { "ext4", NULL };
	size_t calls;

	types = ext4;
	assert_int_equal(ask("raw"), RI_BUILT_NO);
	calls = fb.direct.calls;
	assert_true(calls > 5);
	for (size_t i = 1; i <= calls; i++) {
		fresh(state);
		fb.direct.fail_at = i;
		assert_int_equal(ask("raw"), RI_BUILT_UNKNOWN);
	}
	assert_int_equal(fb.appliances, 0);
}

/* It is neither kept from whoever works on it nor read as what it is not. */
static void test_the_volume(void **state)
{
	static const char *const ext4[] = { "ext4", NULL };
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_err e = { 0 };

	(void)state;
	types = ext4;
	check_ok("open", ri_volume_open(tmp_path("vm.raw"), NULL, RI_VOLUME_WRITE, &v, &e), &e);
	assert_int_equal(ask("raw"), RI_BUILT_NO);
	ri_volume_close(&v);
	fb.readers = 0;
	assert_int_equal(ask("qcow2"), RI_BUILT_UNKNOWN);
	assert_int_equal(unlink(tmp_path("vm.raw")), 0);
	assert_int_equal(ask("raw"), RI_BUILT_UNKNOWN);
	assert_int_equal(mkfifo(tmp_path("vm.raw"), 0600), 0);
	assert_int_equal(ask("raw"), RI_BUILT_UNKNOWN);
	assert_int_equal(unlink(tmp_path("vm.raw")), 0);
	assert_int_equal(fb.readers, 0);
}

#define RECORD(kernel)                                                                             \
	"kernel=" kernel "\nimage_bytes=8\ninitrd_bytes=9\nnewest=" kernel "\npackages=\n"
#define NEWER "kernel " FB_KERNEL " was installed; kernel 1.0 was removed"
#define ZEROS "00000000000000000000000000000000"
#define MANIFEST                                                                                   \
	"format=1\nbuild_id=" ZEROS "\narchive=/a\narchive_fs=b\narchive_on_root=yes\n"            \
	"compression=gzip\narchive_bytes=1\narchive_sha256=" ZEROS ZEROS "\ntar_bytes=1\n"         \
	"entries=1\ninodes=1\ntmpfs_bytes=734003200\ntmpfs_size=100%\nreserve_bytes=1\n"           \
	"initrd_unpacked_bytes=1\nrelease=no\nkernel=6\nos=x\n"

static int fresh_built(void **state)
{
	static const char *const ext4[] = { "ext4", NULL };

	fresh(state);
	types = ext4;
	fb_dir(RI_PATH_STATE);
	fb_text(RI_PATH_STATE_RECORD, RECORD("1.0") MANIFEST);
	fb_text(RI_PATH_INITRD, "ours");
	return 0;
}

/* That it was built, what is newer on it (NULL: not seen), and whether it says what it needs. */
static void seen(const char *name, const char *newer, bool needs)
{
	struct ri_err e = { 0 };
	struct ri_listed r;

	check_ok(name, look("raw", &r, &e), &e);
	assert_int_equal(r.built, RI_BUILT_YES);
	if (newer ? !r.older || strcmp(r.older, newer) != 0 : r.older != NULL)
		fail_msg("%s: [%s]", name, r.older ? r.older : "NULL");
	free(r.older);
	/* 700 MiB of files; each CPU counts, and is that of the start in question. */
	assert_int_equal(r.ram_now.least > 700 && r.ram_now.least < 1100, needs);
	assert_int_equal(r.ram.least > r.ram_now.least, needs);
}

static void test_newer(void **state)
{
	(void)state;
	seen("newer", NEWER, true);
	fb_dir("/var/lib/dpkg");
	fb_text("/var/lib/dpkg/status", "Package: a\n");
	seen("packages", NEWER "; packages were installed, upgraded or removed", true);
	fb_text(RI_PATH_STATE_RECORD, RECORD("1.0"));
	seen("no manifest", NEWER "; packages were installed, upgraded or removed", false);
	assert_int_equal(fb.appliances, 0);
	assert_int_equal(fb.readers, 3); /* each time once */
}

/* A word that nobody need free, of a build whose manifest is there. */
static void test_form(void **state)
{
	static const struct {
		const char *record, *form;
	} forms[] = {
		{ RECORD("1.0") MANIFEST, "tmpfs" },
		{ RECORD("1.0") MANIFEST "form=compressed\n", "compressed" },
		{ RECORD("1.0"), NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct ri_err e = { 0 };
		struct ri_listed r;

		fb_text(RI_PATH_STATE_RECORD, forms[i].record);
		check_ok("look", look("raw", &r, &e), &e);
		free(r.older);
		if (forms[i].form)
			assert_string_equal(r.form, forms[i].form);
		else
			assert_null(r.form);
	}
}

/* Its mark is beside the record; nobody has changed what is not there. */
static void test_slim(void **state)
{
	struct ri_err e = { 0 };
	struct ri_listed r;

	(void)state;
	check_ok("not slim", look("raw", &r, &e), &e);
	assert_false(r.slim);
	free(r.older);
	fb_text(RI_PATH_STATE_SLIM, "");
	fb_text(RI_PATH_STATE_RECORD, RECORD("1.0") MANIFEST "on_failure=poweroff\n");
	check_ok("slim", look("raw", &r, &e), &e);
	assert_true(r.slim);
	assert_int_equal(r.built, RI_BUILT_YES);
	assert_null(r.older);
}

/* The initrd is what tells the file system of /boot, and the record that of the root. */
static void test_a_boot_of_its_own(void **state)
{
	(void)state;
	fake_forget(&fb.appliance, RI_PATH_INITRD);
	seen("no /boot", NULL, true);
	fb_text("/initrd.img-ramboot", "ours");
	fb_text("/vmlinuz-1.0", "12345678");
	fb_text("/initrd.img-1.0", "123456789");
	seen("as it was", NULL, true);
	fb_text("/initrd.img-1.0", "1234");
	seen("its initrd", "the initrd of kernel 1.0 was made anew", true);
	fake_forget(&fb.appliance, RI_PATH_STATE_RECORD);
	seen("no record", NULL, false);
}

/* What was seen before is so all the same, and half a look is no news. */
static void test_a_failure_after_it_was_found(void **state)
{
	struct ri_err e = { 0 };
	size_t calls, found = 0;
	struct ri_listed r;

	seen("all is well", NEWER, true);
	calls = fb.direct.calls;
	assert_true(calls > 5);
	for (size_t i = 1; i <= calls; i++) {
		fresh_built(state);
		fb.direct.fail_at = i;
		check_ok("a failure", look("raw", &r, &e), &e);
		assert_true(r.built == RI_BUILT_YES || (r.built == RI_BUILT_UNKNOWN && found == 0));
		assert_null(r.older);
		found += r.built == RI_BUILT_YES;
	}
	assert_true(found > 2 && found < calls);
}

/* A directory with so many names more, all of them empty files. */
static int list_many(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e)
{
	size_t n;

	if (fake_ops.list(g, dir, names, sizes, e) < 0)
		return -1;
	n = names->n;
	*sizes = reallocarray(*sizes, n + RI_INSPECT_NAMES_MAX, sizeof **sizes);
	assert_non_null(*sizes);
	memset(*sizes + n, 0, RI_INSPECT_NAMES_MAX * sizeof **sizes);
	for (size_t i = 0; i < RI_INSPECT_NAMES_MAX; i++)
		check_ok(dir, ri_strv_add(names, "f", e), e);
	return 0;
}

/* As many files as no build has looked at would be compared for minutes, each time that disks are listed. */
static void test_too_many_files(void **state)
{
	struct ri_err e = { 0 };
	struct ri_listed r;

	(void)state;
	seen("few", NEWER, true);
	fb.ops.list = list_many;
	check_ok("many", look("raw", &r, &e), &e);
	assert_int_equal(r.built, RI_BUILT_YES);
	assert_null(r.older);
}

/* What others would list is not opened. */
static void test_at_boot(void **state)
{
	struct ri_listed r = { .path = (char[]){ "/nowhere" }, .format = (char[]){ "raw" } };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("not", ri_built_look_at_boot(&r, &e), &e);
	r.boots = true;
	check_ok("boots", ri_built_look_at_boot(&r, &e), &e);
	assert_int_equal(r.built, RI_BUILT_UNKNOWN);
	check_ok("any", ri_built_look(&r, &e), &e);
}

static int interrupted(const struct ri_volume *v, struct ri_guest **out, struct ri_err *e)
{
	(void)v, (void)out;
	return ri_fail(e, RI_E_CANCELLED, 0, "interrupted");
}

static void test_ended(void **state)
{
	const struct ri_session_openers by = { .reader = interrupted };
	RI_FREE char *path = strdup(tmp_path("vm.raw"));
	struct ri_listed r = { .path = path, .format = (char[]){ "raw" } };
	struct ri_err e = { 0 };

	(void)state;
	check_err("ended", ri_built_look_by(&by, &r, &e), &e, RI_E_CANCELLED, "interrupted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_on_it),
		cmocka_unit_test_setup(test_a_reader_that_fails, fresh),
		cmocka_unit_test_setup(test_the_volume, fresh),
		cmocka_unit_test_setup(test_newer, fresh_built),
		cmocka_unit_test_setup(test_form, fresh_built),
		cmocka_unit_test_setup(test_slim, fresh_built),
		cmocka_unit_test_setup(test_a_boot_of_its_own, fresh_built),
		cmocka_unit_test_setup(test_a_failure_after_it_was_found, fresh_built),
		cmocka_unit_test_setup(test_too_many_files, fresh_built),
		cmocka_unit_test_setup(test_at_boot, fresh),
		cmocka_unit_test_setup(test_ended, fresh_built),
	};

	return cmocka_run_group_tests(tests, fb_set_up, fb_tear_down);
}
