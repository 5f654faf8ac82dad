// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is reported of the guest in unit/facts_fixture.h: a plan, a build and a verdict, with one of each thing
 * that a report has a row for. Nothing in them is owned.
 */
#include "unit/facts_fixture.h"

#include "build/payload.h"
#include "plan/ram_need.h"
#include "plan/verdict.h"
#include "volume/volume.h"

#define TEXT(s)                                                                                    \
	(char[])                                                                                   \
	{                                                                                          \
		s                                                                                  \
	}
#define RESULT_ENTRY "menuentry 'RAM' {\n}\n"
#define RESULT_BUILD "00112233445566778899aabbccddeeff"
#define RESULT_SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/** What such a build leaves on the disk (plan/drift.h). */
#define RESULT_RECORD                                                                              \
	"kernel=6\nimage_bytes=1\ninitrd_bytes=1\nnewest=6\npackages=\nformat=1\n"                 \
	"build_id=" RESULT_BUILD "\narchive=/a\narchive_fs=b\narchive_on_root=yes\n"               \
	"compression=zstd\narchive_bytes=1\narchive_sha256=" RESULT_SHA "\ntar_bytes=1\n"          \
	"entries=1\ninodes=1\ntmpfs_bytes=1\ntmpfs_size=50%\nreserve_bytes=1\nrelease=no\n"        \
	"kernel=6\nos=x\n"

static struct ri_plan result_plan = {
	.kernels = { (struct ri_kernel[]){ { TEXT("6.1.0-9-amd64"), NULL, NULL },
			 { TEXT("6.1.0-8-amd64"), NULL, NULL } },
	    2,
	    (struct ri_kernel_passed[]){
		{ TEXT("6.1.0-10-amd64"), TEXT("/boot/vmlinuz-6.1.0-10-amd64 has no initrd") },
		{ TEXT("5.10.0-8-amd64"),
		    TEXT("/lib/modules/5.10.0-8-amd64 has no kernel in /boot") } },
	    2 },
	.stock_kernel = TEXT("6.1.0-10-amd64"),
	.cmdline = TEXT("root=UUID=1 ro"),
	.entry = { .p = TEXT(RESULT_ENTRY), .n = sizeof RESULT_ENTRY - 1 },
	.counting = true,
	.rules = { { (char *[]){ TEXT("/tmp/"), TEXT("/srv/*"), NULL }, 2 } },
	.about = { 1091, 2, 0 },
	.archive_path = "/boot/ram.tar.gz",
	.undo_actions = { .v = { { .kind = RI_ACT_REMOVE,
				     .path = "/boot/ram.old",
				     .why = "an earlier build's" },
			      { .kind = RI_ACT_RMDIR, .path = "/etc/ramimg", .why = "empty" } },
	    .n = 2 },
	.actions = { .v = { { .kind = RI_ACT_UPLOAD,
				.path = "/boot/ram.tar.gz",
				.why = "the archive" },
			 { .kind = RI_ACT_PUT, .path = "/etc/fstab", .why = "the root's line" } },
	    .n = 2 },
};

static struct ri_excluded_list result_left = {
	(struct ri_excluded[]){ { TEXT("/swapfile"), 1, 2000000000 }, { TEXT("/tmp/"), 0, 0 } }, 2
};

static struct ri_payload result_payload = {
	.archive = TEXT("/srv/out/archive.tar.gz"),
	.initrd = TEXT("/srv/out/initrd.img"),
	.kernel = TEXT("/srv/out/vmlinuz"),
	.pack = { .archive_bytes = 100000000,
	    .archive_sha256 = RESULT_SHA,
	    .tar_bytes = 300000000,
	    .entries = 1000,
	    .inodes = 900,
	    .tmpfs_bytes = 350000000,
	    .sparse_files = 2,
	    .sockets = 3,
	    .xattrs = 4,
	    .acl_files = 5,
	    .capability_files = 6,
	    .tree_bytes = 350000000,
	    .lost_acls = 7,
	    .lost_xattrs = 8,
	    .clamped_times = 9,
	    .largest = { { { TEXT("/var/lib/docker"), 200000000 },
			     { TEXT("/usr/lib/a"), 100000000 } },
		2 } },
	.manifest = { .build_id = RESULT_BUILD,
	    .compression = TEXT("gzip"),
	    .loader_bytes = 16000000,
	    .reserve_bytes = 64000000,
	    .tmpfs_bytes = 350000000,
	    .kernel_bytes = 64000000,
	    .initrd_bytes = 30000000,
	    .initrd_unpacked_bytes = 120000000 },
	.base = { .comp = RI_INITRD_ZSTD },
	.initrd_sha256 = RESULT_SHA,
	.kernel_sha256 = RESULT_SHA,
	.initrd_bytes = 31000000,
	.kernel_bytes = 8000000,
	.sbom_sha256 = RESULT_SHA,
	.sbom_bytes = 500000,
};

/* The least memory of that in MiB; whether it is right is looked at where it is computed. */
static inline unsigned result_least_mib(unsigned cpus)
{
	struct ri_ram_parts parts;

	assert_true(ri_ram_parts_of(&result_payload.manifest, &parts));
	return (unsigned)ri_ram_least_mib(&parts, cpus);
}

/* What a VM has against what its root needs; of none, and where that is not known. */
static const struct ri_ram_compared result_ram = { 900, { 1024, 1024, 512, 4, false } },
				    result_no_vm = { 0 },
				    result_not_known = { 0, { 512, 512, 512, 1, true } };

static struct ri_verdict result_verdict = {
	.v = { { .what = "archive", .good = true, .detail = TEXT("its checksum is right") },
	    { .what = "fstab", .good = false, .detail = TEXT("no root\x1b[2J") },
	    { .what = "age",
		.good = true,
		.old = true,
		.detail = TEXT("kernel 7 was installed") } },
	.n = 3,
	.bad = 1,
	.old = true,
};

/* *@state: the facts of a plain guest. */
static inline int facts_set_up(void **state)
{
	*state = calloc(1, sizeof(struct ri_facts));
	fx_facts(*state);
	return 0;
}

static inline int facts_tear_down(void **state)
{
	ri_facts_free(*state);
	free(*state);
	return 0;
}
