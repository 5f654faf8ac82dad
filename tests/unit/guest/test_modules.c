// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The modules of a guest's kernel: found, fetched in each compression, and refused by name. */
#include "unit/check.h"
#include "unit/guest/small_guest.h"
#include "unit/initrds.h"

#include "guest/modules.h"
#include "parse/module.h"

#include <elf.h>

#define GUEST RI_ON_EXIT(fake_free) struct fake_guest
#define MODULES RI_ON_EXIT(ri_modules_free) struct ri_modules
#define V SMALL_KERNEL
#define DIR "/lib/modules/" V "/"
#define CONFIG                                                                                     \
	"CONFIG_SQUASHFS_ZSTD=y\nCONFIG_SQUASHFS_XATTR=y\nCONFIG_TMPFS_XATTR=y\n"                  \
	"CONFIG_SQUASHFS_ZLIB=y\n"
#define THREE                                                                                      \
	"kernel/squashfs.ko.xz: kernel/lz.ko.zst\nkernel/lz.ko.zst:\nkernel/overlay.ko.gz:\n"      \
	"kernel/loop.ko:\n"

static void put(struct fake_guest *k, const char *path, struct ri_span bytes)
{
	fake_put(k, path, bytes.p, bytes.n, 0644);
}

/* The head of a relocatable file for x86-64, and as many bytes behind it that say which. */
static struct ri_span module(char which)
{
	static char bytes[5000];
	const Elf64_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
		.e_type = ET_REL,
		.e_machine = EM_X86_64,
		.e_version = 1 };

	memset(bytes, which, sizeof bytes);
	memcpy(bytes, &head, sizeof head);
	return ri_span(bytes, sizeof bytes);
}

static void put_packed(struct fake_guest *k, const char *path, enum ri_initrd_comp comp,
    struct ri_span bytes)
{
	RI_BUF packed = { 0 };

	spit(tmp_path("module"), bytes);
	run_ok(NULL, tmp_path("module"), tmp_path("packed"), rows[comp].argv);
	slurp(tmp_path("packed"), &packed);
	put(k, path, ri_buf_span(&packed));
}

static void fresh(struct fake_guest *k)
{
	small_fresh(k);
	put(k, DIR "modules.dep", LIT(THREE));
	put(k, DIR "modules.builtin", LIT(""));
	put(k, DIR "kernel/loop.ko", module('l'));
	put_packed(k, DIR "kernel/squashfs.ko.xz", RI_INITRD_XZ, module('s'));
	put_packed(k, DIR "kernel/lz.ko.zst", RI_INITRD_ZSTD, module('z'));
	put_packed(k, DIR "kernel/overlay.ko.gz", RI_INITRD_GZIP, module('o'));
	put(k, "/boot/config-" V, LIT(CONFIG));
}

static void test_each_compression(void **state)
{
	static const struct {
		const char *member, *path;
		char which;
	} want[] = {
		{ "ramimg/modules/00-loop.ko", DIR "kernel/loop.ko", 'l' },
		{ "ramimg/modules/01-lz.ko", DIR "kernel/lz.ko.zst", 'z' },
		{ "ramimg/modules/02-squashfs.ko", DIR "kernel/squashfs.ko.xz", 's' },
		{ "ramimg/modules/03-overlay.ko", DIR "kernel/overlay.ko.gz", 'o' },
	};
	GUEST k = { 0 };
	MODULES m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	check_ok("fetch", ri_modules_fetch(&k.w.g, V, "zstd", &m, &e), &e);
	assert_int_equal(m.n, 4);
	for (size_t i = 0; i < m.n; i++) {
		assert_string_equal(m.v[i].member, want[i].member);
		assert_string_equal(m.v[i].path, want[i].path);
		check_span(want[i].member, ri_buf_span(&m.v[i].bytes), module(want[i].which));
	}
	assert_string_equal(ri_module_name(&m.v[2]), "02-squashfs.ko");
	assert_int_equal(m.bytes, 4 * 5000);
}

static void test_built_in(void **state)
{
	GUEST k = { 0 };
	MODULES m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	put(&k, DIR "modules.builtin", LIT("k/loop.ko\nk/squashfs.ko\nk/overlay.ko\n"));
	fake_forget(&k, DIR "modules.dep");
	check_ok("fetch", ri_modules_fetch(&k.w.g, V, "gzip", &m, &e), &e);
	assert_int_equal(m.n, 0);
	assert_int_equal(m.bytes, 0);
}

/* Nothing says what it was built with: it may well do. */
static void test_without_configuration(void **state)
{
	GUEST k = { 0 };
	struct ri_module_files f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	fake_forget(&k, "/boot/config-" V);
	check_ok("none", ri_modules_find(&k.w.g, V, "lz4", &f, &e), &e);
	assert_int_equal(f.n, 4);
	put(&k, DIR "config", LIT(CONFIG));
	check_err("beside the modules", ri_modules_find(&k.w.g, V, "lz4", &f, &e), &e,
	    RI_E_UNSUPPORTED,
	    "the kernel " V " of the guest was built without CONFIG_SQUASHFS_LZ4 (" DIR
	    "config), which an image compressed by lz4 needs: build with another "
	    "archive.compression, or the tmpfs form (root.form)");
}

#define OF_LOOP "the module " DIR "kernel/loop.ko of the guest: "

static void test_refused(void **state)
{
	static const struct {
		const char *path;
		struct ri_span bytes; /* NULL: it is missing */
		enum ri_code code;
		const char *want;
	} cases[] = {
		{ DIR "modules.dep", BYTES("kernel/loop.ko:\nkernel/overlay.ko.gz:\n"),
		    RI_E_UNSUPPORTED,
		    "the kernel " V " of the guest has no module squashfs, and it is not built in: "
		    "build the tmpfs form (root.form)" },
		{ DIR "modules.dep", BYTES("kernel/loop.ko: kernel/x.ko\n"), RI_E_GUEST,
		    "the modules of the guest's kernel " V
		    ": modules.dep has no row for kernel/x.ko" },
		{ "/boot/config-" V, BYTES("CONFIG_SQUASHFS_ZSTD=y\nCONFIG_SQUASHFS_XATTR=y\n"),
		    RI_E_UNSUPPORTED,
		    "the kernel " V
		    " of the guest was built without CONFIG_TMPFS_XATTR (/boot/config-" V
		    "), which an image compressed by zstd needs: build the tmpfs form (root.form)" },
		{ DIR "kernel/loop.ko", { NULL, 0 }, RI_E_GUEST,
		    OF_LOOP "modules.dep names it, and it is not there" },
		{ DIR "kernel/loop.ko", BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0\076"),
		    RI_E_GUEST, OF_LOOP "it is not a kernel module for x86-64" },
		{ DIR "kernel/loop.ko", BYTES("#!/bin/sh"), RI_E_GUEST,
		    OF_LOOP "it is neither an ELF file nor compressed by gzip, xz or zstd" },
		{ DIR "kernel/loop.ko", BYTES("\x28\xb5\x2f\xfd"), RI_E_GUEST,
		    OF_LOOP "the zstd data is cut short" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		GUEST k = { 0 };
		MODULES m = { 0 };
		struct ri_err e = { 0 };

		fresh(&k);
		if (cases[i].bytes.p)
			put(&k, cases[i].path, cases[i].bytes);
		else
			fake_forget(&k, cases[i].path);
		check_err(cases[i].want, ri_modules_fetch(&k.w.g, V, "zstd", &m, &e), &e,
		    cases[i].code, cases[i].want);
		assert_int_equal(m.n, 0);
	}
}

/* A program is no module, nor is one of another machine, whatever it is compressed with. */
static void test_other_programs(void **state)
{
	static const struct {
		size_t at;
		char value;
	} changes[] = { { EI_CLASS, ELFCLASS32 }, { EI_DATA, ELFDATA2MSB },
		{ offsetof(Elf64_Ehdr, e_type), ET_DYN },
		{ offsetof(Elf64_Ehdr, e_machine), (char)EM_AARCH64 } };

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		for (int packed = 0; packed < 2; packed++) {
			GUEST k = { 0 };
			MODULES m = { 0 };
			struct ri_err e = { 0 };
			char bytes[5000];

			fresh(&k);
			memcpy(bytes, module('l').p, sizeof bytes);
			bytes[changes[i].at] = changes[i].value;
			put_packed(&k, DIR "kernel/loop.ko",
			    packed ? RI_INITRD_ZSTD : RI_INITRD_NONE, ri_span(bytes, sizeof bytes));
			check_err("other", ri_modules_fetch(&k.w.g, V, "zstd", &m, &e), &e,
			    RI_E_GUEST, OF_LOOP "it is not a kernel module for x86-64");
		}
}

/* All together: the third of 24 MiB is too much. */
static void test_too_large(void **state)
{
	const size_t n = (size_t)24 << 20;
	RI_FREE char *bytes = calloc(1, n + (8 << 20) + 1);
	GUEST k = { 0 };
	MODULES m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, module('l').p, 64);
	fresh(&k);
	put_packed(&k, DIR "kernel/lz.ko.zst", RI_INITRD_ZSTD, ri_span(bytes, n));
	put_packed(&k, DIR "kernel/squashfs.ko.xz", RI_INITRD_ZSTD, ri_span(bytes, n));
	check_ok("two", ri_modules_fetch(&k.w.g, V, "zstd", &m, &e), &e);
	assert_int_equal(m.bytes, 2 * n + 10000);
	ri_modules_free(&m);
	put_packed(&k, DIR "kernel/overlay.ko.gz", RI_INITRD_ZSTD, ri_span(bytes, n));
	check_err("three", ri_modules_fetch(&k.w.g, V, "zstd", &m, &e), &e, RI_E_BUDGET,
	    "the module " DIR "kernel/overlay.ko.gz of the guest: it unpacks to more than 16772216 "
	    "bytes");
	put(&k, DIR "kernel/overlay.ko.gz", ri_span(bytes, n));
	e = (struct ri_err){ 0 };
	check_err("not compressed", ri_modules_fetch(&k.w.g, V, "zstd", &m, &e), &e, RI_E_BUDGET,
	    "the module " DIR "kernel/overlay.ko.gz of the guest: the modules have more than "
	    "67108864 bytes together");
	put_packed(&k, DIR "kernel/lz.ko.zst", RI_INITRD_ZSTD,
	    ri_span(bytes, RI_MODULE_BYTES_MAX + 1));
	e = (struct ri_err){ 0 };
	check_err("one", ri_modules_fetch(&k.w.g, V, "zstd", &m, &e), &e, RI_E_BUDGET,
	    "the module " DIR "kernel/lz.ko.zst of the guest: it unpacks to more than 33554432 "
	    "bytes");
}

/* Whatever the guest cannot answer ends it, and nothing is left over. */
static void test_each_failure(void **state)
{
	size_t at;

	(void)state;
	for (at = 1;; at++) {
		GUEST k = { 0 };
		MODULES m = { 0 };
		struct ri_err e = { 0 };
		int rc;

		fresh(&k);
		k.fail_at = k.calls + at;
		rc = ri_modules_fetch(&k.w.g, V, "zstd", &m, &e);
		if (k.calls < k.fail_at) {
			check_ok("in the end", rc, &e);
			break;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_int_equal(m.n, 0);
	}
	assert_true(at > 12);
}

static bool newest(char *version, size_t n)
{
	RI_FREE char *at = NULL;
	RI_BUF found = { 0 };

	RUN(NULL, NULL, tmp_path("found"), "find", "/lib/modules/", "-mindepth", "2", "-maxdepth",
	    "2", "-name", "modules.dep", "-readable", "-printf", "%P\n");
	slurp(tmp_path("found"), &found);
	at = ri_span_dup(ri_buf_span(&found));
	assert_non_null(at);
	snprintf(version, n, "%.*s", (int)strcspn(at, "/"), at);
	return *version;
}

static void copy(struct fake_guest *k, const char *path, enum ri_initrd_comp comp)
{
	RI_BUF bytes = { 0 };

	if (access(path, R_OK) < 0)
		return;
	slurp(path, &bytes);
	if (comp == RI_INITRD_NONE)
		put(k, path, ri_buf_span(&bytes));
	else
		put_packed(k, path, comp, ri_buf_span(&bytes));
}

/* This machine's own, if it has Debian 12's kernel or one like it; the files compressed as others do it. */
static void test_real(void **state)
{
	static const enum ri_initrd_comp comps[] = { RI_INITRD_XZ, RI_INITRD_ZSTD, RI_INITRD_GZIP };
	static const char *const lists[][2] = { { "/lib/modules/", "/modules.dep" },
		{ "/lib/modules/", "/modules.builtin" }, { "/boot/config-", "" } };
	struct ri_module_files f = { 0 };
	struct ri_err e = { 0 };
	GUEST k = { 0 };
	MODULES m = { 0 };
	char version[100], path[400];

	(void)state;
	if (!newest(version, sizeof version))
		skip();
	small_fresh(&k);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		snprintf(path, sizeof path, "%s%s%s", lists[i][0], version, lists[i][1]);
		copy(&k, path, RI_INITRD_NONE);
	}
	check_ok("find", ri_modules_find(&k.w.g, version, "zstd", &f, &e), &e);
	for (size_t i = 0; i < f.n; i++) {
		snprintf(path, sizeof path, "/lib/modules/%s/%s", version, f.v[i].path);
		if (!strstr(path + strlen(path) - 3, ".ko")) /* compressed already */
			skip();
		copy(&k, path, comps[i % 3]);
	}
	check_ok("fetch", ri_modules_fetch(&k.w.g, version, "zstd", &m, &e), &e);
	assert_int_equal(m.n, f.n);
	for (size_t i = 0; i < m.n; i++) {
		RI_BUF want = { 0 };

		slurp(m.v[i].path, &want);
		check_span(m.v[i].path, ri_buf_span(&m.v[i].bytes), ri_buf_span(&want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_compression),
		cmocka_unit_test(test_built_in),
		cmocka_unit_test(test_without_configuration),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_other_programs),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_each_failure),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
