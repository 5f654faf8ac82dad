// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Naming a volume: what is taken, what is refused, in which words. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"
#include "unit/volume/holding.h"

#include "host/hostfile.h"
#include "host/process.h"
#include "volume/volume.h"

#include <fcntl.h>
#include <sys/stat.h>

static void run(const char *const *argv)
{
	struct ri_err e = { 0 };
	int rc = ri_process_check(argv, NULL, NULL, &e);

	if (rc < 0)
		fail_msg("%s", e.msg);
}

static void make_image(const char *name, const char *format)
{
	const char *argv[] = { "qemu-img", "create", "-q", "-f", format, tmp_path(name), "8M",
		NULL };

	run(argv);
}

static void put(const char *name, struct ri_span bytes)
{
	struct ri_err e = { 0 };

	check_ok(name, put_file(tmp_path(name), bytes, 0644, &e), &e);
}

static void test_formats_by_name(void **state)
{
	static const struct {
		const char *name, *made_as, *format;
		const char *want, *stem;
	} cases[] = {
		{ "a.raw", "raw", NULL, "raw", "a" },
		{ "vm-105-disk-1.img", "raw", NULL, "raw", "vm-105-disk-1" },
		{ "a.qcow2", "qcow2", NULL, "qcow2", "a" },
		{ "a.b.vmdk", "vmdk", NULL, "vmdk", "a.b" },
		{ "plain", "qcow2", "qcow2", "qcow2", "plain" },
		{ ".raw", "raw", "raw", "raw", ".raw" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		struct ri_err e = { 0 };

		make_image(cases[i].name, cases[i].made_as);
		check_ok(cases[i].name,
		    ri_volume_open(tmp_path(cases[i].name), cases[i].format, RI_VOLUME_WRITE, &v,
			&e),
		    &e);
		assert_string_equal(v.format, cases[i].want);
		assert_string_equal(v.name, cases[i].stem);
		assert_int_equal(v.size, 8 << 20);
		assert_false(v.block);
	}
}

static void truncate_by_half(const char *name)
{
	struct stat st;

	assert_int_equal(stat(tmp_path(name), &st), 0);
	assert_int_equal(truncate(tmp_path(name), st.st_size / 2), 0);
}

static void make_cut_qcow2(void)
{
	const char *fill[] = { "qemu-io", "-f", "qcow2", "-c", "write -P 1 0 4M",
		tmp_path("cut.qcow2"), NULL };

	make_image("cut.qcow2", "qcow2");
	run(fill);
	truncate_by_half("cut.qcow2");
}

/* A qcow2 whose backing file's format would have to be guessed; qemu-img makes none any more. */
static void make_probing_chain(void)
{
	const char *argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-b",
		tmp_path("base.raw"), "-F", "raw", tmp_path("chain.qcow2"), NULL };
	const char *drop[] = { "qemu-img", "amend", "-q", "-f", "qcow2", "-o",
		"backing_fmt=", tmp_path("chain.qcow2"), NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
	struct ri_err e = { 0 };
	RI_FD int fd = -1;
	char head[65536];
	char *ext;

	make_image("base.raw", "raw");
	run(argv);
	assert_int_equal(ri_process_run(drop, NULL, &r, &e), 0);
	/* The header extension "backing file format name" has the type 0xe2792aca (qcow2.txt). */
	fd = open(tmp_path("chain.qcow2"), O_RDWR);
	assert_true(fd >= 0);
	assert_true(pread(fd, head, sizeof head, 0) > 512);
	ext = memmem(head, 512, "\xe2\x79\x2a\xca", 4);
	if (ext) { /* an extension that nobody knows is passed over */
		assert_int_equal(pwrite(fd, "\x12\x34\x56\x78", 4, ext - head), 4);
	}
}

static void make_refused(void)
{
	put("empty.raw", ri_str(""));
	put("noname", ri_str("x"));
	put("garbage.qcow2", ri_str("this is no qcow2 file at all"));
	put("short.vmdk", ri_str("KDMV"));
	assert_int_equal(mkdir(tmp_path("dir.raw"), 0755), 0);
	assert_int_equal(mkfifo(tmp_path("fifo.raw"), 0644), 0);
	make_image("q.raw", "qcow2");
	make_image("v.raw", "vmdk");
	make_image("r.qcow2", "raw");
	make_cut_qcow2();
	make_probing_chain();
	make_image("ro.raw", "raw");
	assert_int_equal(chmod(tmp_path("ro.raw"), 0444), 0);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *name, *format;
		enum ri_code code;
		const char *want; /* somewhere in the message */
	} cases[] = {
		{ "nowhere.raw", NULL, RI_E_MISSING,
		    "nowhere.raw: cannot open it: No such file or directory" },
		{ "ro.raw/nowhere.raw", NULL, RI_E_MISSING, "cannot open it: Not a directory" },
		{ "dir.raw", NULL, RI_E_USAGE,
		    "is a directory; name a disk image or a block device" },
		{ "fifo.raw", NULL, RI_E_USAGE, "is neither a file nor a block device" },
		{ "empty.raw", NULL, RI_E_UNSUPPORTED, "the file is empty" },
		{ "noname", NULL, RI_E_USAGE, "say --format" },
		{ "noname", "vhdx", RI_E_USAGE,
		    "the format 'vhdx' is not one of raw, qcow2, vmdk" },
		{ "garbage.qcow2", NULL, RI_E_UNSUPPORTED, "cannot be opened as qcow2: " },
		{ "short.vmdk", NULL, RI_E_UNSUPPORTED, "cannot be opened as vmdk: " },
		{ "q.raw", NULL, RI_E_UNSUPPORTED, "begins like a qcow2 file" },
		{ "q.raw", "raw", RI_E_UNSUPPORTED, "say --format qcow2" },
		{ "v.raw", NULL, RI_E_UNSUPPORTED, "begins like a vmdk file" },
		{ "r.qcow2", NULL, RI_E_UNSUPPORTED, "Image is not in qcow2 format" },
		{ "cut.qcow2", NULL, RI_E_UNSUPPORTED, "the qcow2 file is damaged or cut short" },
		{ "chain.qcow2", NULL, RI_E_UNSUPPORTED,
		    "does not record the format of its backing file" },
		{ "ro.raw", NULL, RI_E_UNSUPPORTED, "is read-only (mode 0444)" },
	};

	(void)state;
	make_refused();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		struct ri_err e = { 0 };
		int rc = ri_volume_open(tmp_path(cases[i].name), cases[i].format, RI_VOLUME_WRITE,
		    &v, &e);

		assert_int_equal(rc, -1);
		if (!strstr(e.msg, cases[i].want) || !strstr(e.msg, cases[i].name))
			fail_msg("%s: said [%s], want [%s]", cases[i].name, e.msg, cases[i].want);
		assert_int_equal(e.code, cases[i].code);
	}
}

static void test_a_read_only_file_may_be_read(void **state)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_err e = { 0 };

	(void)state;
	make_image("ro.raw", "raw");
	assert_int_equal(chmod(tmp_path("ro.raw"), 0444), 0);
	check_ok("read", ri_volume_open(tmp_path("ro.raw"), NULL, RI_VOLUME_READ, &v, &e), &e);
}

static void test_one_writer_or_many_readers(void **state)
{
	static const struct {
		enum ri_volume_use first, second;
		bool both;
	} cases[] = {
		{ RI_VOLUME_READ, RI_VOLUME_READ, true },
		{ RI_VOLUME_READ, RI_VOLUME_WRITE, false },
		{ RI_VOLUME_WRITE, RI_VOLUME_READ, false },
		{ RI_VOLUME_WRITE, RI_VOLUME_WRITE, false },
	};

	(void)state;
	make_image("d.raw", "raw");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_volume_close) struct ri_volume a = RI_VOLUME_INIT;
		RI_ON_EXIT(ri_volume_close) struct ri_volume b = RI_VOLUME_INIT;
		struct ri_err e = { 0 };
		int rc;

		check_ok("first", ri_volume_open(tmp_path("d.raw"), NULL, cases[i].first, &a, &e),
		    &e);
		rc = ri_volume_open(tmp_path("d.raw"), NULL, cases[i].second, &b, &e);
		assert_int_equal(rc == 0, cases[i].both);
		assert_int_equal(e.code, cases[i].both ? RI_OK : RI_E_BUSY);
		assert_int_equal(strstr(e.msg, "another ramimg is working on it") != NULL,
		    !cases[i].both);
	}
}

static void test_an_open_file(void **state)
{
	static const struct {
		const char *script;
		enum ri_volume_use use;
		const char *want; /* after the process's name; NULL: not in the way */
	} cases[] = {
		{ "exec 3<>\"$0\"; echo; exec tail -f /dev/null", RI_VOLUME_WRITE,
		    " has it open for writing; stop the VM or the program first" },
		{ "exec 3>>\"$0\"; echo; exec tail -f /dev/null", RI_VOLUME_READ,
		    " has it open for writing; stop the VM or the program first" },
		{ "exec 3<\"$0\"; echo; exec tail -f /dev/null", RI_VOLUME_WRITE,
		    " has it open; stop the VM or the program first" },
		{ "exec 3<\"$0\"; echo; exec tail -f /dev/null", RI_VOLUME_READ, NULL },
		/* A look that ends, as udev's, is waited for. */
		{ "exec 3<\"$0\"; echo; exec 3<&-; exec tail -f /dev/null", RI_VOLUME_WRITE, NULL },
	};

	(void)state;
	make_image("d.raw", "raw");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *argv[] = { "sh", "-c", cases[i].script, tmp_path("d.raw"), NULL };
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		struct ri_err e = { 0 };
		struct holder q = hold(argv);
		char pid[40];
		int rc = ri_volume_open(tmp_path("d.raw"), NULL, cases[i].use, &v, &e);

		let_go(q);
		snprintf(pid, sizeof pid, "process %d (", (int)q.pid);
		assert_int_equal(rc < 0, cases[i].want != NULL);
		assert_int_equal(e.code, cases[i].want ? RI_E_BUSY : RI_OK);
		if (cases[i].want && (!strstr(e.msg, cases[i].want) || !strstr(e.msg, pid)))
			fail_msg("said [%s], want [%s]", e.msg, cases[i].want);
	}
}

/* A real QEMU process that holds the image open for writing, as a running VM does. */
static void test_a_running_qemu(void **state)
{
	const char *argv[] = { "qemu-io", "-f", "raw", NULL, NULL };
	static const enum ri_volume_use uses[] = { RI_VOLUME_WRITE, RI_VOLUME_READ };
	struct holder q;

	(void)state;
	make_image("d.raw", "raw");
	argv[3] = tmp_path("d.raw");
	q = hold(argv);
	for (size_t i = 0; i < 2; i++) {
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		struct ri_err e = { 0 };

		assert_int_equal(ri_volume_open(tmp_path("d.raw"), NULL, uses[i], &v, &e), -1);
		assert_int_equal(e.code, RI_E_BUSY);
		assert_non_null(strstr(e.msg, "a running QEMU has it open; stop the VM first"));
	}
	let_go(q);
}

/* An image that others build on, where Proxmox keeps linked clones and snapshots. */
static void test_a_backing_file(void **state)
{
	static const struct {
		const char *base, *image, *name;
		bool refused;
	} cases[] = {
		{ "i/100/base-100-disk-0.qcow2", "i/105/vm-105-disk-0.qcow2",
		    "../100/base-100-disk-0.qcow2", true },
		{ "i/105/snap-one-vm-105-disk-1.qcow2", "i/105/vm-105-disk-1.qcow2",
		    "snap-one-vm-105-disk-1.qcow2", true },
		{ "d.raw", "e.qcow2", "d.raw", true },
		/* No VM's directory: nobody's other folders are looked through. */
		{ "x/d.raw", "y/e.qcow2", "../x/d.raw", false },
	};
	static const char *const dirs[] = { "i", "i/100", "i/105", "x", "y" };

	(void)state;
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++)
		assert_int_equal(mkdir(tmp_path(dirs[i]), 0755), 0);
	put("i/105/garbage.qcow2", ri_str("QFI\xfb"));
	assert_int_equal(mkfifo(tmp_path("i/105/fifo.qcow2"), 0644), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *format = strstr(cases[i].base, ".raw") ? "raw" : "qcow2";
		const char *argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-b",
			cases[i].name, "-F", format, tmp_path(cases[i].image), NULL };
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		RI_ON_EXIT(ri_volume_close) struct ri_volume r = RI_VOLUME_INIT;
		const char *path = tmp_path(cases[i].base);
		struct ri_err e = { 0 };
		RI_BUF want = { 0 };
		int rc;

		make_image(cases[i].base, format);
		run(argv);
		check_ok("read", ri_volume_open(path, NULL, RI_VOLUME_READ, &r, &e), &e);
		ri_volume_close(&r);
		rc = ri_volume_open(path, NULL, RI_VOLUME_WRITE, &v, &e);
		ri_buf_addf(&want,
		    "%s: is the backing file of %s, which would be destroyed by writing to "
		    "it; build that image instead, or "
		    "write a new image with --output",
		    path, argv[9]);
		if (cases[i].refused)
			check_err(path, rc, &e, RI_E_UNSUPPORTED, want.p);
		else
			check_ok(path, rc, &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_formats_by_name, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_read_only_file_may_be_read, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_one_writer_or_many_readers, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_an_open_file, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_running_qemu, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_backing_file, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
