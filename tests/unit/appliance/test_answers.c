// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is made of answers of libguestfs that are not the usual ones, and of its errors. */
#include "unit/appliance/whole.h"

#include "base/cancel.h"

#include <errno.h>

static struct ri_guest_rw *w;

static int open_it(void **state)
{
	static const struct ri_appliance_use use = { .uploads = true };
	struct ri_err e = { 0 };

	if (whole_set_up(state) < 0)
		return -1;
	whole_mark(true);
	fake_guestfs_reset();
	check_ok("open", ri_appliance_open(&whole_stage, &use, &w, &e), &e);
	return 0;
}

static int close_it(void **state)
{
	ri_guest_rw_closep(&w);
	assert_int_equal(fake_guestfs.handles, 0);
	return whole_tear_down(state);
}

/* From now on the next call fails, with that errno; or only the one called @name. */
static void fail_next(const char *name, int errnum)
{
	fake_guestfs_reset();
	fake_guestfs.left = 1;
	fake_guestfs.only = name;
	fake_guestfs.errnum = errnum;
}

static void test_kind(void **state)
{
	static const int nothing[] = { ENOENT, ENOTDIR, ELOOP };
	struct ri_err e = { 0 };
	enum ri_kind kind;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		fail_next(NULL, nothing[i]);
		kind = RI_KIND_FILE;
		check_ok("kind", w->g.ops->kind(&w->g, "/x", &kind, &e), &e);
		assert_int_equal(kind, RI_KIND_NONE);
	}
	fail_next(NULL, EIO);
	check_err("kind", w->g.ops->kind(&w->g, "/x", &kind, &e), &e, RI_E_IO,
	    "/x: lstatns does not work");
}

static void test_errors_of_resolving(void **state)
{
	struct ri_err e = { 0 };
	char *real = NULL;

	(void)state;
	fail_next(NULL, ELOOP);
	check_err("resolve", w->g.ops->resolve(&w->g, "/x", &real, &e), &e, RI_E_IO,
	    "/x: realpath does not work");
	assert_int_equal(e.sys, ELOOP);
	assert_null(real);
	fail_next(NULL, EIO);
	fake_guestfs.silent = true;
	check_err("resolve", w->g.ops->resolve(&w->g, "/x", &real, &e), &e, RI_E_IO,
	    "/x: libguestfs failed and gives no reason");
}

static int filesystems(struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist l = { 0 };

	return w->g.ops->filesystems(&w->g, &l, e);
}

#define PLAIN "0123456789abcdef0123456789abcdef"
#define HERE "/dev/sdc " PLAIN " "
#define GONE "[unknown] " PLAIN " a-m"
/* Here it is /dev/sdc: the kernel has named it otherwise. */
#define STRANGE "/dev/sda " PLAIN " u--"
#define MISSING(vg, uuid)                                                                                      \
	"the volume group " vg " is on several disks: its physical volume " uuid                               \
	" is not on this one, the only one that goes into RAM; in the guest, move what is there to this disk " \
	"(pvmove, vgreduce), or give it a group of its own (vgsplit)"

/* A volume group that is not whole, in each way; and a failure at each call of those that look. */
static void test_groups(void **state)
{
	static const struct {
		const char *pvs, *of_vg, *msg;
	} rows[] = {
		{ "", NULL, NULL },
		{ HERE "a--", NULL, NULL },
		{ HERE "---", NULL, NULL },
		{ HERE "ax-", NULL, NULL },
		{ STRANGE, NULL,
		    "the physical volume /dev/sdc is of a volume group that only other disks describe; in the "
		    "guest, take it out of its group (pvmove, vgreduce)" },
		{ GONE, NULL, MISSING("vg", "012345-6789-abcd-ef01-2345-6789-abcdef") },
		{ GONE, "", MISSING("vg", PLAIN) },
		{ GONE, "012345-6789-abcd-ef01-2345-6789-abcde", MISSING("vg", PLAIN) },
		{ GONE, "012345-6789-abcd-ef01-2345-6789-abcdeff", MISSING("vg", PLAIN) },
	};
	static const struct {
		const char *name, *pvs, *failure;
	} calls[] = {
		{ "pvs_full", NULL, "listing physical volumes: pvs_full does not work" },
		{ "vgs", GONE, "listing volume groups: vgs does not work" },
		{ "vgpvuuids", GONE, "other: vgpvuuids does not work" },
		{ "pvs", STRANGE, "listing physical volumes: pvs does not work" },
		{ "pvuuid", STRANGE, "/dev/sdb: pvuuid does not work" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fake_answer answers[] = { { "vfs_type", "/dev/sda1", "LVM2_member" },
			{ "pvs_full", NULL, rows[i].pvs }, { NULL, NULL, NULL },
			{ NULL, NULL, NULL } };
		struct ri_err e = { 0 };

		if (rows[i].of_vg)
			answers[2] = (struct fake_answer){ "vgpvuuids", "vg", rows[i].of_vg };
		fake_guestfs_reset();
		fake_guestfs.answers = answers;
		if (!rows[i].msg) {
			check_ok(rows[i].pvs, filesystems(&e), &e);
			continue;
		}
		check_err(rows[i].pvs, filesystems(&e), &e, RI_E_UNSUPPORTED, rows[i].msg);
		for (size_t k = 0; k < sizeof calls / sizeof *calls; k++) {
			if (calls[k].pvs && strcmp(rows[i].pvs, calls[k].pvs) != 0)
				continue;
			fail_next(calls[k].name, EIO);
			fake_guestfs.answers = answers;
			check_err(calls[k].name, filesystems(&e), &e, RI_E_IO, calls[k].failure);
		}
	}
	fake_guestfs_reset();
}

/* A device of a btrfs that has more, whether they are there or not. */
static void test_pools(void **state)
{
	static const struct fake_answer two[] = {
		{ "btrfs_filesystem_show", NULL, "/dev/sda1\n/dev/sda2" }, { NULL, NULL, NULL }
	};
	static const char want[] =
	    "/dev/sda1 is a btrfs on several devices; ramimg builds one that is on a "
	    "single device";
	RI_ON_EXIT(ri_subvols_free) struct ri_subvols l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fake_guestfs_reset();
	fake_guestfs.answers = two;
	check_err("two", w->g.ops->subvolumes(&w->g, "/dev/sda1", &l, &e), &e, RI_E_UNSUPPORTED,
	    want);
	fail_next("btrfs_filesystem_show", ENODEV);
	check_err("missing", w->g.ops->subvolumes(&w->g, "/dev/sda1", &l, &e), &e, RI_E_UNSUPPORTED,
	    want);
	fail_next("btrfs_filesystem_show", EIO);
	check_err("error", w->g.ops->subvolumes(&w->g, "/dev/sda1", &l, &e), &e, RI_E_IO,
	    "/dev/sda1: btrfs_filesystem_show does not work");
	assert_int_equal(l.n, 0);
	fake_guestfs_reset();
}

static void test_rmdir(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	fail_next(NULL, ENOTEMPTY);
	check_ok("not empty", w->ops->rmdir(w, "/x", &e), &e);
	fail_next(NULL, ENOENT);
	check_err("not there", w->ops->rmdir(w, "/x", &e), &e, RI_E_IO, "/x: rmdir does not work");
}

/* A file that is too large is not even begun. */
static void test_too_large(void **state)
{
	static const char want[] = "/x in the guest has 5 bytes, and may have 4 at most";
	struct ri_err e = { 0 };
	RI_BUF bytes = { 0 };

	(void)state;
	fake_guestfs_reset();
	check_err("read", w->g.ops->read(&w->g, "/x", 4, &bytes, &e), &e, RI_E_BUDGET, want);
	assert_int_equal(bytes.n, 0);
	check_err("download", w->g.ops->download(&w->g, "/x", 4, tmp_path("x"), &e), &e,
	    RI_E_BUDGET, want);
	assert_int_equal(access(tmp_path("x"), F_OK), -1);
}

static void test_devices(void **state)
{
	static const struct {
		const char *device, *name, *answer, *told; /* told NULL: it fails */
		enum ri_code code;
		const char *msg;
	} rows[] = {
		{ "/dev/md0", NULL, NULL, NULL, RI_E_UNSUPPORTED,
		    "software RAID (/dev/md0) is not supported" },
		/* No name of a volume: it is not even asked whether it is one. */
		{ "/dev/vg", "is_lv", "1", "1111-a UUID=1111-a gpt - 0 1\n", RI_OK, NULL },
		{ "/dev/sda1", "part_to_partnum", "-1", NULL, RI_E_IO, "/dev/sda1: " },
		{ "/dev/sda1", "device_index", "-1", NULL, RI_E_IO, "/dev/sda1: " },
		{ "/dev/sda1", "vfs_uuid", "", " UUID= gpt - 0 1\n", RI_OK, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fake_answer answers[] = { { rows[i].name, NULL, rows[i].answer },
			{ NULL, NULL, NULL } };
		struct ri_err e = { 0 };
		int rc;

		fake_guestfs_reset();
		fake_guestfs.answers = answers;
		whole_told[0] = '\0';
		rc = whole_device(&w->g, rows[i].device, &e);
		fake_guestfs.answers = NULL;
		if (rows[i].told) {
			check_ok(rows[i].device, rc, &e);
			assert_string_equal(whole_told, rows[i].told);
			continue;
		}
		check_err(rows[i].device, rc, &e, rows[i].code, rows[i].msg);
	}
}

/* Parted is slow, emulated: it is not run for each partition of the same disk. */
static void test_table_is_asked_for_once(void **state)
{
	static const struct fake_answer other[] = { { "part_to_dev", NULL, "/dev/sdb" },
		{ NULL, NULL, NULL } };
	struct ri_err e = { 0 };

	(void)state;
	fake_guestfs_reset();
	check_ok("first", whole_device(&w->g, "/dev/sda1", &e), &e);
	fail_next("part_get_parttype", EIO);
	check_ok("again", whole_device(&w->g, "/dev/sda2", &e), &e);
	assert_null(fake_guestfs.failed);
	fake_guestfs.answers = other;
	check_err("another disk", whole_device(&w->g, "/dev/sdb1", &e), &e, RI_E_IO,
	    "/dev/sdb: part_get_parttype does not work");
	fake_guestfs_reset();
	fail_next("part_get_parttype", EIO);
	check_err("nothing is remembered of a failure", whole_device(&w->g, "/dev/sda1", &e), &e,
	    RI_E_IO, "/dev/sda: part_get_parttype does not work");
	fake_guestfs_reset();
}

/* Sizes that no file system has are not taken for ones that fit. */
static void test_space(void **state)
{
	static const char *const odd[] = { "4096 9223372036854775807 1", "-1 1 1",
		"4096 1 9223372036854775807" };

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		const struct fake_answer answers[] = { { "statvfs", NULL, odd[i] },
			{ NULL, NULL, NULL } };
		struct ri_err e = { 0 };
		uint64_t size, avail;
		int rc;

		fake_guestfs_reset();
		fake_guestfs.answers = answers;
		rc = w->g.ops->space(&w->g, "/", &size, &avail, &e);
		fake_guestfs.answers = NULL;
		check_err(odd[i], rc, &e, RI_E_IO, "/: Value too large for defined data type");
	}
}

/* Pairs of which the second is missing are none. */
static void test_halves_of_pairs(void **state)
{
	static const struct fake_answer answers[] = { { "blkid", NULL, "PART_ENTRY_UUID" },
		{ NULL, NULL, NULL } };
	RI_STRV tags = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fake_guestfs_reset();
	fake_guestfs.answers = answers;
	check_ok("tags", w->g.ops->tags(&w->g, "/dev/sda1", &tags, &e), &e);
	fake_guestfs.answers = NULL;
	assert_int_equal(tags.n, 2);
	assert_string_equal(tags.v[1], "LABEL=boot");
}

/* The work ended because its time was up: that is what is said, not what libguestfs makes of it. */
static void test_expired(void **state)
{
	struct ri_appliance *gfs = (struct ri_appliance *)w;
	struct ri_err e = { 0 };

	(void)state;
	fail_next(NULL, EIO);
	gfs->watch.expired = true;
	check_err("sync", w->ops->sync(w, &e), &e, RI_E_BUDGET,
	    "flushing: the appliance was ended after 24 hours of work, which is the most");
	fake_guestfs_reset();
	check_err("shutdown", w->ops->shutdown(w, &e), &e, RI_E_IO,
	    "the appliance did not end within 120 s");
	gfs->watch.expired = false;
}

/* Another way for names that the appliance's shell might take for more, and for files that cannot be handed over. */
static void test_upload_the_slower_way(void **state)
{
	static const struct ri_appliance_use use = { .uploads = true };
	static const struct {
		const char *host, *path;
	} rows[] = { { "t.tar", "/boot/a b" }, { "absent", "/boot/ab" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		RI_ON_EXIT(ri_guest_rw_closep) struct ri_guest_rw *another = NULL;
		struct ri_err e = { 0 };
		char want[400];

		fake_guestfs_reset();
		check_ok("open", ri_appliance_open(&whole_stage, &use, &another, &e), &e);
		fake_guestfs.log[0] = '\0';
		/* Not only this one: what failed once is not tried again. */
		for (int k = 0; k < 2; k++)
			check_ok("upload",
			    another->ops->upload(another, tmp_path(rows[i].host), rows[i].path, &e),
			    &e);
		snprintf(want, sizeof want, "upload %s %s\nupload %s %s\n", tmp_path(rows[i].host),
		    rows[i].path, tmp_path(rows[i].host), rows[i].path);
		assert_string_equal(fake_guestfs.log, want);
	}
}

static void test_upload_of_nothing(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	fake_guestfs_reset();
	spit(tmp_path("empty"), LIT(""));
	check_ok("upload", w->ops->upload(w, tmp_path("empty"), "/boot/e", &e), &e);
	assert_string_equal(fake_guestfs.log, "touch /boot/e\ntruncate_size /boot/e 0\n");
}

/* What tune2fs says that a crash or an error left. */
static void test_unclean(void **state)
{
	static const struct {
		const char *said;
		enum ri_unclean want;
	} rows[] = {
		{ "Filesystem features\nhas_journal extent\nFilesystem state\nclean",
		    RI_UNCLEAN_NOT },
		{ "Filesystem features\nhas_journal needs_recovery\nFilesystem state\nclean",
		    RI_UNCLEAN_STOPPED },
		{ "Filesystem state\nnot clean", RI_UNCLEAN_STOPPED },
		{ "Filesystem features\nneeds_recovery\nFilesystem state\nclean with errors",
		    RI_UNCLEAN_ERROR },
		{ "Filesystem state\nnot clean with errors\nFilesystem features\nneeds_recovery",
		    RI_UNCLEAN_ERROR },
		{ "Filesystem state", RI_UNCLEAN_NOT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fake_answer answers[] = { { "tune2fs_l", NULL, rows[i].said },
			{ NULL, NULL, NULL } };
		struct ri_err e = { 0 };
		enum ri_unclean left;

		fake_guestfs_reset();
		fake_guestfs.answers = answers;
		check_ok(rows[i].said, w->g.ops->unclean(&w->g, "/dev/sda1", &left, &e), &e);
		if (left != rows[i].want)
			fail_msg("%s: %d", rows[i].said, (int)left);
	}
	fake_guestfs_reset();
}

/* A signal is the reason of whatever fails afterwards. In a process of its own, since that is for good. */
static int fail_cancelled(void)
{
	static const char want[] = "interrupted";
	struct ri_err e[6] = { 0 };
	bool bad;
	RI_STRV tags = { 0 };
	int rc[6];

	ri_cancel_request();
	fail_next(NULL, EIO);
	rc[0] = w->ops->sync(w, &e[0]);
	fail_next("e2fsck_argv", EIO);
	rc[1] = w->g.ops->preen(&w->g, "/dev/sda1", &bad, &e[1]);
	fail_next("blkid", EIO);
	rc[2] = w->g.ops->tags(&w->g, "/dev/sda1", &tags, &e[2]);
	fake_guestfs_reset();
	rc[3] = w->ops->upload(w, fake_guestfs.tar, "/boot/t", &e[3]);
	fail_next("shutdown", EIO);
	rc[4] = w->ops->shutdown(w, &e[4]);
	whole_mark(false);
	fail_next("launch", EIO);
	rc[5] = ri_appliance_open(&whole_stage,
	    &(struct ri_appliance_use){ .kvm_device = "/dev/null" }, &w, &e[5]);
	for (int i = 0; i < 6; i++)
		if (rc[i] != -1 || e[i].code != RI_E_CANCELLED || strcmp(e[i].msg, want) != 0) {
			print_error("%d: returned %d, said [%s]\n", i, rc[i], e[i].msg);
			return i + 1;
		}
	/* A launch that was given up is not tried without KVM. */
	return strstr(fake_guestfs.log, "force_tcg") ? 7 : 0;
}

static void test_cancelled(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(fail_cancelled());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	whole_mark(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unclean),
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_errors_of_resolving),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_pools),
		cmocka_unit_test(test_rmdir),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_table_is_asked_for_once),
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_halves_of_pairs),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_upload_the_slower_way),
		cmocka_unit_test(test_upload_of_nothing),
		cmocka_unit_test(test_cancelled),
	};

	return cmocka_run_group_tests(tests, open_it, close_it);
}
