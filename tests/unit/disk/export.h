// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A small qcow2 image, read through the real qemu-nbd from its start to its end.
 */
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "disk/nbd_image.h"
#include "disk/qemu_nbd.h"

#define EXPORT_BYTES (256u << 10)

static inline void make_export(void)
{
	RUN(tmpdir, NULL, NULL, "qemu-img", "create", "-q", "-f", "qcow2", "small.qcow2", "256k");
	RUN(tmpdir, NULL, NULL, "qemu-io", "-f", "qcow2", "-c", "write -q -P 0x78 0 256k",
	    "small.qcow2");
}

/** Start the program, read all of it by pieces and at once, end the program. @return 0; -1. */
static inline int export_and_read(const void *arg, struct ri_err *e)
{
	static char got[EXPORT_BYTES];
	const struct ri_tool_file all = { tmpdir, RI_LANDLOCK_READ };
	const struct ri_qemu_nbd_opts o = { .path = tmp_path("small.qcow2"),
		.tool = { .files = &all, .n = 1 },
		.format = "qcow2",
		.dir = tmpdir,
		.alone = true };
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = NULL;
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;

	(void)arg;
	if (ri_qemu_nbd_start(&o, &x, e) < 0 || ri_image_nbd(ri_qemu_nbd_steal_fd(x), &i, e) < 0)
		return -1;
	assert_int_equal(i->size, EXPORT_BYTES);
	for (size_t at = 0; at < EXPORT_BYTES; at += EXPORT_BYTES / 2) {
		memset(got, 0, sizeof got);
		if (i->read(i, at, got, 100, e) < 0 ||
		    i->read(i, at, got + 100, EXPORT_BYTES / 2 - 100, e) < 0)
			return -1;
		for (size_t k = 0; k < EXPORT_BYTES / 2; k++)
			assert_int_equal(got[k], 'x');
	}
	return 0;
}

/** How many descriptors this process has. */
static inline size_t open_descriptors(void)
{
	return tmp_count("/proc/self/fd");
}
