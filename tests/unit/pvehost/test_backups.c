// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The scheduled backups of a host, by its files. */
#include "unit/fake_host.h"

#include "pvehost/backups.h"

/* What covers VM 105: the jobs, "; stops: …", "; not known: …". */
static void check_of(const char *name, const char *want)
{
	RI_ON_EXIT(ri_pvebackups_free) struct ri_pvebackups b = { 0 };
	RI_ON_EXIT(ri_backups_free) struct ri_backups of = { 0 };
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	check_ok(name, ri_pvebackups_read(&host, &b, &e), &e);
	check_ok(name, ri_pvebackups_of(&b, &host, 105, &of, &e), &e);
	for (size_t i = 0; i < of.jobs.n; i++)
		ri_buf_addf(&got, "%s%s", i > 0 ? ", " : "", of.jobs.v[i]);
	for (size_t i = 0; i < of.stops.n; i++)
		ri_buf_addf(&got, "; stops: %s", of.stops.v[i]);
	for (size_t i = 0; i < of.not_known.n; i++)
		ri_buf_addf(&got, "; not known: %s", of.not_known.v[i]);
	check_span(name, ri_buf_span(&got), ri_str(want));
}

static void test_files(void **state)
{
	(void)state;
	check_of("no files", "");
	host_put("etc/pve/jobs.cfg", "vzdump: nightly\n\tschedule 21:00\n\tall 1\n\tmode stop\n\n"
				     "vzdump: web\n\tschedule 22:00\n\tpool web\n");
	check_of("nobody in the pool", "nightly; stops: nightly");
	host_put("etc/pve/user.cfg", "pool:web::105::\n");
	check_of("in the pool", "nightly, web; stops: nightly");
	host_put("etc/pve/vzdump.cron", "\n30 1 * * * root vzdump 105\n");
	host_put("etc/cron.d/.made", "");
	assert_int_equal(symlink("../pve/vzdump.cron", tmp_path("etc/cron.d/vzdump")), 0);
	check_of("once", "nightly, web, vzdump.cron:2; stops: nightly");
	assert_int_equal(unlink(tmp_path("etc/cron.d/vzdump")), 0);
	host_put("etc/cron.d/vzdump", "30 1 * * * root vzdump 105 --node pve2\n");
	check_of("another file", "nightly, web, vzdump.cron:2, vzdump:1 (on pve2); stops: nightly");
}

/* What cannot be read is not what is not there. */
static void test_not_known(void **state)
{
	(void)state;
	host_put("etc/pve/jobs.cfg", "vzdump: web\n\tschedule 22:00\n\tpool web\n");
	host_put("etc/pve/user.cfg/in-the-way", "");
	check_of("user.cfg", rooted("; not known: web (who is in its pool cannot be read); not "
				    "known: %s/etc/pve/user.cfg is not a file"));
	assert_int_equal(truncate(tmp_path("etc/pve/jobs.cfg"), (1 << 20) + 1), 0);
	assert_int_equal(unlink(tmp_path("etc/pve/user.cfg/in-the-way")), 0);
	assert_int_equal(rmdir(tmp_path("etc/pve/user.cfg")), 0);
	check_of("jobs.cfg",
	    rooted("; not known: %s/etc/pve/jobs.cfg is larger than the 1 MiB that "
		   "Proxmox VE's file system accepts"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_files),
		HOST_TEST(test_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
