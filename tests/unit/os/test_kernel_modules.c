// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which module files a kernel needs, by lists in the shapes that distributions have, by hostile ones, and as modprobe says. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"
#include "os/kernel_modules.h"

#include <dirent.h>

#define LSO "loop", "squashfs", "overlay"

static const struct {
	const char *name, *dep, *builtin, *names[4];
	const char *want;    /* "NAME=PATH " of each file */
	const char *lacking; /* or NULL */
} good[] = {
	{ "Debian 12",
	    "kernel/fs/squashfs/squashfs.ko:\n"
	    "kernel/drivers/target/loopback/tcm_loop.ko: kernel/drivers/scsi/scsi_mod.ko\n"
	    "kernel/fs/overlayfs/overlay.ko:\n"
	    "kernel/drivers/block/loop.ko:\n",
	    "kernel/mm/zsmalloc.ko\n", { LSO },
	    "loop=kernel/drivers/block/loop.ko squashfs=kernel/fs/squashfs/squashfs.ko "
	    "overlay=kernel/fs/overlayfs/overlay.ko ",
	    NULL },
	{ "Debian 13",
	    "kernel/fs/squashfs/squashfs.ko.xz: kernel/lib/lz4/lz4_decompress.ko.xz\n"
	    "kernel/lib/lz4/lz4_decompress.ko.xz:\n"
	    "kernel/fs/overlayfs/overlay.ko.xz:\nkernel/drivers/block/loop.ko.xz:\n",
	    "", { LSO },
	    "loop=kernel/drivers/block/loop.ko.xz "
	    "lz4_decompress=kernel/lib/lz4/lz4_decompress.ko.xz "
	    "squashfs=kernel/fs/squashfs/squashfs.ko.xz "
	    "overlay=kernel/fs/overlayfs/overlay.ko.xz ",
	    NULL },
	{ "Fedora", "kernel/fs/squashfs/squashfs.ko.xz:\nkernel/drivers/block/loop.ko.xz:\n",
	    "kernel/fs/fuse/fuse.ko\nkernel/fs/overlayfs/overlay.ko\n", { LSO },
	    "loop=kernel/drivers/block/loop.ko.xz squashfs=kernel/fs/squashfs/squashfs.ko.xz ",
	    NULL },
	{ "SUSE",
	    "kernel/fs/overlayfs/overlay.ko.zst:\nkernel/drivers/block/loop.ko.zst:\n"
	    "kernel/fs/squashfs/squashfs.ko.zst:\n",
	    "", { LSO },
	    "loop=kernel/drivers/block/loop.ko.zst squashfs=kernel/fs/squashfs/squashfs.ko.zst "
	    "overlay=kernel/fs/overlayfs/overlay.ko.zst ",
	    NULL },
	{ "Ubuntu, squashfs and loop built in", "kernel/fs/overlayfs/overlay.ko.zst:\n",
	    "kernel/fs/squashfs/squashfs.ko\nkernel/drivers/block/loop.ko\n", { LSO },
	    "overlay=kernel/fs/overlayfs/overlay.ko.zst ", NULL },
	{ "all built in", "",
	    "kernel/fs/squashfs/squashfs.ko\nkernel/drivers/block/loop.ko\n"
	    "kernel/fs/overlayfs/overlay.ko",
	    { LSO }, "", NULL },
	{ "one lacking", "kernel/fs/overlayfs/overlay.ko:\nkernel/drivers/block/loop.ko:\n", "",
	    { LSO }, "loop=kernel/drivers/block/loop.ko overlay=kernel/fs/overlayfs/overlay.ko ",
	    "squashfs" },
	{ "no lists at all", "", "", { LSO }, "", "loop" },
	{ "not a module's end", "a/loop.ko.bz2:\na/xloop.ko:\na/loop.kox:\nloop:\na/.ko:\n", "",
	    { "loop" }, "", "loop" },
	{ "an underscore for a dash", "a/crc-t10dif.ko: a/c_x.ko\na/c_x.ko:\n", "",
	    { "crc_t10dif", "c-x" }, "c_x=a/c_x.ko crc-t10dif=a/crc-t10dif.ko ", NULL },
	{ "the last that is needed comes first",
	    "a: x\nd/a.ko.gz: d/b.ko d/c.ko\nd/b.ko: d/c.ko\nd/c.ko:\n", "", { "a" },
	    "c=d/c.ko b=d/b.ko a=d/a.ko.gz ", NULL },
	{ "each once, however it comes",
	    "a.ko: b.ko b.ko c.ko\nb.ko: c.ko\nc.ko:\nd.ko: a.ko b.ko\n", "",
	    { "a", "d", "c", NULL }, "c=c.ko b=b.ko a=a.ko d=d.ko ", NULL },
	{ "no word on what is needed in turn", "a.ko: b.ko\nb.ko: c.ko\r\nc.ko: \t\r\n", "",
	    { "a" }, "c=c.ko b=b.ko a=a.ko ", NULL },
	{ "what does not matter is not looked at",
	    "../../etc/x.ko: /etc/y.ko\n: :\n\nno colon\nb.ko: b.ko\na.ko:\n", "/\n\n..\n", { "a" },
	    "a=a.ko ", NULL },
};

static void check_files(const char *name, const struct ri_module_files *f, const char *want)
{
	RI_BUF got = { 0 };

	for (size_t i = 0; i < f->n; i++)
		ri_buf_addf(&got, "%s=%s ", f->v[i].name, f->v[i].path);
	check_span(name, ri_buf_span(&got), ri_str(want));
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const struct ri_module_lists l = { ri_str(good[i].dep), ri_str(good[i].builtin) };
		struct ri_module_files f = { 0 };
		struct ri_err e = { 0 };

		check_ok(good[i].name, ri_module_files_find(&l, good[i].names, &f, &e), &e);
		check_files(good[i].name, &f, good[i].want);
		if (!good[i].lacking)
			assert_null(f.lacking);
		else
			assert_string_equal(f.lacking, good[i].lacking);
	}
}

#define NOT_BELOW "modules.dep has a path that is not one of a module below its directory: "

static void test_hostile(void **state)
{
	static const struct {
		const char *dep, *want;
	} bad[] = {
		{ "a.ko: b.ko\nb.ko: c.ko\nc.ko: a.ko\n",
		    "modules.dep goes round in a circle at a.ko" },
		{ "a.ko: a.ko\n", "modules.dep goes round in a circle at a.ko" },
		{ "a.ko: b.ko c.ko\nb.ko: c.ko\n", "modules.dep has no row for c.ko" },
		{ "/lib/a.ko:\n", NOT_BELOW "/lib/a.ko" },
		{ "../a.ko:\n", NOT_BELOW "../a.ko" },
		{ "x/../a.ko:\n", NOT_BELOW "x/../a.ko" },
		{ "./a.ko:\n", NOT_BELOW "./a.ko" },
		{ "x//a.ko:\n", NOT_BELOW "x//a.ko" },
		{ "a.ko: b c.ko\nc.ko:\nb:\n", NOT_BELOW "b" },
		{ "a.ko: b.so\nb.so:\n", NOT_BELOW "b.so" },
		{ "a.ko: x/b\001.ko\nx/b\001.ko:\n", NOT_BELOW "x/b\001.ko" },
		{ "a.ko: /b.ko\n/b.ko:\n", NOT_BELOW "/b.ko" },
	};
	static const char *const names[] = { "a", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct ri_module_lists l = { ri_str(bad[i].dep), ri_str("") };
		struct ri_module_files f = { 0 };
		struct ri_err e = { 0 };

		check_err(bad[i].dep, ri_module_files_find(&l, names, &f, &e), &e, RI_E_GUEST,
		    bad[i].want);
	}
}

/* A NUL in a path ends no string short. */
static void test_nul(void **state)
{
	static const char *const names[] = { "a", NULL };
	const struct ri_module_lists l = { LIT("x\0y/a.ko:\n"), LIT("") };
	struct ri_module_files f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("a NUL", ri_module_files_find(&l, names, &f, &e), &e, RI_E_GUEST, NOT_BELOW "x");
}

/* 100,000 rows, of which one is deep enough for the limit; paths and lists that are too long. */
static void test_many(void **state)
{
	static const char *const first[] = { "m99968", NULL }, *const more[] = { "m99967", NULL };
	static const char *const none[] = { "m", NULL }, *const longest[] = { "z", NULL };
	static const char blank[4096];
	RI_BUF dep = { 0 };
	struct ri_module_lists l = { LIT(""), LIT("") };
	struct ri_module_files f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (unsigned i = 0; i < 99999; i++)
		ri_buf_addf(&dep, "k/m%u.ko: k/m%u.ko\n", i, i + 1);
	ri_buf_add_str(&dep, "k/m99999.ko:\n");
	l.dep = ri_buf_span(&dep);
	check_ok("as many as may be", ri_module_files_find(&l, first, &f, &e), &e);
	assert_int_equal(f.n, RI_MODULES_FILES_MAX);
	assert_string_equal(f.v[0].path, "k/m99999.ko");
	assert_string_equal(f.v[31].path, "k/m99968.ko");
	check_err("one more", ri_module_files_find(&l, more, &f, &e), &e, RI_E_BUDGET,
	    "modules.dep has more than 32 files to load");
	e = (struct ri_err){ 0 };
	check_ok("none", ri_module_files_find(&l, none, &f, &e), &e);
	assert_string_equal(f.lacking, "m");
	for (unsigned i = 0; i < 300; i++)
		ri_buf_add_str(&dep, "a");
	ri_buf_add_str(&dep, "/z.ko:\n");
	l.dep = ri_buf_span(&dep);
	assert_int_equal(ri_module_files_find(&l, longest, &f, &e), -1);
	assert_true(e.code == RI_E_GUEST && strstr(e.msg, "a path that is too long: aaa"));
	while (dep.n <= RI_MODULES_TEXT_MAX)
		ri_buf_add(&dep, blank, sizeof blank);
	l.dep = ri_buf_span(&dep);
	e = (struct ri_err){ 0 };
	check_err("list", ri_module_files_find(&l, none, &f, &e), &e, RI_E_BUDGET,
	    "modules.dep has more than 8388608 bytes");
	l = (struct ri_module_lists){ LIT(""), ri_buf_span(&dep) };
	e = (struct ri_err){ 0 };
	check_err("list", ri_module_files_find(&l, none, &f, &e), &e, RI_E_BUDGET,
	    "modules.builtin has more than 8388608 bytes");
}

#define WITH_ALL                                                                                   \
	"# CONFIG_SQUASHFS_FILE_CACHE is not set\nCONFIG_SQUASHFS=m\nCONFIG_SQUASHFS_XATTR=y\n"    \
	"CONFIG_SQUASHFS_ZLIB=y\nCONFIG_SQUASHFS_ZSTD=y\nCONFIG_TMPFS_XATTR=y\n"

static void test_config(void **state)
{
	static const struct {
		const char *config, *compression, *lacks;
	} cases[] = {
		{ WITH_ALL, "zstd", NULL },
		{ WITH_ALL, "gzip", NULL },
		{ WITH_ALL, "lz4", "CONFIG_SQUASHFS_LZ4" },
		{ WITH_ALL "CONFIG_SQUASHFS_LZ4=y\r\n", "lz4", NULL },
		{ WITH_ALL "# CONFIG_SQUASHFS_LZ4 is not set\n", "lz4", "CONFIG_SQUASHFS_LZ4" },
		{ WITH_ALL "CONFIG_SQUASHFS_LZ4=n\nCONFIG_SQUASHFS_LZ4_X=y\n", "lz4",
		    "CONFIG_SQUASHFS_LZ4" },
		{ "CONFIG_SQUASHFS_ZSTD=y\nCONFIG_TMPFS_XATTR=y\n", "zstd",
		    "CONFIG_SQUASHFS_XATTR" },
		{ "CONFIG_SQUASHFS_ZSTD=y\nCONFIG_SQUASHFS_XATTR=y\n", "zstd",
		    "CONFIG_TMPFS_XATTR" },
		{ "", "zstd", NULL },
		{ "no configuration\n", "zstd", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *got =
		    ri_kernel_config_lacks(ri_str(cases[i].config), cases[i].compression);

		if (got && cases[i].lacks)
			assert_string_equal(got, cases[i].lacks);
		else if (got != cases[i].lacks)
			fail_msg("%zu: got %s", i, got ? got : "nothing");
	}
}

/* What modprobe would load for @name, as check_files has it but for the names. */
static void modprobe(const char *version, const char *name, struct ri_buf *out)
{
	RI_BUF said = { 0 };
	struct ri_span rest, line;

	RUN(NULL, NULL, tmp_path("said"), "modprobe", "--show-depends", "-C", "/dev/null", "-S",
	    version, name);
	slurp(tmp_path("said"), &said);
	rest = ri_buf_span(&said);
	while (ri_span_line(&rest, &line)) {
		const char *at = memmem(line.p, line.n, version, strlen(version));

		if (!ri_span_starts(line, "insmod "))
			continue;
		assert_non_null(at);
		line =
		    ri_span_trim(ri_span_skip(line, (size_t)(at - line.p) + strlen(version) + 1));
		ri_buf_addf(out, "%.*s ", (int)line.n, line.p);
	}
}

static void compare_all(const char *version)
{
	static const char *const names[] = { "loop", "squashfs", "overlay", "dm_crypt", "vfat",
		"iscsi-tcp", "nfsv4", "ip_tables", "kvm-amd", "amdgpu" };
	RI_BUF dep = { 0 };
	RI_BUF builtin = { 0 };
	char path[300];

	snprintf(path, sizeof path, "/lib/modules/%s/modules.dep", version);
	slurp(path, &dep);
	snprintf(path, sizeof path, "/lib/modules/%s/modules.builtin", version);
	slurp(path, &builtin);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct ri_module_lists l = { ri_buf_span(&dep), ri_buf_span(&builtin) };
		const char *const one[] = { names[i], NULL };
		struct ri_module_files f = { 0 };
		struct ri_err e = { 0 };
		RI_BUF want = { 0 };
		RI_BUF got = { 0 };

		check_ok(names[i], ri_module_files_find(&l, one, &f, &e), &e);
		if (f.lacking)
			continue;
		modprobe(version, names[i], &want);
		for (size_t k = 0; k < f.n; k++)
			ri_buf_addf(&got, "%s ", f.v[k].path);
		check_span(names[i], ri_buf_span(&got), ri_buf_span(&want));
	}
}

/* The kernels of this machine, if there are any, by kmod. */
static void test_as_modprobe(void **state)
{
	DIR *d = opendir("/lib/modules");
	const struct dirent *entry;
	size_t n = 0;

	(void)state;
	while (d && (entry = readdir(d))) {
		char path[300];

		snprintf(path, sizeof path, "/lib/modules/%s/modules.dep", entry->d_name);
		if (entry->d_name[0] == '.' || access(path, R_OK) < 0)
			continue;
		compare_all(entry->d_name);
		n++;
	}
	if (d)
		closedir(d);
	if (n == 0)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_as_modprobe),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
