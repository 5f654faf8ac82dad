// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What verify finds on a built disk, on one that was meddled with, and where it cannot be read. */
#include "unit/check.h"
#include "unit/guest/built_manifest.h"
#include "unit/initrds.h"

#include "guest/verify_read.h"
#include "plan/guest_paths.h"

#define KERNEL "6.1.0-9-amd64"
#define BASE "/boot/initrd.img-" KERNEL
#define ARCHIVE "the archive"

static struct ri_buf base, ours,
    bare; /* an initrd, the same extended, and extended by nothing of use */

static void extend(struct ri_span manifest, struct ri_buf *out)
{
	const struct ri_initrd_member m[] = { { "scripts/ramimg", 0644, ri_str("x") },
		{ RI_MEMBER_RAMLOAD, 0755, ri_str("x") }, { RI_MEMBER_MANIFEST, 0644, manifest } };
	struct ri_err e = { 0 };
	int rc = initrd_append(tmp_path("base"), tmp_path("ours"), m, 3, &e);

	check_ok("append", rc, &e);
	slurp(tmp_path("ours"), out);
}

static int set_up(void **state)
{
	RI_BUF text = { 0 };

	if (make_trees(state) < 0)
		return -1;
	make_base(&rows[RI_INITRD_GZIP], false);
	slurp(tmp_path("base"), &base);
	built_manifest(ARCHIVE, KERNEL, &text);
	extend(ri_buf_span(&text), &ours);
	extend(ri_str("nothing=1\n"), &bare);
	return 0;
}

static int tear_down(void **state)
{
	ri_buf_free(&base);
	ri_buf_free(&ours);
	ri_buf_free(&bare);
	return tmp_tear_down(state);
}

static void fresh(struct fake_guest *k)
{
	k->w = (struct ri_guest_rw){ .g.ops = &fake_ops, .ops = &fake_write_ops };
	k->host_files = true;
	fake_put(k, "/boot", "", 0, 0755)->dir = true;
	fake_put(k, BASE, base.p, base.n, 0644);
	fake_put(k, RI_PATH_INITRD, ours.p, ours.n, 0600);
	fake_put(k, RI_PATH_ARCHIVE_GZIP, ARCHIVE, sizeof ARCHIVE - 1, 0600);
}

static uint64_t fs_bytes = sizeof ARCHIVE - 1; /* of the file system with the archive */

static int look(struct fake_guest *k, struct ri_verify_seen *seen, struct ri_err *e)
{
	char kernel[] = "initrd.img-" KERNEL;
	struct ri_boot_file files[] = { { kernel, base.n } };
	char point[] = "/", other[] = "/other";
	struct ri_mount mounts[] = { { .mountpoint = point, .bytes = fs_bytes },
		{ .mountpoint = other } };
	const struct ri_facts f = { .mounts = mounts,
		.mounts_n = 2,
		.boot = &mounts[0],
		.boot_files = files,
		.boot_files_n = fake_find(k, BASE) ? 1 : 0 };

	return ri_verify_read(&k->w.g, &f, tmpdir, seen, e);
}

/* What is done to the built disk, and what is seen of it then. */
static const struct meddling {
	const char *name, *path;
	const char *bytes; /* NULL: it is removed */
	bool initrd, manifest, archive, hashed, base_known, base_same;
} meddlings[] = {
	{ "nothing", NULL, NULL, true, true, true, true, true, true },
	{ "no initrd", RI_PATH_INITRD, NULL, false, false, false, false, false, false },
	{ "an initrd without ours", RI_PATH_INITRD, "junk", true, false, false, false, false,
	    false },
	{ "no archive", RI_PATH_ARCHIVE_GZIP, NULL, true, true, false, false, true, true },
	{ "a cut archive", RI_PATH_ARCHIVE_GZIP, "the arch", true, true, true, false, true, true },
	{ "an edited archive", RI_PATH_ARCHIVE_GZIP, "the archivf", true, true, true, true, true,
	    true },
	{ "the kernel's initrd is gone", BASE, NULL, true, true, true, true, false, false },
	{ "the kernel's initrd is another", BASE, "another", true, true, true, true, true, false },
};

static void compare(const struct meddling *m, const struct ri_verify_seen *s)
{
	char want[RI_SHA256_HEX + 1] = "";

	ri_sha256_span(ri_str(m->path && m->bytes ? m->bytes : ARCHIVE), want);
	if (s->initrd_present != m->initrd ||
	    (s->initrd_present && !s->manifest_error) != m->manifest ||
	    s->archive_present != m->archive || (s->archive_sha256[0] != '\0') != m->hashed ||
	    s->base_known != m->base_known || s->base_same != m->base_same)
		fail_msg("%s: initrd %d, manifest %s, archive %d \"%s\", base %d %d", m->name,
		    s->initrd_present, s->manifest_error ? s->manifest_error : "read",
		    s->archive_present, s->archive_sha256, s->base_known, s->base_same);
	if (m->hashed && strcmp(m->path ? m->path : "", BASE) != 0)
		assert_string_equal(s->archive_sha256, want);
	if (m->manifest)
		assert_string_equal(s->manifest.kernel, KERNEL);
}

static void test_what_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof meddlings / sizeof *meddlings; i++) {
		const struct meddling *m = &meddlings[i];
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		RI_ON_EXIT(ri_observed_free) struct ri_verify_seen seen = { 0 };
		struct ri_err e = { 0 };

		fresh(&k);
		if (m->path && m->bytes)
			fake_put(&k, m->path, m->bytes, strlen(m->bytes), 0600);
		else if (m->path)
			fake_forget(&k, m->path);
		check_ok(m->name, look(&k, &seen, &e), &e);
		compare(m, &seen);
	}
}

/* A link is followed, as the loader does, but not to another file system. */
static void test_an_archive_behind_a_link(void **state)
{
	static const struct {
		const char *to;
		bool there, seen;
	} links[] = {
		{ "/boot/real", true, true },
		{ "/boot/real", false, false },
		{ "/other/real", true, false },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		RI_ON_EXIT(ri_observed_free) struct ri_verify_seen seen = { 0 };
		struct ri_err e = { 0 };

		fresh(&k);
		fake_put(&k, RI_PATH_ARCHIVE_GZIP, links[i].to, strlen(links[i].to), 0777)->link =
		    true;
		if (links[i].there)
			fake_put(&k, links[i].to, ARCHIVE, sizeof ARCHIVE - 1, 0600);
		check_ok(links[i].to, look(&k, &seen, &e), &e);
		assert_int_equal(seen.archive_present, links[i].seen);
		assert_int_equal(seen.archive_sha256[0] != '\0', links[i].seen);
	}
}

/* One that can only be holes is not hashed. */
static void test_an_archive_larger_than_its_file_system(void **state)
{
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	RI_ON_EXIT(ri_observed_free) struct ri_verify_seen seen = { 0 };
	struct ri_err e = { 0 };
	int rc;

	(void)state;
	fresh(&k);
	fs_bytes--;
	rc = look(&k, &seen, &e);
	fs_bytes++;
	check_err("look", rc, &e, RI_E_BUDGET,
	    "/boot/ram.tar.gz has 11 bytes, more than the 10 of its file system: no build made it");
}

/* An initrd of ours whose manifest says too little. */
static void test_a_manifest_that_is_none(void **state)
{
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	RI_ON_EXIT(ri_observed_free) struct ri_verify_seen seen = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	fake_put(&k, RI_PATH_INITRD, bare.p, bare.n, 0600);
	check_ok("look", look(&k, &seen, &e), &e);
	assert_true(seen.initrd_present);
	assert_non_null(seen.manifest_error);
	assert_false(seen.archive_present);
}

/* What cannot be read is an error, and not a finding. */
static void test_a_failure_at_every_call(void **state)
{
	size_t n;

	(void)state;
	for (n = 1;; n++) {
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		RI_ON_EXIT(ri_observed_free) struct ri_verify_seen seen = { 0 };
		struct ri_err e = { 0 };
		int rc;

		fresh(&k);
		k.fail_at = n;
		rc = look(&k, &seen, &e);
		if (k.calls < n) {
			check_ok("no failure", rc, &e);
			break;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_non_null(strstr(e.msg, "fake "));
		assert_false(seen.initrd_present); /* nothing is told by halves */
	}
	assert_int_equal(n - 1, 6); /* a new call must be looked at */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_seen),
		cmocka_unit_test(test_an_archive_behind_a_link),
		cmocka_unit_test(test_an_archive_larger_than_its_file_system),
		cmocka_unit_test(test_a_manifest_that_is_none),
		cmocka_unit_test(test_a_failure_at_every_call),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
