// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A lack of memory, anywhere in a boot: the disk's root stays, and its disks. */
#include "unit/load_fixture.h"
#include "unit/oom.h"
#include "unit/release_fixture.h"

#include "loader/detach.h"
#include "loader/cmdline.h"
#include "loader/foreign.h"
#include "loader/forms.h"
#include "loader/mounts.h"
#include "loader/undo.h"

/* What the loader alone calls (oom_loader in CMakeLists.txt). */
OOM_WRAP(void *, aligned_alloc, (size_t to, size_t n), (to, n))

int __real_vasprintf(char **out, const char *fmt, va_list ap);
int __wrap_vasprintf(char **out, const char *fmt, va_list ap);
int __wrap_vasprintf(char **out, const char *fmt, va_list ap)
{
	return oom_now() ? -1 : __real_vasprintf(out, fmt, ap);
}

static struct load_fixture f;
static bool alone;

static int set_up(void **state)
{
	return load_begin(&f, alone, state);
}

static int tear_down(void **state)
{
	return load_end(&f, alone, state);
}

/** Unpack into a new file system, which nothing but an empty root is left of. */
static int unpack(const void *arg, struct ri_err *e)
{
	size_t left = oom_left;
	struct ri_loss lost;
	int rc;

	(void)arg;
	oom_left = 0;
	load_mount(&f, "ram");
	oom_left = left;
	rc = load_unpack(&f, &lost, e);
	oom_left = 0;
	if (rc == 0)
		load_check(f.root, lost);
	assert_int_equal(umount2(f.root, 0), 0);
	return rc;
}

static int check(const void *arg, struct ri_err *e)
{
	struct ri_cons silent = { .quiet = true };
	struct ri_form_work w = { .o = &f.o, .m = &f.m, .cons = &silent };
	struct ri_form_done done = { 0 };
	RI_FD int fd = -1;

	(void)arg;
	if (ri_archive_open(&f.o, &f.m, &fd, e) < 0)
		return -1;
	w.fd = fd;
	if (ri_form_tmpfs.check(&w, &done, e) < 0)
		return -1;
	assert_int_equal(done.entries, LOAD_MEMBERS);
	return 0;
}

/** Pack the members anew, as @kind. */
static void put(enum kind kind, const char *compression)
{
	RI_BUF tar = load_tar(load_members, LOAD_MEMBERS);
	RI_BUF packed = load_pack(ri_buf_span(&tar), kind);

	load_announce(&f, packed.n, tar.n, LOAD_MEMBERS);
	spit(tmp_path("archive"), ri_buf_span(&packed));
	f.o.archive = tmp_path("archive");
	free(f.m.compression);
	f.m.compression = load_text(compression);
}

static void archives(void **state)
{
	(void)state;
	if (!alone)
		skip();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		put(kinds[i].kind, kinds[i].compression);
		assert_true(oom_each(kinds[i].name, unpack, NULL) > 20);
		assert_true(oom_each(kinds[i].name, check, NULL) > 5);
	}
}

static int adopt(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };

	(void)arg;
	return ri_load_manifest(&f.o, &m, e) < 0 ||
		       ri_cmdline_apply(ri_str("quiet ramimg.size=1G ramimg.foreign"), &m, e) < 0 ||
		       ri_foreign_adopt(&f.o, &m, e) < 0
		   ? -1
		   : 0;
}

static void the_manifest(void **state)
{
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	if (!alone)
		skip();
	put(OURS, "gzip");
	memset(f.m.archive_sha256, '0', RI_SHA256_HEX);
	check_ok("render", ri_manifest_render(&f.m, &text, &e), &e);
	spit(f.manifest, ri_buf_span(&text));
	assert_true(oom_each("adopt", adopt, NULL) >= 8);
}

/* By what is mounted here and now: nothing of the fixture's. */
static int undo(const void *arg, struct ri_err *e)
{
	(void)arg;
	return ri_load_undo(&f.o, e);
}

static int undone(const void *arg, struct ri_err *e)
{
	int rc = undo(arg, e);

	/* It is the worst that can be said, whatever its reason. */
	if (rc < 0) {
		assert_int_equal(e->code, RI_E_COMMIT);
		assert_non_null(strstr(e->msg, "root back: out of memory"));
		e->code = RI_E_NOMEM;
	}
	return rc;
}

static void undoing(void **state)
{
	(void)state;
	if (!alone)
		skip();
	assert_true(oom_each("undo", undone, NULL) > 5);
}

/** Release what U-4, a logical volume, and U-2 lie on; that there is no memory may be a disk's reason to stay. */
static int release(const void *arg, struct ri_err *e)
{
	const struct disks *d = arg;
	RI_STRV uuids = { 0 }, released = { 0 }, kept = { 0 };
	int rc;

	if (ri_strv_add(&uuids, "U-4", e) < 0 || ri_strv_add(&uuids, "U-2", e) < 0)
		return -1;
	rc = ri_release(&d->p, &uuids, &released, &kept, e);
	for (size_t i = 0; rc == 0 && i < kept.n; i++)
		if (strstr(kept.v[i], "out of memory"))
			rc = ri_nomem(e);
	if (rc == 0)
		assert_true(kept.n == 3 && released.n == 0);
	return rc;
}

/* Held, mounted and without a way out, each asks for memory on its own way. */
static void disks(void **state)
{
	struct disks *d = *state;

	disks_put(d, "mountinfo", "1 0 254:0 / /mnt rw - ext4 /dev/vda rw\n");
	disks_link(d, "sys/devices/host0/0:0:0:0/block/sda/sda1/holders/dm-0",
	    "/sys/devices/virtual/block/dm-0");
	assert_true(oom_each("release", release, d) > 30);
}

/** Where the kernel does not take the disk away. */
static int detach(const void *arg, struct ri_err *e)
{
	const struct disks *d = arg;
	const char *const all[] = { "sda", "vda", "nvme0n1" };

	for (size_t i = 0; i < 3; i++) {
		if (ri_block_detach(&d->p, all[i], e) == 0)
			return ri_fail(e, RI_E_IO, 0, "%s was detached", all[i]);
		if (e->code == RI_E_NOMEM)
			return -1;
		assert_int_equal(e->code, RI_E_UNSUPPORTED);
		*e = (struct ri_err){ 0 };
	}
	return 0;
}

static void ways_out(void **state)
{
	struct disks *d = *state;

	disks_put(d, "sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n2/dev", "259:1\n");
	disks_link(d, "sys/devices/host0/0:0:0:0/new", "/sys/bus/strange");
	for (size_t i = 0; i < 2; i++) {
		char link[300], to[300];

		disks_path(d, link,
		    i ? "sys/devices/pci/0000:00:05.0/subsystem"
		      : "sys/devices/host0/0:0:0:0/subsystem");
		disks_path(d, to, "sys/bus/strange");
		unlink(link);
		assert_int_equal(symlink(to, link), 0);
	}
	assert_true(oom_each("detach", detach, d) > 4);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define DISKS(test) cmocka_unit_test_setup_teardown(test, disks_set_up, disks_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(archives),
		T(the_manifest),
		T(undoing),
		DISKS(disks),
		DISKS(ways_out),
	};

	fill_content();
	alone = load_alone();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
