// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is done to volumes, to be done with a failure at each step: of what is in a directory that scenes_set_up makes.
 */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "volume/backing.h"
#include "volume/chain.h"
#include "volume/device_id.h"
#include "volume/exclusive.h"
#include "volume/in_use.h"
#include "volume/pool_room.h"
#include "volume/qemu_img.h"
#include "volume/stage.h"
#include "volume/thin_pool.h"

#include <sys/sysmacros.h>

static struct ri_volume
    top; /* 105/top.qcow2, on 105/middle.qcow2, on 100/base-100.raw; opened to be looked at */
static struct ri_volume base; /* 100/base-100.raw, opened as well */
static bool has_device;       /* there is "device", which takes root */

/* An attribute below the sys or proc that stands in for the host's. */
static inline void put_attr(const char *name, const char *text)
{
	RI_FREE char *dir = strdup(tmp_path(name));
	struct ri_err e = { 0 };

	*strrchr(dir, '/') = '\0';
	check_ok(name, make_dirs(dir, &e), &e);
	check_ok(name, put_file(tmp_path(name), ri_str(text), 0644, &e), &e);
}

static inline void put_program(const char *name, const char *script)
{
	RI_BUF text = { 0 };

	ri_buf_addf(&text, "#!/bin/sh\n%s\n", script);
	assert_false(text.oom);
	spit(tmp_path(name), ri_buf_span(&text));
	assert_int_equal(chmod(tmp_path(name), 0755), 0);
}

static inline void put_host(void)
{
	put_attr("sys/block/loop1/loop/backing_file", "/nowhere\n");
	put_attr("sys/dev/block/7:9/x2/partition", "2\n");
	put_attr("sys/dev/block/7:9/x2/holders/dm-3/dm/name", "guest-root\n");
	put_attr("sys/dev/block/7:9/holders/.keep", "");
	put_attr("sys/dev/block/7:9/dev", "7:9\n");
	put_attr("sys/dev/block/252:0/device/cluster_fsid", "fsid\n");
	put_attr("sys/dev/block/252:0/device/pool", "vms\n");
	put_attr("sys/dev/block/252:0/device/name", "vm-105\n");
	put_attr("sys/devices/sda/device/wwid", "naa.5\n");
	put_attr("sys/devices/sda/sda2/partition", "2\n");
	assert_int_equal(symlink("../../devices/sda/sda2", tmp_path("sys/dev/block/8:2")), 0);
	put_attr("sys/dev/block/253:7/dm/name", "thin\n");
	put_attr("dev/zvol/tank/vms/.keep", "");
	has_device = mknod(tmp_path("device"), S_IFBLK | 0600, makedev(7, 9)) == 0 &&
		     symlink("../../../../device", tmp_path("dev/zvol/tank/vms/vm-105")) == 0;
}

static inline int scenes_set_up(void **state)
{
	struct ri_err e = { 0 };

	if (tmp_set_up(state) < 0)
		return -1;
	RUN(tmpdir, NULL, NULL, "sh", "-ec",
	    "mkdir 100 105; truncate -s 1M 100/base-100.raw plain.raw old.raw; cd 105;"
	    "qemu-img create -q -f qcow2 -b ../100/base-100.raw -F raw middle.qcow2;"
	    "qemu-img create -q -f qcow2 -b middle.qcow2 -F qcow2 top.qcow2;"
	    "printf QFI > broken.qcow2; : > note");
	check_ok("top", ri_volume_open(tmp_path("105/top.qcow2"), NULL, RI_VOLUME_LOOK, &top, &e),
	    &e);
	check_ok("base",
	    ri_volume_open(tmp_path("100/base-100.raw"), NULL, RI_VOLUME_LOOK, &base, &e), &e);
	put_host();
	return 0;
}

static inline int scenes_tear_down(void **state)
{
	ri_volume_close(&top);
	ri_volume_close(&base);
	return tmp_tear_down(state);
}

static inline int do_chain(const void *use, struct ri_err *e)
{
	struct ri_volume v = top;
	int rc;

	v.below = NULL;
	v.below_n = 0;
	rc = ri_chain_open(&v, *(const enum ri_volume_use *)use, e);
	if (rc == 0) {
		assert_int_equal(v.below_n, 2);
		assert_string_equal(v.below[1].path, base.path);
		assert_string_equal(v.below[1].format, "raw");
	}
	ri_chain_close(&v);
	return rc;
}

/* Nobody may take the base for free: an image in another VM's directory builds on it. */
static inline int do_backing(const void *arg, struct ri_err *e)
{
	RI_BUF who = { 0 };

	(void)arg;
	if (ri_backing_find(&base, &who, e) < 0)
		return -1;
	check_span("who", ri_buf_span(&who), ri_str(tmp_path("105/middle.qcow2")));
	return 0;
}

static inline int do_id(const void *arg, struct ri_err *e)
{
	static const struct {
		unsigned major, minor;
		const char *want;
	} cases[] = { { 252, 0, "rbd:fsid/vms//vm-105" }, { 8, 2, "wwid:naa.5-part2" },
		{ 7, 9, "zvol:tank/vms/vm-105" } };

	(void)arg;
	for (size_t i = 0; i < (has_device ? 3 : 2); i++) {
		RI_BUF id = { 0 };

		if (ri_device_id(tmpdir, makedev(cases[i].major, cases[i].minor), &id, e) < 0)
			return -1;
		check_span("id", ri_buf_span(&id), ri_str(cases[i].want));
	}
	return 0;
}

/* Of a device whose partition is a mapping's, or, without root, of a file. */
static inline int do_kernel(const void *arg, struct ri_err *e)
{
	RI_FD int fd = -1;
	RI_BUF who = { 0 };

	(void)arg;
	fd = open(tmp_path(has_device ? "device" : "plain.raw"), O_PATH | O_CLOEXEC);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "the device");
	if (ri_in_use_by_kernel(tmpdir, fd, true, &who, e) < 0)
		return -1;
	assert_int_equal(who.n > 0, has_device);
	return 0;
}

static inline int do_look(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;

	(void)arg;
	if (ri_volume_open(tmp_path("plain.raw"), NULL, RI_VOLUME_LOOK, &v, e) < 0)
		return -1;
	assert_int_equal(v.size, 1 << 20);
	assert_string_equal(v.name, "plain");
	return 0;
}

static inline int do_open(const void *name, struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;

	if (ri_volume_open(tmp_path(name), NULL, RI_VOLUME_WRITE, &v, e) < 0)
		return -1;
	assert_int_equal(v.size, 1 << 20);
	return ri_volume_reclaim(&v, e);
}

static inline int do_image(const void *arg, struct ri_err *e)
{
	uint64_t size = 0;

	(void)arg;
	if (ri_qemu_img_check(&top, &size, e) < 0)
		return -1;
	assert_int_equal(size, 1 << 20);
	return 0;
}

static inline int do_output(const void *name, struct ri_err *e)
{
	RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;

	return ri_output_open(tmp_path(name), true, &top, &o, e) < 0 ? -1 : ri_output_again(&o, e);
}

/* It stays, and so the next one has it to remove. */
static inline int do_stage(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };

	(void)arg;
	if (ri_stage_new(&base, tmp_path("stage"), true, &s, e) < 0)
		return -1;
	s.keep = true;
	return 0;
}

/* What there is of a stage becomes a new image, in place of "old.raw". */
static inline int do_export(const void *stage, struct ri_err *e)
{
	RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;

	if (ri_output_open(tmp_path("old.raw"), true, &base, &o, e) < 0)
		return -1;
	return ri_stage_export(stage, &o, e);
}

/* That a commit was interrupted is never overlooked. */
static inline int do_records(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	bool found = false, pending = false;
	struct ri_err old = { 0 };

	(void)arg;
	if (ri_stage_find(&base, tmp_path("recorded"), &s, &found, e) < 0 ||
	    ri_stage_pending(&base, tmp_path("recorded"), &pending, e) < 0)
		return -1;
	assert_true(found && pending);
	assert_int_equal(ri_stage_check_old(&base, tmp_path("recorded"), "/new", &old), -1);
	if (old.code == RI_E_COMMIT)
		return 0;
	*e = old;
	return -1;
}

static inline void put_record(void)
{
	struct ri_stage s = { 0 };
	struct ri_err e = { 0 };

	check_ok("stage", ri_stage_new(&base, tmp_path("recorded"), false, &s, &e), &e);
	check_ok("record", put_file(s.record, ri_str("x"), 0600, &e), &e);
	s.keep = true;
	ri_stage_discard(&s);
}

/* Programs that say what zfs, ceph and dmsetup say. */
static inline void put_pools(void)
{
	put_program("zfs", "printf 'available\\t8192\\nvolblocksize\\t8192\\n'");
	put_program("ceph",
	    "echo '{\"pools\":[{\"name\":\"vms\",\"stats\":{\"max_avail\":65536}}]}'");
	put_program("dmsetup",
	    "case \"$*\" in\n"
	    "'table -j 253 -m 7') echo '0 131072 thin 253:3 1' ;;\n"
	    "'table -j 253 -m 3') echo '0 262144 thin-pool 253:1 253:2 128 0 0' ;;\n"
	    "'status -j 253 -m 3') echo '0 262144 thin-pool 1 12/1024 34/35 - rw' ;;\n"
	    "*) exit 1 ;;\nesac");
}

static inline int do_pools(const void *arg, struct ri_err *e)
{
	struct ri_pool_room zfs, ceph;
	struct ri_thin_pool p = { 0 };
	bool thin;

	(void)arg;
	if (ri_pool_room_of("zvol:rpool/vm", 0, &zfs, e) < 0 ||
	    ri_pool_room_of("rbd:1/vms//vm", 0, &ceph, e) < 0 ||
	    ri_thin_pool_of(tmpdir, makedev(253, 7), &p, &thin, e) < 0)
		return -1;
	assert_true(thin && p.chunk == 65536 && p.chunks == 1 && p.metadata == 1012);
	return 0;
}
