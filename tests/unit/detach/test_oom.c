// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * No memory at each allocation of looking at a VM that runs, of a detach and of an attach: it is done whole, or
 * what the message says is so. Not at jansson's: where it lacks memory as it reads, 2.14 drops letters, or aborts.
 */
#define OOM_STORAGE _Thread_local
#include "unit/oom.h"

#include "unit/fake_qemu.h"

#include "detach/detach.h"
#include "detach/status.h"

#define BEFORE "agent: 1\nboot: order=scsi0\nname: web\n"
#define DISK "scsi0: san:vm-105-disk-1,iothread=1\n"
#define AFTER "scsihw: virtio-scsi-single\n"
#define ATTACHED BEFORE DISK AFTER
#define DETACHED BEFORE AFTER "\n[PENDING]\n" DISK
#define CONF "etc/pve/nodes/pve1/qemu-server/105.conf"

static const struct ri_detach_opts plain = { .guest_s = 30 },
				   waiting = { .guest_s = 30, .wait_s = 9 },
				   dry = { .dry_run = true }, unused = { .way = RI_DETACH_UNUSED };

/* What is made ready, or looked at, has the memory that it takes. */
static size_t begin(const char *conf, unsigned has)
{
	size_t left = oom_left;

	oom_left = 0;
	fake_reset();
	fake.has = has;
	host_vm(105, conf);
	return left;
}

static void check_conf(const char *what, const char *want)
{
	RI_BUF now = { 0 };

	slurp(tmp_path(CONF), &now);
	check_span(what, ri_buf_span(&now), ri_str(want));
}

static int detach(const void *arg, struct ri_err *e)
{
	const struct ri_detach_opts *o = arg;
	RI_ON_EXIT(ri_detach_result_free) struct ri_detach_result r = { 0 };
	int rc;

	oom_left = begin(ATTACHED, FAKE_ALL);
	rc = ri_detach(&host, 105, o, &r, e);
	oom_left = 0;
	if (rc < 0 || o->dry_run) {
		check_conf(e->msg, ATTACHED);
		if (fake_things() != FAKE_ALL && !strstr(e->msg, "the disk is out of QEMU") &&
		    !strstr(e->msg, "it is not known whether QEMU "))
			fail_msg("QEMU has %#x, said [%s]", fake_things(), e->msg);
		assert_true(rc < 0 || r.commands.n == 7);
	} else {
		assert_int_equal(fake_things(), 0);
		assert_true(o->way == RI_DETACH_UNUSED || r.after.n == strlen(DETACHED));
	}
	return rc;
}

/* The disk is in its place for the next start, and in QEMU now if it could be. */
static int attach(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_detach_result_free) struct ri_detach_result r = { 0 };
	int rc;

	oom_left = begin(DETACHED, 0);
	rc = ri_attach(&host, 105, arg, &r, e);
	oom_left = 0;
	check_conf(e->msg, rc == 0 ? ATTACHED : DETACHED);
	if (fake_things() != (rc == 0 ? FAKE_ALL : 0) && !strstr(e->msg, "has the disk again"))
		fail_msg("QEMU has %#x, said [%s]", fake_things(), e->msg);
	return rc;
}

static int seen(struct ri_listed *r, struct ri_err *e)
{
	r->built = RI_BUILT_YES;
	r->older = strdup("kernel 7 was installed");
	r->ram.least = 700;
	return r->older ? 0 : ri_nomem(e);
}

static int status(const void *arg, struct ri_err *e)
{
	const struct ri_vmstatus_how how = { .agent_ms = 1000, .look = seen, .stage_dir = tmpdir };
	RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
	int rc;

	oom_left = begin(ATTACHED, FAKE_ALL);
	rc = ri_vmstatus_look(&host, *(const unsigned *)arg, &how, &s, e);
	oom_left = 0;
	if (rc < 0)
		return -1;
	assert_int_equal(s.n, 1);
	assert_int_equal(s.v[0].pid, fake.pid);
	assert_string_equal(s.v[0].key, "scsi0");
	assert_int_equal(s.v[0].root, RI_ROOT_RAM);
	assert_int_equal(s.v[0].disk, RI_DISK_RELEASED);
	assert_int_equal(s.v[0].remarks.n, 2); /* older, and too little memory */
	assert_int_equal(s.v[0].migration.blockers.n, 0);
	return 0;
}

static void test_each(void **state)
{
	const unsigned one = 105, all = 0;

	(void)state;
	ri_log_set_sink(NULL); /* which allocates */
	assert_true(oom_each_or_whole("status", status, &one) > 50);
	assert_true(oom_each_or_whole("all", status, &all) > 50);
	assert_true(oom_each_or_whole("detach", detach, &plain) > 50);
	assert_true(oom_each_or_whole("wait", detach, &waiting) > 50);
	assert_true(oom_each_or_whole("unused", detach, &unused) > 50);
	assert_true(oom_each_or_whole("plan", detach, &dry) > 50);
	assert_true(oom_each_or_whole("attach", attach, &plain) > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QEMU_TEST(test_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
