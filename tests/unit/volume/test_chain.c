// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The files of an image: which ones are opened, and which ones nothing of QEMU's gets to see. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"
#include "unit/volume/holding.h"

#include "volume/exclusive.h"
#include "volume/volume.h"

#include <sys/file.h>

static void make(const char *script)
{
	RUN(tmpdir, NULL, NULL, "sh", "-ec", script);
}

static const enum ri_volume_use uses[] = { RI_VOLUME_LOOK, RI_VOLUME_READ, RI_VOLUME_WRITE };

static void test_taken(void **state)
{
	static const struct {
		const char *script, *name;
		size_t below;
		const char *last, *format; /* the lowest file */
	} cases[] = {
		{ "qemu-img create -q -f qcow2 a.qcow2 1M", "a.qcow2", 0, NULL, NULL },
		{ "qemu-img create -q -f qcow2 -b base.raw -F raw b.qcow2", "b.qcow2", 1,
		    "base.raw", "raw" },
		{ "qemu-img create -q -f qcow2 -b $PWD/base.raw -F raw c.qcow2", "c.qcow2", 1,
		    "base.raw", "raw" },
		{ "qemu-img create -q -f qcow2 -b ../base.raw -F raw sub/d.qcow2;"
		  "qemu-img create -q -f qcow2 -b sub/d.qcow2 -F qcow2 e.qcow2",
		    "e.qcow2", 2, "base.raw", "raw" },
		{ "qemu-img create -q -f vmdk f.vmdk 1M;"
		  "qemu-img create -q -f qcow2 -b f.vmdk -F vmdk f.qcow2",
		    "f.qcow2", 1, "f.vmdk", "vmdk" },
		{ "qemu-img create -q -f qcow2 -b ../100/base-100-disk-0.raw -F raw i/105/g.qcow2",
		    "i/105/g.qcow2", 1, "i/100/base-100-disk-0.raw", "raw" },
		/* A link is followed, as by QEMU: what it names is relative to the link. */
		{ "qemu-img create -q -f qcow2 -b h2.raw -F raw -u sub/h1.qcow2 1M;"
		  "ln -s sub/h1.qcow2 h1.qcow2; cp base.raw h2.raw;"
		  "qemu-img create -q -f qcow2 -b h1.qcow2 -F qcow2 -u h.qcow2 1M",
		    "h.qcow2", 2, "h2.raw", "raw" },
		{ "qemu-img create -q -f vmdk j.vmdk 1M", "j.vmdk", 0, NULL, NULL },
		{ "qemu-img create -q -f qcow2 -b a:b.raw -F raw -u k.qcow2 1M; cp base.raw a:b.raw;"
		  "qemu-img rebase -u -f qcow2 -b ./a:b.raw -F raw k.qcow2",
		    "k.qcow2", 1, "a:b.raw", "raw" },
	};

	(void)state;
	make("mkdir -p sub i/100 i/105; truncate -s 1M base.raw i/100/base-100-disk-0.raw");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		make(cases[i].script);
		for (size_t k = 0; k < 3; k++) {
			RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
			struct ri_err e = { 0 };

			check_ok(cases[i].name,
			    ri_volume_open(tmp_path(cases[i].name), NULL, uses[k], &v, &e), &e);
			assert_int_equal(v.below_n, cases[i].below);
			if (v.below_n == 0)
				continue;
			assert_string_equal(v.below[v.below_n - 1].path, tmp_path(cases[i].last));
			assert_string_equal(v.below[v.below_n - 1].format, cases[i].format);
		}
	}
}

#define ON(name, format) "qemu-img create -q -f qcow2 -u -b '" name "' -F " format " a.qcow2 1M"
#define NOT_NEAR ", which lies neither in the image's directory nor below it"
#define NO_PATH "which is not the path of a file"
#define SECRET                                                                                     \
	"qemu-img create -q -f qcow2 --object secret,id=s,data=abc -o "                            \
	"encrypt.key-secret=s,encrypt.format="

/* Images from strangers, and such as ramimg does not take: no program of QEMU's is asked about them. */
static const struct refusal {
	const char *script, *name, *want;
	bool writing; /* only for writing */
} refusals[] = {
	{ ON("../secret.raw", "raw"), "a.qcow2", NOT_NEAR, false },
	{ ON("/etc/shadow", "raw"), "a.qcow2", "is /etc/shadow" NOT_NEAR, false },
	{ "ln -sf ../secret.raw link.raw; " ON("link.raw", "raw"), "a.qcow2", NOT_NEAR, false },
	{ ON("sub/../../secret.raw", "raw"), "a.qcow2", NOT_NEAR, false },
	{ "ln -sf /dev/null null.raw; " ON("null.raw", "raw"), "a.qcow2",
	    "null.raw: is neither a file nor a block device", false },
	{ "mkfifo fifo.raw; " ON("fifo.raw", "raw"), "a.qcow2",
	    "fifo.raw: is neither a file nor a block device", false },
	{ ON("sub", "raw"), "a.qcow2", "sub: is neither a file nor a block device", false },
	{ ON("none.raw", "raw"), "a.qcow2", "none.raw: cannot open it: No such file or directory",
	    false },
	{ ON("json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}", "raw"), "a.qcow2", NO_PATH,
	    false },
	{ ON("nbd://127.0.0.1:1/x", "raw"), "a.qcow2", "builds on nbd://127.0.0.1:1/x, " NO_PATH,
	    false },
	{ ON("fd:7", "raw"), "a.qcow2", NO_PATH, false },
	{ ON("host_device:/dev/loop0", "raw"), "a.qcow2", NO_PATH, false },
	/* QEMU would look for it in the directory that it runs in. */
	{ ON("file:base.raw", "raw"), "a.qcow2", NO_PATH, false },
	{ ON("base.raw", "vpc"), "a.qcow2", "its format is said to be 'vpc'", false },
	{ ON("base.raw", "nbd"), "a.qcow2", "its format is said to be 'nbd'", false },
	{ "qemu-img create -q -f qcow2 -u -b a.qcow2 -F qcow2 b.qcow2 1M; mv b.qcow2 a.qcow2",
	    "a.qcow2", "a.qcow2: builds on itself", false },
	{ "qemu-img create -q -f qcow2 -u -b a.qcow2 -F qcow2 b.qcow2 1M; " ON("b.qcow2", "qcow2"),
	    "a.qcow2", "builds on itself", false },
	{ "for i in $(seq 33); do "
	  "qemu-img create -q -f qcow2 -u -b $((i - 1)).qcow2 -F qcow2 $i.qcow2 1M; done; "
	  "qemu-img create -q -f qcow2 0.qcow2 1M",
	    "33.qcow2", "it builds on more than 32 files", false },
	{ SECRET "aes a.qcow2 1M", "a.qcow2", "is an encrypted qcow2", false },
	/* LUKS. Making a real one measures the processor, which fails on a busy machine. */
	{ "qemu-img create -q -f qcow2 a.qcow2 1M;"
	  "printf '\\002' | dd of=a.qcow2 bs=1 seek=35 conv=notrunc status=none",
	    "a.qcow2", "is an encrypted qcow2", false },
	{ SECRET "aes c.qcow2 1M; " ON("c.qcow2", "qcow2"), "a.qcow2",
	    "c.qcow2: is an encrypted qcow2", false },
	{ "qemu-img create -q -f qcow2 -o data_file=data.raw a.qcow2 1M", "a.qcow2",
	    "keeps its data in another file; if you trust it, make one file of it: qemu-img convert",
	    false },
	{ "qemu-img create -q -f raw b.qcow2 1M; " ON("b.qcow2", "qcow2"), "a.qcow2",
	    "b.qcow2: cannot be opened as qcow2: Image is not in qcow2 format", false },
	{ "qemu-img create -q -f vmdk -o subformat=monolithicFlat a.vmdk 1M", "a.vmdk",
	    "is a vmdk (monolithicFlat) that keeps its data in other files, as a-flat.vmdk",
	    false },
	{ "qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentSparse a.vmdk 1M", "a.vmdk",
	    "is a vmdk (twoGbMaxExtentSparse) that keeps its data in other files", false },
	{ "qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentFlat a.vmdk 1M", "a.vmdk",
	    "is a vmdk (twoGbMaxExtentFlat) that keeps its data in other files, as a-f001.vmdk",
	    false },
	{ "qemu-img create -q -f vmdk -o subformat=monolithicFlat a.vmdk 1M;"
	  "sed -i 's,\"a-flat.vmdk\",\"/etc/shadow\",' a.vmdk",
	    "a.vmdk", "that keeps its data in other files, as /etc/shadow", false },
	{ "qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentSparse a.vmdk 1M;"
	  "sed -i 's,\"a-s001.vmdk\",\"../../../../../etc/shadow\",' a.vmdk",
	    "a.vmdk", "that keeps its data in other files, as ../../../../../etc/shadow", false },
	/* Without a capacity QEMU goes by the descriptor that is in it. */
	{ "qemu-img create -q -f vmdk a.vmdk 1M;"
	  "head -c 8 /dev/zero | dd of=a.vmdk bs=1 seek=12 conv=notrunc status=none;"
	  "printf 'createType=\"monolithicFlat\"\\nRW 2048 FLAT \"/etc/shadow\" 0\\n' |"
	  "dd of=a.vmdk bs=512 seek=1 conv=notrunc status=none",
	    "a.vmdk", "that keeps its data in other files, as /etc/shadow", false },
	{ "qemu-img create -q -f vmdk a.vmdk 1M;"
	  "sed -i 's/^parentCID=.*/parentCID=00000000\\nparentFileNameHint=\"\\/etc\\/shadow\"/' a.vmdk;"
	  "grep -aq parentFileNameHint a.vmdk",
	    "a.vmdk", "is a vmdk that builds on another file", false },
	{ "printf 'createType=\"vmfs\"\\nRW 2048 VMFS \"/etc/shadow\"\\n' > a.vmdk", "a.vmdk",
	    "is a vmdk (vmfs) that keeps its data in other files, as /etc/shadow", false },
	{ "qemu-img create -q -f vmdk b.vmdk 1M; qemu-img create -q -f vmdk -b b.vmdk -F vmdk a.vmdk",
	    "a.vmdk", "is a vmdk that builds on another file", false },
	{ "qemu-img create -q -f vmdk -o subformat=streamOptimized a.vmdk 1M", "a.vmdk",
	    "is a vmdk of a kind (streamOptimized) that cannot be overwritten; make a disk of it that "
	    "can: qemu-img convert -f vmdk -O qcow2 ",
	    true },
	{ "qemu-img create -q -f vmdk -o subformat=twoGbMaxExtentSparse b.vmdk 1M", "b-s001.vmdk",
	    "is a vmdk that does not say its kind, as a piece", false },
	{ "qemu-img create -q -f qcow2 a.qcow2 1M;"
	  "printf '\\002' | dd of=a.qcow2 bs=1 seek=79 conv=notrunc status=none",
	    "a.qcow2", "is marked as corrupt", true },
};

static void check_refused(const struct refusal *r, enum ri_volume_use use)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_err e = { 0 };
	char name[64];
	int rc;

	snprintf(name, sizeof name, "own/%s", r->name);
	rc = ri_volume_open(tmp_path(name), NULL, use, &v, &e);
	assert_int_equal(rc, -1);
	if (!strstr(e.msg, r->want))
		fail_msg("%s: said [%s], want [%s]", r->script, e.msg, r->want);
	if (e.code != RI_E_UNSUPPORTED)
		fail_msg("%s: code %d", r->script, (int)e.code);
	if (access(tmp_path("asked"), F_OK) == 0)
		fail_msg("%s: qemu-img was asked", r->script);
}

static void test_refused(void **state)
{
	const char *path = getenv("PATH");
	char real[4096], fake[4200];

	(void)state;
	snprintf(real, sizeof real, "%s", path);
	snprintf(fake, sizeof fake, "%s/bin:%s", tmpdir, real);
	make("mkdir bin; printf '#!/bin/sh\\necho >> %s/asked\\nexit 1\\n' $PWD > bin/qemu-img;"
	     "chmod +x bin/qemu-img; truncate -s 1M secret.raw");
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		make("rm -rf own; mkdir -p own/sub; truncate -s 1M own/base.raw");
		RUN(tmp_path("own"), NULL, NULL, "sh", "-ec", refusals[i].script);
		assert_int_equal(setenv("PATH", fake, 1), 0);
		for (size_t k = refusals[i].writing ? 2 : 0; k < 3; k++)
			check_refused(&refusals[i], uses[k]);
		assert_int_equal(setenv("PATH", real, 1), 0);
		if (refusals[i].writing) {
			RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
			struct ri_err e = { 0 };
			char name[64];

			snprintf(name, sizeof name, "own/%s", refusals[i].name);
			check_ok(refusals[i].script,
			    ri_volume_open(tmp_path(name), NULL, RI_VOLUME_READ, &v, &e), &e);
		}
	}
}

/* Who has the base open, and how. */
static void test_a_base_that_is_used(void **state)
{
	static const struct {
		const char *argv[7];
		const char *want; /* NULL: not in the way */
	} cases[] = {
		{ { "qemu-io", "-f", "raw", "base.raw" }, "a running QEMU has it open" },
		{ { "qemu-io", "-r", "-f", "raw", "base.raw" }, NULL },
		/* Another clone's VM runs. */
		{ { "qemu-io", "-f", "qcow2", "b.qcow2" }, NULL },
		{ { "sh", "-c", "exec 3<>base.raw; echo; exec tail -f /dev/null" },
		    "has it open for writing" },
		{ { "flock", "-F", "base.raw", "sh", "-c", "echo; exec tail -f /dev/null" },
		    "another ramimg is working on it" },
		{ { "flock", "-sF", "base.raw", "sh", "-c", "echo; exec tail -f /dev/null" },
		    NULL },
	};

	(void)state;
	make("truncate -s 1M base.raw;"
	     "for i in a b; do qemu-img create -q -f qcow2 -b base.raw -F raw $i.qcow2; done");
	assert_int_equal(chdir(tmpdir), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *argv[8] = { 0 };
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		struct ri_err e = { 0 };
		struct holder h;
		int rc;

		memcpy(argv, cases[i].argv, sizeof cases[i].argv);
		h = hold(argv);
		rc = ri_volume_open(tmp_path("a.qcow2"), NULL, RI_VOLUME_WRITE, &v, &e);
		let_go(h);
		assert_int_equal(rc < 0, cases[i].want != NULL);
		if (cases[i].want &&
		    (!strstr(e.msg, cases[i].want) || !strstr(e.msg, "a.qcow2: its backing file ")))
			fail_msg("said [%s], want [%s]", e.msg, cases[i].want);
	}
	assert_int_equal(chdir("/"), 0);
}

/* It is not locked, since other clones' VMs may start, but seen to be open. */
static void test_a_base_meanwhile(void **state)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_err e = { 0 };
	RI_FD int fd = -1;

	(void)state;
	make("truncate -s 1M base.raw; qemu-img create -q -f qcow2 -b base.raw -F raw a.qcow2");
	check_ok("open", ri_volume_open(tmp_path("a.qcow2"), NULL, RI_VOLUME_WRITE, &v, &e), &e);
	fd = open(tmp_path("base.raw"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(ri_volume_reclaim(&v, &e), -1);
	assert_non_null(strstr(e.msg, "its backing file: another ramimg is working on it"));
	assert_int_equal(flock(fd, LOCK_UN), 0);
	e = (struct ri_err){ 0 };
	check_ok("reclaim", ri_volume_reclaim(&v, &e), &e);
	make("cp base.raw new; mv new base.raw");
	assert_int_equal(ri_volume_reclaim(&v, &e), -1);
	assert_non_null(strstr(e.msg, "is another file now than the one that was opened"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_taken, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_refused, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_base_that_is_used, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_base_meanwhile, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
