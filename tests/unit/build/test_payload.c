// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a build makes on the host: the files, what is said of them, and nothing where it fails. */
#include "unit/fake_build.h"

#include "build/room.h"

#include "build/payload_initrd.h"
#include "plan/actions.h"
#include "plan/boot_script.h"

struct made {
	struct ri_job job;
	struct ri_facts facts;
	struct ri_plan plan;
	struct ri_payload pl;
};

static void made_free(struct made *m)
{
	ri_payload_free(&m->pl);
	ri_plan_free(&m->plan);
	ri_facts_free(&m->facts);
	ri_job_free(&m->job);
}

static void prepare(struct made *m)
{
	struct ri_err e = { 0 };

	fb_job(&m->job, true);
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "stage", "made");
	fx_facts(&m->facts);
	check_ok("plan", ri_plan_make(&m->job, &m->facts, &m->plan, &e), &e);
}

static int make(struct made *m, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir dir = { 0 };

	if (ri_dir_open(tmp_path("made"), 0, &dir, e) < 0)
		return -1;
	return ri_payload_make(&fb.appliance.w.g, &m->job, &m->facts, &m->plan, &dir, &m->pl, e);
}

static int fresh(void **state)
{
	(void)state;
	fb_fresh();
	return 0;
}

static int sweep(void **state)
{
	(void)state;
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "made", "stage");
	return 0;
}

static const struct ri_action *upload_of(const struct ri_plan *p, const char *path)
{
	for (size_t i = 0; i < p->actions.n; i++)
		if (p->actions.v[i].kind == RI_ACT_UPLOAD &&
		    strcmp(p->actions.v[i].path, path) == 0)
			return &p->actions.v[i];
	fail_msg("nothing is uploaded to %s", path);
	return NULL;
}

/* The action says which file of the host, and its hash. */
static void is_uploaded(const struct ri_plan *p, const char *path, const char *host_path)
{
	const struct ri_action *a = upload_of(p, path);
	char hex[RI_SHA256_HEX + 1];
	struct ri_err e = { 0 };
	uint64_t bytes;

	assert_string_equal(a->host_path, host_path);
	check_ok("hash", ri_sha256_file(host_path, hex, &bytes, &e), &e);
	assert_string_equal(a->sha256, hex);
	assert_true(bytes > 0);
}

/* What list and status read in place of the initrd: the plan's lines, and the initrd's manifest. */
static void is_recorded(const struct ri_plan *p, struct ri_span manifest)
{
	const struct ri_action *a = NULL;
	RI_BUF want = { 0 };

	for (size_t i = 0; i < p->actions.n; i++)
		if (strcmp(p->actions.v[i].path, RI_PATH_STATE_RECORD) == 0)
			a = &p->actions.v[i];
	assert_non_null(a);
	ri_buf_add_span(&want, ri_buf_span(&p->record));
	ri_buf_add_span(&want, manifest);
	check_span("record", a->bytes, ri_buf_span(&want));
}

static void test_what_is_made(void **state)
{
	RI_ON_EXIT(made_free) struct made m = { 0 };
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest in = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	prepare(&m);
	assert_null(upload_of(&m.plan, RI_PATH_INITRD)->host_path); /* not before it is made */
	check_ok("make", make(&m, &e), &e);
	assert_int_equal(fb_count(tmp_path("made")), 5);
	is_uploaded(&m.plan, RI_PATH_ARCHIVE_GZIP, m.pl.archive);
	is_uploaded(&m.plan, RI_PATH_INITRD, m.pl.initrd);
	slurp(m.pl.kernel, &text);
	check_span("kernel", ri_buf_span(&text), ri_str("a kernel"));
	text.n = 0;
	slurp(tmp_path("made/grub-entry"), &text);
	check_span("entry", ri_buf_span(&text), ri_buf_span(&m.plan.entry));
	/* The manifest in the initrd is of this archive. */
	text.n = 0;
	check_ok("member", initrd_read_member(m.pl.initrd, RI_MEMBER_MANIFEST, &text, &e), &e);
	check_ok("manifest", ri_manifest_parse(ri_buf_span(&text), &in, &e), &e);
	is_recorded(&m.plan, ri_buf_span(&text));
	assert_string_equal(in.archive_sha256, m.pl.pack.archive_sha256);
	assert_string_equal(in.build_id, m.pl.manifest.build_id);
	assert_string_equal(in.archive, RI_PATH_ARCHIVE_GZIP);
	assert_string_equal(in.kernel, FB_KERNEL);
	/* The guest's own initrd, and "/tmp/junk", by the rule for /tmp/. */
	assert_int_equal(m.pl.left.n, 2);
	assert_string_equal(m.pl.left.v[0].what, "/boot/initrd.img-" FB_KERNEL);
	assert_string_equal(m.pl.left.v[1].what, "/tmp/");
}

static void set_text(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
	assert_non_null(*field);
}

/* The loader looks for all of it from the top of the file system of /boot. */
static void test_what_the_manifest_says(void **state)
{
	char boot[] = "/boot", device[] = "/dev/sda2", type[] = "ext4", uuid[] = "B";
	RI_ON_EXIT(made_free) struct made m = { 0 };
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest in = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	prepare(&m);
	ri_plan_free(&m.plan);
	m.job.compression = RI_ZSTD;
	set_text(&m.facts.os.pretty_name, "");
	m.facts.mounts[m.facts.mounts_n++] =
	    (struct ri_mount){ boot, device, type, uuid, 1u << 30, 1u << 29, { 0, NULL } };
	m.facts.boot = &m.facts.mounts[1];
	check_ok("plan", ri_plan_make(&m.job, &m.facts, &m.plan, &e), &e);
	check_ok("make", make(&m, &e), &e);
	is_uploaded(&m.plan, RI_PATH_ARCHIVE_ZSTD, m.pl.archive);
	m.facts.mounts_n--;
	m.facts.boot = &m.facts.mounts[0];
	check_ok("member", initrd_read_member(m.pl.initrd, RI_MEMBER_MANIFEST, &text, &e), &e);
	check_ok("manifest", ri_manifest_parse(ri_buf_span(&text), &in, &e), &e);
	assert_false(in.archive_on_root);
	assert_string_equal(in.archive, "/ram.tar.zst");
	assert_string_equal(in.archive_fs, "B");
	assert_string_equal(in.compression, "zstd");
	assert_string_equal(in.os, "Debian GNU/Linux");
	assert_string_equal(in.grubenv, "/grub/grubenv");
	assert_int_equal(in.release_fs.n, 2);
	assert_string_equal(in.release_fs.v[0], FX_UUID);
	assert_string_equal(in.release_fs.v[1], "B");
}

/* Beside what the disk gets: an initrd that brings the same archive, for a root that no disk has, and how to start it. */
static void check_diskless(const struct made *m)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest in = { 0 };
	RI_BUF text = { 0 }, archive = { 0 };
	struct ri_err e = { 0 };

	check_ok("member", initrd_read_member(m->pl.diskless.initrd, RI_MEMBER_MANIFEST, &text, &e),
	    &e);
	check_ok("manifest", ri_manifest_parse(ri_buf_span(&text), &in, &e), &e);
	assert_string_equal(in.build_id, m->pl.manifest.build_id);
	assert_string_equal(in.archive, "/ramimg/archive");
	assert_string_equal(in.archive_in, RI_ARCHIVE_IN_INITRD);
	assert_string_equal(in.on_failure, "reboot");
	assert_true(in.archive_on_root && in.uefi && !in.release);
	assert_int_equal(in.release_fs.n, 0);
	assert_null(in.grubenv);
	text.n = 0;
	check_ok("archive", initrd_read_member(m->pl.diskless.initrd, RI_MEMBER_ARCHIVE, &text, &e),
	    &e);
	slurp(m->pl.archive, &archive);
	check_span("archive", ri_buf_span(&text), ri_buf_span(&archive));
}

static void test_diskless(void **state)
{
	RI_ON_EXIT(made_free) struct made m = { 0 };
	char hex[RI_SHA256_HEX + 1];
	RI_BUF text = { 0 }, want = { 0 };
	struct ri_err e = { 0 };
	struct ri_ram_need disk;
	uint64_t bytes;

	(void)state;
	prepare(&m);
	ri_plan_free(&m.plan);
	m.job.diskless = true;
	m.job.on_failure = 1;
	check_ok("plan", ri_plan_make(&m.job, &m.facts, &m.plan, &e), &e);
	check_ok("make", make(&m, &e), &e);
	assert_int_equal(fb_count(tmp_path("made")), 7);
	assert_string_equal(m.pl.kernel + strlen(m.pl.kernel) - 8, "/vmlinuz");
	check_diskless(&m);
	check_ok("sum", ri_sha256_file(m.pl.diskless.initrd, hex, &bytes, &e), &e);
	assert_string_equal(m.pl.diskless.sha256, hex);
	assert_int_equal(m.pl.diskless.bytes, bytes);
	slurp(tmp_path("made/cmdline"), &text);
	ri_buf_addf(&want, "%s\n", m.plan.diskless_line.p);
	check_span("cmdline", ri_buf_span(&text), ri_buf_span(&want));
	ri_ram_need_of(&m.pl.manifest, &disk);
	assert_true(m.pl.diskless.need.least >= disk.least);
	/* The disk's is as without. */
	assert_null(m.pl.manifest.archive_in);
	text.n = 0;
	check_ok("member", initrd_read_member(m.pl.initrd, RI_MEMBER_MANIFEST, &text, &e), &e);
	assert_null(strstr(text.p, "archive_in"));
}

/* A line of what the build's id is made of. */
static void is_told(const struct ri_buf *text, const char *what, struct ri_span bytes)
{
	char hex[RI_SHA256_HEX + 1];
	RI_BUF line = { 0 };

	ri_sha256_span(bytes, hex);
	ri_buf_addf(&line, "\n%s=%s\n", what, hex);
	assert_false(line.oom);
	if (!strstr(text->p, line.p))
		fail_msg("%s is not in: %s", line.p, text->p);
}

/* An initrd of dracut's takes one more script then, beside the other's directory; the disk's own does not. */
static void test_diskless_dracut(void **state)
{
	static const char hook[] = "usr/lib/dracut/hooks/cmdline/99-ramimg.sh";
	RI_ON_EXIT(made_free) struct made m = { 0 };
	RI_BUF initrd = { 0 }, text = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "made-by-dracut/usr/lib/dracut/hooks/pre-pivot",
	    "made-by-dracut/usr/lib/dracut/hooks/cmdline");
	RUN(tmpdir, NULL, NULL, "touch", "made-by-dracut/init");
	cpio(tmp_path("made-by-dracut"), tmp_path("of-dracut"));
	slurp(tmp_path("of-dracut"), &initrd);
	fake_put(&fb.appliance, "/boot/initrd.img-" FB_KERNEL, initrd.p, initrd.n, 0644);
	prepare(&m);
	ri_plan_free(&m.plan);
	m.job.diskless = true;
	free(m.facts.initramfs);
	m.facts.initramfs = strdup("dracut");
	check_ok("plan", ri_plan_make(&m.job, &m.facts, &m.plan, &e), &e);
	check_ok("make", make(&m, &e), &e);
	check_ok("hook", initrd_read_member(m.pl.diskless.initrd, hook, &text, &e), &e);
	check_span("hook", ri_buf_span(&text), ri_boot_script_diskless("dracut"));
	text.n = 0;
	check_ok("hook",
	    initrd_read_member(m.pl.diskless.initrd, m.pl.base.hook->script, &text, &e), &e);
	check_span("hook", ri_buf_span(&text), ri_boot_script("dracut"));
	/* The build's id is made of both. */
	text.n = 0;
	check_ok("configuration", ri_payload_configuration(&m.pl, tmp_path("of-dracut"), &text, &e),
	    &e);
	is_told(&text, hook, ri_boot_script_diskless("dracut"));
	is_told(&text, m.pl.base.hook->script, ri_boot_script("dracut"));
	is_told(&text, "initrd", ri_buf_span(&initrd));
	assert_int_equal(initrd_read_member(m.pl.initrd, hook, &text, &e), -1);
}

static void nothing(struct made *m)
{
	(void)m;
}

static void more_reserve(struct made *m)
{
	m->job.reserve++;
}

static void disk_kept(struct made *m)
{
	m->job.release = !m->job.release;
}

static void diskless_too(struct made *m)
{
	m->job.diskless = true;
}

/* Zeros behind an initrd are nothing to the kernel. */
static void longer_initrd(struct made *m)
{
	RI_BUF base = { 0 };

	(void)m;
	slurp(tmp_path("base"), &base);
	while (base.n % 4 || base.n < 1 << 10)
		ri_buf_add(&base, "", 1);
	for (int i = 0; i < 4; i++)
		ri_buf_add(&base, "", 1);
	fake_put(&fb.appliance, "/boot/initrd.img-" FB_KERNEL, base.p, base.n, 0644);
}

/* Made with @change of what it is made from; the initrd's checksum is that of all that it holds. */
static void identified(void (*change)(struct made *m), struct ri_payload *as)
{
	RI_ON_EXIT(made_free) struct made m = { 0 };
	struct ri_err e = { 0 };

	prepare(&m);
	change(&m);
	check_ok("make", make(&m, &e), &e);
	memcpy(as->manifest.build_id, m.pl.manifest.build_id, sizeof as->manifest.build_id);
	memcpy(as->initrd_sha256, m.pl.initrd_sha256, sizeof as->initrd_sha256);
	memcpy(as->pack.archive_sha256, m.pl.pack.archive_sha256, sizeof as->pack.archive_sha256);
	RUN(tmpdir, NULL, NULL, "rm", "-r", "made");
}

/* The same gives the same; what is in the initrd only makes another build of it, too. */
static void test_build_id(void **state)
{
	static void (*const same[])(struct made * m) = { nothing, diskless_too };
	static void (*const changes[])(
	    struct made * m) = { more_reserve, disk_kept, longer_initrd };
	struct ri_payload first = { 0 }, other = { 0 };

	(void)state;
	identified(nothing, &first);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		identified(same[i], &other);
		assert_string_equal(other.manifest.build_id, first.manifest.build_id);
		assert_string_equal(other.pack.archive_sha256, first.pack.archive_sha256);
		assert_string_equal(other.initrd_sha256, first.initrd_sha256);
	}
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		identified(changes[i], &other);
		assert_string_not_equal(other.manifest.build_id, first.manifest.build_id);
		assert_string_not_equal(other.pack.archive_sha256, first.pack.archive_sha256);
		assert_string_not_equal(other.initrd_sha256, first.initrd_sha256);
	}
}

static void refused(const char *name, struct made *m, enum ri_code code, const char *want)
{
	struct ri_err e = { 0 };
	int rc = make(m, &e);

	if (rc != -1 || e.code != code || !strstr(e.msg, want))
		fail_msg("%s: returned %d, code %d, said [%s]", name, rc, (int)e.code, e.msg);
	if (strcmp(name, "no room") != 0)
		assert_int_equal(fb_count(tmp_path("made")), 0);
	assert_null(upload_of(&m->plan, RI_PATH_INITRD)->host_path);
}

static void test_what_is_refused(void **state)
{
	RI_ON_EXIT(made_free) struct made m = { 0 };
	RI_BUF ours = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	prepare(&m);
	fake_put(&fb.appliance, "/boot/initrd.img-" FB_KERNEL, "junk", 4, 0644);
	refused("a damaged initrd", &m, RI_E_GUEST, "/boot/initrd.img-" FB_KERNEL ": ");
	check_ok("append", initrd_append(tmp_path("base"), tmp_path("ours"), members, MEMBERS, &e),
	    &e);
	slurp(tmp_path("ours"), &ours);
	fake_put(&fb.appliance, "/boot/initrd.img-" FB_KERNEL, ours.p, ours.n, 0644);
	refused("an initrd of ours", &m, RI_E_GUEST,
	    "already holds ramimg's files; rebuild it in the guest: update-initramfs -u");
}

/* The archive would be written where the loader does not look, or where nothing is. */
static void test_archive_elsewhere(void **state)
{
	char boot[] = "/boot", device[] = "/dev/sda2", type[] = "ext4", uuid[] = "U";
	RI_ON_EXIT(made_free) struct made m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	prepare(&m);
	fake_put(&fb.appliance, RI_PATH_ARCHIVE_GZIP, "/opt/x", 6, 0777)->link = true;
	refused("nowhere", &m, RI_E_GUEST,
	    "/boot/ram.tar.gz is a symbolic link that leads nowhere; remove it in the guest");
	fb_text("/opt/x", "");
	m.facts.mounts[m.facts.mounts_n++] =
	    (struct ri_mount){ boot, device, type, uuid, 1u << 30, 1u << 29, { 0, NULL } };
	m.facts.boot = &m.facts.mounts[1];
	refused("another file system", &m, RI_E_GUEST,
	    "/boot/ram.tar.gz is a symbolic link to /opt/x, on the file system of / instead of that of /boot; "
	    "remove it in the guest");
	m.facts.mounts_n--;
	m.facts.boot = &m.facts.mounts[0];
	fb_dir("/opt/x");
	refused("a directory", &m, RI_E_GUEST, "/boot/ram.tar.gz exists and is not a file");
	fb_text("/opt/x", "");
	check_ok("the same", make(&m, &e), &e);
}

/* Not even for the initrd; for a part of the archive, which is then not made whole; for all but the loader. */
static void test_no_room_in_the_guest(void **state)
{
	static const uint64_t spare = 4 << 20;
	RI_ON_EXIT(made_free) struct made m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	prepare(&m);
	m.facts.boot_files[1].size = 1000;
	fb.appliance.avail = spare + 999;
	refused("no room for the initrd", &m, RI_E_BUDGET,
	    "the guest's file system at / has 4.0 MiB free, but the initrd alone takes 1000 B, and ");
	fb.appliance.avail = spare + 1100;
	refused("no room for the archive", &m, RI_E_BUDGET,
	    "it grows beyond the 100 B that the guest's file system at / has free for it");
	fb.appliance.avail = spare + 1100000;
	refused("no room", &m, RI_E_BUDGET, " and the initrd ");
	/* The texts are made by then: they go with the directory, which is the caller's. */
	assert_int_equal(fb_count(tmp_path("made")), 2);
	fb.appliance.avail = spare + 3000000;
	check_ok("room", make(&m, &e), &e);
}

/* More than any host has: as much as the guest holds, or could hold, if that is less. */
static void test_no_room_on_the_host(void **state)
{
	RI_ON_EXIT(made_free) struct made m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	prepare(&m);
	m.facts.mounts[0].bytes = (uint64_t)1 << 60;
	fb.appliance.avail = (uint64_t)1 << 50;
	refused("no room", &m, RI_E_BUDGET,
	    " free, and the artifacts may take 1.0 PiB, of which 1.0 PiB are the "
	    "archive, by what is used and what is free in the guest; make room there or name another "
	    "directory (--out)");
	fb.appliance.avail = (uint64_t)1 << 30;
	check_ok("little is free in the guest", make(&m, &e), &e);
	ri_payload_free(&m.pl);
	RUN(tmpdir, NULL, NULL, "rm", "-r", "made");
	RUN(tmpdir, NULL, NULL, "mkdir", "made");
	fb.appliance.avail = (uint64_t)1 << 50;
	m.facts.mounts[0].free_bytes = m.facts.mounts[0].bytes - 1000;
	check_ok("little is used in it", make(&m, &e), &e);
}

/* Each file system counts once; of a btrfs what is left out may share its blocks with what is not. */
static void test_what_is_used(void **state)
{
	static char sda1[] = "/dev/sda1", sda2[] = "/dev/sda2", ext4[] = "ext4", btrfs[] = "btrfs",
		    what[] = "/.snapshots/1";
	struct ri_mount m[] = { { .device = sda1, .fstype = btrfs, .bytes = 100, .free_bytes = 30 },
		{ .device = sda1, .fstype = btrfs, .bytes = 100, .free_bytes = 30 },
		{ .device = sda2, .fstype = ext4, .bytes = 10, .free_bytes = 4 } };
	struct ri_excluded v[] = { { .what = what, .bytes = 50 } };
	const struct ri_excluded_list left = { v, 1 };
	struct ri_facts f = { .mounts = m, .mounts_n = 3 };

	(void)state;
	assert_int_equal(ri_room_used(&f, &left), 76);
	m[0].fstype = m[1].fstype = ext4;
	assert_int_equal(ri_room_used(&f, &left), 26);
	v[0].bytes = 77;
	assert_int_equal(ri_room_used(&f, &left), 0);
}

/* Nothing large is left for the next try, and no action names a file that is not there. */
static void test_a_failure_at_every_call(void **state)
{
	size_t n;

	(void)state;
	for (n = 1;; n++) {
		RI_ON_EXIT(made_free) struct made m = { 0 };
		struct ri_err e = { 0 };
		int rc;

		prepare(&m);
		fb.appliance.calls = 0;
		fb.appliance.fail_at = n;
		rc = make(&m, &e);
		if (fb.appliance.calls < n) {
			check_ok("no failure", rc, &e);
			break;
		}
		assert_int_equal(rc, -1);
		if (!strstr(e.msg, "fake "))
			fail_msg("call %zu: said [%s]", n, e.msg);
		assert_int_equal(access(tmp_path("made/ram.tar.gz"), F_OK), -1);
		assert_int_equal(access(tmp_path("made/initrd.img-ramboot"), F_OK), -1);
		assert_int_equal(access(tmp_path("made/initrd.base"), F_OK), -1);
		assert_null(upload_of(&m.plan, RI_PATH_ARCHIVE_GZIP)->host_path);
	}
	assert_true(n > 15);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, sweep)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_made),
		TEST(test_what_the_manifest_says),
		TEST(test_diskless),
		TEST(test_diskless_dracut),
		TEST(test_build_id),
		TEST(test_what_is_refused),
		TEST(test_archive_elsewhere),
		TEST(test_no_room_in_the_guest),
		TEST(test_no_room_on_the_host),
		TEST(test_what_is_used),
		TEST(test_a_failure_at_every_call),
	};

	return cmocka_run_group_tests(tests, fb_set_up, fb_tear_down);
}
