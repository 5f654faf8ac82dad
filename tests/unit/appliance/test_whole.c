// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An appliance's life, in which each call of libguestfs fails in turn. The fake stands for libguestfs: what the
 * real one does is proved in tests/guest.
 */
#include "unit/appliance/whole.h"

#include "appliance/hypervisor.h"
#include "base/log.h"
#include "host/sha256.h"

#define TAR_BYTES 10240 /* the fake's, which is what is uploaded */

static uint64_t last_done, last_total;

static void on_progress(void *arg, const char *phase, uint64_t done, uint64_t total, int how)
{
	(void)arg;
	if (strcmp(phase, "testing") != 0)
		return;
	assert_int_equal(how, RI_PROGRESS_RUNS);
	last_done = done;
	last_total = total;
}

static int live(struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_rw_closep) struct ri_guest_rw *w = NULL;
	static const struct ri_appliance_use use = { .uploads = true, .reads = true };

	if (ri_appliance_open(&whole_stage, &use, &w, e) < 0)
		return -1;
	w->phase = "testing";
	w->phase_total = TAR_BYTES;
	return whole_work(w, e) < 0 ? -1 : w->ops->shutdown(w, e);
}

/* Whether the log has that line; it may be the beginning of one. */
static bool did(const char *line)
{
	char with_end[512];

	snprintf(with_end, sizeof with_end, "\n%s", line);
	return strncmp(fake_guestfs.log, line, strlen(line)) == 0 ||
	       strstr(fake_guestfs.log, with_end);
}

#define DD                                                                                         \
	"debug sh dd if=/dev/disk/guestfs/handover of=/sysroot/boot/tar bs=1048576 skip=1 "        \
	"seek=0 count=1 iflag=direct oflag=direct,nofollow conv=notrunc status=none\n"

#define PATTERNS "debug sh printf '\\056\\057\\164\\155\\160\\012' >>/tmp/ramimg-tree.1\n"
#define TAR                                                                                        \
	"debug sh for q in /sys/block/*/queue/read_ahead_kb; do echo 2048 >$q; done 2>/dev/null; " \
	"exec 9>/tmp/ramimg-tree.0 && flock -n 9 && "

/* What is done, and what a failure of it would otherwise not show. */
static void check_done(void)
{
	static const char *const lines[] = { "set_backend direct\n", "set_network 0\n",
		"set_smp 1\n", "set_append clearcpuid=141,297,580\n",
		"set_backend_setting force_tcg 1\n", "config -global scsi-hd.werror=report\n",
		"config -global virtio-blk-pci.werror=report\n", "launch\n",
		"e2fsck_argv /dev/sda1 correct=1\n", "mount_options ro /dev/vg/root /\n",
		"mount_options noatime /dev/vg/root /\n",
		"mount_options ro,subvolid=5 /dev/vg/root /\n",
		"mount_options noatime,subvolid=256 /dev/vg/root /\n", "umount_all\n",
		"write /new text\n", "touch /boot/tar\n", DD, "truncate_size /boot/tar 10240\n",
		"chown 0 0 /boot/tar\n", "chmod 644 /boot/tar\n",
		"copy_attributes_argv /file /boot/tar all=1\n",
		"utimens /dir -2.999999999 -2.999999999\n", "rename /new /newer\n", "rm /old\n",
		"rmdir /empty\n", "mkdir_p /made\n", "chmod 755 /made\n", "rm_rf /usr\n", "sync\n",
		"drop_caches 3\n", "fstrim_argv / 0\n", PATTERNS, TAR, "shutdown\n" };
	char line[500];
	RI_BUF link = { 0 };

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!did(lines[i]))
			fail_msg("not done: %s; but\n%s", lines[i], fake_guestfs.log);
	assert_false(did("mkdir_p /there"));
	assert_false(did("upload") || did("tar_out"));
	/* The guest's disk is the first. */
	snprintf(line, sizeof line,
	    "add_drive_opts_argv %s qcow2 cachemode=unsafe discard=besteffort\n%s%s raw readonly\n%s%s/tree.raw raw "
	    "cachemode=unsafe\n",
	    whole_stage.overlay, "add_drive_opts_argv ", whole_stage.handover,
	    "add_drive_opts_argv ", whole_stage.dir);
	assert_true(did(line));
	ri_hypervisor_path(whole_stage.dir, &link);
	assert_false(link.oom);
	snprintf(line, sizeof line, "set_hv %s\nset_tmpdir %s\n", link.p, whole_stage.dir);
	assert_true(did(line));
}

/* The answers are those expected, with @put in place of @part. */
static void check_told(const char *part, const char *put)
{
	const char *at = strstr(whole_want, part);
	char want[sizeof whole_want + 20];

	assert_non_null(at);
	snprintf(want, sizeof want, "%.*s%s%s", (int)(at - whole_want), whole_want, put,
	    at + strlen(part));
	assert_string_equal(whole_told, want);
}

/* What an appliance can do without, and how it shows; one that does not know a partition's UUID has none. */
static void check_went_on(const char *without)
{
	static const char *const slower[] = { "add_drive_opts_argv", "debug", "mountpoints",
		"statvfs", "touch", "truncate_size" };

	if (strcmp(without, "e2fsck_argv") == 0)
		check_told("| Debian", "bad | Debian");
	else if (strcmp(without, "inspect_os") == 0)
		check_told("Debian GNU/Linux 12 (linux) on /dev/vg/root", "");
	else if (strcmp(without, "inspect_get_product_name") == 0)
		check_told("Debian GNU/Linux 12", "?");
	else if (strcmp(without, "inspect_get_type") == 0)
		check_told("(linux)", "(?)");
	else if (strcmp(without, "blkid") == 0 && !strstr(whole_told, "PARTUUID"))
		check_told(" PARTUUID=5555-01", "");
	else
		assert_string_equal(whole_told, whole_want);
	for (size_t i = 0; i < sizeof slower / sizeof *slower; i++)
		if (strcmp(without, slower[i]) == 0) {
			assert_true(did("upload ") || did("tar_out / without ./tmp\n"));
			assert_false(did("upload ") && did("tar_out "));
			return;
		}
	if (strcmp(without, "e2fsck_argv") != 0 && strcmp(without, "blkid") != 0 &&
	    strcmp(without, "tune2fs_l") != 0 && strncmp(without, "inspect_", 8) != 0)
		fail_msg("it went on without %s", without);
}

static void check_failed(const char *name, const struct ri_err *e)
{
	char want[100];

	snprintf(want, sizeof want, "%s does not work", name);
	if (strcmp(name, "create") == 0)
		snprintf(want, sizeof want, "libguestfs: %s", strerror(EIO));
	if (e->code != RI_E_IO || !strstr(e->msg, want))
		fail_msg("%s: code %d, said [%s]", name, (int)e->code, e->msg);
}

static void test_each_call(void **state)
{
	const struct ri_log_sink sink = { .progress = on_progress };

	(void)state;
	whole_mark(true);
	for (size_t n = 1;; n++) {
		struct ri_err e = { 0 };
		int rc;

		fake_guestfs_reset();
		fake_guestfs.left = n;
		last_done = last_total = 0;
		ri_log_set_sink(&sink);
		rc = live(&e);
		ri_log_set_sink(NULL);
		/* However it ended, nothing is left of it. */
		assert_int_equal(fake_guestfs.handles, 0);
		assert_int_equal(access(whole_stage.handover, F_OK), -1);
		assert_int_equal(access(tmp_path("stage/tree.raw"), F_OK), -1);
		if (!fake_guestfs.failed) {
			check_ok("nothing fails", rc, &e);
			assert_string_equal(whole_told, whole_want);
			check_done();
			/* All that there was to transfer, in whichever way. */
			assert_int_equal(last_done, TAR_BYTES);
			assert_int_equal(last_total, TAR_BYTES);
			assert_true(n > 80);
			return;
		}
		if (rc == 0) {
			check_went_on(fake_guestfs.failed);
			assert_int_equal(last_done, TAR_BYTES);
		} else
			check_failed(fake_guestfs.failed, &e);
	}
}

static int read_tree(bool reads, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_rw_closep) struct ri_guest_rw *w = NULL;
	const struct ri_appliance_use use = { .reads = reads };

	whole_told[0] = '\0';
	return ri_appliance_open(&whole_stage, &use, &w, e) < 0 ? -1 : whole_tree(&w->g, e);
}

/* Whatever the appliance says of its tar, the whole tree comes, if need be by libguestfs's own way. */
static void test_tree_disk(void **state)
{
	static const struct {
		const char *says, *of_statvfs;
		bool slower;
	} rows[] = {
		{ NULL, "4096 1000 250", false },
		{ NULL, "4096 1000 1001", false },  /* more free than there is */
		{ NULL, "4096 999999999 0", true }, /* no room for so much */
		{ "end\ntar: ./a: cannot be read\n", "4096 1000 250", true },
		{ "end\n", "4096 1000 250", true },
		{ "end\npos:\t1048575\n", "4096 1000 250", true }, /* within the margin */
		{ "end\npos:\t99999999999999\n", "4096 1000 250", true },
	};

	(void)state;
	whole_mark(true);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fake_answer answers[] = { { "statvfs", NULL, rows[i].of_statvfs },
			{ NULL, NULL, NULL } };
		struct ri_err e = { 0 };

		fake_guestfs_reset();
		fake_guestfs.answers = answers;
		fake_guestfs.tree_says = rows[i].says;
		check_ok("read", read_tree(true, &e), &e);
		assert_string_equal(whole_told, " . a 8\n");
		if (did("tar_out ") != rows[i].slower)
			fail_msg("%zu: %s", i, fake_guestfs.log);
	}
}

#define SUM_DD                                                                                     \
	"debug sh dd if=/sysroot/boot/big of=/dev/disk/guestfs/tree bs=1048576 seek=1 "            \
	"iflag=direct,nofollow oflag=direct conv=notrunc,fsync status=none\n"

/* The sum of a large file is the host's, of what has come by the tree disk; wherever that cannot be, the appliance's. */
static void test_sum_by_tree_disk(void **state)
{
	static const struct {
		const char *path, *real, *bytes, *fails;
		bool by_host, right;
	} rows[] = {
		{ "/boot/big", "/boot/big", "5000001", NULL, true, true },
		{ "/boot/big", "/boot/big", "5000000", NULL, true, false }, /* one byte less */
		{ "/boot/big", "/boot/big", "5000002", NULL, true, false },
		{ "/boot/big", "/boot/big", "4194303", NULL, false, false }, /* small */
		{ "/boot/big", "/boot/big", "99999999999999", NULL, false, false },
		{ "/boot/big", "/usr/big", "5000001", NULL, false, false }, /* by a link */
		{ "/boot/a big", "/boot/a big", "5000001", NULL, false, false },
		{ "/boot/big", "/boot/big", "5000001", "realpath", false, false },
		{ "/boot/big", "/boot/big", "5000001", "debug", false, false },
	};
	const struct ri_appliance_use use = { .reads = true };
	char *kept = (char *)(uintptr_t)fake_guestfs.tar;
	RI_FREE char *big = whole_keep("big");
	char want[RI_SHA256_HEX + 1];
	struct ri_err e = { 0 };

	(void)state;
	whole_mark(true);
	RUN(tmpdir, NULL, NULL, "sh", "-c", "head -c 5000001 /dev/urandom >big");
	check_ok("sum", ri_sha256_file(big, want, NULL, &e), &e);
	fake_guestfs.tar = big;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_guest_rw_closep) struct ri_guest_rw *w = NULL;
		const struct fake_answer answers[] = { { "filesize", NULL, rows[i].bytes },
			{ "realpath", NULL, rows[i].real }, { NULL, NULL, NULL } };
		char sum[RI_SHA256_HEX + 1];

		fake_guestfs_reset();
		fake_guestfs.answers = answers;
		check_ok("open", ri_appliance_open(&whole_stage, &use, &w, &e), &e);
		fake_guestfs.only = rows[i].fails;
		fake_guestfs.left = rows[i].fails ? 1 : 0;
		for (int k = 0; k < 2; k++) {
			check_ok("sum", w->g.ops->sha256(&w->g, rows[i].path, sum, &e), &e);
			if ((strcmp(sum, want) == 0) != rows[i].right ||
			    (strncmp(sum, "0123456789abcdef", 16) == 0) == rows[i].by_host)
				fail_msg("%zu: %s", i, sum);
			/* What failed once is not tried again. */
			if (rows[i].fails && strcmp(rows[i].fails, "realpath") == 0)
				break;
		}
		assert_int_equal(did(SUM_DD), rows[i].by_host);
	}
	fake_guestfs_reset();
	fake_guestfs.tar = kept;
}

/* Signalled while the appliance's tar works: nothing else is tried. */
static void test_tree_cancelled(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	whole_mark(true);
	fake_guestfs_reset();
	fake_guestfs.tree_says = "pos:\t1048576\n"; /* for ever */
	fake_guestfs.cancel_when_asked = true;
	check_err("cancelled", read_tree(true, &e), &e, RI_E_CANCELLED, "interrupted");
	assert_false(did("tar_out "));
}

/* Where it was not to read, there is no such disk; and its tar may not be told of holes and order. */
static void test_no_tree_disk(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	whole_mark(true);
	for (size_t n = 0; n < 2; n++) {
		fake_guestfs_reset();
		fake_guestfs.only = "debug";
		fake_guestfs.left = n;
		check_ok("read", read_tree(false, &e), &e);
		assert_string_equal(whole_told, " . a 8\n");
		assert_true(did("tar_out / without ./tmp\n"));
		assert_int_equal(did("debug setenv TAR_OPTIONS --sparse --sort=name\n"), n == 0);
		assert_null(strstr(fake_guestfs.log, "tree.raw"));
	}
}

/* What the environment has for the appliance's kernel stays. */
static void test_append(void **state)
{
	static const struct fake_answer answers[] = { { "get_append", NULL, "quiet" },
		{ NULL, NULL, NULL } };
	struct ri_err e = { 0 };

	(void)state;
	whole_mark(true);
	fake_guestfs_reset();
	fake_guestfs.answers = answers;
	check_ok("read", read_tree(true, &e), &e);
	assert_true(did("set_append quiet clearcpuid=141,297,580\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_call), cmocka_unit_test(test_tree_disk),
		cmocka_unit_test(test_no_tree_disk), cmocka_unit_test(test_append),
		cmocka_unit_test(test_sum_by_tree_disk),
		cmocka_unit_test(test_tree_cancelled), /* the last: it cannot be undone */
	};

	return cmocka_run_group_tests(tests, whole_set_up, whole_tear_down);
}
