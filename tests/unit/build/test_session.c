// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A session: who is asked, who is asked next, and what becomes of the stage. */
#include "unit/fake_build.h"

static struct ri_job job;

static int open_it(struct ri_session *s, enum ri_session_use use, struct ri_err *e)
{
	const struct ri_named_target t = { tmp_path("vm.raw"), NULL, NULL };

	s->openers = &fb_openers;
	return ri_session_open(&t, use, &job, s, e);
}

static int fresh(void **state)
{
	(void)state;
	fb_fresh();
	fb.plain = true;
	fb_image(tmp_path("vm.raw"));
	fb_job(&job, true);
	return 0;
}

static int done(void **state)
{
	(void)state;
	ri_job_free(&job);
	return fb_count(tmp_path("stage")) == 0 ? 0 : -1; /* every session swept its own */
}

/* The appliance is started only where it is needed. */
static void test_who_tells_the_facts(void **state)
{
	static const struct {
		const char *name;
		bool reader_direct, unsure;
		size_t fail_at;
		size_t readers, appliances;
	} cases[] = {
		{ "the reader", true, false, 0, 1, 0 },
		{ "the reader does not open it", true, true, 1, 1, 1 },
		{ "the reader does not know", true, true, 9, 1, 1 },
		{ "the reader fails", true, false, 9, 1, 1 },
		{ "no reader is wanted", false, false, 0, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
		struct ri_err e = { 0 };

		fb_fresh();
		fb.plain = true;
		job.reader_direct = cases[i].reader_direct;
		job.kvm = i % 2 == 0 ? RI_KVM_YES : RI_KVM_AUTO;
		fb.direct.unsure = cases[i].unsure;
		fb.direct.fail_at = cases[i].fail_at;
		check_ok(cases[i].name, open_it(&s, RI_SESSION_LOOK, &e), &e);
		if (fb.readers != cases[i].readers || fb.appliances != cases[i].appliances)
			fail_msg("%s: %zu readers, %zu appliances", cases[i].name, fb.readers,
			    fb.appliances);
		assert_int_equal(s.direct, cases[i].appliances == 0);
		assert_string_equal(s.facts.mounts[0].uuid, FAKE_UUID);
		/* All files are read in it where the reader cannot. */
		assert_int_equal(fb.use.reads, cases[i].appliances == 1);
		assert_int_equal(fb.use.kvm, cases[i].appliances == 1 ? job.kvm : RI_KVM_AUTO);
	}
}

/* Of what is installed and what made the initrd the latter counts; where the reader fails, the appliance says it. */
static void test_what_made_the_initrd(void **state)
{
	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
		struct ri_err e = { 0 };

		fb_fresh();
		fb.plain = true;
		fb_text("/usr/lib/dracut/dracut-init.sh", "");
		fake_forget(&fb.appliance, "/usr/share/initramfs-tools/scripts/local");
		check_ok("open", open_it(&s, RI_SESSION_LOOK, &e), &e);
		assert_string_equal(s.facts.initramfs, "dracut");
		fb.direct.unsure = fails;
		fb.direct.fail_at = fails ? fb.direct.calls + 1 : 0;
		check_ok("find", ri_session_find_generator(&s, &job, &e), &e);
		assert_string_equal(s.facts.initramfs, "initramfs-tools");
		assert_int_equal(fb.appliances, fails);
	}
}

static void test_an_appliance_that_does_not_start(void **state)
{
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	struct ri_err e = { 0 };
	int rc;

	(void)state;
	ri_fail(&fb.refused, RI_E_IO, 0, "no luck");
	job.reader_direct = false;
	rc = open_it(&s, RI_SESSION_CHANGE, &e);
	check_err("open", rc, &e, RI_E_IO, "starting the appliance: no luck");
}

/* A limit is the same whoever reads: the appliance is not even started. */
static void test_a_limit(void **state)
{
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	struct ri_err e = { 0 };
	int rc;

	(void)state;
	fb.direct.limited = fb.direct.unsure = true;
	fb.direct.fail_at = 9;
	rc = open_it(&s, RI_SESSION_CHANGE, &e);
	assert_int_equal(rc, -1);
	assert_int_equal(e.code, RI_E_BUDGET);
	assert_non_null(strstr(e.msg, "inspecting "));
	assert_non_null(strstr(e.msg, "vm.raw: fake "));
	assert_int_equal(fb.appliances, 0);
}

/* Of what the guest has in a wrong place there is no doubt, unless the reader did not know something before. */
static void test_what_is_wrong_in_the_guest(void **state)
{
	(void)state;
	for (int unsure = 0; unsure < 2; unsure++) {
		RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
		struct ri_err e = { 0 };
		int rc;

		fb_fresh();
		fb.plain = true;
		fb_dir(RI_PATH_CFG);
		if (unsure) {
			fb.direct.unsure = true;
			fb.direct.fail_at = 9;
		}
		rc = open_it(&s, RI_SESSION_CHANGE, &e);
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_GUEST);
		assert_non_null(strstr(e.msg, "/boot/grub/grub.cfg in the guest is not a file"));
		assert_int_equal(fb.appliances, unsure);
	}
}

/* What a reading is done with, and how often. */
struct asked {
	size_t times;
	struct ri_guest *last;
	bool unsure;  /* the first one does not know */
	bool refuses; /* each finds it wrong */
	bool limited; /* each finds it too large */
};

static int ask(struct ri_guest *g, void *arg, struct ri_err *e)
{
	struct asked *a = arg;

	a->times++;
	a->last = g;
	if (a->refuses)
		return ri_fail(e, RI_E_VERIFY, 0, "it is wrong");
	if (a->limited)
		return ri_fail(e, RI_E_BUDGET, 0, "it is too large");
	if (!a->unsure || a->times > 1)
		return 0;
	g->ask_appliance = true;
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "it does not know");
}

static void test_reading(void **state)
{
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	struct asked sure = { 0 }, unsure = { .unsure = true }, wrong = { .refuses = true },
		     large = { .limited = true };
	struct ri_err e = { 0 };
	int rc;

	(void)state;
	check_ok("open", open_it(&s, RI_SESSION_LOOK, &e), &e);
	check_ok("sure", ri_session_read(&s, ask, &sure, &e), &e);
	assert_ptr_equal(sure.last, &fb.direct.w.g);
	/* An answer, though a bad one: nobody else is asked. */
	s.reader->ask_appliance = true;
	rc = ri_session_read(&s, ask, &wrong, &e);
	check_err("wrong", rc, &e, RI_E_VERIFY, "it is wrong");
	assert_int_equal(wrong.times, 1);
	rc = ri_session_read(&s, ask, &large, &e);
	check_err("large", rc, &e, RI_E_BUDGET, "it is too large");
	assert_int_equal(large.times, 1);
	assert_int_equal(fb.appliances, 0);
	s.reader->ask_appliance = false;
	e = (struct ri_err){ 0 };
	check_ok("unsure", ri_session_read(&s, ask, &unsure, &e), &e);
	assert_int_equal(unsure.times, 2);
	assert_ptr_equal(unsure.last, &fb.appliance.w.g);
	assert_null(s.reader);
	check_ok("from now on", ri_session_read(&s, ask, &sure, &e), &e);
	assert_ptr_equal(sure.last, &fb.appliance.w.g);
}

/* One action, that a mistaken or dying appliance may spoil. */
static struct ri_actions one_action(void)
{
	return (struct ri_actions){ .n = 1,
		.v = { { .kind = RI_ACT_PUT,
		    .path = "/etc/motd",
		    .bytes = ri_str("changed"),
		    .mode = 0644,
		    .why = "test" } } };
}

static void test_a_change(void **state)
{
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	struct ri_actions l = one_action();
	struct ri_err e = { 0 };
	RI_BUF disk = { 0 };

	(void)state;
	check_ok("open", open_it(&s, RI_SESSION_CHANGE, &e), &e);
	check_ok("stage", ri_session_stage(&s, &l, 0, &e), &e);
	assert_true(fb_image_is(tmp_path("vm.raw"), ri_str(""))); /* not yet */
	assert_int_equal(fb.stage_readers, 1);                    /* who read it back */
	assert_null(s.appliance);
	assert_null(s.reader);
	check_ok("commit", ri_session_commit(&s, &e), &e);
	fb_bytes(&disk);
	assert_true(fb_image_is(tmp_path("vm.raw"), ri_buf_span(&disk)));
	assert_non_null(memmem(disk.p, disk.n, "changed", 7));
}

/* A Proxmox VE host whose VM 105 has the volume. */
static const char *pve_host(const char *conf)
{
	static char path[160];

	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "etc/pve/nodes/pve1/qemu-server",
	    "var/lock/qemu-server", "var/run/qemu-server");
	RUN(tmpdir, NULL, NULL, "ln", "-sfn", "nodes/pve1", "etc/pve/local");
	spit(tmp_path("etc/pve/storage.cfg"), ri_str("dir: local\n\tpath /var/lib/vz\n"));
	snprintf(path, sizeof path, "%s/etc/pve/nodes/pve1/qemu-server/105.conf", tmpdir);
	spit(path, ri_str(conf));
	return path;
}

static const char *conf_path;
static size_t locked_writes;

static void conf_is(const char *want)
{
	RI_BUF have = { 0 };

	slurp(conf_path, &have);
	check_span("105.conf", ri_buf_span(&have), ri_str(want));
}

static int (
    *real_write)(struct ri_target *t, uint64_t at, const void *buf, size_t n, struct ri_err *e);

static int write_while_locked(struct ri_target *t, uint64_t at, const void *buf, size_t n,
    struct ri_err *e)
{
	conf_is("lock: create\nname: web\nscsi0: /vm.raw\n");
	if (++locked_writes > 1)
		return real_write(t, at, buf, n, e);
	return real_write(t, at, buf, RI_BLOCK, e) < 0 ? -1
						       : ri_fail(e, RI_E_IO, EIO, "fake target");
}

static int open_watched(const struct ri_volume *v, const char *dir, struct ri_target **out,
    struct ri_err *e)
{
	if (ri_target_open(v, dir, out, e) < 0)
		return -1;
	real_write = (*out)->write;
	(*out)->write = write_while_locked;
	return 0;
}

static int change_with_lock(struct ri_err *e)
{
	static const struct ri_commit_io io = { fb_open_overlay, open_watched };
	static const struct ri_session_openers openers = { fb_open_reader, fb_open_stage,
		fb_open_appliance, &io, NULL };
	const struct ri_named_target t = { tmp_path("vm.raw"), NULL, tmpdir };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	struct ri_actions l = one_action();

	s.openers = &openers;
	return ri_session_open(&t, RI_SESSION_CHANGE, &job, &s, e) < 0
		   ? -1
		   : ri_session_change(&s, &l, e);
}

/* While a commit is under way its VM is locked in the configuration; the next run ends both. */
static void test_the_vm_is_locked(void **state)
{
	static const char plain[] = "name: web\nscsi0: /vm.raw\n";
	struct ri_err e = { 0 };
	RI_BUF disk = { 0 };

	(void)state;
	conf_path = pve_host(plain);
	locked_writes = 0;
	assert_int_equal(change_with_lock(&e), -1);
	assert_int_equal(e.code, RI_E_COMMIT);
	conf_is("lock: create\nname: web\nscsi0: /vm.raw\n");
	e = (struct ri_err){ 0 };
	check_ok("again", change_with_lock(&e), &e);
	conf_is(plain);
	fb_bytes(&disk);
	assert_true(fb_image_is(tmp_path("vm.raw"), ri_buf_span(&disk)));
	/* The same lock without a commit is somebody else's. */
	spit(conf_path, ri_str("lock: create\nname: web\nscsi0: /vm.raw\n"));
	assert_int_equal(change_with_lock(&e), -1);
	assert_int_equal(e.code, RI_E_BUSY);
	assert_non_null(strstr(e.msg, "VM 105 is locked (create)"));
	conf_is("lock: create\nname: web\nscsi0: /vm.raw\n");
}

/* It writes something else than it was told. */
static int write_wrong(struct ri_guest_rw *w, const char *path, struct ri_span s, struct ri_err *e)
{
	(void)s;
	return fake_write(w, path, ri_str("chanqed"), e);
}

static void test_a_change_that_went_wrong(void **state)
{
	static const struct {
		const char *name, *want;
		bool damaged, wrong;
		enum ri_code code;
	} cases[] = {
		{ "written wrong",
		    "verifying: /etc/motd: it reads back differently from what was written", false,
		    true, RI_E_VERIFY },
		{ "damaged", "verifying: the staged file system of / is damaged", true, false,
		    RI_E_VERIFY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
		struct ri_actions l = one_action();
		struct ri_err e = { 0 };
		int rc;

		fb_fresh();
		fb.plain = true;
		check_ok("open", open_it(&s, RI_SESSION_CHANGE, &e), &e);
		check_ok("appliance", ri_session_write(&s, &e), &e);
		fb.appliance.damaged = cases[i].damaged;
		if (cases[i].wrong)
			fb.write_ops.write = write_wrong;
		rc = ri_session_change(&s, &l, &e);
		check_err(cases[i].name, rc, &e, cases[i].code, cases[i].want);
		assert_true(fb_image_is(tmp_path("vm.raw"), ri_str("")));
	}
}

/* To look and to export others may read the volume too; who changes it is alone. */
static void test_who_may_be_beside(void **state)
{
	static const enum ri_session_use uses[] = { RI_SESSION_LOOK, RI_SESSION_EXPORT,
		RI_SESSION_CHANGE };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		RI_ON_EXIT(ri_session_close) struct ri_session first = RI_SESSION_INIT;
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		struct ri_err e = { 0 };
		int rc;

		check_ok("first", open_it(&first, uses[i], &e), &e);
		rc = ri_volume_open(tmp_path("vm.raw"), NULL, RI_VOLUME_READ, &v, &e);
		assert_int_equal(rc, uses[i] == RI_SESSION_CHANGE ? -1 : 0);
		if (rc < 0)
			assert_int_equal(e.code, RI_E_BUSY);
	}
}

/* Where an earlier version staged: neither read nor written is what it began to write. */
static void test_a_record_of_an_earlier_version(void **state)
{
	static const enum ri_session_use uses[] = { RI_SESSION_LOOK, RI_SESSION_EXPORT,
		RI_SESSION_CHANGE };
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage old = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	job.old_stage_dir = strdup(tmp_path("old"));
	check_ok("volume", ri_volume_open(tmp_path("vm.raw"), NULL, RI_VOLUME_WRITE, &v, &e), &e);
	check_ok("old", ri_stage_new(&v, tmp_path("old"), false, &old, &e), &e);
	check_ok("record", ri_dir_put(&old.at, "commit", ri_str("x"), 0600, &e), &e);
	ri_volume_close(&v);
	v = (struct ri_volume)RI_VOLUME_INIT;
	for (size_t i = 0; i < 3; i++) {
		RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;

		e = (struct ri_err){ 0 };
		assert_int_equal(open_it(&s, uses[i], &e), -1);
		assert_int_equal(e.code, RI_E_COMMIT);
		assert_non_null(strstr(e.msg, "an earlier version of ramimg recorded it in "));
	}
}

static int set_up(void **state)
{
	if (fb_set_up(state) < 0)
		return -1;
	fb_qemu_img(FB_PLAIN_QEMU_IMG);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_tells_the_facts),
		TEST(test_what_made_the_initrd),
		TEST(test_an_appliance_that_does_not_start),
		TEST(test_a_limit),
		TEST(test_what_is_wrong_in_the_guest),
		TEST(test_reading),
		TEST(test_a_change),
		TEST(test_the_vm_is_locked),
		TEST(test_a_change_that_went_wrong),
		TEST(test_who_may_be_beside),
		TEST(test_a_record_of_an_earlier_version),
	};

	return cmocka_run_group_tests(tests, set_up, fb_tear_down);
}
